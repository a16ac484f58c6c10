"""Events of who stays in a place: sits, lies and sleeps on, under and beside things, eats, gets up, helps, hides.

Reads an Event and its kind of actor; gives its Beats, another Event that it looks like, or None for all others.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.things import THINGS
from svta.generation.storyboard.scene import ANIMALS, MINORS, PEOPLE, VEHICLES, Beat, Prop, able, medium

from .actions.draft import GROUND, Event, SceneDraft
from .actions.equipment import in_hand, light, walk_to
from .actions.movement import approach, door
from .actions.seating import WITH_SEATS
from .actions.supports import top_of
from .actions.ways import atop
from .driving.aircraft import on_the_shoulder
from .up_and_down.climbing import along_the_side, along_the_top, hide_there

_SEATS: Final = (
    "chair",
    "armchair",
    "stool",
    "sofa",
    "bed",
    "bench",
    "mattress",
    "hammock",
    "wheelchair",
    "towel",
    "swing",
)
_ATOP: Final = ("sit", "lie", "sleep", "stand", "sound", "dance", "wave")
_ON_WALLS: Final = ("cat", "squirrel", "rat", "mouse", "monkey", "lizard", "raccoon", "marten", "chipmunk")
_SLOPES: Final = ("escalator", "stairs")


def at_rest(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | Event | None:
    """On steps, on top, under and beside things; eating, helping, getting up, hiding."""
    escalator = draft.kind(e.target or "") == "escalator"
    if e.verb in ("fall", "slip", "trip", "plunge") and (
        (e.preposition == "on" and draft.kind(e.target or "") in _SLOPES) or (escalator and "down" in e.words)
    ):
        draft.place(e.who, x=draft.x[e.target or ""], y=0.66)
        return [Beat(e.verb, e.who, None, e.start, e.end)]
    if e.verb in _ATOP and e.preposition in ("on", "onto") and medium(draft.kind(e.target or "")):
        atop(draft, e.who, e.target or "")
        return [Beat(e.verb, e.who, None, e.start, e.end)]
    upon = e.preposition in ("on", "onto") and e.target in draft.props and draft.kind(e.target) not in _SEATS
    if e.verb in _ATOP and upon and kind in ANIMALS and e.who not in draft.moved and e.target is not None:
        make_room(draft, e.who)
        put = draft.y(e.who) < top_of("box")  # where it is to each other was said before
        row = put and (draft.actors[e.who].count > 1 or "_other" in e.who)  # all along it
        draft.place(e.who, x=None if row else draft.x[e.target], y=None if put else top_of(draft.kind(e.target)))
        return [Beat(e.verb, e.who, None, e.start, e.end)]
    if (
        e.verb in _ATOP
        and e.preposition in ("on", "onto")
        and able(kind, "fly")
        and draft.kind(e.target or "") in PEOPLE
    ):
        on_the_shoulder(draft, e.who, e.target or "")
        return [Beat("sit" if e.verb == "sound" else e.verb, e.who, e.target, e.start, e.end)]
    if e.verb in ("sit", "kneel") and upon and kind in PEOPLE and _spread_out_flat(draft, e):
        draft.place(e.who, x=draft.x[e.target or ""], y=top_of(draft.kind(e.target or "")))
        return [Beat(e.verb, e.who, None, e.start, e.end)]
    beside = e.preposition in ("beside", "near", "next", "by", "behind", "front", "at")
    if e.verb in ("sit", "lie", "sleep", "kneel") and beside and draft.kind(e.target or "") in PEOPLE:
        return [Beat(e.verb, e.who, None, e.start, e.end)]
    under = e.preposition in ("under", "below") and draft.kind(e.target or "") in VEHICLES
    if e.verb in ("lie", "sleep") and under and kind in PEOPLE:
        return _under(draft, e)
    if e.verb in ("sit", "lie", "sleep", "kneel") and e.target in draft.props and not _seat(draft, e):
        if e.preposition in ("under", "below") and e.who not in draft.moved:
            old, half = draft.x[e.target or ""], draft.width(e.target or "") / 2
            draft.start_prop(e.target or "", x=0.52)
            for other in list(draft.actors.values()):  # who stands on it
                if other.id != e.who and other.y < GROUND - 0.05 and abs(draft.x[other.id] - old) <= half:
                    draft.place(other.id, x=0.52 + draft.x[other.id] - old)
        side = 1 if draft.x[e.target or ""] >= 0.5 else -1
        apart = 0.0 if e.preposition in ("under", "below", "behind", "front") else 0.16
        draft.place(e.who, x=draft.x[e.target or ""] - apart * side, facing=side)
        return [Beat(e.verb, e.who, None, e.start, e.end)]
    narrow = draft.kind(e.passed or "") in ("wall", "fence", "hedge", "stone wall", "railing", "iron fence")
    if kind in ANIMALS and e.verb in ("walk", "run") and e.preposition == "along" and narrow:
        light_footed = kind in _ON_WALLS or able(kind, "fly")
        return along_the_top(draft, e) if light_footed else along_the_side(draft, e)
    if e.verb in ("eat", "drink", "read") and e.target in draft.props:
        return _feed(draft, e)
    if (done := _at_the_door_or_by_the_fallen(draft, e, kind)) is not None:
        return done
    if e.verb == "type" and kind == "worker":
        return replace(e, verb="repair")
    if (risen := _out_of_a_seat(draft, e, kind)) is not None:
        return risen
    seat = next((id_ for id_ in (e.source, e.target) if draft.kind(id_ or "") in _SEATS), None)
    if e.verb == "push" and draft.kind(e.target or "") == "swing" and kind in PEOPLE and e.target is not None:
        return _push_swing(draft, e, e.target)
    rises = e.verb == "rise" or (e.verb == "stand" and "up" in e.words)
    if rises and seat is not None and e.who not in draft.moved and kind in PEOPLE:
        draft.place(e.who, x=draft.x[seat])
        middle = e.start + 0.45 * (e.end - e.start)
        return [Beat("sit", e.who, seat, e.start, middle), Beat("stand", e.who, seat, middle, e.end)]
    if e.verb == "rise":
        return [Beat("stand", e.who, None, e.start, e.end)]
    if _overturns(draft, e):
        return _knock_over(draft, e)
    boarded = next((id_ for id_ in (e.target, e.goal) if draft.kind(id_ or "") in VEHICLES), None)
    if e.verb == "jump" and boarded is not None and {e.way, e.preposition} & {"into", "in"} and kind in PEOPLE:
        return door(draft, "enter", e.who, boarded, e.start, e.end, e.direction)
    if e.verb == "hide" and {e.preposition, *e.words} & {"under", "behind"} and e.target in draft.props and (
        kind in PEOPLE + ANIMALS
    ):  # fmt: skip
        return hide_there(draft, e)
    return None


def _push_swing(draft: SceneDraft, e: Event, swing: str) -> list[Beat]:
    """From behind who sits on it."""
    draft.start_prop(swing, x=0.56)
    draft.place(e.who, x=0.38, facing=1)
    draft.moved.add(e.who)
    for id_ in draft.actors.keys() - {e.who}:
        draft.place(id_, x=0.56)
    return [Beat("push", e.who, None, e.start, e.end)]


def _out_of_a_seat(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | None:
    """Who stands up, or stands once something has happened, sat before: on a stool, outdoors alone on the ground."""
    idle = (
        e.who in draft.actors
        and e.who not in draft.moved | draft.resting | draft.fallen
        and kind in PEOPLE
        and kind != "cyclist"
    )
    seat = next((id_ for id_ in (e.source, e.target, e.near) if draft.kind(id_ or "") in _SEATS), None)
    many = e.who in draft.actors and draft.actors[e.who].count > 1 and seat in draft.props
    nowhere = (e.target in (None, seat) if many else e.target is None) and e.near in (None, seat) and not e.behind
    nowhere &= e.ground is None
    up = e.verb == "rise" or "rise" in e.words or ("up" in e.words and e.words & {"stand", "get"})
    if not (idle and nowhere and e.verb in ("rise", "stand") and (up or (e.start > 0 and "stand" in e.words))):
        return None
    for id_ in (seat, *draft.clones.pop(seat or "", ())) if many else ():  # each has one of their own
        draft.props.pop(id_ or "", None)
        draft.x.pop(id_ or "", None)
    seats = e.start > 0 or draft.actors[e.who].count > 1 or draft.setting in WITH_SEATS
    middle = e.start or 0.45 * e.end
    return [Beat("sit at" if seats else "sit", e.who, None, 0.0, middle), Beat("stand", e.who, None, middle, e.end)]


def _at_the_door_or_by_the_fallen(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | None:
    """Wipes the shoes on a mat; kneels beside who is helped, and helps who has fallen onto the feet."""
    if e.verb == "wipe feet" and kind in PEOPLE:
        draft.place(e.who, x=min(0.3, draft.x[e.who]))
        if not any(prop.kind == "door mat" for prop in draft.props.values()):
            draft.put(Prop("door_mat", "door mat", None, draft.x[e.who], GROUND + 0.005))
        draft.moved.add(e.who)
        return [Beat("wipe feet", e.who, None, e.start, e.end)]
    if not (e.words & {"help", "assist"} and e.target in draft.actors) or e.target is None:
        return None
    one, two = (e.start + share * (e.end - e.start) for share in (0.5, 0.75))
    near = approach(draft, e.who, e.target, e.start, one, "walk")
    if e.start > 0.3 or "up" in e.words:
        up = [Beat("stand", id_, None, two, e.end) for id_ in (e.target, e.who)]
        return [*near, Beat("kneel", e.who, None, one, two), *up]
    return [*near, Beat("kneel", e.who, None, one, e.end)]


def make_room(draft: SceneDraft, who: str) -> bool:
    """Several on one bench or fence are smaller, so that it holds all of them; False for one alone."""
    if draft.actors[who].count > 1:
        draft.actors[who] = replace(draft.actors[who], scale=0.55 * draft.actors[who].scale)
    return draft.actors[who].count > 1


def _spread_out_flat(draft: SceneDraft, e: Event) -> bool:
    """True for a carpet or a mat that somebody has sat on from the beginning."""
    thing = THINGS[draft.kind(e.target or "")]
    return thing.height <= 0.06 and thing.width >= 0.6 and e.who not in draft.moved


def _seat(draft: SceneDraft, e: Event) -> bool:
    """True if one sits or lies on the target, and not beside it."""
    beside = e.preposition in ("by", "near", "next", "beside", "at", "front", "behind", "under", "around")
    return (draft.kind(e.target or "") in _SEATS and not (beside and draft.kind(e.target or "") != "table")) or (
        e.preposition in ("on", "in", None) and not beside
    )


def _under(draft: SceneDraft, e: Event) -> list[Beat]:
    """On the back under a car, whose near side hides a part."""
    assert e.target is not None
    draft.place(e.who, x=draft.x[e.target] - 0.2, y=draft.y(e.target) - 0.002)
    draft.resting.add(e.who)
    return [Beat(e.verb, e.who, None, e.start, e.end)]


def _feed(draft: SceneDraft, e: Event) -> list[Beat]:
    """An animal goes to what it eats; a person has it in hand, or sits before it."""
    assert e.target is not None
    if draft.kind(e.who) in PEOPLE:
        if light(draft.kind(e.target)) and e.preposition is None and e.target not in draft.moved:
            in_hand(draft, e.who, e.target)
            draft.start_prop(e.target, x=draft.x[e.who])
            draft.actors[e.who] = replace(draft.actors[e.who], holds=draft.kind(e.target),
                                          held_colour=draft.props[e.target].colour)  # fmt: skip
            return [Beat(e.verb, e.who, e.target, e.start, e.end)]
        return [Beat(e.verb, e.who, None, e.start, e.end)]
    side = 1 if draft.x[e.who] <= draft.x[e.target] else -1
    group = draft.actors[e.who].count
    gap = 0.1 + 0.12 * (group - 1)
    if e.who not in draft.moved:
        draft.place(e.who, x=draft.x[e.target] - (gap + 0.12) * side, facing=side)
    middle = e.start + 0.3 * (e.end - e.start)
    way = Beat("walk", e.who, None, e.start, middle, draft.move(e.who, draft.x[e.target] - gap * side))
    return [way, Beat(e.verb, e.who, e.target, middle, e.end)]


def _overturns(draft: SceneDraft, e: Event) -> bool:
    if e.target not in draft.props:
        return False
    over = e.verb in ("topple", "roll over") and e.preposition in (None, "over")
    over |= e.verb == "push" and bool(e.words & {"over", "spill", "upset"})
    return over or (e.verb == "kick" and e.preposition == "over" and light(draft.kind(e.target or "")))


def _knock_over(draft: SceneDraft, e: Event) -> list[Beat]:
    """A push, and the thing tips over where it stands."""
    assert e.target is not None
    early, late = (e.start + share * (e.end - e.start) for share in (0.4, 0.6))
    near = approach(draft, e.who, e.target, e.start, early, "walk")
    if draft.kind(e.who) in ANIMALS and draft.props[e.target].y >= GROUND:  # seen before its legs
        draft.start_prop(e.target, y=GROUND + 0.04)
    spilt = [Beat("leak", e.target, None, late, 1.0)] if "spill" in e.words else []
    if draft.kind(e.target).endswith(" bucket"):  # of milk, of paint
        spilt = [Beat("run out", e.target, None, (late + e.end) / 2, 1.0)]
    blow = "kick" if e.verb == "kick" else "push"
    return [*near, Beat(blow, e.who, e.target, early, late), Beat("topple", e.target, None, late, e.end), *spilt]


def pull_down(draft: SceneDraft, e: Event) -> list[Beat]:
    """Several things off a shelf or a table, to the floor one after the other."""
    assert e.target is not None and e.source is not None
    things = [e.target, *draft.clones.get(e.target, ())][:4]
    draft.start_prop(e.source, x=0.62)
    x, top = draft.x[e.source], top_of(draft.kind(e.source))
    if draft.actors[e.who].scale * (0.7 if draft.kind(e.who) in MINORS else 1.0) < 0.75:
        top = min(0.7, GROUND - 0.55 * (GROUND - top))  # a lower board
    one = e.start + 0.25 * (e.end - e.start)
    draft.place(e.who, x=x - 0.4, facing=1)
    beats = [Beat("walk", e.who, None, e.start, one, draft.move(e.who, x - 0.13))]
    share = (e.end - one) / len(things)
    for n, thing in enumerate(things):
        draft.start_prop(thing, x=x - 0.05 + 0.06 * n, y=top)
        at = one + n * share
        beats.append(Beat("pull", e.who, e.source, at, at + 0.6 * share))
        beats.append(Beat("plunge", thing, None, at + 0.4 * share, min(e.end, at + 1.2 * share),
                          draft.move(thing, x - 0.06 - 0.07 * n)))  # fmt: skip
    return beats


def knock_off(draft: SceneDraft, e: Event) -> list[Beat]:
    """A push, and the thing falls off what it stands on."""
    assert e.target is not None and e.source is not None
    middle = (e.start + e.end) / 2
    side = 1 if draft.x[e.who] <= draft.x[e.source] else -1
    edge = 0.4 * draft.width(e.source)
    draft.start_prop(e.target, x=draft.x[e.source] - side * edge, y=top_of(draft.kind(e.source)))
    way = walk_to(draft, e.who, e.target, e.start, middle - 0.1)
    fallen = Beat(
        "plunge", e.target, None, middle, e.end, draft.move(e.target, draft.x[e.source] - side * (edge + 0.12))
    )
    return [*way, Beat("push", e.who, e.target, max(e.start, middle - 0.1), middle), fallen]
