"""Tokens of a caption -> its Words: the longest phrases of the lexicon, with things that "of" joins as one."""
