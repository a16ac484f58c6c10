"""What belongs to an event in a room and no caption names: the counter between those who sell and buy, the chair of a
barber's customer, the table under a book, the puddle on a wet floor; and things that are one with what holds them.

Reads a Reading, the SceneDraft and the ids of its mentions before anything moves; changes the draft and the ids.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Final

from svta.generation.storyboard.drawing.animals import ANIMALS as ANIMAL_SHAPES
from svta.generation.storyboard.parsing.clauses import Clause, Reading
from svta.generation.storyboard.places.backdrop import PLACE_PAINTERS
from svta.generation.storyboard.scene import ANIMALS, PEOPLE, Beat, Prop

from ..actions.draft import GROUND, Event, SceneDraft
from ..actions.equipment import light
from ..actions.seating import sit_at
from ..actions.supports import put_on, supporting, table_for
from ..things.broken_seats import hang_on_ropes

_SELLERS: Final = frozenset((
    "cashier", "clerk", "shopkeeper", "shop assistant", "salesperson", "salesman", "saleswoman", "seller", "barista",
    "bartender", "barman", "pharmacist", "teller", "receptionist", "baker", "butcher", "florist", "jeweller", "vendor",
    "librarian", "shop owner", "store clerk", "bank teller", "hotel clerk"))  # fmt: skip
_OVER_THE_COUNTER: Final = ("give", "pay", "show", "scan", "put")
_CUT: Final = ("snip", "shave", "comb", "dry hair", "cut", "trim")
_SHOPS: Final = ("shop", "supermarket", "bakery", "pharmacy", "flower shop", "bookshop", "clothes shop", "cafe",
                 "butcher's shop", "jewellery shop", "bank", "bar", "restaurant", "library", "lobby", "post office",
                 "street", "showroom", "toy shop")  # fmt: skip
_SLIPPERY: Final = {"wet", "mopped", "slippery", "soapy", "polished", "waxed"}
_FALLING: Final = ("slip", "fall", "trip", "plunge", "slide down")
_HEATED: Final = ("burn", "smoke", "boil", "cook", "steam", "overflow", "fry", "explode", "spill")
_TABLES: Final = ("table", "counter", "desk", "worktop")
_COOKED_IN: Final = ("saucepan", "pot", "milk pan", "frying pan", "kettle", "sauce pot", "soup", "pressure cooker",
                     "toaster",
                     "coffee machine", "blender", "rice cooker", "toast", "electric kettle", "microwave")  # fmt: skip
_ON_TABLES: Final = ("toaster", "coffee machine", "blender", "rice cooker", "electric kettle", "microwave", "toast")
_SMALL_VESSELS: Final = ("envelope", "cup", "mug", "glass", "jam jar", "vase", "bowl", "teacup", "wallet", "piggy bank",
                         "jug", "toy box", "lunch box", "pencil case", "teapot")  # fmt: skip
_DESKTOP: Final = ("printer", "microwave", "toaster", "coffee machine", "typewriter", "radio", "record player",
                   "blender",
                   "cash register", "telephone", "aquarium", "microscope", "globe", "rice cooker")  # fmt: skip
_WORKED_ON: Final = ("counter", "shelf", "open shelf", "rack", "conveyor", "box", "sink")  # it may stand there
_READ: Final = ("book", "notebook", "magazine", "newspaper", "plate", "serving tray", "tray", "saucer", "menu")


def furnish_rooms(reading: Reading, draft: SceneDraft, ids: dict[int, str]) -> list[Beat]:
    """Adds what the caption's events need; the beats of who sits there from the first frame on."""
    draft.ceiling = any(word.text == "ceiling" for word in reading.words)
    sitting: list[Beat] = []
    for clause in reading.clauses:
        _counter(reading, draft, ids, clause)
        sitting += _chair(reading, draft, ids, clause) + _dentist(reading, draft, ids, clause)
        _on_the_stove(reading, draft, ids, clause)
        _fed_baby(draft, ids, clause)
        for k in [k for p, k in clause.obliques if p in ("over", "between")
                  and clause.verb in ("shout", "talk", "look", "point", "shake hands", "whisper")]:  # fmt: skip
            if ids.get(k) in draft.props and light(draft.kind(ids[k])) and supporting(draft, ids[k]) is None:
                table_for(draft, ids[k])  # they argue over a map that lies before them
        _under_a_cup(draft, ids, clause)
        _on_a_wet_floor(reading, draft, ids, clause)
    sitting += _at_dinner(reading, draft, ids)
    hang_on_ropes(reading, draft, ids)
    _on_desks(draft)
    _glasses_on_a_tray(reading, draft, ids)
    _food_of_thieves(reading, draft, ids)
    _apart_from_the_first(reading, draft, ids)
    return sitting


def _at_dinner(reading: Reading, draft: SceneDraft, ids: dict[int, str]) -> list[Beat]:
    """During dinner plates stand on a table; the guests of a dinner party sit at it."""
    during = [k for clause in reading.clauses for p, k in clause.obliques if p == "during"]
    meal = next((ids[k] for k in during if k in ids and draft.kind(ids[k]) == "meal"), None)
    guests = next((ids[k] for k in during if reading.mentions[k].text.startswith("dinner ") and k in ids), None)
    if meal is not None and supporting(draft, meal) is None:
        draft.start_prop(table_for(draft, meal), x=0.6)
    if guests not in draft.actors or guests is None:
        return []
    draft.put(Prop("dinner_table", "table", None, 0.5, GROUND))
    for n, x in enumerate((0.45, 0.55)):
        draft.put(Prop(f"plate{n + 1}", "meal", None, x, GROUND))
        put_on(draft, f"plate{n + 1}", "dinner_table")
        draft.start_prop(f"plate{n + 1}", x=x)
    return sit_at(draft, Event("sit", guests, None, 0.0, 1.0, desk="dinner_table"))


def _people(draft: SceneDraft, ids: dict[int, str], mentions: list[int]) -> list[str]:
    return list(dict.fromkeys(ids[k] for k in mentions if ids.get(k) in draft.actors and draft.kind(ids[k]) in PEOPLE))


def _counter(reading: Reading, draft: SceneDraft, ids: dict[int, str], clause: Clause) -> None:
    """Between who sells and who buys, with a till on it in a shop."""
    told = [*clause.subjects, *clause.objects, *(k for _, k in clause.obliques)]
    sellers = _people(draft, ids, [k for k in told if reading.mentions[k].text in _SELLERS])
    others = [id_ for id_ in _people(draft, ids, told) if id_ not in sellers]
    desks = any(p.kind.endswith(("counter", "desk", "table", "checkout")) for p in draft.props.values())
    alone = len(sellers) == 1 and len(others) == 1 and draft.actors[others[0]].count == 1
    if not alone or desks or clause.verb not in _OVER_THE_COUNTER or draft.setting not in _SHOPS:
        return
    side = -1 if _people(draft, ids, clause.subjects)[:1] == sellers else 1
    draft.place(sellers[0], x=0.5 + 0.105 * side, facing=-side)
    draft.place(others[0], x=0.5 - 0.105 * side, facing=side)
    draft.put(Prop("till_counter", "counter", None, 0.5 + 0.13 * side, GROUND + 0.03))
    if draft.setting in ("shop", "supermarket", "bookshop", "clothes shop", "toy shop"):
        draft.put(Prop("till", "cash register", None, 0.5 + 0.13 * side, 0.8, 0.85))
        put_on(draft, "till", "till_counter")
        draft.start_prop("till", x=0.5 + 0.23 * side)


def _chair(reading: Reading, draft: SceneDraft, ids: dict[int, str], clause: Clause) -> list[Beat]:
    """Whose hair or beard is cut sits, and has a beard."""
    barber = draft.setting == "hair salon" or any(reading.mentions[k].text == "barber" for k in clause.subjects)
    whom = _people(draft, ids, [*clause.objects, *(k for p, k in clause.obliques if p in ("of", "for"))])
    if not barber or clause.verb not in _CUT or not whom or whom[0] in draft.resting:
        return []
    if any(word.text == "beard" for word in reading.words):
        draft.actors[whom[0]] = replace(draft.actors[whom[0]], worn="beard")
    if any(p.kind.endswith("chair") for p in draft.props.values()):
        return []
    draft.put(Prop("barber_chair", "armchair", None, 0.62, GROUND))
    draft.place(whom[0], x=0.62, facing=1)
    draft.resting.add(whom[0])
    return [Beat("sit", whom[0], "barber_chair")]


def _dentist(reading: Reading, draft: SceneDraft, ids: dict[int, str], clause: Clause) -> list[Beat]:
    """Who is treated by a dentist lies back in the chair there."""
    dentist = any(reading.mentions[k].text == "dentist" for k in clause.subjects)
    whom = _people(draft, ids, [*clause.objects, *(k for p, k in clause.obliques if p in ("of", "for", "over"))])
    seats = any(p.kind.endswith("chair") for p in draft.props.values())
    if not dentist or not whom or whom[0] in draft.resting or seats or draft.actors[whom[0]].count > 1:
        return []
    draft.put(Prop("dentist_chair", "dentist chair", None, 0.64, GROUND))
    draft.place(whom[0], x=0.62, facing=1)
    draft.resting.add(whom[0])
    return [Beat("sit", whom[0], "dentist_chair")]


def _on_the_stove(reading: Reading, draft: SceneDraft, ids: dict[int, str], clause: Clause) -> None:
    """What burns or boils there stands on it."""
    stove = next((ids[k] for p, k in clause.obliques if p == "on" and draft.kind(ids.get(k, "")) == "stove"), None)
    stove = stove or next((id_ for id_, prop in draft.props.items() if prop.kind in ("stove", "grill")), None)
    told = [*clause.subjects, *(k for p, k in clause.obliques if p in ("from", "out", "of", "in"))]
    steams = any(reading.mentions[k].group == "substance" for k in clause.subjects)
    told += clause.objects if steams else []
    told += clause.objects if clause.verb in ("stir", "cook", "taste", "fry", "season") and stove is not None else []
    vessels = [ids[k] for k in told if ids.get(k) in draft.props and draft.kind(ids[k]) in _COOKED_IN]
    vessels = [id_ for id_ in vessels if supporting(draft, id_) is None]
    if (
        not steams and clause.verb not in (*_HEATED, "rise", "stir", "cook", "taste", "season", "sound", "spark")
    ) or not vessels:
        return
    if draft.kind(vessels[0]) in _ON_TABLES:
        if stove is None and draft.setting == "kitchen":
            table_for(draft, vessels[0])
        return
    if stove is None and draft.setting == "kitchen":
        stove = "stove"
        draft.put(Prop(stove, "stove", None, 0.55, GROUND))
    if stove is not None:
        for id_ in vessels:
            put_on(draft, id_, stove)


def _fed_baby(draft: SceneDraft, ids: dict[int, str], clause: Clause) -> None:
    """As high as the spoon comes, where it sits in a chair."""
    if clause.verb not in ("feed", "spoon feed") or not any(p.kind == "high chair" for p in draft.props.values()):
        return
    for id_ in _people(draft, ids, clause.objects):
        draft.actors[id_] = replace(draft.actors[id_], scale=max(0.85, draft.actors[id_].scale))


def _under_a_cup(draft: SceneDraft, ids: dict[int, str], clause: Clause) -> None:
    """A book or plate on which a thing is put lies on a table."""
    if clause.verb != "put":
        return
    for p, k in clause.obliques:
        small = p in ("in", "into", "inside") and draft.kind(ids.get(k, "")) in _SMALL_VESSELS
        small &= draft.setting in ("kitchen", "living room", "dining room", "office", "bedroom", "room")
        read = p in ("on", "onto") and draft.kind(ids.get(k, "")) in _READ
        if (read or small) and supporting(draft, ids[k]) is None:
            draft.start_prop(ids[k], x=0.66)
            table_for(draft, ids[k])


def _on_a_wet_floor(reading: Reading, draft: SceneDraft, ids: dict[int, str], clause: Clause) -> None:
    """A puddle before the feet of who slips on it."""
    wet = any({word.text, *word.lemmas} & _SLIPPERY for word in reading.words)
    floor = any(word.text.split()[-1] in ("floor", "tiles", "tile") for word in reading.words if word.text)
    who = _people(draft, ids, clause.subjects)
    if wet and floor and who and clause.verb in _FALLING and "wet_spot" not in draft.x:
        draft.put(Prop("wet_spot", "puddle", None, draft.x[who[0]] + 0.04, GROUND + 0.012, 0.9))


def _food_of_thieves(reading: Reading, draft: SceneDraft, ids: dict[int, str]) -> None:
    """What an animal takes or eats once it is on a table lies there."""
    for one, two in pairwise(sorted(reading.clauses, key=lambda clause: clause.at)):
        table = next((ids[k] for k in (*one.objects, *(k for _, k in one.obliques)) if k in ids and
                      draft.kind(ids[k]).endswith(_TABLES)), None)  # fmt: skip
        beast = bool(two.subjects) and all(reading.mentions[k].group == "animal" for k in two.subjects)
        if table is None or not beast or one.subjects != two.subjects or one.verb not in ("land", "jump", "climb"):
            continue
        for k in two.objects if two.verb in ("grab", "eat", "drink", "sniff", "pick", "knock", "lick") else ():
            if ids.get(k) in draft.props and supporting(draft, ids[k]) is None and light(draft.kind(ids[k])):
                put_on(draft, ids[k], table)
                draft.start_prop(ids[k], x=draft.x[table] + 0.36 * draft.width(table))


def _apart_from_the_first(reading: Reading, draft: SceneDraft, ids: dict[int, str]) -> None:
    """An animal that somebody turns to later stands beside what they handle first, not before it."""
    clauses = sorted(reading.clauses, key=lambda clause: clause.step)
    for one, two in pairwise(clauses):
        things = [ids[k] for k in one.objects if ids.get(k) in draft.props]
        beasts = [ids[k] for k in two.objects if ids.get(k) in draft.actors and draft.kind(ids[k]) in ANIMALS]
        if one.subjects != two.subjects or one.step == two.step or not (things and beasts):
            continue
        half = 0.17 * ANIMAL_SHAPES[draft.kind(beasts[0])].width * draft.actors[beasts[0]].scale
        if abs(draft.x[beasts[0]] - draft.x[things[0]]) < half + 0.1 and not {*beasts, *things} & draft.moved:
            draft.start_prop(things[0], x=0.5)
            draft.place(beasts[0], x=max(0.78, min(0.9, 0.58 + half)), facing=-1)


def _on_desks(draft: SceneDraft) -> None:
    """No printer and no toaster stands on the floor of a room."""
    if not PLACE_PAINTERS[draft.setting][1] or any(p.kind in _WORKED_ON for p in draft.props.values()):
        return
    for id_ in [id_ for id_, prop in draft.props.items() if prop.kind in _DESKTOP and prop.y == GROUND]:
        table_for(draft, id_)


def _glasses_on_a_tray(reading: Reading, draft: SceneDraft, ids: dict[int, str]) -> None:
    """A tray that falls and glasses that break: one thing."""
    tray = next((id_ for id_, p in draft.props.items() if p.kind in ("serving tray", "tray")), None)
    glasses = [k for k, m in enumerate(reading.mentions) if m.text in ("glasses", "drinks", "cups") and k in ids]
    if tray is None or not glasses or not any(c.verb == "drop" for c in reading.clauses):
        return
    draft.props[tray] = replace(draft.props[tray], kind="tray of glasses")
    for k in glasses:
        gone = ids[k]
        for id_ in (gone, *draft.clones.pop(gone, ())):
            draft.props.pop(id_, None)
            draft.x.pop(id_, None)
        ids[k] = tray
