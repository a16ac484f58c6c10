"""Clips of remote shards are read ahead of a loop: few requests, bounded bytes, errors where they belong."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path

import pytest

import svta
from svta.builder.dataset import read_ahead
from svta.builder.dataset.byte_ranges import read_videos
from svta.builder.dataset.source import ShardUnavailable, Source
from svta.builder.shards.sample import ShardError

pytestmark = pytest.mark.smoke


class FarFolder(Source):
    """A folder that is read as a Hub repo is: by ranges, each of which takes a while. `log`: (shard, start, end)."""

    is_remote = True

    @property
    def log(self) -> list[tuple[str, int, int]]:
        return self.__dict__.setdefault("_log", [])

    def path(self, name: str) -> Path:
        return Path(self.root, name)

    def local(self, name: str) -> Path | None:
        return None

    def read(self, name, offset, size, *, download=False):
        self.log.append((name, offset, offset + size))
        time.sleep(0.002)
        if not self.path(name).exists():
            raise ShardUnavailable(self.url(name), "is missing")
        data = self.path(name).read_bytes()[offset : offset + size]
        if len(data) < size:
            raise ShardError(self.url(name), "ends before")
        return data


@pytest.fixture
def far(packed, tmp_path):
    """The training clips of a dataset of our own, far away."""
    data = svta.open_dataset(shutil.copytree(packed, tmp_path / "far"), num_frames=2, size=8, threads=2)
    data.source = FarFolder(data.source.root)
    return data


def keys(loop) -> list[str]:
    return [key for batch in loop for key in batch["key"]]


@pytest.mark.parametrize("threads", [0, 2])
@pytest.mark.parametrize("shuffle", [False, True])
def test_clips_are_those_of_the_folder(far, packed, threads, shuffle):
    near = svta.open_dataset(packed, num_frames=2, size=8, threads=threads)
    far.threads = threads
    batches, wanted = far.batches(7, shuffle=shuffle), near.batches(7, shuffle=shuffle)
    for _ in range(2):
        for one, other in zip(batches, wanted, strict=True):
            assert one["key"] == other["key"]
            assert (one["pixel_values"] == other["pixel_values"]).all()
    assert len({name for name, _, _ in far.source.log}) == 4


def test_neighbours_are_one_request_and_the_first_batch_waits_for_nothing_else(far):
    loop = iter(far.batches(5, shuffle=False))
    next(loop)
    assert len(far.source.log) == 1
    keys(loop)
    assert len(far.source.log) <= 8  # four shards, cut by the first batch and by what its end let be asked for
    assert all(end - start <= read_ahead.READ_BYTES for _, start, end in far.source.log)
    for shard in far._index.shards("train"):
        rows = far._index.rows_of_shard(shard)
        far.source.log.clear()
        videos = list(read_videos(far.source, shard, (far._index.place(row, far._index.clip(row)) for row in rows)))
        assert len(far.source.log) == 2
        assert videos == [far.video(far.rows.tolist().index(row)) for row in rows]


def test_what_is_asked_for_and_not_done_is_bounded(far, monkeypatch):
    sizes = far._index.size[far.rows]
    bound = int(3 * sizes.max())
    monkeypatch.setattr(read_ahead, "AHEAD_BYTES", bound)
    monkeypatch.setattr(read_ahead, "READ_BYTES", 1)
    order = far.batches(1, seed=3).order().tolist()
    with far.ahead(order, 1) as part:
        seen = 0
        for done, i in enumerate(order):
            part.sample(i)
            time.sleep(0.004)
            seen = max(seen, len(far.source.log) - done - 1)
            assert part._ahead._bytes <= bound + sizes.max()
        assert 1 < seen <= 5  # ahead, but never far
    assert len(far.source.log) == 40


def test_the_number_of_clips_that_wait_is_bounded(far, monkeypatch):
    """However small they are: a request of one neighbour each, so that the bound is exact."""
    monkeypatch.setattr(read_ahead, "_MOST_CLIPS", 6)
    monkeypatch.setattr(read_ahead, "READ_BYTES", 1)
    order = far.batches(1, seed=3).order().tolist()
    with far.ahead(order, 1) as part:
        for i in order:
            part.sample(i)
            assert len(part._ahead._waiting) <= 6
    assert len(far.source.log) == 40


def test_a_loop_that_is_left_reads_no_further(far):
    before = set(threading.enumerate())
    loop = iter(far.batches(4))
    next(loop)
    next(loop)
    del loop
    until = time.monotonic() + 30
    while (left := set(threading.enumerate()) - before) and time.monotonic() < until:
        time.sleep(0.01)
    assert not left
    assert len(far.source.log) <= 40


@pytest.mark.parametrize("shuffle", [False, True])
def test_an_error_comes_with_the_clip_it_belongs_to(far, shuffle):
    row = int(far._index.rows_of_shard("data/train/svta-train-00001.tar")[4])
    shard = far.source.path("data/train/svta-train-00001.tar")
    shard.write_bytes(shard.read_bytes()[: int(far._index.offset[row]) + 10])
    order = far.batches(1, shuffle=shuffle).order().tolist()
    after = set(far._index.rows_of_shard("data/train/svta-train-00001.tar")[4:].tolist())
    lost = [i for i in order if int(far.rows[i]) in after]
    batches = far.batches(1, shuffle=shuffle)
    seen = []
    with pytest.raises(ShardError, match=f"00001.tar key '{far.clip(lost[0]).key}'"):
        for batch in batches:
            seen += batch["key"]
    assert seen == [far.clip(i).key for i in order[: order.index(lost[0])]]
    skipping = far.batches(3, shuffle=shuffle, on_error="skip")
    with pytest.warns(UserWarning, match=f"{len(lost)} clips left out"):
        seen = keys(skipping)
    assert [clip.position for clip in skipping.skipped] == lost
    assert seen == [far.clip(i).key for i in order if i not in lost]


def test_a_shard_that_cannot_be_had_is_asked_for_once_a_loop(far):
    name = "data/train/svta-train-00002.tar"
    far.source.path(name).unlink()
    batches = far.batches(4, on_error="skip")
    for epoch in range(2):
        far.source.log.clear()
        with pytest.warns(UserWarning, match=f"epoch {epoch}: 10 clips left out: .*00002.tar: is missing"):
            assert len(keys(batches)) == 30
        assert len([line for line in far.source.log if line[0] == name]) <= read_ahead.REQUESTS
    with pytest.raises(ShardError, match="00002.tar: is missing"):
        keys(far.batches(4))
    for other in ("00000", "00001", "00003"):
        far.source.path(f"data/train/svta-train-{other}.tar").unlink()
    with pytest.warns(UserWarning), pytest.raises(svta.SvtaError, match="no clip can be read: .*is missing"):
        keys(far.batches(4, on_error="skip"))


def test_kept_frames_are_not_fetched(far, tmp_path):
    data = svta.open_dataset(far.source.root, num_frames=2, size=8, threads=2, cache_frames=tmp_path / "kept")
    data.source = far.source
    first = keys(data.batches(4, seed=1))
    asked = len(far.source.log)
    assert keys(data.batches(4, seed=1)) == first
    assert len(far.source.log) == asked
    for path in (tmp_path / "kept").rglob("*.frames"):
        path.write_bytes(b"damaged")
    assert keys(data.batches(4, seed=1)) == first
