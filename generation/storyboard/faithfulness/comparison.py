"""How much of a caption a Scene shows: one item for each thing the caption says, drawn or not, and the share drawn.

Reads a caption and a Scene (from read_scene, or edited); gives a Fidelity. Only what the Scene holds counts: its
actors, props and beats, its place, time and weather. A word that the parser does not know, or knows as something
else that looks similar (a tiger drawn as a cat), is an item that is not drawn.

    fidelity("A dog chases two cats at night.", scene).items    # dog, chases, two, cats, night
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from ..choreography import Choreography
from ..drawn_tables import objects
from ..own_sentences import variant_said
from ..parsing.clauses import Reading
from ..parsing.lexicon import Word
from ..parsing.relations import Relation
from ..parsing.sentences.parser import read
from ..parsing.word_senses import HEADS
from ..scene import Scene
from ..staging.read_scene import parts_of
from .absences import judge_negation, judge_rest
from .bodies import BODIES
from .directions import judge_relation, judge_side
from .events import is_paced, judge_extras, judge_order, judge_verb
from .evidence import Evidence
from .fidelity import Fidelity, FidelityItem, adds_nothing, item
from .routes import judge_on_top
from .senses import SENSES
from .settings import SETTINGS
from .things import (
    judge_colour,
    judge_garment,
    judge_noun,
    judge_number,
    judge_place,
    judge_time,
    judge_weather,
    stands_in,
)
from .told_events import stands_for_itself, told_part
from .unchecked import not_checked

_JUDGES: Final[dict[str, Callable[[Evidence, int, Word], Iterator[FidelityItem]]]] = {
    "verb": judge_verb, "number": judge_number, "colour": judge_colour, "garment": judge_garment, "side": judge_side,
    "direction": judge_side, "place": judge_place, "time": judge_time, "weather": judge_weather,
    **dict.fromkeys(HEADS, judge_noun),
}  # fmt: skip

_IN_TIME: Final = frozenset(("verb", "direction", "order", "relation", "manner", "extra"))  # what a contrast differs in


def measure(
    caption: str, scene: Scene, choreographies: Mapping[str, Choreography] | None = None, *, by_eye: bool = True
) -> Fidelity:
    """The Fidelity of a scene to a caption, by what the scene holds; `scene.caption` is not looked at.

    By eye: what nobody has looked at (checked.json) is not drawn either.

    With a user's choreographies, the words of the scene's category are not unknown: its beats act them out.
    """
    table = (choreographies or {}).get(scene.category or "")
    played = {(beat.verb, beat.who) for beat in scene.beats}
    acted: set[str] = set()
    if table is not None and any((beat.verb, beat.who) in played for beat in table.beats):
        acted = {word for text in table.words for word in text.replace("!", "").split()}
    reading = read(caption)
    evidence = Evidence(reading, scene, frozenset(acted), parts_of(caption, scene, choreographies))
    items = _seen_whole(tuple(_items(evidence)), caption, scene)
    if _goes_on_as_said(caption, reading, scene):
        items = tuple(item(i.kind, i.text, i.drawn or i.kind in _IN_TIME, i.reason) for i in items)
    return Fidelity(_seen_alone(items, not_checked(caption, evidence, choreographies)) if by_eye else items)


def _seen_whole(items: tuple[FidelityItem, ...], caption: str, scene: Scene) -> tuple[FidelityItem, ...]:
    """The items; what belongs to a category's own sentence is drawn, where its choreography acts it out."""
    if all(i.drawn for i in items) or (told := told_part(caption, scene)) is None:
        return items
    part, table = told
    alone = _items(Evidence(read(part), scene, frozenset(), parts_of(part, scene)))
    whole = {(i.kind, i.text) for i in alone if not i.drawn and stands_for_itself(i, table, scene)}
    kept = (i for i in items if i.drawn or i.kind != "extra" or (i.kind, i.text) not in whole)
    return tuple(item(i.kind, i.text, i.drawn or (i.kind, i.text) in whole, i.reason) for i in kept)


def _seen_alone(items: Iterable[FidelityItem], unseen: Iterable[FidelityItem]) -> tuple[FidelityItem, ...]:
    """The items, of which those that nobody looked at do not count as drawn; and what has no item of its own."""
    others = {(i.kind, i.text): i for i in unseen}
    told = [others.pop((i.kind, i.text), i) if i.drawn else i for i in items]
    return (*told, *others.values()) if all(i.drawn for i in told) else tuple(told)


def _goes_on_as_said(caption: str, reading: Reading, scene: Scene) -> bool:
    """True if the caption is the sentence of a variant of a contrast, and the scene goes on as that variant does."""
    variant = variant_said(caption, reading, scene.category)
    if variant is None or variant.backwards != scene.backwards:
        return False
    ways = [[(b.verb, b.who, b.target, b.start, b.end) for b in beats] for beats in (variant.beats, scene.beats)]
    return ways[0] == ways[1]


def _from_outside(e: Evidence, i: int) -> bool:
    """True for a place that is seen as a building by the street: a bakery with its sign."""
    k = e.reading.mention_at.get(i)
    return k is not None and e.reading.senses[i] == "place" and e.reading.mentions[k].kind in objects()


def _at_a_car(e: Evidence, i: int) -> bool:
    """True for the window of a car that is broken at the car."""
    panes = [c for c in e.reading.clauses if c.verb == "smash window"]
    return any(e.reading.mention_at.get(i) in c.objects and e.showing(c) for c in panes)


def _items(e: Evidence) -> Iterator[FidelityItem]:
    """In the order of the caption, the order of its events last."""
    for i, word in enumerate(e.reading.words):
        sense = e.reading.senses[i]
        if i in e.reading.particles:
            continue
        if i in e.denials:
            yield judge_negation(e, i)
        elif sense not in ("", "preposition", "verb") and stands_in(word) and not _from_outside(e, i):
            yield item("noun", word.text, _at_a_car(e, i), f"drawn as a {word.senses.get(sense, sense)}")
        elif sense in _JUDGES:
            yield from _JUDGES[sense](e, i, word)
        else:
            yield from judge_rest(e, i, word)
        if e.reading.senses[i] == "preposition" and i in e.relations and not _ridden_over(e, e.relations[i]):
            yield judge_relation(e, e.relations[i])
        for adverb in word.manner:
            if not adds_nothing(adverb, word.text):
                yield item("manner", adverb, is_paced(e, adverb, i), "is not drawn")
    for clause in e.reading.clauses:
        if clause.apart or clause.meeting:
            ways = [beat.to - e.x(beat.who, beat) for beat in e.showing(clause) or [] if beat.to is not None]
            both = any(way > 0 for way in ways) and any(way < 0 for way in ways)
            text = "opposite directions" if clause.apart else "toward each other"
            yield item("direction", text, both, "all go one way")
        if "circles" in clause.words:
            round_ = any(beat.verb == "circle" for beat in e.scene.beats)
            yield item("direction", "in circles", round_, "nobody goes round")
    yield from judge_order(e)
    yield from judge_extras(e)
    for judge in (*(BODIES if e.sight.shares else ()), judge_on_top, *SETTINGS, *SENSES):
        yield from judge(e)


def _ridden_over(e: Evidence, relation: Relation) -> bool:
    """A horse on which somebody jumps over a fence: judged as their way."""
    over = ("over", relation.ground)
    return any(c.verb == "ride" and relation.figure in c.objects and over in c.obliques for c in e.reading.clauses)
