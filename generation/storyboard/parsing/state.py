"""The state of one left-to-right pass over a caption: what was read, and what waits for the next noun or verb."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from .clauses import Clause, Denial, Lasting, Reading
from .lexicon import Word
from .noun_or_verb import senses_of

_BODY: Final = ("head", "hand", "arm", "lap", "face", "foot", "leg", "shoulder", "back", "hair", "knee", "chest")
_HURT: Final = ("injure", "wound", "hurt")
_ARMED: Final = ("hit", "stab", "threaten", "shoot", "smash", "break in", "spray", "kick", "strangle")
_HOLDING: Final = ("person", "animal")

_BEGINNING: Final = ("start", "starts", "started", "begin", "begins", "began")


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
        self.counted: int | None = None  # the word that said so
        self.grouped: int | None = None  # and the word of the group before it: a QUEUE of eight
        self.colours: list[str] = []
        self.where: int | None = None  # the thing that a clause after "where" happens at
        self.size_at: int | None = None  # the word that says how large the next thing is
        self.grouped_size: int | None = None  # the word before a group: a LARGE group of men
        self.linked = False  # "and" or a comma stood before
        self.step = 0.0
        self.together = self.back = False
        self.place_weight = 0.0
        self.sky: int | None = None  # the weather that may be the subject of the next verb
        self.side: float | None = None
        self.side_at = 0
        self.of_them = False  # a group of ...
        self.part = False  # one of them
        self.fresh = -1  # the word that made the newest mention
        self.rest: list[int] = []  # of a group, those who are left when one of them has been told of
        self.viewed = False  # what comes next is done by the camera
        self.holding = False
        self.armed = self.drunk = self.unconscious = False
        self.worn: str | None = None  # by the adjective before who wears it: a bearded man
        self.adjectives: list[int] = []  # verb forms that wait for their noun: burning, parked
        self.without = self.negated = False  # "without", "no" or "not" stood before what comes next
        opens = bool(words) and words[0].text in ("before", "after", "when", "while", "as")
        self.fronted = opens and all(word.text != "," for word in words)  # and no comma says where that clause ends
        self.front_end: int | None = next((j for j, word in enumerate(words) if word.text == ","), None)

    def boundary(self, full: bool = False) -> None:
        """A comma, a conjunction or (full) the end of a sentence."""
        self.preposition, self.colours, self.count, self.linked = None, [], None, True
        self.size_at = None
        self.without = self.negated = False
        self.sky = None
        if full:
            self.subjects = []
            self.clause = None
            self.together = False

    def denies(self, i: int, group: str, name: str, subjects: Sequence[int] = ()) -> bool:
        """True, and noted, if "no", "not" or "without" stood before word i, the name of a kind or verb."""
        things = [d.at for d in self.out.denials[-1:] if d.group != "verb" and i - 4 < d.at < i]
        either = any(word.text in ("or", "nor") for at in things for word in self.words[at + 1 : i])
        if not (self.negated or self.without or (either and group != "verb")):  # without stalls OR CARS
            return False
        self.out.denials.append(Denial(i, group, name, self.words[i].text, tuple(subjects)))
        self.negated = self.without = False
        return True

    def people(self) -> list[int]:
        """The indices of all mentions of people."""
        return [k for k, m in enumerate(self.out.mentions) if m.group == "person"]

    def turn(self, sign: int, i: int) -> None:
        """A direction of motion said by word i: 1 to the right, -1 to the left; the first one holds."""
        self.out.turns[i] = (sign, self.clause.at if self.clause is not None else None)
        self.out.direction = self.out.direction or sign
        if self.clause is not None:
            self.clause.direction = self.clause.direction or sign

    def qualify(self, mention: int | None) -> None:
        """The verb forms before a noun say how it is all the time."""
        who = self.out.mentions[mention] if mention is not None else None
        for i in self.adjectives:
            if self.words[i].lemma in _HURT and who is not None and who.group == "person":
                who.worn, who.prone = ", ".join(filter(None, (who.worn, "bandage"))), True
                self.out.states.append(Lasting(i, "hurt", mention))
                continue
            parked = self.words[i].lemma == "park" and self.words[i].ending == "ed"
            self.out.states.append(Lasting(i, "stop" if parked else self.words[i].senses["verb"], mention))
        self.adjectives = []
        if who is not None and who.group == "person":
            who.prone |= self.unconscious
            who.holds = who.holds or ("bottle" if self.drunk else None)
            self.drunk = self.unconscious = False

    def take(self, indices: list[int], i: int) -> None:
        """Put mentions where they belong: subject of the clause to come, object or oblique of the one that is open."""
        self.at_word[i] = self.out.mention_at[i] = indices[-1]
        preposition, self.preposition = self.preposition, None
        seeking = self.clause is not None and self.clause.lemma in ("look", "search", "hunt")
        sought = seeking and self.clause is not None and (preposition == "for" or "for" in self.clause.words)
        if sought and self.out.mentions[indices[-1]].group == "prop":
            self.out.mentions[indices[-1]].absent = True  # it is not there
            return
        if preposition is not None and self.out.mentions[indices[-1]].absent:
            return
        if self.words[i].possessive and not (preposition in ("on", "onto", "over", "in") and self._on_a_body(i)):
            preposition = "of"
        if preposition == "by" and self.clause is not None and self.clause.passive:
            self.clause.subjects = indices
        elif preposition is not None:
            if preposition == "with" and self.hold(indices):
                return
            if preposition == "with" and self.clause is None and self.subjects:
                if self.out.mentions[indices[-1]].kind == "lights":  # a police car with flashing lights
                    self.out.mentions[indices[-1]].inner = True
                    return
                self.subjects += indices
            elif self.clause is not None:
                self.clause.obliques += [(preposition, k) for k in indices]
            elif preposition == "between" and not self.subjects:
                self.subjects += indices
        elif self.clause is None:
            nobody = all(self.out.mentions[k].text in ("nobody", "no one", "noone") for k in self.subjects)
            if self.linked and (nobody or self._told(i)) and verb_follows(self.words, self.sense, i):
                self.subjects = []  # there is no one there, the door is open, and the lights flicker
            self.subjects += indices
        elif self.holding and self.hold(indices):
            pass
        elif self.fronted and verb_follows(self.words, self.sense, i):  # before the truck arrives TWO WORKERS open it
            self.subjects, self.subjects_used = indices, False
            self.fronted, self.front_end = False, i
        elif self.linked and (verb_follows(self.words, self.sense, i) or not self.clause.objects):
            self.subjects = indices if self.subjects_used else self.subjects + indices
            self.subjects_used = False
        elif (way := self._aimed_with(i, indices)) is not None:
            self.clause.obliques += [(way, k) for k in indices]
        else:
            self.clause.objects += indices
            slipped = "slip" in self.clause.words and "off" not in self.clause.words
            if slipped and self.out.mentions[indices[0]].group == "prop":
                self.clause.verb = "hide"  # slips a bottle into a coat
        self.linked = False

    def _aimed_with(self, i: int, indices: list[int]) -> str | None:
        """Throws rice at a bride AND GROOM: the preposition of the one before, if both are people or animals."""
        if not self.linked or self.clause is None or not self.clause.objects or not self.clause.obliques:
            return None
        preposition, before = self.clause.obliques[-1]
        at = max((n for n, k in self.at_word.items() if k == before and n < i), default=i)
        groups = {self.out.mentions[k].group for k in (before, *indices)}
        pair = [word.text for word in self.words[at + 1 : i]][:1] == ["and"] and groups in ({"person"}, {"animal"})
        return preposition if pair and preposition == "at" else None

    def _told(self, i: int) -> bool:
        """The chapel is empty: a sentence of its own, whose subject does not do what follows."""
        last = max((at for at, k in self.at_word.items() if k in self.subjects and at < i), default=i)
        links = [at for at in range(last + 1, i) if self.words[at].text in ("and", "but", "yet", ",")]
        return bool(links) and any(word.auxiliary for word in self.words[last + 1 : links[0]])

    def _on_a_body(self, i: int) -> bool:
        """On the customer's shirt, over the man's head: on the customer, over the man."""
        after = self.words[i + 1 : i + 3]
        return any(word.has("garment") or word.text in _BODY for word in after)

    def hold(self, indices: list[int]) -> bool:
        """with a gun, with two bags: in somebody's hand."""
        thing = self.out.mentions[indices[-1]]
        owner = self.clause.subjects if self.clause is not None else self.subjects
        named = [k for at, k in sorted(self.out.mention_at.items()) if k not in indices]
        first = next((clause.subjects for clause in reversed(self.out.clauses) if clause.subjects), [])
        if thing.owned and first and self.out.mentions[first[-1]].group == "person":
            owner = first[-1:]  # films the women with his phone
        elif self.clause is not None and self.clause.subjects and self.clause.verb in _ARMED:
            owner = self.clause.subjects  # hits a man with a stick
        elif named and self.out.mentions[named[-1]].group == "person":
            owner = named[-1:]  # a crowd around a musician with a guitar
        if thing.group == "prop" and owner and self.out.mentions[owner[-1]].group in _HOLDING:
            holder = self.out.mentions[owner[-1]]
            if holder.holds is None:
                holder.holds, holder.held_colour = thing.kind, thing.colour
            thing.held = True
            return True
        return False


def verb_follows(words: list[Word], senses: list[str], i: int) -> bool:
    """True if word i is the subject of a verb before the clause ends: "... and a woman RAN", not "... and a woman."."""
    for j in range(i + 1, len(words)):
        if words[j].text in (*".;,!?", "and", "but") or senses[j] in ("after", "meanwhile"):
            return False
        if words[j].text in _BEGINNING:
            return True  # a customer STARTS eating
        if senses[j] == "verb":
            return words[j].ending != "ing" or words[j].auxiliary
    return False
