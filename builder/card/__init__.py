"""The documents of a dataset. In: its statistics and rights; out: README card, croissant.json, eval.yaml, charts."""
