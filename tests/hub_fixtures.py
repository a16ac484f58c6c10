"""Fixtures of the Hub's tests: a Hub, a dataset, and processes that talk to it with xet and without."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest
from finished import clips_folder
from hub_client import Done, HubClient, hub_client
from loopback_hub import LoopbackHub, loopback_hub

from svta.builder.pack import PackConfig, pack

SHARD = "data/train/svta-train-00003.tar"


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 clips of svta's own grammar, which may be published as they are: 12 shards and 9 other files."""
    folder = tmp_path_factory.mktemp("hub")
    pack(clips_folder(folder / "c", 40), folder / "d", PackConfig(shard_multiple=4))
    return folder / "d"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory):
    with loopback_hub(tmp_path_factory.mktemp("store")) as server:
        yield server


@pytest.fixture(scope="module")
def lfs(hub: LoopbackHub, tmp_path_factory: pytest.TempPathFactory):
    """svta without xet, as where hf_xet is not installed."""
    with hub_client(hub, tmp_path_factory.mktemp("lfs")) as process:
        yield process


@pytest.fixture(scope="module")
def xet(hub: LoopbackHub, tmp_path_factory: pytest.TempPathFactory):
    with hub_client(hub, tmp_path_factory.mktemp("xet"), xet=True) as process:
        yield process


@pytest.fixture(params=["lfs", "xet"])
def client(request: pytest.FixtureRequest) -> HubClient:
    return request.getfixturevalue(request.param)


@pytest.fixture
def fresh(hub: LoopbackHub) -> LoopbackHub:
    """The Hub with nothing in it."""
    empty(hub)
    return hub


def empty(hub: LoopbackHub) -> None:
    hub.repos.clear()
    hub.puts.clear()
    hub.requests.clear()
    hub.fault_at.clear()
    for path in hub.store.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def sums(files: dict[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


def failed(done: Done, code: int, *words: str) -> None:
    """One line on stderr, no traceback, and these words in it."""
    assert done.code == code, done
    last = done.err.strip().splitlines()[-1]
    assert "Traceback" not in done.err and all(word in last for word in words), done.err
