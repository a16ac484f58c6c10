"""A torchcodec that is installed and whose library is missing: told once with the remedy, and no run of ours ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import sys, datasets, svta
from svta.builder.errors import DatasetError
folder, cache = sys.argv[1:]
where = {"data_dir": folder, "split": "test"}
assert len(list(datasets.load_dataset("svta", **where, streaming=True))) == 12
stored = datasets.load_dataset("svta", **where, cache_dir=cache)
assert stored[0]["video"]["bytes"] and len(stored.map(lambda row: {"n": len(row["caption"])})) == 12
assert stored.with_transform(svta.frames(2, 16))[0]["pixel_values"].shape == (2, 3, 16, 16)
assert len(list(datasets.load_dataset(folder, split="test", streaming=True))) == 12
try:
    datasets.load_dataset("svta", **where, streaming=True, decode=True)
except DatasetError as error:
    print(error)
"""


@pytest.mark.slow
def test_loading_with_a_library_that_is_missing(packed: Path, tmp_path: Path) -> None:
    broken = tmp_path / "site" / "torchcodec"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise OSError('libavutil.so.99: cannot open shared object file')\n")
    path = os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), str(broken.parent)])
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(packed), str(tmp_path / "cache")],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("torchcodec does not import (libavutil.so.99") == 1
    assert "pip uninstall torchcodec" in done.stderr
    assert "decode=True needs a torchcodec that imports here (libavutil.so.99" in done.stdout
