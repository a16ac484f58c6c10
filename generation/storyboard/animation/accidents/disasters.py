"""Acts of air, water and ground: floods, storms, landslides, swarms; what rains down, appears or vanishes, a flash."""

from __future__ import annotations

import math
from typing import Final

from svta.generation.storyboard.drawing.body import Body
from svta.generation.storyboard.drawing.pen import PERSON
from svta.generation.storyboard.drawing.poses import ease, span

from ..world import Run, World, act


@act("avalanche")
def avalanche(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Snow comes down a slope, with white powder before it."""
    if b is w.place:
        w.slide, w.snowy = max(w.slide, ease(p)), True
        for i in range(7):
            x = w.width * (1.0 - 0.7 * ease(p)) - 0.1 + 0.1 * math.sin(5 * i + w.t * 9)
            w.emit("steam", x, w.ground - 0.05 - 0.05 * i, 0.3, (p + 0.14 * i) % 1.0, run.index + i)
        return
    b.dx += 0.01 * math.sin(w.t * 90)


@act("flood")
def flood(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """The water rises over the whole place."""
    w.flood = max(w.flood, 0.06 + 0.94 * ease(p) if b is w.place or b.family != "person" else 0.4 * p)


@act("shake")
def shake(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """The picture shakes, or one body in it."""
    if b is w.place:
        w.shake = max(w.shake, 1.0 if p < 1 else 0.0)
    else:
        b.dx += 0.012 * math.sin(w.t * 160)
        if b.family == "animal" and 0.05 < p < 0.95:  # the water flies off its coat
            b.dx += 0.01 * math.sin(w.t * 120)
            for side in (-0.7, 0.0, 0.7):
                w.emit(
                    "splash", b.x + side * b.half, b.y - 0.55 * b.height, 0.16, (w.t * 5 + 0.3 * side) % 1.0, run.index
                )
        b.turn = run.was.turn + (2.2 * math.sin(w.t * 130) if b.family != "person" else 0.0) * (1 if p < 1 else 0)


@act("blow")
def blow_over_all(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Wind: everybody on their feet leans against it."""

    def lean(o: Body) -> None:
        o.pose = o.pose._replace(bend=o.pose.bend + 10 * o.facing * (1 if o.gait else -1))

    w.wind = max(w.wind, 1.0)
    for other in w.bodies.values():
        if other.family == "person" and not other.down:
            w.react(other, lean)


@act("shimmer")
def shimmer(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Hot air over the ground of the place, or over a body."""
    wide, low, middle = (w.width, w.ground + 0.06, w.width / 2) if b is w.place else (b.width, b.y - b.height, b.x)
    for i in range(14 if b is w.place else 4):
        x = middle + wide * ((i * 0.381966) % 1.0 - 0.5)
        w.emit("shimmer", x, low, 0.34, (w.t * 2.4 + i * 0.618034) % 1.0, run.index + i)


@act("rain down")
def rain_down(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Stones, hail or fragments from above, on the target, the whole place, or in the colour of a body."""
    if b is w.place or t is not None:
        middle = w.width / 2 if t is None or t is w.place else t.x
        w.emit("hail", middle, w.ground, w.width if t is None or t is w.place else 0.5, p, run.index)
    else:
        w.emit("hail", b.x, b.y, max(0.4, b.width), p, run.index, b.colour)


@act("appear", "vanish")
def appear(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """The weather begins or ends; a body is seen to grow from nothing, or to shrink to nothing."""
    level = ease(p) if run.beat.verb == "appear" else 1 - ease(p)
    if b is w.place:
        w.weather = level
        return
    b.hidden = level <= 0.02
    b.squash = (max(0.05, level), max(0.05, level))


@act("snow under", overlay=True)
def snow_under(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Snow comes to lie on a thing, thicker and thicker."""
    covered = t if b is w.place and t is not None else b
    if covered is not w.place:
        covered.snow = max(covered.snow, ease(p))


@act("shed", overlay=True)
def shed(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Snow or ice slides off a roof, over its edge and down to the ground."""
    roof = t if b is w.place and t is not None else b
    if roof is w.place:
        return
    roof.snow = 0.4 * (1 - ease(span(p, 0.2, 0.75)))
    for i in range(12):
        q = span(p, 0.2 + 0.04 * i, 0.45 + 0.04 * i)
        if q <= 0:
            continue
        over, down = min(1.0, 2 * q), max(0.0, 2 * q - 1)
        side = 1 if i % 2 else -1
        x = roof.x + side * roof.half * ((0.4 + 0.6 * over) + 0.12 * (i % 5) * down)
        high = roof.height * (0.85 - 0.3 * over) * (1 - down * down) + 0.012 * (i % 3)
        w.emit("thing:snowball", x, roof.y - high, PERSON * (0.8 + 0.15 * (i % 3)), 0.0, run.index + i)


@act("slide down")
def slide_down(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """A slope comes down, or a body on it."""
    if b is w.place:
        w.slide = max(w.slide, ease(p))
        w.shake = max(w.shake, 0.4 * (1 - p))
        return
    was = run.was
    b.x = was.x + (w.goal(run, b, 0.25) - was.x) * ease(p)
    b.y = was.y + (max(was.y, w.ground) - was.y) * ease(p)
    b.lift = was.lift * (1 - ease(p))
    b.dy += 0.012 * abs(math.sin(p * 26)) * (1 - p)
    if b.family == "person" and was.down:
        b.facing = was.facing
    w.emit("dust", b.x, b.y, 0.18, p, run.index)


@act("swirl")
def swirl(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """A whirlwind crosses the place, or turns about a body; small things tremble near it."""
    if b is w.place:
        x = w.width * (0.15 + 0.7 * p)
    else:
        if b.kind in _SWARMS:
            _swarm(w, run, b, p)
            return
        b.x = run.was.x + ((run.beat.to * w.width if run.beat.to is not None else run.was.x) - run.was.x) * p
        x = b.x
        if b.kind == "tornado" or (b.family == "prop" and b.height < 0.2):
            b.hidden = True
        else:
            b.turn, b.lift = 360 * p, 0.12 * math.sin(math.pi * p)
    behind = b.kind == "tornado" and any(o.y - 1e-6 > b.y and o.height > 0.3 for o in w.bodies.values() if o is not b)
    w.emit("whirlwind", x, b.y if behind else w.ground, 0.62, w.t, run.index, front=not behind)
    for other in w.bodies.values():
        if other is not b and other.family == "prop" and abs(other.x - x) < 0.3:
            other.dx += 0.012 * math.sin(w.t * 60)


_SWARMS: Final = {"leaves": "leaf", "leaf": "leaf", "papers": "sheet of paper", "sheet of paper": "sheet of paper"}


def _swarm(w: World, run: Run, b: Body, p: float) -> None:
    """Many light things that turn in the wind and cross the place, low and high."""
    b.hidden = True
    many = 14 if b.kind in ("leaves", "leaf") else 9
    for i in range(many):
        along = (i * 0.381966 + 0.75 * p) % 1.1 - 0.05
        swing = 14 * p + 2.4 * i
        x = w.width * along + 0.07 * math.cos(swing)
        y = w.ground - 0.04 - 0.36 * ((i * 0.618034) % 1.0) + 0.06 * math.sin(swing)
        w.emit(f"thing:{_SWARMS[b.kind]}", x, y, PERSON * 0.5, (500 * p + 70 * i) % 360, run.index + i)


@act("roll in")
def roll_in(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Fog comes over the place from one side and covers it; what it hides is lost in it."""
    w.weather = max(0.2, ease(p))
    w.banks = p
    if t is not None and t is not w.place:
        middle = t.y - t.lift - 0.5 * t.height
        w.emit("fogbank", t.x, middle, max(t.width, t.height), ease(span(p, 0.15, 0.9)), run.index)


@act("flash")
def flash(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Lightning in the sky, behind whatever stands there, four times a clip."""
    number, age = divmod(4.2 * p + 0.35, 1.0)
    if age < 0.5 and b is w.place:
        x = (0.3, 0.62, 0.44, 0.72, 0.3)[int(number)] * w.width if t is None or t is w.place else t.x + 0.1 * t.width
        w.emit("bolt", x, 0.64 * w.height, 0.22, age, run.index + int(number), front=False)


_GABLED: Final = ("house", "house roof", "hut", "barn", "greenhouse", "garden shed", "church", "tent", "garage")


@act("pelt", overlay=True)
def pelt(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Hailstones fall on a thing and bounce off it in arcs."""
    hit = t if b is w.place and t is not None else b
    if hit is w.place:
        return
    low = hit.family == "vehicle" and hit.width > 1.6 * hit.height  # a car is lower in front and behind
    gable = 0.9 if hit.kind in _GABLED else 0.0  # a roof falls off to both sides
    for i in range(14):
        u, age = 0.96 * ((i * 0.618034) % 1.0) - 0.48, (w.t * 7 + i * 0.381966) % 1.0
        top = hit.y - hit.lift - hit.height * (0.62 if low and abs(u) > 0.27 else 1.0 - gable * abs(u))
        x, side = hit.x + u * hit.width, 1 if i % 2 else -1
        if age < 0.3:
            w.emit("hailstone", x, top - 0.5 * (1 - age / 0.3), 0.036, age, run.index + i)
            continue
        now = (age - 0.3) / 0.7
        if now < 0.4:
            w.emit("tink", x, top, 0.07, now / 0.4, run.index + i)
        for k in range(5):  # where it was a moment ago is seen too
            q = now - 0.07 * k
            if q > 0:
                w.emit("hailstone", x + side * 0.2 * q, top - 0.72 * q * (1 - q), 0.038 - 0.006 * k, age, run.index + i)


@act("surge")
def surge(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """A wave comes up and breaks: behind the wall of a shore, or against what stands in its way."""
    if b is w.place:
        return
    if t is None or t is w.place:
        cycle = (2 * p + 0.37 * (b.x / w.width)) % 1.0
        up = math.sin(math.pi * min(1.0, cycle * 1.2))
        b.sunk, b.lift = b.height * (1 - up), 0.0
        if cycle > 0.3:
            q = span(cycle, 0.3, 1.0)
            w.emit("surf", b.x, b.y, 0.42, q, run.index)
            w.emit("surf", b.x + 0.06, b.y + 0.17 * w.height, 0.34, span(q, 0.25, 1.0), run.index + 9)
        return
    cycle = (2 * p + 0.1) % 1.0
    side = 1 if run.was.x <= t.x else -1
    reach = t.x - side * 0.4 * t.half
    b.x = run.was.x + (reach - run.was.x) * min(1.0, cycle / 0.55)
    b.facing = side
    b.hidden = cycle > 0.62
    if cycle > 0.45:
        w.emit("surf", reach, t.y - 0.04, max(0.3, min(0.5, 0.8 * t.height)), span(cycle, 0.45, 1.0), run.index)


@act("stream")
def stream(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Muddy water comes along a street."""
    w.flood = max(w.flood, 0.25 + 0.5 * ease(min(1.0, 1.6 * p)))
    w.muddy = True
