"""Two who go the same way: with each other, one behind the other, after a ball or a thief; and who comes to them.

Reads an Event and the draft; gives Beats and keeps where everybody stands.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.animals import ANIMALS as BEASTS
from svta.generation.storyboard.scene import ANIMALS, MINORS, PEOPLE, VEHICLES, Beat, Prop, able, medium

from .draft import GROUND, Event, SceneDraft
from .movement import MOUNTS

_BLOWN: Final = ("hat", "leaf", "balloon", "kite", "paper plane", "frisbee", "newspaper", "sheet of paper", "umbrella")


def accompanied(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Walks a dog on its leash, or with somebody: both go the same way; None for all others."""
    if e.verb not in ("walk", "run") or e.target not in draft.actors or e.target is None:
        return None
    past = e.passed if e.passed in draft.x else None
    pet = draft.kind(e.target) in ANIMALS and e.preposition in (None, "with") and not e.words & {"follow", "chase"}
    company = draft.kind(e.target) in PEOPLE and e.preposition == "with"
    if not (pet or company) or draft.kind(e.who) not in PEOPLE or draft.moved & {e.who, e.target}:
        return None
    if past is not None and not pet:
        return None
    sign = e.direction or 1
    far = 0.5 if past is None else max(0.5, (draft.x[past] - 0.5) * sign + 0.55)  # both of them
    count = draft.actors[e.target].count
    apart = (0.04 + 0.22 * count) if pet else 0.1 + 0.06 * count
    beats = []
    for id_, x in ((e.who, 0.5 - 0.4 * sign), (e.target, 0.5 - (0.4 - apart) * sign)):
        draft.place(id_, x=x, facing=sign)
        beats.append(Beat(e.verb, id_, None, e.start, e.end, draft.move(id_, x + far * sign)))
    if pet and count == 1 and "leash" not in draft.x:
        x = 0.5 - (0.4 - 0.55 * apart) * sign
        lead = next((id_ for id_, prop in draft.props.items() if prop.kind == "taut leash"), "leash")
        old = draft.props.get(lead)
        draft.put(Prop(lead, "taut leash", old.colour if old else None, x, GROUND + 0.005))
        beats.append(Beat("walk", lead, None, e.start, e.end, draft.move(lead, x + far * sign)))
    return beats


def comes_at_last(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """What somebody waits for comes in the second half; None for all others."""
    if e.verb not in ("stand", "stop") or "wait" not in e.words or e.target not in draft.actors or e.target is None:
        return None
    if draft.kind(e.target) not in VEHICLES or e.preposition != "for" or e.target in draft.moved | draft.later:
        return None
    side = 1 if draft.x[e.who] <= 0.5 else -1
    draft.place(e.who, x=0.5 - 0.3 * side, facing=side)
    x = 0.5 + 0.2 * side
    draft.start_at(e.target, draft.beyond(e.target, side))
    draft.actors[e.target] = replace(draft.actors[e.target], y=min(draft.y(e.target), 0.76), facing=-side)
    come = Beat("pull up", e.target, None, e.start + 0.45 * (e.end - e.start), e.end, draft.move(e.target, x))
    return [Beat("stand", e.who, None, e.start, e.end), come]


def comes_over(draft: SceneDraft, e: Event) -> list[Beat]:
    """To where something has happened, from the edge of the picture."""
    last = next((id_ for id_ in reversed([*draft.props, *draft.actors]) if id_ in draft.moved and id_ != e.who), None)
    x = 0.5 if last is None else min(0.9, max(0.1, draft.x[last]))
    side = 1 if x <= 0.55 else -1
    draft.place(e.who, x=0.5 + 0.6 * side, facing=-side)
    return [Beat(e.verb, e.who, None, e.start, e.end, draft.move(e.who, x + 0.17 * side))]


def follow(draft: SceneDraft, e: Event) -> list[Beat]:
    """One behind the other, both at the same pace; who leads goes ahead, who herds or follows comes after."""
    assert e.target is not None
    sign = e.direction or 1
    ahead, behind = (e.who, e.target) if e.words & {"lead", "guide"} else (e.target, e.who)
    wheels = {draft.kind(ahead), draft.kind(behind)} & {*VEHICLES}
    gap, way = (0.42, 0.3) if wheels else (0.26, 0.4)
    if draft.kind(ahead) in VEHICLES and draft.kind(behind) in VEHICLES:
        way = 0.6
    group = draft.actors[ahead].count if ahead in draft.actors else 1
    if {draft.kind(ahead), draft.kind(behind)} <= {*ANIMALS}:
        gap = max(gap, sum(0.17 * BEASTS[draft.kind(i)].width * draft.actors[i].scale for i in (ahead, behind)) + 0.02)
    gap += 0.12 * max(0, group - 1)
    if ahead in draft.moved and e.who == behind and ahead in draft.actors and draft.x[ahead] != draft.actors[ahead].x:
        return _after(draft, e, ahead, gap)
    if ahead not in draft.moved:
        draft.place(ahead, x=0.5 + (gap / 2 - way / 2) * sign, facing=sign)
    gap -= 0.05 if behind.endswith("_other") and e.who == behind else 0.0  # the second row of pairs
    draft.place(behind, x=draft.x[ahead] - gap * sign, facing=sign)
    to = draft.x[ahead] if ahead in draft.moved else draft.move(ahead, draft.x[ahead] + way * sign)
    beats: list[Beat] = []
    for id_, x in ((ahead, to), (behind, to - gap * sign)):
        gait = "drive" if draft.kind(id_) in VEHICLES else "walk"
        if medium(draft.kind(id_)) == "air":
            gait = "fly"
            draft.place(id_, y=0.45)
        if id_ == behind or ahead not in (b.who for b in beats):
            beats.append(Beat(gait, id_, None, e.start, e.end, draft.move(id_, x)))
    return beats


def run_after(draft: SceneDraft, e: Event) -> list[Beat]:
    """Into the picture after what has rolled or flown away."""
    assert e.target is not None
    sign = 1 if draft.x[e.target] >= draft.props[e.target].x else -1
    draft.place(e.who, x=0.5 - 0.62 * sign, facing=sign)
    gait = "walk" if draft.kind(e.who) in VEHICLES else "run"
    return [Beat(gait, e.who, None, e.start, e.end, draft.move(e.who, draft.x[e.target] - 0.12 * sign))]


def _after(draft: SceneDraft, e: Event, ahead: str, gap: float) -> list[Beat]:
    """Behind somebody whose way is told already."""
    first, last = draft.actors[ahead].x, draft.x[ahead]
    sign = 1 if last > first else -1
    gait = "drive" if draft.kind(e.who) in VEHICLES else "walk"
    draft.place(e.who, x=first - gap * sign, facing=sign)
    return [Beat(gait, e.who, None, e.start, e.end, draft.move(e.who, last - gap * sign))]


def pursued(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Who runs from an animal has it behind them; None for all others."""
    hunter = e.source or ""
    people = draft.kind(e.who) in PEOPLE and draft.kind(e.who) not in MINORS
    if not people or e.verb not in ("run", "flee") or draft.kind(hunter) not in ANIMALS:
        return None
    if {e.who, hunter} & draft.moved:
        return None
    if (count := draft.actors[e.who].count) < 3:
        return chase(draft, hunter, e.who, e.start, e.end, e.direction)
    draft.place(e.who, x=0.66, facing=1)
    draft.place(hunter, x=max(-0.08, 0.44 - 0.06 * min(8, count)), facing=1)
    away = Beat("flee", e.who, None, e.start, e.end, draft.move(e.who, 1.5))
    return [away, Beat("chase", hunter, e.who, e.start, e.end, draft.move(hunter, 0.7))]


def chase(draft: SceneDraft, who: str, target: str | None, start: float, end: float, direction: int) -> list[Beat]:
    sign = direction or 1
    if target in draft.props and target in draft.moved and who not in draft.moved and 0 <= draft.x[target] <= 1:
        side = 1 if draft.x[who] <= draft.x[target] else -1  # the ball that was thrown
        return [Beat("chase", who, target, start, end, draft.move(who, draft.x[target] - 0.1 * side))]
    if target in draft.moved:  # it is gone already
        sign = direction or (1 if draft.x[target] >= 0.5 else -1)
        draft.start_at(who, 0.5 - 0.6 * sign)
        return [Beat("chase", who, target, start, end, draft.move(who, 0.5 + 0.7 * sign))]
    if target in draft.props and draft.height(target) < 0.16:  # a ball rolls away
        draft.start_prop(target, x=0.5 - 0.16 * sign)
        draft.start_at(who, 0.5 - 0.45 * sign)
        gone = "float" if draft.kind(target) in _BLOWN else "roll"
        away = Beat(gone, target, None, start, end, draft.move(target, 0.5 + 0.42 * sign))
        return [away, Beat("chase", who, target, start, end, draft.move(who, 0.5 + 0.14 * sign))]
    if target is None or target not in draft.actors:
        return [Beat("run", who, None, start, end, draft.move(who, 0.5 + 0.4 * sign))]
    draft.start_at(target, 0.5 - (0.04 if start > 0 else 0.2) * sign)
    draft.start_at(who, 0.5 - (0.36 if start > 0 else 0.6) * sign)  # who barks first is seen
    mount = next((a.id for a in draft.actors.values() if a.kind in MOUNTS), None)
    if draft.kind(target) == "cyclist" and mount is not None:
        draft.start_at(mount, 0.5 - 0.2 * sign)
        draft.move(target, 0.5 + 0.55 * sign)
        ahead = Beat("ride", target, mount, start, end, draft.move(mount, 0.5 + 0.55 * sign))
        return [ahead, Beat("chase", who, target, start, end, draft.move(who, 0.5 + 0.25 * sign))]
    gait = "drive" if draft.kind(target) in VEHICLES else "flee"
    if draft.setting in ("lake", "river", "sea") and all(able(draft.kind(i), "swim") for i in (who, target)):
        for id_, x in ((target, 0.5), (who, 0.2)):
            draft.place(id_, x=x)
        return [Beat("swim", target, None, start, end, draft.move(target, 0.5 + 0.3 * sign)),
                Beat("swim", who, None, start, end, draft.move(who, 0.5 + 0.05 * sign))]  # fmt: skip
    ahead = Beat(gait, target, None, start, end, draft.move(target, 0.5 + 0.55 * sign))
    return [ahead, Beat("chase", who, target, start, end, draft.move(who, 0.5 + 0.25 * sign))]
