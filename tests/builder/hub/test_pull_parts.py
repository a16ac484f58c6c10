"""Parts of a pull without a Hub: files put in the place of others, and captions counted split by split."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from finished import clips_folder

from svta.builder.dataset.source import HUB
from svta.builder.errors import DatasetError
from svta.builder.hub.fetch import fetch
from svta.builder.hub.public_fields import caption_hash
from svta.builder.hub.pull import PullConfig, _install, _is_wanted, _placeholders, _report
from svta.builder.io.files import sha256_file
from svta.builder.layout.manifest import sums_text
from svta.builder.layout.stats import WITHHELD
from svta.builder.packing.derive import VARIANTS
from svta.builder.packing.pack import pack
from svta.builder.paths import INDEX, SUMS
from svta.builder.shards.index import read_index, to_table, write_index

TRAIN, TEST = "data/train/svta-train-00000.tar", "data/test/svta-test-00000.tar"


def folder(path: Path, files: dict[str, str]) -> Path:
    """A folder with these files and the list of them."""
    for name, text in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text)
    (path / SUMS).write_text(sums_text({name: sha256_file(path / name) for name in files}))
    return path


def texts(path: Path) -> dict[str, str]:
    files = (file for file in path.rglob("*") if file.is_file() and file.name != SUMS)
    return {file.relative_to(path).as_posix(): file.read_text() for file in files}


def test_files_of_the_earlier_list_alone_are_replaced_and_taken_away(tmp_path: Path) -> None:
    out = folder(tmp_path / "out", {TRAIN: "old", TEST: "the same", "clips.parquet": "old", "data/test/b.tar": "gone"})
    (out / "data" / "train" / "notes.txt").write_text("mine")
    ready = folder(tmp_path / "ready", {TRAIN: "new", TEST: "the same", "clips.parquet": "new"})
    (tmp_path / "work").mkdir()
    _install(ready, out, tmp_path / "work")
    assert texts(out) == {**texts(ready), "data/train/notes.txt": "mine"}
    assert (out / SUMS).read_text() == (ready / SUMS).read_text()


def test_a_file_of_no_list_is_never_replaced(tmp_path: Path) -> None:
    out = folder(tmp_path / "out", {TEST: "old"})
    (out / TRAIN).parent.mkdir(parents=True)
    (out / TRAIN).write_text("mine")
    ready = folder(tmp_path / "ready", {TEST: "new", TRAIN: "the dataset's"})
    (tmp_path / "work").mkdir()
    with pytest.raises(DatasetError, match=f"{TRAIN}: is not a file of the dataset"):
        _install(ready, out, tmp_path / "work")
    assert texts(out) == {TEST: "old", TRAIN: "mine"} and (out / SUMS).is_file()
    (out / TRAIN).write_text("the dataset's")  # the same bytes are no loss
    _install(ready, out, tmp_path / "work")
    assert texts(out) == texts(ready)


def test_captions_are_counted_in_the_wanted_splits_alone(tmp_path: Path) -> None:
    """A repo whose captions are all hashes, and a folder in which all were put back."""
    out = tmp_path / "d"
    pack(clips_folder(tmp_path / "c", 30), out)
    rows = list(read_index(out / INDEX))
    hashes = [{"flags": (WITHHELD,), "caption": caption_hash(row.clip.caption)} for row in rows]
    hidden = [row._replace(clip=row.clip.model_copy(update=fields)) for row, fields in zip(rows, hashes)]
    (tmp_path / "repo").mkdir()
    write_index(tmp_path / "repo" / INDEX, [to_table([row]) for row in hidden])
    repo = SimpleNamespace(root=f"{HUB}ns/clips@abc", path=lambda name: tmp_path / "repo" / name)
    tests = [caption_hash(row.clip.caption) for row in rows if row.split == "test"]
    assert 0 < len(tests) < 30
    assert sorted(_placeholders(repo, ("test",))) == sorted(tests) and len(_placeholders(repo, None)) == 30
    for config, count in ((PullConfig(splits=("test",)), len(tests)), (PullConfig(), 30)):
        told = _report(out, repo, config, 2)
        assert (told.repo_id, told.commit, told.fetched) == ("ns/clips", "abc", 2)
        assert (told.restored, told.withheld, told.foreign) == ({"grammar": count}, {}, [])
    shutil.copy(tmp_path / "repo" / INDEX, out / INDEX)
    assert _report(out, repo, PullConfig(), 0).withheld == {"grammar": 30}
    assert _report(out, repo, PullConfig(), 0).restored == {}


def test_an_index_comes_with_any_split_and_shards_with_their_own() -> None:
    names = (INDEX, f"proxy/{INDEX}", "plots/a.png", TEST, TEST.replace("data", "proxy"), TRAIN)
    assert [_is_wanted(name, ("test",), VARIANTS) for name in names] == [True] * 5 + [False]
    assert [_is_wanted(name, None, {"data": "data"}) for name in names] == [True, False, True, True, False, True]


def test_every_file_that_is_there_is_told(tmp_path: Path) -> None:
    """Files of an earlier run and of the folder itself: nothing is asked of the Hub."""
    staged, there = folder(tmp_path / "stage", {TRAIN: "a"}), folder(tmp_path / "out", {TEST: "b"})
    wanted = {TRAIN: sha256_file(staged / TRAIN), TEST: sha256_file(there / TEST)}
    told: list[tuple[int, int]] = []
    repo = SimpleNamespace(root=f"{HUB}ns/clips@abc")
    assert fetch(repo, staged, there, wanted, dict.fromkeys(wanted, 1), lambda *done: told.append(done)) == 0
    assert told == [(1, 2), (2, 2)] and texts(staged) == {TRAIN: "a", TEST: "b"}
    assert fetch(repo, staged, there, wanted, dict.fromkeys(wanted, 1), None) == 0
