"""Places painted on the whole canvas at a time of day and in a weather, and the rows of a user's own places.

Reads the painters of backdrop.PLACE_PAINTERS; rendering/renderer.py paints a clip's place once by paint_place.
"""

from __future__ import annotations

from typing import Final

from PIL import Image, ImageChops

from svta.generation.storyboard.drawing.palette import SKY, TINT, SceneError, Tint, shade
from svta.generation.storyboard.drawing.pen import Pen

from .backdrop import MARK, METHODS, PLACE_PAINTERS, WASH, Backdrop, Painter, rows_painter

_MOST: Final = 200  # houses of a skyline, values of a row
_PUDDLES: Final = ((0.1, 0.93, 0.09), (0.33, 0.82, 0.07), (0.52, 0.95, 0.12), (0.72, 0.84, 0.09), (0.93, 0.91, 0.08))


def place_painter(rows: object) -> Painter:
    """A user's rows as a painter, tried on a small canvas. Raises SceneError for a row that cannot be painted."""
    if not isinstance(rows, list) or not rows:
        raise SceneError("shapes must be a list of rows such as [sky] or [box, 0, 0.6, 1, 1, '#b8b4ac']")
    for row in rows:
        if not isinstance(row, list) or not row or row[0] not in METHODS:
            raise SceneError(f"{str(row)[:60]}: a row begins with one of {', '.join(METHODS)}")
        if len(row) > _MOST:
            raise SceneError(f"{row[0]}: a row of {len(row)} values; {_MOST} at most")
        if row[0] == "skyline" and len(row) > 4 and not (isinstance(row[4], int) and 1 <= row[4] <= _MOST):
            raise SceneError(f"{str(row)[:60]}: a skyline has 1 to {_MOST} houses")
        try:
            rows_painter([row])(Backdrop(Pen(64, 64), "own", "day", "clear", 0))
        except (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError, ZeroDivisionError):
            raise SceneError(f"{str(row)[:60]}: its numbers or colours cannot be painted") from None
    return rows_painter(rows)


def paint_place(pen: Pen, name: str, time: str, weather: str, seed: int, shown: frozenset[str] = frozenset()) -> None:
    """Paints a place at a time of day over the whole canvas, without the sun or moon that is a thing of the scene."""
    painter, indoors = PLACE_PAINTERS[name]
    b = Backdrop(pen, name, time, weather, seed)
    b.without = name.partition(" without ")[2]
    b.shown = shown
    painter(b)
    if weather in ("wet", "icy") and not indoors:
        _puddles(b)
    # Paler than the actors: they are the story.
    wash = Image.new("RGB", pen.image.size, WASH)
    pen.image.paste(Image.blend(pen.image, wash, 0.16))
    tint = TINT[time][0]
    if indoors:
        tint = _dimmed(tint, 0.45)
    elif weather in ("storm", "rain", "fog", "hail"):
        grey = 0.72 if weather == "storm" else 0.88
        tint = (tint[0] * grey, tint[1] * grey, tint[2] * grey)
    if tint != (1.0, 1.0, 1.0):
        bands = [band.point([int(v * k) for v in range(256)]) for band, k in zip(pen.image.split(), tint)]
        pen.image.paste(Image.merge("RGB", bands))
    if time == "night" and not indoors:
        b.night_sky()


def before_the_sky(size: tuple[int, int], name: str, time: str, weather: str, seed: int) -> Image.Image:
    """A mask of what of a place stands before the sky and hides a sun that is low: 255 there, 0 in the sky."""
    pen = Pen(*size)
    b = Backdrop(pen, name, time, weather, seed)
    b.shown = frozenset(("mark",))  # the sky in a colour of its own
    PLACE_PAINTERS[name][0](b)
    sky = ImageChops.difference(pen.image.convert("RGB"), Image.new("RGB", pen.image.size, MARK)).convert("L")
    return sky.point([0] * 4 + [255] * 252)


def _puddles(b: Backdrop) -> None:
    """Water or ice that stands on the ground, with the sky in it."""
    sky = SKY[b.time if b.time != "night" else "day"][0] if b.weather == "wet" else (206, 228, 242)
    for x, y, rx in _PUDDLES:
        b.oval(x, y, rx, 0.16 * rx, shade(sky, 0.8))
        b.oval(x, y + 0.003, 0.92 * rx, 0.12 * rx, shade(sky, 1.05))
        b.oval(x - 0.3 * rx, y, 0.3 * rx, 0.03 * rx, shade(sky, 1.3))


def _dimmed(tint: Tint, amount: float) -> Tint:
    red, green, blue = (1 - (1 - c) * amount for c in tint)
    return red, green, blue
