"""What animals do with their own bodies and each other: butt heads, rub their backs, wallow, hover, swim after the
mother, catch fish, are herded through a gate or into a pen.

Reads an Event and its kind of actor; gives Beats, or None for people and for all other events.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from svta.generation.storyboard.animation.beasts import UPRIGHT
from svta.generation.storyboard.scene import ANIMALS, Beat, Prop

from ..actions.draft import GROUND, Event, SceneDraft
from ..actions.ways import by_another_way
from .perches import ON_TREES
from .taking import half_length

ON_THE_SPOT: Final = ("curl up", "flap", "toss head", "kick up", "chase tail", "wallow")
_ROCKS: Final = ("rock", "rocks")
_TRUNKS: Final = (
    "tree",
    "pine tree",
    "palm tree",
    "birch",
    "apple tree",
    "wooden post",
    "pole",
    "lamp post",
    "fence",
    "wall",
    "rock",
)
_TROUGHS: Final = ("trough", "water bowl", "bowl", "bucket", "basin")
_GATHERING: Final = {"crowd", "gather", "jostle", "cluster", "huddle", "throng", "push", "squeeze"}
_PENS: Final = ("fence", "wire fence")
_GATES: Final = ("gate", "iron gate")
_FENCE_LINE: Final = 0.78  # the y of a fence with a gate, through which a herd goes
_HERDING: Final = {"herd", "drive", "lead", "guide", "chase", "push", "squeeze", "crowd", "pour", "stream", "file"}
_CATCHING: Final = ("grab", "catch", "lift", "pull")


def by_habit(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | None:
    """The first that knows the event."""
    if kind not in ANIMALS or e.who not in draft.actors:
        return None
    for rule in _RULES:
        if (staged := rule(draft, e)) is not None:
            return staged
    return None


def _butt(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Two face to face, and at each other with their heads; upon a rock that is wide enough for both."""
    if e.verb != "butt":
        return None
    if e.who in draft.moved:
        return []
    actor = draft.actors[e.who]
    named = (a.id for a in draft.actors.values() if a.kind in ANIMALS and a.id != e.who and a.id not in draft.moved)
    other = f"{e.who}_other" if actor.count > 1 else next(named, None)
    if other is None:
        return None
    if other not in draft.actors:
        draft.actors[e.who] = replace(actor, count=1)
        draft.put(replace(actor, id=other, count=1))
    rock = next((id_ for id_ in (e.target, e.goal) if draft.kind(id_ or "") in _ROCKS), None)
    y, size = GROUND, 1.0
    if rock is not None:
        draft.props[rock] = replace(draft.props[rock], kind="rock ledge", scale=1.0)
        draft.start_prop(rock, x=0.5, y=0.97)
        y, size = 0.97 - 0.93 * draft.height(rock), 0.8
    for id_, sign in ((e.who, 1), (other, -1)):
        actor = draft.actors[id_]
        draft.actors[id_] = replace(actor, scale=round(size * actor.scale, 3))
        there = draft.y(id_) if rock is None else y
        draft.place(id_, x=0.5 - (half_length(draft, id_) + 0.08) * sign, y=there, facing=sign)
        draft.moved.add(id_)
    return [Beat("butt", id_, one, e.start, e.end) for id_, one in ((e.who, other), (other, e.who))]


def _on_the_spot(draft: SceneDraft, e: Event) -> list[Beat] | None:
    verb = "chase tail" if e.verb == "chase" and "tail" in e.words and e.target is None else e.verb
    if verb not in ON_THE_SPOT:
        return None
    if e.who not in draft.moved:
        draft.place(e.who, x=0.5)
    draft.moved.add(e.who)
    return [Beat(verb, e.who, None, e.start, e.end)]


def _swoop(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Down upon its prey, or to the middle of the place; up again where nothing follows."""
    if e.verb != "fly" or "swoop" not in e.words or e.who in draft.moved:
        return None
    prey = next((id_ for id_ in (e.target, e.goal, e.passed, e.near) if id_ in draft.x and id_ != e.who), None)
    draft.place(e.who, x=0.08, facing=1)
    if prey is not None and prey not in draft.moved:
        draft.place(prey, x=0.6)
        draft.start_prop(prey, x=0.6)
    away = 0.92 if e.end > 0.9 else None
    draft.move(e.who, away or (draft.x[prey] if prey is not None else 0.55))
    return [Beat("swoop", e.who, prey, e.start, e.end, away if away else None if prey else 0.55)]


def _to_and_fro(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """From one side to the other, back, and again."""
    if "to and fro" not in e.words or e.who in draft.moved:
        return None
    draft.place(e.who, x=0.28, facing=1)
    draft.moved.add(e.who)
    part = (e.end - e.start) / 3
    ways = enumerate((0.72, 0.28, 0.66))
    return [Beat(e.verb, e.who, None, e.start + n * part, e.start + (n + 1) * part, x) for n, x in ways]


def _catch_in_the_air(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """What comes flying is caught in a leap."""
    if "mid air" not in e.words or e.target not in draft.props or e.target is None or e.target in draft.moved:
        return None
    draft.place(e.who, x=0.3, facing=1)
    reach = half_length(draft, e.who)
    draft.start_prop(e.target, x=0.92, y=0.5)
    draft.moved.add(e.target)
    one, two = (e.start + share * (e.end - e.start) for share in (0.5, 0.62))
    return [
        Beat("float", e.target, None, e.start, one, 0.52 + reach),
        Beat("jump", e.who, None, e.start + 0.2 * (e.end - e.start), e.end, draft.move(e.who, 0.6)),
        Beat("grab", e.who, e.target, one, two),
    ]


def _charge(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """From afar at a gate or a fence."""
    if e.verb != "run" or "charge" not in e.words or e.target not in draft.props or e.who in draft.moved:
        return None
    assert e.target is not None
    draft.start_prop(e.target, x=0.82)
    draft.place(e.who, x=half_length(draft, e.who), facing=1)
    to = draft.x[e.target] - half_length(draft, e.who) - 0.3 * draft.width(e.target)
    return [Beat("run", e.who, None, e.start, e.end, draft.move(e.who, to))]


def _bury(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Up to a bone, digs, and it is under a heap of earth."""
    if not e.words & {"bury"} or e.target not in draft.props or e.target is None or e.who in draft.moved:
        return None
    draft.start_prop(e.target, x=0.62)
    draft.place(e.who, x=0.2, facing=1)
    one, two, three = (e.start + share * (e.end - e.start) for share in (0.25, 0.6, 0.8))
    x = draft.move(e.who, draft.x[e.target] - half_length(draft, e.who) - 0.02)
    draft.put(Prop("earth_heap", "pile of earth", None, draft.x[e.target], draft.y(e.target) + 0.01, 0.5))
    return [
        Beat("walk", e.who, None, e.start, one, x),
        Beat("scratch", e.who, None, one, three),
        Beat("vanish", e.target, None, two, three),
        Beat("appear", "earth_heap", None, two, three),
    ]


def _crowd_round(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Pigs behind their trough, one beside the other."""
    trough = next((id_ for id_ in (e.target, e.passed, e.goal) if draft.kind(id_ or "") in _TROUGHS), None)
    around = {e.preposition, e.way, *e.words} & {"around", "round", "at"} and e.words & _GATHERING
    if trough is None or not around or e.who in draft.moved:
        return None
    actor = draft.actors[e.who]
    draft.actors[e.who] = replace(actor, count=max(4, actor.count), scale=round(0.66 * actor.scale, 3))
    draft.props[trough] = replace(draft.props[trough], scale=1.15)
    draft.start_prop(trough, x=0.5, y=0.95)
    draft.place(e.who, x=0.44, y=0.84, facing=1)
    draft.moved.add(e.who)
    return [Beat("eat", e.who, None, e.start, e.end)]


def _rub(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Up to a tree, and the back against it."""
    against = next((id_ for id_ in (e.target, e.passed, e.goal) if draft.kind(id_ or "") in _TRUNKS), None)
    if e.verb != "rub back" or against is None:
        return None
    upright = draft.kind(e.who) in UPRIGHT
    if upright:
        draft.actors[e.who] = replace(draft.actors[e.who], scale=round(0.74 * draft.actors[e.who].scale, 3))
        draft.props[against] = replace(draft.props[against], scale=1.25)
    draft.start_prop(against, x=0.4)
    draft.place(e.who, x=0.4 + half_length(draft, e.who), facing=1)
    draft.moved.add(e.who)
    return [Beat("rub back", e.who, against, e.start, e.end)]


def _slide(draft: SceneDraft, e: Event) -> list[Beat] | None:
    wet = e.ground is not None and e.ground[0] == "into" and e.verb in ("slip", "slide down", "float", "plunge")
    if wet and e.source is None and e.target is None and e.who not in draft.moved:  # off the bank
        return by_another_way(draft, replace(e, verb="walk", source=None, target=None), draft.kind(e.who))
    if e.verb != "belly slide":
        return None
    sign = e.direction or 1
    draft.place(e.who, x=0.5 - 0.34 * sign, facing=sign)
    to = min(0.86, max(0.14, draft.x[e.who] + 0.5 * sign))
    return [Beat("belly slide", e.who, None, e.start, e.end, draft.move(e.who, to))]


def _hover(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """In the air beside a flower or above a thing."""
    at = next((id_ for id_ in (e.near, e.target, e.passed, e.goal) if id_ in draft.props), None)
    if e.verb != "fly" or "hover" not in e.words or at is None or e.who in draft.moved:
        return None
    small = min(draft.actors[e.who].scale, 0.5)
    if draft.kind(at) in ("flower", "sunflower", "rose", "tulip"):
        draft.props[at] = replace(draft.props[at], scale=1.6)
    draft.start_prop(at, x=0.56)
    draft.actors[e.who] = replace(draft.actors[e.who], scale=small)
    over = e.preposition in ("over", "above")
    x = draft.x[at] - (0.0 if over else half_length(draft, e.who) + 0.5 * draft.width(at) + 0.02)
    y = draft.y(at) - (1.2 if over else 0.62) * draft.height(at)
    draft.place(e.who, x=x, y=round(min(0.74, max(0.3, y)), 4), facing=1)
    draft.moved.add(e.who)
    return [Beat("hover", e.who, None, e.start, e.end)]


def _after_the_mother(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """The young in a line after her."""
    mother = e.behind or (e.target if "follow" in e.words else None)
    if mother not in draft.actors or mother is None or e.verb not in ("walk", "run", "swim") or mother in draft.moved:
        return None
    if draft.kind(mother) not in ANIMALS or e.who in draft.moved:
        return None
    sign = e.direction or 1
    young = draft.actors[e.who]
    size = min(young.scale, 0.62 if young.count > 2 else 0.8)
    draft.actors[e.who] = replace(young, scale=size)
    line = 1.15 * half_length(draft, e.who) * young.count
    grown = draft.actors[mother]
    if line > 0.36:
        draft.actors[e.who] = replace(young, scale=round(size * 0.36 / line, 3))
        draft.actors[mother] = replace(grown, scale=round(max(0.7, 0.36 / line) * grown.scale, 3))
        line = 0.36
    ahead = 0.5 + (line - 0.02) * sign
    draft.place(mother, x=ahead, facing=sign)
    behind = ahead - (half_length(draft, mother) * (1.1 * grown.count) + line + 0.02) * sign
    draft.place(e.who, x=behind, y=draft.y(mother) + 0.01, facing=sign)
    way = 0.2 * sign
    return [Beat(e.verb, id_, None, e.start, e.end, draft.move(id_, draft.x[id_] + way)) for id_ in (mother, e.who)]


def _catch_fish(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """In shallow water, the head down, and up again with the fish."""
    if e.verb not in _CATCHING or draft.kind(e.target or "") != "fish" or e.target is None or e.target in draft.moved:
        return None
    if e.source in draft.x or not any(water in draft.setting for water in ("lake", "river", "sea")):
        return None
    draft.props[e.target] = replace(draft.props[e.target], scale=0.6)
    draft.place(e.who, x=0.42, y=0.82, facing=1)
    reach = half_length(draft, e.who) + 0.04
    draft.start_prop(e.target, x=draft.x[e.who] + reach, y=0.81)
    draft.moved |= {e.who, e.target}
    one, two = (e.start + share * (e.end - e.start) for share in (0.3, 0.5))
    return [
        Beat("stand in water", e.who, None, e.start, e.end),
        Beat("drink", e.who, None, one, two),
        Beat("grab", e.who, e.target, two, e.end),
    ]


def _through_the_fence(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A herd through the gate in a fence that is as long as the picture, away from us; a dog or a shepherd after it."""
    fence = next((id_ for id_ in (e.passed, e.goal, e.target) if draft.kind(id_ or "") in (*_GATES, *_PENS)), None)
    into = bool({e.preposition, e.way, *e.words} & {"through", "into", "inside"})
    herd = e.target if e.target in draft.actors and draft.kind(e.target or "") in ANIMALS else e.who
    driven = herd != e.who
    into = into or (driven and e.passed == fence and draft.kind(fence or "") in _GATES)
    if fence is None or not into or herd in draft.moved or e.verb in ("jump", "climb", "crash", "look"):
        return None
    if "gap" in e.words and not driven and draft.kind(fence) in _PENS:
        return _through_a_gap(draft, e, fence)
    if draft.actors[herd].count < 2 and not (driven and e.words & _HERDING):
        return None
    return _away_through(draft, e, fence, herd, e.who if driven else None)


def _through_a_gap(draft: SceneDraft, e: Event, fence: str) -> list[Beat]:
    """Boards are missing in the middle of a fence that is as long as the picture; out of there towards us."""
    step, first = draft.width_of("fence"), draft.props[fence]
    for old in draft.clones.pop(fence, ()):
        draft.props.pop(old, None)
    actor = draft.actors[e.who]
    gap = 1.1 * half_length(draft, e.who)
    for n in range(3):
        for side in (-1, 1):
            x = round(0.5 + side * (gap + (n + 0.5) * step), 4)
            id_ = fence if (n, side) == (0, -1) else f"{fence}_{side * (n + 1)}"
            draft.put(replace(first, id=id_, x=x, y=_FENCE_LINE, scale=1.0))
    draft.moved.add(fence)
    draft.actors[e.who] = replace(actor, scale=round(0.62 * actor.scale, 3))
    draft.place(e.who, x=0.46, y=0.7, facing=1)
    draft.moved.add(e.who)
    return [Beat("come closer", e.who, fence, e.start, e.end)]


def _away_through(draft: SceneDraft, e: Event, fence: str, herd: str, after: str | None) -> list[Beat]:
    gate = fence
    if draft.kind(fence) in _PENS:  # which has a gate
        draft.props.pop(fence)
        for old in draft.clones.pop(fence, ()):
            draft.props.pop(old, None)
        draft.put(Prop(fence, "gate", None, 0.5, _FENCE_LINE))
    draft.props[gate] = replace(draft.props[gate], scale=1.25, x=0.5, y=_FENCE_LINE)
    draft.x[gate] = 0.5
    draft.moved.add(gate)
    step = draft.width_of("fence")
    for n in range(3):
        for side in (-1, 1):
            x = 0.5 + side * (0.5 * draft.width(gate) + (n + 0.5) * step)
            draft.put(Prop(f"{gate}_fence{side * (n + 1)}", "fence", None, round(x, 4), _FENCE_LINE))
    flock = draft.actors[herd]
    size = 0.95 if flock.count < 3 else 0.8 if flock.count < 6 else 0.6
    draft.actors[herd] = replace(flock, scale=round(size * flock.scale, 3))
    draft.place(herd, x=0.42 if after else 0.46, y=0.93, facing=1)
    draft.moved.add(herd)
    beats = [
        Beat("open", gate, None, 0.0, 0.01),
        Beat("file through", herd, gate, e.start, e.end),
    ]
    if after is not None:
        draft.place(after, x=0.12, y=0.98, facing=1)
        beats.append(Beat("walk", after, None, e.start, e.end, draft.move(after, 0.36)))
    return beats


_RULES: Final[tuple[Callable[[SceneDraft, Event], list[Beat] | None], ...]] = (
    _butt, _on_the_spot, _swoop, _charge, _bury, _to_and_fro, _catch_in_the_air, *ON_TREES, _crowd_round, _rub,
    _slide, _hover, _after_the_mother, _catch_fish, _through_the_fence,
)  # fmt: skip
