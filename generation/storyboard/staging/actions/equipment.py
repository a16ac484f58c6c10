"""What machines, robot arms, lamps and vessels do as a caption's subject; what bounces and lands on something.

Reads an Event (who is a thing) and the SceneDraft; gives Beats.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.things import RIMS, THINGS
from svta.generation.storyboard.drawn_tables import handwork
from svta.generation.storyboard.scene import Beat, Prop
from svta.generation.storyboard.shown_verbs import NEAR

from .draft import GROUND, Event, SceneDraft
from .filling import filled, piles_up
from .supports import lean, top_of

_MOST_IN_HAND: Final = 0.62  # the height of what a hand takes, in heights of a person

Fall = Callable[[SceneDraft, Event, str], list[Beat]]
BREAKS: Final = {"window", "vase", "potted plant", "glass", "bottle", "cup", "plate", "mirror", "television", "tray",
                  "laptop", "milk glass", "juice glass", "glass door",
                  "aquarium", "light bulb", "phone", "computer", "pumpkin"}  # fmt: skip
_MACHINES: Final = {"machine", "conveyor", "press", "lathe", "pump", "engine", "generator", "boiler", "washing machine",
                    "blender", "fan", "ceiling fan", "printer", "sewing machine", "loom", "robot arm", "treadmill",
                    "escalator", "welding machine", "3d printer", "coffee machine", "drill", "grinder", "furnace",
                    "concrete mixer", "robot vacuum", "windmill", "gear", "elevator", "microwave"}  # fmt: skip
_BAGS: Final = ("bag", "hand bag", "paper bag", "plastic bag", "backpack", "sack", "basket", "box", "bucket",
                "suitcase", "shopping cart", "crate", "bin bag", "school bag", "purse", "shopping bag",
                "laundry basket")  # fmt: skip
_TEARING: Final = ("bag", "paper bag", "plastic bag", "shopping bag", "bin bag")
_ARMS: Final = ("robot arm", "household robot", "humanoid robot", "3d printer", "lathe")
_WHIRLING: Final = (
    "spin",
    "drive",
    "walk",
    "run",
    "work",
    "turn",
    "roll",
    "type",
    "brighten",
    "circle",
    "rise",
    "stand",
)
_MOVES_LOADS: Final = {"lift", "carry", "hoist", "load", "drop", "pull", "rise", "put", "grab", "throw", "give"}


def equipment(draft: SceneDraft, e: Event, kind: str, fall: Fall) -> list[Beat] | None:
    """What machines, robot arms, presses, lamps and vessels do; None for all else. `fall`: what falls from a height."""
    middle = (e.start + e.end) / 2
    if (at_home := _household(e, kind)) is not None:
        return at_home
    if kind == "wind turbine" and e.verb in _WHIRLING:
        draft.lower(e.who)
        return [Beat("whirl", e.who, None, 0.0, 1.0)]
    if e.verb == "pour" and "fill" in e.words and (bottling := filled(draft, e)) is not None:
        return bottling
    if kind in _MACHINES and e.verb in ("push", "press", "bend", "cut", "crush") and e.target in draft.props:
        if e.target is not None:
            draft.start_prop(e.target, x=draft.x[e.who], y=GROUND - 0.5 * draft.height(e.who))
        return [Beat("work", e.who, e.target, e.start, 1.0)]
    if kind in _MACHINES and e.verb == "stop":
        until = e.start if e.start > 0.2 else middle
        return [Beat("work", e.who, None, 0.0, until), Beat("stop", e.who, None, until, e.end)]
    if kind in _MACHINES and e.verb in ("run", "type", "walk", "work") and e.target is None:
        return [Beat("work", e.who, None, e.start, 1.0)]
    if kind == "robot arm" and e.verb in _MOVES_LOADS and e.target in draft.props:
        return _pick(draft, e)
    if kind == "robot arm" and e.verb in handwork() and e.target in draft.x:
        return _work_at(draft, e)
    if kind in _ARMS and e.verb in handwork():
        sparks = [Beat("spark", e.target, None, e.start, e.end)] if e.verb == "weld" and e.target in draft.props else []
        return [Beat("work", e.who, e.target, e.start, e.end), *sparks]
    if e.verb == "spark" and kind in ("warning light", "push button", "exit sign", "night lamp", "alarm"):
        return [Beat("blink", e.who, None, e.start, e.end)]
    if e.verb == "lean":
        return lean(draft, e)
    if kind in ("press", "lever") and "down" in e.words:
        return [Beat("open", e.who, None, e.start, middle)]
    if e.verb in ("crash", "collide", "hit") and e.target is None:  # crashes to the floor
        if e.who not in draft.moved and draft.y(e.who) < GROUND - 0.05:
            return fall(draft, e, kind)
        return [Beat("shatter" if kind in BREAKS | {"plates", "dishes"} else "topple", e.who, None, e.start, e.end)]
    if e.verb == "land" and e.target in draft.x and kind not in ("elevator",):
        return _land_on(draft, e)
    if kind == "press" and e.verb in ("crush", "bend", "push", "smash") and e.target in draft.props:
        assert e.target is not None
        draft.start_prop(e.target, x=draft.x[e.who], y=GROUND - 0.08)
        return [Beat("open", e.who, None, e.start, middle), Beat("crush", e.target, None, e.start, e.end)]
    if kind in ("press", "lever") and e.verb in ("fall", "plunge", "land", "close", "walk", "drop", "push"):
        return [Beat("open", e.who, None, e.start, middle)]
    if e.verb == "cook":
        return [Beat("overflow" if "over" in e.words else "steam", e.who, None, e.start, 1.0)]
    if e.verb == "leak" and kind not in ("gas cylinder", "gas pump") and not e.words & {"gas"}:
        vessel = e.goal if e.goal in draft.props else None
        return [Beat("drip", e.who, vessel, e.start, 1.0)]
    if e.verb in ("spill", "pour", "gush", "leak", "plunge", "run", "fall") and (grain := piles_up(draft, e, kind)):
        return grain
    out = e.preposition in ("out", "of", "from") or "out" in e.words
    bag = e.source or (e.target if out else None)
    if bag is None and e.verb in ("spill", "fall", "tumble", "plunge") and "out" in e.words:  # of what burst open
        bag = next((id_ for id_, prop in draft.props.items() if prop.kind in _BAGS and id_ != e.who), None)
    if bag is None and e.verb in ("roll", "spill", "fall", "tumble", "drop", "plunge") and e.start > 0.2:  # it tore
        bag = next((id_ for id_, p in draft.props.items() if p.kind in _TEARING and id_ != e.who), None)
    spilling = e.verb in ("spill", "roll", "tumble", "fall", "plunge") and draft.kind(bag or "") in _BAGS
    if spilling and bag is not None and bag not in draft.moved and bag != e.who:
        return _out_of_a_bag(draft, e, bag)
    if e.verb in ("spill", "gush"):
        return _runs_out(draft, e, middle)
    if e.verb in ("overflow", "flicker", "drip", "steam"):
        return [Beat(e.verb, e.who, None, e.start, e.end if e.verb == "flicker" else 1.0)]
    if e.verb == "flood" and kind in (
        "washing machine",
        "dishwasher",
        "bathtub",
        "sink",
        "toilet",
        "aquarium",
        "boiler",
    ):
        return [Beat("run out", e.who, None, e.start, 1.0)]
    if e.verb == "bounce":
        return _bounce(draft, e)
    return None


def _runs_out(draft: SceneDraft, e: Event, middle: float) -> list[Beat]:
    """What is in it; a vessel that stands tips over first."""
    upright = e.verb == "spill" and e.who not in draft.moved | draft.fallen
    tips = [Beat("topple", e.who, None, e.start, middle)] if upright else []
    return [*tips, Beat("gush" if e.verb == "gush" else "run out", e.who, None, middle if tips else e.start, 1.0)]


def _household(e: Event, kind: str) -> list[Beat] | None:
    """Fans that turn, radios that play, washing machines that run out."""
    if kind in ("ceiling fan", "fan") and e.verb in ("spin", "work", "turn", "type", "run", "whirl", "swirl", "drive"):
        return [Beat("whirl", e.who, None, e.start if e.start > 0.2 else 0.0, 1.0)]
    if kind in ("radio", "record player", "stereo", "music box", "jukebox") and e.verb in (
        "strum",
        "play",
        "sing",
        "talk",
    ):
        return [Beat("sound", e.who, None, e.start, e.end)]
    return None


def _pick(draft: SceneDraft, e: Event) -> list[Beat]:
    """A robot arm moves a load, and each of several one after the other."""
    assert e.target is not None
    goal = e.goal if e.goal in draft.x and e.goal not in (e.target, e.who) else None
    x = draft.x[e.who]
    left, right = max(0.12, x - 0.26), min(0.88, x + 0.26)
    if e.who not in draft.moved:
        x = 0.5
        draft.start_prop(e.who, x=x)
        left, right = 0.24, 0.76
    loads = [e.target, *draft.clones.get(e.target, ())]
    if e.source in draft.props and e.source != goal:
        draft.start_prop(e.source, x=left)
    for n, load in enumerate(loads):
        y = top_of(draft.kind(e.source)) if e.source in draft.props and e.source is not None else None
        draft.start_prop(load, x=left - 0.07 * n, y=y)
    if goal in draft.props and goal is not None:
        below = (p for p in draft.props.values() if p.id != goal and p.y > draft.y(goal) + 0.02)
        for id_ in (goal, *(p.id for p in below if abs(p.x - draft.x[goal]) < 0.2)):
            draft.start_prop(id_, x=right)
        right = draft.x[goal]
    length = (e.end - e.start) / len(loads)
    beats = []
    for n, load in enumerate(loads):
        wide = goal is not None and draft.kind(goal) in ("conveyor", *RIMS)
        to = draft.move(
            load,
            right
            + ((0.07 if draft.kind(goal or "") == "conveyor" else 0.03) * (n - (len(loads) - 1) / 2) if wide else 0.0),
        )
        beats.append(Beat("pick", e.who, load, e.start + n * length, e.start + (n + 1) * length, to))
    return beats


def _work_at(draft: SceneDraft, e: Event) -> list[Beat]:
    """A robot arm beside what it works on: a car, or a small thing on a workbench."""
    assert e.target is not None
    if e.target in draft.props and e.target not in draft.moved and draft.height(e.target) < 0.2:
        bench = "workbench"
        draft.put(Prop(bench, bench, None, 0.42, GROUND))
        draft.start_prop(e.target, x=0.42, y=top_of(bench))
    belt = next((id_ for id_, prop in draft.props.items() if prop.kind == "conveyor"), None)
    draft.place(e.target, x=0.36, y=GROUND, facing=1)
    if belt is not None and e.target in draft.actors and e.target not in draft.moved:  # on the assembly line
        draft.props[belt] = replace(draft.props[belt], scale=1.5)
        draft.start_prop(belt, x=0.4)
        draft.place(e.target, y=GROUND - draft.height(belt) + 0.02)
        draft.actors[e.target] = replace(draft.actors[e.target], scale=0.8)
    draft.start_prop(e.who, x=0.76 if e.target in draft.actors else 0.72)
    draft.moved.add(e.target)
    return [Beat("weld at" if e.verb == "weld" else "work at", e.who, e.target, e.start, e.end)]


def _land_on(draft: SceneDraft, e: Event) -> list[Beat]:
    """Down onto what is there, from where it has got to."""
    assert e.target is not None
    if e.who not in draft.moved:
        draft.start_prop(e.who, x=draft.x[e.target] - 0.2, y=0.3)
    return [Beat("plunge", e.who, e.target, e.start, e.end, draft.move(e.who, draft.x[e.target]))]


def _bounce(draft: SceneDraft, e: Event) -> list[Beat]:
    sign = e.direction or (1 if draft.x[e.who] < 0.6 else -1)
    if e.who in draft.moved:  # it goes on the same way
        sign = 1 if draft.x[e.who] >= draft.props[e.who].x else -1
        sign = sign if 0.1 < draft.x[e.who] + 0.2 * sign < 0.9 else -sign
    if e.who not in draft.moved:
        draft.start_prop(e.who, x=draft.x[e.who] - 0.1 * sign)
    return [Beat("bounce", e.who, None, e.start, e.end, draft.move(e.who, draft.x[e.who] + 0.2 * sign))]


def _out_of_a_bag(draft: SceneDraft, e: Event, bag: str) -> list[Beat]:
    """It tips over, and what is in it rolls over the ground, at least four of what is told in the plural."""
    first = next((id_ for id_, others in draft.clones.items() if e.who in (id_, *others)), e.who)
    clones = draft.clones.get(first, [])
    beats: list[Beat] = []
    if e.who == first:
        draft.start_prop(bag, x=0.26)
        for n in range(len(clones), 4 if clones else 0):
            draft.put(replace(draft.props[first], id=f"{first}_{n}"))
            clones.append(f"{first}_{n}")
        beats.append(Beat("topple", bag, None, e.start, e.start + 0.25 * (e.end - e.start)))
    for thing in (first, *clones) if e.who == first else ():
        n = (first, *clones).index(thing)
        out = e.start + (0.16 + 0.09 * n) * (e.end - e.start)
        draft.start_prop(thing, x=draft.x[bag] + 0.11, y=GROUND + 0.02 * (n % 3))
        away = draft.x[bag] + 0.2 + 0.1 * (len(clones) - n)
        beats += [Beat("appear", thing, None, out, out + 0.04),
                  Beat("roll", thing, None, out + 0.04, min(e.end, out + 0.6), draft.move(thing, away))]  # fmt: skip
    return beats


def light(kind: str) -> bool:
    """True for what one hand takes."""
    thing = THINGS.get(kind)
    return thing is not None and max(thing.height, thing.width) <= _MOST_IN_HAND


def in_hand(draft: SceneDraft, who: str, thing: str) -> None:
    """From the first frame on somebody holds the thing; it appears where it is put, dropped or thrown."""
    if draft.actors[who].holds not in (None, draft.kind(thing)):
        return
    colour = draft.props[thing].colour if thing in draft.props else None
    draft.actors[who] = replace(draft.actors[who], holds=draft.kind(thing), held_colour=colour)
    draft.start_prop(thing, x=draft.x[who] + 0.08 * draft.actors[who].facing)


def walk_to(draft: SceneDraft, who: str, id_: str, start: float, end: float) -> list[Beat]:
    if abs(draft.x[who] - draft.x[id_]) <= 1.6 * NEAR and abs(draft.x[who] - draft.x[id_]) >= 0.5 * NEAR:
        return []
    side = -1 if draft.x[who] <= draft.x[id_] else 1
    return [Beat("walk", who, None, start, end, draft.move(who, draft.x[id_] + side * NEAR))]
