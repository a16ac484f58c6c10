"""How well the frames and the caption of a clip fit, by any encoder here: a number that generation records.

`svta generate --set similarity=encoder:MODEL` calls it. It is recorded and never a gate, since clips chosen by a model
favour that model's family; `svta eval` says where it evaluates the family that scored its clips.

    scorer = open_scorer("openai/clip-vit-base-patch32")
    scorer(frames, "a car burns")          # frames uint8 [F, H, W, 3]
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .base import Encoder
from .registry import load_encoder, read_model_type

_FAMILIES: Final = {  # model types that start from, or are, another family's towers
    **dict.fromkeys(("svta_clip4clip", "svta_xclip", "xclip", "metaclip_2", "altclip", "chinese_clip"), "clip"),
    "siglip2": "siglip",
    "blip_2": "blip-2",
    "pe_audio_video": "pe_video",
}


@dataclass(frozen=True)
class Scorer:
    """Cosine (or the encoder's own score) of one clip's frames and caption. name: without a path of the machine."""

    encoder: Encoder
    name: str
    family: str

    def __call__(self, frames: NDArray[np.uint8], caption: str) -> float:
        """The score of uint8 [F, H, W, 3] and a text; NaN where the encoder gives none."""
        import torch

        count = min(self.encoder.frame_spec.num_frames, len(frames))
        chosen = frames[np.linspace(0, len(frames) - 1, count, dtype=int)]
        pixels = torch.from_numpy(self.encoder.prepare(np.ascontiguousarray(chosen)))[None]
        text = self.encoder.encode_text([caption])
        video = self.encoder.encode_video(pixels, torch.ones(1, count, dtype=torch.bool))
        return float(self.encoder.similarity(text, video)[0, 0])


def open_scorer(model: str) -> Scorer:
    """The scorer of a model folder or Hub id. Raises EncoderError, MissingExtra."""
    name = Path(model).name if Path(model).exists() else model
    return Scorer(load_encoder(model), name, model_family(model))


def model_family(model: str) -> str:
    """The family of a model by the model_type of its config.json: one model that scored favours another of its own."""
    model_type = read_model_type(model)
    return _FAMILIES.get(model_type, model_type)
