"""Signs beside a figure that are no things: a speech bubble, notes, a camera's flash, an alarm, a heart."""

from __future__ import annotations

import math

from ..body import Effect
from ..effects import effect
from ..pen import Pen


@effect("flash")
def _flash(pen: Pen, e: Effect, t: float) -> None:
    alpha = int(240 * (1 - e.p))
    for i in range(8):
        a = i * math.pi / 4
        pen.line(((0, 0), (0.9 * math.cos(a), 0.9 * math.sin(a))), 0.1, (255, 255, 240, alpha), caps=False)
    pen.disc(0, 0, 0.45, (255, 255, 250, alpha))


@effect("glow")
def _glow(pen: Pen, e: Effect, t: float) -> None:
    """A lamp that shines in its own colour."""
    if e.p < 0.5:
        for radius, alpha in ((0.9, 70), (0.6, 120), (0.34, 230)):
            pen.disc(0, 0, radius, (*(e.colour or (255, 240, 170)), alpha))


@effect("speech")
def _speech(pen: Pen, e: Effect, t: float) -> None:
    pen.poly(((-0.5, -0.2), (-0.8, -0.75), (-0.05, -0.35)), (255, 255, 255))
    pen.round(-0.75, -0.4, 0.75, 0.55, 0.3, (255, 255, 255))
    dots = 1 + int(e.p * 3) % 3
    for i in range(dots):
        pen.disc(-0.38 + 0.38 * i, 0.08, 0.12, (70, 84, 110))


@effect("notes")
def _notes(pen: Pen, e: Effect, t: float) -> None:
    for i in range(2):
        age = (e.p * 0.8 + i / 2) % 1.0
        x, y = 0.4 * math.sin(age * 7 + i * 2), age * 1.3 - 0.3
        pen.oval(x, y, 0.17, 0.12, (86, 64, 150))
        pen.line(((x + 0.15, y), (x + 0.15, y + 0.5), (x + 0.36, y + 0.38)), 0.06, (86, 64, 150))


@effect("waves")
def _waves(pen: Pen, e: Effect, t: float) -> None:
    for i in range(3):
        radius = 0.35 + 0.32 * i
        points = [(radius * math.cos(a / 10), radius * math.sin(a / 10)) for a in range(-6, 7, 2)]
        if i <= e.p * 3:
            pen.line(points, 0.11, (70, 130, 220))


@effect("tink", "clap")
def _tink(pen: Pen, e: Effect, t: float) -> None:
    for i in range(5):
        a = math.pi * (0.1 + 0.2 * i)
        c, s = math.cos(a), math.sin(a)
        pen.line(((0.4 * c, 0.4 * s), (0.9 * c, 0.9 * s)), 0.13, (255, 206, 60), caps=False)


@effect("alarm")
def _alarm(pen: Pen, e: Effect, t: float) -> None:
    pen.poly(((-0.18, 0.9), (0.18, 0.9), (0.09, 0.05), (-0.09, 0.05)), (238, 56, 50))
    pen.disc(0, -0.22, 0.14, (238, 56, 50))


@effect("tremor")
def _tremor(pen: Pen, e: Effect, t: float) -> None:
    s = 0.12 * math.sin(t * 90)
    for side in (-1, 1):
        for far in (0.75, 1.05):
            x = side * far
            pen.line(((x, 0.5), (x + s, 0.2), (x - s, -0.1), (x + s, -0.4)), 0.07, (244, 120, 60), caps=False)


@effect("heart")
def _heart(pen: Pen, e: Effect, t: float) -> None:
    y = 0.5 * e.p
    pen.disc(-0.28, y + 0.2, 0.32, (238, 80, 110))
    pen.disc(0.28, y + 0.2, 0.32, (238, 80, 110))
    pen.poly(((-0.57, y + 0.1), (0.57, y + 0.1), (0, y - 0.6)), (238, 80, 110))


@effect("hook")
def _hook(pen: Pen, e: Effect, t: float) -> None:
    pen.round(-0.9, -0.12, 0.9, 0.12, 0.05, (120, 92, 66))


@effect("cable")
def _cable(pen: Pen, e: Effect, t: float) -> None:
    """From the jib (1) down to the block, and slings to the corners of the load (p: half its width)."""
    thick, block = 0.014 / max(e.size, 0.03), min(0.45, 0.07 / max(e.size, 0.03))
    pen.line(((0, 1), (0, block)), thick, (52, 56, 64), caps=False)
    pen.box(-2.2 * thick, block, 2.2 * thick, block + 4 * thick, (52, 56, 64))
    for side in (-1, 1):
        pen.line(((0, block), (side * e.p, 0)), 0.7 * thick, (52, 56, 64), caps=False)


@effect("zzz")
def _zzz(pen: Pen, e: Effect, t: float) -> None:
    for i in range(3):
        age = (e.p * 1.5 + i / 3) % 1.0
        x, y, s = 0.5 * age + 0.1 * i, 0.3 + 1.3 * age, 0.14 + 0.16 * age
        pen.line(((x - s, y + s), (x + s, y + s), (x - s, y - s), (x + s, y - s)), 0.09, (70, 92, 160), caps=False)


@effect("shout")
def _shout(pen: Pen, e: Effect, t: float) -> None:
    """Lines that burst from an open mouth."""
    for i in range(3):
        a = math.radians(-32 + 32 * i)
        near, far = 0.35 + 0.15 * math.sin(e.p * 12), 1.1
        c, s = math.cos(a), math.sin(a)
        pen.line(((near * c, near * s), (far * c, far * s)), 0.12, (238, 86, 60), caps=False)


@effect("smile")
def _smile(pen: Pen, e: Effect, t: float) -> None:
    """Ha ha."""
    for i in range(2):
        x, y = 0.75 * i - 0.2, 0.3 * i + 0.1 * math.sin(e.p * 14 + i)
        pen.line(((x - 0.3, y), (x - 0.2, y - 0.26), (x + 0.1, y - 0.34), (x + 0.3, y)), 0.11, (230, 130, 40))
        pen.line(((x - 0.3, y), (x + 0.3, y)), 0.11, (230, 130, 40))


@effect("tears")
def _tears(pen: Pen, e: Effect, t: float) -> None:
    for i in range(3):
        age = (t * 4 + i / 3) % 1.0
        pen.oval(0.25 + 0.25 * age, -1.9 * age, 0.16, 0.24, (88, 170, 240))


_CRUMBS = {"bits": (236, 222, 150), "suds": (250, 252, 255)}


@effect("crumbs")
def _crumbs(pen: Pen, e: Effect, t: float) -> None:
    """Bits of what is cut, chips of wood or lather that come off where a tool works."""
    kind = e.kind.partition(":")[2]
    for i in range(7):
        age = (e.p + i / 7) % 1.0
        x = (i - 3) * (0.14 + 0.2 * age)
        y = 0.5 * age if kind == "suds" else 0.7 * age - 1.5 * age * age
        pen.disc(x, y, 0.11 if kind == "suds" else 0.08, _CRUMBS[kind])


@effect("wet")
def _wet(pen: Pen, e: Effect, t: float) -> None:
    """A floor that is mopped shines."""
    pen.oval(0.1, 0.0, 1.3, 0.2, (176, 220, 244, 150))
    pen.oval(-0.3, 0.02, 0.4, 0.06, (240, 250, 255, 200))


@effect("beam")
def _beam(pen: Pen, e: Effect, t: float) -> None:
    pen.line(((0, 0), (1.1, -0.25)), 0.1, (240, 40, 40), caps=False)
    if math.sin(e.p * 12) > 0:
        pen.line(((0.9, -0.5), (1.3, 0.05)), 0.12, (255, 90, 80), caps=False)


@effect("record")
def _record(pen: Pen, e: Effect, t: float) -> None:
    """The red light of a camera that films."""
    pen.disc(0, 0.9, 0.55, (250, 250, 250))
    pen.disc(0, 0.9, 0.42, (232, 36, 36) if e.p < 0.6 else (120, 20, 20))


@effect("grain")
def _grain(pen: Pen, e: Effect, t: float) -> None:
    """Food that is thrown to animals falls to the ground."""
    for i in range(9):
        age = (t * 4 + i / 9) % 1.0
        pen.disc(0.2 + (0.5 + 0.12 * (i % 4)) * age, 0.3 * age - 2.2 * age * age, 0.075, (222, 178, 84))


@effect("juggled")
def _juggled(pen: Pen, e: Effect, t: float) -> None:
    for i in range(3):
        age = (e.p * 0.35 + i / 3) % 1.0
        x, y = -0.45 + 0.9 * age, 4 * 1.5 * age * (1 - age)
        pen.disc(x, y, 0.2, ((232, 70, 60), (70, 150, 230), (250, 196, 50))[i])


@effect("volley")
def _volley(pen: Pen, e: Effect, t: float) -> None:
    age = (e.p * 0.5) % 1.0
    pen.disc(0.2 + 2.6 * age, 0.2 + 1.2 * age * (1 - age) * 2, 0.12, (226, 232, 60))


@effect("chips")
def _chips(pen: Pen, e: Effect, t: float) -> None:
    """Bits that fly off what is cut, sawn or drilled."""
    for i in range(5):
        age = (e.p * 0.6 + i / 5) % 1.0
        pen.disc(0.5 * age * math.cos(i * 1.9), 0.5 * age - 1.1 * age * age, 0.09, (196, 150, 84))


@effect("breath")
def _breath(pen: Pen, e: Effect, t: float) -> None:
    age = e.p % 1.0
    for i in range(3):
        pen.disc(0.3 + 0.7 * age + 0.2 * i, 0.12 * math.sin(i * 2), 0.18 + 0.14 * age, (206, 212, 220, 190))


@effect("rap")
def _rap(pen: Pen, e: Effect, t: float) -> None:
    """Knocking that one can hear."""
    for i in range(3):
        a = math.radians(110 + 35 * i)
        if (e.p * 2) % 1.0 < 0.7:
            pen.line(((0.5 * math.cos(a), 0.5 * math.sin(a)), (1.1 * math.cos(a), 1.1 * math.sin(a))), 0.14,
                     (60, 60, 80), caps=False)  # fmt: skip


@effect("stool")
def _stool(pen: Pen, e: Effect, t: float) -> None:
    """What somebody at a table sits on: seat, back and legs."""
    wood, dark = (150, 108, 70), (112, 80, 54)
    pen.line(((-0.24, 0.0), (-0.24, 1.0)), 0.06, dark, caps=False)
    pen.line(((0.2, 0.0), (0.2, 0.44)), 0.06, dark, caps=False)
    pen.box(-0.28, 0.38, 0.26, 0.46, wood)
    pen.box(-0.28, 0.72, -0.2, 1.04, wood)


@effect("skis")
def _skis(pen: Pen, e: Effect, t: float) -> None:
    for y, x in ((0.04, -0.1), (-0.02, 0.1)):
        pen.line(((x - 0.8, y), (x + 0.8, y), (x + 0.95, y + 0.12)), 0.06, (206, 60, 60))
    pen.line(((-0.5, 0.0), (0.3, 0.95)), 0.035, (70, 74, 84))


@effect("board")
def _board(pen: Pen, e: Effect, t: float) -> None:
    pen.poly(((-0.95, 0.08), (-0.75, -0.04), (0.75, -0.04), (0.98, 0.12), (0.7, 0.04), (-0.7, 0.04)), (250, 180, 60))


@effect("whirr")
def _whirr(pen: Pen, e: Effect, t: float) -> None:
    """Arcs beside a machine at work."""
    for i in range(3):
        radius = 0.4 + 0.35 * ((i / 3 + t * 5) % 1.0)
        points = [(radius * math.cos(a / 10), radius * math.sin(a / 10)) for a in range(-8, 9, 4)]
        pen.line(points, 0.13, (70, 84, 104))


@effect("belt")
def _belt(pen: Pen, e: Effect, t: float) -> None:
    """Marks that run along a belt."""
    for i in range(7):
        x = -1.0 + 2.0 * ((i / 7 + t * 2.4) % 1.0)
        pen.box(x - 0.04, -0.1, x + 0.04, -0.02, (250, 206, 60))


@effect("drop")
def _drop(pen: Pen, e: Effect, t: float) -> None:
    colour = e.colour or (90, 160, 220)
    pen.disc(0, 0, 0.6, colour)
    pen.poly(((-0.5, 0.3), (0.5, 0.3), (0, 1.5)), colour)


@effect("runs over")
def _runs_over(pen: Pen, e: Effect, t: float) -> None:
    """What runs down on both sides of a rim."""
    colour = e.colour or (90, 160, 220)
    pen.oval(0, 0, 1.0, 0.12, colour)
    for x, deep in ((-0.95, 0.8), (-0.45, 0.5), (0.3, 0.65), (0.9, 0.9)):
        low = -deep * e.p * (0.9 + 0.1 * math.sin(t * 40 + x * 9))
        pen.line(((x, 0.02), (x * 1.03, low)), 0.16, colour)


@effect("blades")
def _blades(pen: Pen, e: Effect, t: float) -> None:
    """The rotor of a wind turbine, turned by p full turns."""
    for i in range(3):
        angle = (e.p + i / 3) * math.tau
        tip, side = (math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle))
        pen.poly(((0.0, 0.0), (0.16 * tip[0] + 0.1 * side[0], 0.16 * tip[1] + 0.1 * side[1]), tip,
                  (0.16 * tip[0] - 0.03 * side[0], 0.16 * tip[1] - 0.03 * side[1])), (240, 242, 246))  # fmt: skip
    pen.disc(0, 0, 0.09, (200, 204, 210))


@effect("arm")
def _arm(pen: Pen, e: Effect, t: float) -> None:
    """Two links from a base at (0, 0) to a grip at (size, p), in world units."""
    scale = abs(e.size) or 1e-3
    x, y = 1.0, -e.p / scale
    middle = (x / 2 - 0.1 * y, y / 2 + 0.55 * max(1.0, 0.5 / scale))
    thick = 0.05 / scale
    pen.line(((0, 0), middle, (x, y)), thick, (240, 138, 44))
    for point in ((0.0, 0.0), middle):
        pen.disc(*point, thick * 0.8, (90, 96, 104))
    pen.line(((x - 0.8 * thick, y - thick), (x, y), (x + 0.8 * thick, y - thick)), thick * 0.5, (58, 62, 70))
