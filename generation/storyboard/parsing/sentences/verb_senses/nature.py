"""What fire, wind, water, sun, moon and animals do by themselves: flames die down, the wind takes a hat off a head.

Reads a Reading whose clauses are complete; changes verbs and kinds, and the hour that the sky tells.
"""

from __future__ import annotations

from typing import Final

from svta.generation.storyboard.scene import medium

from ...clauses import Clause, Reading
from ...mentions import Mention
from ...state import State
from ...verbs import BEGIN

_SUNSHINE = ("sunlight", "sunshine", "sunbeam", "sunbeams")
_PAIRED = ("glasses", "sunglasses", "scissors", "binoculars", "goggles", "headphones", "pliers", "pincers", "tongs",
           "trousers", "jeans", "shorts", "boots", "shoes", "gloves", "skis", "shears")  # fmt: skip
_BURNING = ("fire", "wildfire", "flames", "candle", "match", "torch", "candlestick", "birthday cake", "fireplace")
_WEATHERED = {"wet": "wet", "rainy": "rain", "icy": "icy", "frosty": "icy", "snowy": "snow", "foggy": "fog"}
_STRUGGLING = ("struggle", "battle", "fight", "lean", "trudge", "push")
_DANGERS = ("wave", "fire", "flames", "wildfire", "tornado", "lava", "flood", "bomb", "explosion", "avalanche",
            "dust cloud", "burning house", "smoke")  # fmt: skip
_HOLDING_UP = ("wind", "snow", "storm", "sandstorm", "rain")
TAKING_OFF = ("rip", "tear", "blow", "lift", "peel", "take", "sweep", "pull", "strip", "rip off", "tear off")


def in_sunshine(s: State, i: int) -> bool:
    """True for sunlight that only lights a place, and for the sun IN which somebody lies."""
    if s.words[i].text == "sun":
        return "in" in (s.preposition, *(word.text for word in s.words[max(0, i - 2) : i]))
    return s.words[i].text in _SUNSHINE and (s.preposition is not None or s.clause is not None)


def _roof_told(reading: Reading, clause: Clause) -> bool:
    """True for a storm that takes the roof off a building."""
    tornado = any(reading.mentions[k].kind == "tornado" for k in clause.subjects)
    roof = any(reading.words[i].text in ("roof", "roofs") for i in reading.particles if i > clause.at)
    return roof and (tornado or clause.weather is not None)


def unroofed(reading: Reading, clause: Clause) -> None:
    """The storm rips the roof off a house: it is done to the house."""
    if clause.lemma in TAKING_OFF and _roof_told(reading, clause):
        clause.verb, clause.objects = "unroof", [k for p, k in clause.obliques if p == "off"] or clause.objects
        clause.obliques = [(p, k) for p, k in clause.obliques if p != "off"]


def blown_over(reading: Reading, clause: Clause) -> None:
    """The wind blows a bin OVER: the last word belongs to the verb."""
    if clause.weather is None or clause.lemma not in ("blow", "knock", "push", "tip"):
        return
    for i in [i + 1 for i, k in reading.mention_at.items() if k in clause.objects]:
        text = reading.words[i].text if i < len(reading.words) else ""
        if text in ("over", "down") and not any(p == text for p, _ in clause.obliques):
            reading.particles.add(i)
            clause.words |= {text}


def hat_off(reading: Reading, clause: Clause) -> None:
    """The hat that the wind blows off a head is a thing by itself."""
    if clause.weather != "wind" or clause.lemma not in TAKING_OFF or clause.objects:
        return
    hat = next((i for i, word in enumerate(reading.words) if i > clause.at and word.text in ("hat", "cap")), None)
    if hat is not None and hat not in reading.mention_at and any(p == "of" for p, _ in clause.obliques):
        reading.mentions.append(Mention("prop", "hat", text=reading.words[hat].text))
        reading.mention_at[hat] = len(reading.mentions) - 1
        reading.senses[hat] = "prop"
        clause.objects = [len(reading.mentions) - 1]


def from_danger(reading: Reading, clause: Clause) -> None:
    """Who runs FROM a wave or a fire runs away from it."""
    behind = [reading.mentions[k].kind for p, k in clause.obliques if p == "from"]
    if clause.verb == "run" and any(kind in _DANGERS for kind in behind):
        clause.verb = "flee"


def in_the_night_sky(reading: Reading, clause: Clause) -> None:
    """Fireworks that explode over a city or are watched burst in the sky, and by night."""
    near = ("beside", "near", "next", "by", "at", "under")
    if clause.passive or any(p in near and reading.mentions[k].group == "person" for p, k in clause.obliques):
        return
    watched = clause.verb in ("look", "photograph", "film") or clause.lemma in ("watch", "see", "admire", "enjoy")
    bursting = clause.lemma in (
        "explode",
        "burst",
        "light",
        "go",
        "fill",
        "bloom",
        "flash",
        "rise",
        "shoot",
        "illuminate",
    )
    named = (*clause.objects, *(k for _, k in clause.obliques)) if watched else clause.subjects if bursting else ()
    if any(reading.mentions[k].group == "person" for k in clause.objects):
        return
    for k in named:
        if reading.mentions[k].kind == "fireworks":
            reading.mentions[k].kind, reading.mentions[k].count = "sky fireworks", 1
            reading.time = reading.time or "night"


def burning_verb(reading: Reading, clause: Clause) -> str | None:
    """What flames and fires do by themselves: they die down, go out, spread; None for all others."""
    burning = [reading.mentions[k] for k in clause.subjects]
    if not burning or any(m.kind not in _BURNING for m in burning):
        return None
    verb = "die down" if clause.verb == "die down" or (clause.lemma == "go" and "out" in clause.words) else None
    verb = "die down" if clause.verb in ("vanish", "faint", "sink") else verb
    verb = "flare" if clause.lemma in ("spread", "grow", "rise", "flare", "leap", "rage") else verb
    verb = "flare" if clause.lemma in ("break", "start") and clause.verb not in ("die down", "burn") else verb
    if verb == "flare" and clause.lemma == "break":
        reading.particles.add(clause.at + 1)  # a fire breaks OUT
    if verb is not None:
        for mention in burning:
            if mention.kind == "flames":
                mention.group, mention.kind = "prop", "fire"
    return verb


def _pairs(out: Reading) -> None:
    """A pair of glasses is one thing."""
    for i, k in out.mention_at.items():
        pair = i > 1 and [word.text for word in out.words[i - 2 : i]] == ["pair", "of"]
        if out.mentions[k].text.split()[-1] in _PAIRED and (pair or (i and out.words[i - 1].text == "pair")):
            out.mentions[k].count, out.mentions[k].counted = 1, None
            out.particles |= {j for j in (i - 2, i - 1) if out.words[j].text in ("pair", "of")}


def by_nature(out: Reading) -> None:
    """What the sun, the moon and animals bring with them: an hour of the day, a bowl of their own."""
    fire_starts(out)
    kinds = {m.kind for m in out.mentions if not m.absent}
    _pairs(out)
    if any(denial.name in ("cloud", "dark cloud") for denial in out.denials):
        out.weather = out.weather or "cloudless"
    for i in out.places:  # a wet corner
        out.weather = out.weather or _WEATHERED.get(out.words[i].text.split()[0])
    for mention in out.mentions:
        mention.count = 5 if mention.text in ("school of fish", "shoal of fish") else mention.count
    for mention in out.mentions if "barrier" in kinds else ():
        mention.kind = "barrier" if mention.kind == "gate" else mention.kind  # it is the gate that they stop at
    for clause in out.clauses:
        who = {out.mentions[k].kind for k in clause.subjects}
        if "sun" in who and clause.words & {"rise", "up", "set", "down", "sink"}:
            out.time = out.time or ("dawn" if clause.words & {"rise", "up"} else "dusk")
            clause.verb = clause.verb if clause.words & {"rise", "up"} else "descend"
        named = {out.mentions[k].kind for k in (*clause.subjects, *clause.objects, *(k for _, k in clause.obliques))}
        if named & {"moon", "star"}:
            out.time = out.time or "night"
        if who & {"sun", "moon", "star"} and clause.words & {"shine", "twinkle"}:
            clause.verb = "stand"
        if "sun" in who and clause.lemma in ("break", "burst", "emerge", "peek", "peep", "return"):  # breaks through
            clause.verb = "leave"
            clause.words |= {"out"}
        if clause.lemma in ("dock", "moor", "berth") and any(medium(kind) == "water" for kind in who):
            out.place = out.place or "quay"
        people = all(out.mentions[k].group == "person" for k in clause.subjects)
        if clause.verb in ("leave", "enter") and "train" in kinds and clause.subjects and people:
            out.place = out.place or "station"  # gets off
        if clause.lemma == "moor" and clause.passive and not clause.subjects:  # it lies there
            clause.verb, clause.subjects, clause.objects, clause.passive = "stop", clause.objects, [], False
        if clause.verb in ("eat", "drink") and all(out.mentions[k].group == "animal" for k in clause.subjects):
            for k in (*clause.objects, *(k for _, k in clause.obliques)):
                mention = out.mentions[k]
                if mention.kind == "bowl" or mention.text == "dog bowl":
                    mention.kind = "bowl of pet food" if clause.verb == "eat" else "water bowl"


def in_the_weather(reading: Reading, clause: Clause) -> None:
    """What people and umbrellas do in rain and wind, and how high a flood comes."""
    _inside_out(reading, clause)
    _goes_on(reading, clause)
    for k in clause.objects if clause.verb == "throw" else ():
        rice = reading.mentions[k].kind == "rice bowl" and reading.mentions[k].text == "rice"
        reading.mentions[k].kind = "rice grains" if rice else reading.mentions[k].kind
    wheels = clause.subjects and all(reading.mentions[k].group == "vehicle" for k in clause.subjects)
    if clause.weather == "fog" and clause.lemma == "rise" and any(p == "from" for p, _ in clause.grounds):
        clause.verb, clause.grounds = "rise", [g for g in clause.grounds if g[0] != "from"]
    if wheels and clause.verb == "roll" and clause.words & {"by", "past"}:
        clause.verb = "drive"
    if wheels and clause.verb == "slip" and reading.weather in ("icy", "snow", "wet", "rain"):
        clause.verb = "skid"
    _take_shelter(reading, clause)
    _against_the_wind(reading, clause)
    _up_to_the_windows(reading, clause)


def _up_to_the_windows(reading: Reading, clause: Clause) -> None:
    """A flood that reaches the windows or doors of a street: those of its houses."""
    for p, k in clause.obliques if clause.verb == "flood" else ():
        if p == "to" and reading.mentions[k].kind in ("window", "door", "house roof"):
            reading.mentions[k].absent = reading.mentions[k].inner = True
            clause.obliques = [(p, j) for p, j in clause.obliques if j != k]


def _against_the_wind(reading: Reading, clause: Clause) -> None:
    """Who struggles against the wind or through the snow walks or rides on."""
    people = clause.subjects and all(reading.mentions[k].group == "person" for k in clause.subjects)
    told = reading.weather in _HOLDING_UP or any(w.text in ("snow", "wind", "storm", "blizzard") for w in reading.words)
    if people and clause.lemma in _STRUGGLING and told and not clause.objects:
        wheels = any(reading.mentions[k].kind == "cyclist" for k in clause.subjects)
        clause.verb = "ride" if wheels else "walk"


def _goes_on(reading: Reading, clause: Clause) -> None:
    """Snow slides from a roof AND BURIES a bicycle: the weather does that too."""
    before = [c for c in reading.clauses if c.at < clause.at and c.weather]
    linked = clause.at > 0 and reading.words[clause.at - 1].text == "and"
    if before and linked and not clause.subjects and not clause.passive and clause.weather is None:
        clause.weather = before[-1].weather


def _take_shelter(reading: Reading, clause: Clause) -> None:
    """Who shelters from the rain or shares an umbrella stands under a roof, a tree or that."""
    people = clause.subjects and all(reading.mentions[k].group == "person" for k in clause.subjects)
    shared = [k for k in clause.objects if reading.mentions[k].kind == "umbrella"]
    if people and clause.lemma == "share" and shared:
        clause.verb, clause.objects = "stand", [k for k in clause.objects if k not in shared]
        clause.obliques = [("under", shared[0]), *clause.obliques]
    if people and clause.words & {"shelter", "huddle"} and not any(p == "behind" for p, _ in clause.obliques):
        clause.verb = "stand"


def _in_passing(reading: Reading, clause: Clause) -> None:
    """Drives through a puddle and splashes somebody: one event."""
    before = [c for c in reading.clauses if c.at < clause.at and c.subjects == clause.subjects and not c.objects]
    through = [c for c in before if any(p == "through" for p, _ in c.obliques)]
    if through and len(reading.clauses) == 2:
        reading.particles.add(clause.at)
        reading.clauses.remove(clause)
        through[0].verb, through[0].objects = "splash over", clause.objects


def splash(reading: Reading, clause: Clause) -> None:
    """A bus splashes people, or water over them, on its way through a puddle."""
    wheels = clause.subjects and all(reading.mentions[k].group == "vehicle" for k in clause.subjects)
    if wheels and clause.lemma in ("splash", "drench", "soak", "spray") and not clause.passive:
        clause.verb = "splash over"
        _in_passing(reading, clause)
        for k in [k for k in clause.objects if reading.mentions[k].group == "substance"]:
            clause.objects.remove(k)
            reading.mentions[k].inner = True


def _inside_out(reading: Reading, clause: Clause) -> None:
    """The wind turns somebody's umbrella inside out: it happens in the owner's hands."""
    found = [
        k for k in (*clause.objects, *clause.subjects) if reading.mentions[k].kind in ("umbrella", "umbrella stand")
    ]
    span = range(clause.at + 1, min(clause.at + 9, len(reading.words) - 1))
    turned = next((i for i in span if [w.text for w in reading.words[i : i + 2]] == ["inside", "out"]), None)
    if not found or turned is None:
        return
    reading.particles |= {turned, turned + 1}
    at = next((i for i, k in reading.mention_at.items() if k == found[0]), 0)
    whose = [k for i, k in reading.mention_at.items() if at - 4 < i < at and reading.words[i].possessive]
    whose += [k for p, k in clause.obliques if p == "of"]
    whose += range(found[0] - 1, -1, -1) if reading.mentions[found[0]].owned else ()
    others = [c for c in reading.clauses if c.words >= {"let", "go"} and c.at > clause.at and not c.objects]
    whose += [k for c in others for k in c.subjects]  # and the woman lets go: of it
    for other in others:
        other.objects = found[:1]
    owner = next((k for k in whose if reading.mentions[k].group == "person"), None)
    clause.verb, clause.weather, clause.passive = "turn inside out", None, False
    clause.subjects, clause.objects = ([owner], found[:1]) if owner is not None else (found[:1], [])
    clause.obliques = [(p, k) for p, k in clause.obliques if k != owner]


_AT: Final = ("in", "on", "under", "inside", "within", "at", "behind", "beneath", "near")
_BREAKING_OUT: Final = ("break", "start", "begin", "erupt", "ignite", "burn")
_OPENS: Final = ("out",)


def fire_starts(out: Reading) -> None:
    """A fire starts or breaks out in a thing or vehicle: it comes from there."""
    for i, k in list(out.mention_at.items()):
        if out.mentions[k].kind != "fire" or out.mentions[k].absent:
            continue
        at = i + 1
        told = next((c for c in out.clauses if c.at == at), None)
        begun = at < len(out.words) and (
            out.words[at].text in BEGIN or (told is not None and told.lemma in _BREAKING_OUT)
        )
        ground = _ground(out, at + 1) if begun else None
        if ground is None:
            continue
        if told is None:
            told = Clause("burn", out.words[at].lemma, at, 0.0)
            out.clauses.append(told)
            out.senses[at] = "verb"
        told.verb, told.subjects, told.objects, told.obliques = "burn", [ground], [], []
        out.mentions[k].absent = True  # no fire by itself


def _ground(out: Reading, i: int) -> int | None:
    """The thing or vehicle after the preposition that stands at i."""
    if i < len(out.words) and out.words[i].text in _OPENS:
        out.particles.add(i)
        i += 1
    if i >= len(out.words) or out.words[i].text not in _AT:
        return None
    near = [k for j, k in sorted(out.mention_at.items()) if i < j <= i + 5]
    return next((k for k in near if out.mentions[k].group in ("prop", "vehicle")), None)
