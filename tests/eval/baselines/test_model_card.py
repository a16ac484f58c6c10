"""The model card: figures, fingerprint, rights, the synthetic notice; and the way to a Hub and back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import yaml

torch = pytest.importorskip("torch")

from hub_client import hub_client
from loopback_hub import _Handler, loopback_hub
from squares import Squares
from training_runs import (
    RECIPE,
    SMALL,
)

from svta.builder.record import Clip
from svta.eval.baselines import tiny
from svta.eval.baselines.model_card import model_card
from svta.eval.training.factory import make_baseline
from svta.eval.training.loop import train

CLIP = Clip(key="a", caption="A <b>secret</b> caption", source="grammar", generator="storyboard", synthetic=True)
ASKED = {"baseline": "clip4clip", "head": "seqTransf", "start": "small", "dataset": "f00d", "recipe": RECIPE.as_dict()}
BEST = {"gallery": 16, **{f"{way}_R@{k}": 12.34 for way in ("t2v", "v2t") for k in (1, 5, 10)}}


def card(clips, **changes):
    return model_card({**ASKED, **changes}, clips, BEST, data="ns/data@abc", parameters=1234)


def test_what_it_says():
    text = card([CLIP, CLIP])
    front = yaml.safe_load(text.split("---\n")[1])
    assert front["license"] == "mit" and front["datasets"] == ["ns/data"]
    assert "trained-on-synthetic-data" in front["tags"]
    assert "2 synthetic" in text and "f00d" in text and "1,234 parameters" in text and "12.3" in text
    assert "CLIP4Clip (seqTransf)" in text and "secret" not in text
    assert "models may be trained on it:\nyes" in text
    assert (
        "base_model" not in front
        and yaml.safe_load(card([CLIP], start="openai/clip@main").split("---\n")[1])["base_model"] == "openai/clip"
    )


def test_a_model_of_footage_is_not_called_synthetic():
    text = card(
        [CLIP.model_copy(update={"generator": None, "synthetic": False})], recipe={**ASKED["recipe"], "batch_size": 64}
    )
    assert "trained-on-synthetic-data" not in yaml.safe_load(text.split("---\n")[1])["tags"]
    assert "**0 synthetic**, 1 real" in text and "Videos by cameras (1)" in text and "batches of 1," in text
    untold = card([CLIP.model_copy(update={"generator": None, "synthetic": None})])
    assert "1 not stated" in untold and "Videos by not stated (1)" in untold


def test_the_strictest_part_counts():
    text = card([CLIP, CLIP.model_copy(update={"key": "b", "source": "unheard of", "generator": "nobody knows"})])
    front = yaml.safe_load(text.split("---\n")[1])
    assert front["license"] == "other" and front["license_name"]
    assert "models may be trained on it:\n**no**" in text and "before you share these weights" in text


@pytest.mark.slow
def test_the_card_lies_beside_the_weights_and_travels(tmp_path):
    store = Squares(range(48))
    model, recipe = tiny.new_model(store.captions, SMALL), replace(RECIPE, epochs=1)
    validation = Squares(range(500, 516))
    train(model, store, validation, recipe, tmp_path / "run", card=lambda best: f"# ours\n{best['gallery']}\n")
    assert (tmp_path / "run" / "README.md").read_text() == "# ours\n16\n"
    again = tiny.TinyModel.from_pretrained(tmp_path / "run")
    again.save_pretrained(tmp_path / "copy")
    assert (tmp_path / "copy" / "README.md").read_text() == "# ours\n16\n"


class ModelHandler(_Handler):
    """The loopback Hub keeps dataset repos; a model's paths are the same ones without `datasets`."""

    def parse_request(self):
        parsed = super().parse_request()
        if parsed:
            self.path = self.path.replace("/api/models/", "/api/datasets/")
            if self.path.startswith("/ns/"):
                self.path = f"/datasets{self.path}"
        return parsed


@pytest.mark.nightly
def test_pushed_and_read_back_by_its_repo_id(tmp_path):
    clip = make_baseline("clip4clip", ["a man falls", "a dog runs"], start="small", num_frames=2)
    clip.card = "# clip4clip of ours\n"
    clip.save_pretrained(tmp_path / "clip")
    small = tiny.new_model(["a man falls", "a dog runs"], SMALL)
    small.card = "# tiny of ours\n"
    small.save_pretrained(tmp_path / "tiny")
    code = f"""
import json, torch
from svta.eval.baselines.clip4clip import Clip4Clip
from svta.eval.baselines.tiny import TinyModel
from svta.eval.encoders.registry import load_encoder
for kind, name in ((Clip4Clip, "clip"), (TinyModel, "tiny")):
    model = kind.from_pretrained({str(tmp_path)!r} + "/" + name)
    model.push_to_hub("ns/" + name, private=True)
    again = kind.from_pretrained("ns/" + name)
    assert all(torch.equal(a, b) for a, b in zip(model.state_dict().values(), again.state_dict().values()))
    assert again.card == model.card, again.card
    assert load_encoder("ns/" + name, device="cpu").encode_text(["a man falls"]).shape[0] == 1
try:
    model.push_to_hub("ns/tiny", privat=True)
except Exception as error:
    assert "unexpected keyword argument 'privat'" in str(error)
print("DONE")
"""
    (tmp_path / "home").mkdir()
    with loopback_hub(tmp_path / "store") as hub, hub_client(hub, tmp_path / "home") as client:
        hub.RequestHandlerClass = ModelHandler
        done = client.python(code)
    assert done.code == 0 and "DONE" in done.out, done.err[-2000:]
    assert json.loads((tmp_path / "tiny" / "config.json").read_text())["model_type"] == "svta_tiny"


@pytest.mark.slow
def test_its_example_runs_in_another_folder(tmp_path, monkeypatch, capsys):
    from svta.builder.video.encoder import encode

    model = make_baseline("clip4clip", ["a car burns", "a dog runs"], start="small", num_frames=2)
    model.save_pretrained(tmp_path / "model")
    (tmp_path / "clip.mp4").write_bytes(encode(torch.full((4, 48, 64, 3), 90, dtype=torch.uint8).numpy(), fps=4))
    example = card([CLIP]).split("```python\n")[1].split("```")[0].replace("THIS_FOLDER_OR_REPO", "model")
    monkeypatch.chdir(tmp_path)
    exec(example, names := {})
    assert names["scores"].shape == (1, 1)
    again, inputs = names["model"], names["inputs"]
    assert torch.equal(names["scores"], again.similarity(**inputs)) and torch.isfinite(names["scores"]).all()
    with torch.no_grad():
        assert torch.allclose(names["scores"], model.eval().similarity(**inputs), atol=1e-5)
