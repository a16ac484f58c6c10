"""Whether a dataset is whole and says the truth. In: a folder or Hub repo; out: a list of findings."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .finding import Finding
    from .folder import Verification, verify

__all__ = ["Finding", "Verification", "verify"]

_HOME = {
    "Finding": ".finding",
    "Verification": ".folder",
    "verify": ".folder",
}


def __getattr__(name: str) -> object:  # loaded when first asked for
    if name in _HOME:
        return getattr(import_module(_HOME[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
