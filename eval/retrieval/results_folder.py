"""RESULTS/: what one evaluation leaves behind, written by one process at a time and read back with every type checked.

Writes ranks.parquet, leaks.json where training captions were named, config.json, repeat.json (the settings with their
paths, for `svta eval --repeat`) and then metrics.json: a folder without it is not a finished evaluation. Frames of the
best and worst queries, strips/<key>.jpg, and small copies of these clips, strips/<key>.mp4, come after the figures: a
clip that cannot be drawn has none and costs nothing else. `svta eval` writes it, `svta report RUN...` reads it.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from svta.builder.errors import DatasetError, SvtaError, UnsafePath, first_line
from svta.builder.io.files import atomic_write, exclusive_lock, write_json
from svta.builder.io.json_text import read_json
from svta.builder.io.limits import TooLarge, read_bytes
from svta.builder.io.parquet import read_batches, read_metadata
from svta.builder.io.safe_path import Root
from svta.builder.layout.guards import check_foreign, check_output
from svta.eval.metrics.figures import ResultsError, from_json, to_json
from svta.eval.metrics.rank_table import RankTable

from .repeat import SETTINGS, check_same_run
from .result import CONFIG, METRICS, EvalRecord, EvalResult, Metrics

if TYPE_CHECKING:
    import pyarrow as pa

    from svta.builder.record import Clip
    from svta.eval.embeddings.clip_gallery import ClipGallery

RANKS: Final = "ranks.parquet"
STRIPS: Final = "strips"
LEAKS: Final = "leaks.json"
STRIP_FRAMES: Final = 5
STRIP_HEIGHT: Final = 96
STRIP_ASPECT: Final = 16  # width to height of a frame; five frames then make a strip of 7,688 pixels
SHOWN: Final = 6  # best and worst queries each
MAX_STRIP_BYTES: Final = 5_000_000
PLAYED_SIDE: Final = 192  # pixels of the short side of a clip that a page plays
MAX_PLAYED_BYTES: Final = 2_000_000  # of such a clip: a longer one is not kept
MAX_QUERIES: Final = 5_000_000
_LIST: Final = "list of "
_TYPES: Final = {  # of the columns of ranks.parquet, in their order
    **dict.fromkeys(("key", "caption", "category"), "string"),
    "is_anomaly": "bool",
    **dict.fromkeys(("group", "video", "source", "generator"), "string"),
    **dict.fromkeys(("t2v_rank", "v2t_rank", "t2v_tied", "v2t_tied"), "double"),
    **{"score": "float", "top_key": "string", "top_score": "float"},
    **{"top_keys": _LIST + "string", "top_scores": _LIST + "float", "top_captions": _LIST + "string"},
}
_NUMBERS: Final = tuple(name for name, kind in _TYPES.items() if kind in ("double", "float"))
_REQUIRED: Final = ("key", "t2v_rank")
Writer = Callable[[EvalResult], None]


@contextmanager
def open_results(
    out: str | Path, settings: Mapping[str, object] | None = None, *, replace: bool = False
) -> Iterator[Writer]:
    """RESULTS/ for this process alone, and the function that writes an evaluation into it.

    Two evaluations in one folder would mix their files: DatasetError while another process writes there. ResultsError
    if it holds a finished one by other `settings` (settings_to_repeat) and that is not to be replaced.
    """
    check_output(out, kind="folder")
    check_foreign(out, (RANKS,), "evaluation", "mteb")
    with exclusive_lock(out):
        if settings is not None:
            check_same_run(out, settings, replace=replace)
        yield partial(_write, Path(out))


def write_results(out: str | Path, result: EvalResult, *, replace: bool = False) -> None:
    """Leave one evaluation in `out`; see open_results."""
    with open_results(out, result.settings, replace=replace) as write:
        write(result)


def _write(out: Path, result: EvalResult) -> None:
    import pyarrow.parquet as pq

    root = Root(out)
    root.path(METRICS).unlink(missing_ok=True)  # an older evaluation in this folder ends here
    for old in (*root.path(STRIPS).glob("*.jpg"), *root.path(STRIPS).glob("*.mp4"), root.path(LEAKS)):
        old.unlink(missing_ok=True)
    with atomic_write(root.path(RANKS)) as file:
        pq.write_table(_to_arrow(result.ranks), file)
    if result.leaked is not None:
        counts = to_json(result.metrics.leaks) or {}
        write_json(root.path(LEAKS), {**counts, "clips": [leak.as_dict() for leak in result.leaked]})
    write_json(root.path(CONFIG), result.config.to_dict())
    if result.settings is not None:
        write_json(root.path(SETTINGS), result.settings)
    write_json(root.path(METRICS), to_json(result.metrics))
    for key in shown_keys(result.ranks):
        for ending, data in (("jpg", result.strip(key)), ("mp4", result.clip(key))):
            if data is not None:
                with atomic_write(root.path(f"{STRIPS}/{key}.{ending}")) as file:
                    file.write(data)


def read_results(folder: str | Path) -> EvalResult:
    """A finished evaluation. Raises ResultsError in one line."""
    folder = Path(folder)
    root = Root(folder)
    if not (folder / METRICS).is_file():
        raise ResultsError(f"{folder}: not a finished evaluation ({METRICS} is missing); run `svta eval --out`")
    if missing := [name for name in (CONFIG, RANKS) if not (folder / name).is_file()]:
        raise ResultsError(f"{folder}: {missing[0]} is missing from this evaluation; run `svta eval --out` again")
    try:
        metrics, config = (root.file(name) for name in (METRICS, CONFIG))
        return EvalResult(
            from_json(EvalRecord, read_json(config, error=ResultsError), str(config)),
            from_json(Metrics, read_json(metrics, error=ResultsError), str(metrics)),
            _read_ranks(root.file(RANKS)),
            folder,
            strip=partial(_read_shown, root, "jpg"),
            clip=partial(_read_shown, root, "mp4"),
        )
    except UnsafePath as error:
        raise ResultsError(str(error)) from None


def _read_shown(root: Root, ending: str, key: str) -> bytes | None:
    """A clip's frames as JPEG, or the clip as mp4, if kept; None for a key that is not a file name or leads out."""
    try:
        data = read_bytes(root.file(f"{STRIPS}/{key}.{ending}"), MAX_STRIP_BYTES)
    except (SvtaError, OSError):
        return None
    return data if (data[:2] == b"\xff\xd8" if ending == "jpg" else data[4:8] == b"ftyp") else None


def _read_ranks(path: Path) -> RankTable:
    """ranks.parquet with its columns cast to their types. Raises ResultsError in one line."""
    import pyarrow as pa

    try:
        schema = read_metadata(path).schema.to_arrow_schema()
        if missing := [name for name in _REQUIRED if name not in schema.names]:
            raise ResultsError(f"{path}: has no column {missing[0]}; run `svta eval` again")
        known = [name for name in _TYPES if name in schema.names]
        batches = list(_read_bounded(path, known))
        table = pa.Table.from_batches(batches) if batches else schema.empty_table()
        return _to_rank_table({name: _cast(path, name, table.column(name)) for name in known})
    except DatasetError as error:
        raise ResultsError(str(error)) from None
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, MemoryError) as error:
        raise ResultsError(f"{path}: not readable as ranks: {first_line(error)}") from None


def _read_bounded(path: Path, columns: list[str]) -> Iterator[pa.RecordBatch]:
    """The columns of all rows. Raises ResultsError for more than the ranks of an evaluation are."""
    rows = 0
    for batch in read_batches(path, columns):
        if isinstance(batch, TooLarge):
            raise ResultsError(str(batch))
        rows += batch.num_rows
        if rows > MAX_QUERIES:
            raise ResultsError(f"{path}: {rows:,} or more rows cannot be the ranks of an evaluation")
        yield batch


def _to_rank_table(columns: dict[str, pa.ChunkedArray]) -> RankTable:
    texts = {name: column.to_pylist() for name, column in columns.items() if name not in _NUMBERS}
    if any(key is None for key in texts["key"]):
        raise ValueError("a row has no key")
    for name in ("caption", "top_key"):
        if name in texts:
            texts[name] = [text or "" for text in texts[name]]
    for name in ("top_keys", "top_scores", "top_captions"):
        if name in texts:
            texts[name] = [[value for value in values or () if value is not None] for values in texts[name]]
    numbers = {name: columns[name].to_numpy().astype(np.float64) for name in _NUMBERS if name in columns}
    return RankTable(**texts, **numbers)


def _cast(path: Path, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column as text, numbers or truth values; ResultsError where it holds something else."""
    import pyarrow as pa

    kind = "double" if name in _NUMBERS else _TYPES[name]
    is_list = pa.types.is_list(column.type)
    had = column.type.value_type if is_list else column.type
    had = had.value_type if pa.types.is_dictionary(had) else had
    fits = {
        "double": pa.types.is_integer(had) or pa.types.is_floating(had),
        "bool": pa.types.is_boolean(had),
        "string": pa.types.is_string(had) or pa.types.is_large_string(had),
        "float": pa.types.is_floating(had),
    }[kind.removeprefix(_LIST)]
    if not ((fits and is_list == kind.startswith(_LIST)) or pa.types.is_null(had)):
        raise ResultsError(f"{path}: column {name} is {str(column.type)[:60]}, {kind} is needed; run `svta eval` again")
    return column.cast(_arrow_type(kind), safe=False)


def _arrow_type(kind: str) -> pa.DataType:
    import pyarrow as pa

    of = pa.type_for_alias(kind.removeprefix(_LIST))
    return pa.list_(of) if kind.startswith(_LIST) else of


def _to_arrow(ranks: RankTable) -> pa.Table:
    """ranks.parquet: one row per caption, in gallery order; NaN is null."""
    import pyarrow as pa

    types = {name: _arrow_type(kind) for name, kind in _TYPES.items() if vars(ranks)[name] is not None}
    return pa.table({name: pa.array(vars(ranks)[name], kind, from_pandas=True) for name, kind in types.items()})


def best_and_worst(ranks: RankTable, shown: int = SHOWN) -> tuple[list[int], list[int]]:
    """Rows of the queries found first with the highest scores, and of those found last; no row is in both."""
    rank = ranks.t2v_rank
    score = np.zeros(len(rank)) if ranks.score is None else np.asarray(ranks.score, float)
    order = np.lexsort((np.arange(len(rank)), -np.nan_to_num(score, nan=-np.inf), rank))
    best = [int(i) for i in order[:shown] if rank[i] <= 1]
    worst = [int(i) for i in order[::-1][:shown] if rank[i] > 1]
    return best, worst


def shown_keys(ranks: RankTable) -> list[str]:
    """Keys of the clips whose frames the page shows: the best and worst queries, and what came first instead."""
    best, worst = best_and_worst(ranks)
    keys = [ranks.key[i] for i in (*best, *worst)] + [ranks.top_key[i] for i in worst if ranks.top_key is not None]
    return list(dict.fromkeys(keys))


def draw_strip(video: bytes, *, frames: int = STRIP_FRAMES, height: int = STRIP_HEIGHT) -> bytes:
    """JPEG of `frames` frames spread over a video, side by side, each `height` pixels high.

    Frames wider than STRIP_ASPECT times their height are drawn lower: JPEG ends at 65,500 pixels, and a strip of a clip
    of 65,535 x 1 pixels would fill gigabytes. Raises VideoError.
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


def small_clip(clip: Clip, video: bytes) -> bytes | None:
    """The clip as every browser plays it, PLAYED_SIDE pixels high or wide; None if it is long. Raises VideoError."""
    from svta.builder.packing.proxy import playable

    if len(video) > 8 * MAX_PLAYED_BYTES:
        return None
    small = playable(clip, video, PLAYED_SIDE)
    return small if len(small) <= MAX_PLAYED_BYTES else None


class ShownClips:
    """Ranked clips as pages show them: frames side by side, and small copies; None for one that cannot be decoded."""

    def __init__(self, clips: Sequence[Clip], positions: Sequence[int], dataset: ClipGallery):
        self._position_of = {clip.key: position for clip, position in zip(clips, positions)}
        self._dataset = dataset

    def strip(self, key: str) -> bytes | None:
        """JPEG of a clip's frames."""
        return self._shown(key, lambda clip, video: draw_strip(video))

    def clip(self, key: str) -> bytes | None:
        """A small mp4 of a clip."""
        return self._shown(key, small_clip)

    def _shown(self, key: str, show: Callable[[Clip, bytes], bytes | None]) -> bytes | None:
        try:
            position = self._position_of[key]
            return show(self._dataset.clip(position), self._dataset.video(position))
        except (SvtaError, OSError, MemoryError):
            return None
