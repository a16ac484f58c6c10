"""Animals on a leash, with something in the mouth or the claws, and at the ground: a dog that is tied to a tree or
pulls its owner along, a cat with her kitten, a crow that drops a nut, a boar that digs, a pelican that swallows a fish.

Reads an Event and the SceneDraft; gives Beats, or None for all other events.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from svta.generation.storyboard.animation.spawn import LARGER
from svta.generation.storyboard.drawing.animals import ANIMALS as FORMS
from svta.generation.storyboard.drawing.animals import larger_than_life
from svta.generation.storyboard.drawing.pen import PERSON
from svta.generation.storyboard.scene import ANIMALS, PEOPLE, SHORES, Beat, Prop, able

from ..actions.draft import GROUND, Event, SceneDraft
from ..actions.equipment import light
from ..by_hand.handwork import dig
from .taking import half_length

_LEADS: Final = ("pull", "drag", "tug", "lead", "guide", "walk", "run")
_LED: Final = {"pull", "drag", "tug", "lead", "guide"}
_ON_A_LEAD: Final = ("dog", "horse", "donkey", "goat", "dalmatian", "wolf", "pig", "cow", "bull")
_BORNE: Final = ("carry", "take", "lift", "drag", "grab")
_TRUNKS: Final = (
    "tree",
    "palm tree",
    "pole",
    "lamp post",
    "wooden post",
    "apple tree",
    "pine tree",
    "birch",
    "bollard",
)
_LEASH: Final = 0.22  # of the frame, from the hand to the collar
_LEASH_WIDTH: Final = 0.3  # of the frame at its usual size
_PREY: Final = 0.75  # so much smaller than who carries it


def _height(draft: SceneDraft, who: str) -> float:
    """How tall an animal is, as a share of the frame."""
    kind, scale = draft.kind(who), draft.actors[who].scale
    return FORMS[kind].height * PERSON * LARGER * larger_than_life(kind) * scale


def _leash(draft: SceneDraft, x: float, length: float, high: float = GROUND) -> str:
    """The leash that the caption names, or one that is put there, between hand and collar."""
    id_ = next((id_ for id_, prop in draft.props.items() if prop.kind in ("taut leash", "rope", "dog leash")), "leash")
    old = draft.props.get(id_)
    draft.put(Prop(id_, "taut leash", old.colour if old else None, round(x, 4), round(high + 0.005, 4)))
    draft.props[id_] = replace(draft.props[id_], scale=round(max(0.5, min(1.3, length / _LEASH)), 3))
    return id_


def _tied(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Beside a tree or a fence to which it is tied."""
    post = next((id_ for id_ in (e.target, e.goal, e.near) if id_ in draft.props and id_ != e.who), None)
    if "tie" not in e.words or post is None or e.verb != "stand":
        return None
    own = half_length(draft, e.who)
    draft.start_prop(post, x=0.34)
    at = 0.34 + (0.02 if draft.kind(post) in _TRUNKS else 0.45 * draft.width(post))
    draft.place(e.who, x=at + 0.12 + own, facing=1)
    mark = draft.x[e.who] - 0.2 * own
    lead = _leash(draft, (at + mark) / 2, mark - at)
    draft.moved |= {e.who, lead}
    return [Beat("stand", e.who, None, e.start, e.end)]


def _pulls_along(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A dog ahead of its owner, the leash taut between them."""
    owner = e.target
    if owner not in draft.actors or owner is None or draft.kind(owner) not in PEOPLE or owner in draft.moved:
        return None
    if draft.kind(e.who) not in _ON_A_LEAD or e.verb not in _LEADS or not e.words & _LED:
        return None
    if draft.actors[e.who].count > 1 or e.words & {"out", "from", "off", "into"} or draft.actors[owner].count > 1:
        return None
    sign, own = e.direction or 1, half_length(draft, e.who)
    begun = 0.5 - 0.4 * sign
    collar = begun + (0.05 + _LEASH) * sign
    draft.place(owner, x=begun, facing=sign)
    draft.place(e.who, x=collar + 0.55 * own * sign, facing=sign)
    goal = next((id_ for id_ in (e.goal, e.near, e.passed) if id_ in draft.x and id_ not in (e.who, owner)), None)
    far = 0.42
    if goal is not None and e.way in ("to", "toward", "towards", "into"):
        draft.start_prop(goal, x=0.5 + 0.38 * sign)
        far = max(0.12, abs(draft.x[goal] - draft.x[e.who]) - own - 0.03)
    lead = _leash(draft, (begun + collar) / 2 + 0.02 * sign, _LEASH)
    gait = "run" if e.verb == "run" else "walk"
    drawn = "drive" if e.words & {"pull", "drag", "tug"} else gait  # leans back, the arms ahead
    return [
        Beat(verb, id_, None, e.start, e.end, draft.move(id_, draft.x[id_] + far * sign))
        for verb, id_ in ((gait, e.who), (drawn, owner), (gait, lead))
    ]


def _in_the_mouth(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A smaller animal in the mouth or, of a bird, in the claws, all the way."""
    prey = e.target
    if e.verb not in _BORNE or prey not in draft.actors or prey is None or draft.kind(prey) not in ANIMALS:
        return None
    if prey in draft.moved or draft.actors[prey].count > 1 or not e.words & {"carry", "take", "drag", "bear"}:
        return None
    flies = able(draft.kind(e.who), "fly") and draft.kind(e.who) not in ("hen", "penguin", "rooster")
    own, small = half_length(draft, e.who), draft.actors[prey]
    long = half_length(draft, prey)
    size = min(1.0, _PREY * own / long, 0.6 * _height(draft, e.who) / _height(draft, prey))
    draft.actors[prey] = replace(small, scale=round(size * small.scale, 3))
    sign = e.direction or 1
    x = 0.5 - 0.3 * sign
    draft.place(e.who, x=x, y=0.56 if flies else None, facing=sign)
    mouth = x + (0.0 if flies else 1.0 * own + 0.55 * size * long) * sign
    low = _height(draft, prey)
    high = _height(draft, e.who)
    lift = max(0.05, min(0.34, draft.y(e.who) - 1.25 * high - 0.03))
    y = draft.y(e.who) + (0.8 * low - lift if flies else 0.45 * low - 0.68 * high)
    draft.place(prey, x=mouth, y=round(y, 4), facing=sign)
    gait = "fly" if flies else "run" if e.words & {"away", "off"} else "walk"
    far = 0.44 * sign
    return [
        Beat(gait, e.who, None, e.start, e.end, draft.move(e.who, x + far)),
        Beat("drive", prey, None, e.start, e.end, draft.move(prey, mouth + far)),
    ]


def _drops(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A bird comes flying, and what it has in the beak falls down."""
    thing = e.target
    if e.verb != "drop" or thing not in draft.props or thing is None or thing in draft.moved:
        return None
    if not able(draft.kind(e.who), "fly") or not light(draft.kind(thing)) or draft.actors[e.who].count > 1:
        return None
    if e.source is not None or "out" in e.words:
        return None
    sign = e.direction or 1
    before = next((id_ for id_ in (e.near, e.goal) if id_ in draft.x and id_ != thing), None)
    if before is not None:
        draft.place(before, x=0.5 + 0.24 * sign, facing=-sign)
        draft.start_prop(before, x=0.5 + 0.1 * sign)
    bird, prop = draft.actors[e.who], draft.props[thing]
    draft.actors[e.who] = replace(bird, scale=round(min(0.8, bird.scale), 3))
    draft.props[thing] = replace(prop, scale=round(min(1.0, 0.07 / draft.width(thing)) * prop.scale, 3))
    beak = half_length(draft, e.who) * sign
    x, high = 0.5 - 0.44 * sign, 0.5
    draft.place(e.who, x=x, y=high, facing=sign)
    draft.start_prop(thing, x=x + beak, y=high + 0.02)
    over = 0.5 - 0.14 * sign if before is None or before not in draft.props else draft.x[before] - beak
    middle = e.start + 0.4 * (e.end - e.start)
    draft.move(thing, over + beak)
    return [
        Beat("fly", e.who, None, e.start, middle, over),
        Beat("drive", thing, None, e.start, middle, over + beak),
        Beat("plunge", thing, None, middle, e.start + 0.75 * (e.end - e.start)),
        Beat("fly", e.who, None, middle, e.end, draft.move(e.who, 0.5 + 0.3 * sign)),
    ]


def _swallows(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Down with the head, and it is gone."""
    food = e.target
    if not e.words & {"swallow", "gulp", "devour", "gobble"} or food not in draft.x or food is None:
        return None
    if food in draft.moved or draft.kind(food) in PEOPLE:
        return None
    draft.place(e.who, x=0.36, facing=1)
    x = draft.x[e.who] + half_length(draft, e.who) + 0.02
    draft.start_prop(food, x=x)
    draft.place(food, x=x)
    one, two = (e.start + share * (e.end - e.start) for share in (0.25, 0.6))
    draft.moved |= {e.who, food}
    return [Beat(e.verb, e.who, food, one, two), Beat("vanish", food, None, two - 0.08, two)]


def _shakes(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A bear against a tree, which sways."""
    tree = e.target
    if e.verb != "shake" or tree not in draft.props or tree is None or light(draft.kind(tree)) or tree in draft.moved:
        return None
    draft.start_prop(tree, x=0.64)
    near = draft.x[tree] - 1.4 * half_length(draft, e.who) - 0.03
    draft.place(e.who, x=near, facing=1)
    draft.moved.add(e.who)
    return [Beat("sniff", e.who, None, e.start, e.end), Beat("sway", tree, None, e.start, e.end)]


def _at_the_shore(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Out of a lake: at the edge of the water, over which the head goes down."""
    led = e.ground is not None and e.ground[1] in SHORES
    if e.verb != "drink" or e.target in draft.x or e.source in draft.x or draft.setting not in SHORES.values():
        return None
    if not (led or e.words & {"drink"}) or draft.actors[e.who].y > 0.9:
        return None
    actor = draft.actors[e.who]
    draft.actors[e.who] = replace(actor, y=0.75)
    draft.moved.add(e.who)
    return [Beat("drink", e.who, None, e.start, e.end)]


def _catches(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A hawk comes down on its prey and flies off with it; a cat runs up to it and has it in the mouth."""
    prey = e.target
    if e.verb not in ("catch", "grab") or prey not in draft.actors or prey is None or prey in draft.moved:
        return None
    if draft.kind(prey) not in ANIMALS or draft.actors[prey].count > 1 or draft.actors[e.who].count > 1:
        return None
    if _height(draft, prey) > 0.8 * _height(draft, e.who):
        draft.actors[prey] = replace(draft.actors[prey], scale=round(0.7 * draft.actors[prey].scale, 3))
    own, one = half_length(draft, e.who), e.start + 0.45 * (e.end - e.start)
    draft.place(prey, x=0.6, facing=-1)
    if not able(draft.kind(e.who), "fly"):
        draft.place(e.who, x=0.14, facing=1)
        there = draft.move(e.who, 0.6 - 1.35 * own - 0.5 * half_length(draft, prey))
        draft.moved.add(prey)
        return [Beat("run", e.who, None, e.start, one, there), Beat("bite", e.who, prey, one, e.end)]
    draft.place(e.who, x=0.1, y=round(draft.y(prey) - 0.6 * _height(draft, prey), 4), facing=1)
    return [
        Beat("swoop", e.who, prey, e.start, one, 0.6),
        *(Beat("fly", id_, None, one, e.end, draft.move(id_, 0.84)) for id_ in (e.who, prey)),
    ]


def _slips(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """The legs go from under it."""
    if (
        e.verb not in ("slip", "trip")
        or e.ground is not None
        or any(i in draft.x for i in (e.goal, e.passed, e.source))
    ):
        return None
    alike = sum(actor.kind == draft.kind(e.who) for actor in draft.actors.values())
    x = 0.26 if alike == 1 else 0.75 * draft.x[e.who]
    draft.place(e.who, x=x, facing=1)
    one = e.start + 0.35 * (e.end - e.start)
    walk = Beat("walk", e.who, None, e.start, one, draft.move(e.who, x + 0.14))
    upright = _height(draft, e.who) * 9 / 16 > 2 * half_length(draft, e.who)
    slid = Beat("belly slide", e.who, None, one, e.end, draft.move(e.who, x + 0.24))
    return [walk, slid if upright else Beat("lie", e.who, None, one, e.end)]


def _digs(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """In the ground, where a hole grows."""
    if e.verb not in ("dig", "scratch") or not e.words & {"dig", "root", "burrow", "grub"}:
        return None
    if any(id_ in draft.x for id_ in (e.target, e.goal, e.passed, e.source)) or draft.actors[e.who].count > 2:
        return None
    draft.place(e.who, x=0.4, facing=1)
    x = draft.x[e.who] + half_length(draft, e.who) + 0.05
    draft.put(Prop("dug_hole", "hole", None, round(x, 4), GROUND + 0.03))
    return dig(draft, replace(e, target="dug_hole"))


BONDS: Final[tuple[Callable[[SceneDraft, Event], list[Beat] | None], ...]] = (
    _tied, _pulls_along, _in_the_mouth, _drops, _swallows, _shakes, _at_the_shore, _catches, _slips, _digs,
)  # fmt: skip
