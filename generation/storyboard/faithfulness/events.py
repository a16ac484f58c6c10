"""Judges verbs, adverbs and the order of events of a caption by the beats of the scene."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from operator import contains
from typing import Final

from ..drawn_tables import handwork
from ..gesture_table import GESTURES
from ..parsing.clauses import Clause
from ..parsing.lexicon import Word, lexicon
from ..scene import PEOPLE, WHOLE_SCENE
from ..shown_verbs import shows
from ..verb_groups import HARM
from .directions import judge_grounds, judge_path, judge_way
from .evidence import Evidence
from .fidelity import FidelityItem, item
from .routes import judge_routes

_ON_ITS_WAY: Final = ("passing", "moving", "departing", "leaving", "approaching", "oncoming", "arriving")
_GAITS: Final = ("drive", "walk", "fly", "speed up")
_BLUE_LIGHTS: Final = ("police car", "ambulance", "fire truck", "garbage truck", "tow truck", "snowplow")
# Seen as an effect, or a part of the place: lights a fire, falls to the floor.
_EFFECTS: Final = ("fire", "wave", "lights", "wire", "tornado", "window", "door", "stairs", "alarm", "building",
                   "shelf", "camera", "money", "book", "phone", "photo")  # fmt: skip
_QUICKLY: Final = frozenset(("quickly", "rapidly", "swiftly", "hurriedly", "hastily"))
_DRASTIC: Final = frozenset(("fall", "plunge", "topple", "faint", "convulse", "fly", "explode", "burn", "collapse",
                             "roll over", "sink", "dangle", "be crushed", "drown"))  # fmt: skip
_GIVING_WAY: Final = ("topple", "collapse", "split", "shatter", "crack")
_HELPING: Final = ("help", "assist")  # whoever does not lie there: nothing is given
_SLOWLY: Final = frozenset(("slowly",))
_ON_FOOT: Final = frozenset(("walk", "sneak", "stagger", "crawl", "drive", "swim", "roll", "float", "ride", "fly",
                             "reverse"))  # fmt: skip
_QUICK, _SLOW = 1.2, 0.3  # frame widths a clip; a plain walk takes .4 to 1
_BROKEN: Final = ("smash", "crack", "split", "shatter")
_IN_LINE: Final = 12  # more of them stand in ranks, and not in a queue
_LASTING: Final = 0.6  # of the clip
_GRADUAL: Final = frozenset(("climb", "open", "close", "lower", "hoist", "lift", "sink", "rise", "ascend", "descend",
                             "come closer", "go away", "back closer"))  # fmt: skip


def judge_verb(e: Evidence, i: int, word: Word) -> Iterator[FidelityItem]:
    if (clause := e.clauses.get(i)) is not None:
        shown = e.showing(clause) is not None or bool({word.lemma, *word.lemmas} & e.acted)
        light = any(e.reading.mentions[k].kind == "traffic light" for k in clause.subjects)
        if (
            (seen_as := _drawn_as(word) or (clause.verb if clause.verb == "give" and clause.lemma in _HELPING else ""))
            and clause.verb not in handwork()
            and not light
            and not {word.lemma, *word.lemmas} & e.acted
        ):
            yield item("verb", word.text, False, f"drawn as {seen_as}")
        else:
            queued = clause.verb == "queue" and any(e.reading.mentions[k].count > _IN_LINE for k in clause.subjects)
            plays = e.sight.plays(e.showing(clause) or []) and _with_its_thing(e, clause) and not queued
            yield item("verb", word.text, shown and plays, _why_not(e, clause) if not shown else "cannot be seen")
        yield from _inner_nouns(e, clause, word)
        yield from judge_way(e, clause, word)
        yield from judge_path(e, clause)
        yield from judge_grounds(e, clause)
        yield from judge_routes(e, clause)
        for _, k in clause.obliques:
            if (inner := e.reading.mentions[k]).inner:
                yield item("noun", inner.text, e.has(inner), f"no {inner.kind} in the scene")
    elif (state := e.states.get(i)) is not None:
        ids = {WHOLE_SCENE} if state.mention is None else e.ids([state.mention])
        lying = {"roll over": {"topple"}, "fall": {"lie"}}.get(state.verb, set())
        lasts = any(b.who in ids and (shows(b.verb, state.verb) or b.verb in lying) for b in e.scene.beats)
        lasts |= state.verb == "spark" and any(e.kinds[id_] in _BLUE_LIGHTS for id_ in ids & e.kinds.keys())
        lasts |= state.verb in ("smash", "crash") and any(
            b.who in ids and b.verb in ("dent", "shatter") for b in e.scene.beats
        )
        lasts |= state.verb in ("faint", "collapse") and any(b.who in ids and b.verb == "lie" for b in e.scene.beats)
        lasts |= state.verb in _BROKEN and any(b.who in ids and b.verb == "crack" for b in e.scene.beats)
        lasts |= state.verb == "dangle" and any(b.who in ids and b.verb == "suspend" for b in e.scene.beats)
        lasts |= state.verb == "hurt" and any("bandage" in (a.worn or "") for a in e.scene.actors if a.id in ids)
        on_its_way = word.text in _ON_ITS_WAY
        lasts |= on_its_way and any(b.who in ids and b.verb in _GAITS for b in e.scene.beats)
        lasts |= state.verb in ("walk", "run", "drive") and any(
            b.who in ids and b.verb == "work" for b in e.scene.beats
        )
        yield item("verb", word.text, lasts or (state.verb in ("stop", "stand") and e.stays(ids)), "is not shown")
    else:
        yield item("verb", word.text, False, "who does it is not understood")


def _inner_nouns(e: Evidence, clause: Clause, word: Word) -> Iterator[FidelityItem]:
    """The thing that a verb phrase names in itself, of which the drawing has none: points a GUN, blows a WHISTLE."""
    told = {e.reading.mentions[k].kind for _, k in clause.obliques}
    in_hand = {GESTURES[beat.verb].item for beat in e.showing(clause) or [] if beat.verb in GESTURES}
    for lemmas in word.parts[1:]:
        kinds = {lexicon().phrases.get((lemma,), {}).get("prop") for lemma in lemmas} - {None, *told, *_EFFECTS}
        kind = next(iter(sorted(k for k in kinds if k)), None)
        balls = kind is not None and kind.endswith("ball") and clause.verb in ("kick ball", "play", "hit ball")
        photos = clause.verb == "photograph"
        balls |= kind == "load" and bool(clause.objects)  # its load of logs
        if kind is None or balls or photos or any(held and held.endswith(kind) for held in in_hand):  # a skipping rope
            continue
        there = any(p.kind == kind for p in e.scene.props) or any(a.holds == kind for a in e.scene.actors)
        if not there and not e.sight.handled(e.ids(clause.subjects), kind):
            yield item("noun", " ".join(sorted(lemmas)[:1]), False, f"no {kind} in the scene")


def _with_its_thing(e: Evidence, clause: Clause) -> bool:
    """True unless somebody gives, throws, shows or pays with another thing than the caption's."""
    if clause.verb not in ("give", "throw", "show", "put", "drop"):
        return True
    kinds = [e.reading.mentions[k].kind for k in clause.objects if e.reading.mentions[k].group == "prop"]
    who = e.ids(clause.subjects)
    beats = e.showing(clause) or []
    if clause.verb == "give" and not kinds:  # gives it: a thing that was in a phrase before
        return any(e.sight.held[0].get(id_) for id_ in who) or any(b.verb in ("grab", "put") for b in e.scene.beats)
    held = any(e.sight.handled(who, kind, 0.0, beat.end) for kind in kinds for beat in beats)
    ids = e.ids(clause.objects)
    return not kinds or not beats or held or any(beat.target in ids or beat.who in ids for beat in beats)


def _why_not(e: Evidence, clause: Clause) -> str:
    if clause.subjects and not e.ids(clause.subjects):
        return "who does it is not in the scene"
    return "does not happen in the scene"


def judge_order(e: Evidence) -> Iterator[FidelityItem]:
    """One item for each two events in a row that the caption puts one after the other."""
    told = sorted(e.reading.clauses, key=lambda clause: clause.step)
    for first, second in pairwise(told):
        if second.step - first.step < 0.5:
            continue
        text = f"{e.reading.words[first.at].text} … {e.reading.words[second.at].text}"
        one, two = e.showing(first), e.showing(second)
        begun = [min((beat.start for beat in beats), default=0.0) for beats in (one or [], two or [])]
        last = max((beat.start for beat in two or []), default=0.0)
        between = range(min(first.at, second.at), max(first.at, second.at))
        told_so = any(e.reading.senses[j] == "after" for j in between)  # then, before, after
        later = bool(one is not None and two and (last > begun[0] or (last == begun[0] and not told_so)))
        yield item("order", text, later, "not one after the other in the scene")


def judge_extras(e: Evidence) -> Iterator[FidelityItem]:
    """What a caption names is seen to do something drastic that the caption does not say: one item for each."""
    done = [(e.ids(clause.subjects), clause) for clause in e.reading.clauses]
    suffering = {
        id_ for clause in e.reading.clauses for id_ in e.ids([*clause.objects, *(k for _, k in clause.obliques)])
    }
    lasting = {state.verb for state in e.reading.states}
    seen: set[str] = set()
    gone = {beat.who for beat in e.scene.beats if beat.verb in _GIVING_WAY}
    for beat in e.scene.beats:
        own = [clause for ids, clause in done if beat.who in ids]
        if beat.verb == "fly" and e.kinds.get(beat.who) not in PEOPLE:
            continue
        if beat.verb not in _DRASTIC or beat.who in suffering or not own or beat.verb in seen | lasting:
            continue
        if any(shows(beat.verb, clause.verb) or clause.verb in HARM or clause.verb in _DRASTIC for clause in own):
            continue
        if any(gone & e.ids([*clause.objects, *(k for _, k in clause.obliques)]) for clause in own):
            continue  # what they sat on or climbed has given way under them
        seen.add(beat.verb)
        yield item("extra", beat.verb, False, "the caption does not say it")


def is_paced(e: Evidence, adverb: str, i: int) -> bool:
    """True if the movement beside the word at i is as quick or slow as an adverb says; no other one is drawn."""
    before = [clause for at, clause in sorted(e.clauses.items()) if at <= i]
    beats = (e.showing(before[-1]) or []) if before else []
    paces = [abs(b.to - e.x(b.who, b)) / (b.end - b.start) for b in beats if b.to is not None]
    if adverb in _SLOWLY:
        if not paces:  # it opens, climbs, sinks for most of the clip
            return any(b.end - b.start >= _LASTING and b.verb in _GRADUAL for b in beats)
        return max(paces) <= _SLOW and all(b.verb in _ON_FOOT for b in beats if b.to is not None)
    quick = {beat.verb for beat in e.scene.beats} & {"run", "flee", "chase", "drive", "ride"}
    return adverb in _QUICKLY and bool(quick or (paces and min(paces) >= _QUICK))


def _drawn_as(word: Word) -> str:
    """What a verb is drawn as that only looks similar (irons as sweeps); empty where it is drawn as what it is."""
    similar = _similar_verbs().get(len(word.parts), ())
    return word.senses["verb"] if any(all(map(contains, word.parts, verb)) for verb in similar) else ""


@cache
def _similar_verbs() -> dict[int, list[tuple[str, ...]]]:
    by_length: dict[int, list[tuple[str, ...]]] = {}
    for text in lexicon().lists["stand_in_verbs"]:
        by_length.setdefault(len(text.split()), []).append(tuple(text.split()))
    return by_length
