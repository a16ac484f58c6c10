"""Clothes: which mention wears what the words after "wearing", "in" or a garment say."""

from __future__ import annotations

from functools import cache
from typing import Final

from svta.generation.storyboard.scene import MINORS, clothing, objects, words_of

from .clauses import Reading
from .lexicon import Word
from .mentions import accessory, put_on, wear
from .state import State

_FOUND = ("lie", "hang", "float", "fall", "roll", "fly", "blow", "drift", "sink", "burn", "dry", "slide")
_LAUNDRY = ("iron", "fold", "hang", "wash", "dry", "sew", "mend", "pack", "buy", "drop", "fetch", "press", "stitch")
_HANDLED: Final = ("find", "pick", "grab", "snatch", "steal", "carry", "catch", "lose", "choose", "hand", "kick",
                   "lift", "see", "hold", "bring", "fetch", "drop", "buy", "sell", "forget",
                   "throw", "toss", "wave", "raise")  # fmt: skip
_DONNED: Final = ("put", "pull", "slip", "throw", "don")
_DOFFED: Final = ("take", "pull", "slip", "throw")


def wearer(s: State, i: int) -> int | None:
    for j in range(i - 1, max(-1, i - 8), -1):
        if (k := s.at_word.get(j)) is not None:
            if s.out.mentions[k].group == "person":
                return k
            if s.out.mentions[k].group != "prop":
                return None
        if s.words[j].text in (".", ";"):
            return None
    return s.subjects[-1] if s.subjects and s.out.mentions[s.subjects[-1]].group == "person" else None


@cache
def _by_trade() -> dict[str, tuple[list[str], str | None]]:
    """Word of a person -> what they wear unsaid: things, and what is on the head."""
    found: dict[str, tuple[list[str], str | None]] = {}
    for kind, piece in clothing().items():
        for word in piece.get("who", "").split(", "):
            worn, hat = found.get(word, ([], None))
            found[word] = (worn, hat or kind) if piece["slot"] == "hat" else ([*worn, kind], hat)
    return found


def dress_by_trade(out: Reading) -> None:
    """A baker wears an apron and a skier goggles, where the caption says nothing else."""
    for mention in out.mentions:
        worn, hat = _by_trade().get(mention.text, ([], None))
        if mention.group != "person" or mention.kind in MINORS or mention.colour or mention.trousers:
            continue
        mention.worn = mention.worn or ", ".join(worn) or None
        if not (mention.hat or mention.bareheaded):
            mention.headgear = mention.headgear or hat


@cache
def _lying() -> dict[str, str]:
    return {word: kind for kind in objects() for word in words_of(kind, "lying")}


def lying_about(word: Word) -> str:
    """The thing that a garment is which nobody wears."""
    return _lying().get(word.text) or _lying().get(word.noun) or LYING_ABOUT.get(word.senses["garment"], "shoes")


LYING_ABOUT: Final = {"hat": "hat", "upper": "hung shirt", "lower": "lying trousers"}


def is_laundry(s: State, i: int) -> bool:
    """True for clothes that nobody wears: irons a shirt, a hat lies on a bench."""
    clause = s.clause
    after = s.words[i + 1] if i + 1 < len(s.words) else None
    alone = not s.subjects and s.preposition is None and not s.people()
    if alone and after is not None and after.lemma in _FOUND:
        return True
    done = clause is not None and clause.lemma in _LAUNDRY and s.preposition is None and not s.linked
    if (
        clause is not None
        and clause.lemma in _HANDLED
        and s.preposition is None
        and not s.linked
        and not clause.objects
    ):
        return True
    hat = s.words[i].senses["garment"] == "hat"
    return done and not hat and not (clause is not None and clause.objects and s.words[i].determiner == "")


def dress(s: State, i: int, who: int | None) -> int:
    """Put on `who` what the words from i on say; gives the index of the first word after them."""
    if s.words[i].negated:  # is not wearing a helmet
        s.negated = False
        worn = next((j for j in range(i + 1, len(s.words)) if s.words[j].has("garment")), i)
        s.words[worn].negated = worn > i
    end = put_on(s.words, s.sense, i, s.out.mentions[who] if who is not None else None)
    for j in range(i + 1, end):
        if s.words[j].negated and "garment" in s.words[j].senses:  # wearing no helmet
            s.negated = True
            s.denies(j, "garment", s.words[j].senses["garment"])
    if who is not None:
        s.at_word[end - 1] = who
    s.preposition = None
    return end


def _dressing(s: State, i: int) -> bool:
    """Puts on a helmet, takes his coat off: what is worn, and a clause of its own kind."""
    clause, garment, text = s.clause, s.words[i].senses["garment"], s.words[i].text
    if clause is None or not clause.subjects or garment == "lower" or (garment == "other" and accessory(text) is None):
        return False
    particle = s.words[i + 1].text if i + 1 < len(s.words) else ""
    words = {*clause.words, *((particle,) if particle in ("on", "off") else ())}
    on = clause.lemma in _DONNED and "on" in words
    off = (clause.lemma in _DOFFED and "off" in words) or clause.lemma in ("remove", "doff")
    who = s.out.mentions[clause.subjects[-1]]
    if not (on or off) or who.group != "person":
        return False
    wear(who, garment, s.colours, text)
    clause.verb = ("put on" if on else "take off") + (" coat" if garment == "upper" else "")
    if particle in ("on", "off"):
        s.out.particles.add(i + 1)
    s.colours = []
    return True


def read_garment(s: State, i: int) -> None:
    """A garment outside `in` or `wearing`: black-clothed man, the man's blue coat."""
    if s.denies(i, "garment", s.words[i].senses["garment"]):
        if s.words[i].senses["garment"] == "hat" and (who := wearer(s, i)) is not None:
            s.out.mentions[who].bareheaded = True
        return
    if _dressing(s, i):
        return
    following = s.sense[i + 1] if i + 1 < len(s.words) else ""
    if following in ("person", "crowd"):
        return
    if (k := s.at_word.get(i - 1 - len(s.colours))) is not None and s.colours:
        wear(s.out.mentions[k], s.words[i].senses["garment"], s.colours, s.words[i].text)
    s.colours = []
