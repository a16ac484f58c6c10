"""Places that a way begins or ends at, and buildings that are seen from the street: into the forest, past a church.

Reads the words around a place; adds to the mentions and clauses of a State.
"""

from __future__ import annotations

from typing import Final

from svta.generation.storyboard.drawn_tables import species
from svta.generation.storyboard.scene import HOLLOW, able, medium

from .lexicon import lexicon
from .mentions import Mention
from .state import State
from .word_senses import HEADS

_ON_FARMS: Final = ("barn", "henhouse", "hut", "greenhouse", "garden shed")
_OUTSIDE: Final = ("outside", "under", "past", "by", "near", "beside", "behind", "around", "toward", "towards", "front")
_GOING: Final = ("walk", "run", "enter", "leave", "flee", "sneak", "crawl", "stagger", "limp", "fly")
_DOORS: Final = ("door", "doors", "doorway", "entrance", "gate", "gates")
_AIRY: Final = ("balloon", "kite", "hot air balloon", "paper plane")
_OPEN: Final = ("tunnel", "forest", "field", "parking lot", "parking space", "yard", "driveway", "street", "garage",
                "village", "construction site", "car wash", "gas station", "farm", "country road", "fog")  # fmt: skip
_BEFORE_BUILDINGS: Final = ("gate", "fence", "chimney", "stairs")
_FALLING: Final = ("fall", "topple", "crash", "collapse", "drop", "come")  # a tree falls on a garage
_STATIONS: Final = ("station building", "metro entrance")
_LEADING: Final = ("into", "out", "from", "toward", "towards", "up", "down", "off", "onto")


def read_water(s: State) -> None:
    """Into the water, out of the water: of a lake, where no place is named."""
    preposition = "out" if s.clause is not None and "out" in s.clause.words and s.preposition == "of" else s.preposition
    if preposition is None and s.clause is not None and "into" in s.clause.words:  # falls into the water
        preposition = "into"
    if s.clause is None or preposition not in ("into", "out"):
        return
    s.clause.grounds.append((preposition, "lake"))
    by_the_sea = any(species().get(m.kind, {}).get("place") == "sea" for m in s.out.mentions)
    if s.place_weight == 0 and not by_the_sea:
        s.out.place, s.place_weight = "lake", 0.2


_WET: Final = ("river", "lake", "swamp", "sea")


def read_ground(s: State, i: int, place: str) -> None:
    """Into the forest, out of the water, towards the hills: a place that the way of a verb begins or ends at."""
    if s.clause is None or s.linked or (i + 1 < len(s.words) and s.sense[i + 1] in HEADS):
        return
    own = next((p for p in ("out", "into", "up", "down") if p in s.clause.words), None)
    said = None if s.preposition == "of" and own == "out" else s.preposition  # jumps out OF the sea
    preposition = said or (own if {*s.sense[s.clause.at + 1 : i]} <= {"", "preposition", "weather", "colour"} else None)
    if s.clause.lemma in ("enter", "leave", "exit") and s.clause.at == i - 1 and not preposition:
        preposition = "into" if s.clause.verb == "enter" else "out"
    if preposition in _LEADING:
        s.clause.grounds.append((preposition, place))
    crossed = s.clause.lemma == "cross" and {*s.sense[s.clause.at + 1 : i]} <= {"", "attribute", "colour"}
    if preposition == "across" or crossed or (preposition == "through" and place in _WET):
        s.clause.grounds.append(("across", place))
    if preposition == "into" and place in _OPEN and s.clause.verb == "crash" and s.clause.lemma in ("drive", "ride"):
        s.clause.verb = s.clause.lemma  # into a tunnel: no crash
    sloping = place == "mountain" or s.words[i].text.split()[-1] in ("hill", "slope", "hillside")
    if preposition in ("up", "down") and sloping and not any(m.kind == "hill" for m in s.out.mentions):
        s.out.mentions.append(Mention("prop", "hill", text=s.words[i].text, inner=True))


_INSIDE: Final = ("in", "inside", "into", "through", "around")


def seen_from_outside(s: State, i: int) -> str | None:
    """How a building is seen from the street: past a church, outside the bank; "the barn burns" and "hits the barn"."""
    if exterior(s, i) is not None and (led := _by_its_door(s, i)) is not None:
        return led
    falls = s.clause is not None and s.clause.lemma in _FALLING and s.preposition in ("on", "onto")
    if exterior(s, i) is not None and falls and s.clause is not None and s.clause.subjects:
        things = all(s.out.mentions[k].group == "prop" for k in s.clause.subjects)
        return s.preposition if things else None
    if exterior(s, i) is None or (i + 1 < len(s.words) and s.sense[i + 1] in HEADS and not s.words[i].possessive):
        return None
    if i + 1 < len(s.words) and s.words[i + 1].text in ("floor", "aisle", "corridor", "checkout", "shelf", "shelves"):
        return None  # slips on a supermarket floor
    led = next((w.text for w in reversed(s.words[:i]) if w.has("preposition", "verb")), "")
    if i and s.sense[i - 1] == "place" and not s.words[i].determiner and led in _INSIDE:
        return None  # in a village pub
    driven = s.clause is not None and any(s.out.mentions[k].group == "vehicle" for k in s.clause.subjects)
    rail = s.clause is not None and any(medium(s.out.mentions[k].kind) == "rail" for k in s.clause.subjects)
    if driven and exterior(s, i) in _STATIONS and (rail or s.words[i].text == "station"):
        return None  # a train comes to its platform
    flies = s.clause is not None and any(able(s.out.mentions[k].kind, "fly") or medium(s.out.mentions[k].kind) == "air"
                                         or s.out.mentions[k].kind in _AIRY for k in s.clause.subjects)  # fmt: skip
    if s.preposition in ("over", "above") and flies:
        return s.preposition
    if s.preposition == "of" and i > 2 and s.words[i - 2].text in ("row", "rows", "line"):
        before = next((w.text for w in reversed(s.words[: i - 2]) if w.has("preposition")), None)
        if before in _OUTSIDE:
            s.count, s.sense[i - 2] = 3, ""
            s.out.particles |= {i - 2, i - 1}
            return before
    if s.preposition == "at" and driven:  # a limousine arrives at a hotel
        return "near"
    if s.preposition in _OUTSIDE or s.words[i].top:
        return s.preposition or "on"
    if s.preposition in ("off", "from") and weathered(s):
        return s.preposition  # tears the roof off a barn
    between = s.clause is not None and {w.text for w in s.words[s.clause.at + 1 : i]} <= {"of"}
    said = s.clause.words if between and s.clause is not None else ()
    own: str | None = next((p for p in ("out", "into") if p in said), None)
    rides = s.clause is not None and s.clause.verb == "ride" and "verb" not in s.sense[i + 1 :]
    doing = {s.out.mentions[k].group for k in s.clause.subjects} if s.clause is not None else set()
    beast = rides or bool(doing & {"animal", "vehicle"})
    if s.clause is not None and s.clause.verb == "crash" and s.clause.lemma == "run" and own:
        _goes_there(s, i)  # no crash
    if (s.preposition in ("out", "into", "from") or own) and beast and exterior(s, i) in HOLLOW:
        return s.preposition or own
    last = s.at_word.get(i - 2)
    if (
        s.preposition == "of"
        and last is not None
        and s.out.mentions[last].kind in ("gate", "fence", "chimney", "stairs")
    ):
        return "outside"  # the gate of a factory
    if s.preposition == "of" and last is not None and (way := _through_its_door(s, last)) is not None:
        return way
    if own is None and s.preposition is None and between and s.clause is not None:
        own = {"enter": "into", "leave": "out", "exit": "out"}.get(s.clause.lemma)
    if s.preposition in ("out", "into", "from") or own:
        last = not s.place_weight and "into" in (s.preposition, own) and _at_last(s, i)
        last |= "out" in (s.preposition, own) and "vehicle" in s.sense[i + 1 :]  # and gets into a taxi
        return (s.preposition or own) if s.place_weight or last or _goes_there(s, i) else None
    if s.preposition is not None:
        return None
    if s.clause is not None and s.clause.verb == "enter" and s.clause.at == i - 1 and len(s.out.clauses) > 1:
        last_one = not any(sense == "verb" for sense in s.sense[i + 1 :])
        if last_one and not s.place_weight:
            return "past"  # gets off a tram and walks into a bank: one sees it from the street
    used = s.clause is not None and s.clause.words & {"clean", "visit", "rob"}
    inside = s.clause is not None and (s.clause.verb in ("enter", "leave") or used)
    return None if inside else "past" if s.clause is not None else ""


def weathered(s: State) -> bool:
    """True where the weather or a tornado does something: it is seen from outside."""
    if s.clause is None:
        return s.sky is not None
    return bool(s.clause.weather) or any(s.out.mentions[k].kind == "tornado" for k in s.clause.subjects)


def read_roof(s: State, i: int) -> bool:
    """What snow slides off or a storm tears off: True for a house, False for a part of a building that is named."""
    if s.at_word.get(i - 1) is not None or (i + 1 < len(s.words) and s.words[i + 1].text == "off"):
        s.sense[i] = ""
        s.out.particles.add(i)
        return False
    s.sense[i], s.words[i].senses["prop"], s.words[i].text = "prop", "house roof", "house roof"
    return True


def _by_its_door(s: State, i: int) -> str | None:
    """Into or out of a building by its door, which stands before it in the same phrase: through the WAREHOUSE door."""
    if i + 1 >= len(s.words) or s.words[i + 1].text not in _DOORS or s.clause is None or s.words[i].possessive:
        return None
    if s.preposition not in ("through", "out", "into") or "verb" in s.sense[i + 2 :] or not _goes_there(s, i):
        return None
    s.sense[i + 1] = ""
    s.out.particles.add(i + 1)
    return "out" if "out" in (s.preposition, *s.clause.words) else "into"


def _through_its_door(s: State, door: int) -> str | None:
    """Into or out of a building by its doors, which are seen in it: rush through the doors of a store."""
    if s.clause is None or s.out.mentions[door].kind != "door":
        return None
    way = next((p for p, k in s.clause.obliques if k == door and p in ("through", "out", "into", "from")), None)
    if way is None or not all(s.out.mentions[k].group == "person" for k in s.clause.subjects):
        return None
    s.clause.obliques = [(p, k) for p, k in s.clause.obliques if k != door]
    s.out.mentions[door].absent = True  # not one by itself
    s.clause.verb = s.clause.verb if s.clause.verb in _GOING else "enter"
    return "into" if way == "through" else way


def _goes_there(s: State, i: int) -> bool:
    """True if going into the building, or coming out of it, is all that happens: one sees it from the street."""
    if s.clause is None or not s.clause.subjects or "verb" in s.sense[i + 1 :]:
        return False
    before = {s.out.mentions[k].group for c in s.out.clauses[:-1] for k in c.subjects}
    if len(s.out.clauses) > 1 and not (
        "out" in s.clause.words and before == {"prop"}
    ):  # a bell rings, and they run out
        return False
    runs = s.clause.verb == "crash" and s.clause.lemma == "run"
    who = [s.out.mentions[k] for k in s.clause.subjects]
    if not all(m.group in ("person", "animal") or m.kind == "drone" for m in who):
        return False
    s.clause.verb = "run" if runs else s.clause.verb
    return s.clause.verb in _GOING


def _at_last(s: State, i: int) -> bool:
    """True if somebody goes into the building after all else, which happens in front of it: parks and walks in."""
    if s.clause is None or len(s.out.clauses) < 2 or "verb" in s.sense[i + 1 :] or not s.clause.subjects:
        return False
    s.clause.verb = "run" if s.clause.verb == "crash" and s.clause.lemma == "run" else s.clause.verb
    return s.clause.verb in _GOING and all(s.out.mentions[k].group == "person" for k in s.clause.subjects)


def exterior(s: State, i: int) -> str | None:
    """The building that the place at word i is when it is seen from outside."""
    words = [sorted({w for w in lemmas}) for lemmas in s.words[i].parts]
    found = ({tuple(s.words[i].text.split())} | {tuple(w[0] for w in words)}) & lexicon().exteriors.keys()
    return lexicon().exteriors[found.pop()] if found else None


def read_exterior(s: State, i: int, preposition: str) -> None:
    """A building that nobody is in: it stands by the street."""
    kind = exterior(s, i) or "building"
    many = s.count if s.count in (2, 3) and s.words[i].plural else 1
    s.out.mentions.append(Mention("prop", kind, many, colour=s.colours[0] if s.colours else None, text=s.words[i].text))
    k = len(s.out.mentions) - 1
    s.at_word[i] = s.out.mention_at[i] = k
    s.qualify(k)  # a burning barn
    if s.clause is None and not preposition:
        s.subjects += [k]
    elif preposition == "past" and s.preposition is None and s.clause is not None:
        s.clause.objects.append(k)
    elif s.clause is not None:
        s.clause.obliques.append(("near" if preposition in ("outside", "front") else preposition, k))
    if s.place_weight == 0:
        s.out.place = "field" if kind in _ON_FARMS else "mountain" if kind == "cave" else "street"
    s.preposition, s.colours, s.count, s.determiner = None, [], None, ""
