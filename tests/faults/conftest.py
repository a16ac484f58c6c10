"""The inputs and servers of all commands that write, once for a test file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from writing_commands import World, writing_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    pytest.importorskip("torch")
    pytest.importorskip("openai")
    with writing_world(tmp_path_factory.mktemp("faults") / "home") as made:
        yield made
