"""Trackers: what TensorBoard's file holds after a run that was stopped once; what is not installed is told."""

from __future__ import annotations

import sys

import pytest

torch = pytest.importorskip("torch")

from training_runs import Stopped, fit, history, one_thread  # noqa: F401

from svta.eval.training import trackers as tracking
from svta.eval.training.trackers import TrackerError, check_trackers


def test_unknown_and_absent_trackers_are_told(monkeypatch):
    with pytest.raises(TrackerError, match="trackio, tensorboard, wandb"):
        check_trackers(["mlflow"])
    monkeypatch.setattr(tracking, "find_spec", lambda name: None)
    with pytest.raises(TrackerError, match="tracker wandb is not installed: pip install wandb"):
        check_trackers(["wandb"])
    monkeypatch.undo()
    assert check_trackers([]) == []


def test_tensorboard_holds_every_step_once_over_a_resume(tmp_path, monkeypatch):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    monkeypatch.setattr("svta.eval.training.loop.SAVE_SECONDS", 0.0)

    def stop(step, total, figures):
        if step == 4:
            raise Stopped

    out = tmp_path / "run"
    with pytest.raises(Stopped):
        fit(out, on_step=stop, trackers=["tensorboard", "tensorboard"])
    fit(out, trackers=["tensorboard"])
    events = accumulator.EventAccumulator(str(out / "tensorboard" / "run"))
    events.Reload()
    losses = events.Scalars("train/loss")
    assert [event.step for event in losses] == list(range(1, 10))
    assert [event.value for event in losses] == pytest.approx([line["loss"] for line in history(out)])
    assert [event.step for event in events.Scalars("validation/t2v_R@1")] == [3, 6, 9]
    assert "accelerate" in sys.modules
