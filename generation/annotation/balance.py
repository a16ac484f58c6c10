"""Balance of a descriptions file: what occurs how often, what repeats, what leaks. JSON, and one page of plots.

Reads clips; `svta review balance descriptions.jsonl --test ucfcrime-ar=ucf_crime_test.xlsx` writes OUT.balance.json
and OUT.balance.html. A leak is a caption that is, word for word, also a caption of the test it will be measured on.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from svta.builder.card.charts import count_bars
from svta.builder.io.json_text import JsonObject
from svta.builder.record import Clip
from svta.builder.splits import normalise_caption
from svta.generation.captions.describe import counted
from svta.generation.filters.duplicates import repeats

PAPER_RATIO: Final = (25_170, 16_145)  # PAPER.md: anomaly and normal clips of SVTA, about 3:2
LENGTH_BINS: Final = (0, 5, 10, 15, 20, 30, 40, 60, 80, 120, 10**9)


def balance(clips: Sequence[Clip], test: Iterable[Clip] = (), *, with_paper: bool = False) -> JsonObject:
    """Counts by category, source and source split; anomaly to normal; lengths, vocabulary, duplicates, leaks."""
    words = [len(clip.caption.split()) for clip in clips]
    vocabulary = {word for clip in clips for word in normalise_caption(clip.caption).split()}
    anomaly = sum(clip.is_anomaly is True for clip in clips)
    normal = sum(clip.is_anomaly is False for clip in clips)
    ordered = sorted(words)
    return {
        "clips": len(clips),
        "anomaly": anomaly,
        "normal": normal,
        "neither": len(clips) - anomaly - normal,
        "anomaly_to_normal": round(anomaly / normal, 4) if normal else None,
        **({"paper_anomaly_to_normal": round(PAPER_RATIO[0] / PAPER_RATIO[1], 4)} if with_paper else {}),
        "by_category": counted(clip.category or "(none)" for clip in clips),
        "by_tag": counted(clip.tag or "(none)" for clip in clips),
        "by_source": counted(clip.source or "(none)" for clip in clips),
        "by_source_split": counted(f"{clip.source} {clip.source_split or '(none)'}" for clip in clips),
        "by_flag": counted(flag for clip in clips for flag in clip.flags),
        "groups": len({clip.group or clip.key for clip in clips}),
        "words": {
            "mean": round(sum(words) / len(words), 2) if words else None,
            "median": ordered[len(ordered) // 2] if words else None,
            "longest": ordered[-1] if words else None,
            "histogram": {
                f"{a} to {b - 1}" if b < 10**9 else f"{a} and more": sum(a <= n < b for n in words)
                for a, b in pairwise(LENGTH_BINS)
            },
            "vocabulary": len(vocabulary),
        },
        "duplicates": repeats(clips),
        "leaks": leaks(clips, test),
    }


def leaks(clips: Sequence[Clip], test: Iterable[Clip]) -> JsonObject:
    """Captions of `test` that are among the clips (same words in order), and clips of the test's source videos."""
    by_caption: dict[str, list[Clip]] = {}
    by_group: dict[str, int] = Counter(clip.group for clip in clips if clip.group)
    for clip in clips:
        by_caption.setdefault(normalise_caption(clip.caption), []).append(clip)
    rows, videos, total = [], 0, 0
    for clip in test:
        total += 1
        videos += bool(clip.group and by_group.get(clip.group))
        if same := by_caption.get(normalise_caption(clip.caption)):
            rows.append({"test": clip.source_id, "caption": clip.caption, "keys": [other.key for other in same]})
    return {"test_captions": total, "leaking": len(rows), "same_video": videos, "rows": rows}


def page(found: JsonObject, title: str) -> str:
    """The report as one static page: bars for every count, the leaks as a list."""
    ratio, paper = found["anomaly_to_normal"], found.get("paper_anomaly_to_normal")
    head = (
        f"{found['clips']:,} captions, {found['anomaly']:,} of anomalies and {found['normal']:,} of normal scenes"
        + (f" (ratio {ratio:.2f}{f'; the paper has {paper:.2f}' if paper else ''})" if ratio else "")
        + f", {found['groups']:,} groups, {found['words']['vocabulary']:,} different words."
    )
    parts = [f"<h1>{html.escape(title)}</h1><p>{head}</p>"]
    leak, repeated = found["leaks"], found["duplicates"]
    ratio_bars = {
        "these": round(100 * found["anomaly"] / max(1, found["anomaly"] + found["normal"])),
        "paper": round(100 * PAPER_RATIO[0] / sum(PAPER_RATIO)),
    }
    for name, counts in (
        ("Anomaly, normal and neither", {kind: found[kind] for kind in ("anomaly", "normal", "neither")}),
        *([("Anomalies in a hundred of both, here and in the paper (3:2)", ratio_bars)] if paper else []),
        ("Categories", found["by_category"]),
        ("Sources", found["by_source"]),
        ("Sources and their splits", found["by_source_split"]),
        ("Tags", found["by_tag"]),
        ("Flags", found["by_flag"]),
        ("Words a caption", found["words"]["histogram"]),
        ("Rows in groups that repeat", {k: v["rows_in_groups"] for k, v in repeated.items()}),
        ("Rows that keep-first rejects", {k: v["repeats"] for k, v in repeated.items()}),
        (
            "Test captions: all, those that leak, those of the same videos",
            {kind: leak[kind] for kind in ("test_captions", "leaking", "same_video")},
        ),
    ):
        parts.append(f"<h2>{name}</h2>{count_bars(counts)}")
    parts.append(
        f"<h2>Leaks</h2><p>{leak['leaking']:,} of {leak['test_captions']:,} test captions are also among these; "
        f"{leak['same_video']:,} come from videos that these also come from.</p>"
    )
    if leak["rows"]:
        items = "".join(f"<li>{html.escape(str(r['test']))}: {html.escape(r['caption'])}</li>" for r in leak["rows"])
        parts.append(f"<details><summary>all of them</summary><ol>{items}</ol></details>")
    style = (
        "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
        "svg{width:100%;height:auto}text{font:12px system-ui;fill:CanvasText}:root{color-scheme:light dark}"
    )
    policy = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="generator" content="svta">{policy}<title>{html.escape(title)}</title>'
        f"<style>{style}</style></head><body>{''.join(parts)}</body></html>\n"
    )
