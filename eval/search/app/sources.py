"""What the app searches: an index of footage, or the clips of a dataset, each of them one moment.

results = IndexSource(open_index("IDX")).find("a man falls from a ladder", top=10)
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from svta.builder.errors import SvtaError, quantity
from svta.eval.embeddings.cache import EmbeddingCache
from svta.eval.embeddings.embed import embed_clips
from svta.eval.embeddings.one_video import one_video
from svta.eval.encoders.registry import load_encoder
from svta.eval.retrieval.gallery import open_for
from svta.eval.search.index import Index
from svta.eval.search.indexing.model import DRAWN_NOTE, DRAWN_ONLY, identify, is_drawn_only, sampling_for
from svta.eval.search.indexing.update import IndexConfig
from svta.eval.search.merging import Moment
from svta.eval.search.page import Card, lead, preview_cards
from svta.eval.search.query import Example, difference, example_vector, text_vector
from svta.eval.search.scan import Floats
from svta.eval.search.store.layout import SearchError

if TYPE_CHECKING:
    import torch

    from svta.builder.dataset.clip_dataset import ClipDataset
    from svta.builder.video.decoder import FrameTimes
    from svta.eval.embeddings.batching import Rows

MAX_TOP: Final = 50
Query = str | Example


@dataclass(frozen=True)
class Results:
    """The moments of one query. seconds: of each moment's file; lead: what was searched, in a line."""

    cards: list[Card]
    seconds: list[float]
    lead: str
    normal_hours: float = 0.0


class Source(ABC):
    """Something that is searched. name: its heading; note: what a reader of its scores has to know."""

    name = ""
    note = ""

    @abstractmethod
    def find(
        self, query: Query, *, top: int = 10, alarms_per_hour: float | None = None, without: str | None = None
    ) -> Results:
        """The moments that fit best, at most `top`. Raises SearchError."""


class IndexSource(Source):
    """An index that `svta index` wrote, as it was when the app was started."""

    def __init__(self, index: Index):
        self.index = index
        self.name = f"{index.folder.resolve().name} · {Path(index.stored.manifest.encoder.model).name}"
        self.note = DRAWN_NOTE if is_drawn_only(index.folder) else ""

    def find(
        self, query: Query, *, top: int = 10, alarms_per_hour: float | None = None, without: str | None = None
    ) -> Results:
        found = self.index.find(query, top=top, alarms_per_hour=alarms_per_hour, without=without)
        seconds = [self.index.stored.videos[peak.video].duration for peak in found.peaks]
        return Results(preview_cards(self.index, found), seconds, lead(self.index, found), found.normal_hours)


class DatasetSource(Source):
    """A split of a packed dataset, embedded when the app starts; a clip is one moment from 0 to its end.

    cache: where embeddings are kept, so that the next start does without. Raises SvtaError.
    """

    def __init__(
        self,
        data: str,
        model: str,
        *,
        split: str = "test",
        device: str | None = None,
        cache: Path | None = None,
        on_clips: Callable[[int, int], None] | None = None,
    ):
        self.encoder = load_encoder(model, device=device)
        identity = identify(self.encoder)
        self.dim, self.note = identity.dim, DRAWN_NOTE if identity.model_type == DRAWN_ONLY else ""
        self.sampling = sampling_for(self.encoder, IndexConfig([], ""), None)
        self.dataset: ClipDataset = open_for(self.encoder, data, split, "fast")
        self.name = f"{data} {split} · {Path(model).name}"
        videos = one_video([self.dataset.clip(i) for i in range(len(self.dataset))])
        wanted = [int(position) for position in videos.first]
        self.vectors, self.positions, unreadable = self._embedded(wanted, cache, on_clips)
        if not self.positions:
            why = f" ({unreadable[0][1]})" if unreadable else ""
            raise SearchError(f"{data}: no clip of {split} can be read{why}")

    def _embedded(
        self, positions: Sequence[int], cache: Path | None, on_clips: Callable[[int, int], None] | None
    ) -> tuple[Floats, list[int], list[tuple[int, str]]]:
        done = 0

        def counted(clips: int) -> None:
            nonlocal done
            done += clips
            if on_clips is not None:
                on_clips(done, len(positions))

        if cache is not None:
            return EmbeddingCache(cache, self.encoder, self.dataset).videos(positions, counted)

        def rows(frames: torch.Tensor, mask: torch.Tensor, times: Sequence[FrameTimes], _: Sequence[int]) -> Rows:
            return self.encoder.encode_clips(frames, mask, times)

        found = embed_clips(self.dataset, positions, {"clips": rows}, prepare=self.encoder.prepare, on_clips=counted)
        return found.views["clips"], found.positions, found.unreadable

    def find(
        self, query: Query, *, top: int = 10, alarms_per_hour: float | None = None, without: str | None = None
    ) -> Results:
        if alarms_per_hour is not None:
            raise SearchError(
                f"{self.name}: a dataset has clips, not hours of footage, so alarms an hour are not known"
            )
        vector = self._vector(query)
        if without:
            vector = difference(vector, self._vector(without))
        scores = np.asarray(self.vectors @ vector)
        best = np.argsort(-scores, kind="stable")[:top]
        cards = [self._card(self.positions[row], float(scores[row])) for row in best]
        searched = f"{quantity(len(cards), 'clip')} of {len(self.positions):,}."
        return Results(cards, [card.moment.end for card in cards], searched)

    def _vector(self, query: Query) -> Floats:
        if isinstance(query, str):
            return text_vector(self.encoder, query, self.dim)
        return example_vector(self.encoder, self.sampling, query, self.dim)

    def _card(self, position: int, score: float) -> Card:
        clip = self.dataset.clip(position)
        moment = Moment(clip.key, 0.0, round(clip.duration or 0.0, 3), round(score, 6))
        try:
            return Card(moment, self.dataset.video(position), caption=clip.caption)
        except (SvtaError, OSError) as error:
            return Card(moment, None, str(error), clip.caption)
