"""A diffusion model's folder: where it is, what its JSON files say, and the hash of its files. No weights are loaded.

Everything in these files is somebody else's: sizes and types are checked, code in the folder is never run.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from svta.builder.errors import DatasetError, SvtaError, first_line
from svta.builder.io.hub_client import limited
from svta.builder.io.json_text import Json, read_json_object
from svta.builder.io.limits import regular
from svta.generation.backends.spec import JsonObject, Options

INDEX: Final = "model_index.json"
MAX_CONFIG_BYTES: Final = 4_000_000
MAX_LAYERS: Final = 1_000  # of any denoiser or VAE: a config that claims more would take hours to build
MAX_WIDTH: Final = 1 << 24
WHOLE_BELOW: Final = 1 << 20  # files up to this are hashed whole, larger ones by samples
SAMPLE: Final = 1 << 16
SAMPLES: Final = 32
_CACHED: Final = re.compile(r"models--([^/]+)--([^/]+)/snapshots/([0-9a-f]{40})$")
_HUB_ID: Final = re.compile(r"[\w.-]+/[\w.-]+")
_LAYERS: Final = re.compile(r"num_\w*(layers|blocks)|layers_per_block|depth")


class ModelError(SvtaError):
    """A model folder or id that is not there, or is not a text-to-video pipeline."""


@dataclass(frozen=True)
class ModelFolder:
    """`folder` with the configs; `repo_id` to load from, None for a local folder; name and commit where known."""

    folder: Path
    repo_id: str | None
    name: str
    commit: str | None


def locate(model: str | Path, revision: str | None = None) -> ModelFolder:
    """The folder of a model: a local one as it is, a Hub id's JSON files downloaded. Raises ModelError."""
    path = Path(model)
    if path.is_dir():
        path = path.resolve()
        if cached := _CACHED.search(path.as_posix()):
            return ModelFolder(path, None, f"{cached[1]}/{cached[2]}", cached[3])
        return ModelFolder(path, None, path.name, None)
    repo_id, at, wanted = str(model).partition("@")
    if path.exists() or not _HUB_ID.fullmatch(repo_id):
        raise ModelError(f"--model {model}: no such folder, and not a Hub id (owner/name or owner/name@revision)")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        with limited():
            folder = Path(snapshot_download(repo_id, revision=wanted if at else revision, allow_patterns=["*.json"]))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise ModelError(f"--model {model}: no such folder, and not read from the Hub ({first_line(error)})") from None
    return ModelFolder(folder, repo_id, repo_id, folder.name)


def read_index(folder: Path, model: str) -> JsonObject:
    """model_index.json: a pipeline class, and [library, class] of each component. Raises ModelError."""
    if not (folder / INDEX).is_file():
        if (folder / "modular_model_index.json").is_file():
            raise ModelError(f"--model {model}: a modular pipeline; only models with a {INDEX} are supported")
        what = "a single component" if (folder / "config.json").is_file() else "not a diffusers pipeline"
        raise ModelError(f"--model {model}: {what} (no {INDEX}); a text-to-video pipeline is needed")
    index = read_config(folder / INDEX, model)
    name = index.get("_class_name")
    if isinstance(name, list):
        raise ModelError(f"--model {model}: {INDEX} names a pipeline of its own code, which is not run")
    if not isinstance(name, str):
        raise ModelError(f"--model {model}: {INDEX} cannot be read (no _class_name)")
    for part, entry in index.items():
        if isinstance(entry, list):
            _check_component(folder, part, entry, model)
    return index


def _check_component(folder: Path, part: str, entry: list[Json], model: str) -> None:
    """A component is [library, class] of diffusers or transformers, or [null, null], and brings no code."""
    from diffusers import pipelines

    if entry == [None, None] or _is_setting(entry):
        return
    if not (len(entry) == 2 and all(isinstance(text, str) for text in entry)):
        raise ModelError(f"--model {model}: {INDEX}: {part[:80]} needs [library, class], not {str(entry)[:80]}")
    library, name = entry
    if library not in ("diffusers", "transformers") and library not in dir(pipelines):
        raise ModelError(f"--model {model}: {INDEX}: {part} is code of {library[:80]}, which is not run")
    if name.startswith("Auto") and library == "transformers":
        configs = [path for path in (folder / part).glob("*.json") if path.is_file()] if _plain(part) else []
        if any("auto_map" in read_config(path, model) for path in configs if path.name.endswith("config.json")):
            raise ModelError(f"--model {model}: {part} names code of its own (auto_map), which is not run")


def _is_setting(entry: list[Json]) -> bool:
    """Whether a list of the index is an argument of the pipeline, such as numbers of layers."""
    return bool(entry) and all(isinstance(value, (int, float)) for value in entry)


def _plain(part: str) -> bool:
    return re.fullmatch(r"\w+", part) is not None


def read_config(path: Path, model: str) -> JsonObject:
    """A JSON object of a model's folder. Raises ModelError for anything else."""
    shown = path.name if path.name == INDEX else f"{path.parent.name}/{path.name}"
    try:
        return read_json_object(path, MAX_CONFIG_BYTES)
    except (OSError, DatasetError) as error:
        why = "no such file" if isinstance(error, FileNotFoundError) else first_line(error).removeprefix(f"{path}: ")
        raise ModelError(f"--model {model}: {shown} cannot be read ({why})") from None


def check_sizes(config: Options, shown: str, model: str) -> None:
    """Refuse a component's config whose sizes no model has, before a model of that size is built."""
    for name, value in config.items():
        limit = MAX_LAYERS if _LAYERS.search(name) else MAX_WIDTH
        for number in value if isinstance(value, list) else (value,):
            if isinstance(number, int) and abs(number) > limit:
                raise ModelError(
                    f"--model {model}: {shown} cannot be read ({name[:80]} {str(number)[:40]} is too large)"
                )


def fingerprint(path: Path) -> str:
    """Hash of a folder's (or file's) names, sizes and contents: small files whole, large ones by 32 samples."""
    digest = hashlib.sha256()
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file() and ".git" not in p.parts)
    for file in files:
        size = file.stat().st_size
        digest.update(f"{file.relative_to(path) if file != path else file.name}\x1f{size}\x1f".encode())
        with open(file, "rb", opener=regular) as data:
            if size <= WHOLE_BELOW:
                digest.update(data.read())
                continue
            for number in range(SAMPLES):
                data.seek((size - SAMPLE) * number // (SAMPLES - 1))
                digest.update(data.read(SAMPLE))
    return "files:" + digest.hexdigest()[:32]
