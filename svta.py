"""svta: the face of the package. `import svta` registers the dataset builder and loads nothing heavy.

import svta
from datasets import load_dataset
clips = load_dataset("svta", data_dir="DIR", split="train", streaming=True)     # the library's own datasets
clips = svta.open_dataset("DIR", split="train", num_frames=12, size=224)        # random access, exact resume
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if "__path__" not in globals():  # a bare checkout: the folders beside this file are the package
    __path__ = [str(Path(__file__).resolve().parent)]

from svta.builder.errors import SvtaError
from svta.builder.hf_datasets.registration import register_when_imported
from svta.builder.versions import svta_version

if TYPE_CHECKING:
    from svta.builder.dataset.batches import Batches
    from svta.builder.dataset.clip_dataset import ClipDataset, open_dataset
    from svta.builder.dataset.collation import collate
    from svta.builder.dataset.sampler import DistributedClipSampler
    from svta.builder.dataset.transforms import frames
    from svta.builder.record import Clip
    from svta.eval.search.index import Index, open_index

__version__ = svta_version()

__all__ = [
    "Batches",
    "Clip",
    "ClipDataset",
    "DistributedClipSampler",
    "Index",
    "SvtaError",
    "__version__",
    "collate",
    "frames",
    "open_dataset",
    "open_index",
]

_LAZY = dict.fromkeys(
    ("Batches", "ClipDataset", "DistributedClipSampler", "collate", "frames", "open_dataset"), "svta.builder.dataset"
)
_LAZY |= {"Clip": "svta.builder.record"} | dict.fromkeys(("Index", "open_index"), "svta.eval.search.index")


if not TYPE_CHECKING:  # checkers know the names above, and no others

    def __getattr__(name: str) -> Any:
        if name in _LAZY:
            return getattr(import_module(_LAZY[name]), name)
        raise AttributeError(f"module 'svta' has no attribute {name!r}")


def __dir__() -> list[str]:  # what is loaded when first used is listed too
    return sorted({*globals(), *__all__})


register_when_imported()


if __name__ == "__main__":  # `python -m svta` in a bare checkout
    from svta.cli import main

    main()
