"""What frames as the model's own processor prepares them cost: a whole `svta eval`, --resize exact against fast.

    python benchmarks/resize.py [--clips 16] [--side 832x480] [--json]

CPU seconds (user + system, one thread) of `evaluate()` over drawn clips of 33 frames, in turn, in one process: for a
CLIP of ViT-B/32's shape with random weights, and for a tiny one, where decoding is nearly all there is. Limit: exact
takes at most 1.6 times what fast takes.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from rounds import interleaved, show, target
from transformers import CLIPConfig, CLIPModel
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from svta.builder.video.encoder import encode
from svta.eval.baselines.tokens import CaptionTokens
from svta.eval.retrieval.config import EvalConfig
from svta.eval.retrieval.evaluate import evaluate

SHAPES = {  # hidden size, layers, heads
    "ViT-B/32": ((768, 12, 12), (512, 12, 8)),
    "tiny": ((32, 1, 2), (32, 1, 2)),
}


def film(number: int, width: int, height: int) -> bytes:
    """33 frames of a coarse random texture that moves."""
    rng = np.random.default_rng(number)
    coarse = Image.fromarray(rng.integers(0, 256, (24, 32, 3), np.uint8))
    ground = np.asarray(coarse.resize((width + 66, height + 33), Image.Resampling.BICUBIC))
    return encode(np.stack([ground[i : i + height, 2 * i : 2 * i + width] for i in range(33)]), fps=16)


def save_clip(folder: Path, shape: str, captions: list[str]) -> None:
    """A CLIP with random weights, its processor, and a tokenizer of the captions' words."""
    sizes = [dict(zip(("hidden_size", "num_hidden_layers", "num_attention_heads"), part)) for part in SHAPES[shape]]
    vision, text = ({**size, "intermediate_size": 4 * size["hidden_size"]} for size in sizes)
    words = CaptionTokens.learn(captions, 16).tokenizer
    ids = {"bos_token_id": len(words) - 2, "eos_token_id": len(words) - 1, "pad_token_id": 0}
    config = CLIPConfig(
        text_config={**text, **ids, "vocab_size": len(words)}, vision_config={**vision, "patch_size": 32}
    )
    CLIPModel(config).save_pretrained(folder)
    words.save_pretrained(folder)
    CLIPImageProcessorPil().save_pretrained(folder)


def main() -> None:
    """Measure, print a table (or JSON), and say which limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=16, help="clips in the gallery")
    parser.add_argument("--side", default="832x480", help="size of the clips, WIDTHxHEIGHT")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    width, height = map(int, asked.side.split("x"))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        captions = [f"clip number {i}" for i in range(asked.clips)]
        (folder / "videos").mkdir()
        for i in range(asked.clips):
            (folder / "videos" / f"{i}.mp4").write_bytes(film(i, width, height))
        with open(folder / "captions.csv", "w", newline="") as file:
            csv.writer(file).writerows([("video", "caption"), *((f"{i}.mp4", text) for i, text in enumerate(captions))])
        rows, targets = [], []
        for shape in SHAPES:
            model = folder / shape.replace("/", "-")
            save_clip(model, shape, captions)
            configs = {
                resize: EvalConfig(
                    data=str(folder / "captions.csv"), split="all", videos=folder / "videos", model=str(model),
                    resize=resize, device="cpu", threads=1,
                )
                for resize in ("fast", "exact")
            }  # fmt: skip
            tasks = {resize: (lambda config=config: evaluate(config)) for resize, config in configs.items()}
            seconds = interleaved(tasks, asked.rounds)
            rows += [
                {"task": f"{shape}, {name}, {asked.side}", "cpu_seconds": value} for name, value in seconds.items()
            ]
            ratio = seconds["exact"] / seconds["fast"]
            targets.append(target(f"svta eval, exact / fast, {shape}, {asked.side}", ratio, at_most=1.6))
        show(rows, targets, {}, asked.json)


if __name__ == "__main__":
    main()
