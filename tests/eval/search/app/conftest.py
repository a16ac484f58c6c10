"""An index of drawn recordings with a hostile name among them, for the tests of the app."""

from __future__ import annotations

from pathlib import Path

import pytest
from colour_encoder import colour_model, write_colours

from svta.eval.search import IndexConfig, update_index

HOSTILE = "<img src=x onerror=\"document.title='taken'\">${document.title}{{value}}'.mp4"


@pytest.fixture(scope="package")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """FOLDER/f with two recordings; idx and other: of them by two encoders; marked: with normal footage."""
    folder = tmp_path_factory.mktemp("app")
    write_colours(folder / "f" / "north.mp4", [("grey", 20), ("red", 4), ("grey", 16)])
    write_colours(folder / "f" / HOSTILE, [("grey", 6), ("green", 6), ("grey", 8)])
    write_colours(folder / "calm" / "calm.mp4", [("grey", 20)])
    pooled, whole = colour_model(folder / "pooled"), colour_model(folder / "whole", "test_colour_clips")
    update_index(IndexConfig([folder / "f"], folder / "idx", model=str(pooled)))
    update_index(IndexConfig([folder / "f"], folder / "other", model=str(whole)))
    update_index(IndexConfig([folder / "f"], folder / "marked", model=str(pooled), normal=[folder / "calm"]))
    return folder
