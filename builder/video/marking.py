"""The mark inside an mp4 that says it is synthetic (IPTC digital source type)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

SourceType = Literal["trainedAlgorithmicMedia", "algorithmicMedia"]
SOURCE_TYPE_URL: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"


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


def marked_source_type(metadata: Mapping[str, str]) -> str | None:
    """The IPTC term a clip is marked with (in its own tags or its comment), or None."""
    text = " ".join(value for name, value in metadata.items() if name.lower() in ("comment", "digital_source_type"))
    terms = ("trainedAlgorithmicMedia", "algorithmicMedia")
    return next((term for term in terms if SOURCE_TYPE_URL + term in text), None)
