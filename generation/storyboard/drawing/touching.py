"""Who works on a thing touches it: the change of a looped gesture that brings the end of the tool to the thing.

A loop of gesture_table.py is the same wherever the thing is. `touch` finds how much the back, the upper arm and the
elbow must bend so that the last pose of the loop, the one at work, ends on it; the whole loop is changed by as much.
"""

from __future__ import annotations

import math
from itertools import product
from typing import Final, NamedTuple

from svta.generation.storyboard.drawn_tables import handwork

from .body import Body
from .pen import Point
from .poses import Pose, joints, upper
from .things import THINGS, held_tip

_FREE: Final = (
    "heave",
    "curl",
    "row",
    "skip",
    "box",
    "pedal",
    "pump",
    "cheer",
    "blow",
    "drag",
    "push",
    "needles",
    "head",
    "mouth",
    "inject",
    "listen",
    "overhead",
)  # motions that touch nothing, or the one who makes them
# How far the end of the tool goes to and fro on the thing, forward and up, heights of a person.
_SWEEPS: Final = {"rub": (0.16, 0.0), "spread": (0.14, 0.0), "saw": (0.2, 0.0), "scan": (0.2, 0.0),
                  "knead": (0.1, 0.0), "pat": (0.12, 0.0), "play keys": (0.03, 0.03), "paint": (0.0, 0.3),
                  "stir": (0.1, 0.0), "hold": (0.06, 0.0), "turn": (0.03, 0.03), "sort": (0.2, 0.02),
                  "lever": (-0.24, -0.14), "game": (-0.06, 0.04), "toys": (0.2, 0.05),
                  "peel": (0.05, 0.02)}  # fmt: skip
_WAYS: Final = tuple(product((-1, 0, 1), repeat=3))
_REACH: Final = 0.42  # how far ahead one works, heights of a person
_FAR: Final = 0.7
_EYE_LEVEL: Final = 0.72
_LOW: Final = 0.34  # what is lower is worked on kneeling
_AT_MOUTH: Final = (0.1, -0.06)  # from the middle of the head
_ASLANT: Final = 35.0  # how a toothbrush is held
_KNEELING: Final = {"leg": 70.0, "knee": 110.0, "leg2": 30.0, "knee2": 100.0}


class Loop(NamedTuple):
    """The poses of a loop that touches something; `kneels` where that is low, `turn` of what is held."""

    poses: tuple[Pose, ...]
    kneels: bool = False
    turn: float = 0.0


class _Bent(NamedTuple):
    bend: float = 0.0
    arm: float = 0.0
    elbow: float = 0.0


def _changed(pose: Pose, by: _Bent) -> Pose:
    both = by.arm if pose.arm2 > 20 else 0.0
    return pose._replace(
        bend=pose.bend + by.bend, arm=pose.arm + by.arm, elbow=pose.elbow + by.elbow, arm2=pose.arm2 + both
    )


def crouched(body: Pose, loop: Loop) -> Pose:
    """The legs of who works: kneeling at what is low."""
    return body._replace(**_KNEELING) if loop.kneels else body


def place_of(b: Body, t: Body) -> Point:
    """Where a body touches another: ahead of it on its upper side, or at the place that the thing names."""
    thing = THINGS.get(t.kind) if t.family == "prop" else None
    if thing is not None and thing.touch is not None:
        return t.x + thing.touch[0] * t.size * t.facing, t.y - t.lift - thing.touch[1] * t.size
    ahead = b.x + b.facing * _REACH * b.size
    within = (0.5 if t.half < 0.4 * b.size else 0.8) * t.half
    x = min(t.x + within, max(t.x - within, ahead))
    return x, max(t.top, b.y - b.lift - _EYE_LEVEL * b.size)


def touch(verb: str, b: Body, t: Body | None, poses: tuple[Pose, ...], tool: str | None) -> Loop | None:
    """The loop of a verb with the tool where it works; None where it touches nothing."""
    if verb == "water" and t is not None and t.family == "prop" and not t.hidden:  # from above, into the pot
        x, y = place_of(b, t)
        x = t.x - 0.4 * t.half * b.facing if abs(t.x - b.x) < _FAR * b.size else x
        return _all_by_one(b, poses, tool, _seen_from(b, x, y - 0.1 * b.size))
    work = handwork().get(verb)
    if work is None:
        return None
    motion: str = work["motion"]
    if motion == "mouth" and tool is not None and THINGS[tool].grip == "aim":
        return _to_the_mouth(b, poses, tool)
    free = motion in _FREE and not (t is not None and t.family == "animal" and motion == "needles")
    if free or work.get("held") or t is None or t.hidden or t.family == "person":
        return None
    aim = _seen_from(b, *place_of(b, t))
    if motion not in _SWEEPS:
        return _all_by_one(b, poses, tool, aim)
    kneels = _kneels(b, aim)
    swept = []
    for n, pose in enumerate(poses):
        dx, dy = (way * (n / (len(poses) - 1) - 0.5) for way in _SWEEPS[motion])
        swept.append(_changed(pose, _bent(b, pose, tool, (aim[0] + dx, aim[1] + dy), kneels=kneels)))
    return Loop(tuple(swept), kneels)


def tip_in(b: Body) -> Point:
    """Where the end of what a person holds is, local units."""
    hand = joints(b.pose, b.look is not None and b.look.child).arm[1]
    return held_tip(b.held, *hand, b.pose.arm + b.pose.elbow - b.pose.turn, b.held_turn)


def _seen_from(b: Body, x: float, y: float) -> Point:
    return (x - b.x) * b.facing / b.size, (b.y - b.lift - y) / b.size


def _kneels(b: Body, aim: Point) -> bool:
    return aim[1] < _LOW and b.gait == 0


def _all_by_one(b: Body, poses: tuple[Pose, ...], tool: str | None, aim: Point) -> Loop:
    """A stroke that ends on the thing: the last pose is brought there and the others change by as much."""
    kneels = _kneels(b, aim)
    by = _bent(b, poses[-1], tool, aim, kneels=kneels)
    return Loop(tuple(_changed(pose, by) for pose in poses), kneels)


def _bent(b: Body, pose: Pose, tool: str | None, aim: Point, *, kneels: bool, upright: bool = False) -> _Bent:
    """The change that brings the end of the tool nearest to a local point."""
    child = b.look is not None and b.look.child
    legs = crouched(b.pose, Loop((), kneels))

    def miss(by: _Bent) -> float:
        bent = upper(legs, _changed(pose, by))
        tip = held_tip(tool, *joints(bent, child).arm[1], bent.arm + bent.elbow - bent.turn)
        return math.dist(tip, aim) + 0.0004 * (abs(by.arm) + 0.6 * abs(by.elbow) + 3.0 * abs(by.bend))

    ways_to_bend = [ways for ways in _WAYS if not (upright and ways[0])]
    best = _Bent()
    for step in (24.0, 12.0, 6.0, 3.0, 1.5):
        for _ in range(6):
            tried = [_Bent(*(old + way * step for old, way in zip(best, ways))) for ways in ways_to_bend]
            better = min((one for one in tried if _can(_changed(pose, one))), key=miss, default=best)
            if miss(better) >= miss(best):
                break
            best = better
    return best


def _can(pose: Pose) -> bool:
    """A back, an arm and an elbow bend only so far."""
    return -10 <= pose.bend <= 74 and -40 <= pose.arm <= 165 and -4 <= pose.elbow <= 140


def _to_the_mouth(b: Body, poses: tuple[Pose, ...], tool: str) -> Loop:
    """The hand before the face, the tool aslant with its end at the mouth."""
    child = b.look is not None and b.look.child
    wide = 1.22 if child else 1.0
    head = joints(upper(b.pose, poses[-1]), child).head
    mouth = head[0] + wide * _AT_MOUTH[0], head[1] + wide * _AT_MOUTH[1]
    long = math.dist((0.0, 0.0), held_tip(tool, 0.0, 0.0, 90.0))
    slant = math.radians(_ASLANT)
    hand = mouth[0] + long * math.cos(slant), mouth[1] - long * math.sin(slant)
    by = _bent(b, poses[-1], None, hand, kneels=False, upright=True)
    last = _changed(poses[-1], by)
    loop = tuple(_changed(pose, by) for pose in poses)
    return Loop(loop, turn=180.0 + _ASLANT - (90.0 - (last.arm + last.elbow)))
