"""Servers of somebody else. In: a URL and a key of the environment; out: answers within limits, secrets hidden."""
