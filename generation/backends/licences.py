"""What the licences of everything that goes into clips allow, printed before the first of them is generated."""

from __future__ import annotations

from collections.abc import Iterable

from svta.builder.record import Clip
from svta.builder.rights import Part, find, notices, parts_of


def licence_notes(model: str, clips: Iterable[Clip] = (), more: Iterable[Part] = ()) -> list[str]:
    """A line per part, unknown ones first: the model, `more` (LoRAs, text encoders), chat models, footage of clips."""
    parts = [Part("video", model), *more]
    parts += sorted({part for clip in clips for part in parts_of(clip) if part.kind in ("chat", "reference")})
    hint = [] if find(model, "video").known else ["give --model-id OWNER/NAME if this is a copy of a published model"]
    return [*notices(parts), *hint]
