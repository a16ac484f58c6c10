"""load_dataset("svta"): configs, filters, formats, resume, ranks, workers, and damage that must not stay silent."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from pathlib import Path

import pytest
from datasets import ClassLabel, Features, Video, load_dataset, load_dataset_builder
from datasets.distributed import split_dataset_by_node
from packed import clips, make_dataset, noise

import svta
from svta.builder.dataset.source_index import open_index
from svta.builder.errors import DatasetError, SvtaError, TaxonomyError
from svta.builder.hf_datasets import builder as loading
from svta.builder.io import hub_client
from svta.builder.shards.sample import ShardError
from svta.builder.shards.writer import write_shard

pytestmark = pytest.mark.smoke


@pytest.fixture
def load(tmp_path, packed):
    """load_dataset("svta") on the packed folder, with a cache of its own."""

    def call(name=None, folder=packed, **options):
        options.setdefault("split", "train")
        return load_dataset("svta", name, data_dir=str(folder), cache_dir=str(tmp_path / "cache"), **options)

    return call


@pytest.fixture
def own(tmp_path, packed) -> Path:
    """A copy of the packed folder that a test may damage."""
    return Path(shutil.copytree(packed, tmp_path / "own"))


def keys(examples) -> list[str]:
    return [example["key"] for example in examples]


def test_streamed_and_stored_are_the_same_and_what_the_index_says(load, packed):
    stored, streamed = list(load()), list(load(streaming=True))
    assert stored == streamed
    assert len({tuple(example) for example in streamed}) == 1  # one shape in every sample
    index = open_index(packed / "clips.parquet")
    assert keys(streamed) == [index.clip(int(row)).key for row in index.rows(["train"])]
    videos = {clip.key: video for tar in packed.glob("data/train/*.tar") for clip, video in svta_read(tar)}
    assert all(example["video"] == {"bytes": videos[example["key"]], "path": None} for example in streamed)


def svta_read(tar):
    from svta.builder.shards.reader import read_shard

    return read_shard(tar)


def test_features_are_typed(load):
    features = load(streaming=True).features
    assert isinstance(features["category"], ClassLabel)
    assert features["category"].names[2] == "arson"
    assert features["video"] == Video(decode=False)
    assert (features["num_frames"].dtype, features["is_anomaly"].dtype) == ("int32", "bool")
    categories = {(e["category"], e["is_anomaly"]) for e in load("captions", streaming=True)}
    assert categories == {(2, True), (features["category"].str2int("stealing"), True), (None, False)}


def test_captions_read_no_video(load, own):
    shutil.rmtree(own / "data")
    told = load("captions", folder=own, streaming=True)
    assert len(list(told)) == 40
    assert "video" not in told.features


def test_proxy_is_smaller_and_has_the_same_clips(load, own):
    full, proxy = load(streaming=True), load("proxy", streaming=True)
    assert keys(full) == keys(proxy)
    assert next(iter(full))["video"] != next(iter(proxy))["video"]
    (own / "proxy/clips.parquet").unlink()
    with pytest.raises(DatasetError, match="svta pack --proxy"):
        load("proxy", folder=own, streaming=True)


def test_filters_take_names_and_aliases(load):
    assert {e["caption"] for e in load(streaming=True, categories="Theft")} == {
        c.caption for c in clips(40) if c.category == "stealing"
    }
    both = load(streaming=True, categories=["arson", "stealing"])
    assert len(list(both)) == 27
    assert len(list(load(streaming=True, is_anomaly=False))) == 13
    assert len(load(is_anomaly=False)) == 13
    assert len(load()) == 40  # the filtered one is another cache entry
    assert not list(load(streaming=True, categories="arson", is_anomaly=False))
    with pytest.raises(TaxonomyError, match="nonsense"):
        load(streaming=True, categories="nonsense")


def test_table_formats_have_one_schema(load):
    stream = load(streaming=True)
    wanted = stream.features.arrow_schema.names
    tables = list(stream.with_format("arrow").iter(7))
    assert [len(table) for table in tables] == [7, 7, 7, 7, 7, 5]
    assert all(table.schema.names == wanted for table in tables)
    assert sum(len(table) for table in stream.with_format("arrow").shuffle(seed=1, buffer_size=9).iter(8)) == 40
    assert len(next(iter(stream.with_format("pandas").iter(5)))) == 5
    example = next(iter(stream.with_format("numpy")))
    assert example["fps"] == 16.0


def test_map_batch_take_and_frames(load):
    stream = load(streaming=True)
    assert [len(b["key"]) for b in stream.batch(16)] == [16, 16, 8]
    longer = stream.map(lambda e: {"length": len(e["caption"])})
    assert all(e["length"] == len(e["caption"]) for e in longer)
    shown = next(iter(stream.map(svta.frames(4, 32), remove_columns=["video"])))
    assert shown["pixel_values"].shape == (4, 3, 32, 32)
    stored = load().with_transform(svta.frames(4, 32))
    assert [p.shape for p in stored[:3]["pixel_values"]] == [(4, 3, 32, 32)] * 3
    assert (stored[0]["pixel_values"] == shown["pixel_values"]).all()
    assert "video" not in stored[0]


def test_frames_serve_a_folder_loaded_by_its_readme(tmp_path, packed):
    stock = load_dataset(str(packed), split="test", cache_dir=str(tmp_path))
    shown = stock.with_transform(svta.frames(4, 32))[0]
    assert shown["pixel_values"].shape == (4, 3, 32, 32)
    assert shown["frame_mask"].all()
    with pytest.raises(DatasetError, match="video or mp4"):
        svta.frames()({"caption": ["no video here"]})


@pytest.mark.parametrize("stop", [1, 9, 10, 11, 25, 39])
def test_plain_resume_is_exact_and_reads_nothing_twice(load, stop, monkeypatch):
    stream = load(streaming=True)
    iterator = iter(stream)
    before = [next(iterator)["key"] for _ in range(stop)]
    state = json.loads(json.dumps(stream.state_dict()))
    read = []
    stock = loading.read_videos
    monkeypatch.setattr(loading, "read_videos", lambda *a: (read.append(1) or v for v in stock(*a)))
    resumed = load(streaming=True)
    resumed.load_state_dict(state)
    after = keys(resumed)
    assert len(read) == len(after) == 40 - stop  # nothing before the stop was read again
    assert before + after == keys(load(streaming=True))


PIPELINES = {
    "map": lambda s: s.map(lambda e: {"n": 1}),
    "map batched": lambda s: s.map(lambda b: {"n": [1] * len(b["key"])}, batched=True, batch_size=7),
    "filter": lambda s: s.filter(lambda e: e["seed"] % 3),
    "batch": lambda s: s.batch(7),
    "arrow": lambda s: s.with_format("arrow"),
    "numpy": lambda s: s.with_format("numpy"),
    "take": lambda s: s.take(33),
    "skip": lambda s: s.skip(5),
    "one rank of two": lambda s: split_dataset_by_node(s, 1, 2),
}


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_resume_is_exact_through_what_users_put_behind(load, pipeline):
    def stream():
        return PIPELINES[pipeline](load("captions", streaming=True))

    def flat(values) -> list[str]:
        lists = (getattr(value["key"], "to_pylist", lambda key=value["key"]: key)() for value in values)
        return [key for keys in lists for key in ([keys] if isinstance(keys, str) else keys)]

    whole = flat(stream())
    assert len(set(whole)) == len(whole) >= 20
    for stop in (1, 3, 5):
        first = stream()
        iterator = iter(first)
        before = flat(next(iterator) for _ in range(stop))
        resumed = stream()
        resumed.load_state_dict(json.loads(json.dumps(first.state_dict())))
        assert before + flat(resumed) == whole, stop


@pytest.mark.parametrize("world_size", [1, 2, 3, 4])
def test_ranks_share_the_clips(load, world_size):
    parts = [keys(split_dataset_by_node(load(streaming=True), r, world_size)) for r in range(world_size)]
    assert sorted(key for part in parts for key in part) == sorted(keys(load(streaming=True)))


@pytest.mark.parametrize("workers", [0, 3, 5])
def test_dataloader_workers(load, workers):
    data = pytest.importorskip("torch.utils.data")
    stream = load(streaming=True).select_columns(["key", "video"])
    loader = data.DataLoader(stream, batch_size=None, num_workers=workers)
    assert sorted(keys(loader)) == sorted(keys(load("captions", streaming=True)))


def test_torch_format(load):
    torch = pytest.importorskip("torch")
    example = next(iter(load("captions", streaming=True).with_format("torch")))
    assert isinstance(example["num_frames"], torch.Tensor)


@pytest.mark.slow
def test_two_processes_store_the_same(load):
    assert sorted(keys(load(num_proc=2))) == sorted(keys(load(streaming=True)))


def test_a_repacked_folder_is_never_loaded_stale(tmp_path):
    folder = make_dataset(tmp_path / "d", {"train": 5}, real=False)
    cache = str(tmp_path / "cache")
    assert len(load_dataset("svta", data_dir=str(folder), split="train", cache_dir=cache)) == 5
    shutil.rmtree(folder)
    make_dataset(folder, {"train": 9}, real=False)
    assert len(load_dataset("svta", data_dir=str(folder), split="train", cache_dir=cache)) == 9


@pytest.mark.parametrize("streaming", [True, False])
@pytest.mark.parametrize("harm", ["cut", "empty", "swapped", "longer", "html", "folder", "gone"])
def test_a_damaged_shard_is_an_error_that_names_it(load, own, streaming, harm):
    shard = own / "data/train/svta-train-00002.tar"
    if harm == "cut":
        shard.write_bytes(shard.read_bytes()[:9000])
    elif harm == "swapped":
        shutil.copy(own / "data/train/svta-train-00001.tar", shard)
    elif harm in ("empty", "longer", "html"):
        whole = shard.read_bytes()
        shard.write_bytes({"empty": b"", "longer": whole[:1536] + whole, "html": b"<html>" * len(whole)}[harm])
    else:
        shard.unlink()
        if harm == "folder":
            shard.mkdir()
    with pytest.raises(ShardError, match="svta-train-00002.tar"):
        list(load(folder=own, streaming=streaming))


@pytest.mark.parametrize(("column", "value"), [("offset", 0), ("offset", 10**12), ("size", 0), ("size", 10**12)])
def test_an_index_that_points_nowhere_is_an_error_that_names_the_shard(load, own, column, value):
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(own / "clips.parquet")
    rows = table.to_pydict()
    rows[column][12] = value
    pq.write_table(pa.table(rows, schema=table.schema), own / "clips.parquet")
    for read in (lambda: list(load(folder=own, streaming=True)), lambda: svta.open_dataset(own, "train").video(12)):
        with pytest.raises(ShardError, match=f"svta-train-0000.*{rows['key'][12]}|ends before byte"):
            read()


def test_data_files_take_foreign_tars(tmp_path):
    tar = tmp_path / "foreign.tar"
    with tarfile.open(tar, "w") as file:
        for name, data in (("a.mp4", b"not decoded"), ("a.json", b'{"caption": "someone else\'s clip", "more": 1}')):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    for streaming in (True, False):
        data = load_dataset("svta", data_files={"test": str(tar)}, streaming=streaming, cache_dir=str(tmp_path / "c"))
        (example,) = list(data["test"])
        assert (example["key"], example["caption"], example["category"]) == ("a", "someone else's clip", None)
        assert example["video"]["bytes"] == b"not decoded"
    with pytest.raises(DatasetError, match="captions"):
        load_dataset("svta", "captions", data_files=str(tar))


@pytest.mark.parametrize("streaming", [True, False])
def test_a_field_that_is_null_in_the_first_clips(tmp_path, streaming):
    categories = [None] * 7 + ["arson"] * 5
    with tarfile.open(tmp_path / "null.tar", "w") as file:
        for number, category in enumerate(categories):
            fields = {"caption": f"clip {number}", "category": category, "is_anomaly": category and True}
            for ending, data in (("mp4", b"not decoded"), ("json", json.dumps(fields).encode())):
                info = tarfile.TarInfo(f"k{number:02d}.{ending}")
                info.size = len(data)
                file.addfile(info, io.BytesIO(data))
    where = {"data_files": {"test": str(tmp_path / "null.tar")}, "cache_dir": str(tmp_path / "c")}
    data = load_dataset("svta", split="test", streaming=streaming, **where)
    names = data.features["category"]
    read = [None if row["category"] is None else names.int2str(row["category"]) for row in data]
    assert read == categories and [row["is_anomaly"] for row in data] == [None] * 7 + [True] * 5


def test_data_files_find_their_taxonomy_and_filter(load, packed, tmp_path):
    files = str(packed / "data/train/*.tar")
    walked = load_dataset("svta", data_files=files, streaming=True, split="train", cache_dir=str(tmp_path / "c"))
    assert list(walked) == list(load(streaming=True))
    (first, *_) = walked.filter(lambda e: e["category"] == 2)
    assert first["category"] == 2
    some = load_dataset("svta", data_files=files, streaming=True, split="train", categories="arson")
    assert keys(some) == keys(load(streaming=True, categories="arson"))


def test_a_category_outside_the_taxonomy_is_named(tmp_path):
    clip = clips(1)[0].replace(category="made up")
    write_shard(tmp_path / "x.tar", [(clip, noise(clip))])
    with pytest.raises(TaxonomyError, match=f"x.tar key {clip.key}: category 'made up'"):
        list(load_dataset("svta", data_files=str(tmp_path / "x.tar"), split="train", streaming=True))


def test_sample_is_offline_and_takes_no_source(tmp_path, packed, monkeypatch):
    monkeypatch.setattr(loading, "SAMPLE", tmp_path / "sample")
    with pytest.raises(DatasetError, match="no sample"):
        load_dataset("svta", "sample")
    (tmp_path / "sample").mkdir()
    for tar in packed.glob("data/*/*.tar"):
        shutil.copy(tar, tmp_path / "sample")
    sample = load_dataset("svta", "sample", cache_dir=str(tmp_path / "cache"))
    assert {name: len(part) for name, part in sample.items()} == {"train": 40, "test": 12}
    with pytest.raises(DatasetError, match="in the package"):
        load_dataset("svta", "sample", data_dir=str(packed))


@pytest.mark.skipif(not loading.SAMPLE.is_dir(), reason="no builder/data/sample: .ci/sample.sh makes it")
def test_the_sample_of_the_package(tmp_path):
    assert sum(path.stat().st_size for path in loading.SAMPLE.iterdir()) <= 1_400_000
    sample = load_dataset("svta", "sample", split="all", cache_dir=str(tmp_path))
    assert len(sample) >= 20
    assert all(clip["synthetic"] for clip in sample)
    shown = sample.with_transform(svta.frames(4, 64))
    assert shown[0]["pixel_values"].shape == (4, 3, 64, 64)


def test_a_broken_torchcodec_harms_nobody_who_does_not_want_it(load, monkeypatch, tmp_path):
    import datasets.config

    monkeypatch.setattr(datasets.config, "TORCHCODEC_AVAILABLE", True)  # found, but it does not import
    monkeypatch.setitem(__import__("sys").modules, "torchcodec", None)
    monkeypatch.setitem(__import__("sys").modules, "torchcodec.decoders", None)
    assert len(list(load(streaming=True))) == 40
    with pytest.raises(DatasetError, match="svta.frames"):
        load(streaming=True, decode=True)


def test_custom_features_still_apply(load):
    features = Features({**load(streaming=True).features})
    features["num_frames"] = load(streaming=True).features["seed"]
    cast = load(streaming=True).cast(features)
    assert next(iter(cast))["num_frames"] == 17
    assert cast.features["num_frames"].dtype == "int64"


def test_all_errors_are_svta_errors():
    assert issubclass(ShardError, SvtaError)
    assert issubclass(TaxonomyError, SvtaError)


@pytest.mark.parametrize(("place", "is_guarded"), [("hf://datasets/ns/name/a.tar", True), ("a.tar", False)])
def test_shards_elsewhere_are_read_under_the_guard_of_hub_requests(tmp_path, monkeypatch, place, is_guarded):
    write_shard(tmp_path / "a.tar", [(clip, noise(clip)) for clip in clips(3)])
    inside = []

    def opener(name: str, mode: str):  # where datasets puts its own, which reads hf:// and https://
        assert name == place
        inside.append(hub_client._is_guarded())
        return open(tmp_path / "a.tar", mode)

    builder = load_dataset_builder("svta", "sample", cache_dir=str(tmp_path / "cache"))
    monkeypatch.setattr(loading, "open", opener, raising=False)
    assert len(list(builder._walk(place, 0))) == 3
    assert inside == [is_guarded] and not hub_client._is_guarded()
