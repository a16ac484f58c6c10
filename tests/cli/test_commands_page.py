"""docs/commands.md lists every option of every command, once, and options of 0.1.0 are still understood."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest
import typer

from svta.cli.app import app
from svta.cli.old_names import with_new_names

PAGE = Path(__file__).resolve().parents[2] / "docs" / "commands.md"
pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="needs the checkout, not an installed wheel")


def options_of(group, *path: str):
    """(option names, command) of every option of every command."""
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        if hasattr(command, "list_commands"):
            yield from options_of(command, *path, name)
            continue
        for parameter in command.params:
            names = [option for option in parameter.opts if option.startswith("--") and option != "--help"]
            if names and parameter.param_type_name == "option":
                yield ", ".join(names), " ".join((*path, name))


def test_the_table_is_that_of_the_commands() -> None:
    wanted = defaultdict(list)
    for names, command in options_of(typer.main.get_command(app)):
        wanted[names].append(command)
    rows = re.findall(r"^\| (`--[^|]+`) \| ([^|]+) \| ([^|]+) \|$", PAGE.read_text(), re.MULTILINE)
    listed = {names.replace("`", ""): commands.split(", ") for names, _, commands in rows}
    odd = {name for name in {*listed, *wanted} if listed.get(name) != wanted.get(name)}
    assert not odd, (
        f"docs/commands.md: mend the rows of {sorted(odd)}; they should name {[wanted[n] for n in sorted(odd)]}"
    )
    assert len(rows) == len(listed) and all(len(row[1]) > 4 for row in rows)
    names = [row[0].replace("`", "") for row in rows]
    assert names == sorted(names)
    first = [names.partition(",")[0] for names in listed]
    assert len(set(first)) == len(first)  # one row, and so one meaning, an option


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("import --videos v --caption-column Text", "import --videos v --columns caption=Text"),
        ("eval --data a.csv --video-column=File", "eval --data a.csv --columns=video=File"),
        ("import --videos v --category-column K --source x", "import --videos v --columns category=K --source-name x"),
        ("pack clips --workers 2 --out d", "pack clips --threads 2 --out d"),
        ("verify d --workers=2", "verify d --threads=2"),
        ("generate d.jsonl --workers 2", "generate d.jsonl --workers 2"),  # processes, under the name they had
        ("describe --source table=a.csv", "describe --source table=a.csv"),
        ("describe --caption-column", "describe --columns"),
    ],
)
def test_old_names_are_understood(old: str, new: str) -> None:
    assert with_new_names(old.split()) == new.split()
