"""author.py: 50 prompts a category from a model that misbehaves in every way; steering that keeps minors out."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from chat_server import ChatServer, picky_server, save_tiny_chat_model

import svta as svta_package
from svta.builder.record import read_clips
from svta.builder.taxonomy import Taxonomy, load_taxonomy
from svta.generation.captions.chat_author import TemplateError, ask_for, first_requests, load_templates, steer
from svta.generation.captions.describe import DescribeConfig, describe, rejected_path

pytest.importorskip("openai")
pytest.importorskip("rensa")
TAXONOMY = load_taxonomy()
PLACES = [
    "street",
    "shop",
    "park",
    "office",
    "station",
    "bridge",
    "kitchen",
    "garage",
    "market",
    "tunnel",
    "hall",
    "yard",
    "beach",
    "farm",
    "plaza",
]
COLOURS = ["red", "blue", "green", "yellow", "black", "white", "grey", "brown", "pink", "orange"]


def sentences(category, start, count):
    """Different captions that say what they are, so that a test knows which came out."""
    for i in range(start, start + count):
        place, colour = PLACES[i % 15], COLOURS[i // 15 % 10]
        yield f"In the {place} a person in {colour} meets case {i} of {category} near door {i * 7}."


def asked_category(message):
    return re.search(r"behavior category: (.+?)\. It means", message)[1]


def asked_count(message):
    return int(re.search(r"generating (\d+) prompts", message)[1])


def numbered(lines):
    return "\n".join(f"{i}. {line}" for i, line in enumerate(lines, 1))


class Misbehaving:
    """Each category misbehaves in a way of its own at first, and answers well when it is asked again."""

    def __init__(self):
        self.turn: dict[str, int] = {}

    def __call__(self, message, before):
        category = asked_category(message)
        turn = self.turn[category] = self.turn.get(category, -1) + 1
        good = list(sentences(category, turn * 100, asked_count(message)))
        if turn:
            return 200, numbered(good)
        match category:
            case "fighting":
                return 200, "I'm sorry, but I can't help with descriptions of violence."
            case "smoke":
                return 200, "<think>1. not this one either</think>```\n" + numbered(good) + "\n```"
            case "throw":
                return 200, numbered(good[:-1])  # 49 of 50
            case "shooting":
                return 200, numbered(good[:20]) + "\n21. In the street a person who is cut o<cut>"
            case "explosion":
                return 200, "## Explosion\n" + numbered(good[:30]) + "\n\n## Smoke\n" + numbered(
                    sentences("wrong", 0, 20)
                )
            case "arson":
                return 200, numbered(["一个人点燃了一辆汽车。"] * 10 + good[:40])
            case "stealing":
                return 200, json.dumps({"prompts": good})
            case "abuse":
                return 200, numbered(
                    [*good[:48], "A man slaps a little girl in a shop.", "A naked child stands there alone."]
                )
            case "vandalism":
                return 200, "Sure! Here are 50 prompts:\n\n" + numbered([*good[:25], *good[:25]]) + "\n\nAnything else?"
        return 200, numbered(good)


NAMES = ("fighting", "smoke", "throw", "shooting", "explosion", "arson", "stealing", "abuse", "vandalism", "walking")


def config(server, **more):
    return DescribeConfig(chat=server.url, categories=NAMES, per_category=50, **more)


@pytest.mark.slow
def test_the_right_prompts_come_out_and_nothing_else_does(tmp_path):
    with ChatServer(Misbehaving()) as server:
        report = describe(config(server), tmp_path / "d.jsonl")
    clips = list(read_clips(tmp_path / "d.jsonl"))
    assert report.by_category == dict.fromkeys(sorted(NAMES), 50)
    assert report.shortfall == {}
    for clip in clips:
        assert re.fullmatch(
            rf"In the \w+ a person in \w+ meets case \d+ of {clip.category} near door \d+\.", clip.caption
        )
        assert clip.source == "chat:test-model"
        assert json.loads(clip.provenance)["chat_model"] == "test-model"
    assert report.rejected == {
        "language": 10,
        "duplicate": 25,
        "other_category": 20,
        "cut_answer": 1,
        "refusal": 1,
        "minor_violence": 1,
        "minor_sexual": 1,
    }
    assert report.rows["chat"] == report.kept + sum(report.rejected.values())
    assert len(rejected_path(tmp_path / "d.jsonl").read_text().splitlines()) == sum(report.rejected.values())


def test_a_shortfall_is_told_never_padded(tmp_path):
    with ChatServer(lambda m, b: (200, numbered(list(sentences("x", 0, 7))))) as server:
        report = describe(DescribeConfig(chat=server.url, categories=("throw",), per_category=10), tmp_path / "d.jsonl")
    assert (report.kept, report.shortfall) == (7, {"throw": 3})
    assert len(server.asked) == 5  # one, and four more tries
    assert "These exist already" in server.asked[1]


def completion(text, finish="stop", **message):
    return {"choices": [{"index": 0, "finish_reason": finish, "message": {"content": text, **message}}]}


def describe_by(url, tmp_path, **more):
    wanted = {"categories": ("vandalism", "abuse"), "per_category": 5, "concurrency": 1} | more
    config = DescribeConfig(chat=url, chat_model="m", **wanted)
    report = describe(config, tmp_path / "d.jsonl")
    rejects = [json.loads(line) for line in rejected_path(tmp_path / "d.jsonl").read_text().splitlines()]
    return report, rejects


def test_a_category_that_a_filter_refuses_costs_that_category(tmp_path):
    refusal = {"error": {"message": "filtered by the content management policy", "code": "content_filter"}}

    def answer(sent):
        message = sent["messages"][-1]["content"]
        category = asked_category(message)
        if category == "abuse":
            return 400, refusal
        return completion(numbered(sentences(category, sent["seed"] * 10, asked_count(message))))

    with picky_server({}, answer) as (url, _):
        report, rejects = describe_by(url, tmp_path)
    assert report.by_category == {"vandalism": 5}
    assert report.shortfall == {"abuse": 5}
    problem = report.problems["content_filter"]
    assert problem.questions == {"abuse": 5}
    assert problem.words == refusal["error"]["message"]
    assert {row["category"] for row in rejects if row["reason"] == "content_filter"} == {"abuse"}
    assert report.kept + sum(report.rejected.values()) == report.rows["chat"]


def test_a_model_that_thinks_until_its_tokens_are_used_up_is_said_so(tmp_path):
    def answer(sent):
        return completion(None, "length", reasoning_content="1. In the park a man kicks a bench.")

    with picky_server({}, answer) as (url, _):
        report, rejects = describe_by(url, tmp_path, categories=("vandalism",))
    assert report.kept == 0
    assert report.problems["thinking"].questions == {"vandalism": 5}
    assert {row["reason"] for row in rejects} == {"no_prompts"}
    assert "were spent on reasoning" in rejects[0]["detail"]


def test_a_small_context_is_asked_for_fewer_prompts_a_question(tmp_path):
    """60 tokens a prompt, a context of 2,048, 700 of it for the question: 22 prompts fit, 50 are wanted."""

    def answer(sent):
        if sent["max_tokens"] > 1_348:
            words = f"maximum context length is 2048 tokens, requested {sent['max_tokens'] + 700} (700 in the messages)"
            return 400, {"error": {"message": words}}
        message, fit = sent["messages"][-1]["content"], sent["max_tokens"] // 60
        prompts = sentences("vandalism", sent["seed"] * 100, min(asked_count(message), fit))
        return completion(numbered(prompts), "length" if asked_count(message) > fit else "stop")

    with picky_server({}, answer) as (url, asked):
        report, _ = describe_by(url, tmp_path, categories=("vandalism",), per_category=50)
        assert report.kept == 50
        counts = [asked_count(sent["messages"][-1]["content"]) for sent in asked if sent["max_tokens"] <= 1_348]
        assert counts[0] == 50
        assert max(counts[1:]) < 10
        first, num_asked = (tmp_path / "d.jsonl").read_bytes(), len(asked)
        describe_by(url, tmp_path, categories=("vandalism",), per_category=50)
        assert len(asked) == num_asked
        assert (tmp_path / "d.jsonl").read_bytes() == first


def test_a_second_run_asks_nothing_and_writes_the_same_bytes(tmp_path):
    with ChatServer(Misbehaving()) as server:
        describe(config(server), tmp_path / "d.jsonl")
        first = {p.name: p.read_bytes() for p in tmp_path.iterdir() if p.is_file()}
        asked = len(server.asked)
        describe(config(server), tmp_path / "d.jsonl")
        assert len(server.asked) == asked
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir() if p.is_file()} == first


@pytest.mark.slow
def test_kill_9_and_restart_repeats_no_answered_request(tmp_path):
    misbehaving = Misbehaving()

    def slow(message, before):
        time.sleep(0.15)
        return misbehaving(message, before)

    with ChatServer(slow) as server:
        args = [
            sys.executable,
            "-m",
            "svta",
            "describe",
            "--chat",
            server.url,
            "--concurrency",
            "2",
            "--out",
            "d.jsonl",
        ]
        for name in NAMES:
            args += ["--category", name]
        env = os.environ | {"PYTHONPATH": str(Path(svta_package.__file__).parent)}
        process = subprocess.Popen(args, cwd=tmp_path, env=env, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
        deadline = time.time() + 60
        while len(server.answered) < 6 and time.time() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        time.sleep(0.5)
        stored = len(list((tmp_path / "d.chat").rglob("*.json")))
        assert 4 <= stored <= len(server.answered)
        before = list(server.asked)
        done = subprocess.run(args, cwd=tmp_path, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        again = [message for message in server.asked[len(before) :] if message in before]
        assert len(again) <= len(before) - stored  # what was under way when it was killed, and no more
        assert len(list(read_clips(tmp_path / "d.jsonl"))) == 50 * len(NAMES)


def test_steering_offers_minors_only_where_the_policy_films_them():
    templates = load_templates()
    for category in TAXONOMY.categories:
        words = " ".join(steer(category, ask, templates, seed=1) for ask in range(5))
        if category.minor_policy == "film":
            assert "a teenager" in words
        else:
            assert "Everyone in them is an adult" in words
        assert words.count("a woman") == words.count("a man")
        assert words.count("heavily built") == words.count("thin") == 5
    assert steer(TAXONOMY["throw"], 0, templates, 1) == steer(TAXONOMY["throw"], 0, templates, 1)
    assert steer(TAXONOMY["throw"], 0, templates, 1) != steer(TAXONOMY["throw"], 1, templates, 1)


def test_questions_say_what_the_paper_asked():
    request = ask_for(TAXONOMY["throw"], 50, 0, ["A man throws a cup."], load_templates(), 0)
    content = request.messages[-1][1]
    assert "I want to generate a large-scale anomaly video dataset" in content
    assert "Next anomalous behavior category: throw." in content
    assert "Continue generating 50 prompts for this." in content
    assert "- A man throws a cup." in content
    normal = ask_for(TAXONOMY["walking"], 50, 0, [], load_templates(), 0).messages[-1][1]
    assert "normal" in normal
    assert "anomalous" not in normal
    assert len(first_requests(TAXONOMY.names, 50, load_templates(), TAXONOMY, 0)) == 98


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[]", "a JSON object is needed"),
        ("[" * 100_000, "nested too deeply"),
        ('{"other": "x"}', "'other' is not one of"),
        ('{"system": 5}', "system must be a text"),
        ('{"describe": ["{category}"]}', "describe must be a text"),
        ('{"classify": "no field"}', "contains {caption}"),
        ('{"steering": ["park"]}', "steering must contain a list"),
        ('{"steering": {"place": "park"}}', "steering must contain a list"),
        ('{"steering": {"place": [1]}}', "steering must contain a list"),
        ('{"system": "' + "x" * 1_000_001 + '"}', "bytes"),
    ],
    ids=lambda text: text[:30],
)
def test_templates_of_other_types_are_one_line(tmp_path, text, says):
    (tmp_path / "own.json").write_text(text)
    with pytest.raises(TemplateError, match=says) as error:
        load_templates(tmp_path / "own.json")
    assert "\n" not in str(error.value)
    assert "own.json" in str(error.value)


def test_templates_can_be_replaced(tmp_path):
    path = tmp_path / "t.json"
    path.write_text('{"describe": "Write {count} about {category}. {\\"json\\": true}"}')
    content = ask_for(TAXONOMY["throw"], 5, 0, [], load_templates(path), 0).messages[-1][1]
    assert content == 'Write 5 about throw. {"json": true}'
    path.write_text('{"steering": {"place": ["a moon base"]}}')
    assert "a moon base." in ask_for(TAXONOMY["throw"], 5, 0, [], load_templates(path), 0).messages[-1][1]
    for text in (
        '{"steering": {"place": 3}}',
        '{"steering": 1}',
        '{"describe": "no field"}',
        '{"nonsense": 1}',
        "[]",
        "{",
    ):
        path.write_text(text)
        with pytest.raises(TemplateError):
            load_templates(path)


def test_a_dry_run_shows_the_question_and_the_price(tmp_path):
    args = ["describe", "--chat", "http://127.0.0.1:9/v1", "--dry-run", "--prices", "1,2", "--json", "--out", "d.jsonl"]
    env = os.environ | {"PYTHONPATH": str(Path(svta_package.__file__).parent)}
    done = subprocess.run([sys.executable, "-m", "svta", *args], cwd=tmp_path, env=env, capture_output=True, text=True)
    said = json.loads(done.stdout)
    assert (said["questions"], len(said["prompts"])) == (98, 98)
    assert said["price"] > 0
    assert list(tmp_path.iterdir()) == []


def test_a_local_model_of_random_weights_runs_the_same_path(tmp_path):
    pytest.importorskip("transformers")
    folder = save_tiny_chat_model(tmp_path / "tiny")
    report = describe(DescribeConfig(chat=str(folder), categories=("throw",), per_category=2), tmp_path / "d.jsonl")
    assert report.chat.model == "tiny"
    assert report.chat.asked >= 1
    assert report.rows["chat"] == report.kept + sum(report.rejected.values()) > 0


def own_taxonomy(**fields: object) -> Taxonomy:
    categories = [
        {"name": "forklift tip-over", "is_anomaly": True, "definition": "It tips.", "minor_policy": "film"},
        {"name": "patrol", "is_anomaly": False, "definition": "A guard walks.", "minor_policy": "film",
         "places": ["along the fence"], "times": [], "actors": ["a guard", "a guard with a dog"]},
    ]  # fmt: skip
    return Taxonomy.model_validate({"name": "port", "version": 1, "categories": categories, **fields})


def test_questions_about_own_categories_name_no_places_of_ours(tmp_path: Path) -> None:
    templates, taxonomy = load_templates(), own_taxonomy()
    words = steer(taxonomy["forklift tip-over"], 0, templates, 0, taxonomy)
    assert "these places" not in words and "teenager" not in words and "child" not in words
    guard = steer(taxonomy["patrol"], 0, templates, 0, taxonomy)
    assert "over these places: along the fence." in guard and "times" not in guard
    assert "each of these equally often: a guard, a guard with a dog." in guard and "builds" not in guard
    wide = own_taxonomy(places=["a quay", "a container yard"], times=["at low tide"])
    words = steer(wide["forklift tip-over"], 0, templates, 0, wide)
    assert "at low tide" in words and {"a quay", "a container yard"} == set(_places(words))
    assert _places(steer(wide["patrol"], 0, templates, 0, wide)) == ["along the fence"]
    (tmp_path / "t.json").write_text(json.dumps({"steering": {"place": ["a dry dock"], "minor_age": [], "build": []}}))
    words = steer(taxonomy["forklift tip-over"], 0, load_templates(tmp_path / "t.json"), 0, taxonomy)
    assert _places(words) == ["a dry dock"] and "builds" not in words
    assert "supermarket" in "".join(steer(load_taxonomy()["arson"], a, templates, 0) for a in range(6))


def _places(words: str) -> list[str]:
    [line] = [line for line in words.splitlines() if "these places" in line]
    return line.split(": ")[1].rstrip(".").split(", ")


def test_steering_of_a_taxonomy_is_kept_in_its_file(tmp_path: Path) -> None:
    taxonomy = own_taxonomy(places=["a quay"])
    (tmp_path / "t.json").write_text(taxonomy.to_json())
    assert load_taxonomy(tmp_path / "t.json") == taxonomy
    assert "places" not in load_taxonomy().to_json()
