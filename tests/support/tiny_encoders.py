"""A tiny random-weight folder for every encoder family, written as Transformers writes them; no downloads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers as tf
from tiny_models import CAPTIONS

from svta.eval.baselines.tokens import CaptionTokens

LAYERS = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
VISION = {**LAYERS, "image_size": 32, "patch_size": 16}
PE_LAYERS = {**LAYERS, "num_hidden_layers": 1, "head_dim": 16}


def tokenizer() -> Any:
    """A word tokenizer of the test captions."""
    return CaptionTokens.learn([*CAPTIONS, "User : Describe the image . Assistant"], 16).tokenizer


def text_config(words: int, **more: Any) -> dict[str, Any]:
    ids = {"bos_token_id": words - 2, "eos_token_id": words - 1, "pad_token_id": 0}
    return {**LAYERS, "vocab_size": words, "max_position_embeddings": 16, **ids, **more}


def clip(words: int) -> Any:
    text, vision = text_config(words, projection_dim=24), {**VISION, "projection_dim": 24}
    return tf.CLIPModel(tf.CLIPConfig(text_config=text, vision_config=vision, projection_dim=24))


def metaclip_2(words: int) -> Any:
    text, vision = text_config(words, projection_dim=24), {**VISION, "projection_dim": 24}
    return tf.MetaClip2Model(tf.MetaClip2Config(text_config=text, vision_config=vision, projection_dim=24))


def siglip(words: int) -> Any:
    text = text_config(words, projection_size=32)
    return tf.SiglipModel(tf.SiglipConfig(text_config=text, vision_config=VISION))


def siglip2(words: int) -> Any:
    vision = {**LAYERS, "patch_size": 16, "num_patches": 16}
    return tf.Siglip2Model(tf.Siglip2Config(text_config=text_config(words, projection_size=32), vision_config=vision))


def xclip(words: int) -> Any:
    mit = {"mit_hidden_size": 24, "mit_intermediate_size": 48, "mit_num_hidden_layers": 1, "mit_num_attention_heads": 2}
    vision = {**VISION, **mit, "num_frames": 4, "drop_path_rate": 0.0}
    prompts = {"prompt_layers": 1, "prompt_num_attention_heads": 2, "projection_dim": 24}
    return tf.XCLIPModel(tf.XCLIPConfig(text_config=text_config(words), vision_config=vision, **prompts))


def videoprism(words: int) -> Any:
    vision = {**LAYERS, "image_size": 36, "num_frames": 4, "tubelet_size": [1, 18, 18]}
    vision |= {"num_spatial_layers": 1, "num_temporal_layers": 1, "num_auxiliary_layers": 1}
    del vision["num_hidden_layers"]
    return tf.VideoPrismClipModel(tf.VideoPrismConfig(text_config=text_config(words), vision_config=vision))


def _pe_parts(words: int) -> tuple[Any, Any]:
    from transformers.models.pe_video.configuration_pe_video import PeVideoEncoderConfig

    frames = tf.ViTConfig(**{**VISION, "num_hidden_layers": 1}, num_labels=24)  # officially a timm model
    text = text_config(words, max_position_embeddings=64, cls_token_id=words - 2, sep_token_id=words - 1)
    return tf.ModernBertConfig(**text), PeVideoEncoderConfig(vision_config=frames, **PE_LAYERS)


def pe_video(words: int) -> Any:
    text, video = _pe_parts(words)
    return tf.PeVideoModel(tf.PeVideoConfig(text_config=text, video_config=video))


def pe_audio_video(words: int) -> Any:
    from transformers.models.pe_audio.configuration_pe_audio import PeAudioEncoderConfig
    from transformers.models.pe_audio_video.configuration_pe_audio_video import PeAudioVideoEncoderConfig

    text, video = _pe_parts(words)
    codec = {"encoder_hidden_size": 4, "downsampling_ratios": [2, 2], "decoder_hidden_size": 8, "n_codebooks": 2}
    audio = PeAudioEncoderConfig(dac_config=tf.DacConfig(**codec, codebook_size=8, codebook_dim=4), **PE_LAYERS)
    both = PeAudioVideoEncoderConfig(audio_config=audio, video_config=video, **PE_LAYERS)
    return tf.PeAudioVideoModel(tf.PeAudioVideoConfig(text_config=text, audio_video_config=both))


def blip_2(words: int) -> Any:
    former = {**LAYERS, "vocab_size": words, "max_position_embeddings": 16, "encoder_hidden_size": 32}
    former |= {"cross_attention_frequency": 1, "use_qformer_text_input": True}
    unused = {"model_type": "opt", "vocab_size": words, "hidden_size": 16, "num_hidden_layers": 1}
    unused |= {"num_attention_heads": 2, "ffn_dim": 16, "word_embed_proj_dim": 16}
    config = tf.Blip2Config(
        vision_config=VISION, qformer_config=former, text_config=unused, num_query_tokens=3, image_text_hidden_size=24
    )
    return tf.Blip2ForImageTextRetrieval(config)


def altclip(words: int) -> Any:
    text = text_config(words, max_position_embeddings=40, project_dim=24, pad_token_id=0)
    config = tf.AltCLIPConfig(text_config=text, vision_config={**VISION, "projection_dim": 24}, projection_dim=24)
    return tf.AltCLIPModel(config)


def chinese_clip(words: int) -> Any:
    text = text_config(words, max_position_embeddings=16)
    config = tf.ChineseCLIPConfig(text_config=text, vision_config={**VISION, "projection_dim": 24}, projection_dim=24)
    return tf.ChineseCLIPModel(config)


def groupvit(words: int) -> Any:
    vision = {"hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 2, "image_size": 32, "patch_size": 8}
    vision |= {"depths": [1, 1], "num_hidden_layers": 2, "num_group_tokens": [8, 4], "num_output_groups": [8, 4]}
    config = tf.GroupViTConfig(
        text_config=text_config(words), vision_config=vision, projection_dim=24, projection_intermediate_dim=32
    )
    return tf.GroupViTModel(config)


FAMILIES: dict[str, Callable[[int], Any]] = {
    made.__name__: made
    for made in (
        clip,
        metaclip_2,
        siglip,
        siglip2,
        altclip,
        chinese_clip,
        groupvit,
        xclip,
        videoprism,
        pe_video,
        pe_audio_video,
        blip_2,
    )
}


def save_encoder(family: str, folder: Path) -> Any:
    """Write the tiny model of a family and its tokenizer into `folder`; returns the model."""
    torch.manual_seed(0)
    if family in LATE:
        return LATE[family](folder)
    words = tokenizer()
    model = FAMILIES[family](len(words)).eval()
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    return model


def _save_colmodernvbert(folder: Path) -> Any:
    from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil

    words = tokenizer()
    special = ["<fake_token_around_image>", "<image>", "<end_of_utterance>", "<global-img>"]
    words.add_special_tokens({"additional_special_tokens": special})
    text = text_config(len(words), max_position_embeddings=128, cls_token_id=2, sep_token_id=3)
    vlm = {
        "model_type": "modernvbert",
        "text_config": {"model_type": "modernbert", **text},
        "vision_config": {"model_type": "siglip_vision_model", **VISION, "patch_size": 8},
        "image_token_id": words.convert_tokens_to_ids("<image>"),
        "pixel_shuffle_factor": 2,
    }
    model = tf.ColModernVBertForRetrieval(tf.ColModernVBertConfig(vlm_config=vlm, embedding_dim=16)).eval()
    model.save_pretrained(folder)
    edge = {"longest_edge": 32}
    images = Idefics3ImageProcessorPil(size=edge, max_image_size=edge, do_image_splitting=False)
    tf.ColModernVBertProcessor(images, words, image_seq_len=4).save_pretrained(folder)
    return model


def _save_colpali(folder: Path) -> Any:
    from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

    words = tokenizer()
    images = SiglipImageProcessorPil(size={"height": 32, "width": 32})
    images.image_seq_length = 4
    processor = tf.ColPaliProcessor(images, words, visual_prompt_prefix="smoke rises", query_prefix="a man ")
    text = {**text_config(len(words), max_position_embeddings=128), "model_type": "gemma", "head_dim": 16}
    vlm = {
        "model_type": "paligemma",
        "text_config": {**text, "num_key_value_heads": 1},
        "vision_config": {
            "model_type": "siglip_vision_model",
            **VISION,
            "projection_dim": 32,
            "vision_use_head": False,
        },
        "image_token_index": processor.image_token_id,
        "projection_dim": 32,
        "hidden_size": 32,
    }
    model = tf.ColPaliForRetrieval(tf.ColPaliConfig(vlm_config=vlm, embedding_dim=16)).eval()
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return model


def _save_colqwen2(folder: Path) -> Any:
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    words = tokenizer()
    special = ["<|image_pad|>", "<|vision_start|>", "<|vision_end|>", "<|im_start|>", "<|im_end|>"]
    words.add_special_tokens({"additional_special_tokens": special})
    pixels = {"shortest_edge": 256, "longest_edge": 1024}
    images = Qwen2VLImageProcessorPil(size=pixels, patch_size=8, merge_size=2, temporal_patch_size=2)
    prefix = "<|im_start|><|vision_start|><|image_pad|><|vision_end|>smoke rises<|im_end|>"
    processor = tf.ColQwen2Processor(images, words, visual_prompt_prefix=prefix, query_prefix="a man ")
    rope = {"rope_type": "default", "mrope_section": [2, 3, 3], "rope_theta": 10_000.0}
    text = {**text_config(len(words), max_position_embeddings=128), "model_type": "qwen2_vl_text"}
    ids = {name: words.convert_tokens_to_ids(token) for name, token in (("image_token_id", special[0]),
           ("vision_start_token_id", special[1]), ("vision_end_token_id", special[2]))}  # fmt: skip
    vision = {"depth": 1, "embed_dim": 32, "hidden_size": 32, "num_heads": 2, "mlp_ratio": 2, "patch_size": 8}
    vlm = {
        "model_type": "qwen2_vl",
        "text_config": {**text, "num_key_value_heads": 2, "rope_parameters": rope},
        "vision_config": {"model_type": "qwen2_vl_vision", **vision, "spatial_merge_size": 2, "temporal_patch_size": 2},
        **ids,
        "video_token_id": 1,
    }
    model = tf.ColQwen2ForRetrieval(tf.ColQwen2Config(vlm_config=vlm, embedding_dim=16)).eval()
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return model


LATE = {"colmodernvbert": _save_colmodernvbert, "colpali": _save_colpali, "colqwen2": _save_colqwen2}
