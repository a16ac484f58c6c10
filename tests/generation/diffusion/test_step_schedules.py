"""Schedules of step caches, worked out by hand: which steps are computed, and where a second denoiser begins."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")

from svta.generation.diffusion.step_cache import _first_stage
from svta.generation.diffusion.step_schedules import mag_steps, tea_steps

SETTINGS = {"threshold": 0.25, "max_skip_steps": 4, "retention_ratio": 0.0}


def shown(computed: list[bool]) -> str:
    return "".join("x" if flag else "-" for flag in computed)


@pytest.mark.parametrize(
    ("ratios", "settings", "steps"),
    [
        ([1.0] * 5 + [0.9] * 3, {}, "xxxxx-x-"),  # errors .1, then .1 + .19: above .25, and anew
        ([1.0] * 5 + [0.5, 1.0], {"threshold": 0.5}, "xxxxx-x"),  # an error of just the threshold is skipped
        ([1.0] * 9, {"max_skip_steps": 2}, "xxxxx--x-"),
        ([1.0] * 10, {"retention_ratio": 0.76}, "xxxxxxxx--"),  # 7.6 steps: eight
        ([1.0] * 4, {}, "xxxx"),  # the first five are computed whatever the ratios are
    ],
)
def test_magcache_by_hand(ratios, settings, steps):
    assert shown(mag_steps(ratios, len(steps), **{**SETTINGS, **settings})) == steps


def test_ratios_of_another_number_of_steps_are_spread_to_the_nearest():
    """Three ratios over nine steps: the middle one stands at steps 3 to 5."""
    assert shown(mag_steps([1.0, 0.5, 1.0], 9, **{**SETTINGS, "threshold": 0.5})) == "xxxxx-x--"


@pytest.mark.parametrize(
    ("first", "last", "steps"), [(1, 1, "x--x-x"), (3, 1, "xxx--x"), (0, 0, "x--x--"), (9, 0, "xxxxxx")]
)
def test_teacache_by_hand(first, last, steps):
    """Embeddings that grow by a tenth a step: 2 x .1^2 + .1 = .12 each, and two of those stay below .3."""
    embeddings = [torch.full((4,), 1.1**step) for step in range(6)]
    computed = tea_steps(embeddings, coefficients=[2.0, 0.0, 0.1], threshold=0.3, first=first, last=last)
    assert shown(computed) == steps


class Steps:
    """A scheduler of four steps."""

    config = SimpleNamespace(num_train_timesteps=1000)

    def set_timesteps(self, steps):
        self.timesteps = torch.tensor([1000.0, 750.0, 500.0, 250.0])[:steps]


@pytest.mark.parametrize(("boundary", "first"), [(0.9, 1), (0.5, 3), (0.49, 3), (0.0, 4), (None, 4)])
def test_the_first_denoiser_makes_the_steps_from_the_boundary_up(boundary, first):
    parts = {"transformer": object(), "transformer_2": object()}
    pipe = SimpleNamespace(components=parts, config={"boundary_ratio": boundary}, scheduler=Steps())
    assert _first_stage(pipe, 4) == first
    assert _first_stage(SimpleNamespace(components={"transformer": 1}, config=pipe.config, scheduler=Steps()), 4) == 4
