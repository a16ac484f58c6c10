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

from svta.generation.storyboard.drawn_tables import objects
from svta.generation.storyboard.scene import MEASURES, is_composed, whole_and_part

from .palette import COLOUR, NAMED, Rgb, rgb
from .pen import Pen
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


class Things(dict[str, Thing]):
    """Kind -> its drawing; that of "pile of tyre" and "basket of apple" is composed when it is first asked for."""

    def __missing__(self, kind: str) -> Thing:
        if kind not in self:
            raise KeyError(kind)
        whole, part, colour = whole_and_part(kind) or ("", "", None)
        copy, fill = self[part], COLOUR[colour] if colour else None
        self[kind] = _many(whole, copy, fill) if whole in MEASURES else _filled(whole, self[whole], copy, fill)
        return self[kind]

    def __contains__(self, kind: object) -> bool:
        return super().__contains__(kind) or is_composed(kind, super().__contains__)

    def get(self, kind: str, default: Thing | None = None) -> Thing | None:  # type: ignore[override]
        try:
            return self[kind]
        except KeyError:
            return default


# Where one of many is: x and y in widths and heights of one, its size and its turn; those behind come first.
Spots = list[tuple[float, float, float, float]]
_SCATTER: Final = (0.7549, 0.5698)  # far from each other, and from a pattern
_WIDEST: Final = 2.9  # a row that is seen whole


def _spots(measure: str, item: Thing) -> Spots:
    if measure == "pile":
        most = 5 if item.width < 0.45 else 4 if item.width < 0.8 else 3
        step = 0.5 if item.height > 0.5 * item.width else 0.85  # round things lie deep in each other
        rows = [(0.8 * (n - (size - 1) / 2), step * row, 1.0, 9.0 * ((3 * n + row) % 3 - 1))
                for row, size in enumerate(range(most, 0, -1)) for n in range(size)]  # fmt: skip
        return sorted(rows, key=lambda spot: -spot[1])
    if measure == "stack":
        if item in (THINGS.get("oil drum"), THINGS.get("barrel")):  # in two layers
            layers = ((row, size, n) for row, size in enumerate((3, 2)) for n in range(size))
            return [(1.06 * (n - (size - 1) / 2), 0.98 * row, 1.0, 0.0) for row, size, n in layers]
        step = 0.94 if item.height < 0.9 * item.width else 0.3  # chairs stand in each other
        return [(0.03 * (n % 2), step * n, 1.0, 0.0) for n in range(6 if item.height < 0.2 else 4)]
    if measure in ("row", "rows"):
        most = max(3, min(6, int(_WIDEST / (1.12 * item.width * enlarged(item)))))
        front = [(1.12 * (n - (most - 1) / 2), 0.0, 1.0, 0.0) for n in range(most)]
        back = [(x + 0.3, 0.4, 0.9, 0.0) for x, *_ in front]
        return front if measure == "row" else [*back, *front]
    if measure == "bunch" and item.width > 3 * item.height:  # a bundle of pipes
        return [(0.02 * ((n * 3) % 4 - 1.5), 0.9 * row, 1.0, 0.0) for row in range(3) for n in range(1)]
    if measure == "bunch":
        return [(0.34 * n, 0.12 * (2 - abs(n)), 1.0, 11.0 * n) for n in (-2, 2, -1, 1, 0)]
    most, wide = (14, 7.0) if measure == "dozens" else (34, 11.0)
    wide = wide if item.width < 0.4 else 0.55 * wide
    places = [((n * _SCATTER[0]) % 1.0 - 0.5, (n * _SCATTER[1]) % 1.0) for n in range(most)]
    return [(wide * x, 0.5 * wide * y, 1.0 - 0.3 * y, 8.0 * ((n % 3) - 1)) for n, (x, y) in enumerate(places)]


def row_of(item: Thing) -> tuple[list[float], float]:
    """Where each one of a row stands, in widths of one, and its size."""
    xs, k = [x for x, *_ in _spots("row", item)], enlarged(item)
    return xs, k * min(1.0, _WIDEST / (item.width * k * (max(xs) - min(xs) + 1)))


def _many(measure: str, item: Thing, fill: Rgb | None) -> Thing:
    """A pile, stack, row or bunch of one thing."""
    k, spots = enlarged(item), _spots(measure, item)
    k *= min(1.0, _WIDEST / (item.width * k * (max(x for x, *_ in spots) - min(x for x, *_ in spots) + 1)))
    wide, high = item.width * k, item.height * k

    def draw(pen: Pen, own: Rgb, state: float) -> None:
        for x, y, size, turn in spots:
            old = pen.sub(x * wide, y * high, k * size, turn)
            item.draw(pen, fill or own, state)
            pen.back(old)

    width = wide * (max(x for x, *_ in spots) - min(x for x, *_ in spots) + 1)
    return Thing(item.colour, max(0.33, width), max(0.31, high * (max(y for _, y, *_ in spots) + 1)), draw)


# How high the boards of what has several are, shares of its height.
LEVELS: Final = {"shelf": (0.02, 0.26, 0.5, 0.74), "open shelf": (0.02, 0.32, 0.64, 0.94),
                       "bookshelf": (0.04, 0.36, 0.68), "rack": (0.03, 0.36, 0.7)}  # fmt: skip
_RIMS: Final = {"basket": 0.62, "picnic basket": 0.6, "bucket": 0.86, "bag": 0.7, "plastic bag": 0.75}  # below handles
_LAID_OPEN: Final = ("suitcase",)  # whose lid goes up: what is in it lies side by side
_FLAT_TOPS: Final = (
    "table",
    "desk",
    "counter",
    "bench",
    "tray",
    "plate",
    "stall",
    "pallet",
    "trailer",
    "cart",
    "chest",
)


def _filled(name: str, holder: Thing, item: Thing, fill: Rgb | None) -> Thing:
    """A container with something in it, or a table with something on it."""
    flat = any(word in name for word in _FLAT_TOPS)
    k = enlarged(item) / enlarged(holder)
    k *= min(1.0, 0.45 * holder.width / (item.width * k)) if name not in LEVELS else 1.0
    wide, high = item.width * k, item.height * k
    room = holder.width * (0.86 if flat or name in LEVELS else 0.74)
    most = max(2, min(7, int(room // (0.86 * wide))))
    row = [(n - (most - 1) / 2) * (room - wide) / (most - 1) for n in range(most)]
    levels = [holder.height * y for y in LEVELS.get(name, ())]
    rest = objects().get(name, {}).get("rest", _RESTS.get(name, 1.0) * holder.height)
    if flat:
        levels = [float(rest)]
    rim = holder.height * _RIMS.get(name, 0.94)
    heaped = [(x, rim - 0.3 * high + 0.35 * high * (n % 2)) for n, x in enumerate(row)]

    def draw(pen: Pen, own: Rgb, state: float) -> None:
        if name in _LAID_OPEN and state >= 0.5:
            holder.draw(pen, own, state)
            for x, y in ((x, y) for y in (0.4, 0.28) for x in (-0.38, 0.0, 0.38)):
                old = pen.sub(1.3 * x * holder.width, y * holder.height, 0.4 * holder.width / item.width)
                item.draw(pen, fill or item.colour, 0.0)
                pen.back(old)
            return
        if levels:
            holder.draw(pen, own, state)
        for x, y in [(x, y) for y in levels for x in row] or heaped:
            old = pen.sub(x, y, k, 0.0 if levels else 7.0 * (round(10 * x) % 3 - 1))
            item.draw(pen, fill or item.colour, 0.0)
            pen.back(old)
        if not levels:
            holder.draw(pen, own, state)

    return holder._replace(height=holder.height + (0.6 * high if not levels or flat else 0.0), draw=draw)


def _read_things() -> Things:
    table = json.loads(files("svta.generation.storyboard.drawing").joinpath("things.json").read_bytes()) | objects()
    things = Things()
    for kind, entry in table.items():
        values = {name: entry[name] for name in ("width", "height", "grip", "scale") if name in entry}
        values |= {name: tuple(entry[name]) for name in ("tip", "touch") if name in entry}
        draw = drawing(entry["shapes"], entry.get("opened", ()))
        things[kind] = Thing(NAMED.get(entry["colour"]) or rgb(entry["colour"]), draw=draw, **values)
    return things


ROUND: Final = frozenset((  # what turns over and over where it rolls
    "ball", "soccer ball", "basketball", "tennis ball", "bowling ball", "beach ball", "volleyball", "tyre",
    "spare wheel", "barrel", "oil drum", "log", "pipe", "stone", "rock", "apple", "orange fruit", "pumpkin", "coin",
    "can", "bottle", "steel coil", "cable drum", "melon", "snowball", "gas cylinder"))  # fmt: skip
WHEELED: Final = frozenset((  # what rolls on its wheels
    "pram", "wheelbarrow", "sack truck", "cart of luggage", "hospital bed", "stretcher", "office chair", "suitcase",
    "skateboard", "toy car", "trailer", "lawn mower", "laundry basket", "go kart"))  # fmt: skip

THINGS: Final[Things] = _read_things()


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


_RESTS: Final = {"window": 0.06, "scaffold": 0.363, "armchair": 0.5, "trailer": 0.55, "bed": 0.55, "sofa": 0.5,
                 "tree": 0.62,
                 "palm tree": 0.6, "chair": 0.55, "bench": 0.55, "hospital bed": 0.62, "crib": 0.4, "hammock": 0.3,
                 "fireplace": 0.1, "furnace": 0.12,
                 "open shelf": 0.72,
                 "sink": 0.9, "bathtub": 0.7, "rocking chair": 0.46, "office chair": 0.56}  # fmt: skip


# How high in an open vessel its contents lie, their upper part in sight, local units.
RIMS: Final = {"basket": 0.1, "crate": 0.2, "plastic crate": 0.17, "bowl": 0.07, "bucket": 0.15, "laundry basket": 0.2,
               "picnic basket": 0.12, "wheelbarrow": 0.36, "cooler": 0.24}  # fmt: skip


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
    if item.height > 1.0 and item.width < 0.4 * item.height and turn == 0:  # a ladder, across the shoulder
        return x - 0.6 * item.height * large, y + 0.1, 1.4 * large, 80
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
