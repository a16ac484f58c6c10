"""What an index answers to a test set: rows of both formats, figures beside baselines, what is not in the index."""

from __future__ import annotations

import json

import pytest
from colour_encoder import colour_model, write_colours
from moments_site import SECONDS, STREAMS, TRUTH, make_index, make_streams

from svta.builder.io.json_text import read_json, write_jsonl
from svta.cli import main
from svta.eval.gallery.moments import read_moments
from svta.eval.moments.evaluate import evaluate_moments
from svta.eval.moments.result import MomentsConfig
from svta.eval.moments.truth import read_truth
from svta.eval.search import IndexConfig, SearchError, open_index, update_index
from svta.eval.search.predictions import one_frame, predicted_moments


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    root = tmp_path_factory.mktemp("predictions")
    streams = make_streams(root / "streams")
    return root, streams, make_index(streams, root)


def run(world, *more, out):
    with pytest.raises(SystemExit) as end:
        main(["eval", "--task", "moments", "--data", str(world[1]), "--index", str(world[2]), "--out", str(out), *more])
    return end.value.code


def test_moments_of_known_colours_are_found_in_both_formats(world, tmp_path, capsys):
    assert run(world, "--json", out=tmp_path / "run") == 0
    printed = json.loads(capsys.readouterr().out)
    # red once, green twice in one recording: the first row of each query is right, and so is the second of green
    assert printed["figures"] == {**printed["figures"], "R1@0.5": 100.0, "R5@0.5": 100.0, "mAP@0.5": 100.0}
    known = {"random span", "whole video", "middle half", "oracle over windows", "one frame"}
    assert set(printed["baselines"]) - {"cuts"} == known  # cuts where scenedetect is there
    assert printed["num_no_answer"] == 2 and printed["no_answer"]["auroc"] == 1.0
    made = printed["made_by"]
    assert made["model"] == "model" and made["windows_seconds"] == [2, 8, 32] and made["missing_videos"] == []
    lines = [json.loads(line) for line in (tmp_path / "run/submission_qvhighlights.jsonl").read_text().splitlines()]
    assert [line["vid"] for line in lines] == [vid for found in TRUTH.values() for vid in found]
    start, end, score = lines[0]["pred_relevant_windows"][0]
    assert (start, end) == (pytest.approx(20, abs=1), pytest.approx(24, abs=1)) and score > 0.9
    for line in lines:
        assert line["pred_relevant_windows"], "every query is answered, with a low score where nothing is"
        assert all(0 <= s < e <= SECONDS[line["vid"]] for s, e, _ in line["pred_relevant_windows"])
    tvr = read_json(tmp_path / "run/submission_tvr.json")
    assert tvr["video2idx"] == {name: number for number, name in enumerate(STREAMS)}
    assert [line["desc_id"] for line in tvr["VCMR"]] == [1, 3]  # queries without an answer have no place in it
    red = tvr["VCMR"][0]["predictions"]
    assert {row[0] for row in red} == {0, 1, 2} and red == sorted(red, key=lambda row: -row[3])
    assert red[0] == [0, start, end, score]
    assert tvr["VR"][1]["predictions"][0][0] == 1
    for corpus, videos in zip(tvr["VCMR"], tvr["VR"], strict=True):  # a video stands where its best moment does
        firsts = [next(row for row in corpus["predictions"] if row[0] == number) for number in (0, 1, 2)]
        assert videos["predictions"] == sorted(firsts, key=lambda row: -row[3])


def test_the_corpus_protocol_and_the_files_again(world, tmp_path, capsys):
    assert run(world, "--protocol", "tvr", "--json", out=tmp_path / "run") == 0
    figures = json.loads(capsys.readouterr().out)["figures"]
    assert {name: figures[name] for name in ("VCMR 0.5-r1", "SVMR 0.5-r1", "VR r1")} == dict.fromkeys(
        ("VCMR 0.5-r1", "SVMR 0.5-r1", "VR r1"), 100.0
    )
    again = evaluate_moments(MomentsConfig(str(world[1]), tmp_path / "run/submission_tvr.json"))
    assert again.protocol == "tvr" and again.figures == figures


def test_the_gallery_shows_what_was_found(world, tmp_path):
    assert run(world, out=tmp_path / "run") == 0
    (system,) = read_moments(world[1], [tmp_path / "run"], ()).systems
    assert system.name == "search with model" and dict(system.figures)["R5@0.5"].startswith("100.0")
    best = {text: rows[0] for text, rows in system.rows.items()}
    assert STREAMS[best["something red"][0]] == "north.mp4" and best["something red"][1] == pytest.approx(20, abs=1)
    nothing = next(text for text in TRUTH if text.startswith("nothing"))
    assert system.rows[nothing] and len(set(system.rows["something green"])) == len(system.rows["something green"])


def test_a_stream_is_known_beside_normal_footage_of_the_same_name(world, tmp_path):
    calm = write_colours(tmp_path / "calm/north.mp4", [("grey", 60)])
    videos, model = world[1] / "videos", str(world[0] / "model")
    update_index(IndexConfig([videos], tmp_path / "index", model=model, normal=[calm]))
    truth, index = read_truth(str(world[1])), open_index(tmp_path / "index")
    assert predicted_moments(index, truth).lines == predicted_moments(open_index(world[2]), truth).lines
    write_colours(tmp_path / "twice/north.mp4", [("blue", 60)])
    update_index(IndexConfig([videos, tmp_path / "twice"], tmp_path / "index", normal=[calm]))
    with pytest.raises(SearchError, match=r"'north\.mp4' may be any of"):
        predicted_moments(open_index(tmp_path / "index"), truth)


def test_a_video_that_is_not_in_the_index_is_a_miss(world, tmp_path):
    index = open_index(world[2])
    lines = [
        {"qid": 1, "query": "red", "vid": "north", "duration": 64, "relevant_windows": [[20, 24]]},
        {"qid": 2, "query": "red", "vid": "west.mp4", "duration": 64, "relevant_windows": [[20, 24]]},
    ]
    write_jsonl(tmp_path / "truth.jsonl", lines)
    result = evaluate_moments(
        MomentsConfig(str(tmp_path / "truth.jsonl")), predict=lambda truth: predicted_moments(index, truth)
    )
    assert result.figures["R1@0.5"] == 50.0 and result.made_by["missing_videos"] == ["west.mp4"]
    assert "1 video not in the index" in result.text()
    write_jsonl(tmp_path / "none.jsonl", lines[1:])
    with pytest.raises(SearchError, match=r"contains none of the 1 videos of none\.jsonl"):
        predicted_moments(index, read_truth(str(tmp_path / "none.jsonl")))


def test_wrong_use_is_one_line(world, tmp_path, capsys):
    for more in (["--predictions", "x.jsonl"], ["--index", str(tmp_path / "nowhere")]):
        assert run(world, *more, out=tmp_path / "x") == 2
        assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_one_frame_is_the_search_without_what_moves(tmp_path):
    """Colours need no motion, so one frame finds them; a model of whole clips sees one frame of each window."""
    video = write_colours(tmp_path / "videos/a.mp4", [("grey", 20), ("red", 4), ("grey", 20)])
    lines = [{"qid": 1, "query": "red", "vid": "a.mp4", "duration": 44, "relevant_windows": [[20, 24]]}]
    write_jsonl(tmp_path / "moments.jsonl", lines)
    model = str(colour_model(tmp_path / "model", "test_colour_clips"))
    update_index(IndexConfig([video.parent], tmp_path / "index", model=model, windows=(4.0,)))
    index, truth = open_index(tmp_path / "index"), read_truth(str(tmp_path / "moments.jsonl"))
    submission = one_frame(index)(truth)
    assert submission.made_by["frames_per_second"] == 0.25 and submission.made_by["windows_seconds"] == [4]
    start, end, score = submission.lines[0]["pred_relevant_windows"][0]
    assert start < 24 and end > 20 and score > 0.9
    video.unlink()  # its footage is read again
    told = []
    config = MomentsConfig(str(tmp_path / "moments.jsonl"))
    result = evaluate_moments(
        config, None, lambda truth: predicted_moments(index, truth), {"one frame": one_frame(index)}, told.append
    )
    assert "one frame" not in result.baselines and result.figures["R1@0.5"] == 100.0
    assert len(told) == 1 and told[0].startswith("one frame: not measured: ") and "a.mp4" in told[0]
