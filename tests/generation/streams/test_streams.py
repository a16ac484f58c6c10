"""Streams: truth to the frame, decided by the seed, the same bytes again, killed and gone on, drawn and stitched."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from svta.builder.errors import DatasetError, SvtaError
from svta.builder.io.files import exclusive_lock, sha256_file
from svta.builder.record import Clip
from svta.builder.video import decode, probe
from svta.builder.video.marking import marked_source_type, synthetic_mark
from svta.eval.moments.truth import read_truth
from svta.generation.storyboard.rendering.renderer import paint, pictures
from svta.generation.storyboard.scene import Actor, Beat, Scene
from svta.generation.streams import stitched
from svta.generation.streams.config import StreamsConfig, StreamsError
from svta.generation.streams.make import make_streams
from svta.generation.streams.plan import plan_stream
from svta.generation.streams.truth import moment_lines, query_lines

SMALL = StreamsConfig(
    hours=1 / 30, events_per_hour=30, seed=4, stream_minutes=1, fps=2.0, width=64, height=64, workers=1
)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture(scope="module")
def streams(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("streams") / "out"
    make_streams(SMALL, out)
    return out


def frames_of(video: Path) -> np.ndarray:
    frames, mask = decode(video.read_bytes(), size=None, sampling="all")
    return frames[mask]


def test_what_a_run_leaves(streams: Path) -> None:
    assert sorted(path.name for path in streams.iterdir()) == [
        "build.json", "moments.jsonl", "queries.jsonl", "videos", "windows.jsonl",
    ]  # fmt: skip
    videos = sorted((streams / "videos").glob("*.mp4"))
    assert [video.name for video in videos] == ["stream-0000.mp4", "stream-0001.mp4"]
    info = probe(videos[0].read_bytes())
    assert (info.num_frames, info.fps, info.width, info.height) == (120, 2.0, 64, 64)
    assert marked_source_type(info.metadata) == "algorithmicMedia"
    text = (streams / "build.json").read_text()
    assert str(streams) not in text


def test_truth_has_the_fields_of_both_protocols(streams: Path) -> None:
    moments = lines(streams / "moments.jsonl")
    shown = [line for line in moments if line["relevant_windows"]]
    assert any(line["is_anomaly"] for line in shown) and any(line["is_anomaly"] is False for line in shown)
    for line in moments:
        assert line["duration"] == 60.0 and line["vid"] == line["vid_name"] and line["qid"] == line["desc_id"]
        for (start, end), (first, stop) in zip(line["relevant_windows"], line["frames"], strict=True):
            assert (start, end) == (first / 2, stop / 2) and 0 <= first < stop <= 120
    assert any(not line["relevant_windows"] for line in moments)  # a query that never comes true
    truth = read_truth(str(streams))
    assert len(truth.queries) == len(moments)
    queries = lines(streams / "queries.jsonl")
    assert sum(query["num_moments"] for query in queries) == sum(len(line["relevant_windows"]) for line in moments)


def test_the_camera_is_fixed_and_the_place_is_empty_before_and_after(streams: Path) -> None:
    config = SMALL
    planned = plan_stream(config, 0)
    frames = frames_of(streams / "videos" / "stream-0000.mp4").astype(int)
    at = 0
    for take, length in planned.takes:
        if take.event_end and at:
            gap = np.abs(frames[at] - frames[at - 1]).mean()
            assert gap < 12, "the picture jumps where a take begins"
        at += length
    assert at == len(frames) == 120


def test_the_plan_is_decided_by_the_seed() -> None:
    assert plan_stream(SMALL, 0) == plan_stream(SMALL, 0)
    plans = [plan_stream(StreamsConfig(**{**vars(SMALL), "seed": seed}), 0) for seed in range(4, 12)]
    assert len({plan.camera.place for plan in plans}) > 2
    assert len({one.caption for plan in plans for one in plan.truth.happenings}) > len(plans)
    assert len({tuple((one.start, one.end) for one in plan.truth.happenings) for plan in plans}) == len(plans)


def test_events_lie_inside_apart_and_as_many_as_asked() -> None:
    config = StreamsConfig(hours=2, events_per_hour=6, seed=1)
    counts = config.num_events()
    assert sum(counts) == 12 and len(counts) == 12
    assert [count for number, count in enumerate(counts) if number % 3 == 2] == [0] * 4
    for number in (0, 1, 2):
        truth = plan_stream(config, number).truth
        assert truth.num_frames == 9_600
        assert sum(bool(one.is_anomaly) for one in truth.happenings) == counts[number]
        ordered = sorted(truth.happenings, key=lambda one: one.start)
        assert all(before.end <= after.start for before, after in pairwise(ordered))
        assert all(0 < one.start < one.end <= 9_600 and one.end - one.start >= 48 for one in ordered)
        assert not {one.caption for one in truth.absent} & {one.caption for one in truth.happenings}


@pytest.mark.slow
def test_only_what_is_left_is_made_and_the_bytes_are_the_same(streams: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    config = StreamsConfig(**{**vars(SMALL), "workers": None})
    first = make_streams(config, out)
    for name in ("stream-0000.mp4", "stream-0001.mp4"):
        assert sha256_file(out / "videos" / name) == sha256_file(streams / "videos" / name)
    for name in ("moments.jsonl", "windows.jsonl"):
        assert (out / name).read_bytes() == (streams / name).read_bytes()
    assert first.made == 2
    assert make_streams(config, out).made == 0  # finished: nothing is drawn again


@pytest.mark.nightly
def test_a_killed_run_goes_on(streams: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    args = [sys.executable, "-m", "svta", "streams", "--out", str(out), "--hours", str(1 / 30), "--seed", "4"]
    args += ["--events-per-hour", "30", "--stream-minutes", "1", "--fps", "2", "--size", "64x64", "--workers", "1"]
    running = subprocess.Popen(args, env=dict(os.environ))
    deadline = time.monotonic() + 90
    while not (out / ".parts" / "stream-0000.json").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    running.send_signal(signal.SIGKILL)
    running.wait()
    made = make_streams(SMALL, out).made
    assert made <= 1
    for name in ("stream-0000.mp4", "stream-0001.mp4"):
        assert sha256_file(out / "videos" / name) == sha256_file(streams / "videos" / name)


def test_a_finished_folder_keeps_no_parts(streams: Path) -> None:
    (streams / ".parts").mkdir()  # as a run leaves it that was killed at its last step
    (streams / ".parts" / "stream-0001.json").write_text("{}")
    assert make_streams(SMALL, streams).made == 0 and not (streams / ".parts").exists()


def test_a_video_that_was_lost_is_made_again(streams: Path, tmp_path: Path) -> None:
    out = shutil.copytree(streams, tmp_path / "out")
    lost = out / "videos" / "stream-0001.mp4"
    lost.unlink()
    assert make_streams(SMALL, out).made >= 1
    assert sha256_file(lost) == sha256_file(streams / "videos" / "stream-0001.mp4")
    assert (out / "moments.jsonl").read_bytes() == (streams / "moments.jsonl").read_bytes()


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    with exclusive_lock(tmp_path), pytest.raises(DatasetError, match="another process is at work"):
        make_streams(SMALL, tmp_path)
    assert not (tmp_path / "build.json").exists()


OTHERS = {"seed": 9, "hours": 1 / 60, "events_per_hour": 29, "stream_minutes": 2, "fps": 3, "width": 66, "height": 66}


@pytest.mark.parametrize("name", OTHERS)
def test_other_settings_need_another_folder(streams: Path, name: str) -> None:
    with pytest.raises(StreamsError, match="other settings"):
        make_streams(StreamsConfig(**{**vars(SMALL), name: OTHERS[name]}), streams)
    assert make_streams(StreamsConfig(**{**vars(SMALL), "workers": 2}), streams).made == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hours": 0.0}, "--hours"),
        ({"events_per_hour": 61.0}, "--events-per-hour"),
        ({"stream_minutes": 0.5}, "--stream-minutes"),
        ({"fps": 0.0}, "--fps"),
        ({"width": 63}, "63x64"),
        ({"seed": -1}, "--seed"),
    ],
)
def test_what_is_refused(change: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(SvtaError, match=message):
        make_streams(StreamsConfig(**{**vars(SMALL), **change}), tmp_path / "out")


def test_stitched_streams_show_the_clips(packed: Path, tmp_path: Path) -> None:
    config = StreamsConfig(
        hours=1 / 60, events_per_hour=60, source=str(packed), stream_minutes=1, fps=8, width=64, height=64, workers=1
    )
    out = tmp_path / "out"
    summary = make_streams(config, out)
    assert summary.events == 1 and summary.hours == pytest.approx(1 / 60)
    event = next(line for line in lines(out / "moments.jsonl") if line["is_anomaly"] and line["frames"])
    from svta.builder.dataset.clip_dataset import open_dataset

    dataset = open_dataset(packed, split="test")
    row = next(row for row in range(len(dataset)) if dataset.clip(row).caption == event["query"])
    clip, mask = decode(dataset.video(row), size=None, sampling="all")
    first = event["frames"][0][0]
    shown = frames_of(out / "videos" / event["vid"])
    assert np.abs(shown[first].astype(int).mean((0, 1)) - clip[mask][0].astype(int).mean((0, 1))).max() < 12


class Clips(list[Clip]):
    """A dataset of clips whose videos say no more than the mark they bear."""

    clip = list.__getitem__

    def __init__(self, clips: Iterable[Clip]):
        super().__init__(clips)
        self.marks: dict[int, str] = {}

    def video(self, row: int) -> bytes:
        return self.marks.get(row, "").encode()


def test_events_may_fill_half_of_a_stitched_stream_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    config = StreamsConfig(hours=1 / 60, events_per_hour=60, source="clips", stream_minutes=1)
    for seconds in (30.0, 30.5):
        event = Clip(key="1", caption="a fire", is_anomaly=True, duration=seconds)
        clips = Clips([Clip(key="0", caption="a street", is_anomaly=False, duration=2.0), event])
        monkeypatch.setattr(stitched, "open_dataset", lambda *args, clips=clips, **options: clips)
        if seconds > 30:
            with pytest.raises(StreamsError, match="1 events fill more than half of a stream of 60 s"):
                stitched.Footage(config).plan(0)
        else:
            assert len(stitched.Footage(config).plan(0).truth.happenings) == 16


def test_a_stitched_stream_bears_the_strongest_mark_of_its_clips(monkeypatch: pytest.MonkeyPatch) -> None:
    clips = Clips(Clip(key=str(i), caption=f"clip {i}", is_anomaly=False, duration=20.0) for i in range(3))
    monkeypatch.setattr(stitched, "open_dataset", lambda *args, **options: clips)
    monkeypatch.setattr(stitched, "_metadata", lambda video: synthetic_mark(video.decode(), "a") if video else {})
    footage = stitched.Footage(StreamsConfig(hours=1 / 60, events_per_hour=0, source="clips", stream_minutes=1))
    stream = footage.plan(0)
    assert footage.mark(stream, "key") == {}
    clips.marks = {1: "algorithmicMedia"}
    assert footage.mark(stream, "key") == synthetic_mark("algorithmicMedia", "key")
    clips.marks = {1: "algorithmicMedia", 2: "trainedAlgorithmicMedia"}
    assert footage.mark(stream, "key") == synthetic_mark("trainedAlgorithmicMedia", "key")


def test_clips_that_are_not_marked_are_neither_normal_nor_events(monkeypatch: pytest.MonkeyPatch) -> None:
    marks = (False, None, True, None, False)
    clips = Clips(Clip(key=str(i), caption=f"clip {i}", is_anomaly=mark, duration=2.0) for i, mark in enumerate(marks))
    monkeypatch.setattr(stitched, "open_dataset", lambda *args, **options: clips)
    config = StreamsConfig(hours=1 / 60, events_per_hour=60, source="clips", stream_minutes=1)
    footage = stitched.Footage(config)
    assert (footage.normal, footage.anomalous) == ([0, 4], [2])
    shown = footage.plan(0).truth.happenings
    assert {one.caption for one in shown} == {"clip 0", "clip 2", "clip 4"} and len(shown) == 30
    del clips[0], clips[-1]
    with pytest.raises(StreamsError, match="no clip of test is marked as normal"):
        stitched.Footage(config)


def test_a_query_in_several_streams_and_in_none() -> None:
    config = StreamsConfig(hours=2, events_per_hour=30, seed=2)
    truths = [plan_stream(config, number).truth for number in range(3)]
    queries = query_lines(moment_lines(truths, config.fps))
    numbers = {query["num_moments"] for query in queries}
    assert 0 in numbers and 1 in numbers and max(numbers) > 1


def test_no_passer_by_makes_a_caption_true() -> None:
    config = StreamsConfig(hours=1, events_per_hour=6, seed=501)
    drives = next(one for one in plan_stream(config, 1).truth.happenings if "white car drives" in one.caption)
    assert drives.is_anomaly is False
    for number in range(3):  # of the same camera
        takes = [take for take, _ in plan_stream(config, number).takes if not take.event_end]
        passers = [actor for take in takes for actor in take.scene.actors]
        assert {"car", "man"} <= {actor.kind for actor in passers}
        assert ("car", "white") not in {(actor.kind, actor.colour) for actor in passers}


def test_a_scene_goes_on_beyond_a_clip() -> None:
    scene = Scene("", actors=(Actor("man", "man", x=-0.2),), beats=(Beat("walk", "man", None, 2.0, 4.0, 1.2),))
    shown = list(pictures(scene, [0.0, 1.0, 3.0, 5.0], 64, 64, 0))
    assert (shown[0] == shown[1]).all() and (shown[0] == shown[3]).all()
    assert (shown[0] != shown[2]).any()
    assert (paint(scene, 2, 64, 64, 0)[0] == shown[0]).all()


@pytest.mark.parametrize("name", ["moments.jsonl", "queries.jsonl", "build.json"])
def test_files_of_another_command_are_not_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text('{"files": {}}')
    with pytest.raises(SvtaError, match="use another --out"):
        make_streams(SMALL, tmp_path)
    assert (tmp_path / name).read_text() == '{"files": {}}'
