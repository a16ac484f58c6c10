"""Bodies: what an Actor or Prop of a Scene is while it moves, and how it is made from one.

A Body holds place, pose, looks and marks (fire, rubble); world.py moves it, drawing/ draws it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from svta.generation.storyboard.drawing.animals import ANIMALS, hide, larger_than_life
from svta.generation.storyboard.drawing.body import Body, Companion
from svta.generation.storyboard.drawing.palette import COLOUR, HAIR, SKIN, Rgb, number, pick
from svta.generation.storyboard.drawing.pen import PERSON
from svta.generation.storyboard.drawing.people import look_of, undressed
from svta.generation.storyboard.drawing.poses import Pose
from svta.generation.storyboard.drawing.things import THINGS, enlarged, rest_height
from svta.generation.storyboard.drawing.vehicles import RIDDEN, bodywork
from svta.generation.storyboard.drawing.vehicles import VEHICLES as VEHICLE_SHAPES
from svta.generation.storyboard.drawn_tables import handwork
from svta.generation.storyboard.scene import ANIMALS as ANIMAL_KINDS
from svta.generation.storyboard.scene import PEOPLE, PROP_KINDS, VEHICLES, Actor, Beat, Prop, Scene, able

HOLDERS: Final = ("tree", "palm tree", "fence", "wall", "rack", "conveyor", "shelf")  # hold things before them
SURFACES: Final = ("table", "counter", "stove", "bench", "bed", "sofa", "machine")
_SAT_ON: Final = (
    "wall",
    "fence",
    "rock",
    "barrel",
    "oil drum",
    "hay",
    "crate",
    "box",
    "container",
    "fountain",
)  # on top
MOST_COPIES: Final = 42
_DOORS: Final = ("window", "gate", "stairs", "escalator")
_ROW: Final = 6  # of a large crowd, side by side
_SWARM: Final = 0.3  # and up to which bees fly about
_FILE: Final = 0.42  # the size from which on up to eight animals stand in one row
_HERD: Final = 4  # and of animals and vehicles
_LANE: Final = 6  # vehicles one behind the other
_ALOFT: Final = 0.62  # above this y nobody stands
SHOULDER: Final = 0.78  # of the height of a person
LARGER: Final = 1.15  # people and animals against vehicles and things: they are the story
AJAR: Final = 0.45  # how far a window is open; what is broken is at 1
IN_HANDS: Final = ("eat", "drink", "read", "spill", *(verb for verb, work in handwork().items() if work.get("held")))


class Viewport(NamedTuple):
    """The size of the world and the seed of the scene."""

    width: float
    height: float
    seed: int

    def within(self, b: Body, x: float) -> float:
        """The nearest x at which a body is on screen."""
        half = min(b.half, self.width * 0.48)
        return min(self.width - half, max(half, x))


def spawn_actor(a: Actor, stage: Viewport) -> Body:
    """The body of an actor (or of a parked vehicle, a tied dog) at the start of its clip."""
    seed, count = stage.seed, min(max(1, a.count), MOST_COPIES)
    x, y = a.x * stage.width, a.y * stage.height
    if a.kind in VEHICLES:
        form, size = VEHICLE_SHAPES[a.kind], a.scale * PERSON
        body = Body(a.id, a.kind, "vehicle", x, y, a.scale, a.facing, form.width * size, form.height * size,
                    bodywork(a.kind, a.colour, seed, a.id), None, a.holds)  # fmt: skip
        body.unmanned = a.unmanned
    elif a.kind in ANIMAL_KINDS:
        shape, scale = ANIMALS[a.kind], a.scale * LARGER * larger_than_life(a.kind)
        size = scale * PERSON
        body = Body(a.id, a.kind, "animal", x, y, scale, a.facing, shape.width * size, shape.height * size,
                    hide(a.kind, a.colour), None, a.holds)  # fmt: skip
    else:
        look = look_of(a.kind, a.colour, a.trousers, a.hat, seed, a.id, a.bareheaded, a.hat_colour,
                       a.headgear, a.worn, a.worn_colour)  # fmt: skip
        scale = a.scale * LARGER * (0.7 if look.child else 0.95 if look.old else 1.0)
        held = a.holds or ("cane" if look.old else None)
        body = Body(
            a.id, a.kind, "person", x, y, scale, a.facing, 0.3 * scale * PERSON, scale * PERSON, look.shirt, look, held
        )
    body.held_colour = a.held_colour
    body.phase = number(seed, a.id, "phase") % 100 / 100
    body.copies = tuple(_companion(a, body, i, stage) for i in range(1, count))
    if 0 <= a.x <= 1:
        body.x = stage.within(body, body.x)
        body.y = min(max(body.y, body.height * 1.03), stage.height * 0.99)
    return body


def in_flight(a: Actor) -> bool:
    """True for many birds in the air, who fly all over the sky."""
    return a.count > _HERD and a.y < _ALOFT and a.kind in ANIMAL_KINDS and able(a.kind, "fly")


def row_of(count: int, people: bool = False, scale: float = 1.0, *, vehicles: bool = False) -> int:
    """How many of a group stand side by side: the others stand behind them."""
    if vehicles and count <= _LANE:
        return count
    if people:
        return _ROW if scale >= 0.7 else count if count <= 12 else 8 if scale >= 0.6 else 14
    if _SWARM < scale < _FILE and count <= 8:  # small ones, one after the other
        return count
    return _HERD if count <= _HERD or count > 12 else (count + 1) // 2 if count <= 10 else 5


def _companion(a: Actor, body: Body, i: int, stage: Viewport) -> Companion:
    name = f"{a.id}/{i}"
    apart = 0.2 * (a.scale if a.scale < 0.7 else 1.0) if body.family == "person" else 0.0
    gap = max(apart, body.width * 1.12)
    row = row_of(a.count, body.family == "person", a.scale, vehicles=body.family == "vehicle")
    n = i % row if a.count > row + (body.family == "person") else i
    side = (n + 1) // 2 * (-1 if n % 2 else 1) + (0.5 if (i - n) // row % 2 else 0.0)
    abreast = 0 if body.family == "vehicle" and 2 < a.count <= row else i % 3
    depth = (-0.018 * abreast - 0.07 * ((i - n) // row)) * stage.height
    if in_flight(a):
        side, gap = ((0.618 * i) % 1 - 0.5) * (1 if i % 2 else -1), 0.72 * stage.width
        depth = ((0.755 * i) % 1 - 0.5) * 0.34 * stage.height
    elif body.family == "animal" and a.count > row:
        depth = (-0.01 * (i % 3)) * stage.height - max(0.07 * stage.height, 0.55 * body.height) * ((i - n) // row)
    look, colour = None, body.colour
    if a.kind in PEOPLE:
        look = look_of(a.kind, a.colour, a.trousers, a.hat, stage.seed, name, a.bareheaded, a.hat_colour,
                       a.headgear, a.worn, a.worn_colour)  # fmt: skip
        colour = look.shirt
    elif body.family == "vehicle":
        colour = bodywork(a.kind, a.colour, stage.seed, name)
    return Companion(side * gap, depth, look, colour, name, number(stage.seed, name) % 100 / 100)


def spawn_prop(p: Prop, stage: Viewport) -> Body:
    """The body of a prop at the start of its clip."""
    if p.kind not in PROP_KINDS:
        return spawn_actor(Actor(p.id, p.kind, p.colour, x=p.x, y=p.y, scale=p.scale), stage)
    shape = THINGS[p.kind]
    scale = p.scale * enlarged(shape)
    size = scale * PERSON
    body = Body(p.id, p.kind, "prop", p.x * stage.width, p.y * stage.height, scale, 1, shape.width * size,
                shape.height * size, COLOUR[p.colour] if p.colour else shape.colour, held_colour=p.colour)  # fmt: skip
    if 0 <= p.x <= 1:
        body.x = stage.within(body, body.x)
    if p.kind == "traffic light" and p.colour == "green":
        body.state = 1.0
    return body


def lay_on_surfaces(bodies: list[Body], ground: float) -> None:
    """Small things that float at the height of a table, counter or shelf come to lie on it, in front of it."""
    for body in bodies:
        if body.family in ("animal", "person") and body.y <= ground - 0.03:
            _lie_before(body, bodies)
        if body.family != "prop" or body.height > 0.31 or body.y > ground - 0.012:
            continue
        for other in bodies:
            near = abs(other.x - body.x) < other.half and body.y > other.top - 0.12
            if near and other is not body and other.kind in SURFACES + HOLDERS:
                if other.kind in SURFACES:
                    body.y = other.y - 0.9 * other.height if other.kind in ("bed", "sofa") else other.top + 0.01
                body.z = other.y - body.y + 0.01
                break
        else:
            _lie_before(body, bodies)


def _lie_before(body: Body, bodies: list[Body]) -> None:
    """What lies on a thing of any kind is seen before it; what is sunk into it is not."""
    for other in bodies:
        if other is body or other.family != "prop" or abs(other.x - body.x) > other.half + 0.02:
            continue
        top = other.y - rest_height(other.kind) * PERSON * other.scale / enlarged(THINGS[other.kind])
        if abs(body.y - top) < 0.02:
            body.z = max(body.z, other.y + other.z - body.y + 0.01)


def seat(mount: Body) -> tuple[float, float]:
    """Where a rider sits, local units of the mount."""
    if mount.family == "vehicle":
        return VEHICLE_SHAPES[mount.kind].seat
    if mount.family == "animal":
        return -0.04, ANIMALS[mount.kind].height * 0.74
    high = 0.9 if mount.height < 0.2 or mount.kind in _SAT_ON else 0.5
    return 0.0, mount.height / max(mount.size, 1e-6) * high


def loaded(b: Body, pose: Pose) -> Pose:
    """A thing that is not hung from the hand is carried before the body, where it is seen."""
    if b.held is None or THINGS[b.held].grip == "hang":
        return pose
    pose = pose._replace(arm=30.0 + 0.2 * pose.arm, elbow=46.0)
    return pose._replace(arm2=66.0 + 0.2 * pose.arm2, elbow2=30.0) if b.both else pose


def sits_on(mount: Body) -> bool:
    """Whether a rider is seen on top (bicycle, horse, sofa) rather than inside (car, train)."""
    return mount.family != "vehicle" or mount.kind in RIDDEN


def face_colours(b: Body, seed: int) -> tuple[Rgb, Rgb]:
    """Skin and hair of whoever drives."""
    if b.look is not None:
        return b.look.skin, b.look.hair
    return pick(SKIN[:4], seed, b.id, "driver"), pick(HAIR, seed, b.id, "driver")


def begin_whole(scene: Scene, bodies: dict[str, Body]) -> None:
    """What is folded, opened or grown is open, shut or small before."""
    seen: set[str] = set()
    for beat in sorted(scene.beats, key=lambda beat: beat.start):
        heap = bodies.get(beat.target or "") if beat.verb == "discharge" else None
        if heap is not None:
            heap.hidden = True
        b, form = bodies.get(beat.who), str(handwork().get(beat.verb, {}).get("alters", ""))
        if b is None or b.family == "person" or not form or b.id in seen:
            continue
        seen.add(b.id)
        b.form = (form.lstrip("-"), 1.0 if form.startswith("-") else 0.0)
        holder = bodies.get(b.inside or "")
        if holder is not None and holder.held == b.kind:
            holder.held_form = b.form


def begin_dressed(scene: Scene, bodies: dict[str, Body]) -> None:
    """Who puts something on is without it at first; both looks are kept for the act."""
    seen: set[str] = set()
    for beat in sorted(scene.beats, key=lambda beat: beat.start):
        b = bodies.get(beat.who)
        if b is None or b.look is None or b.id in seen or not beat.verb.startswith(("put on", "take off")):
            continue
        seen.add(b.id)
        bare = undressed(b.look, coat=beat.verb.endswith("coat"))
        if any(kind == "shoes" for kind, _ in b.look.wears):
            bare = bare._replace(wears=(*bare.wears, ("bare feet", bare.skin)))
        worn = b.look if b.look != bare else b.look._replace(hat="brim")
        b.wardrobe = (worn, bare)
        b.look = bare if beat.verb.startswith("put on") else worn


def begin_inside(bodies: dict[str, Body], beat: Beat) -> None:
    """Who first gets out of a vehicle that has come is not seen before."""
    who, mount = bodies[beat.who], bodies.get(beat.target or "")
    hollow = mount is not None and (mount.family == "vehicle" or (mount.family == "prop" and mount.kind not in _DOORS))
    inside = beat.verb == "leave" and beat.start > 0 and hollow
    if who.family == "prop" and beat.verb == "enter" and beat.end <= 0.011 and mount is not None:
        who.hidden, who.inside = True, mount.id  # until it is taken out
    if who.family != "prop" and beat.verb == "enter" and beat.end <= 0.011:
        who.hidden, who.inside = True, beat.target  # behind the doors of a lift
        return
    if who.family != "prop":  # a thing in somebody's hand is not seen twice
        who.hidden, who.inside = (True, mount.id) if inside and mount is not None else (False, None)


def begin_open(scene: Scene, bodies: dict[str, Body]) -> None:
    """What is closed before it is opened is open at first."""
    seen: set[str] = set()
    for beat in sorted(scene.beats, key=lambda beat: beat.start):
        door = bodies.get(beat.target or beat.who)
        if beat.verb in ("open", "close") and door is not None and door.id not in seen:
            seen.add(door.id)
            wide = AJAR if door.kind == "window" else 1.0
            door.state = wide if beat.verb == "close" else door.state
            door.form = ("door", 1.0) if door.family == "vehicle" and beat.verb == "close" else door.form
            if door.kind == "gate" and beat.verb == "close":
                door.form = ("ajar", 0.15)  # seen from its edge


def first_seen_when_put(scene: Scene, bodies: dict[str, Body]) -> None:
    """A thing that somebody still holds is not on the ground yet: the prop appears when it is put or dropped."""
    seen: set[str] = set()
    for beat in sorted(scene.beats, key=lambda beat: beat.start):
        target = bodies.get(beat.target or "")
        if target is None or target.id in seen:
            continue
        seen.add(target.id)
        who = bodies.get(beat.who)
        if who is None or who.held != target.kind:
            continue
        if beat.verb in ("put", "set down", "drop", "give", "throw", "load", "hide"):
            target.hidden = True
            who.held_colour = target.held_colour
        elif (beat.verb in IN_HANDS or (beat.verb == "grab" and beat.end <= 0.011)) and target.family == "prop":
            who.both = any(o.inside == who.id and o.kind == target.kind for o in bodies.values())
            target.hidden, target.inside, who.held_colour = True, who.id, target.held_colour


def begin_mounted(scene: Scene, bodies: dict[str, Body]) -> None:
    """Each of a group sits on a bicycle of its own."""
    for beat in scene.beats:
        rider, mount = bodies.get(beat.who), bodies.get(beat.target or "")
        if beat.verb == "ride" and rider and mount and 0 < len(rider.copies) <= len(mount.copies):
            pairs = zip(rider.copies, mount.copies)
            rider.copies = tuple(one._replace(dx=other.dx, dy=other.dy) for one, other in pairs)
