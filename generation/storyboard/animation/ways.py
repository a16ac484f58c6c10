"""Acts of ways that are no straight line: turning off and back, circles, in and out of the water, bouncing."""

from __future__ import annotations

import math
from typing import Final

from svta.generation.storyboard.drawing.animals import swimming_depth
from svta.generation.storyboard.drawing.body import Body
from svta.generation.storyboard.drawing.poses import (
    HANG,
    SIT_DOWN,
    SWIM,
    ease,
    joints,
    span,
    stride,
    upper,
)
from svta.generation.storyboard.drawing.things import ROUND
from svta.generation.storyboard.drawing.vehicles import RIDDEN
from svta.generation.storyboard.scene import medium

from .locomotion import landing
from .spawn import face_colours, loaded
from .world import Run, World, act

# Outlines of what rises to the right: from x on (-1 to 1), over a width, by a share of the height.
_HILL: Final = ((-1.0, 0.42, 0.42), (-0.58, 0.42, 0.42), (-0.16, 0.5, 0.16))
_OUTLINES: Final = {"hill": _HILL, "left hill": _HILL, "ramp": ((-1.0, 2.0, 0.95),),
                    "escalator": ((-0.88, 1.7, 0.76),), "stairs": ((-1.0, 1.7, 1.0),),
                    "slide": ((-0.95, 1.62, 0.92),)}  # fmt: skip
_PUSHED: Final = ("shopping cart", "wheelchair", "wheelbarrow")  # nobody drives it
_LEGS: Final = ("person", "animal")
_LIGHT: Final = ("kite", "balloon", "lantern")
_KERB: Final = 0.69  # of the frame: no further back does anybody walk


def _wheels(w: World, run: Run, b: Body, x: float) -> None:
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
        _wheels(w, run, b, was.x + (goal - was.x) * span(p, 0.2, 1.0))
        b.facing = side
        return
    goal = w.goal(run, b, 0.0)
    first = 0.5 if abs(goal - was.x) > 0.05 else 0.12
    along, swing, off = span(p, 0.0, first), span(p, first - 0.08, first + 0.16), span(p, first + 0.08, 1.0)
    _wheels(w, run, b, was.x + (goal - was.x) * along)
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
        _wheels(w, run, b, was.x + (far - was.x) * p / 0.42)
        return
    swing = span(p, 0.42, 0.58)
    b.yaw = -math.sin(math.pi * swing) if b.family == "vehicle" else 0.0
    b.dy += 0.05 * w.height * math.sin(math.pi * swing)
    _wheels(w, run, b, far + (goal - far) * span(p, 0.54, 1.0))
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
    _wheels(w, run, b, x)
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
    _wheels(w, run, b, was.x + (goal - was.x) * p)
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


@act("tip up", "tip in")
def tip_in(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """A bin goes up behind a garbage truck; it is turned over into it and set down again."""
    if b is w.place:
        return
    was, high = run.was, (0.62 * t.height if t is not None and t is not w.place else 0.3 * w.height)
    side = 1 if t is None or t is w.place or t.x >= b.x else -1
    if run.beat.verb == "tip up":
        b.lift = was.lift + (high - was.lift) * ease(p)
        return
    begun = 1.0 if was.lift > 0.5 * high else span(p, 0.0, 0.35)
    over = ease(span(p, 0.3, 0.5)) * (1 - ease(span(p, 0.68, 0.84)))
    b.lift = max(was.lift, high * ease(begun)) * (1 - ease(span(p, 0.8, 1.0)))
    b.turn = 130.0 * over * side
    b.z = 0.02
    if 0.42 < p < 0.72:
        w.emit("debris", b.x + 0.1 * side, b.y - b.lift - 0.3 * b.height, 0.2, span(p, 0.42, 0.72), run.index)


@act("whirl up")
def whirl_up(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Off the ground, turning over and over."""
    if b is w.place:
        return
    was = run.was
    b.x = was.x + 0.06 * math.sin(p * 14) + (w.goal(run, b) - was.x) * p
    b.lift = was.lift + 0.3 * ease(p)
    b.turn = was.turn + 200 * p
    b.z = 0.02


@act("ascend", "descend")
def by_lift(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Up or down, its doors open, with those who stand in it."""
    if b is w.place:
        return
    far = p if run.beat.verb == "ascend" else 1 - p
    if b.kind in ("sun", "moon"):  # out of the sea, or down behind the fields
        high = 0.24 * far - b.height * (1 - far)
        b.lift, b.sunk = max(0.0, high), max(0.0, -high)
        return
    light = b.family == "vehicle" or b.kind in _LIGHT
    most = max(0.3, 0.74 * w.height - b.height) if b.kind == "elevator" else 0.46 if light else 0.3
    high = most * (ease(p) if run.beat.verb == "ascend" else 1 - ease(p))
    b.lift, b.state = high, 1.0 if b.kind == "elevator" else b.state
    for other in w.bodies.values():
        if other.family in ("person", "animal") and abs(other.x - b.x) < 0.6 * max(b.half, 0.1) and other is not b:
            other.lift, other.z = high + 0.01, b.y - other.y + 0.01
            if b.kind == "elevator" and other.copies:  # all of them between its doors
                _within_the_cab(run, other, b)


def _within_the_cab(run: Run, riders: Body, cab: Body) -> None:
    """Those of a group stand around the middle of the cab, so close that none stands before its frame."""
    far = [0.0, *(one.dx for one in riders.copies)]
    wide = max(far) - min(far)
    riders.spread = min(1.0, 0.62 * cab.half / wide) if wide > 0 else 1.0
    riders.x = cab.x - riders.spread * (max(far) + min(far)) / 2


@act("uphill", "downhill", "glide up", "glide down")
def on_a_slope(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Along the outline of a hill, a ramp or stairs, which rise to the right; on moving steps without a step."""
    if b is w.place:
        return
    was, verb = run.was, run.beat.verb
    up = verb in ("uphill", "glide up")
    goal = w.goal(run, b) if run.beat.to is not None else w.within(b, was.x + (0.4 if up else -0.4))
    x = was.x + (goal - was.x) * p
    if b.family == "prop":
        b.x = x
    elif verb.startswith("glide"):
        w.go(run, b, x)
    else:
        _wheels(w, run, b, x)
    if t is None or t.kind not in _OUTLINES:
        b.dy -= 0.1 * w.height * (p if up else 1 - p)
        return
    s = -1 if t.kind == "left hill" else 1  # it rises to the left
    outline, along = _OUTLINES[t.kind], s * (b.x - t.x) / max(1e-6, t.half)
    if t.kind == "escalator":
        t.state = (w.t * 1.7) % 1.0
    b.y = t.y - _rises(outline, along) * t.height
    b.lift, b.z = 0.0, t.y - b.y + 0.01
    if t.kind == "slide" and b.family == "person" and not up:  # sitting
        b.pose = SIT_DOWN
        b.lift = 0.04 * b.size - joints(b.pose).hip[1] * b.size
    here = _rises(outline, along)  # each of a group on its own step
    step = s * b.spread / max(1e-6, t.half)
    b.copies = tuple(one._replace(dy=(here - _rises(outline, along + one.dx * step)) * t.height) for one in b.copies)
    near, far = ((along + s * side * b.half / max(1e-6, t.half)) for side in (-1, 1))
    ahead = (_rises(outline, far) - _rises(outline, near)) * t.height
    backwards = any(beat.who == b.id and beat.verb == "reverse" for beat in w.scene.beats)
    b.facing = -b.facing if backwards else b.facing
    b.turn = 0.0 if b.family == "person" else -b.facing * math.degrees(math.atan2(ahead, 2 * b.half))
    if b.family == "vehicle":  # it lies on the slope with all its wheels, not on its lower end
        angle = math.radians(b.turn)
        b.lift = 0.45 * b.height * (1 - math.cos(angle)) - b.half * abs(math.sin(angle))
    if b.family == "prop" and b.kind in ROUND:
        b.turn = math.degrees((b.x - was.x) / max(0.02, 0.5 * b.height))


def _rises(outline: tuple[tuple[float, float, float], ...], along: float) -> float:
    """The share of its height that a slope has at a place along it."""
    return sum(max(0.0, min(1.0, (along - x) / wide)) * part for x, wide, part in outline)


@act("jog", overlay=True)
def jog(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """The legs of a runner, for who comes towards us or goes away from us."""
    if b is not w.place and b.family == "person" and 0 < p < 1:
        b.phase += 0.03
        b.pose = loaded(b, stride(b.phase / 1.3, 2.0))


@act("climb onto")
def climb_onto(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Up to the height of a roof or a balcony where it stands, and over onto it."""
    if b is w.place or t is None or t is w.place:
        return
    was, goal = run.was, w.goal(run, b)
    high = min(b.y - t.y + landing(t, goal) + 0.01, b.y - 1.04 * b.height)
    up, over = span(p, 0.08, 0.72), span(p, 0.72, 0.92)
    b.z = t.y - b.y + 0.02
    w.go(run, b, was.x + (goal - was.x) * over, 1.0)
    b.facing = 1 if goal >= was.x else -1
    b.lift = was.lift + (high - was.lift) * up
    climbs = up > 0 and over < 0.3
    if b.family == "animal":
        b.turn = -80.0 if climbs else 0.0
    elif climbs:
        step = math.sin(p * 40)
        legs = {"leg": 50 + 34 * step, "leg2": 50 - 34 * step, "knee": 80.0, "knee2": 80.0}
        b.pose = HANG._replace(arm=140 + 26 * step, arm2=140 - 26 * step, **legs)


@act("cascade", "muddy cascade", overlay=True)
def cascade(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Water runs down steps or a slope, and spreads at their foot."""
    if b is w.place:
        return
    outline = _OUTLINES.get(b.kind, _OUTLINES["stairs"])
    colour = (142, 104, 66) if run.beat.verb.startswith("muddy") else (86, 150, 200)
    down = min(1.0, 0.25 + 2.2 * p)
    for k in range(26):
        along = 0.9 - 1.8 * k / 25
        if k / 25 > down:
            break
        y = b.y - _rises(outline, along) * b.height
        w.emit("puddle", b.x + along * b.half, y + 0.012 + 0.004 * math.sin(w.t * 60 + k), 0.17, 1.0, run.index, colour)
    if down >= 1.0:
        w.emit("puddle", b.x - b.half, b.y + 0.01, 0.3 + 0.9 * p, 1.0, run.index, colour, front=False)
        w.emit("splash", b.x - 0.8 * b.half, b.y, 0.16, (4 * p) % 1.0, run.index)


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
    _wheels(w, run, b, run.was.x + (w.goal(run, b, 0.4) - run.was.x) * p)
    b.lift, b.turn = 0.96 * p * (1 - p), -16 * math.cos(math.pi * p) * (p < 1)


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
