"""`svta push`: a dataset folder to the Hub, verified before and after; captions that may not be published stay here."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from svta.cli.options import AsJson, License, Threads, spdx_or_error

if TYPE_CHECKING:
    from svta.builder.hub.push import PushReport

MAX_DIFF_LINES = 40
_MAX_TERMS = 5  # licences that a message names
_RIGHTS = "what you may publish is published with --i-have-rights WORDS"


def command(
    dataset: Annotated[Path, typer.Argument(help="A dataset folder made by `svta pack`.")],
    repo_id: Annotated[str, typer.Argument(help="The Hub repo: NAMESPACE/NAME.")],
    private: Annotated[bool, typer.Option("--private", help="Make the repo private.")] = False,
    revision: Annotated[str | None, typer.Option(help="The branch to push to; created if missing.")] = None,
    create_pr: Annotated[bool, typer.Option("--create-pr", help="Open a pull request instead.")] = False,
    tag: Annotated[str | None, typer.Option(help="Tag the commit, e.g. v1.0.")] = None,
    dehydrate: Annotated[
        bool, typer.Option("--dehydrate", help="Withhold all captions; publish hashes instead.")
    ] = False,
    i_have_rights: Annotated[
        str | None, typer.Option(help="Publish withheld captions and clips; the card prints your words.")
    ] = None,
    license: License = None,
    results: Annotated[
        list[Path] | None, typer.Option(help="An evaluation of this dataset (`svta eval --out`) for the card's table.")
    ] = None,
    threads: Threads = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be pushed; send nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Publish a dataset. The same command again sends only what is missing. Exit 1 if the folder is damaged.

    Edits of the repo's card are kept, and changes to it are printed.

    Captions whose sources do not allow publishing them go out as hashes (`svta pull --source` puts them back); clips
    whose videos may not be published are left out.

    Example: svta push svta-dataset me/svta --private --tag v1.0
    """
    from svta.builder.errors import quantity
    from svta.builder.hub.push import LICENCE_HINT, DamagedDataset, PushConfig, push
    from svta.cli.app import CheckFailed
    from svta.cli.console import emit, note, progress, quiet_hub

    quiet_hub()
    runs = tuple(_run(dataset, folder) for folder in results or ())
    license = spdx_or_error(license)
    if not (dehydrate or i_have_rights) and dataset.is_dir():
        license = _ask_licence(dataset, license, may_ask=not (dry_run or as_json), only_tell=dry_run)
    config = PushConfig(private, revision, create_pr, tag, dehydrate, i_have_rights, license, runs, _declared(dataset))
    try:
        with progress("holding captions back") as on_shard:
            report = push(dataset, repo_id, config, dry_run=dry_run, workers=threads, on_shard=on_shard)
    except DamagedDataset as error:
        for finding in error.findings[:20]:
            note(str(finding))
        raise CheckFailed(str(error)) from None
    if not report.clips:  # a dry run; a push has raised this already
        raise CheckFailed(f"{dataset}: no clip is left: {_left_out(report)}; {LICENCE_HINT}")
    state = "would push" if dry_run else "pushed"
    lines = [f"{state} {_summary(report)} -> {repo_id}" + ("" if report.news else ": all of it was there already")]
    if report.withheld:
        why = "as --dehydrate says" if dehydrate else _why_withheld(report.withheld, report.copies)
        lines.append(f"{quantity(report.withheld, 'caption')} withheld: {why}")
    lines += _changes(report)
    if not dry_run:
        lines.append(f"checked file by file at commit {report.commit}" + (f", tag {tag}" if tag else ""))
        lines.append(str(report.pull_request or report.url))
    emit({"state": state, **report.__dict__}, as_json=as_json, text="\n".join(lines))


def _summary(report: PushReport) -> str:
    from svta.builder.errors import quantity

    return f"{quantity(report.clips, 'clip')} in {quantity(report.files, 'file')}, {report.num_bytes / 1e6:,.1f} MB"


def _left_out(report: PushReport) -> str:
    return ", ".join(f"{count:,} {reason}" for reason, count in report.left_out.items())


def _changes(report: PushReport) -> list[str]:
    """Lines on what of the dataset does not go out, and on what becomes another on the repo's card."""
    lines = []
    if report.left_out:
        lines.append(f"clips left out: {_left_out(report)}; listed in the repo's rejected.jsonl; {_RIGHTS}")
    if report.card:
        lines += ["the repo's card changes:", *report.card[:MAX_DIFF_LINES]]
    if len(report.card) > MAX_DIFF_LINES:
        lines.append(f"... and {len(report.card) - MAX_DIFF_LINES:,} more lines")
    return lines


def _why_withheld(withheld: int, copies: int) -> str:
    from svta.builder.errors import quantity

    sources = "their sources do not allow publishing them"
    if not copies:
        return sources
    repeat = f"{quantity(copies, 'caption')} that may be published but {'repeat' if copies > 1 else 'repeats'}"
    repeat += " most words of one that may not"
    return repeat if copies == withheld else f"{sources}; {repeat}"


def _declared(dataset: Path) -> str | None:
    """The project's licence, which its makers give their footage too."""
    from svta.builder.project.find import find_project

    return find_project(dataset).project.license


def _ask_licence(dataset: Path, license: str | None, *, may_ask: bool, only_tell: bool) -> str | None:
    """Say which captions would be withheld, before anything is; of those without a licence ask for one, once.

    Raises DatasetError if there is no terminal to ask on.
    """
    from svta.builder.errors import DatasetError, quantity
    from svta.builder.hub.unlicensed import unpublishable_captions
    from svta.builder.layout.detect import detect_kind
    from svta.cli.console import note

    try:
        if detect_kind(dataset) != "dataset":  # push says what it is
            return license
        stake = unpublishable_captions(dataset, license)
    except DatasetError:  # damaged: push verifies before anything else, and names what it finds
        return license
    if stake.forbidden:
        names = ", ".join(f"{name} {count:,}" for name, count in stake.forbidden.items())
        terms = ", ".join(f"{name[:40]!r} {count:,}" for name, count in stake.terms.most_common(_MAX_TERMS))
        held = quantity(stake.forbidden.total(), "caption", "is")
        note(
            f"{held} withheld: as far as svta knows, their licence does not allow publishing them ({names}: {terms}); "
            f"{_RIGHTS}"
        )
    if not stake.unknown:
        return license
    names = ", ".join(f"{name} {count:,}" for name, count in stake.unknown.items())
    says = f"{quantity(stake.unknown.total(), 'caption', 'has')} no licence that svta knows ({names})"
    how = (
        "if you may publish them, give it with --license CC-BY-4.0 (or another SPDX name), in a license column of "
        "their table, or as caption_license in svta.yaml; --dehydrate publishes hashes in their place"
    )
    if only_tell:
        note(f"{says}: {how}")
    elif may_ask and sys.stdin.isatty() and sys.stderr.isatty():
        answer = typer.prompt(
            f"{says}.\nIf you may publish them, type their licence (CC-BY-4.0, CC0-1.0, ...); "
            "press Enter to publish hashes instead",
            default="", show_default=False, err=True,
        )  # fmt: skip
        return spdx_or_error(answer.strip() or None)
    else:
        raise DatasetError(f"{says}; {how}; nothing is pushed")
    return license


def _run(dataset: Path, folder: Path) -> dict[str, object]:
    """An evaluation as the card shows it; an error where it was measured on other clips."""
    from svta.builder.dataset.clip_dataset import open_dataset
    from svta.eval.metrics.figures import ResultsError
    from svta.eval.metrics.retrieval import COLUMNS, WAYS
    from svta.eval.retrieval.results_folder import read_results

    run = read_results(folder)
    split = str(run.config.split)
    if run.config.dataset != open_dataset(dataset, split).fingerprint:
        raise ResultsError(f"{folder}: was measured on other clips than {dataset} contains; run `svta eval` on it")
    figures: dict[str, object] = {way: {name: run.metrics.of(way).get(name) for name in COLUMNS} for way in WAYS}
    return {
        "model": run.name,
        "split": split,
        "clips": run.metrics.gallery,
        "ties": run.metrics.ties,
        **figures,
    }
