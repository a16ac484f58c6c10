"""Tokens, keys and passwords stand in nothing that a command prints or writes, nor in a cache, also where it fails.

World.run and World.state look for them in every other test of this folder.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from chat_server import raw_server
from writing_commands import KEY, PASSWORD, SECRETS, TOKEN, WRITERS, World, Writer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_200)]
TALKERS = [writer for writer in WRITERS if "{" in writer.args or "pull" in writer.args]


def holds_secrets(folder: Path) -> list[str]:
    """Files below a folder that hold one, by name or content."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [str(path) for path in files if any(mark in path.read_bytes() + os.fsencode(path) for mark in SECRETS)]


def with_debug(world: World, line: str, folder: Path, **env: str):  # type: ignore[no-untyped-def]
    import fork_server

    order = {"args": [*line.split(), "--debug"], "seconds": 120, "cwd": str(folder), "env": env}
    return world.done(fork_server.ask(world.server, order))


@pytest.mark.parametrize("writer", TALKERS, ids=lambda writer: writer.name.replace(" ", "-"))
def test_a_run_that_ends_well(world: World, tmp_path: Path, writer: Writer) -> None:
    folder = world.lay_out(writer, tmp_path / "run")
    line = writer.args.format(**world.places, repo=world.repo_of[folder])
    done = with_debug(world, line, folder)
    assert done.code == 0, done
    assert not holds_secrets(folder) and not holds_secrets(world.home.parent / "hf")
    if "{repo}" in writer.args:
        pushed = world.hub.pushed_bytes(world.repo_of[folder])
        assert not [name for name, data in pushed.items() if any(mark in data for mark in SECRETS)]


@pytest.mark.parametrize("line", ["push ds ns/other", "pull ns/base copy", "verify ns/base", "info ns/base"])
def test_a_hub_that_repeats_the_header(world: World, tmp_path: Path, line: str) -> None:
    folder = world.lay_out(next(writer for writer in WRITERS if writer.name == "push"), tmp_path / "run")
    world.hub.echo = True
    try:
        done = with_debug(world, line, folder)
    finally:
        world.hub.echo = False
    assert done.code == 2 and "Traceback" in done.err, done
    assert not holds_secrets(folder) and not holds_secrets(world.home.parent / "hf")


ANSWERS = {
    "an error": b"HTTP/1.1 401 Unauthorized\r\n",
    "no HTTP": b"220 hello\r\n",
    "half a body": b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n",
}


@pytest.mark.parametrize("kind", ANSWERS)
@pytest.mark.parametrize("name", ["describe chat", "audit"])
def test_an_endpoint_that_repeats_the_key(world: World, tmp_path: Path, name: str, kind: str) -> None:
    writer = next(writer for writer in WRITERS if writer.name == name)
    folder = world.lay_out(writer, tmp_path / "run")
    body = f'{{"error": {{"message": "Incorrect API key: Bearer {KEY} of user:{PASSWORD}, not {TOKEN}"}}}}'.encode()
    head = ANSWERS[kind] + (b"" if b"Length" in ANSWERS[kind] else b"Content-Length: %d\r\n" % len(body))
    with raw_server(lambda number: head + b"Connection: close\r\n\r\n" + body) as (url, asked):
        url = url.replace("://", f"://user:{PASSWORD}@")
        line = writer.args.format(chat=f"{url} --chat-model m", vision=url, repo="")
        done = with_debug(world, line.replace("--chat-model m --chat-model m", "--chat-model m"), folder)
    assert done.code in (1, 2) and asked, done
    assert not holds_secrets(folder)
