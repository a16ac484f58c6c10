"""What `svta eval --data` names: a packed dataset, or a table of captions beside a folder of videos.

Reads them, and the training captions of --disjoint-from; copies nothing. No row is left out without a reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final

from svta.builder.dataset.clip_dataset import open_dataset
from svta.builder.video.frame_spec import FrameSpec
from svta.eval.embeddings.clip_gallery import ClipGallery

from .config import EvalError
from .result import Skipped

if TYPE_CHECKING:
    from svta.builder.leaks import LeakReport
    from svta.builder.record import Clip
    from svta.builder.sources.registry import Record

    from .folder_gallery import FolderGallery


Rejected = dict[str, object]  # a row of a table that is not a caption: its reason and what names it
TABLE_SETS: Final = ("msrvtt-1ka",)  # published as plain tables: the columns tell the rest
PUBLISHED: Final = {  # the files that hold the captions of a set named alone, looked for below --videos
    "ucfcrime-ar": ("ucf_crime_*.xlsx",),
    "uca": ("UCFCrime_*.json",),
    "oops": ("*oops*.csv", "*oops*.json", "*oops*.jsonl", "*oops*.xlsx"),
    "msrvtt-1ka": ("*1ka*.csv", "*jsfusion_test*.csv"),
}


@dataclass
class EvalData:
    """A test set that opens with any frames. `rejected`: rows of its table that are not captions.

    columns: field -> the column of the table that it was read from.
    """

    name: str
    data: str
    split: str
    folder: FolderGallery | None = None
    rejected: list[Rejected] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)

    def open(self, frames: FrameSpec) -> ClipGallery:
        """The clips with these frames."""
        if self.folder is not None:
            return self.folder.with_frames(frames)
        return open_dataset(self.data, self.split).with_frames(frames)

    def counts(self) -> str:
        """How many captions were read, kept and rejected, and from which columns."""
        from svta.builder.sources.columns import columns_shown

        kept, rejected = len(self.folder or ()) + len(self.missing), len(self.rejected)
        read = f"{kept + rejected:,} captions read, {kept:,} kept, {rejected:,} rejected{_reasons(self.rejected)}"
        return f"{read}; {columns_shown(self.columns)}"

    @property
    def missing(self) -> list[Skipped]:
        """Captions without a video below --videos."""
        return [Skipped(key, reason) for key, reason in (self.folder.missing if self.folder else ())]


def read_data(
    data: str,
    split: str,
    videos: Path | None,
    columns: Sequence[str] | None,
    *,
    keep_repeats: bool = False,
    follow_links: bool = False,
    taxonomy: Path | None = None,
) -> EvalData:
    """What --data, --videos and --columns name; of a table, `taxonomy` is of its categories.

    Raises DatasetError, SourceError, TransferError, EvalError.
    """
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
        raise EvalError(f"--data {data}: only captions; --videos DIR is needed")
    from svta.builder.ingest.video_names import VideoFolder
    from svta.builder.sources.columns import parse_columns
    from svta.builder.sources.registry import open_source, read_records
    from svta.builder.taxonomy import load_taxonomy

    from .folder_gallery import FolderGallery, TransferError

    rejected: list[Rejected] = []
    files, named = VideoFolder(videos, follow_links=follow_links), parse_columns(None, None, columns)
    source = open_source(kind, named, is_video=files.is_video, keep_repeats=keep_repeats)
    categories = load_taxonomy(taxonomy)
    own = taxonomy is None
    records = list(read_records(source, on_reject=rejected.append, taxonomy=categories, own_categories=own))
    source.check_pairs(record.videos for record in records)
    if not records and rejected:
        counts = _reasons(rejected)
        raise TransferError(f"{source.path}: no row is a caption{counts}; e.g. {rejected[0].get('detail')}")
    wanted = [record for record in records if split == "all" or _split_of(record) in (None, split)]
    if records and not wanted:
        splits = sorted({str(record.clip.source_split) for record in records})
        raise TransferError(f"{source.path}: no caption of split {split}; its rows are of {', '.join(splits)}: --split")
    kept = {record.clip.key for record in wanted}
    rejected += [
        {"reason": "other_split", "caption": clip.caption, "source_id": clip.source_id, "place": clip.source_split}
        for clip in (record.clip for record in records)
        if clip.key not in kept
    ]
    folder = FolderGallery.open(wanted, files, source.folder, taxonomy=categories)
    shown = data.partition("=")[0] if "=" in data else PurePath(source.path).stem
    ranked = split if any(_split_of(record) for record in wanted) else "all"  # a table without splits is ranked whole
    return EvalData(shown, data, ranked, folder, rejected, source.chosen())


def _reasons(rejected: Sequence[Rejected]) -> str:
    """ ": 3 no_caption, 2 duplicate (--keep-repeats counts them)", or nothing."""
    reasons = Counter(str(row["reason"]) for row in rejected)
    hints = {"duplicate": " (--keep-repeats counts them)"}
    counts = ", ".join(f"{count:,} {reason}{hints.get(reason, '')}" for reason, count in reasons.most_common())
    return f": {counts}" if counts else ""


def _split_of(record: Record) -> str | None:
    from svta.builder.splits import split_in

    return split_in(record.clip.source_split)


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


def find_training_leaks(clips: Sequence[Clip], training: str, near: float) -> tuple[LeakReport, int]:
    """(which of `clips` leak from these training captions, how many rows of those were not captions)."""
    from svta.builder.leaks import find_leaks

    rejected: list[Rejected] = []
    return find_leaks(clips, training_clips(training, rejected), near=near), len(rejected)


def training_clips(training: str, rejected: list[Rejected]) -> list[Clip]:
    """The captions a model was trained on: a dataset (all splits but test), descriptions.jsonl, or a source's table."""
    from svta.builder.dataset.clip_dataset import open_dataset
    from svta.builder.errors import DatasetError
    from svta.builder.record import read_clips
    from svta.builder.sources.registry import open_source, read_records

    kind = _table_kind(training)
    if kind is None:
        splits = [split for split in open_dataset(training, "all").splits if split != "test"]
        if not splits:
            raise DatasetError(f"{training}: --disjoint-from: it has only a test split, so nothing was trained on it")
        dataset = open_dataset(training, splits)
        return [dataset.clip(i) for i in range(len(dataset))]
    source = open_source(kind)
    if PurePath(source.path).suffix == ".jsonl" and source.name == "table":
        errors: list[str] = []
        clips = list(read_clips(Path(source.path), on_error=lambda line, error: errors.append(str(error))))
        if clips:
            rejected += [{"reason": "bad_row", "detail": error} for error in errors]
            return clips
    return [record.clip for record in read_records(source, on_reject=rejected.append, own_categories=True)]


def _table_kind(data: str) -> str | None:
    """NAME=FILE, or the file of a table, as the sources name it; None for datasets."""
    from svta.builder.io.tables import SourceError
    from svta.builder.sources.registry import SOURCES
    from svta.builder.sources.rows import KINDS

    name, equals, path = data.partition("=")
    if equals and not Path(data).exists():
        if name in TABLE_SETS:
            return f"table={path}"
        if name not in SOURCES:
            names = ", ".join((*SOURCES, *TABLE_SETS))
            raise SourceError(f"{data[:120]}: no such file, and not a set of captions: NAME=FILE, NAME one of {names}")
        return data
    return data if PurePath(data).suffix.lower() in KINDS and not Path(data).is_dir() else None
