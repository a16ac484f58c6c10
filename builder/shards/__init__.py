"""WebDataset tar shards. In: clips and their mp4 bytes; out: tar files, and clips read back from tar files."""

from typing import TYPE_CHECKING

from svta.builder.lazy import lazy_names

if TYPE_CHECKING:
    from .reader import read_samples, read_shard
    from .sample import Sample, ShardEntry, ShardError
    from .writer import write_shard

__all__ = ["Sample", "ShardEntry", "ShardError", "read_samples", "read_shard", "write_shard"]

__getattr__ = lazy_names(
    __name__,
    Sample=".sample",
    ShardEntry=".sample",
    ShardError=".sample",
    read_samples=".reader",
    read_shard=".reader",
    write_shard=".writer",
)
