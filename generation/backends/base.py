"""Backend: the base class of everything that generates clips from captions, and BackendOutput, what it gives.

A backend of your own, used as `svta generate ... --backend my_module:MyBackend`:

    class MyBackend(Backend):
        generator, source_type = "my-model", "trainedAlgorithmicMedia"

        def generate(self, clips, seeds, positions=None):
            for clip, seed in zip(clips, seeds):
                yield BackendOutput(my_model(clip.caption, seed))  # uint8 [N, H, W, 3] of self.spec's sizes
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from svta.builder.errors import SvtaError
from svta.builder.io.parallel import cpu_count
from svta.builder.minors.judgement import forbidden
from svta.builder.record import Clip
from svta.builder.taxonomy import load_taxonomy
from svta.builder.video.marking import SourceType

from .config import GenerateConfig
from .quality import Gates
from .spec import JsonObject, Options, PlanError, RenderSpec, installed

GENERATION_FAILED: Final = "film_failed"  # the reason code in rejected.jsonl, as earlier versions wrote it
# options of some backends -> whose they are, as messages say it
OTHER_OPTIONS: Final = {
    **dict.fromkeys(("model", "model_id", "settings"), "diffusion or endpoint"),
    **dict.fromkeys(("preset", "cache_config"), "diffusion"),
    **dict.fromkeys(("choreography", "lexicon", "min_fidelity"), "storyboard"),
    "endpoint": "endpoint",
}


class GenerationError(SvtaError):
    """A backend that fails on every clip of a unit: the fault is its own, and nothing is written."""


@dataclass(frozen=True)
class BackendOutput:
    """One generated clip: frames uint8 [N, H, W, 3] and provenance; or no frames and why (`reason`, `detail`).

    audio: (samples float [channels, N], samples a second). retry: another seed may fix what went wrong.
    flags: what is in the picture and the caption does not say (depicts_minor); added to the clip's own.
    deferred: gives the output whose pixels are still being copied from the device; called in another thread.
    """

    frames: NDArray[np.uint8] | None
    provenance: Options = field(default_factory=dict)
    reason: str = ""
    detail: str = ""
    audio: tuple[NDArray[np.float32], int] | None = None
    retry: bool = False
    flags: tuple[str, ...] = ()
    deferred: Callable[[], BackendOutput] | None = None

    def resolve(self) -> BackendOutput:
        """The output with its pixels on the host; waits for them where they are deferred."""
        return self if self.deferred is None else self.deferred()


class Backend(ABC):
    """Generates clips from captions. Created with a RenderSpec, once per process.

    generator: recorded in each clip. source_type: the IPTC term its videos are marked with. encoder_preset: libx264's.
    gates: quality gates a clip has to pass; one that fails is generated again, `attempts` times in all. batch_size:
    how many outputs come at once.
    """

    generator: str
    source_type: SourceType
    encoder_preset: str = "medium"
    gates: Gates | None = None
    attempts: int = 1
    batch_size: int = 1
    accepts: ClassVar[tuple[str, ...]] = ()  # options of OTHER_OPTIONS that plan_spec understands

    def __init__(self, spec: RenderSpec):
        self.spec = spec
        self.judged_by = load_taxonomy(spec.local.get("taxonomy"))  # whose minor_policy counts

    @abstractmethod
    def generate(
        self, clips: Sequence[Clip], seeds: Sequence[int], positions: Sequence[int] | None = None
    ) -> Iterator[BackendOutput]:
        """One output per clip, in order. `positions`: each clip's place in its unit, where only some are generated."""

    def score(self, frames: NDArray[np.uint8], caption: str) -> float | None:
        """How well frames and caption fit: recorded as `similarity`, never a gate; None records nothing."""
        return None

    def refusals(self, clips: Sequence[Clip]) -> dict[int, BackendOutput]:
        """Outputs, by position, of clips that would show violence or sex with a minor: for callers without a plan."""
        reasons = ((i, forbidden(clip, self.judged_by)) for i, clip in enumerate(clips))
        detail = "depicts a minor: kept as text, never generated"
        return {i: BackendOutput(None, reason=reason, detail=detail) for i, reason in reasons if reason is not None}

    def release(self, clips: Sequence[Clip]) -> None:  # noqa: B027 - a default, not a duty
        """The unit of these clips is finished: what was kept for them alone may go."""

    @classmethod  # noqa: B027
    def finish(cls, clips_dir: str | Path) -> None:
        """Every unit of a clips folder is finished: what a killed process has left beside them may be deleted."""

    @classmethod
    def prepared(
        cls, spec: RenderSpec, clips: Sequence[Clip], *, memory: Path, clips_dir: Path | None
    ) -> tuple[RenderSpec, list[str]]:
        """The spec with what can only be found out by trying, and lines for the user.

        memory: a folder beside the descriptions that keeps it. clips_dir: where the clips go, if that is known.
        """
        return spec, []

    @property
    def recorded(self) -> Options:
        """What goes into each clip's provenance; by default the spec's options."""
        return self.spec.options

    @classmethod
    def versions(cls) -> dict[str, str]:
        """Versions of the libraries that decide the pixels, beside svta and av."""
        return {}

    @classmethod
    def workers(cls, spec: RenderSpec) -> int:
        """How many processes suit this machine; by default one per core."""
        return cpu_count()

    @classmethod
    def notes(cls, spec: RenderSpec, clips: Sequence[Clip] = ()) -> list[str]:
        """What a user is shown before the first clip, such as what the licence of a model allows."""
        return []

    @classmethod
    def plan_spec(cls, config: GenerateConfig) -> RenderSpec:
        """The RenderSpec of what a user wants, every value final. Raises PlanError for options it does not have."""
        cls.check_options(config)
        versions = {**installed("svta", "av"), **cls.versions()}
        return RenderSpec(backend=config.backend, versions=versions, seed=config.seed, **cls.sizes(config))

    @classmethod
    def check_options(cls, config: GenerateConfig) -> None:
        """Raise PlanError for an option that belongs to another backend."""
        for name in config.changed():
            if name in OTHER_OPTIONS and name not in cls.accepts:
                option = "set" if name == "settings" else name.replace("_", "-")
                raise PlanError(f"--{option} is for --backend {OTHER_OPTIONS[name]}, not for {config.backend}")

    @staticmethod
    def sizes(config: GenerateConfig) -> JsonObject:
        """num_frames, height, width and fps, where they are given."""
        given = {name: getattr(config, name) for name in ("num_frames", "height", "width", "fps")}
        return {name: value for name, value in given.items() if value is not None}
