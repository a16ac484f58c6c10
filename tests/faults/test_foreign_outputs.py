"""What somebody put where a command writes stays, whatever the command: file or folder."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from writing_commands import WRITERS, World, Writer

pytestmark = pytest.mark.slow
OUTPUTS = re.compile(r"(?:--(?:out|page|clips-out|dataset-out)|(?<=pull) \S+) (\S+)")
FRESH = [writer for writer in WRITERS if writer.name not in ("append", "push")]  # those add to what is theirs


@pytest.mark.parametrize("writer", FRESH, ids=lambda writer: writer.name)
def test_no_command_writes_over_what_is_not_svta_s(world: World, writer: Writer, tmp_path: Path) -> None:
    places = [found[1] for found in OUTPUTS.finditer(writer.args)] or ["svta.yaml"]
    for number, place in enumerate(places):
        folder = world.lay_out(writer, tmp_path / str(number))
        is_file = "." in place or writer.name == "report"
        foreign = folder / place if is_file else folder / place / "tables.csv"
        foreign.parent.mkdir(parents=True, exist_ok=True)
        foreign.write_text("mine;and;mine")
        done = world.run(writer, folder)
        assert done.code == 2, done
        assert foreign.read_text() == "mine;and;mine"
        if not is_file:
            assert [path.name for path in foreign.parent.iterdir()] == ["tables.csv"]
