"""`svta index`: footage of any length into an index that `svta search` searches, brought up to date at every run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from svta.cli.options import AsJson, Device, Plugins, options_from
from svta.cli.outputs import FOLDER, writes

if TYPE_CHECKING:
    from svta.eval.search import IndexConfig, IndexReport


def _index_config(
    footage: Annotated[
        list[Path] | None, typer.Argument(help="Files and folders of footage, of any length and codec.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The index's folder.")] = Path("index"),
    model: Annotated[
        str | None, typer.Option(help="The encoder: a model folder or Hub id; later only if it was moved.")
    ] = None,
    normal: Annotated[
        list[Path] | None,
        typer.Option(help="Normal footage without events, on which false alarms are counted; may repeat."),
    ] = None,
    key_frames: Annotated[
        bool, typer.Option("--keyframes", help="Decode only key frames: a quick first pass over very long footage.")
    ] = False,
    fps: Annotated[
        float | None,
        typer.Option(help="Frames per second; default 2, or as many as an encoder of whole clips takes per window."),
    ] = None,
    windows: Annotated[
        str | None, typer.Option(help="Window lengths in seconds; default 2,8,32, or 2 for encoders of whole clips.")
    ] = None,
    resize: Annotated[
        str | None, typer.Option(help="fast (libswscale, default) or exact (as the model's own processor).")
    ] = None,
    rehash: Annotated[bool, typer.Option("--rehash", help="Also read files that look unchanged.")] = False,
    follow_links: Annotated[
        bool, typer.Option("--follow-links", help="Also follow symbolic links in the folders.")
    ] = False,
    device: Device = None,
    dtype: Annotated[str | None, typer.Option(help="float32, float16 or bfloat16.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Decoder threads; default: one fewer than cores.")] = None,
) -> IndexConfig:
    options = locals()
    from svta.eval.search import IndexConfig

    if not footage and not normal:
        raise typer.BadParameter("name files or folders of footage", param_hint="FOOTAGE")
    options |= {"footage": footage or [], "normal": normal or [], "key_frames": key_frames or None}
    return IndexConfig(**options | {"windows": None if windows is None else parse_windows(windows)})


@writes(out=FOLDER)
@options_from(config=_index_config)
def command(
    *,
    config: IndexConfig,
    plugins: Plugins = None,
    as_json: AsJson = False,
) -> None:
    """Index footage, or update an index: new files are added, changed files replaced, removed files dropped.

    A killed run resumes. Unreadable files are listed with the reason; the others are indexed.
    Only search footage that you may search; faces are not recognised and people are not identified.

    Example: svta index footage/ --model MODEL --normal calm/ --out index
    """
    from svta.cli.app import CheckFailed
    from svta.cli.console import emit, note, progress, tell_loss
    from svta.eval.encoders.registry import load_plugin
    from svta.eval.search import update_index
    from svta.eval.search.indexing.model import DRAWN_NOTE, is_drawn_only

    out = Path(config.out)
    for plugin in plugins or []:
        load_plugin(plugin)
    with progress("indexing") as on_step:
        report = update_index(config, on_file=lambda path, done, total: on_step(int(done), int(total) + 1))
    if is_drawn_only(out):
        note(f"note: {DRAWN_NOTE}")
    emit(report.as_dict(), as_json=as_json, text=_text(report, out))
    tell_loss(report.files, len(report.unreadable), "the list above", "files")
    if not report.files:
        raise CheckFailed(f"{out}: no file could be indexed")


def parse_windows(text: str) -> tuple[float, ...]:
    """ "2,8,32" as seconds."""
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"{text!r}: must be seconds like 2,8,32", param_hint="--windows") from None


def _text(report: IndexReport, out: Path) -> str:
    from svta.builder.errors import quantity
    from svta.cli.console import command_line

    lines = [f"not read: {path}: {why}" for path, why in report.unreadable]
    lines += [f"damaged: {path}: {why}" for path, why in report.damaged]
    counts = {
        "added": report.added, "changed": report.changed, "moved": report.moved, "removed": report.removed,
        "copies": report.copies,
    }  # fmt: skip
    changes = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count) or "nothing changed"
    normal = f", {report.normal_hours:.2f} h normal" if report.normal_hours else ""
    lines.append(f"{quantity(report.files, 'file')} in the index: {changes}")
    lines.append(f"{report.hours:.2f} h of footage{normal}, {quantity(report.windows, 'window')} -> {out}")
    lines.append(command_line("search", "WORDS", index=out))
    return "\n".join(lines)
