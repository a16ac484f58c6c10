"""`svta import`: videos you have, with their captions, into a clips folder.

svta import --videos DIR --annotations FILE --out clips/
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from svta.cli.app import CheckFailed
from svta.cli.console import columns_told, emit, own_taxonomy_hint, pack_command, progress, tell_loss
from svta.cli.options import AsJson, Columns, License, OwnTaxonomy, Threads, spdx_or_error

if TYPE_CHECKING:
    from svta.builder.ingest.convert import ImportReport
    from svta.builder.ingest.plan import ImportConfig, ImportPlan


def command(
    videos: Annotated[Path, typer.Option(help="The folder below which every video lies.")],
    annotations: Annotated[
        str | None,
        typer.Option(help="FILE or NAME=FILE: CSV, JSON, XLSX, TXT ...; default: found in --videos by content."),
    ] = None,
    out: Annotated[Path, typer.Option(help="The clips folder.")] = Path("clips"),
    columns: Columns = None,
    source_name: Annotated[str, typer.Option(help="What to call the source of rows that name none.")] = "import",
    license: License = None,
    synthetic: Annotated[bool, typer.Option("--synthetic", help="These videos were made by an algorithm.")] = False,
    keep_audio: Annotated[bool, typer.Option("--keep-audio", help="Keep sound that mp4 can hold.")] = False,
    max_seconds: Annotated[float | None, typer.Option(help="Reject rows of longer spans than this.")] = None,
    precise: Annotated[bool, typer.Option("--precise", help="Encode every clip that is cut, never copy.")] = False,
    frames: Annotated[
        int | None, typer.Option(min=1, help="Frames of every clip, from the middle of its span.")
    ] = None,
    fps: Annotated[float | None, typer.Option(help="Frames a second of every clip.")] = None,
    size: Annotated[str | None, typer.Option(help="WIDTHxHEIGHT of every clip, filled and cropped.")] = None,
    keep_minor_violence: Annotated[
        bool, typer.Option("--keep-minor-violence", help="Keep clips of violence with a minor, flagged minor_violence.")
    ] = False,
    keep_repeats: Annotated[
        bool, typer.Option("--keep-repeats", help="Keep rows that repeat another in every column.")
    ] = False,
    follow_links: Annotated[
        bool, typer.Option("--follow-links", help="Also take videos that symbolic links in --videos lead to.")
    ] = False,
    taxonomy: OwnTaxonomy = None,
    replace: Annotated[bool, typer.Option("--replace", help="Make --out anew if it holds other clips.")] = False,
    threads: Threads = None,
    limit: Annotated[int | None, typer.Option(min=1, help="The first N rows only.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the rows, open no video, write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring your own videos: good ones in, odd ones flagged, broken or captionless ones refused with a reason.

    Rows with start and end are cut: one clip a row, and each video is decoded once for all of them. H.264, HEVC, AV1
    and VP9 keep their stream, where a cut falls on a key frame too; everything else is encoded as H.264. A killed run
    goes on.

    Example: svta import --videos raw/ --annotations captions.csv --out clips/
    Example: svta import --videos UCF_Crimes/ --annotations UCFCrime_Train.json
    """
    from svta.builder.ingest.convert import run_import
    from svta.builder.ingest.plan import ImportConfig, parse_size
    from svta.builder.layout.guards import check_output
    from svta.builder.sources.columns import parse_columns

    check_output(out, kind="folder")
    config = ImportConfig(
        columns=parse_columns(None, None, columns), source=source_name,
        license=spdx_or_error(license), synthetic=synthetic,
        keep_audio=keep_audio, keep_repeats=keep_repeats, keep_minor_violence=keep_minor_violence,
        max_seconds=max_seconds, precise=precise,
        num_frames=frames, fps=fps, size=None if size is None else parse_size(size),
    )  # fmt: skip
    plan = _plan(videos, annotations, config, taxonomy, follow_links, limit)
    if dry_run:
        reasons = dict(Counter(str(reject["reason"]) for reject in plan.refused))
        result = {"importable": len(plan.items), "rejected": len(plan.refused), "reasons": reasons}
        lines = [*columns_told(plan.columns, len(plan.items) + len(plan.refused))]
        lines += [f"{len(plan.items):>7,}  can be imported", f"{len(plan.refused):>7,}  rejected{_listed(reasons)}"]
        lines += [f"         {row.get('place', '')}: {row['reason']}: {row['detail']}" for row in plan.refused[:20]]
        lines += own_taxonomy_hint(reasons.get("unknown_category"), taxonomy)
        text = "\n".join([*lines, "         nothing was written"])
        emit(result | {"units": plan.num_units, "dry_run": True}, as_json=as_json, text=text)
        if not plan.items:
            raise CheckFailed(f"{videos}: nothing can be imported; the reasons stand above")
        tell_loss(len(plan.items), len(plan.refused), "the list above")
        return
    with progress("importing videos") as on_unit:
        report = run_import(plan, videos, out, config, workers=threads, replace=replace, on_unit=on_unit)
    _emit(report, plan, out, taxonomy, as_json)
    if not report.kept:
        raise CheckFailed(f"{videos}: nothing was kept; {out}/rejected.jsonl says why; mend that and run it again")
    tell_loss(report.kept, report.rejected, out / "rejected.jsonl")


def _plan(
    videos: Path,
    annotations: str | None,
    config: ImportConfig,
    own_taxonomy: Path | None,
    follow_links: bool,
    limit: int | None,
) -> ImportPlan:
    """What the annotations, or the caption files among the videos, let in."""
    from svta.builder.ingest.discover import find_annotations
    from svta.builder.ingest.plan import ImportingError, plan_import
    from svta.builder.ingest.video_names import VideoFolder
    from svta.builder.sources.registry import open_source
    from svta.builder.taxonomy import load_taxonomy

    if not videos.is_dir():
        raise ImportingError(f"{videos}: {'is a file' if videos.exists() else 'no such folder'}; --videos is a folder")
    if annotations is not None and Path(annotations).is_dir():
        raise ImportingError(f"{annotations}: is a folder; name the caption file, or leave --annotations out")
    taxonomy = load_taxonomy(own_taxonomy)
    folder, repeats = VideoFolder(videos, follow_links=follow_links), config.keep_repeats
    if annotations is None:
        return plan_import(
            folder, find_annotations(folder, taxonomy, config.columns, keep_repeats=repeats), config, taxonomy, limit
        )
    source = open_source(annotations, config.columns, is_video=folder.is_video, keep_repeats=repeats)
    return plan_import(folder, source, config, taxonomy, limit)


def _emit(report: ImportReport, plan: ImportPlan, out: Path, taxonomy: Path | None, as_json: bool) -> None:
    lines = columns_told(plan.columns, report.kept + report.rejected)
    lines += [f"{report.kept:>7,}  kept in {out}" + _listed(report.flags)]
    lines += [f"{report.rejected:>7,}  rejected" + _listed(report.reasons)]
    if report.rejected:
        lines += [f"         each with its reason in {out}/rejected.jsonl"]
    lines += own_taxonomy_hint(report.reasons.get("unknown_category"), taxonomy)
    if report.kept:
        lines += ["next: " + pack_command(out)]
    emit(asdict(report) | {"columns": plan.columns, "out": str(out)}, as_json=as_json, text="\n".join(lines))


def _listed(counts: dict[str, int]) -> str:
    return ": " + ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) if counts else ""
