"""Looped motions: the gestures of gesture_table.py, with what the hand holds and the mark beside it; what sways, turns,
flickers or sounds."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from svta.generation.storyboard.drawing.body import Body
from svta.generation.storyboard.drawing.palette import COLOUR
from svta.generation.storyboard.drawing.poses import RIDE, STAND, Pose, ease, mix, stride, upper
from svta.generation.storyboard.drawing.things import THINGS
from svta.generation.storyboard.drawing.touching import Loop, crouched, tip_in, touch
from svta.generation.storyboard.drawn_tables import handwork, species
from svta.generation.storyboard.gesture_table import GESTURES, Gesture

from .everyday import alter
from .world import Run, World, act

# Where beside the figure a mark is, by how tall it stands: forward and up, in its own units.
_AT: Final[dict[str, Callable[[float], tuple[float, float]]]] = {
    "tears": lambda tall: (0.08, tall - 0.14), "wet": lambda tall: (0.5, 0.02), "beam": lambda tall: (0.52, 0.58),
    "grain": lambda tall: (0.42, 0.5), "juggled": lambda tall: (0.24, tall - 0.2),
    "breath": lambda tall: (0.26, tall - 0.1),
    "volley": lambda tall: (0.5, 0.7), "chips": lambda tall: (0.46, 0.46), "rap": lambda tall: (0.4, 0.78),
    "shout": lambda tall: (0.24, tall - 0.06), "smile": lambda tall: (0.22, tall + 0.08),
}  # fmt: skip
_SNOWY: Final = ("snow", "ski slope", "snowy field", "ice")
_WITH_TOOLS: Final = ("scan", "cut", "snip", "saw", "drill", "paint", "mop", "rake", "pay", "lock", "iron", "film")
# Marks that are where the tool touches, and how large.
_AT_TIP: Final = {"sparks": 0.24, "steam": 0.16, "bits": 0.16, "suds": 0.16, "chips": 0.14, "tink": 0.09, "drops": 0.14}
_SIZE: Final = {"juggled": 0.3, "volley": 0.4, "grain": 0.24, "wet": 0.2, "beam": 0.2}


def gesture_pose(gesture: Gesture, cycles: float) -> Pose:
    """The pose after so many loops."""
    poses = gesture.poses
    if poses[0].arm2 - poses[-1].arm2 == -360:  # a full turn: the last pose is the first, so no way back is drawn
        where = (cycles % 1.0) * (len(poses) - 1)
        return mix(poses[int(where)], poses[int(where) + 1], where - int(where))
    where = (cycles % 1.0) * len(poses)
    return mix(poses[int(where)], poses[(int(where) + 1) % len(poses)], ease(where - int(where)))


@act(*GESTURES, overlay=True)
def gesture(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Looped poses of poses.GESTURES with what the hand holds and the mark beside it."""
    verb = run.beat.verb
    g = GESTURES[verb]
    if b is w.place:
        return
    if b.family != "person" and "alters" in handwork().get(verb, ()):
        alter(w, run, b, p)
        return
    if run.beat.to is not None:
        goal = w.goal(run, b)
        w.go(run, b, run.was.x + (goal - run.was.x) * p, 1.0)
    elif t is not None:
        w.face(b, t)
    length = run.beat.end - run.beat.start
    cycles = p * (1 if verb == "bow" else max(1.0, g.rate * length))
    if verb in handwork():
        cycles += 0.5 * p  # the last picture is not the first one
    seated = b.base is not STAND or (b.gait > 0 and g.seated)
    hop = abs(math.sin(cycles * math.tau)) * g.hop
    if b.family == "person":
        pose = gesture_pose(g, cycles) if verb != "bow" else mix(STAND, g.poses[1], math.sin(math.pi * p))
        fade = ease(min(1.0, p * 8, (1 - p) * 8 + (1.0 if run.beat.end >= 1 else 0.15)))
        working = verb in handwork() or (verb in ("water", "nod off") and run.beat.start <= 0 and run.beat.end >= 1)
        if working and run.beat.start <= 0:  # at work from the first frame on
            fade = max(fade, 1.0 if p < 0.5 else 0.0)
        whole = g.seated or seated or b.down
        free = g.item is not None and (
            b.held in (None, "cane", g.item)
            or (verb in _WITH_TOOLS)
            or (verb in handwork() and THINGS[b.held or g.item].grip != "aim")
        )
        lasts = working and run.beat.end >= 1
        if g.item and free and (p < 1.0 or lasts):
            b.held = g.item
        if g.item is not None and run.was.held != b.held and g.item == b.held and p >= 1.0 and not lasts:
            b.held = run.was.held
        loop = _at_work(w, run, b, t) if working and whole and not b.down else None
        legs = b.pose
        if loop is not None:
            pose, legs = gesture_pose(g._replace(poses=loop.poses), cycles), crouched(b.pose, loop)
            b.held_turn = loop.turn if p < 1.0 or lasts else 0.0
        b.pose = mix(b.pose, upper(legs, pose) if whole else pose, fade)
        if verb == "paint" and b.held == "paint roller" and b.held_colour and t is None and fade > 0.5:
            _on_the_wall(w, run, b)
        if verb == "wave flag":
            b.held_turn = 32 * math.sin(cycles * math.tau) * fade
    elif b.family == "animal" and verb == "eat" and _pecks(b.kind):
        _peck(w, run, b, t, p)
    else:
        low, tall = t is None or t.height < 0.12, b.height > 0.22
        down = 1.75 if low else 1.2 if tall else 0.8  # to the grass, into a bowl; into a trough
        down = 0.15 if t is not None and t.y - t.lift < b.y - 0.5 * b.height else down  # leaves of a tree
        fed = any(one.verb == "feed" and one.target == b.id for one in w.scene.beats)
        down = min(down, 0.7) if fed and tall else down  # out of the hand
        nods = down + 0.15 * math.sin(cycles * 9)
        b.head = 0.6 * math.sin(cycles * math.tau) if verb not in ("eat", "drink") else nods
        b.mouth = 1.0 if verb in ("talk", "eat", "drink") else 0.0
        b.turn = run.was.turn + 4 * math.sin(cycles * math.tau) if b.family != "animal" else run.was.turn
    if verb == "pull lever" and t is not None and t.kind == "lever":
        t.state = 0.5 - 0.5 * math.cos(cycles * math.tau)
    if verb == "blow out" and p > 0.5 and t is not None:
        for other in w.bodies.values():
            if other.kind in (t.kind, "candle"):
                other.fire, other.smoke = 0.0, 0.0
    b.dy += hop
    _mark(w, run, b, t, g.mark, cycles)


def _on_the_wall(w: World, run: Run, b: Body) -> None:
    """Where the roller goes over the wall of a room, it leaves its colour."""
    x, y = b.at(*tip_in(b))
    w.emit("paint", x + 0.02 * b.facing, y, 0.055, 1.0, run.index, COLOUR[b.held_colour or ""])
    w.stains.append(w.effects[-1])


def _pecks(kind: str) -> bool:
    """True for a bird that stands: its beak must come down to the ground."""
    entry = species().get(kind, {})
    return "beak" in entry or ("fly" in entry.get("moves", "") and any(row[0] == "leg" for row in entry["shapes"]))


def _peck(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Among what is eaten, the beak goes down to the ground and up again."""
    if t is not None and t.family == "prop":
        side = 1 if run.was.x <= t.x else -1
        back = max((-one.dx * side * b.spread for one in b.copies), default=0.0)
        w.approach(run, b, t, p, 0.6 * b.half - 0.5 * max(0.0, back), 0.3)
        b.facing = side
    down = min(1.0, max(0.0, 0.8 + 0.8 * math.sin(w.t * 27)))
    b.head, b.mouth = 0.5 + 1.8 * down, 0.5


def _at_work(w: World, run: Run, b: Body, t: Body | None) -> Loop | None:
    """The loop that touches what is worked on, found once for a beat."""
    if "loop" not in run.mark:
        g = GESTURES[run.beat.verb]
        run.loop = touch(run.beat.verb, b, None if t is w.place else t, g.poses, g.item if b.held == g.item else None)
        run.mark["loop"] = 1.0
    return run.loop


def _where_it_is_done(w: World, b: Body, t: Body | None) -> tuple[float, float]:
    """The upper side of what is worked on, else where the hand is."""
    if t is None or t is w.place or t.hidden or t.height > 0.4:
        return b.at(0.42, 0.5)
    return t.x, t.top


def _poured(w: World, x: float, y: float, t: Body | None, key: int) -> None:
    """Drops from a spout down into a pot, or to the ground."""
    low = w.ground if t is None or t is w.place else t.y - t.lift - 0.3 * t.height
    for i in range(5):
        age = (w.t * 7 + i / 5) % 1.0
        w.emit("drop", x + 0.012 * (i % 3 - 1), y + max(0.0, low - y) * age * age, 0.02, age, key + i)


def _mark(w: World, run: Run, b: Body, t: Body | None, mark: str | None, cycles: float) -> None:
    if mark is None or b.hidden:
        return
    key, beat = run.index, cycles % 1.0
    if mark in _AT_TIP and run.loop is not None:
        x, y = b.at(*tip_in(b))
        kind = "crumbs:" + mark if mark in ("bits", "suds") else mark
        if mark == "drops":
            _poured(w, x, y, t, key)
        else:
            w.emit(kind, x, y, _AT_TIP[mark], w.t if mark in ("sparks", "steam") else beat, key)
        return
    tall = 1.0 if b.base is STAND else 0.72
    if mark in ("speech", "notes"):
        w.emit(mark, *b.at(0.34, tall + 0.12), 0.16, cycles, key)
        b.mouth = max(0.0, math.sin(cycles * 19))
    elif mark == "waves":
        w.emit(mark, *b.at(0.2, tall - 0.06), 0.09, beat, key)
        b.mouth = max(0.0, math.sin(cycles * 23))
    elif mark == "flash":
        if beat < 0.3:
            w.emit("flash", *b.at(0.36, tall - 0.12), 0.14, beat / 0.3, key)
    elif mark in ("dirt", "drops"):
        tap = next((other for other in w.bodies.values() if other.kind == "sink"), None) if mark == "drops" else None
        if tap is not None and abs(tap.x - b.x) < 0.4:
            _poured(w, *b.at(0.34, 0.62), tap, key)
        elif mark == "drops" and t is not None and t.family == "prop" and run.beat.start > 0:
            _poured(w, t.x - 0.02 * b.facing, min(b.at(0.42, 0.6)[1], t.top), t, key)
        elif mark == "drops" or beat > 0.4:
            snow = w.scene.weather == "snow" or w.scene.place in _SNOWY
            w.emit(mark, *b.at(0.5, 0.4), 0.2, beat, key, (250, 252, 255) if snow and mark == "dirt" else None)
    elif mark == "record":
        w.emit(mark, *b.at(0.4, tall - 0.02), 0.05, beat, key)
    elif mark in ("tears", "wet", "beam", "grain", "juggled", "volley", "chips", "breath", "rap", "shout", "smile"):
        for dx, dy in ((0.0, 0.0), *((one.dx * b.spread, one.dy) for one in b.copies[:5])):
            x, y = b.at(*_AT[mark](tall))
            side = b.facing if mark == "shout" else 1
            w.emit(mark, x + dx, y + dy, side * _SIZE.get(mark, 0.14), cycles, key)
        b.mouth = 1.0 if mark in ("shout", "smile") else b.mouth
    elif mark == "shower":
        for i in range(12):
            age = (w.t * 9 + 0.37 * i) % 1.0
            y = b.top - 0.05 + (b.y - b.top + 0.05) * age
            w.emit("drop", b.x + 0.07 * math.sin(2.1 * i), y, 0.02, age, key + i)
    elif mark == "zzz":
        b.asleep = True
        for dx, dy in ((0.0, 0.0), *((one.dx * b.spread, one.dy) for one in b.copies[:5])):
            x, y = b.at(0.34, tall - 0.06)
            w.emit(mark, x + dx, y + dy, 0.14, w.t, key)
    elif mark == "sparks":
        w.emit(mark, *b.at(0.48, 0.46), 0.24, w.t, key)
    elif mark in ("bits", "suds", "puff"):
        w.emit("crumbs:" + mark if mark != "puff" else mark, *_where_it_is_done(w, b, t), 0.16, beat, key)
    elif mark == "steam":
        x, y = (t.x, t.top) if t is not None and t is not w.place else b.at(0.5, 0.6)
        w.emit("steam", x, y, 0.16, w.t, key)
    elif beat < 0.3:
        w.emit("tink", *b.at(0.42, 0.6 if mark == "tink" else 0.72), 0.09, beat / 0.3, key)


@act("sway")
def sway(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """A tree bends in the wind and swings to and fro; a swing moves in its frame; a body rocks from side to side."""
    if b.kind == "swing":
        b.form = ("swung", math.sin(w.t * 19 + 0.8))
        return
    if b.family != "prop" and b is not w.place:
        rocked = 8 * math.sin(w.t * 14) * min(1.0, 6 * p) * (p < 1)
        if b.family == "person":
            b.pose = b.pose._replace(bend=b.pose.bend + rocked)
        else:
            b.turn = run.was.turn + rocked
        return
    if b is not w.place:
        gust = 0.6 + 0.4 * math.sin(w.t * 21 + b.phase * 3)
        b.form = ("swayed", min(1.0, 6 * p) * gust)


@act("unroof", overlay=True)
def unroof(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """The roof of a house comes off and flies away."""
    house = b if t is None else t
    if house is not w.place:
        house.form = ("unroofed", p)


@act("sound", overlay=True)
def sound(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """What barks, rings or honks: waves beside its mouth, bell or horn."""
    if b is w.place:
        return
    b.mouth = abs(math.sin(w.t * 30))
    w.face(b, t) if b.family != "prop" else None
    high = 0.7 * b.height if b.family == "vehicle" else 0.9 * b.height
    ahead = 0.0 if b.family == "prop" else b.facing * b.half
    w.emit("waves", b.x + ahead, b.y - b.lift - high, 0.14, w.t, run.index)


_FLAMES = ("candle", "candlestick", "torch", "lantern", "fire", "match", "birthday cake", "fireplace")


@act("flicker", overlay=True)
def flicker(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """The light goes on and off in quick turns."""
    if b.family not in ("prop", "scene"):  # only lamps shine
        b.dx += 0.008 * math.sin(w.t * 90)
        return
    if b.kind in _FLAMES:  # its own flame, not the light of the room
        b.squash = (1.0, 0.9 + 0.12 * math.sin(w.t * 61))
        if math.sin(w.t * 61) > 0.1:
            w.emit("flash", b.x, b.y - b.lift - 0.92 * b.height, 0.05, 0.2, run.index)
        return
    if p < 1.0:
        w.dark = 0.75 if math.sin(w.t * 61) > 0.1 else 0.0
    elif w.dark < 1.0:
        w.dark = 0.0


_BLUE_LIGHTS: Final = ("police car", "ambulance", "fire truck", "tow truck", "police van", "police motorcycle")


@act("blink", overlay=True)
def blink(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """A lamp flashes by itself."""
    if b is w.place or (p >= 1.0 and run.beat.end < 1.0):
        return
    if b.family != "prop":
        b.dx += 0.004 * math.sin(w.t * 60)
    if b.family == "vehicle" and b.kind in _BLUE_LIGHTS:
        w.emit("glow", b.x, b.y - b.lift - b.height, 0.12, int(w.t * 14) % 2, run.index, (70, 120, 255))
        return
    if b.family == "vehicle":  # its indicators, in front and behind
        if math.sin(w.t * 40) > -0.2:
            for side in (-0.94, 0.94):
                x, y = b.x + side * b.half, b.y - b.lift - 0.3 * b.height
                w.emit("glow", x, y, 0.13, 0.0, run.index, (255, 176, 40))
        return
    if math.cos(w.t * 12 * math.pi) < 0:
        w.emit("flash", b.x, b.y - b.lift - 0.6 * b.height, 0.16, 0.2, run.index)


@act("tread")
def tread(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Running on a treadmill, or pedalling on an exercise bike: without getting anywhere."""
    if b is w.place:
        return
    if t is not None and t is not w.place:
        b.x, b.z = t.x - 0.05 * b.facing, max(b.z, t.y - b.y + 0.01)
        b.lift = {"treadmill": 0.1, "exercise bike": 0.17, "rowing machine": 0.02}.get(t.kind, 0.1) * t.size
    if t is not None and t.kind == "exercise bike":
        turn = math.sin(w.t * 40)
        b.pose = RIDE._replace(leg=58 + 26 * turn, leg2=40 - 26 * turn, knee=60 - 16 * turn, knee2=52 + 16 * turn)
        return
    b.gait = 2.0
    b.pose = stride(w.t * 7.0, 1.8)


@act("whirl", overlay=True)
def whirl(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """The blades of a wind turbine go round; those of a fan are seen from the side, or behind its grid."""
    if b is w.place:
        return
    if b.kind in ("ceiling fan", "fan"):
        b.squash = (0.35 + 0.65 * abs(math.cos(w.t * 17)), 1.0) if b.kind == "ceiling fan" else b.squash
        b.state = float(int(w.t * 13) % 2)
        for side in (-1, 1):
            w.emit("whirr", b.x + side * (b.half + 0.02), b.y - b.lift - 0.4 * b.height, 0.09 * side, w.t, run.index)
        return
    if b.kind in ("carousel", "ferris wheel"):
        for side in (-1, 1):
            w.emit("whirr", b.x + side * (b.half + 0.02), b.y - 0.3 * b.height, 0.16 * side, w.t, run.index)
        return
    if b.kind in ("gear", "saw blade", "steel coil", "fan", "spare wheel", "cable drum"):
        b.turn = 430 * w.t
        return
    if b.kind != "wind turbine":
        b.turn += 8 * math.sin(w.t * 20)
        return
    b.state = 1.0
    w.emit("blades", *b.at(0.0, 1.53), 0.72 * b.size, 1.3 * w.t + 0.1 * run.index, run.index)
