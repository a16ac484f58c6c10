"""Seconds a video of every preset and cache against plain diffusers, and how far its pictures are from `reference`.

Seconds are split into text, denoising, VAE and encoding; fidelity.py has the distances, at equal seeds, in one run.
Makes a Wan model with random weights on disk (on a GPU the true shape of Wan2.1-1.3B, else a tiny one), generates CLIPS
captions in every way and prints a Markdown table. Random weights take the same time as trained ones, but a cache that
decides while it runs skips other steps than with trained ones. A way is plain (diffusers as its documentation shows it)
or a preset, changed by +NAME=VALUE as in --set; +cache=NAME takes one of CACHES. A way that another one beats in time
and likeness is marked. What is measured is written to --json at once; the same command resumes with what is missing or
failed there.

    python benchmarks/generation.py --json rows.json [--seconds 540] [--ways plain,balanced,distilled+fp8=dynamic]
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import resource
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

sys.path.append(str(Path(__file__).resolve().parents[1]))  # a bare checkout will do
sys.path.append(str(Path(__file__).resolve().parents[1] / "tests" / "support"))
from fidelity import FIGURES, dominated, fidelity, not_to_offer
from tiny_pipelines import TINY_WAN, save

from svta.builder.record import Clip
from svta.builder.video.encoder import encode
from svta.generation.backends.postprocess import generate_gated
from svta.generation.diffusion.backend import DiffusionBackend
from svta.generation.diffusion.model_info import read_model_info
from svta.generation.diffusion.settings import PRESETS, parse

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
# random weights give noise, at worst NaN: every gate is open, and what is not finite is generated once all the same
OPEN = {"min_luma": 0, "min_contrast": 0, "min_motion": 0, "max_still": 0, "max_motion": 0, "max_flicker": 0}
GATES = {**OPEN, "min_distance": 0}
CAPTION = "A man in a grey coat falls on an icy street while two people watch, number {}."
TINY_CACHE = {"kind": "mag", "mag_ratios": [1.0] * 50, "threshold": 0.12, "max_skip_steps": 4, "retention_ratio": 0.2}
TINY_TEA = {"kind": "teacache", "coefficients": [1.0, 0.0], "threshold": 0.3}
CACHES = {
    "mag": (TINY_CACHE, "mag"),  # on a tiny model, which is not a known checkpoint, and on the true shape
    "teacache": (TINY_TEA, "teacache"),
    "first_block": ({"kind": "first_block", "threshold": 0.08},) * 2,
    "pyramid": ({"kind": "PyramidAttentionBroadcastConfig", "spatial_attention_block_skip_range": 2},) * 2,
    "taylorseer": ({"kind": "TaylorSeerCacheConfig", "use_lite_mode": True},) * 2,
    "sea": ({"kind": "SeaCacheConfig"},) * 2,
}
WAYS = ("plain", *PRESETS)
TRUE_SHAPE = "wan-1.3b"
CACHED = tuple(f"balanced+cache={name}" for name in CACHES)
ON_GPU = ("balanced+compile=off", "balanced+fp8=dynamic", "distilled+fp8=dynamic", "reference+compile=inductor")
ON_CPU = ("balanced+compile=eager", "balanced+fp8=layerwise")
COLUMNS = "way, s/video, times plain, text, denoise, VAE, encode, beside %, forwards, skipped, TFLOP/s, peak GB"
COLUMNS += ", SSIM, PSNR, LPIPS, gates refuse %"
Reference = list[NDArray[np.uint8]]


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


def plain(model: Path, clips: list[Clip], shape: dict[str, int], steps: int) -> dict[str, Any]:
    """diffusers as its documentation shows it: one prompt per call, everything on the device, encoded in between."""
    from diffusers import DiffusionPipeline

    on_gpu = torch.cuda.is_available()
    dtype = torch.bfloat16 if on_gpu else torch.float32
    pipe = DiffusionPipeline.from_pretrained(model, dtype={"default": dtype, "vae": torch.float32})
    pipe.to("cuda" if on_gpu else "cpu").set_progress_bar_config(disable=True)
    clock = Clock()
    forwards = [0]
    pipe.transformer.register_forward_pre_hook(lambda *_: forwards.__setitem__(0, forwards[0] + 1))

    def generate(clip: Clip, steps: int) -> None:
        with clock.of("all"):
            output = pipe(clip.caption, negative_prompt="blurred", num_inference_steps=steps, output_type="np", **shape)
            frames = (output.frames[0] * 255).round().astype("uint8")
            with clock.of("encode"):
                encode(frames, fps=16)

    generate(clips[0], 2)  # to warm up: every step does the same
    pipe.encode_prompt = clock.around("text", pipe.encode_prompt)
    pipe.vae.decode = clock.around("vae", pipe.vae.decode)
    clock.seconds, forwards[0] = {}, 0
    for clip in clips:
        generate(clip, steps)
    seconds = {part: value / len(clips) for part, value in clock.seconds.items()}
    whole = seconds.pop("all")
    denoise = whole - sum(seconds.values())
    return row(whole, {**seconds, "denoise": denoise}, forwards[0] / len(clips), 0.0)


def preset(
    way: str, model: Path, clips: list[Clip], shape: dict[str, int], steps: int, reference: Reference
) -> dict[str, Any]:
    """One preset through the backend, its gates and encoders working beside it as in `svta generate`.

    reference: the frames of `reference`, one clip each; filled where that is what is measured.
    """
    name, *changes = way.split("+")
    each = clips
    settings: dict[str, Any] = {"gates": GATES, "attempts": 1}
    if name != "distilled":
        settings["steps"] = steps
    else:
        clips = [
            clip for clip in clips for _ in range(4)
        ]  # a unit's end, when nothing is left to generate, counts less
        clips = [Clip.from_dict({"key": f"clip-{i}", "caption": clip.caption}) for i, clip in enumerate(clips)]
    named = [change.removeprefix("cache=") for change in changes if change.startswith("cache=")]
    changes = [change for change in changes if not change.startswith("cache=")]
    if name in ("balanced", "fast") and not is_true_shape(model) and not named:
        named = ["mag"]  # a tiny model is not a known checkpoint
    cache = CACHES[named[-1]][is_true_shape(model)] if named else None
    config = json.dumps(cache) if isinstance(cache, dict) else cache
    made = DiffusionBackend(
        model,
        preset=name,
        model_id="random/wan-distill",
        settings=settings | parse(changes),
        cache_config=config,
        **shape,
    )
    batch = made.batch_size
    list(generate_gated(made, clips[:batch], made.spec, []))  # to warm up and compile
    rejected: list[dict[str, Any]] = []
    start = time.perf_counter()
    finished = list(generate_gated(made, clips, made.spec, rejected))  # as in use: nothing waits for a clock
    seconds = (time.perf_counter() - start) / len(clips)
    clock = Clock()
    made.batches.embedder._rows.clear()
    made.batches.embedder.prepare = clock.around("text", made.batches.embedder.prepare)  # type: ignore[method-assign]
    made.pipe.vae.decode = clock.around("vae", made.pipe.vae.decode)
    made.batches.generate = clock.around("batch", made.batches.generate)  # type: ignore[method-assign]
    outputs = [output.resolve() for output in made.generate(each, range(len(each)))]
    frames = [output.frames for output in outputs if output.frames is not None]
    with clock.of("encode"):
        for clip_frames in frames:
            encode(clip_frames, fps=16)
    parts = {part: value / len(each) for part, value in clock.seconds.items()}
    parts["denoise"] = parts.pop("batch") - parts["vae"]
    found = row(seconds, parts, made.batches.counter.forwards, made.batches.counter.skipped)
    if name == "reference" and not reference:
        reference[:] = frames
    if len(frames) == len(reference):
        found |= fidelity(frames, reference)
    if rejected:
        found["note"] = f"{len(rejected)} of {len(rejected) + len(finished)} clips rejected: {rejected[0]['reason']}"
    return found


def row(seconds: float, parts: dict[str, float], forwards: float, skipped: float) -> dict[str, Any]:
    """One way's figures: everything a clip. `beside`: the share of its time that is neither text, denoising nor VAE."""
    parts = {part: round(parts.get(part, 0.0), 4) for part in ("text", "denoise", "vae", "encode")}
    busy = parts["text"] + parts["denoise"] + parts["vae"]
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1_024 / 1e9  # of the process so far
    memory = torch.cuda.max_memory_allocated() / 1e9 if torch.cuda.is_available() else resident
    share = round(max(0.0, 1 - busy / seconds), 4)
    facts = {"forwards": forwards, "skipped": skipped, "peak_gb": round(memory, 2), "beside": share}
    return {"seconds": round(seconds, 4), **parts, **facts}


def measure(
    way: str, model: Path, clips: list[Clip], shape: dict[str, int], steps: int, reference: Reference
) -> dict[str, Any]:
    """One way's row; of a way that fails, what went wrong: the others are measured all the same."""
    start = time.perf_counter()
    gc.collect()
    torch._dynamo.reset()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    else:
        torch.set_num_threads(1)
    try:
        work = (model, clips, shape, steps)
        found = plain(*work) if way == "plain" else preset(way, *work, reference)
    except Exception as error:  # a missing torchao, no memory, a broken compiler ...
        traceback.print_exc()
        found = {"error": f"{type(error).__name__}: {(str(error).splitlines() or [''])[0][:200]}"}
    return {"way": way, **found, "took": round(time.perf_counter() - start, 1)}


def table(rows: list[dict[str, Any]], flops: float) -> str:
    """The rows as Markdown; TFLOP/s counts only forwards that ran."""
    columns = COLUMNS.split(", ")
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    first = next((found["seconds"] for found in rows if found["way"] == "plain" and "seconds" in found), None)
    beaten = dominated(rows)
    for found in rows:
        name = "plain diffusers" if found["way"] == "plain" else found["way"]
        if "error" in found:
            lines.append(f"| {name} | failed: {found['error']} |")
            continue
        rate = (found["forwards"] - found["skipped"]) * flops / max(found["denoise"], 1e-9) / 1e12
        times = "" if first is None else f"{first / found['seconds']:.2f}"
        parts = " | ".join(f"{found[part]:.3f}" for part in ("text", "denoise", "vae", "encode"))
        likeness = ["-" if (value := found.get(figure)) is None else f"{value:g}" for figure in FIGURES[:3]]
        likeness.append("-" if found.get("refused") is None else f"{100 * found['refused']:.0f}")
        lines.append(
            f"| {name} | {found['seconds']:.3f} | {times} | {parts} | {100 * found['beside']:.0f} "
            f"| {found['forwards']:g} | {found['skipped']:g} | {rate:.3g} "
            f"| {found['peak_gb']:.1f} | {' | '.join(likeness)} |{found.get('note', '')}"
            + (f" beaten by {beaten[found['way']]}" if found["way"] in beaten else "")
        )
    return "\n".join(lines)


def is_true_shape(model: Path) -> bool:
    """Whether this is the model of Wan2.1-1.3B's shape."""
    return model.name == TRUE_SHAPE


def make_model(folder: Path, true_shape: bool) -> Path:
    """The random weights on disk, made once: 14 GB of the true shape in bfloat16; on a CPU one layer reads the text."""
    on_gpu = torch.cuda.is_available()
    model = folder / (TRUE_SHAPE if true_shape else "wan-tiny")
    done = model / "made"
    if not done.exists():
        start = time.perf_counter()
        shape = WAN_13B if on_gpu else {**WAN_13B, "text": {**WAN_13B["text"], "num_layers": 1}}
        torch.set_default_dtype(torch.bfloat16 if true_shape else torch.float32)
        with torch.device("cuda" if on_gpu else "cpu"):
            save("wan", model, shape=shape if true_shape else TINY_WAN)
        torch.set_default_dtype(torch.float32)
        done.touch()
        print(f"{model.name} made in {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    return model


def keep(path: Path | None, work: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    """Write what is known so far, atomically."""
    if path is not None:
        part = path.with_name(path.name + ".part")
        part.write_text(json.dumps({**work, "rows": rows}, indent=2) + "\n")
        os.replace(part, path)


def known_rows(path: Path | None, work: dict[str, Any]) -> list[dict[str, Any]]:
    """What an earlier call measured of the same work, failures aside."""
    if path is None or not path.exists():
        return []
    told = json.loads(path.read_text())
    if {name: told.get(name) for name in work} != work:
        sys.exit(f"{path}: measured something else ({told.get('device')}, {told.get('work')}); give another --json")
    return [found for found in told["rows"] if "error" not in found]


def main() -> None:
    """Make the model, generate in every way, print the table."""
    on_gpu = torch.cuda.is_available()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=3)
    parser.add_argument("--ways", default=",".join((*WAYS, *CACHED, *(ON_GPU if on_gpu else ON_CPU))))
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--dir", type=Path, help="where the model is kept; 14 GB for the true shape")
    parser.add_argument("--json", type=Path, help="the rows, written after each; the same command resumes from there")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin no way that may not end by then")
    parser.add_argument("--true-shape", action="store_true", help="Wan2.1-1.3B: its depth and width on a CPU too")
    args = parser.parse_args()
    begun = time.perf_counter()
    import av
    import diffusers

    shape = {"num_frames": 33, "height": 480, "width": 832} if on_gpu else {"num_frames": 9, "height": 64, "width": 64}
    true_shape = on_gpu or args.true_shape
    clips = [Clip.from_dict({"key": f"clip-{i}", "caption": CAPTION.format(i)}) for i in range(args.clips)]
    with tempfile.TemporaryDirectory() as scratch:
        model = make_model(args.dir or Path(scratch), true_shape)
        flops = read_model_info(model).forward_flops(**shape)
        work = {
            "device": torch.cuda.get_device_name() if on_gpu else f"CPU ({platform.machine()}), one thread",
            "versions": f"torch {torch.__version__}, diffusers {diffusers.__version__}, av {av.__version__}",
            "work": f"{shape}, {args.steps} steps, guidance, {args.clips} clips, {flops / 1e12:.3g} TFLOP a forward",
        }
        print("; ".join(work.values()) + "\n", flush=True)
        rows = known_rows(args.json, work)
        reference: Reference = []
        if args.json is not None and (kept := args.json.with_suffix(".reference.npz")).exists():
            reference = list(np.load(kept).values())
        if not reference:  # whatever is compared with it needs it
            rows = [found for found in rows if not found["way"].startswith("reference")]
        longest = max([found["took"] for found in rows], default=0.0)
        for way in args.ways.split(","):
            if any(found["way"] == way for found in rows):
                continue
            if time.perf_counter() - begun + 1.2 * longest > args.seconds:
                print(f"{way}: no time left; the same command resumes with it", flush=True)
                continue
            rows.append(measure(way, model, clips, shape, args.steps, reference))
            if way.startswith("reference") and args.json is not None:
                np.savez_compressed(args.json.with_suffix(".reference.npz"), *reference)
            keep(args.json, work, rows)
            longest = max(longest, rows[-1]["took"])
            print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    print(table(rows, flops), flush=True)
    if not any("seconds" in found for found in rows):
        sys.exit("nothing was measured")
    if on_gpu and (worse := not_to_offer(rows, PRESETS)):
        shown = "; ".join(f"{way} is beaten by {other}" for way, other in worse.items())
        sys.exit(f"{shown}, in time and likeness: take it out of PRESETS in generation/diffusion/settings.py")


if __name__ == "__main__":
    main()
