"""`svta eval`: rank a dataset's clips with a model and leave figures, ranks and a page behind.

svta eval --data DIR --split test --model CKPT --out results
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def command(
    data: Annotated[str, typer.Option(help="A dataset folder or Hub repo ns/name[@revision].")],
    model: Annotated[str, typer.Option(help="A model folder or Hub id: what `svta train` wrote, CLIP, SigLIP ...")],
    split: Annotated[str, typer.Option(help="train, validation, test or all.")] = "test",
    out: Annotated[Path | None, typer.Option(help="Write metrics, ranks and report.html into this folder.")] = None,
    gallery: Annotated[int | None, typer.Option(min=1, help="Draw this many clips instead of taking all.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Draws the gallery, shuffles frames, resamples.")] = 0,
    ties: Annotated[
        str, typer.Option(help="expected, optimistic, pessimistic, or official (as the papers count).")
    ] = "expected",
    controls: Annotated[
        bool, typer.Option("--controls", help="Add chance, colours, one frame and shuffled frames.")
    ] = False,
    rival: Annotated[
        list[str] | None, typer.Option(help="NAME=DIR: another model on the same gallery; may repeat.")
    ] = None,
    minimum: Annotated[
        list[str] | None, typer.Option("--min", help="R@1=40 or v2t:R@5=60: exit 1 below it; may repeat.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="What the report calls this run.")] = None,
    device: Annotated[str | None, typer.Option(help="cpu, cuda ...; default: a GPU where there is one.")] = None,
    dtype: Annotated[str | None, typer.Option(help="float32, float16 or bfloat16.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads; default one a core.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on stdout and nothing else.")] = False,
) -> None:
    """Measure text-to-video and video-to-text retrieval: R@1, R@5, R@10, median and mean rank.

    Example: svta eval --data svta --split test --model checkpoint --controls --min R@1=40 --out results
    """
    from svta.eval.metrics import check_ties

    floors = [_floor(text) for text in minimum or []]
    rivals = dict(_pair(text) for text in rival or [])
    check_ties(ties)
    if out is not None:
        from svta.builder.manifest import keep_out

        keep_out(out)
    if threads is not None:
        import torch

        torch.set_num_threads(threads)

    from svta.builder.dataset import open_dataset
    from svta.eval.encoders import load_encoder
    from svta.eval.retrieval import draw_gallery, open_for, rank_clips, rejected_before, summarise

    from .console import emit, note, progress

    draw_gallery(len(open_dataset(data, split)), gallery, seed)  # wrong data is told before a model is fetched
    encoder = load_encoder(model, device=device, dtype=dtype)
    dataset = open_for(encoder, data, split)
    positions = draw_gallery(len(dataset), gallery, seed)
    with progress("embedding") as bar:
        done = [0]

        def on_clips(count: int) -> None:
            done[0] += count
            bar(done[0], len(positions))

        ranking = rank_clips(
            encoder,
            dataset,
            positions,
            ties=check_ties(ties),
            with_controls=controls,
            seed=seed,
            colours=_colours(encoder, dataset, data) if controls else None,
            rivals={label: load_encoder(place, device=device, dtype=dtype) for label, place in rivals.items()},
            on_clips=on_clips,
        )
    metrics = summarise(ranking, seed=seed)
    metrics["rejected_before"] = rejected_before(dataset)
    metrics["trained_on_gallery"] = _trained_on(model, dataset, data)
    config: dict[str, Any] = {
        "name": name or Path(model).name,
        "data": Path(data).name,
        "dataset": dataset.fingerprint,
        "split": split,
        "model": Path(model).name,
        "gallery": gallery,
        "seed": seed,
        "ties": ties,
        "frames": {"num_frames": dataset.num_frames, "size": dataset.size, "sampling": dataset.sampling},
    }
    for item in metrics["unreadable"]:
        note(f"not readable, not in the gallery: {item['key']}: {item['reason']}")
    if out is not None:
        from svta.eval.report import write_report
        from svta.eval.results import write_results

        write_results(out, ranking, metrics, config, dataset)
        write_report([out], out / "report.html")
    emit({"config": config, **metrics}, as_json=as_json, text=_text(config["name"], metrics, out))
    _check(floors, metrics)


def _trained_on(model: str, dataset: Any, data: str) -> bool:
    """Whether the gallery may hold clips this checkpoint was trained on, as far as its training.json tells."""
    import json

    from svta.builder.dataset import open_dataset

    told = Path(model) / "training.json"
    if "train" not in dataset.splits or not told.is_file():
        return False
    return bool(json.loads(told.read_text()).get("dataset") == open_dataset(data, "train").fingerprint)


def _colours(encoder: Any, dataset: Any, data: str) -> Any:
    """The colour baseline fitted on at most 2,000 training clips; None with a note where that cannot be had fairly."""
    from svta.builder.errors import DatasetError
    from svta.eval.controls import colour_model
    from svta.eval.frames import FrameStore
    from svta.eval.retrieval import open_for

    from .console import note

    if "train" in dataset.splits:
        note("no colour baseline: the gallery holds the clips it would be fitted on")
        return None
    try:
        return colour_model(FrameStore(open_for(encoder, data, "train", num_frames=4, size=64), limit=2_000))
    except DatasetError as error:
        note(f"no colour baseline: {error}")
        return None


def _text(name: str, metrics: dict[str, Any], out: Path | None) -> str:
    columns = ("R@1", "R@5", "R@10", "MdR", "MnR")
    rows = [(name, metrics), *metrics["controls"].items()]
    width = max(len(label) for label, _ in rows)
    head = " ".join(f"{column:>6}" for column in columns)
    lines = [
        f"{metrics['gallery']:,} captions, {metrics['gallery']:,} clips, ties {metrics['ties']}",
        f"{'':{width}}  text to video{'':21} | video to text",
        f"{'':{width}}  {head} | {head}",
    ]
    for label, figures in rows:
        ways = [" ".join(f"{figures[way][column]:6.1f}" for column in columns) for way in ("t2v", "v2t")]
        lines.append(f"{label:{width}}  {' | '.join(ways)}")
    low, high = metrics["interval_95"]["t2v"]["R@1"]
    lines.append(f"95 % interval of text-to-video R@1: {low:.1f} to {high:.1f}")
    if twins := metrics["duplicates"]["captions_that_repeat"]:
        any_twin = metrics["duplicates"]["t2v_any_twin"]["R@1"]
        lines.append(f"{twins:,} captions repeat; any twin counted as right, R@1 is {any_twin:.1f}")
    if metrics["trained_on_gallery"]:
        lines.append("the gallery holds clips this model was trained on: these figures say nothing about new ones")
    if metrics["unreadable"]:
        lines.append(f"{len(metrics['unreadable']):,} clips could not be read and are not in the gallery")
    if metrics["rejected_before"]:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in metrics["rejected_before"].items())
        lines.append(f"left out when the dataset was packed, over all splits: {reasons}")
    if out is not None:
        lines.append(f"-> {out}/report.html")
    return "\n".join(lines)


def _floor(text: str) -> tuple[str, str, float]:
    """(way, figure, value) of `R@1=40` or `v2t:MdR=5`."""
    left, equals, value = text.partition("=")
    way, colon, figure = left.rpartition(":")
    way = way if colon else "t2v"
    try:
        limit = float(value)
    except ValueError:
        equals = ""
    if not equals or way not in ("t2v", "v2t") or figure not in ("R@1", "R@5", "R@10", "MdR", "MnR"):
        raise typer.BadParameter(f"{text!r}: like R@1=40 or v2t:MdR=5", param_hint="--min")
    return way, figure, limit


def _pair(text: str) -> tuple[str, str]:
    label, equals, place = text.partition("=")
    if not (equals and label and place):
        raise typer.BadParameter(f"{text!r}: like single-frame=CHECKPOINT", param_hint="--rival")
    return label, place


def _check(floors: list[tuple[str, str, float]], metrics: dict[str, Any]) -> None:
    """CheckFailed when a figure is worse than asked: below for R@K, above for ranks."""
    from .app import CheckFailed

    for way, figure, limit in floors:
        value = metrics[way][figure]
        if not (value >= limit if figure.startswith("R@") else value <= limit):
            raise CheckFailed(f"{way} {figure} is {value:.2f}, asked for {limit:g}")
