"""`svta app` as a user calls it: without gradio, and with the wrong options, one line and exit 2."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stderr

import pytest

from svta.cli.app import main


def refused(*arguments: str) -> str:
    err = io.StringIO()
    with redirect_stderr(err), pytest.raises(SystemExit) as end:
        main(["app", *arguments])
    assert end.value.code == 2
    [line] = err.getvalue().strip().splitlines()
    return line


def test_without_gradio_the_pip_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gradio", None)  # as where it is not installed
    assert "pip install 'svta[app]'" in refused("--index", "idx")


@pytest.mark.parametrize(
    "options", [(), ("--data", "x"), ("--index", "a", "--data", "b", "--model", "m"), ("--port", "0")]
)
def test_wrong_options(options: tuple[str, ...]) -> None:
    refused(*options, "--export", "nowhere")
