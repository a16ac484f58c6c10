"""Poses of a jointed figure as plain numbers, mixed into one another, and where they put the joints.

Angles in degrees. Arms and legs: 0 hangs down, 90 points forward, 180 up, negative backward; an elbow bends the
forearm forward, a knee the shin backward. `turn` tips the whole figure forward (90: face down, -90: on its back).
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from .pen import Point

# Lengths of the figure's parts, in heights of a person.
TORSO, UPPER_ARM, FOREARM, THIGH, SHIN, HEAD = 0.31, 0.16, 0.16, 0.225, 0.225, 0.105


class Pose(NamedTuple):
    """One posture; the ground finds its feet by itself (joints)."""

    turn: float = 0.0
    bend: float = 0.0
    head: float = 0.0
    arm: float = 6.0  # near arm, elbow
    elbow: float = 12.0
    arm2: float = -8.0  # far arm
    elbow2: float = 12.0
    leg: float = 5.0  # near leg
    knee: float = 2.0
    leg2: float = -7.0  # far leg
    knee2: float = 2.0


def mix(one: Pose, other: Pose, amount: float) -> Pose:
    """Between two poses: 0 gives the one, 1 the other."""
    if amount <= 0:
        return one
    if amount >= 1:
        return other
    return Pose(*(a + (b - a) * amount for a, b in zip(one, other)))


def ease(p: float) -> float:
    """Slow in, slow out; 0..1 to 0..1, clamped."""
    p = min(1.0, max(0.0, p))
    return p * p * (3 - 2 * p)


def span(p: float, start: float, end: float) -> float:
    """How far p is on its way from start to end, 0..1."""
    return min(1.0, max(0.0, (p - start) / (end - start)))


STAND: Final = Pose()
SIT: Final = Pose(bend=-4, arm=38, elbow=40, arm2=30, elbow2=45, leg=88, knee=88, leg2=82, knee2=84)
SIT_DOWN: Final = Pose(bend=-8, arm=30, elbow=30, arm2=-30, elbow2=10, leg=86, knee=6, leg2=78, knee2=10)
CROUCH: Final = Pose(bend=38, head=-18, arm=35, elbow=50, arm2=20, elbow2=55, leg=78, knee=112, leg2=30, knee2=96)
KNEEL: Final = Pose(bend=6, arm=22, elbow=35, arm2=10, elbow2=35, leg=4, knee=94, leg2=-4, knee2=86)
ON_BACK: Final = Pose(turn=-90, head=4, arm=28, elbow=14, arm2=-22, elbow2=10, leg=8, knee=6, leg2=-4, knee2=8)
ON_FRONT: Final = Pose(turn=88, head=-6, arm=150, elbow=24, arm2=-12, elbow2=20, leg=6, knee=4, leg2=-10, knee2=16)
CURLED: Final = Pose(
    turn=-84, bend=26, head=22, arm=60, elbow=60, arm2=50, elbow2=60, leg=62, knee=80, leg2=48, knee2=86
)
ALL_FOURS: Final = Pose(bend=82, head=-70, arm=4, elbow=0, arm2=-4, elbow2=0, leg=6, knee=92, leg2=-8, knee2=84)
HANDS_UP: Final = Pose(arm=152, elbow=22, arm2=-152, elbow2=-22)
GUARD: Final = Pose(bend=10, arm=62, elbow=82, arm2=44, elbow2=96, leg=20, knee=14, leg2=-22, knee2=14)
REACH: Final = Pose(bend=22, head=6, arm=84, elbow=4, arm2=-26, elbow2=20, leg=26, knee=20, leg2=-24, knee2=8)
STOOP: Final = Pose(bend=74, head=10, arm=40, elbow=4, arm2=30, elbow2=6, leg=22, knee=30, leg2=-4, knee2=26)
AIM: Final = Pose(bend=2, arm=90, elbow=0, arm2=80, elbow2=12, leg=16, knee=6, leg2=-18, knee2=6)
HURT: Final = Pose(bend=-20, head=-24, arm=50, elbow=60, arm2=-60, elbow2=-20, leg=14, knee=6, leg2=-26, knee2=20)
DOUBLED: Final = Pose(bend=52, head=24, arm=20, elbow=92, arm2=10, elbow2=96, leg=24, knee=34, leg2=-2, knee2=34)
FLAIL: Final = Pose(bend=-14, head=-20, arm=128, elbow=20, arm2=-118, elbow2=-16, leg=34, knee=14, leg2=-26, knee2=24)
HELD_ARMS: Final = Pose(arm=62, elbow=52, arm2=54, elbow2=56)
CUFFED: Final = Pose(bend=16, head=18, arm=-34, elbow=-8, arm2=-40, elbow2=-8)
HANG: Final = Pose(arm=176, elbow=4, arm2=170, elbow2=8, leg=6, knee=16, leg2=-8, knee2=12)
RIDE: Final = Pose(bend=24, head=-12, arm=66, elbow=18, arm2=60, elbow2=20, leg=58, knee=70, leg2=22, knee2=52)
STRADDLE: Final = Pose(bend=6, arm=44, elbow=44, arm2=38, elbow2=46, leg=52, knee=56, leg2=50, knee2=58)
SWIM: Final = Pose(turn=78, head=-48, arm=160, elbow=0, arm2=20, elbow2=10, leg=8, knee=6, leg2=-10, knee2=14)
LEAP: Final = Pose(bend=12, arm=118, elbow=24, arm2=-40, elbow2=10, leg=58, knee=44, leg2=-40, knee2=36)
THROW_BACK: Final = Pose(bend=-16, arm=-150, elbow=-40, arm2=66, elbow2=10, leg=28, knee=8, leg2=-26, knee2=22)
THROW_OUT: Final = Pose(bend=26, head=-8, arm=98, elbow=6, arm2=-44, elbow2=14, leg=34, knee=26, leg2=-34, knee2=8)
KICK_BACK: Final = Pose(bend=8, arm=-36, elbow=30, arm2=52, elbow2=20, leg=-44, knee=68, leg2=4, knee2=8)
KICK_OUT: Final = Pose(bend=-20, arm=-62, elbow=20, arm2=58, elbow2=20, leg=88, knee=4, leg2=-6, knee2=8)
SWING_UP: Final = Pose(bend=-10, head=-10, arm=172, elbow=44, arm2=158, elbow2=52, leg=18, knee=6, leg2=-20, knee2=8)
SWING_DOWN: Final = Pose(bend=36, head=6, arm=62, elbow=4, arm2=54, elbow2=8, leg=30, knee=24, leg2=-24, knee2=10)
SHIELD: Final = Pose(bend=28, head=26, arm=120, elbow=84, arm2=112, elbow2=88, leg=44, knee=64, leg2=18, knee2=60)
NECK_GRIP: Final = Pose(bend=14, arm=92, elbow=8, arm2=86, elbow2=10, leg=26, knee=14, leg2=-26, knee2=8)
THROAT: Final = Pose(bend=16, head=-24, arm=48, elbow=122, arm2=40, elbow2=128, leg=10, knee=14, leg2=-10, knee2=16)
EAR: Final = Pose(head=6, arm=42, elbow=140)


def stride(phase: float, vigour: float) -> Pose:
    """A step of a walk (vigour 1) up to a sprint (2); a full cycle every 1.0 of phase."""
    s, c = math.sin(phase * math.tau), math.cos(phase * math.tau)
    swing, lift = 24 + 16 * (vigour - 1), 18 + 60 * (vigour - 1)
    arms, elbow = 26 + 22 * (vigour - 1), 14 + 68 * (vigour - 1)
    return Pose(
        bend=4 + 12 * (vigour - 1), arm=-arms * s, elbow=elbow, arm2=arms * s, elbow2=elbow,
        leg=swing * s + 6 * vigour, knee=max(0.0, c) * lift + 6, leg2=-swing * s + 6 * vigour,
        knee2=max(0.0, -c) * lift + 6,
    )  # fmt: skip


def upper(body: Pose, arms: Pose) -> Pose:
    """The arms, head and bend of one pose on the legs and turn of another."""
    return body._replace(bend=body.bend / 2 + arms.bend, head=arms.head, arm=arms.arm, elbow=arms.elbow,
                         arm2=arms.arm2, elbow2=arms.elbow2)  # fmt: skip


class Joints(NamedTuple):
    """Where the joints are, local units, feet on y = 0."""

    hip: Point
    shoulder: Point
    head: Point
    arm: tuple[Point, Point]
    arm2: tuple[Point, Point]
    leg: tuple[Point, Point]
    leg2: tuple[Point, Point]
    up: Point  # the direction of the head


def joints(pose: Pose, child: bool = False) -> Joints:
    """Forward kinematics; the lowest part of the figure touches the ground."""
    lean = math.radians(pose.turn + pose.bend)
    sx, sy = TORSO * math.sin(lean), TORSO * math.cos(lean)
    tilt = lean + math.radians(pose.head)
    up = (math.sin(tilt), math.cos(tilt))
    reach = HEAD * (1.24 if child else 1.1)
    hx, hy = sx + reach * up[0], sy + reach * up[1]

    def limb(x: float, y: float, first: float, second: float, lengths: tuple[float, float]) -> tuple[Point, Point]:
        one, two = math.radians(first - pose.turn), math.radians(second - pose.turn)
        mx, my = x + lengths[0] * math.sin(one), y - lengths[0] * math.cos(one)
        return (mx, my), (mx + lengths[1] * math.sin(two), my - lengths[1] * math.cos(two))

    inx, iny = sx * 0.92, sy * 0.92
    arm = limb(inx, iny, pose.arm, pose.arm + pose.elbow, (UPPER_ARM, FOREARM))
    arm2 = limb(inx, iny, pose.arm2, pose.arm2 + pose.elbow2, (UPPER_ARM, FOREARM))
    leg = limb(0, 0, pose.leg, pose.leg - pose.knee, (THIGH, SHIN))
    leg2 = limb(0, 0, pose.leg2, pose.leg2 - pose.knee2, (THIGH, SHIN))
    low = min(leg[0][1] - 0.04, leg[1][1] - 0.02, leg2[0][1] - 0.04, leg2[1][1] - 0.02, -0.09, sy - 0.1,
              hy - HEAD, arm[1][1] - 0.03 if abs(pose.turn + pose.bend) > 60 else 9)  # fmt: skip

    def lift(p: Point) -> Point:
        return p[0], p[1] - low

    limbs = [(lift(first), lift(second)) for first, second in (arm, arm2, leg, leg2)]
    return Joints((0, -low), (sx, sy - low), (hx, hy - low), limbs[0], limbs[1], limbs[2], limbs[3], up)
