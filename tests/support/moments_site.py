"""Recordings of known colours, what is true in them, predictions of it, and an index of them."""

from __future__ import annotations

import json
from pathlib import Path

from colour_encoder import colour_model, write_colours

from svta.eval.moments.evaluate import evaluate_moments
from svta.eval.moments.result import MomentsConfig
from svta.eval.search import IndexConfig, update_index

MARKUP = "<img src=x onerror=document.title='taken'>\"'&\u202e"
STREAMS = ("north.mp4", "south.mp4", "empty.mp4")
SECONDS = {"north.mp4": 64.0, "south.mp4": 50.0, "empty.mp4": 30.0}
TRUTH = {  # query -> recording -> seconds
    "something red": {"north.mp4": [(20.0, 24.0)], "south.mp4": []},
    "something green": {"south.mp4": [(12.0, 17.0), (37.0, 42.0)]},
    f"nothing white {MARKUP}": {"empty.mp4": []},
}
PREDICTED = {  # query -> recording -> start, end, score
    ("something red", "north.mp4"): [(20.5, 24.0, 0.9), (50.0, 52.0, 0.2)],
    ("something red", "south.mp4"): [(3.0, 4.0, 0.95)],
    ("something green", "south.mp4"): [(36.0, 40.0, 0.5), (0.0, 5.0, 0.75)],
}


def make_streams(folder: Path) -> Path:
    """STREAMS with three recordings, whose file names are plain and whose queries are not."""
    write_colours(folder / "videos/north.mp4", [("grey", 20), ("red", 4), ("grey", 20), ("blue", 6), ("grey", 14)])
    write_colours(folder / "videos/south.mp4", [("grey", 12), ("green", 5), ("grey", 20), ("green", 5), ("grey", 8)])
    write_colours(folder / "videos/empty.mp4", [("grey", 30)])
    lines = [
        {"qid": number, "query": query, "vid": vid, "duration": SECONDS[vid], "relevant_windows": windows,
         "category": "arson" if "red" in query else "walking", "is_anomaly": "red" in query}
        for number, (query, vid, windows) in enumerate(
            ((query, vid, windows) for query, found in TRUTH.items() for vid, windows in found.items()), 1
        )
    ]  # fmt: skip
    (folder / "moments.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def make_moments_run(streams: Path, out: Path) -> Path:
    """RESULTS of PREDICTED."""
    lines = [json.loads(line) for line in (streams / "moments.jsonl").read_text().splitlines()]
    predicted = [
        {"qid": line["qid"], "query": line["query"], "vid": line["vid"],
         "pred_relevant_windows": PREDICTED.get((line["query"], line["vid"]), [])}
        for line in lines
    ]  # fmt: skip
    file = out.with_suffix(".jsonl")
    file.write_text("".join(json.dumps(line) + "\n" for line in predicted))
    evaluate_moments(MomentsConfig(str(streams), file, name=f"locator {MARKUP}"), out)
    return out


def make_index(streams: Path, folder: Path) -> Path:
    """An index of the recordings by an encoder that sees colours."""
    model = colour_model(folder / "model", "test_colours")
    update_index(IndexConfig([streams / "videos"], folder / "idx", model=str(model)))
    return folder / "idx"
