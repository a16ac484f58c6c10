"""Sides and places of a caption: where it happens, what is only seen from outside, and who or what fills a place.

Reads the State at the word; gives it its place in the Reading, or hands on what is a thing here: the cage of a lion.
"""

from __future__ import annotations

from typing import Final

from svta.generation.storyboard.place_table import is_room
from svta.generation.storyboard.scene import able, medium

from .grounds import exterior, read_exterior, read_ground, read_roof, seen_from_outside, weathered
from .mentions import Mention
from .nouns import read_noun
from .state import State
from .word_senses import HEADS

CROWDED: Final = ("crowded", "packed", "busy", "overcrowded", "bustling")
_WATER: Final = ("swimming pool", "lake", "river", "sea")
_RUSHING: Final = ("run", "rush", "dash", "charge", "race", "sprint", "walk")
_CAGED: Final = ("lion", "tiger", "leopard", "bear", "polar bear", "wolf", "monkey", "gorilla", "chimpanzee", "panda",
                 "elephant", "hyena", "panther", "cheetah", "jaguar", "zebra", "giraffe", "rhino")  # fmt: skip
_GENERIC_PLACES: Final = {"room", "outdoors", "street"}
_INDOOR: Final = {"shop", "supermarket", "restaurant", "office", "bank", "hospital", "room", "library", "gym", "church",
                  "living room", "station", "warehouse", "factory", "lobby", "classroom", "ballroom",
                  "courtroom"}  # fmt: skip
_ROOFS: Final = ("rooftop", "roof", "rooftops", "roofs")
_TOPS: Final = ("steeple", "spire", "tower", "dome", "belfry")  # of a building that the weather strikes
# Two places that are one picture: out of the forest and across the road.
_TOGETHER: Final = {pair: whole for whole, land in
                    (("forest road", "forest"), ("desert road", "desert"), ("mountain road", "mountain"))
                    for road in ("street", "country road") for pair in ((land, road), (road, land))}  # fmt: skip
_TOGETHER.update(dict.fromkeys((("gas station", "desert"), ("desert", "gas station")), "desert gas station"))


# What one leaves over its edge, and its drawing.
EDGES: Final = {"cliff": "cliff rock", "cliffs": "cliff rock", "pier": "jetty", "jetty": "jetty", "dock": "jetty",
                 "quay": "quay wall", "wharf": "quay wall", "quayside": "quay wall", "dockside": "quay wall",
                 "bridge": "bridge deck", "platform": "station platform", "wooden pier": "jetty",
                 "stone pier": "quay wall", "stone jetty": "quay wall"}  # fmt: skip
# What one climbs up to, seen from the street.
FRONTS: Final = {"balcony": "balcony front", "roof": "house roof", "rooftop": "house roof",
                 "fire escape": "fire ladder"}  # fmt: skip
_LEAVING_AN_EDGE: Final = ("jump", "dive", "fall", "plunge", "slip", "trip", "topple", "roll", "drive", "run", "walk",
                           "ride", "slide down", "stagger", "leave", "crash", "flee", "leap at")  # fmt: skip


def _own_roof(s: State, i: int) -> bool:
    """A van loses a mattress from its roof: its own, and no place."""
    who = [s.out.mentions[k] for k in (s.clause.subjects if s.clause is not None else ())]
    if s.words[i].text not in ("roof", "rooftop") or s.preposition not in ("from", "off") or not who:
        return False
    if any(medium(m.kind) != "road" for m in who):
        return False
    s.sense[i], s.preposition = "", None
    s.out.particles.add(i)
    return True


def read_side(s: State, i: int) -> None:
    word = s.words[i]
    where = {"left": 0.25, "right": 0.75}.get(word.text, 0.5)
    before = s.words[i - 1] if i else word
    if word.text in ("left", "right") and (s.preposition in ("to", "toward", "towards") or before.has("verb")):
        s.turn(1 if word.text == "right" else -1, i)
    elif word.text in ("left", "right") and s.preposition == "from":
        s.turn(-1 if word.text == "right" else 1, i)
    elif s.out.mentions and s.clause is None and s.subjects:
        s.out.mentions[s.subjects[-1]].side = where
        s.out.sides[i] = s.subjects[-1]
    elif s.clause is not None and s.clause.subjects and not s.linked:
        s.out.mentions[s.clause.subjects[-1]].side = where
        s.out.sides[i] = s.clause.subjects[-1]
    else:
        s.side, s.side_at = where, i


def read_place(s: State, i: int) -> None:
    word, place = s.words[i], s.words[i].senses["place"]
    if word.text == "tracks":
        place = word.senses["place"] = "railway"  # of trains
    if word.text == "outside" and (s.out.weather or s.sky is not None) and s.out.mentions:
        s.sense[i] = ""  # while it rains outside
        return
    if word.text == "cage" and not any(m.kind in _CAGED for m in s.out.mentions):
        s.sense[i] = "prop"
        return read_noun(s, i, "prop")
    if word.text == "toilet" and word.has("prop") and s.preposition in ("into", "on"):
        s.sense[i] = "prop"  # the bowl
        return read_noun(s, i, "prop")
    if s.denies(i, "place", place):
        return
    if word.text in ("roof", "roofs") and i + 1 < len(s.words) and s.words[i + 1].text == "of":
        s.out.particles.add(i) if weathered(s) else s.out.unknown.append(word.text)  # of a car: no place
        s.sense[i] = ""
        return
    if word.text in ("roof", "roofs") and weathered(s):
        return read_noun(s, i, "prop") if read_roof(s, i) else None
    waters = {w.senses.get("place") for w in s.words} & {"river", "lake", "canal lock"}
    if (word.text == "bank" and (s.out.place in ("river", "lake") or waters)) or _own_roof(s, i):
        return  # the land beside the water
    if weathered(s) and exterior(s, i) is not None and i + 1 < len(s.words) and s.words[i + 1].text in _TOPS:
        s.sense[i + 1] = ""
        s.out.particles.add(i + 1)
        read_exterior(s, i, s.preposition or "past")
        return
    upon = weathered(s) and s.preposition in ("on", "onto", "against", "upon") and exterior(s, i) is not None
    if upon and not s.out.mentions:  # rain on a greenhouse
        return read_exterior(s, i, s.preposition or "on")
    if s.preposition == "onto" and exterior(s, i) is not None and any(m.group == "animal" for m in s.out.mentions):
        return read_exterior(s, i, "onto")  # goats climb onto a shed
    roofed = i + 1 < len(s.words) and s.words[i + 1].text in ("roof", "roofs", "rooftop") and not weathered(s)
    if roofed and s.preposition in ("on", "onto", "from", "off", "over", "above") and exterior(s, i) is not None:
        s.sense[i + 1] = ""
        s.out.particles.add(i + 1)
        read_exterior(s, i, s.preposition)
        return
    if (high := _climbed_up_to(s, i) or _edge_over_water(s, i)) is not None:
        s.sense[i], word.senses["prop"] = "prop", high
        return read_noun(s, i, "prop")
    if (seen := seen_from_outside(s, i)) is not None:
        read_exterior(s, i, seen)
        return
    if word.text == "aquarium" and s.preposition == "in" and any(m.kind == "fish" for m in s.out.mentions):
        s.sense[i], word.senses["prop"], word.text = "prop", "aquarium", "fish tank"
        return read_noun(s, i, "prop")
    if place == "shop" and s.preposition == "with" and s.place_weight and word.plural:
        s.sense[i], word.senses["prop"] = "prop", "shop"  # a street with shops
        return read_noun(s, i, "prop")
    if word.text in _ROOFS and s.preposition in ("from", "off") and any(able(m.kind, "fly") for m in s.out.mentions):
        s.sense[i], word.senses["prop"], word.text = "prop", "house", "house"  # birds take off from a rooftop
        return read_noun(s, i, "prop")
    s.qualify(None)
    s.out.places[i] = place
    if _names_its_house(s, i):
        del s.out.places[i]  # a village pub is a pub
        s.out.particles.add(i)
    read_ground(s, i, place)
    if s.clause is not None and s.clause.verb == "crash" and s.clause.lemma in _RUSHING and place in _WATER:
        s.clause.verb = "run"  # runs into the sea
    if s.clause is not None and s.clause.verb == "jump" and s.preposition in ("into", "in") and place in _WATER:
        s.clause.verb = "dive"
    compound = i + 1 < len(s.words) and s.sense[i + 1] in HEADS and not s.words[i + 1].determiner
    if compound and s.words[i + 1].text in ("gate", "gates", "entrance", "fence"):  # one sees it from outside
        place = {"classroom": "school yard"}.get(place, "street" if place in _INDOOR or is_room(place) else place)
        s.out.places[i] = place
    room = i + 1 < len(s.words) and s.sense[i + 1] == "place" and not s.words[i + 1].determiner  # a hotel bathroom
    weight = 1.0 if compound or room or word.possessive else 2.0
    if s.preposition in ("outside", "front") or (i > 1 and s.words[i - 2].text in ("outside", "front")):
        place = "street" if place in _INDOOR or is_room(place) else place
    weight -= 0.5 if place in _GENERIC_PLACES else 0.0
    weight -= 0.7 if word.text == "sky" else 0.0  # over the city
    if weight > s.place_weight or (s.out.place, place) in _TOGETHER:
        s.out.place, s.place_weight = _TOGETHER.get((s.out.place or "", place), place), max(weight, s.place_weight)
    preposition = s.preposition if compound and s.sense[i + 1] == "prop" else None
    s.preposition, s.colours, s.count, s.determiner = preposition, [], None, ""  # from a cafe chair


def _climbed_up_to(s: State, i: int) -> str | None:
    """The front of a house, up to whose balcony or roof somebody climbs, and a ladder on it: seen from the street."""
    if s.clause is None or s.clause.verb not in ("climb", "jump", "crawl", "walk", "run", "flee", "leap at"):
        return None
    ways, text = {s.preposition, *s.clause.words}, s.words[i].text
    if text == "fire escape":
        return FRONTS[text] if ways & {"up", "down"} else None
    climbs = s.clause.verb == "climb" or s.clause.lemma in ("climb", "leap", "jump")
    if text in ("stairway", "staircase") and not ways & {"in", "on", "from"}:
        return "stairs" if climbs or ways & {"up", "down"} else None
    if not climbs or not ways & {"to", "onto", "on", "up to"} or ways & {"from", "off"}:
        return None
    return FRONTS.get(text)


def _edge_over_water(s: State, i: int) -> str | None:
    """What somebody jumps or falls off into the water, or onto the rails: a cliff, a pier, a platform."""
    edge = EDGES.get(s.words[i].text)
    if edge is None or s.clause is None or not {s.preposition, *s.clause.words} & {"off", "from"}:
        return None
    if s.clause.verb not in _LEAVING_AN_EDGE or (i + 1 < len(s.words) and s.sense[i + 1] in HEADS):
        return None
    later = [w for j, w in enumerate(s.words) if j != i]
    if edge == "station platform":
        return edge if any(w.text in ("rails", "tracks", "track", "rail") for w in later) else None
    wet = any(w.senses.get("place") in _WATER or w.text == "water" for w in later)
    boat = any(medium(w.senses.get("vehicle", "")) == "water" for w in later)
    if edge == "cliff rock" and s.clause.verb in ("jump", "dive") and not wet and s.place_weight == 0:
        s.out.place, s.place_weight = "sea", 0.2
        wet = True
    return edge if wet or boat else None


def _names_its_house(s: State, i: int) -> bool:
    """True for the first of two words for one room: a school kitchen, a village shop."""
    after = s.words[i + 1] if i + 1 < len(s.words) else None
    if after is None or s.sense[i + 1] != "place" or after.determiner:
        return False
    return s.words[i].text in (
        "village",
        "school",
        "farm",
        "hotel",
        "station",
        "factory",
        "town",
        "prison",
        "ship",
    )


def add_crowd(s: State, text: str) -> int:
    """A crowded square: people who stand about in it; a packed one is full of them."""
    many = 14 if text in ("packed", "overcrowded") else 6
    s.out.mentions.append(Mention("person", "person", many, text="crowd", behind=True))
    return len(s.out.mentions) - 1


def add_traffic(s: State) -> int:
    """A busy road: cars that wait there."""
    s.out.mentions.append(Mention("vehicle", "car", 2, text="traffic", behind=True))
    return len(s.out.mentions) - 1
