"""Acts that send something through the air: throwing and kicking things, tossing, pouring and spraying."""

from __future__ import annotations

import math
from typing import Final

from svta.generation.storyboard.drawing.body import Body
from svta.generation.storyboard.drawing.palette import COLOUR, Rgb
from svta.generation.storyboard.drawing.poses import (
    HANDS_UP,
    KICK_BACK,
    KICK_OUT,
    STAND,
    THROW_BACK,
    THROW_OUT,
    ease,
    mix,
    span,
    upper,
)

from .attacks import reach_of, recoil
from .objects import into_hand, out_of_hand
from .world import Run, World, act

_POURED: Final[dict[str, Rgb]] = {"bottle": (206, 190, 90), "kettle": (150, 98, 52), "milk glass": (248, 248, 244),
                                   "juice glass": (245, 154, 36), "wine bottle": (150, 34, 62),
                                   "coffee pot": (84, 54, 34), "milk bottle": (244, 244, 240),
                                   "cement bag": (214, 190, 120), "flour bag": (250, 248, 240),
                                   "rice bowl": (250, 248, 240), "sack": (214, 190, 120)}  # fmt: skip


@act("throw", "kick ball")
def hurl(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """A thing flies on an arc: what the hand held, or the target itself where it is a small thing."""
    kicked = run.beat.verb == "kick ball"
    if b is w.place:
        return
    thing = t if t is not None and t.family == "prop" and t.height < 0.3 else None
    if thing is not None and (thing.inside == b.id or thing.hidden):
        run.mark["had"] = 1.0  # and he stays where he is when it flies
    if thing is not None and "had" not in run.mark:
        q = w.approach(run, b, thing, p, reach_of(b, thing, 0.1), 0.3)
        if run.mark.get("far") and p < 0.3:
            return
    else:
        q = p
        w.face(b, t)
    back, out = ease(span(q, 0.0, 0.3)), ease(span(q, 0.32, 0.46))
    wind, end = (KICK_BACK, KICK_OUT) if kicked else (THROW_BACK, THROW_OUT)
    b.pose = mix(mix(mix(b.base, wind, back), end, out), b.base, ease(span(q, 0.7, 1.0)))
    if thing is not None:
        _fly(w, run, b, thing, q, b.at(0.1 - 0.3 * back + 0.4 * out, 0.9 * back))
        return
    kind = "ball" if kicked else b.thrown or (b.held if b.held != "cane" else None) or "stone"
    if q < 0.42:
        b.held = b.held if kicked else kind
        return
    if not kicked:
        b.thrown = kind
        out_of_hand(b)
    f = span(q, 0.42, 0.8)
    x1, y1 = _landing(w, run, b) if t is None or t is w.place else (t.x, t.y - t.lift - t.height * 0.55)
    if f < 1 or (kicked and t is None):  # a ball that nobody catches lies there
        w.emit("thing:" + kind, *_arc(run, b, x1, y1, f), b.size, b.facing * 720 * f)
    if f >= 0.92 and q < 1 and t is not None:
        _strike(w, run, b, t, q, x1, y1)


def _landing(w: World, run: Run, b: Body, y: float | None = None) -> tuple[float, float]:
    """Where a thing without a target comes down: at `to`, else a little ahead."""
    to = run.beat.to
    x = to * w.width if to is not None else _release(run, b)[0] + b.facing * 0.62
    return x, (b.y if y is None else y) - 0.02


def _release(run: Run, b: Body) -> tuple[float, float]:
    return b.at(0.34, 0.12 if run.beat.verb == "kick ball" else 0.86)


def _arc(run: Run, b: Body, x1: float, y1: float, f: float) -> tuple[float, float]:
    """The place on the arc from the hand (or foot) to (x1, y1) at its share f."""
    x0, y0 = _release(run, b)
    high = 0.12 if run.beat.verb == "kick ball" else 0.22
    return x0 + (x1 - x0) * f, y0 + (y1 - y0) * f - high * 4 * f * (1 - f)


def _fly(w: World, run: Run, b: Body, thing: Body, q: float, hand: tuple[float, float]) -> None:
    """A thing of the scene: in the hand while it swings back, then along the arc to the ground."""
    if q < 0.42:
        if run.beat.verb == "throw":
            if thing.hidden and q <= 0.12:
                return  # in the hand still
            if b.held == thing.kind:
                out_of_hand(b)
            thing.hidden, thing.inside, thing.z = False, None, 0.01
            if q > 0.12:
                thing.x, thing.lift = hand[0], thing.y - hand[1]
        elif q > 0.2 and b.held == thing.kind:  # a keeper lets go of the ball before the foot
            out_of_hand(b)
            thing.hidden, thing.inside = False, None
            thing.x, thing.lift = b.at(0.3, 0.3)[0], 0.1
        return
    if thing.inside not in (None, b.id):
        return  # somebody has caught it
    f, to = span(q, 0.42, 0.8), run.beat.to
    x1, y1 = _landing(w, run, b, thing.y)
    catcher = next((w.bodies.get(one.who) for one in w.scene.beats if one.verb == "catch" and one.target == thing.id
                    and run.beat.start < one.start < run.beat.end and one.end < 0.75), None)  # fmt: skip
    y1 = y1 if catcher is None else catcher.y - 0.6 * catcher.size  # into the hands
    bin_ = next((w.bodies.get(one.target or "") for one in w.scene.beats if one.verb == "enter" and one.who == thing.id
                 and run.beat.start < one.start < run.beat.end), None)  # fmt: skip
    y1 = y1 if bin_ is None else bin_.y - 0.8 * bin_.height
    x, y = _arc(run, b, x1, y1, f)
    if f >= 1.0 and w.wet(thing):  # gone
        thing.hidden = True
        w.emit("splash", x, y, 0.3, 0.2 + 0.3 * span(q, 0.8, 1.0), run.index)
        return
    spin = b.facing * 720 * f
    thing.hidden, thing.inside, thing.z = False, None, 0.01
    thing.x = x if to is None or not 0 <= to <= 1 else w.within(thing, x)
    thing.lift, thing.turn = max(0.0, thing.y - y), spin
    if q >= 0.8 and catcher is None:
        thing.lift, thing.turn = 0.0, spin if thing.kind == "ball" else 0.0


def _strike(w: World, run: Run, b: Body, t: Body, q: float, x: float, y: float) -> None:
    """What a thrown thing does where it hits."""
    w.emit("impact", x, y, 0.17, span(span(q, 0.42, 0.8), 0.9, 1.0), run.index)
    recoil(w, run, b, t, 1 - span(q, 0.8, 1.0), 0.03)
    brittle = t.kind in ("window", "television", "mirror")
    if t.family == "prop" and brittle:
        t.state = max(t.state, 1.0)
    if brittle or t.family == "vehicle":
        w.emit("shards", x, y, 0.24, span(q, 0.76, 1.0), run.index)


@act("pour", "spray")
def stream(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Liquid out of a bottle or barrel; paint, water or foam out of a can or hose."""
    if b is w.place:
        return
    if b.kind == "elephant":  # out of its trunk, which is up, over its back or at another one
        b.state = 1.0
        (x, y), way = b.at(0.83, 0.9), -1.2 * b.facing * b.half
        over = 0.5 * (x - b.x) if t is not None and t.kind == b.kind else 0.0  # upon its head
        to = way if t is None or t is w.place else t.x - over - x
        w.emit("jet", x, y, to, w.t, run.index, COLOUR.get(b.held_colour or ""))
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
    if run.beat.verb == "pour":
        b.held = b.held if b.held not in (None, "cane") else "bottle"
        b.pose = mix(b.pose, upper(b.pose, STAND._replace(arm=74, elbow=14, bend=6, head=10)), ease(q * 4))
        b.held_turn = 118 * ease(span(q, 0.1, 0.3)) * (1 if p < 1 else 0)
        if q > 0.2 and p < 1:
            x, y = b.at(0.46, 0.62)
            cup = t is not None and t.family == "prop" and t.height < 0.16 and t.y - t.lift > y
            long = t.y - t.lift - 0.6 * t.height - y if cup and t is not None else 0.3
            thick = any(o.kind == "concrete" for o in w.bodies.values())
            colour = (150, 152, 154) if thick else _POURED.get(b.held or "")
            w.emit("pour", x, y, min(0.3, max(0.06, long)), w.t, run.index, colour)
    else:
        _spray(w, run, b, t, q)


def _spray(w: World, run: Run, b: Body, t: Body | None, q: float) -> None:
    """Sweeping with a can (paint stays on the target) or with a hose (fire goes down)."""
    if b.held in (None, "cane"):
        wet = b.kind == "firefighter" or (t is not None and t.fire > 0)
        b.held = "hose" if wet else "spray can"
    sweep = math.sin(q * 30)
    b.pose = upper(b.pose, STAND._replace(arm=92 + 22 * sweep, elbow=6, bend=2))
    x, y = b.at(0.42, 0.75 + 0.12 * sweep)
    if b.held in ("pencil", "paintbrush", "marker"):  # on the wall of a room
        along, up = 0.06 + 0.05 * (1 + math.sin(q * 11)), 0.5 * (1 - math.cos(q * 7)) * 0.08
        colour = COLOUR.get(b.held_colour or "", (60, 70, 160))
        w.emit("paint", x + along * b.facing, y - up, 0.016, w.t, run.index, colour)
        w.stains.append(w.effects[-1])
    elif b.held == "spray can":
        own = COLOUR.get(b.held_colour or "")
        colour = own or ((216, 50, 120), (50, 130, 216), (250, 196, 40))[run.index % 3]
        w.emit("spray", x, y, 0.14 * b.facing, w.t, run.index, colour)
        if t is w.place or (t is not None and abs(x + 0.06 * b.facing - t.x) < t.half * 0.94):
            w.stains.append(w.effects[-1]._replace(kind="paint", x=x + 0.06 * b.facing, size=0.05))
    else:
        w.emit("jet", x, y, (t.x - x) if t is not None and t is not w.place else 0.5 * b.facing, w.t, run.index)
        if t is not None and t.fire > 0 and q > 0.3:
            t.fire = max(0.12, t.fire * 0.93)


@act("recede")
def recede(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Outside a window, smaller and smaller, before its panes."""
    if b is w.place or t is None or t is w.place:
        return
    size = 1.0 - 0.55 * p
    b.squash, b.z = (size, size), t.y - b.y + 0.01
    b.x = t.x + (0.5 * p - 0.3) * t.half
    b.lift = b.y - (t.y - t.lift - (0.62 - 0.3 * p * p) * t.height)


@act("pop up")
def pop_up(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Up out of what holds it: toast stays behind its rim, higher than before; a cork flies away and falls."""
    if b is w.place:
        return
    q = span(p, 0.3, 0.85)
    b.x = run.was.x + (w.goal(run, b, 0.0) - run.was.x) * q
    away = abs(w.goal(run, b, 0.0) - run.was.x) > 0.05
    high = 0.34 if away else 0.16
    b.lift = run.was.lift + 4 * high * q * (1 - q) + (0.0 if away else 0.04 * q)
    if away:
        b.y = run.was.y + (w.ground - run.was.y) * q * q
        b.turn = run.was.turn + 300 * q
    b.z = 0.02 if away else (t.y - b.y - 0.004 if t is not None and t is not w.place else 0.0)


@act("toss")
def toss(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Straight up out of the hand, and into it again."""
    if b is w.place:
        return
    thing = t if t is not None and t is not w.place and t.family == "prop" else None
    up = span(p, 0.2, 0.9)
    b.pose = mix(b.base, HANDS_UP._replace(arm=120, elbow=20, arm2=110, elbow2=20, head=-16), ease(min(1.0, p * 5)))
    if thing is None:
        return
    x, y = b.at(0.2, 0.66)
    thing.hidden, thing.inside, thing.z = False, None, b.y - thing.y + 0.01
    b.held = None if b.held == thing.kind else b.held
    thing.x, thing.turn = x, 360 * up
    thing.lift = thing.y - y + min(0.4, y - 0.08) * 4 * up * (1 - up)
    if p >= 1:
        thing.lift, thing.turn = 0.0, 0.0
        into_hand(b, thing)
        b.pose = b.base


@act("tip out")
def tip_out(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """The bed of a truck goes up, and what lay on it slides off behind."""
    if b is w.place:
        return
    b.state = ease(span(p, 0.0, 0.35)) * (1 - ease(span(p, 0.85, 1.0)))
    if t is None or t is w.place:
        return
    rear = b.x - b.facing * (b.half + 0.4 * t.half)
    high = 0.5 * b.height
    slid = span(p, 0.3, 0.7)
    start = b.x - b.facing * 0.12 * b.width
    t.x = start + (rear - start) * ease(slid)
    t.y, t.lift = b.y, high * (1 - slid * slid) + 0.25 * high * b.state * (1 - slid)
    t.turn = b.facing * 30 * b.state * (1 - slid)
    t.z = 0.01 if slid > 0.5 else -0.01
    t.squash = (1.0, 0.35 + 0.65 * slid) if t.kind.startswith("pile") else (1.0, 1.0)
    if 0 < slid < 1:
        w.emit("dust", rear, b.y, 0.3, slid, run.index)


@act("bounce")
def bounce(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Up and down, lower each time."""
    if b is w.place:
        return
    ground = max(run.was.y, w.ground)
    b.y = run.was.y + (ground - run.was.y) * min(1.0, p * 4)
    b.x = run.was.x + ((w.goal(run, b) if run.beat.to is not None else run.was.x) - run.was.x) * p
    b.lift = 0.26 * (1 - 0.8 * p) * abs(math.sin(p * math.pi * 4.6))
    b.turn = run.was.turn + 200 * p
