"""Small mishaps and ceremonies: a hammer on one's own thumb, a bumped head, a ribbon that is cut, paint on a wall.

Reads an Event and the SceneDraft; gives Beats, or None where the event is of another kind.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.scene import PEOPLE, VEHICLES, Actor, Beat, Prop

from ..actions.draft import GROUND, Event, SceneDraft
from ..actions.equipment import in_hand, walk_to
from ..actions.supports import top_of

_STRUCK_WITH: Final = {"hammer": "hammer", "knife": "cut", "saw": "saw", "axe": "chop wood"}
_FULL: Final = ("milk bucket", "water bucket", "paint bucket", "paint can")
_COVERS: Final = ("tarpaulin", "cloth", "towel", "sheet", "blanket", "sticky tape", "tape", "plastic sheet", "net")
_WHEEL_WORK: Final = ("tighten", "repair", "screw")
_PAINT: Final = ("paint can", "spray can")


def mishaps(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """The beats of one of these events; None for all others."""
    if e.verb == "play table tennis" and draft.kind(e.who) in PEOPLE and e.who not in draft.moved:
        return _table_tennis(draft, e)
    if draft.kind(e.who) not in PEOPLE or draft.actors[e.who].count > 1:
        return None
    if e.verb in ("hurt hand", "hurt head"):
        return _hurt(draft, e)
    if e.verb == "char" and (shirt := _ironed(draft)) is not None:
        return [Beat("iron", e.who, shirt, e.start, e.end), Beat("char", shirt, None, e.start, e.end),
                Beat("smoke", shirt, None, e.start, 1.0)]  # fmt: skip
    if e.verb == "drop" and draft.kind(e.target or "") in _FULL and e.target not in draft.moved:
        return _drop_full(draft, e)
    if e.verb == "shake" and e.words & {"rock"} and any(p.kind == "crib" for p in draft.props.values()):
        return _rock(draft, e)
    if e.verb == "hide" and e.words & {"cover", "drape"} and e.target in draft.x and e.target is not None:
        return _cover(draft, e, e.target)
    if e.verb in _WHEEL_WORK and draft.kind(e.target or "") in ("spare wheel", "tyre"):
        return _change_wheel(draft, e)
    if e.verb in ("fall", "plunge") and draft.kind(e.source or "") == "balcony" and e.who not in draft.moved:
        return _off_a_balcony(draft, e)
    if e.verb == "look" and {"from", "behind"} <= e.words and e.target is None:
        return _look_from_behind(draft, e)
    if e.verb == "cut ribbon" and draft.kind(e.target or "") == "opening ribbon":
        return _cut_the_ribbon(draft, e)
    if e.verb == "spray" and draft.kind(e.target or "") in _PAINT and e.target in draft.props:
        return _spray_on(draft, e)
    return None


def _drop_full(draft: SceneDraft, e: Event) -> list[Beat]:
    """Out of the hand, on its side, and what was in it runs out."""
    assert e.target is not None
    in_hand(draft, e.who, e.target)
    one, two = (e.start + share * (e.end - e.start) for share in (0.4, 0.6))
    draft.moved.add(e.target)
    return [Beat("drop", e.who, e.target, e.start, one), Beat("topple", e.target, None, one, two),
            Beat("run out", e.target, None, one, 1.0)]  # fmt: skip


def _rock(draft: SceneDraft, e: Event) -> list[Beat]:
    """A cradle goes from side to side under the hand."""
    crib = next(id_ for id_, prop in draft.props.items() if prop.kind == "crib")
    draft.start_prop(crib, x=0.58)
    for id_, actor in draft.actors.items():
        if id_ != e.who and abs(actor.x - draft.x[crib]) < 0.2:
            draft.place(id_, x=draft.x[crib])
    draft.place(e.who, x=draft.x[crib] - draft.width(crib) / 2 - 0.05, facing=1)
    return [Beat("pat", e.who, crib, e.start, e.end), Beat("shake", crib, None, e.start, e.end)]


def _cover(draft: SceneDraft, e: Event, thing: str) -> list[Beat] | None:
    """With a sheet that hangs down over it, with tape across it; None where the caption names neither."""
    cloth = next((id_ for id_, prop in draft.props.items() if prop.kind in _COVERS and id_ != thing), None)
    held = draft.actors[e.who].holds
    kind = draft.kind(cloth) if cloth is not None else held if held in _COVERS else None
    if kind is None or e.who in draft.moved:
        return None
    colour = draft.props[cloth].colour if cloth is not None else draft.actors[e.who].held_colour
    over = kind if kind == "tarpaulin" else "draped cover"
    taped = kind in ("sticky tape", "tape")
    if cloth is not None:
        draft.take_up(e.who, cloth)
    draft.actors[e.who] = replace(draft.actors[e.who], holds="sticky tape" if taped else "cloth", held_colour=colour)
    draft.place(thing, x=0.6)
    draft.start_prop(thing, x=0.6, y=0.62 if taped else None)
    wide = draft.width(thing) if thing in draft.props else draft.actor_width(thing)
    high = draft.height(thing) if thing in draft.props else 0.2
    over = "tape cross" if taped else over
    scale = max(1.12 * wide / draft.width_of(over), 0.5 if taped else 1.1 * high / 0.21)
    y = draft.y(thing) - 0.2 * high if taped else draft.y(thing) + 0.012
    draft.put(Prop("put_over", over, colour, draft.x[thing], y, round(scale, 3)))
    draft.place(e.who, x=draft.x[thing] - wide / 2 - 0.3, facing=1)
    draft.moved |= {thing, "put_over"}
    one, two = (e.start + share * (e.end - e.start) for share in (0.35, 0.6))
    way = Beat("walk", e.who, None, e.start, one, draft.move(e.who, draft.x[thing] - wide / 2 - 0.06))
    hangs = [Beat("open", "put_over", None, two, two + 0.01)] if kind == "tarpaulin" else []
    return [way, Beat("spread", e.who, None, one, two + 0.1), Beat("appear", "put_over", None, two, two + 0.15), *hangs]


def _change_wheel(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Beside the car whose wheel it is."""
    wheel = e.target or ""
    if any(draft.kind(id_) in VEHICLES for id_ in draft.actors) or e.who in draft.moved:
        return None
    draft.put(Actor("stopped_car", "car", x=0.64, y=GROUND - 0.02, facing=-1))
    draft.moved.add("stopped_car")
    draft.start_prop(wheel, x=0.44, y=GROUND + 0.01)
    draft.place(e.who, x=0.33, facing=1)
    return [Beat(e.verb, e.who, wheel, e.start, e.end)]


def _off_a_balcony(draft: SceneDraft, e: Event) -> list[Beat]:
    """From behind its railing to the ground beside it."""
    balcony = e.source or ""
    draft.actors[e.who] = replace(draft.actors[e.who], scale=0.72 * draft.actors[e.who].scale)
    draft.start_prop(balcony, x=0.42)
    draft.place(e.who, x=draft.x[balcony] + 0.24 * draft.width(balcony), y=top_of("balcony"))
    beside = draft.x[balcony] + draft.width(balcony) / 2 + 0.1
    return [Beat("plunge", e.who, None, e.start, e.end, draft.move(e.who, beside))]


def _ironed(draft: SceneDraft) -> str | None:
    """What lies on an ironing board."""
    if not any(prop.kind == "ironing board" for prop in draft.props.values()):
        return None
    return next((id_ for id_, prop in draft.props.items() if prop.kind in ("laid shirt", "hung shirt")), None)


def _look_from_behind(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Behind who is watched, and turned the same way."""
    other = next((actor for actor in draft.actors.values() if actor.id != e.who), None)
    if other is None or e.who in draft.moved:
        return None
    draft.place(e.who, x=max(0.08, min(0.92, draft.x[other.id] - 0.26 * other.facing)), facing=other.facing)
    return [Beat("look", e.who, None, e.start, e.end)]


def _table_tennis(draft: SceneDraft, e: Event) -> list[Beat]:
    """On both sides of the table, each with a paddle, and the ball between them."""
    there = next((id_ for id_, prop in draft.props.items() if prop.kind == "ping pong table"), "ping_pong_table")
    if there not in draft.props:
        draft.put(Prop(there, "ping pong table", None, 0.5, GROUND))
    draft.start_prop(there, x=0.5)
    draft.put(Prop("ping_pong_ball", "golf ball", None, 0.4, 0.5, 0.8))
    both = draft.face_each_other(e.who)
    half = draft.width(there) / 2 + 0.06
    for n, id_ in enumerate(both):
        draft.place(id_, x=0.5 + (half if n else -half), facing=-1 if n else 1)
        draft.actors[id_] = replace(draft.actors[id_], holds="ping pong paddle")
    quarter = (e.end - e.start) / 4
    flown = [Beat("float", "ping_pong_ball", None, e.start + n * quarter, e.start + (n + 1) * quarter,
                  0.5 + 0.8 * half * (1 if n % 2 == 0 else -1)) for n in range(4)]  # fmt: skip
    draft.moved |= {"ping_pong_ball", *both}
    return [*(Beat(e.verb, id_, None, e.start, e.end) for id_ in both), *flown]


def _hurt(draft: SceneDraft, e: Event) -> list[Beat]:
    """A blow first, with what is in the hand; up to what the head is bumped on; then the hand is at what hurts."""
    middle = e.start + 0.5 * (e.end - e.start)
    tool = _STRUCK_WITH.get(draft.actors[e.who].holds or "")
    if e.verb == "hurt hand" and tool is not None and e.start == 0.0:
        return [Beat(tool, e.who, None, e.start, middle), Beat(e.verb, e.who, None, middle, e.end)]
    there = next((id_ for id_ in (e.target, e.near, e.goal, e.passed) if id_ in draft.x and id_ != e.who), None)
    if e.verb == "hurt head" and there is not None and e.who not in draft.moved:
        draft.start_prop(there, x=0.62)
        draft.place(e.who, x=0.24, facing=1)
        x = draft.x[there] - max(0.07, draft.width(there) / 2 + 0.03)
        way = Beat("walk", e.who, None, e.start, middle, draft.move(e.who, x))
        return [way, Beat("shake", there, None, middle, middle + 0.15), Beat(e.verb, e.who, None, middle, e.end)]
    return [Beat(e.verb, e.who, None, e.start, e.end)]


def _cut_the_ribbon(draft: SceneDraft, e: Event) -> list[Beat]:
    """Behind a ribbon between two posts, whose ends fall to the ground halfway."""
    assert e.target is not None
    draft.start_prop(e.target, x=0.5, y=GROUND + 0.03)
    draft.place(e.who, x=0.42, facing=1)
    draft.actors[e.who] = replace(draft.actors[e.who], holds="scissors")
    draft.moved.add(e.target)
    middle = e.start + 0.5 * (e.end - e.start)
    return [Beat(e.verb, e.who, e.target, e.start, e.end), Beat("open", e.target, None, middle, middle + 0.1)]


def _spray_on(draft: SceneDraft, e: Event) -> list[Beat]:
    """Out of a can in the hand, in the colour that is told, onto what is named."""
    assert e.target is not None
    colour = draft.props[e.target].colour
    draft.take_up(e.who, e.target)
    draft.actors[e.who] = replace(draft.actors[e.who], holds="spray can", held_colour=colour)
    onto = next((id_ for id_ in (e.goal, e.passed, e.near) if id_ in draft.x and id_ != e.target), None)
    if onto is None:
        return [Beat("spray", e.who, None, e.start, e.end)]
    if onto in draft.actors:
        draft.place(onto, x=0.56)
    way = walk_to(draft, e.who, onto, e.start, e.start + 0.3 * (e.end - e.start)) if onto in draft.props else []
    return [*way, Beat("spray", e.who, onto, way[-1].end if way else e.start, e.end, draft.x[e.who])]
