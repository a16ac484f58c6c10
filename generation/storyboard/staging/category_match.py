"""Which category a caption shows, by the `words` of the choreographies. No model: phrases and who does them.

A pattern of `words` is matched against the caption's words in their base forms; colours, numbers and unknown words may
stand between. PERSON, ANIMAL, VEHICLE and PROP stand for any such noun, ~ for up to six words, ! marks a phrase that
decides. The longest match wins; an anomaly wins over the walking and standing around it. Then: which clause is the
category's, and whether the choreography can play it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from svta.generation.storyboard.choreography import Choreography
from svta.generation.storyboard.parsing.clauses import Clause, Reading
from svta.generation.storyboard.parsing.lexicon import Word, lexicon
from svta.generation.storyboard.parsing.sentences.particles import ROBBED
from svta.generation.storyboard.parsing.word_senses import FLOWING
from svta.generation.storyboard.scene import VIOLENT_VERBS

from .roles import FURNISHED, alike, fits, in_their_roles

_GAP: Final = 6
_SLACK: Final = 2  # small words that may stand between two words of a pattern
# Normal things that go on in the background of almost everything else.
_FAINT: Final = {"walking", "standing", "driving", "entering or leaving", "sitting", "talking", "running", "waiting",
                 "working at a desk", "parking", "carrying goods"}  # fmt: skip


# Done by one person to another; done to a thing they are something else.
HURTS: Final = frozenset(("assault", "abuse", "shooting", "stabbing", "armed threat", "harassment"))
_WEAPONS: Final = ("gun", "knife", "stick")  # who points a gun aims it at somebody
_AIMS: Final = ("at", "on", "onto", "into", "against", "through", "of", "over", "in")
# A player shoots at the goal, a photographer a bride; a man holds up a sign.
_OTHERWISE: Final = {
    "shooting": ("kick ball", "photograph", "film", "inject", "talk"),
    "robbery": ("lift",),
    "repairing": ("screw", "knit", "hammer", "weld", "glue", "paint", "dig"),
}
_WRECKING: Final = {"smash", "hit", "kick", "punch", "push", "stab", "shoot", "break in"}
_ALIVE: Final = ("animal", "vehicle", "person")


@dataclass(frozen=True)
class Match:
    """A recognised category and the words of the caption (from, to) that named it."""

    category: str
    start: int
    end: int
    score: float


@cache
def _index(words: tuple[tuple[str, tuple[str, ...]], ...]) -> dict[str, list[tuple[str, tuple[str, ...], float]]]:
    """First word of a pattern -> category, pattern, bonus; so that most patterns are never looked at."""
    index: dict[str, list[tuple[str, tuple[str, ...], float]]] = {}
    for name, texts in words:
        for text in texts:
            pattern = tuple(text.replace("!", "").split())
            index.setdefault(pattern[0], []).append((name, pattern, 3.0 * text.count("!")))
    return index


@dataclass(frozen=True)
class _Part:
    """One word of the caption with the index of the Word it belongs to."""

    names: frozenset[str]
    word: int
    small: bool
    alone: bool  # it says by itself what it says here: fire, but not the fire of a fire truck


def _parts(words: list[Word], senses: list[str], denied: frozenset[int]) -> list[_Part]:
    out = []
    for i, (word, sense) in enumerate(zip(words, senses)):
        if i in denied:
            out.append(_Part(frozenset((word.text,)), i, False, False))
            continue
        last = len(word.parts) - 1
        for n, lemmas in enumerate(word.parts or (word.lemmas,)):
            names = lemmas
            if sense == "verb" and n == 0 and word.lemma:
                names = lemmas | {word.lemma}
            if n == last and sense in ("person", "crowd", "animal", "vehicle", "prop"):
                names = names | {"PERSON" if sense == "crowd" else sense.upper()}
            small = sense in ("colour", "number", "", "pronouns", "garment") and word.text not in ".,;:!?"
            out.append(_Part(names, i, small, _alone(word, sense, n)))
    return out


def _alone(word: Word, sense: str, n: int) -> bool:
    if sense in ("place", "idiom"):
        return False  # a shop is no shopping
    if sense == "verb" and word.lemma in FLOWING and word.senses["verb"] in ("walk", "run"):
        return False  # a crowd floods the square
    if sense == "verb" and any("weather" in lexicon().phrases.get((lemma,), {}) for lemma in word.lemmas):
        return False  # fans storm the pitch
    last = len(word.parts) - 1
    if sense in ("person", "animal", "vehicle", "prop", "garment"):
        return n == last
    if sense == "verb" and last > 0:  # who shoots a video shoots nobody
        return any(lexicon().phrases.get((lemma,), {}).get("verb") == word.senses["verb"] for lemma in word.parts[n])
    return True


def recognise(
    reading: Reading, tables: Mapping[str, Choreography], anomalies: frozenset[str], only: str | None = None
) -> Match | None:
    """The category the caption's words speak for most, or None; with `only`, where they speak for that one."""
    parts = _parts(reading.words, reading.senses, reading.denied)
    known = frozenset().union(*(part.names for part in parts)) if parts else frozenset()
    best: Match | None = None
    index = _index(tuple((name, table.words) for name, table in tables.items()))
    for first in sorted(known & index.keys()):
        for name, pattern, bonus in index[first]:
            if only not in (None, name) or any(word != "~" and word not in known for word in pattern):
                continue
            if (span := _find(pattern, parts)) is None:
                continue
            length = sum(0.5 if word.isupper() else 1.0 for word in pattern if word != "~")
            score = length + bonus + (2.0 if name in anomalies else 0.0) - (1.5 if name in _FAINT else 0.0)
            score -= 0.01 * parts[span[0]].word / max(1, len(reading.words))
            begun, ended = parts[span[0]].word, parts[span[1]].word
            if best is not None and score <= best.score:
                continue
            if not _at_rest(name, begun, reading) and not _says_else(pattern, begun, ended, reading):
                best = Match(name, parts[span[0]].word, parts[span[1]].word, score)
    if best is not None and best.category in {*HURTS, "throw"} and only is None:
        clause = next((c for c in reading.clauses if best.start <= c.at <= best.end), None)
        if clause is None and not reading.mentions and reading.senses[best.start] == "verb":
            return None  # waves hit the beach
        if clause is not None and best.category == "throw":
            play = any(reading.mentions[k].kind == "ball" for k in clause.objects)
            return Match("sports", best.start, best.end, best.score) if play and "sports" in tables else best
        if clause is not None and aimed_at_things(reading, clause):
            return _done_to_things(reading, clause, best, tables)
    return best


def _at_rest(category: str, word: int, reading: Reading) -> bool:
    """True if it was done before: a car is parked there, a door is damaged."""
    if category not in ("parking", "vandalism") or reading.senses[word] != "verb" or reading.words[word].ending != "ed":
        return False
    clause = next((clause for clause in reading.clauses if clause.at == word), None)
    return clause is None if category == "vandalism" else clause is not None and clause.verb == "stop"


def _says_else(pattern: tuple[str, ...], first: int, last: int, reading: Reading) -> bool:
    """True if the caption's words are part of a longer phrase of another meaning: who passes out flyers is awake."""
    word = reading.words[last]
    if reading.senses[last] != "verb" or len(word.parts) < 2:
        return False
    ending = pattern if first == last else pattern[-1:]
    if len(ending) == len(word.parts) or ending[-1] in word.parts[-1]:
        return False
    own = lexicon().phrases.get(ending, {}).get("verb")
    return own is not None and own != word.senses.get("verb")


def aimed_at_things(reading: Reading, clause: Clause) -> bool:
    """True if what somebody hits, kicks or shoots is a thing or a vehicle and nobody alive: a car, a wall, a window."""
    if not clause.objects and names_no_one(reading, clause.at + 1):
        return True
    aims = [*clause.objects, *(k for p, k in clause.obliques if p in _AIMS)]
    kinds = {reading.mentions[k].group for k in aims if reading.mentions[k].kind not in _WEAPONS}
    by = {reading.mentions[k].group for k in clause.subjects}
    return bool(kinds & {"prop", "vehicle"}) and not kinds & {"person", "animal"} and not by & {"vehicle", "animal"}


def names_no_one(reading: Reading, i: int) -> bool:
    """True if a word of no person, known or not, is what the verb before word i is done to: a carpet, the beach."""
    if i >= len(reading.words) or not reading.words[i].determiner:
        return False
    word = reading.words[i]
    return reading.senses[i] == "place" or (reading.senses[i] == "" and word.text in reading.unknown)


def _done_to_things(reading: Reading, clause: Clause, match: Match, tables: Mapping[str, Choreography]) -> Match | None:
    """Who kicks a car is a vandal and no attacker; who kicks a ball plays; who works on a thing does neither."""
    things = {reading.mentions[k].kind for k in clause.objects}
    if not (clause.subjects or clause.passive) and not things:
        return None  # waves hit the beach
    doers = {reading.mentions[k].kind for k in clause.subjects}
    name = "sports" if things & {"ball", "racket"} else "vandalism"
    if name not in tables or (name == "vandalism" and "worker" in doers):
        return None
    return Match(name, match.start, match.end, match.score)


def _find(pattern: tuple[str, ...], parts: list[_Part]) -> tuple[int, int] | None:
    for start, part in enumerate(parts):
        if len(pattern) == 1 and not part.alone:
            continue
        if pattern[0] in part.names and (end := _match(pattern[1:], parts, start)) is not None:
            return start, end
    return None


def _match(pattern: tuple[str, ...], parts: list[_Part], at: int) -> int | None:
    """Index of the last part matched when `pattern` goes on after part `at`, or None."""
    if not pattern:
        return at
    gap, rest = (_GAP, pattern[1:]) if pattern[0] == "~" else (0, pattern)
    slack = _SLACK + 2 * gap  # what somebody wears does not part a verb from its words
    for i in range(at + 1, len(parts)):
        if rest[0] in parts[i].names and (end := _match(rest[1:], parts, i)) is not None:
            return end
        if parts[i].small and slack:
            slack -= 1
        elif gap and not parts[i].names & {".", ";"}:
            gap -= 1
        else:
            return None
    return None


def playable(reading: Reading, table: Choreography | None, core: Clause, match: Match) -> bool:
    """False if the caption's main event is not what the recognised choreography shows, so that its own words win.

    A dog that bows is no greeting of people, who boards a bus opens no door, who smashes a window sprays no wall.
    """
    if table is None:
        return True
    doers = [reading.mentions[k] for k in core.subjects]
    if doers and not any(m.group == "prop" or any(fits(m, role) for role in table.roles[:2]) for m in doers):
        return False
    if not in_their_roles(reading, table, core):
        return False
    parts = {kind for role in table.roles for kind in role.kinds} | {prop.kind for prop in table.props}
    if core.verb in ("collapse", "faint", "topple") and doers and match.category == "building collapse":
        return any(m.kind in parts and m.group == "prop" for m in doers)
    others = [reading.mentions[k] for k in (*core.objects, *(k for _, k in core.obliques))]
    if core.verb in ("enter", "leave") and any(m.group == "vehicle" for m in others):
        return not any(beat.verb == "open" for beat in table.beats)
    if core.verb == "repair" and "repair" in {beat.verb for beat in table.beats} and core.objects:
        return any(reading.mentions[k].kind in parts for k in core.objects)  # a pipe is no car
    shown = {beat.verb for beat in table.beats}
    if match.start <= core.at <= match.end and core.verb in _WRECKING and core.verb not in shown:
        things = {m.kind for m in others if m.group in ("prop", "vehicle") and not m.held}
        if any(m.holds == "spray can" for m in doers):
            return True
        if names_no_one(reading, core.at + 1) and not core.objects:
            return False
        if things and (match.category == "vandalism" or not alike(core.verb, shown)):
            return False
    return not (table.name in HURTS and aimed_at_things(reading, core))


def names_category(reading: Reading, table: Choreography | None, match: Match | None) -> bool:
    """True if a caption without an event names a category: an arrest in a park. Leaves are no leaving."""
    sense = reading.senses[match.start] if match is not None else ""
    thing = sense in _ALIVE or (sense == "prop" and table is not None and table.name in FURNISHED)
    burning = [state.mention for state in reading.states if state.verb in ("burn", "flood")]
    itself = any(k is None or reading.mentions[k].group == "prop" for k in burning)
    return not thing and not itself and not reading.clauses and not reading.denials


def main_clause(reading: Reading, table: Choreography | None, match: Match | None) -> Clause | None:
    """The clause that names the category, which the choreography acts out."""
    if table is None:
        return None
    clauses = reading.clauses
    if match is not None and match.category == table.name:
        inside = [c for c in clauses if match.start <= c.at <= match.end]
        if inside:
            return inside[0]
    verbs = {beat.verb for beat in table.beats}
    like = next((c for c in clauses if c.verb in verbs), None) or next(
        (c for c in clauses if alike(c.verb, verbs)), None
    )
    first = clauses[0] if clauses and clauses[0].verb not in VIOLENT_VERBS else None
    return like or first


_HEARTHS: Final = ("fireplace", "candle", "grill", "stove", "birthday cake", "lantern")


def is_denied(reading: Reading, match: Match | None) -> bool:
    """True where the words by which a category is recognised do not happen, or mean something else."""
    told = range(match.start, match.end + 1) if match is not None else ()
    other = _OTHERWISE.get(match.category, ()) if match is not None else ()
    if match is not None and match.category == "arson" and any(m.kind in _HEARTHS for m in reading.mentions):
        return True  # a fire in the fireplace
    for clause in reading.clauses:
        robbed = any(reading.mentions[k].kind in ROBBED for k in clause.objects)
        if clause.verb in other and not robbed and (clause.at in told or clause.verb == "kick ball"):
            return True
    return any(d.group == "verb" and d.name != "stop" and d.at in told for d in reading.denials)
