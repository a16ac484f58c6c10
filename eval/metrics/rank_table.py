"""The rank of every query, as columns: what ranks.parquet holds and what paired tests and the report read."""

from __future__ import annotations

from dataclasses import dataclass

from .retrieval import Floats, Way


@dataclass(frozen=True)
class RankTable:
    """One row a query, in gallery order; ranks are expected ranks from 1. Columns that older versions lack are None."""

    key: list[str]
    t2v_rank: Floats
    v2t_rank: Floats | None = None
    caption: list[str] | None = None
    category: list[str | None] | None = None
    is_anomaly: list[bool | None] | None = None
    group: list[str | None] | None = None
    source: list[str | None] | None = None
    generator: list[str | None] | None = None
    score: Floats | None = None
    top_key: list[str] | None = None
    top_score: Floats | None = None

    def __len__(self) -> int:
        return len(self.key)

    def ranks(self, way: Way) -> Floats | None:
        """The ranks of one direction."""
        return self.t2v_rank if way == "t2v" else self.v2t_rank
