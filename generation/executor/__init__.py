"""Carries out a plan. In: plan.json; out: finished units, from a process pool, Ray, or the ranks of a cluster."""
