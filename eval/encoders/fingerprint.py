"""What names the weights of a model: a hash of its files, or its commit."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from svta.builder.io.files import sha256_file

from .hub_files import split_revision

WEIGHTS: Final = (".json", ".safetensors", ".bin", ".pt", ".txt", ".model", ".py")


def model_fingerprint(model: str | Path) -> str:
    """Names a model's weights: hashes of a folder's files or of one checkpoint; a Hub id by its cached commit."""
    path = Path(model)
    if path.is_file():
        return sha256_file(path)[:32]
    if not path.is_dir():
        from huggingface_hub import try_to_load_from_cache

        repo_id, revision = split_revision(str(model))
        if repo_id.startswith("mteb:"):
            return str(model)
        cached = try_to_load_from_cache(repo_id, "config.json", revision=revision)
        return f"{repo_id}@{Path(cached).parent.name if isinstance(cached, str) else revision or 'main'}"
    digest = hashlib.sha256()
    for file in sorted(path.rglob("*")):
        if file.suffix in WEIGHTS and file.is_file():
            digest.update(f"{file.relative_to(path).as_posix()} {sha256_file(file)}\n".encode())
    return digest.hexdigest()[:32]
