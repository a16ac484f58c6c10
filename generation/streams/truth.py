"""moments.jsonl and queries.jsonl: when which query is true in which stream, to the frame.

moments.jsonl has a line for a query and a stream, in the fields of QVHighlights and TVR and svta's own; a query without
moments has one line with none. queries.jsonl has a line per query, with its moments in all streams.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from svta.builder.io.json_text import JsonObject, write_jsonl

from .config import Happening, StreamTruth

MOMENTS: Final = "moments.jsonl"
QUERIES: Final = "queries.jsonl"


def moment_lines(streams: Sequence[StreamTruth], fps: float) -> list[JsonObject]:
    """The lines of moments.jsonl. Seconds are frames / fps; `frames` are [first, first after the last]."""
    lines: list[JsonObject] = []
    for stream in streams:
        by_caption: dict[str, list[Happening]] = defaultdict(list)
        for happening in (*stream.happenings, *stream.absent):
            by_caption[happening.caption].append(happening)
        for caption, found in by_caption.items():
            frames = sorted((one.start, one.end) for one in found if one.end > one.start)
            windows = [[start / fps, end / fps] for start, end in frames]
            lines.append(
                {
                    "qid": len(lines) + 1,
                    "query": caption,
                    "vid": stream.video,
                    "duration": stream.num_frames / fps,
                    "relevant_windows": windows,
                    "desc_id": len(lines) + 1,
                    "desc": caption,
                    "type": "v",
                    "vid_name": stream.video,
                    "ts": windows[0] if len(windows) == 1 else windows,
                    "category": found[0].category,
                    "is_anomaly": found[0].is_anomaly,
                    "frames": [list(pair) for pair in frames],
                    "fps": fps,
                }
            )
    return lines


def query_lines(moments: Sequence[JsonObject]) -> list[JsonObject]:
    """The lines of queries.jsonl."""
    queries: dict[str, JsonObject] = {}
    for line in moments:
        query = queries.setdefault(
            line["query"],
            {"query": line["query"], "category": line["category"], "is_anomaly": line["is_anomaly"], "moments": []},
        )
        query["moments"] += [{"vid": line["vid"], "start": s, "end": e} for s, e in line["relevant_windows"]]
    return [{**query, "num_moments": len(query["moments"])} for query in queries.values()]


def write_truth(folder: Path, streams: Sequence[StreamTruth], fps: float) -> tuple[int, int]:
    """Write both files; how many lines and queries they hold."""
    lines = moment_lines(streams, fps)
    queries = query_lines(lines)
    write_jsonl(folder / QUERIES, queries)
    write_jsonl(folder / MOMENTS, lines)
    return len(lines), len(queries)
