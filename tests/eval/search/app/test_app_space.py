"""`svta app --export`: a folder that is a Gradio Space, without the machine's paths, whose index answers."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from svta.builder.errors import SvtaError
from svta.eval.search import open_index
from svta.eval.search.app.interface import AppConfig
from svta.eval.search.app.space import export_space

pytest.importorskip("gradio", reason="pip install 'svta[app]'")


def test_the_space_searches_by_itself(footage: Path, tmp_path: Path) -> None:
    names = export_space(AppConfig(indexes=[footage / "idx", footage / "marked"]), tmp_path / "space")
    assert names == ["README.md", "app.py", "index-1", "index-2", "model-1", "model-2", "requirements.txt"]
    space = tmp_path / "space"
    ast.parse((space / "app.py").read_text())
    front = (space / "README.md").read_text().split("---")[1]
    assert "\nsdk: gradio\n" in front and "\napp_file: app.py\n" in front and "sdk_version: " in front
    assert "svta[app,search]" in (space / "requirements.txt").read_text()
    own = open_index(footage / "marked").search("red", top=2, alarms_per_hour=1)
    exported = open_index(space / "index-2", model=str(space / "model-2")).search("red", top=2, alarms_per_hour=1)
    assert [(m.start, m.end, m.score) for m in own] == [(m.start, m.end, m.score) for m in exported]
    assert exported[0].file.endswith("/north.mp4") and not exported[0].file.startswith("/")
    for path in space.rglob("*"):
        assert path.is_dir() or str(footage).encode() not in path.read_bytes(), path
    assert export_space(AppConfig(indexes=[footage / "idx", footage / "marked"]), space) == names  # once more


def test_what_is_no_space_is_kept(footage: Path, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("mine")
    with pytest.raises(SvtaError):
        export_space(AppConfig(indexes=[footage / "idx"]), tmp_path)
    assert (tmp_path / "app.py").read_text() == "mine"
    with pytest.raises(SvtaError):
        export_space(AppConfig(data="x", models=["m"]), tmp_path / "y")
