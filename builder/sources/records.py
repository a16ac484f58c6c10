"""Fields of a row -> the captions in it, each with its times, its video's names and a category that is known.

The step from fields to records that every command shares. A row that cannot be a clip is a RowProblem with a reason
code; the rows around it go on.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Final

from svta.builder.errors import ClipError
from svta.builder.paths import VIDEO_ENDINGS, without_video_ending
from svta.builder.record import MAX_CAPTION_CHARS
from svta.builder.taxonomy import Category, Taxonomy

from .cells import is_missing, is_timecode, is_unclear_span, parse_list, parse_span, timecode_seconds
from .columns import NORMALITY, Fields

Reject = dict[str, object]  # the fields of a row, or of a clip, and `reason`; written as a line of JSON

BAD_SPAN: Final = "bad_span"  # the flag of a caption whose times are empty, backward or beyond the video's end
NO_RATE: Final = "frames_without_fps"  # of one whose times are frames or timecodes, and no row says how long one is
CONTROLS: Final = "control_characters"  # of one that held some; they are taken out, in every command
_TEXTS: Final = ("caption", "key", "category", "source", "source_id", "source_split", "group", "tag", "license",
                 "generator", "provenance", "sha256", "video")  # fmt: skip
_INVISIBLE: Final = re.compile("[\\s\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\u3164\u2800]+")
_BREAKS: Final = re.compile(r"[\t\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")
_CONTROLS: Final = re.compile("[\x00-\x1f\x7f-\x9f]")
_FILES: Final = VIDEO_ENDINGS | {".jpg", ".jpeg", ".png", ".webp", ".wav", ".mp3", ".txt", ".npy"}


class RowProblem(Exception):
    """Why a row is not a clip: a reason code, and the fault in words."""

    def __init__(self, reason: str, detail: str, **more: str):
        super().__init__(reason, detail)
        self.reason, self.detail, self.more = reason, detail, more

    def as_reject(self, fields: Fields, names: Iterable[str], **more: str) -> Reject:
        """A line of rejected.jsonl: reason and detail, and some fields as text of at most 200 characters."""
        shown = {name: str(fields[name])[:200] for name in names if fields.get(name)}
        reject = {"reason": self.reason, "detail": self.detail, **self.more, **shown, **more}
        return {name: text.encode(errors="replace").decode() for name, text in reject.items()}


def spread(fields: Fields) -> Iterator[Fields | RowProblem]:
    """The captions of a row one by one, each checked and with its own times; a RowProblem for each invalid one.

    A list of captions (or one written as text) is several captions of one video, a list of spans as long as it is
    theirs; several spans of one caption are as many parts of the video that show it, as QVHighlights has them.

    >>> [row for row in spread({"caption": ["A man falls.", "He gets up."], "span": [[0, 2], [2, 3]]})]
    [{'caption': 'A man falls.', 'start': 0, 'end': 2}, {'caption': 'He gets up.', 'start': 2, 'end': 3}]
    """
    caption = parse_list(fields.get("caption"))
    captions = caption if isinstance(caption, list) else [caption]
    spans = _spans(fields, len(captions) if isinstance(caption, list) else None)
    if not isinstance(caption, list) and not isinstance(spans, RowProblem):
        captions *= len(spans)
    rest = {name: value for name, value in fields.items() if name != "span"}
    if isinstance(spans, RowProblem):
        yield spans
        return
    if not captions:
        yield RowProblem("no_caption", "caption: an empty list")
    for text, span in zip(captions, spans):
        try:
            row = {**rest, "caption": caption_of({"caption": text})}
            if isinstance(text, str) and _CONTROLS.search(_BREAKS.sub(" ", text)):
                add_flag(row, CONTROLS)
            if span is not None:
                row["start"], row["end"] = span
            yield _timed(row)
        except RowProblem as problem:
            yield problem


def _spans(fields: Fields, num_captions: int | None) -> list[tuple[object, object] | None] | RowProblem:
    """A pair of times for each caption, if the row has lists of them; num_captions: of a list of captions."""
    starts, ends = parse_list(fields.get("start")), parse_list(fields.get("end"))
    if isinstance(starts, list) and isinstance(ends, list) and len(starts) == len(ends):
        spans = parse_span([list(pair) for pair in zip(starts, ends)])
    elif "start" in fields or "end" in fields:
        spans = None
    else:
        spans = parse_span(times := parse_list(fields.get("span")))
        if times == [] and num_captions != 0:
            return RowProblem("bad_span", "times: an empty list; --columns span=- takes the whole video")
        if spans is None and is_unclear_span(times):
            detail = f"times: {str(times)[:80]} is not a pair of start and end; --columns span=- leaves them out"
            return RowProblem("bad_field", detail)
    if spans is None:
        return [None] * (1 if num_captions is None else num_captions)
    if len(spans) == 1 and num_captions is not None:
        return [spans[0]] * num_captions
    if num_captions not in (None, len(spans)):
        return RowProblem("bad_field", f"times: {len(spans)} spans for {num_captions} captions")
    return list(spans)


def _timed(fields: Fields) -> Fields:
    """Frame numbers and timecodes as seconds, where the row says the rate; a flag where the times cannot be a part of a
    video. A timecode without a rate stays `start_frame` or `end_frame` for a caller with the video.

    Raises RowProblem for what is not a number and no time.
    """
    fps = fields.get("fps")
    rate = float(fps) if isinstance(fps, (int, float)) and 0 < fps < 1e9 else None
    for name in ("start", "end"):
        time, frame = fields.get(name), fields.get(f"{name}_frame")
        if isinstance(time, str):
            value = _timecode(name, time, rate)
            del fields[name]
            fields[name if isinstance(value, float) else f"{name}_frame"] = value
            continue
        if frame is not None and not isinstance(frame, (int, float)) and name not in fields:
            raise RowProblem("bad_field", f"{name}_frame: a number is needed, this is {str(frame)[:80]}")
        if not isinstance(frame, (int, float)) or frame < 0 or name in fields:
            fields.pop(f"{name}_frame", None)  # -1 stands for none
        elif rate is not None:
            fields[name] = round(frame / rate, 3)
            del fields[f"{name}_frame"]
    start, end = fields.get("start"), fields.get("end")
    if start is None and end is None:
        return fields
    duration = fields.pop("duration", None)  # of the video, where the clip is a part of it
    late = isinstance(start, (int, float)) and isinstance(duration, (int, float)) and start >= duration > 0
    backward = isinstance(start, (int, float)) and isinstance(end, (int, float)) and end <= start
    if late or backward:
        add_flag(fields, BAD_SPAN)
    return fields


def _timecode(name: str, text: str, fps: float | None) -> str | float:
    """The seconds of a timecode, or itself where no rate is known. Raises RowProblem for any other text."""
    if not is_timecode(text):
        why = "is not a time, or is ambiguous; e.g. 62.5, 1:02.5, 1m2.5s, PT1M2.5S, 00:01:02:12 with frames"
        raise RowProblem("bad_field", f"{name}: {text[:80]!r} {why}")
    try:
        return text.strip() if fps is None else timecode_seconds(text, fps)
    except ClipError as error:
        raise RowProblem("bad_field", f"{name}: {error}") from None


def add_flag(fields: Fields, flag: str) -> None:
    """Add a flag to those of a row, if these are a list."""
    if isinstance(flags := fields.get("flags", []), list) and flag not in flags:
        fields["flags"] = [*flags, flag]


def caption_of(fields: Fields) -> str:
    """The caption on one line, without control characters; those from 0x80 are the letters of Windows there.

    Raises RowProblem: no_caption if it is empty, bad_field if it is not text.

    >>> caption_of({"caption": " A man\\r\\nfalls. "})
    'A man falls.'
    """
    caption = fields.get("caption")
    if caption is not None and not isinstance(caption, str):
        raise RowProblem("bad_field", f"caption: text is needed, this is a {type(caption).__name__}")
    caption = _CONTROLS.sub(_printable, _BREAKS.sub(" ", caption or "")).strip()
    if is_missing(_INVISIBLE.sub("", caption)) or not any(map(str.isalnum, caption)):  # - and ... stand for none
        raise RowProblem("no_caption", "caption: missing or empty")
    if caption.startswith(("['", '["', "{'", '{"')):
        raise RowProblem("no_caption", "caption: a list or an object as text that cannot be read")
    if all(PurePosixPath(word).suffix.lower() in _FILES for word in re.split(r"[\s,;|]+", caption.strip(" ,;|"))):
        raise RowProblem("no_caption", "caption: file names, not a sentence")
    if len(caption) > MAX_CAPTION_CHARS:
        raise RowProblem("too_long", f"caption: {len(caption):,} characters, {MAX_CAPTION_CHARS:,} are allowed")
    return caption


def _printable(control: re.Match[str]) -> str:
    return control[0].encode("latin-1").decode("cp1252", "ignore") if control[0] > "\x7f" else ""


def video_names(fields: Fields) -> tuple[str, ...]:
    """The names that a row's video may have, the surest first: what the row calls its video, else its id and group.

    A part of a video may be there as a file of its own, named by its seconds as Kinetics and MSVD do: cut_names. A row
    without times may name its clip in another column than its video: other_videos.

    >>> video_names({"source_id": "Abuse001_x264#4", "group": "ucf-crime:Abuse001_x264"})
    ('Abuse001_x264#4', 'Abuse001_x264', 'ucf-crime:Abuse001_x264')
    """
    if (video := fields.get("video")) is not None:
        others = (
            fields.get("other_videos", ()) if not {"start", "end", "start_frame", "end_frame"} & fields.keys() else ()
        )
        assert isinstance(others, (list, tuple))
        return (video, *cut_names(video, fields), *others) if isinstance(video, str) and video else ()
    names: dict[str, None] = {}
    for text in (fields.get("source_id"), fields.get("group")):
        if isinstance(text, str) and text:
            names |= dict.fromkeys((text, text.rpartition("#")[0], text.rpartition(":")[2]))
    return tuple(name for name in names if name)


def cut_names(video: str, times: Fields) -> tuple[str, ...]:
    """What a part of `video` is called where it was cut before.

    >>> cut_names("-3B32lodo2M", {"start": 59.0, "end": 69.0})
    ('-3B32lodo2M_000059_000069', '-3B32lodo2M_59_69')
    """
    start, end = times.get("start"), times.get("end")
    if not isinstance(start, (int, float)) or not isinstance(end, (int, float)) or not 0 <= start < end < math.inf:
        return ()
    stem = without_video_ending(video)
    padded = (f"{stem}_{int(start):06d}_{int(end):06d}",) if start == int(start) and end == int(end) else ()
    return (*padded, f"{stem}_{start:g}_{end:g}")


def is_cut_file(path: str, name: str, times: Fields) -> bool:
    """Whether a file is the part of the video `name` that these times say, cut before: see cut_names."""
    stem = PurePosixPath(without_video_ending(path)).name
    return any(stem == PurePosixPath(part).name for part in cut_names(name, times))


def check_texts(fields: Fields) -> None:
    """Raise RowProblem if a list, an object or a number is given for a text: the code after this may rely on it."""
    for name in _TEXTS:
        if (value := fields.get(name)) is not None and not isinstance(value, str):
            raise RowProblem("bad_field", f"{name}: text is needed, this is a {type(value).__name__}")


def text_of(fields: Fields, name: str) -> str | None:
    """A field that check_texts has seen, None if it is absent."""
    value = fields.get(name)
    return value if isinstance(value, str) else None


def fill_category(
    fields: Fields, taxonomy: Taxonomy, own_categories: bool = False, left_out: Counter[str] | None = None
) -> None:
    """The category's own name and whether it is an anomaly, from the category, the class or the tag; in place.

    A class or a tag that the taxonomy does not know says nothing; a category is then refused, or with
    `own_categories` left out; `left_out` counts such names. `Normal` and `Abnormal` are no categories but say what a
    row is. Raises RowProblem.
    """
    for field in ("category", "class"):
        word = str(fields.get(field))
        if (truth := NORMALITY.get(word.casefold())) is not None and taxonomy.find(word) is None:
            del fields[field]
            if fields.setdefault("is_anomaly", truth) != truth:
                raise RowProblem("bad_field", f"is_anomaly: {fields['is_anomaly']} contradicts {field}: {word}")
    name, tag = text_of(fields, "category"), text_of(fields, "tag")
    group = fields.pop("class", None)
    if name is not None and own_categories and taxonomy.find(name) is None:
        del fields["category"]
        group, name = group or name, None
    if name is None and isinstance(group, str) and group:
        if taxonomy.find(group) is not None:
            name = group
        elif left_out is not None:
            left_out[group] += 1
    if name is not None:
        category = known_category(name, taxonomy)
    elif fields.get("is_anomaly") is False or (found := taxonomy.find(tag or "")) is None:
        return  # a normal row keeps its tag, and gets its category from `svta annotate`
    else:
        category = found
    is_anomaly = fields.setdefault("is_anomaly", category.is_anomaly)
    if isinstance(is_anomaly, bool) and is_anomaly != category.is_anomaly:
        raise RowProblem("bad_field", f"is_anomaly: {is_anomaly} contradicts the category {category.name}")
    fields["category"] = category.name


def known_category(name: str, taxonomy: Taxonomy) -> Category:
    """The category of this name or alias. Raises RowProblem: unknown_category."""
    if (category := taxonomy.find(name)) is None:
        near = f"; nearest: {', '.join(found)}" if (found := taxonomy.nearest(name)) else ""
        problem = f"category: {name[:80]!r} is not in the taxonomy {taxonomy.name}{near}"
        raise RowProblem("unknown_category", problem, category=name[:80])
    return category
