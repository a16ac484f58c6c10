"""Retrieval metrics and their statistics. In: similarities or embeddings;
out: R@K, MdR, MnR, intervals and paired tests.
"""

from typing import TYPE_CHECKING

from svta.builder.lazy import lazy_names

if TYPE_CHECKING:
    from .retrieval import RetrievalMetrics, retrieval_metrics, retrieval_metrics_from_embeddings

__all__ = ["RetrievalMetrics", "retrieval_metrics", "retrieval_metrics_from_embeddings"]

__getattr__ = lazy_names(
    __name__,
    RetrievalMetrics=".retrieval",
    retrieval_metrics=".retrieval",
    retrieval_metrics_from_embeddings=".retrieval",
)
