"""Acts of vehicles in trouble or in haste: swerving, wheels that spin, skimming, scraping, splashing, a leap."""

from __future__ import annotations

import math

from svta.generation.storyboard.drawing.body import Body
from svta.generation.storyboard.drawing.poses import ease, span
from svta.generation.storyboard.scene import medium

from ..spawn import face_colours
from ..world import Run, World, act
from .riding import goal_of, move_along
from .turns import on_wheels


@act("swerve")
def swerve(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Quickly to one side and back, on the way past what is in the way."""
    if b is w.place:
        return
    was = run.was
    aside = math.sin(math.pi * span(p, 0.25, 0.8))
    ridden = any(other.on == b.id for other in w.bodies.values())
    if not ridden:
        move_along(b, was, goal_of(w, run, b, was, 0.5), "drive", p)
        b.driver = b.driver or face_colours(b, w.seed)
    b.y = was.y + 0.15 * w.height * aside
    b.turn = 9.0 * math.sin(2 * math.pi * span(p, 0.25, 0.8))
    if 0.3 < p < 0.75:
        w.emit("dust", b.x - b.half * b.facing, b.y, 0.12, span(p, 0.3, 0.75), run.index)


@act("spin wheels")
def spin_wheels(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """The wheels go round and throw up mud behind them; it rocks and comes no further."""
    if b is w.place:
        return
    b.phase += 0.09
    b.driver = b.driver or face_colours(b, w.seed)
    b.dx += 0.012 * math.sin(w.t * 38)
    b.dy -= 0.012 * w.height
    b.turn = 1.6 * math.sin(w.t * 30)
    if p < 1:
        rear = b.x - 0.62 * b.half * b.facing
        for n in range(2):
            w.emit(
                "dust", rear - 0.09 * (n + 1) * b.facing, b.y - 0.05 * n, 0.2, (w.t * 5 + 0.5 * n) % 1.0, run.index + n
            )
        w.emit("dirt", rear - 0.1 * b.facing, b.y - 0.06, 0.16, (w.t * 4) % 1.0, run.index + 3)


@act("skim")
def skim(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Bouncing along, over the waves with spray or over the ground."""
    if b is w.place:
        return
    move_along(b, run.was, goal_of(w, run, b, run.was, 0.7), "drive", p)
    hop = abs(math.sin(math.pi * 3.5 * p))
    b.lift = run.was.lift * (1 - min(1.0, 4 * p)) + 0.075 * w.height * hop * (1.0 if p < 1 else 0.0)
    b.turn = -7 * math.cos(math.pi * 7 * p) * (1 if p < 1 else 0)
    b.driver = b.driver or face_colours(b, w.seed)
    if medium(b.kind) == "water":
        for n, at in enumerate((-0.9, -0.4, 0.5)):
            x = b.x + at * b.half * b.facing
            w.emit("splash", x, b.y - 0.01, 0.22 if hop < 0.5 else 0.14, (w.t * 5 + 0.3 * n) % 1.0, run.index + n)
    elif hop < 0.25 and p < 1:
        w.emit("puff", b.x - 0.2 * b.half * b.facing, b.y, 0.16, (w.t * 5) % 1.0, run.index)


@act("scrape")
def scrape(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Along a thing, with sparks where they touch; along the kerb the wheels give them."""
    if b is w.place:
        return
    move_along(b, run.was, goal_of(w, run, b, run.was, 0.5), "drive", ease(p))
    b.driver = b.driver or face_colours(b, w.seed)
    kerb = t is None or t is w.place
    x = b.x + 0.5 * b.half * b.facing if t is None or kerb else t.x
    touching = abs(x - b.x) < b.half + (0.0 if kerb or t is None else t.half)
    if touching and (not kerb or p > 0.5) and p < 1:
        up = 0.06 if kerb else 0.45 * min(b.height, t.height if t is not None else b.height)
        for n in range(2):
            w.emit("sparks", x, b.y - up, 0.18, (w.t * 6 + 0.5 * n) % 1.0, run.index + n)
        b.turn = 1.5 * math.sin(w.t * 40)
    elif p >= 1:
        b.turn = 0.0


@act("splash over")
def splash_over(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Quickly through a puddle: the water flies up on both sides of the wheels."""
    if b is w.place:
        return
    move_along(b, run.was, goal_of(w, run, b, run.was, 0.9), "drive", p)
    b.driver = b.driver or face_colours(b, w.seed)
    for n, at in enumerate((0.6, -0.6, -1.25)):
        x = b.x + at * b.half * b.facing
        if 0.0 < x < w.width:
            w.emit("splash", x, b.y - 0.02, 0.24, (w.t * 5 + 0.37 * n) % 1.0, run.index + n)
            w.emit("splash", x - 0.1 * b.facing, b.y - 0.16, 0.2, (w.t * 5 + 0.2 + 0.37 * n) % 1.0, run.index + n)


@act("jackknife")
def jackknife(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Sliding on, the trailer swings round against its cab and comes to rest across the road."""
    if b is w.place:
        return
    was, slide = run.was, 1 - (1 - p) ** 2
    b.x = was.x + (w.goal(run, b, 0.35) - was.x) * slide
    b.phase += 0.01 * (1 - p)
    b.state = ease(span(p, 0.2, 0.8))
    b.turn = 4 * math.sin(9 * p) * (1 - p)
    w.emit("skid", was.x, b.y, b.x - was.x, 1.0, run.index, front=False)
    if p < 1:
        w.emit("dust", b.x - b.half * b.facing, b.y, 0.24, p, run.index)
    else:
        w.stains.append(w.effects[-1])


@act("leap over")
def leap_over(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """On wheels through the air, its front up and then down."""
    if b is w.place:
        return
    on_wheels(w, run, b, run.was.x + (w.goal(run, b, 0.4) - run.was.x) * p)
    b.lift, b.turn = 0.96 * p * (1 - p), -16 * math.cos(math.pi * p) * (p < 1)
