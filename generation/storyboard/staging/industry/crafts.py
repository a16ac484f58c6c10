"""Machines that make things and people at theirs: an anvil, a sewing machine, a table saw, a press, a bulldozer.

Reads an Event and the SceneDraft; gives Beats, and puts machine, work and worker where they belong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.furniture import CRANES
from svta.generation.storyboard.drawing.pen import PERSON
from svta.generation.storyboard.drawing.things import THINGS
from svta.generation.storyboard.drawing.vehicles import VEHICLES as FORMS
from svta.generation.storyboard.drawn_tables import handwork
from svta.generation.storyboard.parsing.clauses import Clause
from svta.generation.storyboard.parsing.mentions import Mention
from svta.generation.storyboard.scene import PEOPLE, VEHICLES, Beat, Prop, medium
from svta.generation.storyboard.verb_groups import SPARKING

from ..actions.draft import GROUND, Event, SceneDraft
from ..actions.filling import carried
from ..actions.supports import top_of

_MAKERS: Final = ("machine", "printing press", "press", "packing machine", "printer", "3d printer", "loom", "furnace",
                  "oven", "lathe", "band saw", "sorting machine")  # fmt: skip
_MADE: Final = ("work", "type", "give", "throw", "drop", "spray", "spill")
_SHAPING: Final = ("kick", "push", "press", "punch", "crush", "bend", "cut", "stamp", "weld", "paint", "wrap", "fold",
                   "close", "put", "lock", "knead", "label", "pack")  # fmt: skip
_LARGEST: Final = 1.0  # of what passes through a machine, local units
_WHEELS: Final = ("gear", "saw blade", "steel coil", "fan", "grinding wheel", "spare wheel", "cable drum",
                  "carousel", "ferris wheel")  # fmt: skip
_JACKED: Final = 0.12  # how high a car is lifted under which somebody lies, as a share of the frame
_FORGED: Final = ("hot iron", "metal bar", "horseshoe", "beam", "sword", "nail", "pipe", "iron", "knife")
_FORGING: Final = ("hammer", "hit", "knead", "put", "work", "type", "bend", "repair")
_SEWN: Final = ("knit", "push", "put", "lead", "type", "work", "walk", "feed", "guide", "pull", "repair", "sew",
                "operate")  # fmt: skip
_LEVELLERS: Final = ("bulldozer", "steamroller", "wheel loader", "excavator", "road roller")
_LEVELLING: Final = ("crush", "knead", "level", "push")


def _near(draft: SceneDraft, e: Event, *kinds: str) -> str | None:
    named = (e.target, e.goal, e.passed, e.near, e.source, *draft.props)
    return next((id_ for id_ in named if id_ in draft.props and draft.kind(id_ or "") in kinds and id_ != e.who), None)


def products(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Newspapers that a press prints come out of it on a belt; plates that a machine stamps pass under it."""
    maker = next((id_ for id_ in (e.source, e.target) if draft.kind(id_ or "") in (*_MAKERS, "oven")), None)
    comes = e.verb in ("leave", "walk", "come closer", "roll", "drive") and "out" in {*e.words, e.preposition or ""}
    if e.who in draft.props and maker is not None and comes and e.who != maker:
        if any(e.who in others for others in draft.clones.values()):
            return []
        e = replace(e, who=maker, target=e.who, verb="work", source=None, goal=None)
    if draft.kind(e.who) not in _MAKERS or e.target not in draft.props or e.target is None or e.target in draft.moved:
        return None
    thing = THINGS[draft.kind(e.target)]
    if (
        max(thing.width, thing.height) > _LARGEST
        or e.verb not in (*_MADE, *_SHAPING)
        or draft.kind(e.target) in ("conveyor", "hole", "trench")
    ):
        return None
    if draft.kind(e.who) == "press" and e.verb == "crush" and not draft.clones.get(e.target):
        return None
    through = e.verb in _SHAPING
    belt = _near(draft, e, "conveyor") or "conveyor"
    if belt not in draft.props:
        draft.put(Prop(belt, "conveyor", None, 0.5, GROUND))
    loads = [e.target, *draft.clones.get(e.target, ())]
    while len(loads) < 3 and draft.clones.get(e.target):
        more = f"{e.target}_{len(loads)}"
        draft.put(replace(draft.props[e.target], id=more))
        draft.clones[e.target].append(more)
        loads.append(more)
    ride = [b for id_ in loads for b in carried(draft, replace(e, who=id_, target=belt, direction=1))]
    draft.start_prop(e.who, x=0.5 if through else 0.24, y=GROUND - 0.02)
    if through and draft.kind(e.who) == "machine":  # that stands over the belt
        draft.props[e.who] = replace(draft.props[e.who], kind="filling machine")
    beats = [Beat("work", e.who, None, 0.0, 1.0)]
    for n, (id_, beat) in enumerate(zip(loads, ride)):
        if through:
            beats.append(beat)
            continue
        out = e.start + 0.9 * n / len(loads) * (e.end - e.start)
        beside = round(0.27 + draft.width(e.who) / 2 + 0.02, 4)  # not on top of it
        draft.props[id_] = replace(draft.props[id_], x=beside)
        draft.x[id_] = beside
        beats += [Beat("appear", id_, None, out, out + 0.01),
                  Beat("drive", id_, None, out, e.end, draft.move(id_, 0.82 - 0.13 * n))]  # fmt: skip
    return beats


def forged(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A smith stands at the anvil and strikes what lies on it."""
    anvil = _near(draft, e, "anvil")
    work = _near(draft, e, *_FORGED)
    hot = draft.kind(work or "") == "hot iron"
    if draft.kind(e.who) not in PEOPLE or (anvil is None and not hot) or e.verb not in _FORGING or e.who in draft.moved:
        return None
    if anvil is None:
        anvil = "anvil"
        draft.put(Prop(anvil, anvil, None, 0.56, GROUND))
    draft.props[anvil] = replace(draft.props[anvil], scale=1.35)
    draft.start_prop(anvil, x=0.56, y=GROUND)
    draft.place(e.who, x=0.43, y=GROUND - 0.01, facing=1)
    if work is not None and work not in draft.moved:
        old = draft.props[work]
        draft.props[work] = replace(old, scale=round(min(1.3, 0.15 / max(0.01, draft.width_of(old.kind))), 3))
        draft.start_prop(work, x=0.56, y=GROUND - 0.96 * draft.height(anvil))
        draft.moved.add(work)
    return [Beat("hammer", e.who, work or anvil, e.start, e.end)]


def sewn(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """At a sewing machine on a table one sits and moves the cloth under its needle."""
    machine = _near(draft, e, "sewing machine")
    if machine is None or draft.kind(e.who) not in PEOPLE or e.who in draft.moved or e.verb not in _SEWN:
        return None
    table = _near(draft, e, "table", "workbench", "office desk") or "sewing_table"
    if table not in draft.props:
        draft.put(Prop(table, "table", None, 0.56, GROUND))
    draft.start_prop(table, x=0.56)
    draft.start_prop(machine, x=0.6, y=top_of(draft.kind(table)) + 0.005)
    draft.place(e.who, x=0.38, facing=1)
    cloth = e.target if e.target in draft.props and e.target != machine else None
    if cloth is not None and cloth not in draft.moved:
        old = draft.props[cloth]
        draft.props[cloth] = replace(old, scale=round(min(1.0, 0.1 / max(0.01, draft.width_of(old.kind))), 3))
        draft.start_prop(cloth, x=0.52, y=top_of(draft.kind(table)) + 0.01)
    return [Beat("work", machine, None, 0.0, 1.0), Beat("sit at", e.who, None, 0.0, 1.0),
            Beat("sort", e.who, None, e.start, e.end)]  # fmt: skip


def levelled(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A bulldozer drives into a heap, which becomes flat."""
    heap = e.target if draft.kind(e.target or "").startswith("pile of") else None
    if heap is None or draft.kind(e.who) not in _LEVELLERS or draft.kind(e.who) not in VEHICLES:
        return None
    if e.verb not in _LEVELLING or not e.words & {"flatten", "level", "crush", "spread", "smooth"}:
        return None
    draft.place(e.who, x=0.2, facing=1)
    draft.start_prop(heap, x=0.58)
    if "alters" not in handwork()["knead"]:
        return None
    begun = e.start + 0.3 * (e.end - e.start)
    return [Beat("drive", e.who, None, e.start, e.end, draft.move(e.who, 0.62)),
            Beat("knead", heap, None, begun, e.end)]  # fmt: skip


def hosed(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Who hoses something down has a hose in hand."""
    if e.verb != "spray" or "hose" not in e.words or draft.kind(e.who) not in PEOPLE or e.who in draft.moved:
        return None
    draft.actors[e.who] = replace(draft.actors[e.who], holds="hose")
    if e.target in draft.x and e.target is not None:
        draft.place(e.who, x=max(0.08, draft.x[e.target] - 0.3), facing=1)
    return [Beat("spray", e.who, e.target, e.start, e.end, draft.x[e.who])]


def fished(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """The rod that somebody fishes with is in hand."""
    if e.verb != "fish" or draft.kind(e.target or "") != "fishing rod" or draft.kind(e.who) not in PEOPLE:
        return None
    if e.target not in draft.props or e.target is None or e.target in draft.moved:
        return None
    draft.take_up(e.who, e.target)
    return [Beat("fish", e.who, None, e.start, e.end)]


def under_a_car(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A mechanic lies under a car or bus that is jacked up."""
    car = e.target if e.preposition in ("under", "beneath", "underneath", "below") else None
    if car not in draft.actors or car is None or draft.kind(e.who) not in PEOPLE or {e.who, car} & draft.moved:
        return None
    if e.verb not in ("lie", "type", "work", "repair", "look", "tighten", "weld") or medium(draft.kind(car)) != "road":
        return None
    draft.place(car, x=0.54, y=GROUND - _JACKED, facing=1)
    half = 0.3 * FORMS[draft.kind(car)].width * PERSON * draft.actors[car].scale
    for n, side in enumerate((-0.8, 0.8)):
        draft.put(Prop(f"jack{n}", "car jack", None, round(0.54 + side * half, 4), GROUND + 0.005))
    draft.place(e.who, x=0.5, y=GROUND, facing=1)
    draft.resting.add(e.who)
    hands = [Beat("tighten", e.who, None, e.start, e.end)] if e.verb != "lie" else []
    return [Beat("lie", e.who, None, 0.0, 1.0), *hands]


def carried_by_robot(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A robot rolls along with what it carries before it."""
    load = e.target if e.target in draft.props else None
    if draft.kind(e.who) not in ("household robot", "humanoid robot") or load is None or {e.who, load} & draft.moved:
        return None
    if e.verb not in ("carry", "grab", "give", "lift", "put", "push", "walk"):
        return None
    sign = e.direction or 1
    goal = e.goal if e.goal in draft.x and e.goal != load else None
    draft.start_prop(e.who, x=0.5 - 0.3 * sign)
    wide = draft.width_of(draft.kind(load)) * draft.props[load].scale
    draft.props[load] = replace(draft.props[load], scale=round(draft.props[load].scale * min(1.0, 0.12 / wide), 3))
    draft.start_prop(load, x=draft.x[e.who] + 0.11 * sign, y=GROUND - 0.4 * draft.height(e.who))
    to = 0.5 + 0.28 * sign if goal is None else draft.x[goal] - 0.16 * sign
    moves = [Beat("drive", e.who, None, e.start, e.end, draft.move(e.who, to))]
    return [*moves, Beat("drive", load, None, e.start, e.end, draft.move(load, to + 0.11 * sign))]


def pumped(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """The beam of an oil pump goes up and down, whatever verb says so; a lift that arrives opens."""
    if draft.kind(e.who) == "elevator" and e.verb == "enter" and e.words & {"arrive", "come"}:
        return [Beat("open", e.who, None, e.start + 0.3 * (e.end - e.start), e.end)]
    turning = e.words & {"turn", "spin", "rotate", "whirl"} and e.target not in draft.actors
    if draft.kind(e.who) in _WHEELS and turning:
        return [Beat("whirl", e.who, None, 0.0 if e.start == 0 else e.start, 1.0)]
    if draft.kind(e.who) in CRANES and turning and e.target not in draft.props:
        return [Beat("stop", e.who, None, e.start, e.end)]
    if draft.kind(e.who) != "oil pump" or e.verb in ("burn", "explode", "stop", "topple", "collapse", "smoke"):
        return None
    return [Beat("work", e.who, None, 0.0, 1.0)]


def sparks_at_work(clauses: Sequence[Clause], mentions: Sequence[Mention]) -> bool:
    """Whether somebody welds or grinds; sparks fly meanwhile, not after it."""
    works = next((clause for clause in clauses if clause.verb in SPARKING), None)
    for clause in clauses if works is not None else ():
        if works is not None and clause.subjects and all(mentions[k].kind == "sparks" for k in clause.subjects):
            clause.step = works.step
    return works is not None
