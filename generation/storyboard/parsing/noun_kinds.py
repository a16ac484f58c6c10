"""Which of its kinds a noun is in its sentence: a coach that drives is a bus, a driver without a car is one.

Reads the State at the noun; gives its group and kind, and the sizes and colours that a word brings with it.
Also which verb form describes a noun (a parked car), which number stands for people (the two ran out), which unknown
word is a noun, and which noun is none of the scene (the camera that films, a STONE bridge, set for a PARTY).
"""

from __future__ import annotations

from typing import Final

from svta.generation.storyboard.place_table import is_room
from svta.generation.storyboard.scene import MINORS, able

from .lexicon import Word, lexicon
from .state import State
from .word_senses import HEADS, NOBODY

_HERDS: Final = {"flock": "sheep", "herd": "cow", "pack": "wolf"}
LIVERY: Final = {"fire truck": "red", "fire engine": "red", "school bus": "yellow", "seagull": "white",
                  "gull": "white", "crow": "black", "raven": "black", "blackbird": "black", "pigeon": "grey",
                  "dove": "white", "swan": "white", "starling": "black", "thrush": "brown",
                  "wren": "brown", "lark": "brown", "hen": "brown",
                  "goldfish": "orange", "red light": "red", "green light": "green"}  # fmt: skip
YOUNG: Final = {"puppy": 0.6, "kitten": 0.6, "foal": 0.62, "lamb": 0.6, "piglet": 0.55, "fawn": 0.6, "cub": 0.6,
                 "colt": 0.7, "pony": 0.78, "bunny": 0.8, "gosling": 0.5, "cygnet": 0.6, "leveret": 0.7,
                 "lion cub": 0.6, "bear cub": 0.6, "wolf cub": 0.6, "fox cub": 0.6, "baby elephant": 0.6,
                 "chihuahua": 0.55, "dachshund": 0.75, "terrier": 0.75, "great dane": 1.3}  # fmt: skip
AGES: Final = {"baby": 0.62, "infant": 0.62, "toddler": 0.76, "toddlers": 0.76, "babies": 0.62, "teenager": 1.27,
                "teenagers": 1.27, "teen": 1.27, "teens": 1.27, "adolescent": 1.27}  # fmt: skip
SIBLINGS: Final = {"brother": "boy", "brothers": "boy", "sister": "girl", "sisters": "girl"}  # of a child
PARENTS: Final = ("mother", "father", "mom", "parent")
_ROBOT_WORK: Final = ("weld", "assemble", "stack", "solder")
_SMITHY: Final = ("anvil", "blacksmith", "smith", "forge", "smithy")
_AT_SEA: Final = {"fisherman", "fishermen", "fishing", "trawler", "boat", "fish", "sea", "ship"}
_WORKS: Final = ("factory", "workshop", "warehouse", "power plant", "refinery", "foundry", "basement", "kitchen")
_AS_FANS_DO: Final = ("spin", "turn", "rotate", "blow", "whirl", "hum")
_HOISTED: Final = ("container", "beam", "load", "pallet", "pipe", "steel coil", "engine")
_CAST: Final = ("molten metal", "mould")
_DRIVERS: Final = ("driver", "motorist")
_AFOOT: Final = ("crawl", "walk", "run", "sneak", "climb", "leave", "enter")
_DRIVING: Final = ("stop", "brake", "speed", "swerve", "park", "slow", "reverse", "drive", "skid", "honk", "overtake")
_COACHES: Final = ("stops", "pulls up", "pulls over", "pulls in", "drives", "arrives", "parks", "overtakes", "turns",
                   "brakes", "waits", "leaves", "crashes", "crashes into", "stops at", "rolls")  # fmt: skip
_ROLLING: Final = ("rolls", "rolls over", "drives", "fires", "shoots", "moves", "advances", "turns", "crosses")
_ANYBODY: Final = ("man", "woman", "person", "people", "boy", "girl", "child", "kid", "guy", "lady", "couple", "pair",
                   "group", "crowd", "one", "two", "three", "four", "both", "he", "she", "another", "victim", "figure",
                   "passerby", "pedestrian", "adult", "officer", "policeman", "police", "nobody", "")  # fmt: skip


_WITH_DRINKS: Final = (
    "pour",
    "fill",
    "drink",
    "clink",
    "raise",
    "serve",
    "stack",
    "dry",
    "refill",
    "empty",
    "wash",
    "rinse",
    "set",
)
_MATERIALS: Final = ("stone", "brick", "glass", "rope", "log", "wood")
_ON_PAPER: Final = ("hang", "draw", "paint", "sketch", "colour", "color", "tear", "frame")  # done to a picture
_USING: Final = ("carry", "grab", "put", "repair")
_ON_VIEW: Final = {"camera": (*_ON_PAPER, "cover", "smash", "break", "steal", "drop", "clean", "spray", "tape", "block",
                              "mount", "hit", "destroy", "install", "sell", "lose", "leave", "find")}  # fmt: skip
_OCCASIONS: Final = ("party", "birthday party", "dinner party", "wedding", "feast", "celebration")


def _to_drink_from(s: State, i: int) -> bool:
    """True for glasses that are counted or filled, and nobody's own; a tray of them is one thing."""
    poured = s.clause is not None and s.clause.lemma in _WITH_DRINKS
    trays = any("tray" in word.text for word in s.words)
    return s.words[i].text == "glasses" and not (s.words[i].owner or trays) and (bool(s.count) or poured)


def kind_here(s: State, i: int, group: str, kind: str) -> tuple[str, str]:
    """Which of its kinds a noun is in this sentence."""
    follows = s.words[i + 1].text if i + 1 < len(s.words) else ""
    if s.words[i].text in SIBLINGS and any(m.kind in MINORS for m in s.out.mentions):
        return group, SIBLINGS[s.words[i].text]
    if s.words[i].text == "coach" and follows in _COACHES:
        return "vehicle", "bus"
    if kind == "glasses" and _to_drink_from(s, i):
        s.count = s.count or 2
        return group, "glass"  # nobody pours milk into spectacles
    doors = {"door", "door step", "house", "gate"}
    if kind == "school bell" and s.words[i].text == "bell" and doors & {m.kind for m in s.out.mentions}:
        return group, "doorbell"
    if kind == "tank" and follows in _ROLLING:
        return "vehicle", "military tank"
    named = {m.kind for m in s.out.mentions}
    if kind == "hook" and named & {*_HOISTED} and "crane" not in named:
        return group, "crane"  # a container swings from a hook
    if kind == "hook" and not any(m.kind in ("crane", "container", "truck") for m in s.out.mentions):
        hung = s.clause is not None and ("hang" in s.clause.words or s.clause.lemma in ("throw", "take", "grab", "put"))
        kind = "coat hook" if hung else "hook"
        return group, kind
    if kind in ("wire", "cable") and s.preposition == "on" and any(able(m.kind, "fly") for m in s.out.mentions):
        return group, "power lines"  # birds sit on a wire
    trunk = s.words[i].text in ("tree trunk", "trunk of tree")
    climbed = s.clause is not None and trunk and (
        s.clause.verb == "climb" or s.preposition in ("at", "against", "around", "round"))  # fmt: skip
    if kind == "log" and (climbed or s.preposition in ("up", "down")):  # up a tree trunk
        s.words[i].text = "tree"
        return group, "tree"
    beast = next((m.kind for m in s.out.mentions if m.group == "animal"), None)
    if s.words[i].text in PARENTS and beast is not None and s.words[i].determiner:
        grown = {"calf": "cow", "duckling": "duck", "chick": "hen"}.get(beast, beast)
        for m in s.out.mentions:
            m.size = min(m.size, 0.62 if grown == beast else 1.0) if m.group == "animal" else m.size
        return "animal", grown  # three ducks follow their mother
    if kind == "household robot" and any(w.senses.get("prop") == "conveyor" or w.lemma in _ROBOT_WORK for w in s.words):
        return group, "robot arm"  # robots weld cars
    if kind == "iron" and any(w.text in _SMITHY for w in s.words):
        return group, "hot iron"
    if kind == "net" and any({*w.text.split(), *w.lemmas} & _AT_SEA for w in s.words):
        return group, "fishing net"
    works = any(w.senses.get("place") in _WORKS or w.text in ("worker", "workers") for w in s.words)
    if kind == "water main" and "pipe" in s.words[i].text and works:
        return group, "pipe"
    if kind in ("rope", "pipe") and (large := _gone_up_or_through(s, kind)) is not None:
        return group, large
    if kind == "treadmill" and s.words[i].text == "running machine" and works:
        return group, "machine"
    if s.words[i].text == "fan" and i + 1 < len(s.words) and s.words[i + 1].lemma in _AS_FANS_DO:
        return "prop", "fan"
    if kind == "soup spoon" and s.words[i].text == "ladle" and any(w.senses.get("prop") in _CAST for w in s.words):
        return group, "ladle"
    if (own := _by_the_work(s, i, kind)) is not None:
        s.colours = [_SPILLED[kind]] if own == "puddle" and kind in _SPILLED and not s.colours else s.colours
        return "prop", own
    if kind == "bowl" and any(m.kind == "fish" for m in s.out.mentions):
        return group, "glass bowl"
    if s.words[i].text in _DRIVERS and _drives(s, i):
        s.words[i].text = "car"
        return "vehicle", "car"  # a driver does not stop at a red light
    if s.words[i].text == "pen" and beast is not None and s.preposition in ("into", "in", "out", "of", "from"):
        return group, "fence"  # of sheep
    if s.words[i].text in ("bat", "bats") and group == "animal" and not _flies(s, i):
        return "prop", "stick"  # of a player
    if kind == "shopping cart" and s.words[i].text == "cart" and beast in ("horse", "donkey", "camel", "cow", "bull"):
        return "vehicle", "carriage"
    if kind == "fountain" and any(w.text == "water" and w.negated for w in s.words[i:]):
        return group, "dry fountain"
    if kind == "tree" and [w.text for w in s.words[i + 1 : i + 2]] == ["without"] and _bare(s, i):
        return group, "bare tree"
    if s.words[i].load and kind in ("truck", "semi truck", "tractor"):  # whose load is seen
        return group, "flatbed truck"
    return group, kind


def _gone_up_or_through(s: State, kind: str) -> str | None:
    """A rope that somebody climbs hangs; a pipe that somebody crawls through is large enough."""
    if s.clause is None:
        return None
    if kind == "rope":
        climbed = s.clause.verb in ("climb", "slide down") and s.preposition in ("up", "down", None)
        return "hanging rope" if climbed else None
    ways = {s.preposition, *s.clause.words} if s.clause.verb in _AFOOT else set()
    return "concrete pipe" if ways & {"through", "into", "out"} else None


def _by_the_work(s: State, i: int, kind: str) -> str | None:
    """A torch that does not weld gives light, a board is a plank where it is nailed, buttons of a lift are its own."""
    text, before = s.words[i].text, s.words[i - 1].text if i else ""
    if kind == "welding torch" and text == "torch":
        hot = any({*w.lemmas, *w.text.split()} & _HOT_WORK for w in s.words)
        return None if hot else "flashlight"
    if kind == "cutting board" and text == "board" and before != "cutting":
        chess = any(w.text.split()[0] == "chess" for w in s.words)
        built = any({*w.lemmas} & _ON_BOARDS for w in s.words) or (s.clause is None and s.preposition is None)
        built |= s.clause is not None and s.clause.lemma == "cut" and s.preposition in (None, "into")
        s.words[i].text = "plank" if built and not chess else text
        return "chess" if chess else "plank" if built else None
    if kind == "camera" and s.clause is not None and s.clause.lemma in ("cover", "spray", "tape", "block", "mount"):
        return "surveillance camera"
    if kind in ("chimney", "factory chimney") and any(_is_indoors(w.senses.get("place", "")) for w in s.words):
        return "fireplace"
    if kind == "bucket" and s.clause is not None and s.clause.lemma in _TIPPING:
        full = next((w.text for w in s.words[i + 1 : i + 3] if w.text in ("milk", "water", "paint")), None)
        return f"{full} bucket" if full else None
    if kind == "ribbon" and s.clause is not None and s.clause.lemma in ("cut", "snip") and s.preposition is None:
        return "opening ribbon"
    if kind == "paint can" and text == "paint" and s.clause is not None and s.clause.lemma == "spray":
        return "spray can"
    if kind == "metal sheet" and text in ("sheet", "sheets", "bed sheet"):
        return None if any({*w.lemmas, w.text} & _OF_METAL for w in s.words) else "cloth"
    if before in ("spilled", "spilt") and kind in _SPILLED:
        return "puddle"
    if text == "walker" and s.clause is not None and s.clause.lemma in ("push", "lean", "use", "grip", "hold"):
        return "walking frame"
    if kind == "beam" and any({*w.lemmas} & {"balance"} or w.text == "gymnast" for w in s.words):
        return "balance beam"
    if kind in ("box", "carton box") and before == "wooden":
        return "crate"
    if kind == "push button" and any(w.senses.get("place") == "elevator" for w in s.words):
        return "lift buttons"
    return "stairs" if text in ("front steps", "porch steps") else None


def _is_indoors(place: str) -> bool:
    return is_room(place) or place in ("living room", "kitchen", "bedroom", "room", "office", "restaurant", "classroom")


_OF_METAL: Final = {"metal", "steel", "press", "presses", "weld", "welder", "worker", "workers", "machine", "robot",
                    "factory", "bend", "stamp", "laser", "cutter"}  # fmt: skip
_SPILLED: Final = {
    "milk bottle": "white", "milk glass": "white", "carton box": "orange", "juice glass": "orange", "teacup": "brown",
    "cup": "brown", "wine glass": "red", "water bottle": "blue", "glass": "blue"}  # fmt: skip
_TIPPING: Final = ("drop", "spill", "knock", "upset", "overturn", "tip", "kick")
_HOT_WORK: Final = {"weld", "welder", "welders", "solder", "cut", "burn", "heat", "melt", "seal", "metal", "steel"}
_ON_BOARDS: Final = {"nail", "hammer", "saw", "drill", "sand", "break", "kick", "carry", "paint", "pry", "lift"}


def _drives(s: State, i: int) -> bool:
    """True for the driver of a sentence that names no vehicle and tells of driving."""
    driving = any(w.lemma in _DRIVING or w.text.split()[0] in _DRIVING for w in s.words[i + 1 : i + 4])
    return driving and not any(w.has("vehicle") for w in s.words)


def _flies(s: State, i: int) -> bool:
    """True for a bat that does something by itself, or hangs in a cave."""
    return (s.clause is None and s.preposition is None) or any(w.text in ("cave", "wings", "fruit") for w in s.words)


def _bare(s: State, i: int) -> bool:
    return any(w.text in ("leaf", "leaves") for w in s.words[i + 1 : i + 4])


def herd(s: State, text: str) -> tuple[str, str]:
    """A flock is one of the animals that were named before, else of sheep; all others are of people."""
    if text not in _HERDS:
        return "person", "person"
    return "animal", next((m.kind for m in reversed(s.out.mentions) if m.group == "animal"), _HERDS[text])


def may_be_same(old: str, new: str) -> bool:
    """True if one word may take up the other: the thief, of a man, but not the guest, of a waiter."""
    nouns = lexicon().nouns
    one, two = (nouns.get(text.split()[-1], text.split()[-1]) if text else "" for text in (old, new))
    return one == two or one in _ANYBODY or two in _ANYBODY or "robber" in {
        lexicon().phrases.get((word,), {}).get("person") for word in (one, two)
    }  # fmt: skip


def attributive(words: list[Word], senses: list[str], i: int) -> bool:
    """True if the verb form at i only describes the noun after it: a parked car, burning buildings."""
    word, before = words[i], words[i - 1] if i else None
    led = word.determiner or before is None or before.has("preposition", "colour", "number") or senses[i - 1] == "verb"
    if not led or (before is not None and before.text == "by" and word.ending == "ing" and not word.determiner):
        return False
    for j in range(i + 1, min(i + 4, len(words))):
        if senses[j] in (*HEADS, "place") and not words[j].determiner:
            return True
        if j == i + 1 and word.determiner and not senses[j] and words[j].has("verb"):
            return True  # a hanging load
        if senses[j] not in ("", "colour", "number") or words[j].determiner or words[j].text in ".,;":
            return False
    return False


def stands_for_people(words: list[Word], senses: list[str], i: int) -> bool:
    """True if the number at word i names people by itself: the two ran out, two of them ran out."""
    following = senses[i + 1] if i + 1 < len(words) else ""
    them = [w.text for w in words[i + 1 : i + 3]] == ["of", "them"]
    acting = following == "verb" and not attributive(words, senses, i + 1)  # two ran, but two waiting women
    return words[i].text in ("two", "three", "four", "five", "both") and (them or acting)


def names_unknown(words: list[Word], senses: list[str], i: int) -> bool:
    """True if an unknown word is a noun by where it stands: after an article, a number or a verb, before no noun."""
    word = words[i]
    after = senses[i + 1] if i + 1 < len(words) and not words[i + 1].determiner else ""
    if after in (*HEADS, "place", "garment", "colour", "number") or word.ending or word.auxiliary or word.helped:
        return False
    follows = words[i + 1] if i + 1 < len(words) else NOBODY
    if not after and follows.text.isalpha() and not follows.senses and not follows.determiner and len(follows.text) > 2:
        return False  # a steel beam: the last one is the noun
    led = word.determiner or i == 0 or words[i - 1].has("preposition", "number", "colour")
    return bool(led) or (after == "verb" and not words[i + 1].auxiliary) or senses[i - 1] in ("verb", "")


def is_the_view(s: State, i: int) -> bool:
    """True for the camera that films, the picture that is seen."""
    word = s.words[i]
    if word.determiner != "a" and (s.preposition or not word.has("prop")):
        s.viewed, s.preposition = s.preposition is None and not s.subjects, None
        s.out.viewing.add(i)
        return True
    used = s.clause is not None and (s.clause.verb in _USING or s.clause.lemma in _ON_VIEW.get(word.text, _ON_PAPER))
    if used or s.preposition == "with":
        return False
    s.viewed = s.preposition is None and not s.subjects
    s.out.viewing.add(i)
    return True


def is_material(s: State, i: int) -> bool:
    """A stone bridge; the tiles of a floor."""
    follows = i + 1 < len(s.words) and s.sense[i + 1] == "place" and not s.words[i + 1].determiner
    if follows and s.words[i].senses.get("prop") in ("house", "barn", "hut", "castle", "warehouse"):
        return True  # a farmhouse kitchen
    tiles = s.words[i].text == "tiles" and not any(w.text.startswith("roof") for w in s.words)
    return tiles or (follows and s.words[i].text in _MATERIALS)


def is_occasion(s: State, i: int) -> bool:
    """A table is set for a party, of which nobody is told."""
    if s.words[i].text not in _OCCASIONS or s.preposition not in ("for", "after", "before"):
        return False
    s.out.particles.add(i)
    s.preposition = None
    return True
