"""Judges nouns, counts, colours, clothes, place, time and weather of a caption by what the scene holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ..drawing.things import THINGS
from ..parsing.lexicon import Word, lexicon
from ..parsing.mentions import Mention, accessory
from ..placement import IN_VIEW, PARTS
from ..scene import PEOPLE, VEHICLES, Actor, Prop, worn_things
from ..verb_groups import MOTION
from .bodies import riding
from .evidence import Evidence, of_kind
from .fidelity import FidelityItem, item

# With these verbs a small thing may lie on the ground; with others it is in a hand.
_BLUE_LIGHTS: Final = frozenset(("police car", "ambulance", "fire truck"))
_ON_THE_GROUND: Final = {"drop", "throw", "fall", "plunge", "lie", "put", "grab", "lift", "kick", "kick ball", "roll",
                         "trip", "slip", "float", "land", "shatter", "smash", "topple", "blow", "stand", "bounce",
                         "hit", "crash", "leave", "be crushed", "play", "explode"}  # fmt: skip
_IN_HAND: Final = {"look", "read", "carry", "drink", "eat", "write", "phone", "smoke"}
_AT_A_DISTANCE: Final = {"look", "read", "burn", "point", "talk", "stand"}
_VAGUE: Final = {"several": 3, "few": 2, "some": 2, "many": 4, "multiple": 2, "numerous": 4, "various": 2, "both": 2,
                 "crowds": 4, "group": 3,
                 "dozens": 12, "hundreds": 24, "thousands": 24}  # fmt: skip
_EXACT: Final = {"eight": 8, "nine": 9, "ten": 10, "8": 8, "9": 9, "10": 10, "dozen": 12, "twelve": 12, "12": 12}
_BICYCLES: Final = ("bicycle", "motorcycle", "scooter")
# Who is seen to be one by what they ride or drive.
_RIDERS: Final[dict[str, Sequence[str]]] = {
    **dict.fromkeys(("motorcyclist", "motorcycle rider", "motorbike rider", "motor cyclist", "biker"), ("motorcycle",)),
    **dict.fromkeys(("scooter rider", "moped rider"), ("scooter",)),
    **dict.fromkeys(("cyclist", "bicyclist", "bike rider"), _BICYCLES),
    **dict.fromkeys(("driver", "motorist"), VEHICLES),
    "rider": (*_BICYCLES, "horse", "donkey", "camel", "elephant"),
}
_OTHER_CUTS: Final = frozenset(("shorts", "suit", "suits", "bikini", "swimsuit", "swimming",
                               "bathing", "trunks", "tuxedo", "robe", "robes", "bathrobe", "cloak",
                               "kimono", "sari", "burqa", "armor", "pajamas", "costume", "costumes"))  # fmt: skip
_ON_WHEELS: Final = MOTION | {"crash", "collide", "brake", "hit"}
_BEYOND: Final = ("under", "below", "above", "behind", "off", "past", "toward", "towards", "against")
_SMALL_CROWD: Final = 3  # figures that stand for a crowd, at the least


def is_small(kind: str) -> bool:
    """True for what somebody has in hand or pocket."""
    return kind in THINGS and max(THINGS[kind].width, THINGS[kind].height) <= 0.6


def stands_in(word: Word) -> bool:
    """True for a noun that is drawn as something similar: ducks as birds."""
    first, _, last = word.text.rpartition(" ")
    singular = f"{first} {lexicon().nouns.get(last, last)}".strip()
    return bool({word.text, singular} & lexicon().lists["stand_ins"])


def judge_noun(e: Evidence, i: int, word: Word) -> Iterator[FidelityItem]:
    k = e.reading.mention_at.get(i)
    if k is None and i in e.reading.counts:  # a group of, a flock of, a pair of
        least = min(_SMALL_CROWD, int(word.senses.get("crowd", _SMALL_CROWD)))
        yield _count(e, word.text, e.reading.mentions[e.reading.counts[i]], least, exact=False)
        return
    if k is None:
        if i in e.reading.viewing:
            return
        yield item("noun", word.text, False, "not understood")
        return
    mention = e.reading.mentions[k]
    if mention.absent:
        return
    mounts = _RIDERS.get(word.text) or _RIDERS.get(word.noun) or _RIDERS.get(word.text.removesuffix("s"))
    ridden = sum(actor.count for actor in e.scene.actors if mounts is not None and actor.kind in mounts)
    if mounts is not None and ridden * 3 < mention.count:
        yield item("noun", word.text, False, "drives or rides nothing in the scene")
        return
    moving = [c for c in e.reading.clauses if k in c.subjects and c.verb in _ON_WHEELS and e.showing(c)]
    if mounts is not None and any(not riding(e, clause) for clause in moving):
        yield item("noun", word.text, False, "is on foot")
        return
    if mention.group == "prop" and any(isinstance(t, Prop) and _hangs_in_the_air(e, t) for t in e.things(mention)):
        yield item("noun", word.text, False, "hangs in the air")
        return
    if e.has(mention) and not e.seen(mention):
        yield item("noun", word.text, False, "is hidden, or outside the picture")
        return
    if (
        mention.kind == "traffic light"
        and word.text.split()[0] == mention.colour
        and not any(_coloured(thing, mention.colour, mention) for thing in e.things(mention))
    ):  # a green light
        yield item("noun", word.text, False, "has another colour")
        return
    if mention.group == "prop" and mention.count == 1 and (wrong := _misplaced(e, mention, k)):
        yield item("noun", word.text, False, wrong)
        return
    yield item("noun", word.text, e.has(mention), f"no {mention.kind} in the scene")
    if mention.kind in PARTS or mention.kind in ("lights", "stairs"):
        return  # as many as the whole has
    if mention.counted is None and word.plural and "crowd" not in word.senses and mention.count > 1:
        yield _count(e, word.text, mention, 2, exact=False)
    elif "crowd" in word.senses and mention.counted is None:
        least = min(_SMALL_CROWD, int(word.senses["crowd"]))
        yield _count(e, word.text, mention, least, exact=False)


def _misplaced(e: Evidence, mention: Mention, k: int) -> str:
    """Why a single thing is not where it belongs: once in a hand and once on the ground, or lost."""
    things = [t for t in e.things(mention) if isinstance(t, Prop)]
    others = any(m.kind == mention.kind for m in e.reading.mentions if m is not mention)
    if not others and any(e.sight.twice(t.id, t.kind) for t in things):
        return "is there twice"
    placed = {j for relation in e.relations.values() for j in (relation.figure, relation.ground)}
    verbs = {c.verb for c in e.reading.clauses if k in (*c.subjects, *c.objects, *(j for _, j in c.obliques))}
    if k in placed or verbs & _ON_THE_GROUND or not things or mention.kind not in THINGS:
        return ""
    ids = {t.id for t in things}
    used = any(ids & {beat.who, beat.target} for beat in e.scene.beats if beat.verb not in _AT_A_DISTANCE)
    lies = all(t.y > 0.78 and is_small(t.kind) for t in things) and not used
    return "lies on the ground" if lies and (mention.owned or verbs & _IN_HAND) else ""


def _hangs_in_the_air(e: Evidence, thing: Prop) -> bool:
    """True for what falls from where nothing holds it, if the caption does not say that it comes from above."""
    falls = any(beat.who == thing.id and beat.verb == "plunge" for beat in e.scene.beats)
    told = any(word.text in ("from", "off", "out", "down", "sky", "on", "onto") for word in e.reading.words)
    told |= thing.kind in ("kite", "petal", "leaf", "leaves", "balloon", "snowflake", "feather", "rock")
    return falls and thing.y <= 0.2 and not told


def judge_number(e: Evidence, i: int, word: Word) -> Iterator[FidelityItem]:
    k = e.reading.counts.get(i)
    if k is None:
        yield item("count", word.text, False, "what is counted is not understood")
        return
    exact = word.text not in _VAGUE
    number = _VAGUE.get(word.text) or _EXACT.get(word.text) or int(word.senses["number"])
    each = [a.count for a in e.scene.actors if a.holds == e.reading.mentions[k].kind]
    if number > 1 or (exact and each[:1] > [1]):  # two women hold one umbrella: not one each
        yield _count(e, word.text, e.reading.mentions[k], number, exact)


def _count(e: Evidence, text: str, mention: Mention, number: int, exact: bool) -> FidelityItem:
    k = next((k for k, m in enumerate(e.reading.mentions) if m is mention), None)
    divided = [m for m in e.reading.mentions if m.part_of is not None and m.part_of == k]  # one ... the other
    exact_cast = bool(e.cast(mention))
    shown = {t.id: t.count if isinstance(t, Actor) else 1 for m in (mention, *divided) for t in e.things(m)}
    drawn = sum(shown.values())
    held = sum(actor.count for actor in e.scene.actors if actor.holds == mention.kind)
    if not exact_cast or mention.held:
        drawn += held
    elif drawn < number and e.scene.category is not None:  # others of a choreography's cast are of them too
        same = [t for t in e.shown if of_kind(t.kind, mention)]
        drawn, exact_cast = held + sum(t.count if isinstance(t, Actor) else 1 for t in same), False
    others = [m for m in e.reading.mentions if m is not mention and not m.absent and e.same_kind(m, mention)]
    wanted = number + (0 if exact_cast else sum(m.count for m in others if m not in divided))
    fits = drawn == wanted if exact else drawn >= wanted
    return item("count", text, fits, f"{drawn} in the scene, {wanted} in the caption")


def judge_colour(e: Evidence, i: int, word: Word) -> Iterator[FidelityItem]:
    value = word.senses["colour"]
    wearers = [m for m in e.reading.mentions if value in _colours_on(m) and not m.absent]
    shown = [_coloured(thing, value, m) for m in wearers for thing in e.things(m)]
    hands = [a.held_colour for m in wearers if m.colour == value for a in e.scene.actors if a.holds == m.kind]
    held = bool(hands) and value not in hands
    shown += [colour == value for colour in hands]
    if not wearers and value in ("red", "green"):  # a traffic light turns from red to green
        lights = {p.id for p in e.scene.props if p.kind == "traffic light"}
        turns = "open" if value == "green" else "close"
        shown = [beat.verb == turns and beat.who in lights for beat in e.scene.beats]
    if value == "brown":  # the water of a flood
        shown += [beat.verb == "stream" for m in wearers if m.kind == "water" for beat in e.scene.beats]
    flashing = any(m.kind == "lights" for m in wearers) and {*e.kinds.values()} & _BLUE_LIGHTS
    shown += [True] if flashing and value in ("red", "blue") else []
    reason = f"nothing {value} in the scene" if wearers else "what has this colour is not understood"
    yield item("colour", word.text, any(shown) and not held, reason)


def judge_garment(e: Evidence, i: int, word: Word) -> Iterator[FidelityItem]:
    kind = word.senses["garment"]
    people = [actor for actor in e.scene.actors if actor.kind in PEOPLE]
    if (worn := accessory(word.text)) is not None:
        wearers = [m for m in e.reading.mentions if worn in dict(worn_things(m.worn))]
        dressed = [t for m in wearers for t in e.things(m) if isinstance(t, Actor)]
        seen = any(worn in dict(worn_things(t.worn)) for t in dressed)
        yield item("noun", word.text, seen, "nobody in the scene wears it")
        return
    if set(word.text.split()) & _OTHER_CUTS:
        yield item("noun", word.text, False, "drawn as trousers or a shirt")
        return
    shown = {"hat": any(wears_hat(a) for a in people), "other": False}.get(kind, bool(people))
    yield item("noun", word.text, shown, "nobody in the scene wears it" if kind == "hat" else "is not drawn")


def judge_place(e: Evidence, i: int, word: Word) -> Iterator[FidelityItem]:
    if (k := e.reading.mention_at.get(i)) is not None:  # a building by the street
        mention = e.reading.mentions[k]
        known = mention.kind != "building" and e.has(mention)
        yield item("noun", word.text, known, "drawn as a building")
        return
    place = e.reading.places.get(i)
    drawn = place == e.scene.place.partition(" without ")[0] or place in IN_VIEW.get(e.scene.place, ())
    before = e.reading.words[i - 1] if i else word
    last = before.text.rpartition(" ")[2]  # also of a verb: falls off
    aloft = any(a.y < 0.6 for a in e.scene.actors) or any(p.y < 0.55 for p in e.scene.props)
    aloft |= any(beat.verb in ("fly", "rise", "ascend") for beat in e.scene.beats)
    below = e.scene.place in ("river bridge", "river footbridge", "under bridge") and last == "under"
    nearing = any(beat.verb in ("go away", "wade in") for beat in e.scene.beats)
    far = any(p.kind in ("sun", "moon", "rainbow", "double rainbow") for p in e.scene.props)  # behind houses and hills
    far |= any(beat.verb == "flash" for beat in e.scene.beats)
    far |= any(beat.verb == "shimmer" for beat in e.scene.beats)  # over all of it
    far |= place == "level crossing"  # behind its barriers
    if e.reading.senses[i + 1 : i + 2] == ["prop"] and not e.reading.words[i + 1].determiner:
        last = ""  # under the kitchen table
    if (
        last in _BEYOND
        and not (far and last in ("behind", "above"))
        and not (last == "above" and aloft)
        and not below
        and not (last in ("toward", "towards") and nearing)
    ):
        yield item("relation", f"{last} {word.text}", False, "is drawn in it")
    if last == "from" and place in ("balcony", "rooftop", "bridge"):
        yield item("relation", f"from {word.text}", False, "is drawn on it")
    yield item("place", word.text, drawn, f"the scene is a {e.scene.place}")


def judge_time(e: Evidence, i: int, word: Word) -> Iterator[FidelityItem]:
    yield item("time", word.text, e.scene.time == word.senses["time"], f"the scene is at {e.scene.time}")


def judge_weather(e: Evidence, i: int, word: Word) -> Iterator[FidelityItem]:
    drawn = e.scene.weather == word.senses["weather"]
    drawn |= word.senses["weather"] == "wet" and e.scene.weather in ("rain", "storm")
    yield item("weather", word.text, drawn, f"the weather of the scene is {e.scene.weather}")


def _coloured(thing: Actor | Prop, colour: str, mention: Mention) -> bool:
    red_light = thing.kind == "traffic light" and colour == "red" and thing.colour is None
    if colour == mention.colour and (thing.colour == colour or red_light):
        return True
    if not isinstance(thing, Actor):
        return False
    return colour in _colours_on(mention)[1:] and colour in _colours_on(thing)[1:]


def _colours_on(thing: Actor | Mention) -> tuple[str | None, ...]:
    """Its own colour, and those of what somebody wears: trousers, hat, gloves, hair."""
    return (
        thing.colour, thing.trousers, thing.hat_colour, thing.worn_colour, *(c for _, c in worn_things(thing.worn) if c)
    )  # fmt: skip


def wears_hat(actor: Actor) -> bool:
    """True if a head is drawn with something on it, by the caption or by the kind."""
    return not actor.bareheaded and (
        actor.hat or actor.headgear is not None or actor.kind in ("police officer", "firefighter", "worker", "cyclist")
    )
