"""Shared fixtures: where ../shared lies, and that nothing but loopback is reached."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real captions, clips and golden numbers; tests that need it skip where it is absent."""
    root = Path(os.environ.get("SVTA_SHARED", Path(__file__).resolve().parents[2] / "shared"))
    if not root.is_dir():
        pytest.skip(f"no shared data at {root}: set SVTA_SHARED")
    return root
