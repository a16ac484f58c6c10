"""Which beats of a scene show which verb of a caption: strict enough that a run is no walk and a push no kick."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from .scene import Beat

NEAR: Final = 0.12  # how close one comes to what one handles, as a share of the frame


@dataclass(frozen=True)
class Step:
    """One beat of a verb that a user composed: `who` and `target` are agent or patient, `to` one of them or an x."""

    verb: str
    who: str
    target: str | None
    to: str | float | None
    start: float
    end: float


COMPOSED: Final[dict[str, tuple[Step, ...]]] = {}  # verbs of a user's lexicon that are several beats


def composed_beats(
    verb: str, ids: Mapping[str, str | None], x: dict[str, float], start: float, end: float
) -> list[Beat]:
    """The beats of a composed verb; ids: who is its agent and its patient. `x` is where each of them is, kept up."""
    beats = []
    for step in COMPOSED[verb]:
        who, target = ids[step.who], ids[step.target] if step.target else None
        if who is None:
            continue
        to = step.to
        if isinstance(to, str):
            goal = ids[to]
            to = None if goal is None else x[goal] + (-NEAR if x[who] <= x[goal] else NEAR)
        if to is not None:
            x[who] = to = round(float(to), 4)
        begin, stop = (start + at * (end - start) for at in (step.start, step.end))
        beats.append(Beat(step.verb, who, target, begin, stop, to))
    return beats


_BY_PEOPLE: Final[dict[str, frozenset[str]]] = {
    verb: frozenset(beats.split(", "))
    for verb, beats in {
        "turn left": "ride",
        "turn right": "ride",
        "walk": "file through, swarm out, push, pull, drag, "
        "tread, enter, leave, stagger, sneak, come closer, go away, queue, turn left, turn right, turn back, "
        "circle, wade in, wade out, climb, turn, uphill, downhill",
        "run": "swarm out, file through, enter, leave, "
        "tread, chase, flee, come closer, circle, wade in, wade out, go away, turn back, climb, uphill, "
        "downhill",
        "flee": "run, leave, walk, drive, fly, come closer, wade out, rise",
        "leave": "walk, run, flee, drive, jump, fly, wade out, come closer, go away",
        "enter": "walk, run, drive, wade in, go away, jump, ride, glide up, glide down",
        "fall": "trip, slip, faint, plunge, topple, collapse, slide down, sink, fall in",
        "crash": "collide, plunge, stagger, trip",
        "collide": "crash, plunge, stagger",
        "skid": "ride",
        "plunge": "fall, topple, roll over, enter, fall in, dive, wade in",
        "faint": "fall, collapse",
        "collapse": "faint, fall",
        "roll over": "topple, roll",
        "trip": "fall, fall in, stagger",
        "stagger": "trip",
        "hit": "punch, kick, collide, crash, smash, push",
        "bite": "leap at",
        "leap at": "bite, jump",
        "kick": "kick ball",
        "kick ball": "kick, play",
        "play": "kick ball, chase",
        "smash": "break in, hit, collide",
        "break in": "smash, enter, kick",
        "put": "load, hide, hang, set down, build",
        "give": "hand over, put, swap, load, set down",
        "topple": "push, roll over, fall, collapse",
        "spill": "topple, run out",
        "grab": "catch, lift, carry, ride, enter, bite, swoop",
        "catch": "grab, toss, enter, bite, swoop",
        "clear": "grab",
        "knit": "sort",
        "mow": "push",
        "roll": "walk, ride, downhill",
        "dig": "scratch",
        "meet": "walk",
        "punch": "kick, hit, tug",
        "spray": "water, pour, blow out",
        "pull": "walk, drag, tug, grab",
        "push": "press",
        "point": "threaten",
        "wave": "wave flag",
        "load": "put, carry, tip out",
        "carry": "lift, load, hoist, grab, put, show, walk, run, fly",
        "lift": "carry, hoist, show, put",
        "drag": "pull, handcuff",
        "handcuff": "drag, tie",
        "drop": "plunge, tip out, throw",
        "drive": "ride, float, turn left, turn right, turn back, circle",
        "ride": "drive, circle, glide up, glide down",
        "float": "drive",
        "pour": "leak",
        "exercise": "tread, lift weights, curl",
        "leak": "pour, drip",
        "cook": "fry, stir",
        "clean": "wash, wipe, mop, vacuum",
        "repair": "tighten, screw, hammer, assemble",
        "surround": "look, walk",
        "lie": "sleep",
        "stop": "stand, queue",
        "stand": "stop, queue, look, glide up, glide down",
        "queue": "stand",
        "swirl": "blow",
        "spin": "roll over, roll",
        "climb": "jump, wade out, climb onto",
        "kneel": "dig",
        "water": "pour, spray",
        "eat": "hammer beak",
        "build": "build nest",
        "dangle": "swing along, hang down",
        "jump": "enter, climb onto, wade in, dive, hop along",
        "swim": "circle, wade in",
        "fly": "circle, hover, swarm out, swoop, go away, enter, leave",
        "chase": "circle, swim, chase tail",
        "throw": "toss",
        "crawl": "wade in, wade out, climb, jump",
        "go away": "wade in",
        "rise": "walk, run, climb",
        "type": "read, write, repair, key",
        "look": "read",
        "wake": "sleep, talk",
        "hide": "kneel, lie, crawl, set down, spread",
        "show": "point",
        "sit": "sit at",
        "feed": "spoon feed",
        "sleep": "nod off",
        "pack": "put, load",
        "blow": "swirl, blow out",
        "bounce": "pat, throw",
        "work": "press, grab",
        "open": "open boot, open bonnet",
        "open bottle": "open",
        "slip": "wade in, dive, lie, belly slide, fall, fall in, slide, stagger",
        "slide down": "topple, fall, downhill, slide",
    }.items()
}
_BY_VEHICLES: Final = {
    **dict.fromkeys(
        ("walk", "run", "enter", "leave", "flee", "drive", "ride"),
        frozenset(
            (
                "drive",
                "splash over",
                "pull up",
                "wade in",
                "slow down",
                "speed up",
                "fly",
                "float",
                "reverse",
                "ride",
                "chase",
                "flee",
                "turn left",
                "turn right",
                "turn back",
                "turn",
                "circle",
                "come closer",
                "go away",
                "back closer",
                "back away",
                "uphill",
                "downhill",
                "glide up",
                "glide down",
            )
        ),
    ),
    "crash": frozenset(("collide", "plunge", "wade in", "bump", "break through")),
    "smash": frozenset(("work", "break through")),  # with the bucket
    "plunge": frozenset(("fall", "topple", "roll over", "wade in")),
    "stop": frozenset(("pull up", "draw up")),
    "jump": frozenset(("leap over",)),
    "clear": frozenset(("drive",)),
    "clean": frozenset(("drive",)),
    "spin wheels": frozenset(("shake",)),
    "break in": frozenset(("break through",)),
    "dig": frozenset(("work", "drive")),
    "spark": frozenset(("blink",)),
    "slow down": frozenset(("pull up",)),
    "meet": frozenset(("drive",)),
    "hit": frozenset(("collide", "crash", "bump")),
    "push": frozenset(("collide", "crash", "push", "drive")),
    "fall": frozenset(("topple", "roll over", "plunge", "sink")),
    "topple": frozenset(("roll over", "topple", "tip out")),
    "reverse": frozenset(("reverse", "back closer", "back away", "collide")),
    "roll": frozenset(("roll", "drive", "ride", "downhill", "come closer", "back closer")),
    "carry": frozenset(("carry", "lift", "fly")),
    "lift": frozenset(("lift", "hoist", "tip up", "tip in")),
    **dict.fromkeys(("drop", "pour", "spill", "throw"), frozenset(("tip out", "discharge", "splash over"))),
    "put": frozenset(("lower", "discharge")),
    "crush": frozenset(("drive",)),
    "load": frozenset(("tip out", "lower", "discharge")),
    "stand": frozenset(("stop", "draw up")),
    **dict.fromkeys(("pull", "drag"), frozenset(("pull", "drive", "trail"))),
    "fly": frozenset(("fly", "float", "rise", "circle", "ascend", "enter", "leave")),
    "rise": frozenset(("ascend", "climb")),
    "skid": frozenset(("skid", "jackknife", "slide down", "swerve", "pull up")),
    "slip": frozenset(("slide down",)),
    "open": frozenset(("open boot", "open bonnet")),
}
# What the one it is done to is seen to do, where nobody is seen to do it.
_SUFFERED: Final = {
    verb: frozenset(("fall", "startle", "plunge", "be crushed"))
    for verb in ("hit", "kick", "push", "punch", "shoot", "stab", "crash", "be crushed")
} | {
    "smash": frozenset(("topple", "smash", "shake", "whirl up")),
    "collide": frozenset(("fall", "startle", "plunge", "be crushed", "topple")),
}


_ROLLING: Final = frozenset(("roll", "float", "swirl", "fly", "rise", "drive", "work", "whirl"))
_BY_THINGS: Final = {
    **dict.fromkeys(
        ("leak", "drip", "pour", "overflow", "gush", "spray"),
        frozenset(
            (
                "drip",
                "ooze",
                "leak",
                "overflow",
                "run out",
                "gush",
                "grow",
                "fill",
                "discharge",
                "cascade",
                "muddy cascade",
            )
        ),
    ),
    **dict.fromkeys(("pop", "jump", "fly"), frozenset(("pop up", *_ROLLING))),
    **dict.fromkeys(("strum", "play"), frozenset(("sound",))),  # a radio
    "slip": frozenset(("drive", "topple")),
    "bounce": frozenset(("downhill",)),
    "spill": frozenset(("run out", "topple", "grow", "overflow", "roll")),
    "break in": frozenset(("open",)),  # a suitcase bursts open
    **dict.fromkeys(
        ("smash", "crack", "split"),
        frozenset(("shatter", "split", "crack", "suspend", "surge", "collapse", "smash window")),
    ),
    "vanish": frozenset(("vanish", "die down", "melt")),
    "cook": frozenset(("steam", "overflow")),
    "spark": frozenset(("blink",)),
    **dict.fromkeys(
        ("type", "paint", "assemble", "drill", "screw", "cut", "repair", "saw", "kick", "wrap", "press", "stamp"),
        frozenset(("work", "work at")),
    ),
    "weld": frozenset(("work", "weld at")),
    "put": frozenset(("pick", "hoist", "lower")),
    "grab": frozenset(("pick", "hoist")),
    **dict.fromkeys(("hang", "dangle", "swing"), frozenset(("suspend", "dangle", "sway"))),
    **dict.fromkeys(("walk", "run", "drive", "fly", "slide down", "roll"), _ROLLING | {"ascend", "descend"}),
    "walk": _ROLLING | {"ascend", "descend", "hoist", "downhill", "uphill", "sway"},
    "roll": _ROLLING | {"downhill"},
    "slide down": _ROLLING | {"downhill"},
    "hit": frozenset(("fly", "roll", "float", "plunge", "topple", "surge", "suspend")),
    **dict.fromkeys(("shake", "bend"), frozenset(("sway",))),
    "hide": frozenset(("float",)),  # a cloud before the sun
    "explode": frozenset(("pop", "gush", "burst aloft")),
    **dict.fromkeys(("burst", "brighten", "flare"), frozenset(("burst aloft", "whirl"))),
    "crush": frozenset(("open",)),
    "push": frozenset(("roll", "suspend")),  # a ball knocks down pins
    "fall": frozenset(("plunge", "topple", "collapse", "descend", "drop onto", "close", "open")),  # a barrier, dominoes
    "plunge": frozenset(("drop onto", "plunge", "topple", "roll", "descend")),
    **dict.fromkeys(("lift", "load", "pull"), frozenset(("hoist", "pick", "swirl", "open"))),
    "carry": frozenset(("hoist", "pick", "swirl", "work", "drive")),  # a belt
    "faint": frozenset(("collapse",)),
    "stand": frozenset(("rise",)),
    "blow": frozenset(("float", "swirl", "fly", "topple")),
    "float": frozenset(("rise",)),
    "rise": frozenset(("rise", "open", "ascend")),
    "surround": frozenset(("appear",)),
    "land": frozenset(("plunge", "close", "descend")),
    **dict.fromkeys(("enter", "leave", "clean"), frozenset(("appear", "vanish", "float", "rise", "open", "close"))),
    **dict.fromkeys(("grab", "throw", "pull", "tear", "topple", "destroy"), frozenset(("swirl",))),
    "roll over": frozenset(("topple", "roll")),
    "spin": frozenset(("open", "roll", "whirl", "swirl")),
    "trip": frozenset(("topple",)),
    "drop": frozenset(("plunge",)),
    "crash": frozenset(("fly", "roll", "plunge", "topple", "float", "surge", "suspend")),
    "splash": frozenset(("surge",)),
    "tear": frozenset(("unroof",)),
}


def shows(beat: str, verb: str, *, vehicle: bool = False, thing: bool = False, suffered: bool = False) -> bool:
    """True if a beat is seen as the verb of a caption, done by a vehicle, a thing or a person, or to it (suffered)."""
    if beat == verb:
        return True
    if verb in COMPOSED:
        return any(step.verb == beat and step.who == "agent" for step in COMPOSED[verb])
    if suffered:
        return beat in _SUFFERED.get(verb, ()) or beat in _BY_PEOPLE.get(verb, ())
    if thing:
        return beat in _BY_THINGS.get(verb, ()) or (beat == "open" and verb == "drive")
    if vehicle and verb in _BY_VEHICLES:
        return beat in _BY_VEHICLES[verb]
    return beat in _BY_PEOPLE.get(verb, ())
