"""What a training run leaves on disk, and how it goes on from there: `svta train` writes CKPT/ through this module.

model.safetensors and its companions (the best weights, whole files only), trainer.pt (all that the next step needs;
gone when the run is finished), metrics.jsonl (one line a step, cut back to trainer.pt's step when a run goes on) and
training.json (what was asked and came out, last). A killed run, a full disk or a loss that is no number leaves them
readable.
"""

from __future__ import annotations

import errno
import io
import json
import logging
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import torch

from svta.builder.errors import SvtaError
from svta.builder.io.files import atomic_write, write_text

logger = logging.getLogger(__name__)
STATE: Final = "trainer.pt"
DONE: Final = "training.json"
METRICS: Final = "metrics.jsonl"
_SAVING: Final = ".saving"


class TrainingError(SvtaError):
    """A training run that cannot start or go on: no clips, another run's checkpoint, a loss that is no number."""


class MetricsLog:
    """metrics.jsonl: a line a step, written at once. Going on at `step` drops the lines of steps that were lost."""

    def __init__(self, path: Path, step: int):
        if path.exists():
            kept = [line for line in path.read_text(encoding="utf-8").splitlines() if _step_of(line) <= step]
            write_text(path, "".join(f"{line}\n" for line in kept))
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8")

    def write(self, line: dict[str, Any]) -> None:
        """One step's figures."""
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()

    def close(self) -> None:
        """No more lines."""
        self._file.close()


def _step_of(line: str) -> float:
    """The step of a line; infinite for the half line a kill left."""
    try:
        return float(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError):
        return float("inf")


def save_state(folder: Path, state: dict[str, Any]) -> None:
    """trainer.pt, whole or not at all."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    with atomic_write(folder / STATE) as file:
        file.write(buffer.getbuffer())


def load_state(folder: Path, asked: dict[str, Any], device: torch.device) -> dict[str, Any] | None:
    """What trainer.pt holds, None where there is none. TrainingError when it is damaged or belongs to another run."""
    path = folder / STATE
    if not path.exists():
        return None
    try:
        state = torch.load(path, map_location=device, weights_only=True)
        found = json.loads(state["asked"])
    except Exception as error:  # torch raises many kinds for a damaged file
        raise TrainingError(f"{path}: not readable ({type(error).__name__}); delete it to start anew") from None
    check_same_run(path, found, asked)
    return dict(state)


def save_model(model: Any, folder: Path) -> None:
    """model.save_pretrained into `folder`, each file whole: written beside, then renamed."""
    beside = folder / _SAVING
    shutil.rmtree(beside, ignore_errors=True)  # of a killed run
    beside.mkdir(parents=True)
    try:
        model.save_pretrained(beside)
        mode = stat.S_IMODE(beside.stat().st_mode) & 0o666
        for path in sorted(beside.iterdir()):
            path.chmod(mode)  # safetensors writes for its owner alone
            os.replace(path, folder / path.name)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def finished_run(folder: Path, asked: dict[str, Any]) -> dict[str, Any] | None:
    """What training.json of a finished run says, None where there is none; TrainingError if it was another run."""
    path = folder / DONE
    if not path.exists():
        return None
    try:
        done = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise TrainingError(f"{path}: not JSON ({error}); delete it to start anew") from None
    if not isinstance(done, dict):
        raise TrainingError(f"{path}: no training.json of svta; take another --out")
    check_same_run(path, {name: done.get(name) for name in asked}, asked)
    return done


def check_same_run(path: Path, found: dict[str, Any], asked: dict[str, Any]) -> None:
    """TrainingError that names everything in which the run at `path` differs from the one asked for."""
    flat_found, flat_asked = ({**d, **(d.get("recipe") or {})} for d in (found, asked))
    differs = [
        f"{name} {flat_found.get(name)!r}, asked for {value!r}"
        for name, value in flat_asked.items()
        if name != "recipe" and flat_found.get(name) != value
    ]
    if differs:
        raise TrainingError(f"{path} belongs to another run ({'; '.join(differs)}): take another --out, or delete it")


@contextmanager
def told_when_full(folder: Path, step: int) -> Iterator[None]:
    """A disk that is full while saving: one line with what is kept and how to go on."""
    try:
        yield
    except Exception as error:  # safetensors and torch wrap the system's error in kinds of their own
        causes = (error, error.__cause__, error.__context__)
        full = any(isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT) for cause in causes)
        if not (full or "No space left" in str(error) or "os error 28" in str(error)):
            raise
        raise TrainingError(
            f"{folder}: the disk is full at step {step}; what was saved before is whole: free some space, and the same "
            "command goes on"
        ) from None
