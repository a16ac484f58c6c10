"""`svta describe`: captions from sources, the grammar or a chat model, screened, into descriptions.jsonl.

Reads what --source, --grammar and --chat name; writes OUT.jsonl, OUT.rejected.jsonl and OUT.report.json (resolved
config and counts). Same input, same bytes; kept + rejected = read.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from svta.builder.errors import SvtaError
from svta.builder.files import atomic_write, sha256_file, write_json
from svta.builder.record import Clip, write_clips
from svta.builder.taxonomy import Taxonomy, load_taxonomy

from .filters import Duplicates, Writer, repeats, screen
from .sources import Reject, parse_source, read_source

MAX_GRAMMAR: Final = 10_000_000

Batch = tuple[str, Writer, Iterable[Clip]]


class DescribeError(SvtaError):
    """`svta describe` has nothing to read, or was asked for what it cannot give."""


@dataclass(frozen=True)
class DescribeConfig:
    """What to read and how to screen it; defaults are the command's. `near`: Jaccard from which a row repeats."""

    sources: tuple[str, ...] = ()
    grammar: int = 0
    categories: tuple[str, ...] = ()
    columns: dict[str, str] = field(default_factory=dict)
    seed: int = 0
    dedup: bool = False
    near: float | None = None
    limit: int | None = None
    taxonomy: str | None = None


@dataclass
class DescribeReport:
    """Counts of one run. `rows` read by source; `normal` and `anomaly` of them; kept + rejected = their sum."""

    rows: dict[str, int] = field(default_factory=dict)
    normal: int = 0
    anomaly: int = 0
    unlabelled: int = 0
    kept: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    flags: dict[str, int] = field(default_factory=dict)
    duplicates: dict[str, dict[str, int]] = field(default_factory=dict)
    by_category: dict[str, int] = field(default_factory=dict)


def describe(
    config: DescribeConfig,
    out: str | Path | None,
    *,
    more: Sequence[Batch] = (),
    track: Callable[[Iterable[Clip]], Iterable[Clip]] = lambda clips: clips,
) -> DescribeReport:
    """Read, screen and write descriptions; out None only counts. `more`: batches of other writers (a chat model's).

    Raises DescribeError, SourceError or TaxonomyError in one line; individual rows never stop a run.
    """
    taxonomy = load_taxonomy(config.taxonomy)
    rejects: list[Reject] = []
    report = DescribeReport()
    read: list[Clip] = []
    kept: list[Clip] = []
    batches = [*_batches(config, taxonomy, rejects), *more]
    if not batches:
        raise DescribeError("nothing to describe: give --source NAME=FILE, --grammar N or --chat URL|MODEL")
    room, seen = config.limit, Duplicates()
    for name, writer, clips in batches:
        before = len(read)
        clips = _remember(track(clips if room is None else islice(clips, room)), read)
        bad = len(rejects)
        kept += screen(
            clips,
            on_reject=rejects.append,
            written_by=writer,
            dedup=config.dedup,
            near=config.near,
            seen=seen,
            taxonomy=taxonomy,
        )
        unreadable = sum("key" not in reject for reject in rejects[bad:])
        report.rows[name] = report.rows.get(name, 0) + len(read) - before + unreadable
        room = None if room is None else room - (len(read) - before)
    _refuse_repeated_keys(kept)
    report.normal = sum(clip.is_anomaly is False for clip in read)
    report.anomaly = sum(clip.is_anomaly is True for clip in read)
    report.unlabelled = sum(clip.is_anomaly is None for clip in read)
    report.kept = len(kept)
    report.rejected = _counts(reject["reason"] for reject in rejects)
    report.flags = _counts(flag for clip in kept for flag in clip.flags)
    report.duplicates = repeats(read)
    report.by_category = _counts(clip.category or "(none)" for clip in kept)
    if out is not None:
        write_descriptions(Path(out), kept, rejects, {"config": _portable(config), "report": asdict(report)})
    return report


def write_descriptions(out: Path, kept: Iterable[Clip], rejects: Iterable[Reject], about: dict[str, Any]) -> None:
    """OUT.rejected.jsonl and OUT.report.json first, OUT itself last: where it stands, the run was whole."""
    with atomic_write(rejected_path(out)) as file:
        for reject in rejects:
            file.write(json.dumps(reject, ensure_ascii=False, separators=(",", ":"), default=str).encode() + b"\n")
    write_json(out.with_name(f"{out.stem}.report.json"), about)
    write_clips(out, kept)


def rejected_path(out: Path) -> Path:
    """Where the rejects of a descriptions file lie: `<name>.rejected.jsonl` beside it."""
    return out.with_name(f"{out.stem}.rejected.jsonl")


def _batches(config: DescribeConfig, taxonomy: Taxonomy, rejects: list[Reject]) -> Iterator[Batch]:
    for name in config.categories:
        taxonomy[name]  # raises for a category nobody knows
    if config.categories and not config.grammar:
        raise DescribeError("--category names what --grammar or --chat shall write; sources bring their own")
    for text in config.sources:
        name, path = parse_source(text)
        clips = read_source(name, path, on_reject=rejects.append, columns=config.columns, taxonomy=taxonomy)
        yield name, "person", clips
    if config.grammar:
        yield "grammar", "person", _grammar(config, taxonomy)


def _grammar(config: DescribeConfig, taxonomy: Taxonomy) -> Iterator[Clip]:
    if not 1 <= config.grammar <= MAX_GRAMMAR:
        raise DescribeError(f"--grammar {config.grammar}: 1 to {MAX_GRAMMAR:,} captions can be written")
    from .grammar import write_captions

    yield from write_captions(config.categories or None, count=config.grammar, seed=config.seed, taxonomy=taxonomy)


def _remember(clips: Iterable[Clip], read: list[Clip]) -> Iterator[Clip]:
    for clip in clips:
        read.append(clip)
        yield clip


def _refuse_repeated_keys(clips: Sequence[Clip]) -> None:
    seen: dict[str, Clip] = {}
    for clip in clips:
        if (first := seen.setdefault(clip.key, clip)) is not clip:
            where = f"{first.source} {first.source_id} and {clip.source} {clip.source_id}"
            raise DescribeError(f"key {clip.key} comes twice ({where}): is one file given twice?")


def _counts(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items(), key=lambda item: (-item[1], item[0])))


def _portable(config: DescribeConfig) -> dict[str, Any]:
    """The config without paths: files by name and sha256, so that another folder gives the same bytes."""
    sources = []
    for text in config.sources:
        name, place = parse_source(text)
        path = Path(place)
        files = sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path] if path.is_file() else []
        sources.append({"source": name, "files": {p.name: sha256_file(p) for p in files}} if files else {name: place})
    taxonomy = sha256_file(config.taxonomy) if config.taxonomy else None
    return {**asdict(config), "sources": sources, "taxonomy": taxonomy}
