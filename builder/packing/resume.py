"""What is at a dataset folder before pack writes there: nothing, an unfinished run, or a finished dataset.

Reads DIR and DIR/.build (plan.json: what the running pack is making; base/: what an append started from).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from svta.builder.errors import DatasetError
from svta.builder.io.files import atomic_write, sha256_file, write_json
from svta.builder.io.json_text import JsonObject, read_json
from svta.builder.io.limits import regular
from svta.builder.io.safe_path import Root, check_relative
from svta.builder.layout.guards import check_files
from svta.builder.layout.manifest import is_sealed, read_build
from svta.builder.paths import BUILD, INDEX, REJECTED, SUMS
from svta.builder.record import Clip
from svta.builder.shards.index import read_index, read_rows, read_tables, write_rows

if TYPE_CHECKING:
    import pyarrow as pa


WORK: Final = ".build"
_MAX_MARK_BYTES: Final = 10_000
_KEPT: Final = ("taxonomy.json", REJECTED, INDEX, f"proxy/{INDEX}", BUILD)  # build.json last: it is the mark


class Base:
    """The finished dataset that is appended to, as it was before: which clip and shard is in which split."""

    def __init__(self, path: Path):
        self.path = path
        self.build: JsonObject = read_build(path)
        self.splits: dict[str, str] = {}
        self.shards: dict[str, int] = {}

    def load(self) -> Base:
        """Read the index: key -> split, and the number of shards of each split."""
        for table in read_tables(self.path / INDEX, ["key", "split", "shard"]):
            columns = table.to_pydict()
            self.splits.update(zip(columns["key"], columns["split"]))
            for split, shard in {*zip(columns["split"], columns["shard"])}:
                number = self._number_of(shard)
                self.shards[split] = max(self.shards.get(split, 0), number + 1)
        return self

    def _number_of(self, shard: str) -> int:
        number = str(shard).removesuffix(".tar").rpartition("-")[2]
        if not (number.isascii() and number.isdecimal() and len(number) <= 9):
            raise DatasetError(f"{self.path / INDEX}: the shard {str(shard)[:120]!a} has no number; see `svta verify`")
        return int(number)

    def clips(self) -> Iterator[Clip]:
        """Its clips, so that ties to them are seen."""
        for row in read_index(self.path / INDEX):
            yield row.clip

    def holds(self, spec: str) -> bool:
        """Whether a run with this spec is in it already."""
        return any(run["spec"] == spec for run in self.build["inputs"])


def find_base(out: Path, spec: str, append: bool) -> Base | None:
    """The dataset at `out` if it is this very one or is to be appended to; None if there is none yet.

    Raises DatasetError if packing would harm what is there.
    """
    check_files(out)
    work = Root(out).path(WORK)
    if is_sealed(out):
        present = Base(out)
        if present.holds(spec):
            return present
        if (work / "plan.json").is_file() and present.holds(_read_plan(work)["spec"]):
            remove_work(out)  # an earlier append was killed between its last file and this
    if append and (work / "base" / BUILD).is_file():
        return Base(work / "base").load()
    if (out / SUMS).is_file():
        if append:
            return Base(out).load()
        what = "made from other input, or with other options such as --proxy, --splits or --taxonomy"
        raise DatasetError(f"{out}: a finished dataset {what}; use --append, or another --out")
    if append:
        raise DatasetError(f"{out}: no finished dataset to append to; pack without --append first")
    foreign = sorted(child.name for child in out.iterdir()) if out.is_dir() else []
    if foreign and not work.is_dir():
        raise DatasetError(f"{out}: holds {foreign[0]!r}, which pack did not write; use another --out")
    return None


def build_before(out: Path) -> JsonObject | None:
    """build.json of the dataset that an append adds to, as it was before the append began; None if there is none."""
    place = next((folder for folder in (out / WORK / "base", out) if (folder / BUILD).is_file()), None)
    return None if place is None else read_build(place)


def start_work(out: Path, spec: str, shards: Sequence[str], base: Base | None) -> None:
    """Set DIR/.build up for a run that writes `shards`; the leftovers of an interrupted other run are removed."""
    work = Root(out).path(WORK)
    plan = work / "plan.json"
    if plan.is_file():
        old = _read_plan(work)
        if old["spec"] == spec:
            for left in sorted(out.rglob("*.part")):
                left.unlink(missing_ok=True)
            return
        for name in old["shards"]:
            Root(out).path(name, str(plan)).unlink(missing_ok=True)
    in_work = base is not None and base.path == work / "base"
    for child in sorted(work.iterdir()) if work.is_dir() else ():
        if not (in_work and child.name == "base"):
            shutil.rmtree(child) if child.is_dir() else child.unlink()
    if base is not None and not in_work:
        for name in _KEPT:
            if (out / name).is_file():
                with atomic_write(work / "base" / name) as copy, open(out / name, "rb", opener=regular) as file:
                    shutil.copyfileobj(file, copy)
        base.path = work / "base"
    write_json(plan, {"spec": spec, "shards": list(shards)})


def _read_plan(work: Path) -> JsonObject:
    """What a run was making. Raises DatasetError for what no run wrote: its shards are removed before another run."""
    path = work / "plan.json"
    try:
        plan = read_json(path)
        names = [check_relative(name) for name in plan["shards"]]
        if not isinstance(plan["spec"], str) or not all(
            n.startswith(("data/", "proxy/")) and n.endswith(".tar") for n in names
        ):
            raise ValueError
    except (ValueError, TypeError, KeyError, AttributeError, DatasetError):
        raise DatasetError(f"{path}: is damaged or was not written by pack; use another --out") from None
    return dict(plan)


def is_written(out: Path, shard: str) -> bool:
    """Whether a shard, its rows of the index and their mark are there and fit together."""
    mark = _mark(out, shard)
    tar, rows = Root(out).path(shard), _rows(out, shard)
    if mark is None or not (tar.is_file() and rows.is_file()):
        return False
    return mark == {"tar": sha256_file(tar), "rows": sha256_file(rows)}


def mark_written(out: Path, shard: str, tar_sha256: str, rows: pa.Table) -> None:
    """Keep a finished shard's rows of the index and, last, its mark."""
    mark = {"tar": tar_sha256, "rows": write_rows(_rows(out, shard), rows)}
    with atomic_write(_rows(out, shard).with_suffix(".json"), sync=False) as file:
        file.write(json.dumps(mark).encode())


def written_rows(out: Path, shard: str) -> pa.Table:
    """The rows of the index that mark_written kept."""
    return read_rows(_rows(out, shard))


def written_sums(out: Path, shards: Sequence[str]) -> dict[str, str]:
    """Shard -> sha256, as its mark says."""
    return {shard: mark["tar"] for shard in shards if (mark := _mark(out, shard)) is not None}


def _rows(out: Path, shard: str) -> Path:
    return Root(out).path(f"{WORK}/{shard.removesuffix('.tar')}.arrow")


def _mark(out: Path, shard: str) -> dict[str, str] | None:
    """What mark_written wrote; None if there is none yet, or one that a power cut left empty."""
    try:
        mark = read_json(_rows(out, shard).with_suffix(".json"), _MAX_MARK_BYTES)
    except (FileNotFoundError, DatasetError):
        return None
    is_mark = isinstance(mark, dict) and all(isinstance(mark.get(name), str) for name in ("tar", "rows"))
    return mark if is_mark else None


def remove_work(out: Path) -> None:
    """Remove DIR/.build: the dataset is sealed."""
    shutil.rmtree(out / WORK, ignore_errors=True)
