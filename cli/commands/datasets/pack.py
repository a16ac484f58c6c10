"""`svta pack`: finished clips in, a dataset folder out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from svta.cli.options import AsJson, OwnTaxonomy, Threads

MANY_UNGROUPED = 1_000  # clips, none of which names its source video
_NOT_CLIPS = {
    "missing": "no such folder",
    "file": "is a file, no clips folder",
    "tar": "is a file, no clips folder",
    "dataset": "is a packed dataset already",
}


def command(
    clips: Annotated[Path, typer.Argument(help="A clips folder made by `svta generate` or `svta import`.")],
    out: Annotated[Path, typer.Option("--out", help="The dataset folder to write.")],
    splits: Annotated[
        str | None, typer.Option(help="Ratios, `source`, or a file of key,split; default 7:1:2, or the dataset's.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the splits.")] = None,
    append: Annotated[bool, typer.Option("--append", help="Add to the finished dataset at --out.")] = False,
    proxy: Annotated[
        int | None, typer.Option(help="Add small videos with this short side in pixels, e.g. 256.")
    ] = None,
    shard_size: Annotated[
        str | None, typer.Option(help="Maximum size of a shard, at most 256MB (the default).")
    ] = None,
    shard_multiple: Annotated[
        int | None,
        typer.Option(help="The number of shards per split is a multiple of this; default 8, or the dataset's."),
    ] = None,
    note_text: Annotated[
        str | None, typer.Option("--note", help="Text for these clips in the card's list of versions.")
    ] = None,
    taxonomy: OwnTaxonomy = None,
    partial: Annotated[bool, typer.Option("--partial", help="Pack even if units are missing.")] = False,
    threads: Threads = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be packed; write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Pack finished clips into a dataset: tars, clips.parquet, card, checksums. A killed run resumes.

    With --append, options not given are taken from the dataset: small videos, multiples, splits, names.

    Example: svta pack clips/ --out svta-dataset --splits 7:1:2
    """
    from svta.builder.errors import DatasetError, quantity
    from svta.builder.layout.detect import detect_kind
    from svta.builder.packing.config import PackConfig, parse_size
    from svta.builder.packing.pack import pack
    from svta.builder.project.find import find_project
    from svta.cli.app import CheckFailed
    from svta.cli.console import command_line, emit, note, own_taxonomy_hint, progress, tell_loss

    config = PackConfig(
        splits=splits,
        seed=seed,
        shard_size=None if shard_size is None else parse_size(shard_size),
        shard_multiple=shard_multiple,
        proxy=proxy,
        taxonomy=taxonomy,
        partial=partial,
        project=find_project(clips).project,
        note=note_text,
    )
    if (kind := detect_kind(clips)) in _NOT_CLIPS:
        raise DatasetError(f"{clips}: {_NOT_CLIPS[kind]}; make clips with `svta generate` or `svta import`")
    with progress("packing shards") as on_shard:
        report = pack(clips, out, config, append=append, workers=threads, dry_run=dry_run, on_shard=on_shard)
    reasons = ", ".join(f"{count} {reason}" for reason, count in report.reasons.items())
    if not report.clips:
        raise CheckFailed(f"{clips}: nothing was kept ({reasons or 'no clips'}); nothing was written")
    if report.done:
        state = "already packed"
    else:
        state = "would pack" if dry_run else "packed"
    counts = ", ".join(f"{split} {count:,}" for split, count in report.splits.items())
    size = f"{quantity(report.shards, 'shard')}, {report.num_bytes / 1e6:,.1f} MB"
    text = f"{state} {quantity(report.clips, 'clip')} ({counts}) in {size}"
    text += f" -> {out}" if not dry_run else ""
    if report.groups is not None:
        text += f"\ngroups {report.groups:,}: clips of one source video, which stay in one split"
    if report.rejected:
        text += f"\nrejected {report.rejected:,}: {reasons}" + ("" if dry_run else f"; listed in {out}/rejected.jsonl")
    text = "\n".join([text, *own_taxonomy_hint(report.reasons.get("unknown_category"), taxonomy)])
    if not report.groups and report.groups is not None and report.clips >= MANY_UNGROUPED:
        what = "no clip names its source video (group): captions of one video may come into train and test"
        note(f"{report.clips:,} captions and no group: {what}; read them with --columns video=NAME")
    if not dry_run:
        text += "\nnext: " + command_line("verify", out)
    emit({"state": state, **report.__dict__}, as_json=as_json, text=text)
    lost = sum(count for reason, count in report.reasons.items() if reason != "duplicate_key")  # those are in it
    tell_loss(report.clips, lost, "the list above" if dry_run else out / "rejected.jsonl")
