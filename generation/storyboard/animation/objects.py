"""Acts with things and captives: taking along, taking in hand, putting down, handing over, hiding."""

from __future__ import annotations

import math
from typing import Final

from svta.generation.storyboard.drawing.body import Body
from svta.generation.storyboard.drawing.pen import PERSON
from svta.generation.storyboard.drawing.poses import (
    CROUCH,
    CUFFED,
    HANDS_UP,
    HELD_ARMS,
    ON_BACK,
    REACH,
    STAND,
    STOOP,
    Pose,
    ease,
    mix,
    span,
    upper,
)  # fmt: skip
from svta.generation.storyboard.drawing.things import RIMS, rest_height
from svta.generation.storyboard.drawing.vehicles import LOADS as BEDS
from svta.generation.storyboard.drawn_tables import objects

from .attacks import reach_of, recoil
from .locomotion import bear_together, other_bearer
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
        if b.held in (None, "cane") and b.family == "person":
            b.held = "box"
        return
    if verb in ("carry", "lift") and (other := other_bearer(w, run)) is not None:
        bear_together(w, run, b, t, other, p)
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
    if verb == "pull" and p >= 1 and t.family == "prop" and t.height < 0.32 and run.beat.to is None:
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


def on_forks(w: World, run: Run, b: Body, t: Body, q: float) -> None:
    """Before a vehicle that carries it, lifted off the ground, or lowered again."""
    was, verb = run.was, run.beat.verb
    goal = w.goal(run, b, 0.3)
    w.go(run, b, was.x + (goal - was.x) * span(q, 0.1, 1.0), 1.0)
    t.x = b.x + b.facing * (b.half * 0.72 + t.half * 0.45)
    up = ease(span(q, 0.1, 0.6)) if verb == "lift" else 1 - ease(span(q, 0.2, 0.9)) if verb == "lower" else 0.0
    up = max(up, run.was.state if verb == "lift" and b.kind == "forklift" else 0.0)
    t.lift = 0.05 * ease(span(q, 0.0, 0.15)) if verb == "carry" else 0.3 * up
    if b.kind == "forklift" and verb != "carry":
        b.state = up
    t.z = b.y - t.y + 0.004


def _bear(w: World, run: Run, b: Body, t: Body, q: float) -> None:
    """Up in the arms (carry) or over the head (lift); a person is laid across them."""
    if b.family == "vehicle":
        on_forks(w, run, b, t, q)
        return
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
        gap = (0.16 + 0.12 * t.down) * b.scale + (t.half if t.family != "person" else 0)
        ahead, behind = t.cuffed > 0.5, run.beat.verb == "pull" and t.family in ("prop", "vehicle")
        aim_x = b.x + side * (0.16 if ahead else -gap)
        t.phase += abs(aim_x - t.x) / max(t.size, 1e-6)
        t.x += (aim_x - t.x) * ease(min(1.0, q * 4 + 0.1))
        if ahead and t.family == "person":
            t.facing = side
        b.facing = side if ahead or behind or t.family == "vehicle" else -side
    else:
        jerk = abs(math.sin(q * 9))
        t.dx -= side * 0.05 * jerk
        b.dx -= side * 0.03 * jerk
        if t.family == "prop" and t.height < 0.32:
            t.x = run.target_was.x + (b.at(0.3, 0)[0] - run.target_was.x) * ease(q)
    arms = Pose(bend=-10 if not t.cuffed else 6, arm=72, elbow=8, arm2=66, elbow2=10)
    if to is not None and run.beat.verb == "pull" and t.family in ("prop", "vehicle"):
        arms = Pose(bend=14, arm=-46, elbow=-6, arm2=-40, elbow2=-8)  # it comes along behind
    b.pose = upper(b.pose, arms)
    if t.family == "person" and not t.down:

        def dragged(t: Body) -> None:
            lean = CUFFED if t.cuffed else Pose(bend=-24, head=-20, arm=110, elbow=30, arm2=-70, elbow2=20)
            t.pose = upper(t.pose if t.gait else t.base._replace(leg=38, knee=4, leg2=24, knee2=4), lean)
            t.mouth = 0.0 if t.cuffed else 1.0

        w.react(t, dragged)


def hold_before(b: Body, t: Body, k: float, overhead: bool = False) -> None:
    """Puts a thing in front of (or above) whoever carries it; k brings it up from where it lay."""
    x, y = b.at(*((0.02, 1.06) if overhead else (0.26, 0.5)))
    t.x += (x - t.x) * k
    t.lift = max(0.0, (t.y - y)) * k
    t.z = b.y - t.y + 0.004
    t.dx, t.dy = b.dx, b.dy


def into_hand(b: Body, t: Body) -> None:
    """From now on the thing is drawn in the hand."""
    if t.family == "prop" and b.family == "person":
        t.hidden, t.inside = True, b.id
        b.held, b.held_colour, b.held_far, b.held_form = t.kind, t.held_colour, False, t.form


def out_of_hand(b: Body) -> None:
    """The hand is empty."""
    if b.both:
        b.both = False
        return
    b.held, b.held_colour = None, None


def blown_out_of_hand(w: World, run: Run, b: Body) -> None:
    """The wind takes a thing out of the hand that holds it."""
    holder = w.bodies.get(b.inside or "") if run.beat.verb == "float" else None
    if holder is None or holder.family != "person":
        return
    holder.held, holder.held_colour, holder.both = None, None, False
    x, y = holder.at(0.34, 0.7)
    b.hidden, b.inside, b.x = False, None, x
    b.lift, run.was.x = max(0.0, b.y - y), x


def small_thing(w: World, t: Body | None) -> Body | None:
    """The target where it is a thing that a hand can take; else None."""
    return t if t is not None and t is not w.place and t.family == "prop" and t.height < 0.4 else None


def walk_up(w: World, run: Run, b: Body, t: Body | None, p: float) -> float | None:
    """Walks up to a target first: the progress of the deed itself, None while it is on its way there."""
    q = w.approach(run, b, t, p, reach_of(b, t, 0.14), 0.25)
    return None if run.mark.get("far") and p < 0.25 else q


def bring_out(b: Body, kind: str, q: float) -> None:
    """A thing that no scene names: the empty hand holds one."""
    if b.held in (None, "cane") and q < 0.5:
        b.held = kind


def stretch(b: Body, arms: Pose, q: float) -> None:
    """The hand goes out and comes back."""
    b.pose = upper(b.pose, arms) if b.gait else mix(b.base, arms, ease(min(1.0, q * 2.6, (1 - q) * 2.6)))


def is_low(b: Body, thing: Body) -> bool:
    return thing.y - thing.lift > b.y - 0.16 * b.scale


@act("grab", "catch")
def grab(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Takes a thing in hand; out of somebody's hand, or off a shelf, where the target is no thing."""
    if b is w.place:
        return
    thing, q = small_thing(w, t), p
    if t is not None and not (thing is not None and thing.inside == b.id):
        if (near := walk_up(w, run, b, t, p)) is None:
            return
        q = near
    if run.beat.verb == "catch":
        stretch(b, HANDS_UP._replace(arm=130, arm2=120), q)
    else:
        stretch(b, STOOP if thing is not None and is_low(b, thing) else REACH, q)
    if thing is not None and q >= 0.5:
        holders = (o for o in w.bodies.values() if o is not b and o.held == thing.kind and thing.hidden)
        owner = w.bodies.get(thing.inside or "") or next(holders, None)
        if owner is not None and owner is not b and owner.held == thing.kind:
            out_of_hand(owner)  # snatched out of somebody's hand
        into_hand(b, thing)
        if b.family == "animal":
            thing.on, thing.hidden, thing.inside = b.id, False, None
    elif t is not None and t.family == "person":
        recoil(w, run, b, t, 0.5 * ease(q), 0.02)
        if q > 0.5 and t.held not in (None, "cane"):
            b.held, b.held_colour, t.held = t.held, t.held_colour, None
    elif t is not None and thing is None and t.kind in ("shelf", "counter", "table") and q > 0.5 and b.held is None:
        b.held = "box"


_FALLS = ("fall", "trip", "slip", "faint")


@act("put", "drop", "set down")
def put(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Lets a thing go: bent down (put), or from where the hand is (drop)."""
    if b is w.place:
        return
    thing, dropped = small_thing(w, t), run.beat.verb == "drop"
    held = thing is not None and thing.inside == b.id
    if thing is None:
        bring_out(b, "bag", p)
    elif not held and not thing.hidden:
        w.face(b, thing)
    low = thing is None or is_low(b, thing)
    shelf = _surface(w, thing, run.beat.to * w.width) if thing is not None and run.beat.to is not None else None
    if shelf is not None and shelf.kind == "open shelf":
        low = False
    falling = any(one.who == b.id and one.verb in _FALLS and one.start <= w.t <= one.end for one in w.scene.beats)
    if not falling:  # else the arms fly up by themselves
        down = STOOP if run.beat.verb == "put" else STOOP._replace(bend=66, leg=34, knee=52, knee2=48)
        stretch(b, REACH._replace(bend=6, arm=62) if dropped else down if low else REACH, p)
    if p >= 0.5:
        if thing is None:
            out_of_hand(b)
            return
        b.thrown = thing.kind if thing.kind in ("cane", "stick") else b.thrown  # no other one takes its place
        if b.held == thing.kind or held:
            out_of_hand(b)
        if thing.hidden:
            run.mark["x"], run.mark["up"] = b.at(0.8 if falling else 0.26, 0.0)[0], 0.4 * b.size
        thing.hidden, thing.inside = False, None
        fall = span(p, 0.5, 0.75)
        if run.beat.verb == "set down" and run.beat.to is not None:  # on the floor, also under a table
            thing.x, thing.lift, thing.z = run.beat.to * w.width, 0.06 * (1 - fall), 0.0
            return
        if run.beat.to is not None and (ground := _surface(w, thing, run.beat.to * w.width)) is not None:
            top = _top(ground)
            thing.x, thing.y, thing.z = run.beat.to * w.width, top + 0.01, ground.y - top + 0.01
            if ground.kind in RIMS:  # behind its front
                thing.z = ground.y - thing.y - 0.004
            thing.lift = 0.06 * (1 - fall)
            return
        thing.x = w.within(thing, run.mark.get("x", thing.x) if run.beat.to is None else run.beat.to * w.width)
        floor = w.ground if dropped and b.y < w.ground - 0.12 and w.shore is None else b.y  # from a scaffold
        thing.y, thing.lift = floor, (run.mark.get("up", 0.0) + floor - b.y) * (1 - fall * fall)
        if dropped and fall >= 1 and thing.kind.startswith("tray of "):
            thing.state = 1.0
        thing.z = 0.004
    elif not dropped and thing is not None and not held and not thing.hidden:
        hold_before(b, thing, ease(p * 2))


# What holds a thing lower than its own top: seats and steps.
_LOWER: Final = (
    "open shelf",
    "chair",
    "armchair",
    "sofa",
    "bench",
    "bed",
    "door step",
    "window sill",
    "park bench",
    "toilet seat",
)


def _top(ground: Body) -> float:
    """Where a thing lies on another one: on its upper side, or on a board of a shelf."""
    if ground.kind in RIMS:
        return ground.y - RIMS[ground.kind] * ground.size
    if ground.kind in BEDS:
        return ground.y - BEDS[ground.kind][2] * ground.size
    if ground.kind not in _LOWER and "rest" not in objects().get(ground.kind, {}):
        return ground.top
    return ground.y - rest_height(ground.kind) * PERSON * ground.scale


def _surface(w: World, thing: Body, x: float) -> Body | None:
    """What stands at x and holds the thing up."""
    wide = ("conveyor", "pallet", "table", "counter", "bench", "office desk", "sofa", "bed", "open shelf", "door step")
    at = [o for o in w.bodies.values() if o is not thing and o.family in ("prop", "vehicle")
          and abs(o.x - x) < (0.6 * o.half if o.kind in wide or o.kind in BEDS else 0.04)]  # fmt: skip
    fits = [o for o in at if (o.height > thing.height * 0.8 or o.kind in ("conveyor", "pallet")) and (
        o.kind not in ("door", "window"))]  # fmt: skip
    alike = [o for o in fits if o.kind == thing.kind]  # the topmost of a stack
    return min(alike, key=lambda o: o.top) if alike and fits[0].kind == thing.kind else next(iter(fits), None)


_ON_LEGS: Final = ("bed", "table", "bench", "chair", "office desk", "coffee table", "hospital bed", "counter")


@act("hide")
def hide(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """A thing goes under the clothes; without a thing, a person hides behind the target."""
    if b is w.place:
        return
    shelter = b.family == "animal" or (t is not None and t.kind in ("bush", "hay", "barrel", "box", "rock", "snowman"))
    if (thing := small_thing(w, t)) is None or shelter or (thing.width > 0.3 and b.held != thing.kind):
        _hide_behind(w, run, b, t, p)
        return
    stretch(b, STAND._replace(arm=12, elbow=118, bend=12, head=16, arm2=10, elbow2=100), p)
    if p >= 0.55:
        out_of_hand(b)
        thing.hidden = True


def _hide_behind(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    if t is not None and t is not w.place:
        w.go(run, b, run.was.x + (t.x - run.was.x) * ease(span(p, 0.0, 0.5)), 1.4)
        b.z = t.y - b.y - 0.02
    k = ease(span(p, 0.4, 0.7))
    if b.family == "animal" and t is not None and (t.kind in _ON_LEGS or t.family == "vehicle"):
        b.lying = k  # flat on the floor under it
    b.base = mix(run.was.base, CROUCH, k)
    b.pose = mix(b.pose, CROUCH._replace(bend=50 + 4 * math.sin(w.t * 9)), k)
