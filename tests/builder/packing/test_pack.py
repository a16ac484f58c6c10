"""Packing: layout, reproducibility, kill -9, append, rejects, loading without our code."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from finished import clip, clips_folder, contents

from svta.builder.errors import DatasetError, SvtaError
from svta.builder.layout.clips_folder import PartError, write_part, write_plan
from svta.builder.layout.manifest import parse_sums
from svta.builder.packing.config import PackConfig
from svta.builder.packing.pack import pack
from svta.builder.packing.part_reader import PackEntry
from svta.builder.packing.shard_plan import plan_shards
from svta.builder.shards.index import read_index
from svta.builder.shards.reader import read_shard
from svta.builder.splits import SPLITS
from svta.builder.taxonomy import Taxonomy, load_taxonomy
from svta.builder.verify.folder import verify
from svta.builder.video.encoder import encode
from svta.cli import main

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clips_folder(tmp_path_factory.mktemp("made") / "clips", 120)


@pytest.fixture(scope="module")
def dataset(clips: Path) -> Path:
    pack(clips, clips.parent / "dataset")
    return clips.parent / "dataset"


def run(*args: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main([str(arg) for arg in args])
    return int(stop.value.code or 0)


def test_layout(dataset: Path) -> None:
    files = contents(dataset)
    tars = {name for name in files if name.endswith(".tar")}
    assert tars == {f"data/{s}/svta-{s}-{n:05d}.tar" for s in SPLITS for n in range(8)}
    others = {"README.md", "clips.parquet", "taxonomy.json", "SHA256SUMS", "build.json", "rejected.jsonl"}
    others |= {"croissant.json", "eval.yaml", "plots/captions.svg", "plots/categories.svg"}
    assert set(files) == tars | others
    assert subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=dataset).returncode == 0
    sums = parse_sums((dataset / "SHA256SUMS").read_text())
    assert sums.keys() == files.keys() - {"SHA256SUMS", "README.md"}  # the card is its owner's to edit


def test_index_and_shards_tell_the_same(dataset: Path) -> None:
    rows = list(read_index(dataset / "clips.parquet"))
    assert len(rows) == 120
    by_shard: dict[str, list[str]] = {}
    for row in rows:
        with open(dataset / row.shard, "rb") as file:
            file.seek(row.offset)
            assert hashlib.sha256(file.read(row.size)).hexdigest() == row.clip.sha256
        assert f"/{row.split}/" in row.shard
        by_shard.setdefault(row.shard, []).append(row.clip.key)
    records = {row.clip.key: row.clip for row in rows}
    for shard, keys in by_shard.items():
        read = list(read_shard(dataset / shard))
        assert [c.key for c, _ in read] == keys == sorted(keys)
        assert all(c == records[c.key] for c, _ in read)


def test_every_clip_is_there_or_listed_and_groups_hold_together(dataset: Path) -> None:
    rows = list(read_index(dataset / "clips.parquet"))
    assert {row.clip.source_id for row in rows} == {str(i) for i in range(120)}
    groups: dict[str | None, set[str]] = {}
    for row in rows:
        groups.setdefault(row.clip.group, set()).add(row.split)
    assert all(len(sides) == 1 for sides in groups.values())
    counts = Counter(row.split for row in rows)
    assert [abs(counts[s] - 120 * r) <= 3 for s, r in zip(SPLITS, (0.7, 0.1, 0.2))] == [True] * 3


@pytest.mark.parametrize("workers", [1, 4])
def test_same_bytes_for_any_number_of_workers_in_any_folder(
    clips: Path, dataset: Path, tmp_path: Path, workers: int
) -> None:
    pack(clips, tmp_path / "elsewhere" / "d", workers=workers)
    assert contents(tmp_path / "elsewhere" / "d") == contents(dataset)
    for path in (tmp_path / "elsewhere" / "d").rglob("*"):
        assert path.is_dir() or str(tmp_path).encode() not in path.read_bytes()


def test_a_finished_dataset_is_left_alone(clips: Path, dataset: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in dataset.rglob("*")}
    assert pack(clips, dataset).done
    assert {path: path.stat().st_mtime_ns for path in dataset.rglob("*")} == before
    with pytest.raises(DatasetError, match="finished dataset made from other input"):
        pack(clips, dataset, PackConfig(seed=5))


@pytest.mark.slow
@pytest.mark.parametrize("budgets", [pytest.param((0, 2, 5, 9, 14, 7), marks=pytest.mark.slow), (5,)])
def test_killed_anywhere_and_run_again_gives_the_same_dataset(
    clips: Path, dataset: Path, tmp_path: Path, budgets: tuple[int, ...]
) -> None:
    out = tmp_path / "d"
    # every fsync of the packing process is a place to die at: 24 shards, rows and marks, then the last files
    code = (
        "import os, sys; left = int(sys.argv[1]); real = os.fsync\n"
        "def fsync(fd):\n"
        "    global left\n"
        "    left -= 1\n"
        "    if left < 0: os.kill(os.getpid(), 9)\n"
        "    return real(fd)\n"
        "os.fsync = fsync\n"
        "from svta.builder.packing.pack import pack\n"
        "pack(sys.argv[2], sys.argv[3], workers=2)\n"
    )
    for budget in budgets:
        command = [sys.executable, "-c", code, str(budget), str(clips), str(out)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True)
        assert done.returncode == -signal.SIGKILL, done.stderr.decode()
        assert not (out / "SHA256SUMS").exists()
    pack(clips, out)
    assert contents(out) == contents(dataset)


@pytest.mark.slow
def test_killed_from_outside(clips: Path, dataset: Path, tmp_path: Path) -> None:
    """SIGKILL once so many shards are finished; that it met a half-written folder is counted, not hoped for."""
    out, half_written = tmp_path / "d", 0
    command = [sys.executable, "-m", "svta", "pack", str(clips), "--out", str(out), "--workers", "1"]
    for marks in (1, 6, 12, 18):
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        while process.poll() is None and len(list(out.glob(".build/data/*/*.json"))) < marks:
            time.sleep(0.001)
        process.kill()
        process.wait()
        half_written += process.returncode == -signal.SIGKILL and not (out / "SHA256SUMS").exists()
        if (out / "SHA256SUMS").exists():
            break  # it was done before the signal came
        assert not contents(out).keys() & {"build.json", "README.md"} or (out / ".build").is_dir()
    assert half_written >= 1
    pack(clips, out)
    assert contents(out) == contents(dataset)


@pytest.mark.slow
def test_append_moves_and_rewrites_nothing(clips: Path, tmp_path: Path) -> None:
    out = tmp_path / "d"
    pack(clips, out)
    before, splits = contents(out), {r.clip.key: r.split for r in read_index(out / "clips.parquet")}
    more = clips_folder(tmp_path / "more", 90, make=lambda i: clip(i + 80))  # 40 of them are there already
    report = pack(more, out, append=True)
    after = contents(out)
    assert all(after[name] == digest for name, digest in before.items() if name.startswith("data/"))
    rows = {r.clip.key: r.split for r in read_index(out / "clips.parquet")}
    assert rows.keys() > splits.keys() and all(rows[key] == split for key, split in splits.items())
    assert report.clips == len(rows) == 170 and report.reasons == {"duplicate_key": 40}
    assert pack(more, out, append=True).done and contents(out) == after
    groups: dict[str | None, set[str]] = {}
    for row in read_index(out / "clips.parquet"):
        groups.setdefault(row.clip.group, set()).add(row.split)
    assert all(len(sides) == 1 for sides in groups.values())
    assert report.groups == len(groups.keys() - {None})  # of all clips that the report counts, not of the new alone
    numbers = Counter(name.split("/")[1] for name in after if name.endswith(".tar"))
    assert numbers["train"] % 8 == 0
    third = clips_folder(tmp_path / "third", 40, source="third")
    assert pack(third, out, append=True).clips == 210


@pytest.mark.slow
def test_killed_append_ends_like_an_undisturbed_one(clips: Path, tmp_path: Path) -> None:
    more = clips_folder(tmp_path / "more", 64, source="more")
    for name in ("calm", "rough"):
        pack(clips, tmp_path / name)
    pack(more, tmp_path / "calm", append=True)
    code = (
        "import os, sys; left = int(sys.argv[1]); real = os.replace\n"
        "def replace(a, b):\n"
        "    global left\n"
        "    left -= 1\n"
        "    if left < 0: os.kill(os.getpid(), 9)\n"
        "    return real(a, b)\n"
        "os.replace = replace\n"
        "from svta.builder.packing.pack import pack\n"
        "pack(sys.argv[2], sys.argv[3], append=True, workers=1)\n"
    )
    for budget in (2, 4, 40, 30, 3, 2, 1, 1, 99):
        command = [sys.executable, "-c", code, str(budget), str(more), str(tmp_path / "rough")]
        done = subprocess.run(command, cwd=ROOT, capture_output=True)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert contents(tmp_path / "rough") == contents(tmp_path / "calm")


def test_rejects_have_reasons_and_nothing_is_lost(tmp_path: Path) -> None:
    def make(i: int):
        made = clip(i)
        if i == 5:
            return made.replace(category="walking\tlicense: mit ---")
        if i == 6:
            return made.replace(category="Theft/Stealing")
        return made.replace(key=clip(1).key) if i == 39 else made

    folder = clips_folder(tmp_path / "clips", 40, make=make)
    (folder / "rejected.jsonl").write_text('{"key":"k","caption":"c","reason":"minor_violence"}\n')
    report = pack(folder, tmp_path / "d")
    lines = [json.loads(line) for line in (tmp_path / "d" / "rejected.jsonl").read_text().splitlines()]
    assert [line["reason"] for line in lines] == ["minor_violence", "unknown_category", "duplicate_key"]
    assert lines[2]["of"] == clip(1).key
    assert report.clips == 38 and report.rejected == 3
    stored = {r.clip.source_id: r.clip for r in read_index(tmp_path / "d" / "clips.parquet")}
    assert stored["6"].category == "stealing" and stored["6"].is_anomaly is True


def test_splits_of_the_source_and_of_a_file(clips: Path, tmp_path: Path) -> None:
    pack(clips, tmp_path / "source", PackConfig(splits="source"))
    for row in read_index(tmp_path / "source" / "clips.parquet"):
        assert row.split == {"Train": "train", "Val": "validation", "Test": "test"}[row.clip.source_split or ""]
    table = tmp_path / "splits.csv"
    table.write_text("key,split\n" + "".join(f"{clip(i).key},test\n" for i in range(30)))
    report = pack(clips, tmp_path / "file", PackConfig(splits=str(table)))
    assert report.splits == {"test": 30} and report.reasons == {"not_in_split_file": 90}
    bare = clips_folder(tmp_path / "bare", 5, make=lambda i: clip(i).replace(source_split=None))
    with pytest.raises(SvtaError, match="no clip names a source_split"):
        pack(bare, tmp_path / "none", PackConfig(splits="source"))


@pytest.mark.slow
def test_a_new_clip_tied_to_two_sides_is_rejected(clips: Path, tmp_path: Path) -> None:
    out = tmp_path / "d"
    pack(clips, out)
    rows = list(read_index(out / "clips.parquet"))
    train = next(r.clip for r in rows if r.split == "train")
    test = next(r.clip for r in rows if r.split == "test")
    made = clip(999).replace(group=train.group, caption=test.caption.upper())
    pack(clips_folder(tmp_path / "more", 1, make=lambda _: made), out, append=True, dry_run=True)
    more = clips_folder(tmp_path / "two", 2, make=lambda i: made if i else clip(500))
    report = pack(more, out, append=True)
    assert report.reasons == {"split_conflict": 1} and report.clips == 121


@pytest.mark.slow
def test_numbers_of_shards() -> None:
    def entries(count: int, size: int) -> dict[str, list[PackEntry]]:
        return {"train": [PackEntry(f"k{i:06d}", Path("p"), 0, size, size + 2_000) for i in range(count)]}

    def sizes(count: int, size: int, taken: int = 0, **config: int) -> list[int]:
        shards = plan_shards(entries(count, size), PackConfig(**config), {"train": taken})
        assert [s.name[-9:-4] for s in shards] == [f"{taken + i:05d}" for i in range(len(shards))]
        return [len(s.entries) for s in shards]

    assert sizes(7, 1_000) == [7]
    assert sizes(8, 1_000) == [1] * 8
    assert len(sizes(41_315, 100_000)) == 24  # 4.2 GB over 256 MB ceilings, rounded up to eights
    assert all(n * 13_000 <= 40_000 for n in sizes(200, 10_000, shard_size=40_000, shard_multiple=4))
    assert len(sizes(200, 10_000, shard_size=40_000, shard_multiple=4)) % 4 == 0
    assert len(sizes(100, 1_000, taken=1)) == 7
    assert sizes(3, 1_000, taken=8) == [3]


def test_wrong_use_is_one_line_and_exit_2(clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "README.md").write_text("mine")
    unfinished = clips_folder(tmp_path / "unfinished", 10, units=3)
    nothing = tmp_path / "nothing"
    clips_folder(nothing, 0, units=1)
    write_part(nothing, 0, [], spec=hashlib.sha256(b"grammar 0").hexdigest())
    for args, words in (
        ((tmp_path / "absent", "--out", tmp_path / "d"), "svta generate"),
        ((tmp_path / "empty", "--out", tmp_path / "d"), "svta generate"),
        ((unfinished, "--out", tmp_path / "d"), "--partial"),
        ((nothing, "--out", tmp_path / "d"), "no finished clip"),
        ((clips, "--out", tmp_path / "other"), "did not write"),
        ((clips, "--out", tmp_path / "d", "--append"), "no finished dataset"),
        ((clips, "--out", tmp_path / "d", "--splits", "nowhere.csv"), "nowhere.csv"),
        ((clips, "--out", tmp_path / "d", "--shard-size", "much"), "256MB"),
        ((clips, "--out", tmp_path / "d", "--shard-size", "1GB"), "256,000,000"),
        ((clips, "--out", tmp_path / "d", "--taxonomy", tmp_path / "none.json"), "none.json"),
    ):
        assert run("pack", *args) == 2, words
        error = capsys.readouterr().err.strip()
        assert words in error and "\n" not in error, error
    assert not (tmp_path / "d").exists()
    assert run("pack", unfinished, "--out", tmp_path / "d", "--partial") == 0


def test_nothing_kept_is_a_failed_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = clips_folder(tmp_path / "clips", 3, make=lambda i: clip(i).replace(category="no such thing"))
    assert run("pack", folder, "--out", tmp_path / "d") == 2
    assert "1 name is not among the 98 built in; --taxonomy FILE?" in capsys.readouterr().err
    (tmp_path / "none.csv").write_text("key,split\nother,test\n")
    folder = clips_folder(tmp_path / "others", 3)
    assert run("pack", folder, "--out", tmp_path / "d", "--splits", tmp_path / "none.csv") == 1
    assert "3 not_in_split_file" in capsys.readouterr().err
    assert not (tmp_path / "d").exists()


def test_dry_run_and_json(clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("pack", clips, "--out", tmp_path / "d", "--dry-run", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["clips"] == 120 and report["state"] == "would pack" and not (tmp_path / "d").exists()


def test_a_damaged_part_is_named(clips: Path, tmp_path: Path) -> None:
    folder = clips_folder(tmp_path / "clips", 40)
    tar = folder / "parts" / "unit-000001.tar"
    data = bytearray(tar.read_bytes())
    data[600] ^= 1
    tar.write_bytes(data)
    with pytest.raises(PartError, match=r"unit-000001.tar key \w+: its video's sha256 .* delete unit-000001.json"):
        pack(folder, tmp_path / "d")


def test_a_taxonomy_of_ones_own_and_appending_to_it(tmp_path: Path) -> None:
    mine = load_taxonomy().model_copy(update={"name": "mine"})
    extra = mine.categories[0].model_copy(update={"name": "dropped parcels", "aliases": ["parcel"]})
    path = tmp_path / "mine.json"
    path.write_text(mine.model_copy(update={"categories": [*mine.categories, extra]}).to_json())
    pack(clips_folder(tmp_path / "a", 20), tmp_path / "d")
    more = clips_folder(tmp_path / "b", 20, make=lambda i: clip(i + 100).replace(category="parcel"))
    report = pack(more, tmp_path / "d", PackConfig(taxonomy=path), append=True)
    assert report.clips == 40
    assert load_taxonomy(tmp_path / "d" / "taxonomy.json").names[-1] == "dropped parcels"
    path.write_text(mine.model_copy(update={"categories": [extra, *mine.categories]}).to_json())
    third = clips_folder(tmp_path / "c", 20, source="third")
    with pytest.raises(SvtaError, match="only add at the end"):
        pack(third, tmp_path / "d", PackConfig(taxonomy=path), append=True)


def test_an_append_takes_the_taxonomy_of_its_clips_and_counts_rejects_of_both(tmp_path: Path) -> None:
    mine = load_taxonomy().model_copy(update={"name": "mine"})
    extra = mine.categories[0].model_copy(update={"name": "dropped parcels", "aliases": ["parcel"]})
    longer = mine.model_copy(update={"categories": [*mine.categories, extra]})

    def more(name: str, start: int, category: str, taxonomy: Taxonomy | None) -> Path:
        folder = clips_folder(tmp_path / name, 4, make=lambda i: clip(i + start).replace(category=category, flags=()))
        plan = json.loads((folder / "plan.json").read_text())
        own = {} if taxonomy is None else {"taxonomy": taxonomy.model_dump()}
        (folder / "plan.json").write_text(json.dumps({**plan, **own}))
        row = {"reason": "too_dark", "key": name}
        (folder / "rejected.jsonl").write_text(json.dumps(row) + "\n")
        return folder

    pack(more("a", 0, "walking", None), tmp_path / "d")
    for name, start, category, taxonomy in (("b", 100, "parcel", longer), ("c", 200, "parcel", mine)):
        report = pack(more(name, start, category, taxonomy), tmp_path / "d", append=True)
        assert (
            load_taxonomy(tmp_path / "d" / "taxonomy.json") == longer
        )  # of c: its taxonomy is a part of the dataset's
    assert report.clips == 12 and report.reasons == {"too_dark": 3}
    (tmp_path / "project.json").write_text(mine.to_json())  # svta.yaml's, shorter than what the clips and d know
    for name, taxonomy in (("f", longer), ("g", None)):
        config = PackConfig(taxonomy=tmp_path / "project.json")
        report = pack(more(name, 10 * ord(name), "parcel", taxonomy), tmp_path / "d", config, append=True)
        assert load_taxonomy(tmp_path / "d" / "taxonomy.json") == longer
    assert report.clips == 20
    alone = more("h", 900, "parcel", longer)
    assert pack(alone, tmp_path / "alone", PackConfig(taxonomy=tmp_path / "project.json")).clips == 4
    clearer = extra.model_copy(update={"definition": "More."})
    said = longer.model_copy(update={"categories": [*mine.categories, clearer]})
    (tmp_path / "project.json").write_text(said.to_json())  # as long, and says more of a category
    pack(more("i", 950, "parcel", longer), tmp_path / "d", PackConfig(taxonomy=tmp_path / "project.json"), append=True)
    assert load_taxonomy(tmp_path / "d" / "taxonomy.json").find("parcel").definition == "More."
    moved = mine.model_copy(update={"categories": [extra, *mine.categories]})
    with pytest.raises(SvtaError, match="only add at the end"):
        pack(more("e", 300, "parcel", moved), tmp_path / "d", append=True)


@pytest.mark.slow
def test_datasets_loads_the_folder_with_no_code_of_ours(dataset: Path, tmp_path: Path) -> None:
    code = """
import sys
from datasets import ClassLabel, Value, load_dataset
for streaming in (True, False):
    splits = load_dataset(sys.argv[1], streaming=streaming)
    features = splits["train"].features
    assert isinstance(features["json"]["category"], ClassLabel) and features["json"]["fps"] == Value("float64")
    rows = [row for split in splits.values() for row in split]
    assert len(rows) == 120 and len({row["__key__"] for row in rows}) == 120
    assert sum(row["json"]["category"] is None for row in rows) == 18
    for row in rows:
        assert row["json"].keys() == features["json"].keys() and row["json"]["key"] == row["__key__"]
        assert row["txt"] == row["json"]["caption"] and isinstance(row["mp4"]["bytes"], bytes)
        label = row["json"]["category"]
        number = int(row["json"]["source_id"])
        assert (label is None) == (number % 7 == 0) and (label is None or label == number % 98)
assert not any(name.split(".")[0] == "svta" for name in sys.modules)
"""
    env = {**os.environ, "HF_DATASETS_CACHE": str(tmp_path / "cache"), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(dataset)], cwd=tmp_path, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "Ignoring part of dataset_info" not in done.stderr


def test_webdataset_reads_the_shards(dataset: Path) -> None:
    wds = pytest.importorskip("webdataset")
    keys = [
        s["__key__"]
        for s in wds.WebDataset(str(dataset / "data/train/svta-train-{00000..00007}.tar"), shardshuffle=False)
    ]
    assert keys == [r.clip.key for r in read_index(dataset / "clips.parquet") if r.split == "train"]


@pytest.mark.parametrize("command", [("pack", "{clips}"), ("import", "--videos", "{videos}")])
def test_two_processes_never_write_one_folder(clips: Path, tmp_path: Path, command: tuple[str, ...]) -> None:
    """Packs of different clips into one folder both said 0 and left a mixture; kill -9 must free the folder."""
    out, videos = tmp_path / "out", tmp_path / "videos"
    videos.mkdir()
    (videos / "a.csv").write_text("video,caption\na.mp4,A dog runs.\n")
    (videos / "a.mp4").write_bytes(encode(np.zeros((6, 48, 64, 3), np.uint8)))
    args = [part.format(clips=clips, videos=videos) for part in command]
    holder = (
        "import sys; from svta.builder.io.files import exclusive_lock\n"
        "with exclusive_lock(sys.argv[1]): print(1, flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, out], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as other:
        assert other.stdout is not None and other.stdout.readline() == b"1\n"
        assert run(*args, "--out", out) == 2 and not any(out.iterdir())
        other.kill()
    assert run(*args, "--out", out) == 0 and any(out.iterdir())
    assert run(*args, "--out", tmp_path / "no", "--dry-run") == 0 and not (tmp_path / "no").exists()


@pytest.mark.parametrize(
    "plan", ["", "[]", '{"spec":1}', '{"spec":"x","shards":3}', '{"spec":"x","shards":["../victim"]}']
)
def test_a_hostile_work_folder_is_one_line_and_removes_nothing(clips: Path, tmp_path: Path, plan: str) -> None:
    (tmp_path / "out" / ".build").mkdir(parents=True)
    (tmp_path / "out" / ".build" / "plan.json").write_text(plan)
    (tmp_path / "victim").write_text("mine")
    with pytest.raises(DatasetError, match="plan.json: is damaged"):
        pack(clips, tmp_path / "out")
    assert (tmp_path / "victim").read_text() == "mine"


@pytest.mark.parametrize("plan", [None, '{"spec":"x","shards":["data/mine.csv"]}', '{"spec":"x","shards":[]}'])
def test_a_work_folder_that_is_a_link_is_not_followed(clips: Path, tmp_path: Path, plan: str | None) -> None:
    home, out = tmp_path / "home", tmp_path / "out"
    home.mkdir()
    (home / "thesis.txt").write_text("mine")
    if plan is not None:
        (home / "plan.json").write_text(plan)
    (out / "data").mkdir(parents=True)
    (out / "data" / "mine.csv").write_text("mine")
    (out / ".build").symlink_to(home)
    before = contents(tmp_path)
    with pytest.raises(SvtaError, match=r"\.build: is a symbolic link|plan.json: is damaged"):
        pack(clips, out)
    assert contents(tmp_path) == before


def test_the_same_video_in_two_splits_is_noted(tmp_path: Path) -> None:
    """Two captions of one video are two clips; that they lie on two sides is told, and no damage."""
    made = []
    for number in range(60):
        clip_ = clip(number).model_copy(update={"group": f"own {number}", "caption": f"Word{number} happens."})
        made.append((clip_, b"copied video" if number % 6 == 0 else b"video %d" % number))
    folder = tmp_path / "clips"
    write_plan(folder, {"kind": "import", "spec": "s", "units": 1})
    write_part(folder, 0, made, spec="s")
    sides = tmp_path / "sides.csv"
    sides.write_text("key,split\n" + "".join(f"{c.key},{SPLITS[n % 12 // 6]}\n" for n, (c, _) in enumerate(made)))
    pack(folder, tmp_path / "mixed", PackConfig(splits=str(sides), shard_multiple=1))
    found = verify(tmp_path / "mixed")
    assert not found.findings and [note.code for note in found.notes] == ["video_copy"]
    assert "and 4 more such clips" in found.notes[0].problem


def test_folders_of_whoever_imported_stay_out_of_the_dataset(tmp_path: Path) -> None:
    """A rejected row names a video as its annotations do, wherever that lay."""
    made = clips_folder(tmp_path / "c", 3)
    rows = [
        {
            "reason": "missing_video",
            "detail": "'/home/jo/Case 7/x.mp4' is not below it",
            "video": "/home/jo/Case 7/x.mp4",
        },
        {
            "reason": "outside_folder",
            "detail": "'C:\\\\Users\\\\jo\\\\y.mp4' leaves it",
            "video": "C:\\Users\\jo\\y.mp4",
        },
        {"reason": "broken_video", "detail": "no frames", "caption": "He pays /day and/or /night.", "source_id": "a/b"},
    ]
    (made / "rejected.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    pack(made, tmp_path / "d")
    kept = [json.loads(line) for line in (tmp_path / "d/rejected.jsonl").read_text().splitlines()]
    assert kept == [
        {"reason": "missing_video", "detail": "'x.mp4' is not below it", "video": "x.mp4"},
        {"reason": "outside_folder", "detail": "'y.mp4' leaves it", "video": "y.mp4"},
        rows[2],
    ]
    assert verify(tmp_path / "d").ok
