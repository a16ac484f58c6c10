"""ClipGallery: the clips of a test set as embedding and evaluation read them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

from svta.builder.video.frame_spec import FrameSpec

if TYPE_CHECKING:
    from svta.builder.record import Clip
    from svta.builder.taxonomy import Taxonomy
    from svta.builder.video.decoder import FrameSample


class GallerySource(Protocol):
    """Where a gallery is."""

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
    def frames(self) -> FrameSpec: ...
    @property
    def threads(self) -> int: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def taxonomy(self) -> Taxonomy: ...
    def __len__(self) -> int: ...
    def clip(self, i: int, /) -> Clip: ...
    def video(self, i: int, /) -> bytes: ...
    def read_frames(self, i: int, /) -> FrameSample: ...
    def with_frames(self, frames: FrameSpec, /) -> Self: ...
