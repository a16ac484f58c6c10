"""Calls a pipeline batch by batch: fixed arguments, fillers, smaller batches where memory runs out, counted forwards.

Reads prompts and seeds; gives BackendOutputs. A clip's bits depend on its prompts, its seed, its place in a batch and
the batch's size, never on its neighbours: a member that fails is replaced by a filler.
"""

from __future__ import annotations

import gc
import inspect
import logging
from collections.abc import Container, Iterator, Sequence
from typing import Final

from svta.builder.errors import first_line
from svta.generation.backends.base import GENERATION_FAILED, BackendOutput, GenerationError
from svta.generation.backends.spec import JsonObject, RenderSpec

from .cache_hooks import reset_caches
from .families import FRAME_ARGUMENTS, PYRAMID_STEPS, RATE_ARGUMENTS, Pipe, denoisers_of, family_of
from .optimizations import compiled_graphs
from .outputs import OUTPUT_TYPE, batch_frames
from .prompt_embeddings import PromptEmbedder, Texts
from .settings import DiffusionSettings
from .step_cache import ForwardCounter, check_skips

log = logging.getLogger(__name__)

Member = tuple[Texts, int]  # prompts and seed of one place of a batch
FILLER: Final = "A quiet street."  # what is generated in a place of a batch whose clip is missing


class BatchGenerator:
    """One loaded pipeline and how it is called. `forward_size`: clips a call, halved where memory runs out."""

    def __init__(
        self, pipe: Pipe, spec: RenderSpec, settings: DiffusionSettings, computed: list[bool] | None, name: str
    ):
        self.pipe, self.spec, self.settings, self.computed, self.name = pipe, spec, settings, computed, name
        self.counter = ForwardCounter(pipe)
        self.batch_size = self.forward_size = max(1, settings.batch_size)
        self.embedder = PromptEmbedder(pipe, settings)
        self.arguments = fixed_arguments(pipe, spec, settings)
        self._checked = False

    @property
    def filler(self) -> Texts:
        """The prompts of a filler."""
        return FILLER, self.settings.negative_prompt

    def generate(self, members: Sequence[Member | None]) -> list[BackendOutput | None]:
        """One batch; smaller calls where memory runs out, each member alone where one of them breaks the call."""
        import torch

        while True:
            size = self.forward_size
            try:
                outputs: list[BackendOutput | None] = []
                for start in range(0, len(members), size):
                    part = members[start : start + size]
                    outputs += self._call(part) if any(part) else [None] * len(part)
                return outputs
            except torch.OutOfMemoryError:
                self._shrink(size)
            except GenerationError:
                raise
            except Exception as error:  # of the pipeline: one member may break the call for all
                log.debug("a batch failed", exc_info=True)
                if not self._checked:
                    self._check_filler(len(members), error)
                return self._one_by_one(members, error)

    def _shrink(self, size: int) -> None:
        """After memory ran out: the text encoder leaves, else fewer clips per call. Raises GenerationError at one."""
        import torch

        if self.embedder.make_room():
            log.warning("out of memory beside the text encoder, which is unloaded after each unit from now on")
        elif size == 1:
            raise GenerationError(
                f"{self.name}: no memory for one clip of {self.spec.num_frames} frames of "
                f"{self.spec.width}x{self.spec.height}; try --set vae_tiling=true, fp8=layerwise or a smaller size"
            ) from None
        else:
            self.forward_size = size // 2
            log.warning("out of memory with %d clips at once, continuing with %d", size, self.forward_size)
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _one_by_one(self, members: Sequence[Member | None], error: Exception) -> list[BackendOutput | None]:
        """Each member of a failed batch with fillers beside it; the failure itself where only one is left."""
        present = [i for i, member in enumerate(members) if member is not None]
        if len(present) == 1:
            detail = f"{type(error).__name__}: {first_line(error)}"
            failed = BackendOutput(None, reason=GENERATION_FAILED, detail=detail)
            return [failed if i in present else None for i in range(len(members))]
        outputs: list[BackendOutput | None] = [None] * len(members)
        for i in present:
            alone = [member if j == i else None for j, member in enumerate(members)]
            outputs[i] = self.generate(alone)[i]
        return outputs

    def _check_filler(self, size: int, error: Exception) -> None:
        """After the first call failed: GenerationError where the plainest caption fails too: no clip is to blame."""
        import torch

        try:
            self._call([(self.filler, 0), *[None] * (size - 1)])
        except torch.OutOfMemoryError:
            log.debug("not enough memory to find the clip that caused it")
        except GenerationError:
            raise
        except Exception as again:  # of the pipeline
            cache = self.settings.cache.get("kind")
            hint = f"; cache {cache} may not fit it, try --cache-config none" if cache else ""
            if self.settings.compile != "off":
                hint += f"; or try --set compile=off ({self.settings.compile} needs a C++ compiler)"
            detail = f"{type(again).__name__}: {first_line(again)}"
            raise GenerationError(f"{self.name}: fails on every caption ({detail}){hint}") from error

    def _call(self, members: Sequence[Member | None]) -> list[BackendOutput | None]:
        """One call of the pipeline; its pixels may still be on their way when it returns."""
        import torch

        whole = [member or (self.filler, 0) for member in members]
        for part in denoisers_of(self.pipe).values():
            reset_caches(part)
        self.counter.reset()
        generators = [torch.Generator("cpu").manual_seed(seed) for _, seed in whole]
        torch.manual_seed(whole[0][1])  # for what a model draws past its generators
        random_state = torch.get_rng_state()
        output = self.pipe(
            **self.embedder.arguments([texts for texts, _ in whole]),
            **self.arguments,
            generator=generators[0] if family_of(type(self.pipe).__name__).one_by_one else generators,
        )
        if len(whole) > 1 and not torch.equal(random_state, torch.get_rng_state()):
            raise GenerationError(
                f"{self.name} draws noise without the clip's seed, so a clip would depend on its neighbours; "
                "give --set batch_size=1"
            )
        check_skips(self.counter, self.settings.cache, self.computed, first=not self._checked)
        if not self._checked and self.settings.compile != "off" and not compiled_graphs():
            raise GenerationError("compile: no graph was compiled; give --set compile=off")
        self._checked = True
        frames = batch_frames(output, self.pipe, self.spec, len(whole), self.name)
        return [
            None if member is None else frames.clip(i, self._provenance(member[0], len(whole)))
            for i, member in enumerate(members)
        ]

    def _provenance(self, texts: Texts, size: int) -> JsonObject:
        """What one call says of a clip: forwards, and the size of the call where it is not the planned one."""
        facts = {"forwards": self.counter.forwards, "skipped_forwards": self.counter.skipped}
        facts |= self.embedder.provenance(texts)
        return facts if size == self.batch_size else facts | {"forward_size": size}


def fixed_arguments(pipe: Pipe, spec: RenderSpec, settings: DiffusionSettings) -> JsonObject:
    """What every call of the pipeline is given."""
    taken = inspect.signature(type(pipe).__call__).parameters
    family = family_of(type(pipe).__name__)
    given: JsonObject = {"output_type": OUTPUT_TYPE, "height": spec.height, "width": spec.width}
    if PYRAMID_STEPS in taken:
        given[PYRAMID_STEPS] = [settings.steps] * len(taken[PYRAMID_STEPS].default)
    else:
        given["num_inference_steps"] = settings.steps
    if "clean_caption" in taken:  # it would change the caption where Beautiful Soup is installed, and only there
        given["clean_caption"] = False
    given |= {name: spec.num_frames for name in FRAME_ARGUMENTS if name in taken}
    given |= {name: int(spec.fps) if name == "fps" else spec.fps for name in RATE_ARGUMENTS if name in taken}
    if family.guidance in taken:
        given[family.guidance] = settings.guidance_scale
    return given | {name: value for name, value in family.extra.items() if name in taken}


def batches(positions: Sequence[int], size: int, skip: Container[int]) -> Iterator[list[int | None]]:
    """Indices of clips, `size` a batch, each at its position modulo size; None for a place without a clip."""
    queues: list[list[int]] = [[] for _ in range(size)]
    for index, position in enumerate(positions):
        if index not in skip:
            queues[position % size].append(index)
    while any(queues):
        yield [queue.pop(0) if queue else None for queue in queues]
