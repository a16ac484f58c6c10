"""Import of parts of videos: one clip a row, the right frames, each video decoded once, and every row accounted for."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numbered_videos import expected_numbers, numbered_frame, numbers_in, sentences_about, write_numbered

from svta.builder.ingest.convert import ImportReport, run_import
from svta.builder.ingest.plan import ImportConfig, ImportingError, ImportPlan, Item, check_span, plan_import
from svta.builder.io.safe_path import Root
from svta.builder.layout.clips_folder import finished_parts, read_part
from svta.builder.record import Clip
from svta.builder.sources.records import RowProblem
from svta.builder.taxonomy import load_taxonomy
from svta.builder.video.container import probe
from svta.builder.video.encoder import encode
from svta.builder.video.marking import synthetic_mark

ROOT = Path(__file__).resolve().parents[3]


def cut(
    videos: Path, out: Path, rows: Sequence[Mapping[str, object]], workers: int | None = None, **config: Any
) -> ImportReport:
    options = ImportConfig(**config)
    plan = plan_import(videos, [(f"row {i}", row) for i, row in enumerate(rows)], options, load_taxonomy())
    return run_import(plan, videos, out, options, workers=workers)


def imported(folder: Path) -> list[tuple[Clip, bytes]]:
    return [pair for part in finished_parts(folder) for pair in read_part(part)]


def rejects(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "rejected.jsonl").read_text().splitlines()]


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def rows_of(annotations: Mapping[str, Mapping[str, Any]]) -> list[dict[str, object]]:
    return [
        {"video": f"{name}.mp4", "start": start, "end": end, "caption": sentence}
        for name, about in annotations.items()
        for (start, end), sentence in zip(about["timestamps"], about["sentences"])
    ]


def check_sentences(tmp_path: Path, num_videos: int, seconds: int, per_video: int, caplog) -> None:
    fps = 30
    annotations = sentences_about(num_videos, seconds, per_video)
    for name in annotations:
        write_numbered(tmp_path / "v" / f"{name}.mp4", seconds * fps)
    with caplog.at_level(logging.DEBUG, "svta.builder.video.cutting"):
        report = cut(tmp_path / "v", tmp_path / "c", rows_of(annotations))
    passes = [record.message for record in caplog.records if record.message.startswith("decoding")]
    assert len(passes) == num_videos and report.kept == num_videos * per_video and not report.rejected
    for clip, mp4 in imported(tmp_path / "c"):
        assert clip.start is not None and clip.end is not None
        numbers = numbers_in(mp4)
        assert (numbers[0], numbers[-1]) == expected_numbers(clip.start, clip.end, fps, seconds * fps), clip
        assert len(numbers) == numbers[-1] - numbers[0] + 1 == clip.num_frames
        assert clip.duration == pytest.approx(clip.end - clip.start, abs=0.05)
    assert len({clip.group for clip, _ in imported(tmp_path / "c")}) == num_videos


@pytest.mark.slow
def test_first_and_last_frames_are_those_of_the_sentence(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    check_sentences(tmp_path, 3, 8, 8, caplog)


@pytest.mark.nightly
def test_two_hundred_sentences_of_ten_streams(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    check_sentences(tmp_path, 10, 180, 20, caplog)


def killed_and_resumed(tmp_path: Path, kills: int, seconds: int) -> None:
    """Kill a process that imports at `kills` moments, from its start to past its end, and let the last one finish."""
    annotations = sentences_about(5, seconds, 8, seed=1)
    for name in annotations:
        write_numbered(tmp_path / "v" / f"{name}.mp4", seconds * 30)
    rows = rows_of(annotations)

    def start() -> int:
        if (child := os.fork()) == 0:
            try:
                cut(tmp_path / "v", tmp_path / "killed", rows, workers=2, unit_size=8)
            finally:
                os._exit(0)
        return child

    began = time.monotonic()
    cut(tmp_path / "v", tmp_path / "whole", rows, workers=2, unit_size=8)
    whole = time.monotonic() - began
    killed = 0
    for moment in np.linspace(0.05, 0.8, kills):
        child = start()
        time.sleep(moment * whole)
        if os.waitpid(child, os.WNOHANG) == (0, 0):
            os.kill(child, signal.SIGKILL)
            killed += os.WIFSIGNALED(os.waitpid(child, 0)[1])
        if kills > 3:  # leave later kills work to interrupt
            for marker in sorted((tmp_path / "killed").glob("parts/*.json"))[2:]:
                marker.unlink()
    assert killed >= kills // 2
    os.waitpid(start(), 0)
    assert content(tmp_path / "killed") == content(tmp_path / "whole")
    assert len(imported(tmp_path / "whole")) == 40


@pytest.mark.slow
def test_a_killed_import_goes_on_with_equal_bytes(tmp_path: Path) -> None:
    killed_and_resumed(tmp_path, 3, 3)


@pytest.mark.nightly
def test_twenty_kills_leave_equal_bytes(tmp_path: Path) -> None:
    killed_and_resumed(tmp_path, 20, 12)


def test_spans_that_no_video_has_are_refused_with_the_reason(tmp_path: Path) -> None:
    write_numbered(tmp_path / "v/a.mp4", 60)
    spans: list[tuple[object, object, str | None]] = [
        (0, 1, None), (1.5, None, None), (None, 0.5, None), (1, 1, "bad_span"), (1.5, 0.5, "bad_span"),
        (2, 3, "bad_span"), (70, 71, "bad_span"), (-1, 1, "bad_field"), (0.2, 1.9, "long_span"),
        (1.2, 2.3, None), (1.2, 2.8, None), ("00:00:01", "00:01.5", None), ("soon", 2, "bad_field"),
    ]  # fmt: skip
    rows = [
        {"video": "a.mp4", "caption": f"A man sits down, row {number}.", "start": start, "end": end}
        for number, (start, end, _) in enumerate(spans)
    ]
    report = cut(tmp_path / "v", tmp_path / "c", rows, max_seconds=1.65)
    wanted = Counter(reason for _, _, reason in spans if reason)
    assert report.reasons == wanted and report.kept + report.rejected == len(rows)
    assert all("a.mp4" in str(row) for row in rejects(tmp_path / "c"))
    late = next(row["detail"] for row in rejects(tmp_path / "c") if "row 6" in row["caption"])
    assert late == "a.mp4: begins at 70 s, and the video ends at 2.000 s"
    clips = {clip.caption: (clip, numbers_in(mp4)) for clip, mp4 in imported(tmp_path / "c")}
    ends = {caption[-3:-1].strip(): (numbers[0], numbers[-1]) for caption, (_, numbers) in clips.items()}
    assert ends == {"0": (0, 29), "1": (45, 59), "2": (0, 14), "9": (36, 59), "10": (36, 59), "11": (30, 44)}
    clipped = clips["A man sits down, row 10."][0]
    assert "end_clipped" in clipped.flags and clipped.end == 2.0
    assert "end_clipped" not in clips["A man sits down, row 9."][0].flags


def test_a_span_as_long_as_allowed_is_taken() -> None:
    check_span(0.5, 2.0, 1.5)
    check_span(None, 1.5, 1.5)
    for start, end, reason in ((0.5, 2.25, "long_span"), (None, 1.75, "long_span"), (2.0, 2.0, "bad_span")):
        with pytest.raises(RowProblem) as found:
            check_span(start, end, 1.5)
        assert found.value.reason == reason


def test_a_unit_is_filled_with_whole_videos(tmp_path: Path) -> None:
    items = [Item(Clip(key=f"k{n}", caption="A man sits."), f"{n // 2}.mp4", 1, {}) for n in range(8)]
    plan = ImportPlan(items, [], "", 4, Root(tmp_path))
    assert [[item.video for item in unit] for unit in plan.units] == [
        ["0.mp4", "0.mp4", "1.mp4", "1.mp4"], ["2.mp4", "2.mp4", "3.mp4", "3.mp4"]
    ]  # fmt: skip


def test_a_part_that_was_cut_before_stays_whole_and_may_be_shaped(tmp_path: Path) -> None:
    write_numbered(tmp_path / "v/a_000059_000061.mp4", 40)  # 1.3 s, though its name says 2
    rows = [{"video": "a", "caption": "A man sits.", "start": 59, "end": 61}]
    for name, options, numbers in (("c", {}, list(range(40))), ("d", {"num_frames": 4}, list(range(18, 22)))):
        assert cut(tmp_path / "v", tmp_path / name, rows, **options).kept == 1
        ((clip, mp4),) = imported(tmp_path / name)
        assert numbers_in(mp4) == numbers and "already_cut" in clip.flags and (clip.start, clip.end) == (59, 61)


def test_timecodes_go_by_the_rate_of_the_video(tmp_path: Path) -> None:
    write_numbered(tmp_path / "v/a.mp4", 90)  # 30 frames a second
    times = [("00:00:01:12", "00:00:02:00"), ("00:00:02:15", None), ("00:00:00:30", 2), ("00:00:00;10", "00:00:01;00")]
    rows = [
        {"video": "a.mp4", "caption": f"A man sits down, row {number}.", "start": start, "end": end}
        for number, (start, end) in enumerate(times)
    ]
    report = cut(tmp_path / "v", tmp_path / "c", rows)
    assert (report.kept, report.reasons) == (2, {"bad_field": 2})  # no frame 30, and no dropped numbers at 30
    clips = {clip.caption[-2]: (clip.start, clip.end, numbers_in(mp4)) for clip, mp4 in imported(tmp_path / "c")}
    assert clips == {"0": (1.4, 2.0, list(range(42, 60))), "1": (2.5, None, list(range(75, 90)))}


def test_captions_of_one_span_share_its_video(tmp_path: Path) -> None:
    write_numbered(tmp_path / "v/a.mp4", 60)
    rows = [{"video": "a.mp4", "caption": f"A man sits, {i}.", "start": 0.5, "end": 1.5} for i in range(3)]
    rows += [{"video": "a.mp4", "caption": "A man sits, 0.", "start": 1.0, "end": 2.0}, dict(rows[0])]
    rows += [{"video": "a.mp4", "caption": f"All of it, {i}."} for i in range(2)]
    report = cut(tmp_path / "v", tmp_path / "c", rows)
    assert (report.kept, report.reasons) == (6, {"duplicate": 1})
    videos: dict[bytes, set[str]] = {}
    for clip, mp4 in imported(tmp_path / "c"):
        videos.setdefault(mp4, set()).add(clip.caption)
    assert sorted(map(len, videos.values())) == [1, 2, 3]
    assert len({clip.key for clip, _ in imported(tmp_path / "c")}) == 6
    assert {clip.group for clip, _ in imported(tmp_path / "c")} == {"a.mp4"}


def test_a_file_that_is_the_part_already_stays_whole(tmp_path: Path) -> None:
    """As MSR-VTT's: the times say where in a longer video the file comes from."""
    write_numbered(tmp_path / "v/video7.mp4", 60)
    rows = [{"video": "video7.mp4", "caption": f"A man cooks, {i}.", "start": 137.7, "end": 139.7} for i in range(2)]
    assert cut(tmp_path / "v", tmp_path / "c", rows).kept == 2
    for clip, mp4 in imported(tmp_path / "c"):
        assert clip.num_frames == 60 and "already_cut" in clip.flags and clip.start == 137.7
        assert numbers_in(mp4) == list(range(60))


def test_a_file_whose_rows_tell_of_two_spans_is_no_part(tmp_path: Path) -> None:
    """Each span alone is as long as the file and ends after it; together they speak of a longer video."""
    write_numbered(tmp_path / "v/video7.mp4", 60)
    rows = [
        {"video": "video7.mp4", "caption": "A man cooks.", "start": start, "end": start + 2} for start in (137, 200)
    ]
    report = cut(tmp_path / "v", tmp_path / "c", rows)
    assert (report.kept, report.reasons) == (0, {"bad_span": 2})


def test_a_part_of_another_file_than_its_row_states_is_refused(tmp_path: Path) -> None:
    digest = hashlib.sha256(write_numbered(tmp_path / "v/a.mp4", 60).read_bytes()).hexdigest()
    stated = {"same": digest, "other": digest[:-1] + ("0" if digest[-1] != "0" else "1"), "none": None}
    rows = [
        {"video": "a.mp4", "caption": f"Stated: {name}.", "start": 0.5, "end": 1.5, "sha256": sha256}
        for name, sha256 in stated.items()
    ]
    assert cut(tmp_path / "v", tmp_path / "c", rows).kept == 2
    assert sorted(clip.caption for clip, _ in imported(tmp_path / "c")) == ["Stated: none.", "Stated: same."]
    (row,) = rejects(tmp_path / "c")
    assert (row["caption"], row["reason"]) == ("Stated: other.", "checksum")


def test_shaped_clips_of_parts_and_of_whole_videos(tmp_path: Path) -> None:
    write_numbered(tmp_path / "v/a.mp4", 90)
    rows: list[dict[str, object]] = [
        {"video": "a.mp4", "caption": "A man sits down.", "start": 0.5, "end": 2.9},
        {"video": "a.mp4", "caption": "All of it."},
        {"video": "a.mp4", "caption": "A moment.", "start": 1, "end": 1.5},
    ]
    report = cut(tmp_path / "v", tmp_path / "c", rows, num_frames=33, fps=16.0, size=(96, 64))
    assert (report.kept, report.reasons) == (2, {"short_span": 1})
    for clip, _ in imported(tmp_path / "c"):
        assert (clip.num_frames, clip.fps, clip.width, clip.height) == (33, 16.0, 96, 64)
        assert clip.duration == pytest.approx(33 / 16)
    for size in ((95, 64), (8, 8)):
        with pytest.raises(ImportingError, match="even numbers of 16 to 4096"):
            cut(tmp_path / "v", tmp_path / "d", rows, size=size)


@pytest.mark.parametrize("times", [{}, {"start": 0.25, "end": 0.75}])
def test_a_video_that_bears_our_mark_is_synthetic(tmp_path: Path, times: dict[str, object]) -> None:
    frames = np.stack([numbered_frame(i) for i in range(16)])
    (tmp_path / "v").mkdir()
    for name, term in (("drawn", "algorithmicMedia"), ("made", "trainedAlgorithmicMedia")):
        mark = synthetic_mark(term, f"key-of-{name}")  # type: ignore[arg-type]
        (tmp_path / "v" / f"{name}.mp4").write_bytes(encode(frames, metadata=mark))
    (tmp_path / "v/filmed.mp4").write_bytes(encode(frames))
    rows = [
        {"video": f"{name}.mp4", "caption": f"It is {name}, {i}.", "synthetic": False, **times}
        for name in ("drawn", "made", "filmed")
        for i in range(2)
    ]
    assert cut(tmp_path / "v", tmp_path / "c", rows, precise=True).kept == 6
    clips = {clip.caption: (clip, probe(mp4).metadata) for clip, mp4 in imported(tmp_path / "c")}
    drawn, made, filmed = (clips[f"It is {name}, 0."] for name in ("drawn", "made", "filmed"))
    assert (drawn[0].synthetic, made[0].synthetic, filmed[0].synthetic) == (True, True, False)
    assert (drawn[0].generator, made[0].generator, filmed[0].generator) == ("storyboard", None, None)
    assert json.loads(drawn[0].provenance or "")["imported"]["svta_key"] == "key-of-drawn"
    assert json.loads(made[0].provenance or "")["imported"]["digital_source_type"] == "trainedAlgorithmicMedia"
    assert (drawn[0].key == "key-of-drawn") is (not times)
    for clip, metadata in clips.values():
        assert metadata.get("svta_key", clip.key) == clip.key and ("svta_key" in metadata) is bool(clip.synthetic)


def song_with_a_cover(path: Path, *, picture: bool = False) -> None:
    """Sound and a cover picture, which comes first; with `picture` a video of 8 frames after them."""
    with av.open(str(path), "w") as output:
        cover = output.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 48, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        sound = output.add_stream("aac", rate=16_000, layout="mono")
        video = output.add_stream("libx264", rate=8) if picture else None
        if video is not None:
            video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        output.mux(cover.encode(av.VideoFrame.from_ndarray(numbered_frame(99, 64, 48), format="rgb24")))
        output.mux(cover.encode(None))
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 16_000, 0
        output.mux(sound.encode(frame))
        output.mux(sound.encode(None))
        for number in range(8 if video is not None else 0):
            output.mux(video.encode(av.VideoFrame.from_ndarray(numbered_frame(number, 64, 48), format="rgb24")))
        if video is not None:
            output.mux(video.encode(None))


def test_a_cover_picture_is_not_the_video(tmp_path: Path) -> None:
    (tmp_path / "v").mkdir()
    song_with_a_cover(tmp_path / "v/a.mp4", picture=True)
    rows = [{"video": "a.mp4", "caption": f"Bars, {i}.", **part} for i, part in enumerate(({}, {"start": 0.5}))]
    assert cut(tmp_path / "v", tmp_path / "c", rows).kept == 2
    assert sorted(clip.num_frames or 0 for clip, _ in imported(tmp_path / "c")) == [4, 8]


def test_one_odd_file_costs_its_rows_alone(tmp_path: Path) -> None:
    """A pointer of Git LFS, a clock of 90,000 frames a second, sound with a cover picture, nothing, half a file."""
    good = write_numbered(tmp_path / "v/good.mp4", 40).read_bytes()
    (tmp_path / "v/pointer.mp4").write_text(
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{'4d7a' * 16}\nsize 12345\n"
    )
    write_numbered(tmp_path / "v/burst.mp4", 6, fps=90_000)
    (tmp_path / "v/empty.mp4").write_bytes(b"")
    (tmp_path / "v/half.mp4").write_bytes(good[: len(good) // 2])
    song_with_a_cover(tmp_path / "v/song.mp4")
    names = ("good.mp4", "pointer.mp4", "burst.mp4", "empty.mp4", "half.mp4", "song.mp4")
    rows = [
        {"video": name, "caption": f"Something moves in {name}, {'whole' if not part else 'a part'}.", **part}
        for name in names
        for part in ({}, {"start": 0, "end": 1})
    ]
    report = cut(tmp_path / "v", tmp_path / "c", rows, unit_size=2)
    details = Counter((row["detail"].split(":")[0], row["reason"]) for row in rejects(tmp_path / "c"))
    assert details == {(f"{name}.mp4", "broken_video"): 2 for name in ("pointer", "empty", "half", "song")}
    told = {row["detail"].split(":")[0]: row["detail"] for row in rejects(tmp_path / "c")}
    assert "cover picture" in told["song.mp4"]
    assert "Git LFS pointer" in told["pointer.mp4"] and "git lfs pull" in told["pointer.mp4"]
    assert report.kept == 4 and report.kept + report.rejected == len(rows)
    rates = {clip.fps for clip, _ in imported(tmp_path / "c") if "burst" in clip.caption}
    assert rates == {None}


def test_any_number_of_workers_gives_the_same_bytes(tmp_path: Path) -> None:
    annotations = sentences_about(3, 3, 4, seed=2)
    for name in annotations:
        write_numbered(tmp_path / "v" / f"{name}.mp4", 90)
    for out, workers in (("x", 1), ("y", 3)):
        cut(tmp_path / "v", tmp_path / out, rows_of(annotations), workers=workers, unit_size=4)
    assert content(tmp_path / "x") == content(tmp_path / "y") and len(finished_parts(tmp_path / "x")) == 3


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("display.avi", {"codec": "libx264", "options": {"bf": "3", "g": "9"}}),
        ("program.mpg", {"codec": "mpeg1video", "options": {"qscale": "2"}, "container": "mpeg"}),
        ("disc.vob", {"codec": "mpeg2video", "options": {"bf": "2", "qscale": "2"}, "container": "vob"}),
        ("camera.m2ts", {"codec": "mpeg2video", "options": {"qscale": "2"}, "container": "mpegts"}),
        ("hidden.webm", {"codec": "libvpx", "options": {"auto-alt-ref": "1", "lag-in-frames": "10", "b:v": "2M"}}),
        ("raw.dav", {"codec": "libx264", "options": {"bf": "0"}, "container": "h264"}),
        ("recorder.bin", {"codec": "libx264", "options": {"bf": "0"}, "container": "mpegts"}),
        ("film.gif", {"codec": "gif", "pix_fmt": "rgb8", "options": {"g": "12"}}),
        ("ten_bit.mp4", {"codec": "libx265", "pix_fmt": "yuv420p10le", "options": {"x265-params": "log-level=none"}}),
    ],
)
def test_whatever_ending_a_row_names_is_opened(tmp_path: Path, name: str, options: dict[str, Any]) -> None:
    fps = 25  # MPEG-1 and -2 know few rates; a raw stream is taken to have this one
    write_numbered(tmp_path / "v" / name, 36, fps=fps, **options)
    rows = [
        {"video": name, "caption": "All of it."},
        {"video": name, "caption": "A part.", "start": 0.4, "end": 0.8},
    ]
    report = cut(tmp_path / "v", tmp_path / "c", rows)
    assert report.kept == 2, rejects(tmp_path / "c")
    numbers = {clip.caption: numbers_in(mp4) for clip, mp4 in imported(tmp_path / "c")}
    assert numbers == {"All of it.": list(range(36)), "A part.": list(range(10, 20))}


def test_frame_numbers_are_frames_whatever_the_rate(tmp_path: Path) -> None:
    times = [40 * i for i in range(30)] + [1200 + 500 * i for i in range(10)]
    write_numbered(tmp_path / "v/a.mp4", 40, milliseconds=times)
    rows = [
        {"video": "a.mp4", "caption": f"A man falls, {first}.", "start_frame": first, "end_frame": last}
        for first, last in ((5, 9), (28, 33), (38, 90), (40, 50))
    ]
    report = cut(tmp_path / "v", tmp_path / "c", rows)
    assert report.reasons == {"bad_span": 1}
    ends = sorted((numbers_in(mp4)[0], numbers_in(mp4)[-1]) for _, mp4 in imported(tmp_path / "c"))
    assert ends == [(5, 9), (28, 33), (38, 39)]


@pytest.mark.slow
def test_uca_and_the_times_of_anomalies_are_one_command_each(tmp_path: Path) -> None:
    for name in ("Abuse/Abuse028_x264", "Normal/Normal_Videos_003_x264"):
        write_numbered(tmp_path / "v" / f"{name}.mp4", 90)
    uca = {
        "Abuse028_x264": {"duration": 3.0, "timestamps": [[0.0, 1.0], [0.5, 3.0]], "sentences": ["One.", "Two."]},
        "Normal_Videos_003_x264": {"duration": 3.0, "timestamps": [[2.0, 2.5]], "sentences": ["Three."]},
    }
    (tmp_path / "UCFCrime_Train.json").write_text(json.dumps(uca))
    (tmp_path / "Temporal_Anomaly_Annotation.txt").write_text(
        "Abuse028_x264.mp4  Abuse  30  59  -1  -1  \nNormal_Videos_003_x264.mp4  Normal  -1  -1  -1  -1  \n"
    )
    for name in ("UCFCrime_Train.json", "Temporal_Anomaly_Annotation.txt"):
        command = [sys.executable, "-m", "svta", "import", "--videos", str(tmp_path / "v")]
        options = ["--annotations", str(tmp_path / name), "--out", str(tmp_path / f"c-{name}")]
        done = subprocess.run([*command, *options], capture_output=True, text=True, cwd=ROOT)
        assert done.returncode == 0, done.stderr
    clips = {clip.caption: (clip, numbers_in(mp4)) for clip, mp4 in imported(tmp_path / "c-UCFCrime_Train.json")}
    ends = {caption: (numbers[0], numbers[-1]) for caption, (_, numbers) in clips.items()}
    assert ends == {"One.": (0, 29), "Two.": (15, 89), "Three.": (60, 74)}
    assert {clip.group for clip, _ in clips.values()} == {
        "ucf-crime:Abuse028_x264", "ucf-crime:Normal_Videos_003_x264"
    }  # fmt: skip
    assert clips["Three."][0].is_anomaly is False and clips["One."][0].category == "abuse"
    events = imported(tmp_path / "c-Temporal_Anomaly_Annotation.txt")
    (event,) = [pair for pair in events if pair[0].is_anomaly]
    assert event[0].category == "abuse" and numbers_in(event[1])[0] == 30 and numbers_in(event[1])[-1] in (58, 59)
