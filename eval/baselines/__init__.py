"""Trainable video-text retrieval models: tiny, CLIP4Clip, X-CLIP, GRAM."""
