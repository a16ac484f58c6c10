"""transcode.py: an mp4 that would be too large is refused before it is in memory, copied or encoded alike."""

from __future__ import annotations

import io

import av
import numpy as np
import pytest

from svta.builder.video.encoder import encode
from svta.builder.video.transcode import VideoTooLarge, to_mp4

FRAMES = np.random.default_rng(0).integers(0, 255, (12, 64, 96, 3), np.uint8)


def vp8() -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="webm") as output:
        stream = output.add_stream("libvpx", rate=16)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for frame in FRAMES:
            output.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        output.mux(stream.encode(None))
    return buffer.getvalue()


@pytest.mark.parametrize(("make", "how"), [(lambda: encode(FRAMES), "remuxed"), (vp8, "encoded")])
def test_too_large_an_mp4_is_refused(make, how):
    data = make()
    whole = to_mp4(data)
    assert whole.how == how
    assert to_mp4(data, max_bytes=len(whole.mp4)).mp4 == whole.mp4
    with pytest.raises(VideoTooLarge, match="bytes as mp4, 2,000 are allowed"):
        to_mp4(data, max_bytes=2_000)
