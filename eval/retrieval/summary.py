"""Ranks -> the numbers of a result: recalls, intervals, per category."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from svta.builder.dataset.clip_dataset import ClipDataset
from svta.builder.io.json_text import read_jsonl
from svta.eval.metrics.retrieval import (
    Direction,
    RetrievalMetrics,
)

from .ranking import Ranking

BOOTSTRAPS: Final = 1_000
_REJECTED: Final = "rejected.jsonl"


def summarise(ranking: Ranking, *, seed: int = 0) -> dict[str, Any]:
    """metrics.json: both directions, tie bounds, 95 % intervals, categories, duplicates, controls, what was skipped."""
    found, clips = ranking.found, ranking.clips
    plain = found.with_ties("expected")
    categories = [clip.category for clip in clips]
    by_category = {
        name: _both(plain, np.array([c == name for c in categories])) for name in sorted({c for c in categories if c})
    }
    halves = {"anomaly": True, "normal": False, "not stated": None}
    return {
        **rounded(found.as_dict()),
        "gallery": len(clips),
        "ties": found.ties,
        "num_ranked": {"t2v": found.t2v.num_ranked, "v2t": found.v2t.num_ranked},
        "num_nan": found.num_nan,
        "nan_embeddings": _nan_embeddings(ranking),
        "bounds": {rule: rounded(found.with_ties(rule).as_dict()) for rule in ("optimistic", "pessimistic")},
        "interval_95": {
            way: interval(direction, [clip.group or clip.key for clip in clips], seed=seed)
            for way, direction in (("t2v", found.t2v), ("v2t", found.v2t))
        },
        "anomaly_or_normal": {
            name: _both(plain, mask)
            for name, value in halves.items()
            if (mask := np.array([clip.is_anomaly is value for clip in clips])).any()
        },
        "category_level": _category_level(ranking),
        "duplicates": _duplicates(ranking),
        "by_category": by_category,
        "controls": {name: rounded(figures) for name, figures in ranking.controls.items()},
        "unreadable": [{"key": key, "reason": reason} for key, reason in ranking.unreadable],
    }


def _nan_embeddings(ranking: Ranking) -> dict[str, Any]:
    """Captions and videos whose embedding is NaN (an encoder's fault, or no frame to see): they rank last."""
    captions, videos = (np.isnan(rows.reshape(len(rows), -1)).any(axis=1) for rows in (ranking.text, ranking.video))
    keys = [ranking.clips[i].key for i in np.flatnonzero(captions | videos)]
    return {"captions": int(captions.sum()), "videos": int(videos.sum()), "keys": keys[:20]}


def rejected_before(dataset: ClipDataset) -> dict[str, int]:
    """How many clips the dataset's own rejected.jsonl lists, by reason: what packing left out of every split."""
    path = dataset.source.find(_REJECTED)
    if path is None:
        return {}
    lines = read_jsonl(path)
    return dict(Counter(str(fields.get("reason", "no reason given")) for _, fields in lines).most_common())


def interval(direction: Direction, groups: Sequence[str], *, seed: int = 0) -> dict[str, list[float]]:
    """95 % bootstrap intervals of R@1, R@5, R@10 in percent; whole groups are drawn, so kin count as one.

    They belong to the direction's own figures: in mode official a query counts as often as it has entries. Without an
    entry there is no interval.
    """
    if not direction.num_ranked:
        return {}
    codes = np.unique(np.asarray(groups, dtype=str), return_inverse=True)[1]
    query = direction.query_of_rank
    sizes = np.bincount(codes)
    drawn = np.random.default_rng(seed).multinomial(len(sizes), np.full(len(sizes), 1 / len(sizes)), BOOTSTRAPS)
    entries = drawn @ np.bincount(codes[query], minlength=len(sizes))
    intervals = {}
    for k in (1, 5, 10):
        hits = drawn @ np.bincount(codes[query], weights=direction.ranks <= k, minlength=len(sizes))
        shares = 100 * hits[entries > 0] / entries[entries > 0]
        intervals[f"R@{k}"] = [round(float(v), 2) for v in np.percentile(shares, (2.5, 97.5))]
    return intervals


def _both(found: RetrievalMetrics, mask: npt.NDArray[np.bool_]) -> dict[str, Any]:
    ways = {"t2v": found.t2v.subset(mask).as_dict(), "v2t": found.v2t.subset(mask).as_dict()}
    return {"queries": int(mask.sum()), **rounded(ways)}


def _category_level(ranking: Ranking) -> dict[str, float]:
    """Percent of texts with a clip of their own category among the first K; texts without a category do not count."""
    names = np.array([clip.category or "" for clip in ranking.clips])
    asked = names != ""
    if not asked.any():
        return {}
    right = names[ranking.top[asked]] == names[asked][:, None]
    return {f"R@{k}": round(100 * float(right[:, :k].any(1).mean()), 4) for k in (1, 5, 10)}


def _duplicates(ranking: Ranking) -> dict[str, Any]:
    """How much of the gallery repeats, and T2V when any clip of the same caption or the same bytes counts as right."""
    captions = np.unique([" ".join(c.caption.casefold().split()) for c in ranking.clips], return_inverse=True)[1]
    videos = np.unique([clip.sha256 or clip.key for clip in ranking.clips], return_inverse=True)[1]
    rows = np.arange(len(captions))[:, None]
    right = (captions[ranking.top] == captions[rows]) | (videos[ranking.top] == videos[rows])
    twins = [int((np.bincount(codes) > 1)[codes].sum()) for codes in (captions, videos)]
    return {
        "captions_that_repeat": twins[0],
        "videos_that_repeat": twins[1],
        "t2v_any_twin": {f"R@{k}": round(100 * float(right[:, :k].any(1).mean()), 4) for k in (1, 5, 10)},
    }


def rounded(ways: dict[str, Any]) -> dict[str, Any]:
    """The figures of t2v and v2t to four places, as metrics.json holds them; what else stands beside them untouched."""
    figures = {way: {name: round(float(value), 4) for name, value in ways[way].items()} for way in ("t2v", "v2t")}
    return ways | figures


def rank_table(ranking: Ranking) -> Any:
    """ranks.parquet: one row a query, in gallery order; ranks are expected ranks whatever --ties says."""
    import pyarrow as pa

    plain = ranking.found.with_ties("expected")
    clips = ranking.clips
    names = ("key", "caption", "category", "is_anomaly", "group", "source", "generator")
    columns: dict[str, Any] = {name: [getattr(clip, name) for clip in clips] for name in names}
    types = {name: pa.bool_() if name == "is_anomaly" else pa.string() for name in names}
    arrays = {name: pa.array(column, types[name]) for name, column in columns.items()}
    arrays["t2v_rank"] = pa.array(plain.t2v.ranks.astype(np.float64))
    arrays["v2t_rank"] = pa.array(plain.v2t.ranks.astype(np.float64))
    arrays["score"] = pa.array(plain.t2v.true.astype(np.float32))
    arrays["top_key"] = pa.array([clips[i].key for i in ranking.top[:, 0]], pa.string())
    arrays["top_score"] = pa.array(ranking.top_score[:, 0].astype(np.float32))
    return pa.table(arrays)
