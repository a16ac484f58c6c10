"""Generation when things go wrong: bad weights, folders that are no model, a full disk, torn parts. Nothing is lost."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest
import torch
from generation_runs import OPEN, PLANNED, TINY, clips, made_in, rejects, svta
from safetensors.torch import load_file, save_file
from tiny_pipelines import save

from svta.builder.layout.clips_folder import finished_parts
from svta.builder.record import write_clips
from svta.generation.backends.registry import spec_for
from svta.generation.backends.unit import make_unit
from svta.generation.planning.plan import make_plan


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return {name: save(name, folder / f"tiny-{name}") for name in ("wan", "ltx", "cogvideox")}


@pytest.mark.slow
def test_nan_weights_are_rejected_not_filmed_black(tmp_path, capsys):
    model = save("wan", tmp_path / "nan", poison=True)
    write_clips(tmp_path / "d.jsonl", clips())
    code = svta(
        "generate", tmp_path / "d.jsonl", "--model", model, *TINY, "--set", "attempts=2", "--out", tmp_path / "c"
    )
    assert code == 1
    assert "no clip was generated" in capsys.readouterr().err
    rows = rejects(tmp_path / "c")
    assert [row["reason"] for row in rows] == ["not_finite"] * 5
    assert rows[0]["detail"].count("attempt") == 2


@pytest.mark.slow
def test_films_that_fail_the_gates_are_rejected_with_their_figures(models, tmp_path):
    write_clips(tmp_path / "d.jsonl", clips()[:2])
    gates = 'gates={"min_contrast": 0.9}'
    order = (tmp_path / "d.jsonl", "--model", models["wan"], *TINY, "--set", gates, "--set", "attempts=2")
    assert svta("generate", *order, "--out", tmp_path / "c") == 1
    rows = rejects(tmp_path / "c")
    assert [row["reason"] for row in rows] == ["flat", "flat"]
    assert rows[0]["detail"].count("contrast 0.0") == 2


def test_a_prompt_of_10000_characters_is_rejected_and_a_long_one_is_filmed_and_marked(models, tmp_path):
    captions = ["A man falls.", "fall " * 2_000, "the man " * 249]
    rows = [{"key": f"clip-{i}", "caption": caption} for i, caption in enumerate(captions)]
    (tmp_path / "d.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    order = (tmp_path / "d.jsonl", "--model", models["ltx"], *TINY, "--out", tmp_path / "c")
    assert svta("generate", *order) == 0
    made = {clip.key: json.loads(clip.provenance) for clip, _ in made_in(tmp_path / "c")}
    assert set(made) == {"clip-0", "clip-2"}
    assert "prompt_truncated" not in made["clip-0"]
    assert made["clip-2"]["prompt_truncated"] is True
    (row,) = rejects(tmp_path / "c")
    assert (row["reason"], "9999 characters" in row["detail"] or "10000 characters" in row["detail"]) == (
        "bad_row",
        True,
    )


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("missing", "no such folder"),
        ("empty", "not a diffusers pipeline"),
        ("component", "a single component"),
        ("image", "not a text-to-video pipeline"),
        ("animate", "needs an image"),
        ("modular", "modular pipeline"),
        ("own code", "code"),
        ("unknown", "not in diffusers"),
        ("torn", "cannot be read"),
        ("no weights", "cannot be loaded"),
        ("bad config", "cannot be read"),
        ("deep", "cannot be read"),
        ("more layers", "transformer lacks 27 of its weights, first blocks.3."),
        ("less text", "text_encoder lacks 1 of its weights, first encoder.block.0"),
    ],
)
def test_folders_that_are_no_video_model_are_refused_in_one_line(kind, says, models, tmp_path, capsys):
    model = tmp_path / "model"
    index = json.loads((models["wan"] / "model_index.json").read_text())
    if kind == "component":
        model = models["wan"] / "vae"
    elif kind != "missing":
        model.mkdir()
    classes = {"image": "FluxPipeline", "animate": "WanImageToVideoPipeline", "unknown": "MoonPipeline"}
    if kind in classes or kind == "own code":
        index["_class_name"] = classes.get(kind, ["pipeline", "Mine"])
        (model / "model_index.json").write_text(json.dumps(index))
    elif kind == "modular":
        (model / "modular_model_index.json").write_text("{}")
    elif kind == "torn":
        (model / "model_index.json").write_text('{"_class_name": "WanPip')
    elif kind == "deep":
        (model / "model_index.json").write_text("[" * 100_000)
    elif kind == "more layers":
        config = json.loads((save("wan", model) / "transformer/config.json").read_text())
        (model / "transformer/config.json").write_text(json.dumps(config | {"num_layers": 4}))
    elif kind == "less text":
        weights = save("wan", model) / "text_encoder/model.safetensors"
        tensors = load_file(weights)
        del tensors["encoder.block.0.layer.1.DenseReluDense.wi_0.weight"]
        save_file(tensors, weights, metadata={"format": "pt"})
    elif kind in ("no weights", "bad config"):
        save("wan", model)
        (model / "transformer/diffusion_pytorch_model.safetensors").write_bytes(b"nothing")
        if kind == "bad config":
            (model / "vae/config.json").write_text("[")
    write_clips(tmp_path / "d.jsonl", clips())
    assert svta("generate", tmp_path / "d.jsonl", "--model", model, *TINY, "--out", tmp_path / "c") == 2
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("svta generate")]
    assert len(told) == 1
    assert says in told[0]


@pytest.mark.slow
def test_disk_full_is_one_clear_line_and_loses_nothing(models, tmp_path, capsys):
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32k", "none", small], capture_output=True)
    if mounted.returncode:
        pytest.skip("no right to mount a tmpfs")
    write_clips(tmp_path / "d.jsonl", clips())
    order = (tmp_path / "d.jsonl", "--model", models["cogvideox"], *TINY, "--unit-size", "2")
    try:
        assert svta("generate", *order, "--out", small / "c") == 2
        told = capsys.readouterr().err.splitlines()[-1]
        assert "No space left" in told
        assert not [p for p in (small / "c").rglob("*.part")]
        before = len(finished_parts(small / "c"))
        assert svta("generate", *order, "--out", tmp_path / "c") == 0
        want = [part.sha256 for part in finished_parts(tmp_path / "c")]
        subprocess.run(["mount", "-o", "remount,size=4m", small], check=True)
        assert svta("generate", *order, "--out", small / "c") == 0
        assert [part.sha256 for part in finished_parts(small / "c")] == want
        assert before < len(want)
    finally:
        subprocess.run(["umount", small], check=True)


def test_corrupt_parts_are_made_again_to_the_same_bytes(models, tmp_path):
    spec = spec_for("diffusion", model=models["ltx"], settings={"steps": 2, "gates": json.loads(OPEN)}, **PLANNED)
    plan = make_plan(clips(), spec, unit_size=3)
    want = [make_unit(tmp_path / "want", unit, plan.unit(unit), plan.spec, plan.digest) for unit in range(2)]
    bad = tmp_path / "bad/parts"
    bad.mkdir(parents=True)
    (bad / "unit-000000.tar.1.part").write_bytes(b"torn")
    (bad / "unit-000001.tar").write_bytes(b"half a tar")
    (bad / "unit-000001.json").write_text((tmp_path / "want/parts/unit-000001.json").read_text())
    got = [make_unit(tmp_path / "bad", unit, plan.unit(unit), plan.spec, plan.digest) for unit in range(2)]
    assert [result.generated for result in got] == [result.generated for result in want] == [3, 2]
    for name in ("unit-000000.tar", "unit-000001.tar"):
        assert (bad / name).read_bytes() == (tmp_path / "want/parts" / name).read_bytes()


@pytest.mark.slow
def test_black_films_are_rejected_and_other_seeds_tried(models, tmp_path):
    model = shutil.copytree(models["wan"], tmp_path / "black")
    weights = model / "vae/diffusion_pytorch_model.safetensors"
    tensors = load_file(weights)
    tensors["decoder.conv_out.bias"] -= 50
    save_file(tensors, weights, metadata={"format": "pt"})
    write_clips(tmp_path / "d.jsonl", clips()[:2])
    order = [word for word in TINY if not str(word).startswith("gates=")]
    order = [word for word, after in zip(order, [*order[1:], ""]) if not (word == "--set" and after == "--preset")]
    assert svta("generate", tmp_path / "d.jsonl", "--model", model, *order, "--out", tmp_path / "c") == 1
    rows = rejects(tmp_path / "c")
    assert [row["reason"] for row in rows] == ["black", "black"]
    assert rows[0]["detail"].count("luma 0, gate 0.03") == 3


def test_pickled_weights_are_not_read(models, tmp_path, capsys):
    model = shutil.copytree(models["wan"], tmp_path / "model")
    weights = model / "vae/diffusion_pytorch_model.safetensors"
    torch.save(load_file(weights), weights.with_suffix(".bin"))
    weights.unlink()
    write_clips(tmp_path / "d.jsonl", clips()[:1])
    assert svta("generate", tmp_path / "d.jsonl", "--model", model, *TINY, "--out", tmp_path / "c") == 2
    assert "its weights are pickled, which may run code" in capsys.readouterr().err
