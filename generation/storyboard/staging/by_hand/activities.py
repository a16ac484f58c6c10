"""What people do at a checkout, a door, a table or with animals: pay, lock, cut, feed, juggle, wake, get dressed.

Reads an Event and the SceneDraft; gives Beats, or None where nobody is at work.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.things import THINGS
from svta.generation.storyboard.scene import ANIMALS, PEOPLE, VEHICLES, Beat, Prop
from svta.generation.storyboard.shown_verbs import NEAR

from ..actions.draft import Event, SceneDraft
from ..actions.equipment import light, walk_to
from ..actions.handling import PAGES
from ..actions.movement import approach
from ..actions.supports import top_of
from .handing import show

_ON_TABLE: Final = {"cut": "table", "iron": "ironing board", "scan": "checkout"}
_SURFACES: Final = ("table", "counter", "checkout", "machine", "ironing board", "stove", "log", "plank")
_DRESSED: Final = ("put on", "take off", "put on coat", "take off coat")
_AT: Final = {"knock", "press", "lock", "pay", "scan", "saw", "drill", "paint", "wipe", "build", "plant", "snip",
              "play piano", "drum", "box the bag", "cut", "iron"}  # fmt: skip
_YOUNG: Final = 0.3  # the height of a young tree, as a share of the frame
_CLOSED: Final = ("door", "gate", "window", "elevator", "shop", "box", "cabinet", "suitcase", "drawer")


def activity(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """The beats of somebody at work; None where nobody is."""
    if draft.kind(e.who) not in PEOPLE:
        return None
    if e.verb in _DRESSED:
        return [Beat(e.verb, e.who, None, e.start, e.end)]
    if e.verb == "wake":
        return _wake(draft, e)
    if e.verb == "juggle":
        for id_ in (e.target, *draft.clones.get(e.target or "", ())):
            if id_ in draft.props and id_ is not None:  # they are in the air
                del draft.props[id_], draft.x[id_]
        return [Beat(e.verb, e.who, None, e.start, e.end)]
    if e.verb == "phone" and e.target in draft.props and e.target is not None and draft.kind(e.target) == "phone":
        near = walk_to(draft, e.who, e.target, e.start, e.start + 0.3 * (e.end - e.start))
        begun = near[-1].end if near else e.start
        middle = begun + 0.35 * (e.end - begun)
        return [*near, Beat("grab", e.who, e.target, begun, middle), Beat("phone", e.who, None, middle, e.end)]
    if e.verb == "show":
        return show(draft, e)
    if e.verb == "shake" and e.target in draft.props and e.target is not None and not light(draft.kind(e.target)):
        near = _beside(draft, e, e.target)
        begun = near[-1].end if near else e.start
        return [*near, Beat("press", e.who, e.target, begun, e.end), Beat("shake", e.target, None, begun, e.end)]
    if e.verb == "feed":
        return _feed_animals(draft, e)
    goods = e.verb != "scan" or (light(draft.kind(e.target or "")) and draft.kind(e.target or "") not in PAGES)
    if e.verb in _ON_TABLE and goods and (e.target in draft.props or e.target is None):
        return _cut_or_ironed(draft, e)
    if (
        e.verb in ("pull", "tug")
        and draft.kind(e.target or "") == "rope"
        and (war := _tug_of_war(draft, e)) is not None
    ):
        return war
    if e.verb == "throw" and "each other" in e.words and (fight := _from_side_to_side(draft, e)) is not None:
        return fight
    if e.verb in _AT and e.target is not None:
        return _up_to(draft, e, e.target)
    return None


def _from_side_to_side(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Many who throw things at each other: half of them stand on each side, and the things fly both ways."""
    actor, thing = draft.actors[e.who], e.target
    if actor.count < 3 or e.who in draft.moved or thing not in draft.props or thing is None:
        return None
    other = f"{e.who}_other"
    draft.put(replace(actor, id=other, count=actor.count // 2, x=0.8, facing=-1))
    draft.actors[e.who] = replace(actor, count=actor.count - actor.count // 2)
    draft.place(e.who, x=0.2, facing=1)
    for clone in draft.clones.pop(thing, ()):
        del draft.props[clone], draft.x[clone]
    beats, part = [], e.end - e.start
    for n in range(4):
        id_ = thing if n == 0 else f"{thing}_{n}"
        who, to = (e.who, 0.72) if n % 2 == 0 else (other, 0.28)
        draft.put(replace(draft.props[thing], id=id_, x=1 - to, y=0.6))
        draft.moved.add(id_)
        beats.append(Beat("throw", who, id_, e.start + 0.16 * n * part, e.start + (0.16 * n + 0.45) * part, to))
    return beats


def _tug_of_war(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Several who pull on a rope: half of them at each end, against the others."""
    actor, rope = draft.actors[e.who], e.target
    if actor.count < 2 or e.who in draft.moved or rope is None or e.source or e.goal not in (None, rope):
        return None
    half = min(8, actor.count // 2)
    other = f"{e.who}_other"
    draft.put(replace(actor, id=other, count=half, x=0.74, facing=-1))
    draft.actors[e.who] = replace(actor, count=max(1, min(8, actor.count - half)))
    draft.place(e.who, x=0.26, facing=1)
    draft.props[rope] = replace(draft.props[rope], kind="taut rope")
    draft.start_prop(rope, x=0.5)
    draft.moved.add(rope)
    return [Beat("tug", id_, rope, e.start, e.end) for id_ in (e.who, other)]


def _up_to(draft: SceneDraft, e: Event, target: str) -> list[Beat]:
    """Up to it, so near that a hand reaches it, and the work."""
    near = _beside(draft, e, target)
    begun = near[-1].end if near else e.start
    beats = [*near, Beat(e.verb, e.who, target, begun, e.end)]
    if e.verb == "plant" and target in draft.props and target not in draft.moved:
        return [*near, *_planted(draft, e, [target, *draft.clones.get(target, ())], begun)]
    if "unlock" in e.words:  # it stays closed until somebody goes in or out
        draft.opened.add(target)
        draft.moved.add(e.who)
    elif e.verb == "lock" and draft.kind(target) in _CLOSED:
        beats.append(Beat("close", target, None, begun, begun + 0.3 * (e.end - begun)))
    return beats


def _planted(draft: SceneDraft, e: Event, plants: list[str], begun: float) -> list[Beat]:
    """One after the other, where a hole was dug; a young tree is small, and not seen before it is planted."""
    hole = next((p.x for p in draft.props.values() if p.kind == "hole"), None)
    share, beats = (e.end - begun) / len(plants), list[Beat]()
    x = draft.x[plants[0]] if hole is None else hole
    for n, plant in enumerate(plants):
        at = begun + n * share
        draft.start_prop(plant, x=x + 0.14 * n)
        if draft.height(plant) > _YOUNG:
            scale = draft.props[plant].scale * _YOUNG / draft.height(plant)
            draft.props[plant] = replace(draft.props[plant], scale=round(scale, 3))
        if at > 0.1:
            beats.append(Beat("appear", plant, None, at, at + 0.01))
        if n:
            step = at + 0.3 * share
            beats.append(Beat("walk", e.who, None, at, step, draft.move(e.who, draft.x[e.who] + 0.14)))
            at = step
        beats.append(Beat("plant", e.who, plant, at, begun + (n + 1) * share))
    return beats


def _beside(draft: SceneDraft, e: Event, target: str) -> list[Beat]:
    gap = abs(draft.x[target] - draft.x[e.who])
    kind = draft.kind(target)
    wide = NEAR + (0.12 * THINGS[kind].width if kind in THINGS else 0.16 if kind in VEHICLES else 0.04)
    if e.who not in draft.moved and e.start == 0.0:
        side = -1 if draft.x[e.who] <= draft.x[target] else 1
        draft.place(e.who, x=min(0.92, max(0.08, draft.x[target] + side * wide)), facing=-side)
        return []
    if gap <= wide * 1.3:
        return []
    return approach(draft, e.who, target, e.start, e.start + 0.35 * (e.end - e.start), "walk")


def _cut_or_ironed(draft: SceneDraft, e: Event) -> list[Beat]:
    """What is cut lies on a table, what is ironed on its board; both are there if the caption has no other surface."""
    surface = next((id_ for id_, thing in draft.props.items() if thing.kind in _SURFACES and id_ != e.target), None)
    if surface is None and (e.target is None or draft.kind(e.target) not in _SURFACES):
        kind = _ON_TABLE[e.verb]
        surface = kind.replace(" ", "_")
        sign = draft.actors[e.who].facing
        draft.put(Prop(surface, kind, x=round(min(0.85, max(0.15, draft.x[e.who] + 0.16 * sign)), 4)))
    if surface is None:
        return _up_to(draft, e, e.target or "")
    for n, id_ in enumerate((e.target, *draft.clones.get(e.target or "", ()))):
        if id_ is not None:
            draft.start_prop(id_, x=draft.x[surface] + 0.06 * n, y=top_of(draft.kind(surface)))
    return _up_to(draft, e, surface)


def _wake(draft: SceneDraft, e: Event) -> list[Beat]:
    """Asleep at first, and up in the second half."""
    if e.target in draft.actors and e.target is not None and draft.kind(e.target) in PEOPLE:
        near = walk_to(draft, e.who, e.target, e.start, e.start + 0.4 * (e.end - e.start))
        begun = near[-1].end if near else e.start
        middle = (begun + e.end) / 2
        return [*near, Beat("talk", e.who, e.target, begun, e.end), Beat("stand", e.target, None, middle, e.end)]
    bed = next((id_ for id_, thing in draft.props.items() if thing.kind in ("bed", "sofa", "bench", "mattress")), None)
    if bed is not None and e.who not in draft.moved:
        draft.place(e.who, x=draft.x[bed])
    middle = e.start + 0.55 * (e.end - e.start)
    awake = Beat("sit", e.who, bed, middle, e.end) if bed is not None else Beat("stand", e.who, None, middle, e.end)
    return [Beat("sleep", e.who, bed, e.start, middle), awake]


def _feed_animals(draft: SceneDraft, e: Event) -> list[Beat]:
    """Food falls before the animals, which eat it; somebody is fed with a spoon."""
    animal = next((id_ for id_ in (e.target, e.goal) if draft.kind(id_ or "") in ANIMALS), None)
    if animal is None:
        return [Beat("feed", e.who, e.target, e.start, e.end)]
    side = 1 if draft.x[e.who] <= draft.x[animal] else -1
    near: list[Beat] = []
    if e.who not in draft.moved and e.start == 0.0:
        draft.place(e.who, x=min(0.92, max(0.08, draft.x[animal] - 0.26 * side)), facing=side)
    elif abs(draft.x[e.who] - draft.x[animal]) > 0.34:
        middle = e.start + 0.3 * (e.end - e.start)
        near = [Beat("walk", e.who, None, e.start, middle, draft.move(e.who, draft.x[animal] - 0.26 * side))]
    begun = near[0].end if near else e.start
    return [*near, Beat("feed", e.who, animal, begun, e.end), Beat("eat", animal, None, begun, e.end)]
