"""What happens in each category, as data: choreography.json, a few lines a category, and whoever brings their own.

    tables = load_choreographies()                    # the 98 built in
    tables = load_choreographies("mine.json")         # the same, with a user's categories added or replaced

One entry of the JSON object, name -> lines:
    "roles":  {"thief": "adult at .1 holding bag", "car": "car|van grey at .5 left"}
              [N] KIND[|KIND...] [COLOUR] [at X] [up Y] [left] [holding PROP] [scale S] [hat]; adult = man, woman,
              old man or old woman; the first role acts, the second one suffers; more motion should go right than left,
              because a caption that says "to the left" mirrors the scene; x may lie outside 0..1 (not yet in view)
    "props":  {"rack": "shelf at .45"}                the same words; they stand from the start
    "beats":  ["thief sneak to .4 @ 0-.3", "thief grab goods @ .3-.5"]      WHO VERB [TARGET] [to X] @ START-END
    "places": where it may happen, the most usual first;  "weather": optional
    "words":  phrases by which a caption is recognised, verbs in their base form, ~ for up to six words between
    "say":    sentences for the grammar; {role} becomes "a woman in a red shirt", {dir} "to the left"
Kinds, props, places, weathers and verbs are those of scene.py; everything is checked on loading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Formatter
from typing import Final

from svta.builder.errors import ClipError, DatasetError, SvtaError
from svta.builder.io.json_text import MAX_JSON_BYTES, Json, JsonObject, parse_json_object
from svta.builder.io.limits import read_bytes

from .parsing.lexicon import own_meaning, own_words
from .scene import ACTOR_KINDS, COLOURS, NUMBER, PLACES, PROP_KINDS, WEATHERS, WHOLE_SCENE, Actor, Beat, Prop
from .shown_verbs import COMPOSED, composed_beats
from .verb_groups import VERBS

ADULTS: Final = ("man", "woman", "old man", "old woman")
NUMBERS: Final = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
MAX_LINES: Final = 200  # of each field of a category
FAR: Final = 20.0  # frame widths, and the largest scale
_LEAST_SCALE: Final = 0.01
_FIELDS: Final = {"roles", "props", "beats", "places", "weather", "words", "say"}
_REQUIRED: Final = _FIELDS - {"props", "weather"}
_BEAT: Final = re.compile(rf"(?P<head>.+?)(?: to (?P<to>-?{NUMBER}))? @ (?P<start>{NUMBER})-(?P<end>{NUMBER})")


class ChoreographyError(SvtaError):
    """A line of a choreography that does not hold together; names the category and the line."""


@dataclass(frozen=True)
class Role:
    """A place for an actor. `kinds` are what may fill it (the first by default); `adult` if any grown person may."""

    actor: Actor
    kinds: tuple[str, ...]
    adult: bool


@dataclass(frozen=True)
class Choreography:
    """What a category's clip shows when its caption leaves things open. called: the places in a user's own words."""

    name: str
    roles: tuple[Role, ...]
    props: tuple[Prop, ...]
    beats: tuple[Beat, ...]
    places: tuple[str, ...]
    words: tuple[str, ...]
    say: tuple[str, ...]
    weather: str = "clear"
    own: bool = False  # from a user's file: all its roles are played
    called: tuple[str, ...] = ()
    backwards: bool = False  # a variant of contrasts.json that shows its beats from the end to the beginning

    @property
    def direction(self) -> int:
        """1 if the first thing that moves goes right, -1 if left, 0 if nothing moves."""
        where = {role.actor.id: role.actor.x for role in self.roles} | {p.id: p.x for p in self.props}
        for beat in self.beats:
            if beat.to is not None and beat.who in where and beat.to != where[beat.who]:
                return 1 if beat.to > where[beat.who] else -1
        return 0


@cache
def _built_in() -> dict[str, Choreography]:
    data = files("svta.generation.storyboard").joinpath("choreography.json").read_bytes()
    return _parse_table(data, "choreography.json")


def load_choreographies(path: str | Path | None = None) -> dict[str, Choreography]:
    """The built-in table by category name, with the entries of a user's JSON file added or put in their place.

    Raises ChoreographyError that names the file, the category and the line.
    """
    if path is None:
        return dict(_built_in())
    try:
        data = read_bytes(path, MAX_JSON_BYTES)
    except OSError as error:
        raise ChoreographyError(f"{path}: {error.strerror}") from None
    except DatasetError as error:
        raise ChoreographyError(str(error)) from None
    mine = {name: replace(table, own=True) for name, table in _parse_table(data, str(path)).items()}
    return {**_built_in(), **mine}


def _parse_table(data: bytes, label: str) -> dict[str, Choreography]:
    try:
        table = parse_json_object(data)
        return {name: parse_choreography(name, entry) for name, entry in table.items()}
    except (ClipError, ChoreographyError) as error:
        raise ChoreographyError(f"{label}: {error}") from None


def parse_choreography(name: str, entry: Json) -> Choreography:
    """One entry of the table, checked against the words of scene.py. Raises ChoreographyError."""
    if not isinstance(entry, dict):
        raise ChoreographyError(f"{name}: an object of roles, beats, places, words and say is needed")
    if wrong := (set(entry) - _FIELDS) | (_REQUIRED - set(entry)):
        raise ChoreographyError(f"{name}: field {sorted(wrong)[0]!r} is missing or unknown")
    for field, kind in (
        ("roles", dict),
        ("props", dict),
        ("beats", list),
        ("places", list),
        ("words", list),
        ("say", list),
    ):
        value = entry.get(field, kind())
        lines = list(value.values()) if isinstance(value, dict) else value
        if not isinstance(value, kind) or not all(isinstance(line, str) for line in lines):
            raise ChoreographyError(f"{name}: {field} must be {'an object' if kind is dict else 'a list'} of strings")
        if not value and field in _REQUIRED:
            raise ChoreographyError(f"{name}: {field} is empty")
        if len(value) > MAX_LINES:
            raise ChoreographyError(f"{name}: {field} has {len(value)} entries; {MAX_LINES} at most")
    roles = tuple(_role(name, id_, line) for id_, line in entry["roles"].items())
    props = tuple(_prop(name, id_, line) for id_, line in entry.get("props", {}).items())
    ids = [role.actor.id for role in roles] + [prop.id for prop in props]
    if len(set(ids)) != len(ids) or WHOLE_SCENE in ids or any(not re.fullmatch(r"[a-z]\w*", id_) for id_ in ids):
        raise ChoreographyError(f"{name}: role and prop names must differ, be plain words and not be {WHOLE_SCENE!r}")
    places = tuple(_known(name, "place", own_meaning(place, ("places",)), PLACES) for place in entry["places"])
    for sentence in entry["say"]:
        for slot in _slots(name, sentence):
            if slot != "dir":
                _known(name, "slot", slot, [role.actor.id for role in roles])
                _check_number(name, next(role.actor for role in roles if role.actor.id == slot))
    if any(not text.replace("!", "").split() for text in entry["words"]):
        raise ChoreographyError(f"{name}: one of its words is empty")
    x = {role.actor.id: role.actor.x for role in roles} | {prop.id: prop.x for prop in props}
    beats = tuple(beat for line in entry["beats"] for beat in _beats(name, line, x))
    weather = _known(name, "weather", entry.get("weather", "clear"), WEATHERS)
    words, say, called = (tuple(entry[field]) for field in ("words", "say", "places"))
    return Choreography(name, roles, props, beats, places, words, say, weather, called=called)


def _slots(name: str, sentence: str) -> list[str]:
    """What stands in the braces of a sentence: names alone, as str.format would also read what follows them."""
    try:
        parts = [(slot, bool(spec or way)) for _, slot, spec, way in Formatter().parse(sentence) if slot is not None]
    except ValueError as error:
        raise ChoreographyError(f"{name}: say {sentence[:80]!r}: {error}") from None
    for slot, more in parts:
        if more or not re.fullmatch(r"\w*", slot):
            raise ChoreographyError(f"{name}: say {sentence[:80]!r}: only {{role}} and {{dir}} may stand in braces")
    return [slot for slot, _ in parts]


def _known(name: str, what: str, word: str, words: Iterable[str]) -> str:
    if word not in (known := list(words)):
        near = ", ".join(get_close_matches(word[:80], known, 4, 0.3)) or ", ".join(known[:4])
        message = f"{name}: {what} {word[:80]!r} is unknown; nearest: {near} (`svta info --vocabulary` lists all)"
        raise ChoreographyError(message)
    return word


def _check_number(name: str, actor: Actor) -> None:
    """Raise ChoreographyError for a number that no caption can say of a role."""
    if not 1 <= actor.count <= len(NUMBERS):
        raise ChoreographyError(
            f"{name}: role {actor.id!r}: {actor.count} of a role that `say` names; 1 to {len(NUMBERS)} can be said"
        )


def _spec(name: str, line: str, kinds: Sequence[str]) -> tuple[str, JsonObject]:
    """The words of a role or prop line: its kinds as written, and the rest as fields of Actor or Prop."""
    rest = line
    fields: JsonObject = {}

    def take(pattern: str) -> str | None:
        nonlocal rest
        match = re.search(rf"(?:^|\s){pattern}(?=\s|$)", rest)
        if match is None:
            return None
        rest = (rest[: match.start()] + rest[match.end() :]).strip()
        return match.group(match.lastindex or 0).strip()

    for key, pattern in (("x", rf"at (-?{NUMBER})"), ("y", rf"up (-?{NUMBER})"), ("scale", rf"scale ({NUMBER})")):
        if (number := take(pattern)) is not None:
            fields[key] = value = float(number)
            if not (_LEAST_SCALE <= value <= FAR if key == "scale" else abs(value) <= FAR):
                raise ChoreographyError(f"{name}: {line!r}: {number} is too far off or too large (at most {FAR:g})")
    if (holds := take(r"holding ([a-z -]+?)(?=\s(?:hat|left)|$)")) is not None:
        fields["holds"] = _known(name, "prop", own_meaning(holds, ("props",)), PROP_KINDS)
    if take("left"):
        fields["facing"] = -1
    if take("hat"):
        fields["hat"] = True
    if (count := take(r"(\d{1,4})")) is not None:
        fields["count"] = int(count)
    for colour in sorted(COLOURS, key=len, reverse=True):
        if rest.endswith(" " + colour):
            rest, fields["colour"] = rest[: -len(colour) - 1], colour
            break
    groups = ("people", "animals", "vehicles") if kinds is ACTOR_KINDS else ("props",)
    allowed = (*kinds, "adult") if kinds is ACTOR_KINDS else kinds
    return "|".join(_known(name, "kind", own_meaning(kind, groups), allowed) for kind in rest.split("|")), fields


def _role(name: str, id_: str, line: str) -> Role:
    written, fields = _spec(name, line, ACTOR_KINDS)
    adult = written == "adult"
    kinds = ADULTS if adult else tuple(written.split("|"))
    return Role(Actor(id_, "person" if adult else kinds[0], **fields), kinds, adult)


def _prop(name: str, id_: str, line: str) -> Prop:
    kind, fields = _spec(name, line, PROP_KINDS)
    for field in set(fields) - {"colour", "x", "y", "scale"}:
        raise ChoreographyError(f"{name}: a prop has no {field!r}: {line!r}")
    return Prop(id_, kind, **fields)


def _beats(name: str, line: str, x: dict[str, float]) -> list[Beat]:
    """The beats of a line, several of a verb that a user's lexicon composes. `x`: where each id is, kept up."""
    match = _BEAT.fullmatch(line)
    who, _, act = (match["head"] if match else "").partition(" ")
    act = act.replace("-", " ")  # t-bone
    verbs = sorted({*VERBS, *COMPOSED, *own_words("verbs")}, key=len, reverse=True)
    written = next((v for v in verbs if act == v or act.startswith(v + " ")), None)
    if match is None or written is None:
        raise ChoreographyError(f"{name}: beat {line!r} is not WHO VERB [TARGET] [to X] @ START-END with a known verb")
    verb, target = own_meaning(written, ("verbs",)), act[len(written) + 1 :] or None
    for id_ in (who, target):
        if id_ is not None and id_ != WHOLE_SCENE:
            _known(name, f"who or target in {line!r}", id_, x)
    start, end = float(match["start"]), float(match["end"])
    if not 0 <= start < end <= 1:
        raise ChoreographyError(f"{name}: beat {line!r}: times must lie in 0-1, the end after the start")
    to = None if match["to"] is None else float(match["to"])
    if to is not None and abs(to) > FAR:
        raise ChoreographyError(f"{name}: beat {line!r}: {match['to']} is too far off (at most {FAR:g})")
    if verb not in COMPOSED:
        x |= {} if to is None else {who: to}
        return [Beat(verb, who, target, start, end, to)]
    if WHOLE_SCENE in (who, target) or to is not None:
        raise ChoreographyError(f"{name}: beat {line!r}: {written} is of your lexicon; give it who and target alone")
    return composed_beats(verb, {"agent": who, "patient": target}, x, start, end)


def mirrored(x: float | None) -> float | None:
    """The same place in a scene seen in a mirror."""
    return None if x is None else round(1 - x, 4)


def mirror(actors: list[Actor], props: list[Prop], beats: list[Beat]) -> tuple[list[Actor], list[Prop], list[Beat]]:
    """Left and right exchanged."""
    return (
        [replace(a, x=round(1 - a.x, 4), facing=-a.facing) for a in actors],
        [replace(p, x=round(1 - p.x, 4)) for p in props],
        [replace(b, to=mirrored(b.to)) for b in beats],
    )
