"""The embedded text-to-video default: reads a caption into a Scene, draws the Scene on the CPU.

frames = render("A man in a red shirt falls in the street.")       # uint8 [33, 192, 320, 3]
scene = read_scene("A man in a red shirt falls in the street.", 0)
render(dataclasses.replace(scene, time="night"))                   # the same with one thing changed
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .scene import Actor, Beat, Prop, Scene

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from .choreography import Choreography
    from .faithfulness.fidelity import Fidelity


__all__ = ["Actor", "Beat", "Prop", "Scene", "fidelity", "read_scene", "render"]


def read_scene(caption: str, seed: int = 0, category: str | None = None) -> Scene:
    """What a clip of this caption shows: who, colour, count, where, what happens when. See reader.read_scene."""
    from .staging.read_scene import read_scene as read

    return read(caption, seed, category)


def fidelity(
    caption: str, scene: Scene, *, choreographies: Mapping[str, Choreography] | None = None, by_eye: bool = True
) -> Fidelity:
    """What of a caption a scene shows: `.items` (kind, text, drawn, reason) and `.score`, the share that is drawn.

    `choreographies`: a user's tables, whose words for the scene's category are acted out. by_eye=False: by what the
    scene holds alone, also where nobody has looked at such a drawing (faithfulness/checked.json).
    """
    from .faithfulness.comparison import measure

    return measure(caption, scene, choreographies, by_eye=by_eye)


def render(
    caption_or_scene: str | Scene, *, num_frames: int = 33, height: int = 192, width: int = 320, seed: int = 0
) -> np.ndarray:
    """Draws a caption or an edited Scene: uint8 [num_frames, height, width, 3], the same bytes for the same input.

    Sizes are even, from 64 pixels a side. A caption is read with `seed`; a Scene brings its own, to which `seed` is
    added. Raises SceneError (an SvtaError) for a word or id that cannot be drawn, and what read_scene raises.
    """
    from .rendering.renderer import render as draw

    return draw(caption_or_scene, num_frames=num_frames, height=height, width=width, seed=seed)
