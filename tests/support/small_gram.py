"""A GRAM of two layers."""

from __future__ import annotations

import torch
from tiny_models import tiny_tokens

from svta.eval.baselines.gram_model import GramConfig, GramModel

VISION = {"hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 1, "num_attention_heads": 2}


VISION |= {"patch_size": 16, "image_size": 32}


TEXT = {"vocab_size": 40, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}


TEXT |= {"max_position_embeddings": 16}


def build(**options):
    torch.manual_seed(0)
    config = GramConfig(text_config=TEXT, vision_config=VISION, contra_dim=24, max_frames=3, max_words=12, **options)
    model = GramModel(config).eval()
    model.tokens = tiny_tokens()
    return model
