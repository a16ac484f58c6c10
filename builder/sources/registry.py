"""Caption sources, one small class each: UCFCrime-AR, UCA, OOPS!, any table file, any Hub dataset.

Reads `svta describe --source NAME=FILE`; gives clips without video, and a reject with a reason for every other row.

    for clip in read_source("uca", "UCFCrime_Test.json", on_reject=rejects.append): ...
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Final

from svta.builder import rights
from svta.builder.errors import ClipError
from svta.builder.record import CLIP_FIELDS, MAX_CAPTION_CHARS, Clip, make_key
from svta.builder.splits import split_name
from svta.builder.tables import KINDS, Row, SourceError, read_json, read_rows
from svta.builder.taxonomy import Taxonomy, load_taxonomy

Reject = dict[str, Any]
OnReject = Callable[[Reject], Any]

# field of Clip -> column names it is known by, beside its own name (case, blanks and _ do not matter)
ALIASES: Final = {
    "caption": ("text", "sentence", "description", "english text", "prompt", "caption_en"),
    "category": ("class", "label", "category name"),
    "source_id": ("id", "uid", "sample id", "ret key"),
    "source_split": ("split", "subset", "partition"),
    "group": ("video", "video id", "video name", "vid key", "video path", "filename", "file name", "derived from"),
    "start": ("start time", "start seconds", "begin", "t start"),
    "end": ("end time", "end seconds", "stop", "t end"),
    "is_anomaly": ("anomaly", "anomalous"),
    "license": ("licence",),
}
_NUMBERS: Final = frozenset({"num_frames", "width", "height", "seed", "fps", "duration", "motion"})
_NOTHING: Final = re.compile(
    "[\\s\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\u3164\u2800]+"
)  # what nobody sees
_UCF_NAME: Final = re.compile(r"(?:.*/)?(([A-Za-z]+)[\d_].*?)(?:\.mp4)?")


class Source:
    """One kind of source. `rows` yields (place, Clip fields or what is wrong with the row)."""

    name: ClassVar[str]
    files: ClassVar[str] = ""

    def __init__(self, path: str, columns: Mapping[str, str] | None = None):
        self.path = path
        self.columns = dict(columns or {})

    def rows(self) -> Iterator[Row]:
        """Fields as Clip names them, caption not yet stripped. Raises SourceError for a file of another kind."""
        raise SourceError(f"{self.name}: reads no rows")

    def table(self, path: Path) -> Iterator[Row]:
        """Rows of a table file under Clip's field names: columns given first, then found by their names."""
        for place, fields in read_rows(path):
            yield place, fields if isinstance(fields, ClipError) else rename(fields, self.columns, str(path))

    def paths(self) -> list[Path]:
        """The file given, or those of a folder that bear the names the source publishes."""
        path = Path(self.path)
        if not path.is_dir():
            if not path.is_file():
                raise SourceError(f"{path}: no such file")
            return [path]
        if not self.files or not (found := sorted(path.glob(self.files))):
            raise SourceError(f"{path}: a folder without {self.files or 'a table of captions'}")
        return found


class UcfCrimeAr(Source):
    """UCFCrime-AR: ucf_crime_train.xlsx and ucf_crime_test.xlsx, columns Video Name and English Text."""

    name = "ucfcrime-ar"
    files = "ucf_crime_*.xlsx"

    def rows(self) -> Iterator[Row]:
        for path in self.paths():
            for place, fields in self.table(path):
                if isinstance(fields, ClipError):
                    yield f"{path.name} {place}", fields
                    continue
                video = fields.get("group")
                if not isinstance(video, str) or not (ucf := ucf_video(video)):
                    yield f"{path.name} {place}", ClipError(f"video name: {str(video)[:80]!r} is none of UCF-Crime's")
                    continue
                split = split_name(str(fields.get("source_split"))) or split_name(path.stem.rpartition("_")[2])
                made = {"caption": fields.get("caption"), "source_id": ucf["group"].partition(":")[2]}
                yield f"{path.name} {place}", {**made, **ucf, "source_split": split}


class Uca(Source):
    """UCA (UCF-Crime Annotation): UCFCrime_{Train,Val,Test}.json or .txt, sentences with start and end."""

    name = "uca"
    files = "UCFCrime_*.json"
    _line = re.compile(r"(\S+) +([\d:.]+) +([\d:.]+) *##(.*)")

    def rows(self) -> Iterator[Row]:
        for path in self.paths():
            split = split_name(path.stem.rpartition("_")[2])
            counts: Counter[str] = Counter()
            for place, video, start, end, sentence in self._txt(path) if path.suffix == ".txt" else self._json(path):
                ucf = ucf_video(video)
                if ucf is None or not isinstance(sentence, str):
                    problem = f"{str(video)[:80]!r} is none of UCF-Crime's videos" if ucf is None else str(sentence)
                    yield f"{path.name} {place}", ClipError(problem)
                    continue
                source_id = f"{video}#{counts[video]}"
                counts[video] += 1
                fields = {"caption": sentence, "source_id": source_id, "start": start, "end": end, **ucf}
                yield f"{path.name} {place}", {**fields, "source_split": split}

    def _json(self, path: Path) -> Iterator[tuple[str, str, Any, Any, Any]]:
        videos = read_json(path)
        if not isinstance(videos, dict) or not all(
            isinstance(v, dict) and isinstance(v.get("sentences"), list) for v in videos.values()
        ):
            raise SourceError(f"{path}: no UCA file; it needs sentences and timestamps by video")
        for video, entry in videos.items():
            times = entry.get("timestamps")
            if not isinstance(times, list) or len(times) != len(entry["sentences"]):
                raise SourceError(f"{path}: {video} has not one pair of times a sentence")
            for number, (sentence, pair) in enumerate(zip(entry["sentences"], times)):
                whole = isinstance(pair, list) and len(pair) == 2
                yield f"{video} {number}", video, *(pair if whole else (pair, pair)), sentence

    def _txt(self, path: Path) -> Iterator[tuple[str, str, Any, Any, Any]]:
        try:
            lines = path.read_text("utf-8-sig").split("\n")
        except UnicodeDecodeError:
            raise SourceError(f"{path}: is not UTF-8 text") from None
        if not any(self._line.fullmatch(line.rstrip("\r")) for line in lines):
            raise SourceError(f"{path}: no UCA file; its lines read `VIDEO 00:01.2 00:08.2 ##sentence`")
        for number, line in enumerate(lines, 1):
            if match := self._line.fullmatch(line.rstrip("\r")):
                yield f"line {number}", match[1], _seconds(match[2]), _seconds(match[3]), match[4]
            elif line.strip():
                yield f"line {number}", line.split()[0], None, None, ClipError("not `VIDEO START END ##sentence`")


class Oops(Source):
    """OOPS!: any table with the columns goal and wentwrong, joined by a blank (PAPER: how its captions look)."""

    name = "oops"

    def rows(self) -> Iterator[Row]:
        for path in self.paths():
            for place, fields in read_rows(path):
                if not isinstance(fields, ClipError):
                    goal, wrong = (_column(fields, self.columns.get(c, c)) for c in ("goal", "wentwrong"))
                    if goal is None and wrong is None:
                        raise SourceError(f"{path} {place}: no columns goal and wentwrong; has {_names(fields)}")
                    renamed = rename(fields, self.columns, str(path), need_caption=False)
                    caption = " ".join(str(part).strip() for part in (goal, wrong) if part and str(part).strip())
                    fields = {**renamed, "caption": caption, "is_anomaly": True}
                yield f"{path.name} {place}", fields


class Table(Source):
    """Any CSV, TSV, JSONL, JSON, XLSX or Parquet file with a column of captions."""

    name = "table"

    def rows(self) -> Iterator[Row]:
        for path in self.paths():
            for place, fields in self.table(path):
                if not isinstance(fields, ClipError) and not fields.get("source"):
                    fields["source"] = _slug(path.stem)
                yield f"{path.name} {place}", fields


class Hub(Source):
    """A dataset of the Hub, NAMESPACE/NAME[@revision], or a local folder `datasets` can load; streamed."""

    name = "hub"

    def rows(self) -> Iterator[Row]:
        import datasets

        repo_id, _, revision = self.path.partition("@")
        try:
            splits = datasets.load_dataset(repo_id, revision=revision or None, streaming=True)
        except (OSError, ValueError) as error:
            raise SourceError(f"hub={self.path}: {str(error).splitlines()[0][:200]}") from None
        for split, rows in splits.items():
            number, each = 0, iter(rows)
            while True:
                try:
                    fields = next(each)
                except StopIteration:
                    break
                except (OSError, ValueError, datasets.exceptions.DatasetsError) as error:
                    what = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
                    raise SourceError(f"hub={self.path} {split} after row {number}: {what}") from None
                number += 1
                renamed = rename(dict(fields), self.columns, f"hub={self.path}")
                renamed.setdefault("source", repo_id)
                renamed.setdefault("source_split", split)
                renamed.setdefault("source_id", f"{split}-{number - 1}")
                yield f"{split} row {number}", renamed


SOURCES: Final = {kind.name: kind for kind in (UcfCrimeAr, Uca, Oops, Table, Hub)}


def parse_source(text: str) -> tuple[str, str]:
    """`uca=FILE` -> ("uca", "FILE"); a bare FILE with a table's ending is a `table`. Raises SourceError."""
    name, equals, path = text.partition("=")
    if not equals and Path(text).suffix.lower() in KINDS:
        return "table", text
    if name not in SOURCES:
        raise SourceError(f"unknown source {name[:80]!r}: it is NAME=FILE with NAME one of {', '.join(SOURCES)}")
    if not path:
        raise SourceError(f"--source {name}: give its file as {name}=FILE")
    return name, path


def read_source(
    name: str,
    path: str,
    *,
    on_reject: OnReject,
    columns: Mapping[str, str] | None = None,
    taxonomy: Taxonomy | None = None,
    own_categories: bool = False,
) -> Iterator[Clip]:
    """Clips of one source in its order; every row that is none goes to `on_reject` with a reason code.

    With `own_categories` a category that the taxonomy lacks is left out, and the row stays.
    Reasons: bad_row, no_caption, too_long, unknown_category, bad_field. Raises SourceError for a file that is none.
    """
    source = SOURCES[parse_source(f"{name}={path}")[0]](path, columns)
    taxonomy = taxonomy or load_taxonomy()
    licence = rights.find(source.name, "source").licence
    seen: Counter[tuple[str, str, str]] = Counter()
    place = ""
    for place, row in source.rows():
        if isinstance(row, ClipError):
            on_reject({"reason": "bad_row", "detail": str(row), "source": source.name, "place": place})
            continue
        fields = {"source": source.name, "source_id": place, "license": licence, **_without_none(row)}
        told = fields.get("category")
        if own_categories and isinstance(told, str) and taxonomy.find(told) is None:
            del fields["category"]
        reason, detail = _complete(fields, taxonomy)
        if not reason:
            identity = (fields["source"], fields["source_id"], fields["caption"])
            fields["key"] = make_key(*identity, occurrence=seen[identity])
            seen[identity] += 1
            try:
                clip = Clip.from_dict(fields)
            except ClipError as error:
                reason, detail = "bad_field", str(error)
        if reason:
            about = {k: str(fields[k])[:200] for k in ("source", "source_id", "caption") if fields.get(k)}
            on_reject({"reason": reason, "detail": detail, **about, "place": place})
        else:
            yield clip
    if not place:
        raise SourceError(f"{path}: holds no captions")


def _complete(fields: dict[str, Any], taxonomy: Taxonomy) -> tuple[str | None, str]:
    """Fill what follows from the taxonomy, in place; (reason, detail) if the row cannot be a clip."""
    caption = fields.get("caption")
    if caption is None or (isinstance(caption, str) and not _NOTHING.sub("", caption)):
        return "no_caption", "caption: missing or empty"
    if not isinstance(caption, str):
        return "bad_field", f"caption: text is needed, this is a {type(caption).__name__}"
    fields["caption"] = re.sub(r"[\t\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+", " ", caption.strip()).strip()
    if len(fields["caption"]) > MAX_CAPTION_CHARS:
        return "too_long", f"caption: {len(fields['caption']):,} characters, {MAX_CAPTION_CHARS:,} are allowed"
    if fields.get("group") and not fields["group"].startswith("ucf-crime:"):
        fields["group"] = f"{fields['source']}:{fields['group']}"
    name = fields.get("category")
    if isinstance(name, str) and taxonomy.find(name) is None:
        return "unknown_category", f"category: {name[:80]!r} is none of the taxonomy {taxonomy.name}"
    category = taxonomy.find(name) if isinstance(name, str) else taxonomy.find(fields.get("tag") or "")
    if category and not isinstance(name, str) and fields.get("is_anomaly") is False:
        category = None  # a normal row keeps its tag, and gets its category from `svta annotate`
    if category:
        told = fields.setdefault("is_anomaly", category.is_anomaly)
        if isinstance(told, bool) and told != category.is_anomaly:
            return "bad_field", f"is_anomaly: {told} contradicts the category {category.name}"
        if name is None or isinstance(name, str):
            fields["category"] = category.name
    return None, ""


def ucf_video(name: str) -> dict[str, Any] | None:
    """tag, is_anomaly and group of a UCF-Crime video name, published with folders, .mp4 and CR LF; None for others."""
    match = _UCF_NAME.fullmatch(name.strip())
    if match is None:
        return None
    normal = match[2].lower() == "normal"
    return {"tag": "Normal" if normal else match[2], "is_anomaly": not normal, "group": f"ucf-crime:{match[1]}"}


def rename(
    fields: dict[str, Any], columns: Mapping[str, str], place: str, *, need_caption: bool = True
) -> dict[str, Any]:
    """A table's row under Clip's field names: `columns` says field -> column, the rest is found by ALIASES."""
    known: dict[str, Any] = {}
    for (
        column,
        value,
    ) in fields.items():  # of two columns that differ in case alone the first, or the one in plain letters
        if isinstance(column, str) and (_fold(column) not in known or column == _fold(column)):
            known[_fold(column)] = value
    renamed: dict[str, Any] = {}
    for field in CLIP_FIELDS:
        if field in columns:
            if _fold(columns[field]) not in known:
                raise SourceError(f"{place}: no column {columns[field]!r}; has {_names(fields)}")
            renamed[field] = known[_fold(columns[field])]
            continue
        for name in (field, *ALIASES.get(field, ())):
            if _fold(name) in known:
                renamed[field] = known[_fold(name)]
                break
    if unknown := set(columns) - set(CLIP_FIELDS) - {"goal", "wentwrong"}:
        raise SourceError(f"--columns {sorted(unknown)[0]}: no field of a clip; fields are {', '.join(CLIP_FIELDS)}")
    if need_caption and "caption" not in renamed and "key" not in renamed and "category" not in renamed:
        raise SourceError(f"{place}: no column of captions; name it with --columns caption=NAME; has {_names(fields)}")
    if "video" in known and isinstance(known["video"], str):
        renamed["video"] = known["video"]  # refused by Clip if it is a URL or leaves its folder
    if "key" in renamed:
        renamed.setdefault("source_id", renamed.pop("key"))
    return {field: _convert(field, value) for field, value in renamed.items()}


def _convert(field: str, value: Any) -> Any:
    """Text of a CSV cell as the field's type; what does not fit is left for Clip to refuse."""
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return None
    if field in {"source_id", "group", "source_split", "tag"} and isinstance(value, int) and value is not True:
        return str(value)
    if field == "is_anomaly" and type(value) is int and value in (0, 1):
        return bool(value)
    if not isinstance(value, str):
        return value
    if field in {"start", "end"}:
        return _seconds(value)
    if field == "is_anomaly":
        return {"true": True, "1": True, "false": False, "0": False}.get(value.strip().casefold(), value)
    if field == "group":
        return Path(value.strip()).stem or None
    if field == "flags":
        return [flag.strip() for flag in value.split(",") if flag.strip()]
    if field in _NUMBERS:
        number = _seconds(value)
        return int(number) if isinstance(number, float) and number.is_integer() and field != "fps" else number
    return value if field == "caption" else value.strip()


def _seconds(text: str) -> Any:
    """ "01:02.5" or "62.5" as seconds; other text unchanged."""
    try:
        seconds = 0.0
        for part in text.strip().split(":"):
            seconds = seconds * 60 + float(part)
    except ValueError:
        return text
    return round(seconds, 3) if math.isfinite(seconds) else text


def _column(fields: dict[str, Any], name: str) -> Any:
    return next((value for column, value in fields.items() if _fold(str(column)) == _fold(name)), None)


def _names(fields: dict[str, Any]) -> str:
    return ", ".join(str(name)[:40] for name in list(fields)[:12]) or "none"


def _fold(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name).strip().casefold()


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:60] or "table"


def _without_none(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
