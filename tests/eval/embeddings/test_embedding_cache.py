"""Embeddings on disk: made once, resumed, shared by processes, never mixed up between models or samplings."""

from __future__ import annotations

import hashlib
import io
import zipfile

import numpy as np
import pytest
import torch

from svta.builder.record import Clip
from svta.builder.video.decoder import FrameSample, FrameTimes
from svta.builder.video.frame_spec import FrameSpec
from svta.eval.embeddings.batching import EmbeddingError
from svta.eval.embeddings.cache import CacheError, EmbeddingCache
from svta.eval.embeddings.part import Part, read_part, write_part
from svta.eval.encoders.fingerprint import model_fingerprint


class Clips:
    """Ten clips in memory; number 4 cannot be read. `videos`: the names of their videos, all their own by default."""

    frames, threads = FrameSpec(2, 8, "uniform", "crop"), 1
    fingerprint = "ten-clips"

    def __init__(self, videos="0123456789"):
        self.videos = videos

    def clip(self, i):
        name = self.videos[i]
        return Clip(key=f"k{i}", caption=f"caption {i}", group=name, sha256=hashlib.sha256(name.encode()).hexdigest())

    def __len__(self):
        return 10

    def with_frames(self, frames):
        return self

    def read_frames(self, i):
        from svta.builder.errors import DatasetError

        if i == 4:
            raise DatasetError("clip 4 is damaged")
        frames = np.full((2, 8, 8, 3), i, np.uint8)
        return FrameSample(frames, np.ones(2, bool), FrameTimes(np.arange(2), 2, 4.0))


class Means:
    name = "means"

    def __init__(self):
        self.seen = 0

    def encode_video(self, pixel_values, frame_mask):
        self.seen += len(pixel_values)
        return pixel_values.float().mean(dim=(1, 2, 3, 4))[:, None]


def cache(folder, encoder, **options):
    return EmbeddingCache(folder, encoder, Clips(), fingerprint="m1", **{"part": 3, "rank": 0, "world": 1, **options})


def test_made_once_and_resumed(tmp_path):
    encoder = Means()
    found, positions, unreadable = cache(tmp_path, encoder).videos(range(10))
    assert positions == [0, 1, 2, 3, 5, 6, 7, 8, 9] and found[:, 0].tolist() == positions
    assert unreadable == [(4, "clip 4 is damaged")] and encoder.seen == 9
    again = Means()
    held = cache(tmp_path, again)
    subset, chosen, bad = held.videos([9, 4, 2])
    assert again.seen == 2 and subset[:, 0].tolist() == [9, 2] and chosen == [9, 2] and bad[0][0] == 4
    sorted(held.folder.glob("video-*.npz"))[2].unlink()
    once = Means()
    assert np.array_equal(cache(tmp_path, once).videos(range(10))[0], found)
    assert once.seen == 3 + 2  # the part that is missing, and the one with a clip that may be readable by now


def test_a_video_of_several_captions_is_embedded_once(tmp_path):
    """Clips 0, 3, 6 and 9 show one video, 2 and 8 another, over four parts of three."""
    encoder = Means()
    held = EmbeddingCache(tmp_path, encoder, Clips("0120450720"), fingerprint="m1", part=3, rank=0, world=1)
    rows, good, unreadable = held.videos([9, 8, 3, 5])
    assert rows[:, 0].tolist() == [0, 2, 0, 5] and good == [9, 8, 3, 5] and not unreadable
    assert encoder.seen == 3 + 1  # the whole first part; of the second clip 5 alone, for 3 repeats and 4 is damaged


def test_only_the_parts_that_are_asked_for(tmp_path):
    encoder, counted = Means(), []
    held = cache(tmp_path, encoder)
    held.videos([0, 1], counted.append)
    assert len(list(held.folder.glob("video-*.npz"))) == 1 and encoder.seen == 3 and counted == [3]


def test_two_processes_share_the_work(tmp_path):
    first, second = Means(), Means()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("svta.eval.embeddings.cache.WAIT_SECONDS", 0.1)
        with pytest.raises(CacheError, match="another process"):
            cache(tmp_path, first, rank=0, world=2).videos(range(10))
    found = cache(tmp_path, second, rank=1, world=2).videos(range(10))[0]
    assert (first.seen, second.seen) == (6, 3) and len(found) == 9


def test_other_models_and_samplings_never_share(tmp_path):
    folders = {cache(tmp_path, Means()).folder}
    folders.add(EmbeddingCache(tmp_path, Means(), Clips(), fingerprint="m2", rank=0, world=1, part=3).folder)
    other = Clips()
    other.frames = FrameSpec(2, 8, "official", "crop")
    folders.add(EmbeddingCache(tmp_path, Means(), other, fingerprint="m1", rank=0, world=1, part=3).folder)
    assert len(folders) == 3
    told = {"query_instruction": "find:", "document_instruction": "find:", "dtype": "bfloat16"}
    for name, value in told.items():  # what a model is told, and in which precision, changes what it gives
        folders.add(cache(tmp_path, type("Other", (Means,), {name: value})()).folder)
    assert len(folders) == 6 and cache(tmp_path, Means()).folder in folders


@pytest.mark.slow
def test_batches_shrink_when_the_gpu_is_full(tmp_path):
    class Tight(Means):
        def encode_video(self, pixel_values, frame_mask):
            if len(pixel_values) > 2:
                raise torch.OutOfMemoryError
            return super().encode_video(pixel_values, frame_mask)

    held = cache(tmp_path, Tight(), part=10)
    assert len(held.videos(range(10))[0]) == 9 and held.batch.size == 2

    class Full(Means):
        def encode_video(self, pixel_values, frame_mask):
            raise torch.OutOfMemoryError

    with pytest.raises(EmbeddingError, match="one clip"):
        cache(tmp_path / "full", Full()).videos(range(10))


def test_damaged_parts_and_nameless_encoders(tmp_path):
    held = cache(tmp_path, Means())
    held.videos([0])
    (held.folder / "video-000000.npz").write_bytes(b"PK broken")
    with pytest.raises(CacheError, match="delete it"):
        held.videos([0])
    nameless = Means()
    nameless.name = None
    with pytest.raises(CacheError, match="fingerprint"):
        EmbeddingCache(tmp_path, nameless, Clips())


def test_fingerprint_follows_the_weights(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"one")
    before = model_fingerprint(tmp_path)
    assert before == model_fingerprint(str(tmp_path))
    (tmp_path / "model.safetensors").write_bytes(b"two")
    assert model_fingerprint(tmp_path) != before
    assert model_fingerprint("ns/name@v1") == "ns/name@v1"


def test_a_part_comes_back_as_it_was_however_its_rows_lie(tmp_path):
    rows = np.arange(6, dtype=np.float32).reshape(2, 3)
    for embeddings in (rows, np.asfortranarray(rows), np.arange(12, dtype=np.float32).reshape(3, 4).T[:2, ::-1]):
        part = Part(embeddings, np.array([4, 7]), np.array([5]), np.array(["is damaged"]))
        write_part(tmp_path / "a.npz", part)
        back = read_part(tmp_path / "a.npz")
        assert all(np.array_equal(there, vars(part)[name]) for name, there in vars(back).items())


def npz(path, **arrays):
    """An npz of raw .npy bytes: what a header claims need not be there."""
    with zipfile.ZipFile(path, "w") as file:
        for name, data in arrays.items():
            file.writestr(f"{name}.npy", data)


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def header(shape, kind="<f4"):
    """A .npy that claims this shape, with 16 bytes behind its header."""
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": kind, "fortran_order": False, "shape": shape})
    return buffer.getvalue() + bytes(16)


ROWS, ONE = npy(np.zeros((1, 4), np.float32)), npy(np.zeros(1, np.int64))


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"embeddings": header((10**12,)), "positions": ONE}, "cannot reshape"),
        ({"embeddings": header((-1, 2)), "positions": ONE}, "not readable"),
        ({"embeddings": header((4,), "|O"), "positions": ONE}, "not readable"),
        ({"embeddings": ROWS}, "positions"),
        ({"embeddings": ROWS, "positions": ONE, "more": ONE}, "more"),
        ({"embeddings": ROWS, "positions": npy(np.zeros(2, np.int64))}, "not one float32 row per clip"),
        ({"embeddings": npy(np.zeros((1, 4))), "positions": ONE}, "not one float32 row per clip"),
        ({"embeddings": ROWS, "positions": npy(np.zeros(1))}, "not whole numbers"),
        ({"embeddings": ROWS, "positions": ONE, "unreadable": ONE}, "not one reason"),
        ({"embeddings": ROWS, "positions": npy(np.array([7]))}, "clip 0 is missing"),
        ({"embeddings": npy(np.array([{}])), "positions": ONE}, "not readable"),
    ],
)
def test_parts_of_other_shapes_than_ours(tmp_path, arrays, message):
    held = cache(tmp_path, Means())
    held.folder.mkdir(parents=True)
    npz(held.folder / "video-000000.npz", **arrays)
    with pytest.raises(CacheError, match=message) as error:
        held.videos([0])
    assert "video-000000.npz" in str(error.value) and "delete it and run again" in str(error.value)


def test_a_part_that_unpacks_to_more_than_it_holds(tmp_path):
    held = cache(tmp_path, Means())
    held.folder.mkdir(parents=True)
    np.savez_compressed(held.folder / "video-000000.npz", embeddings=np.zeros((10**6, 4), np.float32))
    with pytest.raises(CacheError, match="compressed"):
        held.videos([0])


@pytest.mark.parametrize("flag", [0x01, 0x20], ids=["encrypted", "patched"])
def test_a_part_that_is_packed_in_a_way_nobody_reads(tmp_path, flag):
    held = cache(tmp_path, Means())
    held.videos([0])
    (path,) = held.folder.glob("video-*.npz")
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= flag  # of the first file in the archive's list
    path.write_bytes(data)
    with pytest.raises(CacheError, match="delete it and run again"):
        cache(tmp_path, Means()).videos([0])


def test_a_part_whose_list_claims_more_than_there_is(tmp_path):
    held = cache(tmp_path, Means())
    held.videos([0])
    (path,) = held.folder.glob("video-*.npz")
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    claimed = int.from_bytes(data[at + 24 : at + 28], "little") + len(data)
    data[at + 20 : at + 24] = data[at + 24 : at + 28] = claimed.to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(CacheError, match="delete it and run again"):
        cache(tmp_path, Means()).videos([0])
