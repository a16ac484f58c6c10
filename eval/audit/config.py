"""AuditConfig: the settings of one audit, filled by the command line, taken by audit(), kept in config.json."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from svta.builder.errors import SvtaError

SCALE: Final = (1, 5)  # of SynTVA: from "nothing of it" to "all of it"


class AuditError(SvtaError):
    """Settings, clips or answers that make no audit, in one line."""


@dataclass(frozen=True)
class AuditConfig:
    """One audit; docs/audit.md says what each setting means.

    data: a packed folder, a Hub repo or a clips folder. interval: half the width of the 95 % interval that the sample
    is made for, in points; sample: so many clips instead. swapped: controls for each clip of the sample, clips
    with another caption of their category. threshold: a clip shows its caption from this score on.
    rights: the owner's words for why captions and frames may leave although svta does not know that they may.
    known: clips whose truth is known (drawn), for the judge's own error.
    """

    data: str
    splits: tuple[str, ...] = ("all",)
    categories: tuple[str, ...] = ()
    interval: float = 5.0
    sample: int | None = None
    swapped: float = 0.2
    seed: int = 0
    threshold: float = 4.0
    num_frames: int = 8
    size: int = 336
    known: Path | None = None
    rights: str | None = None

    def check(self) -> None:
        """Raise AuditError for settings that make no audit, before anything is read."""
        if not 0.5 <= self.interval < 50:
            raise AuditError(f"--interval {self.interval:g}: points from 0.5 to 50 on each side of the rate")
        if not 0 <= self.swapped <= 1:
            raise AuditError(f"--swapped {self.swapped:g}: a share from 0 to 1")
        if not SCALE[0] < self.threshold <= SCALE[1]:
            raise AuditError(f"--threshold {self.threshold:g}: above {SCALE[0]} and up to {SCALE[1]}")
