"""The index of one variant against its shards: every row a valid clip of a known category, every shard as listed.

Reads clips.parquet or proxy/clips.parquet a row group at a time, and the shards they name, many at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from svta.builder.errors import ClipError, DatasetError, quantity
from svta.builder.io.json_text import JsonObject
from svta.builder.io.parallel import cpu_count, thread_pool
from svta.builder.layout.stats import WITHHELD
from svta.builder.paths import INDEX, TAXONOMY
from svta.builder.record import Clip
from svta.builder.shards.index import PLACE_FIELDS, IndexRow, read_tables
from svta.builder.splits import SPLITS
from svta.builder.taxonomy import Taxonomy

from .checksums import Checksums
from .dataset_folder import DatasetFolder
from .finding import Finding, Findings
from .leaks import Leaks
from .shard import check_shard, check_shard_size, check_tar

Level = Literal["quick", "full", "deep"]
_QUICK_COLUMNS: Final = ("key", "category", "sha256", "flags", *PLACE_FIELDS)


@dataclass
class IndexCheck:
    """What an index holds: `splits` (key -> split) of its clips, how many captions are withheld; what is wrong."""

    keys: set[str] = field(default_factory=set)
    splits: dict[str, str] = field(default_factory=dict)
    withheld: int = 0
    findings: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)


def check_index(
    folder: DatasetFolder,
    index: str,
    level: Level,
    sums: Checksums,
    taxonomy: Taxonomy | None,
    *,
    main: IndexCheck | None = None,
    workers: int | None = None,
    on_shard: Callable[[int, int], None] | None = None,
) -> IndexCheck:
    """Check all rows of an index, and every shard against them. `main`: the main variant's, if this is another."""
    result, findings = IndexCheck(), Findings()
    leaks = Leaks(findings.add) if main is None else None
    rows_of = _Rows(index, level, taxonomy, main, result, findings, sums.project.name)
    shards: set[str] = set()
    total = sum(name.startswith(f"{rows_of.variant}/") and name.endswith(".tar") for name in sums.files)
    workers = workers or cpu_count()
    with thread_pool(workers) as pool:
        jobs: deque[Future[list[Finding]]] = deque()
        try:
            for name, rows in rows_of.read(folder):
                if name in shards:
                    findings.add("index", index, f"rows of {name[:120]} are not adjacent")
                shards.add(name)
                if leaks is not None and level != "quick":
                    leaks.add_rows(rows)
                if name in sums.files:
                    jobs.append(pool.submit(_check_shard, folder, name, rows, level == "deep"))
                elif name not in sums.changed:
                    findings.add("missing", name[:200], "is in the index but does not exist")
                while len(jobs) > 2 * workers:
                    findings.extend(jobs.popleft().result())
                if on_shard is not None:
                    on_shard(len(shards) - len(jobs), total)
        except DatasetError as error:
            findings.add("index", index, str(error).rpartition(f"{index}: ")[2])
        for job in jobs:
            findings.extend(job.result())
    if leaks is not None and leaks.copies:
        first, count = leaks.copies[0], len(leaks.copies) - 1
        result.notes.append(replace(first, problem=first.problem + (f", and {count:,} more such clips" * bool(count))))
    extra = {name for name in sums.files if name.startswith(f"{rows_of.variant}/") and name.endswith(".tar")} - shards
    for name in sorted(extra):
        findings.add("unexpected", name, "is not in the index")
    if main is not None and INDEX not in sums.changed and (alone := sorted(main.keys ^ result.keys)):
        findings.add("proxy", index, f"{quantity(len(alone), 'clip', 'is')} in one variant only", alone[0])
    result.findings = findings.all()
    return result


def check_without_index(folder: DatasetFolder, index: str, level: Level, sums: Checksums) -> list[Finding]:
    """The index is damaged or gone: read the shards whose bytes changed for themselves."""
    findings = Findings()
    for name in sorted(sums.files & sums.changed.keys()):
        if (
            name.startswith(f"{_variant(index)}/")
            and name.endswith(".tar")
            and (path := folder.shard(name)) is not None
        ):
            found = check_tar(path, deep=level == "deep")[1]
            findings.extend(replace(finding, file=name) for finding in found)
    return findings.all()


class _Rows:
    """Reads an index row by row; what is wrong with a row alone goes into the findings."""

    def __init__(
        self,
        index: str,
        level: Level,
        taxonomy: Taxonomy | None,
        main: IndexCheck | None,
        result: IndexCheck,
        findings: Findings,
        prefix: str,
    ):
        self.index, self.variant, self.level, self.main, self.prefix = index, _variant(index), level, main, prefix
        self.categories = None if taxonomy is None else frozenset(taxonomy.names)
        self.result, self.findings = result, findings

    def read(self, folder: DatasetFolder) -> Iterator[tuple[str, list[IndexRow]]]:
        """(shard, its rows), a row group at a time; rows that are not valid clips are findings."""
        columns = _QUICK_COLUMNS if self.level == "quick" else None
        for table in read_tables(folder.file(self.index), columns):
            shards: dict[str, list[IndexRow]] = {}
            for fields in table.to_pylist():
                key = str(fields["key"])[:200]
                row = self._row(key, fields)
                if key in self.result.keys:
                    self.findings.add("duplicate", self.index, "a key occurs twice", key)
                elif row is not None:
                    self.result.withheld += WITHHELD in (fields["flags"] or ())
                    self._check_place(row)
                    shards.setdefault(row.shard, []).append(row)
                self.result.keys.add(key)
            yield from shards.items()

    def _row(self, key: str, fields: JsonObject) -> IndexRow | None:
        try:
            if self.level == "quick":
                clip = Clip.model_construct(**fields)
            else:
                clip = Clip.from_dict({**fields, "flags": fields["flags"] or []})
        except ClipError as error:
            self.findings.add("record", self.index, str(error), key)
            return None
        split, shard, offset, size = (fields[name] for name in PLACE_FIELDS)
        if not (
            isinstance(split, str) and isinstance(shard, str) and type(offset) is type(size) is int and clip.sha256
        ):
            self.findings.add("index", self.index, "a row without split, shard, offset, size or sha256", key)
            return None
        if clip.category is not None and self.categories is not None and clip.category not in self.categories:
            self.findings.add("category", self.index, f"category {clip.category[:80]!a} is not in {TAXONOMY}", key)
        return IndexRow(clip, split, shard, offset, size)

    def _check_place(self, row: IndexRow) -> None:
        key, split = row.clip.key, row.split
        if split not in SPLITS or not row.shard.startswith(f"{self.variant}/{split}/{self.prefix}-{split}-"):
            problem = f"split {split[:40]!a} and shard {row.shard[:120]!a} do not fit"
            self.findings.add("split", self.index, problem, key)
        self.result.splits[key] = split
        if self.main is not None and (other := self.main.splits.get(key, split)) != split:
            self.findings.add("split", self.index, f"is in {split} here and in {other[:40]} in {INDEX}", key)


def _check_shard(folder: DatasetFolder, name: str, rows: list[IndexRow], deep: bool) -> list[Finding]:
    try:
        path = folder.shard(name)
        if path is None:
            return check_shard_size(folder.size(name), name, rows)
        return check_shard(path, name, rows, deep=deep)
    except OSError as error:
        return [Finding("missing", name, f"cannot be read: {error.strerror}")]
    except DatasetError as error:  # a name, or a link, that leads out of the folder
        return [Finding("missing", name, f"cannot be read: {error}")]


def _variant(index: str) -> str:
    return index.removesuffix(INDEX).rstrip("/") or "data"
