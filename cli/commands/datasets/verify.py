"""`svta verify`: is a dataset whole? Every finding with its file, shard and key."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from svta.cli.options import AsJson, Threads


def command(
    target: Annotated[str, typer.Argument(help="A dataset folder, one tar, or a Hub repo ns/name[@revision].")],
    quick: Annotated[bool, typer.Option("--quick", help="Checksums, sizes and the index only.")] = False,
    deep: Annotated[bool, typer.Option("--deep", help="Decode every video; of a Hub repo, read all of it.")] = False,
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Check files, members, checksums, counts, splits, leaks and the card. Exit 1 on any finding.

    Of a Hub repo the sizes and checksums that the Hub lists are compared; no shard is downloaded unless with --deep.

    Example: svta verify svta-dataset --deep
    """
    from svta.builder.errors import quantity
    from svta.builder.hub.repo import is_repo
    from svta.builder.hub.verify import verify_repo
    from svta.builder.verify.folder import verify
    from svta.cli.app import CheckFailed
    from svta.cli.console import emit, progress, quiet_hub

    if quick and deep:
        raise typer.BadParameter("--quick and --deep exclude each other")
    level: Literal["quick", "full", "deep"] = "quick" if quick else "deep" if deep else "full"
    with progress("verifying shards") as on_shard:
        if is_repo(target):
            quiet_hub()
            result = verify_repo(target, level=level, workers=threads, on_shard=on_shard)
        else:
            result = verify(target, level=level, workers=threads, on_shard=on_shard)
    lines = [str(finding) for finding in result.findings]
    if result.ok:
        lines.append(
            f"{target}: {quantity(result.clips, 'clip')} in {quantity(result.files, 'file')}, nothing wrong ({level})"
        )
    lines += [f"note: {finding}" for finding in result.notes]
    if result.withheld:
        lines.append(
            f"{quantity(result.withheld, 'caption', 'is')} withheld and replaced by hashes: "
            "`svta pull REPO DIR --source NAME=FILE` puts them back"
        )
    emit(result.as_dict(), as_json=as_json, text="\n".join(lines))
    if not result.ok:
        found, of = quantity(len(result.findings), "finding"), quantity(result.clips, "clip")
        raise CheckFailed(f"{target}: {found} in {of}")
