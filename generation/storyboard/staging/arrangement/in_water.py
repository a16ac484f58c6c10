"""Who is in the water and who on its shore: who swims, what floats, fish in a bowl, a place seen from its shore.

Reads a Reading and the SceneDraft; changes the y of who is on stage; gives Beats.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from svta.generation.storyboard.parsing.clauses import Reading
from svta.generation.storyboard.scene import PEOPLE, SHORES, Actor, Beat, able, medium

from ..actions.draft import IN_WATER, SHORE, SceneDraft

_ALIVE: Final = ("person", "animal", "vehicle")
_OF_THE_SEA: Final = ("whale", "dolphin", "shark", "octopus", "jellyfish")
_SENDING: Final = ("throw", "kick", "kick ball", "push", "drop", "put", "pour", "hit ball", "load")
_WATERFOWL: Final = ("duck", "white duck", "duckling", "goose", "swan", "seal", "otter", "beaver")
_SWIMMING: Final = {"swim", "float", "sink", "drown"}
SWIMMERS: Final = ("swimmer", "swimmers", "surfer", "surfers", "diver", "divers", "snorkeler", "bather", "bathers")
_ON_LAND: Final = {"walk", "run", "eat", "sleep", "lie", "chase", "jump", "bite", "stand", "crawl", "climb"}
_AFOOT: Final = ("walk", "run", "waddle", "march", "hop", "stroll")
_GOES_DOWN: Final = ("roll over", "sink", "fall in", "burn", "crash")


def from_the_shore(reading: Reading, place: str) -> str:
    """The place as it is seen from its shore, if somebody is on land there; a beach with swimmers has more water."""
    if place not in SHORES:
        return place
    alive = [k for k, m in enumerate(reading.mentions) if m.group in _ALIVE and not m.absent and not m.held]
    wet = {k for k in alive if in_water(reading, k)}
    aboard = {k for k in wet if medium(reading.mentions[k].kind) == "water"}
    ashore = [k for k in alive if k not in wet and not (aboard and reading.mentions[k].group == "person")]
    crossed = any(p in ("into", "out") and where in SHORES for c in reading.clauses for p, where in c.grounds
                  if not any(reading.mentions[k].kind in _OF_THE_SEA for k in c.subjects))  # fmt: skip
    if place == "beach":
        return SHORES[place] if wet else place
    return SHORES[place] if ashore or crossed else place


def settle_by_water(reading: Reading, draft: SceneDraft, ids: Mapping[int, str]) -> None:
    """Who swims and what floats begins in the water of a shore, all others on land."""
    for k, id_ in ids.items():
        if id_ in draft.actors:
            wet = in_water(reading, k)
            draft.actors[id_] = replace(draft.actors[id_], y=IN_WATER if wet else SHORE)
        elif reading.mentions[k].kind == "fish" or any(
            k in (*c.subjects, *c.objects, *(j for _, j in c.obliques)) and c.verb in _SWIMMING for c in reading.clauses
        ):
            draft.start_prop(id_, y=IN_WATER)


def in_water(reading: Reading, k: int) -> bool:
    """True for what swims, floats or sinks, is a boat or a whale, or goes into the water or comes out of it."""
    kind = reading.mentions[k].kind
    if medium(kind) == "water" or kind in _OF_THE_SEA or reading.mentions[k].text in SWIMMERS:
        return True
    doing = [c for c in reading.clauses if k in c.subjects]
    over = any(
        place in SHORES and i and reading.words[i - 1].text in ("across", "on") for i, place in reading.places.items()
    )
    if over and kind in _WATERFOWL:
        return True
    going = [c for c in doing if c.verb not in _SENDING]  # throws a stone into it
    if any(place in SHORES and p in ("into", "out") for c in going for p, place in c.grounds):
        return True
    if any(c.verb in _SWIMMING for c in doing):
        return True
    if any(c.lemma in _AFOOT for c in doing):
        return False
    return able(kind, "swim") and reading.mentions[k].group == "animal" and not any(c.verb in _ON_LAND for c in doing)


def swimming(reading: Reading, draft: SceneDraft, ids: Mapping[int, str], place: str, beats: list[Beat]) -> list[Beat]:
    """Swimmers of whom the caption says nothing else."""
    idle = {ids[k] for k, m in enumerate(reading.mentions) if m.text in SWIMMERS and k in ids}
    idle -= {beat.who for beat in beats}
    if place not in (*SHORES, *SHORES.values()):
        return []
    return [Beat("swim", id_, None, 0.0, 1.0, draft.x[id_] + 0.1) for id_ in sorted(idle)]


def kept_in_bowls(draft: SceneDraft, beats: list[Beat]) -> list[Beat]:
    """Fish in a bowl of which no verb says what they do."""
    kept = sorted(draft.bowls.keys() - {beat.who for beat in beats})
    return [Beat("swim", id_, draft.bowls[id_], 0.0, 1.0, draft.x[id_]) for id_ in kept]


def afloat(beats: list[Beat], place: str, cast: list[Actor], shift: float) -> list[Beat]:
    """Who swims later on does not stand on the water until then, but swims, or is in the boat that turns over."""
    first = {beat.who: beat for beat in sorted(beats, key=lambda beat: -beat.start)}
    actors = {actor.id: actor for actor in cast}
    boats = {id_ for id_, actor in actors.items() if medium(actor.kind) == "water"}
    boat = next((b for b in beats if b.verb in _GOES_DOWN and b.who in boats), None)
    early = []
    for id_, swim in first.items():
        if swim.verb != "swim" or swim.start <= 0.0:
            continue
        if boat is not None and boat.start < swim.start and actors[id_].kind in PEOPLE:
            early.append(Beat("ride", id_, boat.who, 0.0, max(boat.start, 0.02), actors[boat.who].x - shift))
        elif place in SHORES:
            early.append(Beat("swim", id_, None, 0.0, swim.start))
    return [*beats, *early]
