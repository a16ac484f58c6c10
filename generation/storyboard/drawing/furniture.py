"""Things whose picture changes with their state or has many equal parts; they register with things.THINGS.

`state` goes from 0 (whole, shut, off) to 1 (broken, open, on): a door swings, a window shatters, a wall cracks.
"""

from __future__ import annotations

from .palette import DARK, GLASS, INK, LEAF, WOOD, Rgb, shade
from .pen import Pen
from .things import thing


@thing("shelf", (156, 112, 74), 0.7, 0.98, "carry", 0.4)
def _shelf(pen: Pen, c: Rgb, s: float) -> None:
    pen.box(-0.35, 0, 0.35, 0.98, shade(c, 0.62))
    colours = ((222, 84, 74), (74, 144, 206), (240, 196, 70), (106, 176, 110), (164, 104, 190), (236, 144, 70))
    for row, y in enumerate((0.06, 0.3, 0.54, 0.78)):
        for i in range(6):
            high = 0.1 + 0.04 * ((i * 7 + row * 5) % 3)
            pen.box(-0.31 + i * 0.105, y, -0.225 + i * 0.105, y + high, colours[(i * 5 + row * 2) % 6])
        pen.box(-0.35, y - 0.03, 0.35, y, c)
    pen.box(-0.36, 0.95, 0.36, 0.99, c)


@thing("wall", (182, 118, 96), 1.0, 0.86, "carry", 0.4)
def _wall(pen: Pen, c: Rgb, s: float) -> None:
    pen.box(-0.5, 0, 0.5, 0.86, c)
    for row in range(5):
        for i in range(4):
            x = -0.48 + i * 0.25 + (0.12 if row % 2 else 0)
            pen.box(
                x, 0.03 + row * 0.17, min(0.49, x + 0.22), 0.15 + row * 0.17, shade(c, 0.9 + 0.06 * ((i + row) % 3))
            )
    _cracks(pen, s, 0.4, 0.8)


@thing("door", (150, 98, 60), 0.5, 1.12, "carry", 0.4)
def _door(pen: Pen, c: Rgb, s: float) -> None:
    pen.box(-0.28, 0, 0.28, 1.15, shade(c, 0.55))
    if s > 0.02:
        pen.box(-0.23, 0, 0.23, 1.1, (44, 44, 54))
    right = 0.23 - 0.36 * s
    pen.poly(((-0.23, 0), (right, -0.07 * s), (right, 1.1 - 0.05 * s), (-0.23, 1.1)), c)
    pen.poly(((-0.17, 0.6), (right - 0.06, 0.6), (right - 0.06, 1.02), (-0.17, 1.02)), shade(c, 0.85))
    pen.disc(right - 0.05, 0.5, 0.028, (240, 206, 90))


@thing("window", GLASS, 0.7, 1.1, "carry", 0.4)
def _window(pen: Pen, c: Rgb, s: float) -> None:
    pen.box(-0.36, 0.36, 0.36, 1.08, (244, 244, 240))
    pen.box(-0.31, 0.41, 0.31, 1.03, c if s < 0.5 else (52, 58, 72))
    if 0.02 < s < 0.5:  # one pane swings open
        right = 0.31 - 1.1 * s
        pen.box(0.0, 0.41, 0.31, 1.03, (246, 250, 252))
        pen.poly(((0.31, 0.41), (right, 0.36), (right, 1.1), (0.31, 1.03)), (244, 244, 240))
        pen.poly(((0.29, 0.45), (right + 0.03, 0.41), (right + 0.03, 1.05), (0.29, 0.99)), c)
        pen.poly(((-0.25, 0.45), (-0.16, 0.45), (-0.06, 0.8), (-0.15, 0.8)), shade(c, 1.5))
    elif s < 0.5:
        pen.poly(((-0.25, 0.45), (-0.12, 0.45), (0.14, 1.0), (0.01, 1.0)), shade(c, 1.5))
    else:
        for x, y in ((-0.31, 0.41), (0.31, 0.41), (0.31, 1.03), (-0.31, 1.03)):
            inx, iny = (0.16 if x < 0 else -0.16), (0.2 if y < 0.6 else -0.2)
            pen.poly(((x, y), (x + inx * 1.6, y), (x + inx * 0.4, y + iny * 0.5), (x, y + iny * 1.5)), GLASS)
    pen.box(-0.02, 0.41, 0.02, 1.03, (244, 244, 240))
    pen.box(-0.4, 0.32, 0.4, 0.37, (226, 222, 214))


@thing("traffic light", (58, 62, 70), 0.18, 1.3, "carry", 0.3)
def _traffic_light(pen: Pen, c: Rgb, s: float) -> None:
    pen.line(((0, 0), (0, 0.9)), 0.05, c, caps=False)
    pen.round(-0.1, 0.82, 0.1, 1.36, 0.04, c)
    red, green = ((236, 58, 48), (40, 74, 52)) if s < 0.5 else ((86, 40, 40), (66, 220, 110))
    for y, fill in ((1.26, red), (1.09, (96, 84, 44)), (0.92, green)):
        pen.disc(0, y, 0.062, fill)


# How high the jib of a crane is, and from where to where its cable may hang while it works; local units.
CRANES = {"crane": (1.42, 0.0, 1.36), "manned crane": (1.42, 0.0, 1.36), "overhead crane": (1.12, -0.52, 0.52)}
# Where it runs out of a vehicle: forward and up; of a bucket, while that is up.
SPOUTS = {"excavator": (0.78, 0.78), "wheel loader": (0.72, 0.7), "combine harvester": (-0.86, 1.0),
                 "cement mixer": (-1.08, 0.24), "ladle": (0.27, 0.5), "silo": (-0.5, 0.62)}  # fmt: skip


@thing("crane", (246, 186, 40), 1.4, 1.6, "carry", 0.25)
def _crane(pen: Pen, c: Rgb, s: float) -> None:
    """At work (s of 1) with a longer jib; the cable and its load are an effect."""
    for x in (-0.5, -0.36):
        pen.line(((x, 0), (x, 1.46)), 0.036, c, caps=False)
    for i in range(9):
        y = 0.05 + i * 0.155
        pen.line(((-0.5, y), (-0.36, y + 0.155)), 0.022, shade(c, 0.85), caps=False)
    pen.box(-0.72, 1.42, 0.8 if s < 0.9 else 1.42, 1.48, c)
    pen.line(((-0.43, 1.64), (0.74, 1.48)), 0.02, shade(c, 0.7), caps=False)
    pen.line(((-0.43, 1.64), (-0.68, 1.48)), 0.02, shade(c, 0.7), caps=False)
    pen.box(-0.74, 1.26, -0.58, 1.42, DARK)
    pen.round(-0.52, 1.28, -0.32, 1.44, 0.02, GLASS)
    if s < 0.9:
        pen.line(((0.52, 1.42), (0.52, 1.0 - 0.3 * s)), 0.016, INK, caps=False)
        pen.box(0.46, 0.92 - 0.3 * s, 0.58, 1.0 - 0.3 * s, DARK)


@thing("manned crane", (246, 186, 40), 1.4, 1.6, "carry", 0.25)
def _manned_crane(pen: Pen, c: Rgb, s: float) -> None:
    """With somebody in its cab, which is larger."""
    _crane(pen, c, s)
    pen.round(-0.6, 1.18, -0.26, 1.44, 0.03, c)
    pen.round(-0.56, 1.22, -0.29, 1.41, 0.02, GLASS)
    pen.box(-0.49, 1.22, -0.35, 1.28, (240, 128, 40))
    pen.disc(-0.42, 1.32, 0.055, (236, 188, 150))
    pen.poly(((-0.48, 1.33), (-0.36, 1.33), (-0.38, 1.39), (-0.46, 1.39)), (248, 206, 60))


@thing("television", (40, 42, 52), 0.62, 0.62, "carry", 0.7)
def _television(pen: Pen, c: Rgb, s: float) -> None:
    pen.box(-0.08, 0, 0.08, 0.14, c)
    pen.box(-0.2, 0, 0.2, 0.03, c)
    pen.round(-0.33, 0.12, 0.33, 0.56, 0.02, c)
    pen.box(-0.29, 0.16, 0.29, 0.52, (96, 166, 220) if s < 0.5 else (24, 26, 34))
    _cracks(pen, s, 0.22, 0.5)


@thing("building", (186, 158, 134), 1.3, 1.32, "carry", 0.2)
def _building(pen: Pen, c: Rgb, s: float) -> None:
    pen.box(-0.6, 0, 0.6, 1.3, c)
    pen.box(-0.64, 1.26, 0.64, 1.34, shade(c, 0.75))
    for row in range(4):
        for i in range(4):
            x, y = -0.5 + i * 0.27, 0.34 + row * 0.23
            pen.box(x, y, x + 0.17, y + 0.15, (112, 148, 174) if (i * 3 + row) % 4 else (246, 224, 140))
    pen.box(-0.13, 0, 0.13, 0.28, shade(c, 0.5))
    _cracks(pen, s, 0.5, 1.24)


def _cracks(pen: Pen, s: float, wide: float, high: float) -> None:
    if s <= 0.05:
        return
    for x, bend in ((-0.5, 0.16), (0.15, -0.2), (0.6, 0.12)):
        x *= wide
        pen.line(((x, high), (x + bend * wide, high - 0.3 * high * s), (x - 0.3 * bend, high - 0.6 * high * s),
                  (x + bend * wide * 0.8, high * (1 - 0.9 * s))), 0.026, INK, caps=False)  # fmt: skip


@thing("elevator", (150, 158, 170), 0.8, 1.25, "carry", 0.3)
def _elevator(pen: Pen, c: Rgb, s: float) -> None:
    pen.box(-0.44, 0, 0.44, 1.26, shade(c, 0.55))
    pen.box(-0.37, 0, 0.37, 1.16, (246, 236, 200))
    half = 0.36 * (1 - s)
    pen.box(-0.37, 0, -0.37 + half + 0.01, 1.16, c)
    pen.box(0.37 - half - 0.01, 0, 0.37, 1.16, shade(c, 0.9))
    pen.box(-0.1, 1.18, 0.1, 1.24, (250, 120, 60))


@thing("escalator", (120, 128, 140), 1.5, 1.0, "carry", 0.3)
def _escalator(pen: Pen, c: Rgb, s: float) -> None:
    pen.poly(((-0.75, 0), (0.75, 0.76), (0.75, 0), (0.0, 0)), shade(c, 0.7))
    for i in range(8):
        x, y = -0.62 + i * 0.17, 0.05 + i * 0.087
        pen.box(x, y - 0.05, x + 0.17, y + 0.035, shade(c, 1.3) if (i + int(s * 24)) % 2 else c)
    pen.line(((-0.8, 0.3), (-0.62, 0.34), (0.68, 1.02), (0.82, 1.02)), 0.05, DARK)


@thing("stairs", (170, 164, 158), 1.3, 0.6, "carry", 0.3)
def _stairs(pen: Pen, c: Rgb, s: float) -> None:
    for i in range(6):
        pen.box(-0.65 + i * 0.21, 0, 0.65, 0.1 * (i + 1), shade(c, 0.8 + 0.05 * i))
        pen.box(-0.65 + i * 0.21, 0.1 * (i + 1) - 0.022, 0.65, 0.1 * (i + 1), shade(c, 1.3))


@thing("net", (232, 236, 240), 0.9, 0.6, "carry", 0.4)
def _net(pen: Pen, c: Rgb, s: float) -> None:
    for i in range(7):
        x = -0.42 + i * 0.14
        pen.line(((x, 0), (x, 0.56)), 0.014, c, caps=False)
    for y in (0.08, 0.2, 0.32, 0.44):
        pen.line(((-0.42, y), (0.42, y)), 0.014, c, caps=False)
    pen.line(((-0.44, 0), (-0.44, 0.6), (0.44, 0.6), (0.44, 0)), 0.036, (250, 250, 250))


@thing("plant", LEAF, 0.36, 0.5, "carry", 0.7)
def _plant(pen: Pen, c: Rgb, s: float) -> None:
    for x, y in ((-0.16, 0.4), (0.16, 0.4), (-0.08, 0.5), (0.08, 0.5), (0.0, 0.54)):
        pen.line(((0, 0.14), (x, y)), 0.05, shade(c, 0.85 + abs(x)))
    pen.poly(((-0.08, 0), (0.08, 0), (0.11, 0.17), (-0.11, 0.17)), (196, 106, 74))


@thing("mirror", (214, 230, 238), 0.44, 1.0, "carry", 0.5)
def _mirror(pen: Pen, c: Rgb, s: float) -> None:
    pen.oval(0, 0.55, 0.24, 0.46, WOOD)
    pen.oval(0, 0.55, 0.19, 0.4, c)
    pen.poly(((-0.1, 0.4), (-0.03, 0.4), (0.1, 0.74), (0.03, 0.74)), (250, 252, 254))
    _cracks(pen, s, 0.18, 0.9)


@thing("suitcase", (92, 74, 136), 0.26, 0.4, "hang")
def _suitcase(pen: Pen, c: Rgb, s: float) -> None:
    if s >= 0.5:  # laid down, its lid up
        pen.round(-0.2, 0.0, 0.2, 0.11, 0.02, c)
        pen.poly(((-0.2, 0.1), (0.2, 0.1), (0.22, 0.34), (-0.18, 0.34)), shade(c, 0.8))
        pen.poly(((-0.16, 0.12), (0.17, 0.12), (0.18, 0.31), (-0.14, 0.31)), (232, 220, 200))
        pen.round(-0.17, 0.08, 0.0, 0.14, 0.02, (236, 120, 100))
        pen.round(0.0, 0.08, 0.17, 0.14, 0.02, (96, 166, 220))
        return
    pen.line(((-0.05, 0.28), (-0.05, 0.385), (0.05, 0.385), (0.05, 0.28)), 0.02, DARK)
    pen.round(-0.125, 0.025, 0.125, 0.3, 0.03, c)
    for x in (-0.05, 0.05):
        pen.box(x - 0.01, 0.03, x + 0.01, 0.295, shade(c, 0.75))
    pen.disc(-0.09, 0.02, 0.022, INK)
    pen.disc(0.09, 0.02, 0.022, INK)


@thing("sofa", (150, 96, 110), 1.1, 0.5, "carry", 0.4)
def _sofa(pen: Pen, c: Rgb, s: float) -> None:
    pen.round(-0.5, 0.1, 0.5, 0.52, 0.08, shade(c, 0.85))
    pen.round(-0.48, 0.06, 0.48, 0.27, 0.04, c)
    for x in (-0.52, 0.52):
        pen.round(x - 0.07, 0.04, x + 0.07, 0.36, 0.06, shade(c, 0.92))


@thing("ladder", (206, 158, 74), 0.3, 1.3, "carry", 0.5)
def _ladder(pen: Pen, c: Rgb, s: float) -> None:
    for x in (-0.13, 0.13):
        pen.line(((x, 0), (x * 0.8, 1.3)), 0.036, c, caps=False)
    for i in range(7):
        pen.line(((-0.125, 0.12 + i * 0.17), (0.125, 0.12 + i * 0.17)), 0.028, shade(c, 0.85), caps=False)


@thing("fence", (178, 142, 100), 1.2, 0.56, "carry", 0.4)
def _fence(pen: Pen, c: Rgb, s: float) -> None:
    for y in (0.16, 0.4):
        pen.box(-0.6, y, 0.6, y + 0.06, shade(c, 0.84))
    for i in range(9):
        x = -0.58 + i * 0.145
        pen.poly(((x - 0.035, 0), (x + 0.035, 0), (x + 0.035, 0.52), (x, 0.58), (x - 0.035, 0.52)), c)


@thing("easel", (172, 124, 78), 0.5, 0.95, "carry", 0.5)
def _easel(pen: Pen, c: Rgb, s: float) -> None:
    for x in (-0.2, 0.0, 0.2):
        pen.line(((x, 0), (x * 0.2, 0.98)), 0.03, c, caps=False)
    pen.box(-0.24, 0.36, 0.24, 0.84, (252, 250, 244))
    pen.arc(0.02, 0.38, 0.17, 0, 180, (120, 180, 120), 0.14)
    pen.disc(-0.1, 0.7, 0.05, (250, 190, 60))


@thing("fireworks", (216, 54, 70), 0.3, 0.4, "carry", 0.8)
def _fireworks(pen: Pen, c: Rgb, s: float) -> None:
    for x, fill in ((-0.1, c), (0.0, (240, 190, 50)), (0.1, (70, 120, 210))):
        pen.round(x - 0.045, 0.0, x + 0.045, 0.26, 0.01, fill)
        pen.poly(((x - 0.06, 0.25), (x + 0.06, 0.25), (x, 0.38)), shade(fill, 0.8))
