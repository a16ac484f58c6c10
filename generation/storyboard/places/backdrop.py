"""Backdrop: the canvas a place is painted on once a clip: sky by time of day, washes of light, skylines, floors.

places.json, rooms.json and sites.json hold most places as rows `[method, arguments ...]`; those with loops or chance in
them are functions of nature.py, rooms.py and streets.py. All paint in fractions of the frame (x right, y down);
weather.py falls over it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any, Final

from PIL import Image

from svta.generation.storyboard.drawing.palette import COLOUR, SKY, Rgb, blend, rgb, shade
from svta.generation.storyboard.drawing.pen import PERSON, Pen
from svta.generation.storyboard.drawing.things import THINGS
from svta.generation.storyboard.place_table import is_room, place_table
from svta.generation.storyboard.scene import FAIR

Painter = Callable[["Backdrop"], None]
HORIZON = 0.62
WASH: Rgb = (246, 246, 244)
_WHITE: Final = ("snow", "icy")  # weathers in which the ground is
_CLOUDS: Final = {
    "cloudless": -9,
    "overcast": 4,
    "rain": 3,
    "storm": 3,
    "snow": 3,
    "hail": 3,
}  # more than at other times
MARK: Rgb = (255, 0, 255)


def rows_painter(rows: list[list[Any]]) -> Painter:
    """Paints rows `[method of Backdrop, arguments ...]` of places.json; #rrggbb is a colour."""
    steps = [(METHODS[name], [_value(argument) for argument in arguments]) for name, *arguments in rows]

    def paint(backdrop: Backdrop) -> None:
        for method, arguments in steps:
            if arguments[:1] != [backdrop.without]:  # of the things that stand there, this one is left out
                method(backdrop, *arguments)

    return paint


def _value(argument: Any) -> Any:
    if isinstance(argument, list):
        return [_value(value) for value in argument]
    return rgb(argument) if isinstance(argument, str) and argument.startswith("#") else argument


def place(*names: str, indoors: bool = False) -> Callable[[Painter], Painter]:
    """Registers the painter of some places."""

    def register(painter: Painter) -> Painter:
        for name in names:
            PLACE_PAINTERS[name] = (painter, indoors)
        return painter

    return register


def lit_windows(b: Backdrop) -> float:
    """The share of the windows in which there is light."""
    return 0.0 if b.without == "lights" else 0.5 if b.time == "night" else 0.12


class Backdrop:
    """Paints in fractions of the frame; sizes of discs and things in scene units."""

    def __init__(self, pen: Pen, name: str, time: str, weather: str, seed: int):
        self.pen, self.time, self.weather = pen, time, weather
        self.random = random.Random(f"{seed}/{name}")
        self.wide, self.high = pen.world_width, pen.world_height
        self.lights: list[tuple[float, float, float, float]] = []  # windows that shine at night
        self.without, self.shown = "", frozenset[str]()  # left out: "fridge"; things of the scene: "sun"

    # -- shapes --------------------------------------------------------------------------------------------------

    def box(self, x0: float, y0: float, x1: float, y1: float, fill: Rgb) -> None:
        """A rectangle."""
        self.poly(((x0, y0), (x1, y0), (x1, y1), (x0, y1)), fill)

    def poly(self, points: Sequence[tuple[float, float]], fill: Rgb) -> None:
        """A polygon."""
        self._frame()
        self.pen.poly([(x * self.wide / PERSON, -y * self.high / PERSON) for x, y in points], fill)

    def line(self, points: Sequence[tuple[float, float]], width: float, fill: Rgb) -> None:
        """A line; its width is in scene units."""
        self._frame()
        self.pen.line(
            [(x * self.wide / PERSON, -y * self.high / PERSON) for x, y in points], width / PERSON, fill, caps=False
        )

    def disc(self, x: float, y: float, radius: float, fill: Rgb) -> None:
        """A circle; its radius is in scene units."""
        self._frame()
        self.pen.disc(x * self.wide / PERSON, -y * self.high / PERSON, radius / PERSON, fill)

    def oval(self, x: float, y: float, rx: float, ry: float, fill: Rgb) -> None:
        """An ellipse; its radii are fractions of the frame."""
        self._frame()
        self.pen.oval(
            x * self.wide / PERSON, -y * self.high / PERSON, rx * self.wide / PERSON, ry * self.high / PERSON, fill
        )

    def thing(
        self, kind: str, x: float, y: float, scale: float = 1.0, colour: str | None = None, state: float = 0.0
    ) -> None:
        """A thing of drawing/things.py, paler than one that matters."""
        self.pen.at(x * self.wide, y * self.high, scale)
        THINGS[kind].draw(self.pen, blend(COLOUR[colour] if colour else THINGS[kind].colour, WASH, 0.25), state)
        if kind == "lamp post" and self.without != "lights":
            lx, ly = self.pen.world(0.24, 1.5)
            self.lights.append(
                (lx / self.wide - 0.02, ly / self.high - 0.012, lx / self.wide + 0.02, ly / self.high + 0.008)
            )

    def things(self, kind: str, xs: Sequence[float], y: float, scale: float = 1.0, colour: str | None = None) -> None:
        """Several things of a kind in a row."""
        for x in xs:
            self.thing(kind, x, y, scale, colour)

    def _frame(self) -> None:
        self.pen.at(0, 0, 1.0)

    # -- outdoors ------------------------------------------------------------------------------------------------

    def fade(self, y0: float, y1: float, top: Rgb, bottom: Rgb) -> None:
        """A vertical gradient over the full width."""
        image = self.pen.image
        height = max(1, round((y1 - y0) * image.height))
        ramp = Image.linear_gradient("L").resize((image.width, height))
        image.paste(
            Image.composite(Image.new("RGB", ramp.size, bottom[:3]), Image.new("RGB", ramp.size, top[:3]), ramp),
            (0, round(y0 * image.height)),
        )

    def sky(self, horizon: float = HORIZON, clouds: int = 3) -> None:
        """Sky down to the horizon with a sun or clouds by weather; the night's moon comes after the tint."""
        top, low = SKY[self.time if self.time != "night" else "day"]
        if self.weather in ("rain", "storm", "fog", "snow", "hail", "sandstorm", "overcast"):
            top, low = blend(top, (150, 156, 166), 0.75), blend(low, (206, 210, 214), 0.75)
        self.fade(0.0, horizon + 0.02, top, low)
        if self.weather in FAIR and self.time != "night" and "sun" not in self.shown:
            y = 0.12 if self.time == "day" else horizon - 0.08
            self.disc(0.84, y, 0.06, (255, 226, 120) if self.time == "day" else (255, 190, 110))
        dark = 0.8 if self.weather == "storm" else 0.92 if self.weather == "rain" else 1.0
        count = max(0, clouds + _CLOUDS.get(self.weather, 0))
        for i in range(count):
            self.cloud(
                0.76 * (i + 0.3 + 0.5 * self.random.random()) / count,
                0.06 + 0.16 * self.random.random(),
                0.8 + 0.5 * self.random.random(),
                shade(blend((255, 255, 255), low, 0.25), dark),
            )
        self.box(0.0, 0.0, 1.0, horizon + 0.02, MARK) if "mark" in self.shown else None

    def cloud(self, x: float, y: float, size: float, fill: Rgb) -> None:
        """A cumulus."""
        for dx, dy, r in ((-0.055, 0.014, 0.03), (-0.02, -0.008, 0.044), (0.022, 0.002, 0.04), (0.056, 0.016, 0.026)):
            self.disc(x + dx * size, y + dy * size, r * size, fill)

    def night_sky(self) -> None:
        """Moon and stars on the tinted sky."""
        self.pen.light(None)
        for x0, y0, x1, y1 in self.lights:
            self.box(x0, y0, x1, y1, (252, 214, 120))
        if self.weather in FAIR:
            rng, image = random.Random(5), self.pen.image
            for _ in range(26):
                x, y, size = rng.random(), rng.random() * 0.3, 0.004 + 0.003 * rng.random()
                under = image.getpixel((int(x * (image.width - 1)), int(y * (image.height - 1))))
                if isinstance(under, tuple) and sum(under) < 330:  # the sky, no wall or cloud
                    self.disc(x, y, size, (236, 238, 250))
        if self.weather not in ("storm", "fog") and "moon" not in self.shown:
            self.disc(0.84, 0.13, 0.05, (246, 240, 206))
            self.disc(0.855, 0.115, 0.042, (74, 84, 124))

    def ground(self, colour: Rgb, horizon: float = HORIZON) -> None:
        """The ground from the horizon to the lower edge, snowed in when it snows."""
        if self.weather in _WHITE:
            colour = blend(colour, (238, 242, 248), 0.8)
        self.fade(horizon, 1.0, shade(colour, 1.12), shade(colour, 0.96))

    def skyline(
        self, base: float, low: float, tall: float, count: int, colours: Sequence[Rgb], windows: bool = True
    ) -> None:
        """A row of houses that stand on y = base."""
        x = -0.02
        for i in range(count):
            w = (1.06 / count) * (0.8 + 0.4 * self.random.random())
            top = base - low - (tall - low) * self.random.random()
            colour = colours[i % len(colours)]
            self.box(x, top, x + w, base, colour)
            self.box(x, top, x + w, top + 0.012, shade(colour, 0.8))
            if windows:
                columns = max(2, round(w / 0.045))
                for column in range(columns):
                    y = top + 0.05
                    while y < base - 0.09:
                        lit = self.random.random() < lit_windows(self)
                        left = x + w * (column + 0.25) / columns
                        right = left + w * 0.5 / columns
                        self.box(left, y, right, y + 0.05, (255, 232, 150) if lit else shade(colour, 0.74))
                        if lit:
                            self.lights.append((left, y, right, y + 0.05))
                        y += 0.095
            x += w

    def hills(self, base: float, high: float, colour: Rgb, count: int = 3) -> None:
        """Rolling hills behind."""
        for i in range(count):
            self.oval(
                (i + 0.5) / count + 0.06 * (self.random.random() - 0.5),
                base,
                0.75 / count,
                high * (0.7 + 0.5 * self.random.random()),
                shade(colour, 0.95 + 0.06 * (i % 3)),
            )

    def road(self, top: float, dashes: float | None = None, colour: Rgb = (138, 140, 148)) -> None:
        """Asphalt from y = top down, dashed at y = dashes."""
        self.box(0, top, 1, 1, blend(colour, (232, 236, 244), 0.6) if self.weather in _WHITE else colour)
        if dashes is not None:
            for i in range(7):
                self.box(i / 6 - 0.05, dashes, i / 6 + 0.05, dashes + 0.016, (240, 240, 236))

    # -- indoors -------------------------------------------------------------------------------------------------

    def interior(self, wall: Rgb, floor: Rgb, boards: str = "planks", line: float = 0.68) -> None:
        """A back wall, a skirting, and a floor of planks, tiles or carpet."""
        self.fade(0, line, shade(wall, 1.1), wall)
        self.fade(line, 1, shade(floor, 0.92), shade(floor, 1.1))
        if boards in ("planks", "tiles"):
            for i in range(-6, 13):
                x = i / 6
                self.line(((0.5 + (x - 0.5) * 0.8, line), (0.5 + (x - 0.5) * 1.5, 1.0)), 0.004, shade(floor, 0.86))
        if boards == "tiles":
            for y in (0.73, 0.8, 0.89):
                self.line(((0, y), (1, y)), 0.004, shade(floor, 0.86))
        self.box(0, line - 0.022, 1, line, shade(wall, 0.76))

    def pane(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """A window that shows the time of day."""
        if self.without == "window":
            return
        top, low = SKY[self.time]
        self.box(x0 - 0.008, y0 - 0.012, x1 + 0.008, y1 + 0.016, (250, 250, 248))
        self.box(x0, y0, x1, y1, top)
        self.box(x0, (y0 + y1) / 2, x1, y1, low)
        self.box((x0 + x1) / 2 - 0.004, y0, (x0 + x1) / 2 + 0.004, y1, (250, 250, 248))

    def lamp(self, x: float, y: float = 0.0, drop: float = 0.12) -> None:
        """A lamp hanging from the ceiling."""
        self.line(((x, y), (x, y + drop)), 0.006, (90, 90, 96))
        self.poly(
            ((x - 0.03, y + drop + 0.04), (x + 0.03, y + drop + 0.04), (x + 0.012, y + drop), (x - 0.012, y + drop)),
            (250, 214, 120),
        )

    def picture(self, x: float, y: float, colour: Rgb) -> None:
        """A picture on the wall."""
        self.box(x, y, x + 0.1, y + 0.13, (150, 112, 74))
        self.box(x + 0.01, y + 0.016, x + 0.09, y + 0.114, colour)
        self.poly(((x + 0.01, y + 0.114), (x + 0.05, y + 0.05), (x + 0.09, y + 0.114)), shade(colour, 0.8))


METHODS: Final[dict[str, Callable[..., None]]] = {
    "box": Backdrop.box, "poly": Backdrop.poly, "line": Backdrop.line, "disc": Backdrop.disc, "oval": Backdrop.oval,
    "thing": Backdrop.thing, "things": Backdrop.things, "fade": Backdrop.fade, "sky": Backdrop.sky,
    "ground": Backdrop.ground,
    "skyline": Backdrop.skyline, "hills": Backdrop.hills, "road": Backdrop.road, "interior": Backdrop.interior,
    "pane": Backdrop.pane, "lamp": Backdrop.lamp, "picture": Backdrop.picture,
}  # fmt: skip
PLACE_PAINTERS: Final[dict[str, tuple[Painter, bool]]] = {  # name -> (function, indoors)
    name: (rows_painter(entry["shapes"]), entry.get("indoors", False))
    for name, entry in json.loads(
        files("svta.generation.storyboard.places").joinpath("places.json").read_bytes()
    ).items()
} | {name: (rows_painter(entry["shapes"]), is_room(name)) for name, entry in place_table().items()}
