"""The data of the gallery's page of moments: recordings with their pictures and videos, queries, systems, score curves.

Reads what moments.py gathered; writes media/ on the way, one recording at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from svta.builder.taxonomy import Taxonomy

from .curves import Curves
from .entries import violent_categories
from .media import write_footage
from .moments import Moments, read_moments, recordings_of

if TYPE_CHECKING:
    from svta.eval.search.index import Index


@dataclass(frozen=True)
class MediaPlan:
    """site: the folder being written; out: where it will be. Videos are copied, or linked where not."""

    site: Path
    out: Path
    copied: bool
    posters: bool


@dataclass(frozen=True)
class Recordings:
    """What the page shows, and the indexes that its curves come from."""

    moments: Moments
    indexes: Sequence[Index]

    def __len__(self) -> int:
        return len(self.moments.recordings)

    def data(self, taxonomy: Taxonomy, plan: MediaPlan) -> Iterator[tuple[str, object]]:
        """The scripts of the page."""
        recordings = [self._recording(one.place, name, taxonomy, plan) for name, one in self.moments.recordings.items()]
        queries = list(self.moments.queries)
        yield "moments", {"recordings": recordings, "curves": bool(self.indexes), **self.moments.to_json()}
        curves = [
            Curves(
                index,
                {video: (one.place, one.seconds) for video, one in recordings_of(self.moments, index).items()},
                len(queries),
            )
            for index in self.indexes
        ]
        for number, text in enumerate(queries if curves else ()):
            yield f"curve-{number:04d}", [one.of(text) for one in curves]

    def _recording(self, place: int, name: str, taxonomy: Taxonomy, plan: MediaPlan) -> dict[str, object]:
        one = self.moments.recordings[name]
        names = {found.name for category in one.categories if (found := taxonomy.find(category))}
        shown: dict[str, object] = {"name": name, "seconds": round(one.seconds, 3)}
        if one.file is not None:
            media = write_footage(
                plan.site, plan.out, f"recording-{place:04d}", one.file, copied=plan.copied, posters=plan.posters
            )
            shown |= {field: value for field, value in asdict(media).items() if value}
        return shown | ({"violent": True} if names.intersection(violent_categories(taxonomy)) else {})


def read_recordings(
    streams: str | Path | None, runs: Sequence[str | Path], indexes: Sequence[str | Path], queries: Sequence[str]
) -> Recordings | None:
    """Streams, evaluations of moments and indexes as one; None if there are none. Raises SvtaError."""
    if not (streams or runs or indexes):
        return None
    from svta.eval.search import open_index

    opened = [open_index(index) for index in indexes]
    return Recordings(read_moments(Path(streams) if streams else None, runs, opened, queries), opened)
