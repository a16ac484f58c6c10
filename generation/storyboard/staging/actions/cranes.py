"""What a crane does with a load, and what a load does on a crane: up, over, down, hangs, falls.

Reads an Event and the SceneDraft; gives Beats, and makes crane, load and goal fit into the picture.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.furniture import CRANES, SPOUTS
from svta.generation.storyboard.drawing.pen import PERSON
from svta.generation.storyboard.drawing.things import THINGS, enlarged
from svta.generation.storyboard.drawing.vehicles import LOADS as BEDS
from svta.generation.storyboard.drawing.vehicles import VEHICLES as FORMS
from svta.generation.storyboard.parsing.sentences.verb_senses.loads import HUNG
from svta.generation.storyboard.scene import PEOPLE, SHORES, VEHICLES, Beat, Prop, medium

from .draft import GROUND, IN_WATER, Event, SceneDraft

_MOVES: Final = {"lift", "carry", "hoist", "load", "drop", "pull", "rise", "put", "walk", "dangle", "throw", "grab"}
_WIDEST, _TALLEST = 0.4, 0.22  # of a load, world units
_HIGHEST: Final = 0.36  # of what a load is put on, as a share of the frame
ROPES: Final = ("cable", "rope", "wire", "chain", "hook", "hanging rope", "steel cable")
HEAPED: Final = ("rock", "stone", "brick", "log", "potato", "apple")  # what a bucket takes many of
_AHEAD: Final = 0.17  # of a forklift, where its load is
_CRANE_X, _LOAD_X = 0.22, 0.42
_PORTAL: Final = 1.2  # the size of a crane under which things pass


def crane(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A crane that has a load to move; None for all others."""
    if e.verb not in _MOVES or e.target not in draft.x or e.target is None:
        return None
    if draft.kind(e.target) in PEOPLE or e.target in draft.moved or e.preposition not in (None, "with"):
        return None
    goal = e.goal if e.goal in draft.x and e.goal not in (e.who, e.target) else None
    for other in draft.later - draft.moved - {goal, e.source, e.target}:  # a truck that drives away then
        if draft.kind(other) in VEHICLES and medium(draft.kind(other)) == "road":
            draft.place(other, x=0.78, facing=1)
    if goal in draft.props and goal is not None and draft.kind(goal) == draft.kind(e.target):  # as large as this one
        fit(draft, e.who, goal, _LOAD_X)
    source = e.source if e.source in draft.actors and goal is None and e.source != e.target else None
    fit(draft, e.who, e.target, _LOAD_X if goal is None else _CRANE_X + 0.06)
    if draft.setting in (*SHORES.values(), "quay") and _in_the_water(draft, e):
        draft.place(e.target, x=_LOAD_X + 0.06, y=IN_WATER)
        draft.start_prop(e.target, x=_LOAD_X + 0.06, y=IN_WATER)
    if source is not None:
        return _off_the_deck(draft, e, source)
    if goal is not None and (others := draft.clones.get(e.target, [])):
        return _one_by_one(draft, e, [e.target, *others][:3], goal)
    if goal is not None and e.verb in ("drop", "throw"):
        return _drop_onto(draft, e, e.target, goal)
    if goal is not None:
        return [Beat("lower" if "lower" in e.words else "hoist", e.who, e.target, e.start, e.end,
                     draft.move(e.target, _under_the_load(draft, goal)))]  # fmt: skip
    if e.verb in ("drop", "throw"):
        return _let_go(draft, e, e.who, e.target)
    if "lower" in e.words:
        return [Beat("lower", e.who, e.target, e.start, e.end)]
    over = e.verb in ("carry", "walk", "dangle")
    to = draft.move(e.target, _CRANE_X + 0.34) if over else None
    draft.moved.add(e.target)
    return [Beat("hoist", e.who, e.target, e.start, e.end, to)]


def _in_the_water(draft: SceneDraft, e: Event) -> bool:
    """True for what is lifted out of the water, and a ship that is lifted at all."""
    wet = e.ground is not None and e.ground[0] in ("out", "from")
    return e.goal is None and (wet or medium(draft.kind(e.target or "")) == "water")


def _drop_onto(draft: SceneDraft, e: Event, load: str, goal: str) -> list[Beat]:
    """It hangs above, and falls on what stands there."""
    x = _under_the_load(draft, goal)
    draft.start_prop(load, x=x, y=GROUND)
    middle = e.start + 0.4 * (e.end - e.start)
    hangs = Beat("suspend", load, e.who, e.start, middle)
    struck = [Beat("be crushed", goal, load, (middle + e.end) / 2, e.end)] if goal in draft.actors else []
    return [hangs, Beat("plunge", load, goal, middle, e.end, draft.move(load, x)), *struck]


def _one_by_one(draft: SceneDraft, e: Event, loads: list[str], goal: str) -> list[Beat]:
    """Each of several is put side by side onto what stands there."""
    x, share = _under_the_load(draft, goal), (e.end - e.start) / len(loads)
    for n, load in enumerate(loads):
        fit(draft, e.who, load, _CRANE_X + 0.06 - 0.1 * n)
        if load in draft.props and draft.width(load) > 0.2:
            draft.props[load] = replace(draft.props[load], scale=round(draft.props[load].scale * 0.6, 3))
    return [Beat("hoist", e.who, load, e.start + n * share, e.start + (n + 1) * share,
                 draft.move(load, x + 0.2 * ((len(loads) - 1) / 2 - n))) for n, load in enumerate(loads)]  # fmt: skip


def _off_the_deck(draft: SceneDraft, e: Event, source: str) -> list[Beat]:
    """Up from a ship or truck; what is unloaded comes down beside it."""
    assert e.target is not None
    x = _under_the_load(draft, source)
    high = BEDS.get(draft.kind(source), (-0.4, 0.4, 0.3))[2]
    if e.target in draft.props:  # room to lift it
        draft.props[e.target] = replace(draft.props[e.target], scale=round(0.72 * draft.props[e.target].scale, 3))
    draft.start_prop(e.target, x=x, y=draft.y(source) - high * PERSON * draft.actors[source].scale)
    to = draft.move(e.target, _CRANE_X + 0.04) if e.words & {"unload", "take", "move", "put"} else None
    return [Beat("hoist", e.who, e.target, e.start, e.end, to)]


def hoisted_by_nobody(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A container is loaded onto a ship: by a crane that the caption leaves unsaid; None for what hands can lift."""
    heavy = draft.kind(e.target or "") in ("container", "beam", "load", "pallet", "pipe")
    if not heavy or e.target in draft.moved or e.verb not in ("load", "lift", "put", "hoist"):
        return None
    name = next((id_ for id_, prop in draft.props.items() if prop.kind in CRANES), "crane")
    if name not in draft.props:
        draft.put(Prop(name, "crane", None, _CRANE_X, GROUND))
    return crane(draft, replace(e, who=name))


def on_a_crane(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A load that hangs from a crane, swings on it or falls from it; None for all others."""
    hook = next((id_ for id_ in (e.source, e.target) if id_ is not None and draft.kind(id_) in CRANES), None)
    if e.who in draft.moved or draft.kind(e.who) in PEOPLE:
        return None
    line = next((id_ for id_ in (e.source, e.target) if draft.kind(id_ or "") in ROPES), None)
    if line is not None and hook is None and draft.kind(e.who) in HUNG and line in draft.props:
        draft.props.pop(line)  # it is the crane's
        draft.x.pop(line)
    hung = e.verb in ("dangle", "hang", "swing", "sway") and draft.kind(e.who) in HUNG and not _held_up(draft, e)
    if hook is None and hung and e.who in draft.props:  # a container swings over the quay
        hook = next((id_ for id_, prop in draft.props.items() if prop.kind in CRANES), "crane")
        if hook not in draft.props:
            draft.put(Prop(hook, "crane", None, _CRANE_X, GROUND))
    if hook is None:
        return None
    hangs = e.verb in ("dangle", "hang") or bool(e.words & {"hang", "swing", "sway", "dangle"})
    if not hangs and not (e.verb in ("plunge", "fall", "drop", "slip") and e.source == hook):
        return None
    fit(draft, hook, e.who, _LOAD_X)
    if hangs:
        for below in (id_ for id_ in (e.passed, e.near, e.goal) if id_ in draft.actors and id_ is not None):
            draft.place(below, x=_LOAD_X + 0.04, y=GROUND + 0.1, facing=1)
            draft.actors[below] = replace(draft.actors[below], scale=0.6)
        return [Beat("suspend", e.who, hook, 0.0 if e.start == 0 or hung else e.start, e.end)]
    return _let_go(draft, e, hook, e.who)


def _held_up(draft: SceneDraft, e: Event) -> bool:
    """True for what hangs from a rope, a tree or a vehicle that the caption names."""
    return any(id_ in draft.x for id_ in (e.source, e.target) if id_ is not None)


def forks(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A forklift that lowers or drops its load, or puts it onto what stands there; None for all others."""
    if draft.kind(e.who) != "forklift" or e.target not in draft.props or e.target is None or e.who in draft.moved:
        return None
    goal = e.goal if e.goal in draft.x and e.goal not in (e.who, e.target) else None
    lowers, drops = "lower" in e.words, e.verb in ("drop", "throw")
    puts = goal is not None and e.verb in ("put", "load", "lift", "carry")
    if not (lowers or drops or puts):
        return None
    one, two = (e.start + share * (e.end - e.start) for share in (0.3, 0.65))
    x = 0.2 if goal is not None else 0.4
    draft.place(e.who, x=x, facing=1)
    draft.start_prop(e.target, x=x + _AHEAD)
    draft.moved |= {e.who, e.target}
    if goal is not None:
        draft.place(goal, x=0.76, facing=1)
        draft.start_prop(goal, x=0.7)
        rear = 0.3 if goal in draft.actors else draft.width(goal) / 4
        near = draft.move(e.who, draft.x[goal] - rear - 0.1)
        draft.move(e.target, near + _AHEAD)
        return [Beat("lift", e.who, e.target, e.start, two, near), Beat("lower", e.who, e.target, two, e.end, near)]
    if lowers:
        return [Beat("lower", e.who, e.target, e.start, e.end)]
    return _off_the_forks(draft, e, e.who, e.target, one)


def discharged(draft: SceneDraft, e: Event, kind: str) -> list[Beat]:
    """Out of a bucket or a spout into what stands under it, or to the ground; off the bed of a truck behind it."""
    assert e.target is not None
    heap = e.target
    if draft.kind(heap) in HEAPED:  # rocks in a bucket are a heap of them
        draft.props[heap] = replace(draft.props[heap], kind=f"pile of {draft.kind(heap)}")
        for other in draft.clones.pop(heap, ()):
            draft.props.pop(other, None)
            draft.x.pop(other, None)
    if kind not in SPOUTS:
        draft.place(e.who, x=0.56, facing=1)
        draft.start_prop(heap, x=0.5)
        draft.moved.add(heap)
        return [Beat("tip out", e.who, heap, e.start, e.end)]
    goal = e.goal if e.goal in draft.x and e.goal not in (e.who, heap) else None
    along = SPOUTS[kind][0] * PERSON * 0.5625
    draft.place(e.who, x=0.24 if along > 0 else 0.64, y=GROUND + 0.01, facing=1)
    x, high = draft.x[e.who] + along, 0.0
    wide = draft.width(heap)
    if goal is not None and goal in draft.actors:
        x0, x1, high = BEDS.get(draft.kind(goal), (-0.6, 0.4, 0.4))
        draft.place(goal, x=x - (x0 + x1) / 2 * PERSON * 0.5625, y=GROUND, facing=1)
        wide, high = 0.85 * (x1 - x0) * PERSON * 0.5625, high * PERSON
    elif goal is not None:
        draft.start_prop(goal, x=x - (0.08 if along < 0 else 0.0), y=GROUND + (0.03 if along < 0 else 0.0))
        x, wide, high = draft.x[goal], 0.85 * draft.width(goal), 0.6 * draft.height(goal) - 0.03
    for hole in (p.id for p in list(draft.props.values()) if p.kind in ("hole", "trench", "ditch", "pit")):
        draft.props[hole] = replace(draft.props[hole], scale=0.7)
        draft.start_prop(hole, x=x, y=0.93)
    old = draft.props[heap]
    draft.props[heap] = replace(old, scale=round(old.scale * min(1.0, wide / max(0.01, draft.width(heap))), 3))
    draft.start_prop(heap, x=x, y=GROUND - high)
    draft.moved |= {heap, *((goal,) if goal is not None else ())}
    return [Beat("discharge", e.who, heap, e.start, e.end)]


def off_forks(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A load that falls off a forklift; None for all others."""
    if draft.kind(e.source or "") != "forklift" or e.source is None or e.source in draft.moved:
        return None
    behind = 0.1 * sum(e.who in clones[:n] for clones in draft.clones.values() for n in range(1, len(clones) + 1))
    if behind:  # it lies on the one before
        draft.start_prop(e.who, x=0.4 + _AHEAD, y=GROUND - 0.3 - draft.height(e.who) * behind * 10)
        end = draft.move(e.who, 0.4 + _AHEAD + 0.14 + behind)
        return [Beat("plunge", e.who, None, e.start + (0.3 + behind) * (e.end - e.start), e.end, end)]
    draft.place(e.source, x=0.4, facing=1)
    draft.start_prop(e.who, x=0.4 + _AHEAD)
    return _off_the_forks(draft, e, e.source, e.who, e.start + 0.3 * (e.end - e.start))


def _off_the_forks(draft: SceneDraft, e: Event, truck: str, load: str, middle: float) -> list[Beat]:
    up = Beat("lift", truck, load, e.start, e.start + 0.01)
    fall = Beat("plunge", load, None, middle, e.end, draft.move(load, draft.x[truck] + _AHEAD + 0.14))
    return [up, fall]


def _let_go(draft: SceneDraft, e: Event, hook: str, load: str) -> list[Beat]:
    middle = e.start + 0.4 * (e.end - e.start)
    draft.moved.add(load)
    return [Beat("suspend", load, hook, e.start, middle), Beat("plunge", load, None, middle, e.end)]


def fit(draft: SceneDraft, hook: str, load: str, x: float) -> None:
    """The crane to the left, and the load under its jib, no larger than it can lift."""
    portal = draft.kind(hook) == "overhead crane"
    if portal and hook in draft.props:  # the load hangs between its legs
        draft.props[hook] = replace(draft.props[hook], scale=_PORTAL)
        x = max(x, 0.36)
    draft.start_prop(hook, x=0.5 if portal else _CRANE_X, y=GROUND)
    if load in draft.props:
        thing = THINGS[draft.kind(load)]
        wide, high = (size * enlarged(thing) * PERSON for size in (thing.width, thing.height))
        scale = min(draft.props[load].scale, _WIDEST / wide, _TALLEST / high)
        draft.props[load] = replace(draft.props[load], scale=round(scale, 3))
        draft.start_prop(load, x=x, y=GROUND)
        return
    draft.actors[load] = replace(draft.actors[load], scale=round(_small(draft, load, _WIDEST), 3))
    draft.place(load, x=x, y=GROUND)


def _under_the_load(draft: SceneDraft, goal: str) -> float:
    """Puts what the load comes down on within reach of the jib; the x of the load on it."""
    x = _CRANE_X + 0.34
    if goal in draft.actors:
        kind = draft.kind(goal)
        draft.actors[goal] = replace(draft.actors[goal], scale=round(_small(draft, goal, 0.8), 3))
        long = FORMS[kind].width * PERSON * draft.actors[goal].scale if kind in VEHICLES else 0.0
        afloat = medium(kind) == "water" and draft.setting == "quay"
        y = draft.y(goal) if afloat else GROUND
        draft.place(goal, x=x + (0.14 * long * 0.5625 if kind == "flatbed truck" else 0.0), y=y, facing=1)
        return x
    if draft.height(goal) > _HIGHEST:
        old = draft.props[goal]
        draft.props[goal] = replace(old, scale=round(old.scale * _HIGHEST / draft.height(goal), 3))
    draft.start_prop(goal, x=x, y=GROUND)
    return draft.x[goal]


def _small(draft: SceneDraft, id_: str, widest: float) -> float:
    form = FORMS.get(draft.kind(id_))
    scale = draft.actors[id_].scale
    return scale if form is None else min(scale, widest / (form.width * PERSON))
