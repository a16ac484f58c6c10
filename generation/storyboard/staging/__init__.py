"""Clauses -> Scene: the category, its cast, their beats, place and time of day."""
