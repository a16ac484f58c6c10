"""`svta app`: a search page in the browser over indexes of footage, or over a dataset.

svta app --index IDX
svta app --index IDX --index IDX2
svta app --data DATASET --model CKPT --model openai/clip-vit-base-patch32
svta app --index IDX --export space
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from svta.cli.options import AsJson, Device, Plugins
from svta.cli.outputs import FOLDER, writes


@writes(export=FOLDER)
def command(
    index: Annotated[
        list[Path] | None, typer.Option(help="A folder that `svta index` wrote; two are shown side by side.")
    ] = None,
    data: Annotated[str | None, typer.Option(help="A packed dataset instead, folder or ns/name[@revision].")] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(help="With --data: the encoder, or two side by side. With --index: its encoder, if it was moved."),
    ] = None,
    split: Annotated[str, typer.Option(help="Of --data: train, validation, test or all.")] = "test",
    alarms_per_hour: Annotated[
        float | None,
        typer.Option(min=0, help="Initial value of the form: only moments rarer than this on normal footage."),
    ] = None,
    host: Annotated[
        str, typer.Option(help="Who can open the page: 127.0.0.1 only this machine, 0.0.0.0 any.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the page.")] = 7860,
    export: Annotated[
        Path | None, typer.Option(help="Write a folder that is a Gradio Space instead of serving.")
    ] = None,
    cache: Annotated[Path | None, typer.Option(help="With --data: keep embeddings here for the next start.")] = None,
    plugins: Plugins = None,
    device: Device = None,
    as_json: AsJson = False,
) -> None:
    """Search in the browser by words, a picture or a video, with moments on timelines.

    It runs on this machine until Ctrl-C. It shares and reports nothing and serves no file.

    Example: svta app --index index --alarms-per-hour 1
    """
    from svta.cli.console import emit, note, progress
    from svta.eval.search.app import AppConfig, export_space, load_gradio, open_sources, run_app

    config = AppConfig(index or [], data, model or [], split, plugins or [], device, cache, alarms_per_hour)
    if export is not None:
        names = export_space(config, export)
        emit({"out": str(export), "files": names}, as_json=as_json, text=f"{', '.join(names)} -> {export}")
        return
    load_gradio()

    def started(address: str) -> None:
        emit({"address": address}, as_json=as_json, text=f"{address} (Ctrl-C stops it)")
        if host not in ("127.0.0.1", "localhost", "::1"):
            note(f"note: {host} is open to everybody who can reach this machine; there is no password")

    with progress("embedding clips") as on_clips:
        sources = open_sources(config, on_clips)
    run_app(sources, alarms_per_hour=alarms_per_hour, host=host, port=port, on_start=started)
