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
    passive: bool = False
    down: bool = False  # knocks down, pushes to the ground
    direction: int = 0


@dataclass
class Reading:
    """All that was understood of a caption. `unknown` are the words nobody knew."""

    words: list[Word]
    senses: list[str] = field(default_factory=list)  # which sense of each word holds
    mentions: list[Mention] = field(default_factory=list)
    clauses: list[Clause] = field(default_factory=list)
    place: str | None = None
    time: str | None = None
    weather: str | None = None
    direction: int = 0
    unknown: list[str] = field(default_factory=list)
