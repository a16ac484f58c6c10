"""What a path is, told in one line by every command that wanted something else."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from finished import clips_folder

from svta.builder.errors import DatasetError
from svta.builder.layout.detect import detect_kind, suggest_path
from svta.builder.layout.guards import check_folder
from svta.builder.packing.pack import pack
from svta.cli import main


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """c: a clips folder, d: the dataset it was packed into, and things that are neither."""
    root = tmp_path_factory.mktemp("places")
    pack(clips_folder(root / "c", 40), root / "d")
    (root / "empty").mkdir()
    (root / "note.txt").write_text("hello")
    (root / "d 1.jsonl").write_text("{}")
    for name in ("results/metrics.json", "checkpoint/training.json", "kamera süd/nacht/a.MP4"):
        (root / name).parent.mkdir(parents=True)
        (root / name).touch()
    (root / "begun" / ".build").mkdir(parents=True)
    os.mkfifo(root / "fifo")
    return root


KINDS = {
    "d": ("dataset", ""),
    "d/clips.parquet": ("index", "name that folder"),
    "d/data": ("inside", "name that folder"),
    "d/data/train": ("inside", "name that folder"),
    "d/data/train/svta-train-00000.tar": ("tar", "one shard of the dataset"),
    "c": ("clips", "`svta pack"),
    "c/parts": ("parts", "`svta pack"),
    "c/parts/unit-000000.tar": ("tar", "a single tar"),
    "empty": ("folder", "make one with `svta pack`"),
    "note.txt": ("file", "a file, not a dataset folder"),
    "d 1.jsonl": ("file", "`svta generate '"),
    "results": ("folder", "`svta report "),
    "checkpoint": ("folder", "`svta eval --data DATASET --model "),
    "kamera süd": ("folder", "`svta import --videos '"),
    "begun": ("unfinished", "run the same `svta pack` again"),
    "fifo": ("device", "neither a folder nor"),
    "gone": ("missing", "no such dataset folder"),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_told(places: Path, name: str) -> None:
    kind, words = KINDS[name]
    assert detect_kind(places / name) == kind
    assert words in suggest_path(places / name)


@pytest.mark.parametrize("verb", ["verify", "push"])
def test_commands_say_in_one_line_what_they_were_given(
    places: Path, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    more = ["ns/name"] if verb == "push" else []
    for name in ("c", "c/parts", "d/clips.parquet", "d/data", "empty", "begun", "fifo"):
        with pytest.raises(SystemExit) as stop:
            main([verb, str(places / name), *more])
        told = capsys.readouterr()
        assert stop.value.code == 2 and not told.out and told.err.count("\n") == 1, name
        assert name in told.err and KINDS[name][1] in told.err, told.err


def test_a_file_where_a_folder_is_needed(places: Path) -> None:
    for out in ("note.txt", "note.txt/below", "fifo"):
        with pytest.raises(DatasetError, match="a folder is needed there"):
            check_folder(places / out)
    assert check_folder(places / "new" / "folder") == places / "new" / "folder"


def test_info_describes_what_it_is_given(places: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def info(name: str) -> dict:
        with pytest.raises(SystemExit) as stop:
            main(["info", str(places / name), "--json"])
        told = capsys.readouterr()
        if stop.value.code:
            assert stop.value.code == 2 and told.err.count("\n") == 1 and KINDS[name][1] in told.err
            return {}
        return json.loads(told.out)

    assert info("d")["clips"] == 40 and set(info("d")["splits"]) == {"train", "validation", "test"}
    assert info("d/clips.parquet")["kind"].startswith("part of the dataset") and info("d/data")["clips"] == 40
    assert info("c")["units"] == "2 of 2 finished" and info("c/parts")["clips"] == 40
    assert info("c/parts/unit-000000.tar")["clips"] == 32
    for name in ("empty", "note.txt", "fifo"):
        assert not info(name)
