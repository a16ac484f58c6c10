"""Acts of ways that are no straight line: turning off and back, circles, in and out of the water, backwards, a jog."""

from __future__ import annotations

import math
from typing import Final

from svta.generation.storyboard.drawing.animals import swimming_depth
from svta.generation.storyboard.drawing.body import Body
from svta.generation.storyboard.drawing.poses import SWIM, ease, span, stride, upper
from svta.generation.storyboard.drawing.vehicles import RIDDEN
from svta.generation.storyboard.scene import medium

from ..spawn import face_colours, loaded
from ..world import Run, World, act

_PUSHED: Final = ("shopping cart", "wheelchair", "wheelbarrow")  # nobody drives it
_LEGS: Final = ("person", "animal")
_KERB: Final = 0.69  # of the frame: no further back does anybody walk


def on_wheels(w: World, run: Run, b: Body, x: float) -> None:
    """On to x, on legs or wheels."""
    w.go(run, b, x, 1.0 if b.family == "person" else 1.5)
    b.gait = max(b.gait, 1.0)
    if (
        b.family == "vehicle"
        and b.driver is None
        and b.kind not in _PUSHED
        and all(other.on != b.id for other in w.bodies.values())
    ):
        b.driver = face_colours(b, w.seed)


@act("turn left", "turn right")
def turn_off(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """A vehicle turns into a side road, away from us or towards us; who walks goes on to that side of the picture."""
    if b is w.place:
        return
    was, left = run.was, run.beat.verb == "turn left"
    if b.family in _LEGS:
        side = -1 if left else 1
        b.facing = side
        goal = w.goal(run, b) if run.beat.to is not None else w.within(b, was.x + 0.35 * side)
        on_wheels(w, run, b, was.x + (goal - was.x) * span(p, 0.2, 1.0))
        b.facing = side
        return
    goal = w.goal(run, b, 0.0)
    first = 0.5 if abs(goal - was.x) > 0.05 else 0.12
    along, swing, off = span(p, 0.0, first), span(p, first - 0.08, first + 0.16), span(p, first + 0.08, 1.0)
    on_wheels(w, run, b, was.x + (goal - was.x) * along)
    away = left == (b.facing > 0)
    b.yaw = swing if away else -swing
    b.phase += 0.03
    factor = 1 - 0.55 * off if away else 1 + 0.6 * off
    b.scale, b.width, b.height = was.scale * factor, was.width * factor, was.height * factor
    b.y = was.y - 0.15 * w.height * off if away else was.y + (0.97 * w.height - was.y) * off
    b.z = -0.05 if away else 0.05


@act("turn back")
def turn_back(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """On a little way, round, and back to where it came from."""
    if b is w.place:
        return
    was = run.was
    goal = w.goal(run, b) if run.beat.to is not None else was.x
    sign = run.mark.setdefault("sign", float(was.facing))
    far = w.within(b, goal + sign * 0.3) if run.beat.to is not None else w.within(b, was.x + sign * 0.3)
    if p < 0.42:
        on_wheels(w, run, b, was.x + (far - was.x) * p / 0.42)
        return
    swing = span(p, 0.42, 0.58)
    b.yaw = -math.sin(math.pi * swing) if b.family == "vehicle" else 0.0
    b.dy += 0.05 * w.height * math.sin(math.pi * swing)
    on_wheels(w, run, b, far + (goal - far) * span(p, 0.54, 1.0))
    b.facing = int(sign if swing < 0.5 else -sign)


@act("circle", "push round")
def circle(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Round and round a target, or a place on the ground; in the air where it flies."""
    if b is w.place:
        return
    was = run.was
    aloft = b.lift > 0.03 or run.beat.to is not None  # `to` is the middle of a circle in the air
    middle = t.x if t is not None and t is not w.place else w.goal(run, b) if aloft and run.beat.to else was.x
    wide = min(0.5 * w.width - 0.5 * b.width, max(0.2, 0.5 * b.width, 0.13 + 0.5 * (t.width if t is not None else 0.0)))
    middle = min(w.width - wide, max(wide, middle))
    turns = max(0.75, round(2.2 * (run.beat.end - run.beat.start)) - 0.5)  # not at the same point in each quarter
    start = math.pi if was.x <= middle else 0.0
    pushes, lap = run.beat.verb == "push round", w.scene.place == "oval track" and t is None
    angle = start + math.tau * turns * p - (0.55 if pushes else 0.0)  # behind what is pushed round
    if lap:
        middle, wide = 0.5 * w.width, 0.4 * w.width
    x, side = middle + wide * math.cos(angle), math.sin(angle)
    depth = w.height * (0.03 if aloft else 0.06 if side > 0 else 0.13 if t is None or t.family != "person" else 0.24)
    depth = 0.16 * w.height if lap else depth
    back = -math.sin(angle)
    on_wheels(w, run, b, x)
    b.facing = 1 if back < 0 else -1
    ground = t.y if t is not None and t is not w.place and t.family != "person" else was.y
    ground = 0.8 * w.height if lap else ground
    settle = 1.0 if lap else ease(min(1.0, p * 8))
    b.x = was.x + (x - was.x) * settle
    y = ground + side * depth
    if not aloft and t is not None and t.family != "person":  # behind it, but not before the houses
        y = max(y, min(ground - 0.02 * w.height, _KERB * w.height))
    b.y = was.y + (y - was.y) * settle
    b.facing = 1 if side < 0 else -1
    if pushes:
        b.pose = b.pose._replace(bend=14, arm=78, elbow=6, arm2=72, elbow2=8)
    if medium(b.kind) == "road" and abs(math.cos(angle)) > 0.8 and not aloft and b.kind not in (*RIDDEN, *_PUSHED):
        b.yaw = -0.7 * math.copysign(1, math.cos(angle)) * (1 if side > -2 else 0)
    if aloft:
        b.lift = max(was.lift, 0.34) + 0.02 * math.sin(w.t * 12)
        b.gait = 1.0


@act("wade in", "wade out")
def wade(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """From the shore into the water, where it is seen to the neck, or out of it."""
    if b is w.place:
        return
    was, into = run.was, run.beat.verb == "wade in"
    line = 0.7 * w.height
    deep = b.height * (max(0.32, swimming_depth(b.kind)) if b.family == "animal" else 0.42)
    if not into:
        run.mark.setdefault("deep", deep)
    leap = span(p, 0.1, 0.5) if into and "jump" in run.mark else 0.0
    goal = w.goal(run, b, 0.12)
    on_wheels(w, run, b, was.x + (goal - was.x) * p)
    wet = span(p, 0.35, 0.75) if into else 1 - span(p, 0.25, 0.65)
    shore = 0.87 * w.height
    b.y = (
        was.y + (line - was.y) * ease(span(p, 0.0, 0.7)) if into else was.y + (shore - was.y) * ease(span(p, 0.2, 1.0))
    )
    b.sunk = deep * wet
    b.lying = wet if b.family == "animal" and swimming_depth(b.kind) > 0.1 else b.lying
    if b.lying:
        b.sunk = min(b.sunk, swimming_depth(b.kind) * b.height)
    b.lift = was.lift + 0.12 * math.sin(math.pi * leap)
    if b.family == "person" and wet > 0.5:
        stroke = w.t * 620
        b.pose = upper(b.pose, SWIM._replace(arm=160 - stroke % 360, arm2=160 - (stroke + 180) % 360, bend=0))
    if 0.05 < wet < 0.98:
        w.emit("splash", b.x, b.y, 0.2, (p * 4) % 1.0, run.index)
    elif wet > 0.5:
        w.emit("splash", b.x, b.y, 0.12, (w.t * 4) % 1.0, run.index)


@act("jog", overlay=True)
def jog(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """The legs of a runner, for who comes towards us or goes away from us."""
    if b is not w.place and b.family == "person" and 0 < p < 1:
        b.phase += 0.03
        b.pose = loaded(b, stride(b.phase / 1.3, 2.0))


@act("backwards", overlay=True)
def backwards(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """With the back to where it goes, whatever else moves it there."""
    if b is w.place:
        return
    if all(beat.who != b.id or beat is run.beat for beat in w.scene.beats):
        w.go(run, b, w.within(b, run.was.x - 0.3 * run.was.facing * p), 1.0)
    moved, run.mark["x"] = b.x - run.mark.get("x", b.x), b.x
    if abs(moved) > 1e-4:
        run.mark["side"] = math.copysign(1.0, moved)
    b.facing = int(-run.mark["side"]) if "side" in run.mark else run.was.facing
