"""What `svta eval --data` names: a packed dataset, or a table of captions beside a folder of videos.

Reads them, and the training captions of --disjoint-from; copies nothing. No row is left out without a reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Final

from svta.eval.embeddings.clip_gallery import ClipGallery
from svta.eval.encoders.base import Encoder

from .config import EvalError
from .result import Skipped

if TYPE_CHECKING:
    from svta.builder.leaks import LeakReport
    from svta.builder.record import Clip

    from .folder_gallery import FolderGallery


Rejected = dict[str, object]  # a row of a table that is no caption: its reason and what names it
TABLE_SETS: Final = ("msrvtt-1ka",)  # published as plain tables: the columns tell the rest
PUBLISHED: Final = {  # the files that hold the captions of a set named alone, looked for below --videos
    "ucfcrime-ar": ("ucf_crime_*.xlsx",),
    "uca": ("UCFCrime_*.json",),
    "oops": ("*oops*.csv", "*oops*.json", "*oops*.jsonl", "*oops*.xlsx"),
    "msrvtt-1ka": ("*1ka*.csv", "*jsfusion_test*.csv"),
}


@dataclass
class EvalData:
    """A test set that opens with the frames an encoder asks for. `rejected`: rows of its table that are no captions."""

    name: str
    data: str
    split: str
    folder: FolderGallery | None = None
    rejected: list[Rejected] = field(default_factory=list)

    def open(self, encoder: Encoder, **frames: Any) -> ClipGallery:
        """The clips with the frames that `encoder` asks for; `frames` override them."""
        from svta.eval.encoders.base import as_encoder

        from .gallery import open_for

        if self.folder is None:
            return open_for(encoder, self.data, self.split, **frames)
        return self.folder.with_frames(**{**as_encoder(encoder).frame_spec.as_dict(), **frames})

    @property
    def missing(self) -> list[Skipped]:
        """Captions without a video below --videos."""
        return [Skipped(key, reason) for key, reason in (self.folder.missing if self.folder else ())]


def read_data(data: str, split: str, videos: Path | None, columns: Sequence[str] | None) -> EvalData:
    """What --data, --videos and --columns name. Raises DatasetError, SourceError, TransferError, EvalError."""
    if data in PUBLISHED and not Path(data).exists():
        data = f"{data}={_published(data, split, videos)}"
    kind = _table_kind(data)
    if kind is None:
        if videos is not None or columns:
            raise EvalError(
                f"--data {data}: --videos and --columns go with a table of captions: NAME=FILE, or FILE.csv, .jsonl, "
                ".xlsx"
            )
        from svta.builder.dataset.clip_dataset import open_dataset

        open_dataset(data, split)  # wrong data ends the run before a model is fetched
        return EvalData(Path(data).name, data, split)
    if videos is None:
        raise EvalError(f"--data {data}: captions alone: --videos DIR is needed")
    from svta.builder.splits import split_name

    from .folder_gallery import FolderGallery, TransferError

    name, path = kind
    rejected: list[Rejected] = []
    clips = read_captions(name, path, rejected, columns)
    if not clips and rejected:
        reasons = Counter(str(row["reason"]) for row in rejected)
        counts = ", ".join(f"{count:,} {reason}" for reason, count in reasons.most_common())
        raise TransferError(f"{path}: no row is a caption: {counts}; e.g. {rejected[0].get('detail') or rejected[0]}")
    wanted = [clip for clip in clips if split == "all" or split_name(clip.source_split or "") in (None, split)]
    if clips and not wanted:
        splits = sorted({str(clip.source_split) for clip in clips})
        raise TransferError(f"{path}: no caption of split {split}; its rows are of {', '.join(splits)}: --split")
    kept = {clip.key for clip in wanted}
    rejected += [
        {"reason": "other_split", "caption": clip.caption, "source_id": clip.source_id, "place": clip.source_split}
        for clip in clips
        if clip.key not in kept
    ]
    folder = FolderGallery.open(wanted, videos)
    shown = data.partition("=")[0] if "=" in data else PurePath(path).stem
    return EvalData(shown, data, split, folder, rejected)


def _published(name: str, split: str, videos: Path | None) -> Path:
    """The one file below --videos that holds the captions of a published set. Raises EvalError, SourceError."""
    from svta.builder.io.tables import SourceError

    if videos is None:
        raise EvalError(f"--data {name}: --videos DIR is needed")
    files = [
        path
        for path in sorted(videos.rglob("*"))
        if any(fnmatchcase(path.name.casefold(), pattern.casefold()) for pattern in PUBLISHED[name])
    ]
    if len(files) > 1:
        files = [path for path in files if split in path.stem.casefold()] or files
    if len(files) != 1:
        number = f"{len(files)} files" if files else "none"
        raise SourceError(
            f"{name}: its captions ({' or '.join(PUBLISHED[name])}): {number} below {videos}; name them: {name}=FILE"
        )
    return files[0]


def read_captions(name: str, path: str, rejected: list[Rejected], columns: Sequence[str] | None = None) -> list[Clip]:
    """The clips of a caption source; what is none goes to `rejected`. A table's video column becomes source_id."""
    from svta.builder.errors import ClipError
    from svta.builder.io.tables import read_rows
    from svta.builder.sources.columns import VIDEO_COLUMNS, fold
    from svta.builder.sources.registry import read_source

    named = dict(_column(text) for text in columns or ())
    if "video" in named:
        named["source_id"] = named.pop("video")
    elif name == "table" and "source_id" not in named:
        header = next((fields for _, fields in read_rows(path) if not isinstance(fields, ClipError)), {})
        by_name = {fold(column): column for column in header}
        known = ("video", *VIDEO_COLUMNS["video"], "video_id", "video_name")
        if video := next((by_name[fold(name)] for name in known if fold(name) in by_name), None):
            named["source_id"] = video
    return list(read_source(name, path, on_reject=rejected.append, columns=named, own_categories=True))


def find_training_leaks(clips: Sequence[Clip], training: str, near: float) -> tuple[LeakReport, int]:
    """(which of `clips` leak from these training captions, how many rows of those were no captions)."""
    from svta.builder.leaks import find_leaks

    rejected: list[Rejected] = []
    return find_leaks(clips, training_clips(training, rejected), near=near), len(rejected)


def training_clips(training: str, rejected: list[Rejected]) -> list[Clip]:
    """The captions a model was trained on: a dataset (all splits but test), descriptions.jsonl, or a source's table."""
    from svta.builder.dataset.clip_dataset import open_dataset
    from svta.builder.errors import DatasetError
    from svta.builder.record import read_clips

    kind = _table_kind(training)
    if kind is None:
        splits = [split for split in open_dataset(training, "all").splits if split != "test"]
        if not splits:
            raise DatasetError(f"{training}: --disjoint-from: it has a test split alone, so nothing was trained on it")
        dataset = open_dataset(training, splits)
        return [dataset.clip(i) for i in range(len(dataset))]
    name, path = kind
    if PurePath(path).suffix == ".jsonl" and name == "table":
        errors: list[str] = []
        clips = list(read_clips(Path(path), on_error=lambda line, error: errors.append(str(error))))
        if clips:
            rejected += [{"reason": "bad_row", "detail": error} for error in errors]
            return clips
    return read_captions(name, path, rejected)


def _table_kind(data: str) -> tuple[str, str] | None:
    """(source, file) of NAME=FILE or of a table file; None for datasets."""
    from svta.builder.io.tables import KINDS, SourceError
    from svta.builder.sources.registry import SOURCES, parse_source

    name, equals, path = data.partition("=")
    if equals and not Path(data).exists():
        if name in TABLE_SETS:
            return "table", path
        if name not in SOURCES:
            names = ", ".join((*SOURCES, *TABLE_SETS))
            raise SourceError(f"{data[:120]}: no such file, and no set of captions: NAME=FILE, NAME one of {names}")
        return parse_source(data)
    if PurePath(data).suffix.lower() not in KINDS or Path(data).is_dir():
        return None
    for source in SOURCES.values():  # the files that a source publishes are known by their names
        if source.files and PurePath(data).match(source.files):
            return source.name, data
    return "table", data


def _column(text: str) -> tuple[str, str]:
    name, equals, column = text.partition("=")
    if not (equals and name and column):
        raise EvalError(f"--columns {text!r}: like caption=Text or video=File")
    return name, column
