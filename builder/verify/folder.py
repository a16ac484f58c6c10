"""Is a dataset folder whole? Every file, member, checksum, count, key, split, leak, and the card against the content.

Reads a dataset folder or a single tar, writes nothing; gives findings that name file, shard and key. (Hub repos:
remote.py.)

    svta verify DIR|TAR [--quick|--deep] [--json]
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

from svta.builder.card.front_matter import front_matter, read_front_matter
from svta.builder.errors import ClipError, DatasetError, TaxonomyError
from svta.builder.io.files import sha256_file
from svta.builder.io.json_text import read_jsonl
from svta.builder.layout.detect import dataset_of, hint, kind_of
from svta.builder.layout.manifest import files_of, parse_sums, read_build
from svta.builder.layout.stats import WITHHELD, gather
from svta.builder.packing.resume import WORK
from svta.builder.paths import BUILD, CARD, INDEX, REJECTED, SUMS
from svta.builder.record import Clip
from svta.builder.rights import recorded_licence, strictest_of
from svta.builder.shards.index import PLACE_FIELDS, IndexRow, read_tables
from svta.builder.splits import SPLITS
from svta.builder.taxonomy import Taxonomy, load_taxonomy

from .card import check_about
from .finding import Finding
from .foreign_files import belongings
from .leaks import Leaks
from .shard import check_shard, check_tar, quick_shard

Level = Literal["quick", "full", "deep"]
_TAXONOMY: Final = "taxonomy.json"
_QUICK_COLUMNS: Final = ("key", "category", "sha256", "flags", *PLACE_FIELDS)


@dataclass
class Verification:
    """What was looked at and what was found. `ok` is True when nothing was found.

    `withheld`: clips whose captions are hashes, because their sources do not allow publishing them. `notes`: what lies
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

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        told = {name: [finding.as_dict() for finding in getattr(self, name)] for name in ("findings", "notes")}
        return {**{name: value for name, value in self.__dict__.items() if name != "listed"}, "ok": self.ok, **told}


def verify(
    target: str | Path,
    *,
    level: Level = "full",
    workers: int | None = None,
    on_shard: Callable[[int, int], None] | None = None,
    known_sums: Mapping[str, str] | None = None,
) -> Verification:
    """Check a dataset folder or a tar; quick: sums, sizes, index; full: every member; deep: decode every video.

    `known_sums` (a Hub repo, see remote.py): sha256 of files whose bytes are not here; they are not read.
    Raises DatasetError if `target` is neither.
    """
    path = Path(target)
    result = Verification(str(target), level)
    if kind_of(path) in ("tar", "file"):
        result.files = 1
        taxonomy = _taxonomy_of(path)
        result.clips, result.findings = check_tar(path, deep=level == "deep", categories=taxonomy)
        return result
    if kind_of(path) != "dataset":
        raise DatasetError(f"{target}: {hint(path)}")
    _Folder(path, result, workers or os.cpu_count() or 1, on_shard, known_sums).check()
    return result


class _Folder:
    """One verification of one folder: what has been found so far decides what can still be checked."""

    def __init__(
        self,
        path: Path,
        result: Verification,
        workers: int,
        on_shard: Callable[[int, int], None] | None,
        known: Mapping[str, str] | None,
    ):
        self.path, self.result, self.workers, self.on_shard = path, result, workers, on_shard
        self.known, self.is_repo = known or {}, known is not None
        self.sizes_only = result.level == "quick" or (self.is_repo and result.level != "deep")
        self.files: set[str] = set()
        self.listed = result.listed
        self.listed |= {BUILD, CARD, INDEX}
        self.changed: dict[str, Finding] = {}  # files that are not what the sums say
        self.build: dict[str, Any] = {}
        self.taxonomy: Taxonomy | None = None
        self.splits: dict[str, str] = {}  # key -> split, of the main variant

    def add(self, code: str, file: str, problem: str, key: str | None = None) -> None:
        self.result.findings.append(Finding(code, file, problem, key))

    def check(self) -> None:
        self._sums()
        self.result.files = len(self.files)
        if (self.path / WORK).is_dir():
            self.add("unfinished", WORK, "packing or appending is not finished; run the same `svta pack` again")
        if _TAXONOMY not in self.changed:
            try:
                self.taxonomy = load_taxonomy(self.path / _TAXONOMY)
            except TaxonomyError as error:
                self.add("taxonomy", _TAXONOMY, str(error))
        for index in (INDEX, f"proxy/{INDEX}"):
            if index in self.files and index not in self.changed:
                self._index(index)
            elif index == INDEX or index in self.changed:
                self._without_index(index.replace(INDEX, "") or "data/")
        self._card()
        self._counts()
        self._belongings()
        named = {finding.file for finding in self.result.findings if finding.key is not None}
        self.result.findings[:0] = [finding for name, finding in self.changed.items() if name not in named]

    def _sums(self) -> None:
        """Hash every file and compare with both lists; say whether the file or the list is damaged."""
        actual = {name: self.known.get(name) or sha256_file(path) for name, path in files_of(self.path).items()}
        self.files = set(actual)
        lists: dict[str, dict[str, str]] = {}
        try:
            lists[SUMS] = parse_sums((self.path / SUMS).read_bytes().decode("ascii"))
        except FileNotFoundError:
            pulling = " and pulling is under way" if (self.path / ".pull").is_dir() else ""
            self.add("unfinished", SUMS, f"is missing: packing was not finished{pulling}; run the same command again")
        except (DatasetError, UnicodeDecodeError) as error:
            self.add("sums", SUMS, f"is damaged: {error}")
        try:
            self.build = read_build(self.path)
            told = self.build.get("files")
            if isinstance(told, dict) and all(isinstance(v, str) for v in told.values()):
                lists[BUILD] = told
            else:
                self.add("sums", BUILD, "is damaged: it lists no files")
        except DatasetError as error:
            self.changed[BUILD] = Finding("build", BUILD, str(error).partition(": ")[2])
        self.listed.update(name for sums in lists.values() for name in sums)
        for name in sorted({*actual, *self.listed}):
            self._compare_sums(name, actual.get(name), {title: sums.get(name) for title, sums in lists.items()})

    def _compare_sums(self, name: str, digest: str | None, told: dict[str, str | None]) -> None:
        if name == BUILD:
            told = {SUMS: told.get(SUMS)}  # build.json cannot list itself
        told = {title: listed for title, listed in told.items() if title in (SUMS, BUILD)}
        wrong = [title for title, listed in told.items() if listed != digest]
        if not wrong:
            return
        if digest is None and len(wrong) == len(told):
            self.changed[name] = Finding("missing", name, "is listed and not there")
        elif digest is None or (len(wrong) < len(told)) or _one_digit_off(digest, told[wrong[0]]):
            for title in wrong:  # the other list, or all digits but one, agree with the file: the list is damaged
                self.add("sums", title, f"its line for {name} is damaged")
        elif all(listed is None for listed in told.values()):
            if "/" in name:
                self.add("unexpected", name, "is in no list of files; load_dataset would read it")
        else:
            self.changed[name] = Finding("checksum", name, "is not the file that was packed: its sha256 differs")

    def _index(self, index: str) -> None:
        """All rows of an index, and every shard against them."""
        variant = _variant(index)
        quick = self.result.level == "quick"
        leaks = Leaks(self.add) if variant == "data" else None
        seen: set[str] = set()
        shards: set[str] = set()
        check = quick_shard if self.sizes_only else check_shard
        with ThreadPoolExecutor(self.workers) as pool:
            jobs: deque[Future[list[Finding]]] = deque()
            try:
                for name, rows in self._shards_of(index, seen):
                    if name in shards:
                        self.add("index", index, f"rows of {name} do not stand together")
                    shards.add(name)
                    if leaks is not None and not quick:
                        leaks.look(rows)
                    if name in self.files:
                        deep = {} if self.sizes_only else {"deep": self.result.level == "deep"}
                        jobs.append(pool.submit(check, self.path, name, rows, **deep))
                    elif name not in self.changed:
                        self.add("missing", name, "is in the index and not there")
                    while len(jobs) > 2 * self.workers:
                        self.result.findings += jobs.popleft().result()
            except DatasetError as error:
                self.add("index", index, str(error).removeprefix(f"{self.path / index}: "))
            for job in jobs:
                self.result.findings += job.result()
        if leaks is not None and leaks.copies:
            more = f", and {len(leaks.copies) - 1:,} more such clips" if len(leaks.copies) > 1 else ""
            self.result.notes.append(replace(leaks.copies[0], problem=leaks.copies[0].problem + more))
        here = {name for name in self.files if name.startswith(f"{variant}/") and name.endswith(".tar")}
        for name in sorted(here - shards):
            self.add("unexpected", name, "is not in the index")
        if variant == "data":
            self.result.clips = len(seen)
        elif INDEX not in self.changed and (missing := sorted(self.splits.keys() ^ seen)):
            self.add("proxy", index, f"{len(missing)} clips are in one variant only", missing[0])

    def _shards_of(self, index: str, seen: set[str]) -> Iterator[tuple[str, list[IndexRow]]]:
        """(shard, its rows), a row group at a time; rows that are no valid clips are findings."""
        variant = _variant(index)
        columns = _QUICK_COLUMNS if self.result.level == "quick" else None
        for table in read_tables(self.path / index, columns):
            shards: dict[str, list[IndexRow]] = {}
            for fields in table.to_pylist():
                key = str(fields["key"])
                row = self._row(index, fields)
                if key in seen:
                    self.add("duplicate", index, "a key stands in it twice", key)
                elif row is not None:
                    self.result.withheld += variant == "data" and WITHHELD in (fields["flags"] or ())
                    self._place(index, row)
                    shards.setdefault(row.shard, []).append(row)
                seen.add(key)
            yield from shards.items()

    def _row(self, index: str, fields: dict[str, Any]) -> IndexRow | None:
        key = str(fields["key"])
        try:
            if self.result.level == "quick":
                clip = Clip.model_construct(**fields)
            else:
                clip = Clip.from_dict({**fields, "flags": fields["flags"] or []})
        except ClipError as error:
            self.add("record", index, str(error), key)
            return None
        if any(fields[name] is None for name in PLACE_FIELDS) or clip.sha256 is None:
            self.add("index", index, "a row without split, shard, offset, size or sha256", key)
            return None
        if clip.category is not None and self.taxonomy is not None and clip.category not in self.taxonomy.names:
            self.add("category", index, f"category {clip.category[:80]!a} is not in {_TAXONOMY}", key)
        return IndexRow(clip, *(fields[name] for name in PLACE_FIELDS))

    def _place(self, index: str, row: IndexRow) -> None:
        variant = _variant(index)
        if row.split not in SPLITS or not row.shard.startswith(f"{variant}/{row.split}/svta-{row.split}-"):
            self.add("split", index, f"split {row.split[:40]!a} and shard {row.shard[:120]!a} do not fit", row.clip.key)
        if variant == "data":
            self.splits[row.clip.key] = row.split
        elif self.splits.get(row.clip.key, row.split) != row.split:
            self.add(
                "split", index, f"is in {row.split} here and in {self.splits[row.clip.key]} in {INDEX}", row.clip.key
            )

    def _without_index(self, folder: str) -> None:
        """The index is damaged or gone: read the shards whose bytes changed for themselves."""
        if self.sizes_only:
            return
        for name in sorted(self.files & self.changed.keys()):
            if name.startswith(folder) and name.endswith(".tar"):
                _, findings = check_tar(self.path / name, deep=self.result.level == "deep")
                self.result.findings += [Finding(f.code, name, f.problem, f.key) for f in findings]

    def _card(self) -> None:
        """README.md: its YAML must say what the content is; the words below it are the user's."""
        if CARD not in self.files and CARD not in self.changed:
            self.add("missing", CARD, "the card is not there; load_dataset would guess the features")
        if not {CARD, INDEX} <= self.files - self.changed.keys() or self.taxonomy is None:
            return
        if self.result.level == "quick":
            return
        try:
            told = read_front_matter((self.path / CARD).read_bytes().decode())
            facts = gather(self.path)
        except (DatasetError, UnicodeDecodeError) as error:
            self.add("card", CARD, str(error))
            return
        except FileNotFoundError:
            return  # a shard is missing: told already
        rights = strictest_of(facts.made_of, facts.footage)
        want = front_matter(facts, rights, self.taxonomy, has_proxy=f"proxy/{INDEX}" in self.files)
        damaged = any(name.endswith(".tar") for name in self.changed)  # then sizes differ, and that is told already
        if told.get("license") == recorded_licence(self.build):  # written when the table of rights knew less
            want |= {name: told.get(name) for name in ("license", "license_name")}
        for name in ("configs", "license", "license_name", "size_categories", *(() if damaged else ("dataset_info",))):
            if told.get(name) != want.get(name):
                self.add("card", CARD, f"its YAML field {name} is not what the content is")
        if not damaged:
            self.result.findings += check_about(self.path, facts)

    def _belongings(self) -> None:
        """Links, devices, code, and what is no part of the dataset."""
        if not self.is_repo:  # of a repo only names are here
            findings, notes = belongings(self.path, self.listed)
            self.result.notes += notes
            told = {finding.file for finding in self.result.findings} | self.changed.keys()
            self.result.findings += [
                finding for finding in findings if finding.code == "code" or finding.file not in told
            ]

    def _counts(self) -> None:
        """build.json and rejected.jsonl against what was counted."""
        if BUILD in self.changed or not self.build:
            return
        if INDEX not in self.changed and self.build.get("clips") != self.result.clips:
            self.add("count", BUILD, f"says {self.build.get('clips')} clips, {INDEX} lists {self.result.clips}")
        if REJECTED in self.files and REJECTED not in self.changed:
            bad: list[tuple[int, Exception]] = []
            rejected = sum(1 for _ in read_jsonl(self.path / REJECTED, lambda *line: bad.append(line)))
            for _, error in bad:
                self.add("rejected", REJECTED, str(error))
            if rejected + len(bad) != self.build.get("rejected"):
                self.add("count", BUILD, f"says {self.build.get('rejected')} rejects, {REJECTED} has {rejected}")


def _taxonomy_of(tar: Path) -> frozenset[str]:
    """The categories a tar's clips may have: those of the dataset it lies in, else svta's own; aliases too."""
    root = dataset_of(tar)
    taxonomy = load_taxonomy(root / _TAXONOMY if root is not None and (root / _TAXONOMY).is_file() else None)
    return frozenset(name for category in taxonomy.categories for name in (category.name, *category.aliases))


def _variant(index: str) -> str:
    return index.removesuffix(INDEX).rstrip("/") or "data"


def _one_digit_off(digest: str, listed: str | None) -> bool:
    return listed is not None and sum(a != b for a, b in zip(digest, listed)) == 1
