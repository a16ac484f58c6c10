"""Scene: what a clip shows, as plain data between the reader and the painter.

read_scene makes one from a caption; render draws one. Edit it (or its JSON) and draw it again.
Positions and sizes are fractions of the frame; times are fractions of the clip.

How beats are read. `who` and `target` are ids of actors or props; who "scene" is the place as a whole (it shakes,
floods, fills with smoke, a storm swirls, things rain down). A verb moves its actor when `to` is given: from where it
is to that x, which may lie outside 0..1 (it enters or leaves the frame). chase, drag, carry, pull, push and load with
a target and `to` take the target along (chase: the target's own beat moves it). A target without `to` is turned to,
and walked up to where the verb needs touch. What is down (fall, trip, slip, faint, convulse, lie, plunge, topple,
collapse, roll over, be crushed, handcuff's target) stays so until a later beat of the same id; what burns, smokes,
leaks or floods goes on to the end. A hit shows the striker alone: the struck one's fall is a beat of its own.
ride and drive with a vehicle as target sit on or in it and take it along. grab, catch and pull take a prop in hand
until put, drop, throw, give or hide (it vanishes in a bag or pocket); enter vanishes into its target (a door, a
vehicle) at the end, leave comes out of it. A prop may act too: plunge (falls from its y to the ground), topple,
collapse, burn, leak, explode, roll over, drop, spark, swirl (a whirlwind where the prop stands).
Without a beat people and animals stand and vehicles keep still. Beats of one id may overlap (walk and talk).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final, overload

from svta.builder.io.json_text import JsonObject, parse_json_object

from .drawn_tables import clothing, objects, species, vehicles
from .place_table import place_table


def medium(kind: str) -> str:
    """Where a vehicle moves: air, water, rail or road; empty for what is none."""
    own = vehicles().get(kind, {}).get("medium") or _MEDIA.get(kind)
    return str(own or ("road" if kind in VEHICLES else ""))


def able(kind: str, move: str) -> bool:
    """True if an animal of this kind flies, swims, climbs or hops."""
    return kind in _ABLE.get(move, ()) or move in species().get(kind, {}).get("moves", "").split(", ")


# How many of a thing are seen as one: "pile of apple"; a container before "of" holds it: "basket of red apple".
MEASURES: Final = ("pile", "stack", "row", "rows", "bunch", "dozens", "hundreds")


def whole_and_part(kind: str) -> tuple[str, str, str | None] | None:
    """What a composed kind is made of: "basket of red apple" -> basket, apple, red. None for what has one drawing."""
    whole, of, part = kind.partition(" of ")
    colour = next((c for c in COLOURS if part.startswith(f"{c} ")), None)
    return (whole, part[len(colour) + 1 :] if colour else part, colour) if of else None


def is_composed(kind: object, is_known: Callable[[str], bool]) -> bool:
    """Whether a kind is a number of known things, or a known thing that holds another: "basket of red apple"."""
    both = whole_and_part(kind) if isinstance(kind, str) else None
    return both is not None and (both[0] in MEASURES or is_known(both[0])) and is_known(both[1])


class Kinds(Sequence[str]):
    """Names in a fixed order to which a lexicon may add; of several Kinds, their names one after the other."""

    def __init__(self, *parts: Sequence[str]):
        self._parts = [part if isinstance(part, Kinds) else dict.fromkeys(part) for part in parts]

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(self._parts)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and any(name in part for part in self._parts)

    def __len__(self) -> int:
        return sum(len(part) for part in self._parts)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...
    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        return tuple(self)[index]

    def __add__(self, other: Sequence[str]) -> tuple[str, ...]:
        return (*self, *other)

    def __radd__(self, other: Sequence[str]) -> tuple[str, ...]:
        return (*other, *self)

    def add(self, name: str) -> None:
        """One name more, at the end."""
        own = self._parts[-1]
        if name not in self and isinstance(own, dict):
            own[name] = None

    def remove(self, name: str) -> None:
        """One name less."""
        own = self._parts[-1]
        if isinstance(own, dict):
            own.pop(name, None)


class PropKinds(Kinds):
    """The kinds of things, and what is composed of two of them."""

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or is_composed(name, super().__contains__)


PEOPLE: Final = Kinds((
    "man", "woman", "person", "boy", "girl", "old man", "old woman", "police officer", "firefighter", "worker",
    "cyclist", "robber"
))  # fmt: skip
WORN: Final = ("glasses", "sunglasses", "scarf", "apron", "tie", "beard", "mask", *(
    kind for kind, entry in clothing().items() if entry["slot"] != "hat" and kind != "apron"))  # fmt: skip
MINORS: Final = ("boy", "girl")


def worn_things(text: str | None) -> list[tuple[str, str | None]]:
    """Kind and colour of each part of Actor.worn: "mask, red gloves"."""
    parts = text.split(", ") if text else []
    colours = [next((c for c in COLOURS if part.startswith(f"{c} ")), None) for part in parts]
    return [(part[len(c) + 1 :] if c else part, c) for part, c in zip(parts, colours)]


# of a place, size or time in a line of a choreography or lexicon; neither "." nor "1.2.3", which float() refuses
NUMBER: Final = r"(?:\d{1,6}(?:\.\d{0,9})?|\.\d{1,9})"
ANIMALS: Final = Kinds((
    "dog", "cat", "horse", "cow", "bird", "bear", "monkey", "snake", "boar", "goat", "sheep", "pig", "wolf", "fox",
    "rabbit", "donkey", "deer", "lion"
), tuple(species()), ())  # fmt: skip
_ABLE: Final = {"fly": ("bird",), "climb": ("cat", "monkey", "bear"), "hop": ("rabbit",)}
VEHICLES: Final = Kinds((
    "car", "van", "bus", "truck", "police car", "ambulance", "motorcycle", "bicycle", "scooter", "train", "boat",
    "plane", "tractor", "excavator", "shopping cart", "taxi", "fire truck", "forklift", "helicopter", "drone",
    "wheelchair", "tram", "sailboat", "pickup"
), tuple(kind for kind, entry in vehicles().items() if "words" in entry), ())  # fmt: skip
_MEDIA: Final = {**dict.fromkeys(("plane", "helicopter", "drone"), "air"), "boat": "water", "sailboat": "water",
                 "train": "rail", "tram": "rail"}  # fmt: skip
ACTOR_KINDS: Final = Kinds(PEOPLE, ANIMALS, VEHICLES)

PROP_KINDS: Final = PropKinds((
    "bag", "backpack", "suitcase", "phone", "gun", "knife", "stick", "cane", "ball", "bottle", "box", "book", "cup",
    "stone", "hammer", "umbrella", "guitar", "camera", "broom", "cigarette", "plate", "chair", "table", "bed", "sofa",
    "shelf", "counter", "tree", "bench", "trash can", "ladder", "fence", "wall", "door", "window", "traffic light",
    "sign", "lamp post", "fire hydrant", "pole", "crane", "manned crane", "machine",
    "stove", "television", "computer", "laptop",
    "barrel", "tent", "building", "elevator", "escalator", "stairs", "flag", "cake", "money", "wire", "hose", "rope",
    "net", "easel", "plant", "bin bag", "pram", "fountain", "mirror", "skateboard", "racket", "spray can",
    "fireworks", "pallet", "container", "conveyor", "rack", "turnstile", "atm", "toaster", "vase", "glass", "tray",
    "statue", "fire", "lighthouse", "balloon", "banana", "apple", "beam", "pipe", "traffic cone", "tornado", "wave",
    "pot", "fridge", "clock", "kite", "scaffold", "fire extinguisher", "snowman", "candle", "pumpkin", "stack",
    "palm tree", "church", "shop", "well", "blackboard", "gate", "bucket", "tyre", "hay", "trough", "basket", "paper",
    "bush", "cabinet", "bowl", "stop sign", "pillow", "piano", "trailer", "mailbox", "keys", "barrier", "kettle",
    "shovel", "lights"
), tuple(objects()), ())  # fmt: skip

PLACES: Final = Kinds((
    "street", "crossroads", "highway", "parking lot", "gas station", "bridge", "tunnel", "railway", "park", "beach",
    "river", "lake", "sea", "mountain", "forest", "field", "desert", "snow", "yard", "playground", "stadium",
    "court", "construction site", "factory", "warehouse", "shop", "supermarket", "restaurant", "kitchen",
    "living room", "bedroom", "bathroom", "office", "classroom", "library", "hospital", "bank", "station", "subway",
    "bus interior", "airport", "corridor", "lobby", "elevator", "stairwell", "gym", "swimming pool", "stage",
    "ballroom", "church", "courtroom", "prison", "rooftop", "balcony", "alley", "market", "farm", "zoo", "room",
    "outdoors", "quay", "campsite", "container yard", "loading dock",
    "country road", "runway", "lakeside", "riverside", "seaside",
    "quarry", "garage", "pier", "swamp", "waterfall", "volcano", "cliff", "island", "race track",
    "ice", "car wash", "junkyard", "cornfield", "orchard", "underwater", "savanna", "sky high",
    "square", "meeting room", "cinema", "concert", "boxing ring", "running track", "museum", "hair salon", "ice rink",
    "train carriage", "plane cabin", "showroom", "cemetery", "laboratory", "clothes shop"
), tuple(place_table()), ())  # fmt: skip
# What somebody goes into and is gone.
HOLLOW: Final = ("hole", "tent", "kennel", "nest", "barn", "hut", "henhouse", "house", "box", "barrel", "bush", "cage",
                 "beehive", "greenhouse", "tower", "castle", "windmill", "church", "shop", "container", "trash can",
                 "basket", "bucket", "hay", "dumpster", "pipe", "concrete pipe", "garage", "cave",
                 "tree hole")  # fmt: skip
# What is open above: one looks out of it.
OPEN_ABOVE: Final = ("box", "trash can", "basket", "laundry basket", "barrel", "oil drum", "bucket", "dumpster",
                     "crate", "plastic crate", "bin", "suitcase", "shopping cart", "pot", "bag", "crib",
                     "bathtub", "playpen", "lying boots", "lying helmet", "hat", "shoe", "shoes",
                     "safety helmet")  # fmt: skip
# A place of water as it is seen from its shore, where somebody stands on land.
SHORES: Final = {"lake": "lakeside", "river": "riverside", "sea": "seaside", "beach": "seaside",
                 "swimming pool": "poolside"}  # fmt: skip
# Places that can be shown without something that else belongs to them.
WITHOUT: Final = {
    "window": ("room", "living room", "bedroom", "office", "kitchen"),
    "train": ("station",),
    "fridge": ("kitchen",),
    "blackboard": ("classroom",),
    "television": ("living room",),
    "mirror": ("bathroom",),
    "umbrella": ("beach",),
    "goods": ("shop", "supermarket"),
    "lights": ("street", "square", "crossroads", "suburb"),
    "water": ("swimming pool",),
}
for _thing, _places in WITHOUT.items():
    for _place in _places:
        PLACES.add(f"{_place} without {_thing}")
TIMES: Final = ("day", "night", "dusk", "dawn")
WEATHERS: Final = ("clear", "rain", "snow", "fog", "storm", "wind", "hail", "sandstorm", "cloudless", "wet", "icy",
                    "overcast")  # fmt: skip
FAIR: Final = (
    "clear",
    "wind",
    "cloudless",
    "wet",
    "icy",
)  # the sun shines; the ground may still be wet
COLOURS: Final = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white", "grey",
                  "silver", "beige", "light blue", "dark blue")  # fmt: skip


# Beat.who (or target) for what the whole place does or suffers: flood, shake, rain down, blow, swirl, smoke, burn.
WHOLE_SCENE: Final = "scene"
# done by one person to another, these are violence: with a minor in the scene it is not drawn
VIOLENT_VERBS: Final = frozenset(
    ("hit", "kick", "push", "punch", "strangle", "shoot", "stab", "threaten", "chase", "drag", "handcuff", "surround")
)


@dataclass(frozen=True)
class Actor:
    """Somebody or something that moves. `colour` is clothing or bodywork; `count` > 1 draws a small group."""

    id: str
    kind: str
    colour: str | None = None
    trousers: str | None = None
    count: int = 1
    x: float = 0.5  # where it starts, 0 left to 1 right, feet or wheels
    y: float = 0.82  # ground line, 0 top to 1 bottom
    scale: float = 1.0
    facing: int = 1  # 1 right, -1 left
    holds: str | None = None  # a PROP_KINDS name
    hat: bool = False
    hat_colour: str | None = None
    bareheaded: bool = False  # without the hat or helmet of its kind
    headgear: str | None = field(default=None, repr=False)  # of people.HEADGEAR_COLOURS, instead of a plain hat
    worn: str | None = field(default=None, repr=False)  # glasses, sunglasses, scarf, apron, tie, beard, mask
    worn_colour: str | None = field(default=None, repr=False)
    held_colour: str | None = field(default=None, repr=False)  # of what it holds, where it is not the thing's own
    unmanned: bool = field(default=False, repr=False)  # a vehicle in whose window no head is seen


@dataclass(frozen=True)
class Prop:
    """A thing in the place: furniture, a tree, a bag on the ground."""

    id: str
    kind: str
    colour: str | None = None
    x: float = 0.5
    y: float = 0.82
    scale: float = 1.0


@dataclass(frozen=True)
class Beat:
    """One thing that happens: `who` does `verb` (to `target`) from `start` to `end` of the clip."""

    verb: str
    who: str
    target: str | None = None
    start: float = 0.0
    end: float = 1.0
    to: float | None = None  # for verbs of motion: the x it moves to


@dataclass(frozen=True)
class Scene:
    """Who, colour, count, where, what happens when. JSON in, JSON out."""

    caption: str
    category: str | None = None
    place: str = "outdoors"
    time: str = "day"
    weather: str = "clear"
    actors: tuple[Actor, ...] = ()
    props: tuple[Prop, ...] = ()
    beats: tuple[Beat, ...] = ()
    seed: int = 0
    notes: tuple[str, ...] = field(default=())  # words the reader did not know, for the curious
    backwards: bool = False  # the pictures in the reverse order: who sits down stands up

    def to_json(self) -> str:
        """Readable JSON that from_json takes back unchanged."""
        values = dataclasses.asdict(self)
        if not self.backwards:
            del values["backwards"]
        for actor in values["actors"]:
            for name in ("headgear", "worn", "worn_colour", "held_colour", "unmanned"):
                if not actor[name]:
                    del actor[name]
        return json.dumps(values, ensure_ascii=False, indent=2)

    @classmethod
    def from_json(cls, text: str) -> Scene:
        """Inverse of to_json."""
        return cls.from_dict(parse_json_object(text))

    @classmethod
    def from_dict(cls, data: JsonObject) -> Scene:
        """Inverse of dataclasses.asdict."""
        lists = {
            "actors": tuple(Actor(**a) for a in data.get("actors", ())),
            "props": tuple(Prop(**p) for p in data.get("props", ())),
            "beats": tuple(Beat(**b) for b in data.get("beats", ())),
            "notes": tuple(data.get("notes", ())),
        }
        return cls(**{**data, **lists})
