"""ClipDataset: random access, decoded and checked; DataLoader; damage; frames as a transform; the size of the index."""

from __future__ import annotations

import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from packed import make_dataset, mp4

import svta
from svta.builder.dataset.source import Source
from svta.builder.errors import DatasetError
from svta.builder.shards.sample import ShardError
from svta.builder.taxonomy import load_taxonomy
from svta.builder.video.decoder import decode
from svta.builder.video.frame_buffer import VideoError

pytestmark = pytest.mark.smoke


@pytest.fixture
def data(packed):
    return svta.open_dataset(packed, num_frames=5, size=32, threads=2)


def test_a_sample_is_the_decoded_clip_with_its_record(data, packed):
    clip, sample = data.clip(3), data[3]
    assert list(sample) == ["key", "caption", "category", "is_anomaly", "pixel_values", "frame_mask"]
    assert (sample["key"], sample["caption"]) == (clip.key, clip.caption)
    assert (sample["pixel_values"].shape, sample["pixel_values"].dtype) == ((5, 3, 32, 32), np.uint8)
    assert (sample["frame_mask"].shape, sample["frame_mask"].dtype) == ((5,), np.bool_)
    frames, _ = decode(mp4(clip.seed % 5), num_frames=5, size=32)
    assert (sample["pixel_values"] == frames.transpose(0, 3, 1, 2)).all()
    assert data.video(3) == mp4(clip.seed % 5)


def test_categories_are_numbers_of_the_dataset_and_null_is_minus_one(data):
    told = {(data.clip(i).category, data[i]["category"], data[i]["is_anomaly"]) for i in range(12)}
    names = load_taxonomy().names
    assert told == {
        ("arson", names.index("arson"), True),
        ("stealing", names.index("stealing"), True),
        (None, -1, False),
    }


def test_splits(packed):
    sizes = {split: len(svta.open_dataset(packed, split)) for split in ("train", "test", "all")}
    assert sizes == {"train": 40, "test": 12, "all": 52}
    both = svta.open_dataset(packed, ["test", "train"])
    assert both.clip(0).source_split == "test"
    assert both.clip(-1).source_split == "train"
    assert len(svta.open_dataset(packed, ["train", "train"])) == 40  # no clip comes twice
    with pytest.raises(DatasetError, match="threads=-1"):
        svta.open_dataset(packed, threads=-1)
    with pytest.raises(DatasetError, match="no split 'validation'; it contains train, test"):
        svta.open_dataset(packed, "validation")
    with pytest.raises(IndexError):
        both[52]


def test_what_is_no_dataset_is_told_in_one_line(tmp_path):
    for place, told in ((tmp_path, "svta pack"), (tmp_path / "none", "no such dataset folder"), ("a/b/c", "ns/name")):
        with pytest.raises(DatasetError, match=told) as caught:
            svta.open_dataset(place)
        assert len(str(caught.value).splitlines()) == 1
    (tmp_path / "clips.parquet").write_bytes(b"PAR1 no PAR1")
    with pytest.raises(DatasetError, match="damaged index"):
        svta.open_dataset(tmp_path)


def test_transform_and_options(packed):
    seen = svta.open_dataset(packed, num_frames=3, size=32, transform=lambda sample: sample["caption"].upper())
    assert seen[0].startswith("CLIP ")
    batch = next(iter(seen.batches(4)))
    assert isinstance(batch, list)
    assert len(batch) == 4
    whole = svta.open_dataset(packed, size=None, sampling="all")[0]
    assert whole["pixel_values"].shape == (17, 3, 48, 64)
    padded = svta.open_dataset(packed, num_frames=20, size=32)[0]
    assert padded["frame_mask"].tolist() == [True] * 17 + [False] * 3
    assert not padded["pixel_values"][17:].any()
    drawn = svta.open_dataset(packed, num_frames=4, size=32, sampling="random-segment")
    assert (drawn.sample(0, seed=7)["pixel_values"] == drawn.sample(0, seed=7)["pixel_values"]).all()


def test_proxies(packed):
    small = svta.open_dataset(packed, "test", num_frames=3, size=32, proxy=True)
    full = svta.open_dataset(packed, "test", num_frames=3, size=32)
    assert [small.clip(i).key for i in range(12)] == [full.clip(i).key for i in range(12)]
    assert small.video(0) != full.video(0)
    assert small[0]["pixel_values"].shape == (3, 3, 32, 32)


@pytest.mark.parametrize("workers", [0, 2])
def test_torch_dataloader(data, workers):
    loader = pytest.importorskip("torch.utils.data").DataLoader
    batches = list(loader(data, batch_size=16, num_workers=workers, collate_fn=svta.collate, shuffle=True))
    assert sorted(key for batch in batches for key in batch["key"]) == sorted(data.clip(i).key for i in range(40))
    assert batches[0]["pixel_values"].shape == (16, 5, 3, 32, 32)


def test_pickle_leaves_the_index_behind(data):
    data.clip(0)
    dumped = pickle.dumps(data)
    assert len(dumped) < 3000
    assert pickle.loads(dumped)[2]["caption"] == data[2]["caption"]


def assert_skipped(data, shard: Path) -> None:
    """on_error="skip" counts and names the clips that a damaged shard lost, and ranks keep equally many batches."""
    with pytest.warns(UserWarning, match=rf"clips left out: .*{shard.name}"):
        alone = data.batches(8, on_error="skip")
        seen = [key for batch in alone for key in batch["key"]]
        ranks = [data.batches(3, on_error="skip", rank=rank, world_size=2) for rank in range(2)]
        steps = [[batch["key"] for batch in rank] for rank in ranks]
    lost = {data.clip(clip.position).key for clip in alone.skipped}
    assert lost and sorted([*seen, *lost]) == sorted(data["key"])
    assert all(shard.name in clip.reason for clip in alone.skipped)
    assert len(steps[0]) == len(steps[1]) == len(ranks[0])
    assert sorted(key for rank in steps for step in rank for key in step) == sorted(seen)


@pytest.mark.parametrize("harm", ["cut", "swapped", "flipped", "gone"])
def test_a_damaged_shard_never_makes_a_short_epoch(tmp_path, packed, harm):
    own = Path(shutil.copytree(packed, tmp_path / "own"))
    data = svta.open_dataset(own, num_frames=2, size=32, threads=2)
    batches = data.batches(8, seed=1)
    loop = iter(batches)
    next(loop)
    shard = own / "data/train/svta-train-00001.tar"
    whole = shard.read_bytes()
    if harm == "cut":
        shard.write_bytes(whole[:6000])
    elif harm == "swapped":
        shutil.copy(own / "data/train/svta-train-00002.tar", shard)
    elif harm == "flipped":  # every mp4 keeps its place, key and size
        shard.write_bytes(whole.replace(b"mdat", b"mdaT"))
    else:
        shard.unlink()
    with pytest.raises(ShardError, match="svta-train-00001.tar"):
        list(loop)
    assert_skipped(data, shard)
    shard.write_bytes(whole)
    state = batches.state_dict()
    again = data.batches(8, seed=1)
    again.load_state_dict(state)
    rest = [key for batch in again for key in batch["key"]]
    assert len(rest) == 40 - state["position"]


def test_a_video_that_is_none_names_shard_and_key(tmp_path):
    folder = make_dataset(tmp_path / "noise", {"train": 4}, real=False)
    data = svta.open_dataset(folder)
    with pytest.raises(VideoError, match=rf"svta-train-00000.tar key {data.clip(0).key}"):
        data[0]


def test_frames_are_picklable_and_say_what_they_need():
    transform = pickle.loads(pickle.dumps(svta.frames(3, 32)))
    out = transform({"video": {"bytes": mp4(), "path": None}, "key": "a"})
    assert (list(out), out["pixel_values"].shape) == (["key", "pixel_values", "frame_mask"], (3, 3, 32, 32))
    with pytest.raises(DatasetError, match="not str"):
        transform({"video": "a path"})


def test_frames_never_open_a_path_that_a_row_names(tmp_path):
    (tmp_path / "private.mp4").write_bytes(mp4())
    for path in (str(tmp_path / "private.mp4"), "/dev/zero", "../x"):
        for column in ("video", "mp4"):
            with pytest.raises(DatasetError, match="needs the video's bytes .* not a row with a path alone"):
                svta.frames(1, 8)({column: {"bytes": None, "path": path}})


def test_a_pickled_dataset_holds_no_token(tmp_path):
    folder = make_dataset(tmp_path / "d", {"train": 4}, real=False)
    data = svta.open_dataset(folder, token="hf_topsecrettoken")
    assert data.source.token is None  # a folder needs none
    data.source = Source("hf://datasets/ns/name@" + "a" * 40, "hf_topsecrettoken")
    copied = pickle.dumps(data)
    assert b"topsecret" not in copied and "topsecret" not in repr(data.source)
    assert pickle.loads(copied).source == data.source
    assert pickle.loads(pickle.dumps(Source("/d", False))).token is False


BIG = """
import pathlib, sys, time
import numpy as np, pyarrow as pa, pyarrow.parquet as pq
from svta.builder.shards.index import index_schema
folder, count, limit = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
schema, step = index_schema(), count // 10
with pq.ParquetWriter(folder + "/clips.parquet", schema) as writer:
    for start in range(0, count, step):
        i = np.arange(start, start + step)
        columns = {n: pa.nulls(step, schema.field(n).type) for n in schema.names}
        columns["key"] = pa.array([f"{x * 2654435761:020x}" for x in i.tolist()])
        columns["caption"] = pa.array([f"number {x} runs past a parked car at night and falls" for x in i.tolist()])
        columns["sha256"] = pa.array([f"{x:064x}" for x in i.tolist()])
        columns["split"] = pa.array(["train"] * step)
        columns["shard"] = pa.array([f"data/train/svta-train-{x // 2500:05d}.tar" for x in i.tolist()])
        columns["offset"], columns["size"] = pa.array(i % 2500 * 100_000 + 512), pa.array(np.full(step, 90_000))
        writer.write_table(pa.table(columns, schema=schema))
        del columns
import svta
from svta.builder.shards import lookup as rows
rows.IN_MEMORY_BYTES = int(limit)
begun = time.monotonic()
data = svta.open_dataset(folder)
opened = time.monotonic() - begun
picks = np.random.default_rng(0).integers(0, count, 300).tolist()
assert all(f"number {i} runs" in data.clip(i).caption for i in (0, count - 1, *picks[:50]))
begun = time.monotonic()
for i in picks:
    data.clip(i)
# not ru_maxrss: that one counts what the test process held before it became this program
peak = pathlib.Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]
print(len(data), opened, (time.monotonic() - begun) / len(picks), peak)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("count", "in_memory"), [(50_000, 1e6), (50_000, 1e9), pytest.param(10_000_000, 256e6, marks=pytest.mark.nightly)]
)
def test_an_index_of_any_size_opens_at_once_and_stays_small(tmp_path, count, in_memory, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[3]))
    command = [sys.executable, "-c", BIG, str(tmp_path), str(count), str(in_memory)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    rows, _, _, kilobytes = map(float, done.stdout.split())
    assert rows == count
    assert kilobytes < 1_500_000


def test_slices_lists_masks_and_columns_need_no_video(packed):
    data = svta.open_dataset(packed, "train", num_frames=2, size=16)
    captions = [data.clip(i).caption for i in range(40)]
    assert data.captions == data["caption"] == captions
    assert data["key"] == [data.clip(i).key for i in range(40)]
    assert data["category"] == [data[i]["category"] for i in range(40)]
    assert data["generator"] == [None] * 40  # a column that this index lacks
    assert data[1:3].captions == captions[1:3] and len(data[1:3]) == 2
    assert data[::-1].captions == captions[::-1] and data[-2:].captions == captions[-2:]
    assert data[[7, 3, -1]].captions == data.select(np.array([7, 3, 39])).captions == [captions[i] for i in (7, 3, 39)]
    assert data.select([i % 4 == 1 for i in range(40)]).captions == captions[1::4]
    assert data[5:9][1:3].captions == captions[6:8]
    assert data[[7, 3]][1]["key"] == data[3]["key"]
    assert len(data[40:]) == 0
    assert [sample["caption"] for sample in data[3:5]] == captions[3:5]
    for wrong in ([40], [-41], [True, False]):
        with pytest.raises(IndexError):
            data[wrong]
    with pytest.raises(DatasetError, match="'pixel_values' is decoded clip by clip"):
        data["pixel_values"]
    with pytest.raises(DatasetError, match="'captoin': no such column; columns are key, caption"):
        data["captoin"]


def test_a_selection_is_another_dataset_to_states_and_caches(packed):
    data = svta.open_dataset(packed, "train", num_frames=2, size=16)
    names = {data.fingerprint, data[:20].fingerprint, data[20:].fingerprint, data[::-1].fingerprint}
    assert len(names) == 4
    assert data[:20].fingerprint == svta.open_dataset(packed, "train")[range(20)].fingerprint
    state = data[:20].batches(4).state_dict()
    with pytest.raises(DatasetError, match="not this one"):
        data.batches(4).load_state_dict(state)
    keys = [key for batch in data[:20].batches(6) for key in batch["key"]]
    assert sorted(keys) == sorted(data[:20]["key"])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"sampling": "unifrom"}, "sampling='unifrom': uniform, official, random-segment or all"),
        ({"resize": "cropp"}, "resize='cropp': crop, squash"),
        ({"num_frames": 0}, "num_frames=0: a whole number of frames from 1"),
        ({"num_frames": 2.5}, "num_frames=2.5: a whole number"),
        ({"num_frames": True}, "num_frames=True: a whole number"),
        ({"size": -3}, "size=-3: the frames' side, 1 to 4096 pixels, or None"),
        ({"size": 5000}, "size=5000: "),
        ({"size": (224, 224)}, "size=(224, 224): "),
    ],
)
def test_wrong_options_of_frames_are_refused_at_the_call(packed, options, told):
    for call in (
        lambda: svta.open_dataset(packed, **options),
        lambda: svta.frames(**options),
        lambda: decode(mp4(), **options),
    ):
        with pytest.raises(svta.SvtaError) as caught:
            call()
        assert str(caught.value).startswith(told) and len(str(caught.value).splitlines()) == 1


def test_numpy_numbers_are_options_too(packed):
    data = svta.open_dataset(packed, num_frames=np.int64(3), size=np.int32(16))
    assert data[0]["pixel_values"].shape == (3, 3, 16, 16)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [0, 2])
def test_random_segments_repeat_by_torchs_seed(packed, workers):
    torch = pytest.importorskip("torch")
    data = svta.open_dataset(packed, "test", num_frames=3, size=8, sampling="random-segment")

    def epochs(seed: int) -> list[bytes]:
        torch.manual_seed(seed)
        loader = torch.utils.data.DataLoader(data, batch_size=4, num_workers=workers, collate_fn=svta.collate)
        return [b"".join(batch["pixel_values"].numpy().tobytes() for batch in loader) for _ in range(2)]

    once = epochs(3)
    assert once == epochs(3)
    assert len({*once, *epochs(4)}) == 4  # another seed, another epoch: other frames


def test_random_segments_of_rows_repeat_whatever_thread_decodes_them():
    torch = pytest.importorskip("torch")
    transform = svta.frames(3, 8, sampling="random-segment", threads=4)

    def decoded() -> list[bytes]:
        torch.manual_seed(11)
        return [pixels.tobytes() for pixels in transform({"video": [mp4(i % 3) for i in range(12)]})["pixel_values"]]

    assert decoded() == decoded()
    assert len(set(decoded())) > 3


def test_reprs_tell_size_split_and_frames(packed):
    data = svta.open_dataset(packed, "test", num_frames=3, size=32)
    assert repr(data) == f"ClipDataset({str(packed)!r}, test, 12 clips, 3 frames, 32 pixels, uniform, crop)"
    assert "part of test, 2 clips" in repr(data[:2])
    assert repr(svta.frames(size=None, seed=4)) == "svta.frames(12 frames, the video's own size, uniform, crop, seed 4)"
    batches = data.batches(5, seed=3, rank=1, world_size=2)
    assert repr(batches).startswith("Batches(2 of 5 clips in epoch 0, rank 1 of 2, shuffled by seed 3, of ClipD")
