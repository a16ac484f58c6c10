"""A process that runs svta's commands against a loopback Hub, each in a fork (fork_server.py).

HF_ENDPOINT and HF_HUB_DISABLE_XET are read when huggingface_hub is imported, so each Hub needs a process of its own.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import fork_server
from loopback_hub import LoopbackHub, client_env

MODULES = ("huggingface_hub.hf_api", "svta.builder.hub.pull", "svta.builder.hub.push")  # loaded once
SHARD = "data/train/svta-train-00003.tar"


class Done(NamedTuple):
    """How a command ended: exit code (minus the signal that killed it), stdout, stderr."""

    code: int
    out: str
    err: str


class HubClient:
    """`run("push", ...)` is `svta push ...`; `python(code)` runs code.

    It is killed at request N with kill_at=N, by SIGALRM after so many `seconds` of its own, where those are given.
    """

    def __init__(self, hub: LoopbackHub, process: subprocess.Popen, home: Path, xet: bool):
        self.hub, self.process, self.home, self.xet = hub, process, home, xet

    def run(self, *args: object, kill_at: int | None = None, seconds: int = 0) -> Done:
        return self._ask({"args": [str(arg) for arg in args], "seconds": seconds}, kill_at)

    def python(self, code: str, seconds: int = 0) -> Done:
        return self._ask({"code": code, "seconds": seconds}, None)

    def _ask(self, order: dict, kill_at: int | None) -> Done:
        before, started = len(self.hub.requests), []

        def watch(number: int) -> None:
            if kill_at is not None and number - before >= kill_at and started:
                with suppress(ProcessLookupError):
                    os.kill(started[0], signal.SIGKILL)

        self.hub.on_request = watch
        done = Done(**fork_server.ask(self.process, order, started))
        self.hub.on_request = lambda number: None
        return done


@contextmanager
def hub_client(hub: LoopbackHub, folder: Path, *, xet: bool = False) -> Iterator[HubClient]:
    env, home = client_env(hub, folder / "hf", xet=xet), folder / "hf"
    with subprocess.Popen(
        [sys.executable, fork_server.__file__, *MODULES],
        env=env,
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield HubClient(hub, process, home, xet)
        process.stdin.close()


def empty(hub: LoopbackHub) -> None:
    hub.repos.clear()
    hub.puts.clear()
    hub.requests.clear()
    hub.fault_at.clear()
    hub.fault_on.clear()
    hub.be_friendly()
    for path in hub.store.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def sums(files: dict[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


def failed(done: Done, code: int, *words: str) -> None:
    """One line on stderr, no traceback, and these words in it."""
    assert done.code == code, done
    last = done.err.strip().splitlines()[-1]
    assert "Traceback" not in done.err and all(word in last for word in words), done.err
