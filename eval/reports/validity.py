"""Does rank on one dataset predict rank on another? Kendall's tau over models, intervals, and who can be told apart.

Reads figures of the same models on two test sets: runs of ours, a JSON file of tables, or the paper's seven models
(paper.json); writes nothing; `svta report --validity [FILE or RUNS]` prints it. Published figures carry no ranks, so
their intervals draw from a binomial; runs of ours are drawn query by query, in whole groups, the same for all models.

    paper_validity()["t2v"]["tau"]     # 0.78: SVTA test against zero-shot UCFCrime-AR, 7 models
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from importlib.resources import files
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from svta.eval.metrics.rank_agreement import DRAWS, Z_95, kendall_tau, tau_interval
from svta.eval.metrics.retrieval import MetricsError
from svta.eval.metrics.significance import compare_runs, drawn_means, group_codes, holm, points_of, statistic_of

from .comparison import without_nan
from .results import Results, read_results

COLUMNS: Final = ("R@1", "R@5", "R@10", "MdR", "MnR")


def told_apart(names: Sequence[str], figures: Sequence[float], queries: int) -> dict[str, Any]:
    """Which pairs of models R@K percentages over `queries` queries tell apart at 95 %, Bonferroni over the pairs.

    Unpaired, for published figures: runs with ranks are compared in pairs and more sharply by significance.compare.
    """
    pairs = list(combinations(range(len(names)), 2))
    limit = _normal_quantile(1 - 0.05 / (2 * max(len(pairs), 1)))
    shares = np.asarray(figures, dtype=np.float64) / 100
    apart = []
    for i, j in pairs:
        spread = math.sqrt((shares[i] * (1 - shares[i]) + shares[j] * (1 - shares[j])) / queries)
        if abs(shares[i] - shares[j]) > limit * spread:
            apart.append([names[i], names[j]])
    half = [100 * Z_95 * math.sqrt(p * (1 - p) / queries) for p in shares]
    return {"queries": queries, "pairs": len(pairs), "told_apart": apart, "half_width_95": [round(h, 2) for h in half]}


def validity(
    rows_a: Sequence[dict[str, Any]],
    rows_b: Sequence[dict[str, Any]],
    *,
    way: str,
    queries: tuple[int, int] | None = None,
    statistic: str = "R@1",
    columns: Sequence[str] = COLUMNS,
    seed: int = 0,
) -> dict[str, Any]:
    """Agreement of two tables {"method", "t2v": [...], "v2t": [...]} over the methods that both hold.

    tau with two intervals (over models; over models and queries) and, for recalls, which pairs each set tells apart.
    """
    if statistic not in columns:
        raise MetricsError(f"these tables have no {statistic}, only {', '.join(columns)}")
    column = list(columns).index(statistic)
    other = {row["method"]: row[way][column] for row in rows_b}
    shared = [row for row in rows_a if row["method"] in other]
    if len(shared) < 2:
        raise MetricsError(f"{len(shared)} methods are in both tables: at least 2 are needed")
    names = [row["method"] for row in shared]
    a, b = [float(row[way][column]) for row in shared], [float(other[name]) for name in names]
    if not np.isfinite([a, b]).all():
        raise MetricsError(f"{way} {statistic} of {', '.join(names)}: a figure that is no number cannot be compared")
    if lower_is_better := not statistic.startswith("R@"):
        a, b = [-v for v in a], [-v for v in b]
    found: dict[str, Any] = {"statistic": statistic, "models": names, "tau": kendall_tau(a, b)}
    found["interval_95_models"] = tau_interval(a, b, seed=seed)
    if queries is not None and not lower_is_better:
        found["interval_95_models_and_queries"] = tau_interval(a, b, queries, seed=seed)
        found["first"], found["second"] = told_apart(names, a, queries[0]), told_apart(names, b, queries[1])
    return found


def paper_validity(statistic: str = "R@1", *, seed: int = 0) -> dict[str, Any]:
    """The paper's seven models: SVTA test (8,263 queries by the stated ratio) against zero-shot UCFCrime-AR (290)."""
    paper = json.loads(files("svta.eval.reports").joinpath("paper.json").read_text(encoding="utf-8"))
    first, second = paper["tables"][:2]
    both, sizes = (first["rows"], second["rows"]), (first["queries"], second["queries"])
    return {
        way: validity(*both, way=way, queries=sizes, statistic=statistic, columns=paper["columns"], seed=seed)
        for way in ("t2v", "v2t")
    }


def validity_report(places: Sequence[str | Path], statistic: str = "R@1") -> dict[str, Any]:
    """{"sets": [two names], "t2v": {...}, "v2t": {...}} of run folders, of one JSON file of tables, or of the paper.

    Raises MetricsError where there are not two test sets with two models in common.
    """
    statistic_of(statistic)
    paths = [Path(place) for place in places]
    if not paths:
        told = {"sets": ["SVTA test", "UCFCrime-AR, zero-shot"], "of": "the paper", **paper_validity(statistic)}
    elif len(paths) == 1 and paths[0].is_file():
        told = _of_file(paths[0], statistic)
    else:
        told = _of_runs([read_results(path) for path in paths], statistic)
    return without_nan(told)


def validity_text(told: dict[str, Any]) -> str:
    """The same for a person."""
    first, second = told["sets"]
    lines = [f"does rank on {first} predict rank on {second}? ({told['of']})"]
    for way, name in (("t2v", "text to video"), ("v2t", "video to text")):
        found = told[way]
        narrow, wide = found["interval_95_models"], found.get("interval_95_models_and_queries")
        told_tau = "not defined: no order among them" if found["tau"] is None else f"{found['tau']:.2f}"
        lines.append(f"{name}, {found['statistic']}, {len(found['models'])} models: Kendall tau {told_tau}")
        if narrow[0] is not None:
            lines.append(f"  95 % interval {narrow[0]:.2f} to {narrow[1]:.2f} over models")
        if wide and wide[0] is not None:
            lines[-1] += f", {wide[0]:.2f} to {wide[1]:.2f} over models and queries"
        for label, side in ((first, found.get("first")), (second, found.get("second"))):
            if side:
                apart = ", ".join(f"{a} / {b}" for a, b in side["told_apart"][:12]) or "none"
                more = ", ..." if len(side["told_apart"]) > 12 else ""
                lines.append(
                    f"  {label} ({side['queries']:,} queries) tells {len(side['told_apart'])} of {side['pairs']} pairs "
                    f"apart: {apart}{more}"
                )
        if leak := found.get("leak"):
            lines.append(
                f"  {second} is part of {first}; {found['statistic']} on what it leaves out / on what it keeps:"
            )
            lines += [f"    {row['model']}: {row['left_out']:.1f} / {row['kept']:.1f}" for row in leak["rows"]]
    if len(told["t2v"]["models"]) < 10:
        lines.append("few models: an interval this wide says little; tau alone says less")
    return "\n".join(lines)


def _of_file(path: Path, statistic: str) -> dict[str, Any]:
    """Tables as paper.json holds them: {"columns": [...], "tables": [{"name", "queries", "rows": [...]}, {...}]}."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        columns = [str(column) for column in data.get("columns", COLUMNS)]
        tables = data["tables"]
        if len(tables) != 2:
            raise MetricsError(f"{path}: two tables are needed, these are {len(tables)}")
        sizes = [table.get("queries") for table in tables]
        queries = (int(sizes[0]), int(sizes[1])) if all(sizes) else None
        rows = [table["rows"] for table in tables]
        ways = {
            way: validity(*rows, way=way, queries=queries, statistic=statistic, columns=columns)
            for way in ("t2v", "v2t")
        }
        return {"sets": [str(table["name"]) for table in tables], "of": path.name, **ways}
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, OSError) as error:
        shape = '{"tables": [{"name", "queries", "rows": [{"method", "t2v": [5 figures], "v2t": [...]}]}, {...}]}'
        raise MetricsError(f"{path}: {shape} is needed ({type(error).__name__}: {error})") from None


def _of_runs(runs: Sequence[Results], statistic: str) -> dict[str, Any]:
    sets = _sets(runs, lambda run: str(run.config.get("model") or run.name)) or _sets(runs, lambda run: run.name)
    if sets is None:
        raise MetricsError("two of the runs are of the same model, by config.json and by name, on the same clips")
    if len(sets) != 2:
        raise MetricsError(
            f"the runs are of {len(sets)} test sets: evaluate the same models on two, then name all runs"
        )
    (keys_a, first), (keys_b, second) = sets.items()
    if set(keys_a[1:]) < set(keys_b[1:]):
        (keys_a, first), (keys_b, second) = (keys_b, second), (keys_a, first)
    models = [model for model in first if model in second]
    if len(models) < 2:
        raise MetricsError(f"{len(models)} models are evaluated on both test sets: at least 2 are needed")
    names = [_set_name(side[models[0]]) for side in (first, second)]
    if names[0] == names[1]:
        names = [f"{name}, {len(keys) - 1:,} clips" for name, keys in zip(names, (keys_a, keys_b))]
    told: dict[str, Any] = {"sets": names, "of": f"{len(models)} models of ours"}
    for way in ("t2v", "v2t"):
        told[way] = _of_sides([[side[model] for model in models] for side in (first, second)], models, way, statistic)
        if set(keys_b[1:]) < set(keys_a[1:]):
            told[way]["leak"] = _left_out([first[model] for model in models], models, set(keys_b[1:]), way, statistic)
    return told


def _sets(runs: Sequence[Results], model: Callable[[Results], str]) -> dict[tuple[str, ...], dict[str, Results]] | None:
    """Runs by test set (split and keys), then by model; None if two runs of a set are of one model."""
    sets: dict[tuple[str, ...], dict[str, Results]] = {}
    for run in runs:
        known = sets.setdefault((str(run.config.get("split")), *sorted(run.ranks["key"])), {})
        if known.setdefault(model(run), run) is not run:
            return None
    return sets


def _of_sides(sides: Sequence[Sequence[Results]], models: list[str], way: str, statistic: str) -> dict[str, Any]:
    sign = 1.0 if statistic.startswith("R@") else -1.0  # a better rank is a lower one
    figures, drawn, told_apart_by = [], [], []
    for number, runs in enumerate(sides):
        ranks = np.stack([_aligned(run, runs[0], way) for run in runs])
        figures.append([sign * statistic_of(statistic)(row) for row in ranks])
        points = [points_of(statistic, row) for row in ranks]
        codes = group_codes(runs[0].ranks.get("group"), ranks.shape[1])
        if all(point is not None for point in points):
            means = [drawn_means(point, codes, DRAWS // 2, number) for point in points if point is not None]
            drawn.append(sign * np.stack(means, axis=1))
        pairs = list(combinations(range(len(models)), 2))
        tests = [
            compare_runs(runs[i].ranks, runs[j].ranks, way=way, statistic=statistic, draws=1_000) for i, j in pairs
        ]
        sure = holm([test.p for test in tests])
        apart = [[models[i], models[j]] for (i, j), p in zip(pairs, sure) if p < 0.05]
        told_apart_by.append({"queries": ranks.shape[1], "pairs": len(pairs), "told_apart": apart})
    a, b = figures
    found: dict[str, Any] = {"statistic": statistic, "models": models, "tau": kendall_tau(a, b)}
    found["figures"] = {"first": [sign * value for value in a], "second": [sign * value for value in b]}
    found["interval_95_models"] = tau_interval(a, b)
    if len(drawn) == 2:
        found["interval_95_models_and_queries"] = _interval_of_draws(*drawn)
    found["first"], found["second"] = told_apart_by
    return found


def _aligned(run: Results, like: Results, way: str) -> npt.NDArray[np.float64]:
    if f"{way}_rank" not in run.ranks:
        raise MetricsError(f"{run.folder}: no {way} ranks in it: it is of an older version, run svta eval again")
    place = {key: i for i, key in enumerate(run.ranks["key"])}
    ranks = np.asarray(run.ranks[f"{way}_rank"], dtype=np.float64)[[place[key] for key in like.ranks["key"]]]
    if not np.isfinite(ranks).all():
        raise MetricsError(f"{run.folder}: ranks that are no numbers cannot be compared")
    return ranks


def _interval_of_draws(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> list[float]:
    rng = np.random.default_rng(0)
    taus = []
    for x, y in zip(a, b):
        chosen = rng.integers(len(x), size=len(x))
        if not math.isnan(tau := kendall_tau(x[chosen], y[chosen])):
            taus.append(tau)
    return [float(v) for v in np.quantile(taus, (0.025, 0.975))] if taus else [float("nan")] * 2


def _left_out(
    runs: Sequence[Results], models: Sequence[str], kept: set[str], way: str, statistic: str
) -> dict[str, Any]:
    """Figures of the queries that the smaller set leaves out (leaked) and keeps, ranked in the same larger gallery."""
    figure, rows = statistic_of(statistic), []
    inside = np.array([key in kept for key in runs[0].ranks["key"]])
    for model, run in zip(models, runs):
        ranks = _aligned(run, runs[0], way)
        rows.append({"model": model, "left_out": float(figure(ranks[~inside])), "kept": float(figure(ranks[inside]))})
    return {"left_out": int((~inside).sum()), "kept": int(inside.sum()), "rows": rows}


def _set_name(run: Results) -> str:
    return f"{run.config.get('data', '?')} {run.config.get('split', '')}".strip()


def _normal_quantile(p: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(p)
