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
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from svta.cli import eval_options
from svta.cli.eval_options import FIGURES, MOMENTS, PROBES, RUN, Options, option
from svta.cli.floors import check_floors, parse_floor
from svta.cli.options import options_from, refuse_others
from svta.cli.outputs import FOLDER, writes

if TYPE_CHECKING:
    from svta.eval.moments.evaluate import Predict
    from svta.eval.retrieval.config import EvalConfig
    from svta.eval.retrieval.evaluate import RunMteb
    from svta.eval.retrieval.result import EvalResult

# the parameters that the other tasks read; what else is given with them is wrong use
_INDEX_OPTIONS = frozenset({"model", "plugins", "device"})
_MOMENTS_OPTIONS = _INDEX_OPTIONS | {
    "task", "data", "videos", "predictions", "index", "protocol", "out", "seed", "name", "as_json", "replaced",
}  # fmt: skip
_PROBES_OPTIONS = frozenset({
    "probes", "videos", "model", "baseline", "head", "checkpoint", "tokenizer", "vision", "max_words", "num_frames",
    "sampling", "resize", "seed", "plugins", "trust_remote_code", "query_instruction", "document_instruction", "name",
    "device", "dtype", "compile", "threads", "out", "as_json", "replaced",
})  # fmt: skip


@dataclass(frozen=True)
class _Moments:
    """Whose moments are scored, and by which rules."""

    predictions: Path | None = None
    index: Path | None = None
    protocol: str | None = None


def _moments_options(
    predictions: Annotated[
        Path | None,
        option(
            MOMENTS,
            "With --task moments: a submission in the format of QVHighlights (.jsonl), TVR or TVR-Ranking (.json). "
            "Without it and --index, only the baselines are scored.",
        ),
    ] = None,
    index: Annotated[
        Path | None,
        option(
            MOMENTS,
            "With --task moments: an index of the test set's videos (`svta index`), which is searched for every "
            "query; --model where its encoder was moved.",
        ),
    ] = None,
    protocol: Annotated[
        str | None, option(MOMENTS, "qvhighlights, tvr or tvr-ranking; default: that of the predictions.")
    ] = None,
) -> _Moments:
    return _Moments(predictions, index, protocol)


@writes(out=FOLDER)
@options_from(
    test_set=eval_options.test_set, encoder=eval_options.encoder, figures=eval_options.figures,
    running=eval_options.running, moments=_moments_options,
)  # fmt: skip
def command(
    context: typer.Context,
    *,
    test_set: Options,
    encoder: Options,
    figures: Options,
    through_mteb: Annotated[
        bool, option(FIGURES, "Also run mteb: its files in OUT/mteb, its R@K beside svta's.", "--mteb")
    ] = False,
    minimum: Annotated[
        list[str] | None,
        option(FIGURES, "R@1=40 or v2t:R@5=60: exit 1 if the figure is lower; may repeat.", "--min"),
    ] = None,
    task: Annotated[
        str, option(MOMENTS, "retrieval of clips, or moments: when and in which video an event happens.")
    ] = "retrieval",
    moments: _Moments,
    probes: Annotated[
        str | None,
        option(PROBES, "Score minimal sets: a folder of `svta probes`, or a CSV in Vinoground's format with --videos."),
    ] = None,
    running: Options,
    out: Annotated[Path | None, option(RUN, "Write metrics, ranks and report.html into this folder.")] = None,
    repeat: Annotated[
        Path | None,
        option(
            RUN,
            "Run the evaluation in this folder again and compare; exit 1 and print the figures that differ. Paths, "
            "device and --plugin may be given again, other settings not.",
        ),
    ] = None,
    replaced: Annotated[bool, option(RUN, "Replace an evaluation by other settings in --out.", "--replace")] = False,
    as_json: Annotated[bool, option(RUN, "Print only JSON on stdout.", "--json")] = False,
) -> None:
    """Measure text-to-video and video-to-text retrieval (R@1, R@5, R@10, median and mean rank), or moments.

    Several GPUs: accelerate launch -m svta eval ... with the same options.

    Example: svta eval --data svta --model checkpoint --controls --out results
    """
    minimums = [parse_floor(text) for text in minimum or []]
    config = eval_options.eval_config(test_set, encoder, figures, running)
    if task == "moments":
        _evaluate_moments(context, config, moments, out, replaced, as_json)
    elif task != "retrieval":
        raise typer.BadParameter(f"{task!r}: must be retrieval or moments", param_hint="--task")
    elif moments != _Moments():
        raise typer.BadParameter("goes with --task moments", param_hint="--predictions, --index, --protocol")
    elif probes is not None:
        refuse_others(context, "--probes", _PROBES_OPTIONS)
        _evaluate_probes(replace(config, data=probes), out, replaced, as_json)
    elif repeat is not None:
        _repeat(repeat, config, out, replaced, as_json)
    elif not config.data:
        raise typer.BadParameter("a dataset or captions are needed", param_hint="--data")
    elif (result := _evaluate(config, out, through_mteb, replaced)) is not None:
        _emit(result, out, as_json)
        check_floors(minimums, result.metrics)


def _evaluate_moments(
    context: typer.Context, config: EvalConfig, given: _Moments, out: Path | None, replaced: bool, as_json: bool
) -> None:
    from svta.cli.console import emit, note
    from svta.eval.metrics.figures import to_json
    from svta.eval.moments.evaluate import evaluate_moments
    from svta.eval.moments.result import MomentsConfig
    from svta.eval.retrieval.repeat import settings_to_repeat

    refuse_others(context, "--task moments", _MOMENTS_OPTIONS)
    if not config.data:
        raise typer.BadParameter("truth is needed: a folder of streams or an annotation file", param_hint="--data")
    beside = _scenes(config.data, config.videos, config.seed)
    answers = None
    if given.index is None:
        refuse_others(context, "--task moments without --index", _MOMENTS_OPTIONS - _INDEX_OPTIONS)
    elif given.predictions is not None:
        raise typer.BadParameter("give only one of them", param_hint="--predictions, --index")
    else:
        answers, beside["one frame"] = _answers(given.index, config)
    settings = MomentsConfig(config.data, given.predictions, given.protocol, config.seed, config.name)
    kept = settings_to_repeat(config, more={"task": "moments", **vars(given)})
    result = evaluate_moments(settings, out, answers, beside, note, kept, replaced)
    emit(to_json(result), as_json=as_json, text=result.text())


def _scenes(data: str, videos: Path | None, seed: int) -> dict[str, Predict]:
    """The baseline of cuts, where there are videos: --videos, or those of a folder of streams."""
    from svta.eval.moments.baselines import scenes

    folder = videos or Path(data) / "videos"
    if videos is None and not folder.is_dir():
        return {}
    return {"cuts": lambda truth: scenes(truth, folder, seed)}


def _answers(folder: Path, config: EvalConfig) -> tuple[Predict, Predict]:
    """Searches an index for the queries of a test set; the same with one frame per window."""
    from svta.cli.console import note
    from svta.eval.encoders.registry import load_plugin
    from svta.eval.search.index import open_index
    from svta.eval.search.indexing.model import DRAWN_NOTE, is_drawn_only
    from svta.eval.search.predictions import one_frame, predicted_moments

    for plugin in config.plugins:
        load_plugin(plugin)
    if is_drawn_only(folder):
        note(f"note: {DRAWN_NOTE}")
    index = open_index(folder, model=config.model, device=config.device)
    return partial(predicted_moments, index), one_frame(index)


def _evaluate_probes(config: EvalConfig, out: Path | None, replaced: bool, as_json: bool) -> None:
    from svta.builder.io.files import write_text
    from svta.cli.console import emit, note, progress, quiet_hub, quiet_torchao
    from svta.eval.metrics.figures import to_json
    from svta.eval.probes.evaluate import evaluate_probes
    from svta.eval.reports.probes_page import render_probes
    from svta.eval.retrieval.evaluate import Watch

    quiet_hub()
    quiet_torchao()
    result = evaluate_probes(config, config.videos, out, watch=Watch(progress, note), replaced=replaced)
    values = to_json(result)
    if out is not None:
        write_text(out / "report.html", render_probes([values]))
    emit(values, as_json=as_json, text=result.text() + ("" if out is None else f"\n-> {out}, {out / 'report.html'}"))


def _repeat(folder: Path, given: EvalConfig, out: Path | None, replaced: bool, as_json: bool) -> None:
    """Run the evaluation in `folder` again; exit 1 where a figure differs, with every such figure on stdout."""
    from svta.cli.app import CheckFailed
    from svta.cli.console import emit
    from svta.eval.retrieval.repeat import changed_settings, changed_surroundings, compare_results, repeated_config
    from svta.eval.retrieval.results_folder import read_results

    before = read_results(folder)
    config, with_mteb = repeated_config(folder, changed_settings(given))
    now = _evaluate(config, out, with_mteb, replaced)
    if now is None:
        return
    differences, elsewhere = compare_results(before, now), changed_surroundings(before, now)
    lines = [f"{folder}: {before.name}, {before.metrics.num_captions:,} captions, run again: "]
    lines[0] += "these figures differ" if differences else "every figure and rank is the same"
    lines += [f"  {difference}" for difference in differences]
    lines += [f"  run differently: {change}" for change in elsewhere]
    values = {
        "equal": not differences,
        "differences": [vars(difference) for difference in differences],
        "run_otherwise": [vars(change) for change in elsewhere],
    }
    emit(values, as_json=as_json, text="\n".join(lines))
    if differences:
        raise CheckFailed(f"{folder}: {len(differences):,} figures differ")


def _evaluate(config: EvalConfig, out: Path | None, through_mteb: bool, replaced: bool) -> EvalResult | None:
    """The result, written to `out`; None in all but the first process of a launch, which speaks for all."""
    from svta.cli.console import note, progress, quiet_hub, quiet_torchao
    from svta.eval import distributed
    from svta.eval.reports.page import write_report
    from svta.eval.retrieval.evaluate import Watch, evaluate
    from svta.eval.retrieval.repeat import settings_to_repeat
    from svta.eval.retrieval.results_folder import open_results

    config.check()
    run_mteb = _mteb(config, out) if through_mteb else None  # names the extra before anything is embedded
    quiet_hub()
    quiet_torchao()
    is_first = distributed.place()[0] == 0
    settings = settings_to_repeat(config, with_mteb=through_mteb)
    with open_results(out, settings, replace=replaced) if out is not None and is_first else nullcontext() as write:
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
