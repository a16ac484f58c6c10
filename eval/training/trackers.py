"""Where figures go besides metrics.jsonl: trackio, TensorBoard or Weights & Biases, through accelerate's trackers.

`svta train --tracker NAME` (may repeat); nothing is sent anywhere without it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from svta.builder.errors import SvtaError, first_line

PROJECT: Final = "svta"
_PACKAGES: Final = {"trackio": "trackio", "tensorboard": "tensorboard", "wandb": "wandb"}


class TrackerError(SvtaError):
    """A tracker that does not exist, is not installed, or does not start."""


def check_trackers(names: Sequence[str]) -> list[str]:
    """The names once each; TrackerError for one that is unknown or not installed."""
    for name in names:
        if name not in _PACKAGES:
            raise TrackerError(f"tracker {name!r}: one of {', '.join(_PACKAGES)}")
        if find_spec(_PACKAGES[name]) is None:
            raise TrackerError(f"tracker {name} is not installed: pip install {_PACKAGES[name]}")
    return list(dict.fromkeys(names))


class Trackers:
    """Open trackers of one run; log() and finish() reach all of them. Only the main process writes."""

    def __init__(self, names: Sequence[str], out: Path, config: Mapping[str, object], step: int = 0):
        self._open: list[Any] = []
        names = check_trackers(names)
        if not names:
            return
        from accelerate import PartialState
        from accelerate.tracking import LOGGER_TYPE_TO_CLASS

        PartialState()  # accelerate's trackers read from it which process is the main one
        run = out.resolve().name
        for name in names:
            kind = LOGGER_TYPE_TO_CLASS[name]
            try:
                if name == "tensorboard":  # purge_step: a resumed run writes its lost steps again
                    tracker = kind(run, str(out / "tensorboard"), purge_step=step + 1)
                elif name == "trackio":
                    tracker = kind(PROJECT, name=run, resume="allow")
                else:
                    tracker = kind(PROJECT, name=run, id=run, resume="allow", dir=str(out))
                tracker.start()
                if name != "tensorboard":  # its hparams entry would be a second run beside the curves
                    tracker.store_init_configuration(config)
                else:
                    tracker.tracker.add_text("config", "\n".join(f"    {k}: {v}" for k, v in config.items()), step)
            except Exception as error:  # each service raises kinds of its own
                raise TrackerError(f"tracker {name}: {first_line(error, 300)}") from None
            self._open.append(tracker)

    def log(self, figures: Mapping[str, float], step: int) -> None:
        """The figures of one step, validation_ ones included."""
        for tracker in self._open:
            tracker.log({_tag(name): value for name, value in figures.items() if name != "step"}, step=step)

    def finish(self) -> None:
        """Close all."""
        for tracker in self._open:
            tracker.finish()


def _tag(name: str) -> str:
    """validation_t2v_R@1 -> validation/t2v_R@1, loss -> train/loss."""
    kind, _, rest = name.partition("_")
    return f"validation/{rest}" if kind == "validation" else f"train/{name}"
