"""Every error a user can meet. One clear line; the CLI prints it without a traceback and exits 2."""

from __future__ import annotations

import os
import re
from typing import Final


class SvtaError(Exception):
    """Base of all errors svta raises on purpose: wrong input, wrong use, damaged data."""


class ClipError(SvtaError):
    """A record that is not a valid Clip; names the field."""


class NotUtf8(ClipError):
    """Text in another encoding than UTF-8, or half a surrogate pair."""


class TaxonomyError(SvtaError):
    """A category outside the taxonomy, or an inconsistent taxonomy file."""


class DatasetError(SvtaError):
    """A folder or repo that is not an svta dataset, or one whose index and content disagree."""


class NothingUsable(DatasetError):
    """There were rows or clips, but none of them can be used: the CLI exits 1, as for a failed check."""


class MissingExtra(SvtaError):
    """An optional dependency is not installed; the message names the pip command."""

    def __init__(self, module: str, extra: str):
        super().__init__(f"{module} is not installed: pip install 'svta[{extra}]'")


class UnsafePath(ClipError, DatasetError):
    """A path in somebody else's data that is not a plain path below its folder; a fault of a record and of a folder."""


def first_line(error: BaseException | str, limit: int = 200) -> str:
    """The first line of an exception's message without secrets; its type's name where the message is empty.

    first_line(ValueError("no such model\\nTraceback ..."))      # "no such model"
    """
    lines = str(error).strip().splitlines()
    if not lines:
        return "" if isinstance(error, str) else type(error).__name__
    return redact(lines[0].rstrip())[:limit]


SECRET_VARIABLES: Final = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "OPENAI_API_KEY", "SVTA_ENDPOINT_KEY", "WANDB_API_KEY")
_HIDDEN: Final = "***"
_SECRETS: Final = (
    (re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*://)[^/\s]*@"), rf"\1{_HIDDEN}@"),  # user:password@ of a URL
    (
        re.compile(r"""(authorization["']?\s*[:=]\s*["']?)(?:(?:bearer|basic|token)\s+)?[^\s"',;}]+""", re.I),
        rf"\1{_HIDDEN}",
    ),
    (re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{6,}", re.I), rf"\1 {_HIDDEN}"),
    (
        re.compile(r"([?&][\w.-]*(?:key|token|secret|password|signature|credential)[\w.-]*=)[^&\s\"'<>]+", re.I),
        rf"\1{_HIDDEN}",
    ),
    (re.compile(r"\b(hf_|sk-)[A-Za-z0-9_-]{6,}"), rf"\1{_HIDDEN}"),
)
_SHORTEST_SECRET: Final = 6  # a shorter value of a variable ("none", "EMPTY") is a placeholder


def redact(text: str) -> str:
    """`text` without tokens, keys, Authorization headers and passwords of URLs: servers repeat what they are sent.

    redact("refused: Bearer hf_abcdefgh")      # "refused: Bearer ***"
    """
    for name in SECRET_VARIABLES:
        value = os.environ.get(name, "").strip()
        if len(value) >= _SHORTEST_SECRET:
            text = text.replace(value, _HIDDEN)
    for pattern, shown in _SECRETS:
        text = pattern.sub(shown, text)
    return text


_PLURAL_VERBS: Final = {"is": "are", "was": "were", "has": "have", "holds": "hold"}


def quantity(number: int, noun: str, verb: str = "") -> str:
    """A number and its noun for a message, and its verb: "1 clip", "2,000 clips", "1 clip is", "2,000 clips are"."""
    if number == 1:
        return f"1 {noun} {verb}".rstrip()
    return f"{number:,} {noun}s {_PLURAL_VERBS.get(verb, verb)}".rstrip()


def escaped(text: str) -> str:
    """A name from somebody else's archive as an error can show it: plain ASCII, nothing that steers a terminal."""
    return text if text.isascii() and text.isprintable() else ascii(text)[1:-1]
