"""Push to a Hub that answers over HTTP, fails on demand and counts what it was sent; then every way to load it."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from finished import clips_folder, contents
from hub_client import SHARD, Done, HubClient, empty, failed, sums
from loopback_hub import LoopbackHub, client_env

from svta.builder.layout.manifest import read_build, seal
from svta.builder.packing.pack import pack
from svta.builder.shards.index import read_index

pytest_plugins = ["hub_fixtures"]


def test_the_repo_is_the_folder_and_a_second_push_sends_nothing(
    client: HubClient, fresh: LoopbackHub, dataset: Path
) -> None:
    done = client.run("push", dataset, "ns/clips", "--private", "--tag", "v1", "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert sums(fresh.pushed_bytes("ns/clips")) == contents(dataset)
    assert fresh.repos["ns/clips"].private and told["commit"] == fresh.repos["ns/clips"].refs["v1"]
    assert (told["clips"], told["withheld"], told["files"]) == (40, 0, len(contents(dataset)))
    puts, commits = len(fresh.puts), len(fresh.repos["ns/clips"].commits)
    again = client.run("push", dataset, "ns/clips", "--private", "--tag", "v1")
    assert again.code == 0 and "-> ns/clips: all of it was there already" in again.out and told["news"] is True
    assert (len(fresh.puts), len(fresh.repos["ns/clips"].commits)) == (puts, commits)
    assert not (dataset / ".push").exists()


@pytest.mark.slow
def test_branches_and_pull_requests(client: HubClient, fresh: LoopbackHub, dataset: Path) -> None:
    assert client.run("push", dataset, "ns/clips", "--revision", "next").code == 0
    assert not fresh.pushed_bytes("ns/clips") and fresh.pushed_bytes("ns/clips", "next")
    done = client.run("push", dataset, "ns/clips", "--create-pr")
    assert done.code == 0 and "discussions/1" in done.out, done.err
    assert sums(fresh.pushed_bytes("ns/clips", "refs/pr/1")) == contents(dataset)
    assert not fresh.pushed_bytes("ns/clips")
    fresh.repos["ns/clips"].refs["main"] = fresh.repos["ns/clips"].refs["refs/pr/1"]  # merged
    assert "discussions" not in client.run("push", dataset, "ns/clips", "--create-pr").out
    assert fresh.repos["ns/clips"].pull_requests == 1


@pytest.mark.slow
def test_shards_of_an_earlier_version_leave_the_repo(
    lfs: HubClient, fresh: LoopbackHub, dataset: Path, tmp_path: Path
) -> None:
    assert lfs.run("push", dataset, "ns/clips").code == 0
    pack(clips_folder(tmp_path / "c", 20), tmp_path / "d")
    assert lfs.run("push", tmp_path / "d", "ns/clips").code == 0
    assert sums(fresh.pushed_bytes("ns/clips")) == contents(tmp_path / "d")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "fault"), [("lfs", "503"), ("lfs", "429"), ("lfs", "drop"), ("lfs", "cut"), ("xet", "drop")]
)
def test_a_push_survives_faults(
    request: pytest.FixtureRequest, fresh: LoopbackHub, dataset: Path, kind: str, fault: str
) -> None:
    client = request.getfixturevalue(kind)
    fresh.fault_at = dict.fromkeys(random.Random(fault).sample(range(1, 7 if client.xet else 18), 2), fault)
    done = client.run("push", dataset, "ns/clips")
    assert done.code == 0, done.err
    assert len(fresh.fault_at) < 2
    assert sums(fresh.pushed_bytes("ns/clips")) == contents(dataset)


def kept_by_xet(hub: LoopbackHub) -> int:
    """Bytes of content that xet holds: a chunk that was sent twice lies there twice."""
    files = (hub.xet / "xet" / "xorbs" / "xorbs").glob("*")
    return sum(path.stat().st_size for path in files if path.suffix != ".tagset")


def kill_and_push_again(client: HubClient, hub: LoopbackHub, dataset: Path, shares: list[float]) -> None:
    """Kill a push where this share of its requests is sent, push again; each time into an empty Hub."""
    assert client.run("push", dataset, "ns/clips").code == 0
    total, whole = len(hub.requests), kept_by_xet(hub)
    for share in shares:
        empty(hub)
        kill_at = 1 + int(share * total)
        killed = client.run("push", dataset, "ns/clips", kill_at=kill_at)
        assert killed.code == -9, (kill_at, killed)
        arrived = set(hub.puts)
        done = client.run("push", dataset, "ns/clips")
        assert done.code == 0, (kill_at, done.err)
        assert sums(hub.pushed_bytes("ns/clips")) == contents(dataset)
        assert len(set(hub.puts)) == len(hub.puts), f"sent twice after a kill at request {kill_at}"
        assert arrived <= set(hub.puts)
        assert kept_by_xet(hub) <= whole, f"xet sent a chunk twice after a kill at request {kill_at}"


@pytest.mark.slow
def test_killed_and_pushed_again(client: HubClient, fresh: LoopbackHub, dataset: Path) -> None:
    kill_and_push_again(client, fresh, dataset, [0.3, 0.8] if client.xet else [0.05, 0.4, 0.6, 0.9])


@pytest.mark.nightly
def test_killed_at_fifty_requests_and_pushed_again(client: HubClient, fresh: LoopbackHub, dataset: Path) -> None:
    rnd = random.Random(50)
    kill_and_push_again(client, fresh, dataset, [rnd.random() for _ in range(50)])


@pytest.mark.slow
def test_one_clear_line_for_what_the_hub_refuses(
    lfs: HubClient, fresh: LoopbackHub, dataset: Path, tmp_path: Path
) -> None:
    fresh.forbid = {"other"}
    failed(lfs.run("push", dataset, "other/clips"), 2, "other/clips: no permission", "your own namespace")
    fresh.forbid = set()
    failed(lfs.run("push", dataset, "clips"), 2, "NAMESPACE/NAME")
    failed(lfs.run("push", dataset, "ns/clips", "--create-pr", "--revision", "x"), 2, "--create-pr")
    failed(lfs.run("push", tmp_path / "none", "ns/clips"), 2, "no such dataset folder")
    failed(lfs.run("pull", "ns/none", tmp_path / "d"), 2, "no such dataset repo")
    failed(lfs.run("verify", "ns/none"), 2, "no such dataset repo")
    assert lfs.run("push", dataset, "ns/clips", "--tag", "v1").code == 0
    failed(lfs.run("push", dataset, "ns/clips", "--private"), 2, "public")
    failed(lfs.run("pull", "ns/clips", tmp_path / "d", "--revision", "v9"), 2, "no such revision")
    failed(lfs.run("pull", "ns/clips", tmp_path / "d", "--split", "dev"), 2, "train, validation, test")
    failed(lfs.run("pull", "ns/clips", dataset.parent / "c"), 2, "not empty")
    pack(clips_folder(tmp_path / "c", 20), tmp_path / "e")
    failed(lfs.run("pull", "ns/clips", tmp_path / "e"), 2, "another dataset")
    failed(lfs.run("push", tmp_path / "e", "ns/clips", "--tag", "v1"), 2, "tag v1 already exists")
    token, fresh.token = fresh.token, "changed"
    failed(lfs.run("push", dataset, "ns/clips"), 2, "does not accept the token", "hf auth login")
    fresh.token = token


def test_a_damaged_folder_is_not_pushed(lfs: HubClient, fresh: LoopbackHub, dataset: Path, tmp_path: Path) -> None:
    damaged = Path(shutil.copytree(dataset, tmp_path / "d"))
    data = bytearray((damaged / SHARD).read_bytes())
    data[700] ^= 1
    (damaged / SHARD).write_bytes(data)
    done = lfs.run("push", damaged, "ns/clips")
    failed(done, 1, "1 finding, nothing is pushed")
    assert SHARD in done.err and not fresh.requests


@pytest.mark.slow
def test_a_stage_that_is_a_link_is_not_followed(
    lfs: HubClient, fresh: LoopbackHub, dataset: Path, tmp_path: Path
) -> None:
    folder, home = Path(shutil.copytree(dataset, tmp_path / "d")), tmp_path / "home"
    home.mkdir()
    (folder / ".push").symlink_to(home)
    failed(lfs.run("push", folder, "ns/clips", "--dehydrate"), 2, ".push: is a symbolic link")
    assert lfs.run("push", dataset, "ns/clips").code == 0
    (tmp_path / "e").mkdir()
    (tmp_path / "e" / ".pull").symlink_to(home)
    failed(lfs.run("pull", "ns/clips", tmp_path / "e"), 2, ".pull: is a symbolic link")
    assert not list(home.iterdir())


@pytest.mark.slow
def test_a_hub_that_cannot_be_reached(dataset: Path, hub: LoopbackHub, tmp_path: Path) -> None:
    env = client_env(hub, tmp_path / "hf") | {"HF_ENDPOINT": "http://127.0.0.1:9"}
    code = "from svta.builder.io import hub_errors; from svta.builder.hub import push; from svta.cli import main; "
    code += f"hub_errors.PAUSES = (); main(['push', {str(dataset)!r}, 'ns/clips'])"
    done = subprocess.run([sys.executable, "-c", code], env=env, cwd=tmp_path, capture_output=True, text=True)
    failed(Done(done.returncode, done.stdout, done.stderr), 2, "cannot be reached", "only what is missing")


@pytest.mark.slow
def test_a_script_never_goes_to_the_repo(fresh: LoopbackHub, lfs: HubClient, dataset: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(dataset, tmp_path / "d"))
    (folder / "svta.py").write_text("print(1)")
    (folder / ".secret").write_text("x")
    seal(folder, read_build(folder))
    failed(lfs.run("push", folder, "ns/clips"), 2, "contains svta.py")
    (folder / "svta.py").unlink()
    seal(folder, read_build(folder))
    (folder / "svta.py").write_text("print(1)")  # not of the dataset: left where it is
    assert lfs.run("push", folder, "ns/clips").code == 0
    assert not {"svta.py", ".secret"} & set(fresh.pushed_bytes("ns/clips"))


@pytest.mark.slow
def test_results_stand_on_the_card_if_they_were_measured_on_these_clips(
    lfs: HubClient, fresh: LoopbackHub, dataset: Path, tmp_path: Path
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    import svta

    figures = {"R@1": 12.5, "R@5": 50.0, "R@10": 75.0, "MdR": 5.0, "MnR": 6.25}
    metrics = {"t2v": figures, "v2t": {**figures, "R@1": 37.5}, "gallery": 8, "ties": "expected"}
    config = {"name": "tiny|x", "split": "test", "dataset": svta.open_dataset(dataset, "test").fingerprint}
    for name, told in (("metrics", metrics), ("config", config)):
        (tmp_path / f"{name}.json").write_text(json.dumps(told))
    pq.write_table(pa.table({"key": ["a"], "t2v_rank": [1.0]}), tmp_path / "ranks.parquet")
    done = lfs.run("push", dataset, "ns/clips", "--results", tmp_path)
    assert done.code == 0, done.err
    card = fresh.pushed_bytes("ns/clips")["README.md"].decode()
    assert "| tiny\\|x | test | 8 | expected | 12.5 | 50.0 | 75.0 | 5.0 | 37.5 |" in card
    assert lfs.run("verify", "ns/clips").code == 0
    assert lfs.run("pull", "ns/clips", tmp_path / "d", "--split", "test").code == 0
    assert "37.5" in (tmp_path / "d" / "README.md").read_text()
    (tmp_path / "config.json").write_text(json.dumps({**config, "dataset": "other"}))
    failed(lfs.run("push", dataset, "ns/clips", "--results", tmp_path), 2, "measured on other clips")


NO_SVTA = """
import sys, importlib.util
class NotInstalled:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "svta":
            raise ModuleNotFoundError(f"No module named {name!r}")
sys.meta_path.insert(0, NotInstalled())
import datasets
assert "svta" not in sys.modules
stream = datasets.load_dataset("ns/clips", streaming=True)
features = stream["train"].features
assert isinstance(features["json"]["category"], datasets.ClassLabel), features
assert isinstance(features["mp4"], datasets.Video) and features["json"]["num_frames"].dtype == "int32"
seen = {split: sorted(example["__key__"] for example in rows) for split, rows in stream.items()}
import json; print(json.dumps(seen))
"""
WEBDATASET = """
import json, webdataset as wds
url = "{url}/datasets/ns/clips/resolve/main/data/{split}/svta-{split}-{{00000..{last:05d}}}.tar"
rows = wds.WebDataset("pipe:curl -s -L " + url, shardshuffle=False)
print(json.dumps(sorted(row["__key__"] for row in rows)))
"""
WITH_SVTA = """
import json, datasets, svta
rows = list(datasets.load_dataset("svta", repo_id="ns/clips@v1", split="test", streaming=True))
ds = svta.open_dataset("ns/clips", split="test")
assert ds.video(0) == next(row for row in rows if row["key"] == ds.clip(0).key)["video"]["bytes"]
print(json.dumps(sorted(row["key"] for row in rows)), len(ds))
"""


@pytest.mark.slow
def test_every_way_to_load_it_gives_the_same_clips(
    client: HubClient, fresh: LoopbackHub, dataset: Path, tmp_path: Path
) -> None:
    assert client.run("push", dataset, "ns/clips", "--tag", "v1").code == 0
    keys: dict[str, list[str]] = {}
    for row in read_index(dataset / "clips.parquet"):
        keys.setdefault(row.split, []).append(row.clip.key)
    env = client_env(fresh, tmp_path / "hf", xet=client.xet)
    bare = {name: value for name, value in env.items() if name != "PYTHONPATH"}
    plain = subprocess.run([sys.executable, "-c", NO_SVTA], env=bare, cwd=tmp_path, capture_output=True, text=True)
    assert plain.returncode == 0, plain.stderr
    assert json.loads(plain.stdout) == {split: sorted(found) for split, found in keys.items()}
    done = client.python(WITH_SVTA)
    assert done.code == 0, done.err
    assert done.out.strip() == f"{json.dumps(sorted(keys['test']))} {len(keys['test'])}"
    if shutil.which("curl") and not client.xet:
        pytest.importorskip("webdataset")
        done = client.python(WEBDATASET.format(url=fresh.url, split="test", last=3))
        assert done.code == 0 and json.loads(done.out) == sorted(keys["test"]), done.err
