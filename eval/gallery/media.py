"""Videos and posters of a gallery: H.264 that every browser plays, copied where the clip is such a file already.

Reads a clip's mp4, writes media/<key>.mp4 and media/<key>.jpg; the mark of a synthetic clip stays in its container.
Recordings of hours are copied as they are, or linked, and never held in memory.
"""

from __future__ import annotations

import io
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from svta.builder.errors import SvtaError, first_line
from svta.builder.packing.proxy import playable, plays_everywhere
from svta.builder.record import Clip

if TYPE_CHECKING:
    from PIL.Image import Image

POSTER_HEIGHT: Final = 180
_ASPECT: Final = 8  # width to height of a poster at most


def poster(video: bytes, height: int = POSTER_HEIGHT) -> bytes:
    """JPEG of the frame in the middle, `height` pixels high. Raises VideoError."""
    from PIL import Image

    from svta.builder.video.decoder import decode

    frames, shown = decode(video, num_frames=3, size=None)
    return _jpeg(Image.fromarray(frames[1 if shown[1] else 0]), height)


def _jpeg(picture: Image, height: int) -> bytes:
    from PIL import Image

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


@dataclass(frozen=True)
class Footage:
    """What the page has of a recording: addresses relative to it, and why there is no video."""

    file: str | None = None
    poster: str | None = None
    synthetic: bool = False
    note: str | None = None


def write_footage(site: Path, out: Path, name: str, video: Path, *, copied: bool, posters: bool) -> Footage:
    """media/<name>.mp4, a copy where `copied` and else a link to where the video is, seen from `out`; and a poster.

    A file that no browser plays, or that is not a video, is neither copied nor linked: its note says why.
    """
    from svta.builder.io.limits import regular
    from svta.builder.video.container import open_video
    from svta.builder.video.marking import marked_source_type

    (site / "media").mkdir(parents=True, exist_ok=True)
    try:
        with open(video, "rb", opener=regular) as file, open_video(file) as (container, stream):
            plays = plays_everywhere(container.format.name, stream)
            codec = f"{stream.codec_context.codec.canonical_name} in {container.format.name.partition(',')[0]}"
            synthetic = marked_source_type(container.metadata) is not None
            if container.duration:
                container.seek(container.duration // 2)
            frame = next(container.decode(stream), None) if posters else None
        if posters and frame is not None:
            (site / "media" / f"{name}.jpg").write_bytes(_jpeg(frame.to_image(), 2 * POSTER_HEIGHT))
        if plays and copied:
            shutil.copyfile(video, site / "media" / f"{name}.mp4")
    except (SvtaError, OSError) as error:
        return Footage(note=f"cannot be read: {first_line(error)}")
    address = f"media/{name}.mp4" if copied else quote(Path(os.path.relpath(video.resolve(), out.resolve())).as_posix())
    return Footage(
        address if plays else None,
        f"media/{name}.jpg" if posters and frame is not None else None,
        synthetic,
        None if plays else f"{codec}: not every browser plays it",
    )
