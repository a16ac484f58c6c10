"""A card in its parts: the YAML, the generated part between two comments, and free text around it.

Reads and writes README.md as text. The owner may edit the free text and most of the YAML, here or on the Hub's page;
`svta pack`, push and pull keep such edits when they rewrite the rest.

    parts = read_card(text)
    parts.below, parts.digest            # the owner's words; the sha256 of the generated part
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from svta.builder.io.json_text import JsonObject
from svta.builder.project.yaml_text import write_yaml

from .front_matter import FROM_DATA, read_front_matter

_BEGIN: Final = (
    "<!-- generated: begin ({}). Written from the data; your own words go above or below these two marks. -->"
)
END: Final = "<!-- generated: end -->"
_MARKS: Final = re.compile(
    rf"^<!-- generated: begin(?: \(([0-9a-f]+)\))?[^\n]*-->\n(.*?)\n{re.escape(END)}\n?", re.DOTALL | re.MULTILINE
)
_FENCE: Final = re.compile(r"^ {0,3}(`{3,}|~{3,})[^\n]*$.*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class CardParts:
    """`front`: the YAML; `generated`: the text between the marks, None if there are none; `above`, `below`: free.

    `synced`: free_digest as it was when svta last brought folder and repo together; it is in the first mark, so
    that a card tells by itself whether it was edited since.
    """

    front: JsonObject
    generated: str | None
    above: str = ""
    below: str = ""
    synced: str | None = None

    @property
    def digest(self) -> str | None:
        """The sha256 of the generated part."""
        return None if self.generated is None else hashlib.sha256(self.generated.encode()).hexdigest()

    @property
    def free_front(self) -> JsonObject:
        """The YAML without the fields that follow from the data."""
        return {name: value for name, value in self.front.items() if name not in FROM_DATA}

    @property
    def data_digest(self) -> str:
        """A hash of the YAML fields that follow from the data."""
        data = {name: self.front[name] for name in FROM_DATA if name in self.front}
        return hashlib.sha256(json.dumps(data, sort_keys=True, default=str).encode()).hexdigest()[:16]

    @property
    def free_digest(self) -> str:
        """A hash of all that is the owner's."""
        free = json.dumps([self.free_front, self.above, self.below], sort_keys=True, default=str)
        return hashlib.sha256(free.encode()).hexdigest()[:16]

    def text(self) -> str:
        """The whole card."""
        front = write_yaml(self.front, 10_000)
        begin = _BEGIN.format(self.synced or self.free_digest)
        middle = f"{begin}\n{self.generated}\n{END}\n" if self.generated is not None else ""
        above, below = self.above.strip("\n"), self.below.strip("\n")
        parts = [f"---\n{front}---\n", *([f"{above}\n"] if above else []), middle, *([f"{below}\n"] if below else [])]
        return "\n".join(part for part in parts if part)


def read_card(text: str) -> CardParts:
    """The parts of a card. Raises DatasetError if its YAML cannot be read."""
    text = text.replace("\r\n", "\n")  # as the Hub's page may save it
    front = read_front_matter(text)
    body = text.split("\n---\n", 1)[1] if "\n---\n" in text else ""
    marked = _marked(body)
    if marked is None:
        return CardParts(front, None, "", body.strip("\n"))
    above, below = body[: marked.start()].strip("\n"), body[marked.end() :].strip("\n")
    return CardParts(front, marked[2], above, below, marked[1])


def _marked(body: str) -> re.Match[str] | None:
    """The generated part with its marks: the first that is not quoted in a block of code above it."""
    at = 0
    while (marked := _MARKS.search(body, at)) is not None:
        quoted = next((block for block in _FENCE.finditer(body, at) if block.end() > marked.start()), None)
        if quoted is None or quoted.start() > marked.start():
            return marked
        at = quoted.end()
    return _MARKS.search(body)  # a block that nobody closed


def generated_front(build: Mapping[str, object]) -> JsonObject:
    """The free YAML fields of a dataset's card as they were generated, if its build.json has them."""
    record = build.get("card")
    front = record.get("front") if isinstance(record, dict) else None
    return front if isinstance(front, dict) else {}


def card_record(parts: CardParts) -> JsonObject:
    """What build.json keeps of a card as it was generated, so that edits are known later."""
    return {"sha256": parts.digest, "data": parts.data_digest, "front": parts.free_front}


def keep_edits(fresh: CardParts, edited: CardParts, record: Mapping[str, object]) -> CardParts:
    """A freshly generated card with the free text, and the YAML fields, that were edited in an earlier one.

    `record`: card_record() of the earlier one as it was generated.
    """
    before = record.get("front")
    known = before if isinstance(before, dict) else fresh.free_front
    front = _merged(fresh.front, edited.free_front, known)
    return replace(fresh, front=front, above=edited.above, below=edited.below, synced=edited.synced)


def merge_cards(ours: CardParts, theirs: CardParts, our_record: JsonObject, their_record: JsonObject) -> CardParts:
    """Our card with the edits of theirs: the free parts of whichever was edited since both were last the same.

    Where both were, both texts stay, and of a YAML field ours if it was edited, else theirs if that was: the records
    are the fields as they were generated. What follows from the data is ours.
    """
    now, there = ours.free_digest, theirs.free_digest
    if there in (now, ours.synced):
        return ours
    from_data = {name: value for name, value in ours.front.items() if name in FROM_DATA}
    if now in (ours.synced, theirs.synced):
        return replace(
            ours, front=_ordered(ours, theirs.free_front | from_data), above=theirs.above, below=theirs.below
        )
    own = {name: value for name, value in ours.free_front.items() if value != our_record.get(name)}
    edited = {name: value for name, value in theirs.free_front.items() if value != their_record.get(name)}
    front = _ordered(ours, ours.free_front | edited | own | from_data)
    return replace(ours, front=front, above=_text(ours.above, theirs.above), below=_text(ours.below, theirs.below))


def _ordered(card: CardParts, front: JsonObject) -> JsonObject:
    """Fields in the order of a card's own, further ones behind them."""
    return {name: front[name] for name in (*card.front, *front) if name in front}


def _merged(front: JsonObject, edited: JsonObject, before: JsonObject) -> JsonObject:
    """`front` with the fields in which `edited` differs from `before`."""
    merged = dict(front)
    for name in {**before, **edited}:
        if edited.get(name) != before.get(name):
            merged[name] = edited.get(name)
    return {name: value for name, value in merged.items() if value is not None}


def _text(ours: str, theirs: str) -> str:
    return ours if theirs in ("", ours) else theirs if not ours else _both(ours, theirs)


def _both(ours: str, theirs: str) -> str:
    """Their text, then the paragraphs of ours that are not in it: nothing that somebody wrote is lost."""
    known = {" ".join(paragraph.split()) for paragraph in theirs.split("\n\n")}
    more = [paragraph for paragraph in ours.split("\n\n") if " ".join(paragraph.split()) not in known]
    return "\n\n".join([theirs, *more])
