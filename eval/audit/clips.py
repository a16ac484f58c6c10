"""The clips that an audit draws from: a packed dataset, a Hub repo or a clips folder; and which of them may be shown.

Reads records and, one clip at a time, videos; writes nothing.
"""

from __future__ import annotations

import hashlib
import io
from abc import ABC, abstractmethod
from base64 import b64encode
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from svta.builder.dataset.clip_dataset import open_dataset
from svta.builder.errors import DatasetError, SvtaError
from svta.builder.hub.dehydration import Publishable, is_dehydrated
from svta.builder.layout.clips_folder import finished_parts, planned_taxonomy, read_part
from svta.builder.layout.detect import detect_kind
from svta.builder.layout.manifest import read_build
from svta.builder.layout.stats import WITHHELD, fidelity_of
from svta.builder.paths import BUILD
from svta.builder.project.find import find_project, packed_project
from svta.builder.record import Clip
from svta.builder.rights import Rights
from svta.builder.taxonomy import Taxonomy, load_taxonomy
from svta.builder.video.frame_spec import FrameSpec

from .config import AuditError

NOT_SHOWN: Final = ("minor_violence", "minor_sexual", "text_only")  # flags of what must not be shown to anybody
_QUALITY: Final = 85


@dataclass(frozen=True)
class ClipSource(ABC):
    """Clips to be audited. name, fingerprint: what a report calls them. own_rights: rows of their project."""

    name: str
    fingerprint: str
    clips: Sequence[Clip]
    taxonomy: Taxonomy
    own_rights: tuple[Rights, ...] = field(default=(), repr=False)

    @abstractmethod
    def videos(self, keys: Collection[str]) -> Iterator[tuple[str, bytes | SvtaError]]:
        """(key, mp4 or why it cannot be read) of these clips, in the order they are in."""


@dataclass(frozen=True)
class _Folder(ClipSource):
    folder: Path = Path()

    def videos(self, keys: Collection[str]) -> Iterator[tuple[str, bytes | SvtaError]]:
        left = set(keys)
        for part in finished_parts(self.folder):
            if not left.intersection(part.keys):
                continue
            try:
                for clip, video in read_part(part):
                    if clip.key in left:
                        left.discard(clip.key)
                        yield clip.key, video
            except SvtaError as error:
                for key in sorted(left.intersection(part.keys)):
                    left.discard(key)
                    yield key, error


@dataclass(frozen=True)
class _Dataset(ClipSource):
    data: str = ""
    splits: tuple[str, ...] = ("all",)

    def videos(self, keys: Collection[str]) -> Iterator[tuple[str, bytes | SvtaError]]:
        dataset = _opened(self.data, self.splits)
        for i, key in enumerate(dataset["key"]):
            if key in keys:
                try:
                    yield key, dataset.video(i)
                except SvtaError as error:
                    yield key, error


def _opened(data: str, splits: Sequence[str]):  # type: ignore[no-untyped-def]
    return open_dataset(data, "all" if tuple(splits) == ("all",) else list(splits))


def open_clips(data: str | Path, splits: Sequence[str] = ("all",)) -> ClipSource:
    """The clips at `data`. Raises DatasetError, AuditError if there are none."""
    folder, data = Path(data), str(data)
    if detect_kind(folder) == "clips":
        parts = finished_parts(folder)
        clips = [clip for part in parts for clip, _ in read_part(part)]
        if not clips:
            raise AuditError(f"{data}: no finished clips")
        names = hashlib.sha256(" ".join(part.sha256 for part in parts).encode()).hexdigest()[:32]
        taxonomy = planned_taxonomy(folder) or load_taxonomy()
        rights = find_project(folder).project.own_rights
        return _Folder(folder.resolve().name, names, clips, taxonomy, rights, folder)
    dataset = _opened(data, splits)
    clips = [dataset.clip(i) for i in range(len(dataset))]
    try:
        rights = packed_project(read_build(dataset.source.path(BUILD).parent)).own_rights
    except (DatasetError, OSError):  # of another tool: its project is not known
        rights = ()
    name = folder.resolve().name if folder.is_dir() else data
    return _Dataset(name, dataset.fingerprint, clips, dataset.taxonomy, rights, data, tuple(splits))


def shown_clips(
    source: ClipSource, *, categories: Sequence[str] = (), leaves: bool, rights: str | None
) -> tuple[list[Clip], dict[str, int]]:
    """(the clips that may be asked about, how many of the others by reason).

    leaves: captions and frames go to other people or to a server. Then clips whose captions or videos may not be
    published stay, unless the owner says why they may (`rights`).
    """
    allowed, left_out, kept = Publishable(source.own_rights), Counter[str](), []
    wanted = {_named(source.taxonomy, name) for name in categories}
    for clip in source.clips:
        if wanted and clip.category not in wanted:
            continue
        if WITHHELD in clip.flags or is_dehydrated(clip):
            left_out["caption withheld"] += 1
        elif any(flag in NOT_SHOWN for flag in clip.flags):
            left_out["not to be shown (minors)"] += 1
        elif leaves and rights is None and not all(allowed(clip)):
            left_out["rights: stays here without --i-have-rights"] += 1
        else:
            kept.append(clip)
    if not kept:
        reasons = (
            ", ".join(f"{count:,} {reason}" for reason, count in left_out.items()) or "no clip in these categories"
        )
        raise AuditError(f"{source.name}: no clip to audit: {reasons}")
    return kept, dict(left_out)


def _named(taxonomy: Taxonomy, name: str) -> str:
    found = taxonomy.find(name)
    if found is None:
        raise AuditError(f"--category {name}: not a category of {taxonomy.name}")
    return found.name


def known_clips(source: ClipSource, count: int) -> list[Clip]:
    """At most `count` drawn clips that show all of their caption, as the storyboard recorded when it drew them."""
    whole = [clip for clip in source.clips if fidelity_of(clip.provenance) == 1.0]
    return sorted(whole, key=lambda clip: clip.key)[:count]


def frame_urls(video: bytes, num_frames: int, size: int) -> tuple[str, ...]:
    """Frames spread over a video as data: URLs of JPEGs, the longer side at most `size` pixels. Raises VideoError."""
    from PIL import Image

    frames, mask = FrameSpec(num_frames, None).decode(video)
    urls = []
    for frame in frames[mask]:
        picture, file = Image.fromarray(frame), io.BytesIO()
        picture.thumbnail((size, size), Image.Resampling.BICUBIC)
        picture.save(file, "JPEG", quality=_QUALITY)
        urls.append("data:image/jpeg;base64," + b64encode(file.getvalue()).decode())
    return tuple(urls)
