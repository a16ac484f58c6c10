"""Names and typical members for groups of texts, from the terms that tell a group from all others. Used by annotate.

Reads the TF-IDF matrix of text_vectors.py and the rows of a group; gives the terms, a short readable name made of them
("man in black, counter, wiping") in which no word comes twice, and the texts that hold most of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

PHRASES: Final = 3  # of a name
_CANDIDATES: Final = 24
_MAX_TEXTS: Final = 400  # texts of a group in which the words between two terms are looked up
_TERMS_ENOUGH: Final = 9  # of a text, words and pairs: fewer make it less typical
_IRREGULAR: Final = {
    "men": "man",
    "women": "woman",
    "children": "child",
    "drove": "driv",
    "left": "leav",
    "leaves": "leav",
}
_ALIKE: Final = 0.6  # share of words from which a text says what a typical one said
_BETWEEN: Final = (
    r"(?:[ -](?:in|on|at|to|of|into|onto|from|by|with|is|was|up|down|off|out|a|an|the|his|her|their)){0,2}[ -]"
)


def distinct_terms(matrix: csr_matrix, rows: np.ndarray, average: np.ndarray, terms: Sequence[str]) -> list[str]:
    """Terms by how much more the rows of a group hold them than all rows do, the strongest first."""
    lift = np.asarray(matrix[rows].mean(axis=0)).ravel() - average if len(rows) else average * 0
    best = np.argsort(-lift, kind="stable")[:_CANDIDATES]
    return [terms[i] for i in best if lift[i] > 0]


def readable_name(terms: Sequence[str], texts: Iterable[str], *, without: Iterable[str] = ()) -> str:
    """Up to three phrases of the terms, no word of them twice; two words as the texts mostly write them.

    A pair of words goes before either of them alone. `without`: words not to use, those of other groups' names.
    """
    said = " \n ".join(text.casefold() for text, _ in zip(texts, range(_MAX_TEXTS)))
    used = {stem(word) for phrase in without for word in phrase.split()}
    phrases: list[str] = []
    for i, term in enumerate(terms):
        if len(phrases) == PHRASES:
            break
        pair = next((other for other in terms[: i + 8] if term in other.split(" ")[:2] and " " in other), None)
        for candidate in (pair, term) if pair and " " not in term else (term,):
            words = [stem(word) for word in candidate.split()] if candidate else []
            if words and used.isdisjoint(words) and len(set(words)) == len(words):
                used.update(words)
                phrases.append(_as_written(candidate or "", said))
                break
    return ", ".join(phrases)


def typical(texts: Sequence[str], matrix: csr_matrix, rows: np.ndarray, count: int) -> tuple[str, ...]:
    """The texts of a group that hold most of what the group says, each of them saying something else."""
    if not len(rows):
        return ()
    centre = np.asarray(matrix[rows].mean(axis=0)).ravel()
    inside = matrix[rows]
    known = np.minimum(inside.getnnz(axis=1), _TERMS_ENOUGH) / _TERMS_ENOUGH  # "Two men leave." is like every group
    likeness = np.asarray(inside @ centre).ravel() * np.sqrt(known)
    chosen: list[tuple[str, set[str]]] = []
    for i in np.argsort(-likeness, kind="stable"):
        text = texts[rows[i]]
        words = {stem(word) for word in re.findall(r"\w+", text.casefold())}
        if all(len(words & other) < _ALIKE * max(1, len(words | other)) for _, other in chosen):
            chosen.append((text, words))
        if len(chosen) == count:
            break
    return tuple(text for text, _ in chosen)


def distinct_names(names: Sequence[str], spare: Sequence[Sequence[str]]) -> list[str]:
    """The names, those that come twice with a term of their own added ("arrest: handcuffs"), else a number."""
    often, distinct = Counter(names), []
    seen: set[str] = set()
    for name, terms in zip(names, spare):
        options = [name] if often[name] == 1 else []
        known = {stem(word) for word in re.findall(r"\w+", name)}
        options += [f"{name}: {term}" for term in terms if known.isdisjoint(map(stem, term.split()))]
        options += [f"{name} ({number})" for number in range(2, len(names) + 2)]
        distinct.append(next(option for option in options if option not in seen))
        seen.add(distinct[-1])
    return distinct


def stem(word: str) -> str:
    """A word without the endings that make two words of one: walks, walked, walking."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    for end in ("ing", "ed", "es", "s"):
        if word.endswith(end) and len(word) - len(end) >= 3:
            return word[: -len(end)].rstrip("e")
    return word.rstrip("e") if len(word) > 3 else word


def _as_written(term: str, said: str) -> str:
    words = [re.escape(word) for word in term.split()]
    if len(words) < 2:
        return term
    written = Counter(re.findall(rf"(?<!\w){_BETWEEN.join(words)}(?!\w)", said))
    return written.most_common(1)[0][0].replace("\n", " ") if written else term
