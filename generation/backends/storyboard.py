"""The default backend: the storyboard, drawn on the CPU."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from svta.builder.errors import SvtaError, first_line
from svta.builder.io.files import sha256_file
from svta.builder.minors.judgement import DEPICTS_MINOR, forbidden
from svta.builder.record import Clip
from svta.builder.taxonomy import load_taxonomy
from svta.builder.video.marking import SourceType

from .base import GENERATION_FAILED, Backend, BackendOutput
from .config import GenerateConfig
from .spec import RenderSpec, installed

LOW_FIDELITY: Final = "low_fidelity"  # the reason code in rejected.jsonl
log = logging.getLogger(__name__)


class Storyboard(Backend):
    """Reads each caption into a scene and draws it."""

    generator = "storyboard"
    source_type: SourceType = "algorithmicMedia"
    encoder_preset = "veryfast"  # flat drawings: half the encoding time of medium for 5 % more bytes
    accepts = ("choreography", "lexicon", "min_fidelity")

    def __init__(self, spec: RenderSpec):
        from svta.generation.storyboard.choreography import load_choreographies
        from svta.generation.storyboard.user_lexicon import use_lexicon

        super().__init__(spec)
        use_lexicon(spec.local.get("lexicon"))
        self.min_fidelity = float(spec.options.get("min_fidelity") or 0.0)
        own = spec.local.get("choreography")  # a user's file; without one, the built-in tables and taxonomy
        self.taxonomy = load_taxonomy(spec.local.get("taxonomy") if own else None)
        self.tables = load_choreographies(own)

    def generate(
        self, clips: Sequence[Clip], seeds: Sequence[int], positions: Sequence[int] | None = None
    ) -> Iterator[BackendOutput]:
        """Frames of every clip, drawn one by one."""
        from svta.generation.storyboard import fidelity, render
        from svta.generation.storyboard.scene import MINORS
        from svta.generation.storyboard.staging.minors_gate import StoryboardRefused
        from svta.generation.storyboard.staging.read_scene import read_scene

        for clip, seed in zip(clips, seeds):
            try:
                if (reason := forbidden(clip, self.judged_by)) is not None:
                    raise StoryboardRefused(reason, clip.caption)
                scene = read_scene(clip.caption, seed, self._category(clip), self.taxonomy, self.tables)
                shown = fidelity(clip.caption, scene, choreographies=self.tables)
                if shown.score < self.min_fidelity:
                    detail = f"fidelity {shown.score:.2f}; not drawn: {', '.join(shown.undrawn)}"
                    yield BackendOutput(None, reason=LOW_FIDELITY, detail=detail)
                    continue
                frames = render(scene, num_frames=self.spec.num_frames, height=self.spec.height, width=self.spec.width)
            except StoryboardRefused as error:
                yield BackendOutput(None, reason=error.reason, detail=str(error))
            except SvtaError as error:  # a scene the renderer does not know: this clip alone
                yield BackendOutput(None, reason=GENERATION_FAILED, detail=str(error))
            except ImportError:
                raise  # no caption's fault
            except Exception as error:  # one caption must not stop the others: rejected by name, traceback in the log
                log.debug("storyboard failed on key %s", clip.key, exc_info=True)
                detail = f"{type(error).__name__}: {first_line(error, 300)}"
                yield BackendOutput(None, reason=GENERATION_FAILED, detail=detail)
            else:
                digest = hashlib.sha256(scene.to_json().encode()).hexdigest()[:16]
                undrawn = {"undrawn": list(shown.undrawn)} if shown.undrawn else {}
                facts = {"scene": digest, "fidelity": round(shown.score, 4), **undrawn}
                minor = any(actor.kind in MINORS for actor in scene.actors)
                yield BackendOutput(frames, facts, flags=(DEPICTS_MINOR,) * minor)

    def _category(self, clip: Clip) -> str | None:
        """The clip's category if the storyboard's taxonomy, and so a choreography, knows it."""
        category = self.taxonomy.find(clip.category) if clip.category else None
        return category.name if category else None

    @classmethod
    def versions(cls) -> dict[str, str]:
        """What a drawing depends on besides its scene."""
        return installed("pillow", "numpy")

    @classmethod
    def plan_spec(cls, config: GenerateConfig) -> RenderSpec:
        """The spec; it holds what a user's choreographies say (their hash), not where they are."""
        spec = super().plan_spec(config)
        if config.min_fidelity is not None:
            spec = replace(spec, options={**spec.options, "min_fidelity": config.min_fidelity})
        if config.lexicon is not None:
            from svta.generation.storyboard.user_lexicon import use_lexicon

            digest = use_lexicon(config.lexicon)  # its faults are reported before anything is generated
            local = {**spec.local, "lexicon": str(config.lexicon)}
            spec = replace(spec, options={**spec.options, "lexicon": digest}, local=local)
        if config.choreography is None:
            return spec
        from svta.generation.storyboard.choreography import load_choreographies

        load_choreographies(config.choreography)  # its faults are reported before anything is generated
        files = {"choreography": config.choreography, "taxonomy": config.taxonomy}
        given = {name: path for name, path in files.items() if path is not None}
        return replace(
            spec,
            options={**spec.options, **{name: sha256_file(path)[:16] for name, path in given.items()}},
            local={**spec.local, **{name: str(path) for name, path in given.items()}},
        )
