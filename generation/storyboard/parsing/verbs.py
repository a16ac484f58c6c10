"""Verbs of a caption -> clauses: subjects before it, objects after it, turned round by a passive."""

from __future__ import annotations

from typing import Final

from .clauses import Clause
from .state import State
from .word_senses import attributive

_NOT_PASSIVE: Final = {"walk", "run", "stand", "sit", "lie", "leave", "enter", "go", "fall", "sleep", "look"}


def read_verb(s: State, i: int) -> None:
    word = s.words[i]
    viewed, s.viewed = s.viewed, False
    if word.negated or (viewed and not s.subjects):  # the video shows, the screen turns, the camera follows
        return
    if not s.subjects and i and s.sense[i - 1] == "place" and not s.out.mentions:
        return  # big waves hit the beach
    if word.ending in ("ed", "ing") and not word.auxiliary and attributive(s.words, s.sense, i):
        return
    before = s.words[i - 1] if i else word
    by = any(w.text == "by" for w in s.words[i + 1 : i + 3])
    participle = word.ending == "ed" and not word.auxiliary and by and s.at_word.get(i - 1) is not None
    passive = (word.ending == "ed" and word.auxiliary and word.lemma not in _NOT_PASSIVE) or participle
    loose = word.ending in ("ing", "ed") and not word.auxiliary and not s.linked
    subjects = _subjects(s, i, loose and (word.ending == "ing" or participle))
    if s.out.clauses:
        if s.back:
            s.step -= 0.5
        elif not (s.together or (word.ending == "ing" and not word.auxiliary)):
            s.step = max(c.step for c in s.out.clauses) + 1
    clause = Clause(word.senses.get("verb", "leave"), word.lemma or word.text, i, s.step)
    if word.lemma == "park" and word.ending == "ed" and (word.auxiliary or s.at_word.get(i - 1) is not None):
        clause.verb, passive = "stop", False  # cars parked on the street stand there
    s.holding = loose and word.ending == "ing" and word.lemma in ("hold", "carry", "wield", "bring")
    clause.down = any("down" in p or "ground" in p for p in word.parts)
    clause.passive = passive
    clause.objects, clause.subjects = (list(subjects), []) if passive else ([], list(subjects))
    if before.text in ("tried", "trying", "failed", "try") and s.out.clauses:
        clause.step = s.out.clauses[-1].step
    s.out.clauses.append(clause)
    s.clause, s.subjects_used, s.together, s.back = clause, True, False, False
    s.subjects, s.determiner = list(subjects), ""
    s.preposition, s.colours, s.count, s.linked = None, [], None, False


def _subjects(s: State, i: int, participle: bool) -> list[int]:
    if participle and (k := s.at_word.get(i - 1)) is not None:
        ridden = s.out.mentions[k].group in ("vehicle", "prop") and s.words[i].lemma in (
            "ride",
            "hold",
            "carry",
        )
        if not ridden:
            return [k]
    return s.subjects
