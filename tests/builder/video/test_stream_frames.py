"""What is on screen at points of time: varying rates, key frames, damage; right frames known by number."""

from __future__ import annotations

from itertools import islice, pairwise

import av
import numpy as np
import pytest
from numbered_videos import frame_number, write_numbered

from svta.builder.video import stream_frames
from svta.builder.video.frame_buffer import VideoError
from svta.builder.video.frame_spec import FrameSpec
from svta.builder.video.stream_frames import Points, frames_on_screen
from svta.builder.video.timeline import read_timeline

WHOLE = FrameSpec(1, None)


def numbers(path, rate, *, first=0, stop=None, key_frames=False, threads=1):
    """The number of the frame at each point."""
    with open(path, "rb") as file:
        points = Points(rate, read_timeline(file), key_frames)
        runs = frames_on_screen(file, points, WHOLE, first=first, stop=stop, threads=threads)
        shown = [(run, frame_number(run.picture)) for run in runs]
    assert [run.first for run, _ in shown] == [first, *(run.stop for run, _ in shown[:-1])]
    return [number for run, number in shown for _ in range(run.stop - run.first)]


@pytest.mark.parametrize("container", ["mp4", "mkv", "avi", "ts", "webm"])
@pytest.mark.parametrize("threads", [1, 3])
def test_every_container_gives_the_frame_on_screen(tmp_path, container, threads):
    codec = {"webm": "libvpx", "avi": "mpeg4"}.get(container, "libx264")
    options = {"g": "20", "bf": "3"} if codec == "libx264" else {"g": "20"}
    path = write_numbered(tmp_path / f"a.{container}", 90, fps=30, codec=codec, options=options)
    assert numbers(path, 2, threads=threads) == [0, 15, 30, 45, 60, 75]
    assert numbers(path, 10, first=7, stop=12, threads=threads) == [21, 24, 27, 30, 33]


def test_variable_rate_goes_by_presentation_times(tmp_path):
    times = [0, 100, 200, 1400, 1500, 4200, 4300]
    path = write_numbered(tmp_path / "a.mkv", 7, milliseconds=times)
    assert numbers(path, 2) == [0, 2, 2, 4, 4, 4, 4, 4, 4]  # at 0, .5, 1, 1.5, ... 4 s


def test_one_frame_in_ten_seconds_stays_on_screen(tmp_path):
    path = write_numbered(tmp_path / "a.mkv", 4, milliseconds=[0, 10_000, 20_000, 30_000])
    found = numbers(path, 1)
    assert found[:31] == [0] * 10 + [1] * 10 + [2] * 10 + [3]


def test_key_frames_alone(tmp_path):
    path = write_numbered(tmp_path / "a.mp4", 100, fps=10, options={"g": "25", "bf": "2", "sc_threshold": "0"})
    assert numbers(path, 2, key_frames=True) == [0] * 5 + [25] * 5 + [50] * 5 + [75] * 5


def test_first_frame_shown_is_second_zero(tmp_path):
    """A video whose times begin at 7 s, as a recorder's parts do."""
    path = write_numbered(tmp_path / "a.mkv", 30, milliseconds=[7_000 + 100 * i for i in range(30)])
    assert numbers(path, 2) == [0, 5, 10, 15, 20, 25]


def test_a_damaged_stretch_holds_the_frame_before_it(tmp_path):
    path = write_numbered(tmp_path / "a.ts", 120, fps=10, options={"g": "10", "bf": "0"})
    data = bytearray(path.read_bytes())
    low, high = len(data) // 2, len(data) // 2 + len(data) // 12
    data[low:high] = bytes(high - low)
    path.write_bytes(data)
    found = numbers(path, 2)
    right = list(range(0, 120, 5))
    assert len(found) == len(right) and found[:8] == right[:8] and found[-6:] == right[-6:]
    assert all(a <= b for a, b in pairwise(found))


def test_sizes_and_limits(tmp_path):
    path = write_numbered(tmp_path / "a.mp4", 20, fps=10)
    with open(path, "rb") as file:
        timeline = read_timeline(file)
        (first, *_) = frames_on_screen(file, Points(2, timeline), FrameSpec(1, 32, resize="squash"))
        assert first.picture.shape == (32, 32, 3) and first.picture.dtype == np.uint8
        assert Points(2, timeline).count == 4 and Points(0.1, timeline).count == 1
        with pytest.raises(VideoError, match="too long"):
            Points(1e9, timeline)


def test_frames_that_nobody_wants_are_left_out_without_a_trace(tmp_path):
    """B-frames are skipped at 2 a second; the frames that come are the same bits as those of a full decoding."""
    path = write_numbered(tmp_path / "a.mp4", 64, fps=16, options={"g": "32", "bf": "3", "b_pyramid": "none"})
    with av.open(str(path)) as container:
        full = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    with open(path, "rb") as file:
        for run in frames_on_screen(file, Points(2, read_timeline(file)), WHOLE):
            assert np.array_equal(run.picture, full[run.first * 8])


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("last", [0, 3, 7])
def test_what_the_decoder_never_gives_is_told(tmp_path, monkeypatch, threads, last):
    """The frames up to `last` are decoded: the last one stays on screen to the end; without any there is an error."""
    path = write_numbered(tmp_path / "v.mp4", 10, fps=1)
    whole = stream_frames.shown_frames
    monkeypatch.setattr(stream_frames, "shown_frames", lambda *args: islice(whole(*args), last))
    with open(path, "rb") as file:
        points = Points(1.0, read_timeline(file))
        runs = frames_on_screen(file, points, FrameSpec(1, None), threads=threads)
        if last == 0:
            with pytest.raises(VideoError, match="no frame of it can be decoded"):
                next(runs)
            return
        found = list(runs)
    assert [(run.first, run.stop) for run in found] == [*((i, i + 1) for i in range(last)), (last, points.count)]
    assert found[-1].damage == "ends early" and {run.damage for run in found[:-1]} == {None}
    assert found[-1].picture is found[-2].picture
