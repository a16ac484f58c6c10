"""The roof: one typer app `svta`, one file a command, each imported only when it is called."""

from .app import main

__all__ = ["main"]
