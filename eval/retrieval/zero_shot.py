"""Zero-shot anomaly recognition from the embeddings retrieval already has: which category, and is it an anomaly at all?

Reads video embeddings [V, D], prompt embeddings of category names, the clips' labels; writes nothing. Pure numpy.

    classify(encoder, video, taxonomy, clips).accuracy     # `svta eval --zero-shot`
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from svta.eval.embeddings.embed import embed_texts, score_matrix
from svta.eval.encoders.base import Encoder, as_encoder
from svta.eval.metrics.classification import auroc, average_precision, mean_over_classes, top_k_accuracy
from svta.eval.metrics.retrieval import Floats, MetricsError

from .result import CategoryAccuracy, ZeroShot

if TYPE_CHECKING:
    from svta.builder.record import Clip
    from svta.builder.taxonomy import Taxonomy

TEMPERATURE: Final = 0.01  # CLIP's, for cosines
TEMPLATES: Final = ("{}", "a video of {}", "surveillance footage of {}", "a clip that shows {}")


def prompt_embeddings(encoder: Encoder, names: Sequence[str], templates: Sequence[str] = TEMPLATES) -> Floats:
    """Mean unit embedding of each name over the templates, float32 [C, D]."""
    parts = [embed_texts(encoder.encode_text, [template.format(name) for name in names]) for template in templates]
    if parts[0].ndim != 2:
        raise MetricsError("zero-shot classification needs an encoder whose embeddings are compared by a dot product")
    mean = np.mean(parts, axis=0)
    return mean / np.linalg.norm(mean, axis=1, keepdims=True)


def anomaly_scores(similarity: Floats, is_anomaly: npt.ArrayLike, temperature: float | None = TEMPERATURE) -> Floats:
    """Share of softmax(similarity / temperature) that falls on anomaly categories, [N]; is_anomaly [C].

    temperature None: the best anomaly's score less the best other one's.
    """
    chosen = np.asarray(is_anomaly, dtype=bool)
    scores = np.asarray(similarity, dtype=np.float64)
    if temperature is None:
        best = [scores[:, some].max(axis=1, initial=-np.inf) for some in (chosen, ~chosen)]
        return np.nan_to_num(best[0] - best[1], nan=0.0)
    scores = scores / temperature
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return scores[:, chosen].sum(axis=1) / scores.sum(axis=1)


def classify(encoder: Encoder, video: Floats, taxonomy: Taxonomy, clips: Sequence[Clip]) -> ZeroShot:
    """Zero-shot figures of an encoder's own video embeddings [V, ...] of `clips`, by prompts of the taxonomy's names.

    An encoder with a `similarity` of its own has its scores averaged over the templates; they have no known scale, so
    that detection there is by the best anomaly's score less the best normal one's. Raises MetricsError.
    """
    encoder = as_encoder(encoder)
    if not encoder.dot_product:
        scores = [
            score_matrix(encoder, embed_texts(encoder.encode_text, [template.format(n) for n in taxonomy.names]), video)
            for template in TEMPLATES
        ]
        mean: Floats = np.asarray(np.mean(scores, axis=0, dtype=np.float64))
        return zero_shot_figures(mean.T, taxonomy, clips, None)
    prompts = prompt_embeddings(encoder, taxonomy.names)
    return zero_shot_figures(np.matmul(video, prompts.T, dtype=np.float64), taxonomy, clips, TEMPERATURE)


def zero_shot_figures(
    similarity: Floats, taxonomy: Taxonomy, clips: Sequence[Clip], temperature: float | None
) -> ZeroShot:
    """Classification over all categories and detection of anomalies from scores [V, C] of `clips`.

    accuracy and top-5 count clips that name a category; AUROC and AP count clips that say whether they are anomalies.
    Clips without either are counted as left out; a NaN score is wrong in both. Raises MetricsError.
    """
    if similarity.shape != (len(clips), len(taxonomy.names)):
        raise MetricsError(
            f"scores {list(similarity.shape)} for {len(clips)} clips and {len(taxonomy.names)} categories"
        )
    nan = np.isnan(similarity.sum(axis=1))
    labels = np.array([-1 if clip.category is None else taxonomy.index(clip.category) for clip in clips])
    kinds = np.array([category.is_anomaly for category in taxonomy.categories])
    stated = np.array([clip.is_anomaly if clip.is_anomaly is not None else _implied(clip, taxonomy) for clip in clips])
    known, labelled = labels >= 0, np.array([value is not None for value in stated])
    labelled &= kinds.any() and not kinds.all()  # with one kind of prompt nothing can be detected
    scores = anomaly_scores(np.where(nan[:, None], 0.0, similarity), kinds, temperature)
    anomalies = np.array([bool(value) for value in stated])
    scores[nan] = np.where(anomalies[nan], -np.inf, np.inf)  # an unknown video is a wrong answer, not a lucky one
    right = similarity[known]
    return ZeroShot(
        categories=len(taxonomy.names),
        templates=list(TEMPLATES),
        classified=int(known.sum()),
        accuracy=top_k_accuracy(right, labels[known], 1),
        top_5=top_k_accuracy(right, labels[known], 5),
        mean_class_accuracy=mean_over_classes(right, labels[known]),
        by_category={
            taxonomy.names[label]: CategoryAccuracy(
                int((labels == label).sum()), top_k_accuracy(similarity[labels == label], labels[labels == label], 1)
            )
            for label in np.unique(labels[known]).tolist()
        },
        detected=int(labelled.sum()),
        auroc=auroc(scores[labelled], anomalies[labelled]),
        average_precision=average_precision(scores[labelled], anomalies[labelled]),
        anomaly_share=100.0 * float(anomalies[labelled].mean()) if labelled.any() else float("nan"),
        num_nan=int(nan.sum()),
        left_out=int((~known & ~labelled).sum()),
    )


def _implied(clip: Clip, taxonomy: Taxonomy) -> bool | None:
    return None if clip.category is None else taxonomy[clip.category].is_anomaly
