"""Where a dataset lies: folders, the four ways, and a Hub repo by cache and by range, with a server that fails."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from reading_hub import COMMIT, reading_hub

from svta.builder.dataset.source import Source, find_source, open_source
from svta.builder.errors import DatasetError
from svta.builder.shards.sample import ShardError

pytestmark = pytest.mark.smoke

HOME = Path(__file__).resolve().parents[3]


@pytest.fixture
def hub(packed):
    with reading_hub({"ns/clips": packed, "ns/bare": packed / "data"}) as server:
        yield server


def run(code: str, home: Path, hub, **env: str) -> str:
    """A fresh Python against the loopback Hub: its address is read when huggingface_hub is imported."""
    clean = {k: v for k, v in os.environ.items() if k not in ("SVTA_DATA", "HF_HUB_OFFLINE")}
    clean |= {"HF_ENDPOINT": hub.url, "HF_HOME": str(home), "HF_UPDATE_DOWNLOAD_COUNTS": "0", "PYTHONPATH": str(HOME)}
    clean |= {"HF_HUB_DISABLE_XET": "1", **env}
    done = subprocess.run([sys.executable, "-c", code], cwd=home.parent, env=clean, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


STREAM = """
import svta, datasets
stream = datasets.load_dataset("svta", repo_id="ns/clips@v1", split="train", streaming=True)
examples = list(stream)
print(len({e["key"] for e in examples}), sum(len(e["video"]["bytes"]) for e in examples))
"""


@pytest.mark.slow
def test_a_hub_repo_streams_by_range_and_survives_faults(tmp_path, packed, hub):
    shards = [f"data/train/svta-train-{i:05d}.tar" for i in range(4)]
    hub.faults = {shards[0]: ["503"], shards[1]: ["cut"]}
    count, size = map(int, run(STREAM, tmp_path / "hf", hub).split())
    assert count == 40
    assert size == sum(row["size"] for row in index(packed) if row["split"] == "train")
    assert not any(hub.faults.values())
    read = [line for line in hub.log if line[0] == "GET" and line[1].endswith(".tar")]
    assert read and all(last < (packed / name).stat().st_size for _, name, _, last in read)  # never a whole shard


FULL = """
import resource, signal, svta
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, resource.RLIM_INFINITY))
try: svta.open_dataset("ns/clips", split="train")
except svta.SvtaError as error: print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(len(svta.open_dataset("ns/clips", split="train")))
"""


@pytest.mark.slow
def test_a_full_disk_below_the_cache_is_one_line_that_names_it(tmp_path, hub):
    """No file may grow beyond 1,000 bytes, which is told as a full disk is; with room the same call goes on."""
    told, count = run(FULL, tmp_path / "hf", hub).splitlines()
    assert told == f"{tmp_path}/hf/hub: File too large; make room; the same command resumes where it stopped"
    assert count == "40" and not list((tmp_path / "hf").rglob("*.part"))


def index(folder: Path) -> list[dict]:
    import pyarrow.parquet as pq

    return pq.read_table(folder / "clips.parquet").to_pylist()


@pytest.mark.slow
def test_a_hub_repo_is_stored_and_then_loads_offline(tmp_path, hub):
    code = STREAM.replace(", streaming=True", "")
    online = run(code, tmp_path / "hf", hub)
    assert online.startswith("40 ")
    asked = len(hub.log)
    assert run(code, tmp_path / "hf", hub, HF_HUB_OFFLINE="1").splitlines()[-1] == online
    assert len(hub.log) == asked


OPEN = """
import svta, sys, json
data = svta.open_dataset("ns/clips", "test", num_frames=2, size=32, threads=2, cache=sys.argv[1:] == ["cache"])
print(data.source.root)
print(json.dumps(sorted(key for batch in data.batches(5) for key in batch["key"])))
""".replace("sys.argv[1:]", "[{!r}]")


@pytest.mark.slow
@pytest.mark.parametrize("cache", ["cache", "ranges"])
def test_random_access_to_a_hub_repo(tmp_path, packed, hub, cache):
    shard = "data/test/svta-test-00001.tar"
    hub.faults = {shard: ["503"]}
    root, keys = run(OPEN.format(cache), tmp_path / "hf", hub).splitlines()
    assert root == f"hf://datasets/ns/clips@{COMMIT}"
    assert json.loads(keys) == sorted(row["key"] for row in index(packed) if row["split"] == "test")
    whole = [line for line in hub.log if line == ("GET", shard, 0, (packed / shard).stat().st_size)]
    assert bool(whole) == (cache == "cache")
    assert not [line for line in hub.log if "train" in line[1]]  # only what is touched


FAULTS = ("503", "429", "cut", "reset", "html", "whole", "shifted", "redirect")
EVERY_WAY = {
    "stream": 'load_dataset("svta", repo_id="ns/clips", split=None, streaming=True)',
    "stored": 'load_dataset("svta", repo_id="ns/clips")',
    "ranges": '{"": svta.open_dataset("ns/clips", "all", num_frames=1, size=32, threads=3, cache=False)}',
    "cache": '{"": svta.open_dataset("ns/clips", "all", num_frames=1, size=32, threads=3)}',
}
WHOLE = """
import svta, time
from datasets import load_dataset
from svta.builder.shards.sample import ShardError
slept, time.sleep = [], lambda seconds: slept.append(seconds)
try:
    keys = [example["key"] for part in {way}.values() for example in part]
    print(len(keys), len(set(keys)))
except ShardError as error:
    print("ShardError", error)
"""


@pytest.mark.slow
@pytest.mark.parametrize("way", EVERY_WAY)
def test_every_fault_is_waited_out_in_every_way_of_loading(tmp_path, packed, hub, way):
    shards = sorted({row["shard"] for row in index(packed)})
    assert len(shards) == len(FAULTS)
    hub.faults = {shard: [fault] for shard, fault in zip(shards, FAULTS)}
    assert run(WHOLE.format(way=EVERY_WAY[way]), tmp_path / "hf", hub).splitlines()[-1] == "52 52"
    assert not any(hub.faults.values()), hub.faults


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["503", "reset", "html"])
def test_a_fault_that_stays_is_an_error_that_names_the_shard(tmp_path, packed, hub, fault):
    shard = "data/train/svta-train-00002.tar"
    hub.faults = {shard: [f"{fault}*"]}
    code = "".join(WHOLE.format(way=way) for way in EVERY_WAY.values())
    told = [line for line in run(code, tmp_path / "hf", hub).splitlines() if "Downloading" not in line]
    assert len(told) == len(EVERY_WAY)
    assert all(line.startswith(f"ShardError hf://datasets/ns/clips@{COMMIT}/{shard}") for line in told), told


ERRORS = """
import svta
for name in ("ns/none", "ns/clips@v9", "ns/bare", "hf://models/x"):
    try:
        svta.open_dataset(name)
    except svta.SvtaError as error:
        print(error)
try:
    print(len(list(svta.open_dataset("ns/clips", cache=False, threads=0).batches(4))))
except svta.SvtaError as error:
    print(type(error).__name__, error)
"""


@pytest.mark.slow
def test_errors_are_one_line_each(tmp_path, packed, hub):
    own = Path(shutil.copytree(packed, tmp_path / "own"))
    shard = own / "data/train/svta-train-00003.tar"
    shard.write_bytes(shard.read_bytes()[:3000])
    hub.repos["ns/clips"] = own
    none, revision, bare, form, cut = run(ERRORS, tmp_path / "hf", hub).splitlines()
    assert none.startswith("ns/none: no such dataset repo")
    assert revision.startswith("ns/clips@v9: ")
    assert bare == "ns/bare: contains no clips.parquet, so it is not an svta dataset"
    assert "hf://models/x" in form
    assert cut.startswith("ShardError") and "svta-train-00003.tar" in cut


def test_the_order_of_the_four_ways(tmp_path, packed, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SVTA_DATA", raising=False)
    with pytest.raises(DatasetError, match="SVTA_DATA"):
        find_source()
    beside = Path(shutil.copytree(packed, tmp_path / "svta"))
    assert find_source() == Source(str(beside.resolve()))
    monkeypatch.setenv("SVTA_DATA", str(packed))
    assert find_source() == Source(str(packed.resolve())) == open_source(packed)
    assert find_source(data_dir="svta") == Source(str(beside.resolve()))
    with pytest.raises(DatasetError, match="no clips.parquet"):
        find_source(data_dir=str(tmp_path))
    with pytest.raises(DatasetError, match="ns/name"):
        find_source(repo_id="no-namespace")
    monkeypatch.setenv("SVTA_DATA", str(tmp_path / "gone"))
    with pytest.raises(DatasetError, match="gone"):
        find_source()


def test_reading_a_folder(packed):
    source = open_source(packed)
    shard = "data/train/svta-train-00000.tar"
    assert source.read(shard, 0, 10) == (packed / shard).read_bytes()[:10]
    assert source.find("no-such-file") is None
    with pytest.raises(ShardError, match="is missing"):
        source.read("data/train/none.tar", 0, 10)
    with pytest.raises(ShardError, match="ends before"):
        source.read(shard, (packed / shard).stat().st_size - 5, 10)
