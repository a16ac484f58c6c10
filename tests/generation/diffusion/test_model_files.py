"""Model folders of somebody else: types no model has, sizes no memory holds, code that waits to be run."""

from __future__ import annotations

import io
import json
import shutil
import sys

import pytest
from tiny_pipelines import save

from svta.builder.record import Clip
from svta.generation.backends.registry import spec_for
from svta.generation.diffusion.backend import DiffusionBackend
from svta.generation.diffusion.model_files import MAX_CONFIG_BYTES, ModelError, read_index
from svta.generation.diffusion.model_info import read_model_info
from svta.generation.diffusion.plan_spec import licence_notes, text_encoder_names


@pytest.fixture(scope="module")
def wan(tmp_path_factory):
    return save("wan", tmp_path_factory.mktemp("models") / "wan")


@pytest.fixture
def model(wan, tmp_path):
    return shutil.copytree(wan, tmp_path / "model")


def change(path, **values):
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


INDICES = [
    ({"_class_name": None}, "no _class_name"),
    ({"_class_name": 7}, "no _class_name"),
    ({"_class_name": ["mine", "Pipeline"]}, "code"),
    ({"_class_name": "pipelines"}, "not in diffusers"),
    ({"vae": []}, r"vae needs \[library, class\]"),
    ({"vae": ["diffusers"]}, r"vae needs \[library, class\]"),
    ({"vae": ["diffusers", None]}, r"vae needs \[library, class\]"),
    ({"vae": ["diffusers", {}]}, r"vae needs \[library, class\]"),
    ({"vae": ["diffusers", "pipelines"]}, "unknown to diffusers"),
    ({"vae": ["diffusers", "WanPipeline"]}, "cannot be read"),
    ({"vae": ["os", "system"]}, "vae is code of os, which is not run"),
    ({"transformer": ["evil", "Denoiser"]}, "transformer is code of evil, which is not run"),
]


@pytest.mark.parametrize(("values", "says"), INDICES, ids=[json.dumps(values) for values, _ in INDICES])
def test_an_index_of_odd_types_is_one_line(values, says, model):
    change(model / "model_index.json", **values)
    with pytest.raises(ModelError, match=says) as error:
        read_model_info(model)
    assert "\n" not in str(error.value)


CONFIGS = [
    ("transformer", {"patch_size": "x"}),
    ("transformer", {"patch_size": [1, None, 2]}),
    ("transformer", {"patch_size": [1, 0, 0]}),
    ("transformer", {"num_layers": "3"}),
    ("transformer", {"num_layers": 100_000}),
    ("transformer", {"ffn_dim": 1 << 40}),
    ("transformer", {"num_attention_heads": {}}),
    ("vae", {"dim_mult": 5}),
    ("vae", {"z_dim": []}),
    ("vae", {"temperal_downsample": 5}),
    ("scheduler", {"num_train_timesteps": "many"}),
]


@pytest.mark.parametrize(("part", "values"), CONFIGS, ids=[json.dumps(values) for _, values in CONFIGS])
def test_a_config_of_odd_types_or_sizes_is_one_line(part, values, model):
    change(model / part / ("scheduler_config.json" if part == "scheduler" else "config.json"), **values)
    with pytest.raises(ModelError) as error:
        read_model_info(model)
    assert "\n" not in str(error.value) and str(error.value).startswith("--model")


def test_a_config_that_is_no_object_or_too_long_is_not_parsed(model):
    config = model / "transformer/config.json"
    for text in ("[]", "[" * 100_000, '{"a": NaN}', '{"a": "' + "x" * MAX_CONFIG_BYTES + '"}'):
        config.write_text(text)
        with pytest.raises(ModelError, match="transformer/config.json cannot be read"):
            read_model_info(model)


def test_code_beside_a_component_is_never_run(model, tmp_path, monkeypatch):
    """diffusers would import transformer/evil.py, transformers ask on stdin whether to run it."""
    ran = tmp_path / "ran"
    code = f"open({str(ran)!r}, 'w').close()\n\nclass Denoiser: pass\n\nclass Tokenizer: pass\n"
    for part in ("transformer", "tokenizer"):
        (model / part / "evil.py").write_text(code)
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n" * 9))
    change(model / "model_index.json", transformer=["evil", "Denoiser"])
    with pytest.raises(ModelError, match="which is not run"):
        DiffusionBackend(model)
    change(
        model / "model_index.json",
        transformer=["diffusers", "WanTransformer3DModel"],
        tokenizer=["transformers", "AutoTokenizer"],
    )
    change(model / "tokenizer/tokenizer_config.json", auto_map={"AutoTokenizer": ["evil.Tokenizer", None]})
    with pytest.raises(ModelError, match="tokenizer names code of its own"):
        DiffusionBackend(model)
    assert not ran.exists()
    assert sys.stdin.read() == "y\n" * 9


def test_an_index_with_settings_and_absent_parts_is_read(model):
    change(model / "model_index.json", boundary_ratio=None, expand_timesteps=False, transformer_2=[None, None])
    assert read_index(model, "model")["transformer_2"] == [None, None]
    assert read_model_info(model).pipeline == "WanPipeline"


def test_licences_of_the_model_its_loras_and_its_text_encoder_are_shown(model, tmp_path):
    lora = tmp_path / "my-lora.safetensors"
    lora.write_bytes(b"weights")
    change(model / "text_encoder/config.json", _name_or_path="google/umt5-xxl")
    spec = spec_for("diffusion", model=str(model), settings={"lora": str(lora)})
    notes = licence_notes(spec)
    assert [note.partition(",")[0] for note in notes[:2]] == [
        "model (video): licence not known to svta",
        "my-lora.safetensors (lora): licence not known to svta",
    ]
    assert notes[2].startswith("google/umt5-xxl: Apache-2.0")
    assert "--model-id" in notes[3]
    facts = json.dumps({"film_prompt": "x", "film_prompt_model": "somebody/closed-chat"})
    written = licence_notes(spec, [Clip(key="k", caption="A man falls.", provenance=facts)])
    assert "somebody/closed-chat (chat): licence not known to svta" in " ".join(written)
    assert str(tmp_path) not in " ".join(notes)
    change(model / "text_encoder/config.json", _name_or_path="/home/somebody/t5")
    assert text_encoder_names(model) == []
    (model / "text_encoder/config.json").write_text("[")
    assert text_encoder_names(model) == []
