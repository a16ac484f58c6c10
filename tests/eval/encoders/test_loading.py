"""Model folders of somebody else: no code runs, nothing is read from stdin, each fault is one line, soon and small."""

from __future__ import annotations

import io
import json
import sys
import time
import tracemalloc
import zipfile

import pytest
import torch
from small_gram import VISION
from tiny_encoders import save_encoder
from tiny_models import tiny_clip
from transformers import CLIPVisionConfig, CLIPVisionModel

from svta.builder.errors import SvtaError
from svta.eval.baselines import tiny
from svta.eval.baselines.checkpoints import load_checkpoint, read_state_dict
from svta.eval.encoders.base import EncoderError
from svta.eval.encoders.hub_files import TRUSTED
from svta.eval.encoders.inputs import load_tokenizer
from svta.eval.encoders.loading import library_errors, unpacks_to_more
from svta.eval.encoders.registry import load_encoder, read_model_type
from svta.eval.training.recipes import default_recipe

DEEP = "[" * 100_000
HUGE = 10**12


@pytest.fixture
def clip_folder(tmp_path):
    save_encoder("clip", tmp_path)
    return tmp_path


def change(path, *keys, to):
    values = json.loads(path.read_text())
    part = values
    for key in keys[:-1]:
        part = part[key]
    part[keys[-1]] = to
    path.write_text(json.dumps(values))


def test_a_model_s_own_code_runs_for_nobody_inside_and_for_the_user_outside(tmp_path, monkeypatch):
    from transformers import AutoConfig, dynamic_module_utils

    monkeypatch.setattr(dynamic_module_utils, "HF_MODULES_CACHE", str(tmp_path / "modules"))
    folder, ran = tmp_path / "model", tmp_path / "ran"
    folder.mkdir()
    (folder / "code.py").write_text(
        f"from transformers import PretrainedConfig\nopen({str(ran)!r}, 'w')\nclass C(PretrainedConfig):\n    pass\n"
    )
    auto = {"AutoConfig": "code.C"}
    (folder / "config.json").write_text(json.dumps({"model_type": "of_its_own", "auto_map": auto}))
    with (
        pytest.raises(EncoderError, match="comes with code of its own: read it, then --trust-remote-code"),
        library_errors(str(folder), code_option="--trust-remote-code"),
    ):
        AutoConfig.from_pretrained(folder, trust_remote_code=True)  # as loaders of mteb ask for it
    assert not ran.exists()
    trusting = TRUSTED.set(True)
    with library_errors(str(folder)):
        AutoConfig.from_pretrained(folder, trust_remote_code=True)
    TRUSTED.reset(trusting)
    assert ran.exists()
    ran.unlink()
    AutoConfig.from_pretrained(folder, trust_remote_code=True, force_download=True)  # a program beside svta


def refused(folder, message):
    """One line, within seconds and little memory; returned for a closer look."""
    started = time.monotonic()
    tracemalloc.start()
    try:
        with pytest.raises(SvtaError, match=message) as error:
            encoder = load_encoder(folder, device="cpu")
            encoder.encode_text(["a man falls"])
        assert tracemalloc.get_traced_memory()[1] < 200_000_000
    finally:
        tracemalloc.stop()
    assert len(str(error.value).splitlines()) == 1 and str(folder) in str(error.value)
    assert time.monotonic() - started < 60
    return str(error.value)


@pytest.mark.parametrize(
    ("keys", "value", "message"),
    [
        (("text_config", "num_hidden_layers"), 100_000, "num_hidden_layers 100,000: 0 to 1,000"),
        (("vision_config", "num_hidden_layers"), -1, "num_hidden_layers -1"),
        (("vision_config", "image_size"), 1_000_000, "image_size 1,000,000: 0 to 4,096"),
        (("text_config", "hidden_size"), 10**7, "parameters, but .* bytes of weights"),
        (("text_config", "vocab_size"), HUGE, "parameters, but .* bytes of weights"),
        (("text_config", "hidden_size"), "wide", "cannot be loaded"),
        (("text_config", "num_attention_heads"), 0, "cannot be loaded"),
        (("vision_config", "patch_size"), 0, "cannot be loaded"),
        (("vision_config",), [1, 2], "cannot be loaded"),
        (("vision_config", "num_channels"), None, "cannot be loaded"),
        (("model_type",), ["clip"], "no model_type"),
    ],
)
def test_hostile_numbers_of_a_config(clip_folder, keys, value, message):
    change(clip_folder / "config.json", *keys, to=value)
    refused(clip_folder, message)


OURS = ("config.json", "preprocessor_config.json")
THEIRS = ("tokenizer_config.json", "tokenizer.json")
NO_JSON = [(DEEP, "not JSON svta accepts: nested too deeply", "recursion"),
           ("\udcff", "not UTF-8 text", "can't decode byte 0xff"),
           ("{", "not JSON svta accepts: Expecting property name", "Expecting property name")]  # fmt: skip
UNREADABLE = [(name, text, f"/{name}: {ours}") for name in OURS for text, ours, _ in NO_JSON]
UNREADABLE += [(name, text, f": no tokenizer: .*{theirs}") for name in THEIRS for text, _, theirs in NO_JSON]
OF_ANOTHER_TYPE = [
    ("config.json", "[]", "/config.json: a JSON object is needed, this is a list"),
    ("config.json", "null", "/config.json: a JSON object is needed, this is a NoneType"),
    ("config.json", '{"a": 1e999}', "/config.json: not JSON svta accepts: 1e999 overflows"),
    ("preprocessor_config.json", '{"size": 32, "image_mean": {}, "rescale_factor": []}',
     ": not an image processor that svta can follow: .*shapes"),
    ("tokenizer_config.json", "[]", ": no tokenizer: 'list' object"),
    ("tokenizer.json", "[]", ": no tokenizer: "),
    ("tokenizer.json", '{"model": 3}', ": no tokenizer: 'added_tokens'"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("name", "text", "message"), [*UNREADABLE, *OF_ANOTHER_TYPE])
def test_files_that_are_no_configuration(clip_folder, name, text, message):
    (clip_folder / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    refused(clip_folder, message)


@pytest.mark.parametrize(
    "numbers",
    [
        {"size": {"shortest_edge": HUGE}},
        {"size": {"height": 0, "width": 32}},
        {"size": {"height": 32}},
        {"size": "32"},
        {"size": 32, "crop_size": {"height": "a", "width": 3}},
        {"size": 32, "resample": 77},
        {"size": 32, "image_mean": [0.5, 0.5]},
        {"size": 32, "image_std": [0.5, 0.0, 0.5]},
        {"size": 32, "rescale_factor": "x"},
    ],
)
def test_hostile_image_processors(clip_folder, numbers):
    (clip_folder / "preprocessor_config.json").write_text(json.dumps(numbers))
    refused(clip_folder, "not an image processor that svta can follow")


def test_a_weights_file_that_claims_more_than_it_holds(clip_folder):
    header = json.dumps({"logit_scale": {"dtype": "F32", "shape": [HUGE], "data_offsets": [0, 4 * HUGE]}}).encode()
    (clip_folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + b"\0" * 16)
    refused(clip_folder, "cannot be loaded")
    (clip_folder / "model.safetensors").write_bytes((2**60).to_bytes(8, "little"))
    refused(clip_folder, "cannot be loaded")


def test_a_folder_of_very_large_json(clip_folder):
    with open(clip_folder / "tokenizer_config.json", "wb") as file:
        file.truncate(17_000_000)  # sparse
    refused(clip_folder, "has 17,000,000 bytes; the limit is 16,000,000")


def test_code_of_a_model_folder_never_runs_and_stdin_is_not_read(tmp_path, monkeypatch, capsys):
    mark = tmp_path / "RAN"
    folder = tmp_path / "model"
    save_encoder("clip", folder)
    (folder / "own.py").write_text(
        f"open({str(mark)!r}, 'w')\nfrom transformers import PretrainedConfig, CLIPModel, PreTrainedTokenizerFast\n"
        "class Config(PretrainedConfig):\n    model_type = 'own'\nclass Model(CLIPModel):\n    pass\n"
        "class Tokens(PreTrainedTokenizerFast):\n    pass\n"
    )
    answers = io.StringIO("y\n" * 9)
    monkeypatch.setattr(sys, "stdin", answers)
    own = {"AutoConfig": "own.Config", "AutoModel": "own.Model", "AutoTokenizer": ["own.Tokens", "own.Tokens"]}
    config = json.loads((folder / "config.json").read_text())
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "Tokens", "auto_map": {"AutoTokenizer": ["own.Tokens", "own.Tokens"]}})
    )
    refused(folder, "its tokenizer has no padding token")
    (folder / "config.json").write_text(json.dumps({**config, "auto_map": own}))
    refused(folder, "its tokenizer has no padding token")
    (folder / "config.json").write_text(json.dumps({**config, "model_type": "own", "auto_map": own}))
    refused(folder, "model_type 'own' is not known")
    with pytest.raises(EncoderError, match=r"model: comes with code of its own, which is not run"):
        load_tokenizer(str(folder))
    assert not mark.exists() and answers.tell() == 0 and capsys.readouterr().out == ""


def test_pickled_weights_are_told_without_the_way_to_run_them(clip_folder, tmp_path):
    """torch's own error goes on to say which argument runs them all the same."""
    (clip_folder / "model.safetensors").unlink()
    mark = tmp_path / "RAN"
    (clip_folder / "pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'touch " + bytes(mark) + b"'\ntR.")
    refused(clip_folder, r"its weights contain more than tensors; none of it was executed$")
    assert not mark.exists()


def test_a_library_that_asks_gets_no_answer(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    with pytest.raises(EncoderError, match="NAME: cannot be loaded: EOF"), library_errors("NAME"):
        print("do you want to?")
        input()
    assert sys.stdin.read() == "y\n" and capsys.readouterr().out == ""
    with pytest.raises(EncoderError, match="its own words"), library_errors("NAME"):
        raise EncoderError("its own words")


def archive(path, method, size=1_000_000):
    with zipfile.ZipFile(path, "w", method) as file:
        file.writestr("archive/data.pkl", b"\0" * size)
    return path


def test_checkpoints_that_unpack_to_more_than_they_hold(tmp_path):
    assert unpacks_to_more(archive(tmp_path / "packed.bin", zipfile.ZIP_DEFLATED))
    assert not unpacks_to_more(archive(tmp_path / "stored.bin", zipfile.ZIP_STORED))
    with pytest.raises(SvtaError, match=r"packed\.bin: not a readable checkpoint: compressed"):
        read_state_dict(tmp_path / "packed.bin")
    torch.save({"clip.visual.conv1.weight": torch.zeros(3)}, tmp_path / "odd.bin")
    assert not unpacks_to_more(tmp_path / "odd.bin")
    with pytest.raises(SvtaError, match=r"odd\.bin: clip.visual.conv1.weight: \[3\] in the checkpoint"):
        load_checkpoint("clip4clip", str(tmp_path / "odd.bin"))


def test_official_weights_of_odd_shapes_and_numbers(tmp_path):
    from svta.eval.baselines.official import clip_to_official

    clip = {f"clip.{name}": value for name, value in clip_to_official(tiny_clip().state_dict()).items()}
    cases = (
        ({**clip, "transformerClip.resblocks.99999999.ln_1.weight": torch.zeros(3)}, "100,000,000 blocks"),
        ({**clip, "clip.visual.positional_embedding": torch.zeros(0, 64)}, ""),
        ({**clip, "clip.text_projection": torch.zeros(128, 0)}, ""),
    )
    for weights, message in cases:
        torch.save(weights, tmp_path / "odd.bin")
        with pytest.raises(SvtaError, match=message) as error:
            load_checkpoint("clip4clip", str(tmp_path / "odd.bin"), head="seqTransf", tokenizer=str(tmp_path))
        assert len(str(error.value).splitlines()) == 1
    CLIPVisionModel(CLIPVisionConfig(**VISION)).save_pretrained(tmp_path / "tower")
    words = {"bert.embeddings.word_embeddings.weight": torch.zeros(7)}
    for weights, message in (
        (words, "not an official checkpoint"),
        ({"a": torch.zeros(2)}, "not an official GRAM state dict"),
    ):
        torch.save(weights, tmp_path / "gram.bin")
        with pytest.raises(SvtaError, match=rf"gram\.bin: {message}"):
            load_checkpoint("gram", str(tmp_path / "gram.bin"), vision=str(tmp_path / "tower"))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("width", HUGE, "width 1,000,000,000,000 is not a valid size"),
        ("text_layers", 100_000, "text_layers 100,000: 0 to 1,000"),
        ("text_layers", 200, "text_layers 200 is not a valid size"),
        ("embed_dim", "wide", "embed_dim 'wide': a int is needed"),
        ("num_frames", 0, "num_frames 0 is not a valid size"),
        ("image_size", True, "image_size True"),
        ("width", 4_000, "not a tiny model that can be loaded"),
    ],
)
def test_hostile_sizes_of_a_tiny_model(tmp_path, name, value, message):
    config = tiny.TinyConfig(num_frames=2, image_size=32, width=16, embed_dim=32, text_width=32)
    tiny.new_model(["a b", "a c"], config).save_pretrained(tmp_path)
    change(tmp_path / "config.json", name, to=value)
    refused(tmp_path, message)


def test_a_recipe_reads_no_hostile_config(tmp_path):
    for text, message in ((DEEP, "nested too deeply"), ("[]", "a JSON object is needed")):
        (tmp_path / "config.json").write_text(text)
        with pytest.raises(EncoderError, match=message):
            default_recipe("xclip", "official", 100, str(tmp_path))
        with pytest.raises(EncoderError, match=message):
            read_model_type(str(tmp_path))
    (tmp_path / "config.json").write_text('{"vision_config": [16]}')
    assert default_recipe("xclip", "official", 100, str(tmp_path)).batch_size == 300
