"""Vehicles seen from the side: wheels on y = 0, front towards +x, in local units (1 = a person's height).

draw_vehicle reads a body.Body: its colour, how far the wheels rolled (phase), how crumpled it is, who sits in it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from svta.generation.storyboard.drawn_tables import vehicles

from .palette import COLOUR, DARK, GLASS, INK, MUTED_BODYWORK, STEEL, Rgb, pick, rgb, shade
from .pen import Pen
from .shapes import driver, rider, tyre, vehicle_drawing, wheel
from .things import THINGS, enlarged
from .vehicle_ends import LAMP, TAIL_LAMP, draw_end, draw_opened, two_wheeler

if TYPE_CHECKING:
    from .body import Body


class Vehicle(NamedTuple):
    """A kind: colour without a name (None = muted by seed), length, height, seat of a rider, drawing function."""

    colour: Rgb | None
    width: float
    height: float
    seat: tuple[float, float]
    draw: Callable[[Pen, Rgb, Body], None]


def _read_vehicles() -> dict[str, Vehicle]:
    return {
        kind: Vehicle(rgb(e["colour"]), e["width"], e["height"], tuple(e["seat"]), vehicle_drawing(e["shapes"]))
        for kind, e in vehicles().items()
    }


VEHICLES: dict[str, Vehicle] = _read_vehicles()  # those of the table; the functions below register the others
# The rider sits on top; in all others a head shows in a window.
RIDDEN = ("motorcycle", "bicycle", "scooter", "wheelchair",
          *(kind for kind, entry in vehicles().items() if entry.get("ridden")))  # fmt: skip
TWO_WHEELED: Final = ("motorcycle", "bicycle", "scooter")
_ASTRIDE: Final = ("motorcycle", "bicycle", "scooter", "quad bike", "snowmobile", "jet ski")  # not without a rider


def vehicle(
    kind: str, colour: Rgb | None, width: float, height: float, seat: tuple[float, float]
) -> Callable[[Callable[[Pen, Rgb, Body], None]], Callable[[Pen, Rgb, Body], None]]:
    """Registers a drawing function under a kind."""

    def register(draw: Callable[[Pen, Rgb, Body], None]) -> Callable[[Pen, Rgb, Body], None]:
        VEHICLES[kind] = Vehicle(colour, width, height, seat, draw)
        return draw

    return register


def bodywork(kind: str, colour: str | None, seed: int, name: str) -> Rgb:
    """The colour of a vehicle: the named one, its kind's own, or a muted one."""
    return COLOUR[colour] if colour else VEHICLES[kind].colour or pick(MUTED_BODYWORK, seed, name, "body")


def draw_vehicle(pen: Pen, body: Body) -> None:
    """Draws a vehicle at the body's place; a crash crumples its front."""
    kind = VEHICLES[body.kind]
    wide, high = body.squash
    wide *= 1 - abs(body.yaw) if abs(body.yaw) <= 0.5 else 1.0
    pen.at(body.x, body.y - body.lift, body.scale, facing=body.facing, turn=body.turn, pivot=kind.height * 0.45,
           squash=(wide, high))  # fmt: skip
    if abs(body.yaw) > 0.5:
        if body.kind in TWO_WHEELED:
            two_wheeler(pen, body, kind.seat[1])
        else:
            draw_end(pen, body, kind.width, kind.height)
        return
    _load(pen, body)
    pen.front_wheel = body.form[0] if body.form[1] and body.form[0] in ("lose wheel", "flat tyre") else ""
    kind.draw(pen, body.colour, body)
    pen.front_wheel = ""
    if body.form[0] in ("door", "boot", "bonnet") and body.state > 0.02:
        draw_opened(pen, body.kind, kind.width / 2, kind.height, body.colour, body.form[0], body.state)
    if body.kind in _ASTRIDE:
        rider(pen, body, *kind.seat)
    if body.crumple > 0.05:
        _crumple(pen, kind, body)


# Where the load of a vehicle lies: from x to x, on y; what is deep in it is hidden by its sides.
LOADS: Final = {
    "flatbed truck": (-0.92, 0.36, 0.32), "pickup": (-0.8, -0.08, 0.3), "dump truck": (-0.86, 0.26, 0.5),
    "shopping cart": (-0.2, 0.25, 0.26), "rowing boat": (-0.4, 0.4, 0.12), "raft": (-0.4, 0.4, 0.1)}  # fmt: skip


def _load(pen: Pen, body: Body) -> None:
    """What the vehicle is loaded with, side by side and in two layers."""
    if body.held is None or body.kind not in LOADS:
        return
    x0, x1, y = LOADS[body.kind]
    item, room = THINGS[body.held], x1 - x0
    k = min(enlarged(item), 0.9 * room / item.width, 0.7 / item.height)
    wide, high = item.width * k, item.height * k
    most = max(1, min(6, int(room // (0.9 * wide))))
    layers = [(0, most), (1, most - 1)] if most > 1 or high < 0.2 else [(0, most)]
    for layer, many in layers:
        for n in range(max(1, many)):
            x = (x0 + x1) / 2 + (n - (max(1, many) - 1) / 2) * min(wide, most**-1 * room)
            old = pen.sub(x, y + layer * 0.8 * high, k)
            item.draw(pen, item.colour, 0.0)
            pen.back(old)


def _crumple(pen: Pen, kind: Vehicle, body: Body) -> None:
    """Torn metal where the front was; how much of it grows with body.crumple."""
    x, deep, high = kind.width / 2, 0.07 + 0.1 * body.crumple, kind.height
    dark = shade(body.colour, 0.45)
    pen.poly(((x + 0.02, 0.06), (x - deep, 0.1), (x - deep * 0.4, high * 0.28), (x - deep * 1.5, high * 0.36),
              (x - deep * 0.5, high * 0.5), (x - deep, high * 0.66), (x + 0.02, high * 0.5)), dark)  # fmt: skip
    pen.poly(
        ((x - deep * 1.6, high * 0.56), (x - deep * 0.2, high * 0.84), (x + 0.03, high * 0.64)), shade(body.colour, 0.7)
    )
    pen.line(((x - deep * 2.6, high * 0.62), (x - deep * 1.8, high * 0.74), (x - deep * 1.2, high * 0.58)), 0.022, INK)


def _cabin(pen: Pen, points: tuple[tuple[float, float], ...], body: Body, x: float, y: float) -> None:
    pen.poly(points, GLASS)
    driver(pen, body, x, y)


def _saloon(pen: Pen, c: Rgb, body: Body) -> None:
    pen.poly(((-0.46, 0.3), (-0.32, 0.5), (0.16, 0.51), (0.36, 0.3)), c)
    _cabin(pen, ((-0.38, 0.31), (-0.28, 0.46), (-0.09, 0.465), (-0.09, 0.31)), body, -9, 0)
    _cabin(pen, ((-0.05, 0.31), (-0.05, 0.465), (0.13, 0.465), (0.28, 0.31)), body, 0.06, 0.36)
    pen.poly(((-0.62, 0.1), (-0.61, 0.28), (-0.55, 0.33), (0.38, 0.33), (0.58, 0.27), (0.63, 0.2), (0.62, 0.1)), c)
    pen.box(-0.6, 0.09, 0.6, 0.13, shade(c, 0.62))
    pen.box(-0.075, 0.14, -0.065, 0.31, shade(c, 0.7))
    pen.box(0.56, 0.19, 0.63, 0.25, LAMP)
    pen.box(-0.625, 0.2, -0.575, 0.27, (255, 255, 250) if body.reversing else TAIL_LAMP)
    for x in (-0.38, 0.38):
        wheel(pen, x, 0.115, body.phase)


@vehicle("car", None, 1.25, 0.52, (0.05, 0.3))
def _car(pen: Pen, c: Rgb, body: Body) -> None:
    _saloon(pen, c, body)


@vehicle("police car", (240, 242, 246), 1.25, 0.6, (0.05, 0.3))
def _police_car(pen: Pen, c: Rgb, body: Body) -> None:
    blink = int(body.clock * 14) % 2
    pen.box(-0.16, 0.5, -0.03, 0.57, (230, 40, 50) if blink else (130, 40, 50))
    pen.box(-0.03, 0.5, 0.1, 0.57, (40, 60, 140) if blink else (60, 120, 255))
    _saloon(pen, c, body)
    pen.poly(((-0.3, 0.14), (-0.3, 0.3), (0.24, 0.3), (0.24, 0.14)), (34, 54, 130))
    pen.box(-0.22, 0.2, 0.16, 0.24, (250, 214, 80))


@vehicle("taxi", (250, 205, 35), 1.25, 0.6, (0.05, 0.3))
def _taxi(pen: Pen, c: Rgb, body: Body) -> None:
    pen.box(-0.13, 0.5, 0.07, 0.58, (250, 250, 246))
    pen.box(-0.1, 0.52, 0.04, 0.56, INK)
    _saloon(pen, c, body)
    for i in range(10):
        pen.box(-0.5 + i * 0.09, 0.2 + 0.03 * (i % 2), -0.455 + i * 0.09, 0.23 + 0.03 * (i % 2), INK)


@vehicle("van", None, 1.4, 0.74, (0.36, 0.4))
def _van(pen: Pen, c: Rgb, body: Body) -> None:
    pen.poly(((-0.7, 0.1), (-0.7, 0.7), (-0.64, 0.75), (0.32, 0.75), (0.52, 0.44), (0.68, 0.38), (0.7, 0.1)), c)
    _cabin(pen, ((0.16, 0.44), (0.16, 0.67), (0.3, 0.67), (0.44, 0.44)), body, 0.25, 0.5)
    pen.box(-0.69, 0.09, 0.69, 0.14, shade(c, 0.62))
    pen.box(0.1, 0.14, 0.115, 0.7, shade(c, 0.7))
    pen.box(0.63, 0.26, 0.7, 0.33, LAMP)
    pen.box(-0.705, 0.3, -0.66, 0.42, TAIL_LAMP)
    for x in (-0.42, 0.42):
        wheel(pen, x, 0.125, body.phase)


@vehicle("ambulance", (248, 248, 250), 1.45, 0.86, (0.36, 0.4))
def _ambulance(pen: Pen, c: Rgb, body: Body) -> None:
    pen.box(-0.1, 0.8, 0.12, 0.86, (60, 120, 255) if int(body.clock * 14) % 2 else (230, 40, 50))
    pen.poly(((-0.72, 0.1), (-0.72, 0.81), (0.3, 0.81), (0.5, 0.46), (0.7, 0.4), (0.72, 0.1)), c)
    _cabin(pen, ((0.18, 0.46), (0.18, 0.7), (0.29, 0.7), (0.43, 0.46)), body, 0.26, 0.52)
    pen.box(-0.72, 0.24, 0.7, 0.31, (226, 50, 46))
    pen.box(-0.42, 0.5, -0.12, 0.58, (226, 50, 46))
    pen.box(-0.31, 0.39, -0.23, 0.69, (226, 50, 46))
    for x in (-0.44, 0.44):
        wheel(pen, x, 0.125, body.phase)


@vehicle("bus", (222, 82, 52), 2.0, 0.92, (0.78, 0.45))
def _bus(pen: Pen, c: Rgb, body: Body) -> None:
    pen.round(-1.0, 0.1, 1.0, 0.92, 0.07, c)
    for i in range(6):
        pen.round(-0.92 + i * 0.27, 0.48, -0.7 + i * 0.27, 0.8, 0.02, GLASS)
    pen.poly(((0.74, 0.42), (0.74, 0.8), (0.99, 0.8), (0.99, 0.42)), GLASS)
    driver(pen, body, 0.84, 0.5)
    pen.box(-1.0, 0.28, 1.0, 0.36, (250, 240, 220))
    pen.box(-1.0, 0.1, 1.0, 0.15, shade(c, 0.6))
    pen.box(0.95, 0.2, 1.01, 0.27, LAMP)
    for x in (-0.62, 0.58):
        wheel(pen, x, 0.14, body.phase)


@vehicle("truck", None, 1.85, 0.95, (0.68, 0.45))
def _truck(pen: Pen, c: Rgb, body: Body) -> None:
    pen.box(-0.9, 0.14, 0.9, 0.22, DARK)
    pen.box(-0.92, 0.2, 0.36, 0.92, shade(c, 1.3))
    for i in range(5):
        pen.box(-0.84 + i * 0.24, 0.26, -0.83 + i * 0.24, 0.88, shade(c, 0.9))
    pen.poly(((0.42, 0.14), (0.42, 0.78), (0.7, 0.78), (0.84, 0.5), (0.92, 0.46), (0.92, 0.14)), c)
    _cabin(pen, ((0.54, 0.5), (0.54, 0.72), (0.68, 0.72), (0.78, 0.5)), body, 0.63, 0.55)
    pen.box(0.86, 0.24, 0.93, 0.32, LAMP)
    for x in (-0.68, -0.36, 0.64):
        wheel(pen, x, 0.145, body.phase)


@vehicle("motorcycle", (196, 48, 44), 0.95, 0.55, (-0.08, 0.42))
def _motorcycle(pen: Pen, c: Rgb, body: Body) -> None:
    for x in (-0.32, 0.34):
        wheel(pen, x, 0.155, body.phase)
    pen.line(((0.34, 0.155), (0.22, 0.54), (0.12, 0.58)), 0.036, STEEL)
    pen.line(((-0.32, 0.155), (0.05, 0.2)), 0.06, DARK)
    pen.poly(((-0.4, 0.42), (-0.12, 0.36), (0.02, 0.4), (0.24, 0.44), (0.2, 0.22), (-0.1, 0.16), (-0.16, 0.3)), c)
    pen.disc(0.02, 0.22, 0.1, DARK)
    pen.line(((-0.36, 0.43), (-0.04, 0.41)), 0.05, INK)
    pen.line(((-0.1, 0.13), (-0.44, 0.16)), 0.04, STEEL)
    pen.disc(0.28, 0.46, 0.05, LAMP)


@vehicle("bicycle", (46, 130, 136), 0.9, 0.5, (-0.1, 0.44))
def _bicycle(pen: Pen, c: Rgb, body: Body) -> None:
    for x in (-0.28, 0.3):
        tyre(pen, x, 0.17, body.phase)
    pen.line(((-0.28, 0.17), (0.0, 0.17), (0.22, 0.42), (-0.12, 0.4), (-0.28, 0.17)), 0.034, c)
    pen.line(((0.0, 0.17), (-0.14, 0.45)), 0.034, c)
    pen.line(((0.3, 0.17), (0.2, 0.52), (0.3, 0.55)), 0.032, c)
    pen.line(((-0.2, 0.46), (-0.06, 0.46)), 0.044, INK)
    pen.disc(0, 0.17, 0.05, DARK)


@vehicle("scooter", (92, 190, 170), 0.85, 0.55, (-0.16, 0.4))
def _scooter(pen: Pen, c: Rgb, body: Body) -> None:
    for x in (-0.28, 0.32):
        wheel(pen, x, 0.105, body.phase)
    pen.line(((0.32, 0.12), (0.22, 0.56), (0.12, 0.6)), 0.034, STEEL)
    pen.poly(((0.3, 0.18), (0.2, 0.48), (0.12, 0.46), (0.1, 0.16)), c)
    pen.poly(((0.14, 0.12), (0.14, 0.18), (-0.06, 0.18), (-0.1, 0.34), (-0.42, 0.36), (-0.4, 0.18), (-0.2, 0.12)), c)
    pen.line(((-0.38, 0.38), (-0.1, 0.38)), 0.055, INK)
    pen.disc(0.25, 0.44, 0.04, LAMP)


@vehicle("train", (44, 112, 168), 2.7, 0.95, (1.12, 0.5))
def _train(pen: Pen, c: Rgb, body: Body) -> None:
    for left, right, front in ((-1.38, -0.06, False), (0.0, 1.36, True)):
        nose = ((right - 0.3, 0.94), (right - 0.08, 0.66), (right, 0.14)) if front else ((right, 0.94), (right, 0.14))
        pen.poly(((left, 0.14), (left, 0.94), *nose), c)
        pen.box(left, 0.24, right - 0.02, 0.31, (244, 226, 120))
        for i in range(4):
            x = left + 0.1 + i * 0.25
            pen.round(x, 0.5, x + 0.18, 0.78, 0.02, GLASS)
        for x in (left + 0.24, left + 0.46, right - 0.42, right - 0.22):
            wheel(pen, x, 0.09, body.phase)
    pen.poly(((1.08, 0.52), (1.08, 0.84), (1.15, 0.84), (1.29, 0.52)), GLASS)
    pen.disc(1.31, 0.38, 0.04, LAMP)
    pen.box(-0.08, 0.2, 0.02, 0.3, DARK)


@vehicle("boat", (236, 238, 240), 1.4, 0.7, (-0.1, 0.26))
def _boat(pen: Pen, c: Rgb, body: Body) -> None:
    pen.poly(((-0.42, 0.26), (-0.36, 0.5), (0.14, 0.5), (0.26, 0.26)), shade(c, 0.9))
    _cabin(pen, ((-0.3, 0.32), (-0.27, 0.45), (0.1, 0.45), (0.17, 0.32)), body, -0.02, 0.37)
    pen.line(((-0.14, 0.5), (-0.14, 0.78)), 0.03, DARK)
    pen.poly(((-0.12, 0.78), (-0.12, 0.64), (0.06, 0.7)), (222, 62, 58))
    pen.poly(((-0.66, 0.26), (0.76, 0.3), (0.5, -0.02), (-0.56, -0.02)), c)
    pen.poly(((-0.63, 0.16), (0.67, 0.18), (0.6, 0.1), (-0.61, 0.09)), (206, 62, 56))


@vehicle("plane", (240, 242, 246), 1.9, 0.62, (0.6, 0.3))
def _plane(pen: Pen, c: Rgb, body: Body) -> None:
    pen.poly(((-0.92, 0.34), (-1.02, 0.76), (-0.86, 0.76), (-0.6, 0.38)), (52, 108, 186))
    pen.round(-0.94, 0.16, 0.86, 0.42, 0.13, c)
    pen.arc(0.76, 0.29, 0.2, 270, 450, c, 0.13)
    for i in range(8):
        pen.disc(-0.6 + i * 0.15, 0.32, 0.028, (96, 150, 190))
    pen.poly(((0.72, 0.34), (0.8, 0.4), (0.9, 0.32)), GLASS)
    pen.poly(((0.14, 0.26), (-0.1, 0.26), (-0.46, 0.04), (-0.3, 0.04)), shade(c, 0.78))
    pen.round(-0.16, 0.08, 0.06, 0.17, 0.04, (52, 108, 186))
    pen.poly(((-0.84, 0.34), (-0.66, 0.34), (-0.92, 0.22), (-1.02, 0.22)), shade(c, 0.82))
    if body.lift < 0.05:
        for x in (-0.2, 0.56):
            pen.line(((x, 0.18), (x, 0.05)), 0.03, DARK, caps=False)
            wheel(pen, x, 0.05, body.phase)


@vehicle("tractor", (58, 146, 70), 1.15, 0.8, (-0.2, 0.42))
def _tractor(pen: Pen, c: Rgb, body: Body) -> None:
    pen.line(((0.3, 0.44), (0.3, 0.68)), 0.036, DARK, caps=False)
    pen.poly(((0.0, 0.2), (0.0, 0.46), (0.48, 0.44), (0.5, 0.2)), c)
    _cabin(pen, ((-0.4, 0.4), (-0.34, 0.76), (-0.04, 0.76), (0.0, 0.4)), body, -0.18, 0.5)
    pen.box(-0.42, 0.75, 0.0, 0.8, c)
    pen.poly(((-0.46, 0.22), (-0.44, 0.44), (0.0, 0.46), (0.0, 0.2)), shade(c, 0.85))
    wheel(pen, -0.28, 0.24, body.phase, (248, 206, 60))
    wheel(pen, 0.38, 0.15, body.phase, (248, 206, 60))


@vehicle("excavator", (246, 184, 36), 1.5, 0.95, (-0.12, 0.42))
def _excavator(pen: Pen, c: Rgb, body: Body) -> None:
    up = body.state
    sway = 0.1 * math.sin(body.clock * 9) * (1 - up)
    x, y = 0.74 + 0.1 * up, 0.6 + sway + 0.5 * up  # where the bucket hangs
    pen.line(((0.06, 0.42), (0.4, 0.92 + 0.2 * up), (x, y)), 0.08, shade(c, 0.86))
    if up > 0 and body.held is not None:
        pen.disc(x - 0.04, y - 0.16, 0.1, THINGS[body.held].colour)
    pen.poly(((x, y + 0.02), (x + 0.08, y - 0.26), (x - 0.12, y - 0.34), (x - 0.14, y - 0.2)), DARK)
    pen.round(-0.5, 0.02, 0.36, 0.22, 0.1, INK)
    for x in (-0.36, -0.07, 0.22):
        pen.disc(x, 0.12, 0.07, STEEL)
    pen.poly(((-0.56, 0.24), (-0.56, 0.46), (-0.2, 0.5), (0.2, 0.46), (0.2, 0.24)), c)
    pen.poly(((-0.2, 0.3), (-0.2, 0.74), (0.08, 0.74), (0.16, 0.3)), c)
    _cabin(pen, ((-0.14, 0.44), (-0.14, 0.69), (0.05, 0.69), (0.11, 0.44)), body, -0.05, 0.5)


@vehicle("shopping cart", (168, 176, 186), 0.55, 0.5, (0.0, 0.3))
def _shopping_cart(pen: Pen, c: Rgb, body: Body) -> None:
    pen.line(((-0.36, 0.52), (-0.26, 0.48), (-0.16, 0.14), (0.22, 0.14)), 0.03, shade(c, 0.8))
    pen.poly(((-0.25, 0.44), (0.28, 0.48), (0.22, 0.22), (-0.18, 0.2)), shade(c, 1.45))
    for i in range(6):
        pen.line(((-0.22 + i * 0.09, 0.45), (-0.16 + i * 0.073, 0.2)), 0.014, shade(c, 0.8), caps=False)
    for y in (0.28, 0.36):
        pen.line(((-0.22, y), (0.25, y + 0.02)), 0.014, shade(c, 0.8), caps=False)
    for x in (-0.14, 0.2):
        wheel(pen, x, 0.055, body.phase)
