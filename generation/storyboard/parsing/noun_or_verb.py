"""Which of its senses each word of a caption has: "park" the place or "park" the verb, "left" the side or "left" gone.

Reads Words (lexicon.py) and their neighbours; gives one class a word ("" where nobody knows it).
"""

from __future__ import annotations

from typing import Final

from svta.generation.storyboard.place_table import place_table

from .lexicon import Word, lexicon
from .word_senses import (
    FLOWING,
    HEADS,
    NOBODY,
    NOUNS,
    by_what_follows,
    of_many_or_water,
    of_two_senses,
    says_nothing,
)

_SIDES: Final = ("side", "lane", "corner", "hand", "row", "rear")
_GERUND_NOUNS: Final = ("building", "buildings", "painting", "clothing", "railing")
# Verbs rather than many things.
_ACTED: Final = ("stops", "paints", "irons", "drills", "combs", "scans", "rings", "docks")
_POURED: Final = ("drink", "pour", "spill", "sip")
_WAYS: Final = ("out", "into", "onto", "from", "through", "toward", "towards", "in", "off", "across", "past", "over",
                "down", "up", "inside", "along", "to", "away")  # fmt: skip
_WITHIN: Final = ("in", "inside", "through", "at", "within", "throughout")
_ENDS: Final = (".", ",", "and", "while", "as", "then")
_LINKING: Final = ("and", "then", "but", "and then", "and afterwards", "afterwards", "finally", "later", "next")
_TAKEN_UP: Final = ("it", "them", "him", "himself", "herself", "itself", "each other")
_HALLS: Final = ("warehouse", "factory", "assembly line", "hangar", "loading dock", "container yard", "quay",
                 "refinery", "power plant", "recycling plant", "cold room", "shipyard", "foundry")  # fmt: skip
_OF_HANDS: Final = ("gloved", "bare", "both", "wet", "dirty", "tiny", "shaking", "cold", "two", "one", "left", "right",
                    "small")  # fmt: skip
_UNSAID: Final = {"hands": _OF_HANDS, "hand": _OF_HANDS, "tiles": ("on", "onto")}


def senses_of(words: list[Word]) -> list[str]:
    """The class that holds for each word."""
    return [_sense(words, i) for i in range(len(words))]


def _sense(words: list[Word], i: int) -> str:
    word = words[i]
    before = words[i - 1] if i else NOBODY
    if _crowd_flows(words, i):
        word.senses["verb"] = "run" if {"surge", "swarm"} & word.parts[0] else "walk"
        return "verb"
    if (own := of_two_senses(words, i, before)) is not None:
        return own
    if drunk := of_many_or_water(word, before):
        return drunk
    if word.text in ("left", "right"):
        led = before.has("verb", "preposition") or word.determiner or before.text in ("upper", "lower")
        beside = words[i + 1].text if i + 1 < len(words) else ""
        return "side" if led or beside in _SIDES or word.text == "right" else "verb"
    if (told := by_what_follows(words, i)) is not None:
        return told
    if word.text in ("outside", "inside") and i + 1 < len(words) and words[i + 1].determiner:
        return "preposition"  # outside a shop
    if word.text == "well":  # beside a well, but a well dressed man sings well
        after = words[i + 1] if i + 1 < len(words) else NOBODY
        return "prop" if word.determiner and after.ending != "ed" else ""
    if says_nothing(words, i):
        return ""
    if word.text == "sand" and {"prop", "place"} <= word.senses.keys():  # on the sand, but a truck tips out sand
        lies_on = before.has("preposition") and before.text in ("on", "in", "across", "over", "along")
        return "place" if lies_on else "prop"
    if {"prop", "place"} <= word.senses.keys() and word.senses["prop"] == "floor lane":  # along the path in a warehouse
        return "prop" if any(other.senses.get("place") in _HALLS for other in words) else "place"
    if word.text == "clothes" and {"prop", "garment"} <= word.senses.keys():  # washes clothes, but wears clothes
        handled = before.has("verb") and not before.lemmas & {"wear", "dress"}
        handled |= before.text in ("", "and", "as", "while", ",") and i + 1 < len(words) and words[i + 1].has("verb")
        return "prop" if handled or before.text in ("dirty", "wet", "clean", "of", "folded") else "garment"
    if word.text == "boot" and word.determiner and [w.text for w in words[i + 1 : i + 2]] == ["of"]:
        return ""  # the boot of a car
    if before.text in _UNSAID.get(word.text, ()):
        return ""  # of the floor; with gloved hands
    if word.text in ("middle", "center", "centre"):
        return "side"
    if "weather" in word.senses and "place" in word.senses and not (word.determiner and before.has("preposition")):
        return "weather"  # snow falls, but the children play in the snow
    if before.text == "with" and {"prop", "vehicle"} <= word.senses.keys():
        return "prop"  # paints with a roller
    if {"vehicle", "place"} <= word.senses.keys():  # gets off a subway train, and sits in it
        return "place" if before.text.split(" ")[-1] in (*_WITHIN, "on", "aboard") else "vehicle"
    if "verb" not in word.senses:
        seen = "prop" in word.senses and word.senses.get("place") in place_table()
        if seen and tuple(word.text.split()) not in lexicon().exteriors and before.text.split(" ")[-1] not in _WITHIN:
            return "prop"  # sits in the henhouse, but crows on top of it
        return next((c for c in ("place", *HEADS) if c in word.senses), next(iter(word.senses), ""))
    nouns = [c for c in NOUNS if c in word.senses]
    stacked = word.determiner == "a" and not word.ending and [w.text for w in words[i + 1 : i + 2]] == ["of"]
    if word.text == "empty" and not (word.infinitive or word.helped):
        return ""
    if before.possessive or stacked:
        return nouns[0] if nouns else ""
    hangs = before.has("verb") and before.determiner and before.ending in ("ing", "ed") and not before.auxiliary
    if hangs and not (nouns or word.ending or word.infinitive or before.has(*NOUNS)):
        return ""  # a hanging load
    if not nouns and not word.ending and before.has("preposition") and not word.infinitive:
        return ""  # waves for help
    if not nouns:
        named = word.determiner and (word.ending == "s" or word.text in lexicon().lists["nouns"])
        return "" if named and not word.auxiliary else "verb"
    in_red = i > 2 and before.has("colour") and words[i - 2].text == "in" and words[i - 3].has("person")
    if in_red and word.ending == "s":
        return "verb"  # a man in red shops
    after = words[i + 1] if i + 1 < len(words) else NOBODY
    acts = _goes_on(words, i) or _only_event(words, i) or _ends_first_clause(words, i, before)
    if acts or _after_the_place(words, i, after):
        return "verb"
    return nouns[0] if _is_noun(word, before, after, _article(words, i - 1)) else "verb"


def _after_the_place(words: list[Word], i: int, after: Word) -> bool:
    """Two men in a park WATCH a dog: the plain form after several and where they are."""
    word, before = words[i], words[:i]
    bare = not word.determiner and not word.ending and words[i - 1].has("place")
    several = any(one.plural or one.has("crowd", "number") for one in before) and not any(
        one.has("verb") for one in before
    )
    return bare and several and bool(after.determiner or after.has(*HEADS))


def _ends_first_clause(words: list[Word], i: int, before: Word) -> bool:
    """True for the verb of a short first event: the barrier LIFTS, then ...; not for a list of things."""
    word = words[i]
    after = [w.text for w in words[i + 1 : i + 3]]
    short = bool(before.determiner) and before.has("prop", "vehicle", "place") and not before.plural
    led = i == 1 or words[max(0, i - 2)].text in (",", "after", "before", "when", "until", "first", *_LINKING)
    goes_on = after[:1] == [","] and (after[1:] == [] or after[1] in (*_LINKING, "after"))
    return short and led and goes_on and word.ending == "s" and not word.determiner


def _crowd_flows(words: list[Word], i: int) -> bool:
    """True for people who pour out of a train, stream into a stadium, spill onto the street."""
    word = words[i]
    if word.determiner or not any({*FLOWING} & part for part in word.parts[:1]):
        return False
    following = words[i + 1].text if i + 1 < len(words) else ""
    filled = i + 1 < len(words) and words[i + 1].has("place") and bool(words[i + 1].determiner)  # floods the square
    away = {*following.split()} & {*_WAYS} or (len(word.parts) > 1 and following in ("of", *_ENDS, ""))
    if not filled and not away:
        return False
    first = next((j + 1 for j in range(i - 1, -1, -1) if words[j].text in _ENDS and j + 1 < i), 0)
    who = next((w for w in words[first:i] if w.has(*HEADS)), NOBODY)
    return who.has("crowd") or (who.plural and who.has("person", "animal"))


def _goes_on(words: list[Word], i: int) -> bool:
    """True for the second of two verbs of one form: stands up AND LEAVES, stand and wave; not bags and boxes."""
    word = words[i]
    linked = words[i - 1].text in _LINKING or (words[i - 1].text == "," and _another_event(words, i))
    if i < 2 or not linked or word.determiner or word.ending not in ("", "s"):
        return False
    two, after = words[i - 2], words[i + 1] if i + 1 < len(words) else NOBODY
    if word.has("substance") and after.has("verb") and not (after.determiner or after.has(*NOUNS)):
        return False  # cuts a pipe AND SPARKS fly
    if words[i].ending == "s" and after.has("verb") and not (after.ending or after.determiner or after.has(*NOUNS)):
        return False  # hits a shelf and boxes fall
    if two.plural and not two.determiner and not two.has("verb"):
        return False  # sells apples and leaves
    last = next((w for w in reversed(words[: i - 1]) if w.has("verb") and not w.determiner), None)
    return last is not None and last.ending == word.ending and not last.has(*NOUNS) and not last.auxiliary


def _another_event(words: list[Word], i: int) -> bool:
    """True for the second of three: gets out, WAVES and walks away."""
    after = words[i + 1 : i + 3]
    linked = len(after) == 2 and after[0].text in ("and", "then", ",") and after[1].has("verb")
    return linked and after[1].ending == words[i].ending == "s" and not after[1].has(*NOUNS)


def _only_event(words: list[Word], i: int) -> bool:
    """True for the last word of a clause that has no other verb: a woman standing at the window WAVES."""
    word = words[i]
    ends = i + 1 == len(words) or words[i + 1].text in _ENDS
    if not ends or word.ending != "s" or word.determiner or i < 2 or not words[i - 1].has("prop", "place", "vehicle"):
        return False
    first = words[0]
    alone = first.has("person", "animal") and not first.plural and bool(first.determiner)
    acting = any(w.ending == "ing" and w.has("verb") and not w.auxiliary for w in words[1:i])
    told = (w for j, w in enumerate(words) if j != i and w.has("verb") and w.ending != "ing" and not w.determiner)
    return alone and acting and words[i - 1].determiner != "" and not any(w.ending or w.auxiliary for w in told)


def _article(words: list[Word], i: int) -> str:
    """The article of the noun at i, before its adjectives: A huge rock."""
    while i > 0 and not words[i].determiner and (words[i - 1].has("colour") or not words[i - 1].senses):
        i -= 1
    return words[i].determiner if i >= 0 and words[i].text.replace(" ", "").isalpha() else ""


def _is_noun(word: Word, before: Word, after: Word, article: str) -> bool:
    if word.text in _ACTED:
        return False
    if word.determiner or (word.text in _GERUND_NOUNS and not word.auxiliary):
        return True
    if before.lemma in _POURED and before.ending and not (word.ending or word.infinitive):
        return True  # drinks water
    if word.ending == "s" and after.determiner == "a" and not before.has("preposition"):
        return False
    if word.ending == "s" and after.text in _TAKEN_UP and not before.has("preposition", "number", "colour"):
        return False  # wipes it
    done = word.ending == "ed" or (word.auxiliary and word.ending == "ing")
    if word.infinitive or (word.helped and word.negated) or done:
        return False
    if word.ending == "ing":
        return before.has("preposition") and word.has("place") and before.text != "by"
    if before.has("preposition", "colour", "number"):
        return True
    linked = word.ending == "s" and not word.determiner and before.text in _LINKING
    if linked and not (after.has("verb") and not after.determiner) and after.text != "of":
        return False  # knocks and leaves
    if word.ending == "s":
        if before.has("weather"):
            return False  # the fog lifts
        if before.determiner and not (before.senses or before.plural or word.determiner) and before.text.isalpha():
            return False  # the alarm rings
        if before.has("prop") and (article == "a" or (article and not word.has("prop", "vehicle"))):
            return False  # the box falls, a phone rings
        if before.has("prop", "unknown") and article and after.determiner and not word.determiner:
            return False  # the machine presses a sheet
        packed = before.has("crowd") and before.has("verb") and not before.determiner  # workers PACK boxes
        return packed or not before.has("person", "crowd", "animal", "vehicle", "pronouns", "garment")
    return not (before.plural or before.has("crowd", "pronouns", "after"))
