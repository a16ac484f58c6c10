"""Captions and the prompts made of them: by grammar or by a chat model."""
