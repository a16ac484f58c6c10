"""`svta gallery DATASET --out site/`: one folder that opens from file://, from a web server and as a static Space.

Reads a packed dataset, RESULTS folders, streams and indexes; writes index.html with its scripts, data/*.js, media/ and
a README.md for the Hub. The folder is made beside `out` and takes its place when it is whole; only a gallery is ever
replaced.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from svta.builder.dataset import ClipDataset, open_dataset
from svta.builder.dataset.collation import Sample
from svta.builder.errors import SvtaError, first_line
from svta.builder.io.files import exclusive_lock, write_json
from svta.builder.io.json_text import JsonObject
from svta.builder.io.parallel import thread_pool
from svta.builder.layout.guards import check_output
from svta.builder.layout.manifest import is_sealed, read_build
from svta.builder.project.find import find_project, packed_project
from svta.builder.shards.sample import ShardError

from .descriptions import no_clips
from .entries import ClipTable, clip_data, withheld_clips
from .media import write_media
from .moments import is_moments_run
from .probes import further_facets, is_probes_run
from .recordings import MediaPlan, read_recordings
from .runs import read_runs, run_entry
from .site_files import SCRIPTS, STYLES, write_site

MARKER: Final = "gallery.json"
OWN: Final = frozenset((MARKER, *STYLES, *SCRIPTS, "index.html", "README.md", "data", "media"))
Progress = Callable[[int, int], object]


class GalleryError(SvtaError):
    """A gallery that cannot be written, in one line."""


@dataclass(frozen=True)
class GalleryConfig:
    """sample: at most so many clips, as many of each category as can be; short_side: pixels of the videos.

    videos: copy the videos, and posters of them; posters alone where `videos` is False; neither without `media`.
    Recordings that are not copied are linked. queries: words to look for in the indexes, beside those of the streams.
    """

    title: str | None = None
    sample: int | None = None
    short_side: int | None = None
    videos: bool = True
    media: bool = True
    seed: int = 0
    splits: tuple[str, ...] = ("all",)
    queries: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gallery:
    """What was written: clips, their videos, and those whose video could not be shown, with the reason.

    runs: evaluations of either kind; recordings: timelines of moments.
    """

    folder: Path
    clips: int
    videos: int
    unreadable: dict[str, str]
    runs: int = 0
    recordings: int = 0

    def to_dict(self) -> JsonObject:
        """Plain JSON."""
        return {**asdict(self), "folder": str(self.folder)}


def export_gallery(
    dataset: str | Path | None,
    out: str | Path,
    config: GalleryConfig = GalleryConfig(),
    *,
    runs: Sequence[str | Path] = (),
    streams: str | Path | None = None,
    indexes: Sequence[str | Path] = (),
    progress: Progress | None = None,
) -> Gallery:
    """Write the site. A clip or recording whose video cannot be read stays in it, without a picture.

    Raises GalleryError if `out` holds something that is not a gallery; DatasetError, ResultsError, MomentsError,
    SearchError.
    """
    out = Path(os.path.realpath(out))  # another folder takes its place, not that of a link
    check_output(out, kind="folder")
    if Path.cwd().is_relative_to(out):
        raise GalleryError(f"{out}: is the folder you are in, which cannot be replaced; give a folder in it as --out")
    if out.is_dir() and any(out.iterdir()) and not (out / MARKER).is_file():
        raise GalleryError(f"{out}: is not empty and not a gallery; nothing was written. Use another --out")
    timed = [run for run in runs if is_moments_run(run)]
    probed = [run for run in runs if is_probes_run(run)]
    results = read_runs([run for run in runs if run not in timed and run not in probed])
    if dataset is None and not (streams or indexes or timed):
        raise GalleryError("nothing to show: name a dataset, --streams, --index or --run of an evaluation of moments")
    if dataset is None and (alone := [result.name for result in results] + list(map(str, probed))):
        raise GalleryError(
            f"{alone[0]}: an evaluation of retrieval or probes is shown beside its dataset; name that too"
        )
    whole = (
        None if dataset is None else open_dataset(dataset, "all" if config.splits == ("all",) else list(config.splits))
    )
    clips = None if whole is None else _sampled(whole, config)
    withheld: frozenset[str] = (
        frozenset() if whole is None else frozenset(whole["key"][i] for i in withheld_clips(whole))
    )
    more = [] if clips is None else further_facets(clips, probed)
    recordings = read_recordings(streams, timed, indexes, config.queries)
    title = config.title or _title_of(dataset)
    work = out.with_name(f".{out.name}.part")
    with exclusive_lock(work):
        _clear(work)  # what a killed run left
        try:
            unreadable = _write_media(clips, work / "media", config, progress) if clips and config.media else {}
            table: ClipTable = no_clips() if clips is None else clips
            places = {key: i for i, key in enumerate(table["key"])}
            core = {
                "title": title or "Clips and captions",
                "media": {"posters": config.media, "videos": config.media and config.videos},
                "unreadable": unreadable,
                "runs": [result.name for result in results],
                "moments": recordings is not None,
                "start": "browse" if clips is not None else "moments",
            }

            def data() -> Iterator[tuple[str, object]]:
                yield from clip_data(table, core, more)
                for number, result in enumerate(results):
                    yield f"run-{number}", run_entry(result, places, withheld)
                if recordings is not None:
                    plan = MediaPlan(work, out, config.media and config.videos, config.media)
                    yield from recordings.data(table.taxonomy, plan)

            shown = f"{len(table):,} clips and their captions" if clips else "moments in recordings"
            about = f"A page to look at {shown}, made by `svta gallery`. Open index.html;\n"
            about += "it needs no server and no network."
            write_site(work, data(), title or "svta gallery", about)
            write_json(work / MARKER, {"version": 1, "clips": len(table), "dataset": table.fingerprint})
            _replace(out, work)
        except BaseException:
            _clear(work)
            raise
    pictures = len(table) - len(unreadable) if config.media else 0
    videos = len(recordings.moments.recordings) if recordings else 0
    return Gallery(out, len(table), pictures, unreadable, len(runs), videos)


def _title_of(dataset: str | Path | None) -> str | None:
    """The name of the project that the dataset was packed under, else of the one found here."""
    if dataset is not None and is_sealed(Path(dataset)):
        return packed_project(read_build(Path(dataset))).heading
    return find_project(*([] if dataset is None else [dataset])).project.heading


def _clear(folder: Path) -> None:
    for old in folder.iterdir():
        shutil.rmtree(old) if old.is_dir() else old.unlink()


def _sampled(clips: ClipDataset[Sample], config: GalleryConfig) -> ClipDataset[Sample]:
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
    clips: ClipDataset[Sample], folder: Path, config: GalleryConfig, progress: Progress | None
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


def _replace(out: Path, work: Path) -> None:
    """The finished folder takes the place of `out`; files of the user in `out`, say a .git folder, go over to it."""
    old = out.with_name(f".{out.name}.old")
    _move_foreign(old, out)  # of a run that was killed below
    if out.exists():
        out.rename(old)
    work.rename(out)
    _move_foreign(old, out)


def _move_foreign(old: Path, out: Path) -> None:
    """Move the user's files of a replaced gallery into `out`; the rest of `old` is deleted."""
    for path in sorted(old.iterdir()) if old.is_dir() else ():
        if path.name in OWN:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        elif out.is_dir() and not os.path.lexists(out / path.name):
            path.rename(out / path.name)
    with suppress(OSError):  # not there, or a file in it has the name of another one in `out`
        old.rmdir()
