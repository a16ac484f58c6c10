"""Verify of a Hub repo: by its listing, and by all its bytes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from finished import clip, clips_folder
from hub_client import SHARD, HubClient
from loopback_hub import LoopbackHub

from svta.builder.hub.repo import RemoteFile, compare, git_oid
from svta.builder.packing.config import PackConfig
from svta.builder.packing.pack import pack
from svta.builder.shards.index import read_index
from svta.builder.verify.folder import verify

pytest_plugins = ["hub_fixtures"]


@pytest.mark.slow
def test_verify_of_a_repo_reads_no_shard_and_names_what_is_wrong(
    lfs: HubClient, fresh: LoopbackHub, dataset: Path
) -> None:
    assert lfs.run("push", dataset, "ns/clips").code == 0
    fresh.requests.clear()
    done = lfs.run("verify", "ns/clips")
    assert done.code == 0 and "40 clips" in done.out, done.err
    assert not any(path.endswith(".tar") for _, path in fresh.requests)
    repo = fresh.repos["ns/clips"]
    tree = dict(repo.commits[repo.refs["main"]])
    tree[SHARD] = tree[SHARD]._replace(sha256="0" * 64)
    gone = "data/test/svta-test-00002.tar"
    del tree[gone]
    repo.refs["main"] = repo.commit(tree, "damage")
    done = lfs.run("verify", "ns/clips", "--json")
    assert done.code == 1
    found = {(finding["file"], finding["code"]) for finding in json.loads(done.out)["findings"]}
    assert found == {(SHARD, "checksum"), (gone, "missing")}
    assert lfs.run("verify", f"ns/clips@{list(repo.commits)[1]}").code == 0


def test_a_file_is_compared_by_the_hash_that_the_hub_tells(tmp_path: Path) -> None:
    """sha256 of what LFS holds; of a small file the Hub tells git's name of its bytes alone."""
    path, data = tmp_path / "README.md", b"# A dataset\n"
    path.write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    right = [RemoteFile(len(data), digest, "0" * 40), RemoteFile(len(data), None, git_oid(data))]
    wrong = [RemoteFile(len(data), "0" * 64, git_oid(data)), RemoteFile(len(data), None, git_oid(b"# A datasex\n"))]
    for there, codes in ((right[0], []), (right[1], []), (wrong[0], ["checksum"]), (wrong[1], ["checksum"])):
        found = compare({"README.md": path}, {"README.md": digest}, {"README.md": there})
        assert [finding.code for finding in found] == codes, there
    assert git_oid(b"") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"  # as git hash-object says


@pytest.mark.slow
def test_deep_verify_of_a_repo_reads_everything(lfs: HubClient, fresh: LoopbackHub, tmp_path: Path) -> None:
    from clip_videos import film

    clips = clips_folder(tmp_path / "c", 9, make=lambda i: clip(i).replace(width=80, height=48), video=film)
    pack(clips, tmp_path / "d", PackConfig(proxy=32))
    assert lfs.run("push", tmp_path / "d", "ns/filmed").code == 0
    done = lfs.run("verify", "ns/filmed", "--deep")
    assert done.code == 0 and "9 clips" in done.out, done
    for parts, folders in (("default", {"data"}), ("proxy", {"data"}), ("all", {"data", "proxy"})):
        out = tmp_path / parts
        assert lfs.run("pull", "ns/filmed", out, "--config", parts).code == 0
        assert verify(out, level="deep").ok
        assert {path.name for path in out.iterdir() if path.is_dir()} - {"plots"} == folders
    assert lfs.run("pull", "ns/filmed", tmp_path / "some", "--split", "train").code == 0
    some = verify(tmp_path / "some", level="deep")
    assert some.ok and some.clips == sum(row.split == "train" for row in read_index(tmp_path / "d" / "clips.parquet"))
    assert (tmp_path / "some" / "proxy" / "clips.parquet").is_file()
    widths = [next(read_index(tmp_path / parts / "clips.parquet")).clip.width for parts in ("proxy", "default")]
    assert widths == [54, 80]
