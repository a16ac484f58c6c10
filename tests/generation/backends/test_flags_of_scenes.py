"""A minor whom a choreography casts and the caption does not name is flagged in the finished clip."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from svta.builder.record import Clip
from svta.generation.backends.config import GenerateConfig
from svta.generation.backends.postprocess import FinishedClip, postprocess
from svta.generation.backends.registry import loaded_backend
from svta.generation.planning.request import plan_request


@pytest.mark.parametrize(("kind", "flags"), [("girl", ("violence", "depicts_minor")), ("woman", ("violence",))])
def test_a_minor_of_a_choreography_is_flagged(tmp_path: Path, kind: str, flags: tuple[str, ...]) -> None:
    line = {"roles": {"a": "man at .1", "b": f"{kind} at .5"}, "beats": ["a run to .8 @ 0-1", "b crawl to .9 @ 0-1"],
            "places": ["street"], "words": ["man jog!"], "say": ["{a} jogs"]}  # fmt: skip
    (tmp_path / "choreography.json").write_text(json.dumps({"jogging": line}))
    categories = [{"name": "jogging", "is_anomaly": False, "definition": "Runs.", "minor_policy": "film"}]
    (tmp_path / "taxonomy.json").write_text(json.dumps({"name": "t", "version": 1, "categories": categories}))
    clip = Clip(key="a", caption="A man jogs in the street.", category="jogging", flags=("violence",))
    (tmp_path / "d.jsonl").write_text(json.dumps({"caption": clip.caption, "category": "jogging"}) + "\n")
    config = GenerateConfig(
        num_frames=5, height=64, width=96,
        choreography=tmp_path / "choreography.json", taxonomy=tmp_path / "taxonomy.json",
    )  # fmt: skip
    backend = loaded_backend(plan_request(tmp_path / "d.jsonl", config).plan.spec)
    finished = postprocess(clip, next(backend.generate([clip], [3])), backend.spec, backend)
    assert isinstance(finished, FinishedClip) and finished.clip.flags == flags
