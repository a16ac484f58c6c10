"""How much of a caption a Scene shows: one item for each thing the caption says, drawn or not, and the share drawn.

Reads a caption and a Scene (from read_scene, or edited); gives a Fidelity. Only what the Scene holds counts: its
actors, props and beats, its place, time and weather. A word that the parser does not know, or knows as something
else that looks similar (a tiger drawn as a cat), is an item that is not drawn.

    fidelity("A dog chases two cats at night.", scene).items    # dog, chases, two, cats, night
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from operator import contains
from typing import Final

from .choreography import Choreography
from .parsing.clauses import Clause, Reading
from .parsing.lexicon import Word, lexicon
from .parsing.mentions import Mention
from .parsing.parser import read
from .parsing.relations import Relation, relations
from .parsing.word_senses import HEADS
from .placement import WORDING, stands
from .scene import PEOPLE, PROP_KINDS, VEHICLES, WHOLE_SCENE, Actor, Beat, Prop, Scene
from .shown_verbs import HARM, LEAVING, MOTION, shows

_VAGUE: Final = {"several": 3, "few": 2, "some": 2, "many": 4, "multiple": 2, "numerous": 4, "various": 2, "both": 2,
                 "crowds": 4, "group": 3}  # fmt: skip
_EXACT: Final = {"eight": 8, "nine": 9, "ten": 10, "8": 8, "9": 9, "10": 10, "dozen": 12, "dozens": 24,
                 "hundreds": 200}  # fmt: skip
_SMALL_CROWD: Final = 3  # figures that stand for a crowd, at the least
_UP: Final = frozenset(("fly", "climb", "jump", "lift", "rise"))
_DOWN: Final = frozenset(("fall", "plunge", "slide down", "topple", "sink", "land", "drop", "collapse"))


@dataclass(frozen=True)
class FidelityItem:
    """One thing that a caption says. `kind`: noun, verb, count, colour, direction, place, time, weather, order,
    negation, attribute or word; `reason` says why it is not drawn."""

    kind: str
    text: str
    drawn: bool
    reason: str = ""


@dataclass(frozen=True)
class Fidelity:
    """The items of a caption and the share of them that is drawn; 1 where a caption says nothing."""

    items: tuple[FidelityItem, ...]

    @property
    def score(self) -> float:
        """0 to 1."""
        return sum(item.drawn for item in self.items) / len(self.items) if self.items else 1.0

    @property
    def undrawn(self) -> tuple[str, ...]:
        """What is not drawn, in the caption's words."""
        return tuple(dict.fromkeys(item.text for item in self.items if not item.drawn))


def measure(caption: str, scene: Scene, choreographies: Mapping[str, Choreography] | None = None) -> Fidelity:
    """The Fidelity of a scene to a caption, by what the scene holds; `scene.caption` is not looked at.

    With a user's choreographies, the words of the scene's category are not unknown: its beats act them out.
    """
    table = (choreographies or {}).get(scene.category or "")
    played = {(beat.verb, beat.who) for beat in scene.beats}
    acted: set[str] = set()
    if table is not None and any((beat.verb, beat.who) in played for beat in table.beats):
        acted = {word for text in table.words for word in text.replace("!", "").split()}
    return Fidelity(tuple(_Comparison(read(caption), scene, frozenset(acted)).items()))


class _Comparison:
    """One caption's reading beside one scene."""

    def __init__(self, reading: Reading, scene: Scene, acted: frozenset[str] = frozenset()):
        self.reading, self.scene, self.acted = reading, scene, acted
        self.shown: list[Actor | Prop] = [*scene.actors, *scene.props]
        self.kinds: dict[str, str] = {thing.id: thing.kind for thing in self.shown}
        self.clauses = {clause.at: clause for clause in reading.clauses}
        self.states = {state.at: state for state in reading.states}
        self.denials = {denial.at: denial for denial in reading.denials}
        self.relations = {relation.at: relation for relation in relations(reading)}
        self.judges: dict[str, Callable[[int, Word], Iterator[FidelityItem]]] = {
            "verb": self._verb, "number": self._number, "colour": self._colour, "garment": self._garment,
            "side": self._side, "direction": self._side, "place": self._place, "time": self._time,
            "weather": self._weather, **dict.fromkeys(HEADS, self._noun),
        }  # fmt: skip

    def items(self) -> Iterator[FidelityItem]:
        """In the order of the caption, the order of its events last."""
        for i, word in enumerate(self.reading.words):
            sense = self.reading.senses[i]
            if i in self.denials:
                yield self._negation(i)
            elif sense not in ("", "preposition", "verb") and self._stands_in(word):
                yield _item("noun", word.text, False, f"drawn as a {word.senses.get(sense, sense)}")
            elif sense in self.judges:
                yield from self.judges[sense](i, word)
            else:
                yield from self._rest(i, word)
            if self.reading.senses[i] == "preposition" and i in self.relations:
                yield self._relation(self.relations[i])
            for adverb in word.manner:
                yield _item("manner", adverb, self._is_paced(adverb, i), "is not drawn")
        for clause in self.reading.clauses:
            if clause.apart or clause.meeting:
                ways = [
                    beat.to - self._x(beat.who, beat) for beat in self._showing(clause) or [] if beat.to is not None
                ]
                both = any(way > 0 for way in ways) and any(way < 0 for way in ways)
                text = "opposite directions" if clause.apart else "toward each other"
                yield _item("direction", text, both, "all go one way")
        yield from self._order()

    @staticmethod
    def _stands_in(word: Word) -> bool:
        """True for a noun that is drawn as something similar: ducks as birds."""
        first, _, last = word.text.rpartition(" ")
        singular = f"{first} {lexicon().nouns.get(last, last)}".strip()
        return bool({word.text, singular} & lexicon().lists["stand_ins"])

    # -- who and what ------------------------------------------------------------------------------------------------
    def _noun(self, i: int, word: Word) -> Iterator[FidelityItem]:
        k = self.reading.mention_at.get(i)
        if k is None and i in self.reading.counts:  # a group of, a flock of
            yield self._count(word.text, self.reading.mentions[self.reading.counts[i]], 3, exact=False)
            return
        if k is None:
            if i in self.reading.viewing:
                return
            yield _item("noun", word.text, False, "not understood")
            return
        mention = self.reading.mentions[k]
        if mention.absent:
            return
        yield _item("noun", word.text, self._has(mention), f"no {mention.kind} in the scene")
        if mention.counted is None and word.plural and "crowd" not in word.senses and mention.count > 1:
            yield self._count(word.text, mention, 2, exact=False)
        elif "crowd" in word.senses and mention.counted is None:
            least = min(_SMALL_CROWD, int(word.senses["crowd"]))
            yield self._count(word.text, mention, least, exact=False)

    def _number(self, i: int, word: Word) -> Iterator[FidelityItem]:
        k = self.reading.counts.get(i)
        if k is None:
            yield _item("count", word.text, False, "what is counted is not understood")
            return
        exact = word.text not in _VAGUE
        number = _VAGUE.get(word.text) or _EXACT.get(word.text) or int(word.senses["number"])
        if number > 1:
            yield self._count(word.text, self.reading.mentions[k], number, exact)

    def _count(self, text: str, mention: Mention, number: int, exact: bool) -> FidelityItem:
        drawn = sum(thing.count if isinstance(thing, Actor) else 1 for thing in self._things(mention))
        others = [m for m in self.reading.mentions if m is not mention and not m.absent and self._same_kind(m, mention)]
        wanted = number + sum(m.count for m in others)
        fits = drawn == wanted if exact else drawn >= wanted
        return _item("count", text, fits, f"{drawn} in the scene, {wanted} in the caption")

    def _same_kind(self, one: Mention, other: Mention) -> bool:
        return one.kind == other.kind and other.colour in (None, one.colour)

    def _has(self, mention: Mention) -> bool:
        held = any(actor.holds == mention.kind for actor in self.scene.actors)
        used = mention.group == "prop" and any(beat.verb in _IN_HAND.get(mention.kind, ()) for beat in self.scene.beats)
        seen = any(beat.verb in _SEEN_AS.get(mention.kind, ()) for beat in self.scene.beats)
        return bool(self._things(mention)) or held or used or seen

    def _things(self, mention: Mention) -> list[Actor | Prop]:
        """The actors and props of a mention's kind; of its colour, where some have it."""
        things = [t for t in self.shown if _of_kind(t.kind, mention)]
        coloured = [t for t in things if mention.colour and t.colour == mention.colour]
        return coloured or things

    def _ids(self, mentions: list[int]) -> set[str]:
        return {t.id for k in mentions for t in self._things(self.reading.mentions[k])}

    def _colour(self, i: int, word: Word) -> Iterator[FidelityItem]:
        value = word.senses["colour"]
        wearers = [m for m in self.reading.mentions if value in (m.colour, m.trousers, m.hat_colour) and not m.absent]
        shown = [_coloured(thing, value, m) for m in wearers for thing in self._things(m)]
        held = any(a.holds == m.kind for m in wearers if m.colour == value for a in self.scene.actors)
        if not wearers and value in ("red", "green"):  # a traffic light turns from red to green
            lights = {p.id for p in self.scene.props if p.kind == "traffic light"}
            shown = [beat.verb == "open" and beat.who in lights for beat in self.scene.beats]
        reason = f"nothing {value} in the scene" if wearers else "what has this colour is not understood"
        yield _item("colour", word.text, any(shown) and not held, reason)

    def _garment(self, i: int, word: Word) -> Iterator[FidelityItem]:
        kind = word.senses["garment"]
        people = [actor for actor in self.scene.actors if actor.kind in PEOPLE]
        shown = {"hat": any(wears_hat(a) for a in people), "other": False}.get(kind, bool(people))
        yield _item("noun", word.text, shown, "nobody in the scene wears it" if kind == "hat" else "is not drawn")

    # -- what happens ------------------------------------------------------------------------------------------------
    def _verb(self, i: int, word: Word) -> Iterator[FidelityItem]:
        if (clause := self.clauses.get(i)) is not None:
            shown = self._showing(clause) is not None or bool({word.lemma, *word.lemmas} & self.acted)
            if (seen_as := _drawn_as(word)) and not {word.lemma, *word.lemmas} & self.acted:
                yield _item("verb", word.text, False, f"drawn as {seen_as}")
            else:
                yield _item("verb", word.text, shown, self._why_not(clause))
            yield from self._way(clause, word)
            for _, k in clause.obliques:
                if (inner := self.reading.mentions[k]).inner:
                    yield _item("noun", inner.text, self._has(inner), f"no {inner.kind} in the scene")
        elif (state := self.states.get(i)) is not None:
            ids = {WHOLE_SCENE} if state.mention is None else self._ids([state.mention])
            lasts = any(beat.who in ids and shows(beat.verb, state.verb) for beat in self.scene.beats)
            yield _item("verb", word.text, lasts or (state.verb == "stop" and self._stays(ids)), "is not shown")
        else:
            yield _item("verb", word.text, False, "who does it is not understood")

    def _showing(self, clause: Clause) -> list[Beat] | None:
        """The beats that show a clause, None where nothing does; whoever stands still needs none."""
        if clause.weather is not None:
            return self._weather_shows(clause)
        who, whom = self._ids(clause.subjects), self._ids(clause.objects)
        if clause.subjects and not who:
            return None
        by = who or {WHOLE_SCENE, *self.kinds}
        beats = [beat for beat in self.scene.beats if beat.who in by and self._is_shown(clause, beat, whom)]
        if not beats and clause.passive and not clause.subjects:  # only the one it happens to is seen
            beats = [b for b in self.scene.beats if b.who in whom and shows(b.verb, clause.verb, suffered=True)]
        if beats:
            return beats
        if clause.verb in ("carry", "grab") and any(
            actor.holds == self.reading.mentions[k].kind
            for k in clause.objects
            for actor in self.scene.actors
            if actor.id in by
        ):
            return []
        things = bool(who) and all(
            isinstance(t, Prop) for k in clause.subjects for t in self._things(self.reading.mentions[k])
        )
        if clause.verb in ("smash", "shatter") and whom:  # a ball breaks a window
            breaking = [b for b in self.scene.beats if b.who in whom and b.verb == "shatter"]
            return breaking or None
        if "park" in clause.words and not self._stays(who):
            return [b for b in self.scene.beats if b.verb == "drive" and b.to is not None and 0 <= b.to <= 1] or None
        if "park" in clause.words:
            return []
        still = ("stand", "stop", "lie", "sit", "sleep", "dangle") if things else ("stand", "stop")
        return [] if clause.verb in still and self._stays(who) else None

    def _weather_shows(self, clause: Clause) -> list[Beat] | None:
        """Snow that falls is the scene's weather; a tent that the wind blows over has to fall."""
        struck = self._ids([*clause.objects, *(k for p, k in clause.obliques if p in ("over", "down"))])
        beats = [beat for beat in self.scene.beats if beat.who in struck]
        if clause.verb in ("stop", "leave", "kneel"):
            return None  # the weather of a scene lasts, and what it bends falls
        return beats if self.scene.weather == clause.weather and (beats or not struck) else None

    def _is_shown(self, clause: Clause, beat: Beat, whom: set[str]) -> bool:
        kind = self.kinds.get(beat.who, "")
        if not shows(beat.verb, clause.verb, vehicle=kind in VEHICLES, thing=kind in PROP_KINDS):
            return False
        if kind in PROP_KINDS and clause.verb in ("hit", "crash", "collide", "push") and beat.target not in whom:
            return False
        if clause.verb in LEAVING and beat.verb in MOTION and not self._goes_away(beat, whom):
            return False
        if not whom or beat.target is None or beat.target in whom or beat.target not in self._named():
            return True
        return any(b.verb == "ride" and b.who in whom and b.target == beat.target for b in self.scene.beats)

    def _named(self) -> set[str]:
        """What the caption names: a beat that is done to one of these is not done to another."""
        return self._ids([k for k, m in enumerate(self.reading.mentions) if not m.absent])

    def _goes_away(self, beat: Beat, whom: set[str]) -> bool:
        if beat.to is None or beat.verb in ("leave", "flee") or (beat.target in whom):
            return True
        return not 0 <= beat.to <= 1 or abs(beat.to - self._x(beat.who, beat)) > 0.15

    def _stays(self, ids: set[str]) -> bool:
        """True if none of them is moved by a beat of its own."""
        return bool(ids) and not any(
            beat.who in ids and beat.to is not None and beat.verb in MOTION for beat in self.scene.beats
        )

    def _why_not(self, clause: Clause) -> str:
        if clause.subjects and not self._ids(clause.subjects):
            return "who does it is not in the scene"
        return "does not happen in the scene"

    def _x(self, id_: str, before: Beat) -> float:
        """Where an actor or prop is when a beat begins."""
        x = next(thing.x for thing in self.shown if thing.id == id_)
        for beat in sorted(self.scene.beats, key=lambda beat: beat.start):
            if beat.start < before.start and beat.to is not None and id_ in (beat.who, beat.target):
                x = beat.to
        return x

    # -- where to each other, and how ------------------------------------------------------------------------------
    def _relation(self, relation: Relation) -> FidelityItem:
        figure, ground = self.reading.mentions[relation.figure], self.reading.mentions[relation.ground]
        text = f"{WORDING.get(relation.preposition, relation.preposition)} {ground.text}"
        ones, grounds = self._things(figure), self._things(ground)
        for clause in self.reading.clauses:  # reads a book on a bench
            if relation.figure in clause.objects:
                ones = [*ones, *(thing for k in clause.subjects for thing in self._things(self.reading.mentions[k]))]
        held = [actor for actor in self.scene.actors if actor.holds == figure.kind]
        in_hand = not grounds and any(actor.holds == ground.kind for actor in self.scene.actors)
        drawn = in_hand or any(stands(self.scene, relation.preposition, one, grounds) for one in (*ones, *held))
        return _item("relation", text, drawn, "stands elsewhere")

    def _is_paced(self, adverb: str, i: int) -> bool:
        """True if the movement beside the word at i is as quick or slow as an adverb says; no other one is drawn."""
        before = [clause for at, clause in sorted(self.clauses.items()) if at <= i]
        beats = (self._showing(before[-1]) or []) if before else []
        paces = [abs(b.to - self._x(b.who, b)) / (b.end - b.start) for b in beats if b.to is not None]
        if adverb in _SLOWLY:
            return bool(paces) and max(paces) <= _SLOW and all(b.verb in _ON_FOOT for b in beats)
        quick = {beat.verb for beat in self.scene.beats} & {"run", "flee", "chase", "drive", "ride"}
        return adverb in _QUICKLY and bool(quick or (paces and min(paces) >= _QUICK))

    # -- which way, where, when --------------------------------------------------------------------------------------
    def _way(self, clause: Clause, word: Word) -> Iterator[FidelityItem]:
        """toward, away from, up and down, which belong to the verb."""
        after = self.reading.words[clause.at + 1 : clause.at + 6]
        own = {lemma for part in word.parts for lemma in part}
        for prep, k in clause.obliques:
            if prep in ("toward", "towards") or (prep == "from" and "away" in own):
                yield self._nearer(clause, k, prep)
        for text, verbs in (("up", _UP), ("upward", _UP), ("upwards", _UP), ("down", _DOWN), ("downward", _DOWN)):
            along = len(after) > 1 and self.reading.senses[clause.at + 2] == "place"  # down the street
            if clause.verb in MOTION and (text in own or (after and after[0].text == text and not along)):
                beats = self._showing(clause) or []
                drawn = any(b.verb in verbs for b in beats)
                if clause.verb == "climb":  # down from where it begins up there
                    drawn = self._begins_high(clause) == text.startswith("down")
                yield _item("direction", text, drawn, "the movement goes another way")
        for j in range(clause.at + 1, min(clause.at + 5, len(self.reading.words) - 1)):
            if self.reading.words[j].text in ("toward", "towards", "to") and j + 1 in self.reading.viewing:
                text = f"{self.reading.words[j].text} {self.reading.words[j + 1].text}"
                yield _item("direction", text, any(b.verb == "come closer" for b in self._showing(clause) or []), "")

    def _begins_high(self, clause: Clause) -> bool:
        ids = self._ids(clause.subjects)
        return any(actor.id in ids and actor.y < 0.75 for actor in self.scene.actors)

    def _nearer(self, clause: Clause, k: int, preposition: str) -> FidelityItem:
        goals = [t.x for t in self._things(self.reading.mentions[k])]
        text = f"{preposition} {self.reading.mentions[k].text}" if preposition != "from" else "away"
        for beat in self._showing(clause) or []:
            if beat.to is not None and goals:
                x = self._x(beat.who, beat)
                closer = min(abs(beat.to - g) for g in goals) < min(abs(x - g) for g in goals)
                return _item("direction", text, closer == (preposition != "from"), "the movement goes another way")
        return _item("direction", text, False, "nobody moves that way")

    def _side(self, i: int, word: Word) -> Iterator[FidelityItem]:
        if i in self.reading.sides:
            things = self._things(self.reading.mentions[self.reading.sides[i]])
            middle = sum(t.x for t in things) / len(things) if things else 0.5
            wanted = {"left": middle < 0.45, "right": middle > 0.55}.get(word.text, 0.3 < middle < 0.7)
            yield _item("direction", word.text, bool(things) and wanted, "stands on another side")
        elif i in self.reading.turns:
            sign, at = self.reading.turns[i]
            clause = self.clauses.get(at) if at is not None else None
            beats = self._showing(clause) if clause is not None else list(self.scene.beats)
            ways = [beat.to - self._x(beat.who, beat) for beat in beats or [] if beat.to is not None]
            drawn = bool(ways) and all(way * sign > 0 for way in ways if abs(way) > 0.01)
            if clause is not None and len(legs := self._legs(at)) > 1:  # to the left and back, then to the right
                drawn = _begins_with(legs, beats or [], ways)
            yield _item("direction", word.text, drawn, "the movement goes another way" if ways else "nobody moves")
        else:
            yield _item("direction", word.text, False, "not understood")

    def _legs(self, at: int | None) -> list[int]:
        """The ways a clause says in its order: to the left, then to the right is -1, 1."""
        return [sign for _, (sign, verb) in sorted(self.reading.turns.items()) if verb == at]

    def _place(self, i: int, word: Word) -> Iterator[FidelityItem]:
        if (k := self.reading.mention_at.get(i)) is not None:  # a building by the street
            mention = self.reading.mentions[k]
            known = mention.kind != "building" and self._has(mention)
            yield _item("noun", word.text, known, "drawn as a building")
            return
        place = self.reading.places.get(i)
        drawn = place == self.scene.place
        before = self.reading.words[i - 1] if i else word
        if before.text in ("under", "below", "above", "behind") and before.has("preposition"):
            yield _item("relation", f"{before.text} {word.text}", False, "is drawn in it")
        yield _item("place", word.text, drawn, f"the scene is a {self.scene.place}")

    def _time(self, i: int, word: Word) -> Iterator[FidelityItem]:
        yield _item("time", word.text, self.scene.time == word.senses["time"], f"the scene is at {self.scene.time}")

    def _weather(self, i: int, word: Word) -> Iterator[FidelityItem]:
        drawn = self.scene.weather == word.senses["weather"]
        yield _item("weather", word.text, drawn, f"the weather of the scene is {self.scene.weather}")

    def _order(self) -> Iterator[FidelityItem]:
        """One item for each two events in a row that the caption puts one after the other."""
        told = sorted(self.reading.clauses, key=lambda clause: clause.step)
        for first, second in pairwise(told):
            if second.step - first.step < 0.5:
                continue
            text = f"{self.reading.words[first.at].text} … {self.reading.words[second.at].text}"
            one, two = self._showing(first), self._showing(second)
            begun = [min((beat.start for beat in beats), default=0.0) for beats in (one or [], two or [])]
            last = max((beat.start for beat in two or []), default=0.0)
            between = range(min(first.at, second.at), max(first.at, second.at))
            told_so = any(self.reading.senses[j] == "after" for j in between)  # then, before, after
            later = bool(one is not None and two and (last > begun[0] or (last == begun[0] and not told_so)))
            yield _item("order", text, later, "not one after the other in the scene")

    # -- what is not there -------------------------------------------------------------------------------------------
    def _negation(self, i: int) -> FidelityItem:
        denial = self.denials[i]
        text = f"not {denial.text}" if denial.group == "verb" else f"no {denial.text}"
        text = denial.text if denial.text in ("nobody", "empty", "deserted", "abandoned") else text
        if denial.group == "verb":
            nobody = all(self.reading.mentions[k].absent for k in denial.subjects)
            who = {a.id for a in self.scene.actors if a.kind in PEOPLE} if nobody else self._ids(list(denial.subjects))
            done = any(
                beat.who in who
                and (shows(beat.verb, denial.name) or (nobody and denial.name in HARM and beat.verb in HARM))
                for beat in self.scene.beats
            )
            return _item("negation", text, not done, "happens in the scene")
        if denial.group == "garment":
            people = [a for a in self.scene.actors if a.kind in PEOPLE]
            drawn = denial.name == "hat" and not any(wears_hat(a) for a in people)
            return _item("negation", text, drawn, "somebody wears it" if denial.name == "hat" else "is not drawn")
        if denial.group == "place":
            return _item("negation", text, self.scene.place != denial.name, "is the place of the scene")
        denied = Mention(denial.group, denial.name)
        others = [m for m in self.reading.mentions if not m.absent and _of_kind(m.kind, denied)]
        there = (self._has(denied) and not others) or denial.name in _IN_BACKDROPS.get(self.scene.place, ())
        if denial.group == "person" and denial.name == "person":  # beside those whom the caption names
            there = any(a.kind in PEOPLE for a in self.scene.actors) and not others
        return _item("negation", text, not there, f"there is a {denial.name}")

    def _ends_noun(self, i: int) -> bool:
        """True if the word at i is a noun by its place, and no such general one as way, moment or hand."""
        after = self.reading.senses[i + 1] if i + 1 < len(self.reading.words) else "verb"
        ends = after in ("verb", "preposition") or self.reading.words[i + 1].text in ".,;!?and"
        return ends and self.reading.words[i].text not in _GENERAL

    def _rest(self, i: int, word: Word) -> Iterator[FidelityItem]:
        """Words of no sense: what nobody knows, and what is known but makes no difference to a scene."""
        lists = lexicon().lists
        if word.text in lists["unread"]:
            yield _item("attribute", word.text, False, "is not drawn")
        elif word.determiner == "a" and word.text in lexicon().lists["quiet"] and self._ends_noun(i):
            yield _item("noun", word.text, False, "not in the vocabulary")  # beside a well, in a circle
        elif word.text in self.reading.unknown and word.lemmas & self.acted:
            yield _item(_class_of(self.reading, i), word.text, bool(self.scene.beats), "nothing happens")
        elif word.text in self.reading.unknown:
            yield _item(_class_of(self.reading, i), word.text, False, "not in the vocabulary")


_IN_BACKDROPS: Final = {
    "station": ("train",),
    "airport": ("plane",),
    "construction site": ("crane",),
    "quay": ("crane",),
}
_SEEN_AS: Final = {"fire": ("burn", "explode"), "tornado": ("swirl",), "wave": ("flood",)}
_IN_HAND: Final = {"phone": ("phone",), "camera": ("photograph",), "guitar": ("strum",), "cigarette": ("smoke",),
                   "gun": ("shoot",), "broom": ("clean",), "ball": ("kick ball",)}  # fmt: skip


_GENERAL: Final = frozenset((
    "lot", "side", "way", "time", "moment", "view", "direction", "picture", "corner", "middle", "center", "centre",
    "top", "bottom", "hand", "head", "face", "arm", "leg", "body", "number", "day", "end", "scene", "clip", "video",
    "position", "situation", "kind", "part", "piece", "amount", "bunch", "pair", "set", "series", "distance", "area",
    "attempt", "process", "form", "manner", "period", "sequence", "second", "while", "hurry", "rest", "place", "front",
))  # fmt: skip
_QUICKLY: Final = frozenset(("quickly", "rapidly", "swiftly", "hurriedly", "hastily"))
_SLOWLY: Final = frozenset(("slowly",))
_ON_FOOT: Final = frozenset(("walk", "sneak", "stagger", "crawl"))
_QUICK, _SLOW = 1.2, 0.3  # frame widths a clip; a plain walk takes .4 to 1


def _drawn_as(word: Word) -> str:
    """What a verb is drawn as that only looks similar (irons as sweeps); empty where it is drawn as what it is."""
    similar = _similar_verbs().get(len(word.parts), ())
    return word.senses["verb"] if any(all(map(contains, word.parts, verb)) for verb in similar) else ""


@cache
def _similar_verbs() -> dict[int, list[tuple[str, ...]]]:
    by_length: dict[int, list[tuple[str, ...]]] = {}
    for text in lexicon().lists["stand_in_verbs"]:
        by_length.setdefault(len(text.split()), []).append(tuple(text.split()))
    return by_length


def _item(kind: str, text: str, drawn: bool, reason: str) -> FidelityItem:
    return FidelityItem(kind, text, drawn, "" if drawn else reason)


def _begins_with(legs: list[int], beats: list[Beat], ways: list[float]) -> bool:
    """True if the first movement goes the first way, and later ones the others in their order."""
    moving = [beat for beat in beats if beat.to is not None]
    signs = [
        1 if way > 0 else -1 for beat, way in sorted(zip(moving, ways), key=lambda e: e[0].start) if abs(way) > 0.01
    ]
    rest = iter(signs)
    return bool(signs) and signs[0] == legs[0] and all(leg in rest for leg in legs)


def _of_kind(kind: str, mention: Mention) -> bool:
    return kind == mention.kind or (mention.kind == "person" and mention.group == "person" and kind in PEOPLE)


def _coloured(thing: Actor | Prop, colour: str, mention: Mention) -> bool:
    if colour == mention.colour and thing.colour == colour:
        return True
    if not isinstance(thing, Actor):
        return False
    return colour in (mention.trousers, mention.hat_colour) and colour in (thing.trousers, thing.hat_colour)


def wears_hat(actor: Actor) -> bool:
    """True if a head is drawn with something on it, by the caption or by the kind."""
    return not actor.bareheaded and (actor.hat or actor.kind in ("police officer", "firefighter", "worker", "cyclist"))


def _class_of(reading: Reading, i: int) -> str:
    """Noun or verb, as far as an unknown word shows it by its form and neighbours."""
    word = reading.words[i]
    before = reading.senses[i - 1] if i else ""
    if word.determiner or before in ("colour", "number", "preposition", "verb"):
        return "noun"
    if word.text.endswith(("s", "ed", "ing")) and (before in HEADS or word.auxiliary):
        return "verb"
    return "noun" if before in (*HEADS, "place", "") else "word"
