"""Acts on wheels, wings and water: ride, drive, skid, fly, float, towards us and away; a mount goes along."""

from __future__ import annotations

import math
from typing import Final

from svta.generation.storyboard.drawing.body import Body
from svta.generation.storyboard.drawing.poses import (  # fmt: skip
    CROUCH,
    ON_FRONT,
    RIDE,
    SIT_DOWN,
    STAND,
    STRADDLE,
    SWIM,
    ease,
    span,
    stride,
)
from svta.generation.storyboard.drawing.things import WHEELED
from svta.generation.storyboard.drawing.vehicle_ends import CARTS
from svta.generation.storyboard.drawing.vehicles import RIDDEN, TWO_WHEELED
from svta.generation.storyboard.drawn_tables import species
from svta.generation.storyboard.scene import medium

from ..objects import blown_out_of_hand
from ..spawn import SHOULDER, face_colours, loaded, sits_on
from ..world import Run, World, act

PLANES: Final = ("plane", "propeller plane", "fighter jet")  # leave the ground where they run out of the picture
# how far a mount goes where the beat says no `to`, in heights of the picture
WAY: Final = {"ride": 0.5, "drive": 0.5, "skid": 0.5, "fly": 0.5, "reverse": 0.25, "float": 0.0, "pull up": 0.5,
              "trail": 0.5, "break through": 0.5, "slow down": 0.5, "speed up": 0.5}  # fmt: skip
_EASY: Final = {"reverse": ease, "float": ease, "skid": lambda p: 1 - (1 - p) ** 2,
                "pull up": lambda p: 1 - (1 - p) ** 2.4, "slow down": lambda p: 0.8 * (1 - (1 - p) ** 3) + 0.2 * p,
                "speed up": lambda p: p**2.2}  # fmt: skip  # how far on the way after a share of the time


@act("ride", "drive", "reverse", "skid", "fly", "float", "pull up", "slow down", "speed up", "trail", "break through")
def roll(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """On wheels, wings or water; a person takes the target along as its rider or driver."""
    verb, was = run.beat.verb, run.was
    if b is w.place:
        return
    mount = b
    blown_out_of_hand(w, run, b)
    if b.family == "person" and t is not None and t is not w.place and t is not b:
        mount = t
        _mount(w, b, t, p)
        was = run.target_was
        if t.family == "prop" and t.kind in ("escalator", "stairs", "elevator", "sofa", "bed", "chair", "bench"):
            _carried(w, run, b, t, p)
            return
        was.facing = run.was.facing if run.beat.to is None else was.facing
    goal = goal_of(w, run, mount, was, WAY[verb])
    if mount.family == "vehicle" and verb not in ("fly", "float") and mount.driver is None and b is mount:
        ridden = any(beat.target == b.id and beat.verb in ("ride", "drive") for beat in w.scene.beats)
        mount.driver = None if ridden else face_colours(mount, w.seed)
    move_along(mount, was, goal, verb, p)
    if verb in ("drive", "ride") and mount.family == "vehicle" and medium(mount.kind) not in ("air", "water"):
        mount.dy += 0.004 * math.sin(mount.phase * 8)
        mount.turn = 0.0
    if b.family == "person" and mount is b and verb in ("ride", "drive"):
        b.pose = RIDE
    if verb == "trail":  # on the hook of a tow truck, its front up
        tilt = -math.degrees(math.asin(min(0.3, 0.19 * mount.size / mount.width)))
        mount.turn = tilt if abs(was.turn) > 3 or abs(goal - was.x) > 0.01 else tilt * ease(p)
    if verb == "skid":
        _skid(w, run, mount, was, p)
    elif verb == "fly":
        _fly(w, mount, was, p)
        if b.family == "person" and mount is b:
            b.pose = SWIM._replace(arm2=150)
    elif verb == "float" or medium(mount.kind) == "water":
        _float(w, mount, verb, p)
    if mount.kind in PLANES and verb != "fly":
        leaves = verb == "drive" and run.beat.to is not None and not 0 <= run.beat.to <= 1
        mount.turn = -7 * span(p, 0.55, 0.9) if leaves else 0.0
        mount.lift = 0.25 * span(p, 0.55, 1.0) if mount.turn else mount.lift


@act("land", "rise")
def leave_the_ground(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Down out of the air onto the ground or the target; up from the ground and out of the picture."""
    if b is w.place:
        return
    was, q = run.was, ease(p)
    b.gait = 2.0
    x = was.x + (w.goal(run, b, 0.0) - was.x) * q
    b.facing = b.facing if abs(x - b.x) < 1e-4 else (1 if x > b.x else -1)
    b.x = x
    if run.beat.verb == "rise":
        b.lift = was.lift + (b.y + 0.1 - was.lift) * q
        b.dx += 0.008 * math.sin(w.t * 16)
        if b.kind == "rocket":
            w.emit("fire", b.x, b.y - b.lift + 0.04, 0.24, 1.0, run.index)
            w.emit("dust", b.x, b.y, 0.4, (w.t * 3) % 1.0, run.index) if p < 0.5 else None
        return
    top = t.height * (SHOULDER if t.family == "person" else 1.0) if t is not None and t is not w.place else 0.0
    high = top + b.y - t.y + 0.1 if top and t is not None and b.family == "vehicle" else 0.36
    b.lift = max(was.lift, high) * (1 - q) + (top + (b.y - t.y if t is not None and b.family == "vehicle" else 0.0)) * q
    b.turn = 8 * math.sin(math.pi * q) if b.family == "animal" else 0.0
    if t is not None and t is not w.place:
        b.z = max(b.z, t.y - b.y + 0.005)
    if p >= 1:
        b.gait = 0.0
    if p >= 1 and top and b.family == "animal":  # it sits there now
        b.y, b.lift, b.z = b.y - top, 0.0, b.z + top


@act("roll")
def roll_along(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """A ball, a barrel or a cart on its way; what is no wheel turns over and over."""
    if b is w.place:
        return
    was = run.was
    if b.family == "animal" and run.beat.to is None:  # on its back in the grass
        over, b.lying = ease(min(1.0, p * 4, (1 - p) * 5)), ease(min(1.0, p * 4, (1 - p) * 5))
        b.turn, b.gait = (165 + 25 * math.sin(w.t * 18)) * over, 1.0
        b.phase += 0.03
        b.dy -= 0.3 * b.height * over
        return
    x = was.x + (w.goal(run, b, 0.4) - was.x) * (1 - (1 - p) ** 1.5)
    b.phase += abs(x - b.x) / max(b.size, 1e-6)
    b.x = x
    b.lift = was.lift * (1 - ease(min(1.0, p * 3)))
    b.y = was.y + (max(was.y, w.ground) - was.y) * ease(min(1.0, p * 3))
    if b.family == "person":
        b.turn, b.down, b.base = (360 * p * (1 if x >= was.x else -1)) % 360, p >= 1, ON_FRONT
    elif b.kind in WHEELED:
        b.facing = 1 if x >= was.x else -1
    elif b.family == "prop":
        b.turn = was.turn + math.degrees((x - was.x) / max(0.02, 0.5 * b.height))
    elif abs(x - was.x) > 0.004:
        b.facing = 1 if x > was.x else -1


def move_along(mount: Body, was: Body, goal: float, verb: str, p: float) -> None:
    """Along the way to the goal; backwards in reverse, slower and slower where it stops."""
    back = -1 if verb == "reverse" else 1
    q = _EASY[verb](p) if verb in _EASY else p
    x = was.x + (goal - was.x) * q
    mount.phase += abs(x - mount.x) / mount.size * back
    mount.gait = 2.0 if verb != "float" else 0.0
    if abs(goal - was.x) > 0.01 and verb != "float":
        mount.facing = (1 if goal > was.x else -1) * back
    mount.x = x
    mount.reversing = verb == "reverse"


def _skid(w: World, run: Run, mount: Body, was: Body, p: float) -> None:
    mount.turn = was.turn + 9 * math.sin(p * 9) * (1 - p) if not mount.down else mount.turn
    w.emit("dust", mount.x - mount.half * mount.facing, mount.y, 0.17, p, run.index)
    w.emit("skid", was.x, mount.y, mount.x - was.x, 1.0, run.index, front=False)
    if p >= 1:
        w.stains.append(w.effects[-1])


def _fly(w: World, mount: Body, was: Body, p: float) -> None:
    stays_low = mount.y < w.ground - 0.1 and mount.kind not in species()
    up = was.lift if stays_low else max(was.lift, 0.34 * ease(min(1.0, p * 3)))
    if mount.kind in species():
        up = max(0.05, min(up, mount.y - 1.25 * mount.height - 0.03))
    mount.lift = up + 0.02 * math.sin(w.t * 12)
    mount.turn = (-6 if mount.family != "prop" else 300 * p) * (1 if p < 1 else 0)
    if mount.family == "prop":
        mount.lift = 0.3 * 4 * p * (1 - p)


def _float(w: World, mount: Body, verb: str, p: float) -> None:
    mount.dy += 0.012 * math.sin(w.t * 14 + mount.x)
    heavy = mount.width > 1.5 * mount.size and medium(mount.kind) == "water"
    mount.turn = (1.2 if heavy else 4) * math.sin(w.t * 10 + 1)
    if verb == "float" and w.flood > 0.2:
        mount.lift = 0.16 * w.flood * ease(p * 2)
    elif w.wet(mount) and medium(mount.kind) != "air":
        mount.sunk = 0.1 * mount.height


def goal_of(w: World, run: Run, mount: Body, was: Body, default: float) -> float:
    to = run.beat.to
    if to is not None:
        return to * w.width if not 0 <= to <= 1 else w.within(mount, to * w.width)
    sign = -was.facing if run.beat.verb == "reverse" else was.facing
    x = was.x + default * sign
    x = w.within(mount, x)
    return x if abs(x - was.x) > 0.12 else w.within(mount, was.x - default * sign)


def _mount(w: World, b: Body, t: Body, p: float) -> None:
    """Seats a person on or in what it rides."""
    if sits_on(t) and t.kind != "train":
        b.on, b.down, b.lift, b.turn = t.id, False, 0.0, 0.0
        if t.kind == "skateboard":
            b.base = b.pose = CROUCH._replace(bend=14, leg=34, knee=40, leg2=-4, knee2=34, arm=60, arm2=-60)
        elif medium(t.kind) == "water" and t.kind != "jet ski":
            b.base = b.pose = SIT_DOWN._replace(arm=60 + 30 * math.sin(w.t * 20), arm2=50 + 30 * math.sin(w.t * 20))
        elif t.kind == "bicycle":
            turn = t.phase / 0.17 * 0.5
            s, c = math.sin(turn), math.cos(turn)
            b.base = RIDE
            b.pose = RIDE._replace(leg=46 + 16 * s, knee=62 + 16 * c, leg2=46 - 16 * s, knee2=62 - 16 * c)
        else:
            b.base = b.pose = STRADDLE if t.family == "animal" else RIDE._replace(leg=58, knee=60, leg2=50, knee2=58)
    else:
        b.hidden, b.inside = True, t.id
        t.driver = face_colours(b, w.seed)


def _carried(w: World, run: Run, b: Body, t: Body, p: float) -> None:
    """Standing on moving stairs: along the slope, the steps run underneath."""
    b.on = None
    t.state = w.t
    b.z = t.y - b.y + 0.01
    slope = 0.5 if t.kind == "escalator" else 0.0
    b.x = run.was.x + (w.goal(run, b) - run.was.x) * p if run.beat.to is not None else run.was.x + 0.08 * p
    b.lift = run.was.lift + (0.08 * slope * p if run.beat.to is None else 0.0)
    b.pose = STAND._replace(arm=50, elbow=40)


@act("come closer", "go away", "back closer", "back away")
def along_the_view(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Towards us, larger and lower in the picture, or away from us; a ship as far as the horizon."""
    if b is w.place:
        return
    was, closer = run.was, run.beat.verb.endswith("closer")
    sails = medium(b.kind) == "water" and w.wet(b)
    factor = 1 + (0.75 if closer else -0.8 if sails else -0.5) * p
    b.scale, b.width, b.height = was.scale * factor, was.width * factor, was.height * factor
    for rider in (other for other in w.bodies.values() if other.on == b.id):
        size = run.mark.setdefault(f"size of {rider.id}", rider.scale)
        tall = run.mark.setdefault(f"height of {rider.id}", rider.height / max(rider.scale, 1e-6))
        rider.scale, rider.height = size * factor, tall * size * factor
        if b.kind in TWO_WHEELED:
            rider.yaw = -1.0 if run.beat.verb in ("come closer", "back away") else 1.0
    end = min(0.98 * w.height, was.y + 0.14 * w.height) if closer else was.y - 0.13 * w.height
    end = min(end, 0.55 * w.height) if sails and not closer else end
    b.y = was.y + (end - was.y) * p
    b.phase += 0.02
    b.gait = 1.0
    ends = b.kind not in (*RIDDEN, *CARTS) or b.kind in TWO_WHEELED
    if b.family == "vehicle" and medium(b.kind) == "road" and ends:
        b.yaw = -1.0 if run.beat.verb in ("come closer", "back away") else 1.0
        mounted = any(other.on == b.id for other in w.bodies.values())
        b.driver = b.driver or (face_colours(b, w.seed) if b.kind in TWO_WHEELED and not mounted else None)
    if b.family == "person":
        b.pose = loaded(b, stride(b.phase / 0.85, 0.8))
        b.facing = -was.facing if run.beat.verb.startswith("back") else b.facing


@act("draw up")
def draw_up(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """From nearer to us up to where it stands, seen from behind."""
    if b is w.place:
        return
    was, near = run.was, 1 - ease(min(1.0, 1.25 * p))
    factor = 1 + 0.5 * near
    b.scale, b.width, b.height = was.scale * factor, was.width * factor, was.height * factor
    b.y = was.y + 0.2 * w.height * near
    b.phase += 0.02 * near
    if b.family == "vehicle" and b.kind not in RIDDEN:
        b.yaw = 1.0
    elif b.family == "person" and near > 0.02:
        b.pose = loaded(b, stride(b.phase / 0.85, 0.8))
