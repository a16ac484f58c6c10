"""One audit from end to end: `svta audit DATASET --out AUDIT`.

Reads clips, answers of people (--answers) and a judge; writes AUDIT/: sample.jsonl (what is asked about, with what is a
control), ratings.jsonl (every answer), config.json, and last metrics.json, once there is an answer.

    prepared = prepare(AuditConfig("demo"), leaves=False)
    result = finish(prepared, ratings, out="audit")
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from svta.builder.io.files import exclusive_lock, write_json
from svta.builder.io.json_text import read_jsonl, write_jsonl
from svta.builder.layout.guards import check_foreign, check_output
from svta.builder.shards.audit_columns import AuditMark
from svta.eval.metrics.figures import to_json

from .clips import ClipSource, known_clips, open_clips, shown_clips
from .config import AuditConfig, AuditError
from .questions import AXES, Rating
from .result import METRICS, AuditResult
from .sample import Item, draw_items, known_items, sample_hash, sample_size
from .summarise import JUDGE, Sampled, Scores, is_shown, mean_scores, summarise

CONFIG: Final = "config.json"
SAMPLE: Final = "sample.jsonl"
RATINGS: Final = "ratings.jsonl"


@dataclass(frozen=True)
class Prepared:
    """What is going to be asked: items of the dataset's own clips; the known ones are added by with_known()."""

    config: AuditConfig
    source: ClipSource
    sampled: Sampled
    items: tuple[Item, ...]
    known: ClipSource | None = None
    known_items: tuple[Item, ...] = ()

    @property
    def sample(self) -> str:
        """The hash that answers of people name."""
        return sample_hash(item.id for item in self.items)

    @property
    def parts(self) -> list[tuple[ClipSource, tuple[Item, ...]]]:
        """Each source with the items about its clips."""
        known = [] if self.known is None else [(self.known, self.known_items)]
        return [(self.source, self.items), *known]

    @property
    def all_items(self) -> tuple[Item, ...]:
        """Those of the dataset and the known ones."""
        return self.items + self.known_items


def prepare(config: AuditConfig, *, leaves: bool) -> Prepared:
    """Draw the sample. leaves: captions and frames go to other people or to a server. Raises SvtaError."""
    config.check()
    source = open_clips(config.data, config.splits)
    clips, left_out = shown_clips(source, categories=config.categories, leaves=leaves, rights=config.rights)
    total = sample_size(config.interval, len(clips)) if config.sample is None else min(config.sample, len(clips))
    items = draw_items(clips, total, swapped=config.swapped, seed=config.seed)
    return Prepared(config, source, Sampled(source.name, source.fingerprint, len(clips), left_out), tuple(items))


def with_known(prepared: Prepared, known: ClipSource, count: int) -> Prepared:
    """With at most `count` drawn clips whose truth is known, each beside its own and beside a swapped caption."""
    items = known_items(known_clips(known, count), prepared.config.seed)
    return Prepared(prepared.config, prepared.source, prepared.sampled, prepared.items, known, tuple(items))


def begin(prepared: Prepared, out: str | Path) -> None:
    """Write the sample into `out`. AuditError for the folder of another sample, DatasetError for foreign files."""
    out = Path(out)
    check_output(out, kind="folder")
    check_foreign(out, (SAMPLE,), "audit")
    with exclusive_lock(out):
        if (out / SAMPLE).exists() and (before := _read_sample(out / SAMPLE)) != prepared.sample:
            raise AuditError(
                f"{out}: contains the audit of another sample ({before}, this is {prepared.sample}); use another --out"
            )
        write_jsonl(out / SAMPLE, map(asdict, prepared.items))
        config = {**asdict(prepared.config), "data": prepared.source.name, "known": None, "rights": None}
        write_json(out / CONFIG, {**config, "sample": prepared.sample, "dataset": prepared.source.fingerprint})


def _read_sample(path: Path) -> str:
    return sample_hash(str(row.get("id")) for _, row in read_jsonl(path))


def finish(prepared: Prepared, ratings: Sequence[Rating], out: str | Path) -> AuditResult:
    """The figures of all answers, written into `out` if there are any."""
    out = Path(out)
    result = summarise(prepared.sampled, prepared.all_items, ratings, prepared.config)
    with exclusive_lock(out):
        (out / METRICS).unlink(missing_ok=True)
        write_jsonl(out / RATINGS, map(asdict, ratings))
        if ratings:
            write_json(out / METRICS, to_json(result))
    return result


def marks_of(prepared: Prepared, ratings: Iterable[Rating]) -> dict[str, AuditMark]:
    """What clips.parquet says of each audited clip: people's scores where people scored it, else the judge's."""
    ratings = list(ratings)
    by_people = [rating for rating in ratings if not rating.rater.startswith(JUDGE)]
    by_judge = [rating for rating in ratings if rating.rater.startswith(JUDGE)]
    threshold = prepared.config.threshold
    marks: dict[str, AuditMark] = {}
    for by, scores in (("judge", mean_scores(by_judge)), ("people", mean_scores(by_people))):
        for item in prepared.items:
            if item.kind == "own" and (verdict := is_shown(scores.get(item.id), threshold)) is not None:
                marks[item.key] = AuditMark(verdict, by, **_axes(scores, item))
    return marks


def _axes(scores: Scores, item: Item) -> Mapping[str, float | None]:
    found = scores.get(item.id, {})
    return {axis: None if axis not in found else round(found[axis], 3) for axis in AXES}
