"""What is done with a tool: who uses a fire extinguisher on a bin puts it out, who operates a saw saws.

Reads a Reading whose clauses are complete; a clause of using becomes the work that its tool is for.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from svta.generation.storyboard.drawn_tables import handwork

from ...clauses import Clause, Reading
from ...mentions import Mention

_USING: Final = ("use", "operate", "handle", "work", "wield", "apply", "employ")
_ON: Final = ("on", "to", "against", "at", "in", "with")
_OWN: Final = {
    "fire extinguisher": "blow out", "hose": "spray", "lawn mower": "mow", "broom": "clean", "shovel": "dig",
    "ladder": "climb", "camera": "photograph", "binoculars": "look", "telescope": "look", "phone": "phone",
    "laptop": "type", "computer": "type", "jackhammer": "drill", "sledgehammer": "smash", "crowbar": "break in",
    "vacuum cleaner": "vacuum", "hoover": "vacuum", "saw blade": "saw", "band saw": "saw", "lever": "pull lever",
    "control panel": "pull lever", "whetstone": "grind", "kitchen scale": "weigh", "atm": "pay",
    "pickaxe": "dig", "tin opener": "open bottle", "fishing rod": "fish", "watering can": "water",
    "spray can": "spray", "treadmill": "run", "keys": "open",
}  # fmt: skip


def by_tools(reading: Reading) -> None:
    """What the tools, loads and accidents of a caption make of its clauses."""
    _no_instruments(reading)
    laden_with(reading)
    use_tools(reading)
    drown(reading)
    for clause in reading.clauses:
        throw_at(reading, clause)
        out_of_pockets(reading, clause)
        slip_on(reading, clause)
        panes_and_panels(reading, clause)
        comes_down(reading, clause)


def use_tools(reading: Reading) -> None:
    """Uses a saw on a plank, uses a spanner to loosen a bolt: what is done, with the tool in hand."""
    for clause in list(reading.clauses):
        if clause.lemma not in _USING or clause.passive or not clause.objects:
            continue
        tool = clause.objects[0]
        people = clause.subjects and all(reading.mentions[k].group == "person" for k in clause.subjects)
        if not people or reading.mentions[tool].group != "prop":
            continue
        then = next((c for c in reading.clauses if clause.at < c.at <= clause.at + 8), None)
        if then is not None and reading.words[then.at - 1].text == "to" and then.subjects == clause.subjects:
            _to_do(reading, clause, then, tool)
            continue
        verb = _OWN.get(reading.mentions[tool].kind) or _by_tool().get(reading.mentions[tool].kind)
        if verb is None and clause.lemma == "handle":  # parcels, broken glass
            clause.verb = "grab"
            reading.words[clause.at].parts = (frozenset({"grab"}),)
        if verb is None:
            continue
        worked_on = next((k for p, k in clause.obliques if p in _ON and k != tool), None)
        clause.verb = verb
        reading.words[clause.at].parts = (frozenset({verb}),)  # no longer what "use" alone is drawn as
        if worked_on is not None:
            clause.objects = [worked_on]
            clause.obliques = [(p, k) for p, k in clause.obliques if k != worked_on]
            _in_hand(reading, clause, tool)
        if verb == "blow out":
            clause.verb, clause.words = "spray", clause.words | {"out", "extinguish"}


def _to_do(reading: Reading, clause: Clause, then: Clause, tool: int) -> None:
    """What the tool is used for happens, and nothing else."""
    reading.clauses.remove(clause)
    reading.particles |= {clause.at, then.at - 1}
    then.step = clause.step
    _in_hand(reading, then, tool)


def _in_hand(reading: Reading, clause: Clause, tool: int) -> None:
    mention = reading.mentions[tool]
    mention.held = True
    for k in clause.subjects:
        reading.mentions[k].holds = reading.mentions[k].holds or mention.kind


@cache
def _by_tool() -> dict[str, str]:
    """Tool -> the first work that is done with it."""
    found: dict[str, str] = {}
    for verb, work in handwork().items():
        if work.get("tool") not in (None, "stick", "brick", "cloth") and work.get("words"):
            found.setdefault(str(work["tool"]), verb)
    return found


_THROWN: Final = ("ball", "stone", "brick", "bottle", "football", "tennis ball", "basketball", "baseball", "snowball",
                  "rock", "golf ball", "frisbee", "volleyball", "rugby ball")  # fmt: skip
_BREAKING: Final = ("smash", "shatter", "break in", "crack", "split", "hit")
_FRAGILE: Final = ("window", "shop window", "glass door", "glass house", "greenhouse", "lamp post", "mirror")


def throw_at(reading: Reading, clause: Clause) -> None:
    """Breaks a window with a ball: throws it through."""
    pane = next((k for k in clause.objects if reading.mentions[k].kind in _FRAGILE), None)
    ball = next((k for k, m in enumerate(reading.mentions) if m.held and m.kind in _THROWN), None)
    if clause.verb not in _BREAKING or pane is None or ball is None or clause.passive:
        return
    if not clause.subjects or any(reading.mentions[k].group != "person" for k in clause.subjects):
        return
    reading.mentions[ball].held = False
    for k in clause.subjects:
        reading.mentions[k].holds = None
    clause.verb, clause.objects = "throw", [ball]
    clause.obliques = [*clause.obliques, ("through", pane)]


_SLIPPING: Final = ("slip", "fall", "plunge", "drop", "slide down", "topple")
_POCKETS: Final = ("pocket", "pockets", "hand", "hands", "fingers", "grip", "arms")


def out_of_pockets(reading: Reading, clause: Clause) -> None:
    """A phone slips out of a pocket or a hand: somebody drops it."""
    things = [k for k in clause.subjects if reading.mentions[k].group == "prop"]
    if clause.verb not in _SLIPPING or len(things) != 1 or clause.subjects != things or clause.objects:
        return
    span = range(clause.at + 1, min(clause.at + 7, len(reading.words)))
    pocket = next((i for i in span if reading.words[i].text.split()[-1] in _POCKETS), None)
    if pocket is None or reading.words[clause.at + 1].text not in ("from", "out", "off", "through"):
        return
    owners = [k for i, k in sorted(reading.mention_at.items()) if i < pocket and reading.mentions[k].group == "person"]
    owners += [k for p, k in clause.obliques if reading.mentions[k].group == "person"]
    if not owners:
        reading.mentions.append(Mention("person", "person", text="somebody"))
        owners = [len(reading.mentions) - 1]
    if (gone := reading.mention_at.pop(pocket, None)) is not None:
        reading.mentions[gone].absent = True
    reading.unknown = [word for word in reading.unknown if word != reading.words[pocket].text]
    reading.particles |= {*range(clause.at + 1, pocket + 1)} - reading.mention_at.keys()
    clause.verb, clause.subjects, clause.objects, clause.obliques = "drop", owners[-1:], things, []


_LADEN: Final = ("loaded", "filled", "piled", "heaped", "stacked", "laden", "packed", "covered")
_BEDS: Final = ("truck", "pickup", "lorry", "van")


def laden_with(reading: Reading) -> None:
    """A sledge loaded with firewood: one thing that holds another."""
    for i, word in enumerate(reading.words[:-2]):
        whole = reading.mention_at.get(i - 1)
        load = next((k for j, k in sorted(reading.mention_at.items()) if i + 1 < j <= i + 4), None)
        if word.text not in _LADEN or reading.words[i + 1].text not in ("with", "high") or None in (whole, load):
            continue
        assert whole is not None and load is not None
        one, other = reading.mentions[whole], reading.mentions[load]
        if one.group != "prop" or other.group != "prop" or " of " in one.kind + other.kind:
            continue
        one.kind, other.absent, other.held = f"{one.kind} of {other.kind}", True, False
        for mention in reading.mentions:
            mention.holds = None if mention.holds == other.kind else mention.holds
        reading.clauses = [clause for clause in reading.clauses if clause.at != i]
        reading.states = [state for state in reading.states if state.at != i]
        reading.particles |= {i, i + 1}


def drown(reading: Reading) -> None:
    """A drowning sailor drowns while something else happens."""
    for state in [st for st in reading.states if st.verb == "drown" and st.mention is not None]:
        step = min((clause.step for clause in reading.clauses), default=0.0)
        reading.states.remove(state)
        assert state.mention is not None
        reading.clauses.append(Clause("drown", "drown", state.at, step, [state.mention]))


_SLIPPERY: Final = {"oil": "oil puddle", "water": "puddle"}


def slip_on(reading: Reading, clause: Clause) -> None:
    """Who slips on oil or water slips on a puddle of it."""
    for p, k in clause.obliques if clause.verb in ("slip", "skid", "fall", "trip") else ():
        mention = reading.mentions[k]
        if p in ("on", "in", "over") and mention.group == "substance" and mention.kind in _SLIPPERY:
            mention.group, mention.kind = "prop", _SLIPPERY[mention.kind]


_CARRYING: Final = ("carry", "lift", "drop", "load", "grab", "put", "hoist", "push", "hold", "throw", "give", "unload")
_PANES: Final = ("pane", "panes", "window pane", "glass pane", "window panes", "large pane")


def panes_and_panels(reading: Reading, clause: Clause) -> None:
    """A pane that is carried is in no wall; the car door that a robot lifts is on no car."""
    robots = any(reading.mentions[k].kind in ("robot arm", "crane", "overhead crane") for k in clause.subjects)
    for k in (*clause.objects, *(k for _, k in clause.obliques)) if clause.verb in _CARRYING else ():
        mention = reading.mentions[k]
        if mention.kind == "window" and mention.text in _PANES and clause.verb not in ("throw", "push", "put"):
            mention.kind = "glass sheet"
        named = next((reading.words[i].text for i, j in reading.mention_at.items() if j == k), "")
        if robots and mention.group == "vehicle" and named.split()[-1:] in (["door"], ["doors"]):
            mention.group, mention.kind = "prop", "car door"


_TALL: Final = ("chimney", "factory chimney", "tower", "wall", "tree", "building", "scaffold", "mast", "pole", "bridge",
                "statue", "silo", "unfinished tower", "unfinished house", "house", "roof", "water tower", "gas holder",
                "radio mast", "smokestack", "pine tree", "cooling tower")  # fmt: skip


def comes_down(reading: Reading, clause: Clause) -> None:
    """A chimney that comes down collapses; who lands on the floor falls."""
    people = clause.subjects and all(reading.mentions[k].group == "person" for k in clause.subjects)
    floor = {"floor", "ground", "bottom"} & {w.text for w in reading.words[clause.at + 1 : clause.at + 5]}
    if clause.lemma == "land" and people and floor and clause.verb == "land":
        clause.verb = "fall"
    down = clause.lemma in ("come", "crash", "go", "fall") and "down" in clause.words and not clause.objects
    if down and clause.subjects and all(reading.mentions[k].kind in _TALL for k in clause.subjects):
        clause.verb, clause.down = "collapse", False
        reading.particles.add(clause.at + 1)


_LEAKING: Final = ("leak", "drip", "roll", "spill", "burst", "explode", "gush", "ooze", "topple", "collapse", "burn")


def _no_instruments(reading: Reading) -> None:
    """The drum that leaks or rolls off a truck has oil in it."""
    told = {k for c in reading.clauses if c.verb in _LEAKING for k in (*c.subjects, *c.objects)}
    told |= {k for c in reading.clauses if c.verb in _LEAKING for _, k in c.obliques}
    told |= {st.mention for st in reading.states if st.verb in _LEAKING and st.mention is not None}
    for k in told:
        if reading.mentions[k].kind == "drum":
            reading.mentions[k].kind = "oil drum"
