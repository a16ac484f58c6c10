"""Who pours out of what is in the hand: into a cup, over a plate, onto a fire, concrete into a frame; who puts it out.

Reads an Event and the SceneDraft; gives Beats, and puts vessels in hands and on tables.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.scene import Beat

from ..actions.draft import GROUND, Event, SceneDraft
from ..actions.equipment import in_hand, light, walk_to
from ..actions.supports import pour_and_put_down, table_for

_SPOUT: Final = 0.17  # of the frame, from who pours to where it comes down
_CUPS: Final = ("teacup", "mug", "cup")
_POURED: Final = ("bottle", "bucket", "milk bottle", "jug", "watering can", "garden can", "kettle", "carton", "vase",
                  "paint can", "jerrycan", "water bottle", "coffee pot", "mug", "glass", "bowl", "pot",
                  "saucepan", "milk glass", "juice glass")  # fmt: skip
BURNING: Final = ("fire", "candle", "match", "torch", "candlestick", "birthday cake", "fireplace")
_SERVED: Final = (
    "cereal bowl",
    "bowl",
    "plate",
    "salad",
    "pasta",
    "cake",
    "pancake",
    "fries",
    "meal",
    "soup",
    "waffle",
)


def pour(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Out of the vessel that the caption names, which is in the hand, into or over another thing."""
    if draft.kind(e.target or "") == "concrete" and e.target not in draft.moved and e.target is not None:
        return _cast(draft, e, e.target)
    if e.goal in (None, e.target) and draft.kind(e.passed or "") in _SERVED and e.target != e.passed:
        e = replace(e, goal=e.passed, way="into")  # milk over the cereal
        if e.passed not in draft.moved:
            table_for(draft, e.passed or "")
    named = (e.source, e.target if e.goal not in (None, e.target) else None)
    vessel = next((id_ for id_ in named if id_ in draft.props and light(draft.kind(id_ or ""))), None)
    goal = e.goal if e.goal in draft.x else e.target if e.target != vessel else None
    goal = e.passed if draft.kind(e.passed or "") == "fire" else goal
    if vessel is not None and draft.kind(vessel) in _CUPS and e.goal in draft.props and vessel != e.source:
        draft.take_up(e.who, vessel)  # the tea comes out of a pot
        if draft.kind(e.goal) in _CUPS and e.goal not in draft.moved:
            table_for(draft, e.goal)
        draft.actors[e.who] = replace(draft.actors[e.who], holds="kettle")
        way = _up_to(draft, e, e.goal or "")
        return [*way, Beat("pour", e.who, e.goal, way[0].end if way else e.start, e.end)]
    on_table = (*_CUPS, "glass", "wine glass", "bowl", "vase", "pot", "saucepan", "jug")
    if (draft.kind(goal or "") in on_table or draft.kind(goal or "") == "cereal bowl") and goal not in draft.moved:
        table_for(draft, goal or "")
    vessels = (*on_table, "bucket", "water bowl")
    filled = draft.kind(goal or "") in _CUPS or e.preposition in ("into", "in")
    if vessel is None and goal is not None and draft.kind(goal) in vessels and filled and not e.words & {"out", "fill"}:
        if draft.actors[e.who].holds is None:
            jug = "kettle" if draft.kind(goal) in _CUPS else "carafe"
            if e.who in draft.later and draft.actors[e.who].count == 1:
                return pour_and_put_down(draft, e, goal, jug, _up_to(draft, e, goal))
            draft.actors[e.who] = replace(draft.actors[e.who], holds=jug)
        way = _up_to(draft, e, goal)
        return [*way, Beat("pour", e.who, goal, way[0].end if way else e.start, e.end)]
    if e.words & {"fill"} and e.target in draft.props and e.source is None:
        draft.actors[e.who] = replace(draft.actors[e.who], holds="jug")
        way = _up_to(draft, e, e.target or "")
        return [*way, Beat("pour", e.who, e.target, way[0].end if way else e.start, e.end)]
    if draft.kind(goal or "") == "fire":
        if vessel is not None and vessel not in draft.moved:
            draft.take_up(e.who, vessel)
        draft.actors[e.who] = replace(draft.actors[e.who], holds="bucket")
        way = walk_to(draft, e.who, goal or "", e.start, e.start + 0.3 * (e.end - e.start))
        begun = way[0].end if way else e.start
        return [*way, Beat("pour", e.who, goal, begun, e.end), Beat("die down", goal or "", None, begun, e.end)]
    if e.target in draft.props and goal in (None, e.target) and e.target not in draft.moved and (
        draft.kind(e.target or "") in _POURED
    ):  # fmt: skip
        in_hand(draft, e.who, e.target or "")
        draft.moved.add(e.target or "")
        return [Beat("grab", e.who, e.target, 0.0, 0.01), Beat("pour", e.who, None, e.start, e.end)]
    if vessel is None or vessel in draft.moved or goal is None or goal not in draft.x:
        return None
    in_hand(draft, e.who, vessel)
    draft.moved.add(vessel)
    way = _up_to(draft, e, goal)
    start = way[0].end if way else e.start
    return [Beat("grab", e.who, vessel, 0.0, 0.01), *way, Beat("pour", e.who, goal, start, e.end)]


def _cast(draft: SceneDraft, e: Event, concrete: str) -> list[Beat]:
    """Out of buckets, into a frame or to the ground, where it comes to lie."""
    frame = next(
        (id_ for id_, prop in draft.props.items() if prop.kind in ("formwork", "hole", "trench", "mould")), None
    )
    if e.source in draft.props and e.source is not None and draft.kind(e.source) != "bucket":
        return [Beat("pour", e.who, concrete, e.start, e.end)]
    if e.source is not None and e.source in draft.props:
        draft.take_up(e.who, e.source)
    people = draft.actors[e.who]
    draft.actors[e.who] = replace(people, holds="bucket")
    draft.place(e.who, x=0.3 - 0.08 * (people.count - 1), facing=1)
    x = 0.3 + _SPOUT + 0.04
    y, wide = GROUND, draft.width(concrete)
    if frame is not None:
        draft.start_prop(frame, x=x + 0.12, y=GROUND + 0.02)
        x, wide = draft.x[frame], 0.85 * draft.width(frame)
        y = GROUND - 0.075
    scale = round(min(1.0, wide / max(0.01, draft.width(concrete))), 3)
    draft.props[concrete] = replace(draft.props[concrete], scale=scale)
    draft.start_prop(concrete, x=x, y=y)
    return [Beat("pour", e.who, None, e.start, e.end), Beat("grow", concrete, None, e.start, e.end)]


def _up_to(draft: SceneDraft, e: Event, goal: str) -> list[Beat]:
    """As near as what is poured goes into a cup, glass or bowl; up to all else."""
    last = e.start + 0.3 * (e.end - e.start)
    if goal not in draft.props or draft.height(goal) > 0.25:
        return walk_to(draft, e.who, goal, e.start, last)
    side = -1 if draft.x[e.who] <= draft.x[goal] else 1
    x = draft.x[goal] + side * _SPOUT
    if e.who not in draft.moved and e.start == 0.0 and 0.05 <= x <= 0.95:
        draft.place(e.who, x=x, facing=-side)
        return []
    return [Beat("walk", e.who, None, e.start, last, draft.move(e.who, x))]


def put_out(draft: SceneDraft, e: Event) -> list[Beat]:
    """With water or foam, until it is out."""
    assert e.target is not None
    actor = draft.actors[e.who]
    if actor.kind != "firefighter" and actor.holds in (None, "spray can"):
        draft.actors[e.who] = replace(actor, holds="fire extinguisher")
    side = -1 if draft.x[e.who] <= draft.x[e.target] else 1
    if e.who not in draft.moved:
        room = 0.12 * (actor.count - 1) if side < 0 else 0.0
        draft.place(e.who, x=max(0.06, draft.x[e.target] + side * 0.28 - room), facing=-side)
    middle = (e.start + e.end) / 2
    return [Beat("spray", e.who, e.target, e.start, e.end, draft.x[e.who]),
            Beat("die down", e.target, None, e.start + 0.3 * (middle - e.start), e.end)]  # fmt: skip


def spray_from_afar(draft: SceneDraft, e: Event) -> list[Beat]:
    """With a jet of water, from where one does not get burnt."""
    assert e.target is not None
    side = -1 if draft.x[e.who] <= draft.x[e.target] else 1
    room = 0.12 * (draft.actors[e.who].count - 1) if side < 0 else 0.0
    far = (0.2 if e.target in draft.props else 0.3) + draft.width(e.target) / 2
    if e.who not in draft.moved:
        draft.start_prop(e.target, x=0.5 - 0.24 * side)
        draft.place(e.target, x=0.5 - 0.24 * side)
        draft.place(e.who, x=min(0.94, max(0.06, draft.x[e.target] + side * far - room)), facing=-side)
    return [Beat("spray", e.who, e.target, e.start, e.end, draft.x[e.who])]
