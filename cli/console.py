"""How commands speak: results on stdout (text, or one JSON value with --json), progress and notes on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")


def emit(result: dict[str, Any], *, as_json: bool, text: str | None = None) -> None:
    """Print a command's result: JSON alone when asked, else the text (default: one `name: value` a line)."""
    if as_json:
        print(json.dumps(result, ensure_ascii=False, indent=2, allow_nan=False, default=str))
    else:
        print(text if text is not None else "\n".join(f"{k}: {v}" for k, v in result.items()))


def note(message: str) -> None:
    """A line for the person watching; never on stdout."""
    print(message, file=sys.stderr, flush=True)


def track(items: Iterable[T], *, total: int | None, label: str) -> Iterator[T]:
    """`items` with a progress bar on stderr if that is a terminal, else untouched."""
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track as rich_track

    yield from rich_track(items, total=total, description=label, console=Console(stderr=True), transient=True)


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A function (done, total) that moves a progress bar on stderr if that is a terminal, and else does nothing."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def quiet_hub() -> None:
    """Let huggingface_hub draw progress bars on a terminal alone, and keep its log to errors: results speak."""
    from huggingface_hub.utils import disable_progress_bars, logging

    logging.set_verbosity_error()
    if not sys.stderr.isatty():
        disable_progress_bars()
