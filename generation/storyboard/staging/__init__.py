"""Clauses -> Scene. In: what the caption says; out: actors, props, beats, place, time and weather."""
