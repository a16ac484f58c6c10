"""The card of a folder and the card of its repo: what was edited on either side stays.

Reads README.md and build.json of the repo and of the folder. `svta push` merges the repo's edits into what it sends and
says what changes there; `svta pull` keeps edits made here.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from svta.builder.card.card_parts import CardParts, generated_front, merge_cards, read_card
from svta.builder.card.documentation import MAX_CARD_BYTES
from svta.builder.card.front_matter import FROM_DATA
from svta.builder.dataset.source import Source
from svta.builder.errors import DatasetError
from svta.builder.io.files import write_text
from svta.builder.io.json_text import JsonObject
from svta.builder.io.limits import read_text
from svta.builder.layout.manifest import read_build
from svta.builder.paths import BUILD, CARD

from .repo import RemoteFile


@dataclass(frozen=True)
class RemoteCard:
    """A repo's card. `generated`: as svta wrote it, for knowing what was edited; None if svta did not write it."""

    text: str
    parts: CardParts
    generated: CardParts | None


def remote_card(source: Source, listed: Mapping[str, RemoteFile]) -> RemoteCard | None:
    """The card of a repo, None if it has none."""
    if (file := listed.get(CARD)) is None or file.size > MAX_CARD_BYTES:
        return None
    text = read_text(source.path(CARD), MAX_CARD_BYTES)
    try:
        parts = read_card(text)
    except DatasetError:  # a README that somebody wrote on the Hub before anything was pushed
        return RemoteCard(text, CardParts({}, None, "", text.strip("\n")), None)
    return RemoteCard(text, parts, _as_generated(text, parts, _build_of(source, listed)))


def card_for_push(dataset: Path, folder: Path, theirs: RemoteCard | None) -> list[str]:
    """Write the repo's edits into the card of `folder`, which goes out, and of `dataset`; what changes in the repo's.

    The lines are those of a unified diff; none where the repo has no card.
    """
    for place in {dataset, folder}:
        ours = read_card(read_text(place / CARD, MAX_CARD_BYTES))
        if ours.generated is not None:
            merged = ours if theirs is None else _merged(ours, theirs, read_build(place))
            write_text(place / CARD, replace(merged, synced=None).text())
    text = read_text(folder / CARD, MAX_CARD_BYTES)
    if theirs is None or theirs.text == text:
        return []
    pair = (theirs.text.splitlines(), text.splitlines())
    return list(difflib.unified_diff(*pair, f"{CARD} in the repo", f"{CARD} pushed", lineterm="", n=0))


def card_for_pull(out: Path, fetched: str) -> str:
    """The repo's card with what was edited in the folder that it is pulled into."""
    try:
        theirs = read_card(fetched)
        if theirs.generated is None:
            return fetched
        now = theirs if theirs.synced == theirs.free_digest else replace(theirs, synced=theirs.free_digest)
        ours = read_card(read_text(out / CARD, MAX_CARD_BYTES))
        build = read_build(out)
    except FileNotFoundError:  # nothing there yet
        return fetched if now is theirs else now.text()
    except DatasetError:
        return fetched
    from_data = {name: value for name, value in theirs.front.items() if name in FROM_DATA}
    merged = merge_cards(ours, theirs, generated_front(build), generated_front(build))
    free = {name: value for name, value in merged.front.items() if name not in FROM_DATA}
    mixed = replace(now, front={**free, **from_data}, above=merged.above, below=merged.below)
    return fetched if mixed.free_digest == theirs.free_digest and now is theirs else mixed.text()


def card_of_part(out: Path, card: str) -> str:
    """The repo's card for a folder made of a part of the repo: what follows from the data is what that folder says.

    The folder's card as it is where either cannot be read, or where the owner has taken the generated part out.
    """
    text = read_text(out / CARD, MAX_CARD_BYTES)
    try:
        theirs, ours = read_card(card), read_card(text)
    except DatasetError:
        return text
    if ours.generated is None or theirs.generated is None:
        return text
    from_data = {name: value for name, value in ours.front.items() if name in FROM_DATA}
    front = {name: from_data.get(name, value) for name, value in theirs.front.items()} | from_data
    return replace(theirs, front=front, generated=ours.generated).text()


def is_news(before: str, fetched: str) -> bool:
    """Whether a repo's card says something that the card in a folder, last pulled or pushed, does not know of."""
    try:
        ours, theirs = read_card(before), read_card(fetched)
    except DatasetError:
        return before != fetched
    return before != fetched and theirs.free_digest not in (ours.synced, ours.free_digest)


def _merged(ours: CardParts, theirs: RemoteCard, build: JsonObject) -> CardParts:
    record = generated_front(build)
    if theirs.generated is None:  # no card of svta's: its text stays, its YAML says nothing of this dataset
        return merge_cards(ours, replace(theirs.parts, front=ours.front), record, record)
    if theirs.parts.generated is None:  # as svta 0.1.0 wrote it, all of it
        return ours
    return merge_cards(ours, theirs.parts, record, theirs.generated.front)


def _as_generated(text: str, parts: CardParts, build: JsonObject) -> CardParts | None:
    record, files = build.get("card"), build.get("files")
    if isinstance(record, dict) and isinstance(record.get("front"), dict):
        return CardParts(record["front"], parts.generated)
    sealed = files.get(CARD) if isinstance(files, dict) else None
    return parts if sealed == sha256(text.encode()).hexdigest() else None  # as svta 0.1.0 wrote it, all of it


def _build_of(source: Source, listed: Mapping[str, RemoteFile]) -> JsonObject:
    try:
        return read_build(source.path(BUILD).parent) if BUILD in listed else {}
    except DatasetError:
        return {}
