"""Windows to train on: at the phases of a happening, away from it under normal life, as `svta import` reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from svta.builder.ingest.convert import run_import
from svta.builder.ingest.plan import ImportConfig, plan_import
from svta.builder.layout.clips_folder import finished_parts, read_part
from svta.builder.sources.registry import open_source
from svta.builder.taxonomy import load_taxonomy
from svta.generation.streams import windows
from svta.generation.streams.config import Happening, StreamsConfig, StreamTruth
from svta.generation.streams.make import make_streams
from svta.generation.streams.windows import WINDOW_SECONDS, window_rows

FALL = Happening("A man in red falls from a ladder.", "loss of balance or falls", True, 40, 52)
DRIVE = Happening("A blue van drives to the left.", "driving", False, 100, 104)  # shorter than a window
STREAM = StreamTruth("stream-0000.mp4", 200, (FALL, DRIVE), (), camera="camera 3-0", normal_life="People pass by.")


def test_windows_lie_in_what_they_show() -> None:
    rows = window_rows([STREAM], 2.0)
    for happening, least in ((FALL, 6), (DRIVE, 3)):  # frames: .7 of a window of 8, .7 of a happening of 4
        own = [row for row in rows if row["caption"] == happening.caption]
        assert len({row["start"] for row in own}) == 3
        for row in own:
            assert row["end"] - row["start"] == WINDOW_SECONDS
            inside = min(row["end"] * 2, happening.end) - max(row["start"] * 2, happening.start)
            assert inside >= least
            assert (row["category"], row["is_anomaly"]) == (happening.category, happening.is_anomaly)
    calm = [row for row in rows if row["caption"] == "People pass by."]
    assert len(calm) == 5 and len(rows) == 11
    for row in calm:
        assert (row["category"], row["is_anomaly"]) == (None, False)
        assert 0 <= row["start"] < row["end"] <= 100
        for happening in (FALL, DRIVE):
            assert min(row["end"] * 2, happening.end) - max(row["start"] * 2, happening.start) <= 2
    assert {(row["video"], row["group"], row["tag"]) for row in rows} == {
        ("stream-0000.mp4", "camera 3-0", "contrast: moment")
    }
    assert window_rows([STREAM], 2.0) == rows


def test_every_phase_is_inside_and_none_that_is_inside_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "PHASES", 1_000)
    monkeypatch.setattr(windows, "NORMAL_WINDOWS", 1_000)
    firsts: dict[str, list[float]] = {}
    for row in window_rows([STREAM], 2.0):
        firsts.setdefault(row["caption"], []).append(row["start"] * 2)
    assert firsts[FALL.caption] == list(range(38, 47))  # 6 of 8 frames lie from 40 to 52
    assert firsts[DRIVE.caption] == list(range(95, 102))  # 3 of 4 frames are shown
    calm = [*range(0, 35), *range(50, 95), *range(102, 193)]  # at most 2 frames of either
    assert firsts["People pass by."] == calm


def test_what_has_no_room_has_no_windows() -> None:
    full = StreamTruth("a.mp4", 20, (Happening("A dog runs.", None, False, 0, 20),), (), normal_life="Nobody is there.")
    assert {row["caption"] for row in window_rows([full], 2.0)} == {"A dog runs."}
    short = StreamTruth("a.mp4", 3, (Happening("A dog runs.", None, False, 0, 3),))
    assert [(row["start"], row["end"], row["group"]) for row in window_rows([short], 2.0)] == [(0.0, 1.5, "a.mp4")]


def test_windows_are_imported_as_clips_of_one_set(tmp_path: Path) -> None:
    config = StreamsConfig(1 / 60, 60, seed=4, stream_minutes=1, fps=2.0, width=64, height=64, workers=1)
    make_streams(config, tmp_path / "streams")
    source = open_source(str(tmp_path / "streams" / "windows.jsonl"))
    importing = ImportConfig(synthetic=True, precise=True)
    plan = plan_import(tmp_path / "streams" / "videos", source, importing, load_taxonomy())
    report = run_import(plan, tmp_path / "streams" / "videos", tmp_path / "clips", importing, workers=1)
    assert report.rejected == 0 and report.kept == len(plan.items) > 3
    clips = [clip for path in finished_parts(tmp_path / "clips") for clip, _ in read_part(path)]
    assert {clip.num_frames for clip in clips} == {8}
    assert {clip.contrast for clip in clips} == {"moment"} and len({clip.group for clip in clips}) == 1
    assert any(clip.caption.startswith("People pass by") and clip.category is None for clip in clips)
