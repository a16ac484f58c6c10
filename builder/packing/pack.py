"""From finished clips to a dataset folder: README.md, data/<split>/*.tar, clips.parquet, checksums.

Reads a clips folder (parts.py), writes DIR as DESIGN says: shards first, SHA256SUMS last. DIR/.build holds what a
killed run has finished; the same command resumes from there and ends with the same bytes.

    svta pack clips/ --out DIR
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import pyarrow as pa

from svta.builder.card.documentation import earlier_card
from svta.builder.errors import DatasetError, TaxonomyError
from svta.builder.io.disk import disk_full_as_error
from svta.builder.io.files import exclusive_lock, sha256_file
from svta.builder.io.json_text import JsonObject
from svta.builder.io.limits import read_bytes
from svta.builder.io.parallel import thread_pool
from svta.builder.io.safe_path import Root
from svta.builder.layout.clips_folder import Part, PartError, planned_taxonomy
from svta.builder.layout.guards import check_files, check_output
from svta.builder.paths import CARD, INDEX, REJECTED, TAXONOMY
from svta.builder.project.config import Project, check_project
from svta.builder.project.find import packed_project
from svta.builder.record import Clip
from svta.builder.shards.audit_columns import read_marks, write_marks
from svta.builder.shards.index import IndexRow, read_tables, to_table, write_index
from svta.builder.shards.sample import ShardError
from svta.builder.shards.writer import write_shard
from svta.builder.splits import SPLITS
from svta.builder.taxonomy import Taxonomy, check_names, load_taxonomy
from svta.builder.versions import version_of

from .config import PackConfig
from .finalize import Rejects, finalize
from .part_reader import OpenParts
from .resume import Base, build_before, find_base, is_written, mark_written, remove_work, start_work, written_rows
from .selection import Selection, SplitRule, read_rejected, ready_parts, select_clips
from .shard_plan import Shard, plan_shards

MAX_REJECTED_BYTES: Final = 4_000_000_000  # of the dataset that is appended to


@dataclass(frozen=True)
class PackReport:
    """What is at `out` now. `rejected` clips are in rejected.jsonl, counted by reason; `done`: nothing to do.

    groups: how many source videos all its clips are of, if they name them; None if no clip was read. torn_groups: those
    whose clips were given several splits. unknown_splits: words of source_split that mean none, and how many clips.
    repeated: new clips whose caption was there before. recategorised: clips that were there before in another category.
    """

    out: Path
    clips: int
    rejected: int
    splits: dict[str, int]
    shards: int
    num_bytes: int
    reasons: dict[str, int] = field(default_factory=dict)
    done: bool = False
    groups: int | None = None
    torn_groups: tuple[str, ...] = ()
    unknown_splits: dict[str, int] = field(default_factory=dict)
    repeated: int = 0
    recategorised: int = 0


def pack(
    clips_dir: str | Path,
    out: str | Path,
    config: PackConfig | None = None,
    *,
    append: bool = False,
    workers: int | None = None,
    dry_run: bool = False,
    on_shard: Callable[[int, int], None] | None = None,
) -> PackReport:
    """Pack the finished clips of `clips_dir` into the dataset folder `out`; see PackConfig.

    Byte-identical for any number of workers. With `append` the clips are added to a finished dataset: no shard of
    it is rewritten, no clip moves. on_shard(done, total) reports progress. Nothing is written when nothing is
    kept (report.clips == 0) or with `dry_run`. Raises SvtaError for wrong input.
    """
    clips_dir, out = Path(clips_dir), Path(out)
    check_files(out)
    config = (config or PackConfig()).resolved(build_before(out) if append else None)
    rule = SplitRule.parse(config.splits or "7:1:2", config.seed or 0)
    if out.absolute().is_relative_to(clips_dir.absolute()):
        raise DatasetError(f"{out}: is inside the clips folder {clips_dir}; use another --out")
    check_output(out.absolute().parent)
    parts = ready_parts(clips_dir, partial=config.partial)
    planned = planned_taxonomy(clips_dir)
    given = None if config.taxonomy is None else load_taxonomy(config.taxonomy)
    # clips that only add to the one given keep their own; of the same categories the words given count
    is_given = given is not None and (planned is None or planned.names == given.names or not _begins(planned, given))
    taxonomy = (given if is_given else planned) or load_taxonomy()
    spec = _spec(clips_dir, parts, config, rule, taxonomy)
    with nullcontext() if dry_run else exclusive_lock(out), disk_full_as_error(out):
        base = find_base(out, spec, append)
        if base is not None and base.holds(spec):
            remove_work(out)
            project = _project(config.project, base)
            if not dry_run and project != packed_project(base.build):
                return _report(out, _described_anew(out, base, project))
            return _report(out, base.build, done=True)
        if base is not None:
            base.load()
            old = load_taxonomy(base.path / TAXONOMY)
            is_known = _begins(old, taxonomy) or (planned is None and given is None)
            is_longer = given is None or len(old.names) > len(taxonomy.names)
            taxonomy = old if is_known and is_longer else _extended(old, taxonomy)
        packed, packed_clips = (base.splits, base.clips()) if base else ({}, iter(()))
        selection = select_clips(clips_dir, parts, rule, taxonomy, packed=packed, packed_clips=packed_clips)
        check_names(
            (str(row.get("category")) for row in selection.rejected if row["reason"] == "unknown_category"),
            selection.named,
            taxonomy,
        )
        project = _project(config.project, base)
        shards = plan_shards(selection.entries, config, base.shards if base else {}, project.name)
        rejected = [*read_rejected(clips_dir, parts), *selection.rejected]
        if dry_run or not shards:
            return _with_groups(_outlook(out, selection, shards, rejected), selection)
        jobs: list[tuple[Shard, int | None]] = [(shard, None) for shard in shards]
        if config.proxy:
            jobs += [(s._replace(name=s.name.replace("data/", "proxy/", 1)), config.proxy) for s in shards]
        names = [shard.name for shard, _ in jobs]
        start_work(out, spec, names, base)
        _write_shards(out, jobs, taxonomy, workers, on_shard)
        run = {"spec": spec, **rule.as_dict(), "read": selection.read, "kept": sum(len(s.entries) for s in shards)}
        run |= {"note": config.note} if config.note else {}
        _write_indexes(out, names, base)
        first = {
            "format": 1,
            "versions": {name: version_of(name) for name in ("svta", "av", "pyarrow")},
            "config": config.as_dict(),
            **({"project": project.published()} if project.is_given else {}),
            "inputs": [*(base.build["inputs"] if base else []), run],
            **({"audit": base.build["audit"]} if base and "audit" in base.build else {}),
        }
        earlier = earlier_card(out / CARD, base.build) if base else None
        build = finalize(out, names, taxonomy, _rejects(base, rejected), first, earlier=earlier)
        remove_work(out)
        return _with_groups(_report(out, build), selection)


def _with_groups(report: PackReport, selection: Selection) -> PackReport:
    torn, unknown = tuple(sorted(selection.torn)), dict(selection.unknown_splits)
    groups = len(selection.groups - {None})
    report = replace(report, repeated=selection.repeated, recategorised=selection.recategorised)
    return replace(report, groups=groups, torn_groups=torn, unknown_splits=unknown)


def _project(given: Project, base: Base | None) -> Project:
    """Whose dataset it is: of an append the one it was packed under, with the new values of the project file; its name
    stays, for shards have it."""
    if base is None:
        return given
    before = packed_project(base.build)
    if not given.is_given:
        return before
    return check_project({**given.published(), "name": before.name}, "svta.yaml")


def _described_anew(out: Path, base: Base, project: Project) -> JsonObject:
    """The same clips under a project file that says something else: the documents are written again, no shard is."""
    names = ("format", "versions", "config", "inputs", "audit")
    first: dict[str, object] = {name: base.build[name] for name in names if name in base.build}
    earlier = earlier_card(out / CARD, base.build)
    taxonomy = load_taxonomy(out / TAXONOMY)
    first |= {"project": project.published()}
    return finalize(out, [], taxonomy, _rejects(base, []), first, earlier=earlier)


def _write_shards(
    out: Path,
    jobs: Sequence[tuple[Shard, int | None]],
    taxonomy: Taxonomy,
    workers: int | None,
    on_shard: Callable[[int, int], None] | None,
) -> None:
    with (
        OpenParts() as parts,
        thread_pool(workers) as pool,  # reading, hashing and coding release the GIL
    ):
        futures = [pool.submit(_write_one, out, shard, taxonomy, short_side, parts) for shard, short_side in jobs]
        try:
            for done, future in enumerate(futures, 1):
                future.result()
                if on_shard is not None:
                    on_shard(done, len(jobs))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _write_one(out: Path, shard: Shard, taxonomy: Taxonomy, short_side: int | None, parts: OpenParts) -> None:
    """Write one shard, its rows of the index and, last, a mark; leave it alone where all three fit together."""
    if is_written(out, shard.name):
        return
    clips: list[Clip] = []
    digest = hashlib.sha256()
    try:
        samples = _samples(shard, taxonomy, short_side, clips, parts)
        entries = write_shard(Root(out).path(shard.name), samples, digest=digest)
    except ShardError as error:
        part = next(entry.part for entry in shard.entries if entry.key == error.key)
        remedy = f"delete {part.stem}.json and run the command that made it again"
        raise PartError(f"{part} key {error.key}: {error.problem}; {remedy}") from None
    table = to_table([IndexRow(c, shard.split, shard.name, e.offset, e.size) for c, e in zip(clips, entries)])
    mark_written(out, shard.name, digest.hexdigest(), table)


def _samples(
    shard: Shard, taxonomy: Taxonomy, short_side: int | None, clips: list[Clip], parts: OpenParts
) -> Iterator[tuple[Clip, bytes]]:
    """Each clip from its part; `clips` collects the records, so that no video stays in memory."""
    shrink = None
    if short_side is not None:
        from .proxy import Shrink

        shrink = Shrink(short_side)
    for entry in shard.entries:
        clip, video = parts.read(entry, taxonomy)
        if shrink is not None:
            clip, video = shrink(clip, video)
        clips.append(clip)
        yield clip, video


def _write_indexes(out: Path, names: Sequence[str], base: Base | None) -> None:
    """clips.parquet of each variant that has shards, now or in the dataset that is appended to."""
    for variant, index in (("data", INDEX), ("proxy", f"proxy/{INDEX}")):
        new = [name for name in names if name.startswith(variant)]
        if new or (base is not None and (base.path / index).is_file()):
            marks = read_marks(base.path / index) if base and variant == "data" else {}
            write_index(out / index, _all_rows(out, new, base.path / index if base else None))
            write_marks(out / index, marks)


def _rejects(base: Base | None, rows: Sequence[dict[str, object]]) -> Rejects:
    if base is None:
        return Rejects(rows)
    before = base.path / REJECTED
    return Rejects(rows, read_bytes(before, MAX_REJECTED_BYTES) if before.is_file() else b"", base.build["reasons"])


def _all_rows(out: Path, names: Sequence[str], before: Path | None) -> Iterator[pa.Table]:
    """The index of the whole dataset, split by split, one row group a shard, what was there before first."""
    for split in SPLITS:
        for table in read_tables(before) if before is not None and before.is_file() else ():
            if table.num_rows and table["split"][0].as_py() == split:
                yield table
        for name in names:
            if name.split("/")[1] == split:
                yield written_rows(out, name)


def _spec(clips_dir: Path, parts: Sequence[Part], config: PackConfig, rule: SplitRule, taxonomy: Taxonomy) -> str:
    """The sha256 of everything that decides the dataset's bytes; contains no path."""
    rejects = clips_dir / REJECTED
    inputs = {
        "parts": [(part.unit, part.sha256) for part in parts],
        "rejected": sha256_file(rejects) if rejects.is_file() else None,
        "rule": rule.as_dict(),
        "shards": tuple(config.as_dict().values()),
        "taxonomy": taxonomy.to_json(),
    }
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def _begins(taxonomy: Taxonomy, other: Taxonomy | None) -> bool:
    """Whether its first categories are all those of the other, if there is one."""
    return other is None or taxonomy.names[: len(other.names)] == other.names


def _extended(old: Taxonomy, new: Taxonomy) -> Taxonomy:
    """The taxonomy after an append: that of the clips, which only adds to the dataset's end, or says more of it."""
    if not _begins(new, old):
        raise TaxonomyError(
            f"--taxonomy {new.name}: categories of the dataset are moved or missing; only add at the end"
        )
    return new


def _outlook(
    out: Path, selection: Selection, shards: Sequence[Shard], rejected: Sequence[dict[str, object]]
) -> PackReport:
    splits: dict[str, int] = {split: len(selection.entries[split]) for split in SPLITS if split in selection.entries}
    num_bytes = sum(entry.end - entry.offset for shard in shards for entry in shard.entries)
    reasons = dict(sorted(Counter(str(row.get("reason", "unnamed")) for row in rejected).items()))
    return PackReport(out, sum(splits.values()), len(rejected), splits, len(shards), num_bytes, reasons)


def _report(out: Path, build: JsonObject, *, done: bool = False) -> PackReport:
    names = ("clips", "rejected", "splits", "shards", "num_bytes", "reasons")
    return PackReport(out, **{name: build[name] for name in names}, done=done)
