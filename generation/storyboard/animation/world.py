"""From beats to bodies in motion: World(scene).step(t) puts every actor and prop where it is at time t of the clip.

Each verb is an act (moves, riding, falls, gestures, blows, handling, events): a function of the progress p of its
beat that moves bodies, poses them and emits effects. What an act leaves behind (place, base pose, fire) stays until a
later beat changes it.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from svta.generation.storyboard.drawing.body import Body, Effect
from svta.generation.storyboard.drawing.palette import Rgb, number
from svta.generation.storyboard.drawing.poses import SIT, STAND, ease, joints, span, stride
from svta.generation.storyboard.drawing.touching import Loop
from svta.generation.storyboard.scene import SHORES, WHOLE_SCENE, Beat, Scene, medium
from svta.generation.storyboard.validation import check

from .spawn import (
    Viewport,
    begin_dressed,
    begin_inside,
    begin_mounted,
    begin_open,
    begin_whole,
    first_seen_when_put,
    lay_on_surfaces,
    loaded,
    seat,
    spawn_actor,
    spawn_prop,
)

GROUND: Final = 0.82
STAYS_INSIDE: Final = ("enter", "leave", "ride", "drive", "reverse", "skid")
SIGNS: Final = ("speech", "notes", "alarm", "heart", "zzz", "waves", "shout", "smile")
NEARER: Final = ("prop", "vehicle", "animal", "person")  # at one depth the later one is drawn over the earlier
CHIMNEYS: Final = {
    "house": (0.37, 1.3),
    "factory": (0.6, 1.48),
    "ship": (-0.24, 1.0),
}  # where they are on what has them, local units
WATER_PLACES: Final = ("river", "lake", "sea", "swimming pool", "river bridge", "river footbridge")
WATER_LINE: Final = 0.78  # of the height of the picture, by a shore: above it one is in the water


@dataclass
class Run:
    """A beat under way; `was` and `target_was` (without a target: `was` again) are the bodies as it found them."""

    beat: Beat
    index: int
    was: Body
    target_was: Body
    done: bool = False
    mark: dict[str, float] = field(default_factory=dict)
    loop: Loop | None = None  # of hands at work


Act = Callable[["World", Run, Body, Body | None, float], None]
ACTS: dict[str, Act] = {}
OVERLAYS: set[str] = set()  # acts of arms and effects alone: applied after those that move the body

_LIMBS: Final = ((-0.36, 0.8), (-0.14, 0.94), (0.08, 0.97), (0.34, 0.86), (0.0, 0.62))  # of a bare tree: along, up
_GABLED: Final = (
    "house",
    "hut",
    "barn",
    "garden shed",
    "house roof",
    "tent",
    "greenhouse",
)  # with a roof of two slopes


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
        self.shore = WATER_LINE * height if scene.place in SHORES.values() else None
        self.t = 0.0
        self.bodies: dict[str, Body] = {}
        self.effects: list[Effect] = []
        self.stains: list[Effect] = []  # effects that stay: paint on a wall, skid marks
        self.flood = self.haze = self.shake = self.wind = self.slide = self.dark = self.banks = 0.0
        self.muddy = self.snowy = False  # the water of a flood, which flows; what slides is snow
        first = [b.verb for b in sorted(scene.beats, key=lambda b: b.start) if b.who == WHOLE_SCENE]
        self.weather = 0.0 if "appear" in first and "vanish" not in first[: first.index("appear")] else 1.0
        self.haze = 1.0 if "clear" in first and "smoke" not in first[: first.index("clear")] else 0.0
        self._reactions: list[tuple[Body, Callable[[Body], None]]] = []
        self.stage = Viewport(width, height, seed)
        for actor in scene.actors:
            self.bodies[actor.id] = spawn_actor(actor, self.stage)
        for prop in scene.props:
            self.bodies[prop.id] = spawn_prop(prop, self.stage)
        lay_on_surfaces(list(self.bodies.values()), self.ground)
        # The whole place acts through a body of no substance.
        self.place = Body(
            WHOLE_SCENE, "scene", "scene", width / 2, self.ground, 1.0, 1, width, height, (0, 0, 0), hidden=True
        )
        order = sorted(enumerate(scene.beats), key=lambda e: (e[1].verb in OVERLAYS, e[1].start, e[0]))
        self.order = order
        self.runs: dict[int, Run] = {}
        self.busy: set[str] = set()  # who acts at this moment
        first_seen_when_put(scene, self.bodies)
        for beat in sorted(
            scene.beats, key=lambda beat: (-beat.start, beat.verb not in OVERLAYS)
        ):  # what lands first is in the air until then
            if beat.who in self.bodies:
                self.bodies[beat.who].lift = 0.36 if beat.verb == "land" else 0.0
                begin_inside(self.bodies, beat)
                if beat.verb in ("topple", "roll over") and beat.end <= 0.011:  # it lies from the first frame on
                    self.bodies[beat.who].turn = 89.0 if beat.verb == "topple" else 180.0
                if beat.verb in ("appear", "vanish"):
                    self.bodies[beat.who].hidden = beat.verb == "appear"
        begin_open(scene, self.bodies)
        light = next((beat for beat in scene.beats if beat.verb in ("darken", "brighten")), None)
        self.dark = 1.0 if light is not None and light.verb == "brighten" else 0.0
        begin_whole(self.scene, self.bodies)
        begin_dressed(self.scene, self.bodies)
        begin_mounted(scene, self.bodies)

    # -- running -------------------------------------------------------------------------------------------------

    def step(self, t: float) -> None:
        """Moves everything on to time t (0..1)."""
        self.t = t
        self.effects = []
        self.shake = 0.0
        self._reactions = []
        for b in self.bodies.values():
            b.clock, b.pose, b.gait, b.head, b.mouth, b.dx, b.dy = t, b.base, 0.0, 0.0, 0.0, 0.0, 0.0
            b.reversing, b.yaw = False, b.yaw if abs(b.yaw) == 1.0 else 0.0
        self.busy = {beat.who for beat in self.scene.beats if beat.start <= t <= beat.end}
        busy: set[str] = set()
        for index, beat in self.order:
            if t < beat.start - 1e-9:
                continue
            b = self.bodies.get(beat.who, self.place)
            target = None if beat.target is None else self.bodies.get(beat.target, self.place)
            run = self.runs.get(index)
            if run is None:
                if b.inside in self.bodies and b.family == "person" and beat.verb not in STAYS_INSIDE:
                    b.hidden, b.inside = False, None  # it came through the door: the story goes on here
                run = self.runs[index] = Run(beat, index, copy.copy(b), copy.copy(b if target is None else target))
            if run.done:
                continue
            p = 1.0 if beat.end <= beat.start else min(1.0, (t - beat.start) / (beat.end - beat.start))
            run.done = p >= 1.0
            if beat.verb not in OVERLAYS and beat.verb not in ("ride", "drive") and b.on and b.family == "person":
                b.on = None
            if beat.verb != "stand":
                busy.add(b.id)
            ACTS[beat.verb](self, run, b, target, p)
        for b, reaction in self._reactions:
            if not b.down:
                reaction(b)
        for b in self.bodies.values():
            _finish(self, b, b.id in busy)

    def by_depth(self) -> list[Body]:
        """All bodies in the order in which they are drawn: the farthest first."""
        return sorted(self.bodies.values(), key=lambda b: (round(b.y + b.z, 3), NEARER.index(b.family)))

    def wet(self, b: Body) -> bool:
        """True if there is water where a body is."""
        return self.scene.place in WATER_PLACES or (self.shore is not None and b.y < self.shore)

    # -- what acts use -------------------------------------------------------------------------------------------

    def emit(self, kind: str, x: float, y: float, size: float, p: float, key: int = 0, colour: Rgb | None = None, *,
             front: bool = True) -> None:  # fmt: skip
        """Adds an effect to this frame; signs stay in view."""
        if kind in SIGNS:
            x, y = min(self.width - size, max(size, x)), max(y, 0.9 * size)
        self.effects.append(Effect(kind, x, y, size, p, key, colour, front))

    def react(self, b: Body, reaction: Callable[[Body], None]) -> None:
        """What somebody suffers, applied after all acts of the moment unless it lies on the ground."""
        self._reactions.append((b, reaction))

    def within(self, b: Body, x: float) -> float:
        """The nearest x at which the body is on screen."""
        return self.stage.within(b, x)

    def goal(self, run: Run, b: Body, default: float | None = None) -> float:
        """World x that a beat moves to; without `to`, `default` ahead (turning back at the edge), or where it is."""
        to = run.beat.to
        if to is not None:
            return to * self.width if not 0 <= to <= 1 else self.within(b, to * self.width)
        was = run.was
        if default is None:
            return was.x
        x = was.x + default * was.facing
        return x if x == self.within(b, x) else self.within(b, was.x - default * was.facing)

    def go(self, run: Run, b: Body, x: float, vigour: float | None = None) -> None:
        """Puts a body at x on its way, faces it there, rolls its wheels or swings its legs."""
        was = run.was
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
        was = run.was
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


def _finish(w: World, b: Body, busy: bool) -> None:
    """Riders follow what they ride; the idle breathe; what burns or smokes goes on."""
    b.driver = None if b.unmanned else b.driver
    if w.flood > 0.05 and b.family in ("vehicle", "prop") and medium(b.kind) == "water":  # a boat floats on it
        b.lift = max(b.lift, b.y - (w.height - 0.34 * w.height * w.flood) - 0.03)
    if b.on is not None:
        mount = w.bodies[b.on]
        if b.family == "prop":  # in the mouth or paw of an animal
            tall = mount.height > 0.9 * mount.width  # a heron's beak is high up
            out, up = (0.95, 0.66) if tall else (0.8, 0.45)
            b.x, b.lift = mount.x + mount.facing * out * mount.half, mount.lift + up * mount.height + b.y - mount.y
            b.z = mount.y - b.y + 0.004
            _give_off(w, b)
            return
        sx, sy = seat(mount)
        ends = abs(mount.yaw) > 0.5  # seen from before or behind
        b.x = mount.x + mount.dx + (0.0 if ends else sx * mount.size * mount.facing)
        b.y, b.facing = mount.y, mount.facing
        stands = mount.family == "prop"  # on a board or a step, not in a saddle
        b.lift = mount.lift + mount.dy + sy * mount.size - (0.0 if stands else joints(b.pose).hip[1] * b.size)
        nearer = (medium(mount.kind) != "water" or mount.kind == "jet ski") and mount.yaw > -0.5
        b.z = mount.z + (0.004 if nearer else -0.004)
    if b.stool and b.base == SIT and not b.hidden:
        for dx, dy in ((0.0, 0.0), *((one.dx * b.spread, one.dy) for one in b.copies)):
            w.emit("stool", b.x + b.dx + dx, b.y + dy, 0.5 * b.size * b.facing, 1.0, front=False)
    if b.family == "person" and 0 <= b.x <= w.width:  # whoever lies needs more room than who stands
        lying = abs(math.sin(math.radians(b.pose.turn + b.pose.bend)))
        if lying > 0.4:
            room = min(b.size * (0.15 + 0.4 * span(lying, 0.4, 1.0)), w.width * 0.48)
            b.dx += min(w.width - room, max(room, b.x)) - b.x
    if b.family == "person" and not busy and not b.down:
        b.pose = loaded(b, b.pose) if b.base is STAND else b.pose
        sway = math.sin(w.t * 9 + b.phase * 6)
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
    _give_off(w, b)


def _give_off(w: World, b: Body) -> None:
    """What burns, smokes, leaks or lies in rubble goes on doing so."""
    key = number(w.seed, b.id)
    middle = b.y - b.lift - b.dy
    if b.fire > 0 and not b.inside:
        top = b.kind == "candle"  # burns at its wick
        w.emit("fire", b.x, middle - 0.9 * b.height * top, 0.05 if top else max(b.width, 0.16), b.fire, key)
        if b.family == "prop" and b.height > 0.5:  # a house burns from its windows and roof too
            for i, (side, up) in enumerate(((-0.3, 0.45), (0.28, 0.62), (0.0, 0.96))):
                w.emit(
                    "fire",
                    b.x + side * b.width,
                    middle - up * b.height,
                    b.width * 0.4,
                    b.fire * min(1.0, b.fire + 0.2),
                    key + i + 1,
                )
    if b.smoke > 0 and not b.inside:
        size = max(0.13, b.width * (1.0 if b.kind.endswith("chimney") else 0.5))
        x, y = b.x, middle - b.height * (1.0 if b.kind.endswith("chimney") else 0.8)
        if b.kind in CHIMNEYS and b.fire == 0:
            x, y, size = *b.at(*CHIMNEYS[b.kind]), 0.2
        w.emit("smoke", x, y, size, b.smoke, key, b.fumes)
    if b.gas > 0:
        w.emit("gas", b.x, middle - b.height * 0.8, 0.22, b.gas, key)
    if b.puddle > 0:
        w.emit("puddle", b.x, b.y, 0.5 * b.puddle + 0.1, b.puddle, key, b.colour, front=False)
    if b.snow > 0 and not b.hidden:
        for dx, dy in ((0.0, 0.0), *((one.dx * b.spread, one.dy) for one in b.copies)):
            low = b.family == "vehicle" and b.width > 1.6 * b.height  # a car is lower in front and behind
            for k in range(-9, 10) if b.kind in _GABLED else ():  # down both sides of the roof
                w.emit("snowslab", b.x + dx + 0.045 * k * b.width, middle + dy - b.height * (1 - 0.043 * abs(k)),
                       b.width * 0.24, b.snow, key + 1)  # fmt: skip
            for out, up in _LIMBS if b.kind == "bare tree" else ():
                w.emit("snowcap", b.x + dx + out * b.width, middle + dy - up * b.height, 0.2 * b.width, b.snow, key)
            if b.kind not in (*_GABLED, "bare tree"):
                w.emit("snowcap", b.x + dx, middle + dy - b.height, b.width * (0.5 if low else 0.92), b.snow, key)
            for side in (-0.37, 0.37) if low else ():
                w.emit("snowcap", b.x + dx + side * b.width, middle + dy - 0.6 * b.height, b.width * 0.26, b.snow, key)
            w.emit("snowcap", b.x + dx, b.y + dy, b.width * 1.2, 0.6 * b.snow, key + 1)
    if b.rubble > 0:
        w.emit("rubble", b.x, b.y, b.width, b.rubble, key, b.colour)
