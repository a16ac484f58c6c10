"""What holds things: tables and shelves, where on them several things lie side by side, what hangs on a wall or leans.

Reads and changes a SceneDraft: x and y of its props.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.pen import PERSON
from svta.generation.storyboard.drawing.things import THINGS, rest_height
from svta.generation.storyboard.drawn_tables import objects
from svta.generation.storyboard.scene import Beat, Prop

from .draft import GROUND, Event, SceneDraft

CONTAINERS: Final = ("bowl", "basket", "box", "crate", "plastic crate", "bucket", "pot", "saucepan", "vase", "cup",
                     "mug", "laundry basket", "trash can", "suitcase", "open suitcase", "paper bag", "plastic bag",
                     "glass", "shopping cart", "wheelbarrow", "sink", "bathtub", "vat", "jam jar",
                     "crib")  # fmt: skip
_TABLES: Final = ("table", "counter", "workbench", "office desk", "school desk", "ironing board", "sink")  # to work at
_ALIGNED: Final = 0.02


def surfaces(draft: SceneDraft) -> list[str]:
    """The tables of a scene, in its order."""
    return [id_ for id_, prop in draft.props.items() if prop.kind in _TABLES]


def table_for(draft: SceneDraft, thing: str) -> str:
    """What a small thing lies on: the table of the scene, or one that is put there."""
    table = next(iter(surfaces(draft)), None)
    if table is None:
        table = "table" if "table" not in draft.x else "table2"
        draft.put(Prop(table, "table", None, draft.x[thing], GROUND))
    put_on(draft, thing, table)
    return table


def near_the_edge(draft: SceneDraft, who: str, table: str | None) -> None:
    """Who spills something on a table stands so near that it does not run to the floor."""
    if table in surfaces(draft) and table is not None and not {who, table} & draft.moved:
        draft.place(who, x=draft.x[table] - draft.width(table) / 2 - 0.05, facing=1)


def into_each(draft: SceneDraft, beats: list[Beat]) -> list[Beat]:
    """Pours into one of several cups after the other, which stand side by side where the first one stands."""
    last = beats[-1]
    others = [id_ for id_ in draft.clones.get(last.target or "", ()) if id_ in draft.props]
    table = supporting(draft, last.target or "")
    if last.verb != "pour" or not others or last.target is None or table is None:
        return beats
    for other in others:
        if other not in draft.moved and supporting(draft, other) is None:
            put_on(draft, other, table)
    cups = sorted([last.target, *others], key=lambda id_: abs(draft.x[id_] - draft.x[last.who]))
    share, x = (last.end - last.start) / len(cups), draft.x[last.who]
    shift = x - draft.x[last.target]
    filling = beats[:-1]
    for n, cup in enumerate(cups):
        begin, end = last.start + n * share, last.start + (n + 1) * share
        step = begin + 0.25 * share
        filling.append(Beat("walk", last.who, None, begin, step, draft.move(last.who, draft.x[cup] + shift)))
        filling.append(Beat("pour", last.who, cup, step, end))
    return filling


def to_the_lamp(draft: SceneDraft, who: str, lamp: str, start: float, end: float) -> list[Beat]:
    """Up to the lamp that is switched on or off; it stands on a small table, beside the bed where there is one."""
    bed = next((p.id for p in draft.props.values() if p.kind in ("bed", "bunk bed", "sofa")), None)
    side = -1 if draft.x[who] <= 0.5 else 1
    if lamp in draft.moved or supporting(draft, lamp) is not None or who in draft.moved | draft.resting:
        return [Beat("point", who, None, start, end)]
    if bed is not None:
        draft.start_prop(bed, x=0.5 - 0.22 * side)
    x = 0.5 + 0.02 * side if bed is None else draft.x[bed] + side * (draft.width(bed) / 2 + 0.06)
    table = next(iter(surfaces(draft)), None) or next(
        (p.id for p in draft.props.values() if p.kind == "bedside table"), ""
    )
    if not table:
        table = "lamp_table"
        draft.put(Prop(table, "bedside table", None, x, GROUND))
    draft.start_prop(table, x=x)
    draft.start_prop(lamp, x=x)
    put_on(draft, lamp, table)
    draft.place(who, x=max(0.06, min(0.94, x + 0.34 * side)), facing=-side)
    middle = start + 0.55 * (end - start)
    way = Beat("walk", who, None, start, middle, draft.move(who, x + 0.13 * side))
    return [way, Beat("point", who, lamp, middle, end)]


def supporting(draft: SceneDraft, id_: str) -> str | None:
    """What a thing lies on; None for what stands on the ground."""
    thing = draft.props.get(id_)
    if thing is None or thing.y > GROUND - 0.012:
        return None
    under = [
        other.id
        for other in draft.props.values()
        if other.id != id_ and other.y > thing.y and abs(other.x - thing.x) <= draft.width(other.id) / 2
    ]
    return min(under, key=lambda other: abs(_top(draft, other) - thing.y), default=None)


def _top(draft: SceneDraft, id_: str) -> float:
    """The y of the upper side of a thing where it is."""
    thing = draft.props[id_]
    return thing.y - (GROUND - top_of(thing.kind))


def put_on(draft: SceneDraft, id_: str, ground: str, *, inside: bool = False) -> None:
    """Lay a thing that has not moved yet on another one, beside what lies there already, or `inside` it."""
    on_it = [other for other in draft.props.values() if other.id != id_ and supporting(draft, other.id) == ground]
    x = _free(draft, id_, ground, on_it)
    sunk = 0.35 * draft.height(id_) if inside and draft.kind(ground) in CONTAINERS else 0.0
    draft.start_prop(id_, x=x, y=round(_top(draft, ground) + sunk, 4))


def _free(draft: SceneDraft, id_: str, ground: str, on_it: list[Prop]) -> float:
    """The x on a surface that is nearest to its middle and not taken."""
    middle, half, own = draft.x[ground], draft.width(ground) / 2, draft.width(id_) / 2
    steps = [0.0, *(sign * n * 0.04 for n in range(1, 7) for sign in (1, -1))]
    inside = [step for step in steps if abs(step) <= max(0.0, half - 0.5 * own)] or [0.0]
    for step in inside:
        if all(abs(middle + step - other.x) >= 0.9 * (own + draft.width(other.id) / 2) for other in on_it):
            return middle + step
    return middle + inside[-1]


_MOUNTED: Final = {"clock": "wall", "picture": "wall", "poster": "wall", "alarm": "wall", "surveillance camera": "wall",
                   "mirror": "wall", "shop sign": "wall"}  # fmt: skip
_WITH_WINDOWS: Final = ("house", "building", "shop", "church", "barn", "wall", "greenhouse", "hut", "tower", "castle")
_OVERHEAD: Final = ("alarm", "surveillance camera", "night lamp", "light bulb", "lamp", "fan")  # if a caption says so
_ABOVE_HEADS: Final = 0.27
_HIGH: Final = {"wall": 0.44, "low": 0.66}  # the y of their lower side


def mount(draft: SceneDraft, *, indoors: bool) -> None:
    """Hang on the wall or from the ceiling of a room what belongs there and was put nowhere else."""
    windows = [p for p in draft.props.values() if p.kind == "window"]
    if (
        windows
        and not indoors
        and draft.house() is None
        and not any(p.kind in _WITH_WINDOWS for p in draft.props.values())
    ):
        draft.put(Prop("house_wall", "shop wall" if draft.shop_front else "house wall", None, windows[0].x, 0.3))
    doors = [p for p in draft.props.values() if p.kind in ("door", "house", "door step", "gate")]
    for id_, prop in list(draft.props.items()):
        if prop.kind == "doorbell" and not doors and prop.y == GROUND:
            doors = [Prop("bell_door", "door", None, min(0.84, prop.x + 0.14), GROUND)]
            draft.put(doors[0])
        if prop.kind == "doorbell" and prop.y == GROUND:
            side = -1 if doors[0].x > 0.4 else 1
            draft.start_prop(id_, x=doors[0].x + side * (draft.width(doors[0].id) / 2 + 0.04), y=0.58)
            continue
        where = objects().get(prop.kind, {}).get("mount") or _MOUNTED.get(prop.kind)
        where = "ceiling" if draft.ceiling and prop.kind in _OVERHEAD else where
        if where is None or not indoors or prop.y != GROUND or id_ in draft.fixed:
            continue
        y = _ABOVE_HEADS if prop.kind == "alarm" else _HIGH.get(where, 0.0) or 0.02 + draft.height(id_)
        draft.start_prop(id_, y=round(min(GROUND, max(y, draft.height(id_) + 0.06)), 4))


def stacked(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Sacks or boxes one on top of the other, before the wall that is told; None for a single one."""
    if "stack" not in e.words or e.target is None or e.target in draft.moved or e.who in draft.moved:
        return None
    loads = [e.target, *draft.clones.get(e.target, ())]
    if len(loads) == 2 and len(draft.props) < 10:  # two are no stack yet
        third = f"{e.target}_third"
        draft.put(replace(draft.props[e.target], id=third))
        draft.clones.setdefault(e.target, []).append(third)
        loads.append(third)
    wall = next((id_ for id_, prop in draft.props.items() if prop.kind == "wall"), "")
    if wall:
        draft.start_prop(wall, x=0.78)
    draft.place(e.who, x=0.4, facing=1)
    x = draft.x[wall] - draft.width(wall) / 2 - 0.06 if wall else 0.6
    return _each(draft, e, [(load, x, 0.24 - 0.1 * n) for n, load in enumerate(loads)])


def all_around(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Cones to the left and right of a hole; None where nothing is put around anything."""
    middle = next((id_ for id_ in (e.passed, e.goal, e.near) if id_ in draft.props and id_ != e.target), None)
    told = e.preposition == "around" or e.passed == middle
    if middle is None or e.target is None or not told or e.verb != "put" or e.target in draft.moved | {e.who}:
        return None
    loads = [e.target, *draft.clones.get(e.target, ())][:4]
    if len(loads) < 2:
        return None
    draft.start_prop(middle, x=0.56)
    draft.place(e.who, x=0.36, facing=1)
    half = draft.width(middle) / 2 + 0.5 * draft.width(e.target)
    ends = (draft.x[middle] - half, draft.x[middle] + half, draft.x[middle], draft.x[middle] + half / 2)
    return _each(draft, e, [(load, x, 0.22 - 0.08 * n) for n, (load, x) in enumerate(zip(loads, ends))])


def _each(draft: SceneDraft, e: Event, moves: list[tuple[str, float, float]]) -> list[Beat]:
    """One thing after the other is taken from where it lies and put at its x."""
    share, beats = (e.end - e.start) / len(moves), []
    for n, (load, x, begins) in enumerate(moves):
        at = e.start + n * share
        draft.start_prop(load, x=begins, y=GROUND)
        beats.append(Beat("grab", e.who, load, at, at + 0.4 * share))
        beats.append(Beat("walk", e.who, None, at + 0.4 * share, at + 0.65 * share, draft.move(e.who, x - 0.12)))
        beats.append(Beat("put", e.who, load, at + 0.65 * share, at + share, draft.move(load, x)))
    return beats


def top_of(kind: str) -> float:
    """The y of the upper side of a thing that stands on the ground, as a fraction of the frame."""
    high = rest_height(kind) * PERSON if kind in THINGS else 0.3
    return round(max(0.12, GROUND - high), 4)


def lean(draft: SceneDraft, e: Event) -> list[Beat]:
    """Tilted against what stands beside it, from the first frame on."""
    against = next((id_ for id_ in (e.target, e.near, e.goal) if id_ in draft.x and id_ != e.who), None)
    if against is not None and e.who not in draft.moved:
        half = (draft.width(against) + max(0.06, draft.width(e.who))) / 2
        side = -1 if draft.x[against] > 0.5 else 1
        x = draft.x[against] + side * max(0.05, 0.8 * half)
        draft.start_prop(e.who, x=x)
        draft.place(e.who, x=x, facing=-side)
    return [Beat("lean", e.who, against, 0.0 if e.start == 0 else e.start, 1.0)]


def stand_on(draft: SceneDraft, e: Event) -> None:
    """On what holds it from the first frame on, one of several things beside the other."""
    assert e.target is not None
    row = next(([k, *clones] for k, clones in draft.clones.items() if e.who in (k, *clones)), [e.who])
    x = draft.x[e.target] + 0.08 * (row.index(e.who) - (len(row) - 1) / 2)
    draft.start_prop(e.who, x=x, y=top_of(draft.kind(e.target)) + 0.01)


def pour_and_put_down(draft: SceneDraft, e: Event, goal: str, jug: str, way: list[Beat]) -> list[Beat]:
    """Up to it by `way`, pours, and puts the jug down beside it: the hands are free for what comes then."""
    name = jug.replace(" ", "_")
    draft.put(Prop(name, jug, None, draft.x[e.who], draft.y(goal)))
    draft.actors[e.who] = replace(draft.actors[e.who], holds=jug)
    draft.moved.add(name)
    begun = way[0].end if way else e.start
    late = begun + 0.75 * (e.end - begun)
    side = 1 if draft.x[e.who] <= draft.x[goal] else -1
    to = draft.move(name, draft.x[goal] + 0.06 * side)
    return [*way, Beat("pour", e.who, goal, begun, late), Beat("put", e.who, name, late, e.end, to)]
