"""What a command writes, declared above it: no output is an input of it, and no file of somebody else is replaced."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer

from svta.builder.errors import SvtaError

FOLDER: Final = "folder"
Files = tuple[str, ...] | Literal["folder"]
Replace = Annotated[bool, typer.Option("--replace", help="Replace files at the outputs that svta did not write.")]
# options of text that name a file or folder; those that are a Path do so by their type
_PLACES: Final = {
    "annotations", "checkpoint", "data", "dataset", "disjoint_from", "like", "model", "path", "probes", "source",
    "splits", "start", "test",
}  # fmt: skip
_NOT_READ: Final = {"cache", "chat_cache"}


class OutputError(SvtaError):
    """An output that would take the place of an input, or of a file that is not svta's."""


def writes(
    *, default: Callable[[dict[str, Any]], list[Path]] = lambda values: [], **outputs: Files
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A decorator, the outermost of a command: option -> FOLDER, or the endings of the files beside the file.

    default: files that the command names itself, by its values. A folder's other contents are checked by what
    writes it (builder/layout/guards.py).

    @writes(out=(".rejected.jsonl", ".report.json"))
    def command(source: ..., out: ...) -> None: ...
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(command, eval_str=True)
        options = dict(signature.parameters)
        has_files = not outputs or any(files != FOLDER for files in outputs.values())
        own_replace = "replace" in options

        @wraps(command)
        def run(**values: Any) -> None:
            replaced = bool(values.get("replace")) if own_replace else bool(values.pop("replace", False))
            if not (values.get("dry_run") or values.get("status")):
                inputs = list(_inputs(values, options, outputs))
                for name, files in outputs.items():
                    if values.get(name) is not None:
                        _check(Path(values[name]), f"--{name.replace('_', '-')} ", files, inputs, replaced)
                for path in default(values):
                    _check(path, "", (), inputs, replaced)
            command(**values)

        if has_files and not own_replace:
            kind = inspect.Parameter.KEYWORD_ONLY
            options["replace"] = inspect.Parameter("replace", kind, default=False, annotation=Replace)
        made = [option.replace(kind=inspect.Parameter.KEYWORD_ONLY) for option in options.values()]
        run.__signature__ = inspect.Signature(made)  # type: ignore[attr-defined]
        run.__annotations__ = {option.name: option.annotation for option in made}
        run.outputs = outputs  # type: ignore[attr-defined]
        return run

    return decorate


def _check(out: Path, option: str, files: Files, inputs: list[Path], replaced: bool) -> None:
    from svta.builder.layout.own_files import check_own_file

    beside = () if files == FOLDER else [out.with_name(out.stem + ending) for ending in files]
    for path in (out, *beside):
        if any(_is_same(path, place) or (files != FOLDER and _is_foreign_in(path, place)) for place in inputs):
            raise OutputError(f"{option}{out}: would replace {path}, which this command reads; give another name")
        if files != FOLDER and not replaced:
            check_own_file(path, f"{option}{out}")


def _inputs(values: dict[str, Any], options: dict[str, inspect.Parameter], outputs: dict[str, Files]) -> Iterator[Path]:
    """What of a command's other values is there as a file or folder; NAME=FILE, FILE@SPAN and A,B count by part."""
    for name, value in values.items():
        if name in outputs or name in _NOT_READ or not (name in _PLACES or "Path" in str(options[name].annotation)):
            continue
        for one in value if isinstance(value, list | tuple) else (value,):
            texts = [] if one is None else [str(one)]
            texts += [part for text in texts for part in (text.partition("=")[2], text.rpartition("@")[0])]
            yield from (Path(text) for text in texts if text and Path(text).exists())


def _is_foreign_in(path: Path, folder: Path) -> bool:
    """Whether a file that svta did not write is in a folder that is read."""
    from svta.builder.layout.own_files import is_own_file

    return folder.is_dir() and path.is_file() and folder.resolve() in path.resolve().parents and not is_own_file(path)


def _is_same(one: Path, other: Path) -> bool:
    return one.exists() and one.samefile(other)
