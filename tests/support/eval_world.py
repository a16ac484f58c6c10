"""A folder of drawn videos, a table of captions, and a plugin whose encoders know them: for tests of `svta eval`."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from svta.builder.video.encoder import encode

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = '''
import hashlib, os, time
import torch
from svta.eval.encoders.registry import register_encoder

def row(data):
    seed = int.from_bytes(hashlib.sha256(data).digest()[:4], "big")
    return torch.nn.functional.normalize(torch.randn(16, generator=torch.Generator().manual_seed(seed)), dim=0)

@register_encoder("by_hash")
class ByHash:
    """Equal captions and equal frames get equal rows, others none alike."""
    num_frames, image_size, resize = 2, 32, "squash"
    def __init__(self, model, *, device=None, dtype=None):
        self.model = None
    def encode_text(self, texts):
        return torch.stack([row(t.encode()) for t in texts])
    def encode_video(self, pixel_values, frame_mask):
        if log := os.environ.get("ENCODER_LOG"):
            with open(log, "a") as file:
                file.write(f"{len(pixel_values)}\\\\n")
            time.sleep(float(os.environ.get("ENCODER_SECONDS", "0")))
        return torch.stack([row(v.numpy().tobytes()) for v in pixel_values])

@register_encoder("broken")
class Broken(ByHash):
    """NaN for every third video and for captions that say so."""
    def encode_text(self, texts):
        rows = super().encode_text(texts)
        rows[[i for i, t in enumerate(texts) if "broken" in t]] = float("nan")
        return rows
    def encode_video(self, pixel_values, frame_mask):
        rows = super().encode_video(pixel_values, frame_mask)
        rows[::3] = float("nan")
        return rows

@register_encoder("of_another_shape")
class Short(ByHash):
    def encode_video(self, pixel_values, frame_mask):
        return super().encode_video(pixel_values, frame_mask)[1:]
'''.replace("\\\\n", "\\n")


def film(seed: int, frames: int = 4) -> bytes:
    """A small mp4 of coloured squares; the same seed, the same bytes."""
    squares = np.random.default_rng(seed).integers(0, 255, (frames, 4, 6, 3), dtype=np.uint8)
    return encode(squares.repeat(8, axis=1).repeat(8, axis=2), fps=4)


def table(path: Path, rows: list[dict[str, object]]) -> Path:
    """A CSV, or JSONL by its ending."""
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def model(folder: Path, model_type: str) -> Path:
    """A folder with nothing but a config.json."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"model_type": model_type}))
    return folder


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests/support'}", "OMP_NUM_THREADS": "1", **more}


def start(*arguments: str, **more: str) -> subprocess.Popen[str]:
    """`svta eval` as a process of its own."""
    command = [sys.executable, "-m", "svta", "eval", *arguments]
    return subprocess.Popen(command, env=environment(**more), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
