"""`svta diff`: what two versions of a dataset differ in.

svta diff svta-dataset me/svta@v1.0
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from svta.cli.options import AsJson

if TYPE_CHECKING:
    from collections.abc import Mapping

    from svta.builder.dataset.difference import Difference


def command(
    before: Annotated[str, typer.Argument(help="A dataset folder or Hub repo ns/name[@revision].")],
    after: Annotated[str, typer.Argument(help="The other version: a folder or Hub repo.")],
    as_json: AsJson = False,
) -> None:
    """List clips added, removed, moved and changed between two versions; also categories, licence and card.

    Example: svta diff me/svta@v1.0 svta-dataset
    """
    from svta.builder.dataset.difference import difference
    from svta.builder.dataset.source import open_source
    from svta.cli.console import emit, quiet_hub

    quiet_hub()
    found = difference(open_source(before), open_source(after))
    emit(found.as_dict(), as_json=as_json, text="\n".join(_lines(found)))


def _lines(found: Difference) -> list[str]:
    if found.is_empty:
        return [f"{found.num_same:,} clips, no difference"]
    lines = [f"{found.num_same:>9,}  clips are the same"]
    lines += [
        f"{counts.total():>9,}  {what} ({_listed(counts)})"
        for what, counts in (("added", found.added), ("gone", found.removed), ("in another split", found.moved))
        if counts
    ]
    if found.num_changed:
        lines += [f"{found.num_changed:>9,}  changed ({_listed(found.changed)})"]
    lines += [f"           new category: {name}" for name in found.categories_added]
    lines += [f"           category gone: {name}" for name in found.categories_removed]
    lines += [f"           {name}: {one or 'none'} -> {two or 'none'}" for name, (one, two) in found.texts.items()]
    return [*lines, *(["           the cards differ"] if found.card_differs else [])]


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items()))
