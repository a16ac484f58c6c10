"""A whole scene -> frames; contact sheets."""
