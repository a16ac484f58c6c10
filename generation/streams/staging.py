"""One take of a stream: an empty place, people who walk in, what a caption says, how they leave; and passers-by.

Reads captions through the storyboard; gives Scenes whose beats run over many clip lengths. Times are in clip lengths of
CLIP_SECONDS, in which the storyboard's motion has its natural speed.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from svta.generation.storyboard.scene import ANIMALS, PEOPLE, VEHICLES, Actor, Beat, Prop, Scene
from svta.generation.storyboard.staging.bystanders import HAND
from svta.generation.storyboard.staging.read_scene import read_scene

CLIP_SECONDS: Final = 2.0
# what cannot be undone, by people walking away, before the eyes of the camera: the take ends with it
LASTING: Final = frozenset(
    ("burn", "smoke", "flood", "explode", "collapse", "leak", "topple", "be crushed", "plunge", "drown", "sink",
     "derail", "crash", "collide", "roll over", "dangle", "rain down", "swirl", "slide down", "shake", "spark", "float",
     "smash", "break in", "strangle", "shoot", "stab", "spray", "skid")
)  # fmt: skip
_DOWN: Final = frozenset(("fall", "trip", "slip", "faint", "convulse", "lie", "sleep", "sit", "kneel", "handcuff"))
_SEATED: Final = ("ride", "drive", "reverse")
_PASSING: Final = frozenset(("walk", "drive"))
_LEFT, _RIGHT = -0.2, 1.2  # out of sight
_ROADS: Final = ("street", "crossroads", "highway", "parking lot", "gas station", "bridge")
_COLOURS: Final = ("red", "orange", "yellow", "green", "blue", "purple", "black", "white", "grey", "beige")
_WALKERS: Final = ("man", "woman", "old man", "old woman")
_SHIRTS: Final = ("black", "grey", "white", "blue", "brown")

Looks = tuple[str, str | None]  # kind and colour


@dataclass(frozen=True)
class Camera:
    """Where a stream is recorded: the same place, light and weather all the time."""

    place: str
    time: str
    weather: str
    seed: int


@dataclass(frozen=True)
class Take:
    """A scene and its length in seconds; the caption is true from event_start to event_end."""

    scene: Scene
    seconds: float
    event_start: float = 0.0
    event_end: float = 0.0


def staged(caption: str, category: str, camera: Camera, seed: int, chance: random.Random) -> Take:
    """A take in which a caption comes true: prelude, event, and where it can be undone those involved leave.

    Raises SvtaError if the caption must not be drawn.
    """
    scene = read_scene(caption, seed, category)
    verbs = {beat.verb for beat in scene.beats}
    prelude = chance.uniform(1.6, 3.0) / CLIP_SECONDS
    acting = chance.uniform(3.0, 6.0) / CLIP_SECONDS
    last = {beat.who: beat.verb for beat in sorted(scene.beats, key=lambda beat: (beat.end, beat.start))}
    stays = bool(verbs & LASTING or set(last.values()) & _DOWN)  # what is to be seen after the last deed
    held = chance.uniform(1.5, 6.0) if stays else chance.uniform(0.2, 0.8)
    end = prelude + acting + held / CLIP_SECONDS
    beats = [_placed(beat, prelude, acting, end) for beat in scene.beats]
    actors, arrivals = _arriving(scene, prelude)
    leaving = 0.0 if verbs & LASTING else chance.uniform(2.0, 3.5) / CLIP_SECONDS
    departures = _leaving(scene, end, end + leaving) if leaving else []
    whole = replace(
        scene,
        place=camera.place,
        time=camera.time,
        weather=camera.weather,
        actors=tuple(actors),
        beats=(*arrivals, *beats, *departures),
    )
    return Take(whole, (end + leaving) * CLIP_SECONDS, prelude * CLIP_SECONDS, end * CLIP_SECONDS)


def _placed(beat: Beat, prelude: float, acting: float, end: float) -> Beat:
    """A beat of a clip, in the time of the event; what goes on to the clip's end goes on to the event's."""
    last = end if beat.end >= 1.0 and beat.to is None else prelude + beat.end * acting
    return replace(beat, start=prelude + beat.start * acting, end=last)


def _arriving(scene: Scene, prelude: float) -> tuple[list[Actor], list[Beat]]:
    """Actors outside the frame, and the beats that bring them to where the event begins."""
    seats = {beat.target for beat in scene.beats if beat.verb in _SEATED and beat.target}
    riders = {beat.who for beat in scene.beats if beat.verb in _SEATED and beat.target}
    moving = {beat.who for beat in scene.beats if beat.to is not None}
    actors, beats = [], []
    for actor in scene.actors:
        on_foot = actor.kind in PEOPLE or actor.kind in ANIMALS
        drives = actor.kind in VEHICLES and actor.id in moving
        if actor.id in seats | riders or not 0 <= actor.x <= 1 or not (on_foot or drives):
            actors.append(actor)
            continue
        away = _LEFT if actor.x < 0.5 else _RIGHT
        actors.append(replace(actor, x=away, facing=1 if away < 0 else -1))
        beats.append(Beat("walk" if on_foot else "drive", actor.id, None, 0.0, prelude, actor.x))
    return actors, beats


def _leaving(scene: Scene, start: float, end: float) -> list[Beat]:
    """Everybody on foot who may still be in sight walks out."""
    where = {actor.id: actor.x for actor in scene.actors}
    for beat in sorted(scene.beats, key=lambda beat: beat.end):
        if beat.to is not None:
            where[beat.who] = beat.to
    gone = {beat.who for beat in scene.beats if beat.verb == "enter"}
    return [
        Beat("walk", actor.id, None, start, end, _LEFT if where[actor.id] < 0.5 else _RIGHT)
        for actor in scene.actors
        if (actor.kind in PEOPLE or actor.kind in ANIMALS) and 0 <= where[actor.id] <= 1 and actor.id not in gone
    ]


def passing(take: Take) -> set[Looks]:
    """The looks of those who do no more in a take than passers-by do: one like them would make its caption true."""
    verbs = {beat.verb for beat in take.scene.beats}
    return {(actor.kind, actor.colour) for actor in take.scene.actors} if verbs <= _PASSING else set()


def ordinary(camera: Camera, seconds: float, seed: int, chance: random.Random, without: Collection[Looks] = ()) -> Take:
    """A take in which passers-by cross the place, none of them with some looks, or nobody."""
    length = seconds / CLIP_SECONDS
    actors, beats = [], []
    for number in range(_num_passers(seconds, chance)):
        walk = chance.uniform(5.0, 8.0) / CLIP_SECONDS
        if walk >= length:
            break
        start = chance.uniform(0, length - walk)
        actor, beat = _passer(f"passer{number}", camera.place, start, walk, chance)
        if (actor.kind, actor.colour) not in without:
            actors.append(actor)
            beats.append(beat)
    scene = Scene("", None, camera.place, camera.time, camera.weather, tuple(actors), (), tuple(beats), seed)
    return Take(scene, seconds)


def _num_passers(seconds: float, chance: random.Random) -> int:
    return min(6, sum(chance.random() < 0.5 for _ in range(int(seconds / 6))))


def _passer(name: str, place: str, start: float, walk: float, chance: random.Random) -> tuple[Actor, Beat]:
    right = chance.random() < 0.5
    begin, goal = (_LEFT, _RIGHT) if right else (_RIGHT, _LEFT)
    facing = 1 if right else -1
    if place in _ROADS and chance.random() < 0.25:
        actor = Actor(name, "car", chance.choice(_COLOURS), None, 1, begin, 0.74, 1.0, facing)
        return actor, Beat("drive", name, None, start, start + walk * 0.7, goal)
    y = chance.choice((0.78, 0.82, 0.86))
    actor = Actor(
        name, chance.choice(_WALKERS), chance.choice(_COLOURS), chance.choice(_SHIRTS), 1, begin, y, 1.0, facing
    )
    return actor, Beat("walk", name, None, start, start + walk, goal)


def furniture(takes: Sequence[Take]) -> list[Prop]:
    """What is in the place in all takes: the larger props of each, which a take must not make appear."""
    props: list[Prop] = []
    for number, take in enumerate(takes):
        props += [replace(p, id=f"take{number}_{p.id}") for p in take.scene.props if p.kind not in HAND]
    return props


def furnished(takes: Sequence[Take], most: int) -> list[Take]:
    """The takes with each other's furniture, at most so many pieces each."""
    everything = furniture(takes)
    whole = []
    for number, take in enumerate(takes):
        own = take.scene.props
        others = [prop for prop in everything if not prop.id.startswith(f"take{number}_")]
        free = [prop for prop in others if all(_apart(prop, other) for other in own)]
        whole.append(replace(take, scene=replace(take.scene, props=(*own, *free[: max(0, most - len(own))]))))
    return whole


def _apart(prop: Prop, other: Prop) -> bool:
    return prop.kind != other.kind or abs(prop.x - other.x) > 0.05
