"""Looped gestures (wave, eat, dig ...) as a table of poses, and the one act that plays them all."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from svta.generation.storyboard.drawing.body import Body
from svta.generation.storyboard.drawing.poses import EAR, STAND, Pose, ease, mix, upper  # fmt: skip

from .world import Run, World, act


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
    "talk": Gesture(
        (_arms(40, 60, 10, 30, head=6), _arms(66, 40, 30, 60, head=-6), _arms(24, 80, 4, 20)), 3, mark="speech"
    ),
    "point": Gesture((_arms(90, 0), _arms(96, 0, bend=6)), 4),
    "clap": Gesture((_arms(66, 12, 58, 14), _arms(74, 56, 70, 60)), 8, mark="clap"),
    "bow": Gesture((STAND, Pose(bend=70, head=10, arm=14, arm2=8)), 1),
    "dance": Gesture(
        (
            Pose(bend=-6, arm=160, elbow=-20, arm2=-60, elbow2=-50, leg=26, knee=40, leg2=-8, knee2=4),
            Pose(bend=4, arm=70, elbow=70, arm2=-70, elbow2=-70, leg=4, knee=4, leg2=-4, knee2=4),
            Pose(bend=6, arm=60, elbow=50, arm2=-160, elbow2=20, leg=8, knee=4, leg2=-26, knee2=44),
            Pose(bend=-4, arm=110, elbow=-60, arm2=-110, elbow2=60, leg=14, knee=20, leg2=-14, knee2=20),
        ),
        2,
        seated=False,
        mark="notes",
        hop=0.05,
    ),
    "eat": Gesture((_arms(46, 40, 40, 50, head=14), _arms(56, 112, 40, 50)), 4, "spoon"),
    "drink": Gesture((_arms(46, 62), _arms(78, 96, head=-26), _arms(84, 96, head=-30)), 2, "cup"),
    "cook": Gesture(
        (_arms(64, 8, 46, 40, 10, 12), _arms(76, 20, 46, 40, 8, 12), _arms(56, 26, 46, 40, 8, 12)),
        5,
        "pan",
        mark="steam",
    ),
    "clean": Gesture((_arms(58, 8, 42, 16, 26, 14), _arms(22, 12, 6, 20, 14, 14)), 5, "broom", seated=False),
    "read": Gesture((_arms(50, 76, 40, 86, head=22), _arms(50, 80, 40, 86, head=26)), 1, "book"),
    "write": Gesture((_arms(48, 40, 40, 44, 12, 24), _arms(54, 36, 40, 44, 12, 24)), 8, "pen"),
    "type": Gesture((_arms(54, 34, 46, 46, 6, 12), _arms(50, 48, 50, 34, 6, 12)), 9, "laptop"),
    "phone": Gesture((EAR, EAR._replace(head=-4, arm2=20, elbow2=40)), 2, "phone", mark="waves"),
    "photograph": Gesture((_arms(74, 62, 66, 70), _arms(76, 62, 68, 70, bend=5, head=4)), 2, "camera", mark="flash"),
    "play": Gesture(
        (
            Pose(bend=12, arm=70, elbow=20, arm2=-30, elbow2=10, leg=20, knee=20, leg2=-16, knee2=12),
            Pose(bend=-4, arm=120, elbow=0, arm2=30, elbow2=20, leg=-8, knee=30, leg2=18, knee2=12),
        ),
        3,
        "ball",
        seated=False,
        hop=0.05,
    ),
    "strum": Gesture((_arms(20, 84, 56, 34), _arms(36, 62, 56, 34, head=8)), 7, "guitar", mark="notes"),
    "exercise": Gesture(
        (STAND, Pose(arm=172, elbow=0, arm2=-172, elbow2=0, leg=28, leg2=-28)), 4, seated=False, hop=0.09
    ),
    "dig": Gesture(
        (
            Pose(bend=44, head=-10, arm=46, elbow=10, arm2=30, elbow2=20, leg=30, knee=30, leg2=-12, knee2=10),
            Pose(bend=12, arm=80, elbow=30, arm2=60, elbow2=30, leg=24, knee=12, leg2=-14, knee2=8),
        ),
        3,
        "spade",
        seated=False,
        mark="dirt",
    ),
    "water": Gesture((_arms(58, 20, 30, 40, 10), _arms(70, 16, 30, 40, 8)), 2, "watering can", mark="drops"),
    "repair": Gesture(
        (
            Pose(bend=34, arm=70, elbow=60, arm2=58, elbow2=20, leg=70, knee=110, leg2=30, knee2=100),
            Pose(bend=40, arm=52, elbow=16, arm2=58, elbow2=20, leg=70, knee=110, leg2=30, knee2=100),
        ),
        6,
        "hammer",
        seated=False,
        mark="tink",
    ),
    "cycle arms": Gesture(
        (
            _arms(0, 0, 180, 0),
            _arms(90, 0, 270, 0),
            _arms(180, 0, 360, 0),
            _arms(270, 0, 450, 0),
            _arms(360, 0, 540, 0),
        ),
        3,
        seated=False,
    ),
}


def gesture_pose(gesture: Gesture, cycles: float) -> Pose:
    """The pose after so many loops."""
    poses = gesture.poses
    if poses[0].arm2 - poses[-1].arm2 == -360:  # a full turn: the last pose is the first, so no way back is drawn
        where = (cycles % 1.0) * (len(poses) - 1)
        return mix(poses[int(where)], poses[int(where) + 1], where - int(where))
    where = (cycles % 1.0) * len(poses)
    return mix(poses[int(where)], poses[(int(where) + 1) % len(poses)], ease(where - int(where)))


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
            b.held = g.item
        if run.was.held != b.held and g.item == b.held and p >= 1.0:
            b.held = run.was.held
    else:
        b.head = 0.6 * math.sin(cycles * math.tau) if verb not in ("eat", "drink") else 0.8 + 0.2 * math.sin(cycles * 9)
        b.mouth = 1.0 if verb in ("talk", "eat", "drink") else 0.0
        b.turn = run.was.turn + 4 * math.sin(cycles * math.tau) if b.family != "animal" else run.was.turn
    b.dy += hop
    _mark(w, run, b, t, g.mark, cycles)


def _mark(w: World, run: Run, b: Body, t: Body | None, mark: str | None, cycles: float) -> None:
    if mark is None or b.hidden:
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
