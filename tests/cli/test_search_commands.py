"""`svta index` and `svta search` as a user calls them."""

from __future__ import annotations

import io
import json
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import pytest
from colour_encoder import colour_model, write_colours

from svta.cli.app import main

SUPPORT = Path(__file__).resolve().parents[1] / "support"
PLUGIN = str(SUPPORT / "colour_encoder.py")


class Done(NamedTuple):
    returncode: object
    stdout: str
    stderr: str


def svta(*arguments: object, cwd: Path) -> Done:
    """The command in this process: Python's and torch's start would take longer than all that is tested."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), chdir(cwd), pytest.raises(SystemExit) as end:
        main([str(argument) for argument in arguments])
    return Done(end.value.code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("search")
    write_colours(folder / "f/a.mp4", [("grey", 10), ("red", 4), ("grey", 10)])
    write_colours(folder / "calm/b.mp4", [("grey", 20)])
    colour_model(folder / "model")
    done = svta("index", "f", "--normal", "calm", "--model", "model", "--plugin", PLUGIN, "--out", "i", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "2 files in the index: 2 added" in done.stdout
    return folder


def test_json_and_files(world):
    call = ["search", "red", "--index", "i", "--plugin", PLUGIN, "--top", 2, "--alarms-per-hour", 1, "--json"]
    done = svta(*call, "--clips-out", "clips", "--page", "p.html", "--log", "log.jsonl", cwd=world)
    assert done.returncode == 0, done.stderr
    values = json.loads(done.stdout)
    first = values["moments"][0]
    assert first["file"].endswith("f/a.mp4") and abs(first["start"] - 10) <= 1 and abs(first["end"] - 14) <= 1
    assert first["alarms_per_hour"] == 0 and values["normal_hours"] == pytest.approx(20 / 3600)
    assert (world / "clips" / first["clip"]).read_bytes()[4:8] == b"ftyp"
    assert (world / "p.html").exists() and json.loads((world / "log.jsonl").read_text())["query"] == "red"


def test_without_words(world):
    done = svta("search", "--odd-ones", "--index", "i", "--top", 1, cwd=world)
    assert done.returncode == 0 and "f/a.mp4" in done.stdout
    done = svta("search", "--like", "f/a.mp4@11-13", "--index", "i", "--plugin", PLUGIN, "--top", 1, cwd=world)
    assert done.returncode == 0 and "0:00:10" in done.stdout


def test_where_and_when_to_search(world):
    def moments(*options):
        done = svta("search", "red", "--index", "i", "--plugin", PLUGIN, "--with-normal", "--json", *options, cwd=world)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["moments"]

    assert {Path(moment["file"]).parent.name for moment in moments("--in", "calm")} == {"calm"}
    (world / "starts.csv").write_text("file,start\na.mp4,2026-11-28T14:30:00\n")
    first = moments("--in", "f", "--start-times", "starts.csv")[0]
    assert first["time"].startswith("2026-11-28T14:30:1"), "ten seconds after the recording began"
    assert moments("--in", "f")[0]["time"] is None, "times are asked for"


def test_odd_ones_may_be_normal(world):
    write_colours(world / "usual/c.mp4", [("grey", 10), ("red", 4), ("grey", 10)])
    options = ("--model", "model", "--plugin", PLUGIN)
    assert svta("index", "--normal", "usual", "--normal", "calm", *options, "--out", "n", cwd=world).returncode == 0
    done = svta("search", "--odd-ones", "--index", "n", cwd=world)
    assert done.returncode == 0 and "usual/c.mp4" in done.stdout
    assert svta("index", "calm", *options, "--keyframes", "--out", "k", cwd=world).returncode == 0
    assert json.loads((world / "k/manifest.json").read_text())["sampling"]["key_frames"] is True


def test_wrong_use_is_one_line(world):
    for call in (
        ["search", "red", "--index", "nowhere"],
        ["search", "--index", "i"],
        ["search", "red", "--odd-ones", "--index", "i"],
        ["search", "red", "--index", "i", "--plugin", PLUGIN, "--since", "yesterday"],
        ["search", "--like", "none.mp4", "--index", "i", "--plugin", PLUGIN],
        ["index", "nowhere", "--model", "model", "--out", "x"],
        ["index", "f", "--model", "nowhere", "--out", "x"],
        ["index", "--out", "x"],
    ):
        done = svta(*call, cwd=world)
        assert done.returncode == 2, (call, done.stderr)
        assert len(done.stderr.strip().splitlines()) == 1, (call, done.stderr)
    assert not (world / "x").exists()


def test_nothing_that_can_be_read_is_exit_1(world):
    (world / "bad").mkdir(exist_ok=True)
    (world / "bad/a.mp4").write_bytes(b"no video")
    done = svta("index", "bad", "--model", "model", "--plugin", PLUGIN, "--out", "y", cwd=world)
    assert done.returncode == 1 and "not read:" in done.stdout and "a.mp4" in done.stdout
