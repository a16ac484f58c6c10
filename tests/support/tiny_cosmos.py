"""Tiny random-weight Cosmos pipelines, and stand-ins for what they need that does not install everywhere.

The guardrail is a download of gigabytes, torchvision has no wheel for every torch.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import torch
from diffusers import ModelMixin
from tiny_pipelines import t5_encoder, wan_vae, word_tokenizer
from tiny_readers import byte_tokenizer, qwen


def cosmos(*, newer: bool = True) -> Any:
    """Cosmos Predict 2.5, or the first text-to-world model; the guardrail must be there, or a stand-in for it."""
    import diffusers
    from diffusers import (
        AutoencoderKLCosmos,
        CosmosTransformer3DModel,
        EDMEulerScheduler,
    )

    channels = 16 if newer else 4
    transformer = CosmosTransformer3DModel(
        in_channels=channels + newer,
        out_channels=channels,
        num_attention_heads=2,
        attention_head_dim=16,
        num_layers=2,
        mlp_ratio=2,
        text_embed_dim=48 if newer else 32,
        adaln_lora_dim=4,
        max_size=(8, 32, 32),
        patch_size=(1, 2, 2),
        rope_scale=(2.0, 1.0, 1.0),
        concat_padding_mask=True,
        extra_pos_embed_type=None if newer else "learnable",
    )
    if newer:
        return diffusers.Cosmos2_5_PredictBasePipeline(
            text_encoder=qwen(),
            tokenizer=byte_tokenizer(),
            transformer=transformer,
            vae=wan_vae(),
            scheduler=diffusers.UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True),
        )
    vae = AutoencoderKLCosmos(
        latent_channels=4,
        encoder_block_out_channels=(8, 8, 8, 8),
        decode_block_out_channels=(8, 8, 8, 8),
        attention_resolutions=(8,),
        resolution=64,
        num_layers=2,
        scaling_factor=1.0,
    )
    return diffusers.CosmosTextToWorldPipeline(
        text_encoder=t5_encoder(),
        tokenizer=word_tokenizer(),
        transformer=transformer,
        vae=vae,
        scheduler=EDMEulerScheduler(sigma_min=0.002, sigma_max=80, sigma_data=0.5, final_sigmas_type="sigma_min"),
    )


def cosmos3() -> Any:
    """Cosmos 3: the denoiser reads the caption itself, one prompt a call."""
    from diffusers import Cosmos3OmniPipeline, Cosmos3OmniTransformer, UniPCMultistepScheduler

    transformer = Cosmos3OmniTransformer(
        head_dim=6,
        hidden_size=6,
        intermediate_size=12,
        latent_channel=16,
        latent_patch_size=1,
        num_attention_heads=1,
        num_hidden_layers=1,
        num_key_value_heads=1,
        patch_latent_dim=16,
        rope_axes_dim=[1, 1, 1],
        vocab_size=400,
    )
    return Cosmos3OmniPipeline(
        transformer=transformer,
        text_tokenizer=byte_tokenizer(),
        vae=wan_vae(),
        scheduler=UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True),
        enable_safety_checker=False,
    )


class Guardrail(ModelMixin):
    """Stands for NVIDIA's guardrail of Cosmos, which is a download of its own: refuses captions of fights."""

    def __init__(self) -> None:
        super().__init__()
        self.nothing = torch.nn.Parameter(torch.zeros(1))

    def check_text_safety(self, prompt: str) -> bool:
        """Whether a caption may be filmed."""
        return "fight" not in prompt

    def check_video_safety(self, video: Any) -> Any:
        """The film, faces blurred by the true one."""
        return video


def resize(pictures: torch.Tensor, size: list[int], interpolation: str) -> torch.Tensor:
    """Stands for torchvision's, of which Cosmos needs this one function."""
    return torch.nn.functional.interpolate(pictures, size, mode=interpolation)


def stand_in_for_cosmos(monkeypatch: Any) -> None:
    """Put stand-ins where Cosmos asks for its guardrail and torchvision."""
    import diffusers.models.transformers.transformer_cosmos as transformer
    from diffusers.pipelines.cosmos import pipeline_cosmos2_5_predict, pipeline_cosmos_text2world

    from svta.generation.diffusion import pipeline as loading

    functional = SimpleNamespace(resize=resize)
    modes = SimpleNamespace(NEAREST="nearest")
    vision = SimpleNamespace(functional=functional, InterpolationMode=modes)
    monkeypatch.setattr(transformer, "transforms", vision, raising=False)
    for module in (pipeline_cosmos2_5_predict, pipeline_cosmos_text2world):
        monkeypatch.setattr(module, "CosmosSafetyChecker", Guardrail)
    monkeypatch.setattr(loading, "find_spec", lambda name: name)
