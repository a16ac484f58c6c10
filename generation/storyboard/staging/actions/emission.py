"""What gives off smoke, steam, water, oil or sparks when a caption says that these rise, leak or fly.

Reads a Clause and the SceneDraft; gives Beats of the thing they come from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from svta.generation.storyboard.parsing.clauses import Clause
from svta.generation.storyboard.parsing.mentions import Mention
from svta.generation.storyboard.scene import ANIMALS, PEOPLE, WHOLE_SCENE, Beat
from svta.generation.storyboard.shown_verbs import EMITTED

from .draft import Event, SceneDraft

BURNING: Final = ("fire", "candle", "match", "torch", "candlestick", "birthday cake", "fireplace")
ALIVE: Final = frozenset((*PEOPLE, *ANIMALS))
_FROM: Final = ("from", "off", "out")
_THINNING: Final = frozenset(("clear", "vanish", "lift", "land", "stop", "die down", "flee", "melt"))
_RISING: Final = frozenset(("flood", "rise", "enter", "rush", "surge"))  # of water: all over the place
_VIOLENTLY: Final = frozenset(("gush", "spray", "shoot", "explode", "burst"))


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
    if doing and doing[0] == "sparks" and not around:  # where somebody works
        source = [*draft.props, *draft.actors, WHOLE_SCENE][:1]
    kind = (doing or done)[0]
    verb = EMITTED[kind]
    if doing and kind in ("smoke", "steam", "dust", "gas") and clause.verb in _THINNING and not around:
        return [Beat("clear", WHOLE_SCENE, None, start, 1.0)], running
    if doing and kind in ("water", "oil"):
        liquid = _liquid(draft, clause, source[0], running)
        if liquid is not None:
            return [Beat(*liquid, None, start, 1.0)], liquid[1]
    if source == [WHOLE_SCENE] and verb in ("leak", "drip") and running is None:
        verb = "flood"
    if verb == "drip" and source[0] == WHOLE_SCENE and running is not None:
        verb, source = "overflow", [running]  # it spreads where it runs out
    running = source[0] if verb == "drip" else running
    if vessel in draft.props and vessel != source[0] and vessel is not None:
        draft.start_prop(vessel, x=draft.x[source[0]] + 0.02)
    return [Beat(verb, source[0], vessel if vessel != source[0] and verb == "drip" else None, start, 1.0)], running


def _liquid(draft: SceneDraft, clause: Clause, source: str, running: str | None) -> tuple[str, str] | None:
    """The verb of a liquid and where it comes from; None where it drips, or rises over all."""
    if clause.verb in _RISING or clause.words & {"flood", "rise", "flow"}:
        return None
    if source == WHOLE_SCENE:
        tipped = [id_ for id_, prop in draft.props.items() if prop.kind not in ("table", "floor")]
        source = running or next(iter(tipped), WHOLE_SCENE)
    if clause.verb in _VIOLENTLY:
        return "gush", source
    return ("run out", source) if clause.verb in ("spill", "overflow", "pour", "run", "walk") else None


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


def lasting(draft: SceneDraft, verb: str, id_: str) -> Beat:
    """What goes on all the time: a leaking pipe drips, a gas cylinder gives off gas, a burning car burns."""
    gas = draft.kind(id_) in ("gas cylinder", "gas pump", "tank", "barrel")
    dripping = verb == "leak" and id_ in draft.props and not gas
    return Beat("drip" if dripping else verb, id_, None, 0.0, 1.0)
