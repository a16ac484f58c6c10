"""People: a jointed figure in clothing, with what tells a woman, a boy, a policeman or an old man from the others.

draw_person reads a body.Body (pose, colours, what it holds) and draws it with a Pen at the body's place.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from svta.generation.storyboard.drawn_tables import clothing, grown
from svta.generation.storyboard.scene import worn_things

from .alteration import draw_held
from .palette import COLOUR, HAIR, INK, MUTED, MUTED_TROUSERS, OLD_HAIR, SKIN, Rgb, lightness, pick, rgb, shade
from .pen import Pen, Point
from .poses import HEAD, TORSO, Joints, joints
from .shapes import Draw, drawing
from .vehicle_ends import rider_from_the_end

if TYPE_CHECKING:
    from .body import Body
from .body import Look

UNIFORM: dict[str, tuple[Rgb, Rgb, str, Rgb, Rgb | None]] = {  # shirt, trousers, hat, its colour, stripe
    "police officer": ((44, 70, 140), (30, 42, 86), "cap", (24, 36, 84), (250, 210, 70)),
    "firefighter": ((196, 138, 52), (70, 62, 56), "helmet", (206, 36, 36), (244, 240, 160)),
    "worker": ((246, 132, 36), (74, 86, 118), "hard hat", (252, 208, 44), (246, 242, 170)),
    "cyclist": ((62, 160, 158), (48, 50, 60), "bike helmet", (232, 234, 240), None),
    "robber": ((46, 46, 52), (52, 54, 62), "hood", (30, 30, 34), None),
}


HEADGEAR_COLOURS: dict[str, Rgb] = {
    "bike helmet": (226, 64, 56), "hard hat": (252, 208, 44), "baseball cap": (58, 98, 176), "wool hat": (190, 70, 90),
    "crown": (246, 196, 52), "top hat": (34, 34, 40), "headscarf": (150, 96, 160), "chef hat": (248, 248, 246),
} | {kind: rgb(entry["colour"]) for kind, entry in clothing().items() if entry["slot"] == "hat"}  # fmt: skip
_DYES: dict[str, Rgb] = {"red": (196, 96, 42), "yellow": (232, 200, 96), "black": (40, 34, 34), "grey": (152, 152, 156)}
_ROUND_HATS = ("helmet", "bike helmet", "hard hat", "cap", "baseball cap", "wool hat")
_BELOW_THE_HEAD = ("hands", "feet", "body", "back", "legs")
# kind -> where it is worn, its drawing, and what of it is seen in front of the trunk
_GARMENTS: dict[str, tuple[str, Draw, Draw]] = {
    kind: (entry["slot"], drawing(entry["shapes"]), drawing(entry.get("front", ())))
    for kind, entry in clothing().items()
}


def look_of(
    kind: str,
    colour: str | None,
    trousers: str | None,
    hat: bool,
    seed: int,
    name: str,
    bareheaded: bool = False,
    hat_colour: str | None = None,
    headgear: str | None = None,
    worn: str | None = None,
    worn_colour: str | None = None,
) -> Look:
    """The clothing and features of a kind of person; unnamed colours are muted and stay the same for seed and name."""
    female, child, old = kind in ("woman", "girl", "old woman"), kind in ("boy", "girl"), kind.startswith("old ")
    shirt, legs = pick(MUTED, seed, name, "shirt"), pick(MUTED_TROUSERS, seed, name, "trousers")
    cover: str | None = ("sun hat" if female else "brim") if hat else None
    cover_colour: Rgb = shade(legs, 0.8)
    stripe: Rgb | None = None
    if kind in UNIFORM:
        shirt, legs, cover, cover_colour, stripe = UNIFORM[kind]
    cover = headgear or cover
    cover = None if bareheaded else cover
    if headgear in HEADGEAR_COLOURS and kind not in UNIFORM:
        cover_colour = HEADGEAR_COLOURS[headgear]
    cover_colour = COLOUR[hat_colour] if hat_colour else cover_colour
    shirt = COLOUR[colour] if colour else shirt
    legs = COLOUR[trousers] if trousers else legs
    hair = pick(OLD_HAIR if old else HAIR, seed, name, "hair")
    skin = pick(SKIN[:4], seed, name, "skin")
    things = [(kind, own or worn_colour if n == 0 else own) for n, (kind, own) in enumerate(worn_things(worn))]
    wears = tuple((kind, COLOUR[own] if own else rgb(clothing()[kind]["colour"]))
                  for kind, own in things if kind in clothing() and kind not in grown())  # fmt: skip
    skirt, cut = female and not trousers, ""
    for garment, own_colour in wears:
        entry = clothing()[garment]
        by = {"own": own_colour, "skin": skin, "short": own_colour}
        shirt, legs = by.get(entry.get("shirt", ""), shirt), by.get(entry.get("legs", ""), legs)
        skirt = skirt and ("dress" in entry or not {"legs", "shirt"} & entry.keys())
        cut = "short" if entry.get("legs") == "short" else cut
        stripe = None if "shirt" in entry or garment == "overalls" else stripe
    look = Look(
        shirt, legs, skin, hair, female, skirt, cover, cover_colour, stripe, child, old, kind == "person", worn,
        COLOUR[worn_colour] if worn_colour else None, wears, cut,
    )  # fmt: skip
    return _with_build(look, [(kind, own) for kind, own in things if kind in grown()])


def _with_build(look: Look, grows: list[tuple[str, str | None]]) -> Look:
    """The same with the hair and the build that its words give it."""
    for kind, own in grows:
        entry = clothing()[kind]
        if entry["slot"] == "hair":
            dyed = rgb(entry["colour"]) if "colour" in entry else look.hair
            look = look._replace(hair=_DYES.get(own, COLOUR[own]) if own else dyed)
        look = look._replace(girth=look.girth * entry.get("girth", 1.0))
    colours = ((kind, look.shirt if clothing()[kind]["slot"] == "build" else look.hair) for kind, _ in grows)
    return look._replace(wears=(*colours, *look.wears))


def undressed(look: Look, *, coat: bool) -> Look:
    """The same without what is on the head, or in the shirt under the coat."""
    if coat:
        return look._replace(shirt=(238, 234, 224) if lightness(look.shirt) < 200 else (120, 150, 190), stripe=None)
    newest = look.wears[-1:] if look.hat is None or look.wears else ()
    if newest and clothing()[newest[0][0]]["slot"] in _BELOW_THE_HEAD:  # gloves, and the hat stays on
        left = look.wears[:-1]
        return look._replace(wears=left)
    return look._replace(hat=None, worn=None, wears=tuple(piece for piece in look.wears if piece[0] in grown()))


def slot_between(worn: Look, bare: Look) -> str:
    """Where that is worn which one look has and the other has not: hands, feet, body, hat."""
    new = [kind for kind, _ in worn.wears if kind not in dict(bare.wears)]
    return str(clothing()[new[-1]]["slot"]) if new and worn.hat == bare.hat else "hat"


def draw_person(pen: Pen, body: Body) -> None:
    """Draws a person: far limbs, legs, torso, head, near arm, and what it holds."""
    look = body.look
    if look is None:
        raise ValueError(f"{body.kind} {body.id!r} has no look: not a person")
    pen.at(body.x, body.y - body.lift, body.scale, facing=body.facing, turn=body.turn, pivot=0.48, squash=body.squash)
    j = joints(body.pose, look.child)
    if body.on is not None and abs(body.yaw) > 0.5:
        cover, legs = look.hat_colour if look.hat in _ROUND_HATS else None, look.skin if look.skirt else look.trousers
        rider_from_the_end(pen, look.shirt, legs, look.skin, look.hair, cover, j.hip[1], body.yaw > 0)
        return
    sleeve, far, trousers = shade(look.shirt, 0.86), shade(look.shirt, 0.70), look.trousers
    shoe: Rgb = (44, 40, 44) if lightness(trousers) > 60 else (92, 84, 82)
    shoe = look.skin if any("shoes" in clothing()[kind] for kind, _ in look.wears) else shoe
    bare = look.skirt or look.legs == "short"
    dark_legs = shade(look.skin if bare else trousers, 0.80)
    _garments(pen, look, "back", j.hip, _along(j.hip, j.shoulder))
    _limb(pen, (j.shoulder[0] * 0.92 + j.hip[0] * 0.08, j.shoulder[1] * 0.92 + j.hip[1] * 0.08), j.arm2, 0.07, far,
          shade(look.skin, 0.85))  # fmt: skip
    _leg(pen, j.hip, j.leg2, dark_legs, shoe, body.pose.turn, body.pose.leg2 - body.pose.knee2)
    if body.held and (body.held_far or body.both):
        _held(pen, body, j.arm2, body.pose.arm2 + body.pose.elbow2)
    _leg(pen, j.hip, j.leg, look.skin if bare else trousers, shoe, body.pose.turn, body.pose.leg - body.pose.knee)
    for leg in (j.leg2, j.leg):
        if look.legs == "short":
            pen.line((j.hip, leg[0]), 0.116, trousers)
        _garments(pen, look, "feet", leg[1], _along(leg[1], leg[0]))
    _torso(pen, j, look)
    for slot in ("build", "body"):
        _garments(pen, look, slot, j.hip, _along(j.hip, j.shoulder))
    _head(pen, j, look, body)
    shoulder = (j.shoulder[0] * 0.92 + j.hip[0] * 0.08, j.shoulder[1] * 0.92 + j.hip[1] * 0.08)
    if body.held and not body.held_far:
        _held(pen, body, j.arm, body.pose.arm + body.pose.elbow)
    _limb(pen, shoulder, j.arm, 0.078, sleeve, look.skin)
    for hand in (j.arm2, j.arm):
        _garments(pen, look, "hands", hand[1], _along(hand[1], hand[0]))
    if body.cuffed > 0.5:
        pen.disc(*j.arm[1], 0.035, (206, 212, 222))
        pen.disc(*j.arm[1], 0.018, INK)


def _along(start: Point, end: Point) -> float:
    """How far the way from start to end is turned forward from upright, in degrees."""
    return math.degrees(math.atan2(end[0] - start[0], end[1] - start[1]))


def _garments(pen: Pen, look: Look, slot: str, at: Point, turn: float) -> None:
    """What is worn there, in the frame whose y leads up along the limb."""
    for kind, colour in look.wears:
        where, shapes, front = _GARMENTS[kind]
        if slot == where or (slot == "body" and where == "back"):
            old = pen.sub(*at, 1.0, turn)
            (shapes if slot == where else front)(pen, colour, 0.0)
            pen.back(old)


def _limb(pen: Pen, start: Point, limb: tuple[Point, Point], width: float, colour: Rgb, skin: Rgb) -> None:
    pen.line((start, *limb), width, colour)
    pen.disc(*limb[1], width * 0.52, skin)


def _leg(pen: Pen, hip: Point, leg: tuple[Point, Point], colour: Rgb, shoe: Rgb, turn: float, shin: float) -> None:
    pen.line((hip, *leg), 0.102, colour)
    toe = math.radians(shin - turn + 82)
    x, y = leg[1]
    pen.line(((x, y), (x + 0.062 * math.sin(toe), y - 0.062 * math.cos(toe))), 0.056, shoe)


def _torso(pen: Pen, j: Joints, look: Look) -> None:
    (hx, hy), (sx, sy) = j.hip, j.shoulder
    ux, uy = (sx - hx) / TORSO, (sy - hy) / TORSO  # along the spine
    wide, waist = (0.104, 0.08) if look.long_hair else (0.124, 0.1)
    wide, waist = wide * (1.0 + look.girth) / 2, waist * look.girth

    def at(along: float, out: float) -> Point:
        return hx + ux * along + uy * out, hy + uy * along - ux * out

    if look.skirt:
        knee = ((j.leg[0][0] + j.leg2[0][0]) / 2, (j.leg[0][1] + j.leg2[0][1]) / 2)
        dx, dy = knee[0] - hx, knee[1] - hy
        length = math.hypot(dx, dy) or 1e-6
        dx, dy = dx / length * 0.235, dy / length * 0.235
        spread = 0.135 + 0.3 * abs(j.leg[0][0] - j.leg2[0][0])
        nx, ny = dy / 0.235 * spread, -dx / 0.235 * spread
        pen.poly((at(0.08, waist), at(0.08, -waist), (hx + dx + nx, hy + dy + ny), (hx + dx - nx, hy + dy - ny)),
                 shade(look.shirt, 0.94))  # fmt: skip
    pen.poly((at(-0.03, waist), at(0.08, waist * 0.98), at(TORSO - 0.06, wide), at(TORSO + 0.01, wide * 0.72),
              at(TORSO + 0.03, 0), at(TORSO + 0.01, -wide * 0.72), at(TORSO - 0.06, -wide), at(0.08, -waist * 0.98),
              at(-0.03, -waist)), look.shirt)  # fmt: skip
    if look.worn == "tie":
        pen.poly((at(TORSO - 0.02, 0.05), at(0.1, 0.075), at(0.05, 0.055), at(0.1, 0.035)),
                 look.worn_colour or (196, 44, 52))  # fmt: skip
    if look.stripe:
        pen.line((at(0.13, waist), at(0.13, -waist)), 0.03, look.stripe, caps=False)
        pen.disc(*at(0.24, 0.05), 0.024, look.stripe)
    elif not look.skirt:
        pen.line((at(0.0, waist), at(0.0, -waist)), 0.026, shade(look.trousers, 0.7), caps=False)


def _head(pen: Pen, j: Joints, look: Look, body: Body) -> None:
    turn = math.degrees(math.atan2(j.up[0], j.up[1]))
    old = pen.sub(*j.head, 1.22 if look.child else 1.0, turn)
    skin, hair = look.skin, look.hair
    hood = look.hat == "hood"
    cut = any("cut" in clothing()[kind] for kind, _ in look.wears)
    if cut:
        look = look._replace(long_hair=False, bob=False, old=False)
    if look.long_hair and not hood:
        if look.old:
            pen.disc(-0.085, 0.06, 0.05, hair)
        else:
            pen.poly(
                ((-0.115, 0.05), (-0.135, -0.13), (-0.1, -0.175), (0.0, -0.16), (0.035, -0.05), (0.02, 0.06)), hair
            )
    elif look.bob and not hood:
        pen.poly(((-0.115, 0.05), (-0.122, -0.085), (-0.09, -0.11), (-0.02, -0.1), (0.0, 0.05)), hair)
    pen.line(((0, 0), (-0.005, -0.12)), 0.06, shade(skin, 0.9), caps=False)
    pen.disc(0, 0, HEAD, look.hat_colour if hood else skin)
    if not hood:
        pen.disc(0.1, -0.012, 0.022, skin)
        if cut:
            _garments(pen, look, "hair", (0.0, 0.0), 0.0)
        elif look.old and not look.long_hair:
            pen.arc(0, 0.0, 0.109, 130, 240, hair)
            pen.arc(0.04, -0.05, 0.06, 180, 360, hair)
        else:
            pen.arc(-0.004, 0.012, 0.112, 40, 236, hair)
    eye = 0.052
    if hood:
        pen.round(0.005, 0.002, 0.106, 0.05, 0.02, skin)
    if body.asleep:
        pen.line(((eye - 0.02, 0.012), (eye + 0.022, 0.012)), 0.014, INK, caps=False)
    else:
        pen.disc(eye, 0.022, 0.0165, INK)
    if body.mouth > 0:
        pen.oval(0.062, -0.045, 0.02, 0.012 + 0.022 * body.mouth, (120, 40, 44))
    _worn(pen, look)
    _garments(pen, look, "face", (0.0, 0.0), 0.0)
    _hat(pen, look)
    pen.back(old)


def _worn(pen: Pen, look: Look) -> None:
    """What is on a face or neck; an apron and a tie are on the body."""
    colour = look.worn_colour
    match look.worn and look.worn.partition(",")[0]:
        case "glasses":
            pen.ring(0.062, 0.02, 0.032, 0.013, colour or INK)
            pen.line(((0.03, 0.024), (-0.06, 0.03)), 0.012, colour or INK, caps=False)
        case "sunglasses":
            pen.round(0.02, -0.008, 0.106, 0.045, 0.02, colour or INK)
            pen.line(((0.03, 0.03), (-0.07, 0.034)), 0.014, colour or INK, caps=False)
        case "beard":
            pen.poly(((0.1, -0.03), (0.09, -0.1), (0.03, -0.15), (-0.05, -0.1), (-0.06, -0.02), (0.02, -0.04)),
                     colour or shade(look.hair, 0.9))  # fmt: skip
        case "mask":
            pen.poly(((0.108, 0.0), (0.1, -0.08), (0.03, -0.1), (-0.01, -0.03), (0.02, 0.0)), colour or (150, 200, 230))
        case "scarf":
            pen.line(((-0.07, -0.13), (0.06, -0.13)), 0.08, colour or (206, 62, 62))
            pen.line(((0.04, -0.15), (0.07, -0.32)), 0.06, colour or (206, 62, 62))


def _hat(pen: Pen, look: Look) -> None:
    colour = look.hat_colour
    if look.hat in _GARMENTS:
        _GARMENTS[look.hat][1](pen, colour, 0.0)
    match look.hat:
        case "cap":
            pen.poly(((-0.11, 0.045), (-0.13, 0.11), (-0.02, 0.15), (0.12, 0.125), (0.108, 0.045)), colour)
            pen.poly(((0.06, 0.04), (0.165, 0.024), (0.155, 0.052), (0.07, 0.07)), INK)
            pen.disc(0.055, 0.092, 0.024, (250, 210, 70))
        case "helmet":
            pen.arc(-0.01, 0.03, 0.13, 0, 180, colour)
            pen.poly(((-0.18, 0.0), (-0.13, 0.055), (0.13, 0.055), (0.16, 0.03)), shade(colour, 0.8))
            pen.disc(0.07, 0.08, 0.026, (250, 220, 90))
        case "hard hat":
            pen.arc(-0.005, 0.04, 0.122, 0, 180, colour)
            pen.round(-0.125, 0.03, 0.165, 0.056, 0.01, shade(colour, 0.86))
        case "bike helmet":
            pen.arc(-0.01, 0.04, 0.124, 0, 180, colour, 0.1)
            pen.line(((-0.09, 0.07), (0.08, 0.07)), 0.018, (70, 160, 190), caps=False)
        case "baseball cap":
            pen.arc(-0.005, 0.035, 0.118, 0, 180, colour)
            pen.line(((0.06, 0.04), (0.19, 0.034)), 0.03, shade(colour, 0.8))
        case "wool hat":
            pen.arc(-0.005, 0.03, 0.122, 0, 180, colour)
            pen.line(((-0.11, 0.04), (0.105, 0.04)), 0.045, shade(colour, 0.8))
            pen.disc(-0.01, 0.165, 0.034, shade(colour, 1.25))
        case "crown":
            pen.poly(
                ((-0.1, 0.04), (-0.12, 0.16), (-0.05, 0.1), (0, 0.18), (0.05, 0.1), (0.12, 0.16), (0.1, 0.04)), colour
            )
        case "top hat":
            pen.box(-0.085, 0.05, 0.085, 0.24, colour)
            pen.round(-0.16, 0.04, 0.16, 0.066, 0.012, colour)
        case "chef hat":
            pen.box(-0.1, 0.04, 0.09, 0.14, colour)
            for x in (-0.08, 0.0, 0.075):
                pen.disc(x, 0.18, 0.066, colour)
        case "headscarf":
            pen.arc(-0.004, 0.0, 0.122, 30, 270, colour)
            pen.poly(((-0.11, 0.0), (-0.12, -0.16), (0.0, -0.15), (0.05, -0.09)), colour)
        case "sun hat" | "brim":
            pen.round(-0.085, 0.05, 0.085, 0.145, 0.03, colour)
            pen.round(-0.165, 0.04, 0.165, 0.07, 0.015, shade(colour, 0.82))
            pen.box(-0.085, 0.07, 0.085, 0.09, shade(colour, 0.6))


def _held(pen: Pen, body: Body, arm: tuple[Point, Point], angle: float) -> None:
    x, y = arm[1]
    if body.held is not None:
        draw_held(pen, body.held, body.held_colour, x, y, angle - body.pose.turn, body.held_turn, body.held_form)
