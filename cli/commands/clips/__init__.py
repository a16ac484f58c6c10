"""Commands that make videos. In: descriptions or footage; out: clips folders, streams with known truth."""
