"""What of a vehicle is seen from before or behind, and what is open on it: lamps, a boot, a bicycle and who rides it.

Drawn in the units of vehicles.py, with x across the vehicle where it is seen from its end.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, Protocol

from .palette import DARK, GLASS, INK, STEEL, Rgb, shade
from .pen import Pen
from .shapes import driver

if TYPE_CHECKING:
    from .body import Body

CARTS: Final = ("shopping cart", "wheelchair", "carriage")  # always seen from their side
_SLIDING: Final = ("bus", "tram", "train", "double decker bus", "cable car")  # their doors slide apart
LAMP, TAIL_LAMP = (255, 240, 170), (230, 50, 44)
_NAMELESS: Final[tuple[Rgb, Rgb]] = ((64, 82, 112), (52, 58, 74))  # jacket and trousers
_HELMET: Final[Rgb] = (226, 226, 230)
_THIN: Final = ("bicycle", "tricycle")


class Ridden(Protocol):
    """What of a body.Body decides how a bicycle or motorcycle is drawn from before or behind."""

    kind: str
    colour: Rgb
    yaw: float
    driver: tuple[Rgb, Rgb] | None


def two_wheeler(pen: Pen, body: Ridden, seat: float) -> None:
    """The machine, one wheel before the other, and a rider without a name if somebody drives it."""
    c, rear, thin = body.colour, body.yaw > 0, body.kind in _THIN
    half = 0.03 if thin else 0.06
    pen.round(-half, 0.0, half, 0.34 if thin else 0.3, half, INK)
    if not thin:
        pen.poly(((-0.1, 0.2), (-0.07, 0.46), (0.07, 0.46), (0.1, 0.2)), c)
    else:
        pen.line(((0.0, 0.3), (0.0, seat)), 0.035, c)
    pen.line(((-0.24, seat + 0.14), (0.24, seat + 0.14)), 0.034, STEEL if not thin else c)
    if body.driver is not None:
        jacket, trousers = _NAMELESS
        rider_from_the_end(pen, jacket, trousers, *body.driver, _HELMET, seat, rear)
    if rear:
        pen.round(-0.05, 0.3, 0.05, 0.36, 0.015, TAIL_LAMP)
    else:
        pen.disc(0.0, 0.46 if not thin else 0.52, 0.05 if not thin else 0.03, LAMP)


def rider_from_the_end(
    pen: Pen, shirt: Rgb, trousers: Rgb, skin: Rgb, hair: Rgb, helmet: Rgb | None, seat: float, rear: bool
) -> None:
    """Legs on both sides, trunk, arms on the bars, and the head: its face from before, hair or helmet from behind."""
    knee, foot = seat - 0.16, seat - 0.36
    for side in (-1, 1):
        pen.line(((0.06 * side, seat), (0.15 * side, knee), (0.13 * side, foot)), 0.1, shade(trousers, 0.9))
        pen.line(((0.13 * side, foot), (0.15 * side, foot)), 0.07, DARK)
    pen.poly(((-0.1, seat - 0.03), (-0.15, seat + 0.36), (-0.08, seat + 0.42), (0.08, seat + 0.42),
              (0.15, seat + 0.36), (0.1, seat - 0.03)), shirt)  # fmt: skip
    for side in (-1, 1):
        pen.line(((0.13 * side, seat + 0.35), (0.25 * side, seat + 0.24), (0.22 * side, seat + 0.14)), 0.075,
                 shade(shirt, 0.82))  # fmt: skip
        pen.disc(0.22 * side, seat + 0.14, 0.042, skin)
    head = seat + 0.55
    pen.line(((0, seat + 0.4), (0, head)), 0.06, shade(skin, 0.9), caps=False)
    pen.disc(0, head, 0.105, skin)
    if rear:
        pen.disc(0, head + 0.008, 0.108, hair)
    else:
        pen.arc(0, head + 0.015, 0.11, 0, 180, hair)
        for side in (-1, 1):
            pen.disc(0.04 * side, head + 0.005, 0.016, INK)
    if helmet is not None:
        pen.arc(0, head + (0.0 if rear else 0.025), 0.122, 0, 180, helmet, 0.13)


def draw_front(pen: Pen, kind: str, half: float, high: float) -> None:
    """What tells an ambulance, a police car or a fire engine from others that are seen from before or behind."""
    if kind not in ("ambulance", "police car", "fire truck"):
        return
    for side, colour in ((-1, (44, 108, 230)), (1, (230, 60, 50) if kind != "fire truck" else (44, 108, 230))):
        pen.box(side * 0.02 if side > 0 else -0.4 * half, high, 0.4 * half if side > 0 else -0.02, high + 0.07, colour)
    if kind == "ambulance":
        pen.box(-0.04, 0.24, 0.04, 0.5, (214, 44, 44))
        pen.box(-0.13, 0.33, 0.13, 0.41, (214, 44, 44))
    elif kind == "police car":
        pen.box(-half, 0.3, half, 0.37, (36, 74, 168))


def draw_opened(pen: Pen, kind: str, half: float, high: float, colour: Rgb, part: str, k: float) -> None:
    """An open door, boot or bonnet of a vehicle `half` long and `high`; k from shut (0) to open (1)."""
    boxy, dark = high > 0.7, (38, 40, 48)
    if part == "door" and kind in _SLIDING:
        wide = 0.12 * k
        for x in (-0.28 * half, 0.28 * half):
            pen.box(x - wide, 0.12, x + wide, 0.78 * high, dark)
            for side in (-1, 1):
                pen.box(
                    x + side * (wide + 0.03) - 0.03,
                    0.12,
                    x + side * (wide + 0.03) + 0.03,
                    0.78 * high,
                    shade(colour, 0.7),
                )
        return
    if part == "door":
        hinge, rear = (0.62 * half, 0.32 * half) if boxy else (0.44 * half, -0.1 * half)
        top, low, out = 0.84 * high, 0.24 * high, 0.3 * k
        pen.box(rear, low, hinge, top, dark)
        pen.poly(
            ((hinge, low), (hinge, top), (hinge + out, top - 0.07 * k), (hinge + out, low - 0.1 * k)),
            shade(colour, 0.8),
        )
        sill = (low + top) / 2
        pen.poly(((hinge + 0.15 * out, sill), (hinge + 0.15 * out, top - 0.05), (hinge + 0.85 * out, top - 0.1 * k),
                  (hinge + 0.85 * out, sill - 0.05 * k)), GLASS)  # fmt: skip
        return
    if part == "boot" and boxy:
        pen.box(-half, 0.2 * high, -half + 0.06, 0.9 * high, dark)
        out = -half - 0.26 * k
        pen.poly(((-half, 0.2 * high), (-half, 0.92 * high), (out, 0.84 * high), (out, 0.1 * high)), shade(colour, 0.8))
        return
    side = -1 if part == "boot" else 1
    x, y, long = side * 0.6 * half, 0.6 * high, 0.36 * half
    a = math.radians(80 * k)
    pen.poly(((x, y), (x + side * long, 0.5 * high), (x + side * long, 0.36 * high), (x, 0.36 * high)), dark)
    tip = (x + side * long * math.cos(a), y + 1.1 * long * math.sin(a))
    pen.line(((x, y), tip), 0.05, shade(colour, 0.8))


def draw_end(pen: Pen, body: Body, width: float, high: float) -> None:
    """Seen from behind (yaw 1) or from before (yaw -1): as wide as a road vehicle, with its lamps."""
    c, rear = body.colour, body.yaw > 0
    half = 0.22 + 0.12 * min(1.0, width / 1.9)
    for x in (-half * 0.8, half * 0.8):
        pen.round(x - 0.06, 0.0, x + 0.06, 0.2, 0.03, INK)
    pen.round(-half, 0.1, half, high * 0.62, 0.04, c)
    roof = half * (0.76 if body.kind == "pickup" else 0.98 if high > 0.7 else 0.86)
    pen.round(-roof, high * 0.4, roof, high, 0.05, c)
    pen.box(-roof * 0.8, high * 0.56, roof * 0.8, high * 0.9, GLASS)
    if not rear:
        driver(pen, body, half * 0.36, high * 0.62)
    pen.box(-half, 0.1, half, 0.16, shade(c, 0.6))
    for x in (-half * 0.8, half * 0.8):
        pen.disc(x, 0.25, 0.045, TAIL_LAMP if rear else LAMP)
    draw_front(pen, body.kind, half, high)
