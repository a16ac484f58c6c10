"""What the weather does: wind that blows things over or away, lightning that strikes, fog that comes and goes.

Reads a Clause whose subject is the weather and the SceneDraft; gives Beats.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from svta.generation.storyboard.parsing.clauses import Clause
from svta.generation.storyboard.scene import WHOLE_SCENE, Beat

from .draft import SceneDraft
from .handling import light

_STANDING: Final = ("behind", "near", "next", "front", "beside", "between")


def by_weather(draft: SceneDraft, ids: Mapping[int, str], clause: Clause, start: float, end: float) -> list[Beat]:
    """What the wind blows over and lightning strikes; snow and fog need no beat."""
    struck = [
        ids[k] for k in (*clause.objects, *(k for p, k in clause.obliques if p not in ("of", *_STANDING))) if k in ids
    ]
    if clause.verb in ("appear", "vanish"):
        return [Beat(clause.verb, WHOLE_SCENE, None, start, start + 0.6 * (end - start))]
    if clause.weather == "snow" and clause.verb == "hide":
        return [Beat("snow under", WHOLE_SCENE, id_, start, end) for id_ in struck]
    off_roof = clause.words & {"slide", "slip", "fall", "slid", "come", "drop"} and clause.words & {"off", "from"}
    if clause.weather == "snow" and off_roof and struck:
        return [Beat("shed", WHOLE_SCENE, id_, start, end) for id_ in struck]
    if clause.weather == "hail" and clause.verb in ("hit", "smash", "crash", "topple"):
        beaten = struck or [ids[k] for _, k in clause.obliques if k in ids]
        return [Beat("shake" if clause.verb == "hit" else "shatter", id_, None, start, end) for id_ in beaten]
    if clause.verb == "flood":
        return [Beat("flood", WHOLE_SCENE, None, start, 1.0)]
    if clause.weather == "wind":
        struck += [ids[k] for p, k in clause.obliques if p == "of" and k in ids]
    held = any(id_ in draft.actors for id_ in struck) and any(id_ in draft.props for id_ in struck)
    lifted = clause.verb == "blow" and not clause.words & {"over", "down"}
    lifted &= bool(struck) and all(id_ in draft.props and light(draft.kind(id_)) for id_ in struck)
    if clause.weather == "wind" and (held or lifted or clause.words & {"away", "off"}):
        return [Beat("blow", WHOLE_SCENE, None, start, 1.0), *_blown_away(draft, struck, start, end)]
    if clause.weather == "wind" or (clause.weather == "storm" and clause.verb in ("blow", "topple", "smash", "pull")):
        stays = clause.lemma in ("shake", "bend", "sway", "rattle", "rustle", "move", "rock")
        blown = [Beat("shake" if stays else "topple", id_, None, start + 0.3 * (end - start), end) for id_ in struck]
        return [Beat("blow", WHOLE_SCENE, None, start, 1.0), *blown]
    if clause.weather == "storm" and clause.verb in ("hit", "shoot", "spark", "burn"):
        for id_ in struck:
            draft.lower(id_)
        struck = struck[:1]  # not what stands next to it
        bolts = [Beat("spark", WHOLE_SCENE, id_, start + 0.2 * (end - start), end) for id_ in struck]
        burning = struck if clause.verb == "burn" else []
        return bolts + [Beat("burn", id_, None, start + 0.5 * (end - start), 1.0) for id_ in burning]
    return []


def _blown_away(draft: SceneDraft, struck: list[str], start: float, end: float) -> list[Beat]:
    """Out of somebody's hand or off the ground, and out of the picture."""
    beats = []
    for id_ in struck:
        if id_ not in draft.props:
            continue
        owner = next((other for other in struck if other in draft.actors), None)
        if owner is not None:
            draft.start_prop(id_, x=draft.x[owner] + 0.06, y=0.62)
        else:
            draft.start_prop(id_, x=0.2)
        beats.append(Beat("float", id_, None, start + 0.3 * (end - start), end, draft.move(id_, 1.25)))
    return beats
