"""Files, folders, links and code that are none of a dataset, as verify tells them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from finished import clips_folder

from svta.builder.layout.manifest import read_build, seal
from svta.builder.packing.pack import pack
from svta.builder.verify.folder import verify
from svta.cli import main

SHARD = "data/train/svta-train-00003.tar"


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("foreign")
    pack(clips_folder(folder / "c", 40), folder / "d")
    return folder / "d"


@pytest.fixture
def dataset(packed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(packed, tmp_path / "d"))


def told(dataset: Path) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    result = verify(dataset)
    assert result.ok is not bool(result.findings)
    return ({(f.code, f.file) for f in result.findings}, {(f.code, f.file) for f in result.notes})


def test_a_users_own_files_are_notes(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (dataset / "my notes.txt").write_text("x")
    (dataset / "train.py").write_text("import svta")
    (dataset / "runs" / "deep").mkdir(parents=True)
    (dataset / "data" / "train" / "old").mkdir()
    (dataset / ".git").mkdir()
    (dataset / SHARD).rename(dataset / "runs" / "moved.tar")
    (dataset / SHARD).symlink_to(dataset / "runs" / "moved.tar")
    findings, notes = told(dataset)
    assert not findings
    assert notes == {
        ("foreign", "my notes.txt"), ("foreign", "train.py"), ("foreign", "runs"), ("foreign", "data/train/old"),
        ("link", SHARD),
    }  # fmt: skip
    with pytest.raises(SystemExit) as stop:
        main(["verify", str(dataset)])
    out = capsys.readouterr().out
    assert not stop.value.code and out.count("note: ") == 5 and "note: runs: is a folder" in out


@pytest.mark.parametrize("name", [SHARD, "README.md", "clips.parquet", "taxonomy.json", "build.json", "SHA256SUMS"])
def test_a_link_out_of_the_dataset_is_not_followed(dataset: Path, name: str) -> None:
    """Even where it leads to the very bytes: on another machine it would lead to that machine's files."""
    (dataset / name).rename(dataset.parent / "elsewhere")
    (dataset / name).symlink_to(dataset.parent / "elsewhere")
    assert name in {file for _, file in told(dataset)[0]}
    problems = [finding.problem for finding in verify(dataset).findings if finding.file == name]
    assert any("link" in problem for problem in problems), problems


def test_what_a_loader_would_meet_is_a_finding(dataset: Path) -> None:
    (dataset / "data" / "train" / "svta-train-00099.tar").write_bytes(b"x")
    (dataset / "data" / "README.txt").write_text("x")
    (dataset / "data" / "loop").symlink_to(dataset)
    (dataset / "proxy").mkdir()
    (dataset / "proxy" / "gone.tar").symlink_to(dataset / "nowhere")
    os.mkfifo(dataset / "data" / "pipe")
    findings, notes = told(dataset)
    assert findings == {
        ("unexpected", "data/train/svta-train-00099.tar"), ("unexpected", "data/README.txt"), ("link", "data/loop"),
        ("link", "proxy/gone.tar"), ("unexpected", "data/pipe"),
    }  # fmt: skip
    assert not notes


def test_a_link_to_nowhere_in_place_of_a_shard(dataset: Path) -> None:
    (dataset / SHARD).unlink()
    (dataset / SHARD).symlink_to(dataset / "nowhere")
    findings, _ = told(dataset)
    assert findings == {("link", SHARD)}


def test_code_in_the_list_of_files_is_a_finding(dataset: Path) -> None:
    (dataset / "yaml.py").write_text("print('imported by whoever starts python here')")
    seal(dataset, read_build(dataset))
    assert told(dataset)[0] == {("code", "yaml.py")}


def test_many_foreign_files_are_counted(dataset: Path) -> None:
    for number in range(100):
        (dataset / f"frame-{number:03d}.png").write_bytes(b"x")
    notes = verify(dataset).notes
    assert len(notes) == 21 and "80 more" in notes[-1].problem
