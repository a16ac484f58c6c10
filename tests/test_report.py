"""The report: everything in one page, nothing of the data as markup, the paper's figures as they stand in the paper."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

pytest.importorskip("torch")

import pyarrow as pa
import pyarrow.parquet as pq

from svta.cli import main
from svta.eval.charts import category_bars, rank_bins, rank_histogram
from svta.eval.report import comparison, paper, render, write_report
from svta.eval.results import ResultsError, best_and_worst, read_results, strip

HOSTILE = '<script>alert("x")</script> & </td> $body ${title} {{}}'
FIGURES = {"R@1": 50.0, "R@5": 75.0, "R@10": 100.0, "MdR": 1.5, "MnR": 4.25}


@pytest.fixture
def run(tmp_path):
    """A finished evaluation of four clips whose every text is hostile."""
    folder = tmp_path / "run"
    (folder / "strips").mkdir(parents=True)
    keys = [f"k{i}" for i in range(4)]
    ranks = {
        "key": keys,
        "caption": [f"{i} {HOSTILE}" for i in range(4)],
        "t2v_rank": [1.0, 1.0, 12.0, 3.5],
        "v2t_rank": [1.0, 2.0, 2.0, 400.0],
        "score": [0.5, 0.9, 0.1, 0.2],
        "top_key": ["k0", "k1", "k1", "k0"],
        "generator": ["storyboard"] * 4,
    }
    pq.write_table(pa.table(ranks), folder / "ranks.parquet")
    metrics = {
        "t2v": FIGURES, "v2t": {**FIGURES, "MdR": None}, "gallery": 4, "ties": "expected",
        "by_category": {HOSTILE: {"queries": 4, "t2v": FIGURES, "v2t": FIGURES}},
        "controls": {HOSTILE: {"t2v": FIGURES, "v2t": FIGURES}},
        "unreadable": [{"key": "k9", "reason": HOSTILE}],
        "rejected_before": {HOSTILE: 3},
    }  # fmt: skip
    (folder / "metrics.json").write_text(json.dumps(metrics))
    (folder / "config.json").write_text(json.dumps({"name": HOSTILE, "data": HOSTILE, "split": HOSTILE}))
    for key in keys:
        (folder / "strips" / f"{key}.jpg").write_bytes(b"\xff\xd8 a picture")
    return folder


def test_no_text_becomes_markup(run):
    page = render([read_results(run)])
    assert "<script" not in page and "alert(&quot;x&quot;)" in page
    assert page.count("$body") == page.count("${title}") > 0  # of the captions: the frame's own are filled
    assert len(re.findall("<main>", page)) == 1 and "</td> $body" not in page


def test_the_page_needs_no_network(run):
    page = render([read_results(run)])
    assert not re.search(r"""(?:src|href)=(?!["']?data:)|url\(|@import|<link|<iframe""", page)
    assert page.count('src="data:image/jpeg;base64,') == 6  # two best, two worst, each of those with what came first
    assert "default-src 'none'" in page


def test_the_page_says_what_was_drawn_and_left_out(run):
    page = render([read_results(run)])
    assert "not camera footage" in page and "1 clips could not be read" in page and "k9" in page
    assert "never a comparison of models" in page and "CLIP4Clip-MeanP" in page and "2506.01466" in page


def test_several_runs_stand_in_one_table(run, tmp_path):
    write_report([run, read_results(run)], tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert page.count("class=model") == 2
    told = comparison([read_results(run)] * 2)
    assert len(told["runs"]) == 2 and told["runs"][0]["t2v"] == FIGURES
    json.dumps(told, allow_nan=False)


def test_the_papers_rows():
    tables = {table["name"]: {row["method"]: row for row in table["rows"]} for table in paper()["tables"]}
    assert [len(rows) for rows in tables.values()] == [7, 7]
    assert tables["SVTA test"]["GRAM"]["t2v"] == [57.3, 82.0, 88.7, 1.0, 130.5]
    assert tables["UCFCrime-AR, zero-shot"]["X-CLIP (ViT-B/16)"]["v2t"] == [20.4, 44.6, 59.5, 7.0, 19.6]
    for rows in tables.values():
        for row in rows.values():
            for way in ("t2v", "v2t"):
                first, fifth, tenth, median, mean = row[way]
                assert first < fifth < tenth <= 100 and 1 <= median <= mean


def test_the_papers_rows_are_the_shared_ones(shared):
    text = (shared / "PAPER.md").read_text()
    for table in paper()["tables"]:
        for row in table["rows"]:
            ways = (" ".join(f"{value:.1f}" for value in row[way]) for way in ("t2v", "v2t"))
            assert f"| {row['method']} | {' | '.join(ways)} |" in text


def test_best_and_worst_share_no_query(run):
    best, worst = best_and_worst(read_results(run).ranks)
    assert best == [1, 0] and worst == [2, 3]
    assert best_and_worst({"t2v_rank": [1.0], "score": [0.1]}) == ([0], [])


def test_every_rank_is_in_one_bin():
    rng = np.random.default_rng(0)
    ranks = [1.0, 1.5, 2.0, 999.5, *rng.integers(1, 8000, 500).tolist()]
    bins = rank_bins(ranks)
    assert sum(count for _, count in bins) == len(ranks)
    assert bins[0][1] == sum(1 <= rank < 2 for rank in ranks)
    assert rank_bins([1.0]) == [("1", 1)]
    assert rank_histogram(ranks).startswith("<svg") and rank_histogram([]).startswith("<svg")


def test_bars_of_98_categories_and_of_none():
    many = {f"category {i}": {"queries": i, "t2v": {"R@1": i, "R@5": None}} for i in range(98)}
    assert category_bars(many).count("<g>") == 98
    assert category_bars({}).startswith("<svg")


def test_a_strip_shows_the_frames_of_a_clip(tmp_path):
    import io

    from PIL import Image
    from squares import frames

    from svta.builder.video import encode

    picture = Image.open(io.BytesIO(strip(encode(frames(0, count=8), fps=8))))
    assert picture.size == (5 * 96 + 4 * 2, 96)
    short = Image.open(io.BytesIO(strip(encode(frames(0, count=2), fps=8))))
    assert short.size == (2 * 96 + 2, 96)


def test_wrong_folders_are_told_in_one_line(run, tmp_path, capsys):
    with pytest.raises(ResultsError, match="no finished evaluation"):
        read_results(tmp_path)
    (run / "ranks.parquet").write_bytes(b"no table")
    with pytest.raises(ResultsError, match="not readable"):
        read_results(run)
    with pytest.raises(SystemExit) as done:
        main(["report", str(tmp_path)])
    assert done.value.code == 2 and len(capsys.readouterr().err.strip().splitlines()) == 1


def test_the_command(run, capsys):
    with pytest.raises(SystemExit) as done:
        main(["report", str(run), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert done.value.code == 0 and told["runs"][0]["v2t"]["MdR"] is None
    assert (run / "report.html").read_text() == render([read_results(run)])
