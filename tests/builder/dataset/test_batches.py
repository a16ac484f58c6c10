"""Batches: every clip once an epoch, equally many batches on every rank, exact resume wherever and however it stops."""

from __future__ import annotations

import copy
import itertools
import json
import math
import pickle
import random
import warnings
from itertools import product

import numpy as np
import pytest
from packed import make_dataset

import svta
from svta.builder.dataset import epochs
from svta.builder.dataset.batches import Batches
from svta.builder.dataset.collation import collate
from svta.builder.dataset.epochs import Steps
from svta.builder.dataset.sampler import DistributedClipSampler
from svta.builder.errors import DatasetError
from svta.builder.shards.sample import ShardError
from svta.builder.video.frame_buffer import VideoError

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
            rank.set_epoch(0)
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


@pytest.mark.parametrize("runs", [pytest.param(1_000, marks=pytest.mark.slow), 100])
def test_random_stops_lose_and_repeat_nothing(runs):
    """Stops anywhere, goes on with other ranks, workers and batch sizes, three times an epoch, over two epochs."""
    draw = random.Random(0)
    for _ in range(runs):
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
            loops = [iter(rank) for rank in ranks]
            for step in itertools.islice(zip(*loops, strict=True), stop):  # a resumed loop may end before
                seen += [key for batch in step for key in batch["key"]]
            states = [rank.state_dict() for rank in ranks]
            for rank in ranks:
                rank.close()
            assert all(s == states[0] for s in states)
            state = states[0]
            if state["epoch"] > epoch:
                assert state["position"] == 0
                assert sorted(seen) == list(range(count)), (count, state)
                if epoch == 1:
                    break
                seen = []


def test_a_state_at_the_end_of_an_epoch_goes_on_with_the_whole_next():
    batches = Batches(Numbers(10), 4)
    for _, _ in zip(range(3), batches, strict=False):
        state = batches.state_dict()
    assert (state["epoch"], state["position"]) == (1, 0)
    reference = Batches(Numbers(10), 4)
    drain(reference)
    second = drain(reference)
    for old in (state, {**state, "epoch": 0, "position": 10}):  # the second as 0.1.0 wrote it
        resumed = Batches(Numbers(10), 4)
        resumed.load_state_dict(old)
        assert (resumed.epoch, len(resumed)) == (1, 3)
        assert drain(resumed) == second


def _zip(batches):
    return [key for _, batch in zip(range(len(batches)), batches, strict=False) for key in batch["key"]]


def _islice(batches):
    return [key for batch in itertools.islice(batches, 2) for key in batch["key"]]


def _break(batches):
    for batch in batches:
        return list(batch["key"])


def _fail(batches):
    seen = []
    with pytest.raises(KeyboardInterrupt):
        for batch in batches:
            seen += batch["key"]
            raise KeyboardInterrupt
    return seen


def _held(batches):
    """A loop whose iterator is kept, as a sanity check of a framework keeps it."""
    _held.loop = iter(batches)
    return list(next(_held.loop)["key"])


@pytest.mark.parametrize("threads", [0, 2])
@pytest.mark.parametrize("left", [_zip, _islice, _break, _fail, _held])
def test_every_loop_is_a_whole_epoch_however_the_last_one_ended(left, threads):
    whole = Batches(Numbers(41), 4, seed=1)
    epochs = [drain(whole) for _ in range(4)]
    assert all(sorted(epoch) == list(range(41)) for epoch in epochs)
    batches = Batches(Numbers(41, threads), 4, seed=1)
    for epoch in (0, 2):
        assert (batches.epoch, len(batches)) == (epoch, 11) or epoch == 2
        seen = left(batches)
        assert seen
        assert seen == epochs[epoch][: len(seen)]
        assert batches.epoch == epoch
        assert drain(batches) == epochs[epoch + 1]
        assert len(batches) == 11
    assert (batches.epoch, batches.position) == (4, 0)


def test_an_iterator_that_nobody_reads_takes_no_epoch():
    batches = Batches(Numbers(10), 4, shuffle=False)
    iter(batches)
    loop = iter(batches)
    assert batches.epoch == 0
    assert next(loop)["key"] == [0, 1, 2, 3]
    iter(batches)
    assert next(loop)["key"] == [4, 5, 6, 7]


def test_no_two_seeds_share_an_epoch():
    orders = []
    for seed in range(4):
        batches = Batches(Numbers(50), 8, seed=seed)
        orders += [tuple(drain(batches)) for _ in range(4)]
    assert len(set(orders)) == 16


def test_a_resumed_loop_has_the_order_of_the_one_that_was_stopped():
    """Whatever seed and shuffle the new object was made with: another order would lose and repeat clips."""
    reference = Batches(Numbers(41), 4, seed=1)
    wanted = drain(reference)
    loop = iter(stopped := Batches(Numbers(41), 4, seed=1))
    next(loop), next(loop)
    for options in ({"seed": 9}, {"seed": 1, "shuffle": False}):
        resumed = Batches(Numbers(41), 4, **options)
        resumed.load_state_dict(stopped.state_dict())
        assert drain(resumed) == wanted[8:]
        assert drain(resumed) == drain(copy.deepcopy(reference))


@pytest.mark.parametrize(("size", "batches_in_all"), [(3, 3 + 11), (8, 1 + 5), (5, 2 + 7)])
def test_len_after_a_resume_with_another_batch_size_counts_a_begun_batch_whole(size, batches_in_all):
    """Position 8 of 41: the steps of `size` that hold the first 8 clips, and those of the 33 that are left."""
    loop = iter(stopped := Batches(Numbers(41), 4))
    next(loop), next(loop)
    resumed = Batches(Numbers(41), size)
    resumed.load_state_dict(stopped.state_dict())
    rest = -(-33 // size)
    assert len(resumed) == batches_in_all
    assert len(list(resumed)) == rest


@pytest.mark.parametrize("world", [1, 3])
def test_len_is_that_of_the_epoch_before_within_and_after_every_loop(world):
    """Lightning counts the batches before a stop against it, and transformers.Trainer and torchdata do."""
    batches = Batches(Numbers(41), 4, world_size=world)
    number = len(batches)
    assert [len(batches) for _ in batches] == [number] * number
    assert len(batches) == number
    for done, _ in enumerate(batches, 1):
        if done == 2:
            state = batches.state_dict()
            break
    assert len(batches) == number
    batches.load_state_dict(state)
    assert len(batches) == number
    assert [len(batches) for _ in batches] == [number] * (number - 2)
    assert len(batches) == number == len(list(batches))


def test_a_resumed_loop_gives_the_rest_and_the_next_is_whole():
    reference = Batches(Numbers(41), 4, seed=1)
    epochs = [drain(reference) for _ in range(3)]
    batches = Batches(Numbers(41), 4, seed=1)
    drain(batches)
    for done, _ in enumerate(batches, 1):
        if done == 3:
            break
    state = batches.state_dict()
    assert (state["epoch"], state["position"]) == (1, 12)
    for prepare in (lambda resumed: None, lambda resumed: resumed.set_epoch(1)):  # what frameworks call by themselves
        resumed = Batches(Numbers(41), 4, seed=1)
        resumed.load_state_dict(state)
        prepare(resumed)
        assert drain(resumed) == epochs[1][12:]
        assert drain(resumed) == epochs[2]


def test_two_loops_at_once_are_refused_in_one_line():
    batches = Batches(Numbers(10), 4)
    with pytest.raises(DatasetError, match="another loop over the same Batches began") as refused:
        for _ in zip(batches, batches, strict=True):
            pass
    assert len(str(refused.value).splitlines()) == 1
    loop = iter(batches)
    next(loop)
    batches.load_state_dict(batches.state_dict())
    with pytest.raises(DatasetError, match="another state was loaded"):
        next(loop)
    assert len(drain(batches)) == 6  # the rest of the epoch whose first batch `loop` was given


def test_set_epoch_names_the_next_loop():
    reference = Batches(Numbers(10), 4)
    epochs = [drain(reference) for _ in range(4)]
    batches = Batches(Numbers(10), 4)
    for epoch in (3, 0, 0, 1):
        batches.set_epoch(epoch)
        assert batches.state_dict()["epoch"] == epoch
        assert drain(batches) == epochs[epoch]
    for done, _ in enumerate(batches):
        batches.set_epoch(0)  # within a loop: this one goes on
        assert batches.state_dict()["position"] == (4, 8, 0)[done]
    assert drain(batches) == epochs[0]
    with pytest.raises(DatasetError, match="epoch -1"):
        batches.set_epoch(-1)


@pytest.mark.parametrize("copied", [lambda batches: pickle.loads(pickle.dumps(batches)), copy.deepcopy])
def test_a_batches_object_that_runs_can_be_copied(copied):
    batches = Batches(Numbers(10), 4, shuffle=False)
    next(iter(batches))
    assert drain(copied(batches)) == list(range(10))


def test_a_loop_of_first_batches_alone_is_told():
    """next(iter(batches)) again and again begins an epoch each time; a look or two at the data is no mistake."""
    batches = Batches(Numbers(10), 4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(4):
            next(iter(batches))
        drain(batches)
        for _ in range(5):
            next(iter(batches))
    with pytest.warns(UserWarning, match="each iter\\(\\) begins another epoch"):
        next(iter(batches))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        next(iter(batches))  # once is enough
    assert len(drain(batches)) == 10


class _Damaged(Numbers):
    """Clips 3 and 9 cannot be decoded, 7 is damaged in its shard."""

    def sample(self, i, *, seed=None):
        if i in (3, 9):
            raise VideoError(f"shard-0.tar key {i}: no frames")
        if i == 7:
            raise ShardError("shard-0.tar", "sha256 differs", "7")
        return super().sample(i)


@pytest.mark.parametrize("threads", [0, 2])
def test_clips_that_cannot_be_read_are_left_out_and_counted(threads):
    batches = Batches(_Damaged(12, threads), 4, shuffle=False, on_error="skip")
    for epoch in range(2):
        with pytest.warns(UserWarning, match=rf"epoch {epoch}: 3 clips left out: shard-0.tar key 3: no frames; "):
            assert drain(batches) == [0, 1, 2, 4, 5, 6, 8, 10, 11]
        assert [clip.position for clip in batches.skipped] == [3, 7, 9] * (epoch + 1)
    with pytest.raises(DatasetError, match="on_error='drop': one of raise, skip"):
        Batches(Numbers(4), 2, on_error="drop")


def test_a_resumed_rest_of_bad_clips_alone_is_no_error():
    """Clips of this epoch were read before the stop; only an epoch of which none can be had is an error."""
    batches = Batches(_Damaged(4), 3, shuffle=False, on_error="skip")
    assert next(iter(batches))["key"] == [0, 1, 2]
    resumed = Batches(_Damaged(4), 3, shuffle=False, on_error="skip")
    resumed.load_state_dict(batches.state_dict())
    with pytest.warns(UserWarning, match="epoch 0: 1 clips left out"):
        assert [batch["key"] for batch in resumed] == [[]]


def test_skipping_keeps_as_many_batches_on_every_rank():
    ranks = [Batches(_Damaged(12), 1, shuffle=False, rank=r, world_size=2, on_error="skip") for r in range(2)]
    with pytest.warns(UserWarning, match="clips left out"):
        steps = [[batch["key"] for batch in rank] for rank in ranks]
    assert steps == [[[0], [2], [4], [6], [8], [10]], [[1], [], [5], [], [], [11]]]
    seen = []
    ranks[0].set_epoch(0)
    for batch in ranks[0]:
        seen += batch["key"]
        if len(seen) == 2:
            break
    ranks[0].load_state_dict(ranks[0].state_dict())
    assert drain(ranks[0]) == [4, 6, 8, 10]


@pytest.mark.parametrize("world", [1, 2])
def test_the_sampler_has_the_order_and_the_state_of_batches(world):
    for rank in range(world):
        batches = Batches(Numbers(41), 4, seed=2, rank=rank, world_size=world)
        sampler = DistributedClipSampler(Numbers(41), 4, seed=2, rank=rank, world_size=world)
        for _ in range(2):
            states = []
            wanted = []
            for batch in batches:
                wanted.append(batch["key"])
                states.append(batches.state_dict())
            assert list(sampler) == wanted
            assert [sampler.state_dict(done) for done in range(1, len(wanted) + 1)] == states
        with pytest.raises(DatasetError, match="batches done"):
            sampler.state_dict(len(wanted) + 1)
        resumed = DistributedClipSampler(Numbers(41), 4, seed=2, rank=rank, world_size=world)
        resumed.load_state_dict(states[2])
        assert len(resumed) == len(wanted)  # of the whole epoch: frameworks count the batches before the stop
        assert list(resumed) == wanted[3:]
        assert len(resumed) == len(wanted)


def test_a_worker_stands_at_the_end_of_its_round(monkeypatch):
    """Steps 0 to 4 of ten clips among three workers: loaded again, the next round begins where all of this one end."""
    ends = []
    for worker in range(3):
        monkeypatch.setattr(epochs, "_worker", lambda worker=worker: (worker, 3))
        steps = Steps(np.arange(10), [0, 2, 4, 6, 8, 10], 0, 1)
        ends.append([(step.indices, step.end) for step in steps])
    assert ends == [[([0, 1], 6), ([6, 7], 10)], [([2, 3], 6), ([8, 9], 10)], [([4, 5], 6)]]


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
    loop = iter(batches)
    assert drain([next(loop), next(loop)]) == list(range(8))
    with pytest.raises(DatasetError, match="clip 9"):
        next(loop)
    assert data.started <= 8 + 2 * (4 + 2 * 2)
    assert batches.position == 8
    data.broken = False
    assert drain(loop) == list(range(8, 1000))  # goes on at the very place: no short epoch


def test_states_of_other_datasets_and_impossible_ranks_are_refused():
    state = Batches(Numbers(10), 4).state_dict()
    with pytest.raises(DatasetError, match="10 clips"):
        Batches(Numbers(11), 4).load_state_dict(state)
    with pytest.raises(DatasetError, match="version"):
        Batches(Numbers(10), 4).load_state_dict({})
    for harm in ({"position": 11}, {"position": -1}, {"epoch": -1}):  # else an epoch would be short, or none
        with pytest.raises(DatasetError, match="which does not exist"):
            Batches(Numbers(10), 4).load_state_dict({**state, **harm})
    with pytest.raises(DatasetError, match="was it cut"):
        Batches(Numbers(10), 4).load_state_dict({"version": 1, "num_clips": 10})
    for arguments in ({"batch_size": 0}, {"batch_size": 2, "rank": 2, "world_size": 2}):
        with pytest.raises(DatasetError):
            Batches(Numbers(10), **arguments)
    with pytest.raises(DatasetError, match="shared by 3 ranks"):
        Batches(Numbers(2), 1, world_size=3)


@pytest.mark.slow
@pytest.mark.parametrize("threads", [0, 1, 4])
def test_decoded_batches_are_the_same_with_any_threads(packed, threads):
    data = svta.open_dataset(packed, num_frames=4, size=32, sampling="random-segment", threads=threads)
    alone = svta.open_dataset(packed, num_frames=4, size=32, sampling="random-segment", threads=0)
    batches, reference = data.batches(16, seed=2), alone.batches(16, seed=2)
    for batch, wanted in zip(batches, reference, strict=True):
        assert batch["key"] == wanted["key"]
        assert batch["pixel_values"].shape == (len(batch["key"]), 4, 3, 32, 32)
        assert (batch["pixel_values"] == wanted["pixel_values"]).all()


def test_random_segments_differ_by_epoch_and_repeat_after_a_resume():
    class Seeds(Numbers):
        def sample(self, i, *, seed=None):
            return {"key": (i, seed)}

    batches = Batches(Seeds(10), 4)
    first, second = dict(drain(batches)), dict(drain(batches))
    assert all(first[i] != second[i] for i in range(10))
    assert len({*first.values(), *second.values()}) == 20
    resumed = Batches(Seeds(10), 4)
    resumed.load_state_dict({**resumed.state_dict(), "epoch": 1, "position": 4})
    assert dict(drain(resumed)).items() <= second.items()


def test_more_ranks_than_clips_left_gives_empty_batches_of_the_same_shape(packed):
    data = svta.open_dataset(packed, num_frames=4, size=32)
    batches = data.batches(13)
    loop = iter(batches)
    for _ in range(3):
        next(loop)
    ranks = [data.batches(13, rank=r, world_size=4) for r in range(4)]
    for rank in ranks:
        rank.load_state_dict(batches.state_dict())
    last = [next(iter(rank)) for rank in ranks]
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
    with pytest.raises(DatasetError, match="packed again"):
        svta.open_dataset(other).batches(2).load_state_dict(state)


@pytest.mark.parametrize("form", ["torch", "numpy", None])
def test_rows_of_datasets_with_empty_fields_make_a_batch(form: str | None) -> None:
    """Cut and drawn clips in one dataset: start is null in some rows, and so is a category."""
    datasets = pytest.importorskip("datasets")
    pytest.importorskip("torch")
    rows = {
        "key": ["a", "b", "c"], "caption": ["A man falls.", "A dog runs.", "Rain."], "start": [1.5, None, 2.0],
        "fps": [25.0, 25.0, 24.0], "category": [3, None, 0], "is_anomaly": [True, None, False],
        "flags": [["tiny"], [], None], "pixel_values": [np.zeros((2, 3, 4, 4), np.uint8).tolist()] * 3,
    }  # fmt: skip
    table = datasets.Dataset.from_dict(rows)
    for rowwise in (table, table.to_iterable_dataset()):
        batch = collate(list(rowwise.with_format(form)))
        assert batch["category"].tolist() == [3, -1, 0] and batch["is_anomaly"].tolist() == [1, -1, 0]
        assert list(batch["key"]) == ["a", "b", "c"] and batch["caption"][1] == "A dog runs."
        assert [float(start) for start in batch["start"] if start is not None and not math.isnan(start)] == [1.5, 2.0]
        if form is not None:
            assert tuple(batch["pixel_values"].shape) == (3, 2, 3, 4, 4)
