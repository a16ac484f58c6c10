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
from svta.eval.metrics.figures import ResultsError, Subset
from svta.eval.reports.charts import category_bars, interval_chart, rank_bins, rank_histogram
from svta.eval.reports.comparison import comparison, unique_names
from svta.eval.reports.page import render, write_report, write_tables
from svta.eval.reports.published import paper
from svta.eval.retrieval.results_folder import read_results

HOSTILE = '<script>alert("x")</script> & </td> $body ${title} {{}}'
FIGURES = {"R@1": 50.0, "R@5": 75.0, "R@10": 100.0, "MdR": 1.5, "MnR": 4.25}


def page_of(*folders):
    return render(comparison([read_results(folder) for folder in folders]))


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
    page = page_of(run)
    assert "<script" not in page and "alert(&quot;x&quot;)" in page
    assert page.count("$body") == page.count("${title}") > 0  # of the captions: the frame's own are filled
    assert len(re.findall("<main>", page)) == 1 and "</td> $body" not in page


def test_what_one_thing_tells_apart_stands_beside_its_controls(run):
    metrics = json.loads((run / "metrics.json").read_text())
    ways = {"t2v": {"R@1": 71.5}, "v2t": {"R@1": 64.25}}
    metrics["contrasts"] = {
        "sets": 3, "queries": 6, "chance": 50.0, **ways, "interval_95": {"t2v": [50.0, 90.0]},
        "by_factor": {HOSTILE: {"queries": 4, "t2v": {"R@1": 88.5}, "v2t": {"R@1": None}}},
        "controls": {"colours": {"t2v": {"R@1": 51.25}, "v2t": {"R@1": 49.0}}},
    }  # fmt: skip
    assert "Sets that differ in one thing only" not in page_of(run)
    (run / "metrics.json").write_text(json.dumps(metrics))
    page = page_of(run)
    section = page[page.index("Sets that differ in one thing only") :].partition("<h2>")[0]
    assert re.findall(r"<td>([\d.]+)</td>", section) == ["71.5", "64.2", "88.5", "51.2", "49.0"]
    assert "6 captions in 3 sets; chance 50.0" in section and "<script" not in section


def test_the_page_needs_no_network(run):
    page = page_of(run)
    assert not re.search(r"""(?:src|href)=(?!["']?data:)|url\(|@import|<link|<iframe""", page)
    assert page.count('src="data:image/jpeg;base64,') == 6  # two best, two worst, each of those with what came first
    assert "default-src 'none'" in page and "<video" not in page


def test_best_and_worst_queries_play(run):
    for key in ("k0", "k2"):
        (run / "strips" / f"{key}.mp4").write_bytes(b"\0\0\0\x20ftypisom")
    page = page_of(run)
    assert (
        page.count('<video controls muted loop playsinline preload="none" src="data:video/mp4;base64,AAAAIGZ0eXBpc29t"')
        == 3
    )
    assert "media-src data:" in page  # k0 among the best, k2 among the worst, and k0 once more in the place of another


def test_the_page_says_what_was_drawn_and_left_out(run):
    page = page_of(run)
    assert "not camera footage" in page and "1 clip could not be read" in page and "k9" in page
    page = render(comparison([read_results(run)]), with_paper=True)
    assert "never a comparison of models" in page and "CLIP4Clip-MeanP" in page and "2506.01466" in page


def test_several_runs_stand_in_one_table(run, tmp_path):
    write_report([run, read_results(run)], tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert page.count("<tr class=model>") == 2
    told = comparison([read_results(run)] * 2).to_dict()
    assert len(told["runs"]) == 2 and told["runs"][0]["t2v"] == FIGURES
    json.dumps(told, allow_nan=False)


def test_the_papers_rows():
    tables = {table.name: {row.method: row for row in table.rows} for table in paper().tables}
    assert [len(rows) for rows in tables.values()] == [7, 7]
    assert tables["SVTA test"]["GRAM"].t2v == [57.3, 82.0, 88.7, 1.0, 130.5]
    assert tables["UCFCrime-AR, zero-shot"]["X-CLIP (ViT-B/16)"].v2t == [20.4, 44.6, 59.5, 7.0, 19.6]
    for rows in tables.values():
        for row in rows.values():
            for way in ("t2v", "v2t"):
                first, fifth, tenth, median, mean = row.of(way)
                assert first < fifth < tenth <= 100 and 1 <= median <= mean


def test_the_papers_rows_are_the_shared_ones(shared):
    text = (shared / "PAPER.md").read_text()
    found = 0
    for table in paper().tables:
        for row in table.rows:
            ways = (" ".join(f"{value:.1f}" for value in row.of(way)) for way in ("t2v", "v2t"))
            found += f"| {row.method} | {' | '.join(ways)} |" in text
    assert found == 14


def test_every_rank_is_in_one_bin():
    rng = np.random.default_rng(0)
    ranks = [1.0, 1.5, 2.0, 999.5, *rng.integers(1, 8000, 500).tolist()]
    bins = rank_bins(ranks)
    assert sum(count for _, count in bins) == len(ranks)
    assert bins[0][1] == sum(1 <= rank < 2 for rank in ranks)
    assert rank_bins([1.0]) == [("1", 1)]
    assert rank_histogram(ranks).startswith("<svg") and rank_histogram([]).startswith("<svg")


def test_bars_of_98_categories_and_of_none():
    many = {f"category {i}": Subset(i, {"R@1": float(i), "R@5": None}) for i in range(98)}
    assert category_bars(many).count("<g>") == 98
    assert category_bars({}).startswith("<svg")
    broken = {"x": Subset(0, {"R@1": float("nan"), "R@5": 1e9}), "y": Subset()}
    assert "nan" not in category_bars(broken) and category_bars(broken).count("<g>") == 2


def test_wrong_folders_are_told_in_one_line(run, tmp_path, capsys):
    with pytest.raises(ResultsError, match="not a finished evaluation"):
        read_results(tmp_path)
    (run / "ranks.parquet").write_bytes(b"no table")
    with pytest.raises(ResultsError, match="not readable"):
        read_results(run)
    with pytest.raises(SystemExit) as done:
        main(["report", str(tmp_path)])
    assert done.value.code == 2 and len(capsys.readouterr().err.strip().splitlines()) == 1


@pytest.fixture
def folders(tmp_path):
    """Three finished evaluations: two of the same 60 clips, b better than a, and one of other clips."""
    rng = np.random.default_rng(0)
    a = rng.integers(1, 30, 60).astype(float)
    for name, ranks, prefix in (("a", a, "k"), ("b", np.where(rng.random(60) < 0.4, 1.0, a), "k"), ("c", a, "other")):
        folder = tmp_path / name
        folder.mkdir()
        order = rng.permutation(60)  # runs are paired by key, not by row
        columns = {"key": [f"{prefix}{i}" for i in order], "caption": [f"caption {i}" for i in order]}
        columns |= {"group": [f"g{i // 2}" for i in order], "t2v_rank": ranks[order], "v2t_rank": ranks[order]}
        pq.write_table(pa.table(columns), folder / "ranks.parquet")
        ways = {way: {**FIGURES, "R@1": 100 * float(np.mean(ranks <= 1))} for way in ("t2v", "v2t")}
        interval = {"interval_95": {"t2v": {"R@1": [1.25, 2.5]}}}
        (folder / "metrics.json").write_text(json.dumps({**ways, **interval, "gallery": 60}))
        (folder / "config.json").write_text(json.dumps({"name": f"model {name}"}))
    return [tmp_path / name for name in "abc"]


def test_runs_on_the_same_clips_are_tested_in_pairs(folders):
    told = comparison([read_results(folder) for folder in folders[:2]])
    (pair,) = [pair for pair in told.pairs if pair.way == "t2v" and pair.test.statistic == "R@1"]
    test = pair.test
    assert test.difference > 10 and test.p < 0.01 and test.groups == 30 and pair.p_holm == test.p
    assert test.low < test.difference < test.high
    page = page_of(*folders[:2])
    assert "model b against model a" in page and f"{pair.p_holm:.4f}" in page


def test_the_p_that_is_shown_is_holms_over_the_pairs(folders):
    """Three runs, three pairs: the least p three times, the next twice, never less than the one before."""
    table = pq.read_table(folders[0] / "ranks.parquet").to_pydict()
    third = {**table, "t2v_rank": [1.0 if i % 9 == 0 else rank for i, rank in enumerate(table["t2v_rank"])]}
    pq.write_table(pa.table(third), folders[2] / "ranks.parquet")
    pairs = [p for p in comparison([read_results(f) for f in folders]).pairs if p.way == "t2v"]
    pairs = sorted((p for p in pairs if p.test.statistic == "R@1"), key=lambda pair: pair.test.p)
    least, next_one, last = (pair.test.p for pair in pairs)
    expected = [3 * least, max(3 * least, 2 * next_one), max(3 * least, 2 * next_one, last)]
    assert [pair.p_holm for pair in pairs] == pytest.approx([min(1, p) for p in expected]) and least < next_one


def test_other_galleries_are_refused_with_the_reason(folders, capsys):
    with pytest.raises(SystemExit) as done:
        main(["report", *map(str, folders)])
    told = capsys.readouterr().out
    assert (
        done.value.code == 0 and "model c against model a: not tested: the two runs ranked different captions" in told
    )
    assert "120 captions are in only one" in (folders[0] / "report.html").read_text()
    rows = json.loads((folders[0] / "report.json").read_text())["pairs"]
    assert [(row["a"], row["b"]) for row in rows if "refused" in row] == [
        ("model a", "model c"),
        ("model b", "model c"),
    ]


def test_other_captions_of_the_same_clips_are_refused(folders):
    table = pq.read_table(folders[1] / "ranks.parquet").to_pydict()
    table["caption"][0] = "another question"
    pq.write_table(pa.table(table), folders[1] / "ranks.parquet")
    (pair,) = comparison([read_results(folder) for folder in folders[:2]]).pairs
    assert pair.test is None and "captions of the same clips differ" in pair.refused


def test_transductive_figures_stay_out_of_the_headline(folders):
    path = folders[0] / "metrics.json"
    metrics = json.loads(path.read_text())
    metrics["dual_softmax"] = {"transductive": True, "method": "dual softmax", "t2v": {"R@1": 99.5}, "v2t": {}}
    metrics["controls"] = {"flagged": {"transductive": True, "t2v": {"R@1": 98.5}, "v2t": {}}}
    metrics["reranked"] = {"model": "blip-2", "top": 50, "t2v": FIGURES, "v2t": FIGURES}
    path.write_text(json.dumps(metrics))
    told = comparison([read_results(folders[0])])
    assert [row.name for row in told.transductive_rows] == ["model a, dual softmax", "model a, flagged"]
    page, tables = render(told), write_tables(told, folders[0] / "page.html")
    headline, apart = page.split("Transductive figures, kept apart")
    assert "99.5" not in headline and "98.5" not in headline and "99.5" in apart and "98.5" in apart
    assert "top 50 re-ranked by blip-2" in headline
    for path in tables[1:]:
        before, after = path.read_text().split("Transductive: ", 1)
        assert "99.5" not in before and "99.5" in after


def test_zero_shot_figures_are_on_the_page(folders):
    path = folders[0] / "metrics.json"
    figures = {"categories": 98, "classified": 4, "detected": 3, "accuracy": 25.5, "auroc": 0.625, "top_5": None}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"zero_shot": figures}))
    told = comparison([read_results(folder) for folder in folders[:2]])
    assert figures.items() <= told.to_dict()["runs"][0]["zero_shot"].items()
    section = render(told).split("Zero-shot recognition</h2>")[1].split("<h2>")[0]
    assert "25.5" in section and "0.625" in section and section.count("<tr>") == 2 and "98 names; 4 clips" in section
    assert "Zero-shot recognition" not in page_of(folders[1])
    path = folders[1] / "metrics.json"  # other counts: no sentence may speak for both
    path.write_text(json.dumps(json.loads(path.read_text()) | {"zero_shot": {**figures, "classified": 9}}))
    assert " clips with a category" not in page_of(*folders[:2])


@pytest.mark.parametrize(
    ("section", "value"),
    [("by_category", [1]), ("controls", {"c": 4}), ("duplicates", 5), ("unreadable", 3), ("zero_shot", 4), ("t2v", [])],
)
def test_sections_of_another_kind_are_named(folders, section, value):
    path = folders[0] / "metrics.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {section: value}))
    with pytest.raises(ResultsError, match=f"{section} is of another kind"):
        read_results(folders[0])


def test_rows_of_the_paper_and_ours_never_mix(run, folders):
    told = comparison([read_results(run), read_results(folders[0])])
    json_path, tex, markdown = write_tables(told, folders[0] / "page.html", with_paper=True)
    assert json.loads(json_path.read_text()) == told.to_dict(with_paper=True)
    assert "SVTA" not in render(told) and "paper" not in told.to_dict()
    assert "on the paper's dataset" in render(told, with_paper=True)
    latex, text = tex.read_text(), markdown.read_text()
    for table in (latex, text):
        ours, theirs = table.split("Paper: ", 1)
        assert "GRAM" in theirs and "model a" not in theirs and "GRAM" not in ours and "model a" in ours
    assert "1.7" in text and "(1.2–2.5)" in text  # R@1 with its interval
    assert r"\textless{}script\textgreater{}" in latex and r"\$body \$\{title\}" in latex and "<script" not in latex
    assert r"\<script\>" in text and all(line.count(" | ") == 10 for line in text.splitlines() if line[:3] == "| m")
    widths = {line.count(" & ") for line in latex.splitlines() if line.endswith(r"\\") and "multicolumn" not in line}
    assert widths == {5} and latex.count("{") == latex.count("}")


def test_equal_names_are_told_apart(run, folders):
    runs = [read_results(folder) for folder in (run, run, folders[0])]
    names = unique_names(runs)
    assert len(set(names)) == 3 and names[2] == "model a" and names[1].endswith("#2")


def test_runs_counted_by_other_ties_say_so(folders):
    a = folders[0] / "metrics.json"
    a.write_text(json.dumps(json.loads(a.read_text()) | {"ties": "official"}))
    told = comparison([read_results(folder) for folder in folders[:2]])
    assert [run.name for run in told.runs] == ["model a (ties: official)", "model b (ties: expected)"]
    assert "model a (ties: official)" in render(told)


def test_broken_and_older_runs_are_told_in_one_line(folders, capsys):
    """A missing file, figures that are none, columns that an older version did not write, figures of another shape."""
    a, b, c = folders
    metrics = json.loads((a / "metrics.json").read_text())
    (a / "metrics.json").write_text(
        json.dumps({**metrics, "t2v": {"R@1": None, "MdR": "x", "MnR": 10**400}, "by_category": None})
    )
    table = pq.read_table(b / "ranks.parquet").select(["key", "t2v_rank"])
    pq.write_table(table, b / "ranks.parquet")
    told = comparison([read_results(a), read_results(b)])
    values = told.to_dict()
    assert values["runs"][0]["t2v"] == dict.fromkeys(FIGURES) and "older version" in values["pairs"][0]["refused"]
    json.dumps(values, allow_nan=False)
    assert "nan" not in render(told).lower().replace("finance", "")
    (c / "metrics.json").write_text(json.dumps({**metrics, "t2v": [1, 2]}))
    with pytest.raises(ResultsError, match="of another kind"):
        (a / "metrics.json").write_text("[1]")
        read_results(a)
    (b / "config.json").unlink()
    (a / "ranks.parquet").unlink()
    for folder, what in ((a, "ranks.parquet is missing"), (b, "config.json is missing"), (c, "of another kind")):
        with pytest.raises(SystemExit) as done:
            main(["report", str(folder)])
        err = capsys.readouterr().err
        assert done.value.code == 2 and len(err.strip().splitlines()) == 1 and what in err
    with pytest.raises(SystemExit):
        main(["report"])
    assert "name at least one folder" in capsys.readouterr().err


def test_charts_say_in_words_what_they_show():
    chart = interval_chart([(HOSTILE, 12.5, (10.0, 15.0)), ("b", None, None)], f"R@1 {HOSTILE}")
    assert "<script" not in chart and "12.5 percent; b: no figure" in chart and 'role="img"' in chart
    assert rank_bins([1.0, float("nan")]) == [("1", 1)]
    assert "<desc>rank 1: 50 percent, rank 2: 50 percent</desc>" in rank_histogram([1, 2])


def test_the_command(run, capsys):
    with pytest.raises(SystemExit) as done:
        main(["report", str(run), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert done.value.code == 0 and told["runs"][0]["v2t"]["MdR"] is None
    assert (run / "report.html").read_text() == page_of(run)
