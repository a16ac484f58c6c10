"""Colours of the drawn world: clothing and bodywork by name, skin, hair, skies, and shades of them.

Named colours are saturated and far apart, so that a shirt is told from another in a 64x64 thumbnail; what no caption
named stays muted. Choices are made from (seed, id): the same actor keeps its looks when something else is edited.
"""

from __future__ import annotations

from typing import Final
from zlib import crc32

from svta.builder.errors import SvtaError

Tint = tuple[float, float, float]
Rgb = tuple[int, ...]  # red, green, blue and, where something shines through, alpha


class SceneError(SvtaError):
    """A Scene that cannot be drawn: a word outside the vocabulary, an unknown id; one line that names it."""


COLOUR: Final[dict[str, Rgb]] = {
    "red": (222, 44, 46), "orange": (245, 130, 25), "yellow": (250, 205, 35), "green": (38, 158, 74),
    "blue": (38, 102, 222), "purple": (132, 58, 184), "pink": (246, 122, 178), "brown": (122, 74, 40),
    "black": (34, 34, 40), "white": (250, 250, 246), "grey": (126, 130, 136), "silver": (190, 198, 208),
    "beige": (226, 204, 162), "light blue": (112, 192, 246), "dark blue": (22, 42, 112),
}  # fmt: skip

MUTED: Final[tuple[Rgb, ...]] = ((96, 126, 142), (156, 118, 98), (116, 138, 108), (140, 120, 146), (168, 152, 118))
MUTED_TROUSERS: Final[tuple[Rgb, ...]] = ((74, 80, 98), (98, 88, 78), (62, 72, 84), (84, 84, 88))
MUTED_BODYWORK: Final[tuple[Rgb, ...]] = ((120, 138, 152), (158, 150, 140), (104, 122, 118), (146, 134, 150))
SKIN: Final[tuple[Rgb, ...]] = ((244, 206, 172), (226, 178, 140), (196, 144, 104), (150, 102, 70), (112, 74, 52))
HAIR: Final[tuple[Rgb, ...]] = ((52, 36, 28), (88, 58, 36), (30, 28, 30), (148, 104, 56), (112, 52, 30))
OLD_HAIR: Final[tuple[Rgb, ...]] = ((214, 214, 216), (184, 186, 190))

INK: Final[Rgb] = (40, 42, 52)
DARK: Final[Rgb] = (52, 54, 64)
STEEL: Final[Rgb] = (150, 158, 168)
GLASS: Final[Rgb] = (186, 216, 232)
WOOD: Final[Rgb] = (164, 116, 72)
LEAF: Final[Rgb] = (88, 150, 88)
WATER: Final[Rgb] = (98, 168, 214)
FLAME: Final[tuple[Rgb, ...]] = ((236, 84, 30), (250, 150, 36), (255, 222, 92))
SMOKE: Final[Rgb] = (92, 92, 98)

# names of colours in things.json
NAMED: Final[dict[str, Rgb]] = {
    "ink": INK, "dark": DARK, "steel": STEEL, "glass": GLASS, "wood": WOOD, "leaf": LEAF, "water": WATER,
}  # fmt: skip

# How a time of day multiplies the place (the first) and the actors (the second: kept bright, they are the story).
TINT: Final[dict[str, tuple[Tint, Tint]]] = {
    "day": ((1.0, 1.0, 1.0), (1.0, 1.0, 1.0)),
    "night": ((0.36, 0.42, 0.62), (0.86, 0.88, 0.96)),
    "dusk": ((0.90, 0.72, 0.70), (0.98, 0.93, 0.91)),
    "dawn": ((0.98, 0.88, 0.84), (1.0, 0.96, 0.94)),
}
SKY: Final[dict[str, tuple[Rgb, Rgb]]] = {  # top, horizon
    "day": ((154, 204, 240), (226, 242, 250)),
    "night": ((24, 30, 62), (58, 70, 112)),
    "dusk": ((92, 86, 148), (250, 168, 112)),
    "dawn": ((150, 176, 222), (252, 216, 190)),
}


def rgb(text: str) -> Rgb:
    """#rrggbb, or #rrggbbaa where something shines through."""
    return tuple(bytes.fromhex(text[1:]))


def pick(choices: tuple[Rgb, ...], seed: int, *names: object) -> Rgb:
    """One of the choices, the same for the same seed and names on every machine."""
    return choices[number(seed, *names) % len(choices)]


def number(seed: int, *names: object) -> int:
    """A 32-bit number out of a seed and names."""
    return crc32(":".join(map(str, (seed, *names))).encode())


def shade(colour: Rgb, factor: float) -> Rgb:
    """Darker (factor < 1) or lighter (factor > 1: towards white) by that much; alpha stays."""
    if factor <= 1:
        rgb = tuple(int(c * factor) for c in colour[:3])
    else:
        rgb = tuple(int(c + (255 - c) * (factor - 1)) for c in colour[:3])
    return rgb + tuple(colour[3:])


def blend(one: Rgb, other: Rgb, amount: float) -> Rgb:
    """Between two colours: 0 gives the one, 1 the other."""
    return tuple(int(a + (b - a) * amount) for a, b in zip(one, other))


def multiply(colour: Rgb, tint: Tint) -> Rgb:
    """The colour under a coloured light; alpha stays."""
    return tuple(min(255, int(c * t)) for c, t in zip(colour[:3], tint)) + tuple(colour[3:])


def lightness(colour: Rgb) -> float:
    """Perceived lightness 0..255, to choose a contrasting detail."""
    return 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]
