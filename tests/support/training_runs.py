"""Small training runs: a recipe, a model, a run and its history."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
import json

import pytest
from squares import Squares

from svta.eval.baselines import tiny
from svta.eval.training.loop import train
from svta.eval.training.recipe import Recipe

SMALL = tiny.TinyConfig(num_frames=4, image_size=32, width=16, embed_dim=32, text_width=32, min_count=1)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


RECIPE = Recipe(epochs=3, batch_size=16, lr=3e-3, ema=0.9, evaluations=3, precision="float32")


def fit(out, recipe=RECIPE, on_step=None, identity=None, clips=48, trackers=()):
    store = Squares(range(clips))
    return train(
        tiny.new_model(store.captions, SMALL),
        store,
        Squares(range(500, 516)),
        recipe,
        out,
        identity=identity,
        trackers=trackers,
        on_step=on_step,
    )


def history(out):
    """metrics.jsonl without its times."""
    lines = (out / "metrics.jsonl").read_text().splitlines()
    return [{k: v for k, v in json.loads(line).items() if k != "seconds"} for line in lines]


class Stopped(Exception):
    pass
