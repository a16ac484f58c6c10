"""What a report says, as plain data: every run with its intervals, paired tests between runs, the paper's rows apart.

Reads RESULTS folders (results.Results) and paper.json; writes nothing; `svta report` shows it as a page (report.py),
as LaTeX and Markdown (tables.py) and as JSON. Nothing here is NaN: a figure over nothing is None.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from importlib.resources import files
from itertools import combinations
from typing import Any, Final

from svta.eval.metrics.retrieval import MetricsError
from svta.eval.metrics.significance import compare_runs, holm

from .results import Results, ResultsError

COLUMNS: Final = ("R@1", "R@5", "R@10", "MdR", "MnR")
WAYS: Final = ("t2v", "v2t")
WAY_NAMES: Final = {"t2v": "text to video", "v2t": "video to text"}
TESTED: Final = ("R@1", "R@5")
MOST_PAIRS: Final = 45  # of ten runs; more would take minutes and tell nothing after Holm's correction
_COPIED: Final = (
    *("gallery", "ties", "num_ranked", "num_nan", "bounds"),
    *("anomaly_or_normal", "category_level", "duplicates"),
)
_RENAMED: Final = {"a": "value_a", "b": "value_b"}


def comparison(runs: Sequence[Results]) -> dict[str, Any]:
    """{"runs": [...], "transductive": [...], "pairs": [...], "paper": {...}}. Raises ResultsError for a broken run.

    runs: name, figures, intervals, categories, controls, config of each. transductive: rows whose scores saw all test
    queries, kept out of every headline. pairs: paired tests of each two runs, or why there can be none.
    """
    if not runs:
        raise ResultsError("no evaluation to report")
    names = unique_names(runs)
    rules = [str(run.metrics.get("ties", "expected")) for run in runs]
    if len(set(rules)) > 1:  # figures counted in different ways share a table only under names that say so
        names = [f"{name} (ties: {rule})" for name, rule in zip(names, rules)]
    told = [_run(run, name) for run, name in zip(runs, names)]
    return {
        "runs": told,
        "transductive": [row for run, name in zip(runs, names) for row in _transductive(run, name)],
        "pairs": _pairs(runs, names),
        "paper": paper(),
    }


def paper() -> dict[str, Any]:
    """The paper's tables, with source and note."""
    data: dict[str, Any] = json.loads(files("svta.eval.reports").joinpath("paper.json").read_text(encoding="utf-8"))
    return data


def unique_names(runs: Sequence[Results]) -> list[str]:
    """The runs' names, told apart by their folder, then by number, where two are called the same."""
    names = [run.name for run in runs]
    if len(set(names)) < len(names):
        names = [f"{name} ({run.folder.name})" if names.count(name) > 1 else name for run, name in zip(runs, names)]
    return [f"{name} #{names[: i + 1].count(name)}" if names.count(name) > 1 else name for i, name in enumerate(names)]


def headline_rows(told: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(name, figures) of every row that belongs in a headline table: the runs, each with its second stage below it."""
    for run in told["runs"]:
        yield run["name"], run
        if again := run.get("reranked"):
            yield f"{run['name']}, top {again.get('top', '?')} re-ranked by {again.get('model', '?')}", again


def number(value: Any) -> float | None:
    """A finite float, or None for anything else: what a figure of an older or broken run may be."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(value)


def without_nan(value: Any) -> Any:
    """The same as JSON can hold it: NaN and infinity become None."""
    if isinstance(value, dict):
        return {str(name): without_nan(item) for name, item in value.items()}
    if isinstance(value, list):
        return [without_nan(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def paper_rows(table: dict[str, Any], columns: Sequence[str]) -> Iterator[tuple[str, dict[str, dict[str, float]]]]:
    """(method, {"t2v": {...}, "v2t": {...}}) of one of the paper's tables."""
    for row in table["rows"]:
        yield row["method"], {way: dict(zip(columns, row[way])) for way in WAYS}


def _run(run: Results, name: str) -> dict[str, Any]:
    metrics = run.metrics
    if not all(isinstance(metrics[way], dict) for way in WAYS) or not isinstance(metrics["gallery"], int):
        raise ResultsError(f"{run.folder}: metrics.json is of another kind; run `svta eval` again")
    told: dict[str, Any] = {
        "name": name,
        **{way: {column: number(metrics[way].get(column)) for column in COLUMNS} for way in WAYS},
        "interval_95": _section(metrics, "interval_95"),
        **{key: metrics[key] for key in _COPIED if key in metrics},
        "by_category": _section(metrics, "by_category"),
        "controls": {
            label: figures for label, figures in _section(metrics, "controls").items() if not _is_transductive(figures)
        },
        "trained_on_gallery": bool(metrics.get("trained_on_gallery")),
        "unreadable": len(metrics.get("unreadable") or []),
        "config": run.config,
    }
    more = ("reranked", "leaks", "mteb", "zero_shot")
    told |= {key: metrics[key] for key in more if isinstance(metrics.get(key), dict)}
    return without_nan(told)


def _transductive(run: Results, name: str) -> Iterator[dict[str, Any]]:
    """Every set of figures in a run that says of itself that it is transductive."""
    found = [(key, value) for key, value in run.metrics.items() if _is_transductive(value)]
    found += [(key, value) for key, value in _section(run.metrics, "controls").items() if _is_transductive(value)]
    for key, value in found:
        label = str(value.get("method") or key).replace("_", " ")
        yield without_nan({"name": f"{name}, {label}", **{way: value.get(way) or {} for way in WAYS}})


def _is_transductive(value: Any) -> bool:
    return isinstance(value, dict) and value.get("transductive") is True


def _pairs(runs: Sequence[Results], names: Sequence[str]) -> list[dict[str, Any]]:
    """Paired tests of every two runs: figure by figure with Holm's correction over the pairs, or `refused`: why not."""
    rows: list[dict[str, Any]] = []
    pairs = list(combinations(range(len(runs)), 2))
    if len(pairs) > MOST_PAIRS:
        raise ResultsError(f"{len(runs)} runs are {len(pairs)} pairs to test: report at most 10 at a time")
    for first, second in pairs:
        base = {"a": names[first], "b": names[second]}
        try:
            for way in WAYS:
                for statistic in TESTED:
                    found = compare_runs(runs[first].ranks, runs[second].ranks, way=way, statistic=statistic)
                    figures = {_RENAMED.get(key, key): value for key, value in found.as_dict().items()}
                    rows.append({**base, "way": way, **figures})
        except (MetricsError, TypeError, ValueError) as error:
            rows = [row for row in rows if (row["a"], row["b"]) != (base["a"], base["b"])]
            rows.append({**base, "refused": str(error)})
    for way in WAYS:
        for statistic in TESTED:
            alike = [row for row in rows if row.get("way") == way and row["statistic"] == statistic]
            for row, corrected in zip(alike, holm([row["p"] for row in alike])):
                row["p_holm"] = corrected
    return rows


def _section(metrics: dict[str, Any], name: str) -> dict[str, Any]:
    value = metrics.get(name)
    return value if isinstance(value, dict) else {}
