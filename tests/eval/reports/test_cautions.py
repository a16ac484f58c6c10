"""What console and page say before figures are believed: ties, gallery, its hash, and everything that was left out."""

from __future__ import annotations

from html import escape

import numpy as np
import pytest

from svta.eval.metrics.figures import Directions
from svta.eval.metrics.rank_table import RankTable
from svta.eval.reports.cautions import cautions
from svta.eval.reports.comparison import comparison
from svta.eval.reports.page import render
from svta.eval.reports.text import result_text
from svta.eval.retrieval.result import (
    EvalRecord,
    EvalResult,
    LeakCounts,
    Metrics,
    NanEmbeddings,
    NotUnit,
    ScoredClips,
    SeenClips,
    Skipped,
)
from svta.eval.retrieval.summary import not_unit_rows

FIGURES = {"R@1": 50.0, "R@5": 75.0, "R@10": 100.0, "MdR": 1.5, "MnR": 4.25}


def result(config: EvalRecord | None = None, **metrics: object) -> EvalResult:
    ranks = RankTable(["a", "b"], np.array([1.0, 2.0]), np.array([1.0, 2.0]))
    return EvalResult(config or EvalRecord(name="m"), Metrics(FIGURES, FIGURES, 2, **metrics), ranks)  # type: ignore[arg-type]


EVERYTHING = result(
    EvalRecord(name="m", gallery=2, seed=9, gallery_hash="0123456789abcdef" * 4),
    captions=6,
    bounds={"optimistic": Directions({"R@1": 60.0}, {}), "pessimistic": Directions({"R@1": 40.0}, {})},
    nan_embeddings=NanEmbeddings(3, 1),
    not_unit=NotUnit(0, 2, 1.0, 49.5),
    missing=[Skipped("k", "no video v7"), Skipped("l", "no video v8")],
    rejected_rows=[{"reason": "too_long"}, {"reason": "no_caption"}, {"reason": "too_long"}],
    unreadable=[Skipped("z", "damaged <b>")],
    rejected_before={"minor_violence": 4},
    leaks=LeakCounts("train.csv", 1, 0.6, 10, 40, 5, 50.0, {"same_text": 5}),
    seen_in_training=SeenClips(2, 1, 0, 0),
    scored_by_family=ScoredClips("clip", 7),
)
SENTENCES = [
    "ties, expected: R@K and ranks are their expectation under a random order of ties; text-to-video R@1 is between "
    "40.00 and 60.00",
    "gallery: 6 captions, 2 videos, drawn with seed 9, hash 0123456789abcdef",
    "the model was trained on 2 of these clips: the figures do not show how it works on new ones",
    "1 more of these captions was in the model's train or validation split",
    "7 clips carry a similarity by a model of the same family (clip): if clips were chosen by it, this model is "
    "favoured",
    "NaN: the embeddings of 3 captions and 1 video; they rank last",
    "the embeddings of 0 captions and 2 videos are not of length 1 (from 1.00 to 49.50): scores are dot products, "
    "which favours long vectors",
    "leaks from train.csv (40 captions): 5 of 10 (50.0 %) left out: 5 same_text",
    "1 row of the training captions could not be read as captions",
    "2 captions have no video: not in the gallery, e.g. no video v7",
    "rows of the table that are not in the gallery: 2 too_long, 1 no_caption",
    "1 clip could not be read: not in the gallery",
    "left out when the dataset was packed, over all splits: 4 minor_violence",
]


def test_every_sentence_on_console_and_page() -> None:
    assert cautions(EVERYTHING) == SENTENCES
    console, page = result_text(EVERYTHING, None), render(comparison([EVERYTHING]))
    for sentence in SENTENCES:
        assert sentence in console
        assert f"<li>{escape(sentence[0].upper() + sentence[1:])}.</li>" in page
    assert "damaged &lt;b&gt;" in page


@pytest.mark.parametrize(
    ("captions", "told"), [(1, "1 of these captions was in"), (192, "192 of these captions were in")]
)
def test_captions_seen_without_a_seen_video_are_no_more(captions: int, told: str) -> None:
    assert SeenClips(train_captions=captions).sentences == [f"{told} the model's train or validation split"]


def test_ends_that_ties_do_not_move_are_not_told() -> None:
    same = Directions({"R@1": 50.0}, {})
    counted = cautions(result(bounds={"optimistic": same, "pessimistic": same}))[0]
    assert counted == "ties, expected: R@K and ranks are their expectation under a random order of ties"


@pytest.mark.parametrize("rule", ["expected", "optimistic", "pessimistic", "official"])
def test_the_rule_of_ties_is_always_told(rule: str) -> None:
    lines = cautions(result(ties=rule))
    assert len(lines) == 2 and lines[0].startswith(f"ties, {rule}: ") and "unknown" not in lines[0]
    assert lines[1] == "gallery: 2 captions, 2 videos"


def test_rows_of_another_length_are_counted() -> None:
    unit = np.eye(4, dtype=np.float32)
    assert not_unit_rows(unit, unit * np.float32(1.004)) is None  # half precision
    nan = unit.copy()
    nan[0] = np.nan
    assert not_unit_rows(nan, unit) is None
    long = unit * np.array([[1], [1], [3], [50]], np.float32)
    assert not_unit_rows(unit * 0, long) == NotUnit(4, 2, 0.0, 50.0)
