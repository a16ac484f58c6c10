"""A user's own nouns, places and verbs: one YAML file, with PNG or SVG sprites, added to the storyboard's vocabulary.

    use_lexicon("lexicon.yaml")     # for this process, until another one or None takes its place
    render("A reach stacker lifts a container in the freight village.")

nouns:   NAME: {like: KIND} | {kind: prop|vehicle, width: W, height: H, colour: "#rrggbb", shapes: [rows]} |
               {kind: prop|vehicle, width: W, height: H, sprite: FILE.png|FILE.svg}
places:  NAME: {like: PLACE} | {indoors: true|false, shapes: [rows]}
verbs:   NAME: {like: VERB} | {beats: ["agent walk to patient @ 0-.4", "agent smash patient @ .4-1"]}
Each may have `words`: what captions call it (NAME itself by default). Sizes are in heights of a person; rows are those
of drawing/shapes.py and of places/places.json. docs/storyboard.md is the guide.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Final

from PIL import Image

from svta.builder.errors import DatasetError, MissingExtra, SvtaError, UnsafePath, first_line
from svta.builder.io.json_text import Json, JsonObject
from svta.builder.io.limits import read_bytes
from svta.builder.io.safe_path import Root
from svta.builder.project.yaml_text import read_yaml

from .choreography import FAR, MAX_LINES
from .drawing.palette import SceneError, rgb
from .drawing.shapes import check_rows, drawing, vehicle_drawing
from .drawing.things import THINGS, Thing
from .drawing.vehicles import VEHICLES as VEHICLE_SHAPES
from .drawing.vehicles import Vehicle
from .parsing.lexicon import add_own_words, forget_own_words
from .places.backdrop import PLACE_PAINTERS
from .places.painting import place_painter
from .scene import ACTOR_KINDS, NUMBER, PLACES, PROP_KINDS, VEHICLES, Kinds
from .shown_verbs import COMPOSED, Step
from .verb_groups import VERBS

MAX_BYTES: Final = 1_000_000
MAX_NUMBER: Final = 1_000  # of all the file
MAX_SPRITE_BYTES: Final = 10_000_000
MAX_SPRITE_PIXELS: Final = 2_048  # a side
SVG_PIXELS: Final = 512  # of its longer side, whatever size it has itself
# What leads out of an SVG file, or needs a font. href="#a" and url(#a) stay inside.
_NOT_DRAWN: Final = re.compile(
    rb"<!ENTITY|<image|<text|<foreignObject|@import|href\s*=\s*[\"'](?!#)|url\(\s*[\"']?(?!#)", re.IGNORECASE
)
_NAME: Final = re.compile(r"[a-z][a-z -]{0,59}")  # a hyphen is read as a blank, as in captions
_STEP: Final = re.compile(
    r"(?P<who>agent|patient) (?P<verb>[a-z ]+?)(?: (?P<target>agent|patient))?"
    rf"(?: to (?P<to>agent|patient|-?{NUMBER}))? @ (?P<start>{NUMBER})-(?P<end>{NUMBER})"
)


class LexiconError(SvtaError):
    """A lexicon file that does not hold together; names the file, the entry and what is wrong."""


@dataclass
class _Added:
    """What a lexicon put into the vocabulary, and how it is taken out again."""

    digest: str = ""
    undo: list[Callable[[], object]] = field(default_factory=list)


_active: list[_Added] = []


def use_lexicon(path: str | Path | None) -> str:
    """Add a user's words to the vocabulary of this process in the place of those added before; None adds nothing.

    Returns the hash of the file and its sprites. Raises LexiconError, after which nothing of the file is added.
    """
    for added in _active:
        for undo in reversed(added.undo):
            undo()
    _active.clear()
    forget_own_words()
    if path is None:
        return ""
    added = _Added()
    _active.append(added)
    try:
        _add_file(Path(path), added)
    except SvtaError as error:
        use_lexicon(None)
        raise LexiconError(f"{path}: {error}") from None
    return added.digest


def _add_file(path: Path, added: _Added) -> None:
    data = _read(path, MAX_BYTES)
    table = _table(data, path.name)
    parts = _mapping(table, "the file", ("nouns", "places", "verbs"))
    digest = hashlib.sha256(data)
    for name, entry in _entries(parts, "nouns"):
        _noun(name, entry, path.parent, digest.update, added)
    for name, entry in _entries(parts, "places"):
        _place(name, entry, added)
    for name, entry in _entries(parts, "verbs"):
        _verb(name, entry, added)
    added.digest = digest.hexdigest()[:16]


@lru_cache(maxsize=1)
def _table(data: bytes, name: str) -> dict[str, Json]:
    """The file as data, which nobody changes; a plan reads it three times, and 1 MB of YAML takes 20 s."""
    try:
        table = read_yaml(data.decode(), name)
    except DatasetError as error:
        raise LexiconError(str(error).removeprefix(f"{name}: ")) from None
    except UnicodeDecodeError as error:
        raise LexiconError(f"is not UTF-8: {error.reason} at byte {error.start}") from None
    _check_numbers(table)
    return table


def _check_numbers(value: object) -> None:
    """Raise LexiconError for a number that no drawing can hold."""
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            _check_numbers(part)
    elif isinstance(value, int | float) and not abs(value) <= MAX_NUMBER:
        raise LexiconError(f"a number is larger than {MAX_NUMBER}, or none")


def _read(path: Path, most: int) -> bytes:
    try:
        return read_bytes(path, most)
    except OSError as error:
        raise LexiconError(f"{path.name}: {error.strerror}") from None
    except DatasetError as error:
        raise LexiconError(str(error)) from None


def _mapping(value: object, what: str, names: Collection[str]) -> Mapping[str, Json]:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise LexiconError(f"{what} must be a mapping with {', '.join(names)}")
    if wrong := sorted(set(value) - set(names)):
        raise LexiconError(f"{what}: no field {wrong[0]!r}; there are {', '.join(names)}")
    return value


def _entries(parts: Mapping[str, Json], group: str) -> list[tuple[str, Json]]:
    entries = parts.get(group) or {}
    if not isinstance(entries, dict):
        raise LexiconError(f"{group} must be a mapping of names")
    for name in entries:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise LexiconError(f"{group}: {name!r} is not a name of small letters, blanks and hyphens")
    return [(name.replace("-", " "), entry) for name, entry in entries.items()]


def _words(name: str, entry: Mapping[str, Json], group: str, value: str) -> None:
    words = entry.get("words", [name])
    if not isinstance(words, list) or not words or not all(isinstance(w, str) and _NAME.fullmatch(w) for w in words):
        raise LexiconError(f"{name}: words must be a list of words in small letters")
    add_own_words(group, value, [str(word).replace("-", " ") for word in words])


def _noun(name: str, entry: Json, folder: Path, hashed: Callable[[bytes], None], added: _Added) -> None:
    fields = _mapping(entry, name, ("like", "kind", "words", "width", "height", "colour", "shapes", "sprite", "seat"))
    if "like" in fields:
        kind = _known(name, fields["like"], Kinds(ACTOR_KINDS, PROP_KINDS))
        _words(name, fields, _group_of(kind), kind)
        return
    group = _known(name, fields.get("kind", "prop"), ("prop", "vehicle"))
    if name in ACTOR_KINDS or name in PROP_KINDS:
        raise LexiconError(f"{name}: is a kind already; give it another name and this one under words")
    width, height = _size(name, fields, "width"), _size(name, fields, "height")
    try:
        colour = rgb(str(fields.get("colour", "#8c8c94")))
        if len(colour) != 3:
            raise ValueError
    except ValueError:
        raise LexiconError(f"{name}: colour {fields.get('colour')!r} is not #rrggbb") from None
    if ("shapes" in fields) == ("sprite" in fields):
        raise LexiconError(f"{name}: give like, shapes or sprite")
    sprite = _sprite(name, fields, folder, hashed) if "sprite" in fields else None
    try:
        rows = [] if sprite is not None else check_rows(fields["shapes"], vehicle=group == "vehicle")
    except SceneError as error:
        raise LexiconError(f"{name}: {error}") from None
    if group == "prop":
        draw = drawing(rows) if sprite is None else lambda pen, own, state: pen.sprite(sprite, width, height)
        THINGS[name] = Thing(colour, width, height, draw)
        added.undo += [partial(THINGS.pop, name, None)]
        _add_kind(PROP_KINDS, name, added)
    else:
        seat = fields.get("seat", [0.0, 0.4 * height])
        if not isinstance(seat, list) or len(seat) != 2 or not all(type(n) in (int, float) for n in seat):
            raise LexiconError(f"{name}: seat is [x, y]")
        move = vehicle_drawing(rows) if sprite is None else lambda pen, own, body: pen.sprite(sprite, width, height)
        VEHICLE_SHAPES[name] = Vehicle(colour, width, height, (float(str(seat[0])), float(str(seat[1]))), move)
        added.undo += [partial(VEHICLE_SHAPES.pop, name, None)]
        _add_kind(VEHICLES, name, added)
    _words(name, fields, f"{group}s", name)


def _add_kind(kinds: Kinds, name: str, added: _Added) -> None:
    kinds.add(name)
    added.undo.append(partial(kinds.remove, name))


def _sprite(
    name: str, fields: JsonObject | Mapping[str, Json], folder: Path, hashed: Callable[[bytes], None]
) -> Image.Image:
    try:
        data = _read(Root(folder).path(fields["sprite"], f"{name}: sprite"), MAX_SPRITE_BYTES)
    except UnsafePath as error:
        raise LexiconError(str(error)) from None
    hashed(data)
    data = _png_of(name, data) if b"<svg" in data[:4096] else data
    try:
        image = Image.open(io.BytesIO(data), formats=("PNG",))
        if max(image.size) > MAX_SPRITE_PIXELS:
            raise LexiconError(
                f"{name}: the sprite has {image.size[0]}x{image.size[1]} pixels, 2048 a side at the most"
            )
        return image.convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise LexiconError(f"{name}: {fields['sprite']} is no PNG or SVG that can be read") from None


def _png_of(name: str, svg: bytes) -> bytes:
    """An SVG as a PNG of SVG_PIXELS on its longer side. It may name no other file; without fonts, text would vanish."""
    if found := _NOT_DRAWN.search(svg):
        what = found.group().decode(errors="replace").strip("<(\"'= ")
        raise LexiconError(
            f"{name}: an SVG of paths alone is read, this one has {what!r}: convert text and images to paths"
        )
    try:
        import resvg_py
    except ImportError:
        raise MissingExtra("resvg_py", "svg") from None
    try:
        png = resvg_py.svg_to_bytes(
            svg_string=svg.decode(), width=SVG_PIXELS, height=SVG_PIXELS, skip_system_fonts=True
        )
        return bytes(png)
    except ValueError as error:
        raise LexiconError(f"{name}: the SVG cannot be read: {first_line(error)}") from None


def _group_of(kind: str) -> str:
    """The table of the parser that a kind's words stand in."""
    from .scene import ANIMALS, PEOPLE

    groups: tuple[tuple[str, Kinds], ...] = (("people", PEOPLE), ("animals", ANIMALS), ("vehicles", VEHICLES))
    return next((group for group, kinds in groups if kind in kinds), "props")


def _known(name: str, value: Json, names: Collection[str]) -> str:
    if value not in names:
        near = [known for known in names if str(value)[:3] == known[:3]][:6] or list(names)[:6]
        raise LexiconError(
            f"{name}: {value!r} is unknown; near: {', '.join(near)} (`svta info --vocabulary` lists all)"
        )
    return str(value)


def _size(name: str, fields: Mapping[str, Json], field_name: str) -> float:
    value = fields.get(field_name)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0.02 <= value <= 6:
        raise LexiconError(f"{name}: {field_name} is a number of 0.02 to 6 (1 = the height of a person)")
    return float(value)


def _place(name: str, entry: Json, added: _Added) -> None:
    fields = _mapping(entry, name, ("like", "words", "indoors", "shapes"))
    if "like" in fields:
        _words(name, fields, "places", _known(name, fields["like"], PLACES))
        return
    if name in PLACES:
        raise LexiconError(f"{name}: is a place already; give it another name and this one under words")
    try:
        painter = place_painter(fields.get("shapes"))
    except SceneError as error:
        raise LexiconError(f"{name}: {error}") from None
    PLACE_PAINTERS[name] = (painter, bool(fields.get("indoors", False)))
    added.undo.append(partial(PLACE_PAINTERS.pop, name, None))
    _add_kind(PLACES, name, added)
    _words(name, fields, "places", name)


def _verb(name: str, entry: Json, added: _Added) -> None:
    fields = _mapping(entry, name, ("like", "words", "beats"))
    if "like" in fields:
        _words(name, fields, "verbs", _known(name, fields["like"], VERBS))
        return
    lines = fields.get("beats")
    if not isinstance(lines, list) or not lines:
        raise LexiconError(f"{name}: give like or beats")
    if len(lines) > MAX_LINES:
        raise LexiconError(f"{name}: {len(lines)} beats; {MAX_LINES} at most")
    if name in VERBS:
        raise LexiconError(f"{name}: is a verb already; give it another name and this one under words")
    COMPOSED[name] = tuple(_step(name, line) for line in lines)
    added.undo.append(partial(COMPOSED.pop, name, None))
    _words(name, fields, "verbs", name)


def _step(name: str, line: Json) -> Step:
    match = _STEP.fullmatch(line) if isinstance(line, str) else None
    if match is None or match["verb"] not in VERBS:
        raise LexiconError(f"{name}: beat {line!r} is not AGENT|PATIENT VERB [PATIENT] [to PATIENT|X] @ START-END")
    start, end = float(match["start"]), float(match["end"])
    if not 0 <= start < end <= 1:
        raise LexiconError(f"{name}: beat {line!r}: times must lie in 0-1, the end after the start")
    to = match["to"]
    if to not in (None, "agent", "patient") and not abs(float(str(to))) <= FAR:
        raise LexiconError(f"{name}: beat {line!r}: {to} is too far off (at most {FAR:g})")
    goal: str | float | None = to if to in (None, "agent", "patient") else float(str(to))
    return Step(match["verb"], match["who"], match["target"], goal, start, end)
