"""Categories for captions. In: a description file; out: clusters, categories, and what people decided in the review."""
