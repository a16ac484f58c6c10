"""A hostile Hub on loopback, opened and loaded: no file outside the cache, no token to another host, limits kept."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from reading_hub import COMMIT, Handler, ReadingHub, serving

HOME = Path(__file__).resolve().parents[3]
TOKEN = "hf_loopbacktoken"


class Hostile(Handler):
    """`server.answers`: end of a path -> headers that replace those of the answer; `bodies`: -> a list of chunks."""

    def do_GET(self):
        path = self.path.partition("?")[0]
        for end, (headers, body) in self.server.answers.items():
            if path.endswith(end):
                return self._say(headers, body)
        return super().do_GET()

    def _say(self, headers, body):
        chunks = body if isinstance(body, list) else [body]
        fields = {"X-Repo-Commit": COMMIT, "ETag": f'"{"a" * 64}"', "Content-Length": sum(map(len, chunks)), **headers}
        self.send_response(200)
        for name, value in fields.items():
            if value is not None:
                self.send_header(name, str(value))
        self.end_headers()
        if self.command == "GET":
            for chunk in chunks:
                self.wfile.write(chunk)
                if len(chunks) > 1:
                    self.wfile.flush()
                    threading.Event().wait(0.2)


class Other(BaseHTTPRequestHandler):
    """Another host: keeps what it is sent."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.seen.append((self.command, self.headers.get("Authorization")))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"[]")

    do_POST = do_PUT = do_GET


@pytest.fixture
def hub(packed):
    server = ReadingHub({"ns/clips": packed})
    server.RequestHandlerClass, server.answers = Hostile, {}
    with serving(server):
        yield server


@pytest.fixture
def other():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Other)
    server.seen = []
    with serving(server):
        yield server


def run(code: str, home: Path, hub) -> str:
    """The last line a fresh Python prints of `code`, or the error's type and text."""
    env = {k: v for k, v in os.environ.items() if k not in ("SVTA_DATA", "HF_HUB_OFFLINE")}
    env |= {"HF_ENDPOINT": hub.url, "HF_HOME": str(home / "hf"), "HF_TOKEN": TOKEN, "PYTHONPATH": str(HOME)}
    env |= {"HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    body = "\n".join(f"    {line}" for line in code.strip().splitlines())
    code = f"import svta\ntry:\n{body}\nexcept svta.SvtaError as error:\n    print(type(error).__name__, error)"
    done = subprocess.run([sys.executable, "-c", code], cwd=home, env=env, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip().splitlines()[-1]


OPEN = "print('categories', len(svta.open_dataset('ns/clips', threads=0).taxonomy.names))"
LOAD = "import datasets; print(datasets.load_dataset('svta', repo_id='ns/clips', split='train', streaming=True))"


@pytest.mark.slow
def test_an_honest_hub_serves_all_of_them(tmp_path, hub):
    assert run(OPEN, tmp_path, hub) == "categories 98"


@pytest.mark.slow
@pytest.mark.slow
@pytest.mark.parametrize("code", [OPEN, LOAD], ids=["open_dataset", "load_dataset"])
@pytest.mark.parametrize("header", ["ETag", "X-Linked-Etag", "X-Repo-Commit"])
@pytest.mark.parametrize("up", ["absolute", "dots"])
def test_hashes_that_are_paths_write_nothing(tmp_path, hub, header, up, code):
    target = tmp_path / "site-packages" / "evil.pth"
    value = str(target) if up == "absolute" else f"../../../../../../../../../../{target}"
    value = value if header == "X-Repo-Commit" else f'"{value}"'
    hub.answers["taxonomy.json"] = ({header: value}, b"import os")
    said = run(code, tmp_path, hub)
    assert said.startswith("HubError ns/clips") and (
        "cannot be a file name" in said or "which is not a commit id" in said
    )
    assert not target.exists() and not target.parent.exists()
    assert {path.name for path in tmp_path.iterdir()} <= {"hf"}


@pytest.mark.slow
def test_a_redirect_leaves_the_token_behind(tmp_path, hub, other):
    class Away(Hostile):
        def do_GET(self):
            if self.command == "GET" and "/resolve/" in self.path and self.path.endswith("taxonomy.json"):
                self.send_response(302)
                self.send_header("Location", f"http://localhost:{other.server_port}/x")
                self.send_header("Content-Length", "0")
                return self.end_headers()
            return super().do_GET()

    hub.RequestHandlerClass = Away
    run(OPEN, tmp_path, hub)
    assert other.seen and all(token is None for _, token in other.seen)


@pytest.mark.slow
def test_the_token_of_xet_is_fetched_at_the_hub_only(tmp_path, hub, other):
    route = {"X-Xet-Hash": "b" * 64, "X-Xet-Refresh-Route": f"http://localhost:{other.server_port}/token"}
    hub.answers["taxonomy.json"] = (route, b"{}")
    said = run(OPEN, tmp_path, hub)
    assert said.startswith("HubError ns/clips") and "for the token of xet" in said
    assert other.seen == []


@pytest.mark.slow
@pytest.mark.parametrize("length", ["declared", "unknown"])
def test_a_file_ends_at_the_limit_of_its_kind(tmp_path, hub, length):
    declared = {"Content-Length": None, "Connection": "close"} if length == "unknown" else {}
    hub.answers["taxonomy.json"] = (declared, b"x" * 3_000_000)
    code = "import svta.builder.dataset.source as source\nsource._MAX_SMALL_BYTES = 2_000_000\n"
    said = run(code + OPEN, tmp_path, hub)
    assert said.startswith("HubError ns/clips") and "2,000,000" in said


CACHED = """
import sys
from pathlib import Path
from svta.builder.errors import UnsafePath
from svta.builder.io.hub_client import limited
from svta.builder.io.hub_file import keep_file

cache = Path(sys.argv[1])
with limited():
    place = keep_file("ns/clips", "clips.parquet", None, None, cache=cache, max_bytes=9)
    print(place.read_bytes())
    try:
        keep_file("ns/clips", "clips.parquet", "../../../out", None, cache=cache, max_bytes=9)
    except UnsafePath as error:
        print(error)
"""


def test_an_answer_takes_no_place_of_what_is_cached(hub, tmp_path):
    """The cache names files by their ETag, whatever Hub it came from: the first one that came under a name stays."""
    digest = "b" * 40  # of a file outside LFS; one of 64 digits is its sha256, which altered bytes do not have
    blobs = tmp_path / "datasets--ns--clips" / "blobs"
    blobs.mkdir(parents=True)
    (blobs / digest).write_bytes(b"genuine")
    hub.answers["/clips.parquet"] = ({"ETag": f'"{digest}"'}, b"altered")
    env = {**os.environ, "HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "hf"), "PYTHONPATH": str(HOME)}
    done = subprocess.run(
        [sys.executable, "-c", CACHED, str(tmp_path)], env=env, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first == repr(b"genuine")
    assert "leaves its folder" in second
    assert [path.name for path in blobs.iterdir()] == [digest]
    assert (blobs / digest).read_bytes() == b"genuine"
