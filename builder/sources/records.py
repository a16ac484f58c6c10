"""Fields of a row -> what a clip needs of them: texts that are texts, one line of caption, a category that is known.

The step from fields to records that `svta describe` and `svta import` share. A row that cannot be a clip is a
RowProblem with a reason code; the rows around it go on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from svta.builder.taxonomy import Category, Taxonomy

from .columns import Fields

Reject = dict[str, object]  # the fields of a row, or of a clip, and `reason`; written as a line of JSON

_TEXTS: Final = ("caption", "key", "category", "source", "source_id", "source_split", "group", "tag", "license",
                 "generator", "provenance", "sha256", "video")  # fmt: skip
_INVISIBLE: Final = re.compile("[\\s\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\u3164\u2800]+")
_BREAKS: Final = re.compile(r"[\t\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")


class RowProblem(Exception):
    """Why a row is no clip: a reason code, and the fault in words."""

    def __init__(self, reason: str, detail: str, **more: str):
        super().__init__(reason, detail)
        self.reason, self.detail, self.more = reason, detail, more

    def as_reject(self, fields: Fields, names: Iterable[str], **more: str) -> Reject:
        """A line of rejected.jsonl: reason and detail, and some fields as text of at most 200 characters."""
        shown = {name: str(fields[name])[:200] for name in names if fields.get(name)}
        return {"reason": self.reason, "detail": self.detail, **self.more, **shown, **more}


def caption_of(fields: Fields) -> str:
    """The caption on one line. Raises RowProblem: no_caption where nobody sees any, bad_field where it is no text.

    >>> caption_of({"caption": " A man\\r\\nfalls. "})
    'A man falls.'
    """
    caption = fields.get("caption")
    if caption is None or (isinstance(caption, str) and not _INVISIBLE.sub("", caption)):
        raise RowProblem("no_caption", "caption: missing or empty")
    if not isinstance(caption, str):
        raise RowProblem("bad_field", f"caption: text is needed, this is a {type(caption).__name__}")
    return _BREAKS.sub(" ", caption).strip()


def check_texts(fields: Fields) -> None:
    """Raise RowProblem where a list, an object or a number stands for a text: the code after this may rely on it."""
    for name in _TEXTS:
        if (value := fields.get(name)) is not None and not isinstance(value, str):
            raise RowProblem("bad_field", f"{name}: text is needed, this is a {type(value).__name__}")


def text_of(fields: Fields, name: str) -> str | None:
    """A field that check_texts has seen, None where it is absent."""
    value = fields.get(name)
    return value if isinstance(value, str) else None


def known_category(name: str, taxonomy: Taxonomy) -> Category:
    """The category of this name or alias. Raises RowProblem: unknown_category."""
    if (category := taxonomy.find(name)) is None:
        raise RowProblem("unknown_category", f"category: {name[:80]!r} is none of the taxonomy {taxonomy.name}")
    return category
