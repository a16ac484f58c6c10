"""`svta demo`: the main job end to end, on the embedded defaults: grammar, storyboard, tiny model. CPU alone, offline.

svta demo --out svta        # the dataset in svta/, everything it was made of and measured with in svta-demo/

Each stage reads and writes what the command of its name does, so a killed demo resumes where it stopped.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import redirect_stderr, suppress
from dataclasses import replace
from io import StringIO
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Annotated

import typer

from svta.builder.errors import SvtaError
from svta.cli.demo_folders import Demo, check_place
from svta.cli.options import AsJson
from svta.cli.outputs import FOLDER, writes

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from svta.builder.io.json_text import JsonObject
    from svta.eval.embeddings.frame_store import FrameStore

DEFAULT_CLIPS = 1500
NICE = 10  # of what is drawn beside the training
REAL = "ucfcrime-ar"
THREADS = 1  # small convolutions on two busy cores took four times the CPU time of one
LARGE_GALLERY = 500
TELLING_GALLERY = 50  # below it an R@1 of 0 is bad luck


@writes(out=FOLDER)
def command(
    out: Annotated[Path, typer.Option(help="The dataset folder to write; other files go to OUT-demo.")] = Path("svta"),
    clips: Annotated[int, typer.Option(min=10, help="Number of clips, all splits together.")] = DEFAULT_CLIPS,
    seed: Annotated[int, typer.Option(min=0, help="Another seed gives other captions and clips.")] = 0,
    workers: Annotated[int | None, typer.Option(min=1, help="Drawing processes; default: one per core.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write captions, draw, pack, verify, load, train and evaluate a model: a few minutes on two cores.

    Where SVTA_SHARED (default ../shared) holds the real UCFCrime-AR test captions, they are drawn and searched too.

    Example: svta demo --out svta
    """
    from svta.cli.app import CheckFailed
    from svta.cli.console import emit, note

    demo = Demo(out, clips, seed, workers, quiet=as_json)
    check_place(demo)
    make_dataset(demo)
    loaded = load(demo)
    drawing = get_context("spawn").Process(target=draw_aside, args=(demo,), daemon=True)
    drawing.start()
    found = train_and_measure(demo)
    real = measure_real_captions(demo, drawing)
    result = {
        "dataset": str(out),
        "clips": loaded,
        "seconds": {**demo.seconds, "all": round(sum(demo.seconds.values()), 1)},
        **found,
        "ucfcrime_ar": real,
    }
    emit(result, as_json=as_json, text=_text(demo, result))
    if not found["t2v"]["R@1"]:
        if found["gallery"] >= TELLING_GALLERY:
            raise CheckFailed("the model found nothing: R@1 is 0")
        note(
            f"a gallery of {found['gallery']} clips says nothing about a model; the default is --clips {DEFAULT_CLIPS}"
        )


def make_dataset(demo: Demo) -> None:
    """Captions -> clips -> dataset folder, verified."""
    from svta.builder.packing.config import PackConfig
    from svta.builder.packing.pack import pack
    from svta.builder.verify.folder import verify
    from svta.cli.app import CheckFailed
    from svta.cli.console import progress
    from svta.generation.captions.describe import DescribeConfig, describe

    descriptions = demo.work / "descriptions.jsonl"
    sets = demo.contrasts
    says = f"{demo.clips:,} captions, written by the grammar; {2 * sets:,} in pairs that differ only over time"
    with demo.stage("describe", says):
        describe(DescribeConfig(grammar=demo.clips - 2 * sets, contrasts=sets, seed=demo.seed), descriptions)
    with demo.stage("generate", "each drawn by the storyboard: 33 frames, 320x192, H.264"):
        generate(demo, descriptions, demo.work / "clips")
    with demo.stage("pack", f"tar shards, index, card, checksums -> {demo.out}"), progress("packing") as bar:
        pack(demo.work / "clips", demo.out, PackConfig(seed=demo.seed), on_shard=bar)
    with demo.stage("verify", "every member of every shard against the index"):
        checked = verify(demo.out)
    if not checked.ok:
        raise CheckFailed(f"{demo.out}: {checked.findings[0]}; see `svta verify {demo.out}`")


def generate(demo: Demo, descriptions: Path, clips: Path) -> None:
    """descriptions -> a clips folder, by the storyboard, as `svta generate` does it."""
    from svta.cli.commands.clips.generate import run_with_progress
    from svta.generation.backends.config import GenerateConfig
    from svta.generation.planning.request import plan_request

    config = GenerateConfig(num_frames=33, height=192, width=320, fps=16, seed=demo.seed)
    run_with_progress(plan_request(descriptions, config, clips_dir=clips).plan, clips, workers=demo.workers)


def load(demo: Demo) -> dict[str, int]:
    """How many clips load_dataset("svta") streams, by split."""
    from datasets import load_dataset

    import svta  # noqa: F401  registers the name

    with demo.stage("load", f'load_dataset("svta", data_dir="{demo.out}", streaming=True)'):
        streams = load_dataset("svta", data_dir=str(demo.out), streaming=True)
        return {split: sum(1 for _ in stream) for split, stream in streams.items()}


def train_and_measure(demo: Demo) -> JsonObject:
    """The tiny model trained on the train split, and both directions on unseen combinations of the test split."""
    import torch

    from svta.builder.dataset.clip_dataset import open_dataset
    from svta.eval.reports.page import write_report
    from svta.eval.retrieval.config import EvalConfig
    from svta.eval.retrieval.controls import colour_model
    from svta.eval.retrieval.evaluate import evaluate
    from svta.eval.retrieval.results_folder import write_results

    torch.set_num_threads(THREADS)
    results = demo.work / "results"
    train_clips = _train(demo)
    with demo.stage("eval", "text-to-video and video-to-text on combinations that no training caption contains"):
        config = EvalConfig(
            data=str(demo.out),
            model=str(demo.checkpoint),
            gallery=LARGE_GALLERY if len(open_dataset(demo.out, "test")) >= 2 * LARGE_GALLERY else None,
            seed=demo.seed,
            controls=True,
            rivals={"trained on one frame": str(demo.one_frame)},
            name="tiny on drawn clips",
        )
        result = evaluate(config, colours=colour_model(train_clips))
        write_results(results, result, replace=True)
        page = write_report([results], results / "report.html")
    values = result.to_dict()
    figures = {name: values.get(name) for name in ("gallery", "t2v", "v2t", "controls", "contrasts")}
    return {**figures, "checkpoint": str(demo.checkpoint), "report": str(page)}


def _train(demo: Demo) -> FrameStore:
    """Trains the tiny model, and beside it the same model on single frames; returns the decoded train split."""
    from svta.builder.dataset.clip_dataset import open_dataset
    from svta.builder.errors import first_line
    from svta.cli.app import CheckFailed
    from svta.cli.console import progress
    from svta.eval.embeddings.frame_store import FrameStore
    from svta.eval.training.factory import make_baseline, read_captions
    from svta.eval.training.loop import train
    from svta.eval.training.recipes import default_recipe

    one_frame = [sys.executable, "-m", "svta", "train", "--data", str(demo.out), "--out", str(demo.one_frame)]
    one_frame += ["--num-frames", "1", "--threads", str(THREADS), "--seed", str(demo.seed), "--json"]
    captions = read_captions(str(demo.out), "train")
    model = make_baseline("tiny", captions, seed=demo.seed)
    spec = model.trained_frames
    with subprocess.Popen(one_frame, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as rival:
        with demo.stage("decode", f"{spec.num_frames} frames of {spec.size}x{spec.size} a clip"):
            splits = [open_dataset(demo.out, split, **spec.as_dict()) for split in ("train", "validation")]
            stores = [FrameStore(split) for split in splits]
        size = sum(parameter.numel() for parameter in model.parameters()) / 1e6
        with demo.stage("train", f"a dual encoder of {size:.1f} M parameters from scratch, and one of one frame"):
            recipe = replace(default_recipe("tiny", "modern", len(captions)), seed=demo.seed)
            identity = {"baseline": "tiny", "dataset": splits[0].fingerprint}
            with progress("training") as bar:
                train(
                    model,
                    stores[0],
                    stores[1],
                    recipe,
                    demo.checkpoint,
                    identity=identity,
                    on_step=lambda step, n, _: bar(step, n),
                )
            _, problem = rival.communicate()
    if rival.returncode:
        last = problem.strip().rpartition("\n")[2]
        raise CheckFailed(f"training on one frame: {first_line(last)}")
    return stores[0]


def draw_aside(demo: Demo) -> None:
    """The real captions drawn while the model trains, on the core that it leaves idle."""
    os.nice(NICE)
    Thread(target=_end_with_parent, daemon=True).start()
    with redirect_stderr(StringIO()), suppress(SvtaError, KeyboardInterrupt):
        draw_real_captions(replace(demo, workers=1, quiet=True))  # what fails is done again by the waiting process


def _end_with_parent() -> None:
    """A killed demo leaves no drawing process behind."""
    if (parent := parent_process()) is not None:
        parent.join()
        os._exit(1)


def draw_real_captions(demo: Demo) -> None:
    """The real captions as clips, those that are not there yet; nothing if they are not available."""
    from svta.generation.captions.describe import DescribeConfig, describe

    if demo.real_captions is None:
        return
    home = demo.work / REAL
    describe(DescribeConfig(sources=(f"ucfcrime-ar={demo.real_captions}",)), home / "descriptions.jsonl")
    generate(demo, home / "descriptions.jsonl", home / "clips")


def measure_real_captions(demo: Demo, drawing: BaseProcess) -> JsonObject | None:
    """R@1 of the same model on the 290 real UCFCrime-AR test captions, drawn too; None if they are not available."""
    if demo.real_captions is None:
        return None
    from svta.builder.packing.config import PackConfig
    from svta.builder.packing.pack import pack
    from svta.eval.retrieval.config import EvalConfig
    from svta.eval.retrieval.evaluate import evaluate

    home = demo.work / REAL
    with demo.stage("real", "the real UCFCrime-AR test captions, drawn by the storyboard too"):
        drawing.join()  # even if it failed: what is missing is drawn now
        draw_real_captions(demo)
        pack(home / "clips", home / "dataset", PackConfig(splits="source"))
        metrics = evaluate(EvalConfig(data=str(home / "dataset"), model=str(demo.checkpoint))).metrics
    return {"gallery": metrics.gallery, "t2v": metrics.t2v, "v2t": metrics.v2t}


def _text(demo: Demo, result: JsonObject) -> str:
    """What the demo ends with: where things are, the figures beside the controls, what to try next."""
    from svta.cli.console import command_line

    rows = [("this model", result["t2v"]["R@1"], result["v2t"]["R@1"])]
    rows += [(name, ways["t2v"]["R@1"], ways["v2t"]["R@1"]) for name, ways in result["controls"].items()]
    width = max(len(name) for name, *_ in rows)
    lines = [
        "",
        f"dataset   {result['dataset']}: " + ", ".join(f"{n:,} {split}" for split, n in result["clips"].items()),
        f"measured  R@1 on {result['gallery']:,} drawn clips with combinations not seen in training",
        f"          {'':{width}}  text-to-video  video-to-text",
        *(f"          {name:{width}}  {t2v:13.1f}  {v2t:13.1f}" for name, t2v, v2t in rows),
    ]
    if apart := result["contrasts"]:
        ways_apart = [("this model", apart), *apart["controls"].items()]
        lines += [
            f"in time   R@1 within {apart['sets']:,} pairs of the same people and place that differ only over time "
            f"(chance {apart['chance']:.1f})",
            *(f"          {name:{width}}  {w['t2v']['R@1']:13.1f}  {w['v2t']['R@1']:13.1f}" for name, w in ways_apart),
        ]
    if real := result["ucfcrime_ar"]:
        t2v, v2t, chance = real["t2v"]["R@1"], real["v2t"]["R@1"], 100 / real["gallery"]
        lines += [
            f"real      {real['gallery']} UCFCrime-AR test captions, drawn too: R@1 {t2v:.1f} text-to-video, "
            f"{v2t:.1f} video-to-text (chance {chance:.1f})"
        ]
    lines += [
        f"report    {result['report']}",
        f"took      {result['seconds']['all']:.0f} s: "
        + ", ".join(f"{name} {seconds:.0f}" for name, seconds in result["seconds"].items() if name != "all"),
        "next      " + command_line("info", storyboard_sheet="categories.png"),
        "          " + command_line("eval", data=demo.out, split="validation", model=demo.checkpoint, out="results"),
        "          " + command_line("import", videos="YOUR_CLIPS", annotations="YOUR_CAPTIONS.csv", out="clips"),
    ]
    return "\n".join(lines)
