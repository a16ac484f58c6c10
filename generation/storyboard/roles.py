"""Who may fill a choreography's role, and which verbs of a caption its beats show already."""

from __future__ import annotations

from typing import Final

from .choreography import Role
from .clothing import Mention
from .scene import ANIMALS, PEOPLE

ROAD: Final = ("car", "van", "truck", "bus", "police car", "ambulance", "tractor", "excavator", "scooter",
                "motorcycle")  # fmt: skip
# Verbs of a caption that a beat of the same group shows well enough.
_ALIKE: Final = (
    {"walk", "run", "sneak", "stagger", "leave", "flee", "enter", "drive", "ride", "swim", "climb", "jump", "skid",
     "fly", "chase", "drag", "reverse", "stop"},
    {"fall", "trip", "slip", "faint", "plunge", "lie", "collapse", "topple", "be crushed", "roll over", "slide down",
     "drop"},
    {"hit", "kick", "punch", "push", "strangle", "bite", "leap at", "stab", "smash", "collide", "crash", "shoot",
     "threaten"},
    {"grab", "hide", "put", "give", "carry", "drop", "load", "pull", "catch", "lift"},
    {"look", "stand", "point", "talk", "wave", "sit", "read", "startle"},
    {"play", "kick ball", "strum", "exercise"}, {"burn", "smoke", "explode", "spark"},
    {"pour", "leak", "spray", "water"},
    {"break in", "open", "smash", "enter"},
)  # fmt: skip


def alike(verb: str, shown: set[str]) -> bool:
    """True if what is shown already looks like the verb."""
    return verb in shown or any(verb in group and group & shown for group in _ALIKE)


def fits(mention: Mention, role: Role) -> bool:
    """True if the mention is of the kind the role is for; a bus may stand in for a car."""
    first = role.kinds[0]
    if mention.group == "person":
        if first == "police officer" and not role.adult:
            return mention.kind in ("police officer", "person", "robber", "firefighter")
        return first in PEOPLE
    if mention.group == "animal":
        return first in ANIMALS
    stands_for_any = first in ("car", "van", "truck", "bus") and not role.actor.colour
    return mention.kind in role.kinds or (stands_for_any and mention.kind in ROAD)
