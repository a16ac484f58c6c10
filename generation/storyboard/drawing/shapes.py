"""Rows `[shape, colour, numbers ...]` of a table as one drawing: what things.json, vehicles.json and a lexicon hold.

A colour is #rrggbb, a name of palette.NAMED, or `own`, `own*FACTOR` (below 1 darker, above 1 lighter). Vehicles
have rows more, without a colour: wheel and tyre (x, radius) turn, rotor (x, y, length) spins, driver (x, y) is the
head of whoever sits inside, blink (x0, y0, x1, y1) is a blue light.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, Protocol

from .palette import DARK, INK, NAMED, STEEL, Rgb, SceneError, rgb, shade
from .pen import Pen


class Moving(Protocol):
    """What of a body.Body decides how its wheels and rotors are drawn."""

    phase: float
    clock: float
    gait: float
    lift: float
    driver: tuple[Rgb, Rgb] | None


Draw = Callable[[Pen, Rgb, float], None]  # pen, colour, state (0 whole or shut .. 1 broken or open)
DrawVehicle = Callable[[Pen, Rgb, Moving], None]
Row = Sequence[Any]


def _arc(pen: Pen, x: float, y: float, radius: float, start: int, end: int, ry: float | None = None, *,
         fill: Rgb) -> None:  # fmt: skip
    pen.arc(x, y, radius, start, end, fill, ry)


_SHAPES: Final[dict[str, Callable[..., None]]] = {
    "poly": Pen.poly, "box": Pen.box, "round": Pen.round, "disc": Pen.disc, "oval": Pen.oval, "arc": _arc,
    "line": Pen.line, "bar": partial(Pen.line, caps=False), "ring": Pen.ring,
}  # fmt: skip
# How many numbers follow the colour; "points" is a list of [x, y].
_ARGUMENTS: Final = {
    "poly": ("points",), "box": (0, 0, 0, 0), "round": (0, 0, 0, 0, 0), "disc": (0, 0, 0), "oval": (0, 0, 0, 0),
    "arc": (0, 0, 0, 0, 0), "line": ("points", 0), "bar": ("points", 0), "ring": (0, 0, 0, 0),
}  # fmt: skip
_MOVING: Final = {"wheel": (0, 0), "tyre": (0, 0), "rotor": (0, 0, 0), "driver": (0, 0), "blink": (0, 0, 0, 0)}


def drawing(rows: Sequence[Row], opened: Sequence[Row] = ()) -> Draw:
    """Draws the rows in their order; instead of them those of `opened` once it is half open."""
    shapes = [_still(row) for row in rows]
    others = [_still(row) for row in opened] or shapes

    def draw(pen: Pen, own: Rgb, state: float) -> None:
        for shape in others if state >= 0.5 else shapes:
            shape(pen, own)

    return draw


def vehicle_drawing(rows: Sequence[Row]) -> DrawVehicle:
    """Draws the rows of a vehicle: wheels roll with its way, rotors spin with the clock."""
    shapes = [(row, None if row[0] in _MOVING else _still(row)) for row in rows]

    def draw(pen: Pen, own: Rgb, body: Moving) -> None:
        for row, shape in shapes:
            if shape is not None:
                shape(pen, own)
            else:
                _PARTS[row[0]](pen, body, *row[1:])

    return draw


def _still(row: Row) -> Callable[[Pen, Rgb], None]:
    shape, colour, *numbers = row
    own, _, factor = colour.partition("*")
    fill = None if own == "own" else NAMED.get(colour) or rgb(colour)
    by = float(factor or 1)
    return lambda pen, own: _SHAPES[shape](pen, *numbers, fill=fill or shade(own, by))


def wheel(pen: Pen, x: float, radius: float, phase: float, rim: Rgb = STEEL) -> None:
    """A wheel on y = 0 that has rolled by `phase`."""
    pen.disc(x, radius, radius, INK)
    pen.disc(x, radius, radius * 0.56, rim)
    angle = phase / radius
    dx, dy = math.sin(angle) * radius * 0.52, math.cos(angle) * radius * 0.52
    pen.line(((x - dx, radius - dy), (x + dx, radius + dy)), radius * 0.22, DARK, caps=False)


def tyre(pen: Pen, x: float, radius: float, phase: float) -> None:
    """A thin wheel with spokes."""
    pen.ring(x, radius, radius, 0.03, INK)
    angle = phase / radius
    for turn in (0.0, 1.047, 2.094):
        dx, dy = math.sin(angle + turn) * (radius - 0.02), math.cos(angle + turn) * (radius - 0.02)
        pen.line(((x - dx, radius - dy), (x + dx, radius + dy)), 0.01, STEEL, caps=False)


def driver(pen: Pen, body: Moving, x: float, y: float) -> None:
    """The head of whoever sits inside, if somebody does."""
    if body.driver is not None:
        skin, hair = body.driver
        pen.disc(x, y, 0.072, skin)
        pen.arc(x - 0.004, y + 0.016, 0.074, 50, 200, hair)


def _rotor(pen: Pen, body: Moving, x: float, y: float, length: float) -> None:
    half = length * (0.3 + 0.7 * abs(math.cos(body.clock * 40))) / (1.0 if body.gait or body.lift > 0.01 else 2.0)
    pen.line(((x - half, y), (x + half, y)), 0.03, DARK, caps=False)


def _blink(pen: Pen, body: Moving, *corners: float) -> None:
    x0, y0, x1, y1 = corners
    pen.box(x0, y0, x1, y1, (60, 120, 255) if int(body.clock * 14) % 2 else (40, 60, 140))


_PARTS: Final[dict[str, Callable[..., None]]] = {
    "wheel": lambda pen, body, x, radius: wheel(pen, x, radius, body.phase),
    "tyre": lambda pen, body, x, radius: tyre(pen, x, radius, body.phase),
    "rotor": _rotor, "driver": driver, "blink": _blink,
}  # fmt: skip


def check_rows(rows: object, *, vehicle: bool = False) -> list[Row]:
    """The rows, if each is a known shape with a colour and as many numbers as it takes. Raises SceneError."""
    if not isinstance(rows, list) or not rows:
        raise SceneError("shapes must be a list of rows such as [box, own, -0.1, 0, 0.1, 0.3]")
    for row in rows:
        if not isinstance(row, list) or not row or not isinstance(row[0], str):
            raise SceneError(f"{str(row)[:60]}: a row begins with the name of its shape")
        moving = vehicle and row[0] in _MOVING
        if not moving and row[0] not in _SHAPES:
            known = ", ".join((*_SHAPES, *(_MOVING if vehicle else ())))
            raise SceneError(f"{str(row)[:60]}: no shape {row[0]!r}; there are {known}")
        if not moving:
            _check_colour(row)
        wanted = _MOVING[row[0]] if moving else _ARGUMENTS[row[0]]
        given = row[1:] if moving else row[2:]
        if len(given) != len(wanted) or not all(_fits(value, kind) for value, kind in zip(given, wanted)):
            takes = ", ".join("points [[x, y], ...]" if kind == "points" else "number" for kind in wanted)
            raise SceneError(f"{str(row)[:60]}: {row[0]} takes {'' if moving else 'a colour, '}{takes}")
        if row[0] == "arc" and any(int(n) != n or n % 10 or not 0 <= n <= 720 for n in row[5:7]):
            raise SceneError(f"{str(row)[:60]}: an arc's degrees are multiples of 10, 0 to 720")
    return rows


def _check_colour(row: Row) -> None:
    colour = row[1] if len(row) > 1 else None
    own, _, factor = str(colour).partition("*")
    try:
        fine = isinstance(colour, str) and (
            (own == "own" and 0 <= float(factor or 1) <= 2) or colour in NAMED or len(rgb(colour)) in (3, 4)
        )
    except ValueError:
        fine = False
    if not fine:
        raise SceneError(f"{str(row)[:60]}: {colour!r} is no colour; take #rrggbb, own or own*0.8")


def _fits(value: object, kind: object) -> bool:
    if kind != "points":
        return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 20
    points = value if isinstance(value, list) else []
    return len(points) >= 2 and all(isinstance(p, list) and len(p) == 2 and all(_fits(n, 0) for n in p) for p in points)
