"""One finished dataset folder out of another: clips changed or left out, splits or a variant chosen, the rest as it is.

Reads a dataset folder (parts of it, where only some splits are wanted), writes another, finished and sealed. Shards
in which nothing changes are linked, not copied. `svta push` dehydrates with it, `svta pull` hydrates and selects.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from svta.builder.card.documentation import earlier_card
from svta.builder.errors import DatasetError, NothingUsable
from svta.builder.io.files import atomic_write, sha256_file, write_json
from svta.builder.io.json_text import JsonObject, read_json, read_jsonl
from svta.builder.io.limits import regular
from svta.builder.io.parallel import thread_pool
from svta.builder.io.safe_path import Root
from svta.builder.layout.manifest import is_sealed, read_build, read_sums
from svta.builder.paths import CARD, INDEX, REJECTED, SUMS, TAXONOMY
from svta.builder.record import Clip
from svta.builder.shards.audit_columns import AuditMark, read_marks, write_marks
from svta.builder.shards.index import IndexRow, read_tables, rows_of, to_table, write_index
from svta.builder.shards.reader import read_member
from svta.builder.shards.writer import write_shard
from svta.builder.taxonomy import load_taxonomy

from .finalize import Rejects, finalize
from .resume import WORK, is_written, mark_written, remove_work, written_rows

VARIANTS: Final = {"data": "data", "proxy": "proxy"}
_PLAN: Final = f"{WORK}/rewriting.json"

Change = Callable[[Clip, Callable[[], bytes]], Clip | tuple[Clip, bytes] | str]
"""(clip, a function that reads its video) -> the clip as it must become (with its video, where that changes), or the
reason to leave it out."""

Job = Future[list[tuple[Clip, str]]]  # the clips that are left out of a shard, with reasons


class NoClipLeft(NothingUsable):
    """A derived dataset would be empty."""


@dataclass(frozen=True)
class Derivation:
    """What decides the new folder besides the old one. `record`: what build.json says of it, under "derived".

    `splits`: those to keep (None: all). `variants`: old folder -> new folder; {"proxy": "data"} makes the small videos
    the dataset. `reject`: what becomes of a line of rejected.jsonl. `notice`, `results`: the card's (None: the old).
    `keep`: further files of the dataset that go over as they are. `marks`, `audit`: what an audit found out of single
    clips, and of all (None: what the old dataset says).
    """

    record: dict[str, object]
    change: Change | None = None
    reject: Callable[[Mapping[str, object]], dict[str, object]] = dict
    splits: Sequence[str] | None = None
    variants: Mapping[str, str] = field(default_factory=lambda: VARIANTS)
    notice: str | None = None
    results: Sequence[Mapping[str, object]] | None = None
    keep: Sequence[str] = ()
    marks: Mapping[str, AuditMark] | None = None
    audit: Mapping[str, object] | None = None


class _Shard(NamedTuple):
    old: str
    new: str
    rows: list[IndexRow]


def derive_dataset(
    dataset: str | Path,
    out: str | Path,
    how: Derivation,
    *,
    workers: int | None = None,
    on_shard: Callable[[int, int], None] | None = None,
) -> JsonObject:
    """Write the dataset that `how` makes of `dataset` into `out`; returns its build.json.

    The same input gives the same bytes. A run that was killed resumes; a folder that is this dataset already is left
    alone, and one that is another unfinished or finished rewriting is replaced. Raises DatasetError if no clip is left.
    """
    dataset, out, place = Path(dataset), Path(out), Root(out)
    old = read_build(dataset)
    record = {"from": sha256_file(dataset / SUMS), **how.record}
    if is_sealed(out) and (build := read_build(out)).get("derived") == record:
        remove_work(out)
        return build
    _begin(out, record)
    sums = read_sums(dataset)
    names: dict[str, list[str]] = {}
    left_out: dict[str, tuple[Clip, str]] = {}
    for variant, folder in how.variants.items():
        if not (dataset / _index(variant)).is_file():
            continue
        shards = list(_shards(dataset, variant, folder, how.splits, sums))
        with thread_pool(workers) as pool:
            jobs = [pool.submit(_write, dataset, out, shard, how.change, left_out, sums) for shard in shards]
            gone = [job.result() for job in _tracked(jobs, on_shard)]
        if not names:  # the first variant decides
            left_out = {clip.key: (clip, reason) for shard in gone for clip, reason in shard}
        names[folder] = [shard.new for shard in shards if place.path(shard.new, INDEX).is_file()]
        if not names[folder]:
            raise NoClipLeft(f"{dataset}: no clip is left{_why(left_out)}")
        write_index(out / _index(folder), (written_rows(out, name) for name in names[folder]))
    write_marks(out / INDEX, read_marks(dataset / INDEX) if how.marks is None else how.marks)
    for name in how.keep:
        if name in sums:
            link(Root(dataset).path(name), place.path(name))
    build = finalize(
        out,
        [name for shards_of in names.values() for name in shards_of],
        load_taxonomy(dataset / TAXONOMY),
        Rejects(_rejects(dataset, how, list(left_out.values()))),
        {name: value for name, value in old.items() if name not in ("files", "card")}
        | ({"audit": dict(how.audit)} if how.audit is not None else {}),
        notice=str(old.get("notice", "")) if how.notice is None else how.notice,
        results=old.get("results", []) if how.results is None else [dict(run) for run in how.results],
        derived=record,
        earlier=earlier_card(dataset / CARD, old),
    )
    remove_work(out)
    return build


def is_unfinished(out: str | Path) -> bool:
    """Whether a rewriting of a dataset was begun in this folder, if only just, and did not come to its end."""
    out = Path(out)
    return (out / _PLAN).is_file() or (out.is_dir() and [path.name for path in out.iterdir()] == [WORK])


def _begin(out: Path, record: dict[str, object]) -> None:
    plan = out / _PLAN
    if _read_record(plan) != record:
        shutil.rmtree(out, ignore_errors=True)
        write_json(plan, record)
    for left in out.rglob("*.part"):
        left.unlink(missing_ok=True)


def _read_record(plan: Path) -> object:
    try:
        return read_json(plan)
    except (FileNotFoundError, DatasetError):
        return None


def _index(variant: str) -> str:
    return INDEX if variant == "data" else f"{variant}/{INDEX}"


def _shards(
    dataset: Path, variant: str, folder: str, splits: Sequence[str] | None, sums: Mapping[str, str]
) -> Iterator[_Shard]:
    """The shards of a variant with their rows. Raises DatasetError if the index names a file that is not a shard."""
    for table in read_tables(dataset / _index(variant)):
        shards: dict[str, list[IndexRow]] = {}
        for row in rows_of(table, _index(variant)):
            if splits is None or row.split in splits:
                shards.setdefault(row.shard, []).append(row)
        for name, rows in shards.items():
            if name not in sums or not name.startswith(f"{variant}/"):
                where = f"{dataset / _index(variant)} key {rows[0].clip.key}"
                raise DatasetError(f"{where}: its shard {name[:120]!a} is not in {SUMS}; see `svta verify`")
            yield _Shard(name, f"{folder}/{name.removeprefix(f'{variant}/')}", rows)


def _tracked(jobs: list[Job], on_shard: Callable[[int, int], None] | None) -> Iterator[Job]:
    for done, job in enumerate(jobs, 1):
        yield job
        if on_shard is not None:
            on_shard(done, len(jobs))


def _write(
    dataset: Path,
    out: Path,
    shard: _Shard,
    change: Change | None,
    left_out: Mapping[str, tuple[Clip, str]],
    sums: Mapping[str, str],
) -> list[tuple[Clip, str]]:
    """Write one shard, or link it where no clip changes; returns the clips that are left out of it, with reasons."""
    kept: list[tuple[Clip, IndexRow, bytes | None]] = []
    gone: list[tuple[Clip, str]] = []
    old_path, new_path = Root(dataset).path(shard.old, INDEX), Root(out).path(shard.new, INDEX)
    with open(old_path, "rb", buffering=0, opener=regular) as file:
        for row in shard.rows:
            if row.clip.key in left_out:
                continue

            def video(row: IndexRow = row) -> bytes:
                return read_member(file.fileno(), row.offset, row.size)

            changed = change(row.clip, video) if change is not None else row.clip
            if isinstance(changed, str):
                gone.append((row.clip, changed))
            else:
                kept.append((changed[0], row, changed[1]) if isinstance(changed, tuple) else (changed, row, None))
        if not kept or is_written(out, shard.new):
            return gone
        kept.sort(key=lambda item: item[0].key)
        if len(kept) == len(shard.rows) and all(changed == row.clip and new is None for changed, row, new in kept):
            link(old_path, new_path)
            digest, places = sums[shard.old], [(row.offset, row.size) for _, row, _ in kept]
        else:
            hashed = hashlib.sha256()
            samples = (
                (changed, read_member(file.fileno(), row.offset, row.size) if new is None else new)
                for changed, row, new in kept
            )
            entries = write_shard(new_path, samples, digest=hashed)
            digest, places = hashed.hexdigest(), [(entry.offset, entry.size) for entry in entries]
    rows = [IndexRow(changed, row.split, shard.new, *place) for (changed, row, _), place in zip(kept, places)]
    mark_written(out, shard.new, digest, to_table(rows))
    return gone


def link(old: Path, new: Path) -> None:
    """A second name of the same bytes; a copy where the file system has no links. Finished shards never change."""
    new.parent.mkdir(parents=True, exist_ok=True)
    new.unlink(missing_ok=True)
    try:
        os.link(old.resolve(), new)
    except OSError:
        with atomic_write(new) as copy, open(old, "rb", opener=regular) as file:
            shutil.copyfileobj(file, copy, 1 << 20)


def _rejects(dataset: Path, how: Derivation, left_out: Sequence[tuple[Clip, str]]) -> Iterator[dict[str, object]]:
    if (dataset / REJECTED).is_file():
        yield from (how.reject(row) for _, row in read_jsonl(dataset / REJECTED))
    for clip, reason in sorted(left_out, key=lambda item: item[0].key):
        yield {**how.reject(clip.to_dict()), "reason": reason}


def _why(left_out: Mapping[str, tuple[Clip, str]]) -> str:
    reasons = Counter(reason for _, reason in left_out.values())
    return f": {', '.join(f'{count} {reason}' for reason, count in sorted(reasons.items()))}" if reasons else ""
