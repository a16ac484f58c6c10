"""The private parts of diffusers behind cache_hooks.py are there and do what the adapter says, on a tiny model."""

from __future__ import annotations

from importlib.metadata import version

import pytest
import torch
from diffusers import MagCacheConfig
from tiny_pipelines import save

from svta.builder.record import Clip
from svta.generation.diffusion.backend import DiffusionBackend
from svta.generation.diffusion.cache_hooks import (
    DIFFUSERS_VERSION,
    before_reset,
    calibration_ratios,
    can_cache,
    is_cached,
    repeated_blocks,
    replace_forward,
    reset_caches,
)

CLIP = Clip(key="k", caption="a man falls")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save("wan", tmp_path_factory.mktemp("models") / "wan")


@pytest.fixture
def backend(model):
    return DiffusionBackend(
        model, num_frames=9, height=64, width=64, preset="reference", settings={"steps": 4, "gates": {"min_motion": 0}}
    )


def test_the_adapter_names_the_version_it_was_seen_with():
    assert version("diffusers").split(".")[:2] == DIFFUSERS_VERSION.split(".")[:2]


def test_which_denoisers_can_be_cached_and_which_blocks_they_repeat():
    from diffusers import WanTransformer3DModel

    assert can_cache("WanTransformer3DModel")
    assert repeated_blocks(WanTransformer3DModel) == {"WanTransformerBlock"}
    assert not can_cache("Kandinsky5Transformer3DModel")  # its blocks are listed, and the cache breaks on them
    assert not can_cache("UNet3DConditionModel")
    assert not can_cache("NoSuchModel")
    assert repeated_blocks(object()) == set()


def test_a_cached_module_is_seen_its_forward_replaced_and_its_state_reset(backend):
    denoiser = backend.pipe.transformer
    assert not any(map(is_cached, denoiser.modules()))
    denoiser.enable_cache(
        MagCacheConfig(num_inference_steps=4, threshold=0.5, retention_ratio=0.0, mag_ratios=[0.0] * 4)
    )
    cached = [module for module in denoiser.modules() if is_cached(module)]
    assert {type(module).__name__ for module in cached} == {"WanTransformerBlock"}
    ran = []

    def counting(forward):
        return lambda *args, **kwargs: (ran.append(1), forward(*args, **kwargs))[1]

    for module in cached:
        replace_forward(module, counting)
    resets = []
    before_reset(denoiser, lambda: resets.append(len(ran)))
    list(backend.generate([CLIP], [1]))
    assert len(ran) == 4 * len(cached) * backend.batches.counter.forwards / 4
    assert resets  # the pipeline forgets its cache at the end of a call, and the callback comes before
    count = len(resets)
    reset_caches(denoiser)
    assert len(resets) == count + 1
    reset_caches(torch.nn.Linear(1, 1))  # a denoiser without caches has nothing to forget


def test_calibration_measures_one_ratio_a_step(backend):
    denoiser = backend.pipe.transformer
    denoiser.enable_cache(MagCacheConfig(num_inference_steps=5, calibrate=True))
    seen = []
    before_reset(denoiser, lambda: seen.append(calibration_ratios(denoiser)))
    list(backend.generate([CLIP], [1]))
    ratios = next(ratios for ratios in seen if ratios)
    assert len(ratios) == 4 and ratios[0] == 1.0
    assert all(0 < ratio < 10 for ratio in ratios)
