"""From clips folders to a dataset. In: a clips folder, or a packed dataset;
out: shards with their index, card and checksums.
"""
