"""The stream that load_dataset("svta", streaming=True) hands to datasets: typed examples, cheap resume, fair warnings.

Reads what builder/hf_datasets/builder.py generates; used by no command but through the datasets library.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, Final

import datasets
import pyarrow as pa
from datasets.iterable_dataset import ExamplesIterable
from datasets.utils.sharding import _merge_gen_kwargs, _shuffle_gen_kwargs, _split_gen_kwargs

_BUFFER_ADVICE: Final = (
    "svta: this stream resumes through a shuffle buffer: the clips that were in the buffer are lost (a limit of "
    "datasets). svta.open_dataset(...).batches(...) resumes exactly, shuffled."
)
_RANKS_ADVICE: Final = (
    "svta: the number of shards is no multiple of the ranks, so that each rank reads all shards and drops the others' "
    "clips. Pack with --shard-multiple RANKS, or use svta.open_dataset(...).batches(rank=, world_size=)."
)
_HOLDS_NOTHING: Final = 1 if int(datasets.__version__.partition(".")[0]) >= 5 else 0  # the size of such a buffer


class ClipStream(ExamplesIterable):
    """The library's ExamplesIterable with four differences, each measured or tested.

    Examples already have the types of `features` and are not encoded again (three times the speed). Whoever wants
    Arrow gets tables of one schema (the library would guess one from each clip and stumble over null). Resuming starts
    at the clip, not at the shard's first byte. Where the library is about to lose or waste clips, a warning says so.
    """

    def __init__(self, generate: Callable[..., Any], kwargs: dict[str, Any], features: datasets.Features | None):
        super().__init__(generate, kwargs)
        self._features = features
        self._above: frozenset[str] = frozenset()

    @property
    def features(self) -> datasets.Features | None:
        """The types that the examples have; None where the library is to encode and decode them."""
        return self._features

    @property
    def iter_arrow(self) -> Callable[[], Iterator[tuple[str, pa.Table]]] | None:
        """The way by tables, offered only to readers that want tables: for all others it is the slower one."""
        return self._iter_arrow if self._features and any(map(_wants_tables, _readers())) else None

    def _init_state_dict(self) -> dict[str, Any]:
        readers = (reader for reader in _readers() if getattr(reader, "buffer_size", None) != _HOLDS_NOTHING)
        self._above = frozenset(type(reader).__name__ for reader in readers)  # later, threads may stand between
        state: dict[str, Any] = super()._init_state_dict()
        return state

    def __iter__(self) -> Iterator[tuple[str, dict[str, Any]]]:
        state = self._state_dict or {"shard_idx": 0, "shard_example_idx": 0}
        if "BufferShuffledExamplesIterable" in self._above and (state["shard_idx"] or state["shard_example_idx"]):
            warnings.warn(_BUFFER_ADVICE, stacklevel=2)
        if "StepExamplesIterable" in self._above:
            warnings.warn(_RANKS_ADVICE, stacklevel=2)
        for kwargs in _split_gen_kwargs(self.kwargs, max_num_jobs=self.num_shards)[state["shard_idx"] :]:
            for example in self.generate_examples_fn(**kwargs, start=state["shard_example_idx"]):
                state["shard_example_idx"] += 1
                yield example
            state["shard_idx"] += 1
            state["shard_example_idx"] = 0

    def _iter_arrow(self) -> Iterator[tuple[str, pa.Table]]:
        assert self._features is not None
        schema = self._features.arrow_schema
        for key, example in self:
            yield key, pa.Table.from_pylist([example], schema=schema)

    def shuffle_data_sources(self, generator: Any) -> ClipStream:
        """The same clips with the shards in another order."""
        return self._with(_shuffle_gen_kwargs(deepcopy(generator), self.kwargs))

    def shard_data_sources(self, num_shards: int, index: int, contiguous: bool = True) -> ClipStream:
        """The part of the shards that one rank or worker reads."""
        parts = _split_gen_kwargs(self.kwargs, max_num_jobs=self.num_shards)
        wanted = self.split_shard_indices_by_worker(num_shards, index, contiguous=contiguous)
        return self._with(_merge_gen_kwargs([parts[i] for i in wanted]))

    def reshard_data_sources(self) -> ClipStream:
        """A shard is not cut further."""
        return self._with(self.kwargs)

    def _with(self, kwargs: dict[str, Any]) -> ClipStream:
        return ClipStream(self.generate_examples_fn, kwargs, self._features)


def _readers() -> Iterator[Any]:
    """The library's objects whose methods run above this stream: it tells its sources nothing of who reads them."""
    frame = sys._getframe(1)
    while (above := frame.f_back) is not None:
        frame = above
        if str(frame.f_globals.get("__name__")).startswith("datasets.") and "self" in frame.f_code.co_varnames[:1]:
            yield frame.f_locals["self"]


def _wants_tables(reader: Any) -> bool:
    if getattr(reader, "force_convert_to_arrow", False) is True:
        return True
    formatting = getattr(reader, "formatting", None) or getattr(reader, "_formatting", None)
    return getattr(formatting, "is_table", False) is True
