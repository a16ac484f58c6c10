"""Pull: the folder that was pushed, some splits of it, faults and kills on the way."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from finished import contents
from hub_client import HubClient
from loopback_hub import LoopbackHub

from svta.builder.layout.manifest import read_build
from svta.builder.verify.folder import verify

pytest_plugins = ["hub_fixtures"]


def test_pull_gives_the_folder_back(client: HubClient, fresh: LoopbackHub, dataset: Path, tmp_path: Path) -> None:
    assert client.run("push", dataset, "ns/clips").code == 0
    done = client.run("pull", "ns/clips", tmp_path / "d", "--json")
    assert done.code == 0 and json.loads(done.out)["clips"] == 40, done.err
    assert contents(tmp_path / "d") == contents(dataset)
    sent = [path for _, path in fresh.requests if path.endswith(".tar")]
    again = client.run("pull", "ns/clips", tmp_path / "d")
    assert " 0 of " in again.out and [p for _, p in fresh.requests if p.endswith(".tar")] == sent


def test_some_splits_are_a_dataset_and_more_of_them_join_it(
    lfs: HubClient, fresh: LoopbackHub, dataset: Path, tmp_path: Path
) -> None:
    assert lfs.run("push", dataset, "ns/clips").code == 0
    assert lfs.run("pull", "ns/clips", tmp_path / "d", "--split", "test").code == 0
    assert not any("/svta-train-" in path for _, path in fresh.requests if "/resolve/" in path)
    found = verify(tmp_path / "d")
    assert found.ok and found.clips == read_build(dataset)["splits"]["test"], found.findings
    assert lfs.run("pull", "ns/clips", tmp_path / "d", "--split", "train").code == 0
    found = verify(tmp_path / "d")
    assert found.ok and set(read_build(tmp_path / "d")["splits"]) == {"train", "test"}
    assert lfs.run("pull", "ns/clips", tmp_path / "d").code == 0
    assert contents(tmp_path / "d") == contents(dataset)


def test_a_pull_survives_faults(lfs: HubClient, fresh: LoopbackHub, dataset: Path, tmp_path: Path) -> None:
    assert lfs.run("push", dataset, "ns/clips").code == 0
    base = len(fresh.requests)
    fresh.fault_at = {base + 3: "drop", base + 12: "503", base + 20: "429"}
    done = lfs.run("pull", "ns/clips", tmp_path / "d")
    assert done.code == 0, done.err
    assert contents(tmp_path / "d") == contents(dataset)


def test_killed_and_pulled_again(client: HubClient, fresh: LoopbackHub, dataset: Path, tmp_path: Path) -> None:
    assert client.run("push", dataset, "ns/clips").code == 0
    for number, kill_at in enumerate((2, 9, 25)):
        out = tmp_path / str(number)
        shutil.rmtree(client.home / "hub", ignore_errors=True)
        killed = client.run("pull", "ns/clips", out, kill_at=kill_at)
        assert killed.code == -9 and not (out / "SHA256SUMS").exists()
        assert client.run("pull", "ns/clips", out).code == 0
        assert contents(out) == contents(dataset)
