"""A Hub on loopback that dataset repos can be read from: resolve with ranges, tree, paths-info; faults on demand."""

from __future__ import annotations

import hashlib
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class ReadingHub(ThreadingHTTPServer):
    """Serves `repos` (id -> folder); `faults` (path inside the repo -> list of "503" | "cut", each used once)."""

    daemon_threads = True

    def __init__(self, repos: dict[str, Path]):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repos, self.faults, self.log = repos, {}, []
        self.revisions = {"main": COMMIT, "v1": COMMIT, COMMIT: COMMIT}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def reading_hub(repos: dict[str, Path]):
    hub = ReadingHub(repos)
    thread = threading.Thread(target=hub.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()


class _Handler(BaseHTTPRequestHandler):
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
        folder, rest = found
        kind, _, _ = rest.partition("/")
        if kind != "paths-info":
            return self._error(404, "NotFound")
        self._json([entry for name in body.get("paths", []) if (entry := _entry(folder, name))])

    def do_GET(self):
        if self.path.startswith("/api/datasets/"):
            if (found := self._repo("/api/datasets/")) is None:
                return None
            folder, rest = found
            kind, _, tail = rest.partition("/")
            if kind in ("", "revision"):
                files = [{"rfilename": name} for name in _files(folder)]
                return self._json({"id": "x", "sha": COMMIT, "siblings": files, "private": False, "tags": []})
            if kind == "tree":
                _, _, below = tail.partition("/")
                below = below.partition("?")[0].rstrip("/")
                names = [name for name in _files(folder) if not below or name.startswith(f"{below}/")]
                recursive = "recursive=true" in self.path.lower()
                tops = {name[len(below) :].strip("/").split("/")[0] for name in names}
                wanted = names if recursive else [f"{below}/{top}".strip("/") for top in sorted(tops)]
                return self._json([_entry(folder, name) for name in wanted])
            return self._error(404, "NotFound")
        if (found := self._repo("/datasets/")) is None:
            return None
        folder, rest = found
        kind, revision, name = [*rest.partition("?")[0].split("/", 2), "", ""][:3]
        if kind != "resolve" or revision not in self.server.revisions:
            return self._error(404, "RevisionNotFound")
        return self._file(folder / name, name)

    def _repo(self, prefix: str):
        path = unquote(self.path)
        for repo_id, folder in self.server.repos.items():
            if path.startswith(f"{prefix}{repo_id}/") or path == prefix + repo_id:
                return folder, path[len(prefix) + len(repo_id) + 1 :]
        self._error(404, "RepoNotFound")
        return None

    def _file(self, path: Path, name: str):
        if not path.is_file():
            return self._error(404, "EntryNotFound")
        data = path.read_bytes()
        etag = hashlib.sha256(data).hexdigest()
        status, first, last = 200, 0, len(data) - 1
        if asked := self.headers.get("range"):
            first, _, end = asked.removeprefix("bytes=").partition("-")
            first, last, status = int(first), min(int(end or last), last), 206
            if first > last:
                return self._error(416, "Range")
        self.server.log.append((self.command, name, first, last + 1))
        fault = self.server.faults.get(name, [])
        if self.command == "GET" and fault:
            kind = fault.pop(0)
            if kind == "503":
                return self._error(503, "Busy")
            self.send_response(status)
            self._headers(etag, last + 1 - first, first, last, len(data), status)
            self.wfile.write(data[first : first + (last + 1 - first) // 2])
            self.close_connection = True
            return None
        self.send_response(status)
        self._headers(etag, last + 1 - first, first, last, len(data), status)
        if self.command == "GET":
            self.wfile.write(data[first : last + 1])

    def _headers(self, etag: str, length: int, first: int, last: int, size: int, status: int):
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{etag}"')
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(length))
        if status == 206:
            self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.end_headers()

    def _json(self, value):
        data = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _error(self, status: int, code: str):
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()


def _files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def _entry(folder: Path, name: str):
    path = folder / name
    if path.is_dir():
        return {"type": "directory", "oid": "0" * 40, "size": 0, "path": name}
    if not path.is_file():
        return None
    return {
        "type": "file",
        "oid": hashlib.sha1(path.read_bytes()).hexdigest(),
        "size": path.stat().st_size,
        "path": name,
    }
