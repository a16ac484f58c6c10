"""`svta review`: descriptions to a page for a person and back, and a balance report of them.

svta review export annotated.jsonl --out review.html
svta review apply decisions.jsonl --descriptions annotated.jsonl --out reviewed.jsonl
svta review balance reviewed.jsonl --test ucfcrime-ar=ucf_crime_test.xlsx
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from svta.cli.app import CheckFailed
from svta.cli.console import command_line, emit, note
from svta.cli.options import AsJson
from svta.cli.outputs import writes

if TYPE_CHECKING:
    from svta.builder.record import Clip
    from svta.builder.taxonomy import Taxonomy


app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None)

OwnTaxonomy = Annotated[
    Path | None, typer.Option(help="Your own taxonomy.json; default: the one beside the descriptions.")
]


@app.callback()
def _top() -> None:
    """Review by a person: export a page, apply the decisions, check the balance.

    Example: svta review export annotated.jsonl --out review.html
    """


@app.command("export")
@writes(out=())
def export(
    descriptions: Annotated[Path, typer.Argument(help="The descriptions file of `svta annotate` (or describe).")],
    out: Annotated[Path, typer.Option(help="The page.")] = Path("review.html"),
    taxonomy: OwnTaxonomy = None,
    as_json: AsJson = False,
) -> None:
    """Write one static page (file://, keyboard control) to review descriptions without videos.

    Example: svta review export annotated.jsonl --out review.html
    """
    from svta.builder.io.files import write_text
    from svta.builder.layout.guards import check_output
    from svta.eval.gallery.descriptions import Proposal, review_page
    from svta.generation.annotation.labels import read_labels

    check_output(out, kind="file")
    clips, table = _read(descriptions, taxonomy)
    labels, groups = read_labels(descriptions)
    names: dict[int | None, str] = {group.cluster: group.name for group in groups}
    proposals = {
        key: Proposal(one.by, one.confidence, one.proposal, names.get(one.cluster)) for key, one in labels.items()
    }
    write_text(out, review_page(clips, table, proposals, f"Review of {descriptions.name}"))
    open_rows = sum(clip.category is None for clip in clips)
    result = {"clips": len(clips), "to_review": open_rows, "out": str(out)}
    emit(result, as_json=as_json, text=f"{len(clips):,} descriptions, {open_rows:,} without a category, in {out}")
    if not as_json:
        then = command_line("review", "apply", "decisions.jsonl", descriptions=descriptions)
        note(f"open it in a browser; then: {then}")


@app.command("apply")
@writes(out=(".rejected.jsonl", ".taxonomy.json"))
def apply(
    decisions: Annotated[Path, typer.Argument(help="The decisions.jsonl that the page saved.")],
    descriptions: Annotated[Path, typer.Option(help="The descriptions that were reviewed.")] = Path("annotated.jsonl"),
    out: Annotated[
        Path, typer.Option(help="The reviewed descriptions; taxonomy, rejected rows and decisions go beside it.")
    ] = Path("reviewed.jsonl"),
    taxonomy: OwnTaxonomy = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and count; write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Accept, merge, rename, move and drop as decided on a page; applying twice changes nothing.

    Example: svta review apply decisions.jsonl --descriptions annotated.jsonl
    """
    from svta.builder.io.json_text import read_jsonl
    from svta.builder.layout.guards import check_output
    from svta.generation.annotation.review import apply_decisions, read_decisions, summary, write_reviewed
    from svta.generation.captions.describe import rejected_path

    check_output(out, kind="file")
    clips, table = _read(descriptions, taxonomy)
    before = rejected_path(descriptions)
    dropped = [row for _, row in read_jsonl(before)] if before.is_file() else []
    wanted = read_decisions(decisions)
    reviewed = apply_decisions(clips, table, wanted, dropped)
    if not dry_run:
        write_reviewed(out, reviewed, wanted)
    result = summary(reviewed, wanted) | {"out": None if dry_run else str(out)}
    text = (
        f"{result['clips']:,} descriptions kept, {result['changed']:,} changed, {result['dropped']:,} rejected in all"
    )
    emit(result, as_json=as_json, text=text)
    if not reviewed.clips:
        raise CheckFailed("every description was dropped")
    if not dry_run and not as_json:
        note("next: " + command_line("plan", out))


@app.command("balance")
@writes(default=lambda values: _balance_files(values["descriptions"]))
def balance(
    descriptions: Annotated[Path, typer.Argument(help="The descriptions file of `svta describe`, annotate or review.")],
    test: Annotated[list[str] | None, typer.Option(help="NAME=FILE of test captions that must not leak.")] = None,
    taxonomy: OwnTaxonomy = None,
    as_json: AsJson = False,
) -> None:
    """Count categories, sources, lengths, duplicates and leaks: NAME.balance.json and NAME.balance.html.

    Example: svta review balance descriptions.jsonl --test uca=UCFCrime_Test.json
    """
    from svta.builder.io.files import write_json, write_text
    from svta.builder.layout.guards import check_output
    from svta.builder.project.find import find_project
    from svta.builder.sources.registry import open_source, read_records
    from svta.builder.taxonomy import load_taxonomy
    from svta.generation.annotation.balance import balance as count
    from svta.generation.annotation.balance import page

    check_output(descriptions)  # the balance is written beside them
    clips, table = _read(descriptions, taxonomy)
    rejects: list[dict[str, object]] = []
    held_out: list[Clip] = []
    for text in test or []:
        records = read_records(open_source(text), on_reject=rejects.append, taxonomy=table)
        held_out += [record.clip for record in records]
    is_svta = table == load_taxonomy() and not find_project(descriptions).project.is_given
    found = count(clips, held_out, with_paper=is_svta)  # nobody else's captions are like the paper's
    found["leaks"]["unreadable_test_rows"] = len(rejects)
    as_table, as_page = _balance_files(descriptions)
    write_json(as_table, found)
    write_text(as_page, page(found, f"Balance of {descriptions.name}"))
    ratio = found["anomaly_to_normal"]
    lines = [
        f"{found['clips']:>9,}  captions: {found['anomaly']:,} anomaly, {found['normal']:,} normal"
        + (f", ratio {ratio:.2f}" if ratio else "")
        + (f" (paper {found['paper_anomaly_to_normal']:.2f})" if ratio and is_svta else ""),
        f"{found['duplicates']['both']['repeats']:>9,}  repeat an earlier one",
        f"{found['leaks']['leaking']:>9,}  of {found['leaks']['test_captions']:,} test captions leak",
        f"           {as_page}",
    ]
    emit(found, as_json=as_json, text="\n".join(lines))


def _balance_files(descriptions: Path) -> list[Path]:
    return [descriptions.with_name(f"{descriptions.stem}.balance.{ending}") for ending in ("json", "html")]


def _read(descriptions: Path, taxonomy: Path | None) -> tuple[list[Clip], Taxonomy]:
    from svta.builder.taxonomy import load_taxonomy, taxonomy_file
    from svta.generation.annotation.review import ReviewError
    from svta.generation.planning.descriptions import read_descriptions

    table = load_taxonomy(taxonomy_file(taxonomy, descriptions))
    clips, rejects = read_descriptions(descriptions)
    if rejects:
        raise ReviewError(f"{rejects[0]['detail']} ({len(rejects)} such rows); `svta describe` sorts them out")
    return clips, table
