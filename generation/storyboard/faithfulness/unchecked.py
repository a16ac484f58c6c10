"""Judges what of a caption nobody has looked at: every word, event and combination needs an entry of checked.json.

Reads an Evidence; gives items that are not drawn, with the reason "not checked by eye: ...", none where all was seen.
What a user's own lexicon and choreographies name is theirs, and not asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final

from ..choreography import Choreography
from ..drawn_tables import bare_without
from ..parsing.lexicon import own_words
from ..parsing.mentions import Mention
from ..parsing.word_senses import HEADS
from ..placement import IN_VIEW
from ..scene import FAIR, whole_and_part
from .checked import OWN, Event, checked, was_seen
from .evidence import Evidence
from .fidelity import FidelityItem, adds_nothing
from .settings import indoors
from .told_events import (
    BEFORE,
    BOOTS,
    PARTED,
    VEHICLE_PARTS,
    acts,
    alike,
    bare_ways,
    bases,
    crowd_word,
    described,
    doers,
    event_of,
    in_words,
    joins,
    kind_of,
    loose_nouns,
    not_done,
    opens,
    own_sentence,
    owned_nouns,
    parted,
    phrases,
    preposition_before,
    preposition_of,
    singular,
)

_NOUNS: Final = frozenset((*HEADS, "place"))
_IN_WEATHER: Final = frozenset(("in", "during", "through", "under", "of", "against", "from"))
_PRONOUNS: Final = frozenset(("it", "who", "which", "that", "each other", "one another", "they"))
_GROUND: Final = ("ground", "floor", "tiles", "scene")
_IN_A_ROW: Final = 12
_ROWS: Final = frozenset(("queue", "line", "row", "rows", "file"))
_FEWEST: Final = 3  # whom a caption names as a row; one who is in a queue has others about
_JOINED: Final = (" in", " on", " at")  # a verb read with its preposition: walks in a park, stops at a gas station
_BODY: Final = frozenset(("face", "head", "arm", "leg", "chest", "stomach"))
_ON_A_BODY: Final = ("in", "by")


def not_checked(
    caption: str, e: Evidence, choreographies: Mapping[str, Choreography] | None = None
) -> Iterator[FidelityItem]:
    """What of a caption has no entry."""
    told = _own_sentence(caption, e, choreographies)
    yield from _places_and_times(e)
    yield from _looks(e)
    if told:
        yield from _strangers(e)
    else:
        yield from _numbers(e)
        yield from _nouns(e)
        yield from _events(e)
        yield from _prepositions(e)
        yield from _composition(e)
        yield from _small_words(e)


def _strangers(e: Evidence) -> Iterator[FidelityItem]:
    """Who and what stands in a sentence's gap, and a place there: crashes into A SHOP WINDOW, into A BRIDGE."""
    sentence = own_sentence(e.scene.caption, e.reading, e.scene.category)
    own = " ".join(sentence.say) if sentence is not None else ""
    for item_ in _nouns(e):
        if item_.text not in own or item_.kind != "noun":
            yield item_
    for i, place in sorted(e.reading.places.items()):
        before = preposition_before(e, i)
        joined = i and e.reading.words[i - 1].text.endswith(_JOINED)
        hit = before in ("into", "against", "onto") or (not before and not joined)
        if hit and i and i not in e.reading.mention_at and e.reading.words[i].text not in own:
            yield _unseen("place", e.reading.words[i].text, f"{before} a {place}".strip())


def _unseen(kind: str, text: str, what: str = "") -> FidelityItem:
    return FidelityItem(kind, text, False, f"not checked by eye: {what or text}")


def _own_sentence(caption: str, e: Evidence, choreographies: Mapping[str, Choreography] | None) -> bool:
    """True if it is a sentence of a category or contrast that was looked at, or acted out by a user's choreography."""
    own = (choreographies or {}).get(e.scene.category or "")
    sentence = own_sentence(caption, e.reading, e.scene.category)  # a cable is repaired otherwise than a car
    return (own is not None and own.own) or (sentence is not None and acts(e.scene, sentence))


def _places_and_times(e: Evidence) -> Iterator[FidelityItem]:
    table = checked()
    for i, word in enumerate(e.reading.words):
        sense = e.reading.senses[i]
        if i in e.denials:
            continue
        if sense == "place" and i not in e.reading.mention_at and singular(word) not in own_words():
            place = e.reading.places.get(i, word.senses["place"])
            if not {word.text, singular(word)} & table.places.get(place, frozenset()):
                yield _unseen("place", word.text)
        elif sense == "time" and word.text not in table.words["times"]:
            yield _unseen("time", word.text)
        elif sense == "weather" and word.text not in table.words["weathers"]:
            yield _unseen("weather", word.text)
        elif word.text == "wet" and any(prop.kind == "puddle" for prop in e.scene.props):
            continue  # the floor
        elif sense == "weather" and indoors(e.scene.place):
            yield _unseen("weather", word.text, f"{word.text} in a {e.scene.place}")
    named = {place for i, place in e.reading.places.items() if i not in e.reading.mention_at}
    if len(named - {*IN_VIEW.get(e.scene.place, ())}) > 1:
        yield _unseen("place", "two places")


def _looks(e: Evidence) -> Iterator[FidelityItem]:
    """Colours, clothes and sizes on who has them."""
    table = checked()
    for i, word in enumerate(e.reading.words):
        sense = e.reading.senses[i]
        if sense == "colour":
            value = word.senses["colour"]
            of = [m for m in e.reading.mentions
                  if value in (m.colour, m.trousers, m.hat_colour, m.worn_colour) and not m.absent]  # fmt: skip
            if not all(kind_of(e, m) in (OWN, *table.colours.get(word.text, ())) for m in of):
                yield _unseen("colour", word.text, f"{word.text} on {' and '.join(sorted({m.kind for m in of}))}")
        elif sense == "garment" and i not in e.denials and not {word.text, singular(word)} & table.words["garments"]:
            yield _unseen("noun", word.text)
        elif i in e.reading.sizes:
            mention = e.reading.mentions[e.reading.sizes[i]]
            if kind_of(e, mention) not in (OWN, *table.attributes.get(word.text, ())):
                yield _unseen("attribute", word.text, f"{word.text} {mention.text or mention.kind}")


def _numbers(e: Evidence) -> Iterator[FidelityItem]:
    table = checked()
    counted = {k: e.reading.words[i].text for i, k in e.reading.counts.items()}
    for k, mention in enumerate(e.reading.mentions):
        if mention.absent or mention.count < 2 or mention.behind:  # "crowded" is a word of its own
            continue
        word = counted.get(k) or (e.reading.words[mention.counted].text if mention.counted is not None else "")
        kind = kind_of(e, mention)
        vague = word in table.vague
        most = table.counts.get(kind, 1)
        if kind == OWN or (vague and kind in table.vague[word]) or (not vague and mention.count <= most):
            continue
        if mention.group == "person" and mention.count <= _IN_A_ROW and all(t.scale < 0.7 for t in e.things(mention)):
            continue  # one beside the other, each of them seen
        queue = mention.count > _IN_A_ROW and bool(_ROWS & {w.text.split()[0] for w in e.reading.words})
        if mention.group == "person" and crowd_word(e, k) in table.words["crowds"] and not queue:
            continue  # more than twelve stand in a clump
        yield _unseen("count", word or mention.text, f"{word or mention.count} {mention.text}")


def _nouns(e: Evidence) -> Iterator[FidelityItem]:
    for i, k in sorted(e.reading.mention_at.items()):
        word, mention = e.reading.words[i], e.reading.mentions[k]
        if e.reading.senses[i] not in _NOUNS or i in e.denials or mention.absent or kind_of(e, mention) == OWN:
            continue
        place = e.scene.place.partition(" without ")[0]
        if place not in checked().homes.get(mention.kind, {place}):
            yield _unseen("noun", word.text, f"{word.text} in a {place}")
            continue
        if word.text in BOOTS and "car" in checked().nouns:
            continue  # of the car to which it belongs
        if word.text in VEHICLE_PARTS and mention.group == "vehicle":
            continue
        both = whole_and_part(mention.kind)
        if both and both[0] in checked().words["measures"] and both[1] in checked().nouns:
            continue  # a basket of apples
        kinds = {mention.kind, *checked().forms.get(mention.kind, ())}
        kinds |= {word.senses.get("prop", "")} if mention.group == "vehicle" else set()  # its lights
        kinds |= {"person"} if mention.group == "person" and word.senses.get("person") == "person" else set()
        if not any({word.text, singular(word)} & checked().nouns.get(kind, frozenset()) for kind in kinds):
            yield _unseen("noun", word.text)
    for denial in e.reading.denials:
        absent = checked().words["not done" if denial.group == "verb" else "absent"]
        name = denial.text if bare_without(denial.text) else denial.name
        after = e.reading.words[denial.at + 1].text if denial.at + 1 < len(e.reading.words) else ""
        after = after if " " not in denial.text else denial.text.split()[-1]
        name = f"{name} {after}" if name == "look" and after in ("up", "back", "away") else name
        if name not in absent and denial.text not in own_words():
            yield _unseen("negation", denial.text, f"no {denial.name}")


def _events(e: Evidence) -> Iterator[FidelityItem]:
    table = checked()
    for clause in e.reading.clauses:
        verbs, word = phrases(e, clause), e.reading.words[clause.at]
        if verbs & own_words():
            continue
        event = event_of(e, clause)
        own = OWN in (*event.who, *event.whom, *(kind for _, kind in event.ways))
        if not own and not any(was_seen(texts, told) for texts, told in (alike(verbs, event), (verbs, event))):
            said = min(verbs, key=lambda text: (len(text), not text.startswith(clause.lemma), text))  # eat, not ate
            yield _unseen("verb", word.text, in_words(said, event))
        if len(clause.subjects) > 1 and not verbs & table.words["together"] and not own:
            yield _unseen("verb", word.text, f"{' and '.join(event.who)} {word.text} together")
        if clause.direction and not {verb.split()[0] for verb in verbs} & table.words["sideways"]:
            yield _unseen("direction", word.text, f"{word.text} to one side")
    for state in e.reading.states:
        kind = kind_of(e, e.reading.mentions[state.mention]) if state.mention is not None else "place"
        word = e.reading.words[state.at]
        if kind != OWN and not any(kind in table.states.get(text, ()) for text in (word.text, *word.lemmas)):
            yield _unseen("verb", word.text, f"{word.text} {kind}")
    for word in e.reading.words:
        for adverb in word.manner:
            if not adds_nothing(adverb, word.text) and not any(
                adverb in table.manners and phrases(e, c) & table.manners[adverb] for c in e.reading.clauses
            ):
                yield _unseen("manner", adverb)


def _prepositions(e: Evidence) -> Iterator[FidelityItem]:
    """Nouns that no event and no relation that was looked at holds."""
    placed = {k for c in e.reading.clauses for k in (*c.subjects, *c.objects, *(j for _, j in c.obliques))}
    placed |= {state.mention for state in e.reading.states if state.mention is not None}
    placed |= {k for _, k, _ in loose_nouns(e)} | not_done(e)
    related: set[int] = set()
    for figure_, name, k in owned_nouns(e):
        related.add(k)
        if not _relates(e, e.reading.mentions[figure_], name, e.reading.mentions[k]):
            yield _unseen("relation", f"{name} {e.reading.mentions[k].text}")
    for relation in e.relations.values():
        if relation.ground in placed and relation.figure in placed:
            continue  # where it happens
        figure, ground = (e.reading.mentions[k] for k in (relation.figure, relation.ground))
        name = preposition_of(e, relation.ground) or relation.preposition
        related |= {relation.figure, relation.ground}
        if not _relates(e, figure, name, ground):
            yield _unseen("relation", f"{name} {ground.text}", f"{figure.text} {name} {ground.text}")
    for k, mention in enumerate(e.reading.mentions):
        inner = mention.inner or mention.behind
        if mention.absent or inner or k in placed or k in related or mention.part_of is not None:
            continue
        if mention.held or any(m.holds == mention.kind for m in e.reading.mentions):
            holder = next((m for m in e.reading.mentions if m.holds == mention.kind), None)
            if holder is None or not _relates(e, holder, "with", mention):
                yield _unseen("relation", f"with {mention.text}")
        elif placed or related:
            yield _unseen("noun", mention.text, f"what the {mention.text} is there for")
    bare = {i for i, _, _ in bare_ways(e)}
    for i, word in enumerate(e.reading.words):
        loose = e.reading.senses[i] == "preposition" and i not in e.reading.particles and i not in bare
        loose &= not (word.text == "without" and e.reading.words[i + 1 : i + 2] and i + 1 in e.denials)
        if loose and not _leads_to_noun(e, i):
            yield _unseen("word", word.text)


def _relates(e: Evidence, figure: Mention, name: str, ground: Mention) -> bool:
    event = Event((kind_of(e, figure),), (), ((name, kind_of(e, ground)),))
    return any(frame.fits(event) for frame in checked().relations)


def _leads_to_noun(e: Evidence, i: int) -> bool:
    """True if a noun, a time or clothes follow the preposition at i; starts TO rain is none."""
    after = e.reading.words[i + 1].text if i + 1 < len(e.reading.words) else ""
    if after in _BODY and e.reading.words[i].text in _ON_A_BODY:
        return True
    if e.reading.words[i].text == "without" and i + 1 in e.denials:
        return True  # without stopping
    if e.reading.words[i].text == "to" and e.reading.senses[i + 1 : i + 2] in (["verb"], ["weather"]):
        return True
    for j in range(i + 1, len(e.reading.words)):
        sense, text = e.reading.senses[j], e.reading.words[j].text
        if sense in (*_NOUNS, "time", "garment", "direction", "side", "pronouns") or text in _GROUND:
            return True
        floor = j + 1 < len(e.reading.words) and e.reading.words[j + 1].text == "floor"
        if sense == "weather" and (floor or e.reading.senses[j + 1 : j + 2] == ["place"]):
            continue  # on a wet road
        if sense == "weather":
            return e.reading.words[i].text in _IN_WEATHER
        if text in PARTED or (sense in ("verb", "after", "meanwhile") and j not in e.states):
            break
    before_colour = i + 1 < len(e.reading.words) and e.reading.senses[i + 1] == "colour"
    return before_colour and e.reading.words[i].text in ("in", "with")


def _composition(e: Evidence) -> Iterator[FidelityItem]:
    """How many events, actors and things there are, and what joins two events."""
    table, reading = checked(), e.reading
    clauses = sorted(reading.clauses, key=lambda clause: clause.at)
    if len(clauses) > table.most["events"]:
        yield _unseen("order", f"{len(clauses)} events")
    doing = {k for clause in clauses for k in clause.subjects}  # a crane and a robot arm act
    acts = [m.group in ("person", "animal", "vehicle") or k in doing for k, m in enumerate(reading.mentions)]
    for name, act in (("actors", True), ("things", False)):
        there = [m for m, acting in zip(reading.mentions, acts) if acting == act and not m.absent]
        if (n := sum(m.group in (*HEADS, "crowd") for m in there)) > table.most[name]:
            yield _unseen("noun", f"{n} {name}")
    for first, second in pairwise(clauses):
        by = "one" if doers(first) == doers(second) else "two"
        texts = joins(e, first, second) or (["comma"] if by == "two" and parted(e, first, second) else ["participle"])
        one, two = (bases(phrases(e, clause)) for clause in (first, second))
        lists = ("first", "second") if by == "one" else ("beside", "beside")
        seen = bool(one & table.words[lists[0]] and two & table.words[lists[1]]) or "participle" in texts
        if not seen or not all(by in table.joins.get(text, ()) for text in texts):
            text = f"{reading.words[first.at].text} … {reading.words[second.at].text}"
            yield _unseen("order", text, f"{' '.join(texts)}, by {by}")


def _small_words(e: Evidence) -> Iterator[FidelityItem]:
    """Words of no sense that change nothing in a picture are listed; others say something that nobody looked for."""
    silent, bare = checked().words["silent"], {i for i, _, _ in bare_ways(e)}
    for i, word in enumerate(e.reading.words):
        sense = e.reading.senses[i]
        if sense == "idiom" and word.text.split()[-1] in _ROWS and all(m.count < _FEWEST for m in e.reading.mentions):
            yield _unseen("word", word.text, f"the others {word.text}")
            continue
        if i in e.denials or i in e.reading.sizes or word.text in silent or word.text in own_words():
            continue
        if word.text in checked().attributes and described(e, i) in checked().attributes[word.text]:
            continue
        if word.text in BOOTS and [w.text for w in e.reading.words[i + 1 : i + 2]] == ["of"]:
            continue  # the way leads there: into the trunk OF a car
        if word.text in _BODY and i and e.reading.words[i - 1].text in _ON_A_BODY:
            continue  # hits a man IN THE FACE, takes a woman BY THE ARM
        bare |= {i} if word.text in BEFORE and opens(e, i) else set()
        alone = (
            sense == ""
            and i not in bare
            and word.text not in PARTED
            and i not in e.states
            and i not in e.reading.particles  # of the verb, which is asked for with them
            and not word.lemmas & e.acted
        )
        shining = e.scene.time == "day" and e.scene.weather in FAIR and not indoors(e.scene.place)
        told = word.text in checked().words["formations"] or (word.text == "in sun" and shining)
        apart = (
            sense == "idiom" and not told and not any(clause.apart or clause.meeting for clause in e.reading.clauses)
        )
        who = sense == "pronouns" and i not in e.reading.mention_at and word.text not in _PRONOUNS
        if alone or apart or who:
            yield _unseen("word", word.text)
