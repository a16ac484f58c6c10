"""The true shapes of Wan 2.1 without weights: what `svta plan` reckons, and torch's counter on the meta device."""

from __future__ import annotations

import json
import shutil

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from tiny_pipelines import save
from torch.utils.flop_counter import FlopCounterMode

from svta.generation.backends.registry import spec_for
from svta.generation.diffusion.model_info import read_model_info
from svta.generation.planning.cost import estimate
from svta.generation.planning.plan import make_plan

# layers, heads, feed-forward width as published, and the parameters of the published checkpoints
SHAPES = {"1.3B": (30, 12, 8_960, 1_418_996_800), "14B": (40, 40, 13_824, 14_288_491_584)}
SIZE = {"num_frames": 33, "height": 480, "width": 832}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return save("wan", tmp_path_factory.mktemp("models") / "wan")


@pytest.mark.parametrize("name", SHAPES)
def test_parameters_and_operations_of_a_forward_are_what_the_plan_reckons(name, tiny, tmp_path):
    layers, heads, ffn, parameters = SHAPES[name]
    model = shutil.copytree(tiny, tmp_path / f"Wan2.1-T2V-{name}")
    config = json.loads((model / "transformer/config.json").read_text())
    config |= {"num_layers": layers, "num_attention_heads": heads, "attention_head_dim": 128, "ffn_dim": ffn}
    config |= {"freq_dim": 256, "text_dim": 4_096}
    (model / "transformer/config.json").write_text(json.dumps(config))
    info = read_model_info(model)
    assert info.parameters["transformer"] == parameters
    from diffusers import WanTransformer3DModel

    with torch.device("meta"):
        transformer = WanTransformer3DModel.from_config(config)
        latents, text = torch.empty(1, 16, 9, 60, 104), torch.empty(1, 512, 4_096)
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            transformer(latents, torch.empty(1, dtype=torch.long), text, return_dict=False)
    counted = counter.get_total_flops()
    assert info.forward_flops(**SIZE) == pytest.approx(counted, rel=0.01)
    spec = spec_for("diffusion", model=model, settings={"device": "cpu"}, preset="reference", **SIZE)
    cost = estimate(make_plan([], spec), info)
    assert cost.petaflop_a_clip == pytest.approx(100 * counted / 1e15, rel=0.05)  # 50 steps, with and without the text
    assert cost.weights_bytes == 2 * parameters
