"""What gives off smoke, steam, water, oil, sparks or light when a caption says that these rise, leak, fly or go on.

Reads a Clause and the SceneDraft; gives Beats of the thing they come from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from svta.generation.storyboard.parsing.clauses import Clause
from svta.generation.storyboard.parsing.mentions import Mention
from svta.generation.storyboard.scene import ANIMALS, PEOPLE, WHOLE_SCENE, Beat, Prop
from svta.generation.storyboard.verb_groups import EMITTED, LAMPS

from .draft import GROUND, SceneDraft
from .supports import to_the_lamp

_DRIPPING: Final = ("drip", "ooze")  # water, oil
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
            flowing_out = "ooze" if kind == "oil" and liquid[1] == WHOLE_SCENE else liquid[0]
            return [Beat(flowing_out, liquid[1], None, start, 1.0)], liquid[1]
    if source == [WHOLE_SCENE] and verb in ("leak", "drip") and running is None:
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
    if clause.lemma == "spread" and source != WHOLE_SCENE:
        if source in draft.props and draft.y(source) == GROUND and source not in draft.moved:
            draft.start_prop(source, x=0.3)  # there is room for what runs out of it
        return "run out", source
    return ("run out", source) if clause.verb in ("spill", "overflow", "pour", "run", "walk") else None


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


def lights(
    draft: SceneDraft, clause: Clause, ids: Mapping[int, str], mentions: Sequence[Mention], start: float, end: float
) -> list[Beat] | None:
    """The light of the whole place goes out or on; None for all else."""
    named = any(mentions[k].kind in LAMPS for k in (*clause.subjects, *clause.objects))
    if not named or clause.verb in ("plunge", "fall", "topple", "drop", "grab", "carry", "put", "throw"):
        return None
    if clause.verb == "flicker" and not any(k in ids for k in (*clause.subjects, *clause.objects)):
        return [Beat("flicker", WHOLE_SCENE, None, start, max(end, 0.95))]  # the lights of a room
    out = clause.verb == "darken" or (clause.words & {"out", "off", "fail", "die", "dark"})
    if not out and clause.verb != "brighten":
        return None
    who = [ids[k] for k in clause.subjects if ids.get(k) in draft.actors]
    lamp = next((ids[k] for k in clause.objects if ids.get(k) in draft.props), None)
    reach = [Beat("point", id_, None, start, (start + end) / 2) for id_ in who[:1]]
    if who and lamp is not None and draft.kind(lamp) == "night lamp":
        reach = to_the_lamp(draft, who[0], lamp, start, (start + end) / 2)
    at = (start + end) / 2 if reach else start
    return [*reach, Beat("darken" if out else "brighten", WHOLE_SCENE, None, at, end)]
