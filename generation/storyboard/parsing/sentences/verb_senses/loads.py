"""What is taken along: carts that are pushed, boards that are ridden, glasses on a tray, things on an open truck.

Reads a Reading whose clauses are complete; changes verbs, objects and kinds by what carries what.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ...clauses import Clause, Reading

_CARTS: Final = ("pram", "shopping cart", "bicycle", "wheelbarrow", "sack truck", "cart of luggage")
_ON_A_BED = {"on", "onto", "off", "from"}
_BOARDS = ("skateboard", "snowboard", "sled", "surfboard", "longboard")
_WHEELED = ("pram", "shopping cart", "wheelbarrow", "wheelchair", "hand truck", "cart", "trolley", "bicycle", "walker")
_SERVED_ON_TRAYS = {
    **dict.fromkeys(("glasses", "drinks", "beers", "cocktails", "wine glasses"), "tray of glasses"),
    **dict.fromkeys(("plates", "dishes", "meals"), "serving tray of plate"),
    "cups": "serving tray of cup",
}
_DIGGERS: Final = ("excavator", "wheel loader")
_FILLED = ("basket", "wheelbarrow", "bucket", "box", "crate", "plastic crate", "bowl", "shopping cart", "bag", "sack",
           "suitcase", "laundry basket", "washing machine", "dishwasher", "dryer", "oven", "kiln", "skip", "dumpster",
           "picnic basket", "trailer", "backpack", "cart", "vase", "jam jar")  # fmt: skip
_LIQUIDS = ("milk bottle", "water bottle", "wine glass", "carton box", "teacup", "paint can", "soup", "wine bottle",
            "can",
            "jug", "kettle", "hose", "carafe", "watering can", "detergent", "oil drum", "flour bag")  # fmt: skip
_EMPTYING = ("dump", "tip", "unload", "empty", "pour", "drop", "spill", "lose")
# What hangs from a crane if nothing else is said to hold it, and the words that say that it hangs.
HUNG: Final = ("load", "beam", "container", "pipe", "pallet", "bucket", "crate", "concrete slab", "steel plate", "log",
               "steel coil", "pallet of box", "skip", "boulder", "iron ball", "wrecking ball", "girder", "wooden crate",
               "pallet of brick", "metal bar", "stack", "concrete pipe")  # fmt: skip
_HEAVY: Final = ("parcel", "box", "suitcase", "crate", "cement bag", "package", "carton box", "plastic crate", "barrel",
                 "wooden crate", "sack", "stack", "cardboard boxes", "flour bag", "tyre", "spare wheel")  # fmt: skip
HUNG_UP: Final = ("hanging", "suspended", "dangling", "swinging", "swaying", "raised", "lifted", "hoisted")
_LOOSE = ("rubble", "coal", "grain heap", "concrete", "gravel", "bricks")


def push_along(out: Reading) -> None:
    """A woman with a stroller walks: she pushes it. Lights that go on are no walkers."""
    for clause in (c for c in out.clauses if c.lemma == "go" and "on" in c.words and len(c.subjects) == 1):
        if out.mentions[clause.subjects[0]].kind == "lights":
            clause.verb = "brighten"
    for clause in (c for c in out.clauses if c.verb == "give" and {"pass", "over"} <= c.words and c.subjects):
        if out.mentions[clause.subjects[0]].group == "vehicle":
            clause.verb = "drive"  # passes over a bridge
    for clause in (c for c in out.clauses if len(c.subjects) == 2 and out.mentions[c.subjects[1]].kind == "lights"):
        if out.mentions[clause.subjects[0]].group == "vehicle" and "with" in (word.text for word in out.words):
            clause.subjects = clause.subjects[:1]  # an ambulance with flashing lights
    for clause in (c for c in out.clauses if c.verb in ("walk", "run") and c.subjects):
        who = clause.subjects[0]
        mention = out.mentions[who]
        cart = next((k for k in clause.subjects[1:] if out.mentions[k].kind in _CARTS), None)
        if mention.holds in _CARTS:
            cart = next((k for k, m in enumerate(out.mentions) if m.kind == mention.holds), None)
        led = cart is not None and any(out.words[i - 1].text == "with" or out.words[i - 2].text == "with"
                                       for i, k in out.mention_at.items() if k == cart)  # fmt: skip
        if mention.group == "person" and cart is not None and led and not out.mentions[cart].absent:
            clause.verb, clause.subjects = "push", [k for k in clause.subjects if k != cart]
            way = next((text for text in ("up", "down", "past", "across", "over") if text in clause.words), "to")
            clause.obliques = [*clause.obliques, *((way, k) for k in clause.objects if k != cart)]
            clause.objects = [cart]
            mention.holds, out.mentions[cart].held = None, False


def by_loads(reading: Reading, clause: Clause) -> None:
    """What is on wheels, on an open bed or on a tray."""
    with_wheels(reading, clause)
    load_openly(reading, clause)
    on_a_tray(reading, clause)


def with_wheels(reading: Reading, clause: Clause) -> None:
    """Who walks with a pram or a cart pushes it."""
    for i, k in reading.mention_at.items():
        on = reading.mention_at.get(i - 2) in clause.subjects and reading.words[i - 1].text == "on"
        rolls = clause.verb in ("roll", "walk", "run", "drive", "slide down") and not clause.objects
        if on and rolls and reading.mentions[k].kind in _BOARDS:
            clause.verb, clause.objects = "ride", [k]
            return
    way = next((word for word in ("up", "down") if word in clause.words), "")
    if clause.verb not in ("walk", "run") or (clause.objects and not way) or clause.words & {"past", "by"}:
        return
    for i, k in reading.mention_at.items():
        who = reading.mention_at.get(i - 2)
        if who in clause.subjects and reading.words[i - 1].text == "with" and reading.mentions[k].kind in _WHEELED:
            clause.obliques += [(way, slope) for slope in clause.objects]
            clause.verb, clause.objects = "push", [k]


def load_openly(reading: Reading, clause: Clause) -> None:
    """The truck that a thing is put onto, lies on or falls off has an open bed."""
    _of_what_load(reading, clause)
    _dug_into(reading, clause)
    things = [reading.mentions[k] for k in (*clause.subjects, *clause.objects)]
    if clause.passive and len(clause.objects) == 2 and "onto" in clause.words:  # containers are loaded onto a ship
        clause.obliques, clause.objects = [*clause.obliques, ("onto", clause.objects[1])], clause.objects[:1]
        clause.words -= {"onto"}
    if not any(mention.group == "prop" and mention.kind != "spare wheel" for mention in things):
        return
    machine = any(reading.mentions[k].kind in ("crane", "forklift", "excavator") for k in clause.subjects)
    open_at = _ON_A_BED | {"into", "in"} if machine else _ON_A_BED
    told = [(preposition, k) for preposition, k in clause.obliques if preposition in open_at]
    told += [(word, k) for word in _ON_A_BED & clause.words for k in clause.objects if not clause.passive]
    for _, k in told:
        if reading.mentions[k].kind in ("truck", "semi truck"):
            reading.mentions[k].kind = "flatbed truck"
    heaps = any(m.kind.startswith("pile of") or m.kind in _LOOSE for m in things)
    for k in clause.subjects if clause.lemma in _EMPTYING and heaps else ():  # dumps coal
        if reading.mentions[k].kind in ("truck", "flatbed truck"):
            reading.mentions[k].kind = "dump truck"


def hanging_loads(reading: Reading) -> None:
    """A swinging or raised load hangs."""
    for n, state in enumerate(reading.states):
        hung = state.mention is not None and reading.mentions[state.mention].kind in HUNG
        if hung and reading.words[state.at].text in HUNG_UP:
            reading.states[n] = replace(state, verb="dangle")


def weighed(reading: Reading) -> None:
    """Parcels and sacks are weighed on a platform, apples on a kitchen scale."""
    heavy = any(m.kind in _HEAVY for m in reading.mentions)
    for mention in (m for m in reading.mentions if heavy and m.kind == "kitchen scale" and m.text != "kitchen scale"):
        mention.kind = "parcel scale"


def _dug_into(reading: Reading, clause: Clause) -> None:
    """A digger that fills a truck WITH SAND loads sand into it."""
    digs = clause.subjects and all(reading.mentions[k].kind in _DIGGERS for k in clause.subjects)
    load = [k for p, k in clause.obliques if p == "with"]
    wheels = clause.objects and all(reading.mentions[k].group == "vehicle" for k in clause.objects)
    if clause.lemma in ("fill", "load") and not clause.passive and digs and wheels and load:
        rest = [(p, k) for p, k in clause.obliques if p != "with"]
        clause.obliques, clause.objects = [*rest, ("into", clause.objects[0])], load
        clause.verb = "load"


def _of_what_load(reading: Reading, clause: Clause) -> None:
    """A truck that loses its load OF LOGS loses logs off its open bed."""
    of = [k for p, k in clause.obliques if p == "of" and reading.mentions[k].group == "prop"]
    wheels = clause.subjects and all(reading.mentions[k].group == "vehicle" for k in clause.subjects)
    if clause.lemma not in ("lose", "shed", "drop", "spill") or not of or not wheels or clause.objects:
        return
    if not clause.words & {"load", "cargo"}:
        return
    clause.objects, clause.obliques = of[:1], [(p, k) for p, k in clause.obliques if k not in of]
    for k in clause.subjects:
        kind = reading.mentions[k].kind
        reading.mentions[k].kind = "flatbed truck" if kind in ("truck", "semi truck") else kind


def laden_ships(reading: Reading) -> None:
    """A ship that sails loaded with containers has them on deck; what hangs and what is weighed."""
    hanging_loads(reading)
    weighed(reading)
    for clause in [c for c in reading.clauses if c.lemma == "load" and len(reading.clauses) > 1]:
        ships = [k for k in (*clause.objects, *clause.subjects) if reading.mentions[k].kind in ("ship", "cargo ship")]
        boxes = [k for p, k in clause.obliques if p == "with" and reading.mentions[k].kind == "container"]
        sails = any(k in c.subjects for c in reading.clauses if c is not clause for k in ships)
        if ships and boxes and sails:
            reading.mentions[ships[0]].kind = "cargo ship"
            reading.mentions[boxes[0]].absent = True
            reading.clauses.remove(clause)


def on_a_tray(reading: Reading, clause: Clause) -> None:
    """Glasses on a tray, a tray with cups: one thing in the hand; a waiter's glasses are none to see with."""
    at = [*clause.objects, *(k for _, k in clause.obliques), *(k for k, m in enumerate(reading.mentions) if m.held)]
    trays = [k for k in at if reading.mentions[k].kind in ("serving tray", "tray")]
    load = [k for k in at if reading.mentions[k].text in _SERVED_ON_TRAYS]
    if clause.verb not in ("carry", "lift", "give", "drop", "walk") or not trays or len(load) != 1:
        return
    tray, items = reading.mentions[trays[0]], reading.mentions[load[0]]
    tray.kind = _SERVED_ON_TRAYS[items.text]
    for k in clause.subjects:
        if reading.mentions[k].holds == items.kind:
            reading.mentions[k].holds = None
    items.absent, items.held = True, False
    clause.objects = [trays[0]]
    clause.obliques = [(p, k) for p, k in clause.obliques if k not in (trays[0], load[0])]


def fill_with(reading: Reading, clause: Clause) -> None:
    """Fills a basket with apples: puts them into it; sand is shovelled into a bucket."""
    loads = [k for k, m in enumerate(reading.mentions) if m.held and m.group == "prop" and k not in clause.objects]
    vessels = [k for k in clause.objects if reading.mentions[k].kind in _FILLED]
    people = clause.subjects and all(reading.mentions[k].group == "person" for k in clause.subjects)
    if clause.lemma not in ("fill", "load") or not people or len(loads) != 1 or len(vessels) != 1:
        return
    load = reading.mentions[loads[0]]
    loose = load.kind.startswith("pile of") or load.kind in _LOOSE
    if not loose and load.kind in _LIQUIDS:
        return
    for k in clause.subjects:
        if reading.mentions[k].holds == load.kind:
            reading.mentions[k].holds = None
    load.held = False
    clause.verb, clause.objects = "dig" if loose else "put", loads
    clause.obliques = [("into", vessels[0]), *((p, k) for p, k in clause.obliques if k not in loads)]
