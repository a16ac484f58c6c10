"""`svta eval` with every family of models, official checkpoints, second stages, compiled, cached, killed, in pairs."""

from __future__ import annotations

import json
import os
import signal
import time

import pytest

torch = pytest.importorskip("torch")

from eval_world import PLUGIN, film, model, start, table
from tiny_encoders import FAMILIES, LATE, save_encoder, tokenizer
from tiny_models import CAPTIONS, Fixture, tiny_clip, tiny_tokens

from svta.cli import main
from svta.eval.baselines.kinds import BaselineError
from svta.eval.encoders.registry import load_encoder
from svta.eval.training.factory import make_baseline


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Five videos with the captions the tiny tokenizers know."""
    root = tmp_path_factory.mktemp("models")
    (root / "videos").mkdir()
    for i in range(len(CAPTIONS)):
        (root / "videos" / f"{i}.mp4").write_bytes(film(i, frames=6))
    table(root / "captions.csv", [{"file": f"{i}.mp4", "text": text} for i, text in enumerate(CAPTIONS)])
    (root / "plugin.py").write_text(PLUGIN)
    model(root / "by_hash", "by_hash")
    return root


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """family -> its folder, saved when first asked for."""
    made = {}

    def get(family):
        if family not in made:
            made[family] = tmp_path_factory.mktemp(family)
            save_encoder(family, made[family])
        return str(made[family])

    return get


def evaluate(capsys, world, *more, code=0):
    arguments = ["eval", "--data", str(world / "captions.csv"), "--videos", str(world / "videos"), "--json"]
    capsys.readouterr()  # what saving the models printed
    with pytest.raises(SystemExit) as done:
        main([*arguments, *map(str, more)])
    said = capsys.readouterr()
    assert done.value.code == code, said.err
    return json.loads(said.out) if not code else said.err


@pytest.mark.parametrize("family", [*FAMILIES, *LATE])
def test_every_family(capsys, world, folders, family):
    said = evaluate(capsys, world, "--model", folders(family), "--num-frames", 4, "--zero-shot")
    assert said["gallery"] == 5 and said["num_nan"] == 0 and said["config"]["frames"]["num_frames"] == 4
    assert 1 <= said["t2v"]["MnR"] <= 5 and said["zero_shot"]["categories"] == 98


def test_a_timm_tower_without_its_package_says_what_to_install(capsys, world, tmp_path, folders):
    from transformers.utils import is_timm_available

    if is_timm_available():
        pytest.skip("timm and torchvision are here: the tower would be built")
    import shutil

    shutil.copytree(folders("pe_video"), tmp_path / "pe")
    config = json.loads((tmp_path / "pe" / "config.json").read_text())
    config["video_config"]["vision_config"] = {
        "model_type": "timm_wrapper",
        "architecture": "vit_pe_core_tiny_patch16_384",
    }
    (tmp_path / "pe" / "config.json").write_text(json.dumps(config))
    assert "pip install timm torchvision" in evaluate(capsys, world, "--model", tmp_path / "pe", code=2)


def test_sentence_transformers_with_instructions(capsys, world, tmp_path):
    from tiny_sentence import save_sentence_clip, save_video_reranker, save_video_sentence

    for name, save in (("clip", save_sentence_clip), ("video", save_video_sentence), ("judge", save_video_reranker)):
        save(tmp_path / name)
    plain = evaluate(capsys, world, "--model", tmp_path / "clip")
    other = evaluate(capsys, world, "--model", tmp_path / "clip", "--query-instruction", "a woman waves ")
    assert plain["gallery"] == other["gallery"] == 5
    assert "--trust-remote-code" in evaluate(capsys, world, "--model", tmp_path / "video", code=2)
    judged = ("--rerank", tmp_path / "judge", "--rerank-top", 2, "--trust-remote-code")
    said = evaluate(capsys, world, "--model", tmp_path / "video", *judged)
    assert said["reranked"]["top"] == 2 and 10 <= said["reranked"]["pairs"] <= 20 and not said["reranked"]["num_nan"]
    assert "takes no instruction" in evaluate(
        capsys, world, "--model", world / "by_hash", "--plugin", world / "plugin.py", "--query-instruction", "x", code=2
    )


def test_mteb_models(capsys, world, tmp_path, monkeypatch):
    pytest.importorskip("mteb")
    from mteb.models.model_implementations import MODEL_REGISTRY
    from mteb.models.model_meta import ModelMeta
    from mteb.models.sentence_transformer_wrapper import SentenceTransformerEncoderWrapper
    from tiny_sentence import save_sentence_clip

    save_sentence_clip(tmp_path / "clip")
    told = {
        "name": "mteb/baseline-tiny-clip",
        "revision": "1",
        "modalities": ["text", "image"],
        "framework": ["PyTorch"],
    }

    def loader(name, revision, device=None, **options):
        return SentenceTransformerEncoderWrapper(str(tmp_path / "clip"), device=device)

    meta = ModelMeta.create_empty({**told, "framework": ["PyTorch"]}).model_copy(update={"loader": loader})
    monkeypatch.setitem(MODEL_REGISTRY, "mteb/baseline-tiny-clip", meta)
    said = evaluate(capsys, world, "--model", "mteb:mteb/baseline-tiny-clip")
    alone = evaluate(capsys, world, "--model", tmp_path / "clip")
    assert said["t2v"] == alone["t2v"] and said["v2t"] == alone["v2t"]
    assert "not found in MTEB registry" in evaluate(capsys, world, "--model", "mteb:no/such", code=2)


@pytest.mark.parametrize("head", ["meanP", "seqLSTM", "seqTransf", "tightTransf"])
@pytest.mark.parametrize("kind", ["bin", "safetensors"])
def test_official_clip4clip(capsys, world, tmp_path, head, kind):
    from official_reference import to_official_state_dict
    from safetensors.torch import save_file

    from svta.eval.baselines.official import from_clip

    torch.manual_seed(0)
    tokens = tiny_tokens()
    made = from_clip("clip4clip", tiny_clip(vocab=tokens.vocab_size), head=head, max_frames=4, max_words=12).eval()
    weights = {name: value.contiguous().clone() for name, value in to_official_state_dict(made).items()}
    path = tmp_path / f"pytorch_model.{kind}"
    torch.save(weights, path) if kind == "bin" else save_file(weights, path)
    tokens.save(tmp_path / "words")
    options = ("--baseline", "clip4clip", "--checkpoint", path, "--head", head, "--tokenizer", tmp_path / "words")
    said = evaluate(capsys, world, *options, "--num-frames", 4, "--max-words", 12)
    made.tokens = tokens
    made.save_pretrained(tmp_path / "saved")
    saved = evaluate(capsys, world, "--baseline", "clip4clip", "--checkpoint", tmp_path / "saved", "--head", head)
    assert said["t2v"] == saved["t2v"] and said["v2t"] == saved["v2t"]
    assert evaluate(capsys, world, "--model", tmp_path / "saved")["t2v"] == saved["t2v"]
    wrong = evaluate(capsys, world, "--baseline", "xclip", "--checkpoint", tmp_path / "saved", code=2)
    assert "not xclip" in wrong


def test_official_xclip_tells_its_own_sizes(capsys, world, shared, tmp_path):
    fixture = Fixture(shared, "xclip_seqTransf")
    torch.save({"state_dict": {f"module.{k}": v for k, v in fixture.weights.items()}}, tmp_path / "xclip.pt")
    tokenizer().save_pretrained(tmp_path / "words")
    options = ("--baseline", "xclip", "--checkpoint", tmp_path / "xclip.pt", "--tokenizer", tmp_path / "words")
    said = evaluate(capsys, world, *options)
    assert said["config"]["frames"]["num_frames"] == 6 and said["num_nan"] == 0
    assert "trained on 6 frames" in evaluate(capsys, world, *options, "--num-frames", 12, code=2)


def test_gram_official_saved_and_reranked(capsys, world, tmp_path):
    from transformers import CLIPVisionModel

    from svta.eval.baselines.gram_model import GramConfig, GramModel

    torch.manual_seed(0)
    tokens = tiny_tokens(12)
    text = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
    vision = {**text, "image_size": 32, "patch_size": 16}
    text |= {"vocab_size": tokens.vocab_size, "pad_token_id": 0}
    made = GramModel(
        GramConfig(text_config=text, vision_config=vision, contra_dim=16, max_words=12, max_frames=4)
    ).eval()
    official = {f"multimodal_encoder.{k}" if k.startswith("bert.") else k: v for k, v in made.state_dict().items()
                if not k.startswith("vision.")}  # fmt: skip
    torch.save(official, tmp_path / "gram.pt")
    made.tokens = tokens
    made.save_pretrained(tmp_path / "saved")
    tower = CLIPVisionModel._from_config(made.config.vision_config)
    tower.load_state_dict(made.vision.state_dict())
    tower.save_pretrained(tmp_path / "tower")
    second = ("--rerank", "self", "--rerank-top", 3)
    saved = evaluate(capsys, world, "--baseline", "gram", "--checkpoint", tmp_path / "saved", *second)
    options = ("--baseline", "gram", "--checkpoint", tmp_path / "gram.pt", "--tokenizer", tmp_path / "saved")
    said = evaluate(capsys, world, *options, "--vision", tmp_path / "tower", "--max-words", 12, *second)
    assert said["t2v"] == saved["t2v"] and said["reranked"]["t2v"] == saved["reranked"]["t2v"]
    assert said["reranked"]["kept"]["t2v"] >= said["reranked"]["t2v"]["R@1"]
    assert "--vision DIR" in evaluate(capsys, world, *options, code=2)


def test_a_transformer_over_pairs_reranks_and_is_no_other_than_its_own_square(capsys, world, tmp_path):
    torch.manual_seed(0)
    make_baseline("clip4clip", ["a man falls", "a car burns"], start="small", head="tightTransf").save_pretrained(
        tmp_path / "tight"
    )
    tight = load_encoder(tmp_path / "tight")
    frames = torch.randint(0, 256, (3, tight.num_frames, 3, tight.image_size, tight.image_size), dtype=torch.uint8)
    mask, texts = torch.ones(3, tight.num_frames, dtype=torch.bool), ["a man falls", "a car", "a man burns"]
    square = tight.similarity(tight.encode_text(texts), tight.encode_video(frames, mask))
    torch.testing.assert_close(tight.pair_scores(texts, frames, mask), square.diagonal(), atol=1e-5, rtol=0)
    one = frames[[1, 1, 1]]
    torch.testing.assert_close(tight.pair_scores(texts, one, mask), square[:, 1], atol=1e-5, rtol=0)
    with pytest.raises(BaselineError, match="one to one"):
        tight.pair_scores(texts[:2], frames, mask)
    second = ("--rerank", tmp_path / "tight", "--rerank-top", 3)
    said = evaluate(capsys, world, "--model", tmp_path / "tight", *second)
    assert said["reranked"]["kept"]["t2v"] >= said["reranked"]["t2v"]["R@1"] == said["t2v"]["R@1"]


def test_checkpoints_that_are_none(capsys, world, tmp_path, folders):
    class Dangerous:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path / 'ran'}",)

    torch.save({"clip.x": Dangerous()}, tmp_path / "bad.bin")
    (tmp_path / "noise.bin").write_bytes(b"no checkpoint at all")
    torch.save({"x": torch.ones(2)}, tmp_path / "other.bin")
    for name, says in (
        ("bad.bin", "none of it was executed"),
        ("noise.bin", "checkpoint"),
        ("other.bin", "not an official"),
    ):
        error = evaluate(capsys, world, "--baseline", "clip4clip", "--checkpoint", tmp_path / name, code=2)
        assert says in error and name in error and len(error.strip().splitlines()) == 1, error
    assert not (tmp_path / "ran").exists()
    assert "does not score pairs" in evaluate(
        capsys, world, "--model", folders("clip"), "--rerank", folders("siglip"), code=2
    )
    assert "does not score pairs" in evaluate(capsys, world, "--model", folders("clip"), "--rerank", "self", code=2)


def test_blip_2_reranks_clip(capsys, world, folders):
    said = evaluate(capsys, world, "--model", folders("clip"), "--rerank", folders("blip_2"), "--rerank-top", 5)
    assert said["reranked"]["pairs"] == 25 and said["reranked"]["kept"] == {"t2v": 100.0, "v2t": 100.0}
    assert said["t2v"]["MnR"] != said["reranked"]["t2v"]["MnR"] or said["v2t"] != said["reranked"]["v2t"]


def test_half_precision_and_threads(capsys, world, folders):
    whole = evaluate(capsys, world, "--model", folders("clip"))
    half = evaluate(capsys, world, "--model", folders("clip"), "--dtype", "bfloat16", "--threads", 1)
    assert half["config"]["dtype"] == "bfloat16" and half["gallery"] == whole["gallery"]
    assert "float32, float16 or bfloat16" in evaluate(
        capsys, world, "--model", folders("clip"), "--dtype", "int8", code=2
    )


@pytest.mark.nightly
def test_compiled_layers_give_the_same_figures(capsys, world, folders):
    plain = evaluate(capsys, world, "--model", folders("clip"), "--num-frames", 4)
    compiled = evaluate(capsys, world, "--model", folders("clip"), "--num-frames", 4, "--compile")
    assert compiled["t2v"] == plain["t2v"] and compiled["v2t"] == plain["v2t"]
    from torch._dynamo.utils import counters

    assert counters["stats"]["unique_graphs"] >= 2


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """200 videos: four parts of a cache."""
    root = tmp_path_factory.mktemp("many")
    (root / "videos").mkdir()
    for i in range(200):
        (root / "videos" / f"{i}.mp4").write_bytes(film(i, frames=2))
    table(root / "captions.csv", [{"file": f"{i}.mp4", "text": f"number {i} of many"} for i in range(200)])
    (root / "plugin.py").write_text(PLUGIN)
    model(root / "by_hash", "by_hash")
    return root


def arguments(many, *more):
    paths = ["--data", many / "captions.csv", "--videos", many / "videos", "--model", many / "by_hash"]
    return [str(part) for part in (*paths, "--plugin", many / "plugin.py", "--json", *more)]


@pytest.mark.nightly
def test_a_killed_run_goes_on_from_its_cache(many, tmp_path):
    log, cache = tmp_path / "log", tmp_path / "cache"
    run = start(*arguments(many, "--cache", cache), ENCODER_LOG=str(log), ENCODER_SECONDS="1.5")
    until = time.monotonic() + 60
    while not list(cache.rglob("video-000001.npz")) and time.monotonic() < until:
        time.sleep(0.05)
    os.kill(run.pid, signal.SIGKILL)
    run.communicate()
    kept = len(list(cache.rglob("video-*.npz")))
    assert 2 <= kept < 4 and run.returncode == -signal.SIGKILL
    log.write_text("")
    again = start(*arguments(many, "--cache", cache), ENCODER_LOG=str(log))
    out, error = again.communicate(timeout=100)
    assert again.returncode == 0, error
    assert sum(map(int, log.read_text().split())) == 200 - 64 * kept
    log.unlink()
    third = start(*arguments(many, "--cache", cache), ENCODER_LOG=str(log))
    assert third.communicate(timeout=100)[0] == out and not log.exists()  # nothing was embedded, nothing differs
    plain = start(*arguments(many))
    assert plain.communicate(timeout=100)[0] == out


@pytest.mark.nightly
@pytest.mark.parametrize("cached", [False, True])
def test_two_processes_give_what_one_gives(many, tmp_path, cached):
    more = ["--cache", tmp_path / "cache"] if cached else []
    asked = arguments(many, "--dual-softmax", "--zero-shot", *more)
    log = tmp_path / "log"
    told = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(20_000 + (2 * os.getpid() + cached) % 20_000)}
    told |= {"WORLD_SIZE": "2", "ENCODER_LOG": str(log)}  # as accelerate launch and torchrun tell it
    both = [start(*asked, **told, RANK=rank, LOCAL_RANK=rank) for rank in "01"]
    one = start(*arguments(many, "--dual-softmax", "--zero-shot"))
    alone = one.communicate(timeout=100)[0]
    try:
        answers = [process.communicate(timeout=60) for process in both]
    finally:
        for process in both:
            process.kill()
    assert [process.returncode for process in both] == [0, 0], answers[0][1] + answers[1][1]
    assert json.loads(alone)["gallery"] == 200 and answers[0][0] == alone and answers[1][0] == ""
    assert sum(map(int, log.read_text().split())) == 200  # every clip was embedded once
