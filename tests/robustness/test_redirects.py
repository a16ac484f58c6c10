"""A Hub whose redirects, pages and uploads lead to another server: that one learns neither token nor cookie.

Both are real servers on loopback; the other one hands on what it gets, as a CDN does, so that commands go as far as
they can, and remembers every request whole.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from finished import clips_folder
from hub_client import HubClient, empty, hub_client
from loopback_hub import MOVED, LoopbackHub, loopback_hub
from reading_hub import serving

from svta.builder.packing.config import PackConfig
from svta.builder.packing.pack import pack

REPO = "ns/clips"
SECRET = "hf_loopbackSecret0123456789"
READ = ("/tree/", "/xet-", "/api/datasets/ns/clips")  # beside /resolve/
WRITTEN = ("/lfs/", "/objects/batch", "/verify", "/preupload", "/commit", "/api/repos/create", "/api/validate-yaml")
WAYS = [(301, "localhost"), (302, "127.0.0.1"), (307, "127.0.0.1"), (308, "localhost")]
pytestmark = pytest.mark.slow  # every command of the Hub, again and again; test_hub_client.py has the same in small


class Elsewhere(ThreadingHTTPServer):
    """Another host name or another port. `seen`: the text of every request, first line, headers and body."""

    daemon_threads = True

    def __init__(self, hub: LoopbackHub, host: str) -> None:
        super().__init__(("127.0.0.1", 0), _HandsOn)
        self.hub, self.seen = hub, list[str]()
        self.url = f"http://{host}:{self.server_port}"

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is what is tested."""


class _HandsOn(BaseHTTPRequestHandler):
    server: Elsewhere

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.server.seen.append(f"{self.requestline}\n{self.headers}\n{body.decode('latin-1')}")
        headers = {k: v for k, v in self.headers.items() if k.casefold() not in ("host", "connection", "authorization")}
        hub = HTTPConnection("127.0.0.1", self.server.hub.server_port)
        token = {"Authorization": f"Bearer {self.server.hub.token}", MOVED: "1", "Connection": "close"}
        hub.request(self.command, self.path, body, {**headers, **token})
        answer = hub.getresponse()
        data = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.casefold() not in ("connection", "server", "date"):
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    do_POST = do_PUT = do_HEAD = do_GET


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LoopbackHub, HubClient, Path]]:
    folder = tmp_path_factory.mktemp("world")
    pack(clips_folder(folder / "c", 12), folder / "d", PackConfig(shard_multiple=1))
    with loopback_hub(folder / "store") as hub:
        hub.token = SECRET
        with hub_client(hub, folder) as client:
            assert client.run("push", folder / "d", REPO).code == 0
            yield hub, client, folder / "d"


LOADING = f"""
import datasets, svta
ds = svta.open_dataset({REPO!r}, split="all", num_frames=2, size=32)
try: ds[0]  # its bytes are no video
except svta.SvtaError: pass
next(iter(datasets.load_dataset("svta", repo_id={REPO!r}, split="test", streaming=True)))
"""


def empty_cache(client: HubClient) -> None:
    shutil.rmtree(client.home / "hub", ignore_errors=True)


def nothing_secret(seen: list[str]) -> None:
    for request in seen:
        text = request.casefold()
        assert SECRET.casefold() not in text, request
        assert not any(f"\n{name}" in text for name in ("authorization:", "cookie:", "x-xet-access-token:")), request


@pytest.mark.timeout(180)
@pytest.mark.parametrize(("status", "host"), WAYS)
def test_a_redirected_file_is_read_without_the_token(
    world: tuple[LoopbackHub, HubClient, Path], tmp_path: Path, status: int, host: str
) -> None:
    hub, client, dataset = world
    hub.be_friendly()
    captions = tmp_path / "captions.csv"
    captions.write_text("caption\na man falls\n")
    with serving(Elsewhere(hub, host)) as elsewhere:
        hub.moved = {"/resolve/": (status, elsewhere.url)}
        for order in (
            ("verify", REPO, "--deep"),
            ("pull", REPO, tmp_path / "pulled"),
            ("pull", REPO, tmp_path / "hydrated", "--source", f"table={captions}"),
            ("diff", REPO, dataset),
            ("info", REPO),
            ("eval", "--data", REPO, "--model", "random", "--split", "all", "--out", tmp_path / "results"),
        ):
            empty_cache(client)
            before = len(elsewhere.seen)
            done = client.run(*order, seconds=120)
            assert "Traceback" not in done.err and len(elsewhere.seen) > before, (order, done)
        empty_cache(client)
        done = client.python(LOADING, seconds=120)
        assert done.code == 0, done.err
        nothing_secret(elsewhere.seen)


@pytest.mark.timeout(180)
@pytest.mark.parametrize(("status", "host"), WAYS)
def test_what_the_api_says_is_not_taken_from_elsewhere(
    world: tuple[LoopbackHub, HubClient, Path], tmp_path: Path, status: int, host: str
) -> None:
    hub, client, dataset = world
    hub.be_friendly()
    with serving(Elsewhere(hub, host)) as elsewhere:
        for number, piece in enumerate(READ):
            hub.moved = {piece: (status, elsewhere.url)}
            for order in (("verify", REPO), ("pull", REPO, tmp_path / str(number)), ("push", dataset, REPO)):
                empty_cache(client)
                client.run(*order, seconds=120)
        nothing_secret(elsewhere.seen)


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("status", "host"),  # 301 and 302 turn what is posted into a GET, which is tried again for a minute
    [pytest.param(*way, marks=[pytest.mark.nightly] if way[0] < 307 else []) for way in WAYS],
)
def test_what_is_pushed_elsewhere_goes_without_the_token(
    world: tuple[LoopbackHub, HubClient, Path], status: int, host: str
) -> None:
    hub, client, dataset = world
    reached = set()
    with serving(Elsewhere(hub, host)) as elsewhere:
        for piece in WRITTEN:
            empty(hub)
            hub.moved = {piece: (status, elsewhere.url)}
            hub.lfs_verify = f"{hub.url}/verify"
            before = len(elsewhere.seen)
            done = client.run("push", dataset, REPO, seconds=120)
            assert "Traceback" not in done.err, done
            reached |= {piece} if len(elsewhere.seen) > before else set()
        nothing_secret(elsewhere.seen)
    hub.be_friendly()
    assert client.run("push", dataset, REPO).code == 0
    assert {"/lfs/", "/verify"} <= reached


@pytest.mark.timeout(120)
def test_xet_takes_no_token_elsewhere(tmp_path: Path, world: tuple[LoopbackHub, HubClient, Path]) -> None:
    """hf_xet asks for its own token by a client that svta's hooks do not see."""
    _, _, dataset = world
    with loopback_hub(tmp_path / "store") as hub, serving(Elsewhere(hub, "localhost")) as elsewhere:
        hub.token = SECRET
        with hub_client(hub, tmp_path, xet=True) as client:
            hub.moved = {"/xet-": (307, elsewhere.url)}
            client.run("push", dataset, REPO, seconds=60)
            hub.moved = {}
            assert client.run("push", dataset, REPO, seconds=60).code == 0
            hub.moved = {"/xet-": (307, elsewhere.url)}
            client.run("pull", REPO, tmp_path / "pulled", seconds=60)
            nothing_secret(elsewhere.seen)
