"""Contact sheets: several frames of each clip in a strip with its caption below, as one PNG.

svta info --storyboard-sheet FILE.png        # every category of the taxonomy, by its choreography
strip(["A dog bites a man in the park."], "strip.png")   # the picture of the README
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from svta.builder.io.files import atomic_write
from svta.builder.taxonomy import Taxonomy, load_taxonomy
from svta.generation.storyboard.drawing.palette import SceneError, number
from svta.generation.storyboard.scene import PEOPLE, VEHICLES, Actor, Scene

from .lettering import Font, fonts_for, spelt
from .renderer import render

if TYPE_CHECKING:
    from svta.generation.storyboard.choreography import Choreography


PAPER, INK, SOFT = (250, 249, 246), (38, 40, 48), (118, 120, 130)
ACCENT = {True: (206, 62, 52), False: (46, 128, 92)}  # anomaly, normal
SHEET_FRAMES = (0.06, 0.32, 0.56, 0.78, 1.0)
# Animals, ambulances and uniforms keep colours of their own.
_DRESSED = {*PEOPLE, *VEHICLES} - {"police officer", "firefighter", "worker", "police car", "ambulance"}
WARDROBE = ("red", "blue", "green", "yellow", "purple", "orange", "pink", "light blue")


def contact_sheet(
    clips: Sequence[str | Scene],
    path: str | Path,
    columns: int = 2,
    frames: Sequence[float] = SHEET_FRAMES,
    *,
    labels: Sequence[str] | None = None,
    colours: Sequence[tuple[int, int, int]] | None = None,
    width: int = 160,
    height: int = 96,
    seed: int = 0,
    title: str = "",
) -> Path:
    """Writes a PNG in which each cell shows frames of one clip (fractions of its length) above its caption.

    `labels` stand above the captions where given. Raises SceneError for an empty list, and what render raises.
    """
    if not clips:
        raise SceneError("contact sheet: no clips to show")
    accents = colours or [INK] * len(clips)
    strips = [
        Strip(_chosen(clip, frames, height, width, seed), labels[i] if labels else "", _caption(clip), accents[i])
        for i, clip in enumerate(clips)
    ]
    return draw_strips(strips, path, columns, title=title)


@dataclass(frozen=True)
class Strip:
    """Frames of one clip side by side (uint8 [H, W, 3] of one size), with a label in a colour and a caption below."""

    frames: Sequence[np.ndarray]
    label: str
    caption: str
    colour: tuple[int, int, int] = INK


def draw_strips(strips: Sequence[Strip], path: str | Path, columns: int = 2, *, title: str = "") -> Path:
    """Writes strips in columns as one PNG; each is as wide as the widest."""
    height = max(frame.shape[0] for strip in strips for frame in strip.frames)
    margin, gap, text = 14, 3, max(11, height // 7)
    said = [title, *(words for strip in strips for words in (strip.label, strip.caption))]
    font, bold, large = fonts_for(said, (text, text + 2, 2 * text))
    strip_width = max(sum(f.shape[1] for f in strip.frames) + (len(strip.frames) - 1) * gap for strip in strips)
    labels = any(strip.label for strip in strips)
    lines = [_wrap(spelt(strip.caption, font), font, strip_width, 2) for strip in strips]
    below = (text + 6) * max(map(len, lines)) + (text + 8 if labels else 0) + 8
    rows = -(-len(strips) // columns)
    head = 2 * text + 24 if title else 0
    sheet = Image.new(
        "RGB",
        (margin + columns * (strip_width + margin), head + margin + rows * (height + below + margin)),
        PAPER,
    )
    draw = ImageDraw.Draw(sheet)
    if title:
        draw.text((margin, margin), spelt(title, large), INK, large)
    for i, strip in enumerate(strips):
        x, y = margin + i % columns * (strip_width + margin), head + margin + i // columns * (height + below + margin)
        at = x
        for frame in strip.frames:
            sheet.paste(Image.fromarray(frame), (at, y))
            at += frame.shape[1] + gap
        line = y + height + 5
        if labels:
            draw.text((x, line), spelt(strip.label, bold), strip.colour, bold)
            line += text + 8
        for words in lines[i]:
            draw.text((x, line), words, SOFT if labels else INK, font)
            line += text + 6
    return _save(sheet, path)


def strip(captions: Sequence[str | Scene], path: str | Path, frames: int = 5, *, width: int = 240, height: int = 144,
          seed: int = 0) -> Path:  # fmt: skip
    """Writes one row of frames per caption, the caption below: the picture of the README."""
    fractions = [(k + 0.35) / frames for k in range(frames)]
    return contact_sheet(captions, path, 1, fractions, width=width, height=height, seed=seed)


def storyboard_sheet(path: str | Path, taxonomy: Taxonomy | None = None, seed: int = 0) -> Path:
    """Writes a PNG of every category that has a choreography, each acted out as its choreography says."""
    from svta.generation.storyboard.choreography import load_choreographies

    known = load_choreographies()
    categories = [c for c in (taxonomy or load_taxonomy()).categories if c.name in known]
    scenes = [category_scene(known[c.name], seed) for c in categories]
    return contact_sheet(
        scenes,
        path,
        3,
        labels=[c.name for c in categories],
        colours=[ACCENT[c.is_anomaly] for c in categories],
        title=f"The storyboard's {len(scenes)} categories (red: anomalies, green: normal)",
    )


def category_scene(choreography: Choreography, seed: int = 0) -> Scene:
    """The scene of a choreography, its open roles filled and dressed by the seed."""
    start = number(seed, choreography.name) % len(WARDROBE)
    actors = []
    for i, role in enumerate(choreography.roles):
        actor = role.actor
        if role.adult:
            actor = replace(actor, kind=("man", "woman")[(start + i) % 2])
        if actor.colour is None and actor.kind in _DRESSED:
            actor = replace(actor, colour=WARDROBE[(start + 3 * i) % len(WARDROBE)])
        actors.append(actor)
    say = choreography.say[0] if choreography.say else choreography.name
    for actor in actors:
        say = say.replace("{" + actor.id + "}", _called(actor))
    say = say.replace("{dir}", "to the right")
    return Scene(say[:1].upper() + say[1:], choreography.name, choreography.places[0], weather=choreography.weather,
                 actors=tuple(actors), props=choreography.props, beats=choreography.beats, seed=seed)  # fmt: skip


def _called(actor: Actor) -> str:
    if actor.count > 1:
        return f"{actor.count} people" if actor.kind == "person" else f"{actor.count} {actor.kind}s"
    noun = actor.kind
    if actor.colour:
        noun = f"{noun} in {actor.colour}" if actor.kind in PEOPLE else f"{actor.colour} {noun}"
    return ("an " if noun[0] in "aeiou" else "a ") + noun


def _chosen(clip: str | Scene, fractions: Sequence[float], height: int, width: int, seed: int) -> list[np.ndarray]:
    frames = render(clip, num_frames=33, height=height * 2, width=width * 2, seed=seed if isinstance(clip, str) else 0)
    chosen = [frames[min(32, max(0, round(f * 32)))] for f in fractions]
    return [np.asarray(Image.fromarray(frame).reduce(2)) for frame in chosen]


def _caption(clip: str | Scene) -> str:
    return clip if isinstance(clip, str) else clip.caption


def _wrap(text: str, font: Font, width: int, most: int) -> list[str]:
    lines: list[str] = []
    for word in " ".join(text.split()).split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        elif len(lines) < most:
            lines.append(word)
        else:
            while font.getlength(lines[-1] + "…") > width and " " in lines[-1]:
                lines[-1] = lines[-1].rsplit(" ", 1)[0]
            lines[-1] += "…"
            break
    return lines or [""]


def _save(sheet: Image.Image, path: str | Path) -> Path:
    with atomic_write(path) as file:
        about = PngInfo()
        about.add_text("Software", "svta")
        sheet.save(file, "PNG", optimize=True, pnginfo=about)
    return Path(path)
