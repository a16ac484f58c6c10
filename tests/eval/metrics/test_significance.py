"""Bootstrap intervals and paired tests: known cases, coverage, groups, pairing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from svta.eval.metrics.rank_table import RankTable
from svta.eval.metrics.retrieval import MetricsError
from svta.eval.metrics.significance import bootstrap, compare, compare_runs, group_codes, holm, statistic_of


def test_statistics_by_name():
    ranks = np.array([1.0, 2, 2, 10])
    assert [statistic_of(name)(ranks) for name in ("R@1", "R@2", "MdR", "MnR")] == [25, 75, 2, 3.75]
    with pytest.raises(MetricsError, match="MRR"):
        statistic_of("MRR")


def test_interval_covers_the_binomial_one():
    ranks = np.where(np.arange(400) < 100, 1.0, 5.0)
    half = 1.96 * 100 * np.sqrt(0.25 * 0.75 / 400)
    assert bootstrap(ranks, draws=4_000) == pytest.approx((25 - half, 25 + half), abs=0.6)
    assert bootstrap(ranks, draws=200) == bootstrap(ranks, draws=200)
    assert bootstrap(np.ones(5)) == (100, 100)
    with pytest.raises(MetricsError, match="no ranks"):
        bootstrap([])


def test_groups_widen_the_interval():
    ranks = np.repeat(np.where(np.arange(40) % 4 == 0, 1.0, 5.0), 10)  # ten clips of each video behave alike
    alone, kin = bootstrap(ranks), bootstrap(ranks, groups=np.repeat(np.arange(40), 10).tolist())
    assert (kin[1] - kin[0]) > 2.5 * (alone[1] - alone[0])


def test_interval_of_a_median_and_of_queries_with_several_ranks():
    low, high = bootstrap([1.0] * 50 + [9.0] * 50, statistic="MdR", draws=200)
    assert (low, high) == (1, 9)
    twice = bootstrap([1.0, 2.0, 2.0], groups=["a", "b", "c"], query_of_rank=np.array([0, 1, 1]))
    assert twice == (0, 100)  # query b has two ranks, query c none: a draw may hold c alone


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
    assert (same.difference, same.p, same.low, same.high) == (0, 1, 0, 0)
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
    assert compare_runs(a, b, way="v2t").difference == pytest.approx(-100 / 3)
    with pytest.raises(MetricsError, match="other galleries: 2 clips"):
        compare_runs(a, replace(b, key=["z", "x", "w"]))


def test_holm():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.9]) == [1, 1]
