"""A contact sheet of finished clips, by category, those that show least of their caption first.

clips_sheet("clips", "sheet.png")        # a clips folder or a packed dataset: svta info PLACE --sheet sheet.png
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from svta.builder.errors import DatasetError
from svta.builder.io.safe_path import Root
from svta.builder.layout.clips_folder import finished_parts
from svta.builder.layout.stats import fidelity_of
from svta.builder.paths import INDEX
from svta.builder.shards.index import read_tables
from svta.builder.shards.reader import read_member, read_shard

from .contact_sheet import ACCENT, Strip, draw_strips

MAX_CLIPS: Final = 96  # on one sheet
_FRAMES: Final = 5


@dataclass(frozen=True)
class _Shown:
    """A clip of the sheet and where its mp4 lies."""

    key: str
    caption: str
    category: str
    fidelity: float | None
    path: Path
    offset: int = 0
    size: int = 0


def clips_sheet(place: str | Path, path: str | Path, *, limit: int = MAX_CLIPS) -> tuple[int, int]:
    """Draw at most `limit` clips of a clips folder or dataset into a PNG. Raises DatasetError, VideoError.

    Returns how many are shown and how many there are.
    """
    root = Path(place)
    clips = list(_packed(root) if (root / INDEX).exists() else _generated(root))
    if not clips:
        raise DatasetError(f"{place}: no clips to show")
    chosen = _chosen(clips, limit)
    strips = []
    for clip, video in _videos(chosen):
        shown = "" if clip.fidelity is None else f"  fidelity {clip.fidelity:.2f}"
        strips.append(
            Strip(_frames(video), f"{clip.category}{shown}", clip.caption, ACCENT[(clip.fidelity or 0.0) < 1.0])
        )
    draw_strips(strips, path, title=f"{len(strips)} of {len(clips)} clips, by category, least fidelity first")
    return len(strips), len(clips)


def _packed(root: Path) -> Iterator[_Shown]:
    inside = Root(root)
    for table in read_tables(root / INDEX, ["key", "caption", "category", "provenance", "shard", "offset", "size"]):
        for row in table.to_pylist():
            shard = inside.path(row["shard"], INDEX)
            fidelity = fidelity_of(row["provenance"])
            yield _Shown(row["key"], row["caption"], row["category"] or "", fidelity, shard, row["offset"], row["size"])


def _generated(root: Path) -> Iterator[_Shown]:
    for part in finished_parts(root):
        for clip, _ in read_shard(part.path):
            yield _Shown(clip.key, clip.caption, clip.category or "", fidelity_of(clip.provenance), part.path)


def _chosen(clips: list[_Shown], limit: int) -> list[_Shown]:
    """As many of each category as there is room for, those of least fidelity; a clip that has none comes last."""
    groups: dict[str, list[_Shown]] = defaultdict(list)
    for clip in sorted(clips, key=lambda c: (c.category, 2.0 if c.fidelity is None else c.fidelity, c.key)):
        groups[clip.category].append(clip)
    share = max(1, limit // len(groups))
    return [clip for group in groups.values() for clip in group[:share]][:limit]


def _videos(chosen: list[_Shown]) -> Iterator[tuple[_Shown, bytes]]:
    wanted = {clip.key for clip in chosen if not clip.size}
    read: dict[str, bytes] = {}
    for path in dict.fromkeys(clip.path for clip in chosen if not clip.size):
        read.update((clip.key, video) for clip, video in read_shard(path) if clip.key in wanted)
    for clip in chosen:
        yield clip, read_member(clip.path, clip.offset, clip.size) if clip.size else read[clip.key]


def _frames(video: bytes) -> list[np.ndarray]:
    from svta.builder.video import decode

    frames, mask = decode(video, num_frames=_FRAMES, size=None)
    small = [Image.fromarray(frame) for frame, there in zip(frames, mask) if there]
    return [np.asarray(image.resize((max(1, round(96 * image.width / image.height)), 96))) for image in small]
