"""Doors, boots, bonnets and panes belong to a whole: the door of the fridge, the trunk of a taxi, a car's window.

Reads a Reading whose clauses are complete; what is done to the part is done to the whole, and the verb says the part.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from svta.generation.storyboard.scene import VEHICLES

from ..clauses import Lasting, Reading
from ..mentions import Mention

# What opens where its door or lid is opened: drawn open as a whole.
_OPENINGS: Final = {
    "door": ("oven", "fridge", "microwave", "washing machine", "dishwasher", "wardrobe", "cabinet", "safe", "locker",
             "cage", "furnace", "elevator"),
    "pot lid": ("treasure chest", "box", "trash can", "jewelry box", "toolbox", "piano", "suitcase"),
}  # fmt: skip
_RIDDEN: Final = ("bicycle", "motorcycle", "scooter", "wheelchair", "horse")
_PANES: Final = ("glass", "pane", "windowpane")
_OPENING_WORDS: Final = ("door", "doors", "lid")
_FLAPS: Final = {"boot": "boot", "trunk": "boot", "tailgate": "boot", "liftgate": "boot", "bonnet": "bonnet",
                 "hood": "bonnet", "back": "boot", "rear": "boot"}  # fmt: skip  # of vehicles
_GLAZED = ("car", "bus", "van", "truck", "taxi", "train", "vehicle")
_WINDSCREENS = ("windshield", "windscreen", "wind shield", "wind screen")


def join_doors(out: Reading) -> None:
    """The door of the fridge, opens the oven and shuts its door: what opens is the whole."""
    words = {k: out.words[i] for i, k in out.mention_at.items()}
    for k, door in enumerate(out.mentions):
        fits = _OPENINGS.get(door.kind, ()) if not door.absent else ()
        wholes = [j for j, m in enumerate(out.mentions) if m.kind in fits and not m.absent]
        own = k in words and words[k].determiner not in ("the", "its", "his", "her", "their")
        named = (k in words and words[k].text in _OPENING_WORDS) or door.inner
        if not wholes or own or not named:
            continue
        door.absent = True
        for clause in out.clauses:
            if clause.verb in ("lift", "pull", "grab") and k in clause.objects:  # lifts the lid of a chest
                clause.verb = "open"
            clause.subjects = _instead(clause.subjects, k, wholes[-1])
            clause.objects = _instead(clause.objects, k, wholes[-1])
            clause.obliques = [(p, wholes[-1] if n == k else n) for p, n in clause.obliques]
            whole = [n for p, n in clause.obliques if p in ("of", "at") and n == wholes[-1]]
            if clause.verb in ("open", "close") and not clause.objects and whole:
                clause.objects = whole[:1]
        for i in [i for i, n in out.mention_at.items() if n == k]:
            out.mention_at[i] = wholes[-1]


def _car_of_the_boot(out: Reading, texts: list[str]) -> None:
    """The trunk into which somebody puts a bag is that of a car, named or not."""
    if "trunk" not in texts or any(m.group in ("vehicle", "animal") or m.kind == "tree" for m in out.mentions):
        return
    at = texts.index("trunk")
    clause = next((c for c in reversed(out.clauses) if c.at < at), None)
    if clause is None or clause.verb not in ("put", "load", "grab", "open", "close", "hide", "throw"):
        return
    out.mentions.append(Mention("vehicle", "car", text="trunk"))
    out.mention_at[at], out.senses[at] = len(out.mentions) - 1, "vehicle"
    out.words[at].senses["vehicle"] = "car"
    if clause.verb in ("open", "close"):
        clause.objects = [*clause.objects, len(out.mentions) - 1]
    else:
        way = "from" if texts[at - 1] in ("of", "from") else "into"
        clause.obliques = [*clause.obliques, (way, len(out.mentions) - 1)]


def _into_the_boot(out: Reading, texts: list[str]) -> None:
    """Into the trunk OF a taxi is into the taxi; out of its trunk is out of it."""
    for at, k in out.mention_at.items():
        flaps = (j for j in range(max(0, at - 3), at) if _FLAPS.get(texts[j]) == "boot")
        part = next((j for j in flaps if texts[j + 1] == "of"), None)
        if part is None or out.mentions[k].group != "vehicle":
            continue
        led = texts[part - 1]
        for clause in out.clauses:
            if ("of", k) in clause.obliques and led in ("in", "into", "inside", "from", "of", "to"):
                way = "from" if led in ("from", "of") else "into"
                clause.obliques = [(way if pair == ("of", k) else pair[0], pair[1]) for pair in clause.obliques]
                clause.words |= {"boot"}


def join_panes(out: Reading) -> None:
    """The glass of the window that was named before it; the candles on a cake, which are drawn with it."""
    for i, k in list(out.mention_at.items()):
        part = out.mentions[k]
        wholes = ("window", "shop window") if part.text in _PANES else ("cake", "birthday cake")
        whole = next((j for j, m in enumerate(out.mentions) if m.kind in wholes and not m.absent), None)
        if whole is None or out.words[i].determiner != "the" or not (part.text in _PANES or part.kind == "candle"):
            continue
        if part.text in _PANES and whole > k:
            continue
        part.absent, out.mention_at[i] = True, whole
        out.mentions[whole].kind = "birthday cake" if part.kind == "candle" else out.mentions[whole].kind
        for clause in out.clauses:
            clause.subjects = _instead(clause.subjects, k, whole)
            clause.objects = _instead(clause.objects, k, whole)
            clause.obliques = [(p, whole if n == k else n) for p, n in clause.obliques]


def join_vehicle_doors(out: Reading) -> None:
    """The door, boot or bonnet of a car: what opens is the car, and which part of it the verb says."""
    texts = [word.text for word in out.words]
    _car_of_the_boot(out, texts)
    _into_the_boot(out, texts)
    cars = [k for k, m in enumerate(out.mentions) if m.group == "vehicle" and not m.absent and m.kind not in _RIDDEN]
    opening = [c for c in out.clauses if c.verb in ("open", "close") or "open" in c.words]
    for k, door in enumerate(out.mentions):
        parts = door.kind == "door" or door.kind in _FLAPS
        if door.absent or not parts:
            continue
        at = next((i for i, n in out.mention_at.items() if n == k), -1)
        named = next((text for text in door.text.split()[:-1] if text in VEHICLES), "")
        wheels = [out.words[i].senses["vehicle"] for i, n in out.mention_at.items() if n == k and
                  out.words[i].has("vehicle")]  # fmt: skip
        named = wheels[0] if wheels and not named else named  # a taxi DOOR
        if named in VEHICLES and named not in _RIDDEN:
            if door.text.startswith("open "):
                out.states.append(Lasting(at, "open", k))
            door.group, door.kind, door.text, whole = "vehicle", named, named, k
        elif (before := out.mention_at.get(at - 1)) in cars and before is not None:  # an open car door
            whole, door.absent = before, True
            if texts[at - 1].startswith("open "):
                out.mentions[whole].kind = texts[at - 1].split()[1]
                out.states.append(Lasting(at - 1, "open", whole))
        elif (
            opening
            and cars
            and (door.inner or door.kind != "door" or texts[at + 1 : at + 2] == ["of"] or texts[at - 1] == "its")
        ):
            whole, door.absent = cars[-1], True
        else:
            continue
        cars.append(whole)
        for clause in out.clauses:
            clause.subjects = _instead(dict.fromkeys(clause.subjects), k, whole)
            clause.objects = [n for n in _instead(clause.objects, k, whole) if n not in clause.subjects]
            gone = k if whole != k else None  # swerves around a car door: around the car
            clause.obliques = [(p, n) for p, n in clause.obliques if n not in (gone, *clause.subjects)]
    named_parts = [text for word in out.words for text in (*word.text.split()[:1], word.part) if text in _FLAPS
                   and (text not in ("back", "rear") or " " in word.text)]  # fmt: skip
    part = _FLAPS[named_parts[0]] if named_parts else ""
    for clause in [c for c in opening if c.verb == "open" and not c.subjects and not c.objects and cars and part]:
        out.clauses[:] = [c for c in out.clauses if c.at != clause.at - 1]  # the boot pops open
        clause.subjects, clause.step = cars[:1], 0.0
    for clause in opening:
        opened = clause.objects or [*clause.subjects, *(n for p, n in clause.obliques if p in ("of", "at"))]
        named_cars = [n for n in opened if n in cars]
        if not named_cars and not clause.objects and cars and {*texts[clause.at + 1 : clause.at + 2]} & {*_FLAPS}:
            named_cars = cars[-1:]  # gets out of a taxi and opens the trunk
        if not named_cars:
            continue
        clause.words |= {part} if part else set()
        if clause.verb != "close":
            clause.verb = f"open {part}" if part else "open"
        if not clause.objects and named_cars[0] not in clause.subjects:
            clause.objects = named_cars[:1]


def _instead(members: Iterable[int], part: int, whole: int) -> list[int]:
    return list(dict.fromkeys(whole if k == part else k for k in members))


def break_panes(reading: Reading) -> None:
    """The window of a car is broken at the car; a stone that is thrown and breaks a window goes through it."""
    for clause in reading.clauses:
        for k in clause.objects if clause.verb == "smash" else ():
            pane = reading.mentions[k]
            of = next((j for p, j in clause.obliques if p == "of" and reading.mentions[j].group == "vehicle"), None)
            named = next((word for word in pane.text.split() if word in _GLAZED), None)
            if pane.kind != "window" or (of is None and named is None and pane.text not in _WINDSCREENS):
                continue
            clause.verb = "smash window"
            if of is not None:
                pane.absent, clause.objects = True, [of if n == k else n for n in clause.objects]
                clause.obliques = [(p, n) for p, n in clause.obliques if n != of]
            else:
                pane.group, pane.kind = "vehicle", named if named is not None and named != "vehicle" else "car"
    for first, second in pairwise(sorted(reading.clauses, key=lambda clause: clause.at)):
        taken = second.verb == "grab" and first.verb == "smash window" and first.subjects == second.subjects
        if taken and second.objects and not second.obliques:
            second.obliques.append(("from", first.objects[0]))  # breaks the car window, then grabs a laptop
        panes = [k for k in second.objects if reading.mentions[k].kind in ("window", "mirror")]
        same = first.subjects == second.subjects and first.verb in ("throw", "kick ball") and not first.obliques
        if same and first.objects and panes and second.verb in ("smash", "shatter"):
            first.obliques.append(("through", panes[0]))
