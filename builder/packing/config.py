"""PackConfig: sizes, splits and limits of a packing run."""

from __future__ import annotations

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
