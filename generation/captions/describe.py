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
from svta.builder.io.files import atomic_write, sha256_file, write_json
from svta.builder.layout.guards import keep_out
from svta.builder.record import Clip, write_clips
from svta.builder.sources.base import Reject
from svta.builder.sources.registry import parse_source, read_source
from svta.builder.taxonomy import Taxonomy, load_taxonomy
from svta.generation.filters.duplicates import Duplicates, repeats
from svta.generation.filters.screening import REJECTABLE, screen

MAX_GRAMMAR: Final = 10_000_000

Batch = tuple[str, Iterable[Clip]]


class DescribeError(SvtaError):
    """`svta describe` has nothing to read, or was asked for what it cannot give."""


@dataclass(frozen=True)
class DescribeConfig:
    """What to read and how to screen it; defaults are the command's.

    `near`: Jaccard from which a row repeats; `reject`: flags (filters.REJECTABLE) that refuse a row.
    """

    sources: tuple[str, ...] = ()
    grammar: int = 0
    categories: tuple[str, ...] = ()
    columns: dict[str, str] = field(default_factory=dict)
    seed: int = 0
    dedup: bool = False
    near: float | None = None
    reject: tuple[str, ...] = ()
    limit: int | None = None
    taxonomy: str | None = None
    chat: str | None = None
    chat_model: str | None = None
    per_category: int = 50
    template: str | None = None
    concurrency: int = 8


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
    shortfall: dict[str, int] = field(default_factory=dict)
    chat: dict[str, Any] = field(default_factory=dict)


def describe(
    config: DescribeConfig,
    out: str | Path | None,
    *,
    chat_cache: str | Path | None = None,
    track: Callable[[Iterable[Clip]], Iterable[Clip]] = lambda clips: clips,
) -> DescribeReport:
    """Read, screen and write descriptions; out None only counts. A chat model's answers are kept in `chat_cache`.

    Raises DescribeError, SourceError, ChatError or TaxonomyError in one line; individual rows never stop a run.
    """
    if out is not None:
        keep_out(out)
    if unknown := [flag for flag in config.reject if flag not in REJECTABLE]:
        why = "violence is the subject" if unknown[0] == "violence" else "no flag that can refuse a row"
        raise DescribeError(f"--reject {unknown[0][:40]}: {why}; it takes {', '.join(REJECTABLE)}")
    taxonomy = load_taxonomy(config.taxonomy)
    rejects: list[Reject] = []
    report = DescribeReport()
    read: list[Clip] = []
    kept: list[Clip] = []
    batches = list(_batches(config, taxonomy, rejects))
    if not batches and not config.chat:
        raise DescribeError("nothing to describe: give --source NAME=FILE, --grammar N or --chat URL|MODEL")
    room, seen = config.limit, Duplicates()
    for name, clips in batches:
        before = len(read)
        clips = _remember(track(clips if room is None else islice(clips, room)), read)
        bad = len(rejects)
        kept += screen(
            clips,
            on_reject=rejects.append,
            dedup=config.dedup,
            near=config.near,
            refuse=config.reject,
            seen=seen,
            taxonomy=taxonomy,
        )
        unreadable = sum("key" not in reject for reject in rejects[bad:])
        report.rows[name] = report.rows.get(name, 0) + len(read) - before + unreadable
        room = None if room is None else room - (len(read) - before)
    if config.chat:
        before = len(rejects)
        written = _ask(config, taxonomy, report, seen, rejects, Path(chat_cache or cache_path(out)), track)
        report.rows["chat"] = len(written) + len(rejects) - before
        read += written
        kept += written
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
        told = asdict(report)
        told["chat"] = {
            name: value for name, value in report.chat.items() if name == "model"
        }  # usage differs on a rerun
        write_descriptions(Path(out), kept, rejects, {"config": _portable(config), "report": told})
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
    if config.categories and not config.grammar and not config.chat:
        raise DescribeError("--category names what --grammar or --chat shall write; sources bring their own")
    for text in config.sources:
        name, path = parse_source(text)
        clips = read_source(name, path, on_reject=rejects.append, columns=config.columns, taxonomy=taxonomy)
        yield name, clips
    if config.grammar:
        yield "grammar", _grammar(config, taxonomy)


def _grammar(config: DescribeConfig, taxonomy: Taxonomy) -> Iterator[Clip]:
    if not 1 <= config.grammar <= MAX_GRAMMAR:
        raise DescribeError(f"--grammar {config.grammar}: 1 to {MAX_GRAMMAR:,} captions can be written")
    from .grammar import write_captions

    yield from write_captions(config.categories or None, count=config.grammar, seed=config.seed, taxonomy=taxonomy)


def _ask(
    config: DescribeConfig,
    taxonomy: Taxonomy,
    report: DescribeReport,
    seen: Duplicates,
    rejects: list[Reject],
    cache: Path,
    track: Callable[[Iterable[Clip]], Iterable[Clip]],
) -> list[Clip]:
    from svta.generation.chat.client import open_chat

    from .chat_author import Author, load_templates

    if config.per_category < 1:
        raise DescribeError(f"--per-category {config.per_category}: at least 1")
    templates = load_templates(config.template)
    chat = open_chat(str(config.chat), cache=cache, model=config.chat_model, concurrency=config.concurrency)
    author = Author(chat, taxonomy, config.per_category, templates, config.seed)
    clips = author.write(config.categories or taxonomy.names, seen=seen, on_reject=rejects.append)
    report.shortfall = author.shortfall
    report.chat = {"model": chat.model, **asdict(chat.usage)}
    return list(track(clips))


def cache_path(out: str | Path | None) -> Path:
    """Where a chat model's answers lie by default: a folder beside the descriptions."""
    path = Path(out or "descriptions.jsonl")
    return path.with_name(f"{path.stem}.chat")


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
    own = {name: sha256_file(path) for name in ("taxonomy", "template") if (path := getattr(config, name))}
    chat = Path(config.chat).name if config.chat and not config.chat.startswith("http") else None
    return {**asdict(config), "sources": sources, "chat": chat, **own}
