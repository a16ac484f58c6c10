"""Acts that end on a seat, on the ground or under water: sit, lie, fall, faint, convulse, plunge, drown."""

from __future__ import annotations

import math

from svta.generation.storyboard.drawing.animals import swimming_depth
from svta.generation.storyboard.drawing.body import Body
from svta.generation.storyboard.drawing.pen import PERSON
from svta.generation.storyboard.drawing.poses import (  # fmt: skip
    CURLED,
    DOUBLED,
    FLAIL,
    HANDS_UP,
    HANG,
    KNEEL,
    ON_BACK,
    ON_FRONT,
    SIT,
    SIT_DOWN,
    STAND,
    SWIM,
    THROAT,
    Pose,
    ease,
    mix,
    span,
    upper,
)
from svta.generation.storyboard.drawing.things import rest_height

from .locomotion import rise
from .world import Run, World, act

SEATS = {
    "chair": 0.3,
    "armchair": 0.26,
    "stool": 0.42,
    "wheelchair": 0.3,
    "bench": 0.3,
    "sofa": 0.26,
    "bed": 0.29,
}  # how high one sits on them, local units
BEDS = ("bed", "sofa", "bench", "table", "hospital bed", "stretcher", "examination table", "bunk bed")
MIDDLE = {  # half-way down
    "trip": FLAIL._replace(bend=40, leg=-40, knee=20, leg2=30, knee2=50),
    "faint": DOUBLED._replace(leg=60, knee=100, leg2=50, knee2=96),
    "slip": ON_BACK._replace(turn=-50, leg=74, leg2=60, arm=110, arm2=-80),
}


def keep_posture(b: Body, pose: Pose, *, down: bool = True) -> None:
    """The body keeps this posture from now on."""
    b.base = b.pose = pose
    b.down = down


_AROUND = ("bathtub",)  # one sits in it, behind its side


@act("sit", "lie", "sleep", "kneel")
def rest(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Going down to a posture within the first fifth of the beat, then keeping it."""
    verb, was = run.beat.verb, run.was
    if b is w.place:
        return
    if t is not None and t.family == "person" and b.family == "animal" and b.y < t.y - 0.3 * t.height:
        b.z = t.y - b.y + 0.005  # a bird upon a shoulder
        return
    if t is not None and t is not w.place:
        beside = _place_on(w, run, b)
        there = t.x + beside
        if beside and run.beat.start <= 0:
            was.x = there
        b.x = was.x + (there - was.x) * ease(span(p, 0.0, 0.25)) if abs(there - was.x) > 0.01 else there
        b.z = max(b.z, t.y - b.y + 0.005) if t.kind not in _AROUND else t.y - b.y - 0.01
    upright = verb == "sit" or (verb == "sleep" and t is not None and t.kind in ("chair", "armchair", "wheelchair"))
    goal = (SIT if upright else None) or {"kneel": KNEEL}.get(verb) or (ON_BACK if was.base.turn <= 0 else ON_FRONT)
    start = 0.0 if run.beat.start > 0 else 1.0  # who lies from the start lies already in the first frame
    k = 1.0 if start else ease(min(1.0, p * 4))
    if was.down and verb == "lie":
        k = 1.0
        goal = was.base if abs(was.base.turn) > 40 or was.base is CURLED else goal
    b.base = b.pose = mix(was.base, goal, k)
    b.down = verb in ("lie", "sleep") and k > 0.5 and not upright
    if upright:
        height = _seat_height(w, b, t)
        if height is None:  # on the bare ground, legs stretched out
            b.base = b.pose = mix(was.base, SIT_DOWN, k)
        b.lift = k * (height or 0.0) if t is None or b.y > t.y - 0.1 else 0.0  # a bird sits up there already
    elif verb != "kneel":
        lying = t is not None and t.kind in BEDS and b.y > t.y - 0.1  # a cat lies up there already
        b.lift = k * (t.height * 0.62 if t is not None and lying else 0.0)
    if b.family == "animal":
        b.lying = k if verb in ("lie", "sleep") else 0.0
        b.sitting = k if upright else 0.0
        b.squash, b.turn = (1.0, 1.0), 0.0
        b.head = 0.8 * k if verb in ("lie", "sleep") else 0.0
    if verb == "sleep":
        b.asleep = True
        b.head = 0.4 if upright else b.head
        x, y = (0.1, 0.95) if upright else (-0.42 if b.family == "person" else 0.3, 0.3)
        w.emit("zzz", *b.at(x, y), 0.12, w.t)


def _place_on(w: World, run: Run, b: Body) -> float:
    """How far from the middle of a seat somebody sits, where others sit on it too."""
    beats = [beat for beat in w.scene.beats if beat.verb == run.beat.verb and beat.target == run.beat.target]
    family = "animal" if b.family == "animal" else "person"
    sitters = list(dict.fromkeys(beat.who for beat in beats if w.bodies[beat.who].family == family))
    if (run.beat.verb != "sit" and family == "person") or len(sitters) < 2 or b.id not in sitters:
        return 0.0
    apart = 0.2 * b.scale if family == "person" else 0.9 * b.half
    return apart * (sitters.index(b.id) - (len(sitters) - 1) / 2)


@act("sit at")
def sit_at(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """On a stool before a table or desk; everybody of a group has one."""
    if b is w.place or b.family != "person":
        return
    k = 1.0 if run.beat.start <= 0 else ease(min(1.0, p * 4))
    b.base = b.pose = mix(run.was.base, SIT, k)
    b.lift, b.down, b.stool = 0.02 * b.size * k, False, True
    w.face(b, t)


def _seat_height(w: World, b: Body, t: Body | None) -> float | None:
    """How far a sitter is lifted: onto the target, or the nearest seat at hand; None = there is none."""
    near = [o for o in w.bodies.values() if o.kind in SEATS and o.rubble < 0.1
            and abs(o.x - b.x) < o.half + 0.05]  # fmt: skip
    seats = [t] if t is not None and t is not w.place else near
    if not seats:
        return None
    height = {**SEATS, "counter": 0.48, "table": 0.43}.get(seats[0].kind, 0.3)
    b.z = max(b.z, seats[0].y - b.y + 0.005) if seats[0].kind not in _AROUND else b.z
    return max(0.0, height * seats[0].size - (0.225 * b.size if b.family == "person" else 0.0))


@act("swim", "drown")
def in_water(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """At the water line: strokes, or going under with arms up."""
    if b is w.place:
        return
    was = run.was
    key = run.index
    b.down = False
    if t is not None and t is not w.place and t.family == "prop":  # a fish in a bowl, before its glass
        w.go(run, b, was.x + (w.goal(run, b, 0.0) - was.x) * ease(p))
        b.y, b.lift, b.z = t.y, 0.4 * t.height, t.z + 0.005
        b.dy = 0.008 * math.sin(w.t * 14)
        return
    if run.beat.verb == "swim":
        w.go(run, b, was.x + (w.goal(run, b, 0.2) - was.x) * p)
        stroke = w.t * 620
        b.base = SWIM
        b.pose = SWIM._replace(arm=160 - stroke % 360, arm2=160 - (stroke + 180) % 360)
        b.sunk = b.height * (swimming_depth(b.kind) if b.family == "animal" else 0.09)
        b.gait, b.lying = 1.0, 1.0 if b.sunk > 0.1 * b.height else b.lying
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


def _let_go(w: World, run: Run, b: Body, p: float) -> None:
    """What whoever falls carries flies out of the hand and lands ahead."""
    thing = next((o for o in w.bodies.values() if o.family == "prop" and o.inside == b.id and o.kind == b.held), None)
    thing = None if b.held == "wire" else thing  # who gets a shock cannot let go
    if thing is not None and p >= 0.25 and "flies" not in run.mark:
        run.mark["flies"] = b.x
        b.held, b.held_colour = None, None
        thing.hidden, thing.inside, thing.z, thing.y = False, None, 0.01, b.y
        run.mark["thing"] = float(list(w.bodies).index(thing.id))
    if "flies" in run.mark:
        thing = list(w.bodies.values())[int(run.mark["thing"])]
        f = span(p, 0.25, 0.7)
        thing.x = w.within(thing, run.mark["flies"] + (0.2 + 0.3 * f) * b.facing)
        thing.lift, thing.turn = 0.3 * (1 - f * f) if f < 1 else 0.0, 40 * f * (1 - f) * 4


@act("fall", "trip", "slip", "faint", "convulse", "choke")
def go_down(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Down to the ground in the verb's own way, and staying there."""
    verb, was = run.beat.verb, run.was
    if b is w.place:
        w.shake = 0.5
        return
    if verb == "trip" and b.family == "person" and not was.down and t is not None and t.family == "prop":
        p = w.approach(run, b, t, p, t.half + 0.06, 0.3)  # the feet come up to it
        if p <= 0.0:
            return
        b.facing = 1 if t.x > was.x else -1
        b.x += 0.3 * b.size * b.facing * (ease(p) - run.mark.get("gone", 0.0))
        run.mark["gone"] = ease(p)
    w.go(run, b, was.x + (w.goal(run, b) - was.x) * ease(p)) if run.beat.to is not None and not was.down else None
    rise(w, run, b, max(was.y, w.ground) if verb != "convulse" and not w.wet(b) else was.y, ease(min(1.0, p * 1.6)))
    b.lift, b.on = was.lift * (1 - ease(p * 2)), None
    if b.family != "person":
        if verb in ("choke", "convulse"):
            b.turn = was.turn + 8 * math.sin(w.t * 60)
            return
        b.turn = was.turn * (1 - ease(p * 1.3)) + 40 * math.sin(math.pi * min(1.0, p * 1.6))
        b.lying, b.head = ease(span(p, 0.4, 0.7)), 0.9 * ease(span(p, 0.4, 0.7))
        b.down = p > 0.5
        return
    if verb in ("fall", "trip", "slip", "faint"):
        _let_go(w, run, b, p)
        if was.down:
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
        base = b.base
        b.pose = base._replace(
            arm=base.arm + 26 * s,
            elbow=30 + 30 * c,
            arm2=base.arm2 - 26 * c,
            elbow2=30 - 30 * s,
            leg=base.leg + 16 * c,
            knee=16 + 14 * s,
            leg2=base.leg2 - 16 * s,
            knee2=16 - 14 * c,
        )
        b.dx += 0.008 * s
        b.down = k > 0.8
        w.emit("tremor", b.x, b.y - 0.12 * b.scale, 0.2, w.t)
        return
    middle = MIDDLE.get(verb, FLAIL)
    b.pose = mix(was.base, middle, ease(p / 0.42)) if p < 0.42 else mix(middle, end, ease(span(p, 0.42, 0.85)))
    if verb == "slip":
        b.dy += 0.05 * math.sin(math.pi * span(p, 0.1, 0.8))
    b.base = b.pose if p >= 1 else b.base
    b.down = p >= 1
    b.mouth = 0.0 if verb == "faint" or p >= 1 else 1.0
    if 0.75 < p < 1 and verb != "faint":
        w.emit("puff", b.x, b.y, 0.26, span(p, 0.75, 1.0), run.index)


@act("fall in")
def fall_in(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Off balance at the edge of the water, over it with flailing arms, and in with a splash, head and arms out."""
    if b is w.place:
        return
    was, q = run.was, span(p, 0.25, 0.7)
    line = 0.7 * w.height if w.shore is not None else was.y
    w.go(run, b, was.x + (w.goal(run, b, 0.3) - was.x) * (0.15 * span(p, 0.0, 0.25) + 0.85 * q))
    b.y = was.y + (line - was.y) * ease(q)
    b.lift = was.lift * (1 - q) + 0.05 * math.sin(math.pi * q)
    b.mouth, b.down, b.on = 1.0, False, None
    if b.family == "person":
        wild = math.sin(w.t * 40)
        over = FLAIL._replace(turn=70 * q)
        afloat = HANDS_UP._replace(arm=140 + 24 * wild, arm2=-140 + 24 * wild)
        b.pose = mix(mix(was.base, over, ease(p * 5)), afloat, ease(span(p, 0.72, 0.8)))
        b.base = STAND
    wet = span(p, 0.66, 0.78)
    b.sunk = (
        b.height * (1.2 if t is not None and t.family == "prop" and not w.wet(b) else 0.55) * wet
    )  # in a hole one is gone
    if wet > 0 and w.wet(b):
        w.emit("splash", b.x, b.y, 0.34 - 0.2 * span(p, 0.75, 1.0), span(p, 0.66, 0.9) or (w.t * 4) % 1.0, run.index)


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
            b.lift = max(0.0, min(0.26, was.y - 1.2 * was.height - 0.02)) * ease(p * 3)
            w.emit("hook", b.x, b.y - b.lift - b.height * 1.16, 0.2, p)
        b.mouth, b.down = 1.0, False
        return
    b.z = 0.5 if b.kind == "icicle" else b.z  # before the wall under the eaves
    if b.kind in ("elevator",):
        b.lift = -0.75 * p * p
        b.state = 0.0
        if p > 0.8:
            w.shake, b.down = 1.0, True
            w.emit("dustcloud", b.x, w.height * 0.98, 0.5, span(p, 0.8, 1.0), run.index)
        return
    high = was.y - was.lift < w.ground - 0.12
    if b.family == "person" and any(o.kind == "balcony" for o in w.bodies.values()):  # before its wall
        b.z = max(b.z, w.ground - b.y + 0.01)
    q = span(p, 0.0, 0.8)
    goal = was.x if run.beat.to is None else w.goal(run, b)
    w.go(run, b, was.x + (goal - was.x) * q)
    rise(w, run, b, max(was.y, w.ground) if not w.wet(b) else was.y, q * q)
    if t is not None and t.family == "prop" and b.family == "prop" and abs(goal - t.x) < t.half and t.height > 0.04:
        top = t.y - rest_height(t.kind) * PERSON * t.scale  # onto a table
        rise(w, run, b, top, q * q)
        b.z = max(b.z, t.y - b.y + 0.01)
    b.lift = was.lift * (1 - q * q) + (0.0 if high else 0.3 * 4 * q * (1 - q))
    b.on = None
    if b.family == "person":
        b.turn = 360 * q * (1 if q < 1 else 0)
        landing = ON_FRONT if goal != was.x else ON_BACK
        b.pose = mix(FLAIL, landing, ease(span(p, 0.7, 0.9))) if p > 0.05 else was.base
        b.facing = was.facing if goal == was.x else (1 if goal > was.x else -1)
        b.mouth = 1.0 if q < 1 else 0.0
        if p >= 1:
            keep_posture(b, landing)
            b.turn = 0.0
    else:
        b.turn = was.turn + 40 * math.sin(math.pi * q)
    if p > 0.78:
        w.emit("splash" if w.wet(b) else "puff", b.x, b.y, 0.3, span(p, 0.78, 1.0), run.index)
        if w.wet(b):
            b.sunk = 0.2 * span(p, 0.78, 1.0)
        if p < 1:
            w.shake = 0.5
