"""How many clips are drawn, of which categories, and what a control is."""

from __future__ import annotations

from collections import Counter

import pytest

from svta.builder.record import Clip, make_key
from svta.eval.audit.config import AuditConfig, AuditError
from svta.eval.audit.sample import allocate, common_words, draw_items, known_items, sample_hash, sample_size
from svta.eval.metrics.significance import wilson


def clips(sizes: dict[str | None, int]) -> list[Clip]:
    words = ["red", "blue", "green", "white", "black", "brown", "grey", "pink"]
    return [
        Clip(key=make_key("s", f"{name}{i}", ""), caption=f"A {words[i % 8]} thing number {i} of {name}.",
             category=name, flags=("depicts_minor",) if i == 0 else ())
        for name, size in sizes.items()
        for i in range(size)
    ]  # fmt: skip


@pytest.mark.parametrize("half", [1.0, 2.5, 5.0, 10.0])
def test_the_sample_is_the_smallest_that_keeps_the_interval(half) -> None:
    n = sample_size(half, 10**9)
    low, high = wilson(0.5, n)
    assert high - low <= 2 * half + 0.1  # wilson() rounds to a tenth of a point
    low, high = wilson(0.5, n - max(2, n // 40))
    assert high - low >= 2 * half
    assert sample_size(half, 50) == min(50, n)


def test_strata_in_proportion_and_none_forgotten() -> None:
    sizes = {"falls": 800, "arson": 150, "rare": 1, None: 49}
    taken = allocate(sizes, 100)
    assert sum(taken.values()) == 100 and taken["rare"] == 1
    assert abs(taken["falls"] - 80) <= 1 and abs(taken["arson"] - 15) <= 1 and abs(taken[None] - 5) <= 1
    assert allocate(sizes, 2) == {"falls": 1, "arson": 1, "rare": 0, None: 0}
    assert allocate(sizes, 10**6) == sizes


def test_weights_give_the_dataset_back_and_the_seed_decides() -> None:
    dataset = clips({"falls": 80, "arson": 20, "rare": 1})
    items = draw_items(dataset, 30, swapped=0.2, seed=3)
    own = [item for item in items if item.kind == "own"]
    assert len(own) == 30 and len({item.key for item in own}) == 30
    assert sum(item.weight for item in own) == pytest.approx(101)
    controls = [item for item in items if item.kind == "swapped"]
    assert len(controls) == 6 and not {item.key for item in controls} & {item.key for item in own}
    assert items == draw_items(list(reversed(dataset)), 30, swapped=0.2, seed=3)
    other = draw_items(dataset, 30, swapped=0.2, seed=4)
    assert {item.key for item in other} != {item.key for item in items}
    assert sample_hash(item.id for item in items) != sample_hash(item.id for item in other)


def test_controls_are_other_sentences_of_the_same_category() -> None:
    dataset = clips({"falls": 40, "arson": 10, "rare": 1})
    by_key = {clip.key: clip for clip in dataset}
    items = draw_items(dataset, 51, swapped=1.0, seed=0)
    swapped = [item for item in items if item.kind == "swapped"]
    assert Counter(item.category for item in swapped) == {"falls": 40, "arson": 10}  # "rare" has one caption
    owners = {clip.caption: clip for clip in dataset}
    for item in swapped:
        assert item.caption != by_key[item.key].caption and owners[item.caption].category == item.category
        assert common_words(item.caption, by_key[item.key].caption) < 0.9
    assert len({item.id for item in items}) == len(items)
    assert [item.kind for item in items] != sorted(item.kind for item in items)
    assert {item.key for item in items if item.minor} == {clip.key for clip in dataset if clip.flags}


def test_known_clips_are_asked_about_twice() -> None:
    items = known_items(clips({"falls": 6, "arson": 4}), seed=0)
    assert Counter(item.kind for item in items) == {"known": 10, "known_swapped": 10}
    twins = [Clip(key=f"k{i}", caption="The same words.", category="falls") for i in range(3)]
    assert Counter(item.kind for item in known_items(twins, 0)) == {"known": 3}


@pytest.mark.parametrize("wrong", [{"interval": 0}, {"interval": float("nan")}, {"swapped": 1.5}, {"threshold": 1},
                                   {"threshold": 6}])  # fmt: skip
def test_settings_that_make_no_audit(wrong) -> None:
    with pytest.raises(AuditError, match=next(iter(wrong))):
        AuditConfig("d", **wrong).check()
    AuditConfig("d").check()
