"""The mark inside an mp4 that says it is synthetic (IPTC digital source type)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal

SourceType = Literal["trainedAlgorithmicMedia", "algorithmicMedia"]
SOURCE_TYPE_URL: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"
TERMS: Final[tuple[SourceType, ...]] = ("trainedAlgorithmicMedia", "algorithmicMedia")
_COMMENT: Final = re.compile(rf"digital source type {re.escape(SOURCE_TYPE_URL)}(\w+); svta key ([a-z0-9_-]{{1,80}})")


def synthetic_mark(source_type: SourceType, key: str) -> dict[str, str]:
    """Metadata that says a clip was made by an algorithm: `comment` (survives a plain remux) and own tags.

    trainedAlgorithmicMedia: a diffusion model made it; algorithmicMedia: the storyboard drew it (IPTC's terms).
    """
    url = SOURCE_TYPE_URL + source_type
    return {
        "comment": f"synthetic video; digital source type {url}; svta key {key}",
        "digital_source_type": url,
        "svta_key": key,
    }


def marked_source_type(metadata: Mapping[str, str]) -> SourceType | None:
    """The IPTC term a clip is marked with (in its own tags or its comment), or None."""
    text = " ".join(value for name, value in metadata.items() if name.lower() in ("comment", "digital_source_type"))
    return next((term for term in TERMS if SOURCE_TYPE_URL + term in text), None)


def marked_key(data: bytes) -> str | None:
    """The key in the mark that some bytes of an mp4 hold (its beginning, or its end), or None."""
    match = _COMMENT.search(data.decode("latin-1"))
    return match[2] if match else None


def key_of(metadata: Mapping[str, str]) -> str | None:
    """The key a clip is marked with: in its own tag, or in its comment, which survives a plain remux."""
    return metadata.get("svta_key") or marked_key(metadata.get("comment", "").encode("latin-1", "replace"))


def mark_for(metadata: Mapping[str, str], key: str) -> dict[str, str]:
    """The mark of a video that is made of a marked one: the same source type, its own key. Empty for others."""
    term = marked_source_type(metadata)
    return {} if term is None else synthetic_mark(term, key)
