"""`svta streams`: long continuous videos in which it is known when what happens, to index, to search and to measure.

svta streams --out streams --hours 2 --events-per-hour 6 --seed 0
svta streams --out streams --from DATASET --split test
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from svta.cli.options import AsJson
from svta.cli.outputs import FOLDER, writes


@writes(out=FOLDER)
def command(
    out: Annotated[Path, typer.Option(help="The folder to write: videos/ and tables of their events.")],
    hours: Annotated[float, typer.Option(help="Hours of footage, all streams together.")] = 1.0,
    events_per_hour: Annotated[
        float, typer.Option(help="Anomalies per hour; every third stream has none; 0: only normal footage.")
    ] = 6.0,
    seed: Annotated[int, typer.Option(min=0, help="Another seed gives other places, captions and times.")] = 0,
    source: Annotated[
        str | None, typer.Option("--from", help="Stitch the clips of a packed dataset instead of drawing scenes.")
    ] = None,
    split: Annotated[str, typer.Option(help="With --from: train, validation or test.")] = "test",
    stream_minutes: Annotated[float, typer.Option(help="Length of one video in minutes.")] = 10.0,
    fps: Annotated[float, typer.Option(help="Frames per second.")] = 16.0,
    size: Annotated[str, typer.Option(help="WIDTHxHEIGHT, even numbers.")] = "320x192",
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; default: one per core.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make long continuous videos with captioned events whose times are known to the frame.

    Example: svta streams --out streams --hours 1 --events-per-hour 6 --seed 0
    """
    from dataclasses import asdict

    from svta.builder.project.find import find_project
    from svta.cli.console import emit, note, progress
    from svta.generation.streams.config import StreamsConfig
    from svta.generation.streams.make import make_streams

    width, _, height = size.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise typer.BadParameter(f"{size!r}: like 320x192", param_hint="--size")
    config = StreamsConfig(
        hours, events_per_hour, seed, source, split, stream_minutes, fps, int(width), int(height), workers
    )
    if source is None and find_project().project.taxonomy is not None:
        note(
            "drawn streams show svta's built-in categories, not those of svta.yaml; --from DATASET stitches your clips"
        )
    with progress("streams") as bar:
        summary = make_streams(config, out, bar)
    text = (
        f"{out}: {summary.streams:,} streams, {summary.hours:.2f} h, {summary.events:,} events and {summary.normal:,} "
        f"normal events, {summary.queries:,} queries; {summary.made:,} made now\n"
        f"next: svta eval --task moments --data {out}"
    )
    emit(asdict(summary), as_json=as_json, text=text)
