"""Acts of every day that change how somebody or something looks: dressing, building, a dive, a door, a tyre."""

from __future__ import annotations

import math

from svta.generation.storyboard.drawing.animals import swimming_depth
from svta.generation.storyboard.drawing.body import Body
from svta.generation.storyboard.drawing.people import slot_between
from svta.generation.storyboard.drawing.poses import (
    KNEEL,
    LEAP,
    ON_FRONT,
    REACH,
    STAND,
    SWIM,
    SWING_DOWN,
    SWING_UP,
    Pose,
    ease,
    mix,
    span,
    upper,
)
from svta.generation.storyboard.drawn_tables import handwork

from .attacks import blow, reach_of
from .locomotion import rise
from .spawn import AJAR
from .world import Run, World, act

_OVER_HEAD = STAND._replace(bend=-2, head=4, arm=150, elbow=62, arm2=146, elbow2=66)
_INTO_SLEEVE = STAND._replace(bend=-4, head=8, arm=-24, elbow=40, arm2=40, elbow2=110)
_BEFORE_THE_BODY = STAND._replace(bend=2, head=14, arm=34, elbow=84, arm2=30, elbow2=92)
_AT_THE_FEET = KNEEL._replace(bend=52, head=20, arm=46, elbow=10, arm2=38, elbow2=14)
_BURNT_OUT = {"candle": "cold candle", "birthday cake": "blown out cake"}  # drawn without a flame
_REACHES = {"hands": _BEFORE_THE_BODY, "body": _BEFORE_THE_BODY, "back": _INTO_SLEEVE, "feet": _AT_THE_FEET,
            "legs": _AT_THE_FEET}  # fmt: skip
_HANDS = (
    Pose(bend=30, head=-10, arm=64, elbow=30, arm2=40, elbow2=50, leg=40, knee=50, leg2=4, knee2=40),
    Pose(bend=20, head=-10, arm=84, elbow=10, arm2=70, elbow2=20, leg=30, knee=36, leg2=0, knee2=30),
)


@act("put on", "take off", "put on coat", "take off coat", overlay=True)
def dress(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Something to wear goes on or comes off halfway; world.py took it off, or left it on, before."""
    if b is w.place or b.look is None:
        return
    coat = run.beat.verb.endswith("coat")
    on = run.beat.verb.startswith("put on")
    reach = _INTO_SLEEVE if coat else _OVER_HEAD
    if b.wardrobe is not None and not coat:
        reach = _REACHES.get(slot_between(*b.wardrobe), _OVER_HEAD)
    b.pose = mix(b.pose, upper(b.pose, reach), ease(min(1.0, p * 4, (1 - p) * 4)))
    if b.wardrobe is None:
        return
    worn, bare = b.wardrobe
    b.look = worn if (p >= 0.5) == on else bare


def alter(w: World, run: Run, b: Body, p: float) -> None:
    """A thing takes on another form: it breaks, is folded, melts, grows; also in somebody's hand."""
    form = str(handwork()[run.beat.verb]["alters"])
    back = form.startswith("-")
    k = ease(span(p, 0.2, 0.85))
    b.form = (form.lstrip("-"), 1 - k if back else k)
    holder = w.bodies.get(b.inside or "")
    if holder is not None and holder.held == b.kind:
        holder.held_form = b.form
    middle = b.y - b.lift - 0.5 * min(b.height, 0.4)
    if form in ("halves", "cracked") and 0.2 < p < 0.55 and not b.hidden:
        w.emit("tink", b.x, middle, 0.1, span(p, 0.2, 0.55), run.index)
    elif form == "burst" and 0.2 < p < 0.6:
        w.emit("puff", b.x, middle, 0.2, span(p, 0.2, 0.6), run.index)
    elif form == "dying":
        b.fire, b.smoke = b.fire * (1 - k), b.smoke * (1 - k)
        if p > 0.5:
            w.emit("puff", b.x, b.y - b.lift - 0.3 * b.height, 0.18, (w.t * 3) % 1.0, run.index)
        b.hidden = b.hidden or (p >= 1.0 and b.kind == "fire")
        if p >= 1.0 and b.kind in _BURNT_OUT:  # and stays out, whatever is done to it then
            b.kind, b.form = _BURNT_OUT[b.kind], ("", 0.0)
    elif form == "melted":
        b.puddle = max(b.puddle, 0.5 * b.width * k)


@act("tug")
def tug(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Two pull to and fro at one thing, which hangs between their mouths or hands."""
    if b is w.place or t is None or t is w.place:
        return
    w.face(b, t)
    way = 0.04 * math.sin(w.t * 26)
    b.dx += way
    t.dx = way
    high = 0.56 * b.size if b.family == "person" else 0.5 * b.height
    if t.family == "prop":
        t.x, t.lift, t.z = run.target_was.x, max(0.0, t.y - b.y + high), b.y - t.y + 0.01
    if b.family == "person":
        pull = STAND._replace(bend=-12, head=6, arm=76, elbow=6, arm2=66, elbow2=10, leg=26, knee=14, leg2=-18)
        b.pose = mix(b.pose, pull, ease(min(1.0, p * 6 + 0.3)))
    else:
        b.head, b.turn = 0.4 + 0.3 * math.sin(w.t * 30), -5.0


@act("sniff", "scratch", "rear up")
def creature(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """What animals do with nose, paws and forelegs; a person bends down and sniffs."""
    if b is w.place:
        return
    verb, q = run.beat.verb, p
    if t is not None and t is not w.place and verb != "rear up":
        q = w.approach(run, b, t, p, reach_of(b, t, 0.12) + (0.4 * b.half if b.family == "animal" else 0.0), 0.35)
        if run.mark.get("far") and p < 0.35:
            return
    k = ease(min(1.0, q * 5, (1 - q) * 6 + 0.3))
    beat = math.sin(w.t * 34)
    if b.family == "person":
        reach = 20 * beat if verb == "scratch" else 0.0
        b.pose = mix(b.pose, STAND._replace(bend=34 + 4 * beat, head=20, arm=50 + reach, elbow=60 - reach, arm2=40,
                                            elbow2=60), k)  # fmt: skip
        return
    if verb == "rear up":
        b.turn = -34 * math.sin(math.pi * min(1.0, q * 1.1)) + 2 * beat * k
        b.mouth = k
    elif verb == "scratch":
        b.turn = -16 * k + 5 * beat
        b.dx += 0.012 * beat
        w.emit("dust", b.x + b.facing * b.half, b.y - 0.4 * b.height, 0.08, (w.t * 6) % 1.0, run.index)
    else:
        b.head, b.mouth = k * (0.7 + 0.5 * beat), 0.5 + 0.5 * beat
        b.dx += 0.006 * beat


@act("lean")
def lean(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Back or shoulder against what stands there, one foot before the other."""
    if b is w.place:
        return
    k = ease(min(1.0, p * 4))
    if b.family == "prop":  # tilted towards what it leans against
        side = b.facing if t is None or t is w.place else (1 if t.x >= b.x else -1)
        b.turn = 13.0 * side * b.facing
        b.z = max(b.z, t.y - b.y + 0.005) if t is not None and t is not w.place else b.z
        return
    if t is not None and t is not w.place:
        side = 1 if run.was.x <= t.x else -1
        b.facing = -side
        b.x = run.was.x + (t.x - side * (min(t.half, 0.2) + 0.1 * b.size) - run.was.x) * k
    b.pose = mix(b.pose, STAND._replace(bend=-14, head=8, arm=30, elbow=80, arm2=24, elbow2=84, leg=26, knee=4, leg2=8,
                                        knee2=20), k)  # fmt: skip


@act("wake")
def wake(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Rubs the eyes and stretches."""
    if b is not w.place:
        b.pose = mix(b.pose, upper(b.pose, _OVER_HEAD), ease(min(1.0, p * 4, (1 - p) * 4)))


@act("turn")
def turn(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Round on one's heel: the other way from the middle on."""
    if b is w.place:
        return
    b.facing = run.was.facing * (-1 if p >= 0.4 else 1)
    if b.family == "vehicle":
        b.facing = run.was.facing * (-1 if p >= 0.5 else 1)
        b.squash = (max(0.3, abs(math.cos(math.pi * p))), 1.0)
    b.pose = mix(b.pose, b.pose._replace(leg=18, leg2=-18, arm=24, arm2=-24), math.sin(math.pi * min(1.0, p * 1.4)))


@act("skate", "ski", "surf", "slide")
def glide(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Over ice, snow, water or a smooth floor without a step: pushing off, on skis, or sideways on a board."""
    if b is w.place:
        return
    verb = run.beat.verb
    goal = w.goal(run, b, 0.6)
    w.go(run, b, run.was.x + (goal - run.was.x) * p)
    push = math.sin(w.t * 16 + 6 * b.phase)
    if verb == "surf":
        b.pose = b.base = STAND._replace(bend=10 + 4 * push, arm=84, elbow=8, arm2=-84, elbow2=-8, leg=36, knee=44,
                                         leg2=-30, knee2=30)  # fmt: skip
        b.base = STAND
    elif verb == "slide":
        b.pose = STAND._replace(bend=-4, arm=78 + 6 * push, elbow=10, arm2=-70 - 6 * push, elbow2=-8, leg=30, knee=34,
                                leg2=-22, knee2=4)  # fmt: skip
    elif verb == "ski":
        b.pose = STAND._replace(bend=26, head=-14, arm=50 + 20 * push, elbow=20, arm2=30 - 20 * push, elbow2=20, leg=40,
                                knee=56, leg2=34, knee2=52)  # fmt: skip
    else:
        b.pose = STAND._replace(bend=22, head=-10, arm=-40 * push, elbow=20, arm2=40 * push, elbow2=20,
                                leg=20 + 26 * push, knee=30, leg2=10 - 34 * push, knee2=16)  # fmt: skip
    if verb not in ("skate", "slide"):
        for dx, dy in ((0.0, 0.0), *((one.dx * b.spread, one.dy) for one in b.copies)):
            w.emit("skis" if verb == "ski" else "board", b.x + dx, b.y + dy, 0.5 * b.size * b.facing, 1.0, front=False)


@act("kiss")
def kiss(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Face to face, heads together, a heart above."""
    if b is w.place:
        return
    q = w.approach(run, b, t, p, reach_of(b, t, 0.1), 0.2)
    if run.mark.get("far") and p < 0.2:
        return
    w.face(b, t)
    k = ease(q * 3)
    b.pose = mix(b.pose, STAND._replace(bend=8, head=12, arm=56, elbow=60, arm2=40, elbow2=50), k)
    if q > 0.3:
        w.emit("heart", b.x + 0.06 * b.facing, b.top - 0.06, 0.1, q, run.index)


@act("build", overlay=True)
def build(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Hands at work, and what they make grows from the ground."""
    if b is w.place:
        return
    turn = abs(math.sin(p * 9 * math.pi * max(0.3, run.beat.end - run.beat.start)))
    b.pose = mix(b.pose, mix(*_HANDS, turn), ease(min(1.0, p * 6, (1 - p) * 6)))
    if t is not None and t is not w.place:
        w.face(b, t)
        size = max(t.squash[1] if t.squash[1] < 1 else 0.0, 0.12 + 0.88 * p)
        t.squash = (0.5 + 0.5 * size, size)


@act("dive")
def dive(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Head first through the air: into the water, or stretched out on the ground."""
    if b is w.place:
        return
    wet = w.wet(b) or w.shore is not None
    goal = w.goal(run, b, 0.35)
    far = goal - run.was.x
    if w.shore is not None:
        b.y = run.was.y + (0.7 * w.height - run.was.y) * span(p, 0.1, 0.6)
    up, down = span(p, 0.12, 0.4), span(p, 0.4, 0.75)
    w.go(run, b, run.was.x + far * ease(span(p, 0.1, 0.75)))
    start = run.was.lift
    if w.shore is None:
        rise(w, run, b, max(run.was.y, w.ground), ease(down))  # from a board or a rock
    b.lift = start + 0.14 * math.sin(math.pi * span(p, 0.12, 0.75)) - start * ease(down)
    flat = SWIM._replace(turn=70 + 50 * down if wet else 78, arm=168, arm2=160, head=-20)
    b.pose = mix(mix(STAND._replace(bend=30, leg=40, knee=60, leg2=10, knee2=60), LEAP, up), flat, max(up, down))
    if wet and p > 0.6:
        deep = span(p, 0.6, 0.8)
        swims = swimming_depth(b.kind) if b.family == "animal" else 0.1
        b.sunk = b.height * 0.5 * deep if p < 0.85 else b.height * swims
        b.lying = deep if b.family == "animal" and swims > 0.1 else b.lying
        b.base = b.pose = SWIM
        w.emit("splash", b.x, b.y, 0.24 * (1.2 - deep), (w.t * 4) % 1.0, run.index)
    elif p >= 0.75:
        b.lift, b.down = 0.0, True
        b.base = b.pose = ON_FRONT._replace(arm=168, arm2=160)


@act("plant", overlay=True)
def plant(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """On the knees with a young plant, which stands in the earth afterwards."""
    if b is w.place:
        return
    b.pose = mix(b.pose, KNEEL._replace(bend=34, arm=60, elbow=20, arm2=50, elbow2=30),
                 ease(min(1.0, p * 5, (1 - p) * 5)))  # fmt: skip
    if 0.15 < p < 0.9:
        w.emit("dirt", *b.at(0.5, 0.1), 0.16, w.t, run.index)
    if t is not None and t is not w.place:
        w.face(b, t)
        t.squash = (0.4 + 0.6 * p, 0.1 + 0.9 * p)


@act("open", "close", "open boot", "open bonnet")
def open_up(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """A door swings open or shut."""
    if (q := _at_the_door(w, run, b, t, p)) is None:
        return
    lean = {"close": -8, "open boot": 12, "open bonnet": 20}.get(run.beat.verb, 6)
    b.pose = mix(b.base, REACH._replace(bend=lean, arm=76), ease(min(1.0, q * 4, (1 - q) * 5)))
    if t is not None and t is not w.place:
        swung = ease(span(q, 0.25, 0.9))
        wide = AJAR if t.kind == "window" else 1.0  # from there on its panes are broken
        t.state = max(t.state, wide * swung) if run.beat.verb != "close" else min(t.state, wide * (1 - swung))
        _swung(t, run.beat.verb)


def _swung(gate: Body, verb: str) -> None:
    """A gate that stands open is seen from its edge; of a vehicle a door, the boot or the bonnet is open."""
    if gate.family == "vehicle":
        shut = gate.form[0] if verb == "close" and gate.form[0] in ("boot", "bonnet") else "door"
        gate.form = (verb.partition(" ")[2] or shut, 1.0)
    if gate.kind == "gate":
        gate.form = ("ajar", 1.0 - 0.85 * gate.state)


@act("break in")
def break_in(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """A door is forced, with blows, a bar and splinters."""
    if (q := _at_the_door(w, run, b, t, p)) is None:
        return
    b.held = b.held if b.held not in (None, "cane") else "crowbar"
    back, out = blow(span(q, 0.0, 0.75), 3)
    swing = mix(mix(b.base, SWING_UP._replace(arm=110, arm2=100), back), SWING_DOWN._replace(arm=80, arm2=70), out)
    b.pose = swing if q < 0.78 else b.base
    if t is None or t is w.place:
        return
    t.dx += 0.008 * math.sin(w.t * 90) * out
    if out > 0.8 and q < 0.75:
        w.emit("impact", t.x - 0.1 * b.facing, t.y - min(t.height, 0.5) * 0.55, 0.14, out, run.index)
    if q > 0.6:
        t.state = max(t.state, ease(span(q, 0.6, 0.8)))
        w.emit("shards", t.x, t.y - min(t.height, 0.5) * 0.6, 0.32, span(q, 0.6, 1.0), run.index)
        if t.family == "vehicle":
            t.crumple = max(t.crumple, 0.3)


def _at_the_door(w: World, run: Run, b: Body, t: Body | None, p: float) -> float | None:
    """The progress of the deed, None before a person stands there; a door without a person opens by itself."""
    if b is w.place:
        return None
    if b.family != "person":
        p = 1.0 if run.beat.end <= 0.011 and run.beat.verb == "open" else p  # it is open from the first frame on
        b.state = (ease(p) if run.beat.verb != "close" else 1 - ease(p)) * (AJAR if b.kind == "window" else 1.0)
        _swung(b, run.beat.verb)
        return None
    near = 0.17 * b.scale if t is not None and t.family == "person" else reach_of(b, t, 0.1) * 0.75
    q = w.approach(run, b, t, p, near, 0.25)
    return None if run.mark.get("far") and p < 0.25 else q


@act("burst tyre", overlay=True)
def burst_tyre(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """A bang at the rear wheel, dust and shreds, and the tail hangs down."""
    if b is w.place:
        return
    rear = b.x - 0.62 * b.half * b.facing
    b.turn -= 3.5 * ease(span(p, 0.0, 0.15)) * b.facing
    if p < 0.3:
        w.emit("flash", rear, b.y - 0.04, 0.14, p, run.index)
    if p < 1.0:
        for n in range(3):
            w.emit("dust", rear - 0.05 * n * b.facing, b.y - 0.03 * n, 0.16, (3 * p + 0.3 * n) % 1.0, run.index + n)
