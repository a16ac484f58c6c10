"""How well a model finds the clips of a dataset: `svta eval --data DIR --split test --model DIR --out RESULTS`.

Reads a dataset folder or Hub repo and a model; ranks text-to-video and video-to-text over one gallery. Writes RESULTS/:
ranks.parquet (one row a query), strips/ (frames of the best and worst queries), config.json, metrics.json, and the page
report.html last. Clips that cannot be read are counted and named, never dropped in silence; so are those that packing
had rejected and captions that stand there twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from svta.builder.dataset import ClipDataset, open_dataset
from svta.builder.errors import DatasetError
from svta.builder.record import Clip, read_jsonl

from . import controls
from .embedding import Embedded, Floats, View, embed_clips, embed_texts, score_matrix
from .embedding_cache import EmbeddingCache
from .encoders import Encoder
from .frames import FrameSpec
from .metrics import Direction, RetrievalMetrics, Ties, retrieval_metrics, retrieval_metrics_from_embeddings

TOP: Final = 10
BOOTSTRAPS: Final = 1_000
_TEXTS: Final = 512
_REJECTED: Final = "rejected.jsonl"


@dataclass
class Ranking:
    """One evaluated gallery: clip i's caption and video are query and answer i. `top` [N, <=10] are T2V answers.

    `text` and `video` are what the encoder gave, one row a clip: second stages start from them.
    """

    clips: list[Clip]
    positions: list[int]
    found: RetrievalMetrics
    top: npt.NDArray[np.int64]
    top_score: Floats
    unreadable: list[tuple[str, str]]
    text: Floats
    video: Floats
    controls: dict[str, dict[str, Any]] = field(default_factory=dict)


def frame_spec(encoder: Encoder) -> FrameSpec:
    """The frames an encoder asks for by its attributes num_frames, image_size, sampling and resize."""
    default = FrameSpec()
    return FrameSpec(
        int(getattr(encoder, "num_frames", None) or default.num_frames),
        int(getattr(encoder, "image_size", None) or default.size),
        str(getattr(encoder, "sampling", None) or default.sampling),
        str(getattr(encoder, "resize", None) or default.resize),
    )


def open_for(encoder: Encoder, data: str, split: str, **overrides: Any) -> ClipDataset:
    """The dataset with the frames this encoder asks for; `overrides` as svta.open_dataset's keywords."""
    return open_dataset(data, split, **{**frame_spec(encoder).as_dict(), **overrides})


def draw_gallery(total: int, gallery: int | None, seed: int) -> list[int]:
    """Positions in the dataset: all, or `gallery` of them drawn with a seed, in order. DatasetError if too few."""
    if gallery is None:
        return list(range(total))
    if not 1 <= gallery <= total:
        raise DatasetError(f"a gallery of {gallery} clips out of {total}: the split does not hold as many")
    return sorted(np.random.default_rng(seed).permutation(total)[:gallery].tolist())


def rank_clips(
    encoder: Encoder,
    dataset: Any,
    positions: Sequence[int],
    *,
    ties: Ties = "expected",
    with_controls: bool = False,
    seed: int = 0,
    colours: controls.ColourModel | None = None,
    rivals: dict[str, Encoder] | None = None,
    cache: str | Path | None = None,
    on_clips: Callable[[int], None] | None = None,
) -> Ranking:
    """Embed and rank the clips at `positions`. Raises DatasetError when none of them can be read.

    with_controls adds the same model on one frame and on shuffled frames; `colours` (fitted on train) and `rivals`
    (other encoders, fed the same frames) are ranked on the same gallery. cache: a folder that keeps the embeddings of
    the model and its rivals. Several processes share the work, and all of them get the result.
    """
    rivals = rivals or {}
    models = {"model": encoder, **{f"rival {name}": rival for name, rival in rivals.items()}}
    views: dict[str, View] = {}
    if with_controls:
        views["still"] = lambda frames, mask, _: encoder.encode_video(controls.still(frames, mask), mask)
        views["shuffled"] = lambda frames, mask, chosen: encoder.encode_video(
            controls.shuffled(frames, mask, chosen, seed), mask
        )
    if colours is not None:
        views["colours"] = lambda frames, mask, _: colours.video(controls.colour_histograms(frames, mask))
    if cache is None:
        views |= {name: partial(_plain, model) for name, model in models.items()}
        done = embed_clips(dataset, positions, views, on_clips=on_clips)
    else:
        done = _cached(cache, models, views, dataset, positions, on_clips)
    if not done.positions:
        reason = done.unreadable[0][1] if done.unreadable else "no clip was asked for"
        raise DatasetError(f"{dataset.source.root}: not one of {len(done.unreadable)} clips can be read: {reason}")
    clips = [dataset.clip(position) for position in done.positions]
    captions = [clip.caption for clip in clips]

    def texts(model: Encoder) -> Floats:
        if cache is None:
            return embed_texts(model.encode_text, captions)
        return EmbeddingCache(cache, model, dataset).texts(done.positions)

    text = texts(encoder)
    found, top, top_score = _rank(encoder, text, done.views["model"], ties)
    unreadable = [(dataset.clip(position).key, why) for position, why in done.unreadable]
    ranking = Ranking(clips, done.positions, found, top, top_score, unreadable, text, done.views["model"])
    if with_controls:
        ranking.controls["chance"] = {"t2v": controls.chance(len(clips)), "v2t": controls.chance(len(clips))}
    if colours is not None:
        ranked = retrieval_metrics_from_embeddings(colours.text(captions), done.views["colours"], ties=ties)
        ranking.controls["colour histogram"] = ranked.as_dict()
    for name, label in (("still", "same model, one frame"), ("shuffled", "same model, shuffled frames")):
        if name in done.views:
            ranking.controls[label] = _rank(encoder, text, done.views[name], ties)[0].as_dict()
    for name, rival in rivals.items():
        ranked = _rank(rival, texts(rival), done.views[f"rival {name}"], ties)[0]
        ranking.controls[name] = ranked.as_dict()
    return ranking


def _plain(model: Encoder, frames: Any, mask: Any, _: Sequence[int]) -> Any:
    return model.encode_video(frames, mask)


def _cached(
    cache: str | Path,
    models: dict[str, Encoder],
    views: dict[str, View],
    dataset: Any,
    positions: Sequence[int],
    on_clips: Callable[[int], None] | None,
) -> Embedded:
    """The models' embeddings from disk as far as they are there; the other views are made anew."""
    made = {name: EmbeddingCache(cache, model, dataset).videos(positions) for name, model in models.items()}
    _, good, unreadable = made["model"]
    if on_clips is not None:
        on_clips(len(positions))
    rest = embed_clips(dataset, good, views).views if views and good else {}
    return Embedded({**rest, **{name: rows for name, (rows, _, _) in made.items()}}, good, unreadable)


def _rank(encoder: Encoder, text: Floats, video: Floats, ties: Ties) -> tuple[RetrievalMetrics, Any, Any]:
    """(metrics, the ten best videos of each text, their scores); without the whole matrix where scores are products."""
    if hasattr(encoder, "similarity"):
        matrix = score_matrix(encoder, text, video)
        found = retrieval_metrics(matrix, ties=ties)
        return found, *best_of(matrix[i : i + _TEXTS] for i in range(0, len(text), _TEXTS))
    found = retrieval_metrics_from_embeddings(text, video, ties=ties)
    with np.errstate(over="ignore", invalid="ignore"):
        return found, *best_of(text[i : i + _TEXTS] @ video.T for i in range(0, len(text), _TEXTS))


def best_of(rows: Iterable[Floats]) -> tuple[npt.NDArray[np.int64], Floats]:
    """Numbers and scores of the ten best columns of every row, given in blocks; NaN counts as least."""
    tops, scores = [], []
    for block in rows:
        block = np.nan_to_num(block, nan=-np.inf)
        order = np.argsort(-block, axis=1, kind="stable")[:, : min(TOP, block.shape[1])]
        tops.append(order)
        scores.append(np.take_along_axis(block, order, axis=1))
    return np.concatenate(tops), np.concatenate(scores)


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
