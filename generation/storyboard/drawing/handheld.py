"""Things a hand can hold, and how it holds them: bags, phones, weapons, tools, food.

Each draws itself in local units around an origin: what is carried stands on it, what is aimed (a gun, a broom) is
gripped there and points along x. Furniture and everything larger stands in furniture.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .palette import COLOUR, DARK, GLASS, INK, STEEL, WOOD, Rgb, shade
from .pen import Pen


class Thing(NamedTuple):
    """How a thing is drawn: its own colour, width and height in local units, and how a hand takes it."""

    colour: Rgb
    width: float
    height: float
    draw: Callable[[Pen, Rgb, float], None]  # pen, colour, state (0 whole or shut .. 1 broken or open)
    grip: str = "carry"  # hang: from the hand; carry: on the hand; aim: along the forearm; over: upright above the hand
    scale: float = 1.0  # in the hand


THINGS: dict[str, Thing] = {}


def thing(
    kind: str, colour: Rgb, width: float, height: float, grip: str = "carry", scale: float = 1.0
) -> Callable[[Callable[[Pen, Rgb, float], None]], Callable[[Pen, Rgb, float], None]]:
    """Registers a drawing function under a kind."""

    def register(draw: Callable[[Pen, Rgb, float], None]) -> Callable[[Pen, Rgb, float], None]:
        THINGS[kind] = Thing(colour, width, height, draw, grip, scale)
        return draw

    return register


def enlarged(item: Thing) -> float:
    """Small things are drawn larger than life, so that a phone is still seen in a thumbnail."""
    return 1.0 if item.height > 0.3 or item.width > 0.32 else 1.4 if max(item.width, item.height) < 0.2 else 1.2


def draw_held(pen: Pen, kind: str, colour: str | None, x: float, y: float, forearm: float, turn: float = 0) -> None:
    """A thing in the hand at local (x, y); `forearm` is its angle (0 down, 90 forward), `turn` tilts the thing."""
    item = THINGS[kind]
    fill = COLOUR[colour] if colour else item.colour
    large = item.scale * enlarged(item)
    if item.grip == "aim":
        old = pen.sub(x, y, large, 90 - forearm + turn)
    elif item.grip == "hang":
        old = pen.sub(x, y - item.height * large + 0.015, large, turn)
    elif item.grip == "over":
        old = pen.sub(x, y, large, turn)
    else:
        old = pen.sub(x + 0.03, y - 0.04 * large, large, turn)
    item.draw(pen, fill, 0.0)
    pen.back(old)


@thing("bag", (176, 72, 64), 0.26, 0.27, "hang")
def _bag(pen: Pen, c: Rgb, s: float) -> None:
    pen.line(((-0.07, 0.16), (-0.045, 0.26), (0.045, 0.26), (0.07, 0.16)), 0.024, shade(c, 0.6))
    pen.poly(((-0.13, 0), (0.13, 0), (0.105, 0.18), (-0.105, 0.18)), c)
    pen.box(-0.11, 0.12, 0.11, 0.15, shade(c, 0.75))


@thing("backpack", (52, 126, 118), 0.22, 0.28, "hang")
def _backpack(pen: Pen, c: Rgb, s: float) -> None:
    pen.round(-0.1, 0, 0.1, 0.27, 0.08, c)
    pen.round(-0.075, 0.02, 0.075, 0.12, 0.03, shade(c, 0.74))
    pen.line(((-0.035, 0.26), (0, 0.295), (0.035, 0.26)), 0.02, shade(c, 0.6))


@thing("suitcase", (92, 74, 136), 0.26, 0.4, "hang")
def _suitcase(pen: Pen, c: Rgb, s: float) -> None:
    pen.line(((-0.05, 0.28), (-0.05, 0.385), (0.05, 0.385), (0.05, 0.28)), 0.02, DARK)
    pen.round(-0.125, 0.025, 0.125, 0.3, 0.03, c)
    for x in (-0.05, 0.05):
        pen.box(x - 0.01, 0.03, x + 0.01, 0.295, shade(c, 0.75))
    pen.disc(-0.09, 0.02, 0.022, INK)
    pen.disc(0.09, 0.02, 0.022, INK)


@thing("phone", (36, 38, 50), 0.08, 0.14, "aim", 1.1)
def _phone(pen: Pen, c: Rgb, s: float) -> None:
    pen.round(-0.02, -0.032, 0.12, 0.042, 0.016, c)
    pen.box(0.0, -0.022, 0.1, 0.032, (150, 220, 250))


@thing("gun", (46, 48, 56), 0.22, 0.12, "aim", 1.15)
def _gun(pen: Pen, c: Rgb, s: float) -> None:
    pen.box(-0.02, 0.0, 0.18, 0.048, c)
    pen.poly(((-0.03, 0.02), (0.03, 0.02), (0.015, -0.08), (-0.04, -0.08)), shade(c, 0.8))


@thing("knife", (214, 222, 232), 0.22, 0.05, "aim", 1.2)
def _knife(pen: Pen, c: Rgb, s: float) -> None:
    pen.poly(((0.05, -0.022), (0.16, -0.02), (0.21, 0.024), (0.05, 0.024)), c)
    pen.box(-0.04, -0.022, 0.055, 0.022, (90, 52, 36))


@thing("stick", (128, 84, 48), 0.46, 0.05, "aim")
def _stick(pen: Pen, c: Rgb, s: float) -> None:
    pen.line(((-0.06, 0), (0.4, 0.01)), 0.036, c)


@thing("ball", (240, 112, 40), 0.15, 0.15, "carry")
def _ball(pen: Pen, c: Rgb, s: float) -> None:
    pen.disc(0, 0.08, 0.08, c)
    pen.line(((-0.07, 0.1), (0.0, 0.07), (0.07, 0.1)), 0.014, shade(c, 0.65), caps=False)
    pen.line(((0.0, 0.07), (0.0, 0.005)), 0.014, shade(c, 0.65), caps=False)


@thing("bottle", (66, 148, 92), 0.09, 0.24, "hang", 0.9)
def _bottle(pen: Pen, c: Rgb, s: float) -> None:
    pen.round(-0.045, 0, 0.045, 0.15, 0.02, c)
    pen.poly(((-0.043, 0.14), (0.043, 0.14), (0.018, 0.19), (-0.018, 0.19)), c)
    pen.box(-0.018, 0.185, 0.018, 0.24, shade(c, 0.8))
    pen.box(-0.045, 0.05, 0.045, 0.1, (240, 236, 220))


@thing("box", (196, 152, 98), 0.32, 0.26, "carry", 0.9)
def _box(pen: Pen, c: Rgb, s: float) -> None:
    pen.box(-0.16, 0, 0.16, 0.26, c)
    pen.box(-0.16, 0.2, 0.16, 0.26, shade(c, 0.84))
    pen.box(-0.03, 0.0, 0.03, 0.26, shade(c, 1.35))


@thing("book", (186, 60, 66), 0.2, 0.16, "carry", 1.0)
def _book(pen: Pen, c: Rgb, s: float) -> None:
    pen.poly(((-0.1, 0.06), (0.0, 0.02), (0.0, 0.15), (-0.1, 0.19)), c)
    pen.poly(((0.1, 0.06), (0.0, 0.02), (0.0, 0.15), (0.1, 0.19)), shade(c, 0.82))
    pen.poly(((-0.085, 0.185), (0.0, 0.15), (0.085, 0.185), (0.0, 0.17)), (250, 248, 240))


@thing("cup", (238, 240, 246), 0.09, 0.11, "carry")
def _cup(pen: Pen, c: Rgb, s: float) -> None:
    pen.ring(0.055, 0.06, 0.032, 0.014, shade(c, 0.85))
    pen.poly(((-0.042, 0), (0.042, 0), (0.052, 0.11), (-0.052, 0.11)), c)
    pen.box(-0.05, 0.088, 0.05, 0.11, (128, 78, 48))


@thing("stone", (122, 118, 116), 0.16, 0.11, "carry", 0.8)
def _stone(pen: Pen, c: Rgb, s: float) -> None:
    pen.poly(((-0.08, 0), (0.08, 0), (0.09, 0.05), (0.03, 0.11), (-0.05, 0.1), (-0.09, 0.04)), c)
    pen.poly(((-0.05, 0.1), (0.03, 0.11), (0.02, 0.06), (-0.04, 0.06)), shade(c, 1.25))


@thing("hammer", (150, 112, 72), 0.3, 0.1, "aim")
def _hammer(pen: Pen, c: Rgb, s: float) -> None:
    pen.line(((-0.04, 0), (0.22, 0)), 0.03, c)
    pen.box(0.17, -0.07, 0.24, 0.075, (96, 104, 116))


@thing("umbrella", (206, 66, 92), 0.56, 0.5, "over")
def _umbrella(pen: Pen, c: Rgb, s: float) -> None:
    pen.line(((0, -0.03), (0, 0.46)), 0.02, DARK)
    pen.arc(0, 0.34, 0.3, 0, 180, c, 0.2)
    pen.poly(((-0.1, 0.34), (0.1, 0.34), (0.06, 0.5), (-0.06, 0.5)), shade(c, 1.3))


@thing("guitar", (190, 110, 48), 0.5, 0.2, "aim", 1.0)
def _guitar(pen: Pen, c: Rgb, s: float) -> None:
    pen.line(((0.1, 0.02), (0.46, 0.16)), 0.036, (96, 60, 36))
    pen.disc(-0.07, -0.04, 0.12, c)
    pen.disc(0.07, 0.02, 0.088, c)
    pen.disc(0.02, 0.0, 0.036, (70, 42, 26))


@thing("camera", (56, 58, 68), 0.17, 0.12, "carry", 1.0)
def _camera(pen: Pen, c: Rgb, s: float) -> None:
    pen.round(-0.08, 0, 0.08, 0.1, 0.015, c)
    pen.box(-0.04, 0.095, 0.03, 0.125, c)
    pen.disc(0.07, 0.05, 0.042, STEEL)
    pen.disc(0.08, 0.05, 0.026, (120, 180, 220))


@thing("broom", (180, 128, 72), 0.6, 0.16, "aim")
def _broom(pen: Pen, c: Rgb, s: float) -> None:
    pen.line(((-0.2, 0), (0.36, 0)), 0.026, c)
    pen.poly(((0.34, -0.05), (0.34, 0.05), (0.52, 0.1), (0.52, -0.1)), (226, 190, 96))


@thing("cigarette", (248, 248, 244), 0.12, 0.02, "aim", 1.1)
def _cigarette(pen: Pen, c: Rgb, s: float) -> None:
    pen.line(((0, 0), (0.09, 0)), 0.024, c)
    pen.disc(0.1, 0, 0.018, (246, 96, 40))


@thing("plate", (244, 244, 248), 0.22, 0.07, "carry")
def _plate(pen: Pen, c: Rgb, s: float) -> None:
    pen.arc(0, 0.05, 0.075, 0, 180, (206, 140, 70), 0.06)
    pen.poly(((-0.12, 0.055), (0.12, 0.055), (0.07, 0.015), (-0.07, 0.015)), c)


@thing("cake", (246, 178, 196), 0.3, 0.26, "carry", 0.9)
def _cake(pen: Pen, c: Rgb, s: float) -> None:
    pen.box(-0.14, 0.02, 0.14, 0.15, c)
    pen.box(-0.14, 0.11, 0.14, 0.15, (252, 246, 240))
    pen.box(-0.17, 0, 0.17, 0.022, STEEL)
    for x in (-0.08, 0, 0.08):
        pen.line(((x, 0.15), (x, 0.21)), 0.018, (90, 150, 220), caps=False)
        pen.disc(x, 0.23, 0.018, (255, 190, 50))


@thing("money", (104, 172, 108), 0.2, 0.1, "carry", 1.0)
def _money(pen: Pen, c: Rgb, s: float) -> None:
    for shift, light in ((-0.03, 0.75), (0.0, 0.88), (0.03, 1.0)):
        pen.box(-0.09 + shift, 0.03 + shift, 0.09 + shift, 0.12 + shift, shade(c, light))
    pen.disc(0.03, 0.105, 0.026, (226, 244, 222))


@thing("rope", (206, 176, 116), 0.3, 0.16, "hang")
def _rope(pen: Pen, c: Rgb, s: float) -> None:
    pen.ring(0, 0.09, 0.085, 0.028, c)
    pen.ring(0.02, 0.08, 0.06, 0.024, shade(c, 0.82))


@thing("hose", (64, 150, 84), 0.4, 0.12, "aim")
def _hose(pen: Pen, c: Rgb, s: float) -> None:
    pen.line(((-0.12, -0.14), (-0.08, -0.02), (0.1, 0)), 0.04, c)
    pen.line(((0.1, 0), (0.19, 0.0)), 0.05, (232, 190, 60), caps=False)


@thing("racket", (210, 66, 60), 0.42, 0.16, "aim")
def _racket(pen: Pen, c: Rgb, s: float) -> None:
    pen.line(((-0.03, 0), (0.16, 0)), 0.03, shade(c, 0.7))
    pen.oval(0.29, 0, 0.14, 0.1, c)
    pen.oval(0.29, 0, 0.115, 0.076, (242, 240, 226))


@thing("spray can", (206, 60, 150), 0.09, 0.18, "carry")
def _spray_can(pen: Pen, c: Rgb, s: float) -> None:
    pen.round(-0.042, 0, 0.042, 0.14, 0.012, c)
    pen.box(-0.02, 0.14, 0.024, 0.18, (236, 236, 240))


@thing("skateboard", (226, 84, 56), 0.42, 0.09, "hang")
def _skateboard(pen: Pen, c: Rgb, s: float) -> None:
    pen.line(((-0.21, 0.09), (-0.15, 0.065), (0.15, 0.065), (0.21, 0.09)), 0.026, c)
    for x in (-0.12, 0.12):
        pen.disc(x, 0.028, 0.03, INK)


@thing("laptop", (150, 158, 170), 0.3, 0.2, "carry", 0.9)
def _laptop(pen: Pen, c: Rgb, s: float) -> None:
    pen.poly(((-0.14, 0), (0.14, 0), (0.14, 0.024), (-0.14, 0.024)), c)
    pen.poly(((0.12, 0.02), (0.16, 0.02), (0.22, 0.2), (0.19, 0.2)), shade(c, 0.7))
    pen.poly(((0.125, 0.03), (0.135, 0.03), (0.19, 0.19), (0.18, 0.19)), (150, 220, 250))


@thing("spoon", STEEL, 0.14, 0.04, "aim")
def _spoon(pen: Pen, c: Rgb, s: float) -> None:
    pen.line(((0, 0), (0.1, 0.02)), 0.018, c)
    pen.disc(0.11, 0.024, 0.028, c)


@thing("pan", (52, 54, 62), 0.36, 0.08, "aim")
def _pan(pen: Pen, c: Rgb, s: float) -> None:
    pen.line(((-0.02, 0), (0.12, 0)), 0.026, c)
    pen.poly(((0.1, 0.03), (0.34, 0.03), (0.3, -0.045), (0.14, -0.045)), c)
    pen.disc(0.22, 0.035, 0.04, (246, 196, 70))


@thing("pen", (40, 80, 190), 0.12, 0.03, "aim")
def _pen(pen: Pen, c: Rgb, s: float) -> None:
    pen.line(((-0.03, 0), (0.09, -0.03)), 0.022, c)


@thing("spade", (150, 112, 72), 0.5, 0.12, "aim")
def _spade(pen: Pen, c: Rgb, s: float) -> None:
    pen.line(((-0.16, 0), (0.3, 0)), 0.028, c)
    pen.poly(((0.28, -0.06), (0.28, 0.06), (0.4, 0.05), (0.45, 0), (0.4, -0.05)), STEEL)


@thing("watering can", (72, 150, 170), 0.3, 0.2, "hang")
def _watering_can(pen: Pen, c: Rgb, s: float) -> None:
    pen.ring(-0.04, 0.15, 0.06, 0.02, shade(c, 0.7))
    pen.round(-0.11, 0, 0.07, 0.15, 0.02, c)
    pen.poly(((0.06, 0.03), (0.2, 0.15), (0.22, 0.12), (0.06, 0.0)), c)


@thing("crowbar", (92, 98, 110), 0.34, 0.08, "aim")
def _crowbar(pen: Pen, c: Rgb, s: float) -> None:
    pen.line(((-0.05, 0), (0.26, 0), (0.31, 0.05)), 0.03, c)


@thing("cane", WOOD, 0.06, 0.44, "hang")
def _cane(pen: Pen, c: Rgb, s: float) -> None:
    pen.line(((0.06, 0.0), (0.0, 0.43)), 0.028, c)


@thing("shard", GLASS, 0.1, 0.1)
def _shard(pen: Pen, c: Rgb, s: float) -> None:
    pen.poly(((-0.05, 0), (0.06, 0.01), (0.01, 0.1)), c)
