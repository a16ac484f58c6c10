"""Verbs by what is seen of them: movements, those that lead away, harm; and what a substance, a lamp or sparks show."""

from __future__ import annotations

from typing import Final

# What a substance is seen as: the beat of whatever gives it off.
LAMPS: Final = ("lights", "lamp", "lamp post", "light bulb", "night lamp", "chandelier", "candlestick", "flashlight")
SLIDES: Final = ("avalanche", "landslide", "mudslide", "rockslide", "rock slide", "rockfall")  # that come down a slope
EMITTED: Final = {"smoke": "smoke", "steam": "steam", "dust": "smoke", "sparks": "spark", "flames": "burn",
                  "heat": "shimmer", "water": "drip", "oil": "ooze", "gas": "leak"}  # fmt: skip
SMOKING: Final = ("smoke", "black smoke", "white smoke")
SPARKING: Final = ("weld", "weld at", "grind", "cut metal")  # work whose sparks are drawn with it
MOTION: Final = frozenset(
    (
        "walk",
        "run",
        "sneak",
        "stagger",
        "limp",
        "skate",
        "ski",
        "surf",
        "dive",
        "crawl",
        "flee",
        "chase",
        "enter",
        "leave",
        "drive",
        "pull up",
        "slow down",
        "speed up",
        "ride",
        "reverse",
        "skid",
        "fly",
        "float",
        "swim",
        "climb",
        "jump",
        "land",
        "come closer",
        "go away",
        "back closer",
        "back away",
        "uphill",
        "downhill",
        "turn left",
        "turn right",
        "turn back",
        "circle",
        "wade in",
        "wade out",
    )
)
LEAVING: Final = frozenset(("leave", "flee"))  # a movement shows them only where it leads away
HARM: Final = frozenset(
    (
        "hit",
        "kick",
        "push",
        "punch",
        "strangle",
        "shoot",
        "stab",
        "bite",
        "leap at",
        "collide",
        "crash",
        "fall",
        "trip",
        "slip",
        "faint",
        "plunge",
        "be crushed",
        "drown",
        "convulse",
        "burn",
        "choke",
    )
)
