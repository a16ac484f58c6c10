"""Words of two senses that other words tell apart: peels an orange or wears an orange vest, drops or wears glasses.

Reads Words (lexicon.py) and their neighbours; gives the class of one word where it is among them (noun_or_verb.py
judges the others), and the classes that name somebody or something.
"""

from __future__ import annotations

from typing import Final

from svta.generation.storyboard.drawn_tables import objects

from .lexicon import Word

HEADS: Final = ("person", "crowd", "animal", "vehicle", "prop", "substance")
NOUNS: Final = (*HEADS, "place", "time", "weather", "garment", "colour", "number")
_NOT_DONE: Final = {"start": "drive", "change": "open", "work": "work", "run": "run"}  # of things
# Of many who come out of something or go into it: what liquids do.
FLOWING: Final = ("pour", "stream", "flood", "spill", "flow", "surge", "swarm", "file", "flock", "trickle", "troop",
                   "throng")  # fmt: skip
_AT_CROSSINGS: Final = ("busy", "quiet", "empty", "street", "road", "pedestrian")
# Work in which a torch is no lamp but a flame.
_WELDING: Final = ("weld", "welder", "metal", "steel", "pipe", "beam", "flame", "solder", "gas", "cut", "burn", "blow")
_INSECTS: Final = ("bee", "fly", "mosquito", "butterfly", "moth", "ant", "wasp", "hornet", "locust", "beetle")
NOBODY: Final = Word("", frozenset())
_SPRAYED: Final = {"spray", "paint", "graffiti", "scribble", "draw", "write"}
_FALLEN: Final = {"fall", "jump", "drop", "plunge", "leap", "tumble", "crash", "smash", "throw", "fly"}


_EYEWEAR: Final = ("glasses", "sunglasses", "spectacles", "eyeglasses", "goggles")


def _eyewear(words: list[Word], i: int) -> str:
    """A garment where somebody wears it, puts it on or takes it off; else a thing: drops his glasses, two glasses."""
    before = words[max(0, i - 2) : i]
    if any(w.has("number") for w in before) or any(w.has("prop") for w in words[i + 1 :]):
        return "prop"
    worn = any(w.text.split(" ")[-1] in ("on", "off") for w in words[max(0, i - 2) : i + 2])
    worn |= any(w.text in ("in", "with", "without") or "wear" in w.lemmas for w in before)
    return "garment" if worn else "prop"


def of_many_or_water(word: Word, before: Word) -> str:
    """People CROWD into a lift, bees SWARM about a hive; a FLOOD carries a car."""
    if word.text == "swarm" and before.senses.get("animal") in _INSECTS and not word.determiner:
        word.senses["verb"], word.lemma, word.parts = "fly", "swarm", (frozenset(("swarm",)),)
        return "verb"
    if word.text in ("roller skates", "ice skates") and before.has("person") and before.determiner:
        word.ending, word.lemma, word.parts = "s", "skate", (frozenset(("skate",)),)
        return "verb"  # a girl roller skates
    if word.text in ("flood", "floods") and word.determiner:
        word.senses["substance"] = "water"
        return "substance"
    return "verb" if word.text == "crowd" and not word.determiner and (before.has("crowd") or before.plural) else ""


def says_nothing(words: list[Word], i: int) -> bool:
    """Car parts (but a crowd parts); a flat field; snowy mountains, which are white in any weather; a drunk man."""
    text, after = words[i].text, words[i + 1] if i + 1 < len(words) else NOBODY
    if (text == "change" and i and words[i - 1].text == "to") or (text == "hostage" and not words[i].determiner):
        return True  # to change a lamp; takes somebody hostage
    if text == "drunk":
        return after.has("person")
    if text in ("packed", "crowded") and words[i].determiner:
        return after.has("place")  # a packed square
    if text in ("part", "parts", "parted", "parting"):
        thing = words[i].has("prop") and (words[i].determiner or text == "parts") and after.text != "of"
        return not thing and not (i and words[i - 1].has("crowd"))
    if text == "snowy":
        return after.senses.get("place") == "mountain"
    return text == "flat" and after.has("place", "prop", "vehicle")


def _fruit(words: list[Word], i: int) -> str:
    """Peels an orange, but wears an orange vest."""
    after = words[i + 1] if i + 1 < len(words) else NOBODY
    if not (after.text in (".", ",", ";", "", "and") or after.has("verb", "preposition")) or after.has(*HEADS):
        return "colour"
    words[i].senses["prop"] = words[i].text = "orange fruit"
    return "prop"


def by_what_follows(words: list[Word], i: int) -> str | None:
    """Lanes OF cars are many, a slow TRUCK does not slow down; None for all others."""
    if words[i].text == "orange" and words[i].determiner:
        return _fruit(words, i)
    if words[i].text == "groceries" and "prop" in words[i].senses:
        return "prop"  # no shops
    word, after = words[i], words[i + 1] if i + 1 < len(words) else NOBODY
    if word.has("crowd") and word.has("place") and after.text == "of":
        return "crowd"
    return "" if word.text == "slow" and word.has("verb") and after.has("vehicle", "animal", "person") else None


def of_two_senses(words: list[Word], i: int, before: Word) -> str | None:
    """A boat docks, at a busy crossing, down a slide: by the word before; None for all others."""
    word = words[i]
    if word.text in _EYEWEAR and {"prop", "garment"} <= word.senses.keys():
        return _eyewear(words, i)
    if word.text == "bend" and before.has("weather") and "verb" in word.senses:
        return "verb"  # high winds bend the trees
    if word.helped and word.negated and word.text in _NOT_DONE:  # the car does not start, the light does not change
        word.senses["verb"], word.lemma = _NOT_DONE[word.text], word.lemma or word.text
        return "verb"
    if word.text in ("stack", "pile", "heap") and word.determiner and (alike := _things_before(words, i)):
        word.senses["prop"] = f"{'stack' if word.text == 'stack' else 'pile'} of {alike}"
        return "prop"  # sacks fall off a stack
    if word.text in ("rain", "rains") and before.has("substance", "prop") and not word.determiner:
        word.senses["verb"], word.lemma, word.ending = "fall", "rain", "s" if word.text == "rains" else ""
        word.parts = (frozenset(("rain",)),)
        return "verb"  # sparks rain
    after = words[i + 1] if i + 1 < len(words) else NOBODY
    if word.text in ("torch", "torches") and word.senses.get("prop") != "flaming torch":
        word.senses["prop"] = "welding torch" if any(w.lemmas & {*_WELDING} for w in words) else "flashlight"
        return "prop"
    if {"verb", "substance"} <= word.senses.keys() and not word.ending and _is_subject(word, after):
        return "substance"  # before SMOKE comes out
    led = after.has("preposition", "after") or after.text in ("without", "after")
    if word.text == "stands" and not word.determiner and (before.has(*HEADS) or _lacks(words, i)) and led:
        word.senses.setdefault("verb", "stand")
        word.lemma, word.ending = "stand", "s"
        return "verb"  # a house without windows stands in a field
    if word.text == "shopping" and (word.owner or word.determiner or word.possessive) and not word.infinitive:
        word.senses["prop"] = "shopping bag" if "shopping bag" in objects() else "bag"
        return "prop"  # drops his shopping
    if word.text in ("jam", "jams") and before.has("prop") and not word.determiner:
        word.senses["verb"], word.lemma, word.ending = "stop", "jam", "s" if word.text == "jams" else ""
        word.parts = (frozenset(("jam",)),)
        return "verb"  # the press jams, bottles jam
    if word.text == "docks" and before.has("vehicle") and before.determiner and not word.determiner:
        word.senses["verb"], word.lemma, word.ending, word.parts = "stop", "dock", "s", (frozenset(("dock",)),)
        return "verb"  # a boat docks
    if word.text == "saw" and (word.determiner or (before.determiner and not before.has(*HEADS, "pronouns", "place"))):
        return "prop"  # a large saw
    if word.text == "slide" and word.determiner and not word.infinitive:
        word.senses["prop"] = "slide"
        return "prop"
    if word.has("place") and (seen := part_of_what_is_seen(words, i)) is not None:
        return seen
    if word.text == "crossing" and (word.determiner or before.text in _AT_CROSSINGS):
        word.senses["place"] = "crossroads"
        return "place"
    if word.text == "crowd" and (before.has("crowd") or before.plural) and not word.determiner:
        return "verb"  # people crowd into a lift
    return None


def _is_subject(word: Word, after: Word) -> bool:
    """True before a verb with the ending of one who does it: smoke COMES out."""
    return not word.infinitive and after.ending == "s" and after.has("verb") and not after.has(*NOUNS)


def _lacks(words: list[Word], i: int) -> bool:
    """A house WITHOUT A ROOF stands ..."""
    return any(word.text == "without" for word in words[max(0, i - 3) : i])


def _things_before(words: list[Word], i: int) -> str:
    """The kind of the things that were named before word i and of which it may be a stack; none if "of" follows."""
    if i + 1 < len(words) and words[i + 1].text == "of":
        return ""
    return next((w.senses["prop"] for w in reversed(words[:i]) if w.plural and w.has("prop")), "")


def part_of_what_is_seen(words: list[Word], i: int) -> str | None:
    """The train that somebody paints, the balcony that somebody falls from; None where it is the place of all."""
    word, before = words[i], words[i - 1].text if i else ""
    done = {lemma for other in words[:i] for lemma in (*other.lemmas, other.text)}
    if word.senses.get("place") == "train carriage" and before in ("on", "onto", "along") and done & _SPRAYED:
        word.senses["vehicle"] = "train"
        return "vehicle"
    if word.senses.get("place") == "balcony" and before.split(" ")[-1] in ("from", "off") and done & _FALLEN:
        word.senses["prop"] = "balcony"
        return "prop"
    return None
