"""Bringing an index up to date: what changed, what cannot be read, what a killed run left, what two writers do."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from colour_encoder import ColourEncoder, colour_model, write_colours

import svta
from svta.builder.errors import DatasetError, UnsafePath
from svta.builder.io.files import exclusive_lock
from svta.eval.search import IndexConfig, SearchError, update_index
from svta.eval.search.indexing import embedding, update
from svta.eval.search.store.content import read_index


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def spans(folder: Path) -> dict[str, list[tuple[float, float]]]:
    """The windows of every file that is in the index."""
    stored = read_index(folder)
    windows = stored.windows
    return {
        path: [(float(windows.start[i]), float(windows.end[i])) for i in range(*stored.rows[number])]
        for number, video in enumerate(stored.videos)
        for path in video.paths
    }


@pytest.fixture
def world(tmp_path):
    for name, colour in (("a", "red"), ("b", "green"), ("c/d", "blue")):
        write_colours(tmp_path / f"f/{name}.mp4", [("grey", 3), (colour, 2), ("grey", 2)])
    return tmp_path, str(colour_model(tmp_path / "model"))


def test_windows_of_several_lengths_overlap_by_half(tmp_path):
    write_colours(tmp_path / "f/a.mp4", [("grey", 40.0)])
    model = str(colour_model(tmp_path / "model"))
    update_index(IndexConfig([tmp_path / "f"], tmp_path / "i", model=model))
    (found,) = spans(tmp_path / "i").values()
    short = [(float(s), float(s + 2)) for s in range(39)]
    middle = [(float(s), float(s + 8)) for s in range(0, 33, 4)]
    assert found == [*short, *middle, (0.0, 32.0), (8.0, 40.0)]


def test_pooled_windows_are_what_the_encoder_gives_for_their_frames(tmp_path):
    """Cosine .9999 between a window of the index and the same frames as one clip, of a random CLIP."""
    from tiny_encoders import save_encoder

    from svta.eval.encoders import load_encoder
    from svta.eval.search.query import Example

    save_encoder("clip", tmp_path / "clip")
    write_colours(tmp_path / "f/a.mp4", [("grey", 3), ("red", 3), ("blue", 3)])
    update_index(IndexConfig([tmp_path / "f"], tmp_path / "i", model=str(tmp_path / "clip")))
    index = svta.open_index(tmp_path / "i")
    windows = index.stored.windows
    assert load_encoder(tmp_path / "clip").pools_frames
    for i in range(len(windows)):
        example = Example(str(tmp_path / "f/a.mp4"), float(windows.start[i]), float(windows.end[i]))
        (stored,) = index.stored.vectors_at(np.array([i]))
        assert float(index.vector(example) @ stored / np.linalg.norm(stored)) >= 0.9999


def test_added_changed_moved_copied_and_removed(world):
    folder, model = world
    config = IndexConfig([folder / "f"], folder / "i", model=model)
    assert update_index(config).added == 3
    before = contents(folder / "i")
    again = update_index(config)
    assert (again.added, again.changed, again.removed, again.files) == (0, 0, 0, 3)
    assert contents(folder / "i") == before
    write_colours(folder / "f/a.mp4", [("yellow", 4)])  # changed
    (folder / "f/b.mp4").rename(folder / "f/moved.mp4")
    shutil.copy(folder / "f/moved.mp4", folder / "f/copy.mp4")
    (folder / "f/c/d.mp4").unlink()
    write_colours(folder / "f/new.mp4", [("black", 2)])
    report = update_index(config)
    assert (report.changed, report.moved, report.removed, report.files) == (1, 1, 1, 4)
    assert {Path(path).name for path in spans(folder / "i")} == {"a.mp4", "moved.mp4", "copy.mp4", "new.mp4"}
    index = svta.open_index(folder / "i")
    assert [Path(m.file).name for m in index.search("yellow", top=1)] == ["a.mp4"]
    assert {Path(p).name for p in (index.search("green", top=1)[0].file, *index.search("green", top=1)[0].copies)} == {
        "moved.mp4",
        "copy.mp4",
    }
    assert all("blue" not in str(m) for m in index.search("blue", top=1))
    assert not (folder / "i/work").exists()


def test_files_of_places_that_are_not_named_stay(world):
    folder, model = world
    write_colours(folder / "f2/e.mp4", [("white", 3)])
    update_index(IndexConfig([folder / "f/c", folder / "f/a.mp4"], folder / "i", model=model))
    report = update_index(IndexConfig([folder / "f2"], folder / "i"))
    assert (report.added, report.removed, report.files) == (1, 0, 3)
    (folder / "f/c/d.mp4").unlink()
    (folder / "f2/e.mp4").unlink()
    report = update_index(IndexConfig([folder / "f2"], folder / "i"))  # what is gone elsewhere is not known to this run
    assert (report.removed, report.files) == (1, 2)
    report = update_index(IndexConfig([folder / "f"], folder / "i"))
    assert (report.added, report.removed, report.files) == (1, 1, 2)


def test_same_times_do_not_hide_a_change(world):
    folder, model = world
    update_index(IndexConfig([folder / "f"], folder / "i", model=model))
    old = os.stat(folder / "f/a.mp4")
    data = bytearray((folder / "f/a.mp4").read_bytes())
    write_colours(folder / "other.mp4", [("white", 3), ("black", 2), ("grey", 2)])
    new = (folder / "other.mp4").read_bytes()
    (folder / "f/a.mp4").write_bytes((new + bytes(len(data)))[: max(len(data), len(new))])
    os.utime(folder / "f/a.mp4", ns=(old.st_atime_ns, old.st_mtime_ns))
    assert update_index(IndexConfig([folder / "f"], folder / "i")).changed == 1


def test_what_cannot_be_read_is_listed_and_the_rest_indexed(world, tmp_path):
    folder, model = world
    footage = folder / "f"
    (footage / "empty.mp4").touch()
    (footage / "text.mp4").write_text("no video at all" * 100)
    os.mkfifo(footage / "pipe.mp4")
    with open(footage / "sparse.mkv", "wb") as file:
        file.truncate(10_000_000_000)
    (footage / "away.mp4").symlink_to("/etc/hostname")
    (footage / "nowhere.mp4").symlink_to(tmp_path / "none")
    (footage / "cut.mp4").write_bytes((footage / "a.mp4").read_bytes()[:3000])
    (footage / "line\nbreak.mp4").write_bytes((footage / "a.mp4").read_bytes())
    Path(os.fsdecode(os.fsencode(footage) + b"/\xff.mp4")).write_bytes((footage / "a.mp4").read_bytes())
    report = update_index(IndexConfig([footage], folder / "i", model=model))
    assert report.files == 3
    reasons = {Path(path).name: why for path, why in report.unreadable}
    assert len(reasons) == 9
    assert "0 bytes" in reasons["empty.mp4"] and "not a regular file" in reasons["pipe.mp4"]
    assert "symbolic link" in reasons["away.mp4"] and "symbolic link" in reasons["nowhere.mp4"]
    assert all("\n" not in path + why and path.isprintable() for path, why in report.unreadable)
    again = update_index(IndexConfig([footage], folder / "i"))
    assert again.unreadable == report.unreadable and again.added == 0
    with pytest.raises(SearchError, match="No such file"):
        update_index(IndexConfig([folder / "nothing"], folder / "i"))


@pytest.mark.slow
def test_a_run_that_stops_anywhere_goes_on_to_the_same_bytes(world, monkeypatch):
    folder, model = world
    monkeypatch.setattr(embedding, "PART_UNITS", 4)
    monkeypatch.setattr(embedding, "BATCH", 3)
    monkeypatch.setattr(update, "GROUP_FILES", 2)
    config = IndexConfig([folder / "f"], folder / "want", model=model)
    update_index(config)
    want = contents(folder / "want")

    class Stopped(BaseException):
        pass

    for stop_at in (1, 2, 4, 7, 9, 12, 14, 40):
        seen = 0

        def count(*_: object, stop_at: int = stop_at) -> None:
            nonlocal seen
            seen += 1
            if seen == stop_at:
                raise Stopped

        shutil.rmtree(folder / "got", ignore_errors=True)
        got = IndexConfig([folder / "f"], folder / "got", model=model)
        try:
            update_index(got, on_file=count)
        except Stopped:
            update_index(got)
        else:
            assert stop_at > 12
            break
        assert contents(folder / "got") == want, stop_at
    else:
        raise AssertionError("never ran through")


def test_finished_parts_are_not_embedded_again(world, monkeypatch):
    folder, model = world
    monkeypatch.setattr(embedding, "PART_UNITS", 4)
    config = IndexConfig([folder / "f/a.mp4"], folder / "i", model=model)
    whole, rest = ColourEncoder(model), ColourEncoder(model)

    def stop(path: str, done: float, total: float) -> None:
        if done > total - 2.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        update_index(config, whole, on_file=stop)
    update_index(config, rest)
    assert 0 < rest.seen <= 4


def test_still_stretches_are_embedded_once_and_stay_findable(tmp_path):
    write_colours(tmp_path / "f/a.mp4", [("grey", 60), ("red", 60), ("grey", 60)], moving=False)
    model = str(colour_model(tmp_path / "model"))
    encoder = ColourEncoder(model)
    report = update_index(IndexConfig([tmp_path / "f"], tmp_path / "i", model=model), encoder)
    assert encoder.seen < 12  # of 360 frames
    assert report.windows < 40  # of 267
    (moment,) = svta.open_index(tmp_path / "i").search("red", top=1)
    assert (moment.start, moment.end) == (pytest.approx(60, abs=0.6), pytest.approx(120, abs=0.6))


def test_key_frames_alone(tmp_path):
    write_colours(tmp_path / "f/a.mp4", [("grey", 20), ("red", 4), ("grey", 20)])  # a key frame every 2 s
    model = str(colour_model(tmp_path / "model"))
    update_index(IndexConfig([tmp_path / "f"], tmp_path / "i", model=model, key_frames=True))
    (moment,) = svta.open_index(tmp_path / "i").search("red", top=1)
    assert (moment.start, moment.end) == (20, 24)


def test_one_writer_at_a_time(world):
    folder, model = world
    config = IndexConfig([folder / "f"], folder / "i", model=model)
    update_index(config)
    with exclusive_lock(folder / "i"), pytest.raises(DatasetError, match="another process"):
        update_index(config)


@pytest.mark.slow
def test_a_thousand_updates_leave_few_files(world, monkeypatch):
    folder, model = world
    encoder = ColourEncoder(model)
    footage = folder / "many"
    source = (folder / "f/a.mp4").read_bytes()
    for number in range(20):
        footage.mkdir(exist_ok=True)
        (footage / f"{number:03d}.mp4").write_bytes(source + bytes([0, 0, 0, 9]) + b"free" + bytes([number]))
        update_index(IndexConfig([footage], folder / "i", model=model), encoder)
    assert len(list((folder / "i/segments").iterdir())) <= 4 * 9
    stored = read_index(folder / "i")
    assert len(stored.videos) == 20 and len({video.sha256 for video in stored.videos}) == 20


def test_a_reader_keeps_its_generation_while_others_write(world):
    folder, model = world
    update_index(IndexConfig([folder / "f"], folder / "i", model=model))
    index = svta.open_index(folder / "i")
    before = index.search("red", top=1)
    shutil.rmtree(folder / "f/c")
    index2 = svta.open_index(folder / "i")
    assert index2.update([folder / "f"]).removed == 1
    assert index.search("red", top=1) == before and index.num_windows > index2.num_windows
    index.reload()
    assert index.num_windows == index2.num_windows


def test_options_that_differ_and_folders_that_hold_other_things(world):
    folder, model = world
    with pytest.raises(SearchError, match="--model"):
        update_index(IndexConfig([folder / "f"], folder / "i"))
    with pytest.raises(DatasetError, match="a.mp4, which is not part of any index"):
        update_index(IndexConfig([folder / "f"], folder / "f", model=model))
    update_index(IndexConfig([folder / "f"], folder / "i", model=model))
    with pytest.raises(SearchError, match="--fps 2 --windows 2,8,32"):
        update_index(IndexConfig([folder / "f"], folder / "i", fps=4.0))
    for options, message in (
        ({"windows": (0.0,)}, "--windows 0: 0.1 to 3600"),
        ({"fps": 0.0}, "--fps 0: must be 0.01 to 120"),
    ):
        with pytest.raises(SearchError, match=message):
            update_index(IndexConfig([folder / "f"], folder / "j", model=str(folder / "model"), **options))


def test_a_file_that_changes_or_goes_while_it_is_read(world):
    folder, model = world

    def meddle(path: str, done: float, total: float) -> None:
        if path.endswith("a.mp4") and done == 0:
            with open(path, "ab") as file:
                file.write(b"more")
        if path.endswith("b.mp4") and done == 0:
            os.unlink(path)

    report = update_index(IndexConfig([folder / "f"], folder / "i", model=model), on_file=meddle)
    assert [(Path(path).name, why.split(";")[0]) for path, why in report.unreadable] == [
        ("a.mp4", "changed while it was read"),
        ("b.mp4", "was removed while it was read"),
    ]
    assert {Path(path).name for path in spans(folder / "i")} == {"d.mp4"}
    assert update_index(IndexConfig([folder / "f"], folder / "i")).added == 1


@pytest.mark.parametrize("name", ["segments/000000.vectors.npy", "segments/000000.windows.parquet", "files.parquet"])
def test_damage_is_one_line(world, name):
    folder, model = world
    update_index(IndexConfig([folder / "f"], folder / "i", model=model))
    path = folder / "i" / name
    data = path.read_bytes()
    for damaged in (data[: len(data) // 2], b"", bytes(len(data)), data + b"x" * 8):
        path.write_bytes(damaged)
        if damaged == data + b"x" * 8 and name.endswith("parquet"):
            continue  # Parquet is read from its end: this is another kind of damage
        with pytest.raises(SearchError):
            svta.open_index(folder / "i")


@pytest.mark.parametrize("name", ["segments", "work"])
def test_a_link_in_an_index_is_not_followed(world, name):
    """An index from elsewhere whose segments are a link to a folder of the user: all of it was deleted."""
    tmp_path, model = world
    update_index(IndexConfig([tmp_path / "f"], tmp_path / "i", model=model))
    mine = tmp_path / "mine"
    mine.mkdir()
    for path in [*(tmp_path / "i/segments").iterdir()]:
        shutil.copy(path, mine)
    (mine / "letter.txt").write_text("years of work")
    (mine / "000009.vectors.npy").write_text("also mine")
    before = contents(mine)
    shutil.rmtree(tmp_path / "i" / name, ignore_errors=True)
    (tmp_path / "i" / name).symlink_to(mine)
    write_colours(tmp_path / "f/e.mp4", [("grey", 3), ("red", 2), ("grey", 2)])
    with pytest.raises(UnsafePath, match="leads out of"):
        update_index(IndexConfig([tmp_path / "f"], tmp_path / "i", model=model))
    assert contents(mine) == before
    if name == "segments":
        with pytest.raises(UnsafePath, match="leads out of"):
            svta.open_index(tmp_path / "i")


def test_files_of_the_user_beside_an_index_stay(world):
    tmp_path, model = world
    update_index(IndexConfig([tmp_path / "f"], tmp_path / "i", model=model))
    mine = [tmp_path / "i" / name for name in ("film.mkv.part", "segments/notes.txt", "work/thesis.doc", "work/a.part")]
    ours = [tmp_path / "i" / name for name in ("manifest.json.7.part", "segments/000009.vectors.npy", "work")]
    ours[2] /= f"{'0' * 32}-000001.npz"
    for path in (*mine, *ours):
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    update_index(IndexConfig([tmp_path / "f"], tmp_path / "i", model=model))
    assert all(path.exists() for path in mine)
    assert not any(path.exists() for path in ours)


@pytest.mark.parametrize("name", ["work/thesis.doc", "segments/part1.doc", "film.mkv.part"])
def test_a_folder_of_the_user_is_no_index(world, name):
    tmp_path, model = world
    path = tmp_path / "mine" / name
    path.parent.mkdir(parents=True)
    path.write_text("years of work")
    with pytest.raises(SearchError, match="is not empty and not an index"):
        update_index(IndexConfig([tmp_path / "f"], tmp_path / "mine", model=model))
    assert path.read_text() == "years of work"
