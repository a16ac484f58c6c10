"""Uphill and downhill: a steep street, a sloping car park, a track that leads uphill; what a lift or a rocket does.

Reads a Reading whose clauses are complete; a way that slopes has a hill, and what goes up or down there has that way.
"""

from __future__ import annotations

from typing import Final

from svta.generation.storyboard.scene import ANIMALS, PEOPLE, medium

from ..clauses import Clause, Reading
from ..mentions import Mention

_STEEP: Final = ("steep", "sloping", "hilly", "inclined")
_HILLWARD: Final = {"uphill": "up", "downhill": "down"}
_HILLS: Final = ("hill", "hillside", "slope", "mountain", "mountainside", "dune", "sand dune", "mountain trail",
                 "mountain path", "embankment")  # fmt: skip
_GOING: Final = ("walk", "run", "drive", "ride", "roll", "reverse", "crawl", "float", "slip",
                 "slide down", "ski", "surf", "skate", "enter", "topple", "fall", "speed up", "sneak")  # fmt: skip
_SHOT_UP: Final = ("shoot", "blast", "launch", "lift", "soar", "streak", "climb", "go")
_CLIMBED: Final = ("ladder", "rope", "tree", "scaffold", "pole", "wall", "hanging rope")
_TRACKS: Final = ("running track", "race track", "stadium")
_AIRY: Final = ("kite", "balloon", "lantern", "paper plane")


def on_slopes(reading: Reading) -> None:
    """Give each clause that goes up or down a slope its hill."""
    _laps(reading)
    for clause in reading.clauses:
        _of_what_rises(reading, clause)
        up = any(p == "up" for p, _ in clause.grounds)
        if clause.verb == "stop" and clause.lemma in ("drive", "ride", "pull", "roll") and up:
            clause.verb = "drive"  # drives up a mountain road
        way = _hillward(reading, clause) or _climbing(reading, clause) or _steep(reading, clause)
        if way is None or clause.verb not in _GOING or not (clause.subjects or clause.objects):
            continue
        clause.words |= {way}
        if not any(p == way for p, _ in clause.grounds):
            clause.grounds.append((way, "mountain"))
        if clause.verb == "crawl" and any(medium(reading.mentions[k].kind) for k in clause.subjects):
            clause.verb = "drive"
        if not any(m.kind in ("hill", "ramp", "stairs") and not m.absent for m in reading.mentions):
            reading.mentions.append(Mention("prop", "hill", text="slope", inner=True))


def _laps(reading: Reading) -> None:
    """Who runs around a track goes round and round."""
    for i, place in reading.places.items():
        before = [c for c in reading.clauses if c.at < i]
        if place in _TRACKS and i and reading.words[i - 1].text in ("around", "round") and before:
            last = before[-1]
            last.objects = [k for k in last.objects if reading.mentions[k].group != "unknown"]
            last.verb = "circle" if last.verb in ("walk", "run", "drive", "ride", "skate") else last.verb


def _hillward(reading: Reading, clause: Clause) -> str | None:
    """Up or down, as "uphill" or "downhill" after the verb says."""
    for i in range(clause.at, min(clause.at + 6, len(reading.words))):
        text = reading.words[i].text
        if text not in _HILLWARD:
            continue
        reading.particles.add(i)
        if text in reading.unknown:
            reading.unknown.remove(text)
        if (k := reading.mention_at.pop(i, None)) is not None:
            reading.mentions[k].absent = True
            clause.objects = [j for j in clause.objects if j != k]
            clause.obliques = [(p, j) for p, j in clause.obliques if j != k]
        reading.senses[i] = ""
        return _HILLWARD[text]
    return None


def _steep(reading: Reading, clause: Clause) -> str | None:
    """Up or down what is called steep: down a steep street."""
    own = next((p for p in ("up", "down") if p in clause.words), None)
    led = [i for i in range(clause.at + 1, min(clause.at + 5, len(reading.words))) if i in reading.places]
    if own is not None and led and reading.words[led[0] - 1].text in _STEEP:
        return own  # rolls down a sloping street
    for p, place in clause.grounds:
        at = next((i for i, name in reading.places.items() if name == place and i > clause.at), None)
        if (
            p in ("up", "down")
            and at is not None
            and (reading.words[at - 1].text in _STEEP or reading.words[at].text in _HILLS)
        ):
            return p
    return None


def _climbing(reading: Reading, clause: Clause) -> str | None:
    """A lorry that climbs a steep road, a pass or a hill drives up; hikers walk."""
    who = [reading.mentions[k] for k in clause.subjects]
    wheels = bool(who) and all(medium(m.kind) == "road" for m in who)
    led = [i for i in range(clause.at + 1, min(clause.at + 5, len(reading.words))) if i in reading.places]
    if clause.lemma not in ("climb", "scramble", "hike") or clause.objects or not led:
        return None
    alive = bool(who) and all(m.kind in (*PEOPLE, *ANIMALS) for m in who)
    if not wheels and not (alive and reading.words[led[0]].text in _HILLS):
        return None
    clause.verb = "drive" if wheels else "walk"
    return "down" if "down" in clause.words else "up"


def _of_what_rises(reading: Reading, clause: Clause) -> None:
    """A rocket that shoots up lifts off, a kite that climbs goes up in the air; a balloon that sinks comes down."""
    who = [reading.mentions[k] for k in clause.subjects]
    if not who:
        return
    up = "up" in clause.words or clause.lemma in ("climb", "blast", "launch", "rise")
    if all(m.kind in ("rocket", *_AIRY) for m in who) and up and clause.lemma in _SHOT_UP:
        clause.verb = "rise"
    airborne = all(medium(m.kind) == "air" for m in who)
    down = "down" in clause.words and clause.lemma in ("come", "go", "float", "drift", "drop", "glide", "touch", "set")
    if airborne and (clause.verb == "sink" or clause.lemma in ("descend", "land") or down):
        clause.verb = "land"
    alive = all(m.kind in (*PEOPLE, *ANIMALS) for m in who)
    steep = [k for k in (*clause.objects, *(k for _, k in clause.obliques)) if reading.mentions[k].kind in _CLIMBED]
    if clause.lemma == "descend" and alive and steep:
        clause.verb, clause.words = "climb", clause.words | {"down"}
