"""The true shapes of Wan 2.1 without weights: what `svta plan` reckons, and torch's counter on the meta device."""

from __future__ import annotations

import json
import shutil
import weakref

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from tiny_pipelines import save
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
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


class PeakMemory(TorchDispatchMode):
    """Bytes of all tensors that live at the same time, the weights left out."""

    def __init__(self, module):
        super().__init__()
        self.known = {tensor.untyped_storage()._cdata for tensor in (*module.parameters(), *module.buffers())}
        self.now = self.peak = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(made):
            if isinstance(tensor, torch.Tensor) and (storage := tensor.untyped_storage())._cdata not in self.known:
                self.known.add(storage._cdata)
                self.now += storage.nbytes()
                self.peak = max(self.peak, self.now)
                weakref.finalize(storage, self.gone, storage._cdata, storage.nbytes())
        return made

    def gone(self, name, num_bytes):
        self.known.discard(name)
        self.now -= num_bytes


def true_shape(tiny, folder, name):
    """A model folder with the configs of Wan 2.1, and its transformer's config."""
    layers, heads, ffn, _ = SHAPES[name]
    model = shutil.copytree(tiny, folder / f"Wan2.1-T2V-{name}")
    config = json.loads((model / "transformer/config.json").read_text())
    config |= {"num_layers": layers, "num_attention_heads": heads, "attention_head_dim": 128, "ffn_dim": ffn}
    config |= {"freq_dim": 256, "text_dim": 4_096}
    (model / "transformer/config.json").write_text(json.dumps(config))
    return model, config


def inputs(batch=1):
    return torch.empty(batch, 16, 9, 60, 104), torch.empty(batch, dtype=torch.long), torch.empty(batch, 512, 4_096)


@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("name", SHAPES)
def test_activations_of_a_forward_are_what_the_plan_reckons(name, batch, tiny, tmp_path, monkeypatch):
    from diffusers import WanTransformer3DModel

    model, config = true_shape(tiny, tmp_path, name)
    # as on a GPU, where attention is never written out
    attend = "scaled_dot_product_attention"
    monkeypatch.setattr(torch.nn.functional, attend, lambda query, key, value, **kw: torch.empty_like(query))
    with torch.device("meta"), torch.no_grad():  # two layers: a third one needs no more
        transformer = WanTransformer3DModel.from_config({**config, "num_layers": 2}).to(torch.bfloat16)
        latents, times, text = inputs(batch)
        with PeakMemory(transformer) as memory:
            transformer(latents.bfloat16(), times, text.bfloat16(), return_dict=False)
    info = read_model_info(model)
    assert info.activation_bytes(**SIZE, batch=batch) == pytest.approx(memory.peak, rel=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("name", SHAPES)
def test_parameters_and_operations_of_a_forward_are_what_the_plan_reckons(name, tiny, tmp_path):
    parameters = SHAPES[name][-1]
    model, config = true_shape(tiny, tmp_path, name)
    info = read_model_info(model)
    assert info.parameters["transformer"] == parameters
    from diffusers import WanTransformer3DModel

    with torch.device("meta"):
        transformer = WanTransformer3DModel.from_config(config)
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            transformer(*inputs(), return_dict=False)
    counted = counter.get_total_flops()
    assert info.forward_flops(**SIZE) == pytest.approx(counted, rel=0.01)
    spec = spec_for("diffusion", model=model, settings={"device": "cpu"}, preset="reference", **SIZE)
    cost = estimate(make_plan([], spec), info)
    assert cost.petaflop_a_clip == pytest.approx(100 * counted / 1e15, rel=0.05)  # 50 steps, with and without the text
    assert cost.weights_bytes == 2 * parameters
