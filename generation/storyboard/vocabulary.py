"""What the storyboard can draw, by name: every kind, prop, place and verb, and the words of captions that mean them.

`svta info --vocabulary` prints it; with a lexicon in use (user_lexicon.py) its entries are in it.
"""

from __future__ import annotations

from .parsing.lexicon import lexicon
from .scene import ANIMALS, COLOURS, PEOPLE, PLACES, PROP_KINDS, TIMES, VEHICLES, WEATHERS
from .shown_verbs import COMPOSED
from .verb_groups import VERBS

_SENSES = {"people": "person", "animals": "animal", "vehicles": "vehicle", "props": "prop", "places": "place",
           "verbs": "verb", "times": "time", "weathers": "weather", "colours": "colour"}  # fmt: skip


def vocabulary() -> dict[str, dict[str, list[str]]]:
    """Group (people, props, places, verbs ...) -> name -> the words of captions that mean it."""
    names = {"people": PEOPLE, "animals": ANIMALS, "vehicles": VEHICLES, "props": PROP_KINDS, "places": PLACES,
             "verbs": (*VERBS, *COMPOSED), "times": TIMES, "weathers": WEATHERS, "colours": COLOURS}  # fmt: skip
    table: dict[str, dict[str, list[str]]] = {group: {name: [] for name in kinds} for group, kinds in names.items()}
    for phrase, senses in sorted(lexicon().phrases.items()):
        for group, sense in _SENSES.items():
            if (name := senses.get(sense)) in table[group]:
                table[group][name].append(" ".join(phrase))
    return table
