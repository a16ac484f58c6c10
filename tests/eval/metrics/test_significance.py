"""Bootstrap intervals and paired tests: known cases, coverage, groups, pairing."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from svta.eval.metrics.rank_table import RankTable
from svta.eval.metrics.ranks import Ranks
from svta.eval.metrics.retrieval import MetricsError
from svta.eval.metrics.significance import bootstrap, compare, compare_runs, group_codes, holm, wilson


def test_interval_covers_the_binomial_one():
    ranks = np.where(np.arange(400) < 100, 1.0, 5.0)
    half = 1.96 * 100 * np.sqrt(0.25 * 0.75 / 400)
    assert bootstrap(ranks, draws=4_000) == pytest.approx((25 - half, 25 + half), abs=0.6)
    assert bootstrap(ranks, draws=200) == bootstrap(ranks, draws=200)
    assert (
        bootstrap(np.ones(5)) is None and bootstrap(np.full(5, 9.0)) is None
    )  # an interval without width says nothing
    assert bootstrap(ranks, groups=["one video"] * 400) is None
    assert bootstrap(Ranks(np.full(9, 4.5), np.full(9, 8.0))) is None  # an eighth of every query
    with pytest.raises(MetricsError, match="no ranks"):
        bootstrap([])


@pytest.mark.parametrize(
    ("found", "of", "ends"),  # Newcombe 1998, table I, method 3
    [
        (81, 263, (25.5, 36.6)),
        (15, 148, (6.2, 16.0)),
        (0, 20, (0.0, 16.1)),
        (1, 29, (0.6, 17.2)),
        (29, 29, (88.3, 100)),
    ],
)
def test_the_interval_of_a_share_is_wilson_s(found, of, ends):
    assert wilson(found / of, of) == pytest.approx(ends, abs=0.051)
    assert wilson(0.0, 0) == (0.0, 100.0)
    assert wilson(1.0, 1) == pytest.approx((20.7, 100.0), abs=0.051)


def test_groups_widen_the_interval():
    ranks = np.repeat(np.where(np.arange(40) % 4 == 0, 1.0, 5.0), 10)  # ten clips of each video behave alike
    alone, kin = bootstrap(ranks), bootstrap(ranks, groups=np.repeat(np.arange(40), 10).tolist())
    assert (kin[1] - kin[0]) > 2.5 * (alone[1] - alone[0])


def test_interval_of_a_median_and_of_queries_with_several_ranks():
    low, high = bootstrap([1.0] * 50 + [9.0] * 50, statistic="MdR", draws=200)
    assert (low, high) == (1, 9)
    assert bootstrap([1.0, 1.0, 9.0], statistic="MdR", groups=["a", "a", "b"]) == (1, 9)  # a quarter of draws: b alone
    twice = bootstrap([1.0, 2.0, 2.0], groups=["a", "b", "c"], query_of_rank=np.array([0, 1, 1]))
    assert twice == (0, 100)  # query b has two ranks, query c none: a draw may hold c alone
    moved = bootstrap([1.0, 1.0, 9.0], groups=["a", "b", "c"], query_of_rank=np.array([0, 2, 2]))
    assert moved == (50, 100)  # query c has a right rank and a wrong one, query b none: a draw without a gives half


def test_queries_without_a_group_stand_alone():
    codes = group_codes(["a", None, "a", None], 4)
    assert codes[0] == codes[2] and len(set(codes)) == 3
    with pytest.raises(MetricsError, match="2 groups for 4"):
        group_codes(["a", "b"], 4)


def test_paired_test_sees_a_real_difference_and_no_other():
    rng = np.random.default_rng(0)
    a = rng.integers(1, 40, 300).astype(float)
    better = np.where(rng.random(300) < 0.15, 1.0, a)
    found = compare(a, better)
    assert found.difference == pytest.approx(found.value_b - found.value_a) and found.low > 0 and found.p < 0.01
    same = compare(a, a)
    assert (same.difference, same.p, same.low, same.high) == (0, 1, None, None)
    assert compare(better, a).p == pytest.approx(found.p, abs=0.01)
    with pytest.raises(MetricsError, match="do not pair"):
        compare(a, a[:-1])


def test_p_values_are_uniform_when_nothing_differs():
    rng = np.random.default_rng(1)
    values = [compare(*rng.integers(1, 5, (2, 60)), draws=99, seed=s).p for s in range(200)]
    assert 0.01 < np.mean(np.array(values) <= 0.1) < 0.2


def test_runs_are_paired_by_key():
    a = RankTable(["x", "y", "z"], np.array([1.0, 2, 3]), np.array([1.0, 1, 1]), group=["g", "g", None])
    b = RankTable(["z", "x", "y"], np.array([3.0, 1, 2]), np.array([5.0, 1, 1]))
    assert compare_runs(a, b).difference == 0 and compare_runs(a, b).groups == 2
    assert compare_runs(a, b).low is None  # no query differs: each is compared with itself
    assert compare_runs(replace(a, group=["g", None, "g"]), b).low is None
    assert compare_runs(a, b, way="v2t").difference == pytest.approx(-100 / 3)
    with pytest.raises(MetricsError, match="different captions: 2 captions are"):
        compare_runs(a, replace(b, key=["z", "x", "w"]))
    said = replace(a, caption=["one", "two", "three"])
    assert compare_runs(said, replace(b, caption=["three", "one", "two"])).difference == 0
    with pytest.raises(MetricsError, match="different queries"):  # the same captions, of other clips
        compare_runs(said, replace(b, caption=["three", "two", "one"]))


def test_a_mean_over_drawn_groups_is_over_their_own_queries():
    """Nine right queries of one group and a wrong one of another: 0, 90 or 100, never 180."""
    assert bootstrap([1.0] * 9 + [50.0], groups=["nine"] * 9 + ["one"]) == (0.0, 100.0)


def test_holm():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.9]) == [1, 1]


def test_p_is_the_exact_one_of_all_swaps_of_whole_groups_both_ways():
    """Eight groups of unequal size: all 256 ways to swap the runs, for means and for the median."""
    rng = np.random.default_rng(4)
    groups = np.repeat(np.arange(8), [1, 2, 3, 4, 5, 6, 7, 2])
    a = rng.integers(2, 12, 30).astype(float)
    b = np.where(groups % 3 == 0, 1.0, a + rng.integers(-1, 2, 30))
    figures = (("R@1", lambda r: 100 * np.mean(r <= 1)), ("MnR", np.mean), ("MdR", np.median))
    swaps = [np.array(swap)[groups] for swap in product((False, True), repeat=8)]
    for statistic, figure in figures:
        seen = figure(b) - figure(a)
        every = [figure(np.where(mask, a, b)) - figure(np.where(mask, b, a)) for mask in swaps]
        exact = np.mean(np.abs(every) >= abs(seen) - 1e-9)
        test = compare(a, b, statistic=statistic, groups=groups.tolist(), draws=1_500)
        back = compare(b, a, statistic=statistic, groups=groups.tolist(), draws=1_500)
        assert (test.p, back.p) == pytest.approx((exact, exact), abs=0.04) and test.groups == 8, statistic
        assert back.difference == pytest.approx(-seen) and 0 < exact < 0.9


@pytest.mark.slow
@pytest.mark.parametrize(("statistic", "count", "exact"), [("R@1", 3, 0.25), ("MdR", 2, 0.5)])
def test_a_swap_is_as_likely_as_none(statistic, count, exact):
    """Groups that all gain alike: only all swapped or none swapped differs as much."""
    groups = np.repeat(np.arange(count), 2).tolist()
    test = compare(np.full(2 * count, 9.0), np.ones(2 * count), statistic=statistic, groups=groups, draws=12_000)
    assert test.p == pytest.approx(exact, abs=0.012)


def test_the_level_of_an_interval_is_the_one_asked_for():
    """Half of the drawn differences lie in the interval of level .5: a third as wide as that of .95 (normal)."""
    rng = np.random.default_rng(3)
    a, b = rng.integers(1, 90, (2, 400)).astype(float)
    wide, narrow = (compare(a, b, statistic="MnR", level=level, draws=1_000) for level in (0.95, 0.5))
    spread = np.std(b - a) / np.sqrt(400)
    assert (wide.high - wide.low, narrow.high - narrow.low) == pytest.approx((3.92 * spread, 1.349 * spread), rel=0.1)


def test_the_least_p_is_one_of_all_draws():
    """The order that was seen is one of those that are counted: p is never 0."""
    assert compare(np.ones(60), np.full(60, 9.0), draws=99).p == 0.01
    assert compare(np.ones(60), np.full(60, 9.0)).p == 1 / 2_001


def test_differences_are_drawn_by_whole_groups():
    """Two clips a group gain together: the interval is that of 40 groups (scipy), not of 400 clips."""
    from scipy import stats

    gains = np.repeat(np.arange(40) % 4 == 0, 10)
    test = compare(np.full(400, 5.0), np.where(gains, 1.0, 5.0), groups=np.repeat(np.arange(40), 10).tolist())
    drawn = stats.bootstrap((100.0 * (np.arange(40) % 4 == 0),), np.mean, method="percentile", rng=0)
    assert (test.low, test.high) == pytest.approx(tuple(drawn.confidence_interval), abs=2.6)
    assert test.difference == 25 and test.high - test.low > 20
    # twelve of twenty groups of ten gain: by groups the median is uncertain, by clips it would not be
    first, second = np.full(200, 9.0), np.where(np.repeat(np.arange(20), 10) < 12, 1.0, 9.0)
    median = compare(first, second, statistic="MdR", groups=np.repeat(np.arange(20), 10).tolist(), draws=300)
    assert (median.difference, median.low, median.high) == (-8, -8, 0)


def test_rows_are_connected_by_video_by_group_and_by_caption():
    table = RankTable(
        list("abcdefg"),
        np.ones(7),
        caption=["A man falls.", "two dogs", "a MAN falls", "cars", "cars!", "rain", "snow"],
        group=["v1", "v1", "v2", None, None, "v3", None],
        video=["a", "b", "c", "d", "e", "f", "d"],
    )
    # a-b share a group, a-c a caption; d-e a caption, d-g a video; f is alone
    assert table.components.tolist() == [0, 0, 0, 1, 1, 2, 1]
    assert RankTable(list("xyz"), np.ones(3)).components.tolist() == [0, 1, 2]
    repeated = replace(table, group=None, video=None)
    assert repeated.components.tolist() == [0, 1, 0, 2, 2, 3, 4]


def test_captions_that_repeat_are_drawn_together_without_groups():
    """Ten captions, twenty clips each, all of a caption found or none: ten independent things, not two hundred."""
    rank = np.repeat(np.where(np.arange(10) < 3, 1.0, 7.0), 20)
    table = RankTable([f"k{i}" for i in range(200)], rank, caption=[f"caption {i // 20}" for i in range(200)])
    better = replace(table, t2v_rank=np.where(np.arange(200) < 120, 1.0, rank))
    low, high = bootstrap(table.ranked("t2v"), groups=table.components.tolist())
    assert low <= 10 and high >= 50
    test = compare_runs(table, better)
    assert test.groups == 10 and test.p == pytest.approx(2 * 0.5**3, abs=0.03)  # three captions differ: 2 of 8 swaps


def test_a_video_is_one_query_of_video_to_text():
    nan = float("nan")
    table = RankTable(["a", "b", "c"], np.array([1.0, 2, 1]), np.array([1.0, nan, 3]), video=["a", "a", "c"])
    assert table.queries("t2v").tolist() == [0, 1, 2] and table.queries("v2t").tolist() == [0, 2]
    test = compare_runs(table, replace(table, v2t_rank=np.array([1.0, nan, 1])), way="v2t")
    assert (test.queries, test.difference) == (2, 50)
    with pytest.raises(MetricsError, match="older version"):
        RankTable(["a"], np.ones(1)).ranked("v2t")
