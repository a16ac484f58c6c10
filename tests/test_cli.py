"""The roof: exit codes, one clear line, --debug, --version. Real processes."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.smoke


def svta(*args, cwd=None):
    return subprocess.run([sys.executable, "-m", "svta", *args], cwd=cwd, capture_output=True, text=True, timeout=120)


def test_help_lists_every_command(tmp_path):
    from svta.cli.app import COMMANDS

    done = svta("--help", cwd=tmp_path)
    assert done.returncode == 0
    for name in COMMANDS:
        assert name in done.stdout


@pytest.mark.parametrize(
    "args",
    [
        ("nonsense",),
        ("pack", "--nonsense"),
        ("pack", "missing-folder", "--out", "d"),
        ("verify", "missing-folder"),
        ("generate", "missing.jsonl", "--out", "c"),
        ("describe", "--source", "uca=missing.json", "--out", "d.jsonl"),
        ("describe", "--source", "nonsense=missing.json", "--out", "d.jsonl"),
        ("import", "--videos", "missing", "--annotations", "missing.jsonl", "--out", "c"),
        ("eval", "--data", "missing", "--model", "missing", "--out", "r"),
        ("train", "--data", "missing", "--baseline", "tiny", "--out", "c"),
        ("report", "missing"),
    ],
    ids=" ".join,
)
def test_wrong_use_is_one_clear_line_and_exit_2(args, tmp_path):
    done = svta(*args, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("svta")
    assert "Traceback" not in done.stderr


def test_a_folder_that_is_no_dataset(tmp_path):
    (tmp_path / "empty").mkdir()
    for args in (("verify", "empty"), ("pack", "empty", "--out", "d"), ("eval", "--data", "empty", "--model", "m")):
        done = svta(*args, cwd=tmp_path)
        assert done.returncode == 2, (args, done.stderr)
        assert len(done.stderr.strip().splitlines()) == 1


def test_empty_caption_file(tmp_path):
    (tmp_path / "empty.jsonl").write_text("")
    done = svta("generate", "empty.jsonl", "--out", "c", cwd=tmp_path)
    assert done.returncode == 2
    assert "empty.jsonl" in done.stderr


def test_debug_shows_the_traceback(tmp_path):
    done = svta("verify", "missing-folder", "--debug", cwd=tmp_path)
    assert done.returncode != 0
    assert "Traceback" in done.stderr
