"""The installed huggingface_hub, through the guarded client, against servers that mean harm. Mirrors hub_client.py."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import huggingface_hub
import pytest
from huggingface_hub import HfApi, hf_hub_download
from huggingface_hub.utils import build_hf_headers, get_session, http_backoff

from svta.builder.io import hub_client, hub_errors
from svta.builder.io.hub_client import Limits, UntrustedAnswer, is_endpoint, limited, limited_steps
from svta.builder.io.hub_errors import HubError, read_answer, with_retries

COMMIT = "0123456789abcdef0123456789abcdef01234567"
SHA = "a" * 40
TOKEN = "hf_loopback"


class Server(ThreadingHTTPServer):
    """Answers `answers[path]` -> (headers, chunks of the body); remembers (path, Authorization) in `seen`."""

    daemon_threads = True

    def __init__(self, host: str = "127.0.0.1") -> None:
        super().__init__((host, 0), Handler)
        self.answers: dict[str, tuple[dict[str, str], Iterator[bytes] | list[bytes]]] = {}
        self.seen: list[tuple[str, str | None]] = []
        self.cookies: list[str | None] = []
        self.url = f"http://{host}:{self.server_port}"

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is what is tested."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.server.seen.append((path, self.headers.get("authorization")))
        self.server.cookies.append(self.headers.get("cookie"))
        headers, chunks = self.server.answers.get(path, ({}, [b"[]"]))
        self.send_response(int(headers.get("status", 200)))
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if self.command != "HEAD":
            for chunk in chunks:
                self.wfile.write(chunk if "Content-Length" in headers else b"%x\r\n%s\r\n" % (len(chunk), chunk))
            if "Content-Length" not in headers:
                self.wfile.write(b"0\r\n\r\n")

    do_HEAD = do_POST = do_GET


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Server, Server]]:
    """(the endpoint, another host)."""
    pair = Server(), Server()
    for server in pair:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", pair[0].url)
    template = pair[0].url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    yield pair
    for server in pair:
        server.shutdown()
        server.server_close()


def tree(server: Server) -> dict[str, int]:
    entries = HfApi(endpoint=server.url, token=TOKEN).list_repo_tree("ns/name", repo_type="dataset")
    return read_answer("ns/name", lambda: {entry.path: entry.size for entry in entries})


TREE = "/api/datasets/ns/name/tree/main"
PAGE = [json.dumps([{"type": "file", "path": "a.tar", "size": 3, "oid": SHA}]).encode()]


def test_the_next_page_of_a_listing_is_not_fetched_from_another_host(servers: tuple[Server, Server]) -> None:
    endpoint, other = servers
    endpoint.answers[TREE] = ({"Link": f'<{other.url}/next>; rel="next"'}, PAGE)
    with pytest.raises(HubError, match=rf"^ns/name: the Hub names another host, {other.url[7:]}"):
        tree(endpoint)
    endpoint.answers[TREE] = ({"Link": f'<{endpoint.url}/next>; rel="next"'}, PAGE)
    assert tree(endpoint) == {"a.tar": 3}
    assert not other.seen and ("/next", f"Bearer {TOKEN}") in endpoint.seen


def test_pages_without_end_are_counted(servers: tuple[Server, Server], monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint, _ = servers
    endpoint.answers["/again"] = endpoint.answers[TREE] = ({"Link": f'<{endpoint.url}/again>; rel="next"'}, [b"[]"])
    entries = HfApi(endpoint=endpoint.url).list_repo_tree("ns/name", repo_type="dataset")
    with pytest.raises(HubError, match="does not end after 20 pages"):
        read_answer("ns/name", lambda: list(entries), limits=Limits(requests=20))
    assert len(endpoint.seen) == 20


def test_a_redirect_to_another_host_loses_the_token_and_a_listing_does_not_follow_it(
    servers: tuple[Server, Server],
) -> None:
    endpoint, other = servers
    endpoint.answers[TREE] = ({"status": "307", "Location": f"{other.url}/moved"}, [b""])
    headers = build_hf_headers(token=TOKEN)
    assert http_backoff("GET", endpoint.url + TREE, headers=headers, follow_redirects=True).status_code == 200
    assert other.seen == [("/moved", None)]
    with pytest.raises(HubError, match="names another host"):
        tree(endpoint)
    assert len(other.seen) == 1


@pytest.mark.parametrize("status", ["301", "302", "303", "307", "308"])
def test_a_cookie_of_the_endpoint_stays_there_whatever_the_port(servers: tuple[Server, Server], status: str) -> None:
    """Cookies belong to a host name: without more, another server on the same machine would get them."""
    endpoint, other = servers
    cookie = {"Set-Cookie": "session=secret; Path=/", "Content-Length": "0"}
    endpoint.answers["/moved"] = ({"status": status, "Location": f"{other.url}/there", **cookie}, [])
    with limited():
        assert http_backoff("GET", f"{endpoint.url}/moved", follow_redirects=True).status_code == 200
        http_backoff("GET", f"{other.url}/again")
        http_backoff("GET", f"{endpoint.url}/back")
    assert [path for path, _ in other.seen] == ["/there", "/again"] and other.cookies == [None, None]
    assert endpoint.cookies[-1] == "session=secret"


def test_a_token_for_another_host_is_never_sent(servers: tuple[Server, Server]) -> None:
    _, other = servers
    with limited(), pytest.raises(UntrustedAnswer, match="another host"):
        http_backoff("POST", f"{other.url}/verify", headers=build_hf_headers(token=TOKEN), json={})
    assert not other.seen


def test_which_hosts_belong_to_the_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "https://huggingface.co")
    assert is_endpoint("https://huggingface.co/api") and is_endpoint("https://router.huggingface.co:443/v1")
    for url in ("http://huggingface.co/", "https://huggingface.co.evil.org/", "https://evilhuggingface.co/", "//x", ""):
        assert not is_endpoint(url), url
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "https://mirror.example:8443")
    assert is_endpoint("https://mirror.example:8443/api")
    for url in ("https://mirror.example/api", "https://huggingface.co/api", "http://mirror.example:8443/api"):
        assert not is_endpoint(url), url


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ETag", '"/tmp/evil.pth"'),
        ("ETag", '"../../../evil"'),
        ("ETag", 'W/"a/b"'),
        ("ETag", '".."'),
        ("X-Linked-Etag", '"..\\\\evil"'),
        ("X-Linked-Etag", '""'),
        ("X-Repo-Commit", "../../evil"),
        ("X-Repo-Commit", "main"),
        ("X-Repo-Commit", COMMIT + "/../../../evil"),
    ],
)
def test_a_header_that_would_name_a_file_elsewhere_is_refused(
    servers: tuple[Server, Server], tmp_path: Path, name: str, value: str
) -> None:
    endpoint, _ = servers
    good = {"ETag": f'"{SHA}"', "X-Repo-Commit": COMMIT, "Content-Length": "4"}
    path = "/datasets/ns/name/resolve/main/taxonomy.json"
    endpoint.answers[path] = ({**good, name: value}, [b"evil"])

    def download(cache: Path) -> str:
        return hf_hub_download(
            "ns/name", "taxonomy.json", repo_type="dataset", endpoint=endpoint.url, cache_dir=cache, token=False
        )

    with pytest.raises(HubError, match="commit" if name == "X-Repo-Commit" else "ETag"):
        with_retries("ns/name", lambda: download(tmp_path / "cache" / "deep"))
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.read_bytes() == b"evil"]
    endpoint.answers[path] = (good, [b"fine"])
    assert Path(download(tmp_path / "other")).read_bytes() == b"fine"


def endless(chunk: bytes) -> Iterator[bytes]:
    while True:
        yield chunk


def test_bodies_end(servers: tuple[Server, Server], monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint, _ = servers
    info = "/api/datasets/ns/name"

    def ask(limits: Limits = hub_errors.READING) -> object:
        return read_answer("ns/name", lambda: HfApi(endpoint=endpoint.url).dataset_info("ns/name").sha, limits=limits)

    endpoint.answers[info] = ({}, endless(b" " * 100_000))
    with pytest.raises(HubError, match="more than the 16,000,000 bytes"):
        ask()
    for status in ("500", "404", "403"):
        endpoint.answers[info] = ({"status": status}, endless(b"x" * 100_000))
        with pytest.raises(HubError, match="more than the 1,000,000 bytes"):
            ask()
    packed = gzip.compress(bytes(50_000_000))
    endpoint.answers[info] = ({"Content-Encoding": "gzip", "Content-Length": str(len(packed))}, [packed])
    with pytest.raises(HubError, match="compressed"):
        ask()
    monkeypatch.setattr(hub_client, "API_SECONDS", 0.3)
    endpoint.answers[info] = ({}, (time.sleep(0.1) or b" " for _ in range(100)))
    with pytest.raises(HubError, match="too slowly"):
        ask()
    endpoint.answers[info] = ({}, (time.sleep(0.1) or b" " for _ in range(100)))
    monkeypatch.setattr(hub_client, "API_SECONDS", 60)
    with pytest.raises(HubError, match="does not end after 0 seconds"):
        ask(Limits(seconds=0.3))


def test_an_answer_of_the_api_may_have_a_limit_of_its_own(servers: tuple[Server, Server]) -> None:
    endpoint, _ = servers
    endpoint.answers[TREE] = ({}, [b" " * 100 + PAGE[0]])
    entries = HfApi(endpoint=endpoint.url).list_repo_tree("ns/name", repo_type="dataset")
    with pytest.raises(HubError, match="more than the 50 bytes"):
        read_answer("ns/name", lambda: list(entries), limits=Limits(max_bytes=50))


def test_the_body_of_a_redirect_ends(servers: tuple[Server, Server]) -> None:
    endpoint, _ = servers
    endpoint.answers["/moved"] = ({"status": "307", "Location": f"{endpoint.url}/any"}, [bytes(500_000)] * 4)
    with limited(), pytest.raises(UntrustedAnswer, match="more than the 1,000,000 bytes"):
        http_backoff("GET", f"{endpoint.url}/moved", follow_redirects=True)


def test_a_size_that_is_no_number_is_refused(servers: tuple[Server, Server]) -> None:
    endpoint, _ = servers
    for size in ("many", "-5", "1e3", "0x9"):
        endpoint.answers["/any"] = ({"X-Linked-Size": size, "Content-Length": "4"}, [b"four"])
        with limited(Limits(max_bytes=10)), pytest.raises(UntrustedAnswer, match=f"has {size} bytes; the limit is 10"):
            http_backoff("HEAD", f"{endpoint.url}/any")


@pytest.mark.parametrize(
    ("header", "slept"),
    [
        ({"Retry-After": "1000000"}, 301),
        ({"Retry-After": "9" * 5_000}, 301),
        ({"Retry-After": "7"}, 8),
        ({"ratelimit": '"api";r=0;t=1000000'}, 301),
        ({"ratelimit": '"api"; r=0; t = 1000000', "Retry-After": "2000000"}, 301),
        ({"ratelimit": '"api";r=0;t=55'}, 56),
        ({"Retry-After": "Wed, 21 Oct 2099 07:28:00 GMT"}, 1),
        ({"Retry-After": "\xb2"}, 301),
    ],
)
def test_no_answer_holds_a_command_up_for_days(
    servers: tuple[Server, Server], monkeypatch: pytest.MonkeyPatch, header: dict[str, str], slept: int
) -> None:
    """huggingface_hub itself sleeps as long as a busy Hub says, and a second."""
    endpoint, _ = servers
    endpoint.answers["/any"] = ({"status": "429", "Content-Length": "0", **header}, [])
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        raise KeyboardInterrupt

    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", sleep)
    with limited(), pytest.raises(KeyboardInterrupt):
        http_backoff("GET", f"{endpoint.url}/any", retry_on_status_codes=(429,))
    assert pauses == [slept]


def test_the_commit_of_any_answer_is_one(servers: tuple[Server, Server]) -> None:
    endpoint, _ = servers
    endpoint.answers["/any"] = ({"X-Repo-Commit": "../main", "Content-Length": "4"}, [b"four"])
    for method in ("HEAD", "GET", "POST"):
        with limited(), pytest.raises(UntrustedAnswer, match="the commit '../main', which is not a commit id"):
            http_backoff(method, f"{endpoint.url}/any")


def test_a_hub_elsewhere_keeps_the_data_of_xet_at_a_web_address(
    servers: tuple[Server, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """xet reads `local://` as a folder of this machine; a test's Hub on 127.0.0.1 alone may name one.

    hf_xet fetches its token without our hooks: with a Hub elsewhere it is not used at all.
    """
    elsewhere = Server("127.0.0.2")
    threading.Thread(target=elsewhere.serve_forever, args=(0.02,), daemon=True).start()
    for server, refused in ((elsewhere, True), (servers[0], False)):
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", server.url)
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_XET", False)
        with limited():
            assert huggingface_hub.constants.HF_HUB_DISABLE_XET is refused
        for cas, wrong in (("local:///etc", refused), ("https://cas.example", False)):
            server.answers["/any"] = ({"X-Xet-Cas-Url": cas}, [b"four"])
            with limited():
                if wrong:
                    with pytest.raises(UntrustedAnswer, match="'local:///etc', which is not a web address"):
                        http_backoff("GET", f"{server.url}/any")
                else:
                    assert http_backoff("GET", f"{server.url}/any").content == b"four"
    elsewhere.shutdown()
    elsewhere.server_close()


def test_a_request_without_a_timeout_gets_one_and_others_keep_theirs(servers: tuple[Server, Server]) -> None:
    url = f"{servers[0].url}/any"
    with limited():
        answers = [get_session().request("GET", url, timeout=seconds) for seconds in (None, 5.0)]
    times = [{name: each.request.extensions["timeout"][name] for name in hub_client.TIMEOUTS} for each in answers]
    assert times == [{"connect": 30.0, "read": 300.0, "write": 300.0}, dict.fromkeys(hub_client.TIMEOUTS, 5.0)]


def test_a_file_larger_than_what_is_wanted_is_not_downloaded(servers: tuple[Server, Server], tmp_path: Path) -> None:
    endpoint, _ = servers
    path = "/datasets/ns/name/resolve/main/taxonomy.json"
    good = {"ETag": f'"{SHA}"', "X-Repo-Commit": COMMIT}

    def download() -> str:
        return hf_hub_download(
            "ns/name", "taxonomy.json", repo_type="dataset", endpoint=endpoint.url, cache_dir=tmp_path, token=False
        )

    endpoint.answers[path] = ({**good, "Content-Length": "100"}, [bytes(100)])
    with pytest.raises(HubError, match="has 100 bytes; the limit is 10"):
        with_retries("ns/name", download, limits=Limits(max_bytes=10))
    endpoint.answers[path] = (good, endless(bytes(10_000)))
    with pytest.raises(HubError, match="more than the 50,000 bytes"):
        with_retries("ns/name", download, limits=Limits(max_bytes=50_000))


def test_a_file_that_drips_ends_and_a_steady_one_does_not(
    servers: tuple[Server, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint, _ = servers
    monkeypatch.setattr(hub_client, "_GRACE_SECONDS", 0.3)
    endpoint.answers["/file"] = ({}, (time.sleep(0.1) or b" " for _ in range(50)))
    with limited(), pytest.raises(UntrustedAnswer, match="too slowly"):
        http_backoff("GET", f"{endpoint.url}/file")
    endpoint.answers["/file"] = ({}, (time.sleep(0.1) or b" " * 5_000 for _ in range(8)))
    with limited():
        assert len(http_backoff("GET", f"{endpoint.url}/file").content) == 40_000


def test_no_request_is_made_once_the_seconds_are_used_up(servers: tuple[Server, Server]) -> None:
    endpoint, _ = servers
    with limited(Limits(seconds=0.05)):
        time.sleep(0.1)
        with pytest.raises(UntrustedAnswer, match="does not end after"):
            http_backoff("GET", f"{endpoint.url}/any")
    assert not endpoint.seen


def test_the_size_of_the_file_counts_and_not_that_of_the_answer(servers: tuple[Server, Server]) -> None:
    endpoint, _ = servers
    endpoint.answers["/any"] = ({"X-Linked-Size": "100", "Content-Length": "4"}, [b"four"])
    with limited(Limits(max_bytes=10)), pytest.raises(UntrustedAnswer, match="has 100 bytes; the limit is 10"):
        http_backoff("HEAD", f"{endpoint.url}/any")
    endpoint.answers["/any"] = ({"X-Linked-Size": "10", "Content-Length": "400"}, [b""])
    with limited(Limits(max_bytes=10)):
        assert http_backoff("HEAD", f"{endpoint.url}/any").status_code == 200


@pytest.mark.parametrize("header", ["X-Xet-Refresh-Route", "Link"])
def test_xet_asks_no_other_host_for_its_token(servers: tuple[Server, Server], header: str) -> None:
    endpoint, other = servers
    for host, wrong in ((other.url, True), (endpoint.url, False)):
        value = f'<{host}/token>; rel="xet-auth"' if header == "Link" else f"{host}/token"
        endpoint.answers["/any"] = ({header: value, "Content-Length": "4"}, [b"four"])
        for method in ("HEAD", "GET"):
            if wrong:
                with limited(), pytest.raises(UntrustedAnswer, match="for the token of xet"):
                    http_backoff(method, f"{endpoint.url}/any")
            else:
                with limited():
                    assert http_backoff(method, f"{endpoint.url}/any").status_code == 200


@pytest.mark.parametrize("body", ["{}", "[1]", "[[]]", "3", "null", '[{"type":"file"}]', "[" * 9_000])
def test_what_is_no_listing_is_one_line(servers: tuple[Server, Server], body: str) -> None:
    endpoint, _ = servers
    endpoint.answers[TREE] = ({}, [body.encode()])
    if body == "{}":  # an object without fields lists nothing
        assert tree(endpoint) == {}
        return
    with pytest.raises(HubError, match=r"^ns/name: the Hub's answer is not what its API promises .*\)$"):
        tree(endpoint)


def test_the_guard_stays_through_new_clients_and_is_put_up_once(servers: tuple[Server, Server]) -> None:
    endpoint, other = servers
    with limited():
        pass
    hooks = get_session().event_hooks["response"]
    assert hooks.count(hub_client.check_response) == 1
    huggingface_hub.close_session()  # as huggingface_hub does after a failed connection
    with limited():
        assert http_backoff("GET", f"{endpoint.url}/any").json() == []
    assert get_session().event_hooks["response"].count(hub_client.check_response) == 1
    assert get_session().event_hooks["request"][-1] is hub_client.check_request
    with limited(Limits(max_bytes=1)), pytest.raises(UntrustedAnswer, match="more than the 1 bytes"):
        http_backoff("GET", f"{endpoint.url}/any")
    assert http_backoff("GET", f"{other.url}/any").json() == []


def ask_another_host(other: Server) -> int:
    headers = build_hf_headers(token=TOKEN)
    return int(http_backoff("GET", f"{other.url}/api/models", headers=headers, timeout=5).status_code)


def test_a_program_that_uses_another_hub_beside_svta_is_left_alone(servers: tuple[Server, Server]) -> None:
    endpoint, other = servers
    endpoint.answers[TREE] = ({}, PAGE)
    assert tree(endpoint) == {"a.tar": 3}
    other.answers["/api/datasets/ns/name"] = ({"X-Repo-Commit": "main"}, [b'{"id":"ns/name","sha":"v7"}'])
    assert HfApi(endpoint=other.url, token="hf_of_the_user").dataset_info("ns/name").sha == "v7"
    assert other.seen == [("/api/datasets/ns/name", "Bearer hf_of_the_user")]
    packed = gzip.compress(b"[]")
    other.answers["/packed"] = ({"Content-Encoding": "gzip", "Content-Length": str(len(packed))}, [packed])
    assert http_backoff("GET", f"{other.url}/packed").json() == []
    with limited(), pytest.raises(UntrustedAnswer):
        ask_another_host(other)
    assert ask_another_host(other) == 200


def test_threads_that_a_guarded_call_starts_are_guarded_and_others_are_not(servers: tuple[Server, Server]) -> None:
    _, other = servers
    with ThreadPoolExecutor(1) as users, limited():
        with ThreadPoolExecutor(1) as inner, pytest.raises(UntrustedAnswer):
            inner.submit(ask_another_host, other).result()
        with pytest.raises(UntrustedAnswer):  # it started inside the block
            users.submit(ask_another_host, other).result()
    with ThreadPoolExecutor(1) as users:
        assert users.submit(ask_another_host, other).result() == 200
        with limited():
            assert users.submit(ask_another_host, other).result() == 200
    assert len(other.seen) == 2


def test_a_generator_is_guarded_in_its_steps_and_not_between_them(servers: tuple[Server, Server]) -> None:
    _, other = servers

    def steps() -> Iterator[int]:
        yield 1
        yield ask_another_host(other)

    reading = limited_steps(steps())
    assert next(reading) == 1
    assert ask_another_host(other) == 200
    with pytest.raises(UntrustedAnswer):
        next(reading)
    assert list(limited_steps(range(3))) == [0, 1, 2]


def test_an_endpoint_or_a_proxy_that_is_no_address_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for endpoint in ("http://127.0.0.1:99999", "http://[::1"):
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", endpoint)
        with pytest.raises(HubError, match="HF_ENDPOINT is not the address"):
            hub_errors.reach_hub("ns/name")
