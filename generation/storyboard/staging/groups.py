"""What a group does: parts, gathers, makes way, has somebody go through it, gets off a bus, acts one by one.

Reads a Clause and the ids of who does it; gives Beats, and changes places and counts of actors of a SceneDraft.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.vehicles import RIDDEN
from svta.generation.storyboard.parsing.clauses import Clause
from svta.generation.storyboard.parsing.mentions import Mention
from svta.generation.storyboard.scene import PEOPLE, VEHICLES, Actor, Beat, medium

from .actions.draft import GROUND, Event, SceneDraft
from .actions.movement import STRIDE
from .animals.tops import SWARMING
from .beats import stage_clause

_BARRIERS: Final = ("barrier", "fence", "police barrier", "crowd barrier", "railing", "wire fence", "traffic barrier")
_COACHES: Final = ("bus", "double decker bus", "ambulance", "taxi", "van")
_AT_THE_WHEEL: Final = ("driver", "motorist", "operator", "taxi driver", "bus driver", "truck driver", "lorry driver",
                        "van driver")  # fmt: skip
_DISPERSING: Final = ("scatter", "disperse")
_GATHERING: Final = ("gather", "crowd", "assemble", "flock", "surround")


def each_by_itself(draft: SceneDraft, id_: str) -> list[str]:
    """Those of a small group as actors of their own, in the order in which they act; the foremost first."""
    actor = draft.actors.get(id_)
    if actor is None or not 2 <= actor.count <= 5 or id_ in draft.moved:
        return [id_]
    step = min(0.16, max(0.1, draft.actor_width(id_)))
    first = min(0.9, max(0.1 + step * (actor.count - 1), draft.x[id_] + step * (actor.count - 1) / 2))
    if actor.facing < 0:
        step, first = -step, max(0.1, min(0.9 + step * (actor.count - 1), draft.x[id_] - step * (actor.count - 1) / 2))
    out = [id_]
    draft.actors[id_] = replace(actor, count=1, x=round(first, 4))
    draft.x[id_] = round(first, 4)
    for n in range(1, actor.count):
        one = f"{id_}{50 + n}"
        draft.put(replace(actor, id=one, count=1, x=round(first - n * step, 4)))
        out.append(one)
    return out


def split_apart(draft: SceneDraft, clause: Clause, who: str, start: float, end: float) -> list[Beat]:
    """Two of a group, one to each side, or from both sides to the middle."""
    actor = draft.actors[who]
    other = f"{who}_other"
    near, ways = (0.44, (-1, 1)) if clause.apart else (0.06, (1, -1))
    draft.put(replace(actor, count=actor.count - actor.count // 2, x=near, facing=ways[0]))
    draft.put(replace(actor, id=other, count=actor.count // 2, x=1 - near, facing=ways[1]))
    verb = "walk" if clause.verb == "leave" else clause.verb
    if (wheels := next((a for a in draft.actors.values() if a.kind in RIDDEN and a.count > 1), None)) is not None:
        return _on_wheels(draft, clause, (who, other), wheels, start, end)
    if clause.meeting:
        gait, apart = ("drive", 0.2) if actor.kind in VEHICLES else (verb, 0.09)
        return [Beat(gait, id_, None, start, end, draft.move(id_, 0.5 - apart * sign))
                for id_, sign in ((who, 1), (other, -1))]  # fmt: skip
    if actor.kind in VEHICLES and clause.lemma not in (
        "pass",
        "cross",
        "meet",
    ):  # side by side at first, in the picture
        for id_, sign in zip((who, other), ways):
            draft.place(id_, x=0.5 + 0.19 * sign, facing=sign)
        gait = "fly" if medium(actor.kind) == "air" else "drive"
        return [Beat(gait, id_, None, start, end, draft.move(id_, 0.5 + 0.62 * sign))
                for id_, sign in zip((who, other), ways)]  # fmt: skip
    return [
        beat
        for id_, sign in zip((who, other), ways)
        for beat in stage_clause(draft, Event(verb, id_, None, start, end, sign))
    ]


def face_to_face(
    draft: SceneDraft, clause: Clause, who: list[str], targets: list[str], start: float, end: float
) -> list[Beat] | None:
    """Those who hold back a crowd, who pass each other, and who go apart or meet; None for all others."""
    if clause.verb == "hold back" and len(who) == 1 and targets and targets[0] in draft.actors:
        return hold_back(draft, who[0], targets[0], start, end)
    if (passed := past_each_other(draft, clause, who, start, end)) is not None:
        return passed
    many = len(who) == 1 and who[0] in draft.actors and draft.actors[who[0]].count > 1
    return split_apart(draft, clause, who[0], start, end) if (clause.apart or clause.meeting) and many else None


def past_each_other(draft: SceneDraft, clause: Clause, who: list[str], start: float, end: float) -> list[Beat] | None:
    """From both sides of the picture, and each on to the other side, one of them nearer to us; None for all others."""
    if not clause.words >= {"each other", "past"} or not who or who[0] not in draft.actors or draft.moved & {*who}:
        return None
    one = draft.actors[who[0]]
    if len(who) == 1 and one.count > 1:
        half = one.count // 2
        draft.put(replace(one, count=one.count - half))
        draft.put(replace(one, id=f"{one.id}_other", count=half))
        who = [one.id, f"{one.id}_other"]
    if len(who) != 2 or who[1] not in draft.actors:
        return None
    wheels = next((a for a in draft.actors.values() if a.kind in RIDDEN and a.id not in who), None)
    beats = []
    for n, id_ in enumerate(who):
        sign, kind = 1 - 2 * n, draft.kind(id_)
        far = 0.68 if kind in VEHICLES or wheels is not None else 0.42
        x, y = 0.5 - far * sign, draft.actors[id_].y + (0.03 if n == 0 else -0.03)
        draft.actors[id_] = replace(draft.actors[id_], x=x, y=round(y, 4), facing=sign)
        to = draft.move(id_, 0.5 + far * sign)
        if wheels is not None and kind not in VEHICLES:
            own = wheels.id if n == 0 else f"{wheels.id}_other"
            draft.put(replace(wheels, id=own, count=1, x=x, y=round(y, 4), facing=sign))
            draft.move(own, to)
            beats.append(Beat("ride", id_, own, start, end, to))
            continue
        gait = {"air": "fly", "water": "float"}.get(medium(kind), "drive") if kind in VEHICLES else clause.verb
        beats.append(Beat(gait if gait in STRIDE else "walk", id_, None, start, end, to))
    return beats


def _on_wheels(
    draft: SceneDraft, clause: Clause, who: tuple[str, str], wheels: Actor, start: float, end: float
) -> list[Beat]:
    """Two cyclists, each on a bicycle, away from each other or towards each other."""
    beats = []
    for id_, sign in zip(who, (-1, 1)):
        own = wheels.id if sign < 0 else f"{wheels.id}_other"
        side = sign if clause.apart else -sign
        begin, to = (0.5 + 0.16 * sign, 0.5 + 0.62 * sign) if clause.apart else (0.5 + 0.4 * sign, 0.5 + 0.13 * sign)
        draft.put(replace(wheels, id=own, count=1, x=begin, facing=side))
        draft.actors[id_] = replace(draft.actors[id_], x=begin, facing=side)
        beats.append(Beat("ride", id_, own, start, end, draft.move(id_, draft.move(own, to))))
    return beats


def gather(draft: SceneDraft, who: str, around: str | None, start: float, end: float) -> list[Beat]:
    """From both sides to the middle, or to somebody or something there."""
    actor, other = draft.actors[who], f"{who}_other"
    if around is not None:
        draft.place(around, x=0.5, y=GROUND + 0.06 if actor.count <= 12 else 0.97)  # before them
        draft.start_prop(around, x=0.5)
    near = 0.24 if around is not None else 0.14
    shares = (actor.count - actor.count // 2, actor.count // 2)
    for id_, count, sign in ((who, shares[0], 1), (other, shares[1], -1)):
        draft.put(replace(actor, id=id_, count=count, x=0.5 - 0.75 * sign, facing=sign))
    last = start + 0.7 * (end - start)
    beats = [Beat("walk", id_, None, start, last, draft.move(id_, 0.5 - near * sign))
             for id_, sign in ((who, 1), (other, -1))]  # fmt: skip
    return [*beats, *(Beat("look", id_, around, last, 1.0) for id_ in (who, other))]


def as_a_crowd(
    draft: SceneDraft, clause: Clause, who: str, target: str | None, start: float, end: float
) -> list[Beat] | None:
    """How many scatter, make way or gather; None for all else."""
    if clause.lemma in _DISPERSING or "all directions" in clause.words:
        return split_apart(draft, replace(clause, apart=True, verb="run"), who, start, end)
    if "make way" in clause.words:
        return part_for(draft, who, target, start, end)
    if clause.lemma in _GATHERING and clause.verb == "surround" and draft.kind(who) not in SWARMING:
        return gather(draft, who, target, start, end)
    return None


def hold_back(draft: SceneDraft, who: str, crowd: str, start: float, end: float) -> list[Beat]:
    """With stretched arms before a crowd that presses on, and behind the barrier that is there."""
    draft.actors[crowd] = replace(draft.actors[crowd], x=0.7, facing=-1)
    draft.place(who, x=0.36 - 0.03 * min(3, draft.actors[who].count), y=0.84, facing=1)
    draft.place(crowd, x=0.72, facing=-1)
    for id_, prop in draft.props.items():
        if prop.kind in _BARRIERS:
            draft.props[id_] = replace(prop, scale=round(min(prop.scale, 0.2 / draft.width_of(prop.kind)), 3))
            draft.start_prop(id_, x=0.47, y=0.85)
    draft.moved |= {who, crowd}
    middle = start + 0.4 * (end - start)
    on = Beat("walk", crowd, None, start, middle, draft.move(crowd, 0.68))
    return [Beat("hold back", who, None, start, end), on, Beat("shout", crowd, None, middle, end)]


def part_for(draft: SceneDraft, who: str, led: str | None, start: float, end: float) -> list[Beat]:
    """A crowd moves apart to both sides, and who is let through comes towards us between them."""
    actor, other = draft.actors[who], f"{who}_other"
    half = actor.count // 2
    for id_, count, sign in ((who, actor.count - half, -1), (other, half, 1)):
        draft.put(replace(actor, id=id_, count=count, x=0.5 + 0.16 * sign, facing=-sign, y=0.94))
    middle = start + 0.5 * (end - start)
    beats = [Beat("walk", id_, None, start, middle, draft.move(id_, 0.5 + 0.42 * sign))
             for id_, sign in ((who, -1), (other, 1))]  # fmt: skip
    if led is not None:
        draft.place(led, x=0.5, y=0.74)
        if led in draft.actors:
            draft.actors[led] = replace(draft.actors[led], scale=0.6)
        draft.start_prop(led, x=0.5)
        beats.append(Beat("come closer", led, None, start + 0.12 * (end - start), end))
    return beats


def through_a_crowd(
    draft: SceneDraft, clause: Clause, who: list[str], ids: Mapping[int, str], start: float, end: float
) -> list[Beat] | None:
    """One who goes between those behind and those before, who stand there or come the other way; None for others."""
    crowd = next((ids[k] for p, k in clause.obliques if p in ("through", "against") and k in ids), "")
    if len(who) != 1 or clause.verb not in ("walk", "run") or draft.moved & {who[0], crowd}:
        return None
    one, many = draft.actors.get(who[0]), draft.actors.get(crowd)
    if one is None or many is None or one.count > 1 or many.count <= 6 or not {one.kind, many.kind} <= {*PEOPLE}:
        return None
    against = any(p == "against" for p, _ in clause.obliques)
    other, half = f"{crowd}_other", many.count // 2
    for id_, count, y in ((crowd, many.count - half, 0.8), (other, half, 0.97)):
        draft.put(replace(many, id=id_, count=count, x=0.66 if against else 0.54, y=y, facing=-1))
    draft.actors[who[0]] = replace(one, scale=many.scale * 1.08)
    draft.place(who[0], x=0.06, y=0.88, facing=1)
    beats = [Beat(clause.verb, who[0], None, start, end, draft.move(who[0], 0.95))]
    if against:
        beats += [Beat("walk", id_, None, start, end, draft.move(id_, 0.3)) for id_ in (crowd, other)]
    return beats


def at_the_wheel(clause: Clause, mentions: Sequence[Mention], ids: Mapping[int, str]) -> dict[str, str]:
    """The driver who gets out of a vehicle in this clause, and which; nobody else's face is in it before."""
    who = [ids[k] for k in clause.subjects if k in ids and mentions[k].text in _AT_THE_WHEEL]
    cars = [ids[k] for k in clause.objects if k in ids and mentions[k].group == "vehicle"]
    return {who[0]: cars[0]} if clause.verb == "leave" and len(who) == 1 and cars else {}


def got_off(draft: SceneDraft, clause: Clause, who: str, target: str | None, start: float) -> tuple[str, str | None]:
    """The verb and its target: passengers leave the ship, bus or train that has come, onto the pier, the platform."""
    onto = clause.verb in STRIDE and any(p in ("onto", "off") for p, _ in clause.grounds)
    same = clause.verb, target
    if target is not None or start == 0.0 or who in draft.moved or draft.kind(who) not in PEOPLE:
        return same
    goes = clause.verb in ("leave", "jump", "climb", "walk", "run", "flee")
    if not (onto or (goes and clause.words & {"out", "off", "disembark"}) or clause.lemma == "disembark"):
        return same
    come = (a for a in draft.actors.values() if a.id in draft.moved and 0 < draft.x[a.id] < 1)
    coach = next((a.id for a in come if medium(a.kind) in ("water", "rail", "air") or a.kind in _COACHES), None)
    return same if coach is None else ("leave", coach)
