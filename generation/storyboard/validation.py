"""Whether a Scene, perhaps edited by hand, can be drawn: every word and id is checked, errors name the one at fault."""

from __future__ import annotations

import math
from collections.abc import Sequence
from difflib import get_close_matches

from .drawing.palette import SceneError
from .drawing.people import HEADGEAR_COLOURS
from .scene import (
    ANIMALS,
    COLOURS,
    PEOPLE,
    PLACES,
    PROP_KINDS,
    TIMES,
    VEHICLES,
    WEATHERS,
    WHOLE_SCENE,
    WORN,
    Actor,
    Prop,
    Scene,
    worn_things,
)
from .verb_groups import VERBS


def is_drawable(scene: Scene) -> bool:
    """True if check finds nothing wrong."""
    try:
        check(scene)
    except SceneError:
        return False
    return True


def check(scene: Scene) -> None:
    """Raises SceneError with one line if a scene holds a word or id that cannot be drawn."""
    ids: set[str] = set()

    def known(word: str | None, words: Sequence[str], what: str) -> None:
        if word is not None and word not in words:
            raise SceneError(
                f"scene: {what} {str(word)[:40]!r} is unknown (nearest: {_nearest(word, words)}; all are in scene.py)"
            )

    for words, what, value in (
        (PLACES, "place", scene.place),
        (TIMES, "time", scene.time),
        (WEATHERS, "weather", scene.weather),
    ):
        if value is None:
            raise SceneError(f"scene: {what} is missing")
        known(value, words, what)
    kinds = PEOPLE + ANIMALS + VEHICLES
    items: list[Actor | Prop] = [*scene.actors, *scene.props]
    for item in items:
        if not isinstance(item.id, str) or item.id in ids or item.id == WHOLE_SCENE:
            raise SceneError(f"scene: id {item.id!r} is used twice or reserved; ids must differ")
        ids.add(item.id)
        known(item.colour, COLOURS, f"{item.id}: colour")
        numbers = (item.x, item.y, item.scale)
        if not all(_is_number(n) for n in numbers) or not 0.01 <= item.scale <= 20:
            raise SceneError(f"scene: {item.id}: x and y must be finite numbers, scale between .01 and 20")
        if isinstance(item, Actor):
            known(item.headgear, tuple(HEADGEAR_COLOURS), f"{item.id}: headgear")
            for garment, _ in worn_things(item.worn):
                known(garment, WORN, f"{item.id}: what is worn")
            known(item.worn_colour, COLOURS, f"{item.id}: its colour")
            known(item.held_colour, COLOURS, f"{item.id}: the colour of what it holds")
            known(item.kind, kinds, f"actor {item.id}: kind")
            known(item.trousers, COLOURS, f"{item.id}: trousers colour")
            known(item.hat_colour, COLOURS, f"{item.id}: hat colour")
            if item.holds not in PROP_KINDS:
                known(item.holds, PROP_KINDS, f"{item.id}: held thing")
            if item.facing not in (1, -1) or not isinstance(item.count, int) or item.count < 1:
                raise SceneError(f"scene: {item.id}: facing is 1 or -1, count a whole number from 1")
        elif item.kind not in PROP_KINDS:
            known(item.kind, PROP_KINDS + kinds, f"prop {item.id}: kind")
    for beat in scene.beats:
        known(beat.verb, VERBS, "verb")
        for name in (beat.who, beat.target):
            if name is not None and name not in ids and name != WHOLE_SCENE:
                raise SceneError(
                    f"scene: beat {beat.verb!r} names {str(name)[:40]!r}, which is no actor or prop of the scene"
                )
        times = (beat.start, beat.end, 0.0 if beat.to is None else beat.to)
        if not all(_is_number(n) for n in times) or beat.end < beat.start:
            raise SceneError(f"scene: beat {beat.verb!r}: start, end and to must be finite numbers, start before end")


def _is_number(n: object) -> bool:
    return isinstance(n, int | float) and math.isfinite(n) and abs(n) <= 100


def _nearest(word: object, words: Sequence[str]) -> str:
    return ", ".join(get_close_matches(str(word), words, 3, 0.3)) or words[0]
