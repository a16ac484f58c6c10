"""Body, Look, Companion, Effect: what is moved by animation/ and drawn by drawing/."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from . import furniture as fixtures  # noqa: F401 - registers the large things
from .palette import Rgb
from .pen import PERSON
from .poses import STAND, Pose


class Companion(NamedTuple):
    """One more of a group: where beside the first it stands, its own looks and step."""

    dx: float
    dy: float
    look: Look | None
    colour: Rgb
    name: str
    phase: float


@dataclass
class Body:
    """An actor or prop in motion. x, y, lift in world units (1 = the scene unit), angles in degrees."""

    id: str
    kind: str
    family: str  # person, animal, vehicle, prop
    x: float
    y: float
    scale: float
    facing: int
    width: float  # world units
    height: float
    colour: Rgb
    look: Look | None = None
    held: str | None = None
    held_colour: str | None = None
    held_turn: float = 0.0
    held_far: bool = False
    both: bool = False  # one in each hand
    form: tuple[str, float] = ("", 0.0)  # what has become of a thing (alteration.py), and how far
    held_form: tuple[str, float] = ("", 0.0)  # the same of what is in the hand
    lift: float = 0.0
    turn: float = 0.0
    yaw: float = 0.0  # of a vehicle: 1 seen from behind, -1 from before
    stool: bool = False  # sits on one
    squash: tuple[float, float] = (1.0, 1.0)
    base: Pose = STAND
    pose: Pose = STAND
    phase: float = 0.0
    gait: float = 0.0
    head: float = 0.0
    mouth: float = 0.0
    asleep: bool = False
    clock: float = 0.0
    cuffed: float = 0.0
    crumple: float = 0.0
    state: float = 0.0  # door open, window broken
    fire: float = 0.0
    smoke: float = 0.0
    fumes: Rgb | None = None  # the colour of its smoke
    gas: float = 0.0
    puddle: float = 0.0
    sunk: float = 0.0  # how deep under the water line, world units
    rubble: float = 0.0
    snow: float = 0.0  # how thick it lies on it
    hidden: bool = False
    reversing: bool = False
    down: bool = False
    sitting: float = 0.0  # how far an animal sits on its haunches, 0 to 1
    lying: float = 0.0  # how far an animal's legs are folded, 0 to 1
    driver: tuple[Rgb, Rgb] | None = None
    unmanned: bool = False  # it moves and nobody sits in it
    wardrobe: tuple[Look, Look] | None = None  # with and without what it puts on or takes off
    on: str | None = None  # what it rides
    inside: str | None = None  # what it sits in, unseen
    thrown: str | None = None  # what it threw last
    z: float = 0.0
    copies: tuple[Companion, ...] = ()
    spread: float = 1.0
    dx: float = 0.0
    dy: float = 0.0

    @property
    def size(self) -> float:
        """World units per local unit."""
        return self.scale * PERSON

    @property
    def half(self) -> float:
        """Half its width, world units."""
        return self.width / 2

    @property
    def top(self) -> float:
        """World y of its upper edge while upright."""
        return self.y - self.lift - self.height

    def at(self, along: float, up: float) -> tuple[float, float]:
        """World point at a local offset (forward, up)."""
        return self.x + along * self.size * self.facing, self.y - self.lift - up * self.size


class Effect(NamedTuple):
    """Something drawn for one frame by effects.py: where, how large (world units), how far on (0..1), which one."""

    kind: str
    x: float
    y: float
    size: float
    p: float
    key: int = 0
    colour: Rgb | None = None
    front: bool = True


if TYPE_CHECKING:
    pass


class Look(NamedTuple):
    """What a person wears and is."""

    shirt: Rgb
    trousers: Rgb
    skin: Rgb
    hair: Rgb
    long_hair: bool
    skirt: bool
    hat: str | None  # cap, helmet, hard hat, bike helmet, hood, sun hat
    hat_colour: Rgb
    stripe: Rgb | None
    child: bool
    old: bool
    bob: bool  # hair to the neck: a person of no stated sex
    worn: str | None = None  # glasses, sunglasses, scarf, apron, tie, beard, mask
    worn_colour: Rgb | None = None
    wears: tuple[tuple[str, Rgb], ...] = ()  # of clothing(): kind and colour
    legs: str = ""  # short: trousers that end above the knee
    girth: float = 1.0  # of the trunk, times the usual one
