"""The default backend: the storyboard, on the CPU."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence

from svta.builder.errors import SvtaError
from svta.builder.record import Clip
from svta.builder.taxonomy import load_taxonomy
from svta.builder.video.marking import SourceType

from .base import FILM_FAILED, Take
from .registry import built_in_taxonomy, installed
from .spec import FilmSpec

log = logging.getLogger(__name__)


class Storyboard:
    """The embedded default: reads each caption into a scene and draws it."""

    generator = "storyboard"
    source_type: SourceType = "algorithmicMedia"
    preset = "veryfast"  # flat drawings: half the encoding time of medium for 5 % more bytes

    def __init__(self, spec: FilmSpec):
        from svta.generation.storyboard.choreography import load_choreographies

        self.spec = spec
        own = spec.local.get("choreography")  # a user's file; without one, the built-in tables and taxonomy
        self.taxonomy = load_taxonomy(spec.local.get("taxonomy")) if own else built_in_taxonomy()
        self.tables = load_choreographies(own)

    def film(self, clips: Sequence[Clip], seeds: Sequence[int]) -> Iterator[Take]:
        """Frames of every clip, drawn one by one."""
        from svta.generation.storyboard import render
        from svta.generation.storyboard.staging.read_scene import read_scene

        for clip, seed in zip(clips, seeds):
            try:
                scene = read_scene(clip.caption, seed, self._category(clip), self.taxonomy, self.tables)
                frames = render(scene, num_frames=self.spec.num_frames, height=self.spec.height, width=self.spec.width)
            except SvtaError as error:  # refused, or a scene the painter does not know: this clip alone
                yield Take(None, reason=getattr(error, "reason", None) or FILM_FAILED, detail=str(error))
            except ImportError:
                raise  # no caption's fault
            except Exception as error:  # one caption must not stop 41,315: rejected by name, traceback in the debug log
                log.debug("storyboard failed on key %s", clip.key, exc_info=True)
                yield Take(None, reason=FILM_FAILED, detail=f"{type(error).__name__}: {str(error)[:300]}")
            else:
                digest = hashlib.sha256(scene.to_json().encode()).hexdigest()[:16]
                yield Take(frames, {"scene": digest})

    def _category(self, clip: Clip) -> str | None:
        """The clip's category if the storyboard's taxonomy, and so a choreography, knows it."""
        category = self.taxonomy.find(clip.category) if clip.category else None
        return category.name if category else None

    @staticmethod
    def versions() -> dict[str, str]:
        """What a drawing hangs on besides its scene."""
        return installed("pillow", "numpy")
