"""Frames and captions into embeddings: in batches as large as memory allows, by one process or by several.

Reads a dataset block by block; writes nothing. Under `accelerate launch` (or torchrun) each process takes every n-th
block, then all hold everything; what comes out does not depend on their number. `svta eval` calls it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from svta.builder.dataset.collation import channels_first
from svta.eval.distributed import gather, share
from svta.eval.encoders.base import Encoder, as_encoder

from .batching import BLOCK, EmbeddingError, FittingBatch, Rows, as_rows, join
from .clip_gallery import ClipGallery
from .frame_store import Prepare, read_blocks

if TYPE_CHECKING:
    import torch

    from svta.builder.video.decoder import FrameTimes

Floats = npt.NDArray[np.float32]
# frames [B, F, 3, H, W], their mask [B, F], their times and the clips' positions -> one row per clip
View = Callable[["torch.Tensor", "torch.Tensor", Sequence["FrameTimes"], Sequence[int]], Rows]
TEXTS: Final = 512


class Embedded(NamedTuple):
    """The readable clips in the requested order: views name -> one row per clip, and their positions."""

    views: dict[str, Floats]
    positions: list[int]
    unreadable: list[tuple[int, str]]


def embed_clips(
    dataset: ClipGallery,
    positions: Sequence[int],
    views: Mapping[str, View],
    *,
    prepare: Prepare = channels_first,
    block: int = BLOCK,
    on_clips: Callable[[int], None] | None = None,
) -> Embedded:
    """Every view of the clips at `positions`; clips that cannot be read come back with the reason.

    prepare: what the frames of a clip go through as they are decoded, e.g. Encoder.prepare.
    """
    blocks = share([positions[start : start + block] for start in range(0, len(positions), block)])
    batches = {name: FittingBatch(block) for name in views}
    own: list[tuple[list[int], list[tuple[int, str]], dict[str, Floats]]] = []
    for read in read_blocks(dataset, [position for some in blocks for position in some], block, prepare):
        viewed: dict[str, Floats] = {}
        if read.positions:
            rows = (read.pixel_values, read.frame_mask, read.times, read.positions)
            viewed = {name: batches[name](view, *rows) for name, view in views.items()}
        own.append((read.positions, read.unreadable, viewed))
        if on_clips is not None:
            on_clips(len(read.positions) + len(read.unreadable))
    parts = gather(own)
    place_of = {position: i for i, position in enumerate(positions)}
    found = [position for part in parts for position in part[0]]
    order = sorted(range(len(found)), key=lambda i: place_of[found[i]])
    full = [part for part in parts if part[0]]
    joined = {name: join([part[2][name] for part in full])[order] for name in views}
    unreadable = sorted((item for part in parts for item in part[1]), key=lambda item: place_of[item[0]])
    return Embedded(joined, [found[i] for i in order], unreadable)


def embed_texts(encode_text: Callable[[list[str]], Rows], texts: Sequence[str]) -> Floats:
    """float32 rows, one per text; each process embeds its share."""
    numbered = list(enumerate(list(texts[start : start + TEXTS]) for start in range(0, len(texts), TEXTS)))
    batch = FittingBatch(TEXTS)
    parts = gather([(number, batch(encode_text, some)) for number, some in share(numbered)])
    return join([rows for _, rows in sorted(parts, key=lambda item: item[0])])


def score_matrix(encoder: Encoder, text: Floats, video: Floats) -> Floats:
    """float32 [T, V] scores of what an encoder gave, by its own `similarity` where it has one, else dot products."""
    encoder = as_encoder(encoder)
    if encoder.dot_product:
        return np.asarray(text @ video.T)
    import torch

    matrix = as_rows(encoder.similarity(torch.from_numpy(text), torch.from_numpy(video)), len(text))
    if matrix.shape != (len(text), len(video)):
        raise EmbeddingError(f"similarity gave {list(matrix.shape)} for {len(text)} texts and {len(video)} videos")
    return matrix


def compile_blocks(module: object) -> int:
    """torch.compile for every repeated block of a model (its layers), in place; how many."""
    from torch.nn import Module, ModuleList

    if not isinstance(module, Module):
        return 0
    lists = [part for part in module.modules() if isinstance(part, ModuleList)]
    blocks: Iterable[Module] = [block for layers in lists for block in layers] or [module]
    count = 0
    for part in blocks:
        part.compile()
        count += 1
    return count
