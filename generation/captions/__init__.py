"""Captions and the prompts made of them. In: sources, a grammar or a chat model; out: a description file."""
