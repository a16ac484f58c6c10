"""`svta eval` on captions and a folder of videos: pairing, what is missing, leaks, hostile models and rows."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("torch")

from eval_world import PLUGIN, film, model, table

from svta.builder.video.frame_spec import FrameSpec
from svta.cli import main
from svta.eval.retrieval.caption_sets import read_data


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """12 videos in two folders, a table of their captions, a plugin, models."""
    root = tmp_path_factory.mktemp("world")
    rows = []
    for i in range(12):
        name = f"{'a' if i % 2 else 'b'}/clip{i}.mp4"
        (root / "videos" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "videos" / name).write_bytes(film(i))
        rows.append({"File": name, "Text": f"number {i} does something of its own kind", "label": ["arson", ""][i % 2]})
    table(root / "captions.csv", rows)
    (root / "plugin.py").write_text(PLUGIN)
    for name in ("by_hash", "broken", "of_another_shape"):
        model(root / name, name)
    return root


def evaluate(capsys, world, *more, kind="by_hash", data="captions.csv", videos="videos", code=0):
    """(JSON or None, stderr) of a run in this process."""
    arguments = ["eval", "--data", str(world / data), "--videos", str(world / videos), "--model", str(world / kind)]
    with pytest.raises(SystemExit) as done:
        main([*arguments, "--plugin", str(world / "plugin.py"), "--json", *more])
    said = capsys.readouterr()
    assert done.value.code == code, said.err
    return (json.loads(said.out) if said.out else None), said.err


def test_any_table_with_columns_found(capsys, world, tmp_path):
    said, _ = evaluate(capsys, world, "--zero-shot", "--dual-softmax", "--out", str(tmp_path / "r"))
    assert said["gallery"] == 12 and said["missing"] == said["rejected_rows"] == []
    assert said["by_category"].keys() == {"arson"} and said["anomaly_or_normal"]["anomaly"]["queries"] == 6
    assert said["zero_shot"]["classified"] == 6 and said["zero_shot"]["categories"] == 98
    assert said["zero_shot"]["by_category"]["arson"]["clips"] == 6
    assert said["dual_softmax"]["transductive"] is True
    assert said["category_level"].keys() == {"R@1", "R@5", "R@10"}
    stored = json.loads((tmp_path / "r" / "metrics.json").read_text())
    assert stored["zero_shot"] == said["zero_shot"] and (tmp_path / "r" / "report.html").exists()


def test_a_table_without_splits_is_ranked_whole_and_said_so(world):
    data = read_data(str(world / "captions.csv"), "test", world / "videos", None)
    assert data.split == "all" and len(data.open(FrameSpec(1, 8))) == 12


def test_a_folder_of_results_in_use_is_refused_before_anything_is_embedded(capsys, world, tmp_path, monkeypatch):
    from svta.eval.retrieval.results_folder import open_results

    monkeypatch.setenv("ENCODER_LOG", str(tmp_path / "log"))
    with open_results(tmp_path / "r"):
        _, error = evaluate(capsys, world, "--out", str(tmp_path / "r"), code=2)
    assert "another process is at work there" in error and len(error.strip().splitlines()) == 1
    assert not (tmp_path / "log").exists()
    evaluate(capsys, world, "--out", str(tmp_path / "r"))
    assert (tmp_path / "log").exists() and (tmp_path / "r" / "metrics.json").exists()


def test_an_evaluation_from_python_is_the_commands(capsys, world, tmp_path):
    from svta.eval.retrieval.config import EvalConfig, EvalError
    from svta.eval.retrieval.evaluate import evaluate as run
    from svta.eval.retrieval.results_folder import read_results, write_results

    said, _ = evaluate(capsys, world, "--zero-shot", "--gallery", "8", "--seed", "3")
    paths = {"data": str(world / "captions.csv"), "videos": world / "videos", "model": str(world / "by_hash")}
    config = EvalConfig(**paths, plugins=(world / "plugin.py",), zero_shot=True, gallery=8, seed=3)
    result = run(config)
    assert result.to_dict() == said
    write_results(tmp_path / "r", result)
    assert read_results(tmp_path / "r").to_dict() == said
    with pytest.raises(EvalError, match="--near"):
        run(EvalConfig(**paths, near=0))


def test_embeddings_from_the_cache_give_the_same_figures(capsys, world, tmp_path, monkeypatch):
    plain, _ = evaluate(capsys, world)
    first, _ = evaluate(capsys, world, "--cache", str(tmp_path / "cache"))
    monkeypatch.setenv("ENCODER_LOG", str(tmp_path / "log"))
    again, _ = evaluate(capsys, world, "--cache", str(tmp_path / "cache"))
    assert plain == first == again and not (tmp_path / "log").exists()


def test_columns_can_be_named(capsys, world, tmp_path):
    rows = [{"where": f"clip{i}", "what": f"number {i}", "text": "never this one"} for i in range(12)]
    table(tmp_path / "odd.jsonl", rows)
    options = ["--columns", "caption=what", "--columns", "video=where"]
    said, _ = evaluate(capsys, world, *options, data=tmp_path / "odd.jsonl")
    assert said["gallery"] == 12 and said["duplicates"]["captions_that_repeat"] == 0
    _, error = evaluate(capsys, world, "--columns", "caption=nowhere", data=tmp_path / "odd.jsonl", code=2)
    assert "nowhere" in error


def test_missing_videos_and_bad_rows_are_told(capsys, world, tmp_path):
    rows = [{"file": f"clip{i}.mp4", "text": f"number {i}"} for i in range(14)]
    rows += [{"file": "clip3.mp4", "text": "  "}, {"file": "clip4.mp4", "text": "x" * 100_000}]
    table(tmp_path / "t.csv", rows)
    said, _ = evaluate(capsys, world, data=tmp_path / "t.csv")
    assert said["gallery"] == 12 and [m["reason"] for m in said["missing"]] == [
        "no video clip12.mp4",
        "no video clip13.mp4",
    ]
    assert [row["reason"] for row in said["rejected_rows"]] == ["no_caption", "too_long"]
    with pytest.raises(SystemExit):
        main(["eval", "--data", str(tmp_path / "t.csv"), "--videos", str(world / "videos"), "--model",
              str(world / "by_hash"), "--plugin", str(world / "plugin.py")])  # fmt: skip
    text = capsys.readouterr().out
    assert "2 captions have no video" in text and "1 no_caption, 1 too_long" in text


def test_an_empty_video_is_named_and_one_clip_is_enough(capsys, world, tmp_path):
    (tmp_path / "v").mkdir()
    (tmp_path / "v" / "one.mp4").write_bytes(film(1))
    (tmp_path / "v" / "empty.mp4").write_bytes(b"")
    table(tmp_path / "t.csv", [{"file": "one.mp4", "text": "one"}, {"file": "empty.mp4", "text": "nothing"}])
    said, error = evaluate(capsys, world, "--zero-shot", "--controls", data=tmp_path / "t.csv", videos=tmp_path / "v")
    assert said["gallery"] == 1 and said["t2v"]["R@1"] == 100 and "empty.mp4" in said["unreadable"][0]["reason"]
    assert "not in the gallery" in error and said["zero_shot"]["auroc"] is None
    (tmp_path / "v" / "one.mp4").write_bytes(b"")
    _, error = evaluate(capsys, world, data=tmp_path / "t.csv", videos=tmp_path / "v", code=1)
    assert "none of 2 clips can be read" in error


def test_nothing_usable_is_exit_1_and_a_loss_of_more_than_half_is_the_last_line(capsys, world, tmp_path):
    table(tmp_path / "none.csv", [{"file": f"away{i}.mp4", "text": f"number {i}"} for i in range(3)])
    _, error = evaluate(capsys, world, data=tmp_path / "none.csv", code=1)
    assert "none of 3 captions has its video there" in error
    rows = [{"file": "clip1.mp4", "text": "one"}] + [{"file": f"away{i}.mp4", "text": f"no {i}"} for i in range(2)]
    table(tmp_path / "few.csv", rows)
    said, error = evaluate(capsys, world, data=tmp_path / "few.csv")
    assert said["gallery"] == 1 and error.strip().splitlines()[-1].startswith("2 of 3 rows were lost")
    table(tmp_path / "half.csv", rows[:2])
    _, error = evaluate(capsys, world, data=tmp_path / "half.csv")
    assert "were lost" not in error


def test_nan_embeddings_rank_last_and_are_told(capsys, world):
    said, _ = evaluate(capsys, world, "--zero-shot", kind="broken")
    assert said["gallery"] == 12 and said["nan_embeddings"]["videos"] == 4 and len(said["nan_embeddings"]["keys"]) == 4
    assert said["num_nan"] == 48 and said["zero_shot"]["num_nan"] == 4 and said["num_ranked"] == {"t2v": 12, "v2t": 12}
    official, _ = evaluate(capsys, world, "--ties", "official", kind="broken")
    assert official["num_ranked"] == {"t2v": 8, "v2t": 8} and official["nan_embeddings"]["videos"] == 4
    _, error = evaluate(capsys, world, kind="of_another_shape", code=2)
    assert "one row per input" in error


def test_a_gallery_of_duplicates_has_a_defined_result(capsys, world, tmp_path):
    (tmp_path / "v").mkdir()
    for i in range(6):
        (tmp_path / "v" / f"{i}.mp4").write_bytes(film(0))
    table(tmp_path / "t.csv", [{"file": f"{i}.mp4", "text": "the same"} for i in range(6)])
    said, _ = evaluate(capsys, world, data=tmp_path / "t.csv", videos=tmp_path / "v")
    assert said["t2v"]["MnR"] == 3.5 and said["t2v"]["R@1"] == 16.6667 and said["t2v"]["R@5"] == 83.3333
    assert said["duplicates"]["videos_that_repeat"] == 6 and said["duplicates"]["t2v_any_twin"]["R@1"] == 100
    assert said["bounds"]["optimistic"]["t2v"]["R@1"] == 100 and said["duplicates"]["captions_that_repeat"] == 6


def test_leaks_are_left_out_and_written(capsys, world, tmp_path):
    rows = [{"text": "Number 3 does something of its own kind."}, {"text": "a man waits"}, {"text": ""}]
    table(tmp_path / "train.csv", rows)
    said, _ = evaluate(capsys, world, "--disjoint-from", str(tmp_path / "train.csv"), "--out", str(tmp_path / "r"))
    assert said["gallery"] == 0 + 12 - said["leaks"]["leaked"] and said["leaks"]["by_kind"]["same_text"] == 1
    assert said["leaks"]["training_rejected"] == 1 and said["config"]["disjoint_from"] == "train.csv"
    report = json.loads((tmp_path / "r" / "leaks.json").read_text())
    assert len(report["clips"]) == said["leaks"]["leaked"] and report["clips"][0]["kind"] in ("same_text", "near_text")
    strict, _ = evaluate(capsys, world, "--disjoint-from", str(tmp_path / "train.csv"), "--near", "1.1")
    assert strict["gallery"] == 11
    _, error = evaluate(capsys, world, "--disjoint-from", str(world / "captions.csv"), code=1)
    assert "all 12 captions leak" in error
    before = {path.name: path.read_bytes() for path in (tmp_path / "r").iterdir() if path.is_file()}
    _, error = evaluate(capsys, world, "--out", str(tmp_path / "r"), code=2)  # other settings: those figures stay
    assert "contains another evaluation (--disjoint-from" in error and "--replace" in error
    assert {path.name: path.read_bytes() for path in (tmp_path / "r").iterdir() if path.is_file()} == before
    evaluate(capsys, world, "--out", str(tmp_path / "r"), "--replace")
    assert not (tmp_path / "r" / "leaks.json").exists()


def test_a_dataset_as_training_captions(capsys, world, packed):
    said, _ = evaluate(capsys, world, "--disjoint-from", str(packed))
    assert said["leaks"]["train"] == 40 and said["leaks"]["leaked"] == 0 and said["gallery"] == 12


@pytest.mark.slow
def test_published_tables_and_official_ties(capsys, world, shared, tmp_path):
    """290 rows, two caption pairs alike, one video pair alike: n = 292 and 294 officially, 290 honestly."""
    captions = shared / "data" / "captions" / "ucfcrime_ar" / "ucf_crime_test.xlsx"
    from svta.builder.sources.registry import read_source

    names = [clip.source_id for clip in read_source("ucfcrime-ar", str(captions), on_reject=print)]
    videos = tmp_path / "ucf"
    videos.mkdir()
    for i, name in enumerate(names):
        (videos / f"{name}.mp4").write_bytes(film(100 if i == 200 else i, frames=2))
    data = f"ucfcrime-ar={captions}"
    arguments = ["eval", "--data", data, "--videos", str(videos), "--model", str(world / "by_hash"), "--json"]
    arguments += ["--plugin", str(world / "plugin.py")]
    told = {}
    for ties in ("official", "expected"):
        with pytest.raises(SystemExit) as done:
            main([*arguments, "--ties", ties])
        told[ties] = json.loads(capsys.readouterr().out)
        assert done.value.code == 0
    assert told["official"]["num_ranked"] == {"t2v": 292, "v2t": 294}
    assert told["expected"]["num_ranked"] == {"t2v": 290, "v2t": 290}
    assert told["expected"]["gallery"] == 290 and told["expected"]["duplicates"]["captions_that_repeat"] == 4
    assert told["expected"]["anomaly_or_normal"].keys() == {"anomaly", "normal"}
    assert told["expected"]["config"]["data"] == "ucfcrime-ar"


def test_a_published_set_is_found_beside_its_videos_or_says_what_is_missing(capsys, world, tmp_path):
    videos = tmp_path / "oops"
    videos.mkdir()
    for i in (1, 2):
        (videos / f"clip{i}.mp4").write_bytes(film(i))
    rows = [{"video": f"clip{i}.mp4", "goal": "to jump", "wentwrong": f"he fell {i}"} for i in (1, 2)]
    arguments = ["eval", "--data", "oops", "--videos", str(videos), "--model", str(world / "by_hash"), "--json"]
    arguments += ["--plugin", str(world / "plugin.py")]
    for files, said in (((), "none below"), (("oops_a.csv",), None), (("oops_a.csv", "oops_b.csv"), "2 files below")):
        for name in files:
            table(videos / name, rows)
        with pytest.raises(SystemExit) as done:
            main(arguments)
        out, err = capsys.readouterr()
        assert done.value.code == (0 if said is None else 2)
        assert json.loads(out)["gallery"] == 2 if said is None else said in err and "oops=FILE" in err
    with pytest.raises(SystemExit):
        main(["eval", "--data", "foo=bar", "--model", "x"])
    assert "msrvtt-1ka" in capsys.readouterr().err


def test_a_row_cut_short_costs_that_row_alone(capsys, world, tmp_path):
    (tmp_path / "v").mkdir()
    for i in (1, 2):
        (tmp_path / "v" / f"c{i}.mp4").write_bytes(film(i))
    (tmp_path / "t.csv").write_text("video,caption\nc0\nc1,a man falls\nc2\nc2,a dog runs\n")
    arguments = ["eval", "--data", str(tmp_path / "t.csv"), "--videos", str(tmp_path / "v"), "--json"]
    with pytest.raises(SystemExit) as done:
        main([*arguments, "--model", str(world / "by_hash"), "--plugin", str(world / "plugin.py")])
    said = json.loads(capsys.readouterr().out)
    assert done.value.code == 0 and said["gallery"] == 2 and len(said["rejected_rows"]) == 2


def test_msrvtt_and_oops(capsys, world, shared, tmp_path):
    videos = tmp_path / "v"
    videos.mkdir()
    for i, name in enumerate(("video9770", "video9771", "video7020", "oops1", "oops2")):
        (videos / f"{name}.mp4").write_bytes(film(i))
    common = [
        "--videos",
        str(videos),
        "--model",
        str(world / "by_hash"),
        "--plugin",
        str(world / "plugin.py"),
        "--json",
    ]
    with pytest.raises(SystemExit):
        main(["eval", "--data", f"msrvtt-1ka={shared / 'data/captions/msrvtt/msrvtt_test_1kA.csv'}", *common])
    said = json.loads(capsys.readouterr().out)
    assert said["gallery"] == 3 and len(said["missing"]) == 997 and said["config"]["data"] == "msrvtt-1ka"
    (videos / "MSRVTT_test_1kA.csv").write_bytes((shared / "data/captions/msrvtt/msrvtt_test_1kA.csv").read_bytes())
    with pytest.raises(SystemExit):
        main(["eval", "--data", "msrvtt-1ka", *common])
    assert json.loads(capsys.readouterr().out)["t2v"] == said["t2v"]
    rows = [{"video": f"oops{i}.mp4", "goal": "to jump", "wentwrong": f"he fell {i}"} for i in (1, 2)]
    table(tmp_path / "oops.csv", rows)
    with pytest.raises(SystemExit):
        main(["eval", "--data", f"oops={tmp_path / 'oops.csv'}", *common])
    said = json.loads(capsys.readouterr().out)
    assert said["gallery"] == 2 and said["anomaly_or_normal"].keys() == {"anomaly"}


def test_wrong_use_is_one_line(capsys, world, tmp_path):
    plain = ["eval", "--data", str(world / "captions.csv"), "--videos", str(world / "videos")]
    for arguments, says in (
        ([*plain, "--model", "models/tiny-clip-typo"], "no such folder"),
        ([*plain, "--model", "checkpoint"], "not a Hub id"),
        ([*plain, "--model", "./a/b/c"], "not a Hub id"),
        ([*plain, "--model", str(world / "plugin.py")], "a file"),
        ([*plain, "--model", str(world / "by_hash"), "--plugin", str(tmp_path / "no.py")], "not a Python file"),
        ([*plain], "--model DIR_OR_ID, or --baseline"),
        ([*plain, "--model", "x", "--head", "meanP"], "--head needs"),
        ([*plain[:3], "--model", "x"], "--videos DIR is needed"),
        ([*plain, "--model", "x", "--sampling", "often"], "uniform or official"),
        (["eval", "--data", str(tmp_path), "--videos", str(tmp_path), "--model", "x"], "table of captions"),
        ([*plain[:4], str(tmp_path), "--model", "x"], "no video file"),
        ([*plain, "--model", "x", "--min", "R@1=nan"], "like R@1=40"),
        ([*plain, "--model", "x", "--min", "R@1"], "like R@1=40"),
    ):
        with pytest.raises(SystemExit) as done:
            main(arguments)
        error = capsys.readouterr().err
        assert done.value.code == 2 and says in error and len(error.strip().splitlines()) == 1, error


def test_a_fault_in_a_plugin_is_told_as_the_plugins(capsys, world, tmp_path):
    source = (world / "plugin.py").read_text()
    broken = source.replace("def encode_text(self, texts):", "def encode_text(self, texts):\n        1 / 0")
    assert broken != source
    (tmp_path / "mine.py").write_text(broken)
    with pytest.raises(SystemExit) as done:
        main(["eval", "--data", str(world / "captions.csv"), "--videos", str(world / "videos"), "--model",
              str(world / "by_hash"), "--plugin", str(tmp_path / "mine.py")])  # fmt: skip
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert done.value.code == 2 and "mine.py, line " in error and "ZeroDivisionError" in error, error
    assert "your plugin" in error and "report it" not in error


def test_a_table_without_one_good_row_says_why(capsys, world, tmp_path):
    (tmp_path / "latin.csv").write_bytes(b"file,text\nclip1.mp4,caf\xe9\nclip2.mp4,na\xefve\n")
    _, error = evaluate(capsys, world, data=tmp_path / "latin.csv", code=2)
    assert "2 bad_row" in error and "UTF-8" in error
    table(tmp_path / "own.csv", [{"file": f"clip{i}.mp4", "text": f"n {i}", "category": "juggling"} for i in range(3)])
    said, _ = evaluate(capsys, world, data=tmp_path / "own.csv")
    assert said["gallery"] == 3 and not said["rejected_rows"]  # retrieval needs no category: the rows stay


def test_a_share_that_makes_everything_a_leak_is_refused(capsys, world):
    for near in ("0", "-1", "nan"):
        training = str(world / "captions.csv")
        _, error = evaluate(capsys, world, "--near", near, "--disjoint-from", training, code=2)
        assert "--near" in error
