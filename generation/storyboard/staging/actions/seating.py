"""Who sits at a table or desk: alone before it, two face to face, more of them on both sides; each on a stool.

Reads an Event with a desk and the SceneDraft; gives the beats of sitting and of what is done there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.things import THINGS
from svta.generation.storyboard.drawn_tables import handwork
from svta.generation.storyboard.scene import Beat, Prop

from .draft import GROUND, Event, SceneDraft
from .equipment import light
from .handling import handle
from .supports import put_on

SEATED: Final = {"sit", "eat", "drink", "read", "write", "type", "talk", "whisper", "sleep",
                 "nod off", "laugh", "play", "phone",
                 "look", "cry", "hug", "raise hand", *handwork()} - {"cut", "iron"}  # fmt: skip
WITH_SEATS: Final = {"plane cabin", "train carriage", "cinema", "bus interior", "restaurant", "classroom",
                      "office", "hair salon", "meeting room", "church", "library", "hospital", "airport",
                      "courtroom", "bar", "canteen", "waiting room", "lobby", "dining room", "doctor's office",
                      "dentist's practice", "study", "kitchen", "living room", "cafe terrace",
                      "tram interior", "stands", "auditorium", "concert", "room", "bedroom"}  # fmt: skip
DINING: Final = ("restaurant", "canteen", "dining room", "kitchen", "cafe terrace", "bar")
_FROM_THE_HAND: Final = ("ice cream", "apple", "banana", "popcorn", "cookie", "lollipop", "popsicle", "cotton candy",
                         "crisps", "carrot", "pear", "peach", "plum", "chocolate", "croissant")  # fmt: skip
_WRITTEN: Final = ("sheet of paper", "letter", "notebook", "book", "papers", "envelope")
_SEATS: Final = ("chair", "armchair", "sofa", "bed", "bench", "stool", "picnic table", "rock", "swing", "blackboard",
                 "office chair", "rocking chair", "school desk", "wheelchair", "hospital bed")  # fmt: skip
_STUDIED_IN: Final = ("library", "classroom", "office", "study", "meeting room")  # where one falls asleep over work
_DOZED_ON: Final = ("book pile", "book", "papers", "laptop", "keyboard", "notebook", "pile of book")
_DEVICES: Final = ("laptop", "computer", "keyboard", "typewriter", "tablet")
_APART: Final = 0.12  # of the frame, between those on one side


def sits_there(draft: SceneDraft, e: Event) -> bool:
    """True if somebody sits in a place that has seats, and the caption names none."""
    return e.verb == "sit" and e.target is None and draft.setting in WITH_SEATS and (
        "ground" not in e.words and e.who not in draft.fallen)  # fmt: skip


def at_its_table(draft: SceneDraft, e: Event) -> Event:
    """Where meals are eaten and letters are written, one sits at a table, if the caption names no other seat."""
    eats = e.verb == "eat" and draft.setting in DINING and draft.kind(e.target or "") not in _FROM_THE_HAND
    writes = e.verb == "write" and bool(e.words & {"homework"}) and e.desk is None
    writes |= e.verb == "write" and draft.kind(e.target or "") in _WRITTEN and e.preposition in (None, "in", "on")
    draws = e.verb in ("write", "paint picture") and e.words & {"draw", "sketch", "colour", "color"} and e.desk is None
    if draws and draft.kind(e.target or "") in ("picture", "drawing") and e.preposition is None:
        draft.props[e.target or ""] = replace(draft.props[e.target or ""], kind="drawing")
        writes = True
    dozes = (
        e.verb in ("sleep", "nod off") and draft.kind(e.target or "") in _DOZED_ON and e.preposition in ("on", "over")
    )
    dozes |= e.verb in ("sleep", "nod off") and e.target is None and draft.setting in _STUDIED_IN
    free = e.desk is None and e.who not in draft.moved | draft.seated | draft.resting
    if not (eats or writes or dozes) or not free or any(prop.kind in _SEATS for prop in draft.props.values()):
        return e
    table = next((id_ for id_, prop in draft.props.items() if is_desk(prop.kind)), None)
    if table is None:
        table = "table"
        draft.put(Prop(table, "table", None, 0.5, GROUND))
    if (writes or dozes) and e.target in draft.props and e.target is not None:
        draft.start_prop(table, x=0.5)
        put_on(draft, e.target, table)
        return replace(e, target=None, desk=table)
    return replace(e, desk=table)


def at_the_keyboard(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Who types sits at a table with the computer on it; None for all others."""
    target = e.target if e.target in draft.props else None
    device = draft.kind(target or "") if target is not None else "laptop"
    desk = e.desk or next((id_ for id_, prop in draft.props.items() if is_desk(prop.kind)), None)
    if e.verb == "type" and device in _DEVICES and e.who in draft.seated and desk is not None and target is not None:
        put_on(draft, target, desk)
        return [Beat("key", e.who, None, e.start, e.end)]
    if e.verb != "type" or device not in _DEVICES or e.who in draft.moved | draft.seated | draft.resting:
        return None
    if draft.actors[e.who].count > 1 or any(prop.kind in _SEATS for prop in draft.props.values()):
        return None
    if desk is None:
        desk = "table"
        draft.put(Prop(desk, "table", None, 0.5, GROUND))
    if target is None:
        target = "laptop"
        draft.put(Prop(target, "laptop", None, draft.x[desk], GROUND))
    draft.start_prop(desk, x=0.5)
    put_on(draft, target, desk)
    draft.start_prop(target, x=draft.x[desk] + 0.03)
    return sit_at(draft, replace(e, verb="key", target=None, desk=desk))


def before_the_screen(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Who watches television sits on a sofa before it; None for all others."""
    seats = any(prop.kind in _SEATS for prop in draft.props.values())
    if e.target is None or draft.kind(e.target) != "television" or "watch" not in e.words:
        return None
    sofa = next((id_ for id_, prop in draft.props.items() if prop.kind in ("sofa", "armchair", "bed", "bench")), None)
    if sofa is not None and e.who in draft.resting and e.who not in draft.moved:  # not between them and us
        draft.start_prop(sofa, x=0.34)
        draft.start_prop(e.target, x=0.8, y=GROUND)
        draft.place(e.who, x=0.34, facing=1)
        return [Beat("look", e.who, e.target, e.start, e.end)]
    if seats:
        return None
    if e.who in draft.moved | draft.seated or draft.actors[e.who].count > 3:
        return None
    draft.put(Prop("sofa", "sofa", None, 0.34, GROUND))
    draft.start_prop(e.target, x=0.78)
    draft.place(e.who, x=0.34, facing=1)
    return [Beat("sit", e.who, "sofa", 0.0, 1.0), Beat("look", e.who, e.target, e.start, e.end)]


def is_desk(kind: str) -> bool:
    """True for what one sits at: a table, a desk, a counter."""
    return kind in ("table", "desk", "counter", "checkout") or kind.endswith((" table", " desk", " counter"))


def sit_at(draft: SceneDraft, e: Event) -> list[Beat]:
    """The beats of one who, or of a group that, sits at the table from the first frame on."""
    assert e.desk is not None
    gap = 0.15 * THINGS[draft.kind(e.desk)].width + 0.05
    room = gap + _APART * ((draft.actors[e.who].count - 1) // 2) + 0.05
    x = min(1 - room, max(room, draft.x[e.desk])) if draft.actors[e.who].count > 1 else draft.x[e.desk]
    x = 0.5 if draft.actors[e.who].count > 1 else x
    draft.start_prop(e.desk, x=x)
    beats: list[Beat] = []
    for id_, side in _sides(draft, e.who, e.desk):
        actor = draft.actors[id_]
        shift = _APART * (actor.count // 2 if side > 0 else (actor.count - 1) // 2)
        draft.place(id_, x=x + side * (gap + shift), facing=-side)
        _make_room(draft, id_)
        sitting = Beat("sit at", id_, e.desk, 0.0 if e.start == 0 else e.start, 1.0)
        beats.append(sitting)
        if e.verb == "sit":
            continue
        if handwork().get(e.verb, {}).get("bench") and e.target in draft.props and light(draft.kind(e.target or "")):
            put_on(draft, e.target or "", e.desk)  # the cards that they play
        one = replace(e, who=id_)
        if e.verb == "write" and e.target in draft.props and draft.kind(e.target or "") in _WRITTEN:
            put_on(draft, e.target or "", e.desk)  # the book that is signed
            beats.append(Beat("write", id_, None, e.start, e.end))
            continue
        done = handle(draft, one) if e.target in draft.props and e.target != e.desk else None
        picture = _picture_on(draft, one, e.desk)
        awake = 0.35 * (e.end - e.start) if e.verb in ("sleep", "nod off") and "fall" in e.words else 0.0
        verb = "nod off" if e.verb == "sleep" else picture or e.verb
        beats += done or [Beat(verb, id_, None, e.start + awake, e.end)]
    return beats


def _make_room(draft: SceneDraft, sitter: str) -> None:
    """Who stood where somebody sits now stands aside."""
    x = draft.x[sitter]
    for other in list(draft.actors.values()):
        near = abs(draft.x[other.id] - x) < 0.13 and other.id != sitter
        if near and other.id not in draft.seated | draft.moved:
            draft.place(other.id, x=x + 0.26 if x + 0.26 <= 0.92 and x > 0.4 else max(0.08, x - 0.26))


def _sides(draft: SceneDraft, who: str, desk: str) -> list[tuple[str, int]]:
    """Who sits to the left (-1) and who to the right (1); a side that is taken already is left free."""
    actor = draft.actors[who]
    if actor.count < 2:
        others = [a.x for a in draft.actors.values() if a.id in draft.seated and a.id != who]
        taken = [-1 if x < draft.x[desk] else 1 for x in others]
        first = -1 if actor.x <= draft.x[desk] else 1
        side = first if taken.count(first) <= taken.count(-first) else -first
        draft.seated.add(who)
        return [(who, side)]
    other = f"{who}_other"
    draft.put(replace(actor, id=other, count=actor.count // 2))
    draft.actors[who] = replace(actor, count=actor.count - actor.count // 2)
    draft.seated |= {who, other}
    return [(who, -1), (other, 1)]


def _picture_on(draft: SceneDraft, e: Event, desk: str) -> str | None:
    """The verb of who draws or paints at a table, on which their picture lies; None for all others."""
    if e.words & {"homework"}:
        draft.put(Prop("exercise_book", "papers", None, draft.x[desk], GROUND))
        put_on(draft, "exercise_book", desk)
        return "write"
    told = e.words & {"draw", "paint", "sketch", "colour", "color"}
    if e.verb not in ("write", "paint", "paint picture") or not told:
        return None
    drawn = e.target if draft.kind(e.target or "") in ("picture", "sheet of paper", "drawing", "book") else None
    drawn = drawn or next((id_ for id_, prop in draft.props.items() if prop.kind == "drawing"), None)
    if drawn is None or drawn in draft.moved:
        drawn = "own_drawing"
        draft.put(Prop(drawn, "drawing", None, draft.x[desk], GROUND))
    draft.props[drawn] = replace(draft.props[drawn], kind="drawing")
    put_on(draft, drawn, desk)
    return "write" if e.words & {"draw", "sketch"} else "paint picture"
