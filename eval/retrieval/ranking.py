"""How well a model finds the clips of a dataset: `svta eval --data DIR --split test --model DIR --out RESULTS`.

Reads a dataset folder or Hub repo and a model; ranks text-to-video and video-to-text over one gallery. Writes RESULTS/:
ranks.parquet (one row a query), strips/ (frames of the best and worst queries), config.json, metrics.json, and the page
report.html last. Clips that cannot be read are counted and named, never dropped in silence; so are those that packing
had rejected and captions that stand there twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from svta.builder.errors import DatasetError
from svta.builder.record import Clip
from svta.eval.embeddings.cache import EmbeddingCache
from svta.eval.embeddings.embed import Embedded, Floats, View, embed_clips, embed_texts, score_matrix
from svta.eval.encoders.base import Encoder, as_encoder
from svta.eval.metrics.retrieval import (
    RetrievalMetrics,
    Ties,
    retrieval_metrics,
    retrieval_metrics_from_embeddings,
)

from . import controls

TOP: Final = 10
_TEXTS: Final = 512


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
    encoder, rivals = as_encoder(encoder), {label: as_encoder(rival) for label, rival in (rivals or {}).items()}
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
    if not encoder.dot_product:
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
