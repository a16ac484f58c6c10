"""From a descriptions file and a user's choices to a Plan, with what must be told before the first clip is filmed.

Reads descriptions.jsonl and, for diffusion, a model's configs. `svta plan` and `svta generate` both come through here,
so that they cannot disagree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from svta.builder.errors import SvtaError
from svta.builder.io.files import sha256_file
from svta.builder.layout.clips_folder import read_plan
from svta.builder.paths import PLAN
from svta.builder.record import Clip
from svta.builder.taxonomy import Taxonomy, load_taxonomy
from svta.generation.backends.registry import backend_class, spec_for
from svta.generation.backends.spec import FilmSpec, PlanError

from .descriptions import read_descriptions
from .plan import Plan, make_plan

UNDRAWN_READ: Final = 20_000  # captions read for words that are not drawn: a few seconds
UNDRAWN_TOLD: Final = 20  # words named in plan.json


@dataclass(frozen=True)
class Order:
    """What a user asks for; None leaves it to the backend. `settings` are NAME=VALUE texts."""

    backend: str = "storyboard"
    model: str | None = None
    model_id: str | None = None
    preset: str | None = None
    settings: Sequence[str] = ()
    cache_config: str | None = None
    num_frames: int | None = None
    height: int | None = None
    width: int | None = None
    fps: float | None = None
    seed: int = 0
    unit_size: int = 32
    taxonomy: Path | None = None
    choreography: Path | None = None
    limit: int | None = None
    extend_prompts: str | None = None


@dataclass(frozen=True)
class Commission:
    """A plan, and lines for the person: snapping, rights, prompts that stayed as they were."""

    plan: Plan
    notes: tuple[str, ...]


def commission(
    descriptions: Path, order: Order, *, find_batch: bool = True, clips_dir: Path | None = None
) -> Commission:
    """Plan what `order` asks for. Raises PlanError, ModelError, ChatError.

    find_batch: where batch_size is auto or the cache is to be calibrated, film a few clips here to find out; unless
    `clips_dir` was begun with such a finding, which then holds on.
    """
    settings: dict[str, Any] = {name: getattr(order, name) for name in ("num_frames", "height", "width", "fps", "seed")}
    settings |= {name: getattr(order, name) for name in ("model", "model_id", "preset", "cache_config")}
    if order.settings:
        from svta.generation.diffusion.settings import parse

        settings["settings"] = parse(order.settings)
    if order.model is not None and order.backend != "diffusion":
        raise PlanError(f"--model is for --backend diffusion, not for {order.backend}")
    if order.choreography is not None:
        settings |= _own_choreography(order)
    clips, rejects = read_descriptions(descriptions, limit=order.limit)
    notes: list[str] = []
    if order.extend_prompts is not None:
        from svta.generation.captions.prompt_extension import extend_prompts
        from svta.generation.chat.client import open_chat

        chat = open_chat(order.extend_prompts, cache=descriptions.with_suffix(".prompts"))
        clips, kept = extend_prompts(clips, chat)
        notes.append(f"{len(clips) - kept:,} prompts extended by {chat.model}, {kept:,} captions kept as they are")
    spec = spec_for(order.backend, **settings)
    if clips_dir is not None and (clips_dir / PLAN).exists():
        spec = _as_begun(spec, read_plan(clips_dir))
    if spec.options.get("cache", {}).get("calibrate"):
        if not find_batch:
            raise PlanError("--cache-config calibrate: run `svta plan --json` and give its film.options.cache here")
        from .measure import calibrate

        spec = calibrate(spec, backend_class(spec.backend))
        notes.append(f"MagCache calibrated on one clip, {len(spec.options['cache']['mag_ratios'])} steps")
    if spec.options.get("batch_size") == 0:
        if not find_batch:
            raise PlanError("batch_size=auto: give a number here, or let `svta plan` find one")
        from .measure import find_batch_size

        spec = find_batch_size(spec, backend_class(spec.backend))
        notes.append(f"batch_size {spec.options['batch_size']} films most clips a second here")
    if spec.backend == "diffusion":
        from svta.generation.diffusion.backend import rights_note

        notes.append(rights_note(str(spec.options["model"]), str(spec.local.get("lora", "")), clips))
    for name, unit in (("num_frames", "frames"), ("height", "high"), ("width", "wide")):
        asked, made = getattr(order, name), getattr(spec, name)
        if asked is not None and asked != made:
            nearest = "the next smaller step" if made < asked else "the least"
            notes.append(f"{asked} {unit} asked for, {made} will be made: {nearest} of {spec.options.get('pipeline')}")
    taxonomy = load_taxonomy(order.taxonomy)
    if negative := spec.options.get("negative_prompts"):
        spec = replace(spec, options={**spec.options, "negative_prompts": _by_category(negative, taxonomy)})
    plan = make_plan(clips, spec, unit_size=order.unit_size, taxonomy=taxonomy, refused=rejects)
    if spec.backend == "storyboard":
        plan = replace(plan, undrawn=undrawn_words(plan.clips, taxonomy, order.choreography))
        notes += _tell(plan.undrawn)
    return Commission(plan, tuple(notes))


def _as_begun(spec: FilmSpec, there: dict[str, Any]) -> FilmSpec:
    """The spec with the batch size and MagCache ratios that a trial found when the folder of plan `there` was begun."""
    film = there.get("film")
    before = film.get("options") if isinstance(film, dict) else None
    options = dict(spec.options)
    if not isinstance(before, dict):
        return spec
    if options.get("batch_size") == 0 and before.get("batch_size"):
        options["batch_size"] = before["batch_size"]
    cache, found = dict(options.get("cache") or {}), before.get("cache") or {}
    if cache.pop("calibrate", False) and {**cache, "mag_ratios": found.get("mag_ratios")} == found:
        options["cache"] = found
    return replace(spec, options=options)


def _by_category(texts: Mapping[str, str], taxonomy: Taxonomy) -> dict[str, str]:
    """The same table by the names that clips have; PlanError for a category nobody knows, whose text would be lost."""
    named: dict[str, str] = {}
    for name, text in texts.items():
        category = taxonomy.find(name)
        if category is None:
            raise PlanError(f"--set negative_prompts: no category {name} in {taxonomy.name}")
        named[category.name] = text
    return named


def undrawn_words(
    clips: Sequence[Clip], taxonomy: Taxonomy | None = None, choreography: Path | None = None
) -> dict[str, Any]:
    """How many captions hold words the storyboard does not draw, and the commonest of them with their counts.

    Reads at most UNDRAWN_READ captions: {"captions", "read", "words": {word: captions}}.
    """
    from svta.generation.storyboard.choreography import load_choreographies
    from svta.generation.storyboard.staging.read_scene import read_scene

    taxonomy, tables = taxonomy or load_taxonomy(), load_choreographies(choreography)
    words: Counter[str] = Counter()
    captions = 0
    for clip in clips[:UNDRAWN_READ]:
        known = taxonomy.find(clip.category) if clip.category else None
        try:
            notes = read_scene(
                clip.caption, 0, known.name if known else None, taxonomy=taxonomy, choreographies=tables
            ).notes
        except SvtaError:  # told when it is filmed, with its reason
            continue
        captions += bool(notes)
        words.update(notes)
    return {
        "captions": captions,
        "read": min(len(clips), UNDRAWN_READ),
        "words": dict(sorted(words.items(), key=lambda e: (-e[1], e[0]))[:UNDRAWN_TOLD]),
    }


def _tell(undrawn: Any) -> Iterable[str]:
    if not undrawn["captions"]:
        return []
    commonest = ", ".join(f"{word} ({count:,})" for word, count in list(undrawn["words"].items())[:6])
    return [
        f"{undrawn['captions']:,} of {undrawn['read']:,} captions hold words the storyboard does not draw; "
        f"the commonest: {commonest}"
    ]


def _own_choreography(order: Order) -> dict[str, Any]:
    """The spec of a storyboard with choreographies of the user: the plan holds what they say, not where they lie."""
    from svta.generation.storyboard.choreography import load_choreographies

    if order.backend != "storyboard":
        raise PlanError(f"--choreography is for --backend storyboard, not for {order.backend}")
    files = {"choreography": order.choreography, "taxonomy": order.taxonomy}
    load_choreographies(order.choreography)
    given = {name: path for name, path in files.items() if path is not None}
    return {
        "options": {name: sha256_file(path)[:16] for name, path in given.items()},
        "local": {name: str(path) for name, path in given.items()},
    }
