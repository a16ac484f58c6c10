"""`svta search`: moments of indexed footage that fit words, a picture or a part of a video; or those unlike the rest.

svta search "a man falls from a ladder" --index IDX --alarms-per-hour 1 --page results.html
svta search --like holiday.mp4@12-15 --index IDX
svta search --odd-ones --index IDX
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from svta.builder.io.json_text import JsonObject
from svta.cli.options import AsJson, Device, Plugins, options_from
from svta.cli.outputs import FOLDER, writes

if TYPE_CHECKING:
    from svta.eval.search.index import Filters, Found, Index


def _filters(
    within: Annotated[list[Path] | None, typer.Option("--in", help="Only footage in this folder; may repeat.")] = None,
    since: Annotated[str | None, typer.Option(help="Only moments after this time, e.g. 2026-11-28T14:30.")] = None,
    until: Annotated[str | None, typer.Option(help="Only moments before this time.")] = None,
    start_times: Annotated[
        Path | None,
        typer.Option(
            help="A table (file, start) of recording times; default: a recording ended when its file was last written."
        ),
    ] = None,
    with_normal: Annotated[
        bool, typer.Option("--with-normal", help="Also search footage that is marked as normal.")
    ] = False,
) -> Filters:
    from svta.eval.search.index import Filters
    from svta.eval.search.recording import Recorded, parse_time, read_starts

    recorded = None
    if since is not None or until is not None or start_times is not None:
        recorded = Recorded(
            None if since is None else parse_time(since),
            None if until is None else parse_time(until),
            {} if start_times is None else read_starts(start_times),
        )
    return Filters(tuple(map(str, within or ())), recorded, with_normal)


@writes(clips_out=FOLDER, page=(), log=())
@options_from(filters=_filters)
def command(
    words: Annotated[str | None, typer.Argument(help="The query in words.")] = None,
    index: Annotated[Path, typer.Option(help="The folder that `svta index` wrote.")] = Path("index"),
    top: Annotated[int, typer.Option(min=1, help="Maximum number of moments.")] = 10,
    *,
    filters: Filters,
    like: Annotated[
        str | None, typer.Option(help="A picture, a video or a part of a video: FILE or FILE@START-END in seconds.")
    ] = None,
    without: Annotated[str | None, typer.Option(help="Words for unwanted content.")] = None,
    alarms_per_hour: Annotated[
        float | None,
        typer.Option(min=0, help="Only moments whose score normal footage reaches at most this often per hour."),
    ] = None,
    odd_ones: Annotated[
        bool, typer.Option("--odd-ones", help="Without a query: moments that differ from the rest of the footage.")
    ] = False,
    refine: Annotated[
        bool, typer.Option("--refine", help="Decode the footage around each moment again for finer bounds.")
    ] = False,
    clips_out: Annotated[Path | None, typer.Option(help="Write the moments as clips into this folder.")] = None,
    page: Annotated[Path | None, typer.Option(help="Write a page (HTML) that shows and plays the moments.")] = None,
    log: Annotated[Path | None, typer.Option(help="Append the query and its time to this file (JSONL).")] = None,
    model: Annotated[str | None, typer.Option(help="The new place of the index's encoder, if it was moved.")] = None,
    plugins: Plugins = None,
    device: Device = None,
    as_json: AsJson = False,
) -> None:
    """Find moments: file, start, end, score, and how often per hour normal footage reaches that score.

    A score is a cosine: it orders the moments of one query and says nothing across queries or models. Whether it is
    high is known from normal footage (`svta index --normal`); without it, only scores are shown.

    Example: svta search "a man falls" --index index --alarms-per-hour 1
    """
    from svta.builder.layout.guards import check_output
    from svta.cli.console import emit, note
    from svta.eval.search.query import Example

    _check(words, like, odd_ones, without is not None or alarms_per_hour is not None or refine)
    for file in (page, log):
        if file is not None and file.is_file():
            check_output(file, kind="file")
    opened = _opened(index, model, plugins or [], device)
    query = words if like is None else Example.parse(like)
    if query is None:
        found = opened.odd_ones(top=top, filters=replace(filters, with_normal=True))
    else:
        found = opened.find(
            query, top=top, alarms_per_hour=alarms_per_hour, without=without, filters=filters, refine=refine
        )
    told = _given(query=words, like=like, without=without, odd_ones=odd_ones)
    clips = _outputs(opened, found, told, clips_out, page)
    if log is not None:
        _write_log(log, told, index, found)
    notes = [] if odd_ones else _notes(index, alarms_per_hour, found.normal_hours)
    for line in notes:
        note(f"note: {line}")
    emit(_values(opened, found, told, clips, notes), as_json=as_json, text=_text(found, clips, clips_out, page))


def _notes(index: Path, alarms_per_hour: float | None, normal_hours: float) -> list[str]:
    from svta.eval.search.calibration import too_little
    from svta.eval.search.indexing.model import DRAWN_NOTE, is_drawn_only

    lines = (DRAWN_NOTE if is_drawn_only(index) else None, too_little(alarms_per_hour, normal_hours))
    return [line for line in lines if line]


def _given(**values: object) -> JsonObject:
    return {name: value for name, value in values.items() if value not in (None, False)}


def _check(words: str | None, like: str | None, odd_ones: bool, narrowed: bool) -> None:
    if sum((words is not None, like is not None, odd_ones)) != 1:
        raise typer.BadParameter("one of WORDS, --like and --odd-ones is needed")
    if odd_ones and narrowed:
        raise typer.BadParameter("--odd-ones cannot be used with --without, --alarms-per-hour or --refine")


def _opened(folder: Path, model: str | None, plugins: list[Path], device: str | None) -> Index:
    from svta.eval.encoders.registry import load_plugin
    from svta.eval.search.index import open_index

    for plugin in plugins:
        load_plugin(plugin)
    return open_index(folder, model=model, device=device)


def _outputs(
    index: Index, found: Found, told: JsonObject, clips_out: Path | None, page: Path | None
) -> list[JsonObject]:
    """Clips and page, where they are wanted; the rows of the clips' table."""
    rows: list[JsonObject] = []
    if clips_out is not None:
        from svta.eval.search.clips import write_clips

        rows = write_clips(index, found, clips_out, told)
    if page is not None:
        from svta.eval.search.page import write_page

        write_page(
            index, found, page, " · ".join(str(value) for value in told.values() if value is not True) or "Odd ones"
        )
    return rows


def _write_log(path: Path, told: JsonObject, index: Path, found: Found) -> None:
    from datetime import datetime

    from svta.builder.io.json_text import json_line

    now = datetime.now().astimezone().isoformat(timespec="seconds")
    with path.open("ab") as file:
        file.write(json_line({"time": now, "index": str(index), **told, "moments": len(found.moments)}))


def _values(
    index: Index, found: Found, told: JsonObject, clips: list[JsonObject], notes: list[str]
) -> dict[str, object]:
    from dataclasses import asdict

    moments: list[JsonObject] = [asdict(moment) for moment in found.moments]
    for moment, row in zip(moments, clips):
        moment["clip"] = row["clip"]
        if "problem" in row:
            moment["problem"] = row["problem"]
    threshold = found.threshold if found.threshold != float("-inf") else None
    return {
        **told, "index": str(index.folder), "hours": index.hours, "normal_hours": found.normal_hours,
        "threshold": threshold, "moments": moments, "notes": notes,
    }  # fmt: skip


def _text(found: Found, clips: list[JsonObject], clips_out: Path | None, page: Path | None) -> str:
    from svta.eval.search.page import alarm_text, clock

    lines = []
    for rank, moment in enumerate(found.moments, 1):
        lines.append(f"{rank:3d}  {moment.score:.3f}  {clock(moment.start)} - {clock(moment.end)}  {moment.file}")
        more = [moment.time, alarm_text(moment, found.normal_hours)]
        more += [f"also {path}" for path in moment.copies]
        lines += [f"              {text}" for text in more if text]
    if not found.moments:
        rare = "" if found.threshold is None else " that is rare enough on normal footage"
        lines.append(f"nothing was found{rare}")
    lines += [f"not cut: {row['file']}: {row['problem']}" for row in clips if "problem" in row]
    if clips_out is not None:
        lines.append(f"-> {clips_out}")
    if page is not None:
        lines.append(f"-> {page}")
    return "\n".join(lines)
