"""Searching an index: what lies where is known by colour, for encoders that pool frames and those that see clips."""

from __future__ import annotations

from itertools import combinations

import av
import numpy as np
import pytest
from colour_encoder import COLOURS, colour_model, write_colours

import svta
from svta.eval.search import IndexConfig, SearchError, update_index
from svta.eval.search.index import Filters, Index
from svta.eval.search.query import Example
from svta.eval.search.recording import Recorded, parse_time


@pytest.fixture(scope="module", params=["test_colours", "test_colour_clips"])
def index(request, tmp_path_factory):
    """Three recordings: red once in each of two, green twice in one, a normal one with a little yellow."""
    folder = tmp_path_factory.mktemp(request.param)
    write_colours(folder / "cameras/a/one.mp4", [("grey", 20), ("red", 4), ("grey", 20), ("blue", 6), ("grey", 14)])
    write_colours(folder / "cameras/b/two.mkv", [("grey", 12), ("green", 5), ("grey", 20), ("green", 5), ("grey", 8)])
    write_colours(folder / "normal/calm.mp4", [("grey", 30), ("yellow", 3), ("grey", 27)])
    model = colour_model(folder / "model", request.param)
    update_index(IndexConfig([folder / "cameras"], folder / "index", model=str(model), normal=[folder / "normal"]))
    return svta.open_index(folder / "index")


def one(index: Index, query: object, **options: object):
    (moment,) = index.search(query, top=1, **options)
    return moment


def test_an_event_is_one_moment_with_its_bounds(index):
    moment = one(index, "something red")
    assert moment.file.endswith("cameras/a/one.mp4")
    assert moment.start == pytest.approx(20, abs=1) and moment.end == pytest.approx(24, abs=1)
    assert moment.score > 0.9
    first, second = index.search("something green", top=2)
    assert {first.file, second.file} == {one(index, "something green").file}
    assert sorted(round(m.start) for m in (first, second)) == [12, 37]
    assert sorted(round(m.end) for m in (first, second)) == [17, 42]


def test_scores_are_cosines_of_the_stored_vectors(index):
    moments = index.search("something blue", top=3)
    rows = np.concatenate([np.asarray(part, np.float32) for part in index.stored.vectors])
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=2e-3)
    query = index.vector("something blue")
    live = ~np.array([video.is_normal for video in index.stored.videos])[index.stored.windows.video]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    assert moments[0].score == pytest.approx(float((rows @ query)[live].max()), abs=1e-6)
    assert [m.score for m in moments] == sorted((m.score for m in moments), reverse=True)


def test_vectors_and_examples_are_queries_too(index):
    by_words = one(index, "something red")
    vector = 3 * index.vector("something red")
    by_vector = one(index, vector)
    assert (by_vector.file, by_vector.start, by_vector.end) == (by_words.file, by_words.start, by_words.end)
    assert by_vector.score == pytest.approx(by_words.score, abs=5e-6)
    by_example = one(index, Example.parse(f"{by_words.file}@20.5-23.5"))
    assert (by_example.file, by_example.start) == (by_words.file, pytest.approx(20, abs=1))
    with pytest.raises(SearchError, match="7 numbers"):
        index.search(np.ones(5, np.float32))
    with pytest.raises(SearchError, match="no direction"):
        index.search(np.full(len(COLOURS), np.nan, np.float32))


def test_what_is_not_wanted(index):
    assert one(index, "red or blue", without="something red").start == pytest.approx(44, abs=1)


def test_normal_footage_is_counted_and_not_found(index):
    assert "calm" not in {m.file.rpartition("/")[2].split(".")[0] for m in index.search("yellow", top=50)}
    found = index.find("something yellow", filters=Filters(with_normal=True), top=1)
    assert found.moments[0].file.endswith("calm.mp4")
    assert found.moments[0].alarms_per_hour == pytest.approx(60.0)  # it is the only one in its own minute
    low, high = found.moments[0].alarms_per_hour_95
    assert (low, high) == (pytest.approx(60 * 0.025318, rel=1e-3), pytest.approx(60 * 5.571643, rel=1e-3))
    assert index.normal_hours == pytest.approx(1 / 60)
    red = index.find("something red", alarms_per_hour=1)
    assert [round(m.start) for m in red.moments] == [20]
    assert red.moments[0].alarms_per_hour == 0.0
    assert index.search("something yellow", alarms_per_hour=1) == []


def test_folders_and_times(index):
    assert one(index, "something red", filters=Filters(within=(index.stored.files[1].root + "/b",))).file.endswith(
        "mkv"
    )
    start = parse_time("2026-11-28T14:00")
    recorded = Recorded(since=start + 30, starts={"one.mp4": start, "two.mkv": start - 3600})
    moments = index.search("something green", top=50, filters=Filters(recorded=recorded))
    assert {m.file.rpartition("/")[2] for m in moments} == {"one.mp4"}
    assert all(m.end > 30 for m in moments)
    assert moments[0].time.startswith("2026-11-28T14:00:")


def test_a_folder_without_footage_is_refused(index):
    with pytest.raises(SearchError, match=r"elsewhere: no footage of this index is there; it has .*cameras"):
        index.search("something red", filters=Filters(within=(index.stored.files[1].root, "elsewhere")))


def test_what_is_unlike_the_rest(index):
    found = index.odd_ones(top=3).moments
    spans = {(m.file.rpartition("/")[2], round(m.start)) for m in found}
    assert ("one.mp4", 20) in spans and ("one.mp4", 44) in spans and ("calm.mp4", 30) in spans


def test_bounds_from_denser_windows(index):
    (moment,) = index.find("something red", top=1, refine=True).moments
    assert moment.start == pytest.approx(20, abs=0.5) and moment.end == pytest.approx(24, abs=0.5)
    (longer,) = index.find("something blue", top=1, refine=True).moments  # than what is decoded on both sides of a peak
    assert longer.start == pytest.approx(44, abs=0.5) and longer.end == pytest.approx(50, abs=0.5)
    peaks = index.find("something red", top=12, refine=True).peaks
    assert all(a.end <= b.start or b.end <= a.start for a, b in combinations(peaks, 2) if a.video == b.video)


def test_without_normal_footage_scores_stand_bare(tmp_path):
    write_colours(tmp_path / "f/a.mp4", [("grey", 5), ("red", 3), ("grey", 5)])
    model = colour_model(tmp_path / "model")
    update_index(IndexConfig([tmp_path / "f"], tmp_path / "i", model=str(model)))
    index = svta.open_index(tmp_path / "i")
    assert index.search("red", top=1)[0].alarms_per_hour is None
    with pytest.raises(SearchError, match="--normal"):
        index.search("red", alarms_per_hour=1)
    with pytest.raises(SearchError, match="empty"):
        index.search("  ")


def test_copies_come_once(tmp_path):
    import shutil

    first = write_colours(tmp_path / "f/a.mp4", [("grey", 8), ("red", 4), ("grey", 8)])
    shutil.copy(first, tmp_path / "f/copy.mp4")
    model = colour_model(tmp_path / "model")
    report = update_index(IndexConfig([tmp_path / "f"], tmp_path / "i", model=str(model)))
    assert (report.files, report.copies) == (2, 1)
    (moment, *_) = svta.open_index(tmp_path / "i").search("red", top=5)
    assert moment.file == str(first) and moment.copies == (str(tmp_path / "f/copy.mp4"),)


def remuxed(path, other):
    """The same frames in another container."""
    other.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path)) as source, av.open(str(other), "w") as output:
        stream = output.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                output.mux(packet)
    return other


def test_remuxed_copies_come_with_their_moment_and_look_alikes_do_not(tmp_path):
    first = write_colours(tmp_path / "f/a.mp4", [("grey", 8), ("red", 4), ("grey", 8)])
    copy = remuxed(first, tmp_path / "f/b.mkv")
    alike = write_colours(tmp_path / "f/c.mp4", [("black", 8), ("red", 4), ("black", 8)])
    update_index(IndexConfig([tmp_path / "f"], tmp_path / "i", model=str(colour_model(tmp_path / "model"))))
    index = svta.open_index(tmp_path / "i")
    assert len(index.stored.videos) == 3
    moments = index.search("red", top=2)
    assert [(m.file, m.copies) for m in moments] == [(str(first), (str(copy),)), (str(alike), ())]
    assert index.search("red", top=1) == moments[:1]  # the copy of the last moment is told too


def test_another_model_is_refused_and_a_moved_one_found(tmp_path):
    write_colours(tmp_path / "f/a.mp4", [("grey", 5), ("red", 3), ("grey", 5)])
    model = colour_model(tmp_path / "model")
    other = colour_model(tmp_path / "other", "test_colour_clips")
    update_index(IndexConfig([tmp_path / "f"], tmp_path / "i", model=str(model)))
    with pytest.raises(SearchError, match="not the model that made this index"):
        svta.open_index(tmp_path / "i", model=str(other)).search("red")
    with pytest.raises(SearchError, match="not the model that made this index"):
        update_index(IndexConfig([tmp_path / "f"], tmp_path / "i", model=str(other)))
    model.rename(tmp_path / "moved")
    with pytest.raises(SearchError, match="--model"):
        svta.open_index(tmp_path / "i").search("red")
    assert svta.open_index(tmp_path / "i", model=str(tmp_path / "moved")).search("red")
