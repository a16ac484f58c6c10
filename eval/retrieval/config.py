"""EvalConfig: the settings of one evaluation, filled by the command line, taken by evaluate(), kept in config.json."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from svta.builder.errors import SvtaError
from svta.builder.video.frame_spec import Quality
from svta.builder.video.sampling import Sampling
from svta.eval.metrics.retrieval import check_ties


class EvalError(SvtaError):
    """Options of an evaluation that do not go together, or with the model."""


@dataclass(frozen=True)
class EvalConfig:
    """One evaluation; docs/evaluation.md says what each setting means.

    data: a dataset folder, a Hub repo or captions beside `videos`. Either `model`, or `baseline` with `checkpoint`.
    rivals: name -> other models on the same gallery. None: the model's or the machine's own default.
    """

    data: str
    split: str = "test"
    videos: Path | None = None
    columns: tuple[str, ...] = ()
    keep_repeats: bool = False
    follow_links: bool = False
    taxonomy: Path | None = None
    disjoint_from: str | None = None
    near: float = 0.6
    gallery: int | None = None
    captions: str = "all"
    seed: int = 0

    model: str | None = None
    baseline: str | None = None
    checkpoint: str | None = None
    head: str | None = None
    tokenizer: str | None = None
    vision: str | None = None
    max_words: int | None = None
    plugins: tuple[Path, ...] = ()
    trust_remote_code: bool = False
    query_instruction: str | None = None
    document_instruction: str | None = None
    num_frames: int | None = None
    sampling: Sampling | None = None
    resize: Quality = "exact"

    ties: str = "expected"
    controls: bool = False
    rivals: Mapping[str, str] = field(default_factory=dict)
    zero_shot: bool = False
    rerank: str | None = None
    rerank_top: int = 50
    dual_softmax: bool = False
    name: str | None = None

    cache: Path | None = None
    device: str | None = None
    dtype: str | None = None
    compile: bool = False
    threads: int | None = None

    @property
    def weights(self) -> str:
        """The model's folder or Hub id, or the checkpoint of a baseline."""
        return str(self.checkpoint if self.model is None else self.model)

    @property
    def label(self) -> str:
        """What the report calls this run."""
        if self.name:
            return self.name
        return Path(self.weights).name if self.model is not None else f"{self.baseline} {Path(self.weights).name}"

    def check(self) -> None:
        """Raise EvalError or MetricsError for settings that contradict each other, before anything is read."""
        if not 0 < self.near < math.inf:
            raise EvalError(f"--near {self.near}: a share above 0; above 1 turns it off")
        if (self.model is None) == (self.baseline is None) or (self.baseline is None) != (self.checkpoint is None):
            raise EvalError("name one model: --model DIR_OR_ID, or --baseline NAME with --checkpoint FILE")
        of_baseline = {"--head": self.head, "--tokenizer": self.tokenizer, "--vision": self.vision}
        for option, value in of_baseline.items():
            if self.model is not None and value is not None:
                raise EvalError(f"{option} needs --baseline and --checkpoint")
        if self.sampling not in (None, "uniform", "official"):
            raise EvalError(f"--sampling {self.sampling!r}: uniform or official")
        if self.captions not in ("all", "first"):
            raise EvalError(f"--captions {self.captions!r}: all, or first (one caption per video)")
        if self.resize not in get_args(Quality):
            raise EvalError(f"--resize {self.resize!r}: exact (as the model's own processor does) or fast (libswscale)")
        check_ties(self.ties)
