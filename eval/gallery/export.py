"""`svta gallery DATASET --out site/`: one folder that opens from file://, from a web server and as a static Space.

Reads a packed dataset and RESULTS folders; writes index.html with its scripts, data/*.js, media/ and a README.md for
the Hub. The folder is made beside `out` and takes its place when it is whole; only a gallery is ever replaced.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np

from svta.builder.dataset import ClipDataset, open_dataset
from svta.builder.errors import SvtaError, first_line
from svta.builder.io.files import exclusive_lock, write_json, write_text
from svta.builder.io.json_text import JsonObject
from svta.builder.io.parallel import thread_pool
from svta.builder.layout.guards import check_output
from svta.builder.shards.sample import ShardError

from .entries import CHUNK, as_script, chunks_of, facets_of, neighbours_of, words_of
from .media import write_media
from .runs import read_runs, run_entry

MARKER: Final = "gallery.json"
SCRIPTS: Final = (
    "data.js", "state.js", "filter.js", "search.js", "grid.js", "clip.js", "statistics.js", "explorer.js", "review.js",
    "app.js",
)  # fmt: skip
OWN: Final = frozenset((MARKER, *SCRIPTS, "index.html", "style.css", "README.md", "data", "media"))
Progress = Callable[[int, int], object]


class GalleryError(SvtaError):
    """A gallery that cannot be written, in one line."""


@dataclass(frozen=True)
class GalleryConfig:
    """sample: at most so many clips, as many of each category as can be; short_side: pixels of the videos.

    videos: copy the videos, and posters of them; posters alone where `videos` is False; neither without `media`.
    """

    title: str | None = None
    sample: int | None = None
    short_side: int | None = None
    videos: bool = True
    media: bool = True
    seed: int = 0
    splits: tuple[str, ...] = ("all",)


@dataclass(frozen=True)
class Gallery:
    """What was written: clips, their videos, and those whose video could not be shown, with the reason."""

    folder: Path
    clips: int
    videos: int
    unreadable: dict[str, str]
    runs: int = 0

    def to_dict(self) -> JsonObject:
        """Plain JSON."""
        return {**asdict(self), "folder": str(self.folder)}


def export_gallery(
    dataset: str | Path,
    out: str | Path,
    config: GalleryConfig = GalleryConfig(),
    *,
    runs: Sequence[str | Path] = (),
    progress: Progress | None = None,
) -> Gallery:
    """Write the site. A clip whose video cannot be read stays in it, without a picture.

    Raises GalleryError where `out` holds something that is no gallery; DatasetError, ResultsError.
    """
    out = Path(os.path.realpath(out))  # another folder takes its place, not that of a link
    check_output(out, kind="folder")
    if Path.cwd().is_relative_to(out):
        raise GalleryError(f"{out}: is the folder you are in, which cannot be replaced; give a folder in it as --out")
    if out.is_dir() and any(out.iterdir()) and not (out / MARKER).is_file():
        raise GalleryError(f"{out}: is not empty and no gallery; nothing was written. Use another --out")
    results = read_runs(runs)
    clips = _sampled(open_dataset(dataset, list(config.splits) if config.splits != ("all",) else "all"), config)
    work = out.with_name(f".{out.name}.part")
    with exclusive_lock(work):
        _clear(work)  # what a killed run left
        try:
            unreadable = _write_media(clips, work / "media", config, progress) if config.media else {}
            places = {key: i for i, key in enumerate(clips["key"])}
            entries = [run_entry(result, places) for result in results]
            _write_data(clips, work / "data", config, unreadable, entries)
            _write_page(work, config, clips)
            write_json(work / MARKER, {"version": 1, "clips": len(clips), "dataset": clips.fingerprint})
            _replace(out, work)
        except BaseException:
            _clear(work)
            raise
    shown = len(clips) - len(unreadable) if config.media else 0
    return Gallery(out, len(clips), shown, unreadable, len(results))


def _clear(folder: Path) -> None:
    for old in folder.iterdir():
        shutil.rmtree(old) if old.is_dir() else old.unlink()


def _sampled(clips: ClipDataset[Any], config: GalleryConfig) -> ClipDataset[Any]:
    """At most `sample` clips in their order, drawn by category in turn, so that rare ones are seen too."""
    if config.sample is None or config.sample >= len(clips):
        return clips
    if config.sample < 1:
        raise GalleryError(f"--sample {config.sample}: at least 1")
    draw = random.Random(config.seed)
    by_category: dict[int, list[int]] = {}
    for i, category in enumerate(clips["category"]):
        by_category.setdefault(category, []).append(i)
    for members in by_category.values():
        draw.shuffle(members)
    turns = ((turn, category, i) for category, members in by_category.items() for turn, i in enumerate(members))
    return clips.select(sorted(i for _, _, i in sorted(turns)[: config.sample]))


def _write_media(
    clips: ClipDataset[Any], folder: Path, config: GalleryConfig, progress: Progress | None
) -> dict[str, str]:
    """Posters and videos; keys whose video cannot be read, with the reason."""
    from svta.builder.video.frame_buffer import VideoError

    folder.mkdir(parents=True)
    unreadable: dict[str, str] = {}

    def write(i: int) -> None:
        clip = clips.clip(i)
        try:
            write_media(folder, clip, clips.video(i), short_side=config.short_side, videos=config.videos)
        except (VideoError, ShardError) as error:
            unreadable[clip.key] = first_line(error)

    with thread_pool(name="svta-gallery") as pool:
        for done, _ in enumerate(pool.map(write, range(len(clips))), 1):
            if progress is not None:
                progress(done, len(clips))
    return dict(sorted(unreadable.items()))


def _write_data(
    clips: ClipDataset[Any], folder: Path, config: GalleryConfig, unreadable: dict[str, str], runs: list[dict[str, Any]]
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    captions, facets = clips["caption"], facets_of(clips)
    lengths = [len(caption.split()) for caption in captions]
    core = {
        "title": config.title or "Clips and captions",
        "count": len(clips),
        "chunk": CHUNK,
        "keys": " ".join(clips["key"]),
        "facets": [facet.to_json() for facet in facets],
        "violent": [name for name in _violent(clips)],
        "definitions": {category.name: category.definition for category in clips.taxonomy.categories},
        "words": lengths,
        "components": neighbours_of(clips),
        "seconds": [None if value is None else round(value, 3) for value in clips["duration"]],
        "media": {"posters": config.media, "videos": config.media and config.videos},
        "unreadable": unreadable,
        "runs": [run["name"] for run in runs],
        "fingerprint": clips.fingerprint,
    }
    write_text(folder / "core.js", as_script("core", core))
    for number, chunk in enumerate(chunks_of(clips)):
        write_text(folder / f"clips-{number:04d}.js", as_script(f"clips-{number:04d}", chunk))
    words, postings = words_of(captions)
    write_text(folder / "words.js", as_script("words", {"words": words, "postings": postings}))
    for number, run in enumerate(runs):
        write_text(folder / f"run-{number}.js", as_script(f"run-{number}", run))


def _violent(clips: ClipDataset[Any]) -> list[str]:
    """Categories whose videos are blurred until they are asked for: anomalies that may not show a minor."""
    used = set(np.unique(clips["category"]).tolist())
    listed = enumerate(clips.taxonomy.categories)
    return [c.name for i, c in listed if i in used and c.is_anomaly and c.minor_policy == "text_only"]


def _write_page(work: Path, config: GalleryConfig, clips: ClipDataset[Any]) -> None:
    package = files("svta.eval.gallery").joinpath("site")
    for name in ("index.html", "style.css", *SCRIPTS):
        write_text(work / name, package.joinpath(name).read_text("utf-8"))
    title = (config.title or "svta gallery").replace('"', "'").replace("\n", " ")
    write_text(
        work / "README.md",
        f'---\ntitle: "{title}"\nsdk: static\napp_file: index.html\npinned: false\n---\n\n'
        f"A page to look at {len(clips):,} clips and their captions, made by `svta gallery`. Open index.html;\n"
        "it needs no server and no network.\n",
    )


def _replace(out: Path, work: Path) -> None:
    """The finished folder takes the place of `out`; files of the user in `out`, say a .git folder, go over to it."""
    old = out.with_name(f".{out.name}.old")
    _move_foreign(old, out)  # of a run that was killed below
    if out.exists():
        out.rename(old)
    work.rename(out)
    _move_foreign(old, out)


def _move_foreign(old: Path, out: Path) -> None:
    """What of a replaced gallery is none of its own files into `out`; the rest of `old` goes."""
    for path in sorted(old.iterdir()) if old.is_dir() else ():
        if path.name in OWN:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        elif out.is_dir() and not os.path.lexists(out / path.name):
            path.rename(out / path.name)
    with suppress(OSError):  # not there, or a file in it has the name of another one in `out`
        old.rmdir()
