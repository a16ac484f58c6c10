"""What gives off smoke, steam, water, oil or sparks when a caption says that these rise, leak or fly.

Reads a Clause and the SceneDraft; gives Beats of the thing they come from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from svta.generation.storyboard.parsing.clauses import Clause
from svta.generation.storyboard.parsing.mentions import Mention
from svta.generation.storyboard.scene import ANIMALS, PEOPLE, WHOLE_SCENE, Beat
from svta.generation.storyboard.shown_verbs import EMITTED

from .draft import SceneDraft

ALIVE: Final = frozenset((*PEOPLE, *ANIMALS))
_FROM: Final = ("from", "off", "out")


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
    verb = EMITTED[(doing or done)[0]]
    if source == [WHOLE_SCENE] and verb in ("leak", "drip") and running is None:
        verb = "flood"
    if verb == "drip" and source[0] == WHOLE_SCENE and running is not None:
        verb, source = "overflow", [running]  # it spreads where it runs out
    running = source[0] if verb == "drip" else running
    if vessel in draft.props and vessel != source[0] and vessel is not None:
        draft.start_prop(vessel, x=draft.x[source[0]] + 0.02)
    return [Beat(verb, source[0], vessel if vessel != source[0] and verb == "drip" else None, start, 1.0)], running


def lasting(draft: SceneDraft, verb: str, id_: str) -> Beat:
    """What goes on all the time: a leaking pipe drips, a gas cylinder gives off gas, a burning car burns."""
    gas = draft.kind(id_) in ("gas cylinder", "gas pump", "tank", "barrel")
    dripping = verb == "leak" and id_ in draft.props and not gas
    return Beat("drip" if dripping else verb, id_, None, 0.0, 1.0)
