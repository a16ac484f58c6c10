"""Words of probes: who does it, what they do, and several ways to say so; the words alone, no scenes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random
from typing import Final

from svta.generation.captions.grammar import COLOURS, with_article
from svta.generation.storyboard.scene import Scene

KINDS: Final = ("man", "woman", "old man", "old woman")
# what a standing person does and has done with afterwards: verb of the scene, "she ...", "she does not ..."
GESTURES: Final = {
    "wave": ("waves", "wave"),
    "bow": ("bows", "bow"),
    "clap": ("claps", "clap"),
    "jump": ("jumps", "jump"),
    "dance": ("dances", "dance"),
}
NUMBERS: Final = ("a", "two", "three", "four", "five", "six")


@dataclass(frozen=True)
class Person:
    """Somebody as a caption speaks of her or him."""

    kind: str
    colour: str
    dress: str

    @property
    def phrase(self) -> str:
        """a woman in a blue shirt"""
        colour = with_article(self.colour) if "shirt" in self.dress else self.colour
        return f"{with_article(self.kind)} {self.dress.format(colour)}"

    @property
    def pronoun(self) -> str:
        """he or she"""
        return "she" if self.kind.endswith("woman") else "he"


def people(scene: Scene, caption: str, chance: Random, count: int) -> list[Person]:
    """`count` adults who differ from each other and from everybody in the scene, by kind or colour."""
    taken = {actor.kind for actor in scene.actors}
    kinds = [kind for kind in KINDS if kind not in taken] or list(KINDS)
    words = set(re.findall(r"\w+", caption.lower()))
    colours = [colour for colour in COLOURS if colour not in words]
    dress = chance.choice(("in {}", "in {} shirt", "wearing {} shirt"))
    chosen = chance.sample(kinds, min(count, len(kinds)))
    chosen += [chance.choice(kinds) for _ in range(count - len(chosen))]
    return [Person(kind, colour, dress) for kind, colour in zip(chosen, chance.sample(colours, count), strict=True)]


def joined(core: str, tail: str) -> str:
    """A caption and what else is seen. A tail that begins with a capital is a sentence of its own."""
    core = core.rstrip(".")
    return f"{core}. {tail}." if tail[0].isupper() else f"{core}{tail}."


def sentence(text: str) -> str:
    """With a capital."""
    return text[0].upper() + text[1:]


def same_words(captions: list[str]) -> bool:
    """True if captions hold the same bag of words."""
    return len({tuple(sorted(re.findall(r"[\w'-]+", caption.lower()))) for caption in captions}) == 1


def replaced(caption: str, old: str, new: str) -> str | None:
    """A caption with a phrase in the place of one that it holds exactly once; capital and article follow."""
    found = list(re.finditer(rf"\b(?P<article>[Aa]n? )?(?P<phrase>{re.escape(old)})\b", caption, re.IGNORECASE))
    if len(found) != 1:
        return None
    match = found[0]
    if match["article"]:
        new = with_article(new)
    text = sentence(new) if match[0][0].isupper() else new
    return caption[: match.start()] + text + caption[match.end() :]
