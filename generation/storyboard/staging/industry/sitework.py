"""Work on a building site and in a port: a digger breaks a pipe, a wrecking ball a chimney, a docker moors a ship.

Reads an Event and the SceneDraft; gives Beats, and puts machine, rope and what is worked on where they belong.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.scene import MEASURES, PEOPLE, Beat, Prop, medium, whole_and_part

from ..actions.cranes import fit
from ..actions.draft import GROUND, Event, SceneDraft
from .hanging import hook_for

_DIGGERS: Final = ("excavator", "wheel loader", "bulldozer")
_BURIED: Final = ("pipe", "water main", "cable", "wire", "concrete pipe")
_WRECKING: Final = ("smash", "shatter", "hit", "crash", "collide", "split", "crack", "cut", "tear", "explode",
                    "topple", "collapse", "push", "knock", "destroy", "pull", "swing", "dangle")  # fmt: skip
_TYING: Final = ("handcuff", "tie", "moor", "tie up", "attach", "rope")
_SPOUT: Final = 0.26  # of the frame, from a digger to its bucket
_BRICKS: Final = ("brick", "bricks", "concrete block")
_WALLS: Final = ("wall", "garden wall", "stone wall")
_TOPPLING: Final = ("topple", "roll over")


def broken_by_digger(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """An excavator strikes a pipe in the ground, from which water spouts."""
    pipe = e.target
    if draft.kind(e.who) not in _DIGGERS or draft.kind(pipe or "") not in _BURIED or pipe is None:
        return None
    if e.verb not in _WRECKING or pipe in draft.moved:
        return None
    hole = next((id_ for id_, p in draft.props.items() if p.kind in ("trench", "hole", "ditch", "pit")), None)
    if e.who not in draft.moved:
        draft.place(e.who, x=0.24, facing=1)
    x = draft.x[hole] if hole is not None else draft.x[e.who] + _SPOUT + draft.width(pipe) / 4
    old = draft.props[pipe]
    draft.props[pipe] = replace(old, scale=round(min(old.scale, 0.22 / max(0.01, draft.width_of(old.kind))), 3))
    draft.start_prop(pipe, x=x, y=GROUND + (0.02 if hole is not None else 0.0))
    draft.moved |= {e.who, pipe}
    middle = e.start + 0.4 * (e.end - e.start)
    wet = draft.kind(pipe) not in ("cable", "wire")
    broken = Beat("gush", pipe, None, middle, 1.0) if wet else Beat("spark", pipe, None, middle, 1.0)
    return [Beat("work", e.who, None, e.start, e.end), Beat("split", pipe, None, middle, middle + 0.1), broken]


def foresee_pipe(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Who digs a trench first, and then breaks what lies in it, stands beside it with the whole machine seen."""
    pipe = next((id_ for id_ in draft.later if draft.kind(id_) in _BURIED), None)
    if draft.kind(e.who) not in _DIGGERS or pipe is None or e.verb != "dig" or e.who in draft.moved or not e.target:
        return None
    draft.place(e.who, x=0.24, facing=1)
    draft.start_prop(e.target, x=0.24 + _SPOUT + 0.06)
    draft.start_prop(pipe, x=draft.x[e.target], y=GROUND + 0.02)
    return [Beat("work", e.who, None, e.start, e.end), Beat("grow", e.target, None, e.start, e.end)]


def wrecked(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A wrecking ball hangs from a crane, swings into a wall or a chimney and brings it down."""
    goal = e.target or e.goal or e.passed
    if draft.kind(e.who) != "wrecking ball" or goal not in draft.props or goal is None or e.who in draft.moved:
        return None
    if e.verb not in _WRECKING:
        return None
    hook = hook_for(draft)
    fit(draft, hook, e.who, 0.36)
    most = 0.62
    if draft.height(goal) > most:
        old = draft.props[goal]
        draft.props[goal] = replace(old, scale=round(old.scale * most / draft.height(goal), 3))
    draft.start_prop(goal, x=0.64, y=GROUND)
    strike = e.start + 0.4 * (e.end - e.start)
    draft.moved |= {e.who, goal}
    falls = Beat("collapse", goal, None, strike, e.end)
    return [Beat("suspend", e.who, hook, 0.0, strike - 0.12),
            Beat("suspend", e.who, hook, strike - 0.12, 1.0, draft.x[goal] - 0.08), falls]  # fmt: skip


def moored(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """At the edge of the quay somebody makes a rope fast on a bollard; it leads to the ship."""
    ship = e.target if medium(draft.kind(e.target or "")) == "water" else None
    if ship is None or draft.kind(e.who) not in PEOPLE or e.verb not in _TYING or {ship, e.who} & draft.moved:
        return None
    post = next((id_ for id_ in (e.goal, e.near, *draft.props) if draft.kind(id_ or "") == "bollard"), None)
    if post is None or post not in draft.props:
        return None
    draft.place(ship, x=0.68, facing=1)
    draft.props[post] = replace(draft.props[post], scale=0.6)
    draft.start_prop(post, x=0.34, y=GROUND + 0.02)
    draft.place(e.who, x=0.26, y=GROUND + 0.02, facing=1)
    draft.put(Prop("mooring", "mooring rope", None, 0.47, GROUND - 0.01))
    middle = e.start + 0.4 * (e.end - e.start)
    return [Beat("tie", e.who, ship, e.start, e.end), Beat("appear", "mooring", None, middle, middle + 0.01)]


def bricks_laid(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Brick by brick a wall grows."""
    brick = next((id_ for id_ in (e.target, e.source) if draft.kind(id_ or "") in _BRICKS), None)
    if draft.kind(e.who) not in PEOPLE or brick is None or not e.words & {"lay", "build", "set", "place", "add"}:
        return None
    if e.who in draft.moved or (e.goal is not None and draft.kind(e.goal) not in _WALLS):
        return None
    wall = next((id_ for id_ in (e.goal, e.target, *draft.props) if draft.kind(id_ or "") in _WALLS), None)
    if wall is None:
        wall = "wall"
        draft.put(Prop(wall, wall, None, 0.6, GROUND, 0.7))
    draft.start_prop(wall, x=0.6)
    draft.place(e.who, x=0.6 - draft.width(wall) / 2 - 0.07, facing=1)
    draft.take_up(e.who, brick)
    draft.actors[e.who] = replace(draft.actors[e.who], holds="brick")
    return [Beat("build", e.who, wall, e.start, e.end)]


def in_pieces(draft: SceneDraft, beats: list[Beat]) -> list[Beat]:
    """A stack that falls over comes apart, and so does a row; neither turns over as one body."""
    out = []
    for beat in beats:
        kind = draft.kind(beat.who)
        both = whole_and_part(kind)
        many = kind in ("stack", "cardboard boxes") or (both is not None and both[0] in MEASURES)
        out.append(replace(beat, verb="collapse") if many and beat.verb in _TOPPLING and beat.to is None else beat)
    return out
