"""SHA256SUMS and build.json: what is listed, when a folder counts as finished, and what is no list."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from svta.builder.errors import DatasetError
from svta.builder.layout.manifest import files_of, is_listed, is_sealed, parse_sums, read_build, read_sums, seal

FILES = {"README.md": b"card", "clips.parquet": b"rows", "data/train/svta-train-00000.tar": b"tar", "plots/a.svg": b"p"}
OTHERS = (".hidden", "data/.cache/x", "data/train/a.tar.part", "notes/mine.txt", ".build/plan.json")


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, data in {**FILES, **dict.fromkeys(OTHERS, b"other")}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    return tmp_path


def test_what_a_dataset_lists(folder: Path) -> None:
    (folder / "SHA256SUMS").write_text("old")
    assert list(files_of(folder)) == sorted(FILES)
    assert not any(map(is_listed, ("SHA256SUMS", ".hidden", "data/.cache/x", "data/a.part")))
    assert is_listed("build.json") and is_listed("data/train/part.tar")


def test_every_file_is_in_both_lists_and_the_list_of_sums_is_sha256sum_s(folder: Path) -> None:
    build = seal(folder, {"clips": 3, "files": "old"})
    sums = {name: digest(data) for name, data in FILES.items() if name != "README.md"}  # its owner may edit it
    assert build == read_build(folder) == {"clips": 3, "files": sums}
    assert read_sums(folder) == sums | {"build.json": digest((folder / "build.json").read_bytes())}
    assert subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=folder, capture_output=True).returncode == 0


def test_known_sums_are_taken_and_others_computed(folder: Path) -> None:
    shard = "data/train/svta-train-00000.tar"
    build = seal(folder, {}, known={shard: "f" * 64, "none/such.tar": "e" * 64})
    sums = {name: digest(data) for name, data in FILES.items() if name != "README.md"}
    assert build["files"] == {**sums, shard: "f" * 64}


def test_a_folder_is_finished_once_the_list_belongs_to_the_build_that_is_there(folder: Path) -> None:
    assert not is_sealed(folder)
    seal(folder, {"clips": 3})
    assert is_sealed(folder)
    text = (folder / "build.json").read_text()
    (folder / "build.json").write_text(text.replace("3", "4"))
    assert not is_sealed(folder)
    (folder / "build.json").write_text(text)
    (folder / "SHA256SUMS").write_text(f"{digest(b'card')}  README.md\n")
    assert not is_sealed(folder)
    seal(folder, json.loads(text))
    (folder / "SHA256SUMS").unlink()
    assert not is_sealed(folder)


A, B = "a" * 64, "b" * 64


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"{A}  ../x\n", "line 1"),
        (f"{A}  a\n{A}  data/../../x\n", "line 2"),
        (f"{A}  /etc/passwd\n", "line 1"),
        (f"{A} a\n", "line 1"),
        (f"{A[1:]}  a\n", "line 1"),
        (f"{A.upper()}  a\n", "line 1"),
        (f"{A}  a b\n", "line 1"),
        (f"{A}  a\n{B}  a\n", "repeated"),
        (f"{A}  b\n{B}  a\n", "out of order"),
        (f"{A}  a", "missing"),
    ],
)
def test_what_is_no_list(text: str, problem: str) -> None:
    with pytest.raises(DatasetError, match=f"SHA256SUMS.*{problem}"):
        parse_sums(text)


def test_a_list() -> None:
    assert parse_sums(f"{A}  ..a/b..c\n{B}  a-1/.b\n") == {"..a/b..c": A, "a-1/.b": B}
