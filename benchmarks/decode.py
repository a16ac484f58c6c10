"""What sampling frames costs beside decoding alone: 12 x 224 of 832x480x33 x264 clips, one thread, CPU time.

    python benchmarks/decode.py [--clips FOLDER_OF_MP4] [--count 8] [--rounds 7] [--json]

Without --clips it encodes textured pans of its own (832x480x33, crf 23). Peers that do not import are listed as such.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import av
import numpy as np
from PIL import Image
from rounds import interleaved, show, target

from svta.builder.video.decoder import decode
from svta.builder.video.encoder import encode

SIZE = 224
INDICES = np.linspace(0, 32, 12, dtype=int)


def pans(count: int) -> list[bytes]:
    """Clips like filmed ones: a camera moving over a texture with grain, two blocks moving across."""
    clips = []
    for seed in range(count):
        rng = np.random.default_rng(seed)
        coarse = rng.integers(0, 255, (40, 60, 3), np.uint8)
        ground = np.asarray(Image.fromarray(coarse).resize((1000, 600), Image.Resampling.BICUBIC))
        frames = np.stack([ground[2 * i : 2 * i + 480, 4 * i : 4 * i + 832] for i in range(33)]).copy()
        for i in range(33):
            frames[i, 200:300, 20 * i : 20 * i + 60] = (200, 40, 40)
            frames[i, 330:400, 760 - 18 * i : 820 - 18 * i] = (30, 60, 180)
        grain = rng.normal(0, 2.5, frames.shape)
        clips.append(encode(np.clip(frames + grain, 0, 255).astype(np.uint8), crf=26))
    return clips


def decode_only(data: bytes) -> None:
    """The limit: every frame decoded, none converted."""
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "NONE"
        stream.codec_context.thread_count = 1
        for _ in container.decode(stream):
            pass


def naive(data: bytes) -> np.ndarray:
    """What one writes first: to_ndarray of every wanted frame, PIL bicubic, centre crop."""
    pictures = []
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "NONE"
        for number, frame in enumerate(container.decode(stream)):
            if number in INDICES:
                image = Image.fromarray(frame.to_ndarray(format="rgb24")).resize((388, SIZE), Image.Resampling.BICUBIC)
                pictures.append(np.asarray(image)[:, 82 : 82 + SIZE])
    return np.stack(pictures)


def reformat_each(data: bytes) -> np.ndarray:
    """frame.reformat a wanted frame: a fresh scaler every time."""
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "NONE"
        frames = [f for i, f in enumerate(container.decode(stream)) if i in INDICES]
        return np.stack([frame.reformat(SIZE, SIZE, "rgb24").to_ndarray() for frame in frames])


def peers() -> tuple[dict[str, Callable[[bytes], object]], dict[str, str]]:
    """Other decoders, if they are installed, and why the rest is not measured."""
    found: dict[str, Callable[[bytes], object]] = {}
    missing = {"GPU decoding": "no CUDA decoder in this environment"}
    try:
        import torch
        from torchcodec.decoders import VideoDecoder

        def torchcodec(data: bytes) -> object:
            frames = VideoDecoder(data, num_ffmpeg_threads=1).get_frames_at(INDICES.tolist()).data
            return torch.nn.functional.interpolate(frames.float(), size=(SIZE, 388), mode="bilinear", antialias=True)

        found["torchcodec + torch resize"] = torchcodec
    except (ImportError, RuntimeError, OSError) as error:
        missing["torchcodec + torch resize"] = f"{type(error).__name__}: {str(error).splitlines()[0][:80]}"
    if find_spec("decord") is None:
        missing["decord"] = "not installed"
    else:
        import decord

        def with_decord(data: bytes) -> object:
            reader = decord.VideoReader(io.BytesIO(data), width=SIZE, height=SIZE, num_threads=1)
            return reader.get_batch(INDICES).asnumpy()

        found["decord"] = with_decord
    return found, missing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, help="a folder of 33-frame mp4s; default: made here")
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    clips = [p.read_bytes() for p in sorted(args.clips.glob("*.mp4"))[: args.count]] if args.clips else pans(args.count)
    if not clips:
        parser.error(f"{args.clips}: no mp4 in it")
    found, missing = peers()
    methods: dict[str, Callable[[bytes], object]] = {
        "decode only (limit)": decode_only,
        "svta squash": lambda data: decode(data, resize="squash"),
        "svta crop": decode,
        "svta squash, no skip": lambda data: decode(data, resize="squash", exact_skip=False),
        "svta crop, no skip": lambda data: decode(data, exact_skip=False),
        "svta exact": lambda data: decode(data, resize="exact"),
        "PyAV reformat a frame": reformat_each,
        "PyAV to_ndarray + PIL": naive,
        **found,
    }
    for data in clips:
        for resize in ("squash", "crop"):
            assert (decode(data, resize=resize)[0] == decode(data, resize=resize, exact_skip=False)[0]).all()
    medians = interleaved({name: (lambda m=m: [m(data) for data in clips]) for name, m in methods.items()}, args.rounds)
    limit = medians["decode only (limit)"]
    rows = [
        {"method": name, "ms a clip": seconds / len(clips) * 1e3, "x limit": seconds / limit}
        for name, seconds in sorted(medians.items(), key=lambda pair: pair[1])
    ]
    asked = [
        target("squash / limit", medians["svta squash"] / limit, at_most=1.12),
        target("crop / limit", medians["svta crop"] / limit, at_most=1.25),
    ]
    if "torchcodec + torch resize" in medians:
        ratio = medians["torchcodec + torch resize"] / medians["svta crop"]
        asked.append(target("torchcodec + torch resize / crop", ratio, at_least=2.0))
    show(rows, asked, missing, args.json)


if __name__ == "__main__":
    main()
