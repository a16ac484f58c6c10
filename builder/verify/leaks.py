"""Clips of one group, one caption or one recording on both sides of a split."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

from svta.builder.shards.index import IndexRow
from svta.builder.splits import footage_of, group_of, normalise_caption

from .finding import Finding


class Leaks:
    """Groups and captions in two splits; `copies`: videos and recordings in two. Memory: about 300 bytes per clip."""

    def __init__(self, add: Callable[..., None]):
        self.add = add
        self.first: dict[bytes, tuple[str, str]] = {}
        self.copies: list[Finding] = []

    def add_rows(self, rows: Iterable[IndexRow]) -> None:
        """Remember these rows' groups, captions and videos and report those that were in another split before."""
        for row in rows:
            names = ("group", group_of(row.clip)), ("caption", normalise_caption(row.clip.caption))
            video, footage = row.clip.sha256 or row.clip.key, footage_of(row.clip.provenance)
            for kind, text in (*names, ("video", video), ("recording", footage)):
                if text is None:
                    continue
                digest = hashlib.blake2b(f"{kind} {text}".encode("utf-8", "surrogatepass"), digest_size=12).digest()
                split, key = self.first.setdefault(digest, (row.split, row.clip.key))
                if split == row.split:
                    continue
                problem = f"its {kind} is in {row.split} and, with key {key}, in {split}"
                if kind in ("video", "recording"):  # no damage: the splits were given so, but give both one group
                    self.copies.append(Finding(f"{kind}_copy", row.shard, problem, row.clip.key))
                    break
                self.add(f"{kind}_leak", row.shard, problem, row.clip.key)
