"""`svta describe`: captions from sources, the grammar or a chat model, screened, into descriptions.jsonl.

Reads what --source, --grammar and --chat name; writes OUT.jsonl, OUT.rejected.jsonl and OUT.report.json (resolved
config and counts). Same input, same bytes; kept + rejected = read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from svta.builder.errors import SvtaError
from svta.builder.io.files import sha256_file, write_json
from svta.builder.io.json_text import write_jsonl
from svta.builder.layout.guards import check_output
from svta.builder.record import Clip, write_clips
from svta.builder.sources.base import Source
from svta.builder.sources.records import Reject
from svta.builder.sources.registry import open_sources, parse_source, read_records
from svta.builder.taxonomy import Taxonomy, carry_taxonomy, check_names, load_taxonomy
from svta.generation.chat.messages import Usage
from svta.generation.filters.duplicates import Duplicates, repeats
from svta.generation.filters.screening import ENGLISH, REJECTABLE, screen

if TYPE_CHECKING:
    from .chat_author import Problem

MAX_GRAMMAR: Final = 10_000_000

Batch = tuple[str, Iterable[Clip], Source | None]


class DescribeError(SvtaError):
    """`svta describe` has nothing to read, or options that contradict each other."""


@dataclass(frozen=True)
class DescribeConfig:
    """What to read and how to screen it; defaults are the command's.

    contrasts: sets of captions that only time tells apart. `near`: Jaccard from which a row repeats; `reject`: flags
    (filters.REJECTABLE) that refuse a row. `license`: of captions that name none. languages: of captions, beside
    English, that get no flag `language`.
    """

    sources: tuple[str, ...] = ()
    grammar: int = 0
    contrasts: int = 0
    categories: tuple[str, ...] = ()
    columns: dict[str, str] = field(default_factory=dict)
    seed: int = 0
    dedup: bool = False
    near: float | None = None
    reject: tuple[str, ...] = ()
    limit: int | None = None
    taxonomy: str | None = None
    choreography: str | None = None
    lexicon: str | None = None
    chat: str | None = None
    chat_model: str | None = None
    per_category: int = 50
    template: str | None = None
    concurrency: int = 8
    chat_fields: tuple[str, ...] = ()
    license: str | None = None
    languages: tuple[str, ...] = ENGLISH


@dataclass
class DescribeReport:
    """Counts of one run. `rows` read by source and `columns` they are from; kept + rejected = their sum.

    problems: questions of --chat without an answer to use, by why (chat/messages.py).
    """

    rows: dict[str, int] = field(default_factory=dict)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    normal: int = 0
    anomaly: int = 0
    unlabelled: int = 0
    kept: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    flags: dict[str, int] = field(default_factory=dict)
    duplicates: dict[str, dict[str, int]] = field(default_factory=dict)
    by_category: dict[str, int] = field(default_factory=dict)
    shortfall: dict[str, int] = field(default_factory=dict)
    problems: dict[str, Problem] = field(default_factory=dict)
    chat: Usage | None = None


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
        check_output(out)
    _check(config)
    taxonomy = load_taxonomy(config.taxonomy)
    for name in config.categories:
        taxonomy[name]  # raises for an unknown category
    gathered = _Gathered(DescribeReport(), Duplicates())
    _read_sources(config, taxonomy, gathered, track)
    check_names(
        (str(reject.get("category")) for reject in gathered.rejects if reject["reason"] == "unknown_category"),
        (clip.category for clip in gathered.read),
        taxonomy,
    )
    if config.chat:
        _ask(config, taxonomy, gathered, Path(chat_cache or cache_path(out)), track)
    _refuse_repeated_keys(gathered.kept)
    report = _counted(gathered)
    if out is not None:
        result = asdict(report)
        result["chat"] = {"model": report.chat.model} if report.chat else {}  # a rerun asks less
        carry_taxonomy(taxonomy, out)
        write_descriptions(Path(out), gathered.kept, gathered.rejects, {"config": _portable(config), "report": result})
    return report


@dataclass
class _Gathered:
    """What a run has read so far: all clips, those kept, and the rejects."""

    report: DescribeReport
    seen: Duplicates
    read: list[Clip] = field(default_factory=list)
    kept: list[Clip] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)


def _check(config: DescribeConfig) -> None:
    if unknown := [flag for flag in config.reject if flag not in REJECTABLE]:
        why = "violence is the subject" if unknown[0] == "violence" else "no flag that can refuse a row"
        raise DescribeError(f"--reject {unknown[0][:40]}: {why}; it takes {', '.join(REJECTABLE)}")
    if config.near is not None and not (config.dedup and 0 < config.near <= 1):
        raise DescribeError("--near needs --dedup and must be between 0 and 1")
    if config.categories and not config.grammar and not config.chat:
        raise DescribeError("--category is for --grammar and --chat; sources have their own categories")
    if (config.choreography or config.lexicon) and not config.grammar:
        raise DescribeError("--choreography and --lexicon are for --grammar; captions of sources need neither")
    if config.grammar and not 1 <= config.grammar <= MAX_GRAMMAR:
        raise DescribeError(f"--grammar {config.grammar}: 1 to {MAX_GRAMMAR:,} captions can be written")
    if config.contrasts and not 1 <= config.contrasts <= MAX_GRAMMAR:
        raise DescribeError(f"--contrasts {config.contrasts}: 1 to {MAX_GRAMMAR:,} sets can be written")
    if config.chat and config.per_category < 1:
        raise DescribeError(f"--per-category {config.per_category}: at least 1")
    if not (config.sources or config.grammar or config.contrasts or config.chat):
        raise DescribeError(
            "nothing to describe: give --source NAME=FILE, --grammar N, --contrasts N or --chat URL|MODEL"
        )


def _read_sources(
    config: DescribeConfig,
    taxonomy: Taxonomy,
    gathered: _Gathered,
    track: Callable[[Iterable[Clip]], Iterable[Clip]],
) -> None:
    """Read and screen every source and the grammar's captions, together at most `limit` clips."""
    report, room = gathered.report, config.limit
    for name, clips, source in list(_batches(config, taxonomy, gathered.rejects)):
        num_read, num_rejects = len(gathered.read), len(gathered.rejects)
        gathered.kept += screen(
            _remember(track(clips if room is None else islice(clips, room)), gathered.read),
            on_reject=gathered.rejects.append,
            dedup=config.dedup,
            near=config.near,
            refuse=config.reject,
            seen=gathered.seen,
            taxonomy=taxonomy,
            languages=config.languages,
        )
        num_read = len(gathered.read) - num_read
        unreadable = sum("key" not in reject for reject in gathered.rejects[num_rejects:])
        report.rows[name] = report.rows.get(name, 0) + num_read + unreadable
        if source is not None:
            told = report.columns.setdefault(name, {})  # of several tables what each says
            for field_name, column in source.chosen().items():
                said = told.get(field_name)
                told[field_name] = column if said in (None, column) else f"{said}, {column}"
        room = None if room is None else room - num_read


def _counted(gathered: _Gathered) -> DescribeReport:
    report, read, kept = gathered.report, gathered.read, gathered.kept
    report.normal = sum(clip.is_anomaly is False for clip in read)
    report.anomaly = sum(clip.is_anomaly is True for clip in read)
    report.unlabelled = sum(clip.is_anomaly is None for clip in read)
    report.kept = len(kept)
    report.rejected = counted(str(reject["reason"]) for reject in gathered.rejects)
    report.flags = counted(flag for clip in kept for flag in clip.flags)
    report.duplicates = repeats(read)
    report.by_category = counted(clip.category or "(none)" for clip in kept)
    return report


def write_descriptions(
    out: Path, kept: Iterable[Clip], rejects: Iterable[Reject], report: Mapping[str, object]
) -> None:
    """OUT.rejected.jsonl and OUT.report.json first, OUT itself last: where it is, the run was whole."""
    write_jsonl(rejected_path(out), rejects)
    write_json(out.with_name(f"{out.stem}.report.json"), report)
    write_clips(out, kept)


def rejected_path(out: Path) -> Path:
    """Where the rejects of a descriptions file are: `<name>.rejected.jsonl` beside it."""
    return out.with_name(f"{out.stem}.rejected.jsonl")


def _batches(config: DescribeConfig, taxonomy: Taxonomy, rejects: list[Reject]) -> Iterator[Batch]:
    for source in open_sources(config.sources, config.columns):
        records = read_records(source, on_reject=rejects.append, taxonomy=taxonomy, license=config.license)
        yield source.name, (record.clip for record in records), source
    if config.grammar:
        yield "grammar", _grammar(config, taxonomy), None
    if config.contrasts:
        from .contrast_sets import write_contrasts

        yield "contrasts", write_contrasts(count=config.contrasts, seed=config.seed, taxonomy=taxonomy), None


def _grammar(config: DescribeConfig, taxonomy: Taxonomy) -> Iterator[Clip]:
    from svta.generation.storyboard.choreography import load_choreographies
    from svta.generation.storyboard.user_lexicon import use_lexicon

    from .grammar import write_captions

    use_lexicon(config.lexicon)
    tables = load_choreographies(config.choreography)
    yield from write_captions(
        config.categories or None, count=config.grammar, seed=config.seed, taxonomy=taxonomy, choreographies=tables
    )


def _ask(
    config: DescribeConfig,
    taxonomy: Taxonomy,
    gathered: _Gathered,
    cache: Path,
    track: Callable[[Iterable[Clip]], Iterable[Clip]],
) -> None:
    """Let the chat model write captions; it screens them itself, answer by answer."""
    from svta.generation.chat.client import open_chat

    from .chat_author import ChatAuthor, load_templates

    templates = load_templates(config.template)
    chat = open_chat(
        str(config.chat), cache=cache, model=config.chat_model, concurrency=config.concurrency,
        fields=config.chat_fields,
    )  # fmt: skip
    author = ChatAuthor(chat, taxonomy, config.per_category, templates, config.seed, config.languages)
    num_rejects = len(gathered.rejects)
    clips = author.write(config.categories or taxonomy.names, seen=gathered.seen, on_reject=gathered.rejects.append)
    clips = [clip.model_copy(update={"license": config.license}) for clip in track(clips)]
    gathered.read += clips
    gathered.kept += clips
    gathered.report.rows["chat"] = len(clips) + len(gathered.rejects) - num_rejects
    gathered.report.shortfall = author.shortfall
    gathered.report.problems = author.problems
    gathered.report.chat = chat.usage


def cache_path(out: str | Path | None) -> Path:
    """Where a chat model's answers are by default: a folder beside the descriptions."""
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


def counted(names: Iterable[str]) -> dict[str, int]:
    """How often each name comes, the most frequent first."""
    return dict(sorted(Counter(names).items(), key=lambda item: (-item[1], item[0])))


def _portable(config: DescribeConfig) -> dict[str, object]:
    """The config without paths: files by name and sha256, so that another folder gives the same bytes."""
    sources: list[dict[str, object]] = []
    for text in config.sources:
        name, place = parse_source(text)
        path = Path(place)
        files = sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path] if path.is_file() else []
        sources.append({"source": name, "files": {p.name: sha256_file(p) for p in files}} if files else {name: place})
    return {
        **asdict(config),
        "sources": sources,
        **portable(config.chat, taxonomy=config.taxonomy, template=config.template),
    }


def portable(chat: str | None, **files: str | None) -> dict[str, str | None]:
    """A chat model and files of a config as any machine records them: a name, and a sha256 each."""
    name = Path(chat).name if chat and not chat.startswith("http") else None
    return {"chat": name, **{field: sha256_file(path) if path else None for field, path in files.items()}}
