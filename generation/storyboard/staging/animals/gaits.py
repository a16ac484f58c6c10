"""How animals and people go, beside where: at a gallop, hop by hop, across a road from its far side to the near one.

Reads a clause and the beats that it was staged as; gives those and the beats of the gait.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawn_tables import species
from svta.generation.storyboard.parsing.clauses import Clause
from svta.generation.storyboard.parsing.mentions import Mention
from svta.generation.storyboard.scene import ANIMALS, PEOPLE, SHORES, Beat, able

from ..actions.draft import SceneDraft

# The far side of what is crossed, as a share of the height of the picture.
FAR_SIDES: Final = {"street": 0.735, "country road": 0.75, "forest road": 0.78, "narrow road": 0.76, "driveway": 0.7,
                    "highway": 0.74, "suburb": 0.74, "village": 0.76, "crossroads": 0.74, "railway": 0.76,
                    "parking lot": 0.72}  # fmt: skip
_GALLOPS: Final = {"gallop", "canter", "sprint", "race", "charge", "bolt", "dash", "stampede", "run", "chase", "flee",
                   "rush"}  # fmt: skip
_HOPS: Final = {"hop", "bound", "bounce"}
_RUNNING: Final = ("run", "chase", "flee", "ride")
_AFOOT: Final = ("walk", "run", "sneak", "crawl", "stagger", "limp", "flee", "chase")
_SHALLOW: Final = 0.82  # the ground line in the water by a shore
_FAR: Final = 0.78  # how large one is on the far side


def in_its_gait(draft: SceneDraft, clause: Clause, beats: list[Beat], mentions: Sequence[Mention]) -> list[Beat]:
    """The beats, and over them those of the gait."""
    wading = _in_water(draft, clause, beats, mentions)
    return [*beats, *wading, *_across(draft, clause, beats), *_gallop(draft, clause, beats),
            *_jog(draft, clause, beats), *_backwards(draft, clause, beats)]  # fmt: skip


def _jog(draft: SceneDraft, clause: Clause, beats: list[Beat]) -> list[Beat]:
    """Runs towards us, or away from us."""
    runs = clause.verb == "run" or clause.lemma in _GALLOPS
    on_foot = [b for b in beats if b.verb in ("come closer", "go away") and draft.kind(b.who) in PEOPLE]
    return [Beat("jog", b.who, None, b.start, b.end) for b in on_foot if runs]


def _backwards(draft: SceneDraft, clause: Clause, beats: list[Beat]) -> list[Beat]:
    """With the back to where the way leads."""
    going = [b for b in beats if b.verb in (*_AFOOT, "leave", "enter") and b.who in draft.actors]
    if "backwards" not in clause.words or not going:
        return []
    actor, to = draft.actors[going[0].who], next((b.to for b in going if b.to is not None), None)
    if clause.step == 0 and to is not None:
        draft.actors[actor.id] = replace(actor, facing=-1 if to > actor.x else 1)
    return [Beat("backwards", actor.id, None, going[0].start, going[-1].end)]


def _in_water(draft: SceneDraft, clause: Clause, beats: list[Beat], mentions: Sequence[Mention]) -> list[Beat]:
    """Who stands in shallow water stands there, and not beside it."""
    wet = any(p == "in" and mentions[k].kind == "water" for p, k in clause.obliques)
    who = {beat.who: beat for beat in beats if beat.verb in ("stand", "walk", "look", "drink", "stop")}
    if not wet or draft.setting not in SHORES.values():
        return []
    for id_ in who:
        if id_ in draft.actors and draft.actors[id_].y > _SHALLOW:
            draft.actors[id_] = replace(draft.actors[id_], y=_SHALLOW)
    return [Beat("stand in water", id_, None, beat.start, beat.end) for id_, beat in who.items() if id_ in draft.actors]


def leading(clause: Clause) -> tuple[str, str] | None:
    """The place that a way leads into or out of; what is crossed is neither."""
    grounds = [ground for ground in clause.grounds if ground[0] != "across"]
    return next((ground for ground in grounds if ground[0] == "down"), grounds[-1] if grounds else None)


def hopping(draft: SceneDraft, clause: Clause, who: Sequence[str], targets: Sequence[str]) -> Clause:
    """The clause; a rabbit or a frog that goes somewhere by hops, onto nothing and over nothing, walks there."""
    leaps = clause.verb == "jump" and clause.lemma in _HOPS and not targets and not clause.obliques
    return replace(clause, verb="walk") if leaps and all(draft.kind(id_) in ANIMALS for id_ in who) else clause


def _gallop(draft: SceneDraft, clause: Clause, beats: list[Beat]) -> list[Beat]:
    verb = "gallop" if clause.lemma in _GALLOPS else "hop along" if clause.lemma in _HOPS else None
    movers = [
        (beat.target if beat.verb == "ride" and beat.target else beat.who, beat)
        for beat in beats
        if beat.verb in (_RUNNING if verb == "gallop" else (*_AFOOT, "leave", "enter"))
    ]
    able_to = [(who, beat) for who, beat in movers if _has_legs(draft.kind(who)) or verb == "hop along"]
    return [Beat(verb, who, None, beat.start, beat.end) for who, beat in able_to] if verb is not None else []


def _has_legs(kind: str) -> bool:
    entry = species().get(kind)
    return kind in ANIMALS and (entry is None or "walker" in entry) and kind not in ("bird", "snake", "monkey")


def _ford(draft: SceneDraft, clause: Clause, beats: list[Beat]) -> list[Beat]:
    """Cattle through a river."""
    wading = [b for b in beats if b.verb in ("walk", "run") and draft.kind(b.who) in ANIMALS and b.who in draft.actors]
    if not any(way in ("across", "through") and place in SHORES for way, place in clause.grounds):
        return []
    for beat in wading:
        draft.actors[beat.who] = replace(draft.actors[beat.who], y=0.76)
    return [Beat("ford", beat.who, None, beat.start, beat.end) for beat in wading]


def _across(draft: SceneDraft, clause: Clause, beats: list[Beat]) -> list[Beat]:
    if draft.setting in SHORES.values():
        return _ford(draft, clause, beats)
    far = FAR_SIDES.get(draft.setting)
    if far is None or "from side to side" in clause.words or not any(way == "across" for way, _ in clause.grounds):
        return []
    over = []
    for beat in beats:
        afoot = draft.kind(beat.who) in (*PEOPLE, *ANIMALS) and draft.kind(beat.who) != "cyclist"
        if not afoot or beat.verb not in _AFOOT or beat.to is None or beat.who not in draft.actors:
            continue
        actor = draft.actors[beat.who]
        first = not any(other.who == beat.who and other.start < beat.start for other in beats)
        if first and ((clause.step == 0 and not able(actor.kind, "swim")) or actor.y > far):
            draft.actors[beat.who] = replace(actor, y=far, scale=round(_FAR * actor.scale, 3))
        over.append(Beat("cross over", beat.who, None, beat.start, beat.end))
    return over
