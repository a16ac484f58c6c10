"""Places as data, places/rooms.json and places/sites.json: name -> words of captions, whether it is indoors, shapes.

A place of these tables is painted by its rows (places/backdrop.py), read by its words (parsing/lexicon.py), which win
over those of lexicon.json, and known to scene.py by its name. To add one is to add an entry.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from svta.builder.io.json_text import JsonObject, parse_json_object


@cache
def place_table() -> dict[str, JsonObject]:
    """Name -> its entry, not to be changed: `words`, `indoors` (false where it is not given) and `shapes`."""
    text = [
        files("svta.generation.storyboard").joinpath("places", "rooms.json").read_text("utf-8"),
        files("svta.generation.storyboard").joinpath("places", "sites.json").read_text("utf-8"),
    ]
    return {name: entry for table in text for name, entry in parse_json_object(table).items()}


def place_words() -> Iterator[tuple[str, list[str]]]:
    """Name and words of each place of the tables."""
    for name, entry in place_table().items():
        if words := entry.get("words"):
            yield name, str(words).split(", ")


def is_room(name: str) -> bool:
    """True for a place of the tables that is indoors."""
    return bool(place_table().get(name, {}).get("indoors", False))
