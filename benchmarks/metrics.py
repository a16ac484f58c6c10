"""Ranking metrics and X-CLIP similarity against their own matrix products, side by side in one run.

    python benchmarks/metrics.py [--quick] [--json]

Times are user + system CPU seconds, medians of interleaved rounds; memory is the peak above the inputs, each in a
process of its own. Limits: two-way <= 1.25 x the one-way product and < 100 MB at N = 8,263, <= 1.3 x where 200 captions
and 200 videos repeat another and tie; >= 4 x the official full-matrix way; < 400 MB at N = 41,315; X-CLIP 2,000 x 2,000
<= 2.2 x its product, equal to 1e-5; `svta eval --resize exact` <= 1.6 x fast (resize.py has more of it).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from resize import LIMITED
from resize import measure as measure_resize
from rounds import interleaved, show, target

from svta.eval.metrics.retrieval import retrieval_metrics_from_embeddings

DIM = 512


def embeddings(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Random unit vectors, text and video, [count, DIM] each."""
    rng = np.random.default_rng(0)
    pair = rng.standard_normal((2, count, DIM), dtype=np.float32)
    pair /= np.linalg.norm(pair, axis=2, keepdims=True)
    return pair[0], pair[1]


def repeated(text: np.ndarray, video: np.ndarray, count: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """The same with `count` captions and `count` videos that repeat another bit by bit."""
    rng = np.random.default_rng(1)
    text, video = text.copy(), video.copy()
    for rows in (text, video):
        chosen = rng.permutation(len(rows))[: 2 * min(count, len(rows) // 2)]
        rows[chosen[::2]] = rows[chosen[1::2]]
    return text, video


def product(text: np.ndarray, video: np.ndarray, rows: int = 1024) -> None:
    """The bare one-way product, in row blocks."""
    for start in range(0, len(text), rows):
        text[start : start + rows] @ video.T


def official(text: np.ndarray, video: np.ndarray) -> None:
    """How the official code ranks: 64 x 64 clips at a time, the whole matrix put together, then sorted, both ways."""
    starts = range(0, len(text), 64)
    rows = [np.concatenate([text[i : i + 64] @ video[j : j + 64].T for j in starts], axis=1) for i in starts]
    similarity = np.concatenate(rows, axis=0)
    for matrix in (similarity, similarity.T):
        ordered = np.sort(-matrix, axis=1)
        np.where(ordered - np.diag(-matrix)[:, np.newaxis] == 0)


def ours(text: np.ndarray, video: np.ndarray) -> None:
    """Both directions, ties and all."""
    retrieval_metrics_from_embeddings(text, video)


def peak_above_inputs(name: str, count: int) -> float:
    """MB of one task above its inputs, in a fresh process."""
    done = subprocess.run(
        [sys.executable, __file__, "--peak", name, "--count", str(count)], check=True, capture_output=True, text=True
    )
    return float(done.stdout)


def report_peak(name: str, count: int) -> None:
    """What peak_above_inputs runs: warm BLAS up, make the inputs, reset the peak, run, print its growth."""
    text, video = embeddings(count)
    product(text[:2048], video[:64])
    Path("/proc/self/clear_refs").write_text("5")  # from here on VmHWM starts at what is resident now
    before = status("VmRSS")
    {"ours": ours, "official": official}[name](text, video)
    print((status("VmHWM") - before) / 1024)


def status(field: str) -> int:
    """A kB figure of /proc/self/status (Linux)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(f"{field}:")))


def xclip(count: int, rounds: int) -> dict[str, Any]:
    """Blocked X-CLIP similarity of count x count against its frame-word product, and against one piece (200 x 200)."""
    import torch
    from transformers import CLIPConfig

    from svta.eval.baselines.xclip import BLOCK_TEXTS, BLOCK_VIDEOS, XClip, XClipConfig

    tiny = {"num_hidden_layers": 1, "vocab_size": 99}
    clip = CLIPConfig(text_config=tiny, vision_config={"num_hidden_layers": 1}).to_dict()
    torch.manual_seed(0)
    model = XClip(XClipConfig(clip_config=clip, head="meanP", max_frames=12, max_words=32)).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "." not in name:
                parameter += 0.02 * torch.randn_like(parameter)

    def unit(*shape: int) -> torch.Tensor:
        return torch.nn.functional.normalize(torch.randn(*shape), dim=-1)

    text = unit(count, DIM), unit(count, 32, DIM)
    video = unit(count, DIM), unit(count, 12, DIM)

    def frame_word_product() -> None:
        for words in text[1].split(BLOCK_TEXTS):
            for frames in video[1].split(BLOCK_VIDEOS):
                words.flatten(0, 1) @ frames.flatten(0, 1).T

    with torch.no_grad():
        seconds = interleaved({"product": frame_word_product, "blocked": lambda: model.score(text, video)}, rounds)
        few = tuple(part[:200] for part in text), tuple(part[:200] for part in video)
        difference = (model.score(*few) - model.score(*few, block=None)).abs().max().item()
    return {**seconds, "ratio": seconds["blocked"] / seconds["product"], "difference": difference}


def main() -> None:
    """Measure, print a table (or JSON), and say which limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, X-CLIP at 500 x 500, no N = 41,315")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    parser.add_argument("--peak", choices=["ours", "official"], help=argparse.SUPPRESS)
    parser.add_argument("--count", type=int, default=8_263, help="clips in the gallery")
    asked = parser.parse_args()
    if asked.peak:
        report_peak(asked.peak, asked.count)
        return
    text, video = embeddings(asked.count)
    rounds = 3 if asked.quick else 5
    named = {"product": product, "ours": ours, "official": official}
    tasks = {name: (lambda task=task: task(text, video)) for name, task in named.items()}
    again = repeated(text, video)
    seconds = interleaved({**tasks, "ours, 200 repeat": lambda: ours(*again)}, rounds)
    late = xclip(500 if asked.quick else 2_000, 1 if asked.quick else 2)
    at = f"N = {asked.count:,}"
    rows = [{"task": f"{name}, {at}, dim {DIM}", "cpu_seconds": value} for name, value in seconds.items()]
    rows += [{"task": f"X-CLIP {name}", "cpu_seconds": late[name]} for name in ("product", "blocked")]
    targets = [
        target(f"two-way / one-way product, {at}", seconds["ours"] / seconds["product"], at_most=1.25),
        target(
            f"two-way, 200 captions and videos repeat / one-way product, {at}",
            seconds["ours, 200 repeat"] / seconds["product"],
            at_most=1.3,
        ),
        target("official full matrix / two-way with ties", seconds["official"] / seconds["ours"], at_least=4.0),
        target(f"MB above inputs, {at}", peak_above_inputs("ours", asked.count), at_most=100.0),
        target("X-CLIP blocked / its product", late["ratio"], at_most=2.2),
        target("X-CLIP blocked against one piece, 1e-5", late["difference"] / 1e-5, at_most=1.0),
    ]
    shown = measure_resize(LIMITED, 8 if asked.quick else 16, 832, 480, rounds=2)
    rows, targets = rows + shown[0], targets + shown[1]
    missing = {}
    if asked.quick:
        missing["MB above inputs, N = 41,315"] = "--quick"
    else:
        targets.append(target("MB above inputs, N = 41,315", peak_above_inputs("ours", 41_315), at_most=400.0))
    show(rows, targets, missing, asked.json)


if __name__ == "__main__":
    main()
