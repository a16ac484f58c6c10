"""SVTA as two mteb tasks, text-to-video and video-to-text, on a dataset folder or a Hub repo of ours.

Reads a packed dataset through svta.open_dataset (no copy, no torchcodec: a clip is decoded when a model asks for its
frames); writes nothing. Needs `pip install 'svta[mteb]'`. For mteb users:

    import mteb
    from svta.eval.mteb.tasks import SVTAT2VRetrieval, SVTAV2TRetrieval
    mteb.evaluate(mteb.get_model("..."), [SVTAT2VRetrieval("DIR"), SVTAV2TRetrieval("ns/name@revision", split="test")])
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath
from typing import Any, Final

import numpy as np

from svta.builder.card.citation import BIBTEX, PAPER_URL
from svta.builder.dataset.clip_dataset import open_dataset
from svta.builder.errors import MissingExtra
from svta.eval.embeddings.clip_gallery import ClipGallery
from svta.eval.metrics.retrieval import RECALLS

from .video import ClipVideo

try:
    from datasets import Dataset
    from mteb.abstasks.retrieval import AbsTaskRetrieval
    from mteb.abstasks.task_metadata import TaskMetadata
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] not in ("mteb", "pytrec_eval"):
        raise
    raise MissingExtra("mteb", "mteb") from None

EXPECTED: Final = "expected_recall_at_{}"  # ties counted as our own metrics count them
_HUB: Final = "hf://datasets/"
_COMMON: Final[dict[str, Any]] = {
    "description": "Retrieval of anomalous and normal events between short synthetic clips and their captions; a "
    "reconstruction from public sources, one caption a clip.",
    "dataset": {"path": "svta", "revision": "local"},  # what a task object was opened on stands in its own metadata
    "reference": PAPER_URL,
    "type": "Any2AnyRetrieval",
    "eval_splits": ["test"],
    "eval_langs": ["eng-Latn"],
    "main_score": "recall_at_1",
    "domains": ["Scene", "Activity"],
    "task_subtypes": ["Event Retrieval", "Cross-Modal Retrieval"],
    "license": "not specified",
    "annotations_creators": "derived",
    "dialect": [],
    "sample_creation": "multiple",
    "bibtex_citation": BIBTEX,
}

Columns = dict[str, list[Any]]  # of a datasets.Dataset


class _SvtaRetrieval(AbsTaskRetrieval):
    """What both directions share. data: a folder, a Hub repo, or a dataset as svta.open_dataset gives it.

    positions: only these clips of the split, e.g. those that can be read.
    """

    metadata: Any  # TaskMetadata; stated here too, for type checks where mteb is not installed
    data_loaded: bool

    def __init__(
        self,
        data: str | Path | ClipGallery = "svta",
        split: str = "test",
        *,
        positions: Sequence[int] | None = None,
        **options: Any,
    ):
        self.clips: ClipGallery = open_dataset(data, split) if isinstance(data, (str, Path)) else data
        self.positions = list(range(len(self.clips))) if positions is None else list(positions)
        metadata = type(self).metadata
        path, revision = _path_and_revision(self.clips)
        self.metadata = metadata.model_copy(
            update={"dataset": {"path": path, "revision": revision}, "eval_splits": [split]}
        )
        super().__init__(**options)
        self.split = split

    def load_data(self, num_proc: int | None = None, **options: object) -> None:
        """Captions and clips of the split; frames are read when a model asks. `num_proc` is not needed."""
        if self.data_loaded:
            return
        keys = [self.clips.clip(i).key for i in self.positions]
        captions = Dataset.from_dict({"id": keys, "text": [self.clips.clip(i).caption for i in self.positions]})
        videos = Dataset.from_dict({"id": keys, "video": self.positions}).with_transform(self._open)
        queries, corpus = (captions, videos) if self.metadata.category == "t2v" else (videos, captions)
        relevant = {key: {key: 1} for key in keys}
        split = {"queries": queries, "corpus": corpus, "relevant_docs": relevant, "top_ranked": None}
        self.dataset = {"default": {self.split: split}}
        self.data_loaded = True

    def _open(self, columns: Columns) -> Columns:
        if "video" not in columns:
            return columns
        return {**columns, "video": [ClipVideo(self.clips, position) for position in columns["video"]]}

    def task_specific_scores(
        self, scores: object, qrels: Iterable[str], results: dict[str, dict[str, float]], hf_split: str, hf_subset: str
    ) -> dict[str, float]:
        """R@1, R@5, R@10 (0 to 1) by the expected rank under ties, unrounded: mteb orders tied answers by their id."""
        ranks = np.array([expected_rank(results.get(key, {}), key) for key in qrels])
        return {EXPECTED.format(k): float(np.mean(ranks <= k)) for k in RECALLS}


class SVTAT2VRetrieval(_SvtaRetrieval):
    """Find the clip that a caption describes. SVTAT2VRetrieval(data, split): a dataset folder or ns/name[@revision]."""

    metadata = TaskMetadata(
        name="SVTAT2VRetrieval",
        category="t2v",
        modalities=["text", "video"],
        prompt={"query": "Find the video clip that shows the described event."},
        **_COMMON,
    )


class SVTAV2TRetrieval(_SvtaRetrieval):
    """Find the caption of a clip. SVTAV2TRetrieval(data, split): a dataset folder or ns/name[@revision]."""

    metadata = TaskMetadata(
        name="SVTAV2TRetrieval",
        category="v2t",
        modalities=["video", "text"],
        prompt={"query": "Find the caption that describes the event in this video."},
        **_COMMON,
    )


def expected_rank(answers: dict[str, float], key: str) -> float:
    """Rank from 1 of `key` among the best answers {id: score}, ties shared; infinite where it is not among them.

    mteb keeps the best 1,000 answers: a tie that reaches beyond them is no rank of 10 or better either way.
    """
    if (own := answers.get(key)) is None or own == -np.inf:
        return float("inf")
    scores = np.fromiter(answers.values(), np.float64, len(answers))
    return float((scores > own).sum() + ((scores == own).sum() - 1) / 2 + 1)


def _path_and_revision(clips: ClipGallery) -> tuple[str, str]:
    """(path, revision) for mteb's metadata; of a folder only its name, and what names its content."""
    root = clips.source.root
    if root.startswith(_HUB):
        name, _, commit = root.removeprefix(_HUB).rpartition("@")
        return name, commit
    return PurePath(root).name, clips.fingerprint
