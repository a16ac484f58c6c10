"""Finding: one thing that is wrong with a dataset, with the file and the key; Findings: those of one check, bounded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from svta.builder.errors import escaped

MAX_FINDINGS: Final = 1_000  # of one code: an index of a million bad rows is one sentence and a thousand examples


@dataclass(frozen=True)
class Finding:
    """Something wrong: a code, the file it is in (path inside the dataset), the clip's key where it has one."""

    code: str
    file: str
    problem: str
    key: str | None = None

    def as_dict(self) -> dict[str, object]:
        """For --json; `shard` is the file where that is one. Names that no terminal should see come escaped."""
        fields = {name: value and escaped(value) for name, value in self.__dict__.items()}
        return {**fields, "shard": fields["file"] if self.file.endswith(".tar") else None}

    def __str__(self) -> str:
        file = escaped(self.file)
        place = file if self.key is None else f"{file} key {self.key[:200]!a}"
        return f"{place}{': ' if place else ''}{self.problem} [{self.code}]"


class Findings:
    """Collects what a check finds; of each code the first MAX_FINDINGS are kept and the rest counted.

    >>> findings = Findings(most=1)
    >>> findings.extend(Finding("record", "clips.parquet", "no caption", key) for key in "abc")
    >>> [str(finding) for finding in findings.all()][-1]
    'clips.parquet: 2 more findings of this kind [record]'
    """

    def __init__(self, most: int = MAX_FINDINGS):
        self._most = most
        self._kept: list[Finding] = []
        self._counts: Counter[str] = Counter()
        self._left_out: dict[str, Finding] = {}  # code -> the last that was not kept

    def add(self, code: str, file: str, problem: str, key: str | None = None) -> None:
        """One more."""
        self._counts[code] += 1
        if self._counts[code] <= self._most:
            self._kept.append(Finding(code, file, problem, key))
        else:
            self._left_out[code] = Finding(code, file, problem, key)

    def extend(self, findings: Iterable[Finding]) -> None:
        """Those of another check."""
        for finding in findings:
            self.add(finding.code, finding.file, finding.problem, finding.key)

    def all(self) -> list[Finding]:
        """What was kept and, at the end, one finding a code that counts what was not."""
        more = (
            Finding(code, last.file, f"{self._counts[code] - self._most:,} more findings of this kind")
            for code, last in self._left_out.items()
        )
        return [*self._kept, *more]
