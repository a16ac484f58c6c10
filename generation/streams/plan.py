"""What each drawn stream shows, decided by the seed alone: cameras, captions, and the takes of every stream.

plan_stream(config, number) -> the takes in order and the truth; no frame is drawn here.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from svta.builder.errors import SvtaError
from svta.builder.record import Clip
from svta.builder.taxonomy import load_taxonomy
from svta.generation.captions.grammar import TIME_WORDS, Setting, captions_at, place_phrase
from svta.generation.storyboard.choreography import Choreography, load_choreographies
from svta.generation.storyboard.scene import Prop

from .config import Happening, StreamsConfig, StreamsError, StreamTruth
from .staging import Camera, Looks, Take, furnished, furniture, ordinary, passing, staged

STREAMS_PER_CAMERA: Final = 3
LONGEST_TAKE: Final = 60.0  # seconds
MOST_PROPS: Final = 6
REPEATED: Final = 0.35  # of the events after the first of a camera: an earlier caption comes true again
ABSENT: Final = 2  # captions a stream that never come true in it
_TIMES: Final = ("day", "day", "night", "dusk")
_LEAST_KINDS: Final = 3  # of events that a place must know


@dataclass(frozen=True)
class PlannedStream:
    """The takes of one stream, each with its number of frames, and what is true."""

    camera: Camera
    takes: tuple[tuple[Take, int], ...]
    truth: StreamTruth


def stream_name(number: int) -> str:
    """The name of a stream's file without its ending."""
    return f"stream-{number:04d}"


def plan_stream(config: StreamsConfig, number: int) -> PlannedStream:
    """The plan of one stream. Raises StreamsError if more happens than its length holds."""
    group, inside = divmod(number, STREAMS_PER_CAMERA)
    camera = _camera(config.seed, group)
    scripts = _scripts(config, group)
    script = scripts[inside]
    chance = random.Random(f"svta stream {config.seed} {number}")
    takes = furnished([_staged(clip, camera, chance) for clip in script.shown], MOST_PROPS)
    num_frames = config.num_frames(number)
    laid_out, happenings = _laid_out(
        config, num_frames, camera, list(zip(script.shown, takes, strict=True)), chance, _passing(scripts, camera)
    )
    absent = tuple(Happening(clip.caption, clip.category, clip.is_anomaly, 0, 0) for clip in script.absent)
    truth = StreamTruth(
        f"{stream_name(number)}.mp4",
        num_frames,
        tuple(happenings),
        absent,
        camera=f"camera {config.seed}-{group}",
        normal_life=f"People pass by {place_phrase(camera.place)} {TIME_WORDS[camera.time]}.",
    )
    return PlannedStream(camera, tuple(laid_out), truth)


@dataclass(frozen=True)
class _Script:
    """The captions of a stream in the order of time, and some that do not come true in it."""

    shown: list[Clip]
    absent: list[Clip]


def _scripts(config: StreamsConfig, group: int) -> list[_Script]:
    """The scripts of all streams of one camera: some captions come true in several."""
    camera = _camera(config.seed, group)
    chance = random.Random(f"svta captions {config.seed} {group}")
    writer = _Captions(camera, config.seed * 1_000_003 + group)
    kinds = _places()[camera.place]
    first = group * STREAMS_PER_CAMERA
    numbers = range(first, min(first + STREAMS_PER_CAMERA, config.num_streams))
    num_events = config.num_events()
    scripts: list[_Script] = []
    events: list[Clip] = []
    for number in numbers:
        shown = []
        for _ in range(num_events[number]):
            repeats = bool(events) and chance.random() < REPEATED
            events.append(chance.choice(events) if repeats else writer.new(kinds[True], chance))
            shown.append(events[-1])
        shown += [writer.new(kinds[False], chance) for _ in range(config.num_normal(number))]
        chance.shuffle(shown)
        scripts.append(_Script(shown, [writer.new(kinds[True], chance) for _ in range(ABSENT)]))
    return scripts


def _staged(clip: Clip, camera: Camera, chance: random.Random) -> Take:
    seed = chance.randrange(2**31)
    return staged(clip.caption, str(clip.category), camera, seed, chance)


def _passing(scripts: list[_Script], camera: Camera) -> set[Looks]:
    """What passers-by must not look like, lest they make a caption of some stream of the camera true."""
    clips = {clip.caption: clip for script in scripts for clip in (*script.shown, *script.absent)}
    return set().union(*(passing(_staged(clip, camera, random.Random(0))) for clip in clips.values()))


def _laid_out(
    config: StreamsConfig,
    num_frames: int,
    camera: Camera,
    script: list[tuple[Clip, Take]],
    chance: random.Random,
    passing_looks: set[Looks],
) -> tuple[list[tuple[Take, int]], list[Happening]]:
    """Takes one after the other, ordinary ones between those of the script; frames add up to the stream's."""
    lengths = [math.ceil(take.seconds * config.fps) for _, take in script]
    spare = num_frames - sum(lengths)
    if spare < 0:
        raise StreamsError(
            f"{len(script)} events do not fit into a stream of {num_frames / config.fps:g} s: "
            "fewer --events-per-hour, or longer --stream-minutes"
        )
    cuts = sorted(chance.randint(0, spare) for _ in script)
    gaps = [after - before for before, after in zip([0, *cuts], [*cuts, spare], strict=True)]
    standing = _shared_props(script)
    takes: list[tuple[Take, int]] = []
    happenings: list[Happening] = []
    at = 0
    for index, gap in enumerate(gaps):
        for length in _portions(gap, round(LONGEST_TAKE * config.fps)):
            take = ordinary(camera, length / config.fps, chance.randrange(2**31), chance, passing_looks)
            takes.append((replace(take, scene=replace(take.scene, props=standing)), length))
        at += gap
        if index < len(script):
            clip, take = script[index]
            start, end = at + round(take.event_start * config.fps), at + round(take.event_end * config.fps)
            happenings.append(Happening(clip.caption, clip.category, clip.is_anomaly, start, end))
            takes.append((take, lengths[index]))
            at += lengths[index]
    return takes, happenings


def _shared_props(script: list[tuple[Clip, Take]]) -> tuple[Prop, ...]:
    """The furniture that is in ordinary takes."""
    seen: dict[tuple[str, float], Prop] = {}
    for prop in furniture([take for _, take in script]):
        seen.setdefault((prop.kind, prop.x), prop)
    return tuple(list(seen.values())[:MOST_PROPS])


def _portions(frames: int, most: int) -> Iterator[int]:
    while frames > 0:
        yield min(frames, most)
        frames -= most


def _camera(seed: int, group: int) -> Camera:
    """The place, light and weather of a group of streams."""
    chance = random.Random(f"svta camera {seed} {group}")
    places = sorted(place for place, kinds in _places().items() if len(kinds[True]) >= _LEAST_KINDS and kinds[False])
    return Camera(chance.choice(places), chance.choice(_TIMES), "clear", chance.randrange(2**31))


@lru_cache(maxsize=1)
def _places() -> dict[str, dict[bool, list[str]]]:
    """place -> whether anomalous -> the categories that may happen there in any weather."""
    taxonomy = load_taxonomy()
    places: dict[str, dict[bool, list[str]]] = {}
    for name, table in _tables().items():
        if (category := taxonomy.find(name)) is None or table.weather != "clear":
            continue
        for place in table.places:
            places.setdefault(place, {True: [], False: []})[category.is_anomaly].append(name)
    return places


@lru_cache(maxsize=1)
def _tables() -> dict[str, Choreography]:
    return load_choreographies()


class _Captions:
    """New captions for one camera, by category; one that must not be drawn is passed over."""

    def __init__(self, camera: Camera, seed: int):
        self.camera, self.seed = camera, seed
        self.writers: dict[str, Iterator[Clip]] = {}

    def new(self, categories: list[str], chance: random.Random) -> Clip:
        """A caption that was not given before, of one of these categories. Raises StreamsError if none is left."""
        for name in chance.sample(categories, len(categories)):
            if name not in self.writers:
                setting = Setting(self.camera.place, self.camera.time, "")
                self.writers[name] = captions_at(name, setting, seed=self.seed)
            for clip in self.writers[name]:
                try:
                    staged(clip.caption, name, self.camera, 0, random.Random(0))
                except SvtaError:
                    continue
                return clip
        raise StreamsError(f"no more captions for events in the {self.camera.place}: ask for fewer")
