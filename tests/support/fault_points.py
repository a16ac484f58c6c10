"""Faults inside a command: at its n-th step on the disk it is killed, the disk is full, or the clock jumps.

A step is a file that is opened to be written, or a file or folder that is made, renamed or removed: the audit events of
Python (sys.addaudithook), which come before what they announce. `arm` is called in the process of the command.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Callable
from itertools import count
from typing import Any

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
STEPS = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate"}
NO_FILES = ("/dev", "/proc", "/sys")
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2


def is_step(event: str, args: tuple[Any, ...]) -> bool:
    """Whether an audit event changes something on the disk."""
    if event == "open":
        path, _, flags = args
        return bool(flags and flags & WRITES) and not str(path).startswith(NO_FILES)
    return event in STEPS


def arm(
    *,
    count_in: str | None = None,
    kill_at: int | None = None,
    full_at: int | None = None,
    room: int | None = None,
    unprivileged: bool = False,
    jump_at: tuple[int, float] | None = None,
    change: tuple[str, int, str] | None = None,
) -> None:
    """Arm the faults that are named.

    count_in: a file that gets a byte a step, to learn how many there are. kill_at: SIGKILL at this step. full_at: this
    step and all after it meet a full disk. room: bytes that a file may have, a full disk for what is written by
    compiled libraries. unprivileged: root obeys the modes of files. jump_at: (step, seconds) by which the clock jumps.
    change: (file, number, other) puts the bytes of the other in its place before it is opened for the number-th time.
    """
    numbers, reads = count(1), count(1)
    step_faults: list[Callable[[int], None]] = []
    if count_in is not None:
        log = os.open(count_in, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        step_faults.append(lambda number: _note(log))
    if kill_at is not None:
        step_faults.append(lambda number: os.kill(os.getpid(), signal.SIGKILL) if number == kill_at else None)
    if full_at is not None:
        step_faults.append(lambda number: _full() if number >= full_at else None)
    if jump_at is not None:
        step_faults.append(lambda number: _jump(jump_at[1]) if number == jump_at[0] else None)
    if room is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    if unprivileged:
        _obey_modes()
    owner = os.getpid()

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if os.getpid() != owner:  # a worker's steps are its own
            return
        if change is not None and event == "open" and str(args[0]).endswith(change[0]) and next(reads) == change[1]:
            shutil.copyfile(change[2], change[0])
        if is_step(event, args):
            number = next(numbers)
            for fault in step_faults:
                fault(number)

    sys.addaudithook(hook)


def _note(log: int) -> None:
    os.write(log, b".")


def _full() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _jump(seconds: float) -> None:
    now, now_ns = time.time, time.time_ns
    time.time = lambda: now() + seconds
    time.time_ns = lambda: now_ns() + int(seconds * 1e9)


def _obey_modes() -> None:
    """Drop the capabilities by which root reads and writes whatever it likes."""
    if os.geteuid() != 0:
        return
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    data = (ctypes.c_uint32 * 6)()
    libc = ctypes.CDLL(None, use_errno=True)
    dropped = 1 << CAP_DAC_OVERRIDE | 1 << CAP_DAC_READ_SEARCH
    if libc.capget(header, data):
        raise OSError(ctypes.get_errno(), "capget")
    data[0] &= ~dropped & 0xFFFFFFFF
    if libc.capset(header, data):
        raise OSError(ctypes.get_errno(), "capset")
