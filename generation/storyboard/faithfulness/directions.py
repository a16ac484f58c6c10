"""Judges where things are to each other and which way they move."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ..parsing.clauses import Clause
from ..parsing.lexicon import Word
from ..parsing.relations import Relation
from ..placement import WORDING, stands
from ..scene import VEHICLES, Actor, Beat, Prop
from ..verb_groups import MOTION, SLIDES
from .evidence import Evidence, slides
from .fidelity import FidelityItem, item
from .settings import indoors
from .visibility import STEPS

_OUTDOORS: Final = (
    "lake",
    "river",
    "sea",
    "beach",
    "swimming pool",
    "forest",
    "field",
    "mountain",
    "tunnel",
    "desert",
    "park",
    "farm",
)
_COMING_OUT: Final = frozenset(("come closer", "wade out", "leave", "jump"))
_PORTALS: Final = ("tunnel road", "tunnel railway")  # what drives there goes in or comes out
_GOING_IN: Final = frozenset(("go away", "wade in", "enter", "turn left", "turn right", "dive", "sink", "fall in"))
_PASSING: Final = ("past", "through", "across", "over", "around", "along")
_ARRIVING: Final = ("into", "to", "against", "onto")
_STARTING: Final = ("off", "from", "out")
_SENDING: Final = ("push", "throw", "kick")
_IN_WATER: Final = 0.72  # the y of what lies in the water of a shore
_NEAR: Final = 0.28  # of the frame's width
_UP: Final = frozenset(("fly", "climb", "climb onto", "float", "ascend", "jump", "lift", "rise"))
_DOWN: Final = frozenset(("fall", "plunge", "slide down", "topple", "sink", "land", "drop", "collapse"))


def judge_relation(e: Evidence, relation: Relation) -> FidelityItem:
    figure, ground = e.reading.mentions[relation.figure], e.reading.mentions[relation.ground]
    text = f"{WORDING.get(relation.preposition, relation.preposition)} {ground.text}"
    ones, grounds = e.things(figure), e.things(ground)
    for clause in e.reading.clauses:  # reads a book on a bench
        if relation.figure in clause.objects:
            ones = [*ones, *(thing for k in clause.subjects for thing in e.things(e.reading.mentions[k]))]
    held = [actor for actor in e.scene.actors if actor.holds == figure.kind]
    in_hand = not grounds and any(actor.holds == ground.kind for actor in e.scene.actors)
    going = {b.target if b.verb in ("push", "pull", "carry") else b.who for b in e.scene.beats if b.to is not None}
    left = relation.preposition in ("on", "in") and any(g.id in going for g in grounds)
    if left and ones and all(isinstance(t, Prop) for t in ones) and not any(t.id in going for t in ones):
        return item("relation", text, False, "is left behind")
    agent = relation.preposition == "by" and any(c.passive and relation.ground in c.subjects for c in e.reading.clauses)
    if agent and grounds:  # is loaded by a crane
        return item("relation", text, True, "")
    if relation.preposition == "under" and _passes_below(e, e.ids([relation.figure]), grounds):
        return item("relation", text, True, "")
    hung = ground.kind == "wall" and not grounds and indoors(e.scene.place)  # the wall of the room
    hung &= relation.preposition == "on" and any(isinstance(one, Prop) and one.y < 0.6 for one in ones)
    drawn = in_hand or hung or any(stands(e.scene, relation.preposition, one, grounds) for one in (*ones, *held))
    return item("relation", text, drawn, "stands elsewhere")


def _passes_below(e: Evidence, figures: set[str], grounds: Sequence[Actor | Prop]) -> bool:
    """True for what rides on a belt below a machine that stands over it."""
    over = [ground.x for ground in grounds if ground.kind in ("filling machine", "packing machine")]
    ways = [sorted((e.x(b.who, b), b.to)) for b in e.scene.beats if b.to is not None and b.who in figures]
    return any(first < x < last for first, last in ways for x in over)


_STEEP: Final = ("mountain", "hillside", "ski slope", "stairwell", "cliff", "volcano")


def judge_way(e: Evidence, clause: Clause, word: Word) -> Iterator[FidelityItem]:
    """toward, away from, up and down, which belong to the verb."""
    after = e.reading.words[clause.at + 1 : clause.at + 6]
    own = {lemma for part in word.parts for lemma in part}
    for prep, k in clause.obliques:
        if prep in ("toward", "towards") or (prep == "from" and "away" in own):
            yield _nearer(e, clause, k, prep)
    for text, verbs in (("up", _UP), ("upward", _UP), ("upwards", _UP), ("down", _DOWN), ("downward", _DOWN)):
        led = range(clause.at + 1, min(clause.at + 5, len(e.reading.words)))
        place = next((e.reading.places[j] for j in led if j in e.reading.places), "mountain")
        along = place not in _STEEP  # the street, a long road
        if (
            clause.verb in MOTION
            and not (clause.verb == "enter" and clause.lemma in ("pick", "collect"))  # a taxi picks somebody up
            and clause.verb not in ("reverse", "slow down", "speed up")
            and (text in own or (after and after[0].text == text))
            and not along
        ):
            beats = e.showing(clause) or []
            drawn = any(b.verb in verbs for b in beats) or f"{text}hill" in {b.verb for b in e.scene.beats}
            drawn |= any(b.verb == f"glide {text}" for b in beats)
            stairs = any(b.target is not None and e.kinds.get(b.target) == "stairs" for b in beats)
            if stairs:
                drawn = _begins_high(e, clause) == text.startswith("down")
            climbs = clause.verb in ("climb", "jump") or any(b.verb == "climb" for b in beats)
            if climbs and text.startswith("down"):  # down from where it begins up there
                drawn = _begins_high(e, clause) == text.startswith("down")
            drawn |= text == "down" and any(b.verb == "close" and e.kinds.get(b.who) == "barrier" for b in beats)
            alights = clause.verb == "leave" and any(e.kinds.get(id_) in VEHICLES for id_ in e.ids(clause.objects))
            drawn |= alights and text == "down" and any(b.verb == "leave" for b in beats)  # out of the cab
            yield item("direction", text, drawn, "the movement goes another way")
    for j in range(clause.at + 1, min(clause.at + 5, len(e.reading.words) - 1)):
        if e.reading.words[j].text in ("toward", "towards", "to") and j + 1 in e.reading.viewing:
            text = f"{e.reading.words[j].text} {e.reading.words[j + 1].text}"
            yield item("direction", text, any(b.verb == "come closer" for b in e.showing(clause) or []), "")


def judge_path(e: Evidence, clause: Clause) -> Iterator[FidelityItem]:
    """through, past, over, into, off, from ... a thing: by where the movement begins, ends and passes."""
    beats, placed = e.showing(clause), {relation.ground for relation in e.relations.values()}
    flying = clause.verb in ("kick ball", "kick", "throw", "hit ball")
    for preposition, k in clause.obliques if beats is not None else ():
        mention = e.reading.mentions[k]
        grounds = e.things(mention)
        if preposition == "from" and "away" in clause.words:
            continue  # judged as a direction
        if preposition == "under" and clause.words & {"out", "from"}:
            preposition = "from"  # crawls out from under a car
        if (
            preposition not in (*_PASSING, *_ARRIVING, *_STARTING)
            or not grounds
            or (k in placed and not flying)
            or (preposition == "through" and clause.verb == "dig")  # it searches a bin
            or mention.inner
        ):
            continue
        drawn = any(ground.id in (beat.target, beat.who) for beat in beats or [] for ground in grounds)
        opened = {b.who for b in e.scene.beats if b.verb in ("open", "open boot")}  # into the fridge
        drawn |= any(b.verb == "file through" and b.target == ground.id for b in e.scene.beats for ground in grounds)
        drawn |= any(b.verb == "load" for b in beats or []) and any(ground.id in opened for ground in grounds)
        made = {b.who for b in e.scene.beats if b.verb == "appear"}  # a log is cut into planks
        poured = {b.who: e.x(b.target, b) for b in e.scene.beats if b.verb == "discharge" and b.target is not None}
        drawn |= preposition == "into" and any(ground.id in made for ground in grounds)
        drawn |= preposition == "into" and any(abs(x - g.x) < 0.06 for x in poured.values() for g in grounds)
        drawn |= preposition == "from" and any(ground.id in poured for ground in grounds)
        broken = {b.who for b in e.scene.beats if b.verb == "shatter"}  # a window, as the ball flies in
        drawn |= preposition == "through" and any(ground.id in broken for ground in grounds)
        fallen = {b.target for b in e.scene.beats if b.verb == "plunge" and e.kinds.get(b.who) == "yolk"}
        drawn |= preposition == "into" and any(ground.id in fallen for ground in grounds)  # out of a cracked egg
        ways = [(e.x(beat.who, beat), beat.to) for beat in beats or [] if beat.to is not None]
        if flying and preposition == "over":  # it has to come down on the other side
            beyond = any(min(way) < ground.x < max(way) for way in ways for ground in grounds)
            yield item("relation", f"over {mention.text}", beyond, "the movement goes elsewhere")
            continue
        many = max((e.reading.mentions[j].count for j in clause.subjects), default=1)
        near = _NEAR + (0.02 * many if many > 3 else 0.0)  # of those nearest to it
        moved = [thing.x for j in clause.objects for thing in e.things(e.reading.mentions[j])]
        for ground in grounds:
            if preposition in _PASSING:
                drawn |= any(min(way) - 0.05 <= ground.x <= max(way) + 0.05 for way in ways)
            elif preposition in _ARRIVING:
                drawn |= any(abs(way[1] - ground.x) < _NEAR for way in ways)
                drawn |= any(_comes_to_lie_on(e, id_, ground.id) for id_ in e.ids(clause.objects))
            else:
                drawn |= any(abs(x - ground.x) < near for x in (*(way[0] for way in ways), *moved))
                drawn |= {e.kinds.get(id_) for id_ in e.ids(clause.subjects)} == {"icicle"} and bool(
                    beats
                )  # at its eaves
                drawn |= any(b.verb == "lose wheel" and b.who == ground.id for b in e.scene.beats)
                drawn |= any(b.verb == "recede" and b.target == ground.id for b in e.scene.beats)  # out of a window
        yield item("relation", f"{preposition} {mention.text}", drawn, "the movement goes elsewhere")


def _comes_to_lie_on(e: Evidence, load: str, ground: str) -> bool:
    """True if a load ends within the outline of what it is put onto: on the bed of a truck."""
    if load not in e.sight.boxes or ground not in e.sight.boxes:
        return False
    box, bed = e.sight.box(load, STEPS), e.sight.box(ground, STEPS)
    if box is None or bed is None:
        return False
    return bed[0] - 0.05 <= (box[0] + box[2]) / 2 <= bed[2] and bed[1] - 0.03 <= box[3] <= bed[3] - 0.05


def judge_grounds(e: Evidence, clause: Clause) -> Iterator[FidelityItem]:
    """Into the forest, out of the water, towards the hills: who does it has to go there, or come from there."""
    shown = {beat.verb for beat in e.showing(clause) or [] if e.showing(clause)}
    shown |= {beat.verb for beat in e.scene.beats if beat.who in e.ids(clause.subjects) and beat.verb == "fall in"}
    if clause.verb in _SENDING:  # who is pushed goes there
        shown |= {beat.verb for beat in e.scene.beats if beat.who in e.ids(clause.objects)}
        thrown = [t for k in clause.objects for t in e.things(e.reading.mentions[k]) if isinstance(t, Prop)]
        shown |= {"dive"} if any(t.y <= _IN_WATER for t in thrown) else set()  # a stone
    if "hoist" in shown and any(t.y <= _IN_WATER for k in clause.objects for t in e.things(e.reading.mentions[k])):
        shown |= {"leave"}  # a boat is lifted out of the water
    for preposition, place in clause.grounds:
        if preposition in ("up", "down"):
            if place == "mountain":
                yield item(
                    "direction",
                    f"{preposition} {place}",
                    f"{preposition}hill" in {b.verb for b in e.scene.beats},
                    "it is level",
                )
            continue
        if place not in _OUTDOORS or preposition == "across":
            continue
        fished = clause.verb in ("grab", "catch") and any(e.reading.mentions[k].kind == "fish" for k in clause.objects)
        if fished and "stand in water" in {b.verb for b in e.scene.beats}:
            continue
        ways = _COMING_OUT if preposition in ("out", "from", "off") else _GOING_IN
        if preposition == "from" and {"away"} & {*clause.words, *e.reading.words[clause.at].text.split()}:
            ways = _GOING_IN  # the boat goes away, seen from the shore
        if e.scene.place in _PORTALS and place == "tunnel":
            ways |= {"drive", "reverse"}
        yield item("relation", f"{preposition} {place}", bool(shown & ways), "the movement goes elsewhere")


def _begins_high(e: Evidence, clause: Clause) -> bool:
    ids = e.ids(clause.subjects)
    return any(actor.id in ids and actor.y < 0.75 for actor in e.scene.actors)


def _nearer(e: Evidence, clause: Clause, k: int, preposition: str) -> FidelityItem:
    sliding = any(e.reading.mentions[j].text in SLIDES for j in clause.subjects) and bool(slides(e.scene))
    goals = [t.x for t in e.things(e.reading.mentions[k])]
    text = f"{preposition} {e.reading.mentions[k].text}" if preposition != "from" else "away"
    for beat in e.showing(clause) or []:
        if beat.to is not None and goals:
            x = e.x(beat.who, beat)
            closer = min(abs(beat.to - g) for g in goals) < min(abs(x - g) for g in goals)
            return item("direction", text, closer == (preposition != "from"), "the movement goes another way")
    return item("direction", text, sliding and preposition != "from", "nobody moves that way")


def judge_side(e: Evidence, i: int, word: Word) -> Iterator[FidelityItem]:
    if i in e.reading.sides:
        things = e.things(e.reading.mentions[e.reading.sides[i]])
        middle = sum(t.x for t in things) / len(things) if things else 0.5
        wanted = {"left": middle < 0.45, "right": middle > 0.55}.get(word.text, 0.3 < middle < 0.7)
        yield item("direction", word.text, bool(things) and wanted, "stands on another side")
    elif i in e.reading.turns:
        sign, at = e.reading.turns[i]
        clause = e.clauses.get(at) if at is not None else None
        beats = _after_the_earlier(e, clause) if clause is not None else list(e.scene.beats)
        ways = [beat.to - e.x(beat.who, beat) for beat in beats or [] if beat.to is not None]
        drawn = bool(ways) and all(way * sign > 0 for way in ways if abs(way) > 0.01)
        if clause is not None and clause.verb in ("point", "look") and not ways:  # whoever points looks that way
            facing = {actor.id: actor.facing for actor in e.scene.actors}
            drawn = any(facing.get(beat.who) == sign for beat in beats or [])
        if clause is not None and len(legs := _legs(e, at)) > 1:  # to the left and back, then to the right
            drawn = _begins_with(legs, beats or [], ways)
        yield item("direction", word.text, drawn, "the movement goes another way" if ways else "nobody moves")
    else:
        yield item("direction", word.text, False, "not understood")


def _after_the_earlier(e: Evidence, clause: Clause) -> list[Beat]:
    """The beats that show a clause, without the way to what the same one did before: walks up, steals, and flees."""
    beats = e.showing(clause) or []
    before = [c for c in e.reading.clauses if c.step < clause.step and {*c.subjects} & {*clause.subjects}]
    others = (b.start for c in before for b in e.showing(c) or [] if b not in beats)
    begun = max(others, default=0.0)
    return [beat for beat in beats if beat.start >= begun] or beats


def _legs(e: Evidence, at: int | None) -> list[int]:
    """The ways a clause says in its order: to the left, then to the right is -1, 1."""
    return [sign for _, (sign, verb) in sorted(e.reading.turns.items()) if verb == at]


def _begins_with(legs: list[int], beats: list[Beat], ways: list[float]) -> bool:
    """True if the first movement goes the first way, and later ones the others in their order."""
    moving = [beat for beat in beats if beat.to is not None]
    signs = [
        1 if way > 0 else -1 for beat, way in sorted(zip(moving, ways), key=lambda e: e[0].start) if abs(way) > 0.01
    ]
    rest = iter(signs)
    return bool(signs) and signs[0] == legs[0] and all(leg in rest for leg in legs)
