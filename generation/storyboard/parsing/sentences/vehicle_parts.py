"""Wheels, engines, sirens and lights of a vehicle are no things of their own: the vehicle does it or has it done.

Reads a Reading whose clauses are complete; gives the part's place in each clause to the vehicle that it belongs to.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.scene import medium

from ..clauses import Clause, Lasting, Reading
from ..mentions import Mention

_WHEELS: Final = ("wheel", "wheels", "tyre", "tyres", "tire", "tires")
_LIGHTS: Final = ("light", "lights", "headlight", "headlights", "hazards", "indicator", "indicators", "flashers",
                  "beacon", "beacons")  # fmt: skip
_PARTS: Final = frozenset((*_WHEELS, *_LIGHTS, "engine", "bay", "siren", "sirens", "horn", "exhaust", "bumper",
                           "radiator", "motor", "bed", "handlebar", "handlebars"))  # fmt: skip
_COMING_OFF: Final = ("come", "fall", "fly", "break", "roll", "bounce", "detach", "drop", "work", "pop", "tear", "lose")
_FLAT: Final = ("flat", "burst", "punctured")
_BLUE_LIGHTS: Final = ("ambulance", "police car", "fire truck", "police van", "police motorcycle")
_ALARMS: Final = (*_LIGHTS, "siren", "sirens")
_FLASHING: Final = ("flash", "blink", "flicker", "shine", "glow", "light")
_BY_ROAD: Final = ("park", "reverse", "brake", "overtake", "drive", "pull", "crash", "swerve", "skid", "stop", "turn",
                   "leave", "arrive", "roll", "break")  # fmt: skip
_DECKS: Final = ("on deck", "deck", "aboard", "on board")
_WITH_BEDS: Final = ("truck", "pickup", "flatbed truck", "tow truck", "dump truck")
_WITH_BARS: Final = ("bicycle", "motorcycle", "scooter", "bike")
_BURSTING: Final = ("burst", "explode", "blow", "pop", "deflate", "puncture", "fail")
_ROWING: Final = ("row", "paddle", "canoe", "kayak")
_STUCK: Final = "spin wheels"


def join_vehicle_parts(out: Reading) -> None:
    """Its wheels spin, smoke comes out of the truck's engine, with its siren on."""
    _coaches(out)
    _aboard(out)
    _on_and_off(out)
    _passengers(out)
    _row(out)
    _own_wagons(out)
    lost = _lost_wheels(out)
    _flat_tyres(out)
    _wrong_way(out)
    for i, k in sorted(out.mention_at.items()):
        part, last = out.mentions[k], out.words[i].text.split()[-1]
        if k in lost or part.absent or part.group not in ("prop", "unknown") or last not in _PARTS:
            continue
        if part.kind == "traffic light":
            continue
        whole = _whole(out, i, k)
        if last == "bed" and whole is None and out.words[i].owner:  # onto its bed
            whole = next((j for j, m in enumerate(out.mentions) if m.kind in _WITH_BEDS), None)
        if last == "bed" and (whole is None or out.mentions[whole].kind not in _WITH_BEDS):
            continue
        if part.kind == "handlebars" and whole is not None and not out.mentions[whole].kind.endswith(_WITH_BARS):
            continue
        handled = part.kind != "handlebars" and any(k in c.objects and _by_people(out, c) for c in out.clauses)
        if whole is None or handled:
            continue
        part.absent, out.mention_at[i] = True, whole
        if part.text in out.unknown:
            out.unknown.remove(part.text)
        own = out.words[i - 1].senses.get("colour") if i else None
        if own and sum(word.senses.get("colour") == own for word in out.words) == 1:  # blue lights on a white car
            out.mentions[whole].colour = None if out.mentions[whole].colour == own else out.mentions[whole].colour
        out.denials = [replace(d, subjects=tuple(whole if j == k else j for j in d.subjects)) for d in out.denials]
        for clause in out.clauses:
            _to_the_vehicle(out, clause, k, whole, last)
    _no_one_else_is_stuck(out)


def _lost_wheels(out: Reading) -> set[int]:
    """A wheel that comes off a car, or that a car loses, is a thing of its own, and rolls away."""
    wheels = {k for i, k in out.mention_at.items() if out.words[i].text.split()[-1] in _WHEELS}
    lost = set[int]()
    for clause in sorted(out.clauses, key=lambda clause: clause.at):
        off = {out.words[i].text for i in range(clause.at, min(clause.at + 3, len(out.words)))} | clause.words
        come = clause.lemma in _COMING_OFF and off & {"off", "loose", "away"}
        loses = clause.lemma == "lose" and wheels & {*clause.objects}
        vehicles = [k for k, m in enumerate(out.mentions) if m.group == "vehicle" and not m.absent]
        first = next((k for i, k in sorted(out.mention_at.items()) if k in wheels), None)
        named = first if first in clause.objects or not wheels & {*clause.objects} else None
        if not (come or loses) or not vehicles or named is None or (lost and named not in lost):
            continue
        done = any(i > clause.at for i, k in out.mention_at.items() if k == named) and not loses
        if done or any(out.mentions[k].group == "person" for k in clause.subjects):
            continue
        clause.subjects, clause.objects, clause.passive = [named], [], False
        if not lost:
            clause.obliques = [("off", vehicles[0])]
        clause.verb = "bounce" if clause.lemma == "bounce" else "roll"
        clause.words |= {"off"} if not lost else set()
        lost.add(named)
        out.particles |= {i for i in range(clause.at + 1, min(clause.at + 3, len(out.words)))
                          if out.words[i].text in ("off", "loose")}  # fmt: skip
    for clause in out.clauses if lost else ():  # and rolls into a ditch
        follows = clause.lemma in ("roll", "bounce", "spin") and clause.at > min(c.at for c in out.clauses)
        if follows and {*clause.subjects} <= {*lost, *(k for k, m in enumerate(out.mentions) if m.group == "vehicle")}:
            clause.subjects = sorted(lost)
            clause.verb = "bounce" if clause.lemma == "bounce" else "roll"
    return lost


def _flat_tyres(out: Reading) -> None:
    """A bus with a flat tyre stands on its rim."""
    for i, word in enumerate(out.words[:-1]):
        k = out.mention_at.get(i + 1)
        if word.text not in _FLAT or k is None or out.words[i + 1].text.split()[-1] not in _WHEELS:
            continue
        out.particles |= {i}
        out.unknown = [text for text in out.unknown if text != word.text]
        whole = _whole(out, i + 1, k)
        if whole is not None:
            out.states.append(Lasting(i, "flat tyre", whole))


def _own_wagons(out: Reading) -> None:
    """The wagons of a freight train are drawn with it."""
    trains = [k for k, m in enumerate(out.mentions) if m.kind in ("freight train", "train", "steam train")]
    for i, k in sorted(out.mention_at.items()):
        wagon = out.mentions[k].text.split()[-1] in ("wagon", "wagons", "carriage", "carriages", "coaches", "cars")
        if not trains or not wagon or k in trains or "with" not in [w.text for w in out.words[max(0, i - 4) : i]]:
            continue
        out.mentions[k].absent, out.mention_at[i] = True, trains[0]
        for clause in out.clauses:
            clause.subjects = [j for j in clause.subjects if j != k]


def _wrong_way(out: Reading) -> None:
    """A car that drives the wrong way, or in the wrong lane."""
    for i, word in enumerate(out.words[:-1]):
        driven = [k for c in out.clauses if c.at < i for k in c.subjects if out.mentions[k].group == "vehicle"]
        driven = driven or [k for k, m in enumerate(out.mentions) if m.group == "vehicle" and not m.absent]
        if word.text != "wrong" or not driven or out.words[i + 1].text not in ("way", "direction", "lane", "side"):
            continue
        out.states.append(Lasting(i, "wrong way", driven[0]))
        out.particles |= {i + 1}
        out.unknown = [text for text in out.unknown if text not in ("wrong", "lane")]


def _coaches(out: Reading) -> None:
    """A coach that has an engine or parks is a bus."""
    texts = {word.text.split()[-1] for word in out.words}
    for k, mention in enumerate(out.mentions):
        if mention.text not in ("coach", "coaches") or mention.group != "person":
            continue
        rolls = any(k in c.subjects and c.lemma in _BY_ROAD for c in out.clauses)
        if rolls or texts & (_PARTS - {"light", "lights"}):
            mention.group, mention.kind = "vehicle", "bus"


def _on_and_off(out: Reading) -> None:
    """Whom a taxi picks up gets in, and whom a bus drops off gets out."""
    for clause in out.clauses:
        by = [out.mentions[k] for k in clause.subjects]
        whom = [k for k in clause.objects if out.mentions[k].group == "person"]
        rides = by and all(m.group == "vehicle" and medium(m.kind) in ("road", "rail") for m in by)
        if not rides or not whom or whom != clause.objects or clause.passive or len(clause.subjects) != 1:
            continue
        if clause.lemma in ("pick", "collect") and "up" in (*clause.words, "up" * (clause.lemma == "collect")):
            clause.verb, clause.subjects, clause.objects = "enter", whom, clause.subjects
            clause.words = clause.words - {"up"}
        elif clause.lemma in ("drop", "let", "set", "deposit", "discharge") and clause.verb != "enter":
            clause.verb, clause.subjects, clause.objects = "leave", whom, clause.subjects


def _passengers(out: Reading) -> None:
    """A bus full of people: they are in it, and nobody sees them there."""
    for i, k in list(out.mention_at.items()):
        before = [word.text for word in out.words[max(0, i - 2) : i]]
        inside = out.mentions[k].group == "person" and before[-1:] == ["of"] and before[:1] in (["full"], ["packed"])
        whole = next((out.mention_at[j] for j in (i - 3, i - 4) if j in out.mention_at), None)
        if inside and whole is not None and out.mentions[whole].group == "vehicle":
            out.mentions[k].absent = True
            out.unknown.append(out.words[i].text)
            for clause in out.clauses:
                clause.obliques = [(p, j) for p, j in clause.obliques if j != k]


def _row(out: Reading) -> None:
    """Who rows or paddles is in a boat."""
    boat = any(medium(m.kind) == "water" for m in out.mentions)
    for clause in out.clauses:
        people = clause.subjects and all(out.mentions[k].group == "person" for k in clause.subjects)
        if clause.lemma in _ROWING and people and not boat and not clause.objects:
            kind = "rowing boat" if clause.lemma == "row" else "canoe"
            out.mentions.append(Mention("vehicle", kind, text="boat"))
            clause.objects = [len(out.mentions) - 1]
            out.place = out.place if out.place not in (None, "living room", "house") else "lake"
            return


def _aboard(out: Reading) -> None:
    """The cars on the deck of a ferry are drawn with it."""
    texts = [word.text for word in out.words]
    deck = next((i for i, text in enumerate(texts) if text in _DECKS), None)
    ferry = next((m for m in out.mentions if m.kind == "ferry" and not m.absent), None)
    cars = [k for i, k in out.mention_at.items() if out.mentions[k].kind in ("car", "truck", "van") and
            deck is not None and 0 < deck - i < 4]  # fmt: skip
    if ferry is None or not cars:
        return
    ferry.kind = "car ferry"
    for k in cars:
        out.mentions[k].absent = True
        for clause in out.clauses:
            clause.obliques = [(p, j) for p, j in clause.obliques if j != k]
            clause.subjects = [j for j in clause.subjects if j != k]
    out.places = {i: place for i, place in out.places.items() if texts[i] not in _DECKS}
    out.senses[deck or 0] = ""
    out.place = None if out.place == "ship deck" else out.place


def _whole(out: Reading, i: int, k: int) -> int | None:
    """The vehicle of which the part at the word i is: named before it, or after "of"."""
    wheels = [n for n, m in enumerate(out.mentions) if m.group == "vehicle" and not m.absent]
    for j in (i - 1, i - 2):  # the truck's engine
        if (owner := out.mention_at.get(j)) in wheels and out.words[j].possessive:
            return owner
    after = [word.text for word in out.words[i + 1 : i + 2]]
    of = next((out.mention_at[j] for j in range(i + 2, min(i + 5, len(out.words))) if j in out.mention_at), None)
    if after == ["of"] and of in wheels:  # the engine of an old truck
        return of
    led = out.words[i].determiner == "the" or (i and out.words[i - 1].determiner == "the")
    led = led or any(word.text == "with" for word in out.words[max(0, i - 3) : i])
    before = [n for n in wheels if any(j < i for j, m in out.mention_at.items() if m == n)]
    bursts = any(c.lemma in _BURSTING and out.mention_at[i] in c.subjects for c in out.clauses)
    if bursts and not before and len(wheels) == 1 and out.words[i].text in _WHEELS:
        return wheels[0]  # a tyre bursts, then THE CAR spins around
    sirens = [n for n in before if out.mentions[n].kind in _BLUE_LIGHTS and out.words[i].text.split()[-1] in _ALARMS]
    return (sirens or before)[-1] if led and before else None


def _by_people(out: Reading, clause: Clause) -> bool:
    return any(out.mentions[k].group == "person" and out.mentions[k].kind != "cyclist" for k in clause.subjects)


def _to_the_vehicle(out: Reading, clause: Clause, part: int, whole: int, text: str) -> None:
    doing = part in clause.subjects
    clause.subjects = list(dict.fromkeys(whole if k == part else k for k in clause.subjects))
    if doing and text in _WHEELS and clause.lemma in ("spin", "turn", "slip"):
        clause.verb = _STUCK
    if doing and text in _WHEELS and (clause.lemma in _BURSTING or clause.words >= {"go", "flat"}):
        clause.verb = "burst tyre"
    if text in _LIGHTS and (doing or part in clause.objects) and clause.lemma in _FLASHING:
        clause.verb, clause.words = "spark", clause.words | {"flash"}
    own = {*clause.subjects, *clause.objects}
    clause.objects = [k for k in clause.objects if k != part]
    if whole not in own:
        clause.obliques = [(p, whole if k == part else k) for p, k in clause.obliques if k != part or p != "with"]
    clause.obliques = [(p, k) for p, k in clause.obliques if k != part]


def _no_one_else_is_stuck(out: Reading) -> None:
    """The wheels of a vehicle spin; a man in a lift or a cat in a tree stays where it is."""
    stuck = [clause for clause in out.clauses if clause.verb == _STUCK]
    for n, clause in enumerate(stuck):
        if clause.passive and not clause.subjects:  # is stuck
            clause.subjects, clause.objects, clause.passive = clause.objects, [], False
        wheels = clause.subjects and all(medium(out.mentions[k].kind) == "road" for k in clause.subjects)
        same = any(c.subjects == clause.subjects for c in stuck[:n])
        if not wheels or same:
            out.clauses.remove(clause)
            if same and not any(c.obliques for c in stuck[:n]):
                stuck[0].obliques = clause.obliques
