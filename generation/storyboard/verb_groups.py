"""All verbs that can be drawn; by what is seen of them: movements, those that lead away, harm; what a substance, a lamp
or sparks show."""

from __future__ import annotations

from typing import Final

from .drawn_tables import handwork

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
# What can happen. `who` acts; `target` (an actor or prop id) receives. The painter knows each by name.
VERBS: Final = (
    "stand", "walk", "run", "sneak", "stagger", "jump", "climb", "crawl", "sit", "lie", "sleep", "dance", "wave",
    "bow", "hug", "talk", "point", "clap", "swim", "ride", "drive", "reverse", "skid", "fly", "float",
    "fall", "trip", "slip", "faint", "convulse", "choke", "drown", "dangle", "plunge", "roll over", "be crushed",
    "hit", "kick", "push", "punch", "strangle", "shoot", "stab", "threaten", "chase", "drag", "handcuff", "flee",
    "throw", "catch", "grab", "put", "give", "hide", "carry", "drop", "pull", "lift", "pour", "spray", "smash",
    "break in", "crash", "collide", "derail", "sink", "explode", "burn", "smoke", "black smoke", "white smoke",
    "flood", "collapse", "topple",
    "shake", "slide down", "rain down", "spark", "blow", "swirl", "leak", "bite", "leap at", "startle", "surround",
    "eat", "drink", "cook", "clean", "read", "write", "type", "phone", "photograph", "play", "strum", "exercise",
    "kick ball", "dig", "water", "repair", "load", "queue", "enter", "leave", "open", "cycle arms", "spin",
    "stop", "kneel", "look", "shake hands", "land", "rise", "roll", "shatter", "hoist", "come closer",
    "lower", "suspend", "go away", "close", "darken", "brighten", "sound",
    "cheer", "raise hand", "scream", "laugh", "cry", "sing", "press", "pay", "lock", "film", "salute", "cough",
    "juggle", "feed", "whistle", "fish", "push up", "stretch", "hit ball", "nod off", "kiss", "dive", "build",
    "plant", "limp", "put on", "take off", "put on coat", "take off coat", "turn left", "turn right", "turn back",
    "circle", "wade in", "wade out", "toss", "tip out", "jackknife", "turn", "appear", "vanish", "snow under",
    "whirl up", "ascend", "descend", "uphill", "downhill",
    "gallop", "hop along", "backwards", "jog", "climb onto", "hold back", "cross over", "butt",
    "rub back", "wallow", "toss head", "kick up", "belly slide",
    "chase tail", "file through", "stand in water", "hover", "swarm out", "cascade", "muddy cascade",
    "avalanche", "swoop", "hammer beak", "blown over", "trickle", "swing along", "hang down", "ford", "flap",
    "build nest", "curl up",
    "glide up", "glide down", "sit at", "show", "wake", "lean", "skate", "ski", "surf",
    "drip", "ooze", "steam", "overflow", "spill", "work", "weld at", "work at", "discharge", "fill", "smash window",
    "whirl",     "pick", "flicker", "bounce", "tread", "lean",
    "wipe feet",
    "slide", "recede", "yoga", "whisper", "tie shoes", "pop up",
    "blink", "hand over", "hang", "tug", "run out", "gush", "clear", "pull up", "slow down", "speed up", "drop onto",
    "dent", "set down", "sniff", "scratch", "rear up", "fall in", "shout", "open boot", "open bonnet", "shed",
    "spin wheels", "scrape", "skim", "push round",
    "back closer", "back away", "trail", "swerve", "splash over", "draw up", "tip up", "tip in",
    "wave flag", "roll in", "flash", "pelt", "sway", "surge", "stream", "unroof",
    "back closer", "back away", "trail", "swerve", "splash over",
    "back closer", "back away", "trail", "swerve",
    "lose wheel", "flat tyre", "wrong way", "bump", "shimmer", "leap over", "break through",
    "burst aloft", "burst tyre", "swap", "wave flag", "roll in", "flash", "pelt", "sway", "surge", "stream", "unroof",
    *handwork())  # fmt: skip
