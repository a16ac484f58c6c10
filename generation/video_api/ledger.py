"""What a run has asked its servers for, on disk before it is waited for: a killed run pays for no video twice.

FOLDER/<key>.<seed>.json: the server, the job's id once it is known, and what was sent; FOLDER/<key>.<seed>.mp4: the
video, as soon as it is here. Both go when the clip's unit is finished; FOLDER/past.txt keeps the ids of jobs that are
over, so that none of them is taken for one whose id was lost.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from svta.builder.errors import SvtaError
from svta.builder.io.files import atomic_write, write_json
from svta.builder.io.json_text import JsonObject, read_json_object
from svta.builder.io.limits import read_bytes, read_text, regular
from svta.builder.io.safe_path import Root

from .server import MAX_VIDEO_BYTES

MAX_ENTRY_BYTES: Final = 1 << 20
MAX_PAST_BYTES: Final = 1 << 30
PAST: Final = "past.txt"
_SUFFIXES: Final = (".json", ".mp4", ".part")


@dataclass(frozen=True)
class Entry:
    """A request. ticket: the Idempotency-Key it was sent with. since: when, on the server's clock. job: its id, ""
    until an answer names it. facts: what the clip's provenance says of server and fields.
    """

    server: str
    ticket: str
    since: float
    prompt: str
    job: str = ""
    facts: JsonObject = field(default_factory=dict)


_ENTRY: Final = TypeAdapter(Entry)


class Ledger:
    """The requests of one run, in a folder; a request's name is its clip's key and its seed."""

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        self._root = Root(folder)

    def _path(self, name: str, suffix: str) -> Path:
        return self._root.path(f"{name}{suffix}", "the ledger of jobs")

    def read(self, name: str) -> Entry | None:
        """The entry of a request, None if there is no usable one."""
        try:
            return _ENTRY.validate_python(read_json_object(self._path(name, ".json"), MAX_ENTRY_BYTES))
        except (OSError, SvtaError, ValidationError):
            return None

    def write(self, name: str, entry: Entry) -> None:
        """Keep an entry; it is on the disk when this returns."""
        write_json(self._path(name, ".json"), asdict(entry))

    def read_video(self, name: str) -> bytes | None:
        """The video of a request, where an earlier run has received it."""
        try:
            return read_bytes(self._path(name, ".mp4"), MAX_VIDEO_BYTES)
        except (OSError, SvtaError):
            return None

    def write_video(self, name: str, data: bytes) -> None:
        """Keep a video; it is on the disk when this returns."""
        with atomic_write(self._path(name, ".mp4")) as file:
            file.write(data)

    def forget(self, name: str) -> None:
        """A request that led to nothing."""
        self._note_past(name)
        for suffix in (".json", ".mp4"):
            self._path(name, suffix).unlink(missing_ok=True)

    def entries(self) -> dict[str, Entry]:
        """All entries by their requests' names, those of other processes of the run included."""
        names = [name.removesuffix(".json") for name in self._names() if name.endswith(".json")]
        return {name: entry for name in names if (entry := self.read(name)) is not None}

    def past_jobs(self) -> set[str]:
        """The ids of jobs whose entries are gone."""
        try:
            return set(read_text(self._root.path(PAST), MAX_PAST_BYTES).split())
        except (OSError, SvtaError):
            return set()

    def release(self, keys: Collection[str]) -> None:
        """Remove what belongs to these clips, whose unit is finished."""
        for name in self._names():
            if name.endswith(_SUFFIXES) and name.partition(".")[0] in keys:
                if name.endswith(".json"):
                    self._note_past(name.removesuffix(".json"))
                (self.folder / name).unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove everything: the run is over."""
        for name in self._names():
            if name.endswith(_SUFFIXES) or name == PAST:
                (self.folder / name).unlink(missing_ok=True)
        with suppress(OSError):  # not there, or something else is in it
            self.folder.rmdir()

    def _note_past(self, name: str) -> None:
        """Remember the job of an entry that goes."""
        if (entry := self.read(name)) is not None and entry.job:
            with open(self._root.path(PAST), "a", encoding="utf-8", opener=regular) as file:
                file.write(f"{entry.job}\n")

    def _names(self) -> list[str]:
        try:
            return sorted(os.listdir(self.folder))
        except FileNotFoundError:
            return []
