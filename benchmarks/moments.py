"""How well moments are found in streams that no model was trained on: a tiny model beside baselines that saw no video.

    python benchmarks/moments.py --work DIR                              # trains on windows of other streams first
    python benchmarks/moments.py --work DIR --model CKPT --windows 2     # measures a model

Draws the streams (other seeds than any training data's), indexes them, searches for every query, and scores the moments
as `svta eval --task moments --index` does: an hour for each of --seeds, and their mean. What is finished stays in DIR:
the same command resumes.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from rounds import show, target

from svta.builder.io.json_text import read_jsonl, write_jsonl
from svta.builder.splits import normalise_caption
from svta.eval.moments.baselines import scenes
from svta.eval.moments.evaluate import evaluate_moments
from svta.eval.moments.result import MomentsConfig
from svta.eval.moments.truth import read_truth
from svta.eval.search import Index, IndexConfig, open_index, update_index
from svta.eval.search.predictions import one_frame, predicted_moments
from svta.generation.streams.config import StreamsConfig
from svta.generation.streams.make import make_streams
from svta.generation.streams.truth import MOMENTS
from svta.generation.streams.windows import WINDOWS

ASKED: Final = {"R5@0.5": 60, "recall@1/h": 50, "rejected@1/h": 80}
CORPUS: Final = ("VCMR 0.5-r1", "VCMR 0.5-r5", "SVMR 0.5-r5")
TRAINING_SEED: Final = 9
SEARCH: Final = "search"
STREAMS: Final = "training-streams"
Figures = dict[str, dict[str, float | None]]  # what answered -> figure -> percent
SPLITS: Final = "9:1:0"  # the test hours are other streams


def trained(options: argparse.Namespace) -> str:
    """A tiny model trained on windows cut from streams, and on clips where there are some."""
    work: Path = options.work
    streams, windows, data, checkpoint = (
        work / name for name in (STREAMS, "training-windows", "training-data", "checkpoint")
    )
    if (checkpoint / "training.json").is_file():
        return str(checkpoint)
    _svta("streams", "--out", streams, "--hours", options.train_hours, "--seed", TRAINING_SEED,
          "--events-per-hour", 60, "--stream-minutes", 1, "--fps", 2)  # fmt: skip
    _svta("import", "--videos", streams / "videos", "--annotations", streams / "windows.jsonl",
          "--synthetic", "--precise", "--out", windows)  # fmt: skip
    if options.clips is not None:
        _svta("pack", options.clips, "--out", data, "--splits", SPLITS)
    _svta("pack", windows, "--out", data, "--splits", SPLITS, *(["--append"] if options.clips is not None else []))
    _svta("train", "--data", data, "--baseline", "tiny", "--threads", 1, "--out", checkpoint)
    return str(checkpoint)


def _svta(*arguments: object) -> None:
    subprocess.run([sys.executable, "-m", "svta", *map(str, arguments)], check=True, stdout=sys.stderr)


def unseen(test: Path, trained_on: Path | None, out: Path) -> Path:
    """The queries whose caption was not trained on: a grammar writes a few captions twice."""
    lines = [line for _, line in read_jsonl(test / MOMENTS)]
    seen = {normalise_caption(row["caption"]) for _, row in read_jsonl(trained_on)} if trained_on else set()
    kept = [line for line in lines if normalise_caption(line["query"]) not in seen]
    print(f"{len(lines) - len(kept)} of {len(lines)} queries left out: trained on", file=sys.stderr)
    write_jsonl(out, kept)
    return out


def scored(options: argparse.Namespace, model: str, seed: int) -> Figures:
    """Figures of one seed's hours by what answered: of each query's own stream, and of all streams (CORPUS)."""
    work = options.work / f"seed-{seed}"
    test = work / "streams"
    summary = make_streams(StreamsConfig(options.hours, seed=seed, fps=options.fps, workers=options.workers), test)
    print(f"seed {seed}: {summary.hours:.2f} h, {summary.queries:,} queries", file=sys.stderr)
    update_index(IndexConfig([test / "videos"], work / "index", model=model, windows=(options.windows,)))
    opened = open_index(work / "index", model=model)
    return _figures(opened, unseen(test, options.trained_on, work / "unseen.jsonl"), work)


def _figures(opened: Index, data: Path, out: Path) -> Figures:
    truth = read_truth(str(data))
    submission = predicted_moments(opened, truth)
    frames = cache(lambda: one_frame(opened)(truth))
    cuts = cache(lambda: scenes(truth, out / "streams/videos", 0))
    controls = {"cuts": lambda _: cuts(), "one frame": lambda _: frames()}
    configs = {protocol: MomentsConfig(str(data), protocol=protocol) for protocol in ("qvhighlights", "tvr")}
    own, corpus = (
        evaluate_moments(config, out / f"results-{name}", lambda _: submission, controls, on_missing=print)
        for name, config in configs.items()
    )
    print(own.text(), file=sys.stderr)
    both = {SEARCH: (own.figures, corpus.figures)}
    both |= {baseline: (values, corpus.baselines[baseline]) for baseline, values in own.baselines.items()}
    return {what: {**one, **{key: every.get(key) for key in CORPUS}} for what, (one, every) in both.items()}


def rows_of(results: Mapping[int, Figures]) -> Iterator[dict[str, Any]]:
    """The search on each seed, then the means over seeds, those of the baselines too."""
    names = list(dict.fromkeys(name for figures in results.values() for name in figures))
    for seed, figures in results.items() if len(results) > 1 else ():
        yield {"what": f"{SEARCH}, seed {seed}", **_shown(figures[SEARCH])}
    for name in names:
        seeds = [figures[name] for figures in results.values()]
        known = {key: [value for values in seeds if (value := values.get(key)) is not None] for key in seeds[0]}
        yield {"what": name, **_shown({key: statistics.mean(each) if each else None for key, each in known.items()})}


def _shown(values: Mapping[str, float | None]) -> dict[str, Any]:
    return {key: "-" if value is None else round(value, 1) for key, value in values.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--model", help="a checkpoint; default: one is trained on windows of streams")
    parser.add_argument(
        "--trained-on", type=Path, help="windows.jsonl of --model: queries with a caption of it are left out"
    )
    parser.add_argument("--clips", type=Path, help="a clips folder that is trained on beside the windows")
    parser.add_argument("--train-hours", type=float, default=30.0)
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--fps", type=float, default=16.0, help="frames a second of the streams")
    parser.add_argument("--windows", type=float, default=4.0, help="seconds, those of the training")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1000, 2000, 3000])
    parser.add_argument("--workers", type=int)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    model = options.model or trained(options)
    if options.model is None:
        options.trained_on = options.work / STREAMS / WINDOWS
    results = {seed: scored(options, model, seed) for seed in options.seeds}
    rows = list(rows_of(results))
    own = next(row for row in rows if row["what"] == SEARCH)
    targets = [target(name, 0.0 if own[name] == "-" else own[name], at_least=least) for name, least in ASKED.items()]
    show(rows, targets, {}, options.json)


if __name__ == "__main__":
    main()
