"""Mutation fuzzing of files through the public functions that read them: only SvtaError may come out.

`fuzz(target, home, folder, seconds, seed)` mutates one file of a target at a time and calls it, in a process of its own
with limits of memory and of seconds a case; what comes out of it is told with the case that does it.
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import time
import traceback
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from pathlib import Path

from mutations import Mutator

from svta.builder.errors import SvtaError

CASE_SECONDS = 30  # of a machine that is busy
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


def fuzz(target: Target, home: Path, folder: Path, seconds: float, seed: int) -> Report:
    """Fuzz a target for some seconds; a process that dies is a case of its own, and the next goes on after it."""
    whole = _lay_out(target, home, folder / "whole")
    target.call(whole)  # loads what it needs here, once; and what the cases begin from is whole
    told, first, end = Report(target.name), 0, time.monotonic() + seconds
    while time.monotonic() < end:
        log = folder / f"{target.name}.{first}.log"
        if (child := os.fork()) == 0:
            code = 70
            try:
                _cases(target, home, folder / f"work{first}", log, end, seed, first)
                code = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(code)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        for line in lines:
            if "escaped" in line:
                told.escaped.setdefault(line["escaped"], line["detail"])
        ends = [line for line in lines if "cases" in line]
        told.cases += ends[-1]["cases"] if ends else 0
        told.refused += ends[-1]["refused"] if ends else 0
        told.peak_mb = max([told.peak_mb, *(line["peak_mb"] for line in ends)])
        if status == 0:
            break
        number = ends[-1]["number"] if ends else first
        told.escaped.setdefault(f"the process died ({status})", f"{target.name} case {number} of seed {seed}")
        first = number + 1
    return told


def _cases(target: Target, home: Path, work: Path, log: Path, end: float, seed: int, first: int) -> None:
    with open("/proc/self/statm") as file:
        size = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + SPARE_MEMORY,) * 2)
    signal.signal(signal.SIGALRM, _too_slow)
    _lay_out(target, home, work)
    files = [p for p in sorted(work.rglob("*")) if p.is_file() and p.match(target.only)]
    assert files, target
    number, refused = first, 0
    with open(log, "w", buffering=1) as out, open(os.devnull, "w") as nowhere:
        while time.monotonic() < end:
            chance = random.Random(f"{target.name} {seed} {number}")
            path = chance.choice(files)
            before = path.read_bytes()
            print(json.dumps(_told(number, first, refused)), file=out)
            what = Mutator(chance).file(path)
            signal.alarm(CASE_SECONDS)
            try:
                with redirect_stdout(nowhere), redirect_stderr(nowhere):
                    target.call(work)
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
