"""Puts things where a caption says they are to each other, before anything moves; fidelity asks the same question.

Reads a Reading and the ids of its mentions; changes x and y of actors and props of a SceneDraft.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from svta.generation.storyboard.animation.spawn import HOLDERS
from svta.generation.storyboard.drawing.things import THINGS
from svta.generation.storyboard.drawing.vehicles import VEHICLES as VEHICLE_SHAPES
from svta.generation.storyboard.drawn_tables import handwork, objects
from svta.generation.storyboard.parsing.clauses import Clause, Reading
from svta.generation.storyboard.parsing.relations import relations
from svta.generation.storyboard.places.backdrop import PLACE_PAINTERS
from svta.generation.storyboard.scene import ANIMALS, PEOPLE, VEHICLES, Prop, medium

from .actions.draft import GROUND, SceneDraft
from .actions.equipment import light
from .actions.mutual import RETURNED
from .actions.supports import CONTAINERS, put_on, supporting, table_for, top_of
from .actions.ways import STEEP, atop
from .animals.sizes import in_proportion
from .arrangement.formations import form, gather_around, line_up_on, make_way, put_around, put_at, put_between
from .arrangement.seats import in_wheelchairs
from .arrangement.spreading import behind
from .defaults import standing
from .industry.hanging import hang_up
from .industry.heights import go_up
from .weather.shelter import can_share, is_covered, make_room_under, share, share_umbrellas

_BESIDE: Final = ("beside", "near", "next", "by")
_CLOSE: Final = 0.27
_SAME: Final = {"inside": "in", "within": "in"}
_TANKS: Final = ("glass bowl", "aquarium")
_CAGES: Final = (*_TANKS, "cage", "bird cage")
_TALL: Final = 0.36  # as high and wide as a building
_HIGHEST: Final = 0.52  # the y of the feet of somebody who is seen whole
_POSES: Final = {"stand", "wave", "dance", "talk", "look", "photograph", "clap", "strum", "phone"}
_FALLING: Final = {"fall", "plunge", "drop", "topple", "land", "jump", "hit", "crash", "collide"}
_IN_PLACE: Final = {
    "grab",
    "eat",
    "drink",
    "look",
    "smash",
    "shatter",
    "read",
    "water",
    "repair",
    "clean",
    "hit",
    "kick",
    "burn",
    "open",
    "close",
    "type",
    "photograph",
    "push",
    "bite",
    "lift",
}  # done to what stays where it is
_FLAT: Final = (
    "doormat",
    "mattress",
    "yoga mat",
    "mud",
    "puddle",
    "oil puddle",
    "hole",
    "carpet",
    "towel",
    "leaves",
    "pile of snow",
    "net",
)
_ATOP: Final = _POSES | {"sit", "lie", "sleep", "sound", "eat"}
_LYING: Final = {"sit", "lie", "sleep", "jump", "climb", "land"}  # acts that go to their seat by themselves


def _note_states(reading: Reading, draft: SceneDraft, ids: Mapping[int, str]) -> None:
    """What is missed, lies on its side, or has somebody on its hood."""
    in_proportion(draft)
    missed = [d for d in reading.denials if d.group == "verb" and d.name in ("hit", "kick ball", "enter", "throw")]
    draft.missed = bool(missed) or any(word.lemma == "miss" for word in reading.words)
    if any(d.text.startswith("score") for d in missed) and not any(p.kind == "goal" for p in draft.props.values()):
        draft.put(Prop("goal", "goal", None, 0.8, GROUND))
    ringing = [ids.get(st.mention, "") for st in reading.states if st.verb == "sound" and st.mention is not None]
    for id_ in (id_ for id_ in ringing if draft.kind(id_) in ("phone", "telephone") and draft.y(id_) == GROUND):
        table_for(draft, id_)
    lying = [st.mention for st in reading.states if st.verb == "roll over" and st.mention is not None]
    draft.overturned |= {ids[k] for k in lying if ids.get(k) in draft.props}
    on_hoods = [k for i, k in reading.mention_at.items() if reading.words[i].part in ("hood", "bonnet")]
    draft.parked = standing(reading, ids)
    draft.hoods |= {ids[k] for k in on_hoods if ids.get(k) in draft.actors}


def arrange(reading: Reading, draft: SceneDraft, ids: Mapping[int, str]) -> None:
    """Put each figure beside, behind, before, under, on or between its ground, unless a choreography placed it."""
    _note_states(reading, draft, ids)
    posed = {k for clause in reading.clauses if clause.verb not in _POSES for k in clause.subjects}
    seated = {k for clause in reading.clauses if clause.verb in _LYING for k in clause.subjects}
    restless = {k for clause in reading.clauses if _is_restless(clause) for k in clause.subjects}
    falling = {k for clause in reading.clauses if clause.verb in _FALLING for k in clause.subjects}
    moved = {k for clause in reading.clauses if _moves(reading, clause) for k in clause.objects}
    moving = {ids.get(k) for clause in reading.clauses for k in (*clause.subjects, *clause.objects)}
    in_wheelchairs(reading, draft, ids)
    for relation in reversed([*relations(reading)]):  # on a desk behind the counter: the desk first
        figure, ground = ids.get(relation.figure), ids.get(relation.ground)
        if _is_denied(reading, relation.at):
            continue  # do not sit on the swings
        if not {figure, ground} <= draft.x.keys():
            continue  # in somebody's hand
        if figure is None or ground is None or figure == ground or relation.figure in moved | falling:
            continue
        x, y = draft.x[ground], draft.y(ground)
        preposition = _SAME.get(relation.preposition, relation.preposition)
        if preposition in ("in", "on") and draft.kind(ground) in _CAGES and draft.kind(figure) not in VEHICLES:
            _put_behind_bars(draft, figure, ground)
        elif preposition in _BESIDE and not (room := _room(draft, figure, ground)) < abs(draft.x[figure] - x) < _CLOSE:
            put_at(draft, figure, x + (-room if x > 0.5 else room), draft.y(figure))
        elif preposition == "behind" and {draft.kind(figure), draft.kind(ground)} <= {*VEHICLES}:
            _one_behind_the_other(draft, figure, ground)
        elif preposition == "behind":
            put_at(draft, figure, *behind(draft, figure, ground))
        elif preposition == "front" and any(
            st.mention == relation.ground for st in reading.states if st.verb == "burn"
        ):
            out = draft.width(ground) / 2 + 0.16  # not in the flames
            put_at(draft, figure, x + (out if x < 0.5 else -out), y + 0.05)
        elif preposition == "front":
            _put_before(draft, figure, x, y)
        elif preposition == "under" and can_share(draft, figure, ground) and ground not in moving:
            share(draft, figure, ground)
        elif is_covered(draft, figure, ground, preposition, at_rest=relation.figure not in posed | seated):
            put_at(draft, figure, x, y + 0.01)
            make_room_under(draft, figure, ground)
        elif preposition in ("in", "on") and draft.kind(ground) in _FLAT and figure in draft.actors:
            draft.place(figure, x=x, y=y)
            draft.start_prop(ground, y=y + 0.015)
        elif (
            preposition in ("on", "in")
            and ground in draft.props
            and (relation.figure not in seated or draft.kind(figure) not in PEOPLE)
        ):
            if draft.kind(figure) in ANIMALS and draft.kind(ground) in (*HOLDERS, "window"):
                sill = draft.y(ground) - 0.02 if draft.kind(ground) == "window" else top_of(draft.kind(ground))
                put_at(draft, figure, x, sill)
                line_up_on(draft, figure, ground)
                continue
            person = draft.kind(figure) in PEOPLE
            if draft.kind(figure) in ANIMALS and preposition == "on":
                put_at(draft, figure, x, _footing(reading, draft, relation.ground, figure, ground))
            _put_clones(draft, figure, ground, preposition == "in")
            if figure in draft.props:
                put_on(draft, figure, ground, inside=preposition == "in")
            elif (
                preposition == "on"
                and person
                and (relation.figure not in posed or _poses_at(reading, relation.figure, relation.at))
            ):
                put_at(draft, figure, x, _footing(reading, draft, relation.ground, figure, ground))
        elif preposition in ("on", "onto") and medium(draft.kind(ground)) and relation.figure not in restless:
            atop(draft, figure, ground)
        elif preposition in ("above", "over") and figure in draft.props and THINGS[draft.kind(figure)].height < 0.6:
            put_at(draft, figure, x, GROUND if _from_the_ceiling(draft, figure) else 0.42)  # hung up with the room
        elif preposition == "between":
            put_between(draft, figure, ground)
        elif preposition == "around" and figure in draft.clones and ground in draft.props:
            put_around(draft, figure, ground)
        elif preposition == "around" and relation.figure not in restless | seated:
            gather_around(draft, figure, ground)
    share_umbrellas(reading, draft, ids)
    _beside_on_a_surface(reading, draft, ids)
    form(reading, draft, ids)
    make_way(reading, draft, ids)
    _raise(reading, draft, ids)


def _raise(reading: Reading, draft: SceneDraft, ids: Mapping[int, str]) -> None:
    """Who works high up is there, and what hangs is on its crane."""
    go_up(reading, draft, ids)
    hang_up(reading, draft, ids)


def _from_the_ceiling(draft: SceneDraft, figure: str) -> bool:
    """True for a fan or lamp that hangs above something in a room; a lamp without a stand takes the place of one."""
    if not PLACE_PAINTERS[draft.setting][1]:
        return False
    if draft.kind(figure) in ("lamp", "night lamp"):
        draft.props[figure] = replace(draft.props[figure], kind="chandelier")
    return bool(objects().get(draft.kind(figure), {}).get("mount") == "ceiling")


def _put_before(draft: SceneDraft, figure: str, x: float, y: float) -> None:
    """In front of what stands at (x, y); a queue so that the shop is seen beside it."""
    if figure in draft.actors and draft.actors[figure].count > 3 and y < GROUND - 0.05:
        put_at(draft, figure, x - 0.18, GROUND)
    else:
        put_at(draft, figure, x + 0.06, y + 0.03)


def _put_behind_bars(draft: SceneDraft, figure: str, ground: str) -> None:
    """Small enough for the cage, whose bars are before it."""
    if draft.kind(ground) in _TANKS and draft.kind(figure) == "fish":
        return _put_in_a_bowl(draft, figure, ground)
    if figure in draft.moved:
        return
    cage = draft.props[ground]
    draft.props[ground] = replace(cage, scale=1.7)
    if figure in draft.actors:
        actor = draft.actors[figure]
        draft.actors[figure] = replace(actor, scale=min(actor.scale, 0.62))
    draft.place(figure, x=draft.x[ground], y=cage.y - 0.015)
    draft.start_prop(figure, x=draft.x[ground], y=cage.y - 0.015)


def _put_in_a_bowl(draft: SceneDraft, fish: str, bowl: str) -> None:
    """A bowl on a table, large enough to see the fish that swims in it."""
    draft.props[bowl] = replace(draft.props[bowl], scale=1.3)
    if "fish_table" not in draft.x:
        draft.put(Prop("fish_table", "table", None, 0.64, GROUND))
    draft.props[bowl] = replace(draft.props[bowl], x=0.64, y=top_of("table"))
    draft.x[bowl] = 0.64
    draft.props[fish] = replace(draft.props[fish], scale=0.42)
    draft.start_prop(fish, x=0.64, y=round(top_of("table") - 0.4 * draft.height(bowl), 4))
    draft.bowls[fish] = bowl


def _one_behind_the_other(draft: SceneDraft, figure: str, ground: str) -> None:
    """Two vehicles, the second after the first, both within the picture."""
    wide = [VEHICLE_SHAPES[draft.kind(id_)].width * draft.actors[id_].scale * 0.34 for id_ in (figure, ground)]
    size = min(1.0, 0.94 / (sum(wide) + 0.04))
    first = 0.97 - wide[1] * size / 2
    for id_, x in ((ground, first), (figure, first - (sum(wide) / 2 + 0.04) * size)):
        draft.actors[id_] = replace(draft.actors[id_], scale=round(draft.actors[id_].scale * size, 3))
        draft.place(id_, x=x, y=GROUND, facing=1)


def _footing(reading: Reading, draft: SceneDraft, k: int, figure: str, ground: str) -> float:
    """The y on which somebody stands on a thing: high up on it, but in the picture; halfway up where it says so."""
    kind = draft.kind(ground)
    if kind == "power lines":
        return round(top_of(kind) + 0.1, 4)
    if draft.height(ground) > _TALL and draft.width(ground) > _TALL and kind not in STEEP:
        draft.shrink(figure, ground)
        return round(draft.y(ground) - 0.97 * draft.height(ground), 4)
    top = max(top_of(kind), _HIGHEST) if kind in STEEP else top_of(kind)
    halfway = any(reading.words[i].part == "middle" for i, named in reading.mention_at.items() if named == k)
    return round((GROUND + top) / 2, 4) if halfway else top


def _beside_on_a_surface(reading: Reading, draft: SceneDraft, ids: Mapping[int, str]) -> None:
    """Between two candles on a shelf, beside a doll on it: those stand there too."""
    for relation in relations(reading, ("beside", "next", "near", "by")):
        figure, ground = ids.get(relation.figure, ""), ids.get(relation.ground, "")
        under = supporting(draft, figure) if figure in draft.props else None
        if under is None and any(supporting(draft, other) == figure for other in draft.props):
            under = figure  # a bear on the shelf next to a doll
        alone = ground in draft.props and light(draft.kind(ground)) and supporting(draft, ground) is None
        if under is not None and under != ground and alone:
            put_on(draft, ground, under)
    for relation in relations(reading, ("between",)):
        figure, ground = ids.get(relation.figure, ""), ids.get(relation.ground, "")
        others = [ground, *draft.clones.get(ground, ())]
        if (under := supporting(draft, figure)) is None:  # on a shelf between two candles: what is on it
            under = figure
            figure = next((other for other in draft.props if supporting(draft, other) == under), "")
        if figure not in draft.props or len(others) < 2 or not light(draft.kind(ground)):
            continue
        gap = max(0.07, (draft.width(figure) + draft.width(ground)) / 2)
        for other, side in zip(others, (-1, 1)):
            put_on(draft, other, under)
            draft.start_prop(other, x=draft.x[figure] + side * gap)


def _is_denied(reading: Reading, at: int) -> bool:
    """True if the verb before a preposition does not happen."""
    told = max((clause.at for clause in reading.clauses if clause.at < at), default=-1)
    denied = max((denial.at for denial in reading.denials if denial.group == "verb" and denial.at < at), default=-1)
    return denied > told


def _poses_at(reading: Reading, figure: int, at: int) -> bool:
    """True if who is on something only stands there when the caption says so: stands on a chair and takes a book."""
    before = [clause for clause in reading.clauses if clause.at < at and figure in clause.subjects]
    return bool(before) and max(before, key=lambda clause: clause.at).verb in _POSES


def _is_restless(clause: Clause) -> bool:
    """True for who does not stay where they are; those who fight or dance with each other do."""
    return clause.verb not in _ATOP and (clause.lemma not in RETURNED or bool(clause.objects))


def _moves(reading: Reading, clause: Clause) -> bool:
    """True for what is done to a thing and takes it elsewhere."""
    given_off = clause.subjects and all(reading.mentions[k].group == "substance" for k in clause.subjects)
    return clause.verb not in _IN_PLACE and not _worked_on(clause.verb) and not given_off


def _worked_on(verb: str) -> bool:
    """True for work on a thing that stays where it is."""
    return verb in handwork() and not handwork()[verb].get("held")


def _put_clones(draft: SceneDraft, figure: str, ground: str, inside: bool) -> None:
    """Of several things on several tables one lies on each; on one table they lie side by side, all of them on it."""
    grounds = [ground, *draft.clones.get(ground, ())]
    clones = draft.clones.get(figure, ())
    if len(grounds) > 1:
        for n, clone in enumerate(clones, 1):
            under = grounds[n % len(grounds)]
            shift = max(0.06, 1.05 * draft.width(clone)) * (n // len(grounds)) * (-1 if n % 2 else 1)
            put_at(draft, clone, draft.x[under] + shift, top_of(draft.kind(under)))
        return
    sunk = 0.35 * draft.height(figure) if inside and draft.kind(ground) in CONTAINERS else 0.0
    room = max(0.0, draft.width(ground) - draft.width(figure))
    step = min(max(0.04, 1.05 * draft.width(figure)), room * (1.0 / max(1, len(clones))))
    for n, clone in enumerate(clones, 1):
        x = draft.x[ground] + step * ((n + 1) // 2) * (-1 if n % 2 else 1)
        draft.start_prop(clone, x=x, y=round(top_of(draft.kind(ground)) + sunk, 4))


def _beside_others(draft: SceneDraft, figure: str, ground: str) -> float:
    """Where on a branch a bird sits beside the one that sits there already."""
    x, top = draft.x[ground], top_of(draft.kind(ground))
    there = sum(a.id != figure and a.y == top and abs(a.x - x) < 0.2 for a in draft.actors.values())
    return x + (0.0, -0.14, 0.14)[min(2, there)]


def _room(draft: SceneDraft, figure: str, ground: str) -> float:
    """How far apart two stand side by side, centre to centre, so that neither hides the other."""
    widths = []
    for kind in (draft.kind(figure), draft.kind(ground)):
        shape = VEHICLE_SHAPES.get(kind) or THINGS.get(kind)
        widths.append(0.6 if shape is None else shape.width)
    most = 0.34 if draft.kind(ground) in VEHICLES else 0.26
    return min(most, max(0.12, 0.16 * sum(widths)))
