"""An event of a caption as it is compared with the frames of checked.json: its verb, the kinds around it,
and what joins it to the next one.

Reads an Evidence; nouns and places with a preposition belong to the event before them (walks past a bench).

Sentences of svta's own categories were looked at whole, with the choreography that acts them out: their words ("a
landslide buries a car", "pickpockets") are known to no judge of single words. What varies in them, who is in them, in
which colours, where and when, is judged as in any other caption.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Final

from ..choreography import Choreography, load_choreographies
from ..own_sentences import said_as, variant_said
from ..parsing.clauses import Clause, Reading
from ..parsing.lexicon import Word, lexicon, own_words
from ..parsing.mentions import Mention
from ..parsing.sentences.parser import read
from ..scene import Scene
from .checked import OWN, Event, checked
from .evidence import Evidence
from .fidelity import FidelityItem

_PUT_ON: Final = {"hat": "hat", "upper": "lying coat"}  # garments that are drawn on and off
PARTED: Final = ".,;!?"
WHERE: Final = frozenset(("in", "at", "on", "inside"))  # the place of the scene; with others it is a way
_BETWEEN: Final = ("", "colour", "number", "side")  # a preposition and its noun
BOOTS: Final = ("trunk", "boot", "tailgate")
# Seen with the vehicle that they belong to; what they do is asked for by itself.
VEHICLE_PARTS: Final = ("door", "doors", "lights", "headlights", "siren", "engine", "wheels", "tyres", "tires")
_TOLD: Final = frozenset(("verb", "order", "relation", "extra", "manner"))  # of the sentence, whatever fills its slots
_SETTING: Final = frozenset(("place", "time", "weather", "colour"))
_SIDES: Final = ("left", "right")
_PARTS: Final = (", while ", ". ")  # what another sentence or clause follows
BEFORE: Final = ("after", "once", "before")
_LINKS: Final = frozenset(("and", "who", "which", "that", "where", "but"))


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
    worn = [_PUT_ON.get(e.reading.words[i].senses["garment"], e.reading.words[i].text) for i in _garments(e, clause)]
    ways += [(text, f"the {place}") for text, place, at in _ways_of_places(e) if at == clause.at]
    ways += [(name, kinds[k]) for name, k, at in loose_nouns(e) if at == clause.at]
    ways += [(text, "") for _, text, at in bare_ways(e) if at == clause.at]
    down = clause.down and "down" not in e.reading.words[clause.at].text.split()
    ways += [("apart", "")] * clause.apart + [("meeting", "")] * clause.meeting + [("down", "")] * down
    ways += [("together", "")] * _one_load_by_two(e, clause)
    mutual = [*_each_other(e, clause)]  # with a preposition it is a way: wave to each other
    ways += [(name, "each other") for name in mutual if name]
    whom = (*(kinds[k] for k in objects), *worn, *("each other" for name in mutual if not name))
    return Event(who, whom, tuple(dict.fromkeys(ways)))


def _one_load_by_two(e: Evidence, clause: Clause) -> bool:
    """True where two have one end each of what they carry."""
    things, who = e.ids(clause.objects), e.ids(clause.subjects)
    bearers = {b.who for b in e.scene.beats if b.verb in ("carry", "lift") and b.target in things}
    return clause.verb in ("carry", "lift", "load", "put") and len(bearers) > 1 and bool(bearers & who)


def _garments(e: Evidence, clause: Clause) -> list[int]:
    """The words of the clothes that somebody puts on or takes off, or spills something on."""
    if not clause.verb.startswith(("put on", "take off", "spill")):
        return []
    last = min((c.at for c in e.reading.clauses if c.at > clause.at), default=len(e.reading.words))
    return [i for i in range(clause.at + 1, last) if e.reading.senses[i] == "garment"]


def _each_other(e: Evidence, clause: Clause) -> Iterator[str]:
    """The preposition before "each other", if the clause is the last one before it."""
    for i, word in enumerate(e.reading.words):
        verbs = [c.at for c in e.reading.clauses if c.at < i]
        told = e.reading.senses[i] == "pronouns" and word.text in ("each other", "one another")
        if told and verbs and max(verbs) == clause.at:
            name = preposition_before(e, i)
            yield "" if set(name.split()) & set(e.reading.words[clause.at].text.split()) else name


def bare_ways(e: Evidence) -> Iterator[tuple[int, str, int]]:
    """Words that say where to by themselves, and the verb before them: carries it AWAY."""
    for i, word in enumerate(e.reading.words):
        after = e.reading.words[i + 1].text if i + 1 < len(e.reading.words) else "."
        ends = after in (*PARTED, "and", "but") or e.reading.senses[i + 1 : i + 2] in (["after"], ["meanwhile"])
        verbs = [clause.at for clause in e.reading.clauses if clause.at < i]
        bare = word.text in ("away", "back") and e.reading.senses[i] in ("", "preposition")
        if bare and ends and verbs and i not in e.reading.particles:
            yield i, word.text, max(verbs)


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
        if k not in tied and not e.reading.mentions[k].absent and (name := preposition_before(e, i)):
            tied.add(k)
            yield i, k, name


def _ways_of_places(e: Evidence) -> Iterator[tuple[str, str, int]]:
    """Across the bridge, along the beach: preposition, place, and the verb before it."""
    for i, place in sorted(e.reading.places.items()):
        before = preposition_before(e, i)
        verbs = [clause.at for clause in e.reading.clauses if clause.at < i]
        if i not in e.reading.mention_at and before and before not in WHERE and verbs:
            yield before, OWN if singular(e.reading.words[i]) in own_words() else place, max(verbs)


def preposition_of(e: Evidence, k: int) -> str:
    at = next((i for i, n in sorted(e.reading.mention_at.items()) if n == k), None)
    return preposition_before(e, at) if at is not None else ""


def preposition_before(e: Evidence, i: int) -> str:
    """The prepositions right before a noun and its adjectives: in front of, next to."""
    j = i - 1
    while j >= 0 and (j in e.states or e.reading.senses[j] in _BETWEEN) and e.reading.words[j].text not in PARTED:
        j -= 1
    part = j > 0 and e.reading.words[j].text == "of" and e.reading.words[j - 1].text in BOOTS
    if part or (j > 0 and e.reading.words[j].text == "of" and e.reading.senses[j - 1] in ("crowd", "number")):
        return preposition_before(e, j - 1)  # past a row of taxis, into the trunk of a taxi
    last = j
    while j >= 0 and (e.reading.senses[j] == "preposition" or e.reading.words[j].text == "next"):
        if j in e.reading.particles:
            break
        j -= 1
    found = " ".join(e.reading.words[n].text for n in range(j + 1, last + 1))
    return "in front of" if found == "front of" else found  # is parked in front of it


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


def own_sentence(caption: str, reading: Reading, category: str | None) -> Choreography | None:
    """The choreography, with this sentence alone, of a sentence that was looked at; None for any other caption."""
    tables = (load_choreographies().get(category or ""), variant_said(caption, reading, category))
    seen = checked().sentences
    alone = (replace(table, say=(say,)) for table in tables if table is not None
             for say in seen.get(table.name, ()) if say in table.say)  # fmt: skip
    return next((table for table in alone if said_as(table, caption, reading)), None)


def told_part(caption: str, scene: Scene) -> tuple[str, Choreography] | None:
    """The caption, or its first part, and the choreography whose own sentence it is, if the scene acts that out."""
    ends = sorted({len(caption), *(at for mark in _PARTS if (at := caption.find(mark)) > 0)})
    for end in ends:
        part = caption[:end].rstrip(".") + "."
        table = own_sentence(part, read(part), scene.category)
        if table is not None and acts(scene, table):
            return part, table
    return None


def stands_for_itself(item: FidelityItem, table: Choreography, scene: Scene) -> bool:
    """True if an item belongs to the sentence itself and not to what varies in it, or says which way it all goes."""
    if item.kind == "direction" and item.text.split()[-1] in _SIDES and "{dir}" in table.say[0]:
        return _side(scene, table) == item.text.split()[-1]
    fixed = " ".join(table.say).split()
    return item.kind not in _SETTING and (item.kind in _TOLD or all(word in fixed for word in item.text.split()))


def acts(scene: Scene, table: Choreography) -> bool:
    """True if all roles and things of the choreography are in the scene and all its beats, in their order."""
    props = {prop.id: prop for prop in scene.props}
    there = {r.actor.id for r in table.roles} <= {a.id for a in scene.actors} and all(
        own.id in props and own.kind == props[own.id].kind and own.colour in (None, props[own.id].colour)
        for own in table.props
    )
    if scene.backwards != table.backwards or not there:
        return False
    shown, told = (
        [(b.verb, b.who, b.target) for b in sorted(beats, key=lambda beat: beat.start)]
        for beats in (scene.beats, table.beats)
    )
    rest = iter(shown)
    return all(beat in rest for beat in told)


def _side(scene: Scene, table: Choreography) -> str:
    """Where the choreography's first movement leads in the scene; as it is written, to the right."""
    begin = {actor.id: actor.x for actor in scene.actors}
    who = next((beat.who for beat in table.beats if beat.to is not None), "")
    to = next((beat.to for beat in scene.beats if beat.who == who and beat.to is not None), None)
    if to is None or who not in begin:
        return ""
    return "right" if to > begin[who] else "left"


def joins(e: Evidence, first: Clause, second: Clause) -> list[str]:
    """The words that join two events: then, and; after, at the beginning of a sentence too."""
    words, senses = e.reading.words, e.reading.senses
    start = next((i for i in range(first.at, -1, -1) if words[i].text in PARTED), -1)
    fronted = [words[i].text for i in range(start + 1, first.at)
               if senses[i] in ("after", "meanwhile") or (i == start + 1 and words[i].text in BEFORE)]  # fmt: skip
    between = [words[i].text for i in range(first.at, second.at)
               if senses[i] in ("after", "meanwhile") or words[i].text in _LINKS or _leads(e, i, second)]  # fmt: skip
    return [*fronted, *between]


def _leads(e: Evidence, i: int, second: Clause) -> bool:
    """True for "after" before those of the second event: a man waves AFTER a bus arrives."""
    if e.reading.words[i].text == "after" and second.weather and second.verb == "vanish" and i == second.at - 1:
        return True  # after the rain
    following = next((e.reading.mention_at[j] for j in range(i + 1, second.at) if j in e.reading.mention_at), None)
    return e.reading.words[i].text in BEFORE and following is not None and following in second.subjects


def opens(e: Evidence, i: int) -> bool:
    """True for "after" at the beginning of an event."""
    fronted = i == 0 or e.reading.words[i - 1].text in PARTED
    return fronted or any(_leads(e, i, clause) for clause in e.reading.clauses if clause.at > i)


def parted(e: Evidence, first: Clause, second: Clause) -> bool:
    return any(word.text in (",", ";", ".") for word in e.reading.words[first.at : second.at])


def not_done(e: Evidence) -> set[int]:
    """Whom and what it is told of that it does not happen to them: does not chase THE BALL."""
    found = {k for denial in e.reading.denials if denial.group == "verb" for k in denial.subjects}
    at = [denial.at for denial in e.reading.denials if denial.group == "verb"]
    ends = {i for i, sense in enumerate(e.reading.senses) if sense == "verb" or e.reading.words[i].text in PARTED}
    return found | {
        k for i, k in e.reading.mention_at.items() if any(d < i and not ends & {*range(d + 1, i)} for d in at)
    }


def doers(clause: Clause) -> set[int]:
    """Who is told of: a dog that runs IS HIT."""
    return set(clause.objects if clause.passive else clause.subjects)


def bases(verbs: set[str]) -> set[str]:
    """The phrases, and their verbs without the preposition: walk past, walk."""
    cut = {text.rpartition(" ")[0] for text in verbs if text.rpartition(" ")[2] in lexicon().lists["prepositions"]}
    return verbs | cut


def described(e: Evidence, i: int) -> str:
    """The kind of what an adjective belongs to: the next noun, or the one before: the street is empty."""
    for j in (*range(i + 1, min(i + 4, len(e.reading.words))), *range(i - 1, -1, -1)):
        if e.reading.words[j].text in PARTED or e.reading.senses[j] == "verb":
            continue
        if (k := e.reading.mention_at.get(j)) is not None:
            return kind_of(e, e.reading.mentions[k])
        if j in e.reading.places:
            place = f"the {e.reading.places[j]}"
            return place if place in checked().attributes.get(e.reading.words[i].text, ()) else "place"
    return ""


def crowd_word(e: Evidence, k: int) -> str:
    """The word of a crowd that names the mention: people, passengers."""
    at = next((i for i, n in e.reading.mention_at.items() if n == k and e.reading.senses[i] == "crowd"), None)
    return e.reading.words[at].text if at is not None else ""
