"""What a caption says, before anybody decides how to show it: who is in it, who does what to whom, where and when.

Reads a caption (by way of lexicon.cut); gives a Reading of mentions and clauses. A hand-written left-to-right pass: a
noun opens or renews a mention, colours and garments go to the mention they stand with, a verb opens a clause whose
subject is what came before it and whose objects come after it; a passive turns the two round.
"""

from __future__ import annotations

from typing import Final

from .clauses import Clause, Reading
from .lexicon import Word, cut, lexicon
from .mentions import Mention, dressed, dresses, put_on, wear
from .word_senses import HEADS, attributive, senses_of, stands_for_people, verb_follows

_NOT_PASSIVE: Final = {"walk", "run", "stand", "sit", "lie", "leave", "enter", "go", "fall", "sleep", "look"}
_VIEW: Final = {"screen", "video", "camera", "picture", "lens", "frame", "view", "videos", "monitor"}
_GENERIC_PLACES: Final = {"room", "outdoors", "street"}
_INDOOR: Final = {"shop", "supermarket", "restaurant", "office", "bank", "hospital", "room", "library", "gym", "church",
                  "living room", "station", "warehouse", "factory", "lobby", "classroom", "ballroom",
                  "courtroom"}  # fmt: skip
_LIVERY: Final = {"fire truck": "red", "fire engine": "red", "school bus": "yellow"}
_GENDERED: Final = {"man", "woman", "boy", "girl", "old man", "old woman"}


def read(caption: str) -> Reading:
    """Understand a caption as far as the lexicon goes. Never fails: what is not understood is left out."""
    return _Pass(cut(caption)).run()


class _Pass:
    """The state of one pass over the words."""

    def __init__(self, words: list[Word]):
        self.words = words
        self.out = Reading(words)
        self.sense = self.out.senses = senses_of(words)
        self.at_word: dict[int, int] = {}  # word index -> mention it ended
        self.subjects: list[int] = []
        self.clause: Clause | None = None
        self.preposition: str | None = None
        self.count: int | None = None
        self.colours: list[str] = []
        self.linked = False  # "and" or a comma stood before
        self.step = 0.0
        self.together = self.back = False
        self.place_weight = 0.0
        self.side: float | None = None

    def run(self) -> Reading:
        i = 0
        while i < len(self.words):
            i = self._word(i)
        return self.out

    # -- words one by one --------------------------------------------------------------------------------------------
    def _word(self, i: int) -> int:
        word, sense = self.words[i], self.sense[i]
        self.determiner = word.determiner or self.determiner
        if word.text in ".;!?":
            self._boundary(full=True)
        elif word.text in (",", "and", "but", ":", "or"):
            self.linked, self.preposition = True, None
            if word.text != "and":
                self.colours = []
        elif word.text in ("wearing", "wear", "wears", "wore", "dressed", "clad"):
            return self._dress(i, self._wearer(i))
        elif word.text == "after" and self.clause is not None and i and self.words[i - 1].text not in ".,":
            self.back = True
            self._boundary()
        elif sense == "after":
            self._boundary()
        elif sense == "meanwhile":
            self.together = bool(self.out.clauses)
            self._boundary()
        elif sense == "preposition":
            if (
                word.text in ("in", "with")
                and dresses(self.words, self.sense, i)
                and (who := self._wearer(i)) is not None
            ):
                return self._dress(i, who)
            self.preposition = word.text
        elif sense == "number":
            return self._number(i)
        elif sense == "colour":
            self.colours.append(word.senses["colour"])
        elif sense == "garment":
            self._garment(i)
        elif sense == "side":
            self._side(i)
        elif sense == "direction":
            self._direction(1 if word.senses["direction"] == "right" else -1)
        elif sense == "pronouns":
            self._pronoun(i)
        elif sense == "time":
            self.preposition = None
            self.out.time = self.out.time or word.senses["time"]
            if "weather" in word.senses:
                self.out.weather = self.out.weather or word.senses["weather"]
        elif sense == "weather":
            self.preposition = None
            self.out.weather = self.out.weather or word.senses["weather"]
        elif sense == "place":
            self._place(i)
        elif sense in HEADS:
            self._head(i, sense)
        elif sense == "verb":
            self._verb(i)
        elif sense == "idiom":
            pass
        elif word.text in ("armed", "masked"):
            self.armed = True
        elif len(word.text) > 2 and word.text not in lexicon().lists["quiet"] and not word.text.isdigit():
            self.out.unknown.append(word.text)
        return i + 1

    def _boundary(self, full: bool = False) -> None:
        self.preposition, self.colours, self.count, self.linked = None, [], None, True
        if full:
            self.subjects = []
            self.clause = None
            self.together = False

    def _number(self, i: int) -> int:
        value = int(self.words[i].senses["number"])
        nouns = (sense for sense in self.sense[i + 1 : i + 5] if sense not in ("", "colour"))
        them = [w.text for w in self.words[i + 1 : i + 3]] == ["of", "them"]
        if not them and (next(nouns, "") in HEADS or (i + 1 < len(self.words) and self.words[i + 1].text == "of")):
            self.count = value
        elif self.words[i].text in ("two", "three", "four", "both") and (people := self._people()):
            self._take(people[-value:], i)
        elif stands_for_people(self.words, self.sense, i):
            self.out.mentions.append(Mention("person", "person", value, text=self.words[i].text))
            self._take([len(self.out.mentions) - 1], i)
        return i + 1

    def _people(self) -> list[int]:
        return [k for k, m in enumerate(self.out.mentions) if m.group == "person"]

    def _direction(self, sign: int) -> None:
        self.out.direction = self.out.direction or sign
        if self.clause is not None:
            self.clause.direction = self.clause.direction or sign

    def _side(self, i: int) -> None:
        word = self.words[i]
        where = {"left": 0.25, "right": 0.75}.get(word.text, 0.5)
        before = self.words[i - 1] if i else word
        if word.text in ("left", "right") and (self.preposition in ("to", "toward", "towards") or before.has("verb")):
            self._direction(1 if word.text == "right" else -1)
        elif word.text in ("left", "right") and self.preposition == "from":
            self._direction(-1 if word.text == "right" else 1)
        elif self.out.mentions and self.clause is None and self.subjects:
            self.out.mentions[self.subjects[-1]].side = where
        elif self.clause is not None and self.clause.subjects and not self.linked:
            self.out.mentions[self.clause.subjects[-1]].side = where
        else:
            self.side = where

    def _place(self, i: int) -> None:
        word, place = self.words[i], self.words[i].senses["place"]
        compound = i + 1 < len(self.words) and self.sense[i + 1] in HEADS and not self.words[i + 1].determiner
        weight = 1.0 if compound or word.possessive else 2.0
        if self.preposition in ("outside", "front") or (i > 1 and self.words[i - 2].text in ("outside", "front")):
            place = "street" if place in _INDOOR else place
        weight -= 0.5 if place in _GENERIC_PLACES else 0.0
        if weight > self.place_weight:
            self.out.place, self.place_weight = place, weight
        self.preposition, self.colours, self.count, self.determiner = None, [], None, ""

    # -- nouns -------------------------------------------------------------------------------------------------------
    def _head(self, i: int, sense: str) -> None:
        word = self.words[i]
        if word.text in _VIEW and word.determiner != "a" and (self.preposition or not word.has("prop")):
            self.viewed, self.preposition = self.preposition is None and not self.subjects, None
            return
        used = self.clause is not None and self.clause.verb in ("carry", "grab", "put", "repair")
        if word.text in _VIEW and not (used or self.preposition == "with"):
            self.viewed = self.preposition is None and not self.subjects
            return  # the camera that films
        if sense == "crowd":
            group, kind, count = "person", "person", int(word.senses["crowd"])
            if i + 2 < len(self.words) and self.words[i + 1].text == "of" and self.sense[i + 2] in (*HEADS, "colour"):
                self.count = count  # a group of MEN: the next noun says who
                return
        else:
            group, kind = sense, word.senses[sense]
            count = self.count or ((3 if sense == "person" else 2) if word.plural else 1)
        if self.count and sense == "crowd":
            count = max(2, self.count) * (2 if word.text in ("couples", "pairs") else 1)
        mention = Mention(group, kind, count, side=self.side, text=word.text)
        mention.colour = self.colours[0] if self.colours else _LIVERY.get(word.text)
        if getattr(self, "armed", False) and group == "person":
            mention.holds = "gun" if self.words[i - 1].text == "armed" else None
        self.armed = False
        noun = i > 0 and self.sense[i - 1] in HEADS and not self.words[i - 1].possessive
        previous = self.at_word.get(i - 1) if noun and not word.determiner else None
        if previous is not None and self.fresh != i - 1:
            previous = None  # named before: the drawer of the clerk we know is no clerk
        plural = previous is not None and self.words[i - 1].plural and group != "person"
        if previous is not None and not self.colours and not (plural and self.sense[i - 1] == "person"):
            k, fresh = self._compound(previous, mention), True
        else:
            known = len(self.out.mentions)
            k = self._place_mention(i, mention)
            fresh = len(self.out.mentions) > known
        self.fresh = i if fresh else -1
        self.colours, self.count, self.side = [], None, None
        self._take([k], i)

    def _compound(self, k: int, mention: Mention) -> int:
        """bus driver, male clerk, store door: the last noun is the thing, a gendered first one says who."""
        old = self.out.mentions[k]
        if mention.group == "person" and old.kind in _GENDERED and mention.kind == "person":
            mention.kind = old.kind
        mention.count = max(mention.count, old.count if old.group == mention.group else 1)
        mention.colour = mention.colour or old.colour
        self.out.mentions[k] = mention
        return k

    def _place_mention(self, i: int, mention: Mention) -> int:
        """A new mention, or the earlier one that a "the" takes up again."""
        word, dress = self.words[i], dressed(self.words, self.sense, i, mention)
        beside = self.clause.subjects if self.clause is not None and not self.linked else self.subjects
        determiner, self.determiner = self.determiner, ""
        if determiner == "the":
            for k in range(len(self.out.mentions) - 1, -1, -1):
                old = self.out.mentions[k]
                same = old.kind == mention.kind or (
                    old.group == mention.group == "person" and {old.kind, mention.kind} & {"person", "robber"}
                    and not {old.kind, mention.kind} & {"police officer", "boy", "girl"}
                    and word.text not in ("driver", "owner", "clerk", "cashier", "victim", "shopkeeper")
                    and mention.kind in ("robber", old.kind)
                )  # fmt: skip
                same = same and dress.colour in (None, old.colour) and (mention.count > 1) <= (old.count > 1)
                if k in beside and mention.group == "person" and (self.clause is None or not self.linked):
                    same = False  # the man in red and the man in blue, the man hits the man
                if same and not (dress.trousers and old.trousers and dress.trousers != old.trousers):
                    return k
        self.out.mentions.append(mention)
        return len(self.out.mentions) - 1

    def _take(self, indices: list[int], i: int) -> None:
        """Put mentions where they belong: subject of the clause to come, object or oblique of the one that is open."""
        self.at_word[i] = indices[-1]
        preposition, self.preposition = self.preposition, None
        if self.words[i].possessive:
            preposition = "of"
        if preposition == "by" and self.clause is not None and self.clause.passive:
            self.clause.subjects = indices
        elif preposition is not None:
            if preposition == "with" and self._held(indices):
                return
            if preposition == "with" and self.clause is None and self.subjects:
                self.subjects += indices
            elif self.clause is not None:
                self.clause.obliques += [(preposition, k) for k in indices]
            elif preposition == "between" and not self.subjects:
                self.subjects += indices
        elif self.clause is None:
            self.subjects += indices
        elif self.holding and self._held(indices):
            pass
        elif self.linked and (verb_follows(self.words, self.sense, i) or not self.clause.objects):
            self.subjects = indices if self.subjects_used else self.subjects + indices
            self.subjects_used = False
        else:
            self.clause.objects += indices
        self.linked = False

    subjects_used = False
    fresh = -1  # the word that made the newest mention
    viewed = False  # what comes next is done by the camera
    holding = False
    determiner = ""
    armed = False

    def _held(self, indices: list[int]) -> bool:
        """with a gun, with two bags: in somebody's hand."""
        thing = self.out.mentions[indices[-1]]
        owner = self.clause.subjects if self.clause is not None else self.subjects
        if thing.group == "prop" and owner and self.out.mentions[owner[-1]].group == "person":
            self.out.mentions[owner[-1]].holds = self.out.mentions[owner[-1]].holds or thing.kind
            thing.held = True
            return True
        return False

    def _pronoun(self, i: int) -> None:
        text, people = self.words[i].text, self._people()
        things = [k for k, m in enumerate(self.out.mentions) if m.group != "person"]
        if text in ("who", "which", "that"):
            if (k := self.at_word.get(i - 1)) is None:
                k = len(self.out.mentions) - 1
            self.subjects, self.subjects_used = ([k] if k >= 0 else self.subjects), False
            self.linked = False
            return
        if text in ("each other", "one another", "himself", "herself", "themselves", "others", "another"):
            return
        if text == "it":
            self._take(things[-1:], i) if things else None
        elif text in ("they", "them"):
            many = [k for k in people if self.out.mentions[k].count > 1]
            self._take(many[-1:] or people or things[-1:], i) if self.out.mentions else None
        elif people:
            busy = self.clause.subjects if self.clause is not None and not self.linked else []
            female = ("woman", "old woman", "girl")
            fits = [k for k in people if (self.out.mentions[k].kind in female) == (text in ("she", "her"))]
            others = [k for k in (fits or people) if k not in busy] or people
            self._take(others[:1] if text in ("he", "she") else others[-1:], i)

    # -- clothes -----------------------------------------------------------------------------------------------------
    def _wearer(self, i: int) -> int | None:
        for j in range(i - 1, max(-1, i - 8), -1):
            if (k := self.at_word.get(j)) is not None:
                if self.out.mentions[k].group == "person":
                    return k
                if self.out.mentions[k].group != "prop":
                    return None
            if self.words[j].text in (".", ";"):
                return None
        return self.subjects[-1] if self.subjects and self.out.mentions[self.subjects[-1]].group == "person" else None

    def _dress(self, i: int, who: int | None) -> int:
        """Put on `who` what the words from i on say; gives the index of the first word after them."""
        end = put_on(self.words, self.sense, i, self.out.mentions[who] if who is not None else None)
        if who is not None:
            self.at_word[end - 1] = who
        self.preposition = None
        return end

    def _garment(self, i: int) -> None:
        """A garment outside `in` or `wearing`: black-clothed man, the man's blue coat."""
        following = self.sense[i + 1] if i + 1 < len(self.words) else ""
        if following in ("person", "crowd"):
            return
        if (k := self.at_word.get(i - 1 - len(self.colours))) is not None and self.colours:
            wear(self.out.mentions[k], self.words[i].senses["garment"], self.colours)
        self.colours = []

    # -- verbs -------------------------------------------------------------------------------------------------------
    def _verb(self, i: int) -> None:
        word = self.words[i]
        viewed, self.viewed = self.viewed, False
        if word.negated or (viewed and not self.subjects):  # the video shows, the screen turns, the camera follows
            return
        if not self.subjects and i and self.sense[i - 1] == "place" and not self.out.mentions:
            return  # big waves hit the beach
        if word.ending in ("ed", "ing") and not word.auxiliary and attributive(self.words, self.sense, i):
            return
        before = self.words[i - 1] if i else word
        by = any(w.text == "by" for w in self.words[i + 1 : i + 3])
        participle = word.ending == "ed" and not word.auxiliary and by and self.at_word.get(i - 1) is not None
        passive = (word.ending == "ed" and word.auxiliary and word.lemma not in _NOT_PASSIVE) or participle
        loose = word.ending in ("ing", "ed") and not word.auxiliary and not self.linked
        subjects = self._subjects(i, loose and (word.ending == "ing" or participle))
        if self.out.clauses:
            if self.back:
                self.step -= 0.5
            elif not (self.together or (word.ending == "ing" and not word.auxiliary)):
                self.step = max(c.step for c in self.out.clauses) + 1
        clause = Clause(word.senses.get("verb", "leave"), word.lemma or word.text, i, self.step)
        if word.lemma == "park" and word.ending == "ed" and (word.auxiliary or self.at_word.get(i - 1) is not None):
            clause.verb, passive = "stop", False  # cars parked on the street stand there
        self.holding = loose and word.ending == "ing" and word.lemma in ("hold", "carry", "wield", "bring")
        clause.down = any("down" in p or "ground" in p for p in word.parts)
        clause.passive = passive
        clause.objects, clause.subjects = (list(subjects), []) if passive else ([], list(subjects))
        if before.text in ("tried", "trying", "failed", "try") and self.out.clauses:
            clause.step = self.out.clauses[-1].step
        self.out.clauses.append(clause)
        self.clause, self.subjects_used, self.together, self.back = clause, True, False, False
        self.subjects, self.determiner = list(subjects), ""
        self.preposition, self.colours, self.count, self.linked = None, [], None, False

    def _subjects(self, i: int, participle: bool) -> list[int]:
        if participle and (k := self.at_word.get(i - 1)) is not None:
            ridden = self.out.mentions[k].group in ("vehicle", "prop") and self.words[i].lemma in (
                "ride",
                "hold",
                "carry",
            )
            if not ridden:
                return [k]
        return self.subjects
