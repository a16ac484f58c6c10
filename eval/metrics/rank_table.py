"""The rank of every query, as columns: what ranks.parquet holds and what paired tests and the report read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from svta.builder.splits import connected, normalise_caption

from .ranks import Floats, Ints, MetricsError, Ranks
from .retrieval import Way


@dataclass(frozen=True)
class RankTable:
    """One row per caption, in gallery order; ranks are expected ranks from 1. Columns that older versions lack: None.

    video: the key of the clip whose video this caption belongs to, where a video has several captions; v2t_rank is then
    NaN but in the row of a video's first caption. t2v_tied, v2t_tied: how many items share the true one's score.
    top_keys, top_scores: the ten best videos of each caption, the best first. top_captions: keys of the five best
    captions of each video, in the row of its first caption.
    """

    key: list[str]
    t2v_rank: Floats
    v2t_rank: Floats | None = None
    t2v_tied: Floats | None = None
    v2t_tied: Floats | None = None
    caption: list[str] | None = None
    category: list[str | None] | None = None
    is_anomaly: list[bool | None] | None = None
    group: list[str | None] | None = None
    video: list[str | None] | None = None
    source: list[str | None] | None = None
    generator: list[str | None] | None = None
    score: Floats | None = None
    top_key: list[str] | None = None
    top_score: Floats | None = None
    top_keys: list[list[str]] | None = None
    top_scores: list[list[float]] | None = None
    top_captions: list[list[str]] | None = None

    def __len__(self) -> int:
        return len(self.key)

    def ranks(self, way: Way) -> Floats | None:
        """The column of ranks of one direction."""
        return self.t2v_rank if way == "t2v" else self.v2t_rank

    def ranked(self, way: Way) -> Ranks:
        """Ranks and ties of all rows of one direction. Raises MetricsError if an older version left none."""
        ranks = self.ranks(way)
        if ranks is None:
            raise MetricsError(f"a run contains no {way} ranks: it is from an older version; run svta eval again")
        return Ranks(ranks, self.t2v_tied if way == "t2v" else self.v2t_tied)

    def queries(self, way: Way) -> Ints:
        """The rows that are queries of one direction: all captions, or the row of each video's first caption."""
        ranks = self.ranked(way).rank
        return np.arange(len(self)) if way == "t2v" or self.video is None else np.flatnonzero(~np.isnan(ranks))

    @cached_property
    def components(self) -> Ints:
        """Numbers of the rows' components [N]: rows connected by source video or by normalised caption share one."""
        rows: list[list[str]] = [[] for _ in self.key]
        for name, column in (("group", self.group), ("video", self.video), ("caption", self.caption)):
            for names, value in zip(rows, column or ()):
                if value:
                    names.append(f"{name} {normalise_caption(value) if name == 'caption' else value}")
        return np.array(connected(names or [f"row {i}"] for i, names in enumerate(rows)), np.int64)
