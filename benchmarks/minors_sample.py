"""Draws captions at random for the eye, each with the judgement of minors and the sign that decided it.

    python benchmarks/minors_sample.py --source uca=FILE --source ucfcrime-ar=FILE --kind minor --count 100 --seed 1 \\
        --out sample.csv --judgements tests/data/minors_eye.csv

Writes a CSV: key, caption, category, minor, violence, reason, sign and a column `eye` for a person's judgement. Fill
it in and run the same command again: --judgements then keeps key, reason and `eye` of every judged row. Captions are
not written there, because their sources do not allow publishing them.
Kinds: any, minor (depicts_minor), refused (any reason), violence (the flag, no minor).
"""

from __future__ import annotations

import argparse
import csv
import random
from pathlib import Path

from svta.builder.minors.english import violence_in
from svta.builder.minors.judgement import Judgement, judge
from svta.builder.minors.plain_text import plain
from svta.builder.record import Clip
from svta.builder.sources.registry import parse_source, read_source

COLUMNS = ("key", "caption", "category", "minor", "violence", "reason", "sign", "eye")


def is_of_kind(judgement: Judgement, kind: str) -> bool:
    """Whether a judgement is of the kind that is drawn from."""
    if kind == "minor":
        return judgement.minor
    if kind == "refused":
        return judgement.reason is not None
    return kind == "any" or (judgement.violence and not judgement.minor)


def row_of(clip: Clip, judgement: Judgement, eye: str) -> dict[str, str]:
    """One line of the file."""
    sign = violence_in(plain(clip.caption), minor=judgement.minor) or ""
    values = (clip.key, clip.caption, clip.category or "", judgement.minor, judgement.violence, judgement.reason or "")
    return dict(zip(COLUMNS, (*map(str, values), sign, eye)))


def read_rows(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file; none if there is no file."""
    if not path.exists():
        return []
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_rows(path: Path, columns: tuple[str, ...], rows: list[dict[str, str]]) -> None:
    """A CSV file of these columns."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    """Read, judge, draw, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", action="append", required=True)
    parser.add_argument("--kind", choices=("any", "minor", "refused", "violence"), default="minor")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--judgements", type=Path, required=True)
    options = parser.parse_args()
    clips = [
        clip
        for name, path in map(parse_source, options.source)
        for clip in read_source(name, path, on_reject=lambda reject: None)
    ]
    judged = [(clip, judge(clip.caption, clip.category)) for clip in clips]
    candidates = [pair for pair in judged if is_of_kind(pair[1], options.kind)]
    drawn = random.Random(options.seed).sample(candidates, min(options.count, len(candidates)))
    eyes = {
        row["key"]: row["eye"] for path in (options.judgements, options.out) for row in read_rows(path) if row["eye"]
    }
    rows = [row_of(clip, judgement, eyes.get(clip.key, "")) for clip, judgement in drawn]
    write_rows(options.out, COLUMNS, rows)
    kept = {row["key"]: row for row in (*read_rows(options.judgements), *rows) if row["eye"]}
    write_rows(options.judgements, ("key", "reason", "eye"), [kept[key] for key in sorted(kept)])
    print(f"{len(drawn)} of {len(candidates):,} captions ({options.kind}, of {len(clips):,} read) in {options.out}")


if __name__ == "__main__":
    main()
