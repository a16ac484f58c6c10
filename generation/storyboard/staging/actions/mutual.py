"""What two do with each other: pass, meet, pull at one thing, carry a sofa, shake hands over a desk.

Reads a Clause, who does it and what it is done with; gives Beats, or None where it is nothing of the kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.vehicles import VEHICLES as FORMS
from svta.generation.storyboard.parsing.clauses import Clause
from svta.generation.storyboard.scene import ANIMALS, HOLLOW, PEOPLE, VEHICLES, Beat, medium

from .draft import GROUND, SceneDraft
from .equipment import light
from .movement import STRIDE

_NEAR_LANE: Final = {"road": (0.87, 0.75), "rail": (0.87, 0.75), "water": (0.86, 0.74), "air": (0.5, 0.34)}
_TOO_LARGE_FOR_ONE: Final = 0.18  # of the frame's width
_BORNE: Final = ("carry", "load", "lift", "put")
_OVER_A_DESK: Final = ("shake hands", "talk", "shout")
# Verbs that the second one returns.
RETURNED: Final = frozenset(("fight", "wrestle", "box", "argue", "quarrel", "dance", "hug", "embrace", "chat", "tussle",
                             "scuffle", "brawl", "spar", "duel", "cuddle", "shake", "struggle"))  # fmt: skip


def mutual(
    draft: SceneDraft, clause: Clause, who: Sequence[str], things: Sequence[str], start: float, end: float
) -> list[Beat] | None:
    """`things` are what the clause names beside those who do it."""
    if (borne := _bear(draft, clause, who, things, start, end)) is not None:
        return borne
    pair = _pair(draft, who, things)
    hunted = [id_ for id_ in things if id_ in draft.actors and id_ not in who]
    if clause.verb == "chase" and "up" in _prepositions(clause) and len(who) == len(hunted) == 1:
        pair = who[0], hunted[0]  # each may be a group
    group = draft.actors.get(who[0]) if len(who) == 1 else None
    if pair is None and group is not None and group.count > 2 and not things and who[0] not in draft.moved:
        return _brawl(draft, who[0], start, end) if clause.verb == "punch" and clause.lemma in RETURNED else None
    if pair is None:
        return None
    if clause.lemma == "pass" and not clause.passive and len(things) == (0 if pair == tuple(who) else len(things)):
        return _pass(draft, *pair, start, end) if _with_each_other(draft, who, things) else None
    if clause.verb == "meet":
        return _meet(draft, *pair, start, end)
    desk = next((k for k in things if draft.kind(k).endswith(("table", "desk", "counter"))), None)
    if desk is not None and clause.verb in _OVER_A_DESK and _prepositions(clause) & {"across", "over"}:
        return _over_a_desk(draft, clause.verb, pair, desk, start, end)
    if clause.verb == "chase" or (clause.verb == "play" and draft.kind(pair[0]) in ANIMALS and not things):
        if pair[1] not in draft.actors and any(k in draft.actors for k in things):
            return None  # two police cars chase a van
        return _chase(draft, clause, *pair, next((k for k in things if k in draft.props), None), start, end)
    if clause.verb in ("crash", "collide", "meet") and _with_each_other(draft, who, things):
        return _collide(draft, *pair, start, end)
    over = next((k for k in things if k in draft.props and light(draft.kind(k))), None)
    if clause.verb in ("punch", "pull", "tug") and over is not None and "over" in _prepositions(clause):
        return _tug(draft, *pair, over, start, end)
    return None


def _over_a_desk(
    draft: SceneDraft, verb: str, pair: tuple[str, str], desk: str, start: float, end: float
) -> list[Beat]:
    """One on each side of it."""
    _split(draft, *pair)
    draft.start_prop(desk, x=0.5)
    gap = min(0.16, draft.width(desk) / 2 + 0.02) if verb == "shake hands" else draft.width(desk) / 2 + 0.06
    if verb == "shake hands":
        draft.props[desk] = replace(draft.props[desk], y=GROUND + 0.03)
        draft.props[desk] = replace(draft.props[desk], scale=min(1.0, round(0.3 / draft.width_of(draft.kind(desk)), 3)))
        gap = 0.135
    for id_, side in zip(pair, (-1, 1)):
        draft.place(id_, x=0.5 + gap * side, y=GROUND - 0.012, facing=-side)
    return [Beat(verb, one, two, start, end) for one, two in (pair, pair[::-1])]


def _bear(
    draft: SceneDraft, clause: Clause, who: Sequence[str], things: Sequence[str], start: float, end: float
) -> list[Beat] | None:
    """Two or more carry what is too large for one between them: across, up and down stairs, out of a house."""
    load = next(iter(things), "")
    bearers = [id_ for id_ in who if draft.kind(id_) in PEOPLE]
    large = load in draft.props and max(draft.width(load), draft.height(load) * 9 / 16) > _TOO_LARGE_FOR_ONE
    if clause.verb not in _BORNE or load not in draft.props or clause.passive or not large:
        return None
    if not clause.objects or {load, *bearers} & draft.moved or draft.width(load) > 0.45 or not bearers:
        return None
    if len(bearers) == 1:
        actor = draft.actors[bearers[0]]
        if actor.count not in (2, 3, 4):
            return None
        bearers.append(f"{bearers[0]}_other")
        draft.actors[bearers[0]] = replace(actor, count=actor.count - actor.count // 2)
        draft.put(replace(actor, id=bearers[1], count=actor.count // 2))
    one, two = bearers[:2]
    ways = {id_: p for id_, (p, _) in zip(things[len(clause.objects) :], clause.obliques)}
    stairs = next((id_ for id_ in things if draft.kind(id_) == "stairs"), None)
    sign = clause.direction or 1
    if stairs is not None:
        return _up_the_stairs(draft, (one, two), load, stairs, -1 if "down" in {*ways.values(), *clause.words} else 1,
                              (start, end))  # fmt: skip
    source = next((id_ for id_, p in ways.items() if p in ("out", "from", "off", "through")), None)
    goal = next((id_ for id_, p in ways.items() if p in ("into", "to", "onto", "in", "inside", "on", "toward")), None)
    apart = _length(draft, load) / 2 + 0.035
    begun, to = 0.5 - 0.24 * sign, 0.5 + 0.24 * sign
    if source is not None:
        through = ways[source] == "through"
        draft.start_prop(source, x=0.5 - (0.0 if through else 0.26) * sign)
        draft.place(source, x=0.5 - 0.26 * sign)
        begun = draft.x[source] - (0.26 if through else 0.0) * sign
    if goal is not None:
        draft.start_prop(goal, x=0.5 + 0.28 * sign)
        draft.place(goal, x=0.5 + 0.3 * sign, facing=sign)
        to = draft.x[goal] - (0.0 if draft.kind(goal) in PEOPLE else 0.06) * sign
    still = clause.verb == "lift" and goal is None
    if still:
        begun = to = 0.5
    if goal is None and any(p in ("out", "from") for p, _ in clause.grounds):
        to = 0.5 + 0.85 * sign  # out of the room
    draft.start_prop(load, x=begun)
    draft.move(load, to)
    until = end if goal is None else start + 0.75 * (end - start)
    beats = []
    for id_, side in ((one, -sign), (two, sign)):
        draft.place(id_, x=begun + apart * side, facing=-side)
        beats.append(Beat("lift" if still else "carry", id_, load, start, until, draft.move(id_, to + apart * side)))
    hollow = goal in draft.actors or draft.kind(goal or "") in HOLLOW
    if hollow and ways.get(goal or "") in ("into", "in", "inside"):
        beats.append(Beat("enter", load, goal, until, end))
    if draft.kind(source or "") == "door" and source is not None:
        beats.append(Beat("open", source, None, 0.0, 0.01))
    return beats


def _length(draft: SceneDraft, load: str) -> float:
    """Of what they carry between them: a ladder is laid down."""
    high = draft.height(load) * 9 / 16
    return high if high > 1.5 * draft.width(load) else draft.width(load)


def _up_the_stairs(
    draft: SceneDraft, pair: tuple[str, str], load: str, stairs: str, up: int, times: tuple[float, float]
) -> list[Beat]:
    """Both on the steps, which rise to the right, one above the other."""
    draft.start_prop(stairs, x=0.55)
    draft.props[stairs] = replace(draft.props[stairs], scale=1.35)
    draft.props[load] = replace(draft.props[load], scale=0.72 * draft.props[load].scale)
    apart = _length(draft, load) / 2 + 0.025
    foot, head = draft.x[stairs] - draft.width(stairs) / 2 - 0.06, draft.x[stairs] + 0.2 * draft.width(stairs)
    begun, to = (foot, head) if up > 0 else (head, foot)
    draft.start_prop(load, x=begun)
    draft.move(load, to)
    beats = []
    for id_, side in zip(pair, (-1, 1)):
        draft.actors[id_] = replace(draft.actors[id_], scale=0.72 * draft.actors[id_].scale)
        draft.place(id_, x=begun + apart * side, facing=-side)
        beats.append(Beat("carry", id_, load, *times, draft.move(id_, to + apart * side)))
    return beats


def unpaired(clause: Clause) -> Clause:
    """The clause where no two are there to do it: has a meeting with four employees."""
    return replace(clause, verb="talk") if clause.verb == "meet" else clause


def _prepositions(clause: Clause) -> set[str]:
    return {p for p, _ in clause.obliques} | ({"over"} if clause.verb == "tug" else set())


def _with_each_other(draft: SceneDraft, who: Sequence[str], things: Sequence[str]) -> bool:
    return not [id_ for id_ in things if id_ in draft.x and id_ not in who]


def _pair(draft: SceneDraft, who: Sequence[str], things: Sequence[str]) -> tuple[str, str] | None:
    """The two: both subjects, two of one mention, or the subject and whom it is done with."""
    alive = [id_ for id_ in who if id_ in draft.actors]
    if len(alive) == 1 and draft.actors[alive[0]].count == 2 and alive[0] not in draft.moved:
        return alive[0], f"{alive[0]}_other"
    other = [id_ for id_ in things if id_ in draft.actors and id_ not in alive]
    two = [*alive, *other][:2]
    if len(two) < 2 or any(draft.actors[id_].count > 1 for id_ in two):
        return None
    return two[0], two[1]


def _split(draft: SceneDraft, one: str, two: str) -> None:
    if two not in draft.actors:
        actor = draft.actors[one]
        draft.actors[one] = replace(actor, count=1)
        draft.put(replace(actor, id=two, count=1))


def _pass(draft: SceneDraft, one: str, two: str, start: float, end: float) -> list[Beat]:
    """Each from its side to the other one's, at two depths."""
    _split(draft, one, two)
    beats = []
    for n, (id_, sign) in enumerate(((one, 1), (two, -1))):
        kind = draft.kind(id_)
        wheels = kind in VEHICLES
        lanes = _NEAR_LANE.get(medium(kind), (0.87, 0.75)) if wheels else (0.86, 0.8)
        far = 0.62 if wheels else 0.4
        draft.place(id_, x=0.5 - far * sign, y=lanes[n], facing=sign)
        gait = {"air": "fly", "water": "float"}.get(medium(kind), "drive") if wheels else "walk"
        beats.append(Beat("drive" if gait == "float" else gait, id_, None, start, end,
                          draft.move(id_, 0.5 + far * sign)))  # fmt: skip
    return beats


def _chase(
    draft: SceneDraft, clause: Clause, one: str, two: str, thing: str | None, start: float, end: float
) -> list[Beat] | None:
    """Up or round a thing, or each other: one behind the other to the right and back again. None for a plain chase."""
    ways, other = _prepositions(clause), two in draft.actors
    if thing is not None and "around" in ways:
        _split(draft, one, two)
        draft.start_prop(thing, x=0.5)
        for id_, side in ((one, -1), (two, 1)):
            draft.place(id_, x=0.5 + 0.22 * side, facing=-side)
        return [Beat("circle", id_, thing, start, end) for id_ in (one, two)]
    middle = start + 0.5 * (end - start)
    if thing is not None and "up" in ways and other and not draft.moved & {one, two}:
        return _chase_up(draft, one, two, thing, start, middle, end)
    if other or draft.moved & {one}:
        return None
    _split(draft, one, two)
    for id_, x in ((one, 0.32), (two, 0.08)):
        draft.place(id_, x=x, facing=1)
    there, back = Beat("chase", one, two, start, middle, 0.85), Beat("chase", one, two, middle, end, 0.4)
    draft.move(one, 0.4)
    draft.move(two, 0.16)
    return [there, back, replace(there, who=two, target=one, to=0.61), replace(back, who=two, target=one, to=0.16)]


def _chase_up(draft: SceneDraft, one: str, two: str, tree: str, start: float, middle: float, end: float) -> list[Beat]:
    """The one ahead is up a tree or a pole before it is caught; the other one stays below."""
    draft.start_prop(tree, x=0.7)
    if draft.actors[two].count > 1:  # with room for all of them
        draft.props[tree] = replace(draft.props[tree], scale=1.3 * draft.props[tree].scale)
    foot = draft.x[tree]
    widest = max(draft.actor_width(one), draft.actor_width(two))
    share = min(1.0, (0.2 if draft.actors[two].count > 1 else 0.34) / widest)
    for id_ in (one, two):
        draft.actors[id_] = replace(draft.actors[id_], scale=round(share * draft.actors[id_].scale, 3))
    back, gap = (0.5 * draft.actor_width(id_) * draft.actors[id_].count for id_ in (one, two))
    draft.place(two, x=0.38, facing=1)
    draft.place(one, x=0.38 - gap - back - 0.04, facing=1)
    draft.move(two, foot)
    aside = (draft.actors[two].count - 1) * draft.actor_width(two) / 2
    return [Beat("run", two, None, start, middle, foot - 0.05 + aside), Beat("climb", two, tree, middle, end),
            Beat("chase", one, two, start, middle + 0.1, draft.move(one, foot - 0.06 - back))]  # fmt: skip


def _collide(draft: SceneDraft, one: str, two: str, start: float, end: float) -> list[Beat] | None:
    """From both sides into each other; people reel."""
    if draft.kind(one) not in (*VEHICLES, *PEOPLE) or "cyclist" in (draft.kind(one), draft.kind(two)):
        return None
    if one in draft.moved:
        return None
    _split(draft, one, two)
    wheels = draft.kind(one) in VEHICLES
    middle = start + 0.5 * (end - start)
    beats = []
    for id_, other, sign in ((one, two, 1), (two, one, -1)):
        half = 0.15 * FORMS[draft.kind(id_)].width if draft.kind(id_) in FORMS else 0.06
        draft.place(id_, x=0.5 - (0.62 if wheels else 0.38) * sign, y=GROUND, facing=sign)
        gait = "drive" if wheels else "walk"
        beats.append(Beat(gait, id_, None, start, middle, draft.move(id_, 0.5 - half * sign)))
        beats.append(Beat("collide" if wheels else "stagger", id_, other if wheels else None, middle, end,
                          None if wheels else draft.move(id_, 0.5 - (half + 0.1) * sign)))  # fmt: skip
    return beats


def _brawl(draft: SceneDraft, who: str, start: float, end: float) -> list[Beat]:
    """More than two: half of them to each side, each side against the other."""
    actor, other = draft.actors[who], f"{who}_other"
    count = min(actor.count, 6)
    for id_, share, sign in ((who, count - count // 2, 1), (other, count // 2, -1)):
        x = 0.5 - (0.1 + 0.06 * (share - 1)) * sign
        draft.put(replace(actor, id=id_, count=share, x=round(x, 4), facing=sign))
    return [Beat("punch", id_, whom, start, end) for id_, whom in ((who, other), (other, who))]


def _meet(draft: SceneDraft, one: str, two: str, start: float, end: float) -> list[Beat]:
    """From both sides to the middle, where they stand face to face."""
    _split(draft, one, two)
    beats = []
    for id_, sign in ((one, 1), (two, -1)):
        wheels = draft.kind(id_) in VEHICLES
        far, gap = (0.6, 0.24) if wheels else (0.38, 0.09)
        draft.place(id_, x=0.5 - far * sign, facing=sign)
        until = start + 0.75 * (end - start)
        beats.append(Beat("drive" if wheels else "walk", id_, None, start, until, draft.move(id_, 0.5 - gap * sign)))
    return beats


def _tug(draft: SceneDraft, one: str, two: str, thing: str, start: float, end: float) -> list[Beat]:
    """Face to face, the thing between them in the mouths or hands of both."""
    _split(draft, one, two)
    gap = 0.12 if draft.kind(one) in PEOPLE else 0.17
    for id_, sign in ((one, 1), (two, -1)):
        draft.place(id_, x=0.5 - gap * sign, y=GROUND, facing=sign)
    draft.start_prop(thing, x=0.5)
    draft.moved.add(thing)
    return [Beat("tug", id_, thing, start, end) for id_ in (one, two)]


def returned(draft: SceneDraft, clause: Clause, beats: Sequence[Beat], whom: str | None) -> list[Beat]:
    """What the other one does as well: a man fights another, a woman dances with a man."""
    together = clause.lemma in RETURNED and not clause.passive and not clause.down
    if not together or draft.kind(whom or "") not in (*PEOPLE, *ANIMALS) or whom in draft.resting or whom is None:
        return []
    return [replace(b, who=whom, target=b.who) for b in beats if b.target == whom and b.verb == clause.verb]


def side_by_side(draft: SceneDraft, clause: Clause, who: Sequence[str], target: str | None, mirrored: bool) -> Clause:
    """A man and a woman who walk go the same way, beside each other; a bench on which both sit is in the middle."""
    if len(who) < 2 or set(who) & draft.moved or any(id_ not in draft.actors for id_ in who):
        return clause
    if clause.verb == "sit" and target in draft.props and target is not None:
        draft.start_prop(target, x=0.5)
    if clause.verb not in ("walk", "run") or "towards" in clause.words:
        return clause
    kinds = [draft.kind(id_) for id_ in who]
    if len(who) == 2 and kinds[0] in PEOPLE and kinds[1] in ANIMALS and clause.at > 0:  # a man and his dog
        sign = clause.direction or (-1 if mirrored else 1)
        for id_, x in zip(who, (0.5 - 0.42 * sign, 0.5 - 0.2 * sign)):
            draft.place(id_, x=x, facing=sign)
        return replace(clause, direction=sign)
    if target is not None or clause.direction:
        return clause
    x = 0.12
    for id_ in who:
        if id_.removesuffix("_other") in who and id_.endswith("_other"):  # the second row of pairs
            draft.place(id_, x=draft.x[id_.removesuffix("_other")] + 0.05, facing=1)
            continue
        draft.place(id_, x=x, facing=1)
        x += 0.13 * draft.actors[id_].count
    return replace(clause, direction=-1 if mirrored else 1)


def staged_beside(clause: Clause) -> tuple[str, ...]:
    """The prepositions of what it is done around or on, and not to."""
    around = () if clause.verb in STRIDE or clause.verb == "chase" else ("around",)
    return (*around, "on", "onto") if clause.lemma in RETURNED else around
