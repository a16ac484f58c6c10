"""EvalResult: the settings, figures and ranks of one evaluation, as evaluate() gives them and RESULTS/ keeps them.

metrics.json and config.json are these dataclasses as JSON; reading checks every type once, here, so that reports,
tables, comparisons and the card take figures as they are. Absent sections of older versions read as empty.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from svta.builder.io.json_text import JsonObject
from svta.builder.leaks import Leak
from svta.eval.encoders.fingerprint import ModelFiles
from svta.eval.metrics.figures import ABSENT, BothWays, Count, Directions, Figure, Figures, Subset, from_json, to_json
from svta.eval.metrics.rank_table import RankTable
from svta.eval.metrics.retrieval import Way

METRICS: Final = "metrics.json"
CONFIG: Final = "config.json"
Json = JsonObject


@dataclass(frozen=True)
class Control(BothWays):
    """Another ranking of the same gallery. transductive: its scores saw all test queries."""

    t2v: Figures
    v2t: Figures
    transductive: bool | None = field(default=None, metadata=ABSENT)
    method: str | None = field(default=None, metadata=ABSENT)


@dataclass(frozen=True)
class Contrasts(BothWays):
    """R@1 within sets of clips that one thing alone tells apart; chance: 100 / clips of a set.

    by_factor: what it is (direction, order ...). controls: the same of what the model has to beat. interval_95: whole
    sets are drawn.
    """

    sets: Count = 0
    queries: Count = 0
    chance: Figure = None
    t2v: Figures = field(default_factory=dict)
    v2t: Figures = field(default_factory=dict)
    interval_95: dict[str, tuple[Figure, Figure]] = field(default_factory=dict)
    by_factor: dict[str, Subset] = field(default_factory=dict)
    controls: dict[str, Directions] = field(default_factory=dict)


@dataclass(frozen=True)
class Skipped:
    """A clip that is not in the gallery, and why."""

    key: str
    reason: str


@dataclass(frozen=True)
class NanEmbeddings:
    """How many captions and videos have NaN in their embedding, and keys of the first of them."""

    captions: Count = 0
    videos: Count = 0
    keys: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class NotUnit:
    """How many captions' and videos' embeddings are not of length 1, and the least and greatest of all lengths."""

    captions: Count = 0
    videos: Count = 0
    least: Figure = None
    most: Figure = None


@dataclass(frozen=True)
class Duplicates:
    """How much of the gallery repeats, and text-to-video R@K where any clip of the same caption or bytes counts."""

    captions_that_repeat: Count = 0
    videos_that_repeat: Count = 0
    t2v_any_twin: Figures = field(default_factory=dict)


@dataclass(frozen=True)
class LeakCounts:
    """What was left out because training captions give it away (--disjoint-from)."""

    training: str = "?"
    training_rejected: Count = 0
    near: Figure = None
    test: Count = 0
    train: Count = 0
    leaked: Count = 0
    leaked_percent: Figure = None
    by_kind: dict[str, Count] = field(default_factory=dict)


@dataclass(frozen=True)
class SeenClips:
    """How much of the gallery the model was trained on (train) or chosen on (validation), by content.

    videos: clips whose very video is in that split (where it has no hash: whose caption is); captions: other clips
    whose normalised caption is.
    """

    train_videos: Count = 0
    train_captions: Count = 0
    validation_videos: Count = 0
    validation_captions: Count = 0

    @property
    def sentences(self) -> list[str]:
        """What a reader must know of it; empty if the model has seen nothing of the gallery."""
        lines = []
        if self.train_videos:
            lines.append(
                f"the model was trained on {self.train_videos:,} of these clips: "
                "the figures do not show how it works on new ones"
            )
        if self.validation_videos:
            lines.append(f"the model's weights were chosen on {self.validation_videos:,} of these clips (validation)")
        if captions := self.train_captions + self.validation_captions:
            more = " more" if lines else ""
            verb = "was" if captions == 1 else "were"
            lines.append(f"{captions:,}{more} of these captions {verb} in the model's train or validation split")
        return lines


@dataclass(frozen=True)
class ScoredClips:
    """Clips of the gallery with a text-video similarity by a model of the measured model's own family."""

    family: str = "?"
    clips: Count = 0


@dataclass(frozen=True)
class CategoryAccuracy:
    """Zero-shot accuracy on the clips of one category, in percent."""

    clips: Count = 0
    accuracy: Figure = None


@dataclass(frozen=True)
class ZeroShot:
    """Anomaly recognition by prompts of category names; percent, but AUROC and average precision from 0 to 1."""

    categories: Count = 0
    templates: list[str] = field(default_factory=list)
    classified: Count = 0
    accuracy: Figure = None
    top_5: Figure = None
    mean_class_accuracy: Figure = None
    by_category: dict[str, CategoryAccuracy] = field(default_factory=dict)
    detected: Count = 0
    auroc: Figure = None
    average_precision: Figure = None
    anomaly_share: Figure = None
    num_nan: Count = 0
    left_out: Count = 0


@dataclass(frozen=True)
class Reranked(BothWays):
    """Figures after a second model scored the `top` best candidates in pairs.

    kept: percent of queries whose true item was among the candidates, which no second stage can exceed.
    """

    model: str = "?"
    top: Count = 0
    pairs: Count = 0
    num_nan: Count = 0
    kept: Figures = field(default_factory=dict)
    t2v: Figures = field(default_factory=dict)
    v2t: Figures = field(default_factory=dict)


@dataclass(frozen=True)
class DualSoftmax(BothWays):
    """Figures whose scores saw all test queries at once (transductive); they belong in no headline table."""

    transductive: bool = True
    method: str = "dual softmax"
    temperature: Figure = None
    t2v: Figures = field(default_factory=dict)
    v2t: Figures = field(default_factory=dict)


@dataclass(frozen=True)
class ThroughMteb(BothWays):
    """R@K of the same evaluation run by mteb."""

    version: str = "?"
    t2v: Figures = field(default_factory=dict)
    v2t: Figures = field(default_factory=dict)


@dataclass(frozen=True)
class Metrics(BothWays):
    """metrics.json: the figures of one evaluation and what a reader must know to believe them."""

    t2v: Figures
    v2t: Figures
    gallery: Count  # videos; a video of several captions is there once
    captions: Count | None = field(default=None, metadata=ABSENT)
    ties: str = "expected"
    num_ranked: dict[str, Count] = field(default_factory=dict)
    num_nan: Count = 0
    nan_embeddings: NanEmbeddings = field(default_factory=NanEmbeddings)
    not_unit: NotUnit | None = field(default=None, metadata=ABSENT)  # where scores are dot products
    bounds: dict[str, Directions] = field(default_factory=dict)
    components: Count | None = field(default=None, metadata=ABSENT)  # what intervals and tests draw
    interval_95: Mapping[str, Mapping[str, tuple[Figure, Figure]]] = field(default_factory=dict)
    anomaly_or_normal: dict[str, Subset] = field(default_factory=dict)
    category_level: Figures = field(default_factory=dict)
    duplicates: Duplicates | None = field(default=None, metadata=ABSENT)
    by_category: dict[str, Subset] = field(default_factory=dict)
    controls: dict[str, Control] = field(default_factory=dict)
    contrasts: Contrasts | None = field(default=None, metadata=ABSENT)  # None: the gallery has no such sets
    unreadable: list[Skipped] = field(default_factory=list)
    rejected_before: dict[str, Count] = field(default_factory=dict)
    trained_on_gallery: bool = False
    seen_in_training: SeenClips | None = field(default=None, metadata=ABSENT)  # None: the model does not say
    scored_by_family: ScoredClips | None = field(default=None, metadata=ABSENT)
    missing: list[Skipped] | None = field(default=None, metadata=ABSENT)
    rejected_rows: list[dict[str, object]] | None = field(default=None, metadata=ABSENT)
    leaks: LeakCounts | None = field(default=None, metadata=ABSENT)
    audited: dict[str, Subset] | None = field(default=None, metadata=ABSENT)  # by what an audit found; None: of none
    zero_shot: ZeroShot | None = field(default=None, metadata=ABSENT)
    reranked: Reranked | None = field(default=None, metadata=ABSENT)
    dual_softmax: DualSoftmax | None = field(default=None, metadata=ABSENT)
    mteb: ThroughMteb | None = field(default=None, metadata=ABSENT)

    @property
    def num_captions(self) -> int:
        """Captions that were ranked; older results have one per video."""
        return self.gallery if self.captions is None else self.captions

    @property
    def seen_sentences(self) -> list[str]:
        """What the model has seen of the gallery in training; older versions knew whether, not how much."""
        if self.seen_in_training is not None:
            return self.seen_in_training.sentences
        return ["the gallery contains clips this model was trained on"] if self.trained_on_gallery else []

    def interval(self, way: Way, column: str = "R@1") -> tuple[float, float] | None:
        """The ends of a figure's 95 % interval, where there is one."""
        low, high = self.interval_95.get(way, {}).get(column, (None, None))
        return None if low is None or high is None else (low, high)


@dataclass(frozen=True)
class Trained:
    """How `svta train` made the weights: a hash of all that training.json sets but the seed, and the seed."""

    recipe: str
    seed: int


@dataclass(frozen=True)
class EvalRecord:
    """config.json: what was evaluated and how, without a path of the machine."""

    name: str | None = field(default=None, metadata=ABSENT)
    data: str | None = field(default=None, metadata=ABSENT)
    dataset: str | None = field(default=None, metadata=ABSENT)  # the fingerprint of its clips
    split: str | None = field(default=None, metadata=ABSENT)
    model: str | None = field(default=None, metadata=ABSENT)
    baseline: str | None = field(default=None, metadata=ABSENT)
    head: str | None = None
    gallery: Count | None = None
    seed: int | None = field(default=None, metadata=ABSENT)
    ties: str | None = field(default=None, metadata=ABSENT)
    dtype: str | None = field(default=None, metadata=ABSENT)
    disjoint_from: str | None = None
    device: str | None = field(default=None, metadata=ABSENT)
    gallery_hash: str | None = field(default=None, metadata=ABSENT)  # identity.gallery_hash
    model_files: ModelFiles | None = field(default=None, metadata=ABSENT)
    trained: Trained | None = field(default=None, metadata=ABSENT)
    versions: dict[str, str] = field(default_factory=dict)
    frames: dict[str, int | str | None] | None = field(default=None, metadata=ABSENT)
    resize: str | None = field(default=None, metadata=ABSENT)

    def to_dict(self) -> Json:
        """The JSON of config.json; only a baseline has a head."""
        values = {name: value for name, value in to_json(self).items() if name != "head" or self.baseline}
        return values if self.versions else {name: value for name, value in values.items() if name != "versions"}


@dataclass(frozen=True)
class EvalResult:
    """One evaluation. `strip(key)` and `clip(key)` give a JPEG of a clip's frames and a small mp4 of it, or None.

    leaked: the clips left out as leaks.

    settings: what `svta eval --repeat` runs again, with paths of this machine; see repeat.py.
    """

    config: EvalRecord
    metrics: Metrics
    ranks: RankTable
    folder: Path | None = None
    leaked: Sequence[Leak] | None = None
    settings: Json | None = None
    strip: Callable[[str], bytes | None] = lambda key: None
    clip: Callable[[str], bytes | None] = lambda key: None

    @property
    def name(self) -> str:
        """What reports call this run."""
        return self.config.name or (self.folder.name if self.folder else "this run")

    def to_dict(self) -> Json:
        """Settings and figures as one JSON object, as `svta eval --json` prints it; the ranks are a table apart."""
        return {"config": self.config.to_dict(), **to_json(self.metrics)}

    @classmethod
    def from_dict(cls, values: Json, ranks: RankTable) -> EvalResult:
        """The reverse of to_dict. Raises ResultsError that names the section of another kind."""
        return cls(from_json(EvalRecord, values.get("config"), CONFIG), from_json(Metrics, values, METRICS), ranks)
