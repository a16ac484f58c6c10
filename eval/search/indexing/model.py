"""The encoder of an index: which one made it, whether another one may read it, and how footage is sampled for it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Final

from svta.builder.video.frame_spec import Quality
from svta.builder.video.sampling import SamplingError
from svta.eval.encoders.base import Encoder
from svta.eval.encoders.fingerprint import model_fingerprint
from svta.eval.encoders.registry import load_encoder, read_model_type
from svta.eval.search.store.layout import EncoderIdentity, Manifest, Sampling, SearchError

if TYPE_CHECKING:
    from .indexing import IndexConfig

POOLED_FPS: Final = 2.0
POOLED_WINDOWS: Final = (2.0, 8.0, 32.0)
CLIP_SECONDS: Final = 2.0  # of an encoder that sees clips: those that svta generates have 33 frames at 16 a second
DRAWN_ONLY: Final = "svta_tiny"
DRAWN_NOTE: Final = (
    "a tiny model knows only the clips that it was trained on: its scores on other footage say little; take CLIP or "
    "another pretrained model"
)


def is_drawn_only(folder: str | Path) -> bool:
    """Whether the encoder of an index knows drawn clips only."""
    return Manifest.read(Path(folder)).encoder.model_type == DRAWN_ONLY


def identify(encoder: Encoder) -> EncoderIdentity:
    """What names an encoder's vectors. Raises SearchError for one whose scores are not dot products."""
    name = str(encoder.name)
    if not encoder.dot_product:
        raise SearchError(f"{name}: scores by more than one vector per clip; an index needs one, as CLIP gives")
    shape = tuple(encoder.encode_text(["a"]).shape)
    if len(shape) != 2:
        raise SearchError(f"{name}: gives {list(shape)} for a text; an index needs one vector, as CLIP gives")
    fingerprint = encoder.fingerprint or model_fingerprint(name)
    dtype = str(encoder.dtype or "float32").removeprefix("torch.")
    return EncoderIdentity(name, read_model_type(name), fingerprint, dtype, int(shape[1]))


def identify_for(encoder: Encoder, manifest: Manifest | None) -> EncoderIdentity:
    """`identify` of an encoder that is to read or extend an index. Raises SearchError if another one made it."""
    found = identify(encoder)
    made_by = found if manifest is None else manifest.encoder
    if (found.fingerprint, found.dim, found.dtype) != (made_by.fingerprint, made_by.dim, made_by.dtype):
        raise SearchError(
            f"{found.model} is not the model that made this index ({made_by.model}, {made_by.fingerprint[:12]}, "
            f"{made_by.dtype}): its vectors cannot be compared"
        )
    return found


def load_indexed(
    manifest: Manifest | None, model: str | None, device: str | None = None, dtype: str | None = None
) -> Encoder:
    """The encoder of an index, from where it was or from `model`. Raises SearchError if that is another one."""
    if manifest is None:
        if model is None:
            raise SearchError("no index there yet: name the encoder with --model")
        return load_encoder(model, device=device, dtype=dtype)
    made_by = manifest.encoder
    try:
        encoder = load_encoder(model or made_by.model, device=device, dtype=dtype or made_by.dtype)
    except SearchError:
        raise
    except Exception as error:
        if model is not None:
            raise
        raise SearchError(f"the model of this index cannot be loaded ({error}); give its place with --model") from None
    identify_for(encoder, manifest)
    return encoder


def sampling_for(encoder: Encoder, config: IndexConfig, manifest: Manifest | None) -> Sampling:
    """How footage is sampled: as the index says, as the options say, or as suits the encoder. Raises SearchError."""
    if manifest is not None:
        own = manifest.sampling
        chosen = (config.fps, config.windows, config.key_frames)
        differ = [new for new, old in zip(chosen, (own.fps, own.windows, own.key_frames)) if new not in (None, old)]
        if differ or (config.resize is not None and own.frames != encoder.frames(_quality(config.resize)).as_dict()):
            lengths = ",".join(f"{length:g}" for length in own.windows)
            key = " --keyframes" if own.key_frames else ""
            raise SearchError(
                f"{config.out} was made with --fps {own.fps:g} --windows {lengths}{key}: leave these options out, or "
                "give another --out"
            )
        return own
    spec = encoder.frames(_quality(config.resize or "fast"))
    pools = encoder.pools_frames
    windows = config.windows or (POOLED_WINDOWS if pools else (CLIP_SECONDS,))
    fps = config.fps
    if fps is None:
        fps = POOLED_FPS if pools else spec.num_frames / windows[0] if windows[0] > 0 else math.nan
    sampling = Sampling(float(fps), tuple(sorted(windows)), pools, bool(config.key_frames), spec.as_dict())
    sampling.check()
    if not pools and len(windows) > 1:
        raise SearchError(f"{encoder.name}: embeds whole clips, so it takes one window length, that of its training")
    return sampling


def _quality(resize: str) -> Quality:
    if resize not in ("exact", "fast"):
        raise SamplingError(f"--resize {resize}: exact or fast")
    return "exact" if resize == "exact" else "fast"
