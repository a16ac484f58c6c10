"""The baseline of cuts: the scenes of a video, in random order; without scenedetect it says what to install."""

from __future__ import annotations

import sys

import pytest
from colour_encoder import write_colours

from svta.builder.io.json_text import write_jsonl
from svta.eval.moments.baselines import scenes
from svta.eval.moments.evaluate import evaluate_moments
from svta.eval.moments.result import MomentsConfig
from svta.eval.moments.truth import read_truth
from svta.eval.moments.windows import MomentsError


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Two videos: one cut twice, one not at all, and a query each; one more of a video that is not there."""
    folder = tmp_path_factory.mktemp("scenes")
    write_colours(folder / "videos/cut.mp4", [("red", 6), ("blue", 4), ("green", 8)])
    write_colours(folder / "videos/deep/fixed.mkv", [("grey", 10)])
    (folder / "videos/damaged.mp4").write_bytes(b"no video")
    rows = [
        ("cut.mp4", 18, [[6, 10]]),
        ("fixed", 10, [[2, 4]]),
        ("none.mp4", 9, [[1, 3]]),
        ("cut.mp4", 18, []),
        ("damaged", 5, []),
    ]
    lines = [
        {"qid": number, "query": f"query {number}", "vid": video, "duration": seconds, "relevant_windows": windows}
        for number, (video, seconds, windows) in enumerate(rows, 1)
    ]
    write_jsonl(folder / "moments.jsonl", lines)
    return folder


def test_scenes_of_each_video_in_an_order_of_the_seed(world):
    pytest.importorskip("scenedetect", reason="pip install 'svta[cuts]'")
    truth = read_truth(str(world))
    found = {line["qid"]: line["pred_relevant_windows"] for line in scenes(truth, world / "videos", 0).lines}
    want = [(0, 6), (6, 10), (10, 18)]
    for qid in (1, 4):
        assert [pytest.approx(row[:2], abs=0.2) for row in sorted(found[qid])] == [list(span) for span in want]
        assert [row[2] for row in found[qid]] == sorted((row[2] for row in found[qid]), reverse=True)
    assert [row[:2] for row in found[2]] == [pytest.approx([0, 10], abs=0.2)] and found[3] == found[5] == []
    first = [scenes(truth, world / "videos", seed).lines[0]["pred_relevant_windows"] for seed in range(8)]
    assert len({str(rows) for rows in first}) > 2
    result = evaluate_moments(
        MomentsConfig(str(world)), controls={"cuts": lambda truth: scenes(truth, world / "videos", 0)}
    )
    assert result.baselines["cuts"]["R5@0.5"] == pytest.approx(100 / 3)  # of three queries with an answer


def test_without_the_library_or_videos_the_reason_is_one_line(world, tmp_path, monkeypatch):
    told = []
    monkeypatch.setitem(sys.modules, "scenedetect", None)
    controls = {"cuts": lambda truth: scenes(truth, world / "videos", 0)}
    result = evaluate_moments(MomentsConfig(str(world)), None, None, controls, told.append)
    assert told == ["cuts: not measured: pip install 'svta[cuts]'"] and "cuts" not in result.baselines
    monkeypatch.undo()
    if sys.modules.get("scenedetect") is not None:
        with pytest.raises(MomentsError, match="no such folder of videos"):
            scenes(read_truth(str(world)), tmp_path / "nowhere", 0)
