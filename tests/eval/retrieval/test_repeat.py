"""An evaluation is told apart and run again: hashes of model and gallery, versions; equal, differing, missing."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from eval_world import PLUGIN, film, model, table
from squares import Squares, dataset

import svta
from svta.builder.dataset.clip_dataset import open_dataset
from svta.cli import main
from svta.eval.baselines import tiny
from svta.eval.retrieval.repeat import compare_results
from svta.eval.retrieval.results_folder import read_results


def checkpoint(folder: Path, seed: int = 0) -> Path:
    """An untrained tiny model of the squares' words."""
    sizes = tiny.TinyConfig(num_frames=4, image_size=32, width=16, embed_dim=32, text_width=32, min_count=1)
    tiny.new_model(Squares(range(24)).captions, sizes, seed=seed).save_pretrained(folder)
    return folder


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as done:
        main(["eval", *map(str, arguments)])
    captured = capsys.readouterr()
    return int(done.value.code or 0), captured.out, captured.err


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """data/ with 20 test clips, ckpt/, and results/ of the one on the other."""
    root = tmp_path_factory.mktemp("repeat")
    data = dataset(root / "data", {"train": range(8), "test": range(100, 120)})
    weights = checkpoint(root / "ckpt")
    with pytest.raises(SystemExit) as done:
        main(["eval", "--data", str(data), "--model", str(weights), "--controls", "--out", str(root / "results")])
    assert done.value.code == 0
    return root


def test_the_record_identifies_model_gallery_and_surroundings(world: Path) -> None:
    config = json.loads((world / "results" / "config.json").read_text())
    weights = hashlib.sha256((world / "ckpt" / "model.safetensors").read_bytes()).hexdigest()
    words = hashlib.sha256((world / "ckpt" / "vocabulary.json").read_bytes()).hexdigest()
    settings = hashlib.sha256((world / "ckpt" / "config.json").read_bytes()).hexdigest()
    files = config["model_files"]
    assert (files["weights"], files["tokenizer"], files["settings"]) == (weights, words, settings)
    clips = open_dataset(world / "data", "test")
    lines = sorted((clip.key, clip.sha256, clip.caption) for clip in map(clips.clip, range(len(clips))))
    text = "".join("\x1f".join(map(str, line)) + "\x1e" for line in lines)
    assert config["gallery_hash"] == hashlib.sha256(text.encode()).hexdigest()
    packages = ("torch", "transformers", "av", "datasets")
    assert config["versions"] == {"svta": svta.__version__, **{name: version(name) for name in packages}}
    assert (config["device"], config["dtype"], config["frames"]["sampling"]) == ("cpu", "float32", "uniform")
    assert config["frames"]["num_frames"] == 4
    assert str(world) not in json.dumps(config), "config.json holds no path of the machine"


def test_the_same_again_is_equal(world: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--repeat", world / "results")
    assert code == 0 and "every figure and rank is the same" in out
    code, out, _ = run(capsys, "--repeat", world / "results", "--json", "--threads", 1)
    assert code == 0 and json.loads(out) == {"equal": True, "differences": [], "run_otherwise": []}


def test_another_packing_of_the_same_clips_is_equal(world: Path, tmp_path: Path, capsys) -> None:
    from svta.builder.packing.config import PackConfig
    from svta.builder.packing.pack import pack

    again = tmp_path / "again"
    pack(world / "data-clips", again, PackConfig(splits="source", shard_multiple=3), workers=1)
    code, out, _ = run(capsys, "--repeat", world / "results", "--data", again, "--json")
    assert code == 0, out


def test_other_weights_are_named_with_every_figure_that_differs(world: Path, tmp_path: Path, capsys) -> None:
    other = checkpoint(tmp_path / "other", seed=5)
    code, out, error = run(capsys, "--repeat", world / "results", "--model", other)
    assert code == 1 and "figures differ" in error
    assert "model_files weights: " in out and "t2v MnR: " in out and "t2v_rank of " in out
    assert "gallery_hash" not in out and "model_files tokenizer" not in out
    code, out, _ = run(capsys, "--repeat", world / "results", "--model", other, "--json")
    differences = json.loads(out)["differences"]
    before = read_results(world / "results").metrics.t2v["MnR"]
    assert code == 1 and next(d["before"] for d in differences if d["figure"] == "t2v MnR") == before


def test_a_figure_that_was_edited_is_named(world: Path, tmp_path: Path, capsys) -> None:
    edited = shutil.copytree(world / "results", tmp_path / "results")
    values = json.loads((edited / "metrics.json").read_text())
    was, values["v2t"]["R@10"] = values["v2t"]["R@10"], 99.5
    (edited / "metrics.json").write_text(json.dumps(values))
    code, out, _ = run(capsys, "--repeat", edited)
    assert code == 1 and f"v2t R@10: 99.5, now {was}" in out and len(out.strip().splitlines()) == 2


def test_figures_that_only_one_of_the_two_has_differ(world: Path) -> None:
    whole = read_results(world / "results")
    part = replace(whole, metrics=replace(whole.metrics, controls={}))
    lost, new = compare_results(whole, part), compare_results(part, whole)
    named = [f"controls {name}" for name in whole.metrics.controls]
    assert [some.figure for some in lost] == [some.figure for some in new] == named and "controls chance" in named
    assert all(some.now is None and some.before is not None for some in lost)
    assert all(some.before is None and some.now is not None for some in new)


def test_a_gallery_of_other_content_differs_though_its_figures_do_not(world: Path) -> None:
    before = read_results(world / "results")
    now = replace(before, config=replace(before.config, gallery_hash="0" * 64))
    assert [some.figure for some in compare_results(before, now)] == ["gallery_hash"]
    older = replace(before, config=replace(before.config, gallery_hash=None))
    assert compare_results(older, now) == []  # an older version did not say


@pytest.mark.parametrize("way", ["t2v_rank", "v2t_rank"])
def test_one_other_rank_is_told_though_no_figure_changes(world: Path, way: str) -> None:
    before = read_results(world / "results")
    moved = getattr(before.ranks, way).copy()
    moved[3] += 1
    (found,) = compare_results(before, replace(before, ranks=replace(before.ranks, **{way: moved})))
    assert found.figure == f"{way} of 1 of 20 queries, first {before.ranks.key[3]}"
    assert (found.before, found.now) == (moved[3] - 1, moved[3])


def test_what_is_missing_is_told_in_one_line(world: Path, tmp_path: Path, capsys) -> None:
    moved = shutil.copytree(world / "results", tmp_path / "results")
    settings = json.loads((moved / "repeat.json").read_text())
    for change, told in (
        ({"data": str(tmp_path / "no-data")}, "no-data"),
        ({"model": str(tmp_path / "no-model")}, "no-model"),
        ({"ties": ["expected"]}, "ties"),
        ({"plugins": [str(tmp_path / "mine.py")]}, "--plugin mine.py again"),
        ({"trust_remote_code": True}, "--trust-remote-code again"),
    ):
        (moved / "repeat.json").write_text(json.dumps({"settings": {**settings["settings"], **change}}))
        code, _, error = run(capsys, "--repeat", moved)
        assert code == 2 and told in error and len(error.strip().splitlines()) == 1, error
    (moved / "repeat.json").unlink()
    assert run(capsys, "--repeat", moved)[0] == 2
    assert run(capsys, "--repeat", tmp_path)[0] == 2
    code, _, error = run(capsys, "--repeat", world / "results", "--ties", "official")
    assert code == 2 and "--ties would make it another evaluation" in error
    code, _, error = run(capsys, "--model", world / "ckpt")
    assert code == 2 and "--data" in error


@pytest.mark.slow
def test_a_file_chooses_no_folder_to_write_to(world: Path, tmp_path: Path, capsys) -> None:
    moved = shutil.copytree(world / "results", tmp_path / "results")
    values = json.loads((moved / "repeat.json").read_text())
    values["settings"] |= {"cache": str(tmp_path / "theirs"), "threads": 1_000_000_000}
    (moved / "repeat.json").write_text(json.dumps(values))
    code, out, error = run(capsys, "--repeat", moved)
    assert code == 0, out + error
    assert not (tmp_path / "theirs").exists()
    assert run(capsys, "--repeat", moved, "--cache", tmp_path / "own")[0] == 0
    assert list((tmp_path / "own").iterdir()) and not (tmp_path / "theirs").exists()


def test_a_table_beside_a_folder_and_a_plugin(tmp_path: Path, capsys, monkeypatch) -> None:
    """Relative paths are found from another folder; the plugin runs only where it is named again."""
    videos = tmp_path / "videos"
    videos.mkdir()
    rows = [{"video": f"v{i}.mp4", "caption": f"number {i}"} for i in range(5)]
    for i, row in enumerate(rows):
        (videos / str(row["video"])).write_bytes(film(i))
    table(tmp_path / "captions.csv", rows)
    (tmp_path / "mine.py").write_text(PLUGIN)
    model(tmp_path / "by_hash", "by_hash")
    monkeypatch.chdir(tmp_path)
    plugin = ("--plugin", tmp_path / "mine.py")
    given = ("--data", "captions.csv", "--videos", "videos", "--model", "by_hash", "--out", "results")
    assert run(capsys, *given, *plugin)[0] == 0
    monkeypatch.chdir(videos)
    assert run(capsys, "--repeat", "../results")[0] == 2
    assert run(capsys, "--repeat", "../results", *plugin)[0] == 0
    (videos / "v3.mp4").write_bytes(film(77))
    code, out, _ = run(capsys, "--repeat", "../results", *plugin)
    assert code == 1, out
