"""Fixtures of the Hub's tests: a Hub, a dataset, and processes that talk to it with xet and without."""

from __future__ import annotations

import shutil
from copy import deepcopy
from pathlib import Path

import pytest
from finished import clips_folder
from hub_client import HubClient, empty, hub_client
from loopback_hub import LoopbackHub, Repo, loopback_hub

from svta.builder.packing.config import PackConfig
from svta.builder.packing.pack import pack


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


@pytest.fixture(scope="module")
def first_push(
    hub: LoopbackHub, lfs: HubClient, dataset: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Repo], Path]:
    """What one push has left on the Hub: its repos, and a copy of its store."""
    empty(hub)
    assert lfs.run("push", dataset, "ns/clips").code == 0
    store = tmp_path_factory.mktemp("first-push") / "store"
    shutil.copytree(hub.store, store)
    return deepcopy(hub.repos), store


@pytest.fixture
def pushed(hub: LoopbackHub, first_push: tuple[dict[str, Repo], Path]) -> LoopbackHub:
    """The Hub as it is after `svta push dataset ns/clips`, without doing it again."""
    repos, store = first_push
    empty(hub)
    hub.repos.update(deepcopy(repos))
    shutil.copytree(store, hub.store, dirs_exist_ok=True)
    return hub
