"""`svta audit` end to end: cost, judge, people, kill -9, the audited dataset, and what eval makes of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from audit_world import COLOURS, dataset, known_folder, records, vision_server

from svta.builder.shards.audit_columns import read_marks
from svta.builder.verify.folder import verify
from svta.cli import main

ROOT = Path(__file__).resolve().parents[2]
WRONG = ("red", "blue", "grey")
pytest.importorskip("openai")


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> tuple[Path, Path]:
    """(a dataset with three wrong captions, drawn clips whose truth is known)."""
    root = tmp_path_factory.mktemp("audit")
    return dataset(root / "data", records(WRONG)), known_folder(root / "known")


def svta(*words: object, capsys=None) -> tuple[int, str]:
    with pytest.raises(SystemExit) as done:
        main([str(word) for word in words])
    return int(done.value.code or 0), capsys.readouterr().out if capsys else ""


def test_the_cost_is_told_and_nothing_is_asked(world, tmp_path, capsys) -> None:
    data, known = world
    out = tmp_path / "audit"
    with vision_server() as (url, asked):
        words = ("audit", data, "--out", out, "--chat", url, "--known", known, "--known-clips", 5, "--swapped", 0.5,
                 "--prices", "1,2", "--dry-run", "--json")  # fmt: skip
        code, text = svta(*words, capsys=capsys)
        assert code == 0 and not asked and not out.exists()
    cost = json.loads(text)
    assert (cost["clips"], cost["items"], cost["questions"], cost["images"]) == (12, 18, 2 * (18 + 10), 8 * 56)
    assert cost["price"] == pytest.approx((cost["prompt_tokens"] + 2 * cost["completion_tokens"]) / 1e6, abs=1e-4)
    assert 256 * 448 < cost["prompt_tokens"] < 256 * 448 + 56 * 500


def test_a_judge_people_and_the_dataset_with_what_they_found(world, tmp_path, capsys) -> None:
    data, known = world
    out, audited = tmp_path / "audit", tmp_path / "audited"
    words = ("audit", data, "--out", out, "--known", known, "--num-frames", 2, "--swapped", 0.5)
    with vision_server() as (url, _):
        judge = ("--chat", url, "--chat-model", "m")
        code, text = svta(*words, *judge, "--dataset-out", audited, "--json", capsys=capsys)
        assert code == 0
        found = json.loads(text)
        assert found["judge"]["corrected"]["percent"] == 75.0 and found["shown_by"] == "the judge, corrected"
        assert json.loads((out / "metrics.json").read_text())["judge"] == found["judge"]
        items = [json.loads(line) for line in (out / "sample.jsonl").read_text().splitlines()]
        by_people = tmp_path / "answers.jsonl"
        with open(by_people, "w") as file:
            for rater in ("ann", "bob"):
                for item in items:
                    said = item["caption"].split()[1]
                    scores = {"prompt_fidelity": 5 if said == tag_of(item["key"]) else 1 + (rater == "bob")}
                    row = {"sample": found["sample"], "item": item["id"], "rater": rater, "scores": scores}
                    file.write(json.dumps(row) + "\n")
        code, text = svta(*words, *judge, "--answers", by_people, "--json", capsys=capsys)
        both = json.loads(text)
    assert code == 0 and both["chat"]["asked"] == 0  # every answer was kept
    assert both["shown_by"] == "people" and both["people"]["raters"] == {"ann": 18, "bob": 18}
    assert both["people"]["found_out"]["percent"] == 100.0 and both["people"]["rate"]["percent"] == 75.0
    assert both["confusion"]["agreement"]["percent"] == 100.0 and both["confusion"]["both"] == 9
    check_dataset(data, audited)


def tag_of(key: str) -> str:
    return next(str(clip.tag) for clip in records() if clip.key == key)


def check_dataset(data: Path, audited: Path) -> None:
    """Columns for each clip, a section on the card, the same shards; it verifies and loads."""
    marks = read_marks(audited / "clips.parquet")
    assert len(marks) == 12 and {tag_of(key) for key, mark in marks.items() if not mark.verified} == set(WRONG)
    assert {mark.by for mark in marks.values()} == {"judge"}
    assert verify(audited, level="full").ok and read_marks(data / "clips.parquet") == {}
    card = (audited / "README.md").read_text()
    assert "## Audit" in card and "75.0 %" in card and "## Audit" not in (data / "README.md").read_text()
    (shard,) = audited.glob("data/test/*.tar")
    assert shard.read_bytes() == next(data.glob("data/test/*.tar")).read_bytes()
    import pyarrow.parquet as pq

    names = pq.read_schema(audited / "clips.parquet").names
    assert names[-6:] == ["audit_verified", "audit_by", "audit_object_scene", "audit_action", "audit_attribute",
                          "audit_prompt_fidelity"]  # fmt: skip


@pytest.mark.slow
def test_eval_shows_the_verified_captions_beside_the_whole(world, tmp_path, capsys) -> None:
    pytest.importorskip("torch")
    from eval_world import PLUGIN, model

    data, known = world
    audited = tmp_path / "audited"
    with vision_server() as (url, _):
        code, _text = svta("audit", data, "--out", tmp_path / "a", "--known", known, "--chat", url, "--chat-model", "m",
                           "--dataset-out", audited, capsys=capsys)  # fmt: skip
        assert code == 0
    (tmp_path / "plugin.py").write_text(PLUGIN)
    words = ("--model", model(tmp_path / "model", "by_hash"), "--plugin", tmp_path / "plugin.py", "--out")
    code, text = svta("eval", "--data", audited, *words, tmp_path / "r", "--json", capsys=capsys)
    subsets = json.loads(text)["audited"]
    assert code == 0 and {name: one["queries"] for name, one in subsets.items()} == {"verified": 9, "not shown": 3}
    assert "audited, verified: 9 captions" in (tmp_path / "r" / "report.html").read_text().lower()
    code, text = svta("eval", "--data", data, *words, tmp_path / "s", "--json", capsys=capsys)
    assert code == 0 and "audited" not in json.loads(text)


@pytest.mark.slow
def test_wrong_use_is_one_line(world, tmp_path, capsys) -> None:
    data, known = world
    out = tmp_path / "audit"
    other = tmp_path / "other.jsonl"
    other.write_text('{"sample": "x", "item": "i", "rater": "ann", "scores": {}}\n')
    for words, said in (
        (("--answers", other), "another sample"),
        (("--answers", tmp_path / "none.jsonl"), "no such file"),
        (("--interval", "0"), "--interval"),
        (("--category", "nothing of it"), "--category"),
    ):
        with pytest.raises(SystemExit) as done:
            main(["audit", str(data), "--out", str(out), *map(str, words)])
        lines = capsys.readouterr().err.strip().splitlines()
        assert done.value.code == 2 and said in lines[-1] and len(lines) <= 2
    full = tmp_path / "mine"
    full.mkdir()
    (full / "thesis.txt").write_text("mine")
    with vision_server() as (url, _):
        base = ["audit", str(data), "--out", str(out), "--known", str(known), "--chat", url, "--chat-model", "m"]
        for place in (full, data):
            with pytest.raises(SystemExit) as done:
                main([*base, "--dataset-out", str(place)])
            assert done.value.code == 2
        assert (full / "thesis.txt").read_text() == "mine" and verify(data, level="quick").ok
        with pytest.raises(SystemExit) as done:
            main([*base, "--seed", "5"])
        assert done.value.code == 2 and "another sample" in capsys.readouterr().err


@pytest.mark.slow
def test_a_judge_that_says_nothing_is_exit_1(world, tmp_path, capsys) -> None:
    from audit_world import scores

    data, known = world
    with vision_server(lambda *_: scores(5)) as (url, _):
        code, text = svta("audit", data, "--out", tmp_path / "a", "--known", known, "--chat", url, "--chat-model", "m",
                          "--json", capsys=capsys)  # fmt: skip
    assert code == 1 and json.loads(text)["judge"]["corrected"] is None
    assert (tmp_path / "a" / "metrics.json").exists()


@pytest.mark.slow
def test_kill_9_repeats_no_paid_question(world, tmp_path) -> None:
    data, known = world
    out, cache = tmp_path / "audit", tmp_path / "cache"

    def slow(caption, form, shown, fair):
        time.sleep(0.05)

    def name(body: dict) -> str:
        return json.dumps([body["messages"], body["seed"]], sort_keys=True)

    with vision_server(slow) as (url, asked):
        words = [sys.executable, "-m", "svta", "audit", data, "--out", out, "--known", known, "--chat", url, "--json"]
        words += ["--chat-model", "m", "--chat-cache", cache, "--concurrency", "2", "--num-frames", "2"]
        command = [str(word) for word in words]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        for _ in range(2):
            before = len(asked)
            run = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while len(asked) < before + 8 and run.poll() is None:
                time.sleep(0.01)
            os.kill(run.pid, signal.SIGKILL)
            run.wait()
            time.sleep(0.2)
        kept = len([path for path in cache.rglob("*.json") if len(path.stem) == 64])
        first = len(asked)
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        result = json.loads(done.stdout)
        assert result["chat"]["cached"] >= kept and len(asked) - first == result["chat"]["asked"]
        times = [name(body) for body in asked]
        # what was under way when it was killed, two at a time, may come again; nothing else does
        assert len(times) - len(set(times)) <= 4
        assert result["judge"]["corrected"]["percent"] == 75.0
        assert len(set(times)) == kept + result["chat"]["asked"]


@pytest.mark.slow
def test_known_clips_are_drawn_of_the_captions(tmp_path, capsys) -> None:
    """Without --known the storyboard draws the sample's own captions; the judge sees them as it sees the others."""
    captions = {"A woman waves in the park.": "walking", "A woman walks through the park.": "walking"}
    clips = [
        clip.replace(caption=caption, category=category, tag=name, flags=())
        for clip, name, (caption, category) in zip(records(), COLOURS, captions.items())
    ]
    data, out = dataset(tmp_path / "data", clips), tmp_path / "audit"
    with vision_server() as (url, asked):
        code, text = svta("audit", data, "--out", out, "--chat", url, "--chat-model", "m", "--num-frames", 2, "--json",
                          capsys=capsys)  # fmt: skip
    found = json.loads(text)
    assert (out / "known" / "plan.json").exists() and found["judge"]["sensitivity"]["clips"] == 2
    assert found["judge"]["sensitivity"]["percent"] == 0.0 and code == 1  # this judge knows nothing but colours
    assert len(asked) == 2 * (2 + 4)


def test_the_page_and_the_answers_to_it_are_of_one_sample(tmp_path, capsys) -> None:
    """Clips that may not leave are not drawn for a page, and not when its answers come back."""
    clips = [clip.replace(source="mine" if i < 5 else "grammar") for i, clip in enumerate(records())]
    data, out = dataset(tmp_path / "data", clips), tmp_path / "audit"
    code, text = svta("audit", data, "--out", out, "--json", capsys=capsys)
    found = json.loads(text)
    assert code == 0 and found["population"] == 7 and not (out / "metrics.json").exists()
    assert found["left_out"] == {"rights: stays here without --i-have-rights": 5}
    items = [json.loads(line) for line in (out / "sample.jsonl").read_text().splitlines()]
    row = {"sample": found["sample"], "item": items[0]["id"], "rater": "ann", "scores": {"prompt_fidelity": 5}}
    (tmp_path / "a.jsonl").write_text(json.dumps(row) + "\n")
    code, text = svta("audit", data, "--out", out, "--answers", tmp_path / "a.jsonl", "--json", capsys=capsys)
    assert code == 0 and json.loads(text)["sample"] == found["sample"] and (out / "metrics.json").exists()
    with vision_server() as (url, asked):  # a model on this machine sees all: another sample, another folder
        code, _ = svta("audit", data, "--out", out, "--chat", url, "--chat-model", "m", capsys=capsys)
        assert code == 2 and not asked
