"""Decode, probe, encode and mark videos. In: the bytes of a video;
out: frames, facts about it, or the bytes of an mp4.
"""

from typing import TYPE_CHECKING

from svta.builder.lazy import lazy_names

if TYPE_CHECKING:
    from .container import VideoInfo, probe
    from .decoder import decode
    from .encoder import encode
    from .frame_buffer import VideoError

__all__ = ["VideoError", "VideoInfo", "decode", "encode", "probe"]

__getattr__ = lazy_names(
    __name__,
    VideoError=".frame_buffer",
    VideoInfo=".container",
    decode=".decoder",
    encode=".encoder",
    probe=".container",
)
