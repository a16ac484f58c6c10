"""Verbs that a caption takes apart: picks the box up, turns the lamp off, sets the curtain on fire, passes him a cup.

Reads a Reading whose clauses are complete; changes the verb of a clause where a word after its object belongs to it.
"""

from __future__ import annotations

from typing import Final

from svta.generation.storyboard.drawn_tables import objects
from svta.generation.storyboard.scene import medium

from ..clauses import Clause, Reading
from ..lexicon import lexicon
from ..word_senses import FLOWING

PARTICLES: Final = ("up", "down", "off", "on", "over", "away", "out", "in", "back", "open", "shut", "aside", "around",
                    "along", "apart", "through", "past", "by", "across")  # fmt: skip
FALLS: Final = ("fall", "trip", "slip", "faint", "startle")
ROBBED: Final = ("bank", "bank building", "shop", "kiosk", "cash register", "safe")
_PHOTOGRAPHERS: Final = (
    "photographer",
    "photographers",
    "cameraman",
    "camera crew",
    "film crew",
    "paparazzi",
    "paparazzo",
)
_CAMERAS: Final = ("camera", "video camera", "film camera", "selfie", "photo", "picture", "video")
_RIDERS: Final = ("rider", "riders", "jockey", "horseman", "horsewoman")
_RIDDEN: Final = ("bicycle", "motorcycle", "scooter", "horse", "donkey", "camel", "tricycle", "quad bike", "snowmobile")
_BACKWARD: Final = ("backward", "backwards")
_ALONG: Final = ("through", "past", "by", "along", "across")
_AFOOT: Final = ("walk", "run", "flee", "climb", "jump")
_UNDER: Final = ("in", "into", "inside", "under")
_POCKETS: Final = (
    "pocket",
    "pockets",
    "jacket",
    "coat",
    "sweater",
    "shirt",
    "hoodie",
    "clothes",
    "vest",
    "sleeve",
    "sleeves",
    "waistband",
    "belt",
    "trousers",
)
_HOLLOW: Final = (
    "hole",
    "kennel",
    "henhouse",
    "house",
    "hut",
    "tent",
    "barn",
    "bush",
    "tunnel",
    "castle",
    "tower",
    "building",
    "shop",
    "church",
    "school",
    "bank",
    "hospital",
    "factory",
)
_LEFT_BEHIND: Final = {"bus shelter", "building", "shop", "church", "tent", "house", "gate", "door", "barn", "hut",
                       *(kind for kind, entry in objects().items() if "outside" in entry)}  # fmt: skip
_STEEP: Final = ("tree", "palm tree", "pine tree", "ladder", "pole", "rope", "scaffold", "wall", "fence")
_ENDS: Final = (".", ",", ";", "!", "?", ":", "and", "but", "or")


def join_particles(reading: Reading) -> None:
    """Complete the verbs of all clauses; what is dropped in a fall is dropped while falling."""
    for one, two in zip(reading.clauses, reading.clauses[1:]):
        if two.verb == "drop" and one.verb in FALLS and one.subjects == two.subjects and two.step - one.step == 1:
            two.step = one.step
    _mount(reading)
    for n, clause in enumerate(reading.clauses):
        end = reading.clauses[n + 1].at if n + 1 < len(reading.clauses) else len(reading.words)
        _join(reading, clause, end)
        _out_of(reading, clause)
        _under_the_clothes(reading, clause, end)
        handed = any(reading.mentions[k].group == "prop" for k in clause.objects)
        if clause.verb == "flee" and clause.lemma in ("jump", "leap") and any(p == "out" for p, _ in clause.grounds):
            clause.verb = "jump"  # out of the water
        steep = any(reading.mentions[k].kind in _STEEP for k in clause.objects)
        if clause.lemma in ("come", "get", "go") and "down" in clause.words and steep:
            clause.verb = "climb"  # a cat comes down a tree
        if clause.verb == "enter" and clause.lemma in ("ride", "drive") and ("up", "mountain") in clause.grounds:
            clause.verb = clause.lemma
        boats = [k for k in clause.objects if medium(reading.mentions[k].kind) == "water"]
        if clause.lemma in ("row", "paddle") and boats:
            clause.verb = "ride"
            for k in boats:
                if reading.mentions[k].kind == "boat":
                    reading.mentions[k].kind = "rowing boat"
        for k in clause.subjects if clause.lemma == "sail" else ():
            small = reading.mentions[k]
            small.kind = "sailboat" if small.kind == "rowing boat" else small.kind
        if clause.lemma == "swing" and not clause.objects and not clause.words & {"open", "shut"}:
            clause.verb = "dangle"  # swings from branch to branch
        living = [*clause.objects, *(k for p, k in clause.obliques if p == "to")]
        to_somebody = any(reading.mentions[k].group in ("person", "animal") for k in living)
        if clause.lemma == "pass" and handed and to_somebody:
            clause.verb = "give"
        things = {reading.mentions[k].group for k in clause.objects}
        robbed = any(reading.mentions[k].kind in ROBBED for k in clause.objects)
        if clause.verb == "threaten" and clause.lemma == "hold" and things and things <= {"prop", "animal"}:
            clause.verb = "threaten" if robbed else "lift"  # holds up an umbrella
        if clause.verb == "shoot":
            clause.verb = _shoots(reading, clause)
        if (
            clause.verb in ("flee", "rise")
            and clause.lemma == "fly"
            and set(reading.mentions[k].kind for k in clause.subjects) <= {"balloon", "kite", "lantern"}
        ):
            clause.verb = "float"  # a balloon flies away
        hollow = any(reading.mentions[k].kind in _HOLLOW for k in clause.objects)
        alive = any(reading.mentions[k].group in ("person", "animal") for k in clause.subjects)
        if clause.verb == "crash" and clause.lemma == "run" and hollow and alive:
            clause.verb = "run"  # a fox runs into a hole
        handed &= not any(reading.mentions[k].kind in _LEFT_BEHIND for k in clause.objects)
        if clause.lemma == "leave" and handed and not clause.words & {"out", "off"}:
            clause.verb = "put"  # leaves a bag on a bench


def _shoots(reading: Reading, clause: Clause) -> str:
    """A photographer shoots a bride, who is photographed; who fires an employee has no gun."""
    by = {reading.mentions[k].text for k in clause.subjects}
    by_camera = [reading.mentions[k].kind for i, k in reading.mention_at.items() if reading.words[i - 1].text == "with"]
    named = {*by_camera} | {reading.mentions[k].text for k in clause.objects}
    done_to = [reading.mentions[k].group for k in clause.objects]
    if by & {*_PHOTOGRAPHERS} or named & {*_CAMERAS}:
        return "photograph"
    armed = any(m.kind in ("gun", "rifle") for m in reading.mentions)
    return "talk" if clause.lemma == "fire" and done_to and {*done_to} == {"person"} and not armed else "shoot"


def _under_the_clothes(reading: Reading, clause: Clause, end: int) -> None:
    """Puts a phone into the pocket, hides a bottle inside the jacket: it is gone."""
    held = [k for k in clause.objects if reading.mentions[k].group == "prop"]
    if clause.verb not in ("put", "hide", "load") or not held:
        return
    for i in range(clause.at + 2, end):
        word, before = reading.words[i], reading.words[i - 1].text
        if before in _UNDER and (word.text.split()[-1] in _POCKETS) and word.owner:
            clause.verb = "hide"
            reading.particles |= {i - 1, i}
            if (k := reading.mention_at.pop(i, None)) is not None:  # the pocket
                reading.mentions[k].absent = True
                clause.obliques = [(p, j) for p, j in clause.obliques if j != k]


def _out_of(reading: Reading, clause: Clause) -> None:
    """Pours out of a train, climbs out of a bin: it comes from there; into and out of a vehicle there is a door."""
    alive = all(reading.mentions[k].group in ("person", "animal") for k in clause.subjects)
    if not alive or not clause.subjects or clause.objects:
        return
    for i, k in reading.mention_at.items():
        before = [word.text for word in reading.words[max(0, i - 2) : i]]
        if ("of", k) in clause.obliques and before[-1:] == ["of"] and before[0].endswith("out"):
            clause.obliques = [("out" if (p, j) == ("of", k) else p, j) for p, j in clause.obliques]
        if ("off", k) in clause.obliques and clause.lemma in FLOWING:
            clause.obliques = [("out" if (p, j) == ("off", k) else p, j) for p, j in clause.obliques]
        if ("out", k) not in clause.obliques:
            continue
        clause.words |= {"out"}
        if clause.verb == "flee" and clause.lemma in ("jump", "leap"):
            clause.verb = "jump"
        if reading.mentions[k].group == "vehicle" and clause.verb in (*_AFOOT, "crawl"):
            clause.verb, clause.objects = "leave", [*clause.objects, k]
            clause.obliques.remove(("out", k))
    if clause.lemma in FLOWING and clause.verb in ("walk", "run", "leave"):
        onto = [k for p, k in clause.obliques if p in ("into", "onto") and reading.mentions[k].group == "vehicle"]
        clause.verb = "enter" if onto else clause.verb
        for k in clause.subjects:
            many = reading.mentions[k].count == 3 and k not in reading.counts.values()
            reading.mentions[k].count = 6 if many else reading.mentions[k].count


def _mount(reading: Reading) -> None:
    """A boy on a bicycle who crosses the street rides it; so does the rider with whom a horse jumps over a fence."""
    for i, word in enumerate(reading.words):
        one = next((k for j in (i - 1, i - 2) if (k := reading.mention_at.get(j)) is not None), None)
        two = next((k for j in (i + 1, i + 2) if (k := reading.mention_at.get(j)) is not None), None)
        if one is None or two is None or word.text not in ("on", "with", "and"):
            continue
        rider, mount = (one, two) if word.text == "on" else (two, one)
        named = word.text == "on" or reading.mentions[rider].text in _RIDERS
        if not named or reading.mentions[mount].kind not in _RIDDEN or reading.mentions[rider].group != "person":
            continue
        for clause in reading.clauses:
            over = clause.verb == "jump" and reading.mentions[mount].group == "animal" and "over" in clause.words
            if not {rider, mount} & {*clause.subjects} or (clause.objects and not over):
                continue
            if over or clause.verb in ("walk", "run", "drive"):
                clause.obliques = [(p, k) for p, k in clause.obliques if k != mount]
                clause.obliques += [("over", k) for k in clause.objects]
                clause.verb, clause.subjects, clause.objects = "ride", [rider], [mount]
    for clause in reading.clauses:
        if clause.verb == "ride" and any(
            p == "over" and reading.mentions[k].group == "prop" for p, k in clause.obliques
        ):
            clause.words = (clause.words | {"leap"}) - {"over"}


def _join(reading: Reading, clause: Clause, end: int) -> None:
    for j in range(clause.at + 1, end):
        text = reading.words[j].text
        if text in (".", ";"):
            return
        if clause.lemma in ("set", "light") and text == "on" and j + 1 < end and reading.words[j + 1].text == "fire":
            _set_on_fire(reading, clause, j)
            return
        if text in _BACKWARD and clause.verb in ("drive", "walk", "run", "ride", "roll", "float", "slide down"):
            reading.particles.add(j)
            on_foot = {reading.mentions[k].group for k in clause.subjects} <= {"person", "animal"}
            if clause.verb not in ("walk", "run") or not on_foot:
                clause.verb = "reverse"
                return
            clause.words |= {"backwards"}
            out = reading.words[j + 1].text if j + 1 < end else ""
            clause.verb = "leave" if out in ("out", "out of") else clause.verb
            continue
        if text not in PARTICLES or not _ends_phrase(reading, j):
            continue
        if j in reading.particles:
            return
        clause.words |= {text}
        if text in _ALONG and clause.verb in ("walk", "run", "drive", "ride", "fly"):
            reading.particles.add(j)
        verb = lexicon().phrases.get((clause.lemma, text), {}).get("verb")
        if verb is not None:
            clause.verb = verb
            reading.particles.add(j)
        return


def _ends_phrase(reading: Reading, j: int) -> bool:
    """True if no noun belongs to the preposition at j: up is the verb's in "picks the box up from the floor"."""
    if j + 1 >= len(reading.words):
        return True
    follows = reading.words[j + 1]
    if reading.words[j].text == "in" and follows.text == "front":
        return False  # falls asleep in front of the television
    if follows.text in _ENDS or reading.senses[j + 1] in ("after", "meanwhile", "verb"):
        return True
    led = follows.text == "of" or bool(follows.determiner)
    return reading.senses[j + 1] == "preposition" and not led


def _set_on_fire(reading: Reading, clause: Clause, j: int) -> None:
    clause.verb = "burn"
    clause.words |= {"fire"}
    reading.particles |= {j, j + 1}
    k = reading.mention_at.pop(j + 1, None)
    clause.obliques = [(p, other) for p, other in clause.obliques if other != k]
    if k is not None:
        reading.mentions[k].absent = True
