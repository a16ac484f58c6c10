"""Mutation fuzzing of files through the public functions that read them: only SvtaError may come out.

`fuzz(target, world, folder, seconds, seed)` mutates one file of a target at a time and calls it, in a process of its
own with limits of memory and of seconds a case; what comes out of it is told with the case that does it. The process is
forked from one that runs nothing (fork_server.py): a fork of a process with threads can wait for ever.
"""

from __future__ import annotations

import faulthandler
import json
import os
import random
import resource
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from pathlib import Path

import fork_server
from mutations import Mutator
from writing_commands import World

from svta.builder.errors import SvtaError

CASE_SECONDS = 30  # of a machine that is busy
DEAF_SECONDS = 90  # a process that does not even hear that a case is too slow ends by then
SPARE_MEMORY = 2 << 30  # address space beyond what the process has at its start
KEEP = os.environ.get("SVTA_FUZZ_KEEP")


@dataclass(frozen=True)
class Target:
    """Files or a folder of the world, and the function that reads them."""

    name: str
    inputs: tuple[str, ...]
    call: Callable[[Path], object]
    only: str = "*"  # which of the files are mutated


@dataclass
class Report:
    """What came of a target: how many cases, the peak of memory, and the first case of each kind of other error."""

    name: str
    cases: int = 0
    refused: int = 0
    peak_mb: int = 0
    escaped: dict[str, str] = field(default_factory=dict)


class TooSlow(BaseException):
    """A case took longer than CASE_SECONDS."""


def fuzz(target: Target, world: World, folder: Path, seconds: float, seed: int) -> Report:
    """Fuzz a target for some seconds; a process that dies is a case of its own, and the next goes on after it."""
    told, first, end = Report(target.name), 0, time.monotonic() + seconds
    while first == 0 or time.monotonic() < end:
        work, log = folder / f"work{first}", folder / f"{target.name}.{first}.log"
        arguments = (target.name, str(world.home), str(work), str(log), end, seed, first)
        code = f"import fuzz_targets, fuzzing; fuzzing.cases(fuzz_targets.TARGETS, *{arguments!r})"
        done = fork_server.ask(world.server, {"code": code, "seconds": int(seconds) + 600})
        lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        for line in lines:
            if "escaped" in line:
                told.escaped.setdefault(line["escaped"], line["detail"])
        ends = [line for line in lines if "cases" in line]
        told.cases += ends[-1]["cases"] if ends else 0
        told.refused += ends[-1]["refused"] if ends else 0
        told.peak_mb = max([told.peak_mb, *(line["peak_mb"] for line in ends)])
        if done["code"] == 0:
            break
        number = ends[-1]["number"] if ends else first
        died = f"{target.name} case {number} of seed {seed}\n{done['err'][-1500:]}"
        told.escaped.setdefault(f"the process died ({done['code']})", died)
        first = number + 1
    return told


def cases(
    targets: tuple[Target, ...], name: str, home: str, work: str, log: str, end: float, seed: int, first: int
) -> None:
    """One mutated file after the other until `end` (seconds of the monotonic clock); every line of the log is true."""
    target = next(target for target in targets if target.name == name)
    target.call(_lay_out(target, Path(home), Path(work) / "whole"))  # loads what it needs, and what is whole is read
    with open("/proc/self/statm") as file:
        size = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + SPARE_MEMORY,) * 2)
    signal.signal(signal.SIGALRM, _too_slow)
    mutated = _lay_out(target, Path(home), Path(work) / "mutated")
    files = [p for p in sorted(mutated.rglob("*")) if p.is_file() and p.match(target.only)]
    assert files, target
    number, refused = first, 0
    with open(log, "w", buffering=1) as out, open(os.devnull, "w") as nowhere:
        while number == first or time.monotonic() < end:
            faulthandler.dump_traceback_later(DEAF_SECONDS, exit=True, file=sys.__stderr__)
            chance = random.Random(f"{target.name} {seed} {number}")
            path = chance.choice(files)
            before = path.read_bytes()
            print(json.dumps(_told(number, first, refused)), file=out)
            what = Mutator(chance).file(path)
            signal.alarm(CASE_SECONDS)
            try:
                with redirect_stdout(nowhere), redirect_stderr(nowhere):
                    target.call(mutated)
            except SvtaError:
                refused += 1
            except BaseException as error:
                signal.alarm(0)
                kept = _keep(target, number, path)
                detail = f"case {number} of seed {seed}, {what}{kept}: {error!r:.300}\n{traceback.format_exc()[-1500:]}"
                print(json.dumps({"escaped": _kind(error), "detail": detail}), file=out)
            finally:
                signal.alarm(0)
            path.write_bytes(before)
            number += 1
        faulthandler.cancel_dump_traceback_later()
        print(json.dumps(_told(number, first, refused)), file=out)


def _lay_out(target: Target, home: Path, work: Path) -> Path:
    for name in target.inputs:
        source = home / name
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, work / name)
    return work


def _told(number: int, first: int, refused: int) -> dict[str, int]:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    return {"number": number, "cases": number - first, "refused": refused, "peak_mb": peak}


def _too_slow(*_: object) -> None:
    raise TooSlow


def _kind(error: BaseException) -> str:
    """The type of an error, and the last line of ours it came through."""
    steps = [
        s
        for s in traceback.extract_tb(error.__traceback__)
        if any(f"/{r}/" in s.filename for r in ("builder", "generation", "eval"))
    ]
    place = "/".join(Path(steps[-1].filename).parts[-3:]) + f":{steps[-1].lineno}" if steps else "?"
    return f"{type(error).__name__} at {place}"


def _keep(target: Target, number: int, path: Path) -> str:
    if not KEEP:
        return ""
    kept = Path(KEEP) / f"{target.name.replace(' ', '-')}-{number}-{path.name}"
    kept.parent.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):
        shutil.copyfile(path, kept)
    return f" ({kept})"
