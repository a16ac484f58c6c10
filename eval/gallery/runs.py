"""Evaluations as the gallery's retrieval explorer shows them: every query with its rank, answers and figures.

Reads RESULTS folders of `svta eval`. Figures are texts made here, as the report prints them, so that the page shows
what metrics.json holds to the last digit.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from svta.eval.metrics.figures import Subset
from svta.eval.metrics.rank_table import RankTable
from svta.eval.metrics.ranks import Floats
from svta.eval.metrics.retrieval import COLUMNS, WAY_NAMES, WAYS
from svta.eval.metrics.significance import wilson
from svta.eval.reports.cautions import shown
from svta.eval.retrieval.result import EvalResult
from svta.eval.retrieval.results_folder import read_results

CONFUSIONS: Final = 100  # pairs of categories
_RECALLS: Final = tuple(column for column in COLUMNS if column.startswith("R@"))


def read_runs(folders: Sequence[str | Path]) -> list[EvalResult]:
    """The evaluations. Raises ResultsError in one line."""
    return [read_results(folder) for folder in folders]


def run_entry(result: EvalResult, places: Mapping[str, int], withheld: Container[str] = ()) -> dict[str, object]:
    """One run for the page; `places`: where each key is in the gallery. A clip that the gallery lacks has a number
    of its own below 0. withheld: keys whose captions the dataset holds back; the run does not show them either.
    """
    ranks, absent = result.ranks, dict[str, int]()

    def place(key: str) -> int:
        return places[key] if key in places else -1 - absent.setdefault(key, len(absent))

    captions = ranks.caption or [""] * len(ranks)
    answers = ranks.top_keys or [[key] for key in ranks.top_key or []]
    return {
        "name": result.name,
        "columns": list(COLUMNS),
        "figures": [
            {"way": WAY_NAMES[way], "values": [shown(result.metrics.of(way).get(column)) for column in COLUMNS]}
            for way in WAYS
        ],
        "gallery": result.metrics.gallery,
        "ties": result.metrics.ties,
        "query": [place(key) for key in ranks.key],
        "keys": ranks.key,
        "captions": [
            "Caption withheld" if key in withheld else text for key, text in zip(ranks.key, captions, strict=True)
        ],
        "category": ranks.category or [],
        "video": [place(video or key) for video, key in zip(ranks.video or ranks.key, ranks.key, strict=True)],
        "t2v": _numbers(ranks.t2v_rank),
        "v2t": _numbers(ranks.v2t_rank),
        "score": _numbers(ranks.score),
        "answers": [[place(key) for key in keys] for keys in answers],
        "answer_scores": [[round(float(score), 4) for score in scores] for scores in ranks.top_scores or []],
        "video_answers": _video_answers(ranks),
        "categories": _categories(result.metrics.by_category),
        "confusions": confusions(ranks),
    }


def _video_answers(ranks: RankTable) -> list[list[int]]:
    """For each row the rows of the captions that its video finds first, the best first."""
    row_of = {key: row for row, key in enumerate(ranks.key)}
    of_video: dict[str, list[int]] = {}
    videos = [video or key for key, video in zip(ranks.key, ranks.video or ranks.key, strict=True)]
    for video, keys in zip(videos, ranks.top_captions or (), strict=False):
        if keys:
            of_video[video] = [row_of[key] for key in keys if key in row_of]
    return [of_video.get(video, []) for video in videos] if of_video else []


def _numbers(values: Floats | None) -> list[float | None]:
    """Numbers without needless digits; what is not finite is null."""
    if values is None:
        return []
    return [round(float(value), 4) if math.isfinite(value) else None for value in values]


def _categories(by_category: Mapping[str, Subset]) -> list[dict[str, object]]:
    """R@K text-to-video of each category with the 95 % interval of R@1, the worst first."""
    rows = []
    for name, subset in by_category.items():
        found = subset.t2v.get("R@1")
        low, high = (None, None) if found is None else wilson(found / 100, subset.queries)
        rows.append(
            {
                "name": name,
                "queries": subset.queries,
                "recall": [shown(subset.t2v.get(column)) for column in _RECALLS],
                "value": found,
                "low": low,
                "high": high,
            }
        )
    return sorted(rows, key=lambda row: (row["value"] is None, row["value"], row["name"]))


def confusions(ranks: RankTable) -> list[dict[str, object]]:
    """Pairs (category of the query, category of the clip that came first instead), the most frequent first."""
    if ranks.category is None or ranks.top_key is None:
        return []
    category_of = dict(zip(ranks.video or ranks.key, ranks.category, strict=True))
    wrong = np.flatnonzero(ranks.t2v_rank > 1)
    pairs = Counter((ranks.category[i], category_of.get(ranks.top_key[i])) for i in wrong)
    named = [(pair, count) for pair, count in pairs.items() if None not in pair and pair[0] != pair[1]]
    named.sort(key=lambda item: (-item[1], item[0]))
    return [{"asked": asked, "answered": got, "count": count} for (asked, got), count in named[:CONFUSIONS]]
