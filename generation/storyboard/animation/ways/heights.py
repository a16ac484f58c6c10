"""Acts up and down: climbing, by lift, on slopes and moving steps, onto a roof; water that runs down steps."""

from __future__ import annotations

import math
from typing import Final

from svta.generation.storyboard.drawing.body import Body
from svta.generation.storyboard.drawing.poses import HANG, SIT_DOWN, STAND, Pose, ease, joints, span
from svta.generation.storyboard.drawing.things import ROUND

from ..locomotion import landing
from ..world import Run, World, act
from .turns import on_wheels

# Outlines of what rises to the right: from x on (-1 to 1), over a width, by a share of the height.
_HILL: Final = ((-1.0, 0.42, 0.42), (-0.58, 0.42, 0.42), (-0.16, 0.5, 0.16))
_OUTLINES: Final = {"hill": _HILL, "left hill": _HILL, "ramp": ((-1.0, 2.0, 0.95),),
                    "escalator": ((-0.88, 1.7, 0.76),), "stairs": ((-1.0, 1.7, 1.0),),
                    "slide": ((-0.95, 1.62, 0.92),)}  # fmt: skip
_LIGHT: Final = ("kite", "balloon", "lantern")
_CLIMBED = ("ladder", "scaffold", "tree", "palm tree", "pine tree", "apple tree", "pole", "lamp post", "rope", "statue",
            "hanging rope", "fire ladder", "drainpipe")  # fmt: skip


@act("climb")
def climb(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Hand over hand up a target (or the air), staying up there; down where it begins up there."""
    was = run.was
    if b is w.place:
        return
    high = (t.height if t is not None and t is not w.place else 0.22) * 0.94
    if t is not None and t is not w.place:
        b.x = was.x + (t.x - was.x - 0.05 * was.facing) * ease(span(p, 0.0, 0.2))
        b.z = t.y - b.y + 0.01
    whole = t is not None and t.kind in _CLIMBED  # with head and hands in the picture
    high = min(high, b.y - b.height * (1.06 if whole else 0.9))
    if whole and b.family == "animal" and t is not None:  # on the trunk, and not above the top
        high = min(high, 0.5 * t.height, b.y - 1.1 * b.width - 0.05)
    if (t is not None or run.beat.to is not None) and was.y < w.ground - 0.1:
        b.y = was.y + (w.ground - was.y) * span(p, 0.05, 0.95)
    else:
        b.lift = was.lift + max(0.0, high - was.lift) * span(p, 0.1, 1.0)
    step = math.sin(p * 30 * (run.beat.end - run.beat.start) + 1)
    if b.family == "animal":
        down = (t is not None or run.beat.to is not None) and was.y < w.ground - 0.1
        b.turn, b.gait = (80.0 if down else -80.0) * (1.0 if 0 < p < 1 or not down else 0.0), 1.0 if p < 1 else 0.0
        b.phase += 0.03 if p < 1 else 0.0
        return
    b.base = STAND
    b.down = False
    b.pose = Pose(bend=4, head=-16, arm=140 + 26 * step, elbow=20, arm2=140 - 26 * step, elbow2=20, leg=50 + 34 * step,
                  knee=70 + 24 * step, leg2=50 - 34 * step, knee2=70 - 24 * step)  # fmt: skip
    if p >= 1:
        b.base = b.pose


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
        on_wheels(w, run, b, x)
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
