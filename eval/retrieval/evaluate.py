"""How well a model finds the clips of a dataset: `svta eval --data DIR --split test --model DIR --out RESULTS`.

Reads a dataset folder or Hub repo, or captions beside a folder of videos, and a model; ranks text-to-video and
video-to-text over one gallery; gives an EvalResult, which results_folder.py writes. Several processes of one launch
(accelerate, torchrun) share the work and all get the same figures.

    result = evaluate(EvalConfig(data="DIR", model="CHECKPOINT", controls=True))
    write_results("RESULTS", result)
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Protocol

from svta.builder.errors import DatasetError, NothingUsable
from svta.builder.leaks import LeakReport, disjoint_positions
from svta.builder.video.frame_spec import FrameSpec, Quality
from svta.builder.video.sampling import Sampling
from svta.eval import distributed
from svta.eval.embeddings.clip_gallery import ClipGallery
from svta.eval.embeddings.embed import compile_blocks, score_matrix
from svta.eval.embeddings.frame_store import Block, FrameStore, read_block
from svta.eval.embeddings.one_video import one_video
from svta.eval.encoders.base import Encoder, EncoderError
from svta.eval.encoders.hub_files import TRUSTED
from svta.eval.encoders.registry import load_encoder, load_plugin, load_reranker
from svta.eval.metrics.retrieval import check_ties

from .caption_sets import EvalData, find_training_leaks, read_data
from .config import EvalConfig, EvalError
from .controls import ColourModel, colour_model
from .gallery import draw_gallery, open_for
from .identity import device_name, gallery_hash, model_files, package_versions, scored_clips, seen_clips, trained_by
from .ranking import Ranking, rank_clips
from .repeat import settings_to_repeat
from .reranking import dual_softmax_metrics, rerank_both_ways
from .result import EvalRecord, EvalResult, LeakCounts, Metrics, Reranked, ThroughMteb
from .results_folder import ShownClips
from .summary import audited, not_unit_rows, rank_table, rejected_before, summarise
from .zero_shot import classify

OnStep = Callable[[int, int], None]  # (done, total)
_log = logging.getLogger(__name__)


@contextmanager
def _silent(label: str) -> Iterator[OnStep]:
    yield lambda done, total: None


@dataclass(frozen=True)
class Watch:
    """How a caller follows an evaluation. progress(label) gives a function (done, total); note takes one line."""

    progress: Callable[[str], AbstractContextManager[OnStep]] = _silent
    note: Callable[[str], None] = _log.warning


class RunMteb(Protocol):
    """Runs the same through mteb: mteb.evaluate.evaluate_with_mteb, which is a floor above this one."""

    def __call__(self, encoder: Encoder, data: ClipGallery, *, positions: Sequence[int]) -> ThroughMteb: ...


@dataclass(frozen=True)
class Models:
    """The model that is measured, the one that re-ranks, and those measured beside it."""

    encoder: Encoder
    reranker: Encoder | None
    rivals: dict[str, Encoder]


@dataclass(frozen=True)
class Gallery:
    """The test set with the model's frames, the positions that are ranked, and what leaks from training."""

    data: EvalData
    dataset: ClipGallery
    positions: list[int]
    leaks: LeakReport | None = None
    counts: LeakCounts | None = None


def evaluate(
    config: EvalConfig,
    *,
    watch: Watch = Watch(),
    colours: ColourModel | None = None,
    run_mteb: RunMteb | None = None,
) -> EvalResult:
    """Embed, rank and count. Raises SvtaError in one line for settings, data or models that do not fit.

    colours: the colour baseline of the controls, where one is fitted already. run_mteb:
    mteb.evaluate.evaluate_with_mteb, to run the same through mteb.
    """
    config.check()
    data = read_data(
        config.data, config.split, config.videos, config.columns, keep_repeats=config.keep_repeats,
        follow_links=config.follow_links, taxonomy=config.taxonomy,
    )  # fmt: skip
    if config.threads is not None:
        import torch

        torch.set_num_threads(config.threads)
    trusted = TRUSTED.set(config.trust_remote_code)
    try:
        models = load_models(config, watch)
        gallery = open_gallery(config, data, models.encoder)
        if data.folder is not None:
            watch.note(data.counts())
        if config.controls and colours is None:
            colours = _fit_colours(models.encoder, gallery, watch)
        with watch.progress("embedding") as bar:
            ranking = _rank(config, models, gallery, colours, bar)
        metrics = _measure(config, models, gallery, ranking, watch)
        if run_mteb is not None and distributed.place()[0] == 0:
            metrics = replace(metrics, mteb=run_mteb(models.encoder, gallery.dataset, positions=ranking.positions))
    finally:
        TRUSTED.reset(trusted)
    shown = ShownClips(ranking.clips, ranking.positions, gallery.dataset)
    return EvalResult(
        _record(config, gallery, ranking),
        metrics,
        rank_table(ranking),
        leaked=None if gallery.leaks is None else gallery.leaks.leaked,
        strip=shown.strip,
        clip=shown.clip,
        settings=settings_to_repeat(config, with_mteb=run_mteb is not None),
    )


def load_models(config: EvalConfig, watch: Watch) -> Models:
    """All models of an evaluation, with their instructions. Raises EncoderError, EvalError."""
    for file in config.plugins:
        load_plugin(file)
    place = {"device": config.device, "dtype": config.dtype}
    encoder = load_encoder(config.model, **place) if config.model is not None else _load_baseline(config)
    _instruct(encoder, config)
    reranker = None
    if config.rerank is not None:
        reranker = encoder if config.rerank == "self" else load_reranker(config.rerank, **place)
        if not reranker.scores_pairs:
            raise EncoderError(f"--rerank self: {type(encoder).__name__} does not score pairs; name a model that does")
    rivals = {label: load_encoder(folder, **place) for label, folder in config.rivals.items()}
    if config.compile and not compile_blocks(encoder.torch_module):
        watch.note("--compile: this encoder has no torch module in `model`; it runs as it is")
    return Models(encoder, reranker, rivals)


def _load_baseline(config: EvalConfig) -> Encoder:
    from svta.eval.baselines.checkpoints import load_checkpoint

    return load_checkpoint(
        str(config.baseline),
        str(config.checkpoint),
        head=config.head,
        tokenizer=config.tokenizer,
        vision=config.vision,
        max_frames=config.num_frames,
        max_words=config.max_words,
        device=config.device,
        dtype=config.dtype,
    )


def _instruct(encoder: Encoder, config: EvalConfig) -> None:
    """Give a model that takes instructions the user's own."""
    for option, own, text in (
        ("--query-instruction", encoder.query_instruction, config.query_instruction),
        ("--document-instruction", encoder.document_instruction, config.document_instruction),
    ):
        if text is not None and own is None:
            raise EvalError(f"{option}: {type(encoder).__name__} takes no instruction")
    if config.query_instruction is not None:
        encoder.query_instruction = config.query_instruction
    if config.document_instruction is not None:
        encoder.document_instruction = config.document_instruction


def open_gallery(config: EvalConfig, data: EvalData, encoder: Encoder) -> Gallery:
    """The test set with the encoder's frames, less what leaks, less what --gallery does not draw."""
    dataset = data.open(model_frames(encoder, config.resize, config.num_frames, config.sampling))
    positions = list(range(len(dataset)))
    leaks, counts = None, None
    if config.disjoint_from is not None:
        leaks, counts, positions = _leave_out_leaks(dataset, config.disjoint_from, config.near)
    positions = draw_gallery([dataset.clip(i) for i in positions], positions, config)
    return Gallery(data, dataset, positions, leaks, counts)


def model_frames(encoder: Encoder, resize: Quality, num_frames: int | None, sampling: Sampling | None) -> FrameSpec:
    """The model's frames with these settings; a model made for so many frames takes no others."""
    fixed, own = encoder.num_frames, encoder.frames(resize)
    if num_frames is not None and fixed not in (None, num_frames):
        raise EvalError(f"--num-frames: this model was made for {fixed} frames, not {num_frames}")
    if num_frames is not None and own.sampling == "all":
        own = replace(own, sampling="uniform")
    return replace(own, num_frames=num_frames or own.num_frames, sampling=sampling or own.sampling)


def _leave_out_leaks(dataset: ClipGallery, training: str, near: float) -> tuple[LeakReport, LeakCounts, list[int]]:
    """(the leaks, their counts, positions of the clips that do not leak). DatasetError when none is left."""
    clips = [dataset.clip(i) for i in range(len(dataset))]
    report, rejected = find_training_leaks(clips, training, near)
    figures = {name: value for name, value in report.as_dict().items() if name != "clips"}
    counts = LeakCounts(Path(training.rpartition("=")[2]).name, rejected, near, **figures)
    positions = disjoint_positions(clips, report)
    if not positions:
        raise NothingUsable(f"--disjoint-from {training}: all {len(clips):,} captions leak from it, none is left")
    return report, counts, positions


def _fit_colours(encoder: Encoder, gallery: Gallery, watch: Watch) -> ColourModel | None:
    """The colour baseline fitted on at most 2,000 training clips; None with a note where that cannot be had fairly."""
    if gallery.data.folder is not None:
        watch.note("no colour baseline: a folder of videos has no training clips")
        return None
    if "train" in gallery.dataset.splits:
        watch.note("no colour baseline: the gallery contains the clips it needs")
        return None
    try:
        train = open_for(encoder, gallery.data.data, "train", frames=FrameSpec(4, 64, resize=encoder.resize))
        return colour_model(FrameStore(train, limit=2_000))
    except DatasetError as error:
        watch.note(f"no colour baseline: {error}")
        return None


def _rank(
    config: EvalConfig, models: Models, gallery: Gallery, colours: ColourModel | None, on_step: OnStep
) -> Ranking:
    done, total = 0, len(one_video([gallery.dataset.clip(i) for i in gallery.positions]).first)

    def on_clips(count: int) -> None:
        nonlocal done
        done += count
        on_step(done, total)

    return rank_clips(
        models.encoder,
        gallery.dataset,
        gallery.positions,
        ties=check_ties(config.ties),
        with_controls=config.controls,
        seed=config.seed,
        colours=colours if config.controls else None,
        rivals=models.rivals,
        resize=config.resize,
        cache=config.cache,
        on_clips=on_clips,
    )


def _measure(config: EvalConfig, models: Models, gallery: Gallery, ranking: Ranking, watch: Watch) -> Metrics:
    """The figures of a ranking, and those of the further stages that the settings name."""
    metrics = summarise(ranking, seed=config.seed)
    of_folder, dataset = gallery.data.folder is not None, gallery.dataset
    seen = seen_clips(config.weights, ranking.clips, ranking.positions, dataset, None if of_folder else config.data)
    metrics = replace(
        metrics,
        rejected_before=rejected_before(dataset),
        not_unit=not_unit_rows(ranking.text, ranking.video) if models.encoder.dot_product else None,
        seen_in_training=seen,
        scored_by_family=scored_clips(config.weights, ranking.clips),
        trained_on_gallery=seen is not None and seen.train_videos > 0,
        missing=gallery.data.missing if of_folder else None,
        rejected_rows=gallery.data.rejected if of_folder else None,
        leaks=gallery.counts,
        audited=None if of_folder else audited(ranking, dataset),
    )
    if config.zero_shot:
        zero = classify(models.encoder, ranking.video, dataset.taxonomy, ranking.video_clips)
        metrics = replace(metrics, zero_shot=zero)
    if models.reranker is not None:
        with watch.progress("re-ranking") as bar:
            metrics = replace(metrics, reranked=_rerank(config, models, gallery, ranking, bar))
    if config.dual_softmax:
        scores = score_matrix(models.encoder, ranking.text, ranking.video)
        dual = dual_softmax_metrics(scores, ties=check_ties(config.ties), groups=ranking.groups)
        metrics = replace(metrics, dual_softmax=dual)
    return metrics


def _rerank(config: EvalConfig, models: Models, gallery: Gallery, ranking: Ranking, on_pairs: OnStep) -> Reranked:
    """Figures after the reranker's pair scores of the best candidates, both ways."""
    reranker = models.reranker
    assert reranker is not None
    dataset = gallery.data.open(model_frames(reranker, config.resize, None, config.sampling))

    def frames_of(number: int) -> Block:
        block = read_block(dataset, [ranking.video_positions[number]], reranker.prepare)
        if block.unreadable:
            raise DatasetError(f"{block.unreadable[0][1]} (it was readable a moment ago)")
        return block

    return rerank_both_ways(
        reranker,
        [clip.caption for clip in ranking.clips],
        frames_of,
        score_matrix(models.encoder, ranking.text, ranking.video),
        model=Path(str(config.rerank)).name,
        k=config.rerank_top,
        ties=check_ties(config.ties),
        groups=ranking.groups,
        on_pairs=on_pairs,
    )


def _record(config: EvalConfig, gallery: Gallery, ranking: Ranking) -> EvalRecord:
    """config.json: the settings as names, without a path of this machine."""
    dataset, frames = gallery.dataset, gallery.dataset.frames
    return EvalRecord(
        name=config.label,
        data=gallery.data.name,
        dataset=dataset.fingerprint,
        split=gallery.data.split,
        model=Path(config.weights).name,
        baseline=config.baseline,
        head=config.head,
        gallery=config.gallery,
        seed=config.seed,
        ties=config.ties,
        dtype=config.dtype or "float32",
        disjoint_from=None if config.disjoint_from is None else Path(config.disjoint_from).name,
        device=device_name(config.device),
        gallery_hash=gallery_hash(ranking.clips),
        model_files=model_files(config),
        trained=trained_by(config.weights),
        versions=package_versions(),
        frames=asdict(frames),
        resize=config.resize,
    )
