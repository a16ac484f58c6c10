"""Backdrops. In: the name of a place, a time and a weather; out: its picture (each module registers its places)."""

from . import nature, rooms, streets

__all__ = ["nature", "rooms", "streets"]
