"""Clothes: which mention wears what the words after "wearing", "in" or a garment say."""

from __future__ import annotations

from typing import Final

from .mentions import accessory, put_on, wear
from .state import State

_FOUND = ("lie", "hang", "float", "fall", "roll", "fly", "blow", "drift", "sink", "burn", "dry", "slide")
_LAUNDRY = ("iron", "fold", "hang", "wash", "dry", "sew", "mend", "pack", "buy", "drop", "fetch", "press", "stitch")
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


LYING_ABOUT = {"hat": "hat", "upper": "hung shirt", "lower": "hung shirt"}


def is_laundry(s: State, i: int) -> bool:
    """True for clothes that nobody wears: irons a shirt, a hat lies on a bench."""
    clause = s.clause
    after = s.words[i + 1] if i + 1 < len(s.words) else None
    alone = not s.subjects and s.preposition is None and not s.people()
    if alone and after is not None and after.lemma in _FOUND:
        return True
    done = clause is not None and clause.lemma in _LAUNDRY and s.preposition is None and not s.linked
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
