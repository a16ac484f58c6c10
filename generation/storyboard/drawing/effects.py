"""Effects drawn for a frame: fire, smoke, gas, water, wind. Blows and blasts, and signs, are in marks/.

Each is a function (pen, effect, t) in local units where 1 = the effect's size; what looks random comes from the
effect's key, so the same scene gives the same pixels.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from functools import lru_cache

from .body import Effect
from .palette import FLAME, SMOKE, WATER, Rgb, shade
from .pen import PERSON, Pen
from .things import THINGS, enlarged

Draw = Callable[[Pen, Effect, float], None]


EFFECTS: dict[str, Draw] = {}


def effect(*kinds: str) -> Callable[[Draw], Draw]:
    """Registers the drawing of some kinds of effects."""

    def register(draw: Draw) -> Draw:
        for kind in kinds:
            EFFECTS[kind] = draw
        return draw

    return register


@lru_cache(maxsize=512)
def noise(key: int, count: int) -> tuple[float, ...]:
    """`count` numbers in 0..1 that belong to a key."""
    rng = random.Random(key)
    return tuple(rng.random() for _ in range(count))


def draw_effect(pen: Pen, e: Effect, t: float) -> None:
    """Draws one effect at time t of the clip (0..1)."""
    name, _, kind = e.kind.partition(":")
    if name == "thing":
        thing = THINGS[kind]
        pen.at(e.x, e.y, e.size / PERSON * enlarged(thing), turn=e.p, pivot=0)
        old = pen.sub(0, -thing.height / 2 if thing.grip != "aim" else 0)
        thing.draw(pen, thing.colour, 0.0)
        pen.back(old)
        return
    scale = abs(e.size) / PERSON
    pen.at(e.x, e.y, max(scale, 1e-3), facing=1 if e.size >= 0 else -1)
    EFFECTS[name](pen, e, t)


@effect("fire")
def _fire(pen: Pen, e: Effect, t: float) -> None:
    r = noise(e.key, 27)
    for layer, (colour, tall) in enumerate(zip(FLAME, (0.95, 0.66, 0.38))):
        for i in range(7 - layer):
            x = (-0.44 + 0.88 * (i + 0.5) / (7 - layer)) * (0.55 + 0.45 * e.p)
            flick = 0.7 + 0.3 * math.sin(t * (46 + 20 * r[i]) + r[i + 9] * 6.3)
            high = e.p * tall * flick * (1.1 - 1.2 * abs(x)) * (0.7 + 0.6 * r[i + 18])
            wide = 0.13 * (1 - 0.2 * layer)
            lean = 0.05 * math.sin(t * 40 + i * 2)
            pen.poly(
                (
                    (x - wide, 0),
                    (x - wide * 0.95, high * 0.3),
                    (x + lean - wide * 0.3, high * 0.7),
                    (x + lean, high),
                    (x + lean + wide * 0.5, high * 0.62),
                    (x + wide, high * 0.25),
                    (x + wide * 0.9, 0),
                ),
                colour,
            )


@effect("smoke")
def _smoke(pen: Pen, e: Effect, t: float) -> None:
    _puffs(pen, e, t, (*(e.colour or SMOKE), 150 if e.colour is None else 200), 9, 2.6 + 1.2 * e.p)


@effect("steam")
def _steam(pen: Pen, e: Effect, t: float) -> None:
    _puffs(pen, e, t, (250, 250, 252, 150), 5, 1.8)


@effect("shimmer")
def _shimmer(pen: Pen, e: Effect, t: float) -> None:
    """A wavering column of hot air, which rises and fades."""
    fade = int(150 * min(1.0, 4 * e.p, 2 * (1 - e.p)))
    for side in (-0.09, 0.09):
        points = [(side + 0.07 * math.sin(0.95 * k + 26 * t + e.key), 0.6 * e.p + 0.09 * k) for k in range(9)]
        pen.line(points, 0.035, (255, 252, 240, fade), caps=False)


@effect("wisp")
def _wisp(pen: Pen, e: Effect, t: float) -> None:
    _puffs(pen, e, t, (210, 210, 216, 190), 5, 2.4)


def _puffs(pen: Pen, e: Effect, t: float, colour: Rgb, count: int, high: float) -> None:
    r = noise(e.key, count * 2)
    level = min(1.0, 0.3 + e.p) if e.kind == "smoke" else 1.0
    for i in range(count):
        age = (i / count + t * 2.2 + r[i] * 0.06) % 1.0
        x = (r[i + count] - 0.5) * 0.7 * (0.4 + age) + 0.5 * age * age
        size = (0.16 + 0.5 * age) * (0.55 + 0.45 * level) * (1.0 if e.kind == "smoke" else 0.6)
        alpha = int(colour[3] * min(1.0, (1 - age) * 1.8) * level)
        pen.disc(x, age * high * level, size, (*shade(colour[:3], 0.9 + 0.5 * age), alpha))


@effect("gas")
def _gas(pen: Pen, e: Effect, t: float) -> None:
    r = noise(e.key, 40)
    for i in range(14):
        age = (i / 14 + t * 1.4 + r[i]) % 1.0
        side = -1 if i % 2 else 1
        x = side * age * (0.6 + 2.2 * e.p * r[i + 14])
        pen.disc(
            x,
            0.1 + 0.7 * age * (r[i + 20] - 0.3),
            0.16 + 0.34 * age,
            (170, 206, 64, int(130 * (1 - age) * min(1, e.p + 0.3))),
        )


@effect("puddle")
def _puddle(pen: Pen, e: Effect, t: float) -> None:
    colour = shade(e.colour or WATER, 0.9)
    pen.oval(0.2, -0.03, 0.8, 0.10, (*colour[:3], 210))
    pen.oval(-0.25, -0.05, 0.45, 0.07, (*shade(colour, 1.25)[:3], 190))


@effect("splash")
def _splash(pen: Pen, e: Effect, t: float) -> None:
    pen.oval(0, 0, 0.6 + 0.7 * e.p, 0.10 + 0.08 * e.p, (226, 244, 252, int(190 * (1 - e.p))))
    for i in range(6):
        x = (i - 2.5) * 0.26 * (0.4 + e.p)
        y = 1.5 * e.p * (1 - e.p) * (1 - 0.25 * abs(i - 2.5))
        pen.disc(x, y, 0.09, (232, 247, 254))


@effect("bubbles")
def _bubbles(pen: Pen, e: Effect, t: float) -> None:
    r = noise(e.key, 12)
    for i in range(6):
        pen.ring((r[i] - 0.5) * 1.6, 0.2 * ((t * 4 + r[i + 6]) % 1.0), 0.06 + 0.05 * r[i], 0.03, (240, 250, 255))


@effect("pour")
def _pour(pen: Pen, e: Effect, t: float) -> None:
    colour = e.colour or WATER
    pen.line(((0, 0), (0.16, -0.3), (0.22, -1.0)), 0.07, colour, caps=False)
    for i in range(4):
        age = (t * 6 + i / 4) % 1.0
        pen.disc(0.2 + 0.03 * i, -0.3 - 0.7 * age, 0.06, shade(colour, 1.2))


@effect("spray")
def _spray(pen: Pen, e: Effect, t: float) -> None:
    colour = e.colour or WATER
    r = noise(int(t * 60) + e.key, 20)
    pen.poly(((0, 0.03), (0.9, 0.4), (0.9, -0.4), (0, -0.03)), (*colour[:3], 110))
    for i in range(10):
        pen.disc(0.2 + 0.8 * r[i], (r[i + 10] - 0.5) * 0.8 * (0.2 + 0.8 * r[i]), 0.05, (*colour[:3], 200))


@effect("paint")
def _paint(pen: Pen, e: Effect, t: float) -> None:
    pen.disc(0, 0, 0.62, e.colour or WATER)


@effect("jet")
def _jet(pen: Pen, e: Effect, t: float) -> None:
    points = [(i / 8, 0.28 * math.sin(math.pi * i / 8) - 0.1 * i / 8) for i in range(9)]
    pen.line(points, 0.06, e.colour or (150, 204, 240))
    for i in range(6):
        age = (t * 5 + i / 6) % 1.0
        drop = (232, 246, 254) if e.colour is None else shade(e.colour, 1.25)
        pen.disc(age, 0.28 * math.sin(math.pi * age) - 0.1 * age, 0.045, drop)


@effect("drops", "dirt")
def _drops(pen: Pen, e: Effect, t: float) -> None:
    colour: Rgb = (120, 190, 236) if e.kind == "drops" else e.colour or (126, 92, 62)
    for i in range(7):
        age = (t * 5 + i / 7) % 1.0
        x = 0.2 * i * 0.6 + 0.5 * age if e.kind == "drops" else -0.5 * age * (0.4 + 0.15 * i)
        y = -0.9 * age * age if e.kind == "drops" else 0.9 * age - 1.5 * age * age
        pen.disc(x, y, 0.07, colour)


@effect("whirlwind")
def _whirlwind(pen: Pen, e: Effect, t: float) -> None:
    for i in range(13):
        y = i / 12 * 1.3
        wide = 0.06 + 0.36 * (i / 12) ** 1.5
        x = 0.07 * math.sin(t * 34 + i * 0.7)
        pen.oval(x, y, wide, 0.075, (96, 98, 110, 165))
    r = noise(e.key, 24)
    for i in range(8):
        a, y = t * (30 + 14 * r[i]) + i, 0.1 + 1.1 * r[i + 8]
        pen.disc((0.14 + 0.3 * y) * math.cos(a), y, 0.03 + 0.02 * r[i], (92, 72, 52))


@effect("fogbank")
def _fogbank(pen: Pen, e: Effect, t: float) -> None:
    """What lies thicker over a thing until it is hardly seen."""
    r = noise(e.key + 5, 60)
    for i in range(20):
        x, y = (r[i] - 0.5) * 1.1, (r[i + 20] - 0.5) * 1.1
        pen.disc(x + 0.05 * math.sin(t * 9 + i), y, 0.24 + 0.1 * r[i + 40], (222, 226, 230, int(95 * e.p)))


@effect("firework")
def _firework(pen: Pen, e: Effect, t: float) -> None:
    """A ball of light that spreads in rays and goes out."""
    colour = ((255, 92, 92), (255, 214, 92), (120, 220, 140), (120, 180, 255), (240, 140, 240))[e.key % 5]
    if e.size < 0.05:  # on its way up
        pen.line(((0, 0), (0, -3.0)), 0.7, (255, 236, 170))
        return
    near, far = 0.75 * e.p, 0.25 + 0.75 * e.p
    for i in range(16):
        c, s = math.cos(i * math.tau / 16), math.sin(i * math.tau / 16)
        drop = 0.25 * e.p * e.p
        line = ((near * c, near * s - drop), (far * c, far * s - drop))
        pen.line(line, 0.05, (*colour[:3], int(255 * (1 - 0.7 * e.p))))
        pen.disc(far * c, far * s - drop, 0.05, (255, 255, 240, int(255 * (1 - 0.8 * e.p))))


@effect("hailstone")
def _hailstone(pen: Pen, e: Effect, t: float) -> None:
    pen.disc(0, 0, 0.5, (150, 160, 174))
    pen.disc(0.02, 0.04, 0.4, (252, 253, 255))


@effect("surf")
def _surf(pen: Pen, e: Effect, t: float) -> None:
    """A wave breaks: white water is thrown up, falls to both sides and lies there as foam."""
    r = noise(e.key + 3, 90)
    for i in range(30):
        x = (r[i] - 0.5) * (0.5 + 1.1 * e.p)
        high = (0.6 + 0.9 * r[i + 30]) * (1 - 1.1 * abs(r[i] - 0.5))
        y = max(-0.18 * r[i + 60], high * 4 * e.p * (1.02 - e.p) - 0.1 * e.p)
        size = (0.05 + 0.07 * r[i + 60]) * (1.1 - 0.5 * e.p)
        pen.disc(x, y, size, ((236, 246, 252), (196, 226, 244))[i % 2])
    if e.p > 0.3:
        pen.oval(0, -0.05, 0.4 + 0.5 * e.p, 0.08, (232, 245, 252, int(200 * (1.2 - e.p))))
