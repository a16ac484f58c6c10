"""Pull: the folder that was pushed, some splits of it, faults and kills on the way."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from finished import clips_folder, contents
from hub_client import SHARD, HubClient, failed
from loopback_hub import Blob, LoopbackHub, git_oid

from svta.builder.errors import DatasetError
from svta.builder.hub.pull import PullConfig, pull
from svta.builder.io.files import exclusive_lock
from svta.builder.layout.manifest import read_build, seal
from svta.builder.packing.pack import pack
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


@pytest.mark.slow
def test_some_splits_are_a_dataset_and_more_of_them_join_it(
    lfs: HubClient, pushed: LoopbackHub, dataset: Path, tmp_path: Path
) -> None:
    assert lfs.run("pull", "ns/clips", tmp_path / "d", "--split", "test").code == 0
    assert not any("/svta-train-" in path for _, path in pushed.requests if "/resolve/" in path)
    found = verify(tmp_path / "d")
    assert found.ok and found.clips == read_build(dataset)["splits"]["test"], found.findings
    assert lfs.run("pull", "ns/clips", tmp_path / "d", "--split", "train").code == 0
    found = verify(tmp_path / "d")
    assert found.ok and set(read_build(tmp_path / "d")["splits"]) == {"train", "test"}
    assert lfs.run("pull", "ns/clips", tmp_path / "d").code == 0
    assert contents(tmp_path / "d") == contents(dataset)


@pytest.mark.parametrize("how", [("--split", "test"), ()], ids=["a split", "all"])
def test_pulled_again_only_what_was_edited_in_the_repo_changes(
    lfs: HubClient, pushed: LoopbackHub, dataset: Path, tmp_path: Path, how: tuple[str, ...]
) -> None:
    out = tmp_path / "d"
    assert lfs.run("pull", "ns/clips", out, *how).code == 0
    before = contents(out)
    (out / ".pull" / "repo").mkdir(parents=True)  # as a run leaves it that was killed after its last file
    assert lfs.run("pull", "ns/clips", out, *how).code == 0
    assert contents(out) == before and verify(out).ok

    repo = pushed.repos["ns/clips"]
    tree = dict(repo.commits[repo.refs["main"]])
    data = (dataset / "README.md").read_bytes() + b"\nAsk us before you publish.\n"
    digest = hashlib.sha256(data).hexdigest()
    (pushed.store / digest).write_bytes(data)
    tree["README.md"] = Blob(len(data), digest, git_oid(data), False)
    repo.refs["main"] = repo.commit(tree, "edited on the page")
    assert lfs.run("pull", "ns/clips", out, *how).code == 0
    after = contents(out)
    assert [name for name in after if after[name] != before.get(name)] == ["README.md"] and verify(out).ok
    card = (out / "README.md").read_text()
    assert card.endswith("Ask us before you publish.\n")
    assert ("data/train/" in card) == (not how)  # load_dataset of the part finds what the card names
    if how:  # a card without the generated part is its owner's: the whole repo's does not take its place
        (out / "README.md").write_text("---\nlicense: cc-by-4.0\n---\nMine.\n")
        assert lfs.run("pull", "ns/clips", out, *how).code == 0
        assert (out / "README.md").read_text() == "---\nlicense: cc-by-4.0\n---\nMine.\n"


def test_a_pull_survives_faults(lfs: HubClient, pushed: LoopbackHub, dataset: Path, tmp_path: Path) -> None:
    base = len(pushed.requests)
    pushed.fault_at = {base + 3: "drop", base + 12: "503", base + 20: "429"}
    done = lfs.run("pull", "ns/clips", tmp_path / "d")
    assert done.code == 0, done.err
    assert contents(tmp_path / "d") == contents(dataset)


@pytest.mark.slow
def test_killed_and_pulled_again(client: HubClient, fresh: LoopbackHub, dataset: Path, tmp_path: Path) -> None:
    assert client.run("push", dataset, "ns/clips").code == 0
    for number, kill_at in enumerate((2, 9, 25)):
        out = tmp_path / str(number)
        shutil.rmtree(client.home / "hub", ignore_errors=True)
        killed = client.run("pull", "ns/clips", out, kill_at=kill_at)
        assert killed.code == -9 and not (out / "SHA256SUMS").exists()
        assert client.run("pull", "ns/clips", out).code == 0
        assert contents(out) == contents(dataset)


@pytest.mark.slow
def test_a_users_own_files_stay_and_are_named(
    lfs: HubClient, pushed: LoopbackHub, dataset: Path, tmp_path: Path
) -> None:
    out = tmp_path / "d"
    assert lfs.run("pull", "ns/clips", out, "--split", "test").code == 0
    own = ["data/mine.csv", "data/test/my-notes.txt", "plots/my-plot.png", "mine.txt"]
    for name in own:
        (out / name).write_text("mine")
    (out / "data" / "test" / "svta-test-00000.tar").write_bytes(b"damaged")  # the dataset's own: replaced
    done = lfs.run("pull", "ns/clips", out, "--split", "train")
    assert done.code == 0 and "3 files are not part of the dataset, not touched: data/mine.csv, data/" in done.out
    assert all((out / name).read_text() == "mine" for name in own)
    assert lfs.run("pull", "ns/clips", out, "--json").code == 0
    assert {name: data for name, data in contents(out).items() if name not in own} == contents(dataset)
    again = lfs.run("pull", "ns/clips", out, "--json")
    told = json.loads(again.out)
    assert told["fetched"] == 0 and told["foreign"] == sorted(own[:3]) and told["files"] == len(contents(dataset))


@pytest.mark.slow
def test_a_users_file_in_the_place_of_a_shard_is_not_overwritten(
    lfs: HubClient, pushed: LoopbackHub, dataset: Path, tmp_path: Path
) -> None:
    out, name = tmp_path / "d", "data/train/svta-train-00000.tar"
    assert lfs.run("pull", "ns/clips", out, "--split", "test").code == 0
    before = contents(out)
    (out / name).parent.mkdir()
    (out / name).write_text("mine")
    failed(lfs.run("pull", "ns/clips", out), 2, f"{name}: is not a file of the dataset", "move it elsewhere")
    assert (out / name).read_text() == "mine" and verify(out).findings  # the extra file; all else is as it was
    assert {n: digest for n, digest in contents(out).items() if n in before} == before
    (out / name).unlink()
    assert lfs.run("pull", "ns/clips", out).code == 0 and contents(out) == contents(dataset)


@pytest.mark.slow
def test_a_pull_killed_while_it_changes_splits_leaves_no_old_shard(
    lfs: HubClient, pushed: LoopbackHub, dataset: Path, tmp_path: Path
) -> None:
    """Killed at every step of putting the new files in place: the next run still knows which files were its own."""
    code = (
        "import os; from svta.builder.hub import pull; from svta.cli import main\n"
        "left, real = {left}, pull.link\n"
        "def link(old, new):\n"
        "    global left\n"
        "    left -= '.pull' not in str(new)\n"
        "    if left < 0: os.kill(os.getpid(), 9)\n"
        "    return real(old, new)\n"
        "pull.link = link\n"
        "main(['pull', 'ns/clips', {out!r}, '--config', {parts!r}])\n"
    )
    killed = 0
    for left in (0, 1, 4, 8, 11):
        out = tmp_path / str(left)
        assert lfs.run("pull", "ns/clips", out, "--split", "test").code == 0
        stale = out / "data" / "test" / "svta-test-00099.tar"
        stale.write_bytes(b"a shard of the earlier list")
        seal(out, read_build(out))
        done = lfs.python(code.format(left=left, out=str(out), parts="all"))
        killed += done.code == -9 and not (out / "SHA256SUMS").exists()
        assert lfs.run("pull", "ns/clips", out).code == 0
        assert contents(out) == contents(dataset), left
    assert killed == 5


def damage(path: Path) -> None:
    """Change one byte; the size stays."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.unlink()
    path.write_bytes(data)


def test_files_are_believed_by_their_hash_and_not_by_name_and_size(
    lfs: HubClient, pushed: LoopbackHub, dataset: Path, tmp_path: Path
) -> None:
    out, name = tmp_path / "d", "data/test/svta-test-00000.tar"
    staged = out / ".pull" / "repo" / name  # as a run that was killed may have left it
    staged.parent.mkdir(parents=True)
    shutil.copy(dataset / name, staged)
    damage(staged)
    assert lfs.run("pull", "ns/clips", out).code == 0 and contents(out) == contents(dataset)
    damage(out / name)
    told = json.loads(lfs.run("pull", "ns/clips", out, "--json").out)
    assert told["fetched"] == 1 and contents(out) == contents(dataset)


def test_a_split_of_what_is_all_there_takes_nothing_away(
    lfs: HubClient, pushed: LoopbackHub, dataset: Path, tmp_path: Path
) -> None:
    assert lfs.run("pull", "ns/clips", tmp_path / "d").code == 0
    assert lfs.run("pull", "ns/clips", tmp_path / "d", "--split", "test").code == 0
    assert contents(tmp_path / "d") == contents(dataset)


@pytest.mark.slow
def test_another_revision_is_not_pulled_over_some_splits(
    lfs: HubClient, pushed: LoopbackHub, dataset: Path, tmp_path: Path
) -> None:
    out = tmp_path / "d"
    assert lfs.run("pull", "ns/clips", out, "--split", "test").code == 0
    before = contents(out)
    pack(clips_folder(tmp_path / "c", 30), tmp_path / "other")
    assert lfs.run("push", tmp_path / "other", "ns/clips").code == 0
    for more in ((), ("--split", "test"), ("--split", "train")):
        failed(lfs.run("pull", "ns/clips", out, *more), 2, "or another revision of it", "pull into another folder")
    assert contents(out) == before


def test_two_revisions_are_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="@v1 and --revision v2 are two revisions; give one"):
        pull("ns/clips@v1", tmp_path / "d", PullConfig(revision="v2"))
    assert not (tmp_path / "d").exists()


@pytest.mark.slow
def test_a_folder_where_another_process_is_at_work_is_left_alone(
    lfs: HubClient, fresh: LoopbackHub, dataset: Path, tmp_path: Path
) -> None:
    with exclusive_lock(dataset):
        failed(lfs.run("push", dataset, "ns/clips"), 2, "another process is at work there")
    assert not fresh.repos and lfs.run("push", dataset, "ns/clips").code == 0
    with exclusive_lock(tmp_path / "d"):
        failed(lfs.run("pull", "ns/clips", tmp_path / "d"), 2, "another process is at work there")
        assert not list((tmp_path / "d").rglob("*.tar"))
    assert lfs.run("pull", "ns/clips", tmp_path / "d").code == 0 and contents(tmp_path / "d") == contents(dataset)


def test_a_repo_that_is_not_what_its_list_says_costs_no_download(
    lfs: HubClient, pushed: LoopbackHub, dataset: Path, tmp_path: Path
) -> None:
    repo = pushed.repos["ns/clips"]
    tree = dict(repo.commits[repo.refs["main"]])
    tree[SHARD] = tree[SHARD]._replace(sha256="0" * 64)
    repo.refs["main"] = repo.commit(tree, "another shard")
    pushed.requests.clear()
    failed(lfs.run("pull", "ns/clips", tmp_path / "d"), 2, f"{SHARD}: is not the file that SHA256SUMS lists")
    assert not [path for _, path in pushed.requests if path.endswith(".tar")]


@pytest.mark.slow
def test_bytes_that_stay_wrong_are_named_and_not_kept(
    lfs: HubClient, pushed: LoopbackHub, dataset: Path, tmp_path: Path
) -> None:
    """The listing is right and the storage is damaged: as many bytes as it should have, and one of them another."""
    repo = pushed.repos["ns/clips"]
    stored = pushed.store / repo.commits[repo.refs["main"]][SHARD].sha256
    whole = stored.read_bytes()
    damage(stored)
    failed(lfs.run("pull", "ns/clips", tmp_path / "d"), 2, f"{SHARD}: is not the file that SHA256SUMS lists")
    assert not list((tmp_path / "d").rglob(Path(SHARD).name))
    stored.write_bytes(whole)
    assert lfs.run("pull", "ns/clips", tmp_path / "d").code == 0 and contents(tmp_path / "d") == contents(dataset)


@pytest.mark.parametrize("name", [".git/config", "data/.x", "a.part", "a.py"])
def test_a_list_with_hidden_files_or_code_is_refused(
    lfs: HubClient, pushed: LoopbackHub, dataset: Path, tmp_path: Path, name: str
) -> None:
    repo = pushed.repos["ns/clips"]
    tree = dict(repo.commits[repo.refs["main"]])
    lines = pushed.pushed_bytes("ns/clips")["SHA256SUMS"].decode().splitlines()
    data = ("\n".join(sorted([*lines, f"{'0' * 64}  {name}"], key=lambda line: line[66:])) + "\n").encode()
    digest = hashlib.sha256(data).hexdigest()
    (pushed.store / digest).write_bytes(data)
    tree["SHA256SUMS"] = Blob(len(data), digest, git_oid(data), False)
    repo.refs["main"] = repo.commit(tree, "one more line")
    failed(lfs.run("pull", "ns/clips", tmp_path / "d"), 2, f"SHA256SUMS lists {name}, which no svta dataset contains")
    assert not (tmp_path / "d" / name).exists()
