"""PackConfig: sizes, splits and limits of a packing run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from svta.builder.errors import DatasetError
from svta.builder.project.config import DEFAULT_PROJECT, Project

MAX_SHARD_BYTES: Final = 256_000_000


@dataclass(frozen=True)
class PackConfig:
    """What decides the bytes of a dataset besides its clips. `shard_size` in bytes; `proxy`: short side in pixels.

    What is None is as in the dataset that is appended to, else 7:1:2, seed 0, 256 MB, 8 and no small videos.
    `project`: whose dataset it is; `note`: what the card's list of versions says of this run.
    """

    splits: str | None = None
    seed: int | None = None
    shard_size: int | None = None
    shard_multiple: int | None = None
    proxy: int | None = None
    taxonomy: Path | None = None
    partial: bool = False
    project: Project = DEFAULT_PROJECT
    note: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= (self.shard_size or 1) <= MAX_SHARD_BYTES or self.shard_multiple == 0 or self.shard_size == 0:
            raise DatasetError(f"--shard-size is 1 to {MAX_SHARD_BYTES:,} bytes, --shard-multiple at least 1")
        if self.proxy is not None and not 32 <= self.proxy <= 2_160:
            raise DatasetError("--proxy is the short side of the small videos, 32 to 2160 pixels")

    def resolved(self, before: Mapping[str, object] | None) -> PackConfig:
        """Every value set. `before`: build.json of the dataset that is appended to. Raises DatasetError.

        An append has small videos of the size that are there, or none: else clips would be in one variant only.
        """
        old = before.get("config") if before is not None else None
        known = {name: value for name, value in old.items() if type(value) is int} if isinstance(old, dict) else {}
        if before is not None and self.proxy is not None and self.proxy != known.get("proxy"):
            there = f"small videos of {known['proxy']} pixels" if "proxy" in known else "no small videos"
            raise DatasetError(
                f"--proxy {self.proxy}: the dataset has {there}; append without --proxy, or pack it again"
            )
        runs = before.get("inputs") if before is not None else None
        rule = runs[-1] if isinstance(runs, list) and runs and isinstance(runs[-1], dict) else {}
        seed = rule.get("seed")
        return replace(
            self,
            splits=self.splits or _splits_of(rule),
            seed=self.seed if self.seed is not None else seed if type(seed) is int else 0,
            shard_size=self.shard_size or known.get("shard_size", MAX_SHARD_BYTES),
            shard_multiple=self.shard_multiple or known.get("shard_multiple", 8),
            proxy=self.proxy or known.get("proxy"),
        )

    def as_dict(self) -> dict[str, int | None]:
        """What build.json records of it; the rule of the splits is with each run, and a path in none of them."""
        return {"shard_size": self.shard_size, "shard_multiple": self.shard_multiple, "proxy": self.proxy}


def _splits_of(rule: Mapping[str, object]) -> str:
    """The rule of an earlier run as --splits takes it. Raises DatasetError if it was a file."""
    ratios = rule.get("ratios")
    if rule.get("splits") == "file":
        raise DatasetError("the dataset's splits came from a file: give one for the new clips with --splits FILE")
    if rule.get("splits") == "source":
        return "source"
    return ":".join(map(str, ratios)) if isinstance(ratios, list) and ratios else "7:1:2"


def parse_size(text: str) -> int:
    """Bytes of a size as people write it. Raises DatasetError.

    >>> parse_size("256MB"), parse_size("64 MiB"), parse_size("5000")
    (256000000, 67108864, 5000)
    """
    units = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000, "ki": 1 << 10, "mi": 1 << 20, "gi": 1 << 30}
    matched = re.fullmatch(r"\s*(\d{1,15})\s*([kmg]?i?)b?\s*", text.lower(), re.ASCII)
    if matched is None or matched[2] not in units:
        raise DatasetError(f"--shard-size {text[:40]}: a size like 256MB or 64MiB is needed")
    return int(matched[1]) * units[matched[2]]
