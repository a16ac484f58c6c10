"""Small videos: the pictures decode() gives, one at a time, whatever the length."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from svta.builder.packing import proxy
from svta.builder.packing.proxy import Shrink, shrink
from svta.builder.record import Clip
from svta.builder.video import frame_buffer as picture
from svta.builder.video.container import probe
from svta.builder.video.decoder import decode, pictures
from svta.builder.video.encoder import encode
from svta.builder.video.frame_buffer import VideoError
from svta.builder.video.marking import synthetic_mark


def moving(count: int) -> Iterator[np.ndarray]:
    for number in range(count):
        frame = np.full((96, 128, 3), number * 3 % 255, np.uint8)
        frame[10:40, number : number + 30] = (255, 40, 0)
        yield frame


def test_a_video_longer_than_memory_allows_is_made_small(monkeypatch: pytest.MonkeyPatch) -> None:
    video = encode(np.stack(list(moving(60))), fps=12)
    wanted, _ = decode(video, size=None, sampling="all")
    assert all(np.array_equal(one, whole) for one, whole in zip(pictures(video), wanted, strict=True))
    monkeypatch.setattr(picture, "MAX_OUTPUT_BYTES", 10 * 96 * 128 * 3)
    with pytest.raises(VideoError, match="would decode to"):
        decode(video, size=None, sampling="all")
    clip, small = shrink(Clip(key="long", caption="A box moves."), video, 48)
    info = probe(small)
    assert (info.num_frames, info.width, info.height, info.fps) == (60, 64, 48, 12.0)
    assert (clip.width, clip.height) == (64, 48)


def test_pictures_one_by_one_encode_as_an_array_does() -> None:
    assert encode(moving(8), fps=8) == encode(np.stack(list(moving(8))), fps=8)
    with pytest.raises(VideoError, match="no frame"):
        encode(iter(()), fps=8)
    with pytest.raises(VideoError, match=r"\[H, W, 3\]|\[N, H, W, 3\]"):
        encode(iter([np.zeros((4, 4), np.uint8)]), fps=8)


def test_a_video_of_several_captions_is_encoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    video, other = encode(moving(6), fps=8), encode(moving(7), fps=8)
    clips = [Clip(key=f"k{number}", caption=f"A box, {number}.") for number in range(3)]
    each = [shrink(clip, data, 48) for clip, data in zip(clips, (video, other, video))]
    encoded: list[object] = []
    monkeypatch.setattr(
        "svta.builder.video.encoder.encode", lambda *args, **named: encoded.append(1) or encode(*args, **named)
    )
    small = Shrink(48)
    assert [small(clip, data) for clip, data in zip(clips, (video, other, video))] == each and len(encoded) == 2
    monkeypatch.setattr(proxy, "KEPT_BYTES", 0)
    small = Shrink(48)
    assert [small(clip, video)[1] for clip in clips] == [each[0][1]] * 3 and len(encoded) == 5


def test_a_marked_video_bears_the_key_of_each_of_its_clips() -> None:
    video = encode(moving(6), fps=8, metadata=synthetic_mark("algorithmicMedia", "first"))
    small = Shrink(48)
    found = [small(Clip(key=key, caption="A box."), video)[1] for key in ("one", "two")]
    assert [probe(data).metadata["svta_key"] for data in found] == ["one", "two"]
