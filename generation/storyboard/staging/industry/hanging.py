"""Loads that hang while something else happens: under a suspended beam somebody walks, a container swings over a quay.

Reads a Reading and the SceneDraft before anything happens; adds the crane that it needs, and gives Beats.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.furniture import CRANES
from svta.generation.storyboard.parsing.clauses import Reading
from svta.generation.storyboard.parsing.sentences.verb_senses.loads import HUNG, HUNG_UP
from svta.generation.storyboard.places.backdrop import PLACE_PAINTERS
from svta.generation.storyboard.scene import PEOPLE, VEHICLES, Beat, Prop, medium

from ..actions.cranes import fit
from ..actions.draft import GROUND, SceneDraft

_BELOW: Final = ("under", "below", "beneath", "underneath")
_HALLS: Final = ("factory", "warehouse", "workshop", "mine", "foundry", "car workshop")
_CRANE_X, _LOAD_X = 0.22, 0.44


def hang_up(reading: Reading, draft: SceneDraft, ids: Mapping[int, str]) -> None:
    """Each hanging, swinging or raised load hangs from a crane; who is below it is small enough to be under it."""
    if PLACE_PAINTERS[draft.setting][1] and draft.setting not in _HALLS:
        return
    hanging = [st.mention for st in reading.states if st.mention is not None and reading.words[st.at].text in HUNG_UP]
    for k in hanging:
        load = ids.get(k, "")
        if draft.kind(load) in HUNG and load in draft.props and not draft.hung:
            _hang(draft, load)
            _stand_below(reading, draft, ids, k)


def hook_for(draft: SceneDraft) -> str:
    """The crane that is there, else a new one, which the caption leaves unsaid."""
    name = next((id_ for id_, prop in draft.props.items() if prop.kind in CRANES), "crane")
    if name not in draft.props:
        draft.put(Prop(name, "crane", None, _CRANE_X, GROUND))
    return name


def _hang(draft: SceneDraft, load: str) -> None:
    hook = hook_for(draft)
    fit(draft, hook, load, _LOAD_X)
    draft.hung[load] = hook


def _stand_below(reading: Reading, draft: SceneDraft, ids: Mapping[int, str], k: int) -> None:
    """People who walk or stand under it, and vehicles that park there, pass in front of the crane."""
    for clause in reading.clauses:
        if any(p in _BELOW and j == k for p, j in clause.obliques) or k in clause.objects:
            for who in (ids.get(j, "") for j in clause.subjects):
                if draft.kind(who) in PEOPLE:
                    draft.actors[who] = replace(draft.actors[who], scale=round(0.62 * draft.actors[who].scale, 3))
                    draft.place(who, y=GROUND + 0.06)
                elif draft.kind(who) in VEHICLES and medium(draft.kind(who)) == "road":
                    draft.actors[who] = replace(draft.actors[who], scale=round(0.7 * draft.actors[who].scale, 3))
                    draft.place(who, y=GROUND + 0.06)


def hangs(draft: SceneDraft, id_: str | None) -> list[Beat]:
    """It hangs and swings from the first frame to the last, unless something else becomes of it."""
    if id_ is None or id_ not in draft.hung or id_ in draft.moved:
        return []
    return [Beat("suspend", id_, draft.hung[id_], 0.0, 1.0)]
