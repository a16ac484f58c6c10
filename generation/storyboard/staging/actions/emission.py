"""What gives off smoke, steam, water, oil or sparks when a caption says that these rise, leak or fly; who pours.

Reads a Clause and the SceneDraft; gives Beats of the thing they come from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from svta.generation.storyboard.parsing.clauses import Clause
from svta.generation.storyboard.parsing.mentions import Mention
from svta.generation.storyboard.scene import ANIMALS, PEOPLE, WHOLE_SCENE, Beat, Prop
from svta.generation.storyboard.verb_groups import EMITTED

from .draft import GROUND, Event, SceneDraft
from .equipment import in_hand, light, walk_to
from .supports import pour_and_put_down, table_for

_DRIPPING: Final = ("drip", "ooze")  # water, oil
_SPOUT: Final = 0.17  # of the frame, from who pours to where it comes down
_CUPS: Final = ("teacup", "mug", "cup")
_POURED: Final = ("bottle", "bucket", "milk bottle", "jug", "watering can", "garden can", "kettle", "carton", "vase",
                  "paint can", "jerrycan", "water bottle", "coffee pot", "mug", "glass", "bowl", "pot",
                  "saucepan", "milk glass", "juice glass")  # fmt: skip
BURNING: Final = ("fire", "candle", "match", "torch", "candlestick", "birthday cake", "fireplace")
_ABLAZE: Final = ("frying pan", "pot", "saucepan", "stove", "grill", "barrel", "jerrycan", "puddle")
ALIVE: Final = frozenset((*PEOPLE, *ANIMALS))
_FROM: Final = ("from", "off", "out")
_THINNING: Final = frozenset(("clear", "vanish", "lift", "land", "stop", "die down", "flee", "melt"))
_RISING: Final = frozenset(("flood", "rise", "enter", "rush", "surge"))  # of water: all over the place
_STREAMING: Final = frozenset(("walk", "run", "drive", "pour", "rush", "flow", "stream", "surge", "roll", "carry"))
_STATES: Final = {"eat", "burn", "smoke", "leak", "flood", "spark", "sleep", "shake", "sound"}
_AS_HIGH: Final = 0.3  # of the frame: a building
_ALONG: Final = ("down", "through", "along", "into", "over", "across")
_VIOLENTLY: Final = frozenset(("gush", "spray", "shoot", "explode", "burst"))


_HEARTHS: Final = ("grill", "stove", "barbecue", "oven", "fire pit", "frying pan", "toaster", "fireplace")
_SHOOTING_UP: Final = ("grow", "rise", "flare", "leave", "jump", "fly", "burn", "leap at", "explode")


def emitted(
    draft: SceneDraft,
    clause: Clause,
    ids: Mapping[int, str],
    mentions: Sequence[Mention],
    running: str | None,
    start: float,
) -> tuple[list[Beat] | None, str | None]:
    """Smoke that rises from a chimney, a pipe that leaks oil: what gives it off does; None for all else.

    `running`: where the water ran out that was told of before; the second value is where it does now.
    """
    doing = [mentions[k].kind for k in clause.subjects if mentions[k].group == "substance"]
    done = [mentions[k].kind for k in clause.objects if mentions[k].group == "substance"]
    things = [id_ for k in clause.subjects if (id_ := ids.get(k)) and draft.kind(id_) not in ALIVE]
    if not doing and not (done and things):
        return None, running
    around = [ids[k] for p, k in clause.obliques if k in ids and p in _FROM]
    vessel = next((ids[k] for p, k in clause.obliques if k in ids and p in ("into", "in", "onto")), None)
    around += [ids[k] for _, k in clause.obliques if k in ids]
    around += [ids[k] for k in clause.objects if k in ids]
    source = (around if doing else things)[:1] or [WHOLE_SCENE]
    if doing and source == [WHOLE_SCENE] and _airy(doing[0]) and "out" in clause.words:  # of a building
        source = [id_ for id_, prop in draft.props.items() if draft.height(id_) > _AS_HIGH][:1] or source
    if doing and draft.ceiling and EMITTED[doing[0]] in _DRIPPING and clause.verb not in _RISING:
        return _from_the_ceiling(draft, vessel, start), running
    if doing and doing[0] == "sparks" and not around:  # where somebody works
        source = [*draft.props, *draft.actors, WHOLE_SCENE][:1]
    kind = (doing or done)[0]
    if (
        doing and clause.verb in ("burn", "explode") and doing[0] in ("oil", "gas", "dust")
    ):  # the oil in a pan, the gas in a tank
        vessels = [*around, *(id_ for id_, p in draft.props.items() if p.kind in _ABLAZE), *draft.actors]
        lit = next((id_ for id_ in vessels if draft.kind(id_) not in ALIVE), WHOLE_SCENE)
        return [Beat(clause.verb, lit, None, start, 1.0)], running
    grill = next((id_ for id_, p in draft.props.items() if p.kind in _HEARTHS), None)
    if doing and doing[0] == "flames" and grill is not None and not around and clause.verb in _SHOOTING_UP:
        top = draft.y(grill) - 0.8 * draft.height(grill)
        draft.put(Prop("flame", "fire", None, draft.x[grill], round(top, 4), 0.8))
        return [Beat("appear", "flame", None, start, start + 0.05), Beat("burn", "flame", None, start, 1.0)], running
    if doing and doing[0] == "sparks" and clause.verb in ("burn", "flare", "light"):
        return _kindled(draft, clause, ids, source[0], start), running
    verb = EMITTED[kind]
    if doing and kind in ("smoke", "steam", "dust", "gas") and clause.verb in _THINNING and not around:
        return [Beat("clear", WHOLE_SCENE, None, start, 1.0)], running
    if doing and kind == "water" and (flowing := _streaming(draft, clause, ids, mentions, start)) is not None:
        return flowing, running
    if doing and kind == "water" and clause.verb == "flood":
        return [Beat("flood", WHOLE_SCENE, None, start, 1.0)], running
    if doing and kind in ("water", "oil"):
        liquid = _liquid(draft, clause, source[0], running)
        if liquid is not None:
            return [Beat(*liquid, None, start, 1.0)], liquid[1]
    if source == [WHOLE_SCENE] and verb in ("leak", *_DRIPPING) and running is None:
        verb = "flood"
    if verb in _DRIPPING and source[0] == WHOLE_SCENE and running is not None:
        verb, source = "overflow", [running]  # it spreads where it runs out
    running = source[0] if verb in _DRIPPING else running
    tint = next((mentions[k].colour for k in (*clause.subjects, *clause.objects)
                 if mentions[k].kind == kind and mentions[k].colour), None)  # fmt: skip
    if tint and kind in ("oil", "water") and source[0] in draft.props:
        draft.put(Prop("liquid", "liquid", tint, draft.x[source[0]] + 0.06, GROUND + 0.03))
        return [Beat("grow", "liquid", None, start, 1.0)], running
    if _airy(kind) and source[0] in draft.props:
        named = [mentions[k].text.split() for k in (*clause.subjects, *clause.objects) if mentions[k].kind == kind]
        return _fumes(draft, source[0], verb, named[0] if named else [], start), running
    if vessel in draft.props and vessel != source[0] and vessel is not None:
        draft.start_prop(vessel, x=draft.x[source[0]] + 0.02)
    return [Beat(verb, source[0], vessel if vessel != source[0] and verb in _DRIPPING else None, start, 1.0)], running


def _kindled(draft: SceneDraft, clause: Clause, ids: Mapping[int, str], source: str, start: float) -> list[Beat]:
    """Sparks that set fire to something: first they fly there, then it burns."""
    lit = next((ids[k] for k in clause.objects if k in ids), source)
    middle = start + 0.35 * (1 - start)
    if source in draft.props and source != lit:
        draft.start_prop(lit, x=0.62)
        draft.start_prop(source, x=draft.x[lit] - draft.width(lit) / 2 - draft.width(source) / 2)
    return [Beat("spark", source, None, start, middle + 0.15), Beat("burn", lit, None, middle, 1.0)]


def _airy(kind: str) -> bool:
    """True for smoke, steam and dust, which come out of what they are in."""
    return kind in ("smoke", "steam", "dust")


def _fumes(draft: SceneDraft, source: str, verb: str, named: Sequence[str], start: float) -> list[Beat]:
    """Smoke from each of several chimneys, which are so low that it is seen, and in the colour that is told."""
    if verb == "smoke" and {"black", "dark"} & {*named}:
        verb = "black smoke"
    elif verb == "smoke" and "white" in named:
        verb = "white smoke"
    sources = [source, *draft.clones.get(source, ())]
    for id_ in sources:
        if draft.kind(id_) in ("chimney", "factory chimney", "factory", "house"):
            draft.lower(id_)
    return [Beat(verb, id_, None, start, 1.0) for id_ in sources]


def _from_the_ceiling(draft: SceneDraft, vessel: str | None, start: float) -> list[Beat]:
    """Out of a damp spot above, into or onto what stands under it."""
    under = vessel if vessel in draft.props else None
    if under is not None:
        draft.start_prop(under, x=0.52)
    x = 0.52 if under is None else draft.x[under] - 0.25 * draft.width(under) * (draft.width(under) > 0.2)
    draft.put(Prop("damp_spot", "damp spot", None, x, 0.1))
    return [Beat("drip", "damp_spot", under, start, 1.0)]


def _streaming(
    draft: SceneDraft, clause: Clause, ids: Mapping[int, str], mentions: Sequence[Mention], start: float
) -> list[Beat] | None:
    """Muddy water that comes down a street, and what it carries away; None for water that is no flood."""
    down = {*clause.words, *(p for p, _ in clause.obliques)} & {"down", "over"}
    steps = next((ids[k] for k in (*clause.objects, *(j for _, j in clause.obliques))
                  if k in ids and mentions[k].kind in ("stairs", "hill", "ramp", "slide")), None)  # fmt: skip
    downhill = any(p == "down" for p, _ in clause.grounds) and "hill" in draft.props
    steps, down = ("hill", {"down"}) if downhill else (steps, down)
    if steps is not None and down and steps in draft.props:
        draft.start_prop(steps, x=0.5, y=GROUND + 0.04)
        draft.props[steps] = replace(draft.props[steps], scale=1.5 if draft.kind(steps) == "stairs" else 1.0)
        muddy = steps == "hill" or any(
            {"muddy", "brown", "mud", "dirty"} & {*mentions[k].text.split()} for k in clause.subjects
        )
        muddy |= any(mentions[k].text.startswith("flood") or mentions[k].colour == "brown" for k in clause.subjects)
        return [Beat("muddy cascade" if muddy else "cascade", steps, None, start, 1.0)]
    river = any({"river", "stream"} & {*mentions[k].text.split()} for k in clause.subjects)
    flood = river and clause.lemma in ("carry", "sweep", "wash", "drag")
    flood |= any("flood" in mentions[k].text for k in clause.subjects)
    if not flood and not (clause.verb in _STREAMING and any(p in _ALONG for p, _ in clause.grounds)):
        return None
    beats = [Beat("stream", WHOLE_SCENE, None, 0.0, 1.0)]
    carried = clause.lemma in ("carry", "sweep", "wash", "drag", "push", "take", "pull")
    for id_ in (ids[k] for k in clause.objects if k in ids):
        if id_ not in draft.moved and carried:
            draft.place(id_, x=0.3, y=0.84)
            draft.start_prop(id_, x=0.3, y=0.84)
            beats.append(Beat("float", id_, None, start, 1.0, draft.move(id_, 1.02)))
    return beats


def _liquid(draft: SceneDraft, clause: Clause, source: str, running: str | None) -> tuple[str, str] | None:
    """The verb of a liquid and where it comes from; None where it drips, or rises over all."""
    if clause.verb in _RISING or clause.words & {"flood", "rise", "flow"}:
        return None
    if source == WHOLE_SCENE:
        tipped = [id_ for id_, prop in draft.props.items() if prop.kind not in ("table", "floor")]
        source = running or next(iter(tipped), WHOLE_SCENE)
    if clause.verb in _VIOLENTLY or clause.lemma in _VIOLENTLY:
        if draft.kind(source) == "fire hydrant":  # it is seen before whatever hit it
            draft.start_prop(source, y=GROUND + 0.05)
        return "gush", source
    return ("run out", source) if clause.verb in ("spill", "overflow", "pour", "run", "walk") else None


_SERVED: Final = (
    "cereal bowl",
    "bowl",
    "plate",
    "salad",
    "pasta",
    "cake",
    "pancake",
    "fries",
    "meal",
    "soup",
    "waffle",
)


def pour(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Out of the vessel that the caption names, which is in the hand, into or over another thing."""
    if draft.kind(e.target or "") == "concrete" and e.target not in draft.moved and e.target is not None:
        return _cast(draft, e, e.target)
    if e.goal in (None, e.target) and draft.kind(e.passed or "") in _SERVED and e.target != e.passed:
        e = replace(e, goal=e.passed, way="into")  # milk over the cereal
        if e.passed not in draft.moved:
            table_for(draft, e.passed or "")
    named = (e.source, e.target if e.goal not in (None, e.target) else None)
    vessel = next((id_ for id_ in named if id_ in draft.props and light(draft.kind(id_ or ""))), None)
    goal = e.goal if e.goal in draft.x else e.target if e.target != vessel else None
    goal = e.passed if draft.kind(e.passed or "") == "fire" else goal
    if vessel is not None and draft.kind(vessel) in _CUPS and e.goal in draft.props and vessel != e.source:
        draft.take_up(e.who, vessel)  # the tea comes out of a pot
        if draft.kind(e.goal) in _CUPS and e.goal not in draft.moved:
            table_for(draft, e.goal)
        draft.actors[e.who] = replace(draft.actors[e.who], holds="kettle")
        way = _up_to(draft, e, e.goal or "")
        return [*way, Beat("pour", e.who, e.goal, way[0].end if way else e.start, e.end)]
    on_table = (*_CUPS, "glass", "wine glass", "bowl", "vase", "pot", "saucepan", "jug")
    if (draft.kind(goal or "") in on_table or draft.kind(goal or "") == "cereal bowl") and goal not in draft.moved:
        table_for(draft, goal or "")
    vessels = (*on_table, "bucket", "water bowl")
    filled = draft.kind(goal or "") in _CUPS or e.preposition in ("into", "in")
    if vessel is None and goal is not None and draft.kind(goal) in vessels and filled and not e.words & {"out", "fill"}:
        if draft.actors[e.who].holds is None:
            jug = "kettle" if draft.kind(goal) in _CUPS else "carafe"
            if e.who in draft.later and draft.actors[e.who].count == 1:
                return pour_and_put_down(draft, e, goal, jug, _up_to(draft, e, goal))
            draft.actors[e.who] = replace(draft.actors[e.who], holds=jug)
        way = _up_to(draft, e, goal)
        return [*way, Beat("pour", e.who, goal, way[0].end if way else e.start, e.end)]
    if e.words & {"fill"} and e.target in draft.props and e.source is None:
        draft.actors[e.who] = replace(draft.actors[e.who], holds="jug")
        way = _up_to(draft, e, e.target or "")
        return [*way, Beat("pour", e.who, e.target, way[0].end if way else e.start, e.end)]
    if draft.kind(goal or "") == "fire":
        if vessel is not None and vessel not in draft.moved:
            draft.take_up(e.who, vessel)
        draft.actors[e.who] = replace(draft.actors[e.who], holds="bucket")
        way = walk_to(draft, e.who, goal or "", e.start, e.start + 0.3 * (e.end - e.start))
        begun = way[0].end if way else e.start
        return [*way, Beat("pour", e.who, goal, begun, e.end), Beat("die down", goal or "", None, begun, e.end)]
    if e.target in draft.props and goal in (None, e.target) and e.target not in draft.moved and (
        draft.kind(e.target or "") in _POURED
    ):  # fmt: skip
        in_hand(draft, e.who, e.target or "")
        draft.moved.add(e.target or "")
        return [Beat("grab", e.who, e.target, 0.0, 0.01), Beat("pour", e.who, None, e.start, e.end)]
    if vessel is None or vessel in draft.moved or goal is None or goal not in draft.x:
        return None
    in_hand(draft, e.who, vessel)
    draft.moved.add(vessel)
    way = _up_to(draft, e, goal)
    start = way[0].end if way else e.start
    return [Beat("grab", e.who, vessel, 0.0, 0.01), *way, Beat("pour", e.who, goal, start, e.end)]


def _cast(draft: SceneDraft, e: Event, concrete: str) -> list[Beat]:
    """Out of buckets, into a frame or to the ground, where it comes to lie."""
    frame = next(
        (id_ for id_, prop in draft.props.items() if prop.kind in ("formwork", "hole", "trench", "mould")), None
    )
    if e.source in draft.props and e.source is not None and draft.kind(e.source) != "bucket":
        return [Beat("pour", e.who, concrete, e.start, e.end)]
    if e.source is not None and e.source in draft.props:
        draft.take_up(e.who, e.source)
    people = draft.actors[e.who]
    draft.actors[e.who] = replace(people, holds="bucket")
    draft.place(e.who, x=0.3 - 0.08 * (people.count - 1), facing=1)
    x = 0.3 + _SPOUT + 0.04
    y, wide = GROUND, draft.width(concrete)
    if frame is not None:
        draft.start_prop(frame, x=x + 0.12, y=GROUND + 0.02)
        x, wide = draft.x[frame], 0.85 * draft.width(frame)
        y = GROUND - 0.075
    scale = round(min(1.0, wide / max(0.01, draft.width(concrete))), 3)
    draft.props[concrete] = replace(draft.props[concrete], scale=scale)
    draft.start_prop(concrete, x=x, y=y)
    return [Beat("pour", e.who, None, e.start, e.end), Beat("grow", concrete, None, e.start, e.end)]


def _up_to(draft: SceneDraft, e: Event, goal: str) -> list[Beat]:
    """As near as what is poured goes into a cup, glass or bowl; up to all else."""
    last = e.start + 0.3 * (e.end - e.start)
    if goal not in draft.props or draft.height(goal) > 0.25:
        return walk_to(draft, e.who, goal, e.start, last)
    side = -1 if draft.x[e.who] <= draft.x[goal] else 1
    x = draft.x[goal] + side * _SPOUT
    if e.who not in draft.moved and e.start == 0.0 and 0.05 <= x <= 0.95:
        draft.place(e.who, x=x, facing=-side)
        return []
    return [Beat("walk", e.who, None, e.start, last, draft.move(e.who, x))]


def put_out(draft: SceneDraft, e: Event) -> list[Beat]:
    """With water or foam, until it is out."""
    assert e.target is not None
    actor = draft.actors[e.who]
    if actor.kind != "firefighter" and actor.holds in (None, "spray can"):
        draft.actors[e.who] = replace(actor, holds="fire extinguisher")
    side = -1 if draft.x[e.who] <= draft.x[e.target] else 1
    if e.who not in draft.moved:
        room = 0.12 * (actor.count - 1) if side < 0 else 0.0
        draft.place(e.who, x=max(0.06, draft.x[e.target] + side * 0.28 - room), facing=-side)
    middle = (e.start + e.end) / 2
    return [Beat("spray", e.who, e.target, e.start, e.end, draft.x[e.who]),
            Beat("die down", e.target, None, e.start + 0.3 * (middle - e.start), e.end)]  # fmt: skip


def spray_from_afar(draft: SceneDraft, e: Event) -> list[Beat]:
    """With a jet of water, from where one does not get burnt."""
    assert e.target is not None
    side = -1 if draft.x[e.who] <= draft.x[e.target] else 1
    room = 0.12 * (draft.actors[e.who].count - 1) if side < 0 else 0.0
    far = (0.2 if e.target in draft.props else 0.3) + draft.width(e.target) / 2
    if e.who not in draft.moved:
        draft.start_prop(e.target, x=0.5 - 0.24 * side)
        draft.place(e.target, x=0.5 - 0.24 * side)
        draft.place(e.who, x=min(0.94, max(0.06, draft.x[e.target] + side * far - room)), facing=-side)
    return [Beat("spray", e.who, e.target, e.start, e.end, draft.x[e.who])]


def runs(draft: SceneDraft, verb: str, id_: str | None) -> list[Beat]:
    """A moving belt, a running machine; nothing for all else."""
    machine = draft.kind(id_ or "") in ("conveyor", "machine", "generator", "engine", "pump")
    return [Beat("work", id_, None, 0.0, 1.0)] if machine and verb in ("walk", "run", "drive") and id_ else []


def goes_on(draft: SceneDraft, verb: str, id_: str) -> bool:
    """True for what lasts: a burning house, a ringing phone."""
    return verb in _STATES and (verb != "sound" or id_ in draft.props)


def lasting(draft: SceneDraft, verb: str, id_: str) -> Beat:
    """What goes on all the time: a leaking pipe drips, a gas cylinder gives off gas, a burning car burns."""
    gas = draft.kind(id_) in ("gas cylinder", "gas pump", "tank", "barrel")
    dripping = verb == "leak" and id_ in draft.props and not gas
    return Beat("drip" if dripping else verb, id_, None, 0.0, 1.0)
