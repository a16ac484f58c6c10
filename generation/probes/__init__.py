"""Counterfactual probes: minimal sets of drawn clips that differ in one factor, and captions that differ in it alone.

In: a seed; out: a packed dataset with probes.jsonl, which `svta eval --probes` scores (docs/probes.md).
"""
