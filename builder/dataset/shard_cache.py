"""ShardCache: whole shards of Hub repos on this machine: in the Hub's own cache or, with a ceiling, in svta's own.

Reads the variable SVTA_CACHE_GB; reads HF_HUB_CACHE, and reads and writes HF_HOME/svta-shards where a ceiling is set.
"""

from __future__ import annotations

import os
import warnings
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Final

from svta.builder.errors import DatasetError
from svta.builder.io.hub_file import Token, is_of_disk, keep_file, kept_file

from .folder_budget import FolderBudget, mark_used

VARIABLE: Final = "SVTA_CACHE_GB"
FOLDER: Final = "svta-shards"
_TOUCH_SECONDS: Final = 1.0


class ShardCache:
    """The shards of one commit of a repo that are on this machine.

    Without SVTA_CACHE_GB they are fetched into huggingface_hub's cache, which knows no ceiling. With it (10^9 bytes, 0
    keeps nothing) what huggingface_hub holds is read, and other shards are in a folder of svta's own, for all repos and
    processes together; the least recently used ones make room. A process fetches a shard once: one that had to go since
    is read by ranges, so that a shuffled epoch over more than the ceiling does not fetch whole shards again and again.
    """

    def __init__(self, repo_id: str, commit: str, token: Token):
        self.repo_id, self.commit, self.token = repo_id, commit, token
        self._fetched: set[str] = set()
        self._is_full = False
        self._lock = Lock()
        self._budget  # a wrong variable is an error now  # noqa: B018

    def find(self, name: str) -> Path | None:
        """Where a shard is; it counts as used now."""
        if (path := kept_file(self.repo_id, name, self.commit)) is not None or self._budget is None:
            return path
        path = kept_file(self.repo_id, name, self.commit, cache=self._budget.folder)
        if path is not None:
            try:
                mark_used(path, path.stat().st_mtime, after=_TOUCH_SECONDS)
            except OSError:  # removed by another process
                return None
        return path

    def fetch(self, name: str, max_bytes: int) -> Path | None:
        """A shard's path, fetched if need be; None if it has to be read by ranges. Raises as keep_file."""
        if (path := self.find(name)) is not None:
            return path
        with self._lock:
            if self._is_full or (self.has_ceiling and name in self._fetched):
                return None
        try:
            path = self._keep(name, max_bytes)
        except OSError as error:
            if not is_of_disk(error):
                raise
            self._give_up(error)
            path = None
        with self._lock:
            self._fetched.add(name)
        return path

    @property
    def has_ceiling(self) -> bool:
        """Whether shards may go again."""
        return self._budget is not None

    def _give_up(self, error: OSError) -> None:
        with self._lock:
            is_new, self._is_full = not self._is_full, True
        if is_new:
            problem = error.strerror or str(error)
            warnings.warn(f"{self._folder}: {problem}; shards are not kept, clips are read one by one", stacklevel=2)

    def _keep(self, name: str, max_bytes: int) -> Path | None:
        budget = self._budget
        place = (self.repo_id, name, self.commit, self.token)
        if budget is None:
            return keep_file(*place, cache=self._folder, max_bytes=max_bytes)
        path = keep_file(*place, cache=budget.folder, max_bytes=max_bytes, admit=budget.reserve)
        if path is not None:
            budget.settle()
        return path

    @property
    def _folder(self) -> Path:
        from huggingface_hub import constants

        return Path(constants.HF_HUB_CACHE) if self._budget is None else self._budget.folder

    @cached_property
    def _budget(self) -> FolderBudget | None:
        from huggingface_hub import constants

        if not (text := os.environ.get(VARIABLE, "").strip()):
            return None
        try:
            max_bytes = int(float(text) * 1e9)
        except (ValueError, OverflowError):
            max_bytes = -1
        if max_bytes < 0:
            raise DatasetError(f"{VARIABLE}={text[:40]!r}: how many gigabytes (10^9 bytes) of shards to keep, from 0")
        return FolderBudget(Path(constants.HF_HOME) / FOLDER, max_bytes, unused_seconds=0)
