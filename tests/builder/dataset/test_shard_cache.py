"""A Hub repo on loopback: how many requests a first batch takes, and a ceiling for the shards that are kept."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from reading_hub import Handler, ReadingHub, serving

import svta
from svta.builder.dataset.folder_budget import FolderBudget
from svta.builder.dataset.shard_cache import FOLDER
from svta.builder.errors import DatasetError

HOME = Path(__file__).resolve().parents[3]
SHARD = 52_224  # bytes of each of the four training shards


class Counting(Handler):
    """Notes every request in `server.requests`."""

    def do_GET(self):
        self.server.requests.append((self.command, self.path.partition("/resolve/")[2].partition("/")[2] or self.path))
        super().do_GET()

    def do_POST(self):
        self.server.requests.append((self.command, self.path))
        super().do_POST()


@pytest.fixture
def hub(packed):
    server = ReadingHub({"ns/clips": packed})
    server.RequestHandlerClass, server.requests = Counting, []
    with serving(server):
        yield server


def start(code: str, home: Path, hub, **env: str) -> subprocess.Popen:
    clean = {k: v for k, v in os.environ.items() if k not in ("SVTA_DATA", "HF_HUB_OFFLINE", "SVTA_CACHE_GB")}
    clean |= {"HF_ENDPOINT": hub.url, "HF_HOME": str(home), "PYTHONPATH": str(HOME), **env}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([sys.executable, "-c", code], cwd=home.parent, env=clean, text=True, **pipes)


def run(code: str, home: Path, hub, **env: str) -> str:
    process = start(code, home, hub, **env)
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    return output.strip()


FIRST = """
import svta
data = svta.open_dataset("ns/clips", num_frames=2, size=8, cache={cache}, threads=2)
batch = next(iter(data.batches(8, shuffle=False)))
print(len(batch["key"]), batch["category"].tolist().count(-1) < 8)
"""


@pytest.mark.slow
@pytest.mark.parametrize("cache", [True, False])
def test_the_first_batch_of_a_cold_repo_takes_three_requests(tmp_path, hub, cache):
    """The index, the taxonomy (categories are numbers of it), and the shard, or the part of it that holds the batch."""
    assert run(FIRST.format(cache=cache), tmp_path / "hf", hub) == "8 True"
    shard = "data/train/svta-train-00000.tar"
    assert sorted(hub.requests) == [("GET", "clips.parquet"), ("GET", shard), ("GET", "taxonomy.json")]
    (read,) = [line[2:] for line in hub.log if line[1] == shard]
    assert (read == (0, SHARD)) == cache
    assert cache or read[1] - read[0] < SHARD


EPOCHS = """
import json, sys, svta
data = svta.open_dataset("ns/clips", num_frames=2, size=8, threads=2)
batches = data.batches(4, seed=1, shuffle=bool(int(sys.stdin.readline())))
print(json.dumps([sorted(key for batch in batches for key in batch["key"]) for _ in range(3)]), flush=True)
"""


def shards(home: Path) -> list[Path]:
    return [path for path in (home / FOLDER).rglob("blobs/*") if path.is_file()]


@pytest.mark.slow
def test_the_ceiling_holds_and_no_reader_of_several_processes_misses_a_clip(tmp_path, hub, packed):
    home = tmp_path / "hf"
    hub.faults = {"data/train/svta-train-00002.tar": ["cut"]}
    many = [start(EPOCHS, home, hub, SVTA_CACHE_GB=str(2.5 * SHARD / 1e9)) for _ in range(3)]
    outputs = [process.communicate(f"{number % 2}\n") for number, process in enumerate(many)]
    wanted = sorted(svta.open_dataset(packed)["key"])
    for (output, errors), process in zip(outputs, many):
        assert process.returncode == 0, errors
        assert json.loads(output) == [wanted] * 3
    kept = shards(home)
    assert 1 <= len(kept) <= 2
    assert sum(path.stat().st_size for path in kept) <= 2.5 * SHARD
    assert not [path for path in (home / "hub").rglob("*.tar")]
    whole = [line for line in hub.log if line[1].endswith(".tar") and line[2:] == (0, SHARD)]
    assert len(whole) <= 3 * 4 + 1  # a process fetches a shard once, then reads what had to go by ranges


ORDER = """
import svta
from pathlib import Path
data = svta.open_dataset("ns/clips", num_frames=2, size=8, threads=0)
shard = [data._index.shard_name(row) for row in data.rows]
def touch(number):
    data.video(shard.index(f"data/train/svta-train-0000{number}.tar"))
    return sorted(path.name[-5] for path in Path("hf/svta-shards").rglob("*.tar") if path.exists())
import time
print([touch(0), touch(1), time.sleep(1.1), touch(0), touch(2), touch(1)])
"""


@pytest.mark.slow
def test_the_least_recently_used_shard_goes(tmp_path, hub):
    told = run(ORDER, tmp_path / "hf", hub, SVTA_CACHE_GB=str(2.3 * SHARD / 1e9))
    assert told == str([["0"], ["0", "1"], None, ["0", "1"], ["0", "2"], ["0", "2"]])  # 1 is read by range now


KILLED = """
import os, signal, svta
from svta.builder.io import hub_file
class Part:
    def __init__(self, file): self.file = file
    def __getattr__(self, name): return getattr(self.file, name)
    def write(self, data):
        self.file.write(data[:1000]); self.file.flush(); os.kill(os.getpid(), signal.SIGKILL)
receive = hub_file._receive
def killed(answer, file, name, *rest):
    return receive(answer, Part(file) if name.endswith(".tar") else file, name, *rest)
hub_file._receive = killed
svta.open_dataset("ns/clips", num_frames=2, size=8, threads=0).video(0)
"""


@pytest.mark.slow
@pytest.mark.parametrize("gigabytes", ["", "1"])
def test_killed_while_a_shard_is_fetched(tmp_path, hub, packed, gigabytes):
    home, env = tmp_path / "hf", {"SVTA_CACHE_GB": gigabytes}
    process = start(KILLED, home, hub, **env)
    assert process.wait() == -signal.SIGKILL
    assert not [path for path in home.rglob("*.tar") if path.exists()]
    code = "import svta, hashlib; d = svta.open_dataset('ns/clips'); print(d.video(0).hex()[-64:], len(d.video(0)))"
    video = svta.open_dataset(packed).video(0)
    assert run(code, home, hub, **env) == f"{video.hex()[-64:]} {len(video)}"
    assert [line for line in hub.log if line[1].endswith(".tar") and line[2] == 1000]  # it went on where it was


@pytest.mark.slow
def test_a_full_disk_is_one_warning_and_reading_goes_on(tmp_path, hub):
    """RLIMIT_FSIZE: the system refuses to write beyond it, as a full disk does."""
    small = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({SHARD - 100},) * 2)\n"
    code = "import svta\nsvta.open_dataset('ns/clips', 'test')\n"
    run(code, tmp_path / "hf", hub)  # the index is larger than the limit
    process = start(small + EPOCHS, tmp_path / "hf", hub)
    output, errors = process.communicate("1\n")
    assert process.returncode == 0, errors
    assert [len(set(keys)) for keys in json.loads(output)] == [40] * 3
    assert errors.count("File too large; shards are not kept, clips are read one by one") == 1
    assert not [path for path in (tmp_path / "hf").rglob("blobs/*") if path.suffix == ".part"]


def test_what_is_being_written_is_never_removed(tmp_path):
    """Of 100 bytes 90 are taken, 60 of them by a shard that another process fetches."""
    budget = FolderBudget(tmp_path, 100, unused_seconds=0)
    for name, size, age in (("shard.part", 60, 50), ("old", 20, 40), ("new", 10, 30)):
        (tmp_path / name).write_bytes(b"x" * size)
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    assert budget.reserve(25)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".svta-usage", "shard.part"]
    assert not budget.reserve(45)
    assert (tmp_path / "shard.part").stat().st_size == 60


@pytest.mark.slow
def test_no_ceiling_at_all_and_wrong_ones(tmp_path, hub, monkeypatch):
    code = "import svta; d = svta.open_dataset('ns/clips', num_frames=2, size=8); print(len(list(d.batches(8))))"
    assert run(code, tmp_path / "hf", hub, SVTA_CACHE_GB="0") == "5"
    assert not shards(tmp_path / "hf")
    from svta.builder.dataset.shard_cache import ShardCache

    for wrong in ("much", "-1", "nan"):
        monkeypatch.setenv("SVTA_CACHE_GB", wrong)
        with pytest.raises(DatasetError, match=f"SVTA_CACHE_GB='{wrong}'"):
            ShardCache("ns/clips", "main", None)
