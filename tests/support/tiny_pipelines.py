"""Tiny random-weight text-to-video pipelines, saved to disk as a model folder; nothing is downloaded.

Each takes captions of any words (unknown ones become one token) and films 32x32 or 64x64 in well under a second.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import torch
from tokenizers import Tokenizer, pre_tokenizers, processors
from tokenizers.models import WordLevel
from transformers import PreTrainedTokenizerFast

SENTENCE: Final = "a the man woman dog falls runs fights on street ice car smoke rises and quiet crowd two people"
MAX_TOKENS: Final = 32


def word_tokenizer() -> PreTrainedTokenizerFast:
    """Whole words of a fixed list: trained tokenizers differ from run to run, this one does not."""
    vocabulary = {"<pad>": 0, "</s>": 1, "<unk>": 2} | {word: 3 + i for i, word in enumerate(SENTENCE.split())}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    tokens = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=MAX_TOKENS, **tokens)


def t5_encoder(kind: str = "T5", **sizes: int) -> Any:
    """A T5 or UMT5 encoder of two layers, width 32, unless told otherwise."""
    import transformers

    tiny = {"vocab_size": 64, "d_model": 32, "d_ff": 64, "d_kv": 16, "num_layers": 2, "num_heads": 2}
    config = getattr(transformers, f"{kind}Config")(**{**tiny, **sizes})
    return getattr(transformers, f"{kind}EncoderModel")(config)


TINY_WAN: Final = {
    "transformer": {
        "num_attention_heads": 2,
        "attention_head_dim": 12,
        "text_dim": 32,
        "freq_dim": 32,
        "ffn_dim": 32,
        "num_layers": 3,
    },
    "vae": {"base_dim": 3, "dim_mult": [1, 1, 1, 1], "num_res_blocks": 1},
    "text": {},
}


def wan_vae() -> Any:
    """Wan's VAE: 16 channels, 4 frames and 8 x 8 pixels a latent."""
    from diffusers import AutoencoderKLWan

    return AutoencoderKLWan(z_dim=16, temperal_downsample=[False, True, True], **TINY_WAN["vae"])


def wan(*, both_stages: bool = False, shape: Mapping[str, Mapping[str, Any]] = TINY_WAN) -> Any:
    """Wan 2.1, or 2.2 with its second transformer: 4k+1 frames, sizes in steps of 16."""
    from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanPipeline, WanTransformer3DModel

    vae = AutoencoderKLWan(z_dim=16, temperal_downsample=[False, True, True], **shape["vae"])

    def transformer() -> Any:
        return WanTransformer3DModel(**shape["transformer"])

    with torch.device("cpu"):  # it computes with numpy, also where the benchmark makes the weights on a GPU
        scheduler = UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=1.0)
    return WanPipeline(
        tokenizer=word_tokenizer(),
        text_encoder=t5_encoder("UMT5", **shape["text"]),
        vae=vae,
        scheduler=scheduler,
        transformer=transformer(),
        transformer_2=transformer() if both_stages else None,
        boundary_ratio=0.5 if both_stages else None,
    )


def ltx() -> Any:
    """LTX-Video: 8k+1 frames, sizes in steps of 32."""
    from diffusers import (
        AutoencoderKLLTXVideo,
        FlowMatchEulerDiscreteScheduler,
        LTXPipeline,
        LTXVideoTransformer3DModel,
    )

    vae = AutoencoderKLLTXVideo(
        latent_channels=8,
        block_out_channels=(8, 8, 8, 8),
        decoder_block_out_channels=(8, 8, 8, 8),
        layers_per_block=(1, 1, 1, 1, 1),
        decoder_layers_per_block=(1, 1, 1, 1, 1),
    )
    transformer = LTXVideoTransformer3DModel(
        in_channels=8,
        out_channels=8,
        num_attention_heads=2,
        attention_head_dim=8,
        cross_attention_dim=16,
        caption_channels=32,
        num_layers=2,
    )
    return LTXPipeline(
        tokenizer=word_tokenizer(),
        text_encoder=t5_encoder(),
        vae=vae,
        transformer=transformer,
        scheduler=FlowMatchEulerDiscreteScheduler(),
    )


def cogvideox() -> Any:
    """CogVideoX: 4k+1 frames, sizes in steps of 16."""
    from diffusers import AutoencoderKLCogVideoX, CogVideoXDDIMScheduler, CogVideoXPipeline, CogVideoXTransformer3DModel

    vae = AutoencoderKLCogVideoX(
        down_block_types=("CogVideoXDownBlock3D",) * 4,
        up_block_types=("CogVideoXUpBlock3D",) * 4,
        block_out_channels=(8, 8, 8, 8),
        latent_channels=4,
        layers_per_block=1,
        norm_num_groups=2,
        temporal_compression_ratio=4,
    )
    transformer = CogVideoXTransformer3DModel(
        num_attention_heads=2,
        attention_head_dim=16,
        in_channels=4,
        out_channels=4,
        time_embed_dim=4,
        text_embed_dim=32,
        num_layers=3,
        sample_width=4,
        sample_height=4,
        sample_frames=9,
        max_text_seq_length=226,
        use_rotary_positional_embeddings=True,
    )
    return CogVideoXPipeline(
        tokenizer=word_tokenizer(),
        text_encoder=t5_encoder(),
        vae=vae,
        transformer=transformer,
        scheduler=CogVideoXDDIMScheduler(),
    )


def ltx2() -> Any:
    """LTX-2, which makes sound too: 8k+1 frames, sizes in steps of 32, 16 kHz stereo."""
    from diffusers import (
        AutoencoderKLLTX2Audio,
        AutoencoderKLLTX2Video,
        FlowMatchEulerDiscreteScheduler,
        LTX2Pipeline,
        LTX2VideoTransformer3DModel,
    )
    from diffusers.pipelines.ltx2 import LTX2TextConnectors, LTX2Vocoder
    from transformers import Gemma3Config, Gemma3ForConditionalGeneration, Gemma3TextConfig, SiglipVisionConfig

    text = Gemma3TextConfig(
        vocab_size=64,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=8,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=1,
    )
    vision = SiglipVisionConfig(
        hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2, image_size=16, patch_size=8
    )
    encoder = Gemma3ForConditionalGeneration(
        Gemma3Config(text_config=text.to_dict(), vision_config=vision.to_dict(), mm_tokens_per_image=4)
    )
    vae = AutoencoderKLLTX2Video(
        latent_channels=8,
        block_out_channels=(8, 8, 8, 8),
        decoder_block_out_channels=(16, 32, 64),
        layers_per_block=(1, 1, 1, 1, 1),
        decoder_layers_per_block=(1, 1, 1, 1),
        spatial_compression_ratio=32,
        temporal_compression_ratio=8,
    )
    audio_vae = AutoencoderKLLTX2Audio(
        base_channels=8, ch_mult=(1, 1, 1), num_res_blocks=1, latent_channels=2, mel_bins=16
    )
    transformer = LTX2VideoTransformer3DModel(
        in_channels=8,
        out_channels=8,
        num_attention_heads=2,
        attention_head_dim=8,
        cross_attention_dim=16,
        audio_in_channels=8,  # latent channels x mel bins after the audio VAE: 2 x 4
        audio_out_channels=8,
        audio_num_attention_heads=2,
        audio_attention_head_dim=4,
        audio_cross_attention_dim=8,
        num_layers=2,
        caption_channels=16,
    )
    connector = {"num_attention_heads": 2, "attention_head_dim": 8, "num_layers": 1, "num_learnable_registers": 4}
    connectors = LTX2TextConnectors(
        caption_channels=16,
        text_proj_in_factor=3,
        **{f"{stream}_connector_{name}": value for stream in ("video", "audio") for name, value in connector.items()},
    )
    vocoder = LTX2Vocoder(
        in_channels=32,  # stereo x 16 mel bins
        hidden_channels=8,
        out_channels=2,
        upsample_kernel_sizes=[10, 32],
        upsample_factors=[5, 32],
        resnet_kernel_sizes=[3],
        resnet_dilations=[[1, 1]],
        output_sampling_rate=16_000,
    )
    return LTX2Pipeline(
        tokenizer=word_tokenizer(),
        text_encoder=encoder,
        vae=vae,
        audio_vae=audio_vae,
        connectors=connectors,
        transformer=transformer,
        vocoder=vocoder,
        scheduler=FlowMatchEulerDiscreteScheduler(),
    )


def sana_video() -> Any:
    """SANA-Video, whose frame count is called `frames`: 4k+1 of them, sizes in steps of 32."""
    from diffusers import FlowMatchEulerDiscreteScheduler, SanaVideoPipeline, SanaVideoTransformer3DModel
    from transformers import Gemma2Config, Gemma2Model

    vae = wan_vae()
    transformer = SanaVideoTransformer3DModel(
        in_channels=16,
        out_channels=16,
        num_attention_heads=2,
        attention_head_dim=12,
        num_layers=2,
        num_cross_attention_heads=2,
        cross_attention_head_dim=12,
        cross_attention_dim=24,
        caption_channels=16,
        sample_size=4,
    )
    encoder = Gemma2Model(
        Gemma2Config(
            vocab_size=64,
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            num_key_value_heads=2,
            head_dim=8,
        )
    )
    return SanaVideoPipeline(
        tokenizer=word_tokenizer(),
        text_encoder=encoder,
        vae=vae,
        transformer=transformer,
        scheduler=FlowMatchEulerDiscreteScheduler(shift=1.0),
    )


def skyreels() -> Any:
    """SkyReels-V2: Wan's parts, 24 frames a second."""
    from diffusers import SkyReelsV2Pipeline, SkyReelsV2Transformer3DModel, UniPCMultistepScheduler

    return SkyReelsV2Pipeline(
        tokenizer=word_tokenizer(),
        text_encoder=t5_encoder("UMT5"),
        vae=wan_vae(),
        transformer=SkyReelsV2Transformer3DModel(**TINY_WAN["transformer"]),
        scheduler=UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=8.0),
    )


def mochi() -> Any:
    """Mochi: 6k+1 frames, sizes in steps of 16."""
    from diffusers import AutoencoderKLMochi, FlowMatchEulerDiscreteScheduler, MochiPipeline, MochiTransformer3DModel

    widths = (32, 32, 32, 32)
    vae = AutoencoderKLMochi(
        latent_channels=12,
        encoder_block_out_channels=widths,
        decoder_block_out_channels=widths,
        layers_per_block=(1, 1, 1, 1, 1),
    )
    transformer = MochiTransformer3DModel(
        num_attention_heads=2,
        attention_head_dim=8,
        num_layers=2,
        pooled_projection_dim=16,
        in_channels=12,
        text_embed_dim=32,
        time_embed_dim=4,
    )
    return MochiPipeline(
        tokenizer=word_tokenizer(),
        text_encoder=t5_encoder(),
        vae=vae,
        transformer=transformer,
        scheduler=FlowMatchEulerDiscreteScheduler(),
    )


def hunyuan() -> Any:
    """HunyuanVideo: two text encoders, guidance by true_cfg_scale, 4k+1 frames."""
    from diffusers import (
        AutoencoderKLHunyuanVideo,
        FlowMatchEulerDiscreteScheduler,
        HunyuanVideoPipeline,
        HunyuanVideoTransformer3DModel,
    )
    from transformers import CLIPTextConfig, CLIPTextModel, LlamaConfig, LlamaModel

    text = {"vocab_size": 64, "num_attention_heads": 2, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 1}
    llama = LlamaConfig(hidden_size=16, intermediate_size=32, num_hidden_layers=3, max_position_embeddings=512, **text)
    clip = CLIPTextConfig(hidden_size=8, intermediate_size=16, num_hidden_layers=2, **text)
    transformer = HunyuanVideoTransformer3DModel(
        in_channels=4,
        out_channels=4,
        num_attention_heads=2,
        attention_head_dim=10,
        num_layers=1,
        num_single_layers=1,
        num_refiner_layers=1,
        text_embed_dim=16,
        pooled_projection_dim=8,
        rope_axes_dim=(2, 4, 4),
    )
    vae = AutoencoderKLHunyuanVideo(
        latent_channels=4, block_out_channels=(8, 8, 8, 8), layers_per_block=1, norm_num_groups=4
    )
    return HunyuanVideoPipeline(
        text_encoder=LlamaModel(llama),
        tokenizer=word_tokenizer(),
        text_encoder_2=CLIPTextModel(clip),
        tokenizer_2=word_tokenizer(),
        transformer=transformer,
        vae=vae,
        scheduler=FlowMatchEulerDiscreteScheduler(shift=7.0),
    )


PIPELINES: Final[dict[str, Callable[[], Any]]] = {
    "wan": wan,
    "ltx": ltx,
    "cogvideox": cogvideox,
    "ltx2": ltx2,
    "sana_video": sana_video,
    "skyreels": skyreels,
    "mochi": mochi,
    "hunyuan": hunyuan,
}


def save(name: str, folder: Path, *, poison: bool = False, **settings: Any) -> Path:
    """A tiny pipeline as a model folder, the same weights every time; `poison` puts a NaN into its transformer."""
    torch.manual_seed(0)
    pipeline = PIPELINES[name](**settings)
    if poison:
        with torch.no_grad():
            next(p for n, p in pipeline.transformer.named_parameters() if n.endswith("proj_out.weight"))[0] = torch.nan
    pipeline.save_pretrained(folder)
    assert json.loads((folder / "model_index.json").read_text())["_class_name"] == type(pipeline).__name__
    return folder
