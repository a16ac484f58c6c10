"""Signs beside a figure that are no things: a speech bubble, notes, a camera's flash, an alarm, a heart."""

from __future__ import annotations

import math

from .body import Effect
from .effects import effect
from .pen import Pen


@effect("flash")
def _flash(pen: Pen, e: Effect, t: float) -> None:
    alpha = int(240 * (1 - e.p))
    for i in range(8):
        a = i * math.pi / 4
        pen.line(((0, 0), (0.9 * math.cos(a), 0.9 * math.sin(a))), 0.1, (255, 255, 240, alpha), caps=False)
    pen.disc(0, 0, 0.45, (255, 255, 250, alpha))


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


@effect("zzz")
def _zzz(pen: Pen, e: Effect, t: float) -> None:
    for i in range(3):
        age = (e.p * 1.5 + i / 3) % 1.0
        x, y, s = 0.5 * age + 0.1 * i, 0.3 + 1.3 * age, 0.14 + 0.16 * age
        pen.line(((x - s, y + s), (x + s, y + s), (x - s, y - s), (x + s, y - s)), 0.09, (70, 92, 160), caps=False)
