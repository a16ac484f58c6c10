"""What was understood of a caption, as plain data: a Reading of mentions and clauses. Made by parser.py."""

from __future__ import annotations

from dataclasses import dataclass, field

from .lexicon import Word
from .mentions import Mention


@dataclass
class Clause:
    """One event: `verb` of scene.py, done by `subjects` to `objects` (indices of mentions). `at` is its word."""

    verb: str
    lemma: str
    at: int
    step: float
    subjects: list[int] = field(default_factory=list)
    objects: list[int] = field(default_factory=list)
    obliques: list[tuple[str, int]] = field(default_factory=list)
    grounds: list[tuple[str, str]] = field(default_factory=list)  # places it leads into, out of, towards
    passive: bool = False
    words: frozenset[str] = frozenset()  # base forms of the verb phrase
    apart: bool = False  # in opposite directions
    meeting: bool = False  # towards each other
    weather: str | None = None  # of the subject: snow falls, fog covers the bridge
    down: bool = False  # knocks down, pushes to the ground
    direction: int = 0
    event: bool = False  # told by a noun: a fight BETWEEN those who fight
    part: bool = False  # one of them does it, not all


@dataclass(frozen=True)
class Lasting:
    """A burning house, a flooded street: `verb` holds all the time for `mention`, or for the place (None)."""

    at: int
    verb: str
    mention: int | None


@dataclass(frozen=True)
class Denial:
    """What a caption says is not there (`group` of a mention, `name` its kind) or does not happen (group "verb")."""

    at: int
    group: str
    name: str
    text: str
    subjects: tuple[int, ...] = ()  # of a verb: who does not do it


@dataclass
class Reading:
    """All that was understood of a caption. `unknown` are the words nobody knew, `places` the words that name one."""

    words: list[Word]
    senses: list[str] = field(default_factory=list)  # which sense of each word holds
    mentions: list[Mention] = field(default_factory=list)
    clauses: list[Clause] = field(default_factory=list)
    place: str | None = None
    time: str | None = None
    weather: str | None = None
    direction: int = 0
    unknown: list[str] = field(default_factory=list)
    places: dict[int, str] = field(default_factory=dict)
    states: list[Lasting] = field(default_factory=list)
    turns: dict[int, tuple[int, int | None]] = field(default_factory=dict)  # word -> 1 right or -1 left, its clause
    counts: dict[int, int] = field(default_factory=dict)  # number -> the mention that it counts
    viewing: set[int] = field(default_factory=set)  # words of the camera and the picture itself
    sizes: dict[int, int] = field(default_factory=dict)  # word -> the mention that is so large
    sides: dict[int, int] = field(default_factory=dict)  # word -> the mention that stands on that side
    denials: list[Denial] = field(default_factory=list)
    mention_at: dict[int, int] = field(default_factory=dict)  # word -> the mention that it named
    particles: set[int] = field(default_factory=set)  # words that belong to a verb further ahead: picks the box UP

    @property
    def denied(self) -> frozenset[int]:
        """The words of what is not there and does not happen."""
        return frozenset(denial.at for denial in self.denials)

    @property
    def nobody(self) -> bool:
        """True if the caption says that no people are there."""
        return any(denial.group == "person" and denial.name == "person" for denial in self.denials)
