"""Krippendorff's alpha against published values and against its definition, computed pair by pair."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from svta.eval.audit.agreement import krippendorff_alpha

_ = float("nan")
# the example of Krippendorff (2011), section C: four observers, twelve units, missing values
PUBLISHED = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
    [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
]


@pytest.mark.parametrize(("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_the_published_example(level, alpha) -> None:
    assert krippendorff_alpha(PUBLISHED, level) == pytest.approx(alpha, abs=5e-4)


def by_definition(table, level) -> float:
    """1 - D_o / D_e by loops over pairs of single answers: no coincidences, no matrix."""
    units = [[v for v in column if not np.isnan(v)] for column in np.array(table, float).T]
    units = [unit for unit in units if len(unit) > 1]
    everything = [v for unit in units for v in unit]

    def distance(a, b):
        if level == "interval":
            return (a - b) ** 2
        if level == "nominal":
            return float(a != b)
        low, high = min(a, b), max(a, b)
        between = sum(low <= v <= high for v in everything)
        return (between - (everything.count(a) + everything.count(b)) / 2) ** 2 if a != b else 0.0

    observed = sum(sum(distance(a, b) for a, b in permutations(unit, 2)) / (len(unit) - 1) for unit in units)
    expected = sum(distance(a, b) for a, b in permutations(everything, 2)) / (len(everything) - 1)
    return 1 - observed / expected


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_two_people_with_gaps_equal_the_definition(seed, level) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.integers(1, 6, 25)
    table = np.clip(truth + rng.integers(-1, 2, (2 + seed % 2, 25)), 1, 5).astype(float)
    table[rng.random(table.shape) < 0.2] = np.nan
    if seed == 5:
        table[0] += 0.5  # means of several answers need not be whole numbers
    assert krippendorff_alpha(table, level) == pytest.approx(by_definition(table, level), abs=1e-12)


def test_ends_and_what_says_nothing() -> None:
    assert krippendorff_alpha([[1, 5, 3], [1, 5, 3]]) == 1.0
    assert krippendorff_alpha([[1, 2], [2, 1]], "nominal") < 0
    for table in ([[3, 3], [3, 3]], [[1, _], [_, 2]], [[1, 2, 3]], np.zeros((0, 0))):
        assert np.isnan(krippendorff_alpha(table))
    with pytest.raises(ValueError, match="nominal, ordinal or interval"):
        krippendorff_alpha([[1, 2], [1, 2]], "ratio")
    with pytest.raises(ValueError, match="shape"):
        krippendorff_alpha([1, 2, 3])
