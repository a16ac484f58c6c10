"""The clips a checkpoint was trained on and chosen on, as hashes beside its weights: CKPT/training_clips.json.

Content names a clip: the sha256 of its video's file, of the video's packets (which another container or tag leaves as
they are) and of its normalised caption, 64 bits of each. `svta train` writes the file, `svta eval` reads it and says
what of its gallery the model has seen.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from svta.builder.errors import first_line
from svta.builder.io.files import write_json
from svta.builder.io.json_text import JsonObject, read_json_object
from svta.builder.record import Clip
from svta.builder.splits import normalise_caption

from .base import EncoderError
from .hub_files import MAX_SMALL_BYTES, model_file

FILE: Final = "training_clips.json"
_VERSION: Final = 1
Hashes = NDArray[np.uint64]
Part = Literal["train", "validation"]
PARTS: Final[tuple[Part, ...]] = ("train", "validation")
_KINDS: Final = ("videos", "captions", "coded")


@dataclass(frozen=True)
class ClipHashes:
    """Some clips by content: hashes of their files, captions and packets (coded), ascending, each once."""

    videos: Hashes = field(default_factory=lambda: np.zeros(0, np.uint64))
    captions: Hashes = field(default_factory=lambda: np.zeros(0, np.uint64))
    coded: Hashes = field(default_factory=lambda: np.zeros(0, np.uint64))

    @classmethod
    def of(cls, clips: Iterable[Clip], coded: Hashes | None = None) -> ClipHashes:
        """Of these clips and their coded hashes; a clip whose video has no hash counts by its caption alone."""
        clips = list(clips)
        videos, captions = video_hashes(clips), caption_hashes(clips)
        known = np.zeros(0, np.uint64) if coded is None else np.unique(coded[coded > 0])
        return cls(np.unique(videos[videos > 0]), np.unique(captions), known)

    def __or__(self, other: ClipHashes) -> ClipHashes:
        return ClipHashes(*(np.union1d(getattr(self, name), getattr(other, name)) for name in _KINDS))


def video_hashes(clips: Iterable[Clip]) -> Hashes:
    """One number per clip: the first 64 bits of its video's sha256, 0 if that is not known."""
    return np.array([int(clip.sha256[:16], 16) if clip.sha256 else 0 for clip in clips], np.uint64)


def caption_hashes(clips: Iterable[Clip]) -> Hashes:
    """One number per clip: the first 64 bits of the sha256 of its normalised caption."""
    digests = (hashlib.sha256(normalise_caption(clip.caption).encode()).digest()[:8] for clip in clips)
    return np.array([int.from_bytes(digest, "big") for digest in digests], np.uint64)


@dataclass(frozen=True)
class TrainingClips:
    """What a checkpoint was trained on, and the clips on which its weights were chosen."""

    train: ClipHashes = field(default_factory=ClipHashes)
    validation: ClipHashes = field(default_factory=ClipHashes)

    def __or__(self, other: TrainingClips | None) -> TrainingClips:
        return self if other is None else TrainingClips(self.train | other.train, self.validation | other.validation)

    def save(self, folder: str | Path) -> None:
        """CKPT/training_clips.json."""
        values: JsonObject = {"version": _VERSION}
        for name, part in zip(PARTS, (self.train, self.validation)):
            values[name] = {kind: _to_text(getattr(part, kind)) for kind in _KINDS}
        write_json(Path(folder) / FILE, values)

    @classmethod
    def read(cls, model: str) -> TrainingClips | None:
        """Of a checkpoint's folder or Hub id; None if it has no such file. Raises EncoderError for a damaged one."""
        path = model_file(model, FILE)
        if path is None:
            return None
        values = read_json_object(path, MAX_SMALL_BYTES, error=EncoderError)
        try:
            if values["version"] != _VERSION:
                raise ValueError(f"version {str(values['version'])[:20]}, {_VERSION} is known")
            parts = []
            for name in PARTS:
                given = {"coded": "", **values[name]}  # older lists have none
                parts.append(ClipHashes(**{kind: _to_hashes(given[kind]) for kind in _KINDS}))
        except (KeyError, TypeError, ValueError, binascii.Error) as error:
            raise EncoderError(f"{path}: not a list of training clips: {first_line(error, 80)}") from None
        return cls(*parts)


def _to_text(hashes: Hashes) -> str:
    return base64.b64encode(hashes.astype("<u8").tobytes()).decode()


def _to_hashes(text: str) -> Hashes:
    return np.frombuffer(base64.b64decode(text, validate=True), "<u8").astype(np.uint64)
