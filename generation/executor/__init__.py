"""Carries out a plan: in this process, in a pool, over Ray, over the ranks of a cluster."""
