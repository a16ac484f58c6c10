"""Folders of the user in which a file is a pipe, a folder, a link loop, a device or a link out of the folder.

None of them may block a command, crash it or be read: each ends by itself, with one line that names the file.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from clip_videos import film
from finished import clips_folder
from hub_client import Done, HubClient
from loopback_hub import LoopbackHub

from svta.builder.packing.config import PackConfig
from svta.builder.packing.pack import pack

pytest_plugins = ["hub_fixtures"]
SECONDS = 60  # of a machine that is busy; a command takes about one
REPO = "ns/clips"


def pipe(path: Path) -> None:
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.mkdir()


def loop(path: Path) -> None:
    path.symlink_to(path.name)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


KINDS: list[Callable[[Path], None]] = [pipe, folder, loop, device]
DATASET = [
    "README.md", "clips.parquet", "taxonomy.json", "SHA256SUMS", "build.json", "rejected.jsonl", "eval.yaml",
    "croissant.json", "data/train/svta-train-00000.tar", "proxy/clips.parquet", "proxy/train/svta-train-00000.tar",
]  # fmt: skip
READ = """
import datasets, svta
def loaded(): return datasets.load_dataset("svta", data_dir=PATH, split="train", streaming=True)
for what in (lambda: svta.open_dataset(PATH, "train", num_frames=2, size=32), loaded):
    try:
        for _ in what(): pass
        print("read")
    except svta.SvtaError as error:
        print("refused", error)
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset with small videos, and a clips folder that is none of it."""
    top = tmp_path_factory.mktemp("world")
    clips_folder(top / "packed", 20, video=film)
    pack(top / "packed", top / "dataset", PackConfig(shard_multiple=2, proxy=32))
    clips_folder(top / "clips", 5, source="oops", video=film)
    return top


def put(path: Path, kind: Callable[[Path], None]) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    kind(path)


def check(what: str, name: str, done: Done) -> None:
    """It ended by itself; where it refused, the last line or a finding names the file."""
    text = done.out + done.err
    assert done.code in (0, 1, 2), (what, done)
    assert "Traceback" not in text and "(not foreseen: " not in text, (what, done)
    assert done.code == 0 or name in text or "clips.parquet" in text, (what, done)


def commands(client: HubClient, dataset: Path, clips: Path) -> Iterator[tuple[str, Done]]:
    """Everything that opens a dataset folder; what changes it does so in a copy."""
    yield "verify", client.run("verify", dataset, "--deep", seconds=SECONDS)
    yield "info", client.run("info", dataset, seconds=SECONDS)
    yield "push", client.run("push", dataset, "ns/other", seconds=SECONDS)
    yield "append", client.run("pack", clips, "--out", dataset, "--append", seconds=SECONDS)


@pytest.fixture(scope="module")
def served(lfs: HubClient, hub: LoopbackHub, world: Path) -> HubClient:
    """A client whose Hub holds the dataset."""
    done = lfs.run("push", world / "dataset", REPO)
    assert done.code == 0, done
    return lfs


@pytest.mark.slow
@pytest.mark.parametrize("name", ["clips.parquet", "SHA256SUMS", "taxonomy.json", "build.json"])
def test_a_pipe_holds_no_command_up(served: HubClient, world: Path, tmp_path: Path, name: str) -> None:
    shutil.copytree(world / "dataset", tmp_path / "d")
    put(tmp_path / "d" / name, pipe)
    ended = dict(commands(served, tmp_path / "d", world / "clips"))
    assert ended.keys() == {"verify", "info", "push", "append"}
    for what, done in ended.items():
        assert what == "info" or done.code
        check(what, name, done)


@pytest.mark.nightly
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("name", DATASET)
def test_every_command_and_file(served: HubClient, world: Path, tmp_path: Path, name: str, kind) -> None:
    for place in ("d", "e"):
        shutil.copytree(world / "dataset", tmp_path / place)
        put(tmp_path / place / name, kind)
    for what, done in commands(served, tmp_path / "d", world / "clips"):
        check(what, name, done)
        assert what not in ("verify", "push") or (done.code == 1 and name in done.out + done.err), (what, done)
    check("pull", name, served.run("pull", REPO, tmp_path / "e", seconds=SECONDS))
    code = f"PATH = {str(tmp_path / 'd')!r}" + READ
    check("read", name, served.python(code, seconds=SECONDS))
