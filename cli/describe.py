"""`svta describe`: captions from public sources, the grammar or a chat model, screened, with a reason for every reject.

svta describe --source ucfcrime-ar=ucf_crime_test.xlsx --out descriptions.jsonl
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from .app import CheckFailed
from .console import emit, note, track


def command(
    source: Annotated[
        list[str] | None, typer.Option(help="NAME=FILE: ucfcrime-ar, uca, oops, table (any CSV, JSONL, XLSX ...), hub.")
    ] = None,
    grammar: Annotated[int, typer.Option(help="Write N captions offline, evenly over the categories.")] = 0,
    category: Annotated[list[str] | None, typer.Option(help="Only these categories (with --grammar).")] = None,
    out: Annotated[Path, typer.Option(help="Descriptions; rejects go beside it.")] = Path("descriptions.jsonl"),
    columns: Annotated[list[str] | None, typer.Option(help="FIELD=COLUMN of a table, e.g. caption=Text.")] = None,
    dedup: Annotated[bool, typer.Option("--dedup", help="Reject rows that repeat an earlier caption.")] = False,
    near: Annotated[float | None, typer.Option(help="With --dedup: also rows this alike, 0 to 1.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the grammar.")] = 0,
    taxonomy: Annotated[Path | None, typer.Option(help="Your own taxonomy.json.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Read the first N rows only.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, write nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Nothing but JSON on stdout.")] = False,
) -> None:
    """Gather captions and refuse what is none: descriptions.jsonl + descriptions.rejected.jsonl.

    Example: svta describe --source uca=UCFCrime_Test.json --source ucfcrime-ar=ucf_crime_test.xlsx --dedup
    """
    from svta.generation.describe import DescribeConfig, DescribeError, describe, rejected_path

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
        limit=limit,
        taxonomy=str(taxonomy) if taxonomy else None,
    )
    report = describe(config, None if dry_run else out, track=lambda clips: track(clips, total=None, label="captions"))
    result = asdict(report) | {"out": None if dry_run else str(out)}
    lines = [f"{n:>9,}  read from {name}" for name, n in report.rows.items()]
    lines += [f"{report.normal:>9,}  normal, {report.anomaly:,} anomaly, {report.unlabelled:,} without either"]
    lines += [f"{report.kept:>9,}  kept" + ("" if dry_run else f" in {out}")]
    lines += [f"{n:>9,}  rejected: {reason}" for reason, n in report.rejected.items()]
    lines += [f"{n:>9,}  flagged: {flag}" for flag, n in report.flags.items()]
    if report.rejected and not dry_run:
        lines += [f"           every reject with its reason: {rejected_path(out)}"]
    emit(result, as_json=as_json, text="\n".join(lines))
    if not report.kept:
        raise CheckFailed("not one caption was kept; the reasons stand above")
    if not dry_run and not as_json:
        note(f"next: svta generate {out} --out clips/ --backend storyboard")
