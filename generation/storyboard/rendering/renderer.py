"""Draws a Scene as frames: the place once, then for each frame what moved, repaired and reduced only where it did.

Read by svta.generation.storyboard.render; one thread, no fonts, no clock: the same Scene gives the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
from PIL import Image

from svta.generation.storyboard.animation.world import World
from svta.generation.storyboard.drawing.alteration import WHOLE, draw_altered
from svta.generation.storyboard.drawing.animals import draw_animal
from svta.generation.storyboard.drawing.body import Body, Companion
from svta.generation.storyboard.drawing.effects import draw_effect
from svta.generation.storyboard.drawing.palette import COLOUR, TINT, SceneError
from svta.generation.storyboard.drawing.pen import PERSON, SUPERSAMPLING, Pen
from svta.generation.storyboard.drawing.people import draw_person
from svta.generation.storyboard.drawing.things import THINGS
from svta.generation.storyboard.drawing.vehicles import draw_vehicle
from svta.generation.storyboard.places.backdrop import PLACE_PAINTERS
from svta.generation.storyboard.places.painting import before_the_sky, paint_place
from svta.generation.storyboard.scene import FAIR, WHOLE_SCENE, Scene, able
from svta.generation.storyboard.staging.minors_gate import refuse_minors
from svta.generation.storyboard.staging.read_scene import read_scene

from .weather import Weather, covers, draw_air

SIMULATION_STEP = 1 / 32  # of a clip: short clips are simulated as finely as long ones
MOST_PIXELS = 4096
_SHINING, _GLOW = ("phone", "flashlight", "candle"), 0.09  # how far they shine, as a share of the height
DARKNESS = np.array((0.8, 0.78, 0.66))  # share of red, green and blue that is gone where the light is out


def render(
    caption_or_scene: str | Scene, *, num_frames: int = 33, height: int = 192, width: int = 320, seed: int = 0
) -> np.ndarray:
    """See svta.generation.storyboard.render. The last gate before a frame is drawn: refuses violence with a minor."""
    scene = caption_or_scene
    if isinstance(scene, str):
        scene, seed = read_scene(scene, seed), 0
    refuse_minors(scene)
    return paint(scene, num_frames, height, width, scene.seed + seed)


def paint(scene: Scene, num_frames: int, height: int, width: int, seed: int) -> np.ndarray:
    """uint8 [num_frames, height, width, 3]. Raises SceneError for a word outside the vocabulary or an odd size."""
    if num_frames < 1 or num_frames > 10_000:
        raise SceneError(f"num_frames must be 1 to 10000, not {num_frames}")
    times = (i / (num_frames - 1) if num_frames > 1 else 0.5 for i in range(num_frames))
    drawn = pictures(scene, times, height, width, seed)
    first = next(drawn)  # a size that is none is refused before there is room for all frames
    frames = np.empty((num_frames, *first.shape), np.uint8)
    frames[0] = first
    for i, picture in enumerate(drawn, 1):
        frames[i] = picture
    return frames[::-1].copy() if scene.backwards else frames


def pictures(
    scene: Scene, times: Iterable[float], height: int, width: int, seed: int, place_seed: int | None = None
) -> Iterator[np.ndarray]:
    """uint8 [height, width, 3] at each of the rising times, in clip lengths: beyond 1 the scene goes on.

    Scenes of one place, light, weather and place_seed (default: seed) have the same background.
    """
    if not (64 <= height <= MOST_PIXELS and 64 <= width <= MOST_PIXELS) or height % 2 or width % 2:
        raise SceneError(f"frames are even, 64 to {MOST_PIXELS} pixels a side, not {width}x{height}")
    pen = Pen(width, height)
    world = World(scene, pen.world_width, pen.world_height, seed)
    indoors = PLACE_PAINTERS[scene.place][1]
    in_the_sky = frozenset(prop.kind for prop in scene.props) & {"sun", "moon"}
    own_seed = seed if place_seed is None else place_seed
    paint_place(pen, scene.place, scene.time, scene.weather, own_seed, in_the_sky)
    tint = TINT[scene.time][1]
    pen.light(None if tint == (1.0, 1.0, 1.0) or indoors else tint)
    moving = _moving(scene, world)
    far = {b.id for b in world.bodies.values() if b.kind in _FAR}
    if far | {beat.verb for beat in scene.beats if beat.verb == "flash"}:
        pen.land = (before_the_sky((width, height), scene.place, scene.time, scene.weather, own_seed), pen.image.copy())
    for body in world.by_depth():
        if body.id not in moving:
            _draw_body(pen, world, body, None)
    background = pen.image.copy()
    pen.land = (pen.land[0], background) if pen.land is not None else None
    changing = [b for b in scene.beats if b.who == WHOLE_SCENE and b.verb in ("appear", "vanish")]
    ends = (_in_clear_weather(scene, world, moving, seed if place_seed is None else place_seed, (width, height)),
            background) if changing else None  # fmt: skip
    small = background.reduce(SUPERSAMPLING)
    plain = np.asarray(small)
    weather = Weather(scene.weather, width, height, seed, indoors)
    windy = scene.weather in ("wind", "storm", "sandstorm") and not indoors
    last = 0.0
    for t in times:
        for k in range(1, math.ceil((t - last) / SIMULATION_STEP - 1e-6)):
            world.step(last + k * SIMULATION_STEP)
        world.step(t)
        last = t
        pen.forget()
        if ends is not None:
            background = Image.blend(*ends, world.weather)
            pen.land = (pen.land[0], background) if pen.land is not None else None
            small = background.reduce(SUPERSAMPLING)
            pen.image.paste(background)
        _draw_frame(pen, world, moving, background, t, windy)
        box = pen.touched()
        if weather.weather not in FAIR or covers(world, "clear"):
            frame = small.copy()
            if box is not None:
                frame.paste(pen.image.reduce(SUPERSAMPLING, box), (box[0] // 2, box[1] // 2))
            picture = np.asarray(weather.over(frame, t, world))
        else:
            picture = plain.copy()
            if box is not None:
                left, top, right, bottom = (v // SUPERSAMPLING for v in box)
                picture[top:bottom, left:right] = np.asarray(pen.image.reduce(SUPERSAMPLING, box))
        if world.dark > 0:
            picture = (picture * (1 - world.dark * DARKNESS * _unlit(world, picture.shape[:2]))).astype(np.uint8)
        if world.shake > 0:
            picture = _shaken(picture, world.shake, t)
        if box is not None:
            pen.image.paste(background.crop(box), box)
        yield picture


def _in_clear_weather(scene: Scene, world: World, moving: set[str], seed: int, size: tuple[int, int]) -> Image.Image:
    """The background as it is before rain begins and after it has stopped."""
    pen = Pen(*size)
    in_the_sky = frozenset(prop.kind for prop in scene.props) & {"sun", "moon"}
    paint_place(pen, scene.place, scene.time, "clear", seed, in_the_sky)
    for body in world.by_depth():
        if body.id not in moving:
            _draw_body(pen, world, body, None)
    return pen.image.copy()


def _moving(scene: Scene, world: World) -> set[str]:
    """Ids of bodies that may look different from frame to frame."""
    ids = {b.id for b in world.bodies.values() if b.family in ("person", "animal")}
    for beat in scene.beats:
        ids |= {beat.who, *([beat.target] if beat.target else [])}
    if any(beat.who == WHOLE_SCENE and beat.verb in ("swirl", "flood") for beat in scene.beats):
        ids |= {b.id for b in world.bodies.values()}
    # A still thing that stands nearer to us than something that moves must be drawn over it.
    depths = [b.y + b.z for b in world.bodies.values() if b.id in ids]
    if depths:
        ids |= {b.id for b in world.bodies.values() if b.y + b.z > min(depths) + 1e-6}
    return ids & set(world.bodies)


def _draw_frame(pen: Pen, world: World, moving: set[str], background: Image.Image, t: float, windy: bool) -> None:
    for e in (*world.stains, *world.effects):
        if not e.front:
            draw_effect(pen, e, t)
            if e.kind == "bolt":
                _behind_the_land(pen)
    tint = pen.tint
    for body in world.by_depth():
        if body.id in moving:
            _draw_body(pen, world, body, background)
    pen.light(None)  # fire and marks shine by themselves
    for e in (*world.stains, *world.effects):
        if e.front:
            draw_effect(pen, e, t)
    pen.light(tint)
    draw_air(pen, world, t, windy)


def _draw_body(pen: Pen, world: World, b: Body, background: Image.Image | None) -> None:
    if b.hidden:
        return
    keep = (b.x, b.y, b.lift, b.look, b.colour, b.phase)
    first = Companion(0.0, 0.0, b.look, b.colour, b.id, 0.0)
    for one in sorted((first, *b.copies), key=lambda c: c.dy):
        b.x, b.y, b.lift = keep[0] + b.dx + one.dx * b.spread, keep[1] + one.dy, keep[2] + b.dy - b.sunk
        b.look, b.colour, b.phase = one.look, one.colour, keep[5] + one.phase
        if b.family != "person" and b.turn:
            b.lift += _resting_lift(b)
        _shadow(pen, world, b)
        _draw_one(pen, b)
        if b.kind in _FAR:
            _behind_the_land(pen)
        if b.sunk > 0 and background is not None:
            _submerge(pen, b, background)
    b.x, b.y, b.lift, b.look, b.colour, b.phase = keep


def _behind_the_land(pen: Pen) -> None:
    """Houses and hills again over what was drawn in the sky."""
    if pen.land is not None:
        mask, place = pen.land
        pen.image.paste(place, (0, 0), mask)


def _draw_one(pen: Pen, b: Body) -> None:
    if b.family == "person":
        draw_person(pen, b)
    elif b.family == "animal":
        draw_animal(pen, b)
        if b.held is not None and b.held in THINGS:
            _in_the_mouth(pen, b)
    elif b.family == "vehicle":
        draw_vehicle(pen, b)
    else:
        thing = THINGS[b.kind]
        pen.at(b.x, b.y - b.lift, b.scale, facing=b.facing, turn=b.turn, pivot=thing.height * 0.45, squash=b.squash)
        old = pen.sub(0, 0.03) if thing.grip == "aim" else None
        draw_altered(pen, b.kind, b.colour, b.state, b.form)
        if old is not None:
            pen.back(old)


def _in_the_mouth(pen: Pen, b: Body) -> None:
    """What an animal has in its mouth from the first frame on, where its mouth is when it stands."""
    item = THINGS[b.held or ""]
    size = max(item.width, item.height, 0.01)
    long = min(max(1.0, 0.17 / size), 0.5 / size)
    high = 0.5 * min(b.height, 0.8 * b.width) / b.size
    old = pen.sub(
        (0.95 if size < 0.15 else 0.78) * b.half / b.size,
        high - (0.75 if size < 0.15 else 0.3) * item.height * long,
        long,
    )
    draw_altered(pen, b.held or "", COLOUR[b.held_colour] if b.held_colour else item.colour, 0.0, WHOLE)
    pen.back(old)


def _resting_lift(b: Body) -> float:
    """How far a tilted box must rise for its lowest corner to touch the ground."""
    angle = math.radians(b.turn)
    c, s = math.cos(angle), math.sin(angle)
    pivot = 0.45 * b.height if b.family != "animal" else 0.4 * b.height
    low = min(-x * s + (y - pivot) * c for x in (-b.half, b.half) for y in (0.0, b.height)) + pivot
    return -low


_FAR: Final = ("sun", "moon", "rainbow", "double rainbow")  # behind whatever stands in the place
_HOVERING: Final = ("drone", "helicopter", "hot air balloon", "airship")


def _shadow(pen: Pen, world: World, b: Body) -> None:
    if b.y < world.ground - 0.25 and (b.kind in _HOVERING or (b.family == "animal" and able(b.kind, "fly"))):
        return  # so high up that it would fall elsewhere
    if b.sunk > 0 or (
        b.family == "prop" and (b.y < world.ground - 0.1 or b.kind in ("door", "window", "wire", "rope"))
    ):
        return
    wide = (
        b.half if b.family != "person" else 0.17 * b.size * 2 * (1.6 if abs(b.pose.turn) > 50 else 0.55)
    ) * b.squash[0]
    wide = min(wide, 0.4 * b.size) if b.family == "vehicle" and abs(b.yaw) > 0.5 else wide
    height = min(1.0, max(0.0, b.lift) / 0.4)
    pen.at(b.x, b.y, 1.0)
    pen.oval(
        0, -0.008, wide / PERSON * (1 - 0.4 * height), 0.026 + 0.02 * wide, (30, 34, 50, int(62 * (1 - 0.6 * height)))
    )


def _submerge(pen: Pen, b: Body, background: Image.Image) -> None:
    """Covers what is under the water line with the water behind it."""
    unit = pen.unit
    half = max(b.half, 0.6 * b.height) * 1.1 + 0.03
    box = (max(0, int((b.x - half) * unit)), max(0, int(b.y * unit)), min(pen.image.width, int((b.x + half) * unit)),
           min(pen.image.height, int((b.y + b.sunk + 0.5 * b.height + 0.06) * unit)))  # fmt: skip
    if box[2] > box[0] and box[3] > box[1]:
        pen.image.paste(background.crop(box), box)
        if b.family != "prop":
            pen.at(b.x, b.y, 1.0)
            pen.oval(0, 0, half / PERSON * 0.8, 0.018, (226, 244, 252, 170))


def _unlit(world: World, size: tuple[int, ...]) -> np.ndarray:
    """The share of the darkness at each pixel: none where somebody shows a phone or flashlight that shines."""
    lit = []
    for b in world.bodies.values():
        if b.held in _SHINING and b.id in world.busy and not b.hidden:
            x = b.x + (0.58 if b.held == "flashlight" else 0.3) * b.size * b.facing
            lit += [(x + dx * b.spread, b.y + dy - 0.66 * b.size) for dx, dy in _places(b)]
    dark = np.ones((*size, 1))
    y, x = np.mgrid[0 : size[0], 0 : size[1]] / size[0]
    for at, high in lit:
        near = ((x - at / world.height) ** 2 + (y - high / world.height) ** 2)[..., None]
        dark *= 1 - 0.95 * np.exp(-near / _GLOW**2)
    return dark


def _places(b: Body) -> list[tuple[float, float]]:
    """Where each of a group stands, as seen from the first."""
    return [(0.0, 0.0), *((one.dx, one.dy) for one in b.copies)]


def _shaken(frame: np.ndarray, strength: float, t: float) -> np.ndarray:
    """The frame moved by a few pixels, its edges held."""
    height, width = frame.shape[:2]
    dx = round(0.02 * height * strength * math.sin(t * 190))
    dy = round(0.014 * height * strength * math.sin(t * 150 + 1))
    rows = np.clip(np.arange(height) + dy, 0, height - 1)
    columns = np.clip(np.arange(width) + dx, 0, width - 1)
    return frame[rows][:, columns]
