"""The main job as users run it: a real process, a small world, every claim of its last lines checked."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from doc_world import workbook

from svta.builder.errors import SvtaError
from svta.cli.commands.demo import draw_aside, draw_real_captions, make_dataset
from svta.cli.demo_folders import Demo

pytest.importorskip("torch")


def demo(folder: Path, *more: str) -> dict:
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "svta", "demo", "--out", "svta", "--clips", "48", "--json", *more]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=500, env=environment(folder))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def environment(folder: Path) -> dict[str, str]:
    import os

    root = str(Path(__file__).resolve().parents[2])
    return {**os.environ, "PYTHONPATH": root, "SVTA_SHARED": str(folder / "none"), "HF_HOME": str(folder / "hf")}


def bytes_of(dataset: Path) -> dict[str, str]:
    files = sorted(path for path in dataset.rglob("*") if path.is_file())
    return {str(path.relative_to(dataset)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.nightly
def test_the_whole_way_and_again_in_another_folder(tmp_path):
    told = demo(tmp_path / "a", "--workers", "1")
    assert sum(told["clips"].values()) == 48
    assert told["gallery"] == told["clips"]["test"]
    assert {"chance", "colour histogram", "same model, shuffled frames", "trained on one frame"} <= told[
        "controls"
    ].keys()
    assert (tmp_path / "a" / told["report"]).stat().st_size > 10_000
    assert told["ucfcrime_ar"] is None

    from datasets import load_dataset

    rows = list(load_dataset(str(tmp_path / "a" / "svta"), split="test", streaming=True))
    assert len(rows) == told["clips"]["test"]

    make_dataset(Demo(tmp_path / "b" / "deeper" / "svta", clips=48, seed=0, workers=4, quiet=True))
    assert bytes_of(tmp_path / "a" / "svta") == bytes_of(tmp_path / "b" / "deeper" / "svta")

    again = demo(tmp_path / "a")  # everything is there: nothing is made anew
    assert again["t2v"] == told["t2v"]

    other = [sys.executable, "-m", "svta", "demo", "--out", "svta", "--clips", "90"]
    done = subprocess.run(other, cwd=tmp_path / "a", capture_output=True, text=True, env=environment(tmp_path / "a"))
    assert done.returncode == 2
    assert "a demo of --clips 48 --seed 0; repeat those, or use another --out" in done.stderr


@pytest.mark.slow
def test_real_captions_drawn_aside_are_not_drawn_again(tmp_path, monkeypatch):
    table = tmp_path / "shared" / "data" / "captions" / "ucfcrime_ar" / "ucf_crime_test.xlsx"
    table.parent.mkdir(parents=True)
    workbook(table, "test")
    monkeypatch.setenv("SVTA_SHARED", str(tmp_path / "shared"))
    niced: list[int] = []
    monkeypatch.setattr("os.nice", niced.append)
    demo = Demo(tmp_path / "svta", clips=10, seed=0, workers=2, quiet=True)
    draw_aside(demo)
    parts = sorted((demo.work / "ucfcrime-ar" / "clips" / "parts").iterdir())
    times = [part.stat().st_mtime_ns for part in parts]
    assert niced == [10] and parts
    draw_real_captions(demo)
    assert [part.stat().st_mtime_ns for part in sorted(parts[0].parent.iterdir())] == times
    table.write_bytes(b"no workbook")
    draw_aside(demo)  # whoever waits for it says what is wrong
    with pytest.raises(SvtaError, match="ucf_crime_test"):
        draw_real_captions(demo)
    table.unlink()
    assert demo.real_captions is None and draw_real_captions(demo) is None
