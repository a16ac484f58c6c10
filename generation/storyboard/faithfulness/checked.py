"""What somebody saw rendered and found right, as data: checked.json, and how a frame of it is compared with an event.

A frame is one line: who does it, to whom or what, and the ways, parted by commas. Words in capitals are the `classes`
of the file, | stands between several kinds, "the" before a place, - for nobody:

    "PERSON"                        a man walks
    "PERSON, bag|box"               a man carries a bag
    "PERSON, box, into CAR"         a man loads a box into a van
    "CAR, across the bridge"        a van drives across a bridge
    "-, window"                     a window is broken
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Final

from svta.builder.io.json_text import JsonObject, parse_json_object

from ..parsing.lexicon import lexicon

OWN: Final = "*"  # the kind of what a user's lexicon names: its own drawing, which fits every frame
NOBODY: Final = "-"
_MORE_WAYS: Final = frozenset(("away", "apart", "meeting", "in front of", "next to", "out of", "on top of", "away from",
                               "in over", "from behind",
                               "with", "together"))  # fmt: skip


@dataclass(frozen=True)
class Event:
    """What is compared with frames: the kinds of those who do it and to whom, and (preposition, kind or place)."""

    who: tuple[str, ...] = ()
    whom: tuple[str, ...] = ()
    ways: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Frame:
    """A line of checked.json."""

    who: frozenset[str]
    whom: frozenset[str]
    ways: tuple[tuple[str, frozenset[str]], ...] = ()

    def fits(self, event: Event) -> bool:
        """True if the same was looked at, with all the ways of the event; fewer ways are another frame."""
        if not (_within(event.who, self.who) and _within(event.whom, self.whom)):
            return False
        if len(self.ways) != len(event.ways):
            return False
        return all(any(name == n and _within((kind,), kinds) for n, kinds in self.ways) for name, kind in event.ways)


def _within(kinds: Collection[str], allowed: frozenset[str]) -> bool:
    if not kinds:
        return not allowed or NOBODY in allowed
    return all(kind == OWN or kind in allowed or kind.partition(" of ")[0] in allowed for kind in kinds)


@dataclass(frozen=True)
class Checked:
    """checked.json, ready for looking up."""

    nouns: dict[str, frozenset[str]]  # kind -> the words of captions for which its drawing was found right
    forms: dict[str, frozenset[str]]  # kind -> the kinds as which it was looked at in some sentences
    places: dict[str, frozenset[str]]
    verbs: dict[str, tuple[Frame, ...]]  # base form or phrase -> frames
    states: dict[str, frozenset[str]]  # burning, parked -> kinds
    relations: tuple[Frame, ...]
    homes: dict[str, frozenset[str]]  # kind -> the places in which it was looked at; a kind without an entry: all
    colours: dict[str, frozenset[str]]  # word -> kinds
    attributes: dict[str, frozenset[str]]  # big, empty -> kinds, or "place"
    manners: dict[str, frozenset[str]]  # slowly -> verbs
    counts: dict[str, int]  # kind -> how many at the most
    vague: dict[str, frozenset[str]]  # several, a crowd of -> kinds
    joins: dict[str, frozenset[str]]  # and, then -> "one": by the same one, "two": by others
    words: dict[str, frozenset[str]]  # times, weathers, garments, sideways (verbs), absent, silent
    most: dict[str, int]  # events, actors, things in one caption
    sentences: dict[str, tuple[str, ...]]  # category, or variant of a contrast -> its own sentences


def split(text: str) -> list[str]:
    """The entries of a list with commas."""
    return [entry.strip() for entry in text.split(",") if entry.strip()]


def kinds_of(text: str, classes: JsonObject) -> frozenset[str]:
    """The kinds of "CAR|bus, tram": names in capitals are classes, which may hold others."""
    found: set[str] = set()
    for name in (part.strip() for entry in split(text) for part in entry.split("|")):
        if name.isupper():
            found |= kinds_of(str(classes[name]), classes)
        else:
            found.add(name)
    return frozenset(found)


def frame_of(line: str, classes: JsonObject) -> Frame:
    """A line as a Frame."""
    who, whom = frozenset[str](), frozenset[str]()
    ways = []
    for n, part in enumerate(split(line)):
        name, rest = _preposition(part)
        if name:
            places = kinds_of(rest.removeprefix("the "), classes) if rest.startswith("the ") else frozenset[str]()
            kinds = frozenset(f"the {place}" for place in places) or kinds_of(rest, classes) or frozenset(("",))
            ways.append((name, kinds))
        elif n:
            whom = kinds_of(part, classes)
        else:
            who = kinds_of(part, classes)
    return Frame(who, whom, tuple(ways))


def _preposition(part: str) -> tuple[str, str]:
    """("across", "the bridge") of "across the bridge"; empty, and all of it, where it names kinds alone."""
    words = part.split()
    for n in (3, 2, 1):
        name = " ".join(words[:n])
        if name in _MORE_WAYS or (n == 1 and name in lexicon().lists["prepositions"]):
            return name, " ".join(words[n:])
    return "", part


@cache
def table() -> JsonObject:
    """checked.json as it stands, not to be changed."""
    text = files("svta.generation.storyboard").joinpath("faithfulness", "checked.json").read_text("utf-8")
    return parse_json_object(text)


@cache
def checked() -> Checked:
    """The table of checked.json."""
    data = table()
    classes: JsonObject = data["classes"]

    def by_word(name: str) -> dict[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {}
        for words, text in data[name].items():
            for word in split(words):
                found[word] = found.get(word, frozenset()) | kinds_of(text, classes)
        return found

    verbs: dict[str, tuple[Frame, ...]] = {}
    for words, lines in data["verbs"].items():
        frames = tuple(frame_of(line, classes) for line in lines)
        for word in split(words):
            verbs[word] = (*verbs.get(word, ()), *frames)
    homes: dict[str, frozenset[str]] = {}
    for text, places in data["homes"].items():
        homes |= {kind: frozenset(split(places)) for kind in kinds_of(text, classes)}
    counts: dict[str, int] = {}
    for text, most in data["counts"].items():
        counts |= {kind: max(most, counts.get(kind, 0)) for kind in kinds_of(text, classes)}
    return Checked(
        nouns={kind: frozenset(split(text)) for kind, text in data["nouns"].items()},
        forms={kind: frozenset(split(text)) for kind, text in data["forms"].items()},
        places={place: frozenset(split(text)) for place, text in data["places"].items()},
        verbs=verbs, states=by_word("states"), colours=by_word("colours"), attributes=by_word("attributes"),
        manners=by_word("manners"), vague=by_word("vague"), joins=by_word("joins"), counts=counts, homes=homes,
        relations=tuple(frame_of(line, classes) for line in data["relations"]),
        words={name: frozenset(split(text)) for name, text in data["words"].items()},
        most=data["most"], sentences={name: tuple(lines) for name, lines in data["sentences"].items()},
    )  # fmt: skip


def was_seen(verbs: Collection[str], event: Event) -> bool:
    """True if an event of one of these verbs was looked at; a way through a place and one past a thing may be two."""
    frames = [frame for verb in verbs for frame in checked().verbs.get(verb, ())]
    if any(frame.fits(event) for frame in frames):
        return True
    places = [way for way in event.ways if way[1].startswith("the ")]
    if len(event.ways) != 2 or len(places) != 1:
        return False
    return all(any(frame.fits(replace(event, ways=(way,))) for frame in frames) for way in event.ways)
