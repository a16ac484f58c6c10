"""Finding: one thing that is wrong with a dataset, with the file and the key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from svta.builder.errors import escaped


@dataclass(frozen=True)
class Finding:
    """Something wrong: a code, the file it is in (path inside the dataset), the clip's key where it has one."""

    code: str
    file: str
    problem: str
    key: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """For --json; `shard` is the file where that is one. Names that no terminal should see come escaped."""
        told = {name: value and escaped(value) for name, value in self.__dict__.items()}
        return {**told, "shard": told["file"] if self.file.endswith(".tar") else None}

    def __str__(self) -> str:
        file = escaped(self.file)
        place = file if self.key is None else f"{file} key {self.key[:200]!a}"
        return f"{place}{': ' if place else ''}{self.problem} [{self.code}]"
