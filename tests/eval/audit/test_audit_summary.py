"""Figures of an audit out of simulated raters whose errors are known."""

from __future__ import annotations

import random

import pytest

from svta.eval.audit.agreement import krippendorff_alpha
from svta.eval.audit.config import AuditConfig
from svta.eval.audit.people import num_counted
from svta.eval.audit.questions import AXES, FORMS, Rating
from svta.eval.audit.result import FIDELITY
from svta.eval.audit.sample import Item
from svta.eval.audit.summarise import JUDGE, Sampled, summarise

SOURCE, CONFIG = Sampled("drawn", "f", 300), AuditConfig("drawn")


def world(wrong: int = 60, count: int = 300, known: int = 60) -> tuple[list[Item], dict[str, bool]]:
    """Items of `count` clips, `wrong` of them with a caption that they do not show; and what each item truly is."""
    truth: dict[str, bool] = {}
    items: list[Item] = []
    for kind, number, shown in (
        ("own", count - wrong, True), ("own", wrong, False), ("swapped", count // 5, False), ("known", known, True),
        ("known_swapped", known, False),
    ):  # fmt: skip
        for _ in range(number):
            item = Item(f"i{len(items)}", f"k{len(items)}", "c", kind, f"category {len(items) % 4}")
            items.append(item)
            truth[item.id] = shown
    return items, truth


def judge_ratings(items, truth, rng: random.Random) -> list[Rating]:
    """A judge that often says yes, likes the last number, refuses and is cut; nobody knows how often but this test.

    A yes moves any answer up, to the graded question as to the reversed one; one answer in ten is the last number.
    """
    ratings = []
    for item in items:
        sees = truth[item.id] if rng.random() > 0.12 else rng.random() < 0.75  # mistakes lean to yes
        seen = rng.choice((4, 5, 5) if sees else (1, 2, 3))
        for form in FORMS:
            if (luck := rng.random()) < 0.06:
                ratings.append(Rating(item.id, JUDGE + "m", {}, form, "content_filter" if luck < 0.03 else "cut"))
                continue
            given = seen if form == "graded" else 6 - seen
            given = 5 if rng.random() < 0.1 else min(5, given + (rng.random() < 0.3))
            ratings.append(Rating(item.id, JUDGE + "m", {FIDELITY: given if form == "graded" else 6.0 - given}, form))
    return ratings


def test_corrected_rates_hold_the_truth_in_ninety_of_a_hundred_audits() -> None:
    items, truth = world()
    held = raw_held = 0
    for seed in range(100):
        judge = summarise(SOURCE, items, judge_ratings(items, truth, random.Random(seed)), CONFIG).judge
        assert judge is not None and judge.corrected is not None and judge.rate.percent is not None
        held += judge.corrected.low <= 80.0 <= judge.corrected.high
        raw_held += judge.rate.low <= 80.0 <= judge.rate.high
    assert held >= 90
    assert raw_held < 90  # what the judge says as it is does not do


def test_what_a_judge_leaves_out_and_where_it_leans() -> None:
    items, truth = world()
    result = summarise(SOURCE, items, judge_ratings(items, truth, random.Random(1)), CONFIG)
    judge = result.judge
    assert judge is not None and set(judge.unanswered) == {"content_filter", "cut"}
    assert judge.questions == 2 * len(items) and 0 < judge.unjudged < 10
    assert judge.leaning is not None and judge.leaning > 0.3
    assert judge.found_out.clips > 50 and judge.found_out.percent is not None and judge.found_out.percent > 60
    assert result.shown == judge.corrected and result.shown_by == "the judge, corrected"
    assert set(judge.by_category) == set(judge.corrected_by_category) == {f"category {i}" for i in range(4)}
    assert "corrected by that error" in result.text() and "no score" in result.text()


def test_a_judge_that_says_yes_to_all_is_told_and_not_corrected() -> None:
    items, _ = world()
    yes = [Rating(item.id, JUDGE + "m", {FIDELITY: 5.0}, form) for item in items for form in FORMS]
    result = summarise(SOURCE, items, yes, CONFIG)
    assert result.judge is not None and result.judge.corrected is None and result.shown is None
    assert "as often as right ones" in result.judge.why_not and result.judge.found_out.percent == 0.0
    nothing = summarise(SOURCE, items, [Rating(i.id, JUDGE + "m", {}, "graded", "cut") for i in items], CONFIG)
    assert nothing.judge is not None and nothing.judge.rate.percent is None and nothing.judge.why_not
    assert "not known" in nothing.text()


def test_without_known_clips_there_is_no_correction() -> None:
    items, truth = world(known=0)
    judge = summarise(SOURCE, items, judge_ratings(items, truth, random.Random(0)), CONFIG).judge
    assert judge is not None and judge.corrected is None and judge.specificity.clips > 50
    assert "truth is known" in judge.why_not
    assert judge.measured_on == "0 known drawn clips and swapped captions of the sample"


def test_answers_without_a_score_or_of_no_item_do_not_count() -> None:
    items, _ = world(wrong=0, count=2, known=0)
    ratings = [Rating("i0", "ann", {FIDELITY: 4.0}), Rating("i1", "ann"), Rating("zzz", "ann", {FIDELITY: 4.0})]
    assert num_counted(ratings, items) == 1


def people_ratings(items, truth, rng, names=("ann", "bob")) -> list[Rating]:
    ratings = []
    for name in names:
        for item in items:
            if item.kind in ("own", "swapped") and rng.random() > 0.1:
                seen = rng.choice((4, 5, 5) if truth[item.id] else (1, 2))
                ratings.append(Rating(item.id, name, {axis: float(seen) for axis in AXES}))
    return ratings


def test_two_people_and_their_agreement() -> None:
    items, truth = world()
    ratings = people_ratings(items, truth, random.Random(5))
    result = summarise(SOURCE, items, [*ratings, Rating("of another sample", "ann", {FIDELITY: 1.0})], CONFIG)
    people = result.people
    assert people is not None and result.shown_by == "people" and people.found_out.percent == 100.0
    assert people.rate.percent == pytest.approx(80.0, abs=2) and people.rate.low <= 80 <= people.rate.high
    given = {(r.rater, r.item): r.scores[FIDELITY] for r in ratings}
    ids = sorted({r.item for r in ratings})
    table = [[given.get((name, i), float("nan")) for i in ids] for name in ("ann", "bob")]
    alpha = people.alpha[FIDELITY]
    assert alpha["ordinal"] == pytest.approx(krippendorff_alpha(table, "ordinal"), abs=1e-4)
    assert alpha["interval"] == pytest.approx(krippendorff_alpha(table, "interval"), abs=1e-4)
    own = [[x for x, i in zip(row, ids) if next(one for one in items if one.id == i).kind == "own"] for row in table]
    assert alpha["own"] == pytest.approx(krippendorff_alpha(own), abs=1e-4) and alpha["own"] != alpha["ordinal"]
    assert result.card()["people"]["alpha"] == alpha["own"]
    assert sum(people.raters.values()) == len(ratings)
    assert "ann" in result.text() and "ann" not in str(result.card())


def test_the_judge_against_people() -> None:
    items = [Item(f"i{n}", f"k{n}", "c", "own") for n in range(10)]
    people = [Rating(f"i{n}", "ann", {FIDELITY: 5.0 if n < 6 else 1.0}) for n in range(10)]
    judge = [Rating(f"i{n}", JUDGE + "m", {FIDELITY: 5.0 if n < 8 else 2.0}) for n in range(1, 10)]
    found = summarise(SOURCE, items, people + judge, CONFIG).confusion
    assert found is not None
    assert (found.both, found.people_alone, found.judge_alone, found.neither) == (5, 0, 2, 2)
    assert found.agreement.percent == pytest.approx(77.78) and found.exact.percent == pytest.approx(55.56)


def test_weights_count() -> None:
    items = [Item("a", "a", "c", "own", "common", weight=9.0), Item("b", "b", "c", "own", "rare", weight=1.0)]
    ratings = [Rating("a", "ann", {FIDELITY: 5.0}), Rating("b", "ann", {FIDELITY: 1.0})]
    people = summarise(SOURCE, items, ratings, CONFIG).people
    assert people is not None and people.rate.percent == 90.0
    assert people.by_category["common"].percent == 100.0 and people.by_category["rare"].percent == 0.0
    assert people.rate.high - people.rate.low > 60  # two clips, worth 1.2
