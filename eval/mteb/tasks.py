"""SVTA as two mteb tasks, text-to-video and video-to-text, on a dataset folder or a Hub repo of ours.

Reads a packed dataset through svta.open_dataset (no copy, no torchcodec: a clip is decoded when a model asks for its
frames); writes nothing. Needs `pip install 'svta[mteb]'`. For mteb users:

    import mteb, svta.eval.mteb
    mteb.evaluate(mteb.get_model("..."), mteb.get_tasks(["SVTAT2VRetrieval", "SVTAV2TRetrieval"]))     # on ./svta
    mteb.evaluate(mteb.get_model("..."), svta.eval.mteb.tasks.SVTAT2VRetrieval("ns/name@revision", split="test"))
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any, Final

import numpy as np

from svta.builder.card.citation import BIBTEX, PAPER_URL
from svta.builder.dataset.clip_dataset import open_dataset
from svta.builder.errors import MissingExtra
from svta.builder.io.json_text import JsonObject
from svta.eval.embeddings.clip_gallery import ClipGallery
from svta.eval.embeddings.one_video import one_video
from svta.eval.metrics.ranks import RECALLS, Ranks

from .video import ClipVideo

try:
    from datasets import Dataset
    from mteb.abstasks.retrieval import AbsTaskRetrieval
    from mteb.abstasks.task_metadata import TaskMetadata
    from mteb.get_tasks import _TASKS_REGISTRY
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] not in ("mteb", "pytrec_eval"):
        raise
    raise MissingExtra("mteb", "mteb") from None

EXPECTED: Final = "expected_recall_at_{}"  # ties counted as our own metrics count them
_HUB: Final = "hf://datasets/"
_COMMON: Final[JsonObject] = {
    "description": "Retrieval of anomalous and normal events between short synthetic clips and their captions; a "
    "reconstruction from public sources.",
    "dataset": {"path": "svta", "revision": "local"},  # what a task object was opened on is in its own metadata
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

    None, as mteb.get_task makes it: ./svta, opened when its clips are first asked for. positions: only these clips of
    the split, e.g. those that can be read.
    """

    metadata: Any  # TaskMetadata; stated here too, for type checks where mteb is not installed
    data_loaded: bool

    def __init__(
        self,
        data: str | Path | ClipGallery | None = None,
        split: str = "test",
        *,
        positions: Sequence[int] | None = None,
        **options: Any,
    ):
        self._data, self._positions = data, positions
        update: JsonObject = {"eval_splits": [split]}
        self.split = split
        if data is not None:
            path, revision = _path_and_revision(self.clips)
            update["dataset"] = {"path": path, "revision": revision}
        self.metadata = type(self).metadata.model_copy(update=update)
        super().__init__(**options)

    @cached_property
    def clips(self) -> ClipGallery:
        """The split's clips. Raises DatasetError if there is no dataset."""
        data = "svta" if self._data is None else self._data
        return open_dataset(data, self.split) if isinstance(data, (str, Path)) else data

    @cached_property
    def positions(self) -> list[int]:
        """Which of the clips are ranked."""
        return list(range(len(self.clips)) if self._positions is None else self._positions)

    def load_data(self, num_proc: int | None = None, **options: object) -> None:
        """Captions and clips of the split; frames are read when a model asks. `num_proc` is not needed."""
        if self.data_loaded:
            return
        clips = [self.clips.clip(i) for i in self.positions]
        videos = one_video(clips)
        keys = [clip.key for clip in clips]
        first = [keys[i] for i in videos.first]  # a video has the key of its first caption
        self._video_of = dict(zip(keys, (first[i] for i in videos.inverse)))
        captions = Dataset.from_dict({"id": keys, "text": [clip.caption for clip in clips]})
        shown = Dataset.from_dict({"id": first, "video": [self.positions[i] for i in videos.first]})
        shown = shown.with_transform(self._open)
        relevant: dict[str, dict[str, int]] = {}
        for caption, video in self._video_of.items():
            query, document = (caption, video) if self.metadata.category == "t2v" else (video, caption)
            relevant.setdefault(query, {})[document] = 1
        queries, corpus = (captions, shown) if self.metadata.category == "t2v" else (shown, captions)
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
        """R@1, R@5, R@10 (0 to 1) under a random order of ties, unrounded: mteb orders tied answers by their id."""
        ranks = as_ranked([answer_rank(results.get(key, {}), self._video_of[key], self._video_of) for key in qrels])
        return {EXPECTED.format(k): ranks.figure(f"R@{k}") / 100 for k in RECALLS}


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


for _task in (SVTAT2VRetrieval, SVTAV2TRetrieval):  # mteb has no public way to add a task that get_task finds
    _TASKS_REGISTRY.setdefault(_task.metadata.name, _task)


def answer_rank(answers: Mapping[str, float], own: str, video_of: Mapping[str, str]) -> tuple[float, int]:
    """(rank from 1, how many share it) of the video `own` among the best answers {id of a caption or video: score}.

    A video's best caption stands for it. (inf, 0) where it is not among the answers, or by NaN. mteb keeps the best
    1,000 answers: where a tie reaches beyond them, that share of its queries finds none.
    """
    best: dict[str, float] = {}
    for name, score in answers.items():
        video = video_of[name]
        best[video] = max(score, best.get(video, -np.inf))
    if (score := best.get(own, -np.inf)) == -np.inf:
        return float("inf"), 0
    scores = np.fromiter(best.values(), np.float64, len(best))
    tied = int((scores == score).sum())
    return float((scores > score).sum() + (tied - 1) / 2 + 1), tied


def as_ranked(ranks: Sequence[tuple[float, int]]) -> Ranks:
    """(rank, tied) of every query as Ranks."""
    rank, tied = np.array(ranks, np.float64).reshape(-1, 2).T
    return Ranks(rank, tied)


def _path_and_revision(clips: ClipGallery) -> tuple[str, str]:
    """(path, revision) for mteb's metadata; of a folder only its name, and what names its content."""
    root = clips.source.root
    if root.startswith(_HUB):
        name, _, commit = root.removeprefix(_HUB).rpartition("@")
        return name, commit
    return PurePath(root).name, clips.fingerprint
