"""loading.py: LoRAs of distilled models, made by peft, saved by diffusers, merged by the true path."""

from __future__ import annotations

import json

import diffusers
import pytest
import torch
from tiny_pipelines import save

from svta.builder.layout.clips_folder import finished_parts, read_part
from svta.builder.record import Clip, write_clips
from svta.cli.app import main
from svta.generation.backends.spec import PlanError
from svta.generation.diffusion.backend import DiffusionBackend
from svta.generation.diffusion.model_files import ModelError

peft = pytest.importorskip("peft", reason="LoRAs need peft: pip install 'svta[generate]'")
OPEN = {"min_luma": 0, "min_contrast": 0, "min_motion": 0, "max_still": 0, "max_motion": 0, "max_flicker": 0}
SMALL = {"num_frames": 9, "height": 64, "width": 64, "preset": "distilled"}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    made = {"wan": save("wan", folder / "wan"), "wan22": save("wan", folder / "wan22", both_stages=True)}
    return made | {"ltx": save("ltx", folder / "ltx")}


@pytest.fixture(scope="module")
def lora(models, tmp_path_factory):
    return lora_of(models["wan"], tmp_path_factory.mktemp("lora"), size=0.5)


def lora_of(model, folder, *, size):
    """A LoRA of a model's attention, as training scripts save it; of `size` 0 it changes nothing."""
    pipe = diffusers.DiffusionPipeline.from_pretrained(model)
    torch.manual_seed(3)
    config = peft.LoraConfig(r=4, lora_alpha=4, init_lora_weights="gaussian", target_modules=["to_q", "to_out.0"])
    pipe.transformer.add_adapter(config)
    for name, weight in pipe.transformer.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=size)
    layers = peft.get_peft_model_state_dict(pipe.transformer)
    type(pipe).save_lora_weights(folder, transformer_lora_layers=layers)
    return folder


def backend(model, lora, **settings):
    return DiffusionBackend(model, settings={"lora": str(lora), "gates": OPEN, **settings}, **SMALL)


def test_a_lora_films_as_a_generator_of_its_own_in_few_forwards(models, lora, tmp_path):
    write_clips(tmp_path / "d.jsonl", [Clip(key="a", caption="A man falls."), Clip(key="b", caption="Smoke rises.")])
    order = ["generate", tmp_path / "d.jsonl", "--backend", "diffusion", "--model", models["wan"], "--preset"]
    order += ["distilled", "--set", f"lora={lora}", "--set", f"gates={json.dumps({**OPEN, 'min_distance': 0})}"]
    order += ["--num-frames", "9", "--height", "64", "--width", "64", "--out", tmp_path / "c"]
    with pytest.raises(SystemExit) as done:
        main([str(word) for word in order])
    assert done.value.code == 0
    made = [clip for part in finished_parts(tmp_path / "c") for clip, _ in read_part(part)]
    assert {clip.generator for clip in made} == {"wan+distilled"}
    facts = json.loads(made[0].provenance)
    assert (facts["steps"], facts["forwards"], facts["guidance_scale"]) == (4, 4, 1.0)
    assert facts["lora"].startswith("files:")
    assert str(lora) not in made[0].provenance + (tmp_path / "c/plan.json").read_text()


def test_its_product_is_added_to_the_weights_and_nothing_is_left_to_switch(models, lora):
    from safetensors.torch import load_file

    plain = diffusers.DiffusionPipeline.from_pretrained(models["wan"]).transformer.state_dict()
    merged = backend(models["wan"], lora).pipe.transformer.state_dict()
    layers = load_file(lora / "pytorch_lora_weights.safetensors")
    name = "blocks.1.attn1.to_q"
    down, up = (layers[f"transformer.{name}.lora_{side}.weight"] for side in "AB")
    assert torch.allclose(merged[f"{name}.weight"], plain[f"{name}.weight"] + up @ down, atol=1e-5)
    assert (up @ down).abs().max() > 0.1
    assert merged.keys() == plain.keys()


def test_both_denoisers_of_wan_2_2_get_one_each(models, lora):
    file = lora / "pytorch_lora_weights.safetensors"
    with pytest.raises(ModelError, match=r"2 denoisers \(transformer, transformer_2\)"):
        backend(models["wan22"], lora)
    made = backend(models["wan22"], f"{lora},{file}")
    plain = diffusers.DiffusionPipeline.from_pretrained(models["wan22"])
    for name in ("transformer", "transformer_2"):
        before, after = (getattr(pipe, name).blocks[0].attn1.to_q.weight for pipe in (plain, made.pipe))
        assert not torch.equal(before, after)


def test_loras_that_do_not_fit_change_nothing_or_are_not_there_are_refused(models, lora, tmp_path):
    with pytest.raises(ModelError, match="does not fit LTXVideoTransformer3DModel"):
        backend(models["ltx"], lora)
    nothing = lora_of(models["wan"], tmp_path / "nothing", size=0.0)
    with pytest.raises(ModelError, match="changes no weight of WanTransformer3DModel"):
        backend(models["wan"], nothing)
    with pytest.raises(PlanError, match="no such file or folder"):
        backend(models["wan"], tmp_path / "lost")
    torn = tmp_path / "torn"
    torn.mkdir()
    (torn / "pytorch_lora_weights.safetensors").write_bytes(b"torn")
    with pytest.raises(ModelError, match="does not fit"):
        backend(models["wan"], torn)
    pickled = tmp_path / "pickled"
    pickled.mkdir()
    torch.save({}, pickled / "pytorch_lora_weights.bin")
    with pytest.raises(ModelError, match="does not fit"):  # code could hide in it
        backend(models["wan"], pickled)
    with pytest.raises(PlanError, match="quantized"):
        backend(models["wan"], lora, fp8="dynamic")
