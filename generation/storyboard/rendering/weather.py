"""What lies over the whole frame: rain, snow, fog, wind, smoke-filled air, rising water, a landslide.

Weather is drawn at the frame's own size from tiles made once a clip; water and earth on the pen's canvas.
"""

from __future__ import annotations

import math
import random

from PIL import Image, ImageChops, ImageDraw

from svta.generation.storyboard.animation.world import World
from svta.generation.storyboard.drawing.effects import noise
from svta.generation.storyboard.drawing.palette import SMOKE, Rgb, shade
from svta.generation.storyboard.drawing.pen import PERSON, Pen
from svta.generation.storyboard.scene import FAIR


class Weather:
    """Falls over frames of one size; `over(frame, t, world)` changes the frame in place."""

    def __init__(self, weather: str, width: int, height: int, seed: int, indoors: bool):
        self.weather = "clear" if indoors and weather != "fog" else weather
        self.size = (width, height)
        self.tiles: list[
            tuple[Image.Image, Rgb, float, float]
        ] = []  # mask, colour, frames crossed a clip: down, across
        rng = random.Random(seed + 11)
        if self.weather in ("rain", "storm"):
            slant = 0.22 if self.weather == "storm" else 0.08
            for count, long, colour, fall in ((46, 0.10, (226, 236, 246), 7.0), (30, 0.15, (244, 248, 252), 10.0)):
                count = int(count * (1.7 if self.weather == "storm" else 1.0))
                self.tiles.append((self._streaks(rng, count, long, slant), colour, fall, -fall * slant * 0.9))
        elif self.weather == "hail":
            for count, radius, fall in ((70, 0.011, 7.0), (40, 0.016, 9.0)):
                self.tiles.append((self._flakes(rng, count, radius), (250, 252, 255), fall, -0.4))
        elif self.weather == "snow":
            for count, radius, fall in ((60, 0.006, 1.6), (36, 0.011, 2.4)):
                self.tiles.append((self._flakes(rng, count, radius), (252, 253, 255), fall, 0.25))

    def _streaks(self, rng: random.Random, count: int, long: float, slant: float) -> Image.Image:
        w, h = self.size
        mask = Image.new("L", self.size)
        draw = ImageDraw.Draw(mask)
        for _ in range(count):
            x, y = rng.random() * w, rng.random() * h
            for wrap in (0, -h):  # what leaves below comes in above
                draw.line(
                    (x, y + wrap, x - long * slant * h, y + long * h + wrap), fill=150, width=max(1, round(h / 240))
                )
        return mask

    def _flakes(self, rng: random.Random, count: int, radius: float) -> Image.Image:
        w, h = self.size
        mask = Image.new("L", (w * 2, h * 2))
        draw = ImageDraw.Draw(mask)
        r = max(1.0, radius * h * 2)
        for _ in range(count):
            x, y = rng.random() * w * 2, r + rng.random() * (h * 2 - 2 * r)
            draw.ellipse((x - r, y - r, x + r, y + r), fill=240)
        return mask.reduce(2)

    def over(self, frame: Image.Image, t: float, world: World) -> Image.Image:
        """The frame with weather and the air of the scene over it."""
        h = self.size[1]
        for mask, colour, fall, across in self.tiles:
            moved = ImageChops.offset(mask, int(across * t * h), int(fall * t * h))
            if world.weather < 1:
                moved = moved.point([int(v * world.weather) for v in range(256)])
            frame.paste(colour, (0, 0), moved)
        if self.weather == "fog":
            frame = Image.blend(frame, Image.new("RGB", self.size, (222, 226, 230)), 0.3 * world.weather)
        if self.weather == "sandstorm":
            frame = Image.blend(frame, Image.new("RGB", self.size, (214, 164, 96)), 0.55 * world.weather)
        if self.weather == "storm" and world.weather > 0.5 and (0.30 < t < 0.34 or 0.38 < t < 0.41 or 0.76 < t < 0.80):
            frame = Image.blend(frame, Image.new("RGB", self.size, (240, 244, 255)), 0.3)
        if world.haze > 0:
            frame = Image.blend(frame, Image.new("RGB", self.size, shade(SMOKE, 1.25)), 0.44 * world.haze)
        return frame


def covers(world: World, weather: str) -> bool:
    """Whether something is drawn over the whole frame."""
    return weather not in FAIR or world.haze > 0


def draw_air(pen: Pen, world: World, t: float, windy: bool) -> None:
    """Wind, smoke, water and earth that cover much of the scene, in front of the actors."""
    if windy or world.wind > 0:
        _wind(pen, world, t)
    if world.banks > 0:
        _fog_banks(pen, world, t)
    if world.haze > 0:
        _smoke_banks(pen, world, t)
    if world.slide > 0:
        _landslide(pen, world, t)
    if world.flood > 0:
        _water(pen, world, t)


def _fog_banks(pen: Pen, world: World, t: float) -> None:
    """Fog, dust or driving snow from the left, its front first, until it lies over the whole place."""
    colour = {"sandstorm": (196, 148, 88, 130), "snow": (244, 247, 250, 120)}.get(
        world.scene.weather, (226, 230, 234, 84)
    )
    pen.at(0, 0, 1.0)
    r = noise(world.seed + 21, 180)
    wide, high = world.width / PERSON, world.height / PERSON
    front = (0.04 + 1.3 * world.banks) * wide
    for i in range(60):
        x = front - 1.35 * wide * r[i] + 0.05 * math.sin(t * 8 + i)
        y = (0.16 + 0.8 * r[i + 60]) * high
        pen.oval(x, -y, 0.4 + 0.3 * r[i + 120], 0.16 + 0.12 * r[i + 120], colour)


def _wind(pen: Pen, world: World, t: float) -> None:
    pen.at(0, 0, 1.0)
    r = noise(world.seed + 5, 48)
    wide, high = world.width / PERSON, world.height / PERSON
    for i in range(8):
        x = ((r[i] + t * (1.6 + r[i + 8])) % 1.2 - 0.1) * wide
        y = (0.08 + 0.7 * r[i + 16]) * high
        pen.line(((x - 0.35, -y), (x - 0.1, -y + 0.02), (x + 0.12, -y - 0.01)), 0.014, (250, 252, 255, 190), caps=False)
    for i in range(9):
        x = ((r[i + 24] + t * (1.2 + r[i + 32])) % 1.2 - 0.1) * wide
        y = (0.2 + 0.7 * r[i + 33]) * high + 0.1 * math.sin(t * 20 + i)
        a = t * 24 + i
        c, s = 0.045 * math.cos(a), 0.045 * math.sin(a)
        pen.poly(
            ((x + c, -y + s), (x - s * 0.5, -y + c * 0.5), (x - c, -y - s), (x + s * 0.5, -y - c * 0.5)),
            ((196, 128, 50), (146, 166, 70))[i % 2],
        )


def _smoke_banks(pen: Pen, world: World, t: float) -> None:
    pen.at(0, world.ground, 1.0)
    r = noise(world.seed + 9, 36)
    wide = world.width / PERSON
    for i in range(11):
        age = (r[i] + t * 0.9) % 1.0
        x = (r[i + 11] * 1.2 - 0.1) * wide + 0.3 * age
        pen.disc(x, -0.1 + 1.5 * age, 0.22 + 0.3 * age, (*shade(SMOKE, 1.1), int(150 * world.haze * (1 - age))))


def _landslide(pen: Pen, world: World, t: float) -> None:
    pen.at(world.width, world.ground, 1.0)
    p, wide, r = world.slide, world.width / PERSON, noise(world.seed + 3, 60)
    front = -wide * (0.02 + 0.68 * p)
    points = [(0.1, 1.1), (0.1, -0.4), (front, -0.22)]
    for i in range(9):
        x = front * (1 - i / 8)
        points.append((x, (0.06 + 0.95 * (i / 8) ** 1.2) * (0.75 + 0.35 * r[i]) * (0.4 + 0.6 * p)))
    pen.poly(points, (240, 244, 250) if world.snowy else (134, 100, 70))
    pen.poly([(x, y * 0.62 - 0.08) for x, y in points], (222, 230, 242) if world.snowy else (112, 82, 58))
    for i in range(12):
        along = (r[i + 10] * 0.8 + p * 1.1) % 1.0
        x = front * along
        y = 0.02 + 0.8 * (1 - along) ** 1.2 * (0.4 + 0.6 * p) + 0.06 * abs(math.sin(p * 16 + i))
        size, a = 0.05 + 0.08 * r[i + 22], p * 12 + i
        c, s = size * math.cos(a), size * math.sin(a)
        pen.poly(
            ((x + c, y + s), (x - s, y + c), (x - c, y - s), (x + s, y - c)),
            shade((214, 222, 234) if world.snowy else (128, 120, 112), 0.8 + 0.4 * r[i + 34]),
        )


def _water(pen: Pen, world: World, t: float) -> None:
    pen.at(0, 0, 1.0)
    level = world.height - (world.height - 0.66 * world.height) * world.flood
    wide, high = world.width / PERSON, world.height / PERSON
    top = []
    for i in range(19):
        x = i / 18
        top.append((x * wide, -level / PERSON + 0.022 * math.sin(x * 22 + t * 26) * min(1.0, world.flood * 3)))
    colour = (142, 104, 66, 214) if world.muddy else (74, 138, 186, 178)
    pen.poly([*top, (wide, -high), (0, -high)], colour)
    pen.line(top, 0.02, (226, 242, 250), caps=False)
    for i in range(8):
        x = (i / 8 + 0.06 * math.sin(t * 9 + i)) * wide
        if world.muddy:  # it flows
            x = ((i / 8 + 1.6 * t) % 1.1 - 0.1) * wide
        y = -level / PERSON - 0.08 - 0.05 * (i % 3)
        if y > -high:
            pen.line(((x, y), (x + 0.16, y)), 0.014, (196, 224, 240, 200), caps=False)
