"""Kendall's tau over models: hand-computed, against scipy's definition, and the paper's seven rows."""

from __future__ import annotations

import json
import math
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from svta.cli import main
from svta.eval.metrics.figures import to_json
from svta.eval.metrics.rank_agreement import kendall_tau, tau_interval
from svta.eval.metrics.rank_table import RankTable
from svta.eval.metrics.ranks import Ranks
from svta.eval.metrics.retrieval import MetricsError
from svta.eval.reports.published import PublishedRow, paper
from svta.eval.reports.validity import (
    Validity,
    _drawn,
    agreement,
    paper_validity,
    separable_pairs,
    validity,
    validity_text,
)


def test_tau_by_hand():
    assert kendall_tau([1, 2, 3, 4], [1, 2, 3, 4]) == 1 and kendall_tau([1, 2, 3], [3, 2, 1]) == -1
    assert kendall_tau([1, 2, 3, 4], [1, 3, 2, 4]) == pytest.approx(4 / 6)
    assert kendall_tau([1, 1, 2], [1, 2, 3]) == pytest.approx(2 / math.sqrt(2 * 3))
    assert math.isnan(kendall_tau([1, 1], [1, 2]))
    with pytest.raises(MetricsError, match="two models"):
        kendall_tau([1], [1])


@pytest.mark.parametrize("levels", [3, 1_000])
def test_tau_equals_scipys(levels):
    kendalltau = pytest.importorskip("scipy.stats").kendalltau
    rng = np.random.default_rng(levels)
    undefined = 0
    for _ in range(100):
        a, b = rng.integers(0, levels, 7), rng.integers(0, levels, 7)
        own, scipys = kendall_tau(a, b), kendalltau(a, b).statistic
        undefined += math.isnan(own)
        assert own == pytest.approx(scipys, abs=1e-12, nan_ok=True)
    assert undefined < 10


def test_the_papers_seven_rows():
    found = paper_validity()
    assert found.t2v.tau == pytest.approx(0.78, abs=0.005)
    assert found.v2t.tau == pytest.approx(0.65, abs=0.005)
    for way in (found.t2v, found.v2t):
        narrow, wide = way.interval_95_models, way.interval_95_models_and_queries
        assert len(way.models) == 7 and narrow[0] < way.tau <= narrow[1]
        assert wide[0] < narrow[0]  # drawing the 290 queries too leaves less certainty
    apart = found.t2v.second.told_apart
    close = {"CLIP4Clip-MeanP", "CLIP4Clip-seqLSTM", "CLIP4Clip-seqTransf", "X-CLIP (ViT-B/32)"}
    assert not any(set(pair) <= close for pair in apart)
    assert ["CLIP4Clip-tightTransf", "GRAM"] in apart
    assert found.t2v.second.half_width_95[0] == pytest.approx(4.9, abs=0.05)


def test_ranks_count_downwards():
    a = [PublishedRow(m, [0, 0, 0, 0, v], []) for m, v in (("x", 9.0), ("y", 5.0), ("z", 1.0))]
    b = [PublishedRow(m, [0, 0, 0, 0, v], []) for m, v in (("x", 90.0), ("y", 50.0), ("z", 10.0), ("w", 0.0))]
    found = agreement(a, b, way="t2v", statistic="MnR", queries=(290, 290))
    assert found.tau == 1 and found.first is found.interval_95_models_and_queries is None  # no share of the queries
    with pytest.raises(MetricsError, match="1 methods"):
        agreement(a[:1], b, way="t2v")


def test_more_queries_tell_more_apart():
    names, figures = ["a", "b"], [20.0, 26.0]
    assert separable_pairs(names, figures, 290).told_apart == []
    assert separable_pairs(names, figures, 8_263).told_apart == [["a", "b"]]
    with pytest.raises(MetricsError, match="from 0 to 100"):
        separable_pairs(names, [20.0, 120.0], 290)


def test_the_spread_of_a_pair_is_that_of_both_figures():
    """2 and 22 %: of 10 queries each 1.46 standard errors apart, of 20 each 2.05, in either order."""
    for figures in ([2.0, 22.0], [22.0, 2.0]):
        assert separable_pairs(["a", "b"], figures, 10).told_apart == []
        assert separable_pairs(["a", "b"], figures, 20).told_apart == [["a", "b"]]


def test_queries_are_drawn_once_a_model():
    """Ten models in perfect order on 10^9 queries: only models vary, and two copies of one are a tie, not noise."""
    figures = list(np.linspace(5.0, 50.0, 10))
    assert tau_interval(figures, figures, (10**9, 10**9), draws=500) == [1, 1]
    few = tau_interval(figures, figures, (30, 30), draws=500)
    assert few[0] < 0.8 and few[1] <= 1
    for sizes in ((30, 10**9), (10**9, 30)):  # the queries of either set are drawn
        assert few[0] < tau_interval(figures, figures, sizes, draws=500)[0] < 0.9


@pytest.mark.slow
def test_the_papers_intervals_are_those_of_an_independent_count():
    """Models drawn after their queries, tau by scipy: what the page prints for both ways, within the noise of draws."""
    kendalltau = pytest.importorskip("scipy.stats").kendalltau
    rng, published, found = np.random.default_rng(9), paper(), paper_validity()
    first, second = published.tables
    other = {row.method: row for row in second.rows}
    rows = [row for row in first.rows if row.method in other]
    for way, told in (("t2v", found.t2v), ("v2t", found.v2t)):
        shares = np.array([[row.of(way)[0] for row in rows], [other[row.method].of(way)[0] for row in rows]]) / 100
        taus = []
        for _ in range(3_000):
            drawn = [rng.binomial(n, share) / n for n, share in zip((first.queries, second.queries), shares)]
            chosen = rng.integers(7, size=7)
            taus.append(kendalltau(drawn[0][chosen], drawn[1][chosen]).statistic)
        low, high = np.nanquantile(taus, (0.025, 0.975))
        assert told.interval_95_models_and_queries == pytest.approx([low, high], abs=0.08)
    assert found.t2v.interval_95_models_and_queries == pytest.approx([-0.26, 1], abs=0.06)


def test_an_interval_without_width_is_not_printed():
    rows = [PublishedRow(name, [value] * 5, [value] * 5) for name, value in (("x", 9.0), ("y", 5.0))]
    two = agreement(rows, rows, way="t2v")
    assert two.interval_95_models == [1, 1]
    said = validity_text(Validity(["a", "b"], "two models", two, two))
    assert "Kendall tau 1.00" in said and "interval 1.00" not in said


def test_bonferroni_and_holm_count_all_pairs():
    """Three models, 3 pairs: 2.39 standard errors at 95 %, not 1.96; paired p of .02 each become .06."""
    names, queries = ["a", "b", "c"], 1_000
    apart = 100 * 2.2 * np.sqrt(2 * 0.25 / queries)  # 2.2 standard errors
    assert separable_pairs(names[:2], [50.0, 50.0 + apart], queries).told_apart == [["a", "b"]]
    assert separable_pairs(names, [50.0, 50.0 + apart, 50.0 + apart / 2], queries).told_apart == []


@pytest.mark.slow
def test_runs_are_told_apart_by_holms_p(tmp_path):
    """Six of sixty queries gained: p 2/64 for one pair, thrice that among three models."""
    for split in ("test", "validation"):
        for name, gained in (("a", 0), ("b", 6), ("c", 0)):
            folder = tmp_path / f"{name}-{split}"
            folder.mkdir()
            ranks = np.where(np.arange(60) < gained, 1.0, 9.0)
            columns = {"key": [f"{split}{i}" for i in range(60)], "t2v_rank": ranks, "v2t_rank": ranks}
            pq.write_table(pa.table(columns), folder / "ranks.parquet")
            figures = {"R@1": 100 * gained / 60}
            (folder / "metrics.json").write_text(json.dumps({"t2v": figures, "v2t": figures, "gallery": 60}))
            (folder / "config.json").write_text(json.dumps({"name": name, "model": name, "split": split}))
    two = validity([tmp_path / f"{name}-{split}" for split in ("test", "validation") for name in "ab"])
    assert two.t2v.first.told_apart == [["a", "b"]]
    three = validity([tmp_path / f"{name}-{split}" for split in ("test", "validation") for name in "abc"])
    assert (three.t2v.first.pairs, three.t2v.first.told_apart) == (3, [])


def test_all_models_are_measured_on_the_same_drawn_queries():
    ranks = np.arange(1.0, 21.0)
    table = RankTable(key=[f"k{i}" for i in range(20)], t2v_rank=ranks)
    drawn = _drawn([Ranks(ranks), Ranks(ranks + 1)], SimpleNamespace(ranks=table), "t2v", "MnR", 0)
    assert drawn.shape[1] == 2 and np.ptp(drawn[:, 0]) > 1
    assert np.allclose(drawn[:, 1] - drawn[:, 0], 1)  # one rank worse at every query, so at every draw


def test_queries_of_one_component_are_drawn_together():
    """Twenty clips of one video move as one: no draw differs; of two videos 0, 50 or 100."""
    ranks = Ranks(np.repeat([1.0, 9.0], 10))
    for groups, figures in ((["v"] * 20, {50.0}), (np.repeat(["v", "w"], 10).tolist(), {0.0, 50.0, 100.0})):
        table = RankTable(key=[f"k{i}" for i in range(20)], t2v_rank=ranks.rank, group=groups)
        drawn = _drawn([ranks], SimpleNamespace(ranks=table), "t2v", "R@1", 0)
        assert set(drawn[:, 0].tolist()) == figures


def write_run(folder, model, data, columns):
    """A folder of results: its ranks, no figures."""
    folder.mkdir()
    pq.write_table(pa.table(columns), folder / "ranks.parquet")
    (folder / "metrics.json").write_text(json.dumps({"t2v": {}, "v2t": {}, "gallery": 9}))
    (folder / "config.json").write_text(json.dumps({"model": model, "data": data, "split": "test"}))
    return folder


def test_videos_with_several_captions_leak_once(tmp_path):
    """Four videos of six captions: of three videos to keep, one video is left out, whatever the captions' places."""
    nan = float("nan")
    table = {"key": [f"k{i}" for i in range(6)], "video": ["k0", "k0", "k2", "k3", "k3", "k5"]}
    places = []
    for model, right in (("a", 9.0), ("b", 1.0)):
        ranks = {"t2v_rank": [1.0, 2, 3, right, 5, 6], "v2t_rank": [right, nan, 2.0, 1.0, nan, 3.0]}
        places.append(write_run(tmp_path / f"{model}-whole", model, "whole", {**table, **ranks}))
        few = {name: column[:5] for name, column in {**table, **ranks}.items()}
        places.append(write_run(tmp_path / f"{model}-few", model, "few", few))
    leak = validity(places, "MnR").v2t.leak
    assert (leak.left_out, leak.kept) == (1, 3)
    assert [(row.left_out, row.kept) for row in leak.rows] == [(3, 4), (3, pytest.approx(4 / 3))]


@pytest.mark.slow
def test_runs_whose_rows_stand_in_another_order_say_the_same(tmp_path, runs):
    said = validity(runs).t2v
    path = runs[-2] / "ranks.parquet"  # of the model that is last in every list of models
    table = pq.read_table(path)
    pq.write_table(table.take(np.random.default_rng(0).permutation(len(table))), path)
    assert to_json(validity(runs).t2v) == to_json(said)


@pytest.mark.slow
def test_the_interval_over_queries_draws_both_test_sets(tmp_path):
    """Eight models, in order on both: tau by scipy over an independent draw of models and of both sets' queries."""
    kendalltau = pytest.importorskip("scipy.stats").kendalltau
    rng = np.random.default_rng(2)
    noisy, sure = np.arange(30) < np.arange(8, 16)[:, None], np.arange(400) < 50 * np.arange(1, 9)[:, None]
    noisy = np.stack([rng.permutation(row) for row in noisy])
    hits = {"noisy": noisy, "sure": np.stack([rng.permutation(row) for row in sure])}
    places = []
    for data, found in hits.items():
        for model, row in enumerate(found):
            ranks = np.where(row, 1.0, 9.0)
            columns = {"key": [f"{data}{i}" for i in range(len(row))], "t2v_rank": ranks, "v2t_rank": ranks}
            places.append(write_run(tmp_path / f"{model}-{data}", str(model), data, columns))
    taus = []
    for _ in range(2_000):
        drawn = [found[:, rng.integers(found.shape[1], size=found.shape[1])].mean(axis=1) for found in hits.values()]
        chosen = rng.integers(8, size=8)
        taus.append(kendalltau(drawn[0][chosen], drawn[1][chosen]).statistic)
    told = validity(places).t2v
    expected = np.nanquantile(taus, (0.025, 0.975))
    assert told.interval_95_models == [1, 1] and expected[0] < 0.6  # of the models alone nothing is uncertain
    assert told.interval_95_models_and_queries == pytest.approx(expected, abs=0.12)


def test_interval_without_any_order_is_nan():
    assert all(math.isnan(end) for end in tau_interval([1, 1], [2, 2], draws=10))


@pytest.fixture
def runs(tmp_path):
    """Four models on 80 clips, and the same four on the 50 of them that do not leak."""
    rng = np.random.default_rng(0)
    places = []
    for quality, model in enumerate(("bad", "fair", "good", "best")):
        ranks = np.where(rng.random(80) < 0.2 + 0.2 * quality, 1.0, rng.integers(2, 60, 80))
        ranks[50:] = 1.0  # what leaks, all find
        for data, kept in (("whole", 80), ("disjoint", 50)):
            folder = tmp_path / f"{model}-{data}"
            folder.mkdir()
            columns = {"key": [f"k{i}" for i in range(kept)], "t2v_rank": ranks[:kept], "v2t_rank": ranks[:kept]}
            pq.write_table(pa.table({**columns, "group": [None] * kept}), folder / "ranks.parquet")
            (folder / "metrics.json").write_text(json.dumps({"t2v": {}, "v2t": {}, "gallery": kept}))
            (folder / "config.json").write_text(json.dumps({"model": model, "data": data, "split": "test"}))
            places.append(folder)
    return places


@pytest.mark.slow
def test_runs_of_ours_leaked_against_disjoint(runs, capsys):
    told = validity(runs[::-1])
    found = told.t2v
    assert told.sets == ["whole test", "disjoint test"]
    assert sorted(found.models) == ["bad", "best", "fair", "good"]
    assert found.tau == 1 and found.interval_95_models_and_queries[0] < 1
    assert found.leak.rows[0].left_out == 100 and found.leak.left_out == 30
    assert ["bad", "best"] in [sorted(pair) for pair in found.second.told_apart]
    assert "disjoint test is part of whole test" in validity_text(told)
    with pytest.raises(SystemExit) as done:
        main(["report", "--validity", *map(str, runs), "--json"])
    assert done.value.code == 0 and json.loads(capsys.readouterr().out)["v2t"]["tau"] == 1


def test_what_cannot_be_compared_is_told(runs, tmp_path, capsys):
    with pytest.raises(MetricsError, match="1 test sets"):
        validity(runs[::2])
    with pytest.raises(MetricsError, match="1 models are evaluated on both"):
        validity([*runs[:2], runs[3], runs[4]])
    with pytest.raises(MetricsError, match="of the same model"):
        validity([runs[0], *runs[:2]])
    with pytest.raises(MetricsError, match="R@x"):
        validity(runs, "R@x")
    for odd in ("R@²", "R@0"):
        with pytest.raises(MetricsError, match=odd):
            validity([], odd)
    with pytest.raises(MetricsError, match="have no R@7, only R@1"):
        validity([], "R@7")
    assert -1 <= validity(runs, "R@7").t2v.tau <= 1
    bad = tmp_path / "bad.json"
    nan = [{"method": name, "t2v": [float("nan")] * 5, "v2t": [5.0] * 5} for name in "ab"]
    bad.write_text(json.dumps({"tables": [{"name": n, "queries": 10, "rows": nan} for n in "xy"]}))
    with pytest.raises(MetricsError, match="not a JSON number"):
        validity([bad])
    short = {"name": "x", "queries": 10, "rows": [{"method": m, "t2v": [1.0], "v2t": []} for m in "ab"]}
    wrong = ["{", "[]", '{"tables": []}', '{"tables": [{"rows": [{}]}, {"rows": [{}]}]}', '{"tables": ' + "[" * 100_000]
    for text in (
        *wrong,
        json.dumps({"tables": [short | {"queries": 10**400}] * 2}),
        '{"columns": 5, "tables": [{}, {}]}',
    ):
        bad.write_text(text)
        with pytest.raises(SystemExit) as done:
            main(["report", "--validity", str(bad)])
        err = capsys.readouterr().err
        assert done.value.code == 2 and len(err.strip().splitlines()) == 1 and str(bad) in err


@pytest.mark.slow
def test_a_file_of_tables_and_the_papers_own(tmp_path, capsys):
    path = tmp_path / "tables.json"
    path.write_text(json.dumps(to_json(paper())))
    assert validity([path]).t2v == validity([]).t2v and validity([path]).v2t == validity([]).v2t
    with pytest.raises(SystemExit):
        main(["report", "--validity", "--out", str(tmp_path / "x.json")])
    told = capsys.readouterr().out
    assert "Kendall tau 0.78" in told and "Kendall tau 0.65" in told and "few models" in told
    assert json.loads((tmp_path / "x.json").read_text())["t2v"]["tau"] == pytest.approx(0.78, abs=0.005)
    assert -1 <= validity([path], "MnR").t2v.tau <= 1


def test_models_without_an_order_have_no_tau(tmp_path):
    rows = [{"method": name, "t2v": [5.0] * 5, "v2t": [5.0] * 5} for name in "ab"]
    path = tmp_path / "same.json"
    path.write_text(json.dumps({"tables": [{"name": n, "queries": 10, "rows": rows} for n in "xy"]}))
    told = validity([path])
    assert told.to_dict()["t2v"]["tau"] is None and "not defined" in validity_text(told)
