"""Somebody's own footage. In: a folder of videos and their annotations; out: a clips folder."""
