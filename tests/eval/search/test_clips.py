"""Clips and pages of moments: the frames of the moment and no others, marks kept, texts escaped."""

from __future__ import annotations

import json
import re
import shutil
from base64 import b64decode

import pytest
from colour_encoder import colour_model, write_colours
from numbered_videos import numbers_in, write_numbered

import svta
from svta.builder.errors import SvtaError
from svta.builder.video.encoder import encode
from svta.builder.video.marking import marked_source_type, synthetic_mark
from svta.builder.video.timeline import read_timeline
from svta.eval.search import IndexConfig, Moment, update_index
from svta.eval.search.clips import cut_moments, write_clips
from svta.eval.search.index import Found
from svta.eval.search.merging import Peak
from svta.eval.search.page import clock, write_page


def found_at(index, *spans):
    """As if these (video, start, end) had been found."""
    peaks = [Peak(video, start, end, 0.5, 0) for video, start, end in spans]
    paths = [index.stored.videos[peak.video].paths[0] for peak in peaks]
    moments = [Moment(path, peak.start, peak.end, peak.score) for path, peak in zip(paths, peaks)]
    return Found(moments, peaks, None, 0.0)


def test_cuts_hold_exactly_the_frames_of_the_moment(tmp_path):
    for container, codec in {"mp4": "libx264", "mkv": "libx264", "webm": "libvpx", "avi": "mpeg4"}.items():
        options = {"g": "30"} | ({"preset": "ultrafast"} if codec == "libx264" else {})
        write_numbered(tmp_path / f"f/{container}.{container}", 90, fps=30, codec=codec, options=options)
    update_index(IndexConfig([tmp_path / "f"], tmp_path / "i", model=str(colour_model(tmp_path / "m"))))
    index = svta.open_index(tmp_path / "i")
    spans = [(video, start, end) for video in range(4) for start, end in ((1.0, 2.0), (0.5, 1.25), (2.9, 3.0))]
    rows = write_clips(index, found_at(index, *spans), tmp_path / "clips", {"query": "numbers"})
    assert [json.loads(line) for line in (tmp_path / "clips/moments.jsonl").read_text().splitlines()] == json.loads(
        json.dumps(rows)
    )
    for row in rows:
        shown = numbers_in((tmp_path / "clips" / row["clip"]).read_bytes())
        first, stop = round(row["start"] * 30), round(row["end"] * 30)
        assert shown == list(range(first, stop)), row
        assert row["query"] == "numbers" and len(row["sha256"]) == 64
    by_span = {(row["file"].rpartition(".")[2], row["start"]): row["how"] for row in rows}
    assert by_span["mp4", 1.0] == "remuxed" and by_span["mp4", 0.5] == "encoded"


def test_marks_of_synthetic_origin_are_kept(tmp_path):
    import numpy as np

    frames = np.random.default_rng(0).integers(0, 255, (32, 48, 64, 3), np.uint8)
    (tmp_path / "f").mkdir()
    (tmp_path / "f/a.mp4").write_bytes(encode(frames, fps=16, metadata=synthetic_mark("algorithmicMedia", "some-key")))
    update_index(IndexConfig([tmp_path / "f"], tmp_path / "i", model=str(colour_model(tmp_path / "m"))))
    index = svta.open_index(tmp_path / "i")
    (row,) = write_clips(index, found_at(index, (0, 0.5, 1.5)), tmp_path / "clips", {})
    with open(tmp_path / "clips" / row["clip"], "rb") as file:
        tags = read_timeline(file).info.metadata
    assert row["digital_source_type"] == marked_source_type(tags) == "algorithmicMedia"
    assert "some-key" not in str(tags) and tags["svta_key"]


def test_of_a_long_moment_the_beginning_is_cut(tmp_path):
    write_numbered(tmp_path / "f/a.mp4", 90, fps=30)
    update_index(IndexConfig([tmp_path / "f"], tmp_path / "i", model=str(colour_model(tmp_path / "m"))))
    found = found_at(index := svta.open_index(tmp_path / "i"), (0, 1.0, 3.0), (0, 2.0, 2.2))
    clips = cut_moments(index, found, most_seconds=0.5)
    assert [numbers_in(clip.video.mp4) for clip in clips] == [list(range(30, 45)), list(range(60, 66))]


def test_a_file_that_changed_costs_its_moments(tmp_path):
    first = write_colours(tmp_path / "f/a.mp4", [("red", 3)])
    write_colours(tmp_path / "f/b.mp4", [("blue", 3)])
    update_index(IndexConfig([tmp_path / "f"], tmp_path / "i", model=str(colour_model(tmp_path / "m"))))
    index = svta.open_index(tmp_path / "i")
    write_colours(first, [("green", 3)])
    changed, whole = cut_moments(index, found_at(index, (0, 0.0, 1.0), (1, 0.0, 1.0)))
    assert changed.video is None and "changed since it was indexed" in str(changed.problem)
    assert whole.video is not None


def test_a_moment_is_cut_out_of_a_copy_where_its_file_is_gone(tmp_path):
    first = write_colours(tmp_path / "f/a.mp4", [("red", 3)])
    for name in ("b.mp4", "c.mp4"):
        shutil.copy(first, tmp_path / "f" / name)
    update_index(IndexConfig([tmp_path / "f"], tmp_path / "i", model=str(colour_model(tmp_path / "m"))))
    index = svta.open_index(tmp_path / "i")
    first.unlink()
    write_colours(tmp_path / "f/b.mp4", [("green", 3)])
    (clip,) = cut_moments(index, found_at(index, (0, 0.0, 1.0)))
    assert clip.video is not None
    (tmp_path / "f/c.mp4").unlink()
    (clip,) = cut_moments(index, found_at(index, (0, 0.0, 1.0)))
    assert clip.video is None and "No such file" in str(clip.problem)


def test_a_table_of_somebody_else_is_not_written_over(tmp_path):
    write_colours(tmp_path / "f/a.mp4", [("red", 3)])
    update_index(IndexConfig([tmp_path / "f"], tmp_path / "i", model=str(colour_model(tmp_path / "m"))))
    index, out = svta.open_index(tmp_path / "i"), tmp_path / "clips"
    out.mkdir()
    for text in ('{"vid": "a", "query": "a truth", "moments": [[0, 1]]}\n', "my notes\n", ""):
        (out / "moments.jsonl").write_text(text)
        with pytest.raises(SvtaError, match="contains moments.jsonl, which is not part of any search"):
            write_clips(index, found_at(index, (0, 0.0, 1.0)), out, {})
        assert [(path.name, path.read_text()) for path in out.iterdir()] == [("moments.jsonl", text)]
    (out / "moments.jsonl").unlink()
    for _ in range(2):  # its own is
        assert len(write_clips(index, found_at(index, (0, 0.0, 1.0)), out, {})) == 1


def test_no_clips_among_the_footage(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_colours(tmp_path / "f/a/b.mp4", [("red", 3)])
    update_index(IndexConfig([tmp_path / "f"], tmp_path / "i", model=str(colour_model(tmp_path / "m"))))
    index = svta.open_index(tmp_path / "i")
    for out in ("f", "f/a"):
        with pytest.raises(SvtaError, match="contains footage of this index"):
            write_clips(index, found_at(index, (0, 0.0, 1.0)), out, {})
    assert sorted(path.name for path in (tmp_path / "f/a").iterdir()) == ["b.mp4"]
    assert len(write_clips(index, found_at(index, (0, 0.0, 1.0)), tmp_path / "f2", {})) == 1


def test_the_page_needs_nothing_else_and_escapes_everything(tmp_path):
    name = "<script>alert('x')</script> & \"quotes\".mp4".replace("/", "_")
    write_colours(tmp_path / "f" / name, [("grey", 4), ("red", 3), ("grey", 4)])
    update_index(IndexConfig([tmp_path / "f"], tmp_path / "i", model=str(colour_model(tmp_path / "m"))))
    index = svta.open_index(tmp_path / "i")
    write_page(index, index.find("red", top=2), tmp_path / "p.html", "<b>red</b> $body ${title}")
    html = (tmp_path / "p.html").read_text()
    assert "<script" not in html and "<b>red</b>" not in html and "&lt;b&gt;red&lt;/b&gt; $body ${title}" in html
    assert not re.search(r"(?:src|href|url)\s*[=(]\s*[\"']?(?!data:)[a-z/]", html)
    videos = re.findall(r'src="data:video/mp4;base64,([^"]+)"', html)
    assert videos and all(b64decode(video)[4:8] == b"ftyp" for video in videos)
    assert html.count("data:image/jpeg;base64,") == len(videos)
    write_page(index, found_at(index), tmp_path / "none.html", "nothing")
    assert "Nothing was found" in (tmp_path / "none.html").read_text()


@pytest.mark.parametrize(("seconds", "shown"), [(0, "0:00:00.0"), (59.96, "0:01:00.0"), (3725.25, "1:02:05.2")])
def test_times_for_a_reader(seconds, shown):
    assert clock(seconds) == shown
