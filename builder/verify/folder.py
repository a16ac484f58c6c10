"""Is a dataset folder whole? Every file, member, checksum, count, key, split, leak, and the card against the content.

Reads a dataset folder or a single tar, writes nothing; gives findings that name file, shard and key. (Hub repos:
hub/verify.py.)

    svta verify DIR|TAR [--quick|--deep] [--json]
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from svta.builder.errors import DatasetError, TaxonomyError
from svta.builder.io.json_text import read_jsonl
from svta.builder.layout.detect import dataset_of, detect_kind, suggest_path
from svta.builder.packing.resume import WORK
from svta.builder.paths import BUILD, INDEX, REJECTED, TAXONOMY
from svta.builder.taxonomy import Taxonomy, load_taxonomy

from .card import check_card
from .checksums import Checksums, check_checksums
from .dataset_folder import DatasetFolder
from .finding import Finding, Findings
from .foreign_files import check_foreign_files
from .index import IndexCheck, Level, check_index, check_without_index
from .shard import check_tar

PROXY_INDEX = f"proxy/{INDEX}"


@dataclass
class Verification:
    """What was checked and what is wrong. `ok` is True when nothing was found.

    `withheld`: clips whose captions are hashes, because their sources do not allow publishing them. `notes`: what is
    there beside the dataset, no damage. `listed`: the files that are the dataset's.
    """

    target: str
    level: Level
    clips: int = 0
    files: int = 0
    withheld: int = 0
    findings: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    listed: set[str] = field(default_factory=set, repr=False)

    @property
    def ok(self) -> bool:
        """No finding."""
        return not self.findings

    def as_dict(self) -> dict[str, object]:
        """For --json."""
        lists = {name: [finding.as_dict() for finding in getattr(self, name)] for name in ("findings", "notes")}
        return {**{name: value for name, value in self.__dict__.items() if name != "listed"}, "ok": self.ok, **lists}


def verify(
    target: str | Path,
    *,
    level: Level = "full",
    workers: int | None = None,
    on_shard: Callable[[int, int], None] | None = None,
) -> Verification:
    """Check a dataset folder or a tar; quick: sums, sizes, index; full: every member; deep: decode every video.

    on_shard(done, total) is called as shards are read. Raises DatasetError if `target` is neither.
    """
    path = Path(target)
    kind = detect_kind(path)
    if kind in ("tar", "file"):
        clips, findings = check_tar(path, deep=level == "deep", categories=_categories_of(path))
        return Verification(str(target), level, clips, 1, findings=findings)
    if kind != "dataset":
        raise DatasetError(f"{target}: {suggest_path(path)}")
    folder = DatasetFolder(path)
    folder.sizes_only = level == "quick"
    result = verify_folder(folder, str(target), level, workers=workers, on_shard=on_shard)
    foreign, notes = check_foreign_files(path, result.listed)
    odd = {finding.file for finding in foreign if finding.code != "code"}  # says more than that no file is there
    result.findings = [f for f in result.findings if not (f.code == "missing" and f.key is None and f.file in odd)]
    named = {finding.file for finding in result.findings}
    result.findings += [finding for finding in foreign if finding.code == "code" or finding.file not in named]
    result.notes += notes
    return result


def verify_folder(
    folder: DatasetFolder,
    target: str,
    level: Level,
    *,
    workers: int | None = None,
    on_shard: Callable[[int, int], None] | None = None,
) -> Verification:
    """Everything but what is beside the dataset: checksums, then index and shards, then card and counts."""
    sums = check_checksums(folder)
    findings = list(sums.findings)
    if folder.has_folder(WORK):
        problem = "packing or appending is not finished; run the same `svta pack` again"
        findings.append(Finding("unfinished", WORK, problem))
    taxonomy = None
    if TAXONOMY not in sums.changed:
        taxonomy = _taxonomy(folder, findings)
    indexes: dict[str, IndexCheck] = {}
    for name in (INDEX, PROXY_INDEX):
        if name in sums.whole:
            main = None if name == INDEX else indexes.get(INDEX, IndexCheck())
            indexes[name] = check_index(
                folder, name, level, sums, taxonomy, main=main, workers=workers, on_shard=on_shard
            )
            findings += indexes[name].findings
        elif name == INDEX or name in sums.changed:
            findings += check_without_index(folder, name, level, sums)
    index = indexes.get(INDEX, IndexCheck())
    card, notes = check_card(folder, level, sums, taxonomy)
    findings += card
    findings += check_counts(folder, sums, len(index.keys))
    with_keys = {finding.file for finding in findings if finding.key is not None}
    changed = [finding for name, finding in sums.changed.items() if name not in with_keys]
    notes = [*index.notes, *notes]
    return Verification(
        target, level, len(index.keys), len(sums.files), index.withheld, [*changed, *findings], notes, sums.listed
    )


def check_counts(folder: DatasetFolder, sums: Checksums, clips: int) -> list[Finding]:
    """build.json and rejected.jsonl against what was counted."""
    findings, build = Findings(), sums.build
    if BUILD in sums.changed or not build:
        return []
    if INDEX not in sums.changed and build.get("clips") != clips:
        findings.add("count", BUILD, f"says {str(build.get('clips'))[:40]} clips, {INDEX} lists {clips}")
    if REJECTED in sums.whole:
        bad = 0

        def report(_: int, error: Exception) -> None:
            nonlocal bad
            bad += 1
            findings.add("rejected", REJECTED, str(error))

        rejected = sum(1 for _ in read_jsonl(folder.file(REJECTED), report))
        if rejected + bad != build.get("rejected"):
            says = str(build.get("rejected"))[:40]
            findings.add("count", BUILD, f"says {says} rejects, {REJECTED} has {rejected}")
    return findings.all()


def _taxonomy(folder: DatasetFolder, findings: list[Finding]) -> Taxonomy | None:
    try:
        return load_taxonomy(folder.file(TAXONOMY))
    except TaxonomyError as error:
        findings.append(Finding("taxonomy", TAXONOMY, str(error)))
    except FileNotFoundError:
        findings.append(Finding("taxonomy", TAXONOMY, "No such file or directory"))
    return None


def _categories_of(tar: Path) -> frozenset[str]:
    """The categories a tar's clips may have: those of the dataset it is in, else svta's own; aliases too."""
    root = dataset_of(tar)
    taxonomy = load_taxonomy(root / TAXONOMY if root is not None and (root / TAXONOMY).is_file() else None)
    return frozenset(name for category in taxonomy.categories for name in (category.name, *category.aliases))
