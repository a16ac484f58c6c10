"""Batches: every clip once an epoch, equally many batches on every rank, exact resume wherever and however it stops."""

from __future__ import annotations

import json
import random
from itertools import product

import pytest
from packed import make_dataset

import svta
from svta.builder.dataset.batches import Batches
from svta.builder.dataset.collation import collate
from svta.builder.errors import DatasetError

pytestmark = pytest.mark.smoke


class Numbers:
    """Stands for a ClipDataset of N clips where only order matters: its samples are their own positions."""

    fingerprint = "numbers"

    def __init__(self, count: int, threads: int = 0):
        self.count, self.threads = count, threads

    def __len__(self):
        return self.count

    def sample(self, i, *, seed=None):
        return {"key": i}

    def empty_batch(self):
        return {"key": []}


def drain(batches) -> list[int]:
    return [key for batch in batches for key in batch["key"]]


@pytest.mark.parametrize("shuffle", [True, False])
def test_every_rank_has_as_many_batches_and_every_clip_comes_once(shuffle):
    for count, size, world in product((4, 7, 33, 64, 65, 67), (1, 3, 8), (1, 2, 3, 4)):
        ranks = [Batches(Numbers(count), size, shuffle=shuffle, rank=r, world_size=world) for r in range(world)]
        steps = [[len(batch["key"]) for batch in rank] for rank in ranks]
        for rank in ranks:
            rank.epoch = 0
        assert len({len(step) for step in steps}) == 1
        assert all(1 <= n <= size + 1 for step in steps for n in step), (count, size, world, steps)
        assert all(n == size for step in steps for n in step[:-1])
        assert sorted(key for rank in ranks for key in drain(rank)) == list(range(count))


def test_epochs_differ_and_repeat_by_seed():
    batches = Batches(Numbers(50), 8, seed=3)
    first, second = drain(batches), drain(batches)
    assert (batches.epoch, batches.position) == (2, 0)
    assert first != second
    assert drain(Batches(Numbers(50), 8, seed=3)) == first
    assert drain(Batches(Numbers(50), 8, seed=4)) != first
    assert drain(Batches(Numbers(50), 8, shuffle=False)) == list(range(50))


def test_a_thousand_random_stops_lose_and_repeat_nothing():
    """Stops anywhere, goes on with other ranks, workers and batch sizes, three times an epoch, over two epochs."""
    draw = random.Random(0)
    for _ in range(1000):
        count = draw.randint(4, 60)
        state, seen = None, []
        while True:
            world, size, threads = draw.randint(1, 4), draw.randint(1, 9), draw.choice((0, 0, 0, 1, 4))
            ranks = [Batches(Numbers(count, threads), size, seed=5, rank=r, world_size=world) for r in range(world)]
            for rank in ranks:
                if state is not None:
                    rank.load_state_dict(json.loads(json.dumps(state)))
            epoch = ranks[0].epoch
            assert len({len(rank) for rank in ranks}) == 1
            stop = draw.randint(0, len(ranks[0]))
            for _ in range(stop):
                seen += [key for rank in ranks for key in next(rank)["key"]]
            states = [rank.state_dict() for rank in ranks]
            for rank in ranks:
                rank.close()
            assert all(s == states[0] for s in states)
            state = states[0]
            if state["position"] == count:
                assert sorted(seen) == list(range(count)), (count, state)
                if epoch == 1:
                    break
                seen, state = [], {**state, "epoch": epoch + 1, "position": 0}


def test_a_state_at_the_end_of_an_epoch_goes_on_with_the_next():
    batches = Batches(Numbers(10), 4)
    for _ in range(3):
        next(batches)
    resumed = Batches(Numbers(10), 4)
    resumed.load_state_dict(batches.state_dict())
    assert drain(resumed) == []
    reference = Batches(Numbers(10), 4)
    drain(reference)
    assert drain(resumed) == drain(reference)


def test_reading_ahead_is_bounded_and_an_error_comes_at_its_place():
    class Failing(Numbers):
        started = 0
        broken = True

        def sample(self, i, *, seed=None):
            self.started += 1
            if i == 9 and self.broken:
                raise DatasetError("clip 9")
            return super().sample(i)

    data = Failing(1000, threads=2)
    batches = Batches(data, 4, shuffle=False)
    assert drain([next(batches), next(batches)]) == list(range(8))
    with pytest.raises(DatasetError, match="clip 9"):
        next(batches)
    assert data.started <= 8 + 2 * (4 + 2 * 2)
    assert batches.position == 8
    data.broken = False
    assert drain(batches) == list(range(8, 1000))  # goes on at the very place: no short epoch


def test_states_of_other_datasets_and_impossible_ranks_are_refused():
    state = Batches(Numbers(10), 4).state_dict()
    with pytest.raises(DatasetError, match="10 clips"):
        Batches(Numbers(11), 4).load_state_dict(state)
    with pytest.raises(DatasetError, match="version"):
        Batches(Numbers(10), 4).load_state_dict({})
    for harm in ({"position": 11}, {"position": -1}, {"epoch": -1}):  # else an epoch would be short, or none
        with pytest.raises(DatasetError, match="no such place"):
            Batches(Numbers(10), 4).load_state_dict({**state, **harm})
    with pytest.raises(DatasetError, match="was it cut"):
        Batches(Numbers(10), 4).load_state_dict({"version": 1, "num_clips": 10})
    for arguments in ({"batch_size": 0}, {"batch_size": 2, "rank": 2, "world_size": 2}):
        with pytest.raises(DatasetError):
            Batches(Numbers(10), **arguments)
    with pytest.raises(DatasetError, match="shared by 3 ranks"):
        Batches(Numbers(2), 1, world_size=3)


@pytest.mark.parametrize("threads", [0, 1, 4])
def test_decoded_batches_are_the_same_with_any_threads(packed, threads):
    data = svta.open_dataset(packed, num_frames=4, size=32, sampling="random-segment", threads=threads)
    alone = svta.open_dataset(packed, num_frames=4, size=32, sampling="random-segment", threads=0)
    batches, reference = data.batches(16, seed=2), alone.batches(16, seed=2)
    for batch, wanted in zip(batches, reference, strict=True):
        assert batch["key"] == wanted["key"]
        assert batch["pixel_values"].shape == (len(batch["key"]), 4, 3, 32, 32)
        assert (batch["pixel_values"] == wanted["pixel_values"]).all()


def test_more_ranks_than_clips_left_gives_empty_batches_of_the_same_shape(packed):
    data = svta.open_dataset(packed, num_frames=4, size=32)
    batches = data.batches(13)
    for _ in range(3):
        next(batches)
    ranks = [data.batches(13, rank=r, world_size=4) for r in range(4)]
    for rank in ranks:
        rank.load_state_dict(batches.state_dict())
    last = [next(rank) for rank in ranks]
    assert sorted(len(batch["key"]) for batch in last) == [0, 0, 0, 1]
    empty = next(batch for batch in last if not batch["key"])
    assert tuple(empty["pixel_values"].shape) == (0, 4, 3, 32, 32)
    assert empty.keys() == next(batch for batch in last if batch["key"]).keys()


def test_collate(packed):
    data = svta.open_dataset(packed, num_frames=4, size=32)
    batch = collate([data[0], data[1]])
    assert batch["caption"] == [data.clip(0).caption, data.clip(1).caption]
    assert tuple(batch["frame_mask"].shape) == (2, 4)
    assert {len(batch[name]) for name in batch} == {2}
    nulls = collate([{"category": -1, "is_anomaly": None}, {"category": 2, "is_anomaly": True}])
    assert [int(n) for n in nulls["is_anomaly"]] == [-1, 1]
    assert isinstance(
        collate([data[0], {**data[1], "pixel_values": data[1]["pixel_values"][:2]}])["pixel_values"], list
    )


def test_state_follows_the_folder(tmp_path):
    folder = make_dataset(tmp_path / "a", {"train": 8}, real=False)
    other = make_dataset(tmp_path / "b", {"train": 8, "test": 3}, real=False)
    state = svta.open_dataset(folder).batches(2).state_dict()
    svta.open_dataset(folder).batches(4).load_state_dict(state)
    with pytest.raises(DatasetError, match="packed anew"):
        svta.open_dataset(other).batches(2).load_state_dict(state)
