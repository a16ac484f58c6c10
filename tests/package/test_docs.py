"""Every shell and Python block of README.md and docs/ runs, on small data; what cannot run says why, and is counted."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import fork_server
import pytest
from chat_server import ChatServer
from doc_blocks import RUN, SHOWN, Runner, blocks_of
from doc_world import SMALL, copied, make_world
from loopback_hub import client_env, loopback_hub

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
SERVER = ("svta.cli.app", "svta.builder.packing.pack", "datasets", "torch", "transformers", "huggingface_hub.hf_api")
PROBES = "--factors colour,count --per-factor 1 --size 96x64 --num-frames 9"
SMALLER = {  # the same commands on less
    "--hours 0.17": "--hours 0.02 --size 96x64 --fps 8",
    "--hours 1 ": "--hours 0.02 --size 96x64 --fps 8 ",
    "--hours 1\n": "--hours 0.02 --size 96x64 --fps 8\n",
    "--hours 2 --events": "--hours 0.02 --size 96x64 --fps 8 --events",
    "--out clips/ --backend storyboard": f"--out clips/ {' '.join(SMALL)}",
    "--clusters 98": "--clusters 4",
    "--grammar 1000 --contrasts 300": "--grammar 20 --contrasts 4",
    "--per-factor 200": PROBES,
    "svta probes --out probes &&": f"svta probes --out probes {PROBES} &&",
    "--baseline clip4clip --head meanP --start small": "--baseline clip4clip --head meanP --start small --epochs 1",
    "--data DIR --baseline tiny --out CKPT": "--data DIR --baseline tiny --epochs 1 --out CKPT",
    'baseline="clip4clip", start="small"': 'baseline="clip4clip", start="small", epochs=1',
    'default_recipe("clip4clip", "modern", len(clips), "small")': "Recipe(epochs=1, batch_size=8)",
    "from svta.eval.training.recipes import default_recipe": "from svta.eval.training.recipe import Recipe",
    "--baseline gram --start small": "--baseline gram --start small --epochs 1",
}
NOT_HERE = {  # single lines of a block that runs otherwise
    "svta app": "serves a page until it is stopped",
    ". .venv": "activates what make installed",
}
pytestmark = pytest.mark.skipif(not DOCS.is_dir(), reason="needs the checkout, not an installed wheel")


@dataclass(frozen=True)
class Page:
    """What a page needs beyond the world: other names of its parts, what its reader did, what it ends with."""

    names: dict[str, str] = field(default_factory=dict)
    first: tuple[str, ...] = ()  # commands that stand on other pages
    before: str = ""  # Python names of the reader's own
    replaced: dict[str, str] = field(default_factory=dict)
    drop: tuple[str, ...] = ()  # parts of the world that the page makes itself
    not_run: int = 0
    ends: tuple[str, ...] = ()


ROWS = "svta describe --source table=more.csv --out more.jsonl"
OF_MOMENTS = """
video = {"qid": 1, "query": "a man falls", "vid": "a", "duration": 10.0}
ground_truth = [{**video, "relevant_windows": [[2, 4]], "relevant_clip_ids": [1], "saliency_scores": [[4, 4, 4]]}]
predictions = [{**video, "pred_relevant_windows": [[2.0, 4.0, 0.9]]}]
events = [{"video": "camera-1", "query": "a man falls", "start": 5.0, "end": 9.0}]
moments = [{**events[0], "score": 0.9}]
categories, text = [["order"]], [{"idx": i, "GT": "A", "response": "A"} for i in range(2)]
video = text
"""
MODEL = {"DIR_OR_ID": "model", "MODEL": "model", "CKPT": "model", "CHECKPOINT": "model", "checkpoint": "model"}
DATA = {"DIR": "dataset", "DATASET": "dataset", "MOVED": "dataset"}
NEEDS = {
    "README.md": Page(
        {"svta": "dataset", "MODEL": "model", "DIR": "UCF", "others": "results"},
        drop=("clips", "dataset", "results", "streams", "descriptions.jsonl"),
        not_run=1,
    ),
    "audit.md": Page({"DATASET": "dataset"}, not_run=1, ends=("audit/page/index.html",)),
    "cost.md": Page(drop=("clips",), not_run=2),
    "descriptions.md": Page(ends=("review.html", "reviewed.jsonl")),
    "evaluation.md": Page(DATA | MODEL | {"clips": "MY_CLIPS"}),
    "gallery.md": Page(
        {"other-results": "results", "idx": "index"},
        first=("svta eval --task moments --data streams --out moments-results",),
    ),
    "generation.md": Page(not_run=3),
    "importing.md": Page(drop=("clips",), ends=("clips/plan.json", "events/plan.json")),
    "loading.md": Page({"DIR": "dataset"}, before="import svta\nrank, world_size = 0, 1"),
    "moments.md": Page({"STREAMS": "streams", "DATASET": "dataset"}, before=OF_MOMENTS, not_run=1),
    "own-benchmark.md": Page(
        drop=("clips", "model", "results", "descriptions.jsonl"),
        first=(ROWS, "svta generate more.jsonl --out more-clips"),
    ),
    "paper.md": Page(drop=("clips",), not_run=1),
    "probes.md": Page(MODEL, drop=("results",), not_run=1, ends=("results/report.html",)),
    "publishing.md": Page(
        first=(
            "svta describe --source uca=UCFCrime_Test.json --out uca.jsonl",
            f"svta generate uca.jsonl --out uca-clips {' '.join(SMALL)}",
            "svta pack uca-clips --out svta-dataset",
        )
    ),
    "reports.md": Page(
        {"results-a": "results", "results-b": "results"},
        not_run=2,
        ends=("comparison.tex",),
    ),
    "search.md": Page(MODEL, drop=("index",), before="import svta", not_run=1, ends=("results.html",)),
    "serving.md": Page(not_run=2),
    "storyboard.md": Page(drop=("clips",), ends=("sheet.png",)),
    "taxonomy.md": Page(drop=("clips",), ends=("warehouse/SHA256SUMS",)),
    "training.md": Page({"DIR": "dataset", "clip.mp4": "MY_CLIPS/0.mp4"}, not_run=1),
    "tutorial.md": Page(
        drop=("descriptions.jsonl", "clips", "model", "results", "streams", "index"),
        not_run=1,
        ends=("results/report.html", "site/index.html", "index/manifest.json"),
    ),
}


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[str]]:
    """A process in which commands and code are forked, with a Hub of its own that holds nothing yet."""
    folder = tmp_path_factory.mktemp("hub")
    (folder / "store").mkdir()
    with loopback_hub(folder / "store") as hub:
        env = client_env(hub, folder / "hf") | {"OMP_NUM_THREADS": "1"}
        command = [sys.executable, fork_server.__file__, *SERVER]
        with subprocess.Popen(
            command, env=env, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdin
            yield process
            process.stdin.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, commands: subprocess.Popen[str]) -> Path:
    folder = tmp_path_factory.mktemp("world")
    runner = Runner(folder, commands)
    return make_world(folder, lambda *words: runner.command("svta", *map(str, words)))


@pytest.fixture
def chat() -> Iterator[ChatServer]:
    with ChatServer(lambda message, before: (200, "1. Two men in orange walk along the quay at noon.")) as server:
        yield server


def prepare(name: str, runner: Runner) -> None:
    """Files of a page's reader that no command writes."""
    folder = runner.folder
    if name == "descriptions.md":
        (folder / "decisions.jsonl").write_text("")
    elif name == "evaluation.md":
        (folder / "captions.csv").unlink()
        (folder / "my-captions.csv").rename(folder / "captions.csv")
    elif name == "reports.md":
        rows = [{"method": name, "t2v": [9.0, 5, 5, 5, 5], "v2t": [5.0 + len(name)] * 5} for name in ("a", "bb", "ccc")]
        tables = [{"name": name, "queries": 10, "rows": rows} for name in ("one", "two")]
        (folder / "tables.json").write_text(json.dumps({"tables": tables}))
    elif name == "storyboard.md":
        from PIL import Image

        Image.new("RGBA", (16, 32), (200, 60, 60, 255)).save(folder / "robot.png")
    elif name == "moments.md":
        truth = [json.loads(line) for line in (folder / "STREAMS/moments.jsonl").read_text().splitlines()]
        (folder / "highlight_val_release.jsonl").write_text((folder / "STREAMS/moments.jsonl").read_text())
        rows = [
            {"qid": row["qid"], "query": row["query"], "vid": row["vid"], "pred_relevant_windows": [[0.0, 4.0, 0.5]]}
            for row in truth
        ]
        (folder / "submission.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        video = {"n_frames": 300, "fps": 30.0, "clips": [[[1, 4]]], "clips_caption": [["A man in red runs."]]}
        (folder / "ucf_database_test.json").write_text(
            json.dumps({"Abuse001_x264": {**video, "label": ["Abuse"], "events": [[1, 4]]}})
        )
        runner.command("svta", "index", "STREAMS/videos", "--model", "model", "--out", "IDX")
    elif name in ("gallery.md", "loading.md"):
        runner.command("svta", "push", "dataset", "ns/name", "--tag", "v1.0")


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_blocks_run(
    page: Path, world: Path, commands: subprocess.Popen[str], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    blocks = [block for block in blocks_of(page) if block.kind in RUN and block.reason is None]
    if not blocks:
        pytest.skip(f"{page.name}: no block that can run")
    needs = NEEDS.get(page.name, Page())
    folder = copied(world, tmp_path / "work", needs.names)
    for part in needs.drop:
        shutil.rmtree(folder / part) if (folder / part).is_dir() else (folder / part).unlink()
    runner = Runner(folder, commands, SMALLER | needs.replaced, needs.before, tuple(NOT_HERE))
    if page.name == "own-benchmark.md":
        server = request.getfixturevalue("chat")
        runner.replaced = {**SMALLER, "--chat URL": f"--chat {server.url} --category walking --per-category 1"}
    for command in needs.first:
        runner.command(*command.split())
    prepare(page.name, runner)
    for block in blocks_of(page):
        if block.file and block.kind not in RUN:
            (folder / block.file).unlink(missing_ok=True)  # a hard link: the world keeps its own
            (folder / block.file).write_text(block.body)
    for block in blocks:
        runner.run(block)
    assert not [name for name in needs.ends if not (folder / name).exists()]


def test_blocks_have_a_language_and_those_that_cannot_run_are_counted() -> None:
    for page in PAGES:
        blocks = blocks_of(page)
        text = page.read_text()
        assert len(re.findall(r"^ *```", text, re.MULTILINE)) == 2 * len(blocks), page.name
        odd = [block for block in blocks if block.kind not in (*RUN, *SHOWN) and not block.kind.startswith("{")]
        assert not odd, f"{page.name}: line {odd[0].line}: a block without a language"
        not_run = [block for block in blocks if block.reason is not None]
        assert len(not_run) == text.count("<!-- not run: ") == NEEDS.get(page.name, Page()).not_run, page.name
        assert all(block.kind in RUN and len(block.reason or "") > 8 for block in not_run), page.name


def test_every_page_stands_in_the_table_of_contents() -> None:
    listed = re.findall(r"^([\w-]+)$", "".join(b.body for b in blocks_of(DOCS / "index.md")), re.MULTILINE)
    assert sorted(listed) == sorted(page.stem for page in DOCS.glob("*.md") if page.stem != "index")
