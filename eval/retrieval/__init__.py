"""Which clips and captions are ranked, how, and what is left of the ranking."""
