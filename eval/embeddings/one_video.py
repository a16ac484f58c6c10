"""Which clips show one and the same video: its captions are queries, the video is in a gallery once.

Reads clips; writes nothing. Evaluation, training, the embedding cache and the mteb tasks all count videos by this.

    videos = one_video(clips)
    videos.first, videos.inverse     # where each video is first; the video of every clip
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from svta.builder.record import Clip
from svta.builder.splits import group_of
from svta.eval.metrics.rank_counts import Rows


def video_name(clip: Clip) -> str:
    """What names a clip's video: its bytes and its group (or row of its source).

    Clips of other groups with the same bytes are twins: two videos that look alike, and are counted as such. Without a
    group or a row of a source the bytes alone name it; without a hash the clip names itself.
    """
    if clip.sha256 is None:
        return f"clip {clip.key}"
    return f"{clip.sha256} {group_of(clip) if clip.group or clip.source_id else ''}"


def one_video(clips: Sequence[Clip]) -> Rows:
    """The videos of `clips` in order of first appearance, as rows without repetitions."""
    numbers: dict[str, int] = {}
    inverse = [numbers.setdefault(video_name(clip), len(numbers)) for clip in clips]
    return Rows(np.unique(inverse, return_index=True)[1], np.array(inverse, np.int64))


def several_captions(videos: Rows) -> bool:
    """Whether a video has more than one caption."""
    return len(videos.first) < len(videos.inverse)
