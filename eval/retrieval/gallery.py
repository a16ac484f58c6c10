"""The clips that are ranked: a packed dataset opened with a model's frames, or a folder of videos; and a drawn part."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from svta.builder.dataset.clip_dataset import ClipDataset, open_dataset
from svta.builder.errors import DatasetError
from svta.eval.encoders.base import Encoder, as_encoder

if TYPE_CHECKING:
    from svta.builder.record import Clip
    from svta.builder.taxonomy import Taxonomy


class GallerySource(Protocol):
    """Where a gallery lies."""

    @property
    def root(self) -> str:
        """Its folder or Hub address."""
        ...

    def find(self, name: str) -> Path | None:
        """A file of the dataset by name, where there is one."""
        ...


class ClipGallery(Protocol):
    """What evaluation needs of a test set: a ClipDataset, or the FolderGallery of a folder of videos."""

    @property
    def source(self) -> GallerySource: ...
    @property
    def splits(self) -> list[str]: ...
    @property
    def num_frames(self) -> int: ...
    @property
    def size(self) -> int | None: ...
    @property
    def sampling(self) -> str: ...
    @property
    def resize(self) -> str: ...
    @property
    def threads(self) -> int: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def taxonomy(self) -> Taxonomy: ...
    def __len__(self) -> int: ...
    def __getitem__(self, i: int, /) -> dict[str, Any]: ...
    def clip(self, i: int, /) -> Clip: ...
    def video(self, i: int, /) -> bytes: ...


def open_for(encoder: Encoder, data: str, split: str, **overrides: Any) -> ClipDataset:
    """The dataset with the frames this encoder asks for; `overrides` as svta.open_dataset's keywords."""
    return open_dataset(data, split, **{**as_encoder(encoder).frame_spec.as_dict(), **overrides})


def draw_gallery(total: int, gallery: int | None, seed: int) -> list[int]:
    """Positions in the dataset: all, or `gallery` of them drawn with a seed, in order. DatasetError if too few."""
    if gallery is None:
        return list(range(total))
    if not 1 <= gallery <= total:
        raise DatasetError(f"a gallery of {gallery} clips out of {total}: the split does not hold as many")
    return sorted(np.random.default_rng(seed).permutation(total)[:gallery].tolist())
