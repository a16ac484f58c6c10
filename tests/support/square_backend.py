"""A small real backend for the tests of worker and executors: a square that walks; a few captions go wrong on purpose.

Given as `--backend square_backend:Square`, which is how users bring their own; also runs in spawned processes.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import numpy as np

from svta.generation.backends.base import Backend, BackendOutput


class Square(Backend):
    generator = "square"
    source_type = "algorithmicMedia"

    def generate(self, clips, seeds, positions=None):
        for clip, seed in zip(clips, seeds):
            if "unfilmable" in clip.caption:
                yield BackendOutput(None, reason="film_failed", detail="asked for")
                continue
            marker = os.environ.get("SVTA_TEST_KILL_ONCE")
            if marker and "deadly" in clip.caption and not Path(marker).exists():
                if marker != "always":
                    Path(marker).touch()
                os.kill(os.getpid(), signal.SIGKILL)
            if log := os.environ.get("SVTA_TEST_LOG"):  # which clips are generated, and how often
                with open(log, "a") as file:
                    file.write(clip.key + "\n")
            time.sleep(float(os.environ.get("SVTA_TEST_SECONDS", "0")))
            frames = np.full((self.spec.num_frames, self.spec.height, self.spec.width, 3), seed % 200, np.uint8)
            for t in range(self.spec.num_frames):
                frames[t, 8:24, 2 * t : 2 * t + 16] = (seed % 251, 255 - seed % 199, 128)
            if "small" in clip.caption:
                frames = frames[:, :-2]
            yield BackendOutput(frames, {"square": seed % 7})
