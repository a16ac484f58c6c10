"""The documents of a dataset: README card, croissant.json, eval.yaml, charts."""
