"""Captions that may not be published: a hash stands in their place, and whoever has the source puts them back.

Reads clips, gives clips; `svta push` dehydrates what a source's licence forbids, `svta pull --source uca=FILE` hydrates
and checks. A dehydrated clip has caption "sha256:<64 hex digits>" and the flag `dehydrated`; all else stays.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from svta.builder.layout.stats import WITHHELD
from svta.builder.record import Clip
from svta.builder.rights import Sourced, parts_of, strictest_of

FLAG: Final = WITHHELD
VIDEO_RIGHTS: Final = "video_rights"
CAPTION_IN_VIDEO: Final = "caption_in_video"
_PREFIX: Final = "sha256:"
_TELLING_CHARS: Final = 20  # a shorter caption stands in other fields by chance: "Fight" in ucf-crime:Fighting002
_KEPT_OF_REJECTS: Final = ("key", "source", "source_id", "source_split", "reason", "of", "place", "flags")


def caption_hash(caption: str) -> str:
    """What stands for a caption: "sha256:" and the hash of its UTF-8 bytes."""
    return _PREFIX + hashlib.sha256(caption.encode()).hexdigest()


def is_dehydrated(clip: Clip) -> bool:
    """Whether a hash stands where the caption was."""
    return FLAG in clip.flags and clip.caption.startswith(_PREFIX)


def dehydrate(clip: Clip) -> Clip:
    """The clip without its caption: nor does any other field repeat it."""
    if is_dehydrated(clip):
        return clip
    told = {name: value for name, value in clip.to_dict().items() if name not in ("key", "caption", "flags")}
    changes = {name: kept for name, value in told.items() if (kept := _without(clip.caption, value)) != value}
    if clip.provenance is not None and "provenance" not in changes:
        provenance = _provenance_without(clip.caption, clip.provenance)
        changes |= {"provenance": provenance} if provenance != clip.provenance else {}
    flags = (*(flag for flag in clip.flags if _without(clip.caption, flag) == flag), FLAG)
    return clip.model_copy(update={**changes, "caption": caption_hash(clip.caption), "flags": flags})


class Withholding:
    """What push makes of a clip: as it is, dehydrated, or left out with a reason, as its source and its model allow.

    `everything`: dehydrate all captions. `claimed`: who publishes states to have the rights; nothing is left out.
    """

    def __init__(self, *, everything: bool = False, claimed: bool = False):
        self.everything, self.claimed = everything, claimed

    def __call__(self, clip: Clip, read_video: Callable[[], bytes]) -> Clip | str:
        text, video = _allowed(clip.source, clip.generator, clip.provenance, clip.synthetic)
        if not (video or self.claimed):
            return VIDEO_RIGHTS
        if (text or self.claimed) and not self.everything:
            return clip
        if _is_telling(clip.caption) and not is_dehydrated(clip) and clip.caption.encode() in read_video():
            return CAPTION_IN_VIDEO
        return dehydrate(clip)

    def reject(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A line of rejected.jsonl as it may be published: only what names the row, where its text may not be."""
        origin = [row.get(name) for name in ("source", "generator", "provenance")]
        text, _ = _allowed(*(value if isinstance(value, str) else None for value in origin), None)
        if (text or self.claimed) and not self.everything:
            return dict(row)
        caption = row.get("caption")
        if not isinstance(caption, str):
            return {name: row[name] for name in _KEPT_OF_REJECTS if name in row}
        kept = {name: _without(caption, row[name]) for name in _KEPT_OF_REJECTS if name in row}
        return {**kept, "caption": caption if caption.startswith(_PREFIX) else caption_hash(caption)}


class Hydration:
    """Captions put back into clips by their hashes. `clips`: what the sources hold, as read by `svta describe`."""

    def __init__(self, clips: Iterable[Clip]):
        self.sources: set[str] = set()
        self._captions: dict[bytes, str] = {}
        for clip in clips:
            self.sources.add(clip.source or "")
            self._learn(clip.caption)

    def learn(self, clips: Iterable[Clip]) -> None:
        """Remember the captions of clips that are no source: a folder in which captions were put back before."""
        for clip in clips:
            if not is_dehydrated(clip):
                self._learn(clip.caption)

    def _learn(self, caption: str) -> None:
        self._captions[hashlib.sha256(caption.encode()).digest()] = caption

    def __call__(self, clip: Clip, read_video: Callable[[], bytes] | None = None) -> Clip:
        """The clip with its caption where a source holds it, else as it was."""
        caption = self.find(clip.caption) if is_dehydrated(clip) else None
        if caption is None:
            return clip
        return clip.model_copy(update={"caption": caption, "flags": tuple(f for f in clip.flags if f != FLAG)})

    def find(self, placeholder: str) -> str | None:
        """The caption that a hash stands for: its own hash is that hash, or it is not the caption."""
        try:
            return self._captions.get(bytes.fromhex(placeholder.removeprefix(_PREFIX)))
        except ValueError:
            return None

    def reject(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A line of rejected.jsonl with its caption, where a source holds it."""
        caption = row.get("caption")
        found = self.find(caption) if isinstance(caption, str) and caption.startswith(_PREFIX) else None
        return {**row, "caption": found} if found is not None else dict(row)


def may_publish(clip: Sourced) -> tuple[bool, bool]:
    """Whether the licences of what a clip is made of let its caption, and its video, be published."""
    return _allowed(clip.source, clip.generator, clip.provenance, clip.synthetic)


@lru_cache(maxsize=10_000)
def _allowed(
    source: str | None, generator: str | None, provenance: str | None, synthetic: bool | None
) -> tuple[bool, bool]:
    made = Clip.model_construct(source=source, generator=generator, provenance=provenance, synthetic=synthetic)
    parts = list(parts_of(made))
    footage = [name for kind, name in parts if kind == "source"] if synthetic is False else []
    rights = strictest_of(parts, footage)
    return rights.redistribute_text, rights.redistribute_video


def _is_telling(caption: str) -> bool:
    return len(caption) >= _TELLING_CHARS


def _without(caption: str, value: Any) -> Any:
    """A field's value, or the hash of the text if it is or holds the caption."""
    if isinstance(value, str) and (value == caption or (_is_telling(caption) and caption in value)):
        return caption_hash(value)
    if isinstance(value, list):
        return [_without(caption, item) for item in value]
    if isinstance(value, dict):
        return {name: _without(caption, item) for name, item in value.items()}
    return value


def _provenance_without(caption: str, provenance: str) -> str:
    try:
        facts = json.loads(provenance)
    except ValueError:
        return provenance
    kept = _without(caption, facts)
    return provenance if kept == facts else json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
