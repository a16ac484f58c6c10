"""Animals on branches and trunks: from bough to bough, head down, along a twig, a beak against the bark.

Reads an Event and the SceneDraft; gives Beats, or None for all other events.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from svta.generation.storyboard.scene import Beat

from ..actions.draft import Event, SceneDraft
from .taking import half_length

_BOUGHS: Final = ("branch", "beam", "wooden beam", "log", "twig")
_SMALL_ONE: Final = 0.14  # half of how long one is who crawls along a branch


def _from_branch_to_branch(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Under branches that hang into the picture, hand over hand."""
    bough = next((id_ for id_ in (e.source, e.goal, e.target) if draft.kind(id_ or "") in ("branch", "tree")), None)
    if (
        bough is None
        or not e.words & {"swing"}
        or e.who in draft.moved
        or draft.kind(e.who) not in ("monkey", "gorilla")
    ):
        return None
    for old in [id_ for id_, prop in draft.props.items() if prop.kind in ("branch", "tree") and id_ != bough]:
        draft.props.pop(old)
    draft.clones.pop(bough, None)
    first = replace(draft.props[bough], kind="branch", y=0.3, scale=1.2)
    for n, x in enumerate((0.5, 0.16, 0.84)):
        draft.put(replace(first, id=f"{bough}_{n}" if n else bough, x=x))
    draft.moved.add(bough)
    draft.place(e.who, x=0.14, y=0.62, facing=1)
    return [Beat("swing along", e.who, None, e.start, e.end, draft.move(e.who, 0.86))]


def _hang(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Head down from a branch or a beam that is in the upper half of the picture."""
    bough = next((id_ for id_ in (e.source, e.target, e.goal) if draft.kind(id_ or "") in _BOUGHS), None)
    if bough is None or not e.words & {"hang", "dangle"} or e.who in draft.moved or e.verb == "swing":
        return None
    draft.props[bough] = replace(draft.props[bough], scale=max(2.0, draft.props[bough].scale))
    draft.start_prop(bough, x=0.5, y=0.36)
    draft.moved |= {e.who, bough}
    draft.actors[e.who] = replace(draft.actors[e.who], x=0.5, y=0.62)
    draft.x[e.who] = 0.5
    return [Beat("hang down", e.who, bough, e.start, e.end)]


def _along_a_branch(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A small one on a branch that is as long as its way."""
    bough = next((id_ for id_ in (e.passed, e.target) if draft.kind(id_ or "") in _BOUGHS), None)
    along = {e.preposition, e.way, *e.words} & {"along", "across", "over", "up", "down"} or e.passed == bough
    if bough is None or not along or e.verb not in ("walk", "crawl", "run", "sneak") or e.who in draft.moved:
        return None
    if draft.actors[e.who].count > 1 or half_length(draft, e.who) > _SMALL_ONE:
        return None
    draft.props[bough] = replace(draft.props[bough], kind="bough", scale=1.0)
    draft.start_prop(bough, x=0.5, y=0.8)
    draft.moved.add(bough)
    actor = draft.actors[e.who]
    draft.actors[e.who] = replace(actor, scale=round(0.7 * actor.scale, 3))
    draft.place(e.who, x=0.24, y=round(0.8 - 0.62 * draft.height(bough), 4), facing=1)
    return [Beat(e.verb, e.who, None, e.start, e.end, draft.move(e.who, 0.62))]


def _at_the_trunk(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A woodpecker on the side of a tree."""
    tree = next((id_ for id_ in (e.target, e.passed, e.goal) if "tree" in draft.kind(id_ or "")), None)
    if draft.kind(e.who) != "woodpecker" or tree is None or e.verb not in ("eat", "hit", "drill", "knock", "dig"):
        return None
    draft.actors[e.who] = replace(draft.actors[e.who], scale=0.7)
    draft.start_prop(tree, x=0.56)
    draft.props[tree] = replace(draft.props[tree], scale=1.5)
    draft.place(e.who, x=0.55 - 0.95 * half_length(draft, e.who), y=round(draft.y(tree) - 0.1, 4), facing=1)
    draft.moved.add(e.who)
    return [Beat("stand", e.who, None, e.start, e.end), Beat("hammer beak", e.who, tree, e.start, e.end)]


def _build_a_nest(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """In the crown of a tree, bowing over it with a twig in the beak."""
    nest = next((id_ for id_ in (e.target, e.goal) if draft.kind(id_ or "") == "nest"), None)
    tree = next((id_ for id_, prop in draft.props.items() if "tree" in prop.kind), None)
    if nest is None or e.verb not in ("build", "repair", "put") or e.who in draft.moved:
        return None
    y, x = 0.82, 0.56
    if tree is not None:
        draft.props[tree] = replace(draft.props[tree], scale=1.3)
        draft.start_prop(tree, x=x, y=0.9)
        y = round(0.9 - 0.5 * draft.height(tree), 4)
    draft.props[nest] = replace(draft.props[nest], x=x, y=y)
    draft.x[nest] = x
    draft.moved.add(nest)
    draft.actors[e.who] = replace(draft.actors[e.who], scale=0.5, holds="stick")
    draft.place(e.who, x=x - 0.5 * draft.width(nest) - 0.4 * half_length(draft, e.who), y=y, facing=1)
    draft.moved.add(e.who)
    return [Beat("build nest", e.who, nest, e.start, e.end)]


ON_TREES: Final[tuple[Callable[[SceneDraft, Event], list[Beat] | None], ...]] = (
    _from_branch_to_branch, _hang, _along_a_branch, _at_the_trunk, _build_a_nest,
)  # fmt: skip
