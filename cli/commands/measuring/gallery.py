"""`svta gallery`: a dataset and its evaluations as a static site."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from svta.cli.options import AsJson
from svta.cli.outputs import FOLDER, writes


@writes(out=FOLDER)
def command(
    out: Annotated[Path, typer.Option(help="The site: a new folder, or an existing gallery to replace.")],
    dataset: Annotated[
        str | None,
        typer.Argument(help="A packed folder, or ns/name[@revision] on the Hub; leave it out for moments only."),
    ] = None,
    run: Annotated[list[Path] | None, typer.Option(help="Results of `svta eval`, also of moments; may repeat.")] = None,
    streams: Annotated[
        Path | None, typer.Option(help="A folder of `svta streams`: show a timeline of each recording.")
    ] = None,
    index: Annotated[
        list[Path] | None, typer.Option(help="A folder of `svta index`: show moments and score curves; may repeat.")
    ] = None,
    query: Annotated[
        list[str] | None, typer.Option(help="Query for --index, in addition to the streams' queries; may repeat.")
    ] = None,
    split: Annotated[list[str] | None, typer.Option(help="train, validation or test; may repeat. Default all.")] = None,
    title: Annotated[str | None, typer.Option(help="Title of the site.")] = None,
    sample: Annotated[int | None, typer.Option(min=1, help="Maximum number of clips, over all categories.")] = None,
    size: Annotated[int | None, typer.Option(min=32, max=4320, help="Short side of the videos in pixels.")] = None,
    videos: Annotated[
        str, typer.Option(help="all, posters (pictures only) or none; recordings that are not copied are linked.")
    ] = "all",
    seed: Annotated[int, typer.Option(help="Seed for --sample.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Write a site to browse clips and explore evaluations; it opens from the folder, without server or network.

    Example: svta gallery dataset --out site --run results --streams streams
    """
    from svta.builder.errors import quantity
    from svta.cli.console import emit, progress
    from svta.eval.gallery import GalleryConfig, export_gallery

    if videos not in ("all", "posters", "none"):
        raise typer.BadParameter(f"{videos!r}: all, posters or none", param_hint="--videos")
    if query and not index:
        raise typer.BadParameter("goes with --index IDX", param_hint="--query")
    config = GalleryConfig(
        title, sample, size, videos == "all", videos != "none", seed,
        splits=tuple(split) if split else ("all",), queries=tuple(query or ()),
    )  # fmt: skip
    with progress("pictures and videos") as on_clip:
        gallery = export_gallery(
            dataset, out, config, runs=run or (), streams=streams, indexes=index or (), progress=on_clip
        )
    clips, runs = quantity(gallery.clips, "clip"), quantity(gallery.runs, "evaluation")
    recordings = f", {quantity(gallery.recordings, 'recording')}" if gallery.recordings else ""
    text = f"{clips}, {gallery.videos:,} with a picture, {runs}{recordings} -> {out}/index.html"
    if gallery.unreadable:
        key, reason = next(iter(gallery.unreadable.items()))
        text += f"\n{quantity(len(gallery.unreadable), 'video')} cannot be read: {key}: {reason}"
    emit(gallery.to_dict(), as_json=as_json, text=text)
