"""What becomes of a thing: broken in two, folded, crumpled, rolled up, bent, cracked, painted, burnt, melted, grown.

Reads the drawing of a thing (things.py), the name of a form and how far it has come (0 to 1); draws the thing as it is
then. No thing needs a second drawing: its own one is cut, turned, squeezed or tinted. Which verb leads to which form
stands in handwork.json (`alters`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from .palette import COLOUR, Rgb, lightness, shade
from .pen import Pen, Point, in_tint, squeezed, within
from .things import THINGS, Thing, in_hand

Form = tuple[str, float]  # a name of FORMS, and how far it has come
WHOLE: Final[Form] = ("", 0.0)
# What is seen inside of what is cut or broken.
_INSIDE: Final[dict[str, Rgb]] = {
    "melon": (226, 62, 70), "orange fruit": (250, 176, 70), "apple": (250, 240, 206),
    "tomato": (238, 96, 80), "pumpkin": (248, 186, 90), "coconut": (250, 250, 246), "egg": (252, 208, 60),
    "bread": (246, 226, 184), "loaf": (246, 226, 184), "log": (232, 200, 150), "logs": (232, 200, 150),
    "lemon": (252, 240, 140), "potato": (246, 232, 180), "onion": (250, 246, 240), "nut": (236, 208, 164),
    "cabbage": (226, 240, 200), "cucumber": (214, 238, 190), "cake": (252, 234, 196), "pizza": (250, 222, 140),
}  # fmt: skip
_PAINTS: Final[tuple[Rgb, Rgb]] = ((248, 248, 244), (208, 56, 48))
_CLOTH: Final = (0.56, 0.46)  # how wide and high an open towel or shirt is
_FROM_THE_START: Final = frozenset(("blazing", "folded", "grown", "swollen", "unfurled", "ajar", "lifted", "swung"))
_CRACKS: Final = (
    ((0.0, 0.5), (0.16, 0.66), (0.12, 0.78), (0.3, 0.96)),
    ((0.0, 0.5), (-0.18, 0.56), (-0.24, 0.74), (-0.42, 0.82)),
    ((0.0, 0.5), (0.1, 0.34), (0.3, 0.3), (0.44, 0.1)),
    ((0.0, 0.5), (-0.12, 0.3), (-0.1, 0.18), (-0.3, 0.02)),
)


def draw_altered(pen: Pen, kind: str, fill: Rgb, state: float, form: Form) -> None:
    """A thing at the local origin in its own units."""
    item, (name, k) = THINGS[kind], form
    alter = FORMS.get(name)
    if name == "painted" and k <= 0:
        fill = item.colour  # the colour comes with the brush
    if alter is None or (k <= 0 and name not in _FROM_THE_START):
        item.draw(pen, fill, state)
        return
    alter(pen, item, fill, state, min(1.0, k), kind)


def draw_held(
    pen: Pen, kind: str, colour: str | None, x: float, y: float, forearm: float, turn: float = 0, form: Form = WHOLE
) -> None:
    """A thing in the hand at local (x, y); `forearm` is its angle (0 down, 90 forward), `turn` tilts the thing."""
    item = THINGS[kind]
    old = pen.sub(*in_hand(item, x, y, forearm, turn))
    draw_altered(pen, kind, COLOUR[colour] if colour else item.colour, 0.0, form)
    pen.back(old)


Drawn = Callable[[Pen, Thing, Rgb, float, float, str], None]


def _around(item: Thing) -> float:
    return 1.3 * max(item.width, item.height) + 0.2


def _middle(item: Thing) -> float:
    """Where along x a thing has its middle: a stick is gripped near its end."""
    return 0.28 * item.width if item.grip == "aim" else 0.0


_SLICED: Final = ("cake", "pie", "pizza", "tart")


def _halves(pen: Pen, item: Thing, fill: Rgb, state: float, k: float, kind: str) -> None:
    """Two parts: the upper one of a tall thing tips over, those of a wide one fall apart."""
    far = _around(item)
    if item.height > 1.6 * item.width:
        _upper_turned(pen, item, fill, state, 74 * k, 0.08 * k)
        return
    middle = _middle(item)
    inside = _INSIDE.get(kind)
    if kind.endswith(_SLICED):  # a piece is drawn away from the rest, and both stand
        cut = 0.16 * item.width
        for side, moved in ((-1, 0.0), (1, 0.34 * item.width * k)):
            old = pen.sub(moved, 0.0)
            with within(pen, [(cut, -far), (cut + side * far, -far), (cut + side * far, far), (cut, far)], far):
                item.draw(pen, fill, state)
            pen.back(old)
        return
    for side in (-1, 1):
        edge = [(middle, -far), (middle + side * far, -far), (middle + side * far, far), (middle, far)]
        old = pen.sub(side * (0.06 + 0.22 * item.width) * k, 0.0, turn=side * 24 * k)
        with within(pen, edge, far):
            item.draw(pen, fill, state)
        if inside is not None:
            pen.oval(middle, item.height * 0.5, 0.24 * item.width * k + 0.01, item.height * 0.46, shade(fill, 0.8))
            pen.oval(middle, item.height * 0.5, 0.2 * item.width * k + 0.008, item.height * 0.4, inside)
        pen.back(old)


def _upper_turned(pen: Pen, item: Thing, fill: Rgb, state: float, turn: float, down: float) -> None:
    far, cut = _around(item), 0.5 * item.height
    with within(pen, [(-far, -far), (far, -far), (far, cut), (-far, cut)], far):
        item.draw(pen, fill, state)
    old = pen.sub(0.0, cut - down, turn=turn)
    back = pen.sub(0.0, -cut)
    with within(pen, [(-far, cut), (far, cut), (far, far + cut), (-far, far + cut)], far + cut):
        item.draw(pen, fill, state)
    pen.back(back)
    pen.back(old)


def _bent(pen: Pen, item: Thing, fill: Rgb, state: float, k: float, kind: str) -> None:
    """The upper half, or the farther half of what is long, leans over."""
    if item.height >= 0.7 * item.width:
        _upper_turned(pen, item, fill, state, 48 * k, 0.0)
        return
    far, middle = _around(item), _middle(item)
    for side in (-1, 1):
        edge = [(middle, -far), (middle + side * far, -far), (middle + side * far, far), (middle, far)]
        old = pen.sub(middle, 0.0, turn=side * 26 * k)
        back = pen.sub(-middle, 0.0)
        with within(pen, edge, far + abs(middle)):
            item.draw(pen, fill, state)
        pen.back(back)
        pen.back(old)


def _wilted(pen: Pen, item: Thing, fill: Rgb, state: float, k: float, kind: str) -> None:
    """The head hangs down, and it turns brown."""
    with in_tint(pen, (132, 98, 52), 0.55 * k, _around(item)):
        _upper_turned(pen, item, fill, state, 125 * k, 0.0)


def _swayed(pen: Pen, item: Thing, fill: Rgb, state: float, k: float, kind: str) -> None:
    """Bent by the wind to the right, the farther up the more."""
    old = (pen.m, pen.k)
    a, b, c, d, e, f = pen.m
    lean = 0.42 * k
    pen.m = (a, b + a * lean, c, d + c * lean, e, f)
    item.draw(pen, fill, state)
    pen.back(old)


def _swung(pen: Pen, item: Thing, fill: Rgb, state: float, k: float, kind: str) -> None:
    """What hangs in the middle of a frame swings from its top, to the left where k < 0; the frame stands."""
    far, half, top = _around(item), 0.24 * item.width, 0.93 * item.height
    frame = [(-far, -far), (-half, -far), (-half, top), (half, top), (half, -far), (far, -far), (far, far), (-far, far)]
    with within(pen, frame, far):
        item.draw(pen, fill, state)
    old = pen.sub(0.0, top, turn=26 * k)
    back = pen.sub(0.0, -top)
    with within(pen, [(-half, -far), (half, -far), (half, top), (-half, top)], far + top):
        item.draw(pen, fill, state)
    pen.back(back)
    pen.back(old)


def _upturned(pen: Pen, item: Thing, fill: Rgb, state: float, k: float, kind: str) -> None:
    """An umbrella turned inside out: its canopy is a cup on top of the stick, the ribs stand out of it."""
    if k < 0.4:
        item.draw(pen, fill, state)
        return
    half, hub, dark = 0.5 * item.width, 0.76 * item.height, (52, 54, 62)
    rim = hub + 0.5 * item.height * (k - 0.3) / 0.7
    bulge = hub + 0.28 * (rim - hub)
    pen.line([(0.0, -0.03), (0.0, hub)], 0.02, dark)
    pen.poly([(-half, rim), (-0.55 * half, bulge), (0.0, hub), (0.55 * half, bulge), (half, rim)], fill)
    pen.oval(0.0, rim, half, 0.07 * item.height, shade(fill, 0.6))
    for x in (-1.1, -0.5, 0.0, 0.5, 1.1):
        pen.line([(0.0, hub), (0.6 * x * half, bulge + 0.01), (x * half, rim + 0.1 * item.height)], 0.012, dark)


def _unroofed(pen: Pen, item: Thing, fill: Rgb, state: float, k: float, kind: str) -> None:
    """The upper part of a house is off: it turns in the air beside it and is carried away."""
    far, cut = _around(item), 0.56 * item.height
    with within(pen, [(-far, -far), (far, -far), (far, cut), (-far, cut)], far):
        item.draw(pen, fill, state)
    pen.box(-0.4 * item.width, cut - 0.05, 0.4 * item.width, cut, shade(fill, 0.3))
    away = (0.9 * item.width * k, cut + 0.9 * k * (1.3 - 0.7 * k))
    old = pen.sub(*away, turn=-150 * k)
    back = pen.sub(0.0, -cut)
    with within(pen, [(-far, cut), (far, cut), (far, far + cut), (-far, far + cut)], far + cut):
        item.draw(pen, fill, state)
    pen.back(back)
    pen.back(old)


def _folded(pen: Pen, item: Thing, fill: Rgb, state: float, k: float, kind: str) -> None:
    """A cloth, hanging open from its upper edge: one half over the other, then the lower over the upper."""
    wide, high = _CLOTH
    across, up = min(1.0, 2 * k), max(0.0, 2 * k - 1)
    right = wide / 2 - wide / 2 * across
    top, low = 0.14, 0.14 - high * (1 - 0.5 * up)
    pen.poly([(-wide / 2, low), (right, low), (right, top), (-wide / 2, top)], fill)
    if 0 < across < 1:
        flap = wide / 2 * across
        pen.poly([(right, low), (right - flap, low - 0.02), (right - flap, top - 0.02), (right, top)], shade(fill, 0.8))
    lines = 1 + (across >= 1) + (up >= 1)
    for n in range(lines):
        y = low + 0.035 * (n + 1)
        pen.line([(-wide / 2 + 0.02, y), (right - 0.02, y)], 0.014, shade(fill, 1.35 if lightness(fill) < 150 else 0.7))
    if up >= 1:
        pen.box(-wide / 2, low - 0.02, right, low, shade(fill, 0.75))


def _crumpled(pen: Pen, item: Thing, fill: Rgb, state: float, k: float, kind: str) -> None:
    """It shrinks, and a ball with creases is left."""
    if k < 0.5:
        old = pen.sub(0.0, 0.0, 1 - 0.9 * k, turn=20 * math.sin(20 * k))
        item.draw(pen, fill, state)
        pen.back(old)
        return
    radius = 0.09
    ball: list[Point] = [
        (radius * (1 + 0.1 * (n % 2)) * math.cos(n * 0.7), radius + radius * (1 + 0.1 * (n % 2)) * math.sin(n * 0.7))
        for n in range(9)
    ]
    pen.poly([(1.12 * x, 1.12 * y - 0.01) for x, y in ball], shade(fill, 0.7))
    pen.poly(ball, fill)
    for one, two in ((0, 3), (2, 6), (5, 8)):
        pen.line([ball[one], (0.01, radius), ball[two]], 0.012, shade(fill, 0.75))


def _rolled(pen: Pen, item: Thing, fill: Rgb, state: float, k: float, kind: str) -> None:
    """From its one end on a roll comes nearer and grows."""
    far, wide = _around(item), max(item.width, 0.4)
    at = wide / 2 - (wide - 0.1) * k
    with within(pen, [(-far, -far), (at, -far), (at, far), (-far, far)], far):
        item.draw(pen, fill, state)
    radius = 0.05 + 0.1 * k
    pen.disc(at, radius, radius, shade(fill, 0.85))
    pen.ring(at, radius, radius * 0.7, 0.014, shade(fill, 0.6))
    pen.ring(at, radius, radius * 0.35, 0.014, shade(fill, 0.6))


def _sized(wide: tuple[float, float], high: tuple[float, float], hinge: float = 0.0) -> Drawn:
    """Wider or narrower, higher or lower, from the first to the second; to the right where it has a hinge."""

    def drawn(pen: Pen, item: Thing, fill: Rgb, state: float, k: float, kind: str) -> None:
        old = pen.sub(hinge * item.width * (1 - wide[0] - (wide[1] - wide[0]) * k), 0.0)
        with squeezed(pen, wide[0] + (wide[1] - wide[0]) * k, high[0] + (high[1] - high[0]) * k):
            item.draw(pen, fill, state)
        pen.back(old)

    return drawn


def _burst(pen: Pen, item: Thing, fill: Rgb, state: float, k: float, kind: str) -> None:
    """Rags of its skin are left; a tyre goes flat."""
    if kind in ("tyre", "spare wheel"):
        with squeezed(pen, 1.0 + 0.1 * k, 1.0 - 0.4 * k):
            item.draw(pen, fill, state)
        return
    if k < 0.2:
        item.draw(pen, fill, state)
        return
    for n in range(4):
        x = (n - 1.5) * 0.3 * max(item.width, 0.2)
        pen.poly([(x, 0.0), (x + 0.09, 0.01), (x + 0.05, 0.06 + 0.02 * (n % 2)), (x - 0.02, 0.03)], shade(fill, 0.9))


def _cracked(pen: Pen, item: Thing, fill: Rgb, state: float, k: float, kind: str) -> None:
    item.draw(pen, fill, state)
    dark = (40, 38, 44) if lightness(fill) > 80 else (230, 230, 236)
    for n, crack in enumerate(_CRACKS):
        if k * len(_CRACKS) <= n:
            break
        points = [(0.7 * x * item.width, (0.15 + 0.7 * y) * item.height) for x, y in crack]
        if kind == "phone":  # drawn along the hand that holds it; what breaks is its bright screen
            points, dark = [(0.05 + 0.1 * (y - 0.5), 0.005 + 0.055 * x) for x, y in crack], (20, 24, 34)
        pen.line(points, 0.014 + 0.006 * item.height if kind != "phone" else 0.009, dark)


def _tinted(colour: Rgb | None, share: float, *, from_the_side: bool = False) -> Drawn:
    """All of it changes its colour, or one part after the other."""

    def drawn(pen: Pen, item: Thing, fill: Rgb, state: float, k: float, kind: str) -> None:
        paint = colour or (_PAINTS[lightness(fill) > 200] if fill == item.colour else fill)
        far, left = _around(item), -0.5 * item.width - 0.02
        right = left + (item.width + 0.04) * k
        area = [(left, -far), (right, -far), (right, far), (left, far)] if from_the_side else None
        with in_tint(pen, paint, share if from_the_side else share * k, far, area):
            item.draw(pen, item.colour if from_the_side else fill, state)

    return drawn


_embers = _sized((1.0, 0.4), (1.0, 0.16))


def _dying(pen: Pen, item: Thing, fill: Rgb, state: float, k: float, kind: str) -> None:
    """A fire burns low; of a candle the flame alone is gone."""
    if kind == "fire":
        _embers(pen, item, fill, state, k, kind)
        return
    far = _around(item)
    high = item.height * (1 - 0.3 * min(1.0, 2 * k))
    with within(pen, [(-far, -far), (far, -far), (far, high), (-far, high)], far):
        item.draw(pen, fill, state)


FORMS: Final[dict[str, Drawn]] = {
    "halves": _halves, "bent": _bent, "folded": _folded, "crumpled": _crumpled, "rolled": _rolled, "burst": _burst,
    "cracked": _cracked, "crushed": _sized((1.0, 1.25), (1.0, 0.3)), "melted": _sized((1.0, 1.5), (1.0, 0.12)),
    "grown": _sized((0.25, 1.0), (0.12, 1.0)), "shrunk": _sized((1.0, 0.4), (1.0, 0.4)),
    "flat": _sized((1.0, 1.15), (1.0, 0.45)), "swollen": _sized((0.35, 1.0), (0.35, 1.0)),
    "dying": _dying, "blazing": _sized((0.7, 2.0), (0.7, 1.7)),
    "ajar": _sized((0.2, 1.0), (1.0, 1.0), 0.5),
    "unfurled": _sized((0.2, 1.0), (1.0, 1.0)), "lifted": _sized((1.0, 1.0), (0.16, 1.0)),
    "painted": _tinted(None, 0.92, from_the_side=True), "charred": _tinted((34, 30, 30), 0.82),
    "soaked": _tinted((52, 92, 150), 0.5), "glowing": _tinted((255, 110, 40), 0.7),
    "dirty": _tinted((112, 84, 54), 0.6),
    "wilted": _wilted, "swayed": _swayed, "swung": _swung, "upturned": _upturned, "unroofed": _unroofed,
}  # fmt: skip
