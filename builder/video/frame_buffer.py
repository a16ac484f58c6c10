"""From a decoded frame to its place in an array: size, orientation, crop. The picture half of builder/video/decoder.py.

One reused libswscale context goes straight from YUV to the wanted RGB size; only `exact` and `exact-squash` detour over
full-size RGB and PIL's bicubic, for parity with CLIP's own preprocessing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, cast

import av
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from svta.builder.errors import SvtaError

if TYPE_CHECKING:
    from av.buffer import Buffer

MAX_OUTPUT_BYTES: Final = 1_500_000_000
MAX_PIXELS: Final = 8192 * 4608  # of a frame, and of a frame made larger before it is cropped
Frames = NDArray[np.uint8]


class VideoError(SvtaError):
    """Bytes that are not video we read, or a video that is damaged, empty or beyond the limits."""


class Brush:
    """Puts wanted frames into one array: one reused reformatter, one plan of size, orientation and crop."""

    def __init__(self, size: int | None, resize: str, num_frames: int | None):
        self._size, self._num_frames = size, num_frames
        self._exact, self._squash = resize.startswith("exact"), resize.endswith("squash")
        self._reformatter = VideoReformatter()
        self._plan: _Plan | None = None
        self.slots: dict[int, int] = {}

    def aim(self, indices: NDArray[np.int64], positions: Sequence[int]) -> None:
        """Want the frames `indices`; `positions[i]` is the name paint() will know frame i by."""
        self.slots = {positions[int(index)]: slot for slot, index in enumerate(indices)}
        self._length = self._num_frames or len(indices)
        self._out: Frames | None = None
        self._painted = 0

    @property
    def is_done(self) -> bool:
        return self._painted == len(self.slots)

    def paint(self, frame: av.VideoFrame, position: int) -> None:
        slot = self.slots.get(position)
        if slot is None:
            return
        plan = self._plan = self._plan or _plan(frame, self._size, self._squash)
        if self._out is None:
            shape = (self._length, plan.height, plan.width, 3)
            if (needed := int(np.prod(shape))) > MAX_OUTPUT_BYTES:
                raise VideoError(f"would decode to {needed:,} bytes: ask for fewer frames or a smaller size")
            self._out = np.zeros(shape, np.uint8)
        if self._exact or self._size is None:
            picture = turned(self._rgb(frame, plan), plan.turn)
            if self._exact and self._size is not None:
                picture = bicubic_square(picture, self._size, self._squash)
            self._out[slot] = _cropped(picture, plan.height, plan.width)
        else:  # planar RGB costs libswscale 40 % less than packed RGB, and chroma is interpolated in full
            planes = self._reformatter.reformat(
                frame, plan.scaled_width, plan.scaled_height, "gbrp", interpolation=Interpolation.BILINEAR, threads=1
            ).planes
            for plane, channel in zip(planes, (1, 2, 0)):
                rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
                picture = turned(rows[: plan.scaled_height, : plan.scaled_width], plan.turn)
                self._out[slot, :, :, channel] = _cropped(picture, plan.height, plan.width)
        self._painted += 1

    def _rgb(self, frame: av.VideoFrame, plan: _Plan) -> Frames:
        width, height = (frame.width, frame.height) if self._exact else (plan.scaled_width, plan.scaled_height)
        plane = self._reformatter.reformat(frame, width, height, "rgb24", threads=1).planes[0]
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        return rows[:height, : width * 3].reshape(height, width, 3)

    def result(self) -> tuple[Frames, NDArray[np.bool_]]:
        mask = np.arange(self._length) < len(self.slots)
        assert self._out is not None
        return self._out, mask


class _Turn(NamedTuple):
    transpose: bool
    mirror: bool
    flip: bool


_UPRIGHT: Final = _Turn(False, False, False)


class _Plan(NamedTuple):
    """scaled_*: what libswscale makes, before turning; width and height: the finished frame."""

    scaled_width: int
    scaled_height: int
    width: int
    height: int
    turn: _Turn


def _plan(frame: av.VideoFrame, size: int | None, squash: bool) -> _Plan:
    turn = turn_of(frame)
    width, height = (frame.height, frame.width) if turn.transpose else (frame.width, frame.height)
    if size is None:
        scaled = finished = (width, height)
    elif squash:
        scaled = finished = (size, size)
    else:
        scaled, finished = _short_side(width, height, size), (size, size)
        if scaled[0] * scaled[1] > MAX_PIXELS:
            raise VideoError(f"has frames of {width}x{height}, too narrow for a short side of {size} pixels")
    if turn.transpose:
        scaled = scaled[::-1]
    return _Plan(*scaled, *finished, turn)


def turn_of(frame: av.VideoFrame) -> _Turn:
    """How a frame's display matrix turns it: transposed, then mirrored left-right, then flipped upside down."""
    if (matrix := display_matrix(frame)) is None:
        return _UPRIGHT
    a, b, _, c, d = matrix[:5]
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return _Turn(False, a < 0, d < 0)
    return _Turn(True, c < 0, b < 0)


def display_matrix(frame: av.VideoFrame) -> tuple[int, ...] | None:
    """The nine numbers of a frame's display matrix (FFmpeg's layout), None if it has none."""
    side_data = cast("Mapping[str, Buffer]", frame.side_data).get("DISPLAYMATRIX")
    return None if side_data is None else tuple(np.frombuffer(bytes(side_data)[:36], np.int32).tolist())


def turned(picture: Frames, turn: _Turn) -> Frames:
    """A picture or plane as turn_of says it is to be shown."""
    if turn.transpose:
        picture = picture.swapaxes(0, 1)
    return picture[:: -1 if turn.flip else 1, :: -1 if turn.mirror else 1]


def _short_side(width: int, height: int, size: int) -> tuple[int, int]:
    if width <= height:
        return size, int(size * height / width)
    return int(size * width / height), size


def bicubic_square(picture: Frames, size: int, squash: bool = False) -> Frames:
    """uint8 [H, W, 3] -> [size, size, 3] by PIL bicubic: short side and centre crop as CLIP's own code, or squashed."""
    height, width = picture.shape[:2]
    wanted = (size, size) if squash else _short_side(width, height, size)
    left, top = (_offset(have, size) for have in wanted)
    return pil_resized(picture, wanted, (left, top, left + size, top + size))


def pil_resized(picture: Frames, size: tuple[int, int], box: tuple[int, int, int, int], resample: int = 3) -> Frames:
    """uint8 [H, W, 3] resized by PIL to `size` (width, height), of that the box (left, top, right, bottom).

    resample: PIL's number, 3 is bicubic. PIL resizes and rounds the columns first, so that of the rows only those
    columns that stay have to be resized: the same bits in less time.
    """
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(picture))
    (left, top, right, bottom), way = box, Image.Resampling(resample)
    if right - left < size[0]:
        image = image.resize((size[0], image.height), way).crop((left, 0, right, image.height))
    return np.asarray(image.resize((right - left, size[1]), way))[top:bottom]


def _offset(have: int, want: int) -> int:
    return round((have - want) / 2)  # half to even, as torchvision's CenterCrop and CLIP's preprocessing


def _cropped(picture: Frames, height: int, width: int) -> Frames:
    top, left = _offset(picture.shape[0], height), _offset(picture.shape[1], width)
    return picture[top : top + height, left : left + width]
