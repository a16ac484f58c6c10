"""R@1 within sets: hand-counted ranks, ties, NaN, what belongs to no set; and pairs that stay in one batch."""

from __future__ import annotations

import numpy as np
import pytest

from svta.builder.record import CONTRAST, Clip
from svta.eval.metrics.contrast_ranks import by_factor, chance, contrast_numbers, contrast_sets, within_sets
from svta.eval.metrics.rank_counts import Rows, plain_rows


def clip(i: int, group: str | None, factor: str | None) -> Clip:
    return Clip(key=f"k{i}", caption=f"caption {i}", group=group, tag=None if factor is None else CONTRAST + factor)


CLIPS = [
    clip(0, "a", "order"), clip(1, None, None), clip(2, "a", "order"), clip(3, "b", "speed"), clip(4, "b", "speed"),
    clip(5, "b", "speed"), clip(6, "c", "order"), clip(7, "d", None), clip(8, "d", None),
]  # fmt: skip


def test_sets_are_the_clips_of_a_group_that_differ_in_one_thing() -> None:
    sets = contrast_sets(CLIPS, plain_rows(len(CLIPS)))
    assert [(one.factor, one.captions.tolist(), one.videos.tolist()) for one in sets] == [
        ("order", [0, 2], [0, 2]),
        ("speed", [3, 4, 5], [3, 4, 5]),
    ]  # c is alone in the gallery, d says of nothing that it alone differs
    assert chance(sets) == pytest.approx(100 * 2 / 5)
    factors = {name: mask.tolist() for name, mask in by_factor(sets).items()}
    assert factors == {"order": [True, True, False, False, False], "speed": [False, False, True, True, True]}


def test_a_video_of_several_captions_counts_once() -> None:
    videos = Rows(np.array([0, 2, 3]), np.array([0, 0, 1, 2]))
    clips = [clip(i, "a", "order") for i in range(4)]
    (one,) = contrast_sets(clips, videos)
    assert one.captions.tolist() == [0, 2, 3] and one.videos.tolist() == [0, 1, 2]


def test_tags_of_other_kinds_make_no_set() -> None:
    clips = [Clip(key=f"k{i}", caption=f"c {i}", group="a", tag="Contrast: order") for i in range(2)]
    assert contrast_sets(clips, plain_rows(2)) == []
    assert Clip(key="k", caption="c").contrast is None
    assert Clip(key="k", caption="c", tag="contrast:  ").contrast is None  # names nothing
    assert Clip(key="k", caption="c", tag="contrast: who acts").contrast == "who acts"


def test_ranks_count_within_the_set_alone() -> None:
    scores = np.full((9, 9), 9.0)  # every other clip of the gallery scores higher than any of the sets
    scores[np.ix_([0, 2], [0, 2])] = [[2.0, 1.0], [1.5, 1.5]]  # found; tied with the other
    scores[np.ix_([3, 4, 5], [3, 4, 5])] = [[5, 1, 2], [6, 5, 1], [0, 0, np.nan]]
    sets = contrast_sets(CLIPS, plain_rows(9))
    ranks = within_sets(sets, lambda texts, videos: scores[np.ix_(texts, videos)])
    assert ranks.t2v.found(1).tolist() == [1.0, 0.5, 1.0, 0.0, 0.0]  # a NaN is never found
    assert ranks.v2t.found(1).tolist() == [1.0, 1.0, 0.0, 1.0, 0.0]
    assert ranks.t2v.figure("R@1") == 50.0
    by_rule = {
        rule: within_sets(sets, lambda texts, videos: scores[np.ix_(texts, videos)], rule).t2v.found(1)[1]
        for rule in ("optimistic", "pessimistic", "official")
    }
    assert by_rule == {"optimistic": 1.0, "pessimistic": 0.0, "official": 0.5}


@pytest.mark.slow
def test_a_model_that_knows_nothing_of_it_is_at_chance() -> None:
    clips = [clip(i, f"set {i // 2}", "order") for i in range(400)]
    sets = contrast_sets(clips, plain_rows(400))
    rng = np.random.default_rng(0)
    looks = np.repeat(rng.normal(size=(200, 8)), 2, axis=0)  # the two of a set look the same
    ranks = within_sets(sets, lambda texts, videos: looks[texts] @ looks[videos].T)
    assert ranks.t2v.figure("R@1") == chance(sets) == 50.0


def test_what_is_of_one_set_has_one_number() -> None:
    rows = contrast_numbers(CLIPS)
    assert rows.inverse.tolist() == [0, 1, 0, 2, 2, 2, 3, 4, 5]
    assert rows.first.tolist() == [0, 1, 3, 6, 7, 8]
