"""Videos and posters of a gallery: H.264 that every browser plays, copied where the clip is such a file already.

Reads a clip's mp4, writes media/<key>.mp4 and media/<key>.jpg; the mark of a synthetic clip stays in its container.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final

from svta.builder.record import Clip

POSTER_HEIGHT: Final = 180
_ASPECT: Final = 8  # width to height of a poster at most
_PLAYED: Final = ("yuv420p", "yuvj420p")


def playable(clip: Clip, video: bytes, short_side: int | None) -> bytes:
    """The clip as browsers play it: 8-bit H.264 with its index in front, at `short_side` pixels where that is less.

    Raises VideoError.
    """
    from svta.builder.packing.proxy import shrink
    from svta.builder.video.container import open_video, probe
    from svta.builder.video.mp4 import index_first

    info = probe(video)
    side = min(info.width, info.height)
    with open_video(video) as opened:
        plays = info.codec == "h264" and opened.stream.codec_context.pix_fmt in _PLAYED
    if plays and "mp4" in info.container and (short_side is None or side <= short_side):
        return index_first(video)
    return shrink(clip, video, min(side, short_side or side))[1]


def poster(video: bytes, height: int = POSTER_HEIGHT) -> bytes:
    """JPEG of the frame in the middle, `height` pixels high. Raises VideoError."""
    from PIL import Image

    from svta.builder.video.decoder import decode

    frames, shown = decode(video, num_frames=3, size=None)
    picture = Image.fromarray(frames[1 if shown[1] else 0])
    wide, high = picture.size
    width = max(1, min(round(wide * height / high), _ASPECT * height))
    small = picture.resize((width, max(1, round(high * width / wide))), Image.Resampling.BICUBIC)
    file = io.BytesIO()
    small.save(file, "JPEG", quality=80, optimize=True)
    return file.getvalue()


def write_media(folder: Path, clip: Clip, video: bytes, *, short_side: int | None, videos: bool) -> None:
    """<key>.jpg, and <key>.mp4 where `videos`, below `folder`. Raises VideoError, and writes nothing then."""
    from svta.builder.io.safe_path import Root

    root = Root(folder)
    picture = poster(video)
    shown = playable(clip, video, short_side) if videos else b""
    root.path(f"{clip.key}.jpg").write_bytes(picture)
    if videos:
        root.path(f"{clip.key}.mp4").write_bytes(shown)
