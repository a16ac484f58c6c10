"""Captions drawn by the storyboard: clips with known content, to measure a judge."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from svta.builder.errors import SvtaError
from svta.builder.record import Clip, write_clips
from svta.builder.taxonomy import carry_taxonomy
from svta.eval.audit.audit import Prepared
from svta.generation.backends.config import GenerateConfig


def draw_captions(prepared: Prepared, folder: Path, count: int) -> Path | None:
    """A clips folder of at most `count` captions of the sample that are drawn whole; None if there is none.

    The same sample resumes where a killed run stopped. Raises SvtaError.
    """
    from svta.builder.layout.clips_folder import finished_parts
    from svta.cli.commands.clips.generate import run_with_progress
    from svta.generation.planning.request import plan_request

    chosen, seed = {item.key for item in prepared.items if item.kind == "own"}, prepared.config.seed + 1
    sampled = (clip for clip in sorted(prepared.source.clips, key=lambda clip: clip.key) if clip.key in chosen)
    clips = list(islice((clip for clip in sampled if _is_drawn_whole(clip.caption, seed)), count))
    if not clips:
        return None
    descriptions = folder.with_suffix(".jsonl")
    carry_taxonomy(prepared.source.taxonomy, descriptions)
    names = ("key", "caption", "category", "is_anomaly", "source", "license", "flags")
    write_clips(descriptions, (Clip(**{name: getattr(clip, name) for name in names}) for clip in clips))
    plan = plan_request(descriptions, GenerateConfig(seed=seed), clips_dir=folder).plan
    if not plan.clips:
        return None
    run_with_progress(plan, folder)
    return folder if any(part.num_clips for part in finished_parts(folder)) else None


def _is_drawn_whole(caption: str, seed: int) -> bool:
    """Whether the storyboard shows every word of a caption; not of one that it refuses."""
    from svta.generation.storyboard import fidelity, read_scene

    try:
        return fidelity(caption, read_scene(caption, seed)).score == 1.0
    except SvtaError:
        return False
