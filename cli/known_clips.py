"""Captions drawn by the storyboard: clips of which it is known what they show, to measure a judge by."""

from __future__ import annotations

from pathlib import Path

from svta.builder.record import Clip, write_clips
from svta.builder.taxonomy import carry_taxonomy
from svta.eval.audit.audit import Prepared
from svta.generation.backends.config import GenerateConfig


def draw_captions(prepared: Prepared, folder: Path, count: int) -> Path | None:
    """A clips folder of at most `count` captions of the sample; None where not one may be or can be drawn.

    The same sample goes on where a killed run stopped. Raises SvtaError.
    """
    from svta.builder.layout.clips_folder import finished_parts
    from svta.cli.commands.clips.generate import run_with_progress
    from svta.generation.planning.request import plan_request

    chosen = {item.key for item in prepared.items if item.kind == "own"}
    clips = [clip for clip in sorted(prepared.source.clips, key=lambda clip: clip.key) if clip.key in chosen][:count]
    descriptions = folder.with_suffix(".jsonl")
    carry_taxonomy(prepared.source.taxonomy, descriptions)
    names = ("key", "caption", "category", "is_anomaly", "source", "license", "flags")
    write_clips(descriptions, (Clip(**{name: getattr(clip, name) for name in names}) for clip in clips))
    plan = plan_request(descriptions, GenerateConfig(seed=prepared.config.seed + 1), clips_dir=folder).plan
    if not plan.clips:
        return None
    run_with_progress(plan, folder)
    return folder if any(part.num_clips for part in finished_parts(folder)) else None
