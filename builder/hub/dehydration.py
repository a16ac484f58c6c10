"""Captions that may not be published: a hash stands in their place, and whoever has the source gets everything back.

Reads clips, gives clips. `svta push` dehydrates what a licence forbids, `svta pull --source uca=FILE` hydrates.
Of a dehydrated clip only fields go out that cannot hold the caption's words: numbers, names of svta's own tables,
hashes. All else (prompts, tags, source videos, keys with words in them) is sealed with the caption as the key: see
sealing.py. Such a clip has the caption "sha256:<64 hex digits>" and the flag `dehydrated`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from svta.builder.errors import ClipError
from svta.builder.io.json_text import read_jsonl
from svta.builder.layout.stats import WITHHELD
from svta.builder.paths import INDEX, REJECTED
from svta.builder.record import CLIP_FIELDS, Clip
from svta.builder.rights import PARTS_IN_PROVENANCE, Kind, Sourced, names_in, parts_of, public_name, strictest_of
from svta.builder.shards.index import read_index
from svta.builder.splits import group_of, split_name

from .caption_search import CaptionSearch
from .sealing import MAX_SEALED_CHARS, seal, unseal
from .video_tags import Patch, blank_tags, patches_from_json, patches_to_json, put_back

FLAG: Final = WITHHELD
VIDEO_RIGHTS: Final = "video_rights"
CAPTION_IN_VIDEO: Final = "caption_in_video"
TOO_LONG_TO_SEAL: Final = "too_long_to_seal"
SEALED: Final = "sealed"
SEALED_WITH: Final = "sealed_with"  # the hash of the caption that is the key, where it is not the clip's own
_VIDEO: Final = "video"  # among the sealed fields: what stood in the mp4's tags
_PREFIX: Final = "sha256:"
_HASH: Final = re.compile(r"sha256:[0-9a-f]{64}")
_HASH_KEY: Final = re.compile(r"[0-9a-f]{16,64}")
_SEALED_TEXT: Final = re.compile(r"[!-~]+")
_TELLING_CHARS: Final = 20  # a shorter caption stands in compressed bytes and other words by chance
_REASON: Final = re.compile(r"[a-z]{1,20}(_[a-z]{1,20}){0,2}")
# numbers, truth values and hashes: they go out as they are
_OPEN_FIELDS: Final = (
    "category", "is_anomaly", "start", "end", "num_frames", "fps", "width", "height", "duration", "seed", "sha256",
    "motion", "synthetic",
)  # fmt: skip
_OPEN_FLAGS: Final = frozenset((
    "audio_dropped", "bidi", "depicts_minor", "duplicate", "frame_count", "invisible_characters", "language",
    "markdown", "minor_sexual", "minor_violence", "names_person", "near_duplicate", "reencoded", "refusal", "static",
    "text_only", "think_tag", "tiny",
))  # fmt: skip
_OPEN_NUMBERS: Final = ("attempt", "batch_size", "flow_shift", "guidance_scale", "steps")
_OPEN_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "device": ("cpu", "cuda", "mps"),
    "dtype": ("bfloat16", "float16", "float32"),
    "preset": ("reference", "balanced", "fast", "distilled"),
}
_OPEN_PARTS: Final[Mapping[str, Kind]] = {"model": "video", "chat_model": "chat", **PARTS_IN_PROVENANCE}


class Video(NamedTuple):
    """An mp4 whose foreign tags are blanked, and what stood there."""

    mp4: bytes
    patches: list[Patch]


def caption_hash(caption: str) -> str:
    """What stands for a caption: "sha256:" and the hash of its UTF-8 bytes."""
    return _PREFIX + hashlib.sha256(caption.encode()).hexdigest()


def is_dehydrated(clip: Clip) -> bool:
    """Whether a hash stands where the caption was."""
    return FLAG in clip.flags and clip.caption.startswith(_PREFIX)


def dehydrate(clip: Clip, key: str | None = None, video: Video | None = None) -> Clip | None:
    """The clip without its caption and without every field that could repeat it; None if the rest is too long to seal.

    `key`: the caption that opens the sealed fields, where it is another one than the clip's own (of a near copy).
    `video`: the mp4 with blanked tags, if it had any.
    """
    public, facts = _public_fields(clip), _public_facts(clip.provenance)
    caption = clip.caption
    if not is_dehydrated(clip):
        public["provenance"] = _provenance(facts)
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
    flags = (*(flag for flag in clip.flags if flag in _OPEN_FLAGS), FLAG)
    return clip.model_copy(update={**public, "caption": caption, "provenance": _provenance(facts), "flags": flags})


def _public_fields(clip: Clip) -> dict[str, object]:
    """The fields of a clip as everybody may read them; caption and provenance are not among them."""
    grouped = clip.group or clip.source_id
    fields: dict[str, object] = {name: None for name in CLIP_FIELDS if name not in ("caption", "provenance")}
    fields |= {name: getattr(clip, name) for name in _OPEN_FIELDS}
    return fields | {
        "key": public_key(clip.key),
        "source": clip.source and public_name(clip.source, "source"),
        "source_split": clip.source_split if split_name(clip.source_split) else None,
        "group": (clip.group if _HASH.fullmatch(grouped) else caption_hash(group_of(clip))) if grouped else None,
        "flags": tuple(flag for flag in clip.flags if flag in _OPEN_FLAGS),
        "generator": clip.generator and public_name(clip.generator, "video"),
    }


def public_key(key: str) -> str:
    """A key made from a hash stays; of any other, which may hold words, the hash is taken."""
    return key if _HASH_KEY.fullmatch(key) else hashlib.sha256(key.encode()).hexdigest()[:20]


def _public_facts(provenance: str | None) -> dict[str, object]:
    """What of a provenance everybody may read: numbers, words of fixed lists, parts by their public names."""
    facts: dict[str, object] = {}
    for name, value in _facts(provenance).items():
        if name in _OPEN_PARTS and (parts := names_in(value)):
            facts[name] = ",".join(public_name(part, _OPEN_PARTS[name]) for part in parts)
        elif _is_open(name, value):
            facts[name] = value
    return facts


def _is_open(name: str, value: object) -> bool:
    if not isinstance(value, str):
        return name in _OPEN_NUMBERS and isinstance(value, (int, float))
    if name == SEALED:
        return len(value) <= MAX_SEALED_CHARS and _SEALED_TEXT.fullmatch(value) is not None
    shape = {"spec": _HASH_KEY, SEALED_WITH: _HASH}.get(name)
    return value in _OPEN_WORDS.get(name, ()) or (shape is not None and shape.fullmatch(value) is not None)


def _facts(provenance: str | None) -> dict[str, object]:
    try:
        facts = json.loads(provenance or "{}")
    except (ValueError, RecursionError):
        return {}
    return facts if isinstance(facts, dict) else {}


def _provenance(facts: Mapping[str, object]) -> str | None:
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False) if facts else None


class Withholding:
    """What push makes of a clip: as it is, dehydrated, or left out with a reason, as the rights of its parts allow.

    `everything`: dehydrate all captions. `claimed`: who publishes states to have the rights; nothing is left out.
    """

    def __init__(self, *, everything: bool = False, claimed: bool = False):
        self.everything, self.claimed = everything, claimed
        self.search = CaptionSearch(())
        self.needed = everything  # whether anything of the dataset has to be withheld
        self._keys: dict[str, str] = {}  # source -> a caption of it that seals rows without one

    def prepare(self, dataset: Path) -> Withholding:
        """Read which captions of a dataset stay here, so that copies of them are known; returns itself."""
        withheld: list[str] = []
        public: list[Clip] = []
        clips = [row.clip for row in read_index(dataset / INDEX)]
        if (dataset / REJECTED).is_file():
            clips += [_origin(row) for _, row in read_jsonl(dataset / REJECTED)]
        for clip in clips:
            if self._may_go(clip):
                public.append(clip)
                continue
            self.needed = True
            if clip.caption and not _HASH.fullmatch(clip.caption):
                withheld.append(clip.caption)
                self._keys.setdefault(clip.source or "", clip.caption)
        self.search = CaptionSearch(withheld)
        for caption in {clip.caption for clip in public if self.search and self._original(clip) is None}:
            self.search.allow(caption)
        return self

    def verdict(self, clip: Clip) -> str | None:
        """None: the clip goes out as it is; else `dehydrated`, or the reason why it is left out."""
        if not (_allowed(clip)[1] or self.claimed):
            return VIDEO_RIGHTS
        return None if self._may_go(clip) and self._original(clip) is None else FLAG

    def __call__(self, clip: Clip, read_video: Callable[[], bytes]) -> Clip | tuple[Clip, bytes] | str:
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
        origin, caption = _origin(row), _text(row, "caption")
        original = self._original(origin)
        if self._may_go(origin) and original is None:
            return dict(row)
        kept = _public_reject(row)
        if SEALED in kept or (caption and _HASH.fullmatch(caption)):
            return kept
        key = original or caption or self._keys.get(origin.source or "") or next(iter(self._keys.values()), None)
        if key is not None:
            kept[SEALED] = seal({"row": dict(row)}, key)
            kept |= {SEALED_WITH: caption_hash(key)} if key != caption else {}
        return kept

    def _may_go(self, clip: Sourced) -> bool:
        return (_allowed(clip)[0] or self.claimed) and not self.everything

    def _original(self, clip: Clip) -> str | None:
        """The withheld caption that a publishable one is a near copy of."""
        if not self.search or not self._may_go(clip):
            return None
        written_by_model = any(kind == "chat" for kind, _ in parts_of(clip))
        return self.search.original_of(clip.caption, independent=not written_by_model)

    def _stands_in(self, caption: str, video: bytes) -> bool:
        whole = len(caption) >= _TELLING_CHARS and caption.encode() in video
        return whole or self.search.find_bytes(video) is not None


def _public_reject(row: Mapping[str, object]) -> dict[str, object]:
    kept: dict[str, object] = {}
    for name in ("key", "of"):
        if (value := _text(row, name)) is not None:
            kept[name] = public_key(value)
    if source := _text(row, "source"):
        kept["source"] = public_name(source, "source")
    if split_name(split := _text(row, "source_split")):
        kept["source_split"] = split
    reason = _text(row, "reason") or ""
    kept["reason"] = reason if _REASON.fullmatch(reason) else "unnamed"
    flags = row.get("flags")
    if isinstance(flags, list) and (known := [flag for flag in flags if flag in (*_OPEN_FLAGS, FLAG)]):
        kept["flags"] = known
    if caption := _text(row, "caption"):
        kept["caption"] = caption if _HASH.fullmatch(caption) else caption_hash(caption)
    for name, shape in ((SEALED, _SEALED_TEXT), (SEALED_WITH, _HASH)):
        if (value := _text(row, name)) is not None and shape.fullmatch(value):
            kept[name] = value
    return kept


def _text(row: Mapping[str, object], name: str) -> str | None:
    value = row.get(name)
    return value if isinstance(value, str) else None


def _origin(row: Mapping[str, object]) -> Clip:
    """What of a rejected row decides its rights, as a clip has it, and its caption."""
    origin = {name: _text(row, name) for name in ("source", "generator", "provenance")}
    return Clip.model_construct(**origin, caption=_text(row, "caption") or "", synthetic=None)


class Hydration:
    """Captions put back into clips by their hashes. `clips`: what the sources hold, as read by `svta describe`."""

    def __init__(self, clips: Iterable[Clip]):
        self.sources: set[str] = set()
        self._captions: dict[bytes, str] = {}
        for clip in clips:
            self.sources.add(public_name(clip.source, "source") if clip.source else "")
            self._learn(clip.caption)

    def learn(self, clips: Iterable[Clip]) -> None:
        """Remember the captions of clips that are no source: a folder in which captions were put back before."""
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
        facts = _facts(clip.provenance)
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
            return self._captions.get(bytes.fromhex(placeholder.removeprefix(_PREFIX)))
        except ValueError:
            return None

    def reject(self, row: Mapping[str, object]) -> dict[str, object]:
        """A line of rejected.jsonl as it was, where a source holds the caption that opens it."""
        placeholder, sealed = _text(row, SEALED_WITH) or _text(row, "caption") or "", _text(row, SEALED)
        key = self.find(placeholder) if placeholder.startswith(_PREFIX) else None
        if key is None:
            return dict(row)
        if sealed is None:  # published by svta 0.1.0
            return {**row, "caption": key}
        opened = unseal(sealed, key) or {}
        whole = opened.get("row")
        return whole if isinstance(whole, dict) else dict(row)


def may_publish(clip: Sourced) -> tuple[bool, bool]:
    """Whether the licences of what a clip is made of let its caption, and its video, be published."""
    return _allowed(clip)


def _allowed(clip: Sourced) -> tuple[bool, bool]:
    return _allowed_of(clip.source, clip.generator, clip.provenance, clip.synthetic)


@lru_cache(maxsize=10_000)
def _allowed_of(
    source: str | None, generator: str | None, provenance: str | None, synthetic: bool | None
) -> tuple[bool, bool]:
    made = Clip.model_construct(source=source, generator=generator, provenance=provenance, synthetic=synthetic)
    parts = list(parts_of(made))
    footage = [name for kind, name in parts if kind == "source"] if synthetic is False else []
    rights = strictest_of(parts, footage)
    return rights.redistribute_text, rights.redistribute_video
