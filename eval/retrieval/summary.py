"""Ranks -> the figures of a result: recalls, intervals, per category, duplicates; and the table of all ranks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from svta.builder.io.json_text import read_jsonl
from svta.eval.embeddings.clip_gallery import ClipGallery
from svta.eval.metrics.rank_table import RankTable
from svta.eval.metrics.retrieval import RECALLS, Direction, RetrievalMetrics, Ties
from svta.eval.metrics.significance import bootstrap

from .ranking import Ranking
from .result import Control, Directions, Duplicates, Figures, Metrics, NanEmbeddings, Skipped, Subset, number

_REJECTED: Final = "rejected.jsonl"
_BOUNDS: Final[tuple[Ties, ...]] = ("optimistic", "pessimistic")
_HALVES: Final = {"anomaly": True, "normal": False, "not stated": None}


def summarise(ranking: Ranking, *, seed: int = 0) -> Metrics:
    """Both directions, tie bounds, 95 % intervals, categories, duplicates, controls, what was skipped."""
    metrics, clips = ranking.metrics, ranking.clips
    expected = metrics.with_ties("expected")
    categories = [clip.category for clip in clips]
    groups = [clip.group or clip.key for clip in clips]
    halves = {name: np.array([clip.is_anomaly is value for clip in clips]) for name, value in _HALVES.items()}
    return Metrics(
        t2v=rounded(metrics.t2v.as_dict()),
        v2t=rounded(metrics.v2t.as_dict()),
        gallery=len(clips),
        ties=metrics.ties,
        num_ranked={"t2v": metrics.t2v.num_ranked, "v2t": metrics.v2t.num_ranked},
        num_nan=metrics.num_nan,
        nan_embeddings=_nan_embeddings(ranking),
        bounds={rule: directions(metrics.with_ties(rule)) for rule in _BOUNDS},
        interval_95={
            "t2v": intervals(metrics.t2v, groups, seed=seed),
            "v2t": intervals(metrics.v2t, groups, seed=seed),
        },
        anomaly_or_normal={name: _subset(expected, mask) for name, mask in halves.items() if mask.any()},
        category_level=_category_level(ranking),
        duplicates=_duplicates(ranking),
        by_category={
            name: _subset(expected, np.array([category == name for category in categories]))
            for name in sorted({category for category in categories if category})
        },
        controls={name: Control(rounded(c.t2v), rounded(c.v2t)) for name, c in ranking.controls.items()},
        unreadable=[Skipped(key, reason) for key, reason in ranking.unreadable],
    )


def _nan_embeddings(ranking: Ranking) -> NanEmbeddings:
    """Captions and videos whose embedding is NaN (an encoder's fault, or no frame to see): they rank last."""
    captions, videos = (np.isnan(rows.reshape(len(rows), -1)).any(axis=1) for rows in (ranking.text, ranking.video))
    keys = [ranking.clips[i].key for i in np.flatnonzero(captions | videos)]
    return NanEmbeddings(int(captions.sum()), int(videos.sum()), keys[:20])


def rejected_before(dataset: ClipGallery) -> dict[str, int]:
    """How many clips the dataset's own rejected.jsonl lists, by reason: what packing left out of every split."""
    path = dataset.source.find(_REJECTED)
    if path is None:
        return {}
    lines = read_jsonl(path)
    return dict(Counter(str(fields.get("reason", "no reason given")) for _, fields in lines).most_common())


def intervals(direction: Direction, groups: Sequence[str], *, seed: int = 0) -> dict[str, tuple[float, float]]:
    """95 % bootstrap intervals of R@1, R@5, R@10 in percent; whole groups are drawn, so kin count as one.

    They belong to the direction's own figures: with official ties a query counts as often as it has entries. Without an
    entry there is no interval.
    """
    if not direction.num_ranked:
        return {}
    ends = {}
    for column in (f"R@{k}" for k in RECALLS):
        low, high = bootstrap(
            direction.ranks, statistic=column, groups=groups, query_of_rank=direction.query_of_rank, seed=seed
        )
        ends[column] = round(low, 2), round(high, 2)
    return ends


def _subset(metrics: RetrievalMetrics, mask: npt.NDArray[np.bool_]) -> Subset:
    ways = (rounded(direction.subset(mask).as_dict()) for direction in (metrics.t2v, metrics.v2t))
    return Subset(int(mask.sum()), *ways)


def _category_level(ranking: Ranking) -> Figures:
    """Percent of texts with a clip of their own category among the first K; texts without a category do not count."""
    names = np.array([clip.category or "" for clip in ranking.clips])
    stated = names != ""
    if not stated.any():
        return {}
    return _recalls(names[ranking.top[stated]] == names[stated][:, None])


def _duplicates(ranking: Ranking) -> Duplicates:
    """How much of the gallery repeats, and T2V when any clip of the same caption or the same bytes counts as right."""
    captions = np.unique([" ".join(c.caption.casefold().split()) for c in ranking.clips], return_inverse=True)[1]
    videos = np.unique([clip.sha256 or clip.key for clip in ranking.clips], return_inverse=True)[1]
    rows = np.arange(len(captions))[:, None]
    right = (captions[ranking.top] == captions[rows]) | (videos[ranking.top] == videos[rows])
    repeat_captions, repeat_videos = (int((np.bincount(codes) > 1)[codes].sum()) for codes in (captions, videos))
    return Duplicates(repeat_captions, repeat_videos, _recalls(right))


def _recalls(right: npt.NDArray[np.bool_]) -> Figures:
    """R@K of a table [N, top] that says which of the best answers count as right."""
    return {f"R@{k}": round(100 * float(right[:, :k].any(1).mean()), 4) for k in RECALLS}


def rounded(figures: Mapping[str, float | None]) -> Figures:
    """Figures to four places, as metrics.json holds them; NaN, a figure over nothing, is None."""
    return {name: None if (known := number(value)) is None else round(known, 4) for name, value in figures.items()}


def directions(metrics: RetrievalMetrics) -> Directions:
    """The figures of both directions, to four places."""
    return Directions(rounded(metrics.t2v.as_dict()), rounded(metrics.v2t.as_dict()))


def rank_table(ranking: Ranking) -> RankTable:
    """One row a query, in gallery order; ranks are expected ranks whatever the tie rule of the figures."""
    expected, clips = ranking.metrics.with_ties("expected"), ranking.clips
    return RankTable(
        key=[clip.key for clip in clips],
        caption=[clip.caption for clip in clips],
        category=[clip.category for clip in clips],
        is_anomaly=[clip.is_anomaly for clip in clips],
        group=[clip.group for clip in clips],
        source=[clip.source for clip in clips],
        generator=[clip.generator for clip in clips],
        t2v_rank=expected.t2v.ranks.astype(np.float64),
        v2t_rank=expected.v2t.ranks.astype(np.float64),
        score=expected.t2v.true.astype(np.float32),
        top_key=[clips[i].key for i in ranking.top[:, 0]],
        top_score=ranking.top_score[:, 0].astype(np.float32),
    )
