"""A process that runs commands and code each in a fork of its own: imports are paid once, exits and kills are real.

`svta("verify", folder)` is `python -m svta verify folder` without the second that a fresh process takes to load it.
What two commands have loaded, the server loads before the third.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO

LIBRARIES = ("torch", "transformers", "datasets", "sklearn.cluster", "openpyxl", "numpy", "pyarrow.parquet", "av")
MODULES = ("svta.cli.app", "svta.builder.packing.pack", "svta.builder.verify.folder")


@cache
def _server(pid: int) -> subprocess.Popen[str]:
    """The server of this process; it ends when its stdin is closed, which is when we end."""
    return subprocess.Popen(
        [sys.executable, __file__, *MODULES], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def svta(*args: object, cwd: Path | None = None, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """`svta ...` in a folder and with more variables: how it ended, stdout and stderr."""
    order = {"args": [str(arg) for arg in args], "seconds": 120, "cwd": str(cwd or Path.cwd()), "env": env or {}}
    done = ask(_server(os.getpid()), order)
    return subprocess.CompletedProcess(list(args), done["code"], done["out"], done["err"])


def ask(server: subprocess.Popen[str], order: dict, started: list[int] | None = None) -> dict:
    """Run an order; the pid of the fork is added to `started` before it begins."""
    assert server.stdin and server.stdout
    server.stdin.write(json.dumps(order) + "\n")
    server.stdin.flush()
    pid = int(server.stdout.readline())
    if started is not None:
        started.append(pid)
    server.stdin.write("go\n")
    server.stdin.flush()
    return json.loads(server.stdout.readline())


def _child(order: dict, loaded: IO[bytes]) -> None:
    before = set(sys.modules)
    signal.alarm(order["seconds"])
    os.environ.update(order.get("env", {}))
    try:
        os.chdir(order.get("cwd", "."))
        if faults := order.get("faults"):
            import fault_points

            fault_points.arm(**faults)
        if "code" in order:
            exec(compile(order["code"], "<test>", "exec"), {"__name__": "__main__"})
        else:
            from svta.cli import main

            main(order["args"])
        code = 0
    except SystemExit as stop:
        code = int(stop.code or 0)
    except BaseException:
        traceback.print_exc()
        code = 70
    sys.stdout.flush()
    sys.stderr.flush()
    loaded.write("\n".join(name for name in sys.modules if name not in before).encode())
    loaded.flush()
    os._exit(code)


def _load_what_is_common(names: list[str], seen: Counter[str]) -> None:
    """Import modules of svta, and libraries that take long, when a second child has loaded them."""
    seen.update(name for name in names if name.startswith("svta.") or name in LIBRARIES)
    for name in (name for name in names if seen[name] == 2):
        with suppress(Exception):  # the command itself tells what is wrong
            importlib.import_module(name)


def _serve(modules: list[str]) -> None:
    for module in modules:
        importlib.import_module(module)
    if "huggingface_hub.hf_api" in modules:
        importlib.import_module("huggingface_hub.hf_api").RepoFile  # noqa: B018 - loaded here, once
    seen: Counter[str] = Counter()
    for line in sys.stdin:
        if line == "go\n":  # its fork was killed before it read it
            continue
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as loaded:
            pid = os.fork()
            if not pid:
                sys.stdin.readline()  # "go": the test knows whom to kill
                os.dup2(out.fileno(), 1)
                os.dup2(err.fileno(), 2)
                _child(json.loads(line), loaded)
            print(pid, flush=True)
            _, status = os.waitpid(pid, 0)
            texts = []
            for file in (out, err, loaded):
                file.seek(0)
                texts.append(file.read().decode(errors="replace"))
            _load_what_is_common(texts.pop().split(), seen)
        print(json.dumps({"code": os.waitstatus_to_exitcode(status), "out": texts[0], "err": texts[1]}), flush=True)


if __name__ == "__main__":
    _serve(sys.argv[1:])
