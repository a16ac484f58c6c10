"""More tiny random-weight text-to-video pipelines, one of every other family that diffusers ships: see tiny_pipelines.

model = save_family("helios", folder)
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import torch
from tiny_cosmos import cosmos, cosmos3
from tiny_pipelines import TINY_WAN, t5_encoder, wan_vae, word_tokenizer
from tiny_readers import clip_text, easyanimate, hunyuan15, kandinsky5, kandinsky6, motif


def helios(*, pyramid: bool = False) -> Any:
    """Helios: chunks of 33 frames, each continuing the last.

    gamma is 1/3 in the true pyramid, whose noise then has a singular covariance: Cholesky fails over it on a CPU.
    """
    from diffusers import HeliosPipeline, HeliosPyramidPipeline, HeliosScheduler, HeliosTransformer3DModel

    transformer = HeliosTransformer3DModel(
        **{name: size for name, size in TINY_WAN["transformer"].items() if name != "num_layers"},
        num_layers=2,
        in_channels=16,
        out_channels=16,
        rope_dim=(4, 4, 4),
    )
    stages = {} if pyramid else {"stages": 1, "stage_range": [0, 1]}
    parts = {
        "tokenizer": word_tokenizer(),
        "text_encoder": t5_encoder("UMT5"),
        "vae": wan_vae(),
        "scheduler": HeliosScheduler(use_dynamic_shifting=not pyramid, gamma=0.3, **stages),
        "transformer": transformer,
    }
    return (HeliosPyramidPipeline if pyramid else HeliosPipeline)(**parts)


def anyflow() -> Any:
    """AnyFlow: Wan's parts, any number of steps."""
    from diffusers import AnyFlowPipeline, AnyFlowTransformer3DModel, FlowMapEulerDiscreteScheduler

    transformer = AnyFlowTransformer3DModel(
        **TINY_WAN["transformer"], in_channels=16, out_channels=16, gate_value=0.25, deltatime_type="r"
    )
    return AnyFlowPipeline(
        tokenizer=word_tokenizer(),
        text_encoder=t5_encoder("UMT5"),
        vae=wan_vae(),
        transformer=transformer,
        scheduler=FlowMapEulerDiscreteScheduler(shift=5.0),
    )


def allegro() -> Any:
    """Allegro: its VAE decodes whole tiles of 24 x 320 x 320 only."""
    from diffusers import (
        AllegroPipeline,
        AllegroTransformer3DModel,
        AutoencoderKLAllegro,
        EulerAncestralDiscreteScheduler,
    )

    vae = AutoencoderKLAllegro(
        down_block_types=("AllegroDownBlock3D",) * 4,
        up_block_types=("AllegroUpBlock3D",) * 4,
        block_out_channels=(8, 8, 8, 8),
        latent_channels=4,
        layers_per_block=1,
        norm_num_groups=2,
        temporal_compression_ratio=4,
    )
    transformer = AllegroTransformer3DModel(
        num_attention_heads=2,
        attention_head_dim=12,
        in_channels=4,
        out_channels=4,
        num_layers=1,
        cross_attention_dim=24,
        sample_width=8,
        sample_height=8,
        sample_frames=8,
        caption_channels=32,
    )
    return AllegroPipeline(
        tokenizer=word_tokenizer(),
        text_encoder=t5_encoder(),
        vae=vae,
        transformer=transformer,
        scheduler=EulerAncestralDiscreteScheduler(),
    )


def picture_vae() -> Any:
    """A VAE of single pictures: 4 channels, 8 x 8 pixels a latent."""
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=(8, 8, 8, 8),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=4,
        norm_num_groups=2,
    )


def latte() -> Any:
    """Latte: pictures decoded one by one, the frame count is called video_length."""
    from diffusers import DDIMScheduler, LattePipeline, LatteTransformer3DModel

    transformer = LatteTransformer3DModel(
        sample_size=8,
        num_layers=1,
        patch_size=2,
        attention_head_dim=8,
        num_attention_heads=3,
        caption_channels=32,
        in_channels=4,
        cross_attention_dim=24,
        out_channels=8,
        attention_bias=True,
        activation_fn="gelu-approximate",
        num_embeds_ada_norm=1000,
        norm_type="ada_norm_single",
        norm_elementwise_affine=False,
        norm_eps=1e-6,
        video_length=16,
    )
    return LattePipeline(
        tokenizer=word_tokenizer(),
        text_encoder=t5_encoder(),
        vae=picture_vae(),
        transformer=transformer,
        scheduler=DDIMScheduler(),
    )


def wan_vace() -> Any:
    """Wan VACE, which films from words alone where no video is given."""
    from diffusers import UniPCMultistepScheduler, WanVACEPipeline, WanVACETransformer3DModel

    return WanVACEPipeline(
        tokenizer=word_tokenizer(),
        text_encoder=t5_encoder("UMT5"),
        vae=wan_vae(),
        scheduler=UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=1.0),
        transformer=WanVACETransformer3DModel(**TINY_WAN["transformer"], vace_layers=[0, 2], vace_in_channels=96),
    )


def skyreels_forcing() -> Any:
    """SkyReels-V2 by diffusion forcing."""
    from diffusers import SkyReelsV2DiffusionForcingPipeline, SkyReelsV2Transformer3DModel, UniPCMultistepScheduler

    return SkyReelsV2DiffusionForcingPipeline(
        tokenizer=word_tokenizer(),
        text_encoder=t5_encoder("UMT5"),
        vae=wan_vae(),
        transformer=SkyReelsV2Transformer3DModel(**TINY_WAN["transformer"]),
        scheduler=UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=8.0),
    )


def conditioned(name: str) -> Any:
    """LTX or LTX-2 in the pipeline that may be given pictures too."""
    import diffusers
    from tiny_pipelines import PIPELINES

    parts = {name: part for name, part in PIPELINES[name]().components.items() if part is not None}
    return getattr(diffusers, {"ltx": "LTXConditionPipeline", "ltx2": "LTX2ConditionPipeline"}[name])(**parts)


def text_to_video_sd() -> Any:
    """ModelScope's U-Net of 2023: pictures decoded one by one, any number of them."""
    from diffusers import DDIMScheduler, TextToVideoSDPipeline, UNet3DConditionModel

    unet = UNet3DConditionModel(
        block_out_channels=(8, 8),
        layers_per_block=1,
        sample_size=8,
        down_block_types=("CrossAttnDownBlock3D", "DownBlock3D"),
        up_block_types=("UpBlock3D", "CrossAttnUpBlock3D"),
        cross_attention_dim=8,
        attention_head_dim=4,
        norm_num_groups=2,
    )
    return TextToVideoSDPipeline(
        vae=picture_vae(),
        text_encoder=clip_text(),
        tokenizer=word_tokenizer(),
        unet=unet,
        scheduler=DDIMScheduler(clip_sample=False),
    )


def animatediff() -> Any:
    """AnimateDiff: a picture model's U-Net and a motion adapter."""
    from diffusers import AnimateDiffPipeline, DDIMScheduler, MotionAdapter, UNet2DConditionModel

    unet = UNet2DConditionModel(
        block_out_channels=(8, 8),
        layers_per_block=1,
        sample_size=8,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=8,
        attention_head_dim=4,
        norm_num_groups=2,
    )
    adapter = MotionAdapter(
        block_out_channels=(8, 8),
        motion_layers_per_block=1,
        motion_norm_num_groups=2,
        motion_num_attention_heads=2,
    )
    return AnimateDiffPipeline(
        vae=picture_vae(),
        text_encoder=clip_text(),
        tokenizer=word_tokenizer(),
        unet=unet,
        motion_adapter=adapter,
        scheduler=DDIMScheduler(clip_sample=False),
    )


def anyflow_far() -> Any:
    """AnyFlow by chunks: as many frames as its chunks hold."""
    from diffusers import AnyFlowFARPipeline, AnyFlowFARTransformer3DModel, FlowMapEulerDiscreteScheduler

    transformer = AnyFlowFARTransformer3DModel(
        **TINY_WAN["transformer"], in_channels=16, out_channels=16, chunk_partition=(1, 2)
    )
    return AnyFlowFARPipeline(
        tokenizer=word_tokenizer(),
        text_encoder=t5_encoder("UMT5"),
        vae=wan_vae(),
        transformer=transformer,
        scheduler=FlowMapEulerDiscreteScheduler(shift=5.0),
    )


FAMILIES: Final[dict[str, Callable[[], Any]]] = {
    "helios": helios,
    "helios_pyramid": lambda: helios(pyramid=True),
    "anyflow": anyflow,
    "allegro": allegro,
    "kandinsky5": kandinsky5,
    "hunyuan15": hunyuan15,
    "motif": motif,
    "latte": latte,
    "easyanimate": easyanimate,
    "cosmos25": cosmos,
    "cosmos": lambda: cosmos(newer=False),
    "cosmos3": cosmos3,
    "kandinsky6": kandinsky6,
    "wan_vace": wan_vace,
    "skyreels_forcing": skyreels_forcing,
    "ltx_condition": lambda: conditioned("ltx"),
    "ltx2_condition": lambda: conditioned("ltx2"),
    "text_to_video_sd": text_to_video_sd,
    "animatediff": animatediff,
    "anyflow_far": anyflow_far,
}


def save_family(name: str, folder: Path) -> Path:
    """A tiny pipeline as a model folder, the same weights every time; Cosmos comes without its guardrail."""
    torch.manual_seed(0)
    pipeline = FAMILIES[name]()
    if getattr(pipeline, "safety_checker", None) is not None:
        pipeline.register_to_config(safety_checker=(None, None))
    pipeline.save_pretrained(folder)
    return folder
