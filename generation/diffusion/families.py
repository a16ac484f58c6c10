"""What a signature does not tell about diffusers' text-to-video pipelines: one row per class. Read by model_info.py.

A class that is not listed is called by its signature alone, at 16 frames a second, its prompts given with every call.
tests/generation/diffusion/test_families.py holds every column against the installed diffusers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from svta.generation.backends.spec import JsonObject, Options

# The usual negative prompt of Wan also names "many people in the background" and "walking backwards": it would
# suppress crowds and odd motion, which are what this dataset is about. This one asks for image quality alone.
NEGATIVE: Final = (
    "blurred details, static picture, subtitles, watermark, worst quality, low quality, JPEG artifacts, overexposed, "
    "grey overall, deformed hands, extra fingers, fused fingers, misshapen limbs, slideshow"
)
Pipe = Any  # a loaded pipeline of diffusers: its components and arguments differ from class to class
Module = Any  # a torch.nn.Module of it, with the methods that diffusers mixes in
DENOISERS: Final = ("transformer", "transformer_2", "unet")  # components that denoise, in the order they are called
PLAIN: Final = ("prompt_embeds", "negative_prompt_embeds")
MASKED: Final = (
    "prompt_embeds",
    "prompt_attention_mask",
    "negative_prompt_embeds",
    "negative_prompt_attention_mask",
)
LARGE_FRAME: Final = 600_000  # pixels a frame from which flow_shift is the larger of a family's two


@dataclass(frozen=True)
class Family:
    """One pipeline class.

    fps: frames a second of its training clips. guidance: the argument of classifier-free guidance ("" where a guider
    component holds it). embeddings: what encode_prompt returns, in order, where the call takes all of it; () where the
    call is given the prompts themselves. extra: arguments always given, where the call takes them. flow_shift: (below,
    from) LARGE_FRAME, None if the scheduler's own is right. size_multiple: height and width must be divisible by it.
    casts_latents: the call converts latents to the VAE's dtype, so the VAE may differ from the denoiser in it.
    vae_float32: the VAE loses colours in bfloat16. vae_tiling: the VAE decodes in tiles only. vae_slicing: the VAE
    fails on two clips at once. one_by_one: one prompt per call, or draws the noise of all clips of a call from one
    generator, so that a clip would depend on its neighbours. needs: a package it fails without.
    """

    fps: float = 16.0
    guidance: str = "guidance_scale"
    embeddings: tuple[str, ...] = ()
    extra: Options = field(default_factory=dict)
    flow_shift: tuple[float, float] | None = None
    size_multiple: int = 32
    casts_latents: bool = False
    vae_float32: bool = False
    vae_tiling: bool = False
    vae_slicing: bool = False
    one_by_one: bool = False
    needs: str = ""
    text_tokens: int = 0
    height: int = 480
    width: int = 832


_SHARED: Final = Family(size_multiple=16, embeddings=PLAIN, casts_latents=True)
_WAN: Final = replace(_SHARED, flow_shift=(3.0, 5.0), vae_float32=True)
_SKYREELS: Final = replace(_SHARED, fps=24, vae_float32=True)
_LTX: Final = replace(_SHARED, fps=24, embeddings=MASKED, size_multiple=32)
# the guardrail of Cosmos reads prompts, not embeddings, and its licence forbids going around it
_COSMOS: Final = replace(_SHARED, embeddings=(), needs="torchvision")
_ANIMATEDIFF: Final = Family(fps=8, embeddings=PLAIN, size_multiple=8, height=512, width=512)

FAMILIES: Final[Mapping[str, Family]] = {
    "WanPipeline": _WAN,
    "WanVACEPipeline": replace(_WAN, one_by_one=True, size_multiple=2),
    "AnyFlowPipeline": replace(_SHARED, vae_float32=True),
    "AnyFlowFARPipeline": replace(_SHARED, vae_float32=True),
    "SkyReelsV2Pipeline": _SKYREELS,
    "SkyReelsV2DiffusionForcingPipeline": _SKYREELS,
    "LTXPipeline": _LTX,
    "LTXConditionPipeline": _LTX,
    "LTX2Pipeline": _LTX,
    "LTX2ConditionPipeline": replace(_LTX, one_by_one=True),
    "CogVideoXPipeline": Family(fps=8, embeddings=PLAIN, size_multiple=8, width=720),
    "MochiPipeline": Family(fps=30, embeddings=MASKED, size_multiple=8, width=848),
    "AllegroPipeline": Family(
        fps=15, embeddings=MASKED, size_multiple=8, casts_latents=True, vae_tiling=True, vae_slicing=True
    ),
    "HunyuanVideoPipeline": replace(
        _SHARED,
        fps=15,
        guidance="true_cfg_scale",
        embeddings=("prompt_embeds", "pooled_prompt_embeds", "prompt_attention_mask"),
    ),
    "HunyuanVideo15Pipeline": replace(
        _SHARED,
        fps=15,
        guidance="",
        embeddings=("prompt_embeds", "prompt_embeds_mask", "prompt_embeds_2", "prompt_embeds_mask_2"),
        size_multiple=2,
        text_tokens=1000,
        vae_slicing=True,
    ),
    "MotifVideoPipeline": replace(
        _SHARED,
        fps=24,
        guidance="",
        embeddings=(
            "prompt_embeds",
            "negative_prompt_embeds",
            "prompt_attention_mask",
            "negative_prompt_attention_mask",
        ),
        size_multiple=2,
    ),
    "CosmosTextToWorldPipeline": replace(_COSMOS, fps=30),
    "Cosmos2_5_PredictBasePipeline": _COSMOS,
    "Cosmos3OmniPipeline": replace(_COSMOS, fps=24, one_by_one=True, size_multiple=2, needs=""),
    "SanaVideoPipeline": replace(_LTX, fps=16, extra={"use_resolution_binning": False}),
    "Kandinsky5T2VPipeline": replace(_SHARED, fps=24, embeddings=(), width=768, height=512),
    "Kandinsky6TI2VAPipeline": replace(_SHARED, fps=24, embeddings=(), size_multiple=2),
    "EasyAnimatePipeline": Family(fps=8, size_multiple=16),
    "LattePipeline": Family(fps=8, size_multiple=8, text_tokens=120, height=512, width=512),
    "HeliosPipeline": replace(_SHARED, fps=24),
    "HeliosPyramidPipeline": replace(_SHARED, fps=24, one_by_one=True),
    "AnimateDiffPipeline": _ANIMATEDIFF,
    "AnimateDiffPAGPipeline": replace(_ANIMATEDIFF, fps=16, height=480, width=832),
    "AnimateDiffSDXLPipeline": replace(
        _ANIMATEDIFF,
        embeddings=("prompt_embeds", "negative_prompt_embeds", "pooled_prompt_embeds", "negative_pooled_prompt_embeds"),
        casts_latents=True,
        height=1024,
        width=1024,
    ),
    "TextToVideoSDPipeline": Family(fps=8, embeddings=PLAIN, size_multiple=8, height=256, width=256),
}
# arguments other than the prompt by which pipelines are given how many frames to generate
FRAME_ARGUMENTS: Final = ("num_frames", "frames", "video_length")
RATE_ARGUMENTS: Final = ("fps", "frame_rate")
PYRAMID_STEPS: Final = "pyramid_num_inference_steps_list"  # Helios' pyramid: steps of each stage
# arguments without which a pipeline generates from something else than a caption
CONDITIONS: Final = ("image", "video", "controls", "mask_video", "audio")
# parts of class names whose pipelines need more than a caption, though their signature requires nothing for it
NOT_FROM_TEXT: Final[Mapping[str, str]] = {
    "ImageToVideo": "needs an image",
    "I2VGen": "needs an image",
    "I2VLong": "needs an image",
    "VideoToWorld": "needs an image or a video",
    "Control": "needs a control video",
    "Inpaint": "needs a video and a mask",
    "InContext": "needs a reference video",
    "LTX2DFR": "needs the frames of another pipeline",
    "LTX2HDR": "needs a video",
    "TextToVideoZero": "makes single pictures",
}
# VAE frames a latent frame stands for, by the names pipelines give it; clips have k * ratio + 1 frames
TEMPORAL_RATIOS: Final = ("vae_scale_factor_temporal", "vae_temporal_compression_ratio", "vae_temporal_scale_factor")
SPATIAL_RATIOS: Final = (
    "vae_scale_factor_spatial",
    "vae_spatial_compression_ratio",
    "vae_spatial_scale_factor",
    "vae_scale_factor",
)


def family_of(pipeline_class: str) -> Family:
    """The row of a pipeline class by name; the defaults for a class that is not listed."""
    return FAMILIES.get(pipeline_class, Family())


def denoisers_of(pipe: Pipe) -> JsonObject:
    """The components of a pipeline that denoise, by name, in the order they are called."""
    return {name: part for name in DENOISERS if (part := pipe.components.get(name)) is not None}
