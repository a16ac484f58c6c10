"""Work with the hands: cuts an onion on a board, irons a shirt, presses a button, welds a pipe, digs, mows.

Reads an Event, most often of a verb of handwork.json, and the SceneDraft; gives Beats. A small thing that is worked on
lies on a table, which is put there if none is; a thing that the hands hold is in them from the first frame on.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.builder.io.json_text import JsonObject
from svta.generation.storyboard.drawing.animals import ANIMALS as ANIMAL_SHAPES
from svta.generation.storyboard.drawing.animals import larger_than_life
from svta.generation.storyboard.drawing.things import THINGS
from svta.generation.storyboard.drawn_tables import handwork
from svta.generation.storyboard.scene import PEOPLE, VEHICLES, Beat, Prop

from ..actions.draft import GROUND, Event, SceneDraft
from ..actions.equipment import in_hand, light
from ..actions.supports import put_on, supporting, surfaces

_WICKS: Final = ("candle", "match", "candlestick", "torch", "fire", "birthday cake")  # whose flame is drawn with them
_REACH: Final = 0.13  # of the frame, from whoever works to the middle of a small thing
_ACROSS: Final = 0.16  # of two on both sides of a table


def work(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """The beats of an event of this kind, and what becomes of the thing; None for all others."""
    entry = handwork().get(e.verb)
    if entry is None or draft.kind(e.who) not in PEOPLE:
        return None
    beats = _work(draft, e, entry)
    thing = beats[-1].target
    alters = "alters" in entry and (not str(entry["alters"]).endswith("dying") or draft.kind(thing or "") in _WICKS)
    if alters and (thing in draft.props or draft.kind(thing or "") in VEHICLES):
        beats += [Beat(e.verb, id_, None, beats[-1].start, beats[-1].end)
                  for id_ in (thing, *draft.clones.get(thing or "", ())) if id_ is not None]  # fmt: skip
    return beats


def _work(draft: SceneDraft, e: Event, entry: JsonObject) -> list[Beat]:
    if e.who in draft.resting:
        return [Beat(e.verb, e.who, None, e.start, e.end)]
    bench = entry.get("bench")
    target = e.target or e.near or e.goal or e.passed
    if target is None or target not in draft.x or target == e.who:
        if bench not in (None, "table") and e.who not in draft.moved:
            return _at_a_bench(draft, e, bench, entry.get("load"))
        if "default" in entry and e.who not in draft.moved:
            thing = str(entry["default"]).replace(" ", "_")
            draft.put(Prop(thing, entry["default"], None, draft.x[e.who] + 0.16 * draft.actors[e.who].facing, GROUND))
            return _in_hands(draft, e, thing) if entry.get("held") else _at(draft, e, thing)
        return [Beat(e.verb, e.who, None, e.start, e.end)]
    if entry.get("tool") == draft.kind(target) and target in draft.props and target not in draft.moved | draft.later:
        draft.take_up(e.who, target)  # plays the violin
        return [Beat(e.verb, e.who, None, e.start, e.end)]
    if entry.get("held") and target in draft.props and _held(draft.kind(target)):
        if bench is not None:
            there = next((id_ for id_, prop in draft.props.items() if prop.kind in (bench, "counter")), None)
            x = draft.x[there or _table(draft, bench, 0.53)]
            draft.place(e.who, x=x - 0.13, facing=1)
        return _in_hands(draft, e, target)
    if bench and target not in draft.moved and target in draft.props and _lies(draft.kind(target)):
        _on_a_table(draft, target, bench)
    if e.verb == "play piano" and target in draft.props and e.who not in draft.moved and e.start == 0.0:
        return _at_the_keys(draft, e, target)
    if entry.get("across") and target in draft.props:
        both = draft.face_each_other(e.who)
        return [beat for who in both for beat in _at(draft, replace(e, who=who), target)]
    return _at(draft, e, target)


def _at_the_keys(draft: SceneDraft, e: Event, piano: str) -> list[Beat]:
    """On a stool before the keys of a piano."""
    draft.start_prop(piano, x=0.46)
    draft.place(e.who, x=draft.x[piano] + draft.width(piano) / 2 + 0.07, facing=-1)
    return [Beat("sit at", e.who, piano, 0.0, 1.0), Beat(e.verb, e.who, piano, e.start, e.end)]


def on_the_stove(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """In a kitchen it is fried or stirred on a stove; None elsewhere, and where the caption has a fire of its own."""
    stoves = ("stove", "grill", "fire", "oven", "fireplace")
    pot = e.target in draft.props
    if draft.setting != "kitchen" or any(prop.kind in stoves for prop in draft.props.values()):
        return None
    if e.who in draft.moved or draft.actors[e.who].count > 1 or (pot and not _lies(draft.kind(e.target or ""))):
        return None
    draft.place(e.who, x=0.4, facing=1)
    draft.put(Prop("stove", "stove", None, 0.57, GROUND))
    if not pot or e.target is None:
        return _at(draft, replace(e, verb="fry"), "stove")
    put_on(draft, e.target, "stove")
    return _at(draft, replace(e, verb="stir"), e.target)


def _at_a_bench(draft: SceneDraft, e: Event, kind: str, load: str | None) -> list[Beat]:
    """At what such work is done at, with what lies on it where the caption names no thing."""
    bench = _table(draft, kind, draft.x[e.who] + 0.16 * draft.actors[e.who].facing)
    if load is None:
        return [Beat(e.verb, e.who, None, e.start, e.end)]
    name = load.replace(" ", "_")
    draft.put(Prop(name, load, None, draft.x[bench], GROUND))
    put_on(draft, name, bench)
    return [Beat(e.verb, e.who, name, e.start, e.end)]


def _in_hands(draft: SceneDraft, e: Event, thing: str) -> list[Beat]:
    if thing not in draft.moved and supporting(draft, thing) is None:
        in_hand(draft, e.who, thing)
        draft.moved.add(thing)
        for clone in draft.clones.pop(thing, ()):  # one after the other
            draft.props.pop(clone, None)
            draft.x.pop(clone, None)
        return [Beat(e.verb, e.who, thing, e.start, e.end)]
    if draft.actors[e.who].holds == draft.kind(thing) or thing in draft.moved:
        return [Beat(e.verb, e.who, thing, e.start, e.end)]
    middle = e.start + 0.35 * (e.end - e.start)
    draft.moved.add(thing)
    return [*_walk(draft, e, thing, 0.4), Beat("grab", e.who, thing, e.start, middle),
            Beat(e.verb, e.who, thing, middle, e.end)]  # fmt: skip


def _held(kind: str) -> bool:
    return light(kind) or kind in ("barbell", "dumbbell", "kettlebell")


def _lies(kind: str) -> bool:
    """True for what is worked on on a table: an onion, a plank; a tree is not."""
    thing = THINGS[kind]
    return light(kind) or (thing.height <= 0.2 and thing.width <= 1.3)


def _table(draft: SceneDraft, kind: str, x: float) -> str:
    name = next(name for name in (kind.replace(" ", "_"), "worktop", "worktop2") if name not in draft.x)
    draft.put(Prop(name, kind, None, round(min(0.9, max(0.1, x)), 4), GROUND))
    return name


def _on_a_table(draft: SceneDraft, thing: str, kind: str) -> None:
    """A small thing on the ground is lifted onto a table, together with the board or plate it lies on."""
    under = supporting(draft, thing)
    base = under if under is not None else thing
    cooks = draft.kind(under or "") in ("stove", "grill", "oven", "fireplace")
    if under is not None and (cooks or not light(draft.kind(under)) or supporting(draft, under) is not None):
        return
    table = next((id_ for id_ in surfaces(draft) if id_ not in (thing, under)), None)
    table = _table(draft, kind, draft.x[thing]) if table is None else table
    for one in (base, *draft.clones.get(base, ())):
        put_on(draft, one, table)
    if under is not None:
        put_on(draft, thing, under)


def _walk(draft: SceneDraft, e: Event, target: str, share: float) -> list[Beat]:
    """Up to within reach; whoever has not moved yet stands there from the beginning."""
    x = draft.x[target]
    under = supporting(draft, target) if target in draft.props else None
    wide = draft.width(target) if under is None else draft.width(target) - 0.14  # by the end of a long beam
    reach = max(_ACROSS if handwork()[e.verb].get("across") else _REACH, wide / 2 + 0.05)
    if e.verb == "light" and draft.width(target) < 0.1:  # the match at its wick
        reach = 0.17
    if draft.kind(target) in PEOPLE:  # at arm's length
        reach = 0.17
    if draft.kind(target) in ANIMAL_SHAPES:  # before its head, not in it
        kind = draft.kind(target)
        reach = max(_REACH, 0.14 * ANIMAL_SHAPES[kind].width * larger_than_life(kind) + 0.1)
    side = _side(draft, e, target, reach)
    if _flat(draft, target):  # one stands on a carpet, not beside it
        reach = 0.08
    at = x + side * reach
    if not 0.04 <= at <= 0.96:
        side, at = -side, x - side * reach
    if e.who not in draft.moved and e.start == 0.0:
        draft.place(e.who, x=at, facing=-side)
        return []
    if abs(draft.x[e.who] - at) < 0.03:
        return []
    return [Beat("walk", e.who, None, e.start, e.start + share * (e.end - e.start), draft.move(e.who, at))]


def _side(draft: SceneDraft, e: Event, target: str, reach: float) -> int:
    """Where one stands: before the keys of a piano, across from who is there already, else where one came from."""
    thing = THINGS.get(draft.kind(target))
    if thing is not None and thing.touch is not None:
        return 1 if thing.touch[0] > 0 else -1
    x = draft.x[target]
    side = -1 if draft.x[e.who] <= x else 1
    there = [id_ for id_ in draft.actors if id_ != e.who and abs(draft.x[id_] - (x + side * reach)) < 0.04]
    return -side if there else side


def _flat(draft: SceneDraft, target: str) -> bool:
    thing = THINGS.get(draft.kind(target))
    return thing is not None and thing.height <= 0.06 and thing.width >= 1.2


def _at(draft: SceneDraft, e: Event, target: str) -> list[Beat]:
    way = _walk(draft, e, target, 0.4)
    start = way[0].end if way else e.start
    return [*way, Beat(e.verb, e.who, target, start, e.end)]


def dig(draft: SceneDraft, e: Event) -> list[Beat]:
    """Beside it, while it grows."""
    assert e.target is not None
    x = draft.x[e.target]
    side = -1 if draft.x[e.who] <= x else 1
    half = draft.width(e.target) / 2 + (0.2 if draft.kind(e.who) in VEHICLES else 0.08)
    if e.who not in draft.moved:
        draft.place(e.who, x=min(0.9, max(0.1, x + side * half)), facing=-side)
    grows = Beat("grow", e.target, None, e.start, e.end)
    if draft.kind(e.who) in VEHICLES:
        return [Beat("work", e.who, None, e.start, e.end), grows]
    return [Beat("dig" if draft.kind(e.who) in PEOPLE else "scratch", e.who, None, e.start, e.end), grows]


def shovel_into(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """From a heap into a wheelbarrow, in which it becomes more; None where nothing is filled so."""
    barrow = e.goal if draft.kind(e.goal or "") in ("wheelbarrow", "trailer", "container", "bucket") else None
    heap = e.target
    if e.verb != "dig" or barrow is None or heap is None or heap not in draft.props or e.who in draft.moved:
        return None
    draft.start_prop(heap, x=0.22)
    draft.props[heap] = replace(draft.props[heap], scale=0.8)
    draft.place(e.who, x=0.42, facing=1)
    draft.start_prop(barrow, x=0.42 + 0.13 + draft.width(barrow) / 2)
    wide = 0.7 * draft.width(barrow) / max(0.01, draft.width_of(draft.kind(heap)))
    y = GROUND - 0.85 * draft.height(barrow)
    draft.put(Prop("filled", draft.kind(heap), None, draft.x[barrow], y, round(min(1.0, wide), 3)))
    return [Beat("dig", e.who, heap, e.start, e.end), Beat("grow", "filled", None, e.start, e.end)]


def mow(draft: SceneDraft, e: Event) -> list[Beat]:
    """Behind a lawn mower, across the grass."""
    mower = next((id_ for id_, prop in draft.props.items() if prop.kind == "lawn mower"), None)
    sign = e.direction or 1
    if mower is None:
        mower = "mower"
        draft.put(Prop(mower, "lawn mower", None, 0.5 - 0.22 * sign, GROUND))
    draft.start_prop(mower, x=0.5 - 0.22 * sign)
    draft.place(e.who, x=0.5 - 0.36 * sign, facing=sign)
    to = draft.move(e.who, 0.5 + 0.26 * sign)
    draft.move(mower, to + 0.14 * sign)
    return [Beat("push", e.who, mower, e.start, e.end, to)]


def _off_down_the_hill(draft: SceneDraft, e: Event) -> list[Beat]:
    """Pushed off at the top; it rolls down alone."""
    assert e.target is not None
    draft.start_prop("hill", x=0.6, y=0.86)
    draft.place(e.who, x=0.9, y=0.87 - draft.height("hill"), facing=-1)
    draft.actors[e.who] = replace(draft.actors[e.who], scale=round(0.8 * draft.actors[e.who].scale, 3))
    draft.start_prop(e.target, x=0.8, y=0.865 - draft.height("hill"))
    off = e.start + 0.15 * (e.end - e.start)
    down = Beat("downhill", e.target, "hill", off, e.end, draft.move(e.target, 0.16))
    return [Beat("push", e.who, None, e.start, off + 0.1), down]


def roll_before(draft: SceneDraft, e: Event) -> list[Beat]:
    """Pushed along, and it turns over and over."""
    assert e.target is not None
    sign = e.direction or 1
    if e.ground is not None and e.ground[0] == "down" and "hill" in draft.x and e.target not in draft.moved:
        return _off_down_the_hill(draft, e)
    gap = draft.width(e.target) / 2 + 0.07
    if e.who not in draft.moved:
        draft.place(e.who, x=0.5 - 0.34 * sign, facing=sign)
    draft.start_prop(e.target, x=draft.x[e.who] + gap * sign)
    far = 0.4 * sign
    roll = Beat("roll", e.target, None, e.start, e.end, draft.move(e.target, draft.x[e.target] + far))
    return [Beat("push", e.who, None, e.start, e.end), Beat("walk", e.who, None, e.start, e.end,
                                                          draft.move(e.who, draft.x[e.who] + far)), roll]  # fmt: skip
