"""A user's script under type checkers: a ClipDataset is a torch Dataset, and a misspelt option is an error.

mypy comes with the test packages; pyright is run where it is installed.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
from torch.utils.data import DataLoader, Dataset

import svta

data = svta.open_dataset("DIR", "train", num_frames=8, size=112, sampling="random-segment", resize="squash")
loader = DataLoader(data, batch_size=4, shuffle=True, num_workers=2, collate_fn=svta.collate)
for batch in loader:
    print(batch["caption"])
item = data[0]
frames = item["pixel_values"].shape
captions: list[str] = data["caption"]
again: list[str] = data[2:5].captions
few: int = len(data.select([3, 1])[[0]])
typed: "Dataset[str]" = svta.open_dataset("DIR", transform=lambda sample: sample["caption"].upper())
upper: str = svta.open_dataset("DIR", transform=lambda sample: sample["caption"].upper())[0]
for batch in data.batches(4, seed=1):
    print(batch["pixel_values"])
key: str = data.clip(0).key
transform = svta.frames(4, 64, sampling="uniform")
"""
WRONG = """
import svta

svta.open_dataset("DIR", sampling="unifrom")
svta.open_dataset("DIR", resize="cropp")
svta.open_dataset("DIR")[0]["pixel_value"]
svta.open_datset("DIR")
number: int = svta.open_dataset("DIR").captions[0]
svta.frames(sampling="all_of_them")
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The package as it is installed: svta/__init__.py with the folders beside it."""
    package = tmp_path / "lib" / "svta"
    package.mkdir(parents=True)
    for name, target in {"__init__.py": "svta.py", "py.typed": "py.typed"}.items():
        (package / name).symlink_to(ROOT / target)
    for folder in ("builder", "generation", "eval", "cli"):
        (package / folder).symlink_to(ROOT / folder)
    return package.parent


def checked(command: list[str], script: str, package: Path) -> tuple[list[int], str]:
    """(lines with an error, the whole output) of a checker over a script."""
    path = package.parent / "script.py"
    path.write_text(script.lstrip("\n"))
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"MYPYPATH": str(package)}
    done = subprocess.run([*command, str(path)], cwd=path.parent, env=environment, capture_output=True, text=True)
    lines = re.findall(r"script\.py:(\d+).*error", done.stdout)
    return sorted({int(line) for line in lines}), done.stdout + done.stderr


@pytest.mark.slow  # a checker reads torch and numpy once: a minute
@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_a_users_script_is_checked(package: Path, checker: str) -> None:
    if importlib.util.find_spec(checker) is None:
        pytest.skip(f"{checker} is not installed")
    options = {"mypy": ["--no-error-summary", f"--cache-dir={package.parent / 'cache'}"], "pyright": []}
    if checker == "pyright":
        (package.parent / "pyrightconfig.json").write_text('{"extraPaths": ["lib"], "pythonVersion": "3.11"}')
        options["pyright"] = ["--pythonpath", sys.executable, "-p", str(package.parent)]
    command = [sys.executable, "-m", checker, *options[checker]]
    wrong, output = checked(command, SCRIPT, package)
    assert not wrong and "ClipDataset" not in output, output
    wrong, output = checked(command, WRONG, package)
    assert wrong == [3, 4, 5, 6, 7, 8], output
