"""Looped gestures as a table of poses: wave, eat, dig, knock, juggle ... gestures.py plays them."""

from __future__ import annotations

from typing import Final, NamedTuple

from svta.generation.storyboard.drawing.poses import EAR, STAND, Pose
from svta.generation.storyboard.drawn_tables import handwork, motions


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
    "wave flag": Gesture((_arms(54, 24), _arms(86, 0)), 4.7),
    "talk": Gesture(
        (_arms(40, 60, 10, 30, head=6), _arms(66, 40, 30, 60, head=-6), _arms(24, 80, 4, 20)), 3, mark="speech"
    ),
    "hold back": Gesture((_arms(84, 6, 78, 10, bend=10), _arms(92, 0, 86, 4, bend=14)), 3, seated=False),
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
    "cheer": Gesture(
        (_arms(165, 8, -165, -8, head=-8), _arms(140, 30, -140, -30, head=-8)), 6, seated=False, mark="shout", hop=0.06
    ),
    "raise hand": Gesture((_arms(172, 4, head=-4), _arms(176, -6, head=-4)), 2),
    "scream": Gesture((_arms(128, 118, 128, 118, -8, -12), _arms(134, 112, 134, 112, 6, -10)), 5, mark="shout"),
    "shout": Gesture((_arms(78, 30, 20, 60, 8, -4), _arms(98, 4, 30, 50, 14, -8)), 4, mark="shout"),
    "laugh": Gesture((_arms(30, 100, 26, 100, -14, -18), _arms(26, 108, 22, 106, 14, 4)), 6, mark="smile"),
    "cry": Gesture((_arms(70, 128, 66, 128, 22, 26), _arms(74, 126, 70, 124, 26, 30)), 4, mark="tears"),
    "sing": Gesture((_arms(62, 108, 40, 30, -4, -10), _arms(62, 108, 80, 10, -8, -14)), 3, "microphone", mark="notes"),
    "press": Gesture((_arms(80, 20), _arms(90, 0, bend=8)), 3),
    "show": Gesture((_arms(84, 20, 20, 20), _arms(96, 6, 20, 20, bend=6)), 2),
    "pay": Gesture((_arms(60, 30, bend=6), _arms(84, 4, bend=14)), 1, "money"),
    "lock": Gesture((_arms(58, 20, 30, 30, 30), _arms(62, 10, 30, 30, 32)), 5, "keys", mark="tink"),
    "film": Gesture((_arms(78, 40, 60, 60), _arms(80, 36, 60, 60, head=2)), 1, "phone", mark="record"),
    "salute": Gesture((_arms(118, 126, -4, 4), _arms(116, 128, -4, 4)), 1),
    "cough": Gesture((_arms(62, 122, bend=4), _arms(66, 124, bend=22, head=20)), 5, mark="breath"),
    "juggle": Gesture((_arms(62, 50, 30, 60, -4, -16), _arms(30, 60, 62, 50, -4, -16)), 8, mark="juggled"),
    "feed": Gesture((_arms(30, 60, 40, 60, 16, 14), _arms(84, 0, 40, 60, 24, 14)), 4, mark="grain"),
    "whistle": Gesture((_arms(64, 122, head=-4), _arms(66, 120, head=-8)), 3, mark="waves"),
    "fish": Gesture((_arms(62, 20, 50, 30, -2), _arms(74, 10, 62, 20, -6)), 2, "fishing rod"),
    "push up": Gesture(
        (
            Pose(turn=62, head=-20, arm=60, elbow=0, arm2=56, elbow2=0, leg=4, knee=2, leg2=0, knee2=2),
            Pose(turn=80, head=-20, arm=20, elbow=70, arm2=16, elbow2=70, leg=4, knee=2, leg2=0, knee2=2),
        ),
        6,
        seated=False,
    ),
    "stretch": Gesture((_arms(176, 0, 176, 0, -8, -8), _arms(150, 0, 176, 0, 26, 6)), 2),
    "hit ball": Gesture(
        (_arms(-60, -20, 60, 20, -8), _arms(100, 10, -20, 20, 12)), 4, "racket", seated=False, mark="volley"
    ),
    "wipe feet": Gesture(
        (
            Pose(bend=8, head=18, arm=12, arm2=-10, leg=30, knee=14, leg2=-4, knee2=2),
            Pose(bend=8, head=18, arm=8, arm2=-6, leg=-26, knee=14, leg2=4, knee2=2),
        ),
        6,
        seated=False,
    ),
    "yoga": Gesture(
        (
            Pose(bend=0, head=-4, arm=90, elbow=0, arm2=-90, elbow2=0, leg=52, knee=66, leg2=-38, knee2=0),
            Pose(bend=-4, head=-14, arm=172, elbow=4, arm2=166, elbow2=8, leg=56, knee=70, leg2=-40, knee2=0),
            Pose(bend=6, head=-6, arm=176, elbow=-10, arm2=176, elbow2=-10, leg=78, knee=128, leg2=0, knee2=2),
        ),
        1.5,
        seated=False,
    ),
    "tie shoes": Gesture(
        (
            Pose(bend=50, head=12, arm=40, elbow=20, arm2=34, elbow2=24, leg=70, knee=110, leg2=30, knee2=100),
            Pose(bend=54, head=16, arm=30, elbow=36, arm2=44, elbow2=8, leg=70, knee=110, leg2=30, knee2=100),
        ),
        7,
        seated=False,
    ),
    "whisper": Gesture((_arms(84, 112, 10, 30, bend=16, head=6), _arms(86, 108, 10, 30, bend=20, head=8)), 3),
    "nod off": Gesture((_arms(74, 30, 66, 34, 40, 44), _arms(72, 30, 64, 34, 46, 50)), 1, mark="zzz"),
}
# Work with the hands, from handwork.json.
GESTURES.update({
    verb: Gesture(
        tuple(_arms(*pose) for pose in motions()[work["motion"]]),
        work.get("rate", 4),
        work.get("tool"),
        mark=work.get("mark"),
        hop=work.get("hop", 0.0),
    )
    for verb, work in handwork().items()
})  # fmt: skip
