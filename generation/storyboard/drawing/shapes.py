"""Rows `[shape, colour, numbers ...]` of a table as one drawing: what things.json, vehicles.json and a lexicon hold.

A colour is #rrggbb, a name of palette.NAMED, or `own`, `own*FACTOR` (below 1 darker, above 1 lighter). Vehicles
have rows more, without a colour: wheel and tyre (x, radius) turn, rotor (x, y, length) spins, driver (x, y) is the
head of whoever sits inside, blink (x0, y0, x1, y1) is a blue light, tilt (x, y, degrees, rows) turns about x, y as far
as its state goes (the bed of a dump truck).

Animals of species.json have rows that move: leg (colour, x, hip, width, phase 0 to 3) steps, tail (colour, points,
width) wags about its first point, wing (colour, points, x, y) beats about x, y in the air, folded and flying (a row)
are seen on the ground and in the air, head (x, y, rows) bows about x, y.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple, Protocol

from .palette import DARK, INK, NAMED, STEEL, Rgb, SceneError, rgb, shade
from .pen import Pen


class Moving(Protocol):
    """What of a body.Body decides how its wheels and rotors are drawn."""

    phase: float
    clock: float
    gait: float
    lift: float
    state: float
    driver: tuple[Rgb, Rgb] | None


class Walking(Protocol):
    """What of a body.Body decides how an animal's legs, wings and head are drawn."""

    phase: float
    clock: float
    gait: float
    lift: float
    head: float
    mouth: float
    sunk: float
    lying: float
    state: float


Draw = Callable[[Pen, Rgb, float], None]  # pen, colour, state (0 whole or shut .. 1 broken or open)
DrawVehicle = Callable[[Pen, Rgb, Moving], None]
DrawAnimal = Callable[[Pen, Rgb, Walking], None]
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
    "arc": (0, 0, 0, "degrees", "degrees"), "line": ("points", 0), "bar": ("points", 0), "ring": (0, 0, 0, 0),
}  # fmt: skip
_MOVING: Final = {
    "wheel": (0, 0),
    "tyre": (0, 0),
    "rotor": (0, 0, 0),
    "driver": (0, 0),
    "blink": (0, 0, 0, 0),
    "fork": (0, 0, 0),
    "tilt": (0, 0, 0, "rows"),
}


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
    shapes = [_moving_part(row) for row in rows]

    def draw(pen: Pen, own: Rgb, body: Moving) -> None:
        for shape in shapes:
            shape(pen, own, body)

    return draw


def _moving_part(row: Row) -> DrawVehicle:
    if row[0] == "tilt":
        x, y, degrees, rows = row[1:]
        inner = vehicle_drawing(rows)

        def tilt(pen: Pen, own: Rgb, body: Moving) -> None:
            old = pen.sub(x, y, 1.0, degrees * body.state)
            pen.sub(-x, -y)
            inner(pen, own, body)
            pen.back(old)

        return tilt
    if row[0] in _MOVING:
        return lambda pen, own, body: _PARTS[row[0]](pen, body, *row[1:])
    still = _still(row)
    return lambda pen, own, body: still(pen, own)


class AnimalShapes(NamedTuple):
    """Rows of a species: the whole animal, or what lies on a walker's trunk and on its head."""

    walker: bool
    draw: DrawAnimal
    face: DrawAnimal
    leg: float  # their widths
    tail: float
    tuft: float = 0.0  # at the end of the tail
    muzzle: Rgb | None = None
    legs: Rgb | None = None


def animal_drawing(entry: Mapping[str, Any], *, walker: bool) -> AnimalShapes:
    """The drawing of an entry of species.json."""
    muzzle, legs = (rgb(entry[name]) if name in entry else None for name in ("muzzle", "legs"))
    rows, face = _living(entry.get("shapes", ())), _living(entry.get("face", ()))
    leg, tail, tuft = entry.get("leg", 0.07), entry.get("tail", 0.045), entry.get("tuft", 0.0)
    return AnimalShapes(walker, rows, face, leg, tail, tuft, muzzle, legs)


def _living(rows: Sequence[Row]) -> DrawAnimal:
    parts = [_living_part(row) for row in rows]

    def draw(pen: Pen, own: Rgb, body: Walking) -> None:
        for part in parts:
            part(pen, own, body)

    return draw


def _living_part(row: Row) -> DrawAnimal:
    name, *values = row
    if name == "head":
        x, y, rows = values
        inner = _living(rows)

        def bow(pen: Pen, own: Rgb, body: Walking) -> None:
            old = pen.sub(x, y, 1.0, 48 * body.head)
            inner(pen, own, body)
            pen.back(old)

        return bow
    if name in ("folded", "flying"):
        shown = _living_part(values[0])
        aloft = name == "flying"
        return lambda pen, own, body: shown(pen, own, body) if (body.lift > 0.03) == aloft else None
    if name in ("hanging", "raised"):  # a trunk, which is up while it sprays
        shown = _living_part(values[0])
        up = name == "raised"
        return lambda pen, own, body: shown(pen, own, body) if (body.state > 0.5) == up else None
    if name in _LIMBS:
        fill, by = _fill(values[0])
        return lambda pen, own, body: _LIMBS[name](pen, body, fill or shade(own, by), *values[1:])
    still = _still(row)
    return lambda pen, own, body: still(pen, own)


def _leg(pen: Pen, body: Walking, fill: Rgb, x: float, hip: float, width: float, phase: int) -> None:
    """Steps with the way gone; folded on the wing, on its seat and under water."""
    if body.lift > 0.03 or body.sunk > 0.01:
        return
    high = hip * (1 - 0.8 * body.lying)
    angle = (
        0.5
        * min(1.4, body.gait)
        * math.sin(body.phase * 7 / max(0.16, hip * 4) + (0, math.pi, math.pi / 2, 4.7)[phase])
    )
    foot = (x + high * math.sin(angle), max(0.015, high - high * math.cos(angle) + width * 0.4))
    pen.line(((x, hip), foot), width, fill)
    pen.line((foot, (foot[0] + width * 1.1, foot[1])), width * 0.8, fill)


def _tail(pen: Pen, body: Walking, fill: Rgb, points: Sequence[tuple[float, float]], width: float) -> None:
    (x, y), sway = points[0], 0.12 * math.sin(body.clock * 12)
    c, s = math.cos(sway), math.sin(sway)
    pen.line([(x + (a - x) * c - (b - y) * s, y + (a - x) * s + (b - y) * c) for a, b in points], width, fill)


def _wing(pen: Pen, body: Walking, fill: Rgb, points: Sequence[tuple[float, float]], x: float, y: float) -> None:
    flap = 0.15 + 0.85 * math.sin(body.clock * 40)
    if body.lift > 0.03:
        pen.poly([(a, y + (b - y) * flap) for a, b in points], fill)


_LIMBS: Final[dict[str, Callable[..., None]]] = {"leg": _leg, "tail": _tail, "wing": _wing}


def _fill(colour: str) -> tuple[Rgb | None, float]:
    """A colour of a row: its own one, or None and how much darker or lighter than the thing's."""
    own, _, factor = colour.partition("*")
    return (None if own == "own" else NAMED.get(colour) or rgb(colour)), float(factor or 1)


def _still(row: Row) -> Callable[[Pen, Rgb], None]:
    shape, colour, *numbers = row
    fill, by = _fill(colour)
    return lambda pen, own: _SHAPES[shape](pen, *numbers, fill=fill or shade(own, by))


def wheel(pen: Pen, x: float, radius: float, phase: float, rim: Rgb = STEEL) -> None:
    """A wheel on y = 0 that has rolled by `phase`."""
    if pen.front_wheel == "lose wheel" and x > 0.2:
        return
    if pen.front_wheel == "flat tyre" and x > 0.2:  # it stands on its rim
        pen.oval(x, 0.36 * radius, 1.35 * radius, 0.4 * radius, INK)
        pen.disc(x, 0.62 * radius, 0.56 * radius, rim)
        return
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


def rider(pen: Pen, body: Moving, x: float, y: float) -> None:
    """Whoever rides a motorcycle that goes by itself, with a helmet: x, y is the seat."""
    if body.driver is None:
        return
    skin, _ = body.driver
    hand, knee, foot = (x + 0.32, y + 0.2), (x + 0.22, y - 0.1), (x + 0.1, y - 0.32)
    shoulder = (x + 0.08, y + 0.4)
    pen.line(((x, y + 0.02), knee, foot), 0.11, (52, 58, 74))
    pen.line((foot, (foot[0] + 0.08, foot[1])), 0.06, INK)
    pen.line(((x, y + 0.06), shoulder), 0.17, (64, 82, 112))
    pen.line((shoulder, (x + 0.18, y + 0.18), hand), 0.075, (84, 104, 138))
    pen.disc(x + 0.15, y + 0.55, 0.095, skin)
    pen.arc(x + 0.14, y + 0.57, 0.115, 20, 210, (226, 226, 230))


def _rotor(pen: Pen, body: Moving, x: float, y: float, length: float) -> None:
    half = length * (0.3 + 0.7 * abs(math.cos(body.clock * 40))) / (1.0 if body.gait or body.lift > 0.01 else 2.0)
    pen.line(((x - half, y), (x + half, y)), 0.03, DARK, caps=False)


def _blink(pen: Pen, body: Moving, *corners: float) -> None:
    x0, y0, x1, y1 = corners
    pen.box(x0, y0, x1, y1, (60, 120, 255) if int(body.clock * 14) % 2 else (40, 60, 140))


def _fork(pen: Pen, body: Moving, x0: float, x1: float, y: float) -> None:
    """The forks of a forklift, from the mast at x0 to their tips; up at a state of 1."""
    up = y + 0.6 * body.state
    pen.line(((x0, up), (x1, up)), 0.05, DARK, caps=False)
    pen.line(((x0 + 0.03, up), (x0 + 0.03, up + 0.32)), 0.05, DARK, caps=False)


_PARTS: Final[dict[str, Callable[..., None]]] = {
    "wheel": lambda pen, body, x, radius: wheel(pen, x, radius, body.phase),
    "tyre": lambda pen, body, x, radius: tyre(pen, x, radius, body.phase),
    "rotor": _rotor, "driver": driver, "blink": _blink, "fork": _fork,
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
    if kind == "rows":
        return bool(check_rows(value, vehicle=True))
    if kind != "points":
        most = 720 if kind == "degrees" else 20
        return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= most
    points = value if isinstance(value, list) else []
    return len(points) >= 2 and all(isinstance(p, list) and len(p) == 2 and all(_fits(n, 0) for n in p) for p in points)
