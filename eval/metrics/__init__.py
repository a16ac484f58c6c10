"""Retrieval metrics and their statistics. In: similarities or embeddings;
out: R@K, MdR, MnR, intervals and paired tests.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .retrieval import RetrievalMetrics, retrieval_metrics, retrieval_metrics_from_embeddings

__all__ = ["RetrievalMetrics", "retrieval_metrics", "retrieval_metrics_from_embeddings"]

_HOME = {
    "RetrievalMetrics": ".retrieval",
    "retrieval_metrics": ".retrieval",
    "retrieval_metrics_from_embeddings": ".retrieval",
}


def __getattr__(name: str) -> object:  # loaded when first asked for
    if name in _HOME:
        return getattr(import_module(_HOME[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
