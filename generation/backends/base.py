"""A take: what a backend gives for one caption, and the protocol backends keep. Finished by finishing.py.

class Mine:                                     # svta generate ... --backend my_module:Mine
    generator, source_type = "mine", "trainedAlgorithmicMedia"
    def __init__(self, spec): ...
    def film(self, clips, seeds): yield Take(frames)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from svta.builder.errors import SvtaError
from svta.builder.record import Clip
from svta.builder.video.marking import SourceType

FILM_FAILED: Final = "film_failed"


class FilmError(SvtaError):
    """A backend that fails on every clip of a unit: the fault is its own, and nothing is written."""


@dataclass(frozen=True)
class Take:
    """One clip's film: frames uint8 [N, H, W, 3] and what made them; or no frames and why (`reason`, `detail`).

    audio: (samples float [channels, N], samples a second). again: whether another seed may mend what went wrong.
    develop: where the pixels are still on their way from the device, what waits for them and gives the whole take; it
    is called in another thread while the backend films on.
    """

    frames: NDArray[np.uint8] | None
    provenance: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    detail: str = ""
    audio: tuple[NDArray[np.float32], int] | None = None
    again: bool = False
    develop: Callable[[], Take] | None = None


class Backend(Protocol):
    """What films captions. `generator` is recorded in each clip, `source_type` is the IPTC term it is marked with.

    Made with a FilmSpec, once a process. Beside these it may have: a static `versions()`, the libraries its pixels hang
    on; a static `spec(**settings)`, which plans the FilmSpec itself; a static `workers(spec)`, how many processes suit
    this machine; `preset`, libx264's, medium by default; `recorded`, what goes into provenance in place of the spec's
    options; `gates` and `attempts`, and then `film` also takes `places`, each clip's position in its unit;
    `score(frames, caption)`, a number that is recorded.
    """

    generator: str
    source_type: SourceType

    def film(self, clips: Sequence[Clip], seeds: Sequence[int]) -> Iterator[Take]:
        """One Take a clip, in order."""
        ...


def motion_energy(frames: NDArray[np.uint8]) -> float:
    """Mean absolute change of luma from frame to frame, as a share of full scale (0 frozen, 1 black to white).

    frames uint8 [N, H, W, 3]; measured on every fourth pixel, which is within 2 % of all and 16 times cheaper.
    """
    if len(frames) < 2:
        return 0.0
    small = frames[:, ::4, ::4].astype(np.int16)
    luma = (small[..., 0] * np.int32(77) + small[..., 1] * np.int32(150) + small[..., 2] * np.int32(29)) >> 8
    return round(float(np.abs(np.diff(luma, axis=0)).mean()) / 255, 6)
