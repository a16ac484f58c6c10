"""Outputs are encoded while generation goes on, in plan order, and never more of them than memory holds."""

from __future__ import annotations

import gc
import threading
import time
import weakref

import numpy as np
import pytest

from svta.builder.record import Clip
from svta.generation.backends import postprocess
from svta.generation.backends.base import Backend, BackendOutput
from svta.generation.backends.postprocess import THREADS, generate_gated
from svta.generation.backends.quality import Gates
from svta.generation.backends.spec import RenderSpec

SPEC = RenderSpec(backend="test", num_frames=5, height=32, width=32)
CLIPS = [Clip(key=f"clip-{i:02}", caption=f"clip number {i}") for i in range(40)]
OPEN = Gates(min_luma=0, min_contrast=0, min_motion=0, max_still=0, max_motion=0, max_flicker=0, min_distance=0)


class Frames(np.ndarray):
    """Frames that can be seen to be freed: weakly held, told apart by identity."""

    __hash__ = object.__hash__
    __eq__ = object.__eq__


class Noise(Backend):
    """Generates noise faster than it can be encoded; counts the outputs in memory."""

    generator, source_type, attempts, gates, batch_size = "noise", "algorithmicMedia", 2, OPEN, 4

    def __init__(self):
        super().__init__(SPEC)
        self.alive: weakref.WeakSet[Frames] = weakref.WeakSet()
        self.most = 0
        self.generated = 0

    def generate(self, clips, seeds, positions=None):
        for seed in seeds:
            pixels = np.random.default_rng(seed).integers(0, 255, (5, 32, 32, 3), np.uint8).view(Frames)
            self.alive.add(pixels)
            self.most = max(self.most, len(self.alive))
            self.generated += 1
            yield BackendOutput(pixels)
            del pixels


@pytest.fixture
def slow_encoder(monkeypatch):
    encode = postprocess.encode
    running: list[int] = []
    lock = threading.Lock()

    def slow(*args, **kwargs):
        with lock:
            running.append(threading.get_ident())
        time.sleep(0.02)
        return encode(*args, **kwargs)

    monkeypatch.setattr(postprocess, "encode", slow)
    return running


@pytest.mark.slow
def test_a_slow_encoder_holds_the_backend_back_and_memory_stays_bounded(slow_encoder):
    backend = Noise()
    made = []
    for clip, video in generate_gated(backend, CLIPS, SPEC, []):
        made.append(clip.key)
        assert video
    gc.collect()
    assert made == [clip.key for clip in CLIPS]
    assert backend.generated == len(CLIPS)
    bound = 2 * THREADS + 2 * backend.batch_size + 2  # waiting, and the one just generated
    assert THREADS < backend.most <= bound < len(CLIPS)
    assert len(set(slow_encoder)) == THREADS  # and not in the thread that generates
    assert threading.get_ident() not in slow_encoder
    assert not backend.alive


def test_a_broken_encoder_stops_the_backend(monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("no encoder")

    monkeypatch.setattr(postprocess, "encode", broken)
    backend = Noise()
    with pytest.raises(RuntimeError, match="no encoder"):
        list(generate_gated(backend, CLIPS, SPEC, []))
    assert backend.generated < len(CLIPS)
