"""Acts of things and of the whole place: crashes, explosions, fire, smoke, floods, collapse, storms, landslides."""

from __future__ import annotations

import math

from svta.generation.storyboard.drawing.body import Body, Effect
from svta.generation.storyboard.drawing.poses import FLAIL, HANDS_UP, ON_FRONT, SHIELD, ease, mix, span, upper
from svta.generation.storyboard.drawing.vehicles import RIDDEN

from .world import Run, World, act


def _touching(b: Body, t: Body) -> float:
    return (b.half + min(t.half, b.half * 1.5)) * 0.96 if t.family != "person" else b.half + 0.05


@act("crash", "collide")
def crash(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """At speed into the target (or down to `to`), a burst, a rebound, and no further."""
    was = run.was
    if b is w.place:
        w.shake = 1.0 - p
        return
    falling = was.y - was.lift < w.ground - 0.15
    both = run.beat.verb == "collide" and t is not None and t.family == "vehicle" and t.id not in w.busy
    hit = 0.4 if t is not None else 0.8 if falling else 0.5
    b.reversing = False
    if t is not None and t is not w.place:
        side = 1 if was.x <= run.target_was.x else -1
        meet = run.target_was.x - side * _touching(b, t)
        if (was.x - meet) * side > 0:  # already there: contact where it stands
            meet = was.x
        if both and t is not None:  # the other one comes up too
            way = 0.35 * (run.target_was.x - was.x - side * _touching(b, t))
            meet -= way
            t.x = run.target_was.x - way * span(p, 0.0, hit) ** 2 if p <= hit else t.x
            t.phase += 0.02 * (p <= hit)
    else:
        side = was.facing
        to = run.beat.to
        meet = w.goal(run, b) if to is not None else w.within(b, was.x + side * 0.3)
    q = span(p, 0.0, hit)
    w.go(run, b, was.x + (meet - was.x) * q * q, 2.0)
    b.facing = was.facing if t is not None and abs(meet - was.x) < 0.02 else b.facing
    if falling:
        b.y = was.y + (w.ground - was.y) * q * q
        b.lift = was.lift * (1 - q * q)
        b.turn = 26 * math.sin(math.pi * 0.5 * q)
    after = span(p, hit, 1.0)
    if after <= 0:
        return
    bounce = 0.05 * math.sin(math.pi * min(1.0, after * 1.5)) * (1 - 0.4 * after)
    b.dx -= side * bounce
    b.dy += 0.03 * math.sin(math.pi * min(1.0, after * 3)) if after < 0.34 else 0.0
    if b.family != "person":
        nose = 26.0 if falling else was.turn
        b.turn = nose * (1 - ease(after * 2)) - side * b.facing * 9 * math.sin(math.pi * min(1.0, after * 2))
    if b.family == "vehicle":
        b.crumple = max(b.crumple, ease(after * 4))
    elif b.family == "person":
        b.pose = mix(b.pose, FLAIL, ease(after * 3) * (1 - 0.6 * after))
    front = b.x + side * b.half * 0.95
    middle = b.y - b.lift - min(b.height, 0.4) * 0.5
    w.shake = max(w.shake, 1.0 - after * 1.6)
    w.emit("burst", front, middle, 0.3, after, run.index)
    w.emit("debris", front, middle, 0.4, after, run.index, b.colour)
    if b.family == "vehicle":
        b.smoke = max(b.smoke, 0.35 * ease(span(after, 0.4, 1.0)))
    if t is not None and t is not w.place:
        t.dx += side * 0.05 * math.sin(math.pi * min(1.0, after * 1.4))
        if t.family == "vehicle":
            t.crumple = max(t.crumple, 0.8 * ease(after * 4)) if side != t.facing else t.crumple
            if "moved" not in run.mark:
                t.x += side * 0.03
                run.mark["moved"] = 1.0
        elif t.family == "prop":
            t.state = max(t.state, after)
            t.turn = (
                run.target_was.turn + side * 24 * ease(after)
                if t.height > 0.2 and t.kind not in ("building", "wall")
                else t.turn
            )
        elif t.family == "person":
            w.react(t, lambda t: setattr(t, "pose", mix(t.pose, FLAIL, 1 - after)))


@act("derail", "roll over", "topple", "sink")
def tip(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Out of balance for good: off the rails, over and over, onto its side, under water."""
    verb, was = run.beat.verb, run.was
    if b is w.place:
        w.shake = 0.8
        return
    side = was.facing if run.beat.to is None else (1 if run.beat.to * w.width >= was.x else -1)
    if verb == "derail":
        goal = w.goal(run, b, 0.15)
        b.x = was.x + (goal - was.x) * (1 - (1 - p) ** 2)
        b.phase += 0.02
        b.turn = was.turn + 17 * ease(p * 1.4) + 3 * math.sin(p * 40) * (1 - p)
        w.shake = max(w.shake, 0.7 * (1 - p))
        w.emit("sparks", b.x + b.half * 0.5 * b.facing, b.y, 0.3, w.t, run.index)
        w.emit("dust", b.x - b.half * 0.4, b.y, 0.3, p, run.index)
        b.smoke = max(b.smoke, 0.3 * span(p, 0.5, 1.0))
        return
    if verb == "roll over":
        goal = w.goal(run, b, 0.0 if w.water_place else 0.35)
        b.x = was.x + (goal - was.x) * (1 - (1 - p) ** 2)
        turns = 180 if abs(goal - was.x) < 0.1 or b.family == "person" else 540
        spin = turns * (1 - (1 - p) ** 1.7)
        if b.family == "person":
            b.base = ON_FRONT
            b.turn = (360 * ease(p)) % 360
            b.down = True
            return
        b.turn = was.turn + spin * side * b.facing
        b.lift = 0.1 * abs(math.sin(spin * math.pi / 180)) * (1 - p)
        b.crumple = max(b.crumple, 0.7 * p) if b.family == "vehicle" and b.kind != "boat" else b.crumple
        w.shake = max(w.shake, 0.5 * (1 - p))
        if w.water_place:
            b.sunk = 0.3 * b.height * p
            w.emit("splash", b.x, b.y, 0.3, (p * 3) % 1.0, run.index)
        else:
            w.emit("dust", b.x, b.y, 0.34, p, run.index)
            w.emit("debris", b.x, b.y - 0.1, 0.4, p, run.index, b.colour)
        return
    if verb == "sink":
        b.x = was.x + (w.goal(run, b) - was.x) * p
        b.sunk = was.sunk + (b.height * 1.02 - was.sunk) * ease(p)
        b.turn = was.turn + (24 * ease(p) if abs(was.turn) < 90 else 0) * -1
        w.emit("bubbles", b.x, b.y, 0.24, p, run.index)
        w.emit("splash", b.x - 0.1, b.y, 0.2, (w.t * 4) % 1.0, run.index)
        return
    if b.family == "person":
        b.pose = mix(was.base, ON_FRONT, ease(p))
        b.base, b.down = b.pose, p > 0.7
        return
    if abs(was.turn) > 60:
        return
    if b.family == "vehicle" or b.height < b.width:
        angle = (90 if b.kind in ("bicycle", "motorcycle", "scooter", "barrel", "trash can", "chair") else 88) * ease(
            p * 1.2
        )
    else:
        angle = 88 * min(1.0, (p * 1.15)) ** 2
    if b.kind in RIDDEN:  # a two-wheeler falls over towards us
        b.squash, b.crumple = (1.0, 1 - 0.66 * ease(p * 1.3)), max(b.crumple, 0.0)
        b.turn = was.turn + 10 * math.sin(p * 12) * (1 - p)
        b.x += (w.within(b, was.x + (w.goal(run, b) - was.x) * p) - b.x) * (run.beat.to is not None)
        return
    if b.kind == "crane":
        side = -1  # the jib points up, the mast lies on the ground
    lying = math.radians(angle)
    wide, pivot = b.half, 0.45 * b.height
    b.x = w.within(
        b, was.x + side * (wide - wide * math.cos(lying) + pivot * math.sin(lying)) * (0.6 if b.height > 0.5 else 1.0)
    )
    b.turn = was.turn + angle * side * b.facing
    if 0.8 < p < 1:
        w.shake = max(w.shake, 0.4 if b.height > 0.3 else 0.0)
        w.emit("dust", b.x + side * b.height * 0.3, b.y, 0.3, span(p, 0.8, 1.0), run.index)
    if b.kind == "shelf" and p > 0.3:
        w.emit("debris", b.x + side * b.height * 0.4, b.y - 0.16, 0.4, span(p, 0.3, 1.0), run.index, (222, 84, 74))


@act("explode")
def explode(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """A flash, a ring, fragments, a ball of fire, and what is left of it."""
    body = t if b is w.place and t is not None else b
    x, y = (
        (w.width * 0.6, w.ground - 0.15)
        if body is w.place
        else (body.x, body.y - body.lift - min(body.height, 0.5) * 0.5)
    )
    size = 0.45 if body is w.place else max(0.3, min(0.6, body.width * 0.8))
    w.shake = max(w.shake, 1.4 * (1 - p * 1.5))
    w.emit("explosion", x, y, size, p, run.index, None if body is w.place else body.colour)
    if body is not w.place and p > 0.12:
        if body.family == "prop" and body.height < 0.6:
            body.hidden = True
        elif body.family == "person":
            body.base = body.pose = mix(run.was.base, ON_FRONT, ease(p * 2))
            body.down = p > 0.4
        else:
            body.crumple, body.state = 1.0, 1.0
            body.dy += 0.12 * math.sin(math.pi * span(p, 0.1, 0.6))
        body.smoke = max(body.smoke, 0.8 * span(p, 0.4, 1.0))


@act("burn", "smoke", "leak", "spark", overlay=True)
def give_off(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Fire grows, smoke thickens, gas spreads and go on to the end; sparks fly while they last."""
    verb = run.beat.verb
    level = 0.15 + 0.85 * ease(p)
    if b is w.place:
        if t is not None and t is not w.place:
            b = t
        elif verb == "burn":
            for i in range(4):
                w.stains = [s for s in w.stains if s.key != 900 + i or s.kind != "fire"]
                w.stains.append(Effect("fire", (0.14 + 0.24 * i) * w.width, w.ground + 0.02, 0.3, level, 900 + i))
            return
        elif verb in ("smoke", "leak"):
            w.haze = max(w.haze, level)
            return
        else:
            w.emit("sparks", w.width / 2, w.height * 0.25, 0.3, w.t, run.index)
            return
    if verb == "burn":
        b.fire = max(b.fire, level)
        b.smoke = max(b.smoke, 0.5 * level)
        if b.family == "person":
            b.pose = upper(
                b.pose, HANDS_UP._replace(arm=140 + 30 * math.sin(w.t * 40), arm2=-140 + 30 * math.sin(w.t * 37))
            )
    elif verb == "smoke" and b.family == "person":
        puff = math.sin(p * 15)
        k = ease(0.5 + 0.9 * puff)
        b.held = "cigarette"
        b.pose = upper(b.pose, mix(b.base._replace(arm=50, elbow=40), b.base._replace(arm=58, elbow=118, head=-4), k))
        w.emit("wisp", *b.at(0.2, 0.92), 0.12, w.t, run.index)
    elif verb == "smoke":
        b.smoke = max(b.smoke, level)
    elif verb == "leak":
        b.gas = max(b.gas, level)
        b.puddle = max(b.puddle, 0.7 * level)
    else:
        w.emit("sparks", b.x, b.y - b.lift - b.height * (0.9 if b.height < 0.3 else 0.6), 0.28, w.t, run.index)


@act("flood", "shake", "blow", "swirl", "rain down", "slide down", "collapse")
def calamity(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """What takes hold of the whole place, or of one thing in it."""
    verb, was = run.beat.verb, run.was
    whole = b is w.place
    if verb == "flood":
        w.flood = max(w.flood, 0.06 + 0.94 * ease(p) if whole or b.family != "person" else 0.4 * p)
    elif verb == "shake":
        if whole:
            w.shake = max(w.shake, 1.0 if p < 1 else 0.0)
        else:
            b.dx += 0.012 * math.sin(w.t * 160)
            b.turn = was.turn + (2.2 * math.sin(w.t * 130) if b.family != "person" else 0.0) * (1 if p < 1 else 0)
    elif verb == "blow":
        w.wind = max(w.wind, 1.0)
        for other in w.bodies.values():
            if other.family == "person" and not other.down:
                w.react(
                    other,
                    lambda o: setattr(
                        o, "pose", o.pose._replace(bend=o.pose.bend + 10 * o.facing * (1 if o.gait else -1))
                    ),
                )
    elif verb == "swirl":
        _whirl(w, run, b, p, whole)
    elif verb == "rain down":
        if whole or t is not None:
            middle = w.width / 2 if t is None or t is w.place else t.x
            w.emit("hail", middle, w.ground, w.width if t is None or t is w.place else 0.5, p, run.index)
        else:
            w.emit("hail", b.x, b.y, max(0.4, b.width), p, run.index, b.colour)
    elif verb == "slide down":
        if whole:
            w.slide = max(w.slide, ease(p))
            w.shake = max(w.shake, 0.4 * (1 - p))
            return
        b.x = was.x + (w.goal(run, b, 0.25) - was.x) * ease(p)
        b.y = was.y + (max(was.y, w.ground) - was.y) * ease(p)
        b.lift = was.lift * (1 - ease(p))
        b.dy += 0.012 * abs(math.sin(p * 26)) * (1 - p)
        if b.family == "person" and was.down:
            b.facing = was.facing
        w.emit("dust", b.x, b.y, 0.18, p, run.index)
    else:
        _fall_in(w, run, b, p, whole)


def _whirl(w: World, run: Run, b: Body, p: float, whole: bool) -> None:
    if whole:
        x = w.width * (0.15 + 0.7 * p)
    else:
        b.x = run.was.x + ((run.beat.to * w.width if run.beat.to is not None else run.was.x) - run.was.x) * p
        x = b.x
        if b.family == "prop" and b.height < 0.2:
            b.hidden = True
        else:
            b.turn, b.lift = 360 * p, 0.12 * math.sin(math.pi * p)
    w.emit("whirlwind", x, w.ground, 0.62, w.t, run.index)
    for other in w.bodies.values():
        if other is not b and other.family == "prop" and abs(other.x - x) < 0.3:
            other.dx += 0.012 * math.sin(w.t * 60)


def _fall_in(w: World, run: Run, b: Body, p: float, whole: bool) -> None:
    """A building (or whatever it is) drops into its own rubble and dust."""
    if whole:
        w.shake = max(w.shake, 1 - p)
        w.emit("hail", w.width / 2, w.ground, w.width, p, run.index, (150, 140, 130))
        w.emit("dustcloud", w.width / 2, w.ground, w.width * 0.6, p, run.index)
        return
    if b.family == "person":
        b.base = b.pose = mix(run.was.base, ON_FRONT, ease(p * 1.5))
        b.down = p > 0.6
        return
    k = ease(span(p, 0.08, 0.7))
    b.squash = (1 + 0.16 * k, max(0.12, 1 - 0.88 * k))
    b.turn = 3 * math.sin(p * 50) * (1 - k)
    b.state = max(b.state, span(p, 0.0, 0.2))
    b.rubble = max(b.rubble, span(p, 0.1, 0.9))
    w.shake = max(w.shake, 0.8 * (1 - p))
    w.emit("dustcloud", b.x, b.y, b.width * 0.9, p, run.index)


@act("be crushed")
def crushed(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Something heavy comes down on it and stays."""
    was = run.was
    if b is w.place:
        w.shake = 1 - p
        return
    fall, hit = span(p, 0.0, 0.35), ease(span(p, 0.33, 0.5))
    if t is None or t is w.place:
        landed = b.height * (0.5 if b.family != "person" else 0.16)
        y = (b.y - b.lift - landed) * fall * fall + (-0.2) * (1 - fall * fall)
        w.emit("boulder", b.x, y, max(0.2, b.width * 0.55), p, run.index)
        if p >= 1:
            w.stains.append(w.effects[-1])
    if b.family == "person":
        b.pose = mix(mix(was.base, SHIELD, ease(fall * 2)), ON_FRONT, hit)
        b.base, b.down = (b.pose if hit > 0 else was.base), hit > 0.7
    else:
        b.squash = (1 + 0.08 * hit, 1 - 0.45 * hit)
        b.crumple = max(b.crumple, hit)
    if hit > 0:
        w.shake = max(w.shake, 1 - hit)
        w.emit("dustcloud", b.x, b.y, 0.36, span(p, 0.33, 1.0), run.index)
