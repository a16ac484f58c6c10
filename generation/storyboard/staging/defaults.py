"""What a caption leaves open: where it happens, who lies there and what rises, and what moves if nothing is told to.

Reads a Reading, the recognised Choreography and the SceneDraft; gives the places that come into question, and beats.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Final

from svta.generation.storyboard.choreography import Choreography
from svta.generation.storyboard.drawing.vehicles import RIDDEN
from svta.generation.storyboard.drawn_tables import objects, species, vehicles
from svta.generation.storyboard.parsing.clauses import Clause, Reading
from svta.generation.storyboard.parsing.relations import relations
from svta.generation.storyboard.places.backdrop import PLACE_PAINTERS
from svta.generation.storyboard.scene import (
    ANIMALS,
    PEOPLE,
    SHORES,
    VEHICLES,
    WHOLE_SCENE,
    WITHOUT,
    Actor,
    Beat,
    Prop,
    able,
    medium,
)
from svta.generation.storyboard.shown_verbs import EMITTED

from .actions.draft import IN_WATER, SHORE, SceneDraft
from .actions.movement import passing
from .bystanders import EXTERIORS
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
    "sheep": ("field", "farm"), "cow": ("field", "farm"), "horse": ("field", "farm"), "pig": ("farm",),
    "donkey": ("farm",), "deer": ("forest",), "bear": ("forest",), "wolf": ("forest",), "fox": ("forest",),
    "lion": ("desert",), "rabbit": ("field",), "snowman": ("snow",), "wave": ("sea",), "tornado": ("field",),
    "piano": ("living room",), "hay": ("farm",), "trough": ("farm",), "kettle": ("kitchen",),
    "barrier": ("parking lot",),
    "tree": ("park", "forest", "yard", "street"),
} | {kind: ("street", "parking lot", "highway", "gas station") for kind in ROAD}  # fmt: skip
_HINTS.update({
    **dict.fromkeys(("clock", "candle", "vase"), ("living room",)), "pillow": ("bedroom",), "mirror": ("bathroom",),
    "flower": ("garden",), "tractor": ("field", "farm"),
    **dict.fromkeys(("bowl", "water bowl", "cup", "plate", "glass", "cake"), ("kitchen",)),
})  # fmt: skip
_HINTS.update({kind: (entry["place"],) for table in (objects(), species(), vehicles())
               for kind, entry in table.items() if "place" in entry})  # fmt: skip
# Where people of a trade work, by the caption's word for them, if nothing else says where it happens.
_AT_WORK: Final = {
    **dict.fromkeys(("cashier", "shopkeeper", "shop assistant", "salesperson", "customer", "shopper"), "shop"),
    "shoplifter": "shop",
    **dict.fromkeys(("nurse", "doctor", "patient"), "hospital"), "waiter": "restaurant", "waitress": "restaurant",
    **dict.fromkeys(("bartender", "barman", "barmaid"), "bar"), "diner": "restaurant",
    **dict.fromkeys(("teacher", "pupil", "student"), "classroom"),
    **dict.fromkeys(("welder", "technician", "machine operator", "electrician"), "factory"), "farmer": "farm",
    **dict.fromkeys(("skier", "snowboarder", "skiers", "snowboarders"), "ski slope"), "referee": "stadium",
    **dict.fromkeys(("goalkeeper", "striker", "soccer player", "football player", "footballer"), "stadium"),
    **dict.fromkeys(("skater", "skaters", "figure skater", "ice skater", "hockey player"), "ice rink"),
    **dict.fromkeys(("boxer", "boxers", "wrestler", "wrestlers"), "boxing ring"), "librarian": "library",
    **dict.fromkeys(("secretary", "clerk", "accountant", "programmer"), "office"), "barista": "restaurant",
    **dict.fromkeys(("barber", "hairdresser", "hairstylist"), "hair salon"), "scientist": "laboratory",
    **dict.fromkeys(("swimmer", "swimmers", "lifeguard"), "swimming pool"), "gymnast": "gym", "lecturer": "classroom",
    **dict.fromkeys(("runner", "runners", "sprinter", "sprinters"), "running track"), "priest": "church",
    **dict.fromkeys(("actor", "actors", "singer", "dancer", "ballerina", "magician", "pianist", "choir"), "stage"),
    **dict.fromkeys(("judge", "lawyer", "defendant", "juror"), "courtroom"), "prisoner": "prison", "inmate": "prison",
    **dict.fromkeys(("stewardess", "air hostess"), "plane cabin"), "conductor": "train carriage",
    "ticket inspector": "train carriage", "hiker": "mountain", "hikers": "mountain", "lumberjack": "forest",
    **dict.fromkeys(("baker", "pastry chef"), "bakery"), "butcher": "butcher's shop", "florist": "flower shop",
    **dict.fromkeys(("surgeon", "surgeons"), "operating theatre"), "dentist": "dentist's practice", "cook": "kitchen",
    **dict.fromkeys(("pharmacist", "chemist"), "pharmacy"), "paramedic": "hospital", "chef": "kitchen",
    **dict.fromkeys(("docker", "stevedore", "dock worker"), "quay"), "warehouseman": "warehouse",
    **dict.fromkeys(("carpenter", "joiner", "blacksmith", "cobbler"), "workshop"), "mechanic": "car workshop",
    **dict.fromkeys(("tailor", "seamstress", "dressmaker"), "sewing workshop"), "jeweller": "jewellery shop",
    **dict.fromkeys(("miner", "miners"), "mine"), "pilot": "cockpit",
    **dict.fromkeys(("sailor", "sailors"), "ship deck"), "newsreader": "tv studio", "sculptor": "art studio",
    **dict.fromkeys(("clown", "clowns", "acrobat", "acrobats", "trapeze artist"), "circus"), "gardener": "garden",
    **dict.fromkeys(("player", "striker", "footballer", "goalkeeper", "goalie"), "stadium"),
    **dict.fromkeys(("vet", "veterinarian"), "doctor's office"), **dict.fromkeys(("golfer", "golfers"), "golf course"),
    **dict.fromkeys(("astronaut", "astronauts"), "lunar surface"),
    **dict.fromkeys(("machine", "pipe", "valve"), "factory"), "shop window": "street", "receptionist": "lobby",
}  # fmt: skip
# Where it is done, if nothing else says where it happens.
_DONE_IN: Final = {
    **dict.fromkeys(("wash food", "taste", "season", "cook", "fry", "knead", "peel", "spread", "stir"), "kitchen"),
    **dict.fromkeys(("wash hands", "shave", "brush teeth", "make up", "shower", "dry hair", "comb"), "bathroom"),
    **dict.fromkeys(("iron", "knit", "vacuum", "fold"), "living room"),
    "mop": "corridor",
    "nod off": "living room",
    **dict.fromkeys(("lift weights", "curl", "push up"), "gym"),
    "hit ball": "park",
    "raise hand": "classroom",
    "mow": "garden",
    "fly kite": "park",
    "rake": "garden",
    "type": "office",
}
_INDOOR_WORDS: Final = ("ceiling", "carpet", "indoors", "floor", "wet floor", "video game", "video games")
_AT_WINDOWS: Final = ("open", "close", "wipe", "look", "lean", "hang", "sit", "stand", "stop")
_BY_DEED: Final = {"swim": "lake", "dive": "swimming pool", "drown": "lake", "ski": "ski slope", "surf": "sea"}
_BY_NAME: Final = {"kitchen counter": "kitchen", "kitchen sink": "kitchen", "kitchen table": "kitchen",
                   "dining table": "kitchen",
                   "reception desk": "lobby", "coffee table": "living room", "bar counter": "restaurant",
                   "operating table": "hospital", "hospital bed": "hospital", "cash register": "supermarket",
                   "crib": "bedroom", "dishes": "kitchen", "front door": "house front",
                   "shop window": "street", "windowsill": "living room",
                   "window sill": "living room",
                   **dict.fromkeys(("subway train", "metro train"), "subway"),
                   **dict.fromkeys(("baggage carousel", "luggage carousel", "baggage belt"), "baggage hall"),
                   "blackboard": "classroom"}  # fmt: skip
_AT_HOME: Final = ("kitchen", "living room", "bathroom", "bedroom", "office")  # unless it is somebody's place of work
_LOADED_IN_PORT: Final = {"crane", "container", "forklift"}  # beside a ship
# Whatever else is named.
_AT_THEIR_PLACE: Final = {
    **dict.fromkeys(("robot arm", "conveyor"), "factory"),
    "letter box": "street",
    **dict.fromkeys(
        ("manned crane", "excavator", "bulldozer", "wheel loader", "cement mixer", "concrete"), "construction site"
    ),
}
_ENTERED: Final = {"shop", "supermarket", "restaurant", "bank", "office", "hospital", "library", "gym", "church"}
_BUILT: Final = {"house", "building", "car", "bus", "train", "shop", "church", "ladder", "barn", "hut"}
_ALIVE: Final = ("person", "animal", "vehicle")
_PERFORMED: Final = {"singer": "sing", "singers": "sing", "choir": "sing", "juggler": "juggle", "dancer": "dance",
                     **dict.fromkeys(("musician", "street musician", "busker", "guitarist"), "strum")}  # fmt: skip
_LARGE_SHIPS: Final = ("ferry", "ship", "cruise ship", "cargo ship", "yacht")
_OF_THE_SEA: Final = ("whale", "dolphin", "shark", "octopus", "jellyfish")
_SENDING: Final = ("throw", "kick", "kick ball", "push", "drop", "put", "pour", "hit ball", "load")
_WATERFOWL: Final = ("duck", "white duck", "duckling", "goose", "swan", "seal", "otter", "beaver")
_SWIMMING: Final = {"swim", "float", "sink", "drown"}
SWIMMERS: Final = ("swimmer", "swimmers", "surfer", "surfers", "diver", "divers", "snorkeler", "bather", "bathers")
_ON_LAND: Final = {"walk", "run", "eat", "sleep", "lie", "chase", "jump", "bite", "stand", "crawl", "climb"}
_AFOOT: Final = ("walk", "run", "waddle", "march", "hop", "stroll")
_PLAYERS: Final = ("player", "players", "footballer", "footballers", "referee", "goalkeeper", "striker", "team")
_IN_WORKS: Final = ("worker", "workers", "forklift", "welder", "welders", "machine", "engineer", "engineers")
_ANYWHERE: Final = ("street", "park", "yard")
_ROADS: Final = {"street", "crossroads", "highway", "bridge", "tunnel", "railway", "parking lot", "gas station", "sea",
                 "lake", "river", "airport", "snow", "desert", "mountain", "outdoors"}  # fmt: skip
_QUIET: Final = {"stand", "stop", "lie", "sit", "sleep", "kneel"}
_AT_REST: Final = {"stand", "lie", "sleep", "sit", "kneel", "queue"}
_MOVING: Final = {"walk", "run", "look", "turn", "drive", "fly", "leave", "move", "wave", "flee", "startle"}
_STILLNESS: Final = {"still", "motionless", "parked", "stationary", "immobile", "unmoving"}
_BY_VEHICLES: Final = {"drive", "reverse", "skid", "spin", "roll over", "crash", "collide", "derail", "burn", "smoke",
                       "sink", "explode", "float", "fly", "chase", "flee", "leak", "be crushed", "topple",
                       "plunge", "land", "rise", "lean", "turn left", "turn right", "turn back", "turn", "circle",
                       "tip out", "jackknife", "uphill", "downhill",
                       "roll", "carry", "lift", "push", "come closer", "go away", "back closer", "back away",
                       "trail", "swerve", "draw up", "splash over", "pull up", "slow down",
                       "speed up", "sound", "blink", "shake", "work", "wade in", "open", "close", "open boot",
                       "open bonnet"}  # fmt: skip
_OPENED: Final = {"gate", "door", "window", "fridge", "cabinet", "suitcase", "box", "elevator"}
_CARRYING: Final = ("carry", "lift", "drag", "pull")


def likely_places(reading: Reading, table: Choreography | None, whole: bool = True) -> tuple[str, ...]:
    """Where a caption happens, without the windows or the train that it says are not there."""
    denied = [denial.name for denial in reading.denials if denial.name in WITHOUT] if table is None else []
    places = _named_places(reading, table, whole)
    if table is None and any(m.kind == "window" and not m.absent for m in reading.mentions):
        denied = denied or ["window"]  # the one that is told of is the only one
    told = [m.kind for m in reading.mentions if m.kind in WITHOUT and not m.absent]
    denied = denied or (told if table is None else [])
    return tuple(f"{p} without {denied[0]}" if denied and p in WITHOUT[denied[0]] else p for p in places)


def _seen_otherwise(reading: Reading, table: Choreography | None) -> tuple[str, ...]:
    """Places that are shown from another side: a bridge from the river, a tunnel from outside."""
    if reading.place in ("under bridge", "bridge") and any(medium(m.kind) == "water" for m in reading.mentions):
        return ("river bridge",)
    wheels = {medium(reading.mentions[k].kind) for c in reading.clauses for k in c.subjects if c.grounds}
    if (
        table is None
        and reading.place == "tunnel"
        and wheels & {"road", "rail"}
        and any(
            ground in (("into", "tunnel"), ("out", "tunnel"), ("from", "tunnel"))
            for c in reading.clauses
            for ground in c.grounds
        )
    ):  # seen from outside
        return ("tunnel railway" if "rail" in wheels else "tunnel road",)
    if (
        table is None
        and reading.place == "street"
        and "road" in wheels
        and any(c.lemma == "turn" and ("into", "street") in c.grounds for c in reading.clauses)
    ):
        return ("crossroads",)
    if reading.place == "level crossing" and not any(medium(m.kind) == "rail" for m in reading.mentions):
        crosses = any(c.verb in ("drive", "ride", "walk", "run") for c in reading.clauses)
        closed = any("closed" in word.text for word in reading.words)
        return ("open level crossing" if crosses and not closed else reading.place,)
    return ()


def _named_places(reading: Reading, table: Choreography | None, whole: bool = True) -> tuple[str, ...]:
    """The place a caption names, else those where its things stand or its choreography happens.

    A caption that is not `whole` in the choreography's words gets a street, a park or a yard, if it happens there.
    """
    audience = any(m.text in ("audience", "audience members") and not m.absent for m in reading.mentions)
    if table is None and audience and reading.place in (None, "stage"):
        return ("auditorium",)  # they sit before the stage
    if seen := _seen_otherwise(reading, table):
        return seen
    if reading.place:
        driven = any(m.group == "vehicle" and m.kind in ROAD and not m.absent for m in reading.mentions)
        if (own := _place_of_those(reading)) is not None:
            return (own,)
        entered = any(c.verb in ("enter", "leave") for c in reading.clauses)
        return ("street",) if table is None and driven and entered and reading.place in _ENTERED else (reading.place,)
    kinds = {mention.kind for mention in reading.mentions if not mention.absent}
    if table is None and any(_goes_aboard(reading, clause) for clause in reading.clauses):
        return ("quay",)
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
        if hinted[:1] and hinted[0] in _AT_HOME:
            hinted = _out_of_doors(reading) or hinted
        trades = tuple(_AT_WORK[m.text] for m in reading.mentions if m.text in _AT_WORK and not m.absent)
        trades = () if any(medium(kind) in ("air", "rail", "water") for kind in kinds) else trades
        named = tuple(_BY_NAME[m.text] for m in reading.mentions if m.text in _BY_NAME and not m.absent)
        inside: tuple[str, ...] = ("room",) if any(word.text in _INDOOR_WORDS for word in reading.words) else ()
        inside = tuple(_DONE_IN[c.verb] for c in reading.clauses if c.verb in _DONE_IN)[:1] or inside
        if "window" not in kinds and any(_lit(reading, clause) for clause in reading.clauses):
            inside = inside or ("room",)
        if any(c.lemma == "ring" and reading.mentions[k].kind == "phone" for c in reading.clauses for k in c.subjects):
            inside = inside or ("living room",)
        if "window" in kinds and not kinds & _BUILT and any(c.verb in _AT_WINDOWS for c in reading.clauses):
            inside = inside or ("living room",)
        if hinted[:1] == ("airport",) and not inside:
            hinted = ("runway", *hinted)
        at_work = trades[:1] if hinted[:1] and hinted[0] in _AT_HOME else ()
        if any(c.verb in ("turn left", "turn right") for c in reading.clauses) and kinds & {*ROAD}:
            hinted = ("crossroads", *hinted)
        out = any("out" in c.words or c.verb == "leave" for c in reading.clauses)
        front = (("room",) if out else ("house front",)) if kinds & {"door", "door step", "doorbell"} else ()
        doing = tuple(_BY_DEED[c.verb] for c in reading.clauses if c.verb in _BY_DEED and c.subjects)
        if kinds & _LOADED_IN_PORT and any(medium(kind) == "water" for kind in kinds):
            return ("quay",)
        first = tuple(place for kind, place in _AT_THEIR_PLACE.items() if kind in kinds)
        known = named[:1] or first[:1] or at_work or hinted[:1] or trades[:1] or inside or doing[:1]
        return known or front or _ANYWHERE
    if hinted == ("airport",) and any(clause.verb in ("crash", "explode", "burn") for clause in reading.clauses):
        hinted = ("field",) if not whole else hinted  # not into the hall
    neutral = tuple(place for place in table.places if place in _ANYWHERE)
    if not whole and neutral and not hinted:
        return neutral
    snowless = tuple(place for place in table.places if place != "snow")  # winter is for the caption to tell
    return tuple(place for place in table.places if place in hinted) or hinted[:1] or snowless or table.places


def _lit(reading: Reading, clause: Clause) -> bool:
    """True where the light of a room goes out or on; the lamps of a street and of a car are none."""
    lamps = [reading.mentions[k] for k in (*clause.subjects, *clause.objects)]
    named = any(m.kind == "lights" and m.text in ("light", "lights", "lamp") for m in lamps)
    switched = clause.verb in ("darken", "brighten") or (clause.lemma == "go" and "out" in clause.words)
    return named and switched and not any(m.group == "vehicle" for m in reading.mentions)


def _out_of_doors(reading: Reading) -> tuple[str, ...]:
    """No truck stops in the living room because of a sofa, and no hen lays an egg in the kitchen."""
    there = [m for m in reading.mentions if not m.absent]
    if any(m.group == "vehicle" and m.kind in ROAD for m in there):
        return ("street",)
    animals = (m.kind for m in there if m.group == "animal" and m.kind in _HINTS)
    return next((tuple(place for place in _HINTS[kind] if not PLACE_PAINTERS[place][1]) for kind in animals), ())


def _goes_aboard(reading: Reading, clause: Clause) -> bool:
    """True for people who get on or off a ship: it lies at the quay."""
    told = [reading.mentions[k] for k in (*clause.objects, *(k for _, k in clause.obliques))]
    afoot = bool(clause.subjects) and all(reading.mentions[k].group == "person" for k in clause.subjects)
    ways = {p for p, _ in clause.obliques} & {"off", "onto", "into", "from", "aboard"}
    moving = clause.verb in ("enter", "leave") or (clause.verb in ("walk", "run", "flee") and bool(ways))
    return afoot and moving and any(mention.kind in _LARGE_SHIPS for mention in told)


def _place_of_those(reading: Reading) -> str | None:
    """The hall of workers is a factory's, the field of players a stadium's; None for all others."""
    named = {m.text for m in reading.mentions}
    if reading.place == "lobby" and named & {*_IN_WORKS}:
        return "factory"
    return "stadium" if reading.place == "field" and named & {*_PLAYERS} else None


def from_the_shore(reading: Reading, place: str) -> str:
    """The place as it is seen from its shore, if somebody is on land there; a beach with swimmers has more water."""
    if place not in SHORES:
        return place
    alive = [k for k, m in enumerate(reading.mentions) if m.group in _ALIVE and not m.absent and not m.held]
    wet = {k for k in alive if in_water(reading, k)}
    aboard = {k for k in wet if medium(reading.mentions[k].kind) == "water"}
    ashore = [k for k in alive if k not in wet and not (aboard and reading.mentions[k].group == "person")]
    crossed = any(p in ("into", "out") and where in SHORES for c in reading.clauses for p, where in c.grounds
                  if not any(reading.mentions[k].kind in _OF_THE_SEA for k in c.subjects))  # fmt: skip
    if place == "beach":
        return SHORES[place] if wet else place
    return SHORES[place] if ashore or crossed else place


def settle_by_water(reading: Reading, draft: SceneDraft, ids: Mapping[int, str]) -> None:
    """Who swims and what floats begins in the water of a shore, all others on land."""
    for k, id_ in ids.items():
        if id_ in draft.actors:
            wet = in_water(reading, k)
            draft.actors[id_] = replace(draft.actors[id_], y=IN_WATER if wet else SHORE)
        elif reading.mentions[k].kind == "fish" or any(
            k in (*c.subjects, *c.objects, *(j for _, j in c.obliques)) and c.verb in _SWIMMING for c in reading.clauses
        ):
            draft.start_prop(id_, y=IN_WATER)


def in_water(reading: Reading, k: int) -> bool:
    """True for what swims, floats or sinks, is a boat or a whale, or goes into the water or comes out of it."""
    kind = reading.mentions[k].kind
    if medium(kind) == "water" or kind in _OF_THE_SEA or reading.mentions[k].text in SWIMMERS:
        return True
    doing = [c for c in reading.clauses if k in c.subjects]
    over = any(
        place in SHORES and i and reading.words[i - 1].text in ("across", "on") for i, place in reading.places.items()
    )
    if over and kind in _WATERFOWL:
        return True
    going = [c for c in doing if c.verb not in _SENDING]  # throws a stone into it
    if any(place in SHORES and p in ("into", "out") for c in going for p, place in c.grounds):
        return True
    if any(c.verb in _SWIMMING for c in doing):
        return True
    if any(c.lemma in _AFOOT for c in doing):
        return False
    return able(kind, "swim") and reading.mentions[k].group == "animal" and not any(c.verb in _ON_LAND for c in doing)


def enlivened(beats: list[Beat], reading: Reading, draft: SceneDraft, place: str, ids: Mapping[int, str]) -> list[Beat]:
    """The beats, and where nobody does anything to be seen: people look about, animals walk, cars on a road drive by.

    Who stands, lies or sleeps and what is parked there is left in peace: the caption says so.
    """
    beats = [*beats, *_does_not_stop(beats, reading, draft, ids)]
    if any(_shows(beat, draft) for beat in beats) or any(
        beat.verb in _AT_REST for beat in beats if _lives(beat, draft)
    ):
        return beats
    if any(word.text.split()[0] in _STILLNESS for word in reading.words if word.text):
        return beats
    denied = [denial for denial in reading.denials if denial.group == "verb" and denial.name != "stop"]
    still = {
        ids.get(k)
        for denial in denied
        for k in denial.subjects
        if denial.name in _MOVING or reading.mentions[k].group == "animal"
    }  # the dog does not move
    if any(draft.kind(id_ or "") in ANIMALS for id_ in still):  # and who stands before it neither
        still |= {actor.id for actor in draft.actors.values() if actor.kind in ANIMALS}
    stops = any(clause.verb == "stop" for clause in reading.clauses)
    waiting = {reading.mentions[k].kind for c in reading.clauses if c.verb == "stand" for k in c.subjects}
    at_rest = {k for clause in reading.clauses if clause.verb in _AT_REST for k in clause.subjects}
    at_rest |= {
        k for c in reading.clauses if reading.words[c.at].text in ("parked", "moored", "anchored") for k in c.subjects
    }
    told = {k for clause in reading.clauses for k in (*clause.objects, *(j for _, j in clause.obliques))}
    told -= {k for clause in reading.clauses for k in clause.subjects}
    parked = {ids[k] for k in at_rest | (told if stops else set()) if k in ids}  # stops behind a bus, which stands
    life = []
    for actor in list(draft.actors.values()):
        x = draft.x[actor.id]
        if actor.id in parked | still | {beat.target for beat in life}:  # a bicycle that stands there
            continue
        mount = next((a.id for a in draft.actors.values() if a.kind in RIDDEN), None)
        if actor.kind == "cyclist" and mount is not None:
            for id_ in (actor.id, mount):
                draft.place(id_, x=0.16, facing=1)
            life.append(Beat("ride", actor.id, mount, 0.0, 1.0, 0.86))
            continue
        if actor.kind in PEOPLE:
            life.append(Beat("look", actor.id))
        elif actor.kind in ANIMALS:
            life.append(Beat("walk", actor.id, None, 0.1, 0.9, x + (0.18 if x < 0.5 else -0.18)))
        elif actor.kind in waiting:
            continue
        elif stops:  # it comes and stops
            draft.start_at(actor.id, x - 0.75 * actor.facing)
            life.append(Beat("drive", actor.id, None, 0.0, 0.6, x))
        elif place in _ROADS:
            life.append(Beat("drive", actor.id, None, 0.0, 1.0, x + 0.45 * actor.facing))
    moved = {beat.who for beat in life}
    return [beat for beat in beats if beat.who not in moved] + life


def without_loose_leashes(draft: SceneDraft, props: list[Prop]) -> list[Prop]:
    """Of the leash of an animal only one that somebody leads it by is drawn."""
    if not any(a.kind in ANIMALS for a in draft.actors.values()):
        return props
    return [prop for prop in props if prop.kind != "taut leash" or prop.id in draft.moved]


def without_the_denied(reading: Reading, draft: SceneDraft) -> tuple[list[Actor], list[Prop]]:
    """All actors and things of the scene, as they are to be drawn."""
    return without_drivers(reading, [*draft.actors.values()]), without_loose_leashes(draft, [*draft.props.values()])


def kept_in_bowls(draft: SceneDraft, beats: list[Beat]) -> list[Beat]:
    """Fish in a bowl of which no verb says what they do."""
    kept = sorted(draft.bowls.keys() - {beat.who for beat in beats})
    return [Beat("swim", id_, draft.bowls[id_], 0.0, 1.0, draft.x[id_]) for id_ in kept]


def unlit(reading: Reading) -> list[Beat]:
    """The lights are off: it is dark from the first frame on."""
    off = any(
        word.text in ("lights", "light", "lamps") and after.text in ("off", "out") and after.auxiliary
        for word, after in pairwise(reading.words)
    )
    return [Beat("darken", WHOLE_SCENE, None, 0.0, 0.0)] if off else []


def without_drivers(reading: Reading, actors: list[Actor]) -> list[Actor]:
    """No head in the window of a vehicle that has no driver, or in which nobody is."""
    nobody = any(d.group == "person" and d.name == "person" for d in reading.denials)
    said = {word.text for word in reading.words}
    none = any(d.text in ("driver", "drivers") for d in reading.denials) or "driverless" in said
    if not none and not (nobody and said & {"wheel", "inside", "driving", "empty", "in it"}):
        return actors
    served = () if none or "wheel" in said else ("bus", "train", "tram", "ferry", "double decker bus")
    return [replace(a, unmanned=a.kind in VEHICLES and a.kind not in served) for a in actors]


def _does_not_stop(beats: list[Beat], reading: Reading, draft: SceneDraft, ids: Mapping[int, str]) -> list[Beat]:
    """A woman waves, but the taxi does not stop: it drives by."""
    going = {id_ for beat in beats if beat.to is not None for id_ in (beat.who, beat.target)}
    who = [ids[k] for d in reading.denials if d.group == "verb" and d.name == "stop" for k in d.subjects if k in ids]
    return [beat for id_ in who if id_ not in going and draft.kind(id_) in VEHICLES for beat in passing(draft, id_)]


def _lives(beat: Beat, draft: SceneDraft) -> bool:
    return beat.who in draft.actors and draft.actors[beat.who].kind not in VEHICLES


def _shows(beat: Beat, draft: SceneDraft) -> bool:
    """True if something is seen to move."""
    vehicle = beat.who in draft.actors and not _lives(beat, draft)
    if vehicle:
        return beat.verb in _BY_VEHICLES or (beat.verb == "stop" and beat.to is not None)
    return beat.verb not in _QUIET


def prone(reading: Reading, draft: SceneDraft, ids: dict[int, str]) -> list[Beat]:
    """Who is hurt, unconscious or told of on the ground lies there from the start, unless they do something."""
    doing = {k for clause in reading.clauses if not clause.passive for k in clause.subjects}
    carried = {k for clause in reading.clauses if clause.verb in _CARRYING for k in clause.objects}
    lying = [k for k, m in enumerate(reading.mentions) if m.prone and k not in doing | carried]
    return [Beat("lie", ids[k], None, 0.0, 0.01) for k in lying if ids.get(k) in draft.actors]


def rising(reading: Reading, ids: dict[int, str]) -> list[Beat]:
    """Smoke from a chimney, of which no verb says what it does."""
    subjects = {k for clause in reading.clauses for k in clause.subjects}
    doing = {k for clause in reading.clauses for k in (*clause.subjects, *clause.objects)}
    doing |= {k for clause in reading.clauses for _, k in clause.obliques}
    beats = [Beat("burst aloft", ids[k], None, 0.0, 1.0) for k, m in enumerate(reading.mentions)
             if m.kind == "sky fireworks" and k not in subjects and k in ids]  # fmt: skip
    beats += [Beat(_PERFORMED[m.text], ids[k], None, 0.0, 1.0) for k, m in enumerate(reading.mentions)
              if m.text in _PERFORMED and k not in subjects and k in ids and not m.absent]  # fmt: skip
    for relation in relations(reading, ("from", "out", "of", "in")):
        mention, ground = reading.mentions[relation.figure], ids.get(relation.ground)
        if mention.group == "substance" and not mention.absent and relation.figure not in doing and ground:
            beats.append(Beat(EMITTED[mention.kind], ground, None, 0.0, 1.0))
    return beats


def at_first(draft: SceneDraft, verb: str, id_: str | None, word: str = "") -> Beat | None:
    """How it is from the first frame on: open, on its side where it is overturned, crushed; cars lie on their roofs."""
    kind = draft.kind(id_ or "")
    if id_ is None:
        return None
    if verb == "open" and (kind in _OPENED or (kind in VEHICLES and medium(kind) == "road")):
        return Beat("open", id_, None, 0.0, 0.35 if word == "opening" else 0.01)
    if verb == "roll over" and (id_ in draft.props or kind in ("shopping cart", "wheelbarrow")):
        return Beat("topple", id_, None, 0.0, 0.01)
    if verb in ("smash", "crash", "collide", "dent") and kind in VEHICLES and medium(kind) == "road":
        return Beat("dent", id_, None, 0.0, 0.01)
    return None
