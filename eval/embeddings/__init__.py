"""Clips and captions -> vectors. In: a dataset and an encoder; out: embeddings, computed once and cached."""
