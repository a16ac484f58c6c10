"""Somebody else's model folder: checked before a library reads it, and one clear line for all it may meet there.

A config.json of 1 kB can ask for 100,000 layers or a terabyte of weights, a tokenizer_config.json can name code to run.

    config = read_config(path)                   # bounded, checked
    with library_errors("ns/name"):
        model = AutoModel.from_pretrained("ns/name", **NO_CODE)
"""

from __future__ import annotations

import io
import re
import sys
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, redirect_stdout
from pathlib import Path
from typing import Final

from svta.builder.errors import SvtaError, first_line
from svta.builder.io.hub_client import limited
from svta.builder.io.json_text import JsonObject, read_json_object
from svta.builder.io.limits import check_regular

from .base import EncoderError
from .hub_files import TRUSTED
from .model_code import no_model_code

NO_CODE: Final = {"trust_remote_code": False}  # None would ask on stdout and read stdin
MAX_CONFIG_BYTES: Final = 16_000_000
MAX_TOKENIZER_BYTES: Final = 64_000_000  # the largest vocabularies take 35 MB
MAX_LAYERS: Final = 1_000
MAX_SIDE: Final = 4_096  # pixels
MAX_FRAMES: Final = 4_096
MAX_PARAMETERS: Final = 200_000_000_000
_LAYERS: Final = re.compile(r"(?:n|num)_(?:\w+_)?(?:layers?|blocks?|stages)|(?:\w+_)?layers|depths?")
_WEIGHTS: Final = (".safetensors", ".bin")
_TOKENIZER: Final = ("tokenizer.json", "vocab.json")
_UNSHARED: Final = 32  # layers that may share one set of weights; lower bounds of what a width holds
_FREE_PARAMETERS: Final = 200_000_000  # a small model may lack its weights


def read_config(path: Path) -> JsonObject:
    """A config.json (or the like) of a model folder. EncoderError if it is not a JSON object or is too large."""
    config = read_json_object(path, MAX_CONFIG_BYTES, error=EncoderError)
    _check_numbers(config, path)
    return config


def check_model_folder(model: str) -> None:
    """EncoderError for a local folder whose JSON is too large, or whose configuration its weights cannot fill."""
    folder = Path(model)
    if not folder.is_dir():
        return
    for path in folder.glob("*.json"):
        limit = MAX_TOKENIZER_BYTES if path.name in _TOKENIZER else MAX_CONFIG_BYTES
        if path.is_file() and not path.name.endswith(".index.json") and path.stat().st_size > limit:
            raise EncoderError(f"{path}: has {path.stat().st_size:,} bytes; the limit is {limit:,}")
    config = folder / "config.json"
    if config.is_file():
        parameters = _least_parameters(read_config(config))
        weights = sum(path.stat().st_size for path in folder.iterdir() if path.suffix in _WEIGHTS)
        if parameters > min(_UNSHARED * weights + _FREE_PARAMETERS, MAX_PARAMETERS):
            raise EncoderError(f"{config}: at least {parameters:,} parameters, but {weights:,} bytes of weights")


def _check_numbers(value: object, path: Path, name: str = "") -> None:
    if isinstance(value, Mapping):
        for key, item in value.items():
            _check_numbers(item, path, str(key))
    elif isinstance(value, list):
        for item in value:
            _check_numbers(item, path, name)
    elif isinstance(value, int) and not isinstance(value, bool):
        most = MAX_LAYERS if _LAYERS.fullmatch(name) else {"image_size": MAX_SIDE, "num_frames": MAX_FRAMES}.get(name)
        if most is not None and not 0 <= value <= most:
            raise EncoderError(f"{path}: {name} {value:,}: 0 to {most:,} is allowed")


def _least_parameters(config: Mapping[str, object]) -> int:
    """A lower bound of a configuration's parameters, all its parts together, from the names that are common."""
    total = sum(_least_parameters(part) for part in config.values() if isinstance(part, Mapping))
    width = _number(config, "hidden_size", "d_model", "embed_dim")
    layers = max((_number(config, key) for key in config if _LAYERS.fullmatch(key)), default=0)
    inner = _number(config, "intermediate_size")
    table = _number(config, "vocab_size") + _number(config, "max_position_embeddings")
    return total + layers * (2 * width * width + width * inner) + table * width


def _number(config: Mapping[str, object], *names: str) -> int:
    values = (config.get(name) for name in names)
    return next((value for value in values if isinstance(value, int) and value > 0), 0)


@contextmanager
def library_errors(model: str, problem: str = "cannot be loaded", *, code_option: str | None = None) -> Iterator[None]:
    """Around a library's loading of `model`: stdout is kept, stdin is empty, the Hub is guarded, errors are one line.

    Python files of the model run only with --trust-remote-code. What a library raises for a folder that is wrong in a
    way of its own may be of any type. Raises EncoderError.
    code_option: the option that lets a model's own code run, where there is one.
    """
    stdin = sys.stdin
    sys.stdin = io.StringIO()
    try:
        with redirect_stdout(sys.stderr), limited(), nullcontext() if TRUSTED.get() else no_model_code():
            yield
    except SvtaError:
        raise
    except ImportError as error:
        text = first_line(error)
        package = "pip install timm torchvision" if "timm" in text.lower() else text
        raise EncoderError(f"{model}: needs a package that is not installed: {package}") from error
    except Exception as error:
        if "trust_remote_code" in str(error):
            hint = ", which is not run" if code_option is None else f": read it, then {code_option}"
            raise EncoderError(f"{model}: comes with code of its own{hint}") from error
        if "weights_only" in str(error):  # torch's own words go on to say how to run it all the same
            raise EncoderError(f"{model}: its weights contain more than tensors; none of it was executed") from error
        raise EncoderError(f"{model}: {problem}: {first_line(error, 300)}") from error
    finally:
        sys.stdin = stdin


def unpacks_to_more(path: str | Path) -> bool:
    """Whether a zip archive (npz, torch's checkpoints) claims more than its own bytes: writers of both only store."""
    check_regular(path)
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    stored = all(item.compress_type == zipfile.ZIP_STORED and item.file_size == item.compress_size for item in members)
    return not stored or sum(item.file_size for item in members) > Path(path).stat().st_size
