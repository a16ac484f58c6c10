"""`svta eval --task moments` as a process: JSON on stdout, files in --out, wrong use in one line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from svta.builder.io.json_text import write_jsonl


def svta(*args: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "svta", *map(str, args)], capture_output=True, text=True, timeout=120)


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    line = {"qid": 1, "query": "he falls", "vid": "a", "duration": 60, "relevant_windows": [[10, 20]]}
    write_jsonl(tmp_path / "truth.jsonl", [line])
    write_jsonl(tmp_path / "mine.jsonl", [{"qid": 1, "pred_relevant_windows": [[10, 20, 0.9]]}])
    return tmp_path / "truth.jsonl"


def test_figures_as_json_and_as_files(truth: Path) -> None:
    mine, out = truth.with_name("mine.jsonl"), truth.with_name("out")
    done = svta("eval", "--task", "moments", "--data", truth, "--predictions", mine, "--out", out, "--json")
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    assert printed == json.loads((out / "metrics.json").read_text())
    assert printed["figures"]["mAP"] == 100.0
    assert printed["official"]["full"]["MR-R1"]["0.95"] == 100.0


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--task", "moment"], "retrieval or moments"),
        (["--task", "moments", "--model", "x"], "--model"),
        (["--task", "moments", "--zero-shot", "--columns", "a=b"], "--columns, --zero-shot"),
        (["--probes", "x", "--controls", "--data", "y"], "--data, --controls"),
        (["--task", "moments", "--protocol", "coco"], "qvhighlights"),
        (["--task", "moments", "--predictions", "missing.jsonl"], "missing.jsonl"),
        (["--protocol", "tvr"], "--task moments"),
    ],
)
def test_wrong_use_is_one_line(truth: Path, more: list[str], says: str) -> None:
    done = svta("eval", "--data", truth, *more)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1 and says in done.stderr
