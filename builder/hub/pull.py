"""A dataset from the Hub: all of it or some splits, every file checked, captions put back from the sources' own files.

Reads the repo ns/name, writes the dataset folder DIR; DIR/.pull holds unfinished files. A killed pull goes on where it
was, and a pull into a folder that holds the same dataset fetches only what is missing there.

    svta pull ns/name DIR [--revision v1.0] [--split test] [--source uca=FILE]
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal

from svta.builder.card.documentation import MAX_CARD_BYTES
from svta.builder.dataset.source import HUB, Source
from svta.builder.errors import DatasetError
from svta.builder.io.disk import disk_full_as_error
from svta.builder.io.files import exclusive_lock, sha256_file, write_text
from svta.builder.io.json_text import JsonObject
from svta.builder.io.limits import read_text
from svta.builder.io.safe_path import Root
from svta.builder.layout.guards import check_files, check_folder
from svta.builder.layout.manifest import files_of, is_sealed, read_build, read_sums, sums_text
from svta.builder.layout.stats import WITHHELD, compute_stats
from svta.builder.packing.derive import VARIANTS, Derivation, derive_dataset, link
from svta.builder.paths import CARD, INDEX, SUMS
from svta.builder.shards.index import read_index, read_tables
from svta.builder.splits import SPLITS

from .card_sync import card_for_pull, card_of_part, is_news
from .dehydration import Hydration
from .fetch import STAGE, check_room, fetch
from .repo import RemoteFile, open_repo, pushed_sums, repo_and_revision

_HYDRATED: Final = (
    "Captions of this folder were put back by svta pull from the sources' own files. They may not be republished."
)
Parts = Literal["all", "default", "proxy"]
_VARIANTS: Final[Mapping[str, Mapping[str, str]]] = {
    "all": VARIANTS,
    "default": {"data": "data"},
    "proxy": {"proxy": "data"},
}


@dataclass(frozen=True)
class PullConfig:
    """What of a repo is wanted. `splits`: None for all; `parts`: all, default (no small videos), proxy (only those)."""

    revision: str | None = None
    splits: tuple[str, ...] | None = None
    parts: Parts = "all"

    def __post_init__(self) -> None:
        if unknown := [name for name in self.splits or () if name not in SPLITS]:
            raise DatasetError(f"--split {unknown[0][:40]}: splits are {', '.join(SPLITS)}")


@dataclass(frozen=True)
class PullReport:
    """What is at `out` now. `fetched`: files that came over the net.

    `withheld`: captions that are hashes still, `restored`: those that were put back, both by source. `foreign`: files
    in the dataset's folders that do not belong to it; they were left alone.
    """

    out: Path
    repo_id: str
    commit: str
    clips: int
    splits: dict[str, int]
    files: int
    num_bytes: int
    fetched: int
    withheld: dict[str, int] = field(default_factory=dict)
    restored: dict[str, int] = field(default_factory=dict)
    foreign: list[str] = field(default_factory=list)


def pull(
    repo_id: str,
    out: str | Path,
    config: PullConfig | None = None,
    *,
    hydration: Hydration | None = None,
    token: str | bool | None = None,
    workers: int | None = None,
    on_file: Callable[[int, int], None] | None = None,
) -> PullReport:
    """Fetch a dataset into the folder `out`, finished and sealed; see PullConfig.

    on_file(done, total) reports progress. Without splits, parts or hydration the folder is byte for byte what was
    pushed. Raises DatasetError if `out` holds something else, HubError where the Hub does, and names the file that
    is not what SHA256SUMS says.
    """
    config, out = config or PullConfig(), check_folder(out)
    repo_id, revision = repo_and_revision(repo_id)
    if config.revision and revision not in (None, config.revision):
        raise DatasetError(f"{repo_id}: @{revision} and --revision {config.revision} are two revisions; give one")
    revision = config.revision or revision
    place = f"{repo_id}@{revision}" if revision else repo_id
    source, listed = open_repo(place, token)
    sums = pushed_sums(source)
    variants = _variants(place, config, sums)
    origin = sha256_file(source.path(SUMS))
    if (existing := _derived(out, origin)) is not None:
        config, hydration = _add_to_existing(out, existing, config, hydration)
    placeholders = _placeholders(source, config.splits) if hydration is not None else []
    record = _record(config, hydration, placeholders)
    card, work = _card(source, listed), Root(out).path(STAGE)
    if existing is not None and existing == ({"from": origin, **record} if record else {}) and _is_whole(out):
        if work.is_dir():  # the run that finished the folder was killed before it took this away
            with exclusive_lock(out):
                shutil.rmtree(work)
        if existing and card is not None:
            card = card_of_part(out, card)
        return _report(out, source, config, int(_update_card(out, out, card)))
    wanted = {name: sums[name] for name in sums if name != CARD and _is_wanted(name, config.splits, variants)}
    sizes = check_room(source, listed, out, wanted)
    with disk_full_as_error(out), exclusive_lock(out):
        fetched = fetch(source, work / "repo", out, wanted, sizes, on_file)
        write_text(work / "repo" / SUMS, sums_text(sums))
        if card is not None:
            write_text(work / "repo" / CARD, card)
        ready = work / "repo"
        if record:
            notice = _HYDRATED if "hydrated" in record else None
            reject = dict if hydration is None else hydration.reject
            how = Derivation(record, hydration, reject, config.splits, variants, notice)
            ready = work / "dataset"
            derive_dataset(work / "repo", ready, how, workers=workers)
        fetched += _update_card(ready, out, card)
        _install(ready, out, work)
        shutil.rmtree(work)
    return _report(out, source, config, fetched)


def _card(source: Source, listed: Mapping[str, RemoteFile]) -> str | None:
    """The card as it is in the repo, where its owner may have edited it; DatasetError before one of any size."""
    if (file := listed.get(CARD)) is None:
        return None
    if file.size > MAX_CARD_BYTES:
        raise DatasetError(f"{source.url(CARD)}: claims {file.size:,} bytes; the limit is {MAX_CARD_BYTES:,}")
    return read_text(source.path(CARD), MAX_CARD_BYTES)


def _update_card(ready: Path, out: Path, card: str | None) -> bool:
    """Put the repo's card, with what was edited in `out`, where it is `ready` to be installed; whether it is new."""
    if card is None:
        return False
    text = card_for_pull(out, card if ready == out else read_text(ready / CARD, MAX_CARD_BYTES))
    before = read_text(out / CARD, MAX_CARD_BYTES) if (out / CARD).is_file() else None
    if text != before:
        write_text(ready / CARD, text)
    return before is None or is_news(before, card)


def _variants(place: str, config: PullConfig, sums: Mapping[str, str]) -> Mapping[str, str]:
    if config.parts == "proxy" and f"proxy/{INDEX}" not in sums:
        raise DatasetError(f"{place}: contains no small videos; pull it without --config proxy")
    there = {name.split("/")[1] for name in sums if name.endswith(".tar")}
    if absent := [name for name in config.splits or () if name not in there]:
        raise DatasetError(f"{place}: has no split {absent[0]}; it has {', '.join(s for s in SPLITS if s in there)}")
    return _VARIANTS[config.parts]


def _withheld(index: Path, splits: tuple[str, ...] | None) -> Counter[str]:
    """How many captions of each source are hashes, by an index."""
    counts: Counter[str] = Counter()
    for table in read_tables(index, ["flags", "source", "split"]):
        for flags, source, split in zip(*table.to_pydict().values()):
            if WITHHELD in (flags or ()) and (splits is None or split in splits):
                counts[source or "unnamed"] += 1
    return counts


def _placeholders(source: Source, splits: tuple[str, ...] | None) -> list[str]:
    """The hashes that stand for captions in the wanted splits of a repo."""
    hashes = []
    for table in read_tables(source.path(INDEX), ["caption", "flags", "split"]):
        for caption, flags, split in zip(*table.to_pydict().values()):
            if WITHHELD in (flags or ()) and (splits is None or split in splits):
                hashes.append(caption)
    return hashes


def _record(config: PullConfig, hydration: Hydration | None, placeholders: list[str]) -> dict[str, object]:
    """What makes the folder another one than the repo; nothing if it is to be the same, byte for byte."""
    record: dict[str, object] = {}
    if config.splits is not None:
        record["splits"] = [split for split in SPLITS if split in config.splits]
    if config.parts != "all":
        record["parts"] = config.parts
    if hydration is not None and (known := sorted(p for p in placeholders if hydration.find(p) is not None)):
        record["hydrated"] = sha256("".join(known).encode()).hexdigest()
    return record


def _derived(out: Path, origin: str) -> JsonObject | None:
    """None if nothing is yet; {} where `out` is the repo as it is, else what it was made from and how.

    Raises DatasetError if `out` holds something else.
    """
    if not out.is_dir() or not any(path.name != STAGE for path in out.iterdir()):
        return None
    check_files(out)
    if not is_sealed(out):
        if (out / STAGE).is_dir():
            return None
        raise DatasetError(f"{out}: is not empty and contains no dataset of this repo; pull into another folder")
    if sha256_file(out / SUMS) == origin:
        return {}
    derived = read_build(out).get("derived") or {}
    if not isinstance(derived, dict) or derived.get("from") != origin:
        what = "contains another dataset, or another revision of it, as one whose title or licence was changed"
        raise DatasetError(f"{out}: {what}; pull into another folder")
    return derived


def _add_to_existing(
    out: Path, existing: JsonObject, config: PullConfig, hydration: Hydration | None
) -> tuple[PullConfig, Hydration | None]:
    """A pull adds: the splits that `out` has stay, and so do the captions that were put back there."""
    if config.splits is not None:
        kept = existing.get("splits", SPLITS)
        splits = tuple(split for split in SPLITS if split in config.splits or split in kept)
        config = replace(config, splits=None if set(splits) == set(SPLITS) else splits)
    if "hydrated" in existing:
        hydration = hydration or Hydration(())
        hydration.learn(row.clip for row in read_index(out / INDEX))
    return config, hydration


def _is_whole(out: Path) -> bool:
    files = files_of(out)
    sums = {name: digest for name, digest in read_sums(out).items() if name != CARD}
    return CARD in files and all(name in files and sha256_file(files[name]) == digest for name, digest in sums.items())


def _is_wanted(name: str, splits: tuple[str, ...] | None, variants: Mapping[str, str]) -> bool:
    folder, _, rest = name.partition("/")
    if folder not in VARIANTS or not rest:
        return True
    split = rest.partition("/")[0]
    return folder in variants and (splits is None or split in splits or not name.endswith(".tar"))


def _install(ready: Path, out: Path, work: Path) -> None:
    """Put a finished dataset in the place of what is at `out`; SHA256SUMS goes first and comes last.

    Of what is there only files go that the earlier SHA256SUMS lists; a copy of it stays in `work` until all is done,
    so that a killed run still knows them.
    """
    names, place, earlier = files_of(ready), Root(out), work / SUMS
    if (out / SUMS).is_file():
        write_text(earlier, sums_text(read_sums(out)))
    listed = read_sums(work) if earlier.is_file() else {}
    for name in names:  # before anything is changed
        if (
            place.path(name).exists()
            and "/" in name
            and name not in listed
            and not _same(place.path(name), names[name])
        ):
            raise DatasetError(f"{out}/{name}: is not a file of the dataset but is in its place; move it elsewhere")
    (out / SUMS).unlink(missing_ok=True)
    for name in listed.keys() - names.keys():
        place.path(name).unlink(missing_ok=True)
    for name, new in (*names.items(), (SUMS, ready / SUMS)):
        if not ((old := place.path(name)).exists() and old.samefile(new)):
            link(new, old)


def _same(one: Path, other: Path) -> bool:
    return one.samefile(other) or sha256_file(one) == sha256_file(other)


def _report(out: Path, source: Source, config: PullConfig, fetched: int) -> PullReport:
    repo_id, _, commit = source.root.removeprefix(HUB).partition("@")
    stats = compute_stats(out)
    listed = read_sums(out)
    files = {name: path for name, path in files_of(out).items() if name in listed or name == CARD}
    files[SUMS] = out / SUMS
    withheld = _withheld(out / INDEX, None)
    return PullReport(
        out,
        repo_id,
        commit,
        stats.clips,
        stats.splits,
        len(files),
        sum(path.stat().st_size for path in files.values()),
        fetched,
        dict(withheld),
        dict(_withheld(source.path(INDEX), config.splits) - withheld),
        [name for name in files_of(out) if "/" in name and name not in listed],
    )
