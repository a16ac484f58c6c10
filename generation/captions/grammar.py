"""Captions written offline, for every category: who, in which colours, does it, where, when and which way.

Reads the `say` lines of the choreographies; writes Clips (text only). `svta describe --grammar` and `svta demo` run it.
Everything a caption says is something the storyboard shows, so that a model trained on the drawn clips can learn it.

    for clip in write_captions(count=1000, seed=0): print(clip.category, clip.caption)
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from svta.builder.errors import SvtaError
from svta.builder.minors.judgement import DEPICTS_MINOR, judge
from svta.builder.record import Clip, make_key
from svta.builder.taxonomy import Taxonomy, load_taxonomy
from svta.generation.storyboard.choreography import NUMBERS, Choreography, Role, load_choreographies
from svta.generation.storyboard.parsing.lexicon import plural_of
from svta.generation.storyboard.scene import ANIMALS, PEOPLE

SOURCE: Final = "grammar"
MAX_REFUSED: Final = 50  # captions of one category in a row
COLOURS: Final = ("red", "orange", "yellow", "green", "blue", "purple", "black", "white")
FURS: Final = ("black", "brown", "white")
# Weighted by how often each is here; what is rare keeps the common attributes learnable from few clips.
TIMES: Final = ("day",) * 5 + ("night",) * 5 + ("dusk",)
WEATHERS: Final = ("",) * 17 + ("rain", "fog", "snow")
TROUSERS: Final = (None,) * 24 + COLOURS
HATS: Final = (False,) * 7 + (True,)
MINORS: Final = ("boy", "girl")
MINOR_SHARE: Final = 0.02  # of the people in built-in categories whose minor_policy is film; nowhere else

TIME_WORDS: Final = {"day": "during the day", "night": "at night", "dusk": "in the evening"}
_WEATHER_WORDS: Final = {"rain": "in the rain", "fog": "in the fog", "snow": "during snowfall"}
_PREPOSITIONS: Final = {
    "in the": {"street", "snow", "sea", "subway"},
    "on a": {
        "highway",
        "beach",
        "bridge",
        "railway",
        "mountain",
        "farm",
        "stage",
        "construction site",
        "rooftop",
        "balcony",
        "ski slope",
        "hillside",
        "pier",
        "cliff",
        "island",
        "race track",
        "ice rink",
        "golf course",
        "country road",
        "mountain road",
    },
    "at a": {"crossroads", "gas station", "station", "airport", "bus stop"},
}
INDOORS: Final = {"supermarket", "shop", "restaurant", "kitchen", "living room", "office", "hospital", "bank",
                   "station", "subway", "airport", "corridor", "gym", "swimming pool", "stage", "library", "warehouse",
                   "factory", "tunnel"}  # fmt: skip
_DRESS: Final = ("in a {} shirt", "in {}", "wearing a {} shirt")
_DRESS_OF_SEVERAL: Final = ("in {} shirts", "in {}", "wearing {} shirts")
_PLURALS: Final = {
    "person": "people", "wolf": "wolves", "calf": "calves", "goose": "geese", "mouse": "mice", "fish": "fish",
    **{kind: kind for kind in ("sheep", "deer", "moose", "bison", "reindeer", "squid")},
}  # fmt: skip
_FRAMES: Final = ("{say} {place} {time}", "{time}, {say} {place}", "{place}, {say} {time}", "{time} {place}, {say}")
_PATIENCE: Final = 60  # draws before a used combination is worded once more in another way
_EXHAUSTED: Final = 3_000


class GrammarError(SvtaError):
    """More captions requested than a category's grammar can write, or a category it has no sentences for."""


@dataclass(frozen=True)
class Part:
    """One actor as a caption describes it."""

    role: str
    kind: str
    colour: str
    trousers: str | None = None
    hat: bool = False
    count: int = field(default=1, repr=False)  # a role has one count, so a combination's id needs none


@dataclass(frozen=True)
class Combination:
    """Everything a caption says, independent of its words: the unit that must not be on two sides of a split."""

    category: str
    parts: tuple[Part, ...]
    place: str
    time: str
    weather: str
    direction: str

    @cached_property
    def id(self) -> str:
        """Stable over seeds, runs and machines."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Setting:
    """Where and in which light captions take place: the camera of a stream. weather "": clear."""

    place: str
    time: str
    weather: str = ""


def write_captions(
    categories: Iterable[str] | None = None,
    *,
    count: int,
    seed: int = 0,
    taxonomy: Taxonomy | None = None,
    choreographies: Mapping[str, Choreography] | None = None,
) -> Iterator[Clip]:
    """`count` clips without video, categories in even turns; the first N of a larger count are the same N.

    A clip's group is its combination's id. Raises TaxonomyError for an unknown category and GrammarError where a
    category has no sentences or all of them are written.
    """
    taxonomy = taxonomy or load_taxonomy()
    tables = load_choreographies() if choreographies is None else choreographies
    chosen = list(dict.fromkeys(taxonomy[n].name for n in (taxonomy.names if categories is None else categories)))
    if not chosen:
        raise GrammarError("no category to write captions for")
    if lacking := [name for name in chosen if name not in tables]:
        shown = ", ".join(map(repr, lacking[:4])) + ", ..." * (len(lacking) > 4)
        file = "the choreography file" if any(table.own for table in tables.values()) else "--choreography FILE"
        rest = " or name the other categories with --category" if len(lacking) < len(chosen) else ""
        what = f"{len(lacking)} of {len(chosen)} categories have no choreography ({shown})"
        raise GrammarError(f"{what}: add their lines to {file}{rest}")
    return _written(chosen, count, seed, taxonomy, tables)


def _written(
    chosen: list[str], count: int, seed: int, taxonomy: Taxonomy, tables: Mapping[str, Choreography]
) -> Iterator[Clip]:
    order = random.Random(f"svta grammar {seed}")
    writers = {name: _Writer(tables[name], seed, taxonomy[name].minor_policy == "film") for name in chosen}
    turn: list[str] = []
    for _ in range(count):
        if not turn:
            turn = order.sample(chosen, len(chosen))
        name = turn.pop()
        yield _next_clip(writers[name], name, taxonomy)


def captions_at(name: str, setting: Setting, *, seed: int, taxonomy: Taxonomy | None = None) -> Iterator[Clip]:
    """Captions of one category in one place and light until its grammar has no more; a built-in category."""
    taxonomy = taxonomy or load_taxonomy()
    writer = _Writer(load_choreographies()[name], seed, taxonomy[name].minor_policy == "film", setting)
    while True:
        try:
            yield _next_clip(writer, name, taxonomy)
        except GrammarError:
            return


def _next_clip(writer: _Writer, name: str, taxonomy: Taxonomy) -> Clip:
    """The next caption of a category that may be generated, as a clip. Raises GrammarError if none is left."""
    for _ in range(MAX_REFUSED):  # the rule errs towards refusing: the next caption is in
        combination, wording, caption = writer.next()
        if not judge(caption, name, taxonomy).reason:
            break
    else:
        raise GrammarError(f"only captions that must not be generated are written for {name!r}: {caption!r}")
    source_id = f"{re.sub('[^a-z0-9]+', '-', name.lower())}-{combination.id}-{wording}"
    flags = (DEPICTS_MINOR,) if any(part.kind in MINORS for part in combination.parts) else ()
    fields = {
        "key": make_key(SOURCE, source_id, caption), "caption": caption, "category": name,
        "is_anomaly": taxonomy[name].is_anomaly, "source": SOURCE, "source_id": source_id,
        "group": combination.id, "flags": flags, "synthetic": True,
    }  # fmt: skip
    return Clip.from_dict(fields)


class _Writer:
    """Draws combinations of one category without repeating any, then words for them."""

    def __init__(self, table: Choreography, seed: int, minors: bool, setting: Setting | None = None):
        self.table, self.minors, self.setting = table, minors and not table.own, setting
        self.chance = random.Random(f"svta grammar {seed} {table.name}")
        self.used: set[str] = set()
        self.captions: set[int] = set()
        roles = {role.actor.id: role for role in table.roles}
        said = [name for name in re.findall(r"\{(\w+)\}", " ".join(table.say)) if name != "dir"]
        self.roles = [roles[name] for name in dict.fromkeys(said)]
        self.directed = any("{dir}" in sentence for sentence in table.say)

    def next(self) -> tuple[Combination, str, str]:
        """A combination, the id of its wording, and the caption."""
        for attempt in range(_EXHAUSTED):
            combination = self._draw()
            if combination.id in self.used and attempt < _PATIENCE:
                continue
            say, wording = self.chance.randrange(len(self.table.say)), Wording.draw(self.chance)
            caption = self._say(combination, say, wording)
            mark = int.from_bytes(hashlib.sha256(caption.encode()).digest()[:8], "big")
            if mark not in self.captions:
                self.used.add(combination.id)
                self.captions.add(mark)
                return combination, f"{say}{wording.dress}{wording.frame}", caption
        raise GrammarError(
            f"the grammar of {self.table.name!r} has no more than about {len(self.captions):,} captions: "
            "ask for fewer, or add places, kinds or sentences to its choreography"
        )

    def _draw(self) -> Combination:
        chance = self.chance
        parts: list[Part] = []
        for role in self.roles:
            taken = [p.colour for p in parts if p.kind in PEOPLE]
            parts.append(self._part(role, taken))
        if (setting := self.setting) is not None:
            direction = chance.choice(("left", "right")) if self.directed else ""
            return Combination(self.table.name, tuple(parts), setting.place, setting.time, setting.weather, direction)
        place = chance.choice(self.table.places)
        weather = chance.choice(WEATHERS)
        if place in INDOORS or self.table.weather != "clear" or (place == "snow" and weather == "snow"):
            weather = ""
        direction = chance.choice(("left", "right"))
        return Combination(
            self.table.name, tuple(parts), place, chance.choice(TIMES), weather, direction if self.directed else ""
        )

    def _part(self, role: Role, taken: list[str]) -> Part:
        chance = self.chance
        kinds = MINORS if role.adult and self.minors and chance.random() < MINOR_SHARE else role.kinds
        kind = chance.choice(kinds)
        count = role.actor.count
        if kind in ANIMALS:
            return Part(role.actor.id, kind, chance.choice(FURS), count=count)
        colour = chance.choice([c for c in COLOURS if c not in taken or kind not in PEOPLE])
        if kind not in PEOPLE:
            return Part(role.actor.id, kind, colour, count=count)
        trousers, hat = chance.choice(TROUSERS), chance.choice(HATS)
        return Part(role.actor.id, kind, colour, trousers, hat, count)

    def _say(self, combination: Combination, say: int, wording: Wording) -> str:
        one, called = combination, dict(zip(self.table.places, self.table.called))
        where = place_phrase(one.place, called.get(one.place))
        return worded(self.table.say[say], one.parts, where, one.time, wording, one.weather, one.direction)


@dataclass(frozen=True)
class Wording:
    """How a caption says what it says: the number of a dress and of a frame."""

    dress: int
    frame: int

    @classmethod
    def draw(cls, chance: random.Random) -> Wording:
        """Any of them."""
        return cls(chance.randrange(len(_DRESS)), chance.randrange(len(_FRAMES)))


def worded(
    sentence: str,
    parts: Sequence[Part],
    where: str,
    time: str,
    wording: Wording,
    weather: str = "",
    direction: str = "",
) -> str:
    """A caption: "{role} waves" with its actors, place ("in a street") and time in words."""
    words = {part.role: _noun_phrase(part, wording.dress) for part in parts}
    words["dir"] = f"to the {direction}"
    where = f"{where} {_WEATHER_WORDS[weather]}" if weather else where
    text = _FRAMES[wording.frame].format(say=sentence.format(**words), place=where, time=TIME_WORDS[time])
    return text[0].upper() + text[1:] + "."


def _noun_phrase(part: Part, dress: int) -> str:
    if part.kind not in PEOPLE:
        return _counted(part, f"{part.colour} ")
    clothes = [_DRESS[dress].format(part.colour)]
    clothes[0] = clothes[0].replace("a orange", "an orange")
    if part.count > 1:
        clothes[0] = _DRESS_OF_SEVERAL[dress].format(part.colour)
    if part.trousers:
        clothes.append(f"{part.trousers} trousers")
    if part.hat:
        clothes.append("a hat" if part.count == 1 else "hats")
    dressed = clothes[0] if len(clothes) == 1 else f"{', '.join(clothes[:-1])} and {clothes[-1]}"
    return f"{_counted(part)} {dressed}"


def _counted(part: Part, colour: str = "") -> str:
    """The kind with its number: "a red car", "five old women"."""
    if part.count == 1:
        return with_article(colour + part.kind)
    rest, _, head = part.kind.rpartition(" ")
    several = _PLURALS.get(head) or plural_of(head)
    return f"{NUMBERS[part.count - 1]} {colour}{rest}{' ' * bool(rest)}{several}"


def place_phrase(place: str, called: str | None = None) -> str:
    """ "on a ski slope", or where it is called piste "on a piste"."""
    lead = next((lead for lead, places in _PREPOSITIONS.items() if place in places), "in a")
    name = called or place
    return f"{lead} {name}" if lead.endswith("the") else f"{lead[:-2]} {with_article(name)}"


def with_article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
