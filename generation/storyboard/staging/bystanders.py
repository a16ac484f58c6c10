"""Mentions that no role of a choreography wants: people, animals, vehicles and things that stand by, or act alone.

Reads a Reading; puts Actors and Props on a SceneDraft and notes their ids.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.parsing.clauses import Reading
from svta.generation.storyboard.parsing.mentions import Mention
from svta.generation.storyboard.scene import WHOLE_SCENE, Actor, Prop

from .beats import SOCIAL, SceneDraft

MAX_ACTORS: Final = 6
MAX_PROPS: Final = 8
MAX_COUNT: Final = 7
HAND: Final = {"bag", "backpack", "suitcase", "phone", "gun", "knife", "stick", "bottle", "book", "cup", "stone",
               "hammer", "umbrella", "guitar", "camera", "broom", "cigarette", "racket", "spray can", "box", "flag",
               "bin bag"}  # fmt: skip
# One picture of these stands for many.
SINGLE: Final = {"stairs", "fence", "wall", "shelf", "counter", "building", "money", "wire", "fireworks", "net", "rope",
                 "plate", "box", "book", "tree", "machine"}  # fmt: skip
_SLOTS: Final = (0.32, 0.66, 0.18, 0.82, 0.5, 0.08)
_BY_THEMSELVES: Final = {"flood", "burn", "explode", "collapse"}
_TOOLS: Final = {"shoot": "gun", "stab": "knife", "smash": "hammer", "photograph": "camera"}


def cast_bystanders(reading: Reading, draft: SceneDraft, ids: dict[int, str]) -> None:
    """Mentions no role wants: they stand where there is room, or where the caption puts them."""
    taken = [x for id_, x in draft.x.items() if id_ in draft.actors]
    slots = [x for x in _SLOTS if all(abs(x - other) > 0.1 for other in taken)] or list(_SLOTS)
    acting = {k for c in reading.clauses for k in c.subjects}
    for k, mention in enumerate(reading.mentions):
        if k in ids or mention.held:
            continue
        if mention.group == "prop":
            _put_prop(draft, ids, k, mention)
            continue
        if len(draft.actors) >= MAX_ACTORS:
            break
        x = mention.side if mention.side is not None else slots.pop(0) if slots else 0.5
        back = k not in acting and mention.group == "vehicle"
        id_ = _new_id(draft, mention.kind)
        holds = mention.holds if mention.holds in HAND else None
        if holds is None and mention.group == "person":
            verbs = [c.verb for c in reading.clauses if k in c.subjects]
            holds = next((_TOOLS[verb] for verb in verbs if verb in _TOOLS), None)
        draft.put(
            Actor(id_, mention.kind, mention.colour, mention.trousers, min(mention.count, MAX_COUNT), x,
                  0.72 if back else 0.82, 1.0, -1 if x > 0.5 else 1, holds, mention.hat)
        )  # fmt: skip
        ids[k] = id_
    if not draft.actors and not _things_act(reading, draft):
        pair = any(c.verb in SOCIAL for c in reading.clauses)
        draft.put(Actor("person", "person", x=0.42 if pair else 0.5))
        if pair:
            draft.put(Actor("person2", "person", x=0.58, facing=-1))


def _things_act(reading: Reading, draft: SceneDraft) -> bool:
    events = any(c.subjects or c.verb in _BY_THEMSELVES for c in reading.clauses)
    return events and bool(draft.props)


def _put_prop(draft: SceneDraft, ids: dict[int, str], k: int, mention: Mention) -> None:
    same = next((p for p in draft.props.values() if p.kind == mention.kind), None)
    if same is not None:
        ids[k] = same.id
        draft.props[same.id] = replace(same, colour=mention.colour or same.colour)
    elif any(a.holds == mention.kind for a in draft.actors.values()):
        return
    elif len(draft.props) < MAX_PROPS:
        free = (0.58, 0.76, 0.24, 0.9, 0.4, 0.12)[len(draft.props) % 6]
        x = mention.side if mention.side is not None else free
        ids[k] = _new_id(draft, mention.kind)
        draft.put(Prop(ids[k], mention.kind, mention.colour, x))
        step = 0.09 if mention.kind in HAND else 0.2
        for n in range(1, mention.count if mention.kind not in SINGLE else 1):
            beside = x + (n + 1) // 2 * step * (1 if n % 2 else -1)
            if len(draft.props) < MAX_PROPS and 0.04 <= beside <= 0.96:
                draft.put(Prop(_new_id(draft, mention.kind), mention.kind, mention.colour, round(beside, 4)))


def _new_id(draft: SceneDraft, kind: str) -> str:
    base = kind.replace(" ", "_")
    taken = {*draft.actors, *draft.props, WHOLE_SCENE}
    return next(i for i in (base, *(f"{base}{n}" for n in range(2, 99))) if i not in taken)
