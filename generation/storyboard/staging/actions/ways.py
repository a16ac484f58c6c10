"""Ways that are no straight line: circles, turns, up and down slopes and trees, into woods and water.

Reads an Event and the SceneDraft; gives Beats, and puts everybody where they have to begin.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.animals import ANIMALS as FORMS
from svta.generation.storyboard.drawing.pen import PERSON
from svta.generation.storyboard.drawing.vehicles import RIDDEN
from svta.generation.storyboard.drawing.vehicles import VEHICLES as VEHICLE_SHAPES
from svta.generation.storyboard.scene import ANIMALS, PEOPLE, SHORES, VEHICLES, Beat, able, medium

from .draft import GROUND, IN_WATER, SHORE, Event, SceneDraft
from .movement import approach
from .supports import top_of

WATERS: Final = ("lake", "river", "sea", "beach", "swimming pool", "quay")
ON_THE_WAY: Final = {"ski", "surf", "walk", "run", "drive", "ride", "fly", "swim", "jump", "climb", "crawl", "sneak",
                      "leave", "enter", "flee", "stagger", "float", "slip", "slide down", "roll", "chase",
                      "circle", "reverse"}  # fmt: skip
STEEP: Final = ("tree", "palm tree", "pine tree", "pole", "wall", "fence", "lamp post", "scaffold", "rope", "tower",
                "flag pole", "drainpipe", "curtain", "window curtains", "ladder",
                "building", "crane", "castle", "chimney", "log", "hanging rope",
                "fire ladder")  # fmt: skip
_PAVED: Final = ("street", "suburb", "village", "parking lot", "crossroads", "driveway")
_BOARDS: Final = ("sled", "skateboard", "snowboard")
_DRAWN: Final = (
    "sled",
    "trailer",
    "log",
    "logs",
    "wheelbarrow",
    "hay",
    "flat cart",
    "cart",
    "wagon",
    "handcart",
    "plough",
)
_SMALL: Final = ("squirrel", "lizard", "mouse", "rat", "chipmunk", "hamster", "raccoon", "bear", "panda", "leopard")
_HOOD: Final = 0.36  # of its length, from the middle of a vehicle
_OUTDOORS: Final = ("forest", "field", "mountain", "tunnel", "desert", "park", "savanna", "cornfield", "orchard",
                    "swamp", "snow", "street", "beach", "sea", "river", "lake", "bridge", "island", "farm")  # fmt: skip


def by_another_way(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | None:
    """Beats of who turns off, goes round in circles, or comes out of a place or goes into one; None for all others."""
    if e.who not in draft.actors:
        return None
    if (pushed := pushed_round(draft, e)) is not None:
        return pushed
    turns_off = "turn" in e.words and kind in VEHICLES and e.ground in (("into", "street"), ("onto", "street"))
    turns_off |= "turn" in e.words and kind in VEHICLES and e.ground == ("into", "alley")
    if "turn" in e.words and kind in VEHICLES and e.ground == ("into", "driveway"):
        return [Beat("go away", e.who, None, e.start, e.end)]
    if e.verb in ("turn left", "turn right", "turn back") or turns_off:
        side = "turn right" if e.verb == "turn right" else "turn left"
        return _turn(draft, replace(e, verb=side) if turns_off else e, kind)
    leaps = e.verb == "jump" or (e.verb == "climb" and kind in ANIMALS)
    if leaps and e.preposition in ("on", "onto") and medium(draft.kind(e.target or "")):
        return _jump_onto(draft, e, e.target or "")
    if e.verb in ("jump", "climb") and _is_car(draft, e.source) and e.target in (None, e.source) and (
        "out" not in e.words and e.who not in draft.moved):  # fmt: skip
        return off_the_roof(draft, e)
    pulled = e.target in draft.actors or draft.kind(e.target or "").partition(" of ")[0] in _DRAWN
    if kind in ANIMALS and e.verb in ("pull", "drag") and pulled:
        return _drawn_along(draft, e)
    around = e.preposition == "around" or "around" in e.words
    middle = e.passed or e.target
    round_it = (
        e.verb in ("walk", "run", "drive", "ride", "fly", "swim", "skate", "dance")
        and around
        and (middle in draft.props or (middle in draft.actors and "turn" not in e.words))
        and not (e.verb == "dance" and any(e.who in (one, *ring) for one, ring in draft.clones.items()))
    )
    if e.verb == "circle" or "circles" in e.words or round_it:
        return round_and_round(draft, e)
    if e.verb == "dive" and e.ground is not None and e.ground[0] == "into" and draft.setting in SHORES.values():
        draft.place(e.who, y=SHORE)
    if e.ground is not None and e.verb in ("push", "throw", "kick") and e.target in draft.actors:
        return _pushed_into_water(draft, e, e.target or "") if e.ground[0] == "into" and e.ground[1] in WATERS else None
    if e.ground is None or e.verb not in ON_THE_WAY:
        return None
    preposition, place = e.ground
    if place in WATERS and preposition == "from" and "away" in e.words and e.words & {"walk", "run", "waddle"}:
        draft.place(e.who, x=0.5, y=0.8)  # on land already, towards us
        draft.actors[e.who] = replace(draft.actors[e.who], scale=round(0.7 * draft.actors[e.who].scale, 3))
        return [Beat("come closer", e.who, None, e.start, e.end)]
    ridden = e.verb == "ride" and any(actor.kind in RIDDEN for actor in draft.actors.values())
    slope = "hill" in draft.x and preposition in ("up", "down") and e.verb == "roll"
    off = "away" in e.words and not slope and preposition in ("down", "up", "along", "from") and not ridden
    if off and e.who not in draft.moved:
        draft.place(e.who, x=0.5)
        return [Beat("go away", e.who, None, e.start, e.end)]
    rolled = e.verb == "roll" and e.target in draft.props and kind in PEOPLE  # a tyre, down the hill
    if preposition in ("up", "down") and "hill" in draft.x and not rolled:
        return on_the_slope(draft, e, preposition == "up")
    if place in WATERS and preposition == "out" and e.verb == "jump":
        return [Beat("jump", e.who, None, e.start, e.end, draft.move(e.who, draft.x[e.who] + 0.2))]
    if place in WATERS and preposition in ("into", "out", "from") and medium(kind) != "water":
        return _to_water(draft, e, preposition == "into")
    free = e.source is None and e.who not in draft.moved
    if preposition == "onto" and e.verb in ("walk", "run", "drive", "sneak") and free:
        sign = e.direction or (1 if draft.x[e.who] < 0.5 else -1)
        draft.place(e.who, x=0.5 - 0.6 * sign, facing=sign)
        return [Beat(e.verb, e.who, None, e.start, e.end, draft.move(e.who, 0.5 + 0.1 * sign))]
    if place not in _OUTDOORS or (e.verb in ("climb", "jump") and "over" in (e.preposition, *e.words)):
        return None
    if preposition in ("into", "toward", "towards") and e.goal is None and e.verb not in ("fly", "rise"):
        draft.place(e.who, x=0.5)
        return [Beat("go away", e.who, None, e.start, e.end)]
    if preposition == "from" and "away" in e.words and medium(draft.kind(e.who)) == "water" and place in SHORES:
        draft.place(e.who, x=0.5)
        return [Beat("go away", e.who, None, e.start, e.end)]  # out to sea, from the shore where we stand
    if preposition in ("out", "from") and e.verb != "stand" and e.who not in draft.moved:
        draft.place(e.who, x=0.5, y=0.7)
        draft.actors[e.who] = replace(draft.actors[e.who], scale=0.6 * draft.actors[e.who].scale)
        return [Beat("come closer", e.who, None, e.start, e.end)]
    return None


def _turn(draft: SceneDraft, e: Event, kind: str) -> list[Beat]:
    """Up to where it turns off, and there to one side; or round and back to where it came from."""
    x = draft.x[e.who]
    mount = next((a.id for a in draft.actors.values() if kind in PEOPLE and a.kind in RIDDEN), None)
    if mount is not None and (e.verb == "turn back" or {e.who, mount} & draft.moved):
        return [Beat("ride", e.who, mount, e.start, e.end, draft.move(e.who, draft.move(mount, x)))]
    if mount is not None:  # on, and off to that side
        side = -1 if e.verb == "turn left" else 1
        for id_ in (e.who, mount):
            draft.place(id_, x=0.5 - 0.4 * -side, facing=-side)
        until = e.start + 0.45 * (e.end - e.start)
        return [
            Beat("ride", e.who, mount, e.start, until, 0.5 + 0.05 * side),
            Beat("ride", e.who, mount, until, e.end, draft.move(e.who, draft.move(mount, 0.5 + 0.6 * side))),
        ]
    if kind not in VEHICLES:
        side = {"turn left": -1, "turn right": 1}.get(e.verb, -draft.actors[e.who].facing)
        if e.verb != "turn back" and e.who not in draft.moved:
            draft.place(e.who, x=0.5 - 0.1 * side, facing=-side)
        to = draft.move(e.who, min(0.92, max(0.08, draft.x[e.who] + 0.35 * side))) if e.verb != "turn back" else x
        return [Beat(e.verb, e.who, None, e.start, e.end, to)]
    sign = e.direction if e.verb == "turn back" and e.direction else draft.actors[e.who].facing
    if e.who not in draft.moved:
        sign = -1 if e.verb == "turn right" and e.ground is not None and e.ground[0] in ("into", "onto") else 1
        draft.start_at(e.who, 0.5 - 0.65 * sign)  # so that it turns off away from us
        x = 0.5
    to = draft.move(e.who, x if e.verb != "turn back" else 0.5 - 0.3 * sign)
    return [Beat(e.verb, e.who, None, e.start, e.end, to)]


def round_and_round(draft: SceneDraft, e: Event, middle: str | None = None) -> list[Beat]:
    """Round `middle`, what the caption names, or on the spot; who rides does so on the mount."""
    kind = draft.kind(e.who)
    named = (id_ for id_ in (e.passed, e.target, e.goal) if id_ in draft.props or id_ in draft.actors)
    middle = middle or next(named, None)
    ridden = next((a.id for a in draft.actors.values() if a.id != e.who and e.verb in ("ride", "drive") and
                   kind in PEOPLE and (a.kind in VEHICLES or a.kind in ANIMALS)), None)  # fmt: skip
    middle = None if middle == ridden else middle
    if middle is not None:
        draft.start_prop(middle, x=0.5)
        draft.place(middle, x=0.5)
    over = middle is None or e.verb == "fly" or draft.kind(middle) in VEHICLES or e.preposition in ("over", "above")
    draft.lower(middle or "") if over else None
    aloft = medium(kind) == "air" or (able(kind, "fly") and over and e.verb in ("fly", "circle"))
    x = draft.x[middle] if middle is not None else 0.5
    mover = ridden or e.who
    for id_ in {mover, e.who}:
        draft.place(id_, x=x - 0.22, y=0.64 if aloft else None)
    way = Beat("circle", mover, None if aloft else middle, e.start, e.end, x if aloft else None)
    return [Beat("ride", e.who, ridden, e.start, e.end), way] if ridden else [way]


def pushed_round(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A cart round a pillar, and who pushes it behind it; None for all others."""
    pillar = e.passed if e.passed in draft.props else None
    around = e.verb == "push" and "around" in (*e.words, e.preposition)
    if not around or pillar is None or e.target not in draft.actors or e.who in draft.moved or e.target is None:
        return None
    draft.start_prop(pillar, x=0.5, y=0.84)
    if draft.height(pillar) > 0.5:
        draft.props[pillar] = replace(draft.props[pillar], scale=round(0.5 / draft.height(pillar), 3))
    for id_ in (e.who, e.target):
        draft.place(id_, x=0.26, y=GROUND)
    return [Beat("circle", e.target, pillar, e.start, e.end), Beat("push round", e.who, pillar, e.start, e.end)]


_SLOPES: Final = {"desert": "beige", "beach": "beige", "mountain": "grey", "quarry": "grey", "ski slope": "white"}


def on_the_slope(draft: SceneDraft, e: Event, up: bool) -> list[Beat]:
    """Up the hill, which rises to the right, or down; whoever rides takes the mount along."""
    mount = next((a.id for a in draft.actors.values() if a.id != e.who and a.kind in RIDDEN and
                  draft.kind(e.who) in PEOPLE), None)  # fmt: skip
    mount = mount or (e.target if draft.kind(e.target or "") in _BOARDS else None)
    mover = mount or e.who
    draft.start_prop("hill", x=0.56, y=0.86)
    colour = "grey" if draft.setting in _PAVED else _SLOPES.get(draft.setting or "")
    draft.props["hill"] = replace(draft.props["hill"], colour=colour)
    long = draft.beyond(mover, 1) - 1.0 if mover in draft.actors and draft.kind(mover) in VEHICLES else 0.0
    if long > 0.16:  # so small that the hill is longer than it is
        draft.actors[mover] = replace(draft.actors[mover], scale=round(0.16 / long * draft.actors[mover].scale, 3))
    sign = (e.direction or (1 if up else -1)) if not draft.moved & {mover, e.who} else (1 if up else -1)
    if sign != (1 if up else -1):  # down to the right
        draft.props["hill"] = replace(draft.props["hill"], kind="left hill", x=round(1 - draft.props["hill"].x, 4))
        draft.x["hill"] = draft.props["hill"].x
    for id_ in {mover, e.who}:
        draft.place(id_, x=0.5 - 0.34 * sign, facing=sign)
        draft.start_prop(id_, x=0.5 - 0.34 * sign)
    way = Beat("uphill" if up else "downhill", mover, "hill", e.start, e.end, draft.move(mover, 0.5 + 0.34 * sign))
    if draft.kind(mount or "") == "sled":
        draft.props["hill"] = replace(draft.props["hill"], colour="white")
    if e.verb == "reverse" and mover in draft.actors:  # its front uphill
        backwards = Beat("reverse", mover, None, e.start, e.end, way.to)
        draft.actors[mover] = replace(draft.actors[mover], facing=-sign)
        return [backwards, way]
    if e.verb in ("ski", "surf"):  # on snow
        draft.props["hill"] = replace(draft.props["hill"], colour="white")
        return [way, Beat(e.verb, mover, None, e.start, e.end, way.to)]
    return [Beat("ride", e.who, mount, e.start, e.end), way] if mount else [way]


def _drawn_along(draft: SceneDraft, e: Event) -> list[Beat]:
    """A horse before its carriage, a dog before a sled: the same way at the same pace."""
    assert e.target is not None
    sign = e.direction or 1
    draft.place(e.who, x=0.44 + 0.1 * sign, facing=sign)
    x = draft.x[e.who] - 0.34 * sign
    draft.place(e.target, x=x, y=GROUND, facing=sign)
    draft.start_prop(e.target, x=x)
    beats = [Beat("walk", e.who, None, e.start, e.end, draft.move(e.who, draft.x[e.who] + 0.26 * sign))]
    return [
        *beats,
        Beat("drive", e.target, None, e.start, e.end, draft.move(e.target, draft.x[e.target] + 0.26 * sign)),
    ]


def _jump_onto(draft: SceneDraft, e: Event, vehicle: str) -> list[Beat]:
    """Onto the roof or hood of a vehicle, from the ground or from the top of what it stood on."""
    facing = -1 if vehicle in draft.hoods else 0
    draft.place(vehicle, x=0.64, y=GROUND, facing=facing)
    if e.source in draft.props:
        draft.start_prop(e.source, x=0.24)
        draft.place(e.who, x=0.24, y=top_of(draft.kind(e.source)), facing=1)
    else:
        half = 0.2 * FORMS[draft.kind(e.who)].width if draft.kind(e.who) in ANIMALS else 0.05
        front = draft.x[vehicle] - 0.15 * VEHICLE_SHAPES[draft.kind(vehicle)].width * draft.actors[vehicle].scale
        draft.place(e.who, x=max(half, min(0.3, front - half)), facing=1)
    if draft.actors[e.who].count > 1:
        draft.find_room(e.who, 0.55 * draft.actor_width(vehicle))
    to = draft.x[vehicle] - (_HOOD * VEHICLE_SHAPES[draft.kind(vehicle)].width * PERSON * 9 / 16 if facing else 0.0)
    return [Beat("jump", e.who, vehicle, e.start, e.end, draft.move(e.who, to))]


def _is_car(draft: SceneDraft, id_: str | None) -> bool:
    return id_ in draft.actors and medium(draft.kind(id_ or "")) == "road" and draft.kind(id_ or "") not in RIDDEN


def _to_water(draft: SceneDraft, e: Event, into: bool) -> list[Beat]:
    """From the shore into the water, with a jump where it says so, or out of it."""
    sign = e.direction or (1 if draft.x[e.who] < 0.5 else -1)
    if e.who not in draft.moved:
        draft.place(e.who, y=SHORE if into else IN_WATER)
    start, beats = e.start, []
    if into and e.verb == "jump":
        start = (e.start + e.end) / 2
        beats = [Beat("jump", e.who, None, e.start, start, draft.move(e.who, draft.x[e.who] + 0.06 * sign))]
    if "follow" in e.words and e.target in draft.actors and e.target is not None and e.target not in draft.moved:
        sign = 1  # both, one behind the other
        draft.place(e.who, x=0.2 + 0.06 * draft.actors[e.who].count, facing=1)
        draft.place(e.target, x=0.62, y=SHORE, facing=1)
        verb = "wade in" if into else "wade out"
        beats.append(Beat(verb, e.target, None, start, start + 0.85 * (e.end - start), draft.move(e.target, 0.76)))
    to = draft.move(e.who, draft.x[e.who] + 0.14 * sign)
    return [*beats, Beat("wade in" if into else "wade out", e.who, None, start, e.end, to)]


def _pushed_into_water(draft: SceneDraft, e: Event, whom: str) -> list[Beat]:
    """Both on the shore, and one of them falls in before the other."""
    draft.place(e.who, x=0.26, y=SHORE, facing=1)
    draft.place(whom, x=0.44, y=SHORE, facing=1)
    middle = e.start + 0.45 * (e.end - e.start)
    fall = Beat("fall in", whom, None, middle, e.end, draft.move(whom, 0.68))
    return [Beat("push", e.who, whom, e.start, middle), fall]


def up_or_down(draft: SceneDraft, e: Event) -> list[Beat]:
    """Up or down what is steep: a tree, a pole, a wall; a squirrel is small on its tree."""
    assert e.target is not None
    if draft.kind(e.who) in _SMALL and e.who not in draft.moved:
        draft.actors[e.who] = replace(draft.actors[e.who], scale=min(0.62, draft.actors[e.who].scale))
    if e.preposition == "down":
        draft.place(e.who, x=draft.x[e.target] - 0.02, y=max(0.4, top_of(draft.kind(e.target))), facing=1)
        near: list[Beat] = []
    else:
        near = approach(draft, e.who, e.target, e.start, e.start + 0.25 * (e.end - e.start), "climb")
    return [*near, Beat("climb", e.who, e.target, near[0].end if near else e.start, e.end)]


def atop(draft: SceneDraft, who: str, vehicle: str) -> None:
    """Puts somebody on the roof of a vehicle that stands there, or on its hood."""
    draft.place(vehicle, y=GROUND)
    form = VEHICLE_SHAPES[draft.kind(vehicle)]
    along, up = (_HOOD * form.width * draft.actors[vehicle].facing, 0.62) if vehicle in draft.hoods else (0.0, 0.97)
    x = draft.x[vehicle] - 0.03 if not along else draft.x[vehicle] + along * PERSON * 9 / 16
    y = GROUND - up * form.height * PERSON
    draft.place(who, x=x, y=y, facing=draft.actors[vehicle].facing if along else 0)
    draft.start_prop(who, x=x, y=y)


def off_the_roof(draft: SceneDraft, e: Event) -> list[Beat]:
    """From the roof or the hood of a vehicle that stands there to the ground before it."""
    assert e.source is not None
    atop(draft, e.who, e.source)
    sign = e.direction or draft.actors[e.source].facing
    draft.place(e.who, facing=sign)
    half = 0.2 * FORMS[draft.kind(e.who)].width if draft.kind(e.who) in ANIMALS else 0.05
    far = 0.15 * VEHICLE_SHAPES[draft.kind(e.source)].width * draft.actors[e.source].scale + half + 0.03
    to = draft.x[e.source] + far * sign
    if not 0.1 <= to <= 0.9:
        draft.place(e.source, x=0.5 - 0.12 * sign)
        atop(draft, e.who, e.source)
        draft.place(e.who, facing=sign)
        to = draft.x[e.source] + far * sign
    wait = e.start + 0.2 * (e.end - e.start)
    return [Beat("jump", e.who, None, wait, e.end, draft.move(e.who, to))]
