"""Work on a building site and in a port: a digger breaks a pipe, a wrecking ball a chimney, a docker moors a ship.

Reads an Event and the SceneDraft; gives Beats, and puts machine, rope and what is worked on where they belong.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.parsing.clauses import Clause, Reading
from svta.generation.storyboard.parsing.sentences.verb_senses.loads import HUNG
from svta.generation.storyboard.scene import MEASURES, PEOPLE, SHORES, VEHICLES, Beat, Prop, medium, whole_and_part

from ..actions.cranes import discharged, fit
from ..actions.draft import GROUND, Event, SceneDraft
from ..actions.equipment import light
from ..actions.handling import handle, take_along
from .hanging import hook_for

_DIGGERS: Final = ("excavator", "wheel loader", "bulldozer")
_BURIED: Final = ("pipe", "water main", "cable", "wire", "concrete pipe")
_RUNNING: Final = ("pour", "run", "walk", "drive", "fall", "plunge", "flow", "spill", "stream", "slide down", "leave")
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
    if draft.kind(e.who) not in PEOPLE or e.verb not in _TYING or {e.target, e.who} & draft.moved:
        return None
    post = next((id_ for id_ in (e.goal, e.near, *draft.props) if draft.kind(id_ or "") == "bollard"), None)
    if ship is None and post in draft.props and draft.kind(e.target or "") in ("rope", "mooring rope"):
        return _rope_round(draft, e, post or "")
    if ship is None:
        return None
    if post is None:
        post = "bollard"
        draft.put(Prop(post, post, None, 0.34, GROUND))
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


def swept_up(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """With the broom onto a dustpan or a heap."""
    into = e.goal if e.way in ("into", "onto", "in", "on") else None
    if e.verb not in ("clean", "rake", "push") or "sweep" not in e.words or into not in draft.props or into is None:
        return None
    if e.target not in draft.props or e.target is None or {e.who, e.target, into} & draft.moved or e.target == into:
        return None
    draft.actors[e.who] = replace(draft.actors[e.who], holds="broom")
    draft.place(e.who, x=0.32, facing=1)
    draft.start_prop(e.target, x=0.46)
    draft.start_prop(into, x=0.68)
    middle = e.start + 0.35 * (e.end - e.start)
    loads = [e.target, *draft.clones.get(e.target, ())]
    return [Beat("clean", e.who, e.target, e.start, e.end),
            *(Beat("drive", id_, None, middle, e.end, draft.move(id_, 0.66)) for id_ in loads)]  # fmt: skip


def dropped_by_two(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Two carry what no hand can hold, and let it fall."""
    load = e.target if e.target in draft.props and not light(draft.kind(e.target or "")) else None
    if load is None or e.verb != "drop" or draft.kind(e.who) not in PEOPLE or {e.who, load} & draft.moved:
        return None
    pair = draft.actors[e.who]
    draft.actors[e.who] = replace(pair, holds=None)
    large = draft.props[load]
    draft.props[load] = replace(large, scale=round(min(large.scale, 0.24 / max(0.01, draft.width_of(large.kind))), 3))
    middle = e.start + 0.5 * (e.end - e.start)
    borne = take_along(draft, "carry", e.who, load, e.start, middle, e.direction, None, None)
    return [*borne, Beat("plunge", load, None, middle, middle + 0.25, draft.x[load])]


def _rope_round(draft: SceneDraft, e: Event, post: str) -> list[Beat]:
    """A rope that is laid around a bollard leads to a ship beyond the picture."""
    assert e.target is not None
    count = draft.actors[e.who].count
    draft.start_prop(post, x=0.52, y=GROUND + 0.02)
    draft.props[post] = replace(draft.props[post], scale=0.6)
    draft.props[e.target] = replace(draft.props[e.target], kind="mooring rope", scale=1.0)
    draft.start_prop(e.target, x=0.52 + 0.13, y=GROUND - 0.01)
    draft.place(e.who, x=0.43 - 0.06 * (count - 1), y=GROUND + 0.02, facing=1)
    middle = e.start + 0.35 * (e.end - e.start)
    return [Beat("tie", e.who, e.target, e.start, e.end), Beat("appear", e.target, None, middle, middle + 0.01)]


def waved_in(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Somebody waves a lorry in: it comes on, slowly, up to where the hand is."""
    truck = e.target if draft.kind(e.target or "") in VEHICLES and e.target in draft.actors else None
    led = e.ground is not None or (e.goal is not None and e.way in ("into", "onto", "to", "through"))
    if e.verb != "wave" or truck is None or draft.kind(e.who) not in PEOPLE or not led or {truck, e.who} & draft.moved:
        return None
    draft.place(e.who, x=0.18, facing=1)
    draft.place(truck, x=0.5, facing=-1)
    draft.start_at(truck, 1.15)
    return [
        Beat("wave", e.who, truck, e.start, e.end),
        Beat("drive", truck, None, e.start, e.end, draft.move(truck, 0.6)),
    ]


def into_the_water(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """What somebody drops into a canal falls into the water."""
    wet = e.ground is not None and e.ground[0] in ("into", "in") and draft.setting in SHORES.values()
    if e.verb != "drop" or not wet or draft.kind(e.who) not in PEOPLE or e.target not in draft.props or not e.target:
        return None
    return handle(draft, replace(e, verb="throw", ground=("into", e.ground[1]) if e.ground else None))


_GRAIN: Final = ("grain heap", "pile of sand", "pile of gravel", "pile of coal", "wheat", "corn", "concrete", "sawdust")
_HOPPERS: Final = ("silo",)
_CHAIRS: Final = (
    "chair",
    "stool",
    "piano stool",
    "bench",
    "armchair",
    "folding chair",
    "bar stool",
    "deck chair",
    "swing",
    "sofa",
)
_COVERS: Final = ("tarpaulin", "blanket", "towel", "cloth", "sheet", "tablecloth", "net", "carpet")


def out_of_a_silo(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Grain runs down a spout into what stands under it."""
    silo = next((id_ for id_ in (e.source, e.who, e.target) if draft.kind(id_ or "") in _HOPPERS), None)
    grain = next((id_ for id_ in (e.who, e.target) if draft.kind(id_ or "") in _GRAIN), None)
    if silo is None or grain is None or grain in draft.moved or e.verb not in _RUNNING:
        return None
    goal = next((id_ for id_ in (e.goal, e.target) if id_ in draft.x and id_ not in (silo, grain)), None)
    draft.props[silo] = replace(draft.props[silo], scale=min(1.0, 0.62 / max(0.01, draft.height(silo))))
    beats = discharged(draft, replace(e, who=silo, target=grain, goal=goal), "silo")
    draft.props[silo] = replace(draft.props[silo], x=0.78)
    draft.x[silo] = 0.78
    along = 0.78 - 0.5 * 0.5625 * 0.5 * draft.props[silo].scale - 0.02
    draft.props[grain] = replace(draft.props[grain], x=round(along, 4))
    if goal in draft.actors and goal is not None:
        if draft.kind(goal) in ("truck", "semi truck"):  # with an open bed
            draft.actors[goal] = replace(draft.actors[goal], kind="flatbed truck")
        draft.place(goal, x=along - 0.02, y=GROUND, facing=-1)
    elif goal in draft.props and goal is not None:
        draft.props[goal] = replace(draft.props[goal], x=round(along, 4))
    return beats


def breaks_under(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Somebody sits on a chair, which gives way."""
    if draft.kind(e.who) not in _CHAIRS or e.verb not in ("smash", "split", "collapse", "crack", "shatter", "topple"):
        return None
    named = [e.passed, e.near, e.target, e.goal]
    later = [id_ for id_ in draft.later if id_ in draft.actors]
    who = next((id_ for id_ in (*named, *later) if id_ in draft.actors and draft.kind(id_ or "") in PEOPLE), None)
    if who is None or {who, e.who} & draft.moved:
        return None
    draft.start_prop(e.who, x=0.5)
    draft.place(who, x=0.5, facing=1)
    breaks = e.start + 0.4 * (e.end - e.start)
    draft.moved |= {who, e.who}
    return [Beat("sit", who, e.who, 0.0, breaks), Beat("collapse", e.who, None, breaks, breaks + 0.15),
            Beat("fall", who, None, breaks, min(1.0, breaks + 0.35))]  # fmt: skip


def covered(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A tarpaulin that is pulled over something lies on it then."""
    over = next((id_ for id_ in (e.passed, e.goal) if id_ in draft.props and id_ != e.target), None)
    told = {e.preposition, e.way, *e.words} & {"over", "across"} or (e.passed is not None and e.verb != "walk")
    if draft.kind(e.target or "") not in _COVERS or e.target is None or over is None or not told:
        return None
    if draft.kind(e.who) not in PEOPLE or e.verb not in ("pull", "throw", "put", "spread", "walk", "lay", "unfold"):
        return None
    if {e.who, e.target, over} & draft.moved or e.target not in draft.props:
        return None
    draft.start_prop(over, x=0.6)
    draft.place(e.who, x=0.6 - draft.width(over) / 2 - 0.1, facing=1)
    cover = draft.props[e.target]
    wide = 1.2 * draft.width(over) / max(0.01, draft.width_of(cover.kind))
    tall = 1.15 * draft.height(over) * cover.scale / max(0.01, draft.height(e.target))
    hangs = cover.kind in ("tarpaulin", "net")  # down to the ground
    y = GROUND + 0.005 if hangs else draft.y(over) - 0.97 * draft.height(over)
    draft.props[e.target] = replace(cover, x=0.6, y=round(y, 4), scale=round(max(wide, tall) if hangs else wide, 3))
    draft.x[e.target] = 0.6
    draft.moved.add(e.target)
    middle = e.start + 0.35 * (e.end - e.start)
    return [Beat("pat", e.who, e.target, e.start, e.end), Beat("appear", e.target, None, middle, middle + 0.01)]


SITEWORK: Final = (out_of_a_silo, breaks_under, covered, waved_in, into_the_water, swept_up, dropped_by_two,
                   bricks_laid, broken_by_digger, foresee_pipe, wrecked, moored)  # fmt: skip


def in_pieces(draft: SceneDraft, beats: list[Beat]) -> list[Beat]:
    """A stack that falls over comes apart, and so does a row; neither turns over as one body."""
    out = []
    if "liquid" in draft.props:  # it has a colour of its own
        beats = [beat for beat in beats if beat.verb not in ("drip", "leak", "ooze")]
    for beat in beats:
        kind = draft.kind(beat.who)
        both = whole_and_part(kind)
        many = kind in ("stack", "cardboard boxes") or (both is not None and both[0] in MEASURES)
        out.append(replace(beat, verb="collapse") if many and beat.verb in _TOPPLING and beat.to is None else beat)
    return out


_LARGE_SHIPS: Final = ("ferry", "ship", "cruise ship", "cargo ship", "yacht")


def in_port(reading: Reading, clause: Clause) -> bool:
    """True for who goes aboard, ties a ship to what stands on land, or unloads it: it lies at the quay."""
    return _goes_aboard(reading, clause) or _moors(reading, clause)


def _goes_aboard(reading: Reading, clause: Clause) -> bool:
    """True for people who get on or off a ship: it lies at the quay."""
    told = [reading.mentions[k] for k in (*clause.objects, *(k for _, k in clause.obliques))]
    afoot = bool(clause.subjects) and all(reading.mentions[k].group == "person" for k in clause.subjects)
    ways = {p for p, _ in clause.obliques} & {"off", "onto", "into", "from", "aboard"}
    moving = clause.verb in ("enter", "leave") or (clause.verb in ("walk", "run", "flee") and bool(ways))
    return afoot and moving and any(mention.kind in _LARGE_SHIPS for mention in told)


def _moors(reading: Reading, clause: Clause) -> bool:
    """True for who ties a ship to what stands on land."""
    tied = clause.lemma in ("tie", "moor", "fasten", "tether")
    told = clause.objects if tied else [k for _, k in clause.obliques if clause.lemma in ("unload", "discharge")]
    return bool(clause.subjects) and any(medium(reading.mentions[k].kind) == "water" for k in told)


def hangs_free(reading: Reading, k: int | None) -> bool:
    """True for a load that hangs from a crane, whether or not the crane is named."""
    return k is not None and reading.mentions[k].kind in HUNG
