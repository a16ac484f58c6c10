"""Animals: four-legged walkers from one table, a bird, a snake and a monkey of their own, and species.json as rows.

draw_animal reads a body.Body: how far it walked (phase), how much its legs swing (gait), where its head is.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from svta.generation.storyboard.drawn_tables import species

from .palette import COLOUR, INK, Rgb, rgb, shade
from .pen import Pen
from .shapes import AnimalShapes, animal_drawing

if TYPE_CHECKING:
    from .body import Body


GALLOP: Final = 3.0  # the gait from which on both front legs reach out together


class Animal(NamedTuple):
    """Proportions of a kind, local units."""

    colour: Rgb
    width: float  # nose to tail
    height: float
    length: float = 0.4  # of the trunk
    depth: float = 0.2
    leg: float = 0.2
    neck: float = 0.12
    head: float = 0.1
    snout: float = 0.1
    ear: str = "point"
    tail: float = 0.2
    tail_up: float = 0.5
    shapes: AnimalShapes | None = None  # of species.json: the whole of it, or on a walker's trunk and head


ANIMALS: dict[str, Animal] = {
    "dog": Animal((158, 106, 62), 0.74, 0.5, 0.4, 0.17, 0.2, 0.13, 0.1, 0.11, "flop", 0.22, 0.9),
    "cat": Animal((222, 142, 70), 0.6, 0.4, 0.32, 0.14, 0.14, 0.07, 0.088, 0.05, "point", 0.28, 1.3),
    "horse": Animal((134, 84, 50), 1.3, 1.0, 0.62, 0.28, 0.42, 0.34, 0.12, 0.2, "point", 0.34, -0.9),
    "cow": Animal((240, 236, 228), 1.2, 0.78, 0.68, 0.34, 0.28, 0.12, 0.13, 0.13, "horn", 0.3, -1.2),
    "bear": Animal((104, 68, 46), 1.1, 0.74, 0.62, 0.38, 0.24, 0.08, 0.16, 0.12, "round", 0.06, 0.2),
    "boar": Animal((92, 76, 68), 0.84, 0.5, 0.52, 0.3, 0.14, 0.02, 0.13, 0.16, "point", 0.12, 0.6),
    "goat": Animal((226, 218, 204), 0.72, 0.62, 0.4, 0.19, 0.24, 0.16, 0.09, 0.1, "horn", 0.08, 0.9),
    "sheep": Animal((240, 238, 230), 0.74, 0.56, 0.4, 0.3, 0.16, 0.05, 0.1, 0.07, "flop", 0.06, 0.2),
    "pig": Animal((240, 170, 166), 0.8, 0.46, 0.46, 0.28, 0.12, 0.02, 0.13, 0.1, "flop", 0.1, 1.2),
    "wolf": Animal((112, 116, 124), 0.84, 0.56, 0.46, 0.18, 0.24, 0.12, 0.1, 0.14, "point", 0.28, -0.5),
    "fox": Animal((222, 106, 40), 0.7, 0.4, 0.36, 0.14, 0.15, 0.08, 0.09, 0.12, "point", 0.3, -0.2),
    "rabbit": Animal((168, 148, 124), 0.4, 0.34, 0.2, 0.18, 0.08, 0.03, 0.085, 0.012, "hare", 0.02, 0.6),
    "donkey": Animal((140, 134, 130), 1.05, 0.82, 0.52, 0.25, 0.32, 0.24, 0.12, 0.17, "long", 0.28, -1.0),
    "deer": Animal((172, 122, 78), 0.9, 0.86, 0.46, 0.2, 0.38, 0.26, 0.09, 0.12, "horn", 0.06, 0.7),
    "lion": Animal((214, 168, 92), 1.0, 0.66, 0.54, 0.26, 0.24, 0.1, 0.17, 0.1, "round", 0.36, 0.3),
    "monkey": Animal((138, 96, 62), 0.5, 0.5),
    "bird": Animal((74, 118, 176), 0.5, 0.3),
    "snake": Animal((92, 142, 62), 0.9, 0.2),
}


def _read_species() -> None:
    """Adds the kinds of species.json: walkers by their proportions, all others by their rows."""
    for kind, entry in species().items():
        look = Animal(rgb(entry["colour"]), *(entry.get("walker") or (entry["width"], entry["height"])))
        ANIMALS[kind] = look._replace(shapes=animal_drawing(entry, walker="walker" in entry))


_read_species()


def larger_than_life(kind: str) -> float:
    """Mice, frogs and bees are drawn larger, so that they are still seen in a thumbnail."""
    size = max(ANIMALS[kind].width, ANIMALS[kind].height)
    return 1.0 if kind not in species() or size > 0.64 else 1.25 if size > 0.44 else 1.5


def hide(kind: str, colour: str | None) -> Rgb:
    """The colour of an animal: the named one or its kind's own."""
    return COLOUR[colour] if colour else ANIMALS[kind].colour


def draw_animal(pen: Pen, body: Body) -> None:
    """Draws an animal at the body's place."""
    kind = ANIMALS[body.kind]
    pen.at(body.x, body.y - body.lift, body.scale, facing=body.facing, turn=body.turn, pivot=kind.height * 0.4,
           squash=body.squash)  # fmt: skip
    if kind.shapes is not None and not kind.shapes.walker:
        kind.shapes.draw(pen, body.colour, body)
        return
    match body.kind:
        case "bird":
            _bird(pen, body)
        case "snake":
            _snake(pen, body)
        case "monkey":
            _monkey(pen, body)
        case _:
            _four_legs(pen, body, kind)


def _four_legs(pen: Pen, body: Body, a: Animal) -> None:
    c = body.colour
    if body.sitting > 0.5:
        _sitting(pen, body, a)
        return
    back, front = -a.length / 2, a.length / 2
    hip = a.leg * (1 - 0.86 * body.lying) + a.depth * 0.25
    swing = 0.42 * min(1.4, body.gait)
    near = (a.shapes.legs if a.shapes else None) or c
    far = shade(near, 0.74)
    for i, (x, tone) in enumerate(((back + 0.05, far), (front - 0.03, far), (back, near), (front - 0.08, near))):
        angle = swing * math.sin(body.phase * 7 / max(0.2, a.leg * 4) + (0, math.pi, math.pi, 0)[i])
        lower = angle * 0.4
        if body.gait >= GALLOP:
            angle, lower = _galloping(body.phase * 7 / max(0.2, a.leg * 4), i)
        knee = (x + 0.5 * hip * math.sin(angle), hip - 0.5 * hip * math.cos(angle))
        foot = (knee[0] + 0.5 * hip * math.sin(lower), max(0.02, knee[1] - 0.5 * hip * math.cos(lower)))
        pen.line(((x, hip), knee, foot), a.shapes.leg if a.shapes else 0.05 + a.depth * 0.13, tone)
    wag = 0.3 * math.sin(body.clock * 22) if body.kind == "dog" else 0.1 * math.sin(body.clock * 9)
    root, up = (back - a.depth * 0.3, hip + a.depth * 0.45), a.tail_up + wag
    tip = (root[0] - a.tail * math.cos(up), root[1] + a.tail * math.sin(up))
    pen.line((root, tip), a.shapes.tail if a.shapes else 0.045, shade(c, 0.85))
    if a.shapes and a.shapes.tuft:
        pen.disc(*tip, a.shapes.tuft, shade(c, 0.5))
    top = hip + a.depth * 0.75
    pen.round(back - a.depth * 0.42, hip - a.depth * 0.3, front + a.depth * 0.34, top, a.depth * 0.5, c)
    if body.kind == "sheep":
        _wool(pen, a, hip, top, c)
    if body.kind == "cow":
        pen.oval(-0.14, top - 0.13, 0.12, 0.09, INK)
        pen.oval(0.2, top - 0.2, 0.08, 0.07, INK)
    if a.shapes:
        old = pen.sub(0.0, hip - a.depth * 0.3)
        a.shapes.draw(pen, c, body)
        pen.back(old)
    lower = 0.9 * body.head  # 1 = grazing or biting low, -1 = head thrown up
    low = max(0.0, body.head - 1.0)  # down to the grass
    angle = 0.85 - lower - 0.4 * low - (0.2 if body.kind in ("bear", "boar") else 0)
    start = (front + a.depth * 0.05, top - a.depth * 0.22)
    reach = a.neck + 0.06 + low * max(0.0, start[1] - a.head - a.neck)
    hx, hy = start[0] + reach * math.cos(angle), max(0.9 * a.head, start[1] + reach * math.sin(angle))
    if a.neck > 0.05 or low:
        pen.line((start, (hx, hy)), 0.08 + a.depth * 0.3, c)
    old = pen.sub(hx, hy, 1.0, 12 + 36 * body.head)
    _face(pen, a, c, body)
    pen.back(old)


def _wool(pen: Pen, a: Animal, hip: float, top: float, c: Rgb) -> None:
    """Curls along the back and the belly, a little darker between them."""
    low, size = hip - 0.2 * a.depth, 0.2 * a.depth
    for n in range(6):
        x = -0.56 * a.length + n * 1.1 * a.length / 5
        pen.disc(x, top - 0.3 * size, size, c)
        pen.disc(x, low, 0.8 * size, shade(c, 0.93))
        if n:
            pen.disc(x - 0.1 * a.length, 0.5 * (low + top), 0.7 * size, shade(c, 0.95))


def _galloping(at: float, leg: int) -> tuple[float, float]:
    """Angles of the upper and the lower leg: the front legs reach out while the hind legs push off, then all gather."""
    front = leg in (1, 3)
    reach = math.tanh(2.2 * math.sin(at + (0.0 if leg < 2 else 0.45))) * (1 if front else -1)
    return (1.0 * reach, 1.15 * reach if (reach > 0) == front else reach - 0.9)


def _sitting(pen: Pen, body: Body, a: Animal) -> None:
    """On the haunches, the chest up on straight front legs."""
    c, deep, leg = body.colour, a.depth, a.shapes.leg if a.shapes else 0.05 + a.depth * 0.13
    near = (a.shapes.legs if a.shapes else None) or c
    rump, chest = (-0.24 * a.length, 0.5 * deep), (0.2 * a.length, 0.8 * a.leg + 0.85 * deep)
    wag = 0.3 * math.sin(body.clock * 22) if body.kind == "dog" else 0.1 * math.sin(body.clock * 9)
    root, up = (rump[0] - 0.4 * deep, 0.3 * deep), 0.35 + wag if a.tail_up > 0 else 0.12
    tip = (root[0] - a.tail * math.cos(up), max(0.03, root[1] + a.tail * math.sin(up)))
    pen.line((root, tip), a.shapes.tail if a.shapes else 0.045, shade(c, 0.85))
    foot = chest[0] + 0.04
    pen.line(((chest[0] - 0.01, chest[1] - 0.2 * deep), (foot - 0.02, 0.03)), leg, shade(near, 0.74))
    pen.line((rump, chest), 0.95 * deep, c)
    if a.shapes:
        old = pen.sub(rump[0] + 0.5 * (chest[0] - rump[0]), 0.1 * deep + 0.25 * chest[1], 0.85, -38)
        a.shapes.draw(pen, c, body)
        pen.back(old)
    pen.line(((chest[0] + 0.04, chest[1] - 0.2 * deep), (foot + 0.04, 0.03)), leg, near)
    pen.disc(rump[0] + 0.03, 0.44 * deep, 0.46 * deep, shade(c, 0.93))
    pen.line(((rump[0] + 0.02, 0.03), (rump[0] + 0.16 + 0.5 * deep, 0.03)), leg, near)
    start = (chest[0] + 0.05 * deep, chest[1] + 0.1 * deep)
    angle = 1.0 - 0.9 * body.head
    hx, hy = start[0] + (a.neck + 0.06) * math.cos(angle), start[1] + (a.neck + 0.06) * math.sin(angle)
    pen.line((start, (hx, hy)), 0.08 + deep * 0.3, c)
    old = pen.sub(hx, hy, 1.0, 6 + 36 * body.head)
    _face(pen, a, c, body)
    pen.back(old)


def swimming_depth(kind: str) -> float:
    """How deep one of this kind is under the water when it swims, as a share of its height."""
    a = ANIMALS[kind]
    if (a.shapes is not None and not a.shapes.walker) or kind in ("bird", "snake", "monkey"):
        return 0.09
    return (0.14 * a.leg + 0.5 * a.depth) / a.height


_SHEEP_FACE: Final = (84, 76, 72)
_FAR_EAR: Final = ((-0.9, 0.5), (-1.75, 2.2), (-1.3, 2.9), (-0.7, 2.2), (-0.2, 0.8))  # of a rabbit, in head sizes
_NEAR_EAR: Final = ((-0.5, 0.6), (-0.75, 2.4), (-0.25, 3.1), (0.1, 2.3), (0.2, 0.8))


def _face(pen: Pen, a: Animal, c: Rgb, body: Body) -> None:
    r = a.head
    gape = 0.5 * body.mouth
    if body.kind == "horse":
        pen.line(((-0.03, 0.1), (-0.22, -0.1), (-0.3, -0.24)), 0.07, shade(c, 0.45))
    if body.kind == "lion":
        pen.disc(-0.25 * r, -0.1 * r, 1.75 * r, (128, 76, 38))
    if gape > 0:
        pen.line(((r * 0.4, -r * 0.45), (r + a.snout * 0.75, -r * 0.5 - gape * r)), r * 0.4, shade(c, 0.7))
    if body.kind == "sheep":  # a dark face in its wool
        pen.disc(-0.5 * r, 0.35 * r, 1.15 * r, c)
        c = _SHEEP_FACE
    pen.disc(0, 0, r, c)
    muzzle = (246, 190, 180) if body.kind in ("cow", "boar") else shade(c, 0.9)
    muzzle = a.shapes.muzzle or muzzle if a.shapes else muzzle
    pen.line(((r * 0.3, -r * 0.2), (r * 0.7 + a.snout * 0.8, -r * 0.3)), r * 1.05, muzzle)
    if a.ear != "hare":
        pen.disc(r * 0.9 + a.snout, -r * 0.16, r * 0.22, INK)
    if a.ear == "point":
        pen.poly(((-r * 0.7, r * 0.5), (-r * 0.3, r * 1.75), (r * 0.3, r * 0.8)), shade(c, 0.8))
    elif a.ear == "long":
        pen.oval(-r * 0.4, r * 1.4, r * 0.26, r * 1.0, shade(c, 0.8))
    elif a.ear == "hare":  # both, half as long as the animal, and a small pink nose
        for ear, tone in ((_FAR_EAR, 0.78), (_NEAR_EAR, 0.92)):
            pen.poly(tuple((x * r, y * r) for x, y in ear), shade(c, tone))
        pen.oval(-r * 0.27, r * 1.8, r * 0.16, r * 0.75, (238, 176, 172))
        pen.disc(r * 0.95 + a.snout, -r * 0.1, r * 0.2, (226, 132, 132))
    elif a.ear == "round":
        pen.disc(-r * 0.45, r * 0.85, r * 0.4, shade(c, 0.8))
    elif a.ear == "none":
        pass
    elif a.ear == "flop":
        pen.oval(-r * 0.5, -r * 0.05, r * 0.36, r * 0.8, shade(c, 0.62))
    else:
        pen.line(((0, r * 0.7), (-r * 0.1, r * 1.3), (-r * 0.6, r * 1.7)), r * 0.3, (206, 196, 170))
        pen.oval(-r * 0.8, r * 0.3, r * 0.45, r * 0.25, shade(c, 0.75))
    if body.kind == "goat":
        pen.line(((r * 0.7, -r * 0.8), (r * 0.5, -r * 1.9)), r * 0.4, shade(c, 0.85))
    if body.kind == "boar":
        pen.line(((r + a.snout * 0.4, -r * 0.4), (r + a.snout * 0.6, r * 0.2)), r * 0.2, (250, 246, 230))
    if a.shapes:
        a.shapes.face(pen, c, body)
    if body.asleep:
        pen.line(((r * 0.1, r * 0.3), (r * 0.35, r * 0.2), (r * 0.6, r * 0.3)), max(0.012, r * 0.12), INK)
    else:
        eye = (250, 248, 240) if body.kind == "sheep" else INK
        pen.disc(r * 0.35, r * 0.28, max(0.014, r * 0.17), eye)


def _bird(pen: Pen, body: Body) -> None:
    c, flying = body.colour, body.lift > 0.03 or body.gait > 0.05
    flap = math.sin(body.clock * 40) if flying else -0.9
    pen.poly(((-0.14, 0.14), (-0.32, 0.2), (-0.3, 0.1)), shade(c, 0.75))
    if not flying:
        for x in (-0.02, 0.05):
            pen.line(((x, 0), (x, 0.09)), 0.018, (240, 160, 50), caps=False)
    pen.poly(((-0.08, 0.18), (0.06, 0.19), (-0.02, 0.19 + 0.26 * flap), (-0.18, 0.18 + 0.2 * flap)), shade(c, 0.68))
    pen.oval(0, 0.15, 0.17, 0.1, c)
    pen.disc(0.15, 0.23, 0.075, c)
    pen.poly(((0.21, 0.25), (0.3, 0.22), (0.21, 0.2)), (244, 168, 48))
    pen.disc(0.17, 0.25, 0.016, INK)
    pen.poly(((-0.1, 0.16), (0.08, 0.17), (0.0, 0.16 + 0.24 * flap), (-0.16, 0.15 + 0.18 * flap)), shade(c, 0.84))


def _snake(pen: Pen, body: Body) -> None:
    c = body.colour
    wave = body.phase * 16 + body.clock * 3
    points = [
        (
            -0.42 + i * 0.07,
            0.05 + 0.05 * math.sin(wave - i * 0.9) + (0.0 if i < 10 else 0.06 * (i - 9) * (1 - body.head)),
        )
        for i in range(13)
    ]
    pen.line(points, 0.075, c)
    for x, y in points[1:-1:2]:
        pen.disc(x, y + 0.01, 0.024, shade(c, 0.6))
    hx, hy = points[-1]
    pen.oval(hx + 0.03, hy + 0.01, 0.075, 0.055, c)
    pen.disc(hx + 0.05, hy + 0.03, 0.016, (250, 230, 90))
    pen.line(
        ((hx + 0.1, hy), (hx + 0.17, hy + 0.01 + 0.02 * math.sin(body.clock * 30))), 0.014, (214, 44, 60), caps=False
    )


def _monkey(pen: Pen, body: Body) -> None:
    c = body.colour
    swing = 30 * min(1.5, body.gait) * math.sin(body.phase * 14)
    pen.line(((-0.1, 0.16), (-0.26, 0.14), (-0.32, 0.3), (-0.24, 0.42)), 0.034, shade(c, 0.8))
    for sign, tone in ((-1, shade(c, 0.74)), (1, c)):
        leg = math.radians(sign * swing)
        pen.line(((-0.02, 0.18), (0.06 + 0.05 * math.sin(leg), 0.1), (0.0 + 0.14 * math.sin(leg), 0.02)), 0.06, tone)
        arm = math.radians(30 - sign * swing + 60 * max(0.0, -body.head))
        pen.line(((0.02, 0.32), (0.02 + 0.13 * math.sin(arm), 0.32 - 0.13 * math.cos(arm)),
                  (0.1 + 0.2 * math.sin(arm), 0.3 - 0.2 * math.cos(arm))), 0.05, tone)  # fmt: skip
    pen.oval(-0.01, 0.25, 0.095, 0.14, c)
    pen.disc(-0.05, 0.45, 0.04, (226, 178, 140))
    pen.disc(0.03, 0.44, 0.095, c)
    pen.disc(0.065, 0.425, 0.066, (226, 178, 140))
    pen.disc(0.07, 0.45, 0.016, INK)
    pen.line(((0.05, 0.395), (0.1, 0.4)), 0.014 + 0.02 * body.mouth, (130, 60, 50), caps=False)
