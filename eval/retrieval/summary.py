"""Ranks -> the figures of a result: recalls, intervals, per category, duplicates; and the table of all ranks."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from svta.builder.errors import DatasetError, first_line
from svta.builder.io.json_text import read_jsonl
from svta.builder.paths import INDEX, REJECTED
from svta.builder.shards.audit_columns import read_marks
from svta.builder.splits import group_of, normalise_caption
from svta.eval.embeddings.clip_gallery import ClipGallery
from svta.eval.embeddings.embed import Floats
from svta.eval.embeddings.one_video import video_name
from svta.eval.metrics.contrast_ranks import by_factor, chance
from svta.eval.metrics.figures import Directions, Figures, Subset, number
from svta.eval.metrics.rank_table import RankTable
from svta.eval.metrics.ranks import Ranks
from svta.eval.metrics.retrieval import RECALLS, Direction, RetrievalMetrics, Ties
from svta.eval.metrics.significance import bootstrap

from .ranking import CATEGORY, MODEL, TWIN, Ranking
from .result import Contrasts, Control, Duplicates, Metrics, NanEmbeddings, NotUnit, Skipped

UNIT_TOLERANCE: Final = 0.01  # of a row's length
UNREADABLE_LINE: Final = "a line that cannot be read"
_log = logging.getLogger(__name__)
_BOUNDS: Final[tuple[Ties, ...]] = ("optimistic", "pessimistic")
AUDITED: Final = {"verified": True, "not shown": False}
_HALVES: Final = {"anomaly": True, "normal": False, "not stated": None}


def summarise(ranking: Ranking, *, seed: int = 0) -> Metrics:
    """Both directions, tie bounds, 95 % intervals, categories, duplicates, controls, what was skipped."""
    metrics, clips, first = ranking.metrics, ranking.clips, ranking.videos.first
    expected = metrics.with_ties("expected")
    components = rank_table(ranking).components
    stated = np.array([bool(clip.category) for clip in clips])
    halves = {name: np.array([clip.is_anomaly is value for clip in clips]) for name, value in _HALVES.items()}
    return Metrics(
        t2v=rounded(metrics.t2v.as_dict()),
        v2t=rounded(metrics.v2t.as_dict()),
        gallery=len(first),
        captions=len(clips),
        ties=metrics.ties,
        num_ranked={"t2v": metrics.t2v.num_ranked, "v2t": metrics.v2t.num_ranked},
        num_nan=metrics.num_nan,
        nan_embeddings=_nan_embeddings(ranking),
        bounds={rule: directions(metrics.with_ties(rule)) for rule in _BOUNDS},
        components=len(np.unique(components)),
        interval_95={
            "t2v": intervals(metrics.t2v, components, seed=seed),
            "v2t": intervals(metrics.v2t, components[first], seed=seed),
        },
        anomaly_or_normal={name: _subset(expected, mask, first) for name, mask in halves.items() if mask.any()},
        category_level=ranking.answers.any_right[CATEGORY].recalls(stated) if stated.any() else {},
        duplicates=_duplicates(ranking),
        by_category={
            name: _subset(expected, np.array([clip.category == name for clip in clips]), first)
            for name in sorted({clip.category for clip in clips if clip.category})
        },
        controls={name: Control(rounded(c.t2v), rounded(c.v2t)) for name, c in ranking.controls.items()},
        contrasts=_contrasts(ranking, components, seed) if ranking.contrast_sets else None,
        unreadable=[Skipped(key, reason) for key, reason in ranking.unreadable],
    )


def _contrasts(ranking: Ranking, components: npt.NDArray[np.int64], seed: int) -> Contrasts:
    """R@1 within the sets that one thing tells apart, by what it is, beside the controls."""
    sets, own = ranking.contrast_sets, ranking.contrast_ranks[MODEL]
    groups = components[np.concatenate([one.captions for one in sets])].tolist()

    def recall(ranks: Ranks) -> Figures:
        return {"R@1": round(ranks.figure("R@1"), 4)}

    ends = {"t2v": bootstrap(own.t2v, groups=groups, seed=seed), "v2t": bootstrap(own.v2t, groups=groups, seed=seed)}
    return Contrasts(
        sets=len(sets),
        queries=len(groups),
        chance=round(chance(sets), 4),
        t2v=recall(own.t2v),
        v2t=recall(own.v2t),
        interval_95={way: (round(end[0], 2), round(end[1], 2)) for way, end in ends.items() if end is not None},
        by_factor={
            name: Subset(int(mask.sum()), recall(own.t2v.take(mask)), recall(own.v2t.take(mask)))
            for name, mask in by_factor(sets).items()
        },
        controls={
            name: Directions(recall(ranks.t2v), recall(ranks.v2t))
            for name, ranks in ranking.contrast_ranks.items()
            if name != MODEL
        },
    )


def _nan_embeddings(ranking: Ranking) -> NanEmbeddings:
    """Captions and videos whose embedding is NaN (an encoder's fault, or no frame to see): they rank last."""
    captions, videos = (
        np.asarray(np.isnan(rows.reshape(len(rows), -1)).any(axis=1)) for rows in (ranking.text, ranking.video)
    )
    keys = [ranking.clips[i].key for i in np.flatnonzero(captions | videos[ranking.videos.inverse])]
    return NanEmbeddings(int(captions.sum()), int(videos.sum()), keys[:20])


def not_unit_rows(text: Floats, video: Floats) -> NotUnit | None:
    """Rows [N, D] of another length than 1, by more than half precision explains; None if there are none."""
    norms = [np.linalg.norm(rows.astype(np.float64), axis=1) for rows in (text, video)]
    norms = [lengths[~np.isnan(lengths)] for lengths in norms]
    captions, videos = (int((np.abs(lengths - 1) > UNIT_TOLERANCE).sum()) for lengths in norms)
    if not captions + videos:
        return None
    together = np.concatenate(norms)
    return NotUnit(captions, videos, round(float(together.min()), 4), round(float(together.max()), 4))


def rejected_before(dataset: ClipGallery) -> dict[str, int]:
    """How many clips the dataset's own rejected.jsonl lists, by reason: what packing left out of every split.

    It is read after the clips were ranked, so a list that cannot be read is a warning and costs no figure; a line that
    cannot be read counts under a reason of its own.
    """
    reasons: Counter[str] = Counter()
    try:
        if (path := dataset.source.find(REJECTED)) is not None:
            for _, fields in read_jsonl(path, on_error=lambda *_: reasons.update([UNREADABLE_LINE])):
                reasons[str(fields.get("reason", "no reason given"))] += 1
    except (DatasetError, OSError) as error:
        _log.warning("what packing left out is not counted: %s", first_line(error))
    return dict(reasons.most_common())


def intervals(
    direction: Direction, components: npt.NDArray[np.int64], *, seed: int = 0
) -> dict[str, tuple[float, float]]:
    """95 % bootstrap intervals of R@1, R@5, R@10 in percent; connected queries are drawn together.

    They belong to the direction's own figures: with official ties a query counts as often as it has entries. There is
    none without an entry, and none that would say nothing (one component; every query alike).
    """
    if not direction.num_ranked:
        return {}
    ends = {}
    for column in (f"R@{k}" for k in RECALLS):
        interval = bootstrap(
            direction.ranked,
            statistic=column,
            groups=components.tolist(),
            query_of_rank=direction.query_of_rank,
            seed=seed,
        )
        if interval is not None:
            ends[column] = round(interval[0], 2), round(interval[1], 2)
    return ends


def _subset(metrics: RetrievalMetrics, mask: npt.NDArray[np.bool_], first: npt.NDArray[np.int64]) -> Subset:
    """The captions of a mask, and the videos whose first caption is in it."""
    ways = (metrics.t2v.subset(mask), metrics.v2t.subset(mask[first]))
    return Subset(int(mask.sum()), *(rounded(direction.as_dict()) for direction in ways))


def audited(ranking: Ranking, dataset: ClipGallery) -> dict[str, Subset] | None:
    """Figures over the captions that `svta audit` found to be shown, and over those found not to be; None: no audit.

    Each is ranked in the whole gallery. Columns that cannot be read are a warning and cost no other figure.
    """
    try:
        index = dataset.source.find(INDEX)
        marks = {} if index is None else read_marks(index)
    except (DatasetError, OSError) as error:
        _log.warning("what was audited is not counted: %s", first_line(error))
        return None
    verdicts = [marks[clip.key].verified if clip.key in marks else None for clip in ranking.clips]
    metrics, first = ranking.metrics.with_ties("expected"), ranking.videos.first
    masks = {name: np.array([verdict is value for verdict in verdicts]) for name, value in AUDITED.items()}
    return {name: _subset(metrics, mask, first) for name, mask in masks.items() if mask.any()} or None


def _duplicates(ranking: Ranking) -> Duplicates:
    """How much of the gallery repeats, and T2V when any video of the same caption or the same bytes counts as right."""
    captions = _repeats([normalise_caption(clip.caption) for clip in ranking.clips])
    videos = _repeats([clip.sha256 or video_name(clip) for clip in ranking.video_clips])
    return Duplicates(captions, videos, ranking.answers.any_right[TWIN].recalls())


def _repeats(names: Sequence[str]) -> int:
    counts = Counter(names)
    return sum(counts[name] > 1 for name in names)


def rounded(figures: Mapping[str, float | None]) -> Figures:
    """Figures to four places, as metrics.json holds them; NaN, a figure over nothing, is None."""
    return {name: None if (known := number(value)) is None else round(known, 4) for name, value in figures.items()}


def directions(metrics: RetrievalMetrics) -> Directions:
    """The figures of both directions, to four places."""
    return Directions(rounded(metrics.t2v.as_dict()), rounded(metrics.v2t.as_dict()))


def rank_table(ranking: Ranking) -> RankTable:
    """One row per caption, in gallery order; ranks are expected ranks for any tie rule of the figures."""
    expected, clips, answers = ranking.metrics.with_ties("expected"), ranking.clips, ranking.answers
    first, owners = ranking.videos.first, ranking.video_clips
    v2t_rank, v2t_tied = np.full((2, len(clips)), np.nan)
    v2t_rank[first], v2t_tied[first] = expected.v2t.ranks, expected.v2t.equal
    captions: list[list[str]] = [[] for _ in clips]
    for row, best in zip(first, answers.captions, strict=True):
        captions[row] = [clips[i].key for i in best if i >= 0]
    return RankTable(
        key=[clip.key for clip in clips],
        caption=[clip.caption for clip in clips],
        category=[clip.category for clip in clips],
        is_anomaly=[clip.is_anomaly for clip in clips],
        group=[group_of(clip) if clip.group or clip.source_id else None for clip in clips],
        video=[owners[i].key for i in ranking.videos.inverse],
        source=[clip.source for clip in clips],
        generator=[clip.generator for clip in clips],
        t2v_rank=expected.t2v.ranks.astype(np.float64),
        v2t_rank=v2t_rank,
        t2v_tied=expected.t2v.equal.astype(np.float64),
        v2t_tied=v2t_tied,
        score=expected.t2v.true.astype(np.float32),
        top_key=[owners[i].key for i in answers.top[:, 0]],
        top_score=answers.top_score[:, 0].astype(np.float32),
        top_keys=[[owners[i].key for i in best] for best in answers.top],
        top_scores=answers.top_score.astype(np.float32).tolist(),
        top_captions=captions,
    )
