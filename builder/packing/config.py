"""PackConfig: sizes, splits and limits of a packing run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from svta.builder.errors import DatasetError

MAX_SHARD_BYTES: Final = 256_000_000


@dataclass(frozen=True)
class PackConfig:
    """What decides the bytes of a dataset besides its clips. `shard_size` in bytes; `proxy`: short side in pixels."""

    splits: str = "7:1:2"
    seed: int = 0
    shard_size: int = MAX_SHARD_BYTES
    shard_multiple: int = 8
    proxy: int | None = None
    taxonomy: Path | None = None
    partial: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.shard_size <= MAX_SHARD_BYTES or self.shard_multiple < 1:
            raise DatasetError(f"--shard-size is 1 to {MAX_SHARD_BYTES:,} bytes, --shard-multiple at least 1")
        if self.proxy is not None and not 32 <= self.proxy <= 2_160:
            raise DatasetError("--proxy is the short side of the small videos, 32 to 2160 pixels")

    def as_dict(self) -> dict[str, int | None]:
        """What build.json records of it; the rule of the splits stands with each run, and a path in none of them."""
        return {"shard_size": self.shard_size, "shard_multiple": self.shard_multiple, "proxy": self.proxy}


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
