"""A tiny image-text-to-text model with random weights, and pictures as data: URLs."""

from __future__ import annotations

import io
from base64 import b64encode
from pathlib import Path


def picture(colour: str) -> str:
    """A JPEG of one colour."""
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(file, "JPEG")
    return "data:image/jpeg;base64," + b64encode(file.getvalue()).decode()


def save_tiny_vision_model(folder: Path) -> Path:
    """LLaVA of two layers each, a word-level tokenizer, and a chat template with places for images."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import (
        CLIPImageProcessorPil,
        CLIPVisionConfig,
        LlamaConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
        LlavaProcessor,
        PreTrainedTokenizerFast,
    )

    words = ["<unk>", "<s>", "</s>", "<image>", "user", "assistant", "system", "a", "man", "falls", *"12345"]
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    names = {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>", "pad_token": "</s>"}
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, additional_special_tokens=["<image>"], **names)
    part = "{% if p.type == 'image' %}<image>{% else %}{{ p.text }}{% endif %} "
    turns = "{% for m in messages %}{{ m.role }} {% for p in m.content %}" + part + "{% endfor %}{% endfor %}"
    LlavaProcessor(
        image_processor=CLIPImageProcessorPil(size={"shortest_edge": 28}, crop_size={"height": 28, "width": 28}),
        tokenizer=fast,
        patch_size=14,
        vision_feature_select_strategy="default",
        chat_template=turns + "{% if add_generation_prompt %}assistant {% endif %}",
        num_additional_image_tokens=1,
    ).save_pretrained(folder)
    torch.manual_seed(0)
    size = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = LlavaConfig(
        vision_config=CLIPVisionConfig(**size, image_size=28, patch_size=14),
        text_config=LlamaConfig(**size, vocab_size=len(fast), max_position_embeddings=2048, bos_token_id=1,
                                eos_token_id=2),
        image_token_id=3,
        vision_feature_layer=-1,
    )  # fmt: skip
    LlavaForConditionalGeneration(config).save_pretrained(folder)
    return folder
