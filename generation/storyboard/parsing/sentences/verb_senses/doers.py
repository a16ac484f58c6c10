"""Verbs that mean another one by who does it, or where it leads: a skier races on skis, ships tie up, a mug slips away.

Reads a clause of a Reading; gives the verb that its subjects make of it.
"""

from __future__ import annotations

from svta.generation.storyboard.scene import medium

from ...clauses import Clause, Reading
from ...mentions import Mention
from .loads import fill_with

_PLAYERS = ("player", "players", "footballer", "soccer player", "football player", "striker", "forward")
_BLOWN = ("whistle", "horn", "siren", "trumpet", "alarm")
_SPRINGY = ("bed", "sofa", "mattress", "trampoline", "bunk bed", "armchair", "bouncy castle", "puddle")
_ABOARD = ("driver", "drivers", "passenger", "passengers", "pilot", "operator", "bus driver", "truck driver", "farmer")
_MOUNTS = ("horse", "donkey", "camel", "elephant")
_RIDERS = ("rider", "riders")
_HOLDING = ("hold", "clutch", "grab", "rub", "grip", "grasp", "touch", "massage")
_FEET = ("ankle", "foot", "leg", "knee", "shin", "toe", "toes", "calf", "thigh")
_UPPER = ("head", "forehead", "neck", "cheek", "jaw", "ear", "nose", "tooth", "temples")
_SKIERS = ("skier", "skiers")
_ROLLING = ("drive", "roll", "rumble", "cross", "advance", "reverse", "come", "move", "pass", "turn", "fire", "crush")
_SKIDDING = ("skid", "slide", "slip", "drift", "spin", "swerve", "veer", "careen")
_SKATED_ON = {"roller": "rollerblades", "rollerblades": "rollerblades", "ice": "figure skates"}
_SKATES = ("rollerblades", "figure skates")
_OUT_OF = ("out", "off", "from", "into", "onto", "aboard", "in")
_MANNING = ("drive", "leave", "enter", "board", "ride", "park", "exit", "unload", "steer", "wash", "man", "reverse")
_UNLOADING = ("unload", "unroll", "take", "pull", "fetch", "get", "lift", "drag", "carry", "unreel")
_SWEEPERS = ("street sweeper", "road sweeper", "street cleaner")
_DRIVEN = ("drive", "roll", "circle", "spray", "park", "rumble", "hum")
_BUMPING = ("bump", "crash", "ram", "slam", "hit", "scrape", "knock", "nudge", "smash", "run")
_PIERS = ("pier", "jetty", "dock", "quay", "wharf", "landing", "harbour", "mole")
_KERBS = ("kerb", "curb")
_BOARDERS = ("snowboarder", "snowboarders")
_ON_SKIS = ("walk", "run", "slide down", "drive", "ride", "slip", "float", "fly", "come closer")


def by_what_they_are(reading: Reading, clause: Clause) -> None:
    """Skiers who race are on skis, ships that tie up stop, people who run over run to where it happened."""
    _onto_things(reading, clause)
    _into_arms(reading, clause)
    _out_of_hand(reading, clause)
    fill_with(reading, clause)
    _with_what_they_came(reading, clause)
    if clause.verb == "shoot" and any(reading.mentions[k].text in _PLAYERS for k in clause.subjects):
        clause.verb = "kick ball"
    who = [reading.mentions[k] for k in clause.subjects]
    if any(m.text in _SKIERS for m in who) and clause.verb in (*_ON_SKIS, "ski"):
        clause.verb = "ski"
        _downhill(reading, clause)
    if any(m.text in _BOARDERS for m in who) and clause.verb in (*_ON_SKIS, "ski", "ride", "jump"):
        clause.verb = "surf"
        _downhill(reading, clause)
    if clause.lemma == "clip" and any(m.group == "vehicle" or m.kind == "cyclist" for m in who):
        kerb = any(word.text in _KERBS for word in reading.words[clause.at + 1 : clause.at + 3])
        clause.verb = "scrape" if kerb or any(reading.mentions[k].group == "prop" for k in clause.objects) else "hit"
    if any(m.text.startswith("motorcycl") for m in reading.mentions):
        for mention in reading.mentions:
            mention.kind = "motorcycle" if mention.text == "bike" else mention.kind
    _skid_into(reading, clause)
    _on_skates(reading, clause, who)
    if clause.verb == "bounce" and who and all(medium(m.kind) in ("water", "air") for m in who):
        clause.verb = "skim"
    if clause.verb == "slide down" and any(reading.mentions[k].kind == "pole" for k in clause.objects):
        clause.verb, clause.words = "climb", clause.words | {"down"}
    _trucks_of_firefighters(reading, clause)
    _sweep_the_gutter(reading, clause)
    _window_of_a_shop(reading, clause)
    _piers_that_are_hit(reading, clause)
    wheels = who and all(medium(m.kind) in ("road", "rail") for m in who)
    for m in who if clause.lemma in _ROLLING else ():
        if m.text in ("tank", "tanks") and m.group == "prop":
            m.group, m.kind = "vehicle", "military tank"  # it drives, and holds no water
    if wheels:
        _on_wheels(clause)
    if clause.lemma in ("tie", "moor", "berth", "anchor") and not clause.objects and clause.verb != "stop":
        clause.verb = "stop" if any(medium(m.kind) == "water" for m in who) else clause.verb
    cars = [k for k, m in enumerate(reading.mentions) if m.group == "vehicle" and not m.absent]
    aboard = who and all(m.text in _ABOARD for m in who) and not clause.objects and not clause.obliques
    if (
        aboard
        and cars
        and clause.words & {"out", "down", "off"}
        and clause.lemma in ("climb", "get", "jump", "step", "crawl", "come")
    ):
        clause.verb, clause.objects = "leave", cars[:1]  # of what they drove
    slides = any(reading.mentions[k].kind == "slide" for k in clause.objects)
    if slides and clause.lemma in ("go", "come") and "down" in clause.words:
        clause.verb = "slide down"
    beds = [k for p, k in clause.obliques if p == "to" and reading.mentions[k].kind == "bed"]
    if clause.lemma == "go" and beds:
        clause.verb, clause.obliques = "lie", [("on", beds[0])]
    afoot = bool(who) and all(m.group == "person" for m in who)
    things = bool(clause.objects) and all(reading.mentions[k].group == "prop" for k in clause.objects)
    into = any(p in ("into", "onto", "in", "under") for p, _ in clause.obliques)
    if clause.lemma in ("slide", "slip") and afoot and things and into:
        clause.verb = "put"  # slides bread into an oven
    nets = any(reading.mentions[k].kind == "fishing net" for k in clause.objects)
    if clause.lemma in ("pull", "haul", "bring", "draw") and afoot and nets:
        clause.verb = "pull"
    inside = clause.verb in ("crash", "collide") and clause.lemma in ("drive", "ride", "steer", "pull", "roll")
    if inside and "into" in clause.words and not clause.objects and not clause.obliques:
        clause.verb = "enter"  # a warehouse, not against it
    if clause.lemma == "hold" and afoot and any(reading.mentions[k].kind == "fishing rod" for k in clause.objects):
        clause.verb = "fish"
    if clause.verb == "work" and afoot:
        clause.verb = "type"
    if clause.lemma == "swing" and any(m.kind == "crane" for m in who):
        clause.verb = "carry"
    if clause.lemma == "blow" and who and all(m.kind in _BLOWN for m in who):
        clause.verb = "sound"  # the whistle blows
    alone = who and not clause.objects and not clause.obliques and all(m.group == "person" for m in who)
    if clause.verb == "collide" and clause.lemma in ("run", "rush") and alone and "over" in clause.words:
        clause.verb = "run"


def _into_arms(reading: Reading, clause: Clause) -> None:
    """Who runs into somebody's arms hugs them."""
    ahead = [word.text for word in reading.words[clause.at : clause.at + 7]]
    whom = [k for _, k in clause.obliques if reading.mentions[k].group == "person" and k not in clause.subjects]
    whom += [k for k in clause.objects if reading.mentions[k].group == "person"]
    if "arms" in ahead and clause.words & {"into"} | {p for p, _ in clause.obliques} & {"into"} and whom:
        clause.verb, clause.objects, clause.obliques = "hug", whom[:1], []


def _onto_things(reading: Reading, clause: Clause) -> None:
    """A cat that jumps on a wall is on it then; people jump on a bed again and again, and dogs at people."""
    onto = [reading.mentions[k] for k in clause.objects]
    stays = onto and all(m.group in ("prop", "vehicle") and m.kind not in _SPRINGY for m in onto)
    if clause.verb == "leap at" and clause.lemma in ("jump", "leap", "hop", "spring") and stays:
        clause.verb, clause.obliques, clause.objects = "jump", [("onto", clause.objects[0])], []


def _on_skates(reading: Reading, clause: Clause, who: list[Mention]) -> None:
    """Who roller skates or ice skates wears skates, and who wears them skates."""
    shoes = _SKATED_ON.get(reading.words[clause.at].text.split(" ")[0]) if clause.verb == "skate" else None
    for m in who:
        m.worn = m.worn or shoes
    skates = any(worn in (m.worn or "") for m in who for worn in _SKATES)
    if skates and clause.verb in ("float", "walk", "slip", "run", "drive", "slide down", "roll", "flee", "leave"):
        clause.verb = "skate"


def _skid_into(reading: Reading, clause: Clause) -> None:
    """A van that skids into a lamp post hits it."""
    into = any(p in ("into", "against") and reading.mentions[k].group != "substance" for p, k in clause.obliques)
    wheels = clause.subjects and all(medium(reading.mentions[k].kind) == "road" for k in clause.subjects)
    if clause.lemma in _SKIDDING and into and wheels:
        clause.verb, clause.words = "crash", clause.words | {"skid"}


def _on_wheels(clause: Clause) -> None:
    """A bus pulls out of the stop, a tow truck pulls away a car, a tanker lies on its side."""
    if clause.lemma == "pull" and clause.words & {"out", "away"} and not clause.objects:
        clause.verb = "speed up"
    elif clause.verb == "speed up" and clause.lemma == "pull":
        clause.verb = "pull"
    clause.verb = "roll over" if clause.verb == "lie" else clause.verb


def _window_of_a_shop(reading: Reading, clause: Clause) -> None:
    """Who drives into the window of a shop is in the street before it."""
    wheels = clause.subjects and all(reading.mentions[k].group == "vehicle" for k in clause.subjects)
    panes = [k for k in (*clause.objects, *(j for _, j in clause.obliques)) if reading.mentions[k].kind == "window"]
    of = [i for i in reading.places if "of" in (word.text for word in reading.words[max(0, i - 2) : i])]
    at = next((i for i in of if i > clause.at + 1), None)
    if clause.verb not in ("crash", "collide", "hit", "smash") or not wheels or not panes or at is None:
        return
    reading.mentions[panes[0]].kind = "shop"
    reading.place = None if reading.place == reading.places[at] else reading.place
    del reading.places[at]
    reading.senses[at], reading.mention_at[at] = "prop", panes[0]


def _sweep_the_gutter(reading: Reading, clause: Clause) -> None:
    """The gutter that a street sweeper cleans is the street's; what drives there is a machine."""
    for k in clause.subjects if clause.lemma in _DRIVEN else ():
        if reading.mentions[k].text in _SWEEPERS and reading.mentions[k].group == "person":
            reading.mentions[k].group, reading.mentions[k].kind = "vehicle", "road sweeper"
    swept = any(reading.mentions[k].text in _SWEEPERS for k in clause.subjects)
    for k in [k for k in clause.objects if reading.mentions[k].kind == "gutter"] if swept else []:
        reading.mentions[k].absent = True
        clause.objects.remove(k)


def _piers_that_are_hit(reading: Reading, clause: Clause) -> None:
    """The pier that a ferry bumps into is a thing in the water, seen from its side, and not where we stand."""
    boats = clause.subjects and all(medium(reading.mentions[k].kind) == "water" for k in clause.subjects)
    if clause.lemma not in _BUMPING or not boats or any(m.group == "person" for m in reading.mentions):
        return
    for i in [i for i in reading.places if i > clause.at and reading.words[i].text.split()[-1] in _PIERS]:
        place = reading.places.pop(i)
        reading.place = None if reading.place == place else reading.place
        reading.mentions.append(Mention("prop", "landing stage", text=reading.words[i].text))
        reading.mention_at[i], reading.senses[i] = len(reading.mentions) - 1, "prop"
        clause.grounds = [(p, where) for p, where in clause.grounds if where != place]
        preposition = next((w.text for w in reading.words[clause.at + 1 : i] if w.text in ("into", "against")), "into")
        clause.obliques.append((preposition, len(reading.mentions) - 1))


def _trucks_of_firefighters(reading: Reading, clause: Clause) -> None:
    """The truck that firefighters drive, come out of, or that comes and they get off: none that burns or hits a car."""
    crew = [k for k, m in enumerate(reading.mentions) if m.kind == "firefighter" and not m.absent]
    if not crew:
        return
    theirs = [k for p, k in clause.obliques if p in _OUT_OF and clause.verb not in ("spray", "pull", "drag", "carry")]
    theirs += [k for p, k in clause.obliques if p in ("from", "off") and clause.lemma in _UNLOADING]
    theirs += clause.objects if clause.lemma in _MANNING else []
    theirs = theirs if {*clause.subjects} & {*crew} else []
    got_off = any({*c.subjects} & {*crew} and c.words & {"out", "off", "down"} and not c.obliques and not c.objects
                  for c in reading.clauses if c is not clause and c.step >= clause.step)  # fmt: skip
    theirs += clause.subjects if got_off and clause.verb in ("stop", "drive", "enter", "walk", "pull up") else []
    theirs += [k for i, k in reading.mention_at.items() if reading.mention_at.get(i - 1) in crew and i
               and reading.words[i - 1].possessive]  # fmt: skip
    burning = {s.mention for s in reading.states}
    for k in theirs:
        mention = reading.mentions[k]
        if mention.kind in ("truck", "flatbed truck") and mention.text in ("truck", "engine") and k not in burning:
            mention.kind = "fire truck"


def _with_what_they_came(reading: Reading, clause: Clause) -> None:
    """Parks a van, then unloads crates: from it. The rider of a horse is no cyclist. Waits at the light on a bike."""
    lights = [k for p, k in clause.obliques if p in ("at", "for", "by") and reading.mentions[k].kind == "lights"]
    rolls = any(reading.mentions[k].kind in ("cyclist", "bicycle") or reading.mentions[k].group == "vehicle"
                for k in clause.subjects)  # fmt: skip
    if lights and (rolls or clause.lemma in ("wait", "cross")):
        reading.mentions[lights[0]].group, reading.mentions[lights[0]].kind = "prop", "traffic light"
    _holds_what_hurts(reading, clause)
    afoot = bool(clause.subjects) and all(reading.mentions[k].group == "person" for k in clause.subjects)
    if clause.lemma == "turn" and afoot and any(p in ("to", "toward", "towards") for p, _ in clause.obliques):
        clause.verb = "look"  # turns to the cameras
    vans = [k for k, m in enumerate(reading.mentions) if m.group == "vehicle" and not m.absent]
    if clause.lemma == "unload" and clause.objects and not {*clause.objects} & {*vans} and not clause.obliques and vans:
        clause.obliques = [("from", vans[0])]  # parks a van, then unloads crates
    if any(m.kind in _MOUNTS for m in reading.mentions):
        for mention in reading.mentions:
            mention.kind = "person" if mention.text in _RIDERS and mention.kind == "cyclist" else mention.kind


def _holds_what_hurts(reading: Reading, clause: Clause) -> None:
    """Sits down and holds his ankle: with the hands at the foot, and nothing in them."""
    at = clause.at + 1
    if clause.lemma not in _HOLDING or at >= len(reading.words) or reading.words[at].text not in (*_FEET, *_UPPER):
        return
    held = [k for k in clause.objects if reading.mentions[k].text == reading.words[at].text]
    clause.objects = [k for k in clause.objects if k not in held]
    for k in held:
        reading.mentions[k].absent = reading.mentions[k].inner = True
    if reading.words[at].text in reading.unknown:
        reading.unknown.remove(reading.words[at].text)
    reading.particles.add(at)
    clause.verb = "tie shoes" if reading.words[at].text in _FEET else "hold head"


def _downhill(reading: Reading, clause: Clause) -> None:
    """Who skis downhill is on a hill."""
    at = next((i for i in range(clause.at, len(reading.words)) if reading.words[i].text == "downhill"), None)
    down = at is not None or any(p in clause.words for p in ("down", "downhill"))
    if not down or any(m.kind == "hill" for m in reading.mentions):
        return
    clause.grounds.append(("down", "mountain"))
    reading.mentions.append(Mention("prop", "hill", text="slope", inner=True))
    if at is not None:
        reading.particles.add(at)


def _out_of_hand(reading: Reading, clause: Clause) -> None:
    """A mug slips out of a man's hand: he drops it."""
    hands = any(w.text in ("hand", "hands", "fingers", "grasp", "grip") for w in reading.words[clause.at :])
    things = clause.subjects and all(reading.mentions[k].group == "prop" for k in clause.subjects)
    whose = [k for p, k in clause.obliques if p in ("of", "from") and reading.mentions[k].group == "person"]
    if clause.lemma not in ("slip", "fall", "slide", "drop") or not hands or not things or not whose:
        return
    clause.verb, clause.objects, clause.subjects = "drop", clause.subjects, whose[:1]
    clause.obliques = [(p, k) for p, k in clause.obliques if k not in whose]
