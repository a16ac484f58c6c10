"""Tiny random-weight pipelines whose captions a large language model reads: Kandinsky, HunyuanVideo 1.5 and such."""

from __future__ import annotations

from typing import Any, Final

from tiny_pipelines import t5_encoder, wan_vae, word_tokenizer

CHAT: Final = (
    "{% for m in messages %}{{ m['role'] }} "
    "{% if m['content'] is string %}{{ m['content'] }}{% else %}{{ m['content'][0]['text'] }}{% endif %} {% endfor %}"
)
QWEN: Final = {
    "vocab_size": 400,
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "bos_token_id": 0,
    "eos_token_id": 1,
    "pad_token_id": 0,
    "rope_parameters": {"rope_type": "default", "rope_theta": 10_000.0, "mrope_section": [1, 1, 2]},
}
VISION: Final = {"depth": 1, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": 16}


def byte_tokenizer() -> Any:
    """Bytes as tokens, with a chat template."""
    from transformers import ByT5Tokenizer

    tokenizer = ByT5Tokenizer()
    tokenizer.chat_template = CHAT
    tokenizer.add_tokens(["<|vision_start|>"], special_tokens=True)
    return tokenizer


def qwen(vocabulary: int = 400) -> Any:
    """Qwen 2.5 VL, which reads captions for Kandinsky and Cosmos."""
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    text = {**QWEN, "vocab_size": vocabulary}
    return Qwen2_5_VLForConditionalGeneration(Qwen2_5_VLConfig(text_config=text, vision_config=VISION))


def clip_text(width: int = 8) -> Any:
    """CLIP's text encoder, whose pooled output some families read."""
    from transformers import CLIPTextConfig, CLIPTextModel

    sizes = {"vocab_size": 64, "hidden_size": width, "intermediate_size": 16, "num_hidden_layers": 1}
    return CLIPTextModel(CLIPTextConfig(num_attention_heads=2, bos_token_id=0, eos_token_id=1, pad_token_id=0, **sizes))


def hunyuan_vae() -> Any:
    """HunyuanVideo's VAE: 4 channels, 4 frames and 8 x 8 pixels a latent."""
    from diffusers import AutoencoderKLHunyuanVideo

    return AutoencoderKLHunyuanVideo(
        latent_channels=4, block_out_channels=(8, 8, 8, 8), layers_per_block=1, norm_num_groups=4
    )


def kandinsky5() -> Any:
    """Kandinsky 5: Qwen and CLIP read the caption, its frames are 4k+1."""
    from diffusers import FlowMatchEulerDiscreteScheduler, Kandinsky5T2VPipeline, Kandinsky5Transformer3DModel

    transformer = Kandinsky5Transformer3DModel(
        in_visual_dim=4,
        out_visual_dim=4,
        in_text_dim=16,
        in_text_dim2=8,
        time_dim=16,
        patch_size=(1, 2, 2),
        model_dim=24,
        ff_dim=32,
        num_text_blocks=1,
        num_visual_blocks=2,
        axes_dims=(8, 8, 8),
        visual_cond=False,
    )
    return Kandinsky5T2VPipeline(
        transformer=transformer,
        vae=hunyuan_vae(),
        text_encoder=qwen(),
        tokenizer=word_tokenizer(),
        text_encoder_2=clip_text(),
        tokenizer_2=word_tokenizer(),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=7.0),
    )


def kandinsky6() -> Any:
    """Kandinsky 6, which makes sound too."""
    from diffusers import (
        FlowMatchEulerDiscreteScheduler,
        Kandinsky6TI2VAPipeline,
        Kandinsky6Transformer3DModel,
        MMAudioVAE,
        MMAudioVocoder,
    )

    transformer = Kandinsky6Transformer3DModel(
        in_visual_dim=4,
        out_visual_dim=4,
        in_text_dim=16,
        in_text_dim2=8,
        time_dim=16,
        patch_size=(1, 2, 2),
        model_dim=12,
        ff_dim=24,
        num_text_blocks=1,
        num_visual_blocks=2,
        axes_dims=(2, 1, 1),
        visual_cond=True,
        in_audio_dim=4,
        out_audio_dim=4,
        visual_token_type_num_embeddings=2,
    )
    audio_vae = MMAudioVAE(
        mel_bins=8,
        latent_channels=4,
        hidden_channels=8,
        channel_multipliers=(1, 2),
        layers_per_block=1,
        sample_rate=16_000,
        n_fft=1_024,
        hop_length=256,
    )
    vocoder = MMAudioVocoder(
        num_mels=8,
        upsample_initial_channel=8,
        upsample_rates=(16, 16),
        upsample_kernel_sizes=(32, 32),
        resblock_kernel_sizes=(3,),
        resblock_dilation_sizes=((1, 3),),
    )
    return Kandinsky6TI2VAPipeline(
        transformer=transformer,
        vae=hunyuan_vae(),
        text_encoder=qwen(),
        tokenizer=word_tokenizer(),
        text_encoder_2=clip_text(),
        tokenizer_2=word_tokenizer(),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=7.0),
        audio_vae=audio_vae,
        vocoder=vocoder,
    )


def hunyuan15() -> Any:
    """HunyuanVideo 1.5: guidance by a guider component, words in quotes read by a second encoder."""
    from diffusers import (
        AutoencoderKLHunyuanVideo15,
        FlowMatchEulerDiscreteScheduler,
        HunyuanVideo15Pipeline,
        HunyuanVideo15Transformer3DModel,
    )
    from diffusers.guiders import ClassifierFreeGuidance
    from transformers import ByT5Tokenizer, Qwen2_5_VLTextConfig, Qwen2_5_VLTextModel

    transformer = HunyuanVideo15Transformer3DModel(
        in_channels=9,
        out_channels=4,
        num_attention_heads=2,
        attention_head_dim=8,
        num_layers=2,
        num_refiner_layers=1,
        mlp_ratio=2.0,
        text_embed_dim=16,
        text_embed_2_dim=32,
        image_embed_dim=12,
        rope_axes_dim=(2, 2, 4),
        target_size=16,
    )
    vae = AutoencoderKLHunyuanVideo15(
        latent_channels=4,
        block_out_channels=(8, 8, 8),
        layers_per_block=1,
        spatial_compression_ratio=8,
        temporal_compression_ratio=4,
        downsample_match_channel=False,
        upsample_match_channel=False,
    )
    return HunyuanVideo15Pipeline(
        text_encoder=Qwen2_5_VLTextModel(Qwen2_5_VLTextConfig(**QWEN)),
        tokenizer=byte_tokenizer(),
        transformer=transformer,
        vae=vae,
        scheduler=FlowMatchEulerDiscreteScheduler(shift=7.0),
        text_encoder_2=t5_encoder(vocab_size=400),
        tokenizer_2=ByT5Tokenizer(),
        guider=ClassifierFreeGuidance(guidance_scale=6.0),
    )


def motif() -> Any:
    """Motif-Video: guidance by a guider component."""
    from diffusers import FlowMatchEulerDiscreteScheduler, MotifVideoPipeline, MotifVideoTransformer3DModel
    from diffusers.guiders import AdaptiveProjectedGuidance
    from transformers import T5Gemma2Encoder, T5Gemma2EncoderConfig, T5Gemma2TextConfig

    text = T5Gemma2TextConfig(
        vocab_size=64,
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        intermediate_size=32,
        head_dim=16,
        max_position_embeddings=512,
    )
    text.dropout_rate, text.layer_norm_epsilon, text.dense_act_fn = 0.0, 1e-6, "gelu"  # read, but without a default
    transformer = MotifVideoTransformer3DModel(
        in_channels=33,
        out_channels=16,
        num_attention_heads=2,
        attention_head_dim=12,
        num_layers=1,
        num_single_layers=1,
        patch_size=1,
        patch_size_t=1,
        text_embed_dim=32,
        rope_axes_dim=(4, 4, 4),
    )
    return MotifVideoPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=7.0),
        vae=wan_vae(),
        text_encoder=T5Gemma2Encoder(T5Gemma2EncoderConfig(text_config=text)),
        tokenizer=word_tokenizer(),
        transformer=transformer,
        guider=AdaptiveProjectedGuidance(),
    )


def easyanimate() -> Any:
    """EasyAnimate: Qwen reads the caption as a chat."""
    from diffusers import (
        AutoencoderKLMagvit,
        EasyAnimatePipeline,
        EasyAnimateTransformer3DModel,
        FlowMatchEulerDiscreteScheduler,
    )

    vae = AutoencoderKLMagvit(
        down_block_types=("SpatialDownBlock3D", *("SpatialTemporalDownBlock3D",) * 3),
        up_block_types=("SpatialUpBlock3D", *("SpatialTemporalUpBlock3D",) * 3),
        block_out_channels=(8, 8, 8, 8),
        latent_channels=4,
        layers_per_block=1,
        norm_num_groups=2,
        spatial_group_norm=False,
    )
    transformer = EasyAnimateTransformer3DModel(
        num_attention_heads=2,
        attention_head_dim=16,
        in_channels=4,
        out_channels=4,
        time_embed_dim=4,
        text_embed_dim=16,
        num_layers=1,
        sample_width=16,
        sample_height=16,
        patch_size=2,
    )
    return EasyAnimatePipeline(
        vae=vae,
        text_encoder=qwen(),
        tokenizer=byte_tokenizer(),
        transformer=transformer,
        scheduler=FlowMatchEulerDiscreteScheduler(),
    )
