"""Acts of a single body: going places (walk, ride, drive, fly), postures (sit, lie), falling, and looped gestures."""

from __future__ import annotations

import math

from .motion import Body, Run, World, act, face_colours, sits_on
from .poses import (
    ALL_FOURS, CROUCH, CURLED, DOUBLED, FLAIL, GESTURES, HANDS_UP, HANG, KNEEL, LEAP, ON_BACK, ON_FRONT, RIDE, SIT, STAND,
    SIT_DOWN, STRADDLE, SWIM, THROAT, Pose, ease, gesture_pose, mix, span, upper,
)  # fmt: skip


def stand_up(b: Body, p: float = 1.0) -> None:
    """Whoever lay, sat or hung is on its feet again."""
    b.down, b.asleep, b.turn, b.lift, b.sunk = False, False, 0.0, 0.0, 0.0
    b.base = mix(b.base, STAND, p)
    b.squash = (1.0, 1.0)


def settle(b: Body, pose: Pose, *, down: bool = True) -> None:
    """The body keeps this posture from now on."""
    b.base = b.pose = pose
    b.down = down


def rise(w: World, run: Run, b: Body, y: float, p: float) -> None:
    """Moves the ground line of a body from where it was to y."""
    b.y = run.was.y + (y - run.was.y) * p


@act("walk", "run", "sneak", "stagger", "crawl", "chase", "flee", "enter", "leave")
def travel(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """On foot (or wheels) to `to`; how, the verb says."""
    verb, was = run.beat.verb, run.was
    if b is w.place:
        return
    if run.beat.start <= w.t and (b.down or b.base is not STAND) and not (verb in ("walk", "stagger") and b.cuffed):
        stand_up(b)
        b.pose = b.base
    vigour, reach = {"run": (2.0, 0.6), "chase": (2.1, 0.6), "flee": (2.2, 0.6), "sneak": (0.9, 0.35)}.get(
        verb, (1.0, 0.4)
    )
    if verb in ("enter", "leave"):
        _through(w, run, b, t, p)
        return
    goal = w.goal(run, b, reach)
    if run.beat.to is None and t is not None and t is not w.place:
        if verb == "flee":
            goal = -0.2 * w.width if was.x < run.target_was.x else 1.2 * w.width
        else:
            side = 1 if was.x <= t.x else -1
            goal = w.within(b, t.x - side * (b.half + min(t.half, 0.3) + 0.04))
    elif verb == "flee" and run.beat.to is None:
        goal = -0.2 * w.width if was.facing < 0 else 1.2 * w.width
    if verb == "chase" and t is not None and t is not w.place and t.x == run.target_was.x and run.beat.to is not None:
        w.go(run, t, t.x, None)
    q = p if verb in ("run", "chase", "flee", "walk") else ease(p)
    if verb == "stagger":
        q = min(1.0, max(0.0, p + 0.07 * math.sin(p * 19)))
    x = was.x + (goal - was.x) * q
    if p >= 1.0:
        x = goal
    w.go(run, b, x, vigour)
    if verb == "walk" and b.cuffed:
        b.pose = upper(b.pose, b.base)
    if p >= 1.0 and run.beat.end >= 1.0 and verb != "stagger":
        pass
    if b.family == "person":
        _gait(w, b, verb, p)
    elif verb in ("stagger", "sneak"):
        b.turn = 5 * math.sin(w.t * 30) if verb == "stagger" else 0.0
        b.head = 0.4


def _gait(w: World, b: Body, verb: str, p: float) -> None:
    if verb == "sneak":
        low = CROUCH._replace(bend=30, head=-14, arm=50, elbow=60, arm2=30, elbow2=70)
        b.pose = mix(mix(b.pose, low, 0.55), b.pose._replace(bend=26), 0.3)
    elif verb == "stagger":
        sway = math.sin(w.t * 21 + b.phase)
        b.pose = b.pose._replace(bend=16 * sway, head=-14 * sway, arm=30 + 40 * sway, elbow=30, arm2=-40 + 36 * sway)
        b.dy -= 0.006 * abs(sway)
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
    if verb == "enter":
        if t.kind in ("door", "elevator", "window") and t.state < 1 and t.kind != "window":
            t.state = max(t.state, span(p, 0.0, 0.4))
        w.go(run, b, was.x + (t.x - was.x) * ease(span(p, 0.0, 0.75)), 1.0)
        gone = span(p, 0.7, 1.0)
        b.squash = (1 - 0.4 * gone, 1 - 0.3 * gone)
        b.z = -0.02 if gone > 0 else b.z
        if p >= 1.0:
            b.hidden, b.inside = True, t.id
            t.driver = face_colours(w, b) if t.family == "vehicle" else None
            b.squash = (1.0, 1.0)
            if t.kind in ("door", "elevator"):
                t.state = 0.0
        return
    b.hidden, b.inside = False, None
    t.state = max(t.state, span(p, 0.0, 0.3)) if t.kind in ("door", "elevator") else t.state
    goal = w.goal(run, b) if run.beat.to is not None else w.within(b, t.x + 0.2 * b.facing)
    w.go(run, b, t.x + (goal - t.x) * ease(span(p, 0.2, 1.0)), 1.0)


@act("stand", "stop", "queue", "look")
def wait(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Staying where one is: a glance round, a step up in the line, a halt."""
    verb = run.beat.verb
    if b is w.place:
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


@act("sit", "lie", "sleep", "kneel")
def rest(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Going down to a posture within the first fifth of the beat, then keeping it."""
    verb, was = run.beat.verb, run.was
    if b is w.place:
        return
    if t is not None and t is not w.place:
        b.x = was.x + (t.x - was.x) * ease(span(p, 0.0, 0.25)) if abs(t.x - was.x) > 0.01 else t.x
        b.z = max(b.z, t.y - b.y + 0.005)
    goal = {"sit": SIT, "kneel": KNEEL}.get(verb) or (ON_BACK if was.base.turn <= 0 else ON_FRONT)
    start = 0.0 if run.beat.start > 0 else 1.0  # who lies from the start lies already in the first frame
    k = 1.0 if start else ease(min(1.0, p * 4))
    if was.down and verb == "lie":
        k = 1.0
        goal = was.base if abs(was.base.turn) > 40 or was.base is CURLED else goal
    b.base = b.pose = mix(was.base, goal, k)
    b.down = verb in ("lie", "sleep") and k > 0.5
    if verb == "sit":
        height = _seat_height(w, b, t)
        if height is None:  # on the bare ground, legs stretched out
            b.base = b.pose = mix(was.base, SIT_DOWN, k)
        b.lift = k * (height or 0.0)
    elif verb != "kneel":
        b.lift = k * (t.height * 0.62 if t is not None and t.kind in ("bed", "sofa", "bench", "table") else 0.0)
    if b.family == "animal":
        b.squash, b.turn = (1.0, 1 - 0.3 * k), (-16 * k if verb == "sit" else 0.0)
        b.head = 0.8 * k if verb in ("lie", "sleep") else 0.0
    if verb == "sleep":
        b.asleep = True
        w.emit("zzz", *b.at(-0.42 if b.family == "person" else 0.3, 0.3), 0.12, w.t)


def _seat_height(w: World, b: Body, t: Body | None) -> float | None:
    """How far a sitter is lifted: onto the target, or the nearest seat at hand; None = there is none."""
    seats = [t] if t is not None and t is not w.place else [
        o for o in w.bodies.values() if o.kind in ("chair", "bench", "sofa", "bed") and abs(o.x - b.x) < o.half + 0.05]  # fmt: skip
    if not seats:
        return None
    height = {"chair": 0.3, "bench": 0.3, "sofa": 0.26, "bed": 0.29, "counter": 0.48, "table": 0.43}.get(
        seats[0].kind, 0.3
    )
    b.z = max(b.z, seats[0].y - b.y + 0.005)
    return max(0.0, height * seats[0].size - 0.225 * b.size)


@act(*GESTURES, overlay=True)
def gesture(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Looped poses of poses.GESTURES with what the hand holds and the mark beside it."""
    verb = run.beat.verb
    g = GESTURES[verb]
    if b is w.place:
        return
    if run.beat.to is not None:
        goal = w.goal(run, b)
        w.go(run, b, run.was.x + (goal - run.was.x) * p, 1.0)
    elif t is not None:
        w.face(b, t)
    length = run.beat.end - run.beat.start
    cycles = p * (1 if verb == "bow" else max(1.0, g.rate * length))
    seated = b.base is not STAND or (b.gait > 0 and g.seated)
    hop = abs(math.sin(cycles * math.tau)) * g.hop
    if b.family == "person":
        pose = gesture_pose(g, cycles) if verb != "bow" else mix(STAND, g.poses[1], math.sin(math.pi * p))
        fade = ease(min(1.0, p * 8, (1 - p) * 8 + (1.0 if run.beat.end >= 1 else 0.15)))
        whole = g.seated or seated or b.down
        b.pose = mix(b.pose, upper(b.pose, pose) if whole else pose, fade)
        if g.item and b.held in (None, "cane", g.item) and p < 1.0:
            run.mark.setdefault("had", 0.0)
            b.held = g.item
        if run.was.held != b.held and g.item == b.held and p >= 1.0:
            b.held = run.was.held
    else:
        b.head = 0.6 * math.sin(cycles * math.tau)
        b.mouth = 1.0 if verb in ("talk", "eat", "drink") else 0.0
        b.turn = run.was.turn + 4 * math.sin(cycles * math.tau) if b.family != "animal" else run.was.turn
    b.dy += hop
    _mark(w, run, b, t, g.mark, cycles)


def _mark(w: World, run: Run, b: Body, t: Body | None, mark: str | None, cycles: float) -> None:
    if mark is None:
        return
    key, beat = run.index, cycles % 1.0
    tall = 1.0 if b.base is STAND else 0.72
    if mark in ("speech", "notes"):
        w.emit(mark, *b.at(0.34, tall + 0.12), 0.16, cycles, key)
        b.mouth = max(0.0, math.sin(cycles * 19))
    elif mark == "waves":
        w.emit(mark, *b.at(0.2, tall - 0.06), 0.09, beat, key)
        b.mouth = max(0.0, math.sin(cycles * 23))
    elif mark == "flash":
        if beat < 0.3:
            w.emit("flash", *b.at(0.36, tall - 0.12), 0.14, beat / 0.3, key)
    elif mark in ("dirt", "drops"):
        if mark == "drops" or beat > 0.4:
            w.emit(mark, *b.at(0.5, 0.4), 0.2, beat, key)
    elif mark == "steam":
        x, y = (t.x, t.top) if t is not None and t is not w.place else b.at(0.5, 0.6)
        w.emit("steam", x, y, 0.16, w.t, key)
    elif beat < 0.3:
        w.emit("tink", *b.at(0.42, 0.6 if mark == "tink" else 0.72), 0.09, beat / 0.3, key)


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
    if verb == "jump":
        q = span(p, 0.22, 0.82)
        w.go(run, b, was.x + (w.goal(run, b) - was.x) * q)
        b.lift = was.lift * (1 - q) + 0.24 * 4 * q * (1 - q) + 1e-6
        rise(w, run, b, max(was.y, w.ground) if not w.water_place else was.y, q)
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
        if b.family == "vehicle" or b.family == "prop":
            b.turn = was.turn + 6 * math.sin(p * 40) * (1 - p)
        w.emit("alarm", *b.at(0.0, 1.22 if b.family == "person" else b.height / b.size + 0.2), 0.13, p)


@act("climb")
def climb(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Hand over hand up a target (or the air), staying up there."""
    was = run.was
    if b is w.place:
        return
    high = (t.height if t is not None and t is not w.place else 0.22) * 0.94
    if t is not None and t is not w.place:
        b.x = was.x + (t.x - was.x - 0.05 * was.facing) * ease(span(p, 0.0, 0.2))
        b.z = t.y - b.y + 0.01
    high = min(high, b.y - b.height * 0.9)
    b.lift = was.lift + max(0.0, high - was.lift) * span(p, 0.1, 1.0)
    step = math.sin(p * 30 * (run.beat.end - run.beat.start) + 1)
    b.base = STAND
    b.down = False
    b.pose = Pose(bend=4, head=-16, arm=140 + 26 * step, elbow=20, arm2=140 - 26 * step, elbow2=20, leg=50 + 34 * step,
                  knee=70 + 24 * step, leg2=50 - 34 * step, knee2=70 - 24 * step)  # fmt: skip
    if p >= 1:
        b.base = b.pose


@act("ride", "drive", "reverse", "skid", "fly", "float")
def roll(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """On wheels, wings or water; a person takes the target along as its rider or driver."""
    verb, was = run.beat.verb, run.was
    if b is w.place:
        return
    mount = b
    if b.family == "person" and t is not None and t is not w.place and t is not b:
        mount = t
        _mount(w, b, t, p)
        was = run.target_was
        if t.family == "prop" and t.kind in ("escalator", "stairs", "elevator", "sofa", "bed", "chair", "bench"):
            _carried(w, run, b, t, p)
            return
        was.facing = run.was.facing if run.beat.to is None else was.facing
    goal = _goal(
        w, run, mount, was, 0.5 if verb in ("ride", "drive", "skid", "fly") else 0.25 if verb == "reverse" else 0.0
    )
    if (
        mount.family == "vehicle"
        and verb in ("drive", "ride", "skid", "reverse")
        and mount.driver is None
        and b is mount
    ):
        mount.driver = face_colours(w, mount)
    q = {"drive": p, "ride": p, "fly": p, "skid": 1 - (1 - p) ** 2, "reverse": ease(p), "float": ease(p)}[verb]
    x = was.x + (goal - was.x) * q
    facing = mount.facing
    mount.phase += (x - mount.x) * (1 if facing > 0 else -1) * 0 + abs(x - mount.x) / mount.size * (
        -1 if verb == "reverse" else 1
    )
    mount.gait = 2.0 if verb != "float" else 0.0
    if abs(goal - was.x) > 0.01 and verb not in ("float",):
        mount.facing = (1 if goal > was.x else -1) * (-1 if verb == "reverse" else 1)
    mount.x = x
    mount.reversing = verb == "reverse"
    if verb in ("drive", "ride") and mount.family == "vehicle" and mount.kind not in ("boat", "plane"):
        mount.dy += 0.004 * math.sin(mount.phase * 8)
        mount.turn = 0.0
    if b.family == "person" and mount is b:
        b.pose = RIDE if verb in ("ride", "drive") else b.pose
    if verb == "skid":
        mount.turn = was.turn + 9 * math.sin(p * 9) * (1 - p) if not mount.down else mount.turn
        w.emit("dust", mount.x - mount.half * mount.facing, mount.y, 0.17, p, run.index)
        w.emit("skid", was.x, mount.y, mount.x - was.x, 1.0, run.index, front=False)
        if p >= 1:
            w.stains.append(w.effects[-1])
    elif verb == "fly":
        up = was.lift if mount.y < w.ground - 0.1 else max(was.lift, 0.34 * ease(min(1.0, p * 3)))
        mount.lift = up + 0.02 * math.sin(w.t * 12)
        mount.turn = (-6 if mount.family != "prop" else 300 * p) * (1 if p < 1 else 0)
        if mount.family == "prop":
            mount.lift = 0.3 * 4 * p * (1 - p)
        if b.family == "person" and mount is b:
            b.pose = SWIM._replace(arm2=150)
    elif verb == "float" or mount.kind == "boat":
        deep = 0.1 * mount.height
        mount.dy += 0.012 * math.sin(w.t * 14 + mount.x)
        mount.turn = 4 * math.sin(w.t * 10 + 1)
        if verb == "float" and w.flood > 0.2:
            mount.lift = 0.16 * w.flood * ease(p * 2)
        elif w.water_place:
            mount.sunk = deep
    if mount.kind == "plane" and verb != "fly":
        mount.turn = (
            -7 * span(p, 0.55, 0.9)
            if verb == "drive" and run.beat.to is not None and not 0 <= run.beat.to <= 1
            else 0.0
        )
        mount.lift = 0.25 * span(p, 0.55, 1.0) if mount.turn else mount.lift


def _goal(w: World, run: Run, mount: Body, was: Body, default: float) -> float:
    to = run.beat.to
    if to is not None:
        return to * w.width if not 0 <= to <= 1 else w.within(mount, to * w.width)
    sign = -was.facing if run.beat.verb == "reverse" else was.facing
    x = was.x + default * sign
    return x if x == w.within(mount, x) else max(-0.3, min(w.width + 0.3, x))


def _mount(w: World, b: Body, t: Body, p: float) -> None:
    """Seats a person on or in what it rides."""
    if sits_on(t) and t.kind != "train":
        b.on, b.down, b.lift, b.turn = t.id, False, 0.0, 0.0
        if t.kind == "skateboard":
            b.base = b.pose = CROUCH._replace(bend=14, leg=34, knee=40, leg2=-4, knee2=34, arm=60, arm2=-60)
        elif t.kind == "bicycle":
            turn = t.phase / 0.17 * 0.5
            s, c = math.sin(turn), math.cos(turn)
            b.base = RIDE
            b.pose = RIDE._replace(leg=46 + 16 * s, knee=62 + 16 * c, leg2=46 - 16 * s, knee2=62 - 16 * c)
        else:
            b.base = b.pose = STRADDLE if t.family == "animal" else RIDE._replace(leg=58, knee=60, leg2=50, knee2=58)
    else:
        b.hidden, b.inside = True, t.id
        t.driver = face_colours(w, b)


def _carried(w: World, run: Run, b: Body, t: Body, p: float) -> None:
    """Standing on moving stairs: along the slope, the steps run underneath."""
    b.on = None
    t.state = w.t
    b.z = t.y - b.y + 0.01
    slope = 0.5 if t.kind == "escalator" else 0.0
    b.x = run.was.x + (w.goal(run, b) - run.was.x) * p if run.beat.to is not None else run.was.x + 0.08 * p
    b.lift = run.was.lift + (0.08 * slope * p if run.beat.to is None else 0.0)
    b.pose = STAND._replace(arm=50, elbow=40)


@act("swim", "drown")
def in_water(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """At the water line: strokes, or going under with arms up."""
    if b is w.place:
        return
    was = run.was
    key = run.index
    b.down = False
    if run.beat.verb == "swim":
        w.go(run, b, was.x + (w.goal(run, b, 0.2) - was.x) * p)
        stroke = w.t * 620
        b.base = SWIM
        b.pose = SWIM._replace(arm=160 - stroke % 360, arm2=160 - (stroke + 180) % 360)
        b.sunk = b.height * 0.09
        b.gait = 1.0
    else:
        wild = math.sin(w.t * 40)
        b.base = STAND
        b.pose = HANDS_UP._replace(arm=150 + 26 * wild, arm2=-150 + 26 * wild, head=-18)
        b.sunk = b.height * (0.42 + 0.5 * p + 0.06 * math.sin(w.t * 26) * (1 - p))
        b.mouth = 1.0
        b.dx += 0.012 * wild
        if p > 0.5:
            w.emit("bubbles", b.x, b.y, 0.12, p, key)
    w.emit("splash", b.x, b.y, 0.14, (w.t * 5) % 1.0, key)


@act("fall", "trip", "slip", "faint", "convulse", "choke")
def go_down(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Down to the ground in the verb's own way, and staying there."""
    verb, was = run.beat.verb, run.was
    if b is w.place:
        w.shake = 0.5
        return
    w.go(run, b, was.x + (w.goal(run, b) - was.x) * ease(p)) if run.beat.to is not None and not was.down else None
    rise(
        w, run, b, max(was.y, w.ground) if verb != "convulse" and not w.water_place else was.y, ease(min(1.0, p * 1.6))
    )
    b.lift, b.on = was.lift * (1 - ease(p * 2)), None
    if b.family != "person":
        if verb in ("choke", "convulse"):
            b.turn = was.turn + 8 * math.sin(w.t * 60)
            return
        b.turn = was.turn + (88 - was.turn) * ease(p * 1.3) if abs(was.turn) < 60 else was.turn
        b.down = p > 0.6
        return
    if was.down and verb in ("fall", "trip", "slip", "faint"):
        return
    end = ON_FRONT if verb == "trip" or (verb == "fall" and run.index % 2) else CURLED if verb == "faint" else ON_BACK
    if verb == "choke":
        tremble = math.sin(w.t * 70)
        b.base = b.pose = mix(
            was.base, mix(THROAT, DOUBLED._replace(arm=48, elbow=122, arm2=40, elbow2=128), ease(p)), ease(p * 4)
        )
        if was.base is SIT or abs(was.base.leg - SIT.leg) < 4:
            b.base = b.pose = upper(SIT, THROAT._replace(bend=16 + 20 * p))
        b.pose = b.pose._replace(bend=b.pose.bend + 4 * tremble, head=b.pose.head + 5 * tremble)
        b.mouth = 1.0
        return
    if verb == "convulse":
        k = 1.0 if run.beat.start == 0 or was.down else ease(p * 3)
        b.base = mix(was.base, was.base if was.down else ON_BACK, k)
        s, c = math.sin(w.t * 90 + 1), math.cos(w.t * 76)
        b.pose = b.base._replace(arm=b.base.arm + 26 * s, elbow=30 + 30 * c, arm2=b.base.arm2 - 26 * c, elbow2=30 - 30 * s,
                                 leg=b.base.leg + 16 * c, knee=16 + 14 * s, leg2=b.base.leg2 - 16 * s, knee2=16 - 14 * c)  # fmt: skip
        b.dx += 0.008 * s
        b.down = k > 0.8
        w.emit("tremor", b.x, b.y - 0.12 * b.scale, 0.2, w.t)
        return
    middle = {"trip": FLAIL._replace(bend=40, leg=-40, knee=20, leg2=30, knee2=50), "faint": DOUBLED._replace(leg=60, knee=100, leg2=50, knee2=96),
              "slip": ON_BACK._replace(turn=-50, leg=74, leg2=60, arm=110, arm2=-80)}.get(verb, FLAIL)  # fmt: skip
    b.pose = mix(was.base, middle, ease(p / 0.42)) if p < 0.42 else mix(middle, end, ease(span(p, 0.42, 0.85)))
    if verb == "slip":
        b.dy += 0.05 * math.sin(math.pi * span(p, 0.1, 0.8))
    b.base = b.pose if p >= 1 else b.base
    b.down = p >= 1
    b.mouth = 0.0 if verb == "faint" or p >= 1 else 1.0
    if 0.75 < p < 1 and verb != "faint":
        w.emit("puff", b.x, b.y, 0.26, span(p, 0.75, 1.0), run.index)


@act("dangle", "plunge")
def drop_down(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Hanging by the hands; falling from a height (or hurled from the ground) to a landing."""
    verb, was = run.beat.verb, run.was
    if b is w.place:
        w.shake = 0.7
        return
    if verb == "dangle":
        b.base = b.pose = HANG if b.family == "person" else b.base
        swing = math.sin(w.t * 14)
        b.pose = b.pose._replace(turn=9 * swing, leg=8 + 16 * swing, leg2=-8 + 16 * swing)
        b.turn = 0.0 if b.family == "person" else 8 * swing
        if was.y >= w.ground - 0.06 and was.lift < 0.06:
            b.lift = min(0.26, was.y - was.height) * ease(p * 3)
            w.emit("hook", b.x, b.y - b.lift - b.height * 1.16, 0.2, p)
        b.mouth, b.down = 1.0, False
        return
    if b.kind in ("elevator",):
        b.lift = -0.75 * p * p
        b.state = 0.0
        if p > 0.8:
            w.shake, b.down = 1.0, True
            w.emit("dustcloud", b.x, w.height * 0.98, 0.5, span(p, 0.8, 1.0), run.index)
        return
    high = was.y - was.lift < w.ground - 0.12
    q = span(p, 0.0, 0.8)
    goal = was.x + 0.0 if run.beat.to is None else w.goal(run, b)
    w.go(run, b, was.x + (goal - was.x) * q)
    rise(w, run, b, max(was.y, w.ground) if not w.water_place else was.y, q * q)
    b.lift = was.lift * (1 - q * q) + (0.0 if high else 0.3 * 4 * q * (1 - q))
    b.on = None
    if b.family == "person":
        b.turn = (360 if was.facing > 0 else 360) * q * (1 if q < 1 else 0)
        landing = ON_FRONT if goal != was.x else ON_BACK
        b.pose = mix(FLAIL, landing, ease(span(p, 0.7, 0.9))) if p > 0.05 else was.base
        b.facing = was.facing if goal == was.x else (1 if goal > was.x else -1)
        b.mouth = 1.0 if q < 1 else 0.0
        if p >= 1:
            settle(b, landing)
            b.turn = 0.0
    else:
        b.turn = was.turn + 40 * math.sin(math.pi * q)
    if p > 0.78:
        w.emit("splash" if w.water_place else "puff", b.x, b.y, 0.3, span(p, 0.78, 1.0), run.index)
        if w.water_place:
            b.sunk = 0.2 * span(p, 0.78, 1.0)
        if p < 1:
            w.shake = 0.5
