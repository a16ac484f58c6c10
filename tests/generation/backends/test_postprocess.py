"""finishing.py: takes are encoded while filming goes on, in plan order, and never more of them than memory holds."""

from __future__ import annotations

import gc
import threading
import time
import weakref

import numpy as np
import pytest

from svta.builder.record import Clip
from svta.generation.backends import postprocess as finishing
from svta.generation.backends.base import Take
from svta.generation.backends.postprocess import THREADS, film_gated
from svta.generation.backends.quality import Gates
from svta.generation.backends.spec import FilmSpec

SPEC = FilmSpec(backend="test", num_frames=5, height=32, width=32)
CLIPS = [Clip(key=f"clip-{i:02}", caption=f"clip number {i}") for i in range(40)]
OPEN = Gates(min_luma=0, min_contrast=0, min_motion=0, max_still=0, max_motion=0, max_flicker=0, min_distance=0)


class Frames(np.ndarray):
    """Frames that can be seen to be freed: weakly held, told apart by identity."""

    __hash__ = object.__hash__
    __eq__ = object.__eq__


class Camera:
    """Films noise faster than it can be encoded; counts the films in memory."""

    generator, source_type, attempts, gates, batch_size = "camera", "algorithmicMedia", 2, OPEN, 4

    def __init__(self):
        self.alive: weakref.WeakSet[Frames] = weakref.WeakSet()
        self.most = 0
        self.filmed = 0

    def film(self, clips, seeds, places):
        for seed in seeds:
            pixels = np.random.default_rng(seed).integers(0, 255, (5, 32, 32, 3), np.uint8).view(Frames)
            self.alive.add(pixels)
            self.most = max(self.most, len(self.alive))
            self.filmed += 1
            yield Take(pixels)
            del pixels


@pytest.fixture
def slow_encoder(monkeypatch):
    encode = finishing.encode
    running: list[int] = []
    lock = threading.Lock()

    def slow(*args, **kwargs):
        with lock:
            running.append(threading.get_ident())
        time.sleep(0.02)
        return encode(*args, **kwargs)

    monkeypatch.setattr(finishing, "encode", slow)
    return running


def test_a_slow_encoder_holds_the_camera_back_and_memory_stays_bounded(slow_encoder):
    camera = Camera()
    made = []
    for clip, video in film_gated(camera, CLIPS, SPEC, []):
        made.append(clip.key)
        assert video
    gc.collect()
    assert made == [clip.key for clip in CLIPS]
    assert camera.filmed == len(CLIPS)
    bound = 2 * THREADS + 2 * camera.batch_size + 2  # waiting, and the one just filmed
    assert THREADS < camera.most <= bound < len(CLIPS)
    assert len(set(slow_encoder)) == THREADS  # and not in the thread that films
    assert threading.get_ident() not in slow_encoder
    assert not camera.alive


def test_a_broken_encoder_stops_the_camera(monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("no encoder")

    monkeypatch.setattr(finishing, "encode", broken)
    camera = Camera()
    with pytest.raises(RuntimeError, match="no encoder"):
        list(film_gated(camera, CLIPS, SPEC, []))
    assert camera.filmed < len(CLIPS)
