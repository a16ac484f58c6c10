"""Acts of machines, cranes and vessels: a robot arm, a load on a hook, what drips or runs out."""

from __future__ import annotations

import math

from svta.generation.storyboard.drawing.body import Body
from svta.generation.storyboard.drawing.furniture import CRANES, SPOUTS
from svta.generation.storyboard.drawing.palette import WATER, Rgb
from svta.generation.storyboard.drawing.poses import REACH, ease, mix, span
from svta.generation.storyboard.drawing.things import LEVELS, RIMS, rest_height

from .attacks import reach_of
from .objects import on_forks
from .world import Run, World, act

_FLAT_TOPS = ("table", "office desk", "counter", "school desk", "coffee table", "bed", "piano", "workbench", "sofa")
_GAP = 0.16  # between a crane's jib and a load that is up, world units
_OIL: Rgb = (44, 40, 38)
_COLOURS: dict[str, Rgb] = {"oil drum": _OIL, "engine": _OIL, "jerrycan": _OIL, "soup": (226, 132, 60),
                            "teacup": (110, 72, 42), "milk bottle": (246, 246, 242), "milk pan": (250, 250, 246),
                            "trash can": (110, 100, 86),
                            "milk bucket": (246, 246, 242), "paint bucket": (58, 106, 200),
                            "milk glass": (246, 246, 242), "juice glass": (245, 154, 36),
                            "lemon": (250, 232, 120), "orange fruit": (250, 176, 70),
                            "carton box": (246, 246, 242),
                            "carton": (246, 246, 242),
                            "mug": (110, 72, 42), "cup": (110, 72, 42), "coffee pot": (70, 44, 28),
                            "beer glass": (240, 190, 70), "ketchup": (200, 40, 40), "flour bag": (250, 248, 240),
                            "salt shaker": (250, 250, 250), "barrel": _OIL,
                            "wine glass": (150, 40, 70), "paint can": (58, 106, 200)}  # fmt: skip


def _colour(b: Body) -> Rgb:
    return _COLOURS.get(b.kind, WATER)


@act("drip", "ooze", overlay=True)
def drip(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Drops fall from the lower part of a thing, into the target or to a puddle on the ground."""
    if b is w.place:
        if run.beat.verb == "ooze":
            w.emit("puddle", 0.5 * w.width, w.ground + 0.04, 0.1 + 0.5 * p, p, run.index, _OIL, front=False)
        return
    vessel = t if t is not None and t is not w.place else None
    x = vessel.x if vessel is not None and abs(vessel.x - b.x) < b.half + 0.1 else b.x + 0.35 * b.half
    colour = _OIL if run.beat.verb == "ooze" else _colour(b)
    overhead = b.kind in ("damp spot", "icicle")
    b.z = 0.5 if b.kind == "icicle" else b.z  # before the wall under the eaves
    ground = w.ground if overhead else b.y
    x = b.x if overhead else x
    high, low = b.y - b.lift - 0.3 * b.height, (vessel.top if vessel is not None else ground)
    for i in range(3):
        age = (w.t * 5 + i / 3) % 1.0
        w.emit("drop", x, high + (low - high) * age * age, 0.035, p, run.index, colour)
    if vessel is None:
        w.emit("puddle", x, ground, 0.1 + 0.32 * p, p, run.index, colour, front=False)
    elif overhead and vessel.kind in _FLAT_TOPS:
        w.emit("puddle", x, low + 0.005, 0.03 + 0.07 * p, p, run.index, colour)


@act("steam", overlay=True)
def steam(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """White steam rises from a thing, or fills the place."""
    if b is w.place:
        w.haze = max(w.haze, 0.5 * p)
        return
    for i in range(2):
        w.emit("steam", b.x, b.y - b.lift - 0.92 * b.height, 0.2 + 0.1 * i, w.t + 0.37 * i, run.index + i)


@act("overflow", overlay=True)
def overflow(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """It runs over the rim on both sides and makes a growing puddle."""
    if b is w.place:
        w.flood = max(w.flood, 0.12 * ease(p))
        return
    colour = _colour(b)
    low = w.ground if b.y <= w.ground else b.y
    w.emit("runs over", b.x, b.y - b.lift - b.height, b.half, span(p, 0.0, 0.4), run.index, colour)
    w.emit("puddle", b.x, low, 0.12 + (b.half + 0.3) * p, p, run.index, colour, front=False)
    if b.kind in ("saucepan", "pot", "soup", "kettle"):
        w.emit("steam", b.x, b.y - b.lift - b.height, 0.16, w.t, run.index)


@act("spill")
def spill(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """A vessel tips in the hand: what was in it runs onto the target or the ground, and stays there."""
    if b.family != "person":  # what has no hands runs over
        return overflow(w, run, b, t, p) if b is not w.place else None
    person = t if t is not None and t.family == "person" else None
    q = w.approach(run, b, person, p, reach_of(b, person, 0.24), 0.3)
    if run.mark.get("far") and p < 0.3:
        return
    b.held = b.held if b.held not in (None, "cane") else "mug"
    b.pose = mix(b.base, REACH._replace(bend=10, arm=70, elbow=14), ease(q * 4))
    b.held_turn = 120 * ease(span(q, 0.25, 0.45))
    colour = _COLOURS.get(b.held, (110, 72, 42) if b.held in ("mug", "cup") else WATER)
    raised = t is not None and t.family == "prop" and t.y < w.ground - 0.05
    if q > 0.35:
        if q < 0.7:
            x, y = b.at(0.42, 0.6)
            upon = t is not None and t.family == "prop" and 0.12 < t.height < 0.3 and abs(t.x - x) < t.half + 0.02
            long = max(0.06, (t.top if upon else t.y) - y) if (raised or upon) and t is not None else 0.26
            w.emit("pour", x, y, min(0.26, long), w.t, run.index, colour)
        if person is not None:
            size = 0.07 * ease(span(q, 0.4, 0.7))
            w.emit("paint", person.x, person.y - 0.58 * person.height, max(0.004, size), q, run.index, colour)
        else:
            x = t.x if t is not None and t is not w.place else b.at(0.5, 0)[0]
            stands = t is not None and t is not w.place and t.height > 0.12 and not t.hidden and t.inside is None
            y = t.top if stands and t is not None else t.y if raised and t is not None else b.y
            w.emit("puddle", x, y, 0.05 + 0.2 * ease(span(q, 0.4, 0.9)), q, run.index, colour)


@act("run out", "gush", overlay=True)
def run_out(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """What is in a thing flows out at its mouth, or shoots out of it, and spreads on the ground."""
    colour = WATER if b is w.place else _colour(b)
    if b is w.place:
        w.emit("puddle", 0.5 * w.width, w.ground + 0.04, 0.2 + 0.8 * ease(p), p, run.index, colour, front=False)
        return
    lies = abs(math.sin(math.radians(b.turn))) > 0.6
    side = b.facing * (1 if b.turn >= 0 else -1)
    mouth = b.x + side * (0.55 * b.height if lies else 0.8 * b.half)
    if run.beat.verb == "gush":
        for i in range(9):
            age = (w.t * 4 + i / 9) % 1.0
            high = 2.2 if b.kind == "fire hydrant" else 1.0
            along = (0.1 + 0.05 * (i % 4)) * side * age * 2.4
            up = 0.34 * age * 4 * (1 - age) * (0.6 + 0.1 * (i % 5)) * high
            w.emit("drop", b.x + along, b.y - b.lift - 0.6 * b.height - up + 0.3 * b.height * age, 0.05, p, i, colour)
    size = (0.16 + 0.5 * min(1.0, 2 * b.height)) * ease(min(1.0, p * 1.6))
    w.emit("puddle", mouth + 0.3 * size * side, b.y, 0.04 + size, p, run.index, colour, front=False)
    if run.beat.verb == "run out" and not lies and p < 0.9:
        for i in range(4):
            age = (w.t * 5 + i / 4) % 1.0
            w.emit("drop", mouth, b.y - b.lift - 0.4 * b.height * (1 - age * age), 0.04, p, run.index, colour)


@act("clear")
def clear(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Smoke thins out: before it is thick."""
    if b is w.place:
        w.haze = 1.0 - ease(p)
        return
    b.smoke, b.gas = b.smoke * (1 - p), b.gas * (1 - p)
    b.dx += 0.002 * math.sin(w.t * 40) * (1 - p)


@act("work", overlay=True)
def work(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """It runs: it trembles, and wheels turn beside it; a belt moves what lies on it."""
    if b is w.place or (p >= 1.0 and run.beat.end < 1.0):
        return
    if b.kind == "conveyor":
        w.emit("belt", b.x, b.top, b.half, w.t, run.index)
        for other in w.bodies.values():
            if other.family == "prop" and other is not b and abs(other.y - b.top) < 0.04 and not other.hidden:
                start = run.mark.setdefault(other.id, other.x)
                other.x = min(b.x + 0.9 * b.half, start + 0.5 * p * (run.beat.end - run.beat.start))
        return
    if b.kind == "oil pump":
        b.state = 0.5 - 0.5 * math.cos(w.t * 12.6)
        return
    b.dx += 0.006 * math.sin(w.t * 150)
    b.dy += 0.004 * abs(math.sin(w.t * 130))
    for side in () if b.family == "vehicle" else (-1, 1):
        w.emit("whirr", b.x + side * (b.half + 0.05), b.y - b.lift - 0.6 * b.height, 0.08 * side, w.t, run.index)


@act("pick")
def pick(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """A robot arm takes a load where it stands and sets it down at `to`, on what stands there."""
    if b is w.place or t is None or t is w.place:
        return
    was = run.target_was
    goal = was.x if run.beat.to is None else w.goal(run, t)
    down = [o for o in w.bodies.values() if o not in (t, b) and o.family == "prop"
            and abs(o.x - goal) < (0.6 * o.half if o.kind == "conveyor" else 0.05)]  # fmt: skip
    vessel = next((o for o in down if o.kind in RIMS), None)
    rest = min((o.top + 0.01 for o in down if o.height > 0.05), default=w.ground) if run.beat.to is not None else was.y
    rest = vessel.y - RIMS[vessel.kind] * vessel.size if vessel is not None else rest
    parts = ((0.0, 0.25), (0.25, 0.45), (0.45, 0.75), (0.75, 0.95))
    grip, lift, way, set_down = (ease(span(p, *part)) for part in parts)
    high = min(was.y, rest) - 0.2
    t.x = was.x + (goal - was.x) * way
    t.y = was.y + (high - was.y) * lift + (rest - high) * set_down
    t.z = max(was.z, w.ground - t.y + 0.01)
    if set_down > 0.5 and vessel is not None:
        t.z = vessel.y - t.y - 0.004  # behind its front
    home = (b.x + 0.3 * b.size * b.facing, b.top - 0.02)
    let_go = ease(span(p, 0.95, 1.0))
    tip = (t.x + dx_of(home[0], t.x, 1 - grip + let_go), t.top + dx_of(home[1], t.top, 1 - grip + let_go))
    b.state = 1.0
    base = b.y - b.lift - 0.22 * b.height
    w.emit("arm", b.x, base, tip[0] - b.x, tip[1] - base, run.index)
    if p >= 1.0:
        b.state = 0.0


@act("weld at", "work at")
def work_at(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """A robot arm reaches out to a thing and goes along it; where it welds there are sparks."""
    if b is w.place or t is None or t is w.place:
        return
    b.state = 1.0
    side = 1 if t.x >= b.x else -1
    car = t.family == "vehicle"
    x = t.x - side * (0.42 if car else 0.2) * t.half + 0.12 * t.half * math.sin(w.t * 5)
    y = t.y - t.lift - 0.45 * t.height if car else t.top - 0.01
    base = b.y - b.lift - 0.22 * b.height
    w.emit("arm", b.x, base, x - b.x, y - base, run.index)
    if run.beat.verb == "weld at":
        w.emit("sparks", x, y, 0.26, w.t, run.index)


@act("discharge")
def discharge(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """What a vehicle has in its bucket or tank runs out of its spout onto a heap that grows; a bucket goes up first."""
    if b is w.place or t is None or t is w.place:
        return
    digs = b.kind in ("excavator", "wheel loader")
    if digs:
        b.state, b.held = ease(span(p, 0.0, 0.3)), t.kind if p < 0.75 else None
    if b.kind == "ladle":  # it hangs there and tips
        b.turn = 42 * ease(min(1.0, 5 * p, 8 * (1 - p)))
        w.emit("cable", b.x, b.top + 0.02, 0.6, 0.12, run.index, front=False)
    flows = span(p, 0.32 if digs else 0.04, 0.92)
    k = ease(flows)
    t.hidden, t.squash = k < 0.03, (0.35 + 0.65 * k, max(0.05, k))
    x, y = b.at(*SPOUTS.get(b.kind, (0.4, 0.5)))
    low = max(y + 0.02, t.y - t.height * k)
    for i in range(9 if 0.0 < flows < 1.0 else 0):
        age = (w.t * 5 + i / 9) % 1.0
        w.emit("drop", x + 0.03 * (i % 3 - 1), y + (low - y) * age * age, 0.04, age, run.index + i, t.colour)


@act("fill", overlay=True)
def fill(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """A nozzle over a belt lets something run into each bottle that comes below it."""
    if b is w.place:
        return
    x, y = b.at(0.0, 0.78)
    if t is None or t is w.place or t.family != "prop":
        w.emit("drop", x, y + (b.y - y) * ((w.t * 6) % 1.0), 0.06, p, run.index, WATER)
        return
    for o in w.bodies.values():
        if o.kind == t.kind and o.family == "prop" and abs(o.x - x) < 0.13:
            for i in range(5):
                age = (w.t * 6 + i / 5) % 1.0
                w.emit("drop", o.x, y + (o.top - y) * age, 0.022, age, run.index + i, _colour(t))


def dx_of(home: float, there: float, share: float) -> float:
    """How far the grip is from the load: all the way home at share 1."""
    return (home - there) * min(1.0, max(0.0, share))


@act("hoist", "lower")
def hoist(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """A load goes up on the cable, or down; with `to` also over to what stands there, and down onto it."""
    load = t if t is not None and t is not w.place else b
    if b.family == "vehicle" and load is not b:
        on_forks(w, run, b, load, p)
        if run.beat.to is not None:  # onto what stands there
            rest = _rest_at(w, load, b, load.x, w.ground)
            load.lift = max(load.lift, load.y - rest)
            b.state = min(1.15, max(b.state, load.lift / 0.3 - 0.1))
        return
    crane = b if b.kind in CRANES and load is not b else None
    _hang_under(crane, load, run)
    x0, rest = run.mark["x"], run.target_was.y - run.target_was.lift
    high = _high(w, crane, load, rest)
    down = run.beat.verb == "lower"
    up = 1.0 if down else ease(span(p, 0.0, 0.45 if run.beat.to is not None else 0.9))
    load.x, share = x0, 0.0
    if run.beat.to is not None:
        goal = run.beat.to * w.width
        begin = 0.0 if down else 0.45
        load.x = x0 + (goal - x0) * ease(span(p, begin, 0.7))
        rest = _rest_at(w, load, crane, goal, rest)
        share = ease(span(p, 0.7, 1.0))
    elif down:
        share = ease(p)
    top = load.y - high
    load.lift = top * up + ((load.y - rest) - top) * share if down or share else top * up
    load.turn = 1.5 * math.sin(w.t * 12) * (1 - share)
    if share >= 1.0 and load.y - load.lift < w.ground - 0.03:
        load.z = max(load.z, w.ground - load.y + 0.012)
    if share < 1.0 or run.beat.end >= 1.0:
        _cable(w, crane, load, run)


@act("suspend")
def suspend(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """A load hangs from the crane and swings a little; with `to` it swings over there and strikes what stands there."""
    crane = t if t is not None and t.kind in CRANES else None
    _hang_under(crane, b, run)
    b.lift = b.y - _high(w, crane, b, run.was.y)
    swing = math.sin(w.t * 13)
    b.x, b.turn = run.mark["x"] + 0.03 * swing, 5 * swing
    if run.beat.to is not None:
        far = run.beat.to * w.width - run.mark["x"]
        b.x += far * (ease(span(p, 0.0, 0.22)) - 0.35 * ease(span(p, 0.3, 0.7)))
    if p < 1.0 or run.beat.end >= 1.0:
        _cable(w, crane, b, run)


def _hang_under(crane: Body | None, load: Body, run: Run) -> None:
    """The cable hangs where the load is, within the reach of the jib."""
    if "x" in run.mark:
        return
    run.mark["x"] = load.x
    if crane is not None:
        crane.state = 1.0
        near, far = (crane.x + along * crane.size for along in CRANES[crane.kind][1:])
        run.mark["x"] = min(far, max(near, load.x))
        load.z = max(load.z, crane.y - load.y + 0.004)


def _high(w: World, crane: Body | None, load: Body, rest: float) -> float:
    """The y of the lower edge of a load that is up."""
    jib = crane.y - CRANES[crane.kind][0] * crane.size if crane is not None else rest - 0.6
    return min(rest - 0.1, jib + _GAP + load.height)


def _rest_at(w: World, load: Body, crane: Body | None, x: float, rest: float) -> float:
    """The y of what the load comes down on."""
    below = [o for o in w.bodies.values() if o not in (load, crane) and o.family in ("prop", "vehicle")]
    tops = [o.y - _bed(o) for o in below if abs(o.x - x) < 0.6 * o.half and o.height > 0.05 and not o.hidden]
    return min(tops, default=max(rest, w.ground))


def _bed(o: Body) -> float:
    """How high a load comes to stand on something: in the bed of a truck, on deck."""
    if o.family == "prop" and o.kind in LEVELS:  # not onto the top of a rack
        return LEVELS[o.kind][-1] * o.height
    if o.family == "prop":
        return rest_height(o.kind) * o.size
    return o.size * {"flatbed truck": 0.32, "pickup": 0.3, "dump truck": 0.5, "cargo ship": 0.5, "ship": 0.5}.get(
        o.kind, 0.5 * o.height / max(o.size, 1e-6)
    )


def _cable(w: World, crane: Body | None, load: Body, run: Run) -> None:
    top = load.y - load.lift - load.height
    jib = crane.y - CRANES[crane.kind][0] * crane.size if crane is not None else top - 0.3
    long = max(0.03, top - jib)
    w.emit("cable", load.x, top, long, min(0.42 * load.width, 0.12) / long, run.index)
