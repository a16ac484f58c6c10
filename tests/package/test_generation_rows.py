"""benchmarks/fidelity.py: how likeness is measured, and that a preset which another one beats is told."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
sys.path.append(str(Path(__file__).resolve().parents[2] / "benchmarks"))

from fidelity import dominated, not_to_offer, psnr, ssim

from svta.generation.diffusion.settings import PRESETS


def row(way, seconds, likeness):
    return {"way": way, "seconds": seconds, "ssim": likeness}


def test_likeness_of_known_pictures():
    grey = np.full((2, 16, 16, 3), 100, np.uint8)
    assert psnr(grey, grey) == 100 and ssim(grey, grey) == pytest.approx(1)
    assert psnr(grey, grey + np.uint8(10)) == pytest.approx(20 * math.log10(255 / 10), abs=1e-4)
    # flat pictures: variances are 0, so only the term of the means is left
    c_one = (0.01 * 255) ** 2
    means = (2 * 100 * 110 + c_one) / (100**2 + 110**2 + c_one)
    assert ssim(grey, grey + np.uint8(10)) == pytest.approx(means, abs=1e-6)


def test_a_preset_that_is_slower_and_no_closer_than_another_is_not_to_be_offered():
    rows = [row("plain", 9, 1.0), row("reference", 10, 1.0), row("balanced", 4, 0.95), row("fast", 3, 0.90)]
    assert not_to_offer(rows, PRESETS) == {}
    assert not_to_offer([*rows[:3], row("fast", 4.5, 0.90)], PRESETS) == {"fast": "balanced"}
    assert not_to_offer([*rows[:2], row("balanced", 4, 0.95), row("fast", 3, 0.95)], PRESETS) == {"balanced": "fast"}


def test_small_differences_failures_and_ways_that_are_no_preset_take_no_preset_away():
    rows = [row("reference", 10, 1.0), row("balanced", 4, 0.95)]
    assert not_to_offer([*rows, row("fast", 3.95, 0.9495)], PRESETS) == {}  # 2 % and .001 are nothing
    assert not_to_offer([*rows, {"way": "fast", "error": "no memory"}], PRESETS) == {}
    better = [*rows, row("balanced+cache=sea", 2, 0.99)]
    assert dominated(better) == {"balanced": "balanced+cache=sea"} and not_to_offer(better, PRESETS) == {}
    assert dominated([row("reference", 10, 1.0), row("balanced", 4, 1.0)]) == {}  # the measure itself
