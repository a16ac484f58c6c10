"""trial.py: what two jobs show of a server, among it whether its jobs can be told apart by a mark."""

from __future__ import annotations

import json

import pytest
from video_engine import MODEL, VideoEngine

from svta.generation.video_api import one_job, server
from svta.generation.video_api.dialects import DIALECTS
from svta.generation.video_api.errors import VideoApiError
from svta.generation.video_api.trial import TRIALS, try_servers

pytest.importorskip("openai")

VALUES = {"prompt": "A dog runs.", "model": MODEL, "size": "64x64", "num_frames": 5, "fps": 16, "seed": 3}


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    for module in (one_job, server):
        monkeypatch.setattr(module, "backoff", lambda attempt, retry_after="": 0.01)
    monkeypatch.setattr(one_job, "LATE_SECONDS", 0.01)
    monkeypatch.setattr(one_job, "POLL_SECONDS", (0.01, 0.05))


def tried(engine, folder, **options):
    return try_servers([engine.url], VALUES, {}, memory=folder, **options)[engine.url]


def test_the_second_job_shows_whether_an_engine_repeats_a_mark(tmp_path):
    with VideoEngine() as engine:
        trial = tried(engine, tmp_path)
        assert [body["model"].partition("#")[1] for body in engine.bodies] == ["", "#"]
        assert trial.marks and trial.as_dialect() == DIALECTS["sglang"]
        assert trial.seed == "honoured" and trial.num_frames == 5
        assert tried(engine, tmp_path) == trial and len(engine.jobs) == 2


@pytest.mark.parametrize("case", ["gateway", "another name", "unknown engine", "vllm-omni"])
def test_no_mark_is_sent_where_it_does_no_good(case, tmp_path):
    with VideoEngine("vllm-omni" if case == "vllm-omni" else "sglang") as engine:
        engine.serves = MODEL if case == "gateway" else ""
        engine.repeats_model = case != "another name"
        if case == "unknown engine":
            engine.owner, engine.version = "somebody", ""
        trial = tried(engine, tmp_path)
        assert not trial.marks and not trial.as_dialect().marks
        assert len(engine.jobs) == 2
        sent = [body["model"].partition("#")[1] for body in engine.bodies]
        assert sent == (["", "#"] if case == "another name" else ["", ""])


def test_a_trial_without_a_word_of_marks_is_still_known(tmp_path):
    with VideoEngine() as engine:
        tried(engine, tmp_path)
        stored = json.loads((tmp_path / TRIALS).read_text())
        (trial,) = stored.values()
        del trial["marks"]
        (tmp_path / TRIALS).write_text(json.dumps(stored))
        assert not tried(engine, tmp_path).marks and len(engine.jobs) == 2


def test_other_settings_and_other_fields_are_tried_anew(tmp_path):
    with VideoEngine() as engine:
        for values, own in (({"steps": 4}, {}), ({"steps": 8}, {}), ({"steps": 8}, {"enable_teacache": True})):
            for prompt in ("A dog runs.", "A cat sleeps."):
                try_servers([engine.url], VALUES | values | {"prompt": prompt}, own, memory=tmp_path)
        assert len(engine.jobs) == 3 * 2


def test_a_server_that_fails_costs_the_others_no_second_trial(tmp_path):
    with VideoEngine() as good, VideoEngine() as bad:
        bad.refusal = 404
        with pytest.raises(VideoApiError, match=bad.url):
            try_servers([bad.url, good.url], VALUES, {}, memory=tmp_path)
        bad.refusal = 0
        assert len(try_servers([bad.url, good.url], VALUES, {}, memory=tmp_path)) == 2
        assert len(good.jobs) == len(bad.jobs) == 2


def test_a_model_that_is_not_served_is_told(tmp_path):
    with VideoEngine() as engine:
        engine.serves = "another/model"
        with pytest.raises(VideoApiError, match="The model .* does not exist"):
            tried(engine, tmp_path)
        assert not engine.jobs
