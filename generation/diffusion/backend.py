"""Any diffusers text-to-video pipeline as a backend: `svta generate captions.jsonl --backend diffusion --model DIR`.

Reads a model folder or Hub id and captions; gives takes. A clip's bits hang on its caption, its seed, its place in a
batch and the batch's size, never on its neighbours: a member that fails is replaced by a filler.

    backend = DiffusionBackend("models/wan", preset="balanced", num_frames=33)
    takes = list(backend.film(clips, seeds))
"""

from __future__ import annotations

import gc
import inspect
import logging
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from svta.builder.minors.judgement import MINOR_SEXUAL, MINOR_VIOLENCE, judge_clip
from svta.builder.record import Clip
from svta.builder.rights import Kind, find, names_in, notices, parts_of
from svta.builder.taxonomy import load_taxonomy
from svta.builder.video.marking import SourceType
from svta.generation.backends.base import FILM_FAILED, FilmError, Take
from svta.generation.backends.prompts import negative_of, prompt_of
from svta.generation.backends.quality import Gates
from svta.generation.backends.spec import FilmSpec, PlanError

from .families import FRAME_ARGUMENTS, PYRAMID_STEPS, RATE_ARGUMENTS, family_of
from .model_info import fingerprint, first_line, read_outline
from .optimizations import compiled_graphs
from .outputs import FRAMES_AS, develop
from .pipeline import load_pipeline
from .prompt_embeddings import Embedder, Texts
from .settings import Choices, parse_cache, resolve
from .step_cache import Meter, check_skips, denoisers_of

log = logging.getLogger(__name__)

Member = tuple[Texts, int]  # what a place of a batch films: prompts and seed
FILLER: Final = "A quiet street."  # what is filmed in a place of a batch whose clip is missing


class DiffusionBackend:
    """A text-to-video model. Made with a FilmSpec of backend `diffusion`, or with a model and its settings.

    settings: preset, cache_config, model_id, num_frames, height, width, fps, seed, and `settings` (fields of Choices).
    Raises ModelError, PlanError, FilmError.
    """

    source_type: SourceType = "trainedAlgorithmicMedia"

    def __init__(self, model: FilmSpec | str | Path, **settings: Any):
        self.film_spec = model if isinstance(model, FilmSpec) else self.spec(model=model, **settings)
        options = dict(self.film_spec.options)
        self.model_name = str(options.pop("model"))
        self.revision = str(options.pop("revision"))
        self.pipeline = str(options.pop("pipeline"))
        options.pop("lora_revision", None)
        self.choices = Choices(**options, lora=self.film_spec.local.get("lora", ""))
        self.generator = self.model_name + ("+distilled" if self.choices.preset == "distilled" else "")
        self.attempts = self.choices.attempts
        still = {"min_motion": 0.0, "max_still": 0.0} if self.film_spec.num_frames == 1 else {}  # a picture cannot move
        self.gates = Gates.of({**still, **self.choices.gates})
        self.score = _scorer(self.choices.similarity)
        if not isinstance(model, FilmSpec):  # the commands have told it before
            log.warning("%s", rights_note(self.model_name, self.choices.lora))
        self.pipe, self.computed = load_pipeline(self.film_spec, self.choices, self.pipeline)
        self.meter = Meter(self.pipe)
        self.batch_size = self.forward_size = max(1, self.choices.batch_size)
        self._checked = False
        self._arguments = self._fixed_arguments()
        self._embedder = Embedder(self.pipe, self.choices)

    @staticmethod
    def spec(
        *,
        model: str | Path | None = None,
        preset: str = "balanced",
        settings: dict[str, Any] | None = None,
        cache_config: str | None = None,
        model_id: str | None = None,
        num_frames: int = 33,
        height: int | None = None,
        width: int | None = None,
        fps: float | None = None,
        seed: int = 0,
    ) -> FilmSpec:
        """Plan a film: frames and size snapped down to what the model makes, every choice final, no weights read."""
        if model is None:
            raise PlanError("--backend diffusion needs --model FOLDER_OR_HUB_ID")
        outline = read_outline(model, model_id=model_id)
        rows, columns = outline.snap_size(height or outline.family.height, width or outline.family.width)
        given = dict(settings or {})
        if cache_config is not None:
            given["cache"] = parse_cache(cache_config, outline)
        choices = resolve(outline, preset, given, height=rows, width=columns)
        if choices.negative_prompt and "negative_prompt" not in outline.arguments:
            raise PlanError(f"--set negative_prompt: {outline.pipeline} takes none")
        options = {"model": outline.name, "revision": outline.revision, "pipeline": outline.pipeline}
        local = {"model": outline.repo_id or str(outline.folder)}
        if choices.lora:
            local["lora"] = choices.lora
            paths = [Path(place) for place in choices.lora.split(",")]
            if lost := next((path for path in paths if not path.exists() and not _hub_like(path)), None):
                raise PlanError(f"--set lora={lost}: no such file or folder, and no Hub id (owner/name[/FILE])")
            options["lora_revision"] = ",".join(fingerprint(path) if path.exists() else str(path) for path in paths)
        return FilmSpec(
            backend="diffusion",
            num_frames=outline.snap_frames(num_frames),
            height=rows,
            width=columns,
            fps=float(fps or outline.family.fps),
            seed=seed,
            options=options | choices.to_dict(),
            versions=DiffusionBackend.versions(),
            local=local,
        )

    @staticmethod
    def versions() -> dict[str, str]:
        """What a film hangs on besides its spec; ftfy rewrites odd characters of prompts."""
        from svta.generation.backends.registry import installed

        return installed("svta", "av", "numpy", "torch", "diffusers", "transformers", "ftfy")

    @staticmethod
    def workers(spec: FilmSpec) -> int:
        """One process a GPU; one on the CPU, where a model fills the memory."""
        import torch

        return max(1, torch.cuda.device_count()) if spec.options.get("device") == "cuda" else 1

    @property
    def recorded(self) -> dict[str, Any]:
        """What goes into each clip's provenance."""
        choices = self.choices
        facts: dict[str, Any] = {"model": self.model_name, "revision": self.revision, "pipeline": self.pipeline}
        names = ("preset", "steps", "guidance_scale", "batch_size", "device", "dtype", "vae_dtype", "compile", "fp8")
        facts |= {name: getattr(choices, name) for name in names}
        facts |= {name: value for name in ("flow_shift", "attention", "cache") if (value := getattr(choices, name))}
        facts |= {name: True for name in ("vae_tiling", "vae_slicing") if getattr(choices, name)}
        if self.computed is not None:
            facts["steps_computed"] = "".join("1" if computed else "0" for computed in self.computed)
        if choices.similarity:
            facts["similarity_by"] = choices.similarity
        if revision := self.film_spec.options.get("lora_revision"):
            facts["lora"] = revision
        return facts

    def film(self, clips: Sequence[Clip], seeds: Sequence[int], places: Sequence[int] | None = None) -> Iterator[Take]:
        """One take a clip, in order. A clip keeps its place of the batch (its place in the unit modulo batch size).

        Captions that plans refuse for a minor in them are refused here too, for who calls this without a plan.
        """
        places = range(len(clips)) if places is None else places
        choices = self.choices
        texts = [
            (prompt_of(clip), negative_of(clip, choices.negative_prompt, choices.negative_prompts)) for clip in clips
        ]
        ready = _refusals(clips)
        wanted = [text for i, text in enumerate(texts) if i not in ready]
        faults = self._embedder.prepare([*wanted, (FILLER, choices.negative_prompt)])
        for index, text in enumerate(texts):
            if index not in ready and text in faults:
                ready[index] = Take(None, reason=FILM_FAILED, detail=faults[text])
        told = 0
        for batch in _batches(places, self.batch_size, skip=ready):
            members = [None if i is None else (texts[i], seeds[i]) for i in batch]
            for i, take in zip(batch, self._shoot(members)):
                if i is not None and take is not None:
                    ready[i] = take
            while told in ready:
                yield ready.pop(told)
                told += 1
        while told in ready:
            yield ready.pop(told)
            told += 1

    def _shoot(self, members: Sequence[Member | None]) -> list[Take | None]:
        """One batch; smaller forwards where memory runs out, each member alone where one of them breaks the call."""
        import torch

        while True:
            size = self.forward_size
            try:
                takes: list[Take | None] = []
                for start in range(0, len(members), size):
                    part = members[start : start + size]
                    takes += self._call(part) if any(part) else [None] * len(part)
                return takes
            except torch.OutOfMemoryError:
                if self._embedder.make_room():
                    log.warning("out of memory beside the text encoder, which from now on leaves after each unit")
                elif size == 1:
                    spec = self.film_spec
                    raise FilmError(
                        f"{self.generator}: no memory for one clip of {spec.num_frames} frames of "
                        f"{spec.width}x{spec.height}; try --set vae_tiling=true, fp8=layerwise or a smaller size"
                    ) from None
                else:
                    self.forward_size = size // 2
                    log.warning("out of memory with %d clips at once, going on with %d", size, self.forward_size)
                gc.collect()
                if torch.cuda.is_available():
                    torch.cuda.empty_cache()
            except FilmError:
                raise
            except Exception as error:  # one member may break the call for all: each is filmed with fillers beside it
                log.debug("a batch failed", exc_info=True)
                if not self._checked:
                    self._check_filler(len(members), error)
                alone = [i for i, member in enumerate(members) if member is not None]
                if len(alone) == 1:
                    detail = f"{type(error).__name__}: {first_line(error)}"
                    failed = Take(None, reason=FILM_FAILED, detail=detail)
                    return [failed if i in alone else None for i in range(len(members))]
                lonely = [[m if i == j else None for j, m in enumerate(members)] for i in range(len(members))]
                return [self._shoot(part)[i] if part[i] else None for i, part in enumerate(lonely)]

    def _check_filler(self, size: int, error: Exception) -> None:
        """After the first call failed: FilmError where the plainest caption fails too, so that no clip is blamed."""
        import torch

        try:
            self._call([((FILLER, self.choices.negative_prompt), 0), *[None] * (size - 1)])
        except torch.OutOfMemoryError:
            log.debug("no memory to find out whose fault it is")
        except FilmError:
            raise
        except Exception as again:
            cache = self.choices.cache.get("kind")
            hint = f"; cache {cache} may not fit it, try --cache-config none" if cache else ""
            if self.choices.compile != "off":
                hint += f"; or try --set compile=off ({self.choices.compile} needs a C++ compiler)"
            detail = f"{type(again).__name__}: {first_line(again)}"
            raise FilmError(f"{self.generator}: fails on every caption ({detail}){hint}") from error

    def _call(self, members: Sequence[Member | None]) -> list[Take | None]:
        """One call of the pipeline; its pixels may still be on their way when it returns."""
        import torch

        whole = [member or ((FILLER, self.choices.negative_prompt), 0) for member in members]
        for part in denoisers_of(self.pipe).values():
            if hasattr(part, "_reset_stateful_cache"):
                part._reset_stateful_cache()  # a call that broke off leaves its residuals behind
        self.meter.reset()
        generators = [torch.Generator("cpu").manual_seed(seed) for _, seed in whole]
        torch.manual_seed(whole[0][1])  # for what a model draws past its generators
        drawn = torch.get_rng_state()
        output = self.pipe(
            **self._embedder.arguments([texts for texts, _ in whole]),
            **self._arguments,
            generator=generators[0] if family_of(self.pipeline).one_by_one else generators,
        )
        if len(whole) > 1 and not torch.equal(drawn, torch.get_rng_state()):
            raise FilmError(
                f"{self.generator} draws noise that no clip's seed decides, so a clip would hang on its neighbours; "
                "give --set batch_size=1"
            )
        check_skips(self.meter, self.choices.cache, self.computed, first=not self._checked)
        if not self._checked and self.choices.compile != "off" and not compiled_graphs():
            raise FilmError("compile: no graph was compiled; give --set compile=off")
        self._checked = True
        pictures = develop(output, self.pipe, self.film_spec, len(whole), self.generator)
        takes: list[Take | None] = []
        for i, member in enumerate(members):
            if member is None:
                takes.append(None)
                continue
            facts = {"forwards": self.meter.forwards, "skipped_forwards": self.meter.skipped}
            facts |= self._embedder.facts(member[0])
            if len(whole) != self.batch_size:
                facts["forward_size"] = len(whole)
            takes.append(Take(None, facts, develop=pictures.developer(i, facts)))
        return takes

    def _fixed_arguments(self) -> dict[str, Any]:
        """What every call of the pipeline is given."""
        spec, choices = self.film_spec, self.choices
        taken = inspect.signature(type(self.pipe).__call__).parameters
        family = family_of(self.pipeline)
        given: dict[str, Any] = {"output_type": FRAMES_AS, "height": spec.height, "width": spec.width}
        if PYRAMID_STEPS in taken:
            given[PYRAMID_STEPS] = [choices.steps] * len(taken[PYRAMID_STEPS].default)
        else:
            given["num_inference_steps"] = choices.steps
        if "clean_caption" in taken:  # it would change the caption where Beautiful Soup is installed, and only there
            given["clean_caption"] = False
        given |= {name: spec.num_frames for name in FRAME_ARGUMENTS if name in taken}
        given |= {name: int(spec.fps) if name == "fps" else spec.fps for name in RATE_ARGUMENTS if name in taken}
        if family.guidance in taken:
            given[family.guidance] = choices.guidance_scale
        return given | {name: value for name, value in family.extra.items() if name in taken}


def _refusals(clips: Sequence[Clip]) -> dict[int, Take]:
    """What stands in place of films that would show violence or sex with a minor; a user's category says nothing."""
    taxonomy, takes = load_taxonomy(), {}
    for i, clip in enumerate(clips):
        known = clip if taxonomy.find(clip.category or "") else clip.model_copy(update={"category": None})
        if (reason := judge_clip(known, taxonomy).reason) in (MINOR_VIOLENCE, MINOR_SEXUAL):
            takes[i] = Take(None, reason=reason, detail="a minor in the picture: kept as text, never filmed")
    return takes


def _hub_like(path: Path) -> bool:
    """Whether a path that is not there may be owner/name, or a file of it, on the Hub."""
    return not path.is_absolute() and len(path.parts) > 1 and path.parts[0] not in (".", "..")


def _scorer(place: str) -> Callable[[Any, str], float] | None:
    """The function of module:function that says how well frames and caption fit; None for "". Raises PlanError."""
    module, _, name = place.partition(":")
    if not place:
        return None
    try:
        scorer: Callable[[Any, str], float] = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise PlanError(f"--set similarity={place}: module:function is needed ({error})") from None
    return scorer


def rights_note(model: str, lora: str = "", clips: Iterable[Clip] = ()) -> str:
    """What the licences of a model, its text encoders and LoRAs, and of the clips' chat models say, a line each.

    To be read before the first clip is generated; unknown licences come first.
    """
    parts: set[tuple[Kind, str]] = {("lora", name) for name in names_in(lora)}
    parts |= {part for clip in clips for part in parts_of(clip) if part[0] in ("chat", "reference")}
    hint = [] if find(model, "video").known else [f"{model}: name the model that it is with --model-id"]
    return "\n".join([*notices([("video", model), *sorted(parts)]), *hint])


def _batches(places: Sequence[int], size: int, skip: Container[int]) -> Iterator[list[int | None]]:
    """Indices of clips, `size` a batch, each at its place modulo size; None where nobody stands."""
    queues: list[list[int]] = [[] for _ in range(size)]
    for index, place in enumerate(places):
        if index not in skip:
            queues[place % size].append(index)
    while any(queues):
        yield [queue.pop(0) if queue else None for queue in queues]
