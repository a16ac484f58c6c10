"""CONTRIBUTING.md does what it says: its files are written into a copy of the checkout, its commands are run."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "CONTRIBUTING.md"
ROOMS = ("builder", "generation", "eval", "cli")
BLOCK = re.compile(r"(?:^`(?P<path>[\w/]+\.py)`\n\n)?^```(?P<kind>python|diff|bash)\n(?P<body>.*?)^```$", re.M | re.S)
pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="needs the checkout, not an installed wheel")


def apply(diff: str, checkout: Path) -> None:
    """`FILE`, then lines with a leading blank, + or -: the old lines are replaced by the new ones."""
    name, *lines = diff.splitlines()
    old = "\n".join(line[1:] for line in lines if line[0] != "+")
    new = "\n".join(line[1:] for line in lines if line[0] != "-")
    text = (checkout / name).read_text()
    assert text.count(old) == 1, f"{name} holds {old!r} {text.count(old)} times"
    (checkout / name).write_text(text.replace(old, new))


@pytest.mark.slow
def test_every_example_of_the_page_works(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    checkout, work = tmp_path / "checkout", tmp_path / "work"
    work.mkdir()
    for room in ROOMS:
        shutil.copytree(ROOT / room, checkout / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "svta.py", checkout)
    shutil.copy(ROOT / "setup.cfg", checkout)
    (tmp_path / "bin").mkdir()
    for name, arguments in (("svta", "-m svta"), ("python", "")):
        script = tmp_path / "bin" / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n')
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PYTHONPATH": f"{checkout}{os.pathsep}{work}", "PATH": path, "OMP_NUM_THREADS": "1"}
    kinds = []
    for block in BLOCK.finditer(PAGE.read_text()):
        kinds.append(block["kind"])
        if block["kind"] == "python":
            inside = block["path"].split("/")[0] in ROOMS
            ((checkout if inside else work) / block["path"]).write_text(block["body"])
        elif block["kind"] == "diff":
            apply(block["body"].rstrip("\n"), checkout)
        else:
            done = subprocess.run(["sh", "-ec", block["body"]], cwd=work, env=env, capture_output=True, text=True)
            assert done.returncode == 0, f"{block['body']}\n{done.stdout}\n{done.stderr}"
    assert (kinds.count("python"), kinds.count("diff"), kinds.count("bash")) == (5, 3, 5)
    assert (work / "descriptions.jsonl").read_text().count("\n") == 2
    assert '"reason":"no_caption"' in (work / "descriptions.rejected.jsonl").read_text().replace(" ", "")
    assert "falls from a ladder" in done.stdout
