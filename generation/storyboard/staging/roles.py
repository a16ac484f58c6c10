"""Whether a choreography says what a caption says: who may fill its roles, what its beats show, which way it goes.

Reads a Choreography, and a Reading with its main clause or one of its mentions.
"""

from __future__ import annotations

from typing import Final

from svta.generation.storyboard.choreography import Choreography, Role
from svta.generation.storyboard.drawn_tables import vehicles
from svta.generation.storyboard.own_sentences import said_as
from svta.generation.storyboard.parsing.clauses import Clause, Reading
from svta.generation.storyboard.parsing.mentions import Mention
from svta.generation.storyboard.parsing.sentences.patients import HARM, SUFFERED
from svta.generation.storyboard.scene import ANIMALS, PEOPLE, VIOLENT_VERBS
from svta.generation.storyboard.shown_verbs import shows

from .actions.draft import HAND

ROAD: Final = ("car", "van", "truck", "bus", "police car", "ambulance", "tractor", "excavator", "scooter",
                "motorcycle", "taxi", "fire truck", "tram", "pickup",
                *(kind for kind, e in vehicles().items() if "words" in e and "medium" not in e))  # fmt: skip
# Verbs of a caption that a beat of the same group shows well enough.
_ALIKE: Final = (
    {"walk", "run", "sneak", "stagger", "leave", "flee", "enter", "drive", "ride", "swim", "climb", "jump", "skid",
     "fly", "chase", "drag", "reverse", "stop"},
    {"fall", "trip", "slip", "faint", "plunge", "lie", "collapse", "topple", "be crushed", "roll over", "slide down",
     "drop"},
    {"hit", "kick", "punch", "push", "strangle", "bite", "leap at", "stab", "smash", "collide", "crash", "shoot",
     "threaten"},
    {"grab", "hide", "put", "give", "carry", "drop", "load", "pull", "catch", "lift"},
    {"look", "stand", "point", "talk", "wave", "sit", "read", "startle"},
    {"play", "kick ball", "strum", "exercise"}, {"burn", "smoke", "explode", "spark"},
    {"pour", "leak", "spray", "water"},
    {"break in", "open", "smash", "enter"},
)  # fmt: skip
_ONLOOKING: Final = {"threaten", "look", "stand", "walk", "run", "flee", "point", "phone", "wave", "kneel", "choke",
                     "stagger", "sit", "talk", "queue", "swim", "stop", "bow", "dance", "jump",
                     "kick ball"}  # fmt: skip
# Done to somebody, this needs somebody.
NEEDS_TWO: Final = VIOLENT_VERBS | {"leap at", "bite", "startle", "collide", "pull", "give"}
PORTABLE: Final = HAND | {"money", "television", "laptop", "ball", "plate", "cake", "plant", "rope", "chair"}
AS_THING: Final = {"burn", "explode", "smoke", "collapse", "topple", "float"}
# What brings a door, a desk, a ladder or a fall along: a caption has them if it names them.
FURNISHED: Final = ("entering or leaving", "carrying goods", "parking", "working at a desk", "climbing over barriers",
                     "fall from height", "assault", "abuse", "fighting", "startle events", "trespassing", "stabbing",
                     "burglary", "loss of balance or falls", "vandalism", "train accident",
                     "car theft", "stealing", "falling objects")  # fmt: skip
_OWN_STAGING: Final = ("running a red light", "wrong-way driving")
_FALLING: Final = ("fall", "roll", "trip", "slip", "slide down")  # which things do too


def alike(verb: str, shown: set[str]) -> bool:
    """True if what is shown already looks like the verb."""
    return verb in shown or any(verb in group and group & shown for group in _ALIKE)


def fits(mention: Mention, role: Role) -> bool:
    """True if the mention is of the kind the role is for; a bus may stand in for a car."""
    first = role.kinds[0]
    if mention.group == "person":
        if first == "police officer" and not role.adult:
            return mention.kind in ("police officer", "person", "robber", "firefighter")
        return first in PEOPLE
    if mention.group == "animal":
        return first in ANIMALS
    stands_for_any = first in ("car", "van", "truck", "bus") and not role.actor.colour
    return mention.kind in role.kinds or (stands_for_any and mention.kind in ROAD)


def peers(table: Choreography) -> bool:
    """True if the first two roles do the same to or with each other, so that one group may play both."""
    first, second = (role.actor.id for role in table.roles[:2])
    done = [{(b.verb, b.target is not None) for b in table.beats if b.who == id_} for id_ in (first, second)]
    return table.roles[1].kinds[0] in PEOPLE and any(aimed and verb != "bow" for verb, aimed in done[0] & done[1])


def onlooker(table: Choreography, role: Role, people_named: bool) -> bool:
    """True if a person's role may stay empty where the caption does not name who plays it.

    Who starts it, who has it done to them and who comes to harm are needed; who looks on, flees or waits is not.
    """
    id_ = role.actor.id
    own = {b.verb for b in table.beats if b.who == id_}
    if id_ == "victim" or any(b.target == id_ and b.verb in NEEDS_TWO for b in table.beats):
        return False
    if role is table.roles[0]:
        people = {r.actor.id for r in table.roles if r.kinds[0] in PEOPLE}
        others = {b.verb for b in table.beats if b.who not in people} - {"stop"}
        return own <= _ONLOOKING | {"startle"} and bool(others - own)
    return own <= _ONLOOKING and (people_named or table.roles[0].kinds[0] not in PEOPLE)


def may_stand_in(table: Choreography | None, mention: Mention, role: Role) -> bool:
    """A boat may burn in a car's stead, and a dog be beaten in a person's."""
    own, suffered = beats_of(table, role)
    if mention.group == "vehicle":
        return role.kinds[0] in ROAD and not role.actor.colour and own <= AS_THING
    return (
        mention.group == "animal" and role.kinds[0] in PEOPLE and bool(suffered & (VIOLENT_VERBS | {"bite", "leap at"}))
    )


def beats_of(table: Choreography | None, role: Role) -> tuple[set[str], set[str]]:
    """What a role does, and what is done to it."""
    beats = table.beats if table else ()
    id_ = role.actor.id
    return {b.verb for b in beats if b.who == id_}, {b.verb for b in beats if b.target == id_}


def comes_to_harm(table: Choreography | None, role: Role) -> bool:
    """True for a part to whom harm is done, or who comes to it."""
    own, suffered = beats_of(table, role)
    return bool(suffered & HARM or own & SUFFERED)


def struck(table: Choreography | None, role: Role) -> bool:
    """True if it is a vehicle's part, or somebody's whom a vehicle hits: a wall, a tree, a door may play it."""
    own, suffered = beats_of(table, role)
    return (role.kinds[0] in ROAD and bool(own & AS_THING)) or bool(suffered & {"collide", "crash", "throw"})


def ridden(table: Choreography, role: Role) -> bool:
    """True for what somebody rides."""
    return any(beat.verb == "ride" and beat.target == role.actor.id for beat in table.beats)


def acts_as_thing(table: Choreography | None, id_: str) -> bool:
    """True for a part that a thing can play: it burns, explodes, smokes, falls in or floats."""
    return table is not None and any(b.who == id_ and b.verb in AS_THING for b in table.beats)


def acts(reading: Reading, table: Choreography, core: Clause | None) -> bool:
    """False if another kind does what the choreography tells of: a running dog is no runner, a helicopter no plane."""
    doers = [reading.mentions[k] for k in (core.subjects if core is not None else ())]
    return table.own or all(
        m.group not in ("animal", "vehicle", "person") or any(suited(table, m, role) for role in table.roles)
        for m in doers
    )


def suited(table: Choreography, mention: Mention, role: Role) -> bool:
    """True if the mention may play the role, for itself or in another's stead."""
    return fits(mention, role) or may_stand_in(table, mention, role)


def has_its_things(table: Choreography, reading: Reading) -> bool:
    """False where the caption's thing is none that the choreography has: a washing machine is repaired like no car."""
    kinds = {kind for role in table.roles for kind in role.kinds} | {prop.kind for prop in table.props}
    done_to = [reading.mentions[k] for clause in reading.clauses for k in clause.objects]
    shown = [reading.mentions[k] for clause in reading.clauses for p, k in clause.obliques if p == "of"]
    others = any(m.group == "prop" and not m.held and m.kind not in kinds for m in shown)  # photos of a statue
    if table.own or others:
        return table.own
    return all(m.group != "prop" or m.held or m.kind in kinds or m.kind in PORTABLE for m in done_to)


def by_its_words(reading: Reading, table: Choreography | None) -> bool:
    """True where the words say more than the category's story: over a red light, the wrong way, a skid into a tree."""
    hit = [c for c in reading.clauses if c.verb in ("crash", "collide", "hit")]
    hits = any({"skid", "through"} & {*c.words, *(p for p, _ in c.obliques)} for c in hit)
    return table is not None and (hits or table.name in _OWN_STAGING)


def in_their_roles(reading: Reading, table: Choreography, core: Clause) -> bool:
    """False where another does it, or has it done to them, than in the choreography: a man bites a dog."""
    things = [reading.mentions[k] for k in core.subjects]
    own = {prop.kind for prop in table.props}
    if things and core.verb in _FALLING and all(m.group == "prop" and m.kind not in own for m in things):
        return table.own  # a suitcase tumbles down an escalator
    doing, done = ([reading.mentions[k] for k in ks if reading.mentions[k].group in ("person", "animal")]
                   for ks in (core.subjects, core.objects))  # fmt: skip
    if table.own or not doing or len(table.roles) < 2:
        return True
    if not done:  # a dog bites a ball
        return not core.objects or any(m.group == "person" for m in doing)
    agent, patient = table.roles[:2]
    return any(suited(table, m, agent) for m in doing) and any(suited(table, m, patient) for m in done)


def own_direction(reading: Reading, table: Choreography) -> int:
    """Which way the choreography does what the caption gives a direction to: 1 right, -1 left, 0 no way."""
    assert table is not None
    verbs = {clause.verb for clause in reading.clauses if clause.direction}
    x = {role.actor.id: role.actor.x for role in table.roles} | {p.id: p.x for p in table.props}
    for beat in sorted(table.beats, key=lambda beat: beat.start):
        if beat.to is None or beat.who not in x:
            continue
        if beat.to != x[beat.who] and any(shows(beat.verb, verb) for verb in verbs):
            return 1 if beat.to > x[beat.who] else -1
        x[beat.who] = beat.to
    return table.direction


def meant(table: Choreography, core: Clause | None, caption: str, reading: Reading) -> bool:
    """True for a sentence of the choreography's own, with those and the things that it is about."""
    told = not _unsaid(reading, core, table) and said_as(table, caption, reading)
    played = acts(reading, table, core) and (core is None or in_their_roles(reading, table, core))
    return told and has_its_things(table, reading) and played


def _unsaid(reading: Reading, core: Clause | None, table: Choreography) -> bool:
    """True for what no sentence of it says: that somebody is not there, or that another thing does it."""
    things = [m for k in (core.subjects if core is not None else ()) if (m := reading.mentions[k]).group == "prop"]
    acting = {prop.kind for prop in table.props}
    if core is not None and core.verb == "repair" and any(reading.mentions[k].group == "prop" for k in core.objects):
        return True  # a pipe, and no car
    return bool(reading.denials) or (table.name in FURNISHED and any(m.kind not in acting for m in things))
