"""What `svta eval` prints: the table of figures, and in words what a reader must know before believing them."""

from __future__ import annotations

from pathlib import Path

from svta.builder.errors import quantity
from svta.eval.metrics.figures import BothWays
from svta.eval.metrics.retrieval import COLUMNS, WAY_NAMES, WAYS
from svta.eval.retrieval.result import EvalResult, Metrics

from .cautions import cautions, shown


def result_text(result: EvalResult, out: Path | None) -> str:
    """The table and the lines below it."""
    metrics = result.metrics
    rows: list[tuple[str, BothWays]] = [(result.name, metrics), *metrics.controls.items()]
    if (again := metrics.reranked) is not None:
        rows.append((f"{result.name}, top {again.top} re-ranked by {again.model}", again))
    width = max(len(label) for label, _ in rows)
    head = " ".join(f"{column:>6}" for column in COLUMNS)
    lines = [
        f"{'':{width}}  text to video{'':21} | video to text",
        f"{'':{width}}  {head} | {head}",
    ]
    for label, figures in rows:
        ways = [" ".join(f"{shown(figures.of(way)[column]):>6}" for column in COLUMNS) for way in WAYS]
        lines.append(f"{label:{width}}  {' | '.join(ways)}")
    return "\n".join([*lines, *_figures(metrics), *cautions(result), *([f"-> {out}/report.html"] if out else [])])


def contrast_lines(metrics: Metrics) -> list[str]:
    """R@1 within the sets that differ in one thing only: of the model, by factor, and of the controls."""
    if (found := metrics.contrasts) is None:
        return []
    low, high = found.interval_95.get("t2v", (None, None))
    between = f" [{shown(low)} {shown(high)}]" if low is not None else ""
    factors = ", ".join(f"{name} {shown(part.t2v['R@1'])}" for name, part in found.by_factor.items())
    others = ", ".join(f"{name} {shown(part.t2v['R@1'])}" for name, part in found.controls.items())
    size = f"{quantity(found.queries, 'caption')} in {quantity(found.sets, 'set')}, chance {shown(found.chance)}"
    return [
        f"within sets that differ in one thing only ({size}): text-to-video R@1 {shown(found.t2v['R@1'])}{between}",
        f"  {factors}",
        *([f"  {others}"] if others else []),
    ]


def _figures(metrics: Metrics) -> list[str]:
    ends = metrics.interval("t2v")  # official ties: none where every score is NaN
    lines = [f"95 % interval of text-to-video R@1: {ends[0]:.1f} to {ends[1]:.1f}"] if ends else []
    lines += contrast_lines(metrics)
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
            f"dual softmax (transductive, not for headline tables): R@1 {shown(dual.t2v['R@1'])} text to video, "
            f"{shown(dual.v2t['R@1'])} video to text"
        )
    return lines
