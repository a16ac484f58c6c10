"""Scene -> moving bodies: the world, and the verbs that act in it (each module registers its own)."""

from . import attacks, disasters, falls, gestures, locomotion, objects, riding

__all__ = ["attacks", "disasters", "falls", "gestures", "locomotion", "objects", "riding"]
