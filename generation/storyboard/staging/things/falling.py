"""A thing falls, rolls or flies against something: off what holds it, over, onto a roof, into a vessel, down stairs.

Reads an Event (who is a prop) and the SceneDraft; gives Beats, and puts the thing where it has to begin.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.things import ROUND, THINGS, WHEELED
from svta.generation.storyboard.drawn_tables import objects
from svta.generation.storyboard.scene import ANIMALS, HOLLOW, OPEN_ABOVE, PEOPLE, VEHICLES, Beat, Prop

from ..actions.cranes import off_forks
from ..actions.draft import GROUND, Event, SceneDraft
from ..actions.equipment import BREAKS, light
from ..actions.supports import CONTAINERS, supporting, table_for, top_of

ROUNDED: Final = ROUND | WHEELED | {"egg", "tomato", "potato", "onion", "lemon", "jam jar", "yarn", "pencil", "cabbage",
                                    "nut", "wine glass", "mug", "paint can", "toilet paper", "cup"}  # fmt: skip
_TALL: Final = {
    "tree", "ladder", "crane", "fence", "wall", "sign", "lamp post", "shelf", "door", "rack", "pole", "statue",
    "scaffold", "traffic light", "fridge", "snowman", "lighthouse", "building", "bottle", "vase", "glass",
    "traffic cone", "candle", "cup", "chair", "trash can", "barrel", "plant"
}  # fmt: skip
HOLDING: Final = ("shelf", "open shelf", "bookshelf", "rack", "table", "counter", "workbench", "conveyor", "pallet",
                   "office desk", "cabinet")  # fmt: skip  # from which things fall where a caption does not say
TABLEWARE: Final = {"plate", "plates", "dishes", "cup", "mug", "teacup", "glass", "wine glass", "bowl", "vase", "jug",
                     "bottle", "candlestick", "night lamp", "alarm clock", "book", "teapot", "laptop", "cake", "fork",
                     "soup spoon", "jam jar", "can", "meal", "soup", "radio", "phone", "globe", "television",
                     "computer", "milk glass", "juice glass", "microwave", "printer", "typewriter", "toaster",
                     "kettle", "aquarium"}  # fmt: skip
_STACKED: Final = ("house of cards", "sand castle", "snowman")  # of which nothing stands after a fall
_UNSEEN: Final = -0.02  # the y of what is above the picture until it falls
_BEDS: Final = {"flatbed truck": 0.14, "pickup": 0.12}  # whose load lies open, and how far behind their middle
TABLED: Final = ("kitchen", "living room", "dining room", "laboratory", "room")
_ON_TREES: Final = ("apple", "pear", "orange", "lemon", "plum", "cherry", "peach", "nut", "acorn", "chestnut",
                   "coconut", "leaf", "leaves", "fig", "olive", "blossom", "mango", "banana", "cone")  # fmt: skip


def fall_down(draft: SceneDraft, e: Event, kind: str) -> list[Beat]:
    """Off something, onto something, over, or out of the air."""
    source = e.source or (e.target if e.preposition in ("off", "from", "of", "out") else None)
    onto = e.target if e.preposition in ("on", "onto", "over", "into", "in", "against") else None
    if e.who in draft.boughs:
        if onto is not None:
            draft.start_prop(onto, x=draft.x[e.who])
        draft.moved.add(e.who)
    if kind in _STACKED and source is None and onto is None:
        return [Beat("collapse", e.who, None, e.start, e.end)]
    if "falls" in objects().get(kind, {}):  # a row of dominoes, one against the other
        return [Beat("open", e.who, None, e.start + 0.2 * (e.end - e.start), e.end)]
    if e.who not in draft.moved and (off := off_forks(draft, replace(e, source=source))) is not None:
        return off
    if draft.kind(source or "") in _BEDS and e.who not in draft.moved and source is not None:
        return _off_a_bed(draft, e, source)
    if source is not None and source in draft.x and e.who not in draft.moved:
        vehicle = source in draft.actors
        side = 1 if draft.x[source] < 0.6 else -1
        y = 0.5 if vehicle else top_of(draft.kind(source))
        behind = 0.09 * sum(e.who in clones[:n] for clones in draft.clones.values() for n in range(1, len(clones) + 1))
        draft.start_prop(e.who, x=draft.x[source] + (0.04 - behind) * side, y=y)
        end = draft.move(e.who, draft.x[source] + (0.2 + behind) * side)
        return [Beat("plunge", e.who, None, e.start + 0.3 * behind, e.end, end)]
    if "over" in e.words and onto is None and source is None:  # falls over
        return [Beat("topple", e.who, None, e.start, e.end)]
    if e.who not in draft.moved and onto is None and (up := _from_where_it_is(draft, e, kind)) is not None:
        return up
    if kind in _TALL and (onto is None or kind in ("tree", "crane", "wall", "ladder", "lamp post", "statue")):
        if onto is None:
            return [Beat("topple", e.who, None, e.start, e.end)]
        side = 1 if draft.x[e.who] < draft.x[onto] else -1
        draft.start_prop(e.who, x=draft.x[onto] - 0.3 * side)
        fallen = Beat("topple", e.who, onto, e.start, e.end, draft.x[onto])
        return [fallen, *_struck(draft, onto, (e.start + e.end) / 2, e.end, e.who)]
    vessel = (
        onto in draft.props
        and e.preposition in ("into", "in")
        and draft.kind(onto or "") in (*CONTAINERS, "soup", "cereal bowl")
    )
    if vessel and onto is not None and light(draft.kind(onto)) and supporting(draft, onto) is None and (
        draft.setting in TABLED):  # fmt: skip
        table_for(draft, onto)
    x = draft.x[onto] if onto is not None else draft.x[e.who]
    if e.who not in draft.moved:
        high = {"x": x, "y": 0.16 if e.start == 0.0 else _UNSEEN}
        draft.start_prop(e.who, **(_in_the_crown(draft, e.who) or high))
    into = onto if onto in draft.props and e.preposition in ("into", "in") and e.who in draft.moved else None
    draft.moved.add(e.who)
    if into is not None and draft.kind(into) in HOLLOW + OPEN_ABOVE:  # off the end of a belt
        near = draft.x[e.who] + 0.12 + draft.width(into) / 2
        if into not in draft.moved:
            draft.start_prop(into, x=min(0.9, near))
            draft.moved.add(into)
        landed = e.start + 0.7 * (e.end - e.start)
        return [Beat("plunge", e.who, None, e.start, landed, draft.move(e.who, draft.x[into])),
                Beat("enter", e.who, into, landed, landed + 0.01)]  # fmt: skip
    if onto in draft.actors and draft.kind(onto or "") in VEHICLES and onto is not None:
        return _onto_roof(draft, e, onto)
    if "open" in e.words and kind in ("suitcase", "box", "bag", "briefcase", "parcel", "gift"):
        return _falls_open(draft, e, onto)
    fall = Beat("plunge", e.who, onto, e.start, e.end if onto is None else (e.start + e.end) / 2)
    if vessel and onto is not None and light(kind) and draft.width(onto) > 0.8 * draft.width(e.who):
        return [fall, Beat("enter", e.who, onto, fall.end, fall.end + 0.01)]  # and is in it
    return [fall, *(_struck(draft, onto, fall.end, e.end, e.who) if onto is not None else [])]


def _in_the_crown(draft: SceneDraft, who: str) -> dict[str, float] | None:
    """Where fruit and leaves hang before they fall: among the leaves of the tree that is there."""
    tree = next((id_ for id_, prop in draft.props.items() if "tree" in prop.kind and id_ != who), None)
    if tree is None or draft.kind(who) not in _ON_TREES:
        return None
    row = next(([k, *clones] for k, clones in draft.clones.items() if who in (k, *clones)), [who])
    x = draft.x[tree] + 0.075 * (row.index(who) - (len(row) - 1) / 2) + 0.03
    return {"x": x, "y": round(draft.y(tree) - 0.55 * draft.height(tree), 4)}


def _falls_open(draft: SceneDraft, e: Event, onto: str | None) -> list[Beat]:
    """Down, on stairs from step to step, and its lid up."""
    draft.moved.discard(e.who)
    middle = e.start + 0.65 * (e.end - e.start)
    stairs = onto if draft.kind(onto or "") == "stairs" else None
    if stairs is not None:
        draft.start_prop(stairs, x=0.56)
        draft.start_prop(e.who, x=draft.x[stairs] + 0.12, y=top_of("stairs"))
        down = Beat("plunge", e.who, None, e.start, middle, draft.move(e.who, draft.x[stairs] - 0.22))
    else:
        draft.start_prop(e.who, y=0.5)
        down = Beat("plunge", e.who, None, e.start, middle)
    draft.moved.add(e.who)
    return [down, Beat("open", e.who, None, middle, e.end)]


def _off_a_bed(draft: SceneDraft, e: Event, truck: str) -> list[Beat]:
    """Down behind a truck or pickup, off its open bed."""
    sign = draft.actors[truck].facing
    behind = 0.1 * sum(e.who in clones[:n] for clones in draft.clones.values() for n in range(1, len(clones) + 1))
    draft.place(truck, x=0.5 + 0.12 * sign)
    thing = THINGS[draft.kind(e.who)]
    draft.props[e.who] = replace(draft.props[e.who], scale=min(draft.props[e.who].scale, 1.1 / max(thing.width, 0.1)))
    rear = _BEDS[draft.kind(truck)]
    draft.start_prop(e.who, x=draft.x[truck] - (rear - behind) * sign, y=draft.y(truck) - 0.16)
    end = draft.move(e.who, draft.x[truck] - (rear + 0.2 - behind) * sign)
    verb = "roll" if e.verb == "roll" else "plunge"
    return [Beat(verb, e.who, None, e.start + 0.3 * behind + 0.2 * (e.end - e.start), e.end, end)]


def _onto_roof(draft: SceneDraft, e: Event, vehicle: str) -> list[Beat]:
    """Down on a vehicle, which it dents and on which it stays."""
    middle = e.start + 0.4 * (e.end - e.start)
    return [Beat("drop onto", e.who, vehicle, e.start, middle), Beat("dent", vehicle, None, middle, e.end)]


def _from_where_it_is(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | None:
    """Off the wall or the shelf on which it is seen; None for what stands on the ground."""
    behind = 0.09 * sum(e.who in clones[:n] for clones in draft.clones.values() for n in range(1, len(clones) + 1))
    if draft.y(e.who) < GROUND - 0.05:
        on_shelf = any(p.y > draft.y(e.who) and abs(p.x - draft.x[e.who]) < draft.width(p.id) / 2
                       for p in draft.props.values() if p.id != e.who)  # fmt: skip
        side = 1 if draft.x[e.who] < 0.6 else -1
        end = draft.move(e.who, draft.x[e.who] + (0.2 * side if on_shelf else 0.0))
        return [Beat("plunge", e.who, None, e.start, e.end, end)]
    shelf = next((p for p in draft.props.values() if p.kind in HOLDING and p.id != e.who), None)
    if max(THINGS[kind].width, THINGS[kind].height) > 0.7:
        return None
    if shelf is None and kind in TABLEWARE:
        shelf = Prop("table", "table", None, 0.5, GROUND)
        draft.put(shelf)
    if shelf is None:
        return None
    side = 1 if shelf.x < 0.6 else -1
    draft.start_prop(e.who, x=shelf.x + (0.06 - behind) * side, y=top_of(shelf.kind))
    end = draft.move(e.who, shelf.x + (0.24 - behind) * side)
    return [Beat("plunge", e.who, None, e.start + 0.3 * behind, e.end, end)]


def _struck(draft: SceneDraft, id_: str, start: float, end: float, by: str | None = None) -> list[Beat]:
    kind = draft.kind(id_)
    if kind in PEOPLE or kind in ANIMALS:
        return [Beat("fall", id_, None, start, end)]
    small = by is not None and by in draft.props and light(draft.kind(by))
    verb = "shatter" if kind in BREAKS else "shake" if kind in THINGS or small else "be crushed"
    return [Beat(verb, id_, by if verb == "be crushed" else None, start, end)]


def strike(draft: SceneDraft, e: Event, kind: str) -> list[Beat]:
    """A ball flies or rolls against something, which breaks, shakes or falls."""
    if draft.aims.get(e.who) == e.target and e.who in draft.moved and e.target is not None:
        return [Beat("shatter", e.target, None, e.start, e.end)]  # as the ball flies in
    assert e.target is not None
    middle = e.start + 0.5 * (e.end - e.start)
    sign = 1 if draft.x[e.who] <= draft.x[e.target] else -1
    if e.who not in draft.moved and abs(draft.x[e.target] - draft.x[e.who]) < 0.3:
        draft.start_prop(e.who, x=draft.x[e.target] - 0.45 * sign)
    if e.who in draft.fixed and e.verb not in ("hit", "crash", "collide"):
        return []
    if e.who in draft.fixed:
        fly = Beat("fly", e.who, None, e.start, middle, draft.move(e.who, draft.x[e.target]))
        return [fly, Beat("startle" if e.target in draft.actors else "shake", e.target, None, middle, e.end)]
    low = kind in ROUNDED and draft.kind(e.target) not in ("window", "mirror", "television")
    moving = "float" if kind == "wave" else "roll" if low else "fly"
    moving = "walk" if kind in ("robot vacuum", "toy car", "skateboard", "trolley", "suitcase") else moving
    if moving == "fly" and e.who not in draft.moved:
        draft.start_prop(e.who, y=0.6)
    to = draft.move(e.who, draft.x[e.target] - 0.07 * sign)
    if e.verb in ("smash", "shatter", "crack") and draft.kind(e.target) in VEHICLES and light(kind):
        return [Beat(moving, e.who, None, e.start, middle, to), Beat("smash window", e.who, e.target, middle, e.end)]
    if e.verb in ("smash", "shatter", "break in"):
        broken = Beat("shatter", e.target, None, middle, e.end)
        return [Beat(moving, e.who, None, e.start, middle, to), broken]
    if draft.kind(e.target) == "window" and e.target in draft.later:  # it breaks then
        flown = Beat(moving, e.who, e.target, e.start, middle, to)
        fallen = Beat("plunge", e.who, None, middle, e.end, draft.move(e.who, to - 0.06 * sign))
        return [flown, Beat("shake", e.target, None, middle, e.end), fallen]
    over = e.words & {"over", "down", "away"} and e.target in draft.props
    falls = "falls" in objects().get(draft.kind(e.target), {})
    struck = (
        [Beat("open" if falls else "topple", e.target, None, middle, e.end)]
        if over or falls
        else _struck(draft, e.target, middle, e.end, e.who)
    )
    return [Beat(moving, e.who, e.target, e.start, middle, to), *struck]


def roll(draft: SceneDraft, e: Event) -> list[Beat]:
    ahead = e.preposition in ("into", "against", "to", "toward", "towards")  # down the street towards a car
    down = (e.preposition == "down" or "down" in e.words) and not ahead
    source = e.source or (e.target if down or e.preposition in ("off", "from", "of", "out") else None)
    sign = e.direction or (1 if draft.x[e.who] < 0.6 else -1)
    if draft.kind(source or "") in _BEDS and e.who not in draft.moved and source is not None:
        return _off_a_bed(draft, e, source)
    if source is not None and source in draft.x and e.who not in draft.moved:
        steps = draft.kind(source) == "stairs"  # they rise to the right
        sign = -1 if steps else e.direction or (1 if draft.x[source] < 0.5 else -1)
        y = 0.55 if source in draft.actors else top_of(draft.kind(source))
        draft.start_prop(e.who, x=draft.x[source] + (-0.14 if steps and sign < 0 else 0.1) * sign, y=y)
        return [Beat("roll", e.who, None, e.start, e.end, draft.move(e.who, draft.x[source] + 0.42 * sign))]
    under = next((id_ for id_ in (e.target, e.passed, e.goal) if id_ in draft.x and id_ != e.who), None)
    if under in draft.actors and "under" in (e.preposition, e.way, *e.words) and e.who not in draft.moved:
        draft.place(under or "", x=0.64, y=GROUND)
        draft.start_prop(e.who, x=0.1, y=GROUND - 0.004)
        return [Beat("roll", e.who, None, e.start, e.end, draft.move(e.who, draft.x[under or ""] + 0.02))]
    if under is not None and "under" in (e.preposition, e.way, *e.words) and e.who not in draft.moved:
        draft.start_prop(under, x=0.66)
        draft.start_prop(e.who, x=0.18, y=draft.y(under) - 0.004)
        return [Beat("roll", e.who, None, e.start, e.end, draft.move(e.who, draft.x[under]))]
    if e.target is not None and e.preposition in ("into", "against", "to", "toward", "towards"):
        hit = replace(e, verb="hit") if e.preposition in ("into", "against") else None
        if hit is not None:
            return strike(draft, hit, draft.kind(e.who))
        if e.who not in draft.moved and e.start == 0.0:
            draft.start_prop(e.target, x=0.5 + 0.3 * sign)
            draft.place(e.target, x=0.5 + 0.3 * sign)
            draft.start_prop(e.who, x=0.5 - 0.36 * sign)
            near = draft.x[e.target] - (0.06 + max(0.06, draft.width(e.target) / 2)) * sign
            return [Beat("roll", e.who, None, e.start, e.end, draft.move(e.who, near))]
        return [Beat("roll", e.who, None, e.start, e.end, draft.move(e.who, draft.x[e.target]))]
    if e.who not in draft.moved:
        draft.start_prop(e.who, x=0.5 - 0.32 * sign)
    return [Beat("roll", e.who, None, e.start, e.end, draft.move(e.who, draft.x[e.who] + 0.45 * sign))]
