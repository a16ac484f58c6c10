"""`svta describe`: captions from public sources, the grammar or a chat model, screened, with a reason for every reject.

svta describe --source ucfcrime-ar=ucf_crime_test.xlsx --out descriptions.jsonl
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from svta.cli.app import CheckFailed
from svta.cli.console import Prices, command_line, emit, note, parse_prices, tell_questions, track, used

if TYPE_CHECKING:
    from svta.generation.captions.describe import DescribeConfig


def command(
    source: Annotated[
        list[str] | None, typer.Option(help="NAME=FILE: ucfcrime-ar, uca, oops, table (any CSV, JSONL, XLSX ...), hub.")
    ] = None,
    grammar: Annotated[int, typer.Option(help="Write N captions offline, evenly over the categories.")] = 0,
    chat: Annotated[
        str | None,
        typer.Option(help="A chat model as author: URL of an OpenAI-compatible endpoint, or a model folder or id."),
    ] = None,
    per_category: Annotated[int, typer.Option(help="Usable captions a category from --chat.")] = 50,
    category: Annotated[list[str] | None, typer.Option(help="Only these categories (--grammar, --chat).")] = None,
    out: Annotated[Path, typer.Option(help="Descriptions; rejects go beside it.")] = Path("descriptions.jsonl"),
    columns: Annotated[list[str] | None, typer.Option(help="FIELD=COLUMN of a table, e.g. caption=Text.")] = None,
    dedup: Annotated[bool, typer.Option("--dedup", help="Reject rows that repeat an earlier caption.")] = False,
    near: Annotated[float | None, typer.Option(help="With --dedup: also rows this alike, 0 to 1.")] = None,
    reject: Annotated[
        list[str] | None, typer.Option(help="Also reject rows with this flag: language, names_person, markdown ...")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the grammar and of the questions.")] = 0,
    chat_model: Annotated[str | None, typer.Option(help="Which model, where the endpoint serves several.")] = None,
    chat_cache: Annotated[Path | None, typer.Option(help="Folder of answers; default beside --out.")] = None,
    template: Annotated[Path | None, typer.Option(help="Your own questions (JSON, see templates.json).")] = None,
    concurrency: Annotated[int, typer.Option(min=1, help="Questions asked at the same time.")] = 8,
    prices: Annotated[str | None, typer.Option(help="PROMPT,COMPLETION price per million tokens.")] = None,
    taxonomy: Annotated[Path | None, typer.Option(help="Your own taxonomy.json.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Read the first N rows only.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, write nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Nothing but JSON on stdout.")] = False,
) -> None:
    """Gather captions into descriptions.jsonl; rejects and their reasons go into descriptions.rejected.jsonl.

    Example: svta describe --source uca=UCFCrime_Test.json --out uca.jsonl
    """
    from svta.generation.captions.describe import DescribeConfig, DescribeError, describe, rejected_path

    if near is not None and not (dedup and 0 < near <= 1):
        raise DescribeError("--near goes with --dedup and lies between 0 and 1")
    pairs = [text.partition("=") for text in columns or []]
    if bad := [text for text, (_, equals, name) in zip(columns or [], pairs) if not equals or not name]:
        raise DescribeError(f"--columns {bad[0]}: FIELD=COLUMN is needed, e.g. caption=Text")
    config = DescribeConfig(
        sources=tuple(source or ()),
        grammar=grammar,
        categories=tuple(category or ()),
        columns={field: name for field, _, name in pairs},
        seed=seed,
        dedup=dedup,
        near=near,
        reject=tuple(reject or ()),
        limit=limit,
        taxonomy=str(taxonomy) if taxonomy else None,
        chat=chat,
        chat_model=chat_model,
        per_category=per_category,
        template=str(template) if template else None,
        concurrency=concurrency,
    )
    price = parse_prices(prices)
    if dry_run and chat:
        _tell_questions(config, price, as_json)
        return
    report = describe(
        config,
        None if dry_run else out,
        chat_cache=chat_cache,
        track=lambda clips: track(clips, total=None, label="captions"),
    )
    result = asdict(report) | {"out": None if dry_run else str(out)}
    lines = [f"{n:>9,}  read from {name}" for name, n in report.rows.items()]
    lines += [f"{report.normal:>9,}  normal, {report.anomaly:,} anomaly, {report.unlabelled:,} without either"]
    lines += [f"{report.kept:>9,}  kept" + ("" if dry_run else f" in {out}")]
    lines += [f"{n:>9,}  rejected: {reason}" for reason, n in report.rejected.items()]
    lines += [f"{n:>9,}  flagged: {flag}" for flag, n in report.flags.items()]
    if report.chat:
        result["chat"], more = used(report.chat, price)
        lines += more
    lines += [f"{n:>9,}  short of {per_category}: {name}" for name, n in report.shortfall.items()]
    if report.rejected and not dry_run:
        lines += [f"           every reject with its reason: {rejected_path(out)}"]
    emit(result, as_json=as_json, text="\n".join(lines))
    if not report.kept:
        raise CheckFailed("not one caption was kept; the reasons stand above")
    if (foreign := report.flags.get("language")) and not as_json:
        note(f"{foreign:,} not in English; --reject language refuses them")
    if not dry_run and not as_json:
        note("next: " + command_line("generate", out, out="clips", backend="storyboard", taxonomy=taxonomy))


def _tell_questions(config: DescribeConfig, prices: Prices | None, as_json: bool) -> None:
    """A dry run with a chat model: the first question, how many there are, and what they would cost."""
    from svta.builder.taxonomy import load_taxonomy
    from svta.generation.captions.chat_author import PROMPTS_AT_A_TIME, TOKENS_A_PROMPT, first_requests, load_templates
    from svta.generation.chat.messages import estimate

    taxonomy = load_taxonomy(config.taxonomy)
    categories = [taxonomy[name].name for name in config.categories or taxonomy.names]
    requests = first_requests(categories, config.per_category, load_templates(config.template), taxonomy, config.seed)
    asks = -(-config.per_category // PROMPTS_AT_A_TIME)
    usage = estimate(requests * asks, min(PROMPTS_AT_A_TIME, config.per_category) * TOKENS_A_PROMPT)
    tell_questions(requests, usage, prices, as_json)
