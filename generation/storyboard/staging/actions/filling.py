"""What is carried and filled: things on a belt, bottles below a machine; sand, grain and gravel that make a heap.

Reads an Event and the SceneDraft; gives Beats, and puts belts, machines and heaps where they belong.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.pen import PERSON
from svta.generation.storyboard.scene import VEHICLES, Beat, Prop

from .draft import GROUND, Event, SceneDraft

_FILLED: Final = (
    "trailer",
    "truck",
    "flatbed truck",
    "dump truck",
    "trough",
    "wheelbarrow",
    "container",
    "pickup",
)


def piles_up(draft: SceneDraft, e: Event, kind: str) -> list[Beat]:
    """Sand out of a sack, gravel off a truck: a heap grows at its foot."""
    into = next((id_ for id_ in (e.goal, e.target) if draft.kind(id_ or "") in _FILLED and id_ is not None), None)
    heap = kind.startswith("pile of") or kind.endswith("heap")
    if heap and into is not None and e.who not in draft.moved and "into" in (e.way, e.preposition):
        return _fills(draft, e, into)
    source = e.source or (e.target if e.preposition in ("of", "from", "out", "off") else None)
    if not heap or source not in draft.x or source is None or e.who in draft.moved:
        return []
    side = 1 if draft.x[source] < 0.6 else -1
    draft.start_prop(e.who, x=draft.x[source] + side * (0.5 * draft.width(source) + 0.3 * draft.width(e.who)))
    return [Beat("grow", e.who, None, e.start, e.end)]


def _fills(draft: SceneDraft, e: Event, into: str) -> list[Beat]:
    """Grain into a trailer, gravel into a truck: it falls from above, and a heap grows in it."""
    if draft.kind(into) == "truck":
        draft.actors[into] = replace(draft.actors[into], kind="flatbed truck")
    draft.place(into, x=0.5)
    draft.start_prop(into, x=0.5)
    truck = draft.kind(into) in VEHICLES
    y = draft.y(into) - 0.3 * PERSON if truck else draft.y(into) - 0.75 * draft.height(into)
    wide = 0.9 * draft.width(into) if not truck else 0.26
    heap = draft.props[e.who]
    draft.props[e.who] = replace(heap, scale=round(min(1.0, heap.scale * wide / max(0.01, draft.width(e.who))), 3))
    draft.start_prop(e.who, x=0.5 - (0.06 if truck else 0.0), y=y)
    return [Beat("grow", e.who, None, e.start, e.end), Beat("rain down", e.who, None, e.start, e.end)]


def carried(draft: SceneDraft, e: Event) -> list[Beat]:
    """On a belt, from its one end to the other; of several things each a little behind the one before."""
    assert e.target is not None
    draft.start_prop(e.target, x=0.5)
    sign = e.direction or 1
    row = next(([k, *clones] for k, clones in draft.clones.items() if e.who in (k, *clones)), [e.who])
    if len(row) > 2 or draft.width(e.who) > 0.11:  # a long belt, and all of them on it
        belt = draft.props[e.target]
        draft.props[e.target] = replace(belt, scale=1.35)
    room = draft.width(e.target)
    wide = min(draft.width(e.who), 0.74 * room / (len(row) + 1))
    old = draft.props[e.who]
    if e.who not in draft.moved:
        draft.props[e.who] = replace(old, scale=round(old.scale * wide / max(0.001, draft.width(e.who)), 3))
    step = max(0.08, 1.22 * wide)
    first = 0.5 - (room / 2 - wide / 2 - step * (len(row) - 1 - row.index(e.who))) * sign
    way = room - wide - step * (len(row) - 1)
    draft.start_prop(e.who, x=first, y=GROUND - draft.height(e.target) + 0.01)
    return [Beat("drive", e.who, None, e.start, e.end, draft.move(e.who, first + way * sign))]


def filled(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Bottles that go along a belt below a machine, which fills each of them; None where no belt or machine does it."""
    if e.target not in draft.props or e.target is None or not light_vessel(draft.kind(e.target)):
        return None
    machine = e.who if draft.kind(e.who) in ("machine", "filling machine", "packing machine") else None
    belt = next((id_ for id_, prop in draft.props.items() if prop.kind == "conveyor"), None)
    if machine is None and belt is None and draft.setting not in ("factory", "brewery"):
        return None
    if belt is None:
        belt = "conveyor"
        draft.put(Prop(belt, "conveyor", None, 0.5, GROUND))
    if machine is None:
        machine = "filling_machine"
        draft.put(Prop(machine, "filling machine", None, 0.5, GROUND - 0.02))
    else:
        draft.props[machine] = replace(draft.props[machine], kind="filling machine", x=0.5, y=GROUND - 0.02)
        draft.x[machine] = 0.5
    rows = [e.target, *draft.clones.get(e.target, ())]
    ride = [b for id_ in rows for b in carried(draft, replace(e, who=id_, target=belt))]
    draft.props[belt] = replace(draft.props[belt], y=GROUND)
    return [Beat("fill", machine, e.target, e.start, e.end), *ride]


def light_vessel(kind: str) -> bool:
    """True for what is filled on a belt."""
    return kind in ("bottle", "can", "jam jar", "cup", "glass", "water bottle", "milk bottle", "beer bottle", "box",
                    "carton", "wine bottle", "carton box")  # fmt: skip
