"""A judge over true HTTP on real clips: yes-bias, position bias, refusals, cut answers; and what is read of a video."""

from __future__ import annotations

import dataclasses

import pytest
from audit_world import (
    COLOURS,
    clips_folder,
    colour_in,
    completion,
    dataset,
    known_folder,
    records,
    scores,
    vision_server,
)

from svta.cli.chat_judge import ChatJudge, leaves_machine
from svta.cli.options import ChatOptions
from svta.eval.audit.audit import Prepared, prepare, with_known
from svta.eval.audit.clips import frame_urls, open_clips
from svta.eval.audit.config import AuditConfig, AuditError
from svta.eval.audit.judge import NO_VIDEO, judge_items
from svta.eval.audit.result import JudgeFigures
from svta.eval.audit.summarise import summarise

pytest.importorskip("openai")
WRONG = ("red", "blue", "grey")


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Prepared:
    root = tmp_path_factory.mktemp("audit")
    config = AuditConfig(str(clips_folder(root / "clips", records(WRONG))), swapped=0.5, num_frames=2)
    return with_known(prepare(config, leaves=False), open_clips(known_folder(root / "known")), 12)


def judged(prepared: Prepared, url: str, cache) -> JudgeFigures:
    judge = ChatJudge(ChatOptions(url, "m", None, None, 4, None, ()), cache)
    ratings = [r for source, items in prepared.parts for r in judge_items(judge, source, items, prepared.config)]
    found = summarise(prepared.sampled, prepared.all_items, ratings, prepared.config).judge
    assert found is not None and found.questions == 2 * len(prepared.all_items)
    return found


@pytest.mark.slow
def test_a_fair_judge_finds_what_is_there(world, tmp_path) -> None:
    with vision_server() as (url, asked):
        found = judged(world, url, tmp_path)
        assert found.rate.percent == 75.0 and found.corrected is not None
        assert found.corrected.percent == pytest.approx(75.0)
        assert (found.sensitivity.percent, found.specificity.percent, found.leaning) == (100.0, 100.0, 0.0)
        assert found.found_out.percent == 100.0 and found.found_out.clips == 6
        different = {(item.key, item.caption) for item in world.all_items}  # known clips are the same videos here
        assert len(asked) == 2 * len(different)
        body = asked[0]
        assert body["temperature"] == 0 and body["messages"][0]["role"] == "system"
        kinds = [part["type"] for part in body["messages"][-1]["content"]]
        assert kinds == ["image_url", "image_url", "text"]
        again = judged(world, url, tmp_path)
        assert again == found and len(asked) == 2 * len(different)  # nothing is asked twice


@pytest.mark.slow
def test_a_yes_and_a_position_cancel_in_the_mean(world, tmp_path) -> None:
    """Adds 1 to every number it gives, or gives the last number always: graded and reversed answers contradict."""

    def plus_one(caption, form, shown, fair):
        return scores(5 if "5" in fair else 2)

    with vision_server(plus_one) as (url, _):
        found = judged(world, url, tmp_path / "a")
        assert found.leaning is not None and found.leaning > 0
        assert found.corrected is not None and found.corrected.percent == pytest.approx(75.0)
    with vision_server(lambda *_: scores(5)) as (url, _):
        found = judged(world, url, tmp_path / "b")
        assert found.leaning == 4.0 and found.rate.percent == 0.0 and found.corrected is None
        assert "as often as right ones" in found.why_not


@pytest.mark.slow
def test_known_errors_are_measured_and_corrected(world, tmp_path) -> None:
    """Accepts any caption of two colours: wrong ones too. Its specificity falls, the corrected rate stays."""

    def lenient(caption, form, shown, fair):
        is_yes = shown or "yellow" in caption or "orange" in caption
        return scores(5 if is_yes == (form == "graded") else 1)

    with vision_server(lenient) as (url, _):
        found = judged(world, url, tmp_path)
    assert found.sensitivity.percent == 100.0
    assert found.specificity.percent is not None and found.specificity.percent < 100
    assert found.corrected is not None and found.corrected.low <= 75.0 <= found.corrected.high


def test_refusals_and_cut_answers_cost_themselves_alone(world, tmp_path) -> None:
    def error(caption, form, shown, fair):
        if "green" in caption and form == "graded":
            return (400, {"error": {"code": "content_filter", "message": "flagged"}})
        if "white" in caption:
            return completion('{"object_scene": 5, "act', "length")
        if "pink" in caption and form == "reversed":
            return completion("I am sorry, I cannot say.")
        return None

    with vision_server(error) as (url, asked):
        found = judged(world, url, tmp_path)
        assert set(found.unanswered) == {"content_filter", "cut", "unreadable"}
        whites = [body for body in asked if "white" in body["messages"][-1]["content"][-1]["text"]]
        assert len({body["seed"] for body in whites}) == 2  # asked once more, and no third time
        assert found.unjudged == 1  # white; green and pink have their other form
        before = len(asked)
        assert judged(world, url, tmp_path) == found and len(asked) == before
    assert found.corrected is not None and found.corrected.low <= 75.0 <= found.corrected.high


def test_a_video_that_cannot_be_read_costs_its_own_questions(tmp_path) -> None:
    clips = records()
    folder = dataset(tmp_path / "data", clips)
    prepared = prepare(AuditConfig(str(folder), swapped=0.0, num_frames=2), leaves=False)
    broken = prepared.items[0].key
    (shard,) = folder.glob("data/test/*.tar")
    data = bytearray(shard.read_bytes())
    start = data.find(f"{broken}.mp4".encode()) + 600
    data[start : start + 200] = bytes(200)
    shard.write_bytes(data)
    with vision_server() as (url, asked):
        found = judged(prepared, url, tmp_path / "cache")
        assert found.unanswered == {NO_VIDEO: 2} and found.unjudged == 1 and len(asked) == 22
        assert found.rate.percent == 100.0 and found.rate.clips == 11


def test_frames_are_small_pictures_of_the_video() -> None:
    from audit_world import film

    urls = frame_urls(film("orange"), 3, 32)
    assert [colour_in(url) for url in urls] == ["orange"] * 3 and all(len(url) < 2000 for url in urls)
    assert len(frame_urls(film("red"), 64, 32)) == 8  # a shorter video has no more frames than it has


@pytest.mark.parametrize("flag", ["minor_violence", "minor_sexual", "text_only"])
def test_who_may_be_shown(tmp_path, flag) -> None:
    """Captions and videos of which nobody knows that they may be published stay on this machine."""
    own = [clip.replace(source="somebody's list", flags=("depicts_minor",)) for clip in records()[:4]]
    withheld = records()[4].replace(caption="sha256:" + "0" * 64, flags=("dehydrated",))
    minor = records()[5].replace(flags=(flag,))
    folder = str(clips_folder(tmp_path / "clips", [*own, withheld, minor, *records()[6:]]))
    away = prepare(AuditConfig(folder, swapped=0), leaves=True)
    reasons = {"rights: stays here without --i-have-rights": 4, "caption withheld": 1, "not to be shown (minors)": 1}
    assert dict(away.sampled.left_out) == reasons and away.sampled.population == 6
    assert prepare(AuditConfig(folder, rights="I wrote them"), leaves=True).sampled.population == 10
    here = prepare(AuditConfig(folder), leaves=False)
    assert here.sampled.population == 10 and sum(item.minor for item in here.items if item.kind == "own") == 4
    with pytest.raises(AuditError, match="no clip to audit: .*i-have-rights"):
        prepare(AuditConfig(str(clips_folder(tmp_path / "mine", own))), leaves=True)
    with pytest.raises(AuditError, match="--category"):
        prepare(dataclasses.replace(AuditConfig(folder), categories=("no such thing",)), leaves=False)
    chosen = prepare(AuditConfig(folder, categories=("walking",)), leaves=False)
    assert {item.category for item in chosen.items} == {"walking"}


@pytest.mark.parametrize(
    ("place", "leaves"),
    [(None, False), ("models/qwen", False), ("http://127.0.0.1:8000/v1", False), ("http://localhost:1/v1", False),
     ("http://[::1]:8000/v1", False), ("https://api.example.org/v1", True), ("http://10.0.0.5:8000/v1", True),
     ("http://127.0.0.1.example.org/v1", True), ("http://127.0.0.1@example.org/v1", True)],
)  # fmt: skip
def test_what_leaves_this_machine(place, leaves) -> None:
    assert leaves_machine(place) is leaves


def test_colours_are_told_apart() -> None:
    from audit_world import film

    assert all(colour_in(frame_urls(film(name), 1, 64)[0]) == name for name in COLOURS)
