"""How several stand: all of them within the picture, around a thing, on both sides, in a circle, one after another.

Reads a Reading and the ids of its mentions; changes places, sizes and counts of actors and props of a SceneDraft.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from svta.generation.storyboard.animation.spawn import row_of
from svta.generation.storyboard.parsing.clauses import Reading
from svta.generation.storyboard.parsing.relations import relations
from svta.generation.storyboard.scene import ANIMALS, PEOPLE, VEHICLES

from ..actions.draft import GROUND, SceneDraft

IN_TURN: Final = ("one after another", "one after other", "one by one", "in turn", "one at time", "one behind other")
CIRCLES: Final = ("in circle", "in semicircle", "in ring")
QUEUES: Final = ("in queue", "in long queue", "in row", "in long row", "in line", "in long line", "in straight line",
                 "in single file")  # fmt: skip
_PAIRS: Final = ("in pairs", "two by two", "in twos")
BOTH_SIDES: Final = ("on both sides", "on either side", "on each side", "on two sides", "left and right")
_PLAIN: Final = frozenset(
    ("stand", "walk", "run", "wave", "clap", "cheer", "dance", "jump", "look", "queue", "flee", "bow", "sing", "kneel")
)  # what seven and more do each for themselves
_LOOKING_ON: Final = frozenset(("stand", "look", "clap", "cheer", "laugh", "wave", "sing", "phone", "sound"))
_ASIDE: Final = 0.2  # as near would be in the way
_ROOM: Final = 0.86  # of the frame's width
_LONG: Final = ("fence", "wall", "power lines", "wire", "railing", "guardrail")
_BEHIND: Final = 0.77  # the y of a crowd before which a few do something
_AMONG_MANY: Final = 0.74
_SMALLEST: Final = 0.26
_RING: Final = 8  # people, each to be seen
_QUEUE: Final = 4  # vehicles at least


def said(reading: Reading, phrases: tuple[str, ...]) -> bool:
    """True if one of these set phrases stands in the caption."""
    return any(w.text in phrases and sense == "idiom" for w, sense in zip(reading.words, reading.senses))


def fit(draft: SceneDraft, sided: set[str]) -> None:
    """Animals and vehicles of a group so small and so placed that each is seen; nobody a giant beside a crowd."""
    crowd = any(actor.count > 12 and actor.kind in PEOPLE for actor in draft.actors.values())
    for id_, actor in list(draft.actors.items()) if crowd else ():
        if actor.kind in PEOPLE and actor.count < 4 and actor.scale == 1.0:
            draft.actors[id_] = replace(actor, scale=_AMONG_MANY)
    few = any(actor.count < 4 and actor.kind in PEOPLE for actor in draft.actors.values())
    for id_, actor in list(draft.actors.items()) if crowd and few else ():
        if actor.kind in PEOPLE and actor.count > 12 and id_ not in draft.moved and actor.y > GROUND:
            draft.place(id_, y=_BEHIND)  # so that the few are seen
    for id_, actor in list(draft.actors.items()):
        if actor.count < 2 or actor.kind in PEOPLE or id_ in sided:
            continue
        row = row_of(actor.count, vehicles=actor.kind in VEHICLES)
        across = row + 0.5 if actor.count > row else actor.count
        if actor.count > row and actor.kind in ANIMALS and actor.y >= 0.8 and id_ not in draft.moved:
            draft.place(id_, y=0.9)
        others = sum(1 for other in draft.actors.values() if other.id != id_)
        room = _ROOM - min(0.36, 0.16 * others)
        room = 0.96 if actor.kind in VEHICLES and actor.count > 2 and actor.y < 0.75 else room  # behind all others
        total = draft.actor_width(id_) * across
        if total > room:
            scale = round(max(_SMALLEST, actor.scale * room / total), 3)
            draft.actors[id_] = replace(actor, scale=scale)
        one = draft.actor_width(id_)
        left, right = one * (across // 2 + 0.5), one * ((across - 1) // 2 + 0.5 + across % 1)
        x = round(min(max(draft.x[id_], left + 0.02), max(left + 0.02, 0.98 - right)), 4)
        draft.place(id_, x=x)


def face_the_stage(draft: SceneDraft) -> None:
    """The audience before a stage, on which all others are."""
    if draft.setting != "auditorium":
        return
    least = 6 if any(actor.count > 6 for actor in draft.actors.values()) else 5
    for id_, actor in list(draft.actors.items()):
        if actor.count > least:
            draft.actors[id_] = replace(actor, scale=min(actor.scale, 0.62 if actor.count > 6 else 0.8))
            draft.place(id_, x=0.3, facing=1)
        elif actor.kind in PEOPLE:
            draft.place(id_, x=0.78, y=0.68, facing=-1)


def form(reading: Reading, draft: SceneDraft, ids: Mapping[int, str]) -> None:
    """The shape in which a caption says that a group stands or sits."""
    groups = [ids[k] for k, m in enumerate(reading.mentions) if m.count > 1 and not m.absent and k in ids]
    for k in {k for clause in reading.clauses if clause.verb == "queue" for k in clause.subjects}:
        mention, actor = reading.mentions[k], draft.actors.get(ids.get(k, ""))
        if actor is not None and actor.kind in VEHICLES and mention.counted is None and mention.count > 1:
            draft.actors[actor.id] = replace(actor, count=_QUEUE)  # cars queue
    people = [id_ for id_ in groups if id_ in draft.actors and draft.actors[id_].count > 2]
    formed = any(c.lemma in ("form", "make") and c.words & {"circle", "ring"} for c in reading.clauses)
    rings = people or [id_ for id_ in groups if f"{id_}_other" in draft.actors]
    if rings and (formed or said(reading, CIRCLES)):
        middle = next((ids[k] for p, k in _around(reading) if p == "around" and ids.get(k) not in (None, *rings)), None)
        told = any(m.counted is not None for k, m in enumerate(reading.mentions) if ids.get(k) == rings[0])
        in_a_ring(draft, rings[0], middle, least=1 if told else 5)
    by_themselves = len(draft.actors) == 1 and all(clause.verb in _PLAIN for clause in reading.clauses)
    if people and (by_themselves or said(reading, QUEUES)):
        _in_one_row(draft, people[0])
    if people and said(reading, _PAIRS):
        _in_pairs(draft, people[0])
    if groups and said(reading, BOTH_SIDES):
        _on_both_sides(reading, draft, ids, groups[0])


def _on_both_sides(reading: Reading, draft: SceneDraft, ids: Mapping[int, str], group: str) -> None:
    """To the left and right of what the caption names after the phrase, else at the edges of the picture."""
    at = next(i for i, word in enumerate(reading.words) if word.text in BOTH_SIDES)
    between = next((ids[k] for i, k in sorted(reading.mention_at.items()) if i > at and k in ids), None)
    if between == group:
        between = None
    if group in draft.actors:
        gather_around(draft, group, between, edge=between is None)
        return
    things = [group, *draft.clones.get(group, ())]
    if between is not None:
        draft.start_prop(between, x=0.5)
        draft.place(between, x=0.5)
    inner = draft.width(between) / 2 + draft.width(group) / 2 + 0.02 if between is not None else 0.3
    for n, id_ in enumerate(things):
        out = inner + (n // 2) * max(0.05, draft.width(group) * 0.9)
        draft.start_prop(id_, x=0.5 + (out if n % 2 else -out))


def _in_one_row(draft: SceneDraft, id_: str) -> None:
    """A long queue, smaller, so that each is seen."""
    actor = draft.actors[id_]
    if actor.kind in ANIMALS and 4 < actor.count <= 8 and id_ not in draft.moved:
        draft.actors[id_] = replace(actor, scale=min(0.41, actor.scale))
    if not 6 < actor.count <= 12 or id_ in draft.moved or actor.kind not in PEOPLE:
        return
    draft.actors[id_] = replace(actor, scale=0.62)
    draft.place(id_, x=0.5 if actor.count % 2 else 0.5 + draft.actor_width(id_) / 2)


def _in_pairs(draft: SceneDraft, id_: str) -> None:
    """Two rows, so that each has somebody beside them."""
    actor = draft.actors[id_]
    half = max(2, (actor.count + 1) // 2)
    if id_ in draft.moved or half > 6:
        return
    draft.actors[id_] = replace(actor, count=half)
    draft.put(replace(draft.actors[id_], id=f"{id_}_other", x=round(actor.x + 0.05, 4), y=round(actor.y - 0.06, 4)))


def make_way(reading: Reading, draft: SceneDraft, ids: Mapping[int, str]) -> None:
    """Who only waits or looks on stands aside, not before what another one handles."""
    onlooking = [clause for clause in reading.clauses if clause.verb in _LOOKING_ON and not any(
        ids.get(k) in draft.props for k in (*clause.objects, *(j for _, j in clause.obliques)))]  # fmt: skip
    busy = [clause for clause in reading.clauses if clause not in onlooking]
    handled = {ids[k] for c in busy for k in (*c.objects, *(j for _, j in c.obliques)) if ids.get(k) in draft.props}
    acting = {ids[k] for c in busy for k in c.subjects if k in ids}
    placed = {ids.get(r.figure) for r in relations(reading)}
    placed |= {ids.get(k) for k, mention in enumerate(reading.mentions) if mention.side is not None}
    for clause in onlooking:
        who = [ids[k] for k in clause.subjects if ids.get(k) in draft.actors]
        if len(who) != 1 or who[0] in acting | placed | draft.moved or draft.actors[who[0]].count > 1:
            continue
        xs = [draft.x[id_] for id_ in handled | acting if id_ in draft.x]
        if any(abs(draft.x[id_] - draft.x[who[0]]) - draft.width(id_) / 2 < _ASIDE for id_ in handled):
            x = max((0.1, 0.9), key=lambda x: min(abs(x - other) for other in xs))
            draft.place(who[0], x=x, facing=1 if x < 0.5 else -1)


def line_up_on(draft: SceneDraft, figure: str, ground: str) -> None:
    """Several birds side by side on a fence, which is as long as they need."""
    actor = draft.actors.get(figure)
    if actor is None or actor.count < 2 or figure in draft.moved or draft.kind(ground) not in _LONG:
        return
    small = round(min(actor.scale, actor.scale * _ROOM / (draft.actor_width(figure) * actor.count)), 3)
    draft.actors[figure] = replace(actor, scale=small)
    one, room = draft.actor_width(figure), draft.width(ground)
    parts = max(1, math.ceil((one * actor.count - 0.04) / room))
    for n in range(parts):
        x = 0.5 + (n - (parts - 1) / 2) * room * 0.97
        if n == 0:
            draft.start_prop(ground, x=x)
        else:
            draft.put(replace(draft.props[ground], id=f"{ground}{50 + n}", x=round(x, 4)))
    half = actor.count // 2 if actor.count > 4 else 0
    left, middle = actor.count - half, (actor.count - 1) / 2
    if half:
        draft.actors[figure] = replace(draft.actors[figure], count=actor.count - half)
        draft.put(replace(draft.actors[figure], id=f"{figure}_other", count=half))
        draft.place(f"{figure}_other", x=0.5 + one * (left + half // 2 - middle), facing=1)
    draft.place(figure, x=0.5 + one * (left // 2 - middle), facing=1)


def gather_around(draft: SceneDraft, figure: str, ground: str | None, edge: bool = False) -> None:
    """Half of a group to each side of what they stand or dance around, face to face."""
    actor = draft.actors.get(figure)
    if actor is None or actor.count < 2 or figure in draft.moved:
        return
    other, half = f"{figure}_other", actor.count // 2
    gap = draft.width(ground) / 2 + 0.08 if ground is not None else 0.1
    gap = 0.28 if edge else gap
    if ground is not None:
        draft.start_prop(ground, x=0.5)
        draft.place(ground, x=0.5)
    draft.actors[figure] = replace(actor, count=actor.count - half, facing=1)
    draft.put(replace(actor, id=other, count=half, facing=-1))
    draft.place(figure, x=0.5 - gap - 0.06 * (actor.count - half - 1), facing=1)
    draft.place(other, x=0.5 + gap + 0.06 * (half - 1), facing=-1)


def put_around(draft: SceneDraft, figure: str, ground: str) -> None:
    """Chairs around a table: on its left and right in turn."""
    own = draft.width(figure)
    draft.start_prop(ground, x=0.5)
    for n, id_ in enumerate((figure, *draft.clones[figure])):
        out = draft.width(ground) / 2 + own * (0.5 + n // 2)
        put_at(draft, id_, draft.x[ground] + out * (1 if n % 2 else -1), draft.y(ground))


def _around(reading: Reading) -> list[tuple[str, int]]:
    return [
        *((relation.preposition, relation.ground) for relation in relations(reading)),
        *(one for clause in reading.clauses for one in clause.obliques),
    ]


def in_a_ring(draft: SceneDraft, figure: str, middle: str | None, least: int) -> None:
    """All around what is in the middle, each by themselves and turned to it: half behind it, half before it."""
    actor = draft.actors.get(figure)
    if actor is None or actor.kind not in PEOPLE or figure in draft.moved or actor.count > _RING:
        gather_around(draft, figure, middle)
        return
    if other := draft.actors.pop(f"{figure}_other", None):
        draft.x.pop(other.id)
        actor = replace(actor, count=actor.count + other.count)
    count = min(_RING, max(least, actor.count))
    small = 0.78 * actor.scale
    for n in range(count):
        angle = math.pi + 0.26 + math.tau * n / count
        x, y = 0.5 + 0.25 * math.cos(angle), GROUND - 0.01 + math.sin(angle) * (0.15 if math.sin(angle) > 0 else 0.1)
        one = figure if n == 0 else f"{figure}{50 + n}"
        draft.put(replace(actor, id=one, count=1, scale=round(small, 3), x=round(x, 4), y=round(y, 4),
                          facing=1 if x < 0.49 else -1))  # fmt: skip
        if n:
            draft.clones.setdefault(figure, []).append(one)
    if middle is not None:
        draft.start_prop(middle, x=0.5)
        draft.place(middle, x=0.5)
        pair = [id_ for id_, other in draft.actors.items() if other.count == 1 and other.kind in PEOPLE
                and id_ != middle and id_.rstrip("0123456789") != figure and middle in draft.actors]  # fmt: skip
        for id_, x in zip((middle, *pair[:1]), (0.46, 0.56) if pair else (0.5,)):
            if id_ in draft.actors:
                draft.place(id_, x=x, facing=1 if x <= 0.5 else -1)
                draft.actors[id_] = replace(draft.actors[id_], scale=round(0.85 * draft.actors[id_].scale, 3))


def split_in_two(draft: SceneDraft, id_: str) -> str:
    """Two of one mention as two actors, so that somebody stands between them; the id of the second."""
    actor = draft.actors[id_]
    other = f"{id_}_other"
    draft.put(replace(actor, count=1))
    draft.put(replace(actor, id=other, count=1))
    return other


def put_at(draft: SceneDraft, id_: str, x: float, y: float) -> None:
    x = round(min(0.92, max(0.08, x)), 4)
    if id_ in draft.props:
        draft.start_prop(id_, x=x, y=round(y, 4))
    else:
        draft.place(id_, x=x, y=round(y, 4), facing=1 if x <= 0.5 else -1)


def put_between(draft: SceneDraft, figure: str, ground: str) -> None:
    """Of two or more things of a kind, or of two mentions, one stands to each side."""
    others = [ground, *draft.clones.get(ground, ())]
    if ground in draft.actors and draft.actors[ground].count == 2:
        others.append(split_in_two(draft, ground))
    if len(others) > 1:
        for id_, x in zip(others, (0.18, 0.82)):
            put_at(draft, id_, x, draft.y(id_))
        put_at(draft, figure, 0.5, GROUND)
