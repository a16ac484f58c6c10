"""Scores for the Hub: what huggingface_hub parses back, both directions, and what is refused. Mirrors hub_scores.py."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml

from svta.builder.card.eval_yaml import evaluation
from svta.builder.layout.stats import compute_stats
from svta.cli import main
from svta.eval.metrics.figures import ResultsError
from svta.eval.metrics.rank_table import RankTable
from svta.eval.reports.hub_scores import TASKS, write_scores
from svta.eval.retrieval.result import EvalRecord, EvalResult, Metrics


def results(config: EvalRecord | None = None, **more) -> EvalResult:
    config = config or EvalRecord(split="test")
    metrics = {"t2v": {"R@1": 41.46341}, "v2t": {"R@1": 39.0}, "gallery": 41, "ties": "expected", **more}
    return EvalResult(config, Metrics(**metrics), RankTable([], np.array([])), Path("run"))


def test_the_hub_reads_what_is_written(tmp_path: Path) -> None:
    from huggingface_hub import parse_eval_result_entries

    path = write_scores(tmp_path, results(), "ns/svta@0123abc")
    assert path == tmp_path / ".eval_results" / "svta.yaml"
    entries = parse_eval_result_entries(yaml.safe_load(path.read_text()))
    scores = {entry.task_id: (entry.value, entry.dataset_id, entry.dataset_revision) for entry in entries}
    assert scores == {
        "text-to-video": (41.46, "ns/svta", "0123abc"),
        "video-to-text": (39.0, "ns/svta", "0123abc"),
    }
    assert "split test, 41 clips, ties expected" in entries[0].notes
    part = results(EvalRecord(split="test", gallery=41, disjoint_from="t.jsonl"))
    notes = yaml.safe_load(write_scores(tmp_path, part, "ns/svta").read_text())[0]["notes"]
    assert "41 clips, a drawn part of it, without what leaks from t.jsonl, ties" in notes


def test_the_tasks_are_those_of_the_datasets_eval_yaml(packed: Path) -> None:
    assert {task["id"] for task in evaluation(compute_stats(packed))["tasks"]} == TASKS.keys()


def test_what_is_no_score_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ResultsError, match="trained on"):
        write_scores(tmp_path, results(trained_on_gallery=True), "ns/svta")
    for dataset in ("svta", "ns/svta/x", "ns/svta@a b"):
        with pytest.raises(ResultsError, match="repo id"):
            write_scores(tmp_path, results(), dataset)
    for figures in ({"R@1": None}, {}):
        with pytest.raises(ResultsError, match="no R@1 v2t"):
            write_scores(tmp_path, results(v2t=figures), "ns/svta")
    with pytest.raises(ResultsError, match="no such model"):
        write_scores(tmp_path / "none", results(), "ns/svta")
    with pytest.raises(SystemExit) as stop:
        main(["report", str(tmp_path), "--eval-results", str(tmp_path)])
    assert stop.value.code == 2 and "go together" in capsys.readouterr().err
