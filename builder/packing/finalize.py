"""The last files of a dataset: taxonomy.json, rejected.jsonl, the card and its companions, build.json, SHA256SUMS.

Shards and indexes are there already. `svta pack` ends with it, and so does every dataset derived from another, so that
both describe the same content with the same bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from svta.builder.card.documentation import EarlierCard, write_about
from svta.builder.io.files import atomic_write, write_text
from svta.builder.io.json_text import JsonObject, json_line
from svta.builder.io.safe_path import without_folders
from svta.builder.layout.manifest import seal
from svta.builder.layout.stats import compute_stats, dataset_rights
from svta.builder.paths import REJECTED, TAXONOMY
from svta.builder.project.find import packed_project
from svta.builder.taxonomy import Taxonomy

from .resume import written_sums

_TEXT: Final = frozenset(("caption", "provenance"))  # a person's words, and what generation measures


@dataclass(frozen=True)
class Rejects:
    """Rows of rejected.jsonl; `earlier`: lines that an append keeps as they are, `reasons`: their number by kind."""

    rows: Iterable[Mapping[str, object]]
    earlier: bytes = b""
    reasons: Mapping[str, int] = field(default_factory=dict)


def runs_of(build: Mapping[str, object]) -> list[JsonObject]:
    """The runs of pack that a build.json lists, if it is one of svta's."""
    runs = build.get("inputs")
    return [run for run in runs if isinstance(run, dict)] if isinstance(runs, list) else []


def audit_of(build: Mapping[str, object]) -> JsonObject | None:
    """What a build.json says of an audit, if it is one of svta's."""
    audit = build.get("audit")
    return audit if isinstance(audit, dict) else None


def finalize(
    out: Path,
    shards: Sequence[str],
    taxonomy: Taxonomy,
    rejects: Rejects,
    build: Mapping[str, object],
    *,
    notice: str = "",
    results: Sequence[Mapping[str, object]] = (),
    derived: Mapping[str, object] | None = None,
    earlier: EarlierCard | None = None,
) -> JsonObject:
    """Write everything but shards and indexes, SHA256SUMS last; returns build.json.

    `build`: its first fields, with the project and the runs of pack; counts and rights follow. `notice`, `results`: the
    card's. `derived`: what another dataset was made into this one. `earlier`: the card whose edits are kept.
    """
    write_text(out / TAXONOMY, taxonomy.to_json())
    reasons = Counter(rejects.reasons)
    with atomic_write(out / REJECTED) as file:
        file.write(rejects.earlier)
        for row in map(_without_folders, rejects.rows):
            reasons[str(row.get("reason", "unnamed"))] += 1
            file.write(json_line(row))
    stats = compute_stats(out)
    project = packed_project(build)
    rights = dataset_rights(stats, project)
    card = write_about(
        out, stats, rights, taxonomy, project, notice=notice, results=results, versions=runs_of(build),
        audit=audit_of(build), earlier=earlier,
    )  # fmt: skip
    fields = {
        **build,
        **stats.as_dict(),
        "rejected": sum(reasons.values()),
        "reasons": dict(sorted(reasons.items())),
        "rights": rights.as_dict(),
        "card": card,
    }
    if derived is not None:
        fields |= {"derived": dict(derived), "notice": notice, "results": list(results)}
    return seal(out, fields, known=written_sums(out, shards))


def _without_folders(row: Mapping[str, object]) -> dict[str, object]:
    """A reject as it goes into a dataset: paths on the importer's disk are reduced to file names."""
    return {
        name: without_folders(value) if isinstance(value, str) and name not in _TEXT else value
        for name, value in row.items()
    }
