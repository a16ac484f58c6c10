"""kill -9 at random moments of indexing and updating, five writers at once, a full disk: the same bytes or one line."""

from __future__ import annotations

import os
import random
import resource
import signal
import sys
import time
from pathlib import Path

import pytest
from colour_encoder import colour_model, write_colours

from svta.cli.app import main
from svta.eval.search.indexing import embedding, update
from svta.eval.search.store.content import read_index

KILLS = int(os.environ.get("SVTA_TEST_KILLS", "50"))
COLOURS = ("red", "green", "blue", "yellow", "white", "black")


def start(folder: Path, out: str, *, room: int | None = None) -> int:
    """A writer as a process of its own; room: bytes that each of its files may have. Returns its id.

    A fork, since Python's and torch's start would take longer than the run; small parts and groups, so that kills come
    between and inside them.
    """
    if (process := os.fork()) != 0:
        return process
    code = 3
    try:
        embedding.PART_UNITS, embedding.BATCH, update.GROUP_FILES = 8, 4, 3
        if room is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
        with open(folder / f"{out}.{os.getpid()}.log", "w") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
            sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115
        os.chdir(folder)
        try:
            main(["index", "f", "--model", "model", "--out", out])
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 4
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def ended(process: int) -> int:
    """The exit status of a writer."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def said(folder: Path, out: str, process: int) -> str:
    return (folder / f"{out}.{process}.log").read_text()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def footage(folder: Path, count: int = 10) -> None:
    for number in range(count):
        parts = [("grey", 20), (COLOURS[number % 6], 5 + number), ("grey", 20)]
        write_colours(folder / f"f/{number:02d}.mp4", parts)
    colour_model(folder / "model")


def change(folder: Path) -> None:
    write_colours(folder / "f/03.mp4", [("white", 12), ("black", 30)])
    (folder / "f/04.mp4").rename(folder / "f/moved.mp4")
    (folder / "f/05.mp4").unlink()
    write_colours(folder / "f/new.mp4", [("yellow", 25), ("red", 9)])


def run_and_kill(folder: Path, out: str, kills: int, chance: random.Random, longest: float) -> int:
    """Run to the end, killing on the way; what readers see meanwhile is whole. Returns how many kills hit a run."""
    hits = 0
    for _ in range(kills):
        process = start(folder, out)
        time.sleep(chance.uniform(0.02 * longest, 0.6 * longest))
        os.kill(process, signal.SIGKILL)
        hits += ended(process) == -signal.SIGKILL
        if (folder / out / "manifest.json").exists():
            stored = read_index(folder / out)
            assert len({video.sha256 for video in stored.videos}) == len(stored.videos)
    process = start(folder, out)
    assert ended(process) == 0, said(folder, out, process)
    return hits


@pytest.mark.nightly
def test_killed_fifty_times_the_index_is_the_same(tmp_path):
    footage(tmp_path)
    began = time.time()
    assert ended(start(tmp_path, "want")) == 0
    longest = time.time() - began
    chance = random.Random(0)
    hits = run_and_kill(tmp_path, "got", KILLS // 2, chance, longest)
    assert contents(tmp_path / "got") == contents(tmp_path / "want")
    change(tmp_path)
    assert ended(start(tmp_path, "want")) == 0
    hits += run_and_kill(tmp_path, "got", KILLS // 2, chance, longest)
    assert contents(tmp_path / "got") == contents(tmp_path / "want")
    print(f"{hits} of {KILLS} kills hit a running writer")
    assert hits >= KILLS // 5


@pytest.mark.nightly
def test_of_five_writers_one_works_and_the_others_say_so(tmp_path):
    footage(tmp_path, 4)
    assert ended(start(tmp_path, "want")) == 0
    writers = [start(tmp_path, "got") for _ in range(5)]
    ends = [(ended(writer), said(tmp_path, "got", writer)) for writer in writers]
    assert 0 in [code for code, _ in ends]
    assert all(code == 0 or (code == 2 and "another process" in text) for code, text in ends), ends
    assert contents(tmp_path / "got") == contents(tmp_path / "want")


@pytest.mark.nightly
def test_a_full_disk_is_one_line_and_the_same_command_goes_on(tmp_path):
    footage(tmp_path, 4)
    assert ended(start(tmp_path, "want")) == 0
    process = start(tmp_path, "got", room=1_500)
    code, text = ended(process), said(tmp_path, "got", process)
    assert code == 2 and "make room" in text and "Traceback" not in text, text
    assert ended(start(tmp_path, "got")) == 0
    assert contents(tmp_path / "got") == contents(tmp_path / "want")
