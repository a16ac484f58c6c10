"""`svta describe`: captions from public sources, the grammar or a chat model, screened, with a reason for every reject.

svta describe --source ucfcrime-ar=ucf_crime_test.xlsx --out descriptions.jsonl
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from svta.cli.app import CheckFailed
from svta.cli.console import (
    Prices,
    columns_told,
    command_line,
    emit,
    note,
    own_taxonomy_hint,
    show_questions,
    tell_loss,
    track,
    used,
)
from svta.cli.options import (
    AsJson,
    ChatOptions,
    Columns,
    License,
    OwnTaxonomy,
    chat_options,
    spdx_or_error,
    text_or_none,
)
from svta.cli.outputs import writes
from svta.cli.project_defaults import project_defaults

if TYPE_CHECKING:
    from svta.generation.captions.describe import DescribeConfig, DescribeReport


@writes(out=(".rejected.jsonl", ".report.json"))
@chat_options()
def command(
    *,
    source: Annotated[
        list[str] | None, typer.Option(help="NAME=FILE: ucfcrime-ar, uca, oops, table (any CSV, JSONL, XLSX ...), hub.")
    ] = None,
    grammar: Annotated[
        int | None, typer.Option(min=1, help="Write N captions offline, evenly over the categories.")
    ] = None,
    contrasts: Annotated[
        int, typer.Option(help="Write N sets of two captions that differ only over time: sits down, stands up.")
    ] = 0,
    chat: ChatOptions,
    per_category: Annotated[int, typer.Option(help="Number of usable captions per category from --chat.")] = 50,
    category: Annotated[list[str] | None, typer.Option(help="Only these categories (--grammar, --chat).")] = None,
    out: Annotated[Path, typer.Option(help="The descriptions file; rejected rows go beside it.")] = Path(
        "descriptions.jsonl"
    ),
    columns: Columns = None,
    dedup: Annotated[bool, typer.Option("--dedup", help="Reject rows that repeat an earlier caption.")] = False,
    near: Annotated[
        float | None, typer.Option(help="With --dedup: also reject rows at least this similar, 0 to 1.")
    ] = None,
    reject: Annotated[
        list[str] | None, typer.Option(help="Also reject rows with this flag: language, names_person, markdown ...")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the grammar and of the questions.")] = 0,
    taxonomy: OwnTaxonomy = None,
    license: License = None,
    choreography: Annotated[
        Path | None, typer.Option(help="With --grammar: your own categories' sentences (docs/storyboard.md).")
    ] = None,
    lexicon: Annotated[Path | None, typer.Option(help="With --grammar: your own nouns and places as YAML.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Read the first N rows only.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count only; write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Collect captions in descriptions.jsonl; rejected rows and their reasons go into descriptions.rejected.jsonl.

    Example: svta describe --source uca=UCFCrime_Test.json --out uca.jsonl
    """
    from svta.builder.sources.columns import parse_columns
    from svta.generation.captions.describe import DescribeConfig, describe

    config = DescribeConfig(
        sources=tuple(source or ()), grammar=grammar or 0, contrasts=contrasts, categories=tuple(category or ()),
        columns=parse_columns(None, None, columns),
        seed=seed, dedup=dedup, near=near, reject=tuple(reject or ()), limit=limit,
        taxonomy=text_or_none(taxonomy), choreography=text_or_none(choreography), lexicon=text_or_none(lexicon),
        chat=chat.place, chat_model=chat.model, per_category=per_category,
        template=chat.template, concurrency=chat.concurrency, chat_fields=chat.fields,
        license=spdx_or_error(license), languages=_languages(source or ()),
    )  # fmt: skip
    if dry_run and chat.place:
        _show_questions(config, chat.prices, as_json)
        return
    target = None if dry_run else out
    report = describe(
        config, target, chat_cache=chat.cache, track=lambda clips: track(clips, total=None, label="captions")
    )
    _emit(report, config, target, chat.prices, as_json)


def _languages(sources: Iterable[str]) -> tuple[str, ...]:
    """Those that svta.yaml says captions are in; English without one."""
    from svta.builder.project.find import find_project

    return tuple(find_project(*(text.partition("=")[2] or text for text in sources)).project.language)


def _emit(
    report: DescribeReport, config: DescribeConfig, out: Path | None, prices: Prices | None, as_json: bool
) -> None:
    """Counts, and what to do next."""
    from svta.generation.captions.describe import rejected_path
    from svta.generation.filters.screening import ENGLISH

    result = asdict(report) | {"out": text_or_none(out)}
    lines = [line for name, n in report.rows.items() for line in columns_told(report.columns.get(name, {}), n, name)]
    lines += [f"{report.normal:>9,}  normal, {report.anomaly:,} anomaly, {report.unlabelled:,} without either"]
    lines += [f"{report.kept:>9,}  kept" + ("" if out is None else f" in {out}")]
    lines += [f"{n:>9,}  rejected: {reason}" for reason, n in report.rejected.items()]
    lines += [f"{n:>9,}  flagged: {flag}" for flag, n in report.flags.items()]
    if report.chat is not None:
        result["chat"], more = used(report.chat, prices)
        lines += more
    lines += [f"{n:>9,}  short of {config.per_category}: {name}" for name, n in report.shortfall.items()]
    lines += _problems(report)
    if report.rejected and out is not None:
        lines += [f"           rejected rows with reasons: {rejected_path(out)}"]
    lines += own_taxonomy_hint(report.rejected.get("unknown_category"), config.taxonomy)
    emit(result, as_json=as_json, text="\n".join(lines))
    if not report.kept:
        raise CheckFailed("no caption was kept; see the reasons above")
    if (foreign := report.flags.get("language")) and not as_json:
        others = ", ".join(code for code in config.languages if code not in ENGLISH)
        where = f"English or {others} (svta.yaml)" if others else "English"
        note(f"{foreign:,} not in {where}; --reject language refuses them")
    if out is not None and not as_json:
        known = project_defaults(["generate", str(out)]).get("generate", {})  # svta.yaml says it already
        own = {name: getattr(config, name) for name in ("choreography", "lexicon") if name not in known}
        note("next: " + command_line("generate", out, out="clips", backend="storyboard", **own))
    tell_loss(report.kept, sum(report.rejected.values()), "the list above" if out is None else rejected_path(out))


def _problems(report: DescribeReport) -> list[str]:
    """A line for each reason why questions had no answer to use: number, categories, the server's words."""
    why = {
        "content_filter": "questions refused by a content filter",
        "context_too_small": "questions that the model's context has no room to answer",
        "thinking": "answers that contain only reasoning (try --chat-field max_tokens=32000 or reasoning_effort=low)",
    }
    lines = []
    for name, problem in report.problems.items():
        categories = ", ".join(f"{category} {n}" for category, n in problem.questions.items())
        lines += [f"{sum(problem.questions.values()):>9,}  {why[name]}: {categories}"]
        lines += [f"           the first: {problem.words[:200]}"]
    return lines


def _show_questions(config: DescribeConfig, prices: Prices | None, as_json: bool) -> None:
    """A dry run with a chat model: the first question, how many there are, and what they would cost."""
    from svta.builder.taxonomy import load_taxonomy
    from svta.generation.captions.chat_author import PROMPTS_AT_A_TIME, TOKENS_A_PROMPT, first_requests, load_templates
    from svta.generation.chat.messages import estimate

    taxonomy = load_taxonomy(config.taxonomy)
    categories = [taxonomy[name].name for name in config.categories or taxonomy.names]
    requests = first_requests(categories, config.per_category, load_templates(config.template), taxonomy, config.seed)
    questions = requests * -(-config.per_category // PROMPTS_AT_A_TIME)
    usage = estimate(questions, min(PROMPTS_AT_A_TIME, config.per_category) * TOKENS_A_PROMPT)
    show_questions(requests, usage, prices, as_json)
