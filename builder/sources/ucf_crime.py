"""UCF-Crime: the captions of UCFCrime-AR and of UCA, and the events of its temporal annotation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from svta.builder.errors import ClipError
from svta.builder.io.tables import Row, SourceError
from svta.builder.splits import split_in, split_name
from svta.builder.taxonomy import load_taxonomy

from .base import Source
from .columns import Fields
from .records import RowProblem, add_flag
from .ucf_names import ucf_video

CATEGORY_CAPTION = "category_caption"  # the flag of a caption made by svta: its category in a sentence


class _UcfCrime(Source):
    """Annotations of parts of UCF-Crime's videos: a video's name tells its class, and whether it is an anomaly."""

    _counts: Counter[str]

    def rows(self) -> Iterator[Row]:
        self._counts = Counter()
        yield from super().rows()

    def complete(self, fields: Fields, place: str) -> None:
        video = fields.get("video")
        ucf = ucf_video(video) if isinstance(video, str) else None
        if ucf is None:
            raise RowProblem("bad_row", f"video name: {str(video)[:80]!r} is not in UCF-Crime")
        split = split_in(str(fields.get("source_split"))) or split_name(self.file.stem.rpartition("_")[2])
        fields |= {**ucf, "source_id": f"{video}#{self._counts[str(video)]}", "source_split": split}
        self._counts[str(video)] += 1


class UcfCrimeAr(_UcfCrime):
    """UCFCrime-AR: ucf_crime_train.xlsx and ucf_crime_test.xlsx, columns Video Name and English Text."""

    name = "ucfcrime-ar"
    files = ("ucf_crime_*.xlsx",)

    def complete(self, fields: Fields, place: str) -> None:
        super().complete(fields, place)
        fields["source_id"] = str(fields["group"]).partition(":")[2]


class Uca(_UcfCrime):
    """UCA (UCF-Crime Annotation): UCFCrime_{Train,Val,Test}.json or .txt, sentences with start and end."""

    name = "uca"
    files = ("UCFCrime_*.json",)

    def rows(self) -> Iterator[Row]:
        has_sentences = False
        for place, row in super().rows():
            if not isinstance(row, ClipError):
                has_sentences = has_sentences or "start" in row or isinstance(row.get("sentences"), list)
            yield place, row
        if not has_sentences:
            raise SourceError(f"{self.path}: not a UCA file; it needs sentences and timestamps by video")


class UcfCrimeTimes(_UcfCrime):
    """Temporal_Anomaly_Annotation.txt: when the anomaly of a test video happens, in frames; it has no captions."""

    name = "ucfcrime-times"
    files = ("Temporal_Anomaly_Annotation*.txt",)

    def fields(self, row: Mapping[str, object]) -> Fields:
        fields = super().fields(row)
        category = load_taxonomy().find(str(fields.get("class")))
        what = category.name if category else str(fields.get("class")).casefold()
        return {**fields, "caption": f"Surveillance footage: {what}"}

    def complete(self, fields: Fields, place: str) -> None:
        super().complete(fields, place)
        fields["source_split"] = "test"
        add_flag(fields, CATEGORY_CAPTION)

    def check_columns(self) -> bool:
        return True
