"""Whom a caption names, and what they wear: "a man in a red shirt and black trousers", "the woman wearing a hat".

Reads the Words after "in", "with" or "wearing"; writes colours and hats on a Mention.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from svta.generation.storyboard.drawn_tables import bare_without, clothing

from .lexicon import Word, lexicon
from .word_senses import HEADS

SIZES: Final = {
    **dict.fromkeys(("huge", "giant", "enormous", "gigantic", "massive"), 1.5),
    **dict.fromkeys(("big", "large", "bigger", "larger"), 1.3), "tiny": 0.55,
    **dict.fromkeys(("small", "little", "smaller"), 0.7),
}  # fmt: skip
STATURES: Final = {"tall": 1.16, "short": 0.84}  # of people, where the noun follows at once
EXTENTS: Final = {**SIZES, "tall": 1.25, "high": 1.25, "long": 1.25, "short": 0.8, "low": 0.62}  # of a thing's drawing
_WOMENS: Final = ("dress", "evening dress", "gown", "evening gown", "ball gown", "skirt", "blouse", "wedding dress")
_ENDS = (*HEADS, "place", "time", "verb", "pronouns", "after", "meanwhile", "preposition")


@dataclass
class Mention:
    """Somebody or something a caption names. `group` is person, animal, vehicle or prop."""

    group: str
    kind: str
    count: int = 1
    colour: str | None = None
    trousers: str | None = None
    hat: bool = False
    hat_colour: str | None = None
    headgear: str | None = None  # what kind of hat, of people.HEADGEAR_COLOURS
    worn: str | None = None  # of scene.WORN
    worn_colour: str | None = None
    holds: str | None = None
    held_colour: str | None = None  # of what it holds
    held: bool = False  # a thing in somebody's hand
    side: float | None = None  # x, where the caption says on the left, on the right, in the middle
    text: str = ""
    counted: int | None = None  # the word that says how many
    inner: bool = False  # named within a verb: falls down the STAIRS
    bareheaded: bool = False
    size: float = 1.0  # against others of its kind
    behind: bool = False  # in the background, where they do nothing
    owned: bool = False  # his, her: of somebody named before
    part_of: int | None = None  # one of a group: the index of the mention of the group
    prone: bool = False  # lies on the ground: hurt, unconscious, a man on the floor
    absent: bool = False  # no cars, without a helmet: the caption says that it is not there


def dresses(words: list[Word], senses: list[str], i: int) -> bool:
    """True if colours and garments, not a coloured thing, follow the preposition at i."""
    colours = 0
    for j in range(i + 1, min(i + 7, len(words))):
        word, sense = words[j], senses[j]
        if "garment" in word.senses:
            return True
        if colours and (word.auxiliary or word.helped or word.determiner or word.text == "and"):
            return True  # something new begins
        if sense == "colour":
            colours += 1
        elif colours and sense in (*HEADS, "place", "time"):
            return False
        elif colours and (sense or word.text in ".,;"):
            return True
        elif sense or word.text in ".,;":
            return False
    return colours > 0


def dressed(words: list[Word], senses: list[str], i: int, mention: Mention) -> Mention:
    """The mention at word i with what the words after it put on, to tell whether it was named before."""
    after = words[i + 1].text if i + 1 < len(words) else ""
    worn = after in ("wearing", "dressed", "clad") or (after in ("in", "with") and dresses(words, senses, i + 1))
    if mention.group != "person" or not worn:
        return mention
    wearer = replace(mention)
    put_on(words, senses, i + 1, wearer)
    return wearer


def put_on(words: list[Word], senses: list[str], i: int, wearer: Mention | None) -> int:
    """Read colours and garments from word i on and put them on `wearer`; the index of the first word after them."""
    wearer = wearer or Mention("person", "person")
    colours: list[str] = []
    end = i + 1
    for j in range(i + 1, len(words)):
        word = words[j]
        if word.has("colour") and not word.has("person"):
            colours.append(word.senses["colour"])
            end = j + 1
        elif "garment" in word.senses:
            if colours and word.determiner:  # in green and A hat: the green is no hat's
                wearer.colour, colours = wearer.colour or colours[0], []
            if word.negated:
                undress(wearer, word.senses["garment"], word.text)
            else:
                wear(wearer, word.senses["garment"], colours, word.text)
            colours, end = [], j + 1
        elif senses[j] in _ENDS:
            if not (word.text == "with" and dresses(words, senses, j)):
                break
        elif word.text in ".;!?":
            break
    if colours and wearer.colour is None:
        wearer.colour = colours[0]
    return end


def accessory(text: str) -> str | None:
    """What of scene.WORN a word names."""
    return next((kind for kind, words in lexicon().accessories.items() if text in words), None)


def undress(mention: Mention, garment: str, text: str) -> None:
    """Without a hat, without shoes: what is bare then."""
    mention.bareheaded = mention.bareheaded or garment == "hat"
    if bare := bare_without(text):
        bare_skin(mention, bare)


def bare_skin(mention: Mention, text: str) -> None:
    """Bare feet of anybody; a bare chest of grown men alone."""
    kind = accessory(text)
    if kind is not None and ("shirt" not in clothing()[kind] or mention.kind in ("man", "old man")):
        wear(mention, "other", [], text)


def wear(mention: Mention, garment: str, colours: list[str], text: str = "") -> None:
    """Put one garment ("upper", "lower", "hat", "other") on, in the first of its colours."""
    if mention.kind == "person" and text in _WOMENS:
        mention.kind = "woman"  # a pianist in a black dress
    if (kind := accessory(text)) is not None and mention.worn and kind not in mention.worn:
        mention.worn += f", {colours[0]} {kind}" if colours else f", {kind}"  # a mask and red gloves
    elif kind is not None:
        mention.worn, mention.worn_colour = kind, colours[0] if colours else None
    elif garment == "hat":
        mention.headgear = lexicon().headgear.get(text)
        mention.hat = True
        mention.hat_colour = colours[0] if colours else mention.hat_colour
    elif garment == "upper" and colours:
        mention.colour = colours[0]
    elif garment == "lower" and colours:
        mention.trousers = colours[-1]
        if len(colours) > 1:  # in blue and red trousers
            mention.colour = mention.colour or colours[0]
