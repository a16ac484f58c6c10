"""What names a model: hashes of its files, whole and by what they are for, and the commit of a Hub id.

Caches key by model_fingerprint; config.json of an evaluation holds identify_model's parts.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from svta.builder.io.files import sha256_file

from .hub_files import split_revision

WEIGHTS: Final = (".safetensors", ".bin", ".pt", ".pth")
SUFFIXES: Final = (*WEIGHTS, ".json", ".txt", ".model", ".py", ".jinja", ".bpe", ".tiktoken")
TOKENIZER: Final = re.compile(
    r"(tokenizer|vocab|merges|special_tokens|added_tokens|chat_template|spiece|sentencepiece).*"
)
_OF_THE_RUN: Final = ("training.json", "training_clips.json")  # say nothing of what the model computes
_CACHED: Final = ("config.json", "modules.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt", "vocab.json")


@dataclass(frozen=True)
class ModelFiles:
    """A model by its files: sha256 in hex, of one file that file's own. None: it has no such file.

    settings: configurations and preprocessors. revision: the commit a Hub id was resolved to. tokenizer and vision: of
    the model's own folder, or of the places that --tokenizer and --vision name.
    """

    weights: str | None = None
    settings: str | None = None
    tokenizer: str | None = None
    vision: str | None = None
    revision: str | None = None


def model_fingerprint(model: str | Path) -> str:
    """Names a model's weights: hashes of a folder's files or of one checkpoint; a Hub id by its cached commit."""
    path = Path(model)
    if path.is_file():
        return _sha256(path)[:32]
    if path.is_dir():
        return (_joined(path, _files(path)) or "empty")[:32]
    repo_id, revision = split_revision(str(model))
    if repo_id.startswith("mteb:"):
        return str(model)
    snapshot = _snapshot(str(model))
    return f"{repo_id}@{snapshot.name if snapshot is not None else revision or 'main'}"


def identify_model(model: str | Path, *, tokenizer: str | None = None, vision: str | None = None) -> ModelFiles:
    """The parts of a model: a folder, a Hub id in the local cache, or one checkpoint file with what goes with it."""
    path = Path(model)
    if path.is_file():
        return ModelFiles(weights=_sha256(path), tokenizer=_part(tokenizer), vision=_part(vision))
    folder = path if path.is_dir() else _snapshot(str(model))
    if folder is None:
        return ModelFiles(revision=split_revision(str(model))[1])
    files = _files(folder)
    weights = [file for file in files if file.suffix in WEIGHTS]
    words = [file for file in files if file.suffix not in WEIGHTS and TOKENIZER.fullmatch(file.name)]
    return ModelFiles(
        _joined(folder, weights),
        _joined(folder, [file for file in files if file not in weights and file not in words]),
        _joined(folder, words),
        revision=None if path.is_dir() else folder.name,
    )


def _part(model: str | None) -> str | None:
    """One hash for a tokenizer's or a tower's place: its commit, or its files."""
    return None if model is None else model_fingerprint(model)


def _files(folder: Path) -> list[Path]:
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix in SUFFIXES and path.name not in _OF_THE_RUN and path.is_file()
    ]


def _joined(folder: Path, files: Iterable[Path]) -> str | None:
    """One file's own sha256; of several, that of their names and hashes."""
    hashes = {path.relative_to(folder).as_posix(): _sha256(path) for path in files}
    if len(hashes) < 2:
        return next(iter(hashes.values()), None)
    return hashlib.sha256("".join(f"{name} {value}\n" for name, value in hashes.items()).encode()).hexdigest()


def _snapshot(model: str) -> Path | None:
    """The folder of a Hub id's commit in the local cache."""
    from huggingface_hub import try_to_load_from_cache

    repo_id, revision = split_revision(model)
    if "/" not in repo_id or repo_id.startswith("mteb:"):
        return None
    for name in _CACHED:
        cached = try_to_load_from_cache(repo_id, name, revision=revision)
        if isinstance(cached, str):
            return Path(cached).parent
    return None


def _sha256(path: Path) -> str:
    stat = os.stat(path)
    return _sha256_of(str(path), stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4096)
def _sha256_of(path: str, mtime_ns: int, size: int) -> str:  # weights of gigabytes are read once per process
    return sha256_file(path)
