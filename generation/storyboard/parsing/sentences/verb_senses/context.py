"""Verbs that mean another one by the rest of their sentence: points a gun at a clerk, irons a shirt and burns it.

Reads a Reading whose clauses are complete; changes verbs, subjects and objects by what else the caption tells.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Final

from ...clauses import Clause, Reading
from ...mentions import Mention

_TEACHING: Final = ("teach", "ask", "tell", "order", "invite", "force", "urge")
_SEATS: Final = ("chair", "stool", "bench", "sofa", "bed", "hammock", "swing")
_WITH_SCREENS: Final = ("phone", "tablet", "laptop", "television", "computer", "watch", "smartwatch", "camera")
_BREAKS: Final = ("crack", "shatter", "smash", "split")
_TALKING: Final = ("shake hands", "talk", "shout", "whisper", "hug", "kiss")
_ONLOOKING: Final = ("watch", "film", "look", "see", "notice", "record", "photograph", "ignore", "observe", "witness")
_FIGHTS: Final = ("fight", "brawl", "scuffle", "quarrel", "fist fight", "wrestling match", "boxing match", "duel")


def as_the_sentence_has_it(reading: Reading) -> None:
    """All of these for the clauses of a sentence."""
    _taught(reading)
    _by_an_iron(reading)
    _onto_a_seat(reading)
    _screens(reading)
    burnt = ("burnt", "charred", "scorched")
    reading.states = [replace(state, verb="char") if state.verb == "burn" and reading.words[state.at].text in burnt
                      else state for state in reading.states]  # fmt: skip
    for clause in reading.clauses:
        _at_gunpoint(reading, clause)
        _painted_in(reading, clause)
        _over_a_table(reading, clause)


def _at_gunpoint(reading: Reading, clause: Clause) -> None:
    """Points a pistol at a clerk: holds it, and threatens the clerk; balances on a beam: stands on it."""
    guns = [k for k in clause.objects if reading.mentions[k].kind in ("gun", "rifle")]
    aimed = [k for k in (*clause.objects, *(j for _, j in clause.obliques)) if k not in guns]
    if clause.lemma in ("point", "aim") and guns and aimed and clause.subjects:
        clause.verb, clause.objects, clause.obliques = "threaten", aimed[:1], []
        doer = reading.mentions[clause.subjects[0]]
        doer.holds, reading.mentions[guns[0]].held = reading.mentions[guns[0]].kind, True
    upon = [k for p, k in clause.obliques if p in ("on", "along") and reading.mentions[k].group == "prop"]
    if clause.lemma == "balance" and upon and not clause.objects:
        clause.verb = "stand"
    lenses = ("microscope", "telescope", "peephole")
    seen = [*clause.objects, *(k for _, k in clause.obliques)]
    if clause.verb == "look" and any(reading.mentions[k].kind in lenses for k in seen):
        clause.verb = "stoop"
    over = [k for p, k in clause.obliques if p == "over" and reading.mentions[k].group in ("person", "animal")]
    if clause.verb == "lean" and over and all(reading.mentions[k].group == "prop" for k in clause.objects):
        clause.verb, clause.objects = "stoop", over


def _painted_in(reading: Reading, clause: Clause) -> None:
    """Paints a fence green: with a roller of that colour."""
    if clause.verb != "paint" or not clause.subjects:
        return
    for i in range(clause.at + 2, len(reading.words)):
        last = i + 1 == len(reading.words) or not (reading.words[i + 1].senses or reading.words[i + 1].text.isalpha())
        ends = (
            last or reading.senses[i + 1] in ("preposition", "meanwhile", "after") or reading.words[i + 1].text == "and"
        )
        if reading.senses[i] == "colour" and ends:
            painter = reading.mentions[clause.subjects[-1]]
            painter.holds, painter.held_colour = painter.holds or "paint roller", reading.words[i].senses["colour"]
            reading.particles.add(i)
            return


def _over_a_table(reading: Reading, clause: Clause) -> None:
    """Who shakes hands over a chess board stands on both sides of it."""
    if clause.verb in _TALKING and not clause.objects and len(reading.clauses) == 1:
        over = [k for p, k in clause.obliques if p in ("over", "across") and reading.mentions[k].group == "prop"]
        clause.obliques = [(("between", k) if k in over else (p, k)) for p, k in clause.obliques]


def _taught(reading: Reading) -> None:
    """Who is taught or asked to do something does it: teaches a man to play."""
    for first in [c for c in reading.clauses if c.lemma in _TEACHING and c.objects]:
        then = next((c for c in reading.clauses if c.at > first.at and reading.words[c.at].infinitive), None)
        pupils = [k for k in first.objects if reading.mentions[k].group == "person"]
        if then is not None and pupils and then.subjects == first.subjects:
            then.subjects = pupils
            then.step = first.step if first.lemma in ("teach", "show") else then.step


def _by_an_iron(reading: Reading) -> None:
    """Who irons a shirt and burns it lights no fire: it is black where the iron was."""
    for one, two in pairwise(sorted(reading.clauses, key=lambda clause: clause.at)):
        if one.verb == "iron" and two.lemma in ("burn", "scorch", "singe") and one.subjects == two.subjects:
            two.verb = "char"
            for k in two.objects:
                mention = reading.mentions[k]
                mention.absent = mention.absent or mention.kind == "hole"
            two.objects = [k for k in two.objects if not reading.mentions[k].absent]
            two.obliques = []


def _onto_a_seat(reading: Reading) -> None:
    """Who sits down and whose chair breaks then sits down on that one."""
    for one, two in pairwise(sorted(reading.clauses, key=lambda clause: clause.at)):
        alone = one.verb == "sit" and not one.objects and not one.obliques and bool(one.subjects)
        seats = [k for k in two.subjects if reading.mentions[k].kind.endswith(_SEATS)]
        if alone and seats and two.verb in ("smash", "split", "shatter", "collapse", "crack"):
            one.obliques = [("on", seats[0])]
            two.obliques = two.obliques or [("under", one.subjects[0])]


def _screens(reading: Reading) -> None:
    """The screen that cracks is the one of the phone or television which the caption names."""
    devices = [k for k, mention in enumerate(reading.mentions) if mention.kind in _WITH_SCREENS]
    for clause in reading.clauses:
        before = reading.words[clause.at - 1].text if clause.at else ""
        if devices and before in ("screen", "display", "glass") and clause.verb in _BREAKS and not clause.objects:
            clause.verb, clause.subjects = "crack", devices[-1:]


def seen_fighting(reading: Reading) -> None:
    """Who watches A FIGHT does not fight: two others do."""
    for watching, clause in zip(reading.clauses, reading.clauses[1:]):
        word = reading.words[clause.at]
        told = word.determiner and (word.text in _FIGHTS or clause.lemma in _FIGHTS) and watching.lemma in _ONLOOKING
        if not told or clause.subjects or watching.objects:
            continue
        reading.mentions.append(Mention("person", "person", 2, text="fighters"))
        clause.subjects, clause.step = [len(reading.mentions) - 1], watching.step
        clause.words |= {"each other"}
        watching.objects = [*clause.subjects]
