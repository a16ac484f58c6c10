"""The training loop: exact resume, selection on validation, the command, several processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from squares import Squares, dataset
from training_runs import RECIPE, SMALL, Stopped, fit, history, one_thread  # noqa: F401

from svta.builder.errors import DatasetError
from svta.cli import main
from svta.eval.baselines import tiny
from svta.eval.metrics.rank_counts import Rows
from svta.eval.training.factory import make_baseline
from svta.eval.training.loop import train
from svta.eval.training.recipes import default_recipe
from svta.eval.training.selection import similarity_matrix, validation_figures
from svta.eval.training.step import Stepper


@pytest.mark.slow
def test_a_stopped_run_goes_on_to_the_same_weights(tmp_path, monkeypatch):
    monkeypatch.setattr("svta.eval.training.loop.SAVE_SECONDS", 0.0)  # save after every step

    def stop_at(stop):
        def on_step(step, total, figures):
            if step == stop:
                raise Stopped

        return on_step

    whole = fit(tmp_path / "whole")
    for stop in (2, 4):  # between the measurements, and right behind one
        with pytest.raises(Stopped):
            fit(tmp_path / "parts", on_step=stop_at(stop))
    parts = fit(tmp_path / "parts")
    for name in ("model.safetensors", "config.json", "vocabulary.json"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "parts" / name).read_bytes()
    assert history(tmp_path / "whole") == history(tmp_path / "parts")
    assert [line["step"] for line in history(tmp_path / "whole")] == list(range(1, 10))
    assert sum("validation_score" in line for line in history(tmp_path / "whole")) == 3
    assert whole.best == parts.best
    assert not (tmp_path / "parts" / "trainer.pt").exists()


@pytest.mark.slow
def test_what_is_kept_was_best_on_validation(tmp_path):
    fit(tmp_path / "run", replace(RECIPE, epochs=6, evaluations=6))
    scores = [line["validation_score"] for line in history(tmp_path / "run") if "validation_score" in line]
    assert len(scores) == 6
    assert json.loads((tmp_path / "run" / "training.json").read_text())["best"]["score"] == max(scores)


def test_what_one_thing_tells_apart_is_in_one_batch_and_other_clips_come_as_they_did():
    plain, paired = Squares(range(48)), Squares(range(48))
    paired.clips = [c.replace(group=f"set {i // 2}", tag="contrast: way") for i, c in enumerate(paired.clips[:32])]
    paired.clips += plain.clips[32:]
    recipe = replace(RECIPE, batch_size=15)  # an odd number: a pair may be parted at its end
    order, pairs = (Stepper(tiny.new_model(s.captions, SMALL), s, recipe) for s in (plain, paired))
    for epoch in range(3):
        expected = np.random.default_rng([recipe.seed, 1, epoch]).permutation(48)
        steps = range(epoch * order.steps_an_epoch, (epoch + 1) * order.steps_an_epoch)
        assert np.concatenate([order._batch(step) for step in steps]).tolist() == expected[:45].tolist()
        batches = [pairs._batch(step).tolist() for step in steps]
        assert len({i for batch in batches for i in batch}) == 45
        for batch in batches:
            alone = [i for i in batch if i < 32 and i ^ 1 not in batch]
            assert len(alone) <= 2 and set(alone) <= {batch[0], batch[-1]}
    first = [np.concatenate([pairs._batch(step) for step in range(e * 3, e * 3 + 3)]).tolist() for e in range(2)]
    assert first[0] != first[1]


def test_equal_captions_are_no_negatives_of_each_other(tmp_path):
    seen = []

    class Watched(tiny.TinyModel):
        def contrastive_loss(self, similarity):
            seen.append(similarity.detach())
            return super().contrastive_loss(similarity)

    store = Squares([0, 24, 1, 2])  # 0 and 24 say the same
    model = tiny.new_model(store.captions, SMALL)
    model.__class__ = Watched
    train(model, store, None, replace(RECIPE, epochs=1, batch_size=4, evaluations=1), tmp_path / "run")
    masked = seen[0] < -1000
    assert masked.sum() == 2 and not masked.diag().any() and torch.equal(masked, masked.T)


@pytest.mark.parametrize(("name", "recipe"), [("clip4clip", "official"), ("xclip", "modern"), ("gram", "modern")])
def test_the_papers_baselines_go_through_the_same_loop(tmp_path, name, recipe):
    from svta.eval.encoders.registry import load_encoder

    store = Squares(range(12), count=2, size=96)
    model = make_baseline(name, store.captions, start="small", num_frames=2)
    plan = replace(default_recipe(name, recipe, 12, "small"), epochs=2, batch_size=6, evaluations=1)
    before = {k: v.clone() for k, v in model.state_dict().items()}
    done = train(model, store, store, plan, tmp_path / "run")
    assert done.steps == 4 and done.best["gallery"] == 12
    changed = {k for k, v in model.state_dict().items() if not torch.equal(v.cpu(), before[k])}
    assert changed
    if recipe == "official":  # the official frozen parts
        assert not any("patch_embedding" in k or "token_embedding" in k for k in changed)
    encoder = load_encoder(tmp_path / "run")
    frames, mask = store.get(range(3))
    assert len(encoder.encode_video(frames, mask)) == len(encoder.encode_text(store.captions[:3])) == 3


@pytest.mark.parametrize("name", ["tiny", "clip4clip", "xclip", "gram"])
def test_fewer_clips_than_a_batch_train_in_one_step_without_a_batch_of_one(tmp_path, name):
    """Three clips in batches of two: a step of the third alone would have no negatives, a loss of 0 and say nothing."""
    store = Squares(range(3), count=2, size=96)
    start = {} if name == "tiny" else {"start": "small"}
    model = make_baseline(name, store.captions, num_frames=2, **start)
    for batch_size, steps in ((2, 1), (8, 1)):
        plan = replace(RECIPE, epochs=1, batch_size=batch_size, evaluations=1)
        done = train(model, store, None, plan, tmp_path / str(batch_size))
        losses = [line["loss"] for line in history(tmp_path / str(batch_size)) if "loss" in line]
        assert done.steps == steps == len(losses)
        assert all(np.isfinite(loss) and loss > 0 for loss in losses)


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    return dataset(
        tmp_path_factory.mktemp("squares") / "packed",
        {"train": range(48), "validation": range(100, 124), "test": range(200, 224)},
    )


def svta_train(packed, out, *more):
    return [sys.executable, "-m", "svta", "train", "--data", str(packed), "--out", str(out), "--threads", "1",
            "--epochs", "12", "--batch-size", "16", "--precision", "float32", *more]  # fmt: skip


@pytest.mark.slow
def test_the_command(packed, tmp_path, capsys):
    with pytest.raises(SystemExit) as done:
        main(svta_train(packed, tmp_path / "run", "--limit", "40", "--json")[3:])
    assert done.value.code == 0
    said = json.loads(capsys.readouterr().out)
    assert said["clips"] == {"train": 40, "validation": 24} and said["recipe"]["epochs"] == 12
    for wrong, says in (
        (["--baseline", "resnet"], "one of tiny"),
        (["--data", str(tmp_path / "nowhere")], "nowhere"),
        (["--baseline", "xclip"], "--start"),
        (["--precision", "float8"], "float8"),
    ):
        with pytest.raises(SystemExit) as done:
            main([*svta_train(packed, tmp_path / "other")[3:], *wrong])
        error = capsys.readouterr().err
        assert done.value.code == 2 and says in error and len(error.strip().splitlines()) == 1


TWO_PROCESSES = """
import sys, json, os, torch
sys.path.insert(0, {tests!r})
torch.set_num_threads(1)
from squares import Squares
from svta.eval.training.factory import make_baseline
from svta.eval.training.recipe import Recipe
from svta.eval.training.loop import train
store = Squares(range(16), count=2, size=96)
curves = {{}}
for name, head in (("clip4clip", "meanP"), ("clip4clip", "tightTransf"), ("xclip", "seqTransf"), ("gram", "meanP")):
    model = make_baseline(name, store.captions, start="small", head=head, num_frames=2)
    curve = curves.setdefault(f"{{name}} {{head}}", [])
    done = train(model, store, None, Recipe(epochs=3, batch_size=8, lr=1e-3, precision="float32"),
          os.path.join({out!r}, name + head),
          on_step=lambda step, total, f: curve.append([f["loss"], f["extra_loss"], f["grad_norm"]]))
    assert done.processes == int(os.environ["WORLD_SIZE"]) and len(curve) == 6
if os.environ.get("RANK", "0") == "0":
    print(json.dumps(curves))
"""


@pytest.mark.nightly
def test_two_processes_give_the_losses_and_gradient_norms_of_one(tmp_path):
    root = Path(__file__).resolve().parents[3]
    environment = {**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"}
    environment |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(20_000 + os.getpid() % 20_000)}
    found = []
    for world in (1, 2):
        script = TWO_PROCESSES.format(tests=str(root / "tests/support"), out=str(tmp_path / f"world{world}"))
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", script],
                env={**environment, "RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(world)},
                stdout=subprocess.PIPE,
            )
            for rank in range(world)
        ]
        outputs = [process.communicate(timeout=300)[0] for process in processes]
        assert all(process.returncode == 0 for process in processes)
        found.append(json.loads(outputs[0].splitlines()[-1]))
    one, two = found
    assert len(one) == 4 and len(one["gram meanP"]) == 6
    for name, curve in one.items():
        for step, (alone, together) in enumerate(zip(curve, two[name], strict=True)):
            assert together[:2] == pytest.approx(alone[:2], abs=1e-4), (name, step)
            assert together[2] == pytest.approx(alone[2], rel=1e-3), (name, step)
    assert all(step[1] > 0 for step in one["gram meanP"])


def test_captions_of_one_video_are_no_negatives_of_each_other():
    """Eight clips of three videos; clips 1 and 6 share a caption of two videos."""
    store = Squares(range(8))
    store.videos = Rows(np.array([0, 1, 3]), np.array([0, 1, 0, 2, 2, 1, 0, 1]))
    store.captions[6] = store.captions[1].upper()
    batch = np.array([6, 0, 3, 1])  # videos 0, 0, 2, 1
    for repeats, expected in ((True, [[1, 1, 0, 1], [1, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 1]]),
                              (False, [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])):  # fmt: skip
        recipe = replace(RECIPE, batch_size=4, mask_repeats=repeats)
        stepper = Stepper(tiny.new_model(store.captions, SMALL), store, recipe)
        assert stepper._same(batch).int().tolist() == expected
        similarity, contrastive, _ = stepper._losses(0, batch)
        masked = similarity.detach() <= -9_999
        assert (masked.int() + torch.eye(4, dtype=torch.int32)).tolist() == expected and torch.isfinite(contrastive)


def test_validation_ranks_a_video_of_several_captions_once(monkeypatch):
    """Six captions of three videos and a model that knows them all: 100 both ways, though six rows share three."""
    store = Squares(range(6))
    store.videos = Rows(np.array([0, 1, 2]), np.array([0, 1, 2, 0, 1, 2]))
    knows = torch.eye(3)[[0, 1, 2, 0, 1, 2]]
    monkeypatch.setattr("svta.eval.training.selection.similarity_matrix", lambda *given: knows)
    found = validation_figures(None, store, torch.device("cpu"))
    assert (found["score"], found["gallery"], found["v2t_MnR"]) == (100, 3, 1)
    model = tiny.new_model(store.captions, SMALL)
    monkeypatch.undo()
    assert similarity_matrix(model, store, torch.device("cpu"), block=2).shape == (6, 3)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_another_model_s_folder_is_not_trained_over(tmp_path, name):
    (tmp_path / name).write_text("weights of somebody else")
    with pytest.raises(DatasetError, match=f"contains {name}, which is not part of any training run"):
        fit(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "weights of somebody else"
