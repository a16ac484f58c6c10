"""From which side a place is seen: a bridge from the river, a tunnel from outside, a road along its whole length; and
who looks out of a window or switches the light.

Reads a Reading; gives the places that show it so, none where it is seen as usual.
"""

from __future__ import annotations

from typing import Final

from svta.generation.storyboard.choreography import Choreography
from svta.generation.storyboard.drawing.vehicles import RIDDEN
from svta.generation.storyboard.parsing.clauses import Clause, Reading
from svta.generation.storyboard.places.backdrop import PLACE_PAINTERS
from svta.generation.storyboard.scene import medium

_LONE: Final = ("lone", "lonely", "solitary", "isolated", "single")
ALONG_THE_VIEW: Final = ("come closer", "go away", "back closer", "back away")
# Roads and ways as they are seen by who stands on them, for what drives away from us or comes towards us.
_AHEAD: Final = {
    **dict.fromkeys(("street", "suburb", "village", "sidewalk"), "road ahead"),
    **dict.fromkeys(("country road", "narrow road", "field", "meadow", "farm", "hillside"), "country road ahead"),
    **dict.fromkeys(("desert", "desert road"), "desert road ahead"), "highway": "highway ahead",
    **dict.fromkeys(("forest", "forest road"), "forest road ahead"), "park": "path ahead",
}  # fmt: skip


_OF_THE_WILD: Final = ("elephant", "deer", "stag", "moose", "cow", "sheep", "boar", "bear", "goat", "bull", "zebra",
                       "lion", "giraffe", "reindeer", "camel", "kangaroo", "bison", "rhino", "ram", "wolf")  # fmt: skip
_WILDS: Final = ("forest", "field", "farm", "hillside", "mountain", "savanna", "desert", "meadow")
_BY_THE_ROAD: Final = {"bus shelter", "traffic light", "road sign"}


def along_the_road(reading: Reading, places: tuple[str, ...]) -> tuple[str, ...]:
    """The road seen along its length, where something on it comes closer or goes away from us."""
    kinds = {mention.kind for mention in reading.mentions if not mention.absent}
    road = kinds & _BY_THE_ROAD or any(medium(kind) == "road" for kind in kinds - {"tractor", "trailer"})
    beasts = any(m.group == "animal" for m in reading.mentions)
    if reading.place is None and beasts and {*places} & {*_WILDS} and road and "tractor" not in kinds:
        return ("country road",)  # a deer between parked cars
    going = [c for c in reading.clauses if c.words & {"toward us", "away from us", "camera"} and c.subjects]
    doers = [reading.mentions[k] for c in going for k in c.subjects]
    wheels = any(medium(m.kind) == "road" or m.kind == "cyclist" for m in doers)
    ridden = [k for c in going for k in (*c.objects, *(k for p, k in c.obliques if p == "on"))]
    wheels |= any(medium(reading.mentions[k].kind) == "road" for k in ridden)
    wheels |= any(c.lemma in ("ride", "cycle", "drive") for c in going) and any(
        m.kind in RIDDEN for m in reading.mentions
    )
    afoot = doers and all(m.group in ("person", "animal") for m in doers)
    if len(reading.clauses) > 1 or not (wheels or afoot) or not all(c.verb in ALONG_THE_VIEW for c in going):
        return places
    named = {*reading.places.values()} - {reading.place}
    if reading.place is None and not wheels:
        return places
    desert = next((_AHEAD[place] for place in named if place in ("desert", "forest", "highway")), None)
    if reading.place is not None and reading.place not in _AHEAD:
        return places
    return (desert or _AHEAD[reading.place or "street"],)


def _before_the_stage(reading: Reading) -> bool:
    """True for those who dance or cheer IN FRONT OF a stage: they are not on it."""
    texts = [word.text for word in reading.words]
    stages = [i for i, text in enumerate(texts) if text.split()[-1] == "stage"]
    return any({"front of", "in front of"} & {*texts[max(0, i - 2) : i]} or texts[max(0, i - 2) : i] == ["front", "of"]
               for i in stages)  # fmt: skip


def seen_otherwise(reading: Reading, table: Choreography | None) -> tuple[str, ...]:
    """Places that are shown from another side: a bridge from the river, a tunnel from outside."""
    wild = any(m.kind in _OF_THE_WILD and not m.absent for m in reading.mentions)
    if table is None and reading.place == "street" and wild and any(w.text in ("road", "roads") for w in reading.words):
        return ("country road",)  # elephants across a road
    if table is None and reading.place == "stage" and _before_the_stage(reading):
        return ("concert",)
    lone = any(word.text in _LONE for word in reading.words) and any("tree" in m.kind for m in reading.mentions)
    if table is None and lone and reading.place is None:
        return ("field",)  # where no other tree stands
    camel = table is None and any(m.kind == "camel" for m in reading.mentions)
    if camel and reading.place == "beach" and any(word.text == "sand" for word in reading.words):
        return ("desert",)
    if table is None and reading.place is None and any(m.kind == "bedside table" for m in reading.mentions):
        return ("bedroom",)
    fished = any(c.verb in ("grab", "catch") and any(reading.mentions[k].kind == "fish" for k in c.objects) and
                 all(reading.mentions[k].group == "animal" for k in c.subjects) for c in reading.clauses)  # fmt: skip
    if table is None and fished and reading.place is None:
        return ("lakeside",)
    wet = any(medium(m.kind) == "water" for m in reading.mentions) or any(c.verb == "swim" for c in reading.clauses)
    if reading.place in ("under bridge", "bridge", "footbridge") and wet:
        return ("river footbridge" if reading.place == "footbridge" else "river bridge",)
    wheels = {medium(reading.mentions[k].kind) for c in reading.clauses for k in c.subjects if c.grounds}
    if (
        table is None
        and reading.place == "tunnel"
        and wheels & {"road", "rail"}
        and any(
            ground in (("into", "tunnel"), ("out", "tunnel"), ("from", "tunnel"))
            for c in reading.clauses
            for ground in c.grounds
        )
    ):  # seen from outside
        return ("tunnel railway" if "rail" in wheels else "tunnel road",)
    if (
        table is None
        and reading.place == "street"
        and "road" in wheels
        and any(c.lemma == "turn" and ("into", "street") in c.grounds for c in reading.clauses)
    ):
        return ("crossroads",)
    alley = table is None and reading.place == "alley" and wheels & {"road"}
    if alley and any(c.lemma == "turn" and ("into", "alley") in c.grounds for c in reading.clauses):
        return ("alley mouth",)
    if table is None and _crosses_the_street(reading):
        return ("crosswalk",)
    lifts = [
        reading.mentions[k].kind for c in reading.clauses if c.verb in ("rise", "land", "fall") for k in c.subjects
    ]
    if table is None and reading.place is None and "elevator" in lifts:
        return ("lobby",)
    doers = {medium(reading.mentions[k].kind) for c in reading.clauses for k in c.subjects}
    if table is None and reading.place in ("river bridge", "under bridge") and doers & {"road", "rail"} and not any(
        w.text.startswith(("under", "below", "beneath")) for w in reading.words):  # fmt: skip
        return ("bridge",)
    laps = any(c.verb == "circle" and c.subjects and not c.objects for c in reading.clauses)
    if table is None and reading.place in ("running track", "stadium", "race track") and laps:
        return ("oval track",)
    chimneys = any(m.kind in ("chimney", "factory chimney") and not m.absent for m in reading.mentions)
    if table is None and reading.place == "factory" and chimneys:
        return ("street",)  # the chimney of a factory is seen from outside
    rails = any(medium(m.kind) == "rail" for m in reading.mentions)
    if table is None and reading.place is None and rails and any(m.kind == "barrier" for m in reading.mentions):
        return ("level crossing",)
    if reading.place == "level crossing" and not any(medium(m.kind) == "rail" for m in reading.mentions):
        crosses = any(c.verb in ("drive", "ride", "walk", "run") for c in reading.clauses)
        closed = any("closed" in word.text for word in reading.words)
        return ("open level crossing" if crosses and not closed else reading.place,)
    return ()


def _crosses_the_street(reading: Reading) -> bool:
    """Who crosses a street goes from one pavement to the other: it is seen from its end, if nothing drives there."""
    over = any(place == "street" and i and reading.words[i - 1].text == "across" for i, place in reading.places.items())
    on_foot = any(
        c.verb in ("walk", "run", "crawl", "push", "pull", "carry", "flee", "limp", "sneak", "stagger")
        and (over or c.lemma == "cross")
        and any(reading.mentions[k].group in ("person", "animal") for k in c.subjects)
        for c in reading.clauses
    )
    driven = any(m.group == "vehicle" and not m.absent for m in reading.mentions)
    return on_foot and not driven and reading.place in ("street", "crossroads", None)


def looks_out(reading: Reading) -> bool:
    """True for who looks out of a window at what is outside: the snow, the street."""
    out = [k for c in reading.clauses if c.verb in ("look", "lean", "wave") for p, k in c.obliques if p == "out"]
    outside = reading.place is not None and not PLACE_PAINTERS[reading.place][1]
    return outside and any(reading.mentions[k].kind == "window" for k in out)


def lit(reading: Reading, clause: Clause) -> bool:
    """True where the light of a room goes out or on; the lamps of a street and of a car are none."""
    lamps = [reading.mentions[k] for k in (*clause.subjects, *clause.objects)]
    named = any(m.kind == "lights" and m.text in ("light", "lights", "lamp") for m in lamps)
    switched = clause.verb in ("darken", "brighten") or (clause.lemma == "go" and "out" in clause.words)
    return named and switched and not any(m.group == "vehicle" for m in reading.mentions)


def applauded(reading: Reading) -> bool:
    """True where some clap for others who are on a stage."""
    clapping = {k for c in reading.clauses if c.verb in ("clap", "cheer") for k in c.subjects}
    others = {k for c in reading.clauses if c.verb not in ("clap", "cheer") for k in c.subjects} - clapping
    people = [k for k in others if reading.mentions[k].group == "person" and not reading.mentions[k].absent]
    return reading.place == "stage" and any(reading.mentions[k].count > 2 for k in clapping) and bool(people)
