"""Things that stand in a place or lie in a hand: bags, weapons, tools, furniture, street furniture.

things.json holds most of them as rows `[shape, colour, numbers ...]` in the order they are drawn; what changes with its
state or has many equal parts is a function of furniture.py. All are drawn in local units around an origin: what is
carried stands on it, what is aimed (a gun, a broom) is gripped there and points along x.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from importlib.resources import files
from typing import Final, NamedTuple

from svta.generation.storyboard.scene import objects

from .palette import NAMED, Rgb, rgb
from .shapes import Draw, drawing


class Thing(NamedTuple):
    """How a thing is drawn: its own colour, width and height in local units, and how a hand takes it."""

    colour: Rgb
    width: float
    height: float
    draw: Draw
    grip: str = "carry"  # hang: from the hand; carry: on the hand; aim: along the forearm; over: upright above the hand
    scale: float = 1.0  # in the hand
    tip: tuple[float, float] | None = None  # the end of a tool that works
    touch: tuple[float, float] | None = None  # where it is touched by who uses it, and on which side he stands


def _read_things() -> dict[str, Thing]:
    table = json.loads(files("svta.generation.storyboard.drawing").joinpath("things.json").read_bytes()) | objects()
    things = {}
    for kind, entry in table.items():
        values = {name: entry[name] for name in ("width", "height", "grip", "scale") if name in entry}
        values |= {name: tuple(entry[name]) for name in ("tip", "touch") if name in entry}
        draw = drawing(entry["shapes"], entry.get("opened", ()))
        things[kind] = Thing(NAMED.get(entry["colour"]) or rgb(entry["colour"]), draw=draw, **values)
    return things


THINGS: Final = _read_things()


def thing(
    kind: str, colour: Rgb, width: float, height: float, grip: str = "carry", scale: float = 1.0
) -> Callable[[Draw], Draw]:
    """Registers a drawing function under a kind."""

    def register(draw: Draw) -> Draw:
        THINGS[kind] = Thing(colour, width, height, draw, grip, scale)
        return draw

    return register


def enlarged(item: Thing) -> float:
    """Small things are drawn larger than life, so that a phone is still seen in a thumbnail."""
    return 1.0 if item.height > 0.3 or item.width > 0.32 else 1.4 if max(item.width, item.height) < 0.2 else 1.2


_RESTS: Final = {"window": 0.06, "armchair": 0.5, "trailer": 0.55, "bed": 0.55, "sofa": 0.5, "tree": 0.62,
                 "palm tree": 0.6, "chair": 0.55, "bench": 0.55, "hospital bed": 0.62, "crib": 0.4, "hammock": 0.3,
                 "fireplace": 0.1, "furnace": 0.12,
                 "sink": 0.9, "bathtub": 0.7, "rocking chair": 0.46, "office chair": 0.56}  # fmt: skip


def rest_height(kind: str) -> float:
    """How high on a thing others lie, in local units: on the seat of a chair, on the top of a table."""
    item = THINGS[kind]
    own: float | None = objects().get(kind, {}).get("rest")
    return own if own is not None else item.height * enlarged(item) * _RESTS.get(kind, 1.0)


def in_hand(item: Thing, x: float, y: float, forearm: float, turn: float) -> tuple[float, float, float, float]:
    """The origin, scale and turn of a thing in the hand at local (x, y)."""
    large = item.scale * enlarged(item)
    if item.grip == "aim":
        return x, y, large, 90 - forearm + turn
    if item.grip == "hang":
        return x, y - item.height * large + 0.015, large, turn
    if item.grip == "floor":  # a mop, a rake: from the hand down to the ground before the feet
        return x + 0.2, 0.0, large, -math.degrees(math.atan2(0.2, max(0.1, y)))
    if item.grip == "over":
        return x, y, large, turn
    return x + 0.03, y - 0.04 * large, large, turn


def held_tip(kind: str | None, x: float, y: float, forearm: float, turn: float = 0) -> tuple[float, float]:
    """Where the working end of what is held at local (x, y) is; without a thing, the hand."""
    if kind is None:
        return x, y
    item = THINGS[kind]
    ox, oy, large, angle = in_hand(item, x, y, forearm, turn)
    tx, ty = item.tip or (0.45 * item.width if item.grip == "aim" else 0.0, 0.0)
    cos, sin = math.cos(math.radians(angle)) * large, math.sin(math.radians(angle)) * large
    return ox + tx * cos + ty * sin, oy - tx * sin + ty * cos
