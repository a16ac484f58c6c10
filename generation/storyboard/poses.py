"""Poses of a jointed figure as plain numbers, and the gestures that loop through them (wave, eat, dig ...).

Angles in degrees. Arms and legs: 0 hangs down, 90 points forward, 180 up, negative backward; an elbow bends the
forearm forward, a knee the shin backward. `turn` tips the whole figure forward (90: face down, -90: on its back).
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple


class Pose(NamedTuple):
    """One posture; the ground finds its feet by itself (figures.joints)."""

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
MOUTH: Final = Pose(arm=52, elbow=104)
LAP: Final = Pose(arm=40, elbow=66, arm2=34, elbow2=70, head=18)
DESK: Final = Pose(bend=10, head=12, arm=52, elbow=34, arm2=44, elbow2=44)


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


class Gesture(NamedTuple):
    """A loop through poses, `rate` times a clip; `item` is what the hand shows while it lasts."""

    poses: tuple[Pose, ...]
    rate: float = 4.0
    item: str | None = None
    seated: bool = True  # keeps the legs of whoever sits
    mark: str | None = None  # an effect of effects.py beside the figure
    hop: float = 0.0


def _arms(arm: float, elbow: float, arm2: float = -8, elbow2: float = 12, bend: float = 0, head: float = 0) -> Pose:
    return Pose(bend=bend, head=head, arm=arm, elbow=elbow, arm2=arm2, elbow2=elbow2)


GESTURES: Final[dict[str, Gesture]] = {
    "wave": Gesture((_arms(150, 0), _arms(150, 56)), 5),
    "talk": Gesture((_arms(40, 60, 10, 30, head=6), _arms(66, 40, 30, 60, head=-6), _arms(24, 80, 4, 20)), 3, mark="speech"),
    "point": Gesture((_arms(90, 0), _arms(96, 0, bend=6)), 4),
    "clap": Gesture((_arms(66, 12, 58, 14), _arms(74, 56, 70, 60)), 8, mark="clap"),
    "bow": Gesture((STAND, Pose(bend=70, head=10, arm=14, arm2=8)), 1),
    "dance": Gesture((
        Pose(bend=-6, arm=160, elbow=-20, arm2=-60, elbow2=-50, leg=26, knee=40, leg2=-8, knee2=4),
        Pose(bend=4, arm=70, elbow=70, arm2=-70, elbow2=-70, leg=4, knee=4, leg2=-4, knee2=4),
        Pose(bend=6, arm=60, elbow=50, arm2=-160, elbow2=20, leg=8, knee=4, leg2=-26, knee2=44),
        Pose(bend=-4, arm=110, elbow=-60, arm2=-110, elbow2=60, leg=14, knee=20, leg2=-14, knee2=20)), 2, seated=False,
        mark="notes", hop=0.05),
    "eat": Gesture((_arms(46, 40, 40, 50, head=14), _arms(56, 112, 40, 50)), 4, "spoon"),
    "drink": Gesture((_arms(46, 62), _arms(78, 96, head=-26), _arms(84, 96, head=-30)), 2, "cup"),
    "cook": Gesture((_arms(64, 8, 46, 40, 10, 12), _arms(76, 20, 46, 40, 8, 12), _arms(56, 26, 46, 40, 8, 12)), 5, "pan",
                    mark="steam"),
    "clean": Gesture((_arms(58, 8, 42, 16, 26, 14), _arms(22, 12, 6, 20, 14, 14)), 5, "broom", seated=False),
    "read": Gesture((_arms(50, 76, 40, 86, head=22), _arms(50, 80, 40, 86, head=26)), 1, "book"),
    "write": Gesture((_arms(48, 40, 40, 44, 12, 24), _arms(54, 36, 40, 44, 12, 24)), 8, "pen"),
    "type": Gesture((_arms(54, 34, 46, 46, 6, 12), _arms(50, 48, 50, 34, 6, 12)), 9, "laptop"),
    "phone": Gesture((EAR, EAR._replace(head=-4, arm2=20, elbow2=40)), 2, "phone", mark="waves"),
    "photograph": Gesture((_arms(74, 62, 66, 70), _arms(76, 62, 68, 70, bend=5, head=4)), 2, "camera", mark="flash"),
    "play": Gesture((Pose(bend=12, arm=70, elbow=20, arm2=-30, elbow2=10, leg=20, knee=20, leg2=-16, knee2=12),
                     Pose(bend=-4, arm=120, elbow=0, arm2=30, elbow2=20, leg=-8, knee=30, leg2=18, knee2=12)), 3,
                    "ball", seated=False, hop=0.05),
    "strum": Gesture((_arms(20, 84, 56, 34), _arms(36, 62, 56, 34, head=8)), 7, "guitar", mark="notes"),
    "exercise": Gesture((STAND, Pose(arm=172, elbow=0, arm2=-172, elbow2=0, leg=28, leg2=-28)), 4, seated=False,
                        hop=0.09),
    "dig": Gesture((Pose(bend=44, head=-10, arm=46, elbow=10, arm2=30, elbow2=20, leg=30, knee=30, leg2=-12, knee2=10),
                    Pose(bend=12, arm=80, elbow=30, arm2=60, elbow2=30, leg=24, knee=12, leg2=-14, knee2=8)), 3, "spade",
                   seated=False, mark="dirt"),
    "water": Gesture((_arms(58, 20, 30, 40, 10), _arms(70, 16, 30, 40, 8)), 2, "watering can", mark="drops"),
    "repair": Gesture((Pose(bend=34, arm=70, elbow=60, arm2=58, elbow2=20, leg=70, knee=110, leg2=30, knee2=100),
                       Pose(bend=40, arm=52, elbow=16, arm2=58, elbow2=20, leg=70, knee=110, leg2=30, knee2=100)), 6,
                      "hammer", seated=False, mark="tink"),
    "cycle arms": Gesture((_arms(0, 0, 180, 0), _arms(90, 0, 270, 0), _arms(180, 0, 360, 0), _arms(270, 0, 450, 0),
                           _arms(360, 0, 540, 0)), 3, seated=False),
}  # fmt: skip


def gesture_pose(gesture: Gesture, cycles: float) -> Pose:
    """The pose after so many loops."""
    poses = gesture.poses
    if poses[0].arm2 - poses[-1].arm2 == -360:  # a full turn: the last pose is the first, so no way back is drawn
        where = (cycles % 1.0) * (len(poses) - 1)
        return mix(poses[int(where)], poses[int(where) + 1], where - int(where))
    where = (cycles % 1.0) * len(poses)
    return mix(poses[int(where)], poses[(int(where) + 1) % len(poses)], ease(where - int(where)))


def upper(body: Pose, arms: Pose) -> Pose:
    """The arms, head and bend of one pose on the legs and turn of another."""
    return body._replace(bend=body.bend / 2 + arms.bend, head=arms.head, arm=arms.arm, elbow=arms.elbow,
                         arm2=arms.arm2, elbow2=arms.elbow2)  # fmt: skip
