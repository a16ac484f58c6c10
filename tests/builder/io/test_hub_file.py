"""One request a file, in the layout of the installed huggingface_hub."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from reading_hub import COMMIT, reading_hub

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
