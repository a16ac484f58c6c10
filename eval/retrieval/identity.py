"""What was measured, so that it can be identified and measured again: versions, gallery by content, clips known before.

Reads clips and a checkpoint's training_clips.json; evaluate() puts what comes out into config.json and metrics.json.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from svta.builder.dataset.clip_dataset import open_dataset
from svta.builder.errors import SvtaError
from svta.builder.io.json_text import loose_json, read_json_object
from svta.builder.record import Clip
from svta.builder.versions import NOT_INSTALLED, version_of
from svta.eval.embeddings.clip_gallery import ClipGallery
from svta.eval.embeddings.frame_store import coded_hashes
from svta.eval.encoders.fingerprint import ModelFiles, identify_model
from svta.eval.encoders.similarity import model_family
from svta.eval.encoders.training_clips import TrainingClips, caption_hashes, video_hashes

from .config import EvalConfig
from .result import ScoredClips, SeenClips, Trained

FAMILY: Final = "similarity_family"  # of a clip's provenance
_OF_THE_TRAINING_RUN: Final = (  # of training.json: what came out, not what was asked for
    *("steps", "seconds", "threads", "processes", "dtype", "clips", "unreadable", "best", "seed"),
)
PACKAGES: Final = ("svta", "torch", "transformers", "av", "datasets")


def package_versions() -> dict[str, str]:
    """The versions that figures may depend on; without those that are not installed."""
    found = {name: version_of(name) for name in PACKAGES}
    return {name: version for name, version in found.items() if version != NOT_INSTALLED}


def device_name(device: str | None) -> str:
    """The device an evaluation ran on, a GPU with its model's name."""
    import torch

    from svta.eval.distributed import default_device

    place = torch.device(device or default_device())
    return f"{place.type} ({torch.cuda.get_device_name(place)})" if place.type == "cuda" else place.type


def model_files(config: EvalConfig) -> ModelFiles:
    """The hashes of the measured model's files."""
    if config.baseline is None or not Path(config.weights).is_file():
        return identify_model(config.weights)
    from svta.eval.baselines.checkpoints import TOKENIZERS

    return identify_model(
        config.weights, tokenizer=config.tokenizer or TOKENIZERS.get(config.baseline), vision=config.vision
    )


def gallery_hash(clips: Iterable[Clip]) -> str:
    """sha256 over the ranked clips by key: key, video's sha256 and caption of each, independent of packing."""
    digest = hashlib.sha256()
    for clip in sorted(clips, key=lambda clip: clip.key):
        digest.update(f"{clip.key}\x1f{clip.sha256 or ''}\x1f{clip.caption}\x1e".encode())
    return digest.hexdigest()


def seen_clips(
    model: str, clips: Sequence[Clip], positions: Sequence[int], dataset: ClipGallery, data: str | None
) -> SeenClips | None:
    """What of the gallery the model was trained on or chosen on; None if its checkpoint does not say.

    clips: those of the dataset at `positions`. data: the gallery's dataset, by which checkpoints of versions without
    training_clips.json know their train split.
    """
    training = TrainingClips.read(model) if Path(model).is_dir() or _is_ours(model) else None
    if training is None:
        known = data is not None and _trained_on_split(model, dataset, data)
        return SeenClips(train_videos=len(clips)) if known else None
    videos, captions = video_hashes(clips), caption_hashes(clips)
    counts: dict[str, int] = {}
    parts = {"train": training.train, "validation": training.validation}
    coded = np.zeros(len(clips), np.uint64)
    if any(len(part.coded) for part in parts.values()):  # read the videos whose very file is in neither
        other = np.flatnonzero(~np.isin(videos, np.union1d(training.train.videos, training.validation.videos)))
        coded[other] = coded_hashes(dataset, [positions[i] for i in other.tolist()])
    for name, part in parts.items():
        same_caption = np.isin(captions, part.captions)
        same = np.isin(videos, part.videos) & (videos > 0) | np.isin(coded, part.coded) & (coded > 0)
        same |= same_caption & (videos == 0) & (coded == 0)  # nothing else is known of such a video
        counts[f"{name}_videos"] = int(same.sum())
        counts[f"{name}_captions"] = int((same_caption & ~same).sum())
    return SeenClips(**counts)


def scored_clips(model: str, clips: Iterable[Clip]) -> ScoredClips | None:
    """How many clips carry a similarity by the model's family (generate --set similarity=encoder:MODEL); None of none.

    Where such clips were chosen by their similarity, the model is favoured.
    """
    families = Counter(_scoring_family(clip) for clip in clips)
    del families[None]
    if not families or Path(model).is_file():
        return None
    family = model_family(model)
    return ScoredClips(family, families[family]) if families[family] else None


def _scoring_family(clip: Clip) -> str | None:
    """The family of the model that scored a clip, as its provenance says."""
    if not clip.provenance or FAMILY not in clip.provenance:
        return None
    try:
        return str(loose_json(clip.provenance)[FAMILY])
    except (ValueError, KeyError, TypeError):
        return None  # somebody else's text


def _is_ours(model: str) -> bool:
    """Whether a Hub id's model is one that `svta train` wrote: other repos are not asked for its file."""
    from svta.eval.encoders.base import EncoderError
    from svta.eval.encoders.registry import read_model_type

    try:
        return not Path(model).exists() and read_model_type(model).startswith("svta_")
    except EncoderError:
        return False


def _trained_on_split(model: str, dataset: ClipGallery, data: str) -> bool:
    """Whether the gallery holds the train split that an older checkpoint's training.json names."""
    path = Path(model) / "training.json"
    if "train" not in dataset.splits or not path.is_file():
        return False
    try:
        fingerprint = read_json_object(path).get("dataset")
    except SvtaError:
        return False  # torn, or another tool's
    return bool(fingerprint == open_dataset(data, "train").fingerprint)


def trained_by(weights: str) -> Trained | None:
    """What training.json beside the weights tells of their making; None if `svta train` did not make them."""
    try:
        training = read_json_object(Path(weights) / "training.json")
    except (SvtaError, OSError):
        return None
    recipe = training.get("recipe")
    if not isinstance(recipe, dict) or not isinstance(seed := recipe.get("seed"), int):
        return None
    settings = {name: value for name, value in training.items() if name not in _OF_THE_TRAINING_RUN}
    settings["recipe"] = {name: value for name, value in recipe.items() if name != "seed"}
    return Trained(hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16], seed)
