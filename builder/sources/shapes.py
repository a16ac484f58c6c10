"""JSON as data sets publish it -> rows: lists, objects under names of videos, splits or categories, MSR-VTT, HIVAU.

    json_rows({"train": [{"video": "a", "caption": "A man falls."}]}, path)    # ("row 1", {"split": "train", ...})

What a key stands for is seen in what is below it; `is_video` says which names are those of existing videos.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Final

from svta.builder.errors import ClipError
from svta.builder.io.json_text import Json, JsonObject
from svta.builder.io.tables import Row, SourceError
from svta.builder.licences import declared_licence, spdx_licence, strictest_licence
from svta.builder.paths import is_video_name
from svta.builder.splits import split_name

from .cells import parse_span
from .column_names import VIDEO_NAMES, fold, is_caption_name, is_licence_name

IsVideo = Callable[[str], bool]
_ABOUT: Final = frozenset(  # what is beside the captions in a file and is none
    [
        "version",
        "info",
        "externaldata",
        "datecreated",
        "contributor",
        "homepage",
        "meta",
        "metadata",
        "project",
        "config",
    ]
)
_HEADS: Final = _ABOUT | {"header", "datasetinfo", "datasetmetadata", "about", "general", "legal"}
_CONTAINERS: Final = frozenset(("database", "results", "data", "annotations", "videos", "clips", "items", "rows"))
_ANSWERS: Final = ("gpt", "assistant")
_DIDEMO_SECONDS: Final = 5  # of one of its segments
_OF_THE_VIDEO: Final = frozenset({"split", "category", "fps"})  # what a list of videos adds to a sentence


def json_rows(value: Json, path: Path, is_video: IsVideo = lambda name: False) -> Iterator[Row]:
    """The rows of a parsed JSON file. Raises SourceError if it can hold none."""
    if isinstance(value, list):
        if value and _is_task(value[0]):
            raise SourceError(f"{path}: Label Studio's tasks, not rows; export them as JSON-MIN or CSV")
        yield from _objects(value)
    elif isinstance(value, dict):
        licence = _licence_of_all(value, is_video)
        for place, row in _entries(value, path, is_video):
            yield place, _with_licence(row, licence) if isinstance(row, dict) else row
    else:
        raise SourceError(f"{path}: a list of JSON objects is needed, this is a {type(value).__name__}")


def _entries(value: JsonObject, path: Path, is_video: IsVideo) -> Iterator[Row]:
    """Rows of one object: it is a row, or its keys are names of columns, videos, splits or categories."""
    licences = {
        str(one["id"]): _licence(one)
        for one in _listed(value.get("licenses"))
        if isinstance(one, dict) and _is_id(one.get("id"))
    }
    rest = {name: under for name, under in value.items() if not _is_about(name) or is_video(name)}
    if any(isinstance(under, (dict, list)) for under in rest.values()) and not _is_row(value):
        value = rest
    lists = {name: under for name, under in value.items() if _are_objects(under)}
    texts = next((lists[name] for name in ("sentences", "annotations") if name in lists), None)
    if texts and (videos := lists.get("videos") or lists.get("images")):
        yield from _sentences_of_videos(texts, videos, licences)
    elif rows := _rows_of_columns(value):
        yield from _objects(rows)
    elif _is_row(value):
        yield from unfolded("row 1", value)
    elif isinstance(inner := _contained(value), dict) and not lists and not any(map(is_video, value)):
        yield from json_rows(inner, path, is_video)
    elif value and all(split_name(name) and isinstance(under, (list, dict)) for name, under in value.items()):
        for name, under in value.items():
            for place, row in json_rows(under, path, is_video):
                yield f"{name} {place}", row if isinstance(row, ClipError) else {"split": name, **row}
    elif lists and not any(map(is_video, value)):
        with_captions = {name: under for name, under in lists.items() if _is_row(under[0])} or lists
        for name, under in with_captions.items():
            for place, row in _objects(under):
                alone = len(lists) == 1 and len(value) > 1  # {"version": 1, "data": [...]}
                alone = alone or _is_container(name) or (len(value) == 1 and _names_video(row))
                named = {} if alone else _meaning(name, row)
                yield f"{name} {place}", row if isinstance(row, ClipError) else {**named, **row}
    elif value and all(isinstance(under, (dict, list, str)) for under in value.values()):
        yield from _by_name(value, path, is_video)
    elif len(inner := [under for under in value.values() if isinstance(under, (dict, list)) and under]) == 1:
        yield from json_rows(inner[0], path, is_video)  # the captions beside a version and a licence
    else:
        yield "row 1", value


def _licence_of_all(value: JsonObject, is_video: IsVideo) -> JsonObject:
    """What a file says of its licence beside its rows, or in an object about it: of all rows that name none."""
    places = [value]
    for place in places:  # it grows while it is read
        about = _HEADS if place is value else None
        places += [one for name, one in place.items() if isinstance(one, dict) and (not about or fold(name) in about)]
    said = [
        _licence(under)
        for place in places
        for name, under in place.items()
        if is_licence_name(fold(name)) and not is_video(name)
    ]
    return {"license": text} if (text := strictest_licence(filter(None, said))) else {}


def _with_licence(row: JsonObject, licence: JsonObject) -> JsonObject:
    """A row with the licence of its file, where none of its own cells names one."""
    own = (under for name, under in row.items() if is_licence_name(fold(name)))
    return row if any(declared_licence(_licence(under) or None) for under in own) else {**row, **licence}


def _licence(value: Json) -> str:
    """A licence as text, or as an object with its name and address; of a list all of them."""
    if isinstance(value, list):
        return strictest_licence(filter(None, map(_licence, value)))
    if isinstance(value, dict):
        texts = {name: one for name, one in value.items() if isinstance(one, str) and one and name != "id"}
        if spdx_licence(texts.get("url")):
            texts.pop("name", None)  # COCO's "Attribution License", which is its address in words
        return strictest_licence(texts.values())
    return value if isinstance(value, str) else ""


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _is_id(value: Json) -> bool:
    return isinstance(value, (int, str))


def _is_about(name: str) -> bool:
    return fold(name) in _ABOUT or is_licence_name(fold(name))


def _rows_of_columns(value: JsonObject) -> list[JsonObject]:
    """The rows of a table that pandas wrote column by column: {"video": {"0": ..}, ..}, {"columns": [], "data": []}."""
    names, data = value.get("columns"), value.get("data")
    if isinstance(names, list) and isinstance(data, list) and all(isinstance(row, list) for row in data):
        return [dict(zip(map(str, names), row)) for row in data]
    cells = [list(under.values()) if isinstance(under, dict) else under for under in value.values()]
    if not (any(is_caption_name(fold(name)) for name in value) and _names_video(value)):
        return []
    if not all(isinstance(one, list) and len(one) == len(cells[0]) for one in cells):
        return []
    return [dict(zip(value, row)) for row in zip(*cells)]


def _by_name(value: Mapping[str, Json], path: Path, is_video: IsVideo) -> Iterator[Row]:
    """{video: row, rows, caption or captions}, {video: {span: caption}}, or {category: one of these}."""
    inner = Counter(chain.from_iterable(under for under in value.values() if isinstance(under, dict)))
    for name, under in value.items():
        if isinstance(under, dict) and under and all(map(str.isdigit, under)) and not any(map(is_video, under)):
            under = list(under.values())  # {"0": .., "1": ..}
        if isinstance(under, dict) and under and all(map(parse_span, under)):
            for span, caption in under.items():
                yield f"{name} {span}", {"video": name, "span": span, "caption": caption}
        elif isinstance(under, (str, list)) and not _are_objects(under):
            yield name, {"video": name, "caption": under}
        elif isinstance(under, list):
            for place, row in _objects(under):
                yield f"{name} {place}", row if isinstance(row, ClipError) else {**_meaning(name, row), **row}
        elif (
            _is_record(under)
            or is_video(name)
            or is_video_name(name)
            or not under
            or max(inner[one] for one in under) > 1  # columns
            or not all(isinstance(one, (str, list)) or _is_record(one) for one in under.values())
        ):
            own = (under[one] for one in under if fold(one) in VIDEO_NAMES)
            is_own = not is_video_name(name) and any(isinstance(one, str) and not one.isdigit() for one in own)
            yield from unfolded(name, under if is_own else {"video": name, **under})
        else:
            for place, row in _by_name(under, path, is_video):
                yield f"{name} {place}", row if isinstance(row, ClipError) else {"class": name, **row}


def _meaning(name: str, row: JsonObject | ClipError) -> JsonObject:
    """What the key above a row is: a category where the row names its video itself, else that name."""
    if _names_video(row):
        return {"class": name}
    return {"video": name}


def _sentences_of_videos(
    sentences: list[JsonObject], videos: list[JsonObject], licences: Mapping[str, str]
) -> Iterator[Row]:
    """MSR-VTT, whose videos are published cut, so that the times in their list are those of the film; COCO's captions,
    which name a video by the id that it has in that list, and a licence by its id in another one."""
    key = "video_id" if any("video_id" in video for video in videos) else "id"
    about = {str(video[key]): video for video in videos if key in video}
    for place, row in _objects(sentences):
        if isinstance(row, ClipError):
            yield place, row
        else:
            video = about.get(str(row.get("video_id", row.get("image_id"))), {})
            kept = {
                name: video[name]
                for name in video
                if name in _OF_THE_VIDEO or (key == "id" and fold(name) in VIDEO_NAMES)
            }
            terms = _licences_by_id(video, licences)
            own = _licences_by_id(row, licences)
            if terms and own:
                terms = {"license": strictest_licence(map(_licence, (*terms.values(), *own.values())))}
            row = {name: under for name, under in row.items() if name not in own} | (terms or own)
            yield place, {**row, **kept} if key == "id" else {**kept, **row}


def _licences_by_id(row: JsonObject, licences: Mapping[str, str]) -> JsonObject:
    """What a row or a video of such a file says of its licence, in words where it gives the number of one."""
    said = {name: under for name, under in row.items() if is_licence_name(fold(name))}
    return {name: licences.get(str(under), str(under)) if _is_id(under) else under for name, under in said.items()}


def _objects(values: list[Json]) -> Iterator[Row]:
    for number, value in enumerate(values, 1):
        if isinstance(value, dict):
            yield from unfolded(f"row {number}", value)
        else:
            yield f"row {number}", ClipError(f"a JSON object is needed, this is a {type(value).__name__}")


def unfolded(place: str, row: JsonObject) -> Iterator[Row]:
    """A row, or those in it: HIVAU's sentences by event and clip, a list of objects that each hold a caption."""
    if isinstance(row.get("clips_caption"), list) and isinstance(row.get("clips"), list):
        about: JsonObject = {name: row[name] for name in ("video", "split", "fps") if name in row}
        label = row["label"][0] if isinstance(row.get("label"), list) and row["label"] else row.get("label")
        captions, spans = _flat(row["clips_caption"]), _flat(row["clips"])
        yield place, {**about, "class": label, "caption": captions, "span": spans}
        return
    row = _published(row)
    nested = next((name for name, under in row.items() if _are_objects(under) and _is_row(under[0])), None)
    if nested is None:
        yield place, row
        return
    rest = {name: under for name, under in row.items() if name != nested}
    for number, inner in enumerate(row[nested], 1):
        if isinstance(inner, dict):
            yield f"{place} {number}", {**rest, **inner}
        else:
            yield f"{place} {number}", ClipError(f"a JSON object is needed, this is a {type(inner).__name__}")


def _published(row: JsonObject) -> JsonObject:
    """A row of LLaVA-Video, ShareGPT4Video, Karpathy's splits or DiDeMo with caption and times as others write them."""
    turns: Json = row.get("conversations") or row.get("messages")
    if _are_objects(turns) and not _is_row(row):
        said = [(turn.get("from", turn.get("role")), turn.get("value", turn.get("content"))) for turn in turns]
        parts = [part for _, content in said if _are_objects(content) for part in content]  # as Qwen writes them
        answers = [content for who, content in said if who in _ANSWERS]
        row = {"videos": [part["video"] for part in parts if "video" in part], **row}
        if len(answers) == 1:  # several are questions about a video, and no captions
            texts = [part.get("text") for part in answers[0]] if _are_objects(answers[0]) else answers
            row = {**row, "caption": texts[0] if len(texts) == 1 else texts}
    if len(videos := _listed(row.get("videos"))) == 1 and isinstance(videos[0], str):
        row = {"video": videos[0], **row}
    for name, text in (("captions", "content"), ("sentences", "raw")):
        if _are_objects(row.get(name)) and all(text in one for one in row[name]):
            row = {column: under for column, under in row.items() if "keyframe" not in row or column != "timestamp"}
            row[name] = [one[text] for one in row[name]]
    if {"timestamps", "fps", "num_frames"} <= row.keys() and "duration" not in row:  # TACoS counts frames
        spans, rate = row["timestamps"], row["fps"]
        if isinstance(rate, (int, float)) and rate > 0 and _are_whole_pairs(spans):
            row = {**row, "timestamps": [[round(time / rate, 3) for time in span] for span in spans]}
    times: Json = row.get("times") if "num_segments" in row else None
    if _are_whole_pairs(times):
        first, last = max(times, key=times.count)  # what most of its four judges say
        row = {**row, "times": [first * _DIDEMO_SECONDS, (last + 1) * _DIDEMO_SECONDS]}
    return row


def _are_whole_pairs(value: Json) -> bool:
    pairs = _listed(value)
    return bool(pairs) and all(isinstance(pair, list) and list(map(type, pair)) == [int, int] for pair in pairs)


def _flat(events: list[Json]) -> list[Json]:
    return [clip for event in events for clip in (event if isinstance(event, list) else [event])]


def _is_task(value: object) -> bool:
    """Whether it is a task of Label Studio's full export: its data, and what each annotator marked."""
    marks = value.get("annotations", value.get("completions")) if isinstance(value, dict) else None
    return isinstance(marks, list) and any(isinstance(one, dict) and "result" in one for one in marks)


def _is_row(value: object) -> bool:
    """Whether an object holds captions under one of their usual names."""
    if not isinstance(value, dict):
        return False
    names = [fold(name) for name, under in value.items() if not isinstance(under, dict)]
    return "clipscaption" in names or any(map(is_caption_name, names))


def _is_record(value: object) -> bool:
    """Whether an object is a row, or holds a list of rows beside what is true of all: a video and its annotations."""
    if _is_row(value) or not isinstance(value, dict):
        return _is_row(value)
    has_rows = any(_are_objects(under) and _is_row(under[0]) for under in value.values())
    return has_rows and not all(isinstance(under, (dict, list)) for under in value.values())


def _is_container(name: str) -> bool:
    return fold(name) in _CONTAINERS


def _contained(value: JsonObject) -> Json:
    """What holds the captions beside settings, splits and the like, by its name."""
    return next((under for name, under in value.items() if _is_container(name) or is_caption_name(fold(name))), None)


def _names_video(row: object) -> bool:
    return isinstance(row, dict) and any(fold(name) in VIDEO_NAMES for name in row)


def _are_objects(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(under, dict) for under in value)
