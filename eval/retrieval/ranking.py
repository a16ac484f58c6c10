"""Embed the clips and captions of a gallery with a model, and rank them both ways.

Reads a dataset and a model; writes nothing (--cache aside). embed_gallery() gives the rows, rank_clips() the ranks of
the model and of what it has to beat on the same gallery; summary.py makes figures of them. Clips that cannot be read
are counted and named, never dropped in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from svta.builder.errors import DatasetError
from svta.builder.record import Clip
from svta.eval.embeddings.cache import EmbeddingCache
from svta.eval.embeddings.clip_gallery import ClipGallery
from svta.eval.embeddings.embed import Embedded, Floats, View, embed_clips, embed_texts, score_matrix
from svta.eval.encoders.base import Encoder, as_encoder
from svta.eval.metrics.retrieval import (
    RetrievalMetrics,
    Ties,
    retrieval_metrics,
    retrieval_metrics_from_embeddings,
)

from . import controls
from .result import Control

if TYPE_CHECKING:
    import torch

TOP: Final = 10
MODEL: Final = "model"
COLOURS: Final = "colours"
VIEW_NAMES: Final = {"still": "same model, one frame", "shuffled": "same model, shuffled frames"}
_TEXTS: Final = 512


@dataclass(frozen=True)
class GalleryEmbeddings:
    """The readable clips of a gallery, and what each model made of them: rows [N, ...] in the order of `clips`.

    text: by model name. video: by model name, and by the name of a control's view.
    """

    clips: list[Clip]
    positions: list[int]
    unreadable: list[tuple[str, str]]
    text: dict[str, Floats]
    video: dict[str, Floats]


@dataclass
class Ranking:
    """One evaluated gallery: clip i's caption and video are query and answer i. `top` [N, <=10] are T2V answers.

    `text` and `video` are what the encoder gave, one row a clip: second stages start from them.
    """

    clips: list[Clip]
    positions: list[int]
    metrics: RetrievalMetrics
    top: npt.NDArray[np.int64]
    top_score: Floats
    unreadable: list[tuple[str, str]]
    text: Floats
    video: Floats
    controls: dict[str, Control] = field(default_factory=dict)


def rank_clips(
    encoder: Encoder,
    dataset: ClipGallery,
    positions: Sequence[int],
    *,
    ties: Ties = "expected",
    with_controls: bool = False,
    seed: int = 0,
    colours: controls.ColourModel | None = None,
    rivals: Mapping[str, Encoder] | None = None,
    cache: str | Path | None = None,
    on_clips: Callable[[int], None] | None = None,
) -> Ranking:
    """Embed and rank the clips at `positions`. Raises DatasetError when none of them can be read.

    with_controls adds the same model on one frame and on shuffled frames; `colours` (fitted on train) and `rivals`
    (other encoders, fed the same frames) are ranked on the same gallery. cache: a folder that keeps the embeddings of
    the model and its rivals. Several processes share the work, and all of them get the result.
    """
    models = {MODEL: as_encoder(encoder), **{_rival(name): as_encoder(rival) for name, rival in (rivals or {}).items()}}
    views = _control_views(models[MODEL], with_controls, seed, colours)
    rows = embed_gallery(models, dataset, positions, views, cache=cache, on_clips=on_clips)
    text, video = rows.text[MODEL], rows.video[MODEL]
    metrics, top, top_score = _rank(models[MODEL], text, video, ties)
    others: dict[str, Control] = {}
    if with_controls:
        chance = controls.chance(len(rows.clips))
        others["chance"] = Control(chance, chance)
    if colours is not None:
        words = colours.text([clip.caption for clip in rows.clips])
        others["colour histogram"] = _control(retrieval_metrics_from_embeddings(words, rows.video[COLOURS], ties=ties))
    for name, label in VIEW_NAMES.items():
        if name in views:
            others[label] = _control(_rank(models[MODEL], text, rows.video[name], ties)[0])
    for name in rivals or {}:
        model = _rival(name)
        others[name] = _control(_rank(models[model], rows.text[model], rows.video[model], ties)[0])
    return Ranking(rows.clips, rows.positions, metrics, top, top_score, rows.unreadable, text, video, others)


def embed_gallery(
    models: Mapping[str, Encoder],
    dataset: ClipGallery,
    positions: Sequence[int],
    views: Mapping[str, View] | None = None,
    *,
    cache: str | Path | None = None,
    on_clips: Callable[[int], None] | None = None,
) -> GalleryEmbeddings:
    """Captions and videos at `positions` by every model, and the videos by every view of the controls.

    With `cache` the models' rows come from disk as far as they are there. Raises DatasetError if no clip is readable.
    """
    if cache is None:
        plain = {name: partial(_plain, model) for name, model in models.items()}
        embedded = embed_clips(dataset, positions, {**(views or {}), **plain}, on_clips=on_clips)
    else:
        embedded = _cached(cache, models, views or {}, dataset, positions, on_clips)
    if not embedded.positions:
        reason = embedded.unreadable[0][1] if embedded.unreadable else "no clip is in the gallery"
        raise DatasetError(f"{dataset.source.root}: not one of {len(embedded.unreadable)} clips can be read: {reason}")
    clips = [dataset.clip(position) for position in embedded.positions]
    captions = [clip.caption for clip in clips]
    text = {
        name: embed_texts(model.encode_text, captions)
        if cache is None
        else EmbeddingCache(cache, model, dataset).texts(embedded.positions)
        for name, model in models.items()
    }
    unreadable = [(dataset.clip(position).key, why) for position, why in embedded.unreadable]
    return GalleryEmbeddings(clips, embedded.positions, unreadable, text, embedded.views)


def _control_views(
    encoder: Encoder, with_controls: bool, seed: int, colours: controls.ColourModel | None
) -> dict[str, View]:
    """How the controls see the frames: one of them, in another order, colours alone."""
    views: dict[str, View] = {}
    if with_controls:
        views["still"] = lambda frames, mask, _: encoder.encode_video(controls.still(frames, mask), mask)
        views["shuffled"] = lambda frames, mask, chosen: encoder.encode_video(
            controls.shuffled(frames, mask, chosen, seed), mask
        )
    if colours is not None:
        views[COLOURS] = lambda frames, mask, _: colours.video(controls.colour_histograms(frames, mask))
    return views


def _rival(name: str) -> str:
    return f"rival {name}"


def _control(metrics: RetrievalMetrics) -> Control:
    return Control(metrics.t2v.as_dict(), metrics.v2t.as_dict())


def _plain(model: Encoder, frames: torch.Tensor, mask: torch.Tensor, _: Sequence[int]) -> torch.Tensor:
    return model.encode_video(frames, mask)


def _cached(
    cache: str | Path,
    models: Mapping[str, Encoder],
    views: Mapping[str, View],
    dataset: ClipGallery,
    positions: Sequence[int],
    on_clips: Callable[[int], None] | None,
) -> Embedded:
    """The models' embeddings from disk as far as they are there; the views of controls are embedded each time."""
    stored = {name: EmbeddingCache(cache, model, dataset).videos(positions) for name, model in models.items()}
    _, good, unreadable = stored[MODEL]
    if on_clips is not None:
        on_clips(len(positions))
    rest = embed_clips(dataset, good, views).views if views and good else {}
    return Embedded({**rest, **{name: rows for name, (rows, _, _) in stored.items()}}, good, unreadable)


def _rank(
    encoder: Encoder, text: Floats, video: Floats, ties: Ties
) -> tuple[RetrievalMetrics, npt.NDArray[np.int64], Floats]:
    """(metrics, the ten best videos of each text, their scores); without the whole matrix where scores are products."""
    if not encoder.dot_product:
        matrix = score_matrix(encoder, text, video)
        metrics = retrieval_metrics(matrix, ties=ties)
        return metrics, *best_of(matrix[i : i + _TEXTS] for i in range(0, len(text), _TEXTS))
    metrics = retrieval_metrics_from_embeddings(text, video, ties=ties)
    with np.errstate(over="ignore", invalid="ignore"):
        return metrics, *best_of(text[i : i + _TEXTS] @ video.T for i in range(0, len(text), _TEXTS))


def best_of(rows: Iterable[Floats]) -> tuple[npt.NDArray[np.int64], Floats]:
    """Numbers and scores of the ten best columns of every row, given in blocks; NaN counts as least."""
    tops, scores = [], []
    for block in rows:
        block = np.nan_to_num(block, nan=-np.inf)
        order = np.argsort(-block, axis=1, kind="stable")[:, : min(TOP, block.shape[1])]
        tops.append(order)
        scores.append(np.take_along_axis(block, order, axis=1))
    return np.concatenate(tops), np.concatenate(scores)
