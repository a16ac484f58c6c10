"""Pen: flat shapes in local units (x forward, y up, 1 = a person's height) on a canvas twice the frame's size.

The painter draws with it, figures, vehicles and things draw themselves with it. It remembers which part of the canvas
was touched, so that a frame is repaired and reduced only there: that is where the speed comes from.
`squeezed`, `within` and `in_tint` change whatever is drawn in their block.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

from PIL import Image, ImageChops, ImageDraw

from .palette import Rgb, multiply

Point = tuple[float, float]
Matrix = tuple[float, float, float, float, float, float]  # px = a x + b y + e; py = c x + d y + f
SUPERSAMPLING = 2
PERSON = 0.5  # a grown person's height, as a fraction of the scene unit


class Pen:
    """Draws on a canvas of 2 width x 2 height. World units: 1 = the scene unit, x from the left, y from the top."""

    def __init__(self, width: int, height: int):
        self.width, self.height = width, height
        self.image = Image.new("RGB", (width * SUPERSAMPLING, height * SUPERSAMPLING))
        # A frame narrower than 4:3 shrinks the figures rather than losing them.
        self.unit = SUPERSAMPLING * min(height, 0.75 * width)
        self.world_width = self.image.width / self.unit
        self.world_height = self.image.height / self.unit
        self.land: tuple[Image.Image, Image.Image] | None = None  # a mask of what hides the low sun, and its picture
        self.front_wheel = ""  # of the vehicle that is being drawn: "lose wheel" or "flat tyre"
        self.tint: tuple[float, float, float] | None = None
        self._tones: dict[Rgb, Rgb] = {}
        self._solid = ImageDraw.Draw(self.image)
        self._clear = ImageDraw.Draw(self.image, "RGBA")
        self.m: Matrix = (1, 0, 0, 1, 0, 0)
        self.k = 1.0
        self.forget()

    # -- where ---------------------------------------------------------------------------------------------------

    def at(self, x: float, y: float, scale: float = 1.0, *, facing: float = 1, turn: float = 0, pivot: float = 0,
           squash: tuple[float, float] = (1, 1)) -> None:  # fmt: skip
        """Local origin at world (x, y); `turn` degrees forward about the local point (0, pivot)."""
        k = self.unit * PERSON * scale
        c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
        sx, sy = squash
        a, b, cc, d = k * facing * c * sx, k * facing * s * sy, k * s * sx, -k * c * sy
        # The pivot stays where it is: local (0, pivot) -> (0, pivot) before facing and scale.
        e = x * self.unit - b * pivot
        f = y * self.unit - k * pivot * sy + k * c * pivot * sy
        self.m, self.k = (a, b, cc, d, e, f), k * math.sqrt(sx * sy)

    def sub(self, x: float, y: float, scale: float = 1.0, turn: float = 0.0) -> tuple[Matrix, float]:
        """Moves the local origin to local (x, y), scaled and turned forward; returns what `back` takes."""
        old = (self.m, self.k)
        a, b, c, d, e, f = self.m
        cos, sin = math.cos(math.radians(turn)) * scale, math.sin(math.radians(turn)) * scale
        self.m = (a * cos - b * sin, a * sin + b * cos, c * cos - d * sin, c * sin + d * cos,
                  a * x + b * y + e, c * x + d * y + f)  # fmt: skip
        self.k *= scale
        return old

    def back(self, old: tuple[Matrix, float]) -> None:
        """Undoes `sub`."""
        self.m, self.k = old

    def world(self, x: float, y: float) -> Point:
        """World coordinates of a local point."""
        a, b, c, d, e, f = self.m
        return (a * x + b * y + e) / self.unit, (c * x + d * y + f) / self.unit

    # -- shapes --------------------------------------------------------------------------------------------------

    def poly(self, points: Iterable[Point], fill: Rgb) -> None:
        """A filled polygon."""
        a, b, c, d, e, f = self.m
        self._polygon([(a * x + b * y + e, c * x + d * y + f) for x, y in points], fill)

    def box(self, x0: float, y0: float, x1: float, y1: float, fill: Rgb) -> None:
        """A filled rectangle."""
        self.poly(((x0, y0), (x1, y0), (x1, y1), (x0, y1)), fill)

    def round(self, x0: float, y0: float, x1: float, y1: float, radius: float, fill: Rgb) -> None:
        """A filled rectangle with rounded corners."""
        r = min(radius, abs(x1 - x0) / 2, abs(y1 - y0) / 2)
        points = []
        for cx, cy, start in ((x1 - r, y1 - r, 0), (x0 + r, y1 - r, 90), (x0 + r, y0 + r, 180), (x1 - r, y0 + r, 270)):
            points += [(cx + r * _COS[start + q], cy + r * _SIN[start + q]) for q in (0, 30, 60, 90)]
        self.poly(points, fill)

    def disc(self, x: float, y: float, radius: float, fill: Rgb) -> None:
        """A filled circle."""
        a, b, c, d, e, f = self.m
        px, py, r = a * x + b * y + e, c * x + d * y + f, abs(self.k * radius)
        self._touch(px - r, py - r, px + r, py + r)
        draw = self._clear if len(fill) == 4 else self._solid
        draw.ellipse((px - r, py - r, px + r, py + r), fill=self.tone(fill))

    def oval(self, x: float, y: float, rx: float, ry: float, fill: Rgb) -> None:
        """A filled ellipse that turns with the local frame."""
        self.poly([(x + rx * _COS[q], y + ry * _SIN[q]) for q in range(0, 360, 20)], fill)

    def arc(self, x: float, y: float, radius: float, start: int, end: int, fill: Rgb, ry: float | None = None) -> None:
        """A filled segment of a circle: from `start` to `end` degrees (multiples of 10, 0 = forward, 90 = up)."""
        ry = radius if ry is None else ry
        self.poly([(x + radius * _COS[q % 360], y + ry * _SIN[q % 360]) for q in range(start, end + 1, 10)], fill)

    def line(self, points: Sequence[Point], width: float, fill: Rgb, *, caps: bool = True) -> None:
        """A line of a local width with round joints and ends."""
        a, b, c, d, e, f = self.m
        w = max(1.0, abs(self.k) * width)
        ends = [(a * x + b * y + e, c * x + d * y + f) for x, y in points]
        self._stroke(ends, w, fill, caps)

    def ring(self, x: float, y: float, radius: float, width: float, fill: Rgb) -> None:
        """The outline of a circle."""
        a, b, c, d, e, f = self.m
        px, py, r = a * x + b * y + e, c * x + d * y + f, abs(self.k * radius)
        w = max(1, round(abs(self.k) * width))
        self._touch(px - r - w, py - r - w, px + r + w, py + r + w)
        draw = self._clear if len(fill) == 4 else self._solid
        draw.ellipse((px - r, py - r, px + r, py + r), outline=self.tone(fill), width=w)

    def sprite(self, image: Image.Image, width: float, height: float) -> None:
        """An RGBA picture, local `width` x `height`, that stands on the local origin."""
        a, b, c, d, e, f = self.m
        corners = [(x, y) for x in (-width / 2, width / 2) for y in (0.0, height)]
        xs, ys = [a * x + b * y + e for x, y in corners], [c * x + d * y + f for x, y in corners]
        left, top, right, bottom = (int(n) for n in (min(xs) - 1, min(ys) - 1, max(xs) + 2, max(ys) + 2))
        left, top = max(0, left), max(0, top)
        right, bottom = min(self.image.width, right), min(self.image.height, bottom)
        det = a * d - b * c
        if right <= left or bottom <= top or abs(det) < 1e-9:
            return
        along, up = image.width / width, image.height / height  # picture pixels per local unit
        ux, uy, vx, vy = d / det * along, -b / det * along, c / det * up, -a / det * up
        u = ux * (left - e) + uy * (top - f) + image.width / 2
        v = vx * (left - e) + vy * (top - f) + image.height
        size = (right - left, bottom - top)
        drawn = image.transform(size, Image.Transform.AFFINE, (ux, uy, u, vx, vy, v), Image.Resampling.BILINEAR)
        if self.tint is not None:
            bands = drawn.split()
            lit = [band.point([min(255, int(n * k)) for n in range(256)]) for band, k in zip(bands, self.tint)]
            drawn = Image.merge("RGBA", (*lit, bands[3]))
        self._touch(left, top, right, bottom)
        self.image.paste(drawn, (left, top), drawn)

    # -- canvas --------------------------------------------------------------------------------------------------

    def forget(self) -> None:
        """Starts a new record of what is touched."""
        self._x0, self._y0, self._x1, self._y1 = math.inf, math.inf, -math.inf, -math.inf

    def touched(self) -> tuple[int, int, int, int] | None:
        """The even box (left, top, right, bottom) drawn on since `forget`, in canvas pixels; None = nothing."""
        if self._x0 == math.inf:
            return None
        left = max(0, int(self._x0) // 2 * 2 - 2)
        top = max(0, int(self._y0) // 2 * 2 - 2)
        right = min(self.image.width, int(self._x1) // 2 * 2 + 4)
        bottom = min(self.image.height, int(self._y1) // 2 * 2 + 4)
        return (left, top, right, bottom) if right > left and bottom > top else None

    def light(self, tint: tuple[float, float, float] | None) -> None:
        """Everything drawn from here on is multiplied by a coloured light."""
        self.tint, self._tones = tint, {}

    def tone(self, fill: Rgb) -> Rgb:
        """A colour in the light of the scene."""
        if self.tint is None:
            return fill
        tone = self._tones.get(fill)
        if tone is None:
            tone = self._tones[fill] = multiply(fill, self.tint)
        return tone

    def _polygon(self, points: list[Point], fill: Rgb) -> None:
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        self._touch(min(xs), min(ys), max(xs), max(ys))
        (self._clear if len(fill) == 4 else self._solid).polygon(points, fill=self.tone(fill))

    def _stroke(self, points: list[Point], width: float, fill: Rgb, caps: bool) -> None:
        half, tone = width / 2, self.tone(fill)
        draw = self._clear if len(fill) == 4 else self._solid
        for (x0, y0), (x1, y1) in pairwise(points):
            length = math.hypot(x1 - x0, y1 - y0) or 1.0
            dx, dy = (y1 - y0) / length * half, (x0 - x1) / length * half
            draw.polygon(((x0 + dx, y0 + dy), (x1 + dx, y1 + dy), (x1 - dx, y1 - dy), (x0 - dx, y0 - dy)), fill=tone)
        if caps and half > 1:
            for x, y in points:
                draw.ellipse((x - half, y - half, x + half, y + half), fill=tone)
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        self._touch(min(xs) - half, min(ys) - half, max(xs) + half, max(ys) + half)

    def _touch(self, x0: float, y0: float, x1: float, y1: float) -> None:
        self._x0 = min(self._x0, x0)
        self._y0 = min(self._y0, y0)
        self._x1 = max(self._x1, x1)
        self._y1 = max(self._y1, y1)


_COS = [math.cos(math.radians(q)) for q in range(361)]
_SIN = [math.sin(math.radians(q)) for q in range(361)]


@contextmanager
def squeezed(pen: Pen, wide: float, high: float) -> Iterator[None]:
    """What is drawn within is wider and higher by these factors."""
    old = (pen.m, pen.k)
    a, b, c, d, e, f = pen.m
    pen.m = (a * wide, b * high, c * wide, d * high, e, f)
    pen.k *= math.sqrt(max(1e-6, wide * high))
    yield
    pen.back(old)


@contextmanager
def within(pen: Pen, area: Sequence[Point], far: float) -> Iterator[None]:
    """Of what is drawn within, no farther than `far` from the local origin, only the part in `area` is left."""
    corner, size = _square(pen, far)
    before = pen.image.crop((*corner, corner[0] + size[0], corner[1] + size[1]))
    outside = _outside(pen, area, corner, size)
    yield
    pen.image.paste(before, corner, outside)


@contextmanager
def in_tint(pen: Pen, colour: Rgb, share: float, far: float, area: Sequence[Point] | None = None) -> Iterator[None]:
    """What is drawn within (in `area`) takes on a share of a colour."""
    corner, size = _square(pen, far)
    box = (*corner, corner[0] + size[0], corner[1] + size[1])
    before = pen.image.crop(box)
    outside = _outside(pen, area, corner, size) if area is not None else None
    yield
    after = pen.image.crop(box)
    changed = ImageChops.difference(before, after).convert("L").point([0] * 6 + [255] * 250)
    if outside is not None:
        changed = ImageChops.subtract(changed, outside)
    tone = pen.tone(colour)[:3]
    pen.image.paste(Image.blend(after, Image.new("RGB", size, tone), share), corner, changed)


def _square(pen: Pen, far: float) -> tuple[tuple[int, int], tuple[int, int]]:
    """Left upper corner and size in canvas pixels of what is no farther than `far` from the local origin."""
    a, b, c, d, e, f = pen.m
    reach = far * max(math.hypot(a, c), math.hypot(b, d))
    left, top = max(0, int(e - reach)), max(0, int(f - reach))
    right, low = min(pen.image.width, int(e + reach) + 1), min(pen.image.height, int(f + reach) + 1)
    return (left, top), (max(1, right - left), max(1, low - top))


def _outside(pen: Pen, area: Sequence[Point], corner: tuple[int, int], size: tuple[int, int]) -> Image.Image:
    """255 where a pixel of a box is not within a polygon of local points."""
    a, b, c, d, e, f = pen.m
    mask = Image.new("L", size, 255)
    points = [(a * x + b * y + e - corner[0], c * x + d * y + f - corner[1]) for x, y in area]
    ImageDraw.Draw(mask).polygon(points, fill=0)
    return mask
