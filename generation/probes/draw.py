"""One minimal set: draw a caption of the grammar, edit its scene in one factor, check that it shows and differs.

draw_set(config, "order", 7) gives set 7 of its factor and its frames: the same for the same config, on any machine.
What does not hold (a caption whose words are not all drawn, frames that differ too early or not at all) is drawn again.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Final

import numpy as np
from numpy.typing import NDArray

from svta.builder.errors import SvtaError
from svta.builder.record import Clip
from svta.builder.taxonomy import load_taxonomy
from svta.generation.captions.grammar import GrammarError, write_captions
from svta.generation.storyboard import Actor, Beat, Scene, fidelity, read_scene, render
from svta.generation.storyboard.choreography import load_choreographies
from svta.generation.storyboard.scene import WHOLE_SCENE

from .config import DOSES, HEIGHT, SAME_WORDS, WIDTH, ProbesConfig, ProbesError, ProbeSet
from .factors import FIRST, FRONT, LENGTH, SECOND, TABLE, Core
from .wording import same_words

Frames = NDArray[np.uint8]
ATTEMPTS: Final = 12  # captions of one category before the next category is taken
_TRIES: Final = 6  # of a caption that says something not drawn
_EVENTS: Final = ("order", "role", "direction", "negation")
_SHORT: Final = 4  # 1/32 of the clip: how long delayed events take


def categories_of(config: ProbesConfig) -> list[str]:
    """The categories of the config by their names in the taxonomy; all that have a choreography, without any."""
    taxonomy, tables = load_taxonomy(), load_choreographies()
    chosen = [taxonomy[name].name for name in config.categories or taxonomy.names]
    return [name for name in dict.fromkeys(chosen) if name in tables]


def draw_set(
    config: ProbesConfig, factor: str, number: int, *, elsewhere: bool = True
) -> tuple[ProbeSet, list[Frames]]:
    """Set `number` of a factor with the frames of each variant, uint8 [N, H, W, 3].

    elsewhere: where the factor does not apply to the category whose turn it is, the next one is taken. Raises
    ProbesError where it applies to none.
    """
    levels = levels_of(config, factor)
    base, turn = divmod(number, len(levels))
    names = categories_of(config)
    names = Random(f"svta probes {config.seed} {factor}").sample(names, len(names))
    first = names[base % len(names)]
    others = Random(f"svta probes {config.seed} {factor} {base}").sample(names, len(names)) if elsewhere else []
    for category in (first, *(name for name in others if name != first)):
        for probe in _sets_of(config, factor, base, category):
            try:
                dosed = [_with_dose(probe, dose, level) for dose, level in levels]
                if not all(_holds(v.caption, v.scene) for one in dosed for v in one.variants):
                    continue
                frames = [_rendered(variant.scene, config) for variant in dosed[turn].variants]
            except SvtaError:  # a scene that cannot or must not be drawn
                continue
            if differ(frames, dosed[turn].change_at) and (factor not in SAME_WORDS or alike_in_the_middle(frames)):
                return replace(dosed[turn], probe_id=f"{factor}-{number:05d}"), frames
    where = "any category of those chosen" if elsewhere else first
    raise ProbesError(f"{factor}: does not apply to {where}")


def _holds(caption: str, scene: Scene) -> bool:
    """True if the scene holds all that a caption says: of an edited scene nobody has seen a drawing."""
    return fidelity(caption, scene, by_eye=False).score == 1.0


def levels_of(config: ProbesConfig, factor: str) -> list[tuple[str, float]]:
    """The doses of a factor's sets with their levels, in turns; a dose that does not apply to it has none."""
    fitting = ["clutter"] + ["size"] * (factor not in ("place", "time")) + ["length", "delay"] * (factor in _EVENTS)
    return [(dose, level) for dose in config.doses if dose in fitting for level in DOSES[dose]] or [("", 0.0)]


def differ(frames: list[Frames], change_at: float) -> bool:
    """True if the frames of a set are equal before the change and those of each two of them differ after it."""
    before = first_changed(change_at, len(frames[0]))
    same = all(np.array_equal(frames[0][:before], other[:before]) for other in frames[1:])
    pairs = [(one, two) for i, one in enumerate(frames) for two in frames[i + 1 :]]
    return same and all(_visibly(one[before:], two[before:]) for one, two in pairs)


def alike_in_the_middle(frames: list[Frames]) -> bool:
    """True if the frames of all variants are equal from 1/2 to 9/16 of the clip: no single one tells them apart."""
    first, last = (first_changed(share, len(frames[0])) for share in (1 / 2, 9 / 16))
    return all(np.array_equal(frames[0][first : last + 1], other[first : last + 1]) for other in frames[1:])


def _visibly(one: Frames, two: Frames) -> bool:
    """True if some frame differs in more than a thousandth of its pixels by more than encoding changes them."""
    apart = np.abs(one.astype(np.int16) - two.astype(np.int16)).max(axis=3) > 24
    return bool(apart.mean(axis=(1, 2)).max(initial=0.0) > 0.001)


def first_changed(change_at: float, num_frames: int) -> int:
    """The number of the first frame that may differ, where frame i shows i / (num_frames - 1) of the clip."""
    return math.ceil(change_at * (num_frames - 1) - 1e-9)


def _sets_of(config: ProbesConfig, factor: str, number: int, category: str) -> Iterator[ProbeSet]:
    """Candidates of one category, with captions that say all alike but for the factor."""
    words = f"svta probes {config.seed} {factor} {number} {category}"
    seed = int.from_bytes(hashlib.sha256(words.encode()).digest()[:6], "big")
    chance = Random(words)
    table = load_choreographies()[category]
    tried = 0
    for clip in _captions(category, seed):
        if tried == ATTEMPTS:
            return
        scene_seed = chance.randrange(2**31)
        try:
            scene = read_scene(clip.caption, scene_seed, category)
        except SvtaError:
            continue
        if fidelity(clip.caption, scene, by_eye=False).score < 1.0:
            continue
        tried += 1
        probe = TABLE[factor](Core(clip.caption, scene, table.places), chance, config.grid)
        if probe is None or len(probe.variants) < 2:
            continue
        captions = [variant.caption for variant in probe.variants]
        if len(set(captions)) == len(captions) and (factor not in SAME_WORDS or same_words(captions)):
            yield replace(probe, category=category)


def _captions(category: str, seed: int) -> Iterator[Clip]:
    """Captions of a category with grown people alone, until its grammar has no more."""
    try:
        for clip in write_captions([category], count=ATTEMPTS * _TRIES, seed=seed):
            if not clip.flags:
                yield clip
    except GrammarError:
        return


def _rendered(scene: Scene, config: ProbesConfig) -> Frames:
    size = (config.height or HEIGHT, config.width or WIDTH) if config.drawn else (HEIGHT, WIDTH)
    return render(scene, num_frames=config.num_frames, height=size[0], width=size[1])


def _with_dose(probe: ProbeSet, dose: str, level: float) -> ProbeSet:
    """The same set at one level of a dose: smaller, shorter, later, or among others."""
    if not dose:
        return probe
    variants = tuple(
        replace(variant, scene=_dosed(variant.scene, probe.about, dose, level)) for variant in probe.variants
    )
    late = level / 32 if dose == "delay" else 0.0
    return replace(probe, variants=variants, change_at=probe.change_at + late, dose={dose: level})


def _dosed(scene: Scene, about: tuple[str, ...], dose: str, level: float) -> Scene:
    if dose == "size":
        return replace(
            scene,
            actors=tuple(replace(a, scale=a.scale * level) if a.id in about else a for a in scene.actors),
            props=tuple(replace(p, scale=p.scale * level) if p.id in about else p for p in scene.props),
        )
    if dose == "clutter":
        crowd = (
            Actor(f"crowd{i}", "person", "grey", x=(i + 0.5) / max(level, 1), y=FRONT - 0.2, scale=0.6)
            for i in range(int(level))
        )
        return replace(scene, actors=(*scene.actors, *crowd))
    return replace(scene, beats=tuple(_retimed(b, dose, level) if b.who in about else b for b in scene.beats))


def _retimed(beat: Beat, dose: str, level: float) -> Beat:
    if beat.verb == "look" or beat.who == WHOLE_SCENE:
        return beat
    start = SECOND if beat.start >= SECOND else FIRST
    share = (level if dose == "length" else _SHORT) / 32 / LENGTH
    late = level / 32 if dose == "delay" else 0.0
    return replace(
        beat, start=start + late + (beat.start - start) * share, end=start + late + (beat.end - start) * share
    )
