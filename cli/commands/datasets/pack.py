"""`svta pack`: finished clips in, a dataset folder out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from svta.cli.options import AsJson, OwnTaxonomy, Threads, options_from
from svta.cli.outputs import FOLDER, writes

if TYPE_CHECKING:
    from svta.builder.packing.config import PackConfig
    from svta.builder.packing.pack import PackReport

MANY_UNGROUPED = 1_000  # clips without the name of a source video
_NOT_CLIPS = {
    "missing": "no such folder",
    "file": "is a file, not a clips folder",
    "tar": "is a file, not a clips folder",
    "dataset": "is a packed dataset already",
}


def _pack_config(
    splits: Annotated[
        str | None, typer.Option(help="Ratios, `source`, or a file of key,split; default 7:1:2, or the dataset's.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the splits.")] = None,
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
    note: Annotated[
        str | None, typer.Option("--note", help="Text for these clips in the card's list of versions.")
    ] = None,
    taxonomy: OwnTaxonomy = None,
    partial: Annotated[bool, typer.Option("--partial", help="Pack even if units are missing.")] = False,
) -> PackConfig:
    options = locals()
    from svta.builder.packing.config import PackConfig, parse_size

    return PackConfig(**options | {"shard_size": None if shard_size is None else parse_size(shard_size)})


@writes(out=FOLDER)
@options_from(config=_pack_config)
def command(
    clips: Annotated[Path, typer.Argument(help="A clips folder made by `svta generate` or `svta import`.")],
    out: Annotated[Path, typer.Option("--out", help="The dataset folder to write.")],
    append: Annotated[bool, typer.Option("--append", help="Add to the finished dataset at --out.")] = False,
    *,
    config: PackConfig,
    threads: Threads = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be packed; write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Pack finished clips into a dataset: tars, clips.parquet, card, checksums. A killed run resumes.

    With --append, options not given are taken from the dataset: small videos, multiples, splits, names.

    Example: svta pack clips/ --out svta-dataset --splits 7:1:2
    """
    from svta.builder.errors import DatasetError
    from svta.builder.layout.detect import detect_kind
    from svta.builder.packing.pack import pack
    from svta.builder.project.find import find_project
    from svta.cli.app import CheckFailed
    from svta.cli.console import emit, progress, tell_loss

    config = replace(config, project=find_project(clips).project)
    if (kind := detect_kind(clips)) in _NOT_CLIPS:
        raise DatasetError(f"{clips}: {_NOT_CLIPS[kind]}; make clips with `svta generate` or `svta import`")
    with progress("packing shards") as on_shard:
        report = pack(clips, out, config, append=append, workers=threads, dry_run=dry_run, on_shard=on_shard)
    _tell_changed(report)
    if not report.clips:
        raise CheckFailed(f"{clips}: nothing was kept ({_reasons(report) or 'no clips'}); nothing was written")
    state = "already packed" if report.done else "would pack" if dry_run else "packed"
    _tell(report, out, config)
    text = _text(report, state, out, config.taxonomy, dry_run)
    emit({"state": state, **report.__dict__}, as_json=as_json, text=text)
    lost = sum(count for reason, count in report.reasons.items() if reason != "duplicate_key")  # those are in it
    tell_loss(report.clips, lost, "the list above" if dry_run else out / "rejected.jsonl", "clips")


def _tell_changed(report: PackReport) -> None:
    from svta.cli.console import note

    if changed := report.recategorised:
        what = f"{changed:,} of the clips are in the dataset already, in another category"
        note(f"{what}; --append changes no clip that is there: pack all of them into a new folder")


def _tell(report: PackReport, out: Path, config: PackConfig) -> None:
    """What of the clips, and of their dataset's name, may not be as it was meant."""
    from svta.builder.layout.manifest import read_build
    from svta.builder.paths import BUILD, TAXONOMY
    from svta.builder.project.find import packed_project
    from svta.builder.taxonomy import load_taxonomy
    from svta.cli.console import note

    if not report.groups and report.groups is not None and report.clips >= MANY_UNGROUPED:
        what = "no clip names its source video (group): captions of one video may come into train and test"
        note(f"{report.clips:,} captions and no group: {what}; read them with --columns video=NAME")
    if unknown := report.unknown_splits:
        words = ", ".join(f"{word[:40]!r} ({count:,})" for word, count in list(unknown.items())[:8])
        note(f"source_split {words}: not train, validation or test; these clips are placed by the ratios")
    if report.repeated:
        note(f"{report.repeated:,} of the new clips have captions that the dataset has already; are they packed twice?")
    if not (out / BUILD).is_file():
        return
    build, project = read_build(out), config.project
    packed = packed_project(build)
    if project.is_given and project.name != packed.name:
        note(f"{out} keeps the name {packed.name}, which its shards have; a new --out gets {project.name}")
    elif not packed.is_given and len(build["inputs"]) == 1 and not load_taxonomy(out / TAXONOMY).is_built_in:
        note("no svta.yaml names this dataset, so its shards are called svta-...: `svta init NAME`, then a new --out")


def _text(report: PackReport, state: str, out: Path, taxonomy: Path | None, dry_run: bool) -> str:
    from svta.builder.errors import quantity
    from svta.cli.console import command_line, own_taxonomy_hint

    counts = ", ".join(f"{split} {count:,}" for split, count in report.splits.items())
    size = f"{quantity(report.shards, 'shard')}, {report.num_bytes / 1e6:,.1f} MB"
    lines = [f"{state} {quantity(report.clips, 'clip')} ({counts}) in {size}" + ("" if dry_run else f" -> {out}")]
    if report.groups is not None:
        stay = ": each stays in one split"
        if torn := report.torn_groups:
            stay = f"; {len(torn):,} in several splits, as --splits places them: {', '.join(torn)[:200]}"
        lines.append(f"groups {report.groups:,} (of one source video, or of captions that say the same){stay}")
    if report.rejected:
        where = "" if dry_run else f"; listed in {out}/rejected.jsonl"
        lines.append(f"rejected {report.rejected:,}: {_reasons(report)}{where}")
    lines += own_taxonomy_hint(report.reasons.get("unknown_category"), taxonomy)
    return "\n".join(lines if dry_run else [*lines, "next: " + command_line("verify", out)])


def _reasons(report: PackReport) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in report.reasons.items())
