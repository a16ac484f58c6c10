"""Decoded frames for training and evaluation: read once into memory where they fit, else clip by clip on demand.

Reads a ClipDataset through threads; writes nothing. A clip that cannot be read is counted with its reason, never
dropped in silence. Used by `svta train` and `svta eval`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from svta.builder.errors import DatasetError, SvtaError
from svta.builder.io.parallel import thread_pool
from svta.builder.record import Clip

from .clip_gallery import ClipGallery
from .one_video import one_video

if TYPE_CHECKING:
    import torch


MEMORY_BYTES: Final = 4_000_000_000  # of decoded frames; above, clips are decoded again each time they are wanted
_CHUNK: Final = 128


@dataclass(frozen=True)
class Block:
    """Some readable clips. pixel_values uint8 [B, F, 3, S, S], frame_mask bool [B, F], positions in the dataset."""

    positions: list[int]
    pixel_values: torch.Tensor
    frame_mask: torch.Tensor
    unreadable: list[tuple[int, str]]


def read_block(dataset: ClipGallery, positions: Sequence[int], pool: ThreadPoolExecutor | None = None) -> Block:
    """Decode the clips at `positions`; those that cannot be read come back in `unreadable` with the reason."""
    import torch

    def load(position: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]] | str:
        try:
            sample = dataset[position]
        except SvtaError as error:
            return str(error)
        return sample["pixel_values"], sample["frame_mask"]

    loaded = list(zip(positions, (pool.map if pool else map)(load, positions)))
    good = [(position, item) for position, item in loaded if not isinstance(item, str)]
    bad = [(position, item) for position, item in loaded if isinstance(item, str)]
    size = dataset.frames.size or 0
    pixels = np.zeros((len(good), dataset.frames.num_frames, 3, size, size), np.uint8)
    masks = np.zeros((len(good), dataset.frames.num_frames), bool)
    for row, (_, (frames, mask)) in enumerate(good):
        pixels[row], masks[row] = frames, mask
    return Block([position for position, _ in good], torch.from_numpy(pixels), torch.from_numpy(masks), bad)


def read_blocks(dataset: ClipGallery, positions: Sequence[int], block: int = _CHUNK) -> Iterator[Block]:
    """`positions` in order, `block` at a time, decoded by the dataset's threads."""
    with thread_pool(max(dataset.threads, 1), name="svta-frames") as pool:
        for start in range(0, len(positions), block):
            yield read_block(dataset, positions[start : start + block], pool)


class FrameStore:
    """The clips of a dataset for a training loop: `clips[i]`, and `get(indices)` for their frames.

    Holds all frames in memory, each video's once, where they take at most `memory` bytes. Raises DatasetError when
    nothing can be read. `unreadable` lists (key, reason) of the clips that were left out; empty when frames are decoded
    on demand, where a damaged clip raises.
    """

    def __init__(
        self,
        dataset: ClipGallery,
        *,
        limit: int | None = None,
        memory: int = MEMORY_BYTES,
        on_clips: Callable[[int], None] | None = None,
    ):
        import torch

        self._dataset = dataset
        self._pixels: torch.Tensor | None = None
        clips = [dataset.clip(i) for i in range(len(dataset) if limit is None else min(limit, len(dataset)))]
        videos, reasons = one_video(clips), dict[int, str]()
        size, wanted = dataset.frames.size or 0, videos.first.tolist()
        if len(wanted) * dataset.frames.num_frames * 3 * size * size <= memory:
            pixels = torch.zeros((len(wanted), dataset.frames.num_frames, 3, size, size), dtype=torch.uint8)
            mask = torch.zeros((len(wanted), dataset.frames.num_frames), dtype=torch.bool)
            readable = 0
            for block in read_blocks(dataset, wanted):
                rows = slice(readable, readable + len(block.positions))
                pixels[rows], mask[rows] = block.pixel_values, block.frame_mask
                readable = rows.stop
                reasons |= block.unreadable
                if on_clips is not None:
                    on_clips(len(block.positions) + len(block.unreadable))
            if not readable:
                raise DatasetError(f"not one clip of {len(reasons)} can be read: {reasons[wanted[0]]}")
            self._pixels, self._mask = pixels[:readable], mask[:readable]
        first = videos.first[videos.inverse].tolist()
        self.positions = [i for i in range(len(clips)) if first[i] not in reasons]
        self.unreadable = [(clips[i].key, reasons[first[i]]) for i in range(len(clips)) if first[i] in reasons]
        self.clips: list[Clip] = [clips[i] for i in self.positions]
        self.videos = one_video(self.clips)  # which clips share a video; its rows are those of the frames held

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def captions(self) -> list[str]:
        """One caption a clip, in order."""
        return [clip.caption for clip in self.clips]

    def get(self, indices: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """(uint8 [B, F, 3, S, S], bool [B, F]) of the clips at `indices`."""
        if self._pixels is not None:
            rows = self.videos.inverse[list(indices)]
            return self._pixels[rows], self._mask[rows]
        with thread_pool(max(self._dataset.threads, 1), name="svta-frames") as pool:
            block = read_block(self._dataset, [self.positions[i] for i in indices], pool)
        if block.unreadable:
            raise DatasetError(f"{block.unreadable[0][1]}; `svta verify --deep` lists every damaged clip")
        return block.pixel_values, block.frame_mask
