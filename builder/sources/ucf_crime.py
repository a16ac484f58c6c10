"""UCF-Crime: the captions of UCFCrime-AR and of UCA."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from svta.builder.errors import ClipError, DatasetError
from svta.builder.io.limits import read_text
from svta.builder.io.tables import MAX_JSON_BYTES, SourceError, read_json
from svta.builder.splits import split_name

from .base import Source, SourceRow
from .columns import Fields, parse_seconds

# (place, video, start, end, sentence), as far as they are what they should be
_Sentence = tuple[str, str, object, object, object]
_UCF_NAME: Final = re.compile(r"(?:.*/)?(([A-Za-z]+)[\d_].*?)(?:\.mp4)?")


class UcfCrimeAr(Source):
    """UCFCrime-AR: ucf_crime_train.xlsx and ucf_crime_test.xlsx, columns Video Name and English Text."""

    name = "ucfcrime-ar"
    files = "ucf_crime_*.xlsx"

    def rows(self) -> Iterator[SourceRow]:
        for path in self.paths():
            for place, fields in self.table(path):
                if isinstance(fields, ClipError):
                    yield place, fields
                    continue
                video = fields.get("group")
                if not isinstance(video, str) or not (ucf := ucf_video(video)):
                    yield place, ClipError(f"video name: {str(video)[:80]!r} is none of UCF-Crime's")
                    continue
                split = split_name(str(fields.get("source_split"))) or split_name(path.stem.rpartition("_")[2])
                source_id = str(ucf["group"]).partition(":")[2]
                yield place, {"caption": fields.get("caption"), "source_id": source_id, **ucf, "source_split": split}


class Uca(Source):
    """UCA (UCF-Crime Annotation): UCFCrime_{Train,Val,Test}.json or .txt, sentences with start and end."""

    name = "uca"
    files = "UCFCrime_*.json"
    _line = re.compile(r"(\S+) +([\d:.]+) +([\d:.]+) *##(.*)")

    def rows(self) -> Iterator[SourceRow]:
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

    def _json(self, path: Path) -> Iterator[_Sentence]:
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

    def _txt(self, path: Path) -> Iterator[_Sentence]:
        try:
            lines = read_text(path, MAX_JSON_BYTES).removeprefix("\ufeff").split("\n")
        except DatasetError as error:
            raise SourceError(str(error)) from None
        if not any(self._line.fullmatch(line.rstrip("\r")) for line in lines):
            raise SourceError(f"{path}: no UCA file; its lines read `VIDEO 00:01.2 00:08.2 ##sentence`")
        for number, line in enumerate(lines, 1):
            if match := self._line.fullmatch(line.rstrip("\r")):
                yield f"line {number}", match[1], parse_seconds(match[2]), parse_seconds(match[3]), match[4]
            elif line.strip():
                yield f"line {number}", line.split()[0], None, None, ClipError("not `VIDEO START END ##sentence`")


def ucf_video(name: str) -> Fields | None:
    """tag, is_anomaly and group of a UCF-Crime video name, published with folders, .mp4 and CR LF; None for others."""
    match = _UCF_NAME.fullmatch(name.strip())
    if match is None:
        return None
    normal = match[2].lower() == "normal"
    return {"tag": "Normal" if normal else match[2], "is_anomaly": not normal, "group": f"ucf-crime:{match[1]}"}
