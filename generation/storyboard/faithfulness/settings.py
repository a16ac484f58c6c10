"""Judges the place of a scene: outside things in a room, rooms that nobody leaves or enters, parts without a whole.

Reads an Evidence; gives items that are not drawn, none where all is well.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..drawn_tables import objects
from ..parsing.clauses import Clause
from ..places.backdrop import PLACE_PAINTERS
from ..scene import VEHICLES, Prop
from .evidence import Evidence, Judge
from .fidelity import FidelityItem, item

# What stands outside: a room with one of these is no room.
_OUTDOORS: Final = frozenset(("house", "building", "tree", "palm tree", "lamp post", "bush", "church", "lighthouse",
                              "shop", "bus shelter", "traffic light", "castle", "tower", "windmill", "gas pump", "hill",
                              "scarecrow", "mailbox", "stop sign", "well"))  # fmt: skip
# What a thing has that a caption may name by itself, and that is drawn as a thing of its own.
_WHOLES: Final[dict[str, frozenset[str]]] = {
    "door": frozenset((*VEHICLES, "oven", "stove", "fridge", "microwave", "house", "building", "elevator", "cabinet",
                       "washing machine", "dishwasher", "shop", "wardrobe", "cage", "barn", "hut", "safe")),
    "window": frozenset((*VEHICLES, "house", "building", "shop", "greenhouse", "barn", "church")),
    "candle": frozenset(("cake",)), "wheel": frozenset(VEHICLES), "roof": frozenset((*VEHICLES, "house", "barn")),
    "lid": frozenset(("pot", "saucepan", "pan", "box", "chest", "bin", "trash can", "piano")),
    "tyre": frozenset(VEHICLES),
}  # fmt: skip
# What people hold, or have on a table: on the floor only where the caption says so.
_HANDY: Final = frozenset((
    "plate", "cup", "glass", "phone", "tray", "sheet of paper", "letter", "menu", "wallet", "knife", "fork", "spoon",
    "sandwich", "bread", "pizza", "newspaper", "whistle", "trumpet", "violin", "necklace", "ring", "watch", "laptop",
    "keys", "money", "book", "coin", "map", "envelope", "remote control", "microphone", "teapot", "camera", "meal",
    "towel", "cloth", "laid shirt", "sock", "scarf", "pen", "pencil", "scissors", "mug", "teacup", "tablet", "bowl",
))  # fmt: skip
_TO_THE_GROUND: Final = frozenset((
    "drop", "throw", "fall", "lie", "kick", "knock", "floor", "ground", "carpet", "pavement", "up", "find", "lose",
    "slip", "shatter", "break", "lawn", "grass", "sidewalk", "scatter", "leave", "trip", "spill", "roll",
    "under", "street",
))  # fmt: skip
_PARTS_OF_PLACES: Final = frozenset(("window", "stairs", "roof", "gate", "wall", "chimney", "balcony"))
_STREETS: Final = ("street", "square", "crossroads", "alley", "yard")  # with house fronts behind
_STATES: Final = ("on", "off", "open", "away", "around")  # while the television is on
_CONJUNCTIONS: Final = frozenset(("until", "while", "when", "whilst"))
_GOES_IN, _GOES_OUT = ("into", "inside"), ("out", "from", "off")


def indoors(place: str) -> bool:
    """True for a place that is drawn as a room."""
    return place in PLACE_PAINTERS and PLACE_PAINTERS[place][1]


def _inside_and_outside(e: Evidence) -> Iterator[FidelityItem]:
    place, named = e.scene.place, {mention.kind for mention in e.reading.mentions}
    for prop in e.scene.props:
        if prop.kind not in named:
            continue  # of the choreography of a category
        outside = prop.kind in _OUTDOORS or "outside" in objects().get(prop.kind, {})
        if indoors(place) and outside:
            yield item("place", prop.kind, False, f"stands in a {place}")
        elif prop.kind == "window" and not indoors(place) and place not in _STREETS and not _in_a_wall(e, prop):
            yield item("noun", prop.kind, False, "hangs in the air")


def _in_a_wall(e: Evidence, window: Prop) -> bool:
    box = e.sight.box(window.id, 0)
    walls = [e.sight.box(p.id, 0) for p in e.scene.props if p.id != window.id]
    middle = (box[0] + box[2]) / 2 if box else 0.0
    return box is None or any(wall and wall[0] <= middle <= wall[2] and wall[1] <= box[1] + 0.05 for wall in walls)


def _doors_of_rooms(e: Evidence) -> Iterator[FidelityItem]:
    """Out of a shop, into a cinema: from or to beyond the picture; outside and in front of a room: not in it."""
    for clause in e.reading.clauses:
        for preposition, place in clause.grounds:
            if place != e.scene.place or not indoors(place) or not e.sight.shares:
                continue
            if preposition in _GOES_OUT and not any(_away(e, clause, ending=True)):
                yield item("relation", f"{preposition} {place}", False, "stays in it")
            elif preposition in _GOES_IN and not (any(_away(e, clause, ending=False)) or _goes_far(e, clause)):
                yield item("relation", f"{preposition} {place}", False, "is in it before")
    for i, place in e.reading.places.items():
        before = [word.text for word in e.reading.words[max(0, i - 3) : i]]
        if place != e.scene.place or not (indoors(place) or place == "stage"):
            continue
        if before[-1:] == ["outside"] or before[-2:] == ["front", "of"] or before[-1:] == ["in front of"]:
            yield item("relation", f"{before[-1]} {e.reading.words[i].text}", False, "is drawn in it")
        part = e.reading.mention_at.get(i - 2)
        if before[-1:] == ["of"] and part is not None and e.reading.mentions[part].kind in _PARTS_OF_PLACES:
            yield item("place", e.reading.words[i].text, False, "is drawn from within")


def _away(e: Evidence, clause: Clause, ending: bool) -> Iterator[bool]:
    """Of each who does it: whether it is out of the picture at the end, or at the start."""
    beats = e.showing(clause) or []
    for beat in beats:
        k = e.sight.at(beat.end if ending else beat.start)
        box = e.sight.box(beat.who, k) if beat.who in e.sight.boxes else None
        yield box is None or not 0.05 <= (box[0] + box[2]) / 2 <= 5 / 3 - 0.05
    yield not beats


def _goes_far(e: Evidence, clause: Clause) -> bool:
    return any(e.sight.way(b.who, b.start, b.end) > 0.25 for b in e.showing(clause) or [] if b.who in e.sight.xs)


def _parts(e: Evidence) -> Iterator[FidelityItem]:
    """The door of the oven, the candles on the cake: drawn as things of their own."""
    kinds = {m.kind for m in e.reading.mentions if not m.absent}
    props = {prop.kind for prop in e.scene.props}
    words = {k: e.reading.words[i] for i, k in e.reading.mention_at.items()}
    built = {kind for kind in kinds if "outside" in objects().get(kind, {})}
    for k, mention in enumerate(e.reading.mentions):
        wholes = _WHOLES.get(mention.kind, frozenset()) & kinds
        wholes |= built if mention.kind in ("door", "window") else frozenset()
        own = k in words and words[k].determiner in ("a", "an", "another")  # a door, beside an oven
        if wholes and mention.kind in props and not mention.absent and not own:
            yield item("noun", mention.text or mention.kind, False, f"is a part of the {min(wholes)}")


def _dangling(e: Evidence) -> Iterator[FidelityItem]:
    """until, while, when: something has to happen after these."""
    told = {*e.clauses, *e.states, *e.denials}
    for i, word in enumerate(e.reading.words):
        if word.text not in _CONJUNCTIONS or e.reading.senses[i] == "noun":
            continue
        end = next((j for j in range(i + 1, len(e.reading.words)) if e.reading.words[j].text in ".,;"),
                   len(e.reading.words))  # fmt: skip
        if not any(j in told for j in range(i + 1, end)) and e.reading.words[end - 1].text not in _STATES:
            yield item("order", word.text, False, "what happens then is not understood")


def _on_the_floor(e: Evidence) -> Iterator[FidelityItem]:
    """A tray, a phone, plates that lie on the floor from the start although nobody dropped them."""
    texts = {lemma for word in e.reading.words for lemma in (word.text, *word.lemmas, *word.text.split())}
    if texts & _TO_THE_GROUND or not e.sight.shares:
        return
    for prop in e.scene.props:
        boxes = e.sight.boxes.get(prop.id, [])
        lying = [box[0][3] >= 0.78 and e.sight.shares[prop.id][k] > 0.2 for k, box in enumerate(boxes[:4]) if box]
        mention = next((m for m in e.reading.mentions if prop in e.things(m) and not m.absent), None)
        if prop.kind in _HANDY and lying and all(lying) and mention is not None:
            yield item("noun", mention.text, False, "lies on the ground")


SETTINGS: Final[tuple[Judge, ...]] = (_inside_and_outside, _doors_of_rooms, _parts, _dangling, _on_the_floor)
