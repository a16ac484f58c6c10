"""A Hub on loopback that dataset repos can be read from: resolve with ranges, tree, paths-info; faults on demand."""

from __future__ import annotations

import gzip
import hashlib
import json
import socket
import struct
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class ReadingHub(ThreadingHTTPServer):
    """Serves `repos` (id -> folder); `faults` (path inside the repo -> list of names, each used once).

    503, 429: busy; cut: half the body; reset: the connection breaks inside the body; html: a page instead of the file;
    whole: 200 and the whole file where a range was asked; shifted: another range than asked; gzip: the range, packed;
    bent: one bit of the body is another;
    redirect: to a CDN of another host name. A name with a * behind it is used for ever.
    """

    daemon_threads = True

    def __init__(self, repos: dict[str, Path]):
        super().__init__(("127.0.0.1", 0), Handler)
        self.repos, self.faults, self.log = repos, {}, []
        self.revisions = {"main": COMMIT, "v1": COMMIT, COMMIT: COMMIT}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_):
        """A client that is gone is no news here."""

    def snapshot(self, repo_id: str, revision: str) -> tuple[str, Path] | None:
        """(commit, what holds its files) of a revision; None where there is no such revision."""
        return (self.revisions[revision], self.repos[repo_id]) if revision in self.revisions else None

    def is_private(self, repo_id: str) -> bool:
        return False

    def names(self, folder: Path) -> list[str]:
        return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())

    def entry(self, folder: Path, name: str) -> dict | None:
        """The file `name` as the Hub lists it."""
        path = folder / name
        if not path.is_file():
            return None
        oid = hashlib.sha1(path.read_bytes()).hexdigest()
        return {"type": "file", "oid": oid, "size": path.stat().st_size, "path": name}

    def about(self, folder: Path, name: str) -> tuple[int, str, dict[str, str]] | None:
        """(size, etag, more headers) of a file."""
        path = folder / name
        return (path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest(), {}) if path.is_file() else None

    def content(self, folder: Path, name: str) -> bytes:
        return (folder / name).read_bytes()


@contextmanager
def reading_hub(repos: dict[str, Path]):
    with serving(ReadingHub(repos)) as hub:
        yield hub


@contextmanager
def serving(hub: ReadingHub):
    thread = threading.Thread(target=hub.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ReadingHub

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])) or b"{}")
        if (found := self._repo("/api/datasets/")) is None:
            return
        repo_id, rest = found
        kind, _, revision = rest.partition("/")
        if kind != "paths-info":
            return self._error(404, "NotFound")
        if (snapshot := self._snapshot(repo_id, revision)) is not None:
            self._json([entry for name in body.get("paths", []) if (entry := self._entry(snapshot[1], name))])

    def do_GET(self):
        if self.path.startswith("/api/datasets/"):
            if (found := self._repo("/api/datasets/")) is None:
                return None
            repo_id, rest = found
            kind, _, tail = rest.partition("/")
            if kind in ("", "revision"):
                return self._info(repo_id, tail)
            if kind == "tree":
                return self._tree(repo_id, *tail.partition("/")[::2])
            return self._error(404, "NotFound")
        if (found := self._repo("/datasets/")) is None:
            return None
        repo_id, rest = found
        kind, revision, name = [*rest.split("/", 2), "", ""][:3]
        if kind != "resolve":
            return self._error(404, "NotFound")
        if (snapshot := self._snapshot(repo_id, revision)) is not None:
            return self._file(*snapshot, name)

    def _info(self, repo_id: str, revision: str):
        if (snapshot := self._snapshot(repo_id, revision)) is not None:
            files = [{"rfilename": name} for name in self.server.names(snapshot[1])]
            private = self.server.is_private(repo_id)
            self._json({"id": repo_id, "sha": snapshot[0], "siblings": files, "private": private, "tags": []})

    def _tree(self, repo_id: str, revision: str, below: str):
        if (snapshot := self._snapshot(repo_id, revision)) is None:
            return
        below = below.replace("\0", "/").rstrip("/")
        names = [name for name in self.server.names(snapshot[1]) if not below or name.startswith(f"{below}/")]
        tops = {name[len(below) :].strip("/").split("/")[0] for name in names}
        whole = "recursive=true" in self.path.lower()
        wanted = names if whole else [f"{below}/{top}".strip("/") for top in sorted(tops)]
        self._json([self._entry(snapshot[1], name) for name in wanted])

    def _entry(self, files, name: str) -> dict | None:
        if any(other.startswith(f"{name}/") for other in self.server.names(files)):
            return {"type": "directory", "oid": "0" * 40, "size": 0, "path": name}
        return self.server.entry(files, name)

    def _repo(self, prefix: str):
        """(repo id, the path behind it)."""
        path = unquote(self.path.partition("?")[0].replace("%2F", "\0"))  # refs%2Fpr%2F1 is one part of the path
        for repo_id in self.server.repos:
            if path.startswith(f"{prefix}{repo_id}/") or path == prefix + repo_id:
                return repo_id, path[len(prefix) + len(repo_id) + 1 :]
        self._error(404, "RepoNotFound")
        return None

    def _snapshot(self, repo_id: str, revision: str):
        found = self.server.snapshot(repo_id, revision.replace("\0", "/") or "main")
        if found is None:
            self._error(404, "RevisionNotFound")
        return found

    def _file(self, commit: str, files, name: str):
        if (found := self.server.about(files, name)) is None:
            return self._error(404, "EntryNotFound")
        size, etag, more = found
        status, first, last = 200, 0, size - 1
        if asked := self.headers.get("range"):
            first, _, end = asked.removeprefix("bytes=").partition("-")
            first, last, status = int(first), min(int(end or last), last), 206
            if first > last:
                return self._error(416, "Range")
        self.server.log.append((self.command, name, first, last + 1))
        headers = {"X-Repo-Commit": commit, "ETag": f'"{etag}"', "Accept-Ranges": "bytes", **more}
        headers["Content-Length"] = str(last + 1 - first)
        if status == 206:
            headers["Content-Range"] = f"bytes {first}-{last}/{size}"
        data = self.server.content(files, name) if self.command == "GET" else b""
        body, fault = data[first : last + 1], ""
        if self.command == "GET" and (faults := self.server.faults.get(name)):
            fault = faults[0].rstrip("*")
            faults[:1] = faults[:1] if faults[0].endswith("*") else []
        if fault in ("503", "429"):
            return self._error(int(fault), "Busy")
        if fault == "redirect" and "cdn" not in self.path:
            headers = {"Location": f"http://localhost:{self.server.server_port}{self.path.partition('?')[0]}?cdn=1"}
            status, body = 302, b""
        elif fault == "html":
            status, headers, body = 200, {"Content-Type": "text/html"}, b"<html>please log in</html>"
        elif fault == "whole":
            status, body = 200, data
            headers.pop("Content-Range", None)
        elif fault == "shifted":
            first = max(0, first - 512)
            body = data[first : first + len(body)]
            headers["Content-Range"] = f"bytes {first}-{first + len(body) - 1}/{size}"
        elif fault == "bent":
            body = body[:-1] + bytes([body[-1] ^ 1])
        elif fault == "gzip" and "gzip" in self.headers.get("accept-encoding", ""):
            body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
        if self.command == "GET":
            headers["Content-Length"] = str(len(body))
        self.send_response(status)
        for field, value in headers.items():
            self.send_header(field, value)
        self.end_headers()
        if fault in ("cut", "reset"):
            body = body[: len(body) // 2]
            self.close_connection = True
        self.wfile.write(body)
        if fault == "reset":
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def _json(self, value, status: int = 200, headers: dict[str, str] | None = None):
        data = json.dumps(value).encode()
        self.send_response(status)
        for field, text in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(field, text)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _error(self, status: int, code: str, message: str = ""):
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        if message:
            self.send_header("X-Error-Message", message)
        self.send_header("Content-Length", "0")
        self.end_headers()
