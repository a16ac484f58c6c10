"""Import: what comes in, what is flagged, what is refused and why; resumable, and the same bytes every time."""

from __future__ import annotations

import csv
import errno
import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from svta.builder.errors import SvtaError
from svta.builder.ingest import convert
from svta.builder.ingest.convert import ImportReport, run_import
from svta.builder.ingest.discover import find_annotations
from svta.builder.ingest.plan import ImportConfig, ImportingError, ImportPlan, plan_import
from svta.builder.io.tables import SourceError
from svta.builder.layout.clips_folder import finished_parts, read_part
from svta.builder.record import Clip
from svta.builder.sources.columns import columns_shown
from svta.builder.sources.rows import read_rows
from svta.builder.splits import footage_of
from svta.builder.taxonomy import load_taxonomy
from svta.builder.video.container import probe
from svta.builder.video.decoder import decode
from svta.builder.video.encoder import encode

TAXONOMY = load_taxonomy()


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """a/ and b/ with clips of 8 frames, still.mp4, one.mp4 of a single frame, broken.mp4, and a link that leads out."""
    root = tmp_path_factory.mktemp("videos")
    rng = np.random.default_rng(0)
    for name in ("a/one.mp4", "a/two.mp4", "b/one.mp4", "b/three.mp4"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(encode(np.cumsum(rng.integers(0, 9, (8, 48, 64, 3), np.uint8), 0, np.uint8)))
    (root / "still.mp4").write_bytes(encode(np.full((8, 48, 64, 3), 90, np.uint8)))
    (root / "single.mp4").write_bytes(encode(np.full((1, 48, 64, 3), 90, np.uint8)))
    (root / "broken.mp4").write_bytes((root / "a/one.mp4").read_bytes()[:-100])
    outside = tmp_path_factory.mktemp("outside") / "secret.mp4"
    shutil.copy(root / "a/one.mp4", outside)
    (root / "link.mp4").symlink_to(outside)
    os.mkfifo(root / "fifo.mp4")
    return root


def plan(videos: Path, rows: list[dict[str, Any]], **config: Any) -> ImportPlan:
    return plan_import(videos, [(f"row {i}", row) for i, row in enumerate(rows)], ImportConfig(**config), TAXONOMY)


def imported(folder: Path) -> list[tuple[Clip, bytes]]:
    return [pair for part in finished_parts(folder) for pair in read_part(part)]


def refused(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "rejected.jsonl").read_text().splitlines()]


def run(plan: ImportPlan, videos: Path, out: Path, **options: Any) -> ImportReport:
    return run_import(plan, videos, out, ImportConfig(unit_size=plan.unit_size), **options)


def test_a_disk_that_fails_stops_the_import_and_costs_no_clip(videos, tmp_path, monkeypatch) -> None:
    rows = [{"file": name, "caption": f"a man falls {name}"} for name in ("a/one.mp4", "a/two.mp4", "b/one.mp4")]
    read_bytes = convert.read_bytes

    def failing(path: Path, max_bytes: int) -> bytes:
        if path == videos / "a/two.mp4":
            raise OSError(errno.EIO, "Input/output error", str(path))
        return read_bytes(path, max_bytes)

    monkeypatch.setattr(convert, "read_bytes", failing)  # no file here fails to be read in earnest
    with pytest.raises(ImportingError, match="two.mp4: Input/output error; nothing finished is lost"):
        run(plan(videos, rows, unit_size=1), videos, tmp_path / "out", workers=1)
    monkeypatch.undo()
    report = run(plan(videos, rows, unit_size=1), videos, tmp_path / "out")
    assert report.kept == 3 and not report.reasons


def test_a_refused_row_says_whose_it_is(videos: Path) -> None:
    """push goes by it: a caption that may not be published stays home, also where its video was not found."""
    gone = {"video": "gone.mp4", "caption": "A man falls."}
    rows = [gone, gone | {"license": "All rights reserved", "source": "log"}, gone | {"source": "uca"}]
    refused = plan(videos, [*rows, gone | {"source": ["odd"]}], license="CC-BY-4.0", source="harbour").refused
    told = [("harbour", "CC-BY-4.0"), ("log", "All rights reserved"), ("uca", "CC-BY-4.0"), ("['odd']", "CC-BY-4.0")]
    assert [(row["source"], row["license"]) for row in refused] == told


def test_a_video_too_large_for_a_shard_costs_its_row(videos: Path, tmp_path: Path, monkeypatch) -> None:
    rows = [{"file": name, "caption": f"a man falls {name}"} for name in ("a/one.mp4", "still.mp4")]
    small, large = (videos / "still.mp4").stat().st_size, (videos / "a/one.mp4").stat().st_size
    monkeypatch.setattr(convert, "MAX_VIDEO_BYTES", (small + large) // 2)
    report = run(plan(videos, rows), videos, tmp_path)
    assert (report.kept, report.reasons) == (1, {"too_large": 1})
    assert "bytes as mp4" in refused(tmp_path)[0]["detail"]


def test_large_videos_are_converted_one_after_the_other() -> None:
    memory, at_once, most = convert._Memory(100), [0, 0], []
    begin = threading.Barrier(4)

    def use(size: int) -> None:
        begin.wait(60)
        for _ in range(20):
            with memory.reserved(size):
                at_once[0], at_once[1] = at_once[0] + size, at_once[1] + 1
                most.append(tuple(at_once))
                time.sleep(0.001)
                at_once[0], at_once[1] = at_once[0] - size, at_once[1] - 1

    threads = [threading.Thread(target=use, args=(size,)) for size in (30, 30, 60, 500)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(most) == 80
    assert all(used <= 100 or (used, number) == (500, 1) for used, number in most)
    assert max(number for _, number in most) > 1


def test_an_import_that_kept_nothing_stands_in_nobodys_way(videos, tmp_path) -> None:
    broken = [{"file": "broken.mp4", "caption": "a man falls"}]
    assert run(plan(videos, broken), videos, tmp_path / "out").kept == 0
    assert run(plan(videos, [{"file": "a/one.mp4", "caption": "a man falls"}]), videos, tmp_path / "out").kept == 1
    with pytest.raises(ImportingError, match="another import"):
        run(plan(videos, broken), videos, tmp_path / "out")


def test_every_row_is_kept_or_refused_with_its_reason(videos: Path, tmp_path: Path) -> None:
    digest = hashlib.sha256((videos / "a/two.mp4").read_bytes()).hexdigest()
    rows = [
        {"file": "a/one.mp4", "caption": "a man\r\nfights ", "category": "Fighting", "licence": "CC0", "key": "k-1"},
        {"file": "a/two.mp4", "sentence": "a dog runs", "derived_from": "long.mp4", "sha256": digest, "class": "good"},
        {"file": "still.mp4", "caption": "nothing moves", "num_frames": 33},
        {"file": "single.mp4", "caption": "one frame \u202e"},
        {"file": "broken.mp4", "caption": "it is cut off"},
        {"file": "b/one.mp4", "caption": "another file", "sha256": digest},
        {"file": "a/one.mp4", "caption": " "},
        {"file": "a/one.mp4"},
        {"caption": "no video"},
        {"file": "gone.mp4", "caption": "x"},
        {"file": "fifo.mp4", "caption": "x"},
        {"file": "link.mp4", "caption": "x"},
        {"file": "../secret.mp4", "caption": "x"},
        {"file": "http://127.0.0.1/x.mp4", "caption": "x"},
        {"file": "a/one.mp4", "caption": "x", "category": "no such thing"},
        {"file": "a/one.mp4", "caption": "x", "num_frames": -1},
        {"file": "a/one.mp4", "caption": "x", "num_frames": True},
        {"file": "a/one.mp4", "caption": "x" * 2001},
        {"file": "a/two.mp4", "sentence": "a dog runs", "derived_from": "long.mp4", "sha256": digest, "class": "good"},
        {"file": "b/one.mp4", "caption": "a key again", "key": "k-1"},
    ]
    todo = plan(videos, rows)
    report = run(todo, videos, tmp_path / "clips")
    reasons = [row["reason"] for row in refused(tmp_path / "clips")]
    assert reasons == [
        *["no_caption"] * 2, "no_video", *["missing_video"] * 2, *["outside_folder"] * 3, "unknown_category",
        *["bad_field"] * 2, "too_long", *["duplicate"] * 2, "broken_video", "checksum",
    ]  # fmt: skip
    assert report.kept == 4 and report.rejected == 16 and report.kept + report.rejected == len(rows)
    assert [row["of"] for row in refused(tmp_path / "clips") if row["reason"] == "duplicate"][1] == "k-1"
    clips = {clip.source_id: clip for clip, _ in imported(tmp_path / "clips")}
    first = clips["k-1"]
    assert (first.key, first.caption, first.category, first.license) == ("k-1", "a man fights", "fighting", "CC0")
    assert first.is_anomaly is True and first.synthetic is False and first.group == "a/one.mp4"
    assert (first.num_frames, first.fps, first.width, first.height) == (8, 16.0, 64, 48)
    assert clips["a/two.mp4"].group == "long.mp4" and clips["a/two.mp4"].category is None
    assert clips["still.mp4"].flags == ("static", "frame_count")
    assert clips["single.mp4"].flags == ("bidi", "tiny", "static")
    assert report.flags == {"static": 2, "frame_count": 1, "bidi": 1, "tiny": 1}


def test_a_row_may_name_the_end_of_a_path_that_no_other_video_has(videos: Path, tmp_path: Path) -> None:
    root = tmp_path / "Flur Süd"
    for name in ("a/two.mp4", "b/one.mp4", "b/Müller stürzt.MP4", "c/one.mp4", "c/two.avi"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(videos / "a/one.mp4", root / name)
    names = [
        "MÜLLER stürzt", unicodedata.normalize("NFD", "Müller stürzt.mov"), "c/ONE.mp4",
        "two.mp4", "two", "one.mp4", "a/one.mp4", "zwei.mp4",
    ]  # fmt: skip
    todo = plan(root, [{"file": name, "caption": f"row {i}"} for i, name in enumerate(names)])
    assert [item.video for item in todo.items] == [
        "b/Müller stürzt.MP4", "b/Müller stürzt.MP4", "c/one.mp4", "a/two.mp4"
    ]  # fmt: skip
    assert {item.clip.group for item in todo.items} == {"b/Müller stürzt.MP4", "c/one.mp4", "a/two.mp4"}
    told = [(row["reason"], row["detail"]) for row in todo.refused]
    assert told == [
        ("missing_video", "'two' may be any of a/two.mp4, c/two.avi"),
        ("missing_video", "'one.mp4' may be any of b/one.mp4, c/one.mp4"),
        ("missing_video", "'a/one.mp4' may be any of b/one.mp4, c/one.mp4"),
        ("missing_video", "'zwei.mp4' is not below the folder of videos"),
    ]


def test_a_list_or_an_object_for_a_text_costs_its_row(videos: Path) -> None:
    good = {"file": "a/one.mp4", "caption": "a man falls"}
    odd: list[tuple[dict[str, Any], str]] = [
        ({"caption": [["a"]]}, "bad_field"), ({"caption": 5}, "bad_field"), ({"file": ["a/one.mp4"]}, "no_video"),
        ({"file": {"x": "a/one.mp4"}}, "no_video"), ({"category": ["fighting"]}, "bad_field"),
        ({"category": {"a": 1}}, "bad_field"), ({"group": ["a"]}, "bad_field"), ({"source": [1]}, "bad_field"),
        ({"source_id": {"a": 1}}, "bad_field"), ({"key": [1]}, "bad_field"), ({"tag": [1]}, "bad_field"),
        ({"flags": 5}, "bad_field"), ({"flags": [1]}, "bad_field"), ({"start": [1]}, "bad_field"),
        ({"sha256": [1]}, "bad_field"), ({"num_frames": "many"}, "bad_field"), ({"synthetic": [1]}, "bad_field"),
        ({"caption": "a \u202e man", "flags": {"a": 1}}, "bad_field"),
    ]  # fmt: skip
    for fields, reason in odd:
        found = plan(videos, [{**good, **fields}, {**good, "caption": "the next row"}])
        assert [row["reason"] for row in found.refused] == [reason], fields
        assert [item.clip.caption for item in found.items] == ["the next row"]


@pytest.mark.slow
def test_a_release_with_odd_files_is_still_recognised(release: Path) -> None:
    """Lists where categories are due, objects under ten thousand names, links to nowhere and out of the folder."""
    write_captions(release, "names")
    rows = [{"video": f"Clip_{i:03d}", "caption": "a man falls here", "label": ["fighting"]} for i in range(3)]
    (release / "lists.json").write_text(json.dumps(rows))
    (release / "names.json").write_text(json.dumps([{f"column {i}": 1} for i in range(10_000)]))
    (release / "deep.json").write_text("[" * 100_000)
    (release / "gone.csv").symlink_to(release / "nothing.csv")
    (release.parent / "outside.csv").write_text("video,caption\nClip_000,a caption from outside\n")
    (release / "outside.csv").symlink_to(release.parent / "outside.csv")
    os.mkfifo(release / "fifo.csv")
    captions = {caption for pairs in found(release).values() for caption, _ in pairs}
    assert captions == {CAPTIONS[f"Clip_{i:03d}"] for i in range(3)} | {"a man falls here"}


@pytest.mark.parametrize("ending", ["jsonl", "json", "csv", "tsv"])
def test_every_kind_of_table_gives_the_same_plan(videos: Path, tmp_path: Path, ending: str) -> None:
    rows = [
        {"path": "a/one.mp4", "text": "a fight, outside", "label": "fighting", "is_anomaly": "true", "start": "1.5"},
        {"path": "b/one.mp4", "text": 'he says "stop"', "label": "", "is_anomaly": "", "start": ""},
    ]
    path = tmp_path / f"annotations.{ending}"
    if ending == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif ending == "json":
        path.write_text(json.dumps(rows))
    else:
        with open(path, "w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), delimiter="," if ending == "csv" else "\t")
            writer.writeheader()
            writer.writerows(rows)
    items = plan_import(videos, read_rows(path), ImportConfig(), TAXONOMY).items
    assert [item.clip.caption for item in items] == [row["text"] for row in rows]
    assert (items[0].clip.is_anomaly, items[0].clip.start, items[1].clip.category) == (True, 1.5, None)


def test_what_cannot_start_says_so(videos: Path, tmp_path: Path) -> None:
    for rows, config, words in (
        ([{"file": "a/one.mp4", "words": "x"}], {}, "--columns caption=NAME; has file, words"),
        ([{"file": "a/one.mp4", "caption": "x"}], {"columns": {"video": "clip_file"}}, "no column 'clip_file'"),
        ([], {}, "no rows"),
    ):
        with pytest.raises(SvtaError, match=words):
            plan(videos, rows, **config)
    with pytest.raises(ImportingError, match="no folder"):
        plan(tmp_path / "gone", [])
    found = plan(videos, [{"file": "a/one.mp4", "words": "x"}], columns={"caption": "words"})
    assert found.items[0].clip.caption == "x"


def test_another_import_is_not_overwritten(videos: Path, tmp_path: Path) -> None:
    first = plan(videos, [{"file": "a/one.mp4", "caption": "x"}])
    other = plan(videos, [{"file": "a/two.mp4", "caption": "y"}])
    run(first, videos, tmp_path)
    with pytest.raises(ImportingError, match="another import.*--replace"):
        run(other, videos, tmp_path)
    assert run(first, videos, tmp_path).reused == 1
    assert run(other, videos, tmp_path, replace=True).kept == 1
    assert [clip.caption for clip, _ in imported(tmp_path)] == ["y"]


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_any_number_of_workers_and_any_folder_give_the_same_bytes(videos: Path, tmp_path: Path) -> None:
    names = ("a/one.mp4", "a/two.mp4", "b/one.mp4", "b/three.mp4", "broken.mp4")
    rows = [{"file": name, "caption": f"clip {i}"} for i, name in enumerate(names)]
    for out, workers in (("x", 1), ("y/z", 4)):
        run(plan(videos, rows, unit_size=2), videos, tmp_path / out, workers=workers)
    assert content(tmp_path / "x") == content(tmp_path / "y/z")
    moved = tmp_path / "moved"
    shutil.copytree(videos, moved, symlinks=True, ignore=shutil.ignore_patterns("fifo.mp4"))
    run(plan(moved, rows, unit_size=2), moved, tmp_path / "w", workers=2)
    assert content(tmp_path / "x") == content(tmp_path / "w")


def test_a_video_replaced_by_one_of_its_size_is_another_import(videos: Path, tmp_path: Path) -> None:
    rows = [("1", {"file": "a/one.mp4", "caption": "a man falls"})]
    before = plan_import(videos, rows, ImportConfig(), TAXONOMY).digest
    assert plan_import(videos, rows, ImportConfig(), TAXONOMY).digest == before
    data = (videos / "a/one.mp4").read_bytes()
    try:
        (videos / "a/one.mp4").write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        assert plan_import(videos, rows, ImportConfig(), TAXONOMY).digest != before
    finally:
        (videos / "a/one.mp4").write_bytes(data)


@pytest.mark.slow
def test_real_clips(shared: Path, tmp_path: Path) -> None:
    folder = shared / "data/videos"
    expected = [json.loads(line) for line in (folder / "real_clips.jsonl").read_text().splitlines()]
    rows = plan_import(folder, read_rows(folder / "real_clips.jsonl"), ImportConfig(), TAXONOMY)
    report = run(rows, folder, tmp_path / "clips")
    assert report.kept + report.rejected == len(expected) == 35
    good = {row["file"]: row for row in expected if row["caption"] and not row.get("decode_error") and row["frames"]}
    clips = {clip.source_id: (clip, video) for clip, video in imported(tmp_path / "clips")}
    assert set(clips) == set(good)
    for name, (clip, video) in clips.items():
        row = good[name]
        turned = (row["rotation"] or 0) % 180 != 0
        assert (clip.num_frames, clip.caption) == (row["frames"], row["caption"])
        assert (clip.width, clip.height) == ((row["height"], row["width"]) if turned else (row["width"], row["height"]))
        assert ("tiny" in clip.flags) == (row["frames"] < 5 or min(row["width"], row["height"]) < 32)
        if row["frames"] <= 120:
            assert probe(video).num_frames == clip.num_frames and not probe(video).has_audio
    assert all(row["reason"] == "no_caption" for row in refused(tmp_path / "clips"))


def test_captioned_broken_clips_are_refused_by_name(shared: Path, tmp_path: Path) -> None:
    folder = shared / "data/videos"
    rows = [json.loads(line) for line in (folder / "real_clips.jsonl").read_text().splitlines()]
    broken = [{"file": row["file"], "caption": "something"} for row in rows if row["class"] == "broken"]
    report = run(plan(folder, broken), folder, tmp_path)
    assert len(broken) >= 6 and report.kept == 0 and report.reasons == {"broken_video": len(broken)}
    assert all(row["file"] in str(refused(tmp_path)) for row in broken)


@pytest.mark.slow
def test_svta_shaped_clips(shared: Path, tmp_path: Path) -> None:
    folder = shared / "data/videos"
    rows = plan_import(folder, read_rows(folder / "svta_shaped.jsonl"), ImportConfig(), TAXONOMY)
    report = run(rows, folder, tmp_path)
    assert (report.kept, report.rejected) == (21, 0) and report.flags == {"reencoded": 5}
    for clip, video in imported(tmp_path):
        assert clip.source_id is not None and clip.group is not None and clip.group.startswith("videos/")
        source = (folder / clip.source_id).read_bytes()
        frames, _ = decode(video, num_frames=4, size=None)
        original, _ = decode(source, num_frames=4, size=None)
        same = (frames == original).all()
        assert same or ("reencoded" in clip.flags and np.abs(frames.astype(int) - original).mean() < 3)


@pytest.fixture
def release(videos: Path, tmp_path: Path) -> Path:
    """Four videos in two category folders, as an archive might hold them, beside files that are no captions."""
    root = tmp_path / "release"
    for i, (folder, name) in enumerate([("a", "one"), ("a", "two"), ("b", "one"), ("b", "three")]):
        target = root / "SVTA/videos" / ("Fighting" if folder == "a" else "walking") / f"Clip_{i:03d}.mp4"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(videos / folder / f"{name}.mp4", target)
    (root / "LICENSE.txt").write_text("Some licence\nAll rights: reserved\n")
    (root / "meta.json").write_text('{"version": 1}')
    (root / "__MACOSX").mkdir()
    (root / "__MACOSX/._Clip_000.mp4").write_bytes(b"junk")
    return root


CAPTIONS = {f"Clip_{i:03d}": f"A man, number {i}, falls: slowly" for i in (0, 1, 2, 9)}


def write_captions(root: Path, shape: str) -> None:
    rows = list(CAPTIONS.items())
    if shape == "csv":
        with open(root / "SVTA/captions_test.csv", "w", newline="") as file:
            csv.writer(file).writerows(
                [["id", "Vid", "Prompt"], *([i, f"{n}.mp4", c] for i, (n, c) in enumerate(rows))]
            )
    elif shape == "names":
        (root / "captions.json").write_text(json.dumps(CAPTIONS))
    elif shape == "objects":
        (root / "x.json").write_text(json.dumps([{"video_id": f"videos/{n}", "caption": c} for n, c in rows]))
    elif shape == "msrvtt":
        sentences = [{"video_id": n, "caption": c, "sen_id": i} for i, (n, c) in enumerate(rows)]
        (root / "x.json").write_text(json.dumps({"videos": [{"video_id": n} for n, _ in rows], "sentences": sentences}))
    elif shape == "lines":
        (root / "SVTA/all.txt").write_text("".join(f"{n.lower()}\t{c}\n" for n, c in rows))
    else:  # twice the same, in two formats
        write_captions(root, "names")
        write_captions(root, "lines")


@pytest.mark.parametrize("shape", ["csv", "names", "objects", "msrvtt", "lines", "twice"])
def test_a_release_is_recognised_by_content(release: Path, tmp_path: Path, shape: str) -> None:
    write_captions(release, shape)
    todo = plan_import(release, find_annotations(release, TAXONOMY), ImportConfig(), TAXONOMY)
    report = run(todo, release, tmp_path / "clips")
    clips = [clip for clip, _ in imported(tmp_path / "clips")]
    assert [clip.caption for clip in clips] == [CAPTIONS[f"Clip_{i:03d}"] for i in range(3)]
    assert [clip.category for clip in clips] == ["fighting", "fighting", "walking"]
    assert clips[0].source_split == ("test" if shape == "csv" else None)
    assert report.reasons == {"missing_video": 1, "no_caption": 1}  # a name without a video, a video without a caption


def found(root: Path) -> dict[str, set[tuple[str, str | None]]]:
    """video -> (caption, category) of what an import would take."""
    pairs: dict[str, set[tuple[str, str | None]]] = {}
    for item in plan_import(root, find_annotations(root, TAXONOMY), ImportConfig(), TAXONOMY).items:
        pairs.setdefault(item.video, set()).add((item.clip.caption, item.clip.category))
    return pairs


def test_files_that_were_found_and_their_columns_are_told(videos: Path, tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    shutil.copy(videos / "a/one.mp4", tmp_path / "one.mp4")
    (tmp_path / "lists/a.csv").write_text("Videoname;Anbeginn;Beschreibung\none;0:01;Ein Mann faellt hin.\n")
    (tmp_path / "b.csv").write_text("file,caption\none.mp4,A man falls.\n")
    plan = plan_import(tmp_path, find_annotations(tmp_path, TAXONOMY), ImportConfig(), TAXONOMY)
    assert plan.columns == {
        "rows": "b.csv, lists/a.csv", "caption": "caption, Beschreibung", "video": "file, Videoname",
        "unread": "Anbeginn",
    }  # fmt: skip


def test_lists_that_cannot_be_read_are_told(videos: Path, tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        shutil.copy(videos / "a/one.mp4", tmp_path / f"{name}.mp4")
    (tmp_path / "LICENSE.txt").write_bytes("Für alle.".encode("cp1252"))
    (tmp_path / "settings.json").write_text('{"version": 1}')
    for name in ("two.srt", "one.srt"):
        (tmp_path / name).write_text("1\n00:00:00,000 --> 00:00:01,000\nA man laughs.\n")
    (tmp_path / "headless.csv").write_text("one.mp4,A man runs over there.\ntwo.mp4,A dog runs after him.\n")
    (tmp_path / "kopf.csv").write_bytes("Datei;Satz;Länge\none.mp4;Ein Mann lacht.;1\n".encode("cp1252"))
    rows = "".join(f"{name}.mp4,Der Käse fällt.\n" for name in ("one", "two", "three"))
    (tmp_path / "liste.csv").write_bytes(f"video,caption\n{rows}".encode("cp1252"))
    remedy = "not UTF-8 text; save it as CSV UTF-8"
    says = "headless.csv: its first line names a video and no columns; give it a line of names; "
    says += f"kopf.csv: is {remedy}; liste.csv: 3 rows are {remedy}; "
    says += "one.srt and 1 more: not a table; save captions as CSV, JSON, XLSX, Parquet or text"
    with pytest.raises(ImportingError) as error:
        find_annotations(tmp_path, TAXONOMY)
    assert f"names its 3 videos ({says}); give --annotations" in str(error.value)
    (tmp_path / "good.csv").write_bytes(
        "video,caption\none,A man laughs.\ntwo,Caf\xe9.\nthree,\xe9t\xe9\n".encode("cp1252")
    )
    source = find_annotations(tmp_path, TAXONOMY)
    plan = plan_import(tmp_path, source, ImportConfig(), TAXONOMY)
    assert plan.columns["passed_over"] == says and plan.columns["not_utf8"] == "2"
    assert columns_shown(plan.columns) == (
        "rows from good.csv, caption from caption, video from video; rows that are not UTF-8 text: 2; save the file as "
        f"UTF-8 to have them; passed over: {says}"
    )
    assert [item.video for item in plan.items] == ["one.mp4"]
    assert [row["reason"] for row in plan.refused] == ["bad_row"] * 2 + ["no_caption"] * 2


def test_videos_that_no_row_names_are_told(videos: Path) -> None:
    rows = [
        {"video": "one", "caption": "A man runs."},
        {"video": "still.mp4", "caption": ""},
        {"video": "single.mp4", "caption": "A man falls.", "is_anomaly": "who knows"},
        {"video": "two", "caption": "A dog runs."},
    ]
    found = plan(videos, rows)
    assert [row["reason"] for row in found.refused] == ["missing_video", "no_caption", "bad_field"]
    assert found.unnamed == ["broken.mp4", "fifo.mp4", "b/three.mp4"]  # "one" may be either
    some = plan_import(videos, [("row", rows[3])], ImportConfig(), TAXONOMY, limit=1)
    assert some.unnamed == [] and len(some.items) == 1


def test_found_lists_with_times_under_unknown_names(videos: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        shutil.copy(videos / "a/one.mp4", tmp_path / f"{name}.mp4")
    (tmp_path / "liste.csv").write_text("Datei;Satz;Von;Bis\none;Ein Mann lacht.;0,25;0,75\n")
    (tmp_path / "more.csv").write_text("file,text\ntwo,A man runs.\n")
    with pytest.raises(SourceError, match="liste.csv: Von and Bis: looks like times .* start=Von,end=Bis, or"):
        plan_import(tmp_path, find_annotations(tmp_path, TAXONOMY), ImportConfig(), TAXONOMY)
    source = find_annotations(tmp_path, TAXONOMY, {"start": "Von", "end": "Bis"})
    plan = plan_import(tmp_path, source, ImportConfig(), TAXONOMY)
    assert {item.clip.caption: (item.clip.start, item.clip.end) for item in plan.items} == {
        "Ein Mann lacht.": (0.25, 0.75), "A man runs.": (None, None),
    }  # fmt: skip


def test_categories_as_keys_of_a_json(videos: Path, tmp_path: Path) -> None:
    for name in ("a1.mp4", "a2.mp4", "b1.MP4"):
        shutil.copy(videos / "a/one.mp4", tmp_path / name)
    want = {
        "a1.mp4": {("Two men fight", "fighting")}, "a2.mp4": {("Men hit men", "fighting")},
        "b1.MP4": {("A man walks", "walking")},
    }  # fmt: skip
    nested = {"fighting": {"a1.mp4": "Two men fight", "a2": "Men hit men"}, "walking": {"b1.mp4": ["A man walks"]}}
    listed = {"fighting": [{"video": "a1.mp4", "caption": "Two men fight"}, {"video": "A2", "caption": "Men hit men"}],
              "walking": [{"video": "b1", "caption": "A man walks"}]}  # fmt: skip
    for value in (nested, listed):
        (tmp_path / "captions.json").write_text(json.dumps(value))
        assert found(tmp_path) == want


def test_a_text_beside_each_video(videos: Path, tmp_path: Path) -> None:
    for name in ("v/a.mp4", "v/b.mp4"):
        (tmp_path / "v").mkdir(exist_ok=True)
        shutil.copy(videos / "a/one.mp4", tmp_path / name)
    (tmp_path / "v/a.txt").write_text("A dog runs.\n")
    (tmp_path / "v/b.txt").write_text("A cat sits.\n\nA second caption: of b.mp4.\n")  # `A` is no name of a video
    assert found(tmp_path) == {
        "v/a.mp4": {("A dog runs.", None)}, "v/b.mp4": {("A cat sits.", None), ("A second caption: of b.mp4.", None)},
    }  # fmt: skip


def test_names_written_the_other_way(videos: Path, tmp_path: Path) -> None:
    name = "Ünfall_été_视频.MP4"
    shutil.copy(videos / "a/one.mp4", tmp_path / unicodedata.normalize("NFC", name))
    other = unicodedata.normalize("NFD", name).lower().removesuffix(".mp4")
    (tmp_path / "c.csv").write_text(f"clip name;description\n{other};A car hits a tree\n")
    assert found(tmp_path) == {unicodedata.normalize("NFC", name): {("A car hits a tree", None)}}


def test_names_that_fit_several_videos_are_refused(release: Path) -> None:
    shutil.copytree(release / "SVTA/videos", release / "again")
    write_captions(release, "names")
    todo = plan_import(release, find_annotations(release, TAXONOMY), ImportConfig(), TAXONOMY)
    assert not todo.items and "may be any of" in str(todo.refused)


def test_a_folder_without_captions_says_what_to_do(release: Path) -> None:
    with pytest.raises(ImportingError, match="give --annotations"):
        list(find_annotations(release, TAXONOMY))


@pytest.mark.slow
def test_the_command(videos: Path, tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text("file,caption\na/one.mp4,a man walks\nbroken.mp4,a cut file\n")

    def svta(*args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "svta", "import", "--videos", str(videos), *args]
        return subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).resolve().parents[3])

    done = svta("--annotations", str(table), "--out", str(tmp_path / "c"), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["reasons"] == {"broken_video": 1}
    dry = svta("--annotations", str(table), "--out", str(tmp_path / "d"), "--dry-run", "--limit", "1", "--json")
    assert json.loads(dry.stdout)["importable"] == 1 and not (tmp_path / "d").exists()
    table.write_text("file,caption\nbroken.mp4,a cut file\n")
    assert svta("--annotations", str(table), "--out", str(tmp_path / "e")).returncode == 1
    wrong = svta("--annotations", str(tmp_path / "gone.csv"))
    assert wrong.returncode == 2 and wrong.stderr.count("\n") == 1 and "gone.csv" in wrong.stderr


@pytest.mark.parametrize("told", ["{}", '{"lora": "\\ud800"}', "filmed by hand", '{"camera": "north"}'])
def test_what_a_row_says_of_its_provenance_does_not_hide_which_file_it_was(videos, tmp_path, told: str) -> None:
    shutil.copy(videos / "a/one.mp4", videos / "copy.mp4")
    rows = [
        {"file": "a/one.mp4", "caption": "a man falls"},
        {"file": "copy.mp4", "caption": "a car", "provenance": told},
    ]
    run(plan(videos, rows), videos, tmp_path / "out")
    clips = [clip for clip, _ in imported(tmp_path / "out")]
    assert len({footage_of(clip.provenance) for clip in clips}) == 1 and footage_of(clips[0].provenance)
