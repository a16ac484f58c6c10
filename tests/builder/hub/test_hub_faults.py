"""What goes wrong at the Hub and on the disk during a push or a pull: told in one line, mended by a re-run."""

from __future__ import annotations

import hashlib
import shutil
import time
from pathlib import Path

import pytest
from finished import contents
from hub_client import SHARD, HubClient, failed, sums
from loopback_hub import Blob, LoopbackHub, git_oid

pytest_plugins = ["hub_fixtures"]
COMMIT, PREUPLOAD, BATCH = ("POST", "commit/main"), ("POST", "preupload/main"), ("POST", "objects/batch")


@pytest.mark.slow
@pytest.mark.parametrize("at", [PREUPLOAD, BATCH, COMMIT])
def test_a_retry_after_is_kept(lfs: HubClient, fresh: LoopbackHub, dataset: Path, at: tuple[str, str]) -> None:
    fresh.fault_on = {at: ["429 2"]}
    start = time.monotonic()
    done = lfs.run("push", dataset, "ns/clips")
    assert done.code == 0 and time.monotonic() - start > 2, done.err
    assert not fresh.fault_on[at] and sums(fresh.pushed_bytes("ns/clips")) == contents(dataset)
    assert len(set(fresh.puts)) == len(fresh.puts)


@pytest.mark.parametrize(
    ("fault", "at", "words"),
    [
        ("401", PREUPLOAD, "does not accept the token"),
        ("401", COMMIT, "hf auth login"),
        ("404", COMMIT, "no such dataset repo on the Hub"),
        ("413", COMMIT, "limit of size or storage"),
    ],
)
def test_what_stops_a_push_is_told_and_the_next_one_goes_on(
    lfs: HubClient, fresh: LoopbackHub, dataset: Path, fault: str, at: tuple[str, str], words: str
) -> None:
    fresh.fault_on = {at: [fault]}
    failed(lfs.run("push", dataset, "ns/clips"), 2, "ns/clips", words)
    assert lfs.run("push", dataset, "ns/clips").code == 0
    assert sums(fresh.pushed_bytes("ns/clips")) == contents(dataset)
    assert len(set(fresh.puts)) == len(fresh.puts)


@pytest.mark.slow
def test_a_stopped_push_leaves_nothing_to_the_next_repo(
    lfs: HubClient, fresh: LoopbackHub, dataset: Path, tmp_path: Path
) -> None:
    """What was made for a push without captions is not what a push with them sends, nor the other way round."""
    folder = shutil.copytree(dataset, tmp_path / "d")
    assert lfs.run("push", folder, "ns/held", "--dehydrate").code == 0
    fresh.fault_on = {COMMIT: ["413", "413"]}
    failed(lfs.run("push", folder, "ns/one", "--dehydrate"), 2, "limit of size")
    assert lfs.run("push", folder, "ns/two").code != 0  # the second fault
    assert lfs.run("push", folder, "ns/three").code == 0
    assert sums(fresh.pushed_bytes("ns/three")) == contents(dataset)
    fresh.fault_on = {COMMIT: ["413"]}
    failed(lfs.run("push", folder, "ns/four"), 2, "limit of size")
    assert lfs.run("push", folder, "ns/five", "--dehydrate").code == 0
    held, again = fresh.pushed_bytes("ns/held"), fresh.pushed_bytes("ns/five")
    assert sums(again) == sums(held)
    assert contents(folder) == contents(dataset)


def somebody_commits(hub: LoopbackHub, name: str, data: bytes = b"theirs") -> None:
    repo = hub.repos["ns/clips"]
    digest = hashlib.sha256(data).hexdigest()
    hub.store.joinpath(digest).write_bytes(data)
    blob = Blob(len(data), digest, git_oid(data), name.endswith(".tar"))
    repo.refs["main"] = repo.commit({**repo.commits[repo.refs["main"]], name: blob}, f"theirs {len(repo.commits)}")


@pytest.mark.slow
def test_a_commit_by_somebody_else_at_the_same_time_is_waited_for(
    lfs: HubClient, fresh: LoopbackHub, dataset: Path
) -> None:
    fresh.fault_on = {COMMIT: [lambda: somebody_commits(fresh, "README.md") or "412", "412"]}
    done = lfs.run("push", dataset, "ns/clips")
    assert done.code == 0, done.err
    assert sums(fresh.pushed_bytes("ns/clips")) == contents(dataset)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["data/train/svta-train-00099.tar", "clips.parquet"])
def test_what_somebody_else_put_there_meanwhile_is_told(
    lfs: HubClient, fresh: LoopbackHub, dataset: Path, name: str
) -> None:
    """Theirs comes between our look at the repo and our commit, which does not touch that file."""
    assert lfs.run("push", dataset, "ns/clips").code == 0
    somebody_commits(fresh, "README.md")
    fresh.fault_on = {COMMIT: [lambda: somebody_commits(fresh, name)]}
    done = lfs.run("push", dataset, "ns/clips")
    failed(done, 1, "somebody else changed them meanwhile", "push again")
    assert name in done.err
    assert lfs.run("push", dataset, "ns/clips").code == 0
    assert sums(fresh.pushed_bytes("ns/clips")) == contents(dataset)


@pytest.mark.slow
def test_a_pull_tells_what_stops_it_and_goes_on(
    lfs: HubClient, fresh: LoopbackHub, dataset: Path, tmp_path: Path
) -> None:
    assert lfs.run("push", dataset, "ns/clips").code == 0
    out = tmp_path / "d"
    for fault, words in (("401", "does not accept the token"), ("404", "no such dataset repo")):
        fresh.fault_on = {("GET", SHARD): [fault], ("HEAD", SHARD): [fault]}
        failed(lfs.run("pull", "ns/clips", out), 2, "ns/clips", words)
        assert not (out / "SHA256SUMS").exists()
    fresh.fault_on = {("GET", SHARD): ["429 1", "503", "drop"]}
    assert lfs.run("pull", "ns/clips", out).code == 0
    assert contents(out) == contents(dataset)


FULL = """
import resource, shutil, sys
from svta.cli import main
{limit}
main(["pull", "ns/clips", {out!r}])
"""


@pytest.mark.slow
def test_a_full_disk_is_told_before_and_under_way(
    lfs: HubClient, fresh: LoopbackHub, dataset: Path, tmp_path: Path
) -> None:
    assert lfs.run("push", dataset, "ns/clips").code == 0
    out = tmp_path / "d"
    none = "shutil.disk_usage = lambda path: type('U', (), {'free': 1000})"
    failed(
        lfs.python(FULL.format(limit=none, out=str(out))), 2, "MB must be downloaded and 0.0 MB are free", "make room"
    )
    assert not out.exists()
    small = "resource.setrlimit(resource.RLIMIT_FSIZE, (6_000, 6_000))"
    failed(lfs.python(FULL.format(limit=small, out=str(out))), 2, "make room; the same command resumes")
    assert not (out / "SHA256SUMS").exists()
    assert lfs.run("pull", "ns/clips", out).code == 0
    assert contents(out) == contents(dataset)
