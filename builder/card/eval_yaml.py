"""eval.yaml: the dataset's retrieval task as the Hub's leaderboards read it."""

from __future__ import annotations

from typing import Final

from svta.builder.layout.stats import DatasetStats

EVAL: Final = "eval.yaml"


def evaluation(stats: DatasetStats, title: str = "SVTA reconstruction") -> dict[str, object]:
    """eval.yaml as plain data. Prepared: the Hub shows results only of benchmarks its staff have listed."""
    split = "test" if "test" in stats.splits else next(iter(stats.splits))
    kind = "anomalous and normal events" if stats.anomalies[True] or title == "SVTA reconstruction" else "events"
    tasks = [{"id": task, "config": "default", "split": split} for task in ("text-to-video", "video-to-text")]
    return {
        "name": title,
        "description": f"Text-video retrieval of {kind}: R@1 in percent over the split's clips.",
        "evaluation_framework": "mteb",
        "tasks": tasks,
    }
