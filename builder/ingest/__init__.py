"""Somebody's own folder of videos -> a clips folder."""
