"""`svta info`: what is installed, what a dataset folder holds, the categories, the storyboard contact sheet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from svta.cli.options import AsJson
from svta.cli.outputs import writes

if TYPE_CHECKING:
    from svta.builder.taxonomy import Taxonomy


@writes(sheet=(), storyboard_sheet=())
def command(
    path: Annotated[str | None, typer.Argument(help="A dataset folder, Hub repo, clips folder, tar or mp4.")] = None,
    categories: Annotated[
        bool,
        typer.Option(
            "--categories", help="List the categories of PATH (or the 98 built-in ones) and their rules on minors."
        ),
    ] = False,
    storyboard_sheet: Annotated[
        Path | None, typer.Option(help="Write a PNG with one strip of drawn frames per category.")
    ] = None,
    vocabulary: Annotated[
        bool, typer.Option("--vocabulary", help="List every kind, prop, place and verb that the storyboard draws.")
    ] = False,
    lexicon: Annotated[Path | None, typer.Option(help="With --vocabulary: your own words as YAML.")] = None,
    sheet: Annotated[
        Path | None,
        typer.Option(help="Write a contact sheet of PATH's clips (PNG), by category, lowest fidelity first."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the installation, the contents of a dataset or other place, the categories, or what is drawn.

    Example: svta info ./svta
    Example: svta info ./svta --categories
    """
    from svta.builder.project.find import find_project
    from svta.cli.console import emit, plain
    from svta.cli.installation import read_installation

    if storyboard_sheet is not None:
        from svta.builder.layout.guards import check_output
        from svta.generation.storyboard.rendering.contact_sheet import storyboard_sheet as draw_sheet

        check_output(storyboard_sheet, kind="file")
        draw_sheet(storyboard_sheet)
        emit({"storyboard_sheet": str(storyboard_sheet)}, as_json=as_json)
    elif sheet is not None:
        _draw_clips(path, sheet, as_json)
    elif vocabulary:
        _show_vocabulary(lexicon, as_json)
    elif categories:
        _show_categories(path, as_json)
    else:
        if path is None:
            installation = read_installation()
            result, lines = installation.as_dict(), installation.lines()
        else:
            result = _place(path)
            lines = [f"{name}: {plain(value)}" for name, value in result.items()]
        found = find_project(*([path] if path is not None else []))
        if found.path is not None:
            values = found.origins()
            lines += [f"project: {found.path}"]
            lines += [
                f"  {key}: {' '.join(plain(entry['value']).split())} ({entry['from']})" for key, entry in values.items()
            ]
            result |= {"project": {"file": str(found.path), "values": values}}
        emit(result, as_json=as_json, text="\n".join(lines))


def _draw_clips(place: str | None, sheet: Path, as_json: bool) -> None:
    from svta.builder.errors import DatasetError
    from svta.builder.layout.detect import detect_kind, suggest_path
    from svta.builder.layout.guards import check_output
    from svta.cli.console import emit
    from svta.generation.storyboard.rendering.clip_sheet import clips_sheet

    if place is None or detect_kind(Path(place)) not in ("dataset", "clips"):
        raise DatasetError(f"--sheet needs a clips folder or a dataset: {suggest_path(Path(place or '.'))}")
    check_output(sheet, kind="file")
    shown, there = clips_sheet(place, sheet)
    emit({"sheet": str(sheet), "clips": shown, "of": there}, as_json=as_json)


def _show_vocabulary(lexicon: Path | None, as_json: bool) -> None:
    from svta.cli.console import emit
    from svta.generation.storyboard.user_lexicon import use_lexicon
    from svta.generation.storyboard.vocabulary import vocabulary

    use_lexicon(lexicon)
    table = vocabulary()
    lines = [f"{group} ({len(names)}): {', '.join(names)}" for group, names in table.items()]
    emit(table, as_json=as_json, text="\n".join([*lines, "the words of captions that mean each: --json"]))


def _show_categories(place: str | None, as_json: bool) -> None:
    from svta.builder.taxonomy import load_taxonomy
    from svta.cli.console import emit

    taxonomy, ours = _taxonomy_of(place), set(load_taxonomy().names)
    lines = [
        f"{i:3d} {'anomaly' if c.is_anomaly else 'normal':7} "
        f"{'attested' if c.attested else 'svta' if c.name in ours else 'own':8} "
        f"{c.minor_policy:9} {c.name}: {c.definition}"
        for i, c in enumerate(taxonomy.categories)
    ]
    emit(taxonomy.model_dump(exclude_none=True), as_json=as_json, text="\n".join(lines))


def _taxonomy_of(place: str | None) -> Taxonomy:
    """The categories of a dataset, a Hub repo, a clips folder or a taxonomy.json; svta's own without any."""
    from svta.builder.hub.repo import is_repo, open_repo
    from svta.builder.layout.clips_folder import planned_taxonomy
    from svta.builder.layout.detect import dataset_of, detect_kind
    from svta.builder.paths import TAXONOMY
    from svta.builder.taxonomy import load_taxonomy

    if place is None:
        return load_taxonomy()
    path, kind = Path(place), detect_kind(Path(place))
    if kind == "missing" and is_repo(place):
        from svta.cli.console import quiet_hub

        quiet_hub()
        return load_taxonomy(open_repo(place)[0].path(TAXONOMY))
    if kind in ("clips", "parts"):
        return planned_taxonomy(path if kind == "clips" else path.parent) or load_taxonomy()
    root = path if kind == "dataset" else dataset_of(path)
    return load_taxonomy(path if root is None or path.name == TAXONOMY else root / TAXONOMY)


def _place(target: str) -> dict[str, object]:
    """What a path or a Hub repo is and holds. Raises SvtaError if that can be said in one line only."""
    from svta.builder.errors import DatasetError
    from svta.builder.hub.repo import is_repo, open_repo
    from svta.builder.layout.detect import dataset_of, detect_kind, suggest_path

    path = Path(target)
    kind = detect_kind(path)
    if kind == "missing" and is_repo(target):
        from svta.cli.console import quiet_hub

        quiet_hub()
        source, listed = open_repo(target)
        return {"kind": "Hub repo", **_dataset(source.path("clips.parquet")), "files": len(listed)}
    if kind == "dataset" and (path / "clips.parquet").exists():
        return {"kind": "dataset", **_dataset(path / "clips.parquet")}
    root = dataset_of(path)
    if kind in ("index", "inside") and root is not None:
        return {"kind": f"part of the dataset {root}", **_dataset(root / "clips.parquet")}
    if kind in ("clips", "parts"):
        return _clips_folder(path if kind == "clips" else path.parent)
    if kind == "tar":
        return _tar(path)
    if kind == "file" and path.suffix.lower() == ".mp4":
        return _video(path)
    raise DatasetError(f"{target}: {suggest_path(path)}")


def _dataset(index: Path) -> dict[str, object]:
    from collections import Counter

    from svta.builder.shards.index import read_tables

    columns = ("split", "category", "is_anomaly", "generator", "source")
    counted: dict[str, Counter[str]] = {name: Counter() for name in columns}
    clips = num_bytes = 0
    for table in read_tables(index, [*columns, "size"]):
        clips += table.num_rows
        num_bytes += sum(size or 0 for size in table["size"].to_pylist())
        for name in columns:
            counted[name].update(map(str, table[name].to_pylist()))
    most = {name: dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))) for name, found in counted.items()}
    return {
        "clips": clips,
        "splits": most["split"],
        "is_anomaly": most["is_anomaly"],
        "categories": most["category"],
        "sources": most["source"],
        "generators": most["generator"],
        "video_bytes": num_bytes,
    }


def _clips_folder(path: Path) -> dict[str, object]:
    from collections import Counter

    from svta.builder.layout.clips_folder import finished_parts, read_plan
    from svta.builder.packing.selection import read_rejected
    from svta.cli.console import pack_command

    plan, parts = read_plan(path), finished_parts(path)
    units = plan["units"] if isinstance(plan["units"], int) else len(plan["units"])
    reasons = Counter(str(row.get("reason")) for row in read_rejected(path, parts))
    again = "run the command that made it again: it resumes"
    return {
        "kind": f"clips folder, made by `svta {plan['kind']}`",
        "units": f"{len(parts)} of {units} finished",
        "clips": sum(part.num_clips for part in parts),
        "rejected": dict(reasons),
        "bytes": sum(part.bytes for part in parts),
        "next": pack_command(path) if len(parts) == units else again,
    }


def _tar(path: Path) -> dict[str, object]:
    from svta.builder.shards.reader import read_samples
    from svta.cli.console import command_line

    problems: list[Exception] = []
    clips, num_bytes = 0, 0
    for sample in read_samples(path, on_error=problems.append):
        clips, num_bytes = clips + 1, num_bytes + len(sample.video)
    result = {"kind": "tar", "clips": clips, "video_bytes": num_bytes, "problems": len(problems)}
    return result | ({"next": command_line("verify", path)} if problems else {})


def _video(path: Path) -> dict[str, object]:
    from svta.builder.ingest.plan import MAX_SOURCE_BYTES
    from svta.builder.io.limits import read_bytes
    from svta.builder.video.container import probe

    return {"kind": "video", **probe(read_bytes(path, MAX_SOURCE_BYTES)).__dict__}
