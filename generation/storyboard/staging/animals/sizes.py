"""How large small animals are beside larger ones: a mouse before a cat, a duck beside a cow.

Reads and changes the actors of a SceneDraft.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.animals import ANIMALS as FORMS
from svta.generation.storyboard.scene import ANIMALS, VEHICLES

from ..actions.draft import SceneDraft

# Of their usual size, which is that of an animal which is alone in the picture.
_BESIDE_LARGER: Final = {
    **dict.fromkeys(("mouse", "hamster", "frog", "lizard", "gecko", "crab", "mole", "chick"), 0.5),
    **dict.fromkeys(("bee", "fly", "mosquito", "butterfly", "ladybird", "ant", "spider", "grasshopper", "beetle",
                     "dragonfly", "snail", "worm", "caterpillar", "moth"), 0.4),
    **dict.fromkeys(("rat", "squirrel", "hedgehog", "sparrow", "robin", "hummingbird", "swallow", "bat",
                     "parrot"), 0.6),
    **dict.fromkeys(("bird", "pigeon", "crow", "duckling", "magpie", "owl", "gull", "seagull"), 0.68),
    **dict.fromkeys(("rabbit", "hen", "rooster", "duck", "goose", "turtle", "tortoise", "snake", "turkey"), 0.8),
}  # fmt: skip
_LARGE: Final = 0.95  # the width from which an animal is as large as a cow
_STILL_SMALLER: Final = 0.8


def in_proportion(draft: SceneDraft) -> None:
    """Each small animal beside what is of a larger class is drawn smaller."""
    kinds = {id_: actor.kind for id_, actor in draft.actors.items() if actor.kind in ANIMALS}
    wheels = any(actor.kind in VEHICLES for actor in draft.actors.values())
    for id_, kind in kinds.items():
        own = _BESIDE_LARGER.get(kind, 1.0)
        others = [_BESIDE_LARGER.get(other, 1.0) for one, other in kinds.items() if one != id_ and other != kind]
        if own == 1.0 or not (wheels or any(other > own for other in others)):
            continue
        huge = wheels or any(FORMS[other].width > _LARGE for one, other in kinds.items() if one != id_)
        factor = own * (_STILL_SMALLER if huge else 1.0)
        actor = draft.actors[id_]
        draft.actors[id_] = replace(actor, scale=round(max(factor, 0.34 * actor.scale) * actor.scale, 3))
