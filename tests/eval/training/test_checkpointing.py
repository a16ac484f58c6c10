"""What a training run leaves: whole files, exact lines, refusals; kill -9, a full disk and a NaN leave it readable."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from squares import Squares, dataset
from training_runs import (  # noqa: F401
    RECIPE,
    SMALL,
    Stopped,
    fit,
    history,
    one_thread,
)

from svta.builder.errors import DatasetError
from svta.builder.io.files import exclusive_lock
from svta.eval.baselines import tiny
from svta.eval.training.checkpointing import MetricsLog, check_same_run, save_model
from svta.eval.training.config import TrainingError
from svta.eval.training.loop import train

ROOT = Path(__file__).resolve().parents[3]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def test_a_finished_run_is_not_trained_again_and_another_is_refused(tmp_path):
    done = fit(tmp_path / "run", identity={"dataset": "one"})
    before = (tmp_path / "run" / "model.safetensors").stat().st_mtime_ns
    (tmp_path / "run" / "trainer.pt").write_bytes(b"left by a run that was killed at its last step")
    assert fit(tmp_path / "run", identity={"dataset": "one"}) == done
    assert not (tmp_path / "run" / "trainer.pt").exists()
    assert (tmp_path / "run" / "model.safetensors").stat().st_mtime_ns == before
    with pytest.raises(TrainingError, match=r"dataset 'one', now 'two'; lr 0\.003, now 0\.1"):
        fit(tmp_path / "run", replace(RECIPE, lr=0.1), identity={"dataset": "two"})
    (tmp_path / "run" / "training.json").write_text("{half a fi")
    with pytest.raises(TrainingError, match=r"training\.json: not JSON"):
        fit(tmp_path / "run", identity={"dataset": "one"})


def test_what_differs_is_told_in_whole():
    asked = {"baseline": "gram", "recipe": {"lr": 0.1, "seed": 0}}
    check_same_run(Path("x"), {**asked, "recipe": {**asked["recipe"]}}, asked)
    with pytest.raises(TrainingError) as told:
        check_same_run(Path("x"), {"baseline": "tiny", "recipe": {"lr": 0.2, "seed": 0}}, asked)
    assert "baseline 'tiny', now 'gram'; lr 0.2, now 0.1" in str(told.value)
    assert "seed" not in str(told.value)


def test_a_damaged_checkpoint_is_told(tmp_path):
    (tmp_path / "run").mkdir()
    for damaged in (b"half a file", b"", b"\x80\x04N."):
        (tmp_path / "run" / "trainer.pt").write_bytes(damaged)
        with pytest.raises(TrainingError, match=r"trainer\.pt: not readable"):
            fit(tmp_path / "run")


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """A run that stopped behind its first measurement."""
    out = tmp_path_factory.mktemp("stopped") / "run"

    def stop(step, total, figures):
        if step == 4:
            raise Stopped

    with pytest.raises(Stopped):
        fit(out, on_step=stop)
    return out


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("step", "3"),
        ("best", [1]),
        ("settings", "[" * 100_000),
        ("settings", "null"),
        ("model", {"a": torch.zeros(2)}),
        ("averaged", {"a": torch.zeros(2)}),
        ("optimiser", {"state": {}, "param_groups": []}),
        ("optimiser", {}),
    ],
)
def test_a_trainer_state_of_another_kind_is_refused(stopped, tmp_path, name, value):
    shutil.copytree(stopped, tmp_path / "run")
    state = torch.load(tmp_path / "run" / "trainer.pt", weights_only=True)
    torch.save({**state, name: value}, tmp_path / "run" / "trainer.pt")
    with pytest.raises(TrainingError, match=r"trainer\.pt: not readable .*; delete it to start again") as error:
        fit(tmp_path / "run")
    assert len(str(error.value).splitlines()) == 1
    before = (stopped / "model.safetensors").read_bytes()
    assert (tmp_path / "run" / "model.safetensors").read_bytes() == before


def test_a_packed_trainer_state_is_refused(tmp_path):
    (tmp_path / "run").mkdir()
    with zipfile.ZipFile(tmp_path / "run" / "trainer.pt", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("archive/data.pkl", bytes(1_000_000))
    with pytest.raises(TrainingError, match="compressed"):
        fit(tmp_path / "run")


@pytest.mark.parametrize("text", ["[" * 100_000, "[]", '{"steps": 3}', '{"steps": "x", "recipe": {}}'])
def test_a_training_json_of_another_kind_is_refused(tmp_path, text):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "training.json").write_text(text)
    with pytest.raises(TrainingError, match=r"training\.json: ") as error:
        fit(tmp_path / "run")
    assert len(str(error.value).splitlines()) == 1


def test_two_runs_never_share_a_folder(tmp_path):
    with exclusive_lock(tmp_path / "run"), pytest.raises(TrainingError, match="another process is at work there"):
        fit(tmp_path / "run")
    assert not (tmp_path / "run").exists()
    refused = []

    def second(step, total, figures):
        if step == 2:
            with pytest.raises(TrainingError, match="another process"):
                fit(tmp_path / "run", replace(RECIPE, seed=1))
            refused.append(sorted(path.name for path in (tmp_path / "run").iterdir()))

    fit(tmp_path / "run", on_step=second)
    assert refused == [["metrics.jsonl"]]
    assert fit(tmp_path / "run").recipe["seed"] == 0  # finished, and of seed 0


def test_going_on_drops_lost_steps_and_half_lines(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 1}\n{"step": 2}\n{"step": 3}\n{"ste')
    log = MetricsLog(path, 2)
    log.write({"step": 3, "loss": 0.1})
    log.close()
    assert path.read_text() == '{"step": 1}\n{"step": 2}\n{"step": 3, "loss": 0.1}\n'


def test_weights_are_as_readable_as_the_files_beside_them(tmp_path):
    fit(tmp_path / "run")
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "run").iterdir()}
    assert modes["model.safetensors"] == modes["metrics.jsonl"], modes


def test_a_failed_save_leaves_the_weights_before(tmp_path):
    class Half:
        def save_pretrained(self, folder):
            (folder / "model.safetensors").write_text("half")
            raise OSError(28, "No space left on device")

    (tmp_path / "model.safetensors").write_text("whole")
    with pytest.raises(OSError, match="No space"):
        save_model(Half(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]
    assert (tmp_path / "model.safetensors").read_text() == "whole"


class Broken(tiny.TinyModel):
    """Its loss is not a number from the fifth step on."""

    steps = 0

    def contrastive_loss(self, similarity):
        self.steps += self.training
        return super().contrastive_loss(similarity) * (float("nan") if self.steps > 4 else 1.0)


class Exploding(tiny.TinyModel):
    """Its loss is fine and its gradient is not."""

    def contrastive_loss(self, similarity):
        return super().contrastive_loss(similarity) + (similarity.sum() * 0.0).sqrt()


def broken(kind):
    store = Squares(range(48))
    model = tiny.new_model(store.captions, SMALL)
    model.__class__ = kind
    return model, store, Squares(range(500, 516))


@pytest.mark.slow
def test_a_loss_that_is_no_number_stops_and_keeps_what_was_saved(tmp_path):
    with pytest.raises(TrainingError, match=r"the loss is nan at step 4 of 9.*lower --lr.*the best weights so far"):
        train(*broken(Broken), RECIPE, tmp_path / "run")
    state = torch.load(tmp_path / "run" / "trainer.pt", weights_only=True)
    assert state["step"] == 3 and all(value.isfinite().all() for value in state["model"].values())
    assert tiny.TinyModel.from_pretrained(tmp_path / "run").tokenize(["a red square"]).shape[0] == 1
    assert len(history(tmp_path / "run")) == 4
    with pytest.raises(TrainingError, match=r"the gradient is (nan|inf) at step 0 of 9.*no weights were kept yet"):
        train(*broken(Exploding), RECIPE, tmp_path / "other")
    with pytest.raises(TrainingError, match="1 clip to train on: at least 2"):
        fit(tmp_path / "one", clips=1)


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_full_disk_is_one_line_and_the_command_goes_on(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    size = 1_600_000  # the weights fit, the trainer's state does not
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no right to mount here")
    try:
        with pytest.raises(DatasetError, match=r"run: No space left on device.*make room; the same command resumes"):
            fit(disk / "run")
        assert tiny.TinyModel.from_pretrained(disk / "run").tokenize(["a red square"]).shape[0] == 1
        assert not [path for path in (disk / "run").iterdir() if path.name.endswith(".part")]
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        fit(disk / "run")
        shutil.copytree(disk / "run", tmp_path / "kept")
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    fit(tmp_path / "whole")
    assert history(tmp_path / "kept") == history(tmp_path / "whole")


@pytest.mark.slow
def test_a_trainer_state_of_version_0_1_0_goes_on(stopped, tmp_path):
    """Its settings stand under the name `asked`."""
    shutil.copytree(stopped, tmp_path / "old")
    state = torch.load(tmp_path / "old" / "trainer.pt", weights_only=True)
    state["asked"] = state.pop("settings")
    torch.save(state, tmp_path / "old" / "trainer.pt")
    steps = []
    fit(tmp_path / "old", on_step=lambda step, total, figures: steps.append(step))
    assert steps[0] == state["step"] + 1 and steps[-1] == 9
    fit(tmp_path / "whole")
    assert history(tmp_path / "old") == history(tmp_path / "whole")


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    return dataset(
        tmp_path_factory.mktemp("squares") / "packed",
        {"train": range(48), "validation": range(100, 124), "test": range(200, 224)},
    )


@pytest.mark.nightly
@pytest.mark.parametrize(
    "baseline", [["tiny"], ["clip4clip", "--head", "tightTransf", "--start", "small", "--num-frames", "2"]]
)
def test_killed_by_kill_9_the_loss_curve_is_the_same_to_the_bit(packed, tmp_path, baseline):
    command = [sys.executable, "-m", "svta", "train", "--data", str(packed), "--threads", "1", "--epochs", "12"]
    command += ["--batch-size", "16", "--precision", "float32", "--baseline", *baseline]
    killed = subprocess.Popen([*command, "--out", str(tmp_path / "killed")], env=ENVIRONMENT, stderr=subprocess.DEVNULL)
    state, lines = tmp_path / "killed" / "trainer.pt", tmp_path / "killed" / "metrics.jsonl"
    saved = 0
    while not saved or len(lines.read_text().splitlines()) <= saved:  # steps behind the checkpoint are lost
        assert killed.poll() is None, "it ended before it was killed"
        time.sleep(0.01)
        if not saved and state.exists():
            saved = torch.load(state, weights_only=True)["step"]
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert 0 < saved < 36 and not (tmp_path / "killed" / "training.json").exists()
    for out in ("killed", "whole"):
        subprocess.run([*command, "--out", str(tmp_path / out)], env=ENVIRONMENT, check=True, capture_output=True)
    assert [line["step"] for line in history(tmp_path / "killed")] == list(range(1, 37))
    assert history(tmp_path / "killed") == history(tmp_path / "whole")
    names = {path.name for path in (tmp_path / "whole").iterdir()} - {"metrics.jsonl", "training.json"}
    assert {"model.safetensors", "config.json", "README.md"} <= names and "trainer.pt" not in names
    for name in names:
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name
