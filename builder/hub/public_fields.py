"""What of a clip, and of a rejected row, everybody may read although its caption is withheld: an allow-list.

Reads clips and rows, gives the fields that cannot hold the caption's words: numbers, hashes, names of svta's own
tables. What is not named here does not go out; dehydration.py seals it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Final

from svta.builder.layout.stats import WITHHELD
from svta.builder.record import CLIP_FIELDS, Clip
from svta.builder.rights import PARTS_IN_PROVENANCE, Kind, facts_of, names_in, public_name
from svta.builder.splits import group_of, split_name

from .sealing import MAX_SEALED_CHARS

FLAG: Final = WITHHELD
SEALED: Final = "sealed"
SEALED_WITH: Final = "sealed_with"  # the hash of the caption that is the key, where it is not the clip's own
HASH_PREFIX: Final = "sha256:"
HASH: Final = re.compile(r"sha256:[0-9a-f]{64}")
_HASH_KEY: Final = re.compile(r"[0-9a-f]{16,64}")
_SEALED_TEXT: Final = re.compile(r"[!-~]+")
_REASON: Final = re.compile(r"[a-z]{1,20}(_[a-z]{1,20}){0,2}")
# numbers, truth values and hashes: they go out as they are
_OPEN_FIELDS: Final = (
    "category", "is_anomaly", "start", "end", "num_frames", "fps", "width", "height", "duration", "seed", "sha256",
    "motion", "synthetic",
)  # fmt: skip
OPEN_FLAGS: Final = frozenset((
    "audio_dropped", "bidi", "control_characters", "depicts_minor", "duplicate", "frame_count", "invisible_characters",
    "language", "markdown", "minor_sexual", "minor_violence", "names_person", "near_duplicate", "reencoded", "refusal",
    "static", "text_only", "think_tag", "tiny",
))  # fmt: skip
_OPEN_NUMBERS: Final = ("attempt", "batch_size", "flow_shift", "guidance_scale", "steps")
_OPEN_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "device": ("cpu", "cuda", "mps"),
    "dtype": ("bfloat16", "float16", "float32"),
    "preset": ("reference", "balanced", "fast", "distilled"),
}
_OPEN_PARTS: Final[Mapping[str, Kind]] = {"model": "video", "chat_model": "chat", **PARTS_IN_PROVENANCE}


def caption_hash(caption: str) -> str:
    """What stands for a caption: "sha256:" and the hash of its UTF-8 bytes."""
    return HASH_PREFIX + hashlib.sha256(caption.encode()).hexdigest()


def public_fields(clip: Clip) -> dict[str, object]:
    """The fields of a clip as everybody may read them; caption and provenance are not among them."""
    grouped = clip.group or clip.source_id
    fields: dict[str, object] = {name: None for name in CLIP_FIELDS if name not in ("caption", "provenance")}
    fields |= {name: getattr(clip, name) for name in _OPEN_FIELDS}
    return fields | {
        "key": public_key(clip.key),
        "source": clip.source and public_name(clip.source, "source"),
        "source_split": clip.source_split if split_name(clip.source_split) else None,
        "group": (clip.group if HASH.fullmatch(grouped) else caption_hash(group_of(clip))) if grouped else None,
        "flags": tuple(flag for flag in clip.flags if flag in OPEN_FLAGS),
        "generator": clip.generator and public_name(clip.generator, "video"),
    }


def public_key(key: str) -> str:
    """A key made from a hash stays; of any other, which may hold words, the hash is taken."""
    return key if _HASH_KEY.fullmatch(key) else hashlib.sha256(key.encode()).hexdigest()[:20]


def public_facts(provenance: str | None) -> dict[str, object]:
    """What of a provenance everybody may read: numbers, words of fixed lists, parts by their public names."""
    facts: dict[str, object] = {}
    for name, value in facts_of(provenance).items():
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
    shape = {"spec": _HASH_KEY, SEALED_WITH: HASH}.get(name)
    return value in _OPEN_WORDS.get(name, ()) or (shape is not None and shape.fullmatch(value) is not None)


def provenance_text(facts: Mapping[str, object]) -> str | None:
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False) if facts else None


def public_reject(row: Mapping[str, object]) -> dict[str, object]:
    kept: dict[str, object] = {}
    for name in ("key", "of"):
        if (value := text_of(row, name)) is not None:
            kept[name] = public_key(value)
    if source := text_of(row, "source"):
        kept["source"] = public_name(source, "source")
    if split_name(split := text_of(row, "source_split")):
        kept["source_split"] = split
    reason = text_of(row, "reason") or ""
    kept["reason"] = reason if _REASON.fullmatch(reason) else "unnamed"
    flags = row.get("flags")
    if isinstance(flags, list) and (known := [flag for flag in flags if flag in (*OPEN_FLAGS, FLAG)]):
        kept["flags"] = known
    if caption := text_of(row, "caption"):
        kept["caption"] = caption if HASH.fullmatch(caption) else caption_hash(caption)
    for name, shape in ((SEALED, _SEALED_TEXT), (SEALED_WITH, HASH)):
        if (value := text_of(row, name)) is not None and shape.fullmatch(value):
            kept[name] = value
    return kept


def text_of(row: Mapping[str, object], name: str) -> str | None:
    value = row.get(name)
    return value if isinstance(value, str) else None
