"""families.py and outline.py: every text-to-video class of diffusers films from disk; what needs more is refused."""

from __future__ import annotations

import ast
import inspect
import json
import re
import textwrap

import diffusers
import numpy as np
import pytest
from tiny_cosmos import stand_in_for_cosmos
from tiny_families import FAMILIES, save_family
from tiny_pipelines import PIPELINES, save

from svta.builder.layout.clips_folder import finished_parts, read_part
from svta.builder.record import Clip, write_clips
from svta.builder.video.container import probe
from svta.builder.video.decoder import decode
from svta.cli.app import main
from svta.generation.backends.base import GenerationError
from svta.generation.backends.spec import PlanError
from svta.generation.diffusion.backend import DiffusionBackend
from svta.generation.diffusion.families import FAMILIES as KNOWN
from svta.generation.diffusion.families import FRAME_ARGUMENTS, family_of
from svta.generation.diffusion.model_files import ModelError
from svta.generation.diffusion.model_info import checked_class, pipeline_class, read_model_info

CAPTIONS = ["A man falls on ice.", "Smoke rises.", "A dog runs."]
OPEN = {"min_luma": 0, "min_contrast": 0, "min_motion": 0, "max_still": 0, "min_distance": 0, "max_motion": 0}
OPEN["max_flicker"] = 0
CHEAP = ["helios", "kandinsky5", "hunyuan15", "cosmos25"]
FRAMES = {"helios": 33, "helios_pyramid": 33, "latte": 16, "allegro": 24}


def clips():
    return [Clip(key=f"clip-{i}", caption=caption) for i, caption in enumerate(CAPTIONS)]


def svta(*args):
    with pytest.raises(SystemExit) as done:
        main([str(arg) for arg in args])
    return done.value.code


def some(cheap):
    """Each of the cheap ones among the slow tests, the rest among the nightly ones."""
    kinds = {True: pytest.mark.slow, False: pytest.mark.nightly}
    return [pytest.param(name, marks=kinds[name in cheap]) for name in FAMILIES]


@pytest.mark.parametrize("name", some(CHEAP))
def test_every_family_films_captions_through_the_commands(name, tmp_path, monkeypatch):
    if name.startswith("cosmos"):
        stand_in_for_cosmos(monkeypatch)
    model = save_family(name, tmp_path / name)
    write_clips(tmp_path / "d.jsonl", clips())
    side = 320 if name == "allegro" else 64
    order = ["generate", tmp_path / "d.jsonl", "--backend", "diffusion", "--model", model, "--preset", "reference"]
    order += ["--set", "steps=2", "--set", f"gates={json.dumps(OPEN)}", "--height", side, "--width", side]
    order += ["--num-frames", 9, "--limit", 1 if name == "allegro" else 3]
    alone = family_of(read_model_info(model).pipeline).one_by_one
    if not alone:
        order += ["--set", "batch_size=2"]
    assert svta(*order, "--out", tmp_path / "clips") == 0
    made = [pair for part in finished_parts(tmp_path / "clips") for pair in read_part(part)]
    assert [clip.caption for clip, _ in made] == CAPTIONS[: len(made)]
    films = []
    for clip, video in made:
        info = probe(video)
        assert (info.num_frames, info.height, info.width) == (FRAMES.get(name, 9), side, side)
        assert clip.num_frames == info.num_frames
        assert info.has_audio == (name in ("kandinsky6", "ltx2_condition"))
        assert json.loads(clip.provenance)["pipeline"] == read_model_info(model).pipeline
        films.append(decode(video, size=None, sampling="all")[0])
        for part in (films[-1][-1], films[-1][0], films[-1][:, -side // 8 :], films[-1][:, :, -side // 8 :]):
            assert part.std() > 1  # something in the last frame, the first, at the bottom and at the right
    assert all(not np.array_equal(films[0], film) for film in films[1:])
    if name == "allegro":
        return
    assert svta(*order, "--out", tmp_path / "again") == 0
    again = [video for part in finished_parts(tmp_path / "again") for _, video in read_part(part)]
    assert again == [video for _, video in made]
    if alone:
        assert svta(*order, "--set", "batch_size=2", "--out", tmp_path / "two") == 2


@pytest.mark.parametrize("name", [*PIPELINES, *sorted(FAMILIES.keys() - {"allegro"})])  # 40 s a clip
@pytest.mark.nightly
def test_a_film_hangs_on_no_neighbour(name, tmp_path, monkeypatch):
    if name.startswith("cosmos"):
        stand_in_for_cosmos(monkeypatch)
    model = (save if name in PIPELINES else save_family)(name, tmp_path / name)
    alone = family_of(read_model_info(model).pipeline).one_by_one
    settings = {"steps": 2, "gates": OPEN, "batch_size": 1 if alone else 2}
    made = DiffusionBackend(model, num_frames=9, height=64, width=64, preset="reference", settings=settings)
    whole = [output.resolve().frames for output in made.generate(clips(), [1, 2, 3])]
    (lone,) = [output.resolve().frames for output in made.generate(clips()[1:2], [2], positions=[1])]
    assert np.array_equal(whole[1], lone)
    assert not np.array_equal(whole[0], whole[1])


def test_cosmos_says_what_it_needs_and_its_guardrail_refuses_single_captions(tmp_path, monkeypatch, capsys):
    model = save_cosmos(tmp_path / "cosmos", monkeypatch)
    write_clips(tmp_path / "d.jsonl", [*clips()[:1], Clip(key="fight", caption="Two men fight.")])
    order = ["generate", tmp_path / "d.jsonl", "--backend", "diffusion", "--model", model, "--preset", "reference"]
    order += ["--set", "steps=1", "--set", f"gates={json.dumps(OPEN)}", "--num-frames", 9, "--height", 64]
    order += ["--width", 64, "--out", tmp_path / "c"]
    with monkeypatch.context() as there:
        stand_in_for_cosmos(there)
        assert svta(*order) == 0
    (row,) = [json.loads(line) for line in (tmp_path / "c/rejected.jsonl").read_text().splitlines()]
    assert (row["key"], row["reason"]) == ("fight", "film_failed")
    capsys.readouterr()
    monkeypatch.setattr("svta.generation.diffusion.pipeline.find_spec", lambda name: None)
    monkeypatch.setattr("svta.generation.backends.registry._LOADED", {})
    assert svta(*order[:-1], tmp_path / "d") == 2
    assert "needs torchvision: pip install torchvision" in capsys.readouterr().err


def save_cosmos(folder, monkeypatch):
    with monkeypatch.context() as there:
        stand_in_for_cosmos(there)
        return save_family("cosmos", folder)


def video_classes():
    """Pipelines of diffusers that take a prompt and a number of frames."""
    for name in dir(diffusers):
        if not name.endswith("Pipeline"):
            continue
        taken = inspect.signature(pipeline_class(name).__call__).parameters
        if "prompt" in taken and any(argument in taken for argument in FRAME_ARGUMENTS):
            yield name


@pytest.mark.slow
def test_every_video_class_of_diffusers_is_either_filmed_by_these_tests_or_refused():
    """A new diffusers with a new class fails here: it is to be tried, or refused with a reason."""
    filmed, refused = set(), set()
    for name in video_classes():
        try:
            checked_class(name, name)
            filmed.add(name)
        except ModelError as error:
            assert "text-to-video" in str(error)
            refused.add(name)
    tiny = {type(make()).__name__ for name, make in (PIPELINES | FAMILIES).items() if not name.startswith("cosmos")}
    tiny |= {"CosmosTextToWorldPipeline", "Cosmos2_5_PredictBasePipeline", "Cosmos3OmniPipeline"}
    untried = {"AnimateDiffPAGPipeline", "AnimateDiffSDXLPipeline"}
    assert filmed - tiny == untried
    assert tiny <= filmed
    assert set(KNOWN) <= filmed
    assert {"LTXImageToVideoPipeline", "Cosmos2VideoToWorldPipeline", "I2VGenXLPipeline"} <= refused


def sources():
    """(pipeline class, its row of the table, the source of the class and of its call) of every supported class."""
    for name in sorted(KNOWN):
        cls = pipeline_class(name)
        yield cls, KNOWN[name], inspect.getsource(cls), inspect.getsource(cls.__call__)


def returned_embeddings(cls):
    """Names of what encode_prompt returns, in order, if the call takes all of them; else ()."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls.encode_prompt)))
    returned = [node.value for node in ast.walk(tree) if isinstance(node, ast.Return) and node.value is not None]
    parts = returned[-1].elts if returned and isinstance(returned[-1], ast.Tuple) else []
    names = tuple(part.id for part in parts if isinstance(part, ast.Name))
    taken = inspect.signature(cls.__call__).parameters
    return names if names and len(names) == len(parts) and all(name in taken for name in names) else ()


NOT_AHEAD = {  # their prompts are given with every call, though some could be embedded before
    "CosmosTextToWorldPipeline",
    "Cosmos2_5_PredictBasePipeline",
    "Cosmos3OmniPipeline",
    "Kandinsky5T2VPipeline",
    "Kandinsky6TI2VAPipeline",
    "EasyAnimatePipeline",
    "LattePipeline",
}


@pytest.mark.slow
def test_the_table_of_families_is_what_the_installed_diffusers_does():
    """Each column, read off the source of diffusers: a new version that changes a class fails here, not in a run."""
    checked = set()
    for cls, row, source, call in sources():
        name, taken = cls.__name__, inspect.signature(cls.__call__).parameters
        stated = [int(number) for number in re.findall(r"height % (\d+)", source)]
        assert row.size_multiple == max(stated, default=2), name
        assert row.casts_latents == ("self.vae.dtype" in call), name
        assert row.embeddings == (() if name in NOT_AHEAD else returned_embeddings(cls)), name
        assert row.guidance == "" or row.guidance in taken, name
        assert row.guidance or "guider" in inspect.signature(cls.__init__).parameters, name
        assert all(argument in taken for argument in row.extra), name
        checked.add(name)
    assert checked == set(KNOWN) and len(checked) == 30


def test_a_class_of_a_newer_diffusers_gets_the_careful_defaults():
    row = family_of("PipelineOfNextYear")
    assert (row.embeddings, row.size_multiple, row.casts_latents, row.fps) == ((), 32, False, 16.0)


def test_frames_and_sizes_that_only_some_models_make(tmp_path, monkeypatch):
    stand_in_for_cosmos(monkeypatch)
    outline = {name: read_model_info(save_family(name, tmp_path / name)) for name in ("allegro", "helios", "latte")}
    outline["far"] = read_model_info(save_family("anyflow_far", tmp_path / "far"))
    outline["pyramid"] = read_model_info(save_family("helios_pyramid", tmp_path / "pyramid"))
    assert [outline["allegro"].snap_frames(n) for n in (9, 24, 33, 40, 88)] == [24, 24, 24, 40, 88]
    assert outline["allegro"].snap_size(480, 832) == (320, 800)
    assert outline["allegro"].snap_size(720, 1280) == (720, 1280)  # what it was trained on
    assert [outline["helios"].snap_frames(n) for n in (9, 33, 64, 65, 66, 99, 165)] == [33, 33, 33, 65, 65, 97, 165]
    assert [outline["latte"].snap_frames(n) for n in (9, 33)] == [16, 16]
    assert outline["far"].snap_frames(33) == 9
    assert outline["pyramid"].snap_size(100, 130) == (64, 128)
    assert outline["pyramid"].steps == 10
    guided = read_model_info(save_family("hunyuan15", tmp_path / "hunyuan15"))
    assert guided.guidance_scale == 6.0


def test_a_model_whose_noise_no_seed_decides_is_told_in_batches_and_repeats_itself_alone(tmp_path):
    """Schedulers that draw their own noise would tie a clip to its neighbours."""
    model = save("ltx", tmp_path / "ltx")
    config = json.loads((model / "scheduler/scheduler_config.json").read_text())
    (model / "scheduler/scheduler_config.json").write_text(json.dumps(config | {"stochastic_sampling": True}))

    def film(batch_size):
        settings = {"steps": 3, "gates": OPEN, "batch_size": batch_size}
        made = DiffusionBackend(model, num_frames=9, height=64, width=64, preset="reference", settings=settings)
        return [output.resolve().frames for output in made.generate(clips()[:2], [1, 2])]

    with pytest.raises(GenerationError, match="depend on its neighbours"):
        film(2)
    for one, other in zip(film(1), film(1)):
        assert np.array_equal(one, other)


def test_one_prompt_a_call_models_take_no_larger_batch(tmp_path):
    model = save_family("wan_vace", tmp_path / "vace")
    with pytest.raises(PlanError, match="generates one clip per call"):
        DiffusionBackend(model, settings={"batch_size": 2}, num_frames=9, height=64, width=64, preset="reference")
