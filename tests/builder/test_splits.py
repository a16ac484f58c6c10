"""Splits: ratios, ties, existing keys, files."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svta.builder.record import Clip
from svta.builder.splits import (
    RATIOS,
    SPLITS,
    SplitError,
    _fill_empty,
    assign_splits,
    connected,
    group_of,
    normalise_caption,
    parse_ratios,
    plan_splits,
    split_in,
    split_name,
)


def clips_of(count: int, categories: int = 8, *, tie: int = 1) -> list[Clip]:
    return [
        Clip(key=f"k{i:05d}", caption=f"clip number {i}", category=f"c{i % categories}", group=f"g{i // tie}")
        for i in range(count)
    ]


def test_ratios_hold_overall_and_by_category() -> None:
    clips = clips_of(4_000)
    splits = assign_splits(clips)
    for name in [None, *(f"c{i}" for i in range(8))]:
        chosen = [splits[c.key] for c in clips if name is None or c.category == name]
        for split, ratio in zip(SPLITS, RATIOS):
            assert abs(chosen.count(split) / len(chosen) - ratio) <= 0.005


def test_the_order_of_the_clips_does_not_matter_and_the_seed_does() -> None:
    clips = clips_of(500, tie=3)
    shuffled = random.Random(7).sample(clips, len(clips))
    assert assign_splits(clips) == assign_splits(shuffled)
    assert assign_splits(clips) != assign_splits(clips, seed=1)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(0, 3)), min_size=1, max_size=60))
def test_no_group_and_no_caption_on_two_sides(rows: list[tuple[int, int, int]]) -> None:
    clips = [
        Clip(key=f"k{i}", caption=f"Caption {c}" + "!" * (i % 2), group=f"g{g}", category=f"c{s}")
        for i, (g, c, s) in enumerate(rows)
    ]
    plan = plan_splits(clips)
    assert not plan.conflicts and plan.splits.keys() == {c.key for c in clips}
    for tie in (group_of, lambda clip: normalise_caption(clip.caption)):
        sides: dict[str, set[str]] = {}
        for clip in clips:
            sides.setdefault(tie(clip), set()).add(plan.splits[clip.key])
        assert all(len(names) == 1 for names in sides.values())


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=50),
    st.integers(0, 50),
)
def test_appending_moves_nothing_and_leaks_nothing(rows: list[tuple[int, int]], cut: int) -> None:
    clips = [Clip(key=f"k{i:02d}", caption=f"c{c}", group=f"g{g}") for i, (g, c) in enumerate(rows)]
    old = clips[: min(cut, len(clips))]
    before = assign_splits(old)
    plan = plan_splits(clips, existing=before)
    assert all(plan.splits[key] == split for key, split in before.items())
    assert plan.splits.keys() | plan.conflicts.keys() == {c.key for c in clips}
    placed = [c for c in clips if c.key in plan.splits]
    for tie in (group_of, lambda clip: clip.caption):
        assert all(len({plan.splits[c.key] for c in placed if tie(c) == name}) == 1 for name in map(tie, placed))


def test_a_clip_tied_to_two_sides_is_a_conflict_and_its_neighbours_are_not() -> None:
    clips = [
        Clip(key="a", caption="one", group="x"),
        Clip(key="b", caption="two", group="y"),
        Clip(key="c", caption="Two.", group="x"),
        Clip(key="d", caption="three", group="x"),
    ]
    plan = plan_splits(clips, existing={"a": "train", "b": "test"})
    assert plan.splits == {"a": "train", "b": "test", "d": "train"}
    assert "train and test" in plan.conflicts["c"]
    assert "c" not in assign_splits(clips, existing={"a": "train", "b": "test"})


def test_a_component_larger_than_a_split_goes_to_train() -> None:
    clips = [Clip(key=f"k{i}", caption=f"c{i}", group="giant" if i < 300 else f"g{i}") for i in range(1_000)]
    splits = assign_splits(clips)
    assert splits["k0"] == "train"
    counts = Counter(splits.values())
    assert [counts[s] for s in SPLITS] == [700, 100, 200]


@pytest.mark.parametrize("count", [3, 4, 7, 20])
def test_small_sets_leave_no_split_empty(count: int) -> None:
    assert set(assign_splits(clips_of(count)).values()) == set(SPLITS)


def test_the_smallest_component_fills_an_empty_split() -> None:
    """Groups of 6, 2 and 2 clips: all three are drawn into two splits, and the large one stays in train."""
    sizes = (6, 2, 2)
    clips = [Clip(key=f"k{g}{i}", caption=f"clip {g} {i}", group=f"g{g}") for g in range(3) for i in range(sizes[g])]
    for seed in range(6):
        splits = assign_splits(clips, seed=seed)
        assert splits["k00"] == "train" and set(splits.values()) == set(SPLITS)


def test_ratios_of_zero_leave_a_split_empty() -> None:
    assert set(assign_splits(clips_of(50), (1, 0, 0)).values()) == {"train"}


def test_the_same_caption_in_other_clothes() -> None:
    assert normalise_caption("A man  FALLS, down.") == normalise_caption("a man falls down")
    assert normalise_caption("one two") != normalise_caption("two one")
    assert normalise_caption("?!") == "?!"


@pytest.mark.parametrize("ratios", [(1, 2), (0, 0, 0), (-1, 1, 1), (float("nan"), 1, 1)])
def test_ratios_that_are_none_are_refused(ratios: tuple[float, ...]) -> None:
    with pytest.raises(SplitError):
        assign_splits([], ratios)


def test_names_and_ratios_as_text() -> None:
    assert [split_name(n) for n in ("Train", "val", " TESTING ", "extra", None)] == [
        "train",
        "validation",
        "test",
        None,
        None,
    ]
    assert parse_ratios("7:1:2") == pytest.approx(RATIOS)
    assert parse_ratios("ratios") == RATIOS
    assert parse_ratios("splits.csv") is None
    with pytest.raises(SplitError):
        parse_ratios("7:1.1.1:2")


def test_every_category_of_ten_clips_is_split_seven_one_two() -> None:
    clips = clips_of(200, categories=20)
    splits = assign_splits(clips)
    for number in range(20):
        assert Counter(splits[c.key] for c in clips if c.category == f"c{number}") == {
            "train": 7, "validation": 1, "test": 2}, number  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_no_group_fills_a_quarter_of_a_small_split(seed: int) -> None:
    """Ten clips of a hundred go to validation: a group of three never, one of two at times."""
    clips = [Clip(key=f"k{i}", caption=f"clip number {i}") for i in range(100)]
    group = [clip.model_copy(update={"group": "one video"}) for clip in clips[:3]]
    splits = assign_splits([*group, *clips[3:]], seed=seed)
    assert len({splits[clip.key] for clip in group}) == 1 and splits["k0"] != "validation"


@pytest.mark.parametrize(("size", "sides"), [(3, {"train", "validation", "test"}), (4, {"train", "test"})])
def test_a_group_of_a_quarter_still_goes_to_a_small_split(size: int, sides: set[str]) -> None:
    """Twelve clips of 120 go to validation: a group of three fills a quarter of it, one of four more."""
    clips = [Clip(key=f"k{i}", caption=f"clip number {i}") for i in range(120)]
    group = [clip.model_copy(update={"group": "one video"}) for clip in clips[:size]]
    assert {assign_splits([*group, *clips[size:]], seed=seed)["k0"] for seed in range(5)} | {"test"} == sides


@pytest.mark.parametrize(
    ("sides", "sizes", "shares", "used", "filled"),
    [
        ([0, 0, 0, 2, 2], [1] * 5, RATIOS, set(), [0, 0, 1, 2, 2]),  # the fullest gives its last
        ([0, 0, 2, 2, 2], [1] * 5, RATIOS, set(), [0, 0, 2, 2, 1]),
        ([0, 0, 2, 2], [1] * 4, RATIOS, set(), [0, 1, 2, 2]),  # of two alike the first one
        ([0, 0, 0, 2], [1, 3, 2, 1], RATIOS, set(), [1, 0, 0, 2]),  # the smallest component
        ([0, 0, 0, 2], [1] * 4, RATIOS, {"validation"}, [0, 0, 0, 2]),
        ([0, 0, 0, 2], [1] * 4, (1, 0, 1), set(), [0, 0, 0, 2]),
        ([2, 2, 2], [1] * 3, RATIOS, set(), [2, 1, 0]),
        ([0, 2], [1, 1], RATIOS, set(), [0, 2]),  # nothing to spare
    ],
)
def test_who_fills_an_empty_split(
    sides: list[int], sizes: list[int], shares: tuple[float, ...], used: set[str], filled: list[int]
) -> None:
    _fill_empty(sides, sizes, shares, used)
    assert sides == filled


def test_rows_of_one_source_row_stay_together() -> None:
    clips = [Clip(key=f"k{i}", caption=f"clip {i}", source="uca", source_id=f"{i // 2}") for i in range(80)]
    other = [clip.model_copy(update={"key": f"o{i}", "caption": f"other {i}", "source": "oops"})
             for i, clip in enumerate(clips)]  # fmt: skip
    splits = assign_splits([*clips, *other])
    assert all(splits[a.key] == splits[b.key] for a, b in zip(clips[::2], clips[1::2], strict=True))
    assert any(splits[clip.key] != splits[same.key] for clip, same in zip(clips, other))  # another source's numbers


def test_clips_that_came_before_take_room() -> None:
    """70 of 100 are in train already: the 30 others are validation and test, 10 and 20."""
    clips = clips_of(100, categories=1)
    splits = assign_splits(clips, existing={clip.key: "train" for clip in clips[:70]})
    assert Counter(splits.values()) == {"train": 70, "validation": 10, "test": 20}


@pytest.mark.parametrize("seed", range(5))
def test_the_largest_component_is_placed_first(seed: int) -> None:
    """20 clips of one video can only go to train; the 80 others fill what it leaves."""
    clips = clips_of(100, categories=1)
    video = [clip.model_copy(update={"group": "one video"}) for clip in clips[80:]]
    splits = assign_splits([*clips[:80], *video], seed=seed)
    assert {splits[clip.key] for clip in video} == {"train"}
    assert Counter(splits.values()) == {"train": 70, "validation": 10, "test": 20}


def test_many_small_categories_leave_the_ratios_whole() -> None:
    """50 categories of 6 clips: each has room for one clip of validation, all together for 30."""
    clips = clips_of(300, categories=50)
    for seed in range(20):
        counts = Counter(assign_splits(clips, seed=seed).values())
        assert all(abs(counts[split] - 300 * ratio) <= 1.5 for split, ratio in zip(SPLITS, RATIOS)), counts


def test_rows_that_share_a_name_directly_or_through_others_are_one_component():
    assert connected([["a"], ["b", "c"], ["d"], ["c", "e"], ["e"], ["a", "f"]]) == [0, 1, 2, 1, 1, 0]
    assert connected([]) == []


@pytest.mark.parametrize("seed", range(3))
def test_conflicts_take_no_room(seed: int) -> None:
    """98 free clips beside one of train and one of test; 100 more are tied to both of these and are placed nowhere."""
    old = [Clip(key="a", caption="one", group="x"), Clip(key="b", caption="two", group="y")]
    torn = [Clip(key=f"t{i}", caption="two", group="x") for i in range(100)]
    free = [Clip(key=f"k{i}", caption=f"clip {i}") for i in range(98)]
    plan = plan_splits([*old, *torn, *free], seed=seed, existing={"a": "train", "b": "test"})
    assert plan.conflicts.keys() == {clip.key for clip in torn}
    assert Counter(plan.splits.values()) == {"train": 70, "validation": 10, "test": 20}


def mixed() -> list[Clip]:
    """60 clips tied by group, by source row and by caption, of two categories and of none."""
    clips = []
    for i in range(60):
        named = {"category": (None, "fall", "fire")[i % 3], "is_anomaly": (None, True, False)[i % 4 % 3]}
        row = {"source": "uca", "source_id": f"{i // 2}"} if i % 3 == 0 else {}
        ties = {"group": f"g{i // 3}"} if i % 5 == 0 else row
        clips.append(Clip(key=f"k{i:02d}", caption=f"clip {i % 50}", **named, **ties))  # type: ignore[arg-type]
    return clips


@pytest.mark.parametrize(
    ("ratios", "seed", "sides"),
    [
        (RATIOS, 0, "ttttttettttevttttttetvttetetttttvevttevtettettveetttttttettt"),
        (RATIOS, 7, "tteettttttetettttttvtttttttttetettvvttvvttvetveetttteetttttt"),
        ((1, 1, 1), 0, "tvveevevvvtetvetevtevettetevveteteettttvevvttteetttvveevevvv"),
        ((1, 0, 3), 3, "eeeeeeeteeeteeteeetetettteeetteeeeteeeeteeeteeeteeeeeeeeetee"),
    ],
)
def test_the_same_clips_are_placed_alike_in_every_version(ratios: tuple[float, ...], seed: int, sides: str) -> None:
    """A dataset packed again is the same dataset: t train, v validation, e test."""
    splits = assign_splits(mixed(), ratios, seed)
    assert "".join({"train": "t", "validation": "v", "test": "e"}[splits[clip.key]] for clip in mixed()) == sides


def test_words_of_a_column_of_splits() -> None:
    """As MSR-VTT, ActivityNet, VATEX, COCO and CLIP4Clip's lists name them; a word that means two is none."""
    names = {
        "validate": "validation", "val_1": "validation", "Dev": "validation", "public_test": "test", "test1k": "test",
        "testing": "test", "trainval": "train", "Training": "train", "train_9k": "train", "test-dev": None,
        "train+val": None, "holdout": None, "Testdaten": "test", "Trainingsdaten": "train", "Validierung": "validation",
        "essai": "test", "entraînement": "train", "prueba": "test", "entrenamiento": "train", "Prüfung": "test",
        "тестовая": "test", "обучающая": "train", "валидация": "validation", "treino": "train", "官方测试集": "test",
        "训练集": "train", "验证集": "validation", "检测": None, "テスト": "test", "학습": "train",
        "训练+验证": None, "тренировка": "train", "검증": "validation", "": None, None: None,
    }  # fmt: skip
    assert {name: split_in(name) for name in names} == names
    assert split_name("validate") == "validation" and split_name("test_001") is None  # a key may be a video's name
