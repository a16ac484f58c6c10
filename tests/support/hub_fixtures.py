"""Fixtures of the Hub's tests: a Hub, a dataset, and processes that talk to it with xet and without."""

from __future__ import annotations

from pathlib import Path

import pytest
from finished import clips_folder
from hub_client import HubClient, empty, hub_client
from loopback_hub import LoopbackHub, loopback_hub

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
