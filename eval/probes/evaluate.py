"""Does a model tell apart what differs in one thing? `svta eval --probes DIR --model M [--out RESULTS]`.

Reads minimal sets and a model; embeds each clip and caption once, scores every set as a grid, beside the same model on
words without order, on one frame, on shuffled frames, and beside colours alone. Writes RESULTS/: scores.jsonl,
config.json, and metrics.json last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from svta.builder.errors import NothingUsable
from svta.builder.io.files import exclusive_lock, write_json
from svta.builder.io.json_text import write_jsonl
from svta.builder.layout.guards import check_foreign, check_output
from svta.eval.embeddings.embed import Floats, View, embed_clips, embed_texts, score_matrix
from svta.eval.encoders.base import Encoder, as_encoder
from svta.eval.encoders.hub_files import TRUSTED
from svta.eval.metrics.figures import to_json
from svta.eval.retrieval.config import EvalConfig
from svta.eval.retrieval.controls import ColourModel, colour_histograms
from svta.eval.retrieval.evaluate import Watch, load_models, model_frames
from svta.eval.retrieval.ranking import control_views
from svta.eval.retrieval.repeat import SETTINGS, check_same_run, settings_to_repeat

from .entailment import score_entailment
from .grids import ProbesError
from .minimal_sets import MinimalSet, ProbeData, bag_of_words, read_probes
from .result import ProbeFigures, ProbesResult

METRICS: Final = "metrics.json"
CONFIG: Final = "config.json"
SCORES_FILE: Final = "scores.jsonl"
TASK: Final = "probes"
MODEL, COLOURS = "model", "colours"
VIEWS: Final = {"still": "one frame", "shuffled": "shuffled frames"}
DIGITS: Final = 6  # of a score: below that it depends on the size of the batch
FEWEST: Final = 12  # clips to fit the colours on
Grids = list[list[list[float]] | None]
Words = Callable[[Sequence[str]], Floats]


@dataclass(frozen=True)
class _Rows:
    """Rows of the clips that could be read, by view, and where each position's row is."""

    views: dict[str, Floats]
    place: dict[int, int]

    def of(self, view: str, one: MinimalSet) -> Floats | None:
        """The rows of a set's clips; None if one of them could not be read."""
        places = [None if position is None else self.place.get(position) for position in one.positions]
        known = [place for place in places if place is not None]
        return self.views[view][known] if len(known) == len(places) else None


def evaluate_probes(
    config: EvalConfig,
    videos: Path | None = None,
    out: Path | None = None,
    *,
    watch: Watch | None = None,
    replaced: bool = False,
) -> ProbesResult:
    """Score the sets at config.data (with `videos`: a CSV). Raises SvtaError in one line for what cannot be read.

    A finished evaluation by other settings in `out` is refused unless `replaced`.
    """
    watch = watch or Watch()
    config.check()
    if out is not None:
        check_output(out, kind="folder")
        check_foreign(out, (SCORES_FILE,), "evaluation")
        check_same_run(out, settings_to_repeat(config), replace=replaced)
    data = read_probes(config.data, videos)
    if config.threads is not None:
        import torch

        torch.set_num_threads(config.threads)
    trusted = TRUSTED.set(config.trust_remote_code)
    try:
        encoder = as_encoder(load_models(config, watch).encoder)
        frames = model_frames(encoder, config.resize, config.num_frames, config.sampling)
        grids = score_sets(encoder, replace(data, gallery=data.gallery.with_frames(frames)), config.seed, watch)
    finally:
        TRUSTED.reset(trusted)
    result = summarise(config.label, data, grids, config.seed)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        with exclusive_lock(out):
            _write(out, config, data, grids, result)
    return result


def score_sets(encoder: Encoder, data: ProbeData, seed: int = 0, watch: Watch | None = None) -> dict[str, Grids]:
    """A grid S[text][video] of every set, by the model and by each control; None for a set that could not be run."""
    watch = watch or Watch()
    if not encoder.embeds:
        raise ProbesError(f"{type(encoder).__name__} only scores pairs; probes need a model that embeds")
    views: dict[str, View] = {
        MODEL: lambda frames, mask, times, _: encoder.encode_clips(frames, mask, times),
        COLOURS: lambda frames, mask, *_: colour_histograms(frames, mask),
        **control_views(encoder, True, seed, None),
    }
    wanted = sorted({position for one in data.sets for position in one.positions if position is not None})
    with watch.progress("embedding") as bar:
        done = 0

        def on_clips(count: int) -> None:
            nonlocal done
            done += count
            bar(done, len(wanted))

        embedded = embed_clips(data.gallery, wanted, views, prepare=encoder.prepare, on_clips=on_clips)
    if not embedded.positions:
        raise NothingUsable(f"none of {len(wanted)} clips can be read: {embedded.unreadable[0][1]}")
    for position, reason in embedded.unreadable:
        watch.note(f"not readable, its set counts as wrong: {data.gallery.clip(position).key}: {reason}")
    rows = _Rows(embedded.views, {position: row for row, position in enumerate(embedded.positions)})
    plain, bags = (_texts(encoder, data, order) for order in (list, bag_of_words))
    names = {MODEL: MODEL, **{view: label for view, label in VIEWS.items()}}
    grids = {label: _grids(encoder, data, rows, view, plain) for view, label in names.items()}
    grids["bag of words"] = _grids(encoder, data, rows, MODEL, bags)
    if (colours := _colour_grids(data, rows)) is not None:
        grids[COLOURS] = colours
    return grids


def _texts(encoder: Encoder, data: ProbeData, order: Callable[[Sequence[str]], list[str]]) -> Words:
    """Captions to rows; the same words always give the same row."""
    unique = list(dict.fromkeys(text for one in data.sets if all(one.captions) for text in order(one.captions)))
    rows, place = embed_texts(encoder.encode_text, unique), {text: i for i, text in enumerate(unique)}
    return lambda captions: rows[[place[text] for text in order(captions)]]


def _grids(encoder: Encoder, data: ProbeData, rows: _Rows, view: str, words: Words) -> Grids:
    grids: Grids = []
    for one in data.sets:
        video = rows.of(view, one)
        grids.append(None if video is None else _rounded(score_matrix(encoder, words(one.captions), video)))
    return grids


def _rounded(scores: npt.NDArray[np.floating]) -> list[list[float]]:
    grid: list[list[float]] = np.round(scores.astype(np.float64), DIGITS).tolist()
    return grid


def _colour_grids(data: ProbeData, rows: _Rows) -> Grids | None:
    """Colours alone: fitted on one half of the sets and scored on the other, both ways round; None for few sets."""
    grids: Grids = [None] * len(data.sets)
    for half in (0, 1):
        fitted = [one for i, one in enumerate(data.sets) if i % 2 != half and rows.of(COLOURS, one) is not None]
        captions = [caption for one in fitted for caption in one.captions]
        if len(captions) < FEWEST:
            return None
        seen = [rows.of(COLOURS, one) for one in fitted]
        model = ColourModel(np.concatenate([part for part in seen if part is not None]), captions)
        for i, one in enumerate(data.sets):
            if i % 2 == half and (histograms := rows.of(COLOURS, one)) is not None:
                grids[i] = _rounded(model.text(one.captions) @ model.video(histograms).T)
    return grids


def summarise(name: str, data: ProbeData, grids: dict[str, Grids], seed: int = 0) -> ProbesResult:
    """Figures over all sets and over each part, of the model and of the controls."""
    members = {"all": list(range(len(data.sets))), **data.parts}
    figures = {
        who: {part: ProbeFigures.of([own[i] for i in some]) for part, some in members.items()}
        for who, own in grids.items()
    }
    parts = figures.pop(MODEL)
    overall = parts.pop("all")
    shown = {part: some for part, some in members.items() if part == "all" or part.startswith("factor ")}
    return ProbesResult(
        name,
        data.name,
        overall,
        parts,
        figures,
        {part.removeprefix("factor "): _entailment([grids[MODEL][i] for i in some]) for part, some in shown.items()},
        [one.name for one, grid in zip(data.sets, grids[MODEL], strict=True) if grid is None],
        sum(not one.is_checked for one in data.sets),
        seed,
        notes=_notes(grids[MODEL]),
    )


def _notes(grids: Grids) -> list[str]:
    """What a reader must know of the model's scores."""
    known = [grid for grid in grids if grid is not None]
    broken = sum(bool(np.isnan(grid).any()) for grid in known)
    told = f"{broken:,} of {len(known):,} sets contain scores that are not numbers (NaN): they count as wrong"
    return [told] if broken else []


def _entailment(grids: Grids) -> dict[str, float | int | None]:
    """VELOCITI's scores of each clip's own caption against each other one; a set that could not be run is wrong."""
    pairs: list[tuple[float, float]] = []
    for grid in grids:
        known = [[float("nan")] * 2] * 2 if grid is None else grid
        pairs += [(known[i][i], known[j][i]) for i in range(len(known)) for j in range(len(known)) if i != j]
    return score_entailment([one for one, _ in pairs], [other for _, other in pairs])


def _write(out: Path, config: EvalConfig, data: ProbeData, grids: dict[str, Grids], result: ProbesResult) -> None:
    (out / METRICS).unlink(missing_ok=True)
    lines = (
        {"probe_id": one.name, "factor": one.factor, "category": one.category, "dose": one.dose,
         "scores": {who: own[i] for who, own in grids.items()}}
        for i, one in enumerate(data.sets)
    )  # fmt: skip
    write_jsonl(out / SCORES_FILE, map(to_json, lines))
    settings = {"name": config.label, "data": data.name, "seed": config.seed, "num_frames": config.num_frames}
    write_json(out / CONFIG, {"task": TASK, **settings, "resize": config.resize})
    write_json(out / SETTINGS, settings_to_repeat(config))
    write_json(out / METRICS, to_json(result))
