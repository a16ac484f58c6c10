"""The three routes to a dataset, and the name: nothing heavy at import, either import order, fresh processes."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import svta

pytestmark = pytest.mark.smoke

HOME = Path(svta.__file__).parent if Path(svta.__file__).name == "svta.py" else Path(svta.__file__).parents[1]


def run(code: str, cwd: Path, **env: str) -> str:
    """A fresh Python in `cwd`, as a user would start it: the folder itself comes first on sys.path."""
    clean = {k: v for k, v in os.environ.items() if k not in ("SVTA_DATA", "HF_HOME", "PYTHONSAFEPATH")}
    clean |= {"PYTHONPATH": str(HOME), "HF_HOME": str(cwd / "hf-home"), "HF_HUB_OFFLINE": "1", **env}
    done = subprocess.run([sys.executable, "-c", code], cwd=cwd, env=clean, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_import_leaves_datasets_alone_and_registers_when_it_comes(tmp_path, packed):
    code = f"""
import sys, svta
assert "datasets" not in sys.modules and "pyarrow" not in sys.modules
import datasets
assert not [f for f in sys.meta_path if type(f).__module__.startswith("svta")]
assert type(datasets.__spec__.loader).__module__ == "_frozen_importlib_external"
stream = datasets.load_dataset("svta", data_dir={str(packed)!r}, split="test", streaming=True)
print(len(list(stream)))
"""
    assert run(code, tmp_path) == "12"


@pytest.mark.slow
def test_datasets_may_come_first_and_registering_twice_changes_nothing(tmp_path, packed):
    code = f"""
import datasets
from datasets.load import PackagedDatasetModuleFactory as factory
import svta
from svta.builder.hf_datasets.registration import register
once = factory.get_module
register()
assert factory.get_module is once
print(datasets.load_dataset("svta", data_dir={str(packed)!r}, split="test").num_rows)
"""
    assert run(code, tmp_path) == "12"


def test_the_readme_alone_is_enough(tmp_path, packed):
    code = f"""
import sys
from datasets import load_dataset
whole = load_dataset({str(packed)!r})
print({{name: part.num_rows for name, part in whole.items()}})
first = next(iter(load_dataset({str(packed)!r}, split="test", streaming=True)))
assert first["json"]["caption"].startswith("clip ") and first["mp4"]["bytes"][4:8] == b"ftyp", first
print(whole["test"].features["json"]["category"].int2str(2), "svta" in sys.modules)
"""
    assert run(code, tmp_path).splitlines() == ["{'train': 40, 'test': 12}", "arson False"]


@pytest.mark.slow
@pytest.mark.parametrize("first", ["", "import svta; "])
def test_beside_a_folder_svta(tmp_path, packed, first):
    """With and without the package; the folder must not hide the package, nor does the rest of the cwd matter."""
    (tmp_path / "svta").symlink_to(packed)
    (tmp_path / "junk.csv").write_text("a,b\n1,2\n")
    code = f"{first}from datasets import load_dataset; print(load_dataset('svta', split='test').num_rows)"
    assert run(code, tmp_path) == "12"
    assert run("import svta; print(svta.open_dataset('svta', 'test').clip(0).source)", tmp_path) == "packed"


@pytest.mark.slow
def test_svta_data_is_the_third_choice(tmp_path, packed):
    code = "import svta, datasets; print(datasets.load_dataset('svta', 'captions', split='test').num_rows)"
    assert run(code, tmp_path, SVTA_DATA=str(packed)) == "12"


def test_without_a_source_the_error_names_the_four_ways(tmp_path):
    (tmp_path / "junk.parquet").write_bytes(b"no parquet")  # the library alone would load this
    code = """
import svta, datasets
try:
    datasets.load_dataset("svta")
except svta.SvtaError as error:
    print(error)
"""
    told = run(code, tmp_path)
    assert len(told.splitlines()) == 1
    assert all(way in told for way in ("data_dir", "data_files", "repo_id", "SVTA_DATA", "./svta"))


@pytest.mark.slow
def test_a_stream_is_unpickled_where_svta_was_never_imported(tmp_path, packed):
    from datasets import load_dataset

    stream = load_dataset("svta", data_dir=str(packed), split="train", streaming=True, cache_dir=str(tmp_path))
    (tmp_path / "stream.pickle").write_bytes(pickle.dumps(stream))
    code = "import pickle; print(len(list(pickle.load(open('stream.pickle', 'rb')))))"
    assert run(code, tmp_path) == "40"


def test_public_names():
    assert svta.__version__
    for name in ("open_dataset", "frames", "collate", "ClipDataset", "Batches", "Clip"):
        assert getattr(svta, name).__doc__


def test_dir_lists_what_is_loaded_when_first_used(tmp_path):
    """Tab completion: the standard completer, in a process that has loaded nothing yet."""
    code = """
import sys, rlcompleter, svta
assert {*svta.__all__} <= {*dir(svta)}
completer = rlcompleter.Completer({"svta": svta})
print(completer.complete("svta.open_d", 0), "torch" in sys.modules)
"""
    assert run(code, tmp_path).startswith("svta.open_dataset(")
