"""Does rank on one dataset predict rank on another? Kendall's tau over models, intervals, and who can be told apart.

Reads figures of the same models on two datasets (paper.json ships the paper's seven); writes nothing;
`svta report --validity` prints it.

    paper_validity()["t2v"]["tau"]     # 0.78: SVTA test against zero-shot UCFCrime-AR, 7 models
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from importlib.resources import files
from itertools import combinations
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from .metrics import MetricsError

DRAWS: Final = 4_000
Z_95: Final = 1.959964


def kendall_tau(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Kendall's tau-b (ties allowed) of two figures of the same models; NaN where one of them never differs."""
    x, y = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if x.shape != y.shape or x.ndim != 1 or len(x) < 2:
        raise MetricsError(f"two figures of at least two models are needed, these are {x.shape} and {y.shape}")
    rows, columns = np.triu_indices(len(x), 1)
    signs_x, signs_y = np.sign(x[rows] - x[columns]), np.sign(y[rows] - y[columns])
    scale = math.sqrt(np.count_nonzero(signs_x) * np.count_nonzero(signs_y))
    return float((signs_x * signs_y).sum() / scale) if scale else float("nan")


def tau_interval(
    a: Sequence[float],
    b: Sequence[float],
    sizes: tuple[int, int] | None = None,
    *,
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
) -> list[float]:
    """Bootstrap interval of tau over models; with `sizes` (queries of the two test sets) also over queries.

    Published recalls carry no queries: theirs are drawn from a binomial of the published percentage, model by model.
    """
    rng = np.random.default_rng(seed)
    pair = [np.asarray(figures, dtype=np.float64) for figures in (a, b)]
    taus = []
    for _ in range(draws):
        chosen = rng.integers(len(pair[0]), size=len(pair[0]))
        drawn = [figures[chosen] for figures in pair]
        if sizes is not None:
            drawn = [100 * rng.binomial(n, figures / 100) / n for figures, n in zip(drawn, sizes)]
        if not math.isnan(tau := kendall_tau(*drawn)):
            taus.append(tau)
    if not taus:
        return [float("nan"), float("nan")]
    return [float(v) for v in np.quantile(taus, ((1 - level) / 2, (1 + level) / 2))]


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
    columns: Sequence[str] = ("R@1", "R@5", "R@10", "MdR", "MnR"),
    seed: int = 0,
) -> dict[str, Any]:
    """Agreement of two tables {"method", "t2v": [...], "v2t": [...]} over the methods that both hold.

    tau with two intervals (over models; over models and queries) and, for recalls, which pairs each set tells apart.
    """
    column = list(columns).index(statistic)
    other = {row["method"]: row[way][column] for row in rows_b}
    shared = [row for row in rows_a if row["method"] in other]
    if len(shared) < 2:
        raise MetricsError(f"{len(shared)} methods are in both tables: at least 2 are needed")
    names = [row["method"] for row in shared]
    a, b = [float(row[way][column]) for row in shared], [float(other[name]) for name in names]
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
    paper = json.loads(files("svta.eval").joinpath("paper.json").read_text(encoding="utf-8"))
    first, second = (table["rows"] for table in paper["tables"][:2])
    return {
        way: validity(
            first, second, way=way, queries=(8_263, 290), statistic=statistic, columns=paper["columns"], seed=seed
        )
        for way in ("t2v", "v2t")
    }


def leak_effect(
    whole: dict[str, Sequence[float]], disjoint: dict[str, Sequence[float]], statistic: str = "R@1"
) -> dict[str, Any]:
    """How the order of models changes when leaked queries are left out; model -> ranks, whole set and disjoint part."""
    from .significance import statistic_of

    figure = statistic_of(statistic)
    names = sorted(whole.keys() & disjoint.keys())
    before = [figure(np.asarray(whole[name], dtype=np.float64)) for name in names]
    after = [figure(np.asarray(disjoint[name], dtype=np.float64)) for name in names]
    rows = [{"model": name, "whole": x, "disjoint": y, "change": y - x} for name, x, y in zip(names, before, after)]
    return {"statistic": statistic, "rows": rows, "tau": kendall_tau(before, after) if len(names) > 1 else None}


def _normal_quantile(p: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(p)
