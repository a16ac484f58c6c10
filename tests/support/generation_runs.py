"""What the tests of generation share: captions, the command line in this process, outputs as frames."""

from __future__ import annotations

import json

import numpy as np
import pytest

from svta.builder.layout.clips_folder import finished_parts, read_part
from svta.builder.record import Clip
from svta.cli.app import main
from svta.generation.diffusion.backend import DiffusionBackend

CAPTIONS = ["A man falls on ice.", "A dog runs.", "Two people fight on the street.", "Smoke rises.", "A car."]
OPEN = '{"min_contrast": 0, "min_motion": 0, "max_still": 0, "min_distance": 0, "max_motion": 0, "max_flicker": 0}'
TINY = ["--backend", "diffusion", "--num-frames", "12", "--height", "70", "--width", "70", "--set", "steps=2"]
TINY += ["--set", f"gates={OPEN}", "--preset", "reference"]
PLANNED = {"num_frames": 9, "height": 64, "width": 64, "preset": "reference"}


def clips(captions=CAPTIONS):
    return [Clip(key=f"clip-{i}", caption=caption) for i, caption in enumerate(captions)]


def svta(*args):
    """The command line in this process: its exit code."""
    with pytest.raises(SystemExit) as done:
        main([str(arg) for arg in args])
    return done.value.code


def made_in(folder):
    return [pair for part in finished_parts(folder) for pair in read_part(part)]


def rejects(folder):
    return [json.loads(line) for line in (folder / "rejected.jsonl").read_text().splitlines()]


def backend(model, **settings):
    return DiffusionBackend(model, settings={"steps": 2, "gates": json.loads(OPEN), **settings}, **PLANNED)


def generate(made, items=None, seeds=None, positions=None):
    items = clips() if items is None else items
    outputs = made.generate(items, seeds or range(1, len(items) + 1), positions)
    return [output.resolve() for output in outputs]


def frames(outputs):
    return [output.frames for output in outputs]


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
