"""Over an edge: off a cliff, a pier or a bridge into the water, off a platform onto the rails, from a quay onto a boat.

Reads an Event and the SceneDraft; gives Beats, or None for all others.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.pen import PERSON
from svta.generation.storyboard.drawing.vehicles import VEHICLES as FORMS
from svta.generation.storyboard.scene import ANIMALS, PEOPLE, SHORES, VEHICLES, Beat, medium

from ..actions.draft import GROUND, SHORE, Event, SceneDraft
from ..actions.supports import top_of

EDGES: Final = ("cliff rock", "jetty", "quay wall", "bridge deck", "station platform")
_LEAPS: Final = ("jump", "dive", "leap at")
_LANDING: Final = 0.74  # the x at which who leaves it comes down


def over_the_edge(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | None:
    """On it at first, up to its edge, and down from there."""
    edge = next((id_ for id_ in (e.source, e.target, e.passed, e.goal) if draft.kind(id_ or "") in EDGES), None)
    if edge is None and e.who not in draft.moved and (overboard := _off_a_boat(draft, e, kind)) is not None:
        return overboard
    if edge is None or e.who in draft.moved:
        return None
    draft.start_prop(edge, x=0.2)
    brink = draft.x[edge] + 0.42 * draft.width(edge)
    boat = next((id_ for id_ in (e.target, e.goal) if medium(draft.kind(id_ or "")) == "water"), None)
    small = 0.7 if kind in PEOPLE else 0.8
    if e.who in draft.actors:
        draft.actors[e.who] = replace(draft.actors[e.who], scale=round(small * draft.actors[e.who].scale, 3))
    start = brink - (0.2 if kind in VEHICLES else 0.14)
    draft.place(e.who, x=start, y=top_of(draft.kind(edge)), facing=1)
    draft.start_prop(e.who, x=max(0.1, start), y=top_of(draft.kind(edge)))
    middle = e.start + 0.3 * (e.end - e.start)
    gait = "drive" if kind in VEHICLES or e.who in draft.props else "run" if e.verb in _LEAPS else "walk"
    way = Beat(gait, e.who, None, e.start, middle, draft.move(e.who, brink - 0.03))
    if boat is not None and e.who in draft.actors:
        draft.actors[boat] = replace(draft.actors[boat], scale=min(0.74, draft.actors[boat].scale))
        half = FORMS[draft.kind(boat)].width * 0.15 * draft.actors[boat].scale
        draft.place(boat, x=draft.x[edge] + draft.width(edge) / 2 + half + 0.02, y=GROUND + 0.02, facing=1)
        return [way, Beat("jump", e.who, boat, middle, e.end, draft.move(e.who, min(0.86, draft.x[boat] + 0.02)))]
    rails = draft.kind(edge) == "station platform"
    verb = "plunge" if rails else "dive" if e.verb in _LEAPS and kind not in VEHICLES else "fall in"
    verb = "jump" if rails and e.verb in _LEAPS else verb
    return [way, Beat(verb, e.who, None, middle, e.end, draft.move(e.who, _LANDING))]


def _off_a_boat(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | None:
    """From its deck into the water beside it; None for all others."""
    boat = e.source if medium(draft.kind(e.source or "")) == "water" and e.source in draft.actors else None
    wet = draft.setting in (*SHORES, *SHORES.values())
    if boat is None or kind not in (*PEOPLE, *ANIMALS) or not wet or e.verb not in (*_LEAPS, "fall", "plunge"):
        return None
    draft.place(boat, x=0.42, y=0.72)
    small = 0.62 if kind in PEOPLE else 0.7
    draft.actors[e.who] = replace(draft.actors[e.who], scale=round(small * draft.actors[e.who].scale, 3))
    high = 0.5 * FORMS[draft.kind(boat)].height * PERSON * draft.actors[boat].scale
    draft.place(e.who, x=0.46, y=round(draft.y(boat) - high, 4), facing=1)
    middle = e.start + 0.3 * (e.end - e.start)
    verb = "dive" if e.verb in _LEAPS else "fall in"
    return [Beat("stand", e.who, None, e.start, middle), Beat(verb, e.who, None, middle, e.end, draft.move(e.who, 0.8))]


def into_the_water(draft: SceneDraft, e: Event, beats: list[Beat] | None) -> list[Beat] | None:
    """Down a ramp, and at its foot into the water of the place."""
    wet = e.ground is not None and e.ground[0] == "into" and draft.setting in SHORES.values()
    if not beats or not wet or beats[-1].verb != "downhill" or beats[-1].to is None or e.who != beats[-1].who:
        return beats
    slope = beats[-1].target or ""
    draft.start_prop(slope, x=0.62, y=SHORE - 0.02)
    shift = draft.x[slope] - 0.5
    for id_ in (e.who,):
        draft.moved.discard(id_)
        draft.place(id_, x=0.5 + 0.41 * draft.width(slope) + shift)
        draft.start_prop(id_, x=0.5 + 0.41 * draft.width(slope) + shift)
    foot = draft.x[slope] - 0.5 * draft.width(slope)
    middle = e.start + 0.6 * (e.end - e.start)
    down = replace(beats[-1], end=middle, to=round(foot, 4))
    return [*beats[:-1], down, Beat("fall in", e.who, None, middle, e.end, draft.move(e.who, foot - 0.16))]
