"""Decode, probe, encode and mark videos. In: the bytes of a video;
out: frames, facts about it, or the bytes of an mp4.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .container import VideoInfo, probe
    from .decoder import decode
    from .encoder import encode
    from .frame_buffer import VideoError

__all__ = ["VideoError", "VideoInfo", "decode", "encode", "probe"]

_HOME = {
    "VideoError": ".frame_buffer",
    "VideoInfo": ".container",
    "decode": ".decoder",
    "encode": ".encoder",
    "probe": ".container",
}


def __getattr__(name: str) -> object:  # loaded when first asked for
    if name in _HOME:
        return getattr(import_module(_HOME[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
