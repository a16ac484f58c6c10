"""The public functions that read what others wrote, and small whole files for each to begin from."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from colour_encoder import COLOURS
from fuzzing import Target
from writing_commands import World

import svta
from svta.builder.layout.clips_folder import finished_parts, read_part, read_plan
from svta.builder.project.config import read_project
from svta.builder.record import read_clips
from svta.builder.shards import read_shard
from svta.builder.sources.registry import read_source
from svta.builder.sources.split_file import read_split_file
from svta.builder.taxonomy import load_taxonomy
from svta.builder.verify.folder import verify
from svta.builder.video.container import probe
from svta.builder.video.decoder import decode
from svta.builder.video.transcode import to_mp4

STORYBOARD = "generation.storyboard"
CHOREOGRAPHY = {
    "yard collision": {
        "roles": {"stacker": "forklift at .1", "walker": "worker at .7 left"},
        "props": {"load": "container at .5 scale .6"},
        "beats": ["stacker drive to .45 @ 0-.5", "walker startle @ .45-.7", "load topple @ .5-.8"],
        "places": ["container yard"],
        "words": ["forklift ~ ram container!", "ram container"],
        "say": ["{stacker} rams a container beside {walker}"],
    }
}
LEXICON = """nouns:
  reach stacker: {like: forklift, words: [reach stacker, container stacker]}
  hand truck: {kind: vehicle, width: 0.5, height: 0.9, shapes: [[box, "#2c3038", -0.1, 0.06, 0.25, 0.1]]}
places:
  cold store: {indoors: true, shapes: [[interior, "#d6e6f0", "#b8c8d4", tiles]]}
verbs:
  ransack: {beats: ["agent run to patient @ 0-.4", "agent smash patient @ .4-1"]}
"""


def read_dataset(work: Path) -> None:
    data = svta.open_dataset(work / "ds", "all", num_frames=2, size=16)
    assert data.taxonomy
    for i in range(len(data)):
        data.clip(i)
    for _ in islice((data[i] for i in range(len(data))), 2):
        pass


def load_by_name(work: Path) -> None:
    import datasets

    splits = datasets.load_dataset("svta", data_dir=str(work / "ds"), streaming=True)
    rows = next(iter(splits.values()))  # a split is called as a cell says
    for _ in islice(rows, 5):
        pass


def read_videos(work: Path) -> None:
    data = (work / "videos/0.mp4").read_bytes()
    probe(data)
    decode(data, num_frames=3, size=16)
    to_mp4(data)


def read_clips_folder(work: Path) -> None:
    read_plan(work / "parts")
    for part in finished_parts(work / "parts"):
        for _ in read_part(part):
            pass


def read_index(work: Path) -> None:
    svta.open_index(work / "idx").search(np.ones(len(COLOURS), np.float32), top=3)


def read_checkpoint(work: Path) -> None:
    from svta.eval.encoders import load_encoder

    load_encoder(str(work / "ckpt")).encode_text(["a man falls"])


def read_run(work: Path) -> None:
    from svta.eval.gallery.runs import read_runs, run_entry
    from svta.eval.reports.page import write_report

    for result in read_runs([work / "res"]):
        run_entry(result, {})
    write_report([work / "res"], work / "page.html")


def read_embeddings(work: Path) -> None:
    from svta.eval.embeddings.part import read_part as read_embedded

    for path in sorted((work / "kept").rglob("*.npz")):
        read_embedded(path)


def read_labelled(work: Path) -> None:
    from svta.generation.annotation.labels import read_labels

    read_labels(work / "labelled.jsonl")


def read_chat(work: Path) -> None:
    from svta.generation.chat.replies import read_models, read_reply
    from svta.generation.remote.error_replies import read_error
    from svta.generation.remote.http_limits import Malformed

    body = (work / "reply.json").read_bytes()
    for read in (read_reply, read_models, lambda data: read_error(400, data)):
        with suppress(Malformed):  # the client asks again
            read(body)


def score_moments(work: Path) -> None:
    from svta.eval.moments.evaluate import evaluate_moments
    from svta.eval.moments.result import MomentsConfig

    evaluate_moments(MomentsConfig(data=str(work / "truth.jsonl"), predictions=work / "moments.jsonl"))


def read_people(work: Path) -> None:
    from svta.eval.audit.people import read_answers

    read_answers([work / "answers.jsonl"], "s")


def read_despite_faults(work: Path) -> None:
    for path in work.rglob("*.tar"):
        for _ in read_shard(path, on_error=lambda *_: None):
            pass


def loaded(module: str, name: str) -> Callable[[Path], None]:
    """A function of a module, called with the one input of its target."""

    def call(work: Path) -> None:
        getattr(import_module(f"svta.{module}"), name)(next(work.iterdir()))

    return call


def table(name: str) -> Callable[[Path], None]:
    def call(work: Path) -> None:
        for _ in read_source("table", str(work / name), on_reject=lambda *_, **__: None):
            pass

    return call


TARGETS = (
    Target("shard", ("ds/data/test",), lambda work: [list(read_shard(path)) for path in work.rglob("*.tar")]),
    Target("shard with faults", ("ds/data/test",), read_despite_faults),
    Target("video", ("videos",), read_videos, "0.mp4"),
    Target("index of clips", ("ds",), read_dataset, "clips.parquet"),
    Target("dataset", ("ds",), read_dataset),
    Target("dataset by name", ("ds",), load_by_name, "clips.parquet"),
    Target("verify", ("ds",), lambda work: verify(work / "ds", level="full")),
    Target("clips folder", ("parts",), read_clips_folder),
    Target("taxonomy", ("taxonomy.json",), lambda work: load_taxonomy(work / "taxonomy.json")),
    Target("records", ("descriptions.jsonl",), lambda work: list(read_clips(work / "descriptions.jsonl"))),
    Target("table of records", ("descriptions.jsonl",), table("descriptions.jsonl")),
    Target("csv", ("captions.csv",), table("captions.csv")),
    Target("xlsx", ("captions.xlsx",), table("captions.xlsx")),
    Target("parquet table", ("captions.parquet",), table("captions.parquet")),
    Target("split file", ("splits.csv",), lambda work: read_split_file(work / "splits.csv")),
    Target("project", ("svta.yaml",), lambda work: read_project(work / "svta.yaml")),
    Target("choreography", ("choreography.json",), loaded(f"{STORYBOARD}.choreography", "load_choreographies")),
    Target("lexicon", ("lexicon.yaml",), loaded(f"{STORYBOARD}.user_lexicon", "use_lexicon")),
    Target("descriptions", ("descriptions.jsonl",), loaded("generation.planning.descriptions", "read_descriptions")),
    Target("decisions", ("decisions.jsonl",), loaded("generation.annotation.review", "read_decisions")),
    Target("labels", ("labelled.labels.jsonl", "labelled.groups.json"), read_labelled),
    Target("chat replies", ("reply.json",), read_chat),
    Target("footage index", ("idx",), read_index),
    Target("checkpoint", ("ckpt",), read_checkpoint),
    Target("results", ("res",), read_run),
    Target("embeddings", ("kept",), read_embeddings),
    Target("truth of moments", ("truth.jsonl", "moments.jsonl"), score_moments),
    Target("probes", ("pr",), loaded("eval.probes.minimal_sets", "read_probes"), "probes.jsonl"),
    Target("answers", ("answers.jsonl",), read_people),
)


def lay_out_seeds(world: World) -> None:
    """What the targets begin from, beside the inputs of the commands that write."""
    home = world.home

    def lines(rows: list[dict[str, Any]]) -> str:
        return "".join(json.dumps(row) + "\n" for row in rows)

    rows = [
        {"caption": f"A man {i} falls.", "category": "fighting", "source_id": str(i), "split": "train"}
        for i in range(6)
    ]
    (home / "captions.csv").write_text(
        "\n".join(["caption,category,source_id,split", *(",".join(row.values()) for row in rows)]) + "\n"
    )
    (home / "splits.csv").write_text("key,split\na,train\nb,test\n")
    (home / "choreography.json").write_text(json.dumps(CHOREOGRAPHY))
    (home / "lexicon.yaml").write_text(LEXICON)
    (home / "taxonomy.json").write_text((home / "ds/taxonomy.json").read_text())
    message = {"role": "assistant", "content": "A man falls.", "reasoning_content": None}
    usage = {"prompt_tokens": 1, "completion_tokens": 2}
    reply = {
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": usage,
        "data": [{"id": "m"}],
    }
    (home / "reply.json").write_text(json.dumps(reply))
    truth = [{"qid": i, "query": f"event {i}", "vid": f"v{i % 2}", "duration": 60, "relevant_windows": [[4, 10]],
              "relevant_clip_ids": [2, 3, 4], "saliency_scores": [[1, 2, 3]] * 3} for i in range(4)]  # fmt: skip
    (home / "truth.jsonl").write_text(lines(truth))
    windows = {"pred_relevant_windows": [[3, 9, 0.8], [20, 30, 0.1]], "pred_saliency_scores": [0.5] * 30}
    found = [{"qid": i, "query": f"event {i}", "vid": f"v{i % 2}"} | windows for i in range(4)]
    (home / "moments.jsonl").write_text(lines(found))
    answers = [{"sample": "s", "item": str(i), "rater": "ann", "scores": {"prompt_fidelity": 4}} for i in range(4)]
    (home / "answers.jsonl").write_text(lines(answers))
    import pyarrow as pa
    import pyarrow.parquet as pq
    from openpyxl import Workbook

    pq.write_table(pa.Table.from_pylist(rows), home / "captions.parquet")
    book = Workbook()
    for row in [list(rows[0]), *(list(row.values()) for row in rows)]:
        book.active.append(row)
    book.save(home / "captions.xlsx")
    for line in (
        "init mine",
        "annotate descriptions.jsonl --clusters 3 --out labelled.jsonl",
        "eval --data squares --split test --model ckpt --cache kept --out res2 --threads 1",
        "probes --out pr --factors colour --per-factor 2 --size 96x64 --workers 1",
    ):
        done = world.shell(line)
        assert done.code == 0, (line, done)
