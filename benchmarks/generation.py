"""Seconds a video of every preset against plain diffusers, split into text, denoising, VAE and encoding; one run.

Makes a Wan model with random weights on disk (on a GPU the true shape of Wan2.1-1.3B, else a tiny one), films CLIPS
captions with plain diffusers and with each preset through the backend and its pool of gates and encoders, and prints a
Markdown table. Random weights take the same time as trained ones: only the static caches are compared.

    python benchmarks/generation.py [--clips 4] [--presets reference,balanced,fast,distilled] [--dir DIR] [--json FILE]
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from svta.builder.record import Clip
from svta.builder.video import encode
from svta.generation.diffusion import DiffusionBackend
from svta.generation.finishing import film_gated
from svta.generation.outline import read_outline

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from tiny_pipelines import TINY_WAN, save

WAN_13B = {
    "transformer": {
        "num_attention_heads": 12,
        "attention_head_dim": 128,
        "text_dim": 4096,
        "freq_dim": 256,
        "ffn_dim": 8960,
        "num_layers": 30,
    },
    "vae": {"base_dim": 96, "dim_mult": [1, 2, 4, 4], "num_res_blocks": 2},
    "text": {"d_model": 4096, "d_ff": 10240, "d_kv": 64, "num_layers": 24, "num_heads": 64},
}
OPEN = {"min_luma": 0, "min_contrast": 0, "min_motion": 0, "max_still": 0, "max_motion": 0, "max_flicker": 0}
GATES = {**OPEN, "min_distance": 0}  # random weights film noise
CAPTION = "A man in a grey coat falls on an icy street while two people watch, number {}."
TINY_CACHE = {"kind": "mag", "mag_ratios": [1.0] * 50, "threshold": 0.12, "max_skip_steps": 4, "retention_ratio": 0.2}


class Clock:
    """Seconds spent in a part of the work, on the device: waits for what it has queued."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def of(self, part: str) -> Iterator[None]:
        """Count the block's time under `part`."""
        wait()
        start = time.perf_counter()
        yield
        wait()
        self.seconds[part] = self.seconds.get(part, 0.0) + time.perf_counter() - start

    def around(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """`function`, its time counted under `part`."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.of(part):
                return function(*args, **kwargs)

        return timed


def wait() -> None:
    """Until the device has done all it was given."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def peak() -> float:
    """GB of device memory at the highest since the last reset; 0 on a CPU."""
    return torch.cuda.max_memory_allocated() / 1e9 if torch.cuda.is_available() else 0.0


def plain(model: Path, clips: list[Clip], shape: dict[str, int], steps: int) -> dict[str, Any]:
    """diffusers as its documentation shows it: one prompt a call, everything on the device, encoded in between."""
    from diffusers import DiffusionPipeline

    on_gpu = torch.cuda.is_available()
    dtype = torch.bfloat16 if on_gpu else torch.float32
    pipe = DiffusionPipeline.from_pretrained(model, dtype={"default": dtype, "vae": torch.float32})
    pipe.to("cuda" if on_gpu else "cpu").set_progress_bar_config(disable=True)
    clock = Clock()
    forwards = [0]
    pipe.transformer.register_forward_pre_hook(lambda *_: forwards.__setitem__(0, forwards[0] + 1))

    def film(clip: Clip) -> None:
        with clock.of("all"):
            output = pipe(clip.caption, negative_prompt="blurred", num_inference_steps=steps, output_type="np", **shape)
            frames = (output.frames[0] * 255).round().astype("uint8")
            with clock.of("encode"):
                encode(frames, fps=16)

    film(clips[0])
    pipe.encode_prompt = clock.around("text", pipe.encode_prompt)
    pipe.vae.decode = clock.around("vae", pipe.vae.decode)
    clock.seconds, forwards[0] = {}, 0
    for clip in clips:
        film(clip)
    return result("plain diffusers", clock.seconds["all"], clock, len(clips), forwards[0] / len(clips), 0.0)


def preset(name: str, model: Path, clips: list[Clip], shape: dict[str, int], steps: int) -> dict[str, Any]:
    """One preset through the backend, its gates and encoders working beside it as in `svta generate`."""
    settings: dict[str, Any] = {"gates": GATES}
    if name != "distilled":
        settings["steps"] = steps
    cached = name in ("balanced", "fast") and not torch.cuda.is_available()
    config = json.dumps(TINY_CACHE) if cached else None  # a tiny model is no known checkpoint
    made = DiffusionBackend(
        model, preset=name, model_id="random/wan-distill", settings=settings, cache_config=config, **shape
    )
    list(film_gated(made, clips[:1], made.film_spec, []))  # to warm up and compile
    clock = Clock()
    start = time.perf_counter()
    finished = list(film_gated(made, clips, made.film_spec, []))  # as in use: nothing waits for a clock
    seconds = time.perf_counter() - start
    facts = json.loads(finished[0][0].provenance or "{}")
    made._embedder._known.clear()
    made._embedder.prepare = clock.around("text", made._embedder.prepare)  # type: ignore[method-assign]
    made.pipe.vae.decode = clock.around("vae", made.pipe.vae.decode)
    made._shoot = clock.around("shoot", made._shoot)  # type: ignore[method-assign]
    takes = [take.develop() for take in made.film(clips, range(len(clips))) if take.develop]
    with clock.of("encode"):
        for take in takes:
            encode(take.frames, fps=16)
    forwards, skipped = facts["forwards"], facts["skipped_forwards"]
    return result(name, seconds, clock, len(clips), forwards, skipped)


def result(name: str, seconds: float, clock: Clock, clips: int, forwards: float, skipped: float) -> dict[str, Any]:
    """One row: everything a clip."""
    parts = {part: value / clips for part, value in clock.seconds.items()}
    whole = parts.pop("shoot", None) or parts.get("all", 0.0) - parts.get("text", 0.0) - parts.get("encode", 0.0)
    return {
        "way": name,
        "seconds": seconds / clips,
        "text": parts.get("text", 0.0),
        "denoise": whole - parts.get("vae", 0.0),
        "vae": parts.get("vae", 0.0),
        "encode": parts.get("encode", 0.0),
        "forwards": forwards,
        "skipped": skipped,
        "peak_gb": peak(),
    }


def table(rows: list[dict[str, Any]], flops: float) -> str:
    """The rows as Markdown; TFLOP/s counts only forwards that ran."""
    columns = [
        "way",
        "s/video",
        "times plain",
        "text",
        "denoise",
        "VAE",
        "encode (beside)",
        "forwards",
        "skipped",
        "TFLOP/s",
        "peak GB",
    ]
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    for row in rows:
        rate = (row["forwards"] - row["skipped"]) * flops / max(row["denoise"], 1e-9) / 1e12
        lines.append(
            f"| {row['way']} | {row['seconds']:.3f} | {rows[0]['seconds'] / row['seconds']:.2f} | {row['text']:.3f} "
            f"| {row['denoise']:.3f} | {row['vae']:.3f} | {row['encode']:.3f} | {row['forwards']:g} "
            f"| {row['skipped']:g} | {rate:.3g} | {row['peak_gb']:.1f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Make the model, film with every way, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=4)
    parser.add_argument("--presets", default="reference,balanced,fast,distilled")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--dir", type=Path, help="where the model is kept; 14 GB for the true shape")
    parser.add_argument("--json", type=Path, help="also write the rows here")
    args = parser.parse_args()
    import av
    import diffusers

    on_gpu = torch.cuda.is_available()
    shape = {"num_frames": 33, "height": 480, "width": 832} if on_gpu else {"num_frames": 9, "height": 64, "width": 64}
    clips = [Clip.from_dict({"key": f"clip-{i}", "caption": CAPTION.format(i)}) for i in range(args.clips)]
    with tempfile.TemporaryDirectory() as scratch:
        model = (args.dir or Path(scratch)) / ("wan-1.3b" if on_gpu else "wan-tiny")
        if not (model / "model_index.json").exists():
            torch.set_default_dtype(torch.bfloat16 if on_gpu else torch.float32)
            with torch.device("cuda" if on_gpu else "cpu"):
                save("wan", model, shape=WAN_13B if on_gpu else TINY_WAN)
            torch.set_default_dtype(torch.float32)
        flops = read_outline(model).forward_flops(**shape)
        device = torch.cuda.get_device_name() if on_gpu else f"CPU ({platform.machine()}), one thread"
        versions = f"torch {torch.__version__}, diffusers {diffusers.__version__}, av {av.__version__}"
        work = f"{shape}, {args.steps} steps, guidance, {args.clips} clips, {flops / 1e12:.3g} TFLOP a forward"
        print(f"{device}; {versions}; {work}\n", flush=True)
        rows = []
        for name in ("plain", *args.presets.split(",")):
            gc.collect()
            if on_gpu:
                torch.cuda.empty_cache()
                torch.cuda.reset_peak_memory_stats()
            else:
                torch.set_num_threads(1)
            way = (plain, (model,)) if name == "plain" else (preset, (name, model))
            rows.append(way[0](*way[1], clips, shape, args.steps))
            print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    print(table(rows, flops))
    if args.json:
        args.json.write_text(json.dumps({"device": device, "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
