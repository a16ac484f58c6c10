"""caches.py, acceleration.py, choices.py: what is skipped is counted, what has no effect is refused."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from tiny_families import save_family
from tiny_pipelines import save

import svta as svta_package
from svta.builder.record import Clip
from svta.generation.backends.base import GenerationError
from svta.generation.backends.quality import GateError
from svta.generation.backends.registry import spec_for
from svta.generation.backends.spec import PlanError
from svta.generation.diffusion.backend import DiffusionBackend
from svta.generation.diffusion.model_info import read_model_info
from svta.generation.diffusion.settings import PRESETS, parse, resolve
from svta.generation.diffusion.step_cache import check_skips, enable_cache
from svta.generation.diffusion.step_schedules import checkpoints, known_checkpoint, mag_steps, tea_steps, timesteps_of
from svta.generation.planning.cost import estimate, forwards_a_clip
from svta.generation.planning.measure import calibrate
from svta.generation.planning.plan import make_plan

CLIPS = [Clip(key=f"k{i}", caption=caption) for i, caption in enumerate(("a man falls", "a dog runs"))]
SMALL = {"num_frames": 9, "height": 64, "width": 64, "preset": "reference"}
MAG = {"kind": "mag", "mag_ratios": [1.01, 0.99, 1.0, 0.98, 1.0, 1.02, 1.0, 0.99, 1.0, 1.0], "threshold": 0.03}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return {name: save(name, folder / name) for name in ("wan", "ltx", "cogvideox")}


def backend(model, cache=None, **settings):
    config = None if cache is None else cache if isinstance(cache, str) else json.dumps(cache)
    return DiffusionBackend(model, cache_config=config, settings={"steps": 10, **settings}, **SMALL)


def film(made, seeds=(1, 2)):
    return [output.resolve() for output in made.generate(CLIPS, seeds)]


def test_a_mag_schedule_protects_the_first_steps_and_never_skips_too_many_in_a_row():
    ratios = checkpoints()[0]["mag_ratios"]
    computed = mag_steps(ratios, 50, threshold=0.12, max_skip_steps=4, retention_ratio=0.2)
    assert sum(computed) == 21
    assert all(computed[:10])
    assert "0" * 5 not in "".join("1" if c else "0" for c in computed)
    assert all(mag_steps(ratios, 6, threshold=9, max_skip_steps=9, retention_ratio=0)[:5])


def test_a_tea_schedule_by_hand():
    embeddings = [torch.full((4,), value) for value in (1.0, 1.1, 1.2, 1.2, 2.4, 2.4)]
    computed = tea_steps(embeddings, coefficients=[1.0, 0.0], threshold=0.2, first=1, last=1)
    assert computed == [True, False, False, False, True, True]  # .1 + .091 + 0 stay below .2, then 1.0; the last always


@pytest.mark.slow
def test_our_static_schedule_is_diffusers_magcache_bit_for_bit(models):
    """Ratios 0 and 1 through MagCacheConfig give what MagCache itself gives with the real ratios."""
    from diffusers import MagCacheConfig

    ours = backend(models["wan"], {**MAG, "max_skip_steps": 2, "retention_ratio": 0.5})
    theirs = backend(models["wan"])
    config = MagCacheConfig(0.03, 2, 0.5, 10, mag_ratios=torch.tensor(MAG["mag_ratios"]))
    theirs.pipe.transformer.enable_cache(config)
    plain = film(backend(models["wan"]))
    assert ours.batches.computed.count(False) >= 2
    for one, other, computed_all in zip(film(ours), film(theirs), plain):
        assert (one.frames == other.frames).all()
        assert (one.frames != computed_all.frames).any()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["wan", "ltx", "cogvideox"])
def test_skipped_forwards_are_counted_and_are_those_planned(models, name):
    made = backend(models[name], MAG)
    takes = film(made)
    skipped = made.batches.computed.count(False)
    a_step = 2 if name == "wan" else 1  # Wan calls its transformer once for each side of the guidance
    assert skipped >= 3
    for take in takes:
        assert take.provenance["forwards"] == 10 * a_step
        assert take.provenance["skipped_forwards"] == skipped * a_step
    assert made.recorded["steps_computed"].count("0") == skipped


def test_teacache_on_wan_is_a_schedule_known_before_filming(models):
    cache = {"kind": "teacache", "coefficients": [1.0, 0.0], "threshold": 0.3, "first": 3}
    made = backend(models["wan"], cache)
    before = list(made.batches.computed)
    take = film(made)[0]
    assert before.count(False) == take.provenance["skipped_forwards"] / 2 > 0
    with pytest.raises(PlanError, match="no time embedding"):
        backend(models["ltx"], cache)


def test_first_block_cache_skips_by_what_it_sees(models):
    takes = film(backend(models["wan"], {"kind": "first_block", "threshold": 0.9}))
    assert takes[0].provenance["skipped_forwards"] > 5
    with pytest.raises(PlanError, match="depend on its neighbours"):
        backend(models["wan"], "first_block", batch_size=2)


def test_any_other_cache_of_diffusers_by_its_name(models):
    pyramid = {
        "kind": "PyramidAttentionBroadcastConfig",
        "spatial_attention_block_skip_range": 2,
        "spatial_attention_timestep_skip_range": [10, 990],
    }
    assert film(backend(models["wan"], pyramid))[0].provenance["skipped_forwards"] > 3


@pytest.mark.parametrize(
    ("name", "cache", "says"),
    [
        ("cogvideox", {"kind": "SeaCacheConfig"}, "skipped nothing in 10 forwards"),
        ("ltx", {"kind": "SeaCacheConfig"}, "skipped nothing in 10 forwards"),
        ("wan", {"kind": "TaylorSeerCacheConfig"}, "found nothing to cache"),
        ("wan", "mag", "give its mag_ratios"),
        ("wan", {"kind": "mag", "mag_ratios": [1.0], "treshold": 1}, "treshold"),
        ("wan", {"kind": "moon"}, "kind moon: mag, teacache"),
        ("wan", {"threshold": 1}, "`kind` is needed"),
    ],
)
def test_caches_without_effect_and_wrong_ones_are_refused_in_one_line(models, name, cache, says):
    with pytest.raises((PlanError, GenerationError), match=says) as error:
        film(backend(models[name], cache))
    assert "\n" not in str(error.value)


def test_taylorseer_skips_in_its_lite_mode(models):
    takes = film(backend(models["ltx"], {"kind": "TaylorSeerCacheConfig", "use_lite_mode": True}))
    assert takes[0].provenance["skipped_forwards"] > 2


def test_a_cache_that_breaks_the_model_is_told_as_such_and_no_clip_is_blamed(models, tmp_path):
    faster = {"kind": "FasterCacheConfig", "spatial_attention_block_skip_range": 2}
    faster |= {"spatial_attention_timestep_skip_range": [-1, 901], "unconditional_batch_skip_range": 2}
    with pytest.raises(GenerationError, match=r"fails on every caption .*; cache FasterCacheConfig may not fit it"):
        film(backend(models["wan"], faster))
    kandinsky = save_family("kandinsky5", tmp_path / "kandinsky5")
    with pytest.raises(GenerationError, match="cache first_block may not fit it"):
        film(backend(kandinsky, "first_block"))
    outline = read_model_info(kandinsky)
    assert resolve(outline, "balanced", {}, height=64, width=64).cache == {}  # so it is no default there


@pytest.mark.slow
def test_both_transformers_of_wan_2_2_are_cached_each_on_its_own_steps(tmp_path):
    model = save("wan", tmp_path / "wan22", both_stages=True)
    made = backend(model, MAG)
    take = film(made)[0]
    assert set(made.batches.counter.called) == {
        f"{name}.blocks.{i}" for name in ("transformer", "transformer_2") for i in range(3)
    }
    assert take.provenance["skipped_forwards"] == 2 * made.batches.computed.count(False) > 0


def test_each_denoiser_computes_its_first_step(tmp_path):
    """Ratios of 1 compute steps 0 to 4 and 9; the second denoiser begins at 7 and has nothing to reuse yet."""
    pipe = backend(save("wan", tmp_path / "wan22", both_stages=True)).pipe
    times = timesteps_of(pipe, 10)
    pipe.register_to_config(boundary_ratio=float(times[6:8].float().mean()) / pipe.scheduler.config.num_train_timesteps)
    computed = enable_cache(pipe, {"kind": "mag", "mag_ratios": [1.0] * 10}, 10)
    assert [step for step, flag in enumerate(computed) if flag] == [0, 1, 2, 3, 4, 7, 9]


@pytest.mark.slow
def test_a_call_that_broke_off_leaves_no_residuals_for_the_next_clip(models):
    made = backend(models["wan"], MAG)
    want = film(made)
    calls = iter(range(100))

    def stop(*_):
        if next(calls) == 13:
            raise RuntimeError("power cut")

    handle = made.pipe.transformer.register_forward_pre_hook(stop)
    assert film(made)[0].reason == "film_failed"
    handle.remove()
    assert [(a.frames == b.frames).all() for a, b in zip(film(made), want)] == [True, True]


@pytest.mark.slow
def test_compile_reaches_the_blocks_below_a_cache(models):
    """diffusers' compile_repeated_blocks compiles nothing under its own MagCache; ours must run its graphs."""
    import torch._dynamo
    from torch._dynamo.utils import counters

    plain = film(backend(models["wan"], MAG))
    torch._dynamo.reset()
    counters.clear()
    made = backend(models["wan"], MAG, compile="eager")
    compiled = film(made)
    assert counters["stats"]["unique_graphs"] > 0
    assert made.recorded["compile"] == "eager"
    assert all((a.frames == b.frames).all() for a, b in zip(plain, compiled))
    torch._dynamo.reset()
    with pytest.raises(PlanError, match=r"compile moon: off, or one of .*inductor"):
        backend(models["wan"], compile="moon")
    with pytest.raises(PlanError, match="lists no repeated blocks"):
        backend(models["cogvideox"], compile="eager")


@pytest.mark.nightly
@pytest.mark.skipif(shutil.which("g++") is None, reason="inductor needs a C++ compiler")
def test_inductor_compiles_on_a_cpu_and_says_so_where_it_cannot(models, tmp_path):
    import torch._dynamo

    plain = film(backend(models["wan"], MAG))
    torch._dynamo.reset()
    made = backend(models["wan"], MAG, compile="inductor")
    for one, other in zip(film(made), plain):
        assert abs(one.frames.astype(int) - other.frames).max() <= 2
    assert made.recorded["compile"] == "inductor"
    torch._dynamo.reset()
    paths = {"CXX": "/nowhere/g++", "TORCHINDUCTOR_CACHE_DIR": str(tmp_path), "TORCHINDUCTOR_FORCE_DISABLE_CACHES": "1"}
    script = (
        "import sys\nfrom svta.builder.record import Clip\n"
        "from svta.generation.diffusion.backend import DiffusionBackend as D\n"
        "b = D(sys.argv[1], settings={'steps': 2, 'compile': 'inductor'}, num_frames=9, height=64, width=64,"
        " preset='reference')\n"
        "list(b.generate([Clip(key='a', caption='a dog')], [1]))"
    )
    where = os.environ | paths | {"PYTHONPATH": str(Path(svta_package.__file__).parent)}
    command = [sys.executable, "-c", script, models["wan"]]
    done = subprocess.run(command, env=where, capture_output=True, text=True)
    assert "GenerationError: wan: fails on every caption" in done.stderr
    assert "try --set compile=off" in done.stderr


@pytest.mark.slow
def test_layerwise_fp8_holds_the_weights_as_float8_and_films(models):
    made = backend(models["wan"], fp8="layerwise")
    kinds = {p.dtype for p in made.pipe.transformer.parameters()}
    assert torch.float8_e4m3fn in kinds
    takes, plain = film(made), film(backend(models["wan"]))
    assert takes[0].frames.shape == (9, 64, 64, 3)
    assert (takes[0].frames != plain[0].frames).any()
    assert made.recorded["fp8"] == "layerwise"


def test_layerwise_fp8_and_a_cache_together(models):
    made = backend(models["wan"], MAG, fp8="layerwise")
    assert film(made)[0].provenance["skipped_forwards"] == 2 * made.batches.computed.count(False)


def test_a_plan_for_a_gpu_says_so_where_none_is(models):
    if torch.cuda.is_available():
        pytest.skip("a GPU is here")
    with pytest.raises(PlanError, match="none is here"):
        backend(models["wan"], device="cuda")


def test_dynamic_fp8_says_which_gpu_it_needs(models):
    if torch.cuda.is_available() and torch.cuda.get_device_capability() >= (8, 9):
        pytest.skip("a GPU of 8.9 or newer is here")
    with pytest.raises(PlanError, match=r"compute capability 8.9"):
        backend(models["wan"], fp8="dynamic")


def test_vae_tiling_and_attention_are_set_or_refused(models):
    made = backend(models["wan"], vae_tiling=True, vae_slicing=True, attention="native")
    assert made.pipe.vae.use_tiling
    assert made.recorded["attention"] == "native"
    assert film(made)[0].frames is not None
    with pytest.raises(PlanError, match="attention moonlight"):
        backend(models["wan"], attention="moonlight")


def test_presets_on_the_true_shape_of_wan_1_3b(tmp_path, models):
    model = shutil.copytree(models["wan"], tmp_path / "Wan2.1-T2V-1.3B")
    config = json.loads((model / "transformer/config.json").read_text())
    config |= {"num_attention_heads": 12, "attention_head_dim": 128, "num_layers": 30, "ffn_dim": 8960, "freq_dim": 256}
    (model / "transformer/config.json").write_text(json.dumps(config | {"text_dim": 4096}))
    outline = read_model_info(model)
    assert 1.3e9 < outline.parameters["transformer"] < 1.5e9
    assert outline.tokens(33, 480, 832) == 14_040
    assert 7.0e15 < 100 * outline.forward_flops(33, 480, 832) < 7.8e15  # notes/generation.md: 7.29 PFLOP a clip
    assert known_checkpoint(outline.pipeline, outline.denoisers)["name"] == "wan2.1-t2v-1.3b"
    forwards = {}
    for preset in ("reference", "balanced", "fast"):
        choices = resolve(outline, preset, {"device": "cpu"}, height=480, width=832)
        forwards[preset] = forwards_a_clip(choices, outline)
        assert (choices.steps, choices.guidance_scale, choices.flow_shift) == (50, 5.0, 3.0)
    assert forwards == {"reference": 100, "balanced": 42, "fast": 36}
    assert resolve(outline, "balanced", {}, height=720, width=1280).flow_shift == 5.0
    plan = make_plan(CLIPS, spec_for("diffusion", model=model, num_frames=33, height=480, width=832))
    assert 2.6e9 < estimate(plan, outline).weights_bytes < 3e9  # bfloat16 on the GPU that is reckoned with
    with pytest.raises(PlanError, match="few-step checkpoint"):
        resolve(outline, "distilled", {}, height=480, width=832)
    few = resolve(outline, "distilled", {"lora": "owner/lightx2v"}, height=480, width=832)
    assert (forwards_a_clip(few, outline), few.cache) == (4, {})


def test_balanced_finds_a_cache_for_other_models_and_none_where_diffusers_has_none(tmp_path, models):
    def cache(model):
        return resolve(read_model_info(model), "balanced", {}, height=64, width=64).cache

    assert cache(models["ltx"])["kind"] == "first_block"
    assert cache(save("sana_video", tmp_path / "sana")) == {}
    assert cache(save("ltx2", tmp_path / "ltx2")) == {}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"mag_ratios": "abc"}, "mag_ratios: a list of numbers"),
        ({"mag_ratios": [1.0, "x"]}, "mag_ratios: a list of numbers"),
        ({"threshold": "x"}, "threshold: a number"),
    ],
)
def test_a_cache_of_words_says_what_is_needed(more, says, models):
    with pytest.raises(PlanError, match=says):
        backend(models["ltx"], {**MAG, **more})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("steps=many", "a whole number"),
        ("stepz=3", "one of steps"),
        ("steps", "NAME=VALUE"),
        ("vae_tiling=perhaps", "true or false"),
        ("gates=[1]", "a JSON object"),
        ("negative_prompts=missing.json", "a JSON object"),
    ],
)
def test_settings_that_are_none_say_what_is_needed(text, says):
    with pytest.raises(PlanError, match=says):
        parse([text])


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"steps": 0}, "steps 0"),
        ({"dtype": "float16"}, "makes noise"),
        ({"dtype": "int3"}, "dtype int3"),
        ({"device": "moon"}, "device moon"),
        ({"batch_size": 1000}, "batch_size 1000"),
        ({"attempts": 0}, "attempts 0"),
    ],
)
def test_values_out_of_range_are_refused(models, settings, says):
    with pytest.raises(PlanError, match=says):
        backend(models["wan"], **settings)
    with pytest.raises(GateError):
        backend(models["wan"], gates={"min_lumo": 1})
    with pytest.raises(PlanError, match=", ".join(PRESETS)):
        resolve(read_model_info(models["wan"]), "best", {}, height=64, width=64)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "stages"), [("ltx", False), ("cogvideox", False), ("wan", True)])
def test_magcache_is_calibrated_here_for_models_nobody_measured(name, stages, models, tmp_path):
    """What one plain clip shows: the ratios diffusers' own calibration prints."""
    model = save("wan", tmp_path / "wan22", both_stages=True) if stages else models[name]
    spec = spec_for("diffusion", model=model, cache_config="calibrate", settings={"steps": 10}, **SMALL)
    cache = calibrate(spec).options["cache"]
    ratios = cache["mag_ratios"]
    assert len(ratios) == 10
    assert ratios[0] == 1.0
    assert all(0 < ratio < 5 for ratio in ratios)
    assert len(set(ratios)) > 3
    takes = film(backend(model, {**cache, "threshold": 0.5}))
    assert takes[0].provenance["skipped_forwards"] > 0


@pytest.mark.parametrize(("skipped", "said"), [(50.0, None), (51.0, None), (52.0, "skipped 52 of 100"), (20.0, "50%")])
def test_a_static_cache_that_skips_another_share_than_planned_is_an_error(skipped, said):
    """Every second of 100 forwards is planned to be skipped; 1 % more or less is rounding."""
    counter, computed = SimpleNamespace(forwards=100, skipped=skipped), [True, False] * 5
    with pytest.raises(GenerationError, match=said) if said else nullcontext():
        check_skips(counter, MAG, computed, first=False)
