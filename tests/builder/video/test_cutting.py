"""Cutting: the frames of a clip are those of its span, in every container, and damage costs the clips it lies in."""

from __future__ import annotations

import io
import logging
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
from numbered_videos import HEIGHT, WIDTH, numbers_in, write_numbered

from svta.builder.video import cutting
from svta.builder.video.clip_encoder import CutOptions
from svta.builder.video.container import _timing
from svta.builder.video.cutting import cut
from svta.builder.video.decoder import decode
from svta.builder.video.frame_buffer import VideoError
from svta.builder.video.mp4 import index_first
from svta.builder.video.timeline import SpanError, needed_packets, read_timeline
from svta.builder.video.transcode import Converted

Spans = list[tuple[float | None, float | None]]
PLAIN = CutOptions()
SPANS: Spans = [(0.0, 1.0), (0.5, 2.0), (1.0, 1.4), (2.9, 4.0), (None, 0.2), (3.5, None)]
NUMBERS = [(0, 29), (15, 59), (30, 41), (87, 119), (0, 5), (105, 119)]  # at 30 frames a second


def clips_of(path: Path, spans: Spans, options: CutOptions = PLAIN) -> list[Converted | VideoError]:
    with open(path, "rb") as file:
        timeline = read_timeline(file)
        found = dict(cut(file, timeline, [timeline.window(*span) for span in spans], options))
    return [found[number] for number in range(len(spans))]


def ends_of(results: list[Converted | VideoError]) -> list[tuple[int, int]]:
    """(first, last) number of each clip, whose frames are all those between."""
    ends = []
    for result in results:
        assert isinstance(result, Converted), result
        numbers = numbers_in(result.mp4)
        assert numbers == list(range(numbers[0], numbers[-1] + 1)) and len(numbers) == result.info.num_frames
        ends.append((numbers[0], numbers[-1]))
    return ends


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("b.mp4", "libx264", {"bf": "3", "g": "30"}),
        ("plain.mkv", "libx264", {"preset": "ultrafast"}),
        ("b.avi", "libx264", {"bf": "2"}),
        ("four.avi", "mpeg4", {"bf": "2", "g": "12", "qscale": "2"}),
        ("b.ts", "libx264", {"bf": "2", "g": "15"}),
        ("two.mpg", "mpeg2video", {"bf": "2", "qscale": "2"}),
        ("nine.webm", "libvpx-vp9", {"cpu-used": "8", "deadline": "realtime", "crf": "30", "b:v": "0"}),
        ("eight.webm", "libvpx", {"cpu-used": "8", "deadline": "realtime", "b:v": "2M", "auto-alt-ref": "1"}),
        ("h265.mp4", "libx265", {"preset": "ultrafast", "x265-params": "log-level=none:pools=1"}),
    ],
)
def test_clips_hold_the_frames_of_their_spans(tmp_path: Path, name: str, codec: str, options: dict[str, str]) -> None:
    path = write_numbered(tmp_path / name, 120, codec=codec, options=options)
    assert ends_of(clips_of(path, SPANS)) == NUMBERS


def test_packets_go_over_where_a_span_begins_at_a_key_frame(tmp_path: Path) -> None:
    path = write_numbered(tmp_path / "a.mp4", 120, options={"g": "30", "bf": "0", "sc_threshold": "0"})
    spans: Spans = [(1.0, 2.0), (1.1, 2.0), (2.0, 3.3), (None, None)]
    results = clips_of(path, spans)
    assert ends_of(results) == [(30, 59), (33, 59), (60, 98), (0, 119)]
    assert [r.how for r in results if isinstance(r, Converted)] == ["remuxed", "encoded", "remuxed", "remuxed"]
    precise = clips_of(path, spans, CutOptions(precise=True))
    assert ends_of(precise) == ends_of(results)
    assert {r.how for r in precise if isinstance(r, Converted)} == {"encoded"}


def test_a_variable_rate_is_cut_by_time(tmp_path: Path) -> None:
    """40 ms a frame for 2 s, then a frame every 900 ms: a span between two frames is the one on screen."""
    times = [40 * i for i in range(50)] + [2000 + 900 * i for i in range(10)]
    path = write_numbered(tmp_path / "slow.mp4", 60, milliseconds=times)
    results = clips_of(path, [(1.0, 2.0), (1.9, 4.0), (4.0, 4.5), (9.0, 20.0)])
    assert ends_of(results) == [(25, 49), (48, 52), (52, 52), (58, 59)]
    durations = [r.info.duration for r in results if isinstance(r, Converted)]
    assert durations[0] == pytest.approx(1.0, abs=0.01) and durations[1] == pytest.approx(2.08, abs=0.2)


def test_time_counts_from_the_first_frame_shown(tmp_path: Path) -> None:
    """An edit list that hides the first 15 frames: second 0 is frame 15."""
    whole = write_numbered(tmp_path / "whole.mp4", 90, options={"bf": "2", "g": "90"})
    with av.open(str(whole)) as source, av.open(str(tmp_path / "trimmed.mp4"), "w") as output:
        stream = source.streams.video[0]
        target = output.add_stream_from_template(stream, opaque=True)
        shift = round(Fraction(15, 30) / (stream.time_base or 1))
        for packet in source.demux(stream):
            if packet.size and packet.pts is not None and packet.dts is not None:
                packet.pts, packet.dts, packet.stream = packet.pts - shift, packet.dts - shift, target
                output.mux(packet)
    assert ends_of(clips_of(tmp_path / "trimmed.mp4", [(0.0, 1.0), (1.0, 9.0)])) == [(15, 44), (45, 89)]


def test_many_overlapping_spans_are_one_decoding_pass(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write_numbered(tmp_path / "a.mp4", 120)
    spans: Spans = [(i / 10, i / 10 + 1.5) for i in range(20)]
    with caplog.at_level(logging.DEBUG, cutting.__name__):
        results = clips_of(path, spans)
    assert ends_of(results) == [(3 * i, min(3 * i + 44, 119)) for i in range(20)]
    assert sum(record.message.startswith("decoding") for record in caplog.records) == 1


def test_where_memory_is_short_the_video_is_passed_again_with_the_same_bytes(tmp_path, monkeypatch, caplog) -> None:
    path = write_numbered(tmp_path / "a.mp4", 120)
    before = clips_of(path, SPANS)
    monkeypatch.setattr(cutting, "MOST_ENCODERS", 1)
    with caplog.at_level(logging.DEBUG, cutting.__name__):
        again = clips_of(path, SPANS)
    assert sum(record.message.startswith("decoding") for record in caplog.records) > 1
    assert [r.mp4 for r in again if isinstance(r, Converted)] == [r.mp4 for r in before if isinstance(r, Converted)]


def test_a_clip_does_not_depend_on_what_is_cut_beside_it(tmp_path: Path) -> None:
    path = write_numbered(tmp_path / "a.mp4", 120)
    (alone,) = clips_of(path, [(0.5, 2.0)])
    beside = clips_of(path, SPANS)[1]
    assert isinstance(alone, Converted) and isinstance(beside, Converted) and alone.mp4 == beside.mp4


def test_gaps_are_not_decoded(tmp_path: Path) -> None:
    path = write_numbered(tmp_path / "long.mp4", 3000, options={"preset": "ultrafast", "g": "30"})
    with open(path, "rb") as file:
        timeline = read_timeline(file)
        windows = [timeline.window(1.0, 2.0), timeline.window(80.0, 81.0)]
        needed = needed_packets(timeline, windows)
        found = dict(cut(file, timeline, windows, CutOptions(precise=True)))
    assert needed[:60].all() and not needed[60:1800].any() and needed[1800:2430].all() and not needed[2460:].any()
    assert ends_of([found[0], found[1]]) == [(30, 59), (2400, 2429)]


def test_clips_of_a_shape(tmp_path: Path) -> None:
    """16 frames a second of a video of 32: every second one; from the middle; too short a span has none."""
    path = write_numbered(tmp_path / "a.mp4", 160, fps=32)
    spans: Spans = [(0.0, 5.0), (1.0, 3.0), (1.0, 2.5)]
    long, exact, short = clips_of(path, spans, CutOptions(num_frames=33, fps=16))
    assert isinstance(long, Converted) and isinstance(exact, Converted)
    assert (long.info.num_frames, long.info.fps) == (exact.info.num_frames, exact.info.fps) == (33, 16.0)
    assert numbers_in(exact.mp4) == [*range(32, 95, 2), 95]  # the last is on screen up to the end
    assert numbers_in(long.mp4) == list(range(47, 47 + 66, 2))
    assert isinstance(short, SpanError) and short.reason == "short_span"
    (native,) = clips_of(path, [(1.0, 3.0)], CutOptions(num_frames=10))
    assert ends_of([native]) == [(59, 68)]
    (slowed,) = clips_of(path, [(1.0, 1.25)], CutOptions(fps=64))
    assert isinstance(slowed, Converted)
    assert numbers_in(slowed.mp4) == [32, 32, 33, 33, 34, 34, 35, 35, 36, 36, 37, 37, 38, 38, 39, 39]


@pytest.mark.parametrize("rate", [25, 30])
def test_a_span_that_ends_within_a_frame_keeps_the_rate_of_its_video(tmp_path: Path, rate: int) -> None:
    path = write_numbered(tmp_path / "a.mp4", 4 * rate, fps=rate)
    for clip in clips_of(path, [(1.02, 2.5), (1.0, 2.51), (0.0, 0.05)], CutOptions()):
        assert clip.info.fps == pytest.approx(rate, abs=1e-6)


def test_a_last_frame_of_no_known_length_is_not_cut_short() -> None:
    """In milliseconds 30 frames a second begin at 0, 33, 67: the declared rate says it better."""
    stream: Any = SimpleNamespace(average_rate=Fraction(30), guessed_rate=None, time_base=Fraction(1, 1_000))
    assert _timing([0, 33, 67], 0, 3, stream) == (pytest.approx(0.101), 30)
    assert _timing([0, 33, 67], 33, 3, stream) == (pytest.approx(0.1), 30)  # rounded, not cut
    assert _timing([0, 33, 67], 20, 3, stream) == (pytest.approx(0.087), pytest.approx(2 / 0.067))


def test_a_size_is_filled_and_cropped_to_the_centre(tmp_path: Path) -> None:
    path = write_numbered(tmp_path / "a.mp4", 30)
    (clip,) = clips_of(path, [(0.2, 0.8)], CutOptions(size=(WIDTH, 2 * HEIGHT)))
    assert isinstance(clip, Converted) and (clip.info.width, clip.info.height) == (WIDTH, 2 * HEIGHT)
    frames, _ = decode(clip.mp4, sampling="all", size=None, num_frames=1)
    original, _ = decode(path.read_bytes(), sampling="all", size=None, num_frames=1)
    middle = original[6:24, :, WIDTH // 4 : WIDTH // 4 + WIDTH // 2].astype(int)  # twice as large, half as wide
    assert len(frames) == 18 and np.abs(frames[:, ::2, ::2].astype(int) - middle).mean() < 12


def test_a_turned_video_stays_turned_or_is_made_upright(tmp_path: Path) -> None:
    path = write_numbered(tmp_path / "a.mp4", 30, options={"g": "15", "preset": "ultrafast"})
    data = bytearray(path.read_bytes())
    matrix = data.index(b"tkhd") + 44
    turn = [0, 65536, 0, -65536 & 0xFFFFFFFF, 0, 0, HEIGHT << 16, 0, 1 << 30]
    data[matrix : matrix + 36] = b"".join(number.to_bytes(4, "big") for number in turn)
    path.write_bytes(data)
    original, _ = decode(bytes(data), sampling="all", size=None, num_frames=1)
    spans: Spans = [(0.5, 1.0), (0.6, 1.0)]
    for options in (CutOptions(), CutOptions(size=(HEIGHT, WIDTH))):
        for clip, first in zip(clips_of(path, spans, options), (15, 18)):
            assert isinstance(clip, Converted)
            frames, _ = decode(clip.mp4, sampling="all", size=None, num_frames=1)
            assert frames.shape == original[first:].shape == (30 - first, WIDTH, HEIGHT, 3)
            assert np.abs(frames.astype(int) - original[first:]).mean() < 8


def test_damage_costs_the_clips_it_lies_in(tmp_path: Path) -> None:
    """Packets of a transport stream are lost: clips before it and after the next key frame are whole."""
    path = write_numbered(tmp_path / "a.ts", 180, options={"g": "30", "bf": "0", "preset": "ultrafast"})
    data = path.read_bytes()
    middle = len(data) // 2 // 188 * 188
    path.write_bytes(data[:middle] + data[middle + 188 * 12 :])
    before, across, after = clips_of(path, [(0.0, 1.5), (1.5, 4.5), (5.0, 6.0)], CutOptions(precise=True))
    assert ends_of([before, after]) == [(0, 44), (150, 179)]
    assert isinstance(across, VideoError) and "damaged" in str(across)


def test_of_half_a_file_the_spans_that_are_there_are_cut(tmp_path: Path) -> None:
    path = write_numbered(tmp_path / "a.mp4", 120, options={"g": "30", "preset": "ultrafast"})
    data = index_first(path.read_bytes())
    path.write_bytes(data[: len(data) * 3 // 5])
    with open(path, "rb") as file:
        timeline = read_timeline(file)
        with pytest.raises(VideoError, match="is cut off"):
            timeline.window(0.5, 3.9)
        with pytest.raises(VideoError, match="is cut off"):
            timeline.window(3.8, 3.9)
        found = dict(cut(file, timeline, [timeline.window(0.5, 1.5)], CutOptions()))
    assert ends_of([found[0]]) == [(15, 44)]


def test_spans_that_a_video_does_not_have(tmp_path: Path) -> None:
    path = write_numbered(tmp_path / "a.mp4", 60)
    timeline = read_timeline(path.read_bytes())
    assert timeline.duration == pytest.approx(2.0) and not timeline.is_numbered
    for start in (2.0, 7.5):
        with pytest.raises(SpanError, match="the video ends at 2.000 s") as error:
            timeline.window(start, start + 1)
        assert error.value.reason == "bad_span"
    assert timeline.span_of_frames(6, 8) == (0.2, 0.3)
    assert timeline.span_of_frames(50, 900) == (pytest.approx(50 / 30, abs=1e-5), 2.0)
    with pytest.raises(SpanError, match="not among its 60"):
        timeline.span_of_frames(60, 70)


def write_with_sound(path: Path, num_frames: int, fps: int, rate: int, key: int = 30) -> Path:
    """A numbered video with silence of as many seconds, in packets of 1,024 samples."""
    write_numbered(path.with_name("silent.mp4"), num_frames, fps=fps, options={"g": str(key), "preset": "ultrafast"})
    with av.open(str(path.with_name("silent.mp4"))) as source, av.open(str(path), "w") as output:
        picture = output.add_stream_from_template(source.streams.video[0], opaque=True)
        sound = output.add_stream("aac", rate=rate, layout="mono")
        for packet in source.demux(source.streams.video[0]):
            if packet.size:
                packet.stream = picture
                output.mux(packet)
        for start in range(0, num_frames * rate // fps, 1024):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
            output.mux(sound.encode(frame))
        output.mux(sound.encode(None))
    return path


def test_sound_is_cut_with_the_picture(tmp_path: Path) -> None:
    path = write_with_sound(tmp_path / "a.mp4", 90, 30, 16_000)
    for options, audio in ((CutOptions(keep_audio=True), "kept"), (CutOptions(), "dropped")):
        for clip in clips_of(path, [(1.0, 2.0), (1.2, 2.2)], options):
            assert isinstance(clip, Converted) and clip.audio == audio
            assert clip.info.has_audio == (audio == "kept") and clip.info.duration == pytest.approx(1.0, abs=0.05)
            with av.open(io.BytesIO(clip.mp4)) as container:
                for stream in container.streams.audio:
                    assert float(stream.duration * stream.time_base) == pytest.approx(1.0, abs=0.15)


@pytest.mark.parametrize("precise", [False, True])
def test_a_packet_of_sound_that_begins_where_two_spans_meet_is_of_the_second(tmp_path: Path, precise: bool) -> None:
    """At 48 kHz and 25 frames a second frame 40 and packet 75 begin at the same moment, 1.6 s."""
    path = write_with_sound(tmp_path / "a.mp4", 120, 25, 48_000, key=40)
    clips = clips_of(path, [(1.6, 3.2), (3.2, 4.8)], CutOptions(precise=precise, keep_audio=True))
    for clip in clips:
        assert isinstance(clip, Converted) and clip.how == ("encoded" if precise else "remuxed")
        with av.open(io.BytesIO(clip.mp4)) as container:
            times = [packet.pts for packet in container.demux(container.streams.audio[0]) if packet.size]
        assert times == [1024 * number for number in range(75)]


def test_times_that_are_written_with_three_decimals_mean_the_frames_they_were_rounded_from(tmp_path: Path) -> None:
    """Frames 2 and 4 of 30 a second are shown at 0.0667 and 0.1333 s; a whole millisecond later is the next frame."""
    path = write_numbered(tmp_path / "a.mp4", 30)
    results = clips_of(path, [(0.067, 0.134), (0.066, 0.133), (0.068, 0.135), (0.0671, 0.2)])
    assert ends_of(results) == [(2, 3), (2, 3), (3, 4), (2, 5)]


def test_packets_of_a_span_that_begins_at_no_key_frame_are_not_copied(tmp_path: Path) -> None:
    path = write_numbered(tmp_path / "a.mp4", 90, options={"g": "30", "bf": "0", "sc_threshold": "0"})
    timeline = read_timeline(path.read_bytes())
    spans = ((1.0, 2.0), (1.1, 2.0), (1.9, 2.5), (2.0, 2.5))
    runs = [cutting._copyable(timeline, timeline.window(*span)) for span in spans]
    assert runs == [range(30, 60), None, None, range(60, 75)]
