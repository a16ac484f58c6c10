"""Clips of one group, one caption or one recording on both sides of a split."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

from svta.builder.shards.index import IndexRow
from svta.builder.splits import footage_of, group_of, normalise_caption

from .finding import Finding


class Leaks:
    """Groups, captions and recordings in two splits; `copies`: videos in two. Memory: about 250 bytes per clip."""

    def __init__(self, add: Callable[..., None]):
        self.add = add
        self.first: dict[bytes, tuple[str, str]] = {}
        self.copies: list[Finding] = []

    def add_rows(self, rows: Iterable[IndexRow]) -> None:
        """Remember these rows' groups, captions and videos and report those that were in another split before."""
        for row in rows:
            names = [("group", group_of(row.clip)), ("caption", normalise_caption(row.clip.caption))]
            if (footage := footage_of(row.clip.provenance)) is not None:
                names.append(("footage", footage))
            for kind, text in (*names, ("video", row.clip.sha256 or row.clip.key)):
                digest = hashlib.blake2b(f"{kind} {text}".encode("utf-8", "surrogatepass"), digest_size=12).digest()
                split, key = self.first.setdefault(digest, (row.split, row.clip.key))
                if split == row.split:
                    continue
                problem = f"its {kind} is in {row.split} and, with key {key}, in {split}"
                if kind == "video":  # no damage: two captions of one video are two clips, but give both one group
                    self.copies.append(Finding("video_copy", row.shard, problem, row.clip.key))
                else:
                    self.add(f"{kind}_leak", row.shard, problem, row.clip.key)
