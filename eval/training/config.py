"""TrainConfig: the settings of one training run, as the command's options, a Python call and training.json hold them.

config = TrainConfig("DIR", "CKPT", baseline="clip4clip", start="small", head="seqTransf")
record = train_baseline(config)
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from types import UnionType
from typing import Final, get_args

from svta.builder.errors import SvtaError
from svta.builder.io.json_text import read_json_object
from svta.builder.video.frame_spec import Quality

from .recipe import Recipe

DEFAULT_HEAD: Final = "meanP"


class TrainingError(SvtaError):
    """A training run that cannot start or go on: no clips, another run's checkpoint, a loss that is not a number."""


class BaselineChoiceError(SvtaError):
    """A baseline, recipe or starting point that does not exist or does not fit."""


@dataclass(frozen=True)
class TrainConfig:
    """What `svta train` takes. None: as the baseline or its recipe says.

    data: a dataset folder or Hub repo. start: a CLIP or baseline folder or Hub id, or `small` from scratch. recipe:
    modern | official; epochs ... evaluations change its numbers. limit: the first clips of each split alone.
    """

    data: str
    out: str | Path
    baseline: str = "tiny"
    start: str | None = None
    head: str | None = None
    recipe: str = "modern"
    epochs: int | None = None
    batch_size: int | None = None
    lr: float | None = None
    precision: str | None = None
    evaluations: int | None = None
    num_frames: int | None = None
    sampling: str = "uniform"
    resize: Quality = "fast"
    seed: int = 0
    limit: int | None = None
    threads: int | None = None
    trackers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.resize not in get_args(Quality):
            raise BaselineChoiceError(f"--resize {self.resize!r}: fast (libswscale) or exact (PIL's bicubic)")
        choices = {"clip4clip": True, "xclip": self.head == "seqTransf"}
        if self.head is not None and not choices.get(self.baseline):
            raise BaselineChoiceError(f"--head: {self.baseline} has no choice of heads, clip4clip has")

    def with_changes(self, recipe: Recipe) -> Recipe:
        """The recipe with this run's own numbers."""
        names = ("epochs", "batch_size", "lr", "evaluations", "precision", "seed")
        changes = {name: value for name, value in vars(self).items() if name in names and value is not None}
        return replace(recipe, **changes)

    def identity(self, dataset_fingerprint: str) -> dict[str, object]:
        """What tells this run from others besides the recipe: the first part of training.json."""
        return {
            "baseline": self.baseline,
            "start": self.start,
            "head": self.head or DEFAULT_HEAD,
            "num_frames": self.num_frames,
            "sampling": self.sampling,
            **({} if self.resize == "fast" else {"resize": self.resize}),
            "limit": self.limit,
            "dataset": dataset_fingerprint,
        }


_RECORD_TYPES: Final[dict[str, type | UnionType]] = {
    "recipe": dict, "steps": int, "seconds": int | float, "threads": int, "processes": int, "dtype": str,
    "clips": dict, "unreadable": list, "best": dict,
}  # fmt: skip


@dataclass(frozen=True)
class TrainingRecord:
    """training.json: what identifies the run, its recipe, and what came out; best: figures of the weights kept."""

    identity: dict[str, object]
    recipe: dict[str, object]
    steps: int
    seconds: float
    threads: int
    processes: int
    dtype: str
    clips: dict[str, int]
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    best: dict[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        """Flat JSON: the identity's own keys first."""
        values = asdict(self)
        return {**values.pop("identity"), **values}

    @classmethod
    def read(cls, path: Path) -> TrainingRecord:
        """training.json of a finished run. FileNotFoundError, or TrainingError for an invalid file."""
        values = read_json_object(path, error=TrainingError)
        names = [part.name for part in fields(cls) if part.name != "identity"]
        own = {name: values.pop(name) for name in names if name in values}
        for name, kind in _RECORD_TYPES.items():
            if not isinstance(own.get(name), kind):
                raise TrainingError(f"{path}: not a training.json of svta ({name}); use another --out, or delete it")
        return cls(values, **own)
