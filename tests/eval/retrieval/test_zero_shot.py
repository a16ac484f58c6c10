"""Zero-shot recognition: AUROC and AP against scikit-learn, ties, NaN, and a whole toy run."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score, balanced_accuracy_score, roc_auc_score, top_k_accuracy_score

from svta.builder.record import Clip
from svta.builder.taxonomy import load_taxonomy
from svta.eval.metrics.classification import auroc, average_precision, mean_over_classes, top_k_accuracy
from svta.eval.metrics.retrieval import MetricsError
from svta.eval.retrieval.zero_shot import TEMPERATURE, anomaly_scores, prompt_embeddings, zero_shot_figures


def test_classes_count_alike_however_many_clips_they_have():
    rng = np.random.default_rng(5)
    label, scores = rng.choice(4, 90, p=[0.7, 0.2, 0.06, 0.04]), rng.random((90, 4))
    scores[label == 0, 0] += 0.5
    expected = 100 * balanced_accuracy_score(label, scores.argmax(axis=1))
    assert mean_over_classes(scores, label) == pytest.approx(expected)
    assert abs(expected - 100 * np.mean(scores.argmax(axis=1) == label)) > 10  # not the mean over clips


def test_other_scores_that_are_nan_count_as_the_lowest():
    """A true class at -inf ties with two NaN: found first once in three, and in any case among three."""
    scores = np.array([[-np.inf, np.nan, np.nan]])
    assert top_k_accuracy(scores, [0], 1) == pytest.approx(100 / 3) and top_k_accuracy(scores, [0], 3) == 100
    assert top_k_accuracy(np.array([[np.nan, 0.0, 1.0]]), [0], 3) == 0


@pytest.mark.parametrize("levels", [3, 1_000_000])
def test_auroc_and_ap_equal_scikit_learn(levels):
    rng = np.random.default_rng(0)
    compared = 0
    for _ in range(20):
        truth = rng.random(60) < 0.3
        score = rng.integers(0, levels, 60) / levels
        if truth.any() and not truth.all():
            compared += 1
            assert auroc(score, truth) == pytest.approx(roc_auc_score(truth, score))
            assert average_precision(score, truth) == pytest.approx(average_precision_score(truth, score))
    assert compared >= 18


def test_one_sided_sets_have_no_figure():
    assert np.isnan(auroc([1.0, 2.0], [True, True])) and np.isnan(average_precision([1.0], [False]))
    assert average_precision([np.inf, np.inf, -np.inf], [True, False, True]) == pytest.approx(0.5 * 0.5 + 0.5 * 2 / 3)
    with pytest.raises(MetricsError, match="NaN"):
        auroc([np.nan], [True])
    with pytest.raises(MetricsError, match="labels"):
        auroc([1.0], [True, False])


def test_top_k_takes_ties_in_random_order_and_nan_as_wrong():
    similarity = np.array([[0.9, 0.1, 0.1], [0.5, 0.5, 0.1], [np.nan, 0.2, 0.1]])
    assert top_k_accuracy(similarity, [0, 0, 0], 1) == pytest.approx(100 * 1.5 / 3)
    assert top_k_accuracy(similarity, [0, 0, 0], 2) == pytest.approx(200 / 3)
    assert top_k_accuracy(similarity, [0, 0, 0], 9) == pytest.approx(200 / 3)  # NaN is not found among all three either
    assert top_k_accuracy(np.ones((4, 98)), [0, 1, 50, 97], 5) == pytest.approx(500 / 98)  # a constant model


def test_top_k_without_ties_equals_scikit_learn():
    rng = np.random.default_rng(5)
    scores, truth = rng.standard_normal((200, 12)), rng.integers(0, 12, 200)
    for k in (1, 3, 5):
        ours = top_k_accuracy(scores, truth, k)
        assert ours == pytest.approx(100 * top_k_accuracy_score(truth, scores, k=k, labels=range(12)))


def test_anomaly_score_is_a_share():
    scores = anomaly_scores(np.array([[0.5, 0.5], [0.5, 0.2]]), [True, False])
    assert scores[0] == pytest.approx(0.5) and scores[1] > 0.999


class Names:
    """An encoder that knows every category by a unit vector of its own."""

    def __init__(self, names):
        self.names = names

    def encode_text(self, texts):
        rows = [next(i for i, name in enumerate(self.names) if text.endswith(name)) for text in texts]
        return torch.eye(len(self.names))[rows]


@pytest.mark.slow
def test_a_perfect_encoder_a_wrong_one_and_a_broken_video():
    taxonomy = load_taxonomy()
    names = sorted(taxonomy.names, key=len, reverse=True)
    prompts = prompt_embeddings(Names(names), taxonomy.names, templates=("{}",))
    clips = [Clip(key=f"c{i}", caption="x", category=name) for i, name in enumerate(taxonomy.names)]
    clips.append(Clip(key="normal", caption="x", is_anomaly=False))
    clips.append(Clip(key="unknown", caption="x"))
    normal = next(i for i, c in enumerate(taxonomy.categories) if not c.is_anomaly)
    video = np.concatenate([prompts, prompts[normal : normal + 1], prompts[:1]])
    found = zero_shot_figures(video @ prompts.T, taxonomy, clips, TEMPERATURE)
    assert (found.accuracy, found.auroc, found.average_precision) == (100, 1, 1)
    assert (found.classified, found.detected, found.left_out, found.num_nan) == (98, 99, 1, 0)
    broken = video.copy()
    broken[3] = np.nan
    found = zero_shot_figures(broken @ prompts.T, taxonomy, clips, TEMPERATURE)
    assert found.num_nan == 1 and found.accuracy == pytest.approx(100 * 97 / 98) and found.auroc < 1
    with pytest.raises(MetricsError, match="100 clips"):
        zero_shot_figures(video[:5] @ prompts.T, taxonomy, clips, TEMPERATURE)


def test_prompts_are_unit_means():
    names = ["fall", "a fall"]
    encoder = Names(["fall"])
    assert np.allclose(np.linalg.norm(prompt_embeddings(encoder, names), axis=1), 1)

    class Late:
        def encode_text(self, texts):
            return torch.ones(len(texts), 3, 4)

    with pytest.raises(MetricsError, match="dot product"):
        prompt_embeddings(Late(), names)
