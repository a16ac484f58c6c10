"""What goes from one to another: hands over, serves at a table, clears away, hangs up, shows it, waves it,
aims a weapon; and what somebody has in hand before they put it down or let it go.

Reads an Event and the SceneDraft; gives Beats, or None where the event is of another kind.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.things import THINGS
from svta.generation.storyboard.scene import PEOPLE, VEHICLES, Beat, Prop

from ..actions.draft import GROUND, Event, SceneDraft, is_built
from ..actions.equipment import in_hand, light, walk_to
from ..actions.seating import DINING, is_desk, sit_at
from ..actions.supports import all_around, put_on, surfaces, table_for, top_of
from ..up_and_down.slopes import on_stairs, stairs_of

_APART: Final = 0.21  # of the frame, between two of whom one hands the other a thing
_HOOKS: Final = ("coat hook", "coat rack", "hanger")
_SERVED: Final = ("serve", "bring")
_WEAPONS: Final = ("knife", "gun", "long sword", "stick", "axe", "baseball bat", "scissors", "hammer", "bottle")
_POCKETED: Final = 1.5  # the y of what is not seen yet
_MAIL: Final = ("sheet of paper", "letter", "envelope", "newspaper", "papers", "postcard")
_LEFT: Final = frozenset(("leave", "abandon", "forget"))
_LAID_DOWN: Final = frozenset(("down", "away", "aside"))
_FLAGS: Final = ("flag", "banner", "lying scarf", "sign", "towel", "lying pompom", "pompom", "sheet", "handkerchief")


def hand_over(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """From one hand into another's, or onto the table of who sits there."""
    if e.verb != "give" or draft.kind(e.who) not in PEOPLE or e.goal not in draft.actors or e.goal is None:
        return None
    thing = e.target if e.target in draft.props and light(draft.kind(e.target or "")) else None
    if thing is None or draft.kind(e.goal) not in PEOPLE:
        return None
    desk = e.desk or next((id_ for id_ in surfaces(draft) if is_desk(draft.kind(id_))), None)
    dines = draft.setting in DINING and e.goal in draft.later and e.goal not in draft.moved and "bring" in e.words
    if dines and e.start == 0.0 and e.goal not in draft.seated:
        desk = desk or table_for(draft, thing)
        return _serve(draft, e, thing, desk)
    sits = e.goal in draft.seated or (e.desk is not None and e.goal not in draft.moved)
    if desk is not None and sits and e.words & {*_SERVED}:
        return _serve(draft, e, thing, desk)
    if draft.actors[e.goal].count > 1:
        return None
    first = thing not in draft.moved
    if first:
        in_hand(draft, e.who, thing)
        draft.moved.add(thing)
        for clone in draft.clones.pop(thing, ()):  # some coins, in one hand
            draft.props.pop(clone, None)
            draft.x.pop(clone, None)
    elif draft.actors[e.who].holds not in (None, draft.kind(thing)):
        return None
    way = _up_to(draft, e.who, e.goal, e.start, e.start + 0.35 * (e.end - e.start))
    had = [Beat("grab", e.who, thing, 0.0, 0.01)] if first else []
    return [*had, *way, Beat("hand over", e.who, e.goal, way[-1].end if way else e.start, e.end)]


def _up_to(draft: SceneDraft, who: str, whom: str, start: float, end: float) -> list[Beat]:
    """As near as two stand of whom one hands the other something."""
    side = -1 if draft.x[who] <= draft.x[whom] else 1
    apart = _APART * min(1.0, max(draft.actors[who].scale, draft.actors[whom].scale))
    x = draft.x[whom] + side * apart
    if not 0.05 <= x <= 0.95:
        x = draft.x[whom] - side * apart
    if abs(draft.x[who] - x) < 0.04:
        return []
    if whom not in draft.moved | draft.seated and draft.x[whom] + side * 0.1 > 0.9:
        draft.place(whom, x=0.75)
    return [Beat("walk", who, None, start, end, draft.move(who, x))]


def _serve(draft: SceneDraft, e: Event, thing: str, desk: str) -> list[Beat]:
    """Comes up with it and sets it down before whoever sits there."""
    assert e.goal is not None
    draft.start_prop(desk, x=0.5)
    beats = [] if e.goal in draft.seated else sit_at(draft, replace(e, verb="sit", who=e.goal, target=None, desk=desk,
                                                                    goal=None))  # fmt: skip
    side = -1 if draft.x[e.goal] > draft.x[desk] else 1
    half = max(0.08, draft.width(desk) / 2)
    if e.who not in draft.moved and e.start == 0.0:
        draft.place(e.who, x=min(0.93, max(0.07, draft.x[desk] + side * (half + 0.34))), facing=-side)
    in_hand(draft, e.who, thing)
    draft.moved.add(thing)
    middle = e.start + 0.45 * (e.end - e.start)
    way = Beat("walk", e.who, None, e.start, middle, draft.move(e.who, draft.x[desk] + side * (half + 0.07)))
    to = draft.move(thing, draft.x[desk] + side * 0.01)
    return [*beats, way, Beat("put", e.who, thing, middle, e.end, to)]


def lay_down(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Puts down what is in the hand from the beginning; serves where nobody is named."""
    if draft.kind(e.who) not in PEOPLE or e.target not in draft.props or e.target is None:
        return None
    brought = e.verb in ("carry", "give", "put") and e.way == "to" and is_built(draft.kind(e.goal or ""))
    if brought and e.who not in draft.moved:  # to a house: before its door
        return lay_down(draft, replace(e, verb="put", near=e.goal, goal=None, way=None, words=e.words | {"front"}))
    if not light(draft.kind(e.target)) or e.target in draft.moved or e.goal not in (None, e.target, e.who):
        return None
    if e.verb == "give" and e.words & {*_SERVED}:
        table = next((id_ for id_ in surfaces(draft) if is_desk(draft.kind(id_))), None)
        if table is None:
            table = "table"
            draft.put(Prop(table, "table", None, min(0.75, draft.x[e.who] + 0.3), GROUND))
        return _put_on_table(draft, e, table)
    if e.verb == "give" and "deliver" in e.words:
        return _into_the_letter_box(draft, e, e.target)
    falls_by = e.verb == "drop" and e.near in draft.props and e.near is not None and e.who not in draft.moved
    if falls_by and e.near is not None and e.near != e.target:
        draft.start_prop(e.near, x=0.62)
        draft.place(e.who, x=draft.x[e.near] - 0.1, y=max(draft.y(e.near), GROUND) + 0.02, facing=1)
    if (ring := all_around(draft, e)) is not None:
        return ring
    if e.verb in ("put", "hide") and e.who not in draft.moved and (ground := _put_by(draft, e)) is not None:
        return _set_down(draft, e, ground)
    if e.verb == "put" and e.words & _LAID_DOWN and not e.words & {"up", "on"}:
        in_hand(draft, e.who, e.target)
        draft.moved.add(e.target)
        x = draft.x[e.who] + 0.09 * draft.actors[e.who].facing
        return [Beat("put", e.who, e.target, e.start, e.end, draft.move(e.target, x))]
    if e.verb == "put" and e.words & _LEFT and e.who not in draft.later:  # puts it down and goes
        in_hand(draft, e.who, e.target)
        draft.moved.add(e.target)
        one, two = (e.start + share * (e.end - e.start) for share in (0.3, 0.5))
        sign = e.direction or (-1 if draft.x[e.who] < 0.5 else 1)
        put = Beat("put", e.who, e.target, one, two, draft.move(e.target, draft.x[e.who] + 0.09 * -sign))
        return [put, Beat("walk", e.who, None, two, e.end, draft.move(e.who, 0.5 + 0.7 * sign))]
    if e.verb == "give" and e.words & {"over", "out"}:
        draft.take_up(e.who, e.target)
        return [Beat("show", e.who, None, e.start, e.end)]
    return None


def _into_the_letter_box(draft: SceneDraft, e: Event, mail: str) -> list[Beat] | None:
    """A letter goes into the letter box that is there; a parcel is put down."""
    if draft.kind(mail) not in _MAIL:
        return lay_down(draft, replace(e, verb="put", words=(e.words | {"down"}) - {"deliver"}))
    box = next((id_ for id_, prop in draft.props.items() if prop.kind in ("letter box", "mailbox")), "letter_box")
    if box not in draft.props:
        draft.put(Prop(box, "letter box", None, min(0.85, draft.x[e.who] + 0.32), GROUND))
    in_hand(draft, e.who, mail)
    way = walk_to(draft, e.who, box, e.start, e.start + 0.45 * (e.end - e.start))
    draft.start_prop(mail, x=draft.x[box])
    draft.move(mail, draft.x[box])
    return [*way, Beat("load", e.who, mail, way[-1].end if way else e.start, e.end)]


def _put_by(draft: SceneDraft, e: Event) -> str | None:
    """What a thing is put under, beside or in front of."""
    there = (e.near, e.behind, e.passed)
    return next((id_ for id_ in there if id_ in draft.props and id_ not in (e.target, e.who)), None)


def _set_down(draft: SceneDraft, e: Event, ground: str) -> list[Beat]:
    """Up to it, puts the thing down on the floor there, and goes away where it is left."""
    assert e.target is not None
    in_hand(draft, e.who, e.target)
    under = ground == e.passed and ground not in (e.near, e.behind)
    behind = ground == e.behind
    draft.start_prop(ground, x=0.66)
    side = -1 if draft.x[e.who] <= draft.x[ground] else 1
    front = not (under or behind) and (
        "front" in e.words or draft.kind(ground) in ("door", "gate", "door step", "house")
    )
    x = draft.x[ground] + (
        0.0 if under or behind else 0.02 * side if front else side * (draft.width(ground) / 2 + 0.05)
    )
    y = draft.y(ground) - (0.004 if under else 0.03) if under or behind else draft.y(ground) + 0.03 if front else GROUND
    draft.start_prop(e.target, y=y)
    draft.moved.add(e.target)
    left = bool(e.words & _LEFT) and e.who not in draft.later
    one, two = (e.start + share * (e.end - e.start) for share in ((0.35, 0.6) if left else (0.45, 1.0)))
    way = Beat(
        "walk", e.who, None, e.start, one, draft.move(e.who, x + side * (0.1 if front or under or behind else 0.08))
    )
    put = Beat("set down", e.who, e.target, one, two, draft.move(e.target, x))
    if not left:
        return [way, put]
    return [way, put, Beat("walk", e.who, None, two, e.end, draft.move(e.who, 0.5 + 0.7 * side))]


def _put_on_table(draft: SceneDraft, e: Event, table: str) -> list[Beat]:
    assert e.target is not None
    in_hand(draft, e.who, e.target)
    draft.moved.add(e.target)
    middle = e.start + 0.45 * (e.end - e.start)
    way = walk_to(draft, e.who, table, e.start, middle)
    return [*way, Beat("put", e.who, e.target, way[-1].end if way else e.start, e.end,
                       draft.move(e.target, draft.x[table]))]  # fmt: skip


def clear_away(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Plates off a table, one tray full of them where the caption names the table alone."""
    if e.verb != "clear" or draft.kind(e.who) not in PEOPLE or e.target not in draft.props or e.target is None:
        return None
    thing, table = e.target, e.source
    if is_desk(draft.kind(thing)):
        thing, table = "plates", thing
        draft.put(Prop(thing, "plates", None, draft.x[table], GROUND))
    if not light(draft.kind(thing)):
        return None
    table = table if table in draft.props and table is not None else table_for(draft, thing)
    put_on(draft, thing, table)
    for clone in draft.clones.pop(thing, ()):
        draft.props.pop(clone, None)
        draft.x.pop(clone, None)
    draft.moved.add(thing)
    one, two = (e.start + share * (e.end - e.start) for share in (0.3, 0.65))
    way = walk_to(draft, e.who, table, e.start, one)
    side = 1 if draft.x[e.who] < draft.x[table] else -1
    away = Beat("walk", e.who, None, two, e.end, draft.move(e.who, max(0.05, min(0.95, draft.x[table] - 0.45 * side))))
    return [*way, Beat("grab", e.who, thing, one if way else e.start, two), away]


def carry_in_hand(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """What one carries is in the hand from the beginning and comes along."""
    thing = e.target
    if e.verb != "carry" or thing not in draft.props or thing is None or draft.kind(e.who) not in PEOPLE:
        return None
    taken = e.words & {"hold", "away", "off", "out", "bring", "take"} or e.source is not None or e.who in draft.moved
    if taken or thing in draft.moved or not light(draft.kind(thing)) or draft.actors[e.who].count > 1:
        return None
    in_hand(draft, e.who, thing)
    draft.moved.add(thing)
    sign = e.direction or draft.actors[e.who].facing
    goal = e.goal if e.goal in draft.x and e.goal != thing else e.passed if e.passed in draft.x else None
    if goal is None and not 0.1 <= draft.x[e.who] + 0.45 * sign <= 0.92:
        sign = -sign
    if goal is not None and e.start == 0.0:
        draft.start_prop(goal, x=0.5 + 0.26 * sign)
        draft.place(e.who, x=0.5 - 0.32 * sign, facing=sign)
    side = 1 if goal is not None and draft.x[e.who] <= draft.x[goal] else -1
    to = draft.x[e.who] + 0.45 * sign if goal is None else draft.x[goal] - 0.12 * side
    if goal is None and e.ground is not None and e.ground[0] in ("out", "from"):
        to = 0.5 + 0.7 * sign  # out of the room
    held = [Beat("grab", e.who, thing, e.start, e.start + 0.01)]
    for other in draft.clones.get(thing, ())[:1]:  # one in each hand
        held.append(replace(held[0], target=other))
        draft.move(other, draft.x[e.who])
    if stairs_of(draft, replace(e, target=None)) is not None:
        draft.actors[e.who] = replace(draft.actors[e.who], scale=min(0.85, draft.actors[e.who].scale))
        return [*held, *on_stairs(draft, replace(e, target=None, start=e.start + 0.01))]
    return [*held, Beat("walk", e.who, None, e.start + 0.01, e.end, draft.move(e.who, to))]


def aim(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Points a knife or a gun, which is in the hand, at somebody, who raises the hands."""
    thing = e.target if draft.kind(e.target or "") in _WEAPONS else None
    if e.verb not in ("point", "threaten") or thing is None or thing in draft.moved or draft.kind(e.who) not in PEOPLE:
        return None
    whom = next((id_ for id_ in (e.goal, e.near, e.passed) if draft.kind(id_ or "") in PEOPLE), None)
    if whom is None or THINGS[draft.kind(thing)].height > top_of("table"):
        return None
    draft.take_up(e.who, thing)
    sign = 1 if draft.x[e.who] <= draft.x[whom] else -1
    draft.place(e.who, facing=sign)
    draft.place(whom, facing=-sign)
    return [Beat("threaten", e.who, whom, e.start, e.end)]


def hang_up(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A picture, a clock or a lamp is in the hands first and on the wall then."""
    thing = e.target
    if e.verb != "put" or thing not in draft.props or thing is None or thing in draft.moved:
        return None
    if draft.kind(thing) == "laundry" and "hang" in e.words and e.who not in draft.moved:
        draft.place(e.who, x=max(0.1, draft.x[thing] - 0.13), facing=1)  # one more, beside what hangs there
        draft.put(Prop("washing", "hung shirt", "yellow", draft.x[e.who] + 0.1, 0.62))
        draft.moved.add("washing")
        return [Beat("hang", e.who, "washing", e.start, e.end)]
    hook = next((id_ for id_ in (e.goal, e.target) if draft.kind(id_ or "") in _HOOKS), None)
    if e.words & {"hang"} and hook is not None and e.who not in draft.moved:
        draft.start_prop(hook, x=0.62)
        rack = draft.kind(hook) == "coat rack"
        draft.start_prop(thing, x=draft.x[hook], y=0.66 if rack else draft.y(hook) + draft.height(thing) - 0.06)
    if not e.words & {"hang"} or draft.y(thing) >= GROUND - 0.1 or draft.kind(e.who) not in PEOPLE:
        return None
    draft.place(e.who, x=min(0.9, max(0.1, draft.x[thing] - 0.1)), facing=1)
    draft.moved.add(thing)
    return [Beat("hang", e.who, thing, e.start, e.end)]


def show(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Holds a small thing out, or points at a large one; whoever it is shown to looks."""
    thing = next((id_ for id_ in (e.target, e.goal) if id_ in draft.props or draft.kind(id_ or "") in VEHICLES), None)
    whom = next((id_ for id_ in (e.goal, e.target) if draft.kind(id_ or "") in PEOPLE), None)
    looks = [Beat("look", whom, thing if thing in draft.actors else e.who, e.start, e.end)] if whom is not None else []
    if thing in draft.props and thing is not None and light(draft.kind(thing)) and thing not in draft.later:
        near = walk_to(draft, e.who, whom, e.start, e.start + 0.3 * (e.end - e.start)) if whom is not None else []
        lit = draft.kind(thing) == "flashlight" and "on" in e.words and draft.actors[e.who].holds is None
        if lit and e.start > 0 and not near and draft.actors[e.who].count == 1:  # out of the pocket
            draft.start_prop(thing, x=draft.x[e.who] + 0.06 * draft.actors[e.who].facing, y=_POCKETED)
            draft.moved.add(thing)
            out = Beat("grab", e.who, thing, e.start, e.start + 0.02)
            return [out, Beat("show", e.who, None, e.start + 0.02, e.end)]
        draft.take_up(e.who, thing)
        return [*near, Beat("show", e.who, whom, near[-1].end if near else e.start, e.end)]
    return [Beat("point", e.who, thing, e.start, e.end), *looks]


def wave(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A flag or scarf that is in the hand from the first frame and swung before the chest, so that it is seen."""
    if e.verb != "wave" or draft.kind(e.who) not in PEOPLE:
        return None
    if e.target in draft.props and draft.kind(e.target or "") in _FLAGS and e.preposition is None:
        draft.take_up(e.who, e.target or "")
    if draft.actors[e.who].holds not in _FLAGS:
        return None
    return [Beat("wave flag", e.who, None, e.start, e.end)]
