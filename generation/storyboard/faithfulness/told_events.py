"""An event of a caption as it is compared with the frames of checked.json: its verb, and the kinds around it.

Reads an Evidence; nouns and places with a preposition belong to the event before them (walks past a bench).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

from ..parsing.clauses import Clause
from ..parsing.lexicon import Word, lexicon, own_words
from ..parsing.mentions import Mention
from .checked import OWN, Event
from .evidence import Evidence

PARTED: Final = ".,;!?"
WHERE: Final = frozenset(("in", "at", "on", "inside"))  # the place of the scene; with others it is a way
_BETWEEN: Final = ("", "colour", "number", "side")  # a preposition and its noun


def phrases(e: Evidence, clause: Clause) -> set[str]:
    """The verb phrase in its base forms: walk past; with the particle that stands further back: pick up."""
    word = e.reading.words[clause.at]
    texts = {" ".join(part) for part in product(*word.parts)} or {clause.lemma}
    after = sorted(i for i in e.reading.particles if i > clause.at)
    others = [c.at for c in e.reading.clauses if c.at > clause.at]
    if after and (not others or after[0] < min(others)):
        texts |= {f"{text} {e.reading.words[after[0]].text}" for text in texts}
        return {text for text in texts if text.endswith(e.reading.words[after[0]].text)}
    return texts | ({clause.lemma} if clause.weather is not None else set())


def alike(verbs: set[str], event: Event) -> tuple[set[str], Event]:
    """The same with the preposition of "walk past" as a way: walk, past a bench."""
    cut = {text.rpartition(" ")[::2] for text in verbs if text.rpartition(" ")[2] in lexicon().lists["prepositions"]}
    if not cut:
        return verbs, event
    name = next(iter(cut))[1]
    ways = [] if name in WHERE and not event.whom else [(name, kind) for kind in event.whom]
    return {verb for verb, _ in cut}, Event(event.who, (), (*ways, *event.ways))


def event_of(e: Evidence, clause: Clause) -> Event:
    kinds = [kind_of(e, m) for m in e.reading.mentions]
    who = tuple(kinds[k] for k in clause.subjects if not e.reading.mentions[k].absent)
    if clause.weather is not None and not who:
        who = (clause.weather,)
    ways = [(preposition_of(e, k) or p, kinds[k]) for p, k in clause.obliques if not e.reading.mentions[k].inner]
    behind = {k: preposition_of(e, k) for k in clause.objects}  # stands next to a barn
    said = set(e.reading.words[clause.at].text.split())
    ways += [(name, kinds[k]) for k, name in behind.items() if name and not set(name.split()) & said]
    objects = [k for k, name in behind.items() if not name or set(name.split()) & said]
    ways += [(text, f"the {place}") for text, place, at in _ways_of_places(e) if at == clause.at]
    ways += [(name, kinds[k]) for name, k, at in loose_nouns(e) if at == clause.at]
    down = clause.down and "down" not in e.reading.words[clause.at].text.split()
    ways += [("apart", "")] * clause.apart + [("meeting", "")] * clause.meeting + [("down", "")] * down
    return Event(who, tuple(kinds[k] for k in objects), tuple(dict.fromkeys(ways)))


def loose_nouns(e: Evidence) -> Iterator[tuple[str, int, int]]:
    """Nouns with a preposition that the reading ties to nothing, and the verb before them: next to a car."""
    owned = {k for _, _, k in owned_nouns(e)}
    for i, k, name in _untied(e):
        verbs = [clause.at for clause in e.reading.clauses if clause.at < i]
        if verbs and k not in owned:
            yield name, k, max(verbs)


def owned_nouns(e: Evidence) -> Iterator[tuple[int, str, int]]:
    """Who has such a noun, if that one does something after it: a woman WITH A SUITCASE gets on."""
    for i, k, name in _untied(e):
        j = next((j for j in range(i - 1, -1, -1) if e.reading.senses[j] == "preposition"), i)
        holder = e.reading.mention_at.get(j - 1)
        if holder is not None and any(holder in c.subjects and c.at > i for c in e.reading.clauses):
            yield holder, name, k


def _untied(e: Evidence) -> Iterator[tuple[int, int, str]]:
    tied = {k for c in e.reading.clauses for k in (*c.subjects, *c.objects, *(j for _, j in c.obliques))}
    tied |= {k for relation in e.relations.values() for k in (relation.figure, relation.ground)}
    tied |= {state.mention for state in e.reading.states if state.mention is not None}
    for i, k in sorted(e.reading.mention_at.items()):
        if k not in tied and not e.reading.mentions[k].absent and (name := _prepositions_before(e, i)):
            tied.add(k)
            yield i, k, name


def _ways_of_places(e: Evidence) -> Iterator[tuple[str, str, int]]:
    """Across the bridge, along the beach: preposition, place, and the verb before it."""
    for i, place in sorted(e.reading.places.items()):
        before = _prepositions_before(e, i)
        verbs = [clause.at for clause in e.reading.clauses if clause.at < i]
        if i not in e.reading.mention_at and before and before not in WHERE and verbs:
            yield before, OWN if singular(e.reading.words[i]) in own_words() else place, max(verbs)


def preposition_of(e: Evidence, k: int) -> str:
    at = next((i for i, n in sorted(e.reading.mention_at.items()) if n == k), None)
    return _prepositions_before(e, at) if at is not None else ""


def _prepositions_before(e: Evidence, i: int) -> str:
    """The prepositions right before a noun and its adjectives: in front of, next to."""
    j = i - 1
    while j >= 0 and (j in e.states or e.reading.senses[j] in _BETWEEN) and e.reading.words[j].text not in PARTED:
        j -= 1
    last = j
    while j >= 0 and (e.reading.senses[j] == "preposition" or e.reading.words[j].text == "next"):
        if j in e.reading.particles:
            break
        j -= 1
    return " ".join(e.reading.words[n].text for n in range(j + 1, last + 1))


def kind_of(e: Evidence, mention: Mention) -> str:
    """The kind of a mention; OWN for what a user's lexicon names, and for what nobody knows, an item of its own."""
    if mention.group == "unknown":
        return OWN
    words = (e.reading.words[i] for i, k in e.reading.mention_at.items() if e.reading.mentions[k] is mention)
    return OWN if any({word.text, singular(word)} & own_words() for word in words) else mention.kind


def singular(word: Word) -> str:
    first, _, last = word.text.rpartition(" ")
    return f"{first} {lexicon().nouns.get(last, last)}".strip()


def in_words(verb: str, event: Event) -> str:
    parts = [" and ".join(dict.fromkeys(event.who)), verb, " and ".join(dict.fromkeys(event.whom))]
    parts += [f"{name} {kind}" for name, kind in event.ways]
    return " ".join(part for part in parts if part)
