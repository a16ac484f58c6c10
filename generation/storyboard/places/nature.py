"""Green, white and blue places, each painted once a clip on a backdrop.Backdrop: parks, water, mountains, farms."""

from __future__ import annotations

from svta.generation.storyboard.drawing.palette import Rgb, shade

from .backdrop import PLACE_PAINTERS, Backdrop, place

SAND: Rgb = (240, 220, 170)


def _waves(b: Backdrop, top: float, bottom: float, colour: Rgb) -> None:
    b.fade(top, bottom, shade(colour, 1.25), shade(colour, 0.94))
    for i in range(14):
        y = top + (bottom - top) * (i + 0.7) / 15
        x = b.random.random()
        b.line(((x, y), (x + 0.03 + 0.06 * (y - top) * 2, y)), 0.006, shade(colour, 1.5))


@place("river")
def _river(b: Backdrop) -> None:
    b.sky(0.5)
    b.hills(0.52, 0.14, (160, 200, 142), 4)
    b.box(0, 0.5, 1, 0.58, (150, 194, 126))
    _waves(b, 0.57, 0.9, (104, 172, 206))
    b.box(0, 0.9, 1, 1, (164, 200, 130))
    for x in (0.08, 0.3, 0.78, 0.95):
        b.thing("tree", x, 0.57, 0.36)


@place("lake")
def _lake(b: Backdrop) -> None:
    b.sky(0.5)
    b.poly(((0, 0.54), (0.2, 0.28), (0.4, 0.54)), (168, 184, 196))
    b.poly(((0.3, 0.54), (0.58, 0.22), (0.9, 0.54)), (150, 170, 186))
    b.poly(((0.51, 0.3), (0.58, 0.22), (0.66, 0.3), (0.6, 0.33)), (248, 250, 252))
    b.box(0, 0.51, 1, 0.56, (136, 178, 136))
    _waves(b, 0.55, 1.0, (92, 164, 196))


@place("sea")
def _sea(b: Backdrop) -> None:
    b.sky(0.48, 4)
    _waves(b, 0.48, 1.0, (62, 138, 196))


def _dry_basin(b: Backdrop, top: float) -> None:
    """The tiled walls and the floor of a pool without water, in which one looks down."""
    b.box(0, top, 1, 1, (176, 206, 214))
    floor, wall = (226, 234, 234), (196, 220, 226)
    b.poly(((0, top), (1, top), (0.84, 0.8), (0.16, 0.8)), wall)
    b.poly(((0.16, 0.8), (0.84, 0.8), (1, 1), (0, 1)), floor)
    for i in range(11):
        b.line(((i / 10, top), (0.16 + 0.068 * i, 0.8)), 0.004, shade(wall, 0.86))
        b.line(((0.16 + 0.068 * i, 0.8), (i / 10, 1)), 0.004, shade(floor, 0.86))
    for y in (0.65, 0.72, 0.85, 0.92):
        b.line(((0, y), (1, y)), 0.004, shade(wall, 0.86))
    b.oval(0.5, 0.9, 0.05, 0.02, (110, 120, 126))
    b.thing("ladder", 0.24, 0.8, 0.44)


@place("swimming pool")
def _pool(b: Backdrop) -> None:
    b.fade(0, 0.5, (226, 240, 246), (206, 228, 238))
    for i in range(6):
        b.pane(0.03 + i * 0.165, 0.08, 0.15 + i * 0.165, 0.34)
    b.box(0, 0.5, 1, 0.58, (236, 232, 222))
    if b.without == "water":
        _dry_basin(b, 0.58)
        return
    _waves(b, 0.58, 1.0, (84, 196, 222))
    for y in (0.66, 0.78, 0.92):
        for i in range(16):
            b.disc(i / 15, y, 0.008, (240, 96, 80) if i % 2 else (252, 252, 252))
    b.thing("ladder", 0.08, 0.66, 0.3)


@place("mountain")
def _mountain(b: Backdrop) -> None:
    b.sky(0.6)
    for x, peak, half, tone in ((0.15, 0.2, 0.34, 0.94), (0.85, 0.16, 0.4, 0.9), (0.5, 0.06, 0.42, 1.0)):
        b.poly(((x - half, 0.68), (x, peak), (x + half, 0.68)), shade((158, 166, 180), tone))
        b.poly(
            (
                (x - half * 0.24, peak + 0.15),
                (x, peak),
                (x + half * 0.24, peak + 0.15),
                (x + 0.05, peak + 0.11),
                (x, peak + 0.17),
                (x - 0.06, peak + 0.11),
            ),
            (250, 252, 254),
        )
    b.ground((176, 186, 140), 0.66)
    b.poly(((0, 0.86), (1, 0.78), (1, 0.92), (0, 1.0)), (206, 190, 156))


@place("forest")
def _forest(b: Backdrop) -> None:
    b.fade(0, 0.66, (206, 230, 206), (178, 212, 176))
    b.ground((142, 172, 104), 0.62)
    for i in range(9):
        x = i / 8 + 0.04 * (b.random.random() - 0.5)
        b.box(x - 0.012, 0.1, x + 0.012, 0.66, (150, 118, 88))
        for k in range(3):
            y = 0.4 - 0.15 * k
            b.poly(
                ((x - 0.09 + 0.015 * k, y), (x + 0.09 - 0.015 * k, y), (x, y - 0.24)),
                shade((96, 152, 100), 0.9 + 0.1 * ((i + k) % 3)),
            )


@place("field")
def _field(b: Backdrop) -> None:
    b.sky()
    b.hills(0.6, 0.06, (190, 208, 140))
    b.ground((232, 206, 120), 0.58)
    for i in range(11):
        x = i / 10
        b.line(((0.5 + (x - 0.5) * 0.7, 0.58), (0.5 + (x - 0.5) * 2.2, 1.0)), 0.008, (212, 182, 96))


@place("desert")
def _desert(b: Backdrop) -> None:
    b.sky(clouds=0)
    b.ground((238, 206, 146), 0.6)
    b.oval(0.25, 0.64, 0.4, 0.09, (230, 194, 130))
    b.oval(0.8, 0.66, 0.4, 0.1, (244, 214, 158))
    for x, y, s in ((0.14, 0.7, 1.0), (0.9, 0.68, 0.7)):
        b.line(((x, y), (x, y - 0.22 * s)), 0.034 * s, (98, 150, 98))
        b.line(
            ((x, y - 0.08 * s), (x + 0.04 * s, y - 0.08 * s), (x + 0.04 * s, y - 0.16 * s)), 0.022 * s, (98, 150, 98)
        )


@place("snow")
def _snow(b: Backdrop) -> None:
    b.sky()
    b.poly(((0, 0.62), (0.28, 0.26), (0.56, 0.62)), (206, 220, 236))
    b.poly(((0.42, 0.62), (0.74, 0.2), (1.06, 0.62)), (192, 210, 230))
    b.fade(0.6, 1, (236, 242, 250), (216, 228, 242))
    for x in (0.08, 0.92, 0.5):
        for k in range(3):
            y = 0.66 - 0.09 * k
            b.poly(((x - 0.05 + 0.01 * k, y), (x + 0.05 - 0.01 * k, y), (x, y - 0.13)), (126, 164, 152))


PLACE_PAINTERS["outdoors"] = PLACE_PAINTERS["park"]
