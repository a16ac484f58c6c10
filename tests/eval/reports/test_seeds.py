"""Spread over seeds: which runs belong together, and their mean and deviation by the statistics module."""

from __future__ import annotations

import json
from dataclasses import replace
from statistics import mean, stdev

import numpy as np
import pytest

from svta.cli import main
from svta.eval.metrics.rank_table import RankTable
from svta.eval.reports.comparison import comparison
from svta.eval.reports.page import render
from svta.eval.reports.seeds import seed_spreads
from svta.eval.retrieval.identity import trained_by
from svta.eval.retrieval.result import EvalRecord, EvalResult, Metrics, Trained
from svta.eval.retrieval.results_folder import write_results


def run(name: str, recall: float | None, trained: Trained | None = None, **more: object) -> EvalResult:
    figures = {"R@1": recall, "R@5": 60.0, "R@10": 70.0, "MdR": 3.0, "MnR": 5.5}
    config = EvalRecord(name=name, data="set", dataset="d1", split="test", model=name, seed=0, trained=trained)
    keys = [f"k{i}" for i in range(4)]
    ranks = RankTable(keys, np.array([1.0, 2, 3, 4]), np.array([1.0, 1, 2, 9]), caption=[f"caption {k}" for k in keys])
    return EvalResult(replace(config, **more), Metrics(figures, figures, 4), ranks)  # type: ignore[arg-type]


def test_runs_that_differ_by_the_seed_of_training_alone():
    values = [41.0, 44.5, 39.25]
    runs = [run(f"a-{seed}", value, Trained("recipe-a", seed)) for seed, value in enumerate(values)]
    other = run("b-0", 12.0, Trained("recipe-b", 0))
    (spread,) = seed_spreads([*runs, other], ["a-0", "a-1", "a-2", "b-0"])
    assert (spread.names, spread.seeds) == (["a-0", "a-1", "a-2"], [0, 1, 2])
    recall = spread.figures["t2v"]["R@1"]
    assert (recall.mean, recall.deviation, recall.runs) == pytest.approx((mean(values), stdev(values), 3), abs=1e-4)
    assert spread.figures["v2t"]["MdR"].deviation == 0
    missing = seed_spreads([runs[0], run("a-1", None, Trained("recipe-a", 1))], ["a-0", "a-1"])
    assert "R@1" not in missing[0].figures["t2v"] and "R@5" in missing[0].figures["t2v"]


def test_what_is_no_spread_over_seeds():
    first = run("a", 40.0, Trained("recipe", 0))
    for second in (
        run("a", 40.0, Trained("recipe", 0)),  # the same seed twice
        run("b", 40.0, Trained("recipe", 1), split="validation"),
        run("b", 40.0, Trained("recipe", 1), ties="official"),
        run("b", 40.0, Trained("recipe", 1), dtype="bfloat16"),
        run("b", 40.0, Trained("recipe", 1), gallery_hash="another"),
        run("b", 40.0),
    ):
        assert seed_spreads([first, second], ["first", "second"]) == []
    assert seed_spreads([run("a", 40.0), run("b", 41.0, seed=1)], ["a", "b"]) == []  # two models


def test_galleries_drawn_by_several_seeds():
    drawn = [
        run("clip", value, gallery=1_000, seed=seed, gallery_hash=f"g{seed}") for seed, value in enumerate((30.0, 34.0))
    ]
    (spread,) = seed_spreads(drawn, ["one", "two"])
    assert spread.seeds == [0, 1] and spread.figures["t2v"]["R@1"].mean == 32


def test_the_seed_and_the_rest_of_training_json(tmp_path):
    def of(**told: object) -> Trained | None:
        (tmp_path / "training.json").write_text(json.dumps(told))
        return trained_by(str(tmp_path))

    first = of(dataset="d", baseline="tiny", recipe={"seed": 0, "lr": 0.1}, seconds=5)
    again = of(dataset="d", baseline="tiny", recipe={"seed": 7, "lr": 0.1}, seconds=9)
    assert first and again and first.recipe == again.recipe and (first.seed, again.seed) == (0, 7)
    for changed in (
        of(dataset="e", baseline="tiny", recipe={"seed": 0, "lr": 0.1}),
        of(dataset="d", baseline="xclip", recipe={"seed": 0, "lr": 0.1}),
        of(dataset="d", baseline="tiny", recipe={"seed": 0, "lr": 0.2}),
    ):
        assert changed and changed.recipe != first.recipe
    assert of(recipe="none") is None and of(recipe={"lr": 1}) is None and trained_by("openai/clip") is None


def test_the_report_tells_it(tmp_path, capsys):
    for seed, value in enumerate((40.0, 44.0)):
        write_results(tmp_path / f"s{seed}", run(f"s{seed}", value, Trained("recipe", seed)))
    with pytest.raises(SystemExit) as done:
        main(["report", str(tmp_path / "s0"), str(tmp_path / "s1"), "--out", str(tmp_path / "page.html")])
    assert done.value.code == 0
    said = capsys.readouterr().out
    assert "2 seeds (s0, s1): R@1 42.0 ± 2.8 t2v, 42.0 ± 2.8 v2t" in said and "Holm's p 1.0000" in said
    assert "interval –" in said  # the same ranks: an interval would have no width
    page = (tmp_path / "page.html").read_text()
    assert "Spread over seeds" in page and "42.0 ± 2.8" in page
    told = json.loads((tmp_path / "page.json").read_text())["seeds"]
    assert told[0]["figures"]["t2v"]["R@1"] == {"mean": 42.0, "deviation": 2.8284, "runs": 2}
    alone = comparison([run("a", 40.0)])
    assert alone.seeds == [] and "Spread over seeds" not in render(alone)
