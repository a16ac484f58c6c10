"""A small dataset with real videos and hostile texts, an evaluation of it, and both as a gallery."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from svta.builder.layout.clips_folder import write_part, write_plan
from svta.builder.packing.config import PackConfig
from svta.builder.packing.pack import pack
from svta.builder.record import Clip, make_key
from svta.builder.taxonomy import Category, Taxonomy
from svta.eval.metrics.figures import Subset
from svta.eval.metrics.rank_table import RankTable
from svta.eval.metrics.retrieval import retrieval_metrics
from svta.eval.retrieval.result import EvalRecord, EvalResult, Metrics
from svta.eval.retrieval.results_folder import write_results
from svta.eval.retrieval.summary import directions

HOSTILE = "<script>document.title='taken'</script>\"'&\u202e"
CATEGORIES = ("crane falls", f"odd {HOSTILE}", "walking", "beating")
PLACES = ("yard", "hall", "street")
COUNT = 48


def taxonomy() -> Taxonomy:
    """Four categories: an accident, one with markup in its name, a normal one, a violent one."""
    policies = ("flag", "flag", "film", "text_only")
    listed = [
        Category(name=name, is_anomaly=name != "walking", definition=f"about {name}", minor_policy=policy)
        for name, policy in zip(CATEGORIES, policies, strict=True)
    ]
    return Taxonomy(name="yard", version=1, categories=listed)


def records() -> list[Clip]:
    """COUNT clips; captions of clips 0 and 24 are alike and stand in two splits, clip 5's is hostile."""
    made = []
    for i in range(COUNT):
        j = 0 if i == 24 else i
        caption = f"Number{j} {CATEGORIES[j % 4].split()[0]} in the {PLACES[j % 3]}" + (HOSTILE if i == 5 else "")
        made.append(
            Clip(
                key=make_key("yard", str(i), caption),
                caption=caption,
                category=CATEGORIES[i % 4],
                is_anomaly=i % 4 != 2,
                source="yard",
                source_id=str(i),
                source_split=("train", "test", "validation")[i // 24 if i < 40 else 2],
                flags=("late",) if i % 6 == 0 else (),
                num_frames=17,
                fps=16.0,
                duration=(17 + i % 5) / 16,
                seed=i,
                generator="storyboard" if i % 2 else None,
                synthetic=bool(i % 2),
                provenance=json.dumps({"note": HOSTILE}),
            )
        )
    return made


def make_world(root: Path) -> tuple[Path, Path]:
    """(dataset, RESULTS) below `root`."""
    from packed import mp4

    clips, parts, dataset = records(), root / "clips", root / "data"
    (root / "taxonomy.json").write_text(taxonomy().to_json())
    write_plan(parts, {"kind": "test", "spec": "test", "units": 1})
    videos = (mp4(i % 5) if i != 7 else b"no video" for i in range(COUNT))
    write_part(parts, 0, zip(clips, videos), spec="test")
    config = PackConfig(splits="source", shard_multiple=1, taxonomy=root / "taxonomy.json")
    pack(parts, dataset, config, workers=1)
    write_results(root / "results", evaluation(clips))
    return dataset, root / "results"


def evaluation(clips: list[Clip], seed: int = 0) -> EvalResult:
    """A ranking of all clips by random scores."""
    scores = np.random.default_rng(seed).normal(size=(len(clips), len(clips))).astype(np.float32)
    scores += 2 * np.eye(len(clips), dtype=np.float32)
    metrics = retrieval_metrics(scores)
    order = np.argsort(-scores, axis=1)[:, :10]
    ranks = RankTable(
        key=[clip.key for clip in clips],
        caption=[clip.caption for clip in clips],
        category=[clip.category for clip in clips],
        is_anomaly=[clip.is_anomaly for clip in clips],
        t2v_rank=metrics.t2v.ranks,
        v2t_rank=metrics.v2t.ranks,
        score=np.diag(scores),
        top_key=[clips[i].key for i in order[:, 0]],
        top_score=np.take_along_axis(scores, order, 1)[:, 0],
        top_keys=[[clips[i].key for i in row] for row in order],
        top_scores=np.take_along_axis(scores, order, 1).tolist(),
        top_captions=[[clips[i].key for i in column] for column in np.argsort(-scores, axis=0)[:5].T],
    )
    found = directions(metrics)
    by_category = {}
    for name in CATEGORIES:
        mine = [i for i, clip in enumerate(clips) if clip.category == name]
        share = 100 * float(np.mean(metrics.t2v.ranks[mine] <= 1))
        by_category[name] = Subset(queries=len(mine), t2v={"R@1": share, "R@5": 50.0, "R@10": 60.0})
    figures = Metrics(found.t2v, found.v2t, gallery=len(clips), by_category=by_category)
    return EvalResult(EvalRecord(name=f"model {HOSTILE} {seed}"), figures, ranks)
