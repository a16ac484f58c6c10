"""Animals go through gates and between stacks, with their young, and out of what lies on its side.

Reads an Event and its kind of actor; gives Beats, or None for people and for all other events.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.scene import ANIMALS, PEOPLE, Beat, Prop

from ..actions.doorways import from_inside
from ..actions.draft import GROUND, Event, SceneDraft
from ..actions.following import follow
from .bonds import BONDS
from .taking import half_length
from .tops import ON_TOP

_GATES: Final = ("gate", "iron gate", "archway", "stone arch")
_GAITS: Final = ("walk", "run", "sneak", "enter", "leave", "crawl")
_INSECTS: Final = ("bee", "fly", "mosquito", "butterfly", "moth")
_MOUNTS: Final = ("horse", "donkey", "camel", "elephant")
_CRAWLERS: Final = ("spider", "lizard", "gecko", "ant", "snail", "beetle", "cockroach", "caterpillar", "fly", "bee")
_LARGE: Final = 0.22  # of the frame: nobody is seen whole between two things so wide and a picture's edge
_FAR: Final = 0.7  # the y of who comes from behind


def by_going(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | None:
    """The first that knows the event."""
    if kind not in ANIMALS or e.who not in draft.actors or e.who in draft.moved:
        return None
    for rule in (
        *BONDS,
        *ON_TOP,
        _swarm,
        _carries,
        _herds,
        _on_a_wall,
        _through_a_gate,
        _between,
        _with_young,
        _out_of_overturned,
    ):
        if (staged := rule(draft, e)) is not None:
            return staged
    return None


def _swarm(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Bees close about a flower."""
    around = next((id_ for id_ in (e.passed, e.target, e.goal) if id_ in draft.props), None)
    if draft.kind(e.who) not in _INSECTS or around is None or not {e.preposition, e.way, *e.words} & {"around", "over"}:
        return None
    flower = draft.props[around]
    draft.props[around] = replace(flower, scale=1.4 * flower.scale)
    draft.start_prop(around, x=0.5)
    draft.actors[e.who] = replace(draft.actors[e.who], scale=0.34)
    draft.place(e.who, x=0.46, y=GROUND + 0.1)
    draft.moved.add(e.who)
    part = (e.end - e.start) / 3
    ways = enumerate((0.56, 0.44, 0.54))
    return [Beat("fly", e.who, None, e.start + n * part, e.start + (n + 1) * part, x) for n, x in ways]


def _carries(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Somebody on its back."""
    if e.verb not in ("carry", "take") or draft.kind(e.target or "") not in PEOPLE or e.target in draft.moved:
        return None
    if draft.kind(e.who) not in _MOUNTS or e.target is None:
        return None
    sign = e.direction or 1
    for id_ in (e.who, e.target):
        draft.place(id_, x=0.5 - 0.3 * sign, facing=sign)
    to = draft.move(e.target, draft.move(e.who, 0.5 + 0.3 * sign))
    return [Beat("ride", e.target, e.who, e.start, e.end, to)]


def _herds(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A dog after the sheep that it drives along."""
    if e.verb not in ("drive", "push") or draft.kind(e.target or "") not in ANIMALS or e.target is None:
        return None
    many = draft.actors[e.target].count
    if many > 2:
        draft.actors[e.target] = replace(draft.actors[e.target], scale=0.7)
    return follow(draft, replace(e, verb="walk", words=e.words | {"herd"}))


def _on_a_wall(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A spider or lizard up or down the wall of a room."""
    ways = {e.preposition, *e.words, *((e.ground[0],) if e.ground else ())} & {"up", "down"}
    wall = draft.kind(e.target or e.passed or "") == ""
    if draft.kind(e.who) not in _CRAWLERS or e.verb not in ("crawl", "walk", "run", "climb") or not ways or not wall:
        return None
    draft.actors[e.who] = replace(draft.actors[e.who], scale=0.7 * draft.actors[e.who].scale)
    draft.place(e.who, x=0.5, y=0.36 if "down" in ways else 0.62)
    draft.moved.add(e.who)
    return [Beat("climb", e.who, None, e.start, e.end, 0.5 if "down" in ways else None)]


def _from_behind(draft: SceneDraft, e: Event, through: str) -> list[Beat]:
    """Towards us from behind, through the middle of the picture."""
    actor = draft.actors[e.who]
    draft.actors[e.who] = replace(actor, scale=round(0.62 * actor.scale, 3))
    draft.place(e.who, x=0.5, y=_FAR)
    draft.moved.add(e.who)
    return [Beat("come closer", e.who, through, e.start, e.end)]


def _through_a_gate(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """The gate stands open."""
    gate = next((id_ for id_ in (e.passed, e.target) if draft.kind(id_ or "") in _GATES), None)
    if gate is None or e.verb not in _GAITS or not {e.preposition, e.way, *e.words} & {"through"}:
        return None
    if draft.actors[e.who].count > 1:
        return None
    prop = draft.props[gate]
    draft.props[gate] = replace(prop, scale=1.5)
    draft.start_prop(gate, x=0.5, y=0.77)
    opened = [] if gate in draft.opened else [Beat("open", gate, None, 0.0, 0.01)]
    for side in (-1, 1) if draft.kind(gate) == "gate" else ():  # the fence in which it is
        draft.put(Prop(f"{gate}_fence{side}", "fence", None, 0.5 + side * (0.5 * draft.width(gate) + 0.19), 0.77))
    return [*opened, *_from_behind(draft, e, gate)]


def _between(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Out of the gap between two stacks, which fill the picture."""
    thing = next((id_ for id_ in (e.passed, e.goal, e.target) if id_ in draft.props), None)
    if e.preposition != "between" or thing is None or e.verb not in _GAITS or draft.width(thing) < _LARGE:
        return None
    others = [thing, *draft.clones.get(thing, ())][:2]
    if len(others) < 2 or draft.actors[e.who].count > 1:
        return None
    for id_, side in zip(others, (-1, 1)):
        draft.props[id_] = replace(
            draft.props[id_], scale=min(draft.props[id_].scale, 0.4 / draft.width_of(draft.kind(id_)))
        )
        x = 0.5 + side * (0.13 + draft.width(id_) / 2)
        draft.props[id_] = replace(draft.props[id_], x=round(x, 4), y=0.76)
        draft.x[id_] = round(x, 4)
    return _from_behind(draft, e, thing)


def _with_young(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """The mother ahead, the young ones after her in a line."""
    young = next((id_ for id_ in (e.target, e.goal) if id_ in draft.actors and id_ != e.who), None)
    if young is None or e.preposition != "with" or e.verb not in (*_GAITS, "swim") or young in draft.moved:
        return None
    if draft.kind(young) not in ANIMALS:
        return None
    sign = e.direction or 1
    small = draft.actors[young]
    draft.actors[young] = replace(small, scale=min(0.6, small.scale))
    many = draft.actors[young].count
    long = half_length(draft, e.who) + 1.15 * half_length(draft, young) * (many + 1)
    ahead = 0.5 + (min(0.3, 0.4 * long) - 0.12) * sign
    draft.place(e.who, x=ahead, facing=sign)
    behind = ahead - (half_length(draft, e.who) + 1.15 * half_length(draft, young) * many) * sign
    draft.place(young, x=behind, facing=sign)
    draft.actors[young] = replace(draft.actors[young], y=draft.y(e.who) + 0.01)
    return [
        Beat(e.verb, id_, None, e.start, e.end, draft.move(id_, draft.x[id_] + 0.22 * sign)) for id_ in (e.who, young)
    ]


def _out_of_overturned(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Out of a bin that lies on its side, along the ground."""
    if e.source not in draft.overturned or e.source is None or e.verb not in (*_GAITS, "climb", "jump"):
        return None
    draft.props[e.source] = replace(draft.props[e.source], scale=1.3 * draft.props[e.source].scale)
    draft.start_prop(e.source, x=0.36)
    draft.actors[e.who] = replace(draft.actors[e.who], scale=0.85 * draft.actors[e.who].scale)
    draft.place(e.who, y=GROUND + 0.01)
    return from_inside(draft, e, e.source)
