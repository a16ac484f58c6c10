"""Clothes: which mention wears what the words after "wearing", "in" or a garment say."""

from __future__ import annotations

from .mentions import put_on, wear
from .state import State


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


def dress(s: State, i: int, who: int | None) -> int:
    """Put on `who` what the words from i on say; gives the index of the first word after them."""
    end = put_on(s.words, s.sense, i, s.out.mentions[who] if who is not None else None)
    for j in range(i + 1, end):
        if s.words[j].negated and "garment" in s.words[j].senses:  # wearing no helmet
            s.negated = True
            s.denies(j, "garment", s.words[j].senses["garment"])
    if who is not None:
        s.at_word[end - 1] = who
    s.preposition = None
    return end


def read_garment(s: State, i: int) -> None:
    """A garment outside `in` or `wearing`: black-clothed man, the man's blue coat."""
    if s.denies(i, "garment", s.words[i].senses["garment"]):
        if s.words[i].senses["garment"] == "hat" and (who := wearer(s, i)) is not None:
            s.out.mentions[who].bareheaded = True
        return
    following = s.sense[i + 1] if i + 1 < len(s.words) else ""
    if following in ("person", "crowd"):
        return
    if (k := s.at_word.get(i - 1 - len(s.colours))) is not None and s.colours:
        wear(s.out.mentions[k], s.words[i].senses["garment"], s.colours)
    s.colours = []
