"""Backdrops. In: the name of a place, a time and a weather; out: its picture (each module registers its places)."""

from svta.generation.storyboard.scene import WITHOUT

from . import nature, rooms, streets
from .backdrop import PLACE_PAINTERS

__all__ = ["nature", "rooms", "streets"]

PLACE_PAINTERS.update({
    f"{name} without {thing}": PLACE_PAINTERS[name] for thing, names in WITHOUT.items() for name in names
})  # fmt: skip
