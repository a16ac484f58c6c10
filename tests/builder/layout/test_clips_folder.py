"""Parts: finished or not there, whoever writes and whenever it is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from svta.builder.errors import DatasetError, SvtaError
from svta.builder.layout.clips_folder import (
    PartError,
    clean_stale,
    collect_rejected,
    finished_parts,
    is_finished,
    read_part,
    read_plan,
    write_part,
    write_plan,
)
from svta.builder.record import Clip

PLAN = {"kind": "test", "spec": "s1", "units": 3}


def clips(unit: int, count: int = 4) -> list[tuple[Clip, bytes]]:
    return [(Clip(key=f"u{unit}-{i}", caption=f"clip {i}"), bytes([unit, i]) * 100) for i in range(count)]


def test_parts_come_back_in_order_with_checksums(tmp_path: Path) -> None:
    write_plan(tmp_path, PLAN)
    for unit in (2, 0):
        write_part(tmp_path, unit, clips(unit), spec="s1", rejected=[{"key": f"r{unit}", "reason": "dull"}])
    parts = finished_parts(tmp_path)
    assert [part.unit for part in parts] == [0, 2]
    read = list(read_part(parts[1]))
    assert [(c.key, v) for c, v in read] == [(c.key, v) for c, v in clips(2)]
    assert all(clip.sha256 for clip, _ in read)
    assert [is_finished(tmp_path, unit, "s1") for unit in range(3)] == [True, False, True]
    assert collect_rejected(tmp_path, [{"key": "p", "reason": "planned"}]) == 3
    lines = [json.loads(line) for line in (tmp_path / "rejected.jsonl").read_text().splitlines()]
    assert [row["key"] for row in lines] == ["p", "r0", "r2"]


def test_same_clips_same_bytes(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        write_part(tmp_path / folder, 0, clips(0), spec="s1")
    names = [sorted(p.name for p in (tmp_path / f / "parts").iterdir()) for f in ("a", "b")]
    assert names[0] == names[1] == ["unit-000000.json", "unit-000000.tar"]
    for name in names[0]:
        assert (tmp_path / "a/parts" / name).read_bytes() == (tmp_path / "b/parts" / name).read_bytes()


def test_an_empty_unit_is_finished_too(tmp_path: Path) -> None:
    write_plan(tmp_path, PLAN)
    rejected: list[dict[str, str]] = []

    def none_kept() -> object:
        rejected.append({"key": "x", "reason": "all_bad"})  # known only once the clips were tried
        yield from ()

    write_part(tmp_path, 1, none_kept(), spec="s1", rejected=rejected)  # type: ignore[arg-type]
    (part,) = finished_parts(tmp_path)
    assert list(read_part(part)) == [] and part.rejected == ({"key": "x", "reason": "all_bad"},)


def test_another_spec_a_cut_tar_or_half_a_marker_count_as_unfinished(tmp_path: Path) -> None:
    write_plan(tmp_path, PLAN)
    part = write_part(tmp_path, 0, clips(0), spec="s1")
    assert not is_finished(tmp_path, 0, "s2")
    write_plan(tmp_path, {**PLAN, "spec": "s2"})
    assert finished_parts(tmp_path) == []
    write_plan(tmp_path, PLAN)
    os.truncate(part.path, part.bytes - 512)
    assert finished_parts(tmp_path) == []
    write_part(tmp_path, 0, clips(0), spec="s1")
    marker = part.path.with_suffix(".json")
    marker.write_text(marker.read_text()[:50])
    assert not is_finished(tmp_path, 0, "s1")


FIELDS = {"unit": 0, "spec": "s1", "num_clips": 1, "sha256": "a", "bytes": 9, "keys": ["k"], "rejected": []}


@pytest.mark.parametrize(
    "marker",
    [
        "[" * 100_000,
        "[]",
        "null",
        '{"unit": NaN}',
        *(json.dumps({**FIELDS, name: value}) for name, value in [
            ("unit", True), ("unit", "0"), ("spec", None), ("num_clips", 2), ("num_clips", 1.0), ("keys", "k"),
            ("keys", [1]), ("keys", {"k": 1}), ("rejected", ["a"]), ("rejected", {}), ("bytes", [9]), ("more", 1),
        ]),
        json.dumps({name: FIELDS[name] for name in list(FIELDS)[:-1]}),
    ],
    ids=lambda marker: marker[:60],
)  # fmt: skip
def test_a_marker_of_another_kind_is_no_finished_unit(tmp_path: Path, marker: str) -> None:
    write_plan(tmp_path, PLAN)
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts/unit-000000.tar").write_bytes(b"x" * 9)
    (tmp_path / "parts/unit-000000.json").write_text(json.dumps(FIELDS))
    assert is_finished(tmp_path, 0, "s1")
    (tmp_path / "parts/unit-000000.json").write_text(marker)
    assert not is_finished(tmp_path, 0, "s1")
    assert finished_parts(tmp_path) == []


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    here, away = tmp_path / "clips", tmp_path / "away"
    for folder in (here, away):
        write_plan(folder, PLAN)
    part = write_part(away, 0, clips(0), spec="s1")
    (here / "parts").mkdir()
    for path in (part.path, part.path.with_suffix(".json")):
        (here / "parts" / path.name).symlink_to(path)
    assert finished_parts(here) == []
    before = part.path.read_bytes()
    with pytest.raises(SvtaError, match="a symbolic link that leads out"):
        write_part(here, 0, clips(0, 1), spec="s1")
    (here / "parts" / part.path.name).unlink()
    (here / "parts/unit-000000.json").unlink()
    (here / "parts").rmdir()
    (here / "parts").symlink_to(away / "parts")
    for act in (lambda: finished_parts(here), lambda: write_part(here, 1, clips(1), spec="s1")):
        with pytest.raises(SvtaError, match="a symbolic link that leads out"):
            act()
    assert part.path.read_bytes() == before and not (away / "parts/unit-000001.tar").exists()


def test_a_tar_that_is_not_its_markers_is_named(tmp_path: Path) -> None:
    write_plan(tmp_path, PLAN)
    part = write_part(tmp_path, 0, clips(0), spec="s1")
    other = write_part(tmp_path / "other", 0, clips(1), spec="s1")
    part.path.write_bytes(other.path.read_bytes())
    with pytest.raises(PartError, match=r"unit-000000\.tar key u1-0"):
        list(read_part(part))


def test_plans_are_checked(tmp_path: Path) -> None:
    with pytest.raises(PartError, match=r"no plan\.json"):
        read_plan(tmp_path)
    with pytest.raises(PartError, match="kind, spec and units"):
        write_plan(tmp_path, {"kind": "x"})
    units = (-1, True, 1.5, "3", None, {})
    for text in ("{", "[" * 100_000, "[]", "7", *(json.dumps({**PLAN, "units": n}) for n in units)):
        (tmp_path / "plan.json").write_text(text)
        with pytest.raises(PartError, match=r"plan\.json"):
            read_plan(tmp_path)
    write_plan(tmp_path, PLAN)
    assert read_plan(tmp_path) == PLAN


def test_only_the_dead_leave_stale_files(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (tmp_path / "parts").mkdir()
    gone = tmp_path / f"parts/unit-000000.tar.{dead.pid}.part"
    mine = tmp_path / f"parts/unit-000001.tar.{os.getpid()}.part"
    for path in (gone, mine):
        path.touch()
    assert clean_stale(tmp_path, older_than=3600) == 0
    assert clean_stale(tmp_path) == 1
    assert not gone.exists() and mine.exists()


WRITER = """
import sys, time
from svta.builder.layout.clips_folder import is_finished, write_part
from svta.builder.record import Clip
folder, first = sys.argv[1], int(sys.argv[2])
def slow(unit):
    for i in range(4):
        time.sleep(.004)
        yield Clip(key=f"u{unit}-{i}", caption=f"clip {i}"), bytes([unit, i]) * 100
for unit in range(first, 12, 2):
    if not is_finished(folder, unit, "s1"):
        write_part(folder, unit, slow(unit), spec="s1")
"""


@pytest.mark.slow
def test_killed_writers_lose_their_unit_and_nothing_else(tmp_path: Path) -> None:
    write_plan(tmp_path, {**PLAN, "units": 12})

    def start(first: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), str(first)])

    for _ in range(3):
        running = [start(0), start(1)]
        time.sleep(0.9)
        for process in running:
            process.send_signal(signal.SIGKILL)
            process.wait()
        for part in finished_parts(tmp_path):
            assert [(c.key, v) for c, v in read_part(part)] == [(c.key, v) for c, v in clips(part.unit)]
    clean_stale(tmp_path)
    for process in [start(0), start(1)]:
        assert process.wait() == 0
    assert [part.unit for part in finished_parts(tmp_path)] == list(range(12))
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize("name", ["rejected.jsonl", "taxonomy.json"])
def test_a_file_that_no_clips_folder_wrote_is_not_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(DatasetError, match=f"contains {name}, which is not part of any folder of clips"):
        write_plan(tmp_path, PLAN)
    assert [path.name for path in tmp_path.iterdir()] == [name]
