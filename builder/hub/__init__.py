"""A dataset on the Hugging Face Hub. In: a folder or a repo id; out: the repo pushed, pulled or verified."""
