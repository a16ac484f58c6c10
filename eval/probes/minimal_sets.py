"""Minimal sets to score: those of `svta probes`, or a public file in Vinoground's format with its folder of videos.

Reads DIR/probes.jsonl beside the dataset, or FILE.csv (pos_cap, neg_cap, major, minor; the videos of row i are
I_pos.mp4 and I_neg.mp4). A set whose clip or video is missing stays, without a place to read it from.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from svta.builder.dataset.clip_dataset import open_dataset
from svta.builder.errors import ClipError, DatasetError
from svta.builder.io.json_text import JsonObject, read_jsonl
from svta.builder.io.safe_path import Root
from svta.builder.io.tables import read_delimited
from svta.builder.paths import INDEX
from svta.builder.record import MAX_CAPTION_CHARS, Clip, make_key
from svta.builder.shards.audit_columns import read_marks
from svta.eval.embeddings.clip_gallery import ClipGallery
from svta.eval.retrieval.folder_gallery import FolderGallery

from .grids import MAX_SIZE, ProbesError

PROBES: Final = "probes.jsonl"
VINOGROUND: Final = "vinoground"
_COLUMNS: Final = ("pos_cap", "neg_cap")


@dataclass(frozen=True)
class MinimalSet:
    """Captions that differ in one factor and the place of each one's clip in the gallery; None if it is missing.

    is_checked: what its clips show is known, by construction or because an audit found each to show its caption.
    """

    name: str
    factor: str
    category: str | None
    captions: tuple[str, ...]
    positions: tuple[int | None, ...]
    dose: str | None = None
    is_checked: bool = True


@dataclass(frozen=True)
class ProbeData:
    """All sets with the gallery of their clips. name: what the result calls it; labels: name of a part -> its sets."""

    name: str
    gallery: ClipGallery
    sets: tuple[MinimalSet, ...]
    parts: dict[str, list[int]] = field(default_factory=dict)


def read_probes(path: str | Path, videos: Path | None = None) -> ProbeData:
    """The sets of a folder of `svta probes`, or of a CSV with `videos`. Raises ProbesError, DatasetError."""
    path = Path(path)
    if path.suffix.lower() == ".csv":
        if videos is None:
            raise ProbesError(f"{path}: name the folder of its videos with --videos")
        return _read_vinoground(path, videos)
    if not (path / PROBES).is_file():
        raise ProbesError(f"{path}: contains no {PROBES}; make probes with `svta probes`, or name a CSV with --videos")
    gallery = open_dataset(path, "all")
    places = {gallery.clip(i).key: i for i in range(len(gallery))}
    index = gallery.source.find(INDEX)
    verified = {key for key, mark in (read_marks(index) if index else {}).items() if mark.verified}
    sets = [_read_set(line, places, verified, number) for number, line in read_jsonl(Root(path).file(PROBES))]
    if not sets:
        raise ProbesError(f"{path / PROBES}: contains no set")
    parts: dict[str, list[int]] = {}
    for i, one in enumerate(sets):
        parts.setdefault(f"factor {one.factor}", []).append(i)
        if one.category is not None:
            parts.setdefault(f"category {one.category}", []).append(i)
        if one.dose is not None:
            parts.setdefault(f"dose {one.factor} {one.dose}", []).append(i)
    return ProbeData(path.resolve().name, gallery, tuple(sets), parts)


def _read_set(line: JsonObject, places: dict[str, int], verified: Collection[str], number: int) -> MinimalSet:
    try:
        variants = line["variants"]
        captions = tuple(_text(variant["caption"]) for variant in variants)
        keys = [_text(variant["key"]) for variant in variants]
        factor, name = _text(line["factor"]), _text(line["probe_id"])
        doses = [f"{_text(key)} {float(value):g}" for key, value in sorted((line.get("dose") or {}).items())]
        category = None if line.get("category") is None else _text(line["category"])
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
        raise ProbesError(f"{PROBES} line {number}: not a set of probes (probe_id, factor, variants)") from None
    if not 2 <= len(captions) <= MAX_SIZE:
        raise ProbesError(f"{PROBES} line {number}: 2 to {MAX_SIZE} variants are needed")
    return MinimalSet(
        name, factor, category, captions, tuple(places.get(key) for key in keys), ", ".join(doses) or None,
        line.get("by_construction") is not False or all(key in verified for key in keys),
    )  # fmt: skip


def _text(value: object) -> str:
    """A text that is not blank and no longer than a caption may be. Raises TypeError, ValueError."""
    if not isinstance(value, str):
        raise TypeError(type(value).__name__)
    if not value.strip() or len(value) > MAX_CAPTION_CHARS:
        raise ValueError(value[:80])
    return value


def _read_vinoground(path: Path, videos: Path) -> ProbeData:
    root = Root(videos)
    clips: list[Clip] = []
    paths: list[Path] = []
    sets: list[MinimalSet] = []
    parts: dict[str, list[int]] = {}
    for i, (_, row) in enumerate(read_delimited(path)):
        if isinstance(row, dict) and not row.keys() >= set(_COLUMNS):
            raise ProbesError(f"{path}: columns {' and '.join(_COLUMNS)} are needed, this has {', '.join(row)[:200]}")
        row = row if isinstance(row, dict) else {}  # a line that cannot be read is a pair that cannot be run
        captions = tuple(str(row.get(name) or "").strip() for name in _COLUMNS)
        pair = [_clip(f"{i}_{side}", caption) for side, caption in zip(("pos", "neg"), captions, strict=True)]
        positions: list[int | None] = []
        for side, clip in zip(("pos", "neg"), pair, strict=True):
            video = _video(root, f"{i}_{side}.mp4") if None not in pair else None
            positions.append(None if video is None else len(clips))
            if clip is not None and video is not None:
                clips.append(clip)
                paths.append(video)
        names = [str(row.get(name) or "") for name in ("major", "minor")]
        labels = [part.strip() for name in names for part in name.split(";") if part.strip()]
        sets.append(MinimalSet(str(i), labels[0] if labels else "all", None, captions, tuple(positions)))
        for label in dict.fromkeys(labels):
            parts.setdefault(f"factor {label}", []).append(i)
    if not sets or not clips:
        raise ProbesError(f"{path}: none of {len(sets)} pairs has a video in {videos} (0_pos.mp4, 0_neg.mp4 ...)")
    return ProbeData(path.stem, FolderGallery(clips, paths, [], str(videos)), tuple(sets), parts)


def _clip(name: str, caption: str) -> Clip | None:
    """The clip of a pair's side; None if its caption is empty or too long to be one."""
    try:
        return Clip.from_dict({"key": make_key(VINOGROUND, name, caption), "caption": caption})
    except ClipError:
        return None


def _video(root: Root, name: str) -> Path | None:
    try:
        return root.file(name)
    except (OSError, DatasetError):
        return None


def bag_of_words(captions: Sequence[str]) -> list[str]:
    """The words of each caption in alphabetical order: what a model knows that reads words and not their order."""
    return [" ".join(sorted(caption.lower().replace(".", " ").replace(",", " ").split())) for caption in captions]
