"""Captions that may not be published: a hash takes their place, and whoever has the source gets everything back.

Reads clips, gives clips. `svta push` dehydrates what a licence forbids, `svta pull --source uca=FILE` hydrates.
Of a dehydrated clip only fields go out that cannot hold the caption's words: numbers, names of svta's own tables,
hashes. All else (prompts, tags, source videos, keys with words in them) is sealed with the caption as the key: see
sealing.py. Such a clip has the caption "sha256:<64 hex digits>" and the flag `dehydrated`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from svta.builder.errors import ClipError
from svta.builder.io.json_text import read_jsonl
from svta.builder.paths import INDEX, REJECTED
from svta.builder.record import Clip
from svta.builder.rights import ORIGIN, Rights, Sourced, facts_of, parts_of, public_name, strictest
from svta.builder.shards.index import read_index

from .caption_search import CaptionSearch
from .public_fields import (
    FLAG,
    HASH,
    HASH_PREFIX,
    OPEN_FLAGS,
    SEALED,
    SEALED_WITH,
    caption_hash,
    provenance_text,
    public_facts,
    public_fields,
    public_reject,
    text_of,
)  # fmt: skip
from .sealing import MAX_SEALED_CHARS, seal, unseal
from .unlicensed import with_licence
from .video_tags import Patch, blank_tags, patches_from_json, patches_to_json, put_back

VIDEO_RIGHTS: Final = "video_rights"
CAPTION_IN_VIDEO: Final = "caption_in_video"
TOO_LONG_TO_SEAL: Final = "too_long_to_seal"
_VIDEO: Final = "video"  # among the sealed fields: what was in the mp4's tags
_TELLING_CHARS: Final = 20  # a shorter caption is in compressed bytes and other words by chance


class Video(NamedTuple):
    """An mp4 whose foreign tags are blanked, and what was there."""

    mp4: bytes
    patches: list[Patch]


def is_dehydrated(clip: Clip) -> bool:
    """Whether a hash is where the caption was."""
    return FLAG in clip.flags and clip.caption.startswith(HASH_PREFIX)


def dehydrate(clip: Clip, key: str | None = None, video: Video | None = None) -> Clip | None:
    """The clip without its caption and without every field that could repeat it; None if the rest is too long to seal.

    `key`: the caption that opens the sealed fields, where it is another one than the clip's own (of a near copy).
    `video`: the mp4 with blanked tags, if it had any.
    """
    public, facts = public_fields(clip), public_facts(clip.provenance)
    caption = clip.caption
    if not is_dehydrated(clip):
        public["provenance"] = provenance_text(facts)
        if video is not None and clip.sha256 is not None:
            public["sha256"] = hashlib.sha256(video.mp4).hexdigest()
        lost = {name: getattr(clip, name) for name, value in public.items() if value != getattr(clip, name)}
        lost |= {"caption": clip.caption} if key is not None else {}
        lost |= {_VIDEO: patches_to_json(video.patches)} if video is not None else {}
        if lost:
            lost["provenance"] = clip.provenance  # the seal goes in there
            facts[SEALED] = seal(lost, clip.caption if key is None else key)
            facts |= {SEALED_WITH: caption_hash(key)} if key is not None else {}
            if len(str(facts[SEALED])) > MAX_SEALED_CHARS:
                return None
        caption = caption_hash(clip.caption)
    flags = (*(flag for flag in clip.flags if flag in OPEN_FLAGS), FLAG)
    return clip.model_copy(update={**public, "caption": caption, "provenance": provenance_text(facts), "flags": flags})


class Withholding:
    """What push makes of a clip: as it is, dehydrated, or left out with a reason, as the rights of its parts allow.

    `everything`: dehydrate all captions. `claimed`: who publishes states to have the rights; nothing is left out.
    `own`: rows of rights of the dataset's project; `license`: of captions without a known one;
    `footage_license`: of imported clips without one, for a licence of captions says nothing about somebody's videos.
    """

    def __init__(
        self,
        *,
        everything: bool = False,
        claimed: bool = False,
        own: Iterable[Rights] = (),
        license: str | None = None,
        footage_license: str | None = None,
    ):
        self.everything, self.claimed, self.license = everything, claimed, license
        self.footage_license = footage_license
        self.may_publish = Publishable(own)
        self.search = CaptionSearch(())
        self.needed = everything  # whether anything of the dataset has to be withheld
        self.copies = 0  # captions that would be published, were they not copies of a withheld one
        self._keys: dict[str, str] = {}  # source -> a caption of it that seals rows without one

    def prepare(self, dataset: Path) -> Withholding:
        """Read which captions of a dataset stay here, so that copies of them are known; returns itself."""
        withheld: list[str] = []
        public: list[tuple[Clip, bool]] = []  # and whether it is a clip, no line of rejected.jsonl
        clips = [self._licensed(row.clip) for row in read_index(dataset / INDEX)]
        num_clips = len(clips)
        if (dataset / REJECTED).is_file():
            clips += [self._row_origin(row) for _, row in read_jsonl(dataset / REJECTED)]
        for at, clip in enumerate(clips):
            if self._may_go(clip):
                public.append((clip, at < num_clips))
                continue
            self.needed = True
            if at >= num_clips and not clip.source and self.license:
                continue  # a row that does not say whose it is; clips that repeat it go by their own source
            if clip.caption and not HASH.fullmatch(clip.caption):
                withheld.append(clip.caption)
                self._keys.setdefault(clip.source or "", clip.caption)
        self.search = CaptionSearch(withheld)
        allowed = set()
        for clip, is_clip in public if self.search else ():
            if self._original(clip) is None:
                allowed.add(clip.caption)
            elif is_clip and self.may_publish(clip)[1]:
                self.copies += 1
        for caption in allowed:
            self.search.allow(caption)
        return self

    def verdict(self, clip: Clip) -> str | None:
        """None: the clip goes out as it is; else `dehydrated`, or the reason why it is left out."""
        clip = self._licensed(clip)
        if not (self.may_publish(clip)[1] or self.claimed):
            return VIDEO_RIGHTS
        return None if self._may_go(clip) and self._original(clip) is None else FLAG

    def __call__(self, clip: Clip, read_video: Callable[[], bytes]) -> Clip | tuple[Clip, bytes] | str:
        clip = self._licensed(clip)
        if (verdict := self.verdict(clip)) != FLAG:
            return verdict or clip
        if is_dehydrated(clip):
            return dehydrate(clip) or clip
        video = Video(*blank_tags(read_video()))
        if self._stands_in(clip.caption, video.mp4):
            return CAPTION_IN_VIDEO
        made = dehydrate(clip, self._original(clip), video if video.patches else None)
        if made is None:
            return TOO_LONG_TO_SEAL
        return (made, video.mp4) if video.patches else made

    def reject(self, row: Mapping[str, object]) -> dict[str, object]:
        """A line of rejected.jsonl as it may be published: what names the row and its reason; the rest is sealed."""
        origin, caption = self._row_origin(row), text_of(row, "caption")
        original = self._original(origin)
        if self._may_go(origin) and original is None:
            return dict(row)
        kept = public_reject(row)
        if SEALED in kept or (caption and HASH.fullmatch(caption)):
            return kept
        key = original or caption or self._keys.get(origin.source or "") or next(iter(self._keys.values()), None)
        if key is not None:
            kept[SEALED] = seal({"row": dict(row)}, key)
            kept |= {SEALED_WITH: caption_hash(key)} if key != caption else {}
        return kept

    def _row_origin(self, row: Mapping[str, object]) -> Clip:
        """The same of a line of rejected.jsonl; one without a source may be anybody's, and gets no licence."""
        origin = _origin(row)
        return self._licensed(origin) if origin.source else origin

    def _licensed(self, clip: Clip) -> Clip:
        license = self.footage_license if clip.synthetic is False else self.license
        if license is None:
            return clip
        part = next(parts_of(clip))
        given = with_licence(part, license, self.may_publish.own)
        return clip if given == part else clip.model_copy(update={"license": license})

    def _may_go(self, clip: Sourced) -> bool:
        return (self.may_publish(clip)[0] or self.claimed) and not self.everything

    def _original(self, clip: Clip) -> str | None:
        """The withheld caption that a publishable one is a near copy of."""
        if not self.search or not self._may_go(clip):
            return None
        written_by_model = next(parts_of(clip))[0] == "chat"  # the first part is the caption's own maker
        return self.search.original_of(clip.caption, independent=not written_by_model)

    def _stands_in(self, caption: str, video: bytes) -> bool:
        whole = len(caption) >= _TELLING_CHARS and caption.encode() in video
        return whole or self.search.find_bytes(video) is not None


def _origin(row: Mapping[str, object]) -> Clip:
    """What of a rejected row decides its rights, as a clip has it, and its caption."""
    texts: dict[str, Any] = {name: text_of(row, name) for name in ORIGIN if name != "synthetic"}
    return Clip.model_construct(caption=text_of(row, "caption") or "", **texts)


class Hydration:
    """Captions put back into clips by their hashes. `clips`: what the sources hold, as read by `svta describe`."""

    def __init__(self, clips: Iterable[Clip]):
        self.sources: set[str] = set()
        self._captions: dict[bytes, str] = {}
        for clip in clips:
            self.sources.add(public_name(clip.source, "source") if clip.source else "")
            self._learn(clip.caption)

    def learn(self, clips: Iterable[Clip]) -> None:
        """Remember the captions of clips that are not a source: a folder in which captions were put back before."""
        for clip in clips:
            if not is_dehydrated(clip):
                self._learn(clip.caption)

    def _learn(self, caption: str) -> None:
        self._captions[hashlib.sha256(caption.encode()).digest()] = caption

    def __call__(self, clip: Clip, read_video: Callable[[], bytes] = lambda: b"") -> Clip | tuple[Clip, bytes]:
        """The clip as it was packed, where a source holds its caption and its sealed fields open; else unchanged.

        With its video where tags of it were blanked.
        """
        if not is_dehydrated(clip):
            return clip
        facts = facts_of(clip.provenance)
        key = self.find(str(facts.get(SEALED_WITH, clip.caption)))
        if key is None:
            return clip
        fields: dict[str, object] = {"caption": key, "flags": [flag for flag in clip.flags if flag != FLAG]}
        if SEALED in facts:
            if (opened := unseal(str(facts[SEALED]), key)) is None:
                return clip
            fields |= opened
        try:
            patches = patches_from_json(fields.pop(_VIDEO, []))
            restored = clip.replace(**fields)
            video = put_back(read_video(), patches) if patches else b""
        except (ClipError, ValueError):
            return clip
        if caption_hash(restored.caption) != clip.caption:
            return clip
        return (restored, video) if patches else restored

    def find(self, placeholder: str) -> str | None:
        """The caption that a hash stands for: its own hash is that hash, or it is not the caption."""
        try:
            return self._captions.get(bytes.fromhex(placeholder.removeprefix(HASH_PREFIX)))
        except ValueError:
            return None

    def reject(self, row: Mapping[str, object]) -> dict[str, object]:
        """A line of rejected.jsonl as it was, where a source holds the caption that opens it."""
        placeholder, sealed = text_of(row, SEALED_WITH) or text_of(row, "caption") or "", text_of(row, SEALED)
        key = self.find(placeholder) if placeholder.startswith(HASH_PREFIX) else None
        if key is None:
            return dict(row)
        if sealed is None:  # published by svta 0.1.0
            return {**row, "caption": key}
        opened = unseal(sealed, key) or {}
        whole = opened.get("row")
        return whole if isinstance(whole, dict) else dict(row)


class Publishable:
    """Whether the licences of what a clip is made of let its caption, and its video, be published.

    `own`: the rows of rights in the project that the dataset was packed under.
    """

    def __init__(self, own: Iterable[Rights] = ()):
        self.own = tuple(own)
        self._known: dict[tuple[object, ...], tuple[bool, bool]] = {}

    def __call__(self, clip: Sourced) -> tuple[bool, bool]:
        origin = tuple(getattr(clip, name) for name in ORIGIN)
        if origin not in self._known:
            rights = strictest([clip], self.own)
            self._known[origin] = rights.redistribute_text, rights.redistribute_video
        return self._known[origin]


may_publish: Final = Publishable()
