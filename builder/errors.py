"""Every error a user can meet. One clear line; the CLI prints it without a traceback and exits 2."""

from __future__ import annotations


class SvtaError(Exception):
    """Base of all errors svta raises on purpose: wrong input, wrong use, damaged data."""


class ClipError(SvtaError):
    """A record that is no valid Clip; names the field."""


class TaxonomyError(SvtaError):
    """A category outside the taxonomy, or a taxonomy file that does not hold together."""


class DatasetError(SvtaError):
    """A folder or repo that is no svta dataset, or one whose index and content disagree."""


class MissingExtra(SvtaError):
    """An optional dependency is not installed; the message names the pip command."""

    def __init__(self, module: str, extra: str):
        super().__init__(f"{module} is not installed: pip install 'svta[{extra}]'")


def escaped(text: str) -> str:
    """A name from somebody else's archive as an error can show it: plain ASCII, nothing that steers a terminal."""
    return text if text.isascii() and text.isprintable() else ascii(text)[1:-1]
