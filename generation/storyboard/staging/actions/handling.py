"""What people and animals do with things in a caption's own words: take out of, put on and into, carry, push
and pull along, throw up, break, spill.

Reads an Event and the SceneDraft; gives Beats, or None where the event is of another kind. Things begin where the
caption says that they come from (in a hand, on a table, in a bag) and end where it says that they go.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.scene import ANIMALS, PEOPLE, SHORES, VEHICLES, Beat, able, medium
from svta.generation.storyboard.shown_verbs import NEAR

from .draft import IN_WATER, Event, SceneDraft
from .equipment import in_hand, light, walk_to
from .loading import CONTAINERS, put_there, take_from
from .movement import approach
from .supports import near_the_edge, stacked, table_for, top_of

_ROLLING: Final = ("ball", "soccer ball", "basketball", "beach ball", "tennis ball", "volleyball")
_BUOYANT: Final = ("balloon", "kite", "lantern", "bunch of balloon", "sky lantern")
_FRAGILE: Final = ("glass", "vase", "cup", "plate", "bottle", "mug", "teacup", "wine glass", "bowl", "jug",
                    "milk glass", "juice glass")  # fmt: skip
PAGES: Final = ("book", "newspaper", "letter", "paper", "map", "tablet", "phone", "picture", "ticket", "magazine",
                 "menu", "notebook", "clipboard", "photo", "sheet of paper", "envelope", "papers")  # fmt: skip
_SPOUT: Final = 0.14  # of the frame, from who tips a vessel to what it runs onto
_EACH: Final = 6  # who toss something of their own


def handle(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """The beats of somebody who handles a thing; None where nobody does."""
    kind, thing = draft.kind(e.who), e.target
    if e.verb == "smash" and thing in draft.broken:
        return []  # by what was thrown
    if e.verb == "smash window" and thing in draft.actors and kind in PEOPLE and thing is not None:
        return _at_the_pane(draft, e, thing)
    if thing is None or thing not in draft.props or kind in VEHICLES:
        return None
    holds_up = kind in PEOPLE and e.verb == "lift" and "hold" in e.words and draft.actors[e.who].holds is not None
    if holds_up and not light(draft.kind(thing)):  # signs, outside a town hall
        return [Beat("show", e.who, None, e.start, e.end)]
    if kind in ANIMALS and "out" in e.words and e.source in (None, e.target):
        e = replace(e, source=_container(draft, e))
    if kind in ANIMALS and e.verb in ("carry", "grab", "pull", "catch", "lift"):
        return _in_the_mouth(draft, e)
    if kind not in PEOPLE or not light(draft.kind(thing)):
        return None
    if e.verb in ("lift", "carry") and "hold" in e.words and thing not in draft.moved | draft.later:
        draft.take_up(e.who, thing)
        return [Beat("show" if "up" in e.words else "stand", e.who, None, e.start, e.end)]
    if e.verb == "hide" and e.goal in (None, e.target) and thing not in draft.moved and not e.preposition:
        in_hand(draft, e.who, thing)
        draft.moved.add(thing)
        taken = Beat("grab", e.who, thing, e.start, e.start + 0.01)
        held = draft.actors[e.who].holds == draft.kind(thing)
        return [*(() if held else (taken,)), Beat("hide", e.who, thing, e.start, e.end)]
    let_go = e.verb == "drop" and e.words >= {"let", "go"} and thing not in draft.moved
    if let_go and (gone := _let_go(draft, e, thing)) is not None:
        return gone
    if e.verb == "smash" and "break" in e.words and draft.kind(thing) in _FRAGILE and thing not in draft.moved:
        return _break(draft, e, thing)
    if e.verb == "smoke" and draft.kind(thing) in ("cigarette", "cigar", "pipe", "e-cigarette"):
        draft.take_up(e.who, thing)
        return [Beat("smoke", e.who, None, e.start, e.end)]
    if e.verb in ("read", "look", "eat", "drink", "write") and thing not in draft.later | draft.moved:
        if e.verb in ("eat", "drink") and e.preposition not in (None, "from"):
            return None
        if e.verb not in ("look", "write") or draft.kind(thing) in PAGES:
            draft.take_up(e.who, thing)
            verb = "read" if e.verb == "look" else e.verb
            return [Beat(verb, e.who, None, e.start, e.end)]
    if e.verb == "give" and e.goal in draft.actors and e.goal is not None and thing not in draft.later:
        way = walk_to(draft, e.who, e.goal, e.start, e.start + 0.45 * (e.end - e.start))
        if thing not in draft.moved:
            draft.take_up(e.who, thing)
        return [*way, Beat("give", e.who, e.goal, way[-1].end if way else e.start, e.end)]
    if e.verb == "carry" and "bring" in e.words and e.goal in draft.props and e.goal != thing:
        e = replace(e, verb="put")  # brings plates to a table
    unloads = e.verb == "load" and "unload" in e.words
    if e.verb == "put" and (set_out := stacked(draft, e)) is not None:
        return set_out
    lifted = e.verb in ("lift", "carry") and e.goal in draft.props and e.way in ("onto", "on", "into")
    if lifted and e.goal not in (None, e.target, e.who):  # onto a shelf
        return put_there(draft, replace(e, verb="put"))
    if e.verb in ("put", "drop", "load", "hide") and e.goal not in (None, e.target, e.who) and not unloads:
        return put_there(draft, e)
    if e.verb in ("grab", "pull") and "out" in e.words and e.source in (None, e.target):
        e = replace(e, source=_container(draft, e))
    if (unloads or e.verb in ("grab", "pull", "lift", "catch")) and e.source not in (None, e.target, e.who):
        return take_from(draft, e)
    slot = next((id_ for id_ in (e.passed, e.goal) if draft.kind(id_ or "") in ("door", "letter box", "mailbox")), None)
    posted = slot is not None and e.verb in ("push", "put", "throw", "drop", "load")
    if posted and slot is not None and thing not in draft.moved | draft.later:
        in_hand(draft, e.who, thing)
        way = walk_to(draft, e.who, slot, e.start, e.start + 0.45 * (e.end - e.start))
        draft.start_prop(thing, x=draft.x[slot])
        draft.move(thing, draft.x[slot])
        return [*way, Beat("load", e.who, thing, way[-1].end if way else e.start, e.end)]
    if e.verb == "throw" and e.words & {"up", "air"} and e.goal in (None, e.target, e.who):
        return _toss(draft, e, thing)
    if e.verb == "throw":
        return _throw_at(draft, e)
    return None


def _let_go(draft: SceneDraft, e: Event, thing: str) -> list[Beat] | None:
    """A balloon rises out of the hand, a ball rolls away; None for what only falls."""
    kind, begun = draft.kind(thing), e.start + 0.3 * (e.end - e.start)
    sign = e.direction or (1 if draft.x[e.who] <= 0.5 else -1)
    draft.place(e.who, facing=sign)
    x = draft.x[e.who]
    if kind in _ROLLING:
        in_hand(draft, e.who, thing)
        draft.move(thing, x + 0.08 * sign)
        away = Beat("roll", thing, None, begun, e.end, draft.move(thing, x + 0.45 * sign))
        return [Beat("drop", e.who, thing, e.start, begun), away]
    if kind not in _BUOYANT:
        return None
    draft.actors[e.who] = replace(draft.actors[e.who], holds=None)
    draft.start_prop(thing, x=x + 0.065 * sign, y=0.62)
    held = Beat("show", e.who, None, e.start, begun if thing not in draft.later else e.end)
    draft.moved.add(thing)
    if thing in draft.later:
        return [held]
    up = Beat("rise", thing, None, begun, e.end, draft.move(thing, x + 0.22 * sign))
    return [held, up, Beat("look", e.who, None, begun, e.end)]


def _break(draft: SceneDraft, e: Event, thing: str) -> list[Beat]:
    """Out of the hand, and in pieces on the ground."""
    draft.actors[e.who] = replace(draft.actors[e.who], holds=None)
    in_hand(draft, e.who, thing)
    draft.moved.add(thing)
    middle = e.start + 0.6 * (e.end - e.start)
    return [Beat("drop", e.who, thing, e.start, middle), Beat("shatter", thing, None, middle - 0.05, e.end)]


def fly_kite(draft: SceneDraft, e: Event) -> list[Beat]:
    """The kite is up in the wind, at whose string somebody stands."""
    assert e.target is not None
    draft.place(e.who, x=0.32, facing=1)
    draft.start_prop(e.target, x=0.6, y=0.36)
    draft.moved.add(e.target)
    return [Beat("fly kite", e.who, None, e.start, e.end), Beat("float", e.target, None, e.start, e.end, 0.68)]


def spill(draft: SceneDraft, e: Event) -> list[Beat]:
    """What is in the hand tips: over somebody, onto a table, or to the ground."""
    thing = e.target if e.target in draft.props and light(draft.kind(e.target or "")) else None
    onto = next((id_ for id_ in (e.goal, e.passed, e.near) if id_ in draft.x and id_ not in (thing, e.who)), None)
    if onto in draft.props and onto is not None and light(draft.kind(onto)) and e.who not in draft.moved:
        draft.start_prop(onto, x=0.56)
        draft.start_prop(table_for(draft, onto), x=0.6)  # a laptop lies on a table
        draft.place(e.who, x=draft.x[onto] - _SPOUT, facing=1)
    near_the_edge(draft, e.who, onto)
    if thing is not None and thing not in draft.moved:
        in_hand(draft, e.who, thing)
        draft.moved.add(thing)
        held = Beat("grab", e.who, thing, e.start, e.start + 0.01)
        return [held, Beat("spill", e.who, onto or thing, e.start, e.end)]
    return [Beat("spill", e.who, onto, e.start, e.end)]


def _container(draft: SceneDraft, e: Event) -> str | None:
    """What a thing is taken out of where the caption does not say: what stands nearest and holds things."""
    inside = [id_ for id_, thing in draft.props.items() if thing.kind in CONTAINERS and id_ != e.target]
    return min(inside, key=lambda id_: abs(draft.x[id_] - draft.x[e.who]), default=None)


def _in_the_mouth(draft: SceneDraft, e: Event) -> list[Beat]:
    """An animal takes a thing in its mouth and goes on with it; what it carries it has from the start."""
    assert e.target is not None
    sign = e.direction or draft.actors[e.who].facing
    source = e.source if e.source in draft.x and e.source not in (e.target, e.who) else None
    if e.target not in draft.moved and source is not None:
        draft.start_prop(e.target, x=draft.x[source], y=top_of(draft.kind(source)))
    if e.verb != "carry":
        middle = (e.start + e.end) / 2
        side = 1 if draft.x[e.who] <= draft.x[e.target] else -1
        there = abs(draft.x[e.target] - draft.x[e.who]) < NEAR
        way = [] if there else [
            Beat("walk", e.who, None, e.start, middle, draft.move(e.who, draft.x[e.target] - 0.1 * side))
        ]  # fmt: skip
        draft.moved.add(e.target)
        return [*way, Beat("grab", e.who, e.target, middle if way else e.start, e.end)]
    taken: list[Beat] = []
    if e.target not in draft.moved:
        draft.place(e.who, x=0.5 - 0.34 * sign, facing=sign)
        draft.start_prop(e.target, x=draft.x[e.who] + 0.1 * sign)
        taken = [Beat("grab", e.who, e.target, e.start, e.start + 0.01)]
        draft.moved.add(e.target)
    goal = draft.x[e.goal] - NEAR * sign if e.goal in draft.x else draft.x[e.who] + 0.6 * sign
    gait = "fly" if able(draft.kind(e.who), "fly") else "walk"
    return [*taken, Beat(gait, e.who, None, e.start + 0.01, e.end, draft.move(e.who, goal))]


def _toss(draft: SceneDraft, e: Event, thing: str) -> list[Beat]:
    """Straight up; of several, each has one of their own."""
    actor, prop = draft.actors[e.who], draft.props[thing]
    for clone in draft.clones.pop(thing, ()):
        draft.props.pop(clone, None)
        draft.x.pop(clone, None)
    beats: list[Beat] = []
    for n in range(actor.count if actor.count <= _EACH else 1):
        who, own = (e.who, thing) if n == 0 else (f"{e.who}{50 + n}", f"{thing}{50 + n}")
        x = actor.x if actor.count == 1 else 0.5 + (n - (actor.count - 1) / 2) * 0.17
        count = actor.count if actor.count > _EACH else 1
        draft.put(replace(actor, id=who, count=count, x=round(x, 4), y=round(actor.y - 0.03 * (n % 2), 4)))
        draft.put(replace(prop, id=own, x=round(x, 4)))
        in_hand(draft, who, own)
        draft.moved.add(own)
        beats.append(Beat("toss", who, own, e.start, e.end))
    return beats


def _throw_at(draft: SceneDraft, e: Event) -> list[Beat]:
    """Out of the hand and against, into or to what stands there; else a good way ahead."""
    assert e.target is not None
    if draft.kind(e.goal or "") in ("window", "mirror") and e.goal in draft.later and e.goal is not None:
        return _through_the_pane(draft, e, e.goal)
    if draft.kind(e.passed or "") == "window" and e.passed is not None:
        return _through_the_pane(draft, e, e.passed)
    into = draft.kind(e.goal or "") in CONTAINERS and {e.way, e.preposition} & {"into", "in"}
    if into and e.target not in draft.moved | draft.taken and e.goal is not None:
        return _throw_in(draft, e, e.goal)
    if e.source in draft.actors and medium(draft.kind(e.source or "")) == "water" and e.source is not None:
        return _throw_ashore(draft, e, e.source)
    if draft.actors[e.who].holds == "sign" and draft.kind(e.target) != "sign":  # of a demonstrator
        draft.actors[e.who] = replace(draft.actors[e.who], holds=None)
    if e.target not in draft.moved | draft.taken:
        in_hand(draft, e.who, e.target)
        for clone in draft.clones.pop(e.target, ()):
            draft.props.pop(clone, None)
            draft.x.pop(clone, None)
    pane = draft.kind(e.goal or "") in ("window", "mirror", "television") and e.goal is not None
    if pane and e.who not in draft.moved and draft.actors[e.who].count == 1:
        return _against_the_pane(draft, e, e.goal or "")
    sign = e.direction or draft.actors[e.who].facing
    if e.goal in (None, e.target, e.who):
        if not 0.1 <= draft.x[e.who] + 0.4 * sign <= 0.9:
            sign = -sign
        aim = draft.x[e.who] + 0.4 * sign
    else:
        aim = draft.x[e.goal or ""]
    if e.ground is not None and e.ground[0] == "into" and draft.setting in SHORES.values():
        draft.place(e.who, x=0.2)
        aim = draft.x[e.who] + 0.42
        draft.start_prop(e.target, y=IN_WATER)
    draft.place(e.who, facing=1 if aim >= draft.x[e.who] else -1)
    return [Beat("throw", e.who, e.target, e.start, e.end, draft.move(e.target, round(aim, 4)))]


def _against_the_pane(draft: SceneDraft, e: Event, pane: str) -> list[Beat]:
    """Up against a window, from which it falls to the ground."""
    assert e.target is not None
    draft.place(e.who, x=0.24, facing=1)
    draft.start_prop(e.target, x=0.32)
    down = e.start + 0.62 * (e.end - e.start)
    x = draft.x[pane]
    return [Beat("throw", e.who, e.target, e.start, e.end, draft.move(e.target, x + 0.12)),
            Beat("shake", pane, None, down, down + 0.1),
            Beat("plunge", e.target, None, down, e.end, draft.move(e.target, x - 0.05))]  # fmt: skip


def _throw_ashore(draft: SceneDraft, e: Event, boat: str) -> list[Beat]:
    """From on board to the land before it."""
    assert e.target is not None
    in_hand(draft, e.who, e.target)
    draft.place(boat, x=0.68)
    draft.place(e.who, x=draft.x[boat] - 0.06, y=draft.y(boat) - 0.06, facing=-1)
    draft.actors[e.who] = replace(draft.actors[e.who], scale=0.8 * draft.actors[e.who].scale)
    return [Beat("throw", e.who, e.target, e.start, e.end, draft.move(e.target, 0.26))]


def _at_the_pane(draft: SceneDraft, e: Event, car: str) -> list[Beat]:
    """Up to the side window of a car, with what is in the hand or a hammer."""
    draft.place(car, x=0.6, y=0.76, facing=1)
    if draft.actors[e.who].holds is None:
        draft.actors[e.who] = replace(draft.actors[e.who], holds="hammer")
    if e.who not in draft.moved and e.start == 0.0:
        draft.place(e.who, x=0.2, facing=1)
    middle = e.start + 0.35 * (e.end - e.start)
    way = Beat("walk", e.who, None, e.start, middle, draft.move(e.who, 0.49))
    draft.broken.add(car)
    return [way, Beat("smash window", e.who, car, middle, e.end)]


def _through_the_pane(draft: SceneDraft, e: Event, pane: str) -> list[Beat]:
    """What is thrown flies through a window, which is broken from then on."""
    assert e.target is not None
    draft.actors[e.who] = replace(draft.actors[e.who], holds=None)  # no hammer
    in_hand(draft, e.who, e.target)
    draft.place(e.who, x=min(draft.x[e.who], 0.24), facing=1)
    draft.broken.add(pane)
    until = min(1.0, e.end + 0.25)
    down = e.start + 0.78 * (until - e.start)
    return [Beat("throw", e.who, e.target, e.start, until, draft.move(e.target, draft.x[pane])),
            Beat("enter", e.target, pane, down, down + 0.01), Beat("shatter", pane, None, down, until)]  # fmt: skip


def _throw_in(draft: SceneDraft, e: Event, goal: str) -> list[Beat]:
    """Into a bin from above, one after the other: the first out of the hand, the others off the ground."""
    assert e.target is not None
    in_hand(draft, e.who, e.target)
    loads = [e.target, *draft.clones.get(e.target, ())]
    side = 1 if draft.x[e.who] <= draft.x[goal] else -1
    draft.start_prop(goal, x=0.5 + 0.22 * side)
    draft.place(e.who, x=draft.x[goal] - 0.36 * side, facing=side)
    share, beats = (e.end - e.start) / len(loads), []
    for n, load in enumerate(loads):
        at = e.start + n * share
        if n:
            draft.start_prop(load, x=draft.x[e.who] - side * (0.02 + 0.09 * (n - 1)))
            beats.append(Beat("grab", e.who, load, at, at + 0.3 * share))
            at += 0.3 * share
        until = e.start + (n + 1) * share
        beats.append(Beat("throw", e.who, load, at, until, draft.move(load, draft.x[goal])))
        down = at + 0.78 * (until - at)
        beats.append(Beat("enter", load, goal, down, down + 0.01))
    return beats


def take_along(draft: SceneDraft, verb: str, who: str, target: str | None, start: float, end: float, direction: int,
               goal: str | None = None, passed: str | None = None) -> list[Beat]:  # fmt: skip
    beats, far = list[Beat](), 0.35
    together = target is not None and not draft.moved & {who, target} and verb != "carry"
    if together and target is not None and draft.kind(target) not in (*PEOPLE, *ANIMALS):
        way = direction or 1  # from the start
        apart = max(1.4 * NEAR, draft.width(target) / 2 + 0.09)
        first, last = (who, target) if verb == "push" else (target, who)
        more = 0.1 * (draft.actors[who].count - 1) if who in draft.actors and first == who else 0.0
        for id_, x in ((first, 0.5 - (0.36 - more) * way), (last, 0.5 - (0.36 - more - apart) * way)):
            draft.start_prop(id_, x=x)
            draft.place(id_, x=x, facing=way)
        far = 0.48
    elif target is not None and abs(draft.x[target] - draft.x[who]) > 2 * NEAR:
        beats = approach(draft, who, target, start, start + 0.3 * (end - start), verb)
        start = start + 0.3 * (end - start)
    sign = direction or (1 if draft.x[who] < 0.6 else -1)
    to = draft.x[who] + far * sign
    if goal in draft.props and goal != target and verb == "carry":  # to the door
        to = draft.x[goal] - NEAR * (1 if draft.x[who] <= draft.x[goal] else -1)
    if passed in draft.x and passed not in (who, target):  # past somebody
        to = draft.x[passed] + 0.24 * sign
    x = draft.move(who, min(1.3, max(-0.3, to)))
    if target is not None:
        draft.move(target, x + NEAR * sign)
    return [*beats, Beat(verb, who, target, start, end, x)]
