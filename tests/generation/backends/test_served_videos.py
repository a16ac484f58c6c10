"""endpoint.py: what a server is asked for, and which of its frames become the clip's."""

from __future__ import annotations

import numpy as np
import pytest

from svta.builder.video.encoder import encode
from svta.generation.backends.config import GenerateConfig
from svta.generation.backends.endpoint import Endpoint, _as_served, planned_frames, request_values, settings_of
from svta.generation.backends.spec import PlanError
from svta.generation.video_api.trial import Trial


def spec_of(*settings, **sizes):
    wanted = {"num_frames": 33, "height": 64, "width": 96, "fps": 16.0} | sizes
    config = GenerateConfig("endpoint", "own/model", settings=settings, endpoint="http://gpu:80", **wanted)
    return Endpoint.plan_spec(config)


def trial(num_frames, width, height, fps):
    return Trial("sglang", (), "sglang", "", num_frames, width, height, fps, "honoured", 1.0, 1)


def served(spec, *shape):
    return _as_served(spec, settings_of(spec), [trial(*shape)])


def asked(spec):
    return request_values(spec, settings_of(spec))


def test_frames_are_chosen_by_their_time():
    greys = np.arange(81) * 3
    video = encode(np.repeat(greys, 64 * 96 * 3).astype(np.uint8).reshape(81, 64, 96, 3), fps=30, crf=1)
    frames = planned_frames(video, 30.0, spec_of(num_frames=43))
    wanted = [int(i * 30 / 16) for i in range(43)]  # 0, 1, 3, 5, 7 ... 78
    assert wanted[-1] == 78
    assert np.abs(frames.mean(axis=(1, 2, 3)) - greys[wanted]).max() < 1.5  # 3 from one frame to the next
    same = planned_frames(video, 16.0, spec_of(num_frames=81))
    assert np.abs(same.mean(axis=(1, 2, 3)) - greys).max() < 1.5
    longer = planned_frames(video, 16.0, spec_of(num_frames=83))  # its last frame stays
    assert np.abs(longer[-3:].mean(axis=(1, 2, 3)) - greys[-1]).max() < 1.5


@pytest.mark.parametrize("size", [(128, 192), (96, 96), (64, 160)])
def test_a_video_of_another_shape_fills_the_clip_around_its_centre(size):
    height, width = size
    picture = np.full((3, height, width, 3), 40, np.uint8)
    picture[:, height // 2 - 16 : height // 2 + 16, width // 2 - 16 : width // 2 + 16] = 220
    frames = planned_frames(encode(picture, fps=16, crf=1), 16.0, spec_of(num_frames=3))
    assert frames.shape == (3, 64, 96, 3)
    bright = frames[1, ..., 0] > 130
    rows, columns = np.flatnonzero(bright.any(axis=1)), np.flatnonzero(bright.any(axis=0))
    scale = max(64 / height, 96 / width)
    assert abs(rows.mean() - 31.5) < 1 and abs(columns.mean() - 47.5) < 1
    assert abs(len(rows) - 32 * scale) <= 2 and abs(len(columns) - 32 * scale) <= 2
    assert frames[1, 0, 0, 0] < 60 and frames[1, -1, -1, 0] < 60  # filled to its corners


def test_a_plan_takes_what_the_server_makes():
    spec = served(spec_of(), 33, 97, 65, 16.0)
    assert (spec.num_frames, spec.width, spec.height) == (33, 96, 64)  # an odd row and column are left out
    assert spec.options["served"] == {"num_frames": 33, "width": 97, "height": 65, "fps": 16.0}
    assert asked(spec)["size"] == "96x64" and asked(spec)["num_frames"] == 33
    spec = served(spec_of(width=100), 29, 96, 64, 16.0)
    assert (spec.num_frames, spec.width) == (29, 96)
    assert (asked(spec)["size"], asked(spec)["num_frames"]) == ("100x64", 33)  # asked for again as it was wanted
    spec = served(spec_of("size=1280x720"), 81, 1280, 720, 30.0)
    assert (spec.num_frames, spec.width, spec.height) == (33, 96, 64)
    assert asked(spec)["size"] == "1280x720"


@pytest.mark.parametrize(("num_frames", "fps", "most"), [(81, 30.0, 43), (31, 30.0, 17), (33, 16.0, 33), (17, 8.0, 33)])
def test_no_more_frames_are_planned_than_the_server_s_video_lasts(num_frames, fps, most):
    assert served(spec_of(num_frames=200), num_frames, 96, 64, fps).num_frames == most


def test_servers_have_to_make_the_same():
    spec = spec_of()
    trials = [trial(33, 96, 64, 16.0), trial(33, 96, 64, 16.0001)]
    assert _as_served(spec, settings_of(spec), trials).num_frames == 33
    with pytest.raises(PlanError, match="33 frames of 96x64 at 16 a second and 33 frames of 96x64 at 24 a second"):
        _as_served(spec, settings_of(spec), [trials[0], trial(33, 96, 64, 24.0)])


@pytest.mark.parametrize(
    ("num_frames", "fps", "seconds", "rate"),
    [(33, 16.0, "4", 16), (64, 16.0, "4", 16), (65, 16.0, "8", 16), (193, 16.0, "13", 16), (33, 23.976, "4", 24)],
)
def test_seconds_are_the_least_that_hold_the_frames(num_frames, fps, seconds, rate):
    values = asked(spec_of(num_frames=num_frames, fps=fps))
    assert (values["seconds"], values["fps"]) == (seconds, rate)
    assert asked(spec_of("seconds=12"))["seconds"] == "12"


def test_an_endpoint_needs_a_server_and_a_model():
    assert spec_of().local["endpoint"] == "http://gpu:80/v1"
    with pytest.raises(PlanError, match="needs --endpoint URL"):
        Endpoint.plan_spec(GenerateConfig("endpoint", "own/model", endpoint=" , "))
