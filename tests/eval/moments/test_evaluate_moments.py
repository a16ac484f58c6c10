"""Moments from files: readers of truth and predictions, the figures of a run, baselines, and the command's errors."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from svta.builder.errors import SvtaError
from svta.builder.io.json_text import read_json, write_jsonl
from svta.eval.moments import MomentsError
from svta.eval.moments.baselines import baseline_lines, window_grid
from svta.eval.moments.evaluate import evaluate_moments, merged_rows
from svta.eval.moments.intervals import video_intervals
from svta.eval.moments.result import MomentsConfig
from svta.eval.moments.submissions import Submission, read_submission, write_submissions
from svta.eval.moments.truth import MomentQuery, MomentTruth, read_truth, without_copies


def truth_lines() -> list[dict[str, Any]]:
    rows = [("a", [[10, 20]]), ("a", [[30, 40], [70, 75]]), ("b", [[0, 5]]), ("c", [])]
    return [
        {"qid": i, "query": f"somebody falls {i}", "vid": vid, "duration": 100, "relevant_windows": windows}
        for i, (vid, windows) in enumerate(rows, 1)
    ]


def predicted_lines() -> list[dict[str, Any]]:
    rows = [[[10, 20, 0.9], [12, 20, 0.8]], [[50, 60, 0.7]], [[0, 5, 0.6], [90, 95, 0.95]], [[1, 2, 0.1]]]
    return [{"qid": i, "vid": "x", "pred_relevant_windows": windows} for i, windows in enumerate(rows, 1)]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    truth, predictions = tmp_path / "truth.jsonl", tmp_path / "mine.jsonl"
    write_jsonl(truth, truth_lines())
    write_jsonl(predictions, predicted_lines())
    return truth, predictions


def test_the_figures_of_a_submission(files: tuple[Path, Path], tmp_path: Path) -> None:
    truth, predictions = files
    result = evaluate_moments(MomentsConfig(str(truth), predictions), tmp_path / "out")
    assert (result.num_queries, result.num_no_answer, result.num_videos) == (3, 1, 3)
    assert result.figures["R1@0.5"] == pytest.approx(200 / 3)
    assert result.hours == pytest.approx(300 / 3600)
    assert result.no_answer is not None and result.alarms is not None
    assert result.no_answer["at_false_answer_rate"]["0.05"]["R1"] == pytest.approx(2 / 3)
    # four queries in footage of 100 s each, 30 s of it events; moments: 1 hit, 1 false, 1 hit + 1 false, 1 false
    touching = result.alarms["touching"]
    assert touching["normal_seconds"] == 400 - 30
    assert touching["curve"]["threshold"] == [0.95, 0.9, 0.7, 0.6, 0.1]
    assert touching["curve"]["false_alarms"] == [1, 1, 2, 2, 3]
    assert touching["curve"]["found"] == [0, 1, 1, 2, 2]
    written = read_json(tmp_path / "out" / "metrics.json")
    assert written["official"]["full"]["MR-R1"] is None  # the public script raises: a query without answer
    assert written["honest"]["num_no_answer"] == 1
    assert "predictions" in result.text() and "whole video" in result.text()


def test_every_figure_of_one_video_by_hand(tmp_path: Path) -> None:
    lines = [
        {"qid": i, "query": f"he falls {i}", "vid": f"v{i}", "duration": 100, "relevant_windows": [[0, 10]]}
        for i in range(3)
    ]
    wrong = [[20 + 10 * i, 30 + 10 * i, 0.9 - i / 10] for i in range(5)]
    rows = [[[0, 6.2, 0.9]], [*wrong[:4], [0, 10, 0.1]], [*wrong, [0, 10, 0.1]]]  # IoU .62; the fifth; the sixth
    predicted = [{"qid": i, "vid": "x", "pred_relevant_windows": windows} for i, windows in enumerate(rows)]
    write_jsonl(tmp_path / "truth.jsonl", lines)
    write_jsonl(tmp_path / "mine.jsonl", predicted)
    result = evaluate_moments(MomentsConfig(str(tmp_path / "truth.jsonl"), tmp_path / "mine.jsonl"))
    figures = {
        "R1@0.5": 100 / 3,
        "R1@0.7": 0.0,
        "R5@0.5": 200 / 3,
        "mAP@0.5": (100 + 100 / 5 + 100 / 6) / 3,
        "mAP": (30 + 100 / 5 + 100 / 6) / 3,  # .5, .55 and .6 of ten thresholds
        "mIoU": 62 / 3,
    }
    assert {name: result.figures[name] for name in figures} == pytest.approx(figures)
    assert result.honest is not None and result.figures["mAP"] == pytest.approx(
        result.honest["full"]["MR-mAP"]["average"], abs=0.01
    )
    table = [line for line in result.text().splitlines() if line.startswith(("   ", *figures))]
    assert re.split("  +", table[0].strip()) == ["predictions", *result.baselines]
    assert [line.split()[0] for line in table[1:]][:6] == [*figures]
    assert table[1].split()[1] == "33.3" and table[4].split()[1] == "45.6"


def test_recall_and_rejection_at_one_false_alarm_an_hour_stand_beside_every_baseline(tmp_path: Path) -> None:
    # two videos of an hour: the query of `a` is found, that of `b` has no answer; one false alarm in two hours but 20 s
    hour, names = 3600, ("recall@1/h", "recall@1/h IoU.5", "rejected@1/h")
    lines = [
        {"qid": 1, "query": "he falls", "vid": "a", "duration": hour, "relevant_windows": [[10, 20], [50, 60]]},
        {"qid": 2, "query": "it burns", "vid": "b", "duration": hour, "relevant_windows": []},
    ]
    rows = [[[12, 20, 0.9], [59, 90, 0.8], [700, 710, 0.7]], [[5, 6, 0.6], [90, 95, 0.5]]]
    predicted = [{"qid": i, "pred_relevant_windows": windows} for i, windows in enumerate(rows, 1)]
    write_jsonl(tmp_path / "truth.jsonl", lines)
    write_jsonl(tmp_path / "mine.jsonl", predicted)
    result = evaluate_moments(MomentsConfig(str(tmp_path / "truth.jsonl"), tmp_path / "mine.jsonl"))
    # 0.7 is the one alarm that two hours (less 20 s) allow: both events are touched, one with IoU .8
    assert [result.figures[name] for name in names] == [100.0, 50.0, 100.0]
    assert [result.baselines["oracle over windows"][name] for name in names] == [100.0, 100.0, 100.0]
    # the whole of `a` touches both events, the whole of `b` is the one false alarm, so nothing is rejected
    assert [result.baselines["whole video"][name] for name in names] == [100.0, 0.0, 0.0]
    assert "recall@1/h" in result.text()


def test_intervals_of_both_protocols_draw_whole_videos(tmp_path: Path) -> None:
    """Six queries of video a are right and six of video b wrong: two draws, not twelve."""
    lines = [
        {"qid": i, "query": f"he falls {i}", "vid": "ab"[i % 2], "duration": 100, "relevant_windows": [[10, 20]]}
        for i in range(12)
    ]
    rows = [{"qid": i, "pred_relevant_windows": [[10, 20, 0.9] if i % 2 == 0 else [50, 60, 0.9]]} for i in range(12)]
    write_jsonl(tmp_path / "truth.jsonl", lines)
    write_jsonl(tmp_path / "mine.jsonl", rows)
    config = MomentsConfig(str(tmp_path / "truth.jsonl"), tmp_path / "mine.jsonl")
    for result, name in (
        (evaluate_moments(config), "R1@0.5"),
        (evaluate_moments(replace(config, protocol="tvr")), "SVMR 0.5-r1"),
    ):
        assert result.figures[name] == 50.0 and result.interval_95[name] == (0.0, 100.0)


def test_the_sixth_row_is_not_among_five(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "truth.jsonl", truth_lines()[:2])
    right, wrong = [10, 20, 0.5], [90, 95, 0.5]
    rows = [[*[wrong] * 4, right], [*[wrong] * 5, [30, 40, 0.5]]]
    predicted = [{"qid": i, "pred_relevant_windows": windows} for i, windows in enumerate(rows, 1)]
    write_jsonl(tmp_path / "mine.jsonl", predicted)
    result = evaluate_moments(MomentsConfig(str(tmp_path / "truth.jsonl"), tmp_path / "mine.jsonl"))
    assert (result.figures["R1@0.5"], result.figures["R5@0.5"]) == (0.0, 50.0)


def test_an_event_that_runs_past_its_video_is_cut_where_alarms_are_counted(tmp_path: Path) -> None:
    line = {"qid": 1, "query": "he falls", "vid": "a", "duration": 100, "relevant_windows": [[-5, 10], [90, 120]]}
    write_jsonl(tmp_path / "truth.jsonl", [line, line | {"qid": 2, "relevant_windows": [[100, 110]]}])
    rows = [{"qid": 1, "pred_relevant_windows": [[80, 99, 0.9]]}, {"qid": 2, "pred_relevant_windows": [[0, 9, 0.5]]}]
    write_jsonl(tmp_path / "mine.jsonl", rows)
    result = evaluate_moments(MomentsConfig(str(tmp_path / "truth.jsonl"), tmp_path / "mine.jsonl"))
    assert result.alarms is not None
    touching = result.alarms["touching"]
    assert (touching["num_events"], touching["normal_seconds"]) == (2, 80 + 100)
    assert (touching["curve"]["found"], touching["curve"]["false_alarms"]) == ([1, 1], [0, 1])


def test_what_a_run_writes_scores_the_same_again(files: tuple[Path, Path], tmp_path: Path) -> None:
    truth, predictions = files
    out = tmp_path / "out"
    first = evaluate_moments(MomentsConfig(str(truth), predictions), out)
    again = evaluate_moments(
        MomentsConfig(str(out / "truth_qvhighlights.jsonl"), out / "submission_qvhighlights.jsonl")
    )
    assert again.honest == first.honest and again.figures == first.figures
    corpus = evaluate_moments(MomentsConfig(str(truth), out / "submission_tvr.json"))
    assert corpus.protocol == "tvr"
    assert corpus.figures["SVMR 0.5-r1"] == pytest.approx(200 / 3)
    back = evaluate_moments(MomentsConfig(str(truth), out / "submission_tvr.json", "qvhighlights"))
    assert back.figures == first.figures


def test_without_predictions_the_baselines_speak(files: tuple[Path, Path]) -> None:
    result = evaluate_moments(MomentsConfig(str(files[0])))
    assert result.figures == {} and result.honest is None
    assert result.baselines["oracle over windows"]["R1@0.5"] == 100.0
    assert result.baselines["whole video"]["R1@0.5"] == 0.0
    assert result.baselines["whole video"]["mIoU"] == pytest.approx((10 + 10 + 5) / 3)
    # the middle half is 25 to 75: 0 of the first and third; hull IoU .2 with 30-40 and .1 with 70-75
    assert result.baselines["middle half"]["mIoU"] == pytest.approx((0 + 20 + 0) / 3)


def test_baselines_are_repeatable_and_stay_inside(files: tuple[Path, Path]) -> None:
    truth = read_truth(str(files[0]))
    assert baseline_lines(truth, "random span", 1) == baseline_lines(truth, "random span", 1)
    assert baseline_lines(truth, "random span", 1) != baseline_lines(truth, "random span", 2)
    for line in baseline_lines(truth, "random span", 3):
        assert all(0 <= start <= end <= 100 for start, end, _ in line["pred_relevant_windows"])
    grid = list(window_grid(9.0))
    assert (0.0, 2.0) in grid and (7.0, 9.0) in grid and (0.0, 9.0) in grid
    assert all(0 <= start < end <= 9 for start, end in grid)


def test_tvr_lines_and_graded_lists(tmp_path: Path) -> None:
    lines = tmp_path / "tvr.jsonl"
    write_jsonl(lines, [{"desc_id": 1, "desc": "x", "type": "v", "vid_name": "a", "ts": [1, 2], "duration": 9}])
    case = tmp_path / "tvr.json"
    case.write_text(json.dumps({"video2idx": {"a": 3}, "VCMR": [{"desc_id": 1, "predictions": [[3, 1, 2, 0.5]]}]}))
    assert evaluate_moments(MomentsConfig(str(lines), case)).figures["VCMR 0.7-r1"] == 100.0
    graded, ranked = tmp_path / "graded.json", tmp_path / "ranked.json"
    graded.write_text(json.dumps({"q": [{"video_name": "a", "timestamp": [0, 9], "relevance": 2}]}))
    ranked.write_text(json.dumps({"q": [{"video_name": "a", "timestamp": [0, 9], "model_scores": NAN}]}))
    result = evaluate_moments(MomentsConfig(str(graded), ranked))
    assert result.protocol == "tvr-ranking" and result.figures["NDCG@10 IoU=0.7"] == 1.0
    with pytest.raises(MomentsError, match="ranked lists"):
        evaluate_moments(MomentsConfig(str(graded), case))
    with pytest.raises(MomentsError, match="cannot be scored as tvr-ranking"):
        evaluate_moments(MomentsConfig(str(lines), ranked))


NAN = float("nan")


def test_captions_with_times(tmp_path: Path) -> None:
    charades = tmp_path / "charades_sta_test.txt"
    charades.write_text("V1 1.0 9.5##a man falls.\nV1 20 30##a man falls.\nV2 3 1##backwards.\nV2 0 4##he sits.\n")
    truth = read_truth(str(charades))
    found = {(query.video, query.query): query.windows for query in truth.queries}
    assert found["V1", "a man falls."] == ((1.0, 9.5), (20.0, 30.0))
    assert ("V2", "he sits.") in found
    assert [*truth.skipped] == [{"place": "charades_sta_test.txt line 3", "reason": "no_times"}]


def test_hivau_label_decides_and_copies_count_once(tmp_path: Path) -> None:
    file = tmp_path / "db.json"
    video = {"n_frames": 300, "fps": 30.0, "clips": [[[1, 2]]], "clips_caption": [["He falls."]]}
    file.write_text(
        json.dumps(
            {
                "Fight1": {**video, "label": ["Fighting"], "events": [[1.0, 9.0], [1.0, 9.01], [9.5, 10.06]]},
                "Normal1": {**video, "label": [], "events": [[1.0, 9.0]]},
            }
        )
    )
    events = read_truth(f"hivau-events={file}")
    assert [len(query.windows) for query in events.queries] == [2, 0]
    assert events.queries[0].windows[1] == (9.5, 10.0)  # cut at the last frame
    captions = read_truth(f"hivau={file}")
    assert {query.video: query.duration for query in captions.queries} == {"Fight1": 10.0, "Normal1": 10.0}


def test_any_line_may_say_how_long_a_video_is() -> None:
    lengths = [("a", None), ("a", 9.0), ("a", None), ("b", 5.0), ("c", None)]
    queries = tuple(MomentQuery(i, "he falls", video, (), seconds) for i, (video, seconds) in enumerate(lengths))
    assert MomentTruth("t", queries).videos == {"a": 9.0, "b": 5.0, "c": None}


@pytest.mark.parametrize(
    ("name", "rows", "message"),
    [
        ("t.jsonl", [{"desc_id": [1]}], "t.jsonl line 2: desc_id: '[1]' is not a query id"),
        ("t.jsonl", [{"desc_id": 2, "ts": [1, 2]}], "t.jsonl line 2, desc_id 2: vid_name is missing"),
        ("t.jsonl", [{"vid_name": "a", "ts": [1, 2]}], "t.jsonl line 2: desc_id: 'None' is not a query id"),
    ],
)
def test_lines_of_tvr_that_are_none(tmp_path: Path, name: str, rows: list[dict[str, object]], message: str) -> None:
    write_jsonl(tmp_path / name, [{"desc_id": 1, "desc": "x", "vid_name": "a", "ts": [1, 2]}, *rows])
    with pytest.raises(MomentsError, match=re.escape(message)):
        read_truth(str(tmp_path / name))


def test_truth_that_is_none_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(MomentsError, match=r"a folder without moments\.jsonl"):
        read_truth(str(tmp_path))
    lines = tmp_path / "q.jsonl"
    write_jsonl(lines, [{"qid": 1, "relevant_windows": [[1, 2]]}, {"qid": 2}])
    with pytest.raises(MomentsError, match=r"q\.jsonl line 2, qid 2: relevant_windows: a list is needed"):
        read_truth(str(lines))
    graded, ranked = tmp_path / "graded.json", tmp_path / "ranked.json"
    graded.write_text('{"q": [{"timestamp": [0, 9], "relevance": 2}]}')
    ranked.write_text('{"q": []}')
    with pytest.raises(MomentsError, match="query q: video_name is missing"):
        evaluate_moments(MomentsConfig(str(graded), ranked))
    uca = tmp_path / "uca.json"
    uca.write_text('{"gate": {"duration": 30, "timestamps": [[1, 2]], "sentences": ["He falls."]}}')
    assert read_truth(str(uca)).videos == {"gate": 30.0}
    with pytest.raises(MomentsError, match=r"no caption in it has a start and an end; .*not in UCF-Crime"):
        read_truth(f"uca={uca}")  # the names of that source are known: why each row was left out is told


@pytest.mark.parametrize("length", ['"duration": 1e400', f'"n_frames": {10**400}, "fps": 25', '"duration": true'])
def test_lengths_beyond_floats_are_none(tmp_path: Path, length: str) -> None:
    file = tmp_path / "db.json"
    file.write_text(f'{{"Fight1": {{{length}, "label": ["Fighting"], "events": [[1, 2]]}}}}')
    with pytest.raises(MomentsError, match="neither duration nor n_frames and fps"):
        read_truth(f"hivau-events={file}")


def test_near_copies() -> None:
    assert without_copies([(5, 9), (1.0, 101.0), (1.0, 101.1), (9, 5)]) == [(1.0, 101.0), (5, 9)]
    close = [(0.0, 100.0), (0.0, 100.5)]  # IoU .995: two events
    assert without_copies(close) == close


def test_overlapping_rows_are_one_moment() -> None:
    rows = [[0, 10, 0.5], [5, 12, 0.9], [20, 30, 0.1], [9, 5, 0.7], [12, 14, NAN]]
    assert [row[:2] for row in merged_rows(rows, "q")] == [(5, 12), (9, 5), (20, 30), (12, 14)]


def test_rows_of_the_own_video_come_from_its_own_task_where_both_are_there(files: tuple[Path, Path]) -> None:
    truth = read_truth(str(files[0]))
    own, corpus = [[3, 10, 20, 0.9]], [[4, 1, 2, 0.9], [3, 5, 6, 0.8]]  # videos 3 (a) and 4 (b)
    table: dict[str, Any] = {"video2idx": {"a": 3, "b": 4}}
    table["VCMR"] = [{"desc_id": 1, "predictions": corpus}]
    (line,) = Submission("tvr", [], table).as_qvhighlights(truth)
    assert (line["qid"], line["vid"], line["pred_relevant_windows"]) == (1, "a", [[5, 6, 0.8]])
    table["SVMR"] = [{"desc_id": 1, "predictions": own}]
    (line,) = Submission("tvr", [], table).as_qvhighlights(truth)
    assert line["pred_relevant_windows"] == [[10, 20, 0.9]]


def test_nan_is_written_as_null(files: tuple[Path, Path], tmp_path: Path) -> None:
    truth = read_truth(str(files[0]))
    lines = [{"qid": 1, "pred_relevant_windows": [[NAN, 20, 0.5]]}]
    write_submissions(tmp_path, truth, Submission("qvhighlights", lines, {}))
    read = read_submission(tmp_path / "submission_qvhighlights.jsonl")
    assert read.lines[0]["pred_relevant_windows"] == [[None, 20, 0.5]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.json", '{"VCMR": []}'),
        ("x.json", "7"),
        ("x.json", "{"),
        ("x.jsonl", "[1]"),
        ("x.json", '{"a": 1}'),
    ],
)
def test_predictions_of_no_known_format(files: tuple[Path, Path], tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(SvtaError) as caught:
        evaluate_moments(MomentsConfig(str(files[0]), tmp_path / name))
    assert "\n" not in str(caught.value)


def test_an_unknown_protocol_is_refused() -> None:
    with pytest.raises(MomentsError, match="one of qvhighlights"):
        evaluate_moments(MomentsConfig("x", protocol="coco"))


def test_intervals_draw_whole_videos() -> None:
    values = [100.0] * 50 + [0.0] * 50
    by_query = video_intervals({"R1": values}, [str(i) for i in range(100)])["R1"]
    by_video = video_intervals({"R1": values}, [str(i // 25) for i in range(100)])["R1"]
    assert by_query[0] == pytest.approx(40, abs=2) and by_query[1] == pytest.approx(60, abs=2)
    assert by_video == (0.0, 100.0)  # four videos alone
    assert video_intervals({"R1": [1.0, 2.0]}, ["a", "a"]) == {}
    assert video_intervals({"R1": []}, []) == {}


@pytest.mark.slow
def test_the_sample_of_the_authors_is_scored_to_the_digit(shared: Path) -> None:
    folder = shared / "data" / "captions" / "qvhighlights"
    result = evaluate_moments(
        MomentsConfig(str(folder / "highlight_val_100.jsonl"), folder / "sample_val_preds_100.jsonl")
    )
    expected = json.loads((folder / "expected_100.json").read_text())
    expected.pop("brief")
    assert result.official is not None
    for part, figures in expected.items():
        for name, value in figures.items():
            got = result.official[part][name]
            if isinstance(value, dict):
                got = {key: got[key] for key in value}
            assert got == value, (part, name)


def test_rows_that_a_source_rejects_are_told_with_their_reason(tmp_path: Path) -> None:
    table = tmp_path / "times.csv"
    table.write_text("video,caption,start,end\na.mp4,He falls.,1,9\na.mp4,,2,3\na.mp4,He sits.,9,1\n")
    truth = read_truth(f"table={table}")
    assert [(query.query, query.windows) for query in truth.queries] == [("He falls.", ((1.0, 9.0),))]
    assert {row["place"]: row["reason"] for row in truth.skipped} == {
        "times.csv line 3": "no_caption",
        "times.csv line 4": "no_times",
    }


@pytest.mark.parametrize("field", ["qid", "query", "vid"])
def test_a_name_that_is_no_text_is_refused_in_one_line(tmp_path, field):
    line = {"qid": "1", "query": "a", "vid": "v", "duration": 10, "relevant_windows": [[1, 2]], field: "\udc80"}
    (tmp_path / "truth.jsonl").write_text(json.dumps(line) + "\n")
    with pytest.raises(MomentsError, match="half a surrogate pair"):
        evaluate_moments(MomentsConfig(str(tmp_path / "truth.jsonl")), tmp_path / "results")
