"""The options of `svta eval` that make its EvalConfig, grouped in --help by what they are for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    from svta.eval.retrieval.config import EvalConfig

SET, MODEL, OFFICIAL, FIGURES, RUN = "Test set", "Model", "Official checkpoint", "Figures", "Output and speed"
MOMENTS: Final = "Moments"
PROBES: Final = "Probes"

Options = dict[str, object]  # field of EvalConfig -> its value


def option(panel: str, help: str, *names: str, **more: Any) -> Any:
    """An option that --help shows in this panel."""
    return typer.Option(*names, help=help, rich_help_panel=panel, **more)


def test_set(
    data: Annotated[
        str | None,
        option(
            SET,
            "A dataset folder or Hub repo ns/name[@revision]; or captions: ucfcrime-ar=FILE, oops=FILE, "
            "msrvtt-1ka=FILE, or any FILE.csv, .jsonl, .xlsx, with --videos. With --task moments: a folder of "
            "`svta streams`, lines of QVHighlights or TVR, hivau=FILE, hivau-events=FILE, uca=FILE, or any captions "
            "with times.",
        ),
    ] = None,
    split: Annotated[str, option(SET, "train, validation, test or all.")] = "test",
    videos: Annotated[Path | None, option(SET, "The folder with the captions' videos (searched recursively).")] = None,
    columns: Annotated[list[str] | None, option(SET, "FIELD=COLUMN of a table, e.g. caption=Text; may repeat.")] = None,
    keep_repeats: Annotated[
        bool, option(SET, "Also count rows of a table that repeat another in every column.", "--keep-repeats")
    ] = False,
    follow_links: Annotated[bool, option(SET, "Also follow symbolic links below --videos.", "--follow-links")] = False,
    taxonomy: Annotated[
        Path | None, option(SET, "With captions and --videos: the taxonomy.json of their categories.", "--taxonomy")
    ] = None,
    disjoint_from: Annotated[
        str | None,
        option(SET, "Training captions (dataset, JSONL, XLSX): test clips that leak from them are left out."),
    ] = None,
    near: Annotated[
        float,
        option(SET, "With --disjoint-from: shared part (0 to 1) of three-word sequences that counts as a leak."),
    ] = 0.6,
    gallery: Annotated[int | None, option(SET, "Sample this many videos instead of taking all.", min=1)] = None,
    captions: Annotated[str, option(SET, "all, or first: only one caption per video.")] = "all",
    seed: Annotated[int, option(SET, "Seed of the sampled gallery, shuffled frames and bootstrap.", min=0)] = 0,
) -> Options:
    """What is measured; its `data` is empty if none is given."""
    options = locals()
    from svta.builder.sources.columns import parse_columns

    named = tuple(f"{field}={column}" for field, column in parse_columns(None, None, columns).items())
    own = None if videos is None else taxonomy
    return {**options, "data": data or "", "columns": named, "taxonomy": own}


def encoder(
    model: Annotated[
        str | None, option(MODEL, "A model folder, a Hub id, or mteb:NAME: what `svta train` wrote, CLIP ...")
    ] = None,
    num_frames: Annotated[int | None, option(MODEL, "Frames per clip; default: the model's.", min=1)] = None,
    sampling: Annotated[str | None, option(MODEL, "uniform, or official (one frame per second).")] = None,
    resize: Annotated[
        str,
        option(
            MODEL,
            "exact: like the model's own processor (`svta train`: as in training); "
            "fast: libswscale, values (0 to 255) differ by up to 31.",
        ),
    ] = "exact",
    plugins: Annotated[list[Path] | None, option(MODEL, "Your Python file with @register_encoder.", "--plugin")] = None,
    trust_remote_code: Annotated[
        bool, option(MODEL, "Run code that comes with a model.", "--trust-remote-code")
    ] = False,
    query_instruction: Annotated[
        str | None, option(MODEL, "Instruction before captions, instead of the model's own.")
    ] = None,
    document_instruction: Annotated[
        str | None, option(MODEL, "Instruction for videos, instead of the model's own.")
    ] = None,
    baseline: Annotated[str | None, option(OFFICIAL, "With --checkpoint: clip4clip, xclip or gram.")] = None,
    checkpoint: Annotated[str | None, option(OFFICIAL, "Official .bin or .pt file, or a saved folder.")] = None,
    head: Annotated[
        str | None, option(OFFICIAL, "Head of clip4clip: meanP, seqLSTM, seqTransf or tightTransf.")
    ] = None,
    tokenizer: Annotated[
        str | None, option(OFFICIAL, "Tokenizer of an official file; default: CLIP's or BERT's Hub id.")
    ] = None,
    vision: Annotated[str | None, option(OFFICIAL, "Frame tower of an official GRAM file: a CLIP folder.")] = None,
    max_words: Annotated[
        int | None, option(OFFICIAL, "Words per caption that an official file was trained with.", min=3)
    ] = None,
) -> Options:
    """What embeds captions and clips."""
    return {**locals(), "plugins": tuple(plugins or ())}


def figures(
    ties: Annotated[
        str, option(FIGURES, "expected, optimistic, pessimistic, or official (as the papers count).")
    ] = "expected",
    controls: Annotated[
        bool, option(FIGURES, "Add chance, colours, one frame and shuffled frames.", "--controls")
    ] = False,
    rivals: Annotated[
        list[str] | None, option(FIGURES, "NAME=DIR: another model on the gallery; may repeat.", "--rival")
    ] = None,
    zero_shot: Annotated[bool, option(FIGURES, "Add anomaly classification and detection.", "--zero-shot")] = False,
    rerank: Annotated[
        str | None, option(FIGURES, "A model that scores pairs (BLIP-2, GRAM, a VL reranker), or `self`.")
    ] = None,
    rerank_top: Annotated[int, option(FIGURES, "Candidates per query for --rerank.", min=1)] = 50,
    dual_softmax: Annotated[
        bool, option(FIGURES, "Add figures that use all test queries at once (transductive).", "--dual-softmax")
    ] = False,
) -> Options:
    """What is computed."""
    return {**locals(), "rivals": dict(map(_pair, rivals or ()))}


def running(
    name: Annotated[str | None, option(RUN, "The name of this run in reports.")] = None,
    cache: Annotated[Path | None, option(RUN, "Keep embeddings here; a killed run resumes.")] = None,
    device: Annotated[str | None, option(RUN, "cpu, cuda ...; default: a GPU if there is one.")] = None,
    dtype: Annotated[str | None, option(RUN, "float32, float16 or bfloat16.")] = None,
    compile: Annotated[bool, option(RUN, "torch.compile the model's layers.", "--compile")] = False,
    threads: Annotated[int | None, option(RUN, "CPU threads; default: one per core.", min=1)] = None,
) -> Options:
    """How it runs, and under which name."""
    return locals()


def eval_config(test_set: Options, encoder: Options, figures: Options, running: Options) -> EvalConfig:
    """The settings of one evaluation."""
    from svta.eval.retrieval.config import EvalConfig

    values: dict[str, Any] = {**test_set, **encoder, **figures, **running}
    return EvalConfig(**values)


def _pair(text: str) -> tuple[str, str]:
    label, equals, folder = text.partition("=")
    if not (equals and label and folder):
        raise typer.BadParameter(f"{text!r}: must look like single-frame=CHECKPOINT", param_hint="--rival")
    return label, folder
