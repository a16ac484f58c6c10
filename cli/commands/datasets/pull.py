"""`svta pull`: a dataset from the Hub into a folder; withheld captions come back from the sources' own files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from svta.builder.errors import quantity
from svta.cli.options import AsJson, Columns, Threads
from svta.cli.outputs import FOLDER, writes

if TYPE_CHECKING:
    from svta.builder.record import Clip


@writes(out=FOLDER)
def command(
    repo_id: Annotated[str, typer.Argument(help="The Hub repo: NAMESPACE/NAME.")],
    out: Annotated[Path, typer.Argument(help="The dataset folder to write.")],
    revision: Annotated[str | None, typer.Option(help="A branch, tag or commit; default: main.")] = None,
    split: Annotated[list[str] | None, typer.Option(help="Only this split; may be repeated.")] = None,
    config: Annotated[
        Literal["all", "default", "proxy"], typer.Option(help="default: no small videos; proxy: only those.")
    ] = "all",
    source: Annotated[
        list[str] | None, typer.Option(help="Restore withheld captions: NAME=FILE, as for `svta describe`.")
    ] = None,
    columns: Columns = None,
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Download a dataset, check every file, and restore withheld captions if you have their source.

    The same command again fetches only what is missing. Exit 1 if a source that you name does not hold the captions
    that were withheld from it: it is another release of that file.

    Example: svta pull me/svta svta-dataset --source uca=UCFCrime_Test.json
    """
    from svta.builder.hub.dehydration import Hydration
    from svta.builder.hub.pull import PullConfig, pull
    from svta.builder.sources.columns import parse_columns
    from svta.cli.app import CheckFailed
    from svta.cli.console import emit, progress, quiet_hub

    quiet_hub()
    wanted = PullConfig(revision, tuple(split) if split else None, config)
    hydration = Hydration(_clips(source, parse_columns(None, None, columns))) if source else None
    with progress("fetching files") as on_file:
        report = pull(repo_id, out, wanted, hydration=hydration, workers=threads, on_file=on_file)
    counts = ", ".join(f"{name} {count:,}" for name, count in report.splits.items())
    text = f"{quantity(report.clips, 'clip')} ({counts}), {report.num_bytes / 1e6:,.1f} MB -> {out}"
    text += f"; {report.fetched} of {quantity(report.files - 1, 'file')} downloaded beside SHA256SUMS, all are checked"
    if report.restored:
        text += f"\n{quantity(sum(report.restored.values()), 'caption')} restored, each checked by its hash"
    if report.withheld:
        text += f"\n{_sources(report.withheld)} withheld and replaced by hashes: add --source NAME=FILE"
    if report.foreign:
        names = ", ".join(report.foreign[:5]) + (" and more" if len(report.foreign) > 5 else "")
        text += f"\n{quantity(len(report.foreign), 'file', 'is')} not part of the dataset, not touched: {names}"
    emit({"state": "pulled", **report.__dict__}, as_json=as_json, text=text)
    given = hydration.sources if hydration is not None else set()
    if unmatched := {name: count for name, count in report.withheld.items() if name in given}:
        raise CheckFailed(f"{_sources(unmatched)} not in the file given: it is another release, or a part of it")


def _sources(counts: dict[str, int]) -> str:
    """How many captions of which sources, and the verb behind: "2 captions (uca 2) are"."""
    named = [f"{name} {count:,}" for name, count in sorted(counts.items()) if not name.startswith("sha256:")]
    unnamed = [count for name, count in counts.items() if name.startswith("sha256:")]  # push hides names of your own
    captions, be = quantity(sum(counts.values()), "caption"), "is" if sum(counts.values()) == 1 else "are"
    if not named:
        return f"{captions} of sources whose names are withheld {be}"
    hidden = [f"{sum(unnamed):,} of sources whose names are withheld"] if unnamed else []
    return f"{captions} ({', '.join([*named, *hidden])}) {be}"


def _clips(sources: list[str], columns: dict[str, str]) -> Iterator[Clip]:
    """What the sources hold; rows that are not captions are reported, once per source."""
    from svta.builder.sources.registry import open_source, read_records
    from svta.cli.console import note

    for text in sources:
        rejects: list[dict[str, object]] = []
        records = read_records(open_source(text, columns), on_reject=rejects.append, own_categories=True)
        yield from (record.clip for record in records)
        if rejects:
            first = f"{rejects[0]['place']}: {rejects[0].get('detail', rejects[0]['reason'])}"
            note(f"{text}: {quantity(len(rejects), 'row', 'has')} no caption that can be read, the first is {first}")
