"""Windows into moments: bounds, gaps, neighbours and nested windows, computed by hand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from svta.eval.search.calibration import AlarmCurve, Rate, rate_text
from svta.eval.search.merging import FrameScores, Peak, Scored, SharedParts, Signal, belongs, peaks, smoothed
from svta.eval.search.odd import oddness
from svta.eval.search.store.segments import Spans


def windows(scores, *, length=2.0, hop=1.0, video=None):
    """Half overlapping windows of one or several videos with these scores."""
    scores = np.asarray(scores, np.float32)
    video = np.zeros(len(scores), np.int32) if video is None else np.asarray(video, np.int32)
    order = np.concatenate([np.arange((video == number).sum()) for number in np.unique(video)])
    edges = np.searchsorted(video, np.arange(video.max() + 2))
    rows = [(int(a), int(b)) for a, b in pairwise(edges)]
    return Scored(video, order * hop, order * hop + length, scores, rows)


def spans(scored, allowed=None):
    allowed = np.ones(len(scored.score), bool) if allowed is None else allowed
    return [
        (peak.video, peak.start, peak.end, round(peak.score, 3)) for peak in peaks(scored, allowed, SharedParts(scored))
    ]


def test_the_parts_that_windows_share():
    scored = windows([0.0, 1.0, 0.5])  # 0-2, 1-3, 2-4
    signal = SharedParts(scored).of(0, 0, 4)
    assert signal.start.tolist() == [0, 1, 2, 3] and signal.end.tolist() == [1, 2, 3, 4]
    assert signal.score.tolist() == [0.0, 0.5, 0.75, 0.5]


def test_one_event_is_one_moment_at_half_height():
    # event from 10 to 14 s of 100 s: windows inside score 1, those that share a second .5, the rest 0
    scores = np.zeros(99)
    scores[10:13], scores[[9, 13]] = 1.0, 0.5
    assert spans(windows(scores))[0] == (0, 10.0, 14.0, 1.0)
    assert [s for s in spans(windows(scores)) if s[3] > 0] == [(0, 10.0, 14.0, 1.0)]


def test_what_is_usual_elsewhere_is_no_part_of_an_event():
    # most videos score .4, so half of the height of a peak of 1 is .7, in a video too whose rest scores 0
    scores = np.zeros(99)
    scores[10:13], scores[[7, 8, 9, 13, 14, 15]] = 1.0, 0.6
    scored = windows([*scores, *[0.4] * 300], video=[*[0] * 99, *[1] * 300])
    assert scored.floor == pytest.approx(0.4)
    assert spans(scored)[0] == (0, 10.0, 14.0, 1.0)


def test_two_events_of_one_video_are_two():
    scores = np.zeros(99)
    for start in (10, 40):
        scores[start : start + 3], scores[[start - 1, start + 3]] = 1.0, 0.5
    scores[41] = 1.1
    found = [s for s in spans(windows(scores)) if s[3] > 0.6]
    assert found == [(0, 40.0, 44.0, 1.1), (0, 10.0, 14.0, 1.0)]


def test_moments_of_one_video_do_not_overlap():
    # a plateau of .8 right behind an event of 2: its slope leads into the event, its bounds do not
    scores = np.zeros(99)
    scores[9:14], scores[14:24] = [1.0, 2.0, 2.0, 2.0, 1.4], 0.8
    assert spans(windows(scores))[:2] == [(0, 10.0, 15.0, 2.0), (0, 15.0, 25.0, 0.8)]
    for seed in range(20):
        found = sorted(spans(windows(np.random.default_rng(seed).random(200) ** 4))[:60])
        assert all(a[2] <= b[1] for a, b in pairwise(found))


def test_a_long_window_that_holds_some_of_an_event_is_not_the_event_again():
    # 30 s of frames at 1 in a video of 200 s; windows of 2, 8 and 32 s are means of frames
    frames = Signal(np.arange(200.0), np.arange(1.0, 201.0), np.zeros(200, np.float32))
    frames.score[100:130] = 1.0
    starts = [(first, length) for length in (2, 8, 32) for first in range(0, 200 - length + 1, length // 2)]
    begin, length = np.array(sorted(starts), float).T
    scores = np.array([frames.score[int(b) : int(b + n)].mean() for b, n in zip(begin, length)], np.float32)
    scored = Scored(np.zeros(len(begin), np.int32), begin, begin + length, scores, [(0, len(begin))])
    found = list(peaks(scored, np.ones(len(begin), bool), FrameScores(lambda _: frames)))
    assert [(peak.start, peak.end) for peak in found if peak.score > 0] == [(100.0, 130.0)]


def test_a_gap_of_a_second_is_bridged_and_one_of_three_is_not():
    scores = np.zeros(99)
    scores[10:13] = scores[14:17] = 1.0
    scores[13] = 0.8
    assert len([s for s in spans(windows(scores)) if s[3] >= 0.6]) == 1
    scores = np.zeros(99)
    scores[10:13] = scores[19:22] = 1.0
    assert len([s for s in spans(windows(scores)) if s[3] >= 0.6]) == 2


def test_a_video_that_is_the_event_is_one_moment():
    scored = windows([*[0.9] * 5, *[0.1] * 60], video=[*[0] * 5, *[1] * 60])
    assert spans(scored)[0] == (0, 0.0, 6.0, 0.9)


def test_windows_that_are_not_allowed_give_no_moment():
    scored = windows([0.9, 0.8, *[0.1] * 60], video=[0, 0, *[1] * 60])
    assert all(s[0] == 1 for s in spans(scored, scored.video == 1))
    assert spans(scored, np.zeros(62, bool)) == []


def test_moments_that_just_reach_the_least_score_are_kept():
    scored = windows([0.75, 0.5, 0.25], video=[0, 1, 2])
    found = peaks(scored, np.ones(3, bool), SharedParts(scored), 0.5)
    assert [peak.score for peak in found] == [0.75, 0.5]


def test_order_goes_on_past_the_first_thousand():
    rng = np.random.default_rng(0)
    scored = windows(rng.random(3000), video=np.arange(3000))  # a window a video
    found = spans(scored)
    assert len(found) == 3000
    assert [s[3] for s in found] == sorted((s[3] for s in found), reverse=True)


def test_best_ones_are_ordered_by_exact_scores():
    scored = windows([0.5, 0.501, 0.2], video=[0, 1, 2])
    exact = np.array([0.53, 0.52, 0.2], np.float32)
    scored = Scored(scored.video, scored.start, scored.end, scored.score, scored.rows, lambda rows: exact[rows])
    assert [s[0] for s in spans(scored)] == [0, 1, 2]


@pytest.mark.parametrize(
    ("window", "moment", "does"),
    [((0, 2), (1, 9), True), ((0, 2), (1.1, 9), False), ((0, 32), (10, 12), True), ((0, 2), (2, 4), False)],
)
def test_what_belongs_to_a_moment(window, moment, does):
    assert belongs(*window, moment) is does


def test_frames_are_smoothed_over_two_seconds():
    start = np.arange(8) * 0.5
    raw = Signal(start, start + 0.5, np.array([0, 0, 0, 5, 0, 0, 0, 0], np.float32))
    assert smoothed(raw).score.tolist() == [0, 1, 1, 1, 1, 1, 0, 0]
    fine = FrameScores(lambda video: raw)
    assert fine.of(0, 1.0, 2.0).start.tolist() == [1.0, 1.5]


def peak(score):
    return Peak(0, 0.0, 1.0, score, 0)


def test_alarm_curve_by_hand():
    curve = AlarmCurve([peak(s) for s in (0.9, 0.7, 0.7, 0.4, 0.1)], hours=2.0)
    assert curve.rate(0.95) == Rate(0.0, 0.0, pytest.approx(3.688879 / 2))
    assert curve.rate(0.7).per_hour == 1.5
    assert (curve.rate(0.7).low, curve.rate(0.7).high) == (pytest.approx(0.618672 / 2), pytest.approx(8.767273 / 2))
    assert curve.rate(0.0).per_hour == 2.5
    assert 0.7 < curve.threshold(1.0) < 0.7001  # two at .7 fire together: at most one an hour is above them
    assert 0.4 < curve.threshold(1.5) < 0.4001
    assert curve.threshold(2.5) == -np.inf
    assert curve.threshold(0.0) > 0.9


def test_a_rate_that_floats_miss_allows_what_it_says():
    curve = AlarmCurve([peak(1 - number / 64) for number in range(40)], hours=100.0)
    assert 0.29 * 100.0 < 29  # alarms, in floats
    assert curve.threshold(0.29) == pytest.approx(1 - 29 / 64) and curve.rate(curve.threshold(0.29)).per_hour == 0.29


def test_rates_for_a_reader():
    assert rate_text(Rate(0, 0, 0.66), 5.6) == "fewer than 3 in 5.6 h of normal footage (95 %)"
    assert rate_text(Rate(123.0, 7.75, 1412.0), 2) == "120 an hour of normal footage (7.8 to 1,400, 95 %)"
    assert rate_text(Rate(1.5, 0.31, 4.4), 2) == "1.5 an hour of normal footage (0.31 to 4.4, 95 %)"
    assert rate_text(None, 2) == ""


def test_what_is_unlike_the_rest():
    rng = np.random.default_rng(0)
    base = np.array([1.0, 0.0, 0.0, 0.0])
    rows = base + 0.01 * rng.standard_normal((200, 4))
    rows[150] = [0.0, 1.0, 0.0, 0.0]
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    spans = Spans(
        ("a", "b"),
        np.repeat([0, 1], 100).astype(np.int32),
        np.tile(np.arange(100.0), 2),
        np.tile(np.arange(2.0, 102), 2),
    )
    found = oddness(spans, lambda chosen: rows[chosen], np.ones(200, bool))
    assert int(found.argmax()) == 150 and found[150] > 0.9 and np.delete(found, 150).max() < 0.01


def test_two_strange_windows_of_one_event_are_no_company_for_each_other():
    rng = np.random.default_rng(0)
    rows = np.eye(4)[0] + 0.01 * rng.standard_normal((200, 4))
    rows[[50, 55]] = np.eye(4)[1]  # 5 s apart
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    video, start = np.repeat([0, 1], 100).astype(np.int32), np.tile(np.arange(100.0), 2)
    found = oddness(Spans(("a", "b"), video, start, start + 2), lambda chosen: rows[chosen], np.ones(200, bool))
    assert found[50] > 0.9 and found[55] > 0.9
