"""Encoders that see colours and nothing else, and footage of known colours: what a search has to find is known before.

A frame's vector is the share of its pixels that is nearest to each colour of COLOURS; a text's is the colour it names.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import torch

from svta.eval.encoders.base import Encoder
from svta.eval.encoders.registry import register_encoder

COLOURS = {
    "grey": (128, 128, 128), "red": (220, 30, 30), "green": (30, 200, 40), "blue": (30, 50, 220),
    "yellow": (230, 220, 40), "white": (250, 250, 250), "black": (5, 5, 5),
}  # fmt: skip
FPS = 8


class ColourEncoder(Encoder):
    """Pools frames: a clip's vector is the mean of its frames'."""

    pools_frames = True
    num_frames = None
    image_size = 16
    resize = "squash"

    def __init__(self, model: str, *, device: object = None, dtype: object = None):
        self.name = model
        self.seen = 0  # clips

    def encode_text(self, texts: list[str]) -> torch.Tensor:
        rows = [[float(name in text) for name in COLOURS] for text in texts]
        return torch.nn.functional.normalize(torch.tensor(rows) + 1e-3, dim=-1)

    def encode_video(self, pixel_values: torch.Tensor, frame_mask: torch.Tensor) -> torch.Tensor:
        self.seen += len(pixel_values)
        palette = torch.tensor(list(COLOURS.values())).float()
        pixels = pixel_values.float().flatten(3).transpose(2, 3)  # [V, F, P, 3]
        nearest = torch.cdist(pixels, palette.expand(*pixels.shape[:2], -1, -1)).argmin(-1)
        shares = torch.nn.functional.one_hot(nearest, len(COLOURS)).float().mean(2)
        frames = torch.nn.functional.normalize(shares, dim=-1) * frame_mask[..., None]
        return torch.nn.functional.normalize(frames.sum(1), dim=-1)


class ColourClipEncoder(ColourEncoder):
    """Sees whole clips of 8 frames."""

    pools_frames = False
    num_frames = 8


register_encoder("test_colours")(ColourEncoder)
register_encoder("test_colour_clips")(ColourClipEncoder)


def colour_model(folder: Path, kind: str = "test_colours") -> Path:
    """A model folder that load_encoder opens as one of these encoders."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"model_type": kind}))
    return folder


def write_colours(
    path: Path, parts: Sequence[tuple[str, float]], *, moving: bool = True, fps: int = FPS, codec: str = "libx264"
) -> Path:
    """A video of colours, each for some seconds, with a block that moves in it unless it is a still."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as output:
        stream = output.add_stream(codec, rate=fps, options={"preset": "ultrafast", "g": "16"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.thread_count = 1
        number = 0
        for name, seconds in parts:
            for _ in range(round(seconds * fps)):
                picture = np.full((48, 64, 3), COLOURS[name], np.uint8)
                if moving:
                    left = number * 5 % 56
                    picture[4:12, left : left + 8] = COLOURS["white"]
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                frame.pts, frame.time_base = number, Fraction(1, fps)
                output.mux(stream.encode(frame))
                number += 1
        output.mux(stream.encode(None))
    return path
