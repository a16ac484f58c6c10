"""The last look at a Scene before it is drawn: nobody hurts, seizes or threatens anybody where a minor is shown.

A scene may come from a caption, be edited by hand, follow a user's choreography or hold kinds of a user's lexicon, so
what it shows counts beside what its caption says: its actors and props, and who does what to whom. Accidents, and what
animals and vehicles do, are none of it.

    refuse_minors(scene)                # StoryboardRefused with .reason minor_violence or minor_sexual
"""

from __future__ import annotations

import math
import re
from functools import cache
from typing import Final

from svta.builder.errors import SvtaError
from svta.builder.minors.judgement import MINOR_VIOLENCE, UNJUDGED, depicts_minor, judge
from svta.builder.taxonomy import Taxonomy, load_taxonomy
from svta.generation.storyboard.parsing.clauses import Reading
from svta.generation.storyboard.parsing.sentences.parser import read
from svta.generation.storyboard.parsing.sentences.patients import ATTACKS, GRAVE, HARM, MEETING, SEIZING, harmed_minors
from svta.generation.storyboard.scene import MINORS, PEOPLE, WHOLE_SCENE, Actor, Beat, Prop, Scene

_ARMED: Final = frozenset(("shoot", "stab", "strangle", "threaten", "handcuff"))  # whatever they are done to
_BLOWS: Final = frozenset(("hit", "punch"))  # at nobody who is named: whoever stands there is hit
_LETTING_GO: Final = frozenset(("throw", "drop", "toss"))  # by who holds a minor: of it, if of nothing named
_HOLDING: Final = frozenset(("carry", "lift", "grab", "hug"))
_WEAPONS: Final = frozenset(("gun",))
# in hand, while anything else than talk is done to a minor
_BLADES: Final = frozenset(
    ("knife", "long sword", "axe", "razor", "saw", "chainsaw", "pickaxe", "sledgehammer", "stick", "baseball bat",
     "hammer", "chain")
)  # fmt: skip
_PEACEFUL: Final = frozenset(
    ("talk", "look", "give", "hand over", "feed", "spoon feed", "wave", "stand", "walk", "show")
)  # fmt: skip
_CARE: Final = ("inject", "snip", "tie")  # done to a part of a child or to its clothes
_WEAK_SIGNS: Final = frozenset(("pram", "crib"))  # of a minor, where people hurt people
_ON_A_SIGN: Final = frozenset(
    ("hit", "kick", "punch", "stab", "smash", "throw", "pour", "burn", "explode", "drop", "light", "tip in", "cut",
     "saw", "hammer", "chop wood", "drill", "crush", "pelt")
)  # fmt: skip


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
    caption = _with_minors_named(scene.caption) if minors else scene.caption
    reason = judge(caption, category.name if category else None, taxonomy, minor=bool(minors)).reason
    if reason not in (None, UNJUDGED):
        raise StoryboardRefused(reason, scene.caption)
    held = {actor.holds for actor in scene.actors}
    signs = {id_ for id_, kind in kinds.items() if kind in _WEAK_SIGNS}
    if not minors and not signs and not _WEAK_SIGNS & held:
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
    if text_only or armed or let_go or any(_is_violent(beat, people, signs) for beat in scene.beats):
        raise StoryboardRefused(MINOR_VIOLENCE, scene.caption)
    if minors and not _is_told(scene, people, minors):
        raise StoryboardRefused(MINOR_VIOLENCE, scene.caption)


def _is_violent(beat: Beat, people: set[str], signs: set[str]) -> bool:
    """Whether a beat shows a person at violence: on a person, with a weapon at anything, a blow at nobody named."""
    if beat.who not in people or beat.who == beat.target:
        return False
    if beat.verb in _BLOWS and beat.target in (None, WHOLE_SCENE):
        return True
    if beat.verb in _ON_A_SIGN and beat.target in signs:
        return True
    return beat.verb in _ARMED or (beat.verb in ATTACKS and beat.target in people)


def _is_told(scene: Scene, people: set[str], minors: set[str]) -> bool:
    """Whether the caption, which was judged, tells of all that is done to minors and comes to them."""
    blades = {actor.id for actor in scene.actors if actor.holds in _BLADES}
    done = [beat for beat in scene.beats if beat.target in minors and beat.who != beat.target]
    by_people = {beat.verb for beat in done if beat.who in people and beat.verb in SEIZING}
    by_people |= {beat.verb for beat in done if beat.who in blades - minors and beat.verb not in _PEACEFUL}
    by_others = any(beat.verb in HARM for beat in done if beat.who not in people)
    grave = any(beat.verb in GRAVE and beat.who in minors for beat in scene.beats)
    if not (by_people or by_others or grave):
        return True
    reading = read(scene.caption)
    comes_to_harm = bool(harmed_minors(reading))
    if (by_others or grave or by_people & MEETING) and not comes_to_harm:
        return False
    return by_people - MEETING <= _done_to_minors(reading)


def _done_to_minors(reading: Reading) -> set[str]:
    """The verbs that a caption says of somebody who does them to a minor."""
    minors = {number for number, mention in enumerate(reading.mentions) if mention.kind in MINORS}
    cared_for = {
        c.verb for c in reading.clauses if c.verb in _CARE and minors & {k for p, k in c.obliques if p == "of"}
    }
    return cared_for | {clause.verb for clause in reading.clauses if minors & {*clause.objects}}


def _with_minors_named(caption: str) -> str:
    """The caption with "boy" or "girl" for each word that the storyboard reads as one and the judge does not know."""
    for mention in read(caption).mentions:
        if mention.kind in MINORS and mention.text and not _names_minor(mention.text):
            caption = re.sub(rf"(?<!\w){re.escape(mention.text)}(?!\w)", mention.kind, caption, flags=re.IGNORECASE)
    return caption


@cache
def _names_minor(kind: str) -> bool:
    return depicts_minor(f"A {kind}.")


@cache
def built_in_taxonomy() -> Taxonomy:
    """The taxonomy by which a scene's category is judged, read once."""
    return load_taxonomy()
