"""A Hub on loopback that can be pushed to: repos, branches, tags, pull requests, LFS and xet; faults on demand.

reading_hub.py serves what lies in it. HF_ENDPOINT and HF_HUB_DISABLE_XET are read when huggingface_hub is imported:
run clients in processes of their own (`client_env`).
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from reading_hub import Handler, ReadingHub, serving

HOME = Path(__file__).resolve().parents[2]
BUSY = {"503": 503, "429": 429, "500": 500}
REFUSED = {  # status, X-Error-Code, message: as the Hub words them
    "401": (401, "", "Invalid credentials in Authorization header"),
    "404": (404, "RepoNotFound", "Repository not found"),
    "412": (412, "", "A commit has happened since. Please refresh and try again."),
    "413": (413, "", "Storage limit reached"),
}
MOVED = "X-Moved"  # header of a request that comes through another server
EMPTY_COMMIT = "0" * 40


class Blob(NamedTuple):
    """A file of a commit. Its bytes lie in the store, or in xet's storage alone."""

    size: int
    sha256: str
    git_oid: str
    lfs: bool
    xet_hash: str | None = None


class Repo:
    def __init__(self, private: bool):
        self.private, self.pull_requests = private, 0
        self.commits: dict[str, dict[str, Blob]] = {}
        self.refs = {"main": self.commit({}, "init")}

    def commit(self, tree: dict[str, Blob], summary: str) -> str:
        oid = hashlib.sha1(f"{len(self.commits)} {summary} {sorted(tree.items())}".encode()).hexdigest()
        self.commits[oid] = tree
        return oid


class LoopbackHub(ReadingHub):
    """`fault_at`: request number -> "drop" | "cut" | a status, used once; `requests`: every request.

    `fault_on`: (method, end of the path) -> a list of faults, one used at each such request. "429 2" asks to wait 2 s;
    a function is called, for what happens meanwhile, and gives the fault or None.

    `on_request(number)` is called before a request is answered; `puts`: the oid of every body that arrived whole.
    `forbid`: namespaces nobody may write to. `token`: the only one that may write.

    What a hostile Hub does: `next_page` (a URL) follows every listing, `lfs_verify` (a URL) every upload; `etags`
    (path inside the repo -> ETag), `bodies` (end of the path -> what is answered instead of JSON); `echo`: an error
    that repeats the Authorization header; `moved` (a piece of the path -> status and another server): redirects there,
    with a cookie.
    """

    def __init__(self, store: Path):
        super().__init__({})
        self.RequestHandlerClass = _Handler
        self.store, self.xet = store, store / "xet"
        store.mkdir(parents=True, exist_ok=True)
        self.repos: dict[str, Repo] = {}
        self.fault_at: dict[int, str] = {}
        self.fault_on: dict[tuple[str, str], list] = {}
        self.requests: list[tuple[str, str]] = []
        self.puts: list[str] = []
        self.on_request: Callable[[int], None] = lambda number: None
        self.forbid: set[str] = set()
        self.token = "loopback"
        self.be_friendly()
        self.lock, self.reading_xet = threading.Lock(), threading.Lock()

    def be_friendly(self) -> None:
        self.next_page: str | None = None
        self.lfs_verify: str | None = None
        self.etags: dict[str, str] = {}
        self.bodies: dict[str, bytes] = {}
        self.echo = False
        self.moved: dict[str, tuple[int, str]] = {}

    def snapshot(self, repo_id: str, revision: str):
        repo = self.repos[repo_id]
        oid = repo.refs.get(revision, revision)
        return (oid, repo.commits[oid]) if oid in repo.commits else None

    def is_private(self, repo_id: str) -> bool:
        return self.repos[repo_id].private

    def names(self, tree: dict[str, Blob]) -> list[str]:
        return sorted(tree)

    def entry(self, tree: dict[str, Blob], name: str) -> dict | None:
        if (blob := tree.get(name)) is None:
            return None
        entry = {"type": "file", "oid": blob.git_oid, "size": blob.size, "path": name}
        if blob.lfs:
            entry["lfs"] = {"oid": blob.sha256, "size": blob.size, "pointerSize": 130}
        if blob.xet_hash:
            entry["xetHash"] = blob.xet_hash
        return entry

    def about(self, tree: dict[str, Blob], name: str):
        if (blob := tree.get(name)) is None:
            return None
        headers = {}
        if blob.lfs:
            headers = {"X-Linked-Etag": f'"{blob.sha256}"', "X-Linked-Size": str(blob.size)}
        if name in self.etags:
            headers["X-Linked-Etag"] = f'"{self.etags[name]}"'
        if blob.xet_hash:
            repo_id = next(i for i, repo in self.repos.items() if any(tree is t for t in repo.commits.values()))
            headers["X-Xet-Hash"] = blob.xet_hash
            headers["X-Xet-Refresh-Route"] = f"{self.url}/api/datasets/{repo_id}/xet-read-token/main"
        return blob.size, blob.sha256 if blob.lfs else blob.git_oid, headers

    def content(self, tree: dict[str, Blob], name: str) -> bytes:
        return self.bytes_of(tree[name])

    def bytes_of(self, blob: Blob) -> bytes:
        path = self.store / blob.sha256
        with self.reading_xet:
            if not path.is_file():  # the first to read it over HTTP: out of xet's storage
                import hf_xet

                url = f"{self.url}/api/xet-token"
                with hf_xet.XetSession().new_file_download_group(token_refresh_url=url) as group:
                    group.start_download_file(hf_xet.XetFileInfo(blob.xet_hash, blob.size), str(path))
        return path.read_bytes()

    def xet_hash(self, sha256: str) -> str | None:
        """What xet calls the file of this sha256: read out of the shards that clients uploaded."""
        for path in sorted((self.xet / "xet" / "xorbs" / "shards").glob("*.mdb")):
            if (found := _xet_files(path.read_bytes()).get(sha256)) is not None:
                return found
        return None

    def pushed_bytes(self, repo_id: str, revision: str = "main") -> dict[str, bytes]:
        """Every file of a revision, whole."""
        _, tree = self.snapshot(repo_id, revision)
        return {name: self.bytes_of(blob) for name, blob in tree.items()}


@contextmanager
def loopback_hub(store: Path) -> Iterator[LoopbackHub]:
    with serving(LoopbackHub(store)) as hub:
        yield hub


def client_env(hub: LoopbackHub, home: Path, *, xet: bool = False, **more: str) -> dict[str, str]:
    """The environment of a process that talks to this Hub and to nothing else."""
    clean = {k: v for k, v in os.environ.items() if k not in ("SVTA_DATA", "HF_HUB_OFFLINE", "HF_TOKEN")}
    clean |= {"HF_ENDPOINT": hub.url, "HF_HOME": str(home), "HF_TOKEN": hub.token, "PYTHONPATH": str(HOME)}
    clean |= {
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_UPDATE_DOWNLOAD_COUNTS": "0",
        "HF_HUB_DISABLE_XET": "0" if xet else "1",
    }
    return clean | more


def git_oid(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def _xet_files(shard: bytes) -> dict[str, str]:
    """sha256 -> xet hash of the files of a xet shard: entries of 48 bytes, a header before each file's."""
    found, at = {}, 48
    while (head := shard[at : at + 48])[:32] != b"\xff" * 32 and len(head) == 48:
        flags, count = int.from_bytes(head[32:36], "little"), int.from_bytes(head[36:40], "little")
        at += 48 * (1 + count * (2 if flags & 0x80000000 else 1))
        if flags & 0x40000000:  # its sha256 follows
            found[_hex(shard[at : at + 32])] = _hex(head[:32])
            at += 48
    return found


def _hex(digest: bytes) -> str:
    """Four little-endian words, as xet prints a hash."""
    return "".join(digest[i : i + 8][::-1].hex() for i in range(0, 32, 8))


class _Handler(Handler):
    server: LoopbackHub

    def do_GET(self):
        if self.path == "/api/xet-token":  # the Hub itself
            return self._xet_token()
        if not self._admit():
            return None
        rest = self._rest()
        if self.path.startswith("/api/whoami-v2"):
            return self._json({"name": "ns", "type": "user", "orgs": [], "auth": {"type": "access_token"}})
        if "/xet-" in self.path:
            return self._xet_token()
        if rest and rest[1].startswith("discussions/"):
            return self._discussion(rest[0], int(rest[1].split("/")[1]))
        if rest and rest[1] == "refs":
            branches = [{"name": n, "ref": n, "targetCommit": o} for n, o in self.server.repos[rest[0]].refs.items()]
            return self._json({"branches": branches, "converts": [], "tags": []})
        return super().do_GET()

    def do_POST(self):
        self.body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if not self._admit():
            return None
        if self.path in ("/api/validate-yaml", "/verify"):
            return self._json({"errors": [], "warnings": []})
        if not self._may_write():
            return None
        if self.path == "/api/repos/create":
            return self._create(json.loads(self.body))
        if ".git/info/lfs/objects/batch" in self.path:
            return self._batch(json.loads(self.body))
        if (rest := self._rest()) is None:
            return self._error(404, "RepoNotFound")
        repo_id, (kind, _, tail) = rest[0], rest[1].partition("/")
        made = getattr(self, f"_post_{kind.replace('-', '_')}", None)
        return made(repo_id, tail.replace("\0", "/")) if made else self._error(404, "NotFound")

    def do_PUT(self):
        length = int(self.headers["content-length"])
        admitted = self._admit()
        data = self.rfile.read(length)
        if not admitted:
            return None
        oid = self.path.rpartition("/")[2]
        if len(data) != length or hashlib.sha256(data).hexdigest() != oid:
            return self._error(400, "BadBody")
        (self.server.store / f"{oid}.part").write_bytes(data)
        (self.server.store / f"{oid}.part").rename(self.server.store / oid)
        self.server.puts.append(oid)
        return self._json({})

    def _admit(self) -> bool:
        """Count the request and let its fault happen, if one is due."""
        with self.server.lock:
            self.server.requests.append((self.command, self.path))
            number = len(self.server.requests)
        self.server.on_request(number)
        if self.server.echo:
            self._error(403, "", f"no: {self.headers.get('authorization')}")
            return False
        fault = self.server.fault_at.pop(number, None)
        path = self.path.partition("?")[0]
        moved = next((to for piece, to in self.server.moved.items() if piece in path), None)
        if moved is not None and MOVED not in self.headers:
            self.send_response(moved[0])
            self.send_header("Location", moved[1] + self.path)
            self.send_header("Set-Cookie", f"session={self.server.token}; Path=/")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return False
        for (method, end), faults in self.server.fault_on.items():
            if faults and self.command == method and path.endswith(end):
                fault = faults.pop(0)
                fault = fault() if callable(fault) else fault
                break
        fault, _, wait = (fault or "").partition(" ")
        if fault in REFUSED:
            self._error(*REFUSED[fault])
            return False
        if fault in BUSY:
            self.send_response(BUSY[fault])
            self.send_header("Retry-After", wait or "0")
            self.send_header("Content-Length", "0")
            self.end_headers()
            self.close_connection = True
            return False
        if fault == "cut":  # half an answer, then nothing
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"{")
        if fault:
            self.close_connection = True
            self.connection.close()
            return False
        return True

    def _json(self, value, status: int = 200, headers: dict[str, str] | None = None):
        path = self.path.partition("?")[0]
        for end, body in self.server.bodies.items():
            if path.endswith(end):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                return self.wfile.write(body)
        if "/tree/" in path and self.server.next_page:
            headers = {**(headers or {}), "Link": f'<{self.server.next_page}>; rel="next"'}
        return super()._json(value, status, headers)

    def _may_write(self) -> bool:
        if self.headers.get("authorization") != f"Bearer {self.server.token}":
            self._error(401, "Unauthorized", "Invalid username or password.")
            return False
        asked = json.loads(self.body).get("organization") if self.path == "/api/repos/create" else ""
        if asked in self.server.forbid or any(f"/{name}/" in self.path for name in self.server.forbid):
            self._error(403, "Forbidden", "You don't have the rights to write here")
            return False
        return True

    def _rest(self) -> tuple[str, str] | None:
        for prefix in ("/api/datasets/", "/datasets/"):
            if self.path.startswith(prefix):
                path = self.path.partition("?")[0].replace("%2F", "\0")[len(prefix) :]
                ids = [i for i in self.server.repos if path.startswith((f"{i}/", f"{i}.git/"))]
                return (ids[0], path[len(ids[0]) + 1 :]) if ids else None
        return None

    def _create(self, body: dict):
        repo_id = f"{body.get('organization') or 'ns'}/{body['name']}"
        url = f"{self.server.url}/datasets/{repo_id}"
        if repo_id in self.server.repos:
            return self._json({"url": url, "error": "You already created this dataset repo"}, 409)
        self.server.repos[repo_id] = Repo(body.get("visibility") == "private" or bool(body.get("private")))
        return self._json({"url": url, "id": "1"})

    def _batch(self, body: dict):
        objects = []
        for wanted in body["objects"]:
            answer = {"oid": wanted["oid"], "size": wanted["size"]}
            if not (self.server.store / wanted["oid"]).is_file():
                answer["actions"] = {"upload": {"href": f"{self.server.url}/lfs/{wanted['oid']}"}}
                if self.server.lfs_verify:
                    answer["actions"]["verify"] = {"href": self.server.lfs_verify}
            objects.append(answer)
        return self._json({"transfer": "basic", "objects": objects})

    def _post_preupload(self, repo_id: str, revision: str):
        if (found := self.server.snapshot(repo_id, revision)) is None:
            return self._error(404, "RevisionNotFound")
        files = []
        for wanted in json.loads(self.body)["files"]:
            lfs = wanted["path"].endswith((".tar", ".parquet")) or wanted["size"] > 10_000_000
            answer = {"path": wanted["path"], "uploadMode": "lfs" if lfs else "regular", "shouldIgnore": False}
            if (blob := found[1].get(wanted["path"])) is not None:
                answer["oid"] = blob.sha256 if blob.lfs else blob.git_oid
            files.append(answer)
        return self._json({"files": files})

    def _post_commit(self, repo_id: str, revision: str):
        lines = [json.loads(line) for line in self.body.splitlines()]
        repo = self.server.repos[repo_id]
        if (found := self.server.snapshot(repo_id, revision)) is None:
            return self._error(404, "RevisionNotFound")
        tree = dict(found[1])
        for line in lines[1:]:
            value = line["value"]
            if line["key"] == "file":
                data = base64.b64decode(value["content"])
                blob = Blob(len(data), hashlib.sha256(data).hexdigest(), git_oid(data), False)
                (self.server.store / blob.sha256).write_bytes(data)
                tree[value["path"]] = blob
            elif line["key"] == "lfsFile":
                here = (self.server.store / value["oid"]).is_file()
                xet_hash = None if here else self.server.xet_hash(value["oid"])
                if not here and xet_hash is None:
                    return self._error(400, "BadRequest", f"no object {value['oid']} for {value['path']}")
                tree[value["path"]] = Blob(value["size"], value["oid"], git_oid(value["oid"].encode()), True, xet_hash)
            elif line["key"] == "deletedFile":
                tree.pop(value["path"], None)
            else:
                return self._error(400, "BadRequest", f"{line['key']} is not known here")
        oid = repo.commit(tree, lines[0]["value"]["summary"])
        repo.refs[revision] = oid
        return self._json({"commitOid": oid, "commitUrl": f"{self.server.url}/datasets/{repo_id}/commit/{oid}"})

    def _post_branch(self, repo_id: str, branch: str):
        refs = self.server.repos[repo_id].refs
        if branch in refs:
            return self._json({"error": "Reference already exists"}, 409)
        refs[branch] = refs["main"]
        return self._json({})

    def _post_tag(self, repo_id: str, revision: str):
        refs, tag = self.server.repos[repo_id].refs, json.loads(self.body)["tag"]
        if tag in refs:
            return self._json({"error": "Tag already exists"}, 409)
        refs[tag] = refs.get(revision, revision)
        return self._json({})

    def _post_discussions(self, repo_id: str, _: str):
        repo = self.server.repos[repo_id]
        repo.pull_requests += 1
        repo.refs[f"refs/pr/{repo.pull_requests}"] = repo.refs["main"]
        return self._json({"num": repo.pull_requests})

    def _post_paths_info(self, repo_id: str, revision: str):
        if (found := self._snapshot(repo_id, revision)) is not None:
            entries = [self._entry(found[1], name) for name in json.loads(self.body)["paths"]]
            self._json([entry for entry in entries if entry])

    def _discussion(self, repo_id: str, number: int):
        told = {"title": "", "num": number, "createdAt": "2026-01-01T00:00:00.000Z", "status": "draft"}
        told |= {"isPullRequest": True, "changes": {"base": "refs/heads/main"}, "filesWithConflicts": [], "events": []}
        return self._json({**told, "repo": {"name": repo_id, "type": "dataset"}, "author": {"name": "ns"}, "diff": ""})

    def _xet_token(self):
        cas, until = f"local://{self.server.xet}", int(time.time()) + 3_600
        headers = {"X-Xet-Cas-Url": cas, "X-Xet-Access-Token": "x", "X-Xet-Token-Expiration": str(until)}
        return self._json({"casUrl": cas, "accessToken": "x", "exp": until}, headers=headers)
