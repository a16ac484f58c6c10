"""One body, thing or effect -> strokes of the pen; furniture and symbols register what they draw."""

from . import furniture, symbols

__all__ = ["furniture", "symbols"]
