"""Bodies -> strokes of the pen. In: one body, thing or effect;
out: its picture (each module registers what it draws).
"""

from . import furniture
from .marks import impacts, symbols

__all__ = ["furniture", "impacts", "symbols"]
