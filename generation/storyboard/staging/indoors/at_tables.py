"""What is done at a table at home: it is laid, fruit is squeezed into a glass on it.

Reads an Event and the SceneDraft; gives Beats, or None where the event is of another kind.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.scene import PEOPLE, Beat, Prop

from ..actions.draft import GROUND, Event, SceneDraft
from ..actions.equipment import in_hand, light
from ..actions.loading import put_there
from ..actions.seating import is_desk
from ..actions.supports import supporting, table_for, top_of

_VESSELS: Final = ("glass", "cup", "mug", "bowl", "jug", "teacup", "pot", "saucepan", "frying pan", "plate")
_SQUEEZED: Final = ("lemon", "orange fruit", "ketchup", "sponge", "toothpaste", "detergent", "grapefruit", "lime")
_PLACES: Final = (-0.09, -0.03, 0.03, 0.09)  # of the plates, from the middle of a table
_LOADED_WITH: Final = {"dishwasher": "plate", "washing machine": "clothes bundle", "oven": "cake",
                       "dryer": "clothes bundle", "tumble dryer": "clothes bundle"}  # fmt: skip
_EMPTIED: Final = ("trash can", "bucket", "basket", "laundry basket", "bag", "box", "ashtray")
_SEATS: Final = ("sofa", "armchair", "bed", "chair", "bench", "stool", "carpet", "pillow", "bean bag")


def at_tables(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """The beats of one of these events; None for all others."""
    if draft.kind(e.who) not in PEOPLE or e.who in draft.moved:
        return None
    if e.verb == "sort" and e.words & {"set", "lay"} and is_desk(draft.kind(e.target or "")):
        return _lay(draft, e)
    if e.verb == "load" and draft.kind(e.target or "") in _LOADED_WITH and e.goal in (None, e.target):
        return _load(draft, e)
    if e.verb == "pack" and e.goal in draft.props and e.target in draft.props and e.way in ("into", "in"):
        return put_there(draft, replace(e, verb="put"))
    if e.verb == "fold" and draft.kind(e.target or "") in ("paper plane", "paper boat"):
        return _fold_paper(draft, e)
    if e.words & {"print"} and e.target in draft.props and light(draft.kind(e.target or "")):
        return _print(draft, e)
    if e.verb == "blow" and draft.kind(e.target or "") == "soap bubble":
        return _blow_bubbles(draft, e)
    if e.verb == "bounce" and draft.kind(e.target or "").endswith("ball"):
        return _bounce(draft, e)
    if "compare" in e.words and e.target in draft.props and light(draft.kind(e.target or "")):
        return _compare(draft, e)
    if (
        e.verb in ("burn", "light")
        and e.words & {"light", "fire"}
        and any(p.kind == "fireplace" for p in draft.props.values())
    ):
        return _light_the_fire(draft, e)
    if e.verb == "wrap" and draft.kind(e.target or "") in ("gift", "parcel", "box"):
        return _wrap(draft, e)
    if (
        e.words & {"empty", "empties", "emptied", "emptying"}
        and draft.kind(e.target or "") in _EMPTIED
        and e.goal in (None, e.target)
    ):
        return _empty(draft, e)
    if e.verb == "play console":
        return _play_console(draft, e)
    if e.verb == "squeeze" and draft.kind(e.target or "") in _SQUEEZED:
        return _squeeze(draft, e)
    return None


def _lay(draft: SceneDraft, e: Event) -> list[Beat]:
    """One plate after the other comes to stand on the table."""
    table = e.target or ""
    for meal in [id_ for id_, prop in draft.props.items() if prop.kind == "meal"]:  # for dinner: it is to come
        del draft.props[meal], draft.x[meal]
    draft.start_prop(table, x=0.58)
    draft.place(e.who, x=draft.x[table] - draft.width(table) / 2 - 0.04, facing=1)
    beats = [Beat("sort", e.who, table, e.start, e.end)]
    for n, place in enumerate(_PLACES):
        plate = f"laid_plate{n}"
        draft.put(Prop(plate, "laid place", None, draft.x[table] + place, top_of(draft.kind(table))))
        at = e.start + (0.1 + 0.2 * n) * (e.end - e.start)
        beats.append(Beat("appear", plate, None, at, at + 0.03))
    return beats


def _play_console(draft: SceneDraft, e: Event) -> list[Beat]:
    """On a sofa before the television, both hands at the controller."""
    if e.who in draft.resting or any(prop.kind in _SEATS for prop in draft.props.values()):
        return [Beat(e.verb, e.who, None, e.start, e.end)]
    draft.put(Prop("sofa", "sofa", None, 0.34, GROUND))
    if not any(prop.kind == "television" for prop in draft.props.values()):
        draft.put(Prop("television", "television", None, 0.8, GROUND))
    draft.place(e.who, x=0.34, facing=1)
    return [Beat("sit", e.who, "sofa", 0.0, 1.0), Beat(e.verb, e.who, None, e.start, e.end)]


def _squeeze(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Over a glass on a table, into which the juice runs."""
    vessel = next((id_ for id_ in (e.goal, e.near, e.passed) if draft.kind(id_ or "") in _VESSELS), None)
    if vessel is None or e.target is None or e.target in draft.moved or not light(draft.kind(e.target)):
        return None
    draft.start_prop(vessel, x=0.52)
    if supporting(draft, vessel) is None:
        table = table_for(draft, vessel)
        draft.start_prop(table, x=0.56)
        draft.start_prop(vessel, x=0.52)
    in_hand(draft, e.who, e.target)
    draft.moved.add(e.target)
    draft.place(e.who, x=draft.x[vessel] - 0.12, facing=1)
    middle = e.start + 0.3 * (e.end - e.start)
    draft.move(e.target, draft.x[vessel])
    return [Beat("squeeze", e.who, e.target, e.start, middle), Beat("pour", e.who, vessel, middle, e.end)]


def _load(draft: SceneDraft, e: Event) -> list[Beat]:
    """Plates into a dishwasher, clothes into a washing machine: what the caption does not name."""
    machine = e.target or ""
    kind = _LOADED_WITH[draft.kind(machine)]
    draft.start_prop(machine, x=0.62)
    draft.place(e.who, x=0.26, facing=1)
    draft.put(Prop("loaded", kind, None, 0.34, GROUND))
    return put_there(draft, replace(e, verb="put", target="loaded", goal=machine, way="into"))


def _fold_paper(draft: SceneDraft, e: Event) -> list[Beat]:
    """A sheet of paper gets smaller in the hands, and is a paper plane in the end."""
    plane = e.target or ""
    draft.put(Prop("folded_sheet", "sheet of paper", draft.props[plane].colour, draft.x[e.who], GROUND))
    in_hand(draft, e.who, "folded_sheet")
    draft.start_prop(plane, x=draft.x[e.who] + 0.08 * draft.actors[e.who].facing, y=0.62)
    draft.moved |= {"folded_sheet", plane}
    late = e.start + 0.62 * (e.end - e.start)
    return [Beat("fold", e.who, "folded_sheet", e.start, late), Beat("fold", "folded_sheet", None, e.start, late),
            Beat("appear", plane, None, late, late + 0.01), Beat("grab", e.who, plane, late + 0.01, late + 0.03),
            Beat("show", e.who, None, late + 0.03, e.end)]  # fmt: skip


def _print(draft: SceneDraft, e: Event) -> list[Beat]:
    """Out of a printer on a table, and into the hand."""
    sheet = e.target or ""
    printer = next((id_ for id_, prop in draft.props.items() if prop.kind == "printer"), "printer")
    if printer not in draft.props:
        draft.put(Prop(printer, "printer", None, 0.58, GROUND))
    draft.start_prop(printer, x=0.58)
    if supporting(draft, printer) is None:
        table_for(draft, printer)
        draft.start_prop(printer, x=0.56)
    draft.start_prop(sheet, x=draft.x[printer], y=draft.y(printer) - 0.8 * draft.height(printer))
    draft.place(e.who, x=draft.x[printer] - 0.17, facing=1)
    draft.moved |= {sheet, printer}
    one, two = (e.start + share * (e.end - e.start) for share in (0.3, 0.65))
    return [Beat("press", e.who, printer, e.start, one), Beat("work", printer, None, e.start, two),
            Beat("appear", sheet, None, one, two), Beat("grab", e.who, sheet, two, e.end)]  # fmt: skip


def _blow_bubbles(draft: SceneDraft, e: Event) -> list[Beat]:
    """One bubble after the other leaves the mouth and goes up."""
    bubbles = [e.target or "", *draft.clones.get(e.target or "", ())]
    for n in range(len(bubbles), 4):
        draft.put(replace(draft.props[bubbles[0]], id=f"bubble_{n}"))
        bubbles.append(f"bubble_{n}")
    draft.place(e.who, x=0.3, facing=1)
    beats = [Beat("blow out", e.who, None, e.start, e.end)]
    high = 0.56 if draft.kind(e.who) in ("boy", "girl") else 0.44
    for n, bubble in enumerate(bubbles):
        at = e.start + (0.04 + 0.2 * n) * (e.end - e.start)
        draft.props[bubble] = replace(draft.props[bubble], scale=1.9)
        draft.start_prop(bubble, x=0.38 + 0.03 * (n % 2), y=high)
        beats.append(Beat("appear", bubble, None, at, at + 0.08))
        to = draft.move(bubble, 0.5 + 0.1 * n)
        beats.append(Beat("rise", bubble, None, at + 0.08, min(1.0, at + 0.9), to))
    return beats


def _bounce(draft: SceneDraft, e: Event) -> list[Beat]:
    """Up and down before the hand; against a wall there and back."""
    ball = e.target or ""
    draft.place(e.who, x=0.36, facing=1)
    draft.start_prop(ball, x=0.45, y=GROUND)
    if {"against", "off"} & {e.preposition, e.way, *e.words} or e.goal in draft.x:
        in_hand(draft, e.who, ball)
        middle = e.start + 0.5 * (e.end - e.start)
        there = Beat("throw", e.who, ball, e.start, middle, 0.82)
        return [there, Beat("bounce", ball, None, middle, e.end, draft.move(ball, 0.5))]
    steps = [(e.start + n * (e.end - e.start) / 3, e.start + (n + 1) * (e.end - e.start) / 3) for n in range(3)]
    draft.moved.add(ball)
    return [Beat("pat", e.who, None, e.start, e.end), *(Beat("bounce", ball, None, *step, 0.46) for step in steps)]


def _compare(draft: SceneDraft, e: Event) -> list[Beat]:
    """One in each hand."""
    things = [e.target or "", *draft.clones.get(e.target or "", ())][:2]
    in_hand(draft, e.who, things[0])
    beats = [Beat("grab", e.who, thing, e.start, e.start + 0.01) for thing in things]
    for thing in things:
        draft.move(thing, draft.x[e.who])
    return [*beats, Beat("show", e.who, None, e.start + 0.01, e.end)]


def _light_the_fire(draft: SceneDraft, e: Event) -> list[Beat]:
    """With a match at the fireplace, in which the flames grow."""
    hearth = next(id_ for id_, prop in draft.props.items() if prop.kind == "fireplace")
    draft.props[hearth] = replace(draft.props[hearth], kind="cold fireplace")
    draft.start_prop(hearth, x=0.62)
    draft.place(e.who, x=0.62 - draft.width(hearth) / 2 - 0.06, facing=1)
    for fire in [id_ for id_, prop in draft.props.items() if prop.kind == "fire"]:
        del draft.props[fire], draft.x[fire]
    middle = e.start + 0.4 * (e.end - e.start)
    draft.put(Prop("hearth_fire", "fire", None, 0.62, GROUND + 0.004, 0.55))
    return [Beat("light", e.who, None, e.start, middle), Beat("appear", "hearth_fire", None, middle, e.end)]


def _wrap(draft: SceneDraft, e: Event) -> list[Beat]:
    """A present on a table, in the colour of the paper that is told."""
    gift = e.target or ""
    for paper in [id_ for id_, p in draft.props.items() if p.kind in ("sheet of paper", "paper", "papers")]:
        colour = draft.props[paper].colour
        draft.props[gift] = replace(draft.props[gift], colour=colour or draft.props[gift].colour)
        del draft.props[paper], draft.x[paper]
    if supporting(draft, gift) is None:
        table_for(draft, gift)
    draft.place(e.who, x=draft.x[gift] - 0.13, facing=1)
    return [Beat("wrap", e.who, gift, e.start, e.end)]


def _empty(draft: SceneDraft, e: Event) -> list[Beat]:
    """It is tipped in the hands, and what was in it lies in a heap."""
    vessel = e.target or ""
    draft.take_up(e.who, vessel)
    draft.place(e.who, x=0.4, facing=1)
    draft.put(Prop("emptied", "garbage pile", None, 0.52, GROUND, 0.5))
    return [Beat("spill", e.who, None, e.start, e.end), Beat("grow", "emptied", None, e.start + 0.2, e.end)]
