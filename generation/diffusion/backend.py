"""Any diffusers text-to-video pipeline as a backend: `svta generate captions.jsonl --backend diffusion --model DIR`.

backend = DiffusionBackend("models/wan", preset="balanced", num_frames=33)
outputs = list(backend.generate(clips, seeds))
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from svta.builder.errors import first_line
from svta.builder.record import Clip
from svta.builder.video.marking import SourceType
from svta.generation.backends.base import GENERATION_FAILED, Backend, BackendOutput
from svta.generation.backends.config import GenerateConfig
from svta.generation.backends.prompts import negative_of, prompt_of
from svta.generation.backends.quality import Gates
from svta.generation.backends.spec import JsonObject, PlanError, RenderSpec, installed

from .batches import BatchGenerator, batches
from .pipeline import load_pipeline
from .plan_spec import licence_notes, plan_spec, settings_of, text_encoders
from .prompt_embeddings import planned_limit

log = logging.getLogger(__name__)

Scorer = Callable[[NDArray[np.uint8], str], float]
ENCODER: Final = "encoder:"
OPEN_SCORER: Final = "svta.eval.encoders.similarity:open_scorer"  # by name: generation does not import eval
STILL_IMAGE: Mapping[str, float] = {"min_motion": 0.0, "max_still": 0.0}  # gates of one frame: it cannot move


class DiffusionBackend(Backend):
    """A text-to-video model. Created with a RenderSpec of backend `diffusion`, or with a model and its options.

    options: preset, cache_config, model_id, num_frames, height, width, fps, seed, and `settings` (a mapping of fields
    of DiffusionSettings). Raises ModelError, PlanError, GenerationError.
    """

    source_type: SourceType = "trainedAlgorithmicMedia"
    accepts = ("model", "model_id", "preset", "settings", "cache_config")

    def __init__(self, model: RenderSpec | str | Path, **options: Any):
        planned = isinstance(model, RenderSpec)
        super().__init__(
            model
            if isinstance(model, RenderSpec)
            else self.plan_spec(GenerateConfig(backend="diffusion", model=str(model), **options))
        )
        self.settings = settings_of(self.spec)
        self.model_name = str(self.spec.options["model"])
        self.generator = self.model_name + ("+distilled" if self.settings.preset == "distilled" else "")
        self.attempts = self.settings.attempts
        still = STILL_IMAGE if self.spec.num_frames == 1 else {}
        self.gates = Gates.of({**still, **self.settings.gates})
        self._scorer, self._similarity_facts = _scorer(self.settings.similarity)
        if not planned:  # the commands have shown them before
            for note in self.notes(self.spec):
                log.warning("%s", note)
        self.pipe, computed = load_pipeline(self.spec, self.settings, str(self.spec.options["pipeline"]))
        self.batches = BatchGenerator(self.pipe, self.spec, self.settings, computed, self.generator)
        self.batch_size = self.batches.batch_size

    @classmethod
    def plan_spec(cls, config: GenerateConfig) -> RenderSpec:
        """Frames and size snapped down to what the model generates, every setting final; no weights are read."""
        cls.check_options(config)
        return plan_spec(config, cls.versions())

    @classmethod
    def notes(cls, spec: RenderSpec, clips: Sequence[Clip] = ()) -> list[str]:
        """What the licences of the model, its parts and the clips' chat models allow; prompts it cannot read whole."""
        notes = licence_notes(spec, clips)
        if not clips:
            return notes
        limit = planned_limit(spec)
        if limit is None:
            notes += [f"how many tokens {spec.options['pipeline']} reads is not known: long prompts are not counted"]
        elif num := limit.num_exceeding([prompt_of(clip) for clip in clips]):
            notes += [
                f"{num:,} of {len(clips):,} prompts are longer than the {limit.tokens} tokens that "
                f"{spec.options['pipeline']} reads: the rest of them is not in the videos (prompt_truncated in "
                "provenance); `svta generate --extend-prompts URL|MODEL` has them shortened"
            ]
        return notes

    @classmethod
    def versions(cls) -> dict[str, str]:
        """What a clip depends on besides its spec; ftfy rewrites odd characters of prompts."""
        return installed("svta", "av", "numpy", "torch", "diffusers", "transformers", "ftfy")

    @classmethod
    def workers(cls, spec: RenderSpec) -> int:
        """One process per GPU; one on the CPU, where a model fills the memory."""
        import torch

        return max(1, torch.cuda.device_count()) if spec.on_gpu else 1

    @property
    def recorded(self) -> JsonObject:
        """What goes into each clip's provenance."""
        options, computed = self.spec.options, self.batches.computed
        facts = {name: options[name] for name in ("model", "revision", "pipeline")}
        names = ("preset", "steps", "guidance_scale", "batch_size", "device", "dtype", "vae_dtype", "compile", "fp8")
        facts |= {name: options[name] for name in names}
        facts |= {name: value for name in ("flow_shift", "attention", "cache") if (value := options[name])}
        facts |= {name: True for name in ("vae_tiling", "vae_slicing") if options[name]}
        if computed is not None:
            facts["steps_computed"] = "".join("1" if step else "0" for step in computed)
        facts |= self._similarity_facts
        if revision := options.get("lora_revision"):
            facts["lora"] = revision
        if encoders := text_encoders(self.spec):
            facts["text_encoder"] = encoders
        return facts

    def score(self, frames: NDArray[np.uint8], caption: str) -> float | None:
        """The number that --set similarity=encoder:MODEL or module:function gives."""
        return None if self._scorer is None else self._scorer(frames, caption)

    def generate(
        self, clips: Sequence[Clip], seeds: Sequence[int], positions: Sequence[int] | None = None
    ) -> Iterator[BackendOutput]:
        """One output per clip, in order; a clip keeps its place in the batch: position in the unit modulo batch size.

        Captions that plans refuse for a minor in them are refused here too, for callers without a plan.
        """
        positions = range(len(clips)) if positions is None else positions
        default, by_category = self.settings.negative_prompt, self.settings.negative_prompts
        texts = [(prompt_of(clip), negative_of(clip, default, by_category)) for clip in clips]
        ready = self.refusals(clips)
        wanted = [text for i, text in enumerate(texts) if i not in ready]
        faults = self.batches.embedder.prepare([*wanted, self.batches.filler])
        for index, text in enumerate(texts):
            if index not in ready and text in faults:
                ready[index] = BackendOutput(None, reason=GENERATION_FAILED, detail=faults[text])
        next_index = 0
        for batch in batches(positions, self.batch_size, skip=ready):
            members = [None if i is None else (texts[i], seeds[i]) for i in batch]
            for i, output in zip(batch, self.batches.generate(members)):
                if i is not None and output is not None:
                    ready[i] = output
            while next_index in ready:
                yield ready.pop(next_index)
                next_index += 1
        while next_index in ready:
            yield ready.pop(next_index)
            next_index += 1


def _scorer(place: str) -> tuple[Scorer | None, JsonObject]:
    """(what says how well frames and caption fit, who that is for provenance) of encoder:MODEL or module:function.

    Nothing for "". Raises PlanError, and EncoderError for a model that cannot be loaded.
    """
    if not place:
        return None, {}
    if place.startswith(ENCODER):
        opened = _function(OPEN_SCORER, place)(place.removeprefix(ENCODER))
        return opened, {"similarity_by": f"{ENCODER}{opened.name}", "similarity_family": opened.family}
    return _function(place, place), {"similarity_by": place}


def _function(name: str, place: str) -> Callable[..., Any]:
    module, _, function = name.partition(":")
    try:
        found: Callable[..., Any] = getattr(import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise PlanError(
            f"--set similarity={place}: encoder:MODEL or module:function is needed ({first_line(error)})"
        ) from None
    return found
