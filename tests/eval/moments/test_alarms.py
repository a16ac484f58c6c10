"""False alarms an hour, event F1 and delay, against golden figures and against matchings tried one by one."""

from __future__ import annotations

from itertools import pairwise, permutations
from pathlib import Path
from typing import Any

import pytest
from golden_figures import differences, golden
from hypothesis import given, settings
from hypothesis import strategies as st

from svta.eval.moments import MomentsError, score_alarms
from svta.eval.moments.alarms import poisson_interval
from svta.eval.moments.event_matching import Matching, merged


def moment(start: float, end: float, score: float | None, video: str = "v", **more: Any) -> dict[str, Any]:
    return {"query": "", "video": video, "start": start, "end": end, "score": score, **more}


def event(start: float, end: float, video: str = "v") -> dict[str, Any]:
    return {"query": "", "video": video, "start": start, "end": end}


def test_golden_figures(shared: Path) -> None:
    cases = golden(shared / "reference" / "alarms.json")["cases"]
    assert len(cases) > 25
    for case in cases:
        arguments = [case[name] for name in ("videos", "queries", "events", "moments")]
        if "error" in case["expected"]:
            with pytest.raises(MomentsError):
                score_alarms(*arguments, **case["options"])
            continue
        got = score_alarms(*arguments, **case["options"])
        assert not list(differences(case["expected"], got)), case["name"]


def test_rates_by_hand() -> None:
    got: Any = score_alarms(
        {"v": 3600.0, "n": 3600.0},
        [""],
        [event(100, 120), event(500, 520)],
        [moment(105, 118, 0.9), moment(0, 5, 0.8, "n"), moment(495, 530, 0.7), moment(9, 8, 0.6)],
        rates=[0, 1],
        f1_thresholds=[0.7],
        delay_thresholds=[0.7],
    )
    hours = (7200 - 40) / 3600
    assert got["normal_seconds"] == 7160
    assert got["curve"]["false_alarms"] == [0, 1, 1, 2]
    assert got["at_rate"]["0"]["recall"] == 0.5
    assert got["at_rate"]["1"]["threshold"] == 0.7 and got["at_rate"]["1"]["recall"] == 1.0
    assert got["at_rate"]["1"]["per_hour"] == pytest.approx(1 / hours)
    assert got["event_f1"][0]["tp"] == [2, 2, 2, 2, 2, 1, 0]  # IoUs 13/20 and 20/35
    assert got["delay"][0]["per_event"] == [5.0, 0.0]


def test_a_rate_that_floats_miss_is_reached() -> None:
    assert 3 / (1_200_000 / 3600) > 0.009  # alarms an hour, in floats
    alarms = [moment(at, at + 5, 1 - at / 100) for at in (10, 20, 30, 40)]
    got: Any = score_alarms({"v": 1_200_000.0}, [""], [], alarms, rates=[0.009])
    assert (got["at_rate"]["0.009"]["false_alarms"], got["at_rate"]["0.009"]["threshold"]) == (3, 0.7)


def test_an_event_of_one_query_is_normal_footage_of_another() -> None:
    events = [{"query": "fire", "video": "v", "start": 10, "end": 20}]
    moments = [{"query": "fall", "video": "v", "start": 10, "end": 20, "score": 1.0}]
    got: Any = score_alarms({"v": 100.0}, ["fire", "fall"], events, moments)
    assert got["normal_seconds"] == 190.0
    assert got["curve"]["false_alarms"] == [1]


@pytest.mark.parametrize(
    ("videos", "events", "moments", "message"),
    [
        ({"v": -1.0}, [], [], "video v"),
        ({"v": float("nan")}, [], [], "video v"),
        ({"v": float("inf")}, [], [], "^video v: inf seconds$"),
        ({"v": 9.0}, [event(1, 10)], [], "event 0"),
        ({"v": 9.0}, [event(3, 3)], [], "event 0"),
        ({"v": 9.0}, [], [moment(1, 2, 1.0, "w")], "unknown video 'w'"),
        ({"v": 9.0}, [], [{"query": "x", "video": "v"}], "unknown query 'x'"),
        ({"v": 9.0}, [], ["now"], "moment 0"),
    ],
)
def test_what_is_refused(videos: Any, events: Any, moments: Any, message: str) -> None:
    with pytest.raises(MomentsError, match=message):
        score_alarms(videos, [""], events, moments)


@pytest.mark.parametrize(
    "options",
    [
        {"rates": 1.0}, {"rates": ["one"]}, {"rates": [None]}, {"recalls": [float("nan")]}, {"collar_s": -1.0},
        {"collar_s": float("inf")},
        {"min_tiou": 2.0}, {"min_tiou": -0.1}, {"min_tiou": "x"}, {"collar_s": None},
        {"f1_thresholds": [[]]}, {"delay_thresholds": "x"},
    ],
)  # fmt: skip
def test_options_that_are_none(options: Any) -> None:
    with pytest.raises(MomentsError, match=next(iter(options))):
        score_alarms({"v": 9.0}, [""], [event(1, 2)], [moment(1, 2, 0.5)], **options)


def test_numbers_beyond_floats_are_infinite() -> None:
    got: Any = score_alarms({"v": 9.0}, [""], [], [moment(1, 10**400, 0.5)])
    assert got["num_malformed"] == 1


@pytest.mark.parametrize(
    ("count", "low", "high"),  # Garwood 1936, exact 95 % limits by the quantiles of chi squared
    [(0, 0.0, 3.688879454), (1, 0.025317808, 5.571643391), (3, 0.618672122, 8.767273070), (100, 81.363991, 121.626794)],
)
def test_poisson_interval(count: int, low: float, high: float) -> None:
    assert poisson_interval(count) == pytest.approx((low, high), abs=1e-6)


def test_poisson_interval_of_many_alarms() -> None:
    assert poisson_interval(31_931) == pytest.approx((31_581.7173, 32_283.1825), abs=1e-3)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sets(st.integers(0, 3), max_size=4), max_size=4))
def test_matching_is_the_largest(choices: list[set[int]]) -> None:
    matching = Matching()
    for number, events in enumerate(choices):
        matching.add(number, sorted(events))
        shown = choices[: number + 1]
        orders = permutations([*range(4), *[None] * len(shown)], len(shown))
        assert matching.size == max(
            sum(e in events for e, events in zip(order, shown, strict=True) if e is not None) for order in set(orders)
        )


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)).filter(lambda w: w[0] < w[1]), max_size=6))
def test_merged_windows_cover_the_same_seconds(windows: list[tuple[int, int]]) -> None:
    union = merged(windows)
    seconds = {second for start, end in windows for second in range(start, end)}
    assert {second for start, end in union for second in range(int(start), int(end))} == seconds
    assert all(before[1] < after[0] for before, after in pairwise(union))
