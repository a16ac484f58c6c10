"""Queries as vectors: words, words without others, a video or a part of one, a picture.

vector = text_vector(encoder, "a man falls from a ladder", without="snow")
vector = example_vector(encoder, sampling, Example.parse("holiday.mp4@12-15"))
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from svta.builder.errors import SvtaError, first_line
from svta.builder.io.limits import read_bytes, regular
from svta.builder.paths import is_video_name
from svta.builder.video.frame_buffer import MAX_PIXELS, Brush, Frames, VideoError
from svta.builder.video.stream_frames import Points, frames_on_screen
from svta.builder.video.timeline import read_timeline
from svta.eval.encoders.base import Encoder

from .scan import Floats
from .store.layout import Sampling, SearchError

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_IMAGE_BYTES: Final = 100_000_000
MAX_EXAMPLE_SECONDS: Final = 600.0
MAX_QUERY_CHARS: Final = 2_000
_SPAN: Final = re.compile(r"(?P<file>.+)@(?P<start>\d+(?:\.\d+)?)-(?P<end>\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class Example:
    """A picture, or a video from start to end in seconds (None: its own). SearchError for an invalid span."""

    file: str
    start: float | None = None
    end: float | None = None

    def __post_init__(self) -> None:
        start, end = (self.start or 0.0), (math.inf if self.end is None else self.end)
        if not 0 <= start < math.inf or math.isnan(end):
            raise SearchError(f"{self.file}@{start:g}-{end:g}: a start and an end in seconds are needed")
        if end <= start:
            raise SearchError(f"{self.file}@{start:g}-{end:g}: ends before it starts")

    @classmethod
    def parse(cls, text: str) -> Example:
        """FILE or FILE@START-END; a file that is called so wins."""
        if (match := _SPAN.fullmatch(text)) is None or Path(text).exists():
            return cls(text)
        return cls(match["file"], float(match["start"]), float(match["end"]))


def unit_vector(vector: Floats, dim: int, what: str) -> Floats:
    """float32 [D] of length 1. Raises SearchError if it has no direction."""
    flat = np.asarray(vector, np.float32)
    if flat.shape != (dim,):
        raise SearchError(
            f"{what}: a vector of {dim} numbers is needed, as this index has; this has {list(flat.shape)}"
        )
    length = float(np.linalg.norm(flat))
    if not np.isfinite(length) or length == 0:
        raise SearchError(f"{what}: no direction in it: a zero, an infinite or a missing number")
    return np.asarray(flat / length, np.float32)


def text_vector(encoder: Encoder, text: str, dim: int) -> Floats:
    """float32 [D] of length 1. Raises SearchError for a text without words."""
    if not text.strip():
        raise SearchError("the query is empty: words are needed, --like FILE or --odd-ones")
    if len(text) > MAX_QUERY_CHARS:
        raise SearchError(f"the query has {len(text):,} characters; the limit is {MAX_QUERY_CHARS:,}")
    return unit_vector(encoder.encode_text([text])[0].float().numpy(), dim, repr(text[:60]))


def difference(vector: Floats, without: Floats) -> Floats:
    """The direction that leads to the one and away from the other: their scores are subtracted."""
    return unit_vector(vector - without, len(vector), "--without: the same as the query")


def example_vector(encoder: Encoder, sampling: Sampling, example: Example, dim: int) -> Floats:
    """float32 [D] of length 1: what footage like this has in the index. Raises SearchError."""
    import torch

    pictures = _pictures(sampling, example)
    pixels = np.stack([encoder.prepare(picture[None])[0] for picture in pictures])
    most = sampling.frames["num_frames"]
    if not sampling.pools_frames and len(pixels) != most:
        kept = np.linspace(0, len(pixels) - 1, min(most, len(pixels)), dtype=int)
        pixels = np.pad(pixels[kept], [(0, most - len(kept)), (0, 0), (0, 0), (0, 0)])
        mask = torch.arange(most) < len(kept)
    else:
        mask = torch.ones(len(pixels), dtype=torch.bool)
    vector = encoder.encode_video(torch.from_numpy(pixels)[None], mask[None])[0]
    return unit_vector(vector.float().numpy(), dim, example.file)


def _pictures(sampling: Sampling, example: Example) -> list[Frames]:
    path = Path(example.file)
    try:
        if not is_video_name(path.name):
            image = _read_image(path)
            if image is not None:
                return [_fitted(image, sampling)]
        with open(path, "rb", opener=regular) as file:
            timeline = read_timeline(file)
            points = Points(sampling.fps, timeline, sampling.key_frames)
            start, end = example.start or 0.0, example.end or timeline.duration
            if start >= timeline.duration:
                raise SearchError(f"{path}: ends at {timeline.duration:.3f} s, the example begins at {start:g} s")
            if end > timeline.duration + 1:  # of somebody who rounds up
                raise SearchError(f"{path}: ends at {timeline.duration:.3f} s, the example at {end:g} s")
            end = min(end, timeline.duration, start + MAX_EXAMPLE_SECONDS)
            first = int(start / points.step + 1e-6)
            stop = min(max(first + 1, round(end / points.step)), points.count)
            runs = frames_on_screen(file, points, sampling.spec, first=min(first, stop - 1), stop=stop)
            return [run.picture for run in runs for _ in range(run.stop - run.first)]
    except OSError as error:
        raise SearchError(f"{path}: {error.strerror}") from None
    except SearchError:
        raise
    except SvtaError as error:
        raise SearchError(f"{path}: {str(error).removeprefix(f'{path}: ')}") from None


def _read_image(path: Path) -> Image | None:
    """The picture in a file; None if it is not a picture."""
    from io import BytesIO

    from PIL import Image, UnidentifiedImageError

    data = read_bytes(path, MAX_IMAGE_BYTES)
    try:
        image = Image.open(BytesIO(data))
        if image.width * image.height > MAX_PIXELS:
            raise SearchError(f"{path}: has {image.width}x{image.height} pixels; {MAX_PIXELS:,} are allowed")
        return image.convert("RGB")
    except UnidentifiedImageError:
        return None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise SearchError(f"{path}: is a damaged picture: {first_line(error, 80)}") from None


def _fitted(image: Image, sampling: Sampling) -> Frames:
    """A picture sized as the frames of the index are."""
    import av

    spec = sampling.spec
    brush = Brush(spec.size, spec.resize, 1)
    brush.aim(np.zeros(1, np.int64), [0])
    try:
        brush.paint(av.VideoFrame.from_ndarray(np.asarray(image), format="rgb24"), 0)
    except VideoError as error:
        raise SearchError(str(error)) from None
    return brush.result()[0][0]
