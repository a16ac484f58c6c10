"""What names a model: every file that decides an embedding, apart by what it is for; a Hub id by its commit."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from svta.eval.encoders.fingerprint import ModelFiles, identify_model, model_fingerprint

FILES = {"config.json": b"{}", "model.safetensors": b"weights", "tokenizer.json": b"words", "vocab.txt": b"a b"}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model").mkdir()
    for name, data in FILES.items():
        (tmp_path / "model" / name).write_bytes(data)
    return tmp_path / "model"


def test_parts_of_a_folder(folder: Path) -> None:
    words = sha256(f"tokenizer.json {sha256(b'words')}\nvocab.txt {sha256(b'a b')}\n".encode())
    assert identify_model(folder) == ModelFiles(sha256(b"weights"), sha256(b"{}"), words)


@pytest.mark.parametrize(("name", "part"), [("tokenizer.json", "tokenizer"), ("vocab.txt", "tokenizer"),
                                            ("model.safetensors", "weights"), ("preprocessor_config.json", "settings"),
                                            ("tower/model.safetensors", "weights")])  # fmt: skip
def test_one_file_changes_one_part_and_the_caches_key(folder: Path, name: str, part: str) -> None:
    before, key = vars(identify_model(folder)), model_fingerprint(folder)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"another file")
    after = vars(identify_model(folder))
    assert {name for name in before if before[name] != after[name]} == {part}
    assert model_fingerprint(folder) != key


def test_what_training_left_is_no_part_of_the_model(folder: Path) -> None:
    before = identify_model(folder), model_fingerprint(folder)
    for name in ("training.json", "training_clips.json", "metrics.jsonl", "README.md"):
        (folder / name).write_text("{}")
    assert (identify_model(folder), model_fingerprint(folder)) == before


def test_an_official_file_with_its_tokenizer_and_tower(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"official")
    found = identify_model(tmp_path / "pytorch_model.bin", tokenizer=str(folder), vision=str(tmp_path / "model"))
    assert (found.weights, found.settings) == (sha256(b"official"), None)
    assert found.tokenizer == found.vision == model_fingerprint(folder)


def test_a_hub_id_is_its_commit_and_its_cached_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tokenizer's repo may have no config.json; another revision is another model."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    repo = tmp_path / "models--ns--words"
    for commit, data in (("a" * 40, b"old"), ("b" * 40, b"new")):
        (repo / "snapshots" / commit).mkdir(parents=True)
        (repo / "snapshots" / commit / "tokenizer.json").write_bytes(data)
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text("b" * 40)
    assert model_fingerprint("ns/words") == f"ns/words@{'b' * 40}"
    assert identify_model("ns/words") == ModelFiles(tokenizer=sha256(b"new"), revision="b" * 40)
    assert identify_model(f"ns/words@{'a' * 40}") == ModelFiles(tokenizer=sha256(b"old"), revision="a" * 40)
    assert identify_model("ns/other") == ModelFiles()
