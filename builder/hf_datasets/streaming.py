"""The stream that load_dataset("svta", streaming=True) hands to datasets: typed examples, cheap resume.

Reads what builder/hf_datasets/builder.py generates. An adapter to classes of datasets that are not public, written for
4.8 to 5.2; tests/builder/hf_datasets/test_load_dataset.py holds it against the installed one, CI against 4.8 too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import datasets
import numpy as np
import pyarrow as pa
from datasets.iterable_dataset import ExamplesIterable
from datasets.utils.sharding import _merge_gen_kwargs, _shuffle_gen_kwargs, _split_gen_kwargs

Example = dict[str, Any]  # the columns of one clip, as datasets takes them


class ClipIterable(datasets.IterableDataset):
    """The library's IterableDataset, whose table formats (arrow, pandas, polars) have the schema of its features.

    The library would guess a schema from each clip, and stumbles over columns of nulls. Tables are the slower way for
    all other formats, so the stream offers them only where with_format() asks for them.
    """

    @classmethod
    def of(cls, plain: datasets.IterableDataset) -> ClipIterable:
        """The same stream as one of these."""
        return cls(
            ex_iterable=plain._ex_iterable,
            info=plain._info,
            split=plain._split,
            token_per_repo_id=plain._token_per_repo_id,
        )

    def with_format(self, type: str | None = None) -> datasets.IterableDataset:
        """As the library's."""
        formatted = super().with_format(type)
        if formatted._formatting is not None and formatted._formatting.is_table:
            formatted._ex_iterable = self._ex_iterable.as_tables()
        return formatted


class ClipStream(ExamplesIterable):
    """The library's ExamplesIterable with three differences, each measured or tested.

    Examples already have the types of `features` and are not encoded again (three times the speed). Resuming starts at
    the clip, not at the shard's first byte. as_tables() gives Arrow tables of one schema.
    """

    def __init__(
        self,
        generate: Callable[..., Iterator[tuple[str, Example]]],
        kwargs: dict[str, object],
        features: datasets.Features | None,
        *,
        tables: bool = False,
    ):
        super().__init__(generate, kwargs)
        self._features, self._tables = features, tables

    def as_tables(self) -> ClipStream:
        """The same clips, a table of one row each, where their types are known."""
        return ClipStream(self.generate_examples_fn, self.kwargs, self._features, tables=True)

    @property
    def features(self) -> datasets.Features | None:
        """The types that the examples have; None if the library is to encode and decode them."""
        return self._features

    @property
    def iter_arrow(self) -> Callable[[], Iterator[tuple[str, pa.Table]]] | None:
        """The way by tables, for readers that want them."""
        return self._iter_arrow if self._features and self._tables else None

    def _iter_arrow(self) -> Iterator[tuple[str, pa.Table]]:
        assert self._features is not None
        schema = self._features.arrow_schema
        for key, example in self:
            yield key, pa.Table.from_pylist([example], schema=schema)

    def __iter__(self) -> Iterator[tuple[str, Example]]:
        state = self._state_dict or {"shard_idx": 0, "shard_example_idx": 0}
        for kwargs in _split_gen_kwargs(self.kwargs, max_num_jobs=self.num_shards)[state["shard_idx"] :]:
            for example in self.generate_examples_fn(**kwargs, start=state["shard_example_idx"]):
                state["shard_example_idx"] += 1
                yield example
            state["shard_idx"] += 1
            state["shard_example_idx"] = 0

    def shuffle_data_sources(self, generator: np.random.Generator) -> ClipStream:
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

    def _with(self, kwargs: dict[str, object]) -> ClipStream:
        return ClipStream(self.generate_examples_fn, kwargs, self._features, tables=self._tables)
