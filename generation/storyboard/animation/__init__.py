"""Scene -> moving bodies. In: a Scene; out: a world whose verbs act on bodies (each module registers its verbs)."""

from . import (
    attacks,
    beasts,
    equipment,
    everyday,
    falls,
    gestures,
    handing,
    locomotion,
    objects,
    throwing,
)
from .accidents import breaking, collisions, disasters, fire
from .ways import heights, manoeuvres, riding, turns

__all__ = [
    "attacks",
    "beasts",
    "breaking",
    "collisions",
    "disasters",
    "equipment",
    "everyday",
    "falls",
    "fire",
    "gestures",
    "handing",
    "heights",
    "locomotion",
    "manoeuvres",
    "objects",
    "riding",
    "throwing",
    "turns",
]
