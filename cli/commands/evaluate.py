"""`svta eval`: rank a test set's clips with a model and leave figures, ranks and a page behind.

svta eval --data DIR --split test --model CKPT --out results
svta eval --data ucfcrime-ar=ucf_crime_test.xlsx --videos UCF/ --model openai/clip-vit-base-patch32 --zero-shot
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from svta.cli.floors import check_floors, parse_floor
from svta.eval.reports.text import result_text
from svta.eval.retrieval.caption_sets import EvalData, find_training_leaks, read_data

if TYPE_CHECKING:
    from svta.eval.retrieval.ranking import Ranking


def command(
    data: Annotated[
        str,
        typer.Option(
            help="A dataset folder or Hub repo ns/name[@revision]; or captions: ucfcrime-ar=FILE, oops=FILE, "
            "msrvtt-1ka=FILE, or any FILE.csv, .jsonl, .xlsx, with --videos."
        ),
    ],
    model: Annotated[
        str | None, typer.Option(help="A model folder, a Hub id, or mteb:NAME: what `svta train` wrote, CLIP ...")
    ] = None,
    split: Annotated[str, typer.Option(help="train, validation, test or all.")] = "test",
    out: Annotated[Path | None, typer.Option(help="Write metrics, ranks and report.html into this folder.")] = None,
    videos: Annotated[Path | None, typer.Option(help="The folder below which the captions' videos lie.")] = None,
    columns: Annotated[list[str] | None, typer.Option(help="caption=NAME, video=NAME of a table; may repeat.")] = None,
    disjoint_from: Annotated[
        str | None,
        typer.Option(help="Training captions (dataset, JSONL, XLSX): what leaks from them is left out."),
    ] = None,
    near: Annotated[float, typer.Option(help="--disjoint-from: share of three-word runs that is a leak.")] = 0.6,
    baseline: Annotated[str | None, typer.Option(help="With --checkpoint: clip4clip, xclip or gram.")] = None,
    head: Annotated[str | None, typer.Option(help="meanP, seqLSTM, seqTransf, tightTransf (clip4clip).")] = None,
    checkpoint: Annotated[str | None, typer.Option(help="Official .bin or .pt file, or a saved folder.")] = None,
    tokenizer: Annotated[str | None, typer.Option(help="Of an official file; default CLIP's or BERT's Hub id.")] = None,
    vision: Annotated[str | None, typer.Option(help="Frame tower of an official GRAM file: a CLIP folder.")] = None,
    max_words: Annotated[int | None, typer.Option(min=3, help="Words an official file was trained on.")] = None,
    num_frames: Annotated[int | None, typer.Option(min=1, help="Frames a clip; default: the model's.")] = None,
    sampling: Annotated[str | None, typer.Option(help="uniform, or official (one frame a second).")] = None,
    gallery: Annotated[int | None, typer.Option(min=1, help="Draw this many clips instead of taking all.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Draws the gallery, shuffles frames, resamples.")] = 0,
    ties: Annotated[
        str, typer.Option(help="expected, optimistic, pessimistic, or official (as the papers count).")
    ] = "expected",
    zero_shot: Annotated[bool, typer.Option("--zero-shot", help="Add anomaly classification and detection.")] = False,
    rerank: Annotated[
        str | None, typer.Option(help="A model that scores pairs (BLIP-2, GRAM, a VL reranker), or `self`.")
    ] = None,
    rerank_top: Annotated[int, typer.Option(min=1, help="Candidates a query for --rerank.")] = 50,
    dual_softmax: Annotated[
        bool, typer.Option("--dual-softmax", help="Add figures that use all test queries at once (transductive).")
    ] = False,
    through_mteb: Annotated[
        bool, typer.Option("--mteb", help="Run the same through mteb too: its files in OUT/mteb, its R@K beside ours.")
    ] = False,
    controls: Annotated[
        bool, typer.Option("--controls", help="Add chance, colours, one frame and shuffled frames.")
    ] = False,
    rival: Annotated[
        list[str] | None, typer.Option(help="NAME=DIR: another model on the same gallery; may repeat.")
    ] = None,
    minimum: Annotated[
        list[str] | None, typer.Option("--min", help="R@1=40 or v2t:R@5=60: exit 1 below it; may repeat.")
    ] = None,
    cache: Annotated[Path | None, typer.Option(help="Keep embeddings here; a killed run goes on.")] = None,
    plugin: Annotated[list[Path] | None, typer.Option(help="Your Python file with @register_encoder.")] = None,
    trust: Annotated[bool, typer.Option("--trust-remote-code", help="Run code that comes with a model.")] = False,
    query_instruction: Annotated[str | None, typer.Option(help="Instead of the model's own, before captions.")] = None,
    document_instruction: Annotated[str | None, typer.Option(help="Instead of the model's own, for videos.")] = None,
    name: Annotated[str | None, typer.Option(help="What the report calls this run.")] = None,
    device: Annotated[str | None, typer.Option(help="cpu, cuda ...; default: a GPU where there is one.")] = None,
    dtype: Annotated[str | None, typer.Option(help="float32, float16 or bfloat16.")] = None,
    compiled: Annotated[bool, typer.Option("--compile", help="torch.compile the model's layers.")] = False,
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads; default one a core.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on stdout and nothing else.")] = False,
) -> None:
    """Measure text-to-video and video-to-text retrieval: R@1, R@5, R@10, median and mean rank.

    Several GPUs: accelerate launch -m svta eval ... with the same options.

    Example: svta eval --data svta --model checkpoint --controls --out results
    """
    floors = [parse_floor(text) for text in minimum or []]
    if not 0 < near < float("inf"):
        raise typer.BadParameter(f"{near}: a share above 0; above 1 turns it off", param_hint="--near")
    rivals = dict(_pair(text) for text in rival or [])
    _check_choice(model, baseline, checkpoint, {"--head": head, "--tokenizer": tokenizer, "--vision": vision})
    if sampling not in (None, "uniform", "official"):
        raise typer.BadParameter(f"{sampling!r}: uniform or official", param_hint="--sampling")
    if out is not None:
        from svta.builder.layout.guards import keep_out

        keep_out(out, kind="folder")
    if through_mteb:
        from svta.eval.mteb.evaluate import evaluate_with_mteb  # names the extra before anything is embedded
    source = read_data(data, split, videos, columns)
    if threads is not None:
        import torch

        torch.set_num_threads(threads)

    from svta.cli.console import emit, note, progress, quiet_hub, quiet_torchao
    from svta.eval import distributed
    from svta.eval.embeddings import embed as embedding
    from svta.eval.encoders.base import EncoderError
    from svta.eval.encoders.hub_files import TRUSTED
    from svta.eval.encoders.registry import load_encoder, load_plugin, load_reranker
    from svta.eval.metrics.retrieval import check_ties
    from svta.eval.reports.results import without_nan
    from svta.eval.retrieval.gallery import draw_gallery
    from svta.eval.retrieval.ranking import rank_clips
    from svta.eval.retrieval.summary import rejected_before, rounded, summarise

    quiet_hub()
    quiet_torchao()
    TRUSTED.set(trust)
    rule = check_ties(ties)
    for file in plugin or []:
        load_plugin(file)
    place: dict[str, Any] = {"device": device, "dtype": dtype}
    if model is not None:
        encoder: Any = load_encoder(model, **place)
    else:
        from svta.eval.baselines.checkpoints import load_checkpoint

        sizes: dict[str, Any] = {"max_frames": num_frames, "max_words": max_words}
        encoder = load_checkpoint(
            str(baseline), str(checkpoint), head=head, tokenizer=tokenizer, vision=vision, **sizes, **place
        )
    _instruct(encoder, query_instruction, document_instruction)
    judge = None if rerank is None else encoder if rerank == "self" else load_reranker(rerank, **place)
    if judge is not None and not judge.scores_pairs:
        raise EncoderError(f"--rerank self: {type(encoder).__name__} scores no pairs; name a model that does")
    others = {label: load_encoder(where, **place) for label, where in rivals.items()}
    if compiled and not embedding.compile_blocks(encoder.torch_module):
        note("--compile: this encoder holds no torch module in `model`; it runs as it is")
    frames = _frames(encoder, num_frames, sampling)
    dataset = source.open(encoder, **frames)
    positions = list(range(len(dataset)))
    leaks: dict[str, Any] | None = None
    if disjoint_from is not None:
        leaks, positions = _leaks(dataset, disjoint_from, near)
    positions = [positions[i] for i in draw_gallery(len(positions), gallery, seed)]
    with progress("embedding") as bar:
        done = [0]

        def on_clips(count: int) -> None:
            done[0] += count
            bar(done[0], len(positions))

        ranking = rank_clips(
            encoder,
            dataset,
            positions,
            ties=rule,
            with_controls=controls,
            seed=seed,
            colours=_colours(encoder, dataset, source) if controls else None,
            rivals=others,
            cache=cache,
            on_clips=on_clips,
        )
    label = name or (Path(model).name if model is not None else f"{baseline} {Path(str(checkpoint)).name}")
    metrics = summarise(ranking, seed=seed)
    metrics["rejected_before"] = rejected_before(dataset)
    metrics["trained_on_gallery"] = source.folder is None and _trained_on(model or str(checkpoint), dataset, data)
    metrics |= {"missing": source.missing, "rejected_rows": source.rejected} if source.folder is not None else {}
    if leaks is not None:
        metrics["leaks"] = {key: value for key, value in leaks.items() if key != "clips"}
    if zero_shot:
        from svta.eval.retrieval.zero_shot import classify

        metrics["zero_shot"] = classify(encoder, ranking.video, dataset.taxonomy, ranking.clips)
    if rerank is not None:
        again = _reranked(
            encoder, judge, ranking, source.open(judge, **_frames(judge, None, sampling)), rerank_top, ties
        )
        metrics["reranked"] = {"model": Path(rerank).name, **rounded(again)}
    if dual_softmax:
        from svta.eval.retrieval.reranking import dual_softmax_metrics

        scores = embedding.score_matrix(encoder, ranking.text, ranking.video)
        metrics["dual_softmax"] = rounded(dual_softmax_metrics(scores, ties=rule))
    metrics = without_nan(metrics)
    config: dict[str, Any] = {
        "name": label,
        "data": source.name,
        "dataset": dataset.fingerprint,
        "split": split,
        "model": Path(model if model is not None else str(checkpoint)).name,
        **({} if baseline is None else {"baseline": baseline, "head": head}),
        "gallery": gallery,
        "seed": seed,
        "ties": ties,
        "dtype": dtype or "float32",
        "disjoint_from": None if disjoint_from is None else Path(disjoint_from).name,
        "frames": {"num_frames": dataset.num_frames, "size": dataset.size, "sampling": dataset.sampling},
    }
    is_first = distributed.place()[0] == 0
    distributed.finish()
    if not is_first:  # every process holds the same figures; the first one speaks
        return
    if through_mteb:
        metrics["mteb"] = evaluate_with_mteb(
            encoder,
            dataset,
            split,
            name=model or label,
            positions=ranking.positions,
            out=None if out is None else out / "mteb",
        )
    for item in metrics["unreadable"]:
        note(f"not readable, not in the gallery: {item['key']}: {item['reason']}")
    if out is not None:
        from svta.eval.reports.page import write_report
        from svta.eval.reports.results import write_results

        write_results(out, ranking, metrics, config, dataset, leaks)
        write_report([out], out / "report.html")
    emit({"config": config, **metrics}, as_json=as_json, text=result_text(label, metrics, out))
    check_floors(floors, metrics)


def _check_choice(model: str | None, baseline: str | None, checkpoint: str | None, more: dict[str, str | None]) -> None:
    """BadParameter unless exactly one way to name a model is used."""
    if (model is None) == (baseline is None) or (baseline is None) != (checkpoint is None):
        raise typer.BadParameter(
            "either --model DIR_OR_ID, or --baseline NAME with --checkpoint FILE", param_hint="--model"
        )
    given = [option for option, value in more.items() if value is not None]
    if model is not None and given:
        raise typer.BadParameter(f"{given[0]} goes with --baseline and --checkpoint", param_hint=given[0])


def _frames(encoder: Any, num_frames: int | None, sampling: str | None) -> dict[str, Any]:
    """What the user asked of the frames; a model made for so many frames takes no others."""
    fixed = encoder.num_frames
    if num_frames is not None and fixed not in (None, num_frames):
        raise typer.BadParameter(f"this model was made for {fixed} frames, not {num_frames}", param_hint="--num-frames")
    asked = {"num_frames": num_frames, "sampling": sampling}
    return {key: value for key, value in asked.items() if value is not None}


def _instruct(encoder: Any, query: str | None, document: str | None) -> None:
    """Give a model that takes instructions the user's own."""
    for option, own, text in (
        ("--query-instruction", encoder.query_instruction, query),
        ("--document-instruction", encoder.document_instruction, document),
    ):
        if text is not None and own is None:
            raise typer.BadParameter(f"{type(encoder).__name__} takes no instruction", param_hint=option)
    if query is not None:
        encoder.query_instruction = query
    if document is not None:
        encoder.document_instruction = document


def _leaks(dataset: Any, training: str, near: float) -> tuple[dict[str, Any], list[int]]:
    """(the leak report, positions of the clips that do not leak). Raises DatasetError when none is left."""
    from svta.builder.errors import DatasetError
    from svta.builder.leaks import disjoint_positions

    clips = [dataset.clip(i) for i in range(len(dataset))]
    report, rejected = find_training_leaks(clips, training, near)
    told = {"training": Path(training.rpartition("=")[2]).name, "training_rejected": rejected, "near": near}
    positions = disjoint_positions(clips, report)
    if not positions:
        raise DatasetError(f"--disjoint-from {training}: all {len(clips):,} captions leak from it, none is left")
    return told | report.as_dict(), positions


def _reranked(encoder: Any, judge: Any, ranking: Ranking, dataset: Any, top: int, ties: str) -> dict[str, Any]:
    """Figures after the judge's pair scores of the `top` best candidates, both ways."""
    from svta.builder.errors import DatasetError
    from svta.cli.console import progress
    from svta.eval.embeddings.embed import score_matrix
    from svta.eval.embeddings.frame_store import read_block
    from svta.eval.metrics.retrieval import check_ties
    from svta.eval.retrieval.reranking import rerank_both_ways

    def frames_of(numbers: Any) -> tuple[Any, Any]:
        block = read_block(dataset, [ranking.positions[number] for number in numbers])
        if block.unreadable:
            raise DatasetError(f"{block.unreadable[0][1]} (it was readable a moment ago)")
        return block.pixel_values, block.frame_mask

    scores = score_matrix(encoder, ranking.text, ranking.video)
    captions = [clip.caption for clip in ranking.clips]
    with progress("re-ranking") as bar:
        return rerank_both_ways(judge, captions, frames_of, scores, k=top, ties=check_ties(ties), on_pairs=bar)


def _trained_on(model: str, dataset: Any, data: str) -> bool:
    """Whether the gallery may hold clips this checkpoint was trained on, as far as its training.json tells."""
    import json

    from svta.builder.dataset.clip_dataset import open_dataset

    told = Path(model) / "training.json"
    if "train" not in dataset.splits or not told.is_file():
        return False
    try:
        trained_on = json.loads(told.read_bytes())["dataset"]
    except (ValueError, TypeError, KeyError):
        return False  # torn, or another tool's
    return bool(trained_on == open_dataset(data, "train").fingerprint)


def _colours(encoder: Any, dataset: Any, source: EvalData) -> Any:
    """The colour baseline fitted on at most 2,000 training clips; None with a note where that cannot be had fairly."""
    from svta.builder.errors import DatasetError
    from svta.cli.console import note
    from svta.eval.embeddings.frame_store import FrameStore
    from svta.eval.retrieval.controls import colour_model
    from svta.eval.retrieval.gallery import open_for

    if source.folder is not None or "train" in dataset.splits:
        why = "a folder of videos has no training clips" if source.folder else "the gallery holds the clips it needs"
        note(f"no colour baseline: {why}")
        return None
    try:
        return colour_model(FrameStore(open_for(encoder, source.data, "train", num_frames=4, size=64), limit=2_000))
    except DatasetError as error:
        note(f"no colour baseline: {error}")
        return None


def _pair(text: str) -> tuple[str, str]:
    label, equals, place = text.partition("=")
    if not (equals and label and place):
        raise typer.BadParameter(f"{text!r}: like single-frame=CHECKPOINT", param_hint="--rival")
    return label, place
