"""Decoded frames for training and evaluation: read once into memory where they fit, else clip by clip on demand.

Reads a ClipDataset through threads; writes nothing. A clip that cannot be read is counted with its reason, never
dropped in silence. Used by `svta train` and `svta eval`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Union

import numpy as np
import numpy.typing as npt

from svta.builder.dataset.collation import channels_first
from svta.builder.errors import DatasetError, NothingUsable, SvtaError
from svta.builder.io.parallel import thread_pool
from svta.builder.record import Clip
from svta.builder.video.container import coded_hash

from .clip_gallery import ClipGallery
from .one_video import one_video

if TYPE_CHECKING:
    import torch

    from svta.builder.video.decoder import FrameSample, FrameTimes

Read = tuple[int, Union["FrameSample", str]]  # a clip's position, and its frames or why it cannot be read

MEMORY_BYTES: Final = 4_000_000_000  # of decoded frames; above, clips are decoded again each time they are wanted
BLOCK_BYTES: Final = 600_000_000  # of the frames of one Block: whole frames of large videos come in smaller ones
_CHUNK: Final = 128
_AHEAD: Final = 2  # clips a thread that are decoded before they are wanted

Prepare = Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.uint8]]  # [F, H, W, 3] -> [F, 3, h, w]


@dataclass(frozen=True)
class Block:
    """Some readable clips whose frames have one shape.

    pixel_values uint8 [B, F, 3, H, W], frame_mask bool [B, F], times [B], positions in the dataset.
    """

    positions: list[int]
    pixel_values: torch.Tensor
    frame_mask: torch.Tensor
    times: list[FrameTimes]
    unreadable: list[tuple[int, str]]


def read_block(dataset: ClipGallery, positions: Sequence[int], prepare: Prepare = channels_first) -> Block:
    """The clips at `positions`, whose frames have one shape; those that cannot be read are in `unreadable`."""
    blocks = list(read_blocks(dataset, positions, max(len(positions), 1), prepare, threads=1))
    if len(blocks) != 1:
        raise DatasetError(f"frames of {len(blocks)} sizes: read these clips one by one")
    return blocks[0]


def read_blocks(
    dataset: ClipGallery,
    positions: Sequence[int],
    block: int = _CHUNK,
    prepare: Prepare = channels_first,
    *,
    threads: int | None = None,
) -> Iterator[Block]:
    """`positions`, `block` at a time, decoded and prepared by the dataset's threads; a Block a shape of frames.

    What is in a block does not depend on the number of threads. Clips that cannot be read come with the last Block.
    """

    def read(position: int) -> tuple[int, FrameSample | str]:
        try:
            found = dataset.read_frames(position)
            pixels = prepare(found.frames[found.mask] if found.mask.any() else found.frames[:1])
            return position, replace(found, frames=_padded(pixels, len(found.mask)))
        except SvtaError as error:
            return position, str(error)

    workers = max(dataset.threads if threads is None else threads, 1)
    with thread_pool(workers, name="svta-frames") as pool:
        for start in range(0, len(positions), block):
            yield from _by_shape(_in_order(pool, read, positions[start : start + block], workers * _AHEAD))


def _in_order(
    pool: ThreadPoolExecutor, read: Callable[[int], Read], positions: Sequence[int], ahead: int
) -> Iterator[Read]:
    """pool.map that has no more than `ahead` results waiting: whole frames of many videos do not fit into memory."""
    waiting: deque[Future[Read]] = deque()
    for position in positions:
        waiting.append(pool.submit(read, position))
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _by_shape(found: Iterable[Read]) -> Iterator[Block]:
    groups: dict[tuple[int, ...], list[tuple[int, FrameSample]]] = {}
    unreadable: list[tuple[int, str]] = []
    for position, item in found:
        if isinstance(item, str):
            unreadable.append((position, item))
            continue
        group = groups.setdefault(item.frames.shape, [])
        group.append((position, item))
        if len(group) * item.frames.nbytes >= BLOCK_BYTES:
            yield _block(groups.pop(item.frames.shape), [])
    last = list(groups.values())
    for group in last[:-1]:
        yield _block(group, [])
    if last or unreadable:
        yield _block(last[-1] if last else [], unreadable)


def _block(group: list[tuple[int, FrameSample]], unreadable: list[tuple[int, str]]) -> Block:
    import torch

    if not group:
        return Block([], torch.zeros((0, 0, 3, 0, 0), dtype=torch.uint8), torch.zeros((0, 0)).bool(), [], unreadable)
    pixels, masks = (np.stack(arrays) for arrays in zip(*((item.frames, item.mask) for _, item in group)))
    times = [item.times for _, item in group]
    return Block([p for p, _ in group], torch.from_numpy(pixels), torch.from_numpy(masks), times, unreadable)


def _padded(pixels: npt.NDArray[np.uint8], count: int) -> npt.NDArray[np.uint8]:
    """[n, 3, h, w] -> [count, 3, h, w], missing frames zero."""
    return pixels if len(pixels) == count else np.pad(pixels, [(0, count - len(pixels)), (0, 0), (0, 0), (0, 0)])


def coded_hashes(dataset: ClipGallery, positions: Sequence[int]) -> npt.NDArray[np.uint64]:
    """One number per clip, of its video's packets: the same where a file was only put into another container or tagged.

    uint64 [N]; 0 if the video cannot be read. Reads every video once, without decoding it.
    """
    videos = one_video([dataset.clip(position) for position in positions])

    def read(place: int) -> int:
        try:
            return coded_hash(dataset.video(positions[place]))
        except SvtaError:
            return 0

    with thread_pool(max(dataset.threads, 1), name="svta-hash") as pool:
        return np.fromiter(pool.map(read, videos.first.tolist()), np.uint64, len(videos.first))[videos.inverse]


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
                if block.positions:
                    pixels[rows], mask[rows] = block.pixel_values, block.frame_mask
                readable = rows.stop
                reasons |= block.unreadable
                if on_clips is not None:
                    on_clips(len(block.positions) + len(block.unreadable))
            if not readable:
                raise NothingUsable(f"none of {len(reasons)} clips can be read: {reasons[wanted[0]]}")
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
        """One caption per clip, in order."""
        return [clip.caption for clip in self.clips]

    def coded_hashes(self) -> npt.NDArray[np.uint64]:
        """One number per clip: see coded_hashes()."""
        return coded_hashes(self._dataset, self.positions)

    def get(self, indices: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """(uint8 [B, F, 3, S, S], bool [B, F]) of the clips at `indices`."""
        if self._pixels is not None:
            rows = self.videos.inverse[list(indices)]
            return self._pixels[rows], self._mask[rows]
        wanted = [self.positions[i] for i in indices]
        (block,) = read_blocks(self._dataset, wanted, len(wanted))
        if block.unreadable:
            raise DatasetError(f"{block.unreadable[0][1]}; `svta verify --deep` lists every damaged clip")
        return block.pixel_values, block.frame_mask
