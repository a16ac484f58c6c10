"""Embed the clips and captions of a gallery with a model, and rank them both ways.

Reads a dataset and a model; writes nothing (--cache aside). embed_gallery() gives the rows, rank_clips() the ranks of
the model and of what it has to beat on the same gallery; summary.py makes figures of them. Clips that cannot be read
are counted and named, never dropped in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from svta.builder.errors import DatasetError, NothingUsable
from svta.builder.record import Clip
from svta.builder.splits import normalise_caption
from svta.builder.video.frame_spec import FrameSpec, Quality
from svta.eval.embeddings.batching import Rows as EmbeddedRows
from svta.eval.embeddings.cache import EmbeddingCache
from svta.eval.embeddings.clip_gallery import ClipGallery
from svta.eval.embeddings.embed import Embedded, Floats, View, embed_clips, embed_texts, score_matrix
from svta.eval.embeddings.one_video import one_video, several_captions, video_name
from svta.eval.encoders.base import Encoder, as_encoder
from svta.eval.metrics.contrast_ranks import ContrastRanks, ContrastSet, contrast_sets, within_sets
from svta.eval.metrics.rank_counts import Ints, Rows
from svta.eval.metrics.retrieval import (
    RetrievalMetrics,
    Ties,
    retrieval_metrics,
    retrieval_metrics_from_embeddings,
)

from . import controls
from .answers import Answers, RightVideos, best_answers
from .result import Control

if TYPE_CHECKING:
    import torch

    from svta.builder.video.decoder import FrameTimes

MODEL: Final = "model"
COLOURS: Final = "colours"
COLOUR_NAME: Final = "colour histogram"
VIEW_NAMES: Final = {"still": "same model, one frame", "shuffled": "same model, shuffled frames"}
CATEGORY, TWIN = "category", "twin"  # right answers besides a caption's own video


@dataclass(frozen=True)
class GalleryEmbeddings:
    """The readable clips of a gallery, and what each model made of them.

    clips, positions [T]: one per caption; videos: which of them share a video [V]. text [T, ...]: by model name. video
    [V, ...]: by model name, and by the name of a control's view. unreadable: (key, reason) of the other clips.
    """

    clips: list[Clip]
    positions: list[int]
    videos: Rows
    unreadable: list[tuple[str, str]]
    text: dict[str, Floats]
    video: dict[str, Floats]

    @property
    def groups(self) -> Ints | None:
        """The video of each caption [T]; None if each has its own."""
        return self.videos.inverse if several_captions(self.videos) else None


@dataclass
class Ranking:
    """One evaluated gallery: `clips` [T] are queries, `videos` says which of them share a video: the answers [V].

    `text` and `video` are what the encoder gave, one row per caption and one per video: second stages start from them.
    """

    clips: list[Clip]
    positions: list[int]
    videos: Rows
    metrics: RetrievalMetrics
    answers: Answers
    unreadable: list[tuple[str, str]]
    text: Floats
    video: Floats
    controls: dict[str, Control] = field(default_factory=dict)
    contrast_sets: list[ContrastSet] = field(default_factory=list)
    contrast_ranks: dict[str, ContrastRanks] = field(default_factory=dict)  # by MODEL and the names of the controls

    @property
    def groups(self) -> Ints | None:
        """The video of each caption [T]; None if each has its own."""
        return self.videos.inverse if several_captions(self.videos) else None

    @property
    def video_clips(self) -> list[Clip]:
        """The first clip of every video [V]."""
        return [self.clips[i] for i in self.videos.first]

    @property
    def video_positions(self) -> list[int]:
        """Where every video is in the dataset [V]."""
        return [self.positions[i] for i in self.videos.first]


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
    resize: Quality = "exact",
    cache: str | Path | None = None,
    on_clips: Callable[[int], None] | None = None,
) -> Ranking:
    """Embed and rank the clips at `positions`; one video of several captions is one answer. DatasetError if none reads.

    with_controls adds the same model on one frame and on shuffled frames; `colours` (fitted on train) and `rivals`
    (other encoders) are ranked on the same gallery. The model sees the frames of `dataset`, a rival those it asks for,
    resized as `resize` says. cache: a folder that keeps the embeddings of the model and its rivals. Several processes
    share the work, and all of them get the result.
    """
    models = {MODEL: as_encoder(encoder), **{_rival(name): as_encoder(rival) for name, rival in (rivals or {}).items()}}
    views = control_views(models[MODEL], with_controls, seed, colours)
    rows = embed_gallery(models, dataset, positions, views, resize=resize, cache=cache, on_clips=on_clips)
    text, video = rows.text[MODEL], rows.video[MODEL]

    sets = contrast_sets(rows.clips, rows.videos)
    points: dict[str, ContrastRanks] = {}

    def ranked(name: str, model: str, seen: str) -> RetrievalMetrics:
        texts, videos = rows.text[model], rows.video[seen]
        points[name] = within_sets(sets, lambda t, v: score_matrix(models[model], texts[t], videos[v]), ties)
        return _rank(models[model], texts, videos, rows.groups, ties)

    others: dict[str, Control] = {}
    if with_controls:
        chance = controls.chance(len(rows.videos.first))
        others["chance"] = Control(chance, chance)
    if colours is not None:
        words, seen = colours.text([clip.caption for clip in rows.clips]), rows.video[COLOURS]
        others[COLOUR_NAME] = _control(retrieval_metrics_from_embeddings(words, seen, ties=ties, groups=rows.groups))
        points[COLOUR_NAME] = within_sets(sets, lambda t, v: words[t] @ seen[v].T, ties)
    others |= {label: _control(ranked(label, MODEL, name)) for name, label in VIEW_NAMES.items() if name in views}
    others |= {name: _control(ranked(name, _rival(name), _rival(name))) for name in rivals or {}}
    answers = best_answers(models[MODEL], text, video, _right_videos(rows))
    metrics = ranked(MODEL, MODEL, MODEL)
    return Ranking(
        rows.clips, rows.positions, rows.videos, metrics, answers, rows.unreadable, text, video, others, sets, points
    )


def embed_gallery(
    models: Mapping[str, Encoder],
    dataset: ClipGallery,
    positions: Sequence[int],
    views: Mapping[str, View] | None = None,
    *,
    resize: Quality = "exact",
    cache: str | Path | None = None,
    on_clips: Callable[[int], None] | None = None,
) -> GalleryEmbeddings:
    """Captions and videos at `positions` by every model, and the videos by every view of the controls; each video once.

    The first model sees the frames of `dataset`, and so do the views; the others those they ask for. With `cache` the
    models' rows come from disk if they are there. Raises DatasetError if no clip is readable.
    """
    every = [dataset.clip(position) for position in positions]
    videos = one_video(every)
    wanted = [positions[i] for i in videos.first]
    (first, encoder), *others = models.items()
    embedded = _embed(first, encoder, dataset, wanted, views or {}, cache, on_clips)
    reasons = dict(embedded.unreadable)
    lost = [reasons.get(wanted[video]) for video in videos.inverse]
    if not embedded.positions:
        reason = embedded.unreadable[0][1] if embedded.unreadable else "no clip is in the gallery"
        raise NothingUsable(f"{dataset.source.root}: none of {len(embedded.unreadable)} clips can be read: {reason}")
    video, galleries = dict(embedded.views), {first: dataset}
    for name, model in others:
        galleries[name] = dataset.with_frames(frames_beside(model, dataset.frames, resize))
        rival = _embed(name, model, galleries[name], embedded.positions, {}, cache, None)
        if rival.unreadable:
            raise DatasetError(f"{rival.unreadable[0][1]} (it was readable a moment ago)")
        video[name] = rival.views[name]
    clips = [clip for clip, reason in zip(every, lost) if reason is None]
    kept = [position for position, reason in zip(positions, lost) if reason is None]
    captions = [clip.caption for clip in clips]
    text = {
        name: embed_texts(model.encode_text, captions)
        if cache is None
        else EmbeddingCache(cache, model, galleries[name]).texts(kept)
        for name, model in models.items()
    }
    unreadable = [(clip.key, reason) for clip, reason in zip(every, lost) if reason is not None]
    videos = one_video(clips)
    twins = _first_alike([clips[i].sha256 or clips[i].key for i in videos.first])
    video = {name: rows[twins] for name, rows in video.items()}
    repeats = _first_alike(captions)
    text = {name: rows[repeats] for name, rows in text.items()}
    return GalleryEmbeddings(clips, kept, videos, unreadable, text, video)


def _first_alike(names: Sequence[str]) -> list[int]:
    """Where each name is first: what is alike gets that row, for a batch of another size rounds otherwise."""
    places: dict[str, int] = {}
    return [places.setdefault(name, place) for place, name in enumerate(names)]


def control_views(
    encoder: Encoder, with_controls: bool, seed: int, colours: controls.ColourModel | None
) -> dict[str, View]:
    """How the controls see the frames: one of them, in another order, colours alone."""
    views: dict[str, View] = {}
    if with_controls:
        views["still"] = lambda frames, mask, times, _: encoder.encode_clips(controls.still(frames, mask), mask, times)
        views["shuffled"] = lambda frames, mask, times, chosen: encoder.encode_clips(
            controls.shuffled(frames, mask, chosen, seed), mask, times
        )
    if colours is not None:
        views[COLOURS] = lambda frames, mask, *_: colours.video(controls.colour_histograms(frames, mask))
    return views


def _rival(name: str) -> str:
    return f"rival {name}"


def _control(metrics: RetrievalMetrics) -> Control:
    return Control(metrics.t2v.as_dict(), metrics.v2t.as_dict())


def frames_beside(rival: Encoder, shown: FrameSpec, resize: Quality) -> FrameSpec:
    """The frames of an encoder beside another: as many and sampled as that one's where it leaves both open."""
    own = rival.frames(resize)
    return replace(own, num_frames=rival.num_frames or shown.num_frames, sampling=shown.sampling)


def _embed(
    name: str,
    model: Encoder,
    dataset: ClipGallery,
    positions: Sequence[int],
    views: Mapping[str, View],
    cache: str | Path | None,
    on_clips: Callable[[int], None] | None,
) -> Embedded:
    """One model's embeddings under its name, from disk if they are there, and the views, embedded each time."""

    def plain(frames: torch.Tensor, mask: torch.Tensor, times: Sequence[FrameTimes], _: Sequence[int]) -> EmbeddedRows:
        return model.encode_clips(frames, mask, times)

    if cache is None:
        return embed_clips(dataset, positions, {**views, name: plain}, prepare=model.prepare, on_clips=on_clips)
    rows, good, unreadable = EmbeddingCache(cache, model, dataset).videos(positions)
    if on_clips is not None:
        on_clips(len(positions))
    rest = embed_clips(dataset, good, views, prepare=model.prepare).views if views and good else {}
    return Embedded({**rest, name: rows}, good, unreadable)


def _rank(encoder: Encoder, text: Floats, video: Floats, owner: Ints | None, ties: Ties) -> RetrievalMetrics:
    """Both directions; without the whole matrix where scores are products. owner: see GalleryEmbeddings.groups."""
    if not encoder.dot_product:
        return retrieval_metrics(score_matrix(encoder, text, video), ties=ties, groups=owner)
    return retrieval_metrics_from_embeddings(text, video, ties=ties, groups=owner)


def _right_videos(rows: GalleryEmbeddings) -> dict[str, RightVideos]:
    """Which videos are right answers besides a caption's own: of its category; of the same caption or bytes."""
    category = np.array([clip.category or "" for clip in rows.clips])
    of_video = category[rows.videos.first]
    captions = np.unique([normalise_caption(clip.caption) for clip in rows.clips], return_inverse=True)[1]
    content = np.unique([clip.sha256 or video_name(clip) for clip in rows.clips], return_inverse=True)[1]
    said = np.zeros((captions.max() + 1, len(rows.videos.first)), bool)  # which captions describe which video
    said[captions, rows.videos.inverse] = True
    return {
        CATEGORY: lambda some: category[some, None] == of_video,
        TWIN: lambda some: said[captions[some]] | (content[some, None] == content[rows.videos.first]),
    }
