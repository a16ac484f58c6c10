"""--backend endpoint by the command line: a trial, the same gates and marks, provenance, and a dataset at the end."""

from __future__ import annotations

import json

import pytest
from generation_runs import made_in, rejects, svta
from video_engine import MODEL, VideoEngine

from svta.builder.layout.clips_folder import read_plan
from svta.builder.record import Clip, make_key
from svta.builder.video.container import probe

pytest.importorskip("openai")

CAPTIONS = ["A man falls on ice.", "A dog runs across the street.", "A car crashes into a wall.", "Smoke rises."]
SMALL = ("--num-frames", "9", "--height", "64", "--width", "64")


def described(folder, captions=CAPTIONS):
    rows = [{"key": make_key("own", str(i), text), "caption": text, "source": "own"} for i, text in enumerate(captions)]
    (folder / "d.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder / "d.jsonl"


def served(*engines, model=MODEL):
    return ("--backend", "endpoint", "--endpoint", ",".join(one.url for one in engines), "--model", model)


def facts(clip):
    return json.loads(clip.provenance)


@pytest.mark.slow
def test_from_plan_to_a_measured_dataset(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SVTA_ENDPOINT_KEY", "sv-loopback-secret")
    file = described(
        tmp_path, [f"{text[:-1]}, seen from the {side}." for side in ("left", "roof") for text in CAPTIONS]
    )
    sizes = ("--num-frames", "12", "--height", "70", "--width", "64", "--fps", "16")
    with VideoEngine("vllm-omni", key="sv-loopback-secret", version="0.12.0") as engine:
        assert svta("plan", file, *served(engine), *sizes, "--clip-price", "0.5", "--json") == 0
        told = capsys.readouterr()
        plan = json.loads(told.out)
        assert plan["price"] == 4.0 and plan["servers"] == 1 and plan["seconds_a_clip"] > 0
        told_of = {"engine": "vllm-omni", "engine_version": "0.12.0", "seed_is": "honoured"}
        assert plan["engines"] == {engine.url: told_of}
        assert plan["film"]["options"]["served"] == {"num_frames": 9, "width": 64, "height": 64, "fps": 16.0}
        for line in (
            "vllm-omni 0.12.0 makes 9 frames of 64x64",
            "12 frames requested, 9 will",
            "70 high requested, 64",
        ):
            assert line in told.err
        assert len(engine.jobs) == 2  # the trial
        assert svta("generate", file, "--out", "clips", *served(engine), *sizes) == 0
        assert len(engine.jobs) == 2 + 8
        (pair,) = {key for key, count in engine.paid().items() if count == 2}
        assert pair[1] == 0
    made = made_in(tmp_path / "clips")
    assert len(made) == 8
    for clip, video in made:
        info, known = probe(video), facts(clip)
        assert (info.num_frames, info.width, info.height, info.fps) == (9, 64, 64, 16.0)
        assert "trainedAlgorithmicMedia" in info.metadata["comment"] and clip.key in info.metadata["comment"]
        assert (clip.generator, clip.synthetic) == (MODEL, True)
        assert (known["engine"], known["engine_version"], known["seed_is"]) == ("vllm-omni", "0.12.0", "honoured")
        assert known["fields"].keys() == {"model", "size", "num_frames", "fps", "seed"}
        assert known["quality"]["motion"] > 0 and clip.seed is not None
    assert svta("pack", "clips", "--out", "set") == 0
    assert svta("verify", "set", "--deep") == 0
    assert svta("train", "--data", "set", "--baseline", "tiny", "--epochs", "1", "--out", "model") == 0
    assert svta("eval", "--data", "set", "--split", "all", "--model", "model", "--out", "results") == 0
    assert sorted(path.name for path in (tmp_path / "clips").iterdir()) == [
        "parts", "plan.json", "planned.txt", "rejected.jsonl",
    ]  # fmt: skip
    for path in (path for path in tmp_path.rglob("*") if path.is_file()):
        assert b"sv-loopback-secret" not in path.read_bytes(), path
    shown = capsys.readouterr()
    assert "sv-loopback-secret" not in told.out + told.err + shown.out + shown.err


@pytest.mark.slow
def test_the_same_gates_and_the_same_policy(tmp_path, capsys):
    captions = [
        "A blackout in a street, a man falls.",
        "A man hits a child.",
        "forbidden words in a caption",
        CAPTIONS[0],
    ]
    with VideoEngine() as engine:
        file = described(tmp_path, captions)
        assert svta("generate", file, "--out", tmp_path / "clips", *served(engine, model="own/model"), *SMALL) == 0
        prompts = [body["prompt"] for body in engine.bodies]
        assert not any("child" in prompt for prompt in prompts)
        assert len({body["seed"] for body in engine.bodies if body["prompt"] == captions[0]}) == 4  # trial, 3 attempts
    told = capsys.readouterr().err
    assert told.index("own/model (video): licence not known to svta") < told.index("sglang 0.5.9 makes")
    reasons = {row["caption"]: row["reason"] for row in rejects(tmp_path / "clips")}
    assert reasons == dict(zip(captions, ["black", "minor_violence", "content_filter"]))
    assert len(made_in(tmp_path / "clips")) == 1


def test_the_trial_takes_no_caption_with_a_minor_and_a_category_its_own_negative_prompt(tmp_path):
    rows = [
        {"caption": "A man hits a child.", "category": "fighting"},
        {"caption": "Two men fight on the street.", "category": "fighting"},
        {"caption": "A dog runs across the street."},
    ]
    (tmp_path / "d.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "n.json").write_text('{"Fighting": "blood"}')
    own = ("--set", f"negative_prompts={tmp_path / 'n.json'}", "--set", "negative_prompt=blur")
    with VideoEngine() as engine:
        order = (*served(engine), *SMALL, *own)
        assert svta("generate", tmp_path / "d.jsonl", "--out", tmp_path / "clips", *order) == 0
        sent = {(body["prompt"], body["negative_prompt"]) for body in engine.bodies}
        assert {prompt for prompt, _ in sent} == {rows[1]["caption"], rows[2]["caption"]}
        assert {prompt: "blood" in negative for prompt, negative in sent} == {
            rows[1]["caption"]: True,
            rows[2]["caption"]: False,
        }


def test_what_a_server_does_not_honour_or_refuses_is_in_the_provenance(tmp_path, capsys):
    with VideoEngine(honours_seed=False, refuses=("fps",), version="") as engine:
        file = described(tmp_path, CAPTIONS[:2])
        assert svta("generate", file, "--out", tmp_path / "clips", *served(engine), *SMALL) == 0
    told = capsys.readouterr().err
    assert "does not honour seeds" in told and "refuses fps" in told and "(version unknown)" in told
    for clip, _ in made_in(tmp_path / "clips"):
        known = facts(clip)
        assert (known["seed_is"], known["engine_version"]) == ("ignored", "not told")
        assert "fps" not in known["fields"] and known["fields"]["seed"] == clip.seed % 2**31


@pytest.mark.parametrize("key", ["sv-loopback-secret", "sv-loopback/secret"])
def test_a_server_that_repeats_the_key_is_left(key, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("SVTA_ENDPOINT_KEY", key)
    with VideoEngine(key=key, version=key) as engine:
        engine.escapes = key.count("/")
        assert svta("generate", described(tmp_path), "--out", tmp_path / "clips", *served(engine), *SMALL) == 2
    told = capsys.readouterr().err
    assert "repeats the API key" in told and "secret" not in told
    assert not any(b"sv-loopback" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_an_engine_that_does_not_say_its_name_is_found_out_by_its_refusal(tmp_path):
    with VideoEngine("vllm-omni", version="") as engine:
        engine.owner = "somebody"
        assert svta("generate", described(tmp_path), "--out", tmp_path / "clips", *served(engine), *SMALL) == 0
    assert {facts(clip)["engine"] for clip, _ in made_in(tmp_path / "clips")} == {"vllm-omni"}


def test_a_larger_video_is_brought_to_the_size_and_rate_of_the_dataset(tmp_path):
    options = ("--num-frames", "9", "--height", "64", "--width", "96", "--fps", "8", "--set", "size=160x96")
    with VideoEngine() as engine:
        engine.fps = 16  # whatever is requested
        engine.frames = 33
        assert svta("generate", described(tmp_path), "--out", tmp_path / "clips", *served(engine), *options) == 0
    for clip, video in made_in(tmp_path / "clips"):
        info = probe(video)
        assert (info.num_frames, info.width, info.height, info.fps) == (9, 96, 64, 8.0)
        assert facts(clip)["served"] == {"num_frames": 33, "width": 160, "height": 96, "fps": 16.0}


@pytest.mark.slow
def test_two_engines_at_once_and_the_form_that_answers_at_once(tmp_path):
    with VideoEngine() as one, VideoEngine("vllm-omni") as two:
        file = described(tmp_path, [f"{text[:-1]} number {i}." for i in range(3) for text in CAPTIONS])
        assert svta("generate", file, "--out", tmp_path / "both", *served(one, two), *SMALL) == 0
        assert len(one.jobs) > 2 and len(two.jobs) > 2 and len(one.jobs) + len(two.jobs) == 4 + 12
        assert {facts(clip)["engine"] for clip, _ in made_in(tmp_path / "both")} == {"sglang", "vllm-omni"}
        two.requests.clear()
        order = (*served(two), *SMALL, "--set", "mode=sync", "--set", "concurrency=2")
        assert svta("generate", file, "--out", tmp_path / "sync", *order) == 0
        assert two.most_at_once <= 2
        assert not any(line.startswith("POST /v1/videos ") or "content" in line for line in two.requests)


def test_an_engine_without_frames_and_seeds_is_asked_for_seconds(tmp_path, capsys):
    options = ("--num-frames", "9", "--height", "64", "--width", "64", "--set", "dialect=openai")
    with VideoEngine() as engine:
        assert svta("generate", described(tmp_path), "--out", tmp_path / "clips", *served(engine), *options) == 0
        assert all(body.keys() == {"prompt", "model", "size", "seconds"} for body in engine.bodies)
        assert {body["seconds"] for body in engine.bodies} == {"4"}
    assert "accepts no seed" in capsys.readouterr().err
    for clip, video in made_in(tmp_path / "clips"):
        assert facts(clip)["seed_is"] == "not sent" and facts(clip)["served"]["num_frames"] == 33
        assert probe(video).num_frames == 9


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--backend", "endpoint", "--model", MODEL), "needs --endpoint URL"),
        (("--backend", "endpoint", "--endpoint", "http://127.0.0.1:9/v1"), "and --model ID"),
        (("--backend", "endpoint", "--endpoint", " ,", "--model", MODEL), "needs --endpoint URL"),
        (("--backend", "endpoint", "--endpoint", "gpu:80", "--model", MODEL), "begin with http:// or https://"),
        (("--endpoint", "http://127.0.0.1:9/v1"), "--endpoint is for --backend endpoint"),
        (
            ("--backend", "endpoint", "--endpoint", "http://a:secret@127.0.0.1:9/v1", "--model", "m"),
            "no user, password",
        ),
        (("--backend", "endpoint", "--endpoint", "http://127.0.0.1:9/v1", "--model", "m"), "is the server up?"),
        (("--backend", "endpoint", "--endpoint", "x", "--model", "m", "--set", "steps=0"), "steps=0: 1 to 1000"),
        (
            ("--backend", "endpoint", "--endpoint", "x", "--model", "m", "--set", "dialect=x"),
            "one of sglang, vllm-omni",
        ),
        (
            ("--backend", "endpoint", "--endpoint", "x", "--model", "m", "--preset", "fast"),
            "--preset is for --backend diff",
        ),
    ],
)
def test_wrong_use_is_one_line(more, says, tmp_path, capsys):
    assert svta("generate", described(tmp_path), "--out", tmp_path / "clips", *more) == 2
    told = capsys.readouterr().err.strip()
    assert says in told and "Traceback" not in told
    assert ":secret@" not in told
    assert not (tmp_path / "clips" / "plan.json").exists()


def test_a_server_that_is_named_twice_is_one_server(tmp_path):
    with VideoEngine() as engine:
        order = (*served(engine), *SMALL)
        urls = f"{engine.url},{engine.url}/, {engine.url.removesuffix('/v1')}"
        order = tuple(urls if part.startswith("http") else part for part in order)
        assert svta("generate", described(tmp_path), "--out", tmp_path / "clips", *order) == 0
        assert len(engine.jobs) == 2 + len(CAPTIONS)


def test_servers_that_make_different_videos_are_not_mixed(tmp_path, capsys):
    with VideoEngine() as one, VideoEngine(step=8) as two:
        order = (*served(one, two), "--num-frames", "13", "--height", "64", "--width", "64")
        assert svta("generate", described(tmp_path), "--out", tmp_path / "clips", *order) == 2
    assert "make different videos (9 frames of 64x64 at 16 a second and 13 frames" in capsys.readouterr().err


@pytest.mark.slow
def test_other_servers_go_on_with_a_folder_and_the_digest_names_none(tmp_path, capsys):
    file = described(tmp_path)
    with VideoEngine() as engine:
        assert svta("generate", file, "--out", tmp_path / "clips", *served(engine), *SMALL, "--limit", "2") == 0
        begun = read_plan(tmp_path / "clips")
    with VideoEngine() as engine:
        assert svta("generate", file, "--out", tmp_path / "clips", *served(engine), *SMALL) == 0
        assert len(engine.jobs) == 2 + 2
        larger = (*served(engine), *SMALL[:2], "--height", "96", "--width", "64")
        assert svta("generate", file, "--out", tmp_path / "clips", *larger) == 2
        assert "another plan (height 64 there, 96 now); give a fresh --out" in capsys.readouterr().err
        assert len(engine.jobs) == 2 + 2  # no trial is paid to find that out
    assert read_plan(tmp_path / "clips")["film"] == begun["film"]
    assert "127.0.0.1" not in (tmp_path / "clips" / "plan.json").read_text()
    assert [Clip(**clip.to_dict()).caption for clip, _ in made_in(tmp_path / "clips")] == CAPTIONS
