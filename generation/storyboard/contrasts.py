"""Contrasts: scenes that only time tells apart, as data: contrasts.json, two variants each.

A drone lands or takes off, somebody sits down or stands up, waves before jumping or jumps before waving. The
variants of a contrast have the same people, place and light, and look alike in the middle of the clip; many are the
same pictures in the reverse order. The grammar writes their sentences in sets (generation/captions/contrast_sets.py),
read_scene knows the sentences, and `svta eval` says how often a model tells the clips of a set apart.

One entry, name -> "factor" (what differs: direction, approach, order ...), "category", "places", "variants": a list of
"roles", "props", "beats" and "say" as in choreography.json, or {"backwards": true, "say": ...}, which is the variant
before it, played backwards.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from svta.builder.io.json_text import JsonObject, parse_json_object

from .choreography import Choreography, ChoreographyError, parse_choreography


@dataclass(frozen=True)
class Contrast:
    """Two or more ways in which one scene goes on in time; `variants` have the same roles by name and kind."""

    name: str
    factor: str
    category: str
    places: tuple[str, ...]
    variants: tuple[Choreography, ...]


@cache
def load_contrasts() -> tuple[Contrast, ...]:
    """All built in, in the order of the file."""
    data = files("svta.generation.storyboard").joinpath("contrasts.json").read_bytes()
    return tuple(parse_contrast(name, entry) for name, entry in parse_json_object(data).items())


def parse_contrast(name: str, entry: JsonObject) -> Contrast:
    """One entry of the file. Raises ChoreographyError for lines that do not hold together."""
    category, places = str(entry["category"]), entry["places"]
    variants: list[Choreography] = []
    for lines in entry["variants"]:
        if lines.get("backwards"):
            if not variants:
                raise ChoreographyError(f"{name}: the first variant cannot be another one played backwards")
            variants.append(replace(variants[-1], say=tuple(lines["say"]), backwards=True))
        else:  # `words` recognise a category; a contrast is known by its whole sentences
            variants.append(parse_choreography(category, {**lines, "places": places, "words": [name]}))
    cast = [{role.actor.id: role.kinds for role in variant.roles} for variant in variants]
    if any(roles != cast[0] or len(v.say) != len(variants[0].say) for roles, v in zip(cast, variants, strict=True)):
        raise ChoreographyError(f"{name}: the variants need the same roles and as many sentences")
    return Contrast(name, str(entry["factor"]), category, tuple(places), tuple(variants))
