"""What the wind carries over a fence or across a place, what it scatters; avalanches and landslides; rain on a window.

Reads a Clause whose subject is the weather or a slide, and the SceneDraft; gives Beats, or None for all others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from svta.generation.storyboard.parsing.clauses import Clause
from svta.generation.storyboard.parsing.mentions import Mention
from svta.generation.storyboard.scene import WHOLE_SCENE, Beat
from svta.generation.storyboard.verb_groups import SLIDES

from ..actions.draft import GROUND, SceneDraft
from ..actions.weather_beats import by_weather

_OF_SLIDES: Final = ("hill", "mud", "rock", "stone", "rubble", "boulder", "puddle of mud", "pile of rock", "snow")
_OF_SNOW: Final = "avalanche"
_CARRYING: Final = {"blow", "carry", "sweep", "hurl", "fling", "toss", "throw", "lift", "send", "roll", "push", "drive"}
_AWAY: Final = ("over", "across", "into", "past", "through", "along", "down")
_ROLLING: Final = ("shopping cart", "stroller", "wheelchair", "trolley")
_PAPERS: Final = ("sheet of paper", "paper", "newspaper", "letter", "leaf", "leaves", "papers")
_ON_PANES: Final = {"run", "stream", "pour", "slide", "trickle", "race", "roll", "flow", "drip", "lash", "patter",
                    "beat", "drum", "splash", "hit", "tap"}  # fmt: skip
_PANES: Final = ("window", "shop window", "glass door", "windowpane")


def slides(
    draft: SceneDraft, clause: Clause, mentions: Sequence[Mention], start: float, end: float
) -> list[Beat] | None:
    """Earth or snow comes down a slope."""
    named = [mentions[k].text.split()[-1] for k in clause.subjects if mentions[k].text in SLIDES]
    if not named:
        return None
    for id_ in [id_ for id_, prop in draft.props.items() if prop.kind in _OF_SLIDES]:
        draft.props.pop(id_)  # it comes down the mountain that is there, and is of these
        draft.x.pop(id_, None)
    verb = "avalanche" if named[0] == _OF_SNOW else "slide down"
    return [Beat(verb, WHOLE_SCENE, None, start, end)]


def by_the_wind(
    draft: SceneDraft, ids: Mapping[int, str], clause: Clause, start: float, end: float
) -> list[Beat] | None:
    """A thing flies over another or across the place; papers whirl about; drops run down a pane."""
    panes = [ids[k] for k in (*clause.objects, *(k for _, k in clause.obliques)) if k in ids]
    panes = [id_ for id_ in panes if draft.kind(id_) in _PANES]
    if clause.weather == "rain" and panes and clause.lemma in _ON_PANES:
        return [Beat("trickle", panes[0], None, start, 1.0)]
    carts = [ids[k] for k in clause.objects if draft.kind(ids.get(k, "")) in _ROLLING]
    if clause.weather in ("wind", "storm") and carts and any(p in _AWAY for p, _ in clause.grounds):
        for id_ in carts:
            draft.place(id_, x=0.16, facing=1)
        rolls = [Beat("drive", id_, None, start + 0.1 * (end - start), end, draft.move(id_, 0.9)) for id_ in carts]
        return [Beat("blow", WHOLE_SCENE, None, start, 1.0), *rolls]
    flying = [ids[k] for k in clause.objects if k in ids and ids[k] in draft.props]
    if clause.weather not in ("wind", "storm") or not flying:
        return None
    if clause.lemma in ("scatter", "blow", "whirl") and all(draft.kind(id_) in _PAPERS for id_ in flying):
        for id_ in flying:
            if draft.kind(id_) not in ("leaf", "leaves"):
                draft.props[id_] = replace(draft.props[id_], kind="papers", x=0.5)
        return [Beat("blow", WHOLE_SCENE, None, start, 1.0), *(Beat("swirl", id_, None, start, end) for id_ in flying)]
    way = next(((p, ids.get(k)) for p, k in clause.obliques if p in _AWAY and ids.get(k) not in flying), None)
    ground = any(p in _AWAY for p, _ in clause.grounds) or bool(clause.words & {*_AWAY} - {"over", "down"})
    owned = any(ids.get(k) in draft.actors for k in clause.objects) or any(p == "of" for p, _ in clause.obliques)
    if clause.lemma not in _CARRYING or (way is None and not ground) or owned:
        return None
    over = way[1] if way is not None and way[1] in draft.props else None
    line = next((ids[k] for p, k in clause.obliques if p in ("off", "from") and ids.get(k) in draft.props), None)
    if line is not None:  # from where it hung or stood
        draft.start_prop(line, x=0.26)
    hung = round(draft.y(line) - 0.42 * draft.height(line), 4) if line is not None else GROUND
    draft.start_prop(flying[0], x=0.2 if line is None else 0.26, y=hung)
    if over is not None:
        draft.start_prop(over, x=0.52, y=GROUND - 0.02)
    begun = start + 0.15 * (end - start)
    to = draft.move(flying[0], 0.84)
    return [Beat("blow", WHOLE_SCENE, None, start, 1.0), Beat("blown over", flying[0], over, begun, end, to)]


def weathered(
    draft: SceneDraft, ids: Mapping[int, str], clause: Clause, mentions: Sequence[Mention], start: float, end: float
) -> list[Beat] | None:
    """The beats of the weather and of slides; None for all other clauses."""
    if not clause.weather:
        return slides(draft, clause, mentions, start, end)
    ids = _whole_trees(draft, ids)
    if clause.lemma == "lift" and clause.objects:  # a cloth off a table
        clause = replace(clause, verb="carry")
    if (carried := by_the_wind(draft, ids, clause, start, end)) is not None:
        return carried
    out_of = any(p == "from" for p, _ in clause.grounds)
    if clause.weather == "fog" and clause.lemma in ("rise", "drift") and (out_of or clause.verb == "rise"):
        return [Beat("roll in", WHOLE_SCENE, None, start, 1.0)]
    off = any(p in ("off", "from", "of") for p, _ in clause.obliques)
    broken = clause.weather == "storm" and clause.lemma in ("split", "crack", "tear", "break") and not off
    struck = [ids[k] for k in clause.objects if ids.get(k) in draft.props]
    if broken and struck:  # a bolt splits a tree
        draft.lower(struck[0])
        hit = start + 0.3 * (end - start)
        return [Beat("spark", WHOLE_SCENE, struck[0], start + 0.15 * (end - start), end),
                Beat("split", struck[0], None, hit, end)]  # fmt: skip
    return by_weather(draft, ids, clause, start, end)


def _whole_trees(draft: SceneDraft, ids: Mapping[int, str]) -> dict[int, str]:
    """The branches of a tree that the caption names are on it, and no things of their own."""
    tree = next((id_ for id_, prop in draft.props.items() if "tree" in prop.kind), None)
    loose = [id_ for id_ in ids.values() if draft.kind(id_) == "branch"]
    if tree is None or not loose:
        return dict(ids)
    for id_ in [*loose, *(clone for one in loose for clone in draft.clones.pop(one, ()))]:
        draft.props.pop(id_, None)
        draft.x.pop(id_, None)
    return {k: tree if id_ in loose else id_ for k, id_ in ids.items()}
