"""What is made by machines: things that pass under one on a belt, metal that is cast, logs that are sawn.

Reads an Event and the SceneDraft; gives Beats, and puts belt, machine and what is worked on where they belong.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.pen import PERSON
from svta.generation.storyboard.scene import PEOPLE, Beat, Prop

from ..actions.draft import GROUND, Event, SceneDraft
from ..actions.equipment import light
from ..actions.filling import carried, filled
from .crafts import carried_by_robot, fished, forged, hosed, levelled, products, pumped, sewn, under_a_car
from .heights import up_there
from .sitework import SITEWORK

_ON_THE_BELT: Final = ("walk", "run", "drive", "roll", "slide down", "float", "slip", "shake", "enter", "leave", "fly",
                       "ride", "stream", "come closer", "go away")  # fmt: skip
_OVER_BELTS: Final = ("filling machine", "packing machine", "machine", "press", "scanner", "security scanner")
_FLOWING: Final = ("pour", "run", "walk", "drive", "leak", "enter", "gush", "spill", "drip", "stream", "fill", "flow")
_SAWS: Final = ("saw blade", "saw", "band saw", "table saw", "machine")
_SAWN: Final = ("log", "logs", "plank", "beam", "tree", "pipe", "metal bar")
_CUTTING: Final = ("saw", "cut", "snip", "cut metal", "chop wood", "split", "slice")
_BY_HAND: Final = ("sort", "pack", "look", "check", "assemble", "label", "scan",
                   "clean", "wrap")  # fmt: skip
_FEEDING: Final = ("feed", "push", "put", "slide down", "saw", "run", "load", "give", "lead")
_RUNNING: Final = ("spin", "work", "type", "run", "walk", "drive", "brighten", "circle", "roll")
_TURNING: Final = ("turn", "spin", "rotate", "whirl")
_LADLE_HIGH: Final = 0.3  # of the frame, above the mould


def at_a_machine(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """The beats of an event of production; None for all others."""
    for rule in _RULES:
        if (made := rule(draft, e)) is not None:
            return made
    return None


def _told(draft: SceneDraft, e: Event, *kinds: str) -> str | None:
    """What of these kinds the event names, else what of them is there."""
    named = (e.target, e.goal, e.source, e.passed, e.near, *draft.props)
    return next((id_ for id_ in named if id_ != e.who and id_ is not None and draft.kind(id_) in kinds), None)


def _is_clone(draft: SceneDraft, id_: str) -> bool:
    return any(id_ in others for others in draft.clones.values())


def _along_the_belt(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Bottles that rattle along a belt or pass under a machine ride on it, and are filled where a nozzle is above."""
    if e.who not in draft.props or e.verb not in _ON_THE_BELT or not light(draft.kind(e.who)):
        return None
    ways = (e.target, e.passed, e.goal, e.near)
    belt = next((id_ for id_ in ways if id_ is not None and draft.kind(id_) == "conveyor"), None)
    over = next((id_ for id_ in ways if id_ is not None and draft.kind(id_) in _OVER_BELTS), None)
    if (belt is None and over is None) or e.words & {"off", "over", "down", *_TURNING} or e.source is not None:
        return None
    if _is_clone(draft, e.who) and over is not None:
        return []  # with the first of them
    over = over or _told(draft, e, "filling machine")
    for who in (id_ for id_ in ways if id_ in draft.actors and draft.kind(id_) in PEOPLE):  # past an inspector
        draft.place(who, x=0.74, y=GROUND - 0.05, facing=-1)
    if over is None or e.verb == "shake":
        return _ride(draft, e, belt) if e.verb == "shake" else None
    bottled = filled(draft, replace(e, who=over, target=e.who)) if draft.kind(over) == "filling machine" else None
    return bottled or _under(draft, e, over)


def _beside_the_belt(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Workers who sort, pack or check what comes along on a belt stand behind it."""
    belt = _told(draft, e, "conveyor")
    if belt is None or e.verb not in _BY_HAND or e.who not in draft.actors or e.who in draft.moved:
        return None
    load = e.target if e.target in draft.props and light(draft.kind(e.target or "")) else None
    if load is None or draft.kind(e.who) not in PEOPLE:
        return None
    draft.props[belt] = replace(draft.props[belt], x=0.5, scale=1.5)
    draft.x[belt] = 0.5
    count = draft.actors[e.who].count
    draft.place(e.who, x=0.5 if count != 2 else 0.42, y=GROUND - 0.05, facing=1)
    goes = load in draft.later  # it is told how it comes along
    ride = [] if goes else [b for id_ in (load, *draft.clones.get(load, ()))
                            for b in carried(draft, replace(e, who=id_, target=belt))]  # fmt: skip
    return [Beat("check" if e.verb == "look" else e.verb, e.who, None, e.start, e.end), *ride]


def _ride(draft: SceneDraft, e: Event, belt: str | None) -> list[Beat]:
    assert belt is not None
    return [*carried(draft, replace(e, target=belt)), Beat("work", belt, None, e.start, 1.0)]


def _under(draft: SceneDraft, e: Event, over: str) -> list[Beat]:
    """On a belt through a machine."""
    belt = _told(draft, e, "conveyor") or "conveyor"
    if belt not in draft.props:
        draft.put(Prop(belt, "conveyor", None, 0.5, GROUND))
    draft.start_prop(over, x=0.5, y=GROUND - 0.02)
    return [b for id_ in (e.who, *draft.clones.get(e.who, ()))
            for b in carried(draft, replace(e, who=id_, target=belt))]  # fmt: skip


def _cast(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Out of a ladle that hangs above, into a mould in which it rises; None for what is no molten metal."""
    metal = e.who if draft.kind(e.who) == "molten metal" else _told(draft, e, "molten metal")
    named = metal in (e.who, e.target) or draft.kind(e.who) == "ladle"
    if metal is None or not named or e.verb not in _FLOWING or metal in draft.moved:
        return None
    ladle = _told(draft, e, "ladle") or (e.who if draft.kind(e.who) == "ladle" else "ladle")
    if ladle not in draft.props:
        draft.put(Prop(ladle, "ladle", None, 0.4, GROUND))
    mould = _told(draft, e, "mould")
    x = 0.4 if draft.setting == "foundry" else 0.56  # there is another one to the right
    draft.start_prop(ladle, x=x - 0.27 * PERSON * 0.5625 - 0.04, y=GROUND - _LADLE_HIGH)
    high = 0.02
    if mould is not None:
        draft.start_prop(mould, x=x, y=GROUND)
        high = 0.15 * PERSON
    draft.start_prop(metal, x=x, y=GROUND - high)
    draft.moved |= {metal, ladle}
    worker = e.who if draft.kind(e.who) in PEOPLE else None
    if worker is not None:
        draft.place(worker, x=0.2, facing=1)
    steered = [Beat("pull lever", worker, None, e.start, e.end)] if worker is not None else []
    return [*steered, Beat("discharge", ladle, metal, e.start, e.end), Beat("grow", metal, None, e.start, e.end)]


def _sawn(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A log goes past a saw blade on a bench and comes out as planks; None for what no machine saws."""
    if draft.kind(e.who) in PEOPLE and e.verb == "saw" and draft.kind(e.target or "") in _SAWS[:1] and e.target:
        draft.put(Prop("sawn_plank", "plank", None, 0.26, GROUND))  # operates a circular saw
        return _fed(draft, replace(e, verb="feed", target="sawn_plank", goal=e.target, way="into"))
    if draft.kind(e.who) in PEOPLE and e.verb in _FEEDING and e.way in ("into", "through", "onto", "on", "to"):
        return _fed(draft, e)
    blade = e.who if draft.kind(e.who) in _SAWS else None
    if draft.kind(e.who) in ("saw", "saw blade") and e.verb in _RUNNING and e.target is None:
        return _runs(draft, e)
    log = e.target if draft.kind(e.target or "") in _SAWN else None
    if blade is None or log is None or e.verb not in _CUTTING or {log, blade} & draft.moved or log not in draft.props:
        return None
    if draft.kind(blade) == "saw":
        draft.props[blade] = replace(draft.props[blade], kind="saw blade")
    planks = e.goal if draft.kind(e.goal or "") in ("plank", "planks") else None
    bench = _told(draft, e, "conveyor", "workbench") or "conveyor"
    if bench not in draft.props:
        draft.put(Prop(bench, "conveyor", None, 0.5, GROUND))
    belt = draft.props[bench]
    draft.props[bench] = replace(belt, scale=1.5, x=0.5)
    draft.x[bench] = 0.5
    top = GROUND - draft.height(bench) + 0.01
    draft.start_prop(blade, x=0.5, y=top + 0.45 * draft.height(blade))
    draft.start_prop(log, x=0.26, y=top)
    middle = e.start + 0.6 * (e.end - e.start)
    cut = [Beat("work", blade, log, e.start, 1.0)]
    if planks is None:
        halves = Beat("saw", log, None, e.start + 0.3, e.end)
        return [*cut, Beat("drive", log, None, e.start, e.end, draft.move(log, 0.66)), halves]
    return [*cut, *_out_as_planks(draft, e, log, planks, middle, top)]


def _runs(draft: SceneDraft, e: Event) -> list[Beat]:
    """A saw that is switched on is set into a bench."""
    draft.put(Prop("saw_bench", "workbench", None, draft.x[e.who], GROUND))
    draft.props[e.who] = replace(draft.props[e.who], kind="saw blade")
    draft.start_prop(e.who, y=GROUND - draft.height("saw_bench") + 0.4 * draft.height(e.who))
    return [Beat("work", e.who, None, e.start, 1.0)]


def _fed(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Somebody pushes what is sawn into the saw."""
    saw = e.goal if draft.kind(e.goal or "") in _SAWS and e.goal in draft.props else None
    if saw is None or draft.kind(e.target or "") not in _SAWN or e.who in draft.moved:
        return None
    draft.props[saw] = replace(draft.props[saw], kind="saw blade")
    for other in draft.clones.pop(e.target or "", ()):  # one after the other
        draft.props.pop(other, None)
        draft.x.pop(other, None)
    sawing = _sawn(draft, replace(e, who=saw, verb="saw", goal=None, way=None))
    draft.place(e.who, x=0.14, y=GROUND - 0.02, facing=1)
    return [Beat("sort", e.who, None, e.start, e.end), *(sawing or [])]


def _piled(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Boxes on a belt run into each other and pile up."""
    belt = _told(draft, e, "conveyor")
    if belt is None or e.who not in draft.props or not e.words & {"pile", "jam", "collect", "accumulate", "bunch"}:
        return None
    if _is_clone(draft, e.who) or not light(draft.kind(e.who)) or e.who in draft.moved:
        return []
    draft.props[belt] = replace(draft.props[belt], x=0.5, scale=1.35)
    draft.x[belt] = 0.5
    rows = [e.who, *draft.clones.get(e.who, ())]
    while 1 < len(rows) < 4:
        more = f"{e.who}_{len(rows)}"
        draft.put(replace(draft.props[e.who], id=more))
        draft.clones[e.who].append(more)
        rows.append(more)
    scale = round(min(1.0, 0.1 / max(0.01, draft.width(e.who))), 3)
    beats = []
    for n, id_ in enumerate(rows):
        draft.props[id_] = replace(draft.props[id_], scale=round(draft.props[id_].scale * scale, 3))
        wide, tall = draft.width(id_), draft.height(id_)
        draft.start_prop(
            id_,
            x=0.62 - 0.13 * n,
            y=GROUND - draft.height(belt) + 0.01 - (tall if n == 3 and "pile" in e.words else 0.0),
        )
        to = 0.68 - (0.5 * wide if n == 3 and "pile" in e.words else 1.02 * wide * n)
        if n == 3 and "pile" in e.words:  # onto the others
            draft.start_prop(id_, x=to)
            beats.append(Beat("appear", id_, None, 0.8, 0.82))
            continue
        beats.append(Beat("drive", id_, None, 0.0, min(1.0, 0.4 + 0.15 * n), draft.move(id_, to)))
    return beats


def _out_as_planks(draft: SceneDraft, e: Event, log: str, planks: str, middle: float, top: float) -> list[Beat]:
    """The log is gone behind the blade, and one plank after the other comes out on the other side."""
    boards = [planks, *draft.clones.get(planks, ())]
    for n, board in enumerate(boards):
        draft.props[board] = replace(draft.props[board], scale=0.75)
        draft.start_prop(board, x=0.56, y=top - 0.03 * n)
    beats = [Beat("drive", log, None, e.start, middle, draft.move(log, 0.44)),
             Beat("vanish", log, None, middle, middle + 0.01)]  # fmt: skip
    for n, board in enumerate(boards):
        begun = e.start + (0.35 + 0.2 * n) * (e.end - e.start)
        beats += [Beat("appear", board, None, begun, begun + 0.01),
                  Beat("drive", board, None, begun, e.end, draft.move(board, 0.74))]  # fmt: skip
    return beats


_RULES: Final = (*SITEWORK, up_there,
                 _cast, _sawn, forged, sewn, levelled, pumped, hosed, fished, carried_by_robot, under_a_car,
                 products, _along_the_belt, _beside_the_belt, _piled)  # fmt: skip
