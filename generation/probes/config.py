"""ProbesConfig: which minimal sets are wanted; ProbeSet: one of them, as scenes and captions.

Written by `svta probes`; its factors and doses are the names that probes.jsonl and `svta eval --probes` use.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Final

from svta.builder.errors import SvtaError
from svta.builder.io.json_text import JsonObject
from svta.generation.storyboard.scene import Scene

FACTORS: Final = ("role", "colour", "count", "place", "time", "order", "direction", "presence", "negation", "speed")
SAME_WORDS: Final = ("order", "direction", "role")  # captions of a set hold the same bag of words
MAX_GRID: Final = 6
HEIGHT, WIDTH, FPS = 192, 320, 16.0  # of drawn clips

# levels of each dose; the first is what a probe without doses has. size: of the probe's subject; length: of its
# events, in 1/32 of the clip; clutter: other figures; delay of the events (of a short length) in 1/32 of the clip
DOSES: Final[dict[str, tuple[float, ...]]] = {
    "size": (1.0, 0.75, 0.55, 0.4),
    "length": (10, 7, 4, 2),
    "clutter": (0, 2, 4, 6),
    "delay": (0, 2, 4, 6),
}


class ProbesError(SvtaError):
    """Probes that cannot be made: an unknown factor, a category without any, a folder of other probes."""


@dataclass(frozen=True)
class ProbesConfig:
    """What decides the probes, beside the versions of svta and av. `grid`: variants of a set, if it has them.

    model, preset, settings: of the diffusion backend, as GenerateConfig has them. Sizes and fps that are None are the
    storyboard's 320x192 at 16, or the model's own. categories: empty for all.
    """

    factors: tuple[str, ...] = FACTORS
    per_factor: int = 200
    categories: tuple[str, ...] = ()
    grid: int = 2
    seed: int = 0
    doses: tuple[str, ...] = ()
    backend: str = "storyboard"
    model: str | None = None
    num_frames: int = 33
    height: int | None = None
    width: int | None = None
    fps: float | None = None
    preset: str | None = None
    settings: tuple[str, ...] = ()

    @property
    def drawn(self) -> bool:
        """True if the storyboard makes the clips, so that what they show is known."""
        return self.backend == "storyboard"

    def to_dict(self) -> JsonObject:
        """All that decides the clips, sizes of the storyboard filled in."""
        sizes = {"height": self.height or HEIGHT, "width": self.width or WIDTH, "fps": self.fps or FPS}
        values = {**asdict(self), **(sizes if self.drawn else {})}
        own = {"preset": self.preset, "settings": list(self.settings)}
        return {**{name: value for name, value in values.items() if name not in own}, **({} if self.drawn else own)}

    def check(self) -> None:
        """Raise ProbesError for what cannot be made."""
        for what, names, known in (("factor", self.factors, FACTORS), ("dose", self.doses, tuple(DOSES))):
            if unknown := [name for name in names if name not in known]:
                raise ProbesError(f"{what} {unknown[0]!r} is unknown; there are {', '.join(known)}")
        if not self.factors or self.per_factor < 1:
            raise ProbesError("at least one factor and one set per factor are needed")
        if self.drawn and (self.model or self.preset or self.settings):
            raise ProbesError("--model, --preset and --set are for --backend diffusion")
        if not 2 <= self.grid <= MAX_GRID:
            raise ProbesError(f"--grid {self.grid}: 2 to {MAX_GRID} variants a set")
        if self.num_frames < 9:
            raise ProbesError(f"--num-frames {self.num_frames}: events one after the other take at least 9 frames")


@dataclass(frozen=True)
class Variant:
    """One clip of a set: the value of the factor in words, what a person would say, what is drawn."""

    value: str
    caption: str
    scene: Scene


@dataclass(frozen=True)
class ProbeSet:
    """Clips that differ in one factor. change_at: where they first may differ, 0 to 1 of the clip.

    about: the ids of the actors and props that the factor is of. edit: what was changed, in words.
    """

    factor: str
    edit: str
    change_at: float
    variants: tuple[Variant, ...]
    about: tuple[str, ...] = ()
    probe_id: str = ""
    category: str = ""
    dose: JsonObject = field(default_factory=dict)
