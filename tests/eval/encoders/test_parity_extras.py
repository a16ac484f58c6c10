"""Parity, as in test_parity.py, of what needs packages that svta does not install: mteb; timm and torchvision.

pip install mteb timm torchvision && pytest -s tests/eval/encoders/test_parity_extras.py
"""

from __future__ import annotations

import re

import av
import numpy as np
import pytest
import torch
import transformers as tf
from parity_clips import FRAMES, open_gallery, row, through_us, write_videos
from tiny_encoders import PE_LAYERS, clip, text_config, tokenizer
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from svta.eval.encoders.inputs import clean_text
from svta.eval.encoders.registry import load_encoder

pytestmark = [pytest.mark.nightly, pytest.mark.filterwarnings("ignore")]
SQUARE = {"height": 32, "width": 32}
unit = torch.nn.functional.normalize


@pytest.fixture(scope="module")
def gallery(tmp_path_factory):
    write_videos(folder := tmp_path_factory.mktemp("parity"))
    return open_gallery(folder)


def least_cosine(ours, own):
    return float(torch.nn.functional.cosine_similarity(ours, own).min())


def test_a_clip_model_of_mteb(gallery, tmp_path, monkeypatch):
    """mteb's own class for CLIP over its own data loaders; a video is the mean of its frames' unit vectors."""
    pytest.importorskip("mteb", reason="pip install 'svta[mteb]'")
    import mteb
    from datasets import Dataset
    from mteb._create_dataloaders import create_dataloader
    from mteb.models.model_implementations import MODEL_REGISTRY
    from mteb.models.model_implementations.clip_models import CLIPModel
    from mteb.models.model_meta import ModelMeta
    from mteb.types import PromptType

    from svta.eval.mteb.tasks import SVTAT2VRetrieval

    torch.manual_seed(0)
    words = tokenizer()
    folder = tmp_path / "local" / "tiny-clip"  # mteb's names are owner/name: from tmp_path it is this folder
    clip(len(words)).eval().save_pretrained(folder)
    images = CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size=SQUARE)
    tf.CLIPProcessor(images, words).save_pretrained(folder)
    monkeypatch.chdir(tmp_path)
    told = {"name": "local/tiny-clip", "revision": "1", "modalities": ["text", "image"], "framework": ["PyTorch"]}
    meta = ModelMeta.create_empty(told).model_copy(update={"loader": CLIPModel})
    monkeypatch.setitem(MODEL_REGISTRY, "local/tiny-clip", meta)
    encoder = load_encoder("mteb:local/tiny-clip", device="cpu")
    text, video, prepared = through_us(encoder, gallery[0])

    model, task = mteb.get_model("local/tiny-clip", device="cpu"), SVTAT2VRetrieval.metadata
    of_images = task.model_copy(update={"category": "t2i", "modalities": ["text", "image"]})
    how = {"task_metadata": task, "hf_split": "test", "hf_subset": "default"}

    def own(column, values, role):
        rows = Dataset.from_dict({"id": [str(i) for i in range(len(values))], column: values})
        loader = create_dataloader(rows, task_metadata=of_images, prompt_type=role, batch_size=7)
        return unit(torch.as_tensor(model.encode(loader, prompt_type=role, show_progress_bar=False, **how)), dim=-1)

    frames = own("image", [frame for frames in gallery[1] for frame in frames], PromptType.document)
    own_video = unit(torch.stack([some.mean(0) for some in frames.split(FRAMES)]), dim=-1)
    own_text = own("text", [clean_text(caption) for caption in gallery[2]], PromptType.query)
    worst = 0
    for frames, mine in zip(gallery[1], prepared):
        shown = np.stack([np.array(frame) for frame in frames]).transpose(0, 3, 1, 2)
        worst = max(worst, int(np.abs(shown.astype(int) - mine.numpy()).max()))
    cosine = min(least_cosine(video, own_video), least_cosine(text, own_text))
    assert worst == 0 and cosine >= 0.99999
    assert row("mteb", worst, cosine, (own_text @ own_video.T).numpy(), (text @ video.T).numpy()) == 0


def test_pe_with_its_timm_tower_and_its_own_video_processor(gallery, tmp_path):
    pytest.importorskip("torchvision")
    pytest.importorskip("timm")
    from transformers.models.pe_video.configuration_pe_video import PeVideoEncoderConfig
    from transformers.models.pe_video.video_processing_pe_video import PeVideoVideoProcessor

    torch.manual_seed(0)
    words = tokenizer()
    small = {"embed_dim": 32, "depth": 1, "num_heads": 2, "img_size": 28, "patch_size": 14, "ref_feat_shape": (2, 2)}
    tower = {"architecture": "vit_pe_core_large_patch14_336", "do_pooling": True, "num_classes": 24,
             "global_pool": "map", "model_args": small}  # fmt: skip
    ids = {"cls_token_id": len(words) - 2, "sep_token_id": len(words) - 1}
    text = tf.ModernBertConfig(**text_config(len(words), max_position_embeddings=64, **ids))
    video = PeVideoEncoderConfig(vision_config=tower, **PE_LAYERS)
    model = tf.PeVideoModel(tf.PeVideoConfig(text_config=text, video_config=video)).eval()
    assert "timm" in type(model.video_encoder.embedder.vision_model).__name__.lower()
    numbers = {"size": {"height": 28, "width": 28}, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    steps = {"do_resize": True, "do_rescale": True, "do_normalize": True, "do_sample_frames": False}
    processor = PeVideoVideoProcessor(**numbers, **steps)
    for part in (model, words, processor):
        part.save_pretrained(tmp_path)
    encoder = load_encoder(tmp_path, device="cpu")
    ours_text, ours_video, prepared = through_us(encoder, gallery[0])

    tokens = words([clean_text(caption) for caption in gallery[2]], padding=True, return_tensors="pt")
    tokens = {name: tokens[name] for name in ("input_ids", "attention_mask")}
    own_rows, worst = [], 0.0
    for frames, mine in zip(gallery[1], prepared):
        given = processor([[np.array(frame) for frame in frames]], return_tensors="pt")["pixel_values_videos"]
        worst = max(worst, float((encoder.pixels(mine) - given[0]).abs().max()))
        with torch.no_grad():
            whole = model(**tokens, pixel_values_videos=given)
        own_rows.append(unit(whole.video_embeds, dim=-1))
    own_text = unit(whole.text_video_embeds, dim=-1)
    own_video = torch.cat(own_rows)
    cosine = min(least_cosine(ours_video, own_video), least_cosine(ours_text, own_text))
    assert worst == 0 and cosine >= 0.99999
    assert row("pe_video", worst, cosine, (own_text @ own_video.T).numpy(), (ours_text @ ours_video.T).numpy()) == 0


SAID = """{% for message in messages %}{% if message.content is string %}{{ message.content }}{% else %}\
{% for part in message.content %}{% if part.type == 'video' %}<|vision_start|><|video_pad|><|vision_end|>\
{% elif part.type == 'image' %}<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ part.text }}{% endif %}\
{% endfor %}{% endif %}{% endfor %}"""


def save_qwen3_vl(folder):
    """A tiny Qwen3-VL and its real processor, with a tokenizer of single bytes, as sentence-transformers takes them."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    special = ["<pad>", "<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>"]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    bytewise = Tokenizer(models.BPE({letter: i for i, letter in enumerate(letters)}, []))
    bytewise.pre_tokenizer, bytewise.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    words = tf.PreTrainedTokenizerFast(tokenizer_object=bytewise, pad_token="<pad>", model_max_length=4_096)
    words.add_special_tokens({"additional_special_tokens": special[1:]})
    ids = dict(zip(("image_token_id", "video_token_id", "vision_start_token_id", "vision_end_token_id"),
                   words.convert_tokens_to_ids(special[1:])))  # fmt: skip
    sizes = {"patch_size": 8, "merge_size": 2, "temporal_patch_size": 2}
    images = Qwen2VLImageProcessorPil(size={"shortest_edge": 256, "longest_edge": 4_096}, **sizes)
    videos = tf.Qwen3VLVideoProcessor(size={"shortest_edge": 1_024, "longest_edge": 16_384}, **sizes)
    rope = {"rope_type": "default", "mrope_section": [2, 3, 3], "rope_theta": 10_000.0}
    text = {"vocab_size": len(words), "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
            "num_attention_heads": 2, "num_key_value_heads": 2, "head_dim": 16, "rope_parameters": rope,
            "max_position_embeddings": 4_096}  # fmt: skip
    vision = {"depth": 2, "hidden_size": 32, "intermediate_size": 64, "num_heads": 2, "patch_size": 8,
              "spatial_merge_size": 2, "temporal_patch_size": 2, "out_hidden_size": 32,
              "num_position_embeddings": 64, "deepstack_visual_indexes": [1]}  # fmt: skip
    torch.manual_seed(0)
    config = tf.Qwen3VLConfig(text_config=text, vision_config=vision, **ids)
    base = folder.with_name(folder.name + "-base")
    tf.Qwen3VLModel(config).eval().save_pretrained(base)
    tf.Qwen3VLProcessor(images, words, videos, chat_template=SAID).save_pretrained(base)
    transformer = Transformer(str(base))
    pooling = Pooling(32, pooling_mode="lasttoken")
    SentenceTransformer(modules=[transformer, pooling], device="cpu").save_pretrained(str(folder))


def test_qwen3_vl_is_told_when_the_frames_it_sees_were(gallery, tmp_path):
    """By sentence-transformers: the text it makes of a video names the times of the frames, in pairs."""
    pytest.importorskip("torchvision")
    pytest.importorskip("sentence_transformers")
    from sentence_transformers import SentenceTransformer

    save_qwen3_vl(tmp_path / "model")
    encoder = load_encoder(tmp_path / "model", device="cpu")
    seen = []
    encoder.model[0].register_forward_pre_hook(lambda _, given: seen.append(given[0]["input_ids"]))
    text, video, _ = through_us(encoder, gallery[0])
    words = encoder.model.tokenizer
    told = [re.findall(r"<([0-9.]+) seconds>", words.decode(row)) for batch in seen for row in batch]
    told = [times for times in told if times]

    model = SentenceTransformer(str(tmp_path / "model"), device="cpu")
    own_video, wanted = [], []
    for path, frames in zip(gallery[0].paths, gallery[1]):
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            total, fps = sum(1 for _ in container.decode(stream)), float(stream.average_rate)
        shown = np.linspace(0, total - 1, FRAMES, dtype=int)
        wanted.append([f"{(shown[i] + shown[i + 1]) / 2 / fps:.1f}" for i in range(0, FRAMES, 2)])
        pixels = np.stack([np.array(frame) for frame in frames]).transpose(0, 3, 1, 2)
        about = {"total_num_frames": total, "fps": fps, "duration": total / fps, "frames_indices": shown.tolist()}
        given = {"video": {"array": pixels, "video_metadata": about}}
        options = {"processing_kwargs": {"video": {"do_sample_frames": False}}}
        own_video.append(torch.as_tensor(model.encode_document([given], normalize_embeddings=True, **options)))
    assert told == wanted
    own_video = torch.cat(own_video)
    own_text = torch.as_tensor(model.encode_query([clean_text(c) for c in gallery[2]], normalize_embeddings=True))
    cosine = min(least_cosine(video, own_video), least_cosine(text, own_text))
    assert cosine >= 0.99999
    assert row("qwen3_vl", 0, cosine, (own_text @ own_video.T).numpy(), (text @ video.T).numpy()) == 0
