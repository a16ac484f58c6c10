"""What `svta eval` prints: the table of figures, and in words what a reader must know before believing them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from svta.eval.metrics.retrieval import COLUMNS, WAY_NAMES, WAYS
from svta.eval.retrieval.result import BothWays, EvalResult, Metrics, number


def result_text(result: EvalResult, out: Path | None) -> str:
    """The table and the lines below it."""
    metrics = result.metrics
    rows: list[tuple[str, BothWays]] = [(result.name, metrics), *metrics.controls.items()]
    if (again := metrics.reranked) is not None:
        rows.append((f"{result.name}, top {again.top} re-ranked by {again.model}", again))
    width = max(len(label) for label, _ in rows)
    head = " ".join(f"{column:>6}" for column in COLUMNS)
    lines = [
        f"{metrics.num_captions:,} captions, {metrics.gallery:,} clips, ties {metrics.ties}",
        f"{'':{width}}  text to video{'':21} | video to text",
        f"{'':{width}}  {head} | {head}",
    ]
    for label, figures in rows:
        ways = [" ".join(f"{shown(figures.of(way)[column]):>6}" for column in COLUMNS) for way in WAYS]
        lines.append(f"{label:{width}}  {' | '.join(ways)}")
    return "\n".join([*lines, *_figures(metrics), *_cautions(metrics), *([f"-> {out}/report.html"] if out else [])])


def _figures(metrics: Metrics) -> list[str]:
    ends = metrics.interval("t2v")  # official ties: none where every score is NaN
    lines = [f"95 % interval of text-to-video R@1: {ends[0]:.1f} to {ends[1]:.1f}"] if ends else []
    if metrics.ties == "official":
        ranked = metrics.num_ranked
        lines.append(f"official ties: {ranked['t2v']:,} entries text to video, {ranked['v2t']:,} video to text")
    if (zero := metrics.zero_shot) is not None:
        lines.append(
            f"zero-shot by {zero.categories} names: accuracy {shown(zero.accuracy)}, top 5 "
            f"{shown(zero.top_5)} ({zero.classified:,} clips); anomaly AUROC {shown(zero.auroc, 3)}, "
            f"AP {shown(zero.average_precision, 3)} ({zero.detected:,} clips)"
        )
    if (mteb := metrics.mteb) is not None:
        ways = (f"R@1 {shown(mteb.of(way)['R@1'])} {WAY_NAMES[way]}" for way in WAYS)
        lines.append(f"through mteb {mteb.version}, ties in random order: {', '.join(ways)}")
    if (dual := metrics.dual_softmax) is not None:
        lines.append(
            f"dual softmax (transductive, for no headline table): R@1 {shown(dual.t2v['R@1'])} text to video, "
            f"{shown(dual.v2t['R@1'])} video to text"
        )
    return lines


def _cautions(metrics: Metrics) -> list[str]:
    lines = []
    if (twins := metrics.duplicates) is not None and (twins.captions_that_repeat or twins.videos_that_repeat):
        lines.append(
            f"{twins.captions_that_repeat:,} captions and {twins.videos_that_repeat:,} videos repeat; any twin counted "
            f"as right, R@1 is {shown(twins.t2v_any_twin['R@1'])}"
        )
    if (leaks := metrics.leaks) is not None:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in leaks.by_kind.items()) or "none"
        lines.append(
            f"leaks from {leaks.training} ({leaks.train:,} captions): {leaks.leaked:,} of {leaks.test:,} "
            f"({shown(leaks.leaked_percent)} %) left out: {kinds}"
        )
        if leaks.training_rejected:
            lines.append(f"{leaks.training_rejected:,} rows of the training captions could not be read as captions")
    lines += metrics.seen_sentences
    broken = metrics.nan_embeddings
    if broken.captions or broken.videos:
        lines.append(
            f"NaN: the embeddings of {broken.captions:,} captions and {broken.videos:,} videos; they rank last"
        )
    if missing := metrics.missing:
        lines.append(f"{len(missing):,} captions have no video and are not in the gallery, e.g. {missing[0].reason}")
    if rejected := metrics.rejected_rows:
        reasons = ", ".join(f"{n:,} {reason}" for reason, n in Counter(str(r.get("reason")) for r in rejected).items())
        lines.append(f"rows of the table that are not in the gallery: {reasons}")
    if metrics.unreadable:
        lines.append(f"{len(metrics.unreadable):,} clips could not be read and are not in the gallery")
    if metrics.rejected_before:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in metrics.rejected_before.items())
        lines.append(f"left out when the dataset was packed, over all splits: {reasons}")
    return lines


def shown(value: float | None, digits: int = 1) -> str:
    """A figure as text, a dash for none."""
    return "–" if number(value) is None else f"{value:.{digits}f}"
