"""The page on which people rate an audit's sample: `svta audit DATASET --out AUDIT` writes AUDIT/page/index.html.

Reads the items of a sample and their videos; writes a site that opens from file://. Nothing on it tells a control from
a clip with its own caption: videos have the items' names, and a clip that is shown twice is there under two names.
"""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from svta.builder.errors import SvtaError, first_line
from svta.builder.io.files import exclusive_lock, write_json
from svta.builder.record import Clip
from svta.eval.audit.audit import Prepared
from svta.eval.audit.questions import AXES

from .descriptions import Descriptions
from .entries import clip_data
from .export import MARKER, GalleryError
from .media import write_media
from .site_files import write_site

_KIND: Final = "audit"


@dataclass(frozen=True)
class AuditPage:
    """What was written; unreadable: keys of clips whose video cannot be shown, with the reason: they are left out."""

    folder: Path
    items: int
    unreadable: dict[str, str]


def write_audit_page(
    prepared: Prepared, out: str | Path, *, progress: Callable[[int, int], object] | None = None
) -> AuditPage:
    """Write the page of a sample; a page that is there whole is left as it is. Raises GalleryError for other files."""
    out = Path(os.path.realpath(out))
    if out.is_dir() and any(out.iterdir()) and not (out / MARKER).is_file():
        raise GalleryError(f"{out}: is not empty and not the page of an audit; nothing was written. Use another --out")
    work = out.with_name(f".{out.name}.part")
    with exclusive_lock(work):
        for old in work.iterdir():
            shutil.rmtree(old) if old.is_dir() else old.unlink()
        unreadable = _write_media(prepared, work / "media", progress)
        items = [item for item in prepared.items if item.key not in unreadable]
        clips = [Clip(key=item.id, caption=item.caption, category=item.category) for item in items]
        table = Descriptions(sorted(clips, key=lambda clip: clip.key), prepared.source.taxonomy)
        core = {
            "title": "Does the clip show its caption?",
            "media": {"posters": True, "videos": True},
            "unreadable": {},
            "runs": [],
            "moments": False,
            "start": "audit",
            "audit": {
                "sample": prepared.sample,
                "axes": list(AXES.items()),
                "minors": sorted(item.id for item in items if item.minor),
            },
        }
        about = "A page to rate clips by, made by `svta audit`. Open index.html; it needs no server and no network."
        write_site(work, clip_data(table, core), "Rating of clips", about)
        write_json(work / MARKER, {"version": 1, "kind": _KIND, "sample": prepared.sample, "items": len(items)})
        if out.exists():
            shutil.rmtree(out)
        work.rename(out)
    return AuditPage(out, len(items), unreadable)


def _write_media(prepared: Prepared, folder: Path, progress: Callable[[int, int], object] | None) -> dict[str, str]:
    """A poster and a playable video an item; keys whose video cannot be read, with the reason."""
    folder.mkdir(parents=True)
    ids: dict[str, list[str]] = defaultdict(list)
    for item in prepared.items:
        ids[item.key].append(item.id)
    records = {clip.key: clip for clip in prepared.source.clips if clip.key in ids}
    unreadable: dict[str, str] = {}
    for done, (key, video) in enumerate(prepared.source.videos(ids.keys()), 1):
        try:
            if isinstance(video, SvtaError):
                raise video
            for name in ids[key]:
                write_media(folder, records[key].replace(key=name), video, short_side=None, videos=True)
        except SvtaError as error:
            unreadable[key] = first_line(error)
        if progress is not None:
            progress(done, len(ids))
    return unreadable
