"""Whether a scene shows that one thing is behind, on, under, between or beside another, at any time of the clip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from .drawing.pen import PERSON
from .drawing.things import THINGS, enlarged
from .drawing.vehicles import VEHICLES as FORMS
from .drawn_tables import vehicles
from .scene import ANIMALS, PEOPLE, SHORES, VEHICLES, Actor, Prop, Scene

WORDING: Final = {"front": "in front of", "next": "next to"}
# What is seen on another thing where that is there: the window of a house.
_VEHICLES: Final = ("car", "van", "bus", "truck", "train", "taxi", "tram", "police car", "ambulance", "pickup", "plane",
                    "fire truck",
                    *(k for k, e in vehicles().items() if "words" in e and "ridden" not in e))  # fmt: skip
PARTS: Final = {
    **dict.fromkeys(("door", "tyre", "lights"), _VEHICLES),
    "chimney": ("house", "factory"),
    "window": ("building", "shop", "church", "house", *_VEHICLES),
}
# Places that are seen in the picture of another one.
IN_VIEW: Final = {
    **{shore: (place, "beach") if shore == "seaside" else (place,) for place, shore in SHORES.items()},
    "river footbridge": ("footbridge", "river", "bridge"), "footbridge": ("bridge", "river"),
    "alley mouth": ("alley", "street"), "muddy field": ("field", "farm", "meadow"),
    "river bridge": ("under bridge", "river", "bridge"), "driveway": ("street", "yard"),
    "forest road": ("forest", "street", "country road"), "desert road": ("desert", "street", "country road"),
    "mountain road": ("mountain", "street", "country road"), "desert village": ("desert", "village"),
    "desert gas station": ("gas station", "desert", "street"), "stone pier": ("pier", "quay"),
    "vegetable garden": ("garden",), "bus station": ("station",), "tennis court": ("court",), "valley": ("mountain",),
    "parking space": ("parking lot", "street"), "narrow road": ("street", "country road"),
    "level crossing": ("railway", "street"), "open level crossing": ("level crossing", "railway", "street"),
    "bridge": ("river bridge", "street"), "coast road": ("street", "sea", "beach"),
    "oval track": ("running track", "stadium", "race track"),
    "road ahead": ("street", "suburb", "village", "sidewalk"), "path ahead": ("park",),
    "country road ahead": ("country road", "narrow road", "street", "field", "meadow", "farm", "hillside"),
    "desert road ahead": ("desert", "desert road", "street"), "ski slope": ("mountain", "snow"),
    "bike lane": ("street",), "road bend": ("street", "country road"), "highway ahead": ("highway", "street"),
    "forest road ahead": ("forest", "forest road", "street", "park"),
    "tunnel road": ("tunnel", "street", "country road"), "tunnel railway": ("tunnel", "railway"),
    "beach": ("sea",), "quay": ("sea",),
    "crosswalk": ("street", "crossroads"), "sea wall": ("sea", "street", "quay", "promenade", "sidewalk"),
    "auditorium": ("stage",), "concert": ("stage",),
    "stands": ("stadium",),
    "lake": ("mountain",), "snow": ("mountain",), "seaside": ("sea", "beach"),
    "runway": ("airport",), "airport": ("runway",), "country road": ("street", "field"), "riverside": ("river", "park"),
    **dict.fromkeys(("highway", "tunnel", "crossroads", "gas station", "railway", "roundabout"), ("street",)),
}  # fmt: skip
_NEAR: Final = 0.28  # of the frame's width, centre to centre: beside each other
_CLOSE: Final = 0.05  # put there
_UPON: Final = 0.16  # one above the other
_LONG: Final = ("fence", "wall")
_BESIDE: Final = ("beside", "near", "next", "by", "over", "above")
_UNDER: Final = ("under", "below", "underneath")
_ON: Final = ("on", "onto", "in", "inside")


def stands(scene: Scene, preposition: str, one: Actor | Prop, grounds: Sequence[Actor | Prop]) -> bool:
    """True if `one` is where the preposition says, seen from some of the things of the ground."""
    others = [other for other in grounds if other.id != one.id]
    reached = {beat.target for beat in scene.beats if beat.who == one.id}
    reached |= {beat.who for beat in scene.beats if beat.target == one.id}
    xs = [one.x, *(b.to for b in scene.beats if b.to is not None and one.id in (b.who, b.target))]
    if preposition == "between":
        sides, lanes = [other.x for other in others], [other.y for other in others]
        if len(lanes) > 1 and min(lanes) < one.y < max(lanes) and min(xs) < min(sides) and max(sides) < max(xs):
            return True  # drives through, one of them further back and one nearer to us
        return bool(sides) and any(min(sides) < x < max(sides) for x in xs)
    if preposition == "around":
        circling = any(
            b.verb in ("circle", "swerve") and b.target in {other.id for other in others} for b in scene.beats
        )
        both = {f"{one.id}_other", f"{one.id}51"} & {actor.id for actor in scene.actors}
        if circling or (isinstance(one, Actor) and both):
            return True  # or on both sides, or all around
        if isinstance(one, Prop):  # chairs on both sides of a table
            same = {prop.id: prop.x for prop in scene.props if prop.kind == one.kind}
            sides = [
                *({**same, **{b.target: b.to for b in scene.beats if b.target in same and b.to is not None}}).values()
            ]
            if any(min(sides) < other.x < max(sides) for other in others):
                return True
        reach = 0.12 * ((one.count + 1) // 2) if isinstance(one, Actor) and one.count > 2 else 0.0
        return any(abs(other.x - x) < reach for other in others for x in xs)
    if preposition in ("above", "over") and any(
        b.verb == "suspend" and one.id in (b.who, b.target) for b in scene.beats
    ):
        return any(abs(other.x - x) < _NEAR for other in others for x in xs)  # a load, and the hook that it hangs on
    set_down = [b.to for b in scene.beats if b.target == one.id and b.verb in ("lower", "hoist") and b.to is not None]
    if preposition in _ON and any(abs(other.x - to) < _NEAR for other in others for to in set_down):
        return True  # by a crane or a forklift
    return any(_fits(scene, preposition, one, other, xs, reached) for other in others)


def _fits(
    scene: Scene,
    preposition: str,
    one: Actor | Prop,
    other: Actor | Prop,
    xs: Sequence[float],
    reached: set[str | None],
) -> bool:
    wide = 0.14 + 0.17 * FORMS[other.kind].width * other.scale if other.kind in FORMS else _NEAR
    near = other.id in reached or any(abs(x - other.x) < max(_NEAR, wide) for x in xs)
    half = 0.15 * THINGS[other.kind].width * other.scale if other.kind in _LONG else 0.0
    upon = any(abs(x - other.x) < max(_UPON, half + 0.05) for x in xs)
    if preposition == "behind":
        passes = upon or (isinstance(other, Prop) and min(xs) <= other.x <= max(xs))
        passed = [b.to for b in scene.beats if b.who == other.id and b.to is not None and isinstance(one, Prop)]
        left = isinstance(other, Actor) and any(0.1 < (to - one.x) * other.facing < 0.6 for to in passed)
        return (
            ((passes or _at_its_corner(other, xs)) and one.y < other.y)
            or _follows(one, other, xs)
            or (left and other.kind in VEHICLES)
        )
    if preposition == "front":
        return near and one.y >= other.y
    if preposition in _UNDER:
        ways = sorted(xs)
        return (upon or ways[0] < other.x < ways[-1]) and one.y >= other.y - 0.03
    if preposition in _ON:
        put = [
            b.to
            for b in scene.beats
            if b.target == one.id and b.verb in ("put", "set down", "drop", "throw", "load", "pick")
        ]
        if any(to is None or abs(to - other.x) < _CLOSE for to in put):
            return True
        return other.id in reached or (upon and one.y < other.y)
    if preposition in ("above", "over") and isinstance(one, Prop):
        airborne = {b.verb for b in scene.beats if b.who == one.id} & {"fly", "float", "rise", "jump", "land"}
        return near and (one.y < other.y - 0.1 or bool(airborne))
    if preposition in ("above", "over") and one.y < other.y - 0.1 and min(xs) < other.x < max(xs):
        return True  # flies over it
    return preposition in _BESIDE and near


def _at_its_corner(other: Actor | Prop, xs: Sequence[float]) -> bool:
    """Half beside a house that is as high and wide as hides everybody."""
    shape = THINGS.get(other.kind) if isinstance(other, Prop) else None
    if shape is None or shape.height < 0.9 or shape.width < 0.7:
        return False
    half = 0.5 * shape.width * enlarged(shape) * PERSON * 0.6 * other.scale
    return any(abs(x - other.x) < half + 0.1 for x in xs)


def _follows(one: Actor | Prop, other: Actor | Prop, xs: Sequence[float]) -> bool:
    """A vehicle or an animal behind another one, from the start or where it comes to stand."""
    if not (isinstance(one, Actor) and isinstance(other, Actor)):
        return False
    if {one.kind, other.kind} <= {*ANIMALS} and one.facing == other.facing:
        return any(0.08 < (other.x - x) * other.facing < 0.6 for x in (one.x,))
    if one.kind not in VEHICLES or other.kind not in (*VEHICLES, *ANIMALS, *PEOPLE):
        return False
    return any(0.15 < (other.x - x) * other.facing < 0.6 for x in xs)
