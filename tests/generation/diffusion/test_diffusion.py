"""diffusion.py through the commands: tiny pipelines from disk film captions; what goes wrong is told, nothing lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from chat_server import ChatServer
from generation_runs import CAPTIONS, OPEN, PLANNED, TINY, backend, clips, frames, generate, made_in, same, svta
from reading_hub import COMMIT, Handler, reading_hub
from tiny_encoders import save_encoder
from tiny_pipelines import PIPELINES, save

import svta as svta_package
from svta.builder.layout.clips_folder import finished_parts
from svta.builder.record import write_clips
from svta.builder.taxonomy import load_taxonomy
from svta.builder.video.container import probe
from svta.builder.video.marking import marked_source_type
from svta.generation.backends.base import GenerationError
from svta.generation.backends.config import GenerateConfig
from svta.generation.backends.prompts import prompt_of
from svta.generation.backends.registry import spec_for
from svta.generation.backends.spec import PlanError
from svta.generation.captions.prompt_extension import extend_prompts, faithful
from svta.generation.chat.messages import ChatAnswer
from svta.generation.diffusion.backend import DiffusionBackend
from svta.generation.diffusion.model_files import ModelError, fingerprint
from svta.generation.diffusion.model_info import read_model_info
from svta.generation.diffusion.pipeline import local_gpu
from svta.generation.planning.measure import find_batch_size
from svta.generation.planning.plan import make_plan
from svta.generation.planning.request import plan_request


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return {name: save(name, folder / f"tiny-{name}") for name in PIPELINES}


@pytest.mark.parametrize(
    "name",
    ["ltx", *(pytest.param(name, marks=pytest.mark.slow) for name in ("wan", "cogvideox", "ltx2", "sana_video"))],
)
def test_every_pipeline_films_captions_through_the_commands(name, models, tmp_path, capsys):
    write_clips(tmp_path / "d.jsonl", clips())
    order = (tmp_path / "d.jsonl", "--model", models[name], *TINY, "--set", "batch_size=2")
    assert svta("generate", *order, "--out", tmp_path / "clips") == 0
    said = capsys.readouterr()
    assert "licence not known" in said.err
    assert "12 frames requested, 9 will be generated: the next smaller step" in said.err
    made = made_in(tmp_path / "clips")
    assert [clip.caption for clip, _ in made] == CAPTIONS
    for clip, video in made:
        info = probe(video)
        assert (info.num_frames, info.height, info.width) == (9, 64, 64) == (clip.num_frames, clip.height, clip.width)
        assert info.has_audio == (name == "ltx2")
        assert marked_source_type(info.metadata) == "trainedAlgorithmicMedia"
        facts = json.loads(clip.provenance)
        assert facts["model"] == f"tiny-{name}" == clip.generator
        assert (facts["steps"], facts["batch_size"], facts["attempt"]) == (2, 2, 0)
        assert str(models[name]) not in clip.provenance
    assert len({video for _, video in made}) == len(made)
    assert str(models[name].parent) not in (tmp_path / "clips/plan.json").read_text()
    before = [part.sha256 for part in finished_parts(tmp_path / "clips")]
    assert svta("generate", *order, "--out", tmp_path / "again") == 0
    assert [part.sha256 for part in finished_parts(tmp_path / "again")] == before
    if name == "wan":
        assert svta("pack", tmp_path / "clips", "--out", tmp_path / "data") == 0
        assert svta("verify", tmp_path / "data") == 0


@pytest.mark.slow
def test_a_film_hangs_on_caption_seed_and_place_not_on_its_neighbours(models):
    made = backend(models["wan"], batch_size=2)
    whole = generate(made)
    some = generate(made, [clips()[1], clips()[4]], seeds=[2, 5], positions=[1, 4])
    assert same(frames(some), [whole[1].frames, whole[4].frames])
    assert not same(frames(generate(made, seeds=range(11, 16))), frames(whole))
    assert [take.provenance["forwards"] for take in whole] == [4] * 5


@pytest.mark.slow
def test_a_member_that_fails_is_replaced_and_its_neighbours_keep_their_bits(models, monkeypatch):
    made = backend(models["wan"], batch_size=2)
    want = generate(made)
    encode = made.batches.embedder._encode

    def picky(text):
        if "dog" in text[0]:
            raise ValueError("no dogs")
        return encode(text)

    monkeypatch.setattr(made.batches.embedder, "_encode", picky)
    made.batches.embedder._rows.clear()
    got = generate(made)
    assert (got[1].reason, got[1].frames) == ("film_failed", None)
    assert "no dogs" in got[1].detail
    assert same(frames(got[:1] + got[2:]), frames(want[:1] + want[2:]))


def test_a_call_that_one_member_breaks_is_made_again_for_each_alone(models, monkeypatch):
    made = backend(models["ltx"], batch_size=3)
    want = generate(made)
    arguments = made.batches.embedder.arguments

    def breaking(texts):
        if any("fight" in prompt for prompt, _ in texts):
            raise IndexError("odd prompt")
        return arguments(texts)

    monkeypatch.setattr(made.batches.embedder, "arguments", breaking)
    got = generate(made)
    assert [take.reason for take in got] == ["", "", "film_failed", "", ""]
    assert same(
        [take.frames for take in got if not take.reason], [take.frames for i, take in enumerate(want) if i != 2]
    )


@pytest.mark.slow
def test_out_of_memory_goes_on_with_smaller_forwards_and_says_so(models):
    made = backend(models["wan"], batch_size=4)
    want = generate(backend(models["wan"], batch_size=1))

    def small_memory(_, args, kwargs):
        if kwargs["hidden_states"].shape[0] > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")

    made.pipe.transformer.register_forward_pre_hook(small_memory, with_kwargs=True)
    got = generate(made)
    assert same(frames(got), frames(want))  # the same seeds
    assert [take.provenance["forward_size"] for take in got] == [1] * 5
    made.pipe.transformer.register_forward_pre_hook(lambda *_: (_ for _ in ()).throw(torch.OutOfMemoryError("full")))
    with pytest.raises(GenerationError, match="no memory for one clip of 9 frames of 64x64"):
        generate(made)


@pytest.mark.slow
def test_where_memory_ends_a_resident_text_encoder_leaves_first(models):
    made = backend(models["wan"], batch_size=2)
    want = frames(generate(made))
    made.batches.embedder.resident = True  # as on a GPU with much free memory
    full = iter([True])

    def once(*_):
        if next(full, False):
            raise torch.OutOfMemoryError("CUDA out of memory")

    made.pipe.transformer.register_forward_pre_hook(once)
    takes = generate(made)
    assert same(frames(takes), want)
    assert (made.batches.forward_size, made.batches.embedder.resident) == (2, False)
    assert "forward_size" not in takes[0].provenance


@pytest.mark.slow
def test_prompts_are_read_once_and_the_text_encoder_is_gone_while_denoising(models):
    made = backend(models["wan"], batch_size=2)
    seen = []
    made.pipe.transformer.register_forward_pre_hook(lambda *_: seen.append(made.pipe.text_encoder))
    generate(made)
    assert made.batches.embedder.encoded == 6  # five captions and the filler
    generate(made, seeds=range(11, 16))
    assert made.batches.embedder.encoded == 6
    assert set(seen) == {None}


@pytest.mark.parametrize(
    "name", [name if name in ("ltx", "cogvideox") else pytest.param(name, marks=pytest.mark.slow) for name in PIPELINES]
)
def test_embeddings_computed_ahead_change_no_bit(name, models):
    count = 13 if name == "mochi" else 9  # 6k+1
    settings = {"steps": 2, "batch_size": 2, "guidance_scale": 3.0, "gates": json.loads(OPEN)}
    made = DiffusionBackend(models[name], settings=settings, **{**PLANNED, "num_frames": count})
    assert made.batches.embedder.names
    ahead = frames(generate(made))
    assert made.batches.embedder.guided
    assert {picture.shape for picture in ahead} == {(count, 64, 64, 3)}
    made.batches.embedder.names = ()
    made.batches.embedder._fetch()
    assert same(frames(generate(made)), ahead)


def test_sound_is_kept(models):
    take = generate(backend(models["ltx2"]), clips()[:1])[0]
    samples, rate = take.audio
    assert (samples.shape[0], rate) == (2, 16_000)
    assert samples.shape[1] / rate == pytest.approx(9 / 24, abs=0.05)


@pytest.mark.slow
def test_negative_prompts_by_category_change_that_category_alone(models):
    items = [clips()[0].replace(category="fighting"), clips()[1]]
    plain = generate(backend(models["wan"]), items)
    made = backend(models["wan"], negative_prompts={"fighting": "blur"})
    takes = generate(made, items)
    assert not np.array_equal(takes[0].frames, plain[0].frames)
    assert np.array_equal(takes[1].frames, plain[1].frames)
    assert takes[0].provenance["negative_prompt"] == "blur"
    assert "background" not in takes[1].provenance["negative_prompt"]


def test_negative_prompts_go_by_any_name_of_a_category_and_unknown_names_are_told(models, tmp_path):
    write_clips(tmp_path / "d.jsonl", clips())

    def planned(table):
        order = GenerateConfig(
            "diffusion", model=str(models["ltx"]), settings=(f"negative_prompts={json.dumps(table)}",)
        )
        return plan_request(tmp_path / "d.jsonl", order).plan.spec.options["negative_prompts"]

    assert planned({"Fight": "blur"}) == {"fighting": "blur"}
    with pytest.raises(PlanError, match="no category juggling"):
        planned({"juggling": "blur"})
    with pytest.raises(PlanError, match="fighting needs a text"):
        planned({"fighting": 5})


def test_a_scheduler_without_flow_shift_keeps_its_own_unless_one_is_asked_for(models, tmp_path):
    model = shutil.copytree(models["wan"], tmp_path / "plain")
    index = json.loads((model / "model_index.json").read_text())
    (model / "model_index.json").write_text(json.dumps(index | {"scheduler": ["diffusers", "DDIMScheduler"]}))
    (model / "scheduler/scheduler_config.json").write_text('{"_class_name": "DDIMScheduler"}')
    assert spec_for("diffusion", model=model).options["flow_shift"] == 0
    with pytest.raises(PlanError, match="the scheduler of plain has none"):
        spec_for("diffusion", model=model, settings={"flow_shift": 3.0})
    assert spec_for("diffusion", model=models["wan"]).options["flow_shift"] == 3


def test_frame_counts_and_sizes_are_snapped_down_as_each_model_needs(models):
    wan, ltx = read_model_info(models["wan"]), read_model_info(models["ltx"])
    assert [wan.snap_frames(n) for n in (1, 4, 5, 33, 36)] == [1, 1, 5, 33, 33]
    assert [ltx.snap_frames(n) for n in (8, 9, 33, 40)] == [1, 9, 33, 33]
    cogvideox = read_model_info(models["cogvideox"])  # its VAE makes 16 frames, not 13, of four latent ones
    assert [cogvideox.snap_frames(n) for n in (1, 5, 9, 13, 33)] == [1, 1, 9, 9, 33]
    assert (wan.snap_size(480, 832), ltx.snap_size(500, 850)) == ((480, 832), (480, 832))
    assert wan.snap_size(7, 7) == (16, 16)


def test_a_pipeline_that_films_something_else_than_planned_is_told(models, monkeypatch):
    made = backend(models["wan"])
    made.batches.arguments["num_frames"] = 5
    with pytest.raises(GenerationError, match=r"made .* \[1, 5, 3, 64, 64\], not \[1, 9, 3, 64, 64\]"):
        generate(made)


def test_rights_are_told_before_the_first_clip(models, tmp_path, capsys):
    write_clips(tmp_path / "d.jsonl", clips())
    order = (tmp_path / "d.jsonl", "--model", models["wan"], *TINY, "--model-id", "tencent/HunyuanVideo")
    assert svta("generate", *order, "--dry-run", "--out", tmp_path / "c") == 0
    said = capsys.readouterr().err
    assert "excludes European Union" in said
    assert "may not train other models" in said


def test_plan_reckons_hours_price_and_disk(models, tmp_path, capsys):
    write_clips(tmp_path / "d.jsonl", clips())
    order = (tmp_path / "d.jsonl", "--model", models["wan"], *TINY, "--gpu", "a100", "--rate", "360000")
    assert svta("plan", *order, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    reckoned = said["reckoned"]
    assert (reckoned["gpu"], reckoned["forwards_a_clip"]) == ("a100", 4)
    assert reckoned["gpu_hours_low"] <= reckoned["gpu_hours"] <= reckoned["gpu_hours_high"]
    assert said["seconds_a_clip"] > 0  # tiny, so measured too
    assert said["price"] == pytest.approx(100 * said["seconds_a_clip"] * said["clips"], abs=0.01)
    assert svta("plan", *order, "--gpu", "moon") == 2


def test_the_same_model_elsewhere_is_the_same_plan_and_another_is_not(models, tmp_path):
    moved = shutil.copytree(models["wan"], tmp_path / models["wan"].name)
    plans = [make_plan(clips(), spec_for("diffusion", model=model)).digest for model in (models["wan"], moved)]
    assert plans[0] == plans[1]
    weights = moved / "transformer/diffusion_pytorch_model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-5] ^= 1
    weights.write_bytes(data)
    assert fingerprint(moved) != fingerprint(models["wan"])


@pytest.mark.slow
def test_batch_size_auto_is_found_here_and_becomes_part_of_the_plan(models):
    spec = spec_for("diffusion", model=models["ltx"], settings={"batch_size": 0, "steps": 2}, **PLANNED)
    found = find_batch_size(spec)
    assert found.options["batch_size"] in (1, 2, 4, 8, 16, 32)
    assert found.options["steps"] == 2


def test_what_a_trial_found_holds_on_when_the_same_command_goes_on(models, tmp_path, monkeypatch, capsys):
    found = iter([4, 8])
    monkeypatch.setattr(
        "svta.generation.planning.request.find_batch_size",
        lambda spec: replace(spec, options={**spec.options, "batch_size": next(found)}),
    )
    write_clips(tmp_path / "d.jsonl", clips()[:2])
    order = ("generate", tmp_path / "d.jsonl", "--model", models["ltx"], *TINY, "--set", "batch_size=auto")
    order += ("--set", "steps=8", "--cache-config", '{"kind": "mag", "calibrate": true, "threshold": 0.1}')
    assert svta(*order, "--out", tmp_path / "c") == 0
    assert "calibrated" in capsys.readouterr().err
    assert svta(*order, "--out", tmp_path / "c") == 0
    said = capsys.readouterr()
    assert "1 of 1 unit finished before" in said.out
    assert "calibrated" not in said.err
    assert next(found) == 8  # nothing was searched again


def test_a_chat_model_lengthens_what_is_filmed_and_the_caption_stays(models, tmp_path, capsys):
    def reply(message, _):
        caption = message.rpartition("Caption: ")[2]
        if "dog" in caption:
            return 200, "A little girl plays with a ball."  # not the caption any more
        return 200, f"{caption} Filmed by a fixed camera in grey daylight."

    server = ChatServer(reply)
    write_clips(tmp_path / "d.jsonl", clips()[:2])
    order = (tmp_path / "d.jsonl", "--model", models["ltx"], *TINY, "--out", tmp_path / "c")
    with server:
        assert svta("generate", *order, "--extend-prompts", server.url) == 0
    assert "1 prompt extended by test-model, 1 caption kept" in capsys.readouterr().err
    made = [clip for clip, _ in made_in(tmp_path / "c")]
    assert [clip.caption for clip in made] == CAPTIONS[:2]
    assert prompt_of(made[0]) == "A man falls on ice. Filmed by a fixed camera in grey daylight."
    assert prompt_of(made[1]) == CAPTIONS[1]
    assert json.loads(made[0].provenance)["film_prompt_model"] == "test-model"


def test_a_similarity_is_recorded_where_asked_and_is_no_gate(models, tmp_path):
    write_clips(tmp_path / "d.jsonl", clips()[:2])
    order = (tmp_path / "d.jsonl", "--model", models["ltx"], *TINY, "--out", tmp_path / "c")
    assert svta("generate", *order, "--set", "similarity=no.such:thing") == 2
    assert svta("generate", *order[:-1], tmp_path / "d", "--set", f"similarity={__name__}:words_of") == 0
    facts = [json.loads(clip.provenance) for clip, _ in made_in(tmp_path / "d")]
    assert [fact["similarity"] for fact in facts] == [-5.0, -3.0]
    assert facts[0]["similarity_by"].endswith("words_of")
    save_encoder("clip", tmp_path / "my-clip")
    scored = ("--set", f"similarity=encoder:{tmp_path / 'my-clip'}")
    assert svta("generate", *order[:-1], tmp_path / "e", *scored) == 0
    facts = [json.loads(clip.provenance) for clip, _ in made_in(tmp_path / "e")]
    assert {(fact["similarity_by"], fact["similarity_family"]) for fact in facts} == {("encoder:my-clip", "clip")}
    assert all(-1 <= fact["similarity"] <= 1 for fact in facts) and str(tmp_path) not in json.dumps(facts)
    assert svta("generate", *order[:-1], tmp_path / "f", "--set", f"similarity=encoder:{tmp_path / 'none'}") == 2


def words_of(frames, caption):
    """A similarity that is as bad as a caption is long."""
    assert frames.shape == (9, 64, 64, 3)
    return -len(caption.split())


def test_a_longer_prompt_that_must_not_be_filmed_is_not_taken():
    captions = ["A man hits a woman in a room.", "A car hits a little boy."]
    longer = ["A man hits a woman in a classroom before her students.", "A car hits a little boy, a man beats the boy."]

    class Liar:
        model = "liar"

        def ask(self, requests):
            return [ChatAnswer(text, finished=True) for text in longer]

    extended, kept = extend_prompts(clips(captions), Liar())
    assert kept == 2
    assert [prompt_of(clip) for clip in extended] == captions


def test_violence_with_a_minor_is_filmed_by_no_call_from_python_either(models, tmp_path):
    told = json.dumps({"film_prompt": "A man beats a boy."})
    items = clips(["A man beats a boy.", "A dog runs.", "A boy stands.", "A boy runs.", "A man sits."])
    items[2] = items[2].replace(category="abuse")
    items[3] = items[3].replace(category="a category of my own")
    items[4] = items[4].replace(provenance=told)
    made = backend(models["ltx"], batch_size=2)
    takes = generate(made, items)
    assert [take.reason for take in takes] == ["minor_violence", "", "minor_violence", "", "minor_violence"]
    assert same(frames(takes[1:2]), frames(generate(made, [clips()[1]], seeds=[2], positions=[1])))
    row = {"name": "a category of my own", "is_anomaly": False, "definition": "d", "minor_policy": "text_only"}
    own = load_taxonomy().model_dump() | {"categories": [row]}
    (tmp_path / "own.json").write_text(json.dumps(own))
    spec = replace(made.spec, local={**made.spec.local, "taxonomy": str(tmp_path / "own.json")})
    assert [take.reason for take in generate(DiffusionBackend(spec), items[3:4])] == ["minor_violence"]


def test_one_frame_is_a_picture_that_cannot_be_frozen(models, tmp_path):
    write_clips(tmp_path / "d.jsonl", clips()[:2])
    order = ["--backend", "diffusion", "--model", models["ltx"], "--num-frames", "1", "--height", "64", "--width", "64"]
    order += ["--preset", "reference", "--set", "steps=2", "--out", tmp_path / "c"]
    assert svta("generate", tmp_path / "d.jsonl", *order) == 0
    assert [probe(video).num_frames for _, video in made_in(tmp_path / "c")] == [1, 1]


@pytest.mark.parametrize("text", ["", "x" * 2_000, "A woman sits.", "A man falls on ice beside a crying little girl."])
def test_unfaithful_prompts_are_not_filmed(text):
    assert not faithful("A man falls on ice.", text)


def test_a_backend_made_in_python_tells_its_rights_and_refuses_nonsense(models, caplog):
    DiffusionBackend(models["ltx"], **PLANNED)
    assert "licence not known" in caplog.text
    with pytest.raises(ModelError, match="no such folder"):
        DiffusionBackend(Path("/nowhere"))


def test_a_rank_takes_the_gpu_of_its_place_on_the_node(monkeypatch):
    for name in ("LOCAL_RANK", "SLURM_LOCALID"):
        monkeypatch.delenv(name, raising=False)
    assert local_gpu(8) == 0
    monkeypatch.setenv("SLURM_LOCALID", "5")
    assert (local_gpu(8), local_gpu(1)) == (5, 0)  # one GPU a task: it sees its own alone
    monkeypatch.setenv("LOCAL_RANK", "3")
    assert local_gpu(8) == 3


class ModelHandler(Handler):
    """The loopback Hub of datasets, its repos asked for as models."""

    def parse_request(self):
        parsed = super().parse_request()
        plain = self.path.removeprefix("/api/models/")
        if plain != self.path:
            self.path = "/api/datasets/" + plain
        elif not self.path.startswith(("/api", "/datasets")):
            self.path = "/datasets" + self.path
        return parsed


@pytest.mark.nightly
def test_a_model_comes_from_the_hub_by_its_id(models, tmp_path):
    write_clips(tmp_path / "d.jsonl", clips()[:2])
    with reading_hub({"Wan-AI/Wan2.1-tiny": models["wan"]}) as hub:
        hub.RequestHandlerClass = ModelHandler
        places = {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "hf"), "HF_HUB_DISABLE_XET": "1"}
        command = [sys.executable, "-m", "svta", "generate", tmp_path / "d.jsonl", "--out", tmp_path / "c", *TINY]
        path = {"PYTHONPATH": str(Path(svta_package.__file__).parent)}
        done = subprocess.run(
            [*command, "--model", "Wan-AI/Wan2.1-tiny@v1"],
            env=os.environ | places | path,
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stderr
    assert "Wan-AI/Wan2.1-tiny: Apache-2.0 (no limits)" in done.stderr
    facts = [json.loads(clip.provenance) for clip, _ in made_in(tmp_path / "c")]
    assert {(fact["model"], fact["revision"]) for fact in facts} == {("Wan-AI/Wan2.1-tiny", COMMIT)}
