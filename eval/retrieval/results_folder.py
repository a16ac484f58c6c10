"""RESULTS/: what one evaluation leaves behind, and how the report reads it back.

Writes ranks.parquet, leaks.json where training captions were named, config.json and then metrics.json: a folder without
it is no finished evaluation. Frames of the best and worst queries, strips/<key>.jpg, come after the figures: a clip
that cannot be drawn has no strip and costs nothing else. `svta eval` writes it, `svta report RUN...` reads it.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from svta.builder.errors import SvtaError
from svta.builder.io.files import atomic_write, write_json
from svta.builder.layout.guards import keep_out
from svta.eval.retrieval.ranking import Ranking
from svta.eval.retrieval.summary import rank_table

METRICS: Final = "metrics.json"
CONFIG: Final = "config.json"
RANKS: Final = "ranks.parquet"
STRIPS: Final = "strips"
LEAKS: Final = "leaks.json"
STRIP_FRAMES: Final = 5
STRIP_HEIGHT: Final = 96
STRIP_ASPECT: Final = 16  # width to height of a frame; five frames then make a strip of 7,688 pixels
_SECTIONS: Final[dict[str, type]] = {
    **dict.fromkeys(("t2v", "v2t", "interval_95", "bounds", "anomaly_or_normal", "category_level", "duplicates"), dict),
    **dict.fromkeys(("by_category", "controls", "reranked", "zero_shot", "leaks", "mteb", "rejected_before"), dict),
    **{"unreadable": list, "gallery": int},
}
_TABLES: Final = ("bounds", "anomaly_or_normal", "by_category", "controls")  # a dict of figures under every name
SHOWN: Final = 6  # best and worst queries each


class ResultsError(SvtaError):
    """A folder that is no finished evaluation, or whose files do not fit together."""


@dataclass(frozen=True)
class Results:
    """One evaluation as read back. `ranks` maps ranks.parquet's columns to lists."""

    name: str
    folder: Path
    metrics: dict[str, Any]
    config: dict[str, Any]
    ranks: dict[str, list[Any]]

    def strip(self, key: str) -> bytes | None:
        """JPEG bytes of a clip's frames, if they were kept."""
        path = self.folder / STRIPS / f"{key}.jpg"
        return path.read_bytes() if path.is_file() else None


def write_results(
    out: str | Path,
    ranking: Ranking,
    metrics: dict[str, Any],
    config: dict[str, Any],
    dataset: Any,
    leaks: dict[str, Any] | None = None,
) -> None:
    """Leave one evaluation in `out`, metrics.json last; without a dataset (or a gallery) no strips are drawn."""
    import pyarrow.parquet as pq

    out = Path(out)
    keep_out(out, kind="folder")
    (out / METRICS).unlink(missing_ok=True)  # an older evaluation in this folder ends here
    for old in (*(out / STRIPS).glob("*.jpg"), out / LEAKS):
        old.unlink(missing_ok=True)
    with atomic_write(out / RANKS) as file:
        pq.write_table(rank_table(ranking), file)
    if leaks is not None:
        write_json(out / LEAKS, leaks)
    write_json(out / CONFIG, config)
    write_json(out / METRICS, without_nan(metrics))
    if dataset is not None:
        _write_strips(out / STRIPS, ranking, dataset)


def _write_strips(folder: Path, ranking: Ranking, dataset: Any) -> None:
    """Frames of the clips that the page shows; a clip whose frames make no picture has none."""
    position_of = {clip.key: position for clip, position in zip(ranking.clips, ranking.positions)}
    for key in _shown_keys(ranking):
        try:
            picture = strip(dataset.video(position_of[key]))
        except (SvtaError, OSError, MemoryError):
            continue
        with atomic_write(folder / f"{key}.jpg") as file:
            file.write(picture)


def read_results(folder: str | Path) -> Results:
    """A finished evaluation. Raises ResultsError in one line."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = Path(folder)
    if not (folder / METRICS).is_file():
        raise ResultsError(f"{folder}: no finished evaluation ({METRICS} is missing); make one with `svta eval --out`")
    if missing := [name for name in (CONFIG, RANKS) if not (folder / name).is_file()]:
        raise ResultsError(f"{folder}: {missing[0]} is missing from this evaluation; run `svta eval --out` again")
    try:
        metrics = json.loads((folder / METRICS).read_text(encoding="utf-8"))
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        ranks = pq.read_table(folder / RANKS).to_pydict()
    except (OSError, ValueError, pa.ArrowException) as error:
        raise ResultsError(f"{folder}: not readable as an evaluation: {str(error).splitlines()[0]}") from None
    if not (isinstance(metrics, dict) and isinstance(config, dict)):
        raise ResultsError(f"{folder}: {METRICS} or {CONFIG} is of another kind; run `svta eval` again")
    if not {"t2v", "v2t", "gallery"} <= metrics.keys() or not {"key", "t2v_rank"} <= ranks.keys():
        raise ResultsError(f"{folder}: {METRICS} and {RANKS} are of another kind; run `svta eval` again")
    wrong = [name for name, kind in _SECTIONS.items() if not isinstance(metrics.get(name, kind()), kind | None)]
    wrong += [
        n for n in _TABLES if n not in wrong and not all(isinstance(v, dict) for v in (metrics.get(n) or {}).values())
    ]
    if wrong:
        raise ResultsError(f"{folder}: {METRICS}: {wrong[0]} is of another kind; run `svta eval` again")
    return Results(str(config.get("name") or folder.name), folder, metrics, config, ranks)


def best_and_worst(ranks: dict[str, list[Any]], shown: int = SHOWN) -> tuple[list[int], list[int]]:
    """Rows of the queries found first with the highest scores, and of those found last; no row is in both."""
    rank, score = np.asarray(ranks["t2v_rank"], float), np.asarray(ranks["score"], float)
    order = np.lexsort((np.arange(len(rank)), -np.nan_to_num(score, nan=-np.inf), rank))
    best = [int(i) for i in order[:shown] if rank[i] <= 1]
    worst = [int(i) for i in order[::-1][:shown] if rank[i] > 1]
    return best, worst


def strip(video: bytes, *, frames: int = STRIP_FRAMES, height: int = STRIP_HEIGHT) -> bytes:
    """JPEG of `frames` frames spread over a video, side by side, each `height` pixels high.

    Frames wider than STRIP_ASPECT times their height are drawn lower: JPEG ends at 65,500 pixels, and a strip of a clip
    of 65,535 x 1 pixels would fill gigabytes.
    """
    from PIL import Image

    from svta.builder.video.decoder import decode

    pictures, mask = decode(video, num_frames=frames, size=None)
    pictures = pictures[mask]
    rows, columns = pictures.shape[1:3]
    width, widest = max(1, round(columns * height / rows)), STRIP_ASPECT * height
    if width > widest:
        width, height = widest, max(1, round(rows * widest / columns))
    sheet = Image.new("RGB", (len(pictures) * (width + 2) - 2, height), "white")
    for i, picture in enumerate(pictures):
        sheet.paste(Image.fromarray(picture).resize((width, height), Image.Resampling.LANCZOS), (i * (width + 2), 0))
    buffer = io.BytesIO()
    sheet.save(buffer, "JPEG", quality=82)
    return buffer.getvalue()


def _shown_keys(ranking: Ranking) -> list[str]:
    ranks = rank_table(ranking).to_pydict()
    best, worst = best_and_worst(ranks)
    keys = [ranks["key"][i] for i in (*best, *worst)] + [ranks["top_key"][i] for i in worst]
    return list(dict.fromkeys(keys))


def without_nan(value: Any) -> Any:
    """JSON has no NaN: a figure over nothing is null."""
    if isinstance(value, dict):
        return {name: without_nan(item) for name, item in value.items()}
    if isinstance(value, list):
        return [without_nan(item) for item in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
