"""Footage into an index. In: files and folders of recordings, and an encoder; out: vectors of windows, up to date."""
