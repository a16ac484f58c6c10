"""The last look at a Scene before it is drawn: nobody hurts, seizes or threatens anybody where a minor is shown.

A scene may come from a caption, be edited by hand, follow a user's choreography or hold kinds of a user's lexicon, so
what it shows counts beside what its caption says: its actors and props, and who does what to whom. Accidents, and what
animals and vehicles do, are none of it.

    refuse_minors(scene)                # StoryboardRefused with .reason minor_violence or minor_sexual
"""

from __future__ import annotations

import math
from functools import cache
from typing import Final

from svta.builder.errors import SvtaError
from svta.builder.minors.judgement import MINOR_VIOLENCE, UNJUDGED, depicts_minor, judge
from svta.builder.taxonomy import Taxonomy, load_taxonomy
from svta.generation.storyboard.drawn_tables import handwork
from svta.generation.storyboard.parsing.sentences.parser import read
from svta.generation.storyboard.scene import MINORS, PEOPLE, VIOLENT_VERBS, WHOLE_SCENE, Actor, Beat, Prop, Scene

# done to somebody: harm
_TOOLS: Final = frozenset(verb for verb, entry in handwork().items() if {"people", "alters"} & entry.keys())
# work on things, which on a person is none: a boy is not ironed
_MISUSED: Final = frozenset(
    ("peel", "stir", "knead", "fry", "iron", "mop", "vacuum", "rake", "screw", "tighten", "glue", "lay bricks",
     "pump up", "light", "stamp", "fold", "dig", "pack", "cook", "plant", "press", "tip out")
)  # fmt: skip
_ATTACKS: Final = VIOLENT_VERBS | _TOOLS | _MISUSED | {"leap at", "bite", "smash", "drop"}  # by a person on any person
_ARMED: Final = frozenset(("shoot", "stab", "strangle", "threaten", "handcuff"))  # whatever they are done to
_BLOWS: Final = frozenset(("hit", "punch"))  # at nobody who is named: whoever stands there is hit
# done to a minor, unless the caption, which was judged, says so: "she took the child by the hand" is drawn as grab
_SEIZING: Final = frozenset(("grab", "pull", "throw", "spray", "pour", "hide", "hoist", "kick ball", "load", "snip"))
_LETTING_GO: Final = frozenset(("throw", "drop", "toss"))  # by who holds a minor: of it, if of nothing named
_HOLDING: Final = frozenset(("carry", "lift", "grab", "hug"))
_WEAPONS: Final = frozenset(("gun",))
_WEAK_SIGNS: Final = frozenset(("pram",))  # of a minor, where people hurt people


class StoryboardRefused(SvtaError):
    """A caption that must not be filmed; `reason` is the code that goes to rejected.jsonl."""

    def __init__(self, reason: str, caption: str):
        super().__init__(f"not filmed ({reason}): {caption[:80]!r}")
        self.reason = reason


def refuse_minors(scene: Scene) -> None:
    """Raise StoryboardRefused for a scene, read or edited, that would show violence between people and a minor."""
    taxonomy = built_in_taxonomy()
    category = taxonomy.find(scene.category) if scene.category else None
    shown: list[Actor | Prop] = [*scene.actors, *scene.props]
    kinds = {item.id: item.kind for item in shown}
    minors = {id_ for id_, kind in kinds.items() if kind in MINORS or _names_minor(kind)}
    reason = judge(scene.caption, category.name if category else None, taxonomy, minor=bool(minors)).reason
    if reason not in (None, UNJUDGED):
        raise StoryboardRefused(reason, scene.caption)
    held = {actor.holds for actor in scene.actors}
    if not minors and not _WEAK_SIGNS & {*kinds.values(), *held}:
        return
    armed = bool(minors) and bool(_WEAPONS & held)
    people = {id_ for id_, kind in kinds.items() if kind in PEOPLE} | minors
    text_only = category is not None and category.minor_policy == "text_only"
    latest_first = sorted(scene.beats, key=lambda beat: -beat.start)  # of each the first time counts
    holders = {beat.who: beat.start for beat in latest_first if beat.verb in _HOLDING and beat.target in minors}
    let_go = any(
        beat.verb in _LETTING_GO and beat.target in (None, WHOLE_SCENE) and beat.start > holders.get(beat.who, math.inf)
        for beat in scene.beats
    )
    if text_only or armed or let_go or any(_is_violent(beat, people) for beat in scene.beats):
        raise StoryboardRefused(MINOR_VIOLENCE, scene.caption)
    seized = {b.verb for b in scene.beats if b.verb in _SEIZING and b.who in people - {b.target} and b.target in minors}
    if seized and seized - _done_to_minors(scene.caption):
        raise StoryboardRefused(MINOR_VIOLENCE, scene.caption)


def _is_violent(beat: Beat, people: set[str]) -> bool:
    """Whether a beat shows a person at violence: on a person, with a weapon at anything, a blow at nobody named."""
    if beat.who not in people or beat.who == beat.target:
        return False
    if beat.verb in _BLOWS and beat.target in (None, WHOLE_SCENE):
        return True
    return beat.verb in _ARMED or (beat.verb in _ATTACKS and beat.target in people)


def _done_to_minors(caption: str) -> set[str]:
    """The verbs that a caption says of somebody who does them to a minor."""
    reading = read(caption)
    minors = {number for number, mention in enumerate(reading.mentions) if mention.kind in MINORS}
    return {clause.verb for clause in reading.clauses if minors & {*clause.objects}}


@cache
def _names_minor(kind: str) -> bool:
    return depicts_minor(f"A {kind}.")


@cache
def built_in_taxonomy() -> Taxonomy:
    """The taxonomy by which a scene's category is judged, read once."""
    return load_taxonomy()
