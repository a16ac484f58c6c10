"""What a reader must know before believing the figures of an evaluation, as sentences: for the console and the page.

The rule of ties, the gallery and its hash, what repeats, what the model has seen before, and all that was left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from svta.builder.errors import quantity
from svta.eval.metrics.figures import number
from svta.eval.retrieval.result import EvalRecord, EvalResult, LeakCounts, Metrics

RULES: Final = {
    "expected": "R@K and ranks are their expectation under a random order of ties",
    "optimistic": "the right answer comes first among ties",
    "pessimistic": "the right answer comes last among ties",
    "official": "as the papers' code counts: a tied row counts several times, a NaN row not at all",
}


def cautions(result: EvalResult) -> list[str]:
    """Plain sentences without a full stop; keys, captions and reasons in them are those of the data."""
    metrics = result.metrics
    return [
        *_counted(metrics, result.config),
        *_audited(metrics),
        *metrics.seen_sentences,
        *_doubtful(metrics),
        *_left_out(metrics),
    ]


def _counted(metrics: Metrics, config: EvalRecord) -> Iterator[str]:
    """How ties count, what was searched, and what repeats in it."""
    low, high = (metrics.bounds.get(rule) for rule in ("pessimistic", "optimistic"))
    ends = [shown(rule.t2v.get("R@1"), 2) for rule in (low, high) if rule]
    between = f"; text-to-video R@1 is between {ends[0]} and {ends[1]}" if len({*ends}) == 2 else ""
    yield f"ties, {metrics.ties}: {RULES.get(metrics.ties, 'an unknown rule')}{between}"
    name = f", hash {config.gallery_hash[:16]}" if config.gallery_hash else ""
    drawn = f", drawn with seed {config.seed}" if config.gallery else ""
    yield f"gallery: {quantity(metrics.num_captions, 'caption')}, {quantity(metrics.gallery, 'video')}{drawn}{name}"
    if (twins := metrics.duplicates) is not None and (twins.captions_that_repeat or twins.videos_that_repeat):
        yield (
            f"{_both(twins.captions_that_repeat, twins.videos_that_repeat)} repeat; any twin counted as right, "
            f"R@1 is {shown(twins.t2v_any_twin.get('R@1'))}"
        )


def _audited(metrics: Metrics) -> Iterator[str]:
    """R@1 over the captions that an audit found to be shown, beside the whole."""
    for name, subset in (metrics.audited or {}).items():
        figures = f"{shown(subset.t2v.get('R@1'))} text to video and {shown(subset.v2t.get('R@1'))} video to text"
        yield f"audited, {name}: {quantity(subset.queries, 'caption')}, ranked in the whole gallery: R@1 {figures}"


def _doubtful(metrics: Metrics) -> Iterator[str]:
    """What favours the model; embeddings that are NaN or of another length than 1."""
    broken, long = metrics.nan_embeddings, metrics.not_unit
    if (scored := metrics.scored_by_family) is not None:
        yield (
            f"{scored.clips:,} clips carry a similarity by a model of the same family ({scored.family}): if clips were "
            "chosen by it, this model is favoured"
        )
    if broken.captions or broken.videos:
        yield f"NaN: the embeddings of {_both(broken.captions, broken.videos)}; they rank last"
    if long is not None:
        yield (
            f"the embeddings of {_both(long.captions, long.videos)} are not of length 1 (from "
            f"{shown(long.least, 2)} to {shown(long.most, 2)}): scores are dot products, which favours long vectors"
        )


def _left_out(metrics: Metrics) -> Iterator[str]:
    """What is not in the gallery, and why: leaked, missing, rejected, unreadable, rejected when it was packed."""
    if metrics.leaks is not None:
        yield from _leaked(metrics.leaks)
    if missing := metrics.missing:
        yield f"{quantity(len(missing), 'caption', 'has')} no video: not in the gallery, e.g. {missing[0].reason}"
    if rejected := metrics.rejected_rows:
        reasons = Counter(str(row.get("reason")) for row in rejected)
        yield f"rows of the table that are not in the gallery: {_counts(reasons)}"
    if metrics.unreadable:
        yield f"{quantity(len(metrics.unreadable), 'clip')} could not be read: not in the gallery"
    if metrics.rejected_before:
        yield f"left out when the dataset was packed, over all splits: {_counts(metrics.rejected_before)}"


def _leaked(leaks: LeakCounts) -> Iterator[str]:
    yield (
        f"leaks from {leaks.training} ({quantity(leaks.train, 'caption')}): {leaks.leaked:,} of {leaks.test:,} "
        f"({shown(leaks.leaked_percent)} %) left out: {_counts(leaks.by_kind) or 'none'}"
    )
    if leaks.training_rejected:
        yield f"{quantity(leaks.training_rejected, 'row')} of the training captions could not be read as captions"


def _both(captions: int, videos: int) -> str:
    return f"{quantity(captions, 'caption')} and {quantity(videos, 'video')}"


def _counts(numbers: dict[str, int] | Counter[str]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in numbers.items())


def shown(value: float | None, digits: int = 1) -> str:
    """A figure as text, a dash for none."""
    return "–" if number(value) is None else f"{value:.{digits}f}"
