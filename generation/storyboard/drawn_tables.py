"""The tables of what is drawn, as data: nouns, clothes, animals, vehicles, and what hands do. Not to be changed.

    objects()["ladder"]["words"]        # the words of captions that mean it

What of them a scene may name is in scene.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from svta.builder.io.json_text import JsonObject, parse_json_object


@cache
def objects() -> dict[str, JsonObject]:
    """Nouns as data, the tables of drawing/: kind -> its entry, not to be changed.

    `colour`, `width`, `height`, `shapes` (rows of drawing/shapes.py), `opened` (the same while it is open), `words` (of
    captions), `place` (where it stands where a caption does not say), `mount` (wall, low, ceiling or hung: what it is
    fixed to), `outside` (words that name a place when somebody is in it, and this building when it is seen from the
    street).
    """
    tables = ("objects", "household", "workshop", "food", "premises", "gear")  # a word of two is the later one's
    return {kind: entry for name in tables for kind, entry in _table(f"drawing/{name}.json").items()}


@cache
def clothing() -> dict[str, JsonObject]:
    """What people wear besides shirt and trousers, drawing/clothing.json: kind -> its entry, not to be changed.

    `slot` (head frame: hat, face, hair; frame of the trunk: body, build, back with what of it is seen in `front`;
    hands, feet), `shapes`, `colour`, `words`; `shirt` and `legs` where covered (own, skin, short), `who` wears it;
    `dress` with a skirt, `shoes` in the colour of the skin, `without`: the words whose absence it shows. Hair and build
    are what a person has and nobody takes off: `cut` instead of the usual hair, `girth` times the usual one.
    """
    return _table("drawing/clothing.json")


@cache
def grown() -> frozenset[str]:
    """What of clothing() is no garment: a bald head, a ponytail, a belly."""
    return frozenset(kind for kind, piece in clothing().items() if piece["slot"] in ("hair", "build"))


@cache
def bare_without(text: str) -> str | None:
    """What of clothing() shows that somebody wears none: bare feet without shoes."""
    return next((kind for kind, piece in clothing().items() if text in piece.get("without", "").split(", ")), None)


@cache
def species() -> dict[str, JsonObject]:
    """Animals as data, drawing/species.json: kind -> its entry, not to be changed.

    `colour`, `width` and `height` with the `shapes` of the whole animal, or the proportions of a four-legged `walker`
    with what is seen on its trunk (`shapes`) and `face`; `words` (of captions), `similar` (words of animals that only
    look like it), `place` (where it lives), `moves` (fly, swim, climb, hop: what it does as easily as it walks).
    """
    return _table("drawing/species.json")


@cache
def vehicles() -> dict[str, JsonObject]:
    """Vehicles as data, drawing/vehicles.json: as objects(), and `seat` and `medium` (air, water, rail, road)."""
    return _table("drawing/vehicles.json")


def drawn_words(field: str = "words") -> Iterator[tuple[str, str, list[str]]]:
    """Group of mentions, kind and words of all that is drawn from these tables."""
    for group, table in (("prop", objects()), ("animal", species()), ("vehicle", vehicles())):
        for kind, entry in table.items():
            if text := entry.get(field, ""):
                yield group, kind, text.split(", ")


def words_of(kind: str, field: str = "words") -> list[str]:
    """The words of captions that mean a kind of objects(), or mean it seen from outside (`outside`)."""
    text: str = objects()[kind].get(field, "")
    return text.split(", ") if text else []


@cache
def handwork() -> dict[str, JsonObject]:
    """What hands do with tools, handwork.json: verb -> its entry, not to be changed.

    `motion` (of `motions`), `tool` (in the hand), `rate` (a clip), `mark`, `bench` (a small thing lies on a table for
    it), `held` (the thing is in the hands), `default` (the thing, where the caption names none), `alters` (what becomes
    of the thing, of drawing/alteration.py; with "-" the other way round), `words`; `lemmas` with `objects` (verbs that
    mean this one where they are done to such a thing), `people` (what the words mean where they are done to somebody).
    """
    verbs: dict[str, JsonObject] = _handwork()["verbs"]
    return verbs


@cache
def _handwork() -> JsonObject:
    return _table("handwork.json")


def motions() -> dict[str, list[list[float]]]:
    """The loops of handwork.json: a name -> arm, elbow, arm2, elbow2, bend, head of each pose."""
    loops: dict[str, list[list[float]]] = _handwork()["motions"]
    return loops


def _table(path: str) -> JsonObject:
    return parse_json_object(files("svta.generation.storyboard").joinpath(path).read_text("utf-8"))
