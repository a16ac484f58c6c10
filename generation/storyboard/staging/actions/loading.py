"""What people put into, onto and beside things and take out of and off them again, and the boots of cars.

Reads an Event and the draft; gives Beats: the way there, the lids and doors that open, and the thing that moves.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.pen import PERSON
from svta.generation.storyboard.drawing.things import RIMS
from svta.generation.storyboard.drawing.vehicles import LOADS as BEDS
from svta.generation.storyboard.drawing.vehicles import VEHICLES as VEHICLE_SHAPES
from svta.generation.storyboard.scene import PEOPLE, VEHICLES, Beat

from .draft import Event, SceneDraft
from .equipment import in_hand, light, walk_to
from .supports import top_of

_WITH_BOOTS: Final = ("car", "taxi", "police car", "sports car", "suv", "jeep", "limousine", "convertible", "van",
                      "ambulance", "pickup")  # fmt: skip

CONTAINERS: Final = {"bag", "backpack", "suitcase", "box", "trash can", "bin bag", "basket", "mailbox", "cabinet",
                     "fridge", "stove", "barrel", "bucket", "pot", "shopping cart", "trailer", "container", "bowl",
                     "drawer", "microwave", "washing machine", "dumpster", "oven", "toilet", "letter box", "locker",
                     "toilet seat", "sink", "bathtub", "wardrobe", "toolbox", "school bag",
                     "paper bag", "hand bag", "parcel", "envelope", "piggy bank", "fountain", "well", "vending machine",
                     "ticket machine", "slot machine", "parking meter",
                     "lunch box", "pencil case"}  # fmt: skip
_OPEN_HOLES: Final = ("manhole", "drain", "hole", "pit", "trench", "ditch", "engine")  # what falls in is gone
CLOSED: Final = ("fridge", "oven", "dishwasher", "stove", "cabinet", "drawer", "microwave", "washing machine",
                 "wardrobe", "bag", "backpack",
                 "suitcase", "box", "mailbox", "letter box", "trash can", "school bag", "hand bag", "toolbox",
                 "locker", "furnace", "bedside table", "office desk", "parcel", "gift", "briefcase", "wallet",
                 "plastic crate", "crate", "paper bag", "vending machine", "printer", "safe")  # fmt: skip
_DOORED: Final = (
    "fridge",
    "oven",
    "dishwasher",
    "microwave",
    "washing machine",
    "wardrobe",
    "cabinet",
    "locker",
    "safe",
)


def put_there(draft: SceneDraft, e: Event) -> list[Beat]:
    """Out of the hand, where it is from the start or was taken, onto or into what stands there."""
    assert e.target is not None and e.goal is not None
    if e.target not in draft.moved:
        in_hand(draft, e.who, e.target)
    if draft.kind(e.goal) in BEDS and e.way in ("on", "onto") and not {e.goal, e.who} & draft.moved and e.start == 0.0:
        return _onto_the_bed(draft, e)
    if has_boot(draft, e.goal) and draft.actors[e.who].holds == draft.kind(e.target) and e.way not in ("on", "onto"):
        return into_boot(draft, e)
    if e.words & {"leave", "abandon", "forget"} and e.who not in draft.later and draft.kind(e.goal) not in PEOPLE:
        until = e.start + 0.62 * (e.end - e.start)
        side = -1 if draft.x[e.who] <= draft.x[e.goal] else 1
        left = put_there(draft, replace(e, words=e.words - {"leave", "abandon", "forget"}, end=until))
        return [*left, Beat("walk", e.who, None, until, e.end, draft.move(e.who, 0.5 + 0.7 * side))]
    middle = e.start + 0.45 * (e.end - e.start)
    if abs(draft.x[e.who] - draft.x[e.goal]) < 0.3 and e.start == 0.0 and not {e.who, e.goal} & draft.moved:
        draft.start_prop(e.goal, x=0.66)  # room to walk up to it
        draft.place(e.who, x=max(0.1, draft.x[e.goal] - draft.width(e.goal) / 2 - 0.26), facing=1)
        if e.target not in draft.moved:
            draft.start_prop(e.target, x=draft.x[e.who] + 0.08)
    way = walk_to(draft, e.who, e.goal, e.start, middle)
    to = draft.x[e.goal]
    if draft.kind(e.goal) in PEOPLE:
        return [*way, Beat("give", e.who, e.goal, middle if way else e.start, e.end)]
    inside = draft.kind(e.goal) in {*CONTAINERS, *VEHICLES} and e.verb in ("put", "load", "hide", "drop")
    inside |= draft.kind(e.goal) in _OPEN_HOLES and e.verb == "drop"
    into = inside and (e.goal in draft.actors or e.way in ("in", "into", "inside"))
    hollow = draft.kind(e.goal) in _DOORED and e.way in ("in", "into", "inside")
    if (into or hollow) and draft.actors[e.who].holds == draft.kind(e.target):
        draft.start_prop(e.target, x=to)  # unseen: the bag is turned to, not where the thing lay
    draft.move(e.target, to)
    if hollow:
        begun = middle if way else e.start
        late = begun + 0.8 * (e.end - begun)
        loads = [e.target, *draft.clones.get(e.target, ())[:1]]
        in_both = [Beat("grab", e.who, load, 0.0, 0.01) for load in loads if len(loads) > 1 and e.start == 0.0]
        share = (late - begun) / len(loads)
        for load in loads[1:]:
            draft.start_prop(load, x=to)
            draft.move(load, to)
        return [*in_both, *way, Beat("open", e.goal, None, max(0.0, begun - 0.1), begun),
                *(Beat("load", e.who, load, begun + n * share, begun + (n + 1) * share)
                  for n, load in enumerate(loads)), Beat("close", e.goal, None, late, e.end)]  # fmt: skip
    if into and e.verb == "drop" and e.goal in draft.props and draft.kind(e.goal) not in CLOSED:
        begun = middle if way else e.start
        fallen = begun + 0.8 * (e.end - begun)
        return [*way, Beat("drop", e.who, e.target, begun, fallen, draft.move(e.target, to)),
                Beat("enter", e.target, e.goal, fallen, fallen + 0.01)]  # fmt: skip
    others = draft.clones.get(e.target, [])
    shown = draft.kind(e.goal) in RIMS and e.way in ("in", "into", "inside") and e.verb == "put"
    if shown and not others and light(draft.kind(e.target)):
        return [*way, Beat("put", e.who, e.target, middle if way else e.start, e.end, to)]
    if shown and len(others) < 3:
        return [*way, *_one_after_the_other(draft, e, to, middle if way else e.start, 0.03)]
    if draft.kind(e.goal) in ("pallet", "conveyor") and 0 < len(others) < 3 and e.verb != "drop":
        return [*way, *_one_after_the_other(draft, e, to, middle if way else e.start)]
    if len(others) == 1 and into and e.verb == "put" and draft.actors[e.who].holds == draft.kind(e.target):
        begun = middle if way else e.start
        half = (begun + e.end) / 2
        draft.start_prop(others[0], x=to)
        draft.move(others[0], to)
        return [Beat("grab", e.who, e.target, 0.0, 0.01), Beat("grab", e.who, others[0], 0.0, 0.01), *way,
                Beat("load", e.who, e.target, begun, half), Beat("load", e.who, others[0], half, e.end)]  # fmt: skip
    if len(others) == 1 and not into and e.verb == "put" and draft.actors[e.who].holds == draft.kind(e.target):
        return [*way, *_both(draft, e, others[0], to, middle if way else e.start)]
    put = Beat("load" if into else "drop" if e.verb == "drop" else "put", e.who, e.target,
               middle if way else e.start, e.end, None if into else to)  # fmt: skip
    if into and e.goal in draft.props and draft.kind(e.goal) in CLOSED and e.goal not in draft.moved:
        way.append(Beat("open", e.goal, None, max(0.0, put.start - 0.06), put.start + 0.01))
    return [*way, put]


def _onto_the_bed(draft: SceneDraft, e: Event) -> list[Beat]:
    """From behind, onto the open bed of a truck."""
    assert e.target is not None and e.goal is not None
    x0, x1, _ = BEDS[draft.kind(e.goal)]
    draft.place(e.goal, x=0.64, facing=1)
    to = draft.x[e.goal] + (0.65 * x0 + 0.35 * x1) * PERSON * 0.5625 * draft.actors[e.goal].scale
    draft.place(e.who, x=max(0.1, to - 0.24), facing=1)
    if e.target not in draft.moved:
        in_hand(draft, e.who, e.target)
    middle = e.start + 0.3 * (e.end - e.start)
    way = Beat("walk", e.who, None, e.start, middle, draft.move(e.who, to - 0.12))
    if 0 < len(draft.clones.get(e.target, ())) < 3:
        return [way, *_one_after_the_other(draft, e, to, middle)]
    return [way, Beat("put", e.who, e.target, middle, e.end, draft.move(e.target, to))]


def _both(draft: SceneDraft, e: Event, other: str, to: float, begun: float) -> list[Beat]:
    """One in each hand, put down side by side."""
    assert e.target is not None
    half = 0.55 * max(0.08, draft.width(e.target))
    draft.start_prop(other, x=to)
    one, two = draft.move(e.target, to - half), draft.move(other, to + half)
    middle = begun + 0.5 * (e.end - begun)
    return [Beat("grab", e.who, e.target, 0.0, 0.01), Beat("grab", e.who, other, 0.0, 0.01),
            Beat("put", e.who, e.target, begun, middle, one),
            Beat("put", e.who, other, middle, e.end, two)]  # fmt: skip


def _one_after_the_other(draft: SceneDraft, e: Event, to: float, begun: float, apart: float = 0.075) -> list[Beat]:
    """The first out of the hand, the others off the ground, side by side onto what stands there."""
    assert e.target is not None
    loads = [e.target, *draft.clones.get(e.target, ())]
    side = 1 if draft.x[e.who] > to else -1
    share = (e.end - begun) / len(loads)
    draft.place(e.who, facing=-side)
    beats = []
    for n, load in enumerate(loads):
        at = begun + n * share
        draft.start_prop(load, x=draft.x[e.who] + (0.1 + 0.1 * (n - 1)) * side)
        if n:
            beats.append(Beat("grab", e.who, load, at, at + 0.45 * share))
        x = draft.move(load, to + apart * side * (n - (len(loads) - 1) / 2))
        beats.append(Beat("put", e.who, load, at + (0.45 * share if n else 0.0), at + share, x))
    return beats


def take_from(draft: SceneDraft, e: Event) -> list[Beat]:
    """Off or out of what it lies on or in, into the hand."""
    assert e.target is not None and e.source is not None
    source, kind = draft.x[e.source], draft.kind(e.source)
    if e.source in draft.broken and e.source in draft.actors and e.target not in draft.moved:  # through its window
        draft.start_prop(e.target, x=draft.x[e.who] + 0.08, y=0.6)
        draft.moved.add(e.target)
        return [Beat("enter", e.target, e.source, 0.0, 0.01), Beat("grab", e.who, e.target, e.start, e.end)]
    parked = e.source in draft.moved and kind in _WITH_BOOTS and "unload" in e.words and 0.1 < source < 0.9
    if (has_boot(draft, e.source) or parked) and e.target not in draft.moved:
        return out_of_boot(draft, e)
    middle = e.start + 0.4 * (e.end - e.start)
    y = 0.6 if e.source in draft.actors else top_of(kind)  # also out of somebody's hand
    if e.source in draft.opened and kind in VEHICLES:  # in its boot
        y = draft.y(e.source) - 0.03
    draft.start_prop(e.target, x=source, y=y)
    way = walk_to(draft, e.who, e.source, e.start, middle)
    first = e.target not in draft.moved
    draft.moved.add(e.target)
    begun = middle if way else e.start
    taken = [*way, Beat("grab", e.who, e.target, begun, e.end)]
    if first and e.source in draft.actors and kind in PEOPLE and draft.actors[e.source].holds is None:
        in_hand(draft, e.source, e.target)
        return [Beat("grab", e.source, e.target, 0.0, 0.01), *taken]
    if first and kind in CLOSED and e.source in draft.props and kind != "stove":  # it is inside until then
        opened = Beat("open", e.source, None, max(0.0, begun - 0.06), begun + 0.01)
        return [Beat("enter", e.target, e.source, 0.0, 0.01), opened, *taken]
    return taken


def has_boot(draft: SceneDraft, id_: str) -> bool:
    """True for a car or a van that stands there: things go in and out at its rear."""
    return draft.kind(id_) in _WITH_BOOTS and id_ not in draft.moved


def _at_the_rear(draft: SceneDraft, e: Event, vehicle: str) -> tuple[list[Beat], float]:
    """The way to the rear of a vehicle, whose boot opens then, and when somebody is there."""
    side = -1 if draft.x[e.who] <= draft.x[vehicle] else 1
    side = -draft.actors[vehicle].facing if vehicle in draft.moved else side
    half = VEHICLE_SHAPES[draft.kind(vehicle)].width * PERSON * draft.actors[vehicle].scale * 0.3
    draft.place(vehicle, x=0.56 - 0.12 * side, facing=-side)
    rear = draft.x[vehicle] + (half + 0.03) * side
    if e.who not in draft.moved and e.start == 0.0:
        draft.place(e.who, x=max(0.06, min(0.94, rear + 0.2 * side)), facing=-side)
    there = e.start + 0.35 * (e.end - e.start)
    way = Beat("walk", e.who, None, e.start, there, draft.move(e.who, rear))
    return [way, Beat("open boot", vehicle, None, there, there + 0.12)], there + 0.12


def into_boot(draft: SceneDraft, e: Event) -> list[Beat]:
    """Out of the hand into the open boot, which closes behind it."""
    assert e.target is not None and e.goal is not None
    way, begun = _at_the_rear(draft, e, e.goal)
    behind = draft.actors[e.who].x - 0.14 * draft.actors[e.goal].facing
    for n, clone in enumerate(draft.clones.get(e.target, ())):
        draft.start_prop(clone, x=behind - 0.08 * n * draft.actors[e.goal].facing)
    draft.start_prop(e.target, x=draft.x[e.goal])
    draft.move(e.target, draft.x[e.goal])
    late = begun + 0.7 * (e.end - begun)
    return [*way, Beat("load", e.who, e.target, begun, late), Beat("close", e.goal, None, late, e.end)]


def out_of_boot(draft: SceneDraft, e: Event) -> list[Beat]:
    """Unseen in the closed boot first; then the boot is open and the thing in the hand."""
    assert e.target is not None and e.source is not None
    way, begun = _at_the_rear(draft, e, e.source)
    draft.start_prop(e.target, x=draft.x[e.source], y=draft.y(e.source) - 0.03)
    draft.moved.add(e.target)
    others = draft.clones.get(e.target, ())[:4] if "unload" in e.words else ()
    if not others:
        return [*way, Beat("grab", e.who, e.target, begun, e.end)]
    beats, side = list[Beat](), 1 if draft.x[e.who] > draft.x[e.source] else -1
    share = (e.end - begun) / (1 + len(others))
    for n, load in enumerate((e.target, *others)):  # one after the other, beside the vehicle
        at = begun + n * share
        draft.start_prop(load, x=draft.x[e.source], y=draft.y(e.source) - 0.03)
        beats += [Beat("enter", load, e.source, 0.0, 0.01)] if e.source in draft.moved else []
        ground = draft.move(load, draft.x[e.who] + side * (0.1 + 0.07 * n))
        beats += [Beat("grab", e.who, load, at, at + 0.4 * share),
                  Beat("set down", e.who, load, at + 0.4 * share, at + share, ground)]  # fmt: skip
    return [*way, *beats]
