"""Acts of what tips, sinks, is crushed or comes apart: rolling over, toppling, dents, shards, what is piled up."""

from __future__ import annotations

import math

from svta.generation.storyboard.drawing.body import Body
from svta.generation.storyboard.drawing.pen import PERSON
from svta.generation.storyboard.drawing.poses import ON_FRONT, SHIELD, ease, mix, span
from svta.generation.storyboard.drawing.things import THINGS, enlarged, row_of
from svta.generation.storyboard.drawing.vehicles import RIDDEN
from svta.generation.storyboard.scene import medium, whole_and_part

from ..world import Run, World, act


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
    elif abs(was.turn) > 60 and (b.kind not in RIDDEN or run.beat.end > 0.011):  # it lies already
        pass
    elif b.kind in RIDDEN:  # a two-wheeler falls over towards us
        if run.beat.end <= 0.011:  # it lies from the first frame on
            p, was.turn = 1.0, 0.0
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
        return _like_dominoes(w, run, b, part, p)
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


def _like_dominoes(w: World, run: Run, b: Body, part: str, p: float) -> None:
    """What stands in a row falls over like dominoes."""
    xs, k = row_of(THINGS[part])
    wide, high = (x * k * b.size for x in (THINGS[part].width, THINGS[part].height))
    for i, x in enumerate(xs):
        down = ease(span(p, 0.08 + 0.5 * i / len(xs), 0.4 + 0.5 * i / len(xs)))
        middle = 0.5 * (high + (min(wide, high) - high) * down)
        w.emit(f"thing:{part}", b.x + x * wide + 0.3 * high * down, b.y - middle, k * b.size, 78 * down, run.index + i)
