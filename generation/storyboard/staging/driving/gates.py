"""Through gates: into garages, up to a gate or barrier, through one that opens or was opened; green before one crosses.

Reads an Event and the SceneDraft; gives Beats, and puts everybody where they have to begin.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from svta.generation.storyboard.parsing.clauses import Clause
from svta.generation.storyboard.parsing.mentions import Mention
from svta.generation.storyboard.scene import PEOPLE, VEHICLES, Beat

from ..actions.doorways import GATES, before_the_gate
from ..actions.draft import GROUND, Event, SceneDraft
from ..actions.equipment import walk_to
from ..actions.ways import ON_THE_WAY

_PASSING: Final = ("leave", "enter", "drive")
_RAMMING: Final = {"crash", "collide", "hit", "ram", "smash", "bump", "plough", "plow"}


def through_the_gate(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Into a garage or out of it, at its open end on the right: its wall hides what is inside."""
    garage = next(
        (id_ for id_ in (e.target, e.goal, e.source, e.passed, e.near) if draft.kind(id_ or "") == "garage"), None
    )
    driven = e.verb in ("drive", "reverse", "enter", "leave", "crash", "collide") and not e.words & _RAMMING
    if garage is None or not driven or e.who in draft.moved or e.who not in draft.actors:
        return None
    inside, outside = 0.27, 0.79
    draft.start_prop(garage, x=inside, y=0.83)
    out = garage == e.source or "out" in e.words or e.verb == "leave"
    backwards = e.verb == "reverse"
    draft.place(e.who, x=inside if out else outside, y=GROUND, facing=1 if out or backwards else -1)
    to = draft.move(e.who, outside if out else inside)
    return [Beat("reverse" if backwards else "drive", e.who, None, e.start, e.end, to)]


def at_a_gate(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A vehicle that stops before a gate or barrier, or drives through one that opens; None for all others."""
    gate = next((id_ for id_ in (e.near, e.target, e.goal, e.passed) if draft.kind(id_ or "") in GATES), None)
    if gate is None or e.who in draft.moved or draft.kind(e.who) not in VEHICLES or e.words & _RAMMING:
        return None
    stops = e.verb in ("stop", "stand", "pull up", "slow down") and e.preposition in (None, "at", "before")
    through = e.verb in ("drive", "enter", "leave") and e.passed == gate and e.words.isdisjoint({"break", "over"})
    if not (stops or (through and draft.kind(gate) != "barrier")):
        return None
    before_the_gate(draft, e.who, gate)
    if stops:
        x = draft.x[e.who]
        if e.verb == "stand":
            return [Beat("stand", e.who, None, e.start, e.end)]
        draft.start_at(e.who, draft.beyond(e.who, -1))
        return [Beat("pull up", e.who, None, e.start, e.start + 0.65 * (e.end - e.start), draft.move(e.who, x))]
    opened = e.start + 0.35 * (e.end - e.start)
    return [
        Beat("open", gate, None, e.start, opened),
        Beat("drive", e.who, None, opened, e.end, draft.move(e.who, 1.4)),
    ]


def work_barrier(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Somebody lifts or lowers a barrier, beside which they stand; None for all others."""
    if draft.kind(e.target or "") != "barrier" or e.target is None or draft.kind(e.who) not in PEOPLE:
        return None
    down = e.verb in ("close", "lower", "put") or "down" in e.words
    if not down and e.verb not in ("lift", "raise", "rise", "open", "carry"):
        return None
    way = walk_to(draft, e.who, e.target, e.start, e.start + 0.3 * (e.end - e.start))
    begun = way[-1].end if way else e.start
    reach = Beat("press", e.who, e.target, begun, (begun + e.end) / 2)
    return [*way, reach, Beat("close" if down else "open", e.target, None, begun, e.end)]


def settle_at_gate(draft: SceneDraft, gate: str, opener: str, others: list[str]) -> None:
    """Who comes through a gate stands on its left, who opens it for them on its right; alone it is on the left."""
    driven = any(draft.kind(id_) in VEHICLES for id_ in others)
    draft.start_prop(gate, x=0.66 if driven else 0.54, y=GROUND - 0.01)
    draft.props[gate] = replace(
        draft.props[gate], scale=1.0 if draft.kind(gate) == "iron gate" else 1.8 if driven else 1.3
    )
    for id_ in others:
        many = draft.actors[id_].count > 1 and draft.kind(id_) not in PEOPLE
        draft.actors[id_] = replace(draft.actors[id_], scale=(0.7 if many else 1.0) * draft.actors[id_].scale)
        draft.place(id_, x=0.34 if many else 0.2, y=GROUND, facing=1)
    draft.place(opener, x=0.84 if others else 0.2, facing=-1 if others else 1)


def through_opened_gate(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """In or out by a gate that somebody has opened; None for all others."""
    gate = next((id_ for id_ in draft.opened if draft.kind(id_) in GATES), None)
    led = e.words & {"in", "out", "through", "inside"} or (draft.kind(gate or "") == "barrier" and e.verb in _PASSING)
    if gate is None or not led or e.who not in draft.actors:
        return None
    if e.target not in (None, gate) or e.goal is not None or e.verb not in {*ON_THE_WAY, "rise"}:
        return None
    sign = 1 if draft.x[e.who] <= draft.x[gate] else -1
    wide = draft.actors[e.who].count > 1 or draft.kind(e.who) in VEHICLES
    to = draft.move(e.who, 0.5 + 0.9 * sign if wide else draft.x[gate] + 0.36 * sign)
    verb = {"enter": "walk", "leave": "walk", "climb": "walk"}.get(e.verb, e.verb)
    verb = "drive" if draft.kind(e.who) in VEHICLES else verb
    if gate not in draft.unlocked:
        return [Beat(verb, e.who, None, e.start, e.end, to)]
    middle = e.start + 0.25 * (e.end - e.start)
    return [Beat("open", gate, None, e.start, middle), Beat(verb, e.who, None, middle, e.end, to)]


def note_opened(draft: SceneDraft, clause: Clause, mentions: Sequence[Mention], ids: Mapping[int, str]) -> None:
    """What has been opened by now: doors, gates, a barrier that has gone up; who knocks has come to the door."""
    told = (*clause.subjects, *clause.objects)
    up = clause.verb in ("lift", "rise") and any(mentions[k].kind == "barrier" for k in told)
    unlocked = "unlock" in clause.words and any(mentions[k].kind in GATES for k in told)
    if not (up or unlocked or clause.verb in ("open", "knock")):
        return
    draft.unlocked |= {ids[k] for k in told if unlocked and k in ids}
    named = (*told, *(k for _, k in clause.obliques))
    draft.moved |= {ids[k] for k in clause.subjects if clause.verb == "knock" and k in ids}
    draft.opened |= {ids[k] for k in named if k in ids}


def green_first(clauses: Sequence[Clause], mentions: Sequence[Mention], ids: Mapping[int, str]) -> set[str]:
    """Nobody crosses before the light is green; the lights of which it is told."""
    for clause in clauses:
        at_once = any(other.step == clause.step for other in clauses if other is not clause)
        if at_once and any(mentions[k].kind == "traffic light" for k in clause.subjects):
            clause.step -= 0.5
    lights = (k for clause in clauses for k in clause.subjects if mentions[k].kind == "traffic light")
    return {ids[k] for k in lights if k in ids}
