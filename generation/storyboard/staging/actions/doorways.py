"""Through doors and gates: into and out of houses, bushes and cars, out of a church in a stream, up to a gate.

Reads an Event and the SceneDraft; gives Beats, and puts everybody where they have to begin.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.things import THINGS
from svta.generation.storyboard.drawing.vehicles import VEHICLES as VEHICLE_SHAPES
from svta.generation.storyboard.scene import PEOPLE, VEHICLES, Beat

from .draft import GROUND, Event, SceneDraft
from .movement import approach

# Where the door of a building is, in its own measure.
_DOORWAYS: Final = {"church": -0.48, **dict.fromkeys(("shop", "bakery", "pharmacy", "cafe", "restaurant", "bar",
                    "flower shop", "bookshop", "supermarket", "jeweller"), 0.43), "warehouse": 0.57,
                    "garage": 0.86}  # fmt: skip
_ON_THE_WALL: Final = ("alarm", "school bell", "warning light")
GATES: Final = ("gate", "iron gate", "barrier")
_LOW_HOLLOWS: Final = ("bush", "cave", "hole", "kennel", "henhouse", "nest", "tree hole", "hedge", "box hedge")
_SWARMING: Final = ("bee", "bat", "fly", "mosquito", "ant", "wasp", "starling", "bird", "swallow", "pigeon")


def doorway(draft: SceneDraft, hollow: str) -> float:
    """The x of the door, where it is not in the middle."""
    kind = draft.kind(hollow)
    off = _DOORWAYS.get(kind, 0.0) * draft.width(hollow) / THINGS[kind].width if kind in _DOORWAYS else 0.0
    return round(draft.x[hollow] + off, 4)


def inside(draft: SceneDraft, e: Event, hollow: str) -> list[Beat]:
    """Into a hole, a tent or a house, where it is gone."""
    middle = e.start + 0.5 * (e.end - e.start)
    if e.who not in draft.moved and abs(draft.x[e.who] - draft.x[hollow]) < 0.3:
        draft.place(e.who, x=draft.x[hollow] - (0.4 if draft.x[hollow] >= 0.5 else -0.4))
    gait = "run" if e.verb in ("run", "flee") or e.words & {"rush", "run", "hurry", "dash", "storm"} else "walk"
    gait = e.verb if e.verb in ("crawl", "sneak") else gait
    if e.verb in ("fall", "plunge", "slip", "trip"):
        middle = e.start + 0.3 * (e.end - e.start)
        way = Beat("walk", e.who, None, e.start, middle, draft.move(e.who, draft.x[hollow] - 0.1))
        return [way, Beat("fall in", e.who, hollow, middle, e.end, draft.move(e.who, draft.x[hollow]))]
    near = approach(draft, e.who, hollow, e.start, middle, e.verb)
    beats = [replace(beat, verb=gait) for beat in near]
    x = draft.move(e.who, doorway(draft, hollow))
    return [*beats, Beat("enter", e.who, hollow, middle, e.end, x if x != draft.x[hollow] else None)]


def gate_for(draft: SceneDraft, e: Event, behind: str | None) -> list[Beat] | None:
    """A gate that opens for a vehicle, or closes behind it; None for all others."""
    car = next((id_ for id_ in (behind, e.target, e.goal) if draft.kind(id_ or "") in VEHICLES), None)
    if draft.kind(e.who) not in GATES or car is None or car in draft.moved or e.verb not in ("open", "close", "rise"):
        return None
    before_the_gate(draft, car, e.who)
    middle = e.start + 0.5 * (e.end - e.start)
    if e.verb != "close":
        return [Beat("open", e.who, None, e.start, middle)]
    draft.start_prop(e.who, x=0.2)
    draft.place(car, x=0.16, y=GROUND, facing=1)
    half = VEHICLE_SHAPES[draft.kind(car)].width * 0.14 * draft.actors[car].scale
    drive = Beat("drive", car, None, e.start, middle, draft.move(car, 0.32 + half))
    return [drive, Beat("close", e.who, None, middle, e.end)]


def before_the_gate(draft: SceneDraft, car: str, gate: str) -> None:
    """The gate as large as the vehicle needs it, and the vehicle before it."""
    size = 1.5 if draft.kind(gate) != "barrier" else 1.0
    draft.props[gate] = replace(draft.props[gate], scale=size)
    draft.start_prop(gate, x=0.82, y=GROUND + 0.02)
    half = VEHICLE_SHAPES[draft.kind(car)].width * 0.14 * draft.actors[car].scale
    draft.place(car, x=0.82 - half - draft.width(gate) / 2 - 0.03, y=GROUND, facing=1)


def from_inside(draft: SceneDraft, e: Event, hollow: str) -> list[Beat]:
    """Out of a hole, a tent or a house, and on a little way."""
    draft.lower_to(hollow, 0.5) if draft.kind(hollow) == "cave" else None
    if draft.kind(hollow) in _LOW_HOLLOWS and not draft.clones.get(hollow) and draft.kind(e.who) not in PEOPLE:
        draft.start_prop(hollow, x=0.34)
    sign = e.direction or (1 if draft.x[hollow] < 0.6 else -1)
    goal = e.goal if e.goal in draft.props and e.goal != hollow and e.goal not in draft.moved else None
    if goal is not None:
        draft.start_prop(hollow, x=0.5 - 0.2 * sign)
        draft.start_prop(goal, x=0.5 + 0.36 * sign)
    if e.who not in draft.moved:
        draft.place(e.who, x=doorway(draft, hollow), facing=sign)
    if draft.kind(e.who) in _SWARMING and draft.actors[e.who].count > 2:
        small = min(draft.actors[e.who].scale, 0.34 if draft.kind(e.who) != "bat" else 0.6)
        draft.actors[e.who] = replace(draft.actors[e.who], scale=small)
        draft.start_prop(hollow, x=0.36)
        draft.place(e.who, x=draft.x[hollow], y=round(GROUND - 0.2 * draft.height(hollow), 4), facing=1)
        return [Beat("swarm out", e.who, hollow, e.start, e.end, draft.move(e.who, 0.74))]
    begun = max(e.start, 0.15 * e.end)  # not seen before
    middle = begun + 0.4 * (e.end - begun)
    gait = "run" if e.verb in ("run", "flee") else e.verb if e.verb in ("fly", "crawl", "sneak") else "walk"
    near = draft.move(e.who, doorway(draft, hollow) + 0.16 * sign)
    far = draft.move(e.who, near + 0.24 * sign if goal is None else draft.x[goal] - 0.1 * sign)
    return [Beat("leave", e.who, hollow, begun, middle, near), Beat(gait, e.who, None, middle, e.end, far)]


def pour_out(draft: SceneDraft, e: Event, hollow: str) -> list[Beat]:
    """Many come out of a building one after the other: half of them, and then the rest."""
    actor, other = draft.actors[e.who], f"{e.who}_other"
    sign = e.direction or (1 if draft.x[hollow] < 0.5 else -1)
    draft.start_prop(hollow, x=0.5 + (0.2 if actor.count <= 6 else 0.24) * -sign)
    for id_, prop in list(draft.props.items()):
        if prop.kind in _ON_THE_WALL and prop.y >= GROUND and id_ not in draft.moved:
            draft.start_prop(id_, x=draft.x[hollow] + 0.1 * sign, y=draft.y(hollow) + 0.005)
    gait = e.verb if e.verb in ("flee", "run") else "walk"
    half, door, length = actor.count - actor.count // 2, doorway(draft, hollow), e.end - e.start
    beats: list[Beat] = []
    for id_, count, begun, far in ((e.who, half, 0.08, 0.62), (other, actor.count - half, 0.42, 0.3)):
        draft.put(replace(actor, id=id_, count=count, x=round(door, 4), facing=sign))
        at, out = e.start + begun * length, e.start + (begun + 0.22) * length
        beats.append(Beat("leave", id_, hollow, at, out, draft.move(id_, door + 0.1 * sign)))
        beats.append(Beat(gait, id_, None, out, e.end, draft.move(id_, door + far * sign)))
    return beats
