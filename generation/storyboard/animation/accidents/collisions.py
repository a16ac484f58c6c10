"""Acts of bodies that hit: crashes and what they do to both, derailments, a wheel or tyre that is gone, a bump."""

from __future__ import annotations

import math

from svta.generation.storyboard.drawing.body import Body
from svta.generation.storyboard.drawing.poses import FLAIL, ease, mix, span

from ..world import Run, World, act


def _touching(b: Body, t: Body) -> float:
    return (b.half + min(t.half, b.half * 1.5)) * 0.96 if t.family != "person" else b.half + 0.05


@act("crash", "collide")
def crash(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """At speed into the target (or down to `to`), a burst, a rebound, and no further."""
    was = run.was
    if b is w.place:
        w.shake = 1.0 - p
        return
    target = None if t is w.place else t
    falling = was.y - was.lift < w.ground - 0.15
    hit = 0.4 if t is not None else 0.8 if falling else 0.5
    backwards = was.reversing and t is not None  # it hits with its rear
    b.reversing = backwards
    side, meet = _collision_point(w, run, b, target, p, hit)
    q = span(p, 0.0, hit)
    w.go(run, b, was.x + (meet - was.x) * q * q, 2.0)
    b.facing = was.facing if backwards or (t is not None and abs(meet - was.x) < 0.02) else b.facing
    if falling:
        b.y = was.y + (w.ground - was.y) * q * q
        b.lift = was.lift * (1 - q * q)
        b.turn = 26 * math.sin(math.pi * 0.5 * q)
    after = span(p, hit, 1.0)
    if after > 0:
        _rebound(w, run, b, side, after, falling)
        if target is not None:
            _knock(w, run, target, side, after)


def _collision_point(w: World, run: Run, b: Body, t: Body | None, p: float, hit: float) -> tuple[int, float]:
    """(the side it moves to, the x of contact); of two vehicles that collide, the other one moves up too."""
    was = run.was
    if t is None:
        meet = w.goal(run, b) if run.beat.to is not None else w.within(b, was.x + was.facing * 0.3)
        return was.facing, meet
    side = 1 if was.x <= run.target_was.x else -1
    meet = run.target_was.x - side * _touching(b, t)
    if (was.x - meet) * side > 0:  # already there: contact where it stands
        meet = was.x
    if run.beat.verb == "collide" and t.family == "vehicle" and t.id not in w.busy:
        way = 0.35 * (run.target_was.x - was.x - side * _touching(b, t))
        meet -= way
        t.x = run.target_was.x - way * span(p, 0.0, hit) ** 2 if p <= hit else t.x
        t.phase += 0.02 * (p <= hit)
    return side, meet


def _rebound(w: World, run: Run, b: Body, side: int, after: float, falling: bool) -> None:
    """What the collision does to the body that moved."""
    bounce = 0.05 * math.sin(math.pi * min(1.0, after * 1.5)) * (1 - 0.4 * after)
    b.dx -= side * bounce
    b.dy += 0.03 * math.sin(math.pi * min(1.0, after * 3)) if after < 0.34 else 0.0
    if b.family != "person":
        nose = 26.0 if falling else run.was.turn
        b.turn = nose * (1 - ease(after * 2)) - side * b.facing * 9 * math.sin(math.pi * min(1.0, after * 2))
    if b.family == "vehicle" and not b.reversing:
        b.crumple = max(b.crumple, ease(after * 4))
    elif b.family == "person":
        b.pose = mix(b.pose, FLAIL, ease(after * 3) * (1 - 0.6 * after))
    front = b.x + side * b.half * 0.95
    middle = b.y - b.lift - min(b.height, 0.4) * 0.5
    w.shake = max(w.shake, 1.0 - after * 1.6)
    w.emit("burst", front, middle, 0.3, after, run.index)
    w.emit("debris", front, middle, 0.4, after, run.index, b.colour)
    if b.family == "vehicle" and not b.reversing:
        b.smoke = max(b.smoke, 0.35 * ease(span(after, 0.4, 1.0)))


def _knock(w: World, run: Run, t: Body, side: int, after: float) -> None:
    """What the collision does to the body that was hit."""
    t.dx += side * 0.05 * math.sin(math.pi * min(1.0, after * 1.4))
    if t.family == "vehicle":
        t.crumple = max(t.crumple, 0.8 * ease(after * 4)) if side != t.facing else t.crumple
        if "moved" not in run.mark:
            t.x += side * 0.03
            run.mark["moved"] = 1.0
    elif t.family == "prop":
        t.state = max(t.state, after)
        if t.height > 0.2 and t.kind not in ("building", "wall") and not (t.width > 0.4 and t.height > 0.4):
            t.turn = run.target_was.turn + side * 24 * ease(after)
    elif t.family == "person":
        w.react(t, lambda t: setattr(t, "pose", mix(t.pose, FLAIL, 1 - after)))


@act("derail")
def derail(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Off the rails, with sparks and dust, tilted to the end."""
    if b is w.place:
        w.shake = 0.8
        return
    was = run.was
    goal = w.goal(run, b, 0.15)
    b.x = was.x + (goal - was.x) * (1 - (1 - p) ** 2)
    b.phase += 0.02
    b.turn = was.turn + 17 * ease(p * 1.4) + 3 * math.sin(p * 40) * (1 - p)
    w.shake = max(w.shake, 0.7 * (1 - p))
    w.emit("sparks", b.x + b.half * 0.5 * b.facing, b.y, 0.3, w.t, run.index)
    w.emit("dust", b.x - b.half * 0.4, b.y, 0.3, p, run.index)
    b.smoke = max(b.smoke, 0.3 * span(p, 0.5, 1.0))


@act("lose wheel", "flat tyre", "wrong way")
def on_the_rim(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Its front comes down where a wheel is gone; sparks fly while it slides on. A flat tyre is so from the start."""
    if b is w.place or run.beat.verb == "wrong way":
        return
    b.form = (run.beat.verb, 1.0)
    b.turn = 2.0
    if run.beat.verb == "lose wheel":
        b.x = run.was.x + (w.goal(run, b) - run.was.x) * (1 - (1 - p) ** 2)
        b.turn = 4.5 * ease(5 * p)
        if p < 0.5:
            w.emit("sparks", b.x + 0.6 * b.half * b.facing, b.y - 0.02, 0.18, (6 * w.t) % 1.0, run.index)
    b.y = run.was.y + 0.5 * b.half * math.sin(math.radians(b.turn))  # its rear wheel stays on the road


@act("bump")
def bump(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Against it with a jolt, a little back, and it rocks."""
    if b is w.place:
        return
    back = -0.07 * run.was.facing * ease(span(p, 0.05, 0.7))
    b.x = run.was.x + back
    b.turn = 7.0 * math.sin(14 * p) * (1 - p)
    w.shake = max(w.shake, 0.8 * (1 - 2.5 * p))
    if p < 0.6:
        w.emit("splash", run.was.x + b.half * run.was.facing, b.y, 0.26, span(p, 0.0, 0.6), run.index)
    if t is not None and t is not w.place:
        t.dx += 0.012 * math.sin(60 * p) * (1 - p)
