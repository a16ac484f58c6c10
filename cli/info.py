"""`svta info`: what is installed, what a dataset folder holds, the categories, the storyboard contact sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def command(
    path: Annotated[Path | None, typer.Argument(help="A dataset folder to describe.")] = None,
    categories: Annotated[bool, typer.Option("--categories", help="List the 98 categories.")] = False,
    storyboard_sheet: Annotated[
        Path | None, typer.Option(help="Draw every category into this PNG, one strip of frames each.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on stdout and nothing else.")] = False,
) -> None:
    """Show versions, a dataset's contents, the categories, or the storyboard's contact sheet.

    Example: svta info ./svta
    """
    from .console import emit

    if storyboard_sheet is not None:
        from svta.generation.storyboard.sheet import storyboard_sheet as draw_sheet

        draw_sheet(storyboard_sheet)
        emit({"storyboard_sheet": str(storyboard_sheet)}, as_json=as_json)
    elif categories:
        _show_categories(as_json)
    elif path is not None:
        emit(_dataset(path), as_json=as_json)
    else:
        emit(_versions(), as_json=as_json)


def _show_categories(as_json: bool) -> None:
    from svta.builder.taxonomy import load_taxonomy

    from .console import emit

    taxonomy = load_taxonomy()
    lines = [
        f"{i:3d} {'anomaly' if c.is_anomaly else 'normal ':7} {'attested' if c.attested else 'ours    '} "
        f"{c.minor_policy:9} {c.name}: {c.definition}"
        for i, c in enumerate(taxonomy.categories)
    ]
    emit(taxonomy.model_dump(), as_json=as_json, text="\n".join(lines))


def _dataset(path: Path) -> dict[str, Any]:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    from svta.builder.errors import DatasetError

    index = path / "clips.parquet"
    if not index.is_file():
        raise DatasetError(f"{path}: no svta dataset (clips.parquet is missing); make one with `svta pack`")
    table = pq.read_table(index, columns=["split", "category", "is_anomaly", "size", "generator"])

    def counts(column: str) -> dict[str, int]:
        pairs = pc.value_counts(table[column]).to_pylist()
        return {str(p["values"]): p["counts"] for p in sorted(pairs, key=lambda p: (-p["counts"], str(p["values"])))}

    return {
        "clips": table.num_rows,
        "splits": counts("split"),
        "is_anomaly": counts("is_anomaly"),
        "categories": counts("category"),
        "generators": counts("generator"),
        "video_bytes": pc.sum(table["size"]).as_py() or 0,
    }


def _versions() -> dict[str, Any]:
    import platform
    from importlib.metadata import PackageNotFoundError, version

    import svta

    found: dict[str, Any] = {"svta": svta.__version__, "python": platform.python_version()}
    for name in ("datasets", "huggingface_hub", "av", "pyarrow", "torch", "transformers", "diffusers", "torchcodec"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
