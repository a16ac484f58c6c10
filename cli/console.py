"""How commands speak: results on stdout (text, or one JSON value with --json), progress and notes on stderr."""

from __future__ import annotations

import json
import math
import re
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from svta.builder.errors import redact

if TYPE_CHECKING:
    from svta.generation.chat.messages import ChatRequest, Usage


T = TypeVar("T")
Prices = tuple[float, float]
_STEERING: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def emit(result: Mapping[str, object], *, as_json: bool, text: str | None = None) -> None:
    """Print a command's result: JSON alone when asked, else the text (default: one `name: value` a line)."""
    if as_json:
        ascii_only = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
        print(json.dumps(result, ensure_ascii=ascii_only, indent=2, allow_nan=False, default=str))
    else:
        print(harmless(text if text is not None else "\n".join(f"{k}: {plain(v)}" for k, v in result.items())))


def plain(value: object) -> str:
    """A value of a result for a reader: counts as `train 6, test 1`."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {plain(count)}" for name, count in value.items()) or "none"
    return str(value)


def note(message: str) -> None:
    """A line for the person watching, without secrets; never on stdout."""
    print(redact(harmless(message)), file=sys.stderr, flush=True)


def harmless(text: str) -> str:
    """The text without what steers a terminal: captions and names come from anywhere, and a terminal obeys them.

    >>> harmless("a man\\x1b[2J falls")
    'a man\\\\x1b[2J falls'
    """
    return _STEERING.sub(lambda found: ascii(found[0])[1:-1], text)


def pack_command(clips: str | Path) -> str:
    """What packs these clips: under the project's name, and beside the clips that are there already."""
    from svta.builder.layout.detect import detect_kind
    from svta.builder.project.find import find_project

    project = find_project(clips).project
    out = project.name if project.is_given else "svta-dataset"
    return command_line("pack", clips, out=out, append=detect_kind(Path(out)) == "dataset")


def command_line(verb: str, *arguments: object, **options: object) -> str:
    """A command to copy and paste, quoted for the shell: None and False leave an option out, lists repeat it.

    >>> command_line("pack", "my clips", out="set", taxonomy=None, partial=True, set=["steps=3"])
    "svta pack 'my clips' --out set --partial --set steps=3"
    """
    words = ["svta", verb, *(str(argument) for argument in arguments)]
    for name, value in options.items():
        flag = "--" + name.replace("_", "-")
        for one in value if isinstance(value, list | tuple) else (value,):
            if one is True:
                words.append(flag)
            elif one is not None and one is not False:
                words += [flag, str(one)]
    return shlex.join(words)


def columns_told(columns: Mapping[str, str], num_read: int, name: str = "") -> list[str]:
    """How many captions were read, and which columns of the annotations as what."""
    from svta.builder.sources.columns import columns_shown

    shown = columns_shown({field: column for field, column in columns.items() if field != "left_out"})
    left_out = columns_shown({field: column for field, column in columns.items() if field == "left_out"})
    lines = [f"{num_read:>9,}  read{f' from {name}' if name else ''}" + (f": {shown}" if shown else "")]
    return lines + [f"           {left_out}"] * bool(left_out)


def own_taxonomy_hint(rows: int | None, taxonomy: object) -> list[str]:
    """The next step, where rows name categories that the built-in taxonomy lacks and no other one was given."""
    if not rows or taxonomy is not None:
        return []
    return [f"{rows:,} name a category that is not among svta's 98: give your own with --taxonomy FILE"]


def tell_loss(kept: int, lost: int, where: object, what: str = "rows") -> None:
    """The last line of a command that kept less than half of its rows, or of what else it reads."""
    if lost > kept > 0:
        note(f"{lost:,} of {kept + lost:,} {what} were lost, more than half: {where} says why")


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


def quiet_torchao() -> None:
    """transformers imports torchao where it is installed, which then prints warnings about kernels."""
    import logging

    for name in ("torchao", "torch.utils._pytree"):
        logging.getLogger(name).setLevel(logging.ERROR)


def parse_prices(text: str | None) -> Prices | None:
    """(prompt, completion) per million tokens, None if none were given. Raises ChatError."""
    from svta.generation.chat.messages import ChatError

    if text is None:
        return None
    try:
        prompt, completion = (float(part) for part in text.split(","))
    except ValueError:
        prompt = completion = math.nan
    if not (0 <= prompt < math.inf and 0 <= completion < math.inf):
        raise ChatError(f"--prices {text[:40]}: two numbers as 0.3,1.2 are needed")
    return prompt, completion


def used(usage: Usage, prices: Prices | None) -> tuple[dict[str, object], list[str]]:
    """A run's usage with its price, as data and as lines for a reader. Answers from the cache are free."""
    lines = [f"{usage.asked:>9,}  questions asked, {usage.cached:,} answered from the cache"]
    tokens = f"           {usage.prompt_tokens:,} + {usage.completion_tokens:,} tokens"
    if prices is None:
        return asdict(usage), [*lines, tokens]
    price = usage.price(*prices)
    return asdict(usage) | {"price": round(price, 6)}, [*lines, f"{tokens}, {price:,.4f} paid"]


def show_questions(requests: Sequence[ChatRequest], usage: Usage, prices: Prices | None, as_json: bool) -> None:
    """A dry run: the first question (as JSON all of them), how many there are, and what they would cost."""
    price = usage.price(*(prices or (0.0, 0.0)))
    result = {
        "questions": usage.asked,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "price": round(price, 4) if prices else None,
        "prompts": [dict(request.messages) for request in requests],
    }
    if not requests:
        emit(result, as_json=as_json, text="no question to ask")
        return
    first = "\n\n".join(f"[{role}]\n{content}" for role, content in requests[0].messages)
    text = (
        f"{first}\n\n{usage.asked:,} questions like this, about {usage.prompt_tokens:,} + {usage.completion_tokens:,} "
        f"tokens, " + (f"price about {price:,.4f}" if prices else "price with --prices") + "; none was asked"
    )
    emit(result, as_json=as_json, text=text)
