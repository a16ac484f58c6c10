"""Learns the weights of builder/minors/likelihood.py from judged sentences, and shows how blind they are.

    python benchmarks/minors_weights.py --source uca=FILE --source ucfcrime-ar=FILE --out builder/minors/weights.json

Positive: sentences of tests/data/minors_*.csv judged violent with a minor. Negative: the harmless ones, the captions
of --source in which the rule sees a minor and no violence, and captions of adults in which one is made a child. Each
fresh list is first left out in turn (another author wrote it), and those of BLIND always: the printed recall and false
refusals are those of the weights learned without it, alone and beside the rule.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from svta.builder.minors import english
from svta.builder.minors.judgement import judge
from svta.builder.minors.likelihood import ENOUGH, features
from svta.builder.minors.plain_text import plain
from svta.builder.sources.registry import parse_source, read_source

LISTS = Path(__file__).resolve().parents[1] / "tests/data"
SMALLEST = 0.05  # weights below are left out of the table
BLIND = ("minors_fresh_g", "minors_fresh_h")  # nothing is learned from them, so that they show how good it is
ADULTS = 4_000  # captions of adults that are drawn


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", action="append", default=[])
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    lists = {path.stem: read(path) for path in sorted(LISTS.glob("minors_*.csv")) if path.stem != "minors_eye"}
    clips = (clip for each in args.source for clip in read_source(*parse_source(each), on_reject=lambda *_: None))
    captions = [clip.caption for clip in clips]
    everyday = [caption for caption in captions if is_everyday(caption)]
    adults = [caption for caption in captions if not judge(caption).minor and not judge(caption).violence]
    drawn = np.random.default_rng(0).permutation(len(adults))[:ADULTS]
    everyday += [child for child in (with_a_child(adults[i]) for i in drawn) if is_everyday(child)]
    print(f"{len(everyday):,} real captions with a minor, or one put in, and no violence")
    for name in (name for name in lists if "fresh" in name):
        known = [row for other, rows in lists.items() if other not in (name, *BLIND) for row in rows]
        vectorizer, model = learn(known, everyday)
        rows = [row for row in lists[name] if row["minor"] == "minor"]
        scores = model.predict_proba(vectorizer.transform([row["sentence"] for row in rows]))[:, 1]
        for violent, what in ((True, "recall"), (False, "false refusals")):
            chosen = [(s > ENOUGH, row) for s, row in zip(scores, rows) if (row["violence"] == "violent") is violent]
            both = sum(bool(hit or judge(row["sentence"]).reason) for hit, row in chosen)
            alone = sum(hit for hit, _ in chosen)
            print(f"{name}: {what} {alone} of {len(chosen)} alone, {both} beside the rule as it stands")
    vectorizer, model = learn([row for name, rows in lists.items() if name not in BLIND for row in rows], everyday)
    if args.out:
        weights = dict(zip(vectorizer.get_feature_names_out(), model.coef_[0].tolist()))
        table = {"": round(float(model.intercept_[0]), 3)}
        table |= {name: round(weight, 3) for name, weight in sorted(weights.items()) if abs(weight) >= SMALLEST}
        args.out.write_text(json.dumps(table, ensure_ascii=True, indent=0) + "\n", encoding="utf-8")
        print(f"{len(table):,} weights in {args.out}")


def read(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def with_a_child(caption: str) -> str:
    return re.sub(r"\b([Aa]) (wo)?man\b", lambda match: f"{match[1]} {'girl' if match[2] else 'boy'}", caption, count=1)


def is_everyday(caption: str) -> bool:
    text = plain(caption)
    return english.depicts_minor(text) and english.violence_in(text, minor=True) is None


def learn(rows: list[dict[str, str]], everyday: list[str]) -> tuple[CountVectorizer, LogisticRegression]:
    rows = [row for row in rows if row["minor"] == "minor" or row["violence"] != "violent"]
    texts = [row["sentence"] for row in rows] + everyday
    violent = np.array([row["violence"] == "violent" for row in rows] + [False] * len(everyday))
    vectorizer = CountVectorizer(analyzer=lambda text: features(plain(text)), binary=True, min_df=2)
    model = LogisticRegression(C=1.0, class_weight="balanced", max_iter=2_000)
    return vectorizer, model.fit(vectorizer.fit_transform(texts), violent)


if __name__ == "__main__":
    main()
