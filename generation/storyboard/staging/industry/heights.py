"""Work at a height: on a scaffold, a lift or a roof, from which tools fall to the ground.

Reads a Reading and the SceneDraft before anything happens (go_up), and an Event of who is up there (up_there).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.pen import PERSON
from svta.generation.storyboard.drawn_tables import handwork
from svta.generation.storyboard.parsing.clauses import Reading
from svta.generation.storyboard.parsing.relations import relations
from svta.generation.storyboard.scene import PEOPLE, Beat, Prop

from ..actions.draft import GROUND, Event, SceneDraft
from ..actions.equipment import in_hand

# How high one stands there, local units.
_FLOORS: Final = {"scaffold": 0.49, "scissor lift": 0.54, "house roof": 0.98, "house": 0.98}
_ROOFERS: Final = ("roofer", "roofers")
_STAYING: Final = ("drop", "wave", "throw", "type", "work", "look", "shout", "repair", "point", "talk", "phone",
                   "build", "paint", "stand", "spray", "lay bricks", "stop", "clean")  # fmt: skip
_GOING: Final = ("fall", "plunge", "jump", "climb", "slip", "trip", "land", "leave", "walk", "run", "faint", "dangle")
_HIGHEST: Final = 0.68  # of a scaffold and a house, as a share of the frame
_ROOM: Final = 0.5
_TOPS: Final = ("balcony front", "house roof")
_AIDS: Final = ("ladder", "step ladder", "drainpipe", "rope", "hanging rope")
_SMALL: Final = 0.68  # of those who are up there


def go_up(reading: Reading, draft: SceneDraft, ids: Mapping[int, str]) -> None:
    """Note who works on what is high: on a scaffold, on the roof that is repaired; roofers have a roof."""
    going = {k for clause in reading.clauses if clause.verb in _GOING for k in clause.subjects}
    told = [(r.figure, r.ground) for r in relations(reading, ("on", "from", "atop"))]
    for clause in reading.clauses:
        told += [(k, where) for k in clause.subjects for p, where in clause.obliques if p in ("on", "from", "off")]
        roofs = [j for j in clause.objects if draft.kind(ids.get(j, "")) == "house roof"]
        told += [(k, roof) for k in clause.subjects for roof in roofs]
    for k, where in told:
        who, high = ids.get(k, ""), ids.get(where, "")
        known = draft.kind(high) in _FLOORS and (draft.kind(high) != "house" or _on_its_roof(reading, where))
        if k not in going and draft.kind(who) in PEOPLE and known:
            draft.aloft[who] = high
    for k, mention in enumerate(reading.mentions):
        who = ids.get(k, "")
        works = any(k in clause.subjects for clause in reading.clauses) and not mention.prone
        if mention.text in _ROOFERS and works and who in draft.actors and k not in going and who not in draft.aloft:
            draft.put(Prop("roof", "house roof", None, 0.5, GROUND))
            draft.aloft[who] = "roof"
    for clause in reading.clauses if draft.aloft else ():  # what is handed up there
        to = {ids.get(k, "") for k in clause.objects} | {ids.get(k, "") for p, k in clause.obliques if p == "to"}
        there = next((draft.aloft[id_] for id_ in to if id_ in draft.aloft), None)
        giver = next((ids[k] for k in clause.subjects if ids.get(k) in draft.actors), None)
        if clause.verb == "give" and there is not None and giver is not None and giver not in draft.aloft:
            draft.aloft[giver] = there
    for who, high in draft.aloft.items():
        _stand(draft, who, high)
    if len(draft.aloft) == 2 and len({*draft.aloft.values()}) == 1:
        for who, aside, side in zip(draft.aloft, (0.06, -0.07), (-1, 1)):
            draft.place(who, x=draft.x[draft.aloft[who]] + aside, facing=side)


def _on_its_roof(reading: Reading, k: int) -> bool:
    return any(reading.words[i].part == "roof" for i, named in reading.mention_at.items() if named == k)


def _stand(draft: SceneDraft, who: str, high: str) -> None:
    most = _HIGHEST if draft.kind(high) == "scaffold" else _ROOM
    if draft.height(high) > most:  # room for who stands on it
        old = draft.props[high]
        draft.props[high] = replace(old, scale=round(old.scale * most / draft.height(high), 3))
    draft.start_prop(high, x=0.54, y=GROUND)
    actor = draft.actors[who]
    draft.actors[who] = replace(actor, scale=round(actor.scale * _SMALL * draft.props[high].scale, 3))
    floor = GROUND - _FLOORS[draft.kind(high)] * PERSON * draft.props[high].scale
    aside = -0.06 if actor.count == 1 else 0.05 if actor.count == 2 else 0.0
    draft.place(who, x=draft.x[high] + aside, y=round(floor, 4), facing=1)


def up_there(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """What somebody does who is up there; None for who is not, or who leaves it."""
    if e.who not in draft.aloft or e.who in draft.moved:
        return None
    if e.verb not in _STAYING and e.verb not in handwork():
        return None
    thing = e.target if e.target in draft.props and e.target != draft.aloft[e.who] else None
    if e.verb in ("drop", "throw") and thing is not None:
        in_hand(draft, e.who, thing)
        draft.moved.add(thing)
        return [Beat("drop", e.who, thing, e.start, e.end)]
    verb = {"repair": "hammer", "type": "hammer", "work": "hammer", "build": "lay bricks"}.get(e.verb, e.verb)
    worked = _behind_it(draft, e, thing) if thing is not None and verb in handwork() else []
    return [Beat(verb, e.who, None, e.start, e.end), *worked]


def _behind_it(draft: SceneDraft, e: Event, thing: str) -> list[Beat]:
    """A wall that is painted stands behind the scaffold; a beam that is welded lies on it."""
    high, old = draft.aloft[e.who], draft.props[thing]
    if thing in draft.moved:
        return []
    if draft.height(thing) > 0.25:
        draft.props[thing] = replace(old, scale=round(old.scale * 1.3, 3))
        draft.start_prop(thing, x=draft.x[high], y=GROUND - 0.02)
        return [Beat(e.verb, thing, None, e.start, e.end)] if "alters" in handwork().get(e.verb, {}) else []
    draft.props[thing] = replace(old, scale=round(min(1.0, 0.16 / max(0.01, draft.width(thing))), 3))
    draft.start_prop(thing, x=draft.x[e.who] + 0.11, y=draft.actors[e.who].y - 0.1)
    return []


def up_onto(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Up a ladder or a drainpipe, or by the wall itself, and over onto a balcony or a roof; None for all others."""
    tops = (id_ for id_ in (e.target, e.goal, e.passed) if draft.kind(id_ or "") in _TOPS)
    top = next(tops, None) or next((id_ for id_ in draft.props if draft.kind(id_) in _TOPS), None)
    if e.verb not in ("climb", "jump") or top is None or e.who in draft.moved or e.who not in draft.actors:
        return None
    if e.source is not None or {"down", "off"} & {*e.words, e.preposition}:
        return None
    draft.lower_to(top, 0.6)
    draft.start_prop(top, x=0.66, y=GROUND)
    actor = draft.actors[e.who]
    draft.actors[e.who] = replace(actor, scale=round(min(0.62, actor.scale) / (1.4 if actor.count > 1 else 1.0), 3))
    wide, x = draft.width(top), draft.x[top]
    foot = x - (0.32 if draft.kind(top) == "balcony front" else 0.5) * wide
    aid = next((id_ for id_ in draft.props if draft.kind(id_) in _AIDS and id_ != top), None)
    if aid is not None:
        tall = draft.height(top) * (1.0 if draft.kind(aid) == "drainpipe" else 0.72)
        prop = draft.props[aid]
        draft.props[aid] = replace(prop, scale=round(prop.scale * tall / draft.height(aid), 3))
        foot = x - wide / 2 - draft.width(aid) / 2 + 0.01 if draft.kind(aid) == "drainpipe" else foot
        draft.start_prop(aid, x=foot, y=GROUND + (0.0 if draft.kind(aid) == "drainpipe" else 0.005))
    draft.place(e.who, x=max(0.06, foot - 0.22), y=GROUND + 0.01, facing=1)
    near = e.start + 0.2 * (e.end - e.start)
    walk = Beat("walk", e.who, None, e.start, near, draft.move(e.who, foot))
    onto = x - (0.18 * wide if draft.kind(top) == "balcony front" else 0.0)
    return [walk, Beat("climb onto", e.who, top, near, e.end, draft.move(e.who, onto))]
