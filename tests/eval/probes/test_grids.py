"""Grids of minimal sets: strict accuracy, its expectation over ties, and chance."""

from __future__ import annotations

import math
from itertools import permutations, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from golden_figures import differences, golden
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from svta.builder.errors import SvtaError
from svta.eval.probes import ProbesError, chance, score_grids
from svta.eval.probes.grids import chance_of, expected_score, strict_score


def test_golden_figures(shared: Path) -> None:
    cases = golden(shared / "reference" / "probes.json")
    for size, figures in cases["chance_percent"].items():
        assert not list(differences({name: value for name, (_, value) in figures.items()}, chance(int(size)), 1e-12))
    for case in [*cases["pair_cases"], *cases["grid_cases"]]:
        assert not list(differences(case["expected"]["honest"], score_grids(case["groups"]))), case["name"]
        assert not list(differences(case["expected"]["chance"], chance_of(case["groups"]))), case["name"]


def test_a_tie_is_wrong_and_expected_by_half() -> None:
    got: Any = score_grids([[[0.9, 0.1], [0.9, 0.8]], None])
    assert got["strict"] == {"text": 0.0, "video": 0.0, "group": 0.0, "text_item": 25.0, "video_item": 25.0}
    assert got["expected"]["text"] == 25.0  # half of one of two groups
    assert got["num_failed"] == 1 and got["num_items"] == 4


def test_no_groups_have_no_figures() -> None:
    got: Any = score_grids([])
    assert set(got["strict"].values()) == {None} == set(chance_of([]).values())


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 3).flatmap(lambda k: st.lists(st.integers(0, 4), min_size=k * k, max_size=k * k)))
def test_expectation_equals_all_orders_of_ties(cells: list[int]) -> None:
    size = math.isqrt(len(cells))
    grid = np.array(cells, float).reshape(size, size)
    tied = [np.argwhere(grid == score).tolist() for score in np.unique(grid)]
    assume(math.prod(math.factorial(len(cells)) for cells in tied) <= 800)
    sums = [scored(grid.shape, orders) for orders in product(*(list(permutations(cells)) for cells in tied))]
    got = expected_score(grid)
    assert [got.text, got.video, got.group, got.text_items, got.video_items] == pytest.approx(np.mean(sums, 0).tolist())


def scored(shape: tuple[int, ...], orders: Any) -> list[float]:
    """The strict score where equal scores are ranked in these orders."""
    ranks, place = np.zeros(shape), 0
    for cells in orders:
        for text, video in cells:
            place += 1
            ranks[text, video] = place
    score = strict_score(ranks)
    return [score.text, score.video, score.group, score.text_items, score.video_items]


@pytest.mark.parametrize("size", [1, 2, 3, 6, 12])
def test_a_blind_model_gets_chance(size: int) -> None:
    got: Any = score_grids([[[0.5] * size] * size])
    expected = {name: value for name, value in got["expected"].items() if not name.endswith("_item")}
    assert expected == pytest.approx({name: chance(size)[name] for name in expected})
    assert got["expected"]["text_item"] == pytest.approx(100 / size)


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([[[1.0, 2.0]]], "group 0"),
        ([[[1.0]], [[1.0], [2.0]]], "group 1"),
        ([[["a"]]], "group 0"),
        ([[]], "group 0"),
        ([3], "group 0"),
        ("no", "a list is needed"),
        ([[[0.0] * 21] * 21], "1 to 20"),
    ],
)
def test_what_is_refused(groups: Any, message: str) -> None:
    with pytest.raises(ProbesError, match=message) as caught:
        score_grids(groups)
    assert isinstance(caught.value, ValueError) and isinstance(caught.value, SvtaError)


@pytest.mark.parametrize("size", [0, -1, 1.5, True])
def test_chance_of_no_grid(size: Any) -> None:
    with pytest.raises(ProbesError):
        chance(size)
