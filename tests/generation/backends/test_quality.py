"""quality.py and postprocess.py: each gate on frames that fail it, and a second seed for what failed."""

from __future__ import annotations

import json

import numpy as np
import pytest

from svta.builder.record import Clip
from svta.generation.backends.base import Backend, BackendOutput
from svta.generation.backends.postprocess import generate_gated
from svta.generation.backends.quality import GateError, Gates, perceptual_hash, quality_figures
from svta.generation.backends.spec import RenderSpec, seed_of


def moving_square(seed=0, size=(48, 64), num_frames=9):
    """A textured square that walks over a textured ground."""
    chance = np.random.default_rng(seed)
    ground = np.kron(chance.integers(40, 220, (size[0] // 8, size[1] // 8, 3)), np.ones((8, 8, 1))).astype(np.uint8)
    frames = np.repeat(ground[None], num_frames, axis=0)
    for t in range(num_frames):
        frames[t, 8:24, 2 * t : 2 * t + 16] = chance.integers(0, 255, 3)
    return frames


def broken(kind):
    frames = moving_square()
    if kind == "black":
        frames[:] = 2
    elif kind == "flat":
        frames[:] = np.arange(100, 100 + len(frames), dtype=np.uint8)[:, None, None, None]
    elif kind == "frozen":
        frames[:] = frames[0]
    elif kind == "noise":
        frames = np.random.default_rng(1).integers(0, 255, frames.shape).astype(np.uint8)
    elif kind == "flicker":
        frames[::2] = np.clip(frames[::2].astype(int) + 60, 0, 255)
    return frames


def test_a_good_clip_passes_every_gate():
    for seed in range(5):
        assert Gates().fault(quality_figures(moving_square(seed))) is None


@pytest.mark.parametrize("kind", ["black", "flat", "frozen", "noise", "flicker"])
def test_each_gate_refuses_what_it_is_for(kind):
    reason, detail = Gates().fault(quality_figures(broken(kind)))
    assert reason == kind
    assert "gate" in detail


def test_a_clip_that_stands_still_after_one_frame_is_frozen():
    frames = np.repeat(moving_square()[:1], 33, axis=0)
    frames[1:, 8:24, 8:40] = 255
    found = quality_figures(frames)
    assert found["motion"] > Gates().min_motion
    assert Gates().fault(found)[0] == "frozen"


def test_gates_are_opened_and_misnamed():
    assert (
        Gates.of({"min_luma": 0, "min_contrast": 0, "min_motion": 0, "max_still": 0}).fault(
            quality_figures(broken("black"))
        )
        is None
    )
    for wrong in (
        {"min_lumo": 1},
        {"min_luma": -1},
        {"min_luma": "much"},
        {"min_luma": True},
        {"min_luma": float("nan")},
    ):
        with pytest.raises(GateError, match="gate min_lum"):
            Gates.of(wrong)


def test_one_frame_and_tiny_frames_have_figures():
    assert quality_figures(moving_square(num_frames=1))["motion"] == 0
    assert len(perceptual_hash(moving_square(size=(16, 16), num_frames=2))) == 48


def test_doubles_are_told_by_their_look():
    first, same, other = moving_square(1), moving_square(1), moving_square(2)
    same[0, 0, 0] += 1
    looks = {"a": perceptual_hash(first), "c": perceptual_hash(other)}
    assert Gates().duplicate_of(perceptual_hash(same), looks) == "a"
    assert Gates().duplicate_of(perceptual_hash(moving_square(3)), looks) is None


SPEC = RenderSpec(backend="actor", num_frames=9, height=48, width=64)


class Actor(Backend):
    """A backend with gates that generates by a script: caption -> what each attempt gives."""

    generator = "actor"
    source_type = "trainedAlgorithmicMedia"
    gates = Gates()
    attempts = 3

    def __init__(self, script):
        super().__init__(SPEC)
        self.script, self.seen = script, []

    def generate(self, clips, seeds, positions=None):
        for clip, seed, place in zip(clips, seeds, positions):
            attempt = sum(name == clip.key for name, _, _ in self.seen)
            self.seen.append((clip.key, seed, place))
            kind = self.script.get(clip.caption, ["good"] * 3)[attempt]
            if kind == "error":
                yield BackendOutput(None, reason="film_failed", detail="it broke")
            elif kind == "nan":
                failed = BackendOutput(None, reason="not_finite", detail="NaN", retry=True)
                yield BackendOutput(None, deferred=lambda failed=failed: failed)
            elif kind == "double":
                yield BackendOutput(moving_square(7))
            else:
                yield BackendOutput(broken(kind) if kind != "good" else moving_square(seed % 1000), {"kind": kind})


def run(script, captions):
    clips = [Clip(key=f"k{i}", caption=caption) for i, caption in enumerate(captions)]
    actor, rejected = Actor(script), []
    return actor, list(generate_gated(actor, clips, SPEC, rejected)), rejected


def test_what_fails_is_generated_again_with_another_seed_at_its_place():
    script = {"b": ["black", "nan", "good"], "d": ["frozen", "good"]}
    actor, made, rejected = run(script, "abcd")
    assert [clip.key for clip, _ in made] == ["k0", "k1", "k2", "k3"]
    assert not rejected
    retried = [(key, seed, place) for key, seed, place in actor.seen[4:]]
    assert retried == [
        ("k1", seed_of(SPEC.digest, "k1", 1), 1),
        ("k3", seed_of(SPEC.digest, "k3", 1), 3),
        ("k1", seed_of(SPEC.digest, "k1", 2), 1),
    ]
    facts = [json.loads(clip.provenance) for clip, _ in made]
    assert [fact["attempt"] for fact in facts] == [0, 2, 0, 1]
    assert made[1][0].seed == seed_of(SPEC.digest, "k1", 2)
    assert facts[0]["quality"]["contrast"] > 0.02
    assert len(facts[0]["look"]) == 48


def test_a_clip_that_never_passes_is_rejected_with_the_figures_of_every_attempt():
    script = {"b": ["black", "flat", "black"], "c": ["error"]}
    actor, made, rejected = run(script, "abc")
    assert [clip.key for clip, _ in made] == ["k0"]
    assert [row["reason"] for row in rejected] == ["black", "film_failed"]
    assert rejected[0]["detail"].count("attempt") == 3
    assert "gate 0.02" in rejected[0]["detail"]
    assert sum(key == "k2" for key, _, _ in actor.seen) == 1  # what broke the backend is not tried again


def test_doubles_within_a_unit_are_generated_again():
    _, made, rejected = run({"a": ["double"], "b": ["double", "good"]}, "ab")
    assert [json.loads(clip.provenance)["attempt"] for clip, _ in made] == [0, 1]
    _, made, rejected = run({"a": ["double"], "b": ["double"] * 3}, "ab")
    assert [row["reason"] for row in rejected] == ["duplicate"]
    assert "k0" in rejected[0]["detail"]


def test_a_neighbours_failure_changes_no_bytes():
    _, alone, _ = run({}, "abc")
    _, beside, _ = run({"b": ["black"] * 3}, "abc")
    assert [video for _, video in beside] == [alone[0][1], alone[2][1]]
