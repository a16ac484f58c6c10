"""Animals on top of what is there: along a pipe, over a rock, off it into the water; bees that settle on a post; and
as many of them as find room there.

Reads an Event and the SceneDraft; gives Beats, or None for all other events.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from svta.generation.storyboard.scene import PEOPLE, SHORES, Beat, able

from ..actions.draft import GROUND, Event, SceneDraft
from ..actions.supports import supporting
from .taking import half_length

_SMALL: Final = (
    "cat", "squirrel", "rat", "mouse", "snake", "lizard", "gecko", "ant", "spider", "beetle", "caterpillar", "snail",
    "crab", "hamster", "frog", "monkey", "raccoon", "chick", "ladybird", "worm", "hedgehog", "weasel", "ferret", "fly",
    "chameleon", "cockroach", "bee", "scorpion", "turtle", "tortoise", "iguana", "bird", "pigeon", "sparrow", "marten",
    "centipede", "grasshopper", "toad", "salamander", "parrot", "crow", "otter", "mole", "guinea pig", "kitten",
)  # fmt: skip
SWARMING: Final = ("bee", "fly", "mosquito", "butterfly", "moth", "wasp", "hornet", "dragonfly", "locust", "ladybird")
_GAITS: Final = ("walk", "run", "crawl", "sneak", "climb", "stagger", "slide down", "enter")
_ALONG: Final = ("along", "over", "across")
_PASSED: Final = ("gate", "bridge", "hose", "cable", "hole", "puddle", "mud", "towel", "carpet", "leaves", "bush",
                  "tree", "palm tree", "hedge", "box hedge", "lamp post", "pole", "stairs", "ladder")  # fmt: skip
_LONG: Final = ("pipe", "beam", "wooden beam", "plank", "log", "rope", "washing line", "clothesline", "conveyor")
_HUNG: Final = {"power lines": 0.1, "washing line": 0.0, "clothesline": 0.0}  # how far below its top one goes there
_OFF: Final = ("plunge", "slip", "slide down", "fall", "belly slide", "float", "roll", "topple", "walk")
_BANKS: Final = ("ice", "shore", "bank")
_SETTLING: Final = ("surround", "sit", "land", "stand", "fly", "stop", "lie")
_ON: Final = ("on", "onto", "upon")
_WIDTH: Final = 0.56  # of the frame, of what somebody goes along
_HIGH: Final = 0.46  # of the frame, the height of what is seen with an animal on it


def top(draft: SceneDraft, id_: str) -> float:
    """The y of the upper side of a thing as it stands there."""
    return draft.y(id_) - 0.97 * draft.height(id_)


def _along_or_over(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """From one end of it to the other, on it."""
    thing = next((id_ for id_ in (e.passed, e.target) if id_ in draft.props), None)
    if e.verb == "carry" and e.target in draft.props and e.passed == thing and e.target != thing and e.target:
        draft.take_up(e.who, e.target)
        e = replace(e, verb="walk", target=None, preposition=e.preposition or "along")
    if thing is None or e.verb not in _GAITS or e.preposition not in _ALONG or draft.kind(e.who) not in _SMALL:
        return None
    kind = draft.kind(thing)
    if supporting(draft, thing) is not None:  # a book on a desk
        return _over_what_lies_there(draft, e, thing)
    if kind in _PASSED or thing in draft.moved or draft.actors[e.who].count > 3:
        return None
    prop, width = draft.props[thing], draft.width(thing)
    factor = max(1.0, min(_WIDTH / width, 2.6)) if kind in _LONG else max(1.0, min(0.34 / width, 2.4))
    if (height := draft.height(thing)) * factor > _HIGH:
        factor = _HIGH / height
    draft.props[thing] = replace(prop, scale=round(factor * prop.scale, 3))
    draft.start_prop(thing, x=0.5)
    draft.find_room(e.who, max(0.16, 0.62 * draft.width(thing)), 0.8)
    sign = e.direction or 1
    half = max(0.06, 0.5 * draft.width(thing) - 0.75 * half_length(draft, e.who))
    y = round(top(draft, thing) + _HUNG.get(kind, 0.0), 4)
    draft.place(e.who, x=0.5 - half * sign, y=y, facing=sign)
    return [Beat(e.verb, e.who, None, e.start, e.end, draft.move(e.who, 0.5 + half * sign))]


def _over_what_lies_there(draft: SceneDraft, e: Event, thing: str) -> list[Beat]:
    """A spider over a book on a desk."""
    draft.find_room(e.who, max(0.09, 0.8 * draft.width(thing)), 0.6)
    sign = e.direction or 1
    half = 0.5 * draft.width(thing)
    draft.place(e.who, x=draft.x[thing] - half * sign, y=round(top(draft, thing) + 0.02, 4), facing=sign)
    return [Beat(e.verb, e.who, None, e.start, e.end, draft.move(e.who, draft.x[thing] + half * sign))]


def _leaps_over(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A deer over a parked bicycle."""
    below = next((id_ for id_ in (e.passed, e.target) if id_ in draft.actors), None)
    over = e.preposition == "over" or "over" in e.words
    if e.verb != "jump" or below is None or not over or below in draft.moved or draft.kind(below) in PEOPLE:
        return None
    sign = e.direction or 1
    draft.place(below, x=0.5, y=GROUND - 0.02)
    small = draft.actors[e.who]
    draft.actors[e.who] = replace(small, scale=round(min(0.85, small.scale), 3))
    draft.place(e.who, x=0.5 - 0.36 * sign, facing=sign)
    draft.moved.add(below)
    return [Beat("jump", e.who, None, e.start, e.end, draft.move(e.who, 0.5 + 0.36 * sign))]


def _off_into_water(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """On it first, then down into the water beside it."""
    wet = (
        e.ground is not None
        and e.ground[0] == "into"
        and e.ground[1] in (*SHORES, *SHORES.values(), "quay", "pier", "stone pier")
    )
    source = next((id_ for id_ in (e.source, e.target) if id_ in draft.props), None)
    if not wet or source is None or e.verb not in _OFF or source in draft.moved:
        return None
    actor = draft.actors[e.who]
    prop = draft.props[source]
    if prop.kind in ("rock", "rocks", "stone", "boulder"):  # with a flat top
        prop = draft.props[source] = replace(prop, kind="rock ledge", scale=1.0)
        draft.props[source] = prop = replace(prop, scale=round(0.4 / draft.width(source), 3))
    wanted = 0.3 if actor.count == 1 else 0.6
    draft.props[source] = replace(prop, scale=round(prop.scale * max(1.0, wanted / draft.width(source)), 3))
    draft.lower_to(source, 0.34 if actor.count == 1 else 0.42)
    sign = e.direction or 1
    draft.start_prop(source, x=0.5 - 0.2 * sign, y=GROUND + 0.02)
    draft.find_room(e.who, 0.9 * draft.width(source), 0.85)
    draft.place(
        e.who, x=draft.x[source] + 0.1 * draft.width(source) * sign, y=round(top(draft, source), 4), facing=sign
    )
    one = e.start + 0.2 * (e.end - e.start)
    to = min(0.9, max(0.1, draft.x[source] + (0.5 * draft.width(source) + 0.3) * sign))
    return [Beat("look", e.who, None, e.start, one), Beat("dive", e.who, None, one, e.end, draft.move(e.who, to))]


def _settle(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A swarm closes about the top of a thing."""
    thing = next((id_ for id_ in (e.target, e.goal, e.near, e.passed) if id_ in draft.props), None)
    swarm = draft.kind(e.who) in SWARMING and draft.actors[e.who].count > 2
    if thing is None or not swarm or not (e.verb in _SETTLING or "cover" in e.words):
        return None
    if e.preposition not in (*_ON, "around", "over") and "cover" not in e.words:
        return None
    if draft.height(thing) > _HIGH:
        draft.lower_to(thing, _HIGH)
    draft.start_prop(thing, x=0.5)
    draft.actors[e.who] = replace(draft.actors[e.who], count=max(8, draft.actors[e.who].count), scale=0.26)
    y = round(min(0.96, top(draft, thing) + 0.4), 4)
    draft.place(e.who, x=0.2, y=y, facing=1)
    part = (e.end - e.start) / 3
    ways = enumerate((0.5, 0.47, 0.5))
    draft.moved.add(e.who)
    return [Beat("fly", e.who, None, e.start + n * part, e.start + (n + 1) * part, x) for n, x in ways]


def _flock_lands(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """All of them on it, and it low enough to be seen with them."""
    thing = next((id_ for id_ in (e.target, e.goal) if id_ in draft.props), None)
    if thing is None or e.verb != "land" or not able(draft.kind(e.who), "fly") or draft.kind(e.who) in SWARMING:
        return None
    if draft.actors[e.who].count < 2 and draft.height(thing) <= _HIGH:
        return None
    draft.lower_to(thing, _HIGH)
    draft.start_prop(thing, x=0.58)
    draft.find_room(e.who, max(0.3, 1.1 * draft.width(thing)), 0.8)
    x = draft.x[thing]
    draft.place(e.who, x=x - 0.35, facing=1)
    return [Beat("land", e.who, thing, e.start, e.end, draft.move(e.who, x))]


ON_TOP: Final[tuple[Callable[[SceneDraft, Event], list[Beat] | None], ...]] = (
    _along_or_over, _leaps_over, _off_into_water, _settle, _flock_lands,
)  # fmt: skip
