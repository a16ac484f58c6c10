"""A process that runs commands and code each in a fork of its own: imports are paid once, exits and kills are real.

`svta("verify", folder)` is `python -m svta verify folder` without the second that a fresh process takes to load it.
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
from functools import cache
from pathlib import Path

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


def _child(order: dict) -> None:
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
    os._exit(code)


def _serve(modules: list[str]) -> None:
    for module in modules:
        importlib.import_module(module)
    if "huggingface_hub.hf_api" in modules:
        importlib.import_module("huggingface_hub.hf_api").RepoFile  # noqa: B018 - loaded here, once
    for line in sys.stdin:
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            pid = os.fork()
            if not pid:
                sys.stdin.readline()  # "go": the test knows whom to kill
                os.dup2(out.fileno(), 1)
                os.dup2(err.fileno(), 2)
                _child(json.loads(line))
            print(pid, flush=True)
            _, status = os.waitpid(pid, 0)
            texts = []
            for file in (out, err):
                file.seek(0)
                texts.append(file.read().decode(errors="replace"))
        print(json.dumps({"code": os.waitstatus_to_exitcode(status), "out": texts[0], "err": texts[1]}), flush=True)


if __name__ == "__main__":
    _serve(sys.argv[1:])
