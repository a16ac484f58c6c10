"""What introspection cannot see of diffusers' text-to-video pipelines: names, frame rates, habits. Read by outline.py.

A class that is not listed is driven by its signature alone, at 16 frames a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

# The usual negative prompt of Wan also names "many people in the background" and "walking backwards": it would
# suppress crowds and odd motion, which are what this dataset is about. This one asks for picture quality alone.
NEGATIVE: Final = (
    "blurred details, static picture, subtitles, watermark, worst quality, low quality, JPEG artifacts, overexposed, "
    "grey overall, deformed hands, extra fingers, fused fingers, misshapen limbs, slideshow"
)


@dataclass(frozen=True)
class Family:
    """Habits of one pipeline class.

    fps: frames a second its training clips had. guidance: the argument that turns classifier-free guidance up ("" where
    a guider component holds it). embeds: whether encode_prompt may be called ahead. extra: arguments always given,
    where the pipeline takes them. flow_shift: (below, from) 600,000 pixels a frame, None where the scheduler's own is
    right. vae_float32: the VAE loses colours in bfloat16, so it stays in float32 unless a preset says otherwise.
    vae_tiling: the VAE decodes in tiles only. vae_slicing: the VAE fails on two clips at once. one_by_one: takes one
    prompt a call, or draws noise for all clips of a call from one generator, so that a clip would hang on its
    neighbours. needs: a package it fails without.
    """

    fps: float = 16.0
    guidance: str = "guidance_scale"
    embeds: bool = True
    extra: Mapping[str, Any] = field(default_factory=dict)
    flow_shift: tuple[float, float] | None = None
    vae_float32: bool = False
    vae_tiling: bool = False
    vae_slicing: bool = False
    one_by_one: bool = False
    needs: str = ""
    height: int = 480
    width: int = 832


WAN: Final = Family(flow_shift=(3.0, 5.0), vae_float32=True)

FAMILIES: Final[Mapping[str, Family]] = {
    "WanPipeline": WAN,
    "WanVACEPipeline": replace(WAN, one_by_one=True),
    "AnyFlowPipeline": Family(vae_float32=True),
    "SkyReelsV2Pipeline": Family(fps=24, vae_float32=True),
    "SkyReelsV2DiffusionForcingPipeline": Family(fps=24, vae_float32=True),
    "LTXPipeline": Family(fps=24),
    "LTXConditionPipeline": Family(fps=24),
    "LTX2Pipeline": Family(fps=24),
    "CogVideoXPipeline": Family(fps=8, width=720),
    "MochiPipeline": Family(fps=30, width=848),
    "AllegroPipeline": Family(fps=15, vae_tiling=True, vae_slicing=True),
    "HunyuanVideoPipeline": Family(fps=15, guidance="true_cfg_scale"),
    "HunyuanVideo15Pipeline": Family(fps=15, guidance="", vae_slicing=True),
    "MotifVideoPipeline": Family(fps=24, guidance=""),
    # the guardrail reads prompts, not embeddings, and its licence forbids going around it
    "CosmosTextToWorldPipeline": Family(fps=30, embeds=False, needs="torchvision"),
    "Cosmos2_5_PredictBasePipeline": Family(fps=16, embeds=False, needs="torchvision"),
    "Cosmos3OmniPipeline": Family(fps=24, embeds=False, one_by_one=True),
    "SanaVideoPipeline": Family(extra={"use_resolution_binning": False}),
    "Kandinsky5T2VPipeline": Family(fps=24, embeds=False, width=768, height=512),
    "Kandinsky6TI2VAPipeline": Family(fps=24, embeds=False),
    "EasyAnimatePipeline": Family(fps=8, embeds=False),
    "LattePipeline": Family(fps=8, embeds=False, height=512, width=512),
    "HeliosPipeline": Family(fps=24),
    "HeliosPyramidPipeline": Family(fps=24, one_by_one=True),
    "AnyFlowFARPipeline": Family(vae_float32=True),
    "LTX2ConditionPipeline": Family(fps=24, one_by_one=True),
    "AnimateDiffPipeline": Family(fps=8, height=512, width=512),
    "AnimateDiffSDXLPipeline": Family(fps=8, height=1024, width=1024),
    "TextToVideoSDPipeline": Family(fps=8, height=256, width=256),
}
# arguments other than the prompt by which pipelines are told how many frames to make
FRAME_ARGUMENTS: Final = ("num_frames", "frames", "video_length")
PYRAMID_STEPS: Final = "pyramid_num_inference_steps_list"  # Helios' pyramid: steps of each stage
# parts of class names whose pipelines film something else than a caption, though their signature takes none for it
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
RATE_ARGUMENTS: Final = ("fps", "frame_rate")
# VAE frames a latent frame stands for, by the names pipelines give it; clips have k * ratio + 1 frames
TEMPORAL_RATIOS: Final = ("vae_scale_factor_temporal", "vae_temporal_compression_ratio", "vae_temporal_scale_factor")
SPATIAL_RATIOS: Final = (
    "vae_scale_factor_spatial",
    "vae_spatial_compression_ratio",
    "vae_spatial_scale_factor",
    "vae_scale_factor",
)


def family_of(pipeline_class: str) -> Family:
    """The habits of a pipeline class by name; the common ones for a class that is not listed."""
    return FAMILIES.get(pipeline_class, Family())
