"""Spread over seeds: runs that differ by a seed alone, trained or drawn again, as mean and deviation.

Reads evaluations; writes nothing; `svta report` shows it as a table of its own. A difference between two runs that is
smaller than this spread is one between seeds, even if a test on one seed says otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Final

from svta.eval.metrics.figures import to_json
from svta.eval.metrics.retrieval import COLUMNS, WAYS, Way
from svta.eval.retrieval.result import EvalResult

_NOT_SETTINGS: Final = ("name", "seed", "model", "model_files", "gallery_hash", "trained", "versions", "device")


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation (n - 1) of one figure over the runs that have it."""

    mean: float
    deviation: float
    runs: int


@dataclass(frozen=True)
class SeedSpread:
    """Runs of one method that differ by seed alone: their names, their seeds, every figure's spread."""

    names: list[str]
    seeds: list[int]
    figures: dict[Way, dict[str, Spread]]


def seed_spreads(results: Sequence[EvalResult], names: Sequence[str]) -> list[SeedSpread]:
    """The spread of every two or more runs that differ by seed alone: of training, or of a drawn gallery."""
    alike: dict[str, list[tuple[str, int, EvalResult]]] = {}
    for result, name in zip(results, names):
        method, seed = _method_and_seed(result)
        alike.setdefault(method, []).append((name, seed, result))
    return [
        SeedSpread(
            [name for name, _, _ in runs],
            [seed for _, seed, _ in runs],
            {way: _spreads([result for _, _, result in runs], way) for way in WAYS},
        )
        for runs in alike.values()
        if len({seed for _, seed, _ in runs}) == len(runs) > 1
    ]


def _method_and_seed(result: EvalResult) -> tuple[str, int]:
    """What is the same over seeds, and the seed: that of training, or of the gallery where one was drawn."""
    config = result.config
    settings = {name: value for name, value in to_json(config).items() if name not in _NOT_SETTINGS}
    if config.gallery is not None or config.trained is None:
        weights = config.model if config.model_files is None else to_json(config.model_files)
        return json.dumps([settings, weights], sort_keys=True), config.seed or 0
    return json.dumps([settings, config.trained.recipe, config.gallery_hash], sort_keys=True), config.trained.seed


def _spreads(results: Sequence[EvalResult], way: Way) -> dict[str, Spread]:
    found: dict[str, Spread] = {}
    for column in COLUMNS:
        values = [value for result in results if (value := result.metrics.of(way).get(column)) is not None]
        if len(values) > 1:
            found[column] = Spread(round(fmean(values), 4), round(stdev(values), 4), len(values))
    return found
