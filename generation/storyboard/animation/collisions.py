"""Acts of bodies that hit, tip and sink: crashes, derailments, rolling over, sinking, being crushed, shattering,
collapsing."""

from __future__ import annotations

import math

from svta.generation.storyboard.drawing.body import Body
from svta.generation.storyboard.drawing.pen import PERSON
from svta.generation.storyboard.drawing.poses import FLAIL, ON_FRONT, SHIELD, ease, mix, span
from svta.generation.storyboard.drawing.things import THINGS, enlarged
from svta.generation.storyboard.drawing.vehicles import RIDDEN
from svta.generation.storyboard.scene import medium, whole_and_part

from .falls import like_dominoes
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


@act("roll over")
def roll_over(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Over and over, on the ground or in the water."""
    if b is w.place:
        w.shake = 0.8
        return
    was = run.was
    if run.beat.end <= 0.011:  # it lay there before
        b.crumple = max(b.crumple, 0.7 * (b.family == "vehicle"))
        return
    goal = w.goal(run, b, 0.0 if w.wet(b) else 0.35)
    b.x = was.x + (goal - was.x) * (1 - (1 - p) ** 2)
    if b.family == "person":
        b.base = ON_FRONT
        b.turn = (360 * ease(p)) % 360
        b.down = True
        return
    spin = (180 if abs(goal - was.x) < 0.1 else 540) * (1 - (1 - p) ** 1.7)
    b.turn = was.turn + spin * _falling_side(w, run) * b.facing
    b.lift = 0.1 * abs(math.sin(spin * math.pi / 180)) * (1 - p)
    b.crumple = max(b.crumple, 0.7 * p) if b.family == "vehicle" and medium(b.kind) != "water" else b.crumple
    w.shake = max(w.shake, 0.5 * (1 - p))
    if w.wet(b):
        b.sunk = 0.3 * b.height * p
        w.emit("splash", b.x, b.y, 0.3, (p * 3) % 1.0, run.index)
    else:
        w.emit("dust", b.x, b.y, 0.34, p, run.index)
        w.emit("debris", b.x, b.y - 0.1, 0.4, p, run.index, b.colour)


@act("sink")
def sink(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Under water, with bubbles."""
    if b is w.place:
        w.shake = 0.8
        return
    was = run.was
    b.x = was.x + (w.goal(run, b) - was.x) * p
    b.sunk = was.sunk + (b.height * 1.02 - was.sunk) * ease(p)
    b.turn = was.turn + (24 * ease(p) if abs(was.turn) < 90 else 0) * -1
    w.emit("bubbles", b.x, b.y, 0.24, p, run.index)
    w.emit("splash", b.x - 0.1, b.y, 0.2, (w.t * 4) % 1.0, run.index)


@act("topple")
def topple(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Onto its side, where it stays."""
    was = run.was
    if b is w.place:
        w.shake = 0.8
    elif b.family == "person":
        b.pose = mix(was.base, ON_FRONT, ease(p))
        b.base, b.down = b.pose, p > 0.7
    elif abs(was.turn) > 60:  # it lies already
        pass
    elif b.kind in RIDDEN:  # a two-wheeler falls over towards us
        flat = 0.66 if run.beat.to is None else 0.52
        b.squash, b.crumple = (1.0, 1 - flat * ease(p * 1.3)), max(b.crumple, 0.0)
        b.turn = was.turn + 10 * math.sin(p * 12) * (1 - p) - (0 if run.beat.to is None else 7 * ease(p * 1.3))
        b.x += (w.within(b, was.x + (w.goal(run, b) - was.x) * p) - b.x) * (run.beat.to is not None)
    else:
        _fall_sideways(w, run, b, p)


def _fall_sideways(w: World, run: Run, b: Body, p: float) -> None:
    """A thing turns about its lower edge until it lies."""
    was = run.was
    if b.family == "vehicle" or b.height < b.width:
        angle = (90 if b.kind in ("barrel", "trash can", "chair") else 88) * ease(p * 1.2)
    else:
        angle = 88 * min(1.0, (p * 1.15)) ** 2
    side = -1 if b.kind == "crane" else _falling_side(w, run)  # a crane's jib points up, the mast lies on the ground
    lying = math.radians(angle)
    wide, pivot = b.half, 0.45 * b.height
    way = (wide - wide * math.cos(lying) + pivot * math.sin(lying)) * (0.6 if b.height > 0.5 else 1.0)
    b.x = w.within(b, was.x + side * way)
    b.turn = was.turn + angle * side * b.facing
    if 0.8 < p < 1:
        w.shake = max(w.shake, 0.4 if b.height > 0.3 else 0.0)
        w.emit("dust", b.x + side * b.height * 0.3, b.y, 0.3, span(p, 0.8, 1.0), run.index)
    if b.kind == "shelf" and p > 0.3:
        w.emit("debris", b.x + side * b.height * 0.4, b.y - 0.16, 0.4, span(p, 0.3, 1.0), run.index, (222, 84, 74))


def _falling_side(w: World, run: Run) -> int:
    if run.beat.to is None:
        return run.was.facing
    return 1 if run.beat.to * w.width >= run.was.x else -1


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


@act("drop onto")
def drop_onto(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Out of the air onto what stands there, and there it lies."""
    if b is w.place:
        return
    top = t.height * 0.86 if t is not None and t is not w.place and t is not b else 0.0
    fall = span(p, 0.0, 1.0) ** 2
    ground = b.y if t is None or t is w.place else t.y
    start = run.mark.setdefault("high", max(ground - run.was.y + run.was.lift, top))
    b.y, b.lift = ground, start + (top - start) * fall
    b.z = 0.01
    b.turn = run.was.turn + (12 if b.family == "prop" else 0) * fall


@act("dent")
def dent(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """What was hit from above sags, with splinters."""
    if b is w.place:
        w.shake = 0.5 * (1 - p)
        return
    if run.beat.end <= 0.011:  # it is so from the first frame on
        b.crumple, b.smoke = 1.0, 0.0
        return
    hit = ease(span(p, 0.0, 0.3))
    b.crumple = max(b.crumple, 0.5 * hit)
    b.squash = (1.0 + 0.03 * hit, 1.0 - 0.14 * hit)
    b.dx += 0.01 * math.sin(w.t * 80) * (1 - hit)
    w.emit("shards", b.x, b.y - b.lift - 0.8 * b.height, 0.22, span(p, 0.0, 0.6), run.index)
    if p < 1:
        w.emit("dustcloud", b.x, b.y - 0.6 * b.height, 0.2, p, run.index)


@act("shatter")
def shatter(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """It breaks: a window keeps its frame, of everything else shards are left."""
    if b is w.place:
        w.shake = max(w.shake, 0.5 * (1 - p))
        return
    b.state = 1.0
    middle = b.y - b.lift - min(b.height, 0.4) * 0.5
    w.emit("shards", b.x, middle, 0.34, span(p, 0.0, 0.7), run.index)
    w.emit("debris", b.x, middle, 0.3, span(p, 0.0, 0.8), run.index, b.colour)
    if b.family == "prop" and b.height < 0.45 and b.kind != "television" and p > 0.06:
        b.squash = (1.1, 0.14)
        b.rubble = max(b.rubble, 0.6)


@act("collapse")
def collapse(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """A building (or whatever it is) drops into its own rubble and dust."""
    if b is w.place:
        w.shake = max(w.shake, 1 - p)
        w.emit("hail", w.width / 2, w.ground, w.width, p, run.index, (150, 140, 130))
        w.emit("dustcloud", w.width / 2, w.ground, w.width * 0.6, p, run.index)
        return
    if b.family == "person":
        b.base = b.pose = mix(run.was.base, ON_FRONT, ease(p * 1.5))
        b.down = p > 0.6
        return
    part = "box" if b.kind == "cardboard boxes" else (whole_and_part(b.kind) or ("", "", None))[1]
    if part in THINGS:
        _fall_apart(w, run, b, part, p)
        return
    k = ease(span(p, 0.08, 0.7))
    b.squash = (1 + 0.16 * k, max(0.12, 1 - 0.88 * k))
    b.turn = 3 * math.sin(p * 50) * (1 - k)
    b.state = max(b.state, span(p, 0.0, 0.2))
    b.rubble = max(b.rubble, span(p, 0.1, 0.9))
    w.shake = max(w.shake, 0.8 * (1 - p))
    light = b.kind in ("scaffold", "rack", "open shelf", "shelf", "tent", "market stall")  # more air than stone
    if not light or p < 0.45:
        w.emit("dustcloud", b.x, b.y, b.width * (0.4 if light else 0.9), p, run.index)


def _fall_apart(w: World, run: Run, b: Body, part: str, p: float) -> None:
    """What is piled up tumbles to the ground, piece by piece, and stays whole."""
    if p <= 0.08:
        b.turn = 4 * math.sin(p * 90)
        return
    b.turn, b.squash = 0.0, (1.0, 0.03)
    thing = THINGS[part]
    if b.kind.startswith("row"):
        return like_dominoes(w, run, b, part, p)
    pallet = b.kind.startswith("pallet of")
    size = run.was.height * (0.7 if pallet else 0.32) / (thing.height * enlarged(thing))
    wide, high = (x * enlarged(thing) * size for x in (thing.width, thing.height))
    if pallet:
        w.emit("thing:pallet", b.x, b.y - 0.5 * THINGS["pallet"].height * PERSON, PERSON, 0.0, run.index)
    for i, (layer, column) in enumerate(
        ((0, -1.0), (0, 0.0), (0, 1.0), (1, -0.5), (1, 0.5), (2, 0.0))[: 3 if pallet else 6]
    ):
        down = span(p, 0.08 + 0.05 * (5 - i), 0.5 + 0.07 * (5 - i))
        to = (-1.3, -0.2, 0.9, -2.5, 2.0, 3.1)[i]
        x = b.x + wide * (column + (to - column) * ease(down))
        up = high * (layer * (1 - down * down) + 0.25 * 4 * down * (1 - down))
        w.emit(f"thing:{part}", x, b.y - 0.5 * high - up,
               size, (12, -6, 20, 74, -58, 96)[i] * ease(down), run.index + i)  # fmt: skip
    w.emit("dust", b.x, b.y, 0.3, p, run.index)


@act("burst aloft", overlay=True)
def burst_aloft(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Fireworks rise and burst high in the sky, one after another."""
    b.hidden = b.family == "prop"
    for i in range(5):
        age = (1.7 * p + 0.23 * i + 0.1) % 1.0
        x = w.width * (0.16 + 0.17 * ((3 * i) % 5))
        y = w.height * (0.16 + 0.1 * (i % 3))
        if age < 0.25:
            w.emit("firework", x, y + (w.ground - 0.25 - y) * (1 - age / 0.25), 0.02, 0.0, i, front=False)
        else:
            w.emit("firework", x, y, 0.3, (age - 0.25) / 0.75, i, front=False)
