"""What cutting many spans out of long videos costs beside decoding each video once and encoding the same frames.

    python benchmarks/cut.py [--streams 2] [--seconds 60] [--sentences 20] [--rounds 3] [--json]

CPU seconds of both in one process, in turn. The limit decodes every stream once and feeds libx264 with the pictures of
the same spans, at the same settings; it converts, writes, checks and hashes nothing.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image
from rounds import interleaved, show, target

from svta.builder.ingest.convert import run_import
from svta.builder.ingest.plan import ImportConfig, plan_import
from svta.builder.taxonomy import load_taxonomy
from svta.builder.video.encoder import DEFAULT_CRF, MUX_OPTIONS, encode, h264_stream

WIDTH, HEIGHT, FPS = 320, 240, 30


def stream(seconds: int, seed: int) -> bytes:
    """What a surveillance camera sees: a still scene with grain, and two blocks that cross it."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 255, (12, 16, 3), np.uint8)
    ground = np.asarray(Image.fromarray(coarse).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)).astype(np.int16)
    grain = rng.normal(0, 2.5, (8, HEIGHT, WIDTH, 3)).astype(np.int16)

    def pictures() -> Any:
        for number in range(seconds * FPS):
            picture = ground + grain[number % 8]
            picture[100:160, number * 3 % 300 : number * 3 % 300 + 20] = (200, 40, 40)
            picture[150:220, 290 - number * 2 % 280 : 310 - number * 2 % 280] = (30, 60, 180)
            yield np.clip(picture, 0, 255).astype(np.uint8)

    return encode(pictures(), fps=FPS, crf=23, preset="veryfast")


def spans(seconds: int, count: int, seed: int) -> list[tuple[float, float]]:
    """Overlapping spans of the lengths that UCA's sentences have: 3 to 30 seconds."""
    rng = np.random.default_rng(seed)
    lengths = np.minimum(rng.lognormal(2.2, 0.7, count).clip(3, 30), seconds - 1)
    starts = rng.uniform(0, seconds - lengths)
    return [(round(float(a), 1), round(float(a + b), 1)) for a, b in zip(starts, lengths)]


def limit(path: Path, rows: list[dict[str, Any]]) -> None:
    """Decode a stream once, encode the frames of all spans."""
    windows = [(row["start"], row["end"]) for row in rows]
    outputs: list[Any] = []
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        video.thread_type = "NONE"
        video.codec_context.thread_count = 1
        for _ in windows:
            output = av.open(io.BytesIO(), "w", format="mp4", container_options=MUX_OPTIONS)
            outputs.append((output, h264_stream(output, Fraction(FPS), DEFAULT_CRF["h264"], WIDTH, HEIGHT)))
        for frame in container.decode(video):
            time = frame.time or 0.0
            frame.pict_type = 0
            for (start, end), (output, encoder) in zip(windows, outputs):
                if start <= time + 1e-3 and time + 1e-3 < end:
                    output.mux(encoder.encode(frame))
    for output, encoder in outputs:
        output.mux(encoder.encode(None))
        output.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    for name, default in (("streams", 2), ("seconds", 60), ("sentences", 20), ("rounds", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        rows: list[dict[str, Any]] = []
        for number in range(args.streams):
            (root / f"{number}.mp4").write_bytes(stream(args.seconds, number))
            for start, end in spans(args.seconds, args.sentences, number):
                caption = f"A man walks past a wall for the {len(rows)}th time."
                rows.append({"video": f"{number}.mp4", "start": start, "end": end, "caption": caption})
        config, taxonomy = ImportConfig(), load_taxonomy()

        def cut() -> None:
            plan = plan_import(root, [(str(i), row) for i, row in enumerate(rows)], config, taxonomy)
            report = run_import(plan, root, root / "clips", config, workers=1, replace=True)
            assert report.kept == len(rows), report
            for marker in (root / "clips/parts").glob("*.json"):
                marker.unlink()  # nothing is finished: the next round cuts again

        def least() -> None:
            for number in range(args.streams):
                limit(root / f"{number}.mp4", [row for row in rows if row["video"] == f"{number}.mp4"])

        times = interleaved({"decode once + encode": least, "svta import": cut}, args.rounds)
    clips = len(rows)
    ratio = times["decode once + encode"] / times["svta import"]
    table = [{"method": name, "CPU s": value, "clips a CPU s": clips / value} for name, value in times.items()]
    show(table, [target("limit / svta import", ratio, at_least=0.6)], {}, args.json)


if __name__ == "__main__":
    main()
