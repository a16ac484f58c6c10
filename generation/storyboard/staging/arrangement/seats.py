"""Who sits on sofas and chairs, lies in beds and is in a wheelchair from the first frame on.

Reads a Reading and the ids of its mentions; changes places of a SceneDraft and gives beats of sitting and lying.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from svta.generation.storyboard.drawn_tables import handwork
from svta.generation.storyboard.parsing.clauses import Reading
from svta.generation.storyboard.parsing.relations import relations
from svta.generation.storyboard.scene import PEOPLE, Beat

from ..actions.draft import SceneDraft

_TAKEN_OFF: Final = ("carry", "lift", "drag", "pull", "put", "push", "handcuff", "leap at", "strangle")
_SEATS: Final = ("sofa", "bed", "bench", "chair", "armchair", "stool", "piano stool", "rocking chair", "office chair",
                 "high chair", "wheelchair")  # fmt: skip
_SEATED: Final = {"look", "phone", "eat", "drink", "talk", "type", "write", "read", "strum", "photograph", "smoke"}
_BEDS: Final = ("bed", "hospital bed", "crib", "hammock", "bunk bed", "stretcher")


def seats(reading: Reading, draft: SceneDraft, ids: Mapping[int, str]) -> list[Beat]:
    """Who reads, eats or talks on a sofa sits there all the time."""
    doing = {k for clause in reading.clauses if _seated(clause.verb) for k in clause.subjects}
    acting = {k for clause in reading.clauses for k in clause.subjects}
    suffering = {
        k for clause in reading.clauses if _seated(clause.verb)
        for k in (*clause.objects, *(k for p, k in clause.obliques if p == "of"))
    } - acting  # fmt: skip
    idle = {k for k, m in enumerate(reading.mentions) if m.group == "person" and not m.absent} - acting
    lifted = {k for c in reading.clauses if c.verb in _TAKEN_OFF for k in (*c.objects, *(j for _, j in c.obliques))}
    doing |= idle - lifted
    doing -= {
        k for clause in reading.clauses if clause.verb == "sit" and "down" in clause.words for k in clause.subjects
    }
    quiet = {k for clause in reading.clauses if clause.verb in _SEATED for k in clause.subjects}
    doing |= {k for k in suffering if reading.mentions[k].group == "person"}  # whose hair is cut in a chair
    sitting = []
    high = {r.figure for r in relations(reading) if draft.kind(ids.get(r.ground, "")) == "high chair"}
    doing |= {k for k in high if reading.mentions[k].group == "person"}  # whatever they do there
    for relation in relations(reading):
        names = [*(k for k in doing if k == relation.figure), *_owners(reading, quiet, relation.figure)]
        ground = ids.get(relation.ground, "")
        if relation.preposition in ("on", "in") and names and draft.kind(ground) in _SEATS and names[0] in ids:
            draft.place(ids[names[0]], x=draft.x[ground], y=draft.y(ground) if names[0] in idle else None)
            draft.resting.add(ids[names[0]])
            sitting.append(Beat("sit", ids[names[0]], ground))
    return sitting + _in_bed(reading, draft, ids)


def _in_bed(reading: Reading, draft: SceneDraft, ids: Mapping[int, str]) -> list[Beat]:
    """A patient in a bed lies in it, unless a verb says what they do there."""
    acting = {k for clause in reading.clauses for k in clause.subjects}
    lying = []
    for relation in relations(reading):
        who, bed = ids.get(relation.figure, ""), ids.get(relation.ground, "")
        fits = relation.preposition in ("in", "on") and draft.kind(bed) in _BEDS and who in draft.actors
        if fits and relation.figure not in acting and who not in draft.resting:
            draft.place(who, x=draft.x[bed], y=draft.y(bed))
            draft.resting.add(who)
            lying.append(Beat("lie", who, bed))
    return lying


def _seated(verb: str) -> bool:
    return verb in _SEATED or verb in handwork()


def _owners(reading: Reading, doing: set[int], thing: int) -> list[int]:
    """Who does something with a thing: reads the book that is said to be on the sofa."""
    return [k for clause in reading.clauses if thing in clause.objects for k in clause.subjects if k in doing]


def in_wheelchairs(reading: Reading, draft: SceneDraft, ids: Mapping[int, str]) -> None:
    """Who is named with "in a wheelchair" or "on a bicycle" right behind sits there from the first frame on."""
    for i, k in reading.mention_at.items():
        who, chair = ids.get(reading.mention_at.get(i - 2, -1), ""), ids.get(k, "")
        seated = {"wheelchair": "in", "bicycle": "on", "motorcycle": "on", "scooter": "on", "skateboard": "on"}.get(
            draft.kind(chair)
        )
        if seated is not None and reading.words[i - 1].text == seated and draft.kind(who) in PEOPLE:
            draft.wheeled[who] = chair
            draft.place(chair, x=draft.x[who], y=draft.y(who), facing=draft.actors[who].facing)
            draft.start_prop(chair, x=draft.x[who], y=draft.y(who))
