"""What the app searches and how it is shown: moments of indexes, clips of datasets, refusals, lines of time."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from colour_encoder import COLOURS, colour_model

from svta.builder.layout.clips_folder import write_part, write_plan
from svta.builder.packing.config import PackConfig
from svta.builder.packing.pack import pack
from svta.builder.record import Clip, make_key
from svta.builder.video.encoder import encode
from svta.eval.search.app.interface import AppConfig, answer, open_sources
from svta.eval.search.app.results import results_html
from svta.eval.search.app.sources import Results
from svta.eval.search.merging import Moment
from svta.eval.search.page import Card
from svta.eval.search.query import Example
from svta.eval.search.store.layout import SearchError


def test_two_indexes_answer_side_by_side(footage: Path) -> None:
    sources = open_sources(AppConfig(indexes=[footage / "idx", footage / "other"]))
    pooled, whole = answer(sources, "red", None, top=1)
    for html in (pooled, whole):
        assert "north.mp4" in html and html.count('class="card"') == 1 and "data:video/mp4" in html
    start, end = map(float, re.findall(r"0:00:(\d\d\.\d) to 0:00:(\d\d\.\d)", pooled)[0])
    assert abs(start - 20) <= 1 and abs(end - 24) <= 1
    left, width = map(float, re.findall(r"left:([\d.]+)%;width:([\d.]+)%", pooled)[0])
    assert left == pytest.approx(start / 0.4, abs=0.2) and width == pytest.approx((end - start) / 0.4, abs=0.3)


def test_an_example_and_what_is_not_wanted(footage: Path) -> None:
    sources = open_sources(AppConfig(indexes=[footage / "idx"]))
    [html] = answer(sources, "", Example(str(footage / "f/north.mp4"), 21, 23), top=1)
    assert "north.mp4" in html and "0:00:2" in html
    [with_both] = answer(sources, "red", Example(str(footage / "f/north.mp4")))
    [with_none] = answer(sources, " ", None)
    assert with_both.count("give either words") == with_none.count("give either words") == 1
    [same] = answer(sources, "red", None, without="red")
    assert "the same as the query" in same


def test_alarms_need_normal_footage(footage: Path) -> None:
    bare, marked = open_sources(AppConfig(indexes=[footage / "idx", footage / "marked"]))
    [refused] = answer([bare], "red", None, alarms_per_hour=1)
    assert "svta index --normal" in refused and 'class="card"' not in refused
    [shown] = answer([marked], "red", None, alarms_per_hour=1)
    first = shown.split('class="card"')[1]
    assert "north.mp4" in first and "fewer than 3 in" in first and "0.0056 h of it normal" in shown
    [wrong] = answer([marked], "red", None, alarms_per_hour=float("nan"))
    assert "a number from 0" in wrong


def test_names_are_text(footage: Path) -> None:
    [html] = answer(open_sources(AppConfig(indexes=[footage / "idx"])), "green", None, top=1)
    assert "onerror" in html and "<img src=x" not in html and "&lt;img src=x" in html


def test_clips_of_a_dataset(tmp_path: Path) -> None:
    clips = [
        Clip(key=make_key("c", name, name), caption=f"all {name} <b>", source="c", source_id=name, source_split="test",
             num_frames=9, fps=8.0, duration=9 / 8)
        for name in ("red", "green", "blue")
    ]  # fmt: skip
    write_plan(tmp_path / "clips", {"kind": "test", "spec": "test", "units": 1})
    videos = [encode(np.full((9, 48, 64, 3), COLOURS[clip.source_id or ""], np.uint8), fps=8) for clip in clips]
    write_part(tmp_path / "clips", 0, zip(clips, videos), spec="test")
    pack(tmp_path / "clips", tmp_path / "set", PackConfig(splits="source"), workers=1)
    model = str(colour_model(tmp_path / "model"))
    config = AppConfig(data=str(tmp_path / "set"), models=[model], cache=tmp_path / "cache")
    [html] = answer(open_sources(config), "something blue", None, top=2)
    cards = html.split('class="card"')[1:]
    assert clips[2].key in cards[0] and "all blue &lt;b&gt;" in cards[0] and len(cards) == 2
    assert 'class="line"' not in html  # a clip that was found whole
    assert "are not known" in answer(open_sources(config), "blue", None, alarms_per_hour=1)[0]


def test_marks_stay_on_their_line() -> None:
    cards = [Card(Moment("a.mp4", 30.0, 90.0, 0.5), None, "gone"), Card(Moment("a.mp4", 10.0, 20.0, 0.4), None, "gone")]
    html = results_html("x", Results(cards, [60.0, 60.0], "two"))
    assert html.count('class="line"') == 1 and html.count("not cut: gone") == 2
    assert "left:50.000%;width:50.000%" in html and "left:16.667%;width:16.667%" in html


@pytest.mark.parametrize(
    "config",
    [
        AppConfig(),
        AppConfig(indexes=["a"], data="b", models=["c"]),
        AppConfig(data="b"),
        AppConfig(indexes=["a", "b", "c"]),
        AppConfig(indexes=["a", "b"], models=["m"]),
        AppConfig(data="b", models=["m", "n", "o"]),
        AppConfig(indexes=["a"], alarms_per_hour=float("inf")),
        AppConfig(indexes=["nowhere"]),
    ],
)
def test_wrong_use(config: AppConfig) -> None:
    with pytest.raises(SearchError):
        open_sources(config)


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (3, 3), (5, 2), (float("nan"), 2), (0, float("nan"))])
def test_spans_that_are_none(start: float, end: float) -> None:
    with pytest.raises(SearchError):
        Example("a.mp4", start, end)
