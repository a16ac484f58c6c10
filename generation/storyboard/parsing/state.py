"""The state of one left-to-right pass over a caption: what was read, and what waits for the next noun or verb."""

from __future__ import annotations

from .clauses import Clause, Reading
from .lexicon import Word
from .word_senses import senses_of, verb_follows


class State:
    """Read by nouns.py, verbs.py and clothing.py word by word; `out` is the Reading that grows."""

    def __init__(self, words: list[Word]):
        self.words = words
        self.out = Reading(words)
        self.sense = self.out.senses = senses_of(words)
        self.at_word: dict[int, int] = {}  # word index -> mention it ended
        self.subjects: list[int] = []
        self.subjects_used = False
        self.clause: Clause | None = None
        self.preposition: str | None = None
        self.determiner = ""
        self.count: int | None = None
        self.colours: list[str] = []
        self.linked = False  # "and" or a comma stood before
        self.step = 0.0
        self.together = self.back = False
        self.place_weight = 0.0
        self.side: float | None = None
        self.fresh = -1  # the word that made the newest mention
        self.viewed = False  # what comes next is done by the camera
        self.holding = False
        self.armed = False

    def boundary(self, full: bool = False) -> None:
        """A comma, a conjunction or (full) the end of a sentence."""
        self.preposition, self.colours, self.count, self.linked = None, [], None, True
        if full:
            self.subjects = []
            self.clause = None
            self.together = False

    def people(self) -> list[int]:
        """The indices of all mentions of people."""
        return [k for k, m in enumerate(self.out.mentions) if m.group == "person"]

    def turn(self, sign: int) -> None:
        """A direction of motion: 1 to the right, -1 to the left; the first one holds."""
        self.out.direction = self.out.direction or sign
        if self.clause is not None:
            self.clause.direction = self.clause.direction or sign

    def take(self, indices: list[int], i: int) -> None:
        """Put mentions where they belong: subject of the clause to come, object or oblique of the one that is open."""
        self.at_word[i] = indices[-1]
        preposition, self.preposition = self.preposition, None
        if self.words[i].possessive:
            preposition = "of"
        if preposition == "by" and self.clause is not None and self.clause.passive:
            self.clause.subjects = indices
        elif preposition is not None:
            if preposition == "with" and self.hold(indices):
                return
            if preposition == "with" and self.clause is None and self.subjects:
                self.subjects += indices
            elif self.clause is not None:
                self.clause.obliques += [(preposition, k) for k in indices]
            elif preposition == "between" and not self.subjects:
                self.subjects += indices
        elif self.clause is None:
            self.subjects += indices
        elif self.holding and self.hold(indices):
            pass
        elif self.linked and (verb_follows(self.words, self.sense, i) or not self.clause.objects):
            self.subjects = indices if self.subjects_used else self.subjects + indices
            self.subjects_used = False
        else:
            self.clause.objects += indices
        self.linked = False

    def hold(self, indices: list[int]) -> bool:
        """with a gun, with two bags: in somebody's hand."""
        thing = self.out.mentions[indices[-1]]
        owner = self.clause.subjects if self.clause is not None else self.subjects
        if thing.group == "prop" and owner and self.out.mentions[owner[-1]].group == "person":
            self.out.mentions[owner[-1]].holds = self.out.mentions[owner[-1]].holds or thing.kind
            thing.held = True
            return True
        return False
