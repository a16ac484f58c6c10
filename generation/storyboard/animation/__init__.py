"""Scene -> moving bodies. In: a Scene; out: a world whose verbs act on bodies (each module registers its verbs)."""

from . import (
    attacks,
    beasts,
    collisions,
    disasters,
    equipment,
    everyday,
    falls,
    gestures,
    locomotion,
    objects,
    riding,
    throwing,
    ways,
)

__all__ = [
    "attacks",
    "beasts",
    "collisions",
    "disasters",
    "equipment",
    "everyday",
    "falls",
    "gestures",
    "locomotion",
    "objects",
    "riding",
    "throwing",
    "ways",
]
