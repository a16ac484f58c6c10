"""WebDataset tar shards. In: clips and their mp4 bytes; out: tar files, and clips read back from tar files."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .reader import read_samples, read_shard
    from .sample import Sample, ShardEntry, ShardError
    from .writer import write_shard

__all__ = ["Sample", "ShardEntry", "ShardError", "read_samples", "read_shard", "write_shard"]

_HOME = {
    "Sample": ".sample",
    "ShardEntry": ".sample",
    "ShardError": ".sample",
    "read_samples": ".reader",
    "read_shard": ".reader",
    "write_shard": ".writer",
}


def __getattr__(name: str) -> object:  # loaded when first asked for
    if name in _HOME:
        return getattr(import_module(_HOME[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
