"""Vehicles in a parking space, at a roundabout and in a driveway, which the place of the scene shows.

Reads an Event and the SceneDraft; gives Beats, or None for all others.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.vehicles import RIDDEN, VEHICLES
from svta.generation.storyboard.scene import PEOPLE, Beat, Prop, medium

from ..actions.draft import GROUND, Event, SceneDraft
from ..actions.ways import round_and_round

_SHARE: Final = 0.3  # of the frame's width, for a unit of a vehicle's length
_BAY, _OPEN, _ROOM = 0.31, 0.82, 0.4  # the x of a parking space and of the road before it, and how long it is
_GOING: Final = (
    "drive",
    "reverse",
    "stop",
    "enter",
    "leave",
    "roll",
    "walk",
    "ride",
    "slow down",
    "pull up",
    "turn back",
)
_OUT: Final = frozenset(("out", "from", "off", "down", "leave"))
_SADDLED: Final = ("horse", "donkey", "camel", "elephant", "pony")
_FAR: Final = 0.6  # the size of what is further away
_IN_DEPTH: Final = ("loading dock", "alley")
_PORTAL: Final = 0.74  # the x of its mouth
_TUNNELS: Final = ("tunnel road", "tunnel railway")
_UP: Final = frozenset(("up", "into", "onto", "enter", "in"))
_PAST: Final = frozenset(("past", "by"))


def furnish(draft: SceneDraft) -> SceneDraft:
    """The round island of a roundabout, the light at a crosswalk, and vehicles that have room to go round it."""
    if draft.setting in _TUNNELS:
        draft.put(Prop("portal", "tunnel portal", None, 0.92, 0.93))
    if draft.setting == "crosswalk":  # on the pavement of the other side
        for id_ in [id_ for id_, prop in draft.props.items() if prop.kind == "traffic light"][:1]:
            draft.start_prop(id_, x=0.84, y=0.8)
    if draft.setting != "roundabout":
        return draft
    draft.put(Prop("island", "traffic island", None, 0.5, GROUND))
    for id_, actor in draft.actors.items():
        if medium(actor.kind) == "road" or actor.kind == "cyclist":
            draft.actors[id_] = replace(actor, scale=round(0.75 * actor.scale, 3))
    return draft


def at_its_site(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | None:
    """Into or out of a parking space or driveway, round a roundabout; None for all others."""
    if draft.setting in _TUNNELS and medium(kind) in ("road", "rail") and e.who not in draft.moved and e.verb in _GOING:
        return _through_the_portal(draft, e)
    if draft.setting == "crosswalk" and "cross" in e.words and e.start > 0 and e.who not in draft.moved and (
        (crossed := _over_the_crosswalk(draft, e)) is not None
    ):  # fmt: skip
        return crossed
    wheels = medium(kind) == "road"
    if draft.setting == "oval track" and e.verb == "circle":
        mount = next((a.id for a in draft.actors.values() if kind == "cyclist" and a.kind in RIDDEN), e.who)
        for id_ in {e.who, mount}:
            draft.actors[id_] = replace(draft.actors[id_], scale=round(0.6 * draft.actors[id_].scale, 3))
            draft.place(id_, x=0.1, y=0.8)
        lap = Beat("circle", mount, None, e.start, e.end)
        return [Beat("ride", e.who, mount, e.start, e.end), lap] if mount != e.who else [lap]
    if draft.setting == "roundabout" and wheels and e.verb in ("turn left", "turn right"):
        draft.place(e.who, x=-0.2, y=0.92, facing=1)
        return [Beat(e.verb, e.who, None, e.start, e.end, draft.move(e.who, 0.84))]
    if draft.setting == "roundabout" and (wheels or kind == "cyclist") and e.who not in draft.moved:
        circling = e.verb in ("drive", "ride", "circle", "walk") and "turn" not in e.words
        return _round_the_island(draft, e) if circling and e.target is None else None
    if draft.setting in ("level crossing", "open level crossing") and e.who not in draft.moved:
        if kind in PEOPLE and e.verb in ("stand", "stop", "look"):  # before the barrier
            draft.place(e.who, y=0.97)
        return _at_the_crossing(draft, e) if wheels or kind == "cyclist" else None
    if (wheels or kind == "cyclist") and e.who not in draft.moved and draft.setting in _IN_DEPTH:
        return _in_depth(draft, e)
    if not wheels or e.verb not in _GOING or e.who in draft.moved or draft.actors[e.who].count > 1:
        return None
    if draft.setting == "parking space" and e.target is None and e.passed is None:
        return _in_a_bay(draft, e)
    if draft.setting == "driveway" and e.who not in draft.later and e.passed is None:
        return _in_the_driveway(draft, e)
    return None


def _in_depth(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Into an alley or up to a loading dock, away from us, or out of there; backwards where it reverses."""
    told, backwards = _told(e), e.verb == "reverse" or "reverse" in e.words
    into, out = bool(told & {"into", "to", "up", "in", "onto", "toward", "towards"}), bool(told & {"out", "from"})
    if e.verb not in _GOING or not (into or out) or e.passed is not None or e.target in draft.x:
        return None
    size = draft.actors[e.who].scale
    draft.place(e.who, x=0.52, y=0.76 if out else 0.92, facing=1)
    draft.actors[e.who] = replace(draft.actors[e.who], scale=round((0.62 if out else 1.05) * size, 3))
    verb = ("back closer" if backwards else "come closer") if out else ("back away" if backwards else "go away")
    end = e.end if out else e.start + 0.8 * (e.end - e.start)
    return along_the_view(draft, replace(e, verb=verb, end=end))


def _through_the_portal(draft: SceneDraft, e: Event) -> list[Beat]:
    """Into the hill at the right, which hides it, or out of it."""
    out = bool(_told(e) & {"out", "from", "leave"})
    half = VEHICLES[draft.kind(e.who)].width * _SHARE * draft.actors[e.who].scale / 2
    backwards = e.verb == "reverse" or "reverse" in e.words
    x = _PORTAL + half if out else min(0.15, _PORTAL - half)
    draft.place(e.who, x=x, y=GROUND, facing=-1 if out != backwards else 1)
    to = draft.move(e.who, draft.beyond(e.who, -1) if out else 1.1 + half)
    return [Beat("reverse" if backwards else "drive", e.who, None, e.start, e.end, to)]


def _round_the_island(draft: SceneDraft, e: Event) -> list[Beat]:
    """Each of several by itself, one after the other."""
    actor = draft.actors[e.who]
    beats: list[Beat] = []
    for n in range(min(4, actor.count)):
        id_ = e.who if n == 0 else f"{e.who}{50 + n}"
        draft.put(replace(actor, id=id_, count=1))
        part, last = e.end - e.start, n == min(4, actor.count) - 1
        start = e.start + 0.14 * n * part
        end = e.end if last else start + 0.6 * part
        beats += round_and_round(draft, replace(e, who=id_, start=start, end=end), "island")
        if n:
            draft.actors[id_] = replace(draft.actors[id_], x=draft.beyond(id_, -1) - 0.05)
        if not last:
            beats.append(Beat("drive", id_, None, end, e.end, draft.move(id_, draft.beyond(id_, 1))))
    return beats


def _over_the_crosswalk(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Who has waited at a red light crosses when it is green."""
    light = next((id_ for id_, prop in draft.props.items() if prop.kind == "traffic light"), None)
    if light is None or light in draft.opened or e.verb not in ("walk", "run"):
        return None
    green = Beat("open", light, None, e.start - 0.12, e.start + 0.05)
    draft.place(e.who, x=0.12, facing=1)
    return [green, Beat(e.verb, e.who, None, e.start + 0.05, e.end, draft.move(e.who, 0.9))]


def _at_the_crossing(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Up to the barriers, seen from behind, or away over the rails."""
    stops = e.verb in ("stop", "stand", "pull up", "slow down", "queue")
    if not stops and (e.verb not in ("drive", "ride", "enter", "leave", "walk") or e.direction):
        return None
    actor = draft.actors[e.who]
    size = 1.0 if actor.count == 1 else 0.7
    draft.actors[e.who] = replace(actor, scale=round(size * (1.0 if stops else 1.2), 3))
    draft.place(e.who, x=0.5, y=0.97, facing=1)
    if stops:
        return [Beat("draw up", e.who, None, e.start, e.start + 0.6 * (e.end - e.start))]
    return along_the_view(draft, replace(e, verb="go away"))


def _told(e: Event) -> set[str]:
    return {*e.words, *(e.ground[:1] if e.ground is not None else ())}


def _in_a_bay(draft: SceneDraft, e: Event) -> list[Beat]:
    """Between the white lines, forwards or backwards, or out from there."""
    backwards = e.verb == "reverse" or "reverse" in e.words
    out = bool(_told(e) & _OUT)
    long = VEHICLES[draft.kind(e.who)].width * _SHARE * draft.actors[e.who].scale
    small = min(1.0, _ROOM / long)
    draft.actors[e.who] = replace(draft.actors[e.who], scale=round(small * draft.actors[e.who].scale, 3))
    side = 1 if backwards != out else -1  # the way its front points
    draft.place(e.who, x=_BAY if out else _OPEN, y=GROUND, facing=side)
    if not out and not backwards:
        draft.place(e.who, x=draft.beyond(e.who, 1), facing=-1)
    far = 1.3 if not backwards else _OPEN
    verb = "reverse" if backwards else "drive" if out else "pull up"
    end = e.end if out else e.start + 0.8 * (e.end - e.start)
    return [Beat(verb, e.who, None, e.start, end, draft.move(e.who, far if out else _BAY))]


def _in_the_driveway(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Down it towards us, or up to the house."""
    told, backwards = _told(e), e.verb == "reverse" or "reverse" in e.words
    down, size = bool(told & _OUT), draft.actors[e.who].scale
    if not down and not told & _UP:
        return None
    draft.place(e.who, x=0.44, y=0.76 if down else 0.9, facing=1)
    draft.actors[e.who] = replace(draft.actors[e.who], scale=round((0.62 if down else 1.1) * size, 3))
    verb = ("back closer" if backwards else "come closer") if down else ("back away" if backwards else "go away")
    return [Beat(verb, e.who, None, e.start, e.end)]


def along_the_view(draft: SceneDraft, e: Event) -> list[Beat]:
    """Towards us or away from us in the middle of the picture; who sits on a bicycle takes it along."""
    mount = next((a.id for a in draft.actors.values() if a.id != e.who and a.kind in RIDDEN), None)
    board = next((p.id for p in draft.props.values() if p.kind == "skateboard"), None)
    beast = next(
        (a.id for a in draft.actors.values() if a.kind in _SADDLED and e.words & {"ride"} and a.id != e.who), None
    )
    mount = mount or board or beast
    draft.place(e.who, x=0.5)
    on_skis = [Beat("ski", e.who, None, e.start, e.end, 0.5)] if draft.setting == "ski slope" else []
    if e.verb == "come closer" and on_skis:
        draft.start_prop("hill", x=-3.0)
        draft.actors[e.who] = replace(draft.actors[e.who], y=0.7, scale=0.5)
        return [*on_skis, Beat(e.verb, e.who, None, e.start, e.end)]
    if e.verb == "come closer" and draft.setting.endswith(" ahead") and e.who not in draft.moved:  # from far off
        small = round(_FAR * draft.actors[e.who].scale, 3)
        draft.actors[e.who] = replace(draft.actors[e.who], y=0.71, scale=small)
    if mount is None or draft.kind(e.who) in VEHICLES:
        return [Beat(e.verb, e.who, None, e.start, e.end)]
    if e.verb == "come closer" and beast is not None and e.who not in draft.moved:
        draft.actors[e.who] = replace(draft.actors[e.who], y=0.74, scale=0.5)
    size = draft.actors[e.who].scale
    draft.place(mount, x=0.5, y=draft.y(e.who))
    draft.start_prop(mount, x=0.5, y=draft.y(e.who))
    if mount in draft.actors:
        draft.actors[mount] = replace(draft.actors[mount], scale=size)
    ride = Beat("ride", e.who, mount, e.start, e.end, draft.move(e.who, draft.move(mount, 0.5)))
    return [ride, Beat(e.verb, mount, None, e.start, e.end)]
