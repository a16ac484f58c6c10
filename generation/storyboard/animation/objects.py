"""Acts with things and captives: taking along, handing over, throwing, pouring, opening and breaking in."""

from __future__ import annotations

import math

from svta.generation.storyboard.drawing.body import Body
from svta.generation.storyboard.drawing.poses import (  # fmt: skip
    CROUCH,
    CUFFED,
    HANDS_UP,
    HELD_ARMS,
    KICK_BACK,
    KICK_OUT,
    ON_BACK,
    REACH,
    STAND,
    STOOP,
    SWING_DOWN,
    SWING_UP,
    THROW_BACK,
    THROW_OUT,
    Pose,
    ease,
    mix,
    span,
    upper,
)

from .attacks import blow, reach_of, suffer
from .world import Run, World, act


@act("drag", "pull", "carry", "handcuff", "lift")
def take_along(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Holding a body or thing and, with `to`, moving on with it."""
    verb, was = run.beat.verb, run.was
    if b is w.place:
        return
    if t is None or t is w.place:
        w.go(run, b, was.x + (w.goal(run, b, 0.0 if verb in ("lift", "handcuff") else 0.3) - was.x) * p, 1.0)
        b.pose = upper(b.pose, HELD_ARMS if verb != "lift" else mix(STOOP, HANDS_UP, ease(p * 1.5)))
        if b.held in (None, "cane"):
            b.held = "box"
        return
    q = w.approach(run, b, t, p, reach_of(b, t, 0.13 if verb == "handcuff" else 0.16), 0.25)
    if run.mark.get("far") and p < 0.25:
        return
    if verb == "handcuff":
        _handcuff(w, run, b, t, q)
    elif verb in ("carry", "lift"):
        _bear(w, run, b, t, q)
    else:
        _haul(w, run, b, t, q)
    if verb == "pull" and p >= 1 and t.family == "prop" and t.height < 0.32:
        into_hand(b, t)


def _handcuff(w: World, run: Run, b: Body, t: Body, q: float) -> None:
    """Behind the target, whose hands stay on its back from now on."""
    b.pose = mix(b.pose, STAND._replace(bend=14, arm=58, elbow=24, arm2=50, elbow2=30), ease(q * 3))
    if t.family != "person":
        return
    t.facing = b.facing
    if not t.down:
        t.base = t.pose = mix(run.target_was.base, CUFFED, ease(span(q, 0.1, 0.5)))
    t.cuffed = span(q, 0.3, 0.6)
    if 0.5 < q < 0.75:
        w.emit("tink", t.x - 0.06 * t.facing, t.y - t.height * 0.5, 0.08, span(q, 0.5, 0.75), run.index)


def _bear(w: World, run: Run, b: Body, t: Body, q: float) -> None:
    """Up in the arms (carry) or over the head (lift); a person is laid across them."""
    grown, overhead = ease(span(q, 0.0, 0.3)), run.beat.verb == "lift"
    start = run.mark.setdefault("from", b.x)
    goal = w.goal(run, b) if run.beat.to is not None else start
    w.go(run, b, start + (goal - start) * span(q, 0.25, 1.0), 1.0)
    arms = HANDS_UP._replace(arm=170, elbow=6, arm2=165, elbow2=6) if overhead else HELD_ARMS
    b.pose = mix(STOOP, upper(b.pose, arms), grown)
    hold_before(b, t, grown, overhead)
    if t.family == "person" and not t.down:
        w.react(t, lambda t: setattr(t, "pose", mix(t.pose, ON_BACK, grown)))


def _haul(w: World, run: Run, b: Body, t: Body, q: float) -> None:
    """Pulling by the arms: on the way to `to`, backwards (drag), or in jerks on the spot (pull)."""
    was, to = run.was, run.beat.to
    side = 1 if (was.x <= run.target_was.x if to is None else to * w.width > was.x) else -1
    if to is not None or run.beat.verb == "drag":
        start = run.mark.setdefault("from", b.x)
        if to is None:
            side = -side
        goal = w.goal(run, b) if to is not None else w.within(b, start + 0.3 * side)
        w.go(run, b, start + (goal - start) * q, 1.0)
        gap = (0.16 + 0.12 * (t.down or t.family == "vehicle")) * b.scale + (t.half if t.family != "person" else 0)
        ahead = t.cuffed > 0.5
        aim_x = b.x + side * (0.16 if ahead else -gap)
        t.phase += abs(aim_x - t.x) / max(t.size, 1e-6)
        t.x += (aim_x - t.x) * ease(min(1.0, q * 4 + 0.1))
        if ahead and t.family == "person":
            t.facing = side
        b.facing = side if ahead or t.family == "vehicle" else -side
    else:
        jerk = abs(math.sin(q * 9))
        t.dx -= side * 0.05 * jerk
        b.dx -= side * 0.03 * jerk
        if t.family == "prop" and t.height < 0.32:
            t.x = run.target_was.x + (b.at(0.3, 0)[0] - run.target_was.x) * ease(q)
    b.pose = upper(b.pose, Pose(bend=-10 if not t.cuffed else 6, arm=72, elbow=8, arm2=66, elbow2=10))
    if t.family == "person" and not t.down:

        def dragged(t: Body) -> None:
            lean = CUFFED if t.cuffed else Pose(bend=-24, head=-20, arm=110, elbow=30, arm2=-70, elbow2=20)
            t.pose = upper(t.pose if t.gait else t.base._replace(leg=38, knee=4, leg2=24, knee2=4), lean)
            t.mouth = 0.0 if t.cuffed else 1.0

        w.react(t, dragged)


def hold_before(b: Body, t: Body, k: float, overhead: bool = False) -> None:
    """Puts a thing in front of (or above) whoever carries it; k brings it up from where it lay."""
    along, up = (0.02, 1.06) if overhead else (0.26, 0.5)
    x, y = b.at(along, up)
    t.x += (x - t.x) * k
    t.lift = max(0.0, (t.y - y)) * k
    t.z = b.y - t.y + 0.004
    t.dx, t.dy = b.dx, b.dy


def into_hand(b: Body, t: Body) -> None:
    """From now on the thing is drawn in the hand."""
    if t.family == "prop" and b.family == "person":
        t.hidden, t.inside = True, b.id
        b.held, b.held_colour, b.held_far = t.kind, t.held_colour, False


def out_of_hand(b: Body) -> None:
    """The hand is empty."""
    b.held, b.held_colour = None, None


@act("grab", "catch", "put", "drop", "give", "hide", "load")
def handle(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Taking a thing in hand and letting it go again, in the verb's own way."""
    verb = run.beat.verb
    if b is w.place:
        return
    thing = t if t is not None and t is not w.place and t.family == "prop" and t.height < 0.4 else None
    held_it = thing is not None and thing.inside == b.id
    if verb in ("grab", "catch", "load", "give") and not held_it and t is not None:
        q = w.approach(run, b, t, p, reach_of(b, t, 0.14), 0.25)
        if run.mark.get("far") and p < 0.25:
            return
    elif verb == "hide" and thing is None:
        _hide_behind(w, run, b, t, p)
        return
    else:
        q = p
        if thing is not None and not held_it and verb in ("put", "drop"):
            w.face(b, thing)
    if thing is None and verb in ("give", "load", "put", "drop") and b.held in (None, "cane") and q < 0.5:
        b.held = "box" if verb == "load" else "bag"
    low = (thing.y - thing.lift > b.y - 0.16 * b.scale) if thing is not None else verb in ("put", "drop")
    reach = STOOP if low and verb != "catch" else REACH if verb != "catch" else HANDS_UP._replace(arm=130, arm2=120)
    if verb == "drop":
        reach = REACH._replace(bend=6, arm=62)
    if verb == "hide":
        reach = STAND._replace(arm=12, elbow=118, bend=12, head=16, arm2=10, elbow2=100)
    b.pose = upper(b.pose, reach) if b.gait else mix(b.base, reach, ease(min(1.0, q * 2.6, (1 - q) * 2.6)))
    if verb in ("grab", "catch"):
        if thing is not None and q >= 0.5:
            into_hand(b, thing)
        elif t is not None and t.family == "person":
            suffer(w, run, b, t, 0.5 * ease(q), 0.02)
            if q > 0.5 and t.held not in (None, "cane"):
                b.held, b.held_colour, t.held = t.held, t.held_colour, None
        elif t is not None and thing is None and t.kind in ("shelf", "counter", "table") and q > 0.5 and b.held is None:
            b.held = "box"
    elif verb in ("put", "drop", "load") and q >= 0.5:
        if thing is not None:
            if b.held == thing.kind or held_it:
                out_of_hand(b)
            if verb == "load":
                thing.hidden = q > 0.85
                hold_before(b, thing, 1.0)
            else:
                if thing.hidden:
                    run.mark["x"], run.mark["up"] = b.at(0.26, 0.0)[0], 0.4 * b.size
                thing.hidden, thing.inside = False, None
                thing.x = w.within(thing, run.mark.get("x", thing.x))
                fall = span(q, 0.5, 0.75)
                thing.y, thing.lift = b.y, run.mark.get("up", 0.0) * (1 - fall * fall)
                thing.z = 0.004
        else:
            out_of_hand(b)
    elif verb == "put" and thing is not None and not held_it and thing.hidden is False:
        hold_before(b, thing, ease(q * 2))
    elif verb == "give" and q >= 0.5:
        other = t if t is not None and t.family == "person" else None
        if other is not None and b.held is not None:
            other.held, other.held_colour = b.held, b.held_colour
            out_of_hand(b)
    elif verb == "hide" and q >= 0.55:
        out_of_hand(b)
        if thing is not None:
            thing.hidden = True
    if verb in ("give", "load") and thing is not None and not thing.hidden and q < 0.85:
        hold_before(b, thing, ease(q * 2.5))
    if verb == "give" and thing is not None:
        b.pose = mix(b.base, REACH._replace(bend=8, arm=74), ease(q * 4))


def _hide_behind(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    if t is not None and t is not w.place:
        w.go(run, b, run.was.x + (t.x - run.was.x) * ease(span(p, 0.0, 0.5)), 1.4)
        b.z = t.y - b.y - 0.02
    k = ease(span(p, 0.4, 0.7))
    b.base = mix(run.was.base, CROUCH, k)
    b.pose = mix(b.pose, CROUCH._replace(bend=50 + 4 * math.sin(w.t * 9)), k)


@act("throw", "kick ball")
def hurl(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """A thing flies on an arc: what the hand held, or the target itself where it is a small thing."""
    verb = run.beat.verb
    if b is w.place:
        return
    thing = t if t is not None and t.family == "prop" and t.height < 0.3 else None
    if thing is not None and thing.inside != b.id and not thing.hidden:
        q = w.approach(run, b, thing, p, reach_of(b, thing, 0.1), 0.3)
        if run.mark.get("far") and p < 0.3:
            return
    else:
        q = p
        w.face(b, t)
    back, out = ease(span(q, 0.0, 0.3)), ease(span(q, 0.32, 0.46))
    wind, end = (KICK_BACK, KICK_OUT) if verb == "kick ball" else (THROW_BACK, THROW_OUT)
    b.pose = mix(mix(mix(b.base, wind, back), end, out), b.base, ease(span(q, 0.7, 1.0)))
    kind = (
        thing.kind
        if thing is not None
        else ("ball" if verb == "kick ball" else b.thrown or (b.held if b.held != "cane" else None) or "stone")
    )
    if q < 0.42:
        if thing is None and verb == "throw":
            b.held = kind
        elif thing is not None and verb == "throw":
            x, y = b.at(0.1 - 0.3 * back + 0.4 * out, 0.9 * back)
            thing.hidden, thing.inside, thing.z = False, None, 0.01
            thing.x, thing.lift = (x, thing.y - y) if q > 0.12 else (thing.x, thing.lift)
        return
    if thing is None and verb == "throw":
        b.thrown = kind
        out_of_hand(b)
    f = span(q, 0.42, 0.8)
    x0, y0 = b.at(0.34, 0.12 if verb == "kick ball" else 0.86)
    side = b.facing
    if thing is None and t is not None and t is not w.place:
        x1, y1 = t.x, t.y - t.lift - t.height * 0.55
    else:
        to = run.beat.to
        x1 = to * w.width if to is not None else x0 + side * 0.62
        y1 = (thing.y if thing is not None else b.y) - 0.02
    high = 0.12 if verb == "kick ball" else 0.22
    x, y = x0 + (x1 - x0) * f, y0 + (y1 - y0) * f - high * 4 * f * (1 - f)
    spin = side * 720 * f
    if thing is not None:
        thing.hidden, thing.inside = False, None
        thing.x, thing.lift, thing.turn = (
            x if to is None or not 0 <= to <= 1 else w.within(thing, x),
            max(0.0, thing.y - y),
            spin,
        )
        thing.z = 0.01
        if q >= 0.8:
            thing.lift, thing.turn = 0.0, spin if thing.kind == "ball" else 0.0
        return
    if f < 1:
        w.emit("thing:" + kind, x, y, b.size, spin)
    if f >= 0.92 and q < 1 and t is not None:
        w.emit("impact", x1, y1, 0.17, span(f, 0.9, 1.0), run.index)
        suffer(w, run, b, t, 1 - span(q, 0.8, 1.0), 0.03)
        if t.family == "prop":
            t.state = max(t.state, 1.0 if t.kind in ("window", "television", "mirror") else t.state)
        if t.kind in ("window", "television", "mirror") or t.family == "vehicle":
            w.emit("shards", x1, y1, 0.24, span(q, 0.76, 1.0), run.index)


@act("pour", "spray", overlay=False)
def stream(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Liquid out of a bottle or barrel; paint, water or foam out of a can or hose."""
    verb = run.beat.verb
    if b is w.place:
        return
    if b.family != "person":
        b.puddle = max(b.puddle, p)
        w.emit("pour", b.x + b.half * 0.6, b.y - b.lift - b.height * 0.5, 0.18, w.t, run.index, b.colour)
        return
    q = p
    if t is not None and t is not w.place and run.beat.to is None:
        q = w.approach(run, b, t, p, reach_of(b, t, 0.2), 0.2)
        if run.mark.get("far") and p < 0.2:
            return
    if run.beat.to is not None:
        w.go(run, b, run.was.x + (w.goal(run, b) - run.was.x) * p, 1.0)
        b.facing = run.was.facing if t is None or abs(t.x - b.x) < t.half else b.facing
    if verb == "pour":
        b.held = b.held if b.held not in (None, "cane") else "bottle"
        b.pose = mix(b.pose, upper(b.pose, STAND._replace(arm=74, elbow=14, bend=6, head=10)), ease(q * 4))
        b.held_turn = 118 * ease(span(q, 0.1, 0.3)) * (1 if p < 1 else 0)
        if q > 0.2 and p < 1:
            w.emit("pour", *b.at(0.46, 0.62), 0.3, w.t, run.index, (206, 190, 90) if b.held == "bottle" else None)
        return
    if b.held in (None, "cane"):
        wet = b.kind == "firefighter" or (t is not None and t.fire > 0)
        b.held = "hose" if wet else "spray can"
    sweep = math.sin(q * 30)
    b.pose = upper(b.pose, STAND._replace(arm=92 + 22 * sweep, elbow=6, bend=2))
    x, y = b.at(0.42, 0.75 + 0.12 * sweep)
    if b.held == "spray can":
        colour = ((216, 50, 120), (50, 130, 216), (250, 196, 40))[run.index % 3]
        w.emit("spray", x, y, 0.14 * b.facing, w.t, run.index, colour)
        if t is not None and abs(x + 0.06 * b.facing - t.x) < t.half * 0.94:
            w.stains.append(w.effects[-1]._replace(kind="paint", x=x + 0.06 * b.facing, size=0.05))
    else:
        w.emit("jet", x, y, (t.x - x) if t is not None and t is not w.place else 0.5 * b.facing, w.t, run.index)
        if t is not None and t.fire > 0 and q > 0.3:
            t.fire = max(0.12, t.fire * 0.93)


@act("break in", "open")
def get_in(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """A door swings open; forced, with blows, a bar and splinters."""
    if b is w.place:
        return
    if b.family != "person":
        b.state = ease(p)
        return
    near = 0.17 * b.scale if t is not None and t.family == "person" else reach_of(b, t, 0.1) * 0.75
    q = w.approach(run, b, t, p, near, 0.25)
    if run.mark.get("far") and p < 0.25:
        return
    target = t if t is not None and t is not w.place else None
    if run.beat.verb == "open":
        b.pose = mix(b.base, REACH._replace(bend=6, arm=76), ease(min(1.0, q * 4, (1 - q) * 5)))
        if target is not None:
            target.state = max(target.state, ease(span(q, 0.25, 0.9)))
        return
    b.held = b.held if b.held not in (None, "cane") else "crowbar"
    back, out = blow(span(q, 0.0, 0.75), 3)
    b.pose = (
        mix(mix(b.base, SWING_UP._replace(arm=110, arm2=100), back), SWING_DOWN._replace(arm=80, arm2=70), out)
        if q < 0.78
        else b.base
    )
    if target is None:
        return
    target.dx += 0.008 * math.sin(w.t * 90) * out
    if out > 0.8 and q < 0.75:
        w.emit("impact", target.x - 0.1 * b.facing, target.y - min(target.height, 0.5) * 0.55, 0.14, out, run.index)
    if q > 0.6:
        target.state = max(target.state, ease(span(q, 0.6, 0.8)))
        w.emit("shards", target.x, target.y - min(target.height, 0.5) * 0.6, 0.32, span(q, 0.6, 1.0), run.index)
        if target.family == "vehicle":
            target.crumple = max(target.crumple, 0.3)
