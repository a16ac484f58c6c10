"""Files of a model: in its folder, or in a Hub repo through the local cache. A mistyped name is an error at once.

Reads folders and `ns/name[@revision]`; used by all encoders and baselines.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from pathlib import Path
from typing import Final

from svta.builder.errors import first_line
from svta.builder.io.hub_client import Limits, limited
from svta.builder.io.hub_errors import hub_answers

from .base import EncoderError

MAX_SMALL_BYTES: Final = 64_000_000  # of a configuration
HUB_ID: Final = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
TRUSTED: Final = ContextVar("code that comes with a model may run", default=False)  # set by --trust-remote-code


def split_revision(model: str) -> tuple[str, str | None]:
    """("ns/name", revision) of a Hub id `ns/name[@revision]`; a folder stays as it is."""
    if Path(model).exists() or "@" not in model:
        return model, None
    name, _, revision = model.rpartition("@")
    return name, revision


def model_file(model: str, name: str) -> Path | None:
    """A small file of a folder, or of a Hub repo through the cache; None if there is none. Raises EncoderError."""
    if Path(model).is_dir():
        path = Path(model, name)
        return path if path.is_file() else None
    from huggingface_hub import hf_hub_download, try_to_load_from_cache
    from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, LocalEntryNotFoundError

    repo_id, revision = check_hub_id(model)
    if not hub_is_reachable():
        cached = try_to_load_from_cache(repo_id, name, revision=revision)
        if isinstance(cached, str):
            return Path(cached)
        known = [try_to_load_from_cache(repo_id, other, revision=revision) for other in ("config.json", "modules.json")]
        if any(isinstance(path, str) for path in known):
            return None
        raise EncoderError(f"{model}: no such folder, and not in the local cache; the Hub cannot be reached")
    try:
        with limited(Limits(max_bytes=MAX_SMALL_BYTES)):
            return Path(hf_hub_download(repo_id, name, revision=revision))
    except LocalEntryNotFoundError:
        raise EncoderError(f"{model}: no such folder, and the Hub cannot be reached") from None
    except EntryNotFoundError:
        return None
    except HfHubHTTPError as error:
        raise EncoderError(f"{model}: no such folder, and {_said(error)}") from None


def check_hub_id(model: str) -> tuple[str, str | None]:
    """(ns/name, revision), or EncoderError at once: what is neither there nor a Hub id was mistyped."""
    if Path(model).is_file():
        raise EncoderError(
            f"{model}: a file, not a model's folder (official checkpoints: --baseline NAME --checkpoint FILE)"
        )
    repo_id, revision = split_revision(model)
    if not HUB_ID.fullmatch(repo_id):
        raise EncoderError(f"{model}: no such folder, and not a Hub id (ns/name[@revision])")
    return repo_id, revision


def hub_options(model: str) -> dict[str, str | bool]:
    """The keywords of from_pretrained beside the name: the revision, and whether the cache alone is read."""
    if Path(model).is_dir():
        return {}
    _, revision = check_hub_id(model)
    return {"revision": revision or "main", "local_files_only": not hub_is_reachable()}


def hub_is_reachable() -> bool:
    """Whether it makes sense to ask the Hub: huggingface_hub itself retries for 23 seconds before it says no."""
    from huggingface_hub import constants

    return not constants.HF_HUB_OFFLINE and hub_answers(constants.ENDPOINT)


def _said(error: Exception) -> str:
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

    if isinstance(error, GatedRepoError):
        return "gated on the Hub: accept its terms there, then `hf auth login`"
    if isinstance(error, RevisionNotFoundError):
        return "the Hub knows no such revision of it"
    if isinstance(error, RepositoryNotFoundError):
        return "the Hub knows no such model (a private one needs `hf auth login`)"
    return f"the Hub said: {first_line(error)}"
