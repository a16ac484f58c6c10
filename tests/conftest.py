"""Shared fixtures: where ../shared lies, and that nothing but loopback is reached."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("HF_UPDATE_DOWNLOAD_COUNTS", "0")  # else datasets asks a server at every load_dataset
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A nightly test is a slow one: `-m "not slow"` leaves both out."""
    for item in items:
        if item.get_closest_marker("nightly"):
            item.add_marker("slow")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real captions, clips and golden numbers; tests that need it skip where it is absent."""
    root = Path(os.environ.get("SVTA_SHARED", Path(__file__).resolve().parents[2] / "shared"))
    if not root.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"no shared data at {root}: a CI run skips nothing that needs it; set SVTA_SHARED")
        pytest.skip(f"no shared data at {root}: set SVTA_SHARED")
    return root


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A packed dataset folder: 40 clips to train on, 12 to test on, 4 shards each, with proxies. Read only."""
    from packed import make_dataset

    return make_dataset(tmp_path_factory.mktemp("packed") / "data", {"train": 40, "test": 12}, proxy=32)
