"""A folder of clips -> a dataset of WebDataset shards, and datasets made from datasets."""
