"""The factors, one function each: a caption with its scene in, captions and scenes that differ in one thing out.

Order, direction and role are shown by time alone: the same things happen, in another order, and nobody moves in the
middle, so that no single frame says which. Every function gives None if it does not apply.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice, permutations
from random import Random
from typing import Final

from svta.generation.captions.grammar import COLOURS, FURS, INDOORS, TIME_WORDS, place_phrase, with_article
from svta.generation.storyboard.scene import ANIMALS, Actor, Beat, Prop, Scene

from .config import ProbeSet, Variant
from .wording import GESTURES, NUMBERS, Person, joined, people, replaced, sentence

FIRST, SECOND, LENGTH = 2 / 32, 20 / 32, 10 / 32  # when the two events begin, and how long they take
FRONT: Final = 0.93  # ground line of those who are added: nearer than the others
_SPOTS: Final = (0.12, 0.25, 0.38, 0.5, 0.62, 0.75, 0.88)
_GROUPS: Final = ("dog", "cat", "goat", "rabbit", "fox", "pig")
_THINGS: Final = ("suitcase", "barrel", "traffic cone", "ladder", "statue", "pumpkin", "drum", "tent")
_STRIDE: Final = 0.15


@dataclass(frozen=True)
class Core:
    """What a set is made from: a caption of the grammar, its scene, and where else its category may happen."""

    caption: str
    scene: Scene
    places: tuple[str, ...]

    def plus(
        self, tail: str, actors: Sequence[Actor] = (), beats: Sequence[Beat] = (), props: Sequence[Prop] = ()
    ) -> tuple[str, Scene]:
        """The caption and the scene with more in them; what was there keeps its place, and so its looks."""
        caption = joined(self.caption, tail)
        scene = replace(
            self.scene, caption=caption, actors=(*self.scene.actors, *actors), beats=(*self.scene.beats, *beats),
            props=(*self.scene.props, *props),
        )  # fmt: skip
        return caption, scene

    @property
    def things(self) -> list[Actor | Prop]:
        """Everybody and everything in the scene."""
        return [*self.scene.actors, *self.scene.props]

    def spots(self, count: int, margin: float = 0.0) -> list[float]:
        """The freest places on the ground, the freest first."""
        taken = [thing.x for thing in self.things]
        taken += [beat.to for beat in self.scene.beats if beat.to is not None]
        found: list[float] = []
        for _ in range(count):
            free = [x for x in _SPOTS if margin <= x <= 1 - margin and x not in found]
            found.append(max(free, key=lambda x: min((abs(x - other) for other in (*taken, *found)), default=1.0)))
        return found


Factor = Callable[[Core, Random, int], ProbeSet | None]


def order(core: Core, chance: Random, size: int) -> ProbeSet | None:
    """She waves and then bows, or bows and then waves; with more than two variants three gestures."""
    (who,) = people(core.scene, core.caption, chance, 1)
    actor = _actor("performer", who, core.spots(1)[0], chance)
    verbs = chance.sample(list(GESTURES), 2 if size == 2 else 3)
    starts = (FIRST, SECOND) if size == 2 else (FIRST, FIRST + LENGTH / 2, SECOND)
    length = LENGTH if size == 2 else LENGTH / 2
    say = chance.choice((
        ", while {who} {first} and then {last}", "{Who} {first} and then {last}", ", and {who} {first}, then {last}",
        ", while {who} {first} before {she} {last}",
    ))  # fmt: skip
    variants = []
    for turn in islice(permutations(verbs), size):
        *early, last = (GESTURES[verb][0] for verb in turn)
        tail = say.format(
            who=who.phrase, Who=sentence(who.phrase), she=who.pronoun, first=" and ".join(early), last=last
        )
        when = dict(zip(turn, starts, strict=True))
        beats = [Beat(verb, actor.id, None, when[verb], when[verb] + length) for verb in verbs]
        variants.append(Variant(" then ".join(turn), *core.plus(tail, [actor], beats)))
    return ProbeSet("order", "the gestures change their turn", FIRST, tuple(variants), (actor.id,))


def role(core: Core, chance: Random, size: int) -> ProbeSet | None:
    """Who begins and who answers."""
    pair = people(core.scene, core.caption, chance, 2)
    spots = core.spots(2)
    actors = [_actor(f"performer{i}", who, x, chance) for i, (who, x) in enumerate(zip(pair, spots, strict=True))]
    actors = [replace(a, facing=1 if a.x < b.x else -1) for a, b in zip(actors, reversed(actors), strict=True)]
    verb = chance.choice(("wave", "bow", "clap"))
    says, _ = GESTURES[verb]
    say = chance.choice((
        "{One} {does}, then {two} {does} back", "{One} {does} first, then {two} {does} too",
        ", while {one} {does}, then {two} {does} back", "{One} {does} before {two} {does}",
        *((", while {one} waves at {two}, who waves back",) if verb == "wave" else ()),
    ))  # fmt: skip
    variants = []
    for first in (0, 1):
        one, two = pair[first].phrase, pair[1 - first].phrase
        tail = say.format(one=one, two=two, One=sentence(one), does=says)
        starts = (FIRST, SECOND) if first == 0 else (SECOND, FIRST)
        beats = [Beat(verb, actor.id, None, start, start + LENGTH) for actor, start in zip(actors, starts, strict=True)]
        variants.append(Variant(f"{pair[first].kind} in {pair[first].colour}", *core.plus(tail, actors, beats)))
    return ProbeSet("role", "who begins answers", FIRST, tuple(variants), tuple(actor.id for actor in actors))


def direction(core: Core, chance: Random, size: int) -> ProbeSet | None:
    """To one side and back, then to the other; in the middle everybody is where he was, turned the same way."""
    (who,) = people(core.scene, core.caption, chance, 1)
    x = core.spots(1, margin=0.2)[0]
    actor = _actor("performer", who, x, chance)
    seen = [thing for thing in core.things if abs(thing.x - x) > 0.05]
    if not seen:
        return None
    verb, does = chance.choice((("walk", "walks"), ("run", "runs")))
    say = chance.choice((
        ", while {who} {does} to the {one} and back, then to the {two} and back",
        "{Who} {does} to the {one} and then to the {two}", ", and {who} {does} to the {one} and then to the {two}",
        "{Who} {does} to the {one} and back, then to the {two} and back",
    ))  # fmt: skip
    variants = []
    for one, two in (("left", "right"), ("right", "left")):
        step = _STRIDE if one == "right" else -_STRIDE
        half = LENGTH / 2
        beats = [
            Beat(verb, actor.id, None, FIRST, FIRST + half, x + step),
            Beat(verb, actor.id, None, FIRST + half, FIRST + LENGTH, x),
            Beat("look", actor.id, seen[0].id, FIRST + LENGTH, FIRST + LENGTH + 3 / 32),
            Beat(verb, actor.id, None, SECOND, SECOND + half, x - step),
            Beat(verb, actor.id, None, SECOND + half, SECOND + LENGTH, x),
        ]
        tail = say.format(who=who.phrase, Who=sentence(who.phrase), does=does, one=one, two=two)
        variants.append(Variant(f"{one} then {two}", *core.plus(tail, [actor], beats)))
    return ProbeSet("direction", "the two ways change their turn", FIRST, tuple(variants), (actor.id,))


def negation(core: Core, chance: Random, size: int) -> ProbeSet | None:
    """It happens, or it does not."""
    (who,) = people(core.scene, core.caption, chance, 1)
    actor = _actor("performer", who, core.spots(1)[0], chance)
    verb = chance.choice(list(GESTURES))
    says, base = GESTURES[verb]
    own = chance.random() < 0.5
    lead = sentence(who.phrase) if own else f", {chance.choice(('while', 'and'))} {who.phrase}"
    never = chance.choice((f"does not {base}", f"never {says}"))
    beat = Beat(verb, actor.id, None, SECOND, SECOND + LENGTH)
    variants = (
        Variant(says, *core.plus(f"{lead} {says}", [actor], [beat])),
        Variant(f"not {says}", *core.plus(f"{lead} {never}", [actor])),
    )
    return ProbeSet("negation", "the event is left out", SECOND, variants, (actor.id,))


def speed(core: Core, chance: Random, size: int) -> ProbeSet | None:
    """The same way in more or less time."""
    (who,) = people(core.scene, core.caption, chance, 1)
    x = core.spots(1, margin=0.3)[0]
    side, step = chance.choice((("right", 0.2), ("left", -0.2)))
    actor = replace(_actor("performer", who, x - step / 2, chance), facing=1 if step > 0 else -1)
    say = chance.choice((
        ", while {who} {how}walks to the {side}", "{Who} {how}walks to the {side}",
        ", and {who} {how}walks to the {side}",
    ))  # fmt: skip
    variants = []
    for how, length in (("slowly ", 28 / 32), ("quickly ", 5 / 32), ("", 13 / 32))[: max(2, min(size, 3))]:
        beat = Beat("walk", actor.id, None, FIRST, FIRST + length, round(x + step / 2, 4))
        tail = say.format(who=who.phrase, Who=sentence(who.phrase), how=how, side=side)
        variants.append(Variant(how.strip() or "plain", *core.plus(tail, [actor], [beat])))
    return ProbeSet("speed", "the walk takes more or less time", FIRST, tuple(variants), (actor.id,))


def count(core: Core, chance: Random, size: int) -> ProbeSet | None:
    """How many there are."""
    free = [kind for kind in _GROUPS if not any(actor.kind in (kind, "animal") for actor in core.scene.actors)]
    kind = chance.choice(free)
    x = chance.choice((0.42, 0.5, 0.58))
    facing = chance.choice((1, -1))
    say = chance.choice((
        (", with {n} {kind} nearby",) * 2, ("There is {n} {kind}", "There are {n} {kind}"),
        (", while {n} {kind} waits", ", while {n} {kind} wait"),
        ("{n} {kind} is there too", "{n} {kind} are there too"),
    ))  # fmt: skip
    numbers = sorted(chance.sample(range(1, 5), 2)) if size == 2 else list(range(1, size + 1))
    variants = []
    for number in numbers:
        noun = kind if number == 1 else f"{kind}es" if kind.endswith("x") else f"{kind}s"
        tail = say[number > 1].format(n=NUMBERS[number - 1], kind=noun)
        tail = _tail(tail)
        group = Actor("group", kind, count=number, x=x, y=FRONT, scale=0.7, facing=facing)
        variants.append(Variant(str(number), *core.plus(tail, [group])))
    return ProbeSet("count", f"the number of {kind}s", 0.0, tuple(variants), ("group",))


def presence(core: Core, chance: Random, size: int) -> ProbeSet | None:
    """A thing is there, or it is not; with more than two variants, which thing it is."""
    there = {thing.kind for thing in core.things}
    things = chance.sample([kind for kind in _THINGS if kind not in there and kind not in core.caption], size - 1)
    x = core.spots(1)[0]
    say, but = chance.choice((
        (", with {} nearby", ", with no {} nearby"), ("There is {}", "There is no {}"),
        (", with {} in view", ", with no {} in view"), ("{} is in view", "No {} is in view"),
    ))  # fmt: skip
    variants = [Variant("absent", *core.plus(but.format(things[0])))]
    variants += [
        Variant(kind, *core.plus(_tail(say, with_article(kind)), props=[Prop("thing", kind, x=x, y=FRONT)]))
        for kind in things
    ]
    return ProbeSet("presence", "the thing is taken away", 0.0, tuple(reversed(variants)), ("thing",))


def colour(core: Core, chance: Random, size: int) -> ProbeSet | None:
    """The colour of one of those the caption names."""
    known = [actor for actor in core.scene.actors if actor.colour and replaced(core.caption, actor.colour, "red")]
    if not known:
        return None
    actor = chance.choice(known)
    palette = FURS if actor.kind in ANIMALS else COLOURS
    others = [c for c in palette if c != actor.colour and replaced(core.caption, c, c) is None]
    worn = {other.colour for other in core.scene.actors} | {other.trousers for other in core.scene.actors}
    others = [c for c in others if c not in worn]
    if len(others) < 1:
        return None
    chosen = [str(actor.colour), *chance.sample(others, min(size - 1, len(others)))]
    variants = []
    for value in chosen:
        caption = str(replaced(core.caption, str(actor.colour), value))
        actors = tuple(replace(a, colour=value) if a.id == actor.id else a for a in core.scene.actors)
        variants.append(Variant(value, caption, replace(core.scene, caption=caption, actors=actors)))
    return ProbeSet("colour", f"the colour of the {actor.kind}", 0.0, tuple(variants), (actor.id,))


def place(core: Core, chance: Random, size: int) -> ProbeSet | None:
    """Where it happens, among the places of its category."""
    old = core.scene.place
    clear = core.scene.weather == "clear"
    others = [name for name in core.places if name != old and (clear or name not in INDOORS)]
    if not others or replaced(core.caption, place_phrase(old), "there") is None:
        return None
    variants = []
    for value in (old, *chance.sample(others, min(size - 1, len(others)))):
        caption = str(replaced(core.caption, place_phrase(old), place_phrase(value)))
        variants.append(Variant(value, caption, replace(core.scene, caption=caption, place=value)))
    return ProbeSet("place", "the place", 0.0, tuple(variants))


def time(core: Core, chance: Random, size: int) -> ProbeSet | None:
    """When it happens."""
    old = TIME_WORDS.get(core.scene.time)
    if old is None or replaced(core.caption, old, "then") is None:
        return None
    others = chance.sample([name for name in TIME_WORDS if name != core.scene.time], min(size, len(TIME_WORDS)) - 1)
    variants = []
    for value in (core.scene.time, *others):
        caption = str(replaced(core.caption, old, TIME_WORDS[value]))
        variants.append(Variant(value, caption, replace(core.scene, caption=caption, time=value)))
    return ProbeSet("time", "the time of day", 0.0, tuple(variants))


TABLE: Final[dict[str, Factor]] = {
    factor.__name__: factor
    for factor in (role, colour, count, place, time, order, direction, presence, negation, speed)
}


def _tail(template: str, *words: str) -> str:
    """The filled template, a sentence where it does not go on with a comma."""
    tail = template.format(*words)
    return tail if tail.startswith(",") else sentence(tail)


def _actor(id_: str, who: Person, x: float, chance: Random) -> Actor:
    return Actor(id_, who.kind, who.colour, x=x, y=FRONT, facing=chance.choice((1, -1)))
