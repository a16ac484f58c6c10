"""What animals do with their own bodies: butt heads, rub their backs, roll on the ground, shake their manes, kick; and
how they go: at a gallop, hop by hop, across a road from its far side to the near one."""

from __future__ import annotations

import math
from typing import Final

from svta.generation.storyboard.drawing.animals import GALLOP
from svta.generation.storyboard.drawing.poses import ease, span

from .world import Body, Run, World, act

NEAR_SIDE: Final = 0.97  # of the height of the picture
_LARGER: Final = 0.35  # on the near side of a road than on the far one


UPRIGHT: Final = (
    "bear",
    "panda",
    "polar bear",
    "monkey",
    "gorilla",
    "raccoon",
    "cat",
)  # who stand with a back to a tree


@act("butt")
def butt(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Heads down at each other, a blow, some steps back, and again."""
    if t is None or b is w.place:
        return
    side = 1 if run.was.x <= run.target_was.x else -1
    middle = (run.was.x + run.target_was.x) / 2
    meet = middle - side * 1.02 * b.half
    q = (p * max(1, round(2 * (run.beat.end - run.beat.start)))) % 1.0 if p < 1 else 1.0
    near = ease(span(q, 0.0, 0.4)) * (1 - ease(span(q, 0.65, 1.0)))
    x = run.was.x + (meet - run.was.x) * near
    b.gait = 2.0 if abs(x - b.x) > 1e-4 else 0.0
    b.phase += abs(x - b.x) / max(b.size, 1e-6)
    b.x, b.facing, b.head = x, side, 0.2 + 0.6 * near
    if side > 0 and 0.38 < q < 0.66:
        w.emit("impact", middle, b.y - b.lift - 0.72 * b.height, 0.13, span(q, 0.3, 0.8), run.index)


@act("rub back")
def rub_back(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """The back to a trunk, up and down; hoofed ones with the rump, to and fro."""
    if b is w.place:
        return
    up = ease(span(p, 0.0, 0.2))
    if b.kind not in UPRIGHT:
        b.x, b.gait = run.was.x + 0.05 * b.width * math.sin(p * 26), 0.6
        b.phase += 0.01
        return
    if t is not None and t is not w.place:
        b.x = run.was.x + (t.x + b.facing * 0.42 * b.height - run.was.x) * up
        b.z = max(b.z, t.y - b.y + 0.01)
    b.turn = -76 * up
    b.dy += 0.12 * b.height * up + 0.05 * b.height * up * math.sin(p * 22)
    b.head = 0.35


@act("wallow")
def wallow(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Down, over on the back, the legs in the air, from side to side, and over to the other side."""
    if b is w.place:
        return
    down, over, back = ease(span(p, 0.0, 0.14)), ease(span(p, 0.14, 0.25)), ease(span(p, 0.82, 0.96))
    sway = 9 * over * (1 - back) * math.sin(p * 26)
    b.turn = 180 * over + sway + 180 * back
    b.lying = down * (1 - over) + 0.75 * back
    b.gait = 0.8 * over * (1 - back)
    b.phase += 0.02 * over * (1 - back)
    b.head = 0.95 * max(down, over) * (1 - back)
    b.dy -= 0.24 * b.height * over * (1 - back) + 0.9 * b.half * abs(math.sin(math.radians(sway)))  # rests on it
    w.emit("dust", b.x, b.y, 0.28, (4 * p) % 1.0, run.index, front=False)
    if p >= 1.0:
        b.turn = 0.0


@act("toss head")
def toss_head(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """The head up and down, with the mane."""
    if b is w.place:
        return
    up = math.cos(math.tau * 6 * p) * min(1.0, 6 * p)
    b.head, b.turn = 0.75 * up, -4 * up


@act("kick up")
def kick_up(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """The hind legs out behind, with what flies up from the ground."""
    if b is w.place:
        return
    q = (p * 2.6) % 1.0
    high = math.sin(math.pi * min(1.0, q / 0.7)) if q < 0.7 else 0.0
    b.turn = 17 * high
    b.gait = GALLOP if high > 0.2 else 0.0
    b.dy += 0.1 * b.height * high
    w.emit("dust", b.x - b.facing * b.half, b.y, 0.3, q, run.index)


@act("belly slide")
def belly_slide(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """On the belly over ice, slower and slower."""
    if b is w.place:
        return
    flat = ease(span(p, 0.0, 0.2))
    goal = w.goal(run, b, 0.4)
    b.facing = 1 if goal >= run.was.x else -1
    b.x = run.was.x + (goal - run.was.x) * (1 - (1 - p) ** 2)
    upright = b.height > b.width
    b.turn = (82 if upright else 6) * flat
    b.lying = flat
    b.dy -= (0.24 * b.height if upright else 0.0) * flat


@act("chase tail")
def chase_tail(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Round and round on the spot."""
    if b is w.place:
        return
    turns = max(1.0, 3 * (run.beat.end - run.beat.start))
    angle = math.tau * turns * p + 0.5
    b.facing = run.was.facing * (1 if math.cos(angle) >= 0 else -1)
    b.squash = (max(0.55, abs(math.cos(angle))), 1.0) if p < 1 else (1.0, 1.0)
    b.x = run.was.x + 0.12 * b.width * math.sin(angle)
    b.gait, b.head = 2.0, 0.5
    b.phase += 0.04


@act("file through")
def file_through(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """A herd away from us through a gate, close together where it is, smaller and smaller."""
    if b is w.place:
        return
    gate = t if t is not None and t is not w.place else None
    far = 0.68 * w.height
    y = run.was.y + (far - run.was.y) * p
    b.scale = run.was.scale * (1 - 0.4 * p)
    b.width, b.height = run.was.width * (1 - 0.4 * p), run.was.height * (1 - 0.4 * p)
    line = gate.y if gate is not None else (run.was.y + far) / 2
    near = max(0.0, 1 - abs(y - line) / (0.14 * w.height))
    b.spread = (1 - 0.4 * p) * (1 - 0.72 * near)
    middle = gate.x if gate is not None else run.was.x
    x = run.was.x + (middle - run.was.x) * ease(min(1.0, 1.6 * p)) + 0.18 * max(0.0, p - 0.6)
    b.x = x if gate is not None else w.within(b, x)
    b.y = y
    b.gait = 1.0
    b.phase += 0.02


@act("stand in water", overlay=True)
def stand_in_water(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """There are rings in the water about its feet."""
    if b is not w.place:
        b.sunk = max(b.sunk, 0.009)


@act("hover")
def hover(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """In the air on one spot, with beating wings."""
    if b is not w.place:
        b.gait, b.x = 1.0, run.was.x + 0.01 * math.sin(p * 17)
        b.dy += 0.012 * math.sin(p * 23)


@act("swarm out")
def swarm_out(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Many out of a hole, at first none, then a cloud of them that spreads."""
    if b is w.place:
        return
    out = span(p, 0.08, 1.0)
    b.hidden = p < 0.08
    b.x = run.was.x + (w.goal(run, b) - run.was.x) * out
    b.z = t.y - b.y + 0.01 if t is not None and t is not w.place else b.z
    b.lift = 0.4 * ease(out) + 0.02 * math.sin(p * 29)
    b.spread = 0.3 + 1.1 * out
    b.gait, b.facing = 2.0, 1
    b.copies = tuple(
        one._replace(dy=(0.05 + 0.1 * (i % 4)) * ((-1) ** i) * out + 0.02 * math.sin(p * 31 + 2 * i))
        for i, one in enumerate(b.copies)
    )


@act("gallop", overlay=True)
def gallop(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Both front legs reach out together, and the body goes up and down."""
    if b is w.place:
        return
    if b.gait <= 0:  # on the spot
        b.phase += 0.05
    b.gait = GALLOP
    b.dy += 0.05 * b.height * abs(math.sin(b.phase * 4))


@act("hop along", overlay=True)
def hop_along(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Up and down in bows, on all legs at once."""
    if b is w.place or p >= 1.0:
        return
    hops = max(2, round(7 * (run.beat.end - run.beat.start)))
    up = abs(math.sin(math.pi * hops * p))
    b.gait = GALLOP if b.gait > 0 else b.gait
    b.dy += max(0.05, 0.55 * b.height) * up
    b.turn = -12 * math.cos(math.pi * ((hops * p) % 1.0))


@act("cross over", overlay=True)
def cross_over(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """From the far side of a road to the near one."""
    if b is w.place:
        return
    factor = 1 + _LARGER * p
    b.scale, b.width, b.height = run.was.scale * factor, run.was.width * factor, run.was.height * factor
    b.y = run.was.y + (NEAR_SIDE * w.height - run.was.y) * p


@act("swoop")
def swoop(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Down out of the air onto a target, and up again if there is time for it."""
    if b is w.place:
        return
    there = t.x if t is not None and t is not w.place else w.goal(run, b)
    down = ease(min(1.0, 1.7 * p))
    up = ease(span(p, 0.7, 1.0)) if run.beat.to is not None else 0.0
    b.x = run.was.x + (there - b.facing * 0.5 * b.half - run.was.x) * down
    if run.beat.to is not None:
        b.x += (w.goal(run, b) - b.x) * up
    b.facing = 1 if there >= run.was.x else -1
    b.lift = 0.46 * (1 - down) + 0.05 + 0.3 * up
    b.gait, b.turn = 2.0, 24 * math.sin(math.pi * min(1.0, 1.7 * p)) * (1 - up)
    b.z = max(b.z, t.y - b.y + 0.01) if t is not None and t is not w.place else b.z


@act("hammer beak", overlay=True)
def hammer_beak(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """On the side of a trunk, the beak against it again and again."""
    if b is not w.place:
        b.turn, b.z = -26.0, 0.4  # before the tree
        b.head = 0.5 * math.sin(p * 70)
        b.dx += 0.012 * math.sin(p * 70) * b.facing


@act("blown over")
def blown_over(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Through the air in a bow, over and over, and down again."""
    if b is w.place:
        return
    over = (t.height if t is not None and t is not w.place else 0.1) + 0.12
    b.x = run.was.x + (w.goal(run, b, 0.4) - run.was.x) * p
    b.lift = over * 4 * p * (1 - p)
    b.turn = run.was.turn + (360 * p if p < 1 else 0.0)
    b.z = t.y - b.y + 0.02 if t is not None and t is not w.place else b.z


@act("trickle", overlay=True)
def trickle(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Drops run down a pane."""
    if b is w.place:
        return
    for i in range(14):
        age = (w.t * (1.4 + 0.3 * (i % 4)) + 0.27 * i * i) % 1.0
        x = b.x + b.width * (0.78 * ((i * 0.618) % 1.0) - 0.39)
        y = b.y - b.lift - b.height * (0.94 - 0.84 * age)
        w.emit("drop", x, y, 0.045, p, run.index + i, (58, 120, 190))


@act("swing along")
def swing_along(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """In bows from one branch to the next."""
    if b is w.place:
        return
    bow = math.sin(math.pi * ((2 * p) % 1.0)) if p < 1 else 0.0
    b.x = run.was.x + (w.goal(run, b, 0.4) - run.was.x) * p
    b.dy -= 0.14 * bow
    b.turn = 34 * math.cos(math.pi * ((2 * p) % 1.0))
    b.gait, b.head = 1.2, -1.0
    b.phase += 0.02


@act("hang down")
def hang_down(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """By the feet, head down, swaying a little."""
    if b is w.place:
        return
    b.turn = 180 + 6 * math.sin(p * 16)
    b.lift, b.dy = 0.0, b.dy - 0.2 * b.height  # as turned things rest on their lower side
    if t is not None and t is not w.place:
        b.y = t.y - 0.3 * t.height + b.height
        b.z = t.y - b.y + 0.01


@act("ford", overlay=True)
def ford(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Through water that comes up to the belly."""
    if b is not w.place:
        b.sunk = 0.26 * b.height


@act("flap")
def flap(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """The wings beat, and it stays where it is."""
    if b is not w.place:
        b.lift, b.gait = (0.032, 1.0) if p < 1 else (0.0, 0.0)
        b.dy += 0.01 * math.sin(p * 40)


@act("build nest")
def build_nest(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Down over the nest with a twig, and up again."""
    if b is w.place:
        return
    b.head = 0.6 * (0.5 - 0.5 * math.cos(p * 30))
    b.turn = 10 * math.sin(p * 30)
    b.z = 0.62  # before the crown
    if t is not None and t is not w.place:
        t.z = 0.6


@act("curl up")
def curl_up(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Legs and head drawn in: a ball, and it stays so."""
    if b is w.place:
        return
    up = ease(min(1.0, 2.5 * p))
    b.lying, b.head, b.gait = up, 0.9 * up, 0.0
    b.squash = (1 - 0.28 * up, 1 + 0.16 * up)
