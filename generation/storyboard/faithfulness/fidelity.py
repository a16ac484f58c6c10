"""What a judgement is: FidelityItem, one thing a caption says, drawn or not, and Fidelity, the items of a caption."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_WHOLLY: Final = ("completely", "totally", "entirely", "absolutely", "fully", "utterly")
_BARE: Final = ("empty", "deserted", "abandoned", "dark", "still", "bare", "dry")


def adds_nothing(adverb: str, text: str) -> bool:
    """Completely empty is empty."""
    return adverb in _WHOLLY and text in _BARE


@dataclass(frozen=True)
class FidelityItem:
    """One thing that a caption says. `kind`: noun, verb, count, colour, direction, place, time, weather, order,
    negation, attribute or word; `reason` says why it is not drawn."""

    kind: str
    text: str
    drawn: bool
    reason: str = ""


@dataclass(frozen=True)
class Fidelity:
    """The items of a caption and the share of them that is drawn; 1 where a caption says nothing."""

    items: tuple[FidelityItem, ...]

    @property
    def score(self) -> float:
        """0 to 1."""
        return sum(item.drawn for item in self.items) / len(self.items) if self.items else 1.0

    @property
    def undrawn(self) -> tuple[str, ...]:
        """What is not drawn, in the caption's words."""
        return tuple(dict.fromkeys(item.text for item in self.items if not item.drawn))


def item(kind: str, text: str, drawn: bool, reason: str) -> FidelityItem:
    return FidelityItem(kind, text, drawn, "" if drawn else reason)
