"""What does not happen: a taxi that does not stop drives by, a ball flies past who misses it, a tray stays in hand.

Reads a Reading and the SceneDraft; changes beats and the draft.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.vehicles import RIDDEN
from svta.generation.storyboard.parsing.clauses import Denial, Reading
from svta.generation.storyboard.scene import ANIMALS, PEOPLE, VEHICLES, Actor, Beat, Prop

from ..actions.draft import GROUND, Event, SceneDraft
from ..actions.equipment import light
from ..actions.movement import passing
from ..actions.supports import table_for, top_of
from ..by_hand.handwork import work
from ..by_hand.throwing import FLUNG

_BREAKING: Final = ("shatter", "smash", "dent", "smash window")
_AT_THE_WHEEL: Final = ("wheel", "inside", "driving", "empty", "in it", "seat", "cab", "cockpit", "controls", "saddle",
                        "steering wheel", "driver's seat")  # fmt: skip
_LEAVES: Final = ("gate", "iron gate", "door", "window", "fridge", "cabinet", "garage door")
_FALLING: Final = ("trip", "slip", "fall")
_EFFORTS: Final = ("start", "open", "lift", "move", "push", "pull", "close", "shut", "carry", "turn", "unlock")
_GIVEN_OUT: Final = ("give", "give out", "produce", "lay", "print", "release", "eject", "dispense")
_LOST: Final = ("drop", "spill", "lose", "let go", "fall")


def in_vain(beats: list[Beat], reading: Reading, draft: SceneDraft, ids: Mapping[int, str]) -> list[Beat]:
    """The beats with what is seen of events that do not happen."""
    beats = _left_on_the_table(_kept_in_hand(beats, reading, draft, ids), reading, draft, ids)
    beats += _tried(beats, reading, draft, ids)
    beats = _not_there(beats, reading, draft, ids)
    _stays_up(reading, draft, ids)
    beats = [*_stays_whole(beats, reading, draft), *_stays_open(reading, draft, ids)]
    _looks_away(reading, draft, ids)
    beats = _missed(beats, reading, draft, ids)
    return [*beats, *_does_not_stop(beats, reading, draft, ids), *_not_caught(reading, draft, ids)]


def _of_verbs(reading: Reading, *words: str) -> list[Denial]:
    return [d for d in reading.denials if d.group == "verb" and {d.name, d.text, reading.words[d.at].lemma} & {*words}]


def _done_to(reading: Reading, draft: SceneDraft, ids: Mapping[int, str], denial: Denial) -> str | None:
    """The thing that it would have been done to."""
    named = [ids[k] for i, k in sorted(reading.mention_at.items()) if i > denial.at and k in ids]
    inner = frozenset[str]().union(*reading.words[denial.at].parts[1:])  # opens the DOOR
    named += [id_ for id_, prop in draft.props.items() if prop.kind in inner]
    return next((id_ for id_ in named if id_ in draft.x and draft.kind(id_) not in PEOPLE), None)


def _kept_in_hand(beats: list[Beat], reading: Reading, draft: SceneDraft, ids: Mapping[int, str]) -> list[Beat]:
    """Who trips but does not drop the tray holds it, and only stumbles."""
    for denial in _of_verbs(reading, *_LOST):
        who = next((ids[k] for k in denial.subjects if ids.get(k) in draft.actors), None)
        thing = _done_to(reading, draft, ids, denial)
        if who is None or draft.kind(who) not in PEOPLE:
            continue
        if thing in draft.props and light(draft.kind(thing or "")) and draft.actors[who].holds is None:
            draft.take_up(who, thing or "")
            beats = [b for b in beats if thing not in (b.who, b.target)]
        if draft.actors[who].holds is not None or denial.name == "fall":
            beats = [replace(b, verb="stagger") if b.who == who and b.verb in _FALLING else b for b in beats]
    return beats


def _not_there(beats: list[Beat], reading: Reading, draft: SceneDraft, ids: Mapping[int, str]) -> list[Beat]:
    """No leash of a dog that is walked without one, and no can that a machine does not give out."""
    gone = {id_ for id_, prop in draft.props.items() if "leash" in prop.kind} if any(
        "leash" in denial.text for denial in reading.denials
    ) else set[str]()  # fmt: skip
    for denial in _of_verbs(reading, *_GIVEN_OUT):
        thing = _done_to(reading, draft, ids, denial)
        who = [ids[k] for k in denial.subjects if k in ids]
        if thing in draft.props and thing is not None and who and all(draft.kind(id_) not in PEOPLE for id_ in who):
            gone |= {thing, *draft.clones.get(thing, ())}
    for id_ in gone:
        draft.props.pop(id_, None)
        draft.x.pop(id_, None)
    return [beat for beat in beats if not gone & {beat.who, beat.target}]


def _stays_whole(beats: list[Beat], reading: Reading, draft: SceneDraft) -> list[Beat]:
    """A ball hits a window that does not break, and falls down before it."""
    if _of_verbs(reading, "smash", "shatter", "break"):
        off = [b for b in beats if b.verb in _BREAKING]
        hit = {b.who for b in off}
        beats = [b for b in beats if b not in off]
        flung = [b for b in beats if b.verb == "fly" and b.target in hit and b.who in draft.props]
        drops = [Beat("fall", b.who, None, b.end, min(1.0, b.end + 0.25)) for b in flung]
        beats += [b for b in drops if not any(o.who == b.who and o.start >= b.start for o in beats)]
    return beats


def _stays_open(reading: Reading, draft: SceneDraft, ids: Mapping[int, str]) -> list[Beat]:
    """A gate that does not close, a door that nobody closes: it is open."""
    shut = _of_verbs(reading, "close", "shut")
    named = {k for d in shut for k in d.subjects}
    named |= {k for d in shut for i, k in reading.mention_at.items() if i > d.at}
    found = [ids[k] for k in sorted(named) if ids.get(k) in draft.props]
    if found and any(word.text == "behind" for word in reading.words):  # somebody has come through
        draft.start_prop(found[0], x=0.16)
        for id_ in draft.actors:
            draft.place(id_, x=0.6, facing=1)
    return [Beat("open", id_, None, 0.0, 0.01) for id_ in found if draft.kind(id_) in _LEAVES]


def _looks_away(reading: Reading, draft: SceneDraft, ids: Mapping[int, str]) -> None:
    """Who does not look at somebody has turned the back on them."""
    for denial in _of_verbs(reading, "look", "watch", "notice", "see"):
        named = [ids[k] for i, k in sorted(reading.mention_at.items()) if i > denial.at and k in ids]
        seen = next((id_ for id_ in named if id_ in draft.x), None)
        for id_ in (ids[k] for k in denial.subjects if ids.get(k) in draft.actors):
            if seen is not None and seen != id_ and draft.kind(id_) in (*PEOPLE, *ANIMALS):
                draft.place(id_, facing=1 if draft.x[seen] < draft.x[id_] else -1)


def _missed(beats: list[Beat], reading: Reading, draft: SceneDraft, ids: Mapping[int, str]) -> list[Beat]:
    """A bus that somebody does not catch drives away before them."""
    for denial in _of_verbs(reading, "catch", "reach", "board"):
        who = next((ids[k] for k in denial.subjects if ids.get(k) in draft.actors), None)
        bus = _done_to(reading, draft, ids, denial)
        if who is None or bus not in draft.actors or bus is None or draft.kind(who) not in PEOPLE:
            continue
        if draft.kind(bus) not in ("bus", "train", "tram", "taxi", "double decker bus") or bus in draft.moved:
            continue
        runs = any(beat.who == who and beat.verb == "run" for beat in beats)
        draft.actors[bus] = replace(draft.actors[bus], x=0.6, facing=1)
        draft.actors[who] = replace(draft.actors[who], x=0.1, facing=1)
        after = [Beat("run", who, None, 0.1, 0.8, 0.55)] if runs else [Beat("look", who, None, 0.0, 1.0)]
        return [*(b for b in beats if b.who not in (who, bus)), Beat("drive", bus, None, 0.1, 0.9, 1.45), *after]
    return beats


def _stays_up(reading: Reading, draft: SceneDraft, ids: Mapping[int, str]) -> None:
    """Who does not come down from a tree or a roof is up there."""
    for denial in _of_verbs(reading, "come", "climb", "get", "come down", "climb down", "get down"):
        after = {word.text for word in reading.words[denial.at : denial.at + 3]}
        who = next((ids[k] for k in denial.subjects if ids.get(k) in draft.actors), None)
        high = _done_to(reading, draft, ids, denial)
        if who is None or high not in draft.props or high is None or not any("down" in text for text in after):
            continue
        if draft.kind(high) in ("tree", "palm tree", "house", "wall", "ladder", "roof", "house roof", "shelf"):
            draft.place(who, x=draft.x[high], y=round(top_of(draft.kind(high)), 4))


def _left_on_the_table(beats: list[Beat], reading: Reading, draft: SceneDraft, ids: Mapping[int, str]) -> list[Beat]:
    """What a child does not eat lies on the table before it."""
    for denial in _of_verbs(reading, "eat", "drink", "touch"):
        who = next((ids[k] for k in denial.subjects if ids.get(k) in draft.actors), None)
        held = draft.actors[who].holds if who is not None else None
        food = next((m for m in reading.mentions if m.group == "prop" and m.kind == held), None)
        if who is None or held is None or food is None or draft.kind(who) not in PEOPLE or who in draft.moved:
            continue
        draft.actors[who] = replace(draft.actors[who], holds=None, held_colour=None)
        draft.put(Prop("food", held, food.colour, 0.6, GROUND))
        table_for(draft, "food")
        draft.place(who, x=draft.x["food"] - 0.2, facing=1)
        return [*(b for b in beats if b.who != who), Beat("sit at", who, None, 0.0, 1.0)]
    return beats


def _tried(beats: list[Beat], reading: Reading, draft: SceneDraft, ids: Mapping[int, str]) -> list[Beat]:
    """Who cannot start a mower, open a jar or reach a shelf is seen to try."""
    busy = {beat.who for beat in beats}
    for denial in reading.denials:
        who = next((ids[k] for k in denial.subjects if ids.get(k) in draft.actors), None)
        thing = _done_to(reading, draft, ids, denial)
        if not reading.words[denial.at].unable or who is None or who in busy or thing is None:
            continue
        if draft.kind(who) in PEOPLE and (tried := _attempt(draft, who, thing, reading.words[denial.at].lemma)):
            return tried
    return []


def _attempt(draft: SceneDraft, who: str, thing: str, lemma: str) -> list[Beat]:
    vehicle = thing in draft.actors and draft.kind(thing) in VEHICLES and draft.kind(thing) not in RIDDEN
    if lemma == "start" and vehicle:  # under the bonnet
        draft.place(thing, x=0.38, facing=1)
        draft.place(who, x=0.68, facing=-1)
        return [Beat("open bonnet", thing, None, 0.1, 0.3), Beat("tighten", who, None, 0.3, 1.0)]
    if lemma in ("reach", "get", "touch"):
        draft.start_prop(thing, x=0.6)
        draft.place(who, x=0.42, facing=1)
        return [Beat("point", who, thing, 0.0, 1.0)]
    if lemma in ("open", "unscrew") and light(draft.kind(thing)) and thing in draft.props:
        return work(draft, Event("open bottle", who, thing, 0.0, 1.0)) or []
    if thing in draft.props and lemma in _EFFORTS:
        return work(draft, Event("pull lever", who, thing, 0.0, 1.0)) or []
    return []


def without_drivers(reading: Reading, actors: list[Actor]) -> list[Actor]:
    """No head in the window of a vehicle that has no driver, or in which nobody is."""
    nobody = any(d.group == "person" and d.name == "person" for d in reading.denials)
    said = {word.text for word in reading.words}
    none = any(d.text in ("driver", "drivers") for d in reading.denials) or "driverless" in said
    aboard = nobody and bool(said & {"on board", "board", "aboard"})
    if not (none or aboard) and not (nobody and said & {*_AT_THE_WHEEL}):
        return actors
    served = () if none or aboard or "wheel" in said else ("bus", "train", "tram", "ferry", "double decker bus")
    return [replace(a, unmanned=a.kind in VEHICLES and a.kind not in served) for a in actors]


def _does_not_stop(beats: list[Beat], reading: Reading, draft: SceneDraft, ids: Mapping[int, str]) -> list[Beat]:
    """A woman waves, but the taxi does not stop: it drives by."""
    going = {id_ for beat in beats if beat.to is not None for id_ in (beat.who, beat.target)}
    who = [ids[k] for d in reading.denials if d.group == "verb" and d.name == "stop" for k in d.subjects if k in ids]
    driven = [beat for id_ in who if id_ not in going and draft.kind(id_) in VEHICLES for beat in passing(draft, id_)]
    afoot = [id_ for id_ in who if id_ not in going and draft.kind(id_) in (*PEOPLE, *ANIMALS)]
    for id_ in afoot:
        draft.place(id_, x=0.12, facing=1)
    return [*driven, *(Beat("walk", id_, None, 0.0, 1.0, draft.move(id_, 0.9)) for id_ in afoot)]


def _not_caught(reading: Reading, draft: SceneDraft, ids: Mapping[int, str]) -> list[Beat]:
    """What nobody catches comes flying, over the head of who does not catch it, and lies behind them."""
    catches = [d for d in reading.denials if d.group == "verb" and d.name in ("catch", "stop")]
    things = [ids[k] for i, k in sorted(reading.mention_at.items()) if catches and i > catches[0].at and k in ids]
    thing = next((id_ for id_ in things if id_ in draft.props and id_ not in draft.moved), None)
    if thing is None or draft.kind(thing) not in FLUNG or draft.moved & {*things}:
        return []
    who = [ids[k] for k in catches[0].subjects if k in ids and draft.kind(ids[k]) in (*PEOPLE, *ANIMALS)]
    who = [id_ for id_ in who if id_ not in draft.moved]
    for id_ in who:
        draft.place(id_, x=0.48, facing=1)
    draft.start_prop(thing, x=0.95, y=0.38 if who and draft.kind(who[0]) in PEOPLE else 0.45)
    looks = [Beat("look", id_, None, 0.0, 1.0) for id_ in who if draft.kind(id_) in PEOPLE]
    return [*looks, Beat("fly", thing, None, 0.0, 0.6, draft.move(thing, 0.2)), Beat("fall", thing, None, 0.6, 0.85)]
