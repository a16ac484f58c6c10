"""The backdrops: every module registers its own."""

from . import halls, nature, rooms, streets

__all__ = ["halls", "nature", "rooms", "streets"]
