"""Where those stand whom a caption names without saying where: crowds inside the picture, things beside them.

Changes the x of actors and props of a SceneDraft.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from svta.generation.storyboard.animation.spawn import row_of
from svta.generation.storyboard.drawing.animals import ANIMALS as BEASTS
from svta.generation.storyboard.drawing.things import THINGS
from svta.generation.storyboard.scene import ANIMALS, PEOPLE, VEHICLES, Actor, Beat, Prop

from ..actions.draft import GROUND, SceneDraft

_TOO_NEAR: Final = 0.09
_BESIDE: Final = 0.18
_WIDE: Final = 0.24  # of the frame: who stands behind it is hidden
_HIGH: Final = 0.36
_LARGE: Final = 1.0  # of a person's height: a cow, not a dog


def spread_out(draft: SceneDraft, sided: set[str], kept: Collection[str]) -> None:
    """Crowds stand inside the picture, large things where nobody is in front of them, as far as there is room."""
    for actor in list(draft.actors.values()):
        if actor.count > 3 and actor.kind in PEOPLE and actor.id not in sided:
            across = min(actor.count, row_of(actor.count, people=True, scale=actor.scale))
            step = 0.12 * (actor.scale if actor.scale < 0.7 else 1.0)
            left, right = step * (across // 2) + 0.04, step * ((across - 1) // 2) + 0.04
            x = round(min(max(actor.x, left), max(left, 1 - right)), 4)
            if actor.count > 12:
                actor = replace(actor, y=max(actor.y, 0.92))
            alone = any(a.count == 1 and a.kind in PEOPLE for a in draft.actors.values())
            draft.actors[actor.id] = replace(actor, x=x, y=0.75 if alone and actor.y == GROUND else actor.y)
            draft.x[actor.id] = x
    taken = [_extent(a) for a in draft.actors.values() if a.kind in PEOPLE]
    taken += [_breadth(a) for a in draft.actors.values() if a.kind in BEASTS and BEASTS[a.kind].width > _LARGE]
    for prop in list(draft.props.values()):
        half = 0.15 * THINGS[prop.kind].width if prop.kind in THINGS else 0.1
        if prop.kind in kept or prop.id in sided or half > 0.3 or prop.id in _clones(draft):
            taken.append((prop.x - half, prop.x + half))
            continue
        places = sorted((round(0.1 + 0.05 * n, 2) for n in range(17)), key=lambda x: abs(x - prop.x))
        best = min(places, key=lambda x: round(_covered(x, half, taken), 2))
        if draft.clones.get(prop.id) is None and _covered(prop.x, half, taken) > _covered(best, half, taken) + 0.01:
            best = min(0.98 - half, max(0.02 + half, best))
            draft.props[prop.id] = replace(prop, x=round(best, 4))
            draft.x[prop.id] = draft.props[prop.id].x
        taken.append((draft.x[prop.id] - half, draft.x[prop.id] + half))


def stand_apart(draft: SceneDraft, beats: Sequence[Beat]) -> None:
    """Who only reads or waits stands beside the others, not where another one works."""
    if any(beat.verb == "surround" for beat in beats):
        return  # they stand around those in the middle
    moving = {beat.who for beat in beats if beat.to is not None}
    bound = moving | {beat.who for beat in beats if beat.target is not None} | {str(beat.target) for beat in beats}
    bound |= draft.resting | draft.seated | set(draft.wheeled) | set(draft.aloft)
    still = [a for a in draft.actors.values() if a.kind in PEOPLE and a.id not in moving and 0 <= a.x <= 1]
    busy = [p.x for p in draft.props.values() if p.id in bound and p.y >= GROUND - 0.02]
    for actor in still:
        others = [draft.actors[a.id].x for a in still if a.id != actor.id and abs(a.y - actor.y) < 0.04]
        if actor.id in bound or actor.count > 1 or abs(actor.y - GROUND) > 0.02:
            continue
        if all(abs(actor.x - x) >= _TOO_NEAR for x in others):
            continue
        room = [x for n in range(19) if all(abs((x := round(0.05 + 0.05 * n, 2)) - o) >= _BESIDE for o in others)]
        room = [x for x in room if all(abs(x - there) >= _TOO_NEAR for there in busy)]
        if room:
            x = min(room, key=lambda x: abs(x - actor.x))
            draft.actors[actor.id] = replace(actor, x=x)
            draft.x[actor.id] = x


def before_the_herd(draft: SceneDraft, beats: Sequence[Beat]) -> None:
    """A dog that barks at sheep stands before them, not among them where it is hidden."""
    acting = [beat for beat in beats if beat.verb not in ("sound", "look")]
    bound = {beat.who for beat in acting} | {str(beat.target) for beat in acting} | draft.resting | draft.moved
    still = [a for a in draft.actors.values() if a.kind in BEASTS and a.id not in bound and a.y == GROUND]
    for one in (a for a in still if a.count == 1):
        herd = next((a for a in still if a.count > 1 and a.kind != one.kind), None)
        if herd is not None and BEASTS[one.kind].width <= _LARGE:
            draft.place(one.id, x=0.14, y=round(GROUND + 0.1, 4), facing=1)
            draft.place(herd.id, x=0.74, facing=-1)


def keep_goal(draft: SceneDraft, keepers: Collection[str]) -> None:
    """The goal behind a goalkeeper, where no goal is named."""
    keeper = next((draft.actors[id_] for id_ in keepers if id_ in draft.actors), None)
    if keeper is None or any(p.kind == "goal" for p in draft.props.values()) or draft.setting != "stadium":
        return
    draft.put(Prop("goal", "goal", None, min(0.8, max(0.2, keeper.x)), round(GROUND - 0.05, 4)))


def _extent(actor: Actor) -> tuple[float, float]:
    """From where to where a group of people stands."""
    if actor.scale >= 0.7:
        return actor.x - 0.06 * (actor.count - 1) - 0.06, actor.x + 0.06 * (actor.count - 1) + 0.06
    step, row = 0.12 * actor.scale, row_of(actor.count, people=True, scale=actor.scale)
    return actor.x - step * (row // 2 + 0.5), actor.x + step * ((row - 1) // 2 + 1)


def _breadth(actor: Actor) -> tuple[float, float]:
    """From where to where large animals stand."""
    half = 0.15 * BEASTS[actor.kind].width * actor.scale * actor.count
    return actor.x - half, actor.x + half


def _clones(draft: SceneDraft) -> set[str]:
    return {id_ for ids in draft.clones.values() for id_ in ids}


def _covered(x: float, half: float, taken: list[tuple[float, float]]) -> float:
    """How much of a thing at x lies in what is taken already."""
    return sum(max(0.0, min(x + half, b) - max(x - half, a)) for a, b in taken)


def behind(draft: SceneDraft, figure: str, ground: str) -> tuple[float, float]:
    """Where one stands behind a thing and is still seen: half beside a house, after a cow that is in the way."""
    x, y = draft.x[ground], draft.y(ground)
    if ground in draft.props and draft.width(ground) > _WIDE and draft.height(ground) > _HIGH:
        side = -1 if x >= 0.5 else 1
        own = 0.3 * draft.actor_width(figure) if draft.kind(figure) in ANIMALS else 0.02
        return min(0.94, max(0.06, x + side * (0.5 * draft.width(ground) + own))), y - 0.02
    if draft.kind(figure) in VEHICLES and draft.kind(ground) in (*ANIMALS, *PEOPLE):
        for id_ in (figure, ground):
            draft.actors[id_] = replace(draft.actors[id_], scale=round(0.9 * draft.actors[id_].scale, 3))
        ahead, own = draft.actor_width(ground) * draft.actors[ground].count, draft.actor_width(figure)
        draft.place(ground, x=0.5 + 0.5 * own, facing=1)
        draft.place(figure, facing=1)
        return 0.48 - 0.5 * ahead, y - 0.03
    return x + 0.02, y - 0.045
