"""`svta eval`: rank a test set's clips with a model and leave figures, ranks and a page behind.

svta eval --data DIR --split test --model CKPT --out results
svta eval --data ucfcrime-ar=ucf_crime_test.xlsx --videos UCF/ --model openai/clip-vit-base-patch32 --zero-shot
svta eval --task moments --data moments.jsonl --predictions submission.jsonl --out results
svta eval --task moments --data streams --index index --out results
svta eval --probes probes --model checkpoint --out results
svta eval --repeat results
"""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from svta.cli.floors import check_floors, parse_floor
from svta.cli.options import refuse_others

if TYPE_CHECKING:
    from svta.eval.moments.evaluate import Predict
    from svta.eval.moments.result import MomentsConfig
    from svta.eval.retrieval.config import EvalConfig
    from svta.eval.retrieval.evaluate import RunMteb
    from svta.eval.retrieval.result import EvalResult

_MOMENTS = "Moments"
_PROBES = "Probes"
_SET, _MODEL, _OFFICIAL, _FIGURES, _RUN = "Test set", "Model", "Official checkpoint", "Figures", "Output and speed"


def _option(panel: str, help: str, *names: str, **more: Any) -> Any:
    return typer.Option(*names, help=help, rich_help_panel=panel, **more)


Data = Annotated[
    str | None,
    _option(
        _SET,
        "A dataset folder or Hub repo ns/name[@revision]; or captions: ucfcrime-ar=FILE, oops=FILE, msrvtt-1ka=FILE, "
        "or any FILE.csv, .jsonl, .xlsx, with --videos. With --task moments: a folder of `svta streams`, lines of "
        "QVHighlights or TVR, hivau=FILE, hivau-events=FILE, uca=FILE, or any captions with times.",
    ),
]
Split = Annotated[str, _option(_SET, "train, validation, test or all.")]
Videos = Annotated[Path | None, _option(_SET, "The folder with the captions' videos (searched recursively).")]
Columns = Annotated[list[str] | None, _option(_SET, "FIELD=COLUMN of a table, e.g. caption=Text; may repeat.")]
KeepRepeats = Annotated[
    bool, _option(_SET, "Also count rows of a table that repeat another in every column.", "--keep-repeats")
]
FollowLinks = Annotated[bool, _option(_SET, "Also follow symbolic links below --videos.", "--follow-links")]
OwnTaxonomy = Annotated[
    Path | None, _option(_SET, "With captions and --videos: the taxonomy.json of their categories.", "--taxonomy")
]
DisjointFrom = Annotated[
    str | None, _option(_SET, "Training captions (dataset, JSONL, XLSX): test clips that leak from them are left out.")
]
Near = Annotated[
    float, _option(_SET, "With --disjoint-from: shared part (0 to 1) of three-word sequences that counts as a leak.")
]
Gallery = Annotated[int | None, _option(_SET, "Sample this many videos instead of taking all.", min=1)]
Captions = Annotated[str, _option(_SET, "all, or first: only one caption per video.")]
Seed = Annotated[int, _option(_SET, "Seed of the sampled gallery, shuffled frames and bootstrap.", min=0)]

Model = Annotated[
    str | None, _option(_MODEL, "A model folder, a Hub id, or mteb:NAME: what `svta train` wrote, CLIP ...")
]
NumFrames = Annotated[int | None, _option(_MODEL, "Frames per clip; default: the model's.", min=1)]
Sampling = Annotated[str | None, _option(_MODEL, "uniform, or official (one frame per second).")]
Resize = Annotated[
    str,
    _option(
        _MODEL,
        "exact: like the model's own processor (`svta train`: as in training); "
        "fast: libswscale, values (0 to 255) differ by up to 31.",
    ),
]
Plugins = Annotated[list[Path] | None, _option(_MODEL, "Your Python file with @register_encoder.", "--plugin")]
Trust = Annotated[bool, _option(_MODEL, "Run code that comes with a model.", "--trust-remote-code")]
QueryInstruction = Annotated[str | None, _option(_MODEL, "Instruction before captions, instead of the model's own.")]
DocumentInstruction = Annotated[str | None, _option(_MODEL, "Instruction for videos, instead of the model's own.")]

Baseline = Annotated[str | None, _option(_OFFICIAL, "With --checkpoint: clip4clip, xclip or gram.")]
Checkpoint = Annotated[str | None, _option(_OFFICIAL, "Official .bin or .pt file, or a saved folder.")]
Head = Annotated[str | None, _option(_OFFICIAL, "Head of clip4clip: meanP, seqLSTM, seqTransf or tightTransf.")]
Tokenizer = Annotated[
    str | None, _option(_OFFICIAL, "Tokenizer of an official file; default: CLIP's or BERT's Hub id.")
]
Vision = Annotated[str | None, _option(_OFFICIAL, "Frame tower of an official GRAM file: a CLIP folder.")]
MaxWords = Annotated[int | None, _option(_OFFICIAL, "Words per caption that an official file was trained with.", min=3)]

TiesRule = Annotated[str, _option(_FIGURES, "expected, optimistic, pessimistic, or official (as the papers count).")]
Controls = Annotated[bool, _option(_FIGURES, "Add chance, colours, one frame and shuffled frames.", "--controls")]
Rivals = Annotated[
    list[str] | None, _option(_FIGURES, "NAME=DIR: another model on the gallery; may repeat.", "--rival")
]
ZeroShot = Annotated[bool, _option(_FIGURES, "Add anomaly classification and detection.", "--zero-shot")]
Rerank = Annotated[str | None, _option(_FIGURES, "A model that scores pairs (BLIP-2, GRAM, a VL reranker), or `self`.")]
RerankTop = Annotated[int, _option(_FIGURES, "Candidates per query for --rerank.", min=1)]
DualSoftmax = Annotated[
    bool, _option(_FIGURES, "Add figures that use all test queries at once (transductive).", "--dual-softmax")
]
ThroughMteb = Annotated[
    bool, _option(_FIGURES, "Also run mteb: its files in OUT/mteb, its R@K beside svta's.", "--mteb")
]
Minimum = Annotated[
    list[str] | None, _option(_FIGURES, "R@1=40 or v2t:R@5=60: exit 1 if the figure is lower; may repeat.", "--min")
]

Task = Annotated[str, _option(_MOMENTS, "retrieval of clips, or moments: when and in which video an event happens.")]
Predictions = Annotated[
    Path | None,
    _option(
        _MOMENTS,
        "With --task moments: a submission in the format of QVHighlights (.jsonl), TVR or TVR-Ranking (.json). "
        "Without it and --index, only the baselines are scored.",
    ),
]
MomentsIndex = Annotated[
    Path | None,
    _option(
        _MOMENTS,
        "With --task moments: an index of the test set's videos (`svta index`), which is searched for every query; "
        "--model where its encoder was moved.",
        "--index",
    ),
]
Protocol = Annotated[
    str | None,
    _option(_MOMENTS, "qvhighlights, tvr or tvr-ranking; default: that of the predictions."),
]

Probes = Annotated[
    str | None,
    _option(
        _PROBES,
        "Score minimal sets: a folder of `svta probes`, or a CSV in Vinoground's format with --videos.",
        "--probes",
    ),
]

Repeat = Annotated[
    Path | None,
    _option(
        _RUN,
        "Run the evaluation in this folder again and compare: exit 1 and the figures where some differ. Paths, device "
        "and --plugin may be given anew, other settings not.",
    ),
]
Out = Annotated[Path | None, _option(_RUN, "Write metrics, ranks and report.html into this folder.")]
Name = Annotated[str | None, _option(_RUN, "The name of this run in reports.")]
Cache = Annotated[Path | None, _option(_RUN, "Keep embeddings here; a killed run resumes.")]
Device = Annotated[str | None, _option(_RUN, "cpu, cuda ...; default: a GPU if there is one.")]
Dtype = Annotated[str | None, _option(_RUN, "float32, float16 or bfloat16.")]
Compiled = Annotated[bool, _option(_RUN, "torch.compile the model's layers.", "--compile")]
Threads = Annotated[int | None, _option(_RUN, "CPU threads; default: one per core.", min=1)]
AsJson = Annotated[bool, _option(_RUN, "Print only JSON on stdout.", "--json")]

# the parameters that the other tasks read; what else is given with them is wrong use
_INDEX_OPTIONS = frozenset({"model", "plugin", "device"})
_MOMENTS_OPTIONS = _INDEX_OPTIONS | {
    "task", "data", "videos", "predictions", "index", "protocol", "out", "seed", "name", "as_json",
}  # fmt: skip
_PROBES_OPTIONS = frozenset({
    "probes", "videos", "model", "baseline", "head", "checkpoint", "tokenizer", "vision", "max_words", "num_frames",
    "sampling", "resize", "seed", "plugin", "trust", "query_instruction", "document_instruction", "name", "device",
    "dtype", "compiled", "threads", "out", "as_json",
})  # fmt: skip


def command(
    context: typer.Context,
    data: Data = None,
    model: Model = None,
    split: Split = "test",
    out: Out = None,
    videos: Videos = None,
    columns: Columns = None,
    keep_repeats: KeepRepeats = False,
    follow_links: FollowLinks = False,
    taxonomy: OwnTaxonomy = None,
    disjoint_from: DisjointFrom = None,
    near: Near = 0.6,
    baseline: Baseline = None,
    head: Head = None,
    checkpoint: Checkpoint = None,
    tokenizer: Tokenizer = None,
    vision: Vision = None,
    max_words: MaxWords = None,
    num_frames: NumFrames = None,
    sampling: Sampling = None,
    resize: Resize = "exact",
    gallery: Gallery = None,
    captions: Captions = "all",
    seed: Seed = 0,
    ties: TiesRule = "expected",
    zero_shot: ZeroShot = False,
    rerank: Rerank = None,
    rerank_top: RerankTop = 50,
    dual_softmax: DualSoftmax = False,
    through_mteb: ThroughMteb = False,
    controls: Controls = False,
    rival: Rivals = None,
    minimum: Minimum = None,
    cache: Cache = None,
    plugin: Plugins = None,
    trust: Trust = False,
    query_instruction: QueryInstruction = None,
    document_instruction: DocumentInstruction = None,
    name: Name = None,
    device: Device = None,
    dtype: Dtype = None,
    compiled: Compiled = False,
    threads: Threads = None,
    task: Task = "retrieval",
    predictions: Predictions = None,
    index: MomentsIndex = None,
    protocol: Protocol = None,
    probes: Probes = None,
    repeat: Repeat = None,
    as_json: AsJson = False,
) -> None:
    """Measure text-to-video and video-to-text retrieval (R@1, R@5, R@10, median and mean rank), or moments.

    Several GPUs: accelerate launch -m svta eval ... with the same options.

    Example: svta eval --data svta --model checkpoint --controls --out results
    """
    from svta.builder.sources.columns import parse_columns
    from svta.eval.moments.result import MomentsConfig
    from svta.eval.retrieval.config import EvalConfig

    if task not in ("retrieval", "moments"):
        raise typer.BadParameter(f"{task!r}: must be retrieval or moments", param_hint="--task")
    if task == "moments":
        refuse_others(context, "--task moments", _MOMENTS_OPTIONS)
        if data is None:
            raise typer.BadParameter("truth is needed: a folder of streams or an annotation file", param_hint="--data")
        if index is None:
            refuse_others(context, "--task moments without --index", _MOMENTS_OPTIONS - _INDEX_OPTIONS)
        elif predictions is not None:
            raise typer.BadParameter("one of them: whose moments are scored?", param_hint="--predictions, --index")
        beside = _scenes(data, videos, seed)
        answers = None
        if index is not None:
            answers, frames = _answers(index, model, plugin or [], device)
            beside |= {"one frame": frames}
        _moments(MomentsConfig(data, predictions, protocol, seed, name), answers, beside, out, as_json)
        return
    if predictions is not None or index is not None or protocol is not None:
        raise typer.BadParameter("goes with --task moments", param_hint="--predictions, --index, --protocol")
    named = parse_columns(None, None, columns)
    minimums = [parse_floor(text) for text in minimum or []]
    config = EvalConfig(
        data=probes or data or "", split=split, videos=videos, columns=tuple(f"{k}={v}" for k, v in named.items()),
        keep_repeats=keep_repeats, follow_links=follow_links, taxonomy=None if videos is None else taxonomy,
        disjoint_from=disjoint_from, near=near, gallery=gallery, captions=captions,
        seed=seed, model=model, baseline=baseline, checkpoint=checkpoint, head=head,
        tokenizer=tokenizer, vision=vision, max_words=max_words, plugins=tuple(plugin or ()), trust_remote_code=trust,
        query_instruction=query_instruction, document_instruction=document_instruction, num_frames=num_frames,
        sampling=cast(Any, sampling), resize=cast(Any, resize), ties=ties, controls=controls,
        rivals=dict(map(_pair, rival or ())), zero_shot=zero_shot,
        rerank=rerank, rerank_top=rerank_top, dual_softmax=dual_softmax, name=name, cache=cache, device=device,
        dtype=dtype, compile=compiled, threads=threads,
    )  # fmt: skip
    if probes is not None:
        refuse_others(context, "--probes", _PROBES_OPTIONS)
        _probes(config, out, as_json)
        return
    if repeat is not None:
        _repeat(repeat, config, out, as_json)
        return
    if data is None:
        raise typer.BadParameter("a dataset or captions are needed", param_hint="--data")
    result = _evaluate(config, out, through_mteb)
    if result is not None:
        _emit(result, out, as_json)
        check_floors(minimums, result.metrics)


def _scenes(data: str, videos: Path | None, seed: int) -> dict[str, Predict]:
    """The baseline of cuts, where there are videos: --videos, or those of a folder of streams."""
    from svta.eval.moments.baselines import scenes

    folder = videos or Path(data) / "videos"
    if videos is None and not folder.is_dir():
        return {}
    return {"cuts": lambda truth: scenes(truth, folder, seed)}


def _answers(folder: Path, model: str | None, plugins: list[Path], device: str | None) -> tuple[Predict, Predict]:
    """Searches an index for the queries of a test set; the same with one frame a window."""
    from svta.cli.console import note
    from svta.eval.encoders.registry import load_plugin
    from svta.eval.search.index import open_index
    from svta.eval.search.indexing.model import DRAWN_NOTE, is_drawn_only
    from svta.eval.search.predictions import one_frame, predicted_moments

    for plugin in plugins:
        load_plugin(plugin)
    if is_drawn_only(folder):
        note(f"note: {DRAWN_NOTE}")
    index = open_index(folder, model=model, device=device)
    return partial(predicted_moments, index), one_frame(index)


def _moments(
    config: MomentsConfig, predict: Predict | None, controls: dict[str, Predict], out: Path | None, as_json: bool
) -> None:
    from svta.cli.console import emit, note
    from svta.eval.moments.evaluate import evaluate_moments
    from svta.eval.retrieval.result import to_json

    result = evaluate_moments(config, out, predict, controls, on_missing=note)
    emit(to_json(result), as_json=as_json, text=result.text())


def _probes(config: EvalConfig, out: Path | None, as_json: bool) -> None:
    from svta.builder.io.files import write_text
    from svta.cli.console import emit, note, progress, quiet_hub, quiet_torchao
    from svta.eval.probes.evaluate import evaluate_probes
    from svta.eval.reports.probes_page import render_probes
    from svta.eval.retrieval.evaluate import Watch
    from svta.eval.retrieval.result import to_json

    quiet_hub()
    quiet_torchao()
    result = evaluate_probes(config, config.videos, out, watch=Watch(progress, note))
    values = to_json(result)
    if out is not None:
        write_text(out / "report.html", render_probes([values]))
    emit(values, as_json=as_json, text=result.text() + ("" if out is None else f"\n-> {out}, {out / 'report.html'}"))


def _repeat(folder: Path, given: EvalConfig, out: Path | None, as_json: bool) -> None:
    """Run the evaluation in `folder` again; exit 1 where a figure differs, with every such figure on stdout."""
    from svta.cli.app import CheckFailed
    from svta.cli.console import emit
    from svta.eval.retrieval.repeat import changed_settings, changed_surroundings, compare_results, repeated_config
    from svta.eval.retrieval.results_folder import read_results

    before = read_results(folder)
    config, with_mteb = repeated_config(folder, changed_settings(given))
    now = _evaluate(config, out, with_mteb)
    if now is None:
        return
    differences, elsewhere = compare_results(before, now), changed_surroundings(before, now)
    lines = [f"{folder}: {before.name}, {before.metrics.num_captions:,} captions, run again: "]
    lines[0] += "these figures differ" if differences else "every figure and rank is the same"
    lines += [f"  {difference}" for difference in differences]
    lines += [f"  run otherwise: {change}" for change in elsewhere]
    values = {
        "equal": not differences,
        "differences": [vars(difference) for difference in differences],
        "run_otherwise": [vars(change) for change in elsewhere],
    }
    emit(values, as_json=as_json, text="\n".join(lines))
    if differences:
        raise CheckFailed(f"{folder}: {len(differences):,} figures differ")


def _evaluate(config: EvalConfig, out: Path | None, through_mteb: bool) -> EvalResult | None:
    """The result, written to `out`; None in all but the first process of a launch, which speaks for all."""
    from svta.cli.console import note, progress, quiet_hub, quiet_torchao
    from svta.eval import distributed
    from svta.eval.reports.page import write_report
    from svta.eval.retrieval.evaluate import Watch, evaluate
    from svta.eval.retrieval.results_folder import open_results

    config.check()
    run_mteb = _mteb(config, out) if through_mteb else None  # names the extra before anything is embedded
    quiet_hub()
    quiet_torchao()
    is_first = distributed.place()[0] == 0
    with open_results(out) if out is not None and is_first else nullcontext() as write:
        result = evaluate(config, watch=Watch(progress, note), run_mteb=run_mteb)
        distributed.finish()
        if out is not None and write is not None:
            write(result)
            write_report([out], out / "report.html")
    return result if is_first else None


def _mteb(config: EvalConfig, out: Path | None) -> RunMteb:
    from svta.eval.mteb.evaluate import evaluate_with_mteb

    return partial(
        evaluate_with_mteb,
        split=config.split,
        name=config.model or config.label,
        out=None if out is None else out / "mteb",
    )


def _emit(result: EvalResult, out: Path | None, as_json: bool) -> None:
    from svta.cli.console import emit, note, tell_loss
    from svta.eval.reports.text import result_text

    metrics = result.metrics
    for item in metrics.unreadable:
        note(f"not readable, not in the gallery: {item.key}: {item.reason}")
    emit(result.to_dict(), as_json=as_json, text=result_text(result, out))
    lost = len(metrics.unreadable) + len(metrics.missing or ()) + len(metrics.rejected_rows or ())
    tell_loss(metrics.num_captions, lost, "the list above" if out is None else out / "metrics.json")


def _pair(text: str) -> tuple[str, str]:
    label, equals, folder = text.partition("=")
    if not (equals and label and folder):
        raise typer.BadParameter(f"{text!r}: must look like single-frame=CHECKPOINT", param_hint="--rival")
    return label, folder
