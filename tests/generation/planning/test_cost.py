"""What a diffusion plan costs, against arithmetic done by hand: one clip of Wan's size, 360 of them, an A100."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

pytest.importorskip("diffusers")

from svta.builder.record import Clip
from svta.generation.backends.spec import PlanError, RenderSpec
from svta.generation.diffusion.model_info import ModelInfo, Steps
from svta.generation.diffusion.settings import DiffusionSettings
from svta.generation.planning.cost import estimate, forwards_a_clip, served_estimate
from svta.generation.planning.plan import Plan
from svta.generation.video_api.trial import Trial

SHAPE = {"patch_size": (1, 2, 2), "num_layers": 10, "num_attention_heads": 8, "attention_head_dim": 64}
EIGHT = Steps(16, 16)
INFO = ModelInfo(
    name="somebody/model", revision="abc", folder=Path("model"), repo_id=None, pipeline="WanPipeline",
    frames=Steps(1, 4), heights=EIGHT, widths=EIGHT, temporal_ratio=4, spatial_ratio=8, steps=50, guidance_scale=5.0,
    parameters={"transformer": 10**9}, denoisers={"transformer": SHAPE}, scheduler={},
)  # fmt: skip
SETTINGS = DiffusionSettings(steps=50, guidance_scale=5.0)
# 9 latent frames of 30 x 52 positions; two operations a parameter and position, attention 4 x 14,040^2 x 512 x 10
FORWARD = 2e9 * 14_040 + 4 * 14_040**2 * 5_120


def plan(settings=SETTINGS, clips=360):
    spec = RenderSpec("diffusion", 33, 480, 832, options={"model": "m", **settings.to_dict()})
    return Plan(spec, tuple(Clip(key=f"k{i:03d}", caption="A man falls.") for i in range(clips)))


def test_hours_price_memory_and_disk():
    assert INFO.forward_flops(33, 480, 832) == FORWARD == pytest.approx(3.2117e13, rel=1e-4)
    cost = estimate(plan(), INFO, gpu="A100", rate=2.0)
    assert (cost.gpu, cost.forwards_a_clip, cost.petaflop_a_clip) == ("a100", 100, 3.212)
    assert cost.seconds_a_clip == pytest.approx(100 * FORWARD / (312e12 * 0.40), abs=1e-3) == 25.735
    assert (cost.gpu_hours, cost.price) == (2.573, 5.15)  # 360 clips of 25.735 s, at 2 an hour
    assert cost.gpu_hours_low == pytest.approx(2.5735 * 0.40 / 0.55, abs=1e-3)
    assert cost.gpu_hours_high == pytest.approx(2.5735 * 0.40 / 0.16, abs=1e-3)
    assert cost.disk_bytes == 360 * 33 * 480 * 832 // 80  # a tenth of a bit a pixel
    assert estimate(plan(), INFO).price is None
    assert estimate(plan(clips=36), INFO, gpu="a100", rate=2.0).price == 0.51
    with pytest.raises(PlanError, match="--gpu moon"):
        estimate(plan(), INFO, gpu="moon")


@pytest.mark.parametrize(
    ("settings", "width"),
    [
        (SETTINGS, 2),  # planned where there is no GPU: bfloat16 on the one that generates
        (replace(SETTINGS, device="cuda"), 4),
        (replace(SETTINGS, device="cuda", dtype="bfloat16"), 2),
        (replace(SETTINGS, device="cuda", dtype="bfloat16", fp8="layerwise"), 1),
    ],
)
def test_weights_by_their_width(settings, width):
    assert estimate(plan(settings), INFO).weights_bytes == width * 10**9


def test_forwards_of_guidance_and_of_a_cache_whose_steps_are_known():
    assert forwards_a_clip(replace(SETTINGS, steps=10, guidance_scale=1.0), INFO) == 10
    still = replace(SETTINGS, steps=10, cache={"kind": "mag", "mag_ratios": [1.0] * 10})
    assert forwards_a_clip(still, INFO) == 12  # steps 0 to 4 and, after four skipped ones, 9: six of ten, twice
    changing = replace(still, cache={"kind": "mag", "mag_ratios": [1.0] * 6 + [0.5] * 4})
    assert forwards_a_clip(changing, INFO) == 18  # steps 0 to 4 and 6 to 9: only 5 changes by less than .12
    assert forwards_a_clip(replace(still, cache={"kind": "first_block"}), INFO) == 20


def test_what_servers_cost_by_the_clip_or_by_the_hour():
    shape = {"num_frames": 33, "width": 832, "height": 480, "fps": 16.0}
    trial = Trial("sglang", ("fps",), "sglang", "0.5.9", **shape, seed="honoured", seconds=2.0, num_bytes=300_000)
    trials = {"http://a/v1": trial, "http://b/v1": replace(trial, seconds=4.0, num_bytes=500_000)}
    stored = json.dumps({url: asdict(one) for url, one in trials.items()})
    order = Plan(RenderSpec("endpoint", 33, 480, 832, local={"trials": stored}), plan().clips)
    cost = served_estimate(order, rate=3.0)
    assert (cost.servers, cost.seconds_a_clip) == (2, 2.667)  # .75 clips a second on two servers
    assert (cost.server_hours, cost.hours, cost.price) == (0.2667, 0.1333, 0.8)  # 360 clips in 480 seconds, twice
    assert cost.disk_bytes == 360 * 500_000
    assert served_estimate(order, clip_price=0.05, rate=3.0).price == 18.0
    assert served_estimate(order).price is None
