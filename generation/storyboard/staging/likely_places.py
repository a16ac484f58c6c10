"""Where a caption happens: the place that it names, else where its things stand, its people work, its deeds are done.

Reads a Reading and the recognised Choreography; gives the places that come into question.
"""

from __future__ import annotations

from typing import Final

from svta.generation.storyboard.choreography import Choreography
from svta.generation.storyboard.drawn_tables import objects, species, vehicles
from svta.generation.storyboard.parsing.clauses import Reading
from svta.generation.storyboard.parsing.clothing import BABIES
from svta.generation.storyboard.places.backdrop import PLACE_PAINTERS
from svta.generation.storyboard.places.usual_places import (
    AT_THEIR_PLACE,
    AT_WORK,
    BY_DEED,
    BY_NAME,
    DONE_IN,
    UNDER_THE_SKY,
)
from svta.generation.storyboard.scene import MINORS, WITHOUT, able, medium

from .arrangement.viewpoints import along_the_road, applauded, lit, looks_out, seen_otherwise
from .bystanders import EXTERIORS
from .industry.sitework import hangs_free, in_port
from .roles import ROAD

# Where things are that a caption names when it does not say where it happens.
_HINTS: Final[dict[str, tuple[str, ...]]] = {
    "train": ("railway",), "boat": ("sea", "lake", "river"), "plane": ("airport",),
    "counter": ("shop", "supermarket", "bank", "restaurant"), "shelf": ("shop", "supermarket", "library", "office"),
    "stove": ("kitchen",), "bed": ("bedroom", "hospital"), "sofa": ("living room",), "computer": ("office",),
    "laptop": ("office",), "table": ("restaurant", "living room", "office", "kitchen"),
    "television": ("living room",), "building": ("street", "yard"), "traffic light": ("crossroads", "street"),
    "stairs": ("room", "station", "corridor", "street"), "elevator": ("office", "corridor"),
    "forklift": ("warehouse",), "pallet": ("warehouse",), "rack": ("warehouse",), "container": ("container yard",),
    "crane": ("construction site",), "scaffold": ("construction site",), "beam": ("construction site",),
    "atm": ("bank",), "turnstile": ("subway",), "conveyor": ("factory",), "lighthouse": ("sea",), "tent": ("campsite",),
    "tray": ("restaurant",), "toaster": ("kitchen",), "pot": ("kitchen",), "fridge": ("kitchen",),
    "escalator": ("supermarket",), "wheelchair": ("hospital",), "statue": ("park",), "sailboat": ("sea",),
    "goat": ("farm", "hillside"), "monkey": ("forest",), "hamster": ("living room",),
    "sheep": ("field", "farm"), "cow": ("field", "farm"), "horse": ("field", "farm"), "pig": ("farm",),
    "donkey": ("farm",), "deer": ("forest",), "bear": ("forest",), "wolf": ("forest",), "fox": ("forest",),
    "lion": ("desert",), "rabbit": ("field",), "snowman": ("snow",), "wave": ("sea",), "tornado": ("field",),
    "piano": ("living room",), "hay": ("farm",), "trough": ("farm",), "kettle": ("kitchen",),
    "barrier": ("parking lot",), "light bulb": ("living room",), "balcony": ("street",),
    "tree": ("park", "forest", "yard", "street"),
} | {kind: ("street", "parking lot", "highway", "gas station") for kind in ROAD}  # fmt: skip
_HINTS.update({
    **dict.fromkeys(("clock", "candle", "vase"), ("living room",)), "pillow": ("bedroom",), "mirror": ("bathroom",),
    "flower": ("garden",), "tractor": ("field", "farm"),
    **dict.fromkeys(("bowl", "water bowl", "cup", "plate", "glass", "cake"), ("kitchen",)),
})  # fmt: skip
_HINTS.update({kind: (entry["place"],) for table in (objects(), species(), vehicles())
               for kind, entry in table.items() if "place" in entry})  # fmt: skip
_INDOOR_WORDS: Final = ("ceiling", "carpet", "indoors", "floor", "wet floor", "video game", "video games")
_AT_WINDOWS: Final = ("open", "close", "wipe", "look", "lean", "hang", "sit", "stand", "stop")
_AT_A_TABLE: Final = ("write", "paint", "paint picture", "play board", "glue", "knit", "wrap", "play toys", "assemble")
_INSTEAD: Final = {"whiteboard": "blackboard"}  # where that hangs else
_AT_HOME: Final = ("kitchen", "living room", "bathroom", "bedroom", "office")  # unless it is somebody's place of work
_LOADED_IN_PORT: Final = {"crane", "container", "forklift"}  # beside a ship
_ENTERED: Final = {"shop", "supermarket", "restaurant", "bank", "office", "hospital", "library", "gym", "church"}
_BUILT: Final = {"house", "building", "car", "bus", "train", "shop", "church", "ladder", "barn", "hut"}
_PLAYERS: Final = ("player", "players", "footballer", "footballers", "referee", "goalkeeper", "striker", "team")
_IN_WORKS: Final = ("worker", "workers", "forklift", "welder", "welders", "machine", "engineer", "engineers")
_FANS: Final = ("fans", "football fans", "soccer fans", "supporters", "spectators")
_PUPILS: Final = ("pupil", "pupils", "student", "students", "teacher")
_AT_A_MATCH: Final = ("cheer", "clap", "jump", "rise", "stand", "sing", "wave", "wave flag", "raise hand", "shout")
_ON_SNOW: Final = ("skier", "skiers", "snowboarder", "snowboarders")
_OF_A_FARM: Final = ("tractor", "hay", "hay bale", "combine harvester", "trailer", "wagon", "carriage", "haystack")
_AROUND_BABIES: Final = {"woman", "man", "girl", "boy", "dog", "cat", "toy", "rattle", "teddy bear", "ball", "bottle"}
_ANYWHERE: Final = ("street", "park", "yard")
_SHELTERED: Final = {"window", "curtain", "windowpane", "skylight", "umbrella stand"}
_INSIDE_WORDS: Final = ("outside", "inside", "indoors", "roof", "ceiling", "leak", "drip", "windowsill", "window sill")


def likely_places(reading: Reading, table: Choreography | None, whole: bool = True) -> tuple[str, ...]:
    """Where a caption happens, without the windows or the train that it says are not there."""
    denied = [denial.name for denial in reading.denials if denial.name in WITHOUT] if table is None else []
    bare = any(m.kind in ("open shelf", "shelf") for m in reading.mentions) and any(
        w.text in ("empty", "bare") for w in reading.words
    )
    denied = denied or (["goods"] if bare and table is None else [])
    places = _named_places(reading, table, whole)
    places = _in_the_weather(reading, places)
    places = along_the_road(reading, places) if table is None else places
    if table is None and any(m.kind == "window" and not m.absent for m in reading.mentions):
        denied = denied or ["window"]  # the one that is told of is the only one
    told = [_INSTEAD.get(m.kind, m.kind) for m in reading.mentions if not m.absent]
    told = [kind for kind in told if kind in WITHOUT and kind != "lights"]
    denied = denied or (told if table is None else [])
    return tuple(f"{p} without {denied[0]}" if denied and p in WITHOUT[denied[0]] else p for p in places)


def _named_places(reading: Reading, table: Choreography | None, whole: bool = True) -> tuple[str, ...]:
    """The place a caption names, else those where its things stand or its choreography happens.

    A caption that is not `whole` in the choreography's words gets a street, a park or a yard, if it happens there.
    """
    audience = any(m.text in ("audience", "audience members") and not m.absent for m in reading.mentions)
    audience = audience or applauded(reading)
    if table is None and audience and reading.place in (None, "stage"):
        return ("auditorium",)  # they sit before the stage
    if seen := seen_otherwise(reading, table):
        return seen
    if table is None and looks_out(reading):
        return ("living room",)
    if reading.place:
        driven = any(m.group == "vehicle" and m.kind in ROAD and not m.absent for m in reading.mentions)
        if (own := _place_of_those(reading)) is not None:
            return (own,)
        entered = any(c.verb in ("enter", "leave") for c in reading.clauses)
        return ("street",) if table is None and driven and entered and reading.place in _ENTERED else (reading.place,)
    kinds = {mention.kind for mention in reading.mentions if not mention.absent}
    if table is None and any(in_port(reading, clause) for clause in reading.clauses):
        return ("quay",)
    kinds |= {"crane" for state in reading.states if state.verb == "dangle" and hangs_free(reading, state.mention)}
    if not kinds & _HINTS.keys():
        kinds |= {kind.partition(" of ")[0] for kind in kinds}  # a pallet of boxes
    hinted = tuple(place for kind, places in _HINTS.items() if kind in kinds for place in places)
    if table is None and kinds & {*EXTERIORS, *ROAD}:  # a sofa beside a house or a van is not in its living room
        indoors = (
            (*_AT_HOME, "restaurant") if not kinds & EXTERIORS else tuple(n for n, p in PLACE_PAINTERS.items() if p[1])
        )
        hinted = tuple(p for p in hinted if p not in indoors) or ("street", "yard")
    if table is None and kinds & {"cloud", "dark cloud"} and any(able(k, "fly") or medium(k) == "air" for k in kinds):
        return ("sky high",)
    if table is None:
        hinted = _at_home_or_not(reading, kinds, hinted)
        trades = tuple(work for m in reading.mentions if (work := _at_work(m.text)) and not m.absent)
        moving = any(medium(kind) in ("air", "rail", "water") for kind in kinds) or _drowns(reading)
        trades = () if moving or _by_the_water_pipes(kinds) else trades
        named = tuple(BY_NAME[m.text] for m in reading.mentions if m.text in BY_NAME and not m.absent)
        named += tuple(BY_NAME[w.text] for w in reading.words if w.text.endswith(" food") and w.text in BY_NAME)
        inside: tuple[str, ...] = ("room",) if any(word.text in _INDOOR_WORDS for word in reading.words) else ()
        inside = _where_done(reading, inside)
        if "window" not in kinds and any(lit(reading, clause) for clause in reading.clauses):
            inside = inside or ("room",)
        rings = [st.mention for st in reading.states if reading.words[st.at].lemma == "ring"]
        rings += [k for c in reading.clauses if c.lemma == "ring" for k in c.subjects]
        if any(k is not None and reading.mentions[k].kind == "phone" for k in rings):
            inside = inside or ("living room",)
        thrown = [k for c in reading.clauses if c.verb in ("throw", "drop") for p, k in c.obliques if p == "out"]
        if any(reading.mentions[k].kind == "window" for k in thrown):
            inside = inside or ("living room",)
        beside = [k for c in reading.clauses for p, k in c.obliques if p in ("by", "near", "beside", "next")]
        if any(reading.mentions[k].kind == "window" for k in beside) and not kinds & {*_BUILT, *ROAD}:
            inside = inside or ("living room",)
        if "window" in kinds and not kinds & _BUILT and any(c.verb in _AT_WINDOWS for c in reading.clauses):
            inside = inside or ("living room",)
        if hinted[:1] == ("airport",) and not inside:
            hinted = ("runway", *hinted)
        at_work = trades[:1] if hinted[:1] and hinted[0] in (*_AT_HOME, "corridor", "factory") else ()
        if any(c.verb in ("turn left", "turn right") for c in reading.clauses) and kinds & {*ROAD}:
            hinted = ("crossroads", *hinted)
        outside = "room" if _leads_out(reading) else "house front"
        front = (outside,) if kinds & {"door", "door step", "doorbell"} else ()
        doing = tuple(BY_DEED[c.verb] for c in reading.clauses if c.verb in BY_DEED and c.subjects)
        watched = any(m.text in _FANS and not m.absent for m in reading.mentions)
        if watched and not kinds & {*EXTERIORS, *ROAD} and any(c.verb in _AT_A_MATCH for c in reading.clauses):
            doing = ("stands",)
        if kinds & _LOADED_IN_PORT and any(medium(kind) == "water" for kind in kinds):
            return ("quay",)
        first = tuple(place for kind, place in AT_THEIR_PLACE.items() if kind in kinds)
        known = named[:1] or first[:1] or at_work or hinted[:1] or trades[:1] or inside or doing[:1]
        return known or front or _ANYWHERE
    if hinted == ("airport",) and any(clause.verb in ("crash", "explode", "burn") for clause in reading.clauses):
        hinted = ("field",) if not whole else hinted  # not into the hall
    neutral = tuple(place for place in table.places if place in _ANYWHERE)
    if not whole and neutral and not hinted:
        return neutral
    snowless = tuple(place for place in table.places if place != "snow")  # winter is for the caption to tell
    return tuple(place for place in table.places if place in hinted) or hinted[:1] or snowless or table.places


def _in_the_weather(reading: Reading, places: tuple[str, ...]) -> tuple[str, ...]:
    """What happens in the rain or snow happens under the sky, if no room is told of and nobody is at a window."""
    falls = reading.weather is not None and reading.weather not in ("clear", "wind")
    sheltered = any(m.kind in _SHELTERED for m in reading.mentions if not m.absent)
    sheltered |= any({word.text, *word.lemmas} & {*_INSIDE_WORDS} for word in reading.words)
    if not falls or sheltered or reading.place is not None:
        return places
    outside = (UNDER_THE_SKY.get(p, "street") if PLACE_PAINTERS[p][1] else p for p in places)
    return tuple(dict.fromkeys(p if p in PLACE_PAINTERS else "street" for p in outside))


def _at_work(text: str) -> str:
    """Where people of a trade work, one or many of them; empty for all others."""
    return AT_WORK.get(text) or AT_WORK.get(text.removesuffix("s")) or AT_WORK.get(text.removesuffix("es")) or ""


def _drowns(reading: Reading) -> bool:
    return any(clause.verb == "drown" for clause in reading.clauses)


def _leads_out(reading: Reading) -> bool:
    """True for who goes out by a door; who knocks or rings stands outside it."""
    knocks = any(c.lemma in ("knock", "ring") for c in reading.clauses)
    return not knocks and any("out" in c.words or c.verb == "leave" for c in reading.clauses)


def _tables_at_home(reading: Reading) -> tuple[str, ...]:
    """A table at which children sit, letters are written and that is laid by nobody of a trade is no restaurant's."""
    minors = any(m.kind in MINORS for m in reading.mentions if not m.absent)
    if minors or any(c.verb in _AT_A_TABLE for c in reading.clauses):
        return ("living room",)
    laid = any(c.verb == "sort" for c in reading.clauses) and not any(m.text in AT_WORK for m in reading.mentions)
    return ("dining room",) if laid else ()


def _where_done(reading: Reading, inside: tuple[str, ...]) -> tuple[str, ...]:
    """A room where its act is usual; no park for what is done on a floor; a living room for babies at play."""
    done, kinds = _done_in(reading), {m.kind for m in reading.mentions if not m.absent}
    at_home = any(m.text in BABIES for m in reading.mentions) and kinds <= _AROUND_BABIES
    places = inside if inside and done and not PLACE_PAINTERS[done[0]][1] else done or inside
    return places or (("living room",) if at_home else ())


def _at_home_or_not(reading: Reading, kinds: set[str], hinted: tuple[str, ...]) -> tuple[str, ...]:
    """Where the things stand that a caption names, by what is done and who does it."""
    hinted = _by_the_water_pipes(kinds) or hinted
    hinted = _tables_at_home(reading) or hinted if hinted[:1] == ("restaurant",) else hinted
    hinted = _not_by_the_table(reading, kinds, hinted)
    return _out_of_doors(reading) or hinted if hinted[:1] and hinted[0] in _AT_HOME else hinted


def _by_the_water_pipes(kinds: set[str]) -> tuple[str, ...]:
    """A pipe under a sink is no factory's."""
    room = next((_HINTS[kind][0] for kind in ("sink", "bathtub", "toilet", "washing machine") if kind in kinds), "")
    return (room,) if room and kinds & {"pipe", "valve", "hose", "tap"} else ()


def _not_by_the_table(reading: Reading, kinds: set[str], hinted: tuple[str, ...]) -> tuple[str, ...]:
    """A table or a counter stands where the other things belong and the work is done: dough is kneaded in a kitchen."""
    if hinted[:1] not in (("restaurant",), ("shop",)):
        return hinted
    waiting = any(AT_WORK.get(m.text) not in (None, "kitchen") for m in reading.mentions)
    told = tuple(place for kind in kinds if kind in _HINTS and kind not in _FURNITURE for place in _HINTS[kind])
    done = _done_in(reading) if _done_in(reading) in (("kitchen",), ("living room",), ("office",)) else ()
    return hinted if waiting else done or tuple(place for place in told if place in _AT_HOME) or hinted


_FURNITURE: Final = ("table", "counter", "round table", "shelf")


def _done_in(reading: Reading) -> tuple[str, ...]:
    """Where the first deed is done that has a place of its own; of those who raise a hand pupils are in a classroom."""
    taught = any(m.text in _PUPILS or m.kind in MINORS for m in reading.mentions)
    if any(c.verb == "spray" and c.lemma in ("draw", "scribble", "write") for c in reading.clauses) and taught:
        return ("living room",)
    done = (c.verb for c in reading.clauses if c.verb in DONE_IN and (c.verb != "raise hand" or taught))
    return tuple(DONE_IN[verb] for verb in done)[:1]


def _out_of_doors(reading: Reading) -> tuple[str, ...]:
    """No truck stops in the living room because of a sofa, and no hen lays an egg in the kitchen."""
    there = [m for m in reading.mentions if not m.absent]
    if any(m.group == "vehicle" and m.kind in ROAD for m in there):
        return ("street",)
    animals = (m.kind for m in there if m.group == "animal" and m.kind in _HINTS)
    return next((tuple(place for place in _HINTS[kind] if not PLACE_PAINTERS[place][1]) for kind in animals), ())


def _place_of_those(reading: Reading) -> str | None:
    """The hall of workers is a factory's, the field of players a stadium's; None for all others."""
    named = {m.text for m in reading.mentions}
    kinds = {m.kind for m in reading.mentions if not m.absent}
    if reading.place == "yard" and kinds & {"container", "reach stacker", "gantry crane", "overhead crane"}:
        return "container yard"
    inside = reading.place is not None and PLACE_PAINTERS[reading.place][1]
    if inside and kinds & {"wall", "building", "roof"} and kinds & {"excavator", "bulldozer", "wrecking ball"}:
        return "construction site"  # the wall of a cinema, seen from outside
    if reading.place == "shop" and kinds & {"oil drum", "pallet", "forklift", "gas cylinder"}:
        return "warehouse"  # the store of a factory
    if reading.place == "yard" and named & {
        "waiter",
        "waitress",
        "waiters",
        "guests",
        "parasols",
        "diners",
        "customers",
    }:
        return "cafe terrace"
    if reading.place in ("mountain", "field") and named & {*_ON_SNOW}:
        return "ski slope"
    if reading.place == "street" and any(w.text == "lane" for w in reading.words) and (
        any(m.kind in _OF_A_FARM or m.group == "animal" for m in reading.mentions)):  # fmt: skip
        return "country road"
    if reading.place == "lobby" and named & {*_IN_WORKS}:
        return "factory"
    return "stadium" if reading.place == "field" and named & {*_PLAYERS} else None
