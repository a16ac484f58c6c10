"""The command line: one typer app `svta`, one file a command, each imported only when it is called."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main(args: list[str] | None = None) -> None:
    """The console script `svta`; see app.py."""
    try:
        from .app import main as run
    except KeyboardInterrupt:  # Ctrl-C while Python still reads its modules
        sys.exit(130)
    run(args)
