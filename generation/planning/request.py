"""From a descriptions file and a GenerateConfig to a Plan, with notes for the user before the first clip is generated.

Reads descriptions.jsonl and, for diffusion, a model's configs. `svta plan`, `svta generate` and `svta demo` all come
through here, so that they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from svta.builder.errors import quantity
from svta.builder.layout.clips_folder import read_plan
from svta.builder.paths import PLAN
from svta.builder.record import Clip
from svta.builder.taxonomy import Taxonomy, check_names, load_taxonomy, taxonomy_file
from svta.generation.backends.config import GenerateConfig
from svta.generation.backends.registry import backend_class
from svta.generation.backends.spec import Options, PlanError, RenderSpec
from svta.generation.diffusion.prompt_embeddings import planned_limit
from svta.generation.diffusion.settings import MAX_BATCH, is_numbers

from .descriptions import read_descriptions
from .measure import calibrate, find_batch_size
from .plan import Plan, make_plan
from .undrawn import undrawn_words, unused_choreographies


@dataclass(frozen=True)
class PlannedRun:
    """A plan, and lines for the user: snapped sizes, licences, prompts that stayed as they were."""

    plan: Plan
    notes: tuple[str, ...]


def plan_request(
    descriptions: Path,
    config: GenerateConfig,
    *,
    measure_here: bool = True,
    clips_dir: Path | None = None,
    on_note: Callable[[str], object] = lambda line: None,
) -> PlannedRun:
    """Plan what `config` wants. Raises PlanError, ModelError, ChatError.

    measure_here: where batch_size is auto or the cache is to be calibrated, generate a few clips here to find out;
    unless `clips_dir` was begun with such a finding, which then holds on. on_note: gets each line for the user as soon
    as it is known, those on licences before a server is paid for a trial.
    """
    config = replace(config, taxonomy=taxonomy_file(config.taxonomy, descriptions))
    taxonomy = load_taxonomy(config.taxonomy)
    backend = backend_class(config.backend)
    backend.check_options(config)
    clips, rejects = read_descriptions(descriptions, limit=config.limit)
    named = [clip.category for clip in clips if clip.category is not None]
    unknown = [name for name in named if taxonomy.find(name) is None]
    check_names(unknown, (name for name in named if taxonomy.find(name) is not None), taxonomy)
    spec = backend.plan_spec(config)
    if config.taxonomy is not None:
        spec = replace(spec, local={**spec.local, "taxonomy": str(config.taxonomy)})
    notes: list[str] = []

    def tell(*lines: str) -> None:
        for line in lines:
            notes.append(line)
            on_note(line)

    if config.extend_prompts is not None:
        clips, note = _extend_prompts(clips, config.extend_prompts, descriptions, spec, taxonomy)
        tell(*note)
    if clips_dir is not None and (clips_dir / PLAN).exists():
        begun = read_plan(clips_dir)
        spec = _as_begun(spec, begun)
        _check_wanted(spec, begun, clips_dir)
    spec, note = _measured(spec, measure_here)
    if negative := spec.options.get("negative_prompts"):
        spec = replace(spec, options={**spec.options, "negative_prompts": _by_category(negative, taxonomy)})
    tell(*note, *backend.notes(spec, clips))
    spec, note = backend.prepared(spec, clips, memory=descriptions.with_suffix(".endpoint"), clips_dir=clips_dir)
    tell(*note, *_snapped(config, spec))
    plan = make_plan(clips, spec, unit_size=config.unit_size, taxonomy=taxonomy, refused=rejects)
    if spec.backend == "storyboard":
        undrawn = undrawn_words(plan.clips, taxonomy, config.choreography, config.min_fidelity, config.lexicon)
        plan = replace(plan, undrawn=undrawn.to_dict())
        tell(*undrawn.notes(), *unused_choreographies(config.choreography, taxonomy))
    return PlannedRun(plan, tuple(notes))


def _extend_prompts(
    clips: list[Clip], model: str, descriptions: Path, spec: RenderSpec, taxonomy: Taxonomy
) -> tuple[list[Clip], list[str]]:
    """The clips with prompts of a length that the model reads, by a chat model, and what to tell about it."""
    from svta.generation.captions.prompt_extension import extend_prompts
    from svta.generation.chat.client import open_chat

    chat = open_chat(model, cache=descriptions.with_suffix(".prompts"))
    limit = planned_limit(spec) if spec.backend == "diffusion" else None
    extended, kept = extend_prompts(clips, chat, limit, taxonomy)
    counts = f"{quantity(len(clips) - kept, 'prompt')} extended by {chat.model}"
    return extended, [f"{counts}, {quantity(kept, 'caption')} kept unchanged"]


def _measured(spec: RenderSpec, measure_here: bool) -> tuple[RenderSpec, list[str]]:
    """The spec with its cache calibrated and its batch size found, where that is wanted, and what was found."""
    notes = []
    if spec.options.get("cache", {}).get("calibrate"):
        if not measure_here:
            raise PlanError("--cache-config calibrate: run `svta plan --json` and give its film.options.cache here")
        spec = calibrate(spec)
        notes.append(f"MagCache calibrated on one clip, {len(spec.options['cache']['mag_ratios'])} steps")
    if spec.options.get("batch_size") == 0:
        if not measure_here:
            raise PlanError("batch_size=auto: give a number here, or let `svta plan` find one")
        spec = find_batch_size(spec)
        notes.append(f"batch_size {spec.options['batch_size']} generates most clips a second here")
    return spec, notes


def _snapped(config: GenerateConfig, spec: RenderSpec) -> Iterator[str]:
    """Sizes that the model does not generate and their nearest ones."""
    for name, unit in (("num_frames", "frames"), ("height", "high"), ("width", "wide")):
        wanted, planned = getattr(config, name), getattr(spec, name)
        if wanted is not None and wanted != planned:
            nearest = "the next smaller step" if planned < wanted else "the least"
            model = spec.options.get("pipeline") or spec.options.get("model")
            yield f"{wanted} {unit} requested, {planned} will be generated: {nearest} of {model}"


def _as_begun(spec: RenderSpec, begun: Options) -> RenderSpec:
    """The spec with the batch size and MagCache ratios that were measured when the folder of plan `begun` was begun."""
    film = begun.get("film")
    before = film.get("options") if isinstance(film, dict) else None
    if not isinstance(before, dict):
        return spec
    options = dict(spec.options)
    batch = before.get("batch_size")
    if options.get("batch_size") == 0 and isinstance(batch, int) and 1 <= batch <= MAX_BATCH:
        options["batch_size"] = batch
    cache, measured = dict(options.get("cache") or {}), before.get("cache")
    ratios = measured.get("mag_ratios") if isinstance(measured, dict) else None
    if cache.pop("calibrate", False) and is_numbers(ratios) and {**cache, "mag_ratios": ratios} == measured:
        options["cache"] = measured
    return replace(spec, options=options)


def _check_wanted(spec: RenderSpec, begun: Options, clips_dir: Path) -> None:
    """Raise PlanError where a folder was begun with other sizes of a served model: before a trial of these is paid."""
    film = begun.get("film")
    options = film.get("options") if isinstance(film, dict) else None
    before = options.get("wanted") if isinstance(options, dict) else None
    if spec.backend != "endpoint" or not isinstance(before, dict):
        return
    for name, now in (("num_frames", spec.num_frames), ("width", spec.width), ("height", spec.height)):
        if before.get(name) != now:
            shown = f"{name} {str(before.get(name))[:200]} there, {now} now"
            raise PlanError(f"{clips_dir}: contains clips of another plan ({shown}); give a fresh --out")


def _by_category(texts: Mapping[str, str], taxonomy: Taxonomy) -> dict[str, str]:
    """The same table by the names that clips have; PlanError for an unknown category, whose text would be lost."""
    named: dict[str, str] = {}
    for name, text in texts.items():
        category = taxonomy.find(name)
        if category is None:
            raise PlanError(f"--set negative_prompts: no category {name} in {taxonomy.name}")
        named[category.name] = text
    return named
