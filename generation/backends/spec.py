"""RenderSpec: what every clip of one run is generated with; its digest seeds the clips."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Final

from svta.builder.errors import SvtaError
from svta.builder.io.json_text import JsonObject
from svta.builder.versions import version_of

MAX_FRAMES: Final = 1_025
Options = Mapping[str, Any]  # a backend's, or a config of a model: a JsonObject, read only


class PlanError(SvtaError):
    """Descriptions that cannot be planned, or a clips folder that holds the clips of another plan."""


FILTERS: Final = ("min_fidelity",)  # options that say which clips are kept, not how they look


@dataclass(frozen=True)
class RenderSpec:
    """All that decides a clip's pixels besides its caption. `fps` in frames a second, sizes in pixels.

    `options` are the backend's own (model, steps, guidance ...), `versions` the libraries that draw and encode. `local`
    says where things are on this machine; it is in no digest, file or record.
    """

    backend: str = "storyboard"
    num_frames: int = 33
    height: int = 192
    width: int = 320
    fps: float = 16.0
    seed: int = 0
    options: Options = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    local: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 1 <= self.num_frames <= MAX_FRAMES:
            raise PlanError(f"--num-frames {self.num_frames}: 1 to {MAX_FRAMES} frames can be made")
        least = 64 if self.backend == "storyboard" else 16  # what the storyboard's lines need
        if not (least <= self.height <= 2_160 and least <= self.width <= 3_840) or self.height % 2 or self.width % 2:
            raise PlanError(f"{self.width}x{self.height}: width {least} to 3840 and height {least} to 2160, both even")
        if not 1 <= self.fps <= 120:
            raise PlanError(f"--fps {self.fps:g}: 1 to 120 frames a second")

    @cached_property
    def digest(self) -> str:
        """Hash of what is generated and how, versions and FILTERS aside: the seeds depend on it."""
        said = {name: value for name, value in self.to_dict().items() if name != "versions"}
        said["options"] = {name: value for name, value in self.options.items() if name not in FILTERS}
        return json_digest(said)

    @property
    def on_gpu(self) -> bool:
        """Whether its backend needs a GPU."""
        return self.options.get("device") == "cuda"

    def to_dict(self) -> JsonObject:
        """All but `local`, as plan.json has it."""
        return {name: value for name, value in asdict(self).items() if name != "local"}


def seed_of(spec_digest: str, key: str, attempt: int = 0) -> int:
    """A clip's seed, below 2^53: from the spec, the clip and the attempt, never from a rank or an order."""
    digest = hashlib.sha256(f"{spec_digest}\x1f{key}\x1f{attempt}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 11


def json_digest(value: object) -> str:
    """Hash of plain data, for any order of its keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def installed(*packages: str) -> dict[str, str]:
    """Versions of installed packages, for a spec and a clip's provenance."""
    return {package: version_of(package) for package in packages}
