"""Animals take things out of hands, bins and coops, climb into bins, knock things off tables, drink and peck.

Reads an Event and its kind of actor; gives Beats, or None for people and for all other events.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.animals import ANIMALS as FORMS
from svta.generation.storyboard.drawing.pen import PERSON
from svta.generation.storyboard.drawn_tables import handwork
from svta.generation.storyboard.scene import ANIMALS, HOLLOW, OPEN_ABOVE, PEOPLE, Beat, able

from ..actions.draft import GROUND, Event, SceneDraft
from ..actions.equipment import in_hand, light
from ..actions.supports import top_of

_TAKES: Final = ("grab", "pull", "catch", "lift", "drag")
_INTO: Final = ("into", "in", "inside")
_SEARCHES: Final = ("through", "in", "into", "inside")
_FLOCK: Final = 3  # so many peck round what they eat
_HAND: Final = 0.6  # the y of a hand in which something is held
_RIM: Final = 0.2  # of the frame, how wide a bin has to be for an animal


def by_animal(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | None:
    """The first that knows the event."""
    if kind not in ANIMALS or e.who not in draft.actors or e.who in draft.moved:
        return None
    for rule in (_snatch, _take_out, _climb_in, _search, _knock_off, _feed, _tear):
        if (staged := rule(draft, e)) is not None:
            return staged
    return None


def half_length(draft: SceneDraft, who: str) -> float:
    """Half the length of an animal, as a share of a 16:9 frame."""
    return 0.5 * FORMS[draft.kind(who)].width * PERSON * 0.62 * draft.actors[who].scale


def _snatch(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Out of somebody's hand: a bird comes flying and flies on with it, others run up and away."""
    thing, whom = e.target, e.source
    if e.verb not in _TAKES or thing not in draft.props or whom not in draft.actors or thing is None or whom is None:
        return None
    if draft.kind(whom) not in PEOPLE or not light(draft.kind(thing)) or {thing, whom} & draft.moved:
        return None
    flies = able(draft.kind(e.who), "fly")
    draft.place(whom, x=0.58, facing=-1)
    draft.place(e.who, x=0.12, y=_HAND - 0.02 if flies else None, facing=1)
    in_hand(draft, whom, thing)
    draft.moved |= {thing, whom}
    one, two, three = (e.start + share * (e.end - e.start) for share in (0.4, 0.42, 0.56))
    there = draft.x[whom] - 0.05 - half_length(draft, e.who)
    gait, away = ("fly", "fly") if flies else ("run", "run")
    beats = [
        Beat("grab", whom, thing, 0.0, 0.01),
        Beat(gait, e.who, None, e.start, one, there),
        Beat("grab", e.who, thing, two, three),
        Beat("startle", whom, None, three, e.end),
    ]
    return [*beats, Beat(away, e.who, None, three, e.end, draft.move(e.who, 0.2))]


def _take_out(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Out of a bin or a coop, in which it is not seen until then; a few steps with it in the mouth."""
    thing, source = e.target, e.source
    if e.verb not in _TAKES or thing not in draft.props or source not in draft.props or thing is None or source is None:
        return None
    if draft.kind(source) not in (*HOLLOW, *OPEN_ABOVE) or not light(draft.kind(thing)) or thing in draft.moved:
        return None
    draft.start_prop(source, x=0.62)
    draft.start_prop(thing, x=draft.x[source], y=GROUND)
    draft.moved.add(thing)
    one, two, three = (e.start + share * (e.end - e.start) for share in (0.3, 0.5, 0.64))
    x = draft.x[source] - half_length(draft, e.who) - 0.3 * draft.width(source)
    draft.place(e.who, x=0.2, facing=1)
    sign = e.direction or -1
    return [
        Beat("enter", thing, source, 0.0, 0.01),
        Beat("walk", e.who, None, e.start, one, x),
        Beat("sniff", e.who, None, one, two),
        Beat("grab", e.who, thing, two, three),
        Beat("walk", e.who, None, three, e.end, draft.move(e.who, x + 0.24 * sign)),
    ]


def _fit(draft: SceneDraft, e: Event, bin_: str) -> None:
    """The bin as wide as the animal needs it."""
    if draft.width(bin_) < _RIM:
        draft.props[bin_] = replace(draft.props[bin_], scale=min(1.5, _RIM / draft.width(bin_)))
    draft.actors[e.who] = replace(draft.actors[e.who], scale=0.8 * draft.actors[e.who].scale)


def _climb_in(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Up over the rim of a bin or box, out of which it looks then."""
    into = next((id_ for id_ in (e.goal, e.target) if draft.kind(id_ or "") in OPEN_ABOVE), None)
    if into is None or e.verb not in ("climb", "jump", "crawl", "enter", "leave"):
        return None
    if e.way not in _INTO and e.preposition not in _INTO:
        return None
    _fit(draft, e, into)
    draft.start_prop(into, x=0.6)
    draft.place(e.who, x=0.22, facing=1)
    middle = e.start + 0.3 * (e.end - e.start)
    beside = draft.x[into] - half_length(draft, e.who) - 0.5 * draft.width(into)
    way = Beat("walk", e.who, None, e.start, middle, draft.move(e.who, beside))
    draft.move(e.who, draft.x[into])
    return [way, Beat("enter", e.who, into, middle, e.end)]


def _search(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Upright in a bin, its head going down again and again."""
    into = next((id_ for id_ in (e.target, e.passed, e.goal) if draft.kind(id_ or "") in OPEN_ABOVE), None)
    ways = {e.preposition, e.way, *e.words} & {*_SEARCHES}
    if into is None or e.verb not in ("dig", "sniff", "look", "search", "eat", "scratch") or not ways:
        return None
    _fit(draft, e, into)
    draft.start_prop(into, x=0.55)
    y = draft.props[into].y - max(0.06, 0.72 * draft.height(into))
    draft.place(e.who, x=draft.x[into] - 0.01, y=round(y, 4), facing=1)
    draft.moved.add(e.who)
    return [Beat(e.verb, e.who, None, e.start, e.end)]


def _knock_off(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A cat on the table or shelf pushes a thing over the edge."""
    thing, under = e.target, e.source
    if e.verb not in ("push", "hit", "drop") or thing not in draft.props or under not in draft.props:
        return None
    if thing is None or under is None or thing == under or thing in draft.moved or not light(draft.kind(thing)):
        return None
    if draft.kind(e.who) not in ("cat", "monkey", "squirrel", "raccoon", "rat", "mouse") and not able(
        draft.kind(e.who), "fly"
    ):
        return None
    draft.start_prop(under, x=0.42)
    draft.actors[e.who] = replace(draft.actors[e.who], scale=min(0.8, draft.actors[e.who].scale))
    top, edge = top_of(draft.kind(under)), draft.x[under] + 0.5 * draft.width(under)
    own = 0.5 * draft.width(thing)
    at = edge - own - 0.03
    draft.start_prop(thing, x=at, y=top)
    near = at - own - half_length(draft, e.who)
    draft.place(e.who, x=near - 0.06, y=top, facing=1)
    one, two = (e.start + share * (e.end - e.start) for share in (0.3, 0.5))
    return [
        Beat("walk", e.who, None, e.start, one, draft.move(e.who, near)),
        Beat("push", e.who, thing, one, two),
        Beat("plunge", thing, None, two, e.end, draft.move(thing, edge + own + 0.04)),
    ]


def _tear(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Up to a pillow or a newspaper, and it goes to pieces."""
    alters = "alters" in handwork().get(e.verb, ()) or e.verb in ("smash", "shatter")
    if not alters or e.target not in draft.props or e.target is None or e.target in draft.moved:
        return None
    draft.start_prop(e.target, x=0.6)
    small = draft.props[e.target]
    draft.props[e.target] = replace(small, scale=1.3 * small.scale)
    draft.place(e.who, x=0.28, facing=1)
    one = e.start + 0.3 * (e.end - e.start)
    x = draft.x[e.target] - half_length(draft, e.who) - 0.2 * draft.width(e.target)
    return [
        Beat("walk", e.who, None, e.start, one, draft.move(e.who, x)),
        Beat("bite", e.who, None, one, e.end),
        Beat(e.verb, e.target, None, one, e.end),
    ]


def _feed(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """The mouth above what is drunk or eaten; a flock all round it."""
    food = next((id_ for id_ in (e.source, e.target) if id_ in draft.props), None)
    if e.verb not in ("eat", "drink") or food is None or food in draft.moved or draft.actors[e.who].holds is not None:
        return None
    if draft.y(food) < GROUND - 0.02 or e.start > 0:
        return None
    if draft.actors[e.who].count >= _FLOCK:
        long = draft.kind(food) in ("trough", "water trough")  # they stand before it
        draft.start_prop(food, x=0.5, y=GROUND - 0.03 if long else GROUND + 0.05)
        draft.place(e.who, x=0.5)
        draft.moved.add(e.who)
        return [Beat(e.verb, e.who, None, e.start, e.end)]
    if able(draft.kind(e.who), "fly") or draft.actors[e.who].count > 1:
        return None
    mouth = 1.02 * half_length(draft, e.who)
    if mouth < 0.1:
        return None
    draft.start_prop(food, x=0.6)
    both = {id_ for id_ in (e.target, e.source) if id_ is not None}
    for served in (both & draft.props.keys()) - {food, *draft.moved}:  # hay in the trough
        draft.start_prop(served, x=draft.x[food], y=round(draft.y(food) - 0.7 * draft.height(food), 4))
    to = draft.x[food] - mouth
    draft.place(e.who, x=to - 0.08, facing=1)
    for other in [id_ for id_ in draft.actors if id_ != e.who and draft.kind(id_) in ANIMALS]:  # beside it
        draft.place(other, x=to - 0.8 * (half_length(draft, e.who) + half_length(draft, other)), facing=1)
    middle = e.start + 0.25 * (e.end - e.start)
    eaten = e.target if e.target in draft.props else food
    return [Beat("walk", e.who, None, e.start, middle, draft.move(e.who, to)),
            Beat(e.verb, e.who, eaten, middle, e.end)]  # fmt: skip
