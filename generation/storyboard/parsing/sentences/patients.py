"""To whom a caption says that harm is done: no child is chosen as the victim of an act that is done to others.

Reads a Reading and the ids of its mentions; gives the beats that may stay, and the minors who come to harm in words.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Final

from svta.generation.storyboard.drawn_tables import handwork
from svta.generation.storyboard.scene import MINORS, VIOLENT_VERBS, Beat
from svta.generation.storyboard.shown_verbs import COMPOSED

from ..clauses import Reading

# what somebody or something comes to by itself
SUFFERED: Final = frozenset(
    ("fall", "trip", "slip", "faint", "convulse", "choke", "drown", "plunge", "be crushed", "burn", "explode",
     "fall in", "collapse", "topple", "roll over", "sink", "shatter", "dangle")
)  # fmt: skip
GRAVE: Final = frozenset(("burn", "explode", "be crushed", "drown", "choke", "convulse"))
# done to somebody: harm
_TOOLS: Final = frozenset(verb for verb, entry in handwork().items() if {"people", "alters"} & entry.keys())
# work on things, which on a person is none: a boy is not ironed
_MISUSED: Final = frozenset(
    ("peel", "stir", "knead", "fry", "iron", "mop", "vacuum", "rake", "screw", "tighten", "glue", "lay bricks",
     "pump up", "light", "stamp", "fold", "dig", "pack", "cook", "plant", "press", "tip out")
)  # fmt: skip
ATTACKS: Final = (
    VIOLENT_VERBS | _TOOLS | _MISUSED | GRAVE
    | {"leap at", "bite", "smash", "drop", "scratch", "faint", "suspend", "dangle", "hang", "pelt", "discharge",
       "weld at", "tip in", "fall in", "roll over", "sink", "shatter", "dent", "snow under", "smash window"}
)  # fmt: skip
# harm by an animal or a vehicle; by a person too, unless the caption, which was judged, says it
SEIZING: Final = frozenset(
    ("grab", "pull", "throw", "spray", "pour", "hide", "hoist", "kick ball", "load", "snip", "collide", "crash",
     "lower", "tie", "tug", "drop onto", "toss", "hit ball", "lock", "inject", "fall", "trip", "slip", "plunge",
     "topple", "collapse", "splash over", "tread")
)  # fmt: skip
HARM: Final = ATTACKS | SEIZING
_BESIDE: Final = ("front", "next", "near", "beside", "behind", "between", "among", "of", "around", "past", "by", "with",
                  "from", "along", "under", "without", "outside", "away")  # fmt: skip
MEETING: Final = frozenset(("collide", "crash"))


def harmed(reading: Reading) -> set[int]:
    """The mentions of whom a caption says that they come to harm: done to them, or by themselves.

    A verb that a user's lexicon composes says nothing here: it counts by its beats.
    """
    found: set[int] = {state.mention for state in reading.states if state.mention is not None and state.verb in GRAVE}
    for clause in (clause for clause in reading.clauses if clause.verb in HARM | SUFFERED):
        found |= {*clause.objects} | {k for p, k in clause.obliques if p not in _BESIDE}
        others = [k for k in clause.objects if k not in clause.subjects and reading.mentions[k].group != "unknown"]
        found |= {k for p, k in clause.obliques if p == "of" and not others}  # the hair of a boy
        if clause.verb in MEETING:
            found |= {*clause.subjects} | {k for p, k in clause.obliques if p == "with"}
        if clause.verb in SUFFERED or not (clause.objects or clause.obliques):
            found |= {*clause.subjects}
    return found


def harmed_minors(reading: Reading) -> set[int]:
    """Those of them who are children."""
    return {k for k in harmed(reading) if reading.mentions[k].kind in MINORS}


def is_harm_to(beat: Beat, minors: Container[str | None]) -> bool:
    """Whether a beat does harm to one of `minors`, or shows one who comes to it."""
    done = beat.verb in HARM and beat.target in minors and beat.who != beat.target
    return done or (beat.verb in SUFFERED and beat.who in minors)


def without_invented_victims(
    beats: Iterable[Beat], reading: Reading, ids: Mapping[int, str], minors: Container[str]
) -> list[Beat]:
    """The beats without harm to children of whom the caption tells none; children that no mention is are left alone."""
    composed = {k for c in reading.clauses if c.verb in COMPOSED for k in (*c.subjects, *c.objects)}  # the gate's
    named = {ids[k] for k in harmed(reading) | composed if k in ids}
    spared: set[str | None] = {id_ for k, id_ in ids.items() if id_ in minors and id_ not in named}
    return [beat for beat in beats if not is_harm_to(beat, spared)]
