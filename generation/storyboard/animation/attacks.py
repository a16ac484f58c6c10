"""Acts against (or for) another body: blows, shoving, weapons, a hug, teeth, a ring of attackers."""

from __future__ import annotations

import math

from svta.generation.storyboard.drawing.body import Body
from svta.generation.storyboard.drawing.poses import (  # fmt: skip
    AIM,
    GUARD,
    HANDS_UP,
    HURT,
    KICK_BACK,
    KICK_OUT,
    NECK_GRIP,
    SHIELD,
    STAND,
    SWING_DOWN,
    SWING_UP,
    THROAT,
    THROW_OUT,
    Pose,
    ease,
    mix,
    span,
    upper,
)

from .world import Run, World, act

PUNCH_OUT = GUARD._replace(bend=20, arm=92, elbow=0, leg=34, knee=22, leg2=-32)


SLAP_BACK = GUARD._replace(bend=-8, arm=-120, elbow=-30, arm2=40, elbow2=30)
SLAP_OUT = GUARD._replace(bend=18, arm=112, elbow=-14, arm2=-40, elbow2=10, leg=28, leg2=-28)
STAB_OUT = GUARD._replace(bend=26, arm=80, elbow=0, leg=38, knee=26, leg2=-34)


STAB_BACK = GUARD._replace(arm=-40, elbow=70)


LONG = (
    "stick",
    "hammer",
    "broom",
    "racket",
    "umbrella",
    "guitar",
    "bottle",
    "spade",
    "crowbar",
    "pole",
    "chair",
    "flag",
)


def reach_of(b: Body, t: Body | None, arm: float = 0.2) -> float:
    """How near a body must come to touch a target, world units."""
    return arm * b.scale + (0.0 if t is None or t.family == "person" else min(t.half, 0.55))


def blow(p: float, rate: int = 1) -> tuple[float, float]:
    """Wind-up and strike of one or several blows: (0..1 back, 0..1 out)."""
    q = p * rate % 1.0 if p < 1 else 0.99
    return ease(span(q, 0.0, 0.38)), ease(span(q, 0.42, 0.56)) * (1 - 0.8 * ease(span(q, 0.74, 1.0)))


def recoil(w: World, run: Run, b: Body, t: Body | None, out: float, far: float = 0.05) -> None:
    """The struck one jerks back and a star bursts where it was hit."""
    if t is None or t is w.place or out <= 0.05:
        return
    side = 1 if t.x >= b.x else -1

    def jerk(t: Body) -> None:
        t.dx += side * far * out
        if t.family == "person":
            t.pose = mix(t.pose, HURT if t.facing != side else HURT._replace(bend=24, head=20), 0.8 * out)
            t.mouth = 1.0
        elif t.family == "prop":
            t.dx += 0.01 * side * math.sin(w.t * 80)

    if t.family == "person":
        w.react(t, jerk)
    elif t.family == "animal":
        t.dx += side * far * out
        t.head = -0.8 * out
    else:
        t.dx += 0.012 * math.sin(w.t * 90) * out
    if out > 0.75:
        low = 0.1 if t.down else (0.8 if run.beat.verb in ("punch", "hit") else 0.5)
        y = t.y - t.lift - min(t.height, 0.5) * low
        w.emit("impact", t.x - side * min(t.half, 0.5) * 0.5, y, 0.17, out, run.index)


_PANES = {"car": (0.1, 0.39), "taxi": (0.1, 0.39), "police car": (0.1, 0.39), "van": (0.28, 0.56), "bus": (0.03, 0.64),
          "truck": (0.64, 0.6)}  # fmt: skip  # a side window, local units


@act("hit", "kick", "punch", "stab", "smash", "smash window")
def strike(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Wind up, strike, draw back; about one blow every sixth of a clip."""
    verb = run.beat.verb
    if b is w.place:
        w.shake = 0.6
        return
    gap = reach_of(b, t, 0.17 if verb in ("punch", "stab") or b.held not in LONG else 0.23)
    q = w.approach(run, b, t, p, gap, 0.25) if verb != "smash window" else p
    if q <= 0 and p > 0 and run.mark.get("far"):
        return
    rate = max(1, round((run.beat.end - run.beat.start) / 0.16))
    rate -= rate % 3 == 0  # else some looks at the clip would all fall between two blows
    back, out = blow(q, rate)
    if b.family != "person":
        b.dx += b.facing * (0.09 * out - 0.03 * back * (1 - out))
        b.head = 0.5 * out
    else:
        swung = b.held in LONG or verb in ("smash", "smash window")
        wind, hit = {
            "kick": (KICK_BACK, KICK_OUT), "punch": (GUARD, PUNCH_OUT), "stab": (STAB_BACK, STAB_OUT),
        }.get(verb, (SWING_UP, SWING_DOWN) if swung else (SLAP_BACK, SLAP_OUT))  # fmt: skip
        if verb == "kick" and t is not None and t.down:
            hit = KICK_OUT._replace(leg=52, bend=-8)
        if t is not None and t.down and verb in ("hit", "punch", "stab"):
            hit = hit._replace(bend=60, leg=50, knee=60)
        b.pose = mix(mix(b.base, wind, back), hit, out)
        if verb == "stab" and b.held is None:
            b.held = "knife"
    if verb == "smash window":
        _break_pane(w, run, t, q, out)
        b.pose = b.base if p >= 1 else b.pose
        return
    recoil(w, run, b, t, out, 0.06)
    if verb == "smash" and t is not None and t is not w.place and t.family in ("prop", "vehicle"):
        t.state = max(t.state, span(q, 0.3, 0.6))
        if t.family == "vehicle":
            t.crumple = max(t.crumple, 0.5 * span(q, 0.3, 0.9))
        if out > 0.4:
            w.emit(
                "shards", t.x, t.y - t.lift - min(t.height, 0.4) * 0.6, 0.3, span(q * rate % 1.0, 0.45, 1.0), run.index
            )
    if p >= 1 and b.family == "person":
        b.pose = b.base


def _break_pane(w: World, run: Run, t: Body | None, q: float, out: float) -> None:
    """Splinters at the side window of a car, and a hole from the first blow on."""
    if t is None or t is w.place:
        return
    x, y = t.at(*_PANES.get(t.kind, (0.1, 0.4)))
    if out > 0.6 and "broken" not in run.mark:
        run.mark["broken"] = 1.0
    if run.mark.get("broken"):
        w.emit("hole", x, y, 0.085, 1.0, run.index)
        w.emit("shards", x, y, 0.2, min(1.0, run.mark["broken"] - 1.0 + q), run.index)
    if out > 0.4:
        w.emit("impact", x, y, 0.13, out, run.index)


@act("push", "hug", "shake hands")
@act("strangle", overlay=True)
def use_both_hands(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Both hands on another: shoving away, at the throat, an embrace, a handshake."""
    verb = run.beat.verb
    if b is w.place:
        return
    gap = reach_of(b, t, {"hug": 0.085, "strangle": 0.13, "shake hands": 0.26}.get(verb, 0.17))
    trolley = t is not None and t.kind in ("shopping cart", "pram", "scooter", "bicycle", "wheelchair")
    if verb == "push" and t is not None and t is not w.place and run.beat.to is not None:
        _shove_along(w, run, b, t, p, gap if not trolley else t.half + 0.08 * b.scale)
        return
    q = w.approach(run, b, t, p, gap, 0.2)
    if run.mark.get("far") and p < 0.2:
        return
    if verb == "push":
        out = ease(span(q, 0.25, 0.5)) * (1 - ease(span(q, 0.75, 1.0)))
        b.pose = mix(
            b.base, NECK_GRIP._replace(bend=26 * out, leg=34, leg2=-34), ease(q * 4) * (1 - 0.7 * ease(span(q, 0.8, 1)))
        )
        if t is not None and t is not w.place:
            recoil(w, run, b, t, 0.7 * out, 0.03)
            side = 1 if t.x >= b.x else -1
            if t.family != "vehicle":
                t.x += (w.within(t, run.target_was.x + side * 0.12 * ease(span(q, 0.3, 0.7))) - t.x) * (
                    1 if q > 0.3 else 0
                )
    elif verb == "hug":
        k = ease(q * 3)
        b.pose = mix(b.pose, STAND._replace(bend=6, head=14, arm=84, elbow=26, arm2=74, elbow2=30), k)
        b.dx += 0.006 * math.sin(w.t * 12) * k
        if q > 0.5:
            w.emit("heart", b.x + 0.06 * b.facing, b.top - 0.06, 0.08, q, run.index)
    elif verb == "shake hands":
        k, pump = ease(min(1.0, q * 5, (1 - q) * 5)), 10 * math.sin(q * 40)
        grip = STAND._replace(arm=58 + pump, elbow=24, bend=4)
        b.pose = mix(b.pose, upper(b.pose, grip), k)
        if t is not None and t is not w.place and t.family == "person":
            w.react(t, lambda t: setattr(t, "pose", mix(t.pose, upper(t.pose, grip), k)))
    else:
        tremble = math.sin(w.t * 60)
        b.pose = mix(b.pose, upper(b.pose, NECK_GRIP._replace(bend=14 + 3 * tremble)), ease(q * 3 + 0.2))
        if t is not None and t is not w.place:

            def gasp(t: Body) -> None:
                if t.family == "person":
                    t.pose = upper(t.pose, THROAT._replace(bend=-8 + 5 * tremble, head=-18))
                    t.mouth = 1.0
                t.dx += 0.006 * tremble

            w.react(t, gasp)
            w.emit("tremor", t.x, t.top + 0.06, 0.13, w.t)


def _shove_along(w: World, run: Run, b: Body, t: Body, p: float, gap: float) -> None:
    """Pushing a cart, a pram, a car: both move on together."""
    goal = w.goal(run, t)
    side = 1 if goal >= run.target_was.x else -1
    q = span(p, 0.15, 1.0) if abs(run.was.x - (run.target_was.x - side * gap)) > 0.05 else p
    w.go(run, t, run.target_was.x + (goal - run.target_was.x) * q)
    t.facing = side
    aim = t.x - side * gap
    start = run.was.x + (run.target_was.x - side * gap - run.was.x) * ease(span(p, 0, 0.15))
    w.go(run, b, aim if q > 0 else start, 1.0)
    b.facing = side
    low = t.family == "prop" and t.height < 0.32
    b.pose = upper(b.pose, Pose(bend=30 if low else 10, arm=62, elbow=14, arm2=56, elbow2=16))


@act("shoot", "threaten", overlay=True)
def aim(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """A weapon raised and, for shoot, fired two or three times; the threatened raise their hands."""
    verb = run.beat.verb
    if b is w.place:
        return
    w.face(b, t)
    if b.held in (None, "cane") and verb == "shoot" and b.family == "person":
        b.held = "gun"
    up = ease(span(p, 0.0, 0.22))
    shots = max(1, round((run.beat.end - run.beat.start) / 0.12)) if verb == "shoot" else 0
    q = span(p, 0.25, 1.0) * shots % 1.0 if shots and 0.25 < p < 1 else 1.0
    kick = max(0.0, 1 - q * 3) if shots else 0.0
    stance = (
        AIM._replace(arm=90 + 16 * kick, head=2)
        if b.held in ("gun", None)
        else AIM._replace(arm=74 + 8 * math.sin(w.t * 25), elbow=18)
    )
    if b.held is None or b.held in LONG:
        stance = Pose(bend=10, arm=128 + 12 * math.sin(w.t * 30), elbow=40, arm2=60, elbow2=70, leg=18, leg2=-18)
    if t is not None and t.down:
        stance = stance._replace(arm=60)
    b.pose = mix(b.pose, upper(b.pose, stance) if b.gait else stance, up)
    b.mouth = 1.0 if verb == "threaten" else 0.0
    if b.family == "animal":
        b.head, b.mouth = 0.3, 1.0
    if shots and kick > 0.05:
        x, y = b.at(0.5, 0.74 if t is None or not t.down else 0.6)
        w.emit("muzzle", x, y, 0.13 * b.facing, kick, run.index)
        if t is not None and t is not w.place:
            w.emit("bullet", x, y, (t.x - x), 1 - kick, run.index)
            recoil(w, run, b, t, kick, 0.03)
    if verb == "threaten" and t is not None and t is not w.place and t.family == "person":
        k = ease(span(p, 0.12, 0.35))
        tremble = 4 * math.sin(w.t * 50)

        def surrender(t: Body) -> None:
            t.pose = mix(t.pose, upper(t.pose, HANDS_UP._replace(arm=150 + tremble, arm2=-150 + tremble)), k)

        if b.held is not None or b.family == "person":
            w.react(t, surrender)


@act("bite", "leap at", "surround")
def close_in(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """An attack with the body: a spring at the target, teeth, a ring closing round it."""
    verb, was = run.beat.verb, run.was
    if b is w.place:
        return
    if t is None or t is w.place:
        b.dx += 0.04 * abs(math.sin(p * 12)) * b.facing
        b.head, b.mouth = 0.5 * abs(math.sin(p * 12)), 1.0
        return
    if verb == "surround":
        angle = math.pi * (1 - p) if was.x < t.x else math.pi * p
        b.x = (
            w.within(b, t.x + 0.3 * math.cos(angle))
            if b.copies == ()
            else b.x + (w.within(b, t.x - 0.22) - b.x) * ease(p)
        )
        b.y = t.y + 0.03 * math.sin(angle)
        b.spread = 1.0 + 0.5 * ease(p)
        b.gait = 1.0
        w.go(run, b, b.x, 1.0)
        b.phase += 0.05
        b.pose = upper(mix(b.pose, STAND, 0.3), GUARD)
        w.face(b, t)
        w.react(t, lambda t: setattr(t, "pose", mix(t.pose, SHIELD, ease(p))) if t.family == "person" else None)
        return
    side = 1 if was.x <= t.x else -1
    gap = 0.1 + 0.3 * b.half
    if verb == "leap at":
        q = span(p, 0.2, 0.75)
        b.x = was.x + (w.within(b, t.x - side * gap) - was.x) * ease(q)
        b.lift = 0.2 * 4 * q * (1 - q) + 0.1 * q * (1 - span(p, 0.75, 1.0))
        b.turn = -22 * math.cos(math.pi * q) * (1 if 0 < q < 1 else 0)
        b.facing, b.gait, b.mouth, b.head = side, 1.5, 1.0, -0.2
        b.phase = was.phase + 0.2 * q
        b.pose = THROW_OUT._replace(arm2=100) if 0 < q < 1 else b.pose
        recoil(w, run, b, t, ease(span(p, 0.6, 0.8)) * (1 - ease(span(p, 0.85, 1.0))), 0.07)
        if p >= 1:
            b.lift, b.turn = 0.0, 0.0
        return
    q = w.approach(run, b, t, p, gap + (0.0 if t.down else 0.06), 0.25)
    snap = abs(math.sin(q * 22 * max(0.3, run.beat.end - run.beat.start)))
    b.facing = side
    b.dx += side * 0.05 * snap
    b.head, b.mouth = (0.75 if t.down else 0.1) + 0.3 * snap, 1 - snap
    b.pose = upper(b.pose, NECK_GRIP._replace(bend=40 * snap))
    recoil(w, run, b, t, 0.9 * snap * (0.4 + 0.6 * (q > 0.1)), 0.02)
    if t.family == "person":
        tremble = math.sin(w.t * 60)
        w.react(t, lambda t: setattr(t, "pose", mix(t.pose, SHIELD._replace(arm=120 + 12 * tremble), 0.8)))
        if t.down:
            t.pose = t.base._replace(arm=90 + 20 * tremble, arm2=70 - 20 * tremble, leg=30 + 16 * tremble, knee=40)
