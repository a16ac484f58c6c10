"""How well moments are found in streams that no model was trained on: a tiny model beside baselines that saw no video.

    python benchmarks/moments.py --model CKPT --work DIR [--hours 1] [--windows 5] [--seed 1000] [--json]

Draws the streams (another seed than any training data's), indexes them, searches for every query, and scores the
moments as `svta eval --task moments --index` does. Finished streams and the index stay in DIR: the same command goes
on.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, Final

from rounds import show, target

from svta.eval.moments.evaluate import evaluate_moments
from svta.eval.moments.result import MomentsConfig, MomentsResult
from svta.eval.search import IndexConfig, open_index, update_index
from svta.eval.search.predictions import predicted_moments
from svta.generation.streams.config import StreamsConfig
from svta.generation.streams.make import make_streams

ASKED: Final = {"R5@0.5": 60, "recall@1/h": 50, "rejected@1/h": 80}
CORPUS: Final = ("VCMR 0.5-r1", "VCMR 0.5-r5", "SVMR 0.5-r5")


def scored(options: argparse.Namespace, work: Path) -> tuple[MomentsResult, MomentsResult]:
    """Figures in each query's own stream, and over all of them."""
    test = work / "streams"
    summary = make_streams(StreamsConfig(options.hours, seed=options.seed, workers=options.workers), test)
    print(f"{summary.hours:.2f} h, {summary.queries:,} queries, {summary.made:,} made now", file=sys.stderr)
    update_index(IndexConfig([test / "videos"], work / "index", model=options.model, windows=(options.windows,)))
    opened = open_index(work / "index", model=options.model)
    submission = None

    def predict(truth: Any) -> Any:
        nonlocal submission
        submission = submission or predicted_moments(opened, truth)
        return submission

    own, corpus = (
        evaluate_moments(MomentsConfig(str(test), protocol=protocol), work / f"results-{protocol}", predict)
        for protocol in ("qvhighlights", "tvr")
    )
    return own, corpus


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--windows", type=float, default=5.0, help="seconds, about as long as an event")
    parser.add_argument("--seed", type=int, default=1000)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    own, corpus = scored(options, options.work)
    print(own.text(), file=sys.stderr)
    rows: list[dict[str, Any]] = []
    for name, figures in {own.name: own.figures, **own.baselines}.items():
        over_all = corpus.figures if name == own.name else corpus.baselines[name]
        values = {**figures, **{key: over_all.get(key) for key in CORPUS}}
        rows.append({"what": name, **{key: "-" if value is None else round(value, 1) for key, value in values.items()}})
    targets = [target(name, own.figures[name] or 0.0, at_least=least) for name, least in ASKED.items()]
    show(rows, targets, {}, options.json)


if __name__ == "__main__":
    main()
