"""Effects of blows, shots and blasts: bursts, sparks, dust, debris, what falls. They register with effects.EFFECTS."""

from __future__ import annotations

import math

from ..body import Effect
from ..effects import effect, noise
from ..palette import FLAME, INK, Rgb, shade
from ..pen import PERSON, Pen


def _fragment(pen: Pen, x: float, y: float, size: float, turn: float, fill: Rgb) -> None:
    """A square with corners `size` from its middle, turned by radians."""
    c, q = math.cos(turn) * size, math.sin(turn) * size
    pen.poly(((x + c, y + q), (x - q, y + c), (x - c, y - q), (x + q, y - c)), fill)


@effect("snowcap")
def _snowcap(pen: Pen, e: Effect, t: float) -> None:
    """A bank of snow as wide as what it lies on, flat below."""
    high = (0.03 + 0.17 * e.p) * min(1.0, max(0.4, 0.3 / max(e.size, 0.05)))
    along = [k / 10 for k in range(-10, 11)]
    top = [(0.5 * x, high * (1 - x**4) * (1 + 0.1 * math.sin(5 * x + e.key % 7))) for x in along]
    pen.poly([(0.5, -0.02), (-0.5, -0.02), *top], (246, 249, 253))
    pen.line([(x, 0.0) for x, _ in top], 0.03, (222, 232, 244))


@effect("snowslab")
def _snowslab(pen: Pen, e: Effect, t: float) -> None:
    """Snow on a slope, of which many lie side by side."""
    pen.oval(0, 0, 0.5, (0.05 + 0.13 * e.p) * min(1.0, max(0.4, 0.3 / max(e.size, 0.05))), (246, 249, 253))


@effect("rubble")
def _rubble(pen: Pen, e: Effect, t: float) -> None:
    r = noise(e.key, 64)
    colour = e.colour or (150, 140, 130)
    for i in range(16):
        x, drop = (r[i] - 0.5) * 1.1, min(1.0, max(0.0, e.p * 2.2 - r[i + 16]))
        y = (1 - drop * drop) * (0.5 + 0.6 * r[i + 32]) + 0.16 * r[i + 48] * (1 - 1.6 * abs(x))
        if drop <= 0:
            continue
        turn = math.radians(40 * r[i] + 260 * (1 - drop))
        _fragment(pen, x, y, 0.05 + 0.06 * r[i + 16], turn, shade(colour, 0.66 + 0.4 * r[i + 48]))


@effect("dust", "puff", "dustcloud")
def _dust(pen: Pen, e: Effect, t: float) -> None:
    r = noise(e.key, 36)
    big = e.kind == "dustcloud"
    fade = math.sin(math.pi * min(1.0, 0.15 + 0.85 * e.p)) if not big else min(1.0, e.p * 4) * (1 - 0.45 * e.p)
    for i in range(12 if big else 6):
        x = (r[i] - 0.5) * (0.7 + 1.1 * e.p)
        y = 0.06 + r[i + 12] * (0.16 + (0.7 if big else 0.3) * e.p)
        size = (0.12 + 0.16 * r[i + 24]) * (0.5 + 0.8 * e.p)
        pen.disc(x, y, size, (*shade((206, 194, 176), 0.86 + 0.2 * r[i]), int((190 if big else 160) * fade)))


@effect("debris", "shards")
def _debris(pen: Pen, e: Effect, t: float) -> None:
    r = noise(e.key + 7, 60)
    for i in range(12):
        angle, speed = math.pi * (0.08 + 0.84 * r[i]), 0.7 + 0.9 * r[i + 12]
        x = math.cos(angle) * speed * e.p * 1.1
        y = math.sin(angle) * speed * e.p * 1.2 - 1.7 * e.p * e.p
        y = max(y, -0.45) if e.kind == "debris" else max(y, -0.62)
        s = 0.035 + 0.05 * r[i + 24]
        turn = r[i + 36] * 6 + e.p * 9
        c, q = math.cos(turn) * s, math.sin(turn) * s
        if e.kind == "shards":
            fill: Rgb = (214, 236, 246) if i % 2 else (166, 206, 226)
        else:
            fill = (shade(e.colour or (120, 120, 126), 0.7), INK, (150, 158, 168))[i % 3]
        pen.poly(((x + c, y + q), (x - q, y + c), (x - c * 0.7, y - q * 0.7)), fill)


@effect("burst", "impact")
def _burst(pen: Pen, e: Effect, t: float) -> None:
    p = e.p if e.kind == "burst" else 0.25
    if p > 0.55:
        return
    size = (0.45 + 0.75 * p) if e.kind == "burst" else 0.62
    turn = noise(e.key, 1)[0] * 6
    for scale, fill in ((1.0, (250, 150, 36)), (0.66, (255, 226, 96)), (0.3, (255, 252, 236))):
        points = []
        for i in range(16):
            radius = size * scale * (1.0 if i % 2 == 0 else 0.5)
            points.append((radius * math.cos(turn + i * math.pi / 8), radius * math.sin(turn + i * math.pi / 8)))
        pen.poly(points, fill)


@effect("explosion")
def _explosion(pen: Pen, e: Effect, t: float) -> None:
    r, p = noise(e.key + 3, 80), e.p
    if p < 0.55:
        pen.ring(0, 0, 0.3 + 3.2 * p, 0.1 * (1 - 1.7 * p) + 0.02, (255, 244, 214, int(230 * (1 - p / 0.55))))
    for i in range(14):  # smoke behind
        angle, far = r[i] * math.tau, (0.25 + 0.75 * r[i + 14])
        grow = min(1.0, p * 2.4)
        alpha = int(200 * min(1.0, p * 5) * (1 - max(0.0, p - 0.55) * 1.8))
        pen.disc(
            math.cos(angle) * far * grow * 0.75,
            math.sin(angle) * far * grow * 0.6 + 0.7 * p * p,
            0.16 + 0.22 * grow,
            (70, 64, 66, max(0, alpha)),
        )
    if p < 0.72:
        heat = math.sin(math.pi * min(1.0, 0.12 + p / 0.75))
        for scale, fill in ((1.0, FLAME[0]), (0.76, FLAME[1]), (0.48, FLAME[2]), (0.24, (255, 252, 232))):
            for i in range(7):
                angle = i * math.tau / 7 + r[i + 30]
                out = 0.36 * heat * scale * (0.7 + 0.5 * r[i + 40])
                pen.disc(math.cos(angle) * out, math.sin(angle) * out, 0.34 * heat * scale, fill)
    for i in range(16):  # fragments
        angle, speed = math.pi * (0.05 + 0.9 * r[i + 50]), 1.0 + 1.5 * r[i + 60]
        x, y = math.cos(angle) * speed * p * 1.3, math.sin(angle) * speed * p * 1.5 - 2.2 * p * p
        if y < -0.5:
            continue
        fill = shade(e.colour, 0.6) if e.colour and i % 2 else INK
        _fragment(pen, x, y, 0.05 + 0.05 * r[i], p * 14 + i, fill)


@effect("sparks")
def _sparks(pen: Pen, e: Effect, t: float) -> None:
    step = int(t * 30)
    r = noise(e.key * 31 + step, 24)
    for i in range(4):
        x, y, points = 0.0, 0.0, [(0.0, 0.0)]
        angle = r[i] * math.tau
        for j in range(3):
            angle += (r[4 + i * 3 + j] - 0.5) * 2.2
            x, y = x + 0.22 * math.cos(angle), y + 0.22 * math.sin(angle)
            points.append((x, y))
        pen.line(points, 0.045, (255, 236, 110) if i % 2 else (190, 226, 255), caps=False)
    for i in range(7):
        pen.disc((r[16 + i] - 0.5) * 1.4, (r[(9 + i * 5) % 24] - 0.35) * 1.2, 0.045, (255, 214, 70))
    pen.disc(0, 0, 0.12 + 0.06 * r[0], (255, 255, 236))


@effect("hole")
def _hole(pen: Pen, e: Effect, t: float) -> None:
    """A broken pane: dark, with splinters left at its edge."""
    pen.poly(((-1.0, -0.7), (-0.4, -0.3), (-0.9, 0.5), (-0.1, 0.3), (0.2, 0.8), (0.5, 0.2), (1.1, 0.5), (0.6, -0.2),
              (1.0, -0.8), (0.2, -0.4), (-0.2, -0.8)), INK)  # fmt: skip


@effect("muzzle")
def _muzzle(pen: Pen, e: Effect, t: float) -> None:
    k = 0.6 + e.p
    pen.poly(
        (
            (0, 0.12),
            (0.5 * k, 0.5 * k),
            (0.55 * k, 0.16),
            (1.3 * k, 0),
            (0.55 * k, -0.16),
            (0.5 * k, -0.5 * k),
            (0, -0.12),
        ),
        (255, 190, 50),
    )
    pen.poly(((0, 0.07), (0.7 * k, 0), (0, -0.07)), (255, 250, 220))


@effect("bullet")
def _bullet(pen: Pen, e: Effect, t: float) -> None:
    head = min(1.0, e.p * 2.2)
    pen.line(((max(0.0, head - 0.3), 0), (head, -0.02)), 0.018, (255, 240, 170, 220), caps=False)


@effect("skid")
def _skid(pen: Pen, e: Effect, t: float) -> None:
    for y in (-0.02, 0.035):
        pen.at(e.x, e.y + y, 1.0)
        pen.line(((0, 0), (e.size / PERSON, 0)), 0.025, (60, 58, 62, 150), caps=False)


@effect("boulder")
def _boulder(pen: Pen, e: Effect, t: float) -> None:
    pen.poly(
        ((-0.6, -0.2), (-0.4, 0.5), (0.1, 0.75), (0.55, 0.5), (0.7, 0.0), (0.4, -0.5), (-0.3, -0.55)), (120, 112, 104)
    )
    pen.poly(((-0.4, 0.5), (0.1, 0.75), (0.3, 0.35), (-0.1, 0.2)), (156, 148, 138))


@effect("hail")
def _hail(pen: Pen, e: Effect, t: float) -> None:
    r = noise(e.key, 60)
    pen.at(e.x, e.y, 1.0)
    wide = e.size / PERSON
    for i in range(16):
        age = e.p * 2.6 - r[i] * 1.6
        if not age > 0:
            continue
        fall = min(1.0, age)
        x, y = (r[i + 16] - 0.5) * wide, (1 - fall * fall) * 1.9
        fill = shade(e.colour or (134, 124, 116), 0.7 + 0.5 * r[i])
        _fragment(pen, x, y, 0.04 + 0.06 * r[i + 32], fall * 8 + i, fill)


@effect("bolt")
def _bolt(pen: Pen, e: Effect, t: float) -> None:
    """Lightning from the sky down to the point."""
    r = noise(e.key + int(e.p * 8), 12)
    line = [(0.0, 0.0)]
    for i in range(9):
        line.append(((0.34 + 0.2 * r[i]) * (1 if i % 2 else -0.6) + 0.12 * i, 0.45 * (i + 1)))
    pen.line(line, 0.16, (190, 214, 255))
    pen.line(line, 0.08, (255, 255, 240))
    x, y = line[4]
    pen.line(((x, y), (x + 0.5, y - 0.3), (x + 0.4, y - 0.7)), 0.06, (235, 242, 255))
    pen.disc(0.0, 0.0, 0.16, (255, 250, 210))
