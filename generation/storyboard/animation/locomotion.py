"""Acts of a body that goes places on foot (walk, run, sneak, flee), waits, jumps or spins, and of two who carry a thing
between them."""

from __future__ import annotations

import math
from typing import Final

from svta.generation.storyboard.drawing.body import Body
from svta.generation.storyboard.drawing.poses import (  # fmt: skip
    ALL_FOURS,
    CROUCH,
    FLAIL,
    LEAP,
    STAND,
    STOOP,
    Pose,
    ease,
    mix,
    span,
    upper,
)
from svta.generation.storyboard.drawing.things import THINGS, enlarged
from svta.generation.storyboard.drawn_tables import objects
from svta.generation.storyboard.scene import OPEN_ABOVE, medium

from .spawn import face_colours
from .world import Run, World, act

LANDING = {"chair": 0.5, "armchair": 0.5, "sofa": 0.5, "bed": 0.55, "window": 0.08,
           "tree": 0.62, "palm tree": 0.6}  # fmt: skip  # of their height, where one lands
HOOD = 0.62  # of the height of a car
PACE = {
    "run": (2.0, 0.6),
    "chase": (2.1, 0.6),
    "flee": (2.2, 0.6),
    "sneak": (0.9, 0.35),
    "limp": (0.7, 0.3),
}  # vigour, way without `to`


def stand_up(b: Body, p: float = 1.0) -> None:
    """Whoever lay, sat or hung is on its feet again."""
    b.down, b.asleep, b.turn, b.lift, b.sunk, b.lying, b.sitting = False, False, 0.0, 0.0, 0.0, 0.0, 0.0
    b.base = mix(b.base, STAND, p)
    b.squash = (1.0, 1.0)


def rise(w: World, run: Run, b: Body, y: float, p: float) -> None:
    """Moves the ground line of a body from where it was to y."""
    b.y = run.was.y + (y - run.was.y) * p


@act("walk", "run", "sneak", "stagger", "limp", "crawl", "chase", "flee", "enter", "leave")
def travel(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """On foot (or wheels) to `to`; how, the verb says."""
    verb, was = run.beat.verb, run.was
    if b is w.place:
        return
    if (b.down or b.base is not STAND or b.sitting) and not (verb in ("walk", "stagger") and b.cuffed):
        stand_up(b)
        b.pose = b.base
    if verb in ("enter", "leave"):
        _through(w, run, b, t, p)
        return
    vigour, reach = PACE.get(verb, (1.0, 0.4))
    other = t if t is not None and t is not w.place and t is not b else None
    goal = w.goal(run, b, reach)
    if run.beat.to is None and verb == "flee":
        left = was.facing < 0 if other is None else was.x < run.target_was.x
        goal = -0.2 * w.width if left else 1.2 * w.width
    elif run.beat.to is None and other is not None and verb != "chase":
        side = 1 if was.x <= other.x else -1
        goal = w.within(b, other.x - side * (b.half + min(other.half, 0.3) + 0.04))
    q = p if verb in ("run", "chase", "flee", "walk") else ease(p)
    if verb == "stagger":
        q = min(1.0, max(0.0, p + 0.07 * math.sin(p * 19)))
    x = was.x + (goal - was.x) * q
    if p >= 1.0:
        x = goal
    w.go(run, b, x, vigour)
    if t is not None and t.kind == "stairs":
        on_steps(b, t)
    if verb == "walk" and b.cuffed:
        b.pose = upper(b.pose, b.base)
    if (
        verb == "chase" and other is not None and other.id not in w.busy and 0 <= other.x <= w.width
    ):  # the chased one runs as well
        ahead = run.target_was.x + 0.9 * (goal - was.x) * q
        w.go(run, other, w.within(other, ahead), 2.0)
        other.facing = b.facing
    if b.family == "person":
        _gait(w, b, verb, p)
    elif verb == "limp":  # up and down on three legs
        dip = max(0.0, math.sin(w.t * 22))
        b.turn, b.head = 7 * dip, 0.4 + 0.4 * dip
        b.dy -= 0.02 * dip
    elif verb in ("stagger", "sneak"):
        b.turn = 5 * math.sin(w.t * 30) if verb == "stagger" else 0.0
        b.head = 0.4


def on_steps(b: Body, stairs: Body) -> None:
    """As high as the steps are where it walks: they rise to the right."""
    along = span(b.x, stairs.x - stairs.half, stairs.x + 0.7 * stairs.half)
    b.y = stairs.y - along * stairs.height
    b.z = stairs.y - b.y + 0.01


def _gait(w: World, b: Body, verb: str, p: float) -> None:
    if verb == "sneak":
        low = CROUCH._replace(bend=30, head=-14, arm=50, elbow=60, arm2=30, elbow2=70)
        b.pose = mix(mix(b.pose, low, 0.55), b.pose._replace(bend=26), 0.3)
    elif verb == "stagger":
        sway = math.sin(w.t * 21 + b.phase)
        b.pose = b.pose._replace(bend=16 * sway, head=-14 * sway, arm=30 + 40 * sway, elbow=30, arm2=-40 + 36 * sway)
        b.dy -= 0.006 * abs(sway)
    elif verb == "limp":
        dip = math.sin(b.phase * math.tau / 0.85)
        b.pose = b.pose._replace(bend=16 + 10 * max(0.0, dip), head=8, arm=26, elbow=8, leg2=-6 + 10 * dip, knee2=0)
        b.dy -= 0.022 * max(0.0, dip)
    elif verb == "crawl":
        swing = math.sin(b.phase * 9)
        b.pose = ALL_FOURS._replace(arm=4 + 24 * swing, arm2=-4 - 24 * swing, leg=6 - 20 * swing, leg2=-8 + 20 * swing)
    elif verb == "flee":
        wild = math.sin(w.t * 34 + b.phase)
        b.pose = b.pose._replace(arm=140 + 24 * wild, elbow=20, arm2=150 - 24 * wild, elbow2=20, bend=14)
        b.mouth = 1.0


def _through(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """enter: in from the edge, or into a target and gone; leave: the other way."""
    was, verb = run.was, run.beat.verb
    if t is None or t is w.place:
        edge = -b.half if was.x < w.width / 2 else w.width + b.half
        if verb == "enter":
            goal = (
                w.goal(run, b, 0.0)
                if run.beat.to is not None
                else w.within(b, was.x if 0 < was.x < w.width else w.width * 0.4)
            )
            start = edge if 0 < was.x < w.width else was.x
            run.mark.setdefault("start", start)
            if p == 0:
                b.x = start
            b.facing = 1 if goal > start else -1
            w.go(run, b, start + (goal - start) * p, 1.0)
            b.facing = 1 if goal > start else -1
        else:
            goal = (
                w.goal(run, b) if run.beat.to is not None else (w.width + 2 * b.half if was.facing > 0 else -2 * b.half)
            )
            w.go(run, b, was.x + (goal - was.x) * p, 1.0)
        return
    b.z = max(0.0, t.y - b.y + 0.01) if t.kind == "window" and b.family != "person" else b.z
    if verb == "enter" and b.family == "animal" and t.kind in OPEN_ABOVE and t.family == "prop":
        _over_the_rim(w, run, b, t, p)
        return
    if verb == "enter":
        if t.kind in ("door", "elevator", "window") and t.state < 1 and t.kind != "window":
            t.state = max(t.state, span(p, 0.0, 0.4))
        door = w.goal(run, b) if run.beat.to is not None and t.family == "prop" else t.x
        w.go(run, b, was.x + (door - was.x) * ease(span(p, 0.0, 0.75)), 1.0)
        gone = span(p, 0.7, 1.0)
        b.squash = (1 - 0.4 * gone, 1 - 0.3 * gone)
        b.z = -0.02 if gone > 0 else b.z
        if p >= 1.0:
            b.hidden, b.inside = True, t.id
            t.driver = face_colours(b, w.seed) if t.family == "vehicle" and b.family == "person" else None
            t.unmanned = False
            b.squash = (1.0, 1.0)
            if t.kind in ("door", "elevator"):
                t.state = 0.0
        return
    lifted = t.kind == "elevator" or b.family != "person"
    b.hidden, b.inside, b.z = False, None, max(0.0, b.z) if lifted else b.z
    if t.driver == face_colours(b, w.seed):  # nobody else is in it
        t.driver, t.unmanned = None, t.family == "vehicle"
    t.state = max(t.state, span(p, 0.0, 0.3)) if t.kind in ("door", "elevator") else t.state
    goal = w.goal(run, b) if run.beat.to is not None else w.within(b, t.x + 0.2 * b.facing)
    door = was.x if t.family == "prop" and abs(was.x - t.x) < t.half else t.x
    w.go(run, b, door + (goal - door) * ease(span(p, 0.2, 1.0)), 1.0)
    if b.family == "person" and any(beat.who == b.id and beat.verb == "crawl" for beat in w.scene.beats):
        _gait(w, b, "crawl", p)


def _over_the_rim(w: World, run: Run, b: Body, t: Body, p: float) -> None:
    """Up beside a bin, over its rim and down into it; the upper half looks out."""
    up, down = ease(span(p, 0.0, 0.5)), ease(span(p, 0.5, 0.85))
    w.go(run, b, run.was.x + (t.x - run.was.x) * ease(span(p, 0.2, 0.6)), 1.0)
    b.lift = up * t.height - down * 0.5 * t.height
    b.turn = -50 * math.sin(math.pi * span(p, 0.0, 0.55))
    b.z = t.y - b.y - 0.004 if p > 0.4 else b.z
    if p >= 1:
        b.gait, b.turn = 0.0, 0.0


@act("stand", "stop", "queue", "look")
def wait(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Staying where one is: a glance round, a step up in the line, a halt."""
    verb = run.beat.verb
    if b is w.place:
        return
    if verb == "stand" and t is not None and t.family == "person" and b.family == "animal":  # a bird upon a shoulder
        b.z = t.y - b.y + 0.005
        return
    if verb in ("stand", "stop") and b.family == "person" and b.base is not STAND and not b.cuffed:
        b.base = b.pose = mix(run.was.base, STAND, ease(min(1.0, p * 2)))
        b.down = False
    if verb == "look":
        w.face(b, t)
        if t is None and b.family == "person":
            b.facing = run.was.facing * (1 if p < 0.3 or p > 0.72 else -1)
        shade_eyes = Pose(arm=66, elbow=112, head=-6)
        b.pose = upper(b.pose, mix(b.pose, shade_eyes, ease(min(1.0, p * 5, (1 - p) * 5))))
        b.head = -0.4 + 0.4 * math.sin(p * 12)
    elif verb == "queue":
        steps = math.floor(p * 3) + ease(span(p * 3 % 1.0, 0.55, 1.0)) if p < 1 else 3
        w.go(run, b, run.was.x + run.was.facing * 0.03 * steps, 1.0)
        b.facing = run.was.facing
        b.spread = 0.8
        if b.family == "person" and p * 3 % 1.0 < 0.55:
            b.pose = STAND._replace(head=8 * math.sin(p * 20))
    elif verb == "stop" and run.beat.to is not None:
        goal = w.goal(run, b)
        w.go(run, b, run.was.x + (goal - run.was.x) * (1 - (1 - p) ** 2), 1.0)
    elif verb == "stop" and b.family == "vehicle":
        b.turn = 2.2 * math.sin(math.pi * min(1.0, p * 3)) if abs(run.was.phase) > 1 else 0.0


def landing(onto: Body, x: float) -> float:
    """How high above its foot one lands on a thing: on the board of a window sill, not on the window's frame."""
    if onto.family == "vehicle" and (abs(x - onto.x) > 0.5 * onto.half or medium(onto.kind) == "water"):
        return HOOD * onto.height  # or a deck
    own: float | None = objects().get(onto.kind, {}).get("rest")
    return onto.height * LANDING.get(onto.kind, 0.97) if own is None else own * onto.size / enlarged(THINGS[onto.kind])


@act("jump", "spin", "startle")
def spring(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Off the ground: a jump, a turn on the heel, a start."""
    verb, was = run.beat.verb, run.was
    if b is w.place:
        w.shake = 0.6
        return
    if verb != "spin":
        stand_up(b)
        b.pose = b.base
    if verb == "jump" and any(other.on == b.id for other in w.bodies.values()):  # with its rider, who leads it on
        q = span(p, 0.15, 0.85)
        b.lift, b.turn = 0.24 * 4 * q * (1 - q), -14 * math.cos(math.pi * q) * (0 < q < 1)
    elif verb == "jump":
        q = span(p, 0.22, 0.82)
        w.go(run, b, was.x + (w.goal(run, b) - was.x) * q)
        b.lift = was.lift * (1 - q) + 0.24 * 4 * q * (1 - q) + 1e-6
        onto = t if t is not None and t.family in ("prop", "vehicle") and run.beat.to is not None else None
        ground = w.ground if onto is None else onto.y - landing(onto, w.goal(run, b))
        rise(w, run, b, max(was.y, ground) if not (w.wet(b) or onto) else was.y if onto is None else ground, q)
        b.z = b.z if onto is None else max(b.z, onto.y - ground + 0.01)
        poses = (
            ((STAND, CROUCH, p / 0.22), (CROUCH, LEAP, q * 4))
            if p < 0.22 or q < 0.25
            else ((LEAP, CROUCH, q), (CROUCH, STAND, span(p, 0.84, 1.0)))
        )
        first = p < 0.22 if q < 0.25 else q < 1
        b.pose = mix(*(poses[0] if first else poses[1]))
        b.turn = 0.0 if b.family == "person" else -14 * math.cos(math.pi * q) * (1 if 0 < q < 1 else 0)
        if p >= 1:
            b.lift = 0.0
    elif verb == "spin":
        w.go(run, b, was.x + (w.goal(run, b) - was.x) * ease(p))
        turns = max(1.0, round(3 * (run.beat.end - run.beat.start) + 0.6))
        turns += 0.15 if b.look is not None and turns > 3 else 0.0  # not the same in each quarter of the clip
        c = math.cos(p * math.tau * turns)
        b.facing = was.facing * (1 if c >= 0 else -1)
        b.squash = (max(0.4, abs(c)), 1.0) if p < 1 else (1.0, 1.0)
        if b.family == "person" and not b.down:
            b.pose = b.pose._replace(arm=80, elbow=10, arm2=-80, elbow2=-10)
        if b.family == "vehicle":
            w.emit("dust", b.x - 0.1, b.y, 0.16, p, run.index)
    else:
        w.face(b, t)
        k = math.sin(math.pi * span(p, 0.0, 0.4))
        b.dy += 0.1 * k
        b.pose = mix(STAND, FLAIL._replace(bend=-22), ease(min(1.0, p * 6, (1 - p) * 3 + 0.3)))
        b.mouth, b.head = 1.0, -0.7
        b.dx -= 0.05 * b.facing * ease(p * 3)
        if b.family in ("vehicle", "prop"):
            b.turn = was.turn + 6 * math.sin(p * 40) * (1 - p)
        w.emit("alarm", *b.at(0.0, 1.22 if b.family == "person" else b.height / b.size + 0.2), 0.13, p)


_AT_AN_END: Final = STAND._replace(bend=10, arm=38, elbow=12, arm2=32, elbow2=14)


def other_bearer(w: World, run: Run) -> Body | None:
    """Who carries the same thing at the same time."""
    own = run.beat
    return next((w.bodies[one.who] for one in w.scene.beats if one.who != own.who and one.who in w.bodies
                 and (one.verb, one.target, one.start) == (own.verb, own.target, own.start)), None)  # fmt: skip


def bear_together(w: World, run: Run, b: Body, t: Body, other: Body, p: float) -> None:
    """Each at one end of what they carry, face to face; on stairs one is higher than the other."""
    goal = w.goal(run, b)
    w.go(run, b, run.was.x + (goal - run.was.x) * p, 1.0)
    for stairs in w.bodies.values():
        if stairs.kind == "stairs":
            on_steps(b, stairs)
    grown = ease(min(1.0, p * 3)) if run.beat.verb == "lift" or run.beat.start > 0.02 else 1.0
    b.pose = mix(STOOP, upper(b.pose, _AT_AN_END), grown) if b.gait else mix(STOOP, _AT_AN_END, grown)
    low, high = min(b, other, key=lambda one: one.x), max(b, other, key=lambda one: one.x)
    t.x, ground = (low.x + high.x) / 2, (low.y + high.y) / 2
    t.lift = t.y - ground + 0.34 * b.size * grown
    laid = 90.0 if t.height > 1.5 * t.width else 0.0
    t.turn = laid - math.degrees(math.atan2(low.y - high.y, max(high.x - low.x, 1e-6)))
    t.z = max(low.y + low.z, high.y + high.z) - t.y + 0.004
    low.facing, high.facing = 1, -1
