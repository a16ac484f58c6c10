"""From beats to bodies in motion: World(scene).step(t) puts every actor and prop where it is at time t of the clip.

Each verb is an act (moves.py, deeds.py, events.py): a function of the progress p of its beat that moves bodies, poses
them and emits effects. What an act leaves behind (place, base pose, fire) stays until a later beat changes it.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from . import fixtures  # noqa: F401 - registers the large things
from .animals import ANIMALS, hide
from .figures import Look, joints, look_of
from .palette import COLOUR, Rgb, SceneError, number, pick
from .palette import HAIR as HAIR_COLOURS
from .palette import SKIN as SKIN_COLOURS
from .pen import PERSON
from .poses import STAND, Pose, ease, stride
from .scene import ANIMALS as ANIMAL_KINDS
from .scene import COLOURS, PEOPLE, PLACES, PROP_KINDS, TIMES, VEHICLES, VERBS, WEATHERS, WHOLE_SCENE
from .scene import Actor, Beat, Prop, Scene
from .things import THINGS, enlarged
from .vehicles import RIDDEN, bodywork
from .vehicles import VEHICLES as VEHICLE_SHAPES

GROUND: Final = 0.82
WATER_PLACES: Final = ("river", "lake", "sea", "swimming pool")
SURFACES: Final = ("table", "counter", "stove", "bench", "bed", "sofa", "machine")
MOST_COPIES: Final = 6
LARGER: Final = 1.15  # people and animals against vehicles and things: they are the story


@dataclass
class Body:
    """An actor or prop in motion. x, y, lift in world units (1 = the scene unit), angles in degrees."""

    id: str
    kind: str
    family: str  # person, animal, vehicle, prop
    x: float
    y: float
    scale: float
    facing: int
    width: float  # world units
    height: float
    colour: Rgb
    look: Look | None = None
    held: str | None = None
    held_colour: str | None = None
    held_turn: float = 0.0
    held_far: bool = False
    lift: float = 0.0
    turn: float = 0.0
    squash: tuple[float, float] = (1.0, 1.0)
    base: Pose = STAND
    pose: Pose = STAND
    phase: float = 0.0
    gait: float = 0.0
    head: float = 0.0
    mouth: float = 0.0
    asleep: bool = False
    clock: float = 0.0
    cuffed: float = 0.0
    crumple: float = 0.0
    state: float = 0.0  # door open, window broken
    fire: float = 0.0
    smoke: float = 0.0
    gas: float = 0.0
    puddle: float = 0.0
    sunk: float = 0.0  # how deep under the water line, world units
    rubble: float = 0.0
    hidden: bool = False
    reversing: bool = False
    down: bool = False
    driver: tuple[Rgb, Rgb] | None = None
    on: str | None = None  # what it rides
    inside: str | None = None  # what it sits in, unseen
    thrown: str | None = None  # what it threw last
    z: float = 0.0
    copies: tuple[tuple[float, float, Look | None, Rgb, str], ...] = ()
    spread: float = 1.0
    dx: float = 0.0
    dy: float = 0.0

    @property
    def size(self) -> float:
        """World units per local unit."""
        return self.scale * PERSON

    @property
    def half(self) -> float:
        """Half its width, world units."""
        return self.width / 2

    @property
    def top(self) -> float:
        """World y of its upper edge while upright."""
        return self.y - self.lift - self.height

    def at(self, along: float, up: float) -> tuple[float, float]:
        """World point at a local offset (forward, up)."""
        return self.x + along * self.size * self.facing, self.y - self.lift - up * self.size


class Effect(NamedTuple):
    """Something drawn for one frame by effects.py: where, how large (world units), how far on (0..1), which one."""

    kind: str
    x: float
    y: float
    size: float
    p: float
    key: int = 0
    colour: Rgb | None = None
    front: bool = True


@dataclass
class Run:
    """A beat under way; `was` and `target_was` are the bodies as it found them."""

    beat: Beat
    index: int
    was: Body | None = None
    target_was: Body | None = None
    done: bool = False
    mark: dict[str, float] = field(default_factory=dict)


Act = Callable[["World", Run, Body, Body | None, float], None]
ACTS: dict[str, Act] = {}
OVERLAYS: set[str] = set()  # acts of arms and effects alone: applied after those that move the body


def act(*verbs: str, overlay: bool = False) -> Callable[[Act], Act]:
    """Registers the act of some verbs."""

    def register(function: Act) -> Act:
        for verb in verbs:
            ACTS[verb] = function
            if overlay:
                OVERLAYS.add(verb)
        return function

    return register


class World:
    """All bodies of a scene at a moment; step(t) moves them on. Times must not go back."""

    def __init__(self, scene: Scene, width: float, height: float, seed: int):
        check(scene)
        self.scene, self.width, self.height, self.seed = scene, width, height, seed
        self.ground = GROUND * height
        self.water_place = scene.place in WATER_PLACES
        self.t = 0.0
        self.bodies: dict[str, Body] = {}
        self.effects: list[Effect] = []
        self.stains: list[Effect] = []  # effects that stay: paint on a wall, skid marks
        self.flood = self.haze = self.shake = self.wind = self.slide = 0.0
        self._reactions: list[tuple[Body, Callable[[Body], None]]] = []
        for actor in scene.actors:
            self.bodies[actor.id] = self._actor(actor)
        for prop in scene.props:
            self.bodies[prop.id] = self._prop(prop)
        self._settle()
        # The whole place acts through a body of no substance.
        self.place = Body(
            WHOLE_SCENE, "scene", "scene", width / 2, self.ground, 1.0, 1, width, height, (0, 0, 0), hidden=True
        )
        order = sorted(enumerate(scene.beats), key=lambda e: (e[1].verb in OVERLAYS, e[1].start, e[0]))
        self.runs = [Run(beat, index) for index, beat in order]
        self._first_seen_when_put()

    # -- setting up ----------------------------------------------------------------------------------------------

    def _actor(self, a: Actor) -> Body:
        seed, count = self.seed, min(max(1, a.count), MOST_COPIES)
        size = a.scale * PERSON * (1.0 if a.kind in VEHICLES else LARGER)
        if a.kind in PEOPLE:
            look = look_of(a.kind, a.colour, a.trousers, a.hat, seed, a.id)
            scale = a.scale * LARGER * (0.7 if look.child else 0.95 if look.old else 1.0)
            body = Body(a.id, a.kind, "person", a.x * self.width, a.y * self.height, scale, a.facing, 0.3 * size, scale * PERSON,
                        look.shirt, look, a.holds or ("cane" if look.old else None))  # fmt: skip
        elif a.kind in ANIMAL_KINDS:
            shape = ANIMALS[a.kind]
            body = Body(a.id, a.kind, "animal", a.x * self.width, a.y * self.height, a.scale * LARGER, a.facing, shape.width * size,
                        shape.height * size, hide(a.kind, a.colour), None, a.holds)  # fmt: skip
        else:
            form = VEHICLE_SHAPES[a.kind]
            body = Body(a.id, a.kind, "vehicle", a.x * self.width, a.y * self.height, a.scale, a.facing, form.width * size,
                        form.height * size, bodywork(a.kind, a.colour, seed, a.id))  # fmt: skip
        body.phase = number(seed, a.id, "phase") % 100 / 100
        body.copies = tuple(self._copy(a, body, i) for i in range(1, count))
        if 0 <= a.x <= 1:
            body.x = self.within(body, body.x)
            body.y = min(max(body.y, body.height * 1.03), self.height * 0.99)
        return body

    def _copy(self, a: Actor, body: Body, i: int) -> tuple[float, float, Look | None, Rgb, str]:
        """Companion i of a group: where beside the first it stands, and its own looks."""
        name = f"{a.id}/{i}"
        gap = max(0.2 if body.family == "person" else 0.0, body.width * 1.12)
        side = (i + 1) // 2 * (-1 if i % 2 else 1)
        depth = -0.018 * (i % 3) * self.height
        if body.family == "person":
            look = look_of(a.kind, a.colour, a.trousers, a.hat, self.seed, name)
            return side * gap, depth, look, look.shirt, name
        if body.family == "vehicle":
            return side * gap, depth, None, bodywork(a.kind, a.colour, self.seed, name), name
        return side * gap, depth, None, body.colour, name

    def _prop(self, p: Prop) -> Body:
        if p.kind not in PROP_KINDS:
            return self._actor(Actor(p.id, p.kind, p.colour, x=p.x, y=p.y, scale=p.scale))
        shape = THINGS[p.kind]
        scale = p.scale * enlarged(shape)
        size = scale * PERSON
        body = Body(p.id, p.kind, "prop", p.x * self.width, p.y * self.height, scale, 1, shape.width * size, shape.height * size,
                    COLOUR[p.colour] if p.colour else shape.colour, held_colour=p.colour)  # fmt: skip
        if 0 <= p.x <= 1:
            body.x = self.within(body, body.x)
        if p.kind == "traffic light" and p.colour == "green":
            body.state = 1.0
        return body

    def _settle(self) -> None:
        """Small things that float at the height of a table, counter or shelf come to lie on it, in front of it."""
        for body in self.bodies.values():
            if body.family != "prop" or body.height > 0.3 or body.y > self.ground - 0.05:
                continue
            for other in self.bodies.values():
                if (
                    other.kind in (*SURFACES, "shelf")
                    and abs(other.x - body.x) < other.half
                    and body.y > other.top - 0.12
                ):
                    if other.kind != "shelf":
                        body.y = other.y - 0.9 * other.height if other.kind in ("bed", "sofa") else other.top + 0.01
                    body.z = other.y - body.y + 0.01
                    break

    def _first_seen_when_put(self) -> None:
        """A thing that somebody still holds is not on the ground yet: the prop appears when it is put or dropped."""
        seen: set[str] = set()
        for run in sorted(self.runs, key=lambda r: r.beat.start):
            target = self.bodies.get(run.beat.target or "")
            if target is None or target.id in seen:
                continue
            seen.add(target.id)
            who = self.bodies.get(run.beat.who)
            if run.beat.verb in ("put", "drop", "give", "throw") and who and who.held == target.kind:
                target.hidden = True
                who.held_colour = target.held_colour

    # -- running -------------------------------------------------------------------------------------------------

    def step(self, t: float) -> None:
        """Moves everything on to time t (0..1)."""
        self.t = t
        self.effects = []
        self.shake = 0.0
        self._reactions = []
        for b in self.bodies.values():
            b.clock, b.pose, b.gait, b.head, b.mouth, b.dx, b.dy = t, b.base, 0.0, 0.0, 0.0, 0.0, 0.0
            b.reversing = False
        busy: set[str] = set()
        for run in self.runs:
            beat = run.beat
            if run.done or t < beat.start - 1e-9:
                continue
            b = self.bodies.get(beat.who, self.place)
            target = None if beat.target is None else self.bodies.get(beat.target, self.place)
            if run.was is None:
                run.was = copy.copy(b)
                run.target_was = copy.copy(target) if target is not None else None
            p = 1.0 if beat.end <= beat.start else min(1.0, (t - beat.start) / (beat.end - beat.start))
            run.done = p >= 1.0
            if beat.verb not in OVERLAYS and beat.verb not in ("ride", "drive") and b.on and b.family == "person":
                b.on = None
            busy.add(b.id)
            ACTS[beat.verb](self, run, b, target, p)
        for b, reaction in self._reactions:
            if not b.down:
                reaction(b)
        for b in self.bodies.values():
            self._finish(b, b.id in busy)

    def _finish(self, b: Body, busy: bool) -> None:
        """Riders follow what they ride; the idle breathe; what burns or smokes goes on."""
        if b.on is not None:
            mount = self.bodies[b.on]
            sx, sy = seat(mount)
            b.x = mount.x + mount.dx + sx * mount.size * mount.facing
            b.y, b.facing = mount.y, mount.facing
            stands = mount.family == "prop"  # on a board or a step, not in a saddle
            b.lift = mount.lift + mount.dy + sy * mount.size - (0.0 if stands else joints(b.pose).hip[1] * b.size)
            b.z = mount.z + 0.004
        if b.family == "person" and not busy and not b.down:
            b.pose = loaded(b, b.pose) if b.base is STAND else b.pose
            sway = math.sin(self.t * 9 + b.phase * 6)
            b.pose = b.pose._replace(
                arm=b.pose.arm + 2.5 * sway, arm2=b.pose.arm2 - 2.5 * sway, head=b.pose.head + 1.5 * sway
            )
        if (
            b.held is None
            and b.family == "person"
            and b.look is not None
            and b.look.old
            and b.base is STAND
            and not b.thrown
        ):
            b.held = "cane"
        key = number(self.seed, b.id)
        middle = b.y - b.lift - b.dy
        if b.fire > 0 and not b.inside:
            self.emit("fire", b.x, middle, max(b.width, 0.16), b.fire, key)
            if b.family == "prop" and b.height > 0.5:  # a house burns from its windows and roof too
                for i, (side, up) in enumerate(((-0.3, 0.45), (0.28, 0.62), (0.0, 0.96))):
                    self.emit(
                        "fire",
                        b.x + side * b.width,
                        middle - up * b.height,
                        b.width * 0.4,
                        b.fire * min(1.0, b.fire + 0.2),
                        key + i + 1,
                    )
        if b.smoke > 0 and not b.inside:
            self.emit("smoke", b.x, middle - b.height * 0.8, max(0.13, b.width * 0.5), b.smoke, key)
        if b.gas > 0:
            self.emit("gas", b.x, middle - b.height * 0.8, 0.22, b.gas, key)
        if b.puddle > 0:
            self.emit("puddle", b.x, b.y, 0.5 * b.puddle + 0.1, b.puddle, key, b.colour, front=False)
        if b.rubble > 0:
            self.emit("rubble", b.x, b.y, b.width, b.rubble, key, b.colour)

    # -- what acts use -------------------------------------------------------------------------------------------

    def emit(self, kind: str, x: float, y: float, size: float, p: float, key: int = 0, colour: Rgb | None = None, *,
             front: bool = True) -> None:  # fmt: skip
        """Adds an effect to this frame."""
        self.effects.append(Effect(kind, x, y, size, p, key, colour, front))

    def react(self, b: Body, reaction: Callable[[Body], None]) -> None:
        """What somebody suffers, applied after all acts of the moment unless it lies on the ground."""
        self._reactions.append((b, reaction))

    def within(self, b: Body, x: float) -> float:
        """The nearest x at which the body is on screen."""
        half = min(b.half, self.width * 0.48)
        return min(self.width - half, max(half, x))

    def goal(self, run: Run, b: Body, default: float | None = None) -> float:
        """World x that a beat moves to; without `to`, `default` ahead (turning back at the edge), or where it is."""
        to = run.beat.to
        if to is not None:
            return to * self.width if not 0 <= to <= 1 else self.within(b, to * self.width)
        was = run.was or b
        if default is None:
            return was.x
        x = was.x + default * was.facing
        return x if x == self.within(b, x) else self.within(b, was.x - default * was.facing)

    def go(self, run: Run, b: Body, x: float, vigour: float | None = None) -> None:
        """Puts a body at x on its way, faces it there, rolls its wheels or swings its legs."""
        was = run.was or b
        moved = x - b.x
        if abs(x - was.x) > 0.004:
            b.facing = 1 if x > was.x else -1
        b.phase += abs(moved) / max(b.size, 1e-6)
        b.x = x
        if vigour is not None and abs(moved) > 1e-5:
            b.gait = vigour
            if b.family == "person":
                b.pose = loaded(b, stride(b.phase / (0.85 + 0.45 * (vigour - 1)), vigour))

    def face(self, b: Body, target: Body | None) -> None:
        """Turns a body to another."""
        if target is not None and abs(target.x - b.x) > 0.01:
            b.facing = 1 if target.x > b.x else -1

    def approach(self, run: Run, b: Body, target: Body | None, p: float, gap: float, share: float = 0.35) -> float:
        """Walks or runs up to a target within reach first; returns the progress of the deed itself, 0 until then."""
        if target is None or target is self.place:
            return p
        self.face(b, target)
        if b.gait > 0:  # another beat moves it already
            return p
        was = run.was or b
        side = 1 if was.x <= target.x else -1
        aim = self.within(b, target.x - side * gap)
        if "far" not in run.mark:
            run.mark["far"] = (
                abs(aim - was.x) if abs(was.x - target.x) > gap * 1.2 or abs(was.x - target.x) < gap * 0.6 else 0.0
            )
        if run.mark["far"] == 0.0 or b.family not in ("person", "animal"):
            return p
        if p < share:
            self.go(run, b, was.x + (aim - was.x) * ease(p / share), 2.0 if run.mark["far"] > 0.3 else 1.2)
            self.face(b, target) if p > share * 0.8 else None
            return 0.0
        b.x = aim if p < share + 0.1 or target.family != "person" else b.x
        self.face(b, target)
        return (p - share) / (1 - share)


def seat(mount: Body) -> tuple[float, float]:
    """Where a rider sits, local units of the mount."""
    if mount.family == "vehicle":
        return VEHICLE_SHAPES[mount.kind].seat
    if mount.family == "animal":
        return -0.04, ANIMALS[mount.kind].height * 0.74
    return 0.0, mount.height / max(mount.size, 1e-6) * (0.9 if mount.height < 0.2 else 0.5)


def loaded(b: Body, pose: Pose) -> Pose:
    """A thing that is not hung from the hand is carried before the body, where it is seen."""
    if b.held is None or THINGS[b.held].grip == "hang":
        return pose
    return pose._replace(arm=30.0 + 0.2 * pose.arm, elbow=46.0)


def sits_on(mount: Body) -> bool:
    """Whether a rider is seen on top (bicycle, horse, sofa) rather than inside (car, train)."""
    return mount.family != "vehicle" or mount.kind in RIDDEN


def face_colours(world: World, b: Body) -> tuple[Rgb, Rgb]:
    """Skin and hair of whoever drives."""
    if b.look is not None:
        return b.look.skin, b.look.hair
    return pick(SKIN_COLOURS[:4], world.seed, b.id, "driver"), pick(HAIR_COLOURS, world.seed, b.id, "driver")


def check(scene: Scene) -> None:
    """Raises SceneError with one line if a scene holds a word or id that cannot be drawn."""
    ids: set[str] = set()

    def known(word: str | None, words: tuple[str, ...], what: str) -> None:
        if word is not None and word not in words:
            raise SceneError(
                f"scene: {what} {str(word)[:40]!r} is unknown; scene.py lists the words (nearest: {_nearest(word, words)})"
            )

    for words, what, value in (
        (PLACES, "place", scene.place),
        (TIMES, "time", scene.time),
        (WEATHERS, "weather", scene.weather),
    ):
        if value is None:
            raise SceneError(f"scene: {what} is missing")
        known(value, words, what)
    kinds = PEOPLE + ANIMAL_KINDS + VEHICLES
    for item in (*scene.actors, *scene.props):
        if not isinstance(item.id, str) or item.id in ids or item.id == WHOLE_SCENE:
            raise SceneError(f"scene: id {item.id!r} is used twice or reserved; ids must differ")
        ids.add(item.id)
        is_actor = isinstance(item, Actor)
        known(
            item.kind, kinds if is_actor else PROP_KINDS + kinds, f"{'actor' if is_actor else 'prop'} {item.id}: kind"
        )
        known(item.colour, COLOURS, f"{item.id}: colour")
        if is_actor:
            known(item.trousers, COLOURS, f"{item.id}: trousers colour")
            known(item.holds, PROP_KINDS, f"{item.id}: held thing")
        numbers = (item.x, item.y, item.scale)
        if (
            not all(isinstance(n, int | float) and math.isfinite(n) and abs(n) <= 100 for n in numbers)
            or item.scale <= 0
        ):
            raise SceneError(f"scene: {item.id}: x, y and scale must be finite numbers, scale above 0")
        if is_actor and (item.facing not in (1, -1) or not isinstance(item.count, int) or item.count < 1):
            raise SceneError(f"scene: {item.id}: facing is 1 or -1, count a whole number from 1")
    for beat in scene.beats:
        known(beat.verb, VERBS, "verb")
        for name in (beat.who, beat.target):
            if name is not None and name not in ids and name != WHOLE_SCENE:
                raise SceneError(
                    f"scene: beat {beat.verb!r} names {str(name)[:40]!r}, which is no actor or prop of the scene"
                )
        times = (beat.start, beat.end, 0.0 if beat.to is None else beat.to)
        if (
            not all(isinstance(n, int | float) and math.isfinite(n) and abs(n) <= 100 for n in times)
            or beat.end < beat.start
        ):
            raise SceneError(
                f"scene: beat {beat.verb!r}: start, end and to must be finite numbers, the end not before the start"
            )


def _nearest(word: object, words: tuple[str, ...]) -> str:
    from difflib import get_close_matches

    return ", ".join(get_close_matches(str(word), words, 3, 0.3)) or words[0]
