"""The release check: one version everywhere, equal bytes from two builds, a source archive that lacks nothing."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / ".ci" / "release_check.py"
pytestmark = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs a git checkout")


@pytest.fixture
def check() -> ModuleType:
    spec = importlib.util.spec_from_file_location("release_check", SCRIPT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_one_version_with_a_dated_heading(check: ModuleType) -> None:
    assert check.versions() == []


def test_another_version_and_a_missing_heading_are_told(
    check: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("setup.cfg", "CITATION.cff", "CHANGELOG.md"):
        shutil.copy(ROOT / name, tmp_path)
    text = (tmp_path / "setup.cfg").read_text().replace("version = 0.2.0", "version = 9.9.9", 1)
    (tmp_path / "setup.cfg").write_text(text)
    monkeypatch.setattr(check, "ROOT", tmp_path)
    assert check.versions() == ["CITATION.cff does not say 9.9.9", "CHANGELOG.md has no heading with 9.9.9 and a date"]


@pytest.mark.slow
def test_two_builds_are_equal_and_the_source_archive_is_whole(check: ModuleType) -> None:
    assert check.archives() == []
