"""Repos made to harm whoever verifies or pulls them: nothing is fetched, written or run that should not be."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from finished import contents
from hub_client import HubClient, failed
from loopback_hub import Blob, LoopbackHub, git_oid
from reading_hub import serving

from svta.builder.card.front_matter import read_front_matter
from svta.builder.errors import DatasetError
from svta.builder.hub.dehydration import caption_hash
from svta.builder.hub.repo import repo_and_revision
from svta.builder.layout.manifest import sums_text
from svta.builder.project.yaml_text import MAX_YAML_CHARS, read_yaml

pytest_plugins = ["hub_fixtures"]
REPO = "ns/clips"


def put(
    hub: LoopbackHub, files: dict[str, bytes | None], sizes: dict[str, int] | None = None, lfs: bool = False
) -> None:
    """Commit files (None: taken away) over HTTP's back; `sizes`: what the Hub claims instead."""
    repo = hub.repos[REPO]
    tree = dict(repo.commits[repo.refs["main"]])
    for name, data in files.items():
        if data is None:
            del tree[name]
            continue
        digest = hashlib.sha256(data).hexdigest()
        (hub.store / digest).write_bytes(data)
        tree[name] = Blob((sizes or {}).get(name, len(data)), digest, git_oid(data), lfs or name.endswith(".parquet"))
    repo.refs["main"] = repo.commit(tree, f"evil {len(repo.commits)}")


def listing(hub: LoopbackHub, more: dict[str, bytes]) -> bytes:
    """SHA256SUMS as whoever knows the format writes it: the repo's files and `more`."""
    tree = hub.repos[REPO].commits[hub.repos[REPO].refs["main"]]
    sums = {name: blob.sha256 for name, blob in tree.items() if name != "SHA256SUMS"}
    return sums_text(sums | {name: hashlib.sha256(data).hexdigest() for name, data in more.items()}).encode()


EVIL_NAMES = (
    "../../evil.txt", "/etc/evil", "data/../../evil", "a/./../b", ".git/hooks/post-checkout", ".bashrc", "yaml.py",
    "data/train/evil.so", "sitecustomize.py", "SHA256SUMS.part",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", EVIL_NAMES)
def test_names_that_leave_the_folder_hide_or_run_are_refused(
    pushed: LoopbackHub, lfs: HubClient, tmp_path: Path, name: str
) -> None:
    data = b"print('run')"
    put(pushed, {name: data, "SHA256SUMS": listing(pushed, {name: data})})
    before = contents(tmp_path)
    done = lfs.run("pull", REPO, tmp_path / "deep" / "er" / "d")
    assert done.code == 2 and done.err.count("\n") == 1, done
    assert contents(tmp_path) == before
    assert not any(path.endswith(".tar") for _, path in pushed.requests)
    done = lfs.run("verify", REPO)
    assert done.code in (1, 2) and "Traceback" not in done.err


def test_code_beside_the_dataset_is_a_finding_and_never_fetched(
    pushed: LoopbackHub, lfs: HubClient, tmp_path: Path
) -> None:
    put(pushed, {"datasets.py": b"print('run')", "notes/plan.txt": b"x", "photo.png": b"x"})
    done = lfs.run("verify", REPO, "--json")
    told = json.loads(done.out)
    assert done.code == 1 and [(f["code"], f["file"]) for f in told["findings"]] == [("code", "datasets.py")]
    assert [f["file"] for f in told["notes"]] == ["notes/plan.txt", "photo.png"]
    assert lfs.run("pull", REPO, tmp_path / "d").code == 0
    assert not {"datasets.py", "photo.png", "notes"} & {path.name for path in (tmp_path / "d").iterdir()}
    assert not any("datasets.py" in path or "photo" in path for _, path in pushed.requests)


@pytest.mark.parametrize("name", ["clips.parquet", "README.md", "SHA256SUMS", "taxonomy.json", "build.json"])
def test_a_file_that_claims_ten_gigabytes_is_not_fetched(
    pushed: LoopbackHub, lfs: HubClient, tmp_path: Path, name: str
) -> None:
    put(pushed, {name: b"PAR1 no more"}, {name: 10_000_000_000})
    done = lfs.run("verify", REPO)
    assert done.code in (1, 2) and name in done.err + done.out and "10,000,000,000 bytes" in done.err + done.out, done
    assert not any("/resolve/" in path and path.endswith(name) for _, path in pushed.requests)
    done = lfs.run("pull", REPO, tmp_path / "d")
    assert done.code == 2 and done.err.count("\n") == 1, done


@pytest.mark.slow
def test_a_shard_larger_than_any_disk(pushed: LoopbackHub, lfs: HubClient, tmp_path: Path) -> None:
    name = "data/train/svta-train-00000.tar"
    huge = 1 << 60
    put(pushed, {name: b"x", "SHA256SUMS": None}, {name: huge}, lfs=True)
    put(pushed, {"SHA256SUMS": listing(pushed, {})})
    for level in ((), ("--deep",)):
        done = lfs.run("verify", REPO, *level)
        assert done.code == 1 and name in done.out, done
    failed(lfs.run("pull", REPO, tmp_path / "d"), 2, "are free on this disk")
    assert not any("/resolve/" in path and path.endswith(name) for _, path in pushed.requests)


BOMBS = {
    "aliases": "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12))
    + "configs: *a11\ndataset_info: *a11\n",
    "merges": "m0: &m0 {k: v}\n"
    + "".join(f"m{i}: &m{i} {{<<: [{', '.join([f'*m{i - 1}'] * 9)}]}}\n" for i in range(1, 12)),
    "brackets": "a: " + "[" * 5_000 + "]" * 5_000 + "\n",
    "date": "a: 2020-13-45\n",
    "digits": "a: " + "9" * 5_000 + "\n",
    "object": "a: !!python/object/apply:os.system [id]\n",
    "long": "a: " + "x" * MAX_YAML_CHARS + "\n",
    "unhashable": "? [a, b]\n: c\n",
    "not text": "a: \x00\n",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(120)  # setting the Hub up counts too
@pytest.mark.parametrize("kind", BOMBS)
def test_a_card_that_explodes_is_a_finding(pushed: LoopbackHub, lfs: HubClient, kind: str) -> None:
    card = f"---\n{BOMBS[kind]}---\n# Card\n".encode()
    put(pushed, {"README.md": card, "SHA256SUMS": None})
    put(pushed, {"SHA256SUMS": listing(pushed, {})})
    done = lfs.run("verify", REPO)
    assert done.code == 1 and "README.md" in done.out and len(done.out) < 5_000, done
    if kind != "aliases":
        with pytest.raises(DatasetError, match=r"README\.md: its YAML"):
            read_front_matter(card.decode())


def index_with(hub: LoopbackHub, change: Callable[[dict[str, Any]], dict[str, Any]]) -> bytes:
    """The repo's clips.parquet with each row changed."""
    table = pq.read_table(pa.BufferReader(hub.pushed_bytes(REPO)["clips.parquet"]))
    out = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist([change(row) for row in table.to_pylist()], schema=table.schema), out)
    return out.getvalue().to_pybytes()


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["{}", "../../../{}", "data/../../../home/thesis.tar", "data/test/new.tar", "README.md"]
)
def test_an_index_that_names_files_outside_the_folder(
    pushed: LoopbackHub, lfs: HubClient, tmp_path: Path, name: str
) -> None:
    """Pulls that write the dataset anew (some splits, captions put back) take names of shards out of the index."""
    victim = tmp_path / "home" / "thesis.tar"
    victim.parent.mkdir()
    victim.write_bytes(b"years of work")
    caption = "a man falls on the stairs"
    (tmp_path / "captions.csv").write_text(f"caption\n{caption}\n")
    shard = name.format(victim if name == "{}" else "home/thesis.tar")

    def evil(row: dict[str, Any]) -> dict[str, Any]:
        if row["split"] != "test":
            return row
        row |= {"shard": shard, "offset": 512, "size": 600, "sha256": None}
        return row | {"caption": caption_hash(caption), "flags": ["dehydrated"]}

    data = index_with(pushed, evil)
    put(pushed, {"clips.parquet": data, "SHA256SUMS": None})
    put(pushed, {"SHA256SUMS": listing(pushed, {})})
    before = contents(tmp_path / "home")
    sources = ("--source", f"table={tmp_path / 'captions.csv'}")
    for number, options in enumerate((("--split", "test"), ("--config", "default"), sources)):
        done = lfs.run("pull", REPO, tmp_path / "deep" / f"out{number}", *options)
        failed(done, 2)
        assert "(not foreseen: " not in done.err and shard.rpartition("/")[2] in done.err, done
        assert contents(tmp_path / "home") == before
    done = lfs.run("verify", REPO)
    assert done.code == 1 and "(not foreseen: " not in done.err
    assert contents(tmp_path / "home") == before


@pytest.mark.parametrize("name", ["data/train/svta-train-00000.tar", "taxonomy.json"])  # README.md may be edited
def test_a_file_that_is_not_the_listed_one_is_not_installed(
    pushed: LoopbackHub, lfs: HubClient, tmp_path: Path, name: str
) -> None:
    """The Hub lists the right checksum and sends other bytes of the same length: every file is hashed here."""
    blob = pushed.repos[REPO].commits[pushed.repos[REPO].refs["main"]][name]
    right = (pushed.store / blob.sha256).read_bytes()
    (pushed.store / blob.sha256).write_bytes(right[:-1] + bytes([right[-1] ^ 1]))
    try:
        failed(lfs.run("pull", REPO, tmp_path / "d"), 2, name, "is not the file that SHA256SUMS lists")
    finally:
        (pushed.store / blob.sha256).write_bytes(right)
    assert not (tmp_path / "d" / "SHA256SUMS").exists() and not (tmp_path / "d" / name).exists()
    assert lfs.run("pull", REPO, tmp_path / "d").code == 0


def test_a_listing_that_lies_about_sizes_fills_no_disk(pushed: LoopbackHub, lfs: HubClient, tmp_path: Path) -> None:
    shard = "data/train/svta-train-00000.tar"
    real = pushed.pushed_bytes(REPO)[shard]
    tree = dict(pushed.repos[REPO].commits[pushed.repos[REPO].refs["main"]])
    listed = tree[shard]
    put(pushed, {shard: real + bytes(1_000_000)}, lfs=True)
    pushed.entry = lambda tree, name: {  # type: ignore[method-assign]
        **LoopbackHub.entry(pushed, tree, name),
        **({"size": listed.size, "lfs": {"oid": listed.sha256, "size": 1, "pointerSize": 1}} if name == shard else {}),
    }
    try:
        failed(lfs.run("pull", REPO, tmp_path / "d"), 2, shard, f"the limit is {listed.size:,}")
    finally:
        del pushed.entry
    assert not (tmp_path / "d" / "SHA256SUMS").exists()


@pytest.fixture
def elsewhere() -> Iterator[LoopbackHub]:
    """Another host: it answers everything and remembers what was asked."""
    with serving(Elsewhere()) as server:
        yield server


class Elsewhere(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Listener)
        self.seen: list[tuple[str, str, str | None]] = []
        self.url = f"http://localhost:{self.server_port}"


class Listener(BaseHTTPRequestHandler):
    server: Elsewhere

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.server.seen.append((self.command, self.path, self.headers.get("authorization")))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"[]")

    do_POST = do_PUT = do_HEAD = do_GET


@pytest.mark.slow
def test_the_token_stays_at_the_endpoint(
    lfs: HubClient, fresh: LoopbackHub, dataset: Path, tmp_path: Path, elsewhere: Elsewhere
) -> None:
    fresh.lfs_verify = f"{elsewhere.url}/verify"
    failed(lfs.run("push", dataset, REPO), 2, f"another host, {elsewhere.url[7:]}")
    fresh.lfs_verify = f"{fresh.url}/verify"
    assert lfs.run("push", dataset, REPO).code == 0
    fresh.next_page = f"{elsewhere.url}/next"
    for command in (("verify", REPO), ("pull", REPO, tmp_path / "d"), ("info", REPO), ("push", dataset, REPO)):
        failed(lfs.run(*command), 2, f"another host, {elsewhere.url[7:]}")
    assert not elsewhere.seen and not (tmp_path / "d").exists()


@pytest.mark.slow
@pytest.mark.parametrize("etag", ["{}/site-packages/evil.pth", "../../../../evil"])
def test_an_etag_names_no_file_outside_the_cache(
    pushed: LoopbackHub, lfs: HubClient, tmp_path: Path, etag: str
) -> None:
    shutil.rmtree(lfs.home / "hub", ignore_errors=True)
    pushed.etags = dict.fromkeys(("taxonomy.json", "clips.parquet", "SHA256SUMS"), etag.format(tmp_path))
    failed(lfs.run("verify", REPO), 2, "ETag", "cannot be a file name")
    failed(lfs.run("pull", REPO, tmp_path / "d"), 2, "ETag", "cannot be a file name")
    for code in ("svta.open_dataset('ns/clips').taxonomy", "datasets.load_dataset('svta', repo_id='ns/clips')"):
        done = lfs.python(
            f"import datasets, svta\ntry: {code}\nexcept Exception as e: print(e)\nelse: raise SystemExit(9)"
        )
        assert done.code == 0 and "cannot be a file name" in done.out, done
    assert not list(tmp_path.iterdir())
    assert not [path for path in lfs.home.parent.rglob("evil*")]


@pytest.mark.parametrize("end", ["/api/datasets/ns/clips", "/tree/{commit}"])
@pytest.mark.parametrize("body", [b"null", b"[]", b'{"sha": 5}', b'[{"type":"file","path":"a","size":"x","oid":"y"}]'])
def test_answers_of_the_hub_that_are_none_are_one_line(
    pushed: LoopbackHub, lfs: HubClient, tmp_path: Path, end: str, body: bytes
) -> None:
    pushed.bodies = {end.format(commit=pushed.repos[REPO].refs["main"]): body}
    for command in (("verify", REPO), ("pull", REPO, tmp_path / "d"), ("info", REPO)):
        done = lfs.run(*command)
        failed(done, 2, REPO)
        assert done.err.count("\n") == 1 and "(not foreseen: " not in done.err, done


def test_a_hub_that_repeats_the_token_does_not_put_it_on_the_screen(
    lfs: HubClient, fresh: LoopbackHub, dataset: Path, tmp_path: Path
) -> None:
    token, fresh.echo = fresh.token, True
    for command in (("push", dataset, REPO), ("verify", REPO), ("pull", REPO, tmp_path / "d")):
        done = lfs.run(*command)
        failed(done, 2, "no permission to do this")
        assert token not in done.err + done.out


def test_yaml_that_is_none_and_names_that_are_none() -> None:
    with pytest.raises(DatasetError, match=r"eval\.yaml: its YAML is not a mapping"):
        read_yaml("- a\n", "eval.yaml")
    assert repo_and_revision("hf://datasets/ns/name@refs/pr/1") == ("ns/name", "refs/pr/1")
    for name in ("name", "/ns/name", "ns/..", "../name", "ns/na me", "ns/-x", "ns/" + "x" * 97, "hf://models/ns/name"):
        with pytest.raises(DatasetError, match="is not a repo id"):
            repo_and_revision(name)
