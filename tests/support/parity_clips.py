"""20 clips, real and drawn, for parity with a family's own code: files, PIL frames, and what `svta eval` shows."""

from __future__ import annotations

import io
import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import torch
from PIL import Image
from tiny_models import CAPTIONS

from svta.builder.record import Clip
from svta.builder.video.encoder import encode
from svta.builder.video.frame_spec import FrameSpec
from svta.eval.metrics.retrieval import retrieval_metrics
from svta.eval.retrieval.folder_gallery import FolderGallery
from svta.eval.retrieval.ranking import embed_gallery

FRAMES = 4
SIZES = [(192, 320), (320, 192), (90, 250), (250, 90), (96, 96), (101, 77), (64, 400), (240, 426), (48, 50), (130, 128)]
REAL = ("bbb_480p_5s.mp4", "intel_asl_book.mkv", "intel_asl_milk.mkv", "intel_asl_eat.mkv", "intel_asl_yes.mkv",
        "moviepy_doc_example2.mp4")  # fmt: skip


def drawn(number: int, height: int, width: int) -> np.ndarray:
    """uint8 [9, H, W, 3]: a coarse random texture that moves, so that every resize has something to do."""
    rng = np.random.default_rng(number)
    coarse = Image.fromarray(rng.integers(0, 256, (12, 16, 3), np.uint8))
    ground = np.asarray(coarse.resize((width + 40, height + 40), Image.Resampling.BICUBIC))
    return np.stack([ground[2 * i : 2 * i + height, 3 * i : 3 * i + width] for i in range(9)])


def ten_bit(frames: np.ndarray) -> bytes:
    """HEVC of 10 bits a channel."""
    file = io.BytesIO()
    with av.open(file, "w", "mp4") as container:
        stream = container.add_stream("libx265", Fraction(8), options={"x265-params": "log-level=none"})
        stream.height, stream.width, stream.pix_fmt = *frames.shape[1:3], "yuv420p10le"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    return file.getvalue()


def turned(mp4: bytes) -> bytes:
    """The same packets with the tag that says: turn by 90 degrees."""
    end = mp4.index(b"tkhd") + 4
    start = end + 40  # version 0: the matrix
    matrix = b"".join(int(value).to_bytes(4, "big", signed=True) for value in (0, 65536, 0, -65536, 0, 0, 0, 0, 2**30))
    return mp4[:start] + matrix + mp4[start + 36 :]


def write_videos(folder: Path) -> None:
    """20 videos: real ones where they lie at hand, and drawn ones."""
    root = Path(os.environ.get("SVTA_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "data/videos/videos"
    real = [root / name for name in REAL if (root / name).is_file()]
    for path in real:
        (folder / path.name).write_bytes(path.read_bytes())
    for number in range(20 - len(real)):
        frames = drawn(number, *(side // 2 * 2 for side in SIZES[number % len(SIZES)]))
        plain = ten_bit(frames) if number % 7 == 2 else encode(frames, fps=8, preset="ultrafast")
        (folder / f"drawn{number:02d}.mp4").write_bytes(turned(plain) if number % 5 == 4 else plain)
    assert len(list(folder.iterdir())) == 20


def pil_frames(path: Path) -> list[Image.Image]:
    """FRAMES frames spread over the clip, decoded by PyAV, turned as their tag says."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    chosen = [frames[i] for i in np.linspace(0, len(frames) - 1, FRAMES, dtype=int)]
    return [frame.to_image().rotate(frame.rotation, expand=True) for frame in chosen]


def open_gallery(folder: Path) -> tuple[FolderGallery, list[list[Image.Image]], list[str]]:
    """(the gallery, PIL frames of each video, captions)."""
    paths = sorted(folder.iterdir())
    captions = [f"{CAPTIONS[i % len(CAPTIONS)]} {CAPTIONS[i // len(CAPTIONS)]}" for i in range(len(paths))]
    clips = [Clip(key=f"k{i:02d}", caption=text, source_id=path.name) for i, (text, path) in
             enumerate(zip(captions, paths))]  # fmt: skip
    return FolderGallery(clips, paths, [], str(folder)), [pil_frames(path) for path in paths], captions


def through_us(
    encoder: Any, gallery: FolderGallery, resize: Any = "exact"
) -> tuple[torch.Tensor, torch.Tensor, list[torch.Tensor]]:
    """(text, video rows, pixel values by clip) as `svta eval` makes them."""
    spec = encoder.frames(resize)
    shown = gallery.with_frames(FrameSpec(FRAMES, spec.size, "uniform", spec.resize))
    rows = embed_gallery({"model": encoder}, shown, range(len(shown)), resize=resize)
    prepared = [torch.from_numpy(encoder.prepare(shown.read_frames(i).frames)) for i in range(len(shown))]
    return torch.from_numpy(rows.text["model"]), torch.from_numpy(rows.video["model"]), prepared


def ranks(scores: Any) -> np.ndarray:
    metrics = retrieval_metrics(scores)
    return np.concatenate([metrics.t2v.ranks, metrics.v2t.ranks])


def row(name: str, pixels: float, cosine: float, own: Any, ours: Any) -> int:
    """Print a line of the table; how many ranks differ."""
    differ = int((ranks(own) != ranks(ours)).sum())
    print(f"| {name} | {pixels:g} | {cosine:.7f} | {differ} of {2 * len(own)} |")
    return differ
