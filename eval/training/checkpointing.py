"""What a training run leaves on disk, and how it goes on from there: `svta train` writes CKPT/ through this module.

model.safetensors and its companions (the best weights, whole files only), trainer.pt (all that the next step needs;
gone when the run is finished), metrics.jsonl (one line per step, cut back to trainer.pt's step when a run resumes) and
training.json (settings and results, last). They stay readable after a kill, a full disk or a NaN loss.
"""

from __future__ import annotations

import io
import json
import math
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Final

import torch
from torch import Tensor, nn

from svta.builder.errors import first_line
from svta.builder.io.files import atomic_write, write_text
from svta.builder.io.json_text import loose_json
from svta.builder.io.limits import read_text
from svta.eval.distributed import place
from svta.eval.encoders.loading import unpacks_to_more

from .config import TrainingError, TrainingRecord

if TYPE_CHECKING:
    from svta.eval.baselines.trainable import Trainable

STATE: Final = "trainer.pt"
DONE: Final = "training.json"
METRICS: Final = "metrics.jsonl"
_SAVING: Final = ".saving"
_TYPES: Final[dict[str, type | UnionType]] = {
    "step": int, "total": int, "world": int, "seconds": float, "best": dict, "averaged": dict | None,
    "model": dict, "optimiser": dict, "settings": str,
}  # fmt: skip

MAX_LOG_BYTES: Final = 1_000_000_000  # of metrics.jsonl, 200 a step


class MetricsLog:
    """metrics.jsonl: a line per step, written at once. Going on at `step` drops the lines of steps that were lost."""

    def __init__(self, path: Path, step: int):
        if path.exists():
            kept = [line for line in read_text(path, MAX_LOG_BYTES).splitlines() if _step_of(line) <= step]
            write_text(path, "".join(f"{line}\n" for line in kept))
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8")

    def write(self, line: Mapping[str, float]) -> None:
        """One step's figures."""
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()

    def close(self) -> None:
        """No more lines."""
        self._file.close()


def _step_of(line: str) -> float:
    """The step of a line; infinite for the half line a kill left."""
    try:
        return float(loose_json(line)["step"])
    except (ValueError, KeyError, TypeError, OverflowError):
        return math.inf


@dataclass
class TrainerState:
    """trainer.pt: where a run is. `settings` are its identity and recipe as JSON; `averaged` None without averaging."""

    step: int
    total: int
    world: int
    seconds: float
    best: dict[str, float]
    averaged: dict[str, Tensor] | None
    model: dict[str, Tensor]
    optimiser: dict[str, object]
    settings: str

    def save(self, folder: Path) -> None:
        """trainer.pt, atomically."""
        buffer = io.BytesIO()
        torch.save(vars(self), buffer)
        with atomic_write(folder / STATE) as file:
            file.write(buffer.getbuffer())

    @classmethod
    def load(cls, folder: Path, identity: Mapping[str, object], device: torch.device) -> TrainerState | None:
        """What trainer.pt holds, None if there is none. TrainingError when it is damaged or of another run."""
        path = folder / STATE
        if not path.exists():
            return None
        with _damage_as_error(path):
            if unpacks_to_more(path):
                raise ValueError("compressed")
            values = torch.load(path, map_location=device, weights_only=True)
            if "asked" in values:  # version 0.1.0 wrote it under this name
                values["settings"] = values.pop("asked")
            for name, kind in _TYPES.items():
                if not isinstance(values[name], kind):
                    raise TypeError(f"{name} is a {type(values[name]).__name__}")
            state = cls(**{name: values[name] for name in _TYPES})
            earlier = loose_json(state.settings)
            if not isinstance(earlier, dict):
                raise TypeError("settings is not an object")
        check_same_run(path, earlier, identity)
        return state

    def restore(self, folder: Path, model: nn.Module, optimiser: torch.optim.Optimizer) -> None:
        """Weights and optimiser as they were. Raises TrainingError if they do not fit."""
        with _damage_as_error(folder / STATE):
            shapes = {name: value.shape for name, value in model.state_dict().items()}
            if self.averaged is not None and {n: v.shape for n, v in self.averaged.items()} != shapes:
                raise ValueError("averaged weights of another model")
            model.load_state_dict(self.model)
            optimiser.load_state_dict(self.optimiser)


@contextmanager
def _damage_as_error(path: Path) -> Iterator[None]:
    """Every error of torch for a damaged file, as one TrainingError."""
    try:
        yield
    except Exception as error:
        reason = f"{type(error).__name__}: {first_line(error, 80)}"
        raise TrainingError(f"{path}: not readable ({reason}); delete it to start again") from None


def save_model(model: Trainable, folder: Path) -> None:
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


def finished_run(folder: Path, identity: Mapping[str, object]) -> TrainingRecord | None:
    """The record of a finished run, None if there is none; TrainingError if it was another run.

    The state of a run that was killed after its record was written is taken away: the folder must be locked.
    """
    path = folder / DONE
    if not path.exists():
        return None
    record = TrainingRecord.read(path)
    values = record.to_dict()
    check_same_run(path, {name: values.get(name) for name in identity}, identity)
    if place()[0] == 0:
        (folder / STATE).unlink(missing_ok=True)
    return record


def check_same_run(path: Path, earlier: Mapping[str, object], identity: Mapping[str, object]) -> None:
    """TrainingError that names everything in which the run at `path` differs from this one."""
    flat_earlier, flat_own = (_flat(settings) for settings in (earlier, identity))
    differs = [
        f"{name} {flat_earlier.get(name)!r}, now {value!r}"
        for name, value in flat_own.items()
        if name != "recipe" and flat_earlier.get(name) != value
    ]
    if differs:
        raise TrainingError(f"{path} belongs to another run ({'; '.join(differs)}): use another --out, or delete it")


def _flat(settings: Mapping[str, object]) -> dict[str, object]:
    """Settings with the recipe's numbers beside them."""
    recipe = settings.get("recipe")
    return {**settings, **(recipe if isinstance(recipe, Mapping) else {})}
