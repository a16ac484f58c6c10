"""Acts of fire and light: explosions, fireworks, flames, smoke, sparks, what leaks, dark and bright."""

from __future__ import annotations

import math
from typing import Final

from svta.generation.storyboard.drawing.body import Body, Effect
from svta.generation.storyboard.drawing.palette import Rgb
from svta.generation.storyboard.drawing.poses import HANDS_UP, ON_FRONT, ease, mix, span, upper

from ..world import Run, World, act


@act("explode")
def explode(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """A flash, a ring, fragments, a ball of fire, and what is left of it."""
    body = t if b is w.place and t is not None else b
    x, y = (
        (w.width * 0.6, w.ground - 0.15)
        if body is w.place
        else (body.x, body.y - body.lift - min(body.height, 0.5) * 0.5)
    )
    size = 0.45 if body is w.place else max(0.3, min(0.6, body.width * 0.8))
    w.shake = max(w.shake, 1.4 * (1 - p * 1.5))
    w.emit("explosion", x, y, size, p, run.index, None if body is w.place else body.colour)
    if body is not w.place and p > 0.12:
        if body.family == "prop" and body.height < 0.6:
            body.hidden = True
        elif body.family == "person":
            body.base = body.pose = mix(run.was.base, ON_FRONT, ease(p * 2))
            body.down = p > 0.4
        else:
            body.crumple, body.state = 1.0, 1.0
            body.dy += 0.12 * math.sin(math.pi * span(p, 0.1, 0.6))
        body.smoke = max(body.smoke, 0.8 * span(p, 0.4, 1.0))


@act("burn", overlay=True)
def burn(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Fire grows and goes on to the end."""
    level = _level(p)
    b = _source(w, b, t)
    if b is w.place:
        for i in range(4):
            w.stains = [s for s in w.stains if s.key != 900 + i or s.kind != "fire"]
            w.stains.append(Effect("fire", (0.14 + 0.24 * i) * w.width, w.ground + 0.02, 0.3, level, 900 + i))
        return
    b.fire = max(b.fire, level)
    b.smoke = max(b.smoke, 0.5 * level)
    if b.family == "person":
        waving = HANDS_UP._replace(arm=140 + 30 * math.sin(w.t * 40), arm2=-140 + 30 * math.sin(w.t * 37))
        b.pose = upper(b.pose, waving)


_FUMES: Final[dict[str, Rgb]] = {"black smoke": (44, 42, 46), "white smoke": (196, 198, 204)}


@act("smoke", "black smoke", "white smoke", overlay=True)
def smoke(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Smoke thickens; a person smokes a cigarette."""
    b = _source(w, b, t)
    if b is w.place:
        w.haze = max(w.haze, _level(p))
    elif b.family == "person" and run.beat.verb == "smoke":
        k = ease(0.5 + 0.9 * math.sin(p * 15))
        b.held = "cigarette"
        b.pose = upper(b.pose, mix(b.base._replace(arm=50, elbow=40), b.base._replace(arm=58, elbow=118, head=-4), k))
        w.emit("wisp", *b.at(0.2, 0.92), 0.12, w.t, run.index)
    else:
        b.smoke, b.fumes = max(b.smoke, _level(p)), _FUMES.get(run.beat.verb, b.fumes)


@act("leak", overlay=True)
def leak(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Gas spreads, a puddle grows."""
    b = _source(w, b, t)
    if b is w.place:
        w.haze = max(w.haze, _level(p))
    else:
        b.gas = max(b.gas, _level(p))
        b.puddle = max(b.puddle, 0.7 * _level(p))


@act("spark", overlay=True)
def spark(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Sparks fly while the beat lasts; lightning strikes the target of a whole scene."""
    if b is w.place and t is not None and t is not w.place:
        if not 0.14 < p < 0.3 and p < 0.75:
            struck = t.top + (0.3 if t.width > t.height else 0.06) * t.height
            w.emit("bolt", t.x, struck, 0.25, p, run.index)
            w.emit("sparks", t.x, struck, 0.2, w.t, run.index)
        return
    b = _source(w, b, t)
    if b is w.place:
        w.emit("sparks", w.width / 2, w.height * 0.25, 0.3, w.t, run.index)
    else:
        w.emit("sparks", b.x, b.y - b.lift - b.height * (0.9 if b.height < 0.3 else 0.6), 0.28, w.t, run.index)


@act("darken", "brighten")
def darken(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """The light goes out over the whole place, or on again, at once."""
    deep = 1.0 if run.beat.end > 0.0 else 0.75  # who is in a room without light is seen
    w.dark = deep * span(p, 0.0, 0.15) if run.beat.verb == "darken" else 1 - span(p, 0.0, 0.15)


def _source(w: World, b: Body, t: Body | None) -> Body:
    """What gives off fire, smoke or gas: a whole scene that acts on a body means that body."""
    return t if b is w.place and t is not None else b


def _level(p: float) -> float:
    return 0.15 + 0.85 * ease(p)


@act("burst aloft", overlay=True)
def burst_aloft(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Fireworks rise and burst high in the sky, one after another."""
    b.hidden = b.family == "prop"
    for i in range(5):
        age = (1.7 * p + 0.23 * i + 0.1) % 1.0
        x = w.width * (0.16 + 0.17 * ((3 * i) % 5))
        y = w.height * (0.16 + 0.1 * (i % 3))
        if age < 0.25:
            w.emit("firework", x, y + (w.ground - 0.25 - y) * (1 - age / 0.25), 0.02, 0.0, i, front=False)
        else:
            w.emit("firework", x, y, 0.3, (age - 0.25) / 0.75, i, front=False)
