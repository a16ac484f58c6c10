"""The data of the gallery's page of moments: what Python reads, counts and scores."""

from __future__ import annotations

import json

import numpy as np
import pytest
from moments_site import MARKUP, PREDICTED, SECONDS, STREAMS, TRUTH, make_index, make_moments_run, make_streams

from svta.builder.video.container import probe
from svta.cli import main
from svta.eval.gallery import GalleryConfig, GalleryError, export_gallery
from svta.eval.gallery.curves import columns_of
from svta.eval.gallery.moments import is_moments_run, read_moments
from svta.eval.moments.windows import MomentsError
from svta.eval.search import open_index


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    root = tmp_path_factory.mktemp("moments")
    streams = make_streams(root / "streams")
    return root, streams, make_moments_run(streams, root / "run"), make_index(streams, root)


@pytest.fixture(scope="module")
def site(world):
    root, streams, run, index = world
    gallery = export_gallery(None, root / "site", GalleryConfig(), runs=[run], streams=streams, indexes=[index])
    assert (gallery.clips, gallery.runs, gallery.recordings) == (0, 1, 3)
    return root / "site"


def value(path):
    text = path.read_text("utf-8")
    return json.loads(text[text.index(",") + 1 : text.rindex(")")])


def test_recordings_and_queries_are_those_of_the_streams(site):
    moments = value(site / "data/moments.js")
    assert [(one["name"], one["seconds"]) for one in moments["recordings"]] == [
        (name, SECONDS[name]) for name in STREAMS
    ]
    truth = {
        one["text"]: {(moments["recordings"][r]["name"], s, e) for r, s, e in one["truth"]}
        for one in moments["queries"]
    }
    assert truth == {
        query: {(name, *window) for name, windows in found.items() for window in windows}
        for query, found in TRUTH.items()
    }
    assert [one["anomaly"] for one in moments["queries"]] == [True, False, False]


def test_predictions_are_sorted_by_score_over_all_recordings(site):
    moments = value(site / "data/moments.js")
    names = [one["name"] for one in moments["recordings"]]
    run = moments["systems"][0]
    assert run["name"] == f"locator {MARKUP}"
    for query, rows in zip(moments["queries"], run["rows"], strict=True):
        wanted = [(name, *row) for (text, name), found in PREDICTED.items() if text == query["text"] for row in found]
        assert [(names[r], *row) for r, *row in rows] == sorted(wanted, key=lambda row: -row[-1])
    figures = dict(run["figures"])
    assert figures["R1@0.5"].startswith("50.0") or figures["R1@0.5"].startswith("100.0")


def test_the_index_finds_and_its_curve_peaks_where_it_found(site, world):
    moments, index = value(site / "data/moments.js"), open_index(world[3])
    for number, query in enumerate(moments["queries"][:2]):
        found = index.search(query["text"], top=10)
        rows = moments["systems"][1]["rows"][number]
        assert [row[1:] for row in rows] == [[one.start, one.end, one.score] for one in found]
        (curve,) = value(site / f"data/curve-{number:04d}.js")
        best, start, end, score = rows[0]
        columns = curve[str(best)]
        each = moments["recordings"][best]["seconds"] / len(columns)
        peak = int(np.argmax([-1 if one is None else one for one in columns]))
        assert columns[peak] / 10_000 == pytest.approx(score, abs=2e-3)
        assert start - each <= peak * each <= end


def test_columns_hold_the_highest_of_the_windows_that_cover_them():
    start, end = np.array([0.0, 1.0, 2.0, 7.0, 0.0]), np.array([2.0, 3.0, 4.0, 9.0, 4.0])
    columns = columns_of(start, end, 10.0, 100)
    assert columns.maxima(np.array([0.1, 0.5, 0.2, 0.9, 0.3], np.float32)) == [
        3000, 5000, 5000, 3000, None, None, None, 9000, 9000, None,
    ]  # fmt: skip
    coarse = columns_of(start, end, 10.0, 2)
    assert coarse.maxima(np.array([0.1, 0.5, 0.2, 0.9, 0.3], np.float32)) == [5000, 9000]
    hours = np.arange(0, 36_000, 2.0)
    assert columns_of(hours, hours + 2, 36_000.0, 4096).count == 4096


def test_recordings_are_copied_or_linked(site, world, tmp_path):
    copied = probe((site / "media/recording-0000.mp4").read_bytes())
    assert (copied.codec, round(copied.duration)) == ("h264", 64)
    assert (site / "media/recording-0000.jpg").read_bytes().startswith(b"\xff\xd8")
    export_gallery(None, tmp_path / "linked", GalleryConfig(videos=False), streams=world[1])
    linked = value(tmp_path / "linked/data/moments.js")["recordings"][0]["file"]
    assert (tmp_path / "linked" / linked).resolve() == (world[1] / "videos/north.mp4").resolve()
    assert not list((tmp_path / "linked/media").glob("*.mp4"))


def test_a_recording_that_is_no_video_or_leads_out_is_neither_copied_nor_linked(tmp_path):
    streams = make_streams(tmp_path / "streams")
    (streams / "videos/empty.mp4").write_text("secret")
    (tmp_path / "outside.mp4").write_bytes((streams / "videos/south.mp4").read_bytes())
    (streams / "videos/south.mp4").unlink()
    (streams / "videos/south.mp4").symlink_to(tmp_path / "outside.mp4")
    export_gallery(None, tmp_path / "site", GalleryConfig(), streams=streams)
    one, two, three = value(tmp_path / "site/data/moments.js")["recordings"]
    assert one["file"] == "media/recording-0000.mp4"
    assert "file" not in two and "file" not in three
    assert three["note"].startswith("cannot be read")
    assert not (tmp_path / "site/media/recording-0001.mp4").exists()


def test_what_is_no_evaluation_of_moments(world, tmp_path):
    assert is_moments_run(world[2]) and not is_moments_run(tmp_path)
    with pytest.raises(MomentsError, match="no streams there"):
        read_moments(tmp_path, (), ())
    with pytest.raises(GalleryError, match="nothing to show"):
        export_gallery(None, tmp_path / "site")


def test_the_command_shows_an_index_without_streams(world, tmp_path, capsys):
    index = ["--index", str(world[3]), "--query", "something blue"]
    with pytest.raises(SystemExit) as done:
        main(["gallery", "--out", str(tmp_path / "site"), *index, "--videos", "none", "--json"])
    said = json.loads(capsys.readouterr().out)
    assert done.value.code == 0 and (said["clips"], said["recordings"]) == (0, 3)
    moments = value(tmp_path / "site/data/moments.js")
    assert [one["text"] for one in moments["queries"]] == ["something blue"]
    assert {one["name"] for one in moments["recordings"]} == set(STREAMS)  # file names, no places of the machine
    best = moments["systems"][0]["rows"][0][0]
    assert moments["recordings"][best[0]]["name"] == "north.mp4" and best[1] == pytest.approx(44, abs=1)


def test_of_a_query_of_ones_own_no_truth_is_claimed(site, world, tmp_path):
    assert all(one["judged"] for one in value(site / "data/moments.js")["queries"])
    export_gallery(None, tmp_path / "own", GalleryConfig(queries=("something green",)), indexes=[world[3]])
    own = value(tmp_path / "own/data/moments.js")
    assert [(one["truth"], one["judged"]) for one in own["queries"]] == [([], False)]
    assert own["systems"][0]["rows"][0]  # its hits stay, with their places
