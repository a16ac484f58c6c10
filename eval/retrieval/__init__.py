"""One evaluation. In: a dataset or captions with videos, and a model; out: ranks, summaries and controls."""
