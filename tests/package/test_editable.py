"""An editable install links the folders of the checkout: what a pull adds is found without another install."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("builder", "generation", "eval", "cli")


@pytest.mark.skipif(os.name != "posix", reason="without symbolic links setuptools copies")
def test_an_editable_install_finds_new_files_and_folders_at_once(tmp_path: Path) -> None:
    pytest.importorskip("setuptools", minversion="77")
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for name in ("setup.py", "setup.cfg", "pyproject.toml", "README.md", "LICENSE", "svta.py", "py.typed"):
        shutil.copy(ROOT / name, checkout / name)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    build = "import sys; from setuptools.build_meta import build_editable; build_editable(sys.argv[1])"
    _run(build, str(tmp_path), at=checkout)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (pth,) = [name for name in archive.namelist() if name.endswith(".pth")]
        links = archive.read(pth).decode().strip()
        assert not [name for name in archive.namelist() if name.startswith("svta/")], "links, no copies"

    assert _file_of("svta", links) == checkout / "svta.py"
    assert _file_of("svta.__main__", links) == checkout / "cli" / "__main__.py"
    assert _file_of("svta.cli", links) == checkout / "cli" / "__init__.py"
    (checkout / "builder" / "a_new_file.py").write_text("")
    (checkout / "eval" / "a_new_folder").mkdir()
    (checkout / "eval" / "a_new_folder" / "__init__.py").write_text("")
    assert _file_of("svta.builder.a_new_file", links) == checkout / "builder" / "a_new_file.py"
    assert _file_of("svta.eval.a_new_folder", links) == checkout / "eval" / "a_new_folder" / "__init__.py"
    (checkout / "builder" / "a_new_file.py").unlink()
    assert _file_of("svta.builder.a_new_file", links) is None


def _file_of(module: str, links: str) -> Path | None:
    """The file from which a fresh Python would import a module of the installed svta, links followed."""
    code = "import sys; from importlib.util import find_spec as find; found = find(sys.argv[1]); "
    told = _run(code + "print(found.origin if found else '')", module, at=Path(links), path=links).strip()
    return Path(told).resolve() if told else None


def _run(code: str, *args: str, at: Path, path: str = "") -> str:
    env = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run([sys.executable, "-c", code, *args], cwd=at, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout
