"""The house rules that a reader relies on: floors, package list, light import, file sizes, room names."""

from __future__ import annotations

import ast
import configparser
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(not (ROOT / "svta.py").exists(), reason="needs the checkout, not an installed wheel")

# room -> the rooms of svta it may import; the roof may import all
FLOORS = {
    "svta.py": {"builder", "cli"},  # cli only behind `if __name__ == "__main__"`
    "builder": {"builder"},
    "generation": {"builder", "generation"},
    "eval": {"builder", "eval"},
    "cli": {"builder", "generation", "eval", "cli"},
}


def modules():
    yield ROOT / "svta.py"
    for room in ("builder", "generation", "eval", "cli"):
        yield from sorted((ROOT / room).rglob("*.py"))


def imported_rooms(path: Path) -> set[str]:
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            assert parts[0] not in ("builder", "generation", "eval", "cli"), f"{path}: bare folder name {name}"
            if parts[0] == "svta" and len(parts) > 1 and parts[1] in FLOORS:
                rooms.add(parts[1])
    return rooms


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_never_run_upwards(path):
    room = path.relative_to(ROOT).parts[0]
    assert imported_rooms(path) <= FLOORS[room]


def test_every_folder_is_a_package():
    for room in ("builder", "generation", "eval", "cli"):
        for folder in (ROOT / room).rglob("*"):
            if folder.is_dir() and any(folder.glob("*.py")):
                assert (folder / "__init__.py").exists(), folder


def test_version_is_told_once():
    import svta

    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    assert svta.__version__ == config["metadata"]["version"]


def test_files_are_small_and_rooms_have_names():
    for path in modules():
        assert path.stem not in {"util", "utils", "helper", "helpers", "misc", "common"}, path
        assert len(path.read_text().splitlines()) <= 400, f"{path}: split by idea"
        assert path.name == "__init__.py" or ast.get_docstring(ast.parse(path.read_text())), f"{path}: no opening words"


def test_the_way_through_the_house_is_listed():
    from svta.cli.app import COMMANDS

    assert next(iter(COMMANDS)) == "demo"
    for module in COMMANDS.values():
        assert (ROOT / "cli" / "commands" / f"{module}.py").exists(), module
    tracked = {path.stem for path in (ROOT / "cli" / "commands").glob("*.py")}
    assert tracked == set(COMMANDS.values()) | {"__init__"}
    assert sys.version_info >= (3, 11)


def test_bare_checkout_runs_as_a_module():
    done = subprocess.run([sys.executable, "-m", "svta", "--version"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
