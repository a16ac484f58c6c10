"""The storyboard as a backend: what its faithfulness bar turns away, and what it says of what is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from svta.builder.record import Clip
from svta.generation.backends.config import GenerateConfig
from svta.generation.backends.registry import loaded_backend
from svta.generation.planning.request import plan_request

CAPTIONS = ["A man walks with a wombat.", "A wombat and a zorb.", "A man walks in a park."]
FIDELITY = [2 / 3, 0.0, 1.0]  # shares of what each caption says that are drawn: man and walks of three, none, all


@pytest.mark.parametrize(
    ("bar", "kept"), [(None, [0, 1, 2]), (0.0, [0, 1, 2]), (0.6, [0, 2]), (2 / 3, [0, 2]), (0.7, [2]), (1.0, [2])]
)
def test_what_is_drawn_too_little_is_rejected_with_what_is_missing(
    tmp_path: Path, bar: float | None, kept: list[int]
) -> None:
    path = tmp_path / "descriptions.jsonl"
    path.write_text("".join(json.dumps({"caption": caption}) + "\n" for caption in CAPTIONS))
    config = GenerateConfig(num_frames=5, height=64, width=96, min_fidelity=bar)
    clips = [Clip(key=f"c{i}", caption=caption) for i, caption in enumerate(CAPTIONS)]
    outputs = list(loaded_backend(plan_request(path, config).plan.spec).generate(clips, [1, 2, 3]))
    assert [i for i, output in enumerate(outputs) if output.frames is not None] == kept
    for i, output in enumerate(outputs):
        if i in kept:
            assert not output.reason and output.provenance["fidelity"] == round(FIDELITY[i], 4)
            assert output.provenance.get("undrawn", []) == [["wombat"], ["wombat", "zorb"], []][i]
        else:
            assert output.reason == "low_fidelity" and f"fidelity {FIDELITY[i]:.2f}" in str(output.detail)
            assert "wombat" in str(output.detail)


def test_what_is_refused_when_it_is_drawn_is_counted_before(tmp_path: Path) -> None:
    """The words alone allow it; read as a scene, children shoot at each other."""
    path = tmp_path / "descriptions.jsonl"
    captions = ["Children shoot water at each other in the splash ride.", "A man walks in a park."]
    path.write_text("".join(json.dumps({"caption": caption}) + "\n" for caption in captions))
    made = plan_request(path, GenerateConfig(num_frames=5, height=64, width=96))
    assert made.plan.undrawn["refused"] == 1
    assert "1 more will be refused when they are drawn, each with its reason" in made.notes
    clips = [Clip(key=f"c{i}", caption=caption) for i, caption in enumerate(captions)]
    outputs = list(loaded_backend(made.plan.spec).generate(clips, [1, 2]))
    assert [output.reason for output in outputs] == ["minor_violence", ""]
