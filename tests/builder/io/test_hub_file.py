"""One request a file, in the layout of the installed huggingface_hub."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from itertools import repeat
from pathlib import Path
from types import SimpleNamespace

import pytest
from reading_hub import COMMIT, ReadingHub, reading_hub, serving

from svta.builder.io.hub_client import UntrustedAnswer
from svta.builder.io.hub_file import _About, _receive

HOME = Path(__file__).resolve().parents[3]
CODE = """
import json
from pathlib import Path
from huggingface_hub import constants, hf_hub_download, scan_cache_dir
from svta.builder.io.hub_file import keep_file, kept_file
cache = Path(constants.HF_HUB_CACHE)
def keep(name, revision, **options):
    return keep_file("ns/clips", name, revision, None, cache=cache, max_bytes=10_000_000, **options)
ours = [str(keep("clips.parquet", None)), str(keep("taxonomy.json", "v1"))]
theirs = [hf_hub_download("ns/clips", name, repo_type="dataset", revision=revision, local_files_only=True)
          for name, revision in (("clips.parquet", None), ("taxonomy.json", "v1"))]
refused = keep("README.md", "main", admit=lambda size: False)
(repo,) = scan_cache_dir().repos
print(json.dumps([ours == theirs, refused, str(kept_file("ns/clips", "README.md", "main")), repo.nb_files,
                  sorted(repo.refs), [str(p) for p in cache.rglob("*.part")], Path(ours[0]).parent.name]))
"""


def test_what_is_kept_is_what_huggingface_hub_finds(tmp_path, packed):
    with reading_hub({"ns/clips": packed}) as hub:
        env = os.environ | {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "hf"), "PYTHONPATH": str(HOME)}
        env.pop("HF_HUB_OFFLINE", None)
        done = subprocess.run([sys.executable, "-c", CODE], env=env, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [True, None, "None", 2, ["main", "v1"], [], COMMIT]
    assert [(method, name) for method, name, _, _ in hub.log[:2]] == [
        ("GET", "clips.parquet"),
        ("GET", "taxonomy.json"),
    ]
    assert {method for method, *_ in hub.log} == {"GET"}


CUT = """
import sys
from pathlib import Path
from huggingface_hub import constants
from svta.builder.io.hub_file import keep_file
cache = Path(constants.HF_HUB_CACHE)
try:
    print(keep_file("ns/clips", "clips.parquet", sys.argv[1], None, cache=cache, max_bytes=10_000_000))
except Exception as error:
    print(error)
"""


def _keep(url: str, home: Path, revision: str = COMMIT) -> str:
    env = os.environ | {"HF_ENDPOINT": url, "HF_HOME": str(home), "PYTHONPATH": str(HOME)}
    env.pop("HF_HUB_OFFLINE", None)
    done = subprocess.run([sys.executable, "-c", CUT, revision], env=env, capture_output=True, text=True, cwd=home)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.slow
def test_what_one_hub_began_is_not_gone_on_with_by_another(tmp_path):
    """Two Hubs have another file at one commit and name, and one of them changes it: never half of each."""
    files = {"a": b"a" * 40_000, "b": b"b" * 50_000}
    for name, data in files.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "clips.parquet").write_bytes(data)
    with reading_hub({"ns/clips": tmp_path / "a"}) as first, reading_hub({"ns/clips": tmp_path / "b"}) as second:
        first.faults["clips.parquet"] = ["cut"]
        assert "without sending complete" in _keep(first.url, tmp_path)
        (part,) = tmp_path.rglob("*.part")
        assert 0 < part.stat().st_size < 40_000
        assert Path(_keep(second.url, tmp_path)).read_bytes() == files["b"]
        assert part.exists()  # the first Hub's is left to it


@pytest.mark.slow
def test_a_file_that_changed_under_its_commit_is_fetched_anew(tmp_path):
    served = tmp_path / "served"
    served.mkdir()
    (served / "clips.parquet").write_bytes(b"a" * 40_000)
    with reading_hub({"ns/clips": served}) as hub:
        hub.faults["clips.parquet"] = ["cut"]
        _keep(hub.url, tmp_path)
        (part,) = tmp_path.rglob("*.part")
        assert hashlib.sha256(b"a" * 40_000).hexdigest() in part.name
        (served / "clips.parquet").write_bytes(b"b" * 50_000)
        assert _keep(hub.url, tmp_path) == "clips.parquet differs from the part received before"
        assert not list(tmp_path.rglob("*.part"))
        assert Path(_keep(hub.url, tmp_path)).read_bytes() == b"b" * 50_000


def test_a_body_without_a_length_and_without_an_end_stops_at_the_limit(tmp_path):
    endless = SimpleNamespace(status_code=200, iter_bytes=lambda: repeat(b"x" * 1_000))
    with open(tmp_path / "part", "wb") as file, pytest.raises(UntrustedAnswer, match="more than the 10,000 bytes"):
        _receive(endless, file, "clips.parquet", _About(COMMIT, "e" * 40, None), 10_000, lambda size: True)
    assert (tmp_path / "part").stat().st_size == 0


def _served(folder: Path) -> Path:
    folder.mkdir()
    (folder / "clips.parquet").write_bytes(b"a" * 40_000)
    return folder


@pytest.mark.slow
def test_a_server_that_answers_a_range_with_the_whole_file(tmp_path):
    with reading_hub({"ns/clips": _served(tmp_path / "served")}) as hub:
        hub.faults["clips.parquet"] = ["cut", "whole"]
        _keep(hub.url, tmp_path)
        assert Path(_keep(hub.url, tmp_path)).read_bytes() == b"a" * 40_000
        assert [first > 0 for *_, first, _ in hub.log] == [False, True]


@pytest.mark.slow
def test_a_part_of_another_range_is_not_put_behind_what_came_before(tmp_path):
    served = _served(tmp_path / "served")
    (served / "clips.parquet").write_bytes(bytes(range(250)) * 160)
    with reading_hub({"ns/clips": served}) as hub:
        hub.faults["clips.parquet"] = ["cut", "shifted"]
        _keep(hub.url, tmp_path)
        assert "is not the part that was requested" in _keep(hub.url, tmp_path)
        assert Path(_keep(hub.url, tmp_path)).read_bytes() == bytes(range(250)) * 160


@pytest.mark.slow
def test_a_branch_that_moved_on_is_fetched_anew_at_once(tmp_path):
    served = _served(tmp_path / "served")
    with reading_hub({"ns/clips": served}) as hub:
        hub.faults["clips.parquet"] = ["cut"]
        _keep(hub.url, tmp_path, "main")
        (served / "clips.parquet").write_bytes(b"b" * 50_000)
        assert Path(_keep(hub.url, tmp_path, "main")).read_bytes() == b"b" * 50_000
        assert [first for *_, first, _ in hub.log] == [0, 0]


class _Longer(ReadingHub):
    """Lists one byte less than it sends, as a pointer of another version of the file does."""

    def about(self, folder, name):
        size, etag, more = super().about(folder, name)
        return size, etag, {**more, "X-Linked-Size": str(size - 1)}


def test_a_file_that_is_longer_than_listed_is_not_kept(tmp_path):
    with serving(_Longer({"ns/clips": _served(tmp_path / "served")})) as hub:
        assert _keep(hub.url, tmp_path) == "clips.parquet arrived with a length that the Hub does not list"
    assert not [path for path in tmp_path.rglob("blobs/*") if path.stat().st_size]


@pytest.mark.slow
def test_a_body_of_the_right_length_and_other_bytes_is_not_kept(tmp_path):
    """A proxy bends one bit; then it bends the rest of a download that began well."""
    with reading_hub({"ns/clips": _served(tmp_path / "served")}) as hub:
        for faults in (["bent"], ["cut", "bent"]):
            hub.faults["clips.parquet"] = faults
            said = [_keep(hub.url, tmp_path) for _ in range(len(faults))]
            assert said[-1] == "clips.parquet arrived with bytes that do not match its sha256"
            assert not [path for path in tmp_path.rglob("datasets--*/*/*") if path.is_file()]
        assert Path(_keep(hub.url, tmp_path)).read_bytes() == b"a" * 40_000


class _OutsideLfs(ReadingHub):
    """Names its files by git's hash, as the Hub does with small ones outside LFS."""

    def about(self, folder, name):
        size, _, more = super().about(folder, name)
        return size, "f" * 40, more


def test_an_etag_that_is_no_sha256_says_nothing_of_the_bytes(tmp_path):
    with serving(_OutsideLfs({"ns/clips": _served(tmp_path / "served")})) as hub:
        assert Path(_keep(hub.url, tmp_path)).read_bytes() == b"a" * 40_000
