"""Our encoders as mteb models, and one evaluation of ours run through mteb: `svta eval --mteb`.

Reads what load_encoder gives and a dataset; writes mteb's own layout, which mteb.ResultCache(OUT) reads:
OUT/results/MODEL/REVISION/SVTAT2VRetrieval.json, SVTAV2TRetrieval.json and model_meta.json. Its R@K are those of
metrics.py: a check from outside, and files that mteb users can read.

    mteb.evaluate(MtebEncoder("CHECKPOINT"), SVTAT2VRetrieval("DIR"), cache=None)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from svta.eval.embeddings.clip_gallery import ClipGallery
from svta.eval.encoders.base import Encoder
from svta.eval.metrics.figures import Figures
from svta.eval.metrics.retrieval import RECALLS
from svta.eval.retrieval.result import ThroughMteb

from .tasks import EXPECTED, SVTAT2VRetrieval, SVTAV2TRetrieval  # isort: skip  first: names the extra
from .encoder import BATCH, MtebEncoder


def evaluate_with_mteb(
    encoder: Encoder,
    data: str | Path | ClipGallery,
    split: str = "test",
    *,
    name: str,
    positions: Sequence[int] | None = None,
    out: str | Path | None = None,
) -> ThroughMteb:
    """R@1, R@5 and R@10 of both directions through mteb, in percent, ties in random order.

    data: a folder, a Hub repo, or a dataset opened with the frames to use. positions: the clips of it to rank (those an
    evaluation of ours ranked). With `out` mteb's own folder of results is left there. Raises MissingExtra without mteb.
    """
    import mteb
    from datasets.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    quiet = are_progress_bars_disabled()
    disable_progress_bars()  # of moving captions about, which takes no time
    try:
        return _evaluate(mteb.evaluate, encoder, data, split, name, positions, out)
    finally:
        if not quiet:
            enable_progress_bars()


def _evaluate(
    evaluate: Callable[..., Any],
    encoder: Encoder,
    data: str | Path | ClipGallery,
    split: str,
    name: str,
    positions: Sequence[int] | None,
    out: str | Path | None,
) -> ThroughMteb:
    frames = None if isinstance(data, (str, Path)) else data.frames
    from mteb import ResultCache

    model = MtebEncoder(name, encoder=encoder, frames=frames)
    figures: list[Figures] = []
    for task_class in (SVTAT2VRetrieval, SVTAV2TRetrieval):
        task = task_class(data, split, positions=positions)
        result = evaluate(
            model,
            task,
            cache=None if out is None else ResultCache(out),
            overwrite_strategy="always",
            co2_tracker=False,
            show_progress_bar=False,
            encode_kwargs={"batch_size": BATCH, "show_progress_bar": False},
        ).task_results[0]
        scores = result.scores[split][0]
        figures.append({f"R@{k}": 100 * scores[EXPECTED.format(k)] for k in RECALLS})
    return ThroughMteb(version("mteb"), *figures)
