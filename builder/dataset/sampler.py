"""DistributedClipSampler: the order of Batches for DataLoaders that load and collate by themselves."""

from __future__ import annotations

from collections.abc import Generator

from svta.builder.errors import DatasetError
from svta.builder.io.json_text import JsonObject

from .epochs import Clips, EpochLoop, Steps


class DistributedClipSampler(EpochLoop[list[int]]):
    """A batch sampler for any DataLoader: the same clips in the same batches as data.batches(), and the same state.

        sampler = svta.DistributedClipSampler(data, 32, seed=0, rank=rank, world_size=world_size)
        loader = DataLoader(data, batch_sampler=sampler, collate_fn=svta.collate, num_workers=2)
        for done, batch in enumerate(loader, 1):
            checkpoint = sampler.state_dict(done)      # workers draw ahead of the loop, so say what the loop was given

    Gives lists of positions in `dataset`; every iteration is one whole epoch (see EpochLoop).
    """

    def __init__(
        self,
        dataset: Clips,
        batch_size: int,
        *,
        shuffle: bool = True,
        seed: int = 0,
        rank: int = 0,
        world_size: int = 1,
    ):
        super().__init__(dataset, batch_size, shuffle=shuffle, seed=seed, rank=rank, world_size=world_size)

    def state_dict(self, done: int | None = None) -> JsonObject:
        """Where a loop is that was given `done` batches since it began; None: all that were drawn.

        Raises DatasetError for more batches than that loop has.
        """
        if done is None:
            return super().state_dict()
        ends = self._ends()
        if not 0 <= done < len(ends):
            raise DatasetError(f"{done} batches done: the loop has {len(ends) - 1}")
        return self._state(self._began[0], ends[done])

    def _run(self, steps: Steps) -> Generator[list[int]]:
        yield from (step.indices for step in steps)
