"""What frames as the model's own processor prepares them cost: a whole `svta eval`, --resize exact against fast.

    python benchmarks/resize.py [--clips 16] [--side 832x480] [--json]

CPU seconds (user + system, one thread) of `evaluate()` over drawn clips of 33 frames, in turn, in one process: for a
CLIP of ViT-B/32's shape with random weights, for svta's `tiny` as `svta train` leaves it, whose own frames are those of
its training, and, without a limit, for a CLIP of one layer, where decoding and Pillow are nearly all there is. Limit:
exact takes at most 1.6 times what fast takes.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

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
from svta.eval.training.factory import make_baseline

TINY = "svta's tiny"
SHAPES = {  # hidden size, layers, heads of a CLIP; svta's own tiny has none to choose
    "ViT-B/32": ((768, 12, 12), (512, 12, 8)),
    TINY: None,
    "one layer": ((32, 1, 2), (32, 1, 2)),
}
LIMITED = ("ViT-B/32", TINY)  # the last shape costs nothing itself: what is left is Pillow's time and decoding


def film(number: int, width: int, height: int) -> bytes:
    """33 frames of a coarse random texture that moves."""
    rng = np.random.default_rng(number)
    coarse = Image.fromarray(rng.integers(0, 256, (24, 32, 3), np.uint8))
    ground = np.asarray(coarse.resize((width + 66, height + 33), Image.Resampling.BICUBIC))
    return encode(np.stack([ground[i : i + height, 2 * i : 2 * i + width] for i in range(33)]), fps=16)


def save_model(folder: Path, shape: str, captions: list[str]) -> None:
    """A CLIP with random weights, its processor, and a tokenizer of the captions' words; or svta's own tiny."""
    if (parts := SHAPES[shape]) is None:
        make_baseline("tiny", captions).save_pretrained(folder)
        return
    sizes = [dict(zip(("hidden_size", "num_hidden_layers", "num_attention_heads"), part)) for part in parts]
    vision, text = ({**size, "intermediate_size": 4 * size["hidden_size"]} for size in sizes)
    words = CaptionTokens.learn(captions, 16).tokenizer
    ids = {"bos_token_id": len(words) - 2, "eos_token_id": len(words) - 1, "pad_token_id": 0}
    config = CLIPConfig(
        text_config={**text, **ids, "vocab_size": len(words)}, vision_config={**vision, "patch_size": 32}
    )
    CLIPModel(config).save_pretrained(folder)
    words.save_pretrained(folder)
    CLIPImageProcessorPil().save_pretrained(folder)


def measure(
    shapes: Sequence[str], clips: int, width: int, height: int, rounds: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(rows, targets) of a gallery of `clips` drawn clips, by models of these SHAPES; on one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    rows, targets = [], []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        captions = [f"clip number {i}" for i in range(clips)]
        (folder / "videos").mkdir()
        for i in range(clips):
            (folder / "videos" / f"{i}.mp4").write_bytes(film(i, width, height))
        with open(folder / "captions.csv", "w", newline="") as file:
            csv.writer(file).writerows([("video", "caption"), *((f"{i}.mp4", text) for i, text in enumerate(captions))])
        for number, shape in enumerate(shapes):
            model = folder / str(number)
            save_model(model, shape, captions)
            configs = {
                resize: EvalConfig(
                    data=str(folder / "captions.csv"), split="all", videos=folder / "videos", model=str(model),
                    resize=resize, device="cpu", threads=1,
                )
                for resize in ("fast", "exact")
            }  # fmt: skip
            tasks = {resize: (lambda config=config: evaluate(config)) for resize, config in configs.items()}
            seconds = interleaved(tasks, rounds)
            rows += [
                {"task": f"svta eval, {name}, {shape}, {width}x{height}", "cpu_seconds": value}
                for name, value in seconds.items()
            ]
            if shape in LIMITED:
                ratio = seconds["exact"] / seconds["fast"]
                targets.append(target(f"svta eval, exact / fast, {shape}, {width}x{height}", ratio, at_most=1.6))
    torch.set_num_threads(threads)
    return rows, targets


def main() -> None:
    """Measure, print a table (or JSON), and say which limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=16, help="clips in the gallery")
    parser.add_argument("--side", default="832x480", help="size of the clips, WIDTHxHEIGHT")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    asked = parser.parse_args()
    width, height = map(int, asked.side.split("x"))
    rows, targets = measure(list(SHAPES), asked.clips, width, height, asked.rounds)
    show(rows, targets, {}, asked.json)


if __name__ == "__main__":
    main()
