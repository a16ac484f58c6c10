"""What people and animals do with things in a caption's own words: take out of, put on and into, carry, throw up.

Reads an Event and the SceneDraft; gives Beats, or None where the event is of another kind. Things begin where the
caption says that they come from (in a hand, on a table, in a bag) and end where it says that they go.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.things import THINGS
from svta.generation.storyboard.scene import ANIMALS, PEOPLE, VEHICLES, Beat

from .draft import NEAR, Event, SceneDraft
from .thing_beats import top_of

CONTAINERS: Final = {"bag", "backpack", "suitcase", "box", "trash can", "bin bag", "basket", "mailbox", "cabinet",
                     "fridge", "stove", "barrel", "bucket", "pot", "shopping cart", "trailer", "container", "bowl",
                     "drawer", "microwave", "washing machine", "dumpster"}  # fmt: skip
_MOST_IN_HAND: Final = 0.62  # the height of what a hand takes, in heights of a person


def handle(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """The beats of somebody who handles a thing; None where nobody does."""
    kind, thing = draft.kind(e.who), e.target
    if thing is None or thing not in draft.props or kind in VEHICLES:
        return None
    if kind in ANIMALS and "out" in e.words and e.source in (None, e.target):
        e = replace(e, source=_container(draft, e))
    if kind in ANIMALS and e.verb in ("carry", "grab", "pull", "catch", "lift"):
        return _in_the_mouth(draft, e)
    if kind not in PEOPLE or not light(draft.kind(thing)):
        return None
    if e.verb in ("put", "drop", "load", "hide") and e.goal not in (None, e.target, e.who):
        return _put_there(draft, e)
    if e.verb in ("grab", "pull") and "out" in e.words and e.source in (None, e.target):
        e = replace(e, source=_container(draft, e))
    if e.verb in ("grab", "pull", "lift", "catch") and e.source not in (None, e.target, e.who):
        return _take_from(draft, e)
    if e.verb == "throw" and e.words & {"up", "air"}:
        in_hand(draft, e.who, thing)
        return [Beat("throw", e.who, thing, e.start, e.end, draft.x[e.who] + 0.09 * draft.actors[e.who].facing)]
    if e.verb == "throw" and e.goal not in (None, e.target, e.who):
        return _throw_at(draft, e)
    return None


def light(kind: str) -> bool:
    """True for what one hand takes."""
    thing = THINGS.get(kind)
    return thing is not None and max(thing.height, thing.width) <= _MOST_IN_HAND


def _container(draft: SceneDraft, e: Event) -> str | None:
    """What a thing is taken out of where the caption does not say: what stands nearest and holds things."""
    inside = [id_ for id_, thing in draft.props.items() if thing.kind in CONTAINERS and id_ != e.target]
    return min(inside, key=lambda id_: abs(draft.x[id_] - draft.x[e.who]), default=None)


def in_hand(draft: SceneDraft, who: str, thing: str) -> None:
    """From the first frame on somebody holds the thing; it appears where it is put, dropped or thrown."""
    if draft.actors[who].holds not in (None, draft.kind(thing)):
        return
    draft.actors[who] = replace(draft.actors[who], holds=draft.kind(thing))
    draft.start_prop(thing, x=draft.x[who] + 0.08 * draft.actors[who].facing)


def _walk_to(draft: SceneDraft, who: str, id_: str, start: float, end: float) -> list[Beat]:
    if abs(draft.x[who] - draft.x[id_]) <= 1.6 * NEAR and abs(draft.x[who] - draft.x[id_]) >= 0.5 * NEAR:
        return []
    side = -1 if draft.x[who] <= draft.x[id_] else 1
    return [Beat("walk", who, None, start, end, draft.move(who, draft.x[id_] + side * NEAR))]


def _put_there(draft: SceneDraft, e: Event) -> list[Beat]:
    """Out of the hand, where it is from the start or was taken, onto or into what stands there."""
    assert e.target is not None and e.goal is not None
    if e.target not in draft.moved:
        in_hand(draft, e.who, e.target)
    middle = e.start + 0.45 * (e.end - e.start)
    way = _walk_to(draft, e.who, e.goal, e.start, middle)
    to = draft.x[e.goal]
    if draft.kind(e.goal) in PEOPLE:
        return [*way, Beat("give", e.who, e.goal, middle if way else e.start, e.end)]
    draft.move(e.target, to)
    inside = draft.kind(e.goal) in {*CONTAINERS, *VEHICLES} and e.verb in ("put", "load", "hide", "drop")
    into = inside and (e.goal in draft.actors or e.way in ("in", "into", "inside"))
    put = Beat("load" if into else "drop" if e.verb == "drop" else "put", e.who, e.target,
               middle if way else e.start, e.end, None if into else to)  # fmt: skip
    return [*way, put]


def _take_from(draft: SceneDraft, e: Event) -> list[Beat]:
    """Off or out of what it lies on or in, into the hand."""
    assert e.target is not None and e.source is not None
    source, kind = draft.x[e.source], draft.kind(e.source)
    middle = e.start + 0.4 * (e.end - e.start)
    y = 0.6 if e.source in draft.actors else top_of(kind)  # also out of somebody's hand
    draft.start_prop(e.target, x=source, y=y)
    way = _walk_to(draft, e.who, e.source, e.start, middle)
    draft.moved.add(e.target)
    return [*way, Beat("grab", e.who, e.target, middle if way else e.start, e.end)]


def _in_the_mouth(draft: SceneDraft, e: Event) -> list[Beat]:
    """An animal takes a thing in its mouth and goes on with it; what it carries it has from the start."""
    assert e.target is not None
    sign = e.direction or draft.actors[e.who].facing
    source = e.source if e.source in draft.x and e.source not in (e.target, e.who) else None
    if e.target not in draft.moved and source is not None:
        draft.start_prop(e.target, x=draft.x[source], y=top_of(draft.kind(source)))
    if e.verb != "carry":
        middle = (e.start + e.end) / 2
        side = 1 if draft.x[e.who] <= draft.x[e.target] else -1
        there = abs(draft.x[e.target] - draft.x[e.who]) < NEAR
        way = [] if there else [
            Beat("walk", e.who, None, e.start, middle, draft.move(e.who, draft.x[e.target] - 0.1 * side))
        ]  # fmt: skip
        draft.moved.add(e.target)
        return [*way, Beat("grab", e.who, e.target, middle if way else e.start, e.end)]
    taken: list[Beat] = []
    if e.target not in draft.moved:
        draft.place(e.who, x=0.5 - 0.34 * sign, facing=sign)
        draft.start_prop(e.target, x=draft.x[e.who] + 0.1 * sign)
        taken = [Beat("grab", e.who, e.target, e.start, e.start + 0.01)]
        draft.moved.add(e.target)
    goal = draft.x[e.goal] - NEAR * sign if e.goal in draft.x else draft.x[e.who] + 0.6 * sign
    return [*taken, Beat("walk", e.who, None, e.start + 0.01, e.end, draft.move(e.who, goal))]


def _throw_at(draft: SceneDraft, e: Event) -> list[Beat]:
    """Out of the hand and against, into or to what stands there."""
    assert e.target is not None and e.goal is not None
    if e.target not in draft.moved:
        in_hand(draft, e.who, e.target)
    to = draft.move(e.target, draft.x[e.goal])
    return [Beat("throw", e.who, e.target, e.start, e.end, to)]
